//! The journal in one SQLite file: the default.
//!
//! This module turns calls into requests for the threads of [`queue`]. It holds no
//! connection and keeps nothing in memory that the file does not have.
//!
//! Beyond the promises of every backend:
//!
//! - Another program that holds the file's lock, a read-only file and a full disk are
//!   `Unavailable`, and over as soon as their cause is.
//! - An entry taken while the clock is in doubt says so; nothing is refused for it.

mod change;
mod file;
mod passkeys;
mod people;
mod queue;
mod rows;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lockstep_proto::Timestamp;
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{
    CampusId, CredentialId, DistrictId, FactId, PasskeyId, PersonId, Principal,
};
use lockstep_proto::merkle::Hash;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;
use lockstep_rules::{DirectoryRight, Right};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::change::{
    Assigning, Certified, Certifying, ChangeError, DirectoryWanted, OfficerEnrolment, PolicyPut,
    PolicyWanted,
};
use super::draft::{check_proposer, check_right, next_epoch, noted};
use super::{
    AppendError, Appended, BATCH_MAX, Credential, DIRECTORY_DEADLINE, DirectoryStore,
    EnrolmentCode, Expected, Journal, JournalError, KeptRoster, Passkey, Placed, Rosters, Stored,
    Tip, VersionedDirectory,
};
use crate::clock::{Moment, SharedClock};
pub use file::OpenError;
use queue::{Readers, Writer};

/// A journal in one SQLite file.
pub struct SqliteJournal {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
}

impl SqliteJournal {
    /// Opens the file, makes it where there is none, and brings it up to date.
    ///
    /// A file that is there but cannot be written now does not keep the service from
    /// starting: raises must go out all the same. Calls are `Unavailable` until it can.
    pub fn open(path: impl Into<PathBuf>, clock: SharedClock) -> Result<Self, OpenError> {
        let path = path.into();
        let there = path.exists();
        let conn = match file::open_writer(&path) {
            Ok(conn) => Some(conn),
            Err(OpenError::Unavailable(why)) if there => {
                tracing::warn!(why, "the journal cannot be written yet");
                None
            }
            Err(error) => return Err(error),
        };
        let started = |why: std::io::Error| OpenError::Unavailable(why.to_string());
        Ok(Self {
            writer: Writer::start(path.clone(), conn, clock).map_err(started)?,
            readers: Readers::start(&path).map_err(started)?,
            path,
        })
    }

    /// Copies the whole journal as it stands into a new file, while it is in use. Takes as
    /// long as it takes; appends go on.
    pub async fn backup_to(&self, to: impl Into<PathBuf>) -> Result<(), JournalError> {
        let (from, to) = (self.path.clone(), to.into());
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to)).await;
        match copied {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(JournalError::Unavailable(why)),
            Err(why) => Err(JournalError::Unavailable(why.to_string())),
        }
    }
}

/// A copy is whole or not there: it takes its name last.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    if to.exists() {
        return Err(format!("{} is there already", to.display()));
    }
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let copied = || -> Result<(), rusqlite::Error> {
        let from = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut to = Connection::open(&partial)?;
        // All pages in one step: one moment of the journal, and no writer waits for it.
        Backup::new(&from, &mut to)?.step(-1)?;
        Ok(())
    };
    copied().map_err(|why| why.to_string())?;
    std::fs::rename(&partial, to).map_err(|why| why.to_string())
}

#[async_trait]
impl Journal for SqliteJournal {
    fn is_shared(&self) -> bool {
        false
    }

    async fn append(
        &self,
        log: &LogId,
        expected: Expected,
        facts: Vec<Stamped>,
    ) -> Result<Appended, AppendError> {
        let (log, weight) = (log.clone(), facts.len());
        let append = move |conn: &Connection, moment| {
            rows::append(conn, &log, Some(&expected), &facts, moment)
        };
        Ok(self.writer.write(weight, append).await?)
    }

    async fn append_clear(
        &self,
        log: &LogId,
        expected: Expected,
        clear: Stamped,
        right: Right,
    ) -> Result<Appended, AppendError> {
        let log = log.clone();
        let append = move |conn: &Connection, moment| {
            if rows::find(conn, &log, clear.id)?.is_none() {
                check_right(&log, &clear, &right, &people::holder(conn, &right.actor)?)?;
                if let Some(proposers) = right.of_proposer() {
                    check_proposer(&proposers, &people::holder(conn, &proposers.actor)?)?;
                }
            }
            let clear = std::slice::from_ref(&clear);
            rows::append(conn, &log, Some(&expected), clear, moment)
        };
        Ok(self.writer.write(1, append).await?)
    }

