//! Who is listening to one campus, and what they were told.
//!
//! Owns the listeners, one view per audience, and the frames that a returning client missed.
//! Each change is encoded once per audience and its bytes are shared. It never waits: a
//! listener whose queue is full is let go as slow, and comes back by position. It knows
//! outlets, not sockets, and it decides nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::extract::ws::Utf8Bytes;
use lockstep_proto::Timestamp;
use lockstep_proto::code::Close;
use lockstep_proto::frame::ServerFrame;
use lockstep_proto::id::{CampusId, CredentialId, FactId, PersonId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::role::Audience;
use lockstep_proto::view::{Card, Cards, item_key};
use lockstep_rules::{Campus, Extras, Site, diff, duress_cards, own_room, render};
use tokio::sync::mpsc;

use crate::bus::Screens;

/// Frames that a listener may be behind before it is let go as slow.
pub const OUTLET_FRAMES: usize = 64;

/// Frames that each audience keeps for those who come back.
const RING_FRAMES: usize = 512;

/// Bytes of cards in one frame: what is left of 64 KiB for the frame around them.
const CARDS_BYTES: usize = 48 * 1024;

/// Where frames for one connection go. Cloned for each campus that it follows.
#[derive(Debug, Clone)]
pub struct Outlet {
    frames: mpsc::Sender<Utf8Bytes>,
    closed_as: Arc<AtomicU16>,
}

/// The other end of an outlet: the connection's.
#[derive(Debug)]
pub struct Inlet {
    /// Frames to write, in order.
    pub frames: mpsc::Receiver<Utf8Bytes>,
    closed_as: Arc<AtomicU16>,
}

/// An outlet and its other end.
#[must_use]
pub fn outlet() -> (Outlet, Inlet) {
    let (tx, rx) = mpsc::channel(OUTLET_FRAMES);
    let closed_as = Arc::new(AtomicU16::new(0));
    (
        Outlet {
            frames: tx,
            closed_as: Arc::clone(&closed_as),
        },
        Inlet {
            frames: rx,
            closed_as,
        },
    )
}

impl Outlet {
    /// Hands a frame over, or marks the connection as slow. Never waits.
    #[must_use = "a listener that took nothing is let go"]
    pub fn send(&self, frame: Utf8Bytes) -> bool {
        match self.frames.try_send(frame) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.close(Close::Slow);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    /// Tells the connection to close.
    pub fn close(&self, close: Close) {
        self.closed_as.store(close.number(), Ordering::Release);
    }
}

impl Inlet {
    /// Why the connection is to be closed, if it is.
    #[must_use]
    pub fn closed_as(&self) -> Option<Close> {
        let number = self.closed_as.load(Ordering::Acquire);
        Close::ALL.iter().copied().find(|c| c.number() == number)
    }
}

/// Names a connection within this process.
pub type SessionId = u64;

/// One connection that follows the campus.
#[derive(Debug)]
pub struct Listener {
    /// What it is shown.
    pub audience: Audience,
    /// The sign-in that it came with: what the reach ledger knows it by (R1).
    pub client: Option<CredentialId>,
    /// Whose it is, where it is a person's.
    pub person: Option<PersonId>,
    /// The room that it shows for.
    pub room: Option<RoomId>,
    /// Whether it is told who was forced (A4).
    pub hears_of_duress: bool,
    /// Where its frames go.
    pub outlet: Outlet,
}

impl Listener {
    fn client(&self) -> Option<(CredentialId, Option<RoomId>)> {
        Some((self.client.clone()?, self.room.clone()))
    }
}

/// What a listener has when it begins.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// The position that it has applied.
    pub after: Option<Position>,
    /// The open items that it shows.
    pub shows: Vec<FactId>,
}

/// One audience's view and what it was told.
#[derive(Debug)]
struct Told {
    audience: Audience,
    cards: Cards,
    /// Frames with positions, oldest first; together they lead from `ring_from` to now.
    ring: VecDeque<(Position, Utf8Bytes)>,
    ring_from: Position,
    /// The last sequence that concerned this audience.
    concerns: u64,
    /// The whole view as frames, made when somebody asks and kept until it changes: a whole
    /// school that comes back at once shares one.
    snapshot: Option<(Position, Vec<Utf8Bytes>)>,
}

/// The listeners of one campus.
#[derive(Debug)]
pub struct Hub {
    campus: CampusId,
    listeners: BTreeMap<SessionId, Listener>,
    told: [Told; 3],
    own_rooms: BTreeMap<RoomId, Card>,
    /// Who was forced, as was told to those who hear of it.
    duress: Vec<Card>,
    /// Somebody was, since this instance began: what went since then is in no ring.
    was_duress: bool,
    /// Listeners to whom nothing was shown yet, because there is nothing to show.
    waiting: BTreeMap<SessionId, Listener>,
    /// Listeners that have come further than this instance, and with what.
    ahead: BTreeMap<SessionId, Resume>,
}

impl Hub {
    /// Nobody listens yet.
    #[must_use]
    pub fn new(campus: CampusId) -> Self {
        // The district is shown of a campus what its responders are.
        let told = [Audience::Room, Audience::Staff, Audience::Responder].map(|audience| Told {
            audience,
            cards: Cards::new(),
            ring: VecDeque::new(),
            ring_from: Position::START,
            concerns: 0,
            snapshot: None,
        });
        Self {
            campus,
            listeners: BTreeMap::new(),
            told,
            own_rooms: BTreeMap::new(),
            duress: Vec::new(),
            was_duress: false,
            waiting: BTreeMap::new(),
            ahead: BTreeMap::new(),
        }
    }

    /// Connections that follow the campus.
    #[must_use]
    pub fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Whether nobody does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    /// Screens for each room.
    #[must_use]
    pub fn live(&self) -> BTreeMap<RoomId, u32> {
        let mut live = BTreeMap::new();
        for listener in self.listeners.values() {
            if let Some(room) = &listener.room {
                *live.entry(room.clone()).or_insert(0) += 1;
            }
        }
        live
    }

    /// Whether a connection of that person follows, among those whose audience `shows` takes.
    #[must_use]
    pub fn has_screen(&self, person: &PersonId, shows: impl Fn(Audience) -> bool) -> bool {
        self.listeners
            .values()
            .any(|listener| listener.person.as_ref() == Some(person) && shows(listener.audience))
    }

    /// Who has a screen here, for other instances.
    #[must_use]
    pub fn screens(&self) -> Screens {
        let mut screens = Screens {
            rooms: self.live(),
            people: BTreeMap::new(),
        };
        for listener in self.listeners.values() {
            let Some(person) = &listener.person else {
                continue;
            };
            let audiences = screens.people.entry(person.clone()).or_default();
            if !audiences.contains(&listener.audience) {
                audiences.push(listener.audience);
            }
        }
        screens
    }

    /// The sign-in and room of every connection.
    pub fn clients(&self) -> impl Iterator<Item = (CredentialId, Option<RoomId>)> + '_ {
        self.listeners.values().filter_map(Listener::client)
    }

    /// Those of one.
    #[must_use]
    pub fn client(&self, id: SessionId) -> Option<(CredentialId, Option<RoomId>)> {
        self.listeners.get(&id).and_then(Listener::client)
    }

    /// What an audience is shown now.
    #[must_use]
    pub fn cards(&self, audience: Audience) -> &Cards {
        &self.told[told_index(audience)].cards
    }

    /// The last sequence that concerned an audience.
    #[must_use]
    pub fn concerns(&self, audience: Audience) -> u64 {
        self.told[told_index(audience)].concerns
    }

    /// What the campus is when this instance begins: nobody was told anything before.
    pub fn begin(&mut self, campus: &Campus, site: &Site, extras: &Extras) {
        let position = campus.position();
        for told in &mut self.told {
            told.cards = render(campus, site, extras, told.audience);
            told.ring.clear();
            told.snapshot = None;
            told.ring_from = position;
            told.concerns = position.seq;
        }
    }

    /// Tells everybody what changed: one frame per audience, its bytes shared.
    pub fn publish(&mut self, campus: &Campus, site: &Site, extras: &Extras) {
        let position = campus.position();
        for index in 0..self.told.len() {
            let told = &mut self.told[index];
            let cards = render(campus, site, extras, told.audience);
            let (put, mut drop) = diff(&told.cards, &cards);
            drop.extend(lifted(&put, &told.cards, &cards));
            if put.is_empty() && drop.is_empty() {
                continue;
            }
            told.cards = cards;
            told.snapshot = None;
            told.concerns = position.seq;
            let frames = event_frames(&self.campus, position, put, drop);
            for frame in &frames {
                told.keep(position, frame.clone());
            }
            self.send_to(index, &frames);
        }
        self.publish_duress(campus);
        self.publish_own_rooms(campus, site);
        self.show_those_ahead(campus, site);
    }

    /// Whoever had come further left aside what they were shown, and what has changed here since
    /// is no change of what they have: once we have come as far they are shown everything.
    fn show_those_ahead(&mut self, campus: &Campus, site: &Site) {
        let position = Some(campus.position());
        let reached = |_: &SessionId, resume: &mut Resume| resume.after <= position;
        let here: Vec<(SessionId, Resume)> = self.ahead.extract_if(.., reached).collect();
        for (id, resume) in here {
            if let Some(listener) = self.listeners.remove(&id) {
                let after = None;
                self.follow(id, listener, &Resume { after, ..resume }, campus, site);
            }
        }
    }

    /// What concerns one room alone goes to that room's screens alone.
    fn publish_own_rooms(&mut self, campus: &Campus, site: &Site) {
        let position = campus.position();
        let rooms: Vec<RoomId> = self.live().into_keys().collect();
        for room in rooms {
            let Some(card) = own_room(campus, site, &room) else {
                continue;
            };
            if self.own_rooms.get(&room) == Some(&card) {
                continue;
            }
            self.own_rooms.insert(room.clone(), card.clone());
            let frames = event_frames(&self.campus, position, vec![card], Vec::new());
            self.listeners.retain(|_, listener| {
                listener.room.as_ref() != Some(&room)
                    || frames
                        .iter()
                        .all(|frame| listener.outlet.send(frame.clone()))
            });
        }
    }

    /// Who was forced is no card of an audience: each who hears of it is told of all but what
    /// was said with their own sign-in (A4).
    fn publish_duress(&mut self, campus: &Campus) {
        let all = duress_cards(campus, None);
        if all == self.duress {
            return;
        }
        let before = std::mem::replace(&mut self.duress, all);
        self.was_duress = true;
        let (here, position) = (&self.campus, campus.position());
        self.listeners.retain(|_, listener| {
            if !listener.hears_of_duress {
                return true;
            }
            let put = duress_cards(campus, listener.client.as_ref());
            let gone = before.iter().filter(|card| !self.duress.contains(card));
            let gone = gone.map(Card::key).collect();
            event_frames(here, position, put, gone)
                .into_iter()
                .all(|frame| listener.outlet.send(frame))
        });
    }

    fn send_to(&mut self, index: usize, frames: &[Utf8Bytes]) {
        self.listeners.retain(|_, listener| {
            told_index(listener.audience) != index
                || frames
                    .iter()
                    .all(|frame| listener.outlet.send(frame.clone()))
        });
    }

    /// A frame to everybody of an audience.
    pub fn broadcast(&mut self, audience: Audience, frame: &ServerFrame) {
        if let Some(frame) = encode(frame) {
            self.send_to(told_index(audience), &[frame]);
        }
    }

    /// A frame to one listener.
    pub fn tell(&mut self, id: SessionId, frame: &ServerFrame) {
        self.tell_all(&[id], frame);
    }

    /// The same frame to some listeners.
    pub fn tell_all(&mut self, ids: &[SessionId], frame: &ServerFrame) {
        let Some(frame) = encode(frame) else { return };
        for id in ids {
            let listener = self.listeners.get(id);
            if listener.is_some_and(|listener| !listener.outlet.send(frame.clone())) {
                self.listeners.remove(id);
            }
        }
    }

    /// Somebody begins to follow: what they missed, or everything.
    pub fn follow(
        &mut self,
        id: SessionId,
        listener: Listener,
        resume: &Resume,
        campus: &Campus,
        site: &Site,
    ) {
        let told = &mut self.told[told_index(listener.audience)];
        let in_ring = !(listener.hears_of_duress && self.was_duress);
        let mut frames = match resume
            .after
            .filter(|_| in_ring)
            .and_then(|after| told.missed(after, campus.position()))
        {
            Some(missed) => missed,
            None => told.snapshot(&self.campus, campus.position()),
        };
        let own = listener
            .room
            .as_ref()
            .and_then(|room| own_room(campus, site, room));
        if let (Some(room), Some(card)) = (&listener.room, &own) {
            self.own_rooms.insert(room.clone(), card.clone());
        }
        let mut extra = told.beside(resume, campus, own);
        if listener.hears_of_duress {
            extra.extend(duress_cards(campus, listener.client.as_ref()));
        }
        let lifted = lifted(&extra, &Cards::new(), &told.cards);
        let position = campus.position();
        frames.extend(event_frames(&self.campus, position, extra, lifted));
        if frames.into_iter().all(|frame| listener.outlet.send(frame)) {
            self.listeners.insert(id, listener);
            if resume.after > Some(position) {
                self.ahead.insert(id, resume.clone());
            }
        }
    }

    /// Somebody begins to follow a campus of which nothing is known yet: they are shown nothing.
    pub fn wait(&mut self, id: SessionId, listener: Listener) {
        self.waiting.insert(id, listener);
    }

    /// Something is known now: those who waited are shown all of it.
    pub fn show_waiting(&mut self, campus: &Campus, site: &Site, extras: &Extras) {
        if self.waiting.is_empty() {
            return;
        }
        self.publish(campus, site, extras);
        for (id, listener) in std::mem::take(&mut self.waiting) {
            self.follow(id, listener, &Resume::default(), campus, site);
        }
    }

    /// Somebody is gone.
    pub fn leave(&mut self, id: SessionId) -> bool {
        self.ahead.remove(&id);
        self.waiting.remove(&id).is_some() || self.listeners.remove(&id).is_some()
    }

    /// Everybody is told to come back elsewhere or later.
    pub fn close(&mut self, close: Close) {
        for listener in self.listeners.values().chain(self.waiting.values()) {
            listener.outlet.close(close);
        }
        self.listeners.clear();
        self.waiting.clear();
        self.ahead.clear();
    }
}

