//! The directory by hand, and sign-ins that are switched off.
//!
//! What a change comes to is worked out from the directory of the version that its author read;
//! the journal makes it where that version stands, and reads their right again there.

use lockstep_proto::Timestamp;
use lockstep_proto::by_hand::DirectoryChange;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::directory::{Campus, Directory, DirectoryAct, Person};
use lockstep_proto::http::{
    ChangedDirectory, DirectoryCampus, DirectoryDisplay, DirectoryPage, DirectoryPerson,
    DirectoryPlace, DirectoryRoom, DirectoryZone, SignIns, StandingSignIn,
};
use lockstep_proto::id::{CampusId, CredentialId, DistrictId, PersonId, Principal};
use lockstep_proto::role::Standing;
use lockstep_proto::text::Text;
use lockstep_rules::authority::{gives, may_direct};
use lockstep_rules::{Actor, Scope};

use super::direct::refusal;
use super::{
    Auth, FORGIVEN_S, Known, actor_of, direct, makes_code, serves_all, token, unavailable,
};
use crate::directory::by_hand::{self, DISPLAYS_MAX};
use crate::directory::difference;
use crate::journal::DirectoryWanted;

/// People of one page of the directory.
const PAGE_MAX: usize = 500;
/// Rooms of one campus: as many as one may have.
const ROOMS_MAX: usize = 1_000;

/// A change that somebody asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The directory's version that they read.
    pub expected: u64,
    /// What is to change.
    pub change: DirectoryChange,
    /// Why (T1).
    pub reason: Option<Text>,
    /// Say what would change, and change nothing.
    pub dry_run: bool,
}

impl Auth {
    /// The version of a district's directory that is known here.
    #[must_use]
    pub fn version(&self, district: &DistrictId) -> Option<u64> {
        self.district(district).map(|known| known.version)
    }

    /// People of the campuses that somebody answers for, and of one campus what it has besides.
    pub fn directory_page(
        &self,
        actor: &Actor,
        campus: Option<&CampusId>,
        after: Option<&PersonId>,
    ) -> Result<DirectoryPage, Refusal> {
        self.may(actor, &DirectoryAct::ReadDirectory)?;
        let known = self.district(&actor.district).ok_or(Code::NotSignedIn)?;
        let directory = &known.directory;
        let place = match campus {
            Some(id) => {
                let served = directory.campuses.get(id);
                let served = served.filter(|_| actor.scope.serves(id));
                Some(self.place(actor, directory, served.ok_or(Code::UnknownCampus)?))
            }
            None => None,
        };
        let is_after = |id: &PersonId| after.is_none_or(|after| id > after);
        let mut people = directory.people.iter().filter(|(id, person)| {
            is_after(id)
                && campus.map_or_else(
                    || is_theirs(actor, person),
                    |campus| by_hand::is_of(person, campus),
                )
        });
        let page: Vec<_> = people.by_ref().take(PAGE_MAX).collect();
        let more = people.next().is_some();
        let next = page.last().filter(|_| more).map(|(id, _)| (*id).clone());
        let told = page
            .into_iter()
            .map(|(id, person)| self.told(actor, directory, id, person));
        let own = directory.campuses.values();
        let own = own.filter(|campus| actor.scope.serves(&campus.id));
        Ok(DirectoryPage {
            version: known.version,
            may_give: gives(actor.author.role).to_vec(),
            campuses: own
                .map(|campus| DirectoryCampus {
                    id: campus.id.clone(),
                    name: campus.name.clone(),
                })
                .collect(),
            people: told.collect(),
            next,
            place,
        })
    }

    fn place(&self, actor: &Actor, directory: &Directory, campus: &Campus) -> DirectoryPlace {
        let by_hand = &directory.district.by_hand;
        let of = |id: &lockstep_proto::id::RoomId| {
            let key = (campus.id.clone(), id.clone());
            by_hand.rooms.contains(&key)
        };
        let put = DirectoryAct::PutPlace {
            campus: campus.id.clone(),
            stands: true,
        };
        let hang = directory.devices.iter();
        let hang = hang.filter(|(_, device)| device.campus == campus.id);
        let rooms = campus.rooms.iter().take(ROOMS_MAX);
        DirectoryPlace {
            may_change: self.may(&proven(actor), &put).is_ok(),
            zones: campus
                .zones
                .iter()
                .map(|(id, zone)| DirectoryZone {
                    id: id.clone(),
                    name: zone.name.clone(),
                })
                .collect(),
            rooms: rooms
                .map(|(id, room)| DirectoryRoom {
                    id: id.clone(),
                    name: room.name.clone(),
                    zone: room.zone.clone(),
                    by_hand: of(id),
                })
                .collect(),
            displays: hang
                .take(DISPLAYS_MAX)
                .map(|(id, device)| DirectoryDisplay {
                    id: id.clone(),
                    room: device.room.clone(),
                    by_hand: by_hand.devices.contains(id),
                })
                .collect(),
        }
    }

