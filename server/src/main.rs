//! `lockstep-server`: a thin entry. What it does stands in the library.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use lockstep_proto::id::{CampusId, DistrictId, Principal};
use lockstep_server::config::{Announce, Config};
use lockstep_server::directory::OneRosterAsked;
use lockstep_server::{app, demo, operator, sign_on, telemetry};

/// Keeps the people of a school in step during a threat.
///
/// Lockstep supplements PA, radio, fire alarm and 911. It is not listed life-safety equipment.
#[derive(Parser)]
#[command(
    name = "lockstep-server",
    version,
    after_help = "\
Examples:
  lockstep-server                              serve, with a demo district on first start
  lockstep-server demo                         the same, and play an ordinary day
  lockstep-server directory import my.toml     put your own district in
  lockstep-server code person:ana.ruiz         an enrolment code for somebody
  lockstep-server backup /mnt/usb/lockstep     copy everything while it runs
  lockstep-server check                        is this machine fit to serve?"
)]
struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default).
    Serve,
    /// Serve, and play an ordinary day on the demo district's high school.
    Demo {
        /// Seconds between the steps.
        #[arg(long, default_value_t = 2.0)]
        pause: f64,
        /// Stop when the day is over.
        #[arg(long)]
        once: bool,
    },
    /// The directory: who and what there is.
    #[command(subcommand)]
    Directory(DirectoryCommand),
    /// Make an enrolment code for somebody: single use, for some minutes.
    #[command(after_help = "\
Examples:
  lockstep-server code person:ana.ruiz
  lockstep-server code device:north-n101 --minutes 60
  lockstep-server code person:ana.ruiz --at https://lockstep.school.example    with a link, and a QR code for a phone
  lockstep-server code person:ana.ruiz --json     {\"code\":…,\"expires_at\":…}, for programs")]
    Code {
        /// `person:ID` or `device:ID`
        principal: Principal,
        /// Minutes that it works, 60 at most.
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=60))]
        minutes: i64,
        /// Where their browser finds this server: prints the code as a link, and at a terminal as a QR code.
        #[arg(long, value_name = "ADDRESS", value_parser = sign_on::first_page)]
        at: Option<String>,
        /// For programs.
        #[arg(long)]
        json: bool,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
    },
    /// Set somebody's PIN, read from standard input.
    #[command(after_help = "\
Examples:
  lockstep-server pin ana.ruiz                    asks for it
  lockstep-server pin ana.ruiz < pin-of-ana.txt   4 to 64 characters on one line
  lockstep-server pin sam.cole --duress           one to give when somebody forces them")]
    Pin {
        /// The person's id.
        person: lockstep_proto::id::PersonId,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
        /// The PIN that says that they are forced: what they ask for with it is refused in the
        /// words of any new alarm, and the district and officers elsewhere are told.
        #[arg(long)]
        duress: bool,
        /// Take that PIN away again.
        #[arg(long, conflicts_with = "duress")]
        no_duress: bool,
    },
    /// Somebody's passkeys. They add their own, at /passkeys.
    #[command(subcommand)]
    Passkeys(PasskeysCommand),
    /// The keys that sign tokens.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Copy journal and keys into a folder, while the server runs or not.
    #[command(after_help = "\
Examples:
  lockstep-server backup /mnt/usb/lockstep-monday
  lockstep-server backup /mnt/usb/lockstep-monday --json     what it holds, for programs

