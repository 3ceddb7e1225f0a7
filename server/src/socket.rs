//! WebSockets: the upgrade, its limits, and how many there may be.
//!
//! Who is asking is known before the upgrade. What a connection says and hears is the
//! session's.

mod session;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
use lockstep_proto::id::{CredentialId, DistrictId};
use tokio::time::timeout;

use crate::auth::Claims;
use crate::http::{Caller, Problem, SharedApp};

/// Connections of one instance. Each holds a few KiB and one file.
const SOCKETS_MAX: u32 = 18_500;

/// Those of one sign-in among them, so that nobody takes the places of a whole district. A person
/// has some pages open, and those that a bad network left behind.
const SOCKETS_OF_ONE: u32 = 64;

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
    /// How many each sign-in has: none that has no connection, and so never more than there are
    /// connections.
    of_each: Arc<Mutex<HashMap<SignIn, u32>>>,
}

/// Which sign-in, of which district.
type SignIn = (DistrictId, CredentialId);

/// One place among them, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    sockets: Sockets,
    of: SignIn,
    pub(crate) id: u64,
}

impl Sockets {
    /// How many are open.
    #[must_use]
    pub fn open_now(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    fn of_each(&self) -> MutexGuard<'_, HashMap<SignIn, u32>> {
        self.of_each.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, claims: &Claims) -> Result<Place, Refusal> {
        let of = (claims.district.clone(), claims.credential.clone());
        {
            let mut of_each = self.of_each();
            let theirs = of_each.entry(of.clone()).or_default();
            if *theirs >= SOCKETS_OF_ONE {
                let words =
                    format!("This sign-in has {SOCKETS_OF_ONE} connections already: close some.");
                return Err(Refusal::new(Code::Busy).because(words));
            }
            *theirs += 1;
        }
        let taken = self.open.fetch_add(1, Ordering::Relaxed);
        let place = Place {
            sockets: self.clone(),
            of,
            id: self.next.fetch_add(1, Ordering::Relaxed),
        };
        if taken < SOCKETS_MAX {
            Ok(place)
        } else {
            Err(Code::Busy.into())
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sockets.open.fetch_sub(1, Ordering::Relaxed);
        let mut of_each = self.sockets.of_each();
        if let Some(theirs) = of_each.get_mut(&self.of) {
            *theirs -= 1;
            if *theirs == 0 {
                of_each.remove(&self.of);
            }
        }
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
    let place = app.sockets.take(&caller.claims)?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn claims(district: &str, credential: &str) -> Claims {
        Claims {
            district: district.parse().unwrap(),
            principal: "device:n101".parse().unwrap(),
            credential: credential.parse().unwrap(),
            made_s: 0,
            expires_s: 0,
            key: "1".into(),
        }
    }

    #[test]
    fn inv12_a_sign_in_has_a_number_of_places_and_gives_them_back() {
        let sockets = Sockets::default();
        let one = claims("maple-valley", "c-1");
        let takes = |_| sockets.take(&one);
        let places: Result<Vec<_>, _> = (0..SOCKETS_OF_ONE).map(takes).collect();
        let mut places = places.unwrap();
        assert_eq!(sockets.take(&one).unwrap_err().code, Code::Busy);
        assert_eq!(
            sockets.open_now(),
            SOCKETS_OF_ONE,
            "who is refused takes no place"
        );
        // Another's, and the same name in another district.
        for other in [claims("maple-valley", "c-2"), claims("oak-hill", "c-1")] {
            assert!(sockets.take(&other).is_ok());
        }
        assert_eq!(sockets.of_each().len(), 1, "who has gone is forgotten");
        places.pop();
        places.push(sockets.take(&one).unwrap());
        drop(places);
        assert_eq!((sockets.open_now(), sockets.of_each().len()), (0, 0));
    }

    #[test]
    fn inv12_an_instance_that_is_full_counts_nobody_whom_it_refuses() {
        let sockets = Sockets::default();
        sockets.open.store(SOCKETS_MAX, Ordering::Relaxed);
        let refused = sockets.take(&claims("maple-valley", "c-1"));
        assert_eq!(refused.unwrap_err().code, Code::Busy);
        assert!(sockets.of_each().is_empty());
        assert_eq!(sockets.open_now(), SOCKETS_MAX);
    }
}
