//! Who is asking (A5): enrolment codes, cookies, origins, forged and expired tokens, sign-out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use futures_util::future::join_all;
use jiff::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::id::{CredentialId, DistrictId, Principal};
use lockstep_proto::route::{Method, Name};
use lockstep_server::app::operator;
use lockstep_server::auth::{Auth, Tokens};
use lockstep_server::clock::{Clock, SystemClock};
use lockstep_server::journal::sqlite::SqliteJournal;
use lockstep_server::journal::{Credential, Journal};
use lockstep_server::keys::Keys;
use lockstep_tests::{Foreign, Http, PATIENCE, Server, as_secrets, connect};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;

use crate::{ADMIN, NORTH, TEACHER, Wire, asked, command, frame, of};

const DISTRICT: &str = "maple-valley";
const HOUR: i64 = 3_600;

fn keys(server: &Server) -> Keys {
    Keys::open(&server.data().join("keys")).unwrap()
}

fn now_s() -> i64 {
    SystemClock.now().as_second()
}

/// A sign-in of somebody that runs out in so many seconds, or did so long ago, made with the
/// server's own key.
pub(crate) fn minted(server: &Server, who: &str, lives_s: i64) -> String {
    let id = format!("c-{}", uuid::Uuid::new_v4().simple());
    minted_as(server, who, &id, lives_s)
}

fn minted_as(server: &Server, who: &str, id: &str, lives_s: i64) -> String {
    let credential = Credential {
        id: CredentialId::new(id).unwrap(),
        district: DistrictId::new(DISTRICT).unwrap(),
        principal: who.parse().unwrap(),
        made_at: Timestamp::UNIX_EPOCH,
        revoked_at: None,
    };
    let made_at = Timestamp::from_second(now_s() + lives_s - 12 * HOUR).unwrap();
    Tokens::new(&keys(server))
        .issue(&credential, made_at)
        .unwrap()
        .0
}

/// What a token says.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token");
    serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap()
}

/// What an answer was.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The one cookie that it sets.
    fn cookie(&self) -> &str {
        let mut all = self.headers.get_all("set-cookie").iter();
        let cookie = all.next().expect("a cookie").to_str().unwrap();
        assert!(all.next().is_none());
        cookie
    }
}

/// Asks for something as it is.
async fn ask(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Answer {
    let method = method.parse().unwrap();
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let mut request = client.request(method, format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answer {
        status,
        headers,
        body,
    }
}

async fn sign_in(server: &Server, code: &str) -> Answer {
    ask(server, "POST", "/v1/sign-in", &[], json!({ "code": code })).await
}

/// A code that an administrator makes.
async fn code_for(server: &Server, who: &str) -> String {
    let reports = who == TEACHER || who.starts_with("device:");
    let pin = (!reports).then_some(lockstep_server::demo::PIN);
    let bearer = format!("Bearer {}", server.token(ADMIN));
    let headers = [("authorization", bearer.as_str())];
    let made = ask(
        server,
        "POST",
        "/v1/codes",
        &headers,
        json!({ "principal": who, "pin": pin }),
    )
    .await;
    assert_eq!(made.status, 200, "{}", made.body);
    made.body["code"].as_str().unwrap().to_owned()
}

/// A new sign-in of somebody.
async fn enrolled(server: &Server, who: &str) -> String {
    let answer = sign_in(server, &code_for(server, who).await).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["token"].as_str().unwrap().to_owned()
}

/// What an upgrade with this token is refused with.
async fn upgrade(server: &Server, token: &str) -> (u16, String) {
    match connect(&server.url, token).await {
        Ok(_) => (101, String::new()),
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let code = body["code"].as_str().unwrap_or_default().to_owned();
            (response.status().as_u16(), code)
        }
        Err(error) => panic!("a refusal, not {error}"),
    }
}

/// A5: an enrolment code is good once, for its own principal, however it is typed.
#[tokio::test]
async fn a5_a_code_works_once() {
    let server = Server::start();
    let code = code_for(&server, TEACHER).await;
    let typed = code.to_lowercase().replace('-', " ");
    let first = sign_in(&server, &typed).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.body["you"]["principal"], TEACHER);
    let token = first.body["token"].as_str().unwrap();
    let (status, me) = Http::with(&server.url, token).get("/v1/me").await;
    assert_eq!((status, &me["principal"]), (200, &json!(TEACHER)));
    assert!(
        first.headers.get("set-cookie").is_none(),
        "a program is given no cookie"
    );
    for again in [typed.as_str(), code.as_str(), "AAAAA-AAAAA", ""] {
        let answer = sign_in(&server, again).await;
        assert_eq!(answer.code(), (401, "code_unknown"), "{again:?}");
    }
    // Twenty at once with one code: one of them is in.
    let code = code_for(&server, TEACHER).await;
    let all = join_all((0..20).map(|_| sign_in(&server, &code))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(!server.log().contains(&code));
}

/// A clock of the past.
struct Past(i64);

impl Clock for Past {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(now_s() - self.0).unwrap()
    }
}

