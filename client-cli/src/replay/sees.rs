//! What a script expects of a screen, as it is written. `sight` looks whether a screen shows it.
//!
//! Each kind of thing can be asked for and can be refused: by its `not_` field, or by `false` where
//! none at all may be there. An empty list is refused, since it would ask for nothing and read as if
//! it asked that nothing is there.

use std::collections::BTreeMap;

use lockstep_proto::contact::Danger;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Line, Response};
use lockstep_proto::id::PersonId;
use lockstep_proto::posture::Posture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Value;

/// What a screen must show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sees {
    /// This posture.
    pub posture: Option<Posture>,
    /// Whether a threat is being checked.
    pub checking: Option<bool>,
    /// These marks, by their words, and no others.
    pub marks: Option<Vec<String>>,
    /// These words, anywhere on it.
    pub words: Vec<String>,
    /// None of these words.
    pub not_words: Vec<String>,
    /// This many open calls.
    pub calls: Option<u32>,
    /// Whether it can be relied on (R2).
    pub reliable: Option<bool>,
    /// A drill, and how it stands, or none (D1, D2).
    pub drill: Option<DrillIs>,
    /// "The drill is over. This is real." (D2)
    pub drill_over: Option<bool>,
    /// These duties at least, any, or none (E3, E4).
    pub duties: Option<DutiesAre>,
    /// None of these duties.
    pub not_duties: DutyList,
    /// Calls for help from outside that stand so, or none (E2).
    pub lines: Option<LinesAre>,
    /// No call for help from outside that stands so.
    pub not_lines: LineMap,
    /// Who has the lead, or that nobody has it (C7).
    pub lead: Option<LeadIs>,
    /// Who does not have it.
    pub not_lead: Option<Person>,
    /// Whether a contact plan stands (C3).
    pub contact: Option<bool>,
    /// How many sightings (C5).
    pub sightings: Option<SightingsAre>,
    /// How far the newest alert came, at least, or that none is counted (R1).
    pub reach: Option<ReachIs>,
    /// How far it did not come.
    pub not_reach: Option<AtLeast>,
}

impl Sees {
    /// Each thing that is named, alone: for what may never be seen, one of them is one too many.
    #[must_use]
    pub fn each(&self) -> Vec<Self> {
        let mut each = Vec::new();
        let mut one = |set: &dyn Fn(&mut Self)| {
            let mut alone = Self::default();
            set(&mut alone);
            if alone != Self::default() {
                each.push(alone);
            }
        };
        one(&|alone| alone.posture = self.posture);
        one(&|alone| alone.checking = self.checking);
        one(&|alone| alone.marks.clone_from(&self.marks));
        for words in &self.words {
            one(&|alone| alone.words = vec![words.clone()]);
        }
        for words in &self.not_words {
            one(&|alone| alone.not_words = vec![words.clone()]);
        }
        one(&|alone| alone.calls = self.calls);
        one(&|alone| alone.reliable = self.reliable);
        one(&|alone| alone.drill.clone_from(&self.drill));
        one(&|alone| alone.drill_over = self.drill_over);
        if let Some(DutiesAre::These(duties)) = &self.duties {
            for duty in &duties.0 {
                let these = DutiesAre::These(DutyList(vec![*duty]));
                one(&|alone| alone.duties = Some(these.clone()));
            }
        } else {
            one(&|alone| alone.duties.clone_from(&self.duties));
        }
        for duty in &self.not_duties.0 {
            one(&|alone| alone.not_duties = DutyList(vec![*duty]));
        }
        if let Some(LinesAre::These(lines)) = &self.lines {
            for (agency, line) in &lines.0 {
                let these = LinesAre::These(LineMap(BTreeMap::from([(*agency, *line)])));
                one(&|alone| alone.lines = Some(these.clone()));
            }
        } else {
            one(&|alone| alone.lines.clone_from(&self.lines));
        }
        for (agency, line) in &self.not_lines.0 {
            one(&|alone| alone.not_lines = LineMap(BTreeMap::from([(*agency, *line)])));
        }
        one(&|alone| alone.lead.clone_from(&self.lead));
        one(&|alone| alone.not_lead.clone_from(&self.not_lead));
        one(&|alone| alone.contact = self.contact);
        one(&|alone| alone.sightings = self.sightings);
        one(&|alone| alone.reach = self.reach);
        one(&|alone| alone.not_reach = self.not_reach);
        each
    }
}

/// A drill as a screen must show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum DrillIs {
    /// None.
    None,
    /// One, and what is said of it.
    Running {
        /// What is practised.
        kind: Option<DrillKind>,
        /// What it shows, beside the word DRILL.
        posture: Option<Posture>,
        /// These marks on its all clear, and no others.
        marks: Option<Vec<String>>,
    },
}

