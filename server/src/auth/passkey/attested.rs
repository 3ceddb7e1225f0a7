//! What an authenticator says when it makes a credential: an attestation object (CBOR), of which
//! only the new public key is believed, and a COSE key of one of two kinds.
//!
//! Who made the authenticator is nobody's business here: an attestation statement is passed over.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use ciborium::Value;

use super::client::{AT, DATA_MIN, ED, Host, is_seen};
use super::{CREDENTIAL_MAX, decoded};
use crate::journal::PasskeyAlgorithm;

/// The longest attestation object: some authenticators send the certificates of their maker along.
const ATTESTATION_MAX: usize = 16 * 1_024;
/// Maps within maps, arrays of certificates: more is nothing that an authenticator says.
const DEEP: usize = 6;
/// The authenticator's model, and the length of what follows.
const AAGUID: usize = 16;

/// A new credential.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attested {
    pub(super) credential: Vec<u8>,
    pub(super) algorithm: PasskeyAlgorithm,
    pub(super) key: Vec<u8>,
}

/// One value of CBOR, and what comes behind it.
fn value(mut bytes: &[u8]) -> Option<(Value, &[u8])> {
    let read = ciborium::de::from_reader_with_recursion_limit(&mut bytes, DEEP);
    Some((read.ok()?, bytes))
}

/// What stands under a key of a map that has it once.
fn under<'a>(map: &'a [(Value, Value)], key: &Value) -> Option<&'a Value> {
    let mut found = map.iter().filter(|(this, _)| this == key);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

/// Reads an attestation object for this host.
pub(super) fn read(attestation: &str, host: &Host) -> Option<Attested> {
    let bytes = decoded(attestation, ATTESTATION_MAX)?;
    let (object, rest) = value(&bytes)?;
    let object = object.as_map().filter(|_| rest.is_empty())?;
    let data = under(object, &Value::from("authData"))?.as_bytes()?;
    let flags = *data.get(32)?;
    if !is_seen(data, host) || flags & AT == 0 {
        return None;
    }
    let (_, made) = data.split_at_checked(DATA_MIN + AAGUID)?;
    let (length, made) = made.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (credential, made) = made.split_at_checked(length)?;
    if !(1..=CREDENTIAL_MAX).contains(&length) {
        return None;
    }
    let (key, rest) = value(made)?;
    if flags & ED == 0 && !rest.is_empty() {
        return None;
    }
    let (algorithm, key) = public(key.as_map()?)?;
    Some(Attested {
        credential: credential.to_vec(),
        algorithm,
        key,
    })
}

/// A COSE key (RFC 9053) of P-256 for ES256, or of Ed25519 for EdDSA.
fn public(key: &[(Value, Value)]) -> Option<(PasskeyAlgorithm, Vec<u8>)> {
    let number = |label: i64| {
        under(key, &Value::from(label))?
            .as_integer()?
            .try_into()
            .ok()
    };
    let bytes = |label: i64| -> Option<&Vec<u8>> {
        let bytes = under(key, &Value::from(label))?.as_bytes()?;
        (bytes.len() == 32).then_some(bytes)
    };
    let (kind, algorithm, curve): (i64, i64, i64) = (number(1)?, number(3)?, number(-1)?);
    match (kind, algorithm, curve) {
        (2, -7, 1) => {
            let point = [&[4][..], bytes(-2)?, bytes(-3)?].concat();
            // A point that is not on the curve is found out now.
            ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).ok()?;
            Some((PasskeyAlgorithm::Es256, point))
        }
        (1, -8, 6) => Some((PasskeyAlgorithm::EdDsa, bytes(-2)?.clone())),
        _ => None,
    }
}
