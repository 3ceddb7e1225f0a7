//! Campuses: what they are under, what is asked of them, and their timelines.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::fact::Fact;
use lockstep_proto::http::{CampusList, CampusSummary, CampusView, KeyList, TimelinePage};
use lockstep_proto::id::{CampusId, DistrictId};
use lockstep_proto::note::VerifierKey;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;
use lockstep_rules::Actor;
use serde::Deserialize;

use super::{App, AppState, Caller, Problem};
use crate::auth::{Host, audience, hears_of_duress};
use crate::campus::{Answer, Handle};
use crate::journal::{JournalError, Stored};

/// Entries of one page of a timeline.
const PAGE: usize = 500;

pub(super) async fn list(State(app): AppState, caller: Caller) -> Json<CampusList> {
    let audience = audience(&caller.actor);
    let mut campuses = Vec::new();
    for campus in app.auth.campuses(&caller.actor) {
        let Some(handle) = app.registry.campus(&caller.actor.district, &campus.id) else {
            continue;
        };
        if let Some(seen) = handle.see(audience).await {
            campuses.push(CampusSummary {
                id: campus.id,
                name: campus.name,
                posture: seen.posture,
                checking: seen.checking,
                position: seen.position,
                degraded: seen.degraded,
            });
        }
    }
    Json(CampusList { campuses })
}

pub(super) async fn see(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
) -> Result<Json<CampusView>, Problem> {
    let Path(campus) = path?;
    let handle = served(&app, &caller.actor, &campus)?;
    let seen = handle
        .see_as(&caller.actor)
        .await
        .ok_or(Code::NothingKnown)?;
    Ok(Json(CampusView {
        campus,
        position: seen.position,
        head: seen.head,
        degraded: seen.degraded,
        cards: seen.cards,
    }))
}

/// A campus that the caller serves. Unknown and forbidden answer alike.
pub(super) fn served(app: &App, actor: &Actor, campus: &CampusId) -> Result<Handle, Problem> {
    if !actor.scope.serves(campus) {
        return Err(Code::UnknownCampus.into());
    }
    app.registry
        .campus(&actor.district, campus)
        .ok_or_else(|| Code::UnknownCampus.into())
}

pub(super) async fn command(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
    body: Result<Json<CommandRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Path(campus) = path?;
    let Json(request) = body?;
    let id = request.id;
    let host = caller.host.as_ref();
    let answer = submit(&app, caller.actor, host, &campus, request, None).await;
    match answer {
        Answer::Accepted(_) => Ok(Json(crate::campus::answer_frame(id, answer)).into_response()),
        Answer::InDoubt(_) => Ok((
            StatusCode::ACCEPTED,
            Json(crate::campus::answer_frame(id, answer)),
        )
            .into_response()),
        Answer::Refused(refusal) => Err(refusal.into()),
    }
}

/// Gives a command to a campus: the one way, for HTTP and sockets alike.
pub(crate) async fn submit(
    app: &App,
    actor: Actor,
    host: Option<&Host>,
    campus: &CampusId,
    request: CommandRequest,
    outlet: Option<crate::hub::Outlet>,
) -> Answer {
    // Only a reading says that a roster was read.
    if matches!(request.command, Command::OpenRoster { .. }) {
        let refusal = Refusal::new(Code::NotAllowed);
        return Answer::Refused(refusal.because("A roster is opened by reading it."));
    }
    // Only an upload says that a picture was stored: a screen never shows one that is not there.
    if matches!(request.command, Command::AttachPicture { .. }) {
        let refusal = Refusal::new(Code::NotAllowed);
        return Answer::Refused(refusal.because("A picture is attached by uploading it."));
    }
    hand_over(app, actor, host, campus, request, outlet).await
}

