//! Routes by resource. Each answer that is not a success is an RFC 9457 problem with a code of
//! the published table.

mod campuses;
mod changing;
mod directory;

pub(crate) use campuses::submit;
mod exports;
mod health;
mod officers;
mod passkeys;
mod pictures;
mod policy;
mod problem;
mod reports;
mod rosters;
mod sign_in;
mod sign_on;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::StreamExt as _;
use lockstep_proto::code::Code;
use lockstep_proto::command::Pin;
use lockstep_proto::route::{ASYNCAPI, Method, Name, OPENAPI};
use lockstep_rules::Actor;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Deserialize;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::{Auth, Claims, Host};
use crate::bus::Bus;
use crate::campus::registry::Registry;
use crate::clock::SharedClock;
use crate::journal::{Journal, JournalError};
use crate::keys::Keys;
use crate::pictures::{Pictures, UPLOAD_MAX};
use crate::sign_on::SignOn;
use crate::telemetry::metric::DIRECTORY_READ;
use crate::{socket, web};

pub use changing::Changes;
pub use health::Writable;
pub use lockstep_proto::http::Face;
pub use problem::Problem;

/// The largest request body: a clear that names everything a whole staff called.
const BODY_MAX: usize = 256 * 1024;

/// How long a body that is too large is read only to be thrown away.
const THROWN_AWAY_WITHIN: Duration = Duration::from_secs(1);

/// How long a picture may take to come in from a phone with a bad connection.
const UPLOADED_WITHIN: Duration = Duration::from_secs(60);

/// Longer than any answer takes: a clear is refused or in doubt within two seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What every route stands on.
pub struct App {
    /// Who is asking.
    pub auth: Auth,
    /// The campuses that run here.
    pub registry: Arc<Registry>,
    /// Truth.
    pub journal: Arc<dyn Journal>,
    /// The other instances.
    pub bus: Arc<dyn Bus>,
    /// The instance's secrets.
    pub keys: Arc<Keys>,
    /// The time.
    pub clock: SharedClock,
    /// What is counted.
    pub metrics: PrometheusHandle,
    /// Connections that are open now.
    pub sockets: socket::Sockets,
    /// Whether the journal can be written.
    pub writable: Writable,
    /// How fast each sign-in changes what is kept.
    pub changes: Changes,
    /// Pictures of sightings.
    pub pictures: Pictures,
    /// The districts' own providers, where any is named.
    pub sign_on: Option<SignOn>,
    /// Browsers reach it by TLS and nothing in between.
    pub over_tls: bool,
    /// Held while the directory is read again: who read it earlier also tells of it earlier, so
    /// that no campus ends on an older policy.
    pub refreshing: tokio::sync::Mutex<()>,
}

impl App {
    /// Reads directories and switched-off sign-ins again, and tells the campuses what changed.
    pub async fn refresh(&self) -> Result<(), JournalError> {
        let _one_at_a_time = self.refreshing.lock().await;
        // When what follows began to be read: no switched-off sign-in of before is unknown then.
        let began = self.clock.now().as_second();
        for directory in self.auth.refresh().await? {
            let mut none = BTreeMap::new();
            if let Err(error) = self.registry.put(&directory, &mut none).await {
                tracing::warn!(%error, "a campus could not be started yet");
            }
        }
        metrics::gauge!(DIRECTORY_READ).set(began as f64);
        Ok(())
    }

    /// After a change that stands already: its author is not told that it failed because it
    /// could not be read back at once. It is read again within two seconds all the same.
    async fn refresh_soon(&self) {
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "a change could not be read back yet");
        }
    }

    /// Whether a browser's request comes from a page of ours.
    pub(crate) fn is_of_ours(&self, headers: &HeaderMap) -> bool {
        origin_is_ours(headers, self.over_tls)
    }

    /// The same actor, made fresh where a PIN came along (A4).
    async fn proven(&self, actor: Actor, pin: Option<Pin>) -> Result<Actor, Problem> {
        match pin {
            Some(pin) => Ok(self.auth.prove_without_alarm(&actor, &pin).await?),
            None => Ok(actor),
        }
    }
}