    /// A person, as far as who asks is to know of them.
    fn told(
        &self,
        actor: &Actor,
        directory: &Directory,
        id: &PersonId,
        person: &Person,
    ) -> DirectoryPerson {
        let same = DirectoryAct::PutPerson {
            id: Some(id.clone()),
            before: Some(Box::new(person.clone())),
            after: Some(Box::new(person.clone())),
        };
        let may_change = self.may(&proven(actor), &same).is_ok();
        let principal = Principal::Person(id.clone());
        let target = actor_of(directory, &principal);
        let theirs = target.as_ref().is_some_and(|them| serves_all(actor, them));
        let off = switches_off(actor, &principal, target.as_ref());
        let seen = |campus: &CampusId| actor.scope.serves(campus);
        let served: Vec<CampusId> = person
            .campuses
            .iter()
            .filter(|id| seen(id))
            .cloned()
            .collect();
        let mut shown = Person {
            campuses: served,
            ..person.clone()
        };
        let elsewhere = shown.campuses.len() < person.campuses.len();
        if elsewhere {
            // A room of a campus that is not theirs to know.
            shown.room = None;
        }
        if !may_change {
            shown.certification = None;
            shown.may_lock_down.clear();
            shown.addresses.clear();
        }
        DirectoryPerson {
            id: id.clone(),
            elsewhere,
            person: shown,
            by_hand: directory.district.by_hand.people.contains(id),
            may_change,
            may_switch_off: off.is_some_and(|act| self.may(actor, &act).is_ok()),
            may_make_code: theirs
                && self
                    .may(
                        &proven(actor),
                        &makes_code(person.role, person.certification.as_ref()),
                    )
                    .is_ok(),
        }
    }

    /// Makes a change at the version that its author read, or says what it would come to.
    pub async fn change_directory(
        &self,
        actor: &Actor,
        asked: &Asked,
    ) -> Result<ChangedDirectory, Refusal> {
        self.may(actor, &DirectoryAct::ReadDirectory)?;
        let known = self.district(&actor.district).ok_or(Code::NotSignedIn)?;
        let act = by_hand::act(&known.directory, &asked.change);
        let judged = if asked.dry_run {
            proven(actor)
        } else {
            actor.clone()
        };
        let right = self.may(&judged, &act).map_err(|refusal| {
            // A display of another campus is none: who asked named no campus.
            let display = matches!(asked.change, DirectoryChange::RemoveDisplay { .. });
            if display && refusal.code == Code::UnknownCampus {
                Code::UnknownThing.into()
            } else {
                refusal
            }
        })?;
        if known.version != asked.expected {
            return Err(Code::VersionConflict.into());
        }
        let changed = by_hand::changed(&known.directory, &asked.change, direct::slug_id)?;
        let answer = |version| ChangedDirectory {
            version,
            principal: changed.principal.clone(),
            changes: told_changes(&known.directory, &changed.directory),
            proof_needed: asked.dry_run
                && may_direct(actor, &act, right.today) == Err(Code::ProofNeeded),
        };
        if asked.dry_run || changed.directory == *known.directory {
            return Ok(ChangedDirectory {
                principal: changed.principal.clone().filter(|_| !is_new(&asked.change)),
                ..answer(known.version)
            });
        }
        let wanted = DirectoryWanted {
            expected: asked.expected,
            thing: changed.thing.clone(),
            by_hand: changed.directory.district.by_hand.clone(),
            edit: changed.edit.clone(),
            reason: asked.reason.clone(),
        };
        let at = self.clock.now();
        let put = self.journal.change_directory(&wanted, &right, at);
        Ok(answer(put.await.map_err(refusal)?))
    }

