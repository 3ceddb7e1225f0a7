//! Signing on: somebody for whom the district's own provider vouched, and what the directory makes
//! of them.

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::fact::Author;
use lockstep_proto::id::Principal;
use lockstep_proto::role::Role;

use super::{Auth, SignedIn, actor_of, new_credential_id, unavailable};
use crate::directory::{NotTaken, assigned};
use crate::journal::{Assigning, ChangeError, Credential};
use crate::sign_on::Vouched;

/// Who puts into the directory what groups say: the operator's own settings do.
fn by() -> Author {
    Author {
        principal: Principal::Operator,
        name: "district sign-on".to_owned(),
        role: Role::Operator,
        credential: None,
    }
}

impl Auth {
    /// What has to change in the directory before somebody may sign on, by what is known of it
    /// here. Certification is never among it (A3).
    pub fn assigning(&self, vouched: &Vouched) -> Result<Option<Assigning>, Refusal> {
        let known = self
            .district(&vouched.district)
            .ok_or(Code::SignOnUnknown)?;
        let directory = &known.directory;
        let Some(group) = &vouched.group else {
            let there = directory.people.contains_key(&vouched.person);
            return if there {
                Ok(None)
            } else {
                Err(Code::SignOnUnknown.into())
            };
        };
        let (id, name) = (&vouched.person, &vouched.name);
        let person = assigned(directory, id, name, group.role, &group.campuses);
        let person = person.map_err(|why| {
            let district = &vouched.district;
            tracing::warn!(%district, %why, "the directory does not take what groups say");
            match why {
                NotTaken::Certification(_) => Code::CertificationMissing,
                NotTaken::Otherwise(_) => Code::SignOnNotTaken,
            }
        })?;
        Ok(person.map(|person| Assigning {
            district: vouched.district.clone(),
            expected: known.version,
            id: id.clone(),
            person,
        }))
    }

    /// Puts it into the directory, or finds that the directory has changed since. It has to be
    /// read again after either.
    pub async fn assign(&self, assigning: &Assigning) -> Result<(), Refusal> {
        let by = by();
        let put = self.journal.assign_person(assigning, &by, self.clock.now());
        match put.await {
            Ok(_) | Err(ChangeError::Refused(Code::VersionConflict)) => Ok(()),
            Err(ChangeError::Refused(code)) => Err(code.into()),
            Err(ChangeError::Journal(error)) => Err(unavailable(error)),
        }
    }

    /// The sign-in of somebody who needs no change: an ordinary one, by themselves.
    pub async fn sign_in_vouched(&self, vouched: &Vouched) -> Result<SignedIn, Refusal> {
        let known = self
            .district(&vouched.district)
            .ok_or(Code::SignOnUnknown)?;
        let principal = Principal::Person(vouched.person.clone());
        let actor = actor_of(&known.directory, &principal).ok_or(Code::SignOnUnknown)?;
        let credential = Credential {
            id: new_credential_id(),
            district: vouched.district.clone(),
            principal,
            made_at: self.clock.now(),
            revoked_at: None,
        };
        let author = Author {
            credential: Some(credential.id.clone()),
            ..actor.author
        };
        let kept = self.journal.add_credential(credential.clone(), &author);
        kept.await.map_err(unavailable)?;
        self.issue(&credential)
    }
}
