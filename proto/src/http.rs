//! The bodies that HTTP alone carries: what is sent to the routes of [`crate::route`], and what
//! they answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::by_hand::DirectoryChange;
use crate::code::Refusal;
use crate::command::Pin;
use crate::contact::PictureKind;
use crate::directory::{Date, Person, Policy, Vouched};
use crate::frame::{ServerFrame, You};
use crate::id::{
    CampusId, CredentialId, DeviceId, DistrictId, PasskeyId, PersonId, Principal, RoomId, ZoneId,
};
use crate::note::VerifierKey;
use crate::position::Position;
use crate::posture::Posture;
use crate::role::Role;
use crate::text::Text;
use crate::timeline::Entry;
use crate::view::Card;

/// Which of the faces a browser asks as. Each keeps its own sign-in, so that a desk may have a
/// room's display and an administrator's page open at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// A room's display, or a teacher's.
    Classroom,
    /// Administrator, SRO, SSO.
    Command,
    /// An officer's phone.
    Officer,
    /// The district.
    Board,
}

impl Face {
    /// The face that fits what somebody is.
    #[must_use]
    pub fn of(role: Role) -> Self {
        match role {
            Role::Room | Role::Staff | Role::Eyes => Self::Classroom,
            Role::Administrator | Role::Sro | Role::Sso | Role::Chief | Role::Director => {
                Self::Command
            }
            Role::Officer => Self::Officer,
            Role::Superintendent | Role::Monitor | Role::Operator => Self::Board,
        }
    }

    /// Its page.
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Self::Classroom => "/classroom",
            Self::Command => "/command",
            Self::Officer => "/officer",
            Self::Board => "/board",
        }
    }

    /// The cookie that holds its token. By its first letters browsers take it from this very host alone: no page of
    /// a neighbouring name puts another person's sign-in in its place.
    #[must_use]
    pub fn cookie(self) -> &'static str {
        match self {
            Self::Classroom => "__Host-lockstep-classroom",
            Self::Command => "__Host-lockstep-command",
            Self::Officer => "__Host-lockstep-officer",
            Self::Board => "__Host-lockstep-board",
        }
    }
}

/// Nobody should have to know which page is theirs: the code says who signs in.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AskedFace {
    /// The one that fits the role.
    Fitting,
    /// This one.
    #[serde(untagged)]
    Named(Face),
}

/// An enrolment code, for a sign-in.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The code.
    pub code: String,
    /// A browser's face: its token becomes a cookie that no script reads.
    #[serde(default)]
    pub face: Option<AskedFace>,
}

/// A sign-in.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedIn {
    /// A program's token. A browser's is in its cookie alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The page that the cookie is for: `/classroom`, `/command`, `/officer` or `/board`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face: Option<Face>,
    /// Until when it lowers. It raises for twelve hours more.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub expires_at: Timestamp,
    /// Whose it is.
    pub you: You,
}

/// The districts that people sign on to with their own provider.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignOns {
    /// The districts.
    pub districts: Vec<SignOnDistrict>,
    /// The words of a refusal that a browser was sent to the sign-in page with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// One of them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignOnDistrict {
    /// The district.
    pub district: DistrictId,
    /// Its name.
    pub name: String,
}

/// For whom an enrolment code is to be made.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MakeCode {
    /// Who signs in with it.
    pub principal: Principal,
    /// How long it is good for, 1 to 60.
    #[serde(default)]
    pub minutes: Option<i64>,
    /// The maker's PIN (A4), for anybody but a display and those who only report.
    #[serde(default)]
    pub pin: Option<Pin>,
}

/// An enrolment code, shown once.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeCode {
    /// The code.
    pub code: String,
    /// Until when it is good.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub expires_at: Timestamp,
    /// The page that takes it, for a browser that asked. It stands behind the `#`: in no request
    /// and in no log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// That link as a QR code (SVG), for a browser that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
}

/// People, rooms and displays of the campuses that one answers for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryPage {
    /// The directory's version.
    pub version: u64,
    /// The roles that one puts into it by hand.
    pub may_give: Vec<Role>,
    /// The campuses, by name.
    pub campuses: Vec<DirectoryCampus>,
    /// People by id, at most 500: of the campus that was asked for, else of all.
    pub people: Vec<DirectoryPerson>,
    /// There are more: ask for those after this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<PersonId>,
    /// What the campus has that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<DirectoryPlace>,
}

