//! Rosters (I4): read in an incident alone, by those who answer for the campus, and by whoever
//! works in a room for that. Each reading is an entry of the campus's timeline before a name
//! leaves.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::frame::Holds;
use lockstep_proto::id::{CampusId, CommandId, RoomId};
use lockstep_proto::roster::Roster;
use lockstep_rules::Actor;
use lockstep_rules::authority::may;

use super::campuses::{hand_over, served, unreadable};
use super::{App, AppState, Caller, Problem};
use crate::campus::Answer;

pub(super) async fn of_campus(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(campus) = path?;
    open(&app, caller.actor, &campus, None).await
}

pub(super) async fn of_room(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, RoomId)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((campus, room)) = path?;
    open(&app, caller.actor, &campus, Some(room)).await
}

async fn open(
    app: &App,
    actor: Actor,
    campus: &CampusId,
    room: Option<RoomId>,
) -> Result<Response, Problem> {
    let command = Command::OpenRoster { room: room.clone() };
    may_open(app, &actor, campus, &command)?;
    // Read before it is said that it was, and let go unseen where the campus has no incident.
    let kept = app.journal.roster(&actor.district, campus).await;
    let kept = kept.map_err(unreadable)?;
    let request = CommandRequest {
        id: CommandId(uuid::Uuid::new_v4()),
        claimed_at: None,
        pin: None,
        passkey: None,
        again: false,
        command,
    };
    match hand_over(app, actor, None, campus, request, None).await {
        Answer::Accepted(accepted) => on_record(accepted.holds)?,
        Answer::Refused(refusal) => return Err(refusal.into()),
        Answer::InDoubt(_) => return Err(not_on_record()),
    }
    let roster = match kept {
        Some(kept) => kept.roster.opened(campus, room.as_ref(), kept.at),
        None => Roster {
            campus: campus.clone(),
            room,
            as_of: None,
            sections: Vec::new(),
        },
    };
    let mut response = Json(roster).into_response();
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    Ok(response)
}

/// Who may not open it anyway costs no reading.
fn may_open(app: &App, actor: &Actor, campus: &CampusId, command: &Command) -> Result<(), Problem> {
    served(app, actor, campus)?;
    let directory = app
        .auth
        .directory(&actor.district)
        .ok_or(Code::NotSignedIn)?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(app.clock.now()).date();
    let policy = &directory.district.policy;
    Ok(may(actor, campus, command, policy, today)?)
}

/// What no disk took is on no record, and then nobody reads a name.
fn on_record(holds: Holds) -> Result<(), Problem> {
    match holds {
        Holds::Recorded | Holds::Spooled => Ok(()),
        Holds::ShownOnly => Err(not_on_record()),
    }
}

fn not_on_record() -> Problem {
    let refusal = Refusal::new(Code::JournalUnavailable);
    refusal
        .because("A roster opens only where it is on record who read it.")
        .into()
}
