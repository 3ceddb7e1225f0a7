//! How far alerts came (R1, T3): from the batches of the ledger and the acknowledgements, by
//! the shares that a screen shows. Nothing that is unknown counts as reached.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{CredentialId, FactId, Principal, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::reach::{HowFar, ReachRow};
use lockstep_proto::view::Shares;
use serde::{Deserialize, Serialize};

/// How far one alert came, until it was lifted or the incident was over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reached {
    /// Clients of which anything is recorded: what shares of clients are of.
    pub clients: u32,
    /// Those that it was handed to.
    pub sent: u32,
    /// Those that say that it came in.
    pub received: u32,
    /// Those that say that it was drawn.
    pub displayed: u32,
    /// Rooms that the timeline names: what shares of rooms are of.
    pub rooms: u32,
    /// Those that acknowledged it.
    pub acknowledged: u32,
    /// People who acknowledged it for no room.
    pub people_acknowledged: u32,
    /// Milliseconds until 50, 95 and 100 % of the clients had received it.
    pub received_ms: Shares,
    /// Milliseconds until 50, 95 and 100 % of the clients had drawn it.
    pub displayed_ms: Shares,
    /// Milliseconds until 50, 95 and 100 % of the rooms had acknowledged it.
    pub acknowledged_ms: Shares,
    /// Rooms of which no screen is known to have drawn it.
    pub not_reached: Vec<RoomId>,
    /// Rooms that did not acknowledge it.
    pub not_acknowledged: Vec<RoomId>,
}

/// An alert, and until when what comes in counts for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alert {
    pub(super) id: FactId,
    pub(super) position: Position,
    pub(super) at: Timestamp,
    pub(super) until: Option<Timestamp>,
}

/// When everything up to each point was there, the earliest time of each.
#[derive(Debug, Clone, Default)]
struct Points {
    /// By sequence, then by epoch: a later epoch may count again from an earlier number.
    through: BTreeMap<u64, BTreeMap<u32, Timestamp>>,
    also: BTreeMap<FactId, Timestamp>,
}

impl Points {
    fn take(&mut self, through: Position, also: &[FactId], at: Timestamp) {
        let epochs = self.through.entry(through.seq).or_default();
        let then = epochs.entry(through.epoch).or_insert(at);
        *then = at.min(*then);
        for id in also {
            let then = self.also.entry(*id).or_insert(at);
            *then = at.min(*then);
        }
    }

    /// When an alert was first there. What was said before it was raised, or after it was
    /// lifted, is not about it: a client that comes back next week was not reached today.
    fn first(&self, alert: Alert) -> Option<Timestamp> {
        let counts =
            |at: &Timestamp| *at >= alert.at && alert.until.is_none_or(|until| *at <= until);
        let Position { epoch, seq } = alert.position;
        let by_position = self
            .through
            .range(seq..)
            .flat_map(|(_, epochs)| epochs.range(epoch..))
            .map(|(_, at)| *at);
        let by_id = self.also.get(&alert.id).copied();
        by_position.chain(by_id).filter(counts).min()
    }
}

#[derive(Debug, Clone, Default)]
struct Client {
    room: Option<RoomId>,
    sent: Points,
    received: Points,
    displayed: Points,
}

/// Everything that a stretch of the log says of what reached whom.
#[derive(Debug, Clone, Default)]
pub(super) struct Came {
    clients: BTreeMap<CredentialId, Client>,
    rooms: BTreeMap<RoomId, Points>,
    people: BTreeMap<Principal, Points>,
}