impl TryFrom<Value> for DrillIs {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let any = |kind| Self::Running {
            kind,
            posture: None,
            marks: None,
        };
        match value {
            Value::Boolean(false) => Ok(Self::None),
            Value::Boolean(true) => Ok(any(None)),
            Value::String(kind) => Ok(any(Some(word("drill", &kind)?))),
            Value::Table(mut fields) => {
                let drill = Self::Running {
                    kind: take(&mut fields, "kind")?,
                    posture: take(&mut fields, "posture")?,
                    marks: take(&mut fields, "marks")?,
                };
                nothing_else("drill", &fields)?;
                Ok(drill)
            }
            Value::Integer(_) | Value::Float(_) | Value::Datetime(_) | Value::Array(_) => Err(
                "`drill` is a kind, true, false, or a table of kind, posture and marks".to_owned(),
            ),
        }
    }
}

/// Which duties a screen must show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum DutiesAre {
    /// None at all.
    None,
    /// One at least.
    Any,
    /// These at least.
    These(DutyList),
}

impl TryFrom<Value> for DutiesAre {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if let Value::Boolean(any) = value {
            return Ok(if any { Self::Any } else { Self::None });
        }
        DutyList::try_from(value).map(Self::These)
    }
}

/// Duties by kind, each perhaps with how it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct DutyList(pub Vec<DutyIs>);

impl TryFrom<Value> for DutyList {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let Value::Array(duties) = value else {
            return Err("duties are a list of kinds, true or false".to_owned());
        };
        if duties.is_empty() {
            return Err(
                "an empty list of duties asks for nothing: say duties = false where none \
                        may be there"
                    .to_owned(),
            );
        }
        let each = duties.into_iter().map(|duty| {
            let text = duty.as_str();
            text.ok_or_else(|| format!("`{duty}` is no duty"))?.parse()
        });
        Ok(Self(each.collect::<Result<_, String>>()?))
    }
}

/// A duty that is open: `call_911`, `call_911 overdue` or `call_911 in hand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DutyIs {
    /// What.
    pub kind: DutyKind,
    /// How it stands, where that is said.
    pub stands: Option<DutyStands>,
}

/// How an open duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyStands {
    /// Its time is up (E4).
    Overdue,
    /// Somebody acknowledged it.
    InHand,
}

impl DutyStands {
    /// The words for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::InHand => "in hand",
        }
    }
}

impl std::str::FromStr for DutyIs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, stands) = match text.split_once(' ') {
            None => (text, None),
            Some((kind, "overdue")) => (kind, Some(DutyStands::Overdue)),
            Some((kind, "in hand")) => (kind, Some(DutyStands::InHand)),
            Some((_, other)) => {
                return Err(format!(
                    "`{other}` is nothing that a duty is: say \"overdue\" or \"in hand\""
                ));
            }
        };
        Ok(Self {
            kind: word("duty", kind)?,
            stands,
        })
    }
}

impl std::fmt::Display for DutyIs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.as_str())?;
        self.stands
            .map_or(Ok(()), |stands| write!(f, " {}", stands.words()))
    }
}

/// Which calls for help from outside a screen must show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum LinesAre {
    /// None at all.
    None,
    /// For each of these agencies one that stands so.
    These(LineMap),
}

impl TryFrom<Value> for LinesAre {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.as_bool() == Some(false) {
            return Ok(Self::None);
        }
        LineMap::try_from(value).map(Self::These)
    }
}

/// How calls stand, by agency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct LineMap(pub BTreeMap<Agency, LineIs>);

impl TryFrom<Value> for LineMap {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let Value::Table(lines) = value else {
            return Err("lines are false, or a table like { 911 = \"open\" }".to_owned());
        };
        if lines.is_empty() {
            return Err(
                "an empty table of lines asks for nothing: say lines = false where none \
                        may be there"
                    .to_owned(),
            );
        }
        let each = lines
            .into_iter()
            .map(|(agency, line)| Ok((word("agency", &agency)?, LineIs::try_from(line)?)));
        Ok(Self(each.collect::<Result<_, String>>()?))
    }
}

/// How one call stands: `"open"`, or `{ line = "open", response = "on_the_way" }`. What is not said
/// may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineIs {
    /// The line.
    pub line: Option<Line>,
    /// How far help is known to have come.
    pub response: Option<Response>,
}

