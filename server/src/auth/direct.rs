//! What people do to the directory over the wire: policy, and officers enrolled on scene (A3).
//!
//! Who may is in the rules; it is asked here to refuse at once, and again by the journal in the
//! transaction that makes the change.

use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Pin;
use lockstep_proto::directory::{Certification, Date, DirectoryAct, Policy, Vouched};
use lockstep_proto::id::{CampusId, PersonId};
use lockstep_proto::text::Text;
use lockstep_rules::authority::may_direct;
use lockstep_rules::{Actor, DirectoryRight};

use super::{Auth, CODE_MINUTES, code_hash, hash_pin, new_code};
use crate::directory::by_hand::{line, optional_line};
use crate::journal::{
    Certifying, ChangeError, JournalError, OfficerEnrolment, PolicyPut, PolicyWanted,
};

/// How long an enrolment on scene waits for its second step, in minutes.
const ENROLMENT_MINUTES: i64 = 60;
/// The longest name of an officer, in characters.
const NAME_MAX: usize = 100;
/// The longest agency, badge, kind or certification number, in characters.
const FIELD_MAX: usize = 100;
/// Characters of a name that its id keeps.
const SLUG_MAX: usize = 40;

/// An officer who was enrolled, and waits for somebody else to certify them.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// What stands.
    pub enrolment: OfficerEnrolment,
    /// The sign-in code, shown once. It works once they are certified.
    pub code: String,
}

/// An officer who was certified.
#[derive(Debug, Clone)]
pub struct NewOfficer {
    /// Who they are.
    pub officer: PersonId,
    /// The directory's version with them.
    pub version: u64,
    /// Until when their code signs them in.
    pub code_expires_at: Timestamp,
    /// Their PIN, shown once and to who certified: who made the code does not learn it, so that
    /// neither of the two can act as the officer alone.
    pub pin: Pin,
}

impl Auth {
    /// The policy of one's own district, with the directory's version.
    pub fn policy(&self, actor: &Actor) -> Result<(u64, Policy), Refusal> {
        self.may(actor, &DirectoryAct::ReadPolicy)?;
        let known = self.district(&actor.district).ok_or(Code::NotSignedIn)?;
        Ok((known.version, known.directory.district.policy.clone()))
    }

    /// Puts a policy in place of the one that its author read.
    pub async fn change_policy(
        &self,
        actor: &Actor,
        wanted: &PolicyWanted,
    ) -> Result<PolicyPut, Refusal> {
        let right = self.may(actor, &DirectoryAct::ChangePolicy)?;
        wanted
            .policy
            .check()
            .map_err(|why| Refusal::new(Code::BadFrame).because(format!("{why}.")))?;
        let at = self.clock.now();
        let put = self.journal.change_policy(wanted, &right, at);
        put.await.map_err(refusal)
    }

    /// Makes the code of an officer who has no account.
    pub async fn enrol_officer(
        &self,
        actor: &Actor,
        campus: &CampusId,
        name: &Text,
    ) -> Result<Enrolled, Refusal> {
        let act = DirectoryAct::EnrolOfficer {
            campus: campus.clone(),
        };
        let right = self.may(actor, &act)?;
        let at = self.clock.now();
        let code = new_code();
        let enrolment = OfficerEnrolment {
            officer: officer_id(name)?,
            district: actor.district.clone(),
            campus: campus.clone(),
            name: line("name", name.as_str(), NAME_MAX)?,
            code_hash: code_hash(&code),
            code_by: Vouched {
                person: actor.person().cloned().ok_or(Code::NotAllowed)?,
                name: actor.author.name.clone(),
                role: actor.author.role,
                at: crate::clock::whole_micros(at),
            },
            made_by: actor.author.credential.clone(),
            expires_at: minutes_after(at, ENROLMENT_MINUTES)?,
        };
        let kept = self.journal.enrol_officer(&enrolment, &right, at);
        kept.await.map_err(refusal)?;
        Ok(Enrolled { enrolment, code })
    }

    /// Officers of a campus who wait for their second step, for those who may take it or took
    /// the first.
    pub async fn enrolments(
        &self,
        actor: &Actor,
        campus: &CampusId,
    ) -> Result<Vec<OfficerEnrolment>, Refusal> {
        let of = |campus: &CampusId| {
            let campus = campus.clone();
            [
                DirectoryAct::EnrolOfficer {
                    campus: campus.clone(),
                },
                DirectoryAct::CertifyOfficer { campus },
            ]
        };
        let asked = of(campus).map(|act| self.may(actor, &act).map_err(|refusal| refusal.code));
        let may = asked
            .iter()
            .any(|asked| matches!(asked, Ok(_) | Err(Code::ProofNeeded)));
        if !may {
            let [first, _] = asked;
            return Err(first.err().unwrap_or(Code::NotAllowed).into());
        }
        let at = self.clock.now();
        let waiting = self.journal.enrolments(&actor.district, at);
        let waiting = waiting.await.map_err(super::unavailable)?;
        Ok(waiting
            .into_iter()
            .filter(|waits| waits.campus == *campus)
            .collect())
    }

