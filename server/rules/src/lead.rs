//! Who has the lead of an incident (C7): an SRO who is here, else the administrator, until it
//! is handed over. The lead gains no rights.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{FactId, PersonId, Principal};
use lockstep_proto::role::Role;
use lockstep_proto::view::{Card, Lead, LeadCard, Offer};

use crate::apply::Recorded;
use crate::campus::{Campus, Order};
use crate::cards::who;

/// Offers that are kept.
const KEPT: usize = 64;

/// Offers of the lead, and who took it last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Leads {
    offers: BTreeMap<FactId, Offered>,
    taken: Option<Taken>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offered {
    order: Order,
    by: Author,
    pub(crate) to: PersonId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    order: Order,
    by: Author,
    person: PersonId,
}

impl Leads {
    /// Folds in an offer, or that it was taken: that counts once recorded.
    pub(crate) fn take(&mut self, stamped: &Stamped, order: Order, recorded: Option<Recorded>) {
        if let Fact::LeadOffered { to } = &stamped.fact {
            let offered = Offered {
                order,
                by: stamped.by.clone(),
                to: to.clone(),
            };
            self.offers.insert(stamped.id, offered);
            while self.offers.len() > KEPT {
                let oldest = self.offers.iter().min_by_key(|(_, offer)| offer.order);
                let Some(oldest) = oldest.map(|(id, _)| *id) else {
                    break;
                };
                self.offers.remove(&oldest);
            }
        } else if let Fact::LeadTaken { offer: _ } = &stamped.fact
            && let Principal::Person(person) = &stamped.by.principal
            && recorded.is_some()
            && self.taken.as_ref().is_none_or(|last| last.order < order)
        {
            self.taken = Some(Taken {
                order,
                by: stamped.by.clone(),
                person: person.clone(),
            });
        }
    }

    pub(crate) fn offer(&self, id: FactId) -> Option<&Offered> {
        self.offers.get(&id)
    }

    /// With the incident goes what the journal has.
    pub(crate) fn close(&mut self) {
        self.offers.retain(|_, offer| offer.order.seq == u64::MAX);
        self.taken = None;
    }
}

impl Campus {
    /// Who has the lead, while an incident is open.
    pub(crate) fn lead(&self, now: Timestamp) -> Option<Lead> {
        if let Some(taken) = &self.leads.taken
            && !self.is_away(&taken.person, taken.order)
        {
            return Some(Lead {
                person: taken.person.clone(),
                who: who(&taken.by),
                since: taken.order.at,
            });
        }
        [Role::Sro, Role::Administrator]
            .into_iter()
            .find_map(|role| {
                self.presence
                    .iter()
                    .filter(|(_, presence)| presence.by.role == role && presence.is_here(now))
                    .min_by_key(|(_, presence)| presence.order)
                    .map(|(person, presence)| Lead {
                        person: person.clone(),
                        who: who(&presence.by),
                        since: presence.order.at,
                    })
            })
    }

    /// Whether somebody left after that.
    fn is_away(&self, person: &PersonId, since: Order) -> bool {
        self.presence
            .get(person)
            .is_some_and(|presence| !presence.here && presence.order > since)
    }

    /// The card of the lead, while an incident is open.
    pub(crate) fn lead_card(&self, now: Timestamp) -> Option<Card> {
        if self.incident.is_none() && self.open.is_empty() {
            return None;
        }
        let taken = self.leads.taken.as_ref().map(|taken| taken.order);
        let offers = self
            .leads
            .offers
            .iter()
            .filter(|(_, offer)| taken.is_none_or(|taken| offer.order > taken))
            .map(|(id, offer)| Offer {
                id: *id,
                by: who(&offer.by),
                to: offer.to.clone(),
                at: offer.order.at,
            });
        Some(Card::Lead(LeadCard {
            lead: self.lead(now),
            offers: offers.collect(),
        }))
    }
}
