//! A whole timeline with its signed heads, to be checked by anybody (T2).
//!
//! Owns how many of them there are at once: each is as large as its log, and whoever asks for
//! many takes neither the journal nor the memory from those who raise.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use lockstep_proto::code::Code;
use lockstep_proto::export::{Export, ExportedEntry, FORMAT};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::CampusId;
use lockstep_proto::timeline::LogId;
use lockstep_rules::Actor;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::timeout;

use super::campuses::{as_read_by, readable, unreadable, verifier};
use super::reports::READERS;
use super::{App, AppState, Caller, Problem};

/// Entries of one read of the journal.
const PAGE: usize = 500;
/// Whole logs that are in memory at once. Who waits longer than an answer may take is told `busy`.
static AT_ONCE: Semaphore = Semaphore::const_new(4);
/// How long a client may take to read one.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);
/// So much of it waits in the connection.
const PIECE: usize = 64 * 1024;

pub(super) async fn export(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(campus) = path?;
    let log = readable(&app, &caller.actor, &campus)?;
    let (of, claims) = (Arc::clone(&app), caller.claims);
    let may_go_on = move || {
        let now = of.auth.actor(&claims);
        now.is_ok_and(|actor| readable(&of, &actor, &campus).is_ok())
    };
    let reading = async {
        let export = export_log(&app, &caller.actor, &log).await?;
        serde_json::to_vec(&export).map_err(|error| {
            tracing::error!(%error, "an export could not be written");
            Problem::from(Code::Fault)
        })
    };
    in_turn(reading, may_go_on).await
}

