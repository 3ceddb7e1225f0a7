//! Signed heads of a log: C2SP signed notes, checkpoints and the origin that names a log.
//!
//! This module owns what a head says, how it is written and when a signature on it counts (T2, S6).
//! It never decides which keys are trusted, and knows nothing of what the log holds. Keys are in [`key`],
//! proofs that leave the building in [`proof`].

pub mod key;
pub mod proof;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use key::{SigningKey, VerifierKey};
pub use proof::TlogProof;

use crate::merkle::{Hash, ProofError};

/// No note is longer.
pub const MAX_NOTE: usize = 64 * 1024;

/// No note carries more signatures; every verifier must accept this many.
pub const MAX_SIGNATURES: usize = 16;

/// No district or campus name is longer, so that an origin stays within the 255 bytes other programs allow.
pub const MAX_NAME: usize = 100;

const DASH: &str = "\u{2014} ";

/// Why a key, a note, a head or a proof is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A district or campus name that cannot stand in an origin.
    #[error("a name is 1 to 100 bytes without space, control character, slash or plus")]
    BadName,
    /// Text that names no campus log.
    #[error("the origin is not lockstep/<district>/<campus>/epoch-<n>")]
    BadOrigin,
    /// Bytes or text that are no Ed25519 key, or whose key id is wrong.
    #[error("this is not an Ed25519 key of the expected form")]
    BadKey,
    /// Text that is no signed note.
    #[error("this is not a signed note: {0}")]
    BadNote(&'static str),
    /// A note whose text is no checkpoint.
    #[error("the signed text is not a checkpoint: {0}")]
    BadCheckpoint(&'static str),
    /// Text that is no transparency log proof.
    #[error("this is not a transparency log proof: {0}")]
    BadProof(&'static str),
    /// A key asked to sign, or offered as signer, for a log that is not its district's.
    #[error("the key belongs to another district than the log")]
    WrongDistrict,
    /// A signature by a known key that does not hold.
    #[error("the signature of a known key does not hold")]
    BadSignature,
    /// No signature by a trusted key of the log's district.
    #[error("no trusted key of the log's district has signed this")]
    Unsigned,
    /// The signatures hold, but the path does not lead from the entry to the head.
    #[error("the entry is not in the signed log: {0}")]
    NotIncluded(#[from] ProofError),
}

/// Which log: one per campus and epoch. The district's own log has the campus [`Origin::DISTRICT`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    district: String,
    campus: String,
    epoch: u64,
}

impl Origin {
    /// What stands in a campus's place for the log of the district itself.
    pub const DISTRICT: &'static str = "_district";

    /// Names a log.
    ///
    /// # Errors
    /// [`NoteError::BadName`] for a name that would make the text ambiguous; [`NoteError::BadOrigin`] for epoch 0.
    pub fn new(district: &str, campus: &str, epoch: u64) -> Result<Self, NoteError> {
        check_name(district)?;
        check_name(campus)?;
        if epoch == 0 {
            return Err(NoteError::BadOrigin);
        }
        Ok(Self {
            district: district.to_owned(),
            campus: campus.to_owned(),
            epoch,
        })
    }

    /// The district whose key signs.
    #[must_use]
    pub fn district(&self) -> &str {
        &self.district
    }

    /// The campus whose log this is.
    #[must_use]
    pub fn campus(&self) -> &str {
        &self.campus
    }

    /// The epoch, counted from 1.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            district,
            campus,
            epoch,
        } = self;
        write!(f, "lockstep/{district}/{campus}/epoch-{epoch}")
    }
}

impl FromStr for Origin {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let parts: Vec<_> = text.splitn(4, '/').collect();
        let &["lockstep", district, campus, epoch] = parts.as_slice() else {
            return Err(NoteError::BadOrigin);
        };
        let epoch = epoch.strip_prefix("epoch-").and_then(decimal);
        Self::new(district, campus, epoch.ok_or(NoteError::BadOrigin)?)
    }
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let ambiguous = |c: char| c.is_whitespace() || c.is_control() || c == '/' || c == '+';
    if name.is_empty() || name.len() > MAX_NAME || name.contains(ambiguous) {
        return Err(NoteError::BadName);
    }
    Ok(())
}

