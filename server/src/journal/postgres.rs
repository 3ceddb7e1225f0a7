//! The journal in a PostgreSQL database, which many instances share.
//!
//! This module turns calls into sessions of [`pool`]: appends, questions and the directory have
//! connections of their own, so that none waits for another kind. It keeps nothing in memory that
//! the database does not have.
//!
//! Beyond the promises of every backend:
//!
//! - An append takes three round trips. Appends to different campuses do not wait for each other.
//! - A clear is refused while the database's clock and ours are further apart than 30 s: whose
//!   right has run out would depend on whom one asks.
//! - What is committed is as durable as the database makes it: see `deploy/README.md`.

mod change;
mod database;
mod moving;
mod passkeys;
mod people;
mod pool;
mod rows;
mod schema;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{OptionFuture, try_join5};
use jiff::SignedDuration;
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
use tokio::sync::OnceCell;

use super::change::{
    Assigning, Certified, Certifying, ChangeError, DirectoryWanted, OfficerEnrolment, PolicyPut,
    PolicyWanted,
};
use super::draft::{Fault, check_proposer, check_right, next_epoch, noted};
use super::{
    AppendError, Appended, BATCH_MAX, Credential, DEADLINE, DIRECTORY_DEADLINE, DirectoryStore,
    EnrolmentCode, Expected, Journal, JournalError, KeptRoster, Passkey, Placed, Rosters, Stored,
    Tip, VersionedDirectory,
};
use crate::clock::{SharedClock, Ticker};
pub use database::{Database, OpenError};
pub use moving::{MoveError, Moved, move_in};
use pool::{Pool, Prepared, Session, Stop};

/// Connections for appends, for questions, and for the directory.
const SEATS: [usize; 3] = [8, 4, 4];

/// How far the database's clock and ours may be apart for a clear.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(30);

/// A journal in a PostgreSQL database.
pub struct PostgresJournal {
    appends: Pool,
    reads: Pool,
    directory: Pool,
    ticker: Ticker,
    skew_max: SignedDuration,
}

impl PostgresJournal {
    /// Opens the database, and makes its tables or brings them up to date where this role may.
    pub async fn open(database: Database, clock: SharedClock) -> Result<Self, OpenError> {
        schema::bring_up(&database, false).await?;
        Ok(Self::with(database, &Arc::new(OnceCell::from(())), clock))
    }

    /// The same for a database that is away: its tables are looked at once it is there, before
    /// anything is read or written.
    #[must_use]
    pub fn unseen(database: Database, clock: SharedClock) -> Self {
        Self::with(database, &Prepared::default(), clock)
    }

    fn with(database: Database, prepared: &Prepared, clock: SharedClock) -> Self {
        let [appends, reads, directory] = SEATS;
        let pool = |seats, within| Pool::new(database.clone(), prepared, seats, within);
        Self {
            appends: pool(appends, DEADLINE),
            reads: pool(reads, DEADLINE),
            directory: pool(directory, DIRECTORY_DEADLINE),
            ticker: Ticker::new(clock),
            skew_max: SKEW_MAX,
        }
    }

    /// The same with another bound on the clocks: for tests whose clock stands.
    #[must_use]
    pub fn with_skew(mut self, most: SignedDuration) -> Self {
        self.skew_max = most;
        self
    }

    fn check_skew(&self, theirs: Timestamp) -> Result<(), Fault> {
        let apart = self.ticker.now().duration_since(theirs).abs();
        if apart > self.skew_max {
            return Err(Fault::Unavailable(format!(
                "this server's clock and the database's are {} s apart: set the wrong one",
                apart.as_secs()
            )));
        }
        Ok(())
    }

    async fn clear(
        &self,
        on: &Session,
        log: &LogId,
        expected: Expected,
        clear: Stamped,
        right: &Right,
    ) -> Result<Appended, Stop> {
        let proposers = right.of_proposer();
        let proposer: OptionFuture<_> = proposers
            .as_ref()
            .map(|proposers| people::holder(on, &proposers.actor))
            .into();
        // One round trip, worked off in this order: the rights are read once they are held.
        let ((), (head, stood), holder, proposer, theirs) = try_join5(
            rows::hold_rights(on, &right.actor.district),
            rows::lock(on, log, std::slice::from_ref(&clear.id)),
            people::holder(on, &right.actor),
            async { proposer.await.transpose() },
            rows::now(on),
        )
        .await?;
        if stood.is_empty() {
            self.check_skew(theirs)?;
            check_right(log, &clear, right, &holder)?;
            if let (Some(proposers), Some(proposer)) = (&proposers, &proposer) {
                check_proposer(proposers, proposer)?;
            }
        }
        let facts = [clear];
        rows::append_from(on, log, head, stood, Some(&expected), &facts, &self.ticker).await
    }
}

