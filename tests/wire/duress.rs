//! A4: a PIN that says that its author is forced, on a real server: what it does, who hears of
//! it, and that its answer is P4's own in words and in time.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::{CommandRequest, Pin};
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{Card, DuressCard};
use lockstep_tests::{Answered, Follower, Http, Server};
use serde_json::{Value, json};

use crate::shell::{lockstep, operator, operator_reading};
use crate::{ADMIN, DIRECTOR, NORTH, TEACHER, asked, of};

const SRO: &str = "person:sam.cole";
const OFFICER: &str = "person:kim.ortega";
const FORCED: &str = "8642";

/// A server on which the SRO has a duress PIN and a lock-down stands.
async fn locked_down() -> Server {
    let server = Server::start();
    let pin = ["pin", "sam.cole", "--duress"];
    operator_reading(server.data(), &pin, FORCED).done();
    let call = json!({ "name": "call_lock_down" });
    of(&server, ADMIN)
        .send(NORTH, &asked(call))
        .await
        .accepted();
    let here = json!({ "name": "arrive" });
    of(&server, SRO).send(NORTH, &asked(here)).await.accepted();
    server
}

fn all_clear(screen: &Screen, pin: Option<&str>) -> CommandRequest {
    let mut request = asked(json!({
        "name": "give_all_clear",
        "lifts": screen.open_raises(),
        "seen": screen.position.unwrap(),
        "override_reason": "They are gone",
    }));
    if let Some(pin) = pin {
        request.pin = Some(Pin(pin.to_owned()));
    }
    request
}

/// What an SRO has drawn when an alarm comes in.
async fn drawn_before_an_alarm(server: &Server) -> Screen {
    let drawn = of(server, SRO).screen(NORTH).await;
    let threat = json!({ "name": "report_threat", "reason": "Somebody at the door" });
    let threat = asked(threat);
    of(server, TEACHER).send(NORTH, &threat).await.accepted();
    drawn
}

/// The refusal as it was written, without what names the alarm.
fn words(answer: Answered) -> Value {
    let Answered::Refused(Code::NewAlarm, mut body) = answer else {
        panic!("expected P4's refusal, not {answer:?}");
    };
    let about = body.as_object_mut().unwrap().remove("about").unwrap();
    assert_eq!(about.as_array().unwrap().len(), 1, "{about}");
    body
}

fn heard(screen: &Screen) -> Vec<&DuressCard> {
    let cards = screen.cards.values().filter_map(|card| {
        let Card::Duress(card) = card else {
            return None;
        };
        Some(card)
    });
    cards.collect()
}

