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
    /// When each person last left: what was handed to them before is theirs no more, also once
    /// they are back.
    left: BTreeMap<PersonId, Order>,
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

    /// Folds in that somebody left.
    pub(crate) fn leave(&mut self, person: &PersonId, order: Order) {
        let last = self.left.entry(person.clone()).or_insert(order);
        if last.id == order.id || *last < order {
            *last = order;
        }
    }

    /// An offer that nobody took and no later hand-over has overtaken.
    pub(crate) fn standing_offer(&self, id: FactId) -> Option<&Offered> {
        self.offers.get(&id).filter(|offer| self.stands(offer))
    }

    fn stands(&self, offer: &Offered) -> bool {
        self.taken
            .as_ref()
            .is_none_or(|taken| offer.order > taken.order)
    }

    /// Who took it last, unless they left since.
    fn taker(&self) -> Option<&Taken> {
        self.taken.as_ref().filter(|taken| {
            let left = self.left.get(&taken.person);
            left.is_none_or(|left| *left < taken.order)
        })
    }

    /// With the incident goes what the journal has.
    pub(crate) fn close(&mut self) {
        self.offers.retain(|_, offer| offer.order.seq == u64::MAX);
        self.left.retain(|_, left| left.seq == u64::MAX);
        self.taken = None;
    }
}

impl Campus {
    /// Who has the lead, while an incident is open.
    pub(crate) fn lead(&self, now: Timestamp) -> Option<Lead> {
        if let Some(taken) = self.leads.taker() {
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

    /// The card of the lead, while an incident is open.
    pub(crate) fn lead_card(&self, now: Timestamp) -> Option<Card> {
        if self.incident.is_none() && self.open.is_empty() {
            return None;
        }
        let offers = self
            .leads
            .offers
            .iter()
            .filter(|(_, offer)| self.leads.stands(offer))
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
