//! Options of the directory by hand: people, rooms and displays, sign-ins.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lockstep_proto::directory::Date;
use lockstep_proto::id::{CampusId, CredentialId, DeviceId, PersonId, Principal, RoomId, ZoneId};
use lockstep_proto::role::Role;
use lockstep_proto::text::Text;

fn role(text: &str) -> Result<Role, String> {
    let mut people = Role::ALL
        .into_iter()
        .filter(|role| !matches!(role, Role::Room | Role::Operator));
    people
        .clone()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| {
            let all: Vec<&str> = people.by_ref().map(Role::as_str).collect();
            format!("use one of {}", all.join(", "))
        })
}

/// How a change is made.
#[derive(Debug, Args)]
pub struct Making {
    /// Say what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Why, as the timeline keeps it
    #[arg(long, value_name = "WHY")]
    pub because: Option<Text>,
    /// The version that was looked at: `version` of an earlier `people list --json`
    #[arg(long, value_name = "VERSION")]
    pub expect: Option<u64>,
    /// A file with the PIN, where it takes one; else LOCKSTEP_PIN, else it is asked for
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
}

/// What is said of a person.
#[derive(Debug, Args)]
pub struct About {
    /// What they are: staff, eyes, administrator, sro, officer, sso, chief, director, superintendent, monitor
    #[arg(long, value_parser = role)]
    pub role: Option<Role>,
    /// The campuses that they serve [default when added: yours, if it is one]
    #[arg(long, value_delimiter = ',', value_name = "CAMPUS,...")]
    pub campus: Vec<CampusId>,
    /// The room that they teach in; `none` for none
    #[arg(long, value_name = "ROOM")]
    pub room: Option<RoomId>,
    /// Where to reach them outside, in this order: tel:, sms: or mailto:
    #[arg(long = "address", value_name = "ADDRESS")]
    pub addresses: Vec<String>,
    /// Employing agency of an SRO or officer (director only)
    #[arg(long, value_name = "TEXT", requires_all = ["badge", "number", "until"])]
    pub agency: Option<String>,
    /// Badge number
    #[arg(long, value_name = "TEXT", requires = "agency")]
    pub badge: Option<String>,
    /// What kind of certification it is, as its authority calls it, like "peace officer"
    #[arg(long, value_name = "TEXT", requires = "agency")]
    pub kind: Option<String>,
    /// Certification number
    #[arg(long, value_name = "TEXT", requires = "agency")]
    pub number: Option<String>,
    /// Last day on which the certification holds
    #[arg(long, value_name = "YYYY-MM-DD", requires = "agency")]
    pub until: Option<Date>,
    /// Part-time: may sweep and report, and not give an all clear
    #[arg(long, requires = "agency")]
    pub part_time: bool,
}

/// People of the directory, by hand.
#[derive(Debug, Subcommand)]
pub enum People {
    /// Those of your campuses
    #[command(
        after_help = "Examples:\n  lockstep people list\n  lockstep people list --campus north-high --search rivera\n  lockstep --json people list        with `version` for --expect"
    )]
    List {
        /// Of this campus alone
        #[arg(long)]
        campus: Option<CampusId>,
        /// Whose name or id has this in it
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Add somebody, and print their sign-in code, its link and its QR code
    #[command(
        after_help = "A substitute is one command, and takes no PIN:\n  lockstep people add \"Sam Rivera\" --room n104\nOthers (director):\n  lockstep people add \"Jo Roe\" --role sro --campus north-high --agency \"Maple Valley PD\" \\\n      --badge 117 --number LE-30017 --until 2031-06-30"
    )]
    Add {
        /// Their name
        name: Text,
        /// The rest
        #[command(flatten)]
        about: Box<About>,
        /// Make no sign-in code
        #[arg(long)]
        no_code: bool,
        /// How
        #[command(flatten)]
        making: Making,
    },
    /// Change somebody: prints the difference, and asks. What is left out stays
    #[command(
        after_help = "Examples:\n  lockstep people change sam-rivera.k3f9a --room n105\n  lockstep people change joy.adams --role eyes --dry-run\nFor programs, after `lockstep --json people list`:\n  lockstep people change joy.adams --role eyes --expect 7 --pin-file pin"
    )]
    Change {
        /// Who, as `people list` names them
        person: PersonId,
        /// Another name
        #[arg(long, value_name = "TEXT")]
        name: Option<Text>,
        /// The rest
        #[command(flatten)]
        about: Box<About>,
        /// How
        #[command(flatten)]
        making: Making,
    },
    /// Remove somebody: prints who, and asks. Their sign-ins are switched off
    #[command(
        after_help = "Examples:\n  lockstep people remove sam-rivera.k3f9a --because \"last day\"\n  lockstep people remove sam-rivera.k3f9a --expect 7 --pin-file pin"
    )]
    Remove {
        /// Who, as `people list` names them
        person: PersonId,
        /// How
        #[command(flatten)]
        making: Making,
    },
}

