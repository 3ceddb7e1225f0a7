//! Releases and rights over the wire: who may lower what, on what ground, and what stays on it.

use std::fs;

use lockstep_proto::code::Code;
use lockstep_proto::fact::Mark;
use lockstep_proto::frame::Accepted;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{Card, OwnRoomCard, PostureCard, ReleaseCard, RoomCard};
use lockstep_tests::{Answered, Follower, Http, Server};
use serde_json::{Value, json};

use crate::shell::{import, lockstep};
use crate::{NORTH, Wire, asked, frame};

const RIVER: &str = "river-middle";
const OAK: &str = "oak-elementary";

/// Somebody of the demo district, by name.
fn who(server: &Server, name: &str) -> Http {
    crate::of(server, &format!("person:{name}"))
}

async fn follow(server: &Server, principal: &str, campus: &str) -> Follower {
    Follower::join(&server.url, &server.token(principal), campus).await
}

/// Gives a command; a PIN only where the rules ask for one (A4), because each costs a hash.
async fn give(who: &Http, campus: &str, command: Value) -> Answered {
    let proof = ["give_all_clear", "propose_lift", "confirm_lift"];
    let mut request = asked(command);
    if !proof.contains(&request.command.name()) {
        request.pin = None;
    }
    who.send(campus, &request).await
}

async fn does(who: &Http, campus: &str, command: Value) -> Accepted {
    let accepted = give(who, campus, command).await.accepted();
    assert!(accepted.holds.is_durable(), "{accepted:?}");
    accepted
}

/// The refusal's code, and what it is about.
async fn refused(who: &Http, campus: &str, command: Value) -> (Code, Vec<String>) {
    let shown = command.to_string();
    match give(who, campus, command).await {
        Answered::Refused(code, body) => {
            assert!(!body["advice"].as_str().unwrap().is_empty(), "{body}");
            let about = body.get("about").cloned().unwrap_or_else(|| json!([]));
            (code, serde_json::from_value(about).unwrap())
        }
        other @ (Answered::Accepted(_) | Answered::InDoubt | Answered::Gone) => {
            panic!("{shown} should be refused, not {other:?}")
        }
    }
}

async fn refuses(who: &Http, campus: &str, command: Value, code: Code) {
    let shown = command.to_string();
    assert_eq!(refused(who, campus, command).await.0, code, "{shown}");
}

/// A clear of what a screen shows.
fn clear(name: &str, screen: &Screen) -> Value {
    let lifts = if name == "resume" {
        screen.open_releases()
    } else {
        screen.open_raises()
    };
    json!({ "name": name, "lifts": lifts, "seen": screen.position.unwrap() })
}

fn with(mut command: Value, key: &str, value: impl Into<Value>) -> Value {
    command[key] = value.into();
    command
}

fn call() -> Value {
    json!({ "name": "call_lock_down" })
}

fn posture(screen: &Screen) -> &PostureCard {
    match screen.cards.get("posture") {
        Some(Card::Posture(card)) => card,
        Some(_) | None => panic!("a posture on {screen:#?}"),
    }
}

fn release(screen: &Screen) -> Option<&ReleaseCard> {
    screen.cards.values().find_map(Card::as_release)
}

fn own_room(screen: &Screen) -> &OwnRoomCard {
    match screen.cards.get("own_room") {
        Some(Card::OwnRoom(card)) => card,
        Some(_) | None => panic!("an own room on {screen:#?}"),
    }
}

fn room<'a>(screen: &'a Screen, id: &str) -> &'a RoomCard {
    match screen.cards.get(&format!("room/{id}")) {
        Some(Card::Room(card)) => card,
        Some(_) | None => panic!("room {id} on {screen:#?}"),
    }
}

fn zone_clear(screen: &Screen, id: &str) -> bool {
    match screen.cards.get(&format!("zone/{id}")) {
        Some(Card::Zone(card)) => card.clear,
        Some(_) | None => panic!("zone {id} on {screen:#?}"),
    }
}

async fn entries(reader: &Http, campus: &str) -> Vec<Value> {
    let path = format!("/v1/campuses/{campus}/timeline");
    let (status, body) = reader.get(&path).await;
    assert_eq!(status, 200, "{body}");
    body["entries"].as_array().unwrap().clone()
}

fn facts_named<'a>(entries: &'a [Value], fact: &str) -> Vec<&'a Value> {
    entries
        .iter()
        .map(|entry| &entry["fact"])
        .filter(|found| found["fact"] == fact)
        .collect()
}

