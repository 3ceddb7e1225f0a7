//! Signing on with a district's own provider (A5), against one that lies: whatever it or the browser
//! brings that is not as it should be signs nobody in, and is told within the deadline.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_server::tls_rustls::RustlsConfig;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use futures_util::future::join_all;
use lockstep_server::clock::{Clock, SystemClock};
use lockstep_server::tls::Files;
use lockstep_tests::{Certificates, Http, PATIENCE, Server};
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::shell::{operator, operator_with};
use crate::{ADMIN, NORTH, asked, of};

const BEGIN: &str = "/v1/sign-on/maple-valley";
const DOCUMENT: &str = "/.well-known/openid-configuration";
/// A call of the provider's has three seconds; the rest is a debug build on a machine with much to do.
const DEADLINE: Duration = Duration::from_millis(4_500);

/// How the provider answers at one address.
#[derive(Clone)]
enum Way {
    Json(Value),
    Elsewhere,
    Huge,
    Never,
    Error(u16),
}

/// Everything that it says.
#[derive(Clone)]
struct Says {
    document: Way,
    keys: Way,
    token: Way,
    /// What it was asked: path, `Authorization`, body.
    asked: Vec<(String, String, String)>,
}

/// A provider in this process, with keys of its own.
struct Liar {
    url: String,
    says: Arc<Mutex<Says>>,
    ed: Ed25519KeyPair,
    ec: EcdsaKeyPair,
}

type Shared = Arc<Mutex<Says>>;

async fn answers(
    State(says): State<Shared>,
    uri: Uri,
    request: axum::extract::Request,
) -> Response {
    let own = request.headers().get(header::AUTHORIZATION);
    let own = own.map_or("", |own| own.to_str().unwrap()).to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await;
    let body = String::from_utf8(body.unwrap().to_vec()).unwrap();
    let way = {
        let mut says = says.lock().unwrap();
        says.asked.push((uri.path().to_owned(), own, body));
        match uri.path() {
            "/token" => says.token.clone(),
            "/jwks" => says.keys.clone(),
            _ => says.document.clone(),
        }
    };
    match way {
        Way::Json(json) => axum::Json(json).into_response(),
        Way::Elsewhere => Redirect::temporary("/elsewhere").into_response(),
        Way::Huge => {
            Body::from(format!("{{\"x\":\"{}\"}}", "x".repeat(300 * 1024))).into_response()
        }
        Way::Never => std::future::pending().await,
        Way::Error(status) => {
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, "{}").into_response()
        }
    }
}

fn document(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/auth"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "authorization_response_iss_parameter_supported": true,
    })
}

impl Liar {
    async fn start() -> Self {
        Self::start_with(None)
    }

