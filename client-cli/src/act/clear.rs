//! One-shot clears (P4): what is sent names exactly what was printed, with the head that was printed.
//!
//! On a terminal: look, print, ask, take the PIN, send. For programs: head and raises come from an
//! earlier look; this never reads and names in one step. Nothing here is ever decided twice: a clear
//! whose answer did not come is asked about until somebody knows, under its id and marked *again*.

mod radio;

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Command, CommandRequest, Pin};
use lockstep_proto::frame::{Accepted, IN_DOUBT_WORDS};
use lockstep_proto::id::{CampusId, FactId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::text::Text;
use lockstep_proto::view::ZoneCard;
use tokio::time::{Instant, sleep};

use super::request;
use super::show::Looked;
use crate::Failure;
use crate::api::Answer;
use crate::args::Naming;
use crate::backoff::Backoff;
use crate::context::Context;
use crate::words;

/// Which clear. A lift's proposal is a ground, but it names like a clear and is asked about like one.
pub(super) enum Release {
    EndMovement,
    AllClear {
        override_reason: Option<Text>,
    },
    Propose {
        statement: Option<Text>,
    },
    Confirm {
        proposal: Option<FactId>,
    },
    Resume {
        unopened: Vec<RoomId>,
        reason: Option<Text>,
    },
    DrillAllClear {
        override_reason: Option<Text>,
    },
    EndDrill {
        note: Option<Text>,
    },
}

/// What a clear names, and the words it was shown in.
struct Named {
    lifts: Vec<FactId>,
    seen: Position,
    proposal: Option<FactId>,
}

impl Release {
    /// A4: all clear and school lift, both people; and an all clear that is practised (D3).
    fn needs_pin(&self) -> bool {
        match self {
            Self::AllClear { .. }
            | Self::Propose { .. }
            | Self::Confirm { .. }
            | Self::DrillAllClear { .. } => true,
            Self::EndMovement | Self::Resume { .. } | Self::EndDrill { .. } => false,
        }
    }

    /// It lifts drill facts only, and says so.
    fn is_of_drill(&self) -> bool {
        match self {
            Self::DrillAllClear { .. } | Self::EndDrill { .. } => true,
            Self::EndMovement
            | Self::AllClear { .. }
            | Self::Propose { .. }
            | Self::Confirm { .. }
            | Self::Resume { .. } => false,
        }
    }

    /// It is said on the radio by the one who gives it (S6).
    fn is_said(&self) -> bool {
        match self {
            Self::AllClear { .. } | Self::Confirm { .. } => true,
            Self::EndMovement
            | Self::Propose { .. }
            | Self::Resume { .. }
            | Self::DrillAllClear { .. }
            | Self::EndDrill { .. } => false,
        }
    }

    fn question(&self) -> &'static str {
        match self {
            Self::EndMovement => "End controlled movement, lifting exactly these? [y/N] ",
            Self::AllClear { .. } => "Give the ALL CLEAR, lifting exactly these? [y/N] ",
            Self::Propose { .. } => "Propose a SCHOOL LIFT of exactly these? [y/N] ",
            Self::Confirm { .. } => "Confirm the SCHOOL LIFT of exactly these? [y/N] ",
            Self::Resume { .. } => "Return to NORMAL from exactly these? [y/N] ",
            Self::DrillAllClear { .. } => "DRILL: practise the all clear of exactly this? [y/N] ",
            Self::EndDrill { .. } => "DRILL: end exactly this? [y/N] ",
        }
    }

    /// What a look at the campus lets this name.
    fn names(&self, looked: &Looked) -> Result<Named, Failure> {
        let seen = looked.head();
        let named = |lifts| Named {
            lifts,
            seen,
            proposal: None,
        };
        match self {
            Self::EndMovement | Self::AllClear { .. } | Self::Propose { .. } => {
                Ok(named(looked.screen.open_raises()))
            }
            Self::Resume { .. } => Ok(named(looked.screen.open_releases())),
            Self::DrillAllClear { .. } | Self::EndDrill { .. } => {
                Ok(named(vec![super::drill::id(looked)?]))
            }
            Self::Confirm { proposal } => {
                let standing: Vec<_> = looked
                    .proposals()
                    .filter(|standing| proposal.is_none_or(|id| id == standing.id))
                    .collect();
                let [standing] = standing.as_slice() else {
                    return Err(Failure::Refused(
                        Refusal::new(Code::ProposalVoid)
                            .about(standing.iter().map(|standing| standing.id)),
                    ));
                };
                Ok(Named {
                    lifts: standing.lifts.clone(),
                    seen,
                    proposal: Some(standing.id),
                })
            }
        }
    }

    fn into_command(self, named: Named) -> Result<Command, Failure> {
        let Named {
            lifts,
            seen,
            proposal,
        } = named;
        Ok(match self {
            Self::EndMovement => Command::EndControlledMovement { lifts, seen },
            Self::AllClear { override_reason } => Command::GiveAllClear {
                lifts,
                seen,
                override_reason,
            },
            Self::Propose { statement } => Command::ProposeLift {
                statement: statement.ok_or_else(|| {
                    Failure::Usage("Give the responsibility statement with --statement.".to_owned())
                })?,
                lifts,
                seen,
            },
            Self::Confirm { .. } => Command::ConfirmLift {
                proposal: proposal.ok_or_else(|| {
                    Failure::Usage(
                        "Name the proposal with --proposal, as `status` shows it.".to_owned(),
                    )
                })?,
                lifts,
                seen,
            },
            Self::Resume { unopened, reason } => Command::Resume {
                lifts,
                seen,
                unopened,
                reason,
            },
            Self::DrillAllClear { override_reason } => Command::GiveDrillAllClear {
                drill: the_drill(&lifts)?,
                seen,
                override_reason,
            },
            Self::EndDrill { note } => Command::EndDrill {
                drill: the_drill(&lifts)?,
                seen,
                note,
            },
        })
    }
}

