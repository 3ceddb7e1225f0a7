//! A4: a passkey's assertion is good for two minutes, at any instance of the school, with a live
//! sign-in and for the command that was asked about. What a server does with one is in
//! `tests/wire/passkeys.rs`.

use std::sync::Arc;

use lockstep_proto::code::Code;
use lockstep_proto::command::{Assertion, CommandRequest};
use lockstep_proto::id::CampusId;
use lockstep_proto::role::Standing;
use lockstep_rules::Actor;
use lockstep_server::auth::{Auth, Host, Made};
use lockstep_server::clock::SharedClock;
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::keys::Keys;
use lockstep_tests::{Authenticator, SEEN, client_data, data, encode};

use crate::campus::request;
use crate::journal::SetClock;
use crate::journal::school::{district, operator, set_up, time};

const HOST: &str = "lockstep.school.example:7117";
const RP: &str = "lockstep.school.example";

/// An instance whose clock stands so many seconds later.
struct Instance {
    auth: Auth,
    host: Host,
}

impl Instance {
    async fn of(journal: &MemoryJournal, master: u8, seconds: i64) -> Self {
        let clock = SetClock::new();
        clock.set(time(seconds));
        let clock: SharedClock = clock;
        let own = Arc::new(journal.beside(Arc::clone(&clock)));
        let auth = Auth::new(own, clock, &Keys::from_master([master; 32]));
        auth.refresh().await.unwrap();
        Self {
            auth,
            host: Host::new(HOST, true),
        }
    }

    async fn proves(&self, actor: &Actor, request: &CommandRequest, with: &Assertion) -> Standing {
        self.standing(actor, "north", request, with).await
    }

    async fn standing(
        &self,
        actor: &Actor,
        campus: &str,
        request: &CommandRequest,
        with: &Assertion,
    ) -> Standing {
        let campus: CampusId = campus.parse().unwrap();
        let proven = self
            .auth
            .prove_by_passkey(actor, Some(&self.host), &campus, request, with)
            .await;
        match proven {
            Ok(actor) => actor.standing,
            Err(refusal) => {
                assert_eq!(refusal.code, Code::ProofWrong);
                Standing::Live
            }
        }
    }
}

fn lift(n: u128) -> CommandRequest {
    let command = serde_json::json!({
        "name": "resume", "lifts": [uuid::Uuid::from_u128(n)], "seen": { "epoch": 1, "seq": 7 },
    });
    request(n, serde_json::from_value(command).unwrap())
}

/// Sam, signed in and with a passkey, and what it made of one command.
async fn signed(
    here: &Instance,
    key: &Authenticator,
) -> (String, Actor, CommandRequest, Assertion) {
    let sam = "person:sam".parse().unwrap();
    let made = here.auth.sign_in_as(district(), &sam, operator()).await;
    let token = made.unwrap().token;
    let actor = here.auth.who(&token).unwrap();
    let fresh = Actor {
        standing: Standing::Fresh,
        ..actor.clone()
    };
    let (begun, stand) = here.auth.begin_passkey(&fresh, &here.host).await.unwrap();
    assert!(stand.is_empty());
    let origin = format!("https://{HOST}");
    let said = client_data("webauthn.create", &begun.challenge, &origin).to_string();
    let made = Made {
        stamp: &begun.stamp,
        client_data: &encode(said.as_bytes()),
        attestation: &encode(&key.attestation(RP, SEEN, &key.cose(None))),
    };
    let name = "Telephone".parse().unwrap();
    let added = here.auth.add_passkey(&actor, &here.host, &name, &made);
    added.await.unwrap();
    let request = lift(1);
    let campus = "north".parse().unwrap();
    let given = here.auth.challenge(&actor, &here.host, &campus, &request);
    let (given, credentials) = given.await.unwrap();
    assert_eq!(credentials, [encode(&key.credential)]);
    let said = client_data("webauthn.get", &given.challenge, &origin).to_string();
    let data = data(RP, SEEN);
    let assertion = Assertion {
        credential: encode(&key.credential),
        stamp: given.stamp,
        client_data: encode(said.as_bytes()),
        authenticator_data: encode(&data),
        signature: encode(&key.sign(&data, said.as_bytes())),
    };
    (token, actor, request, assertion)
}