    async fn open_epoch(
        &self,
        log: &LogId,
        expected: Option<Expected>,
        previous_head: Option<String>,
        reason: Words,
        by: &Author,
    ) -> Result<Appended, AppendError> {
        let log = log.clone();
        let named = previous_head.clone();
        let fact = Fact::EpochOpened {
            previous_head,
            reason,
        };
        let by = by.clone();
        let append = move |conn: &Connection, moment: Moment| {
            let mut head = rows::head(conn, &log)?;
            head.tip.epoch = next_epoch(&head.tip, expected.as_ref(), named.as_deref())?;
            let opening = noted(&by, moment.now, fact.clone());
            rows::append_from(conn, &log, head, None, &[opening], moment)
        };
        Ok(self.writer.write(1, append).await?)
    }

    async fn logs(&self) -> Result<Vec<LogId>, JournalError> {
        Ok(self.readers.read(rows::logs).await?)
    }

    async fn find(&self, log: &LogId, id: FactId) -> Result<Option<Placed>, JournalError> {
        let log = log.clone();
        // In the writer's queue, so that it comes after every COMMIT already sent: a reader
        // would answer "no" while one is still under way.
        let find = move |conn: &Connection, _| rows::find(conn, &log, id);
        Ok(self.writer.write(0, find).await?)
    }

    async fn read(
        &self,
        log: &LogId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, JournalError> {
        let (log, limit) = (log.clone(), limit.min(BATCH_MAX));
        let read = move |conn: &Connection| rows::read(conn, &log, after, limit);
        Ok(self.readers.read(read).await?)
    }

    async fn saying(&self, log: &LogId, text: &str) -> Result<Vec<Stored>, JournalError> {
        let (log, text) = (log.clone(), text.to_owned());
        let said = move |conn: &Connection| rows::saying(conn, &log, &text);
        Ok(self.readers.read(said).await?)
    }

    async fn tip(&self, log: &LogId) -> Result<Tip, JournalError> {
        let log = log.clone();
        let head = self.readers.read(move |conn| rows::head(conn, &log));
        Ok(head.await?.tip)
    }

    async fn leaves(&self, log: &LogId, size: u64) -> Result<Vec<Hash>, JournalError> {
        let log = log.clone();
        let leaves = self
            .readers
            .read(move |conn| rows::leaves(conn, &log, size));
        Ok(leaves.await?)
    }

    async fn probe(&self) -> Result<(), JournalError> {
        let probe = |conn: &Connection, moment: Moment| Ok(rows::probe(conn, moment.now)?);
        Ok(self.writer.write(1, probe).await?)
    }
}

#[async_trait]
impl DirectoryStore for SqliteJournal {
    async fn directories(&self) -> Result<Vec<VersionedDirectory>, JournalError> {
        Ok(self.readers.read(people::directories).await?)
    }

