//! Passkeys: a proof of who is acting that is bound to the very act (A4). Never a sign-in.
//!
//! The challenge is a hash of what is asked, where, by whom and with which sign-in; the stamp in it
//! says when an instance of this school gave it. Nothing is kept between the two: whatever comes
//! back is hashed again, and another campus, head or raise is another challenge. An incident is the raises
//! that are named and the head that was seen: it has no name of its own here.
//!
//! Nothing here is asked before a raise.

mod attested;
mod client;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Assertion, CommandRequest};
use lockstep_proto::directory::DirectoryAct;
use lockstep_proto::id::{CampusId, PasskeyId, PersonId};
use lockstep_proto::role::Standing;
use lockstep_proto::text::Text;
use lockstep_rules::Actor;
use serde_json::{Value, json};

use super::{Auth, hex, unavailable};
use crate::journal::{ChangeError, JournalError, Passkey, PasskeyAlgorithm};

pub use client::Host;

use client::Asked;

/// How long a challenge is good (A4).
const GOOD_S: i64 = 120;
/// How far the clocks of two instances may differ.
const SKEW_S: i64 = 10;
/// The longest name of a passkey, in characters.
const NAME_MAX: usize = 60;
/// The longest credential id of WebAuthn, in bytes.
const CREDENTIAL_MAX: usize = 1_023;
/// The longest signature: an ECDSA one in DER.
const SIGNATURE_MAX: usize = 80;
const NONCE: usize = 16;
const TAG: usize = 32;
const STAMP: usize = NONCE + 8 + TAG;

/// A challenge that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// What the authenticator signs, base64url.
    pub challenge: String,
    /// What comes back with it.
    pub stamp: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Bytes of base64url without padding, at most so many.
fn decoded(text: &str, max: usize) -> Option<Vec<u8>> {
    if text.len() > max.div_ceil(3) * 4 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    (bytes.len() <= max).then_some(bytes)
}

/// The id of a passkey follows from the authenticator's own id of it.
fn id_of(credential: &[u8]) -> Result<PasskeyId, Refusal> {
    let hash = digest(&SHA256, credential);
    let id = format!("pk-{}", hex(&hash.as_ref()[..16]));
    PasskeyId::new(id).map_err(|_| Code::Fault.into())
}

/// Who is to sign: a person, with this sign-in.
fn whose(actor: &Actor) -> Option<Value> {
    Some(json!({
        "district": actor.district,
        "person": actor.person()?,
        "sign_in": actor.author.credential.as_ref()?,
    }))
}

/// What a command's proof is bound to: all of it that takes effect, and what it is.
fn of_command(actor: &Actor, campus: &CampusId, request: &CommandRequest) -> Option<Value> {
    Some(json!({
        "for": "a Lockstep command, v1",
        "by": whose(actor)?,
        "campus": campus,
        "id": request.id,
        "command": request.command,
    }))
}

/// What making a passkey is bound to.
fn of_making(actor: &Actor, host: &Host) -> Option<Value> {
    Some(json!({ "for": "a new Lockstep passkey, v1", "by": whose(actor)?, "rp": host.rp() }))
}

/// Whether one of a passkey's owner signed this.
fn is_signed(passkey: &Passkey, message: &[u8], signature: &[u8]) -> bool {
    let Some(key) = decoded(&passkey.key, 65) else {
        return false;
    };
    match passkey.algorithm {
        PasskeyAlgorithm::Es256 => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, signature)
        }
        PasskeyAlgorithm::EdDsa => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
    }
    .is_ok()
}

impl Auth {
    /// Stamps what is to be signed.
    fn stamped(&self, bound: &Value) -> Result<Stamped, Refusal> {
        let now = self.clock.now();
        let mut stamp = [0; NONCE + 8];
        rand::fill(&mut stamp[..NONCE]).map_err(|_| Code::Fault)?;
        stamp[NONCE..].copy_from_slice(&now.as_microsecond().to_be_bytes());
        let tag = hmac::sign(&self.stamps, &sealed(bound, &stamp).ok_or(Code::Fault)?);
        let stamp = URL_SAFE_NO_PAD.encode([&stamp[..], tag.as_ref()].concat());
        let expires_at = Timestamp::from_second(now.as_second() + GOOD_S);
        Ok(Stamped {
            challenge: challenge(bound, &stamp).ok_or(Code::Fault)?,
            stamp,
            expires_at: expires_at.map_err(|_| Code::Fault)?,
        })
    }

