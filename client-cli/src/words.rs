//! Small sentences that one-shot commands and live screens share. PROTOCOL's own words, once.

mod response;
mod rooms;

use lockstep_proto::Timestamp;
use lockstep_proto::command::Command;
use lockstep_proto::frame::{Accepted, Holds};
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{CampusCard, Card, PostureCard, Who};

use jiff::tz::TimeZone;

pub use response::*;
pub use rooms::RoomCounts;

/// What every screen reads while an immediate threat waits for its answer (A2).
pub const CHECKING: &str = "Threat reported, being checked";

/// What clients read after a school lift (S4). Never "all clear".
pub const SCHOOL_LIFT: &str =
    "Lifted by school administration. This is not a law-enforcement all clear";

/// What an unopened room reads (S5).
pub const STAY_LOCKED: &str = "Stay locked until your door is opened";

/// A command as people say it: its name without the wire's marks.
#[must_use]
pub fn command(command: &Command) -> String {
    let mut words = command
        .name()
        .replace('_', " ")
        .replace("lock down", "lock-down");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What holds an accepted command, in words.
#[must_use]
pub fn held(accepted: &Accepted) -> String {
    match (accepted.holds, accepted.position) {
        (Holds::Recorded, Some(position)) => format!("recorded at {position}"),
        (Holds::Recorded, None) => "recorded".to_owned(),
        (Holds::Spooled, _) => "kept by the server, not yet in the journal".to_owned(),
        (Holds::ShownOnly, _) => "shown on screens, kept by nothing yet".to_owned(),
    }
}

/// The posture's name in the wire's spelling, as `--json` gives it.
#[must_use]
pub fn posture_name(posture: Posture) -> &'static str {
    match posture {
        Posture::Normal => "normal",
        Posture::LiftedBySchool => "lifted_by_school",
        Posture::AllClear => "all_clear",
        Posture::ControlledMovement => "controlled_movement",
        Posture::LockDown => "lock_down",
    }
}

/// What an item is, in words.
#[must_use]
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Checking => "Immediate threat",
        Level::Released => "Release",
        Level::ControlledMovement => "Controlled movement",
        Level::LockDown => "Lock-down call",
    }
}

/// Name and role.
#[must_use]
pub fn who(who: Option<&Who>) -> String {
    who.map_or_else(String::new, |who| {
        format!("{} ({})", who.name, who.role.words())
    })
}

/// The campus's time zone: UTC where it is not known, and then said.
#[must_use]
pub fn zone(screen: &Screen) -> TimeZone {
    campus_card(screen)
        .and_then(|card| TimeZone::get(&card.time_zone).ok())
        .unwrap_or(TimeZone::UTC)
}

/// A time of day at the campus, to the minute.
#[must_use]
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%H:%M")
        .to_string()
}

/// A time of day at the campus, to the second.
#[must_use]
pub fn second(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%H:%M:%S")
        .to_string()
}

/// How long ago, in words.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.as_second().saturating_sub(at.as_second()) {
        ..=0 => "now".to_owned(),
        1 => "1 second".to_owned(),
        seconds @ 2..=119 => format!("{seconds} seconds"),
        seconds @ 120..=7199 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3600),
    }
}

/// One open item as a line: what, when, who, where, why.
#[must_use]
pub fn item(card: &Card, zone: &TimeZone) -> Option<String> {
    let item = card.item()?;
    let mut line = level(item.level).to_owned();
    let mut add = |text: &str| {
        if !text.is_empty() {
            line.push_str("  ");
            line.push_str(text);
        }
    };
    if let Card::Raise(raise) = card {
        add(&second(raise.at, zone));
        add(&who(raise.by.as_ref()));
        add(&raise
            .place
            .as_ref()
            .map_or_else(String::new, |place| format!("at {place}")));
        add(raise.reason.as_deref().unwrap_or_default());
        add(if raise.recorded {
            ""
        } else {
            "[not yet recorded]"
        });
        add(if raise.late { "[arrived late]" } else { "" });
        add(&raise
            .mistake
            .as_ref()
            .map_or_else(String::new, |note| format!("[a mistake: {note}]")));
    } else if let Card::Threat(threat) = card {
        add(&second(threat.at, zone));
        add(&who(threat.by.as_ref()));
        add(&threat
            .room
            .as_ref()
            .map_or_else(String::new, |room| format!("from room {room}")));
        add(&threat
            .place
            .as_ref()
            .map_or_else(String::new, |place| format!("at {place}")));
        add(threat.reason.as_deref().unwrap_or_default());
        add(if threat.recorded {
            ""
        } else {
            "[not yet recorded]"
        });
    } else if let Card::Release(release) = card {
        add(release.kind.words());
        add(&second(release.at, zone));
        add(&who(release.by.as_ref()));
        for mark in &release.marks {
            add(mark.words());
        }
    }
    Some(line)
}

/// The cards of open items as they are read: the most severe first, the oldest of a level first.
#[must_use]
pub fn items(screen: &Screen) -> Vec<&Card> {
    let mut items: Vec<_> = screen
        .cards
        .values()
        .filter_map(|card| Some((card.item()?, card)))
        .collect();
    items.sort_by_key(|(item, card)| (std::cmp::Reverse(item.level), at(card), item.id));
    items.into_iter().map(|(_, card)| card).collect()
}

/// When an open item came in.
#[must_use]
pub fn at(card: &Card) -> Option<Timestamp> {
    if let Card::Raise(raise) = card {
        Some(raise.at)
    } else if let Card::Threat(threat) = card {
        Some(threat.at)
    } else if let Card::Release(release) = card {
        Some(release.at)
    } else {
        None
    }
}

/// What does not change from minute to minute.
#[must_use]
pub fn campus_card(screen: &Screen) -> Option<&CampusCard> {
    screen.cards.values().find_map(|card| {
        if let Card::Campus(card) = card {
            Some(card)
        } else {
            None
        }
    })
}

/// The headline.
#[must_use]
pub fn posture_card(screen: &Screen) -> Option<&PostureCard> {
    screen.cards.values().find_map(|card| {
        if let Card::Posture(card) = card {
            Some(card)
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn commands_read_as_people_say_them() {
        let call = Command::CallLockDown {
            reason: None,
            place: None,
        };
        assert_eq!(command(&call), "Call lock-down");
        assert_eq!(command(&Command::Arrive {}), "Arrive");
    }

    #[test]
    fn times_are_the_campus_own() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(minute(at, &TimeZone::UTC), "08:00");
        let later = Timestamp::from_second(1_800_000_150).unwrap();
        assert_eq!(ago(at, later), "2 minutes");
        assert_eq!(ago(later, at), "now");
    }
}
