//! A4: a passkey proves who is acting, for the very act and nothing else. A software authenticator
//! against the real server: each field bent by itself lifts nothing, and the same untouched lifts.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Assertion, CommandRequest, Pin};
use lockstep_proto::posture::Posture;
use lockstep_server::auth::Ring;
use lockstep_tests::{
    Answered, Authenticator, Http, PATIENCE, Postgres, SEEN, Server, client_data, data, encode,
};
use serde_json::{Value, json};

use crate::shell::operator;
use crate::{ADMIN, NORTH, TEACHER, asked, of};

const SRO: &str = "person:sam.cole";
const OFFICER: &str = "person:kim.ortega";
const RP: &str = "localhost";

/// Somebody at a browser: it names the host that it asks, as browsers do.
#[derive(Clone)]
pub(crate) struct Browser {
    url: String,
    pub(crate) host: String,
    token: String,
}

impl Browser {
    pub(crate) fn of(server: &Server, token: &str) -> Self {
        let port = server.url.rsplit_once(':').unwrap().1;
        Self {
            url: server.url.clone(),
            host: format!("{RP}:{port}"),
            token: token.to_owned(),
        }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    pub(crate) async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let asks = client
            .request(method, format!("{}/v1{path}", self.url))
            .header("host", &self.host)
            .bearer_auth(&self.token);
        let asks = match body {
            Some(body) => asks.json(body),
            None => asks,
        };
        let answer = asks.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(reqwest::Method::POST, path, Some(body)).await
    }

    /// Adds a passkey with the demo's PIN.
    async fn add(&self, with: &Authenticator) -> (u16, Value) {
        self.add_with(lockstep_server::demo::PIN, with).await
    }

    /// Adds a passkey.
    pub(crate) async fn add_with(&self, pin: &str, with: &Authenticator) -> (u16, Value) {
        let begun = self.begun(pin).await;
        self.post("/passkeys", &self.made(&begun, with)).await
    }

    /// One that was begun.
    pub(crate) async fn begun(&self, pin: &str) -> Value {
        let (status, begun) = self.begin(pin).await;
        assert_eq!(status, 200, "{begun}");
        begun
    }

    async fn begin(&self, pin: &str) -> (u16, Value) {
        self.post("/passkeys/begin", &json!({ "pin": pin })).await
    }

    async fn end(&self, begun: &Value, attestation: &[u8]) -> (u16, Value) {
        let made = self.attested(begun, attestation);
        self.post("/passkeys", &made).await
    }

    /// What a page sends of one that an authenticator made.
    pub(crate) fn made(&self, begun: &Value, with: &Authenticator) -> Value {
        self.attested(begun, &with.attestation(RP, SEEN, &with.cose(None)))
    }

    fn attested(&self, begun: &Value, attestation: &[u8]) -> Value {
        let challenge = begun["challenge"].as_str().unwrap();
        let said = client_data("webauthn.create", challenge, &self.origin());
        json!({
            "name": "A telephone",
            "stamp": begun["stamp"],
            "client_data": encode(said.to_string().as_bytes()),
            "attestation": encode(attestation),
        })
    }

    async fn challenge(&self, campus: &str, request: &CommandRequest) -> (u16, Value) {
        let path = format!("/campuses/{campus}/challenges");
        self.post(&path, &serde_json::to_value(request).unwrap())
            .await
    }

    /// The challenge for a command, and what the authenticator makes of it.
    pub(crate) async fn sign(&self, request: &CommandRequest, with: &Authenticator) -> Signing {
        let (status, given) = self.challenge(NORTH, request).await;
        assert_eq!(status, 200, "{given}");
        assert_eq!(given["rp"], RP);
        assert_eq!(given["credentials"], json!([encode(&with.credential)]));
        let challenge = given["challenge"].as_str().unwrap();
        Signing {
            stamp: given["stamp"].as_str().unwrap().to_owned(),
            said: client_data("webauthn.get", challenge, &self.origin()),
            data: data(RP, SEEN),
        }
    }

    pub(crate) async fn give(&self, campus: &str, request: &CommandRequest) -> (u16, Value) {
        let path = format!("/campuses/{campus}/commands");
        self.post(&path, &serde_json::to_value(request).unwrap())
            .await
    }
}