Whoever has the copy has the keys: keep it as you keep the keys of the school.")]
    Backup {
        /// A folder that does not exist yet.
        to: PathBuf,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Put a backup in place. Opens an epoch; never lowers a posture.
    #[command(after_help = "\
Examples:
  lockstep-server restore /mnt/usb/lockstep-monday --reason \"the disk died\"
  lockstep-server restore /mnt/usb/lockstep-monday --reason \"the disk died\" --heads heads.json
  lockstep-server restore /mnt/usb/lockstep-monday --reason \"a wrong import\" --replace

The server must be stopped. The timeline goes on in a new epoch, whose first entry says why and
names the newest head known, so that a check reads `tail lost (declared)`. On a new machine that
is the newest in --heads: `heads.json` of anybody's `lockstep` profile who was signed in. What
stood open in a journal that is replaced stands open again.")]
    Restore {
        /// A folder that `backup` made.
        from: PathBuf,
        /// Why, for the timeline.
        #[arg(long)]
        reason: String,
        /// Where a journal stands already, set it aside.
        #[arg(long)]
        replace: bool,
        /// A file of signed heads that somebody kept; may be given more than once.
        #[arg(long, value_name = "FILE")]
        heads: Vec<PathBuf>,
    },
    /// Move the journal of the data folder into a PostgreSQL database.
    #[command(after_help = "\
Examples:
  LOCKSTEP_DATABASE_URL=postgres://lockstep_owner:…@db/lockstep lockstep-server migrate
  … lockstep-server migrate --json              what moved, for programs; progress on standard error

The server must be stopped and the database empty. Everything arrives byte for byte, in one
transaction, and each timeline's root is computed again before it counts. Keys, spool and pictures
stay in the folder; its journal stays there too, with a mark that it is no longer the one.")]
    Migrate {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Make or bring up to date the tables of a PostgreSQL database, as its owner.
    #[command(after_help = "\
Examples:
  LOCKSTEP_DATABASE_URL=postgres://lockstep_owner:…@db/lockstep lockstep-server prepare-database

Only where the service has a role of its own (deploy/postgres.sql): an instance that runs as the
owner does this by itself when it starts.")]
    PrepareDatabase,
    /// Look at clock, folder, disk, certificate, keys, journal and bus.
    #[command(after_help = "\
Examples:
  lockstep-server check --data /var/lib/lockstep
  lockstep-server check --json                    {\"fit\":true,\"findings\":[…]}, for programs

Exit code 0 where the machine is fit to serve, 1 where it is not.")]
    Check {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum PasskeysCommand {
    /// Say which somebody has.
    List {
        /// The person's id.
        person: lockstep_proto::id::PersonId,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
    },
    /// Remove one: it proves nothing any more. Their PIN stays.
    Remove {
        /// The person's id.
        person: lockstep_proto::id::PersonId,
        /// The passkey's id, as `list` has it.
        passkey: lockstep_proto::id::PasskeyId,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
    },
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Name them, and say what each is good for.
    List {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Make another, which signs from now on. Nobody is signed out.
    #[command(after_help = "\
Examples:
  lockstep-server keys rotate             a running server takes it within seconds
  lockstep-server keys rotate --in 30     it signs in half an hour: time to copy it to others

Once a year, and when somebody leaves who could read the keys. Where instances share a database
the new key waits for a quarter of an hour unless --in says otherwise.")]
    Rotate {
        /// Minutes until it signs.
        #[arg(long = "in", value_parser = clap::value_parser!(i64).range(0..=1_440))]
        minutes: Option<i64>,
    },
    /// End one at once: somebody else may have it. Whoever signed in with it is signed out.
    #[command(after_help = "\
Examples:
  lockstep-server keys rotate && lockstep-server keys retire 1")]
    Retire {
        /// Its name, as `keys list` has it.
        id: String,
    },
}

#[derive(Subcommand)]
enum DirectoryCommand {
    /// Import a directory file, whole or not at all.
    #[command(after_help = "\
Examples:
  lockstep-server directory import my.toml --dry-run
  lockstep-server directory import my.toml        a running server takes it within seconds

The form of the file stands in server/demo/README.md; server/demo/maple-valley.toml is one.")]
    Import {
        /// The TOML file.
        file: PathBuf,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Put lists that another system wrote (CSV) in the place of people, rooms or devices.
    #[command(after_help = "\
Examples:
  lockstep-server directory refresh --people staff.csv --dry-run
  lockstep-server directory refresh --people staff.csv --rooms rooms.csv     each night, all or nothing
  lockstep-server directory refresh --oneroster export --school 4711=north-high --dry-run

The columns stand in server/demo/README.md. What is in no list stays: campuses, zones, policy,
officers who were enrolled on scene. A list by which more than a quarter would go is taken only
with --many-go: a system that fails writes a short one.")]
    Refresh {
        /// Every person of the district: `id,name,role` and more.
        #[arg(long, value_name = "FILE")]
        people: Option<PathBuf>,
        /// Every room of every campus: `campus,id,name,zone`.
        #[arg(long, value_name = "FILE")]
        rooms: Option<PathBuf>,
        /// Every room's display: `id,campus,room`.
        #[arg(long, value_name = "FILE")]
        devices: Option<PathBuf>,
        /// A folder of OneRoster 1.2 or 1.1 files (CSV, bulk): teachers, administrators, classes.
        #[arg(long, value_name = "FOLDER", conflicts_with = "people")]
        oneroster: Option<PathBuf>,
        /// Which campus a school of those files is; may be given more than once.
        #[arg(long, value_name = "SOURCEDID=CAMPUS", value_parser = school, requires = "oneroster")]
        school: Vec<(String, CampusId)>,
        /// Schools that are no campus are passed over.
        #[arg(long, requires = "oneroster")]
        ignore_other_schools: bool,
        /// Who administers one school and teaches at another is administrator of both.
        #[arg(long, requires = "oneroster")]
        administrators_everywhere: bool,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// It is right that more than a quarter go.
        #[arg(long)]
        many_go: bool,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
    },
    /// Show what is in the directory.
    #[command(after_help = "\
Examples:
  lockstep-server directory show
  lockstep-server directory show --json           for programs")]
    Show {
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Show the district's log: what changed in the directory and its sign-ins, and who did it.
    #[command(after_help = "\
Examples:
  lockstep-server directory log
  lockstep-server directory log --last 1000 --json     for programs, an entry a line")]
    Log {
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
        /// How many of the newest entries.
        #[arg(long, default_value = "50", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        last: u16,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
}

/// `SOURCEDID=CAMPUS`. The campus is what stands after the last sign.
fn school(text: &str) -> Result<(String, CampusId), String> {
    let (school, campus) = text
        .rsplit_once('=')
        .ok_or("use SOURCEDID=CAMPUS, as in 4711=north-high")?;
    let campus = campus.parse().map_err(|why| format!("{why}"))?;
    Ok((school.to_owned(), campus))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::logs(cli.config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lockstep-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = cli.config;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(config, None, false).await?,
        Command::Demo { pause, once } => {
            let pause = Duration::try_from_secs_f64(pause).context("--pause takes seconds")?;
            serve(config, Some(pause), once).await?;
        }
        Command::Directory(DirectoryCommand::Import { file, dry_run }) => {
            print!("{}", operator::import(&config, &file, dry_run).await?);
        }
        Command::Directory(DirectoryCommand::Refresh {
            people,
            rooms,
            devices,
            oneroster,
            school,
            ignore_other_schools,
            administrators_everywhere,
            dry_run,
            many_go,
            district,
        }) => {
            let asked = operator::Refresh {
                people,
                rooms,
                devices,
                oneroster,
                decided: OneRosterAsked {
                    schools: school.into_iter().collect(),
                    ignore_other_schools,
                    administrators_everywhere,
                },
                dry_run,
                many_go,
            };
            print!("{}", operator::refresh(&config, district, &asked).await?);
        }
        Command::Directory(DirectoryCommand::Show { district, json }) => {
            print!("{}", operator::show(&config, district, json).await?);
        }
        Command::Directory(DirectoryCommand::Log {
            district,
            last,
            json,
        }) => {
            let last = usize::from(last);
            print!("{}", operator::log(&config, district, last, json).await?);
        }
        Command::Code {
            principal,
            minutes,
            at,
            json,
            district,
        } => print!(
            "{}",
            operator::code(&config, district, &principal, minutes, at.as_deref(), json).await?
        ),
        Command::Pin {
            person,
            district,
            duress,
            no_duress,
        } => {
            let which = match (duress, no_duress) {
                (true, _) => operator::WhichPin::Duress,
                (false, true) => operator::WhichPin::NoDuress,
                (false, false) => operator::WhichPin::Own,
            };
            print!(
                "{}",
                operator::set_pin(&config, district, &person, which).await?
            );
        }
        Command::Passkeys(PasskeysCommand::List { person, district }) => print!(
            "{}",
            operator::passkeys::list(&config, district, &person).await?
        ),
        Command::Passkeys(PasskeysCommand::Remove {
            person,
            passkey,
            district,
        }) => print!(
            "{}",
            operator::passkeys::remove(&config, district, &person, &passkey).await?
        ),
        Command::Keys(KeysCommand::List { json }) => {
            print!("{}", operator::keys::list(&config, json)?);
        }
        Command::Keys(KeysCommand::Rotate { minutes }) => {
            print!("{}", operator::keys::rotate(&config, minutes)?);
        }
        Command::Keys(KeysCommand::Retire { id }) => {
            print!("{}", operator::keys::retire(&config, &id)?);
        }
        Command::Backup { to, json } => {
            print!("{}", operator::backup(&config, &to, json).await?);
        }
        Command::Restore {
            from,
            reason,
            replace,
            heads,
        } => {
            let asked = operator::Restore {
                from,
                reason,
                replace,
                heads,
            };
            print!("{}", operator::restore(&config, &asked).await?);
        }
        Command::Migrate { json } => {
            print!("{}", operator::migrate(&config, json).await?);
        }
        Command::PrepareDatabase => {
            print!("{}", operator::prepare_database(&config).await?);
        }
        Command::Check { json } => {
            let report = operator::check(&config).await;
            print!("{}", report.shown(json)?);
            if !report.fit() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, day: Option<Duration>, once: bool) -> anyhow::Result<()> {
    let announce = config.announce;
    let built = app::build(config).await?;
    let config = built.config().clone();
    let running = built.listen()?;
    let url = running.url();
    // They are made in the journal.
    let sign_ins = if running.away {
        None
    } else {
        demo::write_sign_ins(&running.app, &url, &config.demo_sign_ins()).await?
    };
    match announce {
        Announce::Json => {
            let line = serde_json::json!({
                "listening": url,
                "data": app::shown(&config.data),
            });
            println!("{line}");
        }
        Announce::Text => tell(&running, &config, sign_ins.is_some(), day.is_some()).await?,
    }
    if let (Some(pause), Some(sign_ins)) = (day, &sign_ins) {
        demo::ordinary_day(running.app.clone(), sign_ins, pause).await?;
        if once {
            return running.stop().await;
        }
    }
    running.until_told().await
}

async fn tell(
    running: &app::Running,
    config: &Config,
    has_demo: bool,
    plays: bool,
) -> anyhow::Result<()> {
    let url = running.url();
    println!(
        "Lockstep listens on {url}, and keeps its data in {}.",
        app::shown(&config.data)
    );
    if let Some(database) = config.database()? {
        let away = if running.away {
            ", which does not answer"
        } else {
            ""
        };
        println!("Its journal is in the {}{away}.", database.shown());
    }
    println!(
        "It supplements PA, radio, fire alarm and 911; it is not listed life-safety equipment."
    );
    println!();
    println!("  Classroom   {url}/classroom");
    println!("  Command     {url}/command");
    println!("  Officer     {url}/officer");
    println!("  Board       {url}/board");
    if has_demo {
        println!();
        println!("The demo district. Each link signs one browser in, once, within the hour:");
        for (who, link) in demo::enrolment_links(&running.app, &url).await? {
            println!("  {who:<42} {link}");
        }
        println!();
        println!(
            "Everybody's PIN is {}. Open one link for each browser or private window.",
            demo::PIN
        );
        if !plays {
            // As this was started: nothing of it need be on the path.
            let me = std::env::args().next();
            let me = me.as_deref().unwrap_or("lockstep-server");
            println!("To watch a lock-down happen, stop this and start: {me} demo");
        }
    }
    println!();
    Ok(())
}
