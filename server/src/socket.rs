//! WebSockets: the upgrade, its limits, and how many there may be.
//!
//! Who is asking is known before the upgrade. What a connection says and hears is the
//! session's.

mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::frame::{FRAME_MAX, SUBPROTOCOL};

use crate::http::{Caller, Problem, SharedApp};

/// Connections of one instance. Each holds a few KiB and one file.
const SOCKETS_MAX: u32 = 18_500;

/// Small: a client says little, and there are thousands.
const READ_BUFFER: usize = 2 * 1024;

/// A frame on its way out and the next one: more than that waits in the outlet, as shared bytes.
const WRITE_BUFFER_MAX: usize = 4 * FRAME_MAX;

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
    query: Query<Vec<(String, String)>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    if !app.is_of_ours(&headers) {
        return Err(Code::WrongOrigin.into());
    }
    // A token in the address would end in logs: say so at once.
    if query.iter().any(|(key, _)| key != "face") {
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
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
        .on_upgrade(move |socket| session::run(app, socket, caller, place))
        .into_response())
}
