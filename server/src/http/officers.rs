//! Officers without an account, enrolled on scene by two people (A3): one makes the code, a
//! different one certifies.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use lockstep_proto::directory::Certification;
use lockstep_proto::http::{
    Certify, Enrol, EnrolledOfficer, NewOfficer, WaitingOfficer, WaitingOfficers,
};
use lockstep_proto::id::{CampusId, PersonId};

use super::campuses::served;
use super::changing::Changing;
use super::{AppState, Caller, Problem};
use crate::journal::OfficerEnrolment;

fn waits(enrolment: OfficerEnrolment) -> WaitingOfficer {
    WaitingOfficer {
        officer: enrolment.officer,
        name: enrolment.name,
        code_by: enrolment.code_by,
        expires_at: enrolment.expires_at,
    }
}

pub(super) async fn enrol(
    State(app): AppState,
    Changing(caller): Changing,
    path: Result<Path<CampusId>, PathRejection>,
    body: Result<Json<Enrol>, JsonRejection>,
) -> Result<Json<EnrolledOfficer>, Problem> {
    let Path(campus) = path?;
    let Json(body) = body?;
    served(&app, &caller.actor, &campus)?;
    let made = app
        .auth
        .enrol_officer(&caller.actor, &campus, &body.name)
        .await?;
    Ok(Json(EnrolledOfficer {
        waits: waits(made.enrolment),
        code: made.code,
    }))
}

pub(super) async fn list(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
) -> Result<Json<WaitingOfficers>, Problem> {
    let Path(campus) = path?;
    served(&app, &caller.actor, &campus)?;
    let waiting = app.auth.enrolments(&caller.actor, &campus).await?;
    Ok(Json(WaitingOfficers {
        waiting: waiting.into_iter().map(waits).collect(),
    }))
}

pub(super) async fn certify(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, PersonId)>, PathRejection>,
    body: Result<Json<Certify>, JsonRejection>,
) -> Result<Json<NewOfficer>, Problem> {
    let Path((campus, officer)) = path?;
    let Json(body) = body?;
    served(&app, &caller.actor, &campus)?;
    let certification = Certification {
        agency: body.agency,
        badge: body.badge,
        kind: body.kind,
        number: body.number,
        full_time: body.full_time,
        valid_until: body.valid_until,
        on_scene: None,
    };
    let actor = app.proven(caller.actor, body.pin).await?;
    let made = app
        .auth
        .certify_officer(&actor, &campus, &officer, certification)
        .await?;
    app.refresh_soon().await;
    Ok(Json(NewOfficer {
        officer: made.officer,
        version: made.version,
        code_expires_at: made.code_expires_at,
        officer_pin: made.pin,
    }))
}