/// Another sign-in of the SRO's.
async fn elsewhere(server: &Server) -> String {
    let made = operator(server.data(), &["code", SRO, "--json"]).done();
    let made: Value = serde_json::from_str(&made).unwrap();
    let answer = reqwest::Client::new()
        .post(format!("{}/v1/sign-in", server.url))
        .json(&json!({ "code": made["code"] }))
        .send();
    let answer: Value = answer.await.unwrap().json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Where no alarm can be looked at again the duress PIN is a mistyped one, however often it is tried.
#[tokio::test]
async fn a4_tried_again_and_again_a_duress_pin_is_any_wrong_one() {
    let answers = async |pin: &str| {
        let server = locked_down().await;
        let mut codes = Vec::new();
        for _ in 0..7 {
            let begun = reqwest::Client::new()
                .post(format!("{}/v1/passkeys/begin", server.url))
                .bearer_auth(server.token(SRO))
                .json(&json!({ "pin": pin }))
                .send();
            let answer: Value = begun.await.unwrap().json().await.unwrap();
            codes.push(answer["code"].as_str().unwrap().to_owned());
        }
        codes
    };
    let mistyped = answers("9753").await;
    assert_eq!(
        mistyped[4..],
        ["proof_wrong", "proof_throttled", "proof_throttled"]
    );
    assert_eq!(answers(FORCED).await, mistyped);
}

#[tokio::test]
async fn a4_who_is_forced_lifts_nothing_and_those_elsewhere_are_told() {
    let server = locked_down().await;
    let sam = of(&server, SRO);
    let other = elsewhere(&server).await;
    let join = async |token: &str| Follower::join(&server.url, token, NORTH).await;
    let mut own = join(&server.token(SRO)).await;
    let mut second = join(&other).await;
    let mut officer = join(&server.token(OFFICER)).await;
    let mut director = join(&server.token(DIRECTOR)).await;
    let mut others = Vec::new();
    for who in [ADMIN, TEACHER, "person:lee.park", "device:north-n101"] {
        others.push(join(&server.token(who)).await);
    }
    let forced = sam.send(NORTH, &all_clear(&own.screen, Some(FORCED))).await;
    let forced = words(forced);
    for screen in [&mut second, &mut officer, &mut director] {
        screen.until_screen(|screen| heard(screen).len() == 1).await;
        assert_eq!(heard(&screen.screen)[0].who.name, "Sam Cole");
    }
    // A call comes after it on every screen: by then whatever it did would be there too.
    let call = asked(json!({ "name": "call_lock_down", "reason": "And another" }));
    of(&server, ADMIN).send(NORTH, &call).await.accepted();
    for screen in others.iter_mut().chain([&mut own]) {
        screen
            .until_screen(|screen| screen.open_raises().len() == 2)
            .await;
        assert_eq!(heard(&screen.screen).len(), 0);
        assert_eq!(screen.screen.posture(), Posture::LockDown);
    }
    // Who comes back, and who only looks, is told as those who stayed are.
    for (token, told) in [
        (server.token(SRO), 0),
        (other, 1),
        (server.token(DIRECTOR), 1),
    ] {
        assert_eq!(heard(&join(&token).await.screen).len(), told);
        let looks = Http::with(&server.url, &token).screen(NORTH).await;
        assert_eq!(heard(&looks).len(), told);
    }
    // The ordinary PIN with that head: an alarm stands after it.
    let ordinary = sam.send(NORTH, &all_clear(&second.screen, None)).await;
    assert_ne!(ordinary, Answered::Gone);
    let drawn = own.screen.clone();
    let threat = json!({ "name": "report_threat", "reason": "Somebody at the door" });
    of(&server, TEACHER)
        .send(NORTH, &asked(threat))
        .await
        .accepted();
    let ordinary = sam.send(NORTH, &all_clear(&drawn, None)).await;
    assert_eq!(words(ordinary), forced, "the same words");
}

/// Whoever watches a forced officer fills up what is counted of clears, and has the PIN typed then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_a_flood_before_a_pin_does_not_tell_which_it_is() {
    let server = locked_down().await;
    let sam = of(&server, SRO);
    let drawn = drawn_before_an_alarm(&server).await;
    let fill_up = async || {
        for _ in 0..200 {
            let mut flood = all_clear(&drawn, None);
            flood.pin = None;
            if sam.send(NORTH, &flood).await.refused() == Code::SlowDown {
                return;
            }
        }
        panic!("nothing was slowed");
    };
    let mut told = Vec::new();
    for pin in [None, Some(FORCED)] {
        fill_up().await;
        told.push(words(sam.send(NORTH, &all_clear(&drawn, pin)).await));
    }
    assert_eq!(told[0], told[1]);
    let seen = of(&server, DIRECTOR).screen(NORTH).await;
    assert_eq!(heard(&seen).len(), 1);
}

/// What a reader is told of each refusal: the word for its proof, or nothing but its seal.
async fn proofs(reader: &Http) -> Vec<Value> {
    let (status, body) = reader.get(&format!("/v1/campuses/{NORTH}/timeline")).await;
    assert_eq!(status, 200, "{body}");
    let entries = body["entries"].as_array().unwrap().clone();
    let facts = entries.into_iter().map(|mut entry| entry["fact"].take());
    let refused = facts.filter(|fact| fact["fact"] == "clear_refused");
    refused.map(|mut fact| fact["proof"].take()).collect()
}

