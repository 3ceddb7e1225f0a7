//! The same facts in any order, repeated, shown before they are recorded, lost: DESIGN's
//! invariants 3 to 7 and 13, and P1, P3, P7.
//!
//! The facts are random and need no right: a journal is random raises, answers and covers,
//! where a cover names only what stands before it. The expectation is worked out from the
//! sets alone, by [`expected`].

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::command::{Class, Command, RoomState, ThreatKind};
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Audience;
use lockstep_rules::{Actor, Campus, Decision, Extras, Recorded, render};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::school::{
    School, ana, certified, fresh, joy, kim, lee, report, room, sam, text, tom, words, zone,
};

/// One entry to come; the indices pick what it names among the entries before it.
#[derive(Debug, Clone)]
enum Plan {
    Call(Vec<Index>),
    Movement(Vec<Index>),
    Threat,
    PolicyCall(Index),
    Plea,
    Adverse,
    NotClear,
    Note(u8),
    Ground(u8),
    NoThreat(Index),
    EndMovement(Vec<Index>),
    AllClear(Vec<Index>),
    Lift(Vec<Index>),
    Resume(Vec<Index>),
}

fn plan() -> impl Strategy<Value = Plan> {
    let some = || prop::collection::vec(any::<Index>(), 0..4);
    prop_oneof![
        4 => some().prop_map(Plan::Call),
        3 => some().prop_map(Plan::Movement),
        3 => Just(Plan::Threat),
        1 => any::<Index>().prop_map(Plan::PolicyCall),
        1 => Just(Plan::Plea),
        1 => Just(Plan::Adverse),
        1 => Just(Plan::NotClear),
        2 => any::<u8>().prop_map(Plan::Note),
        2 => any::<u8>().prop_map(Plan::Ground),
        2 => any::<Index>().prop_map(Plan::NoThreat),
        2 => some().prop_map(Plan::EndMovement),
        3 => some().prop_map(Plan::AllClear),
        2 => some().prop_map(Plan::Lift),
        3 => some().prop_map(Plan::Resume),
    ]
}

/// A journal: entry `n` has sequence `n + 1`.
pub(crate) fn journal(longest: usize) -> impl Strategy<Value = Vec<Stamped>> {
    prop::collection::vec(plan(), 0..longest).prop_map(|plans| {
        let mut facts: Vec<Stamped> = Vec::new();
        for (n, plan) in plans.into_iter().enumerate() {
            let fact = fact(plan, &facts);
            let author = [ana(), lee(), sam(), joy()][n % 4].author.clone();
            facts.push(Stamped {
                id: FactId(uuid::Uuid::from_u128((n as u128 + 1) << 64)),
                at: Timestamp::from_second(1_772_460_000 + n as i64).unwrap(),
                claimed_at: None,
                by: author,
                origin: None,
                fact,
            });
        }
        facts
    })
}

