//! The published descriptions, as a running server gives them out, and its routes beside them.

use lockstep_proto::code::Code;
use lockstep_proto::route::{ASYNCAPI, Method, Name, OPENAPI};
use lockstep_tests::{Http, Server};
use serde_json::Value;

/// The descriptions are there for whoever has no sign-in yet. Every route of the table is one
/// that is answered, and none of them but by who is signed in where the table says so.
#[tokio::test]
async fn what_is_described_is_what_is_served() {
    let server = Server::start();
    let nobody = Http::with(&server.url, "no token");
    for (path, document) in [("openapi", OPENAPI), ("asyncapi", ASYNCAPI)] {
        let (status, body) = nobody.get(&format!("/v1/{path}.json")).await;
        let document: Value = serde_json::from_str(document).unwrap();
        assert_eq!((status, &body), (200, &document), "{path}");
    }
    let described: Value = serde_json::from_str(OPENAPI).unwrap();
    let paths = described["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|of| of.as_object().unwrap().len()).sum();
    assert_eq!(operations, Name::ALL.len());

    let client = reqwest::Client::new();
    for name in Name::ALL {
        let route = name.route();
        let method = match route.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut path = route.path.to_owned();
        for filled in route.filled_in() {
            path = path.replace(&format!("{{{filled}}}"), "1");
        }
        let asked = client.request(method, format!("{}{path}", server.url));
        let answer = asked.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        if route.signed_in {
            let wanted = Code::NotSignedIn.as_str();
            assert_eq!((status, &body["code"]), (401, &wanted.into()), "{path}");
        } else {
            assert!(![404, 405].contains(&status), "{path}: {status} {body}");
        }
    }
    // And an address of none is told apart.
    let (status, body) = nobody.get("/v1/nothing").await;
    assert_eq!((status, body["code"].as_str()), (404, Some("not_found")));
}

/// A value behind the `?` that cannot be is refused with a code, wherever it stands.
#[tokio::test]
async fn a_query_that_cannot_be_has_a_coded_answer() {
    let server = Server::start();
    let client = reqwest::Client::new();
    let token = server.token(crate::ADMIN);
    let url = format!("{}/v1/sign-in?face=nobody", server.url);
    let answer = client.delete(url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let body: Value = answer.json().await.expect("a problem");
    assert_eq!(body["code"], "bad_frame", "{body}");
    // Nothing was done.
    let (status, _) = Http::with(&server.url, &token).get("/v1/me").await;
    assert_eq!(status, 200);
}