async fn school() -> MemoryJournal {
    let journal = MemoryJournal::shared(SetClock::new());
    set_up(&journal).await;
    journal
}

#[tokio::test]
async fn a4_an_assertion_is_good_for_two_minutes_at_any_instance_of_the_school() {
    for key in [Authenticator::es256(), Authenticator::eddsa()] {
        let journal = school().await;
        let here = Instance::of(&journal, 7, 0).await;
        let (_, sam, request, given) = signed(&here, &key).await;
        for (master, seconds, expected) in [
            (7, 0, Standing::Fresh),
            (7, 120, Standing::Fresh),
            (7, 121, Standing::Live),
            (7, 100_000, Standing::Live),
            // A clock that is a little behind, and one that says what cannot be.
            (7, -5, Standing::Fresh),
            (7, -60, Standing::Live),
            // Of another school.
            (8, 0, Standing::Live),
        ] {
            let there = Instance::of(&journal, master, seconds).await;
            let found = there.proves(&sam, &request, &given).await;
            assert_eq!(found, expected, "{master} {seconds}");
        }
    }
}

#[tokio::test]
async fn a4_an_assertion_makes_only_the_live_sign_in_fresh_that_asked() {
    let journal = school().await;
    let here = Instance::of(&journal, 7, 0).await;
    let (token, sam, request, given) = signed(&here, &Authenticator::es256()).await;
    // Thirteen hours later the sign-in raises and nothing else, whatever it signs.
    let late = Instance::of(&journal, 7, 13 * 3_600).await;
    let forgiven = late.auth.who(&token).unwrap();
    assert_eq!(forgiven.standing, Standing::Forgiven);
    let found = here.proves(&forgiven, &request, &given).await;
    assert_eq!(found, Standing::Forgiven);
    let campus = "north".parse().unwrap();
    let asked = late
        .auth
        .challenge(&forgiven, &late.host, &campus, &request);
    assert_eq!(asked.await.unwrap_err().code, Code::SignInExpired);

    let other = "person:sam".parse().unwrap();
    let other = here.auth.sign_in_as(district(), &other, operator()).await;
    let other = here.auth.who(&other.unwrap().token).unwrap();
    assert_eq!(here.proves(&other, &request, &given).await, Standing::Live);
    assert_eq!(here.proves(&sam, &lift(2), &given).await, Standing::Live);
    let there = here.standing(&sam, "south", &request, &given).await;
    assert_eq!(there, Standing::Live);
    let again = CommandRequest {
        again: true,
        claimed_at: Some(time(3)),
        ..request.clone()
    };
    assert_eq!(here.proves(&sam, &again, &given).await, Standing::Fresh);

    // A passkey that was removed proves nothing, and neither does one of who left and came back.
    let kept = here.auth.passkeys(&sam).await.unwrap();
    here.auth.remove_passkey(&sam, &kept[0].id).await.unwrap();
    assert_eq!(here.proves(&sam, &request, &given).await, Standing::Live);
}

