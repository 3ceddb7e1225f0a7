//! Officers without an account, enrolled on scene by two people (A3): one makes the code, a
//! different one certifies.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use lockstep_proto::Timestamp;
use lockstep_proto::command::Pin;
use lockstep_proto::directory::{Certification, Date, Vouched};
use lockstep_proto::id::{CampusId, PersonId};
use lockstep_proto::text::Text;
use serde::{Deserialize, Serialize};

use super::{AppState, Caller, Problem};
use crate::journal::OfficerEnrolment;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrol {
    name: Text,
}

#[derive(Serialize)]
pub(super) struct Waits {
    officer: PersonId,
    name: String,
    code_by: Vouched,
    /// Until when somebody else may certify them.
    expires_at: Timestamp,
}

impl From<OfficerEnrolment> for Waits {
    fn from(enrolment: OfficerEnrolment) -> Self {
        Self {
            officer: enrolment.officer,
            name: enrolment.name,
            code_by: enrolment.code_by,
            expires_at: enrolment.expires_at,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Enrolled {
    #[serde(flatten)]
    waits: Waits,
    /// Shown once.
    code: String,
}

pub(super) async fn enrol(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
    body: Result<Json<Enrol>, JsonRejection>,
) -> Result<Json<Enrolled>, Problem> {
    let Path(campus) = path?;
    let Json(body) = body?;
    let made = app
        .auth
        .enrol_officer(&caller.actor, &campus, &body.name)
        .await?;
    Ok(Json(Enrolled {
        waits: made.enrolment.into(),
        code: made.code,
    }))
}

#[derive(Serialize)]
pub(super) struct List {
    waiting: Vec<Waits>,
}

pub(super) async fn list(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
) -> Result<Json<List>, Problem> {
    let Path(campus) = path?;
    let waiting = app.auth.enrolments(&caller.actor, &campus).await?;
    Ok(Json(List {
        waiting: waiting.into_iter().map(Waits::from).collect(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certify {
    agency: String,
    badge: String,
    number: String,
    full_time: bool,
    valid_until: Date,
    #[serde(default)]
    pin: Option<Pin>,
}

#[derive(Serialize)]
pub(super) struct NewOfficer {
    officer: PersonId,
    /// The directory's.
    version: u64,
    code_expires_at: Timestamp,
    /// The officer's, shown once and to this person alone.
    officer_pin: Pin,
}

pub(super) async fn certify(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, PersonId)>, PathRejection>,
    body: Result<Json<Certify>, JsonRejection>,
) -> Result<Json<NewOfficer>, Problem> {
    let Path((campus, officer)) = path?;
    let Json(body) = body?;
    let certification = Certification {
        agency: body.agency,
        badge: body.badge,
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