/// A code that somebody made so many seconds ago, to work for fifteen minutes.
async fn code_made_ago(server: &Server, ago_s: i64) -> String {
    let past = Arc::new(Past(ago_s));
    let file = server.data().join("journal.sqlite");
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(file, past.clone()).unwrap());
    let auth = Auth::new(journal, past, &keys(server));
    let (district, teacher) = (
        DistrictId::new(DISTRICT).unwrap(),
        TEACHER.parse::<Principal>(),
    );
    let made = auth
        .make_code_as(&district, &teacher.unwrap(), 15, &operator())
        .await;
    made.unwrap().0
}

/// A5: a code works for minutes.
#[tokio::test]
async fn a5_a_code_runs_out() {
    let server = Server::start();
    let old = code_made_ago(&server, 15 * 60 + 1).await;
    assert_eq!(sign_in(&server, &old).await.code(), (401, "code_unknown"));
    let nearly = code_made_ago(&server, 14 * 60).await;
    assert_eq!(sign_in(&server, &nearly).await.status, 200);
}

/// A5, invariant 12: who sends wrong codes waits for each answer, and nobody waits for them: a right code
/// among hundreds is let in, and raising does not notice.
#[tokio::test]
async fn a5_wrong_codes_hold_up_nobody() {
    let server = Server::start();
    let code = code_for(&server, TEACHER).await;
    let client = reqwest::Client::new();
    let try_code = |code: String| {
        let request = client.post(format!("{}/v1/sign-in", server.url));
        let sent = request.json(&json!({ "code": code })).send();
        let since = Instant::now();
        async move {
            let status = sent.await.expect("an answer").status().as_u16();
            (status, since.elapsed())
        }
    };
    let admin = of(&server, ADMIN);
    let since = Instant::now();
    let wrong = join_all((0..400).map(|number| try_code(format!("WRONG-{number:05}"))));
    let right = try_code(code.clone());
    let call = asked(json!({ "name": "call_lock_down" }));
    let raise = async {
        let raised = admin.send(NORTH, &call).await.accepted();
        assert!(raised.holds.is_durable());
        since.elapsed()
    };
    let (wrong, (status, let_in), raised) = tokio::join!(wrong, right, raise);
    println!("a right code among 400 wrong ones: {let_in:?}; a raise beside them: {raised:?}");
    assert_eq!(status, 200);
    for (status, took) in wrong {
        assert_eq!(status, 401);
        assert!(took >= Duration::from_secs(1), "{took:?}");
    }
    assert!(let_in < Duration::from_secs(3), "{let_in:?}");
    assert!(raised < Duration::from_secs(1), "{raised:?}");
}

/// A3, A4: a teacher's code and a display's wait for nothing. With anybody else's their sign-in would be
/// there for whoever comes to a desk that was left open: it takes the maker's proof.
#[tokio::test]
async fn a4_a_code_for_whoever_decides_takes_its_makers_proof() {
    let server = Server::start();
    for (maker, decide) in [
        (ADMIN, ["person:sam.cole", ADMIN]),
        (
            "person:dana.lind",
            ["person:kim.ortega", "person:pat.moore"],
        ),
    ] {
        let bearer = format!("Bearer {}", server.token(maker));
        let headers = [("authorization", bearer.as_str())];
        let make = async |who: &str, pin: Option<&str>| {
            let body = json!({ "principal": who, "pin": pin });
            ask(&server, "POST", "/v1/codes", &headers, body).await
        };
        for free in [TEACHER, "person:walt.dunn", "device:north-n101"] {
            assert_eq!(make(free, None).await.status, 200, "{free}");
        }
        for who in decide {
            assert_eq!(make(who, None).await.code(), (403, "proof_needed"), "{who}");
            assert_eq!(make(who, Some("1357")).await.code(), (403, "proof_wrong"));
            assert_eq!(
                make(who, Some(lockstep_server::demo::PIN)).await.status,
                200
            );
        }
    }
}

