//! The reach ledger (R1): what was sent to each client, and what it confirmed, gathered into
//! facts of the server's own.
//!
//! Owns the rows that no fact holds yet, and who is to hear that theirs are kept. Ten thousand
//! receipts become fifty facts, and none is confirmed before a disk has it. A receipt never
//! stands in a raise's way: it has a mailbox and a place in the journal's queue of its own, both
//! behind everything else, and where there is no room it is dropped and not confirmed. What
//! came of the rows, per alert and room, is the rules' to say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use lockstep_proto::fact::Fact;
use lockstep_proto::frame::{ServerFrame, Stage};
use lockstep_proto::id::{CredentialId, FactId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::reach::{HowFar, REACH_ROWS_MAX, ReachRow};
use lockstep_proto::role::Audience;
use lockstep_proto::view::Card;
use tokio::time::Instant;

use super::Receipt;
use super::task::{Dirty, Task};
use crate::hub::SessionId;
use crate::telemetry::metric::RECEIPTS_DROPPED;

/// How long a row waits for others to be kept with it.
const GATHER_FOR: Duration = Duration::from_secs(1);
/// Facts that one flush makes. What is left waits until these are on a disk.
const FLUSH_FACTS: usize = 16;
/// Rows of a full flush: it does not wait for the second to be over.
const FULL: usize = FLUSH_FACTS * REACH_ROWS_MAX;
/// Bytes of rows in one fact, by a careful guess: two thirds of what the spool takes as one.
const FACT_BYTES: usize = 48 * 1024;
/// Rows that wait before more are dropped: each of the most sockets that an instance has, once.
const ROWS_MAX: usize = 20_000;
/// Facts that the journal does not have yet. They take a third of what the spool has for notes,
/// so that a journal that is away for long leaves the rest to what people say.
const UNRECORDED_MAX: usize = 40;
/// Clients of which is remembered what they confirmed.
const CLIENTS_MAX: usize = 20_000;
/// Connections and stages that wait to hear of a flight before more are not told.
const TELL_MAX: usize = 2 * ROWS_MAX;
/// Ids that one receipt may name, and that are remembered of one client and stage.
const ALSO_MAX: usize = 64;

/// The alerts that are open: what there is to count for.
#[derive(Debug, Default)]
struct Alerts {
    /// Each with its sequence, once recorded.
    all: BTreeMap<FactId, Option<u64>>,
    by_seq: BTreeMap<u64, FactId>,
}

/// What a client is known to have had of them, at one stage.
#[derive(Debug, Default)]
struct Had {
    through: u64,
    also: BTreeSet<FactId>,
}

/// Who is told of what, once it is kept: the furthest point of each connection and stage.
type Tell = BTreeMap<(SessionId, Stage), Position>;

/// Facts on their way, and who hears when all of them are on a disk.
#[derive(Debug)]
struct Flight {
    facts: BTreeSet<FactId>,
    tell: Tell,
}

/// The rows that wait, and what is known of the clients.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    alerts: Alerts,
    had: BTreeMap<CredentialId, [Had; 3]>,
    rows: VecDeque<ReachRow>,
    /// Until when the oldest of them waits for others.
    due_at: Option<Instant>,
    tell: Tell,
    flight: Option<Flight>,
    /// Ours that the journal does not have.
    unrecorded: BTreeSet<FactId>,
}

/// What became of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It made a row.
    Row,
    /// It says nothing that was not said before.
    Known,
    /// No alert is open that it could be about.
    Nothing,
    /// There is no room for it.
    Dropped,
}

