//! Writes a small signed timeline into a folder, for verifiers that Lockstep's makers did not write.
//!
//! The folder gets `vkey`, `note`, and for each entry `leaf-<n>` and `leaf-<n>.tlog-proof`; `old.note` and
//! `consistency` (one base64 hash per line) show that the log only grew.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use lockstep_proto::export::canonical;
use lockstep_proto::merkle::{Hash, consistency_proof, inclusion_proof, leaf_hash, root};
use lockstep_proto::note::{Checkpoint, Origin, SigningKey, TlogProof};

const ENTRIES: u64 = 11;
const OLD: u64 = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    // A published seed: this key signs nothing but this sample.
    let key = SigningKey::from_seed("demo", &[42; 32])?;
    let leaves = (1..=ENTRIES)
        .map(|seq| {
            let fact = serde_json::json!({"fact": "annotated", "by": "Zoë"});
            canonical(&serde_json::json!({"seq": seq, "epoch": 1, "fact": fact}))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<Hash> = leaves
        .iter()
        .map(|leaf| leaf_hash(leaf.as_bytes()))
        .collect();
    let head = |size: u64, hashes: &[Hash]| {
        let origin = Origin::new("demo", "north-high", 1)?;
        let root = root(hashes);
        key.sign(&Checkpoint { origin, size, root })
    };
    let note = head(ENTRIES, &hashes)?;
    let old = head(OLD, hashes.get(..6).ok_or("too few")?)?;

    fs::create_dir_all(&folder)?;
    fs::write(folder.join("vkey"), key.verifier()?.to_string())?;
    fs::write(folder.join("note"), note.as_str())?;
    fs::write(folder.join("old.note"), old.as_str())?;
    let path = consistency_proof(&hashes, OLD, ENTRIES)?;
    let lines: Vec<String> = path.iter().map(|hash| hash.to_base64()).collect();
    fs::write(folder.join("consistency"), lines.join("\n"))?;
    for (index, leaf) in (0..).zip(&leaves) {
        let proof = TlogProof {
            extra: (index == 0).then(|| b"the first entry".to_vec()),
            index,
            path: inclusion_proof(&hashes, index, ENTRIES)?,
            checkpoint: note.clone(),
        };
        fs::write(folder.join(format!("leaf-{index}")), leaf)?;
        fs::write(
            folder.join(format!("leaf-{index}.tlog-proof")),
            proof.to_string(),
        )?;
    }
    Ok(())
}
