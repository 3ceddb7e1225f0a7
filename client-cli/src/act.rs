//! One-shot commands: each subcommand does one act or one read, and says what came of it.

mod by_hand;
mod check;
mod clear;
mod drill;
pub mod drill_file;
mod officer;
mod outbox;
mod picture;
mod policy;
mod raise;
pub mod report;
mod respond;
mod roster;
mod show;
mod sign_in;
mod sweep;
mod veto;

use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::id::CommandId;
use uuid::Uuid;

use crate::Failure;
use crate::args::{self, Cmd, Movement, Plea, Room, Sweep, ThreatAnswer};
use crate::context::Context;
use clear::Release;
pub(crate) use raise::is_final;
pub(crate) use show::not_recorded;

/// Does what the command line asks.
///
/// # Errors
/// Every way of not being done; [`Failure::exit_code`] tells programs which.
pub async fn run(context: &Context, command: Cmd) -> Result<(), Failure> {
    let done = act(context, command).await;
    // After it: no raise waits for that.
    sign_in::go_on(context).await;
    done
}

async fn act(context: &Context, command: Cmd) -> Result<(), Failure> {
    match command {
        Cmd::SignIn { code } => sign_in::sign_in(context, code).await,
        Cmd::SignOut => sign_in::sign_out(context).await,
        Cmd::Whoami => sign_in::whoami(context).await,
        Cmd::People { what } => by_hand::people(context, what).await,
        Cmd::Rooms { what } => by_hand::rooms(context, what).await,
        Cmd::SignIns { what } => by_hand::sign_ins(context, what).await,
        Cmd::Code {
            principal,
            minutes,
            pin_file,
        } => sign_in::code(context, &principal, minutes, pin_file.as_deref()).await,
        Cmd::Status {
            campus: Some(campus),
        } => show::campus(context, &campus).await,
        Cmd::Status { campus: None } => show::campuses(context).await,
        Cmd::LockDown {
            campuses,
            why,
            patience,
        } => raise::lock_down(context, campuses, why, patience.patience).await,
        Cmd::Movement { what } => movement(context, what).await,
        Cmd::Threat(threat) => self::threat(context, threat).await,
        Cmd::Room { what } => room(context, what).await,
        Cmd::Sweep { what } => self::sweep(context, what).await,
        Cmd::NotClear(args::Veto { campus, what }) => {
            veto::run(context, &campus, veto::NOT_CLEAR, what).await
        }
        Cmd::Object(args::Veto { campus, what }) => {
            veto::run(context, &campus, veto::OBJECTION, what).await
        }
        Cmd::Sighting(sighting) => respond::sighting(context, sighting).await,
        Cmd::Picture {
            campus,
            sighting,
            file,
        } => picture::attach(context, &campus, sighting, &file).await,
        Cmd::Escalate(escalate) => respond::escalate(context, escalate).await,
        Cmd::Line(line) => respond::line(context, line).await,
        Cmd::Duty { what } => respond::duty(context, what).await,
        Cmd::Contact { what } => respond::contact(context, what).await,
        Cmd::Lead { what } => respond::lead(context, what).await,
        Cmd::Drill { what } => drill::run(context, what).await,
        Cmd::TestAlert {
            campus,
            note,
            pin_file,
        } => {
            let kind = lockstep_proto::drill::DrillKind::TestAlert;
            drill::start(context, &campus, kind, note, pin_file.as_deref()).await
        }
        Cmd::Arrive { campus } => raise::steady(context, &campus, Command::Arrive {}).await,
        Cmd::Leave { campus } => raise::steady(context, &campus, Command::Leave {}).await,
        Cmd::Plea {
            what: Plea::Answer { campus, plea, note },
        } => raise::steady(context, &campus, Command::AnswerPlea { plea, note }).await,
        Cmd::Mistake { campus, call, note } => {
            raise::steady(context, &campus, Command::AnnotateMistake { call, note }).await
        }
        Cmd::AllClear {
            campus,
            override_reason,
            naming,
        } => {
            clear::run(
                context,
                &campus,
                Release::AllClear { override_reason },
                naming,
            )
            .await
        }
        Cmd::Lift {
            what:
                args::Lift::Propose {
                    campus,
                    statement,
                    naming,
                },
        } => clear::run(context, &campus, Release::Propose { statement }, naming).await,
        Cmd::Lift {
            what:
                args::Lift::Confirm {
                    campus,
                    proposal,
                    naming,
                },
        } => clear::run(context, &campus, Release::Confirm { proposal }, naming).await,
        Cmd::Resume {
            campus,
            unopened,
            reason,
            naming,
        } => {
            clear::run(
                context,
                &campus,
                Release::Resume { unopened, reason },
                naming,
            )
            .await
        }
        Cmd::OpenRoom { campus, room } => {
            raise::steady(context, &campus, Command::OpenRoom { room }).await
        }
        Cmd::CloseIncident { campus, reason } => {
            raise::steady(context, &campus, Command::CloseIncident { reason }).await
        }
        Cmd::Timeline { what } => check::timeline(context, what).await,
        Cmd::Report(what) => report::run(context, what).await,
        Cmd::Roster { campus, room } => roster::run(context, &campus, room.as_ref()).await,
        Cmd::DrillFile(what) => drill_file::run(context, what).await,
        Cmd::Watch { campus, form } => crate::screen::live::watch(context, campus, form).await,
        Cmd::Board => crate::screen::live::board(context).await,
        Cmd::Policy { what } => policy::run(context, what).await,
        Cmd::Officer { what } => officer::run(context, what).await,
        Cmd::Outbox { what } => outbox::run(context, what).await,
        Cmd::Replay(options) => crate::replay::run(context, options).await,
    }
}

