//! OneRoster files taken by a server that runs, and rosters, which open in an incident alone (I4).

use std::fs;
use std::path::{Path, PathBuf};

use lockstep_proto::code::Code;
use lockstep_proto::posture::Posture;
use lockstep_tests::{Http, Server};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::officers::home;
use crate::shell::{Said, district, import_text, lockstep, operator, path, sign_in};
use crate::{ADMIN, DIRECTOR, NORTH, TEACHER, Wire, asked, of};

/// Stands in nothing but a roster.
const CANARY: &str = "Quetzal Zebrowska";
const OFFICERS: [&str; 4] = [
    "person:sam.cole",
    "person:kim.ortega",
    "person:lee.park",
    "person:carol.voss",
];

/// OneRoster files of the demo's high school, whose teacher of room 101 has one class more than
/// she has students.
pub(crate) fn files(server: &Server, school: &str, admin: &str, room: &str) -> PathBuf {
    let folder = server.data().join("oneroster");
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    file(
        "manifest.csv",
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n\
         file.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n",
    );
    let org = format!("sourcedId,name,type,identifier\ns1,School,school,{school}\n");
    file("orgs.csv", &org);
    let users = format!(
        "sourcedId,status,enabledUser,givenName,familyName\n{admin},,true,Ana,Ruiz\n\
         tom.becker,,true,Tom,Becker\njoy.adams,,true,Joy,Adams\nraj.patel,,true,Raj,Patel\n\
         st1,,true,Quetzal,Zebrowska\nst2,,true,Al,Pupil\n"
    );
    file("users.csv", &users);
    let roles = format!(
        "sourcedId,status,userSourcedId,roleType,role,orgSourcedId\nr1,,{admin},primary,principal,s1\n\
         r2,,tom.becker,primary,principal,s1\nr3,,joy.adams,primary,teacher,s1\n\
         r4,,raj.patel,primary,teacher,s1\nr5,,st1,primary,student,s1\n"
    );
    file("roles.csv", &roles);
    let classes = format!(
        "sourcedId,status,title,location,schoolSourcedId,periods\nk1,,Algebra,{room},s1,1\n\
         k2,,Biology,N102,s1,2\n"
    );
    file("classes.csv", &classes);
    file(
        "enrollments.csv",
        "sourcedId,status,classSourcedId,userSourcedId,role\ne1,,k1,st1,student\n\
         e2,,k1,st2,student\ne3,,k2,st2,student\ne4,,k1,joy.adams,teacher\n",
    );
    folder
}

pub(crate) fn refresh(server: &Server, folder: &Path, more: &[&str]) -> Said {
    let args = ["directory", "refresh", "--oneroster", path(folder)];
    operator(server.data(), &[&args, more].concat())
}

pub(crate) async fn roster(who: &Http, room: Option<&str>) -> (u16, Value) {
    let path = match room {
        Some(room) => format!("/v1/campuses/{NORTH}/rooms/{room}/roster"),
        None => format!("/v1/campuses/{NORTH}/rosters"),
    };
    who.get(&path).await
}

#[track_caller]
fn is_refused(answer: &(u16, Value), code: Code) {
    assert_eq!(answer.1["code"], code.as_str(), "{answer:?}");
    assert_eq!(answer.0, code.status());
}

async fn calls(server: &Server) {
    let call = asked(json!({ "name": "call_lock_down" }));
    let _ = of(server, ADMIN).send(NORTH, &call).await.accepted();
}