    /// The same, which shows a certificate.
    fn start_with(certificate: Option<&Certificates>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match certificate {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let ed = Ed25519KeyPair::generate().unwrap();
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = ec.public_key().as_ref();
        let keys = json!({ "keys": [
            { "kty": "unheard-of", "kid": "odd" },
            { "kty": "OKP", "crv": "Ed25519", "kid": "ed", "use": "sig",
              "x": BASE64.encode(ed.public_key().as_ref()) },
            { "kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256",
              "x": BASE64.encode(&point[1..33]), "y": BASE64.encode(&point[33..]) },
        ] });
        let says = Arc::new(Mutex::new(Says {
            document: Way::Json(document(&url)),
            keys: Way::Json(keys),
            token: Way::Error(500),
            asked: vec![],
        }));
        let service = Router::new()
            .fallback(answers)
            .with_state(Arc::clone(&says));
        match certificate {
            Some(certificate) => {
                let shown = Files {
                    certificate: certificate.file("server.pem"),
                    key: certificate.file("server.key"),
                };
                let config = RustlsConfig::from_config(shown.read().unwrap().config);
                let server = axum_server::from_tcp_rustls(listener, config).unwrap();
                tokio::spawn(server.serve(service.into_make_service()));
            }
            None => {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::spawn(async move { axum::serve(listener, service).await });
            }
        }
        Self { url, says, ed, ec }
    }

    fn says(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    fn asked_for(&self, path: &str) -> usize {
        let says = self.says.lock().unwrap();
        says.asked.iter().filter(|asked| asked.0 == path).count()
    }

    /// A token with these claims beside what is as it should be; `null` leaves one out.
    fn claims(&self, nonce: &str, more: &Value) -> Value {
        let now = SystemClock.now().as_second();
        let mut claims = json!({ "iss": self.url, "aud": "lockstep", "sub": "7", "nonce": nonce,
            "iat": now, "exp": now + 300, "employee_id": "joy.adams", "name": "Joy A." });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        claims
    }

    fn signed(&self, head: &Value, claims: &Value) -> String {
        let parts = parts(head, claims);
        let signature = match head["alg"].as_str().unwrap() {
            "ES256" => self
                .ec
                .sign(&SystemRandom::new(), parts.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            _ => self.ed.sign(parts.as_bytes()).as_ref().to_vec(),
        };
        format!("{parts}.{}", BASE64.encode(signature))
    }
}

fn parts(head: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        BASE64.encode(head.to_string()),
        BASE64.encode(claims.to_string())
    )
}

/// A server whose demo district has this provider.
struct Signing {
    server: Server,
    _file: TempDir,
}

fn file(folder: &Path, issuer: &str, groups: &Value) -> String {
    file_of(folder, &[("maple-valley", issuer)], groups)
}

/// The same for several districts.
fn file_of(folder: &Path, issuers: &[(&str, &str)], groups: &Value) -> String {
    let path = folder.join("sign-on.json");
    let providers = issuers.iter().map(|(district, issuer)| {
        json!({ "district": district, "issuer": issuer, "client_id": "lockstep",
            "client_secret": "zebra quartz", "person_claim": "employee_id", "groups": groups })
    });
    let settings = json!({
        "public_url": "https://lockstep.school.example",
        "providers": providers.collect::<Vec<_>>(),
    });
    std::fs::write(&path, settings.to_string()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

impl Signing {
    fn with(liar: &Liar, groups: &Value) -> Self {
        Self::trusting(liar, groups, &[])
    }

    fn trusting(liar: &Liar, groups: &Value, env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), &liar.url, groups);
        let env = [&[("RUST_LOG", "lockstep_server=trace")], env].concat();
        let server = Server::start_with(&["--sign-on", &path], &env);
        Self {
            server,
            _file: folder,
        }
    }

    /// Sign-ins that anybody ever had.
    fn sign_ins(&self) -> i64 {
        let file = self.server.data().join("journal.sqlite");
        let journal = rusqlite::Connection::open(file).unwrap();
        let count = "SELECT count(*) FROM credential";
        journal.query_row(count, [], |row| row.get(0)).unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> Went {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let began = Instant::now();
        let request = client.get(format!("{}{path}", self.server.url));
        let answer = request.header("cookie", cookie).send().await.unwrap();
        let took = began.elapsed();
        assert_eq!(answer.status(), 303, "{path}");
        let all = answer.headers().get_all("set-cookie").iter();
        Went {
            to: answer.headers()["location"].to_str().unwrap().to_owned(),
            cookies: all.map(|one| one.to_str().unwrap().to_owned()).collect(),
            took,
        }
    }

    async fn begin(&self) -> Begun {
        self.begin_at(BEGIN).await
    }

    async fn begin_at(&self, path: &str) -> Begun {
        let went = self.get(path, "").await;
        let url = Url::parse(&went.to).unwrap_or_else(|_| panic!("the provider, not {}", went.to));
        let of = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        let cookie = went.cookies[0].split(';').next().unwrap().to_owned();
        Begun {
            state: of("state"),
            nonce: of("nonce"),
            challenge: of("code_challenge"),
            url: url.clone(),
            cookie,
            set: went.cookies[0].clone(),
        }
    }

    async fn end(&self, liar: &Liar, begun: &Begun) -> Went {
        let path = callback(&begun.state, &liar.url);
        self.get(&path, &begun.cookie).await
    }

    /// A whole sign-on, with a token of this head and these claims beside what is right.
    async fn signs_on(&self, liar: &Liar, head: &Value, claims: &Value) -> Went {
        let begun = self.begin().await;
        let token = liar.signed(head, &liar.claims(&begun.nonce, claims));
        liar.says(|says| says.token = Way::Json(json!({ "id_token": token })));
        self.end(liar, &begun).await
    }
}

/// Where the demo district's provider sends browsers back to.
const BACK: &str = "/v1/sign-on/maple-valley/callback";

fn callback(state: &str, issuer: &str) -> String {
    format!("{BACK}?code=abc&state={state}&iss={issuer}")
}

struct Begun {
    url: Url,
    state: String,
    nonce: String,
    challenge: String,
    cookie: String,
    set: String,
}

/// Where a browser was sent.
struct Went {
    to: String,
    cookies: Vec<String>,
    took: Duration,
}

impl Went {
    fn token(&self) -> Option<&str> {
        let faces = ["classroom", "command", "officer", "board"];
        let mut all = self.cookies.iter().filter_map(|one| one.split_once('='));
        let found = all.find(|(name, _)| {
            faces
                .iter()
                .any(|face| *name == format!("__Host-lockstep-{face}"))
        });
        found.map(|(_, value)| value.split(';').next().unwrap())
    }

    #[track_caller]
    fn is_refused(&self, what: &str, code: &str) {
        assert_eq!(self.to, format!("/enrol?refused={code}"), "{what}");
        assert_eq!(self.token(), None, "{what}");
        assert!(self.took < DEADLINE, "{what} took {:?}", self.took);
    }
}

fn ed() -> Value {
    json!({ "alg": "EdDSA", "kid": "ed" })
}

/// A5: what goes to the provider and comes back, and the ordinary sign-in that comes of it.
#[tokio::test]
async fn a5_a_provider_signs_in_who_the_directory_knows() {
    let liar = Liar::start().await;
    let signing = Signing::with(&liar, &json!([]));
    let list = reqwest::get(format!(
        "{}/v1/sign-on?refused=sign_on_over",
        signing.server.url
    ))
    .await;
    let list: Value = list.unwrap().json().await.unwrap();
    assert_eq!(list["districts"][0]["district"], "maple-valley");
    assert_eq!(list["refused"]["code"], "sign_on_over");

    let begun = signing.begin().await;
    let asked: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "lockstep"),
        (
            "redirect_uri",
            "https://lockstep.school.example/v1/sign-on/maple-valley/callback",
        ),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
    ] {
        assert!(
            asked.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {asked:?}"
        );
    }
    for part in [
        "__Host-",
        "; Path=/;",
        "Max-Age=600",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    ] {
        assert!(begun.set.contains(part), "{}", begun.set);
    }
    let before = signing.sign_ins();
    let token = liar.signed(&ed(), &liar.claims(&begun.nonce, &json!({})));
    liar.says(|says| says.token = Way::Json(json!({ "id_token": token })));
    let went = signing.end(&liar, &begun).await;
    assert_eq!(went.to, "/classroom");
    assert_eq!(signing.sign_ins(), before + 1);
    let session = went.token().expect("a session").to_owned();
    let (status, me) = Http::with(&signing.server.url, &session)
        .get("/v1/me")
        .await;
    assert_eq!(
        (status, &me["principal"]),
        (200, &json!("person:joy.adams"))
    );
    assert_eq!(
        (&me["role"], &me["name"]),
        (&json!("staff"), &json!("Joy Adams"))
    );
    let gone = went
        .cookies
        .iter()
        .any(|one| one.contains("sign-on=;") && one.contains("Max-Age=0"));
    assert!(gone, "{:?}", went.cookies);

    // How the code was changed for the token.
    let says = liar.says.lock().unwrap().clone();
    let (_, own, body) = says.asked.iter().find(|asked| asked.0 == "/token").unwrap();
    let basic = STANDARD.encode("lockstep:zebra+quartz");
    assert_eq!(*own, format!("Basic {basic}"));
    let sent = Url::parse(&format!("form:?{body}")).unwrap();
    let mut sent = sent.query_pairs();
    let verifier = sent.find(|(name, _)| name == "code_verifier").unwrap().1;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    assert_eq!(BASE64.encode(digest), begun.challenge);

    // With another algorithm of the provider's own.
    let by_ec = json!({ "alg": "ES256", "kid": "ec" });
    assert_eq!(
        signing.signs_on(&liar, &by_ec, &json!({})).await.to,
        "/classroom"
    );
    assert_eq!(liar.asked_for("/jwks"), 1, "keys are kept");

    let log = signing.server.log();
    for secret in [
        &token,
        &session,
        &begun.state,
        &begun.nonce,
        "zebra",
        "code=abc",
        "joy.adams",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    let counted = reqwest::get(format!("{}/metrics", signing.server.url))
        .await
        .unwrap();
    let counted = counted.text().await.unwrap();
    assert!(
        counted.contains("lockstep_sign_ons_total{outcome=\"signed_in\"} 2"),
        "{counted}"
    );
}

/// A5: a token that is not this provider's, for this client, this sign-in and now.
#[tokio::test]
async fn a5_a_token_that_is_not_as_it_should_be_signs_nobody_in() {
    let liar = Liar::start().await;
    let signing = Signing::with(&liar, &json!([]));
    assert_eq!(
        signing.signs_on(&liar, &ed(), &json!({})).await.to,
        "/classroom"
    );
    let before = signing.sign_ins();
    let now = SystemClock.now().as_second();
    for claims in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another" }),
        json!({ "aud": ["lockstep", "another"] }),
        json!({ "azp": "another" }),
        json!({ "nonce": "AAAA" }),
        json!({ "nonce": null }),
        json!({ "exp": now - 120 }),
        json!({ "exp": null }),
        json!({ "iat": now + 600 }),
        json!({ "nbf": now + 600 }),
        json!({ "employee_id": null }),
        json!({ "employee_id": ["joy.adams"] }),
    ] {
        let went = signing.signs_on(&liar, &ed(), &claims).await;
        went.is_refused(&claims.to_string(), "sign_on_refused");
    }
    for nobody in [
        "nobody",
        "Joy.Adams",
        "joy.adams ",
        "joy.adams@example.org",
        "",
    ] {
        let claims = json!({ "employee_id": nobody });
        let went = signing.signs_on(&liar, &ed(), &claims).await;
        went.is_refused(nobody, "sign_on_unknown");
    }
    let evil = json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(Ed25519KeyPair::generate().unwrap().public_key().as_ref()) });
    for head in [
        json!({ "alg": "none", "kid": "ed" }),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "ec" }),
        json!({ "alg": "ES256", "kid": "ed" }),
        json!({ "alg": "EdDSA", "kid": "unknown" }),
        json!({ "alg": "EdDSA", "kid": "ed", "jwk": evil }),
        json!({ "alg": "EdDSA", "kid": "ed", "jku": format!("{}/jwks", liar.url) }),
        json!({ "alg": "EdDSA", "kid": "ed", "crit": ["exp"] }),
    ] {
        let went = signing.signs_on(&liar, &head, &json!({})).await;
        went.is_refused(&head.to_string(), "sign_on_refused");
    }
    assert!(
        liar.asked_for("/jwks") <= 2,
        "an unknown key has them read once in ten seconds"
    );

    // Signed by nobody, by another key, and by the public key's bytes as if they were a secret.
    let key = hmac::Key::new(hmac::HMAC_SHA256, liar.ed.public_key().as_ref());
    let other = Ed25519KeyPair::generate().unwrap();
    for (what, head) in [
        ("none", "none"),
        ("hs", "HS256"),
        ("hs-ed", "EdDSA"),
        ("other", "EdDSA"),
        ("empty", "EdDSA"),
    ] {
        let begun = signing.begin().await;
        let parts = parts(
            &json!({ "alg": head, "kid": "ed" }),
            &liar.claims(&begun.nonce, &json!({})),
        );
        let signature = match what {
            "hs" | "hs-ed" => hmac::sign(&key, parts.as_bytes()).as_ref().to_vec(),
            "other" => other.sign(parts.as_bytes()).as_ref().to_vec(),
            _ => vec![],
        };
        let token = format!("{parts}.{}", BASE64.encode(signature));
        liar.says(|says| says.token = Way::Json(json!({ "id_token": token })));
        signing
            .end(&liar, &begun)
            .await
            .is_refused(what, "sign_on_refused");
    }
    assert_eq!(signing.sign_ins(), before, "no session was made");
}

