//! The wire as one JSON Schema document, published as `schema/lockstep.v1.json`.
//!
//! The types describe themselves; this module owns what they cannot say: how a string is spelled
//! that stands for something, and that an absent thing is left out. The document says what is
//! *said*. The types understand a little more: `null` for what could be left out, white space
//! around a text, other spellings of an id, a time or a pair of coordinates.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::directory::Policy;
use crate::export::Export;
use crate::frame::{ClientFrame, SUBPROTOCOL, ServerFrame};
use crate::timeline::Entry;

/// Ids that people choose.
pub(crate) const SLUG: &str = "^[a-z0-9][a-z0-9._-]{0,63}$";

/// [`crate::id::Principal`].
pub(crate) const PRINCIPAL: &str = "^(?:(?:person|device):[a-z0-9][a-z0-9._-]{0,63}|operator)$";

/// [`crate::timeline::LogId`].
pub(crate) const LOG: &str = "^[a-z0-9][a-z0-9._-]{0,63}/(?:[a-z0-9][a-z0-9._-]{0,63}|_district)$";

/// [`crate::text::Text`]: something to read, and no control character but newlines. Spelled out:
/// not every language's patterns know `\p{Cc}`.
pub(crate) const TEXT: &str =
    r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$";

/// [`crate::coordinates::Coordinates`].
pub(crate) const COORDINATES: &str =
    r"^-?(?:[0-8]?[0-9]\.[0-9]{6}|90\.0{6}), -?(?:(?:1[0-7]|[0-9])?[0-9]\.[0-9]{6}|180\.0{6})$";

/// [`crate::merkle::Hash`].
pub(crate) const HASH: &str = "^[0-9a-f]{64}$";

/// [`crate::export::Salt`].
pub(crate) const SALT: &str = "^[0-9a-f]{32}$";

// Stands for `crate::Timestamp`, which is no type of ours.
/// RFC 3339.
#[derive(JsonSchema)]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Timestamp;

// Stands for `crate::directory::Date`, likewise.
/// A day, as RFC 3339 writes one.
#[derive(JsonSchema)]
#[schemars(with = "String", extend("format" = "date"))]
pub struct Date;

/// Both kinds of frame, and the bodies that only HTTP carries, with all that they are made of:
/// `{"title": "lockstep.v1", "oneOf": [client's, server's], "$defs": {"Posture": …, …}}`.
#[must_use]
pub fn document() -> Value {
    let mut schemas = generator("#/$defs/");
    let frames = [
        schemas.subschema_for::<ClientFrame>(),
        schemas.subschema_for::<ServerFrame>(),
    ];
    schemas.subschema_for::<Entry>();
    schemas.subschema_for::<Export>();
    schemas.subschema_for::<Policy>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SUBPROTOCOL,
        "description": "The frames of the wire; bodies of HTTP stand beside them in `$defs`. What \
                        is not there is left out, and never `null` unless `null` is named here. \
                        What the server says may gain fields: pass over those that you do not know.",
        "oneOf": frames,
        "$defs": schemas.take_definitions(true),
    })
}

/// What describes types as they are said, and refers to them under this path.
pub(crate) fn generator(types: &'static str) -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = types.trim_start_matches('#').to_owned().into()
        })
        .with_transform(RecursiveTransform(move |schema: &mut Schema| {
            refer_to(types, schema);
        }))
        .with_transform(RecursiveTransform(leave_out_instead_of_null))
        .with_transform(RecursiveTransform(bound_numbers))
        .into_generator()
}

/// Keys of a map that are a type of ours refer to it as everything else does.
fn refer_to(types: &str, schema: &mut Schema) {
    let reference = schema
        .get_mut("propertyNames")
        .and_then(|keys| keys.get_mut("$ref"));
    if let Some(Value::String(reference)) = reference {
        *reference = reference.replace("#/$defs/", types);
    }
}

/// What may be absent is left out. Where `null` is said, `default` says so: serde's `default`
/// without `skip_serializing_if`.
fn leave_out_instead_of_null(schema: &mut Schema) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for (name, property) in properties {
        let stays = |required: &Vec<Value>| required.contains(&json!(name));
        if !required.as_array().is_some_and(stays) && property.get("default").is_none() {
            take_null_away(property);
        }
    }
}

/// From the two forms that schemars has for an `Option`.
fn take_null_away(property: &mut Value) {
    let Value::Object(words) = property else {
        return;
    };
    if let Some(Value::Array(types)) = words.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = &mut types[..] {
            let one = one.take();
            words.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(choices)) = words.get_mut("anyOf") {
        choices.retain(|one| one["type"] != "null");
        if let [Value::Object(one)] = &mut choices[..] {
            let one = std::mem::take(one);
            words.remove("anyOf");
            words.extend(one);
        }
    }
}

/// JSON Schema binds nobody to a `format` of `uint32`.
fn bound_numbers(schema: &mut Schema) {
    match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => {
            schema.insert("maximum".to_owned(), u32::MAX.into());
        }
        // Bounded already; and what JSON does not bound.
        Some("uint16" | "uint64") => {}
        _ => return,
    }
    schema.remove("format");
}
