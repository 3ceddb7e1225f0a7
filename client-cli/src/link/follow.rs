//! What a link knows of each campus: the screen by R3, the newest pulse, and whether the two can be
//! relied on (R2). No I/O; time comes in as an argument.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::frame::{CAMPUSES_MAX, FRAME_MAX, SEALED_MAX, ServerFrame, Subscription};
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::screen::{Pulse, Screen, Taken};
use lockstep_proto::view::Card;
use tokio::time::Instant;

use super::{Connection, Heard, Welcome};

/// The most parts of one snapshot.
const PARTS_MAX: u32 = 256;

/// What one `subscribe` may hold, so that the frame stays below its limit whatever is shown.
const SUBSCRIBE_BYTES: usize = FRAME_MAX - 4 * 1024;

/// A fact's id in a frame: 36 letters, quotes, comma.
const ID_BYTES: usize = 39;

/// How far a screen can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It can.
    Good,
    /// Nothing has come in yet.
    Never,
    /// No pulse for over five seconds.
    NotConnected {
        /// When the last one was heard.
        since: Timestamp,
    },
    /// Pulses come in, and something that concerns this screen has not.
    Behind {
        /// The last pulse.
        since: Timestamp,
    },
    /// It keeps items that the server no longer shows and no committed clear names (R3).
    Held,
}

impl Trust {
    /// Whether `Normal` may be shown (invariant 9).
    #[must_use]
    pub fn is_good(self) -> bool {
        self == Self::Good
    }
}

/// Whether a card is something whose reach is counted: what is open, and a drill (R1, D5).
fn alerts(card: &Card) -> bool {
    card.item().is_some() || card.as_drill().is_some()
}

/// One campus as it is followed.
#[derive(Debug, Clone, Default)]
pub struct Follow {
    /// What is shown.
    pub screen: Screen,
    /// The newest pulse, and when it was heard.
    pub pulse: Option<(Pulse, Heard)>,
    /// The newest signed head.
    pub head: Option<String>,
    /// The journal cannot be written.
    pub degraded: bool,
    /// Since when pulses have said that something is missing here.
    behind_since: Option<Heard>,
    parts: Option<Parts>,
}

#[derive(Debug, Clone)]
struct Parts {
    position: Position,
    parts: u32,
    next: u32,
    cards: Vec<Card>,
}

/// What a frame did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Nothing to show.
    Nothing,
    /// The screen changed.
    Changed,
    /// The screen changed, and there is something new to confirm (R1).
    Alerted,
    /// Something is missing or held: subscribe again, so that it is sent or answered.
    Amiss,
}

impl Follow {
    /// How far this screen can be relied on now (R2).
    #[must_use]
    pub fn trust(&self, now: Instant) -> Trust {
        let Some((pulse, heard)) = self.pulse else {
            return Trust::Never;
        };
        let age_ms =
            u64::try_from(now.saturating_duration_since(heard.at).as_millis()).unwrap_or(u64::MAX);
        if self.screen.reliable(Some(pulse), age_ms) {
            Trust::Good
        } else if age_ms > lockstep_proto::frame::PULSE_STALE_MS {
            Trust::NotConnected { since: heard.clock }
        } else if !self.screen.held.is_empty() {
            Trust::Held
        } else {
            Trust::Behind {
                since: self.behind_since.unwrap_or(heard).clock,
            }
        }
    }

    fn take_part(&mut self, position: Position, part: u32, parts: u32, cards: Vec<Card>) -> Did {
        if part == 1 && (1..=PARTS_MAX).contains(&parts) {
            self.parts = Some(Parts {
                position,
                parts,
                next: 1,
                cards: Vec::new(),
            });
        }
        let Some(mut whole) = self.parts.take() else {
            return Did::Amiss;
        };
        if (whole.position, whole.parts, whole.next) != (position, parts, part) {
            return Did::Amiss;
        }
        whole.cards.extend(cards);
        whole.next += 1;
        if whole.next <= whole.parts {
            self.parts = Some(whole);
            return Did::Nothing;
        }
        let alerts = whole.cards.iter().any(alerts);
        let taken = self.screen.take_snapshot(whole.position, whole.cards);
        self.after(taken, alerts, false)
    }

    /// A snapshot that still holds something was already answered: asking again at once would loop.
    fn after(&mut self, taken: Taken, alerts: bool, may_ask: bool) -> Did {
        match taken {
            Taken::Older => Did::Nothing,
            Taken::KeptHigher if may_ask => Did::Amiss,
            Taken::Taken | Taken::KeptHigher if alerts => Did::Alerted,
            Taken::Taken | Taken::KeptHigher => Did::Changed,
        }
    }

    fn take_pulse(&mut self, pulse: Pulse, heard: Heard) -> Did {
        let behind = self.screen.position.is_none_or(|position| {
            position.epoch != pulse.position.epoch || position.seq < pulse.concerns
        });
        let was_behind = self.behind_since;
        self.behind_since = behind.then(|| was_behind.unwrap_or(heard));
        self.pulse = Some((pulse, heard));
        // What a pulse overtook is on its way; what the next pulse still misses is not.
        if behind && was_behind.is_some() && self.parts.is_none() {
            Did::Amiss
        } else {
            Did::Changed
        }
    }
}

