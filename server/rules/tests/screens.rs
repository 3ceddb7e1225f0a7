//! What a screen is told is what the campus is: `render`, `diff` and the screen's rule R3.

use std::collections::BTreeSet;

use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Audience;
use lockstep_proto::screen::{Screen, Taken};
use lockstep_proto::view::{Card, Cards};
use lockstep_rules::{Campus, Extras, diff, render};
use proptest::prelude::*;

use crate::orders::{at, journal};
use crate::school::{School, ana, call, fresh, joy, lee, movement, sam, threat};

fn cards(campus: &Campus, audience: Audience) -> Cards {
    render(campus, &School::new().site, &Extras::default(), audience)
}

/// A screen that is told of each change.
struct Follower {
    audience: Audience,
    told: Cards,
    screen: Screen,
}

impl Follower {
    fn new(audience: Audience) -> Self {
        let told = cards(&Campus::new(), audience);
        let mut screen = Screen::default();
        screen.take_snapshot(Position::START, told.values().cloned().collect());
        Self {
            audience,
            told,
            screen,
        }
    }

    fn hears(&mut self, campus: &Campus) -> Taken {
        let now = cards(campus, self.audience);
        let (put, drop) = diff(&self.told, &now);
        self.told = now;
        self.screen.take_event(campus.position(), put, &drop)
    }
}

/// One instance's day: facts are recorded in order, and some are shown a while before.
fn day() -> impl Strategy<Value = Vec<(Stamped, Option<usize>)>> {
    (journal(40), prop::collection::vec(0..5_usize, 40)).prop_map(|(facts, leads)| {
        let mut steps = Vec::new();
        for (n, stamped) in facts.iter().enumerate() {
            steps.push((2 * n + 1, (stamped.clone(), Some(n))));
            if stamped.fact.class().is_fact() && leads[n] > 0 {
                let shown = (2 * n).saturating_sub(2 * (leads[n] - 1));
                steps.push((shown, (stamped.clone(), None)));
            }
        }
        steps.sort_by_key(|(when, _)| *when);
        steps.into_iter().map(|(_, step)| step).collect()
    })
}

