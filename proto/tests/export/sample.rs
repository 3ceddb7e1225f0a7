//! Small timelines, written and signed as a server would.

use lockstep_proto::export::{
    Detail, Export, ExportedEntry, FORMAT, Finding, Report, Salt, Verdict, canonical, check,
    seal_text,
};
use lockstep_proto::merkle::{Hash, leaf_hash, root};
use lockstep_proto::note::{Checkpoint, Origin, SignedHead, SigningKey, VerifierKey};
use serde_json::{Value, json};

pub(crate) const SALT: Salt = Salt([9; 16]);

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed("oak", &[1; 32]).unwrap()
}

pub(crate) fn keys() -> [VerifierKey; 1] {
    [key().verifier().unwrap()]
}

/// The head that the server signs over what a log holds now.
pub(crate) fn head(entries: &[ExportedEntry], epoch: u64) -> SignedHead {
    let leaves: Vec<Hash> = entries
        .iter()
        .map(|e| leaf_hash(e.entry.as_bytes()))
        .collect();
    let head = Checkpoint {
        origin: Origin::new("oak", "north", epoch).unwrap(),
        size: leaves.len() as u64,
        root: root(&leaves),
    };
    key().sign(&head).unwrap()
}

pub(crate) fn entry(seq: u64, epoch: u64, fact: Value) -> ExportedEntry {
    let entry = canonical(&json!({"seq": seq, "epoch": epoch, "fact": fact})).unwrap();
    ExportedEntry {
        seq,
        epoch,
        entry,
        details: vec![],
    }
}

pub(crate) fn annotated(seq: u64, epoch: u64, text: &str) -> ExportedEntry {
    let hash = seal_text(SALT, text);
    let mut entry = entry(
        seq,
        epoch,
        json!({"fact": "annotated", "text": {"sealed": hash}}),
    );
    let text = Some(text.to_owned());
    entry.details.push(Detail {
        hash,
        salt: Some(SALT),
        text,
        removed: None,
    });
    entry
}

pub(crate) fn opened(seq: u64, epoch: u64, previous_head: Option<&SignedHead>) -> ExportedEntry {
    entry(
        seq,
        epoch,
        json!({"fact": "epoch_opened", "previous_head": previous_head}),
    )
}

/// Writes `count` more entries of an epoch.
pub(crate) fn grow(entries: &mut Vec<ExportedEntry>, epoch: u64, count: u64) {
    for _ in 0..count {
        let seq = entries.len() as u64 + 1;
        entries.push(annotated(seq, epoch, &format!("door {seq}, epoch {epoch}")));
    }
}

pub(crate) fn log(count: u64) -> Vec<ExportedEntry> {
    let mut entries = vec![];
    grow(&mut entries, 1, count);
    entries
}

pub(crate) fn export(entries: Vec<ExportedEntry>, heads: &[SignedHead]) -> Export {
    Export {
        format: FORMAT.to_owned(),
        district: "oak".to_owned(),
        campus: "north".to_owned(),
        keys: keys().iter().map(ToString::to_string).collect(),
        heads: heads.iter().map(ToString::to_string).collect(),
        entries,
    }
}

/// An export of `count` entries with the heads that were handed out at 5 entries and at the end.
pub(crate) fn sample(count: u64) -> Export {
    let entries = log(count);
    let heads = [head(&entries[..5], 1), head(&entries, 1)];
    export(entries, &heads)
}

pub(crate) fn checked(export: &Export) -> Report {
    check(export, &keys(), &[])
}

pub(crate) fn findings(report: &Report) -> &[Finding] {
    match &report.verdict {
        Verdict::Tampered { findings } => findings,
        Verdict::Whole | Verdict::TailLost { .. } => &[],
    }
}

/// Epoch 1 had ten entries and a head over them; seven came back. Epoch 2 says so, and has four entries.
pub(crate) fn lost_tail() -> (Vec<ExportedEntry>, SignedHead) {
    let mut entries = log(10);
    let before = head(&entries, 1);
    entries.truncate(7);
    entries.push(opened(8, 2, Some(&before)));
    grow(&mut entries, 2, 3);
    (entries, before)
}
