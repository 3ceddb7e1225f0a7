//! What a screen may show next: rule R3, as one function.
//!
//! A screen takes nothing that lowers what it shows unless a committed clear in it names
//! every item that it showed; otherwise it keeps the item, says so, and hands it back. The
//! browser's copy of this rule passes the same cases (`proto/cases/screen.json`).

use std::collections::BTreeSet;

use crate::frame::PULSE_STALE_MS;
use crate::id::FactId;
use crate::position::Position;
use crate::posture::{Level, Posture};
use crate::view::{Card, Cards, DrillCard, item_key};

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on the screen.
    Taken,
    /// It is on the screen, and items that nothing lifts were kept beside it.
    KeptHigher,
    /// It is older than what the screen shows, and was left aside.
    Older,
}

/// What one client shows of one campus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screen {
    /// How far it has come.
    pub position: Option<Position>,
    /// What it shows.
    pub cards: Cards,
    /// Items that it keeps although the server no longer offers them.
    pub held: BTreeSet<FactId>,
}

impl Screen {
    /// Takes a whole snapshot. An older one never overwrites a newer.
    pub fn take_snapshot(&mut self, position: Position, cards: Vec<Card>) -> Taken {
        if self.position.is_some_and(|shown| position < shown) {
            return Taken::Older;
        }
        let mut next: Cards = cards.into_iter().map(|card| (card.key(), card)).collect();
        let dropped: Vec<Card> = std::mem::take(&mut self.cards)
            .into_iter()
            .filter(|(key, _)| !next.contains_key(key))
            .map(|(_, card)| card)
            .collect();
        std::mem::swap(&mut self.cards, &mut next);
        self.position = Some(position);
        let offered: BTreeSet<FactId> = self.items().map(|item| item.id).collect();
        self.held.retain(|id| !offered.contains(id));
        self.keep_what_nothing_lifts(dropped)
    }

    /// Takes a change. An older one never overwrites a newer, and a change is no whole view: of
    /// an older one, and of one that comes before any snapshot, only what no position speaks for
    /// is taken, raises that are not recorded yet.
    pub fn take_event(&mut self, position: Position, put: Vec<Card>, drop: &[String]) -> Taken {
        if self.position.is_none_or(|shown| position < shown) {
            return self.add_unrecorded(put);
        }
        for card in put {
            // What the server offers again is held against nobody.
            if let Some(item) = card.item() {
                self.held.remove(&item.id);
            }
            self.cards.insert(card.key(), card);
        }
        let dropped = drop
            .iter()
            .filter_map(|key| self.cards.remove(key))
            .collect();
        self.position = Some(position);
        self.keep_what_nothing_lifts(dropped)
    }

    /// From an instance that is behind: what stands in no journal yet is not old, however far
    /// that instance has come, and no clear can have named it. What the screen knows stays.
    fn add_unrecorded(&mut self, put: Vec<Card>) -> Taken {
        let covered = self.covered();
        let mut added = false;
        for card in put {
            let new = card.item().is_some_and(|item| !covered.contains(&item.id))
                && !self.cards.contains_key(&card.key());
            if new && card.is_unrecorded() {
                self.cards.insert(card.key(), card);
                added = true;
            }
        }
        if added { self.taken() } else { Taken::Older }
    }

    fn taken(&self) -> Taken {
        if self.held.is_empty() {
            Taken::Taken
        } else {
            Taken::KeptHigher
        }
    }

    /// The items that the covers on the screen name.
    fn covered(&self) -> BTreeSet<FactId> {
        self.cards
            .values()
            .filter_map(Card::as_cover)
            .flat_map(|cover| cover.names.iter().copied())
            .collect()
    }

    /// The releases whose clear is in no journal any more: it was dropped with them, and all that
    /// it had lifted is open again, so that the screen comes no lower without them.
    fn taken_back(&self, dropped: &[Card]) -> BTreeSet<FactId> {
        let open: BTreeSet<FactId> = self.shows().into_iter().collect();
        let covers = dropped.iter().filter_map(Card::as_cover);
        let undone = covers.filter(|cover| {
            !cover.names.is_empty() && cover.names.iter().all(|id| open.contains(id))
        });
        undone.map(|cover| cover.id).collect()
    }

