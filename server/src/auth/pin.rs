//! PINs: argon2id, checked off the event loop, throttled per person.
//!
//! Somebody may have two: their own, and one that says that they are forced (A4). Both stand in
//! one row and both are always tried, so that the time of an answer does not tell which it was.
//!
//! Nothing here is asked before a raise: a forgotten PIN locks nobody out of that.

use std::collections::HashMap;
use std::sync::Mutex;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Pin;
use lockstep_proto::id::{DistrictId, PersonId};

/// Wrong PINs before a person waits.
const TRIES: u32 = 5;
/// How long they wait.
const WAIT_S: i64 = 60;
/// People whose wrong tries are remembered.
const REMEMBERED: usize = 4_096;
/// Longer is not a PIN.
const PIN_MAX: usize = 64;

/// A person's PINs as they are kept: argon2id PHC strings, the duress PIN's on a second line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPins {
    own: String,
    duress: Option<String>,
}

/// What a PIN that was given is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// The person's own.
    Own,
    /// The one that says that they are forced.
    Duress,
    /// Neither.
    Wrong,
}

impl KeptPins {
    /// As the journal has them.
    #[must_use]
    pub fn parse(kept: &str) -> Self {
        let (own, duress) = match kept.split_once('\n') {
            Some((own, duress)) => (own, Some(duress.to_owned())),
            None => (kept, None),
        };
        Self {
            own: own.to_owned(),
            duress,
        }
    }

    /// As the journal keeps them.
    #[must_use]
    pub fn kept(&self) -> String {
        match &self.duress {
            Some(duress) => format!("{}\n{duress}", self.own),
            None => self.own.clone(),
        }
    }

    /// With another PIN of their own. One that is the duress PIN too would be no proof at all.
    pub fn with_own(&self, pin: &Pin) -> Result<Self, Refusal> {
        if self.given(pin) == Given::Duress {
            return Err(alike());
        }
        Ok(Self {
            own: hash_pin(pin)?,
            duress: self.duress.clone(),
        })
    }

    /// With a duress PIN, or without one.
    pub fn with_duress(&self, pin: Option<&Pin>) -> Result<Self, Refusal> {
        if pin.is_some_and(|pin| self.given(pin) == Given::Own) {
            return Err(alike());
        }
        Ok(Self {
            own: self.own.clone(),
            duress: pin.map(hash_pin).transpose()?,
        })
    }

    /// What a PIN is. Takes as long for each: who has no duress PIN has their own tried twice.
    #[must_use]
    pub fn given(&self, pin: &Pin) -> Given {
        let is_own = is(&self.own, pin);
        let is_second = is(self.duress.as_ref().unwrap_or(&self.own), pin);
        match (is_own, is_second && self.duress.is_some()) {
            (true, _) => Given::Own,
            (false, true) => Given::Duress,
            (false, false) => Given::Wrong,
        }
    }
}

fn alike() -> Refusal {
    Refusal::new(Code::ProofWrong).because("A person's two PINs must differ.")
}

fn is(phc: &str, pin: &Pin) -> bool {
    argon2::PasswordHash::new(phc).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(pin.0.as_bytes(), &hash)
            .is_ok()
    })
}

/// A PIN as it is kept.
pub fn hash_pin(pin: &Pin) -> Result<String, Refusal> {
    if pin.0.len() < 4 || pin.0.len() > PIN_MAX {
        return Err(Refusal::new(Code::ProofWrong).because("A PIN has 4 to 64 characters."));
    }
    Argon2::default()
        .hash_password(pin.0.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| {
            tracing::error!(%error, "a PIN could not be hashed");
            Refusal::new(Code::Fault)
        })
}

/// What a PIN is to those that are kept. Without any kept nothing is right.
pub(super) async fn given(kept: Option<String>, pin: Pin) -> Given {
    let Some(kept) = kept.filter(|_| pin.0.len() <= PIN_MAX) else {
        return Given::Wrong;
    };
    let check = move || KeptPins::parse(&kept).given(&pin);
    tokio::task::spawn_blocking(check)
        .await
        .unwrap_or(Given::Wrong)
}