impl Alerts {
    /// What in a step is about an alert and was not there before: whether its sequence says
    /// something new, and which of the ids do.
    fn news(&self, had: &Had, through: u64, also: &[FactId]) -> Option<Vec<FactId>> {
        let by_seq = through > had.through
            && self
                .by_seq
                .range(had.through + 1..=through)
                .any(|(_, id)| !had.also.contains(id));
        let reach = had.through.max(through);
        let by_id: Vec<FactId> = also
            .iter()
            .filter(|id| {
                let seq = self.all.get(id);
                seq.is_some_and(|seq| seq.is_none_or(|seq| seq > reach)) && !had.also.contains(id)
            })
            .copied()
            .collect();
        (by_seq || !by_id.is_empty()).then_some(by_id)
    }

    /// Whether a step is about any alert at all.
    fn covers(&self, through: u64, also: &[FactId]) -> bool {
        self.by_seq.range(..=through).next().is_some()
            || also.iter().any(|id| self.all.contains_key(id))
    }
}

impl Ledger {
    /// What is open now. Answers whether an alert is among it that was not before.
    fn open(&mut self, all: BTreeMap<FactId, Option<u64>>) -> bool {
        let fresh = all.keys().any(|id| !self.alerts.all.contains_key(id));
        let by_seq = all.iter().filter_map(|(id, seq)| Some(((*seq)?, *id)));
        self.alerts = Alerts {
            by_seq: by_seq.collect(),
            all,
        };
        if self.alerts.all.is_empty() {
            self.had.clear();
        }
        fresh
    }

    /// Takes what a client had. A row is made only of what is news about an alert.
    fn take(&mut self, row: ReachRow, now: Instant) -> Taken {
        if !self.alerts.covers(row.through, &row.also) {
            return Taken::Nothing;
        }
        let index = match row.how_far {
            HowFar::Sent => 0,
            HowFar::Received => 1,
            HowFar::Displayed => 2,
        };
        let none = Had::default();
        let known = self.had.get(&row.client).map_or(&none, |had| &had[index]);
        let Some(also) = self.alerts.news(known, row.through, &row.also) else {
            return Taken::Known;
        };
        if self.rows.len() >= ROWS_MAX {
            return Taken::Dropped;
        }
        let had = &mut self.had.entry(row.client.clone()).or_default()[index];
        had.through = had.through.max(row.through);
        had.also.extend(&also);
        // What is forgotten makes a second row, which says nothing wrong.
        while had.also.len() > ALSO_MAX {
            had.also.pop_first();
        }
        while self.had.len() > CLIENTS_MAX {
            self.had.pop_first();
        }
        self.due_at.get_or_insert(now + GATHER_FOR);
        self.rows.push_back(ReachRow { also, ..row });
        Taken::Row
    }

    /// Whom to tell, once everything that was taken so far is kept. True where it is already.
    fn confirm(&mut self, session: SessionId, stage: Stage, through: Position) -> bool {
        let tell = match &mut self.flight {
            _ if !self.rows.is_empty() => &mut self.tell,
            Some(flight) => &mut flight.tell,
            None => return true,
        };
        if tell.len() < TELL_MAX || tell.contains_key(&(session, stage)) {
            let told = tell.entry((session, stage)).or_insert(through);
            *told = through.max(*told);
        }
        false
    }

    fn is_due(&self, now: Instant) -> bool {
        let waited = self.due_at.is_some_and(|due| due <= now);
        let room = self.flight.is_none() && self.unrecorded.len() < UNRECORDED_MAX;
        room && (waited || self.rows.len() >= FULL)
    }

    /// The next rows for one fact.
    fn next_rows(&mut self) -> Option<Vec<ReachRow>> {
        let mut bytes = 0;
        let fits = |row: &&ReachRow| {
            bytes += bytes_of(row);
            bytes <= FACT_BYTES
        };
        let n = self
            .rows
            .iter()
            .take(REACH_ROWS_MAX)
            .take_while(fits)
            .count();
        (n > 0).then(|| self.rows.drain(..n).collect())
    }

    /// A fact is on a disk. Who is to hear of it, once the others of its flight are too.
    fn kept(&mut self, id: FactId) -> Tell {
        let Some(flight) = &mut self.flight else {
            return Tell::new();
        };
        flight.facts.remove(&id);
        if flight.facts.is_empty() {
            self.flight.take().map(|flight| flight.tell)
        } else {
            None
        }
        .unwrap_or_default()
    }
}

