//! The command line: every subcommand with help and examples. Parses and checks spelling; asks nobody.

mod by_hand;
mod direct;
mod drill;
mod parts;
mod response;
mod told;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use lockstep_proto::id::{CampusId, FactId, Principal, RoomId};
use lockstep_proto::text::Text;

use crate::address::Address;
use crate::profile::ProfileName;
pub use by_hand::*;
pub use direct::*;
pub use drill::*;
pub use parts::*;
pub use response::*;
pub use told::*;

/// Options that every subcommand takes stand apart from its own.
const EVERYWHERE: &str = "Options of every subcommand";

/// Real-time coordination of a school in a threat.
#[derive(Debug, Parser)]
#[command(
    name = "lockstep",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  lockstep sign-in ABCDE-FGHJK                      once per machine, with a code an administrator makes
  lockstep lock-down north-high --reason \"shots heard\" --place gym
  lockstep status north-high                        posture, open raises, what is new
  lockstep watch north-high                         a live screen for the classroom or the console
  lockstep sighting north-high \"man at the fence\" --place gym
  lockstep duty list north-high                     what somebody must do, with running clocks
  lockstep all-clear north-high                     prints what it would lift, and asks

Exit codes: 0 done; 1 fault or nobody reached; 2 usage; 3 refused; 4 in doubt;
5 on screens alone or not sent yet, kept in the outbox; 6 a check or expectation failed.
Lockstep supplements PA, radio, fire alarm and 911. It replaces none of them."
)]
pub struct Args {
    /// Servers, of which whoever answers is asked; also more than once [default: those of the sign-in, else http://127.0.0.1:7117]
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        env = "LOCKSTEP_SERVER",
        value_delimiter = ',',
        value_name = "URL,..."
    )]
    pub server: Vec<Address>,
    /// Which sign-in to use
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        env = "LOCKSTEP_PROFILE",
        default_value = "default",
        value_name = "NAME"
    )]
    pub profile: ProfileName,
    /// Answers as JSON, for programs
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Cmd,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Cmd {
    /// Sign in with an enrolment code, which works once
    #[command(
        after_help = "Examples:\n  lockstep sign-in http://127.0.0.1:7117/enrol#ABCDE-FGHJK      the whole link says which server\n  lockstep --server https://lockstep.example.org sign-in ABCDE-FGHJK\n  lockstep --server https://a.example.org,https://b.example.org sign-in ABCDE-FGHJK      keeps both\n  lockstep --profile console sign-in      asks for the code"
    )]
    SignIn {
        /// The enrolment code or link; asked for on the terminal if left out
        code: Option<String>,
    },
    /// Sign out: this sign-in is switched off
    #[command(after_help = "Example:\n  lockstep sign-out")]
    SignOut,
    /// Say who the server takes you for
    #[command(after_help = "Example:\n  lockstep whoami --json")]
    Whoami,
    /// Posture, open raises, what is new, the sweep, and the head to name with --seen
    #[command(
        after_help = "Examples:\n  lockstep status                     all campuses\n  lockstep status north-high\n  lockstep --json status north-high   with `head` and `lifts` for --seen and --lifts"
    )]
    Status {
        /// The campus; all of them if left out
        campus: Option<CampusId>,
    },
    /// Call lock-down: one raise and one answer for each campus, at once, without a question
    #[command(
        after_help = "Examples:\n  lockstep lock-down north-high\n  lockstep lock-down north-high --reason \"shots heard\" --place \"A wing\"\n  lockstep lock-down north-high river-middle oak-elementary"
    )]
    LockDown {
        /// The campuses
        #[arg(required = true, num_args = 1..=64)]
        campuses: Vec<CampusId>,
        /// Reason and place.
        #[command(flatten)]
        why: Why,
        /// How long to keep trying.
        #[command(flatten)]
        patience: Patience,
    },
    /// Begin or end controlled movement
    #[command(after_help = "\
