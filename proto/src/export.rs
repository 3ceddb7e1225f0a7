//! The timeline export: one document that says what happened at a campus, and carries what proves it.
//!
//! This module owns the document's form, the sealing of free text (T5) and canonical JSON. It never reads a file,
//! and it trusts nothing in the document: [`check()`] says what holds (T2), in the words of [`finding`].

pub mod check;
pub mod finding;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use check::check;
pub use finding::{DetailCounts, Finding, Loss, Report, Verdict};

use crate::merkle::{Hash, MAX_SIZE, decode_hex};

/// The only format so far. A change to what is hashed or checked gets another name.
pub const FORMAT: &str = "lockstep-timeline/1";

const SEAL_DOMAIN: &[u8] = b"lockstep detail v1\0";

/// A campus's timeline, with all that an offline check needs but the trusted keys.
///
/// Unknown fields are refused: nothing may ride along that the check does not look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// [`FORMAT`].
    pub format: String,
    /// The district, as in the log's origin.
    pub district: String,
    /// The campus, as in the log's origin.
    pub campus: String,
    /// The verifier keys that the server says are its own. A reader's hint; the check uses only keys brought to it.
    pub keys: Vec<String>,
    /// Signed heads: at least the newest of each epoch, and one over the last entry.
    pub heads: Vec<String>,
    /// Every entry, in order.
    pub entries: Vec<ExportedEntry>,
}

/// One entry and the details kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportedEntry {
    /// Its place, from 1.
    pub seq: u64,
    /// The epoch in which it was written.
    pub epoch: u64,
    /// The canonical JSON, byte for byte as it was hashed.
    pub entry: String,
    /// What its seals stand for. One left out is *withheld*.
    #[serde(default)]
    pub details: Vec<Detail>,
}

/// A text whose seal stands in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// The seal: `{"sealed":"<hash>"}` in the entry.
    pub hash: Hash,
    /// Present exactly when the text is. A removed text's salt goes with it, else a short text could be guessed.
    #[serde(default)]
    pub salt: Option<Salt>,
    /// The text, unless removed or withheld.
    #[serde(default)]
    pub text: Option<String>,
    /// Why the text was removed, and under which order.
    #[serde(default)]
    pub removed: Option<String>,
}

/// Sixteen random bytes that keep a seal from being guessed; lowercase hex in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String", extend("pattern" = crate::schema::SALT))
)]
pub struct Salt(pub [u8; 16]);

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = [0; 16];
        decode_hex(&String::deserialize(deserializer)?, &mut bytes)
            .ok_or_else(|| D::Error::custom("a salt is 32 lowercase hex digits"))?;
        Ok(Self(bytes))
    }
}

/// The hash that stands in an entry for a free text, so that the text can be removed and the log stays whole.
#[must_use]
pub fn seal_text(salt: Salt, text: &str) -> Hash {
    let hasher = Sha256::new()
        .chain_update(SEAL_DOMAIN)
        .chain_update(salt.0)
        .chain_update(text);
    Hash(hasher.finalize().into())
}

/// Why a value has no canonical JSON here.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// Programs do not agree on how to print these, or round them.
    #[error("{0} is a fraction, or too large for every program to read alike")]
    Number(serde_json::Number),
    /// The serializer refused.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The RFC 8785 form of a value whose numbers are all integers below 2^53 in magnitude.
///
/// # Errors
/// [`CanonicalError::Number`] names the first number that is not.
pub fn canonical(value: &Value) -> Result<String, CanonicalError> {
    check_numbers(value)?;
    Ok(serde_json_canonicalizer::to_string(value)?)
}

fn check_numbers(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => number
            .as_i64()
            .filter(|n| n.unsigned_abs() < MAX_SIZE)
            .map(|_| ())
            .ok_or_else(|| CanonicalError::Number(number.clone())),
        Value::Array(values) => values.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
    }
}