/// Sweeps every zone of the demo's high school.
async fn sweep(officer: &Http) {
    does(officer, NORTH, json!({ "name": "start_sweep" })).await;
    for zone in ["a-wing", "b-wing", "gym", "commons"] {
        does(
            officer,
            NORTH,
            json!({ "name": "clear_zone", "zone": zone }),
        )
        .await;
    }
}

/// S1, S2, S3, P4, R3: each thing that stands against an all clear, one after the other, and
/// what stays on the one that is given.
#[tokio::test]
async fn s1_s3_p4_an_all_clear_stands_on_the_whole_sweep_and_on_every_officers_word() {
    let server = Server::start();
    let [ana, sam, kim, lee] =
        ["ana.ruiz", "sam.cole", "kim.ortega", "lee.park"].map(|name| who(&server, name));
    let mut classroom = follow(&server, "device:north-n101", NORTH).await;
    let first = does(&ana, NORTH, call()).await.fact;
    classroom
        .until_screen(|s| s.posture() == Posture::LockDown)
        .await;
    does(&sam, NORTH, json!({ "name": "arrive" })).await;

    // S1, S2: a zone that nobody cleared, then one that something adverse reopened.
    does(&sam, NORTH, json!({ "name": "start_sweep" })).await;
    for zone in ["a-wing", "b-wing", "commons"] {
        does(&sam, NORTH, json!({ "name": "clear_zone", "zone": zone })).await;
    }
    let (code, about) = refused(
        &sam,
        NORTH,
        clear("give_all_clear", &sam.screen(NORTH).await),
    )
    .await;
    assert_eq!(
        (code, about),
        (Code::SweepIncomplete, vec!["gym".to_owned()])
    );
    does(&sam, NORTH, json!({ "name": "clear_zone", "zone": "gym" })).await;
    let swept = sam.screen(NORTH).await;
    assert!(zone_clear(&swept, "gym"));
    let adverse = json!({ "name": "report_adverse", "zone": "gym", "seen": "A door moved" });
    does(&lee, NORTH, adverse).await;
    let reopened = sam.screen(NORTH).await;
    assert!(!zone_clear(&reopened, "gym") && zone_clear(&reopened, "a-wing"));
    // P4: an alarm after the head that the author saw; then the zone itself.
    refuses(&sam, NORTH, clear("give_all_clear", &swept), Code::NewAlarm).await;
    let (code, about) = refused(&sam, NORTH, clear("give_all_clear", &reopened)).await;
    assert_eq!(
        (code, about),
        (Code::SweepIncomplete, vec!["gym".to_owned()])
    );
    // S1: an SSO accompanies and does not clear.
    let clear_gym = json!({ "name": "clear_zone", "zone": "gym" });
    refuses(&lee, NORTH, clear_gym.clone(), Code::NotAllowed).await;
    does(&kim, NORTH, clear_gym).await;
    assert!(zone_clear(&sam.screen(NORTH).await, "gym"));

    // S3: a veto that no override goes round; its author withdraws, another sets aside.
    let not_clear = json!({ "name": "say_not_clear", "reason": "Second floor not searched" });
    let said = does(&kim, NORTH, not_clear.clone()).await.fact;
    let all_clear = clear("give_all_clear", &sam.screen(NORTH).await);
    let (code, about) = refused(
        &sam,
        NORTH,
        with(all_clear, "override_reason", "I was there"),
    )
    .await;
    assert_eq!(code, Code::NotClearStands);
    assert!(
        about[0].contains("Kim Ortega") && about[0].contains("Second floor"),
        "{about:?}"
    );
    let withdraw = |id: FactId| json!({ "name": "withdraw_not_clear", "not_clear": id });
    let aside = |id: FactId| json!({ "name": "set_aside_not_clear", "not_clear": id, "reason": "Searched with SO" });
    refuses(&sam, NORTH, withdraw(said), Code::NotYours).await;
    refuses(&kim, NORTH, aside(said), Code::NotAllowed).await;
    for outsider in [&ana, &lee] {
        refuses(outsider, NORTH, withdraw(said), Code::NotAllowed).await;
        refuses(outsider, NORTH, aside(said), Code::NotAllowed).await;
    }
    does(&kim, NORTH, withdraw(said)).await;
    let again = does(&kim, NORTH, not_clear).await.fact;
    does(&sam, NORTH, aside(again)).await;

    // P4: another call, not named; the list says which.
    let drawn = sam.screen(NORTH).await;
    let second = does(&ana, NORTH, call()).await.fact;
    let (code, about) = refused(&sam, NORTH, clear("give_all_clear", &drawn)).await;
    assert_eq!(
        (code, about),
        (Code::UnnamedRaises, vec![second.to_string()])
    );
    // Nothing beyond what is open, and no head that nobody could have drawn.
    let drawn = sam.screen(NORTH).await;
    let extra = with(
        clear("give_all_clear", &drawn),
        "lifts",
        json!([first, second, said]),
    );
    let (code, about) = refused(&sam, NORTH, extra).await;
    assert_eq!((code, about), (Code::NotOpen, vec![said.to_string()]));
    let ahead = json!({ "epoch": 1, "seq": drawn.position.unwrap().seq + 1_000 });
    let ahead = with(clear("give_all_clear", &drawn), "seen", ahead);
    refuses(&sam, NORTH, ahead, Code::HeadUnknown).await;
    assert_eq!(classroom.screen.posture(), Posture::LockDown);

    does(&sam, NORTH, clear("give_all_clear", &drawn)).await;
    classroom
        .until_screen(|s| s.posture() == Posture::AllClear)
        .await;
    assert_eq!(posture(&classroom.screen).marks, [Mark::SetAside]);
    let given = sam.screen(NORTH).await;
    let card = release(&given).unwrap();
    assert_eq!(card.marks, [Mark::SetAside]);
    // S6: the sentence to say.
    assert!(
        card.radio.as_deref().unwrap().contains("all clear"),
        "{card:?}"
    );

    let entries = entries(&ana, NORTH).await;
    let cleared = facts_named(&entries, "all_clear_given");
    assert_eq!(cleared.len(), 1);
    assert_eq!(cleared[0]["marks"], json!(["set_aside"]));
    assert_eq!(cleared[0]["certification"]["badge"], "114");
    // T1: each refused clear is an entry.
    let refusals = facts_named(&entries, "clear_refused");
    println!("{} refused clears are in the timeline", refusals.len());
    assert_eq!(refusals.len(), 7, "{refusals:#?}");
}

