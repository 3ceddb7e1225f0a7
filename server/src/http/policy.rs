//! The district's policy: read with its version, put whole at the version that was read.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::directory::Policy;
use lockstep_proto::http::{ChangedPolicy, PutPolicy, StandingPolicy};
use lockstep_proto::policy::PolicyChange;
use serde_json::{Map, Value};

use super::{AppState, Caller, Problem};
use crate::journal::PolicyWanted;

pub(super) async fn read(
    State(app): AppState,
    caller: Caller,
) -> Result<Json<StandingPolicy>, Problem> {
    let (version, policy) = app.auth.policy(&caller.actor)?;
    Ok(Json(StandingPolicy { version, policy }))
}

pub(super) async fn put(
    State(app): AppState,
    caller: Caller,
    body: Result<Json<PutPolicy>, JsonRejection>,
) -> Result<Json<ChangedPolicy>, Problem> {
    let Json(PutPolicy {
        expected,
        policy,
        reason,
        pin,
    }) = body?;
    let wanted = PolicyWanted {
        expected,
        policy: whole(policy)?,
        reason,
    };
    let actor = app.proven(caller.actor, pin).await?;
    let put = app.auth.change_policy(&actor, &wanted).await?;
    app.refresh_soon().await;
    Ok(Json(ChangedPolicy {
        version: put.version,
        policy: wanted.policy,
        changes: put.changes.iter().map(PolicyChange::words).collect(),
    }))
}

/// A file may leave a key out and means the default; a change may not: what its author did not
/// see in it would be reset behind their back.
fn whole(keys: Map<String, Value>) -> Result<Policy, Problem> {
    let bad = |why: String| Problem(Refusal::new(Code::BadFrame).because(why));
    let all = Policy::default().lines();
    if let Some((key, _)) = all.iter().find(|(key, _)| !keys.contains_key(*key)) {
        return Err(bad(format!("`{key}` is missing: send the whole policy.")));
    }
    serde_json::from_value(Value::Object(keys)).map_err(|why| bad(format!("{why}.")))
}