fn fact(plan: Plan, before: &[Stamped]) -> Fact {
    let named = |wanted: &dyn Fn(&Fact) -> bool, picks: &[Index]| -> Vec<FactId> {
        let of: Vec<FactId> = before
            .iter()
            .filter(|stamped| wanted(&stamped.fact))
            .map(|stamped| stamped.id)
            .collect();
        if of.is_empty() {
            return Vec::new();
        }
        picks.iter().map(|pick| *pick.get(&of)).collect()
    };
    let threat = |fact: &Fact| matches!(fact, Fact::ThreatReported { .. });
    let movement = |fact: &Fact| matches!(fact, Fact::ControlledMovementBegun { .. });
    let raise = |fact: &Fact| fact.class() == Class::PostureRaise;
    let release =
        |fact: &Fact| matches!(fact, Fact::AllClearGiven { .. } | Fact::SchoolLifted { .. });
    let seen = Position::START;
    match plan {
        Plan::Call(picks) => Fact::LockDownCalled {
            reason: None,
            place: None,
            answers: named(&threat, &picks),
            of_threat: None,
        },
        Plan::PolicyCall(pick) => {
            let answers = named(&threat, &[pick]);
            Fact::LockDownCalled {
                reason: None,
                place: None,
                of_threat: answers.first().copied(),
                answers,
            }
        }
        Plan::Movement(picks) => Fact::ControlledMovementBegun {
            kind: ThreatKind::Other,
            place: None,
            seen: None,
            shareable: None,
            answers: named(&threat, &picks),
        },
        Plan::Threat => Fact::ThreatReported {
            reason: None,
            place: None,
            room: Some(room("n101")),
        },
        Plan::Plea => Fact::RoomReported {
            room: Some(room("n102")),
            report: report(RoomState::NeedHelp),
            note: None,
        },
        Plan::Adverse => Fact::AdverseReported {
            zone: zone("a"),
            seen: words("a noise"),
        },
        Plan::NotClear => Fact::NotClearSaid {
            reason: words("a noise"),
        },
        Plan::Note(0..=99) => Fact::RoomReported {
            room: Some(room("n101")),
            report: report(RoomState::Secured),
            note: None,
        },
        Plan::Note(100..=149) => Fact::Arrived {},
        Plan::Note(_) => Fact::Acknowledged {
            room: Some(room("n102")),
            through: Position {
                epoch: 1,
                seq: before.len() as u64,
            },
            also: Vec::new(),
        },
        Plan::Ground(0..=127) => Fact::ZoneCleared { zone: zone("a") },
        Plan::Ground(_) => Fact::SweepStarted {},
        Plan::NoThreat(pick) => match named(&threat, &[pick]).first() {
            Some(threat) => Fact::ThreatAnswered {
                threat: *threat,
                reason: words("nothing"),
            },
            None => Fact::SweepStarted {},
        },
        Plan::EndMovement(picks) => Fact::ControlledMovementEnded {
            lifts: named(&movement, &picks),
            seen,
        },
        Plan::AllClear(picks) => Fact::AllClearGiven {
            lifts: named(&raise, &picks),
            seen,
            incident: 1,
            certification: certified().unwrap(),
            marks: Vec::new(),
            override_reason: None,
        },
        Plan::Lift(picks) => Fact::SchoolLifted {
            lifts: named(&raise, &picks),
            seen,
            incident: 1,
            proposal: FactId(uuid::Uuid::nil()),
            proposed_by: lockstep_proto::id::PersonId::new("ana").unwrap(),
            marks: Vec::new(),
        },
        Plan::Resume(picks) => Fact::Resumed {
            lifts: named(&release, &picks),
            seen,
            unopened: Vec::new(),
            reason: None,
        },
    }
}

pub(crate) fn at(n: usize) -> Recorded {
    Recorded {
        position: Position {
            epoch: 1,
            seq: n as u64 + 1,
        },
        at: Timestamp::from_second(1_772_460_000 + n as i64).unwrap(),
    }
}

/// What is named by a fact that lifts or answers.
pub(crate) fn names(fact: &Fact) -> &[FactId] {
    match fact {
        Fact::LockDownCalled { answers, .. } | Fact::ControlledMovementBegun { answers, .. } => {
            answers
        }
        Fact::ThreatAnswered { threat, .. } => std::slice::from_ref(threat),
        Fact::ControlledMovementEnded { lifts, .. }
        | Fact::AllClearGiven { lifts, .. }
        | Fact::SchoolLifted { lifts, .. }
        | Fact::Resumed { lifts, .. } => lifts,
        Fact::ThreatReported { .. }
        | Fact::RoomReported { .. }
        | Fact::AdverseReported { .. }
        | Fact::NotClearSaid { .. }
        | Fact::LiftObjected { .. }
        | Fact::Acknowledged { .. }
        | Fact::Arrived {}
        | Fact::Departed {}
        | Fact::MistakeAnnotated { .. }
        | Fact::PleaAnswered { .. }
        | Fact::SweepStarted {}
        | Fact::ZoneCleared { .. }
        | Fact::NotClearWithdrawn { .. }
        | Fact::NotClearSetAside { .. }
        | Fact::LiftProposed { .. }
        | Fact::ObjectionWithdrawn { .. }
        | Fact::ObjectionSetAside { .. }
        | Fact::RoomOpened { .. }
        | Fact::IncidentClosed { .. }
        | Fact::SightingReported { .. }
        | Fact::PictureAttached { .. }
        | Fact::RosterOpened { .. }
        | Fact::EscalationOpened { .. }
        | Fact::LineRecorded { .. }
        | Fact::DutyAttempted { .. }
        | Fact::DutyAcknowledged { .. }
        | Fact::DutyDone { .. }
        | Fact::DutyDeclined { .. }
        | Fact::ContactJudgedSafe { .. }
        | Fact::ContactWithdrawn { .. }
        | Fact::ContactMade { .. }
        | Fact::LeadOffered { .. }
        | Fact::LeadTaken { .. }
        | Fact::DrillStarted { .. }
        | Fact::DrillLockDownCalled { .. }
        | Fact::DrillRoomReported { .. }
        | Fact::DrillZoneCleared { .. }
        | Fact::DrillAllClearGiven { .. }
        | Fact::DrillEnded { .. }
        | Fact::ReachKept { .. }
        | Fact::ClearRefused { .. }
        | Fact::EpochOpened { .. }
        | Fact::DirectoryImported { .. }
        | Fact::RostersImported { .. }
        | Fact::CodeMade { .. }
        | Fact::SignedIn { .. }
        | Fact::CredentialRevoked { .. }
        | Fact::PinSet { .. }
        | Fact::PasskeyAdded { .. }
        | Fact::PasskeyRemoved { .. }
        | Fact::PolicyChanged { .. }
        | Fact::OfficerCodeMade { .. }
        | Fact::OfficerCertified { .. }
        | Fact::PersonAssigned { .. }
        | Fact::DirectoryChanged { .. } => &[],
    }
}