/// A4, invariant 12: as many PINs at once as somebody can send are no more tries than five, take no more
/// memory than two, and hold up no raise.
#[tokio::test]
async fn a4_two_hundred_pins_at_once_are_five_tries() {
    let server = Server::start();
    let (sam, ana) = (of(&server, "person:sam.cole"), of(&server, ADMIN));
    let call = || asked(json!({ "name": "call_lock_down" }));
    ana.send(NORTH, &call()).await.accepted();
    // Where no campus slows anybody down.
    let (client, token) = (reqwest::Client::new(), server.token("person:sam.cole"));
    let since = Instant::now();
    let tried = join_all((0..200).map(|n| {
        let request = client.post(format!("{}/v1/passkeys/begin", server.url));
        let pin = json!({ "pin": format!("1{n:03}") });
        let sent = request.bearer_auth(&token).json(&pin).send();
        async move { sent.await.unwrap().json::<Value>().await.unwrap() }
    }));
    let raise = async {
        ana.send(NORTH, &call()).await.accepted();
        since.elapsed()
    };
    let (tried, raised) = tokio::join!(tried, raise);
    println!(
        "200 PINs at once took {:?}; a raise beside them {raised:?}",
        since.elapsed()
    );
    let count = |code: &str| tried.iter().filter(|one| one["code"] == code).count();
    assert_eq!((count("proof_wrong"), count("proof_throttled")), (5, 195));
    assert!(raised < Duration::from_secs(1), "{raised:?}");
    // The right one waits as well, and lowers nothing meanwhile.
    let screen = sam.screen(NORTH).await;
    let clear = sam.all_clear(NORTH, &screen, Some("They are gone")).await;
    assert_eq!(clear.refused(), Code::ProofThrottled);
}

/// A display hangs where it hangs: it is enrolled once for a school year. A person's telephone of last week is
/// no sign-in any more.
#[tokio::test]
async fn a5_a_display_stays_signed_in_and_a_telephone_of_last_week_does_not() {
    let server = Server::start();
    let day = 24 * HOUR;
    for (who, lasts) in [("device:north-n101", 395 * day), (TEACHER, 12 * HOUR)] {
        let body = json!({ "code": code_for(&server, who).await, "face": "classroom" });
        let made = ask(&server, "POST", "/v1/sign-in", &[], body).await;
        let until: Timestamp = made.body["expires_at"].as_str().unwrap().parse().unwrap();
        let left = until.as_second() - now_s();
        assert!((lasts - 60..=lasts).contains(&left), "{who}: {left} s");
        let kept = format!("Max-Age={};", lasts + 12 * HOUR);
        assert!(made.cookie().contains(&kept), "{}", made.cookie());
    }
}

