//! Kill -9 at random points under load (invariants 2, 4, 6, 11 and 13; P3).
//!
//! `LOCKSTEP_KILLS` says how many; `LOCKSTEP_SEED` repeats a run's random choices.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest, RoomReport, RoomState};
use lockstep_proto::export::{Export, Verdict, check};
use lockstep_proto::frame::ServerFrame;
use lockstep_proto::id::{DistrictId, FactId, Principal};
use lockstep_proto::note::{SignedHead, VerifierKey};
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_tests::{Answered, Follower, Http, PATIENCE, Server, lowering, request};

const CAMPUS: &str = "north-high";
const DISTRICT: &str = "maple-valley";
/// After so many kills everything is lifted once.
const LIFTED_EVERY: u64 = 10;

/// What everybody was told before the kill.
#[derive(Default)]
struct Told {
    acknowledged: BTreeSet<FactId>,
    accepted_clears: BTreeSet<FactId>,
    refused_clears: BTreeSet<FactId>,
    heads: BTreeSet<String>,
}

type SharedTold = Arc<Mutex<Told>>;

/// A small generator of our own: the seed is printed and repeats the run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_kill_loses_nothing_acknowledged_and_lowers_nothing() {
    let kills = setting("LOCKSTEP_KILLS", 6);
    let seed = setting("LOCKSTEP_SEED", u64::from(std::process::id()) << 16 | 1);
    println!("LOCKSTEP_SEED={seed}");
    let mut dice = Dice(seed);
    let mut server = Server::start();
    let told: SharedTold = Arc::default();
    let (mut raises, mut clears) = (0, 0);
    for kill in 1..=kills {
        let before = told.lock().unwrap().accepted_clears.len();
        let shown = load_until_killed(&mut server, &told, &mut dice).await;
        clears += told.lock().unwrap().accepted_clears.len() - before;
        server = server.start_again();
        let export = wait_until_recorded(&server, &told).await;
        check_timeline(&export, &told.lock().unwrap());
        came_back_no_lower(&server, shown).await;
        if kill % LIFTED_EVERY == 0 {
            lift_all(&server, &told).await;
        }
        let told = told.lock().unwrap();
        raises = told.acknowledged.len();
        if kill % 25 == 0 || kill == kills {
            println!(
                "{kill} kills: {raises} acknowledged raises, {clears} clears, {} refused clears",
                told.refused_clears.len()
            );
        }
    }
    assert!(
        raises as u64 >= kills,
        "the load raised too little to show anything"
    );
    // About one life in four sees one; in a short run that may be none.
    assert!(
        kills < 50 || clears as u64 >= kills / 10,
        "the load cleared too little to show anything"
    );
    println!("{kills} kills, {raises} raises, {clears} clears: none lost, none came true late");
}

/// Loads the server and kills it at a random moment; answers what a room's screen showed.
async fn load_until_killed(server: &mut Server, told: &SharedTold, dice: &mut Dice) -> Screen {
    let mut work = tokio::task::JoinSet::new();
    // Where something new comes in all the time every clear is refused: in each second life it
    // grows quiet, so that some are given and the kill falls among them.
    let most = [u64::MAX, 3][usize::from(dice.roll(2) == 0)];
    for who in [
        "person:ana.ruiz",
        "person:lee.park",
        "person:joy.adams",
        "device:north-n101",
    ] {
        let load = raise(
            Http::of(server, who),
            who.to_owned(),
            Arc::clone(told),
            dice.roll(1 << 32),
            most,
        );
        work.spawn(load);
    }
    for who in ["person:sam.cole", "person:kim.ortega"] {
        let load = release(Http::of(server, who), who.to_owned(), Arc::clone(told));
        work.spawn(load);
    }
    let screen = Arc::new(Mutex::new(Screen::default()));
    let token = server.token("device:north-n102");
    let follower = Follower::join(&server.url, &token, CAMPUS).await;
    work.spawn(watch(follower, Arc::clone(&screen), Arc::clone(told)));
    tokio::time::sleep(Duration::from_millis(30 + dice.roll(700))).await;
    server.kill();
    while let Some(ended) = work.join_next().await {
        ended.expect("the load does not panic");
    }
    let shown = screen.lock().unwrap();
    shown.clone()
}

fn fact_of(who: &str, request: &CommandRequest) -> FactId {
    let principal: Principal = who.parse().unwrap();
    FactId::of_command(&DistrictId::new(DISTRICT).unwrap(), &principal, request.id)
}

/// Raises so often, or until the server is gone.
async fn raise(http: Http, who: String, told: SharedTold, seed: u64, most: u64) {
    let mut dice = Dice(seed | 1);
    for _ in 0..most {
        let command = match (dice.roll(4), who.starts_with("device:")) {
            (0, _) => Command::ReportThreat {
                reason: Some("heard something".parse().unwrap()),
                place: None,
                room: None,
            },
            (_, true) => Command::ReportRoom {
                room: None,
                report: RoomReport {
                    state: RoomState::NeedHelp,
                    present: None,
                    injured: None,
                    missing: None,
                    extra: None,
                },
                note: None,
            },
            (_, false) => Command::CallLockDown {
                reason: Some("kill test".parse().unwrap()),
                place: None,
            },
        };
        match http.send(CAMPUS, &request(command)).await {
            Answered::Accepted(accepted) => {
                if accepted.holds.is_durable() {
                    told.lock().unwrap().acknowledged.insert(accepted.fact);
                }
            }
            Answered::Refused(Code::SlowDown, _) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Answered::Refused(code, body) => {
                // A staff member may not call; everything else that raises is taken.
                assert_eq!(code, Code::NotAllowed, "{body}");
            }
            Answered::InDoubt => panic!("a raise is never in doubt"),
            Answered::Gone => return,
        }
    }
}

