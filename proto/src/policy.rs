//! A district's policy as something that people change: bounds, keys as they are typed, and
//! what a change comes to in words.
//!
//! It owns the list of keys. There is none for A3, so no policy can widen who gives an all clear.

use serde::{Deserialize, Serialize};

use crate::directory::{Policy, ReleaseMode, RoomScreens};
use crate::text::Words;

/// The longest wait before an unanswered threat locks, in seconds.
pub const LOCKS_AFTER_MAX_S: u32 = 3_600;

/// The longest words about the fire alarm, in characters.
pub const FIRE_ALARM_WORDS_MAX: usize = 500;

/// One key of a policy, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "key", rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyChange {
    /// Whether a staff member's immediate threat is a lock-down (A2).
    StaffMayLockDown {
        /// Before.
        before: bool,
        /// From now on.
        after: bool,
    },
    /// After how many seconds an unanswered threat is a lock-down (A2).
    ImmediateThreatLocksAfterS {
        /// Before.
        #[serde(default)]
        before: Option<u32>,
        /// From now on.
        #[serde(default)]
        after: Option<u32>,
    },
    /// Whether the school may lift (S4).
    SchoolLift {
        /// Before.
        before: bool,
        /// From now on.
        after: bool,
    },
    /// How a release reaches the rooms (S5).
    Release {
        /// Before.
        before: ReleaseMode,
        /// From now on.
        after: ReleaseMode,
    },
    /// What every lock-down screen says of the fire alarm (L6).
    FireAlarmWords {
        /// Before.
        before: Words,
        /// From now on.
        after: Words,
    },
    /// The same, on a screen that is read in Spanish.
    FireAlarmWordsEs {
        /// Before.
        before: Words,
        /// From now on.
        after: Words,
    },
    /// How a room's screen looks in a lock-down (L4).
    RoomScreens {
        /// Before.
        before: RoomScreens,
        /// From now on.
        after: RoomScreens,
    },
    /// Whether a room's screen sounds when a lock-down is called (L4).
    RoomSound {
        /// Before.
        before: bool,
        /// From now on.
        after: bool,
    },
}

impl PolicyChange {
    /// The change as a line: `key: before → after`.
    #[must_use]
    pub fn words(&self) -> String {
        let (key, before, after) = match self {
            Self::StaffMayLockDown { before, after } => {
                ("staff_may_lock_down", yes(*before), yes(*after))
            }
            Self::ImmediateThreatLocksAfterS { before, after } => (
                "immediate_threat_locks_after_s",
                seconds(*before),
                seconds(*after),
            ),
            Self::SchoolLift { before, after } => ("school_lift", yes(*before), yes(*after)),
            Self::Release { before, after } => ("release", mode(*before), mode(*after)),
            Self::FireAlarmWords { before, after } => {
                ("fire_alarm_words", quoted(before), quoted(after))
            }
            Self::FireAlarmWordsEs { before, after } => {
                ("fire_alarm_words_es", quoted(before), quoted(after))
            }
            Self::RoomScreens { before, after } => {
                ("room_screens", screens(*before), screens(*after))
            }
            Self::RoomSound { before, after } => ("room_sound", yes(*before), yes(*after)),
        };
        format!("{key}: {before} → {after}")
    }
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn seconds(seconds: Option<u32>) -> String {
    seconds.map_or_else(|| "none".to_owned(), |seconds| seconds.to_string())
}

fn quoted(words: &Words) -> String {
    format!("\"{}\"", words.shown())
}

fn screens(screens: RoomScreens) -> String {
    match screens {
        RoomScreens::Dark => "dark",
        RoomScreens::Bright => "bright",
    }
    .to_owned()
}

fn mode(mode: ReleaseMode) -> String {
    match mode {
        ReleaseMode::Announce => "announce",
        ReleaseMode::RoomByRoom => "room_by_room",
    }
    .to_owned()
}

impl Policy {
    /// Checks every bound.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        if self
            .immediate_threat_locks_after_s
            .is_some_and(|seconds| seconds > LOCKS_AFTER_MAX_S)
        {
            return Err(format!(
                "immediate_threat_locks_after_s must be none or 0 to {LOCKS_AFTER_MAX_S} seconds"
            ));
        }
        for (key, words) in [
            ("fire_alarm_words", &self.fire_alarm_words),
            ("fire_alarm_words_es", &self.fire_alarm_words_es),
        ] {
            let long = words.chars().count() > FIRE_ALARM_WORDS_MAX;
            let odd = words.chars().any(|c| c.is_control() && c != '\n');
            if words.trim().is_empty() || long || odd {
                return Err(format!(
                    "{key} must have 1 to {FIRE_ALARM_WORDS_MAX} characters, and no control \
                     characters"
                ));
            }
        }
        Ok(())
    }

