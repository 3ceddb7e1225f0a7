//! What reached whom (R1): for each client when everything up to a point was sent, received
//! and displayed, and for each room when it was acknowledged.
//!
//! A row says "everything up to here", so one row a client is enough however many calls came
//! at once; when one alert came follows from the first row that covers it.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::id::{CredentialId, FactId, RoomId};
use lockstep_proto::reach::{HowFar, ReachRow};
use lockstep_proto::view::{Card, ReachCard, Shares};

use crate::campus::{Campus, Site};

/// Steps that are kept of one client or room, the newest.
const STEPS_KEPT: usize = 64;

/// Clients that are kept.
const CLIENTS_KEPT: usize = 20_000;

/// An alert whose reach is counted: a posture raise, a threat or a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) id: FactId,
    /// Its sequence, once recorded.
    pub(crate) seq: Option<u64>,
    pub(crate) at: Timestamp,
}

/// When everything up to a point was there. It joins: the earliest time of each point counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    through: BTreeMap<u64, Timestamp>,
    also: BTreeMap<FactId, Timestamp>,
}

impl Steps {
    /// Takes a step: everything through a sequence, and these.
    pub(crate) fn take(&mut self, through: u64, also: &[FactId], at: Timestamp) {
        // What a later point had no later says everything that this one could.
        let known = self.through.range(through..).any(|(_, then)| *then <= at);
        if !known {
            self.through
                .retain(|point, then| *point > through || *then < at);
            self.through.insert(through, at);
        }
        for id in also {
            let then = self.also.entry(*id).or_insert(at);
            *then = at.min(*then);
        }
        while self.through.len() > STEPS_KEPT {
            self.through.pop_first();
        }
        // The newest 512 will do: what is recorded is under `through` by then.
        while self.also.len() > 512 {
            let oldest = self.also.iter().min_by_key(|(_, at)| **at);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            self.also.remove(&oldest);
        }
    }

    /// The newest time that is kept.
    fn last(&self) -> Option<Timestamp> {
        self.through
            .values()
            .chain(self.also.values())
            .max()
            .copied()
    }

    /// When an alert was there, if it was.
    pub(crate) fn first(&self, alert: Alert) -> Option<Timestamp> {
        let by_seq = alert
            .seq
            .and_then(|seq| self.through.range(seq..).map(|(_, at)| *at).min());
        let by_id = self.also.get(&alert.id).copied();
        [by_seq, by_id].into_iter().flatten().min()
    }
}

/// The ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    clients: BTreeMap<CredentialId, Client>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Client {
    room: Option<RoomId>,
    sent: Steps,
    received: Steps,
    displayed: Steps,
}

impl Client {
    /// When it was last heard of.
    fn last(&self) -> Option<Timestamp> {
        let steps = [&self.sent, &self.received, &self.displayed];
        steps.into_iter().filter_map(Steps::last).max()
    }
}

impl Reach {
    /// Folds in what was kept.
    pub(crate) fn take(&mut self, rows: &[ReachRow]) {
        for row in rows {
            let client = self.clients.entry(row.client.clone()).or_default();
            if row.room.is_some() {
                client.room.clone_from(&row.room);
            }
            let steps = match row.how_far {
                HowFar::Sent => &mut client.sent,
                HowFar::Received => &mut client.received,
                HowFar::Displayed => &mut client.displayed,
            };
            steps.take(row.through, &row.also, row.at);
        }
        if self.clients.len() > CLIENTS_KEPT {
            self.forget_some();
        }
    }

    /// Those that were heard of last are those that are still there. An eighth goes at a time,
    /// so that a full ledger is not sorted again for every row.
    fn forget_some(&mut self) {
        let mut known: Vec<(Option<Timestamp>, CredentialId)> = self
            .clients
            .iter()
            .map(|(id, client)| (client.last(), id.clone()))
            .collect();
        known.sort_unstable();
        let over = known.len().saturating_sub(CLIENTS_KEPT / 8 * 7);
        for (_, id) in known.into_iter().take(over) {
            self.clients.remove(&id);
        }
    }

    pub(crate) fn close(&mut self) {
        self.clients.clear();
    }

    /// The rooms of which a screen has shown an alert.
    pub(crate) fn displayed_in(&self, alert: Alert) -> BTreeSet<&RoomId> {
        self.clients
            .values()
            .filter(|client| client.displayed.first(alert).is_some())
            .filter_map(|client| client.room.as_ref())
            .collect()
    }
}

impl Campus {
    /// The newest open posture raise, recorded or not, else the drill that is running: what
    /// reach and acknowledgements are counted for.
    pub(crate) fn newest_alert(&self) -> Option<Alert> {
        self.newest_raise()
            .map(|(id, item)| Alert {
                id,
                seq: item.seq,
                at: item.at,
            })
            .or_else(|| {
                self.drill().map(|(id, drill)| Alert {
                    id,
                    seq: Some(drill.seq),
                    at: drill.at,
                })
            })
    }

    /// How far the newest alert came.
    pub(crate) fn reach_card(&self, site: &Site) -> Option<Card> {
        let alert = self.newest_alert()?;
        let ms = |at: Timestamp| {
            let ms = at.as_millisecond() - alert.at.as_millisecond();
            u64::try_from(ms.max(0)).unwrap_or_default()
        };
        let times = |steps: fn(&Client) -> &Steps| -> Vec<u64> {
            let clients = self.reach.clients.values();
            clients
                .filter_map(|client| steps(client).first(alert))
                .map(ms)
                .collect()
        };
        let sent = times(|client| &client.sent);
        let received = times(|client| &client.received);
        let displayed = times(|client| &client.displayed);
        let rooms = site.record.rooms.len();
        let acknowledged: Vec<u64> = site
            .record
            .rooms
            .keys()
            .filter_map(|room| self.acknowledged_in(room, alert))
            .map(ms)
            .collect();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some(Card::Reach(ReachCard {
            alert: alert.id,
            at: alert.at,
            sent: count(sent.len()),
            received: count(received.len()),
            displayed: count(displayed.len()),
            rooms: count(rooms),
            acknowledged: count(acknowledged.len()),
            received_ms: Shares::of(received, sent.len()),
            acknowledged_ms: Shares::of(acknowledged, rooms),
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn r1_steps_say_when_each_alert_was_first_there_in_any_order() {
        let rows = [(5, 10), (9, 12), (7, 30), (9, 11)];
        let alert = |seq| Alert {
            id: FactId(uuid::Uuid::nil()),
            seq: Some(seq),
            at: at(0),
        };
        let mut first: Option<Steps> = None;
        for turn in 0..rows.len() {
            let mut steps = Steps::default();
            for n in 0..rows.len() {
                let (through, second) = rows[(n + turn) % rows.len()];
                steps.take(through, &[], at(second));
            }
            assert_eq!(steps.first(alert(5)), Some(at(10)));
            assert_eq!(steps.first(alert(6)), Some(at(11)));
            assert_eq!(steps.first(alert(10)), None);
            assert_eq!(*first.get_or_insert(steps.clone()), steps);
        }
    }
}
