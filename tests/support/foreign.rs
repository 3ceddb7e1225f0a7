//! Keys that are none of Lockstep's: tokens that they really sign, and each way in which a token may
//! bring the public half along. And what may be read of a public key of ours, as a secret.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING,
    EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Somebody else's key, of an algorithm that is not ours.
pub struct Foreign {
    pair: Pair,
    /// As a header calls it.
    pub alg: &'static str,
}

impl Foreign {
    /// One of each.
    #[must_use]
    pub fn all() -> [Self; 2] {
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        [(Pair::Ec(ec), "ES256"), (Pair::Rsa(rsa), "RS256")].map(|(pair, alg)| Self { pair, alg })
    }

    /// Signs as a token is signed, and fails unless its own public half says that it did.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => {
                let signature = pair.sign(&SystemRandom::new(), bytes).expect("a signature");
                let public = pair.public_key().as_ref();
                let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
                public.verify(bytes, signature.as_ref()).expect("signed");
                signature.as_ref().to_vec()
            }
            Pair::Rsa(pair) => {
                let signature = by_rsa(pair, bytes);
                let public = pair.public_key().as_ref();
                let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
                public.verify(bytes, &signature).expect("signed");
                signature
            }
        }
    }

    /// The public half, as JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": BASE64.encode(&point[1..33]),
                    "y": BASE64.encode(&point[33..]) })
            }
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let modulus = public.modulus().big_endian_without_leading_zero();
                let exponent = public.exponent().big_endian_without_leading_zero();
                json!({ "kty": "RSA", "n": BASE64.encode(modulus), "e": BASE64.encode(exponent) })
            }
        }
    }

    /// The public half, in a certificate that it signed itself: DER, in base64 as `x5c` has it.
    #[must_use]
    pub fn certificate(&self) -> String {
        // Of what no name is needed for: version 1, until 2050.
        let (algorithm, public) = match &self.pair {
            Pair::Ec(pair) => (
                der(0x30, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]),
                pair.public_key().as_der().expect("a key").as_ref().to_vec(),
            ),
            Pair::Rsa(pair) => {
                let oid = [
                    6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 0x05, 0x00,
                ];
                let public = pair.public_key().as_der().expect("a key");
                (der(0x30, &[&oid]), public.as_ref().to_vec())
            }
        };
        let times = [
            der(0x17, &[b"250101000000Z"]),
            der(0x17, &[b"491231235959Z"]),
        ];
        let validity = der(0x30, &[&times[0], &times[1]]);
        let nobody = der(0x30, &[]);
        let parts: [&[u8]; 6] = [&[2, 1, 1], &algorithm, &nobody, &validity, &nobody, &public];
        let body = der(0x30, &parts);
        let signature = match &self.pair {
            Pair::Ec(pair) => {
                let kept = pair.to_pkcs8v1().expect("a key");
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, kept.as_ref());
                let signature = pair.expect("a key").sign(&SystemRandom::new(), &body);
                signature.expect("a signature").as_ref().to_vec()
            }
            Pair::Rsa(pair) => by_rsa(pair, &body),
        };
        STANDARD.encode(der(
            0x30,
            &[&body, &algorithm, &der(3, &[&[0], &signature])],
        ))
    }

    /// Headers in which the public half is brought along, each with how. `there` is where a set of
    /// keys is.
    #[must_use]
    pub fn brought(&self, typ: &str, there: &str) -> [(&'static str, Value); 4] {
        let alg = self.alg;
        [
            ("none of it", json!({ "alg": alg, "typ": typ })),
            ("jwk", json!({ "alg": alg, "typ": typ, "jwk": self.jwk() })),
            (
                "jku",
                json!({ "alg": alg, "typ": typ, "jku": there, "kid": "theirs" }),
            ),
            (
                "x5c",
                json!({ "alg": alg, "typ": typ, "x5c": [self.certificate()] }),
            ),
        ]
    }
}

fn by_rsa(pair: &RsaKeyPair, bytes: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    let signed = pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        bytes,
        &mut signature,
    );
    signed.expect("a signature");
    signature
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let all = parts.concat();
    let length = match all.len() {
        short @ 0..128 => vec![short as u8],
        long => [&[0x82][..], &(long as u16).to_be_bytes()].concat(),
    };
    [&[tag][..], &length, &all].concat()
}

/// A public key of Ed25519 as each text or bytes that somebody may have it as, and take for the secret
/// of an HMAC.
#[must_use]
pub fn as_secrets(public: &[u8]) -> [(&'static str, Vec<u8>); 6] {
    const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    let whole = [&ED25519[..], public].concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        STANDARD.encode(&whole)
    );
    let x = BASE64.encode(public);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    [
        ("its bytes", public.to_vec()),
        ("its DER", whole),
        ("its PEM", pem.clone().into_bytes()),
        (
            "its PEM with the last line's end",
            (pem + "\n").into_bytes(),
        ),
        ("its x", x.into_bytes()),
        ("its JWK", jwk.to_string().into_bytes()),
    ]
}
