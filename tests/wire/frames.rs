//! Frames that make no sense, or ask for what may not be: each has its own clear answer.

use lockstep_proto::code::Code;
use lockstep_proto::frame::FRAME_MAX;
use lockstep_proto::id::CommandId;
use lockstep_tests::Server;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use uuid::Uuid;

use crate::{ADMIN, Heard, NORTH, TEACHER, Wire, asked, frame};

/// Query, headers, status and code.
type Case<'a> = (String, Vec<(&'static str, &'a str)>, u16, &'static str);

fn code(frame: &Value) -> &str {
    frame["refusal"]["code"].as_str().expect("a code")
}

/// A command frame whose command is this, under a known id.
fn commanding(id: CommandId, command: Value) -> String {
    json!({ "type": "command", "campus": NORTH, "request": { "id": id, "command": command } })
        .to_string()
}

#[tokio::test]
async fn a_frame_that_makes_no_sense_is_answered_and_the_connection_stays() {
    let server = Server::start();
    let mut wire = Wire::open(&server, ADMIN).await;
    for text in [
        "hello".to_owned(),
        String::new(),
        "[1, 2".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        json!({ "type": "dance" }).to_string(),
        json!({ "type": "welcome" }).to_string(),
        json!({ "type": "subscribe" }).to_string(),
        json!({ "type": "subscribe", "campuses": [], "colour": "red" }).to_string(),
        json!({ "type": "subscribe", "campuses": [{ "campus": NORTH, "as": "sro" }] }).to_string(),
        json!({ "type": "subscribe", "campuses": [{ "campus": "../etc" }] }).to_string(),
        json!({ "type": "receipt", "campus": NORTH, "stage": "felt", "through": { "epoch": 1, "seq": 0 } })
            .to_string(),
        "[".repeat(20_000),
    ] {
        let refused = wire.refused(text.clone()).await;
        assert_eq!(code(&refused), "bad_frame", "{text}");
        assert!(refused.get("id").is_none(), "{refused}");
        assert!(!refused["refusal"]["advice"].as_str().unwrap().is_empty());
    }
    // A server that answers afterwards did not panic.
    let request = asked(json!({ "name": "arrive" }));
    wire.say(frame(NORTH, &request)).await;
    let accepted = wire.until("accepted").await;
    assert_eq!(accepted["id"], json!(request.id));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn a_bad_command_is_answered_under_its_own_id() {
    let server = Server::start();
    let mut wire = Wire::open(&server, ADMIN).await;
    for command in [
        json!({ "name": "call_lock_down", "by": "person:sam.cole" }),
        json!({ "name": "open_sesame" }),
        json!({ "name": "call_lock_down", "reason": "x".repeat(501) }),
        json!({ "name": "call_lock_down", "reason": "a\u{0007}b" }),
        json!({ "name": "clear_zone", "zone": "A Wing" }),
        json!({ "name": "give_all_clear", "lifts": ["x"], "seen": { "epoch": 1, "seq": 1 } }),
        json!({ "name": "give_all_clear", "lifts": [], "seen": { "epoch": 1, "seq": 1_u64 << 53 } }),
        json!({ "name": "report_room", "report": { "state": "fine" } }),
        json!("call_lock_down"),
    ] {
        let id = CommandId(Uuid::now_v7());
        let refused = wire.refused(commanding(id, command.clone())).await;
        assert_eq!(code(&refused), "bad_frame", "{command}");
        assert_eq!(refused["id"], json!(id), "{command}");
    }
    // A5: no field of a request says who asks.
    let id = CommandId(Uuid::now_v7());
    let frame = json!({ "type": "command", "campus": NORTH, "request":
        { "id": id, "actor": "person:sam.cole", "command": { "name": "arrive" } } });
    let refused = wire.refused(frame.to_string()).await;
    assert_eq!((code(&refused), &refused["id"]), ("bad_frame", &json!(id)));
}

#[tokio::test]
async fn a_missing_right_an_unknown_campus_and_a_forbidden_one_are_told_apart_as_they_may_be() {
    let server = Server::start();
    let mut wire = Wire::open(&server, TEACHER).await;
    let request = asked(json!({ "name": "call_lock_down" }));
    let refused = wire.refused(frame(NORTH, &request)).await;
    assert_eq!(code(&refused), Code::NotAllowed.as_str());
    assert_eq!(refused["id"], json!(request.id));

    // A campus of the same district that one does not serve answers as none at all does:
    // whatever is asked, and with whatever PIN.
    for json in [
        json!({ "name": "report_threat" }),
        json!({ "name": "arrive" }),
        json!({ "name": "start_sweep" }),
        json!({ "name": "give_all_clear", "lifts": [], "seen": { "epoch": 1, "seq": 0 } }),
    ] {
        for pin in ["2468", "0000"] {
            let mut request = asked(json.clone());
            request.pin = Some(lockstep_proto::command::Pin(pin.to_owned()));
            let forbidden = wire.refused(frame("river-middle", &request)).await;
            let unknown = wire.refused(frame("nowhere", &request)).await;
            assert_eq!(
                code(&forbidden),
                Code::UnknownCampus.as_str(),
                "{json} {pin}"
            );
            assert_eq!(forbidden, unknown, "{json} {pin}");
        }
    }
    wire.subscribe(&["river-middle", "nowhere"]).await;
    let forbidden = wire.until("refused").await;
    let unknown = wire.until("refused").await;
    assert_eq!(code(&forbidden), Code::UnknownCampus.as_str());
    assert_eq!(
        forbidden.to_string().replace("river-middle", "nowhere"),
        unknown.to_string()
    );
    // Nothing of it stands in the timeline of the campus that it was asked of.
    let director = crate::of(&server, crate::DIRECTOR);
    let (_, timeline) = director.get("/v1/campuses/river-middle/timeline").await;
    assert_eq!(timeline["entries"], json!([]), "{timeline}");
}

#[tokio::test]
async fn p2_a_pin_that_is_typed_with_a_raise_is_not_looked_at() {
    let server = Server::start();
    let mut wire = Wire::open(&server, ADMIN).await;
    for _ in 0..8 {
        let mut request = asked(json!({ "name": "call_lock_down" }));
        request.pin = Some(lockstep_proto::command::Pin("wrong".to_owned()));
        wire.say(frame(NORTH, &request)).await;
        assert_eq!(wire.until("accepted").await["id"], json!(request.id));
    }
}

#[tokio::test]
async fn twenty_bad_frames_are_answered_and_the_next_one_closes() {
    let server = Server::start();
    let mut wire = Wire::open(&server, ADMIN).await;
    for _ in 0..20 {
        assert_eq!(code(&wire.refused("?").await), "bad_frame");
    }
    wire.say("?").await;
    assert_eq!(wire.closed().await, 4503);
}

/// Else a page that leaves cannot tell it from a network that broke.
#[tokio::test]
async fn a_client_that_leaves_hears_its_close_answered() {
    let server = Server::start();
    for follows in [&[][..], &[NORTH]] {
        let mut wire = Wire::open(&server, ADMIN).await;
        wire.subscribe(follows).await;
        wire.send(Message::Close(None)).await;
        let closed = loop {
            match wire.hear().await {
                Heard::Frame(_) => {}
                closed @ (Heard::Closed(_) | Heard::Broken(_)) => break closed,
            }
        };
        assert!(matches!(closed, Heard::Closed(None)), "{closed:?}");
    }
}

#[tokio::test]
async fn what_is_no_text_of_64_kib_closes_with_its_own_code() {
    let server = Server::start();
    // As much as a frame may hold is looked at.
    let mut wire = Wire::open(&server, ADMIN).await;
    assert_eq!(
        code(&wire.refused("x".repeat(FRAME_MAX)).await),
        "bad_frame"
    );

    for size in [FRAME_MAX + 1, 1 << 20, 8 << 20] {
        let mut wire = Wire::open(&server, ADMIN).await;
        wire.say("x".repeat(size)).await;
        assert_eq!(wire.closed().await, 4501, "{size} bytes");
    }
    // In pieces that each fit.
    let mut wire = Wire::open(&server, ADMIN).await;
    let piece = vec![b'x'; FRAME_MAX / 2];
    for (number, code) in [Data::Text, Data::Continue, Data::Continue]
        .into_iter()
        .enumerate()
    {
        let frame = Frame::message(piece.clone(), OpCode::Data(code), number == 2);
        wire.send(Message::Frame(frame)).await;
    }
    assert_eq!(wire.closed().await, 4501, "in pieces");

    let mut wire = Wire::open(&server, ADMIN).await;
    wire.send(Message::binary(b"{}".to_vec())).await;
    assert_eq!(wire.closed().await, 4502, "binary");

    // Not UTF-8, and no frame at all: RFC 6455's own codes.
    let (text, rest) = (OpCode::Data(Data::Text), OpCode::Data(Data::Continue));
    for (frame, code) in [
        (Frame::message(b"\xff\xfe{}".to_vec(), text, true), 1007),
        (Frame::message(b"{}".to_vec(), rest, true), 1002),
    ] {
        let mut wire = Wire::open(&server, ADMIN).await;
        wire.send(Message::Frame(frame)).await;
        assert_eq!(wire.closed().await, code);
    }
    let mut wire = Wire::open(&server, ADMIN).await;
    wire.subscribe(&[NORTH]).await;
    wire.until("pulse").await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Tries to upgrade; what it is refused with.
async fn upgrade(server: &Server, query: &str, headers: &[(&'static str, &str)]) -> (u16, Value) {
    let address = format!("{}/v1/ws{query}", server.url.replacen("http", "ws", 1));
    let mut request = address.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            let status = response.status().as_u16();
            let kind = response.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            assert_eq!(kind, "application/problem+json");
            (status, serde_json::from_slice(body).unwrap_or_default())
        }
        Err(error) => panic!("a refusal, not {error}"),
        Ok(_) => (101, Value::Null),
    }
}

#[tokio::test]
async fn an_upgrade_that_may_not_be_is_refused_with_its_code() {
    let server = Server::start();
    let token = server.token(ADMIN);
    let bearer = format!("Bearer {token}");
    let ours = ("sec-websocket-protocol", "lockstep.v1");
    let signed_in = ("authorization", bearer.as_str());
    let own = server.url.clone();
    let at = |query: &str| query.to_owned();
    let cases: Vec<Case<'_>> = vec![
        (at(""), vec![ours], 401, "not_signed_in"),
        (
            at(""),
            vec![ours, ("authorization", "Bearer rubbish")],
            401,
            "not_signed_in",
        ),
        (
            at(""),
            vec![ours, ("authorization", "Basic YTpi")],
            401,
            "not_signed_in",
        ),
        (at(""), vec![signed_in], 400, "bad_frame"),
        (
            at(""),
            vec![signed_in, ("sec-websocket-protocol", "graphql-ws")],
            400,
            "bad_frame",
        ),
        (
            at(""),
            vec![ours, signed_in, ("origin", "https://evil.example")],
            403,
            "wrong_origin",
        ),
        (
            at(""),
            vec![ours, signed_in, ("origin", "null")],
            403,
            "wrong_origin",
        ),
        (format!("?token={token}"), vec![ours], 401, "not_signed_in"),
        (
            format!("?token={token}"),
            vec![ours, signed_in],
            400,
            "bad_frame",
        ),
        (
            format!("?face=command&access_token={token}"),
            vec![ours, signed_in],
            400,
            "bad_frame",
        ),
        (
            at(""),
            vec![ours, signed_in, ("origin", own.as_str())],
            101,
            "",
        ),
        (at("?face=command"), vec![ours, signed_in], 101, ""),
    ];
    for (query, headers, status, code) in cases {
        let (answered, body) = upgrade(&server, &query, &headers).await;
        let shown = format!("{query} {headers:?} -> {body}");
        assert_eq!(answered, status, "{shown}");
        assert_eq!(body["code"].as_str().unwrap_or_default(), code, "{shown}");
        assert!(!body.to_string().contains(&token), "{shown}");
    }
    // A token in an address is told to nobody: not to the log either.
    assert!(!server.log().contains(&token));
}
