//! Invariant 10 over everything that there is: two districts with the same ids in everything, each
//! with words that are its alone, and each asking every route and by every frame for the other's.

mod asks;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use lockstep_proto::command::Pin;
use lockstep_proto::route::{Body, Method, Name};
use lockstep_tests::{Http, PATIENCE, Redis, Server, connect};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

use crate::passkeys::{Browser, with};
use crate::{NORTH, Wire, asked};
use asks::{Ask, Sent, asks, commands};
use told::{DISPLAY, District, EAST, PEOPLE, Told, WEST, day, everybody, picture};

/// The whole log, of our own crates down to their finest.
const TALKATIVE: (&str, &str) = (
    "RUST_LOG",
    "debug,lockstep_server=trace,lockstep_rules=trace",
);

/// Everything that Redis was ever asked, by anybody.
#[derive(Clone, Default)]
struct Monitor(Arc<Mutex<Vec<u8>>>);

impl Monitor {
    fn of(redis: &Redis) -> Self {
        let monitor = Self::default();
        let mut wire = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
        wire.write_all(b"MONITOR\r\n").unwrap();
        let heard = Arc::clone(&monitor.0);
        let mut began = [0; 5];
        wire.read_exact(&mut began).unwrap();
        assert_eq!(&began, b"+OK\r\n");
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(n @ 1..) = wire.read(&mut some) {
                heard.lock().unwrap().extend_from_slice(&some[..n]);
            }
        });
        monitor
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The districts' own providers, which are not there: their secrets are.
fn sign_on(folder: &Path) -> String {
    let of = |district: &District| {
        json!({ "district": district.id, "issuer": "http://127.0.0.1:9",
            "client_id": "lockstep", "client_secret": format!("{} secret", district.mark),
            "person_claim": "employee_id" })
    };
    let file = folder.join("sign-on.json");
    let settings = json!({ "public_url": "https://lockstep.school.example",
        "providers": [of(&EAST), of(&WEST)] });
    std::fs::write(&file, settings.to_string()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file.to_str().unwrap().to_owned()
}

fn two_districts(redis: &Redis) -> Server {
    let folder = tempdir().unwrap();
    EAST.is_put_into(folder.path());
    WEST.is_put_into(folder.path());
    let sign_on = sign_on(folder.path());
    let url = redis.url();
    let env = [
        TALKATIVE,
        ("LOCKSTEP_SIGN_ON", &sign_on),
        ("LOCKSTEP_REDIS_URL", &url),
    ];
    Server::start_on(folder, &env)
}

/// Fails where any of these words is there, as it is or within base64.
#[track_caller]
fn has_none(what: &str, text: &str, words: &[String]) {
    for word in words {
        assert!(
            !text.contains(word.as_str()),
            "{what} has {word:?}:\n{text}"
        );
    }
}

/// What base64 makes of the middle of a word, wherever it begins in what was encoded.
fn in_base64(word: &str) -> [String; 3] {
    let at = |before: usize| {
        let all = STANDARD.encode([&b"   "[..before], word.as_bytes()].concat());
        let from = if before == 0 { 0 } else { 4 };
        all[from..all.len() - 4].to_owned()
    };
    [at(0), at(1), at(2)]
}

/// What nobody of the other district may get, save what they said themselves.
fn forbidden(other: &Told, asked_with: &str) -> Vec<String> {
    let all = other.secrets.iter().chain(&other.own);
    let all = all.filter(|word| !asked_with.contains(word.as_str()));
    all.cloned().chain(in_base64(&other.secrets[0])).collect()
}

/// An answer, with its headers.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Got {
    fn text(&self) -> String {
        format!(
            "{} {:?}\n{}",
            self.status,
            self.headers,
            String::from_utf8_lossy(&self.body)
        )
    }
}

fn told_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let all = headers.iter().filter(|(name, _)| *name != "date");
    all.map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    })
    .collect()
}

/// Somebody who asks, and is sent nowhere else by an answer.
fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.timeout(PATIENCE).build().unwrap()
}

