//! A5: of every algorithm, key, trick of the header and fault of the claims, one sign-in alone is
//! believed: what a key of the ring signed, as it signs, with the claims that it makes.

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_server::auth::{Auth, Ring, Tokens};
use lockstep_server::clock::SharedClock;
use lockstep_server::journal::Credential;
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::keys::Keys;
use lockstep_tests::{Foreign, as_secrets};
use serde_json::{Value, json};

use crate::journal::SetClock;
use crate::journal::school::{district, operator, set_up};

const ALGORITHMS: [&str; 19] = [
    "EdDSA", "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "RS384",
    "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519", "eddsa",
];

/// How the signature was made.
const SIGNED_WITH: [&str; 8] = [
    "the first key",
    "the second key",
    "another's key",
    "nothing",
    "HMAC under our public key",
    "HMAC under our public key, as text",
    "HMAC under nothing",
    "zeros",
];

/// What the header says beside its algorithm, and whether it is one that our own key could carry.
fn headers(second: &str, theirs: &str) -> Vec<(&'static str, Value)> {
    let typ = "lockstep-sign-in+jwt";
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": theirs });
    vec![
        ("as it is", json!({ "typ": typ })),
        ("the first key by name", json!({ "typ": typ, "kid": "1" })),
        (
            "the second key by name",
            json!({ "typ": typ, "kid": second }),
        ),
        ("an unknown key", json!({ "typ": typ, "kid": "k-00000000" })),
        ("no key by name", json!({ "typ": typ, "kid": "" })),
        (
            "a key by a path",
            json!({ "typ": typ, "kid": "../../../../dev/null" }),
        ),
        (
            "a key by a query",
            json!({ "typ": typ, "kid": "1' UNION SELECT 'AA" }),
        ),
        ("a key brought along", json!({ "typ": typ, "jwk": jwk })),
        (
            "a key at an address",
            json!({ "typ": typ, "jku": "http://127.0.0.1:1/keys" }),
        ),
        (
            "a certificate at an address",
            json!({ "typ": typ, "x5u": "http://127.0.0.1:1/c" }),
        ),
        (
            "a certificate brought along",
            json!({ "typ": typ, "x5c": [theirs] }),
        ),
        ("no type", json!({})),
        ("another type", json!({ "typ": "JWT" })),
        (
            "another type of ours",
            json!({ "typ": "lockstep-sign-on+jwt" }),
        ),
        (
            "what must be understood",
            json!({ "typ": typ, "crit": ["exp"], "exp": 1 }),
        ),
    ]
}

/// The claims, each with what is wrong with them.
fn claims(good: &Value) -> Vec<(&'static str, Value)> {
    let with = |key: &str, value: Value| {
        let mut claims = good.clone();
        claims[key] = value;
        claims
    };
    let without = |key: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(key);
        claims
    };
    vec![
        ("nothing", good.clone()),
        ("another issuer", with("iss", json!("elsewhere"))),
        ("no issuer", without("iss")),
        ("several issuers", with("iss", json!(["lockstep", "x"]))),
        ("another audience", with("aud", json!("elsewhere"))),
        ("no audience", without("aud")),
        ("no expiry", without("exp")),
        ("an expiry in words", with("exp", json!("never"))),
        ("no subject", without("sub")),
        ("a subject that is none", with("sub", json!("ana"))),
        ("no sign-in", without("jti")),
        ("no district", without("district")),
        ("a role", with("role", json!("sro"))),
        ("not yet", with("nbf", json!(4_000_000_000_u64))),
    ]
}

struct Forge {
    first: Ed25519KeyPair,
    second: Ed25519KeyPair,
    theirs: Ed25519KeyPair,
}

