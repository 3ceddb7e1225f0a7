//! What a player does: a command as the script writes it, made whole at the moment of play with what
//! that player's screen shows then.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::command::{Command, Pin};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::screen::Screen;
use serde_json::{Map, Value, json};

use super::sees::word;
use crate::act::not_recorded;
use crate::words;

/// Which screen a clear names from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// The player's own live screen at that moment.
    Shown,
    /// What it showed when it froze.
    Frozen,
}

/// A command as the script writes it.
#[derive(Debug, Clone)]
pub struct Doing {
    /// The command's name on the wire.
    pub command: String,
    /// Whether it goes with the player's PIN.
    pub pin: bool,
    /// Which screen it names from.
    pub names: Names,
    fields: Map<String, Value>,
}

/// What a command is made whole from.
#[derive(Debug, Clone, Copy)]
pub enum From<'a> {
    /// No screen yet: it is only tried whether the script's words make a command.
    Trial,
    /// The player's own screen.
    Screen(&'a Screen),
}

/// Why a command could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// It names what the player's screen does not show, or not yet.
    NotShown(String),
    /// It is no command, whatever comes in.
    Wrong(String),
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotShown(why) | Self::Wrong(why) => f.write_str(why),
        }
    }
}

/// Commands that name what a screen shows, and which of its items.
fn named(command: &str, screen: &Screen) -> Option<Vec<FactId>> {
    match command {
        "give_all_clear" | "end_controlled_movement" | "propose_lift" | "confirm_lift" => {
            Some(screen.open_raises())
        }
        "resume" => Some(screen.open_releases()),
        _ => None,
    }
}

impl Doing {
    /// Reads a `does` table, and tries whether it makes a command.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(table: toml::Table, labels: &BTreeSet<String>) -> Result<Self, String> {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(table) else {
            return Err("`does` cannot be read".to_owned());
        };
        let Some(Value::String(command)) = fields.remove("command") else {
            return Err("`does` names no command".to_owned());
        };
        let pin = match fields.remove("pin") {
            None => false,
            Some(Value::Bool(pin)) => pin,
            Some(_) => {
                return Err("`pin` is true or false; the PIN itself is in the sign-ins".to_owned());
            }
        };
        let names = match fields.remove("names").as_ref().map(Value::as_str) {
            None | Some(Some("shown")) => Names::Shown,
            Some(Some("frozen")) => Names::Frozen,
            Some(_) => return Err("`names` is \"shown\" or \"frozen\"".to_owned()),
        };
        let doing = Self {
            command,
            pin,
            names,
            fields,
        };
        let known = labels
            .iter()
            .map(|label| (label.clone(), FactId(uuid::Uuid::nil())))
            .collect();
        doing
            .command_from(From::Trial, &known)
            .map_err(|lack| lack.to_string())?;
        Ok(doing)
    }

    /// The command, from what this screen shows and the facts that earlier steps made.
    ///
    /// # Errors
    /// Where it names a step that made nothing, or what the screen does not show, or is no command.
    pub fn command_from(
        &self,
        from: From<'_>,
        facts: &BTreeMap<String, FactId>,
    ) -> Result<Command, Lack> {
        let mut fields = Map::new();
        for (name, value) in &self.fields {
            let value = match (name.as_str(), value) {
                ("duty", Value::String(text)) => duty(text, from, facts)?,
                ("to" | "with" | "by", value) if self.names_people() => person(value),
                (_, value) => resolved(value, facts).map_err(Lack::Wrong)?,
            };
            fields.insert(name.clone(), value);
        }
        let blank = Screen {
            position: Some(Position::START),
            ..Screen::default()
        };
        let screen = match from {
            From::Trial => &blank,
            From::Screen(screen) => screen,
        };
        let position = screen.position.unwrap_or_default();
        if let Some(lifts) = named(&self.command, screen) {
            fields.entry("lifts").or_insert(json!(lifts));
            fields.entry("seen").or_insert(json!(position));
        }
        if self.command == "acknowledge" {
            fields.entry("through").or_insert(json!(position));
            fields.entry("also").or_insert(json!(not_recorded(screen)));
        }
        self.fill(&mut fields, from, position)?;
        fields.insert("name".to_owned(), json!(self.command));
        serde_json::from_value(Value::Object(fields))
            .map_err(|why| Lack::Wrong(format!("`{}`: {why}", self.command)))
    }

    /// Fields that hold a person: `person:ID` is taken for the id.
    fn names_people(&self) -> bool {
        matches!(
            self.command.as_str(),
            "judge_contact_safe" | "record_contact" | "offer_lead"
        )
    }

    /// Adds what the player's screen says: which drill, which raise, which call, which offer.
    fn fill(
        &self,
        fields: &mut Map<String, Value>,
        from: From<'_>,
        position: Position,
    ) -> Result<(), Lack> {
        match self.command.as_str() {
            "report_drill_room" | "call_drill_lock_down" | "clear_drill_zone" => {
                put(fields, "drill", from, drill)
            }
            "give_drill_all_clear" | "end_drill" => {
                fields.entry("seen").or_insert(json!(position));
                put(fields, "drill", from, drill)
            }
            "judge_contact_safe" | "withdraw_contact" => {
                put(fields, "raise", from, words::contact_about)
            }
            "record_contact" => match put(fields, "raise", from, words::contact_about) {
                // What happened without any raise is recordable as well (C4).
                Ok(()) | Err(Lack::NotShown(_)) => Ok(()),
                Err(Lack::Wrong(why)) => Err(Lack::Wrong(why)),
            },
            "record_line" => put(fields, "escalation", from, words::newest_escalation),
            "take_lead" => put(fields, "offer", from, words::newest_offer),
            _ => Ok(()),
        }
    }

    /// The PIN to send, where one goes with it.
    ///
    /// # Errors
    /// Where the player has none.
    pub fn pin_of(&self, pin: Option<&str>) -> Result<Option<Pin>, String> {
        match (self.pin, pin) {
            (false, _) => Ok(None),
            (true, Some(pin)) => Ok(Some(Pin(pin.to_owned()))),
            (true, None) => Err("no PIN for this player is in the sign-ins".to_owned()),
        }
    }
}

