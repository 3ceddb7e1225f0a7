//! The pages, as part of the binary: plain files, compressed once, under a strict
//! content-security policy. Never anything that tells about a person or a campus: compression
//! beside a secret can give the secret away.

mod weave;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use lockstep_proto::code::Code;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

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

/// Files that every build names alike, and that are asked for each time: a page of an older
/// release would speak an older protocol.
const ASKED: &str = "no-cache";
/// What a page of this build is made of stands under the build's own name and never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file in the two forms that it is served in.
struct File {
    plain: Bytes,
    /// Where it is the smaller.
    gzip: Option<Bytes>,
    /// Of the content, not of the form: without quotes.
    tag: String,
}

struct Site {
    /// Names everything that the pages of this release are made of.
    build: String,
    files: BTreeMap<String, File>,
}

static SITE: LazyLock<Site> = LazyLock::new(Site::read);

impl Site {
    fn read() -> Self {
        let mut texts: BTreeMap<String, Vec<u8>> = Files::iter()
            .filter_map(|path| Some((path.to_string(), Files::get(&path)?.data.into_owned())))
            .collect();
        let mut digest = Sha256::new();
        for (path, text) in &texts {
            digest.update(path);
            digest.update(text);
        }
        let build = hex(&digest.finalize()[..8]);
        let pages: Vec<(String, String)> = texts
            .iter()
            .filter(|(path, _)| path.ends_with(".html"))
            .map(|(path, html)| (path.clone(), weave::page(&as_text(html), &build, &texts)))
            .collect();
        for (path, text) in &mut texts {
            if path.ends_with(".js") {
                *text = weave::bare(&as_text(text)).into();
            }
        }
        texts.extend(pages.into_iter().map(|(path, html)| (path, html.into())));
        Self {
            build,
            files: texts
                .into_iter()
                .map(|(path, text)| (path, File::new(text)))
                .collect(),
        }
    }
}

fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

impl File {
    fn new(text: Vec<u8>) -> Self {
        let tag = hex(&Sha256::digest(&text)[..16]);
        let plain = Bytes::from(text);
        let gzip = compressed(&plain).filter(|smaller| smaller.len() < plain.len());
        Self { plain, gzip, tag }
    }
}

/// Nothing where it fails, which memory never does: the plain form is served then.
fn compressed(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The pages and what they are made of.
pub(crate) fn routes() -> Router<SharedApp> {
    // At start, not under the first class that opens its page.
    LazyLock::force(&SITE);
    let page = |name: &'static str| get(move |headers| async move { file(name, ASKED, &headers) });
    Router::new()
        .route("/", page("index.html"))
        .route("/enrol", page("enrol.html"))
        .route("/classroom", page("classroom.html"))
        .route("/command", page("command.html"))
        .route("/officer", page("officer.html"))
        .route("/board", page("board.html"))
        .route("/policy", page("policy.html"))
        .route("/officers", page("officers.html"))
        .route("/people", page("people.html"))
        .route("/passkeys", page("passkeys.html"))
        .route("/record", page("record.html"))
        .route("/design", page("design.html"))
        // From the root, since a worker serves what lies beneath it.
        .route("/sw.js", page("sw.js"))
        .route("/web/{name}", get(current))
        .route("/web/{build}/{name}", get(of_build))
}

async fn current(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file(&name, ASKED, &headers)
}

/// A page of another release asks here while servers are being replaced: it gets what there is,
/// and keeps none of it.
async fn of_build(Path((build, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let keep = if build == SITE.build { FOR_EVER } else { ASKED };
    file(&name, keep, &headers)
}

/// A file, or that the browser's copy is good.
fn file(path: &str, keep: &'static str, headers: &HeaderMap) -> Response {
    let Some(file) = SITE.files.get(path) else {
        return Problem::from(Code::NotFound).into_response();
    };
    let gzip = file.gzip.as_ref().filter(|_| takes_gzip(headers));
    // Two forms are two representations: each has its own strong tag.
    let form = if gzip.is_some() { "-gz" } else { "" };
    let tag = format!("\"{}{form}\"", file.tag);
    let mut response = if holds(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        gzip.unwrap_or(&file.plain).clone().into_response()
    };
    let into = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        into.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, kind(path));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::CACHE_CONTROL, keep);
    set(header::VARY, "accept-encoding");
    if gzip.is_some() {
        set(header::CONTENT_ENCODING, "gzip");
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        into.insert(header::ETAG, tag);
    }
    response
}

/// Whether the browser's copy has this tag. A proxy may have made the tag weak, and the header
/// may be a list.
fn holds(headers: &HeaderMap, tag: &str) -> bool {
    listed(headers, &header::IF_NONE_MATCH).any(|old| old.trim_start_matches("W/") == tag)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    listed(headers, &header::ACCEPT_ENCODING).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        // A weight of nought is a refusal, and so is one that cannot be read.
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|q| q.is_ok_and(|q| q > 0.0))
    })
}