    async fn put_directory(
        &self,
        expected: u64,
        directory: &Directory,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let (directory, by) = (directory.clone(), by.clone());
        let weight = directory.people.len() + directory.devices.len();
        let put = move |conn: &Connection, moment| {
            people::put_directory(conn, expected, &directory, &by, at, moment)
        };
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, weight, put)
            .await?)
    }

    async fn put_rosters(
        &self,
        expected: u64,
        directory: &Directory,
        rosters: &Rosters,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let (directory, rosters, by) = (directory.clone(), rosters.clone(), by.clone());
        let weight = directory.people.len() + directory.devices.len() + rosters.len();
        let put = move |conn: &Connection, moment| {
            let version = people::put_directory(conn, expected, &directory, &by, at, moment)?;
            people::put_rosters(conn, &directory.district.id, &rosters, &by, at, moment)?;
            Ok(version)
        };
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, weight, put)
            .await?)
    }

    async fn roster(
        &self,
        district: &DistrictId,
        campus: &CampusId,
    ) -> Result<Option<KeptRoster>, JournalError> {
        let (district, campus) = (district.clone(), campus.clone());
        let read = move |conn: &Connection| people::roster(conn, &district, &campus);
        Ok(self.readers.read(read).await?)
    }

    async fn change_policy(
        &self,
        wanted: &PolicyWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<PolicyPut, ChangeError> {
        let (wanted, right) = (wanted.clone(), right.clone());
        let put =
            move |conn: &Connection, moment| change::policy(conn, &wanted, &right, at, moment);
        Ok(self.writer.write_within(DIRECTORY_DEADLINE, 1, put).await?)
    }

    async fn change_directory(
        &self,
        wanted: &DirectoryWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let (wanted, right) = (wanted.clone(), right.clone());
        let put =
            move |conn: &Connection, moment| change::directory(conn, &wanted, &right, at, moment);
        Ok(self.writer.write_within(DIRECTORY_DEADLINE, 1, put).await?)
    }

    async fn enrol_officer(
        &self,
        enrolment: &OfficerEnrolment,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let (enrolment, right) = (enrolment.clone(), right.clone());
        let enrol =
            move |conn: &Connection, moment| change::enrol(conn, &enrolment, &right, at, moment);
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, 1, enrol)
            .await?)
    }

    async fn enrolments(
        &self,
        district: &DistrictId,
        at: Timestamp,
    ) -> Result<Vec<OfficerEnrolment>, JournalError> {
        let district = district.clone();
        let read = move |conn: &Connection| change::enrolments(conn, &district, at);
        Ok(self.readers.read(read).await?)
    }

    async fn certify_officer(
        &self,
        certifying: &Certifying,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<Certified, ChangeError> {
        let (certifying, right) = (certifying.clone(), right.clone());
        let certify =
            move |conn: &Connection, moment| change::certify(conn, &certifying, &right, at, moment);
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, 1, certify)
            .await?)
    }

    async fn assign_person(
        &self,
        assigning: &Assigning,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let (assigning, by) = (assigning.clone(), by.clone());
        let assign =
            move |conn: &Connection, moment| change::assign(conn, &assigning, &by, at, moment);
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, 1, assign)
            .await?)
    }

    async fn add_code(
        &self,
        code: EnrolmentCode,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let by = by.clone();
        let add = move |conn: &Connection, moment| people::add_code(conn, &code, &by, at, moment);
        Ok(self.writer.write_within(DIRECTORY_DEADLINE, 1, add).await?)
    }

    async fn use_code(
        &self,
        hash: &str,
        credential: CredentialId,
        at: Timestamp,
    ) -> Result<Option<Credential>, JournalError> {
        let hash = hash.to_owned();
        let sign_in =
            move |conn: &Connection, moment| people::use_code(conn, &hash, &credential, at, moment);
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, 1, sign_in)
            .await?)
    }

    async fn add_credential(
        &self,
        credential: Credential,
        by: &Author,
    ) -> Result<(), JournalError> {
        let by = by.clone();
        let add = move |conn: &Connection, moment| people::sign_in(conn, &credential, &by, moment);
        Ok(self.writer.write_within(DIRECTORY_DEADLINE, 1, add).await?)
    }

    async fn credential(
        &self,
        district: &DistrictId,
        id: &CredentialId,
    ) -> Result<Option<Credential>, JournalError> {
        let (district, id) = (district.clone(), id.clone());
        let read = move |conn: &Connection| people::credential(conn, &district, &id);
        Ok(self.readers.read(read).await?)
    }

    async fn sign_ins(
        &self,
        district: &DistrictId,
        principal: &Principal,
        since: Timestamp,
    ) -> Result<Vec<Credential>, JournalError> {
        let (district, principal) = (district.clone(), principal.clone());
        let read = move |conn: &Connection| people::sign_ins(conn, &district, &principal, since);
        Ok(self.readers.read(read).await?)
    }

    async fn revoked(&self, district: &DistrictId) -> Result<Vec<CredentialId>, JournalError> {
        let district = district.clone();
        let read = move |conn: &Connection| people::revoked(conn, &district);
        Ok(self.readers.read(read).await?)
    }

    async fn revoke(
        &self,
        credential: &Credential,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, ChangeError> {
        let (credential, by) = (credential.clone(), by.clone());
        let revoke =
            move |conn: &Connection, moment| people::revoke(conn, &credential, &by, at, moment);
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, 1, revoke)
            .await?)
    }

    async fn set_pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
        phc: &str,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let (district, person, phc) = (district.clone(), person.clone(), phc.to_owned());
        let by = by.clone();
        let set = move |conn: &Connection, moment| {
            people::set_pin(conn, &district, &person, &phc, &by, at, moment)
        };
        Ok(self.writer.write_within(DIRECTORY_DEADLINE, 1, set).await?)
    }

    async fn pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Option<String>, JournalError> {
        let (district, person) = (district.clone(), person.clone());
        let read = move |conn: &Connection| people::pin(conn, &district, &person);
        Ok(self.readers.read(read).await?)
    }

    async fn add_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &Passkey,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let (district, person, passkey) = (district.clone(), person.clone(), passkey.clone());
        let by = by.clone();
        let add = move |conn: &Connection, moment| {
            passkeys::add(conn, &district, &person, &passkey, &by, at, moment)
        };
        Ok(self.writer.write_within(DIRECTORY_DEADLINE, 1, add).await?)
    }

    async fn remove_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &PasskeyId,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        let (district, person, passkey) = (district.clone(), person.clone(), passkey.clone());
        let by = by.clone();
        let remove = move |conn: &Connection, moment| {
            passkeys::remove(conn, &district, &person, &passkey, &by, at, moment)
        };
        Ok(self
            .writer
            .write_within(DIRECTORY_DEADLINE, 1, remove)
            .await?)
    }

    async fn passkeys(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Vec<Passkey>, JournalError> {
        let (district, person) = (district.clone(), person.clone());
        let read = move |conn: &Connection| passkeys::of(conn, &district, &person);
        Ok(self.readers.read(read).await?)
    }
}
