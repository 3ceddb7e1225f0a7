//! Drills (D): a fold of their own beside the real one, shown only while nothing real is open.
//!
//! That the first real raise ends a drill is no fact of its own: it follows from the facts, in
//! any order and without a journal. Nothing here opens a duty or reaches a channel.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::drill::{DrillKind, DrillRoomReport, drill_words};
use lockstep_proto::fact::{Author, Fact, Mark, Stamped};
use lockstep_proto::id::{FactId, RoomId, ZoneId};
use lockstep_proto::posture::Posture;
use lockstep_proto::view::{Card, DrillCard};

use crate::apply::Recorded;
use crate::campus::{Campus, Order, Site};
use crate::cards::who;

/// Drills of which is kept what happened in them: one runs at a time.
const KEPT: usize = 16;

/// The drills that were started and not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Drills {
    started: BTreeMap<FactId, Drill>,
    /// What happened in each, whichever came first.
    within: BTreeMap<FactId, Within>,
    /// Those that began before this are over for good: one runs at a time, so that the end of
    /// one is the end of all before it, whichever came first.
    closed_through: u64,
}

/// A drill as it was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drill {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) by: Author,
    pub(crate) kind: DrillKind,
    note: Option<String>,
}

/// What happened in a drill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Within {
    /// Lock-down was called within it.
    called: Option<Order>,
    rooms: BTreeMap<RoomId, (Order, DrillRoomReport)>,
    zones: BTreeMap<ZoneId, Order>,
    /// Its all clear.
    released: Option<(Order, Author, Vec<Mark>)>,
}

impl Drills {
    /// Folds in a fact of a drill. But for a room's own report all of it counts once recorded.
    pub(crate) fn take(&mut self, stamped: &Stamped, order: Order, recorded: Option<Recorded>) {
        if let Fact::DrillRoomReported {
            drill,
            room,
            report,
        } = &stamped.fact
        {
            let rooms = &mut self.within.entry(*drill).or_default().rooms;
            let newer = rooms
                .get(room)
                .is_none_or(|(last, _)| last.id == order.id || *last < order);
            if newer {
                rooms.insert(room.clone(), (order, report.clone()));
            }
            return;
        }
        let Some(recorded) = recorded else { return };
        if let Fact::DrillStarted { kind, note } = &stamped.fact {
            if recorded.position.seq > self.closed_through {
                let drill = Drill {
                    seq: recorded.position.seq,
                    at: stamped.at,
                    by: stamped.by.clone(),
                    kind: *kind,
                    note: note.as_ref().map(|note| note.shown().to_owned()),
                };
                self.started.insert(stamped.id, drill);
            }
        } else if let Fact::DrillLockDownCalled { drill } = &stamped.fact {
            let called = &mut self.within.entry(*drill).or_default().called;
            *called = (*called).max(Some(order));
        } else if let Fact::DrillZoneCleared { drill, zone } = &stamped.fact {
            let zones = &mut self.within.entry(*drill).or_default().zones;
            let cleared = zones.entry(zone.clone()).or_insert(order);
            *cleared = order.max(*cleared);
        } else if let Fact::DrillAllClearGiven { drill, marks, .. } = &stamped.fact {
            let released = &mut self.within.entry(*drill).or_default().released;
            if released.as_ref().is_none_or(|(last, _, _)| *last < order) {
                *released = Some((order, stamped.by.clone(), marks.clone()));
            }
        } else if let Fact::DrillEnded { .. } = &stamped.fact {
            self.close(recorded.position.seq);
        }
        // What happened in a drill that is over, or that nobody knows, is nothing to keep.
        let started = &self.started;
        if self.within.len() > KEPT {
            self.within.retain(|drill, _| started.contains_key(drill));
        }
    }

    /// Every drill that began before is over: with its own end, or with the incident that
    /// ended it.
    pub(crate) fn close(&mut self, through: u64) {
        self.closed_through = self.closed_through.max(through);
        let (within, through) = (&mut self.within, self.closed_through);
        self.started.retain(|id, drill| {
            let runs = drill.seq > through;
            if !runs {
                within.remove(id);
            }
            runs
        });
    }
}

impl Campus {
    /// The drill that is running: the newest that was not ended, if nothing real came in since
    /// (D2).
    pub(crate) fn drill(&self) -> Option<(FactId, &Drill)> {
        let (id, drill) = self.newest_drill()?;
        let interrupted = self.last_raise > drill.seq
            || !self.raises_unrecorded.is_empty()
            || !self.open.is_empty();
        (!interrupted).then_some((id, drill))
    }

    fn newest_drill(&self) -> Option<(FactId, &Drill)> {
        let newest = self
            .drills
            .started
            .iter()
            .max_by_key(|(_, drill)| drill.seq);
        newest.map(|(id, drill)| (*id, drill))
    }

    /// Whether that drill was started and is not ended.
    pub(crate) fn drill_started(&self, id: FactId) -> bool {
        self.drills.started.contains_key(&id)
    }

    /// "The drill is over. This is real." (D2)
    pub(crate) fn drill_over(&self) -> bool {
        self.newest_drill().is_some() && self.drill().is_none()
    }

    /// What a drill shows, and since when.
    pub(crate) fn drill_posture(&self, id: FactId, drill: &Drill) -> (Posture, Timestamp) {
        let within = self.drills.within.get(&id);
        let called = within.and_then(|within| within.called);
        let released = within.and_then(|within| within.released.as_ref());
        match (called, released) {
            (called, Some((order, _, _))) if called.is_none_or(|called| called < *order) => {
                (Posture::AllClear, order.at)
            }
            (Some(called), _) => (Posture::LockDown, called.at),
            (None, _) => (drill.kind.posture(), drill.at),
        }
    }

    /// The zones that a drill's sweep has not cleared since lock-down was called in it.
    pub(crate) fn drill_unswept<'a>(&'a self, id: FactId, site: &'a Site) -> Vec<&'a ZoneId> {
        let within = self.drills.within.get(&id);
        let called = within.and_then(|within| within.called);
        let clear = |zone: &ZoneId| {
            within
                .and_then(|within| within.zones.get(zone))
                .is_some_and(|cleared| called.is_none_or(|called| called < *cleared))
        };
        site.record
            .zones
            .keys()
            .filter(|zone| !clear(zone))
            .collect()
    }

    /// A room's word in the drill that is running.
    pub(crate) fn drill_report(&self, room: &RoomId) -> Option<DrillRoomReport> {
        let (id, _) = self.drill()?;
        let (_, report) = self.drills.within.get(&id)?.rooms.get(room)?;
        Some(report.clone())
    }

    /// The card of the drill that is running, with or without the names in it.
    pub(crate) fn drill_card(&self, site: &Site, names: bool) -> Option<Card> {
        let (id, drill) = self.drill()?;
        let (posture, since) = self.drill_posture(id, drill);
        let within = self.drills.within.get(&id);
        let released = within.and_then(|within| within.released.as_ref());
        let unswept = self.drill_unswept(id, site);
        let cleared = site
            .record
            .zones
            .keys()
            .filter(|zone| names && !unswept.contains(zone));
        Some(Card::Drill(DrillCard {
            id,
            kind: drill.kind,
            posture,
            instruction: drill_words(drill.kind, posture),
            since,
            at: drill.at,
            by: names.then(|| who(&drill.by)),
            note: drill.note.clone().filter(|_| names),
            cleared: cleared.cloned().collect(),
            marks: released.map_or_else(Vec::new, |(_, _, marks)| marks.clone()),
            released_by: released.filter(|_| names).map(|(_, by, _)| who(by)),
        }))
    }
}
