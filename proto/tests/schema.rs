//! The published schema of the wire: it is what the code makes, it takes all that is said, and it
//! takes nothing that would not be understood.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::sync::LazyLock;

use jsonschema::Validator;
use lockstep_proto::command::Command;
use lockstep_proto::directory::Policy;
use lockstep_proto::export::{Export, ExportedEntry, FORMAT};
use lockstep_proto::fact::Fact;
use lockstep_proto::frame::{ClientFrame, ServerFrame};
use lockstep_proto::schema::document;
use lockstep_proto::timeline::Entry;
use lockstep_proto::view::Card;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

static SCHEMA: LazyLock<Value> = LazyLock::new(document);

#[test]
fn the_published_schema_is_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/lockstep.v1.json");
    let page = format!("{:#}\n", *SCHEMA);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        published == page,
        "schema/lockstep.v1.json differs from src: UPDATE_SCHEMA=1 cargo test --workspace \
         --features lockstep-proto/schema --test schema"
    );
}

/// What the schema takes under this name.
fn named(name: &str) -> Validator {
    let mut schema = SCHEMA.clone();
    schema.as_object_mut().unwrap().remove("oneOf");
    schema["$ref"] = format!("#/$defs/{name}").into();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

/// Whether the code understands it. As text: that is how it comes in.
fn understood<T: DeserializeOwned>(json: &Value) -> bool {
    serde_json::from_str::<T>(&json.to_string()).is_ok()
}

/// Every line is taken, as it was written and as it is said now. Of what comes of it when one
/// value in it is changed, the schema takes what the code understands and nothing else, save that
/// the code understands `null` where something could be left out.
fn agree<T: DeserializeOwned + Serialize>(name: &str, lines: &str) {
    let schema = named(name);
    let mut refused = 0;
    for line in lines.lines() {
        let said: Value = serde_json::from_str(line).unwrap();
        let words: T = serde_json::from_str(line).unwrap();
        for said in [&said, &serde_json::to_value(words).unwrap()] {
            if let Err(error) = schema.validate(said) {
                panic!("{name} is not taken: {error}\n{said}");
            }
        }
        for (is_null, changed) in changes(&said) {
            let (taken, understood) = (schema.is_valid(&changed), understood::<T>(&changed));
            assert!(
                taken == understood || (is_null && understood),
                "{name}: taken {taken}, understood {understood}\n{changed}"
            );
            refused += usize::from(!taken);
        }
    }
    assert!(refused > 0, "nothing was ever refused of {name}");
}

/// Everything that comes of changing one value, and whether it was changed to `null`.
fn changes(said: &Value) -> Vec<(bool, Value)> {
    let others = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1_u64 << 16),
        json!(1_u64 << 32),
        json!(1_u64 << 53),
        json!(""),
        json!(" "),
        json!("\u{7}"),
        json!("A b"),
        json!("surprise"),
        json!("x".repeat(501)),
        json!({}),
    ];
    let mut paths = Vec::new();
    walk(said, String::new(), &mut paths);
    let mut changes = Vec::new();
    for path in &paths {
        let with = |change: &dyn Fn(&mut Value)| {
            let mut changed = said.clone();
            change(changed.pointer_mut(path).unwrap());
            changed
        };
        for other in &others {
            changes.push((other.is_null(), with(&|value| *value = other.clone())));
        }
        let Some(Value::Object(fields)) = said.pointer(path) else {
            continue;
        };
        changes.push((false, with(&|value| value["surprise"] = "surprise".into())));
        for name in fields.keys() {
            let left_out = with(&|value| {
                value.as_object_mut().unwrap().remove(name);
            });
            changes.push((false, left_out));
        }
    }
    changes
}

/// A JSON pointer to the value and to each that it is made of.
fn walk(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                walk(value, format!("{path}/{name}"), paths);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                walk(value, format!("{path}/{index}"), paths);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    paths.push(path);
}

#[test]
fn frames_of_clients() {
    agree::<ClientFrame>("ClientFrame", include_str!("golden/client_frames.jsonl"));
}

#[test]
fn frames_of_the_server() {
    agree::<ServerFrame>("ServerFrame", include_str!("golden/server_frames.jsonl"));
}

#[test]
fn commands() {
    agree::<Command>("Command", include_str!("golden/commands.jsonl"));
}

#[test]
fn cards() {
    agree::<Card>("Card", include_str!("golden/cards.jsonl"));
}

#[test]
fn facts() {
    agree::<Fact>("Fact", include_str!("golden/facts.jsonl"));
}

/// What HTTP alone carries: entries as a timeline's export has had them from the first version on,
/// and the policy.
#[test]
fn bodies_of_http() {
    let exported = include_str!("../../tests/fixtures/journal/v3.jsonl");
    let entries: Vec<ExportedEntry> = exported
        .lines()
        .take(4)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let lines: Vec<&str> = entries.iter().map(|entry| entry.entry.as_str()).collect();
    agree::<Entry>("Entry", &lines.join("\n"));
    let export = json!({
        "format": FORMAT, "district": "oak", "campus": "north",
        "keys": ["a key"], "heads": ["a head"], "entries": entries,
    });
    agree::<Export>("Export", &export.to_string());
    let policy = serde_json::to_string(&Policy::default()).unwrap();
    agree::<Policy>("Policy", &policy);
}