/// Rooms and their displays, by hand.
#[derive(Debug, Subcommand)]
pub enum Rooms {
    /// Those of a campus, with their displays
    #[command(after_help = "Example:\n  lockstep rooms list north-high")]
    List {
        /// The campus
        campus: CampusId,
    },
    /// Add a room, or give one another name or zone
    #[command(
        after_help = "Examples:\n  lockstep rooms put north-high n150 --name \"Room 150\" --zone a-wing\n  lockstep rooms put north-high n150 --name Studio --zone a-wing --dry-run"
    )]
    Put {
        /// The campus
        campus: CampusId,
        /// The room
        room: RoomId,
        /// Its name, as people say it
        #[arg(long, value_name = "TEXT")]
        name: Text,
        /// The zone that it belongs to
        #[arg(long)]
        zone: ZoneId,
        /// How
        #[command(flatten)]
        making: Making,
    },
    /// Remove a room in which nobody teaches and no display hangs
    #[command(after_help = "Example:\n  lockstep rooms remove north-high n150")]
    Remove {
        /// The campus
        campus: CampusId,
        /// The room
        room: RoomId,
        /// How
        #[command(flatten)]
        making: Making,
    },
    /// Add a display in a room, and print its sign-in code, link and QR code
    #[command(after_help = "Example:\n  lockstep rooms add-display north-high n150")]
    AddDisplay {
        /// The campus
        campus: CampusId,
        /// The room
        room: RoomId,
        /// How
        #[command(flatten)]
        making: Making,
    },
    /// Remove a display. Its sign-ins are switched off
    #[command(after_help = "Example:\n  lockstep rooms remove-display n150.k3f9a")]
    RemoveDisplay {
        /// The display, as `rooms list` names it
        display: DeviceId,
        /// How
        #[command(flatten)]
        making: Making,
    },
}

/// Sign-ins that may still be good.
#[derive(Debug, Subcommand)]
pub enum SignIns {
    /// Your own, or those of somebody or a display you answer for
    #[command(
        after_help = "Examples:\n  lockstep sign-ins list\n  lockstep sign-ins list person:joy.adams\n  lockstep sign-ins list device:north-n101"
    )]
    List {
        /// person:ID or device:ID
        principal: Option<Principal>,
    },
    /// Switch them off at once: a lost phone, a stolen display. It takes no PIN
    #[command(
        after_help = "Examples:\n  lockstep sign-ins switch-off c-0193a0…           one, as `sign-ins list` names it\n  lockstep sign-ins switch-off --all person:joy.adams\n  lockstep sign-ins switch-off --all person:joy.adams --dry-run"
    )]
    SwitchOff {
        /// The sign-in
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<CredentialId>,
        /// All of somebody's or of a display's
        #[arg(long, value_name = "PRINCIPAL")]
        all: Option<Principal>,
        /// Say which, and switch none off
        #[arg(long)]
        dry_run: bool,
    },
}
