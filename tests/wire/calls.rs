//! A whole staff calls at once (L2), on a campus of its own with hundreds of people.
//!
//! `LOCKSTEP_CALLS` and `LOCKSTEP_CLIENTS` say how many; `just calls` runs the full form.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::export::{Export, Verdict, check};
use lockstep_proto::id::Principal;
use lockstep_proto::note::VerifierKey;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_server::auth::Tokens;
use lockstep_server::clock::{Clock as _, SystemClock};
use lockstep_server::journal::Credential;
use lockstep_server::keys::Keys;
use lockstep_tests::{Follower, Http, Server};
use serde_json::json;
use tempfile::tempdir;
use tokio::sync::Barrier;

use crate::people::posture;
use crate::shell::import_text;
use crate::{NORTH, asked};

/// Rooms with a display each.
const ROOMS: usize = 50;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// A district whose one campus has so many school safety officers, and an SRO.
fn district(officers: usize) -> String {
    let mut text = format!(
        "[district]\nid = \"big\"\nname = \"Big\"\n\n[[campus]]\nid = \"{NORTH}\"\n\
         name = \"North\"\naddress = \"1 North Street\"\ntime_zone = \"America/New_York\"\n\
         zones = {{ main = \"Main\" }}\nrooms = {{"
    );
    for room in 0..ROOMS {
        let comma = if room == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma} r{room} = {{ name = \"R{room}\", zone = \"main\" }}"
        );
    }
    text.push_str(" }\n");
    for officer in 0..officers {
        let _ = write!(
            text,
            "\n[[person]]\nid = \"sso{officer}\"\nname = \"Officer {officer}\"\nrole = \"sso\"\n\
             campuses = [\"{NORTH}\"]\n"
        );
    }
    for (id, role) in [("ann", "administrator"), ("pat", "superintendent")] {
        let campuses = if role == "administrator" { NORTH } else { "" };
        let campuses = format!("campuses = [\"{campuses}\"]\n").replace("[\"\"]", "[]");
        let _ = write!(
            text,
            "\n[[person]]\nid = \"{id}\"\nname = \"{id}\"\nrole = \"{role}\"\n{campuses}"
        );
    }
    for room in 0..ROOMS {
        let _ = write!(
            text,
            "\n[[device]]\nid = \"d{room}\"\ncampus = \"{NORTH}\"\nroom = \"r{room}\"\n"
        );
    }
    text
}

/// A sign-in made with the server's own keys: enrolling hundreds is not what is tested.
fn token(tokens: &Tokens, principal: &str, number: usize) -> String {
    let now = SystemClock.now();
    let principal: Principal = principal.parse().unwrap();
    let credential = Credential {
        id: format!("c-{number}").parse().unwrap(),
        district: "big".parse().unwrap(),
        principal,
        made_at: now,
        revoked_at: None,
    };
    tokens.issue(&credential, now).unwrap().0
}

fn calls_shown(screen: &Screen) -> usize {
    posture(screen).calls as usize
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    println!(
        "{what}: median {:?}, worst {:?}, {} tries",
        times[times.len() / 2],
        times[times.len() - 1],
        times.len()
    );
}

/// L2: hundreds of calls at once are one incident with as many attributed calls, every client is
/// alerted, and the timeline checks out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l2_hundreds_of_calls_at_once_are_one_incident() {
    let calls = setting("LOCKSTEP_CALLS", 60);
    let clients = setting("LOCKSTEP_CLIENTS", 100);
    let folder = tempdir().unwrap();
    import_text(folder.path(), &district(calls)).done();
    let server = Server::start_on(folder, &[]);
    let keys = Keys::open(&server.data().join("keys")).unwrap();
    let tokens = Tokens::new(&keys);
    let mut screens = Vec::new();
    for client in 0..clients {
        let display = format!("device:d{}", client % ROOMS);
        let token = token(&tokens, &display, calls + client);
        screens.push(Follower::join(&server.url, &token, NORTH).await);
    }
    let start = std::sync::Arc::new(Barrier::new(calls + 1));
    let callers = (0..calls).map(|number| {
        let token = token(&tokens, &format!("person:sso{number}"), number);
        let http = Http::with(&server.url, &token);
        let mut call =
            asked(json!({ "name": "call_lock_down", "place": format!("door {number}") }));
        call.pin = None;
        let start = start.clone();
        tokio::spawn(async move {
            start.wait().await;
            let at = Instant::now();
            let accepted = http.send(NORTH, &call).await.accepted();
            assert!(accepted.holds.is_durable(), "{accepted:?}");
            (accepted.fact, at.elapsed())
        })
    });
    let callers: Vec<_> = callers.collect();
    start.wait().await;
    let began = Instant::now();
    let watching = screens.into_iter().map(|mut screen| {
        tokio::spawn(async move {
            screen
                .until_screen(|screen| screen.posture() == Posture::LockDown)
                .await;
            let first = began.elapsed();
            screen
                .until_screen(|screen| calls_shown(screen) == calls)
                .await;
            (first, began.elapsed())
        })
    });
    let watching: Vec<_> = watching.collect();
    let (facts, mut answered): (BTreeSet<_>, Vec<_>) = join_all(callers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .unzip();
    let (mut first, mut all): (Vec<_>, Vec<_>) = join_all(watching)
        .await
        .into_iter()
        .map(Result::unwrap)
        .unzip();
    println!("{calls} calls at once, {clients} clients");
    print("a call is answered", &mut answered);
    print("a screen shows the first call", &mut first);
    print("a screen shows all of them", &mut all);
    assert_eq!(facts.len(), calls);
    one_incident(&server, &tokens, calls).await;
}

/// One incident, each call by its own author with its place, and a timeline that checks out.
async fn one_incident(server: &Server, tokens: &Tokens, calls: usize) {
    let ann = Http::with(&server.url, &token(tokens, "person:ann", 100_000));
    let screen = ann.screen(NORTH).await;
    assert_eq!(calls_shown(&screen), calls);
    let path = format!("/v1/campuses/{NORTH}/timeline/export");
    let (status, body) = ann.get(&path).await;
    assert_eq!(status, 200);
    let export: Export = serde_json::from_value(body).unwrap();
    let entries = export.entries.iter().map(|entry| {
        let entry: serde_json::Value = serde_json::from_str(&entry.entry).unwrap();
        entry
    });
    let said: Vec<serde_json::Value> = entries
        .filter(|entry| entry["fact"]["fact"] == "lock_down_called")
        .collect();
    let authors: BTreeSet<String> = said
        .iter()
        .map(|entry| entry["by"]["principal"].to_string())
        .collect();
    assert_eq!(
        (said.len(), authors.len()),
        (calls, calls),
        "each attributed"
    );
    assert_eq!(posture(&screen).incident, said[0]["seq"].as_u64());
    let keys: Vec<VerifierKey> = export.keys.iter().map(|key| key.parse().unwrap()).collect();
    let report = check(&export, &keys, &[]);
    assert_eq!(report.verdict, Verdict::Whole, "{report:?}");
    println!(
        "{} entries, one incident, the timeline is whole",
        export.entries.len()
    );
}
