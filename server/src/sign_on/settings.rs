//! The file that says which provider vouches for which district's people: read once, whole or not
//! at all, before anything is bound.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use lockstep_proto::id::{CampusId, DistrictId};
use lockstep_proto::role::Role;
use reqwest::Url;
use serde::Deserialize;

/// The file, and each file of a secret, is smaller.
const FILE_MAX: u64 = 256 * 1024;
/// Where a provider sends a browser back to: each has an address of its own, so that a code which
/// one gave is never shown to another (RFC 9700, mix-up).
fn callback(public_url: &str, district: &DistrictId) -> String {
    format!("{public_url}/v1/sign-on/{district}/callback")
}

/// Why the file is of no use. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It cannot be read.
    #[error("the sign-on file {0} cannot be read: {1}")]
    File(PathBuf, io::Error),
    /// Others may read the secret in it, or change who may sign in.
    #[error(
        "{0} holds a secret and is open to everybody on this machine: run `chmod 640 {0}`, and have \
         the provider make another client secret, for this one may be known"
    )]
    Open(PathBuf),
    /// It is not what it should be.
    #[error("the sign-on file {0} cannot be understood: {1}")]
    Json(PathBuf, serde_json::Error),
    /// What it says cannot be.
    #[error("the sign-on file {0}: {1}")]
    Wrong(PathBuf, String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    public_url: String,
    providers: Vec<ProviderFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    district: DistrictId,
    issuer: String,
    client_id: String,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    client_secret_file: Option<PathBuf>,
    #[serde(default = "scopes")]
    scopes: Vec<String>,
    #[serde(default)]
    person_claim: Option<String>,
    #[serde(default = "groups_claim")]
    groups_claim: String,
    #[serde(default)]
    groups: Vec<Group>,
}

fn scopes() -> Vec<String> {
    vec!["openid".to_owned(), "profile".to_owned()]
}

/// No claim is right at every provider, and a wrong one lets people sign in as each other.
const NO_PERSON_CLAIM: &str = "enter `person_claim`: which claim is the person's id in the directory. Choose one that people \
     cannot change themselves, such as `employee_id`; `preferred_username` and `email` are theirs to \
     change at some providers, and whoever puts another's id there signs in as them";

fn groups_claim() -> String {
    "groups".to_owned()
}

/// What a group of the provider's makes of whoever is in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, as the provider says it.
    pub group: String,
    /// What they are to the district.
    pub role: Role,
    /// The campuses that they serve; none where the role serves all.
    #[serde(default)]
    pub campuses: Vec<CampusId>,
}

/// A client secret, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ClientSecret(pub(super) String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What is known of a provider before it was asked anything.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Whose people it vouches for.
    pub district: DistrictId,
    /// Groups and what they make of somebody: the first that fits counts. With none, the directory
    /// alone says what somebody is.
    pub groups: Vec<Group>,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) secret: ClientSecret,
    pub(super) scope: String,
    pub(super) person_claim: String,
    pub(super) groups_claim: String,
    pub(super) redirect_uri: String,
}

/// Everything that the file says.
pub type Settings = Vec<Provider>;

/// Reads the file.
pub fn read(path: &Path) -> Result<Settings, SettingsError> {
    let text = read_secret(path)?;
    let file: File =
        serde_json::from_str(&text).map_err(|why| SettingsError::Json(path.to_owned(), why))?;
    let wrong = |why: String| SettingsError::Wrong(path.to_owned(), why);
    let public_url =
        first_page(&file.public_url).map_err(|why| wrong(format!("public_url: {why}")))?;
    if file.providers.is_empty() {
        return Err(wrong(
            "`providers` is empty: enter one, or leave --sign-on out".to_owned(),
        ));
    }
    let mut districts = BTreeSet::new();
    let mut providers = Vec::new();
    for of in file.providers {
        let district = of.district.clone();
        let wrong = |why: String| wrong(format!("district `{district}`: {why}"));
        if !districts.insert(district.clone()) {
            return Err(wrong("it has two providers: leave one out".to_owned()));
        }
        let secret = match (&of.client_secret, &of.client_secret_file) {
            (Some(secret), None) => secret.clone(),
            (None, Some(file)) => read_secret(file)?.trim().to_owned(),
            (Some(_), Some(_)) | (None, None) => {
                return Err(wrong(
                    "enter one of `client_secret` and `client_secret_file`".to_owned(),
                ));
            }
        };
        providers.push(provider(of, secret, &public_url).map_err(wrong)?);
    }
    Ok(providers)
}

