//! What people saw (C5): everybody may say it, and it reaches the SRO, SSO and administrators.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::contact::Danger;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::view::{Card, Picture, SightingCard};

use crate::campus::{Campus, Order};
use crate::cards::who;

/// Sightings that a screen is shown, the newest.
const KEPT: usize = 200;

/// How long a sighting stays on the screens while no incident is open.
const QUIET_SHOWN_S: i64 = 24 * 3_600;

/// The sightings of this incident, or of the time before one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sightings {
    seen: BTreeMap<FactId, Sighting>,
    /// Pictures by their sighting: one may come in before what it shows.
    pictures: BTreeMap<FactId, (Order, Picture)>,
}

/// One sighting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) order: Order,
    pub(crate) by: Author,
    pub(crate) danger: Danger,
    seen: String,
    place: Option<String>,
    seen_at: Option<Timestamp>,
    of: Option<FactId>,
}

impl Sightings {
    /// Folds in a sighting or its picture.
    pub(crate) fn take(&mut self, stamped: &Stamped, order: Order) {
        if let Fact::SightingReported {
            seen,
            place,
            seen_at,
            danger,
            of,
        } = &stamped.fact
        {
            let sighting = Sighting {
                order,
                by: stamped.by.clone(),
                danger: *danger,
                seen: seen.shown().to_owned(),
                place: place.as_ref().map(|place| place.shown().to_owned()),
                seen_at: *seen_at,
                of: *of,
            };
            self.seen.insert(stamped.id, sighting);
        } else if let Fact::PictureAttached {
            to,
            sha256,
            kind,
            bytes,
        } = &stamped.fact
        {
            let newer = self
                .pictures
                .get(to)
                .is_none_or(|(last, _)| last.id == order.id || *last < order);
            if newer {
                let picture = Picture {
                    sha256: sha256.shown().to_owned(),
                    kind: *kind,
                    bytes: *bytes,
                };
                self.pictures.insert(*to, (order, picture));
            }
        }
        while self.seen.len() > KEPT {
            let oldest = self.seen.iter().min_by_key(|(_, seen)| seen.order);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            self.seen.remove(&oldest);
            self.pictures.remove(&oldest);
        }
        while self.pictures.len() > 2 * KEPT {
            self.pictures.pop_first();
        }
    }

    /// Every sighting that is kept.
    pub(crate) fn all(&self) -> impl Iterator<Item = (FactId, &Sighting)> {
        self.seen.iter().map(|(id, seen)| (*id, seen))
    }

    /// The picture of that name, if a screen may show it.
    pub(crate) fn picture(&self, sha256: &str) -> Option<&Picture> {
        let shown = self.pictures.values().map(|(_, picture)| picture);
        shown.into_iter().find(|picture| picture.sha256 == sha256)
    }

    /// With the incident goes what the journal has.
    pub(crate) fn close(&mut self) {
        self.seen.retain(|_, seen| seen.order.seq == u64::MAX);
        self.pictures.retain(|_, (order, _)| order.seq == u64::MAX);
    }
}

impl Campus {
    /// Who reported a sighting, if it is one that a screen shows.
    #[must_use]
    pub fn sighting_by(&self, id: FactId) -> Option<&Author> {
        self.sightings.seen.get(&id).map(|seen| &seen.by)
    }

    /// The picture of that name, if a sighting on the screens has it.
    #[must_use]
    pub fn picture(&self, sha256: &str) -> Option<&Picture> {
        self.sightings.picture(sha256)
    }

    /// The newest sightings later than something.
    pub(crate) fn sightings_since(&self, order: Order, most: usize) -> Vec<FactId> {
        let mut since: Vec<(Order, FactId)> = self
            .sightings
            .all()
            .filter(|(_, seen)| seen.order > order)
            .map(|(id, seen)| (seen.order, id))
            .collect();
        since.sort_unstable();
        since
            .into_iter()
            .rev()
            .take(most)
            .map(|(_, id)| id)
            .collect()
    }

    /// One card a sighting. Of a quiet time, those of the last day.
    pub(crate) fn sighting_cards(&self, now: Timestamp) -> impl Iterator<Item = Card> + '_ {
        let quiet = self.incident.is_none() && self.open.is_empty();
        let since = crate::decide::later(now, -QUIET_SHOWN_S);
        let shown = move |seen: &Sighting| !quiet || seen.order.at > since;
        let all = self.sightings.all();
        all.filter(move |(_, seen)| shown(seen)).map(|(id, seen)| {
            Card::Sighting(SightingCard {
                id,
                by: who(&seen.by),
                at: seen.order.at,
                seen_at: seen.seen_at,
                seen: seen.seen.clone(),
                place: seen.place.clone(),
                danger: seen.danger,
                of: seen.of,
                picture: self
                    .sightings
                    .pictures
                    .get(&id)
                    .map(|(_, picture)| picture.clone()),
                recorded: seen.order.seq != u64::MAX,
            })
        })
    }
}
