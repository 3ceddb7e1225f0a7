//! Options of what changes the directory: policy, and officers on scene.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lockstep_proto::directory::Date;
use lockstep_proto::id::{CampusId, PersonId};
use lockstep_proto::text::Text;

/// The district's policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print it, with the version that a change names
    #[command(
        after_help = "Examples:\n  lockstep policy show\n  lockstep --json policy show     with `version` for --expect"
    )]
    Show,
    /// Change it (director, superintendent): prints the difference, and asks
    #[command(
        after_help = "Examples:\n  lockstep policy set immediate_threat_locks_after_s=90 --because \"Board of 3 March\"\n  lockstep policy set release=room_by_room school_lift=no\n  lockstep policy set immediate_threat_locks_after_s=none \\\n      fire_alarm_words=\"If the fire alarm sounds: stay locked.\"\nFor programs, after `lockstep --json policy show`:\n  lockstep policy set school_lift=no --expect 7 --pin-file pin\nKeys: staff_may_lock_down, immediate_threat_locks_after_s, school_lift, release, fire_alarm_words,\nfire_alarm_words_es, room_screens, room_sound.\nNo key says who gives an all clear: that is a certified officer, under every policy."
    )]
    Set {
        /// What to change
        #[arg(required = true, num_args = 1..=16, value_name = "KEY=VALUE", value_parser = key_and_value)]
        changes: Vec<(String, String)>,
        /// Why, as the timeline keeps it
        #[arg(long, value_name = "WHY")]
        because: Option<Text>,
        /// The version that was looked at: `version` of an earlier `policy show --json`
        #[arg(long, value_name = "VERSION")]
        expect: Option<u64>,
        /// A file with the PIN; else LOCKSTEP_PIN, else it is asked for
        #[arg(long, value_name = "FILE")]
        pin_file: Option<PathBuf>,
    },
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .ok_or_else(|| "write it as KEY=VALUE".to_owned())
}

/// An officer without an account, on scene.
#[derive(Debug, Subcommand)]
pub enum Officer {
    /// The first of two people (administrator, SRO, director): makes the officer's code
    #[command(
        after_help = "Example:\n  lockstep officer enrol \"Jo Roe\" --campus north-high\nThe code signs nobody in until somebody else has certified the officer."
    )]
    Enrol {
        /// The officer's name
        name: Text,
        /// Where they are
        #[arg(long)]
        campus: CampusId,
    },
    /// Officers who wait for the second person
    #[command(after_help = "Example:\n  lockstep officer pending --campus north-high")]
    Pending {
        /// Where they are
        #[arg(long)]
        campus: CampusId,
    },
    /// The second of two people (director, chief, an officer on record): enters what the badge says
    #[command(
        after_help = "Example:\n  lockstep officer certify jo-roe.k3f9a --campus north-high --agency \"Sorrel County Sheriff's Office\" \\\n      --badge 77 --number LE-30017 --until 2031-06-30\nSee the badge yourself. Prints the officer's PIN, once: say it to them and to nobody else."
    )]
    Certify(Certify),
}

/// What the badge says.
#[derive(Debug, Args)]
pub struct Certify {
    /// Who, as `officer enrol` or `officer pending` names them
    pub officer: PersonId,
    /// Where they are
    #[arg(long)]
    pub campus: CampusId,
    /// The employing agency
    #[arg(long, value_name = "TEXT")]
    pub agency: String,
    /// Badge number
    #[arg(long, value_name = "TEXT")]
    pub badge: String,
    /// What kind of certification it is, as its authority calls it, like "peace officer"
    #[arg(long, value_name = "TEXT")]
    pub kind: Option<String>,
    /// Certification number
    #[arg(long, value_name = "TEXT")]
    pub number: String,
    /// Last day on which it holds
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Date,
    /// Part-time: may sweep and report, and not give an all clear
    #[arg(long)]
    pub part_time: bool,
    /// A file with your own PIN; else LOCKSTEP_PIN, else it is asked for
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
}
