//! Invariant 11 as a property: whatever is done to a timeline after its heads were handed out shows.

use lockstep_proto::export::{Export, ExportedEntry, canonical, check};
use lockstep_proto::merkle::leaf_hash;
use lockstep_proto::note::{Checkpoint, Origin, SignedHead};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sample::*;

/// What a careful forger does after a change: every entry numbered right and canonical again.
fn renumber(entries: &mut [ExportedEntry]) {
    for (seq, entry) in (1..).zip(entries) {
        let mut value: Value = serde_json::from_str(&entry.entry).unwrap();
        value["seq"] = json!(seq);
        entry.entry = canonical(&value).unwrap();
        entry.seq = seq;
    }
}

/// What somebody may do to a timeline after its heads were handed out.
#[derive(Debug, Clone)]
enum Tampering {
    Edit(prop::sample::Index),
    FlipByte(prop::sample::Index, prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Truncate(prop::sample::Index),
    Append,
    Refile(prop::sample::Index, u64),
    EditDetail(prop::sample::Index, String),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        at().prop_map(Tampering::Edit),
        (at(), at(), 1_u8..128).prop_map(|(a, b, bits)| Tampering::FlipByte(a, b, bits)),
        at().prop_map(Tampering::Remove),
        at().prop_map(Tampering::Insert),
        (at(), at()).prop_map(|(a, b)| Tampering::Swap(a, b)),
        at().prop_map(Tampering::Truncate),
        Just(Tampering::Append),
        (at(), any::<u64>()).prop_map(|(a, epoch)| Tampering::Refile(a, epoch)),
        (at(), ".*").prop_map(|(a, text)| Tampering::EditDetail(a, text)),
    ]
}

fn tamper(entries: &mut Vec<ExportedEntry>, tampering: &Tampering) {
    let count = entries.len();
    match tampering {
        Tampering::Edit(at) => {
            let seq = at.index(count) as u64 + 1;
            entries[at.index(count)] = annotated(seq, 1, "another story");
        }
        Tampering::FlipByte(at, byte, bits) => {
            let mut bytes = entries[at.index(count)].entry.clone().into_bytes();
            let byte = byte.index(bytes.len());
            bytes[byte] ^= bits;
            entries[at.index(count)].entry = String::from_utf8(bytes).unwrap();
        }
        Tampering::Remove(at) => drop(entries.remove(at.index(count))),
        Tampering::Insert(at) => {
            entries.insert(at.index(count + 1), annotated(1, 1, "never happened"))
        }
        Tampering::Swap(a, b) => entries.swap(a.index(count), b.index(count)),
        Tampering::Truncate(at) => entries.truncate(at.index(count)),
        Tampering::Append => entries.push(annotated(count as u64 + 1, 1, "never happened")),
        Tampering::Refile(at, epoch) => entries[at.index(count)].epoch = *epoch,
        Tampering::EditDetail(at, text) => {
            entries[at.index(count)].details[0].text = Some(text.clone());
        }
    }
}

proptest! {
    #[test]
    fn t2_invariant_11_any_tampering_after_a_head_is_found(
        count in 6_u64..20,
        tampering in tampering(),
        tidy: bool,
        kept_by_others: bool,
    ) {
        let mut export = sample(count);
        let before = export.entries.clone();
        tamper(&mut export.entries, &tampering);
        if tidy && !matches!(tampering, Tampering::FlipByte(..)) {
            renumber(&mut export.entries);
        }
        prop_assume!(export.entries != before);
        // The heads may stand in the export, or with whoever kept them.
        let heads: Vec<SignedHead> = export.heads.iter().map(|head| head.parse().unwrap()).collect();
        let remembered = if kept_by_others { &heads[..] } else { &[] };
        if kept_by_others {
            export.heads.clear();
        }
        prop_assert!(!findings(&check(&export, &keys(), remembered)).is_empty());
    }

    #[test]
    fn t2_invariant_11_a_changed_byte_of_the_document_is_found(at: prop::sample::Index, byte in 0_u8..128) {
        let (entries, before) = lost_tail();
        let honest = export(entries.clone(), &[before, head(&entries, 2)]);
        let mut bytes = serde_json::to_vec(&honest).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let Ok(mut read) = serde_json::from_slice::<Export>(&bytes) else { return Ok(()) };
        let report = checked(&read);
        // The keys in the export are a hint that the check never uses.
        read.keys.clone_from(&honest.keys);
        prop_assert!(read == honest || !findings(&report).is_empty());
    }

    #[test]
    fn hostile_exports_never_panic(
        rows in prop::collection::vec((any::<u64>(), any::<u64>(), "\\PC{0,40}"), 0..20),
        notes in prop::collection::vec("(\\PC|\n){0,60}", 0..3),
        epochs in prop::collection::vec(1_u64..4, 0..20),
        size: u64,
    ) {
        let entries = rows.into_iter().map(|(seq, epoch, entry)| ExportedEntry { seq, epoch, entry, details: vec![] });
        let mut hostile = export(entries.collect(), &[]);
        hostile.heads = notes;
        prop_assert!(!findings(&checked(&hostile)).is_empty());

        // Signed nonsense: openings that name impossible heads, in any order of epochs.
        let origin = Origin::new("oak", "north", u64::MAX).unwrap();
        let claim = key().sign(&Checkpoint { origin, size, root: leaf_hash(b"") }).unwrap();
        let nonsense: Vec<_> = (1..).zip(epochs).map(|(seq, epoch)| opened(seq, epoch, Some(&claim))).collect();
        let heads = [head(&nonsense, u64::MAX), claim];
        let _ = checked(&export(nonsense, &heads));
    }
}
