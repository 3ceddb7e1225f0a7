//! Lockstep's own tokens: EdDSA, one issuer, one audience, one type.
//!
//! A token names a district, a principal and a sign-in. It carries no role and no right.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::id::{CredentialId, DistrictId, Principal};
use serde::{Deserialize, Serialize};

use super::ring::{FIRST, Ring, RingError, Usable};
use crate::journal::Credential;
use crate::keys::Keys;

/// How long a person's sign-in is live after it was used last. A page uses its own every four hours
/// at least, so that it has eight before it at any moment: an incident's.
const LIVE_S: i64 = 12 * 3_600;
/// For how long after it was made it goes on by being used: a school week.
const GOES_ON_S: i64 = 5 * 86_400;
/// What would give less time than this is not worth another token.
const WORTH_S: i64 = 3_600;
/// A room's display hangs where it hangs, raises, and decides nothing: it is enrolled once for a school year
/// and its summer, and not each morning. Browsers keep nothing for more than 400 days.
const DISPLAY_LIVE_S: i64 = 395 * 86_400;
/// The longest that a token is live.
pub(super) const LIVE_MAX_S: i64 = DISPLAY_LIVE_S;

/// How long a sign-in of somebody, or of a display, is live once it is made.
const fn live_s(principal: &Principal) -> i64 {
    match principal {
        Principal::Person(_) | Principal::Operator => LIVE_S,
        Principal::Device(_) => DISPLAY_LIVE_S,
    }
}

/// How long after it was made it goes on by being used. A display's has its time at once.
const fn goes_on_s(principal: &Principal) -> i64 {
    match principal {
        Principal::Person(_) | Principal::Operator => GOES_ON_S,
        Principal::Device(_) => 0,
    }
}

/// How long after it was made a sign-in may still be live, if it was used all the time.
pub(super) const fn live_at_most_s(principal: &Principal) -> i64 {
    goes_on_s(principal) + live_s(principal)
}
const ISSUER: &str = "lockstep";
const AUDIENCE: &str = "lockstep";
const TYPE: &str = "lockstep-sign-in+jwt";

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The tenant.
    pub district: DistrictId,
    /// Who.
    pub principal: Principal,
    /// Which sign-in.
    pub credential: CredentialId,
    /// When it was made, in seconds since 1970.
    pub made_s: i64,
    /// Until when it is live, in seconds since 1970.
    pub expires_s: i64,
    /// Which key signed it.
    pub key: Arc<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    iss: String,
    aud: String,
    sub: Principal,
    jti: CredentialId,
    district: DistrictId,
    /// When they signed in, also in a token that they were given since.
    iat: i64,
    exp: i64,
}

/// All that a header of ours says. One that brings a key along, names an address, or asks for
/// what we do not know (`crit`) is none of ours, whoever signed it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnHeader {
    alg: String,
    typ: String,
    /// One of our own keys, by its name in the ring.
    #[serde(default)]
    kid: Option<String>,
}

impl OwnHeader {
    fn of(token: &str) -> Option<Self> {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
        let header: Self = serde_json::from_slice(&header).ok()?;
        (header.alg == "EdDSA" && header.typ == TYPE).then_some(header)
    }
}

/// Makes and reads tokens.
pub struct Tokens {
    /// What the first key is made of.
    first: [u8; 32],
    /// Where the others stand.
    folder: Option<PathBuf>,
    held: RwLock<Arc<Held>>,
    validation: Validation,
}

/// The keys as they were read last.
struct Held {
    ring: Ring,
    usable: Vec<Usable>,
}

impl Held {
    fn of(ring: Ring, first: &[u8; 32]) -> Result<Arc<Self>, String> {
        let usable = ring.usable(first)?;
        Ok(Arc::new(Self { ring, usable }))
    }

    fn key(&self, id: &str) -> Option<&Usable> {
        self.usable.iter().find(|usable| usable.key.id == id)
    }
}