/// About how long a row is as JSON.
fn bytes_of(row: &ReachRow) -> usize {
    const WORDS: usize = 140;
    const ID: usize = 39;
    let room = row.room.as_ref().map_or(0, |room| room.as_str().len());
    WORDS + ID * row.also.len() + row.client.as_str().len() + room
}

impl Task {
    /// The screens were told: whoever was handed an alert for the first time has a row.
    pub(super) fn note_sent(&mut self) {
        let open = self.hub.cards(Audience::Room).values();
        let open = open.filter_map(alert_of).map(|id| {
            let seq = self.state.known(id).and_then(|known| known.seq);
            (id, seq)
        });
        let open = open.collect();
        if self.reach.open(open) {
            let everybody: Vec<_> = self.hub.clients().collect();
            for (client, room) in everybody {
                self.sent_to(client, room);
            }
        }
    }

    /// A client began to follow: it was handed whatever is open.
    pub(super) fn note_joined(&mut self, session: SessionId) {
        if let Some((client, room)) = self.hub.client(session) {
            self.sent_to(client, room);
        }
    }

    fn sent_to(&mut self, client: CredentialId, room: Option<RoomId>) {
        let unrecorded = self
            .reach
            .alerts
            .all
            .iter()
            .filter(|(_, seq)| seq.is_none());
        let row = ReachRow {
            client,
            room: self.known_room(room),
            how_far: HowFar::Sent,
            through: self.state.position().seq,
            also: unrecorded.map(|(id, _)| *id).take(ALSO_MAX).collect(),
            at: self.ground.clock.now(),
        };
        self.reach.take(row, Instant::now());
    }

    fn known_room(&self, room: Option<RoomId>) -> Option<RoomId> {
        room.filter(|room| self.site.record.rooms.contains_key(room))
    }

    /// A client says that alerts came in, or were drawn.
    pub(super) fn receipt(&mut self, receipt: Receipt) {
        let head = self.state.position();
        // A client confirms what there is: what it claims beyond that is not taken.
        let seq = if receipt.through.epoch == head.epoch {
            receipt.through.seq.min(head.seq)
        } else {
            0
        };
        let through = Position { seq, ..head };
        let room = self.known_room(receipt.room);
        let mut also = receipt.also;
        also.truncate(ALSO_MAX);
        let how_far = match receipt.stage {
            Stage::Received => HowFar::Received,
            Stage::Displayed => HowFar::Displayed,
        };
        if let Some(room) = room.clone().filter(|_| how_far == HowFar::Displayed) {
            // Shown as reached at once: the console does not wait for the batch.
            let reached = self.extras.reached.entry(room).or_default();
            reached.0 = reached.0.max(through);
            reached.1 = also.iter().copied().collect();
            self.dirty = self.dirty.max(Dirty::Soon);
        }
        let row = ReachRow {
            client: receipt.client,
            room,
            how_far,
            through: seq,
            also,
            at: self.ground.clock.now(),
        };
        match self.reach.take(row, Instant::now()) {
            Taken::Row | Taken::Known => {
                let (session, stage) = (receipt.session, receipt.stage);
                if self.reach.confirm(session, stage, through) {
                    self.tell_kept([((session, stage), through)].into());
                }
            }
            Taken::Nothing => {}
            Taken::Dropped => metrics::counter!(RECEIPTS_DROPPED).increment(1),
        }
    }

