//! Receipts across a kill -9 (R1): what was confirmed to a client is kept, with the journal
//! there and without it.

use std::collections::BTreeSet;
use std::time::Instant;

use lockstep_proto::command::Command;
use lockstep_proto::frame::{Holds, Stage};
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, Http, PATIENCE, Server};

use crate::disk::lock;

const CAMPUS: &str = "north-high";
/// Rooms whose screens confirm what they drew; the last of them only that it came in.
const ROOMS: [&str; 4] = ["n101", "n102", "n103", "n104"];

fn reached(screen: &Screen) -> BTreeSet<String> {
    let rooms = screen.cards.values().filter_map(|card| {
        let Card::Room(room) = card else { return None };
        room.reached.then(|| room.id.to_string())
    });
    rooms.collect()
}

fn call() -> Command {
    let (reason, place) = (None, None);
    Command::CallLockDown { reason, place }
}

/// Every room confirms and hears that it is kept; then the server is killed.
async fn confirmed_then_killed(server: &mut Server, locked: bool) {
    let mut screens = Vec::new();
    for room in ROOMS {
        let token = server.token(&format!("device:north-{room}"));
        screens.push(Follower::join(&server.url, &token, CAMPUS).await);
    }
    let lock = locked.then(|| lock(server));
    let ana = Http::of(server, "person:ana.ruiz");
    let call = ana.give(CAMPUS, call()).await.accepted();
    assert!(!locked || call.holds == Holds::Spooled);
    for (screen, room) in screens.iter_mut().zip(ROOMS) {
        screen
            .until_screen(|screen| screen.items().any(|item| item.id == call.fact))
            .await;
        screen.confirm(Stage::Received).await;
        if room != ROOMS[3] {
            screen.confirm(Stage::Displayed).await;
        }
    }
    let at = Instant::now();
    for (screen, room) in screens.iter_mut().zip(ROOMS) {
        let stage = if room == ROOMS[3] {
            Stage::Received
        } else {
            Stage::Displayed
        };
        screen.until_kept(stage).await;
    }
    println!(
        "journal {}: kept {:?} after it was confirmed",
        if locked { "locked" } else { "there" },
        at.elapsed()
    );
    server.kill();
    drop(lock);
}

/// R1: no screen is connected after the restart, and the console still says which rooms the
/// alert reached; of the one that only received it, it does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_what_was_confirmed_survives_a_kill() {
    for locked in [false, true] {
        let mut server = Server::start();
        confirmed_then_killed(&mut server, locked).await;
        let server = server.start_again();
        let ana = Http::of(&server, "person:ana.ruiz");
        let wanted: BTreeSet<String> = ROOMS[..3].iter().map(ToString::to_string).collect();
        let screen = ana.screen(CAMPUS).await;
        assert_eq!(reached(&screen), wanted, "from the first look on");
        let counted = |screen: &Screen| {
            screen.cards.values().find_map(|card| {
                let Card::Reach(reach) = card else {
                    return None;
                };
                Some((reach.sent, reach.received, reach.displayed))
            })
        };
        assert_eq!(counted(&screen), Some((4, 4, 3)));
        // And it is in the timeline in the end.
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, body) = ana.get(&format!("/v1/campuses/{CAMPUS}/timeline")).await;
            let entries = body["entries"].as_array().unwrap();
            let rows: usize = entries
                .iter()
                .filter(|entry| entry["fact"]["fact"] == "reach_kept")
                .map(|entry| entry["fact"]["rows"].as_array().unwrap().len())
                .sum();
            if rows == 11 {
                break;
            }
            assert!(Instant::now() < deadline, "{rows} rows in the timeline");
            tokio::task::yield_now().await;
        }
    }
}
