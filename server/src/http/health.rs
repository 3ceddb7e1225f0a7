//! Alive, ready, and what is counted.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use tokio::time::timeout;

use super::AppState;
use crate::telemetry::metric::{CONNECTIONS, DISK_FREE, SPOOL_SLOTS, SPOOL_UNRECORDED};

/// How long the disk may take to say how full it is.
const DISK_WITHIN: Duration = Duration::from_millis(250);

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
    metrics::gauge!(CONNECTIONS).set(app.sockets.open_now());
    let spool = app.registry.spool_usage();
    metrics::gauge!(SPOOL_SLOTS).set(spool.slots as f64);
    metrics::gauge!(SPOOL_UNRECORDED, "lane" => "raise").set(spool.raises_unrecorded as f64);
    metrics::gauge!(SPOOL_UNRECORDED, "lane" => "note").set(spool.notes_unrecorded as f64);
    // A disk that does not answer must not keep from an operator what else is counted.
    if let Ok(Some(free)) = timeout(DISK_WITHIN, app.pictures.room()).await {
        metrics::gauge!(DISK_FREE).set(free as f64);
    }
    app.metrics.render()
}