/// Everything that a link knows.
#[derive(Debug, Clone)]
pub struct LinkState {
    /// How the link stands.
    pub connection: Connection,
    /// Since when there is a link at all.
    pub started: Timestamp,
    /// Who this is, once a server said so.
    pub welcome: Option<Welcome>,
    /// The campuses that are followed.
    pub campuses: BTreeMap<CampusId, Follow>,
}

impl LinkState {
    /// Before the first connection.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            connection: Connection::Trying {
                why: "connecting".to_owned(),
            },
            started: now,
            welcome: None,
            campuses: BTreeMap::new(),
        }
    }

    /// Takes a frame about a campus.
    pub(super) fn take(&mut self, frame: ServerFrame, heard: Heard) -> Option<(CampusId, Did)> {
        match frame {
            ServerFrame::Snapshot {
                campus,
                position,
                part,
                parts,
                cards,
            } => {
                let follow = self.campuses.get_mut(&campus)?;
                let did = follow.take_part(position, part, parts, cards);
                Some((campus, did))
            }
            ServerFrame::Event {
                campus,
                position,
                put,
                drop,
            } => {
                let follow = self.campuses.get_mut(&campus)?;
                let alerts = put.iter().any(alerts);
                let held_before = follow.screen.held.len();
                let taken = follow.screen.take_event(position, put, &drop);
                let newly_held = follow.screen.held.len() > held_before;
                let did = follow.after(taken, alerts, newly_held);
                Some((campus, did))
            }
            ServerFrame::Pulse {
                campus,
                position,
                concerns,
                head,
                degraded,
                ..
            } => {
                let follow = self.campuses.get_mut(&campus)?;
                follow.degraded = degraded;
                if head.is_some() {
                    follow.head = head;
                }
                let did = follow.take_pulse(Pulse { position, concerns }, heard);
                Some((campus, did))
            }
            ServerFrame::Welcome { .. }
            | ServerFrame::Accepted(_)
            | ServerFrame::Refused { .. }
            | ServerFrame::InDoubt { .. }
            | ServerFrame::ReceiptKept { .. }
            | ServerFrame::Bye { .. } => None,
        }
    }

    /// Takes who this is now. In another role or room what every screen has come to is another
    /// view's: each is to be had whole, and keeps until then what it shows (R3).
    pub(super) fn welcomed(&mut self, welcome: Welcome) {
        let before = self.welcome.as_ref();
        if before.is_some_and(|before| before.you != welcome.you) {
            for follow in self.campuses.values_mut() {
                follow.screen.position = None;
            }
        }
        self.welcome = Some(welcome);
    }

    /// Sets what is followed; what was followed before keeps its screen (R3).
    pub(super) fn follow(&mut self, campuses: impl IntoIterator<Item = CampusId>) {
        let wanted: BTreeSet<CampusId> = campuses.into_iter().take(CAMPUSES_MAX).collect();
        self.campuses.retain(|campus, _| wanted.contains(campus));
        for campus in wanted {
            self.campuses.entry(campus).or_default();
        }
    }

    /// What `subscribe` says: position, what is shown, and the sealed raises, worst first.
    pub(super) fn subscriptions(&mut self) -> Vec<Subscription> {
        let mut left = SUBSCRIBE_BYTES;
        let count = self.campuses.len().max(1);
        let mut subscriptions = Vec::new();
        for (index, (campus, follow)) in self.campuses.iter_mut().enumerate() {
            // A half snapshot of the connection before is worth nothing.
            follow.parts = None;
            // Each campus may use what those before it left over.
            let share = left / (count - index).max(1);
            let subscription = subscription(campus, &follow.screen, share);
            left = left.saturating_sub(bytes(&subscription));
            subscriptions.push(subscription);
        }
        subscriptions
    }
}

fn subscription(campus: &CampusId, screen: &Screen, share: usize) -> Subscription {
    let mut left = share.saturating_sub(200);
    let mut items: Vec<_> = screen
        .items()
        .map(|item| (screen.held.contains(&item.id), item.level, item.id))
        .collect();
    items.sort_by(|a, b| b.cmp(a));
    let shows: Vec<FactId> = items
        .into_iter()
        .map(|(_, _, id)| id)
        .take_while(|_| take_bytes(&mut left, ID_BYTES))
        .collect();
    let sealed = screen
        .sealed()
        .into_iter()
        .take(SEALED_MAX)
        .take_while(|seal| take_bytes(&mut left, seal.len() + 3))
        .collect();
    Subscription {
        campus: campus.clone(),
        after: screen.position,
        shows,
        sealed,
    }
}

fn take_bytes(left: &mut usize, bytes: usize) -> bool {
    match left.checked_sub(bytes) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    }
}

fn bytes(subscription: &Subscription) -> usize {
    200 + subscription.shows.len() * ID_BYTES
        + subscription
            .sealed
            .iter()
            .map(|seal| seal.len() + 3)
            .sum::<usize>()
}
