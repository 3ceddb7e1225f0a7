//! Who does what at the demo's high school, in one line each: what the tests of the response
//! share.

use lockstep_proto::code::Code;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::frame::Accepted;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{Card, DrillCard, DutyCard, PostureCard};
use lockstep_tests::{Follower, Http, Server};
use serde_json::{Value, json};

use crate::{NORTH, asked};

/// Somebody of the demo district, by name.
pub(crate) fn who(server: &Server, name: &str) -> Http {
    crate::of(server, &format!("person:{name}"))
}

/// A screen of theirs that follows the high school.
pub(crate) async fn screen_of(server: &Server, principal: &str) -> Follower {
    Follower::join(&server.url, &server.token(principal), NORTH).await
}

/// Gives a command with the demo's PIN; it must hold.
pub(crate) async fn does(who: &Http, command: Value) -> Accepted {
    let accepted = who.send(NORTH, &asked(command)).await.accepted();
    assert!(accepted.holds.is_durable(), "{accepted:?}");
    accepted
}

/// Gives a command with the demo's PIN; it must be refused.
pub(crate) async fn refused(who: &Http, command: Value) -> Code {
    who.send(NORTH, &asked(command)).await.refused()
}

/// The duty of a kind, if one is open.
pub(crate) fn duty(screen: &Screen, kind: DutyKind) -> Option<&DutyCard> {
    screen.cards.values().find_map(|card| {
        let Card::Duty(duty) = card else { return None };
        (duty.kind == kind).then_some(duty)
    })
}

/// Waits for the duty of a kind; answers its id.
pub(crate) async fn until_duty(follower: &mut Follower, kind: DutyKind) -> Value {
    follower
        .until_screen(|screen| duty(screen, kind).is_some())
        .await;
    json!(duty(&follower.screen, kind).map(|duty| duty.id))
}

/// Waits until no duty of a kind is open.
pub(crate) async fn until_done(follower: &mut Follower, kind: DutyKind) {
    follower
        .until_screen(|screen| duty(screen, kind).is_none())
        .await;
}

/// Waits until the screen says that somebody was tried about a duty of a kind.
pub(crate) async fn until_tried(follower: &mut Follower, kind: DutyKind, person: &str) {
    let tried = |screen: &Screen| {
        let tried = duty(screen, kind).map(|duty| duty.tried.as_slice());
        tried.is_some_and(|tried| tried.iter().any(|tried| tried.person.as_str() == person))
    };
    follower.until_screen(tried).await;
}

/// The headline.
pub(crate) fn posture(screen: &Screen) -> &PostureCard {
    let card = screen.cards.values().find_map(|card| {
        let Card::Posture(card) = card else {
            return None;
        };
        Some(card)
    });
    card.expect("a headline")
}

/// The drill, if one is shown.
pub(crate) fn drill(screen: &Screen) -> Option<&DrillCard> {
    screen.cards.values().find_map(Card::as_drill)
}

/// The whole timeline, page by page.
pub(crate) async fn entries(reader: &Http) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let path = format!("/v1/campuses/{NORTH}/timeline?after={}", all.len());
        let (status, body) = reader.get(&path).await;
        assert_eq!(status, 200, "{body}");
        let page = body["entries"].as_array().expect("entries");
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().cloned());
    }
}
