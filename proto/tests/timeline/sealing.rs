//! T5: no free text stands in the hashed entry, and none is lost beside it.

use lockstep_proto::export::{Salt, seal_text};
use lockstep_proto::text::Words;
use lockstep_proto::timeline::{seal, unseal};
use proptest::prelude::*;
use serde_json::Value;

use crate::facts::{KINDS, entry, every_fact};

/// A text that stands nowhere in an entry by chance: everything else in it is ASCII.
fn free_text() -> impl Strategy<Value = String> {
    "Ж[\\PC\n\"\\\\]{0,60}"
}

/// Counts, so that no two salts are the same.
fn salts() -> impl FnMut() -> Salt {
    let mut n: u128 = 0;
    move || {
        n += 1;
        Salt(n.to_be_bytes())
    }
}

proptest! {
    #[test]
    fn t5_words_never_stand_in_the_hashed_entry(
        kind in 0..KINDS,
        texts in prop::collection::vec(free_text(), 4),
        seq in 1_u64..1 << 53,
    ) {
        let mut used = Vec::new();
        let mut next = texts.into_iter().cycle();
        let facts = every_fact(&mut || Words::Words(next.next().unwrap()));
        let entry = entry(seq, facts[kind].clone());
        collect(&serde_json::to_value(&entry).unwrap(), &mut used);

        let sealed = seal(&entry, &mut salts()).unwrap();
        prop_assert!(sealed.canonical.is_ascii(), "{}", sealed.canonical);
        for text in &used {
            prop_assert!(!sealed.canonical.contains(text.as_str()));
        }
        prop_assert_eq!(used.len(), sealed.details.len());
        for detail in &sealed.details {
            let text = detail.text.as_deref().unwrap();
            prop_assert_eq!(detail.hash, seal_text(detail.salt.unwrap(), text));
            prop_assert!(sealed.canonical.contains(&detail.hash.to_string()));
        }
        prop_assert_eq!(unseal(&sealed.canonical, &sealed.details).unwrap(), entry);
    }
}

/// Every text of the entry as it stands before sealing, found by its first letter.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.extend(text.starts_with('Ж').then(|| text.clone())),
        Value::Array(values) => values.iter().for_each(|v| collect(v, texts)),
        Value::Object(fields) => fields.values().for_each(|v| collect(v, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn t5_a_removed_or_altered_detail_leaves_its_seal() {
    let said = || Words::Words("back door, red jacket".to_owned());
    let fact = every_fact(&mut || said()).remove(1);
    let entry = entry(3, fact);
    let sealed = seal(&entry, &mut salts()).unwrap();
    let seals = |details: &[_]| {
        let json = serde_json::to_string(&unseal(&sealed.canonical, details).unwrap()).unwrap();
        (
            json.matches("red jacket").count(),
            json.matches("sealed").count(),
        )
    };
    assert_eq!(seals(&sealed.details), (2, 0));
    assert_eq!(seals(&sealed.details[..1]), (1, 1));
    assert_eq!(seals(&[]), (0, 2));

    let mut altered = sealed.details.clone();
    altered[0].text = Some("no red jacket at all".to_owned());
    altered[1].salt = None;
    assert_eq!(seals(&altered), (0, 2), "what was not sealed is not shown");

    // The same words under two salts do not show as the same.
    assert_ne!(sealed.details[0].hash, sealed.details[1].hash);
}
