//! The offline check of an export (T2, invariant 11): every head that anybody kept must be accounted for.
//!
//! This module owns what makes a timeline *whole*, *tail lost (declared)* or *tampered*. It trusts the keys that it
//! is given and nothing else, least of all the export, and it never stops at the first finding.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use serde_json::Value;

use super::finding::{DetailCounts, Finding, HeadPlace, Loss, Report, Verdict};
use super::{Export, ExportedEntry, FORMAT, canonical, seal_text};
use crate::merkle::{Frontier, Hash, leaf_hash};
use crate::note::{Checkpoint, NoteError, SignedHead, VerifierKey};

/// Checks an export against trusted keys, and against heads that clients and other instances kept.
///
/// A kept head is as good as one in the export: it is what makes cutting the end off show.
#[must_use]
pub fn check(export: &Export, trusted: &[VerifierKey], remembered: &[SignedHead]) -> Report {
    let mut findings = Vec::new();
    if export.format != FORMAT {
        findings.push(Finding::Format {
            format: export.format.clone(),
        });
    }
    let read = read_entries(export, &mut findings);
    let heads = trusted_heads(export, &read.openings, trusted, remembered, &mut findings);
    find_forks(&heads, &mut findings);
    let vouched = compare_roots(export, &read, &heads, &mut findings);
    let losses = account_for_tails(&read, &heads, vouched, &mut findings);

    let entries = export.entries.len() as u64;
    if heads.is_empty() {
        findings.push(Finding::NoHead);
    } else if vouched < entries {
        findings.push(Finding::NotVouched {
            from: vouched + 1,
            to: entries,
        });
    }
    let first_loss = losses.iter().map(|loss| loss.from_seq).min();
    let verdict = match (findings.is_empty(), first_loss) {
        (false, _) => Verdict::Tampered { findings },
        (true, Some(at_seq)) => Verdict::TailLost { at_seq },
        (true, None) => Verdict::Whole,
    };
    Report {
        verdict,
        entries,
        vouched,
        losses,
        details: read.details,
    }
}

/// What one walk over the entries learns. Positions count from 1, as seqs should.
#[derive(Default)]
struct Walk {
    openings: Vec<Opening>,
    /// Each epoch's last position.
    ends: BTreeMap<u64, u64>,
    details: DetailCounts,
}

/// The first entry of an epoch, and the head of the old log that it names.
struct Opening {
    position: u64,
    epoch: u64,
    previous_head: Option<String>,
}

impl Walk {
    /// How many entries the log of this epoch still has: those of later epochs are not its own.
    fn kept(&self, epoch: u64) -> u64 {
        let last = self.ends.range(..=epoch).next_back();
        last.map_or(0, |(_, position)| *position)
    }
}

fn read_entries(export: &Export, findings: &mut Vec<Finding>) -> Walk {
    let mut walk = Walk::default();
    let mut epoch = 1;
    let mut expected = 1;
    for (position, exported) in (1..).zip(&export.entries) {
        // Said where the numbers part, not of every entry after it.
        if exported.seq != expected {
            let seq = exported.seq;
            findings.push(Finding::Sequence { position, seq });
        }
        expected = exported.seq.saturating_add(1);
        let entry = read_entry(exported, position, findings);
        if exported.epoch < epoch {
            let epoch = exported.epoch;
            findings.push(Finding::EpochDecreased { position, epoch });
        } else if exported.epoch > epoch {
            epoch = exported.epoch;
            match opening(&entry, position, epoch) {
                Some(opening) => walk.openings.push(opening),
                None => findings.push(Finding::EpochNotOpened { position, epoch }),
            }
        }
        // An entry filed under a lower epoch is a finding of its own, and counts with those around it.
        walk.ends.insert(epoch, position);
        check_details(exported, &entry, position, &mut walk.details, findings);
    }
    walk
}