From its beginning to its end:
  lockstep movement begin north-high --kind person --place \"parking lot\" --seen \"man trying doors\"
  lockstep duty list north-high                        what has to be done now, and by whom
  lockstep duty ack north-high call-sro                \"I have it\"
  lockstep arrive north-high                           the SRO is here
  lockstep sighting north-high \"now at the gym door\"  what anybody sees
  lockstep contact safe north-high --with lee.park     never alone: the other one says it too
  lockstep contact made north-high \"a parent, escorted to the office\" --by sam.cole,lee.park
  lockstep escalate north-high 911 --state calling     if it gets worse; then `lockstep line`
  lockstep status north-high                           how all of this stands
  lockstep movement end north-high                     prints what it would lift, and asks")]
    Movement {
        /// What to do.
        #[command(subcommand)]
        what: Movement,
    },
    /// Report an immediate threat, or answer one with *no threat*
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        after_help = "Examples:\n  lockstep threat north-high --reason \"man with a rifle bag\" --place \"east gate\"\n  lockstep threat answer north-high THREAT --reason \"a trombone case; spoke with its owner\""
    )]
    Threat(Threat),
    /// Acknowledge or report for a room
    #[command(
        after_help = "Examples:\n  lockstep room ack north-high\n  lockstep room report north-high secured --present 24"
    )]
    Room {
        /// What to do.
        #[command(subcommand)]
        what: Room,
    },
    /// Start a sweep, clear its zones, report something adverse, or look at it
    #[command(
        after_help = "Examples:\n  lockstep sweep start north-high\n  lockstep sweep clear north-high a-wing gym\n  lockstep sweep adverse north-high b-wing \"door forced from inside\"\n  lockstep sweep status north-high"
    )]
    Sweep {
        /// What to do.
        #[command(subcommand)]
        what: Sweep,
    },
    /// Say *not clear*, withdraw it, or set another officer's aside
    #[command(
        after_help = "Examples:\n  lockstep not-clear north-high say \"second floor not searched\"\n  lockstep not-clear north-high withdraw\n  lockstep not-clear north-high set-aside ID --reason \"searched since, with their agreement\""
    )]
    NotClear(Veto),
    /// Object to a school lift, withdraw it, or set another's aside
    #[command(
        after_help = "Examples:\n  lockstep object north-high say \"suspect not found\"\n  lockstep object north-high withdraw\n  lockstep object north-high set-aside ID --reason \"found; agency confirms\""
    )]
    Object(Veto),
    /// Report what you saw: everybody may, and the SRO, SSO and administrators read it at once
    #[command(
        after_help = "Examples:\n  lockstep sighting north-high \"man in a grey coat at the fence\" --place gym\n  lockstep sighting north-high \"same man, now inside\" --danger yes --of ID\n  lockstep sighting north-high \"open gate\" --danger no --minutes-ago 5 --picture gate.jpg"
    )]
    Sighting(Sighting),
    /// Send the picture of a sighting that is in already
    #[command(after_help = "Example:\n  lockstep picture north-high SIGHTING gate.jpg")]
    Picture {
        /// The campus
        campus: CampusId,
        /// The sighting, as `status` shows it
        sighting: FactId,
        /// A JPEG or PNG, at most 5 MiB
        file: PathBuf,
    },
    /// Ask for 911, the PD or the SO, or record that somebody calls. Lockstep does not dial
    #[command(
        after_help = "Examples:\n  lockstep escalate north-high 911 --basis immediate-threat --state line-open\n  lockstep escalate north-high so --decided-by \"Sam Cole\" --number 555-0100 --note \"K9 asked for\"\nWhat became of it is recorded with `lockstep line`."
    )]
    Escalate(Escalate),
    /// Record what became of a call to 911, the PD or the SO
    #[command(
        after_help = "Examples:\n  lockstep line north-high line-open\n  lockstep line north-high units-on-the-way --incident-number 24-1187\n  lockstep line north-high closed --agency 911 --note \"dispatcher ended the call\""
    )]
    Line(Line),
    /// What somebody must do: list it, take it in hand, say that it is done or why not
    #[command(
        after_help = "Examples:\n  lockstep duty list north-high\n  lockstep duty ack north-high call-911\n  lockstep duty done north-high tell-superintendent --how \"by phone\""
    )]
    Duty {
        /// What to do.
        #[command(subcommand)]
        what: Duty,
    },
    /// Contact with a person who is a threat: two people, each of whom judges it safe
    #[command(
        after_help = "Examples:\n  lockstep contact safe north-high --with lee.park\n  lockstep contact made north-high \"escorted him off campus\" --by sam.cole,lee.park"
    )]
    Contact {
        /// What to do.
        #[command(subcommand)]
        what: Contact,
    },
    /// Offer or take the lead of the incident; it gives no rights
    #[command(
        after_help = "Examples:\n  lockstep lead offer north-high ana.ruiz\n  lockstep lead take north-high"
    )]
    Lead {
        /// What to do.
        #[command(subcommand)]
        what: Lead,
    },
    /// Practise: start a drill, act in it, end it. What is real ends it at once
    #[command(after_help = "\
