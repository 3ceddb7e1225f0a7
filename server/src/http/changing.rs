//! How fast one sign-in changes what is kept (invariant 12): each change is an entry of the district's
//! log for ever, and takes its turn in the journal's queue, in which clears wait as well.
//!
//! By sign-in and not by person: whoever has a stolen one is no faster than its owner at another, who
//! switches it off.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lockstep_proto::code::Refusal;
use lockstep_proto::id::{CredentialId, DistrictId};
use tokio::time::Instant;

use super::{Caller, Problem, SharedApp};
use crate::auth::Claims;
use crate::recent::Recent;

/// Changes of one sign-in within ten seconds: the codes of a building's displays, made one after the other.
const FREE: usize = 100;

/// The newest changes of each sign-in, at most [`FREE`] of them; none that has changed nothing for a
/// while, and so never more than one for each change that an instance takes in ten seconds.
#[derive(Debug, Default)]
pub struct Changes(Mutex<HashMap<(DistrictId, CredentialId), Recent>>);

impl Changes {
    /// Counts one, or answers how long its author waits.
    fn take(&self, of: &Claims, now: Instant) -> Result<(), Refusal> {
        let of = (of.district.clone(), of.credential.clone());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, theirs| !theirs.is_over(now));
        all.entry(of).or_default().take(FREE, now)
    }
}

/// Somebody who is about to change what is kept, at the pace at which people do.
pub(super) struct Changing(pub(super) Caller);

impl FromRequestParts<SharedApp> for Changing {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &SharedApp,
    ) -> Result<Self, Self::Rejection> {
        let caller = Caller::from_request_parts(parts, app).await?;
        app.changes.take(&caller.claims, Instant::now())?;
        Ok(Self(caller))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use lockstep_proto::code::Code;

    use super::*;
    use crate::recent::WINDOW;

    #[test]
    fn inv12_a_sign_in_changes_at_the_pace_of_people_and_slows_no_other() {
        let of = |credential: &str| Claims {
            district: "maple-valley".parse().unwrap(),
            principal: "person:ana.ruiz".parse().unwrap(),
            credential: credential.parse().unwrap(),
            made_s: 0,
            expires_s: 0,
            key: "1".into(),
        };
        let (changes, start) = (Changes::default(), Instant::now());
        let (stolen, other) = (of("c-1"), of("c-2"));
        for _ in 0..FREE {
            changes.take(&stolen, start).unwrap();
        }
        let told = changes.take(&stolen, start).unwrap_err();
        assert_eq!(
            (told.code, told.retry_after_ms),
            (Code::SlowDown, Some(1_000))
        );
        changes.take(&other, start).unwrap();
        changes.take(&stolen, start + WINDOW).unwrap();
        assert_eq!(
            changes.0.lock().unwrap().len(),
            1,
            "who is gone is forgotten"
        );
    }
}