/// The entry's JSON, `Null` if it has none. Canonical form leaves no room for a second reading of the hashed bytes.
fn read_entry(exported: &ExportedEntry, position: u64, findings: &mut Vec<Finding>) -> Value {
    let value: Value = serde_json::from_str(&exported.entry).unwrap_or_default();
    if !canonical(&value).is_ok_and(|text| text == exported.entry) {
        findings.push(Finding::NotCanonical { position });
    }
    let states = |field, number| value.get(field).and_then(Value::as_u64) == Some(number);
    if !states("seq", exported.seq) || !states("epoch", exported.epoch) {
        findings.push(Finding::Mislabelled { position });
    }
    value
}

fn opening(entry: &Value, position: u64, epoch: u64) -> Option<Opening> {
    let fact = entry.get("fact")?;
    if fact.get("fact")?.as_str()? != "epoch_opened" {
        return None;
    }
    let previous_head = match fact.get("previous_head") {
        None | Some(Value::Null) => None,
        // What is no text is no head either, and is found as such.
        Some(other) => Some(other.as_str().unwrap_or_default().to_owned()),
    };
    Some(Opening {
        position,
        epoch,
        previous_head,
    })
}

fn check_details(
    exported: &ExportedEntry,
    entry: &Value,
    position: u64,
    counts: &mut DetailCounts,
    findings: &mut Vec<Finding>,
) {
    let mut withheld = HashSet::new();
    collect_seals(entry, &mut withheld);
    let sealed = withheld.clone();
    for detail in &exported.details {
        let hash = detail.hash;
        if !sealed.contains(hash.to_string().as_str()) {
            findings.push(Finding::DetailForeign { position, hash });
            continue;
        }
        match (&detail.text, detail.salt, &detail.removed) {
            (Some(text), Some(salt), _) if seal_text(salt, text) == hash => counts.shown += 1,
            (Some(_), _, _) => {
                counts.altered += 1;
                findings.push(Finding::DetailAltered { position, hash });
            }
            (None, _, Some(_)) => counts.removed += 1,
            // Named, but not shown and not said to be removed: as if it were left out.
            (None, _, None) => continue,
        }
        withheld.remove(hash.to_string().as_str());
    }
    counts.withheld += withheld.len() as u64;
}

/// Every `{"sealed":"…"}` in the entry. The depth is bounded by the JSON parser's own limit.
fn collect_seals<'a>(value: &'a Value, seals: &mut HashSet<&'a str>) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        Value::Array(values) => values.iter().for_each(|value| collect_seals(value, seals)),
        Value::Object(fields) => {
            if let (1, Some(Value::String(seal))) = (fields.len(), fields.get("sealed")) {
                seals.insert(seal);
            }
            fields
                .values()
                .for_each(|value| collect_seals(value, seals));
        }
    }
}

/// A head by a trusted key, of this campus.
struct Head {
    checkpoint: Checkpoint,
    /// The opening that names it, by position and epoch.
    named_by: Option<(u64, u64)>,
}

impl Head {
    fn epoch(&self) -> u64 {
        self.checkpoint.origin.epoch()
    }

    fn size(&self) -> u64 {
        self.checkpoint.size
    }
}

fn trusted_heads(
    export: &Export,
    openings: &[Opening],
    trusted: &[VerifierKey],
    remembered: &[SignedHead],
    findings: &mut Vec<Finding>,
) -> Vec<Head> {
    let mut heads = Vec::new();
    let mut take = |place, named_by, head: Result<SignedHead, NoteError>| {
        let verified = head.and_then(|head| head.verify(trusted).cloned());
        match verified {
            Err(why) => findings.push(Finding::BadHead { place, why }),
            Ok(checkpoint) if is_of(&checkpoint, export) => heads.push(Head {
                checkpoint,
                named_by,
            }),
            Ok(checkpoint) => findings.push(Finding::ForeignHead {
                place,
                origin: checkpoint.origin.to_string(),
            }),
        }
    };
    for note in &export.heads {
        take(HeadPlace::Exported, None, note.parse());
    }
    for head in remembered {
        take(HeadPlace::Remembered, None, Ok(head.clone()));
    }
    for opening in openings {
        if let Some(note) = &opening.previous_head {
            let named_by = Some((opening.position, opening.epoch));
            take(HeadPlace::Opening(opening.position), named_by, note.parse());
        }
    }
    heads
}