pub(super) async fn run(
    context: &Context,
    campus: &CampusId,
    mut clear: Release,
    naming: Naming,
) -> Result<(), Failure> {
    let named = if let Some(seen) = naming.seen {
        let proposal = if let Release::Confirm { proposal } = &clear {
            *proposal
        } else {
            None
        };
        Named {
            lifts: naming.lifts,
            seen,
            proposal,
        }
    } else {
        if !context.asks.is_terminal() {
            return Err(no_terminal(campus, clear.is_of_drill()));
        }
        let looked = Looked::at(context, campus).await?;
        let named = clear.names(&looked)?;
        if named.lifts.is_empty() {
            return Err(Failure::Refused(Refusal::new(Code::NothingToLift)));
        }
        if clear.is_of_drill() {
            print_drill(context, campus, &looked, &named)?;
        } else {
            print(context, campus, &looked, &named)?;
        }
        if let Release::Propose {
            statement: statement @ None,
        } = &mut clear
        {
            *statement = Some(ask_statement(context)?);
        }
        let answer = context.asks.line(clear.question()).map_err(no_answer)?;
        if !answer.eq_ignore_ascii_case("y") && !answer.eq_ignore_ascii_case("yes") {
            return Err(Failure::Usage("Nothing was sent.".to_owned()));
        }
        // What was printed was looked at.
        context.profile.keep_looked_at(campus, looked.head())?;
        named
    };
    let pin = if clear.needs_pin() {
        Some(pin(context, naming.pin_file.as_deref())?)
    } else {
        None
    };
    let is_said = clear.is_said();
    let request = CommandRequest {
        pin,
        ..request(context, clear.into_command(named)?)
    };
    let accepted = send(context, campus, request, naming.patience).await?;
    context.tell(&format!(
        "{campus}: accepted, {}. Its id is {}.",
        words::held(&accepted),
        accepted.fact
    ));
    let mut answer = serde_json::json!({"answer": "accepted", "campus": campus, "id": accepted.id,
        "fact": accepted.fact, "holds": accepted.holds, "position": accepted.position});
    if is_said {
        answer["radio"] = radio::say(context, campus, &accepted).await.into();
    }
    context.tell_json(&answer);
    Ok(())
}

fn no_terminal(campus: &CampusId, of_drill: bool) -> Failure {
    let (name, which) = if of_drill {
        ("--drill ID", "`head` and `drill`")
    } else {
        (
            "--lifts ID,...",
            "`head` and `lifts` (for resume: `resumes`)",
        )
    };
    Failure::Usage(format!(
        "There is no terminal to ask on, and a clear is never named by the program that reads it. Run \
         `lockstep --json status {campus}`, look at what it would lift, then name it: --seen HEAD {name} \
         with {which} of that answer. The PIN comes from --pin-file or LOCKSTEP_PIN."
    ))
}

fn the_drill(named: &[FactId]) -> Result<FactId, Failure> {
    let [drill] = named else {
        return Err(Failure::Usage(
            "Name the drill with --drill, as `status` shows it.".to_owned(),
        ));
    };
    Ok(*drill)
}

pub(super) fn no_answer(why: std::io::Error) -> Failure {
    Failure::Usage(format!("No answer ({why}). Nothing was sent."))
}

