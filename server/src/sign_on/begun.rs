//! A sign-in that was begun: sealed into a cookie, so that any instance can end it and this one
//! keeps nothing for those that never come back.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockstep_proto::id::DistrictId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::keys::Sealer;

/// How long somebody may take at the provider, in seconds.
pub(crate) const BEGUN_S: i64 = 600;
/// Begun sign-ins that are remembered as ended. The provider takes each of its codes once as well.
const ENDED_MAX: usize = 4_096;
/// What is sealed is for this and nothing else.
const PURPOSE: &str = "a sign-in that was begun, v1";

/// What only the browser that began it brings back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begun {
    pub(super) district: DistrictId,
    /// Comes back in the address (RFC 6749).
    pub(super) state: String,
    /// Comes back in the ID token.
    pub(super) nonce: String,
    /// Shown to the provider at the end alone (RFC 7636).
    pub(super) verifier: String,
    /// In seconds since 1970.
    pub(super) until_s: i64,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Begun({})", self.district)
    }
}

impl Begun {
    pub(super) fn now(district: DistrictId, now_s: i64) -> Option<Self> {
        Some(Self {
            district,
            state: random()?,
            nonce: random()?,
            verifier: random()?,
            until_s: now_s + BEGUN_S,
        })
    }

    /// What the provider is shown at the beginning (S256).
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier))
    }

    pub(super) fn seal(&self, sealer: &Sealer) -> Option<String> {
        let sealed = sealer.seal(&PURPOSE, serde_json::to_vec(self).ok()?)?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What a cookie holds, if one of our instances sealed it and it has not run out.
    pub(super) fn open(sealed: &str, sealer: &Sealer, now_s: i64) -> Option<Self> {
        const COOKIE_MAX: usize = 2_048;
        if sealed.len() > COOKIE_MAX {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let begun: Self = serde_json::from_slice(&sealer.open(&PURPOSE, &sealed)?).ok()?;
        (now_s < begun.until_s).then_some(begun)
    }
}

/// 256 bits, as they stand in an address.
fn random() -> Option<String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Those that came back: none comes back twice.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Until when each would be taken.
    until_s: HashMap<String, i64>,
}

impl Ended {
    /// Whether it comes back for the first time.
    pub(super) fn first(&mut self, begun: &Begun, now_s: i64) -> bool {
        if self.until_s.len() >= ENDED_MAX {
            self.until_s.retain(|_, until_s| now_s < *until_s);
        }
        if self.until_s.len() >= ENDED_MAX {
            let oldest = self.until_s.iter().min_by_key(|(_, until_s)| **until_s);
            if let Some(oldest) = oldest.map(|(state, _)| state.clone()) {
                self.until_s.remove(&oldest);
            }
        }
        let before = self.until_s.insert(begun.state.clone(), begun.until_s);
        before.is_none()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;
    use crate::keys::Keys;

    const NOW: i64 = 1_800_000_000;

    fn begun() -> Begun {
        Begun::now("maple-valley".parse().unwrap(), NOW).unwrap()
    }

    #[test]
    fn what_was_begun_is_sealed_for_ten_minutes_and_for_our_instances() {
        let sealer = Keys::from_master([1; 32]).sign_on();
        let begun = begun();
        let sealed = begun.seal(&sealer).unwrap();
        assert!(!sealed.contains(&begun.state) && sealed.len() < 1_000);
        assert_eq!(Begun::open(&sealed, &sealer, NOW + 599), Some(begun));
        assert_eq!(Begun::open(&sealed, &sealer, NOW + 600), None);
        let others = Keys::from_master([2; 32]).sign_on();
        assert_eq!(Begun::open(&sealed, &others, NOW), None);
        for bad in ["", "AAAA", &sealed[1..], &"A".repeat(5_000)] {
            assert_eq!(Begun::open(bad, &sealer, NOW), None);
        }
    }

    #[test]
    fn none_comes_back_twice_and_few_are_remembered() {
        let mut ended = Ended::default();
        let first = begun();
        assert!(ended.first(&first, NOW));
        assert!(!ended.first(&first, NOW));
        for n in 0..ENDED_MAX {
            let other = Begun {
                state: n.to_string(),
                until_s: NOW + 700,
                ..begun()
            };
            assert!(ended.first(&other, NOW));
        }
        assert_eq!(ended.until_s.len(), ENDED_MAX);
    }

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_standards() {
        let begun = Begun {
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
            ..begun()
        };
        assert_eq!(
            begun.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
