//! A server on a PostgreSQL database, and the way there from the data folder's own file.

use std::collections::BTreeMap;
use std::fs;

use lockstep_proto::posture::Posture;
use lockstep_server::config::Secret;
use lockstep_tests::{Postgres, Server};
use serde_json::{Value, json};

use crate::operator::{accepted, export, verified};
use crate::shell::{lockstep, operator};
use crate::{ADMIN, NORTH, of, rosters};

const URL: &str = "LOCKSTEP_DATABASE_URL";

/// T2: all of it arrives, byte for byte; every root and every head that was handed out holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t2_a_school_moves_into_a_database_and_its_timeline_stays_whole() {
    let database = Postgres::shared();
    let name = database.database();
    let url = database.url(&name, "owner");
    let mut server = Server::start();
    let ana = of(&server, ADMIN);
    let lock_down = json!({ "name": "call_lock_down", "reason": "shots in the gym" });
    accepted(&ana, NORTH, lock_down).await;
    for name in ["tom.becker", "sam.cole", "kim.ortega"] {
        let who = of(&server, &format!("person:{name}"));
        accepted(&who, NORTH, json!({ "name": "arrive" })).await;
    }
    let folder = rosters::files(&server, NORTH, "ana.ruiz", "N101");
    rosters::refresh(&server, &folder, &[]).done();
    let roster = rosters::roster(&ana, None).await;
    assert_eq!(roster.0, 200, "{roster:?}");
    let before = export(&ana, NORTH).await;
    let (_, keys) = ana.get("/v1/keys").await;
    let data = server.data().to_owned();
    let migrate = ["migrate", "--json", "--database-url", &url];
    operator(&data, &migrate).failed(1, &["stop the server first"]);
    assert!(server.stop().success());

    operator(&data, &["migrate"]).failed(1, &[URL]);
    let said = operator(&data, &migrate);
    assert!(
        said.err.contains("oak") || said.err.contains(NORTH),
        "{said:?}"
    );
    let moved: Value = serde_json::from_str(&said.done()).unwrap();
    let count = database.run(&name, "SELECT count(*) FROM entry");
    assert_eq!(moved["entries"].to_string(), count);
    operator(&data, &migrate).failed(1, &["has moved already"]);
    operator(&data, &["serve"]).failed(1, &["moved into a database", URL]);
    operator(&data, &["directory", "show"]).failed(1, &["moved into a database"]);

    let server = server.start_again_with(&[(URL, &url)]);
    let ana = of(&server, ADMIN);
    let screen = ana.screen(NORTH).await;
    assert_eq!(screen.posture(), Posture::LockDown);
    assert_eq!(rosters::roster(&ana, None).await, roster);
    let after = export(&ana, NORTH).await;
    let entries = |export: &Value| export["entries"].as_array().unwrap().clone();
    let (had, has) = (entries(&before), entries(&after));
    assert_eq!(had, has[..had.len()]);
    let (code, out) = verified(&after, &keys, &before["heads"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("whole"), "{out}");

    // Everything goes on from there: a clear, and what is done at the shell.
    let sam = of(&server, "person:sam.cole");
    let clear = sam.all_clear(NORTH, &screen, Some("all rooms seen")).await;
    clear.accepted();
    assert_eq!(ana.screen(NORTH).await.posture(), Posture::AllClear);
    let with = |args: &[&str]| operator(&data, &[args, &["--database-url", &url]].concat());
    assert!(with(&["directory", "show"]).done().contains("Version 2"));
    assert!(with(&["check"]).done().contains("can be written"));
    let code = with(&["code", ADMIN]).done();
    let args = [
        "--server",
        &server.url,
        "sign-in",
        code.lines().next().unwrap(),
    ];
    lockstep(&data, &args).done();
    with(&["backup", "/nowhere"]).failed(1, &["its own tools"]);
    assert!(!server.log().contains(&url));

    // Another folder without the school's key is another school's.
    let other = tempfile::tempdir().unwrap();
    let args = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
    operator(other.path(), &args).failed(1, &["master.key", "another instance"]);
}

/// What does not arrive as it was is not there at all, and the folder is as before.
#[tokio::test]
async fn a_move_is_whole_or_not_at_all() {
    let database = Postgres::shared();
    let name = database.database();
    let url = database.url(&name, "owner");
    let mut server = Server::start();
    server.kill();
    let data = server.data().to_owned();
    let migrate = ["migrate", "--database-url", &url];

    let file = data.join("journal.sqlite");
    let forger = rusqlite::Connection::open(&file).unwrap();
    let whole = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let behind = forger.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], whole);
    assert_eq!(behind.unwrap(), 0, "all of it is in the one file");
    let kept = fs::read(&file).unwrap();
    let forgery = "DROP TRIGGER entry_is_never_changed; \
                   UPDATE entry SET canonical = replace(canonical, '1', '2') WHERE seq = 2";
    forger.execute_batch(forgery).unwrap();
    drop(forger);
    operator(&data, &migrate).failed(1, &["entry 2", "nothing was moved"]);
    fs::write(&file, kept).unwrap();
    for table in ["log", "entry", "directory", "credential"] {
        let rows = database.run(&name, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(rows, "0", "{table}");
    }
    assert!(!data.join("journal.moved").exists());

    let moved = operator(&data, &migrate).done();
    assert!(moved.contains("each root as it was"), "{moved}");
    fs::remove_file(data.join("journal.moved")).unwrap();
    operator(&data, &migrate).failed(1, &["not empty"]);

    let empty = tempfile::tempdir().unwrap();
    let nothing = rusqlite::Connection::open(empty.path().join("journal.sqlite")).unwrap();
    drop(nothing);
    let url = database.url(&database.database(), "owner");
    operator(empty.path(), &["migrate", "--database-url", &url]).failed(1, &["nothing to move"]);
}

#[test]
fn a_database_url_is_never_shown() {
    let secret: Secret = "postgres://u:hunter2@h/d".parse().unwrap();
    let shown = format!("{:?}", BTreeMap::from([("url", secret)]));
    assert!(!shown.contains("hunter2"), "{shown}");
    let data = tempfile::tempdir().unwrap();
    let url = "postgres://u:hunter2@127.0.0.1:1/d";
    let args = ["directory", "show", "--database-url", url];
    let said = operator(data.path(), &args).failed(1, &["cannot be opened"]);
    assert!(!said.contains("hunter2"), "{said}");
    let args = [
        "directory",
        "show",
        "--database-url",
        "postgres://u:hunter2@[",
    ];
    let said = operator(data.path(), &args).failed(1, &["cannot be read"]);
    assert!(!said.contains("hunter2"), "{said}");
}