/// A5: only the browser that began a sign-in ends it, once.
#[tokio::test]
async fn a5_a_sign_on_is_ended_once_by_the_browser_that_began_it() {
    let liar = Liar::start().await;
    let signing = Signing::with(&liar, &json!([]));
    let (mine, theirs) = (signing.begin().await, signing.begin().await);
    let token = liar.signed(&ed(), &liar.claims(&mine.nonce, &json!({})));
    liar.says(|says| says.token = Way::Json(json!({ "id_token": token })));
    let path = callback(&mine.state, &liar.url);
    let (start, end) = mine.cookie.split_at(mine.cookie.len() - 8);
    let other = if end.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{start}{other}{}", &end[1..]);
    for cookie in ["", &theirs.cookie, &forged, "__Host-lockstep-sign-on=AAAA"] {
        let went = signing.get(&path, cookie).await;
        went.is_refused(cookie, "sign_on_over");
    }
    for (query, code) in [
        ("", "sign_on_over"),
        ("?code=abc", "sign_on_over"),
        ("?code=abc&state=a&state=b", "sign_on_refused"),
    ] {
        let path = format!("{BACK}{query}");
        signing
            .get(&path, &mine.cookie)
            .await
            .is_refused(query, code);
    }
    assert_eq!(
        liar.asked_for("/token"),
        0,
        "none of them cost the provider a call"
    );
    assert_eq!(signing.end(&liar, &mine).await.to, "/classroom");
    let made = signing.sign_ins();
    signing
        .end(&liar, &mine)
        .await
        .is_refused("again", "sign_on_over");

    // RFC 9207: it came back from another provider, or does not say from which.
    for iss in ["&iss=https://evil.example", ""] {
        let begun = signing.begin().await;
        let path = format!("{BACK}?code=abc&state={}{iss}", begun.state);
        signing
            .get(&path, &begun.cookie)
            .await
            .is_refused(iss, "sign_on_refused");
    }
    let begun = signing.begin().await;
    let path = format!(
        "{BACK}?error=access_denied&state={}&iss={}",
        begun.state, liar.url
    );
    signing
        .get(&path, &begun.cookie)
        .await
        .is_refused("denied", "sign_on_refused");
    assert_eq!(signing.sign_ins(), made);
    for path in ["/v1/sign-on/river", "/v1/sign-on/Not%20an%20id"] {
        signing.get(path, "").await.is_refused(path, "not_found");
    }
}

