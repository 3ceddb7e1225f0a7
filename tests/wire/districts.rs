//! Invariant 10: two districts in one server, with the same ids for everything within them, and
//! no byte about one reaches the other.

use lockstep_proto::code::Code;
use lockstep_proto::command::Pin;
use lockstep_proto::id::CommandId;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_tests::{Answered, Follower, Http, Server};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::shell::{district, import_text, operator_reading, sign_in};
use crate::{NORTH, Wire, asked, frame};

/// Words that stand in nothing but what the east does.
const SECRET: &str = "zebra-quartz";

const EVERYBODY: [&str; 5] = [
    "device:d1",
    "person:joy",
    "person:ana",
    "person:sam",
    "person:dana",
];

/// Two districts whose campuses, rooms, people and devices have the same ids; the west has a
/// campus of its own besides.
fn two_districts() -> Server {
    let folder = tempdir().unwrap();
    import_text(folder.path(), &district("east", &[NORTH, "east-only"])).done();
    import_text(folder.path(), &district("west", &[NORTH, "west-only"])).done();
    for (id, pin) in [("east", "1111"), ("west", "2222")] {
        let args = ["pin", "sam", "--district", id];
        operator_reading(folder.path(), &args, pin).done();
    }
    Server::start_on(folder, &[("RUST_LOG", "lockstep_server=trace")])
}

async fn of(server: &Server, district: &str, principal: &str) -> Http {
    Http::with(&server.url, &sign_in(server, district, principal).await)
}

async fn does(who: &Http, json: Value, pin: Option<&str>) -> lockstep_proto::id::FactId {
    let mut request = asked(json);
    request.pin = pin.map(|pin| Pin(pin.to_owned()));
    who.send(NORTH, &request).await.accepted().fact
}

fn clear(name: &str, screen: &Screen) -> Value {
    let lifts = if name == "resume" {
        screen.open_releases()
    } else {
        screen.open_raises()
    };
    json!({ "name": name, "lifts": lifts, "seen": screen.position.unwrap() })
}

/// A whole incident in the east, with its secret in every text that there is room for.
async fn incident(server: &Server) -> Screen {
    let [ana, sam, joy, room] = [
        of(server, "east", "person:ana").await,
        of(server, "east", "person:sam").await,
        of(server, "east", "person:joy").await,
        of(server, "east", "device:d1").await,
    ];
    does(
        &joy,
        json!({ "name": "report_threat", "reason": SECRET, "place": SECRET }),
        None,
    )
    .await;
    does(
        &ana,
        json!({ "name": "begin_controlled_movement", "kind": "person", "seen": SECRET,
        "shareable": SECRET }),
        None,
    )
    .await;
    let call = json!({ "name": "call_lock_down", "reason": SECRET, "place": SECRET });
    let call = does(&ana, call, None).await;
    does(&sam, json!({ "name": "arrive" }), None).await;
    let locked = ana.screen(NORTH).await;
    let through = locked.position.unwrap();
    does(
        &room,
        json!({ "name": "acknowledge", "through": through }),
        None,
    )
    .await;
    let plea = json!({ "name": "report_room", "report": { "state": "need_help", "injured": 1 },
        "note": SECRET });
    does(&room, plea, None).await;
    does(&sam, json!({ "name": "start_sweep" }), None).await;
    does(
        &sam,
        json!({ "name": "report_adverse", "zone": "main", "seen": SECRET }),
        None,
    )
    .await;
    does(&sam, json!({ "name": "clear_zone", "zone": "main" }), None).await;
    let veto = does(
        &sam,
        json!({ "name": "say_not_clear", "reason": SECRET }),
        None,
    )
    .await;
    does(
        &sam,
        json!({ "name": "withdraw_not_clear", "not_clear": veto }),
        None,
    )
    .await;
    does(
        &ana,
        json!({ "name": "annotate_mistake", "call": call, "note": SECRET }),
        None,
    )
    .await;
    does(
        &sam,
        clear("give_all_clear", &sam.screen(NORTH).await),
        Some("1111"),
    )
    .await;
    does(&ana, clear("resume", &ana.screen(NORTH).await), None).await;
    does(
        &ana,
        json!({ "name": "call_lock_down", "reason": SECRET }),
        None,
    )
    .await;
    locked
}

#[track_caller]
fn has_nothing_of_the_east(what: &str, text: &str) {
    // "East-only" is its campus, "of east" stands in each of its names.
    for words in [SECRET, "of east", "east Street", "east-only", "\"east\""] {
        assert!(!text.contains(words), "{what} has {words:?}: {text}");
    }
}