fn spelt(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

async fn got(
    client: &reqwest::Client,
    server: &Server,
    ask: &Ask,
    headers: &[(&str, String)],
) -> Got {
    let mut request = client.request(spelt(ask.method), format!("{}{}", server.url, ask.path));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request = match &ask.body {
        Sent::Nothing => request,
        Sent::Json(json) => request.json(json),
        Sent::Picture(bytes) => request.body(bytes.clone()),
    };
    let answer = request.send().await.expect("an answer");
    Got {
        status: answer.status().as_u16(),
        headers: told_headers(answer.headers()),
        body: answer.bytes().await.unwrap().to_vec(),
    }
}

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

/// The other's sign-ins as cookies of every face but one.
fn cookies(other: &Told) -> (&'static str, String) {
    let token = &other.tokens["person:ana"];
    (
        "cookie",
        format!("lockstep-command={token}; lockstep-officer={token}; lockstep-classroom={token}"),
    )
}

/// A path that says as which face a browser asks.
fn as_face(ask: &Ask, face: &str) -> String {
    let sign = if ask.path.contains('?') { '&' } else { '?' };
    format!("{}{sign}face={face}", ask.path)
}

/// Refusals that come before anybody looks whose it is: what gets one of them shows no wall.
const BEFORE: [&str; 4] = [
    "bad_frame",
    "version_conflict",
    "proof_throttled",
    "slow_down",
];

/// Fails where a request was refused for another reason than the wall.
#[track_caller]
fn is_of_the_wall(name: Name, what: &str, got: &Got) {
    let answer: Value = serde_json::from_slice(&got.body).unwrap_or_default();
    let code = answer["code"].as_str().unwrap_or_default();
    // Everything is said by one that is a socket.
    if name == Name::Socket {
        return;
    }
    if matches!(name, Name::PutPolicy | Name::BeginPasskey) {
        return assert_eq!(code, "proof_wrong", "{what}");
    }
    // Of a person whose campus the directory does not have, a director is told that it cannot be.
    let is_so = name == Name::ChangeDirectory && code == "bad_frame";
    assert!(is_so || !BEFORE.contains(&code), "{what}: {answer}");
}

/// Asks every route as everybody of one district for what is the other's: how many answers.
async fn ask_everything(server: &Server, own: &Told, other: &Told) -> usize {
    let client = client();
    let mut answers = 0;
    for name in Name::ALL {
        for mut ask in asks(*name, own, other) {
            let plain = ask.path.clone();
            let sent = match &ask.body {
                Sent::Json(json) => format!("{plain} {json}"),
                Sent::Nothing | Sent::Picture(_) => plain.clone(),
            };
            let words = forbidden(other, &sent);
            if name.route().signed_in {
                // Under a wrong face its cookie is none.
                ask.path = as_face(&ask, "board");
            }
            let got_by_nobody = got(&client, server, &ask, &[cookies(other)]).await;
            let mut text = got_by_nobody.text();
            if *name == Name::SignOns {
                // Who is not signed in yet chooses by the name of their district, and by nothing else.
                text = text.replace(&format!("\"District {}\"", other.secrets[0]), "");
            }
            has_none(&format!("{name:?}: nobody: {sent}"), &text, &words);
            answers += 1;
            if !name.route().signed_in {
                continue;
            }
            assert_eq!(got_by_nobody.status, 401, "{name:?} {text}");
            if *name == Name::SignOut {
                // One's own would be gone.
                continue;
            }
            for (who, token) in &own.tokens {
                // What a browser brings besides changes nothing of who somebody is.
                ask.path = plain.clone();
                ask.path = as_face(&ask, "command");
                let host = Browser::of(server, token).host;
                let headers = [bearer(token), cookies(other), ("host", host)];
                let got = got(&client, server, &ask, &headers).await;
                let what = format!("{name:?}: {who} of {}: {sent}", own.id);
                has_none(&what, &got.text(), &words);
                is_of_the_wall(*name, &what, &got);
                answers += 1;
            }
        }
    }
    answers
}

/// Somebody who listens from before it all begins until a fact of their own is there.
fn listens(url: &str, token: &str, until: &Arc<Mutex<String>>) -> JoinHandle<Vec<String>> {
    let (url, token, until) = (url.to_owned(), token.to_owned(), Arc::clone(until));
    tokio::spawn(async move {
        let mut socket = connect(&url, &token).await.unwrap();
        let subscribe = json!({ "type": "subscribe", "campuses": [{ "campus": NORTH }] });
        futures_util::SinkExt::send(&mut socket, Message::text(subscribe.to_string()))
            .await
            .unwrap();
        let mut heard = Vec::new();
        loop {
            let next = timeout(PATIENCE, socket.next())
                .await
                .expect("a frame in time");
            let text = match next {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => panic!("a connection ended"),
            };
            heard.push(text.to_string());
            let last = until.lock().unwrap().clone();
            if !last.is_empty() && heard.iter().rev().any(|frame| frame.contains(&last)) {
                return heard;
            }
        }
    })
}

/// Commands that need a fresh proof (A4), which takes its time.
const PROVEN: [&str; 4] = [
    "propose_lift",
    "confirm_lift",
    "give_all_clear",
    "give_drill_all_clear",
];

/// Hears on until a command is answered.
async fn answered(wire: &mut Wire, id: &str, heard: &mut Vec<String>) -> Value {
    loop {
        let frame = wire.frame().await;
        heard.push(frame.to_string());
        if frame["id"] == id {
            return frame;
        }
    }
}

/// Says everything by a socket that names what is the other's, as somebody of one district.
async fn say_everything(server: &Server, own: &Told, other: &Told, who: &str) -> usize {
    let mut wire = Wire::with(&server.url, &own.tokens[who]).await;
    let screen = &other.screen;
    let subscribe = json!({ "type": "subscribe", "campuses": [
        { "campus": NORTH, "after": screen.position, "shows": screen.shows(), "sealed": other.sealed },
        { "campus": format!("{}-only", other.id), "after": screen.position },
    ] });
    let receipt = json!({ "type": "receipt", "campus": NORTH, "stage": "displayed",
        "through": screen.position, "also": screen.shows() });
    wire.say(subscribe.to_string()).await;
    wire.say(receipt.to_string()).await;
    let mut heard = Vec::new();
    let mut pairs = Vec::new();
    for (theirs, never) in commands(other, true)
        .into_iter()
        .zip(commands(other, false))
    {
        let mut pair = Vec::new();
        for command in [theirs, never] {
            let id = Uuid::now_v7().to_string();
            let mut request = json!({ "id": id, "command": command });
            if PROVEN.iter().any(|name| command["name"] == *name) {
                request["pin"] = json!(own.pin);
            }
            let frame = json!({ "type": "command", "campus": NORTH, "request": request });
            wire.say(frame.to_string()).await;
            let answer = timeout(PATIENCE, answered(&mut wire, &id, &mut heard)).await;
            pair.push((command.to_string(), answer.expect("an answer in time")));
        }
        pairs.push(pair);
    }
    let named: String = pairs
        .iter()
        .flatten()
        .map(|(command, _)| command.as_str())
        .collect();
    let words = forbidden(other, &format!("{subscribe}{receipt}{named}"));
    for frame in &heard {
        has_none(&format!("{who} of {} heard what", own.id), frame, &words);
    }
    for pair in &pairs {
        let code = pair[0].1["refusal"]["code"].as_str().unwrap_or_default();
        assert!(!BEFORE.contains(&code), "{who}: {}: {code}", pair[0].0);
        let [theirs, never] = [&pair[0], &pair[1]].map(|(command, frame)| {
            let code = &frame["refusal"]["code"];
            (
                frame["type"].clone(),
                code.clone(),
                command.clone(),
                frame.clone(),
            )
        });
        assert_eq!(
            (&theirs.0, &theirs.1),
            (&never.0, &never.1),
            "{who} of {}: {} against {}: {} against {}",
            own.id,
            theirs.2,
            never.2,
            theirs.3,
            never.3
        );
    }
    heard.len()
}

/// Every file below a folder.
fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// Invariant 10, T5: no byte of one district in anything that anybody of the other hears, by every
/// route, frame and file, with everything that is the other's; and no words, names, PINs, codes or
/// tokens of either in a log, a count or on Redis.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_t5_every_route_frame_and_file_keeps_to_its_district() {
    let redis = Redis::start(&[]);
    let monitor = Monitor::of(&redis);
    let server = two_districts(&redis);
    let last = [EAST, WEST].map(|_| Arc::new(Mutex::new(String::new())));
    let mut listening = Vec::new();
    let mut signed_in = [BTreeMap::new(), BTreeMap::new()];
    for (n, district) in [EAST, WEST].iter().enumerate() {
        for who in everybody() {
            let token = crate::shell::sign_in(&server, district.id, &who).await;
            listening.push((n, who.clone(), listens(&server.url, &token, &last[n])));
            signed_in[n].insert(who, token);
        }
    }
    let [of_east, of_west] = signed_in;
    let told = [
        day(&server, &EAST, of_east).await,
        day(&server, &WEST, of_west).await,
    ];
    let [east, west] = &told;
    // The same ids under the same command ids, and yet no fact of the one is one of the other.
    let of = |told: &Told| told.own.iter().cloned().collect::<BTreeSet<String>>();
    assert!(of(east).is_disjoint(&of(west)));
    // What one read of its own would be the newest of the other's as well.
    assert_eq!(east.version, west.version);

    let mut answers = 0;
    let mut frames = 0;
    for (own, other) in [(west, east), (east, west)] {
        answers += ask_everything(&server, own, other).await;
        for who in ["person:ana", "person:sam", "person:dana", DISPLAY] {
            frames += say_everything(&server, own, other, who).await;
        }
    }
    for own in &told {
        is_as_it_was(&server, own).await;
    }
    for (n, own) in told.iter().enumerate() {
        // Nobody of the other lifted anything, or signed anybody out.
        let screen = Http::with(&server.url, &own.tokens["person:sam"])
            .screen(NORTH)
            .await;
        for raise in own.screen.open_raises() {
            assert!(
                screen.open_raises().contains(&raise),
                "{} lost {raise}",
                own.id
            );
        }
        let ana = Http::with(&server.url, &own.tokens["person:tom"]);
        let call = ana
            .send(NORTH, &asked(json!({ "name": "call_lock_down" })))
            .await
            .accepted();
        *last[n].lock().unwrap() = call.fact.to_string();
    }
    for (n, who, task) in listening {
        let heard = timeout(PATIENCE, task).await.expect("in time").unwrap();
        let other = &told[1 - n];
        let all = heard.concat();
        assert!(
            all.contains(told[n].secrets[0].as_str()),
            "{who} heard nothing of their own"
        );
        has_none(
            &format!("{who} of {} listened and", told[n].id),
            &all,
            &forbidden(other, ""),
        );
        frames += heard.len();
    }
    for (own, other) in [(west, east), (east, west)] {
        passkeys_prove(&server, own, other).await;
    }
    println!("{answers} answers and {frames} frames looked at");
    of_no_use_to_others(&server, &told, &monitor).await;
}

