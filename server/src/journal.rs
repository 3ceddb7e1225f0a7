//! The journal owns truth: per log a gap-free sequence of entries that is a Merkle log.
//!
//! # Promises of every backend
//!
//! - **Order.** `append` and `append_clear` write where the caller expects the log to end, or
//!   answer [`AppendError::Conflict`] and write nothing. Sequences start at 1 and have no gaps.
//! - **Durability.** What is answered as written is on disk.
//! - **Once.** A fact id stands at most once in a log. Appending it again answers where it
//!   stands, and writes nothing; an append of such facts alone conflicts with nothing, and a
//!   clear that stands already is answered whatever its author may do by now.
//! - **Whole.** An append is whole or not at all.
//! - **No ghost.** [`AppendError::Unavailable`] and [`AppendError::Refused`] mean that nothing
//!   was written and nothing will be. Only a COMMIT without an answer is
//!   [`AppendError::InDoubt`]; `find` tells later.
//! - **Right.** `append_clear` reads the author's right again in its own transaction, and so do
//!   `change_policy`, `change_directory`, `enrol_officer` and `certify_officer`.
//! - **Deadline.** Every call answers within [`DEADLINE`]; what writes directory, sign-ins, codes
//!   or PINs, within [`DIRECTORY_DEADLINE`].
//! - **Words apart.** Entries are stored sealed; words stand beside them (T5).
//!
//! The directory, sign-ins, enrolment codes, PINs and passkeys live in the same database
//! ([`DirectoryStore`]), so that a right can be read in the transaction that uses it. Each
//! change to them is an entry of the district's own log, in the same transaction.
//!
//! Times are kept in whole microseconds.

mod change;
mod draft;
pub mod memory;
pub mod postgres;
pub mod sqlite;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::directory::Directory;
use lockstep_proto::export::Detail;
use lockstep_proto::fact::{Author, Stamped};
use lockstep_proto::id::{
    CampusId, CredentialId, DistrictId, FactId, PasskeyId, PersonId, Principal,
};
use lockstep_proto::merkle::{Frontier, Hash, leaf_hash};
use lockstep_proto::position::Position;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::{Entry, LogId};
use lockstep_rules::{DirectoryRight, Right};
use serde::{Deserialize, Serialize};

use crate::roster::CampusRoster;

pub use change::{
    Assigning, Certified, Certifying, ChangeError, DirectoryWanted, ENROLMENTS_MAX,
    OfficerEnrolment, PASSKEYS_MAX, PolicyPut, PolicyWanted, Thing,
};

/// How long any call of the journal may take.
pub const DEADLINE: Duration = Duration::from_millis(500);
/// The same for directory, sign-ins, codes and PINs. No screen waits for them, and a disk that is
/// only slow should cost whoever enrols a moment, not the code.
pub const DIRECTORY_DEADLINE: Duration = Duration::from_secs(3);

/// How many sign-ins of one person or display are listed.
pub const SIGN_INS_MAX: usize = 50;

/// How many entries `saying` answers.
pub const SAYING_MAX: usize = 64;

/// How many facts one append takes, and how many entries one read gives.
pub const BATCH_MAX: usize = 4_096;

/// How many bytes of entries one read gives, their words not counted: what a slow disk gives well
/// within the deadline, however large the entries are.
pub const READ_BYTES: usize = 1024 * 1024;

/// Whether the next entry still has room on a page. The first one always has: a page that is empty
/// is the end of the log.
fn has_room(read: &mut usize, canonical: &str) -> bool {
    let is_first = *read == 0;
    *read += canonical.len();
    is_first || *read <= READ_BYTES
}

/// Where a log stands: two logs with the same tip have the same entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// The epoch that it is in.
    pub epoch: u32,
    /// What its entries hash to, which is all that one more needs.
    pub frontier: Frontier,
}

impl Default for Tip {
    fn default() -> Self {
        Self {
            epoch: Position::START.epoch,
            frontier: Frontier::new(),
        }
    }
}