/// A campus that one answers for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryCampus {
    /// The campus.
    pub id: CampusId,
    /// Its name.
    pub name: String,
}

/// A person of the directory.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryPerson {
    /// Who.
    pub id: PersonId,
    /// As the directory has them: of their campuses those that one answers for, and certification,
    /// grants and addresses where one may change them.
    pub person: Person,
    /// They serve a campus besides, for which one does not answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// They stand there by hand, and in no list of another system.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// One may change and remove them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_change: bool,
    /// One may switch their sign-ins off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_switch_off: bool,
    /// One may make a sign-in code for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_make_code: bool,
}

/// What a campus has besides people.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryPlace {
    /// Whether one may change its rooms and displays.
    pub may_change: bool,
    /// Its zones.
    pub zones: Vec<DirectoryZone>,
    /// Its rooms, at most 1000.
    pub rooms: Vec<DirectoryRoom>,
    /// The displays of its rooms, at most 2000.
    pub displays: Vec<DirectoryDisplay>,
}

/// A zone of a campus.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryZone {
    /// The zone.
    pub id: ZoneId,
    /// Its name.
    pub name: String,
}

/// A room of a campus.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryRoom {
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
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectoryDisplay {
    /// The display.
    pub id: DeviceId,
    /// The room in which it hangs.
    pub room: RoomId,
    /// It stands there by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

/// A change of the directory by hand.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeDirectory {
    /// The version that its author read.
    pub expected: u64,
    /// What is to change.
    pub change: DirectoryChange,
    /// Why (T1).
    #[serde(default)]
    pub reason: Option<Text>,
    /// The author's PIN (A4), where the change takes one.
    #[serde(default)]
    pub pin: Option<Pin>,
    /// Say what would change, and change nothing. It takes no PIN.
    #[serde(default)]
    pub dry_run: bool,
}

/// The directory with the change.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangedDirectory {
    /// The directory's version.
    pub version: u64,
    /// Whom or what it was about: who is new has this id from here on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// What changed, a line each.
    pub changes: Vec<String>,
    /// It takes its author's PIN: told by a dry run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proof_needed: bool,
}

/// Sign-ins of somebody or of a display that may still be good.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignIns {
    /// Whose.
    pub principal: Principal,
    /// The newest first, at most 50.
    pub sign_ins: Vec<StandingSignIn>,
}

/// One sign-in.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StandingSignIn {
    /// By this it is switched off.
    pub id: CredentialId,
    /// When it was made.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub made_at: Timestamp,
    /// It is the one that asks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub this: bool,
}

/// The keys with which heads of one's own district are checked.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyList {
    /// `name+hash+key` each, as Go's `sumdb` writes them.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub keys: Vec<VerifierKey>,
}

/// The campuses that one serves.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampusList {
    /// The campuses.
    pub campuses: Vec<CampusSummary>,
}

/// Where a campus stands.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampusSummary {
    /// The campus.
    pub id: CampusId,
    /// Its name.
    pub name: String,
    /// What it is under.
    pub posture: Posture,
    /// Its record is read anew: what is shown holds, and nothing is lowered meanwhile.
    pub checking: bool,
    /// Where its record stands.
    pub position: Position,
    /// The journal cannot be written.
    pub degraded: bool,
}

/// A campus as one's audience sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampusView {
    /// The campus.
    pub campus: CampusId,
    /// Where its record stands.
    pub position: Position,
    /// Signed head of the log (C2SP checkpoint).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// The journal cannot be written.
    pub degraded: bool,
    /// Everything that is shown.
    pub cards: Vec<Card>,
}

/// A page of a timeline.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimelinePage {
    /// Where the whole timeline stands.
    pub position: Position,
    /// The entries after the one that was named, in order.
    pub entries: Vec<Entry>,
}

/// The policy, and its version.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StandingPolicy {
    /// The directory's version.
    pub version: u64,
    /// The whole policy.
    pub policy: Policy,
}

/// A policy to put in the place of the one that was read.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutPolicy {
    /// The version that its author read.
    pub expected: u64,
    /// The whole policy: every key of it.
    #[cfg_attr(feature = "schema", schemars(with = "Policy"))]
    pub policy: Map<String, Value>,
    /// Why (T1).
    #[serde(default)]
    pub reason: Option<Text>,
    /// The author's PIN (A4).
    #[serde(default)]
    pub pin: Option<Pin>,
}