/// Invariant 12: whatever a provider does, the answer comes in time, and nothing else waits for it.
#[tokio::test]
async fn i12_a_provider_that_is_slow_large_or_elsewhere_is_told_of_in_time() {
    let bad = [
        (Way::Never, "sign_on_unavailable"),
        (Way::Huge, "sign_on_refused"),
        (Way::Elsewhere, "sign_on_refused"),
        (Way::Error(503), "sign_on_unavailable"),
        (Way::Json(json!({})), "sign_on_refused"),
    ];
    for (way, code) in bad {
        let liar = Liar::start().await;
        let signing = Signing::with(&liar, &json!([]));
        let before = signing.sign_ins();
        // What it says of itself, its keys, its tokens: each in turn.
        liar.says(|says| says.document = way.clone());
        let raise = asked(json!({ "name": "call_lock_down" }));
        let admin = of(&signing.server, ADMIN);
        let raising = async {
            let began = Instant::now();
            admin.send(NORTH, &raise).await.accepted();
            began.elapsed()
        };
        let (went, raised) = tokio::join!(signing.get(BEGIN, ""), raising);
        went.is_refused("document", code);
        println!(
            "{code}: refused after {:?}, a raise meanwhile {raised:?}",
            went.took
        );
        assert!(raised < Duration::from_secs(2), "a raise waited {raised:?}");
        liar.says(|says| says.document = Way::Json(document(&liar.url)));
        for at in ["token", "keys"] {
            let begun = signing.begin().await;
            let token = liar.signed(&ed(), &liar.claims(&begun.nonce, &json!({})));
            liar.says(|says| {
                says.token = Way::Json(json!({ "id_token": token }));
                if at == "token" {
                    says.token = way.clone()
                } else {
                    says.keys = way.clone()
                }
            });
            let went = signing.end(&liar, &begun).await;
            went.is_refused(at, code);
            println!("{at}, {code}: refused after {:?}", went.took);
        }
        assert_eq!(
            liar.asked_for("/elsewhere"),
            0,
            "nobody is followed elsewhere"
        );
        assert_eq!(signing.sign_ins(), before);
    }
}

