//! PINs: argon2id, checked off the event loop, throttled per person and per sign-in.
//!
//! Somebody may have two: their own, and one that says that they are forced (A4). Both stand in
//! one row and both are always tried, so that the time of an answer does not tell which it was.
//!
//! Nothing here is asked before a raise: a forgotten PIN locks nobody out of that.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Pin;
use lockstep_proto::id::{CredentialId, DistrictId, PersonId};
use tokio::sync::Semaphore;

/// Wrong PINs before a person waits.
const TRIES: u32 = 5;
/// How long they wait.
const WAIT_S: i64 = 60;
/// A sign-in waits twice as long after each one more, up to this: whoever holds a stolen one has some
/// twenty PINs in half a day, and its owner tries at another as before.
const WAIT_MAX_S: i64 = 3_600;
/// People, and sign-ins, whose wrong tries are remembered.
const REMEMBERED: usize = 4_096;
/// Longer is not a PIN.
const PIN_MAX: usize = 64;
/// PINs that are worked out at once: each takes a core, and 19 MiB, for a while.
const HASHED_AT_ONCE: usize = 2;
/// How long one may wait for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(5);

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

/// Who works PINs out: a few at once, so that those of all together take neither the cores nor the
/// memory from what raises.
#[derive(Debug)]
pub(super) struct Hasher {
    turns: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
        }
    }
}

impl Hasher {
    /// What a PIN is to those that are kept. Without any kept nothing is right.
    pub(super) async fn given(&self, kept: Option<String>, pin: Pin) -> Result<Given, Refusal> {
        let Some(kept) = kept.filter(|_| pin.0.len() <= PIN_MAX) else {
            return Ok(Given::Wrong);
        };
        let turn = Arc::clone(&self.turns).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(TURN_WITHIN, turn).await else {
            return Err(Code::Busy.into());
        };
        // The turn is over when the work is, also where whoever asked has hung up.
        let check = move || {
            let _turn = turn;
            KeptPins::parse(&kept).given(&pin)
        };
        let given = tokio::task::spawn_blocking(check).await;
        Ok(given.unwrap_or(Given::Wrong))
    }
}

/// Whose tries are counted.
pub(super) trait Whose: Clone + Eq + Hash {
    /// How long they wait after so many wrong ones.
    fn wait_s(wrong: u32) -> i64;
}

/// A person, at whichever sign-in. The wait is short and always the same: nobody who is not them keeps
/// them from a release for long.
impl Whose for (DistrictId, PersonId) {
    fn wait_s(_wrong: u32) -> i64 {
        WAIT_S
    }
}

/// One of their sign-ins.
impl Whose for (DistrictId, CredentialId) {
    fn wait_s(wrong: u32) -> i64 {
        let doubled = wrong.saturating_sub(TRIES).min(8);
        (WAIT_S << doubled).min(WAIT_MAX_S)
    }
}

/// Wrong tries of each, and those that are under way.
#[derive(Debug)]
pub(super) struct Throttle<W> {
    of: Mutex<HashMap<W, Tries>>,
}

impl<W> Default for Throttle<W> {
    fn default() -> Self {
        Self {
            of: Mutex::default(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u32,
    /// When the last wrong one was.
    last: Timestamp,
    /// Each may turn out wrong: with those that were, they are never more than may be wrong.
    under_way: u32,
}

impl Tries {
    fn waits_s<W: Whose>(&self, now: Timestamp) -> i64 {
        W::wait_s(self.wrong) - (now.as_second() - self.last.as_second())
    }
}

/// A try that is under way. What comes of it is said with [`Self::wrong`] or [`Self::right`]; one
/// that is given up is neither.
#[derive(Debug)]
pub(super) struct Try<'a, W: Whose> {
    throttle: &'a Throttle<W>,
    whose: W,
}

impl<W: Whose> Throttle<W> {
    /// Begins a try, where it may be tried now. It counts from here on: as many at once as there
    /// are connections are no more tries than one after the other.
    pub(super) fn begin(&self, whose: W, now: Timestamp) -> Result<Try<'_, W>, Refusal> {
        let mut of = self.of.lock().map_err(|_| Code::Fault)?;
        if of.len() >= REMEMBERED {
            of.retain(|_, tries| tries.under_way > 0 || tries.waits_s::<W>(now) > 0);
        }
        let tries = of.entry(whose.clone()).or_insert(Tries {
            wrong: 0,
            last: now,
            under_way: 0,
        });
        // A clock that was put back makes nobody wait for the years between.
        tries.last = tries.last.min(now);
        let left = tries.waits_s::<W>(now);
        if tries.wrong >= TRIES && left > 0 {
            let wait = u64::try_from(left).unwrap_or_default() * 1_000;
            return Err(Refusal::new(Code::ProofThrottled).retry_after_ms(wait));
        }
        // After the wait there is one more, and the next wait.
        if tries.under_way >= TRIES.saturating_sub(tries.wrong).max(1) {
            return Err(Refusal::new(Code::ProofThrottled).retry_after_ms(1_000));
        }
        tries.under_way += 1;
        Ok(Try {
            throttle: self,
            whose,
        })
    }
}

impl<W: Whose> Try<'_, W> {
    fn ends(&self, how: impl FnOnce(&mut Tries)) {
        if let Ok(mut of) = self.throttle.of.lock()
            && let Some(tries) = of.get_mut(&self.whose)
        {
            how(tries);
            if tries.under_way == 0 && tries.wrong == 0 {
                of.remove(&self.whose);
            }
        }
    }