/// What a set of facts comes to, told by the sets alone: who was told of what, and what the
/// journal has of it.
fn expected(
    facts: &[Stamped],
    told: &BTreeSet<usize>,
    recorded: &BTreeSet<usize>,
) -> (Posture, bool, BTreeSet<FactId>) {
    let covered: BTreeSet<FactId> = recorded
        .iter()
        .flat_map(|n| names(&facts[*n].fact).iter().copied())
        .collect();
    let mut open = BTreeSet::new();
    let mut posture = (0, 0, Posture::Normal);
    let mut checking = false;
    for n in told.union(recorded) {
        let stamped = &facts[*n];
        if covered.contains(&stamped.id) {
            continue;
        }
        let seq = *n as u64 + 1;
        let is_recorded = recorded.contains(n);
        let fact = &stamped.fact;
        let severity = if matches!(fact, Fact::LockDownCalled { .. }) {
            (3, 0, Posture::LockDown)
        } else if matches!(fact, Fact::ControlledMovementBegun { .. }) {
            (2, 0, Posture::ControlledMovement)
        } else if matches!(fact, Fact::AllClearGiven { .. }) && is_recorded {
            (1, seq, Posture::AllClear)
        } else if matches!(fact, Fact::SchoolLifted { .. }) && is_recorded {
            (1, seq, Posture::LiftedBySchool)
        } else if matches!(fact, Fact::ThreatReported { .. }) {
            checking = true;
            (0, 0, Posture::Normal)
        } else {
            continue;
        };
        open.insert(stamped.id);
        posture = posture.max(severity);
    }
    (posture.2, checking, open)
}

fn found(campus: &Campus, facts: &[Stamped]) -> (Posture, bool, BTreeSet<FactId>) {
    let open = facts
        .iter()
        .map(|stamped| stamped.id)
        .filter(|id| campus.is_open(*id))
        .collect();
    (campus.posture(), campus.checking(), open)
}

