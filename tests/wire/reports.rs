//! What is told from a timeline: incidents, reports, drills and proofs, to those who may read
//! it and to nobody else (T1, T3, D4, S6).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::note::{TlogProof, VerifierKey};
use lockstep_tests::Server;
use serde_json::{Value, json};

use crate::{ADMIN, DIRECTOR, NORTH, TEACHER, command, of};

const PAGE: &str = "text/html";

/// A GET as a person asks: status, content type, policy and body.
async fn get(server: &Server, who: Option<&str>, path: &str, accept: &str) -> Got {
    let mut request = reqwest::Client::new()
        .get(format!("{}{path}", server.url))
        .header("accept", accept);
    if let Some(who) = who {
        request = request.bearer_auth(server.token(who));
    }
    let answer = request.send().await.expect("an answer");
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    Got {
        status: answer.status().as_u16(),
        kind: header("content-type"),
        policy: header("content-security-policy"),
        body: answer.text().await.expect("a body"),
    }
}

struct Got {
    status: u16,
    kind: String,
    policy: String,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

fn incidents() -> String {
    format!("/v1/campuses/{NORTH}/incidents")
}

/// A lock-down is called; answers the entry that opened the incident.
async fn called(server: &Server) -> u64 {
    let call = command(json!({
        "name": "call_lock_down", "reason": "<script>alert(1)</script>", "place": "gym",
    }));
    of(server, ADMIN).recorded(NORTH, call).await;
    let list = get(server, Some(ADMIN), &incidents(), "application/json").await;
    assert_eq!(list.status, 200, "{}", list.body);
    let list = list.json();
    let list = list["incidents"].as_array().unwrap();
    assert_eq!((list.len(), &list[0]["real"]), (1, &json!(true)));
    assert_eq!(list[0]["kind"], "lock_down");
    list[0]["seq"].as_u64().unwrap()
}

#[tokio::test]
async fn t3_a_report_is_the_same_whoever_asks_and_made_from_the_export() {
    let server = Server::start();
    let seq = called(&server).await;
    let path = format!("{}/{seq}/report", incidents());
    let export = format!("/v1/campuses/{NORTH}/timeline/export");
    // After a call the server writes whom it asked: what is compared was read between two of those.
    let (one, other, export, page, asked) = loop {
        let one = get(&server, Some(ADMIN), &path, "application/json").await;
        let other = get(&server, Some(DIRECTOR), &path, "application/json").await;
        let export = get(&server, Some(ADMIN), &export, "application/json").await;
        let page = get(&server, Some(ADMIN), &path, PAGE).await;
        let asked = get(&server, Some(ADMIN), &format!("{path}?as=page"), "*/*").await;
        let again = get(&server, Some(ADMIN), &path, "application/json").await;
        if one.body == again.body {
            break (one, other, export, page, asked);
        }
    };
    assert_eq!((one.status, other.status), (200, 200), "{}", one.body);
    assert_eq!(one.body, other.body);
    let export: lockstep_proto::export::Export = serde_json::from_str(&export.body).unwrap();
    let reads: Vec<_> = export
        .entries
        .iter()
        .map(|entry| lockstep_rules::report::Read::unsealed(&entry.entry, &entry.details).unwrap())
        .collect();
    let report = lockstep_rules::report::report(&reads, seq).unwrap();
    assert_eq!(serde_json::to_string(&report).unwrap(), one.body);

    assert_eq!(page.kind, "text/html; charset=utf-8");
    assert!(
        page.policy
            .starts_with("default-src 'none'; style-src 'sha256-")
    );
    assert!(!page.policy.contains("unsafe"));
    assert_eq!(page.body, lockstep_rules::report::page::page(&report));
    assert!(page.body.contains("&lt;script&gt;") && !page.body.contains("<script"));
    assert_eq!(asked.body, page.body);
}

#[tokio::test]
async fn t1_reports_are_for_those_who_may_read_the_timeline_and_unknown_is_forbidden() {
    let server = Server::start();
    let seq = called(&server).await;
    let campus = |campus: &str, rest: &str| format!("/v1/campuses/{campus}/{rest}");
    let rests = [
        "incidents".to_owned(),
        format!("incidents/{seq}/report"),
        "drills?year=2026".to_owned(),
        format!("timeline/{seq}/proof"),
    ];
    for rest in &rests {
        let nobody = get(&server, None, &campus(NORTH, rest), PAGE).await;
        assert_eq!(nobody.status, 401, "{rest}");
        let teacher = get(&server, Some(TEACHER), &campus(NORTH, rest), PAGE).await;
        assert_eq!(
            (teacher.status, &teacher.json()["code"]),
            (403, &json!("not_allowed"))
        );
        // A campus that is another's and one that is nobody's answer alike.
        let other = get(&server, Some(ADMIN), &campus("river-middle", rest), PAGE).await;
        let none = get(&server, Some(ADMIN), &campus("no-such", rest), PAGE).await;
        assert_eq!((other.status, none.status), (404, 404), "{rest}");
        assert_eq!(other.body, none.body, "{rest}");
        assert_eq!(other.kind, "application/problem+json");
    }
    for seq in ["0", "999999", "18446744073709551615"] {
        for rest in [
            format!("incidents/{seq}/report"),
            format!("timeline/{seq}/proof"),
        ] {
            let got = get(&server, Some(ADMIN), &campus(NORTH, &rest), PAGE).await;
            assert_eq!(
                (got.status, &got.json()["code"]),
                (404, &json!("unknown_thing"))
            );
        }
    }
    let bad = get(
        &server,
        Some(ADMIN),
        &campus(NORTH, "drills?year=soon"),
        PAGE,
    )
    .await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn d4_the_drill_file_is_served_as_json_and_as_a_page() {
    let server = Server::start();
    let path = format!("/v1/campuses/{NORTH}/drills?year=2026");
    let file = get(&server, Some(DIRECTOR), &path, "application/json").await;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.json()["drills"], json!([]));
    let page = get(&server, Some(DIRECTOR), &format!("{path}&as=page"), "*/*").await;
    assert!(page.body.contains("None was held."));
}

#[tokio::test]
async fn s6_the_proof_of_an_entry_holds_with_the_districts_key_and_no_other() {
    let server = Server::start();
    let seq = called(&server).await;
    let path = format!("/v1/campuses/{NORTH}/timeline/{seq}/proof");
    let got = get(&server, Some(ADMIN), &path, "*/*").await;
    assert_eq!(got.status, 200, "{}", got.body);
    let keys = get(&server, Some(ADMIN), "/v1/keys", "*/*").await.json();
    let trusted: Vec<VerifierKey> = serde_json::from_value(keys["keys"].clone()).unwrap();
    let proof: TlogProof = got.body.parse().expect("a proof");
    let entry = proof.entry(&trusted).expect("it holds");
    assert_eq!(entry.seq, seq);
    assert_eq!(entry.log.campus_name(), NORTH);
    assert!(!got.body.contains("script"), "words are no part of a proof");
    assert!(proof.entry(&[]).is_err());
}

/// Invariant 12: fifty ask for the whole timeline at once. Each has it whole or is told that there
/// is too much to do, in bounded time, and a call meanwhile is taken as ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv12_fifty_exports_at_once_wait_or_are_told_so() {
    let server = Server::start();
    called(&server).await;
    let path = format!("/v1/campuses/{NORTH}/timeline/export");
    let since = Instant::now();
    let asking = join_all((0..50).map(async |_| {
        let got = get(&server, Some(ADMIN), &path, "application/json").await;
        (got, since.elapsed())
    }));
    let calling = async {
        let since = Instant::now();
        let call = command(json!({ "name": "call_lock_down" }));
        of(&server, DIRECTOR).give(NORTH, call).await.accepted();
        since.elapsed()
    };
    let (answers, called) = tokio::join!(asking, calling);
    let mut whole = 0;
    for (got, took) in answers {
        assert!(took < Duration::from_secs(12), "{took:?}");
        if got.status == 200 {
            let export: lockstep_proto::export::Export = serde_json::from_str(&got.body).unwrap();
            assert!(!export.entries.is_empty() && got.kind == "application/json");
            whole += 1;
        } else {
            assert_eq!((got.status, &got.json()["code"]), (503, &json!("busy")));
        }
    }
    println!(
        "{whole} of 50 exports, the last after {:.1?}; a call {called:.1?}",
        since.elapsed()
    );
    assert!(whole > 0 && called < Duration::from_secs(2), "{called:?}");
}