impl Forge {
    fn sign(&self, with: &str, bytes: &[u8]) -> Vec<u8> {
        let public = self.first.public_key().as_ref();
        let hmac = |key: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            hmac::sign(&key, bytes).as_ref().to_vec()
        };
        match with {
            "the first key" => self.first.sign(bytes).as_ref().to_vec(),
            "the second key" => self.second.sign(bytes).as_ref().to_vec(),
            "another's key" => self.theirs.sign(bytes).as_ref().to_vec(),
            "nothing" => Vec::new(),
            "HMAC under our public key" => hmac(public),
            "HMAC under our public key, as text" => hmac(BASE64.encode(public).as_bytes()),
            "HMAC under nothing" => hmac(&[]),
            "zeros" => vec![0; 64],
            other => panic!("no signature is made with {other}"),
        }
    }
}

/// The seed of a ring's newest key, from where it stands.
fn seed_in(folder: &std::path::Path) -> (String, Vec<u8>) {
    let kept: Value = serde_json::from_slice(&std::fs::read(Ring::file(folder)).unwrap()).unwrap();
    let key = kept["keys"].as_array().unwrap().last().unwrap();
    let seed = BASE64.decode(key["seed"].as_str().unwrap()).unwrap();
    (key["id"].as_str().unwrap().to_owned(), seed)
}

