//! `replay`: plays an incident script against a running server, each player a link of its own, and
//! checks what everybody sees.
//!
//! Owns the script's form ([`script`], [`sees`]), its players ([`players`]), the play ([`play`]) and what one
//! player's screen must show ([`sight`]). It uses the same links, screens and rules as everybody; it
//! knows no other way into the server. After the last step the campus stays as it is.

pub mod doing;
pub mod play;
pub mod players;
pub mod script;
pub mod sees;
pub mod server;
pub mod sight;
mod telling;

use std::str::FromStr;

use crate::Failure;
use crate::args::Replay;
use crate::context::Context;

/// How fast a script is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// This many times faster than it happened.
    Times(f64),
    /// Without waiting between steps.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(times) if times.is_finite() && (0.01..=1_000_000.0).contains(&times) => {
                Ok(Self::Times(times))
            }
            Ok(_) | Err(_) => {
                Err("expected a number of times, for example 1 or 60, or `max`".to_owned())
            }
        }
    }
}

/// Plays the script that the command line names.
///
/// # Errors
/// Usage, where the script or the sign-ins cannot be read; failed, where an expectation was not met.
pub async fn run(context: &Context, options: Replay) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&options.script).map_err(|why| {
        Failure::Usage(format!(
            "{} cannot be read: {why}.",
            options.script.display()
        ))
    })?;
    let script = script::read(&text)
        .map_err(|wrong| Failure::Usage(format!("{}: {wrong}", options.script.display())))?;
    if options.check {
        context.tell(&format!(
            "{}: {} steps, nothing wrong.",
            script.name,
            script.steps.len()
        ));
        return Ok(());
    }
    let Some(sign_ins) = &options.sign_ins else {
        return Err(Failure::Usage(
            "Name the sign-ins: --sign-ins FILE.".to_owned(),
        ));
    };
    let mut server = server::Server::new(options.server_command.as_deref())?;
    if script.needs_own_server() && !server.is_ours() {
        return Err(Failure::Usage(format!(
            "The script {} kills the server, so replay must run it: give --server-command.",
            script.name
        )));
    }
    let cast = server.start_and_read(sign_ins).await?;
    let servers = context.servers_or(&cast.server)?;
    let mut play = play::Play::new(context, &script, cast, servers, options.speed)?;
    let played = play.run(&mut server).await;
    play.end();
    server.stop().await;
    played
}