    /// Makes facts of the rows that waited long enough.
    pub(super) fn flush_reach(&mut self) {
        let now = Instant::now();
        if !self.reach.is_due(now) {
            return;
        }
        let mut facts = BTreeSet::new();
        while facts.len() < FLUSH_FACTS
            && let Some(rows) = self.reach.next_rows()
        {
            let id = FactId(uuid::Uuid::new_v4());
            facts.insert(id);
            self.reach.unrecorded.insert(id);
            let stamped = self.said_by_server(id, Fact::ReachKept { rows });
            self.begin_fact(stamped, None);
        }
        // What did not fit is due as soon as this is kept, and only with it is anybody told:
        // somebody's rows may be in both.
        let all = self.reach.rows.is_empty();
        self.reach.due_at = (!all).then_some(now);
        let tell = if all {
            std::mem::take(&mut self.reach.tell)
        } else {
            Tell::new()
        };
        self.reach.flight = Some(Flight { facts, tell });
    }

    /// The server stops: what waits goes to the spool and the journal now.
    pub(super) fn flush_reach_at_the_end(&mut self) {
        self.reach.due_at = self.reach.due_at.map(|_| Instant::now());
        self.flush_reach();
    }

    /// A fact is on a disk: if it is one of reach, those whose receipts are in it hear it.
    pub(super) fn reach_is_durable(&mut self, id: FactId, recorded: bool) {
        if recorded {
            self.reach.unrecorded.remove(&id);
        }
        let tell = self.reach.kept(id);
        self.tell_kept(tell);
    }

    /// One frame is encoded for all who hear the same, and whoever is told of what was drawn
    /// is not told as well that it came in.
    fn tell_kept(&mut self, tell: Tell) {
        let mut same: BTreeMap<(Stage, Position), Vec<SessionId>> = BTreeMap::new();
        for ((session, stage), through) in &tell {
            let further = tell.get(&(*session, Stage::Displayed));
            if *stage == Stage::Received && further.is_some_and(|further| further >= through) {
                continue;
            }
            same.entry((*stage, *through)).or_default().push(*session);
        }
        for ((stage, through), sessions) in same {
            let frame = ServerFrame::ReceiptKept {
                campus: self.site.record.id.clone(),
                stage,
                through,
            };
            self.hub.tell_all(&sessions, &frame);
        }
    }
}

