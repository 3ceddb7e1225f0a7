//! Who is asking: tokens, enrolment codes, PINs.
//!
//! The only place that makes an [`Actor`]. A token says which sign-in it is and nothing more:
//! role, campuses and certification come from the directory, at the moment of asking (A5).

mod by_hand;
mod direct;
mod kept;
mod passkey;
mod pin;
mod ring;
mod signed_on;
mod token;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Pin;
use lockstep_proto::directory::{Certification, Directory, DirectoryAct};
use lockstep_proto::fact::Author;
use lockstep_proto::frame::{CampusName, You};
use lockstep_proto::id::{CredentialId, DistrictId, PersonId, Principal};
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_rules::authority::may_direct;
use lockstep_rules::{Actor, Scope};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::clock::{Moment, SharedClock, Ticker};
use crate::journal::{Credential, EnrolmentCode, Journal, JournalError};
use crate::keys::Keys;

use kept::Kept;
use pin::Given;

pub use by_hand::Asked;
pub use direct::{Enrolled, NewOfficer};
pub use passkey::{Host, Made, Stamped};
pub use pin::{KeptPins, hash_pin};
pub use ring::{Ring, RingError, State as KeyState, TokenKey};
pub use token::{Claims, Tokens};

/// How long expiry, and nothing else, is forgiven for raises, notes and reading as a room.
const FORGIVEN_S: i64 = 12 * 3_600;

/// How often the keys that sign tokens are looked at again.
const KEYS_LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// How long an enrolment code works, in minutes, unless its maker says less.
pub const CODE_MINUTES: i64 = 15;

/// Enrolment codes that are looked up at once.
const CODES_AT_ONCE: usize = 16;

/// How long whoever sent a wrong code waits for the answer, in no place that another needs. What keeps
/// codes from being found is their 50 bits, and that they work once, for minutes.
const WRONG_CODE_WAITS: Duration = Duration::from_secs(1);

/// Codes that may wait for a place before more are told `busy`.
const CODES_WAITING: usize = 1_024;

/// Sign-in as this instance knows it: directories and switched-off sign-ins in memory, so that
/// raising needs no database.
pub struct Auth {
    journal: Arc<dyn Journal>,
    clock: Ticker,
    tokens: Tokens,
    /// Wrong PINs of each person,
    pins: pin::Throttle<(DistrictId, PersonId)>,
    /// and of each sign-in.
    pins_of_sign_ins: pin::Throttle<(DistrictId, CredentialId)>,
    hasher: pin::Hasher,
    /// Wrong assertions of passkeys.
    assertions: pin::Throttle<(DistrictId, PersonId)>,
    stamps: aws_lc_rs::hmac::Key,
    codes: Semaphore,
    codes_waiting: Semaphore,
    known: RwLock<HashMap<DistrictId, Arc<Known>>>,
    /// Where what is known is kept for a start without the journal.
    keeps_in: Option<PathBuf>,
}

/// What is known of one district.
#[derive(Debug)]
struct Known {
    version: u64,
    directory: Arc<Directory>,
    revoked: HashSet<CredentialId>,
}

/// A sign-in that was just made, or given more time.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What the client keeps.
    pub token: String,
    /// Until when it is live.
    pub expires_at: Timestamp,
    /// How long the client keeps it, in seconds: also while its expiry is forgiven.
    pub kept_s: i64,
    /// Who it is for.
    pub you: You,
}

impl SignedIn {
    fn of((token, expires_at): (String, Timestamp), actor: &Actor, now: Timestamp) -> Self {
        Self {
            token,
            expires_at,
            kept_s: expires_at.as_second() - now.as_second() + FORGIVEN_S,
            you: you(actor),
        }
    }
}