#[tokio::test]
async fn a4_t5_no_record_that_its_own_sign_in_reads_tells_it_from_any_refusal() {
    let server = locked_down().await;
    let sam = of(&server, SRO);
    let drawn = drawn_before_an_alarm(&server).await;
    for pin in [None, Some(FORCED)] {
        words(sam.send(NORTH, &all_clear(&drawn, pin)).await);
    }
    // The entry of the second is in the journal before that of the call.
    let call = asked(json!({ "name": "call_lock_down" }));
    of(&server, ADMIN).recorded(NORTH, call.command).await;
    let told = proofs(&of(&server, DIRECTOR)).await;
    assert_eq!(
        told,
        [
            json!({ "words": "no duress" }),
            json!({ "words": "duress" })
        ]
    );
    assert_eq!(proofs(&of(&server, OFFICER)).await, told);
    for who in [SRO, ADMIN, "person:lee.park"] {
        let sealed = proofs(&of(&server, who)).await;
        assert_eq!(sealed.len(), 2, "{who}");
        let lengths: BTreeSet<usize> = sealed
            .iter()
            .map(|proof| proof["sealed"].as_str().expect("a seal").len())
            .collect();
        assert_eq!(lengths, BTreeSet::from([64]), "{who}");
    }
    // In no other form of the record either: the export, the report, the list, one entry's proof.
    let reads = [
        "timeline/export",
        "incidents/1/report",
        "incidents",
        "timeline",
    ];
    for who in [SRO, ADMIN] {
        for what in reads {
            let path = format!("/v1/campuses/{NORTH}/{what}");
            let (_, body) = of(&server, who).get(&path).await;
            assert!(!body.to_string().contains("duress"), "{who} reads {what}");
        }
    }
    let path = format!("/v1/campuses/{NORTH}/incidents/1/report");
    let (_, report) = of(&server, DIRECTOR).get(&path).await;
    assert!(
        report.to_string().contains("duress"),
        "the district's report tells"
    );
    // What leaves is whole for both: the same entries under the same heads.
    for (who, withheld) in [(SRO, true), (DIRECTOR, false)] {
        let path = format!("/v1/campuses/{NORTH}/timeline/export");
        let (_, export) = of(&server, who).get(&path).await;
        let home = tempfile::tempdir().unwrap();
        let (_, keys) = of(&server, who).get("/v1/keys").await;
        for (name, what) in [("export.json", export), ("keys.json", keys)] {
            std::fs::write(home.path().join(name), what.to_string()).unwrap();
        }
        let args = ["timeline", "verify", "export.json", "--keys", "keys.json"];
        let said = lockstep(home.path(), &args).done();
        assert_eq!(said.contains("2 withheld"), withheld, "{said}");
    }
}

/// A raise asks nobody for a PIN, and a PIN typed along with it says nothing.
#[tokio::test]
async fn p2_a_duress_pin_beside_a_raise_is_not_looked_at() {
    let server = locked_down().await;
    let mut call = asked(json!({ "name": "call_lock_down" }));
    call.pin = Some(Pin(FORCED.to_owned()));
    of(&server, SRO).send(NORTH, &call).await.accepted();
    let seen = of(&server, DIRECTOR).screen(NORTH).await;
    assert_eq!(heard(&seen).len(), 0);
}

#[test]
fn a4_the_two_pins_of_a_person_differ_and_one_can_be_taken_away() {
    let server = Server::start();
    let pin = |args: &[&str], typed: &str| operator_reading(server.data(), args, typed);
    let own = lockstep_server::demo::PIN;
    pin(&["pin", "sam.cole", "--duress"], own).failed(1, &["nothing was changed", "must differ"]);
    pin(&["pin", "sam.cole", "--duress"], FORCED).done();
    pin(&["pin", "sam.cole"], FORCED).failed(1, &["nothing was changed", "must differ"]);
    pin(&["pin", "sam.cole", "--no-duress"], "").done();
    pin(&["pin", "sam.cole"], FORCED).done();
}

/// How many of each are timed: `LOCKSTEP_TRIES=1000` in the long form, by itself on a machine,
/// where the medians are then 5 ms apart at most. Among other tests they are less sure.
fn tries() -> Option<usize> {
    let set = std::env::var("LOCKSTEP_TRIES").ok()?;
    set.parse().ok()
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

#[tokio::test]
async fn a4_the_two_refusals_take_the_same_time() {
    let server = locked_down().await;
    let sam = of(&server, SRO);
    let drawn = drawn_before_an_alarm(&server).await;
    let mut took = [Vec::new(), Vec::new()];
    let tried = tries().unwrap_or(40);
    for n in 0..2 * tried {
        // In the order a b b a, so that whatever drifts drifts for both.
        let which = usize::from(n % 4 == 1 || n % 4 == 2);
        // Of so many tries some come faster than anybody acts: those are told to slow down, and come again.
        loop {
            let request = all_clear(&drawn, [None, Some(FORCED)][which]);
            let began = Instant::now();
            let answer = sam.send(NORTH, &request).await.refused();
            if answer == Code::SlowDown {
                continue;
            }
            took[which].push(began.elapsed());
            assert_eq!(answer, Code::NewAlarm);
            break;
        }
    }
    let [ordinary, forced] = took.map(median);
    let apart = ordinary.abs_diff(forced);
    // One PIN fewer that is tried would be half of it.
    let bound = tries().map_or(ordinary / 4, |_| Duration::from_millis(5));
    println!(
        "refused to the ordinary PIN: median {ordinary:?}, to the duress PIN: {forced:?}, of \
         {tried} tries each; apart {apart:?}, bound {bound:?}"
    );
    assert!(apart < bound, "{apart:?}");
}
