//! What somebody at the server's own shell does, asserted on exit code and words.

use std::fs;
use std::net::TcpListener;

use lockstep_proto::code::Code;
use lockstep_proto::command::Pin;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_tests::{Answered, Follower, Http, Server, request};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::shell::{
    DEMO, district, enrol, import_text, lockstep, operator, operator_reading, path, sign_in,
};
use crate::{ADMIN, NORTH, asked, command, of};

const RIVER: &str = "river-middle";

/// A folder in a temporary one, which is not there yet.
fn new_folder() -> (TempDir, std::path::PathBuf) {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    (folder, data)
}

#[test]
fn an_address_that_cannot_be_had_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (_folder, data) = new_folder();
    let said = operator(&data, &["serve", "--listen", &address]);
    said.failed(1, &[&address, "is taken", "--listen"]);
    assert!(!data.exists(), "a server that cannot listen leaves nothing");

    // Refused before anything is made on the disk.
    let (_folder, data) = new_folder();
    let said = operator(&data, &["serve", "--listen", "0.0.0.0:0"]);
    said.failed(1, &["without TLS", "127.0.0.1"]);
    assert!(!data.exists());
    operator(&data, &["serve", "--listen", "nonsense"]).failed(2, &["--listen"]);
}

#[test]
fn a_folder_that_cannot_be_written_says_so_and_is_not_fit() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let data = file.join("data");
    operator(&data, &["serve"]).failed(1, &["a-file/data", "cannot be made", "--data"]);
    let said = operator(&data, &["check"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("BAD  folder"), "{said:?}");
    assert!(said.out.contains("not fit to serve"), "{said:?}");
    let said = operator(&data, &["check", "--json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &report["fit"]), (1, &json!(false)));

    // A journal without its key: nobody's sign-in would be good, and no head.
    let data = folder.path().join("data");
    operator(&data, &["check"]).done();
    assert_eq!(
        fs::read_dir(&data).unwrap().count(),
        0,
        "a check makes nothing"
    );
    import_text(&data, &district("east", &["north"])).done();
    let said = operator(&data, &["check"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("BAD  keys"), "{said:?}");
}

#[test]
fn a_mistyped_folder_is_told_and_not_made() {
    let (_folder, data) = new_folder();
    let to = data.with_file_name("copy");
    for args in [
        &["directory", "show"][..],
        &["code", "person:ana"],
        &["pin", "ana"],
        &["backup", path(&to)],
    ] {
        operator(&data, args).failed(1, &["there is no journal in", "--data"]);
    }
    assert!(!data.exists() && !to.exists());
}

#[test]
fn a_directory_file_is_taken_whole_or_not_at_all_and_names_its_line() {
    let (_folder, data) = new_folder();
    fs::create_dir(&data).unwrap();
    import_text(&data, DEMO).done();
    let before = operator(&data, &["directory", "show", "--json"]).done();
    let id_of = |id: &str| format!("id = \"{id}\"");
    for (from, to, says) in [
        (
            "role = \"sro\"".to_owned(),
            "role = \"sheriff\"".to_owned(),
            "unknown variant",
        ),
        (
            "role = \"sro\"".to_owned(),
            "rolle = \"sro\"".to_owned(),
            "unknown field",
        ),
        (
            "room = \"n101\"".to_owned(),
            "room = \"n999\"".to_owned(),
            "no room `n999`",
        ),
        (
            id_of("tom.becker"),
            id_of("ana.ruiz"),
            "two people `ana.ruiz`",
        ),
        (
            "America/New_York".to_owned(),
            "America/Nowhere".to_owned(),
            "no time zone",
        ),
        (
            "full_time = true".to_owned(),
            "full_time = maybe".to_owned(),
            "line",
        ),
        ("[[device]]".to_owned(), "[[device]".to_owned(), "line"),
    ] {
        let changed = DEMO.replacen(&from, &to, 1);
        assert_ne!(changed, DEMO);
        let error = import_text(&data, &changed)
            .failed(1, &["nothing was changed", "line ", ", column ", says]);
        // The line that was changed, or the head of the table that it stands in.
        let line: usize = error
            .split("line ")
            .nth(1)
            .and_then(|rest| rest.split(", column ").next())
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("no line in {error}"));
        let wrong = 1 + changed
            .lines()
            .zip(DEMO.lines())
            .take_while(|(a, b)| a == b)
            .count();
        assert!(
            (wrong.saturating_sub(25)..=wrong).contains(&line),
            "{wrong}: {error}"
        );
    }
    operator(&data, &["directory", "import", "/nowhere.toml"])
        .failed(1, &["/nowhere.toml", "cannot be read"]);
    let after = operator(&data, &["directory", "show", "--json"]).done();
    assert_eq!(before, after);

    let fewer = DEMO.replacen("school_lift = true", "school_lift = false", 1);
    let file = data.join("fewer.toml");
    fs::write(&file, &fewer).unwrap();
    let dry = operator(&data, &["directory", "import", path(&file), "--dry-run"]).done();
    assert!(
        dry.contains("~ policy") && dry.contains("Nothing was changed"),
        "{dry}"
    );
    assert_eq!(
        operator(&data, &["directory", "show", "--json"]).done(),
        before
    );
    let same = import_text(&data, DEMO).done();
    assert!(
        same.contains("Nothing changes") && same.contains("version 1"),
        "{same}"
    );
    let taken = import_text(&data, &fewer).done();
    assert!(taken.contains("now at version 2"), "{taken}");
    let shown = operator(&data, &["directory", "show"]).done();
    for words in [
        "school_lift                     no",
        "\n  ana.ruiz         Ana Ruiz ",
    ] {
        assert!(shown.contains(words), "{words:?}: {shown}");
    }
}

/// A4: codes and PINs made at the shell count at once in a server that runs.
#[tokio::test]
async fn codes_work_once_and_a_pin_replaces_the_one_before() {
    let folder = tempdir().unwrap();
    for id in ["east", "west"] {
        import_text(folder.path(), &district(id, &["north"])).done();
    }
    let server = Server::start_on(folder, &[]);
    let data = server.data();
    operator(data, &["code", "person:ana"]).failed(1, &["--district", "east, west"]);
    let of_east = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(["--district", "east"]);
        operator(data, &all)
    };
    of_east(&["code", "person:nobody"]).failed(1, &["person:nobody", "directory show"]);
    of_east(&["code", "nobody"]).failed(2, &["person:ID"]);
    of_east(&["code", "person:ana", "--minutes", "61"]).failed(2, &["1..=60"]);
    let at = |address| of_east(&["code", "device:d1", "--at", address]);
    at("http://school.example").failed(2, &["must begin with https://"]);
    at("https://school.example/enrol").failed(2, &["without a path"]);
    let linked = at("https://school.example/").done();
    let own = linked.lines().next().unwrap();
    assert!(
        linked.contains(&format!("https://school.example/enrol#{own} in")),
        "{linked}"
    );
    let code = of_east(&["code", "device:d1"]).done();
    let code = code.lines().next().unwrap();
    let (status, body) = enrol(&server, code).await;
    assert_eq!(
        (status, &body["you"]["role"]),
        (200, &json!("room")),
        "{body}"
    );
    let (status, body) = enrol(&server, code).await;
    assert_eq!((status, &body["code"]), (401, &json!("code_unknown")));

    let pin = |pin: &str| {
        operator_reading(
            data,
            &["pin", "sam", "--district", "east"],
            &format!("{pin}\n"),
        )
    };
    pin("12").failed(1, &["4 to 64 characters", "nothing was changed"]);
    operator(data, &["pin", "nobody", "--district", "east"]).failed(1, &["nobody is not in"]);
    let sam = Http::with(&server.url, &sign_in(&server, "east", "person:sam").await);
    let _ = sam
        .send("north", &asked(json!({ "name": "call_lock_down" })))
        .await
        .accepted();
    let drawn = sam.screen("north").await;
    let all_clear = json!({ "name": "give_all_clear", "lifts": drawn.open_raises(),
        "seen": drawn.position.unwrap(), "override_reason": "seen" });
    let proven = |with: &str| {
        let mut request = request(command(all_clear.clone()));
        request.pin = Some(Pin(with.to_owned()));
        request
    };
    assert_eq!(
        sam.send("north", &proven("8642")).await.refused(),
        Code::ProofWrong
    );
    assert!(pin("8642").done().contains("is set"));
    assert!(pin("7531").done().contains("is set"));
    assert_eq!(
        sam.send("north", &proven("8642")).await.refused(),
        Code::ProofWrong
    );
    let _ = sam.send("north", &proven("7531")).await.accepted();
}

/// P3: no import takes a campus away while something stands open there.
#[tokio::test]
async fn p3_an_import_leaves_a_campus_in_that_is_locked_down() {
    let folder = tempdir().unwrap();
    import_text(folder.path(), &district("east", &["north", "south"])).done();
    let server = Server::start_on(folder, &[]);
    let ana = Http::with(&server.url, &sign_in(&server, "east", "person:ana").await);
    let _ = ana
        .send("south", &asked(json!({ "name": "call_lock_down" })))
        .await
        .accepted();
    let without = district("east", &["north"]);
    import_text(server.data(), &without).failed(1, &["nothing was changed", "south", "incident"]);
    assert_eq!(ana.screen("south").await.posture(), Posture::LockDown);
}

#[test]
fn two_servers_do_not_share_a_folder_and_a_restore_waits_for_the_server() {
    let server = Server::start();
    let copy = tempdir().unwrap();
    let to = copy.path().join("copy");
    let said = operator(server.data(), &["serve", "--listen", "127.0.0.1:0"]);
    said.failed(1, &["in use by another process"]);
    // Another spool does not make it another folder: each would keep from its screens what the
    // other was told.
    let spool = copy.path().join("spool");
    let with_its_own = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--spool-dir",
        path(&spool),
    ];
    operator(server.data(), &with_its_own).failed(1, &["in use by another process", "--data"]);
    operator(server.data(), &["backup", path(&to)]).done();
    operator(server.data(), &["backup", path(&to)]).failed(1, &["exists already"]);
    let restore = ["restore", path(&to), "--reason", "a try", "--replace"];
    operator(server.data(), &restore).failed(1, &["stop the server first"]);
    let past_the_spool = [&restore[..], &["--spool-dir", path(&spool)]].concat();
    operator(server.data(), &past_the_spool).failed(1, &["stop the server first"]);
    operator(server.data(), &["check"]).done();
    let nothing = copy.path().join("nothing");
    let none = [
        "restore",
        path(&nothing),
        "--reason",
        "a try",
        "--data",
        path(&nothing),
    ];
    operator(server.data(), &none).failed(1, &["is no backup", "journal.sqlite"]);
    assert!(!nothing.exists());
}