/// Wrong tries of each person.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    wrong: Mutex<HashMap<(DistrictId, PersonId), (u32, Timestamp)>>,
}

impl Throttle {
    /// Whether a person may try now.
    pub(super) fn may_try(
        &self,
        district: &DistrictId,
        person: &PersonId,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Ok(wrong) = self.wrong.lock() else {
            return Ok(());
        };
        let Some((tries, last)) = wrong.get(&(district.clone(), person.clone())) else {
            return Ok(());
        };
        let left = WAIT_S - (now.as_second() - last.as_second());
        if *tries >= TRIES && left > 0 {
            let wait = u64::try_from(left.min(WAIT_S)).unwrap_or_default() * 1_000;
            return Err(Refusal::new(Code::ProofThrottled).retry_after_ms(wait));
        }
        Ok(())
    }

    pub(super) fn was_wrong(&self, district: &DistrictId, person: &PersonId, now: Timestamp) {
        if let Ok(mut wrong) = self.wrong.lock() {
            if wrong.len() >= REMEMBERED {
                wrong.retain(|_, (_, last)| now.as_second() - last.as_second() < WAIT_S);
            }
            let tries = wrong
                .entry((district.clone(), person.clone()))
                .or_insert((0, now));
            *tries = (tries.0.saturating_add(1), now);
        }
    }

    pub(super) fn was_right(&self, district: &DistrictId, person: &PersonId) {
        if let Ok(mut wrong) = self.wrong.lock() {
            wrong.remove(&(district.clone(), person.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[tokio::test]
    async fn a4_a_pin_is_its_owners_their_duress_or_wrong() {
        let pin = |pin: &str| Pin(pin.into());
        let phc = hash_pin(&pin("2468")).unwrap();
        assert!(phc.starts_with("$argon2id$"));
        let one = KeptPins::parse(&phc);
        let two = one.with_duress(Some(&pin("1357"))).unwrap();
        assert_eq!(KeptPins::parse(&two.kept()), two);
        for (kept, typed, expected) in [
            (Some(one.kept()), "2468", Given::Own),
            (Some(one.kept()), "1357", Given::Wrong),
            (Some(two.kept()), "2468", Given::Own),
            (Some(two.kept()), "1357", Given::Duress),
            (Some(two.kept()), "1358", Given::Wrong),
            (None, "2468", Given::Wrong),
        ] {
            assert_eq!(given(kept, pin(typed)).await, expected, "{typed}");
        }
        let long = given(Some(two.kept()), Pin("2468".repeat(100)));
        assert_eq!(long.await, Given::Wrong);
        assert!(hash_pin(&pin("1")).is_err());
        // Neither is ever the other.
        assert!(two.with_own(&pin("1357")).is_err());
        assert!(one.with_duress(Some(&pin("2468"))).is_err());
        let without = two.with_own(&pin("9999")).unwrap().with_duress(None);
        let without = without.unwrap();
        assert_eq!(without.given(&pin("9999")), Given::Own);
        assert_eq!(without.given(&pin("1357")), Given::Wrong);
    }

    #[test]
    fn a4_wrong_pins_are_throttled_and_time_forgives() {
        let throttle = Throttle::default();
        let district = DistrictId::new("d").unwrap();
        let person = PersonId::new("sam").unwrap();
        let at = |s| Timestamp::from_second(s).unwrap();
        for _ in 0..TRIES {
            assert!(throttle.may_try(&district, &person, at(0)).is_ok());
            throttle.was_wrong(&district, &person, at(0));
        }
        let refusal = throttle.may_try(&district, &person, at(1)).unwrap_err();
        assert_eq!(refusal.code, Code::ProofThrottled);
        assert!(throttle.may_try(&district, &person, at(WAIT_S)).is_ok());
        throttle.was_right(&district, &person);
        assert!(throttle.may_try(&district, &person, at(1)).is_ok());
    }
}
