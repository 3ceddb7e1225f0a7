//! A software authenticator (WebAuthn, CTAP2): it makes passkeys and signs with them, well or as
//! badly as a test asks for.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The user was there, and was looked at.
pub const SEEN: u8 = 0x05;
const ATTESTED: u8 = 0x40;

/// What it signs with.
enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// One credential.
pub struct Authenticator {
    key: Key,
    /// Its credential's id.
    pub credential: Vec<u8>,
}

/// Bytes as WebAuthn writes them in JSON.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `clientDataJSON`, as a browser writes it.
#[must_use]
pub fn client_data(kind: &str, challenge: &str, origin: &str) -> Value {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
}

/// `authenticatorData` without what is attested.
#[must_use]
pub fn data(rp: &str, flags: u8) -> Vec<u8> {
    let hash = digest(&SHA256, rp.as_bytes());
    [hash.as_ref(), &[flags], &[0, 0, 0, 7]].concat()
}

fn cbor(major: u8, length: usize) -> Vec<u8> {
    match length {
        0..24 => vec![major << 5 | length as u8],
        24..256 => vec![major << 5 | 24, length as u8],
        _ => [&[major << 5 | 25][..], &(length as u16).to_be_bytes()].concat(),
    }
}

fn bytes(of: &[u8]) -> Vec<u8> {
    [&cbor(2, of.len())[..], of].concat()
}

fn text(of: &str) -> Vec<u8> {
    [&cbor(3, of.len())[..], of.as_bytes()].concat()
}

impl Authenticator {
    /// One with a key of P-256.
    #[must_use]
    pub fn es256() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self::with(Key::Es256(key))
    }

    /// One with a key of Ed25519.
    #[must_use]
    pub fn eddsa() -> Self {
        Self::with(Key::EdDsa(Ed25519KeyPair::generate().expect("a key")))
    }

    fn with(key: Key) -> Self {
        let credential = uuid::Uuid::new_v4().as_bytes().to_vec();
        Self { key, credential }
    }

    /// Its public key, as COSE writes it; `algorithm` in the place of its own where one is given.
    #[must_use]
    pub fn cose(&self, algorithm: Option<u8>) -> Vec<u8> {
        match &self.key {
            Key::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (bytes(&point[1..33]), bytes(&point[33..65]));
                let head = [
                    0xa5,
                    0x01,
                    0x02,
                    0x03,
                    algorithm.unwrap_or(0x26),
                    0x20,
                    0x01,
                    0x21,
                ];
                [&head[..], &x, &[0x22], &y].concat()
            }
            Key::EdDsa(key) => {
                let head = [
                    0xa4,
                    0x01,
                    0x01,
                    0x03,
                    algorithm.unwrap_or(0x27),
                    0x20,
                    0x06,
                    0x21,
                ];
                [&head[..], &bytes(key.public_key().as_ref())].concat()
            }
        }
    }

    /// An attestation object without a statement, over this data and key.
    #[must_use]
    pub fn attestation(&self, rp: &str, flags: u8, cose: &[u8]) -> Vec<u8> {
        let length = (self.credential.len() as u16).to_be_bytes();
        let attested = [&[0; 16][..], &length, &self.credential, cose].concat();
        let data = [&data(rp, flags | ATTESTED)[..], &attested].concat();
        let fmt = [text("fmt"), text("none")].concat();
        let statement = [text("attStmt"), vec![0xa0]].concat();
        [vec![0xa3], fmt, statement, text("authData"), bytes(&data)].concat()
    }

    /// Signs over the data and the hash of what the browser said.
    #[must_use]
    pub fn sign(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA256, client_data);
        let message = [data, hash.as_ref()].concat();
        match &self.key {
            Key::Es256(key) => {
                let signed = key
                    .sign(&SystemRandom::new(), &message)
                    .expect("a signature");
                signed.as_ref().to_vec()
            }
            Key::EdDsa(key) => key.sign(&message).as_ref().to_vec(),
        }
    }
}
