//! The journal in memory, for tests: it keeps every promise but durability, and never waits.

mod under_way;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{
    CampusId, CredentialId, DistrictId, FactId, PasskeyId, PersonId, Principal,
};
use lockstep_proto::merkle::Hash;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::{LogId, Sealed, unseal};
use lockstep_rules::{Actor, DirectoryRight, Right};

use super::change::{
    self, Assigning, Certified, Certifying, ChangeError, DirectoryWanted, OfficerEnrolment,
    PolicyPut, PolicyWanted, Thing,
};
use super::draft::{
    Enrolled, Fault, Head, Holder, draft, imported, next_epoch, noted, rosters_put, sign_in_of,
};
use super::{
    AppendError, Appended, BATCH_MAX, Credential, DirectoryStore, EnrolmentCode, Expected, Journal,
    JournalError, KeptRoster, Passkey, Placed, Rosters, SAYING_MAX, SIGN_INS_MAX, Stored, Tip,
    VersionedDirectory, has_room,
};
use crate::clock::{Moment, SharedClock, whole_micros};
use under_way::{Sent, UnderWay};

/// A journal that ends with its process: one end of it, as one instance has it.
pub struct MemoryJournal {
    clock: SharedClock,
    store: Arc<Mutex<Store>>,
    down: AtomicBool,
    holds: AtomicBool,
    shared: bool,
}

#[derive(Default)]
struct Store {
    logs: BTreeMap<LogId, Log>,
    directories: BTreeMap<DistrictId, VersionedDirectory>,
    credentials: BTreeMap<(DistrictId, CredentialId), Credential>,
    codes: BTreeMap<String, EnrolmentCode>,
    pins: BTreeMap<(DistrictId, PersonId), String>,
    enrolments: BTreeMap<(DistrictId, PersonId), OfficerEnrolment>,
    rosters: BTreeMap<(DistrictId, CampusId), KeptRoster>,
    passkeys: BTreeMap<(DistrictId, PasskeyId), (PersonId, Passkey)>,
    under_way: Vec<UnderWay>,
}

#[derive(Default)]
struct Log {
    head: Head,
    entries: Vec<(Hash, Sealed)>,
    placed: HashMap<FactId, Placed>,
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            store: Arc::default(),
            down: AtomicBool::new(false),
            holds: AtomicBool::new(false),
            shared: false,
        }
    }

    /// An empty journal that several instances use.
    #[must_use]
    pub fn shared(clock: SharedClock) -> Self {
        Self {
            shared: true,
            ..Self::new(clock)
        }
    }

    /// Another instance's end of it.
    #[must_use]
    pub fn beside(&self, clock: SharedClock) -> Self {
        Self {
            clock,
            store: Arc::clone(&self.store),
            down: AtomicBool::new(false),
            holds: AtomicBool::new(false),
            shared: self.shared,
        }
    }

    /// Loses what a log has after `kept` entries, as a fail-over does to a standby that was
    /// behind.
    pub fn lose_tail(&self, log: &LogId, kept: usize) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = store.logs.get_mut(log) {
            log.lose_tail(kept);
        }
    }

    /// Takes this end down or up again: while it is down, every call is `Unavailable`.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn store(&self) -> Result<MutexGuard<'_, Store>, Fault> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Fault::Unavailable("the journal is down".to_owned()));
        }
        Ok(self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn moment(&self) -> Moment {
        Moment {
            now: whole_micros(self.clock.now()),
            in_doubt: false,
        }
    }
}

impl Log {
    fn lose_tail(&mut self, kept: usize) {
        self.entries.truncate(kept);
        let mut head = Head::default();
        for (leaf, _) in &self.entries {
            head.tip.frontier.push(*leaf);
        }
        let kept = |placed: &Placed| placed.position.seq <= head.tip.frontier.size();
        self.placed.retain(|_, placed| kept(placed));
        let last = self.placed.values().max_by_key(|placed| placed.position);
        if let Some(last) = last {
            head.tip.epoch = last.position.epoch;
            head.recorded = Some(last.recorded);
        }
        self.head = head;
    }
}