impl Came {
    /// Takes in a batch of the ledger or an acknowledgement, as far as it is not later than
    /// `until`; answers whether anything of it counted.
    pub(super) fn take(&mut self, stamped: &Stamped, epoch: u32, until: Option<Timestamp>) -> bool {
        let in_time = |at: Timestamp| until.is_none_or(|until| at <= until);
        if let Fact::ReachKept { rows } = &stamped.fact {
            let mut any = false;
            for row in rows.iter().filter(|row| in_time(row.at)) {
                self.row(row, epoch);
                any = true;
            }
            any
        } else if let Fact::Acknowledged {
            room,
            through,
            also,
        } = &stamped.fact
        {
            if !in_time(stamped.at) {
                return false;
            }
            let points = match room {
                Some(room) => self.rooms.entry(room.clone()).or_default(),
                None => self.people.entry(stamped.by.principal.clone()).or_default(),
            };
            points.take(*through, also, stamped.at);
            true
        } else {
            false
        }
    }

    fn row(&mut self, row: &ReachRow, epoch: u32) {
        let client = self.clients.entry(row.client.clone()).or_default();
        if row.room.is_some() {
            client.room.clone_from(&row.room);
        }
        let points = match row.how_far {
            HowFar::Sent => &mut client.sent,
            HowFar::Received => &mut client.received,
            HowFar::Displayed => &mut client.displayed,
        };
        let through = Position {
            epoch,
            seq: row.through,
        };
        points.take(through, &row.also, row.at);
    }

    /// The rooms that any of it names: those of clients that it never reached among them.
    pub(super) fn rooms(&self) -> impl Iterator<Item = &RoomId> {
        let of_clients = self.clients.values();
        let of_clients = of_clients.filter_map(|client| client.room.as_ref());
        of_clients.chain(self.rooms.keys())
    }

    /// How far an alert came, of all rooms that the log has named.
    pub(super) fn of(&self, alert: Alert, named: &BTreeSet<RoomId>) -> Reached {
        let ms = |at: Timestamp| {
            let ms = at.as_millisecond() - alert.at.as_millisecond();
            u64::try_from(ms.max(0)).unwrap_or_default()
        };
        let times = |points: fn(&Client) -> &Points| -> Vec<u64> {
            let firsts = self.clients.values();
            firsts
                .filter_map(|client| points(client).first(alert))
                .map(ms)
                .collect()
        };
        let (sent, received, displayed) = (
            times(|client| &client.sent),
            times(|client| &client.received),
            times(|client| &client.displayed),
        );
        let known = self.clients.values().filter(|client| {
            [&client.sent, &client.received, &client.displayed]
                .iter()
                .any(|points| points.first(alert).is_some())
        });
        let clients = known.count();
        let shown: BTreeSet<&RoomId> = self
            .clients
            .values()
            .filter(|client| client.displayed.first(alert).is_some())
            .filter_map(|client| client.room.as_ref())
            .collect();
        let answered: BTreeMap<&RoomId, u64> = self
            .rooms
            .iter()
            .filter_map(|(room, points)| Some((room, ms(points.first(alert)?))))
            .collect();
        let people = self.people.values();
        let people = people.filter(|points| points.first(alert).is_some());
        // Batches come in late, and may name a room that nothing named before.
        let rooms: BTreeSet<&RoomId> = named.iter().chain(self.rooms()).collect();
        Reached {
            clients: count(clients),
            sent: count(sent.len()),
            received: count(received.len()),
            displayed: count(displayed.len()),
            rooms: count(rooms.len()),
            acknowledged: count(answered.len()),
            people_acknowledged: count(people.count()),
            received_ms: Shares::of(received, clients),
            displayed_ms: Shares::of(displayed, clients),
            acknowledged_ms: Shares::of(answered.values().copied().collect(), rooms.len()),
            not_reached: without(&rooms, |room| shown.contains(room)),
            not_acknowledged: without(&rooms, |room| answered.contains_key(room)),
        }
    }
}

fn without(rooms: &BTreeSet<&RoomId>, there: impl Fn(&RoomId) -> bool) -> Vec<RoomId> {
    let missing = rooms.iter().filter(|room| !there(room));
    missing.map(|room| (*room).clone()).collect()
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