/// The same, for what the server itself made of an upload as well.
pub(super) async fn hand_over(
    app: &App,
    actor: Actor,
    host: Option<&Host>,
    campus: &CampusId,
    mut request: CommandRequest,
    outlet: Option<crate::hub::Outlet>,
) -> Answer {
    // Who may call there by the grant of P5 need not serve the campus: the rules decide. To
    // everybody else it is unknown, before any PIN is looked at: a wrong one would tell.
    let reached = actor.scope.serves(campus) || actor.may_call(campus);
    let Some(handle) = app
        .registry
        .campus(&actor.district, campus)
        .filter(|_| reached)
    else {
        return Answer::Refused(Code::UnknownCampus.into());
    };
    // A raise never waits for a proof that somebody gave along.
    let proof = (request.pin.take(), request.passkey.take());
    let proven = match proof {
        _ if request.command.class().is_fact() => {
            return handle.submit(actor, request, outlet).await;
        }
        (None, None) => return handle.submit(actor, request, outlet).await,
        (Some(pin), None) => app.auth.prove(&actor, &pin).await,
        (None, Some(assertion)) => {
            let auth = &app.auth;
            auth.prove_by_passkey(&actor, host, campus, &request, &assertion)
                .await
        }
        (Some(_), Some(_)) => {
            let both = Refusal::new(Code::BadFrame);
            return Answer::Refused(both.because("Give a PIN or a passkey, not both."));
        }
    };
    match proven {
        Ok(proven) => handle.submit(proven, request, outlet).await,
        // It is only looked up, which takes no PIN. Refused for one, it might come true all the same.
        Err(_) if request.again => handle.submit(actor, request, outlet).await,
        Err(refusal) => Answer::Refused(handle.refused(actor, request, refusal).await),
    }
}

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
}

pub(super) async fn timeline(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<TimelinePage>, Problem> {
    let Path(campus) = path?;
    let Query(page) = page?;
    let log = readable(&app, &caller.actor, &campus)?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let stored = app
        .journal
        .read(&log, page.after, limit)
        .await
        .map_err(unreadable)?;
    let tip = app.journal.tip(&log).await.map_err(unreadable)?;
    Ok(Json(TimelinePage {
        position: tip.position(),
        entries: stored
            .into_iter()
            .map(|stored| as_read_by(&caller.actor, stored).entry)
            .collect(),
    }))
}

/// An entry as this reader may have it. Which proof a refused command came with is for those who
/// hear of duress, and not at the sign-in that gave it (A4): to everybody else each refusal is
/// alike, its seal in the place of the word.
pub(super) fn as_read_by(actor: &Actor, mut stored: Stored) -> Stored {
    let by = &stored.entry.stamped.by;
    let may_know = hears_of_duress(actor) && by.credential != actor.author.credential;
    if let Fact::ClearRefused {
        proof: Some(proof), ..
    } = &mut stored.entry.stamped.fact
        && !may_know
    {
        // A refusal has no other words.
        if let Some(detail) = stored.details.pop() {
            *proof = Words::Sealed(detail.hash.to_string());
        }
        stored.details.clear();
    }
    stored
}

/// The timeline names people and their words: it is for those who answer for the campus.
pub(super) fn readable(app: &App, actor: &Actor, campus: &CampusId) -> Result<LogId, Problem> {
    served(app, actor, campus)?;
    if !audience(actor).sees_responder_detail() {
        return Err(Code::NotAllowed.into());
    }
    Ok(LogId::campus(actor.district.clone(), campus.clone()))
}

pub(super) fn unreadable(error: JournalError) -> Problem {
    tracing::warn!(%error, "a timeline could not be read");
    Problem::from(Code::JournalUnavailable)
}

pub(super) fn verifier(app: &App, district: &DistrictId) -> Result<VerifierKey, Problem> {
    app.keys.verifier(district).map_err(|error| {
        tracing::error!(%error, "the verifier key could not be made");
        Problem::from(Code::Fault)
    })
}

pub(super) async fn keys(State(app): AppState, caller: Caller) -> Result<Json<KeyList>, Problem> {
    Ok(Json(KeyList {
        keys: vec![verifier(&app, &caller.actor.district)?],
    }))
}