    /// Whether an instance of this school gave the stamp for this, two minutes ago at most.
    fn is_fresh(&self, bound: &Value, stamp: &str) -> bool {
        let Some(bytes) = decoded(stamp, STAMP).filter(|bytes| bytes.len() == STAMP) else {
            return false;
        };
        let (said, tag) = bytes.split_at(NONCE + 8);
        let Ok(at) = said[NONCE..].try_into().map(i64::from_be_bytes) else {
            return false;
        };
        let age_us = self.clock.now().as_microsecond().saturating_sub(at);
        let in_time = (-SKEW_S * 1_000_000..=GOOD_S * 1_000_000).contains(&age_us);
        let Some(sealed) = sealed(bound, said).filter(|_| in_time) else {
            return false;
        };
        hmac::verify(&self.stamps, &sealed, tag).is_ok()
    }

    /// The challenge for a command, and the ids of its author's passkeys for this address.
    pub async fn challenge(
        &self,
        actor: &Actor,
        host: &Host,
        campus: &CampusId,
        request: &CommandRequest,
    ) -> Result<(Stamped, Vec<String>), Refusal> {
        actor.not_expired()?;
        let bound = of_command(actor, campus, request).ok_or(Code::NotAllowed)?;
        let passkeys = self.passkeys(actor).await?;
        let here = passkeys.into_iter().filter(|one| one.rp == host.rp());
        let here: Vec<String> = here.map(|one| one.credential).collect();
        if here.is_empty() {
            let none = Refusal::new(Code::UnknownThing);
            return Err(none.because("You have no passkey for this address."));
        }
        Ok((self.stamped(&bound)?, here))
    }

    /// Makes a live actor fresh with a passkey, for this command alone.
    pub async fn prove_by_passkey(
        &self,
        actor: &Actor,
        host: Option<&Host>,
        campus: &CampusId,
        request: &CommandRequest,
        assertion: &Assertion,
    ) -> Result<Actor, Refusal> {
        if actor.standing != Standing::Live {
            return Ok(actor.clone());
        }
        let (Some(person), Some(host)) = (actor.person(), host) else {
            return Err(Code::ProofWrong.into());
        };
        let now = self.clock.now();
        // Apart from the PIN's: who floods this way leaves the other open.
        let them = (actor.district.clone(), person.clone());
        let tried = self.assertions.begin(them, now)?;
        let bound = of_command(actor, campus, request).ok_or(Code::ProofWrong)?;
        let asked = Asked::read(assertion).filter(|_| self.is_fresh(&bound, &assertion.stamp));
        let challenge = challenge(&bound, &assertion.stamp);
        let asked = asked.zip(challenge).filter(|(asked, challenge)| {
            asked.is_of("webauthn.get", challenge, host) && asked.is_by_its_user(host)
        });
        // Nothing is read for what cannot be right.
        let is_theirs = match &asked {
            Some((asked, _)) => {
                let passkeys = self.passkeys(actor).await?;
                let named = passkeys
                    .iter()
                    .find(|one| one.credential == assertion.credential && one.rp == host.rp());
                named.is_some_and(|one| is_signed(one, &asked.signed, &asked.signature))
            }
            None => false,
        };
        if !is_theirs {
            tried.wrong(now);
            return Err(Code::ProofWrong.into());
        }
        tried.right();
        Ok(Actor {
            standing: Standing::Fresh,
            ..actor.clone()
        })
    }

    /// Somebody's own passkeys.
    pub async fn passkeys(&self, actor: &Actor) -> Result<Vec<Passkey>, Refusal> {
        let person = actor.person().ok_or(Code::NotAllowed)?;
        let read = self.journal.passkeys(&actor.district, person).await;
        read.map_err(unavailable)
    }

