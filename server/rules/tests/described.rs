//! The published descriptions are what the code makes: OpenAPI of everything over HTTP, with the
//! reports that are this crate's, and AsyncAPI of the socket.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::collections::BTreeSet;

use lockstep_proto::described::{asyncapi, openapi};
use lockstep_rules::report::{DrillFile, Incidents, Report};
use serde_json::Value;

fn documents() -> [(&'static str, Value); 2] {
    let with_reports = openapi(|types| {
        types.subschema_for::<Incidents>();
        types.subschema_for::<Report>();
        types.subschema_for::<DrillFile>();
    });
    [
        ("openapi.json", with_reports),
        ("asyncapi.json", asyncapi()),
    ]
}

#[test]
fn the_published_descriptions_are_the_code() {
    for (name, document) in documents() {
        let path = format!("{}/../../proto/schema/{name}", env!("CARGO_MANIFEST_DIR"));
        let page = format!("{document:#}\n");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == page,
            "proto/schema/{name} differs from the code: UPDATE_SCHEMA=1 cargo test --workspace \
             --features lockstep-rules/schema --test described"
        );
    }
}

/// Every reference in it.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get("$ref") {
                found.insert(to.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_body_that_a_route_names_is_described() {
    for (name, document) in documents() {
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{name}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{name}: {reference}");
        }
    }
}
