//! What a browser and its authenticator say when one signs: read, bounded, and held against what
//! was asked.

use std::net::{Ipv4Addr, Ipv6Addr};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use lockstep_proto::command::Assertion;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{CREDENTIAL_MAX, SIGNATURE_MAX, decoded};

/// The longest `clientDataJSON`: a challenge, an origin, and what a browser adds.
const CLIENT_DATA_MAX: usize = 2 * 1_024;
/// The longest `authenticatorData` of an assertion: 37 bytes, and extensions.
const DATA_MAX: usize = 1_024;
/// What is there without extensions.
pub(super) const DATA_MIN: usize = 37;
/// The user was there.
const UP: u8 = 0x01;
/// Who it is was looked at: a fingerprint, a face, the device's own PIN.
const UV: u8 = 0x04;
/// A new credential follows.
pub(super) const AT: u8 = 0x40;
/// Extensions follow.
pub(super) const ED: u8 = 0x80;

/// The host that a request names, and how it may have come there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// With its port, as it stands in the request.
    named: String,
    /// Browsers reach this server by TLS and nothing in between.
    over_tls: bool,
}

impl Host {
    /// As a request named it.
    #[must_use]
    pub fn new(named: &str, over_tls: bool) -> Self {
        Self {
            named: named.to_owned(),
            over_tls,
        }
    }

    /// The relying party's id: the host without its port.
    #[must_use]
    pub fn rp(&self) -> &str {
        match self.named.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            Some(_) | None => &self.named,
        }
    }

    /// Exactly our own origin. Behind a proxy nobody knows by which scheme a request came; a page
    /// without TLS is ours on its browser's own machine alone, for anybody on the way to another may
    /// have made it.
    pub(crate) fn is(&self, origin: &str) -> bool {
        let plain = !self.over_tls && self.is_own_machine();
        let https = origin.strip_prefix("https://") == Some(&self.named);
        https || plain && origin.strip_prefix("http://") == Some(&self.named)
    }

    fn is_own_machine(&self) -> bool {
        let host = self.rp();
        let v6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        match v6 {
            Some(v6) => v6.parse().is_ok_and(|it: Ipv6Addr| it.is_loopback()),
            None => host == "localhost" || host.parse().is_ok_and(|it: Ipv4Addr| it.is_loopback()),
        }
    }
}

/// `clientDataJSON`. What browsers add to it is passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
    /// Of the page that ours would stand in.
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<IgnoredAny>,
}

/// Reads it.
pub(super) fn said(client_data: &str) -> Option<Said> {
    serde_json::from_slice(&decoded(client_data, CLIENT_DATA_MAX)?).ok()
}

impl Said {
    /// Whether it says this, of a page of ours that stands in no other.
    pub(super) fn is_of(&self, kind: &str, challenge: &str, host: &Host) -> bool {
        let (theirs, ours) = (self.challenge.as_bytes(), challenge.as_bytes());
        self.r#type == kind
            && verify_slices_are_equal(theirs, ours).is_ok()
            && host.is(&self.origin)
            && !self.cross_origin
            && self.top_origin.is_none()
    }
}

