//! Alive, ready, and what is counted.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::AppState;
use crate::journal::JournalError;
use crate::telemetry::metric::{CONNECTIONS, DISK_FREE, PROBES, SPOOL_SLOTS, SPOOL_UNRECORDED};

/// How long the disk may take to say how full it is.
const DISK_WITHIN: Duration = Duration::from_millis(250);
/// How long the journal may take to say whether it can be written: longer than its own deadline.
const PROBED_WITHIN: Duration = Duration::from_secs(1);
/// How long what it said is good for everybody who asks.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// Whether the journal can be written, as it was found a moment ago. To find out is to write, and
/// anybody may ask: one asks for all, so that nobody takes the journal from those who raise.
#[derive(Debug, Default)]
pub struct Writable(Arc<Mutex<Option<(Instant, bool)>>>);

impl Writable {
    /// Looks, unless somebody has just looked. Whoever comes meanwhile waits for the one look.
    async fn now<L>(&self, look: impl FnOnce() -> L) -> bool
    where
        L: Future<Output = Result<(), JournalError>> + Send + 'static,
    {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        if let Some((at, is)) = *last
            && at.elapsed() < KEPT_FOR
        {
            return is;
        }
        let look = look();
        // It goes on where whoever asked hangs up: or else each who does would begin another.
        let looking = tokio::spawn(async move {
            metrics::counter!(PROBES).increment(1);
            let is = matches!(timeout(PROBED_WITHIN, look).await, Ok(Ok(())));
            *last = Some((Instant::now(), is));
            is
        });
        looking.await.unwrap_or(false)
    }
}

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The instance may take traffic. It may when the journal is down: raising works without.
pub(super) async fn ready(State(app): AppState) -> (StatusCode, &'static str) {
    let journal = Arc::clone(&app.journal);
    let probe = || async move { journal.probe().await };
    if app.auth.districts().is_empty() {
        (StatusCode::SERVICE_UNAVAILABLE, "no directory yet\n")
    } else if !app.writable.now(probe).await {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::time::advance;

    use super::*;

    /// A journal that says at once whether it can be written, or hangs.
    #[derive(Clone, Default)]
    struct Probed {
        times: Arc<AtomicU32>,
        hangs: bool,
    }

    impl Probed {
        async fn probe(self) -> Result<(), JournalError> {
            self.times.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            if self.hangs {
                std::future::pending::<()>().await;
            }
            Ok(())
        }

        fn times(&self) -> u32 {
            self.times.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn inv12_one_looks_for_all_who_ask() {
        let (writable, probed) = (Writable::default(), Probed::default());
        let asks = || writable.now(|| probed.clone().probe());
        assert!(
            join_all((0..2_000).map(|_| asks()))
                .await
                .iter()
                .all(|is| *is)
        );
        assert_eq!(probed.times(), 1);
        advance(KEPT_FOR).await;
        assert!(asks().await);
        assert_eq!(probed.times(), 2, "what is a second old is looked at again");
    }

    #[tokio::test(start_paused = true)]
    async fn inv12_who_hangs_up_begins_no_second_look() {
        let writable = Writable::default();
        let hangs = Probed {
            hangs: true,
            ..Probed::default()
        };
        let since = Instant::now();
        for _ in 0..100 {
            let asks = writable.now(|| hangs.clone().probe());
            assert!(timeout(Duration::from_millis(1), asks).await.is_err());
        }
        assert!(!writable.now(|| hangs.clone().probe()).await);
        assert_eq!(hangs.times(), 1);
        assert_eq!(since.elapsed(), PROBED_WITHIN, "a look has an end");
    }
}
