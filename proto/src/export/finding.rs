//! What a check of an export says: the verdict, and findings in sentences that an investigator can read.
//!
//! This module owns the words. It decides nothing.

use std::fmt;

use serde::Serialize;

use crate::merkle::Hash;
use crate::note::NoteError;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The answer in one word.
    pub verdict: Verdict,
    /// How many entries the export holds.
    pub entries: u64,
    /// Up to which entry trusted heads vouch for what is here.
    pub vouched: u64,
    /// Losses that a later entry declares, in order of the place where the entries end.
    pub losses: Vec<Loss>,
    /// What became of the sealed texts.
    pub details: DetailCounts,
}

/// The answer of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Every entry stands as it was signed, and every head that was seen is accounted for.
    Whole,
    /// As whole, but the journal once lost its newest entries and said so under a signed head.
    TailLost {
        /// The first seq of which an earlier writing was lost.
        at_seq: u64,
    },
    /// The export is not what was signed.
    Tampered {
        /// Why, at least one.
        findings: Vec<Finding>,
    },
}

/// Entries that a head had counted, that the journal lost, and whose loss the next epoch declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The epoch that lost its tail.
    pub epoch: u64,
    /// The first seq lost.
    pub from_seq: u64,
    /// The last seq that a head had counted.
    pub to_seq: u64,
}

/// How many sealed texts are shown, kept back, removed or changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DetailCounts {
    /// Shown, and the very text that was sealed.
    pub shown: u64,
    /// Sealed in an entry, and not in this export.
    pub withheld: u64,
    /// Removed, with the reason given.
    pub removed: u64,
    /// Shown, but not the text that was sealed.
    pub altered: u64,
}

/// One thing that is wrong. The position is counted in the export, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The format is not one that this check knows.
    Format {
        /// What the export calls itself.
        format: String,
    },
    /// The sequence has a gap, a repetition or a wrong order.
    Sequence {
        /// Where.
        position: u64,
        /// The seq that stands there.
        seq: u64,
    },
    /// The entry is not canonical JSON.
    NotCanonical {
        /// Which entry.
        position: u64,
    },
    /// The hashed entry itself names another seq or epoch.
    Mislabelled {
        /// Which entry.
        position: u64,
    },
    /// An epoch that is lower than the one before, or 0.
    EpochDecreased {
        /// Which entry.
        position: u64,
        /// Its epoch.
        epoch: u64,
    },
    /// A new epoch that does not begin by saying so.
    EpochNotOpened {
        /// Which entry.
        position: u64,
        /// Its epoch.
        epoch: u64,
    },
    /// A head that does not verify.
    BadHead {
        /// Where the head stands.
        place: HeadPlace,
        /// What is wrong with it.
        #[serde(serialize_with = "as_sentence")]
        why: NoteError,
    },
    /// A head of another log.
    ForeignHead {
        /// Where the head stands.
        place: HeadPlace,
        /// The log it names.
        origin: String,
    },
    /// Two heads of one epoch and size with different roots: two histories were signed.
    Fork {
        /// The epoch.
        epoch: u64,
        /// The size.
        size: u64,
    },
    /// The entries are not those that a head was signed over.
    Changed {
        /// The head's epoch.
        epoch: u64,
        /// The head's size.
        size: u64,
        /// How many entries a smaller head still proves unchanged.
        proven: u64,
    },
    /// A head counts entries that are neither here nor declared lost.
    CutOff {
        /// The head's epoch.
        epoch: u64,
        /// The head's size.
        size: u64,
        /// How many are here.
        kept: u64,
    },
    /// No trusted head covers the last entries, or any.
    NotVouched {
        /// The first entry that no head covers.
        from: u64,
        /// The last.
        to: u64,
    },
    /// There is no trusted head at all.
    NoHead,
    /// A text that is not the one sealed.
    DetailAltered {
        /// Which entry.
        position: u64,
        /// The seal.
        hash: Hash,
    },
    /// A text whose seal the entry does not hold.
    DetailForeign {
        /// Which entry.
        position: u64,
        /// The seal.
        hash: Hash,
    },
}

/// Where a head was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadPlace {
    /// In the export's own list.
    Exported,
    /// Kept by somebody else and brought to the check.
    Remembered,
    /// Named by the entry, at this position, that opens an epoch.
    Opening(u64),
}

fn as_sentence<S: serde::Serializer>(why: &NoteError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(why)
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::TailLost { at_seq } => write!(f, "tail lost at seq {at_seq} (declared)"),
            Self::Tampered { .. } => f.write_str("tampered"),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            epoch,
            from_seq,
            to_seq,
        } = self;
        write!(
            f,
            "Entries {from_seq} to {to_seq}, as first written in epoch {epoch}, were lost; a later signed entry declares it."
        )
    }
}

impl fmt::Display for HeadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exported => f.write_str("A head in the export"),
            Self::Remembered => f.write_str("A head kept outside the export"),
            Self::Opening(position) => write!(f, "The head named by entry {position}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { format } => write!(f, "The export's format is {format:?}, which this check does not know."),
            Self::Sequence { position, seq } => write!(f, "Entry {position} is numbered {seq}: an entry is missing, added or out of order."),
            Self::NotCanonical { position } => write!(f, "Entry {position} is not in the exact form in which entries are signed."),
            Self::Mislabelled { position } => write!(f, "Entry {position} is filed under another number or epoch than the entry itself states."),
            Self::EpochDecreased { position, epoch } => write!(f, "Entry {position} belongs to epoch {epoch}, but a later epoch had begun."),
            Self::EpochNotOpened { position, epoch } => write!(f, "Entry {position} is the first of epoch {epoch}, but does not declare that the epoch opens."),
            Self::BadHead { place, why } => write!(f, "{place} cannot be trusted: {why}."),
            Self::ForeignHead { place, origin } => write!(f, "{place} belongs to another log, {origin}."),
            Self::Fork { epoch, size } => write!(f, "Two different histories of epoch {epoch} were signed, each with {size} entries."),
            Self::Changed { epoch, size, proven } => write!(
                f,
                "The first {size} entries are not those signed in epoch {epoch}: something in entries {} to {size} was changed, added or removed.",
                proven.saturating_add(1)
            ),
            Self::CutOff { epoch, size, kept } => write!(f, "A head signed in epoch {epoch} counts {size} entries; {kept} are here, and no signed entry declares the rest lost."),
            Self::NotVouched { from, to } => write!(f, "Entries {from} to {to} are under no signed head: nothing shows that they are genuine."),
            Self::NoHead => f.write_str("There is no head signed by a trusted key: nothing shows that the export is genuine."),
            Self::DetailAltered { position, hash } => write!(f, "A text beside entry {position} is not the text that was sealed as {hash}."),
            Self::DetailForeign { position, hash } => write!(f, "A text beside entry {position} is sealed as {hash}, which the entry does not mention."),
        }
    }
}