/// A policy that the other's director put, and a passkey that the other's Sam removed, stand as they did.
async fn is_as_it_was(server: &Server, own: &Told) {
    let dana = Http::with(&server.url, &own.tokens["person:dana"]);
    let (_, read) = dana.get("/v1/policy").await;
    let stands = json!({ "version": own.version, "policy": own.policy });
    assert_eq!(read, stands, "{}", own.id);
    let sam = Browser::of(server, &own.tokens["person:sam"]);
    let (_, read) = sam.ask(reqwest::Method::GET, "/passkeys", None).await;
    let all = read["passkeys"].as_array().expect("passkeys").iter();
    let all: Vec<_> = all.map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(all, [own.passkey.as_str()], "{}", own.id);
}

/// Sam's passkey gives his district's all clear, and the other Sam's does not.
async fn passkeys_prove(server: &Server, own: &Told, other: &Told) {
    let token = &own.tokens["person:sam"];
    let sam = Http::with(&server.url, token);
    let veto = json!({ "name": "withdraw_not_clear", "not_clear": own.facts["not clear"] });
    let mut withdrawn = asked(veto);
    withdrawn.pin = Some(Pin(own.pin.to_owned()));
    sam.send(NORTH, &withdrawn).await.accepted();
    let screen = sam.screen(NORTH).await;
    let mut clear = asked(
        json!({ "name": "give_all_clear", "lifts": screen.open_raises(),
        "seen": screen.position, "override_reason": own.secrets[0] }),
    );
    clear.pin = None;
    let at = Browser::of(server, token);
    let signing = at.sign(&clear, &own.key).await;
    let theirs = with(&clear, signing.by(&other.key));
    let (_, refused) = at.give(NORTH, &theirs).await;
    assert_eq!(refused["code"], "proof_wrong", "{}", own.id);
    let (status, given) = at.give(NORTH, &with(&clear, signing.by(&own.key))).await;
    assert_eq!(
        (status, &given["type"]),
        (200, &json!("accepted")),
        "{given}"
    );
}

