//! Somebody who becomes another while they are connected: another role, room or campus of the
//! directory is at their open socket within five seconds, and nobody else's (A5, R3).

use std::time::{Duration, Instant};

use lockstep_proto::code::Close;
use lockstep_tests::{Follower, PATIENCE, Server};
use serde_json::json;
use tokio::time::timeout;

use crate::shell::{demo_with, import_text};
use crate::{ADMIN, NORTH, TEACHER, Wire, asked, of};

const SSO: &str = "person:lee.park";

/// At every open socket by then.
const REACHED_WITHIN: Duration = Duration::from_secs(5);

const LEE_IS: &str = "name = \"Lee Park\"\nrole = \"sso\"";
const LEE_BECOMES: &str = "name = \"Lee Park\"\nrole = \"staff\"";

async fn follows(server: &Server, who: &str) -> Wire {
    let mut wire = Wire::open(server, who).await;
    wire.subscribe(&[NORTH]).await;
    wire.until("pulse").await;
    wire
}

async fn sent_back(wire: &mut Wire, since: Instant) -> Duration {
    let closed = timeout(PATIENCE, wire.closed()).await.unwrap();
    assert_eq!(closed, Close::NotAsWelcomed.number());
    assert!(since.elapsed() < REACHED_WITHIN, "{:?}", since.elapsed());
    since.elapsed()
}

#[tokio::test]
async fn a5_another_role_room_or_campus_is_at_an_open_socket_in_time() {
    let server = Server::start();
    let call = asked(json!({ "name": "call_lock_down", "reason": "seen from the gate" }));
    of(&server, ADMIN).send(NORTH, &call).await.accepted();

    let mut demoted = follows(&server, SSO).await;
    let mut moved = follows(&server, TEACHER).await;
    let mut elsewhere = follows(&server, "person:bo.hart").await;
    let mut stays = follows(&server, ADMIN).await;
    let since = Instant::now();
    let changed = demo_with(&[
        (LEE_IS, LEE_BECOMES),
        (
            "room = \"n101\"\n\n[[person]]",
            "room = \"n103\"\n\n[[person]]",
        ),
        (
            "name = \"Bo Hart\"\nrole = \"officer\"\ncampuses = [\"north-high\"]",
            "name = \"Bo Hart\"\nrole = \"officer\"\ncampuses = [\"river-middle\"]",
        ),
    ]);
    import_text(server.data(), &changed).done();
    let mut took = Vec::new();
    for wire in [&mut demoted, &mut moved, &mut elsewhere] {
        took.push(sent_back(wire, since).await);
    }
    println!("role, room, campus: sent back after {took:.1?}");

    // Who did not become another has noticed nothing.
    stays
        .say(crate::frame(NORTH, &asked(json!({ "name": "arrive" }))))
        .await;
    stays.until("accepted").await;

    // Come back, each has the view that is theirs.
    let mut wire = Wire::open(&server, "person:bo.hart").await;
    wire.subscribe(&[NORTH]).await;
    let refused = wire.until("refused").await;
    assert_eq!(refused["refusal"]["code"], "unknown_campus", "{refused}");
    let mut lee = Follower::join(&server.url, &server.token(SSO), NORTH).await;
    lee.until_screen(|screen| screen.position.is_some()).await;
    let shown = serde_json::to_string(&lee.screen.cards).unwrap();
    assert!(shown.contains("\"raise\""), "{shown}");
    for responders in ["\"zone\"", "\"presence\""] {
        assert!(!shown.contains(responders), "{responders}: {shown}");
    }
}
