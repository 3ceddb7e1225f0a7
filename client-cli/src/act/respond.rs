//! What people do about a threat, from the command line: sightings, calls for help from outside, duties,
//! contact, the lead.
//!
//! Notes and grounds may look up what they name, where there is no choice to make: none of them lowers
//! anything. Where there is a choice, its author makes it.

use lockstep_proto::Timestamp;
use lockstep_proto::command::Command;
use lockstep_proto::escalation::Agency;
use lockstep_proto::id::{CampusId, FactId, Principal};
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{Card, DutyCard, EscalationCard};

use super::{picture, raise, show::Looked};
use crate::Failure;
use crate::args::{Contact, Duty, DutyArg, Escalate, Lead, Line, PersonArg, Sighting};
use crate::context::Context;
use crate::words;

/// C5: the sighting goes first, and its picture never holds it up.
pub(super) async fn sighting(context: &Context, sighting: Sighting) -> Result<(), Failure> {
    let Sighting {
        campus,
        seen,
        danger,
        place,
        of,
        minutes_ago,
        picture,
        patience,
    } = sighting;
    let command = Command::ReportSighting {
        seen,
        place,
        seen_at: minutes_ago.map(|minutes| ago(context, minutes)),
        danger: danger.into(),
        of,
    };
    let fact = raise::made(context, &campus, command, None, patience.patience).await?;
    match picture {
        None => Ok(()),
        Some(file) => picture::attach(context, &campus, fact, &file).await,
    }
}

/// The claimed time of something that happened some minutes ago (T4).
fn ago(context: &Context, minutes: u16) -> Timestamp {
    let now = context.clock.now();
    Timestamp::from_second(now.as_second() - i64::from(minutes) * 60).unwrap_or(now)
}

pub(super) async fn escalate(context: &Context, escalate: Escalate) -> Result<(), Failure> {
    let command = Command::OpenEscalation {
        agency: escalate.agency.into(),
        basis: escalate.basis.into(),
        state: escalate.state.into(),
        decided_by: escalate.decided_by,
        called_by: escalate.called_by,
        number: escalate.number,
        incident_number: escalate.incident_number,
        note: escalate.note,
    };
    raise::one(
        context,
        &escalate.campus,
        command,
        escalate.patience.patience,
    )
    .await
}

pub(super) async fn line(context: &Context, line: Line) -> Result<(), Failure> {
    let campus = line.campus;
    let escalation = match line.of {
        Some(id) => id,
        None => {
            let looked = Looked::at(context, &campus).await?;
            only_line(&looked, line.agency.map(Agency::from), &campus)?
        }
    };
    let command = Command::RecordLine {
        escalation,
        state: line.state.into(),
        incident_number: line.incident_number,
        note: line.note,
    };
    raise::steady(context, &campus, command).await
}

/// Several lines may be open (E3): then nobody guesses which is meant.
fn only_line(
    looked: &Looked,
    agency: Option<Agency>,
    campus: &CampusId,
) -> Result<FactId, Failure> {
    let calls: Vec<&EscalationCard> = words::escalations(&looked.screen)
        .into_iter()
        .filter(|card| agency.is_none_or(|agency| agency == card.agency))
        .collect();
    match calls.as_slice() {
        [call] => Ok(call.id),
        [] => Err(Failure::Usage(match agency {
            None => format!(
                "Nobody was asked for at {campus}. Record the call first: `lockstep escalate {campus} 911 --state calling`."
            ),
            Some(agency) => format!(
                "{} was not asked for at {campus}. `lockstep status {campus}` shows who was; record a call first with `lockstep escalate`.",
                agency.words()
            ),
        })),
        several => Err(Failure::Usage(format!(
            "Several calls are open at {campus}. Name one with --of:\n{}",
            lines(several.iter().map(|card| format!(
                "{}  {}",
                card.id,
                words::escalation(card, &looked.zone)
            )))
        ))),
    }
}

fn lines(each: impl Iterator<Item = String>) -> String {
    each.map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) async fn duty(context: &Context, what: Duty) -> Result<(), Failure> {
    let (campus, command) = match what {
        Duty::List { campus } => return list(context, &campus).await,
        Duty::Ack { campus, duty } => {
            let duty = which(context, &campus, duty).await?;
            (campus, Command::AcknowledgeDuty { duty })
        }
        Duty::Done {
            campus,
            duty,
            how,
            by,
            minutes_ago,
        } => {
            let command = Command::FinishDuty {
                duty: which(context, &campus, duty).await?,
                how,
                done_by: by,
                done_at: minutes_ago.map(|minutes| ago(context, minutes)),
            };
            (campus, command)
        }
        Duty::Decline {
            campus,
            duty,
            reason,
        } => {
            let duty = which(context, &campus, duty).await?;
            (campus, Command::DeclineDuty { duty, reason })
        }
    };
    raise::steady(context, &campus, command).await
}

