//! Signing in and out, and making enrolment codes.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use lockstep_proto::code::Code;
use lockstep_proto::frame::You;
use lockstep_proto::http::{AskedFace, MadeCode, MakeCode, SignIn, SignedIn};

use super::changing::Changing;
use super::{AppState, Caller, Face, FaceQuery, Problem, only};
use crate::auth::{self, CODE_MINUTES, you};
use crate::qr;

pub(super) async fn create(
    State(app): AppState,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    let made = app.auth.sign_in(&body.code).await?;
    let face = body.face.map(|asked| match asked {
        AskedFace::Fitting => Face::of(made.you.role),
        AskedFace::Named(face) => face,
    });
    signed_in(made, face)
}

/// Gives one's own sign-in more time, as it is used.
pub(super) async fn go_on(
    State(app): AppState,
    query: Result<Query<FaceQuery>, QueryRejection>,
    caller: Caller,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    match app.auth.go_on(&caller.claims)? {
        Some(made) => signed_in(made, query.face),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// A program is given its token, and a browser a cookie.
fn signed_in(made: auth::SignedIn, face: Option<Face>) -> Result<Response, Problem> {
    let answer = SignedIn {
        token: face.is_none().then(|| made.token.clone()),
        face,
        expires_at: made.expires_at,
        you: made.you,
    };
    let mut response = Json(answer).into_response();
    if let Some(face) = face {
        set_cookie(&mut response, face, &made.token, made.kept_s)?;
    }
    Ok(response)
}

/// Its time and the twelve hours that are forgiven are the server's to judge: the cookie lasts as long
/// as both, so that an expired sign-in still raises.
pub(super) fn set_cookie(
    response: &mut Response,
    face: Face,
    token: &str,
    max_age_s: i64,
) -> Result<(), Problem> {
    let cookie = format!(
        "{}={token}; Path=/; Max-Age={max_age_s}; HttpOnly; Secure; SameSite=Strict",
        face.cookie()
    );
    let value = HeaderValue::from_str(&cookie).map_err(|_| Problem::from(Code::Fault))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}

pub(super) async fn delete(
    State(app): AppState,
    query: Result<Query<FaceQuery>, QueryRejection>,
    caller: Caller,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    app.auth.sign_out(&caller.claims).await?;
    app.refresh_soon().await;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(face) = query.face {
        set_cookie(&mut response, face, "", 0)?;
    }
    Ok(response)
}

pub(super) async fn me(caller: Caller) -> Json<You> {
    Json(you(&caller.actor))
}

pub(super) async fn make_code(
    State(app): AppState,
    Changing(caller): Changing,
    headers: HeaderMap,
    body: Result<Json<MakeCode>, JsonRejection>,
) -> Result<Json<MadeCode>, Problem> {
    let Json(body) = body?;
    let minutes = body.minutes.unwrap_or(CODE_MINUTES);
    let actor = app.proven(caller.actor, body.pin).await?;
    let (code, expires_at) = app.auth.make_code(&actor, &body.principal, minutes).await?;
    // Whose page asks stands in its origin, which was held against the host. A program knows the
    // server's address.
    let origin = only(&headers, header::ORIGIN);
    let link = origin.map(|origin| qr::link(origin, &code));
    Ok(Json(MadeCode {
        code,
        expires_at,
        qr: link.as_deref().and_then(qr::svg),
        link,
    }))
}
