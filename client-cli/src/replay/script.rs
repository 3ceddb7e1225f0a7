//! An incident script: TOML, read whole and checked before anything is played. An error names the line
//! and the reason. `tests/scenario/README.md` describes the form for those who write scripts.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use lockstep_proto::code::Code;
use lockstep_proto::id::{CampusId, Principal, RoomId};
use serde::Deserialize;
use toml::Spanned;

use super::doing::{Doing, Names};
use super::sees::Sees;

/// The most steps, and the most players of one script.
const STEPS_MAX: usize = 500;
const PLAYERS_MAX: usize = 2_000;

/// The most commands of one burst.
const BURST_MAX: u32 = 2_000;

/// The longest that an expectation may wait.
const WITHIN_MAX_MS: u64 = 120_000;

/// What is wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for Wrong {}

/// A script that can be played.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its name.
    pub name: String,
    /// What it is about, in a sentence or two.
    pub about: String,
    /// The rules that it shows.
    pub rules: Vec<String>,
    /// Where it plays.
    pub campus: CampusId,
    /// Who has a live screen besides those who act.
    pub watching: Vec<Who>,
    /// Its steps, in the order of time.
    pub steps: Vec<Step>,
}

impl Script {
    /// Whether the server is killed or started in it.
    #[must_use]
    pub fn needs_own_server(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.what, What::Server(_)))
    }
}

/// Somebody, or every room device of the campus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// One principal.
    One(Principal),
    /// Every room device of the campus.
    Rooms,
}

impl std::str::FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rooms" => Ok(Self::Rooms),
            text => match text.parse() {
                Ok(Principal::Operator) | Err(_) => Err(format!(
                    "`{text}` is nobody who can play: expected person:ID, device:ID or rooms"
                )),
                Ok(principal) => Ok(Self::One(principal)),
            },
        }
    }
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its line in the script.
    pub line: usize,
    /// Time since the first step.
    pub at: Duration,
    /// The time of day as the story tells it.
    pub clock: String,
    /// What the story says.
    pub story: Option<String>,
    /// What happens.
    pub what: What,
    /// What must follow.
    pub expect: Expect,
}

/// What happens in a step.
#[derive(Debug, Clone)]
pub enum What {
    /// Only told, or only looked at.
    Nothing,
    /// Everybody named does the same.
    Do {
        /// Who.
        who: Vec<Who>,
        /// What.
        doing: Doing,
        /// What a later step calls the fact that it makes.
        label: Option<String>,
    },
    /// Many commands at once, those named taking turns.
    Burst {
        /// How many.
        count: u32,
        /// Who.
        who: Vec<Who>,
        /// What.
        doing: Doing,
    },
    /// These stop reading their sockets.
    Freeze(Vec<Who>),
    /// These read them again.
    Thaw(Vec<Who>),
    /// The server dies or comes back.
    Server(ServerDo),
}

/// What becomes of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerDo {
    /// Killed with signal 9.
    Kill,
    /// Started again.
    Start,
}

/// What must follow a step. Everything named must hold at once, for everybody named.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// The answer to what was done.
    pub answer: Option<AnswerIs>,
    /// The refusal's code.
    pub code: Option<Code>,
    /// Whose screens; none named and not everybody: no screen is looked at.
    pub eyes: Vec<Who>,
    /// Rooms whose own devices' screens are looked at.
    pub rooms: Vec<RoomId>,
    /// Everybody who plays or watches, frozen ones excepted.
    pub everybody: bool,
    /// What the screens must show.
    pub sees: Sees,
    /// What none of them may show at any moment until then, each alone.
    pub never: Vec<Sees>,
    /// By when.
    pub within: Duration,
}

