//! Every rule of `proto/PROTOCOL.md` that is built is named by a test that shows it, and by a
//! planted bug that breaks it and that its test must catch (`tests/mutants`).

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rules that no release shows yet: README's *Not built yet*. A rule leaves this list in the
/// change that builds it.
const NOT_BUILT_YET: &[&str] = &["I1", "I2", "I3", "I4", "I5", "V1"];

/// The tree's root. Not `tests/..`: every file would then stand below a folder called `tests`.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

/// The ids that the product's own text gives, `- P1 …`.
fn rules() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("proto/PROTOCOL.md")).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("- "))
        .filter_map(|line| line.split_once(' '))
        .map(|(id, _)| id.to_owned())
        .filter(|id| is_rule(id))
        .collect()
}

fn is_rule(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && word.len() > 1
        && chars.all(|c| c.is_ascii_digit())
}

/// Files that hold tests.
fn tests_in(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "node_modules" && name != "target" {
            tests_in(&path, into);
        } else if ["rs", "mjs", "js", "toml"]
            .iter()
            .any(|e| name.ends_with(e))
            && name != "protocol.rs"
        {
            into.push(path);
        }
    }
}

/// The ids that tests name: as a word (`P4`), or as the head of a test's name (`fn p4_…`).
fn named() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["tests", "server", "proto", "client-cli"] {
        tests_in(&root().join(folder), &mut files);
    }
    let mut ids = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let below = file.strip_prefix(root()).unwrap();
        let whole = below.components().any(|part| part.as_os_str() == "tests");
        let tests = match text.find("#[cfg(test)]") {
            Some(from) if !whole => &text[from..],
            None if !whole => continue,
            Some(_) | None => &text,
        };
        for word in tests.split(|c: char| !c.is_ascii_alphanumeric()) {
            if is_rule(word) {
                ids.insert(word.to_owned());
            }
        }
        for name in tests.split("fn ").skip(1) {
            let head: String = name.chars().take_while(|c| *c != '_').collect();
            let head = head.to_ascii_uppercase();
            // `i3_…` is an invariant of the design, not a rule of the records.
            if is_rule(&head) && !head.starts_with('I') {
                ids.insert(head);
            }
        }
    }
    ids
}

#[test]
fn every_rule_that_is_built_is_shown_by_a_test() {
    let rules = rules();
    assert!(rules.len() > 40, "only {} rules were found", rules.len());
    let named = named();
    let not_yet: BTreeSet<String> = NOT_BUILT_YET.iter().map(ToString::to_string).collect();
    let unnamed: BTreeSet<&String> = rules.difference(&named).collect();
    println!("rules that no test names: {unnamed:?}");
    let missing: Vec<_> = unnamed
        .iter()
        .filter(|id| !not_yet.contains(**id))
        .collect();
    assert!(
        missing.is_empty(),
        "built, and shown by no test: {missing:?}"
    );
    let unknown: Vec<_> = not_yet.difference(&rules).collect();
    assert!(unknown.is_empty(), "no such rules: {unknown:?}");
}

/// The ids at the head of each planted bug: `S2: …`, `Invariant 5, P4: …`.
fn broken_on_purpose() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for folder in ["server/rules/tests/mutants", "tests/planted"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let head = text.split(':').next().unwrap_or_default();
            let words = head.split(|c: char| !c.is_ascii_alphanumeric());
            ids.extend(words.filter(|word| is_rule(word)).map(ToOwned::to_owned));
        }
    }
    ids
}

#[test]
fn every_rule_that_is_built_is_broken_on_purpose_by_a_planted_bug() {
    let broken = broken_on_purpose();
    let unbroken: Vec<String> = rules()
        .into_iter()
        .filter(|id| !NOT_BUILT_YET.contains(&id.as_str()) && !broken.contains(id))
        .collect();
    assert!(unbroken.is_empty(), "no planted bug breaks {unbroken:?}");
}