/// A3, P3: files are taken whole in the middle of a lock-down, and a set that is wrong anywhere, or
/// in another form, changes nothing.
#[tokio::test]
async fn p3_oneroster_files_are_taken_whole_while_a_campus_is_locked_down() {
    let server = Server::start();
    calls(&server).await;
    let folder = files(&server, NORTH, "ana.ruiz", "N101");
    let enrollments = folder.join("enrollments.csv");
    let right = fs::read_to_string(&enrollments).unwrap();
    fs::write(&enrollments, right.replacen("k2,st2", "k2,st9", 1)).unwrap();
    refresh(&server, &folder, &[]).failed(
        1,
        &[
            "nothing was changed",
            "enrollments.csv, line 4",
            "column userSourcedId",
            "`st9`",
        ],
    );
    fs::write(&enrollments, &right).unwrap();
    let archive = server.data().join("export.zip");
    fs::write(&archive, b"PK").unwrap();
    refresh(&server, &archive, &[]).failed(1, &["no folder", "unzip"]);
    let unknown = folder.join("orgs.csv");
    let orgs = fs::read_to_string(&unknown).unwrap();
    fs::write(&unknown, format!("{orgs}s2,Elsewhere,school,lake\n")).unwrap();
    refresh(&server, &folder, &[])
        .failed(1, &["s2 (Elsewhere)", "--school", "--ignore-other-schools"]);

    let dry = refresh(&server, &folder, &["--ignore-other-schools", "--dry-run"]).done();
    for words in [
        "? school s2 (Elsewhere) is no campus",
        "= campus river-middle",
        "~ roster of north-high: 2 students in 2 classes (was 0 in 0)",
        "Nothing was changed",
    ] {
        assert!(dry.contains(words), "{words}: {dry}");
    }
    assert!(!dry.contains(CANARY) && !dry.contains("Pupil"), "{dry}");
    let admin = of(&server, ADMIN);
    assert_eq!(
        roster(&admin, None).await.1["sections"],
        json!([]),
        "a dry run"
    );

    let taken = refresh(&server, &folder, &["--ignore-other-schools"]).done();
    assert!(taken.contains("now at version 2"), "{taken}");
    let shown = operator(server.data(), &["directory", "show", "--json"]).done();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    for (id, role) in [
        ("sam.cole", "sro"),
        ("joy.adams", "staff"),
        ("nora.kent", "staff"),
    ] {
        assert_eq!(shown["people"][id]["role"], role, "{id}");
    }
    assert_eq!(
        shown["people"]["sam.cole"]["certification"]["full_time"],
        true
    );
    assert!(
        !shown.to_string().contains("Zebrowska"),
        "a student is no person of the directory"
    );
    assert_eq!(admin.screen(NORTH).await.posture(), Posture::LockDown);

    // Half the students gone takes another word.
    fs::write(&enrollments, right.replacen("e1,,k1,st1,student\n", "", 1)).unwrap();
    let go = ["--ignore-other-schools", "--many-go"];
    refresh(&server, &folder, &go[..1]).failed(1, &["1 of 2 students of north-high", "--many-go"]);
    refresh(&server, &folder, &go).done();
    let (_, left) = roster(&admin, None).await;
    assert!(!left.to_string().contains(CANARY), "{left}");
}

/// I4, T1, T5: only in an incident, by role and room, each reading an entry before a name leaves,
/// and no name anywhere but in the answer.
#[tokio::test]
async fn i4_a_roster_opens_in_an_incident_alone_and_each_reading_is_an_entry() {
    let server = Server::start_with(&[], &[("RUST_LOG", "lockstep_server=trace,info")]);
    let folder = files(&server, NORTH, "ana.ruiz", "N101");
    refresh(&server, &folder, &[]).done();
    let admin = of(&server, ADMIN);
    let joy = of(&server, TEACHER);
    for room in [None, Some("n101"), Some("n999")] {
        is_refused(&roster(&admin, room).await, Code::NoIncident);
    }
    is_refused(&roster(&joy, Some("n101")).await, Code::NoIncident);
    is_refused(&roster(&joy, None).await, Code::NotAllowed);
    // A drill is no incident.
    let start = json!({ "name": "start_drill", "kind": "lock_down" });
    let start = asked(start);
    let _ = admin.send(NORTH, &start).await.accepted();
    is_refused(&roster(&admin, None).await, Code::NoIncident);

    calls(&server).await;
    let mut follows = Wire::open(&server, ADMIN).await;
    follows.subscribe(&[NORTH]).await;
    let snapshot = follows.until("snapshot").await.to_string();
    let (status, all) = roster(&admin, None).await;
    assert_eq!(
        (status, all["sections"].as_array().unwrap().len()),
        (200, 2),
        "{all}"
    );
    assert!(all.to_string().contains(CANARY));
    let (status, own) = roster(&joy, Some("n101")).await;
    assert_eq!(status, 200, "{own}");
    assert_eq!(own["sections"][0]["students"], json!(["Al Pupil", CANARY]));
    assert!(own["as_of"].is_string(), "{own}");
    for officer in OFFICERS {
        assert_eq!(
            roster(&of(&server, officer), Some("n102")).await.0,
            200,
            "{officer}"
        );
    }
    for (who, room) in [
        (TEACHER, None),
        (TEACHER, Some("n102")),
        ("person:walt.dunn", Some("n101")),
        ("person:wall", None),
        (DIRECTOR, None),
        ("device:north-n101", Some("n101")),
    ] {
        is_refused(&roster(&of(&server, who), room).await, Code::NotAllowed);
    }
    is_refused(&roster(&admin, Some("n999")).await, Code::UnknownThing);
    is_refused(
        &roster(&of(&server, "person:nora.kent"), None).await,
        Code::UnknownCampus,
    );
    let direct = asked(json!({ "name": "open_roster" }));
    assert_eq!(admin.send(NORTH, &direct).await.refused(), Code::NotAllowed);

    let (_, timeline) = admin.get(&format!("/v1/campuses/{NORTH}/timeline")).await;
    let entries = timeline["entries"].as_array().unwrap();
    let opened: Vec<(String, Value)> = entries
        .iter()
        .filter(|entry| {
            entry["fact"]["fact"] == "roster_opened" || entry["fact"] == "roster_opened"
        })
        .map(|entry| (entry["by"]["principal"].to_string(), entry.clone()))
        .collect();
    assert_eq!(opened.len(), 6, "{timeline}");
    assert!(
        opened[0].0.contains("ana.ruiz") && opened[1].0.contains("joy.adams"),
        "{opened:?}"
    );
    assert!(opened[1].1.to_string().contains("n101"), "{opened:?}");

    // Nothing is pushed, and nobody's name stands anywhere else.
    let (_, export) = admin
        .get(&format!("/v1/campuses/{NORTH}/timeline/export"))
        .await;
    let (_, view) = admin.get(&format!("/v1/campuses/{NORTH}")).await;
    let metrics = reqwest::get(format!("{}/metrics", server.url))
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    let (_, incidents) = admin.get(&format!("/v1/campuses/{NORTH}/incidents")).await;
    for (what, text) in [
        ("the timeline", timeline.to_string()),
        ("the export", export.to_string()),
        ("the view", view.to_string()),
        ("a snapshot", snapshot),
        ("the incidents", incidents.to_string()),
        ("the metrics", metrics),
        ("the log", server.log()),
    ] {
        for words in [CANARY, "Zebrowska", "Al Pupil"] {
            assert!(!text.contains(words), "{what} has {words:?}");
        }
    }
    assert!(export.to_string().contains("roster_opened"));
}

