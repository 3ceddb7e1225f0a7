//! Lists that another system writes each night: all or nothing, told beforehand, and taken by a
//! server that runs, also in the middle of a lock-down.

use std::fs;

use lockstep_proto::command::Pin;
use lockstep_proto::posture::Posture;
use lockstep_tests::{Http, Server, request};
use serde_json::json;

use crate::officers::ask;
use crate::shell::{Said, operator, path};
use crate::{ADMIN, NORTH, TEACHER, Wire, asked, command, of};

/// The demo's people, as a list: without the certifications' words, which only law enforcement has.
fn staff(server: &Server) -> String {
    let shown = operator(server.data(), &["directory", "show", "--json"]).done();
    let directory: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let mut list = "id,name,role,campuses,room,agency,badge,kind,number,full_time,\
                    valid_until,addresses,may_lock_down\n"
        .to_owned();
    for (id, person) in directory["people"].as_object().unwrap() {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let all = |name: &str| {
            let items = person[name].as_array().into_iter().flatten();
            items.map(text).collect::<Vec<_>>().join(" ")
        };
        let on = &person["certification"];
        let full_time = if on["full_time"] == json!(true) {
            "yes"
        } else {
            "no"
        };
        let full_time = if on.is_null() { "" } else { full_time };
        list += &format!(
            "{id},\"{}\",{},{},{},{},{},\"{}\",{},{full_time},{},{},{}\n",
            text(&person["name"]),
            text(&person["role"]),
            all("campuses"),
            text(&person["room"]),
            text(&on["agency"]),
            text(&on["badge"]),
            text(&on["kind"]),
            text(&on["number"]),
            text(&on["valid_until"]),
            all("addresses"),
            all("may_lock_down"),
        );
    }
    list
}

fn refresh(server: &Server, list: &str, more: &[&str]) -> Said {
    let file = server.data().join("staff.csv");
    fs::write(&file, list).unwrap();
    let args = ["directory", "refresh", "--people", path(&file)];
    operator(server.data(), &[&args, more].concat())
}

/// A3, P3: whoever is in the list no more is out at once, also out of a raise; nothing that was
/// raised is lowered; and a list that is wrong anywhere changes nothing.
#[tokio::test]
async fn p3_a_list_is_taken_whole_while_a_campus_is_locked_down() {
    let server = Server::start();
    let list = staff(&server);
    // The same people: what the list can say is all that there is.
    let same = refresh(&server, &list, &[]).done();
    assert!(
        same.contains("Nothing changes") && same.contains("version 1"),
        "{same}"
    );

    let call = asked(json!({ "name": "call_lock_down" }));
    let _ = of(&server, ADMIN).send(NORTH, &call).await.accepted();
    let mut joy = Wire::open(&server, TEACHER).await;
    joy.subscribe(&[NORTH]).await;

    let line = list
        .lines()
        .find(|line| line.starts_with("joy.adams"))
        .unwrap();
    let uncertified = list.replacen("LE-20431", "", 1);
    let said = refresh(&server, &uncertified, &[]);
    said.failed(
        1,
        &[
            "nothing was changed",
            "the list of people, line",
            "column number",
        ],
    );
    let misspelt = list.replacen("\"Joy Adams\",staff", "\"Joy Adams\",teacher", 1);
    let said = refresh(&server, &misspelt, &[]);
    said.failed(
        1,
        &["nothing was changed", "column role", "no role `teacher`"],
    );

    let without = list.replacen(&format!("{line}\n"), "", 1);
    let renamed = without.replacen("Lee Park", "Lee Parker", 1);
    let dry = refresh(&server, &renamed, &["--dry-run"]).done();
    for words in [
        "- person joy.adams",
        "~ person lee.park",
        "was Lee Park ",
        "is  Lee Parker ",
        "Nothing was changed",
    ] {
        assert!(dry.contains(words), "{words}: {dry}");
    }
    let mut me = of(&server, TEACHER).get("/v1/me").await.0;
    assert_eq!(me, 200, "a dry run");

    let taken = refresh(&server, &renamed, &[]).done();
    assert!(taken.contains("now at version 2"), "{taken}");
    assert_eq!(joy.closed().await, 4500);
    me = of(&server, TEACHER).get("/v1/me").await.0;
    assert_eq!(me, 401);
    let threat = asked(json!({ "name": "report_threat" }));
    let refused = of(&server, TEACHER).send(NORTH, &threat).await.refused();
    assert_eq!(refused.as_str(), "revoked");
    let screen = of(&server, ADMIN).screen(NORTH).await;
    assert_eq!(screen.posture(), Posture::LockDown);
}

