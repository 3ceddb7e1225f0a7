//! Words on their way out of an entry and back in (T5).
//!
//! This module goes by the JSON shape of [`crate::text::Words`], never by a list of facts:
//! a new fact's words cannot be forgotten. It draws no salt and removes no detail.

use serde_json::Value;

use super::Entry;
use crate::export::{CanonicalError, Detail, Salt, canonical, seal_text};

/// How `Words::Words` and `Words::Sealed` stand in JSON.
const WORDS: &str = "words";
const SEALED: &str = "sealed";

/// An entry without its words, and the words beside it: what a journal keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// RFC 8785 JSON, stored and hashed verbatim.
    pub canonical: String,
    /// What was sealed, in the order of the canonical JSON.
    pub details: Vec<Detail>,
}

/// Takes an entry's words out of it. Each has a salt of its own, so that the same words said
/// twice do not show as the same.
///
/// # Errors
/// When a number of the entry lies beyond 2^53.
pub fn seal(entry: &Entry, salt: &mut dyn FnMut() -> Salt) -> Result<Sealed, CanonicalError> {
    let mut value = serde_json::to_value(entry)?;
    let mut details = Vec::new();
    visit(&mut value, &mut |object| {
        let Some(text) = only(object, WORDS) else {
            return;
        };
        let (salt, text) = (salt(), text.to_owned());
        let hash = seal_text(salt, &text);
        *object = serde_json::json!({ SEALED: hash });
        details.push(Detail {
            hash,
            salt: Some(salt),
            text: Some(text),
            removed: None,
        });
    });
    Ok(Sealed {
        canonical: canonical(&value)?,
        details,
    })
}

/// Puts the words back as far as they are there. A detail that is missing, removed, or not
/// what was sealed leaves the seal in its place: it reads as withheld.
///
/// # Errors
/// When the JSON is no entry.
pub fn unseal(canonical: &str, details: &[Detail]) -> Result<Entry, serde_json::Error> {
    let mut value: Value = serde_json::from_str(canonical)?;
    visit(&mut value, &mut |object| {
        let text = only(object, SEALED).and_then(|seal| words_of(seal, details));
        if let Some(text) = text {
            *object = serde_json::json!({ WORDS: text });
        }
    });
    serde_json::from_value(value)
}

/// The seals of an entry whose words are not in their place: withheld, or removed.
#[must_use]
pub fn withheld(entry: &Entry) -> Vec<String> {
    let mut seals = Vec::new();
    // Our own types always have a JSON; what had none would have no words either.
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    visit(&mut value, &mut |object| {
        if let Some(seal) = only(object, SEALED) {
            seals.push(seal.to_owned());
        }
    });
    seals
}

fn words_of<'a>(seal: &str, details: &'a [Detail]) -> Option<&'a str> {
    let detail = details.iter().find(|d| d.hash.to_string() == seal)?;
    let text = detail.text.as_deref()?;
    (seal_text(detail.salt?, text) == detail.hash).then_some(text)
}

/// The text of an object that has this key, a text under it, and nothing else.
fn only<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(key)?.as_str()
}

/// Walks every object, the outer before the inner. The depth is that of our own types, or
/// bounded by the JSON parser's own limit.
fn visit(value: &mut Value, on_object: &mut dyn FnMut(&mut Value)) {
    if value.is_object() {
        on_object(value);
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        Value::Array(values) => values.iter_mut().for_each(|v| visit(v, on_object)),
        Value::Object(fields) => fields.values_mut().for_each(|v| visit(v, on_object)),
    }
}