/// What an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerIs {
    /// Accepted, and kept by something.
    Accepted,
    /// Refused.
    Refused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    script: RawHead,
    #[serde(default)]
    step: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHead {
    name: String,
    about: String,
    rules: Vec<String>,
    campus: CampusId,
    #[serde(default)]
    watching: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    at: String,
    story: Option<String>,
    who: Option<OneOrMore>,
    does: Option<toml::Table>,
    #[serde(rename = "as")]
    label: Option<String>,
    burst: Option<u32>,
    freeze: Option<OneOrMore>,
    thaw: Option<OneOrMore>,
    server: Option<ServerDo>,
    expect: Option<RawExpect>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpect {
    answer: Option<AnswerIs>,
    code: Option<Code>,
    who: Option<OneOrMore>,
    #[serde(default)]
    rooms: Vec<RoomId>,
    #[serde(default)]
    everybody: bool,
    sees: Option<Sees>,
    never: Option<Sees>,
    #[serde(default = "default_within_ms")]
    within_ms: u64,
}

fn default_within_ms() -> u64 {
    2_000
}

/// Reads and checks a script.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn read(text: &str) -> Result<Script, Wrong> {
    let line_of = |span: Option<Range<usize>>| {
        let start = span.map_or(0, |span| span.start).min(text.len());
        text.as_bytes()[..start]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    };
    let raw: RawScript = toml::from_str(text).map_err(|why| Wrong {
        line: line_of(why.span()),
        why: why.message().to_owned(),
    })?;
    let head = |why: String| Wrong { line: 1, why };
    if raw.step.is_empty() || raw.step.len() > STEPS_MAX {
        return Err(head(format!(
            "a script has 1 to {STEPS_MAX} steps; this has {}",
            raw.step.len()
        )));
    }
    let watching = all(&raw.script.watching).map_err(head)?;
    let mut steps: Vec<Step> = Vec::new();
    let mut time = Times::default();
    let mut labels = BTreeSet::new();
    let mut frozen_once = false;
    for spanned in raw.step {
        let line = line_of(Some(spanned.span()));
        let wrong = |why: String| Wrong { line, why };
        let raw = spanned.into_inner();
        let (at, clock) = time.next(&raw.at).map_err(wrong)?;
        let story = raw.story.clone();
        let expect = expect(raw.expect.as_ref()).map_err(wrong)?;
        let what = what(raw, &mut labels).map_err(wrong)?;
        frozen_once |= matches!(what, What::Freeze(_));
        if let What::Do { doing, .. } = &what
            && doing.names == Names::Frozen
            && !frozen_once
        {
            return Err(wrong(
                "names = \"frozen\" needs an earlier `freeze` step".to_owned(),
            ));
        }
        let answered = matches!(what, What::Do { .. } | What::Burst { .. });
        if expect.answer.is_some() && !answered {
            return Err(wrong(
                "an answer is expected, but nobody does anything".to_owned(),
            ));
        }
        steps.push(Step {
            line,
            at,
            clock,
            story,
            what,
            expect,
        });
    }
    Ok(Script {
        name: raw.script.name,
        about: raw.script.about,
        rules: raw.script.rules,
        campus: raw.script.campus,
        watching,
        steps,
    })
}

/// Keeps the time from step to step.
#[derive(Default)]
struct Times {
    first_s: Option<u64>,
    now: Duration,
}

impl Times {
    /// A time of day, or `+2s`, `+1.5s`, `+3m` after the step before.
    fn next(&mut self, text: &str) -> Result<(Duration, String), String> {
        let wrong =
            || format!("`{text}` is no time: expected HH:MM:SS, or +3s after the step before");
        let at = if let Some(later) = text.strip_prefix('+') {
            self.now + seconds(later).ok_or_else(wrong)?
        } else {
            let of_day = time_of_day(text).ok_or_else(wrong)?;
            let first = *self.first_s.get_or_insert(of_day);
            Duration::from_secs(
                of_day
                    .checked_sub(first)
                    .ok_or_else(|| format!("{text} is before the first step"))?,
            )
        };
        if at < self.now {
            return Err(format!("{text} is before the step before it"));
        }
        self.now = at;
        let first = *self.first_s.get_or_insert(0);
        let told = first + at.as_secs();
        Ok((
            at,
            format!(
                "{:02}:{:02}:{:02}",
                told / 3600 % 24,
                told / 60 % 60,
                told % 60
            ),
        ))
    }
}

