//! Contact with a person who is a threat: never alone (C3), and always recordable (C4).

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::contact::{Breach, permitted_pair};
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{FactId, PersonId, Principal};
use lockstep_proto::role::Role;
use lockstep_proto::view::{Card, ContactCard, Judged};

use crate::campus::{Campus, Order};
use crate::cards::who;

/// Judgements that are kept.
const KEPT: usize = 512;

/// Who judges contact with what safe, together with whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contacts {
    judged: BTreeMap<(FactId, PersonId), Judgement>,
}

/// A person's last word on one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judgement {
    order: Order,
    by: Author,
    /// Together with whom; none once it is withdrawn.
    with: Option<PersonId>,
}

impl Contacts {
    /// Folds in a judgement or its withdrawal.
    pub(crate) fn take(&mut self, stamped: &Stamped, order: Order) {
        let (raise, with) = if let Fact::ContactJudgedSafe { raise, with } = &stamped.fact {
            (*raise, Some(with.clone()))
        } else if let Fact::ContactWithdrawn { raise } = &stamped.fact {
            (*raise, None)
        } else {
            return;
        };
        let Principal::Person(person) = &stamped.by.principal else {
            return;
        };
        let key = (raise, person.clone());
        let newer = self
            .judged
            .get(&key)
            .is_none_or(|last| last.order.id == order.id || last.order < order);
        if newer {
            let by = stamped.by.clone();
            self.judged.insert(key, Judgement { order, by, with });
        }
        while self.judged.len() > KEPT {
            self.judged.pop_first();
        }
    }

    /// With the incident goes what the journal has.
    pub(crate) fn close(&mut self) {
        self.judged.retain(|_, last| last.order.seq == u64::MAX);
    }

    /// Those who judge contact with this safe now.
    fn standing(&self, raise: FactId) -> impl Iterator<Item = (&PersonId, &Judgement, &PersonId)> {
        self.judged
            .iter()
            .filter(move |((of, _), _)| *of == raise)
            .filter_map(|((_, person), last)| Some((person, last, last.with.as_ref()?)))
    }

    /// Two of a permitted pair name each other.
    fn pairs(&self, raise: FactId) -> BTreeSet<(&PersonId, &PersonId)> {
        let standing: Vec<_> = self.standing(raise).collect();
        let mut pairs = BTreeSet::new();
        for (one, judgement, with) in &standing {
            for (other, others, back) in &standing {
                let mutual = *with == *other && *back == *one && one < other;
                if mutual && permitted_pair(judgement.by.role, others.by.role) {
                    pairs.insert((*one, *other));
                }
            }
        }
        pairs
    }
}

impl Campus {
    /// An SRO is recorded as here (C2, C3). Unknown is never here.
    #[must_use]
    pub fn sro_here(&self, now: Timestamp) -> bool {
        self.here(now).any(|(_, by)| by.role == Role::Sro)
    }

    /// What a contact by these people broke (C3). The rules bind the school's own: officers of
    /// other agencies act under their agency.
    pub(crate) fn breaches(
        &self,
        raise: Option<FactId>,
        by: &[(PersonId, Role)],
        now: Timestamp,
    ) -> Vec<Breach> {
        if by.iter().any(|(_, role)| *role == Role::Officer) {
            return Vec::new();
        }
        let mut breaches = Vec::new();
        if by.len() < 2 {
            breaches.push(Breach::Alone);
        } else if !by
            .iter()
            .any(|(_, one)| by.iter().any(|(_, other)| permitted_pair(*one, *other)))
        {
            breaches.push(Breach::Pair);
        }
        let went = |person: &PersonId| by.iter().any(|(one, _)| one == person);
        let judged = raise.is_some_and(|raise| {
            self.contacts
                .pairs(raise)
                .iter()
                .any(|(one, other)| went(one) && went(other))
        });
        if !judged {
            breaches.push(Breach::NotJudgedSafe);
        }
        if !self.sro_here(now) {
            breaches.push(Breach::NoSroHere);
        }
        breaches
    }

    /// One card for each raise or threat that somebody judges a contact with.
    pub(crate) fn contact_cards(&self, now: Timestamp) -> Vec<Card> {
        let raises: BTreeSet<FactId> = self.contacts.judged.keys().map(|(of, _)| *of).collect();
        let sro_here = self.sro_here(now);
        raises
            .into_iter()
            .filter(|raise| self.open.contains_key(raise))
            .map(|raise| {
                let judged = self
                    .contacts
                    .standing(raise)
                    .map(|(person, judgement, with)| Judged {
                        person: person.clone(),
                        who: who(&judgement.by),
                        with: with.clone(),
                        at: judgement.order.at,
                    });
                Card::Contact(ContactCard {
                    raise,
                    judged: judged.collect(),
                    stands: sro_here && !self.contacts.pairs(raise).is_empty(),
                    sro_here,
                })
            })
            .collect()
    }
}
