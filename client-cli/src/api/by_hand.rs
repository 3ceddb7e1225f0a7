//! The directory by hand: who and what there is, a change of it, sign-ins.

use lockstep_proto::Timestamp;
use lockstep_proto::by_hand::DirectoryChange;
use lockstep_proto::command::Pin;
use lockstep_proto::directory::Person;
use lockstep_proto::id::{CampusId, CredentialId, DeviceId, PersonId, Principal, RoomId, ZoneId};
use lockstep_proto::role::Role;
use lockstep_proto::text::Text;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::{ANSWER_MAX, ANSWER_WITHIN, Api, ApiError};

/// Pages of people that are read one after the other: more than a district has.
const PAGES_MAX: usize = 256;

/// `GET /v1/directory`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Directory {
    /// The directory's version.
    pub version: u64,
    /// The roles that one puts into it.
    pub may_give: Vec<Role>,
    /// The campuses that one answers for.
    pub campuses: Vec<CampusKnown>,
    /// People by id.
    pub people: Vec<PersonKnown>,
    /// There are more after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<PersonId>,
    /// What the campus has that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A campus that one answers for.
#[derive(Debug, Serialize, Deserialize)]
pub struct CampusKnown {
    /// The campus.
    pub id: CampusId,
    /// Its name.
    pub name: String,
}

/// Somebody of the directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct PersonKnown {
    /// Who.
    pub id: PersonId,
    /// As the directory has them.
    pub person: Person,
    /// They serve a campus besides that one does not know of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// They stand there by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// One may change and remove them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_change: bool,
}

/// What a campus has.
#[derive(Debug, Serialize, Deserialize)]
pub struct Place {
    /// Its zones.
    pub zones: Vec<ZoneKnown>,
    /// Its rooms.
    pub rooms: Vec<RoomKnown>,
    /// Their displays.
    pub displays: Vec<DisplayKnown>,
}

/// A zone.
#[derive(Debug, Serialize, Deserialize)]
pub struct ZoneKnown {
    /// The zone.
    pub id: ZoneId,
    /// Its name.
    pub name: String,
}

/// A room.
#[derive(Debug, Serialize, Deserialize)]
pub struct RoomKnown {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: ZoneId,
    /// It stands there by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

/// A room's display.
#[derive(Debug, Serialize, Deserialize)]
pub struct DisplayKnown {
    /// The display.
    pub id: DeviceId,
    /// Its room.
    pub room: RoomId,
    /// It stands there by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

/// The body of `POST /v1/directory/changes`.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The version that its author read.
    pub expected: u64,
    /// What is to change.
    pub change: DirectoryChange,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// The author's PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin>,
    /// Say what would change, and change nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// Its answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Changed {
    /// The directory's version.
    pub version: u64,
    /// Whom or what it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// A line each.
    pub changes: Vec<String>,
    /// It takes its author's PIN.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proof_needed: bool,
}

/// `GET /v1/sign-ins`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignInsKnown {
    /// Whose.
    pub principal: Principal,
    /// The newest first.
    pub sign_ins: Vec<SignInKnown>,
}

/// A sign-in that may still be good.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignInKnown {
    /// By this it is switched off.
    pub id: CredentialId,
    /// When it was made.
    pub made_at: Timestamp,
    /// It is the one that asks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub this: bool,
}

impl Api {
    /// Who and what there is: everybody of the campus, else of all that one answers for.
    ///
    /// # Errors
    /// As every call.
    pub async fn directory(&self, campus: Option<&CampusId>) -> Result<Directory, ApiError> {
        let of = campus.map_or_else(String::new, |campus| format!("campus={campus}&"));
        let mut all = self.directory_page(&of, None).await?;
        for _ in 1..PAGES_MAX {
            let Some(next) = all.next.take() else { break };
            let more = self.directory_page(&of, Some(&next)).await?;
            all.people.extend(more.people);
            all.next = more.next;
        }
        Ok(all)
    }

    async fn directory_page(
        &self,
        of: &str,
        after: Option<&PersonId>,
    ) -> Result<Directory, ApiError> {
        let after = after.map_or_else(String::new, |after| format!("after={after}"));
        let path = format!("/v1/directory?{of}{after}");
        self.call(Method::GET, &path, None::<&()>).await
    }

    /// Changes the directory, or says what would change.
    ///
    /// # Errors
    /// As every call.
    pub async fn change_directory(&self, change: &Change) -> Result<Changed, ApiError> {
        let path = "/v1/directory/changes";
        self.call(Method::POST, path, Some(change)).await
    }

    /// Sign-ins of one's own, or of somebody whom one answers for.
    ///
    /// # Errors
    /// As every call.
    pub async fn sign_ins(&self, of: Option<&Principal>) -> Result<SignInsKnown, ApiError> {
        let of = of.map_or_else(String::new, |of| format!("?principal={of}"));
        let path = format!("/v1/sign-ins{of}");
        self.call(Method::GET, &path, None::<&()>).await
    }

    /// Switches a sign-in off.
    ///
    /// # Errors
    /// As every call.
    pub async fn switch_off(&self, id: &CredentialId) -> Result<(), ApiError> {
        let path = format!("/v1/sign-ins/{id}");
        let off = self.bytes(
            Method::DELETE,
            &path,
            None::<&()>,
            ANSWER_WITHIN,
            ANSWER_MAX,
        );
        off.await.map(|_| ())
    }
}
