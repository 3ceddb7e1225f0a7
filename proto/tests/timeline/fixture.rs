//! Old journals replay for ever: every entry that a release wrote still reads, and still has
//! the bytes that it was hashed by. A fixture is never changed; a new release adds a file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use lockstep_proto::export::{ExportedEntry, Salt, canonical};
use lockstep_proto::merkle::{Hash, leaf_hash, root};
use lockstep_proto::text::Words;
use lockstep_proto::timeline::{Entry, seal, unseal};

use crate::facts::{KINDS, entry, every_fact, kind};

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/journal"
    ))
}

/// Each fixture: its name, its lines, and the root that its release recorded.
fn journals() -> Vec<(String, Vec<ExportedEntry>, Hash)> {
    let mut journals = Vec::new();
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "jsonl") {
            let lines = fs::read_to_string(&path).unwrap();
            let entries = lines.lines().map(|l| serde_json::from_str(l).unwrap());
            let recorded = fs::read_to_string(path.with_extension("root")).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            journals.push((name, entries.collect(), recorded.trim().parse().unwrap()));
        }
    }
    assert!(!journals.is_empty(), "no fixture was found");
    journals
}

#[test]
fn t2_old_journals_still_read_and_still_have_their_root() {
    let mut kinds = BTreeSet::new();
    for (name, lines, recorded) in journals() {
        let mut leaves = Vec::new();
        for line in &lines {
            let entry = unseal(&line.entry, &line.details).unwrap();
            assert_eq!((entry.seq, u64::from(entry.epoch)), (line.seq, line.epoch));
            kinds.insert(kind(&entry.stamped.fact));

            // Read without its words and written again, it has the very bytes of then: no
            // field was lost, renamed or given another default.
            let bare: Entry = serde_json::from_str(&line.entry).unwrap();
            let again = canonical(&serde_json::to_value(&bare).unwrap()).unwrap();
            assert_eq!(again, line.entry, "{name}");
            leaves.push(leaf_hash(line.entry.as_bytes()));

            let shown = line.details.iter().filter_map(|d| d.text.as_ref());
            let json = serde_json::to_string(&entry).unwrap();
            shown.for_each(|text| assert!(json.contains(text), "{name}: {text} was lost"));
        }
        assert_eq!(root(&leaves), recorded, "{name}");
    }
    assert_eq!(kinds.len(), KINDS, "a kind of fact stands in no fixture");
}

/// Writes the fixture of a release: `FIXTURE=v2 cargo test -p lockstep-proto -- --ignored`.
#[test]
#[ignore = "run once for each release that stores something new"]
fn write_a_fixture() {
    let name = std::env::var("FIXTURE").unwrap();
    let path = folder().join(format!("{name}.jsonl"));
    assert!(!path.exists(), "a fixture is never changed");

    let mut salt: u128 = 0;
    let mut said: u32 = 0;
    let facts = every_fact(&mut || {
        said += 1;
        Words::Words(format!("What was said, {said}: “back door”"))
    });
    let (mut lines, mut leaves) = (String::new(), Vec::new());
    for (seq, fact) in (1..).zip(facts) {
        let mut sealed = seal(&entry(seq, fact), &mut || {
            salt += 1;
            Salt(salt.to_be_bytes())
        })
        .unwrap();
        if let Some(last) = sealed.details.last_mut().filter(|_| seq == 2) {
            (last.salt, last.text) = (None, None);
            last.removed = Some("order 17".to_owned());
        }
        leaves.push(leaf_hash(sealed.canonical.as_bytes()));
        let line = ExportedEntry {
            seq,
            epoch: 1,
            entry: sealed.canonical,
            details: sealed.details,
        };
        lines += &serde_json::to_string(&line).unwrap();
        lines.push('\n');
    }
    fs::write(&path, lines).unwrap();
    fs::write(path.with_extension("root"), format!("{}\n", root(&leaves))).unwrap();
}