/// `@label` stands for the fact that the step of that label made.
fn resolved(value: &Value, facts: &BTreeMap<String, FactId>) -> Result<Value, String> {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(label) => labelled(label, facts).map(|fact| json!(fact)),
            None => Ok(value.clone()),
        },
        Value::Array(values) => values.iter().map(|value| resolved(value, facts)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), resolved(value, facts)?)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

/// Names what the screen shows, where the script names nothing itself.
fn put(
    fields: &mut Map<String, Value>,
    name: &str,
    from: From<'_>,
    find: impl Fn(&Screen) -> Option<FactId>,
) -> Result<(), Lack> {
    if fields.contains_key(name) {
        return Ok(());
    }
    let found = match from {
        From::Trial => FactId(uuid::Uuid::nil()),
        From::Screen(screen) => find(screen)
            .ok_or_else(|| Lack::NotShown(format!("there is no {name} on the screen to name")))?,
    };
    fields.insert(name.to_owned(), json!(found));
    Ok(())
}

fn drill(screen: &Screen) -> Option<FactId> {
    screen.drill().map(|drill| drill.id)
}

/// A duty by its kind, `call_911`; by its kind and its cause, `tell_sro@label`; or by its id.
fn duty(text: &str, from: From<'_>, facts: &BTreeMap<String, FactId>) -> Result<Value, Lack> {
    if text.starts_with('@') || text.parse::<uuid::Uuid>().is_ok() {
        return resolved(&json!(text), facts).map_err(Lack::Wrong);
    }
    let (kind, cause) = match text.split_once('@') {
        None => (text, None),
        Some((kind, label)) => (kind, Some(labelled(label, facts).map_err(Lack::Wrong)?)),
    };
    let kind: DutyKind = word("duty", kind).map_err(Lack::Wrong)?;
    let found = match from {
        From::Trial => FactId(uuid::Uuid::nil()),
        From::Screen(screen) => words::oldest_duty(screen, kind, cause)
            .ok_or_else(|| Lack::NotShown(format!("no duty {text} is open on the screen")))?,
    };
    Ok(json!(found))
}

/// `person:ID` stands for the id, as everywhere in a script.
fn person(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text.strip_prefix("person:").unwrap_or(text)),
        Value::Array(values) => values.iter().map(person).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}

fn labelled(label: &str, facts: &BTreeMap<String, FactId>) -> Result<FactId, String> {
    facts
        .get(label)
        .copied()
        .ok_or_else(|| format!("no earlier step is called `{label}` (with `as`)"))
}

#[cfg(test)]
mod tests;