impl Told {
    fn keep(&mut self, position: Position, frame: Utf8Bytes) {
        self.ring.push_back((position, frame));
        if self.ring.len() > RING_FRAMES
            && let Some((position, _)) = self.ring.pop_front()
        {
            self.ring_from = position;
        }
    }

    /// The frames after a position, if they are all still here and few enough to hand over.
    /// What came at the position itself may or may not have been seen: putting a card twice
    /// does no harm.
    fn missed(&self, after: Position, now: Position) -> Option<Vec<Utf8Bytes>> {
        let kept = after.epoch == now.epoch && after > self.ring_from && after <= now;
        let missed: Vec<Utf8Bytes> = self
            .ring
            .iter()
            .filter(|(position, _)| kept && *position >= after)
            .map(|(_, frame)| frame.clone())
            .collect();
        (kept && missed.len() <= OUTLET_FRAMES / 2).then_some(missed)
    }

    fn snapshot(&mut self, campus: &CampusId, position: Position) -> Vec<Utf8Bytes> {
        if let Some((at, frames)) = &self.snapshot
            && *at == position
        {
            return frames.clone();
        }
        let chunks = chunks(self.cards.values().cloned().collect());
        let parts = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        let frames: Vec<Utf8Bytes> = chunks
            .into_iter()
            .zip(1..)
            .filter_map(|(cards, part)| {
                encode(&ServerFrame::Snapshot {
                    campus: campus.clone(),
                    position,
                    part,
                    parts,
                    cards,
                })
            })
            .collect();
        self.snapshot = Some((position, frames.clone()));
        frames
    }

