//! Pictures of sightings (C5): taken in raw, given out to those who answer for the campus and to
//! the sighting's author, while a sighting refers to them.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::contact::PictureKind;
use lockstep_proto::fact::Fact;
use lockstep_proto::http::UploadedPicture;
use lockstep_proto::id::{CampusId, CommandId, FactId};
use lockstep_proto::role::Audience;
use lockstep_proto::timeline::LogId;
use lockstep_proto::view::Card;
use lockstep_rules::Actor;
use lockstep_rules::authority::may;
use sha2::{Digest as _, Sha256};

use super::campuses::{hand_over, served};
use super::{App, AppState, Caller, Problem, THROWN_AWAY_WITHIN};
use crate::auth::audience;
use crate::campus::{Answer, answer_frame};
use crate::pictures::UPLOAD_MAX;

pub(super) async fn upload(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, FactId)>, PathRejection>,
    body: Body,
) -> Result<Json<UploadedPicture>, Problem> {
    let Path((campus, sighting)) = path?;
    let actor = caller.actor;
    may_attach(&app, &actor, &campus, sighting)?;
    app.pictures.has_room().await?;
    let upload = {
        let _place = app.pictures.receive()?;
        let upload = taken_in(body).await?;
        app.pictures.remake(upload).await?
    };
    let (name, kind) = (upload.name(), upload.kind);
    let bytes = u32::try_from(upload.bytes.len()).map_err(|_| Code::PictureTooLarge)?;
    let request = CommandRequest {
        id: command_id(sighting, &name),
        claimed_at: None,
        pin: None,
        passkey: None,
        again: false,
        command: attach(sighting, &name, kind, bytes)?,
    };
    let id = request.id;
    let keeping = app.pictures.keep_one().await;
    let district = actor.district.clone();
    let new = keeping.keep(&district, upload).await?;
    match hand_over(&app, actor, None, &campus, request, None).await {
        Answer::Refused(refusal) => {
            if new {
                keeping.discard(&district, &name).await;
            }
            Err(refusal.into())
        }
        answer @ (Answer::Accepted(_) | Answer::InDoubt(_)) => Ok(Json(UploadedPicture {
            sha256: name,
            kind,
            bytes,
            answer: answer_frame(id, answer),
        })),
    }
}

fn attach(to: FactId, name: &str, kind: PictureKind, bytes: u32) -> Result<Command, Problem> {
    Ok(Command::AttachPicture {
        to,
        sha256: name.parse().map_err(|_| Code::Fault)?,
        kind,
        bytes,
    })
}

/// Who may not attach it anyway costs no decoding.
fn may_attach(
    app: &App,
    actor: &Actor,
    campus: &CampusId,
    sighting: FactId,
) -> Result<(), Problem> {
    served(app, actor, campus)?;
    let directory = app
        .auth
        .directory(&actor.district)
        .ok_or(Code::NotSignedIn)?;
    let command = attach(sighting, "0", PictureKind::Jpeg, 0)?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(app.clock.now()).date();
    Ok(may(
        actor,
        campus,
        &command,
        &directory.district.policy,
        today,
    )?)
}

/// The same picture for the same sighting is the same act, however often it is sent (P6).
fn command_id(sighting: FactId, name: &str) -> CommandId {
    let digest = Sha256::digest(format!("picture {name} of {sighting}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    CommandId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The upload, if it is not too large. One that is, is read for a moment more and thrown away:
/// a connection that is closed over it would take the answer back.
async fn taken_in(body: Body) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut upload = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Code::BadFrame)?;
        if upload.len() + chunk.len() > UPLOAD_MAX {
            drop(upload);
            let rest = async { while let Some(Ok(_)) = stream.next().await {} };
            let _ = tokio::time::timeout(THROWN_AWAY_WITHIN, rest).await;
            return Err(Code::PictureTooLarge.into());
        }
        upload.extend_from_slice(&chunk);
    }
    Ok(upload)
}

pub(super) async fn read(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((campus, name)) = path?;
    let actor = caller.actor;
    served(&app, &actor, &campus)?;
    actor.not_expired()?;
    // Whether it is there and who may see it answer alike.
    let none = || Refusal::new(Code::NotFound).because("No sighting that you may see has it.");
    if !may_see(&app, &actor, &campus, &name).await? {
        return Err(none().into());
    }
    let kept = app.pictures.read(&actor.district, &name).await;
    let kept = kept.ok_or_else(none)?;
    let mut response = Response::new(Body::from(kept.bytes));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kept.kind.media_type()),
        (header::CACHE_CONTROL, "private, no-store"),
        // Opened by itself it is a picture, and nothing in it runs.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
        (header::CONTENT_DISPOSITION, "inline"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response.into_response())
}

/// Whether a sighting of this campus has that picture, and is one that they may see: all of them
/// for those who answer for the campus, their own for everybody else.
async fn may_see(app: &App, actor: &Actor, campus: &CampusId, name: &str) -> Result<bool, Problem> {
    let answers_for_it = audience(actor).sees_responder_detail();
    if answers_for_it && on_screen(app, actor, campus, name).await? {
        return Ok(true);
    }
    let log = LogId::campus(actor.district.clone(), campus.clone());
    let unreadable = |error| {
        tracing::warn!(%error, "a timeline could not be read");
        Problem::from(Code::JournalUnavailable)
    };
    // A picture whose hash was removed from the timeline is referred to by nothing (T5).
    for stored in app.journal.saying(&log, name).await.map_err(unreadable)? {
        let Fact::PictureAttached { to, sha256, .. } = &stored.entry.stamped.fact else {
            continue;
        };
        if sha256.shown() != name {
            continue;
        }
        if answers_for_it {
            return Ok(true);
        }
        let Some(placed) = app.journal.find(&log, *to).await.map_err(unreadable)? else {
            continue;
        };
        let before = placed.position.seq.saturating_sub(1);
        let sighting = app.journal.read(&log, before, 1).await;
        let own = sighting.map_err(unreadable)?.iter().any(|sighting| {
            let stamped = &sighting.entry.stamped;
            stamped.id == *to && stamped.by.principal == actor.author.principal
        });
        if own {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a sighting on the screens has it: also where no journal does yet.
async fn on_screen(
    app: &App,
    actor: &Actor,
    campus: &CampusId,
    name: &str,
) -> Result<bool, Problem> {
    let handle = served(app, actor, campus)?;
    let seen = handle.see(Audience::Responder).await.ok_or(Code::Fault)?;
    Ok(seen.cards.iter().any(|card| {
        if let Card::Sighting(sighting) = card {
            sighting
                .picture
                .as_ref()
                .is_some_and(|picture| picture.sha256 == name)
        } else {
            false
        }
    }))
}