/// Invariants 10 and 12: one district's provider hangs, and as many as will wait for it. Who signs on
/// in another district waits for none of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv12_a_provider_that_hangs_keeps_nobody_of_another_district_out() {
    let (hangs, answers) = (Liar::start().await, Liar::start().await);
    hangs.says(|says| says.document = Way::Never);
    let folder = tempfile::tempdir().unwrap();
    let issuers = [("maple-valley", &*hangs.url), ("oak-hill", &*answers.url)];
    let path = file_of(folder.path(), &issuers, &json!([]));
    let signing = Signing {
        server: Server::start_with(&["--sign-on", &path], &[]),
        _file: folder,
    };
    let waits = join_all((0..100).map(|_| signing.get(BEGIN, "")));
    let others = async {
        let asked = async {
            while hangs.asked_for(DOCUMENT) == 0 {
                yield_now().await
            }
        };
        timeout(PATIENCE, asked).await.expect("it is asked");
        let mut slowest = Duration::ZERO;
        for _ in 0..5 {
            let went = signing.get("/v1/sign-on/oak-hill", "").await;
            assert!(
                went.to.starts_with(&format!("{}/auth?", answers.url)),
                "{}",
                went.to
            );
            slowest = slowest.max(went.took);
        }
        slowest
    };
    let (waited, slowest) = tokio::join!(waits, others);
    for went in waited {
        assert_eq!(went.to, "/enrol?refused=sign_on_unavailable");
    }
    println!("beside 100 who wait for another district's: {slowest:.1?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

/// A5: a code that one district's provider gave is never shown to another's (mix-up, RFC 9700), also
/// where neither says on the way back who it is.
#[tokio::test]
async fn a5_a_code_of_one_provider_is_never_shown_to_another() {
    let (honest, evil) = (Liar::start().await, Liar::start().await);
    for liar in [&honest, &evil] {
        let mut document = document(&liar.url);
        document["authorization_response_iss_parameter_supported"] = json!(false);
        liar.says(|says| says.document = Way::Json(document));
    }
    let folder = tempfile::tempdir().unwrap();
    let issuers = [("maple-valley", &*honest.url), ("oak-hill", &*evil.url)];
    let path = file_of(folder.path(), &issuers, &json!([]));
    let signing = Signing {
        server: Server::start_with(&["--sign-on", &path], &[]),
        _file: folder,
    };
    let begun = signing.begin_at("/v1/sign-on/oak-hill").await;
    let asked = begun.url.query_pairs().into_owned();
    let asked: std::collections::HashMap<String, String> = asked.collect();
    assert_eq!(
        asked["redirect_uri"],
        "https://lockstep.school.example/v1/sign-on/oak-hill/callback"
    );
    // The evil one sends the browser on to the honest one, which sends it back to where it may.
    let path = format!("{BACK}?code=abc&state={}", begun.state);
    let went = signing.get(&path, &begun.cookie).await;
    went.is_refused("mixed up", "sign_on_over");
    assert_eq!(evil.asked_for("/token") + honest.asked_for("/token"), 0);
}

/// A5: a provider that says that it is another, or names addresses without TLS.
#[tokio::test]
async fn a5_a_provider_is_who_the_settings_say() {
    let liar = Liar::start().await;
    let signing = Signing::with(&liar, &json!([]));
    for (name, value) in [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://evil.example/token"),
        ("jwks_uri", "ftp://evil.example/"),
        ("authorization_endpoint", "javascript:alert(1)"),
    ] {
        let mut document = document(&liar.url);
        document[name] = json!(value);
        liar.says(|says| says.document = Way::Json(document));
        signing
            .get(BEGIN, "")
            .await
            .is_refused(name, "sign_on_refused");
    }
}

/// A3: groups give role and campuses, never a certification.
#[tokio::test]
async fn a3_groups_decide_role_and_campuses_and_never_a_certification() {
    let liar = Liar::start().await;
    let signing = Signing::with(
        &liar,
        &json!([
            { "group": "sro", "role": "sro", "campuses": ["north-high"] },
            { "group": "safety", "role": "sso", "campuses": ["north-high", "river-middle"] },
            { "group": "teachers", "role": "staff", "campuses": ["north-high"] },
            { "group": "lake", "role": "staff", "campuses": ["lake"] },
        ]),
    );
    let as_who = |who: &str, groups: Value| json!({ "employee_id": who, "groups": groups });
    for (who, groups, code) in [
        ("joy.adams", json!(["sro"]), "certification_missing"),
        (
            "ivy.new",
            json!(["sro", "teachers"]),
            "certification_missing",
        ),
        ("joy.adams", json!(["cooks"]), "sign_on_no_group"),
        ("joy.adams", Value::Null, "sign_on_no_group"),
        (
            "joy.adams",
            json!([{ "name": "teachers" }]),
            "sign_on_no_group",
        ),
        ("joy.adams", json!(["lake"]), "sign_on_not_taken"),
    ] {
        let went = signing.signs_on(&liar, &ed(), &as_who(who, groups)).await;
        went.is_refused(who, code);
    }
    let me = async |went: &Went| {
        let session = went.token().expect("a session");
        let (status, me) = Http::with(&signing.server.url, session).get("/v1/me").await;
        assert_eq!(status, 200);
        me
    };
    // Somebody new; the first of the list that fits, whatever the order of theirs.
    let went = signing
        .signs_on(
            &liar,
            &ed(),
            &as_who("ivy.new", json!(["teachers", "safety"])),
        )
        .await;
    assert_eq!(went.to, "/command");
    let ivy = me(&went).await;
    assert_eq!(
        (&ivy["role"], &ivy["name"]),
        (&json!("sso"), &json!("Joy A."))
    );
    // Somebody who is moved, and keeps name and room; and then is not changed again.
    let went = signing
        .signs_on(&liar, &ed(), &as_who("joy.adams", json!("teachers")))
        .await;
    let joy = me(&went).await;
    assert_eq!(
        (&joy["role"], &joy["name"]),
        (&json!("staff"), &json!("Joy Adams"))
    );
    // An SRO on record is one.
    let went = signing
        .signs_on(&liar, &ed(), &as_who("sam.cole", json!(["sro"])))
        .await;
    assert_eq!(me(&went).await["role"], "sro");

    let file = signing.server.data().join("journal.sqlite");
    let journal = rusqlite::Connection::open(file).unwrap();
    let mut entries = journal
        .prepare("SELECT canonical FROM entry WHERE canonical LIKE '%person_assigned%'")
        .unwrap();
    let entries: Vec<String> = entries
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(
        entries[0].contains("ivy.new") && entries[0].contains("\"operator\""),
        "{entries:?}"
    );
}

/// Nothing that can be known before is found out later.
#[test]
fn a_file_that_everybody_may_read_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "http://127.0.0.1:9", &json!([]));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let data = tempfile::tempdir().unwrap();
    let data = data.path().join("none");
    operator(&data, &["--listen", "127.0.0.1:0", "--sign-on", &path]).failed(1, &["chmod 640"]);
    assert!(!data.exists(), "nothing was made");
}

