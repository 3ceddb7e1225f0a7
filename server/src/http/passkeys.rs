//! One's own passkeys, and what one of them is to sign for a command (A4).

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::CommandRequest;
use lockstep_proto::http::{
    BeginPasskey, Challenge, MadePasskey, OwnPasskey, OwnPasskeys, PasskeyBegun,
};
use lockstep_proto::id::{CampusId, PasskeyId};
use lockstep_rules::Actor;
use sha2::{Digest as _, Sha256};

use super::campuses::served;
use super::{AppState, Caller, Problem};
use crate::auth::{Host, Made, Stamped};
use crate::journal::Passkey;

/// A browser names the host that it asks.
fn named(host: Option<&Host>) -> Result<&Host, Problem> {
    host.ok_or_else(|| {
        let nameless = Refusal::new(Code::BadFrame);
        nameless.because("The request names no host.").into()
    })
}

pub(super) async fn challenge(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
    body: Result<Json<CommandRequest>, JsonRejection>,
) -> Result<Json<Challenge>, Problem> {
    let Path(campus) = path?;
    let Json(request) = body?;
    served(&app, &caller.actor, &campus)?;
    if request.pin.is_some() || request.passkey.is_some() {
        let proven = Refusal::new(Code::BadFrame);
        return Err(proven.because("Send the command without a proof.").into());
    }
    let host = named(caller.host.as_ref())?;
    let given = app.auth.challenge(&caller.actor, host, &campus, &request);
    let (
        Stamped {
            challenge,
            stamp,
            expires_at,
        },
        credentials,
    ) = given.await?;
    Ok(Json(Challenge {
        challenge,
        stamp,
        rp: host.rp().to_owned(),
        credentials,
        expires_at,
    }))
}

pub(super) async fn list(
    State(app): AppState,
    caller: Caller,
) -> Result<Json<OwnPasskeys>, Problem> {
    // What they are called is more than a room is shown.
    caller.actor.not_expired()?;
    let passkeys = app.auth.passkeys(&caller.actor).await?;
    let passkeys = passkeys.into_iter().map(shown).collect();
    Ok(Json(OwnPasskeys { passkeys }))
}

/// A key is nobody's to read who does not check with it.
fn shown(passkey: Passkey) -> OwnPasskey {
    OwnPasskey {
        id: passkey.id,
        name: passkey.name,
        rp: passkey.rp,
        made_at: passkey.made_at,
    }
}

pub(super) async fn begin(
    State(app): AppState,
    caller: Caller,
    body: Result<Json<BeginPasskey>, JsonRejection>,
) -> Result<Json<PasskeyBegun>, Problem> {
    let Json(BeginPasskey { pin }) = body?;
    let host = named(caller.host.as_ref())?;
    let actor = app.proven(caller.actor, pin).await?;
    let (begun, stand) = app.auth.begin_passkey(&actor, host).await?;
    Ok(Json(PasskeyBegun {
        challenge: begun.challenge,
        stamp: begun.stamp,
        rp: host.rp().to_owned(),
        user: user(&actor),
        name: actor.author.name,
        exclude: stand.into_iter().map(|one| one.credential).collect(),
        expires_at: begun.expires_at,
    }))
}

/// The same for each passkey of somebody, so that an authenticator keeps them together, and
/// nobody's name: an authenticator may show it before it knows its user.
fn user(actor: &Actor) -> String {
    let who = format!("{}/{}", actor.district, actor.author.principal);
    URL_SAFE_NO_PAD.encode(Sha256::digest(who))
}

pub(super) async fn add(
    State(app): AppState,
    caller: Caller,
    body: Result<Json<MadePasskey>, JsonRejection>,
) -> Result<Json<OwnPasskey>, Problem> {
    let Json(body) = body?;
    let host = named(caller.host.as_ref())?;
    let made = Made {
        stamp: &body.stamp,
        client_data: &body.client_data,
        attestation: &body.attestation,
    };
    let added = app.auth.add_passkey(&caller.actor, host, &body.name, &made);
    Ok(Json(shown(added.await?)))
}

pub(super) async fn remove(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<PasskeyId>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // An id that cannot be is a passkey that nobody has.
    let Path(id) = path.map_err(|_| Problem::from(Code::UnknownThing))?;
    app.auth.remove_passkey(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