pub(crate) async fn accepted(who: &Http, campus: &str, json: Value) -> FactId {
    let mut request = asked(json);
    request.pin = None;
    who.send(campus, &request).await.accepted().fact
}

pub(crate) async fn export(who: &Http, campus: &str) -> Value {
    let path = format!("/v1/campuses/{campus}/timeline/export");
    let (status, export) = who.get(&path).await;
    assert_eq!(status, 200, "{export}");
    export
}

/// What `lockstep timeline verify` says of an export, by these keys and kept heads.
pub(crate) fn verified(export: &Value, keys: &Value, heads: &Value) -> (i32, String) {
    let home = tempdir().unwrap();
    let files = [
        ("export.json", export),
        ("keys.json", keys),
        ("heads.json", heads),
    ];
    for (name, json) in files {
        fs::write(home.path().join(name), json.to_string()).unwrap();
    }
    let args = [
        "timeline",
        "verify",
        "export.json",
        "--keys",
        "keys.json",
        "--heads",
        "heads.json",
    ];
    let said = lockstep(home.path(), &args);
    (said.code, said.out)
}

/// T2, invariant 2: a backup of a server under load is the journal of one moment, with all that
/// was acknowledged before it began; restored on another machine it goes on in a new epoch, and
/// a check reads the loss as declared where a kept head was given, as tampering where none was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t2_a_backup_under_load_restores_and_declares_what_it_lost() {
    let mut server = Server::start();
    let mut before = Vec::new();
    let ana = of(&server, ADMIN);
    for _ in 0..5 {
        before.push(accepted(&ana, NORTH, json!({ "name": "call_lock_down" })).await);
    }
    let mut busy = Vec::new();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    for name in ["tom.becker", "sam.cole", "kim.ortega", "lee.park"] {
        let who = of(&server, &format!("person:{name}"));
        let stopped = stopped.clone();
        busy.push(tokio::spawn(async move {
            let mut given = 0_u32;
            while !*stopped.borrow() {
                accepted(&who, NORTH, json!({ "name": "arrive" })).await;
                given += 1;
            }
            given
        }));
    }
    let copies = tempdir().unwrap();
    let copy = copies.path().join("copy");
    let (data, to) = (server.data().to_owned(), copy.clone());
    let backup = move || operator(&data, &["backup", path(&to), "--json"]).done();
    let made = tokio::task::spawn_blocking(backup).await.unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    // What comes after the backup is lost with the machine.
    let lost = accepted(&ana, NORTH, json!({ "name": "call_lock_down" })).await;
    stop.send_replace(true);
    let mut given = 0;
    for task in busy {
        given += task.await.unwrap();
    }
    let full = export(&ana, NORTH).await;
    let (_, keys) = ana.get("/v1/keys").await;
    let total = full["entries"].as_array().unwrap().len();
    println!(
        "{total} entries, {given} of them while a backup of {} was made",
        made["entries"]
    );
    let token = server.token(ADMIN);
    assert!(server.stop().success());

    let heads = copies.path().join("heads.json");
    fs::write(&heads, full["heads"].to_string()).unwrap();
    for declared in [true, false] {
        let data = tempdir().unwrap();
        // Looking at the new machine first makes no key that would stand in the way.
        operator(data.path(), &["check"]).done();
        let mut args = vec!["restore", path(&copy), "--reason", "The disk died"];
        if declared {
            args.extend(["--heads", path(&heads)]);
        }
        let told = operator(data.path(), &args).done();
        assert_eq!(told.contains("--heads"), !declared, "{told}");
        let restored = Server::start_on(data, &[]);
        // A sign-in of before is good: the key came along.
        let ana = Http::with(&restored.url, &token);
        let screen = ana.screen(NORTH).await;
        assert_eq!(screen.posture(), Posture::LockDown);
        assert_eq!(screen.position.unwrap().epoch, 2);
        let shown = screen.open_raises();
        assert!(before.iter().all(|id| shown.contains(id)), "{shown:?}");
        assert!(!shown.contains(&lost));
        let left = export(&ana, NORTH).await;
        let kept = left["entries"].as_array().unwrap();
        // Behind the new epoch's opening the server asks again whom the calls' duties ask.
        let opened = kept.iter().position(|entry| entry["epoch"] == 2).unwrap();
        let of_before = &kept[..opened];
        assert_eq!(
            of_before,
            &full["entries"].as_array().unwrap()[..of_before.len()]
        );
        assert!(
            kept[opened]["entry"]
                .as_str()
                .unwrap()
                .contains("epoch_opened")
        );
        let (code, out) = verified(&left, &keys, &full["heads"]);
        let expected = if declared {
            (0, "tail lost")
        } else {
            (6, "tampered")
        };
        assert_eq!(code, expected.0, "{out}");
        assert!(
            out.contains(expected.1) && out.contains("declared") == declared || !declared,
            "{out}"
        );
        let (code, out) = verified(&left, &keys, &json!([]));
        assert_eq!(code, 0, "{out}");
    }
}

