//! The directory by hand: who and what there is, one change of it, and sign-ins that are switched
//! off.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use lockstep_proto::code::Code;
use lockstep_proto::http::{ChangeDirectory, ChangedDirectory, DirectoryPage, SignIns};
use lockstep_proto::id::{CampusId, CredentialId, PersonId, Principal};
use serde::Deserialize;

use super::changing::Changing;
use super::{AppState, Caller, Problem};
use crate::auth::Asked;

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    campus: Option<CampusId>,
    after: Option<PersonId>,
}

pub(super) async fn read(
    State(app): AppState,
    caller: Caller,
    query: Result<Query<Page>, QueryRejection>,
) -> Result<Json<DirectoryPage>, Problem> {
    let Query(Page { campus, after }) = query?;
    let page = app
        .auth
        .directory_page(&caller.actor, campus.as_ref(), after.as_ref())?;
    Ok(Json(page))
}

pub(super) async fn change(
    State(app): AppState,
    Changing(caller): Changing,
    body: Result<Json<ChangeDirectory>, JsonRejection>,
) -> Result<Json<ChangedDirectory>, Problem> {
    let Json(body) = body?;
    let asked = Asked {
        expected: body.expected,
        change: body.change,
        reason: body.reason,
        dry_run: body.dry_run,
    };
    // What its author read may have come to another instance first.
    if app.auth.version(&caller.actor.district) != Some(asked.expected) {
        app.refresh_soon().await;
    }
    let actor = app.proven(caller.actor, body.pin).await?;
    let changed = app.auth.change_directory(&actor, &asked).await?;
    if !asked.dry_run {
        app.refresh_soon().await;
    }
    Ok(Json(changed))
}

#[derive(Debug, Deserialize)]
pub(super) struct Whose {
    principal: Option<Principal>,
}

pub(super) async fn sign_ins(
    State(app): AppState,
    caller: Caller,
    query: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<SignIns>, Problem> {
    let Query(Whose { principal }) = query?;
    let stand = app.auth.sign_ins(&caller.actor, principal.as_ref()).await?;
    Ok(Json(stand))
}

pub(super) async fn switch_off(
    State(app): AppState,
    Changing(caller): Changing,
    path: Result<Path<CredentialId>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // An id that cannot be is nobody's.
    let Path(id) = path.map_err(|_| Code::UnknownThing)?;
    app.auth.switch_off(&caller.actor, &id).await?;
    app.refresh_soon().await;
    Ok(StatusCode::NO_CONTENT)
}