/// How facts reach an instance: which, in which order, recorded already or not, how often.
fn deliveries() -> impl Strategy<Value = Vec<(Index, bool)>> {
    prop::collection::vec((any::<Index>(), any::<bool>()), 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Invariant 7, P1: whatever order, repetition and loss, only what was told and what is
    /// recorded counts.
    #[test]
    fn i7_the_same_facts_in_any_order_give_the_same_posture(
        facts in journal(40),
        deliveries in deliveries(),
    ) {
        let mut campus = Campus::new();
        let (mut told, mut recorded) = (BTreeSet::new(), BTreeSet::new());
        if !facts.is_empty() {
            for (pick, is_recorded) in deliveries {
                let n = pick.index(facts.len());
                campus.apply(&facts[n], is_recorded.then(|| at(n)));
                told.insert(n);
                if is_recorded {
                    recorded.insert(n);
                }
                prop_assert_eq!(found(&campus, &facts), expected(&facts, &told, &recorded));
            }
        }
        // And once the journal has been read from end to end, all instances agree.
        for (n, stamped) in facts.iter().enumerate() {
            campus.apply(stamped, Some(at(n)));
        }
        let all: BTreeSet<usize> = (0..facts.len()).collect();
        prop_assert_eq!(found(&campus, &facts), expected(&facts, &all, &all));
    }

    /// Invariant 6: a fact is in once, however often it is applied, also after all the others.
    #[test]
    fn i6_a_fact_counts_once(facts in journal(40), again in deliveries()) {
        let mut campus = Campus::new();
        for (n, stamped) in facts.iter().enumerate() {
            campus.apply(stamped, None);
            campus.apply(stamped, Some(at(n)));
        }
        let once = campus.clone();
        if !facts.is_empty() {
            for (pick, is_recorded) in again {
                let n = pick.index(facts.len());
                campus.apply(&facts[n], is_recorded.then(|| at(n)));
                prop_assert_eq!(&campus, &once, "{:?} counted again", facts[n]);
            }
        }
    }

    /// Restarting from the journal comes to the same as having been there, whatever had been
    /// shown before it was recorded (P3: no lower than anybody was shown).
    #[test]
    fn p3_a_restart_comes_back_as_it_was(facts in journal(40), early in any::<u64>()) {
        let (mut lived, mut restored) = (Campus::new(), Campus::new());
        for (n, stamped) in facts.iter().enumerate() {
            let is_fact = stamped.fact.class().is_fact();
            if is_fact && early >> (n % 64) & 1 == 1 {
                lived.apply(stamped, None);
            }
            lived.apply(stamped, Some(at(n)));
            restored.apply(stamped, Some(at(n)));
        }
        let cards = |campus: &Campus| {
            render(campus, &School::new().site, &Extras::default(), Audience::Responder)
        };
        prop_assert_eq!(cards(&lived), cards(&restored));
        prop_assert_eq!(lived.incident(), restored.incident());
    }

    /// Invariant 4, P3: an item leaves only when the journal has a cover that names it.
    #[test]
    fn i4_nothing_lowers_but_a_recorded_cover(
        facts in journal(40),
        deliveries in deliveries(),
    ) {
        let mut campus = Campus::new();
        if facts.is_empty() {
            return Ok(());
        }
        for (pick, is_recorded) in deliveries {
            let n = pick.index(facts.len());
            let before = found(&campus, &facts);
            campus.apply(&facts[n], is_recorded.then(|| at(n)));
            let after = found(&campus, &facts);
            for gone in before.2.difference(&after.2) {
                let named = is_recorded && names(&facts[n].fact).contains(gone);
                prop_assert!(named, "{:?} took {gone} away", facts[n]);
                prop_assert!(!campus.covers_of(&[*gone]).is_empty(), "{gone} has no cover to show");
            }
        }
    }

    /// Invariant 3: a screen shows items that somebody sent, and no others.
    #[test]
    fn i3_nothing_is_shown_that_nobody_sent(facts in journal(30), deliveries in deliveries()) {
        let mut campus = Campus::new();
        let mut sent = BTreeSet::new();
        for (pick, is_recorded) in deliveries {
            if facts.is_empty() {
                break;
            }
            let n = pick.index(facts.len());
            campus.apply(&facts[n], is_recorded.then(|| at(n)));
            sent.insert(facts[n].id);
            for audience in Audience::ALL {
                let cards = render(&campus, &School::new().site, &Extras::default(), audience);
                for item in cards.values().filter_map(lockstep_proto::view::Card::item) {
                    prop_assert!(sent.contains(&item.id), "{item:?} came from nowhere");
                    prop_assert!(campus.is_open(item.id));
                }
            }
        }
    }

    /// Invariant 5, P4: `decide` accepts a clear only if it names all that is open, nothing
    /// else, all of it recorded, and no alarm stands after the head that its author saw.
    #[test]
    fn i5_a_clear_is_accepted_only_over_what_its_author_saw(
        facts in journal(30),
        deliveries in deliveries(),
        who in 0..5_usize,
        named in prop_oneof![3 => Just(u64::MAX), 1 => any::<u64>()],
        extra in prop_oneof![5 => Just(None), 1 => any::<Index>().prop_map(Some)],
        behind in prop_oneof![3 => Just(0_u64), 1 => 0..20_u64],
    ) {
        let mut school = School::new();
        let mut unrecorded = BTreeSet::new();
        let mut recorded = BTreeMap::new();
        if !facts.is_empty() {
            for (pick, is_recorded) in deliveries {
                let n = pick.index(facts.len());
                let grounded = !facts[n].fact.class().is_fact();
                let is_recorded = is_recorded || grounded;
                school.campus.apply(&facts[n], is_recorded.then(|| at(n)));
                if is_recorded {
                    unrecorded.remove(&n);
                    recorded.insert(n, ());
                } else if !recorded.contains_key(&n) {
                    unrecorded.insert(n);
                }
            }
        }
        let open: Vec<FactId> = match who {
            4 => school.campus.open_releases().collect(),
            _ => school.raises(),
        };
        let mut lifts: Vec<FactId> = open
            .iter()
            .enumerate()
            .filter(|(n, _)| named >> (n % 64) & 1 == 1)
            .map(|(_, id)| *id)
            .collect();
        if let Some(pick) = extra && !facts.is_empty() {
            lifts.push(facts[pick.index(facts.len())].id);
        }
        let head = school.head();
        let seen = Position { seq: head.seq.saturating_sub(behind), ..head };
        let (actor, command) = clear(who, &lifts, seen);
        let request = school.request(command);
        let decision = school.decide(&actor, &request);
        let named: BTreeSet<FactId> = lifts.iter().copied().collect();
        let same = named == open.iter().copied().collect();
        let alarm = |n: &usize| facts[*n].fact.class() == Class::Alarm;
        let unseen = unrecorded.iter().any(alarm)
            || recorded.keys().filter(|n| alarm(n)).any(|n| *n as u64 + 1 > seen.seq);
        let all_recorded = !unrecorded.iter().any(|n| named.contains(&facts[*n].id));
        match decision {
            Ok(Decision::New(made)) => {
                prop_assert!(same, "{lifts:?} of {open:?}");
                prop_assert!(!unseen, "an alarm stood after {seen}");
                prop_assert!(all_recorded, "it names what the journal lacks");
                prop_assert_eq!(names(&made[0].fact).is_empty(), who == 2);
            }
            Ok(Decision::Known(_)) => prop_assert!(false, "nobody sent it before"),
            Err(refusal) => {
                // And what is right is not refused for P4's sake.
                let p4 = [Code::UnnamedRaises, Code::NotOpen, Code::NewAlarm, Code::HeadUnknown];
                prop_assert!(!(same && !unseen && p4.contains(&refusal.code)), "{refusal:?}");
            }
        }
    }

    /// Invariant 13: a clear that was refused is refused for ever, whatever comes after.
    #[test]
    fn i13_a_refused_clear_never_comes_true(
        facts in journal(40),
        split in any::<Index>(),
        who in 0..5_usize,
    ) {
        let mut school = School::new();
        let split = if facts.is_empty() { 0 } else { split.index(facts.len()) };
        for stamped in &facts[..split] {
            school.record(stamped);
        }
        let lifts = match who {
            4 => school.campus.open_releases().collect(),
            _ => school.raises(),
        };
        let (actor, command) = clear(who, &lifts, school.head());
        let request = school.request(command);
        let Err(refusal) = school.decide(&actor, &request) else {
            return Ok(());
        };
        if request.command.class() != Class::Clear {
            return Ok(());
        }
        school.note_refusal(&actor, &request, refusal.code);
        for stamped in &facts[split..] {
            school.record(stamped);
            let again = school.decide(&actor, &request).map_err(|refusal| refusal.code);
            prop_assert_eq!(again, Err(refusal.code));
        }
    }

    /// P7: a raise that reaches the journal after a clear that did not name it locks again.
    #[test]
    fn p7_a_late_raise_opens(facts in journal(30), late in journal(3)) {
        let mut campus = Campus::new();
        for (n, stamped) in facts.iter().enumerate() {
            campus.apply(stamped, Some(at(n)));
        }
        for (n, stamped) in late.iter().enumerate() {
            let stamped = Stamped {
                id: FactId(uuid::Uuid::from_u128(n as u128 + 1)),
                at: Timestamp::from_second(0).unwrap(),
                ..stamped.clone()
            };
            campus.apply(&stamped, Some(at(facts.len() + n)));
            if stamped.fact.class() == Class::PostureRaise {
                prop_assert!(campus.is_open(stamped.id));
                prop_assert!(campus.posture() >= Posture::ControlledMovement);
            }
        }
    }
}

/// A clear by somebody who may give it, or a proposal of one.
fn clear(who: usize, lifts: &[FactId], seen: Position) -> (Actor, Command) {
    let lifts = lifts.to_vec();
    match who {
        0 => (ana(), Command::EndControlledMovement { lifts, seen }),
        1 => (
            fresh(&kim()),
            Command::GiveAllClear {
                lifts,
                seen,
                override_reason: Some(text("sure")),
            },
        ),
        2 => (
            fresh(&tom()),
            Command::ProposeLift {
                statement: text("mine"),
                lifts,
                seen,
            },
        ),
        3 => (
            fresh(&sam()),
            Command::GiveAllClear {
                lifts,
                seen,
                override_reason: None,
            },
        ),
        _ => (
            ana(),
            Command::Resume {
                lifts,
                seen,
                unopened: Vec::new(),
                reason: None,
            },
        ),
    }
}