impl Tokens {
    /// With the instance's first key alone.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        let first = keys.derive("token", "");
        // 32 bytes are always a key; without any, nobody could sign in.
        let held = Held::of(Ring::first(), &first).unwrap_or_else(|_| {
            Arc::new(Held {
                ring: Ring::first(),
                usable: Vec::new(),
            })
        });
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        // Expiry is judged with the rest of the sign-in's standing: it may be forgiven.
        validation.validate_exp = false;
        Self {
            first,
            folder: None,
            held: RwLock::new(held),
            validation,
        }
    }

    /// The same, with those that stand in a folder of keys.
    pub fn in_folder(self, folder: PathBuf) -> Result<Self, RingError> {
        let tokens = Self {
            folder: Some(folder),
            ..self
        };
        tokens.look_again()?;
        Ok(tokens)
    }

    /// Reads the folder again. What cannot be used leaves the last good keys in place. Answers
    /// whether they are others.
    pub fn look_again(&self) -> Result<bool, RingError> {
        let Some(folder) = &self.folder else {
            return Ok(false);
        };
        let ring = Ring::read(folder)?;
        if self.held().is_some_and(|held| held.ring == ring) {
            return Ok(false);
        }
        let held = Held::of(ring, &self.first).map_err(|why| RingError::File {
            path: Ring::file(folder),
            why,
        })?;
        if let Ok(mut all) = self.held.write() {
            *all = held;
        }
        Ok(true)
    }

    fn held(&self) -> Option<Arc<Held>> {
        self.held.read().ok().map(|held| Arc::clone(&held))
    }

    /// Whether what a key signed is believed at this moment.
    #[must_use]
    pub fn believes(&self, key: &str, now: Timestamp, in_doubt: bool) -> bool {
        self.held()
            .is_some_and(|held| held.ring.believes(key, now, in_doubt))
    }

    /// A token for a sign-in, and until when it is live.
    pub fn issue(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<(String, Timestamp), Code> {
        let wire = Wire {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: credential.principal.clone(),
            jti: credential.id.clone(),
            district: credential.district.clone(),
            iat: now.as_second(),
            exp: now.as_second() + live_s(&credential.principal),
        };
        self.sign(&wire, now)
    }

    /// Another token for the same sign-in, as it is used, and until when it is live. Nothing where
    /// it would hardly be live for longer.
    pub fn go_on(
        &self,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<Option<(String, Timestamp)>, Code> {
        let exp = now.as_second() + live_s(&claims.principal);
        let goes_on_until = claims.made_s + goes_on_s(&claims.principal);
        let goes_on = now.as_second() < goes_on_until && claims.expires_s + WORTH_S <= exp;
        let wire = Wire {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: claims.principal.clone(),
            jti: claims.credential.clone(),
            district: claims.district.clone(),
            iat: claims.made_s,
            exp,
        };
        goes_on.then(|| self.sign(&wire, now)).transpose()
    }

    fn sign(&self, wire: &Wire, now: Timestamp) -> Result<(String, Timestamp), Code> {
        let held = self.held().ok_or(Code::Fault)?;
        let signer = held.ring.signer(now).ok_or(Code::Fault)?;
        let header = Header {
            typ: Some(TYPE.to_owned()),
            // As it always was: instances of an earlier release know the first key alone.
            kid: Some(signer.id.clone()).filter(|id| id != FIRST),
            ..Header::new(Algorithm::EdDSA)
        };
        let key = held.key(&signer.id).ok_or(Code::Fault)?;
        let token = encode(&header, wire, &key.encoding).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Code::Fault
        })?;
        let expires_at = Timestamp::from_second(wire.exp).map_err(|_| Code::Fault)?;
        Ok((token, expires_at))
    }

    /// What a token says, if it is one of ours.
    pub fn read(&self, token: &str) -> Result<Claims, Code> {
        const TOKEN_MAX: usize = 2_048;
        if token.len() > TOKEN_MAX {
            return Err(Code::NotSignedIn);
        }
        let header = OwnHeader::of(token).ok_or(Code::NotSignedIn)?;
        let held = self.held().ok_or(Code::NotSignedIn)?;
        let key = held
            .key(header.kid.as_deref().unwrap_or(FIRST))
            .ok_or(Code::NotSignedIn)?;
        let data = decode::<Wire>(token, &key.decoding, &self.validation)
            .map_err(|_| Code::NotSignedIn)?;
        let wire = data.claims;
        Ok(Claims {
            district: wire.district,
            principal: wire.sub,
            credential: wire.jti,
            made_s: wire.iat,
            expires_s: wire.exp,
            key: key.key.id.as_str().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn credential() -> Credential {
        Credential {
            id: CredentialId::new("c-1").unwrap(),
            district: DistrictId::new("d").unwrap(),
            principal: "person:ana".parse().unwrap(),
            made_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
        }
    }

    #[test]
    fn a_token_says_who_and_which_sign_in() {
        let tokens = Tokens::new(&Keys::from_master([1; 32]));
        let now = Timestamp::from_second(1_000).unwrap();
        let (token, expires_at) = tokens.issue(&credential(), now).unwrap();
        let claims = tokens.read(&token).unwrap();
        assert_eq!(claims.credential, credential().id);
        assert_eq!(claims.principal, credential().principal);
        assert_eq!(claims.expires_s, expires_at.as_second());
    }

    #[test]
    fn a5_a_sign_in_that_is_used_goes_on_for_a_school_week() {
        let tokens = Tokens::new(&Keys::from_master([1; 32]));
        let at = |second| Timestamp::from_second(second).unwrap();
        let made_s = 1_000;
        let (token, _) = tokens.issue(&credential(), at(made_s)).unwrap();
        let mut claims = tokens.read(&token).unwrap();
        assert_eq!(tokens.go_on(&claims, at(made_s + 3_599)), Ok(None));
        // Used every four hours, it never has less than eight before it.
        for now_s in (made_s..).step_by(4 * 3_600).skip(1).take(40) {
            let more = tokens.go_on(&claims, at(now_s)).unwrap();
            assert_eq!(more.is_some(), now_s < made_s + GOES_ON_S, "{now_s}");
            let Some((token, until)) = more else {
                continue;
            };
            assert!(claims.expires_s - now_s >= 8 * 3_600);
            assert_eq!(until.as_second(), now_s + LIVE_S);
            let goes_on = tokens.read(&token).unwrap();
            assert_eq!(
                (goes_on.made_s, goes_on.expires_s),
                (made_s, now_s + LIVE_S)
            );
            assert_eq!(goes_on.credential, claims.credential);
            claims = goes_on;
        }
        assert!(claims.expires_s <= made_s + live_at_most_s(&claims.principal));
        // A display's has its time at once.
        let display = Credential {
            principal: "device:n101".parse().unwrap(),
            ..credential()
        };
        let (token, _) = tokens.issue(&display, at(made_s)).unwrap();
        let claims = tokens.read(&token).unwrap();
        assert_eq!(tokens.go_on(&claims, at(made_s + 30 * 86_400)), Ok(None));
    }

    #[test]
    fn a5_other_keys_algorithms_and_types_are_refused() {
        let tokens = Tokens::new(&Keys::from_master([1; 32]));
        let others = Tokens::new(&Keys::from_master([2; 32]));
        let now = Timestamp::from_second(1_000).unwrap();
        let (good, _) = tokens.issue(&credential(), now).unwrap();
        let (foreign, _) = others.issue(&credential(), now).unwrap();
        assert_eq!(tokens.read(&foreign), Err(Code::NotSignedIn));

        let parts: Vec<&str> = good.split('.').collect();
        for header in [
            r#"{"alg":"none","typ":"lockstep-sign-in+jwt"}"#,
            r#"{"alg":"HS256","typ":"lockstep-sign-in+jwt"}"#,
            r#"{"alg":"EdDSA","typ":"JWT"}"#,
        ] {
            let header = URL_SAFE_NO_PAD.encode(header);
            for signature in [parts[2], ""] {
                let forged = format!("{header}.{}.{signature}", parts[1]);
                assert_eq!(tokens.read(&forged), Err(Code::NotSignedIn), "{forged}");
            }
        }
        assert_eq!(tokens.read(&"x".repeat(5_000)), Err(Code::NotSignedIn));
    }

    #[test]
    fn a_token_of_another_issuer_audience_or_type_is_refused() {
        let keys = Keys::from_master([1; 32]);
        let tokens = Tokens::new(&keys);
        let wire = |iss: &str, aud: &str| Wire {
            iss: iss.into(),
            aud: aud.into(),
            sub: credential().principal,
            jti: credential().id,
            district: credential().district,
            iat: 0,
            exp: 10,
        };
        let sign = |wire: &Wire, typ: &str| {
            let header = Header {
                typ: Some(typ.into()),
                ..Header::new(Algorithm::EdDSA)
            };
            let held = tokens.held().unwrap();
            encode(&header, wire, &held.key(FIRST).unwrap().encoding).unwrap()
        };
        assert!(tokens.read(&sign(&wire(ISSUER, AUDIENCE), TYPE)).is_ok());
        for token in [
            sign(&wire("other", AUDIENCE), TYPE),
            sign(&wire(ISSUER, "other"), TYPE),
            sign(&wire(ISSUER, AUDIENCE), "JWT"),
        ] {
            assert_eq!(tokens.read(&token), Err(Code::NotSignedIn));
        }
    }
}