/// The same id, and other raises, another head, another campus or another command.
#[tokio::test]
async fn a4_an_assertion_is_for_everything_that_takes_effect() {
    let journal = school().await;
    let here = Instance::of(&journal, 7, 0).await;
    let (_, sam, request, given) = signed(&here, &Authenticator::es256()).await;
    let swapped = |command: serde_json::Value| CommandRequest {
        command: serde_json::from_value(command).unwrap(),
        ..request.clone()
    };
    let (one, two) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    let seen = |seq: u64| serde_json::json!({ "epoch": 1, "seq": seq });
    for command in [
        serde_json::json!({ "name": "resume", "lifts": [one, two], "seen": seen(7) }),
        serde_json::json!({ "name": "resume", "lifts": [two], "seen": seen(7) }),
        serde_json::json!({ "name": "resume", "lifts": [one], "seen": seen(8) }),
        serde_json::json!({ "name": "end_controlled_movement", "lifts": [one], "seen": seen(7) }),
    ] {
        let other = swapped(command);
        // Another instance: five wrong ones and one would wait.
        let there = Instance::of(&journal, 7, 1).await;
        let found = there.proves(&sam, &other, &given).await;
        assert_eq!(found, Standing::Live, "{other:?}");
    }
    assert_eq!(here.proves(&sam, &request, &given).await, Standing::Fresh);
}

/// Each thing that is said beside the challenge, bent by itself and signed as it is.
#[tokio::test]
async fn a4_what_is_signed_is_held_against_what_was_asked() {
    let key = Authenticator::eddsa();
    let journal = school().await;
    let here = Instance::of(&journal, 7, 0).await;
    let (_, sam, request, given) = signed(&here, &key).await;
    let campus = "north".parse().unwrap();
    let asked = here.auth.challenge(&sam, &here.host, &campus, &request);
    let (asked, _) = asked.await.unwrap();
    let origin = format!("https://{HOST}");
    let said = |kind: &str, origin: &str| client_data(kind, &asked.challenge, origin);
    let mut framed = said("webauthn.get", &origin);
    framed["crossOrigin"] = true.into();
    let good = said("webauthn.get", &origin);
    let tries = [
        ("untouched", good.clone(), data(RP, SEEN), Standing::Fresh),
        (
            "a making",
            said("webauthn.create", &origin),
            data(RP, SEEN),
            Standing::Live,
        ),
        (
            "plain http",
            said("webauthn.get", &format!("http://{HOST}")),
            data(RP, SEEN),
            Standing::Live,
        ),
        (
            "elsewhere",
            said("webauthn.get", "https://evil.example"),
            data(RP, SEEN),
            Standing::Live,
        ),
        ("in a frame", framed, data(RP, SEEN), Standing::Live),
        (
            "for another host",
            good.clone(),
            data("evil.example", SEEN),
            Standing::Live,
        ),
        (
            "nobody was there",
            good.clone(),
            data(RP, 0x04),
            Standing::Live,
        ),
        ("nobody was looked at", good, data(RP, 0x01), Standing::Live),
    ];
    for (what, said, data, expected) in tries {
        // Another instance: five wrong ones and one would wait.
        let there = Instance::of(&journal, 7, 1).await;
        let said = said.to_string();
        let assertion = Assertion {
            stamp: asked.stamp.clone(),
            client_data: encode(said.as_bytes()),
            authenticator_data: encode(&data),
            signature: encode(&key.sign(&data, said.as_bytes())),
            ..given.clone()
        };
        let found = there.proves(&sam, &request, &assertion).await;
        assert_eq!(found, expected, "{what}");
    }
}

/// A stamp is for one thing: that of a command, which takes no PIN, makes no passkey.
#[tokio::test]
async fn a4_a_stamp_for_a_command_adds_no_passkey() {
    let journal = school().await;
    let here = Instance::of(&journal, 7, 0).await;
    let (_, sam, _, given) = signed(&here, &Authenticator::es256()).await;
    let other = Authenticator::es256();
    let said = client_data("webauthn.create", "", &format!("https://{HOST}")).to_string();
    let made = Made {
        stamp: &given.stamp,
        client_data: &encode(said.as_bytes()),
        attestation: &encode(&other.attestation(RP, SEEN, &other.cose(None))),
    };
    let name = "Another".parse().unwrap();
    let added = here.auth.add_passkey(&sam, &here.host, &name, &made).await;
    assert_eq!(added.unwrap_err().code, Code::ProofNeeded);
}
