//! WebSockets: the upgrade, its limits, and how many there may be.
//!
//! Who is asking is known before the upgrade. What a connection says and hears is the
//! session's.

mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use lockstep_proto::code::{Close, Code, Refusal};
use lockstep_proto::frame::{FRAME_MAX, SUBPROTOCOL};
use tokio::time::timeout;

use crate::http::{Caller, Problem, SharedApp};

/// Connections of one instance. Each holds a few KiB and one file.
const SOCKETS_MAX: u32 = 18_500;

/// Small: a client says little, and there are thousands.
const READ_BUFFER: usize = 2 * 1024;

/// A frame on its way out and the next one: more than that waits in the outlet, as shared bytes.
const WRITE_BUFFER_MAX: usize = 4 * FRAME_MAX;

/// How long a client may take to hear why it is let go.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// The connections of this instance.
#[derive(Debug, Clone, Default)]
pub struct Sockets {
    open: Arc<AtomicU32>,
    next: Arc<AtomicU64>,
}

/// One place among them, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    sockets: Sockets,
    pub(crate) id: u64,
}

impl Sockets {
    /// How many are open.
    #[must_use]
    pub fn open_now(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    fn take(&self) -> Option<Place> {
        let taken = self.open.fetch_add(1, Ordering::Relaxed);
        let place = Place {
            sockets: self.clone(),
            id: self.next.fetch_add(1, Ordering::Relaxed),
        };
        (taken < SOCKETS_MAX).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sockets.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `GET /v1/ws`
pub(crate) async fn upgrade(
    State(app): State<SharedApp>,
    headers: HeaderMap,
    caller: Caller,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    if !app.is_of_ours(&headers) {
        return Err(Code::WrongOrigin.into());
    }
    // A token in the address would end in logs: say so at once.
    if query?.iter().any(|(key, _)| key != "face") {
        return Err(Refusal::new(Code::BadFrame)
            .because("This address takes `face` and nothing else.")
            .into());
    }
    let upgrade =
        upgrade.map_err(|rejection| Refusal::new(Code::BadFrame).because(rejection.body_text()))?;
    let offers_ours = upgrade
        .requested_protocols()
        .any(|protocol| protocol.as_bytes() == SUBPROTOCOL.as_bytes());
    if !offers_ours {
        return Err(Refusal::new(Code::BadFrame)
            .because(format!("Ask for the subprotocol {SUBPROTOCOL}."))
            .into());
    }
    let place = app.sockets.take().ok_or(Code::Busy)?;
    Ok(bounded(upgrade)
        .protocols([SUBPROTOCOL])
        .on_upgrade(move |socket| session::run(app, socket, caller, place))
        .into_response())
}

/// The bounds of every connection: what it may send, and what is held of it.
///
/// Public, with [`close_of`], [`hear_out`] and [`let_go`], for a test's echo alone: other people's cases of
/// WebSockets want what they send back.
pub fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
}

/// Why a connection ends that could not be read.
#[must_use]
pub fn close_of(error: &axum::Error) -> Close {
    let of =
        std::error::Error::source(error).and_then(|of| of.downcast_ref::<tungstenite::Error>());
    match of {
        Some(tungstenite::Error::Capacity(_)) => Close::TooLarge,
        Some(tungstenite::Error::Utf8(_)) => Close::NotUtf8,
        // It broke the rules, or it is gone and hears nothing.
        Some(_) | None => Close::BrokenFrame,
    }
}

/// Answers the close of a client that leaves: the answer goes out with the next read, and a
/// client that hears none cannot tell it from a network that broke.
pub async fn hear_out(mut socket: WebSocket) {
    let rest = async { while let Some(Ok(_)) = socket.next().await {} };
    // A client that does not take it is gone already.
    let _ = timeout(CLOSE_WITHIN, rest).await;
}

/// Says why, with a last frame where there is one, then closes: never a dropped socket without a
/// code.
pub async fn let_go(mut socket: WebSocket, close: Close, last: Option<Utf8Bytes>) {
    let frame = CloseFrame {
        code: close.number(),
        reason: Utf8Bytes::from_static(close.sentence()),
    };
    let say = async {
        if let Some(last) = last {
            socket.send(Message::Text(last)).await?;
        }
        socket.send(Message::Close(Some(frame))).await?;
        // The other side's close, so that ours is not lost with what it still sends.
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<(), axum::Error>(())
    };
    // A client that does not take it is gone already.
    let linger = tokio::time::sleep(CLOSE_WITHIN);
    if timeout(CLOSE_WITHIN, say).await.is_ok() && close == Close::TooLarge {
        // What it still sends is not read any more, and dropping the connection over it
        // would take our words back: leave it time to hear them.
        linger.await;
    }
}