fn time_of_day(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return None;
    };
    let number = |text: &str, below: u64| {
        text.parse::<u64>()
            .ok()
            .filter(|n| text.len() == 2 && *n < below)
    };
    Some(number(hours, 24)? * 3600 + number(minutes, 60)? * 60 + number(seconds, 60)?)
}

fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix('m') {
        Some(number) => (number, 60.0),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * unit)
        .ok()
        .filter(|time| time.as_secs() < 86_400)
}

fn all(names: &[String]) -> Result<Vec<Who>, String> {
    if names.len() > PLAYERS_MAX {
        return Err(format!("at most {PLAYERS_MAX} are named at once"));
    }
    names.iter().map(|name| name.parse()).collect()
}

fn who(names: Option<&OneOrMore>) -> Result<Vec<Who>, String> {
    match names {
        None => Ok(Vec::new()),
        Some(OneOrMore::One(name)) => Ok(vec![name.parse()?]),
        Some(OneOrMore::More(names)) => all(names),
    }
}

fn what(raw: RawStep, labels: &mut BTreeSet<String>) -> Result<What, String> {
    let special = [
        raw.does.is_some(),
        raw.freeze.is_some(),
        raw.thaw.is_some(),
        raw.server.is_some(),
    ];
    if special.iter().filter(|given| **given).count() > 1 {
        return Err("a step has one of does, freeze, thaw and server".to_owned());
    }
    if let Some(table) = raw.does {
        let actors = who(raw.who.as_ref())?;
        if actors.is_empty() {
            return Err("somebody does this: say `who`".to_owned());
        }
        let doing = Doing::read(table, labels)?;
        if let Some(count) = raw.burst {
            if !(1..=BURST_MAX).contains(&count) || raw.label.is_some() {
                return Err(format!(
                    "a burst has 1 to {BURST_MAX} commands and no label"
                ));
            }
            return Ok(What::Burst {
                count,
                who: actors,
                doing,
            });
        }
        if let Some(label) = &raw.label {
            labels.insert(label.clone());
        }
        return Ok(What::Do {
            who: actors,
            doing,
            label: raw.label,
        });
    }
    if raw.who.is_some() || raw.burst.is_some() || raw.label.is_some() {
        return Err("`who`, `burst` and `as` go with `does`".to_owned());
    }
    Ok(match (raw.freeze, raw.thaw, raw.server) {
        (Some(frozen), _, _) => What::Freeze(who(Some(&frozen))?),
        (None, Some(thawed), _) => What::Thaw(who(Some(&thawed))?),
        (None, None, Some(server)) => What::Server(server),
        (None, None, None) => What::Nothing,
    })
}

fn expect(raw: Option<&RawExpect>) -> Result<Expect, String> {
    let Some(raw) = raw else {
        return Ok(Expect::default());
    };
    let eyes = who(raw.who.as_ref())?;
    let somebody = raw.everybody || !eyes.is_empty() || !raw.rooms.is_empty();
    if (raw.sees.is_some() || raw.never.is_some()) != somebody {
        return Err("an expectation says both who (`who`, `rooms` or `everybody`) and what they see (`sees`, `never`)".to_owned());
    }
    let never = raw.never.as_ref().map_or_else(Vec::new, Sees::each);
    if raw.never.is_some() && never.is_empty() {
        return Err("`never` names nothing".to_owned());
    }
    if raw.code.is_some() && raw.answer != Some(AnswerIs::Refused) {
        return Err("a code is of a refusal: say answer = \"refused\"".to_owned());
    }
    if !(1..=WITHIN_MAX_MS).contains(&raw.within_ms) {
        return Err(format!("within_ms is 1 to {WITHIN_MAX_MS}"));
    }
    Ok(Expect {
        answer: raw.answer,
        code: raw.code,
        eyes,
        rooms: raw.rooms.clone(),
        everybody: raw.everybody,
        sees: raw.sees.clone().unwrap_or_default(),
        never,
        within: Duration::from_millis(raw.within_ms),
    })
}

#[cfg(test)]
mod tests;