/// A5: what a provider says is believed over TLS by an authority that this machine trusts, and
/// nothing of it otherwise. `check` says so before anybody signs on.
#[tokio::test(flavor = "multi_thread")]
async fn a5_a_provider_is_believed_by_its_certificate() {
    let certificates = Certificates::good_for(2);
    let liar = Liar::start_with(Some(&certificates));
    let trusted = certificates.file("ca.pem");
    let trusts = [("SSL_CERT_FILE", trusted.to_str().unwrap())];
    let check = |env: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), &liar.url, &json!([]));
        operator_with(folder.path(), env, &["check", "--sign-on", &path])
    };

    let signing = Signing::trusting(&liar, &json!([]), &trusts);
    let went = signing.signs_on(&liar, &ed(), &json!({})).await;
    assert!(went.token().is_some(), "{}", went.to);
    let said = check(&trusts).done();
    assert!(said.contains("sign-on  1 provider there"), "{said}");

    let signing = Signing::with(&liar, &json!([]));
    signing
        .get(BEGIN, "")
        .await
        .is_refused("an authority of nobody's", "sign_on_unavailable");
    let said = check(&[]);
    assert_eq!(said.code, 1, "{said:?}");
    for words in [&liar.url, "UnknownIssuer", "sign in with codes"] {
        assert!(said.out.contains(words), "{said:?}");
    }
}
