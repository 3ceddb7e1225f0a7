//! How fast one sender is listened to (L2, T1, invariant 12): what a program can do to the record,
//! and what people do is never slowed.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::{CommandRequest, Pin};
use lockstep_tests::{Answered, Http, Server};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::shell::{DEMO, import_text};
use crate::{ADMIN, NORTH, Wire, asked, frame, of};

const DISPLAY: &str = "device:north-n101";
const SRO: &str = "person:sam.cole";
/// Refused clears of one sender that are kept in ten seconds.
const KEPT: usize = 50;
const WINDOW_S: u64 = 10;

/// How many refused clears the record has.
async fn refusals(server: &Server) -> usize {
    let reader = of(server, ADMIN);
    let (mut all, mut after) = (0, 0);
    loop {
        let path = format!("/v1/campuses/{NORTH}/timeline?after={after}");
        let (status, body) = reader.get(&path).await;
        assert_eq!(status, 200, "{body}");
        let entries = body["entries"].as_array().unwrap();
        let Some(last) = entries.last() else {
            return all;
        };
        after = last["seq"].as_u64().unwrap();
        let is_refusal = |entry: &&Value| entry["fact"]["fact"] == "clear_refused";
        all += entries.iter().filter(is_refusal).count();
    }
}

/// At most this many are kept of what one sender was refused since then.
fn most(since: Instant) -> usize {
    KEPT * (1 + (since.elapsed().as_secs() / WINDOW_S) as usize)
}

/// An all clear, without a proof that a display could not have.
fn all_clear() -> CommandRequest {
    let seen = json!({ "epoch": 1, "seq": 0 });
    let mut clear = asked(json!({ "name": "give_all_clear", "lifts": [], "seen": seen }));
    clear.pin = None;
    clear
}

/// T1, invariant 12: a display asks for 500 all clears. The first refusals are entries as
/// anybody's are, the rest are told to wait and leave nothing; and its alarm beside them is in at
/// once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t1_five_hundred_refused_clears_of_a_display_are_fifty_entries() {
    let server = Server::start();
    let mut flood = Wire::open(&server, DISPLAY).await;
    let since = Instant::now();
    let mut codes = [0; 2];
    for round in 0..20 {
        for _ in 0..25 {
            flood.say(frame(NORTH, &all_clear())).await;
        }
        for _ in 0..25 {
            let refusal = flood.until("refused").await["refusal"].clone();
            let wait = refusal["retry_after_ms"].as_u64();
            match refusal["code"].as_str().unwrap() {
                "not_allowed" => codes[0] += 1,
                "slow_down" if (1..=1_000).contains(&wait.unwrap()) => codes[1] += 1,
                _ => panic!("{refusal}"),
            }
        }
        if round == 10 {
            let help = json!({ "name": "report_room", "report": { "state": "need_help" } });
            let raised = Instant::now();
            let display = of(&server, DISPLAY);
            let accepted = display.send(NORTH, &asked(help)).await.accepted();
            let took = raised.elapsed();
            println!(
                "a plea for help beside it: {:?} after {took:.1?}",
                accepted.holds
            );
            assert!(accepted.holds.is_durable());
            assert!(took < Duration::from_secs(1), "{took:?}");
        }
    }
    let most = most(since);
    let kept = refusals(&server).await;
    println!(
        "500 refused clears in {:.1?}: {codes:?}, {kept} entries",
        since.elapsed()
    );
    assert_eq!(
        codes[0], kept,
        "each refusal is an entry, and nothing else is"
    );
    assert!((KEPT..=most).contains(&kept), "{kept}");
    // Nobody else waits for it.
    let other = of(&server, "device:north-n102");
    let refused = other.send(NORTH, &all_clear()).await.refused();
    assert_eq!(refused, Code::NotAllowed);
}

/// The same of a proof that sign-in does not take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t1_wrong_pins_without_end_are_fifty_entries() {
    let server = Server::start();
    let sam = of(&server, SRO);
    let since = Instant::now();
    let mut slowed = 0;
    for _ in 0..200 {
        let mut clear = all_clear();
        clear.pin = Some(Pin("1357".to_owned()));
        match sam.send(NORTH, &clear).await {
            Answered::Refused(Code::SlowDown, _) => slowed += 1,
            Answered::Refused(Code::ProofWrong | Code::ProofThrottled, _) => {}
            other @ (Answered::Refused(..)
            | Answered::Accepted(_)
            | Answered::InDoubt
            | Answered::Gone) => panic!("{other:?}"),
        }
    }
    let most = most(since);
    let kept = refusals(&server).await;
    println!("200 wrong PINs in {:.1?}: {kept} entries", since.elapsed());
    assert_eq!(kept + slowed, 200, "each refusal is an entry");
    assert!((KEPT..=most).contains(&kept), "{kept}");
}

/// S1, L4: an officer clears sixty zones as fast as a screen can say so, and a room counts its
/// heads again and again: nobody is told to wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_sixty_zones_and_sixty_counts_are_not_too_many() {
    const ZONES: usize = 60;
    let mut zones = "[campus.zones]\n".to_owned();
    for zone in 0..ZONES {
        let _ = writeln!(zones, "z{zone} = \"Zone {zone}\"");
    }
    let folder = tempdir().unwrap();
    import_text(folder.path(), &DEMO.replacen("[campus.zones]\n", &zones, 1)).done();
    let server = Server::start_on(folder, &[]);
    let call = asked(json!({ "name": "call_lock_down" }));
    of(&server, ADMIN).send(NORTH, &call).await.accepted();
    let gives = async |who: &Http, command: Value| {
        let mut request = asked(command);
        request.pin = None;
        who.send(NORTH, &request).await.accepted();
    };
    let (sam, display) = (of(&server, SRO), of(&server, DISPLAY));
    let since = Instant::now();
    let sweeps = async {
        for zone in 0..ZONES {
            gives(
                &sam,
                json!({ "name": "clear_zone", "zone": format!("z{zone}") }),
            )
            .await;
        }
    };
    let counts = async {
        for heads in 0..60 {
            let report = json!({ "state": "secured", "present": heads });
            gives(&display, json!({ "name": "report_room", "report": report })).await;
        }
    };
    tokio::join!(sweeps, counts);
    println!("60 zones and 60 counts in {:.1?}", since.elapsed());
}
