//! `report` from an export and `timeline verify` of a proof, without any server: T3, S6.

use lockstep_proto::export::{Export, ExportedEntry, FORMAT};
use lockstep_proto::merkle::{Hash, inclusion_proof, leaf_hash, root};
use lockstep_proto::note::{Checkpoint, Origin, SigningKey, TlogProof};

use crate::Home;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/report");

/// The incident that the golden files tell.
const INCIDENT: u64 = 19;

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{FIXTURES}/{name}")).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_seed("maple-valley", &[7; 32]).unwrap()
}

fn entries() -> Vec<ExportedEntry> {
    let lines = fixture("timeline.jsonl");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn leaves(entries: &[ExportedEntry]) -> Vec<Hash> {
    let leaves = entries.iter();
    leaves
        .map(|entry| leaf_hash(entry.entry.as_bytes()))
        .collect()
}

fn head(entries: &[ExportedEntry]) -> Checkpoint {
    let leaves = leaves(entries);
    Checkpoint {
        origin: Origin::new("maple-valley", "north-high", 1).unwrap(),
        size: leaves.len() as u64,
        root: root(&leaves),
    }
}

fn export(entries: Vec<ExportedEntry>) -> Export {
    Export {
        format: FORMAT.to_owned(),
        district: "maple-valley".to_owned(),
        campus: "north-high".to_owned(),
        keys: Vec::new(),
        heads: vec![key().sign(&head(&entries)).unwrap().to_string()],
        entries,
    }
}

#[tokio::test]
async fn t3_a_report_from_an_export_is_the_one_that_was_reviewed() {
    let home = Home::new("http://127.0.0.1:9");
    let file = home.path().join("north-high.json");
    let text = serde_json::to_string(&export(entries())).unwrap();
    std::fs::write(&file, &text).unwrap();
    let trusted = key().verifier().unwrap();
    let with = format!("--export {} --keys {trusted}", file.display());
    let page = home.path().join("report.html");
    let line = format!("report {with} {INCIDENT} --page {}", page.display());
    home.run(&line).await.exits(0);
    let same = std::fs::read_to_string(&page).unwrap() == fixture("incident.html");
    assert!(same, "the page is not the golden one");
    let line = format!("--json report {with} {INCIDENT}");
    let ran = home.run(&line).await.exits(0);
    let golden: serde_json::Value = serde_json::from_str(&fixture("incident.json")).unwrap();
    assert_eq!(ran.json(), golden);
    let ran = home.run(&format!("report {with}")).await.exits(0);
    assert!(ran.out.contains("UNSWEPT, SET ASIDE") && ran.out.contains("DRILL"));
    let told = home
        .run(&format!("report {with} {INCIDENT}"))
        .await
        .exits(0);
    for words in [
        "2 UNKNOWN",
        "OFF PROTOCOL (alone",
        "UNSWEPT",
        "OVERDUE by",
        "sweep_incomplete",
        "[clock in doubt]",
    ] {
        assert!(told.out.contains(words), "{words}:\n{}", told.out);
    }
    if let Some(keep) = std::env::var_os("KEEP_REPORT") {
        std::fs::write(keep, &told.out).unwrap();
    }
    home.run(&format!("report {with} 3")).await.exits(6);
}

#[tokio::test]
async fn t3_an_export_that_is_not_as_it_was_signed_makes_no_report() {
    let home = Home::new("http://127.0.0.1:9");
    let file = home.path().join("north-high.json");
    let mut export = export(entries());
    let by_lee = |entry: &&mut ExportedEntry| entry.entry.contains("person:lee");
    let changed = export.entries.iter_mut().find(by_lee).unwrap();
    changed.entry = changed.entry.replace("person:lee", "person:ana");
    std::fs::write(&file, serde_json::to_string(&export).unwrap()).unwrap();
    let trusted = key().verifier().unwrap();
    let line = format!(
        "report --export {} --keys {trusted} {INCIDENT}",
        file.display()
    );
    let ran = home.run(&line).await.exits(6);
    assert!(ran.out.is_empty(), "{}", ran.out);
    assert!(ran.err.contains("no report is made of it"));
}

#[tokio::test]
async fn s6_the_proof_of_an_all_clear_is_checked_offline() {
    let home = Home::new("http://127.0.0.1:9");
    let entries = entries();
    let at = entries
        .iter()
        .position(|entry| entry.entry.contains("\"all_clear_given\""));
    let index = at.unwrap() as u64;
    let proof = TlogProof {
        extra: Some(entries[at.unwrap()].entry.clone().into_bytes()),
        index,
        path: inclusion_proof(&leaves(&entries), index, entries.len() as u64).unwrap(),
        checkpoint: key().sign(&head(&entries)).unwrap(),
    };
    let file = home.path().join("all-clear.tlog-proof");
    std::fs::write(&file, proof.to_string()).unwrap();
    let trusted = key().verifier().unwrap();
    let line = format!("timeline verify {} --keys {trusted}", file.display());
    let ran = home.run(&line).await.exits(0);
    for words in [
        "An officer's all clear for incident 19",
        "sam (SRO, person:sam)",
        "North PD badge 17",
        "UNSWEPT",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let flipped = proof
        .to_string()
        .replace(&format!("index {index}"), "index 3");
    std::fs::write(&file, flipped).unwrap();
    let ran = home.run(&line).await.exits(6);
    assert!(ran.err.contains("proves nothing"), "{}", ran.err);
}
