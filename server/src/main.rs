//! `lockstep-server`: a thin entry. What it does stands in the library.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use lockstep_proto::id::{DistrictId, Principal};
use lockstep_server::config::{Announce, Config};
use lockstep_server::{app, demo, operator, telemetry};

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
    Code {
        /// `person:ID` or `device:ID`
        principal: Principal,
        /// Minutes that it works, 60 at most.
        #[arg(long, default_value_t = 15)]
        minutes: i64,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
    },
    /// Set somebody's PIN, read from standard input.
    Pin {
        /// The person's id.
        person: lockstep_proto::id::PersonId,
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
    },
    /// Copy journal and keys into a folder, while the server runs or not.
    Backup {
        /// A folder that does not exist yet.
        to: PathBuf,
    },
    /// Put a backup in place of what is there. Opens an epoch; never lowers a posture.
    Restore {
        /// A folder that `backup` made.
        from: PathBuf,
        /// Why, for the timeline.
        #[arg(long)]
        reason: String,
    },
    /// Look at folder, disk, keys, journal and clock.
    Check {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum DirectoryCommand {
    /// Import a directory file, whole or not at all.
    Import {
        /// The TOML file.
        file: PathBuf,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show what is in the directory.
    Show {
        /// The district, where the server holds several.
        #[arg(long)]
        district: Option<DistrictId>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
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
        Command::Directory(DirectoryCommand::Show { district, json }) => {
            print!("{}", operator::show(&config, district, json).await?);
        }
        Command::Code {
            principal,
            minutes,
            district,
        } => print!(
            "{}",
            operator::code(&config, district, &principal, minutes).await?
        ),
        Command::Pin { person, district } => {
            print!("{}", operator::set_pin(&config, district, &person).await?);
        }
        Command::Backup { to } => print!("{}", operator::backup(&config, &to).await?),
        Command::Restore { from, reason } => {
            print!("{}", operator::restore(&config, &from, &reason).await?);
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
    let sign_ins = demo::write_sign_ins(&running.app, &url, &config.demo_sign_ins()).await?;
    match announce {
        Announce::Json => {
            let line = serde_json::json!({
                "listening": url,
                "data": app::shown(&config.data),
            });
            println!("{line}");
        }
        Announce::Text => tell(&running, &config, sign_ins.is_some()).await?,
    }
    if let (Some(pause), Some(sign_ins)) = (day, &sign_ins) {
        demo::ordinary_day(running.app.clone(), sign_ins, pause).await?;
        if once {
            return running.stop().await;
        }
    }
    running.until_told().await
}

async fn tell(running: &app::Running, config: &Config, has_demo: bool) -> anyhow::Result<()> {
    let url = running.url();
    println!(
        "Lockstep listens on {url}, and keeps its data in {}.",
        app::shown(&config.data)
    );
    println!(
        "It supplements PA, radio, fire alarm and 911; it is not listed life-safety equipment."
    );
    println!();
    println!("  Classroom   {url}/classroom");
    println!("  Command     {url}/command");
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
        println!("To watch a lock-down happen: lockstep-server demo");
    }
    println!();
    Ok(())
}