impl Tip {
    /// The newest entry's position.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            seq: self.frontier.size(),
        }
    }

    /// The Merkle root over all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Goes on by an entry that was read.
    pub fn push(&mut self, read: &Stored) {
        self.epoch = read.entry.epoch;
        self.frontier.push(leaf_hash(read.canonical.as_bytes()));
    }
}

/// Where an author takes the log to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// At this position, whatever its entries are.
    At(Position),
    /// With these entries. A journal that lost its tail and went on has others.
    Tip(Tip),
}

impl Expected {
    fn is(&self, tip: &Tip) -> bool {
        match self {
            Self::At(position) => *position == tip.position(),
            Self::Tip(expected) => expected == tip,
        }
    }
}

impl From<Position> for Expected {
    fn from(position: Position) -> Self {
        Self::At(position)
    }
}

impl From<Tip> for Expected {
    fn from(tip: Tip) -> Self {
        Self::Tip(tip)
    }
}

/// An append that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// For each fact of the append, in its order, where it stands: here, or where it stood.
    pub placed: Vec<Placed>,
    /// Where the log stands now.
    pub tip: Tip,
}

/// Where one fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The fact.
    pub id: FactId,
    /// Its position.
    pub position: Position,
    /// When the journal took it.
    pub recorded: Timestamp,
    /// False where the log had it already.
    pub new: bool,
}

/// Why an append was not answered as written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The log stands elsewhere. Catch up and decide again.
    #[error("the log stands at {0}")]
    Conflict(Position),
    /// The author's right no longer holds.
    #[error("the right no longer holds: {}", .0.as_str())]
    Refused(Code),
    /// It was not written and will not be.
    #[error("not written: {0}")]
    Unavailable(String),
    /// It was sent to be committed, and no answer came.
    #[error("not known whether it was written")]
    InDoubt,
}

/// Why the journal could not answer a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It cannot be reached, read or written.
    #[error("the journal cannot be used: {0}")]
    Unavailable(String),
    /// What stands in it cannot be understood.
    #[error("the journal is damaged: {0}")]
    Damaged(String),
    /// A change was sent to be committed, and no answer came. Questions never end so.
    #[error("not known whether it was written")]
    InDoubt,
}

/// An entry as stored: its bytes, its words, and both together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The entry with its words in place, as far as they are kept.
    pub entry: Entry,
    /// The canonical JSON, verbatim: what is hashed.
    pub canonical: String,
    /// Its details.
    pub details: Vec<Detail>,
}

/// A log of facts. See the module's promises.
#[async_trait]
pub trait Journal: DirectoryStore {
    /// Whether other instances write here as well. Then what they wrote has to be looked for,
    /// and a fail-over may lose what was written last.
    fn is_shared(&self) -> bool;

    /// Appends facts after `expected`. At most [`BATCH_MAX`] at once.
    async fn append(
        &self,
        log: &LogId,
        expected: Expected,
        facts: Vec<Stamped>,
    ) -> Result<Appended, AppendError>;

    /// Appends one clear after `expected`, if its author's right holds at that moment. A lost
    /// right is told before a conflict: it is final.
    async fn append_clear(
        &self,
        log: &LogId,
        expected: Expected,
        clear: Stamped,
        right: Right,
    ) -> Result<Appended, AppendError>;

    /// Opens the log's next epoch: its first entry names the newest head known of the epoch
    /// before. A restore does this wherever the log ends; an instance that finds the tail gone
    /// does it where it found it, so that of many that do one is first.
    async fn open_epoch(
        &self,
        log: &LogId,
        expected: Option<Expected>,
        previous_head: Option<String>,
        reason: Words,
        by: &Author,
    ) -> Result<Appended, AppendError>;

    /// Every log that has an entry, in order.
    async fn logs(&self) -> Result<Vec<LogId>, JournalError>;

    /// Where a fact stands, if it does: reads an in-doubt clear back. `None` is final for all
    /// that was appended before: what does not stand now does not appear later.
    async fn find(&self, log: &LogId, id: FactId) -> Result<Option<Placed>, JournalError>;

