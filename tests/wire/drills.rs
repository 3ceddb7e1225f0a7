//! Drills over the wire: marked on every client, and over from the first real raise (D1–D3, D5).

use lockstep_proto::code::Code;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::frame::Stage;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, Server};
use serde_json::{Value, json};

use crate::people::{does, drill, entries, posture, refused, screen_of, who};
use crate::{ADMIN, NORTH, TEACHER, asked};

/// One client of each audience.
const CLIENTS: [&str; 5] = [
    "device:north-n101",
    TEACHER,
    ADMIN,
    "person:sam.cole",
    "person:wall",
];

async fn everybody(server: &Server) -> Vec<Follower> {
    let mut all = Vec::new();
    for principal in CLIENTS {
        all.push(screen_of(server, principal).await);
    }
    all
}

fn start(kind: &str) -> Value {
    json!({ "name": "start_drill", "kind": kind })
}

fn no_duty(screen: &Screen) -> bool {
    !screen
        .cards
        .values()
        .any(|card| matches!(card, Card::Duty(_)))
}

/// D1: a fresh proof starts it; every client of every audience shows it as a drill, and none as
/// real. D2: the first real call ends it on all of them, in one change.
#[tokio::test]
async fn d1_d2_a_drill_is_marked_everywhere_and_a_real_call_ends_it() {
    let server = Server::start();
    let ana = who(&server, "ana.ruiz");
    let mut unproved = asked(start("lock_down"));
    unproved.pin = None;
    assert_eq!(
        ana.send(NORTH, &unproved).await.refused(),
        Code::ProofNeeded
    );
    assert_eq!(
        refused(&who(&server, "lee.park"), start("lock_down")).await,
        Code::NotAllowed,
        "an SSO starts none"
    );
    let mut clients = everybody(&server).await;
    let started = does(&ana, start("lock_down")).await.fact;
    for client in &mut clients {
        client.until_screen(|screen| drill(screen).is_some()).await;
        let shown = drill(&client.screen).unwrap();
        assert_eq!((shown.id, shown.kind), (started, DrillKind::LockDown));
        assert_eq!(shown.posture, Posture::LockDown);
        assert_eq!(client.screen.posture(), Posture::Normal, "nothing is real");
        assert!(no_duty(&client.screen), "{:#?}", client.screen);
    }
    assert_eq!(refused(&ana, start("lock_down")).await, Code::DrillRunning);

    let call = does(
        &who(&server, "sam.cole"),
        json!({ "name": "call_lock_down" }),
    )
    .await;
    for client in &mut clients {
        client
            .until_screen(|screen| screen.posture() == Posture::LockDown)
            .await;
        assert!(client.shows(call.fact));
        assert_eq!(drill(&client.screen), None, "one change, not two");
        assert!(
            posture(&client.screen).drill_over,
            "it says that this is real"
        );
    }
    let late = json!({ "name": "report_drill_room", "drill": started, "room": "n101",
        "report": { "secured": true } });
    assert_eq!(refused(&ana, late).await, Code::DrillOver);
}

/// D2: in a drill a plea for help is real, and so is an immediate threat.
#[tokio::test]
async fn d2_a_plea_in_a_drill_is_real() {
    for real in [
        json!({ "name": "report_room", "room": "n101", "report": { "state": "need_help" } }),
        json!({ "name": "report_threat", "reason": "smoke" }),
    ] {
        let server = Server::start();
        let mut console = screen_of(&server, ADMIN).await;
        does(&who(&server, "ana.ruiz"), start("lock_down")).await;
        console.until_screen(|screen| drill(screen).is_some()).await;
        does(&who(&server, "joy.adams"), real).await;
        console.until_screen(|screen| drill(screen).is_none()).await;
        assert!(posture(&console.screen).drill_over);
    }
}

/// D3: the drill's own postures, its sweep and all clear, and its end; nothing of it is real.
#[tokio::test]
async fn d3_a_drill_goes_through_its_postures_and_ends() {
    let server = Server::start();
    let (ana, sam) = (who(&server, "ana.ruiz"), who(&server, "sam.cole"));
    let mut room = screen_of(&server, "device:north-n101").await;
    let id = does(&ana, start("controlled_movement")).await.fact;
    let shows = |wanted: Posture| {
        move |screen: &Screen| drill(screen).is_some_and(|drill| drill.posture == wanted)
    };
    room.until_screen(shows(Posture::ControlledMovement)).await;
    does(&ana, json!({ "name": "call_drill_lock_down", "drill": id })).await;
    room.until_screen(shows(Posture::LockDown)).await;
    does(&sam, json!({ "name": "arrive" })).await;
    let clear = |seen: &Screen| json!({ "name": "give_drill_all_clear", "drill": id, "seen": seen.position.unwrap() });
    let screen = sam.screen(NORTH).await;
    assert_eq!(
        refused(&sam, clear(&screen)).await,
        Code::SweepIncomplete,
        "A3 and S2 are practised as they are"
    );
    assert_eq!(refused(&ana, clear(&screen)).await, Code::NotAllowed);
    for zone in ["a-wing", "b-wing", "gym", "commons"] {
        let cleared = json!({ "name": "clear_drill_zone", "drill": id, "zone": zone });
        does(&sam, cleared).await;
    }
    does(&sam, clear(&sam.screen(NORTH).await)).await;
    room.until_screen(shows(Posture::AllClear)).await;
    let seen = ana.screen(NORTH).await.position.unwrap();
    let end = json!({ "name": "end_drill", "drill": id, "seen": seen });
    does(&ana, end).await;
    room.until_screen(|screen| drill(screen).is_none()).await;
    assert_eq!(room.screen.posture(), Posture::Normal);
    assert!(
        !posture(&room.screen).drill_over,
        "it ended, nothing cut it short"
    );
    let of_duties = entries(&ana).await;
    let of_duties = of_duties
        .iter()
        .filter(|entry| entry["fact"]["fact"] == "duty_attempted");
    assert_eq!(of_duties.count(), 0, "a drill pages nobody");
}

/// D5: a test alert changes no posture, and shows which rooms it reached.
#[tokio::test]
async fn d5_a_test_alert_shows_which_rooms_would_be_reached() {
    let server = Server::start();
    let mut console = screen_of(&server, ADMIN).await;
    let mut screens = Vec::new();
    for room in ["n101", "n102", "n103"] {
        screens.push(screen_of(&server, &format!("device:north-{room}")).await);
    }
    let id = does(&who(&server, "ana.ruiz"), start("test_alert"))
        .await
        .fact;
    for (n, screen) in screens.iter_mut().enumerate() {
        screen.until_screen(|screen| drill(screen).is_some()).await;
        let shown = drill(&screen.screen).unwrap();
        assert_eq!(shown.kind, DrillKind::TestAlert);
        assert_eq!(screen.screen.posture(), Posture::Normal);
        // The third never paints it.
        let stage = if n == 2 {
            Stage::Received
        } else {
            Stage::Displayed
        };
        screen.confirm(stage).await;
        screen.until_kept(stage).await;
    }
    let counted = |screen: &Screen| {
        screen.cards.values().any(|card| {
            matches!(card, Card::Reach(reach) if reach.alert == id
                && (reach.received, reach.displayed) == (1, 2))
        })
    };
    console.until_screen(counted).await;
    let reached = console.screen.cards.values().filter_map(|card| {
        let Card::Room(room) = card else { return None };
        room.reached.then(|| room.id.to_string())
    });
    assert_eq!(reached.collect::<Vec<_>>(), ["n101", "n102"]);
}
