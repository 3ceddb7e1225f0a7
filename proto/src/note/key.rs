//! The Ed25519 keys of signed notes, and their text forms.
//!
//! This module owns signing and checking one signature. It makes no randomness: who makes a key brings the seed.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::{Checkpoint, DASH, NoteError, SignedHead, check_name};
use crate::merkle::decode_hex;

/// The signature type of plain Ed25519 in the signed-note format.
const ED25519_TYPE: u8 = 1;

/// The key name of a district's logs.
pub(super) fn name_of(district: &str) -> String {
    format!("lockstep/{district}")
}

/// `SHA-256(name || "\n" || 0x01 || public key)[..4]`: says which key signed, proves nothing.
fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519_TYPE])
        .chain_update(public)
        .finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
    [a, b, c, d]
}

/// A key that heads are checked with: `name+hash+key` in text, as Go's `sumdb` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

impl VerifierKey {
    /// The key's name, `lockstep/<district>` for Lockstep's own.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id that signature lines carry.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.public)
    }

    /// Whether this key made this signature over this text.
    pub(super) fn holds(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public)
            .verify(text, signature)
            .is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        let typed = [&[ED25519_TYPE][..], &self.public].concat();
        write!(f, "{}+{id:08x}+{}", self.name, BASE64.encode(typed))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let parts: Vec<_> = text.splitn(3, '+').collect();
        let &[name, id, key] = parts.as_slice() else {
            return Err(NoteError::BadKey);
        };
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(NoteError::BadKey);
        }
        let typed = BASE64.decode(key).map_err(|_| NoteError::BadKey)?;
        let Some((&ED25519_TYPE, public)) = typed.split_first() else {
            return Err(NoteError::BadKey);
        };
        let key = Self {
            name: name.to_owned(),
            public: public.try_into().map_err(|_| NoteError::BadKey)?,
        };
        let mut claimed_id = [0; 4];
        decode_hex(id, &mut claimed_id).ok_or(NoteError::BadKey)?;
        if key.id() != claimed_id {
            return Err(NoteError::BadKey);
        }
        Ok(key)
    }
}

impl Serialize for VerifierKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VerifierKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// The key that signs the heads of one district's logs.
pub struct SigningKey {
    district: String,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The key that grows from 32 bytes, which the caller drew at random and keeps secret.
    ///
    /// # Errors
    /// [`NoteError::BadName`] for a district that cannot stand in a key's name.
    pub fn from_seed(district: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::BadKey)?;
        Self::from_pair(district, pair)
    }

    /// Reads a key from PKCS#8 DER, with or without its public half.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] when the bytes are no Ed25519 key.
    pub fn from_pkcs8(district: &str, der: &[u8]) -> Result<Self, NoteError> {
        let pair =
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| NoteError::BadKey)?;
        Self::from_pair(district, pair)
    }

    fn from_pair(district: &str, pair: Ed25519KeyPair) -> Result<Self, NoteError> {
        check_name(district)?;
        Ok(Self {
            district: district.to_owned(),
            pair,
        })
    }

    /// The secret as PKCS#8 (version 1) DER, which every tool reads.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] when the cryptographic library refuses.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, NoteError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| NoteError::BadKey)?;
        Ok(der.as_ref().to_vec())
    }

    /// The secret as the seed that it grew from.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] when the cryptographic library refuses.
    pub fn to_seed(&self) -> Result<[u8; 32], NoteError> {
        let seed = self.pair.seed().map_err(|_| NoteError::BadKey)?;
        let bytes = seed.as_be_bytes().map_err(|_| NoteError::BadKey)?;
        bytes.as_ref().try_into().map_err(|_| NoteError::BadKey)
    }

    /// The public half, to hand out.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] when the cryptographic library's key is not 32 bytes.
    pub fn verifier(&self) -> Result<VerifierKey, NoteError> {
        let public = self.pair.public_key().as_ref();
        Ok(VerifierKey {
            name: name_of(&self.district),
            public: public.try_into().map_err(|_| NoteError::BadKey)?,
        })
    }

    /// Signs a head of this district.
    ///
    /// # Errors
    /// [`NoteError::WrongDistrict`] for another district's log: no key speaks for a neighbour.
    pub fn sign(&self, head: &Checkpoint) -> Result<SignedHead, NoteError> {
        if head.origin.district() != self.district {
            return Err(NoteError::WrongDistrict);
        }
        let text = head.to_string();
        let key = self.verifier()?;
        let signature = self.pair.sign(text.as_bytes());
        let blob = BASE64.encode([&key.id()[..], signature.as_ref()].concat());
        format!("{text}\n{DASH}{} {blob}\n", key.name()).parse()
    }
}

impl fmt::Debug for SigningKey {
    /// Shows whose key it is, and nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("district", &self.district)
            .finish_non_exhaustive()
    }
}