    /// Sign-ins that may still be good: one's own, or somebody's whom one answers for.
    pub async fn sign_ins(
        &self,
        actor: &Actor,
        principal: Option<&Principal>,
    ) -> Result<SignIns, Refusal> {
        let known = self.district(&actor.district).ok_or(Code::NotSignedIn)?;
        let principal = principal.unwrap_or(&actor.author.principal);
        self.may_switch_off(actor, &known, principal)?;
        let lasts = token::live_at_most_s(principal) + FORGIVEN_S;
        let since = self.clock.now().as_second().saturating_sub(lasts);
        let since = Timestamp::from_second(since).map_err(|_| Code::Fault)?;
        let stand = self.journal.sign_ins(&actor.district, principal, since);
        let stand = stand.await.map_err(unavailable)?;
        let this = actor.author.credential.as_ref();
        let told = stand.into_iter().map(|credential| StandingSignIn {
            this: this == Some(&credential.id),
            id: credential.id,
            made_at: credential.made_at,
        });
        Ok(SignIns {
            principal: principal.clone(),
            sign_ins: told.collect(),
        })
    }

    /// Switches a sign-in off. It is out once the directory was read again.
    pub async fn switch_off(&self, actor: &Actor, id: &CredentialId) -> Result<(), Refusal> {
        let known = self.district(&actor.district).ok_or(Code::NotSignedIn)?;
        let district = &actor.district;
        let credential = self.journal.credential(district, id).await;
        let Some(credential) = credential.map_err(unavailable)? else {
            return Err(self.nobodys(actor));
        };
        self.may_switch_off(actor, &known, &credential.principal)?;
        let at = self.clock.now();
        let off = self.journal.revoke(&credential, &actor.author, at);
        // One that was off already is off.
        off.await.map(|_| ()).map_err(refusal)
    }

    fn may_switch_off(
        &self,
        actor: &Actor,
        known: &Known,
        principal: &Principal,
    ) -> Result<(), Refusal> {
        let target = actor_of(&known.directory, principal);
        match switches_off(actor, principal, target.as_ref()) {
            Some(act) => self.may(actor, &act).map(|_| ()),
            None => Err(self.nobodys(actor)),
        }
    }

    /// What is not there answers as what is another campus's: by what one may at all.
    fn nobodys(&self, actor: &Actor) -> Refusal {
        let elsewhere = DirectoryAct::SwitchOff {
            own: false,
            campuses: Some(Vec::new()),
        };
        match self.may(actor, &elsewhere) {
            Ok(_) => Code::UnknownThing.into(),
            Err(refusal) => refusal,
        }
    }
}

fn is_new(change: &DirectoryChange) -> bool {
    match change {
        DirectoryChange::AddPerson { .. } | DirectoryChange::AddDisplay { .. } => true,
        DirectoryChange::ChangePerson { .. }
        | DirectoryChange::RemovePerson { .. }
        | DirectoryChange::PutRoom { .. }
        | DirectoryChange::RemoveRoom { .. }
        | DirectoryChange::RemoveDisplay { .. } => false,
    }
}

/// The same actor, had they proven who they are: what a proof would come to.
fn proven(actor: &Actor) -> Actor {
    let standing = match actor.standing {
        Standing::Forgiven => Standing::Forgiven,
        Standing::Live | Standing::Fresh => Standing::Fresh,
    };
    Actor {
        standing,
        ..actor.clone()
    }
}

/// What it is to switch this principal's sign-ins off; nothing, where there is none.
fn switches_off(
    actor: &Actor,
    principal: &Principal,
    target: Option<&Actor>,
) -> Option<DirectoryAct> {
    let campuses = match &target?.scope {
        Scope::District => None,
        Scope::Campuses(campuses) => Some(campuses.iter().cloned().collect()),
    };
    Some(DirectoryAct::SwitchOff {
        own: *principal == actor.author.principal,
        campuses,
    })
}

/// Whether somebody of the directory serves a campus of this actor's.
fn is_theirs(actor: &Actor, person: &Person) -> bool {
    match &actor.scope {
        Scope::District => true,
        Scope::Campuses(own) => own.iter().any(|campus| by_hand::is_of(person, campus)),
    }
}

fn told_changes(old: &Directory, new: &Directory) -> Vec<String> {
    let told = difference(Some(old), new);
    told.lines().map(str::to_owned).collect()
}