/// Makes the tables of a database or brings them up to date, and says again what the service's own
/// role may do. For the database's owner. Answers the version.
pub async fn prepare(database: &Database) -> Result<i64, OpenError> {
    schema::bring_up(database, true).await
}

#[async_trait]
impl Journal for PostgresJournal {
    fn is_shared(&self) -> bool {
        true
    }

    async fn append(
        &self,
        log: &LogId,
        expected: Expected,
        facts: Vec<Stamped>,
    ) -> Result<Appended, AppendError> {
        let on = self.appends.transaction().await?;
        let appended = rows::append(&on, log, Some(&expected), &facts, &self.ticker).await;
        Ok(on.settle(appended).await?)
    }

    async fn append_clear(
        &self,
        log: &LogId,
        expected: Expected,
        clear: Stamped,
        right: Right,
    ) -> Result<Appended, AppendError> {
        let on = self.appends.transaction().await?;
        let appended = self.clear(&on, log, expected, clear, &right).await;
        Ok(on.settle(appended).await?)
    }

    async fn open_epoch(
        &self,
        log: &LogId,
        expected: Option<Expected>,
        previous_head: Option<String>,
        reason: Words,
        by: &Author,
    ) -> Result<Appended, AppendError> {
        let on = self.appends.transaction().await?;
        let open = async {
            let (mut head, stood) = rows::lock(&on, log, &[]).await?;
            head.tip.epoch = next_epoch(&head.tip, expected.as_ref(), previous_head.as_deref())?;
            let fact = Fact::EpochOpened {
                previous_head,
                reason,
            };
            let opening = [noted(by, self.ticker.now(), fact)];
            rows::append_from(&on, log, head, stood, None, &opening, &self.ticker).await
        };
        let opened = open.await;
        Ok(on.settle(opened).await?)
    }

    async fn logs(&self) -> Result<Vec<LogId>, JournalError> {
        let on = self.reads.reading().await?;
        let logs = rows::logs(&on).await;
        Ok(on.answer(logs).await?)
    }

    async fn find(&self, log: &LogId, id: FactId) -> Result<Option<Placed>, JournalError> {
        // Under the log's lock: a COMMIT that is still on its way comes first, or this does not
        // answer. In no transaction that is committed: it writes nothing.
        let on = self.reads.transaction().await?;
        let found = rows::lock(&on, log, &[id]).await;
        let (_, stood) = on.answer(found).await?;
        Ok(stood.get(&id).copied())
    }

    async fn read(
        &self,
        log: &LogId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, JournalError> {
        let on = self.reads.reading().await?;
        let page = rows::read(&on, log, after, limit.min(BATCH_MAX)).await;
        Ok(on.answer(page).await?)
    }

    async fn saying(&self, log: &LogId, text: &str) -> Result<Vec<Stored>, JournalError> {
        let on = self.reads.reading().await?;
        let said = rows::saying(&on, log, text).await;
        Ok(on.answer(said).await?)
    }

    async fn tip(&self, log: &LogId) -> Result<Tip, JournalError> {
        let on = self.reads.reading().await?;
        let head = rows::head(&on, log).await;
        Ok(on.answer(head).await?.tip)
    }

    async fn leaves(&self, log: &LogId, size: u64) -> Result<Vec<Hash>, JournalError> {
        let on = self.reads.reading().await?;
        let leaves = rows::leaves(&on, log, size).await;
        Ok(on.answer(leaves).await?)
    }

    async fn probe(&self) -> Result<(), JournalError> {
        let on = self.appends.transaction().await?;
        let probed = rows::probe(&on).await;
        Ok(on.settle(probed).await?)
    }
}

#[async_trait]
impl DirectoryStore for PostgresJournal {
    async fn directories(&self) -> Result<Vec<VersionedDirectory>, JournalError> {
        let on = self.reads.reading().await?;
        let directories = people::directories(&on).await;
        Ok(on.answer(directories).await?)
    }

    async fn put_directory(
        &self,
        expected: u64,
        directory: &Directory,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let on = self.directory.transaction().await?;
        let put = people::put_directory(&on, expected, directory, by, at, &self.ticker).await;
        Ok(on.settle(put).await?)
    }

    async fn put_rosters(
        &self,
        expected: u64,
        directory: &Directory,
        rosters: &Rosters,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let on = self.directory.transaction().await?;
        let put = async {
            let version =
                people::put_directory(&on, expected, directory, by, at, &self.ticker).await?;
            let district = &directory.district.id;
            people::put_rosters(&on, district, rosters, by, at, &self.ticker).await?;
            Ok(version)
        };
        let put = put.await;
        Ok(on.settle(put).await?)
    }

    async fn roster(
        &self,
        district: &DistrictId,
        campus: &CampusId,
    ) -> Result<Option<KeptRoster>, JournalError> {
        let on = self.reads.reading().await?;
        let roster = people::roster(&on, district, campus).await;
        Ok(on.answer(roster).await?)
    }

