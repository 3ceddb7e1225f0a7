//! Alive, ready, and what is counted.

use axum::extract::State;
use axum::http::StatusCode;

use super::AppState;

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The instance may take traffic. It may when the journal is down: raising works without.
pub(super) async fn ready(State(app): AppState) -> (StatusCode, &'static str) {
    if app.auth.districts().is_empty() {
        (StatusCode::SERVICE_UNAVAILABLE, "no directory yet\n")
    } else if app.journal.probe().await.is_err() {
        (
            StatusCode::OK,
            "degraded: the journal cannot be written; raising works\n",
        )
    } else if !app.bus.is_joined() {
        (
            StatusCode::OK,
            "degraded: Redis does not answer; other instances see a change within 3 seconds\n",
        )
    } else {
        (StatusCode::OK, "ready\n")
    }
}

/// Prometheus text.
pub(super) async fn metrics(State(app): AppState) -> String {
    metrics::gauge!("lockstep_connections").set(app.sockets.open_now());
    app.metrics.render()
}