/// P3, invariants 4 and 11: a backup from before a lock-down, put in the place of the journal
/// that knows it, lowers nothing; everything that stood open stands open in the new epoch.
#[tokio::test]
async fn p3_a_restore_never_lowers() {
    let server = Server::start();
    let copies = tempdir().unwrap();
    let copy = copies.path().join("copy");
    operator(server.data(), &["backup", path(&copy)]).done();
    let [ana, kim, mia] =
        [ADMIN, "person:kim.ortega", "person:mia.stone"].map(|who| of(&server, who));
    let call = accepted(&ana, NORTH, json!({ "name": "call_lock_down" })).await;
    let words = json!({ "name": "say_not_clear", "reason": "Gym not searched" });
    let veto = accepted(&kim, NORTH, words).await;
    let plea = json!({ "name": "report_room", "room": "n101", "report": { "state": "need_help" } });
    accepted(&ana, NORTH, plea).await;
    let moved = json!({ "name": "begin_controlled_movement", "kind": "weather" });
    let movement = accepted(&mia, RIVER, moved).await;
    // A room's display follows it all, and shows it when the server comes back.
    let display = server.token("device:north-n101");
    let shown = Follower::join(&server.url, &display, NORTH).await.screen;
    assert!(shown.open_raises().contains(&call));
    let joy = server.token("person:joy.adams");
    reqwest::Client::new()
        .delete(format!("{}/v1/sign-in", server.url))
        .bearer_auth(&joy)
        .send()
        .await
        .unwrap();
    let heads = export(&ana, NORTH).await["heads"].clone();
    let (_, keys) = ana.get("/v1/keys").await;
    let mut server = server;
    assert!(server.stop().success());

    let data = server.data().to_owned();
    let journal = fs::read(data.join("journal.sqlite")).unwrap();
    let restore = ["restore", path(&copy), "--reason", "A wrong import"];
    operator(&data, &restore).failed(1, &["a journal stands in", "--replace"]);
    operator(&data, &[&restore[..3], &["", "--replace"]].concat()).failed(1, &["--reason"]);
    let untouched = fs::read(data.join("journal.sqlite")).unwrap() == journal;
    assert!(untouched, "what is refused touches nothing");
    let other = copies.path().join("other");
    fs::create_dir_all(other.join("keys")).unwrap();
    fs::copy(copy.join("journal.sqlite"), other.join("journal.sqlite")).unwrap();
    fs::write(other.join("keys/master.key"), [7; 32]).unwrap();
    operator(
        &data,
        &[
            "restore",
            path(&other),
            "--reason",
            "A wrong one",
            "--replace",
        ],
    )
    .failed(1, &["of another server"]);

    let told = operator(&data, &[&restore[..], &["--replace"]].concat()).done();
    assert!(told.contains("stand open again: 4"), "{told}");
    assert!(told.contains("journal.replaced-1.sqlite"), "{told}");
    assert!(data.join("journal.replaced-1.sqlite").exists());
    // Not the spool's doing: it is gone as well.
    fs::remove_file(data.join("spool")).unwrap();
    let server = server.start_again();

    let [ana, kim, mia] =
        [ADMIN, "person:kim.ortega", "person:mia.stone"].map(|who| of(&server, who));
    let screen = ana.screen(NORTH).await;
    assert_eq!(screen.open_raises(), [call]);
    assert_eq!(screen.position.unwrap().epoch, 2);
    assert!(
        screen.cards.contains_key(&format!("veto/{veto}")),
        "{screen:#?}"
    );
    let plea = matches!(&screen.cards["room/n101"],
        lockstep_proto::view::Card::Room(room) if room.plea.is_some());
    assert!(plea, "{screen:#?}");
    assert_eq!(mia.screen(RIVER).await.open_raises(), [movement]);
    let resumed = Follower::resume(&server.url, &display, NORTH, shown)
        .await
        .screen;
    assert_eq!(
        (resumed.posture(), resumed.held.len()),
        (Posture::LockDown, 0)
    );
    // A sign-in that was switched off since the backup stays off.
    let (status, gone) = Http::with(&server.url, &joy).get("/v1/me").await;
    assert_eq!((status, &gone["code"]), (401, &json!("revoked")));
    match kim
        .send(
            NORTH,
            &asked(json!({ "name": "give_all_clear", "lifts": [call],
        "seen": screen.position.unwrap(), "override_reason": "seen" })),
        )
        .await
    {
        Answered::Refused(code, _) => assert_eq!(code, Code::NotClearStands),
        other @ (Answered::Accepted(_) | Answered::InDoubt | Answered::Gone) => panic!("{other:?}"),
    }
    let (code, out) = verified(&export(&ana, NORTH).await, &keys, &heads);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("tail lost") && out.contains("declared"),
        "{out}"
    );

    // The same backup again: an epoch after all that were, so that no two histories share one.
    let mut server = server;
    assert!(server.stop().success());
    operator(&data, &[&restore[..], &["--replace"]].concat()).done();
    let server = server.start_again();
    let ana = of(&server, ADMIN);
    let again = ana.screen(NORTH).await;
    assert_eq!(
        again.position.unwrap().epoch,
        screen.position.unwrap().epoch + 1
    );
    assert_eq!(again.posture(), Posture::LockDown);
    let (code, out) = verified(&export(&ana, NORTH).await, &keys, &heads);
    assert_eq!(code, 0, "{out}");
    assert!(
        out.contains("tail lost") && out.contains("declared"),
        "{out}"
    );
}