/// What was signed, and with what.
#[derive(Debug)]
pub(super) struct Asked {
    said: Said,
    data: Vec<u8>,
    /// What the signature is over.
    pub(super) signed: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Asked {
    /// Reads an assertion; none where something is too long or no base64url.
    pub(super) fn read(assertion: &Assertion) -> Option<Self> {
        decoded(&assertion.credential, CREDENTIAL_MAX)?;
        let client_data = decoded(&assertion.client_data, CLIENT_DATA_MAX)?;
        let data = decoded(&assertion.authenticator_data, DATA_MAX)?;
        let hash = digest(&SHA256, &client_data);
        Some(Self {
            said: serde_json::from_slice(&client_data).ok()?,
            signed: [&data[..], hash.as_ref()].concat(),
            data,
            signature: decoded(&assertion.signature, SIGNATURE_MAX)?,
        })
    }

    pub(super) fn is_of(&self, kind: &str, challenge: &str, host: &Host) -> bool {
        self.said.is_of(kind, challenge, host)
    }

    /// Whether the authenticator signed for this host, and saw who its user is.
    pub(super) fn is_by_its_user(&self, host: &Host) -> bool {
        // An assertion makes no credential, and has nothing behind it but announced extensions.
        let ends = match self.data.get(32) {
            Some(flags) if flags & AT != 0 => false,
            Some(flags) if flags & ED != 0 => self.data.len() > DATA_MIN,
            Some(_) => self.data.len() == DATA_MIN,
            None => false,
        };
        ends && is_seen(&self.data, host)
    }
}

/// The hash of the host, and both flags.
pub(super) fn is_seen(data: &[u8], host: &Host) -> bool {
    let rp = digest(&SHA256, host.rp().as_bytes());
    let flags = data.get(32).copied().unwrap_or_default();
    data.starts_with(rp.as_ref()) && flags & (UP | UV) == UP | UV
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn a4_a_page_of_ours_says_each_thing_once_and_stands_in_no_other() {
        let host = Host::new("lockstep.school.example", true);
        let is = |json: &str| {
            let said = said(&URL_SAFE_NO_PAD.encode(json));
            said.is_some_and(|said| said.is_of("webauthn.get", "abc", &host))
        };
        let with = |more: &str| {
            format!(
                r#"{{"type":"webauthn.get","challenge":"abc","origin":"https://lockstep.school.example"{more}}}"#
            )
        };
        for good in [
            "",
            r#","crossOrigin":false"#,
            r#","crossOrigin":false,"topOrigin":null"#,
            r#","other_keys_can_be_added_here":"yes","tokenBinding":{"status":"x"}"#,
        ] {
            assert!(is(&with(good)), "{good}");
        }
        for bad in [
            r#","crossOrigin":true"#,
            r#","crossOrigin":"false""#,
            r#","crossOrigin":null"#,
            r#","topOrigin":"https://evil.example""#,
            r#","topOrigin":"https://lockstep.school.example""#,
            r#","type":"webauthn.get""#,
            r#","challenge":"abc""#,
            r#","origin":"https://lockstep.school.example""#,
            r#","crossOrigin":false,"crossOrigin":false"#,
        ] {
            assert!(!is(&with(bad)), "{bad}");
        }
        for (from, to) in [
            ("webauthn.get", "webauthn.create"),
            ("webauthn.get", "payment.get"),
            ("\"abc\"", "\"abcd\""),
            ("\"abc\"", "\"ab\""),
            ("\"abc\"", "\"\""),
            ("https", "http"),
            ("}", "} {}"),
            ("{", "\u{feff}{"),
            ("{", "[{"),
        ] {
            assert!(!is(&with("").replace(from, to)), "{from} {to}");
        }
    }

    #[test]
    fn a4_an_origin_is_exactly_ours() {
        let host = Host::new("lockstep.school.example:7117", false);
        assert_eq!(host.rp(), "lockstep.school.example");
        assert!(host.is("https://lockstep.school.example:7117"));
        for origin in [
            "http://lockstep.school.example:7117",
            "https://lockstep.school.example",
            "https://lockstep.school.example:7117/",
            "https://lockstep.school.example:7117.evil.example",
            "https://evil.lockstep.school.example:7117",
            "HTTPS://lockstep.school.example:7117",
            "https://lockstep.school.example.:7117",
            "android:apk-key-hash:lockstep.school.example:7117",
            "null",
            "",
        ] {
            assert!(!host.is(origin), "{origin}");
        }
        let own = Host::new("localhost:7117", false);
        assert!(own.is("http://localhost:7117") && own.is("https://localhost:7117"));
        assert!(!own.is("http://localhost") && !own.is("http://localhost:7118"));
        assert!(!Host::new("localhost:7117", true).is("http://localhost:7117"));
        for own in ["localhost", "127.0.0.1", "127.9.8.7", "[::1]"] {
            for own in [own.to_owned(), format!("{own}:7117")] {
                assert!(Host::new(&own, false).is(&format!("http://{own}")), "{own}");
                assert!(!Host::new(&own, true).is(&format!("http://{own}")), "{own}");
            }
        }
        for other in [
            "localhost.evil.example",
            "evil.localhost",
            "LOCALHOST",
            "localhost.",
            "127.0.0.1.evil.example",
            "127.1",
            "0x7f.0.0.1",
            "128.0.0.1",
            "0.0.0.0",
            "192.168.1.7",
            "::1",
            "[::2]",
            "[127.0.0.1]",
            "[::1",
            "",
        ] {
            for other in [other.to_owned(), format!("{other}:7117")] {
                assert!(
                    !Host::new(&other, false).is(&format!("http://{other}")),
                    "{other}"
                );
            }
        }
    }
}