/// S2, A3, S6, T2: what was overridden stays on every screen and entry, for every audience, and
/// the release is checked offline by a program that has only the export and the key.
#[tokio::test]
async fn s2_s6_unswept_stays_everywhere_and_the_release_is_proven_offline() {
    let server = Server::start();
    let [ana, sam] = ["ana.ruiz", "sam.cole"].map(|name| who(&server, name));
    let audiences = [
        "device:north-n101",
        "person:joy.adams",
        "person:ana.ruiz",
        "person:dana.lind",
        "person:wall",
    ];
    let mut screens = Vec::new();
    for principal in audiences {
        screens.push(follow(&server, principal, NORTH).await);
    }
    does(&ana, NORTH, call()).await;
    does(&sam, NORTH, json!({ "name": "start_sweep" })).await;
    let drawn = sam.screen(NORTH).await;
    let all_clear = clear("give_all_clear", &drawn);
    refuses(&sam, NORTH, all_clear.clone(), Code::SweepIncomplete).await;
    let overridden = with(all_clear, "override_reason", "Cleared by radio with the SO");
    does(&sam, NORTH, overridden).await;
    let expected = [Mark::Unswept, Mark::GivenFromOffCampus];
    for (principal, screen) in audiences.into_iter().zip(&mut screens) {
        screen
            .until_screen(|s| s.posture() == Posture::AllClear)
            .await;
        let later = follow(&server, principal, NORTH).await;
        for screen in [&screen.screen, &later.screen] {
            assert_eq!(posture(screen).marks, expected, "{principal}");
            assert_eq!(release(screen).unwrap().marks, expected, "{principal}");
        }
    }
    let line = screens[2].screen.cards.values().find_map(|card| {
        if let Card::Line(line) = card {
            Some(line.text.clone()).filter(|text| text.starts_with("All clear given"))
        } else {
            None
        }
    });
    let line = line.expect("a line of the timeline");
    assert!(
        line.contains("UNSWEPT") && line.contains("GIVEN FROM OFF CAMPUS"),
        "{line}"
    );
    does(&ana, NORTH, clear("resume", &ana.screen(NORTH).await)).await;
    screens[0]
        .until_screen(|s| s.posture() == Posture::Normal)
        .await;

    let (_, export) = ana
        .get(&format!("/v1/campuses/{NORTH}/timeline/export"))
        .await;
    let (_, keys) = ana.get("/v1/keys").await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("keys.json"), keys.to_string()).unwrap();
    let check = |export: &str| {
        fs::write(folder.path().join("export.json"), export).unwrap();
        let args = ["timeline", "verify", "export.json", "--keys", "keys.json"];
        lockstep(folder.path(), &args)
    };
    let export = export.to_string();
    let whole = check(&export).done();
    assert!(whole.contains("whole"), "{whole}");
    for (from, to) in [
        (r#"\"unswept\","#, ""),
        ("person:sam.cole", "person:kim.ortega"),
        (r#"\"badge\":\"114\""#, r#"\"badge\":\"207\""#),
    ] {
        let changed = export.replacen(from, to, 1);
        assert_ne!(changed, export, "{from} is in the export");
        let said = check(&changed);
        assert_eq!(said.code, 6, "{from}: {said:?}");
        assert!(said.out.contains("tampered"), "{from}: {said:?}");
    }
}

/// S4: two people, two proofs, the same raises and head; whatever is new voids it; it is never
/// called an all clear; a district may switch it off.
#[tokio::test]
async fn s4_a_school_lift_takes_two_and_is_never_called_an_all_clear() {
    let server = Server::start();
    let [ana, tom, kim, dana, joy] = [
        "ana.ruiz",
        "tom.becker",
        "kim.ortega",
        "dana.lind",
        "joy.adams",
    ]
    .map(|name| who(&server, name));
    let mut room = Wire::open(&server, "device:north-n101").await;
    room.subscribe(&[NORTH]).await;
    room.until("pulse").await;
    // Every change that the room hears of, up to the lift.
    let heard = tokio::spawn(async move {
        let mut frames = Vec::new();
        while !frames
            .last()
            .is_some_and(|frame: &String| frame.contains("lifted_by_school"))
        {
            frames.push(room.until("event").await.to_string().to_lowercase());
        }
        frames
    });
    does(&ana, NORTH, call()).await;
    let propose = |screen: &Screen| {
        with(
            clear("propose_lift", screen),
            "statement",
            "We answer for it",
        )
    };
    let confirm = |screen: &Screen, id: FactId| {
        with(clear("confirm_lift", screen), "proposal", id.to_string())
    };

    let drawn = ana.screen(NORTH).await;
    let mut unproven = asked(propose(&drawn));
    unproven.pin = None;
    assert_eq!(
        ana.send(NORTH, &unproven).await.refused(),
        Code::ProofNeeded
    );
    let proposal = does(&ana, NORTH, propose(&drawn)).await.fact;
    refuses(&ana, NORTH, confirm(&drawn, proposal), Code::SamePerson).await;
    for officer in [&kim, &joy] {
        refuses(officer, NORTH, confirm(&drawn, proposal), Code::NotAllowed).await;
    }
    let mut unproven = asked(confirm(&drawn, proposal));
    unproven.pin = None;
    assert_eq!(
        tom.send(NORTH, &unproven).await.refused(),
        Code::ProofNeeded
    );
    let fewer = with(confirm(&drawn, proposal), "lifts", json!([]));
    refuses(&tom, NORTH, fewer, Code::ProposalVoid).await;
    assert_eq!(tom.screen(NORTH).await.posture(), Posture::LockDown);

    // Anything new voids it: another call, then an alarm.
    let second = does(&tom, NORTH, call()).await.fact;
    refuses(&tom, NORTH, confirm(&drawn, proposal), Code::ProposalVoid).await;
    let (code, about) = refused(&ana, NORTH, propose(&drawn)).await;
    assert_eq!(
        (code, about),
        (Code::UnnamedRaises, vec![second.to_string()])
    );
    let drawn = ana.screen(NORTH).await;
    let proposal = does(&ana, NORTH, propose(&drawn)).await.fact;
    let objection = json!({ "name": "object_to_lift", "reason": "We still search" });
    let objection = does(&kim, NORTH, objection).await.fact;
    let (code, about) = refused(&tom, NORTH, confirm(&drawn, proposal)).await;
    assert_eq!(code, Code::ObjectionStands);
    assert!(about[0].contains("Kim Ortega"), "{about:?}");
    refuses(
        &ana,
        NORTH,
        propose(&ana.screen(NORTH).await),
        Code::ObjectionStands,
    )
    .await;
    let aside = json!({ "name": "set_aside_objection", "objection": objection, "reason": "Agreed with the chief" });
    refuses(&ana, NORTH, aside.clone(), Code::NotAllowed).await;
    does(&dana, NORTH, aside).await;
    refuses(&tom, NORTH, confirm(&drawn, proposal), Code::ProposalVoid).await;

    let drawn = ana.screen(NORTH).await;
    let proposal = does(&ana, NORTH, propose(&drawn)).await.fact;
    does(&dana, NORTH, confirm(&drawn, proposal)).await;
    let lifted = dana.screen(NORTH).await;
    assert_eq!(lifted.posture(), Posture::LiftedBySchool);
    assert_eq!(posture(&lifted).marks, [Mark::Unswept]);

    // Its words, in every frame that a room heard of it.
    let frames = heard.await.unwrap();
    let (last, before) = frames.split_last().unwrap();
    assert!(last.contains("not a law-enforcement all clear"), "{last}");
    for frame in before.iter().chain([last]) {
        let without = frame.replace("not a law-enforcement all clear", "");
        assert!(
            !without.contains("all clear") && !without.contains("all_clear"),
            "{frame}"
        );
    }
    does(&ana, NORTH, clear("resume", &ana.screen(NORTH).await)).await;

    // The district switches it off while the server runs.
    let mut screen = follow(&server, "person:ana.ruiz", NORTH).await;
    import(
        &server,
        &mut screen,
        &[("school_lift = true", "school_lift = false")],
    )
    .await;
    does(&ana, NORTH, call()).await;
    let drawn = ana.screen(NORTH).await;
    refuses(&ana, NORTH, propose(&drawn), Code::LiftDisabled).await;
    refuses(&joy, NORTH, propose(&drawn), Code::NotAllowed).await;
}

/// S5, A7: under `room_by_room` a room stays locked until its own door is opened, and a new call
/// closes them all; under `announce` none of this is asked.
#[tokio::test]
async fn s5_a7_rooms_stay_locked_until_their_own_door_is_opened() {
    let server = Server::start();
    let [ana, sam] = ["ana.ruiz", "sam.cole"].map(|name| who(&server, name));
    let mut n101 = follow(&server, "device:north-n101", NORTH).await;
    let mut n102 = follow(&server, "device:north-n102", NORTH).await;
    let open = |room: &str| json!({ "name": "open_room", "room": room });
    does(&sam, NORTH, json!({ "name": "arrive" })).await;

    // `announce`: all rooms at once.
    does(&ana, NORTH, call()).await;
    sweep(&sam).await;
    does(
        &sam,
        NORTH,
        clear("give_all_clear", &sam.screen(NORTH).await),
    )
    .await;
    n101.until_screen(|s| s.posture() == Posture::AllClear)
        .await;
    assert!(!own_room(&n101.screen).stay_locked);
    does(&ana, NORTH, clear("resume", &ana.screen(NORTH).await)).await;

    import(
        &server,
        &mut n101,
        &[("release = \"announce\"", "release = \"room_by_room\"")],
    )
    .await;
    refuses(&sam, NORTH, open("n101"), Code::NotReleased).await;
    does(&ana, NORTH, call()).await;
    refuses(&sam, NORTH, open("n101"), Code::NotReleased).await;
    sweep(&sam).await;
    does(
        &sam,
        NORTH,
        clear("give_all_clear", &sam.screen(NORTH).await),
    )
    .await;
    for room in [&mut n101, &mut n102] {
        let locked = |s: &Screen| s.posture() == Posture::AllClear && own_room(s).stay_locked;
        room.until_screen(locked).await;
    }
    refuses(&ana, NORTH, open("n101"), Code::NotAllowed).await;
    does(&sam, NORTH, open("n101")).await;
    n101.until_screen(|s| !own_room(s).stay_locked).await;
    let shown = sam.screen(NORTH).await;
    assert!(room(&shown, "n101").opened && !room(&shown, "n102").opened);
    let (code, about) = refused(&ana, NORTH, clear("resume", &shown)).await;
    assert_eq!((code, about.len()), (Code::RoomsUnopened, 14));
    assert!(!about.contains(&"n101".to_owned()));
    assert!(
        own_room(&n102.screen).stay_locked,
        "another's door is not one's own"
    );

    // A new call voids all openings.
    does(&ana, NORTH, call()).await;
    n101.until_screen(|s| s.posture() == Posture::LockDown)
        .await;
    sweep(&sam).await;
    does(
        &sam,
        NORTH,
        clear("give_all_clear", &sam.screen(NORTH).await),
    )
    .await;
    let locked = |s: &Screen| s.posture() == Posture::AllClear && own_room(s).stay_locked;
    n101.until_screen(locked).await;
    let shown = ana.screen(NORTH).await;
    let rooms: Vec<&str> = shown
        .cards
        .keys()
        .filter_map(|key| key.strip_prefix("room/"))
        .collect();
    assert_eq!(rooms.len(), 15);
    let named = with(clear("resume", &shown), "unopened", json!(rooms));
    refuses(&ana, NORTH, named.clone(), Code::RoomsUnopened).await;
    let some = with(
        with(clear("resume", &shown), "unopened", json!(rooms[1..])),
        "reason",
        "Empty",
    );
    refuses(&ana, NORTH, some, Code::RoomsUnopened).await;
    does(&ana, NORTH, with(named, "reason", "Everybody left by bus")).await;
    n102.until_screen(|s| s.posture() == Posture::Normal).await;
}

/// A3, A4, P2: whose all clear is refused, and for what; a wrong PIN stops no raise.
#[tokio::test]
async fn a3_a4_only_a_certified_officer_with_a_fresh_proof_gives_the_all_clear() {
    let server = Server::start();
    let [ana, sam] = ["ana.ruiz", "sam.cole"].map(|name| who(&server, name));
    let mut screen = follow(&server, "person:wall", NORTH).await;
    // Kim Ortega's certification is not on record any more.
    let kims = "certification = { agency = \"Maple Valley Police Department\", badge = \"207\"";
    import(
        &server,
        &mut screen,
        &[(kims, "# certification = { badge = \"207\"")],
    )
    .await;
    does(&ana, NORTH, call()).await;
    let drawn = sam.screen(NORTH).await;
    let all_clear = with(
        clear("give_all_clear", &drawn),
        "override_reason",
        "I know it is",
    );
    for (principal, code) in [
        ("person:kim.ortega", Code::CertificationMissing),
        ("person:bo.hart", Code::CertificationPartTime),
        ("person:al.finch", Code::CertificationExpired),
        ("person:ana.ruiz", Code::NotAllowed),
        ("person:lee.park", Code::NotAllowed),
        ("person:dana.lind", Code::NotAllowed),
        ("person:pat.moore", Code::NotAllowed),
        ("person:wall", Code::NotAllowed),
        ("person:joy.adams", Code::NotAllowed),
        ("person:walt.dunn", Code::NotAllowed),
        // An SRO, of another campus.
        ("person:deb.fox", Code::UnknownCampus),
    ] {
        let mut request = asked(all_clear.clone());
        // The right is looked at first: without it no proof helps.
        request.pin = None;
        let answer = crate::of(&server, principal).send(NORTH, &request).await;
        assert_eq!(answer.refused(), code, "{principal}");
    }
    // A display has no PIN, and none is right.
    let device = crate::of(&server, "device:north-n101");
    refuses(&device, NORTH, all_clear.clone(), Code::ProofWrong).await;

    let mut request = asked(all_clear);
    let pin = request.pin.take();
    assert_eq!(sam.send(NORTH, &request).await.refused(), Code::ProofNeeded);
    request.pin = Some(lockstep_proto::command::Pin("1357".to_owned()));
    for _ in 0..5 {
        assert_eq!(sam.send(NORTH, &request).await.refused(), Code::ProofWrong);
    }
    // The right one comes too late for a minute.
    request.pin = pin;
    match sam.send(NORTH, &request).await {
        Answered::Refused(Code::ProofThrottled, body) => {
            let wait = body["retry_after_ms"].as_u64().unwrap();
            assert!((1..=60_000).contains(&wait), "{body}");
        }
        other @ (Answered::Accepted(_)
        | Answered::Refused(..)
        | Answered::InDoubt
        | Answered::Gone) => panic!("not throttled: {other:?}"),
    }
    // P2: who is locked out of lowering raises as ever, a PIN typed along or not.
    let raised = sam.send(NORTH, &asked(call())).await.accepted();
    let threat = json!({ "name": "report_threat", "reason": "Still here" });
    does(&sam, NORTH, threat).await;
    let shown = ana.screen(NORTH).await;
    assert_eq!(shown.posture(), Posture::LockDown);
    assert!(shown.open_raises().contains(&raised.fact));
}

/// A2, A3, A5, P5: policy, rights and grants are what the directory says now, not at sign-in.
#[tokio::test]
async fn a2_p5_what_an_import_changes_holds_from_then_on() {
    let server = Server::start();
    let [ana, tom, nora, eli, mia, dana, pat, carol] = [
        "ana.ruiz",
        "tom.becker",
        "nora.kent",
        "eli.ward",
        "mia.stone",
        "dana.lind",
        "pat.moore",
        "carol.voss",
    ]
    .map(|name| who(&server, name));
    let threat = || json!({ "name": "report_threat", "reason": "A man with a gun" });

    // Before: a staff member's threat is checked, and stays a threat.
    does(&nora, RIVER, threat()).await;
    let shown = mia.screen(RIVER).await;
    assert_eq!((shown.posture(), shown.checking()), (Posture::Normal, true));
    // P5: the demo's director calls anywhere; superintendent and chief have no grant.
    for ungranted in [&pat, &carol] {
        refuses(ungranted, OAK, call(), Code::NotAllowed).await;
    }

    let mut screen = follow(&server, "person:wall", NORTH).await;
    let grant = "may_lock_down = [\"north-high\", \"river-middle\", \"oak-elementary\"]";
    import(
        &server,
        &mut screen,
        &[
            (
                "staff_may_lock_down = false",
                "staff_may_lock_down = true\nimmediate_threat_locks_after_s = 1",
            ),
            (grant, "may_lock_down = [\"river-middle\"]"),
            (
                "role = \"superintendent\"",
                "role = \"superintendent\"\nmay_lock_down = [\"oak-elementary\"]",
            ),
            // Tom Becker teaches now.
            (
                "name = \"Tom Becker\"\nrole = \"administrator\"",
                "name = \"Tom Becker\"\nrole = \"staff\"",
            ),
        ],
    )
    .await;

    // A2: the threat that nobody answered locks, as its author's, by an id made of the threat's.
    let mut river = follow(&server, "person:mia.stone", RIVER).await;
    river
        .until_screen(|s| s.posture() == Posture::LockDown)
        .await;
    let calls = entries(&mia, RIVER).await;
    let called = facts_named(&calls, "lock_down_called");
    assert_eq!(called.len(), 1, "{called:?}");
    let reported = calls
        .iter()
        .find(|entry| entry["fact"]["fact"] == "threat_reported")
        .unwrap();
    assert_eq!(called[0]["of_threat"], reported["id"]);
    let call_entry = calls
        .iter()
        .find(|entry| entry["fact"] == *called[0])
        .unwrap();
    assert_eq!(call_entry["by"]["principal"], "person:nora.kent");

    // A2: a staff member's threat is a lock-down at once, in the same answer.
    does(&eli, OAK, threat()).await;
    let locked = dana.screen(OAK).await;
    assert_eq!(locked.posture(), Posture::LockDown);
    let by = locked.cards.values().find_map(|card| {
        if let Card::Raise(raise) = card {
            raise.by.clone()
        } else {
            None
        }
    });
    assert_eq!(by.unwrap().name, "Eli Ward");

    // P5: the grant is for the campuses that it names, and says nothing of others.
    does(&dana, RIVER, call()).await;
    refuses(&dana, NORTH, call(), Code::NotAllowed).await;
    does(&pat, OAK, call()).await;
    refuses(&pat, RIVER, call(), Code::NotAllowed).await;
    for caller in [&dana, &pat] {
        refuses(caller, "nowhere", call(), Code::UnknownCampus).await;
    }
    assert_eq!(
        ana.screen(NORTH).await.posture(),
        Posture::Normal,
        "one campus, one act"
    );

    // A right that was taken away is gone, for a sign-in that is still live.
    let moved = json!({ "name": "begin_controlled_movement", "kind": "weather" });
    refuses(&tom, NORTH, moved, Code::NotAllowed).await;
    refuses(&tom, NORTH, call(), Code::NotAllowed).await;
    // Somebody who is not in the directory any more is nobody, on a live socket too.
    let mut socket = Wire::open(&server, "person:tom.becker").await;
    let toms = "[[person]]\nid = \"tom.becker\"\nname = \"Tom Becker\"\nrole = \"administrator\"\ncampuses = [\"north-high\"]\n";
    import(&server, &mut screen, &[(toms, "")]).await;
    refuses(&tom, NORTH, threat(), Code::Revoked).await;
    let (status, _) = tom.get("/v1/campuses").await;
    assert_eq!(status, 401);
    socket.say(frame(NORTH, &asked(call()))).await;
    assert_eq!(socket.closed().await, 4500);
}

/// P6, invariant 13: the same command twice is one act and one answer; the same id for something
/// else is refused; a clear that was refused, or is replayed, lifts nothing later.
#[tokio::test]
async fn p6_the_same_command_twice_is_one_act() {
    let server = Server::start();
    let [ana, tom, sam] = ["ana.ruiz", "tom.becker", "sam.cole"].map(|name| who(&server, name));
    let plain = |command: Value| {
        let mut request = asked(command);
        request.pin = None;
        request
    };
    // A raise, over HTTP and then over a socket.
    let raise = plain(json!({ "name": "call_lock_down", "reason": "shots" }));
    let first = ana.send(NORTH, &raise).await.accepted();
    let again = ana.send(NORTH, &raise).await.accepted();
    assert_eq!(first.fact, again.fact);
    let mut socket = Wire::open(&server, "person:ana.ruiz").await;
    socket.say(frame(NORTH, &raise)).await;
    let answer = socket.until("accepted").await;
    assert_eq!(answer["fact"], json!(first.fact));
    // Other words, another place, another kind under the same id.
    for other in [
        json!({ "name": "call_lock_down", "reason": "a drill" }),
        json!({ "name": "call_lock_down" }),
        json!({ "name": "report_threat", "reason": "shots" }),
        json!({ "name": "leave" }),
    ] {
        let mut request = plain(other);
        request.id = raise.id;
        assert_eq!(ana.send(NORTH, &request).await.refused(), Code::IdReused);
    }
    // The id is the principal's own: another's is another act.
    let toms = tom.send(NORTH, &raise).await.accepted();
    assert_ne!(toms.fact, first.fact);

    // A note, and a ground.
    for command in [
        json!({ "name": "arrive" }),
        json!({ "name": "start_sweep" }),
    ] {
        let request = plain(command);
        let first = sam.send(NORTH, &request).await.accepted();
        let again = sam.send(NORTH, &request).await.accepted();
        assert_eq!(again.fact, first.fact);
        let mut other = plain(json!({ "name": "leave" }));
        other.id = request.id;
        assert_eq!(sam.send(NORTH, &other).await.refused(), Code::IdReused);
    }

    // A clear that was refused stays so when its ground has come.
    let refused = asked(clear("give_all_clear", &sam.screen(NORTH).await));
    assert_eq!(
        sam.send(NORTH, &refused).await.refused(),
        Code::SweepIncomplete
    );
    sweep(&sam).await;
    assert_eq!(
        sam.send(NORTH, &refused).await.refused(),
        Code::SweepIncomplete
    );
    assert_eq!(ana.screen(NORTH).await.posture(), Posture::LockDown);
    // One that was accepted answers the same, and lifts nothing that came after it.
    let given = asked(clear("give_all_clear", &sam.screen(NORTH).await));
    let answer = sam.send(NORTH, &given).await.accepted();
    assert_eq!(sam.send(NORTH, &given).await.accepted(), answer);
    let late = does(&tom, NORTH, call()).await.fact;
    assert_eq!(sam.send(NORTH, &given).await.accepted(), answer);
    let shown = ana.screen(NORTH).await;
    assert_eq!(
        (shown.posture(), shown.open_raises()),
        (Posture::LockDown, vec![late])
    );

    let entries = entries(&ana, NORTH).await;
    let count = |fact: &str| facts_named(&entries, fact).len();
    assert_eq!(count("lock_down_called"), 3);
    assert_eq!((count("arrived"), count("all_clear_given")), (1, 1));
}

/// R1, L5, P6: a room counts as reached when a screen of its own drew the call and as
/// acknowledged when it said so, once, however often it says it, and never for another room.
#[tokio::test]
async fn r1_l5_rooms_are_counted_once_and_for_themselves() {
    let server = Server::start();
    let ana = who(&server, "ana.ruiz");
    let mut screens = Vec::new();
    for device in [
        "device:north-n101",
        "device:north-n102",
        "device:north-n103",
    ] {
        screens.push(follow(&server, device, NORTH).await);
    }
    let mut console = follow(&server, "person:ana.ruiz", NORTH).await;
    does(&ana, NORTH, call()).await;
    for screen in &mut screens {
        screen
            .until_screen(|s| s.posture() == Posture::LockDown)
            .await;
    }
    // 101 and 102 drew it; 103 only took it in. 101 acknowledges, three times over.
    for (screen, stage) in screens
        .iter_mut()
        .zip(["displayed", "displayed", "received"])
    {
        let through = screen.screen.position.unwrap();
        let receipt =
            json!({ "type": "receipt", "campus": NORTH, "stage": stage, "through": through });
        screen.say(&receipt.to_string()).await;
    }
    let through = screens[0].screen.position.unwrap();
    let mut acknowledge = asked(json!({ "name": "acknowledge", "through": through }));
    for round in 0..3 {
        if round == 2 {
            acknowledge = asked(json!({ "name": "acknowledge", "through": through }));
        }
        screens[0].give(acknowledge.clone()).await;
    }
    // A display speaks for its own room alone.
    let n103 = crate::of(&server, "device:north-n103");
    let foreign = json!({ "name": "acknowledge", "room": "n104", "through": through });
    refuses(&n103, NORTH, foreign, Code::UnknownThing).await;

    let counts = |screen: &Screen| {
        let rooms: Vec<&RoomCard> = screen
            .cards
            .values()
            .filter_map(|card| {
                if let Card::Room(room) = card {
                    Some(room)
                } else {
                    None
                }
            })
            .collect();
        let of = |test: &dyn Fn(&RoomCard) -> bool| rooms.iter().filter(|room| test(room)).count();
        (
            of(&|room| room.live > 0),
            of(&|room| room.reached),
            of(&|room| room.acknowledged.is_some()),
        )
    };
    console.until_screen(|s| counts(s) == (3, 2, 1)).await;
    assert!(room(&console.screen, "n101").acknowledged.is_some());
    assert!(room(&console.screen, "n102").reached && !room(&console.screen, "n103").reached);
    // A second call asks again: nobody has seen it yet.
    does(&ana, NORTH, call()).await;
    console.until_screen(|s| counts(s) == (3, 0, 0)).await;
}