/// What is neither's to read: logs, counts, Redis; and files that are one's alone.
async fn of_no_use_to_others(server: &Server, told: &[Told; 2], monitor: &Monitor) {
    let metrics = reqwest::get(format!("{}/metrics", server.url))
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    let redis = monitor.heard();
    for own in told {
        let channel = format!("lockstep:1:{{{}/{NORTH}}}", own.id);
        let published = redis.lines().filter(|line| line.contains(&channel));
        assert!(published.count() > 20, "{channel} was spoken on: {redis}");
    }
    let (log, said) = (server.log(), server.said().to_owned());
    assert!(
        log.contains("DEBUG") || log.contains("TRACE"),
        "a log that says something"
    );
    for own in told {
        let mut words = own.secrets.clone();
        words.extend(in_base64(&own.secrets[0]));
        words.extend(own.sealed.iter().cloned());
        words.push("pin-that-is-wrong-4471".to_owned());
        for (what, text) in [
            ("the log", &log),
            ("standard output", &said),
            ("the metrics", &metrics),
        ] {
            has_none(what, text, &words);
        }
        words.extend(own.own.iter().cloned());
        has_none("Redis", &redis, &words);
    }
    for (own, other) in [(0, 1), (1, 0)] {
        let (own, other) = (&told[own], &told[other]);
        let mut kept = Vec::new();
        files(&server.data().join("pictures").join(own.id), &mut kept);
        assert_eq!(kept.len(), 1, "its one picture");
        for (path, bytes) in kept {
            has_none(
                &path,
                &format!("{path}{}", String::from_utf8_lossy(&bytes)),
                &forbidden(other, ""),
            );
        }
        let shown = crate::shell::operator(
            server.data(),
            &["directory", "show", "--json", "--district", own.id],
        )
        .done();
        has_none("directory show", &shown, &forbidden(other, ""));
    }
}