From its beginning to its end:
  lockstep drill start north-high lock-down            administrators and SROs, with the PIN
  lockstep room ack north-high                         rooms acknowledge as always
  lockstep drill room north-high secured --present 24  and report as for a drill
  lockstep drill zone north-high a-wing                an officer sweeps
  lockstep drill all-clear north-high                  an officer practises the all clear
  lockstep drill end north-high
There is no drill 911, threat or plea for help: those are real, and end the drill.")]
    Drill {
        /// What to do.
        #[command(subcommand)]
        what: Drill,
    },
    /// See which rooms an alert would reach, marked like a drill; ended with `drill end`
    #[command(
        after_help = "Examples:\n  lockstep test-alert north-high --note \"before first bell\"\n  lockstep status north-high        how far it came\n  lockstep drill end north-high"
    )]
    TestAlert {
        /// The campus
        campus: CampusId,
        /// What for
        #[arg(long, value_name = "TEXT")]
        note: Option<Text>,
        /// A file with the PIN; else LOCKSTEP_PIN, else it is asked for
        #[arg(long, value_name = "FILE")]
        pin_file: Option<PathBuf>,
    },
    /// Record that you are on campus
    #[command(after_help = "Example:\n  lockstep arrive north-high")]
    Arrive {
        /// The campus
        campus: CampusId,
    },
    /// Record that you have left the campus
    #[command(after_help = "Example:\n  lockstep leave north-high")]
    Leave {
        /// The campus
        campus: CampusId,
    },
    /// Tell a room that its plea was heard
    #[command(
        after_help = "Example:\n  lockstep plea answer north-high PLEA --note \"officer two minutes away\""
    )]
    Plea {
        /// What to do.
        #[command(subcommand)]
        what: Plea,
    },
    /// Say that a call was a mistake; the campus stays locked until a release
    #[command(
        after_help = "Example:\n  lockstep mistake north-high CALL \"pressed while cleaning the screen\""
    )]
    Mistake {
        /// The campus
        campus: CampusId,
        /// The call, as `status` shows it
        call: FactId,
        /// What happened
        note: Text,
    },
    /// Give the all clear (officers): prints what it would lift, and asks
    #[command(
        after_help = "Examples:\n  lockstep all-clear north-high\n  lockstep all-clear north-high --override-reason \"gym locked from outside, seen empty\"\nFor programs, after `lockstep --json status north-high`:\n  lockstep all-clear north-high --seen 1.42 --lifts ID,ID --pin-file pin"
    )]
    AllClear {
        /// The campus
        campus: CampusId,
        /// Give it with a sweep incomplete or from off campus; a mark stays on it
        #[arg(long, value_name = "TEXT")]
        override_reason: Option<Text>,
        /// What it names.
        #[command(flatten)]
        naming: Naming,
    },
    /// Lift a lock-down by the school: one person proposes, another confirms
    #[command(
        after_help = "Examples:\n  lockstep lift propose north-high --statement \"I take responsibility: ...\"\n  lockstep lift confirm north-high"
    )]
    Lift {
        /// What to do.
        #[command(subcommand)]
        what: Lift,
    },
    /// Return to normal after a release: prints what it resumes from, and asks
    #[command(
        after_help = "Examples:\n  lockstep resume north-high\n  lockstep resume north-high --unopened n105,gym --reason \"stay with police\""
    )]
    Resume {
        /// The campus
        campus: CampusId,
        /// Rooms that are not opened yet, where rooms are opened one by one
        #[arg(
            long,
            value_delimiter = ',',
            value_name = "ROOM,...",
            requires = "reason"
        )]
        unopened: Vec<RoomId>,
        /// Why they may stay so
        #[arg(long, value_name = "TEXT")]
        reason: Option<Text>,
        /// What it names.
        #[command(flatten)]
        naming: Naming,
    },
    /// Mark a room as opened after the release
    #[command(after_help = "Example:\n  lockstep open-room north-high n101")]
    OpenRoom {
        /// The campus
        campus: CampusId,
        /// The room
        room: RoomId,
    },
    /// Close an incident that never left normal
    #[command(
        after_help = "Example:\n  lockstep close-incident north-high --reason \"threat was a car backfiring\""
    )]
    CloseIncident {
        /// The campus
        campus: CampusId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Text,
    },
    /// Read, export or check the timeline
    #[command(
        after_help = "Examples:\n  lockstep timeline show north-high\n  lockstep timeline export north-high --out north-high.json\n  lockstep timeline verify north-high.json"
    )]
    Timeline {
        /// What to do.
        #[command(subcommand)]
        what: Timeline,
    },
    /// The after-action report of an incident, from the timeline alone
    #[command(
        after_help = "Examples:\n  lockstep report north-high                         the incidents, each by its number\n  lockstep report north-high 42\n  lockstep report north-high 42 --page report.html   one page, to print\n  lockstep report --export north-high.json 42        without any server, after checking the file"
    )]
    Report(Report),
    /// Who sits in which class: only while an incident is open, and each reading is on record
    #[command(
        after_help = "Examples:\n  lockstep roster north-high n101\n  lockstep roster north-high              every class of the campus\n  lockstep --json roster north-high n101  for programs"
    )]
    Roster {
        /// The campus
        campus: CampusId,
        /// The room; all of them if left out
        room: Option<RoomId>,
    },
    /// The drills of a year, with how long it took to reach everybody
    #[command(
        after_help = "Examples:\n  lockstep drill-file north-high --year 2026\n  lockstep drill-file north-high --year 2026 --page drills.html"
    )]
    DrillFile(DrillFile),
    /// A live screen of one campus
    #[command(
        after_help = "Examples:\n  lockstep watch north-high\n  lockstep --json watch north-high     frames and changes, a line each"
    )]
    Watch {
        /// The campus
        campus: CampusId,
        /// Which form; by your role if left out
        #[arg(long, value_enum)]
        form: Option<FormArg>,
    },
    /// A live screen of all your campuses, worst first
    #[command(after_help = "Examples:\n  lockstep board\n  lockstep --json board")]
    Board,
    /// Make an enrolment code for a person or a room device
    #[command(
        after_help = "Examples:\n  lockstep code person:joy.adams\n  lockstep code device:north-n101 --minutes 60"
    )]
    Code {
        /// person:ID or device:ID
        principal: Principal,
        /// How long it works
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=60))]
        minutes: Option<u32>,
        /// A file with your PIN, which a code takes for anybody but staff and displays; else LOCKSTEP_PIN, else it is
        /// asked for
        #[arg(long, value_name = "FILE")]
        pin_file: Option<PathBuf>,
    },
    /// People of your campuses, by hand: list, add (a substitute in one command), change, remove
    #[command(
        after_help = "Examples:\n  lockstep people add \"Sam Rivera\" --room n104\n  lockstep people list --search rivera"
    )]
    People {
        /// What to do.
        #[command(subcommand)]
        what: People,
    },
    /// Rooms and their displays, by hand: list, add, change, remove
    #[command(
        after_help = "Examples:\n  lockstep rooms list north-high\n  lockstep rooms add-display north-high n104"
    )]
    Rooms {
        /// What to do.
        #[command(subcommand)]
        what: Rooms,
    },
    /// Sign-ins: list them, switch a lost device off at once
    #[command(
        after_help = "Examples:\n  lockstep sign-ins list\n  lockstep sign-ins switch-off --all person:joy.adams"
    )]
    SignIns {
        /// What to do.
        #[command(subcommand)]
        what: SignIns,
    },
    /// Show or change the district's policy
    #[command(
        after_help = "Examples:\n  lockstep policy show\n  lockstep policy set release=room_by_room"
    )]
    Policy {
        /// What to do.
        #[command(subcommand)]
        what: Policy,
    },
    /// Enrol an officer who has no account, on scene: one person makes the code, another certifies
    #[command(
        after_help = "Examples:\n  lockstep officer enrol \"Jo Roe\" --campus north-high\n  lockstep officer pending --campus north-high"
    )]
    Officer {
        /// What to do.
        #[command(subcommand)]
        what: Officer,
    },
    /// Raises that were not sent: list, send or discard them
    #[command(
        after_help = "Examples:\n  lockstep outbox\n  lockstep outbox send ID\n  lockstep outbox discard ID"
    )]
    Outbox {
        /// What to do.
        #[command(subcommand)]
        what: Option<Outbox>,
    },
    /// Play an incident script and check what everybody sees
    #[command(
        after_help = "Examples:\n  lockstep replay tests/scenario/ordinary-day.toml --sign-ins lockstep-data/demo-sign-ins.json\n  lockstep replay SCRIPT --sign-ins FILE --speed max\n  lockstep replay tests/scenario/killed-mid-lock-down.toml --sign-ins d/demo-sign-ins.json \\\n      --server-command \"lockstep-server serve --data d\"\nThe form of a script is described in tests/scenario/README.md."
    )]
    Replay(Replay),
}

