//! `officer`: an officer without an account becomes one on scene, by two people (A3).

use super::clear::pin;
use crate::Failure;
use crate::api::NewCertification;
use crate::args::{Certify, Officer};
use crate::context::Context;

pub(super) async fn run(context: &Context, what: Officer) -> Result<(), Failure> {
    match what {
        Officer::Enrol { name, campus } => {
            let made = context.api()?.enrol_officer(&campus, &name).await?;
            let who = &made.waits;
            context.tell(&format!(
                "{}\nfor {}, {}.",
                made.code, who.name, who.officer
            ));
            context.tell(&format!(
                "It works once somebody else has certified them, which may be until {}:\n  \
                 lockstep officer certify {} --campus {campus} --agency ... --badge ... --number ... --until ...",
                who.expires_at, who.officer
            ));
            context.tell_json(&made);
            Ok(())
        }
        Officer::Pending { campus } => {
            let waiting = context.api()?.officers_waiting(&campus).await?;
            for waits in &waiting.waiting {
                context.tell(&format!(
                    "{}  {}, code by {} ({}) at {}, until {}",
                    waits.officer,
                    waits.name,
                    waits.code_by.name,
                    waits.code_by.role.words(),
                    waits.code_by.at,
                    waits.expires_at
                ));
            }
            if waiting.waiting.is_empty() {
                context.tell(&format!("Nobody waits at {campus}."));
            }
            context.tell_json(&waiting);
            Ok(())
        }
        Officer::Certify(what) => certify(context, what).await,
    }
}

async fn certify(context: &Context, what: Certify) -> Result<(), Failure> {
    let body = NewCertification {
        agency: what.agency,
        badge: what.badge,
        kind: what.kind,
        number: what.number,
        full_time: !what.part_time,
        valid_until: what.until,
        pin: pin(context, what.pin_file.as_deref())?,
    };
    let made = context
        .api()?
        .certify_officer(&what.campus, &what.officer, &body)
        .await?;
    context.tell(&format!(
        "{} is an officer of {} now. Their code signs them in until {}.",
        made.officer, what.campus, made.code_expires_at
    ));
    context.tell(&format!(
        "Their PIN is {}. It is shown once: say it to them, and to nobody else.",
        made.officer_pin.0
    ));
    context.tell_json(&made);
    Ok(())
}
