//! Changes that people make to the directory over the wire: its policy, and an officer enrolled
//! on scene.
//!
//! What both backends put down is worked out here, from what stands in their transaction. It
//! reads and writes no store.

use lockstep_proto::Timestamp;
use lockstep_proto::by_hand::{ByHand, DirectoryEdit};
use lockstep_proto::code::Code;
use lockstep_proto::directory::{
    Campus, Certification, Device, Directory, OnScene, Person, Policy, Vouched,
};
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{
    CampusId, CredentialId, DeviceId, DistrictId, PasskeyId, PersonId, Principal,
};
use lockstep_proto::policy::PolicyChange;
use lockstep_proto::role::Role;
use lockstep_proto::text::{Text, Words};
use lockstep_rules::DirectoryRight;
use serde::{Deserialize, Serialize};

use super::JournalError;
use super::draft::{Fault, Holder};

/// Enrolments of one district that wait for their second step.
pub const ENROLMENTS_MAX: usize = 64;

/// Why a change of the directory was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// It may not be, by what stands in the directory now. Nothing was written.
    #[error("refused: {}", .0.as_str())]
    Refused(Code),
    /// The journal could not do it, or does not say whether it did.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<Fault> for ChangeError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(code) => Self::Refused(code),
            Fault::Conflict(_) | Fault::Unavailable(_) | Fault::Damaged(_) | Fault::InDoubt => {
                Self::Journal(fault.into())
            }
        }
    }
}

/// A policy that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWanted {
    /// The directory's version that its author read.
    pub expected: u64,
    /// The whole policy.
    pub policy: Policy,
    /// Why (T1).
    pub reason: Option<Text>,
}

/// A policy that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyPut {
    /// The directory's version with it.
    pub version: u64,
    /// What it changed. Nothing, where it stood already: then there is no entry either.
    pub changes: Vec<PolicyChange>,
}

/// The first step of an officer's enrolment on scene: a name and a code, and no rights (A3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerEnrolment {
    /// Who they will be.
    pub officer: PersonId,
    /// The tenant.
    pub district: DistrictId,
    /// Where they are.
    pub campus: CampusId,
    /// Their name.
    pub name: String,
    /// SHA-256 of their sign-in code, hex. It works only once they are certified.
    pub code_hash: String,
    /// Who made the code.
    pub code_by: Vouched,
    /// The sign-in that they made it with. Those of an older release do not say.
    #[serde(default)]
    pub made_by: Option<CredentialId>,
    /// Until when somebody may certify them.
    pub expires_at: Timestamp,
}

/// The second step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certifying {
    /// The tenant.
    pub district: DistrictId,
    /// Who was enrolled.
    pub officer: PersonId,
    /// Where.
    pub campus: CampusId,
    /// What was entered. The journal adds who vouched for it.
    pub certification: Certification,
    /// The officer's PIN as an argon2id PHC string.
    pub phc: String,
    /// Until when their code signs them in.
    pub code_expires_at: Timestamp,
}

/// How many passkeys a person has at most.
pub const PASSKEYS_MAX: usize = 8;

/// The entry of another passkey, of somebody who has so many; `known` says whether the directory
/// has them, `taken` whether it stands already.
pub(super) fn passkey_added(
    person: &PersonId,
    passkey: &PasskeyId,
    known: bool,
    has: usize,
    taken: bool,
) -> Result<Fact, Fault> {
    if !known {
        return Err(Fault::Refused(Code::Revoked));
    }
    if taken {
        return Err(Fault::Refused(Code::IdReused));
    }
    if has >= PASSKEYS_MAX {
        return Err(Fault::Refused(Code::TooMany));
    }
    Ok(Fact::PasskeyAdded {
        person: person.clone(),
        passkey: passkey.clone(),
    })
}

/// What the groups of the district's own sign-in make of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigning {
    /// The tenant.
    pub district: DistrictId,
    /// The directory's version that it was worked out from.
    pub expected: u64,
    /// Who.
    pub id: PersonId,
    /// As the directory is to have them.
    pub person: Person,
}

impl Assigning {
    /// Its entry, at the version that it was worked out from.
    pub(super) fn fact(&self, version: u64) -> Result<Fact, Fault> {
        Ok(Fact::PersonAssigned {
            version: after(self.expected, version)?,
            person: self.id.clone(),
            name: self.person.name.clone(),
            role: self.person.role,
            campuses: self.person.campuses.clone(),
        })
    }
}

/// A change by hand, as it was worked out from the directory of that version: every check of it
/// holds where that version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryWanted {
    /// The directory's version that its author read.
    pub expected: u64,
    /// What is put or goes.
    pub thing: Thing,
    /// What stands there by hand from then on.
    pub by_hand: ByHand,
    /// What is told of it.
    pub edit: DirectoryEdit,
    /// Why (T1).
    pub reason: Option<Text>,
}

/// One thing of the directory, or that it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A campus with its rooms.
    Campus(Box<Campus>),
    /// A person.
    Person(PersonId, Option<Box<Person>>),
    /// A room's display.
    Device(DeviceId, Option<Device>),
}

impl Thing {
    /// Who goes: with them go their sign-ins, the codes that wait for them, PIN and passkeys.
    pub(super) fn gone(&self) -> Option<Principal> {
        match self {
            Self::Person(id, None) => Some(Principal::Person(id.clone())),
            Self::Device(id, None) => Some(Principal::Device(id.clone())),
            Self::Campus(_) | Self::Person(_, Some(_)) | Self::Device(_, Some(_)) => None,
        }
    }
}