    /// What is different in `after`, in the order of the keys.
    #[must_use]
    pub fn changes_to(&self, after: &Self) -> Vec<PolicyChange> {
        // Taken apart whole, so that a new key does not compile until its changes are told.
        let Self {
            staff_may_lock_down,
            immediate_threat_locks_after_s,
            school_lift,
            release,
            fire_alarm_words,
            fire_alarm_words_es,
            room_screens,
            room_sound,
        } = self;
        let mut changes = Vec::new();
        if *staff_may_lock_down != after.staff_may_lock_down {
            changes.push(PolicyChange::StaffMayLockDown {
                before: *staff_may_lock_down,
                after: after.staff_may_lock_down,
            });
        }
        if *immediate_threat_locks_after_s != after.immediate_threat_locks_after_s {
            changes.push(PolicyChange::ImmediateThreatLocksAfterS {
                before: *immediate_threat_locks_after_s,
                after: after.immediate_threat_locks_after_s,
            });
        }
        if *school_lift != after.school_lift {
            changes.push(PolicyChange::SchoolLift {
                before: *school_lift,
                after: after.school_lift,
            });
        }
        if *release != after.release {
            changes.push(PolicyChange::Release {
                before: *release,
                after: after.release,
            });
        }
        if *fire_alarm_words != after.fire_alarm_words {
            changes.push(PolicyChange::FireAlarmWords {
                before: Words::Words(fire_alarm_words.clone()),
                after: Words::Words(after.fire_alarm_words.clone()),
            });
        }
        if *fire_alarm_words_es != after.fire_alarm_words_es {
            changes.push(PolicyChange::FireAlarmWordsEs {
                before: Words::Words(fire_alarm_words_es.clone()),
                after: Words::Words(after.fire_alarm_words_es.clone()),
            });
        }
        if *room_screens != after.room_screens {
            changes.push(PolicyChange::RoomScreens {
                before: *room_screens,
                after: after.room_screens,
            });
        }
        if *room_sound != after.room_sound {
            changes.push(PolicyChange::RoomSound {
                before: *room_sound,
                after: after.room_sound,
            });
        }
        changes
    }

    /// Sets one key as somebody types it.
    ///
    /// # Errors
    /// What is wrong, in words, with the keys that there are.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "staff_may_lock_down" => self.staff_may_lock_down = truth(key, value)?,
            "immediate_threat_locks_after_s" => {
                self.immediate_threat_locks_after_s = match value {
                    "none" => None,
                    seconds => Some(seconds.parse().map_err(|_| {
                        format!("{key} takes `none` or 0 to {LOCKS_AFTER_MAX_S} seconds")
                    })?),
                };
            }
            "school_lift" => self.school_lift = truth(key, value)?,
            "release" => {
                self.release = match value {
                    "announce" => ReleaseMode::Announce,
                    "room_by_room" => ReleaseMode::RoomByRoom,
                    _ => return Err(format!("{key} takes `announce` or `room_by_room`")),
                };
            }
            "fire_alarm_words" => value.trim().clone_into(&mut self.fire_alarm_words),
            "fire_alarm_words_es" => value.trim().clone_into(&mut self.fire_alarm_words_es),
            "room_screens" => {
                self.room_screens = match value {
                    "dark" => RoomScreens::Dark,
                    "bright" => RoomScreens::Bright,
                    _ => return Err(format!("{key} takes `dark` or `bright`")),
                };
            }
            "room_sound" => self.room_sound = truth(key, value)?,
            _ => {
                let keys = self.lines().into_iter().map(|(key, _)| key);
                let keys = keys.collect::<Vec<_>>().join(", ");
                return Err(format!("there is no policy `{key}`: there are {keys}"));
            }
        }
        self.check()
    }

    /// Every key with its value, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let Self {
            staff_may_lock_down,
            immediate_threat_locks_after_s,
            school_lift,
            release,
            fire_alarm_words,
            fire_alarm_words_es,
            room_screens,
            room_sound,
        } = self;
        vec![
            ("staff_may_lock_down", yes(*staff_may_lock_down)),
            (
                "immediate_threat_locks_after_s",
                seconds(*immediate_threat_locks_after_s),
            ),
            ("school_lift", yes(*school_lift)),
            ("release", mode(*release)),
            ("fire_alarm_words", fire_alarm_words.clone()),
            ("fire_alarm_words_es", fire_alarm_words_es.clone()),
            ("room_screens", screens(*room_screens)),
            ("room_sound", yes(*room_sound)),
        ]
    }
}