/// The items of a list header.
fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::io::Read as _;

    use super::*;

    fn asked(path: &str, pairs: &[(HeaderName, &str)]) -> Response {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        file(path, ASKED, &headers)
    }

    fn says<'a>(response: &'a Response, name: &HeaderName) -> &'a str {
        response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    async fn body(response: Response) -> Bytes {
        axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_page_is_the_same_in_both_forms() {
        for (path, held) in &SITE.files {
            let plain = asked(path, &[]);
            assert_eq!(says(&plain, &header::CONTENT_ENCODING), "");
            let zipped = asked(path, &[(header::ACCEPT_ENCODING, "br, gzip;q=0.8")]);
            assert_eq!(says(&zipped, &header::VARY), "accept-encoding");
            assert_eq!(says(&zipped, &header::CONTENT_SECURITY_POLICY), POLICY);
            let (plain, is_zipped) = (body(plain).await, held.gzip.is_some());
            assert!(is_zipped || plain.len() < 400, "{path} is not compressed");
            let mut read = Vec::new();
            if is_zipped {
                assert_eq!(says(&zipped, &header::CONTENT_ENCODING), "gzip");
                let bytes = body(zipped).await;
                flate2::read::GzDecoder::new(&bytes[..])
                    .read_to_end(&mut read)
                    .unwrap();
            } else {
                read.extend_from_slice(&body(zipped).await);
            }
            assert_eq!(plain, read, "{path}");
        }
    }

    /// What a page of this build is made of may be kept for ever, and nothing else may.
    #[tokio::test]
    async fn a_page_names_its_own_build() {
        let page = body(asked("command.html", &[])).await;
        let page = std::str::from_utf8(&page).unwrap();
        let build = &SITE.build;
        assert!(page.contains(&format!("src=\"/web/{build}/command.js\"")));
        assert!(!page.contains("=\"/web/command.js"), "{page}");
        let kept = |build: &str, name: &str| {
            let path = Path((build.to_owned(), name.to_owned()));
            let answer = of_build(path, HeaderMap::new());
            async { says(&answer.await, &header::CACHE_CONTROL).to_owned() }
        };
        assert_eq!(kept(build, "command.js").await, FOR_EVER);
        assert_eq!(kept("0123456789abcdef", "command.js").await, ASKED);
        assert_eq!(
            of_build(
                Path((build.clone(), "none.js".to_owned())),
                HeaderMap::new()
            )
            .await
            .status(),
            StatusCode::NOT_FOUND
        );
    }

    #[test]
    fn a_copy_that_is_good_is_not_sent_again() {
        let gzip = (header::ACCEPT_ENCODING, "gzip");
        let zipped = says(
            &asked("command.js", std::slice::from_ref(&gzip)),
            &header::ETAG,
        )
        .to_owned();
        let plain = says(&asked("command.js", &[]), &header::ETAG).to_owned();
        assert_ne!(zipped, plain, "two forms never share a strong tag");
        for old in [
            zipped.clone(),
            format!("W/{zipped}"),
            format!("\"x\", {zipped}"),
        ] {
            let again = asked("command.js", &[gzip.clone(), (header::IF_NONE_MATCH, &old)]);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{old}");
            assert_eq!(says(&again, &header::ETAG), zipped);
        }
        for old in [plain, "\"x\"".to_owned(), String::new()] {
            let again = asked("command.js", &[gzip.clone(), (header::IF_NONE_MATCH, &old)]);
            assert_eq!(again.status(), StatusCode::OK, "{old}");
        }
    }

    #[test]
    fn a_refused_encoding_is_not_sent() {
        for refused in [
            "",
            "br",
            "gzip;q=0",
            "gzip; q=0.0",
            "gzip;q=often",
            "x-gzipped",
        ] {
            let answer = asked("command.js", &[(header::ACCEPT_ENCODING, refused)]);
            assert_eq!(says(&answer, &header::CONTENT_ENCODING), "", "{refused}");
        }
    }
}