/// The app, shared.
pub type SharedApp = Arc<App>;

/// All routes of the protocol's table, and the pages.
pub fn router(app: SharedApp) -> Router {
    let in_time = standing(Stands::InTime)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            same_origin,
        ))
        .layer(middleware::from_fn(in_time));
    let all = in_time
        .merge(standing(Stands::Alone))
        .merge(web::routes())
        .fallback(|| async { Problem::from(Code::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(not_too_large))
        .merge(uploads(&app));
    hardened(all, app.over_tls).with_state(app)
}

/// Around everything that answers, faults too.
fn hardened<S: Clone + Send + Sync + 'static>(all: Router<S>, over_tls: bool) -> Router<S> {
    all.layer(CatchPanicLayer::custom(
        |_: Box<dyn std::any::Any + Send>| Problem::from(Code::Fault).into_response(),
    ))
    .layer(middleware::from_fn_with_state(over_tls, harden))
}

/// What takes more than a command does, with bounds of its own.
fn uploads(app: &SharedApp) -> Router<SharedApp> {
    standing(Stands::Uploading)
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(middleware::from_fn_with_state(Arc::clone(app), same_origin))
        .layer(middleware::from_fn(uploaded_in_time))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(no_larger_picture))
}

/// Under which bounds a route stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// From our own page or from none, and answered in time.
    InTime,
    /// The same, and as long as a picture may take.
    Uploading,
    /// A connection, which lives longer than an answer, and what anybody may read.
    Alone,
}

/// The routes of the table that stand under these bounds.
fn standing(bounds: Stands) -> Router<SharedApp> {
    let routes = Name::ALL.iter().map(|name| (name, name.route()));
    let routes = routes.map(|(name, route)| (route.path, answering(*name, route.method)));
    let those = routes.filter(|(_, (stands, _))| *stands == bounds);
    those.fold(Router::new(), |router, (path, (_, handler))| {
        router.route(path, handler)
    })
}

/// What answers a route.
fn answering(name: Name, method: Method) -> (Stands, MethodRouter<SharedApp>) {
    let method = match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    };
    let handler = match name {
        Name::SignIn => on(method, sign_in::create),
        Name::GoOn => on(method, sign_in::go_on),
        Name::SignOut => on(method, sign_in::delete),
        Name::SignOns => on(method, sign_on::list),
        Name::SignOn => on(method, sign_on::begin),
        Name::SignedOn => on(method, sign_on::end),
        Name::Me => on(method, sign_in::me),
        Name::MakeCode => on(method, sign_in::make_code),
        Name::Directory => on(method, directory::read),
        Name::ChangeDirectory => on(method, directory::change),
        Name::SignIns => on(method, directory::sign_ins),
        Name::SwitchOff => on(method, directory::switch_off),
        Name::Keys => on(method, campuses::keys),
        Name::Policy => on(method, policy::read),
        Name::PutPolicy => on(method, policy::put),
        Name::Campuses => on(method, campuses::list),
        Name::Campus => on(method, campuses::see),
        Name::Command => on(method, campuses::command),
        Name::Challenge => on(method, passkeys::challenge),
        Name::Passkeys => on(method, passkeys::list),
        Name::BeginPasskey => on(method, passkeys::begin),
        Name::AddPasskey => on(method, passkeys::add),
        Name::RemovePasskey => on(method, passkeys::remove),
        Name::Officers => on(method, officers::list),
        Name::EnrolOfficer => on(method, officers::enrol),
        Name::CertifyOfficer => on(method, officers::certify),
        Name::Timeline => on(method, campuses::timeline),
        Name::Export => on(method, exports::export),
        Name::Proof => on(method, reports::proof),
        Name::Incidents => on(method, reports::incidents),
        Name::Report => on(method, reports::report),
        Name::Drills => on(method, reports::drills),
        Name::Rosters => on(method, rosters::of_campus),
        Name::RoomRoster => on(method, rosters::of_room),
        Name::Picture => on(method, pictures::read),
        Name::UploadPicture => {
            return (Stands::Uploading, on(method, pictures::upload));
        }
        Name::Socket => return (Stands::Alone, on(method, socket::upgrade)),
        Name::Openapi => return (Stands::Alone, on(method, || described(OPENAPI))),
        Name::Asyncapi => return (Stands::Alone, on(method, || described(ASYNCAPI))),
        Name::Alive => return (Stands::Alone, on(method, health::alive)),
        Name::Ready => return (Stands::Alone, on(method, health::ready)),
        Name::Metrics => return (Stands::Alone, on(method, health::metrics)),
    };
    (Stands::InTime, handler)
}