/// A6: whom a list left out and another brings back signs in anew, with a new PIN; who was put in
/// by hand is in no list and has not gone.
#[tokio::test]
async fn a6_who_comes_back_by_a_list_brings_nothing_along() {
    let server = Server::start();
    let list = staff(&server);
    let sam = "person:sam.cole";
    let before = server.token(sam);
    let add = json!({ "expected": 1, "pin": lockstep_server::demo::PIN, "change": {
        "change": "add_person",
        "person": { "name": "Pia Sub", "role": "staff", "campuses": [NORTH] },
    }});
    let changes = "/v1/directory/changes";
    let (status, made) = ask(&server, ADMIN, "POST", changes, Some(add)).await;
    assert_eq!(status, 200, "{made}");
    let substitute = made["principal"].as_str().unwrap();
    let substitute = crate::shell::sign_in(&server, "maple-valley", substitute).await;

    let line = list.lines().find(|line| line.starts_with("sam.cole"));
    let without = list.replacen(&format!("{}\n", line.unwrap()), "", 1);
    refresh(&server, &without, &[]).done();
    refresh(&server, &list, &[]).done();
    // By the journal, and not only by what the server knew in between.
    let mut server = server;
    assert!(server.stop().success());
    let server = server.start_again();
    let (status, gone) = Http::with(&server.url, &before).get("/v1/me").await;
    assert_eq!((status, &gone["code"]), (401, &json!("revoked")));
    let (status, me) = Http::with(&server.url, &substitute).get("/v1/me").await;
    assert_eq!(status, 200, "{me}");

    // Signed in again, as an officer whose all clear takes the PIN of before.
    let again = crate::shell::sign_in(&server, "maple-valley", sam).await;
    let again = Http::with(&server.url, &again);
    let call = asked(json!({ "name": "call_lock_down" }));
    let _ = again.send(NORTH, &call).await.accepted();
    let screen = again.screen(NORTH).await;
    let mut clear = request(command(json!({ "name": "give_all_clear",
        "lifts": screen.open_raises(), "seen": screen.position.unwrap(),
        "override_reason": "seen" })));
    clear.pin = Some(Pin(lockstep_server::demo::PIN.to_owned()));
    let refused = again.send(NORTH, &clear).await.refused();
    assert_eq!(refused.as_str(), "proof_wrong");
}

#[test]
fn a_list_by_which_many_would_go_takes_another_word() {
    let server = Server::start();
    let list = staff(&server);
    let few: String = list
        .lines()
        .take(1)
        .chain(list.lines().filter(|line| line.contains(",administrator,")))
        .map(|line| format!("{line}\n"))
        .collect();
    let said = refresh(&server, &few, &[]);
    said.failed(
        1,
        &[
            "nothing was changed",
            "people would go",
            "--dry-run",
            "--many-go",
        ],
    );
    let dry = refresh(&server, &few, &["--dry-run"]).done();
    assert!(dry.contains("that takes --many-go"), "{dry}");
    let head = list.lines().next().unwrap();
    refresh(&server, head, &["--many-go"]).failed(1, &["nothing was changed", "there is no row"]);
    let taken = refresh(&server, &few, &["--many-go"]).done();
    assert!(taken.contains("now at version 2"), "{taken}");

    let nothing = operator(server.data(), &["directory", "refresh"]);
    nothing.failed(1, &["--people"]);
    let nowhere = ["directory", "refresh", "--people", "/nowhere.csv"];
    operator(server.data(), &nowhere).failed(1, &["/nowhere.csv", "cannot be read"]);
}

/// A3: a list that makes somebody a full-time officer leaves who, what they were and what they are
/// in the district's log, in the words of its dry run.
#[tokio::test]
async fn a3_a_list_leaves_whose_certification_it_changed() {
    let server = Server::start();
    let list = staff(&server);
    let row = list
        .lines()
        .find(|line| line.starts_with("bo.hart"))
        .unwrap();
    let list = list.replacen(row, &row.replacen(",no,", ",yes,", 1), 1);
    let on = |employed: &str| {
        format!("Sorrel County Sheriff's Office badge R-31, number LE-22015, {employed}")
    };
    let words = format!(
        "certification of Bo Hart (bo.hart): was {}, until 2031-06-30; is {}, until 2031-06-30",
        on("part-time"),
        on("full-time")
    );
    let dry = refresh(&server, &list, &["--dry-run"]).done();
    assert!(dry.contains(&format!("~ {words}\n")), "{dry}");
    let _ = refresh(&server, &list, &[]).done();

    let told = operator(server.data(), &["directory", "log", "--last", "1"]).done();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains("(operator): Directory version 2: "), "{told}");
    assert!(told.contains(&words), "{told}");
    let told = operator(
        server.data(),
        &["directory", "log", "--last", "1000", "--json"],
    )
    .done();
    let told: Vec<serde_json::Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let fact = &told.last().unwrap()["fact"];
    assert_eq!(fact["fact"], "directory_imported", "{fact}");
    let certified = fact["certified"].as_array().unwrap();
    assert_eq!(certified.len(), 1, "{fact}");
    assert_eq!(certified[0]["person"], "bo.hart");
    let employed = |when: &str| certified[0][when]["full_time"].as_bool();
    assert_eq!(
        (employed("before"), employed("after")),
        (Some(false), Some(true))
    );
    // The first directory brought every one that there is.
    let first = told
        .iter()
        .find(|entry| entry["fact"]["version"] == 1)
        .unwrap();
    assert_eq!(first["fact"]["certified"].as_array().unwrap().len(), 7);
}
