//! The keys that sign tokens, changed on a running server: nobody is signed out by another key,
//! and everybody by the end of theirs (A5, P2).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use lockstep_proto::code::Code;
use lockstep_tests::{Answered, Http, PATIENCE, Server};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::shell::operator;
use crate::{ADMIN, Heard, NORTH, TEACHER, Wire, asked, of};

/// A revocation is at every open socket by then.
const REACHED_WITHIN: Duration = Duration::from_secs(5);

fn listed(server: &Server) -> Vec<(String, String)> {
    let said = operator(server.data(), &["keys", "list", "--json"]).done();
    let keys: Vec<Value> = serde_json::from_str(&said).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |key: &Value| (text(&key["id"]), text(&key["state"]));
    keys.iter().map(pair).collect()
}

/// The key that a token says that it was signed with.
fn key_of(token: &str) -> Option<String> {
    let header = BASE64.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().map(str::to_owned)
}

async fn sign_in(server: &Server, who: &str) -> String {
    let made = operator(server.data(), &["code", who, "--json"]).done();
    let made: Value = serde_json::from_str(&made).unwrap();
    let sent = reqwest::Client::new()
        .post(format!("{}/v1/sign-in", server.url))
        .json(&json!({ "code": made["code"] }))
        .send();
    let answer: Value = sent.await.unwrap().json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Signs somebody in until the server does so with another key than the first.
async fn signs_with(server: &Server, who: &str, key: &str) -> String {
    let signing = async {
        loop {
            let token = sign_in(server, who).await;
            if key_of(&token).as_deref() == Some(key) {
                return token;
            }
        }
    };
    timeout(PATIENCE, signing).await.expect("taken in time")
}

async fn raises(server: &Server, token: &str) -> Answered {
    let call = asked(json!({ "name": "call_lock_down" }));
    Http::with(&server.url, token).send(NORTH, &call).await
}

#[tokio::test]
async fn a5_another_key_signs_nobody_out_and_a_retired_one_everybody_it_signed() {
    let server = Server::start();
    let old = server.token(ADMIN);
    assert_eq!(
        key_of(&old),
        None,
        "the first key's tokens are as they always were"
    );
    assert_eq!(listed(&server), [("1".to_owned(), "signs".to_owned())]);
    let mut socket = Wire::with(&server.url, &old).await;

    operator(server.data(), &["keys", "retire", "1"]).failed(1, &["only key that signs", "rotate"]);
    let said = operator(server.data(), &["keys", "rotate"]).done();
    assert!(said.contains("nobody is signed out"), "{said}");
    let keys = listed(&server);
    assert_eq!(keys[0], ("1".to_owned(), "believed".to_owned()));
    assert_eq!(keys[1].1, "signs");
    let new = signs_with(&server, TEACHER, &keys[1].0).await;
    raises(&server, &old).await.accepted();

    // The end of the first: its tokens are nothing, at every door, and sockets hear of it.
    let began = Instant::now();
    operator(server.data(), &["keys", "retire", "1"]).done();
    let closed = async {
        loop {
            if let Heard::Closed(code) = socket.hear().await {
                return code;
            }
        }
    };
    let code = timeout(PATIENCE, closed).await.expect("closed in time");
    let took = began.elapsed();
    println!("a socket of a retired key was closed after {took:?}, bound {REACHED_WITHIN:?}");
    assert!(took <= REACHED_WITHIN, "{took:?}");
    assert!(code.is_some_and(|code| code >= 4500), "{code:?}");
    assert_eq!(raises(&server, &old).await.refused(), Code::Revoked);
    // Those of the other go on, and so they do in the server's next life.
    of(&server, TEACHER);
    let me = Http::with(&server.url, &new).get("/v1/me").await;
    assert_eq!(me.0, 200, "{me:?}");
    let server = server.start_again();
    assert_eq!(Http::with(&server.url, &new).get("/v1/me").await.0, 200);
    assert_eq!(raises(&server, &old).await.refused(), Code::Revoked);
    assert!(!server.log().contains(&new), "no token is in a log");
}

/// A file that is of no use changes nothing, and says so once where an operator looks.
#[tokio::test]
async fn keys_that_cannot_be_used_leave_the_last_good_ones() {
    let server = Server::start();
    operator(server.data(), &["keys", "rotate"]).done();
    let key = listed(&server)[1].0.clone();
    let token = signs_with(&server, ADMIN, &key).await;
    let file = server.data().join("keys/tokens.json");
    let good = fs::read(&file).unwrap();
    fs::write(&file, "{").unwrap();
    let told = async {
        while !server.log().contains("stay as they were") {
            assert_eq!(Http::with(&server.url, &token).get("/v1/me").await.0, 200);
        }
    };
    timeout(PATIENCE, told).await.expect("told in time");
    raises(&server, &token).await.accepted();
    operator(server.data(), &["keys", "list"]).failed(1, &["tokens.json"]);
    // Nor does a server start with it, or with one that everybody may read.
    fs::write(&file, good).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    operator(server.data(), &["check"]).failed(1, &[]);
    operator(server.data(), &["--listen", "127.0.0.1:0", "keys", "list"]).failed(1, &["chmod 600"]);
}

/// A key that is to be copied to other instances first signs later, and is believed at once.
#[tokio::test]
async fn a_key_waits_until_every_instance_has_it() {
    let server = Server::start();
    operator(server.data(), &["keys", "rotate", "--in", "30"]).done();
    let states: Vec<String> = listed(&server)
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert_eq!(states, ["signs", "waits"]);
    operator(server.data(), &["keys", "rotate"]).failed(1, &["rotate again after that"]);
    assert_eq!(key_of(&sign_in(&server, ADMIN).await), None);
}