impl Store {
    fn append(
        &mut self,
        log: &LogId,
        expected: Option<&Expected>,
        facts: &[Stamped],
        moment: Moment,
    ) -> Result<Appended, Fault> {
        let head = self.head(log);
        self.append_from(log, head, expected, facts, moment)
    }

    fn append_from(
        &mut self,
        log: &LogId,
        head: Head,
        expected: Option<&Expected>,
        facts: &[Stamped],
        moment: Moment,
    ) -> Result<Appended, Fault> {
        let stood = facts
            .iter()
            .filter_map(|fact| Some((fact.id, self.find(log, fact.id)?)))
            .collect();
        let draft = draft(log, head, expected, facts, stood, moment)?;
        if !draft.rows.is_empty() {
            let log = self.logs.entry(log.clone()).or_default();
            log.head = draft.head;
            for row in draft.rows {
                let stands = Placed {
                    new: false,
                    ..row.placed
                };
                log.placed.insert(row.placed.id, stands);
                log.entries.push((row.leaf, row.sealed));
            }
        }
        Ok(draft.appended)
    }

    fn put_directory(
        &mut self,
        expected: u64,
        directory: &Directory,
        by: &Author,
        at: Timestamp,
        moment: Moment,
    ) -> Result<u64, Fault> {
        let district = &directory.district.id;
        let before = self.directories.get(district);
        let version = change::after(expected, before.map_or(0, |before| before.version))?;
        let policy = before.map(|before| &before.directory.district.policy);
        let people = before.map(|before| before.directory.people.clone());
        for fact in imported(directory, policy, &people.unwrap_or_default(), version)? {
            self.note(district, by, at, fact, moment)?;
        }
        let put = VersionedDirectory {
            version,
            directory: directory.clone(),
        };
        self.directories.insert(district.clone(), put);
        self.rosters
            .retain(|(of, campus), _| of != district || directory.campuses.contains_key(campus));
        self.sign_out(district, at, |principal| match principal {
            Principal::Person(id) => !directory.people.contains_key(id),
            Principal::Device(id) => !directory.devices.contains_key(id),
            Principal::Operator => true,
        });
        Ok(version)
    }

    fn head(&self, log: &LogId) -> Head {
        let log = self.logs.get(log);
        log.map_or_else(Head::default, |log| log.head.clone())
    }

    fn find(&self, log: &LogId, id: FactId) -> Option<Placed> {
        self.logs.get(log)?.placed.get(&id).copied()
    }

    fn holder(&self, actor: &Actor) -> Holder {
        let district = &actor.district;
        let author = &actor.author;
        let Some(VersionedDirectory { directory, .. }) = self.directories.get(district) else {
            return Holder::default();
        };
        let person = match &author.principal {
            Principal::Person(id) => directory.people.get(id).cloned(),
            Principal::Device(_) | Principal::Operator => None,
        };
        let signed_in = author.credential.as_ref().is_some_and(|id| {
            let key = (district.clone(), id.clone());
            let credential = self.credentials.get(&key);
            credential.is_some_and(|credential| credential.signs_in(author))
        });
        Holder {
            person,
            policy: directory.district.policy.clone(),
            signed_in,
        }
    }

    /// Whether a sign-in is switched off. The operator has none that could be.
    fn is_off(&self, district: &DistrictId, id: Option<&CredentialId>) -> bool {
        let key = id.map(|id| (district.clone(), id.clone()));
        let known = key.and_then(|key| self.credentials.get(&key));
        known.is_some_and(|known| known.revoked_at.is_some())
    }

    fn directory_mut(&mut self, district: &DistrictId) -> Result<&mut VersionedDirectory, Fault> {
        self.directories
            .get_mut(district)
            .ok_or(Fault::Refused(Code::UnknownCampus))
    }