/// The alert that a card is, if it is one (R1): a posture raise, a threat or a drill.
fn alert_of(card: &Card) -> Option<FactId> {
    match card {
        Card::Raise(raise) => Some(raise.id),
        Card::Threat(threat) => Some(threat.id),
        Card::Drill(drill) => Some(drill.id),
        Card::Campus(_)
        | Card::Posture(_)
        | Card::Release(_)
        | Card::Cover(_)
        | Card::OwnRoom(_)
        | Card::Room(_)
        | Card::Zone(_)
        | Card::Veto(_)
        | Card::Proposal(_)
        | Card::Plea(_)
        | Card::Presence(_)
        | Card::Line(_)
        | Card::Sighting(_)
        | Card::Escalation(_)
        | Card::Duty(_)
        | Card::Contact(_)
        | Card::Lead(_)
        | Card::Reach(_)
        | Card::Duress(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn alert(n: u128) -> FactId {
        FactId(uuid::Uuid::from_u128(n))
    }

    fn row(client: usize, how_far: HowFar, through: u64, also: &[FactId]) -> ReachRow {
        ReachRow {
            client: format!("c-{client}").parse().unwrap(),
            room: Some("n101".parse().unwrap()),
            how_far,
            through,
            also: also.to_vec(),
            at: lockstep_proto::Timestamp::UNIX_EPOCH,
        }
    }

    /// R1: ten thousand receipts are fifty facts, each within its bounds, and none is lost.
    #[test]
    fn r1_ten_thousand_receipts_are_fifty_facts() {
        let now = Instant::now();
        let mut ledger = Ledger::default();
        assert!(ledger.open([(alert(1), Some(7))].into()));
        for client in 0..10_000 {
            let taken = ledger.take(row(client, HowFar::Displayed, 7, &[]), now);
            assert_eq!(taken, Taken::Row);
            let again = ledger.take(row(client, HowFar::Displayed, 9, &[alert(1)]), now);
            assert_eq!(again, Taken::Known, "it says nothing new");
        }
        let (mut facts, mut rows) = (0, 0);
        while let Some(next) = ledger.next_rows() {
            assert!(next.len() <= REACH_ROWS_MAX);
            let bytes = serde_json::to_string(&Fact::ReachKept { rows: next.clone() });
            assert!(bytes.unwrap().len() < FACT_BYTES);
            facts += 1;
            rows += next.len();
        }
        assert_eq!((facts, rows), (50, 10_000));
    }

    /// However many ids a row names, a fact stays under what the spool takes as one.
    #[test]
    fn r1_a_fact_of_long_rows_is_short_enough_for_the_spool() {
        let now = Instant::now();
        let mut ledger = Ledger::default();
        let open: Vec<FactId> = (0..ALSO_MAX as u128).map(alert).collect();
        ledger.open(open.iter().map(|id| (*id, None)).collect());
        for client in 0..500 {
            let taken = ledger.take(row(client, HowFar::Received, 0, &open), now);
            assert_eq!(taken, Taken::Row);
        }
        let mut rows = 0;
        while let Some(next) = ledger.next_rows() {
            rows += next.len();
            let bytes = serde_json::to_string(&Fact::ReachKept { rows: next });
            assert!(bytes.unwrap().len() < FACT_BYTES);
        }
        assert_eq!(rows, 500);
    }

    /// Where there is no room, a receipt is not taken for known: it is taken when it comes again.
    #[test]
    fn r1_what_was_dropped_is_taken_when_it_comes_again() {
        let now = Instant::now();
        let mut ledger = Ledger::default();
        ledger.open([(alert(1), Some(7))].into());
        for client in 0..ROWS_MAX {
            ledger.take(row(client, HowFar::Sent, 7, &[]), now);
        }
        let late = || row(ROWS_MAX, HowFar::Received, 7, &[]);
        assert_eq!(ledger.take(late(), now), Taken::Dropped);
        ledger.next_rows();
        assert_eq!(ledger.take(late(), now), Taken::Row);
    }

    /// Nobody is told before every fact of the flight is on a disk.
    #[test]
    fn r1_nobody_is_told_before_all_of_a_flight_is_kept() {
        let mut ledger = Ledger::default();
        let through = Position { epoch: 1, seq: 7 };
        ledger.flight = Some(Flight {
            facts: [alert(1), alert(2)].into(),
            tell: [((5, Stage::Received), through)].into(),
        });
        assert!(!ledger.confirm(6, Stage::Displayed, through), "not yet");
        assert!(ledger.kept(alert(1)).is_empty());
        assert!(ledger.kept(alert(1)).is_empty(), "the same fact, recorded");
        assert_eq!(ledger.kept(alert(2)).len(), 2);
        assert!(
            ledger.confirm(6, Stage::Displayed, through),
            "nothing waits"
        );
    }

    /// A raise that was confirmed before it was recorded is not news once it is.
    #[test]
    fn r1_an_alert_is_counted_once_a_client_and_stage() {
        let now = Instant::now();
        let mut ledger = Ledger::default();
        let open = |ledger: &mut Ledger, seq| ledger.open([(alert(1), seq)].into());
        assert!(open(&mut ledger, None));
        let shown_early = row(1, HowFar::Displayed, 3, &[alert(1)]);
        assert_eq!(ledger.take(shown_early, now), Taken::Row);
        assert!(!open(&mut ledger, Some(4)));
        let recorded = row(1, HowFar::Displayed, 4, &[]);
        assert_eq!(ledger.take(recorded, now), Taken::Known);
        let of_the_past = row(2, HowFar::Displayed, 3, &[]);
        assert_eq!(ledger.take(of_the_past, now), Taken::Nothing);
        ledger.open(BTreeMap::new());
        assert!(ledger.had.is_empty());
    }
}