/// What is to be signed.
#[derive(Clone)]
pub(crate) struct Signing {
    stamp: String,
    said: Value,
    data: Vec<u8>,
}

impl Signing {
    pub(crate) fn by(&self, with: &Authenticator) -> Assertion {
        let said = self.said.to_string();
        Assertion {
            credential: encode(&with.credential),
            stamp: self.stamp.clone(),
            client_data: encode(said.as_bytes()),
            authenticator_data: encode(&self.data),
            signature: encode(&with.sign(&self.data, said.as_bytes())),
        }
    }
}

pub(crate) fn with(request: &CommandRequest, assertion: Assertion) -> CommandRequest {
    CommandRequest {
        passkey: Some(Box::new(assertion)),
        ..request.clone()
    }
}

async fn locked_down(server: &Server) -> Http {
    let sam = of(server, SRO);
    let call = json!({ "name": "call_lock_down" });
    of(server, ADMIN).send(NORTH, &asked(call)).await.accepted();
    sam.send(NORTH, &asked(json!({ "name": "arrive" })))
        .await
        .accepted();
    sam
}

async fn all_clear(who: &Http) -> CommandRequest {
    let screen = who.screen(NORTH).await;
    let mut request = asked(json!({
        "name": "give_all_clear",
        "lifts": screen.open_raises(),
        "seen": screen.position.unwrap(),
        "override_reason": "They are gone",
    }));
    request.pin = None;
    request
}

