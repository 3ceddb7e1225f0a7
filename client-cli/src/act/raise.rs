//! Raises, notes and grounds from the command line: sent at once, again under the same id until
//! answered, raises kept on disk first.

use std::time::Duration;

use futures_util::future::join_all;
use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest, Pin};
use lockstep_proto::frame::Accepted;
use lockstep_proto::id::{CampusId, FactId};
use tokio::time::{Instant, sleep};

use super::request;
use crate::Failure;
use crate::api::{Answer, Api};
use crate::args::{Patience, Why};
use crate::backoff::Backoff;
use crate::context::Context;
use crate::outbox::Unsent;

/// One raise and one answer for each campus, all at once (P5). Never asks anything (L1).
pub(super) async fn lock_down(
    context: &Context,
    campuses: Vec<CampusId>,
    why: Why,
    patience: Duration,
) -> Result<(), Failure> {
    let calls = campuses.iter().map(|campus| {
        let command = Command::CallLockDown {
            reason: why.reason.clone(),
            place: why.place.clone(),
        };
        one(context, campus, command, patience)
    });
    let mut worst = Ok(());
    for (campus, done) in campuses.iter().zip(join_all(calls).await) {
        let Err(failure) = done else { continue };
        if campuses.len() > 1 {
            eprintln!("{campus}:");
        }
        // Each campus has its own answer; the last one is printed by the caller.
        if let Err(earlier) = std::mem::replace(&mut worst, Err(failure)) {
            earlier.print(context.json);
        }
    }
    worst
}

/// A fact: kept on disk first if it is a raise, then offered until something durable has it.
pub(super) async fn one(
    context: &Context,
    campus: &CampusId,
    command: Command,
    patience: Duration,
) -> Result<(), Failure> {
    made(context, campus, command, None, patience)
        .await
        .map(|_| ())
}

/// The same, saying which fact it made. With a PIN only where it is no raise: the outbox keeps none.
pub(super) async fn made(
    context: &Context,
    campus: &CampusId,
    command: Command,
    pin: Option<Pin>,
    patience: Duration,
) -> Result<FactId, Failure> {
    let api = context.api()?;
    let unsent = Unsent {
        campus: campus.clone(),
        by: context.sign_in()?.you.principal,
        made_at: context.clock.now(),
        shown: false,
        request: CommandRequest {
            pin,
            ..request(context, command)
        },
    };
    if unsent.request.command.class().is_raise()
        && let Err(why) = context.outbox().keep(&unsent)
    {
        // P2: a full disk does not stop an alert.
        eprintln!("Sending without a copy on disk: {why}");
    }
    let accepted = offer(context, &api, unsent, patience).await?;
    done(context, campus, &accepted);
    Ok(accepted.fact)
}

/// A note or ground with the usual patience.
pub(super) async fn steady(
    context: &Context,
    campus: &CampusId,
    command: Command,
) -> Result<(), Failure> {
    one(context, campus, command, Patience::default().patience).await
}

fn done(context: &Context, campus: &CampusId, accepted: &Accepted) {
    context.tell(&format!(
        "{campus}: accepted, {}. Its id is {}.",
        crate::words::held(accepted),
        accepted.fact
    ));
    context.tell_json(&serde_json::json!({
        "answer": "accepted", "campus": campus, "id": accepted.id, "fact": accepted.fact,
        "holds": accepted.holds, "position": accepted.position,
    }));
}

/// Offers until `spooled` or `recorded`, a refusal, or the end of patience.
pub(super) async fn offer(
    context: &Context,
    api: &Api,
    mut unsent: Unsent,
    patience: Duration,
) -> Result<Accepted, Failure> {
    let outbox = context.outbox();
    let class = unsent.request.command.class();
    let (is_raise, is_fact) = (class.is_raise(), class.is_fact());
    let until = Instant::now() + patience;
    let mut backoff = Backoff::default();
    let mut said = false;
    loop {
        let mut wait = backoff.wait();
        let why = match api
            .command(&unsent.campus, &unsent.request)
            .await
            .to(&unsent.request)
        {
            Answer::Accepted(accepted) if accepted.holds.is_durable() => {
                outbox.drop(unsent.request.id)?;
                return Ok(accepted);
            }
            Answer::Accepted(_) => {
                if is_raise && !unsent.shown {
                    unsent.shown = true;
                    // Only its word for itself changes; the raise is on disk already.
                    let _ = outbox.keep(&unsent);
                }
                "It is on screens, and no disk has taken it yet".to_owned()
            }
            Answer::Refused(refusal) if is_worth_waiting(refusal.code) => {
                wait = refusal
                    .retry_after_ms
                    .map_or(wait, Duration::from_millis)
                    .min(crate::backoff::LONGEST);
                refusal.message
            }
            Answer::Refused(refusal) => {
                if is_final(refusal.code) {
                    outbox.drop(unsent.request.id)?;
                }
                return Err(Failure::Refused(refusal));
            }
            Answer::Unknown(why) => {
                unsent.request.again |= !is_fact;
                why
            }
            Answer::NotSent(why) => why,
        };
        if Instant::now() + wait >= until {
            return Err(given_up(&unsent, is_raise, &why));
        }
        if !said {
            let state = if unsent.shown {
                "Not kept yet"
            } else {
                "NOT SENT YET"
            };
            eprintln!(
                "{state}: {}. Trying again for up to {} seconds; use radio meanwhile.",
                why.trim_end_matches('.'),
                patience.as_secs()
            );
            said = true;
        }
        sleep(wait).await;
    }
}

/// Whether this refusal ends a raise: it is neither for later nor for after a new sign-in.
pub(crate) fn is_final(code: Code) -> bool {
    !is_worth_waiting(code) && !is_worth_keeping(code)
}

/// Refusals that only mean *later*.
fn is_worth_waiting(code: Code) -> bool {
    matches!(code, Code::SlowDown | Code::Busy | Code::Fault)
}

/// Refusals after which the same raise may still be sent, once its author has signed in again.
fn is_worth_keeping(code: Code) -> bool {
    matches!(
        code,
        Code::NotSignedIn | Code::Revoked | Code::SignInExpired
    )
}

fn given_up(unsent: &Unsent, is_raise: bool, why: &str) -> Failure {
    let why = why.trim_end_matches('.');
    let id = unsent.request.id;
    if is_raise && unsent.shown {
        Failure::Kept(format!(
            "ON SCREENS, KEPT BY NOTHING: {}. {why}. The outbox keeps it: send it again with `lockstep outbox send {id}`, and say it by radio.",
            unsent.words()
        ))
    } else if is_raise {
        Failure::Kept(format!(
            "NOT SENT: {}. {why}. Say it by radio now. The outbox keeps it: send it with `lockstep outbox send {id}`.",
            unsent.words()
        ))
    } else if unsent.request.again {
        Failure::Fault(format!(
            "Not known whether this was recorded: {}. {why}. Look at the campus before you try again.",
            crate::words::command(&unsent.request.command)
        ))
    } else {
        Failure::Fault(format!(
            "Not done: {}. {why}. Try again.",
            crate::words::command(&unsent.request.command)
        ))
    }
}