    /// Beside the position: what is not recorded yet, the headline, the client's own room, and
    /// the proof that what it shows was lifted (R3).
    fn beside(&self, resume: &Resume, campus: &Campus, own: Option<Card>) -> Vec<Card> {
        let unrecorded = campus.unrecorded();
        let mut cards: Vec<Card> = self
            .cards
            .values()
            .filter(|card| {
                matches!(card, Card::Posture(_))
                    || card
                        .item()
                        .is_some_and(|item| unrecorded.contains(&item.id))
            })
            .cloned()
            .collect();
        cards.extend(campus.covers_of(&resume.shows));
        cards.extend(own);
        cards
    }
}

/// What covers that are put name, and is neither shown nor was it: another instance may have shown
/// it, to somebody who follows here now. It goes with its cover (R3).
fn lifted(put: &[Card], before: &Cards, now: &Cards) -> Vec<String> {
    let covers = put.iter().filter_map(Card::as_cover);
    let named = covers.flat_map(|cover| cover.names.iter().copied());
    let keys: BTreeSet<String> = named.map(item_key).collect();
    keys.into_iter()
        .filter(|key| !before.contains_key(key) && !now.contains_key(key))
        .collect()
}

fn told_index(audience: Audience) -> usize {
    match audience {
        Audience::Room => 0,
        Audience::Staff => 1,
        Audience::Responder | Audience::District => 2,
    }
}