/// One of those that are in memory at once, and of those that are read at once.
async fn in_turn(
    reading: impl Future<Output = Result<Vec<u8>, Problem>>,
    may_go_on: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Response, Problem> {
    let place = AT_ONCE.acquire().await.map_err(|_| Code::Busy)?;
    let one = READERS.acquire().await.map_err(|_| Code::Busy)?;
    let text = reading.await?;
    drop(one);
    Ok(as_taken(text.into(), place, may_go_on))
}

/// Hands it over as fast as the client takes it, and no longer than a while: whoever does not read
/// it keeps a place and a log in memory for so long. Nor longer than they may read it: whoever is
/// switched off meanwhile has no more of it. What is cut off is shorter than it said.
fn as_taken(
    mut text: Bytes,
    place: SemaphorePermit<'static>,
    may_go_on: impl Fn() -> bool + Send + Sync + 'static,
) -> Response {
    let length = HeaderValue::from(text.len());
    let (gives, takes) = mpsc::channel::<Bytes>(1);
    tokio::spawn(async move {
        let _place = place;
        let giving = async {
            while !text.is_empty() && may_go_on() {
                let piece = text.split_to(text.len().min(PIECE));
                // Whoever asked may have gone.
                if gives.send(piece).await.is_err() {
                    return;
                }
            }
        };
        if timeout(TAKEN_WITHIN, giving).await.is_err() {
            tracing::warn!("an export was not read to its end in time");
        }
    });
    let pieces = stream::unfold(takes, async |mut takes| {
        let piece = takes.recv().await?;
        Some((Ok::<_, Infallible>(piece), takes))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let kind = HeaderValue::from_static("application/json");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, length);
    response
}

/// Everything up to one head, with that head.
async fn export_log(app: &App, actor: &Actor, log: &LogId) -> Result<Export, Problem> {
    // The tip first: entries that come in while the rest is read stay out.
    let tip = app.journal.tip(log).await.map_err(unreadable)?;
    let size = tip.position().seq;
    let mut entries: Vec<ExportedEntry> = Vec::new();
    let mut heads = Vec::new();
    while (entries.len() as u64) < size {
        let after = entries.len() as u64;
        let page = app
            .journal
            .read(log, after, PAGE)
            .await
            .map_err(unreadable)?;
        if page.is_empty() {
            return Err(Code::JournalUnavailable.into());
        }
        for stored in page.into_iter().take((size - after) as usize) {
            let stored = as_read_by(actor, stored);
            if let Fact::EpochOpened {
                previous_head: Some(head),
                ..
            } = &stored.entry.stamped.fact
            {
                heads.push(head.clone());
            }
            entries.push(ExportedEntry {
                seq: stored.entry.seq,
                epoch: u64::from(stored.entry.epoch),
                entry: stored.canonical,
                details: stored.details,
            });
        }
    }
    heads.push(app.keys.sign_head(log, &tip).map_err(|error| {
        tracing::error!(%error, "a head could not be signed");
        Problem::from(Code::Fault)
    })?);
    Ok(Export {
        format: FORMAT.to_owned(),
        district: log.district.to_string(),
        campus: log.campus_name().to_owned(),
        keys: vec![verifier(app, &log.district)?.to_string()],
        heads,
        entries,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::to_bytes;
    use futures_util::future::join_all;
    use tokio::task::yield_now;
    use tokio::time::Instant;

    use super::*;

    /// A log in many pieces.
    fn log() -> Bytes {
        let log: Vec<u8> = (0..10 * PIECE).map(|n| n as u8).collect();
        log.into()
    }

    #[tokio::test(start_paused = true)]
    async fn inv12_of_fifty_exports_two_are_read_and_four_in_memory_at_once() {
        let (reading, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let reads = || async {
            let now = 1 + reading.fetch_add(1, Ordering::Relaxed);
            most.fetch_max(now, Ordering::Relaxed);
            yield_now().await;
            reading.fetch_sub(1, Ordering::Relaxed);
            Ok(log().to_vec())
        };
        let all =
            join_all((0..50).map(|_| timeout(Duration::from_secs(10), in_turn(reads(), || true))));
        // Nobody reads what they got.
        let got: Vec<Response> = all
            .await
            .into_iter()
            .filter_map(|it| it.ok()?.ok())
            .collect();
        assert_eq!((got.len(), most.load(Ordering::Relaxed)), (4, 2));
        drop(got);
        assert!(
            timeout(Duration::from_secs(1), in_turn(reads(), || true))
                .await
                .is_ok()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn inv12_an_export_that_nobody_reads_keeps_its_place_for_a_minute() {
        static PLACES: Semaphore = Semaphore::const_new(1);
        let since = Instant::now();
        let unread = as_taken(log(), PLACES.acquire().await.unwrap(), || true);
        assert_eq!(PLACES.available_permits(), 0);
        drop(PLACES.acquire().await.unwrap());
        assert_eq!(since.elapsed(), TAKEN_WITHIN);
        let rest = to_bytes(unread.into_body(), usize::MAX).await.unwrap();
        assert!(rest.len() < log().len(), "the rest is not kept");
    }

    #[tokio::test(start_paused = true)]
    async fn inv12_an_export_that_is_read_is_whole_and_gives_its_place_back() {
        static PLACES: Semaphore = Semaphore::const_new(1);
        let response = as_taken(log(), PLACES.acquire().await.unwrap(), || true);
        let length = response.headers()[header::CONTENT_LENGTH].clone();
        assert_eq!(length, log().len().to_string());
        let read = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(read, log());
        drop(PLACES.acquire().await.unwrap());
        // As one that is given up.
        drop(as_taken(log(), PLACES.acquire().await.unwrap(), || true));
        let since = Instant::now();
        drop(PLACES.acquire().await.unwrap());
        assert!(since.elapsed() < TAKEN_WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a5_an_export_ends_with_the_sign_in_that_asked_for_it() {
        static PLACES: Semaphore = Semaphore::const_new(1);
        let (pieces, most) = (AtomicUsize::new(0), 3);
        let is_on = move || pieces.fetch_add(1, Ordering::Relaxed) < most;
        let cut = as_taken(log(), PLACES.acquire().await.unwrap(), is_on);
        let read = to_bytes(cut.into_body(), usize::MAX).await.unwrap();
        assert_eq!(read.len(), most * PIECE);
        drop(PLACES.acquire().await.unwrap());
    }
}
