//! What a provider's ID token is believed for, and when: its signature, who made it, for whom, and
//! for which sign-in.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

/// How far the provider's clock may be from ours, in seconds.
const LEEWAY_S: i64 = 60;

/// What a token says, once it is believed.
pub(super) type Claims = Map<String, Value>;

/// What a token has to be for.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// In seconds since 1970.
    pub(super) now_s: i64,
}

/// Which key a token says that it is signed with, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) kid: String,
    pub(super) algorithm: Algorithm,
}

/// Reads a token's head. Nothing in it is believed but the name of one of the provider's own keys.
pub(super) fn signed(token: &str) -> Result<Signed, &'static str> {
    let head = decode_header(token).map_err(|_| "no head that can be read")?;
    if !matches!(
        head.alg,
        Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA
    ) {
        return Err("an algorithm other than RS256, ES256 and EdDSA");
    }
    if head.jwk.is_some() || head.jku.is_some() || head.x5u.is_some() {
        return Err("a key of its own");
    }
    if head.crit.is_some() {
        return Err("a head with more in it than is understood");
    }
    Ok(Signed {
        kid: head.kid.ok_or("no key's name")?,
        algorithm: head.alg,
    })
}

/// What a token says, if it is signed with this key, which fits, and is for this sign-in.
pub(super) fn read(
    token: &str,
    signed: &Signed,
    key: &Jwk,
    expected: &Expected<'_>,
) -> Result<Claims, &'static str> {
    let key = DecodingKey::from_jwk(key).map_err(|_| "a key that cannot be used")?;
    let mut validation = Validation::new(signed.algorithm);
    // By our own clock and rules, below.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims = decode::<Claims>(token, &key, &validation)
        .map_err(|_| "a signature that is not the provider's")?
        .claims;
    check(&claims, expected)?;
    Ok(claims)
}

/// Whether a key is for signatures of this algorithm and no other.
pub(super) fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let signs = key.common.public_key_use.as_ref();
    if signs.is_some_and(|used| *used != PublicKeyUse::Signature) {
        return false;
    }
    let said = key.common.key_algorithm.map(|said| said.to_string());
    if said.is_some_and(|said| said != format!("{algorithm:?}")) {
        return false;
    }
    let kind = &key.algorithm;
    let is_rsa = matches!(kind, AlgorithmParameters::RSA(_));
    let is_p256 = matches!(
        kind,
        AlgorithmParameters::EllipticCurve(of) if of.curve == EllipticCurve::P256
    );
    let is_ed25519 = matches!(
        kind,
        AlgorithmParameters::OctetKeyPair(of) if of.curve == EllipticCurve::Ed25519
    );
    (algorithm == Algorithm::RS256 && is_rsa)
        || (algorithm == Algorithm::ES256 && is_p256)
        || (algorithm == Algorithm::EdDSA && is_ed25519)
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(whole_seconds);
    if text("iss") != Some(expected.issuer) {
        return Err("another issuer");
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => vec![],
    };
    if !audience.contains(&expected.client_id) {
        return Err("another audience");
    }
    let party = claims.get("azp");
    if (audience.len() > 1 || party.is_some())
        && party.and_then(Value::as_str) != Some(expected.client_id)
    {
        return Err("another authorized party");
    }
    if time("exp").is_none_or(|exp| exp <= expected.now_s - LEEWAY_S) {
        return Err("an end that is past, or none");
    }
    let latest = expected.now_s + LEEWAY_S;
    if time("iat").is_none_or(|iat| iat > latest) {
        return Err("a beginning that is to come, or none");
    }
    if claims.contains_key("nbf") && time("nbf").is_none_or(|nbf| nbf > latest) {
        return Err("a time before which it is not good");
    }
    if text("nonce") != Some(expected.nonce) {
        return Err("another nonce");
    }
    Ok(())
}

/// Some providers write whole seconds as `1.0`.
fn whole_seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let seconds = value.as_f64()?;
        // Far within what both hold.
        (seconds.abs() < 1e15).then_some(seconds as i64)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn said(change: Value) -> Result<(), &'static str> {
        let mut claims = json!({ "iss": "https://i", "aud": "c", "nonce": "n", "sub": "s",
            "exp": NOW + 300, "iat": NOW });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| !value.is_null());
        let expected = Expected {
            issuer: "https://i",
            client_id: "c",
            nonce: "n",
            now_s: NOW,
        };
        check(&claims, &expected)
    }

    #[test]
    fn a_token_is_for_one_client_one_sign_in_and_now() {
        for good in [
            json!({}),
            json!({ "aud": ["c"] }),
            json!({ "aud": ["c", "d"], "azp": "c" }),
            json!({ "azp": "c", "nbf": NOW }),
            json!({ "exp": NOW - 59, "iat": NOW + 60, "nbf": NOW + 60 }),
            json!({ "exp": (NOW + 300) as f64 }),
        ] {
            assert_eq!(said(good.clone()), Ok(()), "{good}");
        }
        for bad in [
            json!({ "iss": "https://i/" }),
            json!({ "iss": null }),
            json!({ "aud": "d" }),
            json!({ "aud": [] }),
            json!({ "aud": null }),
            json!({ "aud": { "c": "c" } }),
            json!({ "aud": ["c", "d"] }),
            json!({ "aud": ["c", "d"], "azp": "d" }),
            json!({ "azp": "d" }),
            json!({ "azp": 1 }),
            json!({ "exp": NOW - 60 }),
            json!({ "exp": null }),
            json!({ "exp": "soon" }),
            json!({ "iat": NOW + 61 }),
            json!({ "iat": null }),
            json!({ "nbf": NOW + 61 }),
            json!({ "nbf": "now" }),
            json!({ "nonce": "m" }),
            json!({ "nonce": null }),
        ] {
            assert!(said(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_head_names_a_key_and_brings_none() {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let of = |head: Value| {
            let head = URL_SAFE_NO_PAD.encode(head.to_string());
            signed(&format!("{head}.e30.AAAA"))
        };
        for alg in ["RS256", "ES256", "EdDSA"] {
            assert_eq!(of(json!({ "alg": alg, "kid": "k" })).unwrap().kid, "k");
        }
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" });
        for bad in [
            json!({ "alg": "none", "kid": "k" }),
            json!({ "alg": "HS256", "kid": "k" }),
            json!({ "alg": "RS512", "kid": "k" }),
            json!({ "alg": "PS256", "kid": "k" }),
            json!({ "alg": "RS256" }),
            json!({ "alg": "RS256", "kid": "k", "jwk": jwk }),
            json!({ "alg": "RS256", "kid": "k", "jku": "https://evil.example" }),
            json!({ "alg": "RS256", "kid": "k", "x5u": "https://evil.example" }),
            json!({ "alg": "RS256", "kid": "k", "crit": ["b64"] }),
        ] {
            assert!(of(bad.clone()).is_err(), "{bad}");
        }
    }
}
