//! One provider, as it is asked: what it says of itself, its keys, and an ID token for a code.
//!
//! Every call has a deadline, a bound on what is read of its answer, and follows nobody elsewhere.
//! Nothing here is asked but when somebody signs on.

use std::error::Error as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use super::begun::Begun;
use super::id_token::{self, Claims, Expected, Signed};
use super::settings::{self, Provider};

/// How long one call may take, its whole answer included.
const CALL_WITHIN: Duration = Duration::from_secs(3);
/// Sign-ins that ask one provider at once. More wait within their own deadlines; those of another
/// district wait for none of them.
const AT_ONCE: usize = 32;
/// The largest answer.
const ANSWER_MAX: usize = 256 * 1024;
/// What a provider says of itself is asked for again where a sign-in begins later than this: so
/// that nobody is sent to one that is not there.
const SEEN_WITHIN: Duration = Duration::from_secs(5);
/// A sign-in that ends goes by what was said when it began, here or on another instance.
const SAID_FOR: Duration = Duration::from_secs(3_600);
/// A key that the provider has taken back is believed for no longer.
const KEYS_FOR: Duration = Duration::from_secs(600);
/// A key that nobody knows has the keys read again, this often at most.
const KEYS_EVERY: Duration = Duration::from_secs(10);

/// Why a provider could not be asked, or is not believed. What is told is told to the log, and
/// holds no word of anybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// It does not answer, or not as a provider does.
    Away(String),
    /// It does not vouch for them, or cannot be believed.
    Refused(String),
}

/// What it says of itself.
#[derive(Debug, Clone, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// The same, checked.
#[derive(Debug, Clone)]
struct Said {
    at: Instant,
    authorization: Url,
    token: Url,
    keys: Url,
    /// The secret goes in a header, not in the body.
    by_header: bool,
    /// It says on the way back who it is (RFC 9207).
    says_who: bool,
}

struct Keys {
    at: Instant,
    keys: Vec<Jwk>,
}

#[derive(Default)]
struct Known {
    said: Option<Said>,
    keys: Option<Keys>,
}

/// A provider and what is known of it.
pub(super) struct Party {
    pub(super) of: Provider,
    client: Client,
    /// Held while it is asked: many who sign on at once ask once.
    known: Mutex<Known>,
    pub(super) at_once: Semaphore,
}

