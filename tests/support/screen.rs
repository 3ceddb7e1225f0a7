//! A screen in a test: how it follows, what it takes, and what is given from it.

use lockstep_proto::command::Command;
use lockstep_proto::frame::{FRAME_MAX, SEALED_MAX, ServerFrame, Subscription};
use lockstep_proto::id::CampusId;
use lockstep_proto::role::Audience;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_server::hub::{Inlet, Listener, Resume, outlet};

/// What a screen takes of a frame: a snapshot once its last part is there, and events.
pub fn take_frame(screen: &mut Screen, parts: &mut Vec<Card>, frame: &ServerFrame) {
    match frame {
        ServerFrame::Snapshot {
            position,
            part,
            parts: of,
            cards,
            ..
        } => {
            parts.extend(cards.iter().cloned());
            if part == of {
                screen.take_snapshot(*position, std::mem::take(parts));
            }
        }
        ServerFrame::Event {
            position,
            put,
            drop,
            ..
        } => {
            screen.take_event(*position, put.clone(), drop);
        }
        ServerFrame::Welcome { .. }
        | ServerFrame::Pulse { .. }
        | ServerFrame::Accepted(_)
        | ServerFrame::Refused { .. }
        | ServerFrame::InDoubt { .. }
        | ServerFrame::ReceiptKept { .. }
        | ServerFrame::Bye { .. } => {}
    }
}

/// A responder's screen as a hub meets it, without a socket between.
#[must_use]
pub fn responder(screen: &Screen) -> (Listener, Resume, Inlet) {
    let (outlet, inlet) = outlet();
    let listener = Listener {
        audience: Audience::Responder,
        client: None,
        person: None,
        room: None,
        hears_of_duress: false,
        outlet,
    };
    let resume = Resume {
        after: screen.position,
        shows: screen.shows(),
    };
    (listener, resume, inlet)
}

/// The all clear of what a screen shows, or the way back to normal where nothing is called.
///
/// # Panics
/// Where the screen was never drawn.
#[must_use]
pub fn lowering(screen: &Screen, why: &str) -> Command {
    let seen = screen.position.expect("a screen that was drawn");
    let raises = screen.open_raises();
    if raises.is_empty() {
        Command::Resume {
            lifts: screen.open_releases(),
            seen,
            unopened: Vec::new(),
            reason: None,
        }
    } else {
        Command::GiveAllClear {
            lifts: raises,
            seen,
            override_reason: Some(why.parse().expect("a reason")),
        }
    }
}

/// What a screen hands back when it comes again: everything that it shows, and as many sealed
/// raises beside that as one frame takes.
pub(crate) fn subscription(campus: &CampusId, screen: &Screen) -> Subscription {
    let shows = screen.shows();
    // An id is 36 characters in quotes and a comma; the rest of the frame is short.
    let mut left = FRAME_MAX.saturating_sub(1_024 + 39 * shows.len());
    let mut sealed = screen.sealed();
    sealed.truncate(SEALED_MAX);
    sealed.retain(|seal| match left.checked_sub(seal.len() + 3) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    Subscription {
        campus: campus.clone(),
        after: screen.position,
        shows,
        sealed,
    }
}
