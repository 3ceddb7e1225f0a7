//! A sign-in that is switched off on one instance is out on every other, with the bus and without it (A5):
//! they look at the database again by themselves.

use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_tests::{Http, PATIENCE, Postgres, Redis, Server};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{ADMIN, NORTH, TEACHER, Wire, asked};

/// With the bus, and without it.
const BOUNDS: [(bool, Duration); 2] = [
    (true, Duration::from_secs(5)),
    (false, Duration::from_secs(10)),
];

/// Another instance of the same school: it shares the database and the master key.
fn beside(one: &Server, env: &[(&str, &str)]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    std::fs::copy(one.data().join("keys/master.key"), keys.join("master.key")).unwrap();
    Server::start_on(folder, env)
}

async fn ask(server: &Server, token: &str, method: Method, path: &str) -> (u16, Value) {
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let request = client
        .unwrap()
        .request(method, format!("{}{path}", server.url));
    let answer = request.bearer_auth(token).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a5_what_is_switched_off_here_is_out_there_with_the_bus_and_without_it() {
    let (database, redis) = (Postgres::shared(), Redis::start(&[]));
    let url = database.url(&database.database(), "owner");
    let bus = redis.url();
    let env = [
        ("LOCKSTEP_DATABASE_URL", url.as_str()),
        ("LOCKSTEP_REDIS_URL", bus.as_str()),
    ];
    let one = Server::start_with(&[], &env);
    let two = beside(&one, &env);
    let admin = one.token(ADMIN);
    for (with_bus, bound) in BOUNDS {
        let who = if with_bus {
            TEACHER
        } else {
            "person:walt.dunn"
        };
        let token = one.token(who);
        let mut socket = Wire::with(&two.url, &token).await;
        if !with_bus {
            redis.stop();
        }
        let path = format!("/v1/sign-ins?principal={who}");
        let (status, standing) = ask(&one, &admin, Method::GET, &path).await;
        assert_eq!(status, 200, "{standing}");
        let began = Instant::now();
        for sign_in in standing["sign_ins"].as_array().unwrap() {
            let path = format!("/v1/sign-ins/{}", sign_in["id"].as_str().unwrap());
            assert_eq!(ask(&one, &admin, Method::DELETE, &path).await.0, 204);
        }
        let code = socket.closed().await;
        let took = began.elapsed();
        let bus = if with_bus {
            "with the bus"
        } else {
            "without it"
        };
        println!(
            "switched off here, its socket there was closed after {took:?} {bus}, bound {bound:?}"
        );
        assert!(took <= bound, "{took:?} {bus}");
        assert_eq!(code, 4_500, "{bus}");
        // It raises nowhere any more (P2 forgives expiry, and nothing else).
        for server in [&one, &two] {
            let call = asked(json!({ "name": "call_lock_down" }));
            let raised = Http::with(&server.url, &token).send(NORTH, &call).await;
            assert_eq!(raised.refused(), Code::Revoked, "{bus}");
        }
    }
}