/// Invariant 10, A5: frames of every audience, every answer, the timeline and its export, counts
/// and the log, while the other district goes through a whole incident under the same ids.
#[tokio::test]
async fn i10_nothing_of_one_district_reaches_the_other() {
    let server = two_districts();
    // Everybody of the west listens from before it begins.
    let mut listening = Vec::new();
    for principal in EVERYBODY {
        let token = sign_in(&server, "west", principal).await;
        let mut wire = Wire::with(&server.url, &token).await;
        wire.subscribe(&[NORTH]).await;
        wire.until("pulse").await;
        listening.push((principal, wire));
    }
    // And the east's own displays are alive beside them: they count for the east alone.
    let east_token = sign_in(&server, "east", "device:d1").await;
    let mut display = Follower::join(&server.url, &east_token, NORTH).await;
    let shown = incident(&server).await;
    display
        .until_screen(|screen| screen.posture() == Posture::LockDown)
        .await;
    assert!(
        serde_json::to_string(&shown.cards)
            .unwrap()
            .contains(SECRET)
    );

    // The west's first own change comes after all of it: what was heard until then is the test.
    let ana = of(&server, "west", "person:ana").await;
    let own = does(
        &ana,
        json!({ "name": "call_lock_down", "reason": "west calls" }),
        None,
    )
    .await;
    let mut frames = 0;
    for (principal, wire) in &mut listening {
        loop {
            let frame = wire.frame().await;
            frames += 1;
            has_nothing_of_the_east(principal, &frame.to_string());
            if frame["type"] == "event" && frame.to_string().contains(&own.to_string()) {
                assert_eq!(frame["position"]["seq"], 1, "{frame}");
                break;
            }
            assert_ne!(
                frame["type"], "event",
                "{principal} heard a change: {frame}"
            );
        }
    }
    println!("{frames} frames of the west looked at");

    for principal in EVERYBODY {
        let who = of(&server, "west", principal).await;
        for path in [
            "/v1/me".to_owned(),
            "/v1/keys".to_owned(),
            "/v1/campuses".to_owned(),
            format!("/v1/campuses/{NORTH}"),
            format!("/v1/campuses/{NORTH}/timeline"),
            format!("/v1/campuses/{NORTH}/timeline?after=1"),
            format!("/v1/campuses/{NORTH}/timeline/export"),
        ] {
            let (_, body) = who.get(&path).await;
            has_nothing_of_the_east(&format!("{principal} {path}"), &body.to_string());
        }
    }
    let (_, timeline) = ana.get(&format!("/v1/campuses/{NORTH}/timeline")).await;
    // Beside it stands only what the server records of its own.
    let said = timeline["entries"].as_array().unwrap().iter();
    let said: Vec<&Value> = said
        .filter(|entry| entry["by"]["name"] != "Lockstep")
        .collect();
    assert_eq!(said.len(), 1, "{timeline}");
    let (_, view) = ana.get(&format!("/v1/campuses/{NORTH}")).await;
    let room = &view["cards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|card| card["card"] == "room")
        .unwrap();
    assert_eq!(
        room["live"], 1,
        "its own display, and not the east's: {room}"
    );
    assert!(
        room.get("acknowledged").is_none() && room.get("plea").is_none(),
        "{room}"
    );

    // What anybody may read, and what an operator of both reads: no words, names or tokens.
    let metrics = reqwest::get(format!("{}/metrics", server.url))
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    let log = server.log();
    for (what, text) in [("the metrics", &metrics), ("the log", &log)] {
        for words in [SECRET, "of east", "of west", "west calls", &east_token] {
            assert!(!text.contains(words), "{what} has {words:?}: {text}");
        }
    }
    has_nothing_of_the_east("the metrics", &metrics);
}

/// Invariant 10: what is another district's answers, to the byte, as what is nowhere: over HTTP
/// and on a socket, with a right in one's own and with any PIN.
#[tokio::test]
async fn i10_forbidden_and_unknown_answer_alike() {
    let server = two_districts();
    for principal in EVERYBODY {
        let token = sign_in(&server, "east", principal).await;
        let who = Http::with(&server.url, &token);
        for path in ["", "/timeline", "/timeline/export"] {
            let (status, forbidden) = who.get(&format!("/v1/campuses/west-only{path}")).await;
            let unknown = who.get(&format!("/v1/campuses/nowhere{path}")).await;
            assert_eq!(
                (status, &forbidden),
                (404, &unknown.1),
                "{principal} {path}"
            );
            assert_eq!(forbidden["code"], "unknown_campus");
        }
        let mut wire = Wire::with(&server.url, &token).await;
        for command in [
            json!({ "name": "call_lock_down" }),
            json!({ "name": "report_threat" }),
            json!({ "name": "give_all_clear", "lifts": [], "seen": { "epoch": 1, "seq": 0 } }),
        ] {
            let request = asked(command);
            let answers = [
                who.send("west-only", &request).await,
                who.send("nowhere", &request).await,
            ];
            assert_eq!(answers[0], answers[1], "{principal}");
            assert!(matches!(
                answers[0],
                Answered::Refused(Code::UnknownCampus, _)
            ));
            let forbidden = wire.refused(frame("west-only", &request)).await;
            assert_eq!(forbidden, wire.refused(frame("nowhere", &request)).await);
        }
        wire.subscribe(&["west-only"]).await;
        let forbidden = wire.until("refused").await.to_string();
        wire.subscribe(&["nowhere"]).await;
        let unknown = wire.until("refused").await.to_string();
        assert_eq!(forbidden.replace("west-only", "nowhere"), unknown);
    }
    // Codes are made for one's own people: whoever is only the other's is nobody.
    let ana = of(&server, "east", "person:ana").await;
    let west = of(&server, "west", "person:dana").await;
    let (_, own) = ana.get("/v1/me").await;
    assert_eq!(
        (&own["district"], &own["principal"]),
        (&json!("east"), &json!("person:ana"))
    );
    let (_, keys) = ana.get("/v1/keys").await;
    assert_ne!(
        keys,
        west.get("/v1/keys").await.1,
        "each district has its own key"
    );
}

/// Invariants 8 and 10, P6: the same command id by the same person id is two acts in two
/// districts; a raise that the one sealed is nothing to the other; wrong PINs count for one.
#[tokio::test]
async fn i10_ids_seals_and_pins_of_one_district_are_nothing_to_the_other() {
    let server = two_districts();
    let [east, west] = [
        of(&server, "east", "person:ana").await,
        of(&server, "west", "person:ana").await,
    ];
    let mut request = asked(json!({ "name": "call_lock_down", "reason": SECRET }));
    request.id = CommandId(uuid::Uuid::now_v7());
    let first = east.send(NORTH, &request).await.accepted();
    let shown = east.screen(NORTH).await;
    assert_eq!(west.screen(NORTH).await.posture(), Posture::Normal);

    // A screen of the east hands its raise back to the west.
    let token = sign_in(&server, "west", "person:ana").await;
    assert_eq!(shown.sealed().len(), 1);
    let told = Follower::resume(&server.url, &token, NORTH, shown.clone()).await;
    drop(told);
    let clean = west.screen(NORTH).await;
    assert_eq!(
        (clean.posture(), clean.position.unwrap().seq),
        (Posture::Normal, 0)
    );

    // The same id is the west's own act, and tells nothing of the other.
    let mut other = asked(json!({ "name": "call_lock_down" }));
    other.id = request.id;
    let second = west.send(NORTH, &other).await.accepted();
    assert_ne!(first.fact, second.fact);

    // The east's raise, named in the west, is as unknown as one that never was.
    let sam = of(&server, "west", "person:sam").await;
    let drawn = sam.screen(NORTH).await;
    let naming = |id: String| {
        let mut request = asked(
            json!({ "name": "give_all_clear", "lifts": [second.fact.to_string(), id],
            "seen": drawn.position.unwrap(), "override_reason": "seen" }),
        );
        request.pin = Some(Pin("2222".to_owned()));
        request
    };
    let never = uuid::Uuid::new_v4().to_string();
    let foreign = sam.send(NORTH, &naming(first.fact.to_string())).await;
    let unknown = sam.send(NORTH, &naming(never.clone())).await;
    let text = |answer: &Answered| format!("{answer:?}");
    assert_eq!(
        text(&foreign).replace(&first.fact.to_string(), &never),
        text(&unknown)
    );
    assert_eq!(foreign.refused(), Code::NotOpen);

    // Six wrong PINs of the east's Sam are nothing to the west's.
    let easts = of(&server, "east", "person:sam").await;
    let mut wrong = asked(clear("give_all_clear", &easts.screen(NORTH).await));
    wrong.pin = Some(Pin("2222".to_owned()));
    for _ in 0..5 {
        assert_eq!(easts.send(NORTH, &wrong).await.refused(), Code::ProofWrong);
    }
    assert_eq!(
        easts.send(NORTH, &wrong).await.refused(),
        Code::ProofThrottled
    );
    let mut right = naming(never);
    right.command = crate::command(json!({ "name": "give_all_clear", "lifts": [second.fact],
        "seen": drawn.position.unwrap(), "override_reason": "seen" }));
    right.id = CommandId(uuid::Uuid::now_v7());
    let _ = sam.send(NORTH, &right).await.accepted();
    assert_eq!(east.screen(NORTH).await.posture(), Posture::LockDown);
}
