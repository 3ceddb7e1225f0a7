//! The directory by hand over the wire: who may, what it comes to, and that a lost device is out
//! at once (A6, A3, T1).

use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_tests::{PATIENCE, Server};
use serde_json::{Value, json};

use crate::officers::{ask, home, run};
use crate::{ADMIN, DIRECTOR, NORTH, TEACHER, Wire, asked, of};

const PIN: &str = lockstep_server::demo::PIN;
const CHANGES: &str = "/v1/directory/changes";
/// The administrator of another campus.
const MIA: &str = "person:mia.stone";

async fn version(server: &Server) -> u64 {
    let (_, page) = ask(server, DIRECTOR, "GET", "/v1/directory", None).await;
    page["version"].as_u64().unwrap()
}

async fn change(server: &Server, who: &str, change: Value, pin: bool) -> (u16, Value) {
    let mut body = json!({ "expected": version(server).await, "change": change });
    if pin {
        body["pin"] = PIN.into();
    }
    ask(server, who, "POST", CHANGES, Some(body)).await
}

async fn changed(server: &Server, who: &str, what: Value, pin: bool) -> Value {
    let (status, answer) = change(server, who, what, pin).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn refused(server: &Server, who: &str, what: Value, pin: bool) -> String {
    let (status, answer) = change(server, who, what, pin).await;
    assert!(status >= 400, "{answer}");
    answer["code"].as_str().unwrap().to_owned()
}

fn staff(name: &str) -> Value {
    json!({ "name": name, "role": "staff", "campuses": [NORTH], "room": "n104" })
}

fn add(person: Value) -> Value {
    json!({ "change": "add_person", "person": person })
}

fn remove(id: &str) -> Value {
    json!({ "change": "remove_person", "id": id })
}

async fn sign_in(server: &Server, code: &Value) -> Value {
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let url = format!("{}/v1/sign-in", server.url);
    let asked = client.unwrap().post(url).json(&json!({ "code": code }));
    asked.send().await.unwrap().json().await.unwrap()
}

/// A substitute: named, with a code, signed in, in the room.
#[tokio::test]
async fn a6_a_substitute_takes_a_change_and_a_code_and_no_pin() {
    let server = Server::start();
    let made = changed(&server, ADMIN, add(staff("Sam Rivera")), false).await;
    assert_eq!(made["version"], 2);
    let principal = made["principal"].as_str().unwrap();
    assert!(principal.starts_with("person:sam-rivera."), "{made}");
    assert!(
        made["changes"][0]
            .as_str()
            .unwrap()
            .starts_with("+ person sam-rivera.")
    );
    let code = json!({ "principal": principal });
    let (_, code) = ask(&server, ADMIN, "POST", "/v1/codes", Some(code)).await;
    // A program asked: it knows the server's address, and draws for itself.
    assert!(
        code.get("link").is_none() && code.get("qr").is_none(),
        "{code}"
    );
    let signed_in = sign_in(&server, &code["code"]).await;
    assert_eq!(signed_in["you"]["room"], "n104", "{signed_in}");

    // A browser's page gets the link and its picture. The code stands behind the mark.
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let asks = client
        .post(format!("{}/v1/codes", server.url))
        .bearer_auth(server.token(ADMIN))
        .header("origin", &server.url)
        .json(&json!({ "principal": principal }));
    let made: Value = asks.send().await.unwrap().json().await.unwrap();
    let code = made["code"].as_str().unwrap();
    assert_eq!(made["link"], format!("{}/enrol#{code}", server.url));
    assert!(made["qr"].as_str().unwrap().contains("<svg"));
    assert!(!server.log().contains(code), "no code is logged");

    // They are in the list of the campus, marked, and in nobody else's.
    let path = format!("/v1/directory?campus={NORTH}");
    let (_, page) = ask(&server, ADMIN, "GET", &path, None).await;
    let them = page["people"].as_array().unwrap().iter();
    let mut them = them.filter(|who| who["person"]["name"] == "Sam Rivera");
    let sam = them.next().unwrap();
    assert_eq!(
        (&sam["by_hand"], &sam["may_change"]),
        (&json!(true), &json!(true))
    );
    let (_, far) = ask(&server, MIA, "GET", "/v1/directory", None).await;
    assert!(!far.to_string().contains("Sam Rivera"));
    let shown = crate::shell::operator(server.data(), &["directory", "show"]).done();
    assert!(shown.contains("Sam Rivera"), "{shown}");
}

/// Who may, and that unknown and forbidden answer alike.
#[tokio::test]
async fn a6_a_directory_is_changed_by_who_may_on_their_own_campuses() {
    let server = Server::start();
    for who in [
        TEACHER,
        "person:sam.cole",
        "person:pat.moore",
        "person:wall",
        "device:north-n101",
    ] {
        let pin = who.starts_with("person");
        let code = refused(&server, who, add(staff("Sam")), pin).await;
        assert_eq!(code, "not_allowed", "{who}");
    }
    for who in [
        TEACHER,
        "person:sam.cole",
        "person:wall",
        "device:north-n101",
    ] {
        let (status, _) = ask(&server, who, "GET", "/v1/directory", None).await;
        assert_eq!(status, 403, "{who}");
    }
    let far = add(json!({ "name": "Sam", "role": "staff", "campuses": ["river-middle"] }));
    assert_eq!(refused(&server, ADMIN, far, true).await, "unknown_campus");
    // Of another campus, and of nobody.
    for id in ["otto.hale", "nobody.at.all"] {
        assert_eq!(
            refused(&server, ADMIN, remove(id), true).await,
            "unknown_thing"
        );
        let put = json!({ "change": "change_person", "id": id, "person": staff("Sam") });
        assert_eq!(
            refused(&server, ADMIN, put, true).await,
            "unknown_thing",
            "{id}"
        );
    }
    for id in ["river-r1", "no-display"] {
        let down = json!({ "change": "remove_display", "id": id });
        assert_eq!(
            refused(&server, ADMIN, down, true).await,
            "unknown_thing",
            "{id}"
        );
    }
    // More than staff is the director's to give, and theirs to take.
    let more = |role: &str| json!({ "name": "Sam", "role": role, "campuses": [NORTH] });
    for role in ["administrator", "sso", "officer", "director"] {
        assert_eq!(
            refused(&server, ADMIN, add(more(role)), true).await,
            "not_allowed"
        );
    }
    assert_eq!(
        refused(&server, ADMIN, remove("tom.becker"), true).await,
        "not_allowed"
    );
    assert_eq!(
        refused(&server, DIRECTOR, remove("dana.lind"), true).await,
        "same_person"
    );
    // A3: no SRO without a certification on record.
    assert_eq!(
        refused(&server, DIRECTOR, add(more("sro")), true).await,
        "certification_missing"
    );
    let mut sro = more("sro");
    sro["certification"] = json!({ "agency": "Maple Valley PD", "badge": "9", "number": "LE-9",
        "full_time": true, "valid_until": "2020-01-01" });
    assert_eq!(
        refused(&server, DIRECTOR, add(sro.clone()), true).await,
        "certification_expired"
    );
    sro["certification"]["valid_until"] = "2035-01-01".into();
    // With a live sign-in alone: who is more than staff, another role, and who goes.
    let eyes = add(more("eyes"));
    for (who, what) in [
        (DIRECTOR, add(sro.clone())),
        (ADMIN, eyes),
        (ADMIN, remove("joy.adams")),
    ] {
        assert_eq!(refused(&server, who, what, false).await, "proof_needed");
    }
    assert_eq!(version(&server).await, 1, "nothing of all that was done");
    changed(&server, DIRECTOR, add(sro), true).await;
}

/// A change is made where what its author read stands, and of two at once one is.
#[tokio::test]
async fn t1_a_change_by_hand_is_bound_to_what_was_read() {
    let server = Server::start();
    let body = |expected: u64, name: &str, more: Value| {
        let mut body = json!({ "expected": expected, "change": add(staff(name)) });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Some(body)
    };
    let sam = || body(1, "Sam Rivera", json!({ "reason": "Joy is ill" }));
    let (one, other) = tokio::join!(
        ask(&server, ADMIN, "POST", CHANGES, sam()),
        ask(&server, DIRECTOR, "POST", CHANGES, sam()),
    );
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
    for stale in [0, 1, 3, u64::MAX / 2] {
        let (status, answer) = ask(
            &server,
            ADMIN,
            "POST",
            CHANGES,
            body(stale, "Ivy", json!({})),
        )
        .await;
        assert_eq!((status, &answer["code"]), (409, &json!("version_conflict")));
    }
    // A dry run says what would change, takes no PIN, and changes nothing.
    let eyes = json!({ "name": "Ed", "role": "eyes", "campuses": [NORTH] });
    let dry = json!({ "expected": 2, "change": add(eyes), "dry_run": true });
    let (status, answer) = ask(&server, ADMIN, "POST", CHANGES, Some(dry)).await;
    assert_eq!((status, &answer["version"]), (200, &json!(2)), "{answer}");
    assert_eq!(answer["proof_needed"], true);
    assert!(answer.get("principal").is_none(), "nobody has that id");
    assert!(
        answer["changes"][0]
            .as_str()
            .unwrap()
            .starts_with("+ person ed.")
    );
    assert_eq!(version(&server).await, 2);
    // Bad input has a coded answer.
    let long = "x".repeat(101);
    let bad = [
        staff(""),
        staff(&long),
        staff("two\nlines"),
        json!({ "name": "Sam", "role": "sheriff", "campuses": [NORTH] }),
        json!({ "name": "Sam", "role": "staff", "campuses": [NORTH], "room": "n999" }),
        json!({ "name": "Sam", "role": "staff", "campuses": [NORTH], "room": "No Room" }),
        json!({ "name": "Sam", "role": "staff", "campuses": [NORTH], "addresses": ["call me"] }),
        json!({ "name": "Sam", "role": "staff", "campuses": [NORTH], "by_hand": true }),
    ];
    for person in bad {
        assert_eq!(
            refused(&server, ADMIN, add(person.clone()), true).await,
            "bad_frame",
            "{person}"
        );
    }
    let odd = json!({ "change": "put_room", "campus": NORTH, "id": "Room 1",
        "room": { "name": "Room 1", "zone": "a-wing" } });
    assert_eq!(refused(&server, ADMIN, odd, true).await, "bad_frame");
}

/// Rooms and displays, from nothing to a screen and back.
#[tokio::test]
async fn a6_a_room_and_its_display_come_and_go_by_hand() {
    let server = Server::start();
    let room = |name: &str| {
        json!({ "change": "put_room", "campus": NORTH, "id": "studio",
            "room": { "name": name, "zone": "a-wing" } })
    };
    changed(&server, ADMIN, room("Studio"), false).await;
    assert_eq!(
        refused(&server, ADMIN, room("Film studio"), false).await,
        "proof_needed"
    );
    changed(&server, ADMIN, room("Film studio"), true).await;
    let hang = json!({ "change": "add_display", "campus": NORTH, "room": "studio" });
    let hung = changed(&server, ADMIN, hang, false).await;
    let display = hung["principal"].as_str().unwrap();
    let code = json!({ "principal": display });
    let (_, code) = ask(&server, ADMIN, "POST", "/v1/codes", Some(code)).await;
    let signed_in = sign_in(&server, &code["code"]).await;
    assert_eq!(signed_in["you"]["name"], "Film studio", "{signed_in}");
    let mut screen = Wire::with(&server.url, signed_in["token"].as_str().unwrap()).await;
    screen.subscribe(&[NORTH]).await;
    screen.until("snapshot").await;

    let out = json!({ "change": "remove_room", "campus": NORTH, "id": "studio" });
    assert_eq!(
        refused(&server, ADMIN, out.clone(), true).await,
        "bad_frame"
    );
    let id = display.strip_prefix("device:").unwrap();
    let down = json!({ "change": "remove_display", "id": id });
    assert_eq!(
        refused(&server, ADMIN, down.clone(), false).await,
        "proof_needed"
    );
    changed(&server, ADMIN, down, true).await;
    assert_eq!(screen.closed().await, 4500, "it is no display any more");
    changed(&server, ADMIN, out, true).await;
}

async fn sign_ins(server: &Server, who: &str, of: Option<&str>) -> (u16, Value) {
    let path = match of {
        Some(of) => format!("/v1/sign-ins?principal={of}"),
        None => "/v1/sign-ins".to_owned(),
    };
    ask(server, who, "GET", &path, None).await
}

async fn switch_off(server: &Server, who: &str, id: &str) -> (u16, String) {
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let url = format!("{}/v1/sign-ins/{id}", server.url);
    let asked = client.unwrap().delete(url).bearer_auth(server.token(who));
    let answer = asked.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// A lost phone and a lost room display are out at once, open connections included.
#[tokio::test]
async fn a6_a_lost_device_is_out_within_five_seconds() {
    let server = Server::start();
    for lost in [TEACHER, "device:north-n101"] {
        let mut wire = Wire::open(&server, lost).await;
        wire.subscribe(&[NORTH]).await;
        wire.until("snapshot").await;
        let (status, stand) = sign_ins(&server, ADMIN, Some(lost)).await;
        assert_eq!(status, 200, "{stand}");
        let all = stand["sign_ins"].as_array().unwrap();
        assert_eq!(all.len(), 1, "{stand}");
        assert!(all[0].get("this").is_none());
        let id = all[0]["id"].as_str().unwrap();
        let began = Instant::now();
        assert_eq!(switch_off(&server, ADMIN, id).await.0, 204);
        assert_eq!(wire.closed().await, 4500);
        let took = began.elapsed();
        println!("{lost} was out after {} ms", took.as_millis());
        assert!(took < Duration::from_secs(5), "{took:?}");
        let (_, none) = sign_ins(&server, ADMIN, Some(lost)).await;
        assert_eq!(none["sign_ins"], json!([]));
        // Off is off, however often it is said.
        assert_eq!(switch_off(&server, ADMIN, id).await.0, 204);
        let raise = asked(json!({ "name": "report_threat" }));
        assert_eq!(
            of(&server, lost).send(NORTH, &raise).await.refused(),
            Code::Revoked
        );
    }
}

/// Who had a phone does not come back by what they made with it.
#[tokio::test]
async fn a6_a_code_goes_with_the_sign_in_that_made_it() {
    let server = Server::start();
    let code = async |by: &str, whose: &str| {
        let pin = (whose != TEACHER).then_some(lockstep_server::demo::PIN);
        let wanted = json!({ "principal": whose, "pin": pin });
        let (status, made) = ask(&server, by, "POST", "/v1/codes", Some(wanted)).await;
        assert_eq!(status, 200, "{made}");
        made["code"].clone()
    };
    let (first, second) = (code(ADMIN, TEACHER).await, code(ADMIN, TEACHER).await);
    let (for_her, others) = (code(DIRECTOR, ADMIN).await, code(DIRECTOR, TEACHER).await);
    assert_eq!(sign_in(&server, &first).await["you"]["principal"], TEACHER);
    let (_, stand) = sign_ins(&server, DIRECTOR, Some(ADMIN)).await;
    let id = stand["sign_ins"][0]["id"].as_str().unwrap();
    assert_eq!(switch_off(&server, DIRECTOR, id).await.0, 204);
    assert_eq!(sign_in(&server, &second).await["code"], "code_unknown");
    // What another handed out stands, a new one for the same administrator too.
    for (code, whose) in [(for_her, ADMIN), (others, TEACHER)] {
        assert_eq!(sign_in(&server, &code).await["you"]["principal"], whose);
    }
}

/// Everybody sees their own; nobody those of another campus, which answer as nobody's.
#[tokio::test]
async fn a6_sign_ins_are_switched_off_by_who_answers_for_them() {
    let server = Server::start();
    let (_, own) = sign_ins(&server, "person:lee.park", None).await;
    assert_eq!(own["sign_ins"][0]["this"], true, "{own}");
    let otto = "person:otto.hale";
    let (_, ottos) = sign_ins(&server, DIRECTOR, Some(otto)).await;
    let id = ottos["sign_ins"][0]["id"].as_str().unwrap().to_owned();
    for (who, code) in [(ADMIN, "unknown_thing"), (TEACHER, "not_allowed")] {
        for of in [otto, "person:nobody.at.all", "operator"] {
            let (_, answer) = sign_ins(&server, who, Some(of)).await;
            assert_eq!(answer["code"], code, "{who} {of}");
        }
        for id in [id.as_str(), "c-none"] {
            let (_, answer) = switch_off(&server, who, id).await;
            assert!(
                answer.contains(&format!("\"{code}\"")),
                "{who} {id}: {answer}"
            );
        }
    }
    let of_otto = of(&server, otto);
    assert_eq!(of_otto.get("/v1/me").await.0, 200);
    // The chief answers for the district; and everybody switches their own off.
    assert_eq!(switch_off(&server, "person:carol.voss", &id).await.0, 204);
    assert_eq!(of_otto.get("/v1/me").await.0, 401);
    let id = own["sign_ins"][0]["id"].as_str().unwrap();
    assert_eq!(switch_off(&server, "person:lee.park", id).await.0, 204);
    assert_eq!(of(&server, "person:lee.park").get("/v1/me").await.0, 401);
}

/// What a page tells ends where one's campuses do.
#[tokio::test]
async fn a6_a_page_of_the_directory_tells_of_ones_own_campuses_alone() {
    let server = Server::start();
    let (_, page) = ask(&server, ADMIN, "GET", "/v1/directory", None).await;
    assert_eq!(
        page["campuses"],
        json!([{ "id": NORTH, "name": "North High School" }])
    );
    assert!(page.get("place").is_none());
    let people = page["people"].as_array().unwrap();
    let told = |id: &str| people.iter().find(|who| who["id"] == id);
    // The officer serves other schools as well: that is not hers to know, nor is her certification.
    let kim = told("kim.ortega").unwrap();
    assert_eq!(
        (&kim["person"]["campuses"], &kim["elsewhere"]),
        (&json!([NORTH]), &json!(true))
    );
    assert_eq!(kim["person"]["certification"], Value::Null);
    for id in ["otto.hale", "dana.lind", "wall", "mia.stone"] {
        assert!(told(id).is_none(), "{id}");
    }
    for bad in ["river-middle", "nowhere"] {
        let path = format!("/v1/directory?campus={bad}");
        let (_, answer) = ask(&server, ADMIN, "GET", &path, None).await;
        assert_eq!(answer["code"], "unknown_campus", "{bad}");
    }
    let (_, all) = ask(&server, DIRECTOR, "GET", "/v1/directory", None).await;
    let all = all["people"].as_array().unwrap();
    assert!(all.iter().any(|who| who["id"] == "wall"));
    let last = all.last().unwrap()["id"].as_str().unwrap();
    let path = format!("/v1/directory?after={last}");
    let (_, rest) = ask(&server, DIRECTOR, "GET", &path, None).await;
    assert_eq!(rest["people"], json!([]));
}

/// The same from the command line, as somebody who has its help alone.
#[tokio::test]
async fn a6_people_rooms_and_sign_ins_from_the_command_line() {
    let server = Server::start();
    let (ana, dana) = (home(&server, ADMIN), home(&server, DIRECTOR));
    let as_ana = |args: &[&str]| run(ana.path(), &server, args);
    // A substitute is one command.
    let said = as_ana(&["people", "add", "Sam Rivera", "--room", "n104"]).done();
    assert!(said.contains("+ person sam-rivera."), "{said}");
    let link = format!("{}/enrol#", server.url);
    let code = said.lines().find_map(|line| line.strip_prefix(&link));
    let signed_in = sign_in(&server, &json!(code.unwrap())).await;
    assert_eq!(signed_in["you"]["room"], "n104", "{signed_in}");
    let listed = as_ana(&["people", "list", "--search", "RIVERA"]).done();
    let id = listed.split_whitespace().next().unwrap();
    assert!(
        id.starts_with("sam-rivera.") && listed.contains("(by hand)"),
        "{listed}"
    );

    // What takes a PIN says first what it would come to.
    let change = ["people", "change", id, "--role", "eyes"];
    let dry = as_ana(&[&change[..], &["--dry-run"]].concat()).done();
    assert!(
        dry.contains("custodial staff") && dry.contains("Nothing was changed"),
        "{dry}"
    );
    as_ana(&change).failed(2, &["--expect", "--dry-run"]);
    let with = |args: &[&'static str], version: &'static str| {
        [args, &["--expect", version, "--pin-file", "pin"]].concat()
    };
    let stale = [&change[..], &["--expect", "1", "--pin-file", "pin"]].concat();
    as_ana(&stale).failed(3, &["version_conflict"]);
    let good = [
        &change[..],
        &["--expect", "2", "--pin-file", "pin", "--because", "cover"],
    ]
    .concat();
    let done = as_ana(&good).done();
    assert!(done.contains("version 3"), "{done}");
    let sso = ["people", "add", "Al Guard", "--role", "sso"];
    as_ana(&sso).failed(3, &["not_allowed"]);
    // The director says where, and no SRO without a certification.
    let as_dana = |args: &[&str]| run(dana.path(), &server, args);
    as_dana(&sso).failed(2, &["--campus", "river-middle"]);
    let sro = [
        "people", "add", "Jo Roe", "--role", "sro", "--campus", NORTH,
    ];
    as_dana(&sro).failed(3, &["certification_missing"]);
    as_dana(&[&sro[..], &["--agency", "Maple Valley PD"]].concat()).failed(2, &["--badge"]);
    as_dana(&[&sro[..], &["--kind", "peace officer"]].concat()).failed(2, &["--agency"]);

    let put = [
        "rooms", "put", NORTH, "studio", "--name", "Studio", "--zone", "a-wing",
    ];
    as_ana(&put).done();
    let hung: Value =
        serde_json::from_str(&as_ana(&["--json", "rooms", "add-display", NORTH, "studio"]).done())
            .unwrap();
    let display = hung["principal"].as_str().unwrap();
    assert!(hung["code"].as_str().is_some(), "{hung}");
    let rooms = as_ana(&["rooms", "list", NORTH]).done();
    assert!(
        rooms.contains("Studio, zone a-wing, display studio."),
        "{rooms}"
    );
    let down = display.strip_prefix("device:").unwrap().to_owned();
    let down = [
        "rooms",
        "remove-display",
        &down,
        "--expect",
        "5",
        "--pin-file",
        "pin",
    ];
    as_ana(&down).done();
    as_ana(&with(&["rooms", "remove", NORTH, "studio"], "6")).done();

    // A lost phone.
    let lost = ["sign-ins", "switch-off", "--all", TEACHER];
    let dry = as_ana(&[&lost[..], &["--dry-run"]].concat()).done();
    assert!(dry.contains("would be switched off"), "{dry}");
    assert_eq!(of(&server, TEACHER).get("/v1/me").await.0, 200, "a dry run");
    as_ana(&lost).done();
    assert_eq!(of(&server, TEACHER).get("/v1/me").await.0, 401);
    let none = as_ana(&["sign-ins", "list", TEACHER]).done();
    assert!(none.contains("signed in nowhere"), "{none}");
    let own = as_ana(&["sign-ins", "list"]).done();
    assert!(own.contains("this one"), "{own}");
    as_ana(&["sign-ins", "list", "person:otto.hale"]).failed(3, &["unknown_thing"]);
}

/// Invariant 12: a sign-in that was stolen fills neither the log nor the journal's queue with codes, and
/// is switched off beside it.
#[tokio::test(flavor = "multi_thread")]
async fn inv12_a_sign_in_makes_codes_at_the_pace_of_people_and_is_switched_off_meanwhile() {
    let server = Server::start();
    let codes = || {
        ask(
            &server,
            ADMIN,
            "POST",
            "/v1/codes",
            Some(json!({ "principal": TEACHER })),
        )
    };
    let all = futures_util::future::join_all((0..200).map(|_| codes())).await;
    let made = all.iter().filter(|(status, _)| *status == 200).count();
    assert!((100..=120).contains(&made), "{made}");
    for (_, told) in all.iter().filter(|(status, _)| *status != 200) {
        assert_eq!(told["code"], "slow_down", "{told}");
        assert!(told["retry_after_ms"].as_u64().unwrap() <= 1_000, "{told}");
    }
    let path = format!("/v1/sign-ins?principal={ADMIN}");
    let (_, stand) = ask(&server, DIRECTOR, "GET", &path, None).await;
    for one in stand["sign_ins"].as_array().unwrap() {
        let id = one["id"].as_str().unwrap();
        assert_eq!(switch_off(&server, DIRECTOR, id).await.0, 204);
    }
    let (status, told) = codes().await;
    assert_eq!((status, &told["code"]), (401, &json!("revoked")));
}
