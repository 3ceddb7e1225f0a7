//! How fast one principal sends (L2, invariant 12). It counts what this instance has taken: the
//! folded state knows of a raise only once it is shown, and of a refusal for ever.

use std::collections::BTreeMap;

use lockstep_proto::code::Refusal;
use lockstep_proto::command::{Class, CommandRequest};
use lockstep_proto::id::Principal;
use lockstep_proto::role::Standing;
use lockstep_rules::Actor;
use tokio::time::Instant;

use crate::recent::Recent;

/// What is counted by itself, so that nothing else stands in the way of a raise, nor of the word
/// that somebody is forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Raise,
    /// Notes and grounds: a sweep, a room that counts heads.
    Rest,
    /// Nobody tries to lower so often, and each refusal is an entry (T1).
    Clear,
    /// What comes with a right proof. The PIN of who is forced is one: in a lane of its own, how
    /// soon it is slowed would tell which of the two it was (A4).
    Proven,
}

impl Lane {
    fn of(actor: &Actor, class: Class) -> Self {
        match class {
            Class::PostureRaise | Class::Alarm => Self::Raise,
            Class::Note => Self::Rest,
            Class::Ground | Class::Clear if actor.standing == Standing::Fresh => Self::Proven,
            Class::Ground => Self::Rest,
            Class::Clear => Self::Clear,
        }
    }

    /// How many of one principal in the window before one more is told to slow down.
    const fn free(self) -> usize {
        match self {
            Self::Raise => 10,
            Self::Rest | Self::Proven => 100,
            Self::Clear => 50,
        }
    }
}

/// The newest of each principal in each lane, at most [`Lane::free`] of them.
#[derive(Debug, Default)]
pub(super) struct Pace(BTreeMap<(Principal, Lane), Recent>);

impl Pace {
    /// Counts what is to be taken, or answers that its author is to wait.
    pub(super) fn take(&mut self, actor: &Actor, request: &CommandRequest) -> Result<(), Refusal> {
        let lane = Lane::of(actor, request.command.class());
        self.count(&actor.author.principal, lane, Instant::now())
    }

    fn count(&mut self, by: &Principal, lane: Lane, now: Instant) -> Result<(), Refusal> {
        let recent = self.0.entry((by.clone(), lane)).or_default();
        recent.take(lane.free(), now)
    }

    /// Forgets those who have sent nothing for a while.
    pub(super) fn forget(&mut self, now: Instant) {
        self.0.retain(|_, recent| !recent.is_over(now));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use lockstep_proto::code::Code;
    use lockstep_proto::fact::Author;
    use lockstep_proto::role::Role;
    use lockstep_rules::Scope;

    use super::*;
    use crate::recent::WINDOW;

    #[test]
    fn l2_no_lane_fills_another_and_each_empties_with_time() {
        let mut pace = Pace::default();
        let by: Principal = "device:n101".parse().unwrap();
        let start = Instant::now();
        for lane in [Lane::Clear, Lane::Rest, Lane::Proven, Lane::Raise] {
            for _ in 0..lane.free() {
                pace.count(&by, lane, start).unwrap();
            }
            let told = pace.count(&by, lane, start).unwrap_err();
            assert_eq!(
                (told.code, told.retry_after_ms),
                (Code::SlowDown, Some(1_000)),
                "{lane:?}"
            );
        }
        let other: Principal = "device:n102".parse().unwrap();
        pace.count(&other, Lane::Clear, start).unwrap();
        let later = start + WINDOW;
        pace.count(&by, Lane::Raise, later).unwrap();
        pace.forget(later);
        assert_eq!(pace.0.len(), 1, "who is gone is forgotten");
    }

    #[test]
    fn a4_what_comes_with_a_right_proof_is_counted_alike_forced_or_not() {
        let proven = Actor {
            district: "fitting".parse().unwrap(),
            author: Author {
                principal: "person:sam.cole".parse().unwrap(),
                name: "Sam Cole".to_owned(),
                role: Role::Sro,
                credential: None,
            },
            standing: Standing::Fresh,
            scope: Scope::District,
            room: None,
            certification: None,
            may_lock_down: [].into(),
            under_duress: false,
        };
        let forced = Actor {
            under_duress: true,
            ..proven.clone()
        };
        let unproven = Actor {
            standing: Standing::Live,
            ..proven.clone()
        };
        for class in [Class::Ground, Class::Clear] {
            assert_eq!(Lane::of(&proven, class), Lane::of(&forced, class));
            assert_ne!(Lane::of(&proven, class), Lane::of(&unproven, class));
        }
    }
}