/// A published description. It tells of nobody.
async fn described(document: &'static str) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], document).into_response()
}

/// For a year, a browser that was here once comes by TLS alone.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What is no page of ours runs nothing and stands in no frame, should a browser open it.
const NO_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Pages of others have none of it, not even as a picture or a script.
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Headers that every answer carries.
async fn harden(
    State(over_tls): State<bool>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (CORP, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if over_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(NO_PAGE);
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whoever sends a body too slowly, or waits too long, is told so with a code.
async fn in_time(request: axum::extract::Request, next: Next) -> Response {
    within(ANSWER_WITHIN, request, next).await
}

async fn uploaded_in_time(request: axum::extract::Request, next: Next) -> Response {
    within(UPLOADED_WITHIN, request, next).await
}

async fn within(deadline: Duration, request: axum::extract::Request, next: Next) -> Response {
    tokio::time::timeout(deadline, next.run(request))
        .await
        .unwrap_or_else(|_| Problem::from(Code::Busy).into_response())
}

/// A body that says that it is too large is read for a moment and thrown away: a connection
/// that is closed over it would take the answer back.
async fn not_too_large(request: axum::extract::Request, next: Next) -> Response {
    no_larger(BODY_MAX, Code::FrameTooLarge, request, next).await
}

async fn no_larger_picture(request: axum::extract::Request, next: Next) -> Response {
    no_larger(UPLOAD_MAX, Code::PictureTooLarge, request, next).await
}

async fn no_larger(
    max: usize,
    code: Code,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_none_or(|length| length <= max) {
        return next.run(request).await;
    }
    let mut body = request.into_body().into_data_stream();
    let reading = async { while let Some(Ok(_)) = body.next().await {} };
    // Whoever takes longer hears it only by luck.
    let _ = tokio::time::timeout(THROWN_AWAY_WITHIN, reading).await;
    Problem::from(code).into_response()
}

/// A browser's request comes from our own page, or from none.
async fn same_origin(
    State(app): AppState,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    if app.is_of_ours(request.headers()) {
        next.run(request).await
    } else {
        Problem::from(Code::WrongOrigin).into_response()
    }
}

/// One origin, which is that of the one host that was asked for. Programs send no origin.
fn origin_is_ours(headers: &HeaderMap, over_tls: bool) -> bool {
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let (Some(origin), Some(host)) = (only(headers, header::ORIGIN), only(headers, header::HOST))
    else {
        return false;
    };
    Host::new(host, over_tls).is(origin)
}

/// The value of a header that is there once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[derive(Debug, Deserialize)]
struct FaceQuery {
    face: Option<Face>,
}

/// Somebody who is signed in, at this moment.
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// With which sign-in.
    pub claims: Claims,
    /// At which host, for a passkey: nothing where none was named, or two.
    pub host: Option<Host>,
}

impl FromRequestParts<SharedApp> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &SharedApp,
    ) -> Result<Self, Self::Rejection> {
        let face = Query::<FaceQuery>::try_from_uri(&parts.uri)
            .map(|query| query.0.face)
            .unwrap_or_default();
        let token = token(&parts.headers, face).ok_or(Code::NotSignedIn)?;
        let claims = app.auth.claims(&token)?;
        let actor = app.auth.actor(&claims)?;
        let named = only(&parts.headers, header::HOST);
        let host = named.map(|named| Host::new(named, app.over_tls));
        Ok(Self {
            actor,
            claims,
            host,
        })
    }
}

