//! Signing on with a district's own provider: where a browser goes, and what it comes back to. A
//! person looks at each answer, so a refusal is the sign-in page with its words on it.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::http::{SignOnDistrict, SignOns};
use lockstep_proto::id::DistrictId;
use serde::Deserialize;

use super::sign_in::set_cookie;
use super::{App, AppState, Face, Problem, cookie};
use crate::auth::SignedIn;
use crate::sign_on::{BEGUN_S, Returned, SignOn, Vouched};
use crate::telemetry::metric::SIGN_ONS;

/// Ours alone, over TLS alone, and gone after the sign-in (`__Host-`: RFC 6265bis).
const COOKIE: &str = "__Host-lockstep-sign-on";
/// How often a directory that others change meanwhile is read again.
const TRIES: usize = 3;

#[derive(Deserialize)]
pub(super) struct Asked {
    refused: Option<Code>,
}

pub(super) async fn list(
    State(app): AppState,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<SignOns>, Problem> {
    let Query(asked) = query?;
    let of = |district: &DistrictId| {
        Some(SignOnDistrict {
            district: district.clone(),
            name: app.auth.directory(district)?.district.name.clone(),
        })
    };
    let all = app.sign_on.iter().flat_map(SignOn::districts);
    Ok(Json(SignOns {
        districts: all.filter_map(of).collect(),
        refused: asked.refused.map(Refusal::new),
    }))
}

pub(super) async fn begin(
    State(app): AppState,
    path: Result<Path<DistrictId>, PathRejection>,
) -> Response {
    let going = async {
        let Path(district) = path.map_err(|_| Code::NotFound)?;
        let sign_on = app.sign_on.as_ref().ok_or(Code::NotFound)?;
        sign_on.begin(&district).await
    };
    match going.await {
        Ok(going) => {
            let mut response = to(&going.to);
            keep(&mut response, &going.cookie, BEGUN_S);
            response
        }
        Err(code) => refused(code),
    }
}

pub(super) async fn end(
    State(app): AppState,
    path: Result<Path<DistrictId>, PathRejection>,
    headers: HeaderMap,
    query: Result<Query<Returned>, QueryRejection>,
) -> Response {
    let kept = cookie(&headers, COOKIE);
    let ended = async {
        let Path(district) = path.map_err(|_| Code::NotFound)?;
        let Query(returned) = query.map_err(|_| Code::SignOnRefused)?;
        let sign_on = app.sign_on.as_ref().ok_or(Code::NotFound)?;
        let kept = kept.as_deref();
        let vouched = sign_on.end(&district, kept, &returned).await?;
        let made = signed_in(&app, &vouched).await?;
        let face = Face::of(made.you.role);
        let mut response = to(face.page());
        let set = set_cookie(&mut response, face, &made.token, made.kept_s);
        set.map(|()| response).map_err(|problem| problem.0)
    };
    let mut response = match ended.await {
        Ok(response) => {
            counted("signed_in");
            response
        }
        Err(refusal) => refused(refusal.code),
    };
    keep(&mut response, "", 0);
    response
}

/// Brings into the directory what groups say, and signs in.
async fn signed_in(app: &App, vouched: &Vouched) -> Result<SignedIn, Refusal> {
    for _ in 0..TRIES {
        let Some(assigning) = app.auth.assigning(vouched)? else {
            return app.auth.sign_in_vouched(vouched).await;
        };
        app.auth.assign(&assigning).await?;
        app.refresh().await.map_err(|error| {
            tracing::warn!(%error, "a sign-on needs the directory");
            Code::JournalUnavailable
        })?;
    }
    Err(Code::Busy.into())
}

fn counted(outcome: &'static str) {
    metrics::counter!(SIGN_ONS, "outcome" => outcome).increment(1);
}

/// Sends a browser on.
fn to(address: &str) -> Response {
    let Ok(address) = HeaderValue::from_str(address) else {
        return Problem::from(Code::Fault).into_response();
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

/// The sign-in page, which says why and has the other way in.
fn refused(code: Code) -> Response {
    counted(code.as_str());
    to(&format!("/enrol?refused={}", code.as_str()))
}

/// `Lax`: it has to come along when the provider sends the browser back.
fn keep(response: &mut Response, value: &str, seconds: i64) {
    let cookie =
        format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
