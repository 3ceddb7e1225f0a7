//! Frames, bodies and tokens.

use std::sync::LazyLock;

use jiff::Timestamp;
use lockstep_proto::command::CommandRequest;
use lockstep_proto::frame::{ClientFrame, FRAME_MAX, ServerFrame};
use lockstep_proto::http::{Certify, Enrol, MakeCode, PutPolicy, SignIn};
use lockstep_proto::id::{CredentialId, DistrictId, FactId};
use lockstep_proto::screen::Screen;
use lockstep_proto::text::TEXT_MAX;
use lockstep_proto::view::Card;
use lockstep_server::auth::Tokens;
use lockstep_server::journal::Credential;
use lockstep_server::keys::Keys;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A frame that is taken says the same when it is written and read again, has no text beyond its
/// bound, and takes no word more.
pub fn client_frame(bytes: &[u8]) {
    if bytes.len() > FRAME_MAX {
        return;
    }
    let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) else {
        return;
    };
    let text = serde_json::to_string(&frame).expect("a frame can be written");
    let again: ClientFrame = serde_json::from_str(&text).expect("what was written is a frame");
    assert_eq!(again, frame);
    let written: Value = serde_json::from_str(&text).unwrap();
    takes_no_more::<ClientFrame>(&written);
    match &frame {
        ClientFrame::Command { request, .. } => holds_bounds(request, &written["request"]),
        ClientFrame::Subscribe { .. } | ClientFrame::Receipt { .. } => {}
    }
}

fn holds_bounds(request: &CommandRequest, written: &Value) {
    let command = &written["command"];
    assert_eq!(command["name"], request.command.name());
    // What is decided of its class holds of it: no fact is a ground or a clear (invariant 13).
    let class = request.command.class();
    assert!(!class.is_raise() || class.is_fact());
    for text in command.as_object().unwrap().values() {
        let text = text.as_str().unwrap_or_default();
        assert!(text.chars().count() <= TEXT_MAX, "a text without a bound");
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "a control character in a text"
        );
    }
    takes_no_more::<CommandRequest>(written);
}

/// With a word more, it is refused.
fn takes_no_more<T: DeserializeOwned>(taken: &Value) {
    let mut more = taken.clone();
    more.as_object_mut()
        .expect("an object")
        .insert("more".to_owned(), Value::Null);
    assert!(
        serde_json::from_value::<T>(more).is_err(),
        "a word that nobody knows was taken"
    );
}

/// Frames as a screen takes them, one a line: nothing that it showed goes but by a cover that names
/// it, and it never goes back (R3).
pub fn server_frames(bytes: &[u8]) {
    let mut screen = Screen::default();
    for line in bytes.split(|byte| *byte == b'\n').take(32) {
        let Ok(frame) = serde_json::from_slice::<ServerFrame>(line) else {
            continue;
        };
        let text = serde_json::to_string(&frame).expect("a frame can be written");
        let again: ServerFrame = serde_json::from_str(&text).expect("what was written is a frame");
        assert_eq!(again, frame);
        takes(&mut screen, frame);
    }
}

fn takes(screen: &mut Screen, frame: ServerFrame) {
    let before = screen.clone();
    // Covers that go with this frame: what they lifted is open again by it, or goes with them.
    let dropped = match frame {
        ServerFrame::Snapshot {
            position, cards, ..
        } => {
            screen.take_snapshot(position, cards);
            true
        }
        ServerFrame::Event {
            position,
            put,
            drop,
            ..
        } => {
            screen.take_event(position, put, &drop);
            !drop.is_empty()
        }
        ServerFrame::Welcome { .. }
        | ServerFrame::Pulse { .. }
        | ServerFrame::Accepted(_)
        | ServerFrame::Refused { .. }
        | ServerFrame::InDoubt { .. }
        | ServerFrame::ReceiptKept { .. }
        | ServerFrame::Bye { .. } => false,
    };
    assert!(
        screen.position >= before.position,
        "an older position overwrote a newer"
    );
    let covers: Vec<FactId> = covers(&screen.clone());
    for raise in before.open_raises() {
        let still = screen.items().any(|item| item.id == raise);
        assert!(
            still || covers.contains(&raise),
            "{raise} was shown, and went without a cover (dropped: {dropped})"
        );
    }
    for id in &screen.held {
        assert!(
            screen.items().any(|item| item.id == *id),
            "{id} is held and not shown"
        );
    }
}

fn covers(screen: &Screen) -> Vec<FactId> {
    let all = screen.cards.values().filter_map(Card::as_cover);
    all.flat_map(|cover| cover.names.iter().copied()).collect()
}

/// Whatever a route takes with a body takes no word more.
pub fn body(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    if !value.is_object() {
        return;
    }
    bounded::<SignIn>(&value);
    bounded::<MakeCode>(&value);
    bounded::<PutPolicy>(&value);
    bounded::<Enrol>(&value);
    bounded::<Certify>(&value);
    bounded::<CommandRequest>(&value);
    if let Ok(enrol) = serde_json::from_value::<Enrol>(value) {
        assert!((1..=TEXT_MAX).contains(&enrol.name.as_str().chars().count()));
    }
}

fn bounded<T: DeserializeOwned>(value: &Value) {
    if serde_json::from_value::<T>(value.clone()).is_ok() {
        takes_no_more::<T>(value);
    }
}

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| Tokens::new(&Keys::from_master([7; 32])));

/// A token of ours, and what it says.
#[must_use]
pub fn own_token() -> (String, Credential) {
    let credential = Credential {
        id: CredentialId::new("c-1").unwrap(),
        district: DistrictId::new("oak").unwrap(),
        principal: "person:ana.ruiz".parse().unwrap(),
        made_at: Timestamp::UNIX_EPOCH,
        revoked_at: None,
    };
    let at = Timestamp::from_second(1_772_000_000).unwrap();
    (TOKENS.issue(&credential, at).unwrap().0, credential)
}

static OWN: LazyLock<(String, Credential)> = LazyLock::new(own_token);

/// A token is ours, or it is none: nothing but what was signed is believed, and of that every letter.
pub fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(claims) = TOKENS.read(text) else {
        return;
    };
    let (own, credential) = &*OWN;
    let signed = |token: &str| token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
    assert_eq!(
        signed(text),
        signed(own),
        "a token that nobody signed was believed"
    );
    assert_eq!(claims.credential, credential.id);
    assert_eq!(claims.principal, credential.principal);
    assert_eq!(claims.district, credential.district);
}
