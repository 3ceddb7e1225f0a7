//! The one table of codes, as published in `CODES.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lockstep_proto::code::{Close, Code};

const HEAD: &str = "\
# Codes

Why something was refused, and why a connection was closed. This page is written from
`src/code.rs` and checked by `tests/codes.rs`; `UPDATE_CODES=1` writes it anew. A code that was
published keeps its name, its status and its meaning.

## Refusals

A refusal has `code`, `message`, `advice`, and where they help `about` and `retry_after_ms`.
Over HTTP it is an RFC 9457 problem with the status below. The frames that carry it are described
in `schema/lockstep.v1.json`.

| code | HTTP | message | advice |
| --- | --- | --- | --- |
";

const CLOSES: &str = "
## Closing a connection

4000 to 4499 mean come back, 4500 to 4999 stay away. Below them stand RFC 6455's own.

| code | come back | why |
| --- | --- | --- |
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for code in Code::ALL {
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            code.as_str(),
            code.status(),
            code.sentence(),
            code.advice()
        )
        .unwrap();
    }
    page.push_str(CLOSES);
    for close in Close::ALL {
        let come_back = if close.come_back() { "yes" } else { "no" };
        writeln!(
            page,
            "| {} | {come_back} | {} |",
            close.number(),
            close.sentence()
        )
        .unwrap();
    }
    page
}

#[test]
fn the_published_table_is_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/CODES.md");
    let page = page();
    if std::env::var_os("UPDATE_CODES").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        published == page,
        "CODES.md differs from src/code.rs: UPDATE_CODES=1 cargo test -p lockstep-proto --test codes"
    );
}

#[test]
fn every_code_has_one_name_everywhere() {
    let mut names = BTreeSet::new();
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        assert!(names.insert(code.as_str()), "{} twice", code.as_str());
        assert!((400..600).contains(&code.status()), "{}", code.as_str());
        assert!(!code.sentence().contains('|') && !code.advice().contains('|'));
    }
    let numbers: BTreeSet<u16> = Close::ALL.iter().map(|close| close.number()).collect();
    assert_eq!(numbers.len(), Close::ALL.len());
    let of_rfc_6455 = [Close::BrokenFrame, Close::NotUtf8].map(Close::number);
    let own = numbers
        .iter()
        .filter(|number| !of_rfc_6455.contains(number));
    assert!(own.into_iter().all(|number| (4000..5000).contains(number)));
}