/// Options of `replay`.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// The script
    pub script: PathBuf,
    /// Sign-ins of everybody, as the demo server writes them
    #[arg(long, value_name = "FILE", required_unless_present = "check")]
    pub sign_ins: Option<PathBuf>,
    /// How many times faster than it happened, or `max` for no waiting at all
    #[arg(long, default_value = "60", value_name = "N|max")]
    pub speed: crate::replay::Speed,
    /// Runs the server itself, so that the script may kill it
    #[arg(long, value_name = "COMMAND")]
    pub server_command: Option<String>,
    /// Only read the script, and say what is wrong with it
    #[arg(long)]
    pub check: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_examples() {
        fn walk(command: &clap::Command, missing: &mut Vec<String>) {
            if command.get_after_help().is_none() {
                missing.push(command.get_name().to_owned());
            }
            for sub in command
                .get_subcommands()
                .filter(|sub| sub.get_name() != "help")
            {
                walk(sub, missing);
            }
        }
        let mut missing = Vec::new();
        walk(&Args::command(), &mut missing);
        // Children of not-clear, object and threat are shown with their parent's examples.
        missing.retain(|name| !["say", "withdraw", "set-aside", "answer"].contains(&name.as_str()));
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn p4_a_program_names_head_and_raises_together() {
        let parse = |line: &str| Args::try_parse_from(line.split(' '));
        assert!(parse("lockstep all-clear north-high --seen 1.4").is_err());
        let id = "0193a000-0000-7000-8000-000000000001";
        assert!(parse(&format!("lockstep all-clear north-high --lifts {id}")).is_err());
        assert!(
            parse(&format!(
                "lockstep all-clear north-high --seen 1.4 --lifts {id},{id}"
            ))
            .is_ok()
        );
    }

    #[test]
    fn threat_reports_and_answers() {
        let parse = |line: &str| Args::try_parse_from(line.split(' ')).unwrap().command;
        let Cmd::Threat(threat) = parse("lockstep threat north-high --room n101") else {
            panic!("not a threat")
        };
        assert!(threat.campus.is_some() && threat.answer.is_none());
        let id = "0193a000-0000-7000-8000-000000000001";
        let Cmd::Threat(threat) = parse(&format!(
            "lockstep threat answer north-high {id} --reason no"
        )) else {
            panic!("not a threat")
        };
        assert!(threat.answer.is_some());
    }
}
