//! What people do about a threat: sightings, lines, duties, contact, the lead. Notes and
//! alarms of them are refused for nothing but a name that nothing has (P2, C4).

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::contact::{PictureKind, permitted_pair};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{FactId, PersonId, RoomId};
use lockstep_proto::posture::Level;
use lockstep_proto::role::Role;
use lockstep_proto::text::Text;

use super::{Asked, bounded};
use crate::duty::asks;

/// Hexadecimal digits of a SHA-256.
const SHA256_HEX: usize = 64;

impl Asked<'_> {
    /// C5. The upload itself was over HTTP; here it becomes known which sighting it shows. Who
    /// saw it says what it looked like: another's picture comes with a sighting of their own.
    pub(super) fn attach_picture(
        &self,
        to: FactId,
        sha256: &Text,
        kind: PictureKind,
        bytes: u32,
    ) -> Result<Fact, Refusal> {
        let hex = sha256.as_str();
        let sane = hex.len() == SHA256_HEX && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let by = self.campus.sighting_by(to).filter(|_| sane);
        let by = by.ok_or_else(|| Refusal::new(Code::UnknownThing).about([to]))?;
        if by.principal != self.actor.author.principal {
            return Err(Code::NotYours.into());
        }
        Ok(Fact::PictureAttached {
            to,
            sha256: sha256.into(),
            kind,
            bytes,
        })
    }

    /// I4: only in an incident, a drill being none. One that is shown and not recorded yet is one.
    pub(super) fn open_roster(&self, room: Option<&RoomId>) -> Result<Fact, Refusal> {
        if self.campus.incident.is_none() && self.campus.open.is_empty() {
            return Err(Code::NoIncident.into());
        }
        let room = room.map(|room| self.room_or_own(Some(room))).transpose()?;
        Ok(Fact::RosterOpened {
            room: room.flatten(),
        })
    }

    pub(super) fn escalation(&self, id: FactId) -> Result<FactId, Refusal> {
        if self.campus.escalations.knows(id) {
            Ok(id)
        } else {
            Err(Refusal::new(Code::UnknownThing).about([id]))
        }
    }

    /// A duty that is open, or was: what happened is recordable also when it comes late (C4).
    pub(super) fn known_duty(&self, id: FactId) -> Result<FactId, Refusal> {
        let open = self.campus.open_duty(id, self.site, self.now.at);
        if open.is_some() || self.campus.duty_was_open(id) {
            Ok(id)
        } else {
            Err(Refusal::new(Code::UnknownThing).about([id]))
        }
    }

    /// Only those whom a duty asks have it in hand, or say why it is not done (E3, E4).
    pub(super) fn asked_of_them(&self, id: FactId) -> Result<FactId, Refusal> {
        let open = self.campus.open_duty(id, self.site, self.now.at);
        if open.is_some_and(|duty| !asks(duty.kind).contains(&self.actor.author.role)) {
            return Err(Code::NotAllowed.into());
        }
        self.known_duty(id)
    }

    /// C3: each of the two says it, and names the other.
    pub(super) fn judge_contact_safe(
        &self,
        raise: FactId,
        with: &PersonId,
    ) -> Result<Fact, Refusal> {
        self.about_a_threat(raise)?;
        let other = self.reachable(with)?;
        let same = self.actor.person() == Some(with);
        if same || !permitted_pair(self.actor.author.role, other) {
            return Err(Refusal::new(Code::PairNotPermitted).about([with]));
        }
        Ok(Fact::ContactJudgedSafe {
            raise,
            with: with.clone(),
        })
    }

    /// C3: either of the two may, at any time.
    pub(super) fn withdraw_contact(&self, raise: FactId) -> Result<Fact, Refusal> {
        self.about_a_threat(raise)?;
        Ok(Fact::ContactWithdrawn { raise })
    }

    /// An open raise or threat. A release is no threat.
    fn about_a_threat(&self, raise: FactId) -> Result<(), Refusal> {
        let item = self.campus.open.get(&raise);
        let threat = item.filter(|item| item.level != Level::Released);
        threat
            .map(|_| ())
            .ok_or_else(|| Refusal::new(Code::UnknownThing).about([raise]))
    }

    /// C4: never refused to keep the log tidy; marked where it broke C3.
    pub(super) fn record_contact(
        &self,
        raise: Option<FactId>,
        by: &[PersonId],
        what: &Text,
    ) -> Result<Fact, Refusal> {
        bounded(by)?;
        let mut people: Vec<PersonId> = by.to_vec();
        if people.is_empty() {
            people.extend(self.actor.person().cloned());
        }
        people.sort_unstable();
        people.dedup();
        let roles: Vec<(PersonId, Role)> = people
            .iter()
            .map(|person| (person.clone(), self.role_of(person)))
            .collect();
        Ok(Fact::ContactMade {
            raise,
            off_protocol: self.campus.breaches(raise, &roles, self.now.at),
            by: people,
            what: what.into(),
        })
    }

    /// Whoever the directory does not ask for anything is staff, as far as contact goes.
    fn role_of(&self, person: &PersonId) -> Role {
        if self.actor.person() == Some(person) {
            return self.actor.author.role;
        }
        self.reachable(person).unwrap_or(Role::Staff)
    }

    fn reachable(&self, person: &PersonId) -> Result<Role, Refusal> {
        let known = self.site.people.get(person);
        known
            .map(|known| known.role)
            .ok_or_else(|| Refusal::new(Code::UnknownThing).about([person]))
    }

    pub(super) fn offer_lead(&self, to: &PersonId) -> Result<Fact, Refusal> {
        self.reachable(to)?;
        Ok(Fact::LeadOffered { to: to.clone() })
    }

    /// C7: the lead changes hands when its taker says so.
    pub(super) fn take_lead(&self, offer: FactId) -> Result<Fact, Refusal> {
        let offered = self
            .campus
            .leads
            .standing_offer(offer)
            .ok_or_else(|| Refusal::new(Code::UnknownThing).about([offer]))?;
        if self.actor.person() != Some(&offered.to) {
            return Err(Code::NotYours.into());
        }
        Ok(Fact::LeadTaken { offer })
    }
}
