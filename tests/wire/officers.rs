//! Policy, officers on scene and the grant of P5, over the wire and from the command line.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use lockstep_proto::code::Code;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, PATIENCE, Server};
use serde_json::{Value, json};

use crate::shell::{Said, lockstep};
use crate::{ADMIN, DIRECTOR, NORTH, TEACHER, asked, of};

const PIN: &str = lockstep_server::demo::PIN;
const RIVER: &str = "river-middle";
const OAK: &str = "oak-elementary";

/// Asks as somebody of the demo: the status and the body.
pub(crate) async fn ask(
    server: &Server,
    who: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let mut request = client
        .request(method.parse().unwrap(), format!("{}{path}", server.url))
        .bearer_auth(server.token(who));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

/// The same, refused.
async fn refused(
    server: &Server,
    who: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
    code: Code,
) -> Value {
    let (status, answer) = ask(server, who, method, path, body).await;
    assert_eq!(answer["code"], code.as_str(), "{who} {path}: {answer}");
    assert_eq!(status, code.status(), "{answer}");
    answer
}

/// What a test does to a policy before it is sent.
type Change<'a> = &'a dyn Fn(&mut Value);

fn fire_alarm_words(screen: &Screen) -> String {
    match screen.cards.get("campus") {
        Some(Card::Campus(campus)) => campus.fire_alarm_words.clone(),
        Some(_) | None => String::new(),
    }
}

/// L6, S4, A2: a policy is changed whole, by version, by who may, and is on the screens at once.
#[tokio::test]
async fn a2_l6_a_policy_is_changed_by_version_and_reaches_every_campus() {
    let server = Server::start();
    let path = "/v1/policy";
    let (status, read) = ask(&server, DIRECTOR, "GET", path, None).await;
    assert_eq!((status, &read["version"]), (200, &json!(1)));
    for (who, code) in [
        (TEACHER, Code::NotAllowed),
        ("device:north-n101", Code::NotAllowed),
    ] {
        refused(&server, who, "GET", path, None, code).await;
    }
    let changed = |change: Change<'_>| {
        let mut policy = read["policy"].clone();
        change(&mut policy);
        json!({ "expected": 1, "policy": policy, "reason": "the board of 3 March", "pin": PIN })
    };
    let good = changed(&|policy| {
        policy["staff_may_lock_down"] = true.into();
        policy["fire_alarm_words"] = "Stay until you are fetched.".into();
    });
    let without = |key: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(key);
        body
    };
    let mut wrong_pin = good.clone();
    wrong_pin["pin"] = "1357".into();
    let mut stale = good.clone();
    stale["expected"] = 7.into();
    for (who, body, code) in [
        (ADMIN, good.clone(), Code::NotAllowed),
        ("person:carol.voss", good.clone(), Code::NotAllowed),
        ("person:wall", good.clone(), Code::NotAllowed),
        (DIRECTOR, without("pin"), Code::ProofNeeded),
        (DIRECTOR, wrong_pin, Code::ProofWrong),
        (DIRECTOR, stale, Code::VersionConflict),
        (DIRECTOR, without("expected"), Code::BadFrame),
    ] {
        refused(&server, who, "PUT", path, Some(body), code).await;
    }
    // A3 has no key, a key that is left out is not reset, and every bound holds.
    let bad: [(Change<'_>, &str); 4] = [
        (
            &|policy| policy["sso_may_all_clear"] = true.into(),
            "sso_may_all_clear",
        ),
        (
            &|policy| drop(policy.as_object_mut().unwrap().remove("school_lift")),
            "school_lift",
        ),
        (
            &|policy| policy["immediate_threat_locks_after_s"] = 3_601.into(),
            "3600",
        ),
        (
            &|policy| policy["fire_alarm_words"] = "x".repeat(501).into(),
            "500",
        ),
    ];
    for (change, says) in bad {
        let body = Some(changed(change));
        let answer = refused(&server, DIRECTOR, "PUT", path, body, Code::BadFrame).await;
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(says), "{message}");
    }

    let mut far = Follower::join(&server.url, &server.token("person:otto.hale"), OAK).await;
    let (status, put) = ask(&server, "person:pat.moore", "PUT", path, Some(good)).await;
    assert_eq!((status, &put["version"]), (200, &json!(2)), "{put}");
    assert_eq!(put["changes"][0], "staff_may_lock_down: no → yes");
    // It is there with the answer, on every campus, and on screens that were open before.
    let words = "Stay until you are fetched.";
    let screen = of(&server, ADMIN).screen(NORTH).await;
    assert_eq!(fire_alarm_words(&screen), words);
    far.until_screen(|screen| fire_alarm_words(screen) == words)
        .await;
    let threat = json!({ "name": "report_threat", "reason": "A man with a gun" });
    let joy = of(&server, TEACHER);
    let _ = joy.send(NORTH, &asked(threat)).await.accepted();
    let screen = of(&server, ADMIN).screen(NORTH).await;
    assert_eq!(screen.posture(), Posture::LockDown);
}