    fn change_policy(
        &mut self,
        wanted: &PolicyWanted,
        right: &DirectoryRight,
        at: Timestamp,
        moment: Moment,
    ) -> Result<PolicyPut, Fault> {
        change::check(right, &self.holder(&right.actor))?;
        let district = &right.actor.district;
        let stands = self.directory_mut(district)?;
        let before = &stands.directory.district.policy;
        let put = change::policy(wanted, stands.version, before)?;
        if put.changes.is_empty() {
            return Ok(put);
        }
        let fact = put.fact(wanted.reason.as_ref());
        self.note(district, &right.actor.author, at, fact, moment)?;
        let stands = self.directory_mut(district)?;
        stands.version = put.version;
        stands.directory.district.policy.clone_from(&wanted.policy);
        Ok(put)
    }

    fn enrol_officer(
        &mut self,
        enrolment: &OfficerEnrolment,
        right: &DirectoryRight,
        at: Timestamp,
        moment: Moment,
    ) -> Result<(), Fault> {
        change::check(right, &self.holder(&right.actor))?;
        let district = &enrolment.district;
        self.enrolments.retain(|_, waits| at < waits.expires_at);
        let directory = &self.directory_mut(district)?.directory;
        change::has_campus(directory, &enrolment.campus)?;
        let key = (district.clone(), enrolment.officer.clone());
        let taken =
            directory.people.contains_key(&enrolment.officer) || self.enrolments.contains_key(&key);
        let waiting = self.enrolments.keys().filter(|(of, _)| of == district);
        let fact = change::enrolled(enrolment, waiting.count(), taken)?;
        self.note(district, &right.actor.author, at, fact, moment)?;
        self.enrolments.insert(key, enrolment.clone());
        Ok(())
    }

    fn certify_officer(
        &mut self,
        certifying: &Certifying,
        right: &DirectoryRight,
        at: Timestamp,
        moment: Moment,
    ) -> Result<Certified, Fault> {
        change::check(right, &self.holder(&right.actor))?;
        let (district, by) = (&certifying.district, &right.actor.author);
        let key = (district.clone(), certifying.officer.clone());
        let found = self.enrolments.get(&key).cloned();
        let enrolment = change::waiting(found.as_ref(), certifying, by, at)?;
        let makers = right.of_maker(change::maker(enrolment), enrolment.campus.clone());
        let maker = change::of_maker(enrolment, self.holder(&makers.actor));
        change::check(&makers, &maker).map_err(|_| Fault::Refused(Code::UnknownThing))?;
        let version = self.directory_mut(district)?.version + 1;
        let (certified, fact) = change::certified(enrolment, certifying, by, at, version)?;
        self.note(district, by, at, fact, moment)?;
        let pin = Fact::PinSet {
            person: enrolment.officer.clone(),
        };
        self.note(district, by, at, pin, moment)?;
        let stands = self.directory_mut(district)?;
        stands.version = version;
        let people = &mut stands.directory.people;
        people.insert(enrolment.officer.clone(), certified.person.clone());
        let code = EnrolmentCode {
            hash: enrolment.code_hash.clone(),
            district: district.clone(),
            principal: Principal::Person(enrolment.officer.clone()),
            expires_at: certifying.code_expires_at,
            made_by: enrolment.made_by.clone(),
        };
        self.codes.insert(code.hash.clone(), code);
        self.pins.insert(key.clone(), certifying.phc.clone());
        self.enrolments.remove(&key);
        Ok(certified)
    }

    fn assign_person(
        &mut self,
        assigning: &Assigning,
        by: &Author,
        at: Timestamp,
        moment: Moment,
    ) -> Result<u64, Fault> {
        let district = &assigning.district;
        let fact = assigning.fact(self.directory_mut(district)?.version)?;
        self.note(district, by, at, fact, moment)?;
        let stands = self.directory_mut(district)?;
        stands.version += 1;
        let people = &mut stands.directory.people;
        people.insert(assigning.id.clone(), assigning.person.clone());
        Ok(stands.version)
    }

