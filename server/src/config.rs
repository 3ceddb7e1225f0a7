//! What the server is told when it starts, validated before anything binds.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::bus::redis::{AddressError, RedisServer};
use crate::journal::postgres::{Database, OpenError};
use crate::pictures::FLOOR_BYTES;
use crate::tls::Files;

/// Where everything is kept, and where the server listens.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Folder for the journal, the spool and the keys. Made on first start.
    #[arg(
        long,
        env = "LOCKSTEP_DATA",
        default_value = "lockstep-data",
        global = true
    )]
    pub data: PathBuf,

    /// Address to listen on. Without a certificate only this machine's own are taken.
    #[arg(
        long,
        env = "LOCKSTEP_LISTEN",
        default_value = "127.0.0.1:7117",
        global = true
    )]
    pub listen: SocketAddr,

    /// Certificate (PEM) to show, followed by those between it and its authority: TLS without a
    /// proxy. Read again when the file changes.
    #[arg(
        long,
        env = "LOCKSTEP_TLS_CERTIFICATE",
        requires = "tls_key",
        global = true
    )]
    pub tls_certificate: Option<PathBuf>,

    /// Its key (PEM), which not everybody on this machine may read.
    #[arg(
        long,
        env = "LOCKSTEP_TLS_KEY",
        requires = "tls_certificate",
        global = true
    )]
    pub tls_key: Option<PathBuf>,

    /// PostgreSQL database for the journal, in place of the file in the data folder:
    /// `postgres://USER:PASSWORD@HOST/DATABASE`. Everything else stays in the data folder. Set the
    /// variable rather than the option: whoever lists this machine's processes reads options.
    #[arg(
        long,
        env = "LOCKSTEP_DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Option<Secret>,

    /// Certificates (PEM) to trust for the database, in place of this machine's own.
    #[arg(long, env = "LOCKSTEP_DATABASE_CA", global = true)]
    pub database_ca: Option<PathBuf>,

    /// Redis that tells other instances of the same school at once what happens here:
    /// `redis://USER:PASSWORD@HOST`, `rediss://` for TLS. Nothing depends on it and nothing is kept
    /// there; all instances have the same master.key. Set the variable rather than the option.
    #[arg(
        long,
        env = "LOCKSTEP_REDIS_URL",
        hide_env_values = true,
        global = true
    )]
    pub redis_url: Option<Secret>,

    /// Certificates (PEM) to trust for Redis, in place of this machine's own.
    #[arg(long, env = "LOCKSTEP_REDIS_CA", global = true)]
    pub redis_ca: Option<PathBuf>,

    /// File (JSON) that says with which providers people sign on by OpenID Connect, for each
    /// district. Not everybody on this machine may read it.
    #[arg(long, env = "LOCKSTEP_SIGN_ON", global = true)]
    pub sign_on: Option<PathBuf>,

    /// Folder for the spool, where another disk is to hold it.
    #[arg(long, env = "LOCKSTEP_SPOOL_DIR", global = true)]
    pub spool_dir: Option<PathBuf>,

    /// Size of the spool in MiB.
    #[arg(long, env = "LOCKSTEP_SPOOL_MIB", default_value_t = 8, global = true,
          value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub spool_mib: u64,

    /// Free space in MiB below which no picture is taken in any more: what is left is for alerts.
    #[arg(
        long,
        env = "LOCKSTEP_PICTURES_FLOOR_MIB",
        default_value_t = FLOOR_BYTES >> 20,
        global = true
    )]
    pub pictures_floor_mib: u64,

    /// How the server tells where it listens.
    #[arg(long, value_enum, default_value_t = Announce::Text, global = true)]
    pub announce: Announce,

    /// How the server logs, on standard error.
    #[arg(
        long,
        value_enum,
        env = "LOCKSTEP_LOG_FORMAT",
        default_value_t = LogFormat::Text,
        global = true
    )]
    pub log_format: LogFormat,
}