fn certification() -> Value {
    json!({ "agency": "Sorrel County Sheriff's Office", "badge": "77",
        "kind": "peace officer", "number": "LE-30017", "full_time": true, "valid_until": "2031-06-30",
        "pin": PIN })
}

/// A3: an officer without an account, by two people, until the all clear that says who they were.
#[tokio::test]
async fn a3_an_officer_enrolled_on_scene_gives_an_all_clear_that_says_by_whom() {
    let server = Server::start();
    let path = "/v1/campuses/north-high/officers";
    let jo = || Some(json!({ "name": "Jo Roe" }));
    for (who, code) in [
        (TEACHER, Code::NotAllowed),
        ("person:lee.park", Code::NotAllowed),
        ("person:carol.voss", Code::NotAllowed),
        ("person:mia.stone", Code::UnknownCampus),
    ] {
        refused(&server, who, "POST", path, jo(), code).await;
    }
    // The SRO may take either step, and not both.
    let sam = "person:sam.cole";
    let (_, own) = ask(&server, sam, "POST", path, jo()).await;
    let certify = |made: &Value| {
        let officer = made["officer"].as_str().unwrap();
        format!("{path}/{officer}/certification")
    };
    let body = || Some(certification());
    let same = certify(&own);
    refused(&server, sam, "PUT", &same, body(), Code::SamePerson).await;

    let (status, made) = ask(&server, ADMIN, "POST", path, jo()).await;
    assert_eq!(status, 200, "{made}");
    let second = certify(&made);
    let (_, waiting) = ask(&server, DIRECTOR, "GET", path, None).await;
    assert_eq!(waiting["waiting"].as_array().unwrap().len(), 2);
    assert!(!waiting.to_string().contains(made["code"].as_str().unwrap()));
    refused(&server, TEACHER, "GET", path, None, Code::NotAllowed).await;
    // Nobody signs in with it yet, and it is not used up by trying.
    let sign_in = json!({ "code": made["code"] });
    let anonymous = reqwest::Client::new();
    let tries = || {
        let url = format!("{}/v1/sign-in", server.url);
        anonymous.post(url).json(&sign_in).send()
    };
    assert_eq!(tries().await.unwrap().status().as_u16(), 401);

    let mut no_pin = certification();
    no_pin.as_object_mut().unwrap().remove("pin");
    let mut odd = certification();
    odd["kind"] = "x".repeat(101).into();
    let mut expired = certification();
    expired["valid_until"] = "2024-12-31".into();
    for (who, body, code) in [
        (ADMIN, certification(), Code::NotAllowed),
        ("person:tom.becker", certification(), Code::NotAllowed),
        (
            "person:bo.hart",
            certification(),
            Code::CertificationPartTime,
        ),
        (
            "person:al.finch",
            certification(),
            Code::CertificationExpired,
        ),
        (DIRECTOR, no_pin, Code::ProofNeeded),
        (DIRECTOR, odd, Code::BadFrame),
        (DIRECTOR, expired, Code::BadFrame),
    ] {
        refused(&server, who, "PUT", &second, Some(body), code).await;
    }
    let (status, done) = ask(&server, DIRECTOR, "PUT", &second, body()).await;
    assert_eq!(status, 200, "{done}");
    refused(
        &server,
        DIRECTOR,
        "PUT",
        &second,
        body(),
        Code::UnknownThing,
    )
    .await;

    // Signed in with the first one's code, proven with the PIN that the second one was told.
    let signed_in: Value = tries().await.unwrap().json().await.unwrap();
    assert_eq!(signed_in["you"]["role"], "officer", "{signed_in}");
    let officer = lockstep_tests::Http::with(&server.url, signed_in["token"].as_str().unwrap());
    let ana = of(&server, ADMIN);
    let call = json!({ "name": "call_lock_down" });
    let _ = ana.send(NORTH, &asked(call)).await.accepted();
    let arrive = asked(json!({ "name": "arrive" }));
    let _ = officer.send(NORTH, &arrive).await.accepted();
    let screen = officer.screen(NORTH).await;
    let all_clear = json!({ "name": "give_all_clear", "lifts": screen.open_raises(),
        "seen": screen.position, "override_reason": "seen empty" });
    let mut request = asked(all_clear);
    // Who certified them has their PIN: a sign-in as them is another's to hand out (A3).
    let body = json!({ "principal": format!("person:{}", done["officer"].as_str().unwrap()),
        "pin": lockstep_server::demo::PIN });
    for (maker, expected) in [("person:dana.lind", 403), (ADMIN, 200)] {
        let made = reqwest::Client::new()
            .post(format!("{}/v1/codes", server.url))
            .bearer_auth(server.token(maker))
            .json(&body)
            .send();
        assert_eq!(made.await.unwrap().status().as_u16(), expected, "{maker}");
    }
    // The demo's PIN is everybody's but theirs.
    let refusal = officer.send(NORTH, &request).await.refused();
    assert_eq!(refusal, Code::ProofWrong);
    let pin = done["officer_pin"].as_str().unwrap().to_owned();
    request.pin = Some(lockstep_proto::command::Pin(pin));
    let _ = officer.send(NORTH, &request).await.accepted();

    let words = "Enrolled on scene: code by Ana Ruiz (administrator), certified by Dana Lind \
                 (director of safety)";
    let screen = ana.screen(NORTH).await;
    let release = screen.cards.values().find_map(|card| {
        if let Card::Release(release) = card {
            Some(release)
        } else {
            None
        }
    });
    let release = release.unwrap();
    let radio = release.radio.as_ref().unwrap();
    assert!(radio.contains(words), "{radio}");
    assert_eq!(release.on_scene.as_ref().unwrap().code_by.name, "Ana Ruiz");
    let (_, timeline) = ana.get("/v1/campuses/north-high/timeline").await;
    let entries = timeline["entries"].as_array().unwrap();
    let given = entries
        .iter()
        .find(|entry| entry["fact"]["fact"] == "all_clear_given")
        .unwrap();
    let certification = &given["fact"]["certification"];
    assert_eq!(certification["kind"], "peace officer");
    let on_scene = &certification["on_scene"];
    assert_eq!(on_scene["certified_by"]["person"], "dana.lind");
}

