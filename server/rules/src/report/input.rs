//! What a report is made from: entries of one campus log, in order, and what became of words
//! that are not in their place.

use std::collections::BTreeMap;

use lockstep_proto::export::Detail;
use lockstep_proto::timeline::{Entry, unseal};

/// An entry as a report reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The entry, with its words in place as far as they are kept.
    pub entry: Entry,
    /// Words that were removed: their seal, and under which order (T5). What is not in its
    /// place and not here is withheld.
    pub removed: BTreeMap<String, String>,
}

impl Read {
    /// An entry and the details beside it.
    #[must_use]
    pub fn of(entry: Entry, details: &[Detail]) -> Self {
        let removed = details
            .iter()
            .filter_map(|detail| Some((detail.hash.to_string(), detail.removed.clone()?)));
        Self {
            entry,
            removed: removed.collect(),
        }
    }

    /// The same from an entry's bytes as a log keeps them; none where they are no entry.
    #[must_use]
    pub fn unsealed(canonical: &str, details: &[Detail]) -> Option<Self> {
        let entry = unseal(canonical, details).ok()?;
        Some(Self::of(entry, details))
    }
}