/// A frame as shared bytes. A frame that cannot be encoded is a bug; it is logged and left out.
#[must_use]
pub fn encode(frame: &ServerFrame) -> Option<Utf8Bytes> {
    match serde_json::to_string(frame) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "a frame could not be encoded");
            None
        }
    }
}

/// One event as one frame, or as several where one is too small.
///
/// What is put comes before what is dropped, so that a cover is there before what it lifts goes.
fn event_frames(
    campus: &CampusId,
    position: Position,
    put: Vec<Card>,
    drop: Vec<String>,
) -> Vec<Utf8Bytes> {
    let mut frames: Vec<ServerFrame> = chunks(put)
        .into_iter()
        .map(|put| ServerFrame::Event {
            campus: campus.clone(),
            position,
            put,
            drop: Vec::new(),
        })
        .collect();
    for keys in drop.chunks(1_000) {
        let keys = keys.to_vec();
        match frames.last_mut() {
            Some(ServerFrame::Event { drop, .. }) if drop.is_empty() && keys.len() < 100 => {
                *drop = keys;
            }
            Some(_) | None => frames.push(ServerFrame::Event {
                campus: campus.clone(),
                position,
                put: Vec::new(),
                drop: keys,
            }),
        }
    }
    frames.iter().filter_map(encode).collect()
}