/// The routes of a campus, filled in.
fn of_campus(name: Name, campus: &str) -> Option<Ask> {
    let route = name.route();
    let path = route.path.contains("{campus}").then(|| {
        let path = route.path.replace("{campus}", campus).replace("{seq}", "1");
        let path = path.replace("{room}", "r1").replace("{officer}", "jo");
        let path = path.replace("{sha256}", &"0".repeat(64));
        let path = path.replace("{sighting}", &Uuid::nil().to_string());
        let year = if name == Name::Drills {
            "?year=2026"
        } else {
            ""
        };
        path + year
    })?;
    let body = match route.body {
        Body::None => Sent::Nothing,
        Body::Picture => Sent::Picture(picture(7)),
        Body::Json("CommandRequest") => Sent::Json(json!({ "id": Uuid::nil(),
            "command": { "name": "call_lock_down" } })),
        Body::Json("Enrol") => Sent::Json(json!({ "name": "Jo Roe" })),
        Body::Json("Certify") => Sent::Json(json!({ "agency": "PD", "badge": "1", "number": "1",
            "full_time": true, "valid_until": "2099-06-30" })),
        Body::Json(other) => panic!("say what is sent as {other}"),
    };
    Some(Ask {
        method: route.method,
        path,
        body,
    })
}

/// Invariant 10: on every route of a campus, one of another district, one of one's own that one does
/// not serve and one that is nowhere are answered alike, to the byte and the header.
#[tokio::test]
async fn i10_what_is_forbidden_and_what_is_unknown_are_alike_on_every_route() {
    let server = two_districts(Redis::shared());
    let client = client();
    let mut alike = 0;
    for (who, role) in PEOPLE {
        let token = crate::shell::sign_in(&server, "west", &format!("person:{who}")).await;
        let serves_all = ["chief", "director", "superintendent", "monitor"].contains(&role);
        for name in Name::ALL {
            let Some(nowhere) = of_campus(*name, "nowhere") else {
                continue;
            };
            let nowhere = got(&client, &server, &nowhere, &[bearer(&token)]).await;
            let code: Value = serde_json::from_slice(&nowhere.body).unwrap();
            assert_eq!(code["code"], "unknown_campus", "{name:?}: {who}: {code}");
            let mut others = vec!["east-only"];
            if !serves_all {
                others.push("west-only");
            }
            for campus in others {
                let ask = of_campus(*name, campus).unwrap();
                let forbidden = got(&client, &server, &ask, &[bearer(&token)]).await;
                assert_eq!(forbidden, nowhere, "{name:?}: {who}: {campus}");
                alike += 1;
            }
        }
    }
    println!("{alike} answers alike");
}