/// The token of a request: a program's `Bearer`, or a face's cookie. Never the address.
#[must_use]
pub fn token(headers: &HeaderMap, face: Option<Face>) -> Option<String> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return value
            .to_str()
            .ok()?
            .strip_prefix("Bearer ")
            .map(str::to_owned);
    }
    cookie(headers, face?.cookie())
}

/// A cookie of a request.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The state, as handlers take it.
pub(crate) type AppState = State<SharedApp>;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    /// Spellings with which pages of others were let in somewhere.
    const HOSTILE: &str = include_str!("../../tests/fixtures/hostile-origins.json");

    #[test]
    fn only_our_own_pages_are_an_origin() {
        let of_host = |host: &str, origins: &[&str], over_tls| {
            let mut map = HeaderMap::new();
            map.append(header::HOST, host.parse().unwrap());
            for origin in origins {
                map.append(header::ORIGIN, origin.parse().unwrap());
            }
            origin_is_ours(&map, over_tls)
        };
        let of =
            |origins: &[&str], over_tls| of_host("lockstep.school.example:7117", origins, over_tls);
        let (plain, tls) = (
            "http://lockstep.school.example:7117",
            "https://lockstep.school.example:7117",
        );
        for over_tls in [false, true] {
            assert!(of(&[], over_tls), "a program");
            assert!(of(&[tls], over_tls));
            assert!(
                !of(&[plain], over_tls),
                "anybody on the way may have made that page"
            );
            assert!(!of(&[tls, "https://evil.example"], over_tls), "two of them");
            assert!(!of(&[tls, tls], over_tls), "twice the same");
            let own = of_host("127.0.0.1:7117", &["http://127.0.0.1:7117"], over_tls);
            assert_eq!(own, !over_tls, "the browser's own machine");
        }
        let hostile: Vec<String> = serde_json::from_str(HOSTILE).unwrap();
        assert!(hostile.len() > 30);
        for bad in &hostile {
            assert!(!of(&[bad], false), "{bad} was taken for ours");
        }
        let host = (header::HOST, "lockstep.school.example:7117");
        let mut two_hosts = headers(&[host, (header::ORIGIN, tls)]);
        two_hosts.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(!origin_is_ours(&two_hosts, false));
        assert!(!origin_is_ours(&headers(&[(header::ORIGIN, tls)]), false));
    }

    #[tokio::test]
    async fn a_fault_carries_every_header_too() {
        use axum::routing::get;
        let broken =
            Router::new().route("/", get(async || -> String { panic!("a fault of ours") }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let service = hardened(broken, true).with_state(());
        tokio::spawn(async move { axum::serve(listener, service).await });
        let answer = reqwest::get(format!("http://{at}/")).await.unwrap();
        assert_eq!(answer.status(), 500);
        for name in [
            header::X_CONTENT_TYPE_OPTIONS,
            header::REFERRER_POLICY,
            header::X_FRAME_OPTIONS,
            header::CONTENT_SECURITY_POLICY,
            header::CACHE_CONTROL,
            header::STRICT_TRANSPORT_SECURITY,
            CORP,
        ] {
            assert!(answer.headers().contains_key(&name), "{name}");
        }
    }

    #[test]
    fn a_token_comes_from_the_header_or_the_faces_cookie() {
        let bearer = headers(&[(header::AUTHORIZATION, "Bearer abc")]);
        assert_eq!(token(&bearer, None).as_deref(), Some("abc"));
        let cookie = headers(&[(
            header::COOKIE,
            "__Host-lockstep-board=b; __Host-lockstep-command=c",
        )]);
        assert_eq!(token(&cookie, Some(Face::Command)).as_deref(), Some("c"));
        assert_eq!(token(&cookie, Some(Face::Classroom)), None);
        assert_eq!(token(&cookie, None), None);
    }
}