/// Gives all clears and resumes until the server is gone; most are refused, for something new
/// comes in all the time.
async fn release(http: Http, who: String, told: SharedTold) {
    while let Some(screen) = http.try_screen(CAMPUS).await {
        if let Answered::Gone = release_once(&http, &who, &told, &screen).await {
            return;
        }
    }
}

/// Gives an all clear of what a screen shows, or resumes.
async fn release_once(http: &Http, who: &str, told: &SharedTold, screen: &Screen) -> Answered {
    let request = request(lowering(screen, "kill test"));
    let fact = fact_of(who, &request);
    let answer = http.send(CAMPUS, &request).await;
    match &answer {
        Answered::Accepted(accepted) => {
            assert_eq!(accepted.fact, fact);
            told.lock().unwrap().accepted_clears.insert(fact);
        }
        Answered::Refused(..) => {
            told.lock().unwrap().refused_clears.insert(fact);
        }
        Answered::InDoubt | Answered::Gone => {}
    }
    answer
}

/// Lifts everything, while nobody calls: with hundreds of calls open the next lives would be over
/// before an officer's screen is drawn.
async fn lift_all(server: &Server, told: &SharedTold) {
    let who = "person:sam.cole";
    let http = Http::of(server, who);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let screen = http.try_screen(CAMPUS).await.expect("it runs");
        if screen.posture() == Posture::Normal {
            return;
        }
        let answer = release_once(&http, who, told, &screen).await;
        assert!(
            tokio::time::Instant::now() < deadline,
            "it is never lifted: {answer:?} of {:?}",
            screen.items().collect::<Vec<_>>()
        );
    }
}

/// Follows as a room until the server is gone, and keeps what it showed and the heads it saw.
async fn watch(mut follower: Follower, screen: Arc<Mutex<Screen>>, told: SharedTold) {
    loop {
        *screen.lock().unwrap() = follower.screen.clone();
        match follower.next().await {
            None => return,
            Some(ServerFrame::Pulse {
                head: Some(head), ..
            }) => {
                told.lock().unwrap().heads.insert(head);
            }
            Some(_) => {}
        }
    }
}

/// The export, once everything acknowledged is in it: the spool is offered again at start.
async fn wait_until_recorded(server: &Server, told: &SharedTold) -> Export {
    let http = Http::of(server, "person:ana.ruiz");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let (status, body) = http
            .get(&format!("/v1/campuses/{CAMPUS}/timeline/export"))
            .await;
        assert_eq!(status, 200, "{body}");
        let export: Export = serde_json::from_value(body).unwrap();
        let ids = facts(&export);
        let lost: Vec<FactId> = told
            .lock()
            .unwrap()
            .acknowledged
            .difference(&ids)
            .copied()
            .collect();
        if lost.is_empty() {
            return export;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "acknowledged and not in the journal: {lost:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn facts(export: &Export) -> BTreeSet<FactId> {
    let ids: Vec<FactId> = export
        .entries
        .iter()
        .map(|entry| {
            let value: serde_json::Value = serde_json::from_str(&entry.entry).unwrap();
            value["id"].as_str().unwrap().parse().unwrap()
        })
        .collect();
    let set: BTreeSet<FactId> = ids.iter().copied().collect();
    assert_eq!(set.len(), ids.len(), "a fact stands twice (invariant 6)");
    set
}

/// Invariants 11 and 13, and no accepted clear lost.
fn check_timeline(export: &Export, told: &Told) {
    let ids = facts(export);
    let late: Vec<_> = told.refused_clears.intersection(&ids).collect();
    assert!(late.is_empty(), "refused, and came true: {late:?}");
    let lost: Vec<_> = told.accepted_clears.difference(&ids).collect();
    assert!(lost.is_empty(), "an accepted clear was lost: {lost:?}");
    let keys: Vec<VerifierKey> = export.keys.iter().map(|key| key.parse().unwrap()).collect();
    let heads: Vec<SignedHead> = told
        .heads
        .iter()
        .map(|head| head.parse().unwrap())
        .collect();
    let report = check(export, &keys, &heads);
    assert_eq!(report.verdict, Verdict::Whole, "{report:?}");
}

/// P3: whatever a screen showed is open, or covered by a committed clear that names it.
async fn came_back_no_lower(server: &Server, shown: Screen) {
    let token = server.token("device:north-n102");
    let before = shown.shows();
    let follower = Follower::resume(&server.url, &token, CAMPUS, shown).await;
    assert!(
        follower.screen.held.is_empty(),
        "shown before the kill, and neither open nor lifted after it: {:?} of {before:?}",
        follower.screen.held
    );
}