/// A setting that is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl FromStr for Secret {
    type Err = Infallible;
    fn from_str(secret: &str) -> Result<Self, Infallible> {
        Ok(Self(secret.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How the server tells where it listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Announce {
    /// For people.
    Text,
    /// One line of JSON on standard output, for programs.
    Json,
}

/// How the server logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is wrong with what the server was told.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The address can be reached from elsewhere, and there is no TLS.
    #[error(
        "will not listen on {0}: without TLS only this machine may connect. Name a certificate \
         with --tls-certificate and --tls-key, or listen on 127.0.0.1 and put a TLS proxy in \
         front; to try it from a phone, forward the port with \
         `ssh -L 7117:127.0.0.1:7117 THIS-MACHINE` or a tunnel of your own"
    )]
    NotLoopback(SocketAddr),
    /// Redis cannot be reached by what is said of it.
    #[error(transparent)]
    Redis(#[from] AddressError),
}

impl Config {
    /// Checks what can be checked before anything is opened.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.redis()?;
        if self.tls().is_some() || self.listen.ip().is_loopback() {
            Ok(())
        } else {
            Err(ConfigError::NotLoopback(self.listen))
        }
    }

    /// What this server shows of itself, where no proxy does.
    #[must_use]
    pub fn tls(&self) -> Option<Files> {
        Some(Files {
            certificate: self.tls_certificate.clone()?,
            key: self.tls_key.clone()?,
        })
    }

    /// What joins this instance to others, where it has any.
    pub fn redis(&self) -> Result<Option<RedisServer>, AddressError> {
        let url = self.redis_url.as_ref();
        url.map(|Secret(url)| RedisServer::at(url, self.redis_ca.as_deref()))
            .transpose()
    }

    /// The journal's file.
    #[must_use]
    pub fn journal_file(&self) -> PathBuf {
        self.data.join("journal.sqlite")
    }

    /// What says that the journal in the folder has moved into a database.
    #[must_use]
    pub fn moved_file(&self) -> PathBuf {
        self.data.join("journal.moved")
    }

    /// The journal's database, where it is not the file.
    pub fn database(&self) -> Result<Option<Database>, OpenError> {
        let url = self.database_url.as_ref();
        url.map(|Secret(url)| Database::at(url, self.database_ca.as_deref()))
            .transpose()
    }

    /// What is known of the districts, for a start without the database.
    #[must_use]
    pub fn kept_file(&self) -> PathBuf {
        self.data.join("directory.json")
    }

    /// The folder of the keys.
    #[must_use]
    pub fn keys_folder(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// The folder of the spool.
    #[must_use]
    pub fn spool_folder(&self) -> PathBuf {
        self.spool_dir.clone().unwrap_or_else(|| self.data.clone())
    }

    /// The folder of the pictures.
    #[must_use]
    pub fn pictures_folder(&self) -> PathBuf {
        self.data.join("pictures")
    }

    /// The demo district's sign-ins.
    #[must_use]
    pub fn demo_sign_ins(&self) -> PathBuf {
        self.data.join("demo-sign-ins.json")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use clap::Command;

    use super::*;

    /// An operator finds every setting in the reference, and nothing there that does not exist.
    #[test]
    fn the_reference_tells_every_setting_and_no_other() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/CONFIGURATION.md");
        let page = fs::read_to_string(page).unwrap();
        let rows = page.lines().filter(|line| line.starts_with("| `--"));
        let told: BTreeSet<Vec<String>> = rows
            .map(|row| {
                let cells = row.split('|').skip(1).take(3);
                cells.map(|cell| cell.trim().replace('`', "")).collect()
            })
            .collect();
        let command = Config::augment_args(Command::new("lockstep-server"));
        let real: BTreeSet<Vec<String>> = command
            .get_arguments()
            .map(|arg| {
                let variable = arg.get_env().map_or("none", |name| name.to_str().unwrap());
                let id = arg.get_id().as_str();
                let default = match arg.get_default_values() {
                    [default] => default.to_str().unwrap(),
                    [] if id.ends_with("_ca") => "the machine's",
                    [] if id == "spool_dir" => "the data folder",
                    _ => "none",
                };
                let option = format!("--{}", arg.get_long().unwrap());
                vec![option, variable.to_owned(), default.to_owned()]
            })
            .collect();
        assert_eq!(told, real);
    }

    #[test]
    fn nobody_but_this_machine_is_listened_to() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            config: Config,
        }
        let with = |more: &[&str]| {
            let asked = [&["lockstep-server"], more].concat();
            <Cli as clap::Parser>::try_parse_from(asked).map(|cli| cli.config.validate())
        };
        let at = |address: &str| with(&["--listen", address]).unwrap();
        assert!(at("127.0.0.1:0").is_ok());
        assert!(at("[::1]:0").is_ok());
        for open in ["0.0.0.0:7117", "192.0.2.1:7117", "[::]:7117"] {
            let refused = at(open).unwrap_err();
            assert!(matches!(refused, ConfigError::NotLoopback(_)), "{refused}");
            let certificate = ["--listen", open, "--tls-certificate", "cert.pem"];
            assert!(with(&certificate).is_err(), "a certificate without its key");
            let both = [&certificate[..], &["--tls-key", "key.pem"]].concat();
            assert!(with(&both).unwrap().is_ok());
        }
    }
}
