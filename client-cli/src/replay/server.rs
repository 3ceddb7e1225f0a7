//! The server as replay's own child, where `--server-command` was given: started, killed with signal 9,
//! started again. Without it, nothing here ends anything.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::players::Cast;
use crate::Failure;
use crate::address::Address;

/// How long a server may take to be ready, its first import included.
const READY_WITHIN: Duration = Duration::from_secs(30);

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The server, ours or somebody else's.
pub struct Server {
    command: Vec<String>,
    child: Option<Child>,
    address: Option<Address>,
}

impl Server {
    /// Somebody else's where no command is given.
    ///
    /// # Errors
    /// Usage, for an empty command.
    pub fn new(command: Option<&str>) -> Result<Self, Failure> {
        let command: Vec<String> = command
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        Ok(Self {
            command,
            child: None,
            address: None,
        })
    }

    /// Whether replay runs it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        !self.command.is_empty()
    }

    /// Starts it where it is ours, waits until it is ready, and reads the sign-ins, which its first
    /// start writes.
    ///
    /// # Errors
    /// Where it does not come up, or the file cannot be read.
    pub async fn start_and_read(&mut self, sign_ins: &Path) -> Result<Cast, Failure> {
        if self.is_ours() {
            self.spawn()?;
        }
        let until = Instant::now() + READY_WITHIN;
        let cast = loop {
            match read(sign_ins) {
                Ok(cast) => break cast,
                Err(_) if self.is_ours() && self.is_running()? && Instant::now() < until => {
                    sleep(LOOK_EVERY).await
                }
                Err(why) => return Err(why),
            }
        };
        self.address = cast.server.parse().ok();
        if self.is_ours() {
            self.ready().await?;
        }
        Ok(cast)
    }

    /// Starts it again, and waits until it is ready.
    ///
    /// # Errors
    /// Where it does not come up.
    pub async fn start(&mut self) -> Result<(), Failure> {
        self.spawn()?;
        self.ready().await
    }

    fn spawn(&mut self) -> Result<(), Failure> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Ok(());
        };
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| Failure::Usage(format!("`{program}` cannot be started: {why}.")))?;
        self.child = Some(child);
        Ok(())
    }

    fn is_running(&mut self) -> Result<bool, Failure> {
        let Some(child) = &mut self.child else {
            return Ok(false);
        };
        match child.try_wait() {
            Ok(None) => Ok(true),
            Ok(Some(status)) => Err(Failure::Fault(format!(
                "The server ended by itself: {status}."
            ))),
            Err(why) => Err(Failure::Fault(format!(
                "The server cannot be looked at: {why}."
            ))),
        }
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        let Some(address) = self.address.clone() else {
            return Err(Failure::Usage(
                "The sign-ins file names no server.".to_owned(),
            ));
        };
        let until = Instant::now() + READY_WITHIN;
        let url = address.of("/readyz");
        let http = reqwest::Client::new();
        while Instant::now() < until {
            self.is_running()?;
            let answer = http.get(&url).timeout(Duration::from_secs(1)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        Err(Failure::Fault(format!(
            "The server was not ready within {} seconds.",
            READY_WITHIN.as_secs()
        )))
    }

    /// Signal 9, and waits until it is gone.
    ///
    /// # Errors
    /// Where it cannot be killed.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        match self.child.take() {
            Some(mut child) => child
                .kill()
                .await
                .map_err(|why| Failure::Fault(format!("The server cannot be killed: {why}."))),
            None => Err(Failure::Usage(
                "The server is not running, or not ours to kill.".to_owned(),
            )),
        }
    }

    /// Ends the child, where there is one.
    pub async fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().await;
        }
    }
}

fn read(file: &Path) -> Result<Cast, Failure> {
    let text = std::fs::read_to_string(file).map_err(|why| {
        Failure::Usage(format!(
            "{} cannot be read: {why}. A demo server writes it into its data folder.",
            file.display()
        ))
    })?;
    serde_json::from_str(&text)
        .map_err(|why| Failure::Usage(format!("{} is no sign-ins file: {why}.", file.display())))
}
