//! The pages, as part of the binary: plain files, under a strict content-security policy.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use lockstep_proto::code::Code;
use rust_embed::RustEmbed;

use crate::auth::hex;
use crate::http::{Problem, SharedApp};

#[derive(RustEmbed)]
#[folder = "web/"]
#[include = "*.html"]
#[include = "*.js"]
#[include = "*.css"]
#[include = "*.svg"]
#[include = "*.webmanifest"]
struct Files;

/// Nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self'; manifest-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The pages and what they are made of.
pub(crate) fn routes() -> Router<SharedApp> {
    let page = |name: &'static str| get(move |headers| async move { file(name, &headers) });
    Router::new()
        .route("/", page("index.html"))
        .route("/enrol", page("enrol.html"))
        .route("/classroom", page("classroom.html"))
        .route("/command", page("command.html"))
        .route("/board", page("board.html"))
        .route("/web/{*path}", get(asset))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&path, &headers)
}

/// A file, or that the browser's copy is good. Never kept without asking: a page of an older
/// release would speak an older protocol.
fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = Files::get(path) else {
        return Problem::from(Code::NotFound).into_response();
    };
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|old| old.as_bytes() == tag.as_bytes());
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let into = response.headers_mut();
    into.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    into.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    into.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        into.insert(header::ETAG, tag);
    }
    response
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