/// A file that not everybody may read, or write.
fn read_secret(path: &Path) -> Result<String, SettingsError> {
    let failed = |why| SettingsError::File(path.to_owned(), why);
    let meta = fs::metadata(path).map_err(failed)?;
    if meta.permissions().mode() & 0o007 != 0 {
        return Err(SettingsError::Open(path.to_owned()));
    }
    if meta.len() > FILE_MAX {
        let large = format!("it is larger than {FILE_MAX} bytes");
        return Err(SettingsError::Wrong(path.to_owned(), large));
    }
    fs::read_to_string(path).map_err(failed)
}

fn provider(of: ProviderFile, secret: String, public_url: &str) -> Result<Provider, String> {
    address(&of.issuer, "issuer")?;
    let person_claim = of.person_claim.ok_or(NO_PERSON_CLAIM)?;
    for (what, text) in [
        ("client_id", &of.client_id),
        ("the client secret", &secret),
        ("person_claim", &person_claim),
        ("groups_claim", &of.groups_claim),
    ] {
        if text.trim().is_empty() {
            return Err(format!("{what} is empty: enter what the provider says"));
        }
    }
    if !of.scopes.iter().any(|scope| scope == "openid") {
        return Err("`scopes` must have `openid` among them".to_owned());
    }
    of.groups.iter().try_for_each(group)?;
    Ok(Provider {
        redirect_uri: callback(public_url, &of.district),
        district: of.district,
        groups: of.groups,
        issuer: of.issuer,
        client_id: of.client_id,
        secret: ClientSecret(secret),
        scope: of.scopes.join(" "),
        person_claim,
        groups_claim: of.groups_claim,
    })
}

fn group(group: &Group) -> Result<(), String> {
    let Group {
        group,
        role,
        campuses,
    } = group;
    match role {
        Role::Room | Role::Operator => Err(format!(
            "group `{group}`: nobody signs on as {}; enter another role",
            role.words()
        )),
        Role::Chief | Role::Director | Role::Superintendent | Role::Monitor => {
            if campuses.is_empty() {
                return Ok(());
            }
            Err(format!(
                "group `{group}`: {} serves every campus; leave `campuses` out",
                role.words()
            ))
        }
        Role::Administrator | Role::Sro | Role::Officer | Role::Sso | Role::Eyes | Role::Staff => {
            if campuses.is_empty() {
                return Err(format!(
                    "group `{group}` serves no campus: enter `campuses`"
                ));
            }
            Ok(())
        }
    }
}

/// An address that is asked over TLS, or on this machine, and holds no password.
pub(super) fn address(text: &str, what: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("{what} `{text}` is no address: {why}"))?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(format!(
            "{what} `{text}` must begin with https:// (http:// is for this machine alone)"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{what} must hold no name and no password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{what} `{text}` must end before its `?` or `#`"));
    }
    Ok(url)
}

