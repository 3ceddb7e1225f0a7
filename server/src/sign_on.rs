//! Signing on with a district's own provider (OpenID Connect): it vouches for who somebody is, and
//! for nothing else.
//!
//! Owns the way to the provider and back. It never reads or changes a directory, makes no sign-in,
//! and nothing that raises or lowers comes here.

mod begun;
mod id_token;
mod provider;
mod settings;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use lockstep_proto::code::Code;
use lockstep_proto::id::{DistrictId, PersonId};
use reqwest::redirect::Policy;
use serde_json::Value;
use tokio::time::timeout;

use crate::clock::SharedClock;
use crate::keys::{Keys, Sealer};
use crate::tls::{TlsError, client};

pub(crate) use begun::BEGUN_S;
use begun::{Begun, Ended};
use id_token::Claims;
pub use provider::Returned;
use provider::{Party, Why};
pub use settings::{Group, Provider, Settings, SettingsError, first_page, read};

/// How long a provider has to come up with where a browser is to go.
const BEGIN_WITHIN: Duration = Duration::from_secs(3);
/// How long for a code's ID token and the key that it is signed with.
const END_WITHIN: Duration = Duration::from_secs(6);
/// The longest name of a person, in characters.
const NAME_MAX: usize = 100;
/// Groups of one person that are looked at.
const GROUPS_MAX: usize = 1_000;

/// Why sign-on cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No HTTP.
    #[error("providers cannot be asked: {0}")]
    Client(#[from] reqwest::Error),
}

/// Every provider, and what was begun with them.
pub struct SignOn {
    parties: Vec<Party>,
    sealer: Sealer,
    clock: SharedClock,
    ended: Mutex<Ended>,
}

/// A browser that goes to a provider.
pub struct Going {
    /// Where.
    pub to: String,
    /// What it keeps meanwhile.
    pub cookie: String,
}

/// Somebody for whom a provider vouches.
#[derive(Debug, Clone)]
pub struct Vouched {
    /// The tenant.
    pub district: DistrictId,
    /// Who: the provider's word, which the directory need not know.
    pub person: PersonId,
    /// Their name, for who is not in the directory yet.
    pub name: String,
    /// What their groups make of them, where groups are looked at.
    pub group: Option<Group>,
}

impl SignOn {
    /// With what the file says.
    pub fn new(settings: Settings, keys: &Keys, clock: SharedClock) -> Result<Self, SignOnError> {
        let asks = reqwest::Client::builder()
            .tls_backend_preconfigured(client(None)?)
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        let parties = settings.into_iter();
        Ok(Self {
            parties: parties.map(|of| Party::new(of, asks.clone())).collect(),
            sealer: keys.sign_on(),
            clock,
            ended: Mutex::default(),
        })
    }

    /// What each provider is asked to know whether it is there: its issuer, and why it is not.
    pub async fn answers(&self) -> Vec<(&str, Result<(), String>)> {
        let each = self
            .parties
            .iter()
            .map(|party| async { (party.of.issuer.as_str(), party.answers().await) });
        join_all(each).await
    }

    /// The districts whose people can sign on.
    pub fn districts(&self) -> impl Iterator<Item = &DistrictId> {
        self.parties.iter().map(|party| &party.of.district)
    }

    fn party(&self, district: &DistrictId) -> Result<&Party, Code> {
        let mut all = self.parties.iter();
        all.find(|party| party.of.district == *district)
            .ok_or(Code::NotFound)
    }

    /// Begins a sign-in.
    pub async fn begin(&self, district: &DistrictId) -> Result<Going, Code> {
        let party = self.party(district)?;
        let now_s = self.clock.now().as_second();
        let begun = Begun::now(district.clone(), now_s).ok_or(Code::Fault)?;
        let to = self.asked(party, BEGIN_WITHIN, party.begin(&begun)).await?;
        let cookie = begun.seal(&self.sealer).ok_or(Code::Fault)?;
        Ok(Going { to, cookie })
    }

    /// Ends a sign-in that this browser began, where the provider of that district sent it back.
    pub async fn end(
        &self,
        district: &DistrictId,
        cookie: Option<&str>,
        returned: &Returned,
    ) -> Result<Vouched, Code> {
        let now_s = self.clock.now().as_second();
        let begun = cookie
            .and_then(|cookie| Begun::open(cookie, &self.sealer, now_s))
            .filter(|begun| begun.district == *district)
            .filter(|begun| returned.state.as_ref() == Some(&begun.state))
            .filter(|begun| self.first(begun, now_s))
            .ok_or(Code::SignOnOver)?;
        let party = self.party(&begun.district)?;
        let ending = party.end(&begun, returned, now_s);
        let claims = self.asked(party, END_WITHIN, ending).await?;
        vouched(&party.of, &claims)
    }

    fn first(&self, begun: &Begun, now_s: i64) -> bool {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.first(begun, now_s)
    }

    /// Asks a provider, and tells the log why it came to nothing.
    async fn asked<T>(
        &self,
        party: &Party,
        within: Duration,
        asking: impl Future<Output = Result<T, Why>>,
    ) -> Result<T, Code> {
        let district = &party.of.district;
        let asking = async {
            let _place = party.at_once.acquire().await;
            asking.await
        };
        match timeout(within, asking).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Why::Refused(why))) => {
                tracing::warn!(%district, why, "the sign-in provider was not believed");
                Err(Code::SignOnRefused)
            }
            Ok(Err(Why::Away(why))) => {
                tracing::warn!(%district, why, "the sign-in provider does not answer");
                Err(Code::SignOnUnavailable)
            }
            Err(_) => {
                tracing::warn!(%district, why = "too late", "the sign-in provider does not answer");
                Err(Code::SignOnUnavailable)
            }
        }
    }
}

/// Who claims are about, and what their groups make of them.
fn vouched(of: &Provider, claims: &Claims) -> Result<Vouched, Code> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some(person) = text(&of.person_claim) else {
        tracing::warn!(district = %of.district, "an ID token has no {}", of.person_claim);
        return Err(Code::SignOnRefused);
    };
    // Exactly as the directory spells it: what is not spelt as an id is nobody's.
    let person = PersonId::new(person).map_err(|_| Code::SignOnUnknown)?;
    let group = if of.groups.is_empty() {
        None
    } else {
        let theirs = groups(claims.get(&of.groups_claim));
        let mut all = of.groups.iter();
        let first = all.find(|group| theirs.contains(&group.group.as_str()));
        Some(first.cloned().ok_or(Code::SignOnNoGroup)?)
    };
    Ok(Vouched {
        district: of.district.clone(),
        name: name(text("name")).unwrap_or_else(|| person.to_string()),
        person,
        group,
    })
}

fn groups(claim: Option<&Value>) -> Vec<&str> {
    match claim {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => {
            let all = all.iter().take(GROUPS_MAX);
            all.filter_map(Value::as_str).collect()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => vec![],
    }
}

/// A name that can stand on a screen.
fn name(claim: Option<&str>) -> Option<String> {
    let name = claim?.trim();
    let sane =
        (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    sane.then(|| name.to_owned())
}