fn truth(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("{key} takes `yes` or `no`")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a2_s4_s5_l4_l6_each_key_is_set_and_its_change_is_told() {
        let before = Policy::default();
        let mut after = before.clone();
        for (key, value) in [
            ("staff_may_lock_down", "yes"),
            ("immediate_threat_locks_after_s", "90"),
            ("school_lift", "no"),
            ("release", "room_by_room"),
            ("fire_alarm_words", "Stay."),
            ("fire_alarm_words_es", "Quédese."),
            ("room_screens", "bright"),
            ("room_sound", "yes"),
        ] {
            after.set(key, value).unwrap();
        }
        let told: Vec<String> = before
            .changes_to(&after)
            .iter()
            .map(PolicyChange::words)
            .collect();
        assert_eq!(told.len(), after.lines().len(), "{told:?}");
        assert_eq!(told[1], "immediate_threat_locks_after_s: none → 90");
        assert_eq!(told[3], "release: announce → room_by_room");
        assert!(told[4].ends_with("→ \"Stay.\""), "{}", told[4]);
        assert_eq!(told[6], "room_screens: dark → bright");
        assert_eq!(before.changes_to(&before), []);
        after.set("immediate_threat_locks_after_s", "none").unwrap();
        assert_eq!(after.immediate_threat_locks_after_s, None);
    }

    #[test]
    fn a3_no_key_says_who_gives_an_all_clear() {
        let mut policy = Policy::default();
        for key in ["all_clear", "administrators_may_all_clear", "A3", ""] {
            assert!(policy.set(key, "yes").unwrap_err().contains("no policy"));
        }
        assert_eq!(policy, Policy::default());
        // Nor does one come in over the wire.
        let mut json = serde_json::to_value(Policy::default()).unwrap();
        json["sso_may_all_clear"] = true.into();
        assert!(serde_json::from_value::<Policy>(json).is_err());
    }

    #[test]
    fn every_bound_holds() {
        let mut policy = Policy::default();
        for (key, value) in [
            ("immediate_threat_locks_after_s", "3601"),
            ("immediate_threat_locks_after_s", "-1"),
            ("staff_may_lock_down", "maybe"),
            ("release", "never"),
            ("room_screens", "off"),
            ("fire_alarm_words_es", " "),
            ("fire_alarm_words", " "),
            ("fire_alarm_words", "\u{7}"),
            ("fire_alarm_words", &"x".repeat(FIRE_ALARM_WORDS_MAX + 1)),
        ] {
            assert!(policy.clone().set(key, value).is_err(), "{key}={value}");
        }
        policy
            .set("immediate_threat_locks_after_s", "3600")
            .unwrap();
        policy.set("immediate_threat_locks_after_s", "0").unwrap();
        policy
            .set("fire_alarm_words", &"x".repeat(FIRE_ALARM_WORDS_MAX))
            .unwrap();
    }
}