/// Cards in groups that each fit a frame. At least one group, so that an empty view is said.
fn chunks(cards: Vec<Card>) -> Vec<Vec<Card>> {
    let mut groups: Vec<Vec<Card>> = Vec::new();
    let mut group = Vec::new();
    let mut bytes = 0;
    for card in cards {
        let size = serde_json::to_string(&card).map_or(0, |text| text.len() + 1);
        if bytes + size > CARDS_BYTES && !group.is_empty() {
            groups.push(std::mem::take(&mut group));
            bytes = 0;
        }
        bytes += size;
        group.push(card);
    }
    if !group.is_empty() || groups.is_empty() {
        groups.push(group);
    }
    groups
}

/// What a pulse tells an audience.
#[must_use]
pub fn pulse(
    campus: &CampusId,
    at: Timestamp,
    position: Position,
    concerns: u64,
    head: Option<String>,
    degraded: bool,
) -> ServerFrame {
    ServerFrame::Pulse {
        campus: campus.clone(),
        at,
        position,
        concerns,
        head,
        degraded,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn r4_a_listener_that_reads_nothing_is_let_go_and_costs_nobody_else() {
        let mut hub = Hub::new(CampusId::new("north").unwrap());
        let (stalled, stalled_inlet) = outlet();
        let (reading, mut reading_inlet) = outlet();
        for (id, outlet) in [(1, stalled), (2, reading)] {
            let listener = Listener {
                audience: Audience::Room,
                client: None,
                person: None,
                room: None,
                hears_of_duress: false,
                outlet,
            };
            hub.listeners.insert(id, listener);
        }
        let position = Position::START;
        let campus = CampusId::new("north").unwrap();
        for seq in 0..=OUTLET_FRAMES as u64 {
            let frame = pulse(&campus, Timestamp::UNIX_EPOCH, position, seq, None, false);
            hub.broadcast(Audience::Room, &frame);
            let got = reading_inlet.frames.try_recv().unwrap();
            assert!(got.contains(&format!("\"concerns\":{seq}")), "{got}");
        }
        assert_eq!(stalled_inlet.closed_as(), Some(Close::Slow));
        assert_eq!(reading_inlet.closed_as(), None);
        assert_eq!(hub.len(), 1);
    }
}