impl TryFrom<Value> for LineIs {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if let Some(line) = value.as_str() {
            return Ok(Self {
                line: Some(word("line", line)?),
                response: None,
            });
        }
        if value.as_bool() == Some(true) {
            return Ok(Self {
                line: None,
                response: None,
            });
        }
        let Value::Table(mut fields) = value else {
            return Err(format!(
                "`{value}` is no line: say none, calling, open, dropped or closed, or a table of line and response"
            ));
        };
        let line = Self {
            line: take(&mut fields, "line")?,
            response: take(&mut fields, "response")?,
        };
        nothing_else("a line", &fields)?;
        Ok(line)
    }
}

/// A person, as `person:ID` or the id alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Person(pub PersonId);

impl TryFrom<String> for Person {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        word("person", text.strip_prefix("person:").unwrap_or(&text)).map(Self)
    }
}

/// Who must have the lead.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum LeadIs {
    /// Nobody.
    Nobody,
    /// This one.
    Is(PersonId),
}

impl TryFrom<Value> for LeadIs {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.as_bool() == Some(false) {
            return Ok(Self::Nobody);
        }
        let Value::String(person) = value else {
            return Err(format!("`{value}` is nobody: `lead` is a person or false"));
        };
        Person::try_from(person).map(|person| Self::Is(person.0))
    }
}

/// How many sightings a screen must show, exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct SightingsAre {
    /// In all.
    pub count: Option<usize>,
    /// Those that are dangerous.
    pub yes: Option<usize>,
    /// Those that are not.
    pub no: Option<usize>,
    /// Those of which it is not known.
    pub unsure: Option<usize>,
    /// Those with a picture.
    pub pictures: Option<usize>,
}

impl SightingsAre {
    /// What is said of those of one danger.
    #[must_use]
    pub fn of(&self, danger: Danger) -> Option<usize> {
        match danger {
            Danger::Yes => self.yes,
            Danger::No => self.no,
            Danger::Unsure => self.unsure,
        }
    }
}

impl TryFrom<Value> for SightingsAre {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let in_all = |count: Value| toml::Table::from_iter([("count".to_owned(), count)]);
        let mut fields = if value.as_bool() == Some(false) {
            in_all(0.into())
        } else if value.is_integer() {
            in_all(value)
        } else if let Value::Table(fields) = value
            && !fields.is_empty()
        {
            fields
        } else {
            return Err(
                "of sightings say a number, false, or a table of count, yes, no, unsure and pictures"
                    .to_owned(),
            );
        };
        let sightings = Self {
            count: take(&mut fields, "count")?,
            yes: take(&mut fields, "yes")?,
            no: take(&mut fields, "no")?,
            unsure: take(&mut fields, "unsure")?,
            pictures: take(&mut fields, "pictures")?,
        };
        nothing_else("sightings", &fields)?;
        Ok(sightings)
    }
}

/// How far the newest alert must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum ReachIs {
    /// None is counted.
    None,
    /// So far.
    AtLeast(AtLeast),
}

impl TryFrom<Value> for ReachIs {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.as_bool() == Some(false) {
            return Ok(Self::None);
        }
        AtLeast::try_from(value).map(Self::AtLeast)
    }
}

/// Clients, and rooms that acknowledged, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct AtLeast {
    /// Handed to.
    pub sent: Option<u32>,
    /// Came in.
    pub received: Option<u32>,
    /// Drawn.
    pub displayed: Option<u32>,
    /// Acknowledged.
    pub acknowledged: Option<u32>,
}

impl TryFrom<Value> for AtLeast {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let Value::Table(mut fields) = value else {
            return Err(
                "reach is false, or a table of sent, received, displayed and acknowledged"
                    .to_owned(),
            );
        };
        if fields.is_empty() {
            return Err("an empty table of reach asks for nothing".to_owned());
        }
        let least = Self {
            sent: take(&mut fields, "sent")?,
            received: take(&mut fields, "received")?,
            displayed: take(&mut fields, "displayed")?,
            acknowledged: take(&mut fields, "acknowledged")?,
        };
        nothing_else("reach", &fields)?;
        Ok(least)
    }
}

/// A word of the protocol, in the protocol's spelling.
pub(super) fn word<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::json!(text))
        .map_err(|why| format!("`{text}` is no {what}: {why}"))
}

fn take<T: DeserializeOwned>(fields: &mut toml::Table, name: &str) -> Result<Option<T>, String> {
    fields
        .remove(name)
        .map(|value| {
            value
                .try_into()
                .map_err(|why: toml::de::Error| format!("`{name}`: {}", why.message()))
        })
        .transpose()
}

fn nothing_else(what: &str, fields: &toml::Table) -> Result<(), String> {
    fields
        .keys()
        .next()
        .map_or(Ok(()), |name| Err(format!("{what} has no `{name}`")))
}

#[cfg(test)]
mod tests;