/// The level of an item, and whether it was shown.
fn levels(screen: &Screen) -> Vec<(FactId, Level)> {
    screen.items().map(|item| (item.id, item.level)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// A screen that is further behind than any cover that is kept is told what lifted each item
    /// that it shows, also where one clear lifted several.
    #[test]
    fn r3_a_screen_far_behind_is_told_what_lifted_it(facts in journal(40), cut in 0..40_usize) {
        let mut campus = Campus::new();
        let mut screen = Screen::default();
        for (n, stamped) in facts.iter().enumerate() {
            if n == cut {
                let all = cards(&campus, Audience::Room).into_values().collect();
                screen.take_snapshot(campus.position(), all);
            }
            campus.apply(stamped, Some(at(n)));
        }
        let now = cards(&campus, Audience::Room).into_values();
        let no_covers = now.filter(|card| card.as_cover().is_none()).collect();
        let shows = screen.shows();
        screen.take_snapshot(campus.position(), no_covers);
        screen.take_event(campus.position(), campus.covers_of(&shows), &[]);
        prop_assert!(screen.held.is_empty(), "{:?} is held", screen.held);
    }

    /// Following change by change comes to the same as seeing it all at once, holds nothing
    /// back, and shows the posture of the campus.
    #[test]
    fn r3_a_screen_of_an_honest_server_shows_what_there_is(day in day()) {
        let mut campus = Campus::new();
        let mut followers: Vec<Follower> = Audience::ALL.into_iter().map(Follower::new).collect();
        for (stamped, recorded) in day {
            campus.apply(&stamped, recorded.map(at));
            for follower in &mut followers {
                let taken = follower.hears(&campus);
                let screen = &follower.screen;
                prop_assert_eq!(taken, Taken::Taken);
                prop_assert_eq!(&screen.cards, &follower.told);
                prop_assert!(screen.held.is_empty());
                prop_assert_eq!(screen.posture(), campus.posture());
                prop_assert_eq!(screen.checking(), campus.checking());
                let Card::Posture(headline) = &screen.cards["posture"] else {
                    panic!("no headline");
                };
                prop_assert_eq!(headline.posture, campus.posture());
            }
        }
    }

    /// Invariant 4: whatever another, slower or forgetful instance tells it, a screen lets go
    /// of an item only for a committed cover that names it.
    #[test]
    fn i4_a_screen_lets_go_only_of_what_a_cover_names(
        day in day(),
        knows in any::<u64>(),
        switch in any::<prop::sample::Index>(),
    ) {
        let (mut one, mut other) = (Campus::new(), Campus::new());
        let mut follower = Follower::new(Audience::Room);
        let switch = if day.is_empty() { 0 } else { switch.index(day.len()) };
        for (n, (stamped, recorded)) in day.iter().enumerate() {
            one.apply(stamped, recorded.map(at));
            // The other instance has the journal, and not all that was only shown.
            if recorded.is_some() || knows >> (n % 64) & 1 == 1 {
                other.apply(stamped, recorded.map(at));
            }
            if n < switch {
                follower.hears(&one);
                continue;
            }
            let before = levels(&follower.screen);
            let told = cards(&other, Audience::Room);
            let named: BTreeSet<FactId> = told
                .values()
                .filter_map(Card::as_cover)
                .flat_map(|cover| cover.names.iter().copied())
                .collect();
            let all = told.values().cloned().collect();
            let taken = follower.screen.take_snapshot(other.position(), all);
            prop_assert!(taken != Taken::Older, "the journal is never older");
            let kept = levels(&follower.screen);
            for item in before {
                prop_assert!(
                    kept.contains(&item) || named.contains(&item.0),
                    "{item:?} went without a cover"
                );
            }
            prop_assert!(follower.screen.posture() >= lowest(&other));
        }
    }
}

/// Two releases are one level: which of them gives the words is not a lowering.
fn lowest(campus: &Campus) -> Posture {
    match campus.posture() {
        Posture::AllClear | Posture::LiftedBySchool => Posture::LiftedBySchool,
        higher @ (Posture::Normal | Posture::ControlledMovement | Posture::LockDown) => higher,
    }
}

#[test]
fn r3_an_older_position_never_overwrites_a_newer() {
    let mut school = School::new();
    let calm = cards(&school.campus, Audience::Staff);
    let then = school.head();
    school.does(&ana(), call());
    let mut screen = Screen::default();
    let locked = cards(&school.campus, Audience::Staff);
    screen.take_snapshot(school.head(), locked.values().cloned().collect());
    let late = calm.values().cloned().collect();
    assert_eq!(screen.take_snapshot(then, late), Taken::Older);
    let (put, drop) = diff(&locked, &calm);
    assert_eq!(screen.take_event(then, put, &drop), Taken::Older);
    assert_eq!(screen.posture(), Posture::LockDown);
}

#[test]
fn r3_a_screen_names_in_a_clear_what_it_shows() {
    let mut school = School::new();
    school.does(&lee(), movement());
    school.does(&ana(), call());
    school.does(&joy(), threat());
    let mut follower = Follower::new(Audience::Responder);
    follower.hears(&school.campus);
    assert_eq!(follower.screen.open_raises(), school.raises());
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    follower.hears(&school.campus);
    assert!(follower.screen.open_raises().is_empty());
    assert_eq!(
        follower.screen.open_releases(),
        school.campus.open_releases().collect::<Vec<_>>()
    );
}

/// What students see names nobody and says no more than what to do.
#[test]
fn r3_a_room_sees_no_names_and_no_reasons() {
    let mut school = School::new();
    let said = |words: &str| Some(crate::school::text(words));
    school.does(
        &ana(),
        lockstep_proto::command::Command::CallLockDown {
            reason: said("SECRET reason"),
            place: said("SECRET place"),
        },
    );
    school.does(
        &joy(),
        lockstep_proto::command::Command::ReportThreat {
            reason: said("SECRET threat"),
            place: said("SECRET corner"),
            room: None,
        },
    );
    school.does(
        &lee(),
        lockstep_proto::command::Command::BeginControlledMovement {
            kind: lockstep_proto::command::ThreatKind::Person,
            place: said("SECRET field"),
            seen: said("SECRET sighting"),
            shareable: said("blue coat"),
            answers: Vec::new(),
        },
    );
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    for (audience, shared) in [(Audience::Room, false), (Audience::Staff, true)] {
        school.does(
            &ana(),
            lockstep_proto::command::Command::BeginControlledMovement {
                kind: lockstep_proto::command::ThreatKind::Person,
                place: said("SECRET field"),
                seen: said("SECRET sighting"),
                shareable: said("blue coat"),
                answers: Vec::new(),
            },
        );
        let json = serde_json::to_string(&cards(&school.campus, audience)).unwrap();
        assert!(!json.contains("SECRET"), "{json}");
        for name in ["\"ana\"", "\"joy\"", "\"lee\"", "\"sam\""] {
            assert!(!json.contains(name), "{name} in {json}");
        }
        assert_eq!(json.contains("blue coat"), shared, "{audience:?}");
    }
}

/// L2: three hundred calls are one incident, and what lifts them names each. Who comes afterwards is
/// sent the newest of it; who still shows an old one is told what lifted that.
#[test]
fn r3_what_every_screen_is_sent_does_not_grow_with_what_was_lifted() {
    let mut school = School::new();
    let mut sizes = Vec::new();
    let mut lifted = Vec::new();
    for _ in 0..6 {
        for _ in 0..100 {
            school.wait_ms(1_000);
            school.does(&ana(), call());
        }
        lifted.extend(school.raises());
        school.swept_by(&sam());
        school.does(&fresh(&sam()), school.all_clear());
        school.does(&ana(), school.resume());
        let sent = serde_json::to_string(&cards(&school.campus, Audience::Room)).unwrap();
        sizes.push(sent.len());
    }
    assert_eq!(school.campus.posture(), Posture::Normal);
    assert!(sizes[5] < sizes[1] + 1_000, "{sizes:?}");
    for raise in lifted {
        assert_eq!(school.campus.covers_of(&[raise]).len(), 1, "{raise}");
    }
}