/// Who uses a sign-in is not signed out in the middle of an incident of eight hours. It stays one
/// sign-in: what ran out or is switched off goes on by no way.
#[tokio::test]
async fn a5_a_sign_in_that_is_used_goes_on() {
    let server = Server::start();
    let goes_on = async |path: &str, headers: &[(&str, &str)]| {
        ask(&server, "PUT", path, headers, Value::Null).await
    };
    let with = async |token: &str| {
        let bearer = format!("Bearer {token}");
        goes_on("/v1/sign-in", &[("authorization", &bearer)]).await
    };
    let old = minted(&server, ADMIN, HOUR / 2);
    let made = with(&old).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let token = made.body["token"].as_str().unwrap();
    let (was, is) = (claims(&old), claims(token));
    for same in ["jti", "sub", "iat", "district"] {
        assert_eq!(was[same], is[same], "{same}");
    }
    let left = is["exp"].as_i64().unwrap() - now_s();
    assert!((12 * HOUR - 60..=12 * HOUR).contains(&left), "{left} s");
    // It has all that it gets, and so has a display's.
    assert_eq!(with(token).await.status, 204);
    assert_eq!(with(&server.token("device:north-n101")).await.status, 204);
    // A page's stays in its cookie.
    let cookie = format!("__Host-lockstep-command={old}");
    let page = goes_on("/v1/sign-in?face=command", &[("cookie", &cookie)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.get("token").is_none(), "no script reads it");
    assert!(
        page.cookie().contains("Max-Age=86400;"),
        "{}",
        page.cookie()
    );
    // One that has run out raises for twelve hours, and does not go on.
    let ran_out = with(&minted(&server, ADMIN, -1)).await;
    assert_eq!(ran_out.code(), (401, "sign_in_expired"));
    // What is switched off is off with every token that it was given.
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let out = ask(&server, "DELETE", "/v1/sign-in", &headers, Value::Null).await;
    assert_eq!(out.status, 204);
    for token in [&old, token] {
        assert_eq!(with(token).await.code(), (401, "revoked"));
    }
}

/// A browser's token is a cookie that no script reads and that no other site sends.
#[tokio::test]
async fn a_browsers_token_is_a_cookie_for_nobody_else() {
    let server = Server::start();
    for face in ["classroom", "command", "officer", "board"] {
        let body = json!({ "code": code_for(&server, ADMIN).await, "face": face });
        let made = ask(&server, "POST", "/v1/sign-in", &[], body).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert!(made.body.get("token").is_none(), "no script reads it");
        let cookie = made.cookie();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let mut attributes: Vec<&str> = attributes.split("; ").collect();
        attributes.sort_unstable();
        // Twelve hours live and twelve forgiven. `Secure` on loopback too: browsers count
        // 127.0.0.1 as secure, and nothing else is served without TLS.
        let wanted = [
            "HttpOnly",
            "Max-Age=86400",
            "Path=/",
            "SameSite=Strict",
            "Secure",
        ];
        assert_eq!(attributes, wanted);
        assert!(
            pair.starts_with(&format!("__Host-lockstep-{face}=")),
            "{pair}"
        );

        // It is that face's and no other's, and never a page's of another site.
        let me = format!("/v1/me?face={face}");
        let with = [("cookie", pair)];
        assert_eq!(
            ask(&server, "GET", &me, &with, Value::Null).await.status,
            200
        );
        let other = if face == "board" { "command" } else { "board" };
        let other = ask(
            &server,
            "GET",
            &format!("/v1/me?face={other}"),
            &with,
            Value::Null,
        )
        .await;
        assert_eq!(other.code(), (401, "not_signed_in"));
        let none = ask(&server, "GET", "/v1/me", &with, Value::Null).await;
        assert_eq!(none.code(), (401, "not_signed_in"));

        // Signing out takes it back.
        let out = format!("/v1/sign-in?face={face}");
        let out = ask(&server, "DELETE", &out, &with, Value::Null).await;
        assert_eq!(out.status, 204);
        let empty = format!("__Host-lockstep-{face}=; ");
        assert!(out.cookie().starts_with(&empty) && out.cookie().contains("Max-Age=0;"));
        let after = ask(&server, "GET", &me, &with, Value::Null).await;
        assert_eq!(after.code(), (401, "revoked"));
    }
}

/// A request of another site's page is refused, whatever it asks and however it is signed in;
/// the exact own origin is not.
#[tokio::test]
async fn another_sites_page_is_refused_on_every_route() {
    let server = Server::start();
    let bearer = format!("Bearer {}", server.token(ADMIN));
    let call = json!(asked(json!({ "name": "call_lock_down" })));
    let commands = format!("/v1/campuses/{NORTH}/commands");
    let own = server.url.clone();
    let near = format!("{own}.evil.example");
    let port = "http://127.0.0.1:1".to_owned();
    for (method, path, body) in [
        ("POST", commands.as_str(), call.clone()),
        ("POST", "/v1/sign-in", json!({ "code": "AAAAA-AAAAA" })),
        ("POST", "/v1/codes", json!({ "principal": TEACHER })),
        ("GET", "/v1/me", Value::Null),
        ("PUT", "/v1/sign-in", Value::Null),
        ("DELETE", "/v1/sign-in", Value::Null),
    ] {
        for origin in ["https://evil.example", "null", &near, &port] {
            let headers = [("authorization", bearer.as_str()), ("origin", origin)];
            let refused = ask(&server, method, path, &headers, body.clone()).await;
            assert_eq!(
                refused.code(),
                (403, "wrong_origin"),
                "{method} {path} {origin}"
            );
        }
    }
    assert_eq!(of(&server, ADMIN).screen(NORTH).await.shows(), []);
    let headers = [("authorization", bearer.as_str()), ("origin", own.as_str())];
    let taken = ask(&server, "POST", &commands, &headers, call).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
}

/// The same of every spelling with which pages of others were let in somewhere, at the socket too.
#[tokio::test]
async fn no_spelling_of_our_origin_but_our_own_is_ours() {
    let hostile = include_str!("../fixtures/hostile-origins.json");
    let hostile: Vec<String> = serde_json::from_str(hostile).unwrap();
    // Space around a value is none of its own.
    let hostile = hostile.iter().filter(|bad| bad.trim() == *bad);
    let server = Server::start();
    let bearer = format!("Bearer {}", server.token(ADMIN));
    let call = json!(asked(json!({ "name": "call_lock_down" })));
    let commands = format!("/v1/campuses/{NORTH}/commands");
    let answer = async |method, path, origin: &str, body: &Value| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("host", "lockstep.school.example:7117"),
            ("origin", origin),
        ];
        ask(&server, method, path, &headers, body.clone()).await
    };
    for origin in hostile {
        for (method, path, body) in [
            ("POST", commands.as_str(), &call),
            ("GET", "/v1/me", &Value::Null),
            ("GET", "/v1/ws", &Value::Null),
        ] {
            let refused = answer(method, path, origin, body).await;
            let shown = format!("{method} {path} {origin:?}");
            assert_eq!(refused.code(), (403, "wrong_origin"), "{shown}");
        }
    }
    assert_eq!(of(&server, ADMIN).screen(NORTH).await.shows(), []);
    let own = "https://lockstep.school.example:7117";
    let me = answer("GET", "/v1/me", own, &Value::Null).await;
    assert_eq!(me.status, 200, "{}", me.body);
    // Ours, and no upgrade.
    let socket = answer("GET", "/v1/ws", own, &Value::Null).await;
    assert_eq!(socket.code(), (400, "bad_frame"));
}