    pub(super) fn wrong(self, now: Timestamp) {
        self.ends(|tries| {
            tries.wrong = tries.wrong.saturating_add(1);
            tries.last = now;
        });
    }

    pub(super) fn right(self) {
        self.ends(|tries| tries.wrong = 0);
    }
}

impl<W: Whose> Drop for Try<'_, W> {
    fn drop(&mut self) {
        self.ends(|tries| tries.under_way = tries.under_way.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    fn sam() -> (DistrictId, PersonId) {
        ("d".parse().unwrap(), "sam".parse().unwrap())
    }

    #[tokio::test]
    async fn a4_a_pin_is_its_owners_their_duress_or_wrong() {
        let (hasher, pin) = (Hasher::default(), |pin: &str| Pin(pin.into()));
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
            let given = hasher.given(kept, pin(typed)).await;
            assert_eq!(given.unwrap(), expected, "{typed}");
        }
        let long = hasher.given(Some(two.kept()), Pin("2468".repeat(100)));
        assert_eq!(long.await.unwrap(), Given::Wrong);
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
        let begin = |s| throttle.begin(sam(), at(s));
        for _ in 0..TRIES {
            begin(0).unwrap().wrong(at(0));
        }
        assert_eq!(begin(1).unwrap_err().code, Code::ProofThrottled);
        begin(WAIT_S).unwrap().wrong(at(WAIT_S));
        assert_eq!(begin(WAIT_S + 1).unwrap_err().code, Code::ProofThrottled);
        begin(2 * WAIT_S).unwrap().right();
        assert!(begin(2 * WAIT_S).is_ok());
    }

    #[test]
    fn a4_tries_at_once_are_no_more_than_tries_in_turn() {
        let throttle = Throttle::default();
        let begin = |s| throttle.begin(sam(), at(s));
        let all: Vec<_> = (0..200).map(|_| begin(0)).collect();
        let begun = all.iter().filter(|one| one.is_ok()).count();
        assert_eq!(begun, TRIES as usize);
        for one in all.into_iter().flatten() {
            one.wrong(at(0));
        }
        assert_eq!(begin(0).unwrap_err().code, Code::ProofThrottled);
        // After the wait there is one, and no second beside it.
        let one = begin(WAIT_S).unwrap();
        assert_eq!(begin(WAIT_S).unwrap_err().code, Code::ProofThrottled);
        // One that was given up counts neither way.
        drop(one);
        begin(WAIT_S).unwrap().right();
        assert_eq!(
            (0..200)
                .map(|_| begin(WAIT_S))
                .filter(Result::is_ok)
                .count(),
            200
        );
        assert!(throttle.of.lock().unwrap().is_empty());
    }

    #[test]
    fn a4_a_stolen_sign_in_has_few_tries_and_its_owner_waits_no_longer() {
        let (of_each, of_person) = (Throttle::default(), Throttle::default());
        let stolen = (sam().0, CredentialId::new("c-1").unwrap());
        let (mut tried, mut longest) = (0, 0);
        for s in 0..12 * 3_600 {
            let (Ok(one), Ok(other)) = (
                of_each.begin(stolen.clone(), at(s)),
                of_person.begin(sam(), at(s)),
            ) else {
                continue;
            };
            one.wrong(at(s));
            other.wrong(at(s));
            tried += 1;
        }
        assert!((10..=25).contains(&tried), "{tried} of 10,000 PINs");
        for s in 12 * 3_600..13 * 3_600 {
            if of_person.begin(sam(), at(s)).is_err() {
                longest += 1;
            }
        }
        assert!(longest <= WAIT_S, "{longest} s");
    }

    #[test]
    fn t4_a_clock_that_is_put_back_makes_nobody_wait_for_longer() {
        const YEARS: i64 = 2 * 365 * 86_400;
        let throttle = Throttle::default();
        for _ in 0..TRIES {
            throttle.begin(sam(), at(YEARS)).unwrap().wrong(at(YEARS));
        }
        let refused = throttle.begin(sam(), at(0)).unwrap_err();
        assert_eq!(refused.retry_after_ms, Some(60_000));
        assert!(throttle.begin(sam(), at(WAIT_S)).is_ok());
    }
}