/// The policy as it stands now.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangedPolicy {
    /// The directory's version.
    pub version: u64,
    /// The whole policy.
    pub policy: Policy,
    /// What changed, a line each.
    pub changes: Vec<String>,
}

/// An officer without an account, who is on scene (A3).
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// Their name.
    pub name: Text,
}

/// An officer who waits to be certified by somebody else.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaitingOfficer {
    /// The officer.
    pub officer: PersonId,
    /// Their name.
    pub name: String,
    /// Who made their code.
    pub code_by: Vouched,
    /// Until when somebody else may certify them.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub expires_at: Timestamp,
}

/// The same, with the officer's code.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolledOfficer {
    /// Who waits.
    #[serde(flatten)]
    pub waits: WaitingOfficer,
    /// Shown once.
    pub code: String,
}

/// Officers who wait to be certified.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaitingOfficers {
    /// The officers.
    pub waiting: Vec<WaitingOfficer>,
}

/// What somebody read on an officer's papers (A3).
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Certify {
    /// The agency.
    pub agency: String,
    /// The badge.
    pub badge: String,
    /// What kind of certification it is, in the words of the authority that gave it.
    #[serde(default)]
    pub kind: Option<String>,
    /// Certification number.
    pub number: String,
    /// Whether they serve full time.
    pub full_time: bool,
    /// The last day on which it is good.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Date"))]
    pub valid_until: Date,
    /// The author's PIN (A4).
    #[serde(default)]
    pub pin: Option<Pin>,
}

/// An officer who is certified now.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewOfficer {
    /// The officer.
    pub officer: PersonId,
    /// The directory's version.
    pub version: u64,
    /// Until when their code is good.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub code_expires_at: Timestamp,
    /// The officer's, shown once and to this person alone.
    pub officer_pin: Pin,
}

/// What an authenticator is to sign for one command, for two minutes.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Challenge {
    /// WebAuthn's `challenge`, base64url.
    pub challenge: String,
    /// Comes back with what was signed.
    pub stamp: String,
    /// WebAuthn's `rpId`.
    pub rp: String,
    /// The ids of the author's credentials for this address, base64url, at most 8.
    pub credentials: Vec<String>,
    /// Until when it is good.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub expires_at: Timestamp,
}

/// The first step of another passkey: who is acting (A4).
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BeginPasskey {
    /// The author's PIN.
    #[serde(default)]
    pub pin: Option<Pin>,
}

/// What an authenticator is to make a passkey of, within two minutes.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyBegun {
    /// WebAuthn's `challenge`, base64url.
    pub challenge: String,
    /// Comes back with what was made.
    pub stamp: String,
    /// WebAuthn's `rp.id`.
    pub rp: String,
    /// WebAuthn's `user.id`, base64url: it names nobody outside of the district.
    pub user: String,
    /// WebAuthn's `user.name`.
    pub name: String,
    /// The ids of credentials that stand already, base64url: no authenticator makes a second one.
    pub exclude: Vec<String>,
    /// Until when it is good.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub expires_at: Timestamp,
}

/// A passkey as an authenticator made it: the second step.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MadePasskey {
    /// What its owner calls it.
    pub name: Text,
    /// The stamp of the first step.
    pub stamp: String,
    /// `clientDataJSON`, base64url.
    pub client_data: String,
    /// `attestationObject`, base64url: its key counts, and no statement.
    pub attestation: String,
}

/// A passkey of one's own.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnPasskey {
    /// The passkey.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// The host that it was made for, and works at.
    pub rp: String,
    /// When it was made.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub made_at: Timestamp,
}

/// One's own passkeys.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnPasskeys {
    /// The passkeys, oldest first.
    pub passkeys: Vec<OwnPasskey>,
}

/// A picture that was kept.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadedPicture {
    /// By this it is read.
    pub sha256: String,
    /// What it is.
    pub kind: PictureKind,
    /// Its size.
    pub bytes: u32,
    /// What became of the entry that attaches it.
    pub answer: ServerFrame,
}

/// A refusal over HTTP (RFC 9457).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProblemBody<'a> {
    /// `about:blank`: the code says what it is.
    pub r#type: &'a str,
    /// The code.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The message.
    pub detail: &'a str,
    /// The refusal, as a frame has it.
    #[serde(flatten)]
    pub refusal: &'a Refusal,
}
