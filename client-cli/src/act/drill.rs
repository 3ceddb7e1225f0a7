//! Drills and test alerts from the command line. What lowers is in `clear`, with the discipline of every
//! clear.

use std::path::Path;

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Command;
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::text::Text;

use super::clear::{self, Release};
use super::{raise, show::Looked};
use crate::Failure;
use crate::args::{Drill, Patience};
use crate::context::Context;
use crate::words;

pub(super) async fn run(context: &Context, what: Drill) -> Result<(), Failure> {
    match what {
        Drill::Start {
            campus,
            kind,
            note,
            pin_file,
        } => start(context, &campus, kind.into(), note, pin_file.as_deref()).await,
        Drill::LockDown { campus } => {
            let drill = running(context, &campus).await?;
            raise::steady(context, &campus, Command::CallDrillLockDown { drill }).await
        }
        Drill::Room {
            campus,
            state,
            present,
            missing,
            extra,
            room,
        } => {
            let report = DrillRoomReport {
                present,
                missing,
                extra,
                ..state.report()
            };
            let drill = running(context, &campus).await?;
            let command = Command::ReportDrillRoom {
                drill,
                room,
                report,
            };
            raise::steady(context, &campus, command).await
        }
        Drill::Zone { campus, zones } => {
            let drill = running(context, &campus).await?;
            for zone in zones {
                raise::steady(context, &campus, Command::ClearDrillZone { drill, zone }).await?;
            }
            Ok(())
        }
        Drill::AllClear {
            campus,
            override_reason,
            naming,
        } => {
            let release = Release::DrillAllClear { override_reason };
            clear::run(context, &campus, release, naming.into()).await
        }
        Drill::End {
            campus,
            note,
            naming,
        } => clear::run(context, &campus, Release::EndDrill { note }, naming.into()).await,
    }
}

/// A4: a drill or test alert starts with a fresh proof.
pub(super) async fn start(
    context: &Context,
    campus: &CampusId,
    kind: DrillKind,
    note: Option<Text>,
    pin_file: Option<&Path>,
) -> Result<(), Failure> {
    let pin = clear::pin(context, pin_file)?;
    let command = Command::StartDrill { kind, note };
    let patience = Patience::default().patience;
    raise::made(context, campus, command, Some(pin), patience)
        .await
        .map(|_| ())
}

/// The drill that runs. Naming it lowers nothing, so it may be looked up.
async fn running(context: &Context, campus: &CampusId) -> Result<FactId, Failure> {
    let looked = Looked::at(context, campus).await?;
    id(&looked)
}

/// The drill that a look found, or why there is none (D2).
pub(super) fn id(looked: &Looked) -> Result<FactId, Failure> {
    if let Some(drill) = looked.screen.drill() {
        return Ok(drill.id);
    }
    let over = words::posture_card(&looked.screen).is_some_and(|card| card.drill_over);
    let refusal = if over {
        Refusal::new(Code::DrillOver)
    } else {
        Refusal::new(Code::UnknownThing).because("No drill is running.")
    };
    Err(Failure::Refused(refusal))
}