    /// Puts back every dropped item that no cover on the screen names.
    fn keep_what_nothing_lifts(&mut self, dropped: Vec<Card>) -> Taken {
        let covered = self.covered();
        let taken_back = self.taken_back(&dropped);
        for card in dropped {
            if let Some(item) = card.item()
                && !covered.contains(&item.id)
                && !taken_back.contains(&item.id)
            {
                self.held.insert(item.id);
                self.cards.insert(card.key(), card);
            }
        }
        // What was held and is covered now goes.
        let lifted: Vec<FactId> = self.held.intersection(&covered).copied().collect();
        for id in lifted {
            self.held.remove(&id);
            self.cards.remove(&item_key(id));
        }
        self.taken()
    }

    /// What the screen shows as the posture: the maximum over its items, held ones included.
    #[must_use]
    pub fn posture(&self) -> Posture {
        match self.items().map(|item| item.level).max() {
            Some(Level::LockDown) => Posture::LockDown,
            Some(Level::ControlledMovement) => Posture::ControlledMovement,
            Some(Level::Released) => self.released_as(),
            Some(Level::Checking) | None => Posture::Normal,
        }
    }

    /// "Threat reported, being checked": while it holds, no screen reads `normal` (A2).
    #[must_use]
    pub fn checking(&self) -> bool {
        self.items().any(|item| item.level == Level::Checking)
    }

    /// The drill that the screen may show: none from the first real item on, also where the
    /// server has not said so yet (D2). A release that nobody resumed from is real as well.
    #[must_use]
    pub fn drill(&self) -> Option<&DrillCard> {
        if self.items().next().is_some() {
            return None;
        }
        self.cards.values().find_map(Card::as_drill)
    }

    /// The newest open release gives the words.
    fn released_as(&self) -> Posture {
        self.cards
            .values()
            .filter_map(Card::as_release)
            .max_by_key(|release| release.seq)
            .map_or(Posture::Normal, |release| release.kind)
    }

    /// The open items on the screen.
    pub fn items(&self) -> impl Iterator<Item = crate::view::Item> + '_ {
        self.cards.values().filter_map(Card::item)
    }

    /// The posture raises that a clear from this screen would name.
    #[must_use]
    pub fn open_raises(&self) -> Vec<FactId> {
        self.items()
            .filter(|item| item.level >= Level::ControlledMovement)
            .map(|item| item.id)
            .collect()
    }

    /// The releases that a resume from this screen would name.
    #[must_use]
    pub fn open_releases(&self) -> Vec<FactId> {
        self.items()
            .filter(|item| item.level == Level::Released)
            .map(|item| item.id)
            .collect()
    }

    /// What a `subscribe` hands back: every item shown.
    #[must_use]
    pub fn shows(&self) -> Vec<FactId> {
        self.items().map(|item| item.id).collect()
    }

    /// The sealed raises to hand back, those that are held first.
    #[must_use]
    pub fn sealed(&self) -> Vec<String> {
        let mut sealed: Vec<(bool, &str)> = self
            .cards
            .values()
            .filter_map(|card| Some((card.item()?.id, card.seal()?)))
            .map(|(id, seal)| (!self.held.contains(&id), seal))
            .collect();
        sealed.sort_by_key(|(offered, _)| *offered);
        sealed
            .into_iter()
            .map(|(_, seal)| seal.to_owned())
            .collect()
    }

    /// Whether the screen can vouch for what it shows (R2): a fresh pulse, everything that
    /// concerns it applied, and nothing held against the server's word.
    #[must_use]
    pub fn reliable(&self, pulse: Option<Pulse>, pulse_age_ms: u64) -> bool {
        let (Some(pulse), Some(position)) = (pulse, self.position) else {
            return false;
        };
        pulse_age_ms <= PULSE_STALE_MS
            && position.epoch == pulse.position.epoch
            && position.seq >= pulse.concerns
            && self.held.is_empty()
    }
}

/// What a screen keeps of the newest pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// The newest position of the campus.
    pub position: Position,
    /// The last sequence that concerns this audience.
    pub concerns: u64,
}