    /// Entries after `after`, in order: at most `limit`, never more than [`BATCH_MAX`] or
    /// [`READ_BYTES`], and at least one where one is there. Only an empty page is the end.
    async fn read(
        &self,
        log: &LogId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, JournalError>;

    /// Entries that have exactly this text among their words, oldest first, at most 64. Words
    /// that were removed are not found.
    async fn saying(&self, log: &LogId, text: &str) -> Result<Vec<Stored>, JournalError>;

    /// Where the log stands.
    async fn tip(&self, log: &LogId) -> Result<Tip, JournalError>;

    /// The leaf hashes of the first `size` entries, for proofs. Fewer where the log is shorter.
    async fn leaves(&self, log: &LogId, size: u64) -> Result<Vec<Hash>, JournalError>;

    /// Whether an entry of any size can be written now, down to the disk: where this answers
    /// `Ok`, a disk that nobody else fills takes the next one.
    async fn probe(&self) -> Result<(), JournalError>;
}

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id, which its token carries.
    pub id: CredentialId,
    /// The tenant.
    pub district: DistrictId,
    /// Whose it is.
    pub principal: Principal,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was switched off.
    pub revoked_at: Option<Timestamp>,
}

impl Credential {
    /// Whether it signs this author in at the moment at which it was read.
    fn signs_in(&self, author: &Author) -> bool {
        self.principal == author.principal && self.revoked_at.is_none()
    }
}

/// A passkey of a person: a public key, and for which address it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Its id, which follows from `credential`.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The host that it was made for: its relying party id.
    pub rp: String,
    /// The id that the authenticator knows it by, base64url.
    pub credential: String,
    /// What it signs with.
    pub algorithm: PasskeyAlgorithm,
    /// The public key, base64url: an uncompressed point of P-256, or 32 bytes of Ed25519.
    pub key: String,
}

/// What a passkey signs with. No other is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyAlgorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// An enrolment code, as its hash: single use, minutes long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// SHA-256 of the code, hex.
    pub hash: String,
    /// The tenant.
    pub district: DistrictId,
    /// For whom.
    pub principal: Principal,
    /// Until when.
    pub expires_at: Timestamp,
    /// The sign-in that made it. Once that is switched off, the code is good for nothing: who
    /// had a stolen phone does not come back by what they made with it. The operator has none.
    pub made_by: Option<CredentialId>,
}

/// The directory with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedDirectory {
    /// Counts its changes, from 1.
    pub version: u64,
    /// The directory.
    pub directory: Directory,
}

/// The rosters of some campuses.
pub type Rosters = BTreeMap<CampusId, CampusRoster>;

/// A roster as it was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRoster {
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub roster: CampusRoster,
}

