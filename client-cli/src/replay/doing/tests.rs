//! What replay adds to a command from the player's own screen.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
use lockstep_proto::Timestamp;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Role;
use lockstep_proto::view::{Card, DrillCard, DutyCard, RaiseCard};
use uuid::Uuid;

use super::*;

fn id(n: u128) -> FactId {
    FactId(Uuid::from_u128(n))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn does(text: &str) -> Result<Doing, String> {
    let labels = BTreeSet::from(["call".to_owned()]);
    Doing::read(toml::from_str(text).unwrap(), &labels)
}

fn made(text: &str, cards: Vec<Card>) -> Result<Value, Lack> {
    let mut screen = Screen::default();
    screen.take_snapshot(Position { epoch: 1, seq: 9 }, cards);
    let facts = BTreeMap::from([("call".to_owned(), id(1))]);
    let command = does(text)
        .unwrap()
        .command_from(From::Screen(&screen), &facts)?;
    Ok(serde_json::to_value(command).unwrap())
}

fn drill(n: u128) -> Card {
    Card::Drill(DrillCard {
        id: id(n),
        kind: DrillKind::LockDown,
        posture: Posture::LockDown,
        instruction: String::new(),
        since: at(1),
        at: at(1),
        by: None,
        note: None,
        cleared: Vec::new(),
        marks: Vec::new(),
        released_by: None,
    })
}

fn raise(n: u128, level: Level, second: i64) -> Card {
    Card::Raise(RaiseCard {
        id: id(n),
        level,
        at: at(second),
        recorded: true,
        late: false,
        sealed: None,
        by: None,
        kind: None,
        reason: None,
        place: None,
        shareable: None,
        mistake: None,
    })
}

fn duty(n: u128, kind: DutyKind, cause: u128, second: i64) -> Card {
    Card::Duty(DutyCard {
        id: id(n),
        kind,
        cause: id(cause),
        asks: vec![Role::Sro],
        since: at(second),
        due: at(second + 60),
        overdue: false,
        say: String::new(),
        acknowledged: None,
        attempts: 0,
        tried: Vec::new(),
        each: Vec::new(),
    })
}

#[test]
fn d3_drill_commands_name_the_drill_on_the_screen_and_its_clears_the_head() {
    let end = made("command = \"end_drill\"", vec![drill(5)]).unwrap();
    assert_eq!(end["drill"], json!(id(5)));
    assert_eq!(end["seen"], json!({"epoch": 1, "seq": 9}));
    let zone = "command = \"clear_drill_zone\"\nzone = \"gym\"";
    assert_eq!(made(zone, vec![drill(5)]).unwrap()["drill"], json!(id(5)));
}

#[test]
fn d2_a_drill_under_something_real_is_no_drill_to_name() {
    let cards = vec![drill(5), raise(6, Level::LockDown, 2)];
    assert!(matches!(
        made("command = \"call_drill_lock_down\"", cards),
        Err(Lack::NotShown(_))
    ));
}

#[test]
fn c3_contact_is_about_the_newest_open_raise_unless_the_script_names_one() {
    let cards = || {
        vec![
            raise(6, Level::LockDown, 2),
            raise(7, Level::ControlledMovement, 3),
        ]
    };
    let safe = "command = \"judge_contact_safe\"\nwith = \"person:lee.park\"";
    let command = made(safe, cards()).unwrap();
    assert_eq!(command["raise"], json!(id(7)));
    assert_eq!(command["with"], json!("lee.park"));
    let named = made(&format!("{safe}\nraise = \"@call\""), cards()).unwrap();
    assert_eq!(named["raise"], json!(id(1)));
}

#[test]
fn c4_a_contact_without_any_raise_is_recordable() {
    let made = made(
        "command = \"record_contact\"\nwhat = \"spoke with him\"\nby = [\"person:lee.park\"]",
        Vec::new(),
    )
    .unwrap();
    assert_eq!(made.get("raise"), None);
    assert_eq!(made["by"], json!(["lee.park"]));
}

#[test]
fn e5_a_duty_goes_by_its_kind_and_the_oldest_is_meant() {
    let cards = || {
        vec![
            duty(11, DutyKind::TellSro, 1, 20),
            duty(12, DutyKind::TellSro, 2, 10),
            duty(13, DutyKind::Call911, 3, 5),
        ]
    };
    let of = |duty: &str| {
        made(
            &format!("command = \"acknowledge_duty\"\nduty = \"{duty}\""),
            cards(),
        )
    };
    assert_eq!(of("tell_sro").unwrap()["duty"], json!(id(12)));
    assert_eq!(of("tell_sro@call").unwrap()["duty"], json!(id(11)));
    assert_eq!(of("@call").unwrap()["duty"], json!(id(1)));
    assert!(matches!(of("keep_watch"), Err(Lack::NotShown(_))));
    assert!(
        does("command = \"acknowledge_duty\"\nduty = \"call_999\"")
            .unwrap_err()
            .contains("no duty")
    );
    assert!(
        does("command = \"acknowledge_duty\"\nduty = \"tell_sro@nothing\"")
            .unwrap_err()
            .contains("no earlier step")
    );
}

#[test]
fn every_command_of_the_protocol_can_stand_in_a_script() {
    for (command, fields) in [
        ("begin_controlled_movement", "kind = \"person\""),
        ("call_lock_down", ""),
        ("report_threat", ""),
        ("report_room", "report = { state = \"secured\" }"),
        ("report_adverse", "zone = \"gym\"\nseen = \"x\""),
        ("say_not_clear", "reason = \"x\""),
        ("object_to_lift", "reason = \"x\""),
        ("acknowledge", ""),
        ("arrive", ""),
        ("leave", ""),
        ("annotate_mistake", "call = \"@call\"\nnote = \"x\""),
        ("answer_plea", "plea = \"@call\""),
        ("report_sighting", "seen = \"x\"\ndanger = \"unsure\""),
        (
            "attach_picture",
            "to = \"@call\"\nsha256 = \"x\"\nkind = \"image/png\"\nbytes = 3",
        ),
        ("open_roster", ""),
        (
            "open_escalation",
            "agency = \"911\"\nbasis = \"immediate_threat\"\nstate = \"calling\"",
        ),
        ("record_line", "state = \"line_open\""),
        ("acknowledge_duty", "duty = \"call_911\""),
        ("finish_duty", "duty = \"call_911\"\nhow = \"by phone\""),
        ("decline_duty", "duty = \"call_911\"\nreason = \"x\""),
        ("judge_contact_safe", "with = \"lee.park\""),
        ("withdraw_contact", ""),
        ("record_contact", "what = \"x\""),
        ("offer_lead", "to = \"lee.park\""),
        ("report_drill_room", "report = { secured = true }"),
        ("take_lead", ""),
        ("start_drill", "kind = \"lock_down\"\npin = true"),
        ("call_drill_lock_down", ""),
        ("clear_drill_zone", "zone = \"gym\""),
        ("answer_threat", "threat = \"@call\"\nreason = \"x\""),
        ("start_sweep", ""),
        ("clear_zone", "zone = \"gym\""),
        ("withdraw_not_clear", "not_clear = \"@call\""),
        (
            "set_aside_not_clear",
            "not_clear = \"@call\"\nreason = \"x\"",
        ),
        ("propose_lift", "statement = \"x\""),
        ("withdraw_objection", "objection = \"@call\""),
        (
            "set_aside_objection",
            "objection = \"@call\"\nreason = \"x\"",
        ),
        ("open_room", "room = \"n101\""),
        ("close_incident", "reason = \"x\""),
        ("end_controlled_movement", ""),
        ("give_all_clear", ""),
        ("confirm_lift", "proposal = \"@call\""),
        ("resume", ""),
        ("give_drill_all_clear", "override_reason = \"x\""),
        ("end_drill", "note = \"x\""),
    ] {
        let read = does(&format!("command = \"{command}\"\n{fields}"));
        assert!(read.is_ok(), "{command}: {read:?}");
    }
}