/// The address of the first page, as a browser has it, without the `/` at its end.
pub fn first_page(text: &str) -> Result<String, String> {
    let url = address(text, "the address")?;
    if url.path() != "/" {
        return Err(format!(
            "the address `{text}` must be that of the first page, without a path"
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use serde_json::{Value, json};

    use super::*;

    fn good() -> Value {
        json!({
            "public_url": "https://lockstep.school.example/",
            "providers": [{
                "district": "maple-valley",
                "issuer": "https://login.school.example/realms/staff",
                "client_id": "lockstep",
                "client_secret": "zebra",
                "person_claim": "employee_id",
                "groups": [
                    { "group": "principals", "role": "administrator", "campuses": ["north-high"] },
                    { "group": "safety", "role": "director" }
                ]
            }]
        })
    }

    fn put(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn said(json: &Value) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = put(folder.path(), "sign-on.json", &json.to_string(), 0o640);
        read(&path).unwrap_err().to_string()
    }

    #[test]
    fn a_good_file_says_who_vouches_for_whom() {
        let folder = tempfile::tempdir().unwrap();
        let path = put(folder.path(), "a.json", &good().to_string(), 0o640);
        let provider = read(&path).unwrap().remove(0);
        assert_eq!(
            provider.redirect_uri,
            "https://lockstep.school.example/v1/sign-on/maple-valley/callback"
        );
        assert_eq!(provider.person_claim, "employee_id");
        assert_eq!(provider.groups_claim, "groups");
        assert_eq!(provider.groups[0].role, Role::Administrator);
        assert!(!format!("{provider:?}").contains("zebra"));
        let mut by_file = good();
        by_file["providers"][0]["client_secret"].take();
        by_file["providers"][0]["client_secret_file"] =
            json!(put(folder.path(), "secret", "quartz\n", 0o600));
        let path = put(folder.path(), "b.json", &by_file.to_string(), 0o640);
        assert_eq!(read(&path).unwrap()[0].secret.0, "quartz");
    }

    /// A5: which claim is somebody is never guessed.
    #[test]
    fn a5_a_file_that_does_not_say_who_somebody_is_is_refused() {
        let mut silent = good();
        silent["providers"][0]["person_claim"].take();
        let mut without = good();
        let provider = without["providers"][0].as_object_mut().unwrap();
        provider.remove("person_claim").unwrap();
        for json in [silent, without] {
            let said = said(&json);
            for words in [
                "maple-valley",
                "person_claim",
                "cannot change",
                "signs in as them",
            ] {
                assert!(said.contains(words), "{words}: {said}");
            }
        }
        let mut empty = good();
        empty["providers"][0]["person_claim"] = json!(" ");
        assert!(said(&empty).contains("person_claim is empty"));
    }

    #[test]
    fn a_secret_that_everybody_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o644, 0o642, 0o604] {
            let path = put(folder.path(), "a.json", &good().to_string(), mode);
            let why = read(&path).unwrap_err();
            assert!(matches!(why, SettingsError::Open(_)), "{mode:o}: {why}");
            assert!(why.to_string().contains("chmod 640"), "{why}");
        }
        let mut by_file = good();
        by_file["providers"][0]["client_secret"].take();
        let secret = put(folder.path(), "secret", "quartz", 0o644);
        by_file["providers"][0]["client_secret_file"] = json!(secret);
        let path = put(folder.path(), "b.json", &by_file.to_string(), 0o640);
        assert!(matches!(read(&path), Err(SettingsError::Open(at)) if at == secret));
    }

    #[test]
    fn a_bad_file_says_what_to_do() {
        for (at, put, says) in [
            (
                "/public_url",
                json!("http://lockstep.school.example"),
                "https://",
            ),
            (
                "/public_url",
                json!("https://school.example/lockstep"),
                "without a path",
            ),
            ("/public_url", json!("lockstep"), "no address"),
            ("/providers", json!([]), "is empty"),
            (
                "/providers/0/issuer",
                json!("http://login.school.example"),
                "https://",
            ),
            (
                "/providers/0/issuer",
                json!("https://a:b@login.example"),
                "password",
            ),
            (
                "/providers/0/issuer",
                json!("https://login.example/?a=b"),
                "must end before",
            ),
            ("/providers/0/client_id", json!(" "), "client_id is empty"),
            ("/providers/0/client_secret", json!(""), "secret is empty"),
            ("/providers/0/client_secret", Value::Null, "enter one of"),
            (
                "/providers/0/district",
                json!("Maple Valley"),
                "not a valid id",
            ),
            (
                "/providers/0/groups/0/role",
                json!("sheriff"),
                "unknown variant",
            ),
            (
                "/providers/0/groups/0/role",
                json!("room"),
                "enter another role",
            ),
            (
                "/providers/0/groups/0/campuses",
                json!([]),
                "enter `campuses`",
            ),
            (
                "/providers/0/groups/0/role",
                json!("monitor"),
                "leave `campuses` out",
            ),
        ] {
            let mut file = good();
            *file.pointer_mut(at).unwrap() = put;
            let said = said(&file);
            assert!(said.contains(says), "{at}: {said}");
            assert!(!said.contains("zebra"), "{said}");
        }
        let mut two = good();
        let again = two["providers"][0].clone();
        two["providers"].as_array_mut().unwrap().push(again);
        assert!(said(&two).contains("two providers"));
        for at in ["", "/providers/0", "/providers/0/groups/0"] {
            let mut unknown = good();
            unknown.pointer_mut(at).unwrap()["rolle"] = json!("x");
            assert!(said(&unknown).contains("unknown field `rolle`"), "{at}");
        }
        let mut both = good();
        both["providers"][0]["client_secret_file"] = json!("/nowhere");
        assert!(said(&both).contains("enter one of"));
        let mut plain = good();
        plain["providers"][0]["scopes"] = json!(["profile"]);
        assert!(said(&plain).contains("`openid`"));
    }
}