/// What the journal's database keeps beside the logs. Every change is an entry of the
/// district's own log, in the same transaction, by `by` at `at`.
#[async_trait]
pub trait DirectoryStore: Send + Sync + 'static {
    /// Every district.
    async fn directories(&self) -> Result<Vec<VersionedDirectory>, JournalError>;

    /// Puts a whole directory in place of the one that its author read, which had the version
    /// `expected` (0 where there was none); answers its version. Where another stands by now,
    /// nothing is written: an officer whom somebody enrolled in between is not lost. With a campus
    /// goes its roster; with a person or device go their sign-ins, their codes, PIN and passkeys.
    async fn put_directory(
        &self,
        expected: u64,
        directory: &Directory,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError>;

    /// The same with the rosters of some of its campuses, in one transaction; answers the
    /// directory's version. The roster of another campus stays while that does.
    async fn put_rosters(
        &self,
        expected: u64,
        directory: &Directory,
        rosters: &Rosters,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError>;

    /// The roster of a campus, and when it was put. Names of students leave the database this way
    /// alone.
    async fn roster(
        &self,
        district: &DistrictId,
        campus: &CampusId,
    ) -> Result<Option<KeptRoster>, JournalError>;

    /// Puts a policy in place of the one that stands at the version that its author read, whole
    /// or not at all.
    async fn change_policy(
        &self,
        wanted: &PolicyWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<PolicyPut, ChangeError>;

    /// Makes a change by hand at the version that it was worked out from, whole or not at all.
    /// With whoever goes go their sign-ins, the codes that wait for them, PIN and passkeys. Answers
    /// the directory's version.
    async fn change_directory(
        &self,
        wanted: &DirectoryWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<u64, ChangeError>;

    /// Takes the first step of an officer's enrolment on scene (A3): no right comes of it, and
    /// its code signs nobody in yet. Those that have run out at `at` are thrown away here.
    async fn enrol_officer(
        &self,
        enrolment: &OfficerEnrolment,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<(), ChangeError>;

    /// The enrolments that wait for their second step at `at`, by id.
    async fn enrolments(
        &self,
        district: &DistrictId,
        at: Timestamp,
    ) -> Result<Vec<OfficerEnrolment>, JournalError>;

    /// Takes the second step: the officer comes into the directory, their code begins to work
    /// and their PIN is kept, in one transaction with both entries. Refused to who took the
    /// first, and where the first one's right has gone since.
    async fn certify_officer(
        &self,
        certifying: &Certifying,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<Certified, ChangeError>;

    /// Puts a person, as groups of the district's own sign-in make them, in place of the one that
    /// stands at the version that this was worked out from. Answers the directory's version.
    async fn assign_person(
        &self,
        assigning: &Assigning,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError>;

    /// Keeps an enrolment code, which must be new. Those that have run out at `at` are thrown
    /// away here. Refused to an author whose own sign-in is switched off by now.
    async fn add_code(
        &self,
        code: EnrolmentCode,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError>;

    /// Uses a code up: whose it is, if it is known, unused and not run out at `at`, and then
    /// makes the sign-in `credential` for them in the same transaction. A code for somebody
    /// whom the directory no longer has is good for nothing, and so is one whose maker is
    /// switched off.
    async fn use_code(
        &self,
        hash: &str,
        credential: CredentialId,
        at: Timestamp,
    ) -> Result<Option<Credential>, JournalError>;

    /// Makes a sign-in without a code: the operator's way. Its id must be new.
    async fn add_credential(&self, credential: Credential, by: &Author)
    -> Result<(), JournalError>;

    /// One sign-in.
    async fn credential(
        &self,
        district: &DistrictId,
        id: &CredentialId,
    ) -> Result<Option<Credential>, JournalError>;

    /// Sign-ins of somebody that stand and were made after `since`, the newest first, at most
    /// [`SIGN_INS_MAX`].
    async fn sign_ins(
        &self,
        district: &DistrictId,
        principal: &Principal,
        since: Timestamp,
    ) -> Result<Vec<Credential>, JournalError>;

    /// All sign-ins of a district that are switched off: what every instance keeps in memory.
    async fn revoked(&self, district: &DistrictId) -> Result<Vec<CredentialId>, JournalError>;

    /// Switches a sign-in off, and the codes that it made with it. Answers whether it stood. One
    /// that has no row here, as it was made after the backup that stands now, gets one that is
    /// off. Refused to an author whose own sign-in is switched off by now, and is another.
    async fn revoke(
        &self,
        credential: &Credential,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, ChangeError>;

    /// Keeps a person's PIN as an argon2id PHC string.
    async fn set_pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
        phc: &str,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), JournalError>;

    /// A person's PIN as an argon2id PHC string.
    async fn pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Option<String>, JournalError>;

    /// Keeps another passkey of somebody whom the directory has: at most [`PASSKEYS_MAX`], and
    /// none that stands in the district already, whoever it is of.
    async fn add_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &Passkey,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError>;

    /// Takes a person's passkey away. Answers whether it stood.
    async fn remove_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &PasskeyId,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, JournalError>;

    /// A person's passkeys, oldest first. Those of somebody who left the directory are gone.
    async fn passkeys(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Vec<Passkey>, JournalError>;
}