impl Auth {
    /// Nobody is known until [`Self::refresh`] ran.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, clock: SharedClock, keys: &Keys) -> Self {
        Self {
            journal,
            clock: Ticker::new(clock),
            tokens: Tokens::new(keys),
            pins: pin::Throttle::default(),
            pins_of_sign_ins: pin::Throttle::default(),
            hasher: pin::Hasher::default(),
            assertions: pin::Throttle::default(),
            stamps: keys.stamps(),
            codes: Semaphore::new(CODES_AT_ONCE),
            codes_waiting: Semaphore::new(CODES_WAITING),
            known: RwLock::default(),
            keeps_in: None,
        }
    }

    /// The same, which signs and believes with the keys of a folder.
    pub fn with_keys_in(self, folder: PathBuf) -> Result<Self, RingError> {
        Ok(Self {
            tokens: self.tokens.in_folder(folder)?,
            ..self
        })
    }

    /// Reads the keys that sign tokens again, for ever: those of a file that is of no use leave
    /// the last good ones in place.
    pub async fn keep_reading_keys(&self) {
        let mut every = tokio::time::interval(KEYS_LOOKED_AT_EVERY);
        let mut told = None;
        loop {
            every.tick().await;
            match self.tokens.look_again() {
                Ok(false) => told = None,
                Ok(true) => {
                    told = None;
                    tracing::info!("the keys that sign tokens are others now");
                }
                Err(error) => {
                    let why = error.to_string();
                    if told.as_ref() != Some(&why) {
                        tracing::error!(%error, "the keys that sign tokens stay as they were");
                        told = Some(why);
                    }
                }
            }
        }
    }

    /// The same, which keeps what it knows in a file.
    #[must_use]
    pub fn keeps_in(self, file: PathBuf) -> Self {
        Self {
            keeps_in: Some(file),
            ..self
        }
    }

    /// Takes what was kept for what is known, until [`Self::refresh`] runs. Answers the
    /// directories.
    pub fn recall(&self) -> Vec<Arc<Directory>> {
        let file = self.keeps_in.as_deref();
        let kept = file.and_then(kept::read).unwrap_or_default();
        let mut directories = Vec::new();
        for Kept {
            version,
            directory,
            revoked,
        } in kept
        {
            let known = Known {
                version,
                directory: Arc::new(directory),
                revoked: revoked.into_iter().collect(),
            };
            directories.push(Arc::clone(&known.directory));
            if let Ok(mut all) = self.known.write() {
                all.insert(known.directory.district.id.clone(), Arc::new(known));
            }
        }
        directories
    }

    /// Keeps what is known. A disk that does not take it costs a start without the journal, and
    /// nothing now.
    async fn keep(&self) {
        let Some(file) = self.keeps_in.clone() else {
            return;
        };
        let known: Vec<Arc<Known>> = self
            .known
            .read()
            .map(|known| known.values().cloned().collect())
            .unwrap_or_default();
        let written = tokio::task::spawn_blocking(move || {
            let kept = known.iter().map(|known| Kept {
                version: known.version,
                directory: (*known.directory).clone(),
                revoked: known.revoked.iter().cloned().collect(),
            });
            kept::write(&file, &kept.collect::<Vec<_>>())
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "the directory could not be kept on this machine");
        }
    }

    /// Reads directories and switched-off sign-ins again. Answers the directories that changed.
    pub async fn refresh(&self) -> Result<Vec<Arc<Directory>>, JournalError> {
        // So that a step of the clock is noticed also where nobody asks.
        let _ = self.clock.moment();
        let mut changed = Vec::new();
        let mut read = Vec::new();
        let mut fresh = false;
        for versioned in self.journal.directories().await? {
            let district = versioned.directory.district.id.clone();
            let mut revoked: HashSet<CredentialId> =
                self.journal.revoked(&district).await?.into_iter().collect();
            let old = self.district(&district);
            // What is off stays off, also where the database was put back to an earlier day. It
            // needs no bound of its own: no row ever goes, so that what is known beyond them is
            // what such a loss took, and each of those stood in the database once.
            if let Some(old) = &old {
                revoked.extend(old.revoked.iter().cloned());
            }
            fresh |= old
                .as_ref()
                .is_none_or(|old| old.version != versioned.version || old.revoked != revoked);
            let same = old.filter(|old| old.version == versioned.version);
            let directory = match same {
                Some(old) => Arc::clone(&old.directory),
                None => {
                    let directory = Arc::new(versioned.directory);
                    changed.push(Arc::clone(&directory));
                    directory
                }
            };
            let known = Arc::new(Known {
                version: versioned.version,
                directory,
                revoked,
            });
            read.push((district, known));
        }
        // All or nothing: what is known counts as told, and an error tells nobody of a change.
        if let Ok(mut all) = self.known.write() {
            all.extend(read);
        }
        if fresh {
            self.keep().await;
        }
        Ok(changed)
    }

    fn district(&self, district: &DistrictId) -> Option<Arc<Known>> {
        self.known.read().ok()?.get(district).map(Arc::clone)
    }

    /// The directory of a district.
    #[must_use]
    pub fn directory(&self, district: &DistrictId) -> Option<Arc<Directory>> {
        self.district(district)
            .map(|known| Arc::clone(&known.directory))
    }

    /// Every district that this instance serves.
    #[must_use]
    pub fn districts(&self) -> Vec<DistrictId> {
        self.known
            .read()
            .map(|known| known.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Who a token is, at this moment.
    pub fn who(&self, token: &str) -> Result<Actor, Code> {
        let claims = self.tokens.read(token)?;
        self.actor(&claims)
    }

    /// Who these claims are, at this moment: called again for every command of a connection.
    pub fn actor(&self, claims: &Claims) -> Result<Actor, Code> {
        let known = self.district(&claims.district).ok_or(Code::NotSignedIn)?;
        if known.revoked.contains(&claims.credential) {
            return Err(Code::Revoked);
        }
        let Moment { now, in_doubt } = self.clock.moment();
        if !self.tokens.believes(&claims.key, now, in_doubt) {
            return Err(Code::Revoked);
        }
        let expired_s = now.as_second() - claims.expires_s;
        let standing = if expired_s < 0 {
            Standing::Live
        } else if expired_s < FORGIVEN_S || in_doubt {
            // While the clock is in doubt, a sign-in that seems long expired still raises (T4).
            Standing::Forgiven
        } else {
            return Err(Code::SignInExpired);
        };
        let actor = actor_of(&known.directory, &claims.principal).ok_or(Code::Revoked)?;
        Ok(Actor {
            author: Author {
                credential: Some(claims.credential.clone()),
                ..actor.author
            },
            standing,
            ..actor
        })
    }

    /// The claims of a token that is good now.
    pub fn claims(&self, token: &str) -> Result<Claims, Code> {
        let claims = self.tokens.read(token)?;
        self.actor(&claims)?;
        Ok(claims)
    }

    /// Makes a live actor fresh with a PIN (A4). A wrong PIN never stands in the way of a
    /// raise: only commands that need a proof come here.
    pub async fn prove(&self, actor: &Actor, pin: &Pin) -> Result<Actor, Refusal> {
        self.proven(actor, pin, |given| given != Given::Wrong).await
    }

    /// The same where no alarm can be looked at again: a duress PIN is a mistyped one there, and
    /// counts as one, or else how often it may be tried would tell which it is.
    pub async fn prove_without_alarm(&self, actor: &Actor, pin: &Pin) -> Result<Actor, Refusal> {
        self.proven(actor, pin, |given| given == Given::Own).await
    }

    async fn proven(
        &self,
        actor: &Actor,
        pin: &Pin,
        is_right: fn(Given) -> bool,
    ) -> Result<Actor, Refusal> {
        if actor.standing != Standing::Live {
            return Ok(actor.clone());
        }
        let (Some(person), Some(credential)) = (actor.person(), &actor.author.credential) else {
            return Err(Code::ProofWrong.into());
        };
        let now = self.clock.now();
        let (them, here) = (
            (actor.district.clone(), person.clone()),
            (actor.district.clone(), credential.clone()),
        );
        // Where it waits here it counts nowhere: whoever holds a stolen sign-in stops its owner at
        // another as seldom as it may try.
        let tried_here = self.pins_of_sign_ins.begin(here, now)?;
        let tried = self.pins.begin(them, now)?;
        let kept = self.journal.pin(&actor.district, person).await;
        let kept = kept.map_err(|error| {
            tracing::warn!(%error, "a PIN could not be read");
            Refusal::new(Code::JournalUnavailable)
        })?;
        let given = self.hasher.given(kept, pin.clone()).await?;
        if !is_right(given) {
            tried.wrong(now);
            tried_here.wrong(now);
            return Err(Code::ProofWrong.into());
        }
        tried.right();
        tried_here.right();
        Ok(Actor {
            standing: Standing::Fresh,
            under_duress: given == Given::Duress,
            ..actor.clone()
        })
    }

    /// Signs in with an enrolment code.
    pub async fn sign_in(&self, code: &str) -> Result<SignedIn, Refusal> {
        let waiting = self.codes_waiting.try_acquire().map_err(|_| Code::Busy)?;
        let place = self.codes.acquire().await.map_err(|_| Code::Fault)?;
        drop(waiting);
        let at = self.clock.now();
        let credential = new_credential_id();
        let used = self
            .journal
            .use_code(&code_hash(code), credential, at)
            .await
            .map_err(unavailable)?;
        drop(place);
        let Some(used) = used else {
            tokio::time::sleep(WRONG_CODE_WAITS).await;
            return Err(Code::CodeUnknown.into());
        };
        self.issue(&used)
    }

    /// Signs in without a code: the operator's way, for a demo and for tools.
    pub async fn sign_in_as(
        &self,
        district: &DistrictId,
        principal: &Principal,
        by: &Author,
    ) -> Result<SignedIn, Refusal> {
        let credential = Credential {
            id: new_credential_id(),
            district: district.clone(),
            principal: principal.clone(),
            made_at: self.clock.now(),
            revoked_at: None,
        };
        self.journal
            .add_credential(credential.clone(), by)
            .await
            .map_err(unavailable)?;
        self.issue(&credential)
    }

    fn issue(&self, credential: &Credential) -> Result<SignedIn, Refusal> {
        let known = self
            .district(&credential.district)
            .ok_or(Code::NotSignedIn)?;
        let actor = actor_of(&known.directory, &credential.principal).ok_or(Code::NotSignedIn)?;
        let now = self.clock.now();
        let issued = self.tokens.issue(credential, now)?;
        Ok(SignedIn::of(issued, &actor, now))
    }

    /// More time for a sign-in that is live, as it is used: nothing where it has all that it gets.
    /// It stays the same sign-in, which one hand switches off.
    pub fn go_on(&self, claims: &Claims) -> Result<Option<SignedIn>, Refusal> {
        let actor = self.actor(claims)?;
        actor.not_expired()?;
        let Moment { now, in_doubt } = self.clock.moment();
        if in_doubt {
            return Ok(None);
        }
        let issued = self.tokens.go_on(claims, now)?;
        Ok(issued.map(|issued| SignedIn::of(issued, &actor, now)))
    }

    /// Makes an enrolment code: for people and devices of the maker's own campuses.
    pub async fn make_code(
        &self,
        by: &Actor,
        principal: &Principal,
        minutes: i64,
    ) -> Result<(String, Timestamp), Refusal> {
        let known = self.district(&by.district).ok_or(Code::NotSignedIn)?;
        by.not_expired()?;
        let today = jiff::tz::TimeZone::UTC.to_datetime(self.clock.now()).date();
        // Who makes none for anybody hears so, and not of whom there is.
        may_direct(by, &makes_code(Role::Room, None), today)?;
        let target = actor_of(&known.directory, principal);
        let Some(target) = target.filter(|target| serves_all(by, target)) else {
            return Err(Refusal::new(Code::UnknownThing).about([principal]));
        };
        let act = makes_code(target.author.role, target.certification.as_ref());
        may_direct(by, &act, today)?;
        self.make_code_as(&by.district, principal, minutes, &by.author)
            .await
    }

    /// Makes an enrolment code without asking who may: the operator's way.
    pub async fn make_code_as(
        &self,
        district: &DistrictId,
        principal: &Principal,
        minutes: i64,
        by: &Author,
    ) -> Result<(String, Timestamp), Refusal> {
        let at = self.clock.now();
        let minutes = minutes.clamp(1, 60);
        let expires_at =
            Timestamp::from_second(at.as_second() + minutes * 60).map_err(|_| Code::Fault)?;
        let code = new_code();
        let kept = EnrolmentCode {
            hash: code_hash(&code),
            district: district.clone(),
            principal: principal.clone(),
            expires_at,
            made_by: by.credential.clone(),
        };
        let added = self.journal.add_code(kept, by, at).await;
        added.map_err(direct::refusal)?;
        Ok((code, expires_at))
    }

    /// Switches one's own sign-in off. It is out once the directory was read again.
    pub async fn sign_out(&self, claims: &Claims) -> Result<(), Refusal> {
        let actor = self.actor(claims)?;
        let at = self.clock.now();
        // By what the token says: the journal may be of a day before the sign-in was made.
        let credential = Credential {
            id: claims.credential.clone(),
            district: claims.district.clone(),
            principal: claims.principal.clone(),
            made_at: Timestamp::from_second(claims.made_s).unwrap_or(at),
            revoked_at: None,
        };
        let off = self.journal.revoke(&credential, &actor.author, at);
        off.await.map(|_| ()).map_err(direct::refusal)
    }

    /// The campuses that somebody may follow.
    #[must_use]
    pub fn campuses(&self, actor: &Actor) -> Vec<CampusName> {
        let Some(known) = self.district(&actor.district) else {
            return Vec::new();
        };
        known
            .directory
            .campuses
            .values()
            .filter(|campus| actor.scope.serves(&campus.id))
            .map(|campus| CampusName {
                id: campus.id.clone(),
                name: campus.name.clone(),
                may_lock_down: actor.may_call(&campus.id),
            })
            .collect()
    }
}

/// What somebody is shown. An expired sign-in reads as a room does.
#[must_use]
pub fn audience(actor: &Actor) -> Audience {
    match actor.standing {
        Standing::Forgiven => Audience::Room,
        Standing::Live | Standing::Fresh => actor.author.role.audience(),
    }
}

/// Whether somebody is told who was forced (A4): live, and the district or an officer.
#[must_use]
pub fn hears_of_duress(actor: &Actor) -> bool {
    match actor.standing {
        Standing::Forgiven => false,
        Standing::Live | Standing::Fresh => actor.author.role.hears_of_duress(),
    }
}

/// Who the server takes a client for.
#[must_use]
pub fn you(actor: &Actor) -> You {
    You {
        principal: actor.author.principal.clone(),
        name: actor.author.name.clone(),
        role: actor.author.role,
        district: actor.district.clone(),
        audience: audience(actor),
        standing: actor.standing,
        room: actor.room.clone(),
    }
}

/// A principal as the directory has it now; live, without a sign-in.
fn actor_of(directory: &Directory, principal: &Principal) -> Option<Actor> {
    let author = |name: String, role| Author {
        principal: principal.clone(),
        name,
        role,
        credential: None,
    };
    match principal {
        Principal::Person(id) => {
            let person = directory.people.get(id)?;
            Some(Actor {
                district: directory.district.id.clone(),
                author: author(person.name.clone(), person.role),
                standing: Standing::Live,
                scope: Scope::of(person),
                room: person.room.clone(),
                certification: person.certification.clone(),
                may_lock_down: person.may_lock_down.iter().cloned().collect(),
                under_duress: false,
            })
        }
        Principal::Device(id) => {
            let device = directory.devices.get(id)?;
            let campus = directory.campuses.get(&device.campus)?;
            let room = campus.rooms.get(&device.room)?;
            Some(Actor {
                district: directory.district.id.clone(),
                author: author(room.name.clone(), Role::Room),
                standing: Standing::Live,
                scope: Scope::Campuses([device.campus.clone()].into()),
                room: Some(device.room.clone()),
                certification: None,
                may_lock_down: [].into(),
                under_duress: false,
            })
        }
        Principal::Operator => None,
    }
}

/// Making a code for somebody of this role, with this on record.
fn makes_code(role: Role, certification: Option<&Certification>) -> DirectoryAct {
    let on_scene = certification.and_then(|papers| papers.on_scene.as_ref());
    DirectoryAct::MakeCode {
        role,
        certified_by: on_scene.map(|scene| scene.certified_by.person.clone()),
    }
}

/// Whether one serves every campus that another serves.
fn serves_all(by: &Actor, target: &Actor) -> bool {
    match (&by.scope, &target.scope) {
        (Scope::District, _) => true,
        (Scope::Campuses(_), Scope::District) => false,
        (Scope::Campuses(own), Scope::Campuses(theirs)) => theirs.is_subset(own),
    }
}

fn unavailable(error: JournalError) -> Refusal {
    tracing::warn!(%error, "sign-in needs the journal");
    Refusal::new(Code::JournalUnavailable)
}

/// Ten characters that nobody mistakes for one another: 50 bits, for some minutes, once.
fn new_code() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let bytes = *uuid::Uuid::new_v4().as_bytes();
    // The version and variant bits of a UUID stand in bytes 6 and 8: these are all random.
    let random = bytes[..6].iter().chain(&bytes[9..13]);
    let code: String = random
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    format!("{}-{}", &code[..5], &code[5..])
}

/// A code as it is kept. Spaces, hyphens and case do not matter to who types it.
fn code_hash(code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(64)
        .collect();
    hex(&Sha256::digest(plain))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn new_credential_id() -> CredentialId {
    let id = format!("c-{}", uuid::Uuid::new_v4().simple());
    // 34 characters of `a-z 0-9 -`: always a valid id.
    CredentialId::new(id).unwrap_or_else(|_| unreachable!("a hex UUID is a valid id"))
}
