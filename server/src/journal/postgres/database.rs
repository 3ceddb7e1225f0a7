//! Where the database is, and how it is reached: the URL, and TLS.
//!
//! TLS, where it is used, always checks the server's certificate and name. Without a word in the
//! URL it is used for every host but this machine.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::tls;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL or the certificates cannot be read.
    #[error("{0}")]
    Setting(String),
    /// A newer release wrote it.
    #[error(
        "the database has version {found} and this release knows up to {known}: \
         run the newer release, or restore a backup made by this one"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The newest that this release knows.
        known: i64,
    },
    /// It has to be made or brought up to date, and this role may not.
    #[error(
        "the database is not prepared for this release, and this role may not do it: \
         run `lockstep-server prepare-database` as the database's owner ({0})"
    )]
    NotPrepared(String),
    /// Its texts are not UTF-8.
    #[error("the database's encoding is {0}: make one with `ENCODING 'UTF8'`")]
    NotUtf8(String),
    /// It cannot be reached, or does not answer.
    #[error("the database cannot be opened: {0}")]
    Unavailable(String),
}

/// A PostgreSQL database, not connected to. It has a password: it is never shown.
#[derive(Clone)]
pub struct Database {
    config: Config,
    tls: MakeRustlsConnect,
}

/// A connection and the task that drives it.
///
/// Dropped, its socket is closed at once. The client alone would wait for the answers that are
/// still due, from a server that may never give them.
pub(super) struct Link {
    pub(super) client: Client,
    driver: AbortHandle,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Database {
    /// Reads the URL, and `ca`: the certificates (PEM) to trust in place of the machine's own.
    pub fn at(url: &str, ca: Option<&Path>) -> Result<Self, OpenError> {
        // The driver knows three modes and leaves checking to TLS, which here always checks.
        let known = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        // What is wrong with it may quote it, password and all.
        let mut config: Config = known.parse().map_err(|_| {
            OpenError::Setting(
                "the database URL cannot be read: postgres://USER:PASSWORD@HOST/DATABASE"
                    .to_owned(),
            )
        })?;
        if !url.contains("sslmode=") {
            let here = config.get_hosts().iter().all(is_here)
                && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
            config.ssl_mode(if here {
                SslMode::Disable
            } else {
                SslMode::Require
            });
        }
        config
            .application_name("lockstep")
            // Of several hosts, the one that is not a standby.
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            // A host that is gone must not use up the time for the next.
            .connect_timeout(Duration::from_millis(250))
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(5));
        let tls = tls::client(ca).map_err(|why| OpenError::Setting(why.to_string()))?;
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// Connects, and says how the session is to be.
    pub(super) async fn connect(&self, session: &str) -> Result<Link, tokio_postgres::Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        let driven = async {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the database ended");
            }
        };
        let driver = tokio::spawn(driven).abort_handle();
        let link = Link { client, driver };
        link.client.batch_execute(session).await?;
        Ok(link)
    }

    /// For people: host and database, no user and no password.
    #[must_use]
    pub fn shown(&self) -> String {
        let hosts: Vec<String> = self.config.get_hosts().iter().map(host).collect();
        let database = self.config.get_dbname().unwrap_or("(default)");
        format!("PostgreSQL database {database} on {}", hosts.join(", "))
    }
}

fn host(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}