/// A6: a sign-in that the backup has not heard of, switched off since, has a token that would be
/// as good as any.
#[tokio::test]
async fn a6_what_was_switched_off_since_a_backup_stays_off() {
    let server = Server::start();
    let copies = tempdir().unwrap();
    let copy = copies.path().join("copy");
    operator(server.data(), &["backup", path(&copy)]).done();
    let made = operator(server.data(), &["code", ADMIN]).done();
    let (status, body) = enrol(&server, made.lines().next().unwrap()).await;
    assert_eq!(status, 200, "{body}");
    let stolen = body["token"].as_str().unwrap().to_owned();
    let out = reqwest::Client::new()
        .delete(format!("{}/v1/sign-in", server.url))
        .bearer_auth(&stolen);
    assert_eq!(out.send().await.unwrap().status(), 204);
    let mut server = server;
    assert!(server.stop().success());
    let data = server.data().to_owned();
    let restore = ["restore", path(&copy), "--reason", "A disk", "--replace"];
    operator(&data, &restore).done();
    let server = server.start_again();
    let (status, gone) = Http::with(&server.url, &stolen).get("/v1/me").await;
    assert_eq!((status, &gone["code"]), (401, &json!("revoked")));
}

/// The shell's own run of the command line: sign in, export where one stands, check.
#[tokio::test]
async fn an_export_is_written_where_one_stands_and_checks_as_whole() {
    let server = Server::start();
    let ana = of(&server, ADMIN);
    accepted(
        &ana,
        NORTH,
        json!({ "name": "call_lock_down", "reason": "shots" }),
    )
    .await;
    let code = operator(server.data(), &["code", ADMIN]).done();
    let home = tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut all = vec!["--server", &server.url];
        all.extend(args);
        lockstep(home.path(), &all)
    };
    run(&["sign-in", code.lines().next().unwrap()]).done();
    let told = run(&["timeline", "export", NORTH, "--out", "north.json"]).done();
    // The call, and what the server recorded of its own about it.
    let entries = told.split(" in north.json").next().unwrap().to_owned();
    assert!(entries.ends_with(" entries"), "{told}");
    let told = run(&["timeline", "verify", "north.json"]).done();
    assert!(told.contains("whole") && told.contains(&entries), "{told}");
}
