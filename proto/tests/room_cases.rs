//! L5: how a room stands, against the cases that both copies of the rule pass (`proto/cases/rooms.json`;
//! the pages' runner is `tests/browser/screen_cases.test.mjs`).
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use lockstep_proto::view::{Card, RoomReach};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    room: Map<String, Value>,
    reach: String,
}

fn reach_of(room: Map<String, Value>) -> &'static str {
    let mut card =
        json!({"card": "room", "id": "n101", "name": "Room 101", "zone": "a", "opened": false});
    card.as_object_mut().unwrap().extend(room);
    let Card::Room(room) = serde_json::from_value(card).unwrap() else {
        unreachable!()
    };
    match room.reach() {
        RoomReach::NoScreen => "no_screen",
        RoomReach::NotReached => "not_reached",
        RoomReach::NotAcknowledged => "not_acknowledged",
        RoomReach::Acknowledged => "acknowledged",
    }
}

#[test]
fn l5_every_case() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../cases/rooms.json")).unwrap();
    assert!(cases.len() > 6, "no case went missing");
    for case in cases {
        assert_eq!(reach_of(case.room), case.reach, "{}", case.name);
    }
}