    async fn change_policy(
        &self,
        wanted: &PolicyWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<PolicyPut, ChangeError> {
        let on = self.directory.transaction().await?;
        let put = change::policy(&on, wanted, right, at, &self.ticker).await;
        Ok(on.settle(put).await?)
    }

    async fn change_directory(
        &self,
        wanted: &DirectoryWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let on = self.directory.transaction().await?;
        let put = change::directory(&on, wanted, right, at, &self.ticker).await;
        Ok(on.settle(put).await?)
    }

    async fn enrol_officer(
        &self,
        enrolment: &OfficerEnrolment,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let on = self.directory.transaction().await?;
        let enrolled = change::enrol(&on, enrolment, right, at, &self.ticker).await;
        Ok(on.settle(enrolled).await?)
    }

    async fn enrolments(
        &self,
        district: &DistrictId,
        at: Timestamp,
    ) -> Result<Vec<OfficerEnrolment>, JournalError> {
        let on = self.reads.reading().await?;
        let waiting = change::enrolments(&on, district, at).await;
        Ok(on.answer(waiting).await?)
    }

    async fn certify_officer(
        &self,
        certifying: &Certifying,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<Certified, ChangeError> {
        let on = self.directory.transaction().await?;
        let certified = change::certify(&on, certifying, right, at, &self.ticker).await;
        Ok(on.settle(certified).await?)
    }

    async fn assign_person(
        &self,
        assigning: &Assigning,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let on = self.directory.transaction().await?;
        let assigned = change::assign(&on, assigning, by, at, &self.ticker).await;
        Ok(on.settle(assigned).await?)
    }

    async fn add_code(
        &self,
        code: EnrolmentCode,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let on = self.directory.transaction().await?;
        let added = people::add_code(&on, &code, by, at, &self.ticker).await;
        Ok(on.settle(added).await?)
    }

    async fn use_code(
        &self,
        hash: &str,
        credential: CredentialId,
        at: Timestamp,
    ) -> Result<Option<Credential>, JournalError> {
        let on = self.directory.transaction().await?;
        let used = people::use_code(&on, hash, &credential, at, &self.ticker).await;
        Ok(on.settle(used).await?)
    }

    async fn add_credential(
        &self,
        credential: Credential,
        by: &Author,
    ) -> Result<(), JournalError> {
        let on = self.directory.transaction().await?;
        let added = people::sign_in(&on, &credential, by, &self.ticker).await;
        Ok(on.settle(added).await?)
    }

    async fn credential(
        &self,
        district: &DistrictId,
        id: &CredentialId,
    ) -> Result<Option<Credential>, JournalError> {
        let on = self.reads.reading().await?;
        let credential = people::credential(&on, district, id).await;
        Ok(on.answer(credential).await?)
    }

    async fn sign_ins(
        &self,
        district: &DistrictId,
        principal: &Principal,
        since: Timestamp,
    ) -> Result<Vec<Credential>, JournalError> {
        let on = self.reads.reading().await?;
        let stand = people::sign_ins(&on, district, principal, since).await;
        Ok(on.answer(stand).await?)
    }

    async fn revoked(&self, district: &DistrictId) -> Result<Vec<CredentialId>, JournalError> {
        let on = self.reads.reading().await?;
        let revoked = people::revoked(&on, district).await;
        Ok(on.answer(revoked).await?)
    }

    async fn revoke(
        &self,
        credential: &Credential,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, ChangeError> {
        let on = self.directory.transaction().await?;
        let revoked = people::revoke(&on, credential, by, at, &self.ticker).await;
        Ok(on.settle(revoked).await?)
    }

    async fn set_pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
        phc: &str,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let on = self.directory.transaction().await?;
        let set = people::set_pin(&on, district, person, phc, by, at, &self.ticker).await;
        Ok(on.settle(set).await?)
    }

    async fn pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Option<String>, JournalError> {
        let on = self.reads.reading().await?;
        let pin = people::pin(&on, district, person).await;
        Ok(on.answer(pin).await?)
    }

    async fn add_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &Passkey,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let on = self.directory.transaction().await?;
        let added = passkeys::add(&on, district, person, passkey, by, at, &self.ticker).await;
        Ok(on.settle(added).await?)
    }

    async fn remove_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &PasskeyId,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        let on = self.directory.transaction().await?;
        let gone = passkeys::remove(&on, district, person, passkey, by, at, &self.ticker).await;
        Ok(on.settle(gone).await?)
    }

    async fn passkeys(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Vec<Passkey>, JournalError> {
        let on = self.reads.reading().await?;
        let passkeys = passkeys::of(&on, district, person).await;
        Ok(on.answer(passkeys).await?)
    }
}