/// A5: signing out reaches what is open within five seconds, and nobody else's.
#[tokio::test]
async fn a5_a_sign_in_that_is_switched_off_closes_its_sockets() {
    let server = Server::start();
    let (gone, stays) = (
        enrolled(&server, ADMIN).await,
        enrolled(&server, ADMIN).await,
    );
    let mut closes = Wire::with(&server.url, &gone).await;
    let mut open = Wire::with(&server.url, &stays).await;
    for wire in [&mut closes, &mut open] {
        wire.subscribe(&[NORTH]).await;
        wire.until("pulse").await;
    }
    let since = Instant::now();
    let bearer = format!("Bearer {gone}");
    let headers = [("authorization", bearer.as_str())];
    let out = ask(&server, "DELETE", "/v1/sign-in", &headers, Value::Null).await;
    assert_eq!(out.status, 204);
    assert_eq!(closes.closed().await, 4500);
    println!("signed out: closed after {:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(5));

    // It never raises again, by no way and with no forgiveness.
    let http = Http::with(&server.url, &gone);
    let threat = || command(json!({ "name": "report_threat" }));
    assert_eq!(http.give(NORTH, threat()).await.refused(), Code::Revoked);
    assert_eq!(upgrade(&server, &gone).await, (401, "revoked".to_owned()));
    let id = claims(&gone)["jti"].as_str().unwrap().to_owned();
    for lives_s in [HOUR, -HOUR] {
        let again = Http::with(&server.url, &minted_as(&server, ADMIN, &id, lives_s));
        assert_eq!(again.give(NORTH, threat()).await.refused(), Code::Revoked);
    }
    // So does one of which the journal has no row, as after a restore.
    let unknown = minted(&server, ADMIN, HOUR);
    let bearer = format!("Bearer {unknown}");
    let headers = [("authorization", bearer.as_str())];
    let mut wire = Wire::with(&server.url, &unknown).await;
    wire.subscribe(&[NORTH]).await;
    wire.until("pulse").await;
    let out = ask(&server, "DELETE", "/v1/sign-in", &headers, Value::Null).await;
    assert_eq!(out.status, 204);
    assert_eq!(wire.closed().await, 4500);
    let http = Http::with(&server.url, &unknown);
    assert_eq!(http.give(NORTH, threat()).await.refused(), Code::Revoked);
    // The other one has noticed nothing.
    let call = asked(json!({ "name": "call_lock_down" }));
    open.say(frame(NORTH, &call)).await;
    assert_eq!(open.until("accepted").await["id"], json!(call.id));

    // Switched off by another process, as an operator does.
    let since = Instant::now();
    let file = server.data().join("journal.sqlite");
    let journal = SqliteJournal::open(file, Arc::new(SystemClock)).unwrap();
    let id = CredentialId::new(claims(&stays)["jti"].as_str().unwrap()).unwrap();
    let district = DistrictId::new(DISTRICT).unwrap();
    use lockstep_server::journal::DirectoryStore as _;
    let row = journal.credential(&district, &id).await.unwrap().unwrap();
    let stood = journal.revoke(&row, &operator(), SystemClock.now()).await;
    assert!(stood.unwrap());
    assert_eq!(open.closed().await, 4500);
    println!("switched off elsewhere: closed after {:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(5));
}

/// A token of these parts.
fn token(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = BASE64.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The same object with something else in one place, or without it.
fn with(object: &Value, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    let map = object.as_object_mut().unwrap();
    if value.is_null() {
        map.remove(key);
    } else {
        map.insert(key.to_owned(), value);
    }
    object
}

/// A5: only what this server's own key signed, as it signs, is a sign-in. Each forgery is
/// refused with its code, over HTTP and on upgrade.
#[tokio::test]
async fn a5_a_forged_token_is_refused_whatever_was_done_to_it() {
    let server = Server::start();
    let seed = keys(&server).derive("token", "");
    let ours = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let theirs = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let public = ours.public_key().as_ref().to_vec();
    let their_public = BASE64.encode(theirs.public_key().as_ref());
    let own = |bytes: &[u8]| ours.sign(bytes).as_ref().to_vec();
    let foreign = |bytes: &[u8]| theirs.sign(bytes).as_ref().to_vec();
    let none = |_: &[u8]| Vec::new();
    let hmac = |bytes: &[u8]| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), bytes)
            .as_ref()
            .to_vec()
    };
    let header = json!({ "alg": "EdDSA", "typ": "lockstep-sign-in+jwt" });
    let alg = |alg: &str| with(&header, "alg", json!(alg));
    let say = |key: &str, value: Value| with(&header, key, value);
    let good = json!({
        "iss": "lockstep", "aud": "lockstep", "sub": ADMIN, "jti": "c-1", "district": DISTRICT,
        "iat": now_s(), "exp": now_s() + HOUR,
    });
    let claim = |key: &str, value: Value| with(&good, key, value);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": their_public });

    // Made by these very means, the right one is taken: nothing below fails for another reason.
    let right = token(&header, &good, own);
    assert_eq!(Http::with(&server.url, &right).get("/v1/me").await.0, 200);
    assert_eq!(upgrade(&server, &right).await.0, 101);

    let (signed, signature) = right.rsplit_once('.').unwrap();
    let director = BASE64.encode(claim("sub", json!("person:dana.lind")).to_string());
    let forged = [
        ("no algorithm", token(&alg("none"), &good, none)),
        ("no algorithm, signed", token(&alg("none"), &good, own)),
        (
            "no algorithm, otherwise spelled",
            token(&alg("nOnE"), &good, none),
        ),
        (
            "HMAC under the public key",
            token(&alg("HS256"), &good, hmac),
        ),
        ("HMAC, called EdDSA", token(&header, &good, hmac)),
        ("another algorithm's name", token(&alg("ES256"), &good, own)),
        ("another key", token(&header, &good, foreign)),
        (
            "another key, brought along",
            token(&say("jwk", jwk.clone()), &good, foreign),
        ),
        (
            "another key, at an address",
            token(&say("jku", json!("http://127.0.0.1:1/k")), &good, foreign),
        ),
        (
            "another key, at a certificate",
            token(&say("x5u", json!("http://127.0.0.1:1/k")), &good, foreign),
        ),
        (
            "another key, by a path",
            token(&say("kid", json!("../../../../dev/null")), &good, foreign),
        ),
        (
            "an empty key, by a path",
            token(&say("kid", json!("/dev/null")), &good, none),
        ),
        ("no signature", format!("{signed}.")),
        ("no signature part", signed.to_owned()),
        ("half a signature", format!("{signed}.{}", &signature[..40])),
        ("a part too many", format!("{right}.{signature}")),
        (
            "other claims",
            format!(
                "{}.{director}.{signature}",
                right.split('.').next().unwrap()
            ),
        ),
        ("no type", token(&say("typ", Value::Null), &good, own)),
        ("another type", token(&say("typ", json!("JWT")), &good, own)),
        (
            "another issuer",
            token(&header, &claim("iss", json!("elsewhere")), own),
        ),
        ("no issuer", token(&header, &claim("iss", Value::Null), own)),
        (
            "another audience",
            token(&header, &claim("aud", json!("elsewhere")), own),
        ),
        (
            "several audiences",
            token(&header, &claim("aud", json!(["lockstep", "x"])), own),
        ),
        (
            "no audience",
            token(&header, &claim("aud", Value::Null), own),
        ),
        ("no expiry", token(&header, &claim("exp", Value::Null), own)),
        (
            "an expiry in words",
            token(&header, &claim("exp", json!("never")), own),
        ),
        (
            "a negative expiry",
            token(&header, &claim("exp", json!(-1)), own),
        ),
        (
            "no sign-in",
            token(&header, &claim("jti", Value::Null), own),
        ),
        ("a role", token(&header, &claim("role", json!("sro")), own)),
        (
            "another district",
            token(&header, &claim("district", json!("elsewhere")), own),
        ),
        (
            "no person",
            token(&header, &claim("sub", json!("ana.ruiz")), own),
        ),
    ];
    // Where the keys of others would be had.
    let there = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    there.set_nonblocking(true).unwrap();
    let address = format!("http://{}/keys", there.local_addr().unwrap());
    let mut forged = forged.to_vec();
    for foreign in Foreign::all() {
        for (how, header) in foreign.brought("lockstep-sign-in+jwt", &address) {
            forged.push((how, token(&header, &good, |bytes| foreign.sign(bytes))));
        }
    }
    for (what, secret) in as_secrets(&public) {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let sign = |bytes: &[u8]| hmac::sign(&secret, bytes).as_ref().to_vec();
        forged.push((what, token(&alg("HS256"), &good, sign)));
    }
    for (what, token) in &forged {
        // One that is too long is refused before it is looked at.
        assert!(token.len() < 2_048, "{what}");
        assert_eq!(
            upgrade(&server, token).await,
            (401, "not_signed_in".to_owned()),
            "{what}"
        );
        let (status, body) = Http::with(&server.url, token).get("/v1/me").await;
        assert_eq!(
            (status, &body["code"]),
            (401, &json!("not_signed_in")),
            "{what}"
        );
    }
    // Signed by us, and for nobody that the directory has.
    for who in ["operator", "person:nobody", "device:nowhere"] {
        let token = token(&header, &claim("sub", json!(who)), own);
        assert_eq!(
            upgrade(&server, &token).await,
            (401, "revoked".to_owned()),
            "{who}"
        );
    }
    for exp in [now_s() - 24 * HOUR, 0] {
        let token = token(&header, &claim("exp", json!(exp)), own);
        assert_eq!(upgrade(&server, &token).await.1, "sign_in_expired", "{exp}");
    }
    let asked = there.accept().map_err(|why| why.kind());
    assert_eq!(asked.err(), Some(std::io::ErrorKind::WouldBlock));
    println!("{} forgeries were refused", forged.len());
    let log = server.log();
    assert!(
        !log.contains(signature) && !log.contains("panicked"),
        "{log}"
    );
}

