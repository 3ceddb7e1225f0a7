//! What a player does: a command as the script writes it, made whole at the moment of play with what
//! that player's screen shows then.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::command::{Command, Pin};
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::screen::Screen;
use serde_json::{Map, Value, json};

use crate::act::not_recorded;

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
        doing.command_from(
            &Screen {
                position: Some(Position::START),
                ..Screen::default()
            },
            &known,
        )?;
        Ok(doing)
    }

    /// The command, from what this screen shows and the facts that earlier steps made.
    ///
    /// # Errors
    /// Where it names a step that made nothing, or is no command.
    pub fn command_from(
        &self,
        screen: &Screen,
        facts: &BTreeMap<String, FactId>,
    ) -> Result<Command, String> {
        let mut fields = Map::new();
        for (name, value) in &self.fields {
            fields.insert(name.clone(), resolved(value, facts)?);
        }
        let position = screen.position.unwrap_or_default();
        if let Some(lifts) = named(&self.command, screen) {
            fields.entry("lifts").or_insert(json!(lifts));
            fields.entry("seen").or_insert(json!(position));
        }
        if self.command == "acknowledge" {
            fields.entry("through").or_insert(json!(position));
            fields.entry("also").or_insert(json!(not_recorded(screen)));
        }
        fields.insert("name".to_owned(), json!(self.command));
        serde_json::from_value(Value::Object(fields))
            .map_err(|why| format!("`{}`: {why}", self.command))
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
            Some(label) => facts
                .get(label)
                .map(|fact| json!(fact))
                .ok_or_else(|| format!("no earlier step is called `{label}` (with `as`)")),
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