/// A home in which somebody of the demo is signed in.
pub(crate) fn home(server: &Server, who: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let url = ["--server", &server.url];
    let made = crate::shell::operator(server.data(), &["code", who]).done();
    let code = made
        .split_whitespace()
        .find(|word| word.len() == 11 && word.as_bytes()[5] == b'-')
        .unwrap_or_else(|| panic!("no code in {made:?}"));
    lockstep(home.path(), &[&["sign-in", code][..], &url].concat()).done();
    let file = home.path().join("pin");
    std::fs::write(&file, PIN).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    home
}

pub(crate) fn run(home: &Path, server: &Server, args: &[&str]) -> Said {
    lockstep(home, &[args, &["--server", &server.url]].concat())
}

/// The same from the command line, as somebody who has its help alone.
#[tokio::test]
async fn a3_a2_policy_and_officers_from_the_command_line() {
    let server = Server::start();
    let dana = home(&server, DIRECTOR);
    let ana = home(&server, ADMIN);
    let shown = run(dana.path(), &server, &["policy", "show"]).done();
    assert!(
        shown.contains("school_lift                     yes"),
        "{shown}"
    );
    assert!(shown.contains("Directory version 1"), "{shown}");
    let set = ["policy", "set", "school_lift=no", "--pin-file", "pin"];
    // Without a terminal nothing is read and written in one step.
    run(dana.path(), &server, &set).failed(2, &["--expect"]);
    let expecting = |version| [&set[..], &["--expect", version]].concat();
    run(dana.path(), &server, &expecting("9")).failed(3, &["version_conflict"]);
    let file = dana.path().join("pin");
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    run(dana.path(), &server, &expecting("1")).failed(2, &["chmod 600", "Nothing was sent"]);
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    run(ana.path(), &server, &expecting("1")).failed(3, &["not_allowed"]);
    let odd = ["policy", "set", "all_clear_by=sso", "--expect", "1"];
    run(dana.path(), &server, &odd).failed(2, &["there is no policy", "Nothing was sent"]);
    let done = run(dana.path(), &server, &expecting("1")).done();
    assert!(done.contains("school_lift: yes → no"), "{done}");

    let enrol = ["--json", "officer", "enrol", "Jo Roe", "--campus", NORTH];
    let made: Value = serde_json::from_str(&run(ana.path(), &server, &enrol).done()).unwrap();
    let officer = made["officer"].as_str().unwrap();
    let pending = ["officer", "pending", "--campus", NORTH];
    let pending = run(dana.path(), &server, &pending).done();
    assert!(pending.contains(officer) && pending.contains("Ana Ruiz"));
    let certify = [
        "officer",
        "certify",
        officer,
        "--campus",
        NORTH,
        "--agency",
        "Sorrel County Sheriff",
        "--badge",
        "77",
        "--kind",
        "reserve peace officer",
        "--number",
        "LE-30017",
        "--until",
        "2031-06-30",
        "--pin-file",
        "pin",
    ];
    run(ana.path(), &server, &certify).failed(3, &["not_allowed"]);
    let done = run(dana.path(), &server, &certify).done();
    assert!(done.contains("is an officer of north-high now"), "{done}");
    assert!(done.contains("Their PIN is "), "{done}");
    let shown = crate::shell::operator(server.data(), &["directory", "show"]).done();
    assert!(shown.contains("certified by Dana Lind"), "{shown}");
    let kind = "Sheriff badge 77 (reserve peace officer)";
    assert!(shown.contains(kind), "{shown}");
}