/// P2, A4: what an expired sign-in reads on any route is what a room reads.
#[tokio::test]
async fn p2_an_expired_sign_in_reads_as_a_room_on_every_route() {
    let server = Server::start();
    for who in [crate::ADMIN, "person:sam.cole", "person:dana.lind"] {
        let token = minted(&server, who, -HOUR);
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        for name in Name::ALL {
            let route = name.route();
            if !route.signed_in || route.method != Method::Get {
                continue;
            }
            let path = route.path.replace("{campus}", NORTH);
            let parts = path.split('/').map(|part| match part {
                "{room}" => "n101",
                part if part.starts_with('{') => "1",
                part => part,
            });
            let path = parts.collect::<Vec<_>>().join("/");
            let asked = ask(&server, "GET", &path, &headers, Value::Null).await;
            let (status, code) = asked.code();
            let as_a_room = matches!(name, Name::Me | Name::Keys | Name::Campuses | Name::Campus);
            assert_eq!(status == 200, as_a_room, "{who}: {path}: {status} {code}");
        }
    }
}

/// P2, A4: for twelve hours an expired sign-in raises, reports and reads as a room does. It
/// never lowers.
#[tokio::test]
async fn p2_an_expired_sign_in_raises_for_twelve_hours_and_never_lowers() {
    let server = Server::start();
    for expired_s in [1, 12 * HOUR - 60] {
        let token = minted(&server, "person:sam.cole", -expired_s);
        let http = Http::with(&server.url, &token);
        let call = json!({ "name": "call_lock_down", "reason": "seen from the gate" });
        let call = http.give(NORTH, command(call)).await.accepted();
        assert!(call.holds.is_durable());
        let arrived = http.give(NORTH, command(json!({ "name": "arrive" }))).await;
        assert!(arrived.accepted().holds.is_durable());

        // It reads as a room: no reason, no names, no rooms.
        let screen = http.screen(NORTH).await;
        assert!(screen.shows().contains(&call.fact));
        let shown = serde_json::to_string(&screen.cards).unwrap();
        for word in [
            "seen from the gate",
            "Sam Cole",
            "\"presence\"",
            "\"room\"",
            "\"zone\"",
        ] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
        let (status, _) = http.get(&format!("/v1/campuses/{NORTH}/timeline")).await;
        assert_eq!(status, 403);
        let mut socket = connect(&server.url, &token).await.unwrap();
        let welcome = timeout(PATIENCE, futures_util::StreamExt::next(&mut socket)).await;
        let welcome = welcome.unwrap().unwrap().unwrap();
        let welcome: Value = serde_json::from_str(welcome.to_text().unwrap()).unwrap();
        let you = &welcome["you"];
        assert_eq!(
            (&you["standing"], &you["audience"]),
            (&json!("forgiven"), &json!("room"))
        );

        let seen = screen.position.unwrap();
        let lifts = screen.open_raises();
        for lowers in [
            json!({ "name": "give_all_clear", "lifts": lifts, "seen": seen, "override_reason": "x" }),
            json!({ "name": "start_sweep" }),
            json!({ "name": "clear_zone", "zone": "a-wing" }),
            json!({ "name": "end_controlled_movement", "lifts": lifts, "seen": seen }),
            json!({ "name": "resume", "lifts": lifts, "seen": seen }),
        ] {
            let refused = http.give(NORTH, command(lowers.clone())).await.refused();
            assert_eq!(refused, Code::SignInExpired, "{lowers}");
        }
        // Theirs or another role's: none of it is done.
        for lowers in [
            json!({ "name": "propose_lift", "statement": "I do", "lifts": lifts, "seen": seen }),
            json!({ "name": "confirm_lift", "proposal": lifts[0], "lifts": lifts, "seen": seen }),
            json!({ "name": "open_room", "room": "n101" }),
            json!({ "name": "withdraw_not_clear", "not_clear": lifts[0] }),
            json!({ "name": "set_aside_not_clear", "not_clear": lifts[0], "reason": "x" }),
            json!({ "name": "set_aside_objection", "objection": lifts[0], "reason": "x" }),
            json!({ "name": "start_drill", "kind": "lock_down" }),
            json!({ "name": "close_incident", "reason": "x" }),
        ] {
            let refused = http.give(NORTH, command(lowers.clone())).await.refused();
            assert!(
                matches!(refused, Code::SignInExpired | Code::NotAllowed),
                "{lowers}: {refused:?}"
            );
        }
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let body = json!({ "principal": TEACHER });
        let admin = ask(&server, "POST", "/v1/codes", &headers, body).await;
        assert_eq!(admin.code(), (401, "sign_in_expired"));
    }
    // Beyond that it is good for nothing.
    let token = minted(&server, "person:sam.cole", -12 * HOUR - 1);
    let threat = command(json!({ "name": "report_threat" }));
    let refused = Http::with(&server.url, &token)
        .give(NORTH, threat)
        .await
        .refused();
    assert_eq!(refused, Code::SignInExpired);
    assert_eq!(
        upgrade(&server, &token).await,
        (401, "sign_in_expired".to_owned())
    );
}

/// P2, A4: a sign-in that runs out on an open socket raises on, and lowers no more.
#[tokio::test]
async fn p2_a_socket_whose_sign_in_runs_out_raises_on_and_lowers_no_more() {
    let server = Server::start();
    let token = minted(&server, "person:sam.cole", 2);
    let mut wire = Wire::with(&server.url, &token).await;
    let sweep = asked(json!({ "name": "start_sweep" }));
    wire.say(frame(NORTH, &sweep)).await;
    let live = wire.frame().await;
    assert_ne!(live["refusal"]["code"], "sign_in_expired", "{live}");
    let runs_out = async {
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            tick.tick().await;
            let sweep = asked(json!({ "name": "start_sweep" }));
            wire.say(frame(NORTH, &sweep)).await;
            if wire.frame().await["refusal"]["code"] == "sign_in_expired" {
                return;
            }
        }
    };
    timeout(PATIENCE, runs_out)
        .await
        .expect("refused once it has run out");
    let call = asked(json!({ "name": "call_lock_down" }));
    wire.say(frame(NORTH, &call)).await;
    assert_eq!(wire.until("accepted").await["id"], json!(call.id));
}
