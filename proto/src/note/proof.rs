//! The `.tlog-proof` file: one entry's place in a signed log, to be checked far away from it (S6).
//!
//! This module owns the file's format and its check. It never holds the entry itself, which travels beside it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Checkpoint, MAX_NOTE, NoteError, SignedHead, VerifierKey, decimal};
use crate::merkle::{Hash, MAX_PATH, leaf_hash, verify_inclusion};
use crate::timeline::Entry;

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// No file is longer: a whole note, a whole path, and as much again as a note for the extra data.
const MAX_FILE: usize = 3 * MAX_NOTE;

/// A proof that an entry stands at `index` in the log that `checkpoint` is a head of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Whatever the maker wished to add. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The entry's `seq - 1`.
    pub index: u64,
    /// The audit path, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// The head that the path leads to.
    pub checkpoint: SignedHead,
}

impl TlogProof {
    /// Checks that these very bytes are the entry, under a head that a trusted key signed.
    ///
    /// # Errors
    /// Says whether the signature or the path fails.
    pub fn verify(&self, leaf: &[u8], keys: &[VerifierKey]) -> Result<&Checkpoint, NoteError> {
        let head = self.checkpoint.verify(keys)?;
        verify_inclusion(
            leaf_hash(leaf),
            self.index,
            head.size,
            &self.path,
            head.root,
        )?;
        Ok(head)
    }

    /// The entry whose bytes travel in `extra`, once they are proven: its place in the log is
    /// the place that it says of itself (S6).
    ///
    /// # Errors
    /// As [`TlogProof::verify`]; and where there are no bytes, or they are no entry of this log.
    pub fn entry(&self, keys: &[VerifierKey]) -> Result<Entry, NoteError> {
        let bytes = self.extra.as_deref();
        let bytes = bytes.ok_or(NoteError::BadProof("it carries no entry"))?;
        let head = self.verify(bytes, keys)?;
        let entry: Entry = serde_json::from_slice(bytes)
            .map_err(|_| NoteError::BadProof("what it carries is no entry"))?;
        let origin = &head.origin;
        let its_own = entry.log.district.as_str() == origin.district()
            && entry.log.campus_name() == origin.campus()
            && u64::from(entry.epoch) <= origin.epoch()
            && entry.seq == self.index + 1;
        its_own
            .then_some(entry)
            .ok_or(NoteError::BadProof("its entry is of another log or place"))
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        if text.len() > MAX_FILE {
            return Err(NoteError::BadProof("it is too long"));
        }
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(NoteError::BadProof("it has no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(MAGIC) {
            return Err(NoteError::BadProof("its first line is another"));
        }
        let extra = lines.peek().and_then(|line| line.strip_prefix("extra "));
        let extra = extra.map(|extra| BASE64.decode(extra)).transpose();
        let extra = extra.map_err(|_| NoteError::BadProof("its extra line is not base64"))?;
        if extra.is_some() {
            lines.next();
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(NoteError::BadProof("it has no index"))?;
        let path = lines.map(Hash::from_base64).collect::<Result<Vec<_>, _>>();
        let path = path.map_err(|_| NoteError::BadProof("a line of its path is not a hash"))?;
        if path.len() > MAX_PATH {
            return Err(NoteError::BadProof("its path is longer than 64"));
        }
        Ok(Self {
            extra,
            index,
            path,
            checkpoint: checkpoint.parse()?,
        })
    }
}
