//! Between this instance and the others: what they say, and what they are told.
//!
//! Owns who has a screen elsewhere. What others say of the journal makes us look; a raise that
//! they show is shown here too, and is ours to keep and to offer from then on (P7).

use std::collections::BTreeMap;
use std::time::Duration;

use lockstep_proto::command::Class;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{PersonId, RoomId};
use lockstep_proto::role::Audience;
use tokio::time::Instant;

use super::pending::pending_max;
use super::task::{Dirty, Task};
use crate::bus::{Heard, InstanceId, Screens, Word};

/// After how long without a word another instance has no screens: three of its pulses.
const ELSEWHERE_HOLDS: Duration = Duration::from_secs(6);
/// Instances that are remembered.
const INSTANCES_MAX: usize = 64;
/// Raises and alarms that are said again with one pulse, the oldest.
const SAID_AGAIN: usize = 512;

/// Who has a screen on other instances, as they said last.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    said: BTreeMap<InstanceId, (Instant, Screens)>,
}

impl Elsewhere {
    fn take(&mut self, from: InstanceId, screens: Screens, now: Instant) {
        self.said
            .retain(|_, (at, _)| now.duration_since(*at) < ELSEWHERE_HOLDS);
        if self.said.len() < INSTANCES_MAX || self.said.contains_key(&from) {
            self.said.insert(from, (now, screens));
        }
    }

    fn fresh(&self, now: Instant) -> impl Iterator<Item = &Screens> {
        let fresh = move |at: &Instant| now.duration_since(*at) < ELSEWHERE_HOLDS;
        let said = self.said.values();
        said.filter_map(move |(at, screens)| fresh(at).then_some(screens))
    }

    /// Adds the screens of each room.
    pub(super) fn add_rooms(&self, live: &mut BTreeMap<RoomId, u32>, now: Instant) {
        for screens in self.fresh(now) {
            for (room, n) in &screens.rooms {
                *live.entry(room.clone()).or_insert(0) += n;
            }
        }
    }

    /// Whether a screen of that person is among them that `shows` takes.
    pub(super) fn has_screen(
        &self,
        person: &PersonId,
        shows: impl Fn(Audience) -> bool,
        now: Instant,
    ) -> bool {
        self.fresh(now).any(|screens| {
            let audiences = screens.people.get(person).into_iter().flatten();
            audiences.copied().any(&shows)
        })
    }
}

impl Task {
    /// Another instance said something.
    pub(super) fn hear(&mut self, heard: Heard) {
        match heard.word {
            Word::Shown(stamped) => self.shown_elsewhere(*stamped),
            Word::Stands(position) => {
                if position > self.tip.position() {
                    self.look_at = Instant::now();
                }
            }
            Word::Screens(screens) => {
                self.elsewhere.take(heard.from, screens, Instant::now());
                self.dirty = self.dirty.max(Dirty::Soon);
            }
        }
    }

    /// It is shown here as well, and ours to offer: whoever said it may be cut off from the
    /// journal, or gone.
    fn shown_elsewhere(&mut self, stamped: Stamped) {
        let class = stamped.fact.class();
        let has_room = self.pending.len() < pending_max(class);
        if has_room && is_said(&stamped) {
            self.offer_again(stamped, None, None);
        }
    }

    /// Something is shown here that the journal does not have.
    pub(super) fn say_shown(&self, stamped: &Stamped) {
        if is_said(stamped) {
            self.say(Word::Shown(Box::new(stamped.clone())));
        }
    }

    /// The journal has something new from here.
    pub(super) fn say_where_it_stands(&self) {
        self.say(Word::Stands(self.tip.position()));
    }

    /// With each pulse: words are lost, and instances start. Nobody else says again what is only
    /// shown here, until the journal has it.
    pub(super) fn say_again(&self) {
        let shown = self.pending.values().filter(|pending| {
            let is_raise = pending.stamped.fact.class().is_raise();
            is_raise && pending.shown && pending.recorded.is_none()
        });
        for pending in shown.take(SAID_AGAIN) {
            self.say_shown(&pending.stamped);
        }
        self.say_where_it_stands();
        self.say(Word::Screens(self.hub.screens()));
    }

    fn say(&self, word: Word) {
        self.ground.bus.say(&self.ground.log, word);
    }
}

/// Whether a fact goes over the bus before it is recorded: raises and what people say of
/// themselves, not what reached whom by the thousand; and nothing that was decided, ever.
fn is_said(stamped: &Stamped) -> bool {
    match stamped.fact.class() {
        Class::PostureRaise | Class::Alarm => true,
        Class::Note => !matches!(stamped.fact, Fact::ReachKept { .. }),
        Class::Ground | Class::Clear => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn screens(room: &str, n: u32, person: &str) -> Screens {
        Screens {
            rooms: [(room.parse().unwrap(), n)].into(),
            people: [(person.parse().unwrap(), vec![Audience::Staff])].into(),
        }
    }

    /// R1: a screen of an instance that is not heard of any more is no screen.
    #[test]
    fn r1_screens_elsewhere_count_while_they_are_heard_of() {
        let now = Instant::now();
        let ana: PersonId = "ana".parse().unwrap();
        let mut elsewhere = Elsewhere::default();
        elsewhere.take(InstanceId::new(), screens("n101", 2, "ana"), now);
        let later = now + ELSEWHERE_HOLDS / 2;
        elsewhere.take(InstanceId::new(), screens("n101", 1, "ben"), later);
        let rooms = |at| {
            let mut live = BTreeMap::new();
            elsewhere.add_rooms(&mut live, at);
            live.values().sum::<u32>()
        };
        assert_eq!(rooms(later), 3);
        assert_eq!(rooms(now + ELSEWHERE_HOLDS), 1);
        let staff = |audience| audience == Audience::Staff;
        assert!(elsewhere.has_screen(&ana, staff, later));
        assert!(!elsewhere.has_screen(&ana, |_| false, later));
        assert!(!elsewhere.has_screen(&ana, staff, now + ELSEWHERE_HOLDS));
    }

    #[test]
    fn more_instances_than_there_can_be_cost_no_memory() {
        let now = Instant::now();
        let mut elsewhere = Elsewhere::default();
        for _ in 0..2 * INSTANCES_MAX {
            elsewhere.take(InstanceId::new(), Screens::default(), now);
        }
        assert_eq!(elsewhere.said.len(), INSTANCES_MAX);
    }
}