fn is_of(checkpoint: &Checkpoint, export: &Export) -> bool {
    let origin = &checkpoint.origin;
    origin.district() == export.district && origin.campus() == export.campus
}

fn find_forks(heads: &[Head], findings: &mut Vec<Finding>) {
    let mut roots: BTreeMap<(u64, u64), Hash> = BTreeMap::new();
    let mut forks = BTreeSet::new();
    for head in heads {
        let root = head.checkpoint.root;
        let known = roots.entry((head.epoch(), head.size())).or_insert(root);
        if *known != root && forks.insert((head.epoch(), head.size())) {
            let (epoch, size) = (head.epoch(), head.size());
            findings.push(Finding::Fork { epoch, size });
        }
    }
}

/// Compares each head that lies within the export with the entries, and says how many entries heads vouch for.
fn compare_roots(export: &Export, walk: &Walk, heads: &[Head], findings: &mut Vec<Finding>) -> u64 {
    let mut within: Vec<_> = heads
        .iter()
        .filter(|head| head.size() <= walk.kept(head.epoch()))
        .collect();
    within.sort_by_key(|head| head.size());

    let mut vouched = 0;
    let mut frontier = Frontier::new();
    let mut leaves = export.entries.iter();
    for head in within {
        let missing = head.size().saturating_sub(frontier.size());
        for exported in leaves.by_ref().take(usize::try_from(missing).unwrap_or(0)) {
            frontier.push(leaf_hash(exported.entry.as_bytes()));
        }
        if frontier.root() == head.checkpoint.root {
            vouched = head.size();
        } else {
            findings.push(Finding::Changed {
                epoch: head.epoch(),
                size: head.size(),
                proven: vouched,
            });
        }
    }
    vouched
}

/// Heads that count more entries than are left: each is a declared loss, or somebody cut the end off.
fn account_for_tails(
    walk: &Walk,
    heads: &[Head],
    vouched: u64,
    findings: &mut Vec<Finding>,
) -> Vec<Loss> {
    // An opening that no matching head covers could be anybody's: only a signed one may excuse a loss.
    let declared: Vec<_> = heads
        .iter()
        .filter(|head| {
            head.named_by
                .is_some_and(|(position, epoch)| position <= vouched && head.epoch() < epoch)
        })
        .collect();
    let mut losses: BTreeMap<u64, Loss> = BTreeMap::new();
    for head in heads {
        let (epoch, size) = (head.epoch(), head.size());
        let kept = walk.kept(epoch);
        if size <= kept {
            continue;
        }
        if !declared.iter().any(|named| excuses(named, head, walk)) {
            findings.push(Finding::CutOff { epoch, size, kept });
            continue;
        }
        let loss = losses.entry(epoch).or_insert(Loss {
            epoch,
            from_seq: kept + 1,
            to_seq: size,
        });
        loss.to_seq = loss.to_seq.max(size);
    }
    losses.into_values().collect()
}

/// Whether the head that an opening names accounts for the loss that `lost` shows.
///
/// It does if it is the newest of the same epoch. It also does if it is of a later epoch, and of that epoch and all
/// between nothing is left: their openings, which accounted for the earlier loss, were themselves lost.
fn excuses(named: &Head, lost: &Head, walk: &Walk) -> bool {
    let (from, to) = (lost.epoch(), named.epoch());
    match to.cmp(&from) {
        Ordering::Less => false,
        Ordering::Equal => named.size() >= lost.size(),
        Ordering::Greater => {
            let mut between = walk
                .ends
                .range((Bound::Excluded(from), Bound::Included(to)));
            between.next().is_none()
        }
    }
}