#[test]
fn a5_of_every_algorithm_key_header_and_claim_only_our_own_is_a_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    let mut ring = Ring::first();
    ring.rotate(now, now).unwrap();
    ring.write(folder.path()).unwrap();
    let (second, seed) = seed_in(folder.path());
    let tokens = Tokens::new(&keys)
        .in_folder(folder.path().to_owned())
        .unwrap();
    let pair = |seed: &[u8]| Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    let forge = Forge {
        first: pair(&keys.derive("token", "")),
        second: pair(&seed),
        theirs: pair(&[7; 32]),
    };
    let theirs = BASE64.encode(forge.theirs.public_key().as_ref());
    let good = json!({
        "iss": "lockstep", "aud": "lockstep", "sub": "person:ana.ruiz", "jti": "c-1",
        "district": "maple-valley", "iat": now.as_second(), "exp": now.as_second() + 3_600,
    });
    let part = |value: &Value| BASE64.encode(value.to_string());
    let (mut refused, mut taken) = (0, Vec::new());
    for alg in ALGORITHMS {
        for (header_is, mut header) in headers(&second, &theirs) {
            header["alg"] = json!(alg);
            for (wrong, claims) in claims(&good) {
                let signed = format!("{}.{}", part(&header), part(&claims));
                for with in SIGNED_WITH {
                    let signature = BASE64.encode(forge.sign(with, signed.as_bytes()));
                    match tokens.read(&format!("{signed}.{signature}")) {
                        Ok(read) => {
                            assert_eq!(read.principal.to_string(), "person:ana.ruiz");
                            taken.push((alg, header_is, wrong, with));
                        }
                        Err(code) => {
                            assert_eq!(code, Code::NotSignedIn);
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{refused} forgeries were refused");
    assert_eq!(
        taken,
        [
            ("EdDSA", "as it is", "nothing", "the first key"),
            ("EdDSA", "the first key by name", "nothing", "the first key"),
            (
                "EdDSA",
                "the second key by name",
                "nothing",
                "the second key"
            ),
        ]
    );
}

/// What another algorithm's key really signed, with its public half in the header, and an HMAC under
/// whatever may be had of our own.
#[test]
fn a5_what_a_key_that_is_brought_along_really_signed_is_no_sign_in() {
    let keys = Keys::from_master([7; 32]);
    let tokens = Tokens::new(&keys);
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    let ours = Ed25519KeyPair::from_seed_unchecked(&keys.derive("token", "")).unwrap();
    let claims = BASE64.encode(
        json!({
            "iss": "lockstep", "aud": "lockstep", "sub": "person:ana.ruiz", "jti": "c-1",
            "district": "maple-valley", "iat": now.as_second(), "exp": now.as_second() + 3_600,
        })
        .to_string(),
    );
    let token = |header: &Value, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let signed = format!("{}.{claims}", BASE64.encode(header.to_string()));
        let token = format!("{signed}.{}", BASE64.encode(sign(signed.as_bytes())));
        // One that is too long is refused before it is looked at.
        assert!(token.len() < 2_048, "{}", token.len());
        token
    };
    let typ = "lockstep-sign-in+jwt";
    let own = json!({ "alg": "EdDSA", "typ": typ });
    let right = token(&own, &|bytes| ours.sign(bytes).as_ref().to_vec());
    assert!(tokens.read(&right).is_ok());
    for foreign in Foreign::all() {
        for (how, mut header) in foreign.brought(typ, "http://127.0.0.1:1/keys") {
            for alg in [foreign.alg, "EdDSA"] {
                header["alg"] = json!(alg);
                let forged = token(&header, &|bytes| foreign.sign(bytes));
                let read = tokens.read(&forged);
                assert_eq!(
                    read,
                    Err(Code::NotSignedIn),
                    "{}, {alg}: {how}",
                    foreign.alg
                );
            }
        }
    }
    for (what, secret) in as_secrets(ours.public_key().as_ref()) {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        for (alg, kid) in [("HS256", None), ("HS256", Some("1")), ("EdDSA", None)] {
            let mut header = json!({ "alg": alg, "typ": typ });
            if let Some(kid) = kid {
                header["kid"] = json!(kid);
            }
            let forged = token(&header, &|bytes| {
                hmac::sign(&secret, bytes).as_ref().to_vec()
            });
            let read = tokens.read(&forged);
            assert_eq!(read, Err(Code::NotSignedIn), "{what}: {header}");
        }
    }
}

/// What the server itself makes goes through all of the above.
#[test]
fn a5_each_keys_own_token_says_which_key_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let tokens = Tokens::new(&keys)
        .in_folder(folder.path().to_owned())
        .unwrap();
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    let credential = Credential {
        id: "c-1".parse().unwrap(),
        district: "maple-valley".parse().unwrap(),
        principal: "person:ana.ruiz".parse().unwrap(),
        made_at: now,
        revoked_at: None,
    };
    let (before, _) = tokens.issue(&credential, now).unwrap();
    let mut ring = Ring::first();
    let second = ring.rotate(now, now).unwrap();
    ring.write(folder.path()).unwrap();
    assert!(tokens.look_again().unwrap());
    assert!(!tokens.look_again().unwrap());
    let (after, _) = tokens.issue(&credential, now).unwrap();
    assert_eq!(&*tokens.read(&before).unwrap().key, "1");
    assert_eq!(*tokens.read(&after).unwrap().key, second);
}

/// A6: what an instance knows to be off is off, also once the database is one of an earlier day.
#[tokio::test]
async fn a6_a_database_of_an_earlier_day_switches_nothing_on_again() {
    let folder = tempfile::tempdir().unwrap();
    let clock: SharedClock = SetClock::new();
    let keys = Keys::from_master([7; 32]);
    let mut token = None;
    for _ in ["as it was", "put back"] {
        let journal = MemoryJournal::new(Arc::clone(&clock));
        set_up(&journal).await;
        let auth = Auth::new(Arc::new(journal), Arc::clone(&clock), &keys);
        let auth = auth.keeps_in(folder.path().join("directory.json"));
        auth.recall();
        auth.refresh().await.unwrap();
        if token.is_none() {
            let sam = "person:sam".parse().unwrap();
            let made = auth.sign_in_as(district(), &sam, operator()).await;
            let made = made.unwrap().token;
            auth.sign_out(&auth.claims(&made).unwrap()).await.unwrap();
            token = Some(made);
        }
        for _ in 0..2 {
            auth.refresh().await.unwrap();
            let who = auth.who(token.as_ref().unwrap());
            assert_eq!(who.unwrap_err(), Code::Revoked);
        }
    }
}
