//! R3 and R2 against the cases that every copy of the screen's rule passes
//! (`proto/cases/screen.json`; the browser's runner is `tests/browser/screen_cases.test.mjs`).
//!
//! Owns how a case is read; never what it says. Seen to fail: with each of these planted in
//! `screen.rs`, at least one case went red: `<` for `<=` in the check for older positions,
//! the hold left out of `take_event` or of `take_snapshot`, covers read as naming
//! everything, `held` not cleared when an item is offered again, the first release's words
//! in place of the newest's, `reliable` without its look at `held`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::{Pulse, Screen, Taken};
use lockstep_proto::view::Card;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    rule: String,
    start: Start,
    steps: Vec<Step>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    position: Option<Position>,
    cards: Vec<Card>,
    held: Vec<FactId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    Snapshot {
        position: Position,
        cards: Vec<Card>,
    },
    Event {
        position: Position,
        put: Vec<Card>,
        drop: Vec<String>,
    },
}

/// What the screen is after the last step. `taken` has one word for each step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    taken: Vec<TakenName>,
    posture: Posture,
    checking: bool,
    items: Vec<FactId>,
    held: Vec<FactId>,
    position: Option<Position>,
    /// The drill that it shows, if it shows one (D2).
    drills: Option<Vec<FactId>>,
    open_raises: Option<Vec<FactId>>,
    open_releases: Option<Vec<FactId>>,
    sealed: Option<Vec<String>>,
    sealed_first: Option<String>,
    #[serde(default)]
    reliable: Vec<Vouch>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
enum TakenName {
    Taken,
    KeptHigher,
    Older,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vouch {
    pulse: Option<PulseOf>,
    pulse_age_ms: u64,
    is: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PulseOf {
    position: Position,
    concerns: u64,
}

fn take(screen: &mut Screen, step: Step) -> TakenName {
    let taken = match step {
        Step::Snapshot { position, cards } => screen.take_snapshot(position, cards),
        Step::Event {
            position,
            put,
            drop,
        } => screen.take_event(position, put, &drop),
    };
    match taken {
        Taken::Taken => TakenName::Taken,
        Taken::KeptHigher => TakenName::KeptHigher,
        Taken::Older => TakenName::Older,
    }
}

fn sorted(ids: impl IntoIterator<Item = FactId>) -> Vec<FactId> {
    let mut ids: Vec<FactId> = ids.into_iter().collect();
    ids.sort();
    ids
}

fn run(case: Case) {
    let name = case.name;
    assert_eq!(case.rule, "R3", "{name}");
    let mut screen = Screen {
        position: case.start.position,
        cards: case
            .start
            .cards
            .into_iter()
            .map(|card| (card.key(), card))
            .collect(),
        held: case.start.held.into_iter().collect(),
    };
    let taken: Vec<TakenName> = case
        .steps
        .into_iter()
        .map(|step| take(&mut screen, step))
        .collect();
    let expect = case.expect;
    assert_eq!(taken, expect.taken, "taken: {name}");
    assert_eq!(screen.posture(), expect.posture, "posture: {name}");
    assert_eq!(screen.checking(), expect.checking, "checking: {name}");
    assert_eq!(sorted(screen.shows()), expect.items, "items: {name}");
    assert_eq!(sorted(screen.held.clone()), expect.held, "held: {name}");
    assert_eq!(screen.position, expect.position, "position: {name}");
    if let Some(drills) = expect.drills {
        let shown: Vec<FactId> = screen.drill().map(|drill| drill.id).into_iter().collect();
        assert_eq!(shown, drills, "drills: {name}");
    }
    if let Some(raises) = expect.open_raises {
        assert_eq!(sorted(screen.open_raises()), raises, "raises: {name}");
    }
    if let Some(releases) = expect.open_releases {
        assert_eq!(sorted(screen.open_releases()), releases, "releases: {name}");
    }
    if let Some(sealed) = expect.sealed {
        assert_eq!(screen.sealed(), sealed, "sealed: {name}");
    }
    if let Some(first) = expect.sealed_first {
        assert_eq!(screen.sealed().first(), Some(&first), "sealed: {name}");
    }
    for vouch in expect.reliable {
        let pulse = vouch.pulse.map(|of| Pulse {
            position: of.position,
            concerns: of.concerns,
        });
        let reliable = screen.reliable(pulse, vouch.pulse_age_ms);
        assert_eq!(reliable, vouch.is, "reliable: {name}");
    }
}

#[test]
fn r3_the_screen_passes_the_cases() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../cases/screen.json")).expect("cases are well formed");
    assert!(cases.len() > 30, "cases went missing");
    for case in cases {
        run(case);
    }
}