    fn change_directory(
        &mut self,
        wanted: &DirectoryWanted,
        right: &DirectoryRight,
        at: Timestamp,
        moment: Moment,
    ) -> Result<u64, Fault> {
        change::check(right, &self.holder(&right.actor))?;
        let district = &right.actor.district;
        let fact = wanted.fact(self.directory_mut(district)?.version)?;
        self.note(district, &right.actor.author, at, fact, moment)?;
        let stands = self.directory_mut(district)?;
        stands.version += 1;
        let directory = &mut stands.directory;
        directory.district.by_hand.clone_from(&wanted.by_hand);
        match wanted.thing.clone() {
            Thing::Campus(campus) => drop(directory.campuses.insert(campus.id.clone(), *campus)),
            Thing::Person(id, Some(person)) => drop(directory.people.insert(id, *person)),
            Thing::Person(id, None) => drop(directory.people.remove(&id)),
            Thing::Device(id, Some(device)) => drop(directory.devices.insert(id, device)),
            Thing::Device(id, None) => drop(directory.devices.remove(&id)),
        }
        let version = stands.version;
        if let Some(gone) = wanted.thing.gone() {
            self.sign_out(district, at, |principal| *principal == gone);
        }
        Ok(version)
    }

    /// Switches every sign-in of those who go off, and throws the codes away that wait for them,
    /// and what proves who they are.
    fn sign_out(
        &mut self,
        district: &DistrictId,
        at: Timestamp,
        goes: impl Fn(&Principal) -> bool,
    ) {
        let person_goes = |id: &PersonId| goes(&Principal::Person(id.clone()));
        self.passkeys
            .retain(|(of, _), (person, _)| of != district || !person_goes(person));
        self.pins
            .retain(|(of, person), _| of != district || !person_goes(person));
        self.codes
            .retain(|_, code| code.district != *district || !goes(&code.principal));
        for credential in self.credentials.values_mut() {
            let theirs = credential.district == *district && goes(&credential.principal);
            if theirs && credential.revoked_at.is_none() {
                credential.revoked_at = Some(whole_micros(at));
            }
        }
    }

    fn passkeys(&self, district: &DistrictId, person: &PersonId) -> Vec<Passkey> {
        let kept = self.passkeys.iter();
        let theirs = kept.filter(|((of, _), (whose, _))| of == district && whose == person);
        let mut passkeys: Vec<Passkey> = theirs.map(|(_, (_, kept))| kept.clone()).collect();
        passkeys.sort_by(|a, b| (a.made_at, &a.id).cmp(&(b.made_at, &b.id)));
        passkeys
    }

    fn enrolled(&self, district: &DistrictId, principal: &Principal) -> Option<Enrolled> {
        let directory = &self.directories.get(district)?.directory;
        match principal {
            Principal::Person(id) => directory
                .people
                .get(id)
                .map(|person| Enrolled::Person(Box::new(person.clone()))),
            Principal::Device(id) => directory.devices.get(id).cloned().map(Enrolled::Device),
            Principal::Operator => None,
        }
    }

    /// An entry of the district's own log.
    fn note(
        &mut self,
        district: &DistrictId,
        by: &Author,
        at: Timestamp,
        fact: Fact,
        moment: Moment,
    ) -> Result<(), Fault> {
        let log = LogId::district(district.clone());
        self.append(&log, None, &[noted(by, at, fact)], moment)?;
        Ok(())
    }
}

fn stored(sealed: &Sealed) -> Result<Stored, JournalError> {
    let entry = unseal(&sealed.canonical, &sealed.details)
        .map_err(|why| JournalError::Damaged(why.to_string()))?;
    Ok(Stored {
        entry,
        canonical: sealed.canonical.clone(),
        details: sealed.details.clone(),
    })
}

#[async_trait]
impl Journal for MemoryJournal {
    fn is_shared(&self) -> bool {
        self.shared
    }

    async fn append(
        &self,
        log: &LogId,
        expected: Expected,
        facts: Vec<Stamped>,
    ) -> Result<Appended, AppendError> {
        let right = None;
        let log = log.clone();
        self.send(Sent {
            log,
            expected,
            facts,
            right,
        })
        .await
    }