/// The duty of that kind, where only one is open.
async fn which(context: &Context, campus: &CampusId, duty: DutyArg) -> Result<FactId, Failure> {
    let kind = match duty {
        DutyArg::Id(id) => return Ok(id),
        DutyArg::Kind(kind) => kind,
    };
    let looked = Looked::at(context, campus).await?;
    let open: Vec<&DutyCard> = words::duties(&looked.screen)
        .into_iter()
        .filter(|duty| duty.kind == kind)
        .collect();
    match open.as_slice() {
        [duty] => Ok(duty.id),
        [] => Err(Failure::Usage(format!(
            "No such duty is open at {campus}, or somebody has done it. `lockstep duty list {campus}` shows those that are open."
        ))),
        several => Err(Failure::Usage(format!(
            "Several such duties are open at {campus}. Name one by its id:\n{}",
            lines(several.iter().map(|duty| format!(
                "{}  {}",
                duty.id,
                words::duty(duty, &looked.screen, context.clock.now(), &looked.zone)
            )))
        ))),
    }
}

async fn list(context: &Context, campus: &CampusId) -> Result<(), Failure> {
    let looked = Looked::at(context, campus).await?;
    let duties = words::duties(&looked.screen);
    context.tell_json(&serde_json::json!({ "campus": campus, "duties": duties }));
    if duties.is_empty() {
        context.tell(&format!("No duty is open at {campus} for you to see."));
    }
    for duty in duties {
        let name = duty.kind.as_str().replace('_', "-");
        let asks: Vec<&str> = duty.asks.iter().map(|role| role.words()).collect();
        context.tell(&format!(
            "{name}  {}\n    {}\n    asked of: {}\n    {}",
            words::duty(duty, &looked.screen, context.clock.now(), &looked.zone),
            duty.say,
            asks.join(", "),
            duty.id
        ));
    }
    Ok(())
}

pub(super) async fn contact(context: &Context, what: Contact) -> Result<(), Failure> {
    let (campus, command) = match what {
        Contact::Safe { campus, with, of } => {
            let raise = about(context, &campus, of).await?.ok_or_else(|| {
                Failure::Usage(format!(
                    "Nothing is open at {campus} that a contact could be about. What has already happened is recorded with `lockstep contact made`."
                ))
            })?;
            let command = Command::JudgeContactSafe {
                raise,
                with: with.0,
            };
            (campus, command)
        }
        Contact::Withdraw { campus, of } => {
            let raise = about(context, &campus, of).await?.ok_or_else(|| {
                Failure::Usage(format!("No contact plan is in the making at {campus}."))
            })?;
            (campus, Command::WithdrawContact { raise })
        }
        Contact::Made {
            campus,
            what,
            by,
            of,
        } => {
            if by.is_empty() {
                context.tell("Made by you alone: name everybody who made it with --by.");
            }
            let command = Command::RecordContact {
                raise: about(context, &campus, of).await?,
                by: by.into_iter().map(|PersonArg(person)| person).collect(),
                what,
            };
            (campus, command)
        }
    };
    raise::steady(context, &campus, command).await
}

async fn about(
    context: &Context,
    campus: &CampusId,
    of: Option<FactId>,
) -> Result<Option<FactId>, Failure> {
    if of.is_some() {
        return Ok(of);
    }
    let looked = Looked::at(context, campus).await?;
    let about = words::contact_about(&looked.screen);
    for line in looked.item_lines(about.as_slice()) {
        context.tell(&format!("About {line}"));
    }
    Ok(about)
}

pub(super) async fn lead(context: &Context, what: Lead) -> Result<(), Failure> {
    let (campus, command) = match what {
        Lead::Offer { campus, to } => (campus, Command::OfferLead { to: to.0 }),
        Lead::Take { campus, offer } => {
            let offer = match offer {
                Some(offer) => offer,
                None => {
                    let looked = Looked::at(context, &campus).await?;
                    offered(context, &looked.screen)?.ok_or_else(|| {
                        Failure::Usage(format!("Nobody offers you the lead at {campus}."))
                    })?
                }
            };
            (campus, Command::TakeLead { offer })
        }
    };
    raise::steady(context, &campus, command).await
}

/// The newest offer to the one who is signed in.
fn offered(context: &Context, screen: &Screen) -> Result<Option<FactId>, Failure> {
    let Principal::Person(you) = context.sign_in()?.you.principal else {
        return Ok(None);
    };
    let offers = screen.cards.values().filter_map(|card| {
        if let Card::Lead(card) = card {
            Some(&card.offers)
        } else {
            None
        }
    });
    Ok(offers
        .flatten()
        .filter(|offer| offer.to == you)
        .max_by_key(|offer| offer.at)
        .map(|offer| offer.id))
}