/// A5: a token in an address is no sign-in on any route, and stands in no answer and no log.
#[tokio::test]
async fn a5_a_token_in_an_address_is_no_sign_in_and_is_told_to_nobody() {
    let server = Server::start_with(&[], &[TALKATIVE]);
    let client = client();
    let token = server.token(crate::ADMIN);
    for name in Name::ALL {
        let route = name.route();
        let path = match of_campus(*name, NORTH) {
            Some(ask) => ask.path,
            None => route.path.replace("{district}", "maple-valley"),
        };
        for query in [
            "token",
            "access_token",
            "face=command&token",
            "authorization",
        ] {
            let ask = Ask {
                method: route.method,
                path: format!("{path}?{query}={token}"),
                body: Sent::Nothing,
            };
            let got = got(&client, &server, &ask, &[]).await;
            assert!(!got.text().contains(&token), "{name:?}: {}", got.text());
            if route.signed_in {
                assert_eq!(got.status, 401, "{name:?}: {}", got.text());
            }
        }
    }
    let (log, said) = (server.log(), server.said().to_owned());
    has_none("the log", &(log + &said), &[token]);
}

/// Whatever is answered, a browser that opens it runs nothing of it, keeps none of it and shows it in no
/// frame of others: refusals, faults of the asker, what is not there, files, and an upgrade.
#[tokio::test]
async fn a5_every_answer_carries_what_keeps_a_browser_in_its_walls() {
    let server = Server::start();
    // A connection each: one over which a body is refused unread is closed behind the answer.
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let token = server.token(crate::ADMIN);
    let large = "x".repeat(300_000);
    // Signing out is asked last: nothing else would be answered to its sign-in.
    let routes = Name::ALL.iter().filter(|name| **name != Name::SignOut);
    let asks = routes.map(|name| (name.route().method, name.route().path));
    let others = [
        (Method::Get, "/"),
        (Method::Get, "/enrol"),
        (Method::Get, "/sw.js"),
        (Method::Get, "/web/command.js"),
        (Method::Get, "/web/none.js"),
        (Method::Get, "/nowhere"),
        (Method::Get, "/%ff"),
        (Method::Delete, "/v1/me"),
        (Method::Put, "/enrol"),
        (Method::Post, "/v1/ws"),
        (Method::Delete, "/v1/sign-in"),
    ];
    let mut answers = 0;
    for (method, path) in asks.chain(others) {
        let method = spelt(method);
        let url = format!("{}{}", server.url, path.replace("{campus}", NORTH));
        for (token, origin, body) in [
            ("", "", ""),
            (&*token, "", "{}"),
            (&*token, "https://evil.example", "{}"),
            (&*token, "", &*large),
        ] {
            let mut request = client.request(method.clone(), &url).bearer_auth(token);
            if !origin.is_empty() {
                request = request.header("origin", origin);
            }
            if !body.is_empty() && method != reqwest::Method::GET {
                let json = "application/json";
                request = request.header("content-type", json).body(body.to_owned());
            }
            let answer = request.send().await.unwrap();
            answers += 1;
            is_walled(&format!("{method} {path}"), answer.headers());
        }
    }
    println!("{answers} answers");
    let token = server.token(crate::TEACHER);
    let address = format!("{}/v1/ws", server.url.replacen("http", "ws", 1));
    let mut upgrade = address.into_client_request().unwrap();
    let headers = upgrade.headers_mut();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    headers.insert("sec-websocket-protocol", "lockstep.v1".parse().unwrap());
    let (_socket, answer) = tokio_tungstenite::connect_async(upgrade).await.unwrap();
    is_walled("the upgrade", answer.headers());
}

#[track_caller]
fn is_walled(what: &str, headers: &HeaderMap) {
    for (name, says) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("cache-control", ""),
    ] {
        let all: Vec<_> = headers.get_all(name).iter().collect();
        let one = all.first().map_or("", |value| value.to_str().unwrap());
        let is = all.len() == 1 && one.contains(says);
        assert!(is, "{what}: {name}: {all:?}");
    }
}