/// Another sign-in of the SRO's.
async fn elsewhere(server: &Server) -> String {
    let made = operator(server.data(), &["code", SRO, "--json"]).done();
    let made: Value = serde_json::from_str(&made).unwrap();
    let answer = reqwest::Client::new()
        .post(format!("{}/v1/sign-in", server.url))
        .json(&json!({ "code": made["code"] }))
        .send();
    let answer: Value = answer.await.unwrap().json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Past the five wrong ones after which a person's passkeys wait: a server forgets them with its
/// process, and nothing else here.
async fn forget_wrong_ones(server: Server) -> Server {
    server.start_again()
}

type Bend = (&'static str, fn(&mut Signing, &Browser));

/// One field of what the authenticator signs, each by itself.
const SIGNED: &[Bend] = &[
    ("the type of a making", |s, _| {
        s.said["type"] = json!("webauthn.create")
    }),
    ("a challenge without its end", |s, _| {
        let whole = s.said["challenge"].as_str().unwrap();
        s.said["challenge"] = json!(whole[..whole.len() - 1]);
    }),
    ("a challenge with more behind it", |s, _| {
        let whole = s.said["challenge"].as_str().unwrap();
        s.said["challenge"] = json!(format!("{whole}A"));
    }),
    ("no challenge", |s, _| s.said["challenge"] = json!("")),
    ("the origin of another port", |s, _| {
        s.said["origin"] = json!("http://localhost:1")
    }),
    ("the origin of another host", |s, b| {
        s.said["origin"] = json!(b.origin().replace("localhost", "localhost.evil.example"));
    }),
    ("an origin with a path", |s, b| {
        s.said["origin"] = json!(format!("{}/", b.origin()))
    }),
    ("an origin in capitals", |s, b| {
        s.said["origin"] = json!(b.origin().to_uppercase())
    }),
    ("the origin of a socket", |s, b| {
        s.said["origin"] = json!(b.origin().replace("http", "ws"));
    }),
    ("a page within another's", |s, _| {
        s.said["crossOrigin"] = json!(true)
    }),
    ("another rp id", |s, _| s.data = data("evil.example", SEEN)),
    ("nobody was there", |s, _| s.data = data(RP, 0x04)),
    ("nobody was looked at", |s, _| s.data = data(RP, 0x01)),
    ("data cut short", |s, _| s.data.truncate(36)),
    ("no data", |s, _| s.data.clear()),
    ("data with more behind it", |s, _| s.data.push(0)),
    ("a credential behind the data", |s, _| {
        s.data[32] |= 0x40;
        s.data.extend([0; 40]);
    }),
    ("extensions that are not there", |s, _| s.data[32] |= 0x80),
    ("data that is too long", |s, _| {
        s.data[32] |= 0x80;
        s.data.extend([0xf6; 2_000]);
    }),
    ("client data that is too long", |s, _| {
        s.said["more"] = json!("x".repeat(4_000));
    }),
];

type Forge = (&'static str, fn(&mut Assertion));

fn flip(text: &mut String) {
    let last = if text.starts_with('A') { "B" } else { "A" };
    text.replace_range(..1, last);
}

/// One field of what is sent, with the signature that was made before.
const SENT: &[Forge] = &[
    ("another credential", |a| flip(&mut a.credential)),
    ("no credential", |a| a.credential.clear()),
    ("another stamp", |a| flip(&mut a.stamp)),
    ("a stamp that is too long", |a| a.stamp.push_str("AAAA")),
    ("no stamp", |a| a.stamp.clear()),
    ("other data", |a| flip(&mut a.authenticator_data)),
    ("client data that is none", |a| {
        a.client_data = encode(b"[]")
    }),
    ("another signature", |a| flip(&mut a.signature)),
    ("no signature", |a| a.signature.clear()),
    ("a signature that is too long", |a| {
        a.signature.push_str(&"A".repeat(200))
    }),
    ("a signature with more behind it", |a| {
        a.signature.push_str("AAAA")
    }),
    ("what is no base64url", |a| {
        a.signature.replace_range(..1, "+")
    }),
    ("base64url with padding", |a| a.stamp.push('=')),
];

#[track_caller]
fn wrong(what: &str, answer: (u16, Value)) {
    assert_eq!(answer.1["code"], "proof_wrong", "{what}: {answer:?}");
}

#[tokio::test]
async fn a4_each_field_of_an_assertion_bent_by_itself_lifts_nothing() {
    for key in [Authenticator::es256, Authenticator::eddsa] {
        let key = key();
        let mut server = Server::start();
        let sam = locked_down(&server).await;
        let (status, added) = Browser::of(&server, &server.token(SRO)).add(&key).await;
        assert_eq!(status, 200, "{added}");
        let request = all_clear(&sam).await;
        let mut tried = 0;
        let others = [Authenticator::es256(), Authenticator::eddsa()];
        let own = server.token(SRO);
        for (what, bend) in SIGNED {
            let at = Browser::of(&server, &own);
            let mut signing = at.sign(&request, &key).await;
            bend(&mut signing, &at);
            wrong(
                what,
                at.give(NORTH, &with(&request, signing.by(&key))).await,
            );
            tried += 1;
            if tried % 5 == 0 {
                server = forget_wrong_ones(server).await;
            }
        }
        for (what, forge) in SENT {
            let at = Browser::of(&server, &own);
            let mut assertion = at.sign(&request, &key).await.by(&key);
            forge(&mut assertion);
            wrong(what, at.give(NORTH, &with(&request, assertion)).await);
            tried += 1;
            if tried % 5 == 0 {
                server = forget_wrong_ones(server).await;
            }
        }
        server = forget_wrong_ones(server).await;
        let at = Browser::of(&server, &own);
        let signing = at.sign(&request, &key).await;
        // Another's signature under this one's name, of the same kind and of the other.
        for other in &others {
            let mut assertion = signing.by(other);
            assertion.credential = encode(&key.credential);
            wrong(
                "another key",
                at.give(NORTH, &with(&request, assertion)).await,
            );
        }
        let both = CommandRequest {
            pin: Some(Pin(lockstep_server::demo::PIN.to_owned())),
            ..with(&request, signing.by(&key))
        };
        assert_eq!(at.give(NORTH, &both).await.1["code"], "bad_frame");
        assert_eq!(
            sam.at(&server.url).screen(NORTH).await.posture(),
            Posture::LockDown
        );

        // The same, untouched, is taken; and again it is the same act (P6).
        let given = with(&request, signing.by(&key));
        let (status, first) = at.give(NORTH, &given).await;
        assert_eq!(
            (status, &first["type"]),
            (200, &json!("accepted")),
            "{first}"
        );
        let (status, again) = at.give(NORTH, &given).await;
        assert_eq!((status, &again["fact"]), (200, &first["fact"]), "{again}");
        let screen = of(&server, ADMIN).screen(NORTH).await;
        assert_eq!(screen.posture(), Posture::AllClear);
    }
}

type Swap = (&'static str, fn(&mut CommandRequest));

/// What the authenticator did not sign: each thing of the command by itself.
const SWAPPED: &[Swap] = &[
    ("another command id", |r| {
        r.id = asked(json!({ "name": "arrive" })).id
    }),
    ("another head", |r| {
        change(r, "seen", |seen| seen["seq"] = json!(1))
    }),
    ("another epoch", |r| {
        change(r, "seen", |seen| seen["epoch"] = json!(2))
    }),
    ("another raise", |r| {
        change(r, "lifts", |lifts| {
            lifts[0] = json!("00000000-0000-4000-8000-000000000001")
        });
    }),
    ("one raise more", |r| {
        change(r, "lifts", |lifts| {
            let more = json!("00000000-0000-4000-8000-000000000001");
            lifts.as_array_mut().unwrap().push(more);
        });
    }),
    ("no raise", |r| {
        change(r, "lifts", |lifts| *lifts = json!([]))
    }),
    ("another reason", |r| {
        change(r, "override_reason", |why| *why = json!("Nobody there"))
    }),
    ("another command", |r| {
        r.command = crate::command(json!({ "name": "start_drill", "kind": "lock_down" }));
    }),
];

fn change(request: &mut CommandRequest, key: &str, how: impl Fn(&mut Value)) {
    let mut command = serde_json::to_value(&request.command).unwrap();
    how(&mut command[key]);
    request.command = crate::command(command);
}

#[tokio::test]
async fn a4_an_assertion_is_for_one_command_of_one_sign_in_on_one_campus() {
    let key = Authenticator::es256();
    let mut server = Server::start();
    let sam = locked_down(&server).await;
    let own = server.token(SRO);
    Browser::of(&server, &own).add(&key).await;
    let request = all_clear(&sam).await;
    for (tried, (what, swap)) in (1..).zip(SWAPPED) {
        let at = Browser::of(&server, &own);
        let assertion = at.sign(&request, &key).await.by(&key);
        let mut other = request.clone();
        swap(&mut other);
        wrong(what, at.give(NORTH, &with(&other, assertion)).await);
        if tried % 4 == 0 {
            server = forget_wrong_ones(server).await;
        }
    }
    let at = Browser::of(&server, &own);
    let signing = at.sign(&request, &key).await;
    // Of another sign-in of the same person, of another person, on another campus.
    let second = Browser::of(&server, &elsewhere(&server).await);
    let given = with(&request, signing.by(&key));
    wrong("another sign-in", second.give(NORTH, &given).await);
    let other = Browser::of(&server, &server.token(OFFICER));
    wrong("another person", other.give(NORTH, &given).await);
    let (_, there) = at.give("river-middle", &given).await;
    assert_eq!(there["code"], "unknown_campus");
    // With a stamp that another sign-in was given for the very same.
    let mut theirs = second.sign(&request, &key).await;
    theirs.said = signing.said.clone();
    wrong(
        "another's stamp",
        at.give(NORTH, &with(&request, theirs.by(&key))).await,
    );
    // Something new has come in since: signed or not, its author looks again (P4).
    let call = json!({ "name": "call_lock_down", "reason": "And another" });
    of(&server, ADMIN)
        .send(NORTH, &asked(call))
        .await
        .accepted();
    let (status, late) = at.give(NORTH, &given).await;
    assert_eq!(
        (status, &late["code"]),
        (409, &json!("unnamed_raises")),
        "{late}"
    );
    assert_eq!(
        sam.clone().at(&server.url).screen(NORTH).await.posture(),
        Posture::LockDown
    );
    // What an officer's claimed time says is bound to nothing.
    let request = all_clear(&sam.at(&server.url)).await;
    let mut given = with(&request, at.sign(&request, &key).await.by(&key));
    given.claimed_at = Some("2026-03-02T15:04:05Z".parse().unwrap());
    assert_eq!(at.give(NORTH, &given).await.0, 200);
}

#[tokio::test]
async fn a4_a_raise_never_waits_for_a_passkey_and_a_display_has_none() {
    let server = Server::start();
    let nothing = Assertion {
        credential: "?".repeat(9_000),
        stamp: String::new(),
        client_data: String::new(),
        authenticator_data: String::new(),
        signature: String::new(),
    };
    let call = with(&asked(json!({ "name": "call_lock_down" })), nothing.clone());
    // With a PIN beside it too.
    assert!(call.pin.is_some());
    of(&server, ADMIN).send(NORTH, &call).await.accepted();
    let display = Browser::of(&server, &server.token("device:north-n101"));
    for (status, answer) in [
        display.begin(lockstep_server::demo::PIN).await,
        display.ask(reqwest::Method::GET, "/passkeys", None).await,
        display.challenge(NORTH, &asked_bare()).await,
    ] {
        assert_eq!(status, 403, "{answer}");
    }
    // Whoever has none is told so, and one that gave a PIN along too.
    let teacher = Browser::of(&server, &server.token(TEACHER));
    let (_, none) = teacher.challenge(NORTH, &asked_bare()).await;
    assert_eq!(none["code"], "unknown_thing");
    let (_, proven) = teacher.challenge(NORTH, &call).await;
    assert_eq!(proven["code"], "bad_frame");
    // A program that names no such host has no passkey there.
    let key = Authenticator::es256();
    let sam = Browser::of(&server, &server.token(SRO));
    assert_eq!(sam.add(&key).await.0, 200);
    let elsewhere = Browser {
        host: "lockstep.school.example".to_owned(),
        ..sam
    };
    assert_eq!(
        elsewhere.challenge(NORTH, &asked_bare()).await.1["code"],
        "unknown_thing"
    );
}

fn asked_bare() -> CommandRequest {
    let mut request = asked(json!({ "name": "start_drill", "kind": "lock_down" }));
    request.pin = None;
    request
}

/// Five wrong ones and that person's passkeys wait; their PIN does not, nor does anybody's raise.
#[tokio::test]
async fn a4_wrong_assertions_wait_and_the_pin_does_not() {
    let server = Server::start();
    let sam = locked_down(&server).await;
    let (key, at) = (
        Authenticator::eddsa(),
        Browser::of(&server, &server.token(SRO)),
    );
    at.add(&key).await;
    let request = all_clear(&sam).await;
    let mut bent = at.sign(&request, &key).await;
    bent.said["origin"] = json!("https://evil.example");
    for _ in 0..5 {
        wrong("bent", at.give(NORTH, &with(&request, bent.by(&key))).await);
    }
    let right = with(&request, at.sign(&request, &key).await.by(&key));
    assert_eq!(at.give(NORTH, &right).await.1["code"], "proof_throttled");
    sam.send(NORTH, &asked(json!({ "name": "call_lock_down" })))
        .await
        .accepted();
    let mut by_pin = all_clear(&sam).await;
    by_pin.pin = Some(Pin(lockstep_server::demo::PIN.to_owned()));
    sam.send(NORTH, &by_pin).await.accepted();
}

#[tokio::test]
async fn a4_a_passkey_is_added_with_the_pin_and_only_as_it_was_begun() {
    let server = Server::start();
    let key = Authenticator::es256();
    let sam = Browser::of(&server, &server.token(SRO));
    assert_eq!(sam.begin("1357").await.1["code"], "proof_wrong");
    let (_, none) = sam.post("/passkeys/begin", &json!({})).await;
    assert_eq!(none["code"], "proof_needed");
    let cose = key.cose(None);
    let good = key.attestation(RP, SEEN, &cose);
    let (_, begun) = sam.begin(lockstep_server::demo::PIN).await;
    let other = Authenticator::eddsa();
    let bent: [(&str, Vec<u8>); 9] = [
        (
            "another rp id",
            key.attestation("evil.example", SEEN, &cose),
        ),
        ("nobody was looked at", key.attestation(RP, 0x01, &cose)),
        ("nobody was there", key.attestation(RP, 0x04, &cose)),
        ("RS256", key.attestation(RP, SEEN, &key.cose(Some(0x38)))),
        (
            "ES256 with the other's name",
            key.attestation(RP, SEEN, &key.cose(Some(0x27))),
        ),
        (
            "EdDSA with the other's name",
            other.attestation(RP, SEEN, &other.cose(Some(0x26))),
        ),
        (
            "more behind the key",
            key.attestation(RP, SEEN, &[&cose[..], &[0]].concat()),
        ),
        ("more behind it all", [&good[..], &[0]].concat()),
        ("cut short", good[..good.len() - 1].to_vec()),
    ];
    for (what, attestation) in bent {
        wrong(what, sam.end(&begun, &attestation).await);
    }
    // A point that lies on no curve.
    let mut off = cose.clone();
    let last = off.len() - 1;
    off[last] ^= 1;
    wrong(
        "off the curve",
        sam.end(&begun, &key.attestation(RP, SEEN, &off)).await,
    );
    // Begun by another sign-in of theirs, or for a command: no PIN was given for this.
    let second = Browser::of(&server, &elsewhere(&server).await);
    assert_eq!(second.end(&begun, &good).await.1["code"], "proof_needed");
    assert_eq!(sam.end(&begun, &good).await.0, 200);
    let (_, given) = sam.challenge(NORTH, &asked_bare()).await;
    let (_, other_way) = sam
        .end(&given, &other.attestation(RP, SEEN, &other.cose(None)))
        .await;
    assert_eq!(other_way["code"], "proof_needed");
    // Once, whoever offers it again.
    let ana = Browser::of(&server, &server.token(ADMIN));
    assert_eq!(ana.add(&key).await.1["code"], "id_reused");

    let (_, own) = sam.ask(reqwest::Method::GET, "/passkeys", None).await;
    let [one] = &own["passkeys"].as_array().unwrap()[..] else {
        panic!("{own}");
    };
    assert_eq!(
        (&one["name"], &one["rp"]),
        (&json!("A telephone"), &json!(RP))
    );
    let path = format!("/passkeys/{}", one["id"].as_str().unwrap());
    let theirs = ana.ask(reqwest::Method::DELETE, &path, None).await;
    assert_eq!(theirs.1["code"], "unknown_thing");
    assert_eq!(sam.ask(reqwest::Method::DELETE, &path, None).await.0, 204);
    let (_, own) = sam.ask(reqwest::Method::GET, "/passkeys", None).await;
    assert_eq!(own["passkeys"], json!([]));
}

/// A challenge that one instance gave is taken by the other: they share their keys and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_a_challenge_of_one_instance_is_taken_by_the_other() {
    let database = Postgres::shared();
    let url = database.url(&database.database(), "owner");
    let env = [("LOCKSTEP_DATABASE_URL", url.as_str())];
    let one = Server::start_with(&[], &env);
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    std::fs::copy(one.data().join("keys/master.key"), keys.join("master.key")).unwrap();
    let _ = Ring::read(&keys);
    let two = Server::start_on(folder, &env);
    let sam = locked_down(&one).await;
    let key = Authenticator::eddsa();
    let own = one.token(SRO);
    let first = Browser::of(&one, &own);
    assert_eq!(first.add(&key).await.0, 200);
    let there = Http::with(&two.url, &own);
    let until = async {
        while there.screen(NORTH).await.posture() != Posture::LockDown {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, until).await.unwrap();
    let request = all_clear(&sam).await;
    let given = with(&request, first.sign(&request, &key).await.by(&key));
    // One address stands before both: the browser asked the same host.
    let second = Browser {
        url: two.url.clone(),
        ..first
    };
    let (status, answer) = second.give(NORTH, &given).await;
    assert_eq!(status, 200, "{answer}");
    assert!(matches!(
        sam.send(NORTH, &given).await,
        Answered::Refused(Code::ProofWrong, _)
    ));
}

/// A passkey outlasts the machine and the move into a database: what was added before gives the all clear after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_a_passkey_is_in_a_backup_and_moves_into_a_database() {
    let mut server = Server::start();
    locked_down(&server).await;
    let key = Authenticator::es256();
    let own = server.token(SRO);
    assert_eq!(Browser::of(&server, &own).add(&key).await.0, 200);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let copy = copy.to_str().unwrap();
    operator(server.data(), &["backup", copy]).done();
    assert!(server.stop().success());

    let folder = tempfile::tempdir().unwrap();
    let restore = ["restore", copy, "--reason", "The disk died"];
    operator(folder.path(), &restore).done();
    let database = Postgres::shared();
    let url = database.url(&database.database(), "owner");
    operator(folder.path(), &["migrate", "--database-url", &url]).done();
    let moved = Server::start_on(folder, &[("LOCKSTEP_DATABASE_URL", &url)]);
    let at = Browser::of(&moved, &own);
    let request = all_clear(&Http::with(&moved.url, &own)).await;
    let given = with(&request, at.sign(&request, &key).await.by(&key));
    let (status, answer) = at.give(NORTH, &given).await;
    assert_eq!(
        (status, &answer["type"]),
        (200, &json!("accepted")),
        "{answer}"
    );
}