    async fn append_clear(
        &self,
        log: &LogId,
        expected: Expected,
        clear: Stamped,
        right: Right,
    ) -> Result<Appended, AppendError> {
        let (facts, right) = (vec![clear], Some(right));
        let log = log.clone();
        self.send(Sent {
            log,
            expected,
            facts,
            right,
        })
        .await
    }

    async fn open_epoch(
        &self,
        log: &LogId,
        expected: Option<Expected>,
        previous_head: Option<String>,
        reason: Words,
        by: &Author,
    ) -> Result<Appended, AppendError> {
        let mut store = self.store()?;
        let moment = self.moment();
        let mut head = store.head(log);
        head.tip.epoch = next_epoch(&head.tip, expected.as_ref(), previous_head.as_deref())?;
        let fact = Fact::EpochOpened {
            previous_head,
            reason,
        };
        let opening = noted(by, moment.now, fact);
        Ok(store.append_from(log, head, None, &[opening], moment)?)
    }

    async fn logs(&self) -> Result<Vec<LogId>, JournalError> {
        Ok(self.store()?.logs.keys().cloned().collect())
    }

    async fn find(&self, log: &LogId, id: FactId) -> Result<Option<Placed>, JournalError> {
        let store = self.store()?;
        if store.is_under_way(id) {
            let why = "a COMMIT of it is under way".to_owned();
            return Err(JournalError::Unavailable(why));
        }
        Ok(store.find(log, id))
    }

    async fn read(
        &self,
        log: &LogId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, JournalError> {
        let store = self.store()?;
        let Some(log) = store.logs.get(log) else {
            return Ok(Vec::new());
        };
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        let entries = log.entries.iter().skip(skipped).take(limit.min(BATCH_MAX));
        let mut read = 0;
        entries
            .take_while(|(_, sealed)| has_room(&mut read, &sealed.canonical))
            .map(|(_, sealed)| stored(sealed))
            .collect()
    }

    async fn saying(&self, log: &LogId, text: &str) -> Result<Vec<Stored>, JournalError> {
        let store = self.store()?;
        let entries = store.logs.get(log).map_or(&[][..], |log| &log.entries);
        let said = |sealed: &Sealed| {
            let mut details = sealed.details.iter();
            details.any(|detail| detail.text.as_deref() == Some(text))
        };
        let found = entries.iter().filter(|(_, sealed)| said(sealed));
        found.take(SAYING_MAX).map(|(_, s)| stored(s)).collect()
    }

    async fn tip(&self, log: &LogId) -> Result<Tip, JournalError> {
        Ok(self.store()?.head(log).tip)
    }

    async fn leaves(&self, log: &LogId, size: u64) -> Result<Vec<Hash>, JournalError> {
        let store = self.store()?;
        let entries = store.logs.get(log).map_or(&[][..], |log| &log.entries);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(entries.iter().take(size).map(|(leaf, _)| *leaf).collect())
    }

    async fn probe(&self) -> Result<(), JournalError> {
        Ok(self.store().map(drop)?)
    }
}

#[async_trait]
impl DirectoryStore for MemoryJournal {
    async fn directories(&self) -> Result<Vec<VersionedDirectory>, JournalError> {
        Ok(self.store()?.directories.values().cloned().collect())
    }

    async fn put_directory(
        &self,
        expected: u64,
        directory: &Directory,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let moment = self.moment();
        Ok(self
            .store()?
            .put_directory(expected, directory, by, at, moment)?)
    }

    async fn put_rosters(
        &self,
        expected: u64,
        directory: &Directory,
        rosters: &Rosters,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let mut store = self.store()?;
        let version = store.put_directory(expected, directory, by, at, self.moment())?;
        let district = &directory.district.id;
        store.note(district, by, at, rosters_put(rosters), self.moment())?;
        for (campus, roster) in rosters {
            let key = (district.clone(), campus.clone());
            let roster = roster.clone();
            let at = whole_micros(at);
            store.rosters.insert(key, KeptRoster { at, roster });
        }
        Ok(version)
    }