/// What comes back with a browser.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Returned {
    /// To be changed for an ID token, once.
    #[serde(default)]
    pub code: Option<String>,
    /// Which sign-in it ends.
    #[serde(default)]
    pub state: Option<String>,
    /// Who sent it back (RFC 9207).
    #[serde(default)]
    pub iss: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    pub error: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Party {
    pub(super) fn new(of: Provider, client: Client) -> Self {
        Self {
            of,
            client,
            known: Mutex::default(),
            at_once: Semaphore::new(AT_ONCE),
        }
    }

    /// Whether it says of itself what the settings do, and how else it does not.
    pub(super) async fn answers(&self) -> Result<(), String> {
        let said = self.said(SEEN_WITHIN).await;
        said.map(drop).map_err(|why| match why {
            Why::Away(why) | Why::Refused(why) => why,
        })
    }

    /// Where a browser goes to sign on.
    pub(super) async fn begin(&self, begun: &Begun) -> Result<String, Why> {
        let said = self.said(SEEN_WITHIN).await?;
        let mut url = said.authorization;
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.of.client_id),
            ("redirect_uri", &self.of.redirect_uri),
            ("scope", &self.of.scope),
            ("state", &begun.state),
            ("nonce", &begun.nonce),
            ("code_challenge", &begun.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url.into())
    }

    /// What the provider says of somebody who came back.
    pub(super) async fn end(
        &self,
        begun: &Begun,
        returned: &Returned,
        now_s: i64,
    ) -> Result<Claims, Why> {
        let said = self.said(SAID_FOR).await?;
        let refused = |why: &str| Why::Refused(why.to_owned());
        let wrong_issuer = match &returned.iss {
            Some(issuer) => *issuer != self.of.issuer,
            None => said.says_who,
        };
        if wrong_issuer {
            return Err(refused("the browser came back from another issuer"));
        }
        if returned.error.is_some() {
            return Err(refused("the provider sent the browser back with an error"));
        }
        let code = returned.code.as_deref();
        let code = code.ok_or_else(|| refused("the browser came back without a code"))?;
        let token = self.token(&said, begun, code).await?;
        let not = |why: &str| Why::Refused(format!("the ID token has {why}"));
        let signed = id_token::signed(&token).map_err(not)?;
        let key = self.key(&said, &signed).await?;
        let expected = Expected {
            issuer: &self.of.issuer,
            client_id: &self.of.client_id,
            nonce: &begun.nonce,
            now_s,
        };
        id_token::read(&token, &signed, &key, &expected).map_err(not)
    }

    /// What it says of itself, not longer ago than this.
    async fn said(&self, within: Duration) -> Result<Said, Why> {
        let mut known = self.known.lock().await;
        if let Some(said) = known
            .said
            .as_ref()
            .filter(|said| said.at.elapsed() < within)
        {
            return Ok(said.clone());
        }
        let issuer = self.of.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let document: Document = self.ask(self.client.get(url)).await?;
        let said = self.checked(document).map_err(Why::Refused)?;
        known.said = Some(said.clone());
        Ok(said)
    }

    fn checked(&self, document: Document) -> Result<Said, String> {
        if document.issuer != self.of.issuer {
            return Err("the provider says that it is another issuer".to_owned());
        }
        let methods = document.token_endpoint_auth_methods_supported;
        let methods = methods.unwrap_or_else(|| vec!["client_secret_basic".to_owned()]);
        let endpoint = |text: &str, what| endpoint(&self.of.issuer, text, what);
        Ok(Said {
            at: Instant::now(),
            authorization: endpoint(&document.authorization_endpoint, "authorization_endpoint")?,
            token: endpoint(&document.token_endpoint, "token_endpoint")?,
            keys: endpoint(&document.jwks_uri, "jwks_uri")?,
            by_header: methods.iter().any(|way| way == "client_secret_basic"),
            says_who: document.authorization_response_iss_parameter_supported,
        })
    }

    /// The ID token for a code.
    async fn token(&self, said: &Said, begun: &Begun, code: &str) -> Result<String, Why> {
        let (id, secret) = (self.of.client_id.as_str(), self.of.secret.0.as_str());
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.of.redirect_uri),
            ("code_verifier", &begun.verifier),
        ];
        let mut request = self.client.post(said.token.clone());
        if said.by_header {
            let own = format!("{}:{}", encoded(&[(id, "")]), encoded(&[(secret, "")]));
            // Each is encoded as a name without a value (RFC 6749, 2.3.1).
            let own = STANDARD.encode(own.replace('=', ""));
            request = request.header(AUTHORIZATION, format!("Basic {own}"));
        } else {
            pairs.extend([("client_id", id), ("client_secret", secret)]);
        }
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(&pairs));
        let tokens: Tokens = self.ask(request).await?;
        Ok(tokens.id_token)
    }

    /// The provider's own key of that name.
    async fn key(&self, said: &Said, signed: &Signed) -> Result<Jwk, Why> {
        let mut known = self.known.lock().await;
        if let Some(keys) = &known.keys {
            let age = keys.at.elapsed();
            let found = find(&keys.keys, signed);
            match found {
                Some(found) if age < KEYS_FOR => return Ok(found),
                None if age < KEYS_EVERY => {
                    return Err(Why::Refused("the ID token has an unknown key".to_owned()));
                }
                Some(_) | None => {}
            }
        }
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = self.ask(self.client.get(said.keys.clone())).await?;
        // A key of a kind that is not known here is no reason not to read the others.
        let read = |key| serde_json::from_value(key).ok();
        let keys = Keys {
            at: Instant::now(),
            keys: set.keys.into_iter().filter_map(read).collect(),
        };
        let found = find(&keys.keys, signed);
        known.keys = Some(keys);
        found.ok_or_else(|| Why::Refused("the ID token has an unknown key".to_owned()))
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Why> {
        let away = |why: reqwest::Error| Why::Away(whole(&why.without_url()));
        let request = request.header(ACCEPT, "application/json");
        let mut answer = request.timeout(CALL_WITHIN).send().await.map_err(away)?;
        let status = answer.status();
        if status.is_server_error() {
            return Err(Why::Away(format!("the provider answered {status}")));
        }
        if !status.is_success() {
            // Its words may name somebody.
            return Err(Why::Refused(format!("the provider answered {status}")));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > ANSWER_MAX {
                let large = format!("the provider's answer is larger than {ANSWER_MAX} bytes");
                return Err(Why::Refused(large));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body)
            .map_err(|_| Why::Refused("the provider's answer cannot be understood".to_owned()))
    }
}

/// An error with what is behind it: that the certificate is by nobody known, for example.
fn whole(error: &reqwest::Error) -> String {
    let mut whole = error.to_string();
    let mut behind = error.source();
    while let Some(why) = behind {
        whole = format!("{whole}: {why}");
        behind = why.source();
    }
    whole
}

/// An address of the provider's: over TLS as its own is, and without a query, which none needs. One
/// that is asked over TLS has nothing to ask on this machine: no word of it reaches what listens here.
fn endpoint(issuer: &str, text: &str, what: &str) -> Result<Url, String> {
    settings::address(text, what)
        .ok()
        .filter(|url| url.scheme() == "https" || issuer.starts_with("http://"))
        .ok_or_else(|| format!("the provider's {what} is no https:// address"))
}

fn find(keys: &[Jwk], signed: &Signed) -> Option<Jwk> {
    let named = |key: &&Jwk| key.common.key_id.as_ref() == Some(&signed.kid);
    let mut named = keys.iter().filter(named);
    named
        .find(|key| id_token::fits(key, signed.algorithm))
        .cloned()
}

/// As a form is sent.
fn encoded(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("form:") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_a_provider_elsewhere_names_no_address_of_this_machine() {
        let of = |issuer: &str, text: &str| endpoint(issuer, text, "jwks_uri").is_ok();
        let (far, here) = ("https://login.example", "http://127.0.0.1:9000");
        assert!(of(far, "https://keys.login.example/jwks"));
        assert!(of(here, "http://127.0.0.1:9000/jwks"));
        for bad in [
            "http://127.0.0.1:9000/jwks",
            "http://localhost/metrics",
            "http://[::1]:6379/",
            "http://login.example/jwks",
            "file:///etc/passwd",
            "https://a:b@login.example/jwks",
            "",
        ] {
            assert!(!of(far, bad), "{bad}");
        }
    }

    #[test]
    fn a_form_is_encoded_as_forms_are() {
        let pairs = [("code", "a b&c=d+é"), ("x", "")];
        assert_eq!(encoded(&pairs), "code=a+b%26c%3Dd%2B%C3%A9&x=");
    }
}