    /// The first step of another passkey, by somebody who is fresh: the stamp says so in the second.
    pub async fn begin_passkey(
        &self,
        actor: &Actor,
        host: &Host,
    ) -> Result<(Stamped, Vec<Passkey>), Refusal> {
        self.may(actor, &DirectoryAct::AddPasskey)?;
        let bound = of_making(actor, host).ok_or(Code::NotAllowed)?;
        Ok((self.stamped(&bound)?, self.passkeys(actor).await?))
    }

    /// The second: what the authenticator made.
    pub async fn add_passkey(
        &self,
        actor: &Actor,
        host: &Host,
        name: &Text,
        made: &Made<'_>,
    ) -> Result<Passkey, Refusal> {
        let bound = of_making(actor, host).ok_or(Code::NotAllowed)?;
        // The first step took a fresh proof; its stamp says so for two minutes.
        let is_fresh = actor.standing == Standing::Live && self.is_fresh(&bound, made.stamp);
        let proven = Actor {
            standing: if is_fresh {
                Standing::Fresh
            } else {
                actor.standing
            },
            ..actor.clone()
        };
        self.may(&proven, &DirectoryAct::AddPasskey)?;
        let person = actor.person().ok_or(Code::NotAllowed)?;
        let name: String = name.as_str().chars().take(NAME_MAX).collect();
        let is_ours = challenge(&bound, made.stamp).is_some_and(|challenge| {
            client::said(made.client_data)
                .is_some_and(|said| said.is_of("webauthn.create", &challenge, host))
        });
        let attested = attested::read(made.attestation, host).filter(|_| is_ours);
        let attested = attested.ok_or(Code::ProofWrong)?;
        let now = self.clock.now();
        let passkey = Passkey {
            id: id_of(&attested.credential)?,
            name,
            made_at: crate::clock::whole_micros(now),
            rp: host.rp().to_owned(),
            credential: URL_SAFE_NO_PAD.encode(&attested.credential),
            algorithm: attested.algorithm,
            key: URL_SAFE_NO_PAD.encode(&attested.key),
        };
        let (district, by) = (&actor.district, &actor.author);
        let add = self
            .journal
            .add_passkey(district, person, &passkey, by, now);
        match add.await {
            Ok(()) => Ok(passkey),
            Err(ChangeError::Refused(code)) => Err(code.into()),
            Err(ChangeError::Journal(error)) => Err(unavailable(error)),
        }
    }

    /// Takes one's own away.
    pub async fn remove_passkey(&self, actor: &Actor, id: &PasskeyId) -> Result<(), Refusal> {
        self.may(actor, &DirectoryAct::RemovePasskey)?;
        let person: &PersonId = actor.person().ok_or(Code::NotAllowed)?;
        let (by, now) = (&actor.author, self.clock.now());
        let gone = self
            .journal
            .remove_passkey(&actor.district, person, id, by, now);
        let stood = gone
            .await
            .map_err(|error: JournalError| unavailable(error))?;
        if stood {
            Ok(())
        } else {
            Err(Refusal::new(Code::UnknownThing).about([id]))
        }
    }
}

/// What an authenticator made (WebAuthn `create`), as the page sends it.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// The stamp of the first step.
    pub stamp: &'a str,
    /// `clientDataJSON`.
    pub client_data: &'a str,
    /// `attestationObject`.
    pub attestation: &'a str,
}

/// What a stamp's tag is over: a stamp of one thing says nothing of another.
fn sealed(bound: &Value, said: &[u8]) -> Option<Vec<u8>> {
    let bound = lockstep_proto::export::canonical(bound).ok()?;
    Some([said, bound.as_bytes()].concat())
}

/// The hash of what is bound and its stamp: RFC 8785 gives one spelling of it.
fn challenge(bound: &Value, stamp: &str) -> Option<String> {
    let all = json!({ "bound": bound, "stamp": stamp });
    let all = lockstep_proto::export::canonical(&all).ok()?;
    Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, all.as_bytes())))
}