/// Reads a decimal in its one spelling: digits, no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let value: u64 = text.parse().ok()?;
    (value.to_string() == text).then_some(value)
}

/// The head of one log: how many entries it has and what they hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many entries.
    pub size: u64,
    /// The Merkle root over them.
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root } = self;
        writeln!(f, "{origin}\n{size}\n{}", root.to_base64())
    }
}

impl FromStr for Checkpoint {
    type Err = NoteError;

    /// Lockstep signs no extension lines, so a text that has any is not one of its checkpoints.
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let lines: Vec<_> = text.splitn(4, '\n').collect();
        let &[origin, size, root, ""] = lines.as_slice() else {
            return Err(NoteError::BadCheckpoint("it is not exactly three lines"));
        };
        Ok(Self {
            origin: origin.parse()?,
            size: decimal(size).ok_or(NoteError::BadCheckpoint("its size is not a number"))?,
            root: Hash::from_base64(root)
                .map_err(|_| NoteError::BadCheckpoint("its root is not a hash"))?,
        })
    }
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix(DASH)?.split_once(' ')?;
        // Other parties' key names follow the note's rule, which allows slashes.
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return None;
        }
        let blob = BASE64.decode(blob).ok()?;
        let (key_id, bytes) = blob.split_first_chunk::<4>()?;
        let bytes = (!bytes.is_empty()).then(|| bytes.to_vec())?;
        Some(Self {
            name: name.to_owned(),
            key_id: *key_id,
            bytes,
        })
    }
}

/// A checkpoint with its signatures, kept as the very text that was handed out.
///
/// Parsing proves its form alone; only [`SignedHead::verify`] says whether anybody stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    note: String,
    checkpoint: Checkpoint,
    signatures: Vec<Signature>,
}

impl SignedHead {
    /// The note as it was handed out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.note
    }

    /// What the head claims. Unproven until [`SignedHead::verify`] has returned it.
    #[must_use]
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The head, if a trusted key of its own district signed it.
    ///
    /// Unknown keys are passed over. A known key's failing signature rejects the note, whoever else signed. A known
    /// key of another district (or a witness) must hold, but vouches for nothing: no district speaks for another.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] or [`NoteError::Unsigned`].
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<&Checkpoint, NoteError> {
        let text = self.checkpoint.to_string();
        let signer = key::name_of(self.checkpoint.origin.district());
        let mut vouched = false;
        for signature in &self.signatures {
            let is_signer =
                |key: &&VerifierKey| key.name() == signature.name && key.id() == signature.key_id;
            for key in keys.iter().filter(is_signer) {
                if !key.holds(text.as_bytes(), &signature.bytes) {
                    return Err(NoteError::BadSignature);
                }
                vouched |= signature.name == signer;
            }
        }
        vouched
            .then_some(&self.checkpoint)
            .ok_or(NoteError::Unsigned)
    }
}

impl fmt::Display for SignedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.note)
    }
}

impl FromStr for SignedHead {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::BadNote("it is over 64 KiB"));
        }
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::BadNote("it has a control character"));
        }
        // A checkpoint has no empty line, so the first is also the last, which the format asks for.
        let (text, signatures) = note
            .split_once("\n\n")
            .ok_or(NoteError::BadNote("it has no signatures"))?;
        let lines = signatures
            .strip_suffix('\n')
            .ok_or(NoteError::BadNote("its last line is cut off"))?;
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::BadNote("it has more than 16 signatures"));
        }
        let signatures = lines
            .split('\n')
            .map(Signature::parse)
            .collect::<Option<_>>();
        Ok(Self {
            note: note.to_owned(),
            checkpoint: format!("{text}\n").parse()?,
            signatures: signatures.ok_or(NoteError::BadNote("a signature line is malformed"))?,
        })
    }
}

impl Serialize for SignedHead {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.note)
    }
}

impl<'de> Deserialize<'de> for SignedHead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
