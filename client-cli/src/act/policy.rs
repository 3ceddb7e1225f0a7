//! `policy`: what the district has decided, and a change of it that names what was read.

use lockstep_proto::policy::PolicyChange;

use super::clear::{no_answer, pin};
use crate::Failure;
use crate::api::PolicyNow;
use crate::args::Policy;
use crate::context::Context;

pub(super) async fn run(context: &Context, what: Policy) -> Result<(), Failure> {
    match what {
        Policy::Show => show(context).await,
        Policy::Set {
            changes,
            because,
            expect,
            pin_file,
        } => {
            let now = context.api()?.policy().await?;
            let (expected, after) = changed(context, now, &changes, expect)?;
            let pin = pin(context, pin_file.as_deref())?;
            let api = context.api()?;
            let put = api
                .change_policy(expected, &after, because.as_ref(), &pin)
                .await?;
            for line in &put.changes {
                context.tell(line);
            }
            context.tell(&format!(
                "Changed; the directory is at version {}. Every campus has it now.",
                put.version
            ));
            context.tell_json(&put);
            Ok(())
        }
    }
}

async fn show(context: &Context) -> Result<(), Failure> {
    let now = context.api()?.policy().await?;
    for (key, value) in now.policy.lines() {
        context.tell(&format!("{key:<32}{value}"));
    }
    context.tell(&format!("Directory version {}", now.version));
    context.tell_json(&now);
    Ok(())
}

/// The policy that is wanted and the version that it goes on, once somebody has seen the
/// difference: a person here, or whoever named the version that they looked at.
fn changed(
    context: &Context,
    now: PolicyNow,
    changes: &[(String, String)],
    expect: Option<u64>,
) -> Result<(u64, lockstep_proto::directory::Policy), Failure> {
    let mut after = now.policy.clone();
    for (key, value) in changes {
        after
            .set(key, value)
            .map_err(|why| Failure::Usage(format!("{why}. Nothing was sent.")))?;
    }
    let lines: Vec<String> = now
        .policy
        .changes_to(&after)
        .iter()
        .map(PolicyChange::words)
        .collect();
    if lines.is_empty() {
        return Err(Failure::Usage(
            "The policy is so already. Nothing was sent.".to_owned(),
        ));
    }
    if let Some(expected) = expect {
        return Ok((expected, after));
    }
    if !context.asks.is_terminal() {
        return Err(Failure::Usage(
            "There is no terminal to ask on. Run `lockstep --json policy show`, look at it, then \
             name its `version` with --expect. The PIN comes from --pin-file or LOCKSTEP_PIN."
                .to_owned(),
        ));
    }
    crate::context::say("This would change, for the whole district and at once:");
    for line in &lines {
        crate::context::say(&format!("  {line}"));
    }
    let answer = context
        .asks
        .line("Change exactly these? [y/N] ")
        .map_err(no_answer)?;
    if answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes") {
        Ok((now.version, after))
    } else {
        Err(Failure::Usage("Nothing was sent.".to_owned()))
    }
}