/// The same from the command line.
#[tokio::test]
async fn i4_a_terminal_reads_a_roster_in_an_incident_alone() {
    let server = Server::start();
    let folder = files(&server, NORTH, "ana.ruiz", "N101");
    refresh(&server, &folder, &[]).done();
    let home = home(&server, TEACHER);
    let read = |more: &[&str]| {
        let args = ["roster", NORTH, "--server", &server.url];
        lockstep(home.path(), &[&args, more].concat())
    };
    read(&["n101"]).failed(3, &["no_incident", "Rosters open only in an incident"]);
    calls(&server).await;
    let told = read(&["n101"]).done();
    for words in [
        "That you read it is on record",
        "Algebra, room n101, period 1: 2",
        CANARY,
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let json: Value = serde_json::from_str(&read(&["n101", "--json"]).done()).unwrap();
    assert_eq!(json["sections"][0]["students"], json!(["Al Pupil", CANARY]));
    read(&[]).failed(3, &["not_allowed"]);
    read(&["n102"]).failed(3, &["not_allowed"]);
}

/// Invariant 10: the same ids in both districts, and neither reads the other's.
#[tokio::test]
async fn i10_a_roster_is_read_by_its_own_district_alone() {
    let folder = tempdir().unwrap();
    import_text(folder.path(), &district("east", &[NORTH])).done();
    import_text(folder.path(), &district("west", &[NORTH, "west-only"])).done();
    let server = Server::start_on(folder, &[]);
    let csv = files(&server, NORTH, "ana", "r1");
    refresh(&server, &csv, &["--district", "east", "--many-go"]).done();
    for id in ["east", "west"] {
        let ana = Http::with(&server.url, &sign_in(&server, id, "person:ana").await);
        let call = asked(json!({ "name": "call_lock_down" }));
        let _ = ana.send(NORTH, &call).await.accepted();
        let (status, read) = roster(&ana, Some("r1")).await;
        assert_eq!(status, 200);
        assert_eq!(
            read.to_string().contains(CANARY),
            id == "east",
            "{id}: {read}"
        );
        let forbidden = ana.get("/v1/campuses/west-only/rosters").await;
        let unknown = ana.get("/v1/campuses/nowhere/rosters").await;
        if id == "east" {
            assert_eq!(forbidden, unknown);
        }
    }
}
