//! What a timeline tells when it is read from its first entry: incidents, the report of one,
//! the drills of a year, and the proof that an entry stands in a signed head.
//!
//! Owns the reading, in pages and within a deadline, for those who may read the timeline. It
//! tells nothing itself: the rules do, from the entries alone.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::id::CampusId;
use lockstep_proto::merkle::inclusion_proof;
use lockstep_proto::note::TlogProof;
use lockstep_proto::timeline::LogId;
use lockstep_rules::Actor;
use lockstep_rules::report::page::{STYLE, drill_page, page};
use lockstep_rules::report::{DrillTeller, Incidents, Lister, Read, Teller};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::campuses::{as_read_by, readable, unreadable};
use super::{App, AppState, Caller, Problem};

/// Entries of one read of the journal.
const PAGE: usize = 1_000;
/// How long the reading may take: less than any answer may. A log that takes longer is
/// exported, and told by the command line.
const WITHIN: Duration = Duration::from_secs(8);
/// Whole logs that are read at once, exports among them: a report never takes the journal from
/// those who raise.
pub(super) static READERS: Semaphore = Semaphore::const_new(2);

/// Nothing but the page's own style, by its hash; no script, and nothing from elsewhere.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; sandbox"
    )
});

/// In which form something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// As JSON.
    Json,
    /// As a page for people.
    Page,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default, rename = "as")]
    form: Option<Form>,
}

impl Asked {
    /// `?as=` says it; else what a browser says that it takes.
    fn wants_page(&self, headers: &HeaderMap) -> bool {
        let takes = |value: &HeaderValue| value.to_str().is_ok_and(|v| v.contains("text/html"));
        match self.form {
            Some(Form::Page) => true,
            Some(Form::Json) => false,
            None => headers.get(header::ACCEPT).is_some_and(takes),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Year {
    year: i16,
    #[serde(default, rename = "as")]
    form: Option<Form>,
}

/// Something that is told while a log is read.
trait Telling {
    fn take(&mut self, read: &Read);
    /// Nothing that is still to come can matter.
    fn is_over(&self) -> bool {
        false
    }
}

impl Telling for Lister {
    fn take(&mut self, read: &Read) {
        Self::take(self, read);
    }
}

impl Telling for Teller {
    fn take(&mut self, read: &Read) {
        Self::take(self, read);
    }

    fn is_over(&self) -> bool {
        self.is_hopeless()
    }
}

impl Telling for DrillTeller {
    fn take(&mut self, read: &Read) {
        Self::take(self, read);
    }
}

/// Reads a log from its first entry to where it stands now. The fold of a page is short work,
/// and other requests come in between.
async fn read<T: Telling>(
    app: &App,
    actor: &Actor,
    log: &LogId,
    mut telling: T,
) -> Result<T, Problem> {
    let reading = async {
        let _one = READERS.acquire().await.map_err(|_| Code::Busy)?;
        let size = app
            .journal
            .tip(log)
            .await
            .map_err(unreadable)?
            .position()
            .seq;
        let mut after = 0;
        while after < size && !telling.is_over() {
            let page = app.journal.read(log, after, PAGE).await;
            let page = page.map_err(unreadable)?;
            let Some(last) = page.last().map(|stored| stored.entry.seq) else {
                return Err(Problem::from(Code::JournalUnavailable));
            };
            for stored in page.into_iter().filter(|stored| stored.entry.seq <= size) {
                let stored = as_read_by(actor, stored);
                telling.take(&Read::of(stored.entry, &stored.details));
            }
            after = last;
            tokio::task::yield_now().await;
        }
        Ok(telling)
    };
    timeout(WITHIN, reading).await.unwrap_or_else(|_| {
        let refusal = Refusal::new(Code::Busy);
        Err(refusal
            .because(
                "The timeline takes too long to read here. Export it, and make the report from the export: \
                 `lockstep report --export FILE`.",
            )
            .into())
    })
}

pub(super) async fn incidents(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
) -> Result<Json<Incidents>, Problem> {
    let Path(campus) = path?;
    let log = readable(&app, &caller.actor, &campus)?;
    let lister = read(&app, &caller.actor, &log, Lister::default()).await?;
    let incidents = lister.list();
    Ok(Json(Incidents { incidents }))
}

pub(super) async fn report(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, u64)>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((campus, incident)) = path?;
    let Query(asked) = asked?;
    let log = readable(&app, &caller.actor, &campus)?;
    let teller = read(&app, &caller.actor, &log, Teller::of(incident)).await?;
    let report = teller.report().ok_or_else(|| {
        let refusal = Refusal::new(Code::UnknownThing);
        refusal.because(
            "No entry of that number opened an incident here. A drill is in the drill file.",
        )
    })?;
    if asked.wants_page(&headers) {
        Ok(as_page(page(&report)))
    } else {
        Ok(Json(report).into_response())
    }
}

pub(super) async fn drills(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<CampusId>, PathRejection>,
    year: Result<Query<Year>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(campus) = path?;
    let Query(Year { year, form }) = year?;
    let log = readable(&app, &caller.actor, &campus)?;
    let file = read(&app, &caller.actor, &log, DrillTeller::of(year))
        .await?
        .file();
    if (Asked { form }).wants_page(&headers) {
        Ok(as_page(drill_page(&file)))
    } else {
        Ok(Json(file).into_response())
    }
}

fn as_page(html: String) -> Response {
    let mut response = html.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// The proof that an entry stands in a signed head, with the entry's own bytes in it (S6). Its
/// words are not among them: the entry holds their seals.
pub(super) async fn proof(
    State(app): AppState,
    caller: Caller,
    path: Result<Path<(CampusId, u64)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((campus, seq)) = path?;
    let log = readable(&app, &caller.actor, &campus)?;
    let tip = app.journal.tip(&log).await.map_err(unreadable)?;
    let size = tip.position().seq;
    let index = seq.checked_sub(1).filter(|index| *index < size);
    let index = index.ok_or(Code::UnknownThing)?;
    let stored = app.journal.read(&log, index, 1).await.map_err(unreadable)?;
    let stored = stored.into_iter().next().ok_or(Code::UnknownThing)?;
    let leaves = app.journal.leaves(&log, size).await.map_err(unreadable)?;
    let fault = |why: String| {
        tracing::error!(why, "a proof could not be made");
        Problem::from(Code::Fault)
    };
    let path = inclusion_proof(&leaves, index, size).map_err(|why| fault(why.to_string()))?;
    let head = app.keys.sign_head(&log, &tip);
    let head = head.map_err(|why| fault(why.to_string()))?;
    let proof = TlogProof {
        extra: Some(stored.canonical.into_bytes()),
        index,
        path,
        checkpoint: head.parse().map_err(|why| fault(format!("{why}")))?,
    };
    let mut response = proof.to_string().into_response();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_browser_gets_a_page_and_a_program_json() {
        let asked = |form, accept: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            Asked { form }.wants_page(&headers)
        };
        assert!(asked(None, Some("text/html,application/xhtml+xml;q=0.9")));
        assert!(asked(Some(Form::Page), None));
        assert!(!asked(None, Some("application/json")) && !asked(None, None));
        assert!(!asked(Some(Form::Json), Some("text/html")));
    }

    #[test]
    fn the_page_may_have_its_own_style_and_nothing_else() {
        assert!(POLICY.starts_with("default-src 'none'; style-src 'sha256-"));
        for never in ["unsafe", "script-src", "*", "http"] {
            assert!(!POLICY.contains(never), "{never}");
        }
    }
}
