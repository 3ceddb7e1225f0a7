//! How a report says times, durations and counts: on the page and on a terminal alike.
//!
//! A timeline does not hold its campus's time zone, so every time is universal time.

use lockstep_proto::Timestamp;
use lockstep_proto::id::PersonId;
use lockstep_proto::text::Words;
use lockstep_proto::view::Who;

use super::Report;

/// A claimed time less than this many seconds apart says nothing.
const CLAIM_APART_S: i64 = 2;

/// A day.
#[must_use]
pub fn day(at: Timestamp) -> String {
    at.strftime("%A, %-d %B %Y").to_string()
}

/// A time of day, to the second.
#[must_use]
pub fn second(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// A time of day, with its date where that is another than the incident's.
#[must_use]
pub fn moment(at: Timestamp, opened: Timestamp) -> String {
    let same = at.strftime("%F").to_string() == opened.strftime("%F").to_string();
    let form = if same { "%H:%M:%S" } else { "%F %H:%M:%S" };
    at.strftime(form).to_string()
}

/// How long after the opening, as a clock that counts up; with a minus before it.
#[must_use]
pub fn elapsed(at: Timestamp, opened: Timestamp) -> String {
    let seconds = at.as_second().saturating_sub(opened.as_second());
    let sign = if seconds < 0 { '−' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes}:{seconds:02}")
    }
}

/// A duration.
#[must_use]
pub fn lasted(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0 => format!("{ms} ms"),
        1..=9 => format!("{seconds}.{} s", ms % 1_000 / 100),
        10..=119 => format!("{seconds} s"),
        120..=3_599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..=172_799 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Milliseconds until a share was reached: one that was not is said to be so.
#[must_use]
pub fn share(ms: Option<u64>) -> String {
    ms.map_or_else(|| "not reached".to_owned(), lasted)
}

/// The same for a narrow column: the page says what the dash means.
#[must_use]
pub fn share_or_dash(ms: Option<u64>) -> String {
    ms.map_or_else(|| "—".to_owned(), lasted)
}

/// From one moment to another.
#[must_use]
pub fn between(from: Timestamp, to: Timestamp) -> String {
    let ms = to.as_millisecond().saturating_sub(from.as_millisecond());
    lasted(u64::try_from(ms).unwrap_or_default())
}

/// Whether a device's claim is so far from the server's time that it says anything (T4).
#[must_use]
pub fn claims_otherwise(claimed: Timestamp, at: Timestamp) -> bool {
    (claimed.as_second() - at.as_second()).abs() >= CLAIM_APART_S
}

/// Name and role, once where they are the same word.
#[must_use]
pub fn who(who: &Who) -> String {
    if who.name == who.role.words() {
        return who.name.clone();
    }
    format!("{}, {}", who.name, who.role.words())
}

/// So many of something.
#[must_use]
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

impl Report {
    /// A person by name and role where the timeline has them, else by id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> String {
        self.people.get(id).map_or_else(|| id.to_string(), who)
    }

    /// Words, or what became of them: removed under which order, or withheld (T5).
    #[must_use]
    pub fn words(&self, words: &Words) -> String {
        match words {
            Words::Words(text) => text.clone(),
            Words::Sealed(seal) => match self.removed.get(seal) {
                Some(order) => format!("(removed: {order})"),
                None => "(withheld)".to_owned(),
            },
        }
    }
}