impl DirectoryWanted {
    /// Its entry, at the version that it was worked out from.
    pub(super) fn fact(&self, version: u64) -> Result<Fact, Fault> {
        Ok(Fact::DirectoryChanged {
            version: after(self.expected, version)?,
            edit: Box::new(self.edit.clone()),
            reason: self.reason.as_ref().map(Words::from),
        })
    }
}

/// An officer who was certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The directory's version with them.
    pub version: u64,
    /// As the directory has them.
    pub person: Person,
}

/// Whether the right to a change stands in this transaction.
pub(super) fn check(right: &DirectoryRight, holder: &Holder) -> Result<(), Fault> {
    right
        .still_holds(holder.person.as_ref(), holder.signed_in)
        .map_err(Fault::Refused)
}

/// An author whose own sign-in is switched off makes nothing more, within the seconds that pass
/// before an instance hears of it.
pub(super) fn not_off(off: bool) -> Result<(), Fault> {
    if off {
        return Err(Fault::Refused(Code::Revoked));
    }
    Ok(())
}

/// The version that comes after the one that an author read, if that stands.
pub(super) fn after(expected: u64, version: u64) -> Result<u64, Fault> {
    if expected == version {
        Ok(version + 1)
    } else {
        Err(Fault::Refused(Code::VersionConflict))
    }
}

/// What a policy in place of another comes to, at the version that its author read.
pub(super) fn policy(
    wanted: &PolicyWanted,
    version: u64,
    before: &Policy,
) -> Result<PolicyPut, Fault> {
    let next = after(wanted.expected, version)?;
    let changes = before.changes_to(&wanted.policy);
    Ok(PolicyPut {
        version: if changes.is_empty() { version } else { next },
        changes,
    })
}

impl PolicyPut {
    /// Its entry.
    pub(super) fn fact(&self, reason: Option<&Text>) -> Fact {
        Fact::PolicyChanged {
            version: self.version,
            changes: self.changes.clone(),
            reason: reason.map(Words::from),
        }
    }
}

/// The entry of the first step, if there is room for it and nobody has that id.
pub(super) fn enrolled(
    enrolment: &OfficerEnrolment,
    waiting: usize,
    taken: bool,
) -> Result<Fact, Fault> {
    if waiting >= ENROLMENTS_MAX {
        return Err(Fault::Refused(Code::TooManyWait));
    }
    if taken {
        return Err(Fault::Unavailable("that id is taken".to_owned()));
    }
    Ok(Fact::OfficerCodeMade {
        officer: enrolment.officer.clone(),
        name: enrolment.name.clone(),
        campus: enrolment.campus.clone(),
    })
}

/// Who made the code, as an author whose right is read again.
pub(super) fn maker(enrolment: &OfficerEnrolment) -> Author {
    Author {
        principal: Principal::Person(enrolment.code_by.person.clone()),
        name: enrolment.code_by.name.clone(),
        role: enrolment.code_by.role,
        credential: enrolment.made_by.clone(),
    }
}

/// What stands behind the first step. One that names no sign-in holds by its maker's right alone.
pub(super) fn of_maker(enrolment: &OfficerEnrolment, holder: Holder) -> Holder {
    Holder {
        signed_in: holder.signed_in || enrolment.made_by.is_none(),
        ..holder
    }
}

/// The enrolment that a certification is for, if it waits, and is another's (A3).
pub(super) fn waiting<'a>(
    enrolment: Option<&'a OfficerEnrolment>,
    certifying: &Certifying,
    by: &Author,
    at: Timestamp,
) -> Result<&'a OfficerEnrolment, Fault> {
    let enrolment = enrolment
        .filter(|waits| waits.campus == certifying.campus && at < waits.expires_at)
        .ok_or(Fault::Refused(Code::UnknownThing))?;
    if maker(enrolment).principal == by.principal {
        return Err(Fault::Refused(Code::SamePerson));
    }
    Ok(enrolment)
}

/// The person who comes into the directory, and the entry of it.
pub(super) fn certified(
    enrolment: &OfficerEnrolment,
    certifying: &Certifying,
    by: &Author,
    at: Timestamp,
    version: u64,
) -> Result<(Certified, Fact), Fault> {
    let Principal::Person(person) = &by.principal else {
        return Err(Fault::Refused(Code::NotAllowed));
    };
    let certification = Certification {
        on_scene: Some(OnScene {
            code_by: enrolment.code_by.clone(),
            certified_by: Vouched {
                person: person.clone(),
                name: by.name.clone(),
                role: by.role,
                at: crate::clock::whole_micros(at),
            },
        }),
        ..certifying.certification.clone()
    };
    let fact = Fact::OfficerCertified {
        version,
        officer: enrolment.officer.clone(),
        name: enrolment.name.clone(),
        campus: enrolment.campus.clone(),
        certification: certification.clone(),
    };
    let person = Person {
        name: enrolment.name.clone(),
        role: Role::Officer,
        campuses: vec![enrolment.campus.clone()],
        room: None,
        certification: Some(certification),
        may_lock_down: Vec::new(),
        addresses: Vec::new(),
    };
    Ok((Certified { version, person }, fact))
}

/// Whether the directory has a campus.
pub(super) fn has_campus(directory: &Directory, campus: &CampusId) -> Result<(), Fault> {
    if directory.campuses.contains_key(campus) {
        Ok(())
    } else {
        Err(Fault::Refused(Code::UnknownCampus))
    }
}
