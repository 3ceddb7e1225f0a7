//! PINs: argon2id, checked off the event loop, throttled per person.
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

/// Whether a PIN is the one that is kept. Without one kept nothing matches.
pub(super) async fn matches(phc: Option<String>, pin: Pin) -> bool {
    let Some(phc) = phc.filter(|_| pin.0.len() <= PIN_MAX) else {
        return false;
    };
    let check = move || {
        argon2::PasswordHash::new(&phc).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(pin.0.as_bytes(), &hash)
                .is_ok()
        })
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
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
    async fn a4_only_the_right_pin_matches() {
        let phc = hash_pin(&Pin("2468".into())).unwrap();
        assert!(phc.starts_with("$argon2id$"));
        assert!(matches(Some(phc.clone()), Pin("2468".into())).await);
        assert!(!matches(Some(phc.clone()), Pin("2469".into())).await);
        assert!(!matches(Some(phc), Pin("2468".repeat(100))).await);
        assert!(!matches(None, Pin("2468".into())).await);
        assert!(hash_pin(&Pin("1".into())).is_err());
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