    async fn roster(
        &self,
        district: &DistrictId,
        campus: &CampusId,
    ) -> Result<Option<KeptRoster>, JournalError> {
        let key = (district.clone(), campus.clone());
        Ok(self.store()?.rosters.get(&key).cloned())
    }

    async fn change_policy(
        &self,
        wanted: &PolicyWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<PolicyPut, ChangeError> {
        let moment = self.moment();
        let mut store = self.store()?;
        Ok(store.change_policy(wanted, right, at, moment)?)
    }

    async fn change_directory(
        &self,
        wanted: &DirectoryWanted,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let moment = self.moment();
        let mut store = self.store()?;
        Ok(store.change_directory(wanted, right, at, moment)?)
    }

    async fn enrol_officer(
        &self,
        enrolment: &OfficerEnrolment,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let moment = self.moment();
        Ok(self.store()?.enrol_officer(enrolment, right, at, moment)?)
    }

    async fn enrolments(
        &self,
        district: &DistrictId,
        at: Timestamp,
    ) -> Result<Vec<OfficerEnrolment>, JournalError> {
        let store = self.store()?;
        let waiting = store
            .enrolments
            .values()
            .filter(|waits| waits.district == *district && at < waits.expires_at);
        Ok(waiting.cloned().collect())
    }

    async fn certify_officer(
        &self,
        certifying: &Certifying,
        right: &DirectoryRight,
        at: Timestamp,
    ) -> Result<Certified, ChangeError> {
        let moment = self.moment();
        let mut store = self.store()?;
        Ok(store.certify_officer(certifying, right, at, moment)?)
    }

    async fn assign_person(
        &self,
        assigning: &Assigning,
        by: &Author,
        at: Timestamp,
    ) -> Result<u64, ChangeError> {
        let moment = self.moment();
        let mut store = self.store()?;
        Ok(store.assign_person(assigning, by, at, moment)?)
    }

    async fn add_code(
        &self,
        code: EnrolmentCode,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let mut store = self.store()?;
        change::not_off(store.is_off(&code.district, by.credential.as_ref()))?;
        store.codes.retain(|_, code| at < code.expires_at);
        if store.codes.contains_key(&code.hash) {
            return Err(Fault::Unavailable("that code stands".to_owned()).into());
        }
        let fact = Fact::CodeMade {
            principal: code.principal.clone(),
        };
        store.note(&code.district, by, at, fact, self.moment())?;
        store.codes.insert(code.hash.clone(), code);
        Ok(())
    }

    async fn use_code(
        &self,
        hash: &str,
        credential: CredentialId,
        at: Timestamp,
    ) -> Result<Option<Credential>, JournalError> {
        let mut store = self.store()?;
        let Some(code) = store.codes.remove(hash).filter(|code| at < code.expires_at) else {
            return Ok(None);
        };
        if store.is_off(&code.district, code.made_by.as_ref()) {
            return Ok(None);
        }
        let Some(enrolled) = store.enrolled(&code.district, &code.principal) else {
            return Ok(None);
        };
        let (made, by) = sign_in_of(code.district, code.principal, &enrolled, credential, at);
        store.sign_in(&made, &by, self.moment())?;
        Ok(Some(made))
    }

    async fn add_credential(
        &self,
        credential: Credential,
        by: &Author,
    ) -> Result<(), JournalError> {
        let mut store = self.store()?;
        Ok(store.sign_in(&credential, by, self.moment())?)
    }

    async fn credential(
        &self,
        district: &DistrictId,
        id: &CredentialId,
    ) -> Result<Option<Credential>, JournalError> {
        let key = (district.clone(), id.clone());
        Ok(self.store()?.credentials.get(&key).cloned())
    }

    async fn sign_ins(
        &self,
        district: &DistrictId,
        principal: &Principal,
        since: Timestamp,
    ) -> Result<Vec<Credential>, JournalError> {
        let store = self.store()?;
        let stand = store.credentials.values().filter(|credential| {
            credential.district == *district
                && credential.principal == *principal
                && credential.revoked_at.is_none()
                && credential.made_at > since
        });
        let mut stand: Vec<Credential> = stand.cloned().collect();
        stand.sort_by(|one, other| (other.made_at, &one.id).cmp(&(one.made_at, &other.id)));
        stand.truncate(SIGN_INS_MAX);
        Ok(stand)
    }

    async fn revoked(&self, district: &DistrictId) -> Result<Vec<CredentialId>, JournalError> {
        let store = self.store()?;
        let revoked = store.credentials.values().filter(|credential| {
            credential.district == *district && credential.revoked_at.is_some()
        });
        Ok(revoked.map(|credential| credential.id.clone()).collect())
    }

    async fn revoke(
        &self,
        credential: &Credential,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, ChangeError> {
        let mut store = self.store()?;
        let (district, id) = (&credential.district, &credential.id);
        let own = by.credential.as_ref().filter(|own| *own != id);
        change::not_off(store.is_off(district, own))?;
        if store.is_off(district, Some(id)) {
            return Ok(false);
        }
        let key = (district.clone(), id.clone());
        let standing = store.credentials.get(&key).unwrap_or(credential).clone();
        let fact = Fact::CredentialRevoked {
            credential: id.clone(),
            principal: standing.principal.clone(),
        };
        store.note(district, by, at, fact, self.moment())?;
        let off = Credential {
            revoked_at: Some(whole_micros(at)),
            ..standing
        };
        store.credentials.insert(key, off);
        Ok(true)
    }

    async fn set_pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
        phc: &str,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut store = self.store()?;
        let key = (district.clone(), person.clone());
        let fact = Fact::PinSet {
            person: person.clone(),
        };
        store.note(district, by, at, fact, self.moment())?;
        store.pins.insert(key, phc.to_owned());
        Ok(())
    }

    async fn pin(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Option<String>, JournalError> {
        let key = (district.clone(), person.clone());
        Ok(self.store()?.pins.get(&key).cloned())
    }

    async fn add_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &Passkey,
        by: &Author,
        at: Timestamp,
    ) -> Result<(), ChangeError> {
        let moment = self.moment();
        let mut store = self.store()?;
        let people = &store.directory_mut(district)?.directory.people;
        let known = people.contains_key(person);
        let key = (district.clone(), passkey.id.clone());
        let has = store.passkeys(district, person).len();
        let taken = store.passkeys.contains_key(&key);
        let fact = change::passkey_added(person, &passkey.id, known, has, taken)?;
        store.note(district, by, at, fact, moment)?;
        store
            .passkeys
            .insert(key, (person.clone(), passkey.clone()));
        Ok(())
    }

    async fn remove_passkey(
        &self,
        district: &DistrictId,
        person: &PersonId,
        passkey: &PasskeyId,
        by: &Author,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        let mut store = self.store()?;
        let key = (district.clone(), passkey.clone());
        if store.passkeys.get(&key).is_none_or(|(of, _)| of != person) {
            return Ok(false);
        }
        let fact = Fact::PasskeyRemoved {
            person: person.clone(),
            passkey: passkey.clone(),
        };
        store.note(district, by, at, fact, self.moment())?;
        store.passkeys.remove(&key);
        Ok(true)
    }

    async fn passkeys(
        &self,
        district: &DistrictId,
        person: &PersonId,
    ) -> Result<Vec<Passkey>, JournalError> {
        Ok(self.store()?.passkeys(district, person))
    }
}

impl Store {
    fn sign_in(
        &mut self,
        credential: &Credential,
        by: &Author,
        moment: Moment,
    ) -> Result<(), Fault> {
        let key = (credential.district.clone(), credential.id.clone());
        if self.credentials.contains_key(&key) {
            return Err(Fault::Unavailable("that sign-in stands".to_owned()));
        }
        let fact = Fact::SignedIn {
            principal: credential.principal.clone(),
            credential: credential.id.clone(),
        };
        let (district, at) = (&credential.district, credential.made_at);
        self.note(district, by, at, fact, moment)?;
        self.credentials.insert(key, credential.clone());
        Ok(())
    }
}