    /// Enters the certification of an officer whom somebody else enrolled.
    pub async fn certify_officer(
        &self,
        actor: &Actor,
        campus: &CampusId,
        officer: &PersonId,
        certification: Certification,
    ) -> Result<NewOfficer, Refusal> {
        let act = DirectoryAct::CertifyOfficer {
            campus: campus.clone(),
        };
        let right = self.may(actor, &act)?;
        let certification = self.sane(certification, right.today)?;
        let at = self.clock.now();
        let pin = new_pin()?;
        let kept = pin.clone();
        // Deliberately slow: off the event loop, as every PIN.
        let phc = tokio::task::spawn_blocking(move || hash_pin(&kept)).await;
        let certifying = Certifying {
            district: actor.district.clone(),
            officer: officer.clone(),
            campus: campus.clone(),
            certification,
            phc: phc.map_err(|_| Code::Fault)??,
            code_expires_at: minutes_after(at, CODE_MINUTES)?,
        };
        let certified = self.journal.certify_officer(&certifying, &right, at).await;
        let certified = certified.map_err(|error| match error {
            ChangeError::Refused(Code::UnknownThing) => Refusal::new(Code::UnknownThing)
                .because("No officer of that id waits here to be certified.")
                .about([officer]),
            other @ (ChangeError::Refused(_) | ChangeError::Journal(_)) => refusal(other),
        })?;
        Ok(NewOfficer {
            officer: officer.clone(),
            version: certified.version,
            code_expires_at: certifying.code_expires_at,
            pin,
        })
    }

    /// Whether somebody may do this now; the right that the journal reads again.
    pub(super) fn may(&self, actor: &Actor, act: &DirectoryAct) -> Result<DirectoryRight, Refusal> {
        let today = self.today(actor, act.campus());
        may_direct(actor, act, today)?;
        Ok(DirectoryRight {
            actor: actor.clone(),
            act: act.clone(),
            today,
        })
    }

    /// The day at the campus; where there is none to ask, the day in UTC.
    fn today(&self, actor: &Actor, campus: Option<&CampusId>) -> Date {
        let now = self.clock.now();
        let zone = self
            .district(&actor.district)
            .zip(campus)
            .and_then(|(known, campus)| {
                let campus = known.directory.campuses.get(campus)?;
                now.in_tz(&campus.time_zone).ok()
            });
        zone.map_or_else(
            || jiff::tz::TimeZone::UTC.to_datetime(now).date(),
            |zoned| zoned.date(),
        )
    }

    /// A certification as somebody entered it: who vouched for it is never theirs to say, and
    /// one that gives no right to an all clear is found out now and not at the all clear.
    fn sane(&self, entered: Certification, today: Date) -> Result<Certification, Refusal> {
        if entered.valid_until < today {
            return Err(Refusal::new(Code::BadFrame).because("valid_until is in the past."));
        }
        Ok(Certification {
            agency: line("agency", &entered.agency, FIELD_MAX)?,
            badge: line("badge", &entered.badge, FIELD_MAX)?,
            kind: optional_line("kind", entered.kind.as_deref(), FIELD_MAX)?,
            number: line("number", &entered.number, FIELD_MAX)?,
            on_scene: None,
            ..entered
        })
    }
}

/// A refusal of the journal, or that it could not say.
pub(super) fn refusal(error: ChangeError) -> Refusal {
    match error {
        ChangeError::Refused(code) => code.into(),
        ChangeError::Journal(JournalError::InDoubt) => Refusal::new(Code::JournalUnavailable)
            .because("It is not known whether this was recorded: look before you try again."),
        ChangeError::Journal(error @ (JournalError::Unavailable(_) | JournalError::Damaged(_))) => {
            super::unavailable(error)
        }
    }
}

fn minutes_after(at: Timestamp, minutes: i64) -> Result<Timestamp, Refusal> {
    Timestamp::from_second(at.as_second() + minutes * 60).map_err(|_| Code::Fault.into())
}

/// `jane-roe.k3f9`: to be read out, and nobody else's.
fn officer_id(name: &Text) -> Result<PersonId, Refusal> {
    PersonId::new(slug_id(name.as_str())?).map_err(|_| Code::Fault.into())
}

/// An id of what somebody typed that nobody has and that can be read out.
pub(super) fn slug_id(name: &str) -> Result<String, Refusal> {
    let mut slug = String::new();
    for c in name.chars().take(SLUG_MAX) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "x" } else { slug };
    let tail: String = new_code()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(5)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    Ok(format!("{slug}.{tail}"))
}

/// Six digits, each as likely as another.
fn new_pin() -> Result<Pin, Refusal> {
    const MANY: u32 = 1_000_000;
    // The last incomplete million is thrown away; a draw lands there once in ten thousand.
    const WHOLE: u32 = u32::MAX - u32::MAX % MANY;
    for _ in 0..8 {
        let mut bytes = [0; 4];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Code::Fault)?;
        let drawn = u32::from_le_bytes(bytes);
        if drawn < WHOLE {
            return Ok(Pin(format!("{:06}", drawn % MANY)));
        }
    }
    Err(Code::Fault.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a3_an_officers_id_is_readable_and_never_the_same() {
        let name: Text = "Jane O'Roe, Sgt.".parse().unwrap();
        let (one, other) = (officer_id(&name).unwrap(), officer_id(&name).unwrap());
        assert!(one.as_str().starts_with("jane-o-roe-sgt."), "{one}");
        assert_ne!(one, other);
        for odd in ["Ærøskøbing", "李小龍", "-", &"x".repeat(300)] {
            assert!(officer_id(&odd.parse().unwrap()).is_ok(), "{odd}");
        }
    }

    #[test]
    fn a_pin_has_six_digits() {
        for _ in 0..100 {
            let pin = new_pin().unwrap().0;
            assert!(pin.len() == 6 && pin.bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
