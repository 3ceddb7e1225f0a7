//! Signed heads, proofs and exports: what is believed is what was signed.

use std::path::Path;
use std::sync::LazyLock;

use lockstep_proto::export::{Export, ExportedEntry, FORMAT, Verdict, check};
use lockstep_proto::merkle::{Hash, inclusion_proof, leaf_hash, root};
use lockstep_proto::note::{Checkpoint, Origin, SignedHead, SigningKey, TlogProof, VerifierKey};
use lockstep_proto::timeline::Entry;

/// A timeline that some release wrote, with heads that a key of ours signed.
pub struct Signed {
    /// The whole of it.
    pub export: Export,
    /// Heads over its first entry, its first half, and all.
    pub heads: Vec<SignedHead>,
    /// The proof of one entry, with the entry.
    pub proof: TlogProof,
    keys: Vec<VerifierKey>,
}

/// The newest journal of the fixtures, signed.
pub static SIGNED: LazyLock<Signed> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/journal/v5.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let entries: Vec<ExportedEntry> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let leaves: Vec<Hash> = entries
        .iter()
        .map(|entry| leaf_hash(entry.entry.as_bytes()))
        .collect();
    let first: Entry = serde_json::from_str(&entries[0].entry).unwrap();
    let (district, campus) = (first.log.district.as_str(), first.log.campus_name());
    let key = SigningKey::from_seed(district, &[9; 32]).unwrap();
    let sign = |size: usize| {
        let head = Checkpoint {
            origin: Origin::new(district, campus, entries[size - 1].epoch).unwrap(),
            size: size as u64,
            root: root(&leaves[..size]),
        };
        key.sign(&head).unwrap()
    };
    let heads: Vec<SignedHead> = [1, leaves.len() / 2, leaves.len()].map(sign).to_vec();
    let index = 3;
    let proof = TlogProof {
        extra: Some(entries[index].entry.clone().into_bytes()),
        index: index as u64,
        path: inclusion_proof(&leaves, index as u64, leaves.len() as u64).unwrap(),
        checkpoint: heads[2].clone(),
    };
    let keys = vec![key.verifier().unwrap()];
    let export = Export {
        format: FORMAT.to_owned(),
        district: district.to_owned(),
        campus: campus.to_owned(),
        keys: keys.iter().map(ToString::to_string).collect(),
        heads: heads.iter().map(|head| head.as_str().to_owned()).collect(),
        entries,
    };
    Signed {
        export,
        heads,
        proof,
        keys,
    }
});

/// A head, a proof or a key is written as it was read, and only what was signed is vouched for.
pub fn note(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let signed = &*SIGNED;
    if let Ok(head) = text.parse::<SignedHead>() {
        assert_eq!(head.as_str(), text, "a head is kept as it was handed out");
        if let Ok(vouched) = head.verify(&signed.keys) {
            let ours = signed.heads.iter().any(|own| own.claimed() == vouched);
            assert!(ours, "a head that nobody signed was vouched for");
        }
    }
    if let Ok(proof) = text.parse::<TlogProof>() {
        let again: TlogProof = proof.to_string().parse().expect("a proof that was written");
        assert_eq!(again, proof);
        if let Ok(entry) = proof.entry(&signed.keys) {
            let ours = &signed.export.entries[entry.seq as usize - 1];
            assert_eq!(
                proof.extra.as_deref(),
                Some(ours.entry.as_bytes()),
                "an entry that nobody wrote was proven"
            );
        }
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        let again: VerifierKey = key.to_string().parse().expect("a key that was written");
        assert_eq!(again.to_string(), key.to_string());
    }
}

/// What is found whole is what was signed: every entry, its words, and nothing besides (T2, T5).
pub fn export(bytes: &[u8]) {
    let Ok(export) = serde_json::from_slice::<Export>(bytes) else {
        return;
    };
    let signed = &*SIGNED;
    let report = check(&export, &signed.keys, &signed.heads);
    match report.verdict {
        Verdict::Tampered { findings } => {
            assert!(!findings.is_empty());
            assert!(findings.iter().all(|found| !found.to_string().is_empty()));
        }
        Verdict::Whole | Verdict::TailLost { .. } => {
            let bare = |export: &Export| -> Vec<String> {
                let all = export.entries.iter();
                all.map(|entry| entry.entry.clone()).collect()
            };
            assert_eq!(
                bare(&export),
                bare(&signed.export),
                "another timeline was found whole"
            );
            assert_eq!(report.vouched, signed.export.entries.len() as u64);
            for (entry, own) in export.entries.iter().zip(&signed.export.entries) {
                let shown = entry.details.iter().filter(|detail| detail.text.is_some());
                for detail in shown {
                    let sealed = own.details.iter().find(|own| own.hash == detail.hash);
                    let sealed = sealed.and_then(|own| own.text.as_ref());
                    assert_eq!(
                        detail.text.as_ref(),
                        sealed,
                        "words that nobody sealed were taken"
                    );
                }
            }
        }
    }
}