fn print(
    context: &Context,
    campus: &CampusId,
    looked: &Looked,
    named: &Named,
) -> Result<(), Failure> {
    let say = crate::context::say;
    say(&format!("{campus}: {}", looked.headline()));
    for proposal in looked
        .proposals()
        .filter(|standing| Some(standing.id) == named.proposal)
    {
        say(&format!(
            "Proposed by {}: {}",
            crate::words::who(Some(&proposal.by)),
            proposal.statement
        ));
    }
    say("This would lift:");
    let lines = looked.item_lines(&named.lifts);
    for line in &lines {
        say(&format!("  {line}"));
    }
    if lines.len() < named.lifts.len() {
        say(&format!(
            "  and {} that are not open here any more",
            named.lifts.len() - lines.len()
        ));
    }
    print_unclear(looked.zones().filter(|zone| !zone.clear));
    for veto in looked.vetoes() {
        say(&format!(
            "Standing veto by {}: {}",
            crate::words::who(Some(&veto.by)),
            veto.reason
        ));
    }
    // A clear answers no alarm (P4): who gives it sees what it leaves behind.
    let standing = [looked.item_lines(&looked.threats()), looked.plea_lines()].concat();
    if !standing.is_empty() {
        say("Still standing, and not lifted by this:");
        for line in standing {
            say(&format!("  {line}"));
        }
    }
    print_news(context, looked, named)
}

fn print_unclear<'a>(zones: impl Iterator<Item = &'a ZoneCard>) {
    let unclear: Vec<&str> = zones.map(|zone| zone.name.as_str()).collect();
    if !unclear.is_empty() {
        crate::context::say(&format!("Sweep: NOT clear: {}", unclear.join(", ")));
    }
}

fn print_news(context: &Context, looked: &Looked, named: &Named) -> Result<(), Failure> {
    let say = crate::context::say;
    let news = looked.news(context)?;
    if !news.is_empty() {
        say("New since you last looked:");
        for line in news {
            say(&format!("  {line}"));
        }
    }
    say(&format!("Head {}", named.seen));
    Ok(())
}

/// What is practised. Nothing real is open, else there would be no drill to name (D2).
fn print_drill(
    context: &Context,
    campus: &CampusId,
    looked: &Looked,
    named: &Named,
) -> Result<(), Failure> {
    let say = crate::context::say;
    say(&format!("{campus}: {}", looked.headline()));
    if let Some(drill) = looked.screen.drill() {
        say(&format!(
            "  {}  {}",
            drill.id,
            words::drill(drill, &looked.zone)
        ));
        if drill.posture == Posture::LockDown {
            print_unclear(
                looked
                    .zones()
                    .filter(|zone| !drill.cleared.contains(&zone.id)),
            );
        }
    }
    print_news(context, looked, named)
}

fn ask_statement(context: &Context) -> Result<Text, Failure> {
    let typed = context
        .asks
        .line("Type the responsibility statement: ")
        .map_err(no_answer)?;
    Text::new(typed).map_err(|why| {
        Failure::Usage(format!(
            "The statement was not taken: {why}. Nothing was sent."
        ))
    })
}

/// From the file, the environment or the keyboard; never from the command line, where others see it.
pub(super) fn pin(context: &Context, file: Option<&Path>) -> Result<Pin, Failure> {
    let typed = if let Some(file) = file {
        own_file(file).map_err(|why| {
            Failure::Usage(format!("{}: {why}. Nothing was sent.", file.display()))
        })?
    } else if let Ok(pin) = std::env::var("LOCKSTEP_PIN") {
        pin
    } else if context.asks.is_terminal() {
        context.asks.secret("PIN: ").map_err(no_answer)?
    } else {
        return Err(Failure::Usage(
            "This needs your PIN: give --pin-file FILE or LOCKSTEP_PIN. Nothing was sent."
                .to_owned(),
        ));
    };
    Ok(Pin(typed.trim().to_owned()))
}

/// What stands in a file that nobody else may read.
fn own_file(file: &Path) -> io::Result<String> {
    if std::fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
        let why = "others than its owner may read it: run `chmod 600` on it, and set another PIN";
        return Err(io::Error::other(why));
    }
    std::fs::read_to_string(file)
}

/// Sends it once, and where no answer came asks what became of it, at whichever server answers.
async fn send(
    context: &Context,
    campus: &CampusId,
    mut request: CommandRequest,
    patience: Duration,
) -> Result<Accepted, Failure> {
    let api = context.api()?;
    let until = Instant::now() + patience;
    let mut backoff = Backoff::default();
    loop {
        match api.command(campus, &request).await.to(&request) {
            Answer::Accepted(accepted) => return Ok(accepted),
            Answer::Refused(refusal) => return Err(Failure::Refused(refusal)),
            Answer::NotSent(why) => {
                return Err(Failure::Fault(format!(
                    "Not sent, so nothing was lowered: {why}. Check the network and --server, then look again."
                )));
            }
            Answer::Unknown(_) => {}
        }
        let wait = backoff.wait();
        if Instant::now() + wait >= until {
            return Err(Failure::InDoubt(format!(
                "{IN_DOUBT_WORDS} Asked again without an answer; `lockstep status {campus}` shows what is recorded."
            )));
        }
        if !std::mem::replace(&mut request.again, true) {
            eprintln!(
                "{IN_DOUBT_WORDS} Asking again for up to {} seconds.",
                patience.as_secs()
            );
        }
        sleep(wait).await;
    }
}
