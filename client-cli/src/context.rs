//! What every command is handed: servers, profile, clock, terminal. Makes no request itself.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::Failure;
use crate::address::Address;
use crate::api::Api;
use crate::args::Args;
use crate::clock::Clock;
use crate::outbox::Outbox;
use crate::profile::{Profile, SignIn};

/// Whom to ask on the terminal.
pub trait Asks: Send + Sync {
    /// Whether somebody is there to answer.
    fn is_terminal(&self) -> bool;
    /// A line, shown as it is typed.
    fn line(&self, prompt: &str) -> std::io::Result<String>;
    /// A line, not shown.
    fn secret(&self, prompt: &str) -> std::io::Result<String>;
}

/// What every command is handed.
pub struct Context {
    /// Servers given with `--server`.
    given: Vec<Address>,
    /// Where sign-in, keys, heads and positions are kept.
    pub profile: Profile,
    /// Answers as JSON.
    pub json: bool,
    /// The time of day.
    pub clock: Clock,
    /// The terminal.
    pub asks: Box<dyn Asks>,
}

impl Context {
    /// From the command line and the machine.
    ///
    /// # Errors
    /// Where there is no folder to keep a profile in.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        Ok(Self {
            given: args.server.clone(),
            profile: Profile::at_home(&args.profile)?,
            json: args.json,
            clock: Clock::system(),
            asks: Box::new(Keyboard),
        })
    }

    /// With every part given: for tests.
    #[must_use]
    pub fn with(
        given: Vec<Address>,
        profile: Profile,
        json: bool,
        clock: Clock,
        asks: Box<dyn Asks>,
    ) -> Self {
        Self {
            given,
            profile,
            json,
            clock,
            asks,
        }
    }

    /// The servers to try, in turn.
    #[must_use]
    pub fn servers(&self, sign_in: Option<&SignIn>) -> Vec<Address> {
        let kept = sign_in
            .map(|sign_in| sign_in.servers.as_slice())
            .unwrap_or_default();
        let mut servers: Vec<Address> = if self.given.is_empty() {
            kept.iter().filter_map(|text| text.parse().ok()).collect()
        } else {
            self.given.clone()
        };
        if servers.is_empty() {
            servers.push(Address::default());
        }
        servers.truncate(16);
        servers
    }

    /// The servers given with `--server`, else this one.
    ///
    /// # Errors
    /// Usage, where this is no address.
    pub fn servers_or(&self, server: &str) -> Result<Vec<Address>, Failure> {
        if !self.given.is_empty() {
            return Ok(self.given.clone());
        }
        let server = server
            .parse()
            .map_err(|why: crate::address::NotAnAddress| Failure::Usage(why.to_string()))?;
        Ok(vec![server])
    }

    /// The sign-in that is kept.
    ///
    /// # Errors
    /// Usage, where nobody is signed in.
    pub fn sign_in(&self) -> Result<SignIn, Failure> {
        self.profile.sign_in()?.ok_or_else(|| {
            Failure::Usage(
                "Nobody is signed in here. Run `lockstep sign-in CODE` with an enrolment code, \
                 which an administrator can make for you."
                    .to_owned(),
            )
        })
    }

    /// HTTP as the one who is signed in.
    ///
    /// # Errors
    /// Usage, where nobody is.
    pub fn api(&self) -> Result<Api, Failure> {
        let sign_in = self.sign_in()?;
        Api::new(self.servers(Some(&sign_in)), Some(sign_in.token))
    }

    /// The outbox of this profile.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::in_folder(self.profile.folder().join("outbox"))
    }

    /// Prints for people, and nothing where JSON was asked for.
    pub fn tell(&self, text: &str) {
        if !self.json {
            say(text);
        }
    }

    /// Prints for programs, and nothing where it was not asked for.
    pub fn tell_json(&self, value: &impl serde::Serialize) {
        if self.json {
            say(&serde_json::to_string(value).unwrap_or_default());
        }
    }
}

/// A line on standard output. A closed pipe ends nothing: the act is more than its echo.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// The machine's own terminal.
struct Keyboard;

impl Asks for Keyboard {
    fn is_terminal(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    fn line(&self, prompt: &str) -> std::io::Result<String> {
        eprint!("{prompt}");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn secret(&self, prompt: &str) -> std::io::Result<String> {
        eprint!("{prompt}");
        crossterm::terminal::enable_raw_mode()?;
        let typed = read_secret();
        crossterm::terminal::disable_raw_mode()?;
        eprintln!();
        typed
    }
}

fn read_secret() -> std::io::Result<String> {
    use crossterm::event::{Event, KeyCode, KeyModifiers, read};
    let mut typed = String::new();
    loop {
        let Event::Key(key) = read()? else { continue };
        if !key.is_press() {
            continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Enter {
            return Ok(typed);
        } else if key.code == KeyCode::Backspace {
            typed.pop();
        } else if key.code == KeyCode::Esc || (control && key.code == KeyCode::Char('c')) {
            return Err(std::io::ErrorKind::Interrupted.into());
        } else if let KeyCode::Char(letter) = key.code
            && !control
            && typed.len() < 64
        {
            typed.push(letter);
        }
    }
}