async fn movement(context: &Context, what: Movement) -> Result<(), Failure> {
    match what {
        Movement::Begin {
            campus,
            kind,
            place,
            what,
            shareable,
            answers,
            patience,
        } => {
            let command = Command::BeginControlledMovement {
                kind: kind.into(),
                place,
                seen: what,
                shareable,
                answers,
            };
            raise::one(context, &campus, command, patience.patience).await
        }
        Movement::End { campus, naming } => {
            clear::run(context, &campus, Release::EndMovement, naming).await
        }
    }
}

async fn threat(context: &Context, threat: args::Threat) -> Result<(), Failure> {
    if let Some(ThreatAnswer::Answer {
        campus,
        threat,
        reason,
    }) = threat.answer
    {
        return raise::steady(context, &campus, Command::AnswerThreat { threat, reason }).await;
    }
    let campus = threat
        .campus
        .ok_or_else(|| Failure::Usage("Name the campus: `lockstep threat CAMPUS`.".to_owned()))?;
    let command = Command::ReportThreat {
        reason: threat.why.reason,
        place: threat.why.place,
        room: threat.room,
    };
    raise::one(context, &campus, command, threat.patience.patience).await
}

async fn room(context: &Context, what: Room) -> Result<(), Failure> {
    match what {
        Room::Ack { campus, room } => show::acknowledge(context, &campus, room).await,
        Room::Report {
            campus,
            state,
            present,
            injured,
            missing,
            extra,
            note,
            room,
            patience,
        } => {
            let report = lockstep_proto::command::RoomReport {
                present,
                injured,
                missing,
                extra,
                ..state.report()
            };
            let command = Command::ReportRoom { room, report, note };
            raise::one(context, &campus, command, patience.patience).await
        }
    }
}

async fn sweep(context: &Context, what: Sweep) -> Result<(), Failure> {
    match what {
        Sweep::Start { campus } => raise::steady(context, &campus, Command::StartSweep {}).await,
        Sweep::Clear { campus, zones } => {
            for zone in zones {
                raise::steady(context, &campus, Command::ClearZone { zone }).await?;
            }
            Ok(())
        }
        Sweep::Adverse {
            campus,
            zone,
            seen,
            patience,
        } => {
            raise::one(
                context,
                &campus,
                Command::ReportAdverse { zone, seen },
                patience.patience,
            )
            .await
        }
        Sweep::Status { campus } => sweep::status(context, &campus).await,
    }
}

/// A command under a new id, with this machine's time as the claim that it is (T4).
fn request(context: &Context, command: Command) -> CommandRequest {
    CommandRequest {
        id: CommandId(Uuid::now_v7()),
        claimed_at: Some(context.clock.now()),
        pin: None,
        passkey: None,
        again: false,
        command,
    }
}
