//! `outbox`: what was not sent, and its author's word on it (P7).

use super::raise::offer;
use crate::Failure;
use crate::args::Outbox;
use crate::context::Context;
use crate::outbox::Unsent;
use lockstep_proto::id::CommandId;

pub(super) async fn run(context: &Context, what: Option<Outbox>) -> Result<(), Failure> {
    match what {
        None | Some(Outbox::List) => list(context),
        Some(Outbox::Send { id, yes }) => send(context, id, yes).await,
        Some(Outbox::Discard { id, yes }) => discard(context, id, yes),
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let (kept, strange) = context.outbox().list()?;
    let now = context.clock.now();
    if context.json {
        for unsent in &kept {
            context.tell_json(&serde_json::json!({
                "unsent": unsent, "by_itself": unsent.goes_by_itself(now),
            }));
        }
    } else if kept.is_empty() {
        context.tell("Nothing is waiting to be sent.");
    }
    for unsent in &kept {
        context.tell(&format!(
            "{}  {}\n    {}",
            unsent.request.id,
            unsent.words(),
            age(unsent, context)
        ));
    }
    for file in strange {
        eprintln!(
            "{} cannot be understood: look at it, and remove it if it is no raise.",
            file.display()
        );
    }
    Ok(())
}

fn age(unsent: &Unsent, context: &Context) -> String {
    let now = context.clock.now();
    let ago = crate::words::ago(unsent.made_at, now);
    if unsent.goes_by_itself(now) {
        format!(
            "made {ago} ago; `lockstep watch {}` offers it",
            unsent.campus
        )
    } else {
        format!(
            "NOT SENT, made {ago} ago. Is it needed now? `lockstep outbox send {0}` or `lockstep outbox discard {0}`",
            unsent.request.id
        )
    }
}

fn find(context: &Context, id: CommandId) -> Result<Unsent, Failure> {
    let (kept, _) = context.outbox().list()?;
    kept.into_iter()
        .find(|unsent| unsent.request.id == id)
        .ok_or_else(|| {
            Failure::Usage(format!(
                "No raise {id} is in the outbox. `lockstep outbox` lists them."
            ))
        })
}

/// Asks its author, on a terminal, unless `--yes` says it was asked already.
fn is_wanted(context: &Context, yes: bool, question: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !context.asks.is_terminal() {
        return Err(Failure::Usage(
            "There is nobody to ask here: add --yes if that is what is wanted.".to_owned(),
        ));
    }
    let answer = context
        .asks
        .line(question)
        .map_err(|why| Failure::Usage(format!("No answer: {why}.")))?;
    Ok(answer.eq_ignore_ascii_case("y"))
}

async fn send(context: &Context, id: CommandId, yes: bool) -> Result<(), Failure> {
    let unsent = find(context, id)?;
    let sign_in = context.sign_in()?;
    if sign_in.you.principal != unsent.by {
        return Err(Failure::Usage(format!(
            "{} made this, and you are {}. Each sends their own.",
            unsent.by, sign_in.you.principal
        )));
    }
    context.tell(&format!(
        "{}, made {} ago.",
        unsent.words(),
        crate::words::ago(unsent.made_at, context.clock.now())
    ));
    if !is_wanted(context, yes, "Is it needed now? [y/N] ")? {
        context.tell("Not sent. It stays in the outbox.");
        return Ok(());
    }
    let campus = unsent.campus.clone();
    let accepted = offer(
        context,
        &context.api()?,
        unsent,
        crate::args::Patience::default().patience,
    )
    .await?;
    context.tell(&format!(
        "{campus}: accepted, {}.",
        crate::words::held(&accepted)
    ));
    context.tell_json(&serde_json::json!({"answer": "accepted", "accepted": accepted}));
    Ok(())
}

fn discard(context: &Context, id: CommandId, yes: bool) -> Result<(), Failure> {
    let unsent = find(context, id)?;
    context.tell(&format!(
        "{}, made {} ago.",
        unsent.words(),
        crate::words::ago(unsent.made_at, context.clock.now())
    ));
    if !is_wanted(context, yes, "Throw it away, not sent? [y/N] ")? {
        context.tell("It stays in the outbox.");
        return Ok(());
    }
    context.outbox().drop(id)?;
    context.tell("Discarded, not sent.");
    Ok(())
}