/// P5: who holds the grant calls several campuses at once, one raise and one answer each; who
/// does not is refused by each, and no campus is locked.
#[tokio::test]
async fn p5_a_holder_locks_several_campuses_and_nobody_else_does() {
    let server = Server::start();
    let call = [
        "lock-down",
        NORTH,
        RIVER,
        OAK,
        "--reason",
        "armed man on foot",
    ];
    let (pat, carol) = ("person:pat.moore", "person:carol.voss");
    for who in [pat, carol] {
        let home = home(&server, who);
        let said = run(home.path(), &server, &call).failed(3, &["not_allowed"]);
        for campus in [NORTH, RIVER, OAK] {
            assert!(
                said.contains(campus),
                "{campus} has no answer of its own: {said}"
            );
        }
    }
    let dana = of(&server, DIRECTOR);
    for campus in [NORTH, RIVER, OAK] {
        assert_eq!(dana.screen(campus).await.posture(), Posture::Normal);
    }
    // An administrator of one of them calls there, and nowhere else.
    let one = home(&server, "person:mia.stone");
    run(one.path(), &server, &call).failed(3, &["unknown_campus"]);
    assert_eq!(dana.screen(RIVER).await.posture(), Posture::LockDown);
    assert_eq!(dana.screen(OAK).await.posture(), Posture::Normal);

    let holder = home(&server, DIRECTOR);
    let said = run(holder.path(), &server, &call).done();
    let mut facts = std::collections::BTreeSet::new();
    for (campus, calls) in [(NORTH, 1), (RIVER, 2), (OAK, 1)] {
        assert!(said.contains(&format!("{campus}: accepted")), "{said}");
        let screen = dana.screen(campus).await;
        assert_eq!(screen.posture(), Posture::LockDown, "{campus}");
        assert_eq!(screen.open_raises().len(), calls, "{campus}");
        facts.extend(screen.open_raises());
    }
    assert_eq!(facts.len(), 4, "no raise is another campus's as well");
}
