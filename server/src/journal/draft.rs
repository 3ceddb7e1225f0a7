//! What a write will put down, worked out before anything is written.
//!
//! The backends share this, so that they cannot differ in what an entry says, which facts
//! are new, or whose right holds. It reads and writes no store.

use std::collections::{BTreeMap, HashMap};

use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::directory::{
    CERTIFIED_MAX, CertificationChange, Device, Directory, Person, Policy,
};
use lockstep_proto::export::{Salt, canonical};
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{CredentialId, DistrictId, FactId, PersonId, Principal};
use lockstep_proto::merkle::{Hash, leaf_hash};
use lockstep_proto::note::SignedHead;
use lockstep_proto::position::Position;
use lockstep_proto::role::Role;
use lockstep_proto::timeline::{ENTRY_VERSION, Entry, LogId, Sealed, seal};
use lockstep_rules::Right;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    AppendError, Appended, BATCH_MAX, Credential, Expected, JournalError, Placed, PolicyPut,
    Rosters, Tip,
};
use crate::clock::{Moment, whole_micros};

/// Why a call of a backend ended without its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Conflict(Position),
    Refused(Code),
    Unavailable(String),
    Damaged(String),
    InDoubt,
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Conflict(position) => Self::Conflict(position),
            Fault::Refused(code) => Self::Refused(code),
            Fault::Unavailable(why) => Self::Unavailable(why),
            Fault::Damaged(why) => Self::Unavailable(format!("the journal is damaged: {why}")),
            Fault::InDoubt => Self::InDoubt,
        }
    }
}

impl From<Fault> for JournalError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(why) => Self::Unavailable(why),
            Fault::Damaged(why) => Self::Damaged(why),
            Fault::InDoubt => Self::InDoubt,
            // Nothing outside an append expects a position or holds a right.
            Fault::Conflict(position) => Self::Unavailable(format!("conflict at {position}")),
            Fault::Refused(code) => Self::Unavailable(format!("refused: {}", code.as_str())),
        }
    }
}

/// The newest end of a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) tip: Tip,
    /// When the newest entry was recorded.
    pub(super) recorded: Option<Timestamp>,
}

/// One entry to be written.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) placed: Placed,
    pub(super) leaf: Hash,
    pub(super) sealed: Sealed,
}

/// A whole append to be written.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its new entries; none where the log has all the facts already.
    pub(super) rows: Vec<Row>,
    /// The log's newest end afterwards.
    pub(super) head: Head,
    /// The answer once it is written.
    pub(super) appended: Appended,
}

/// Drafts an append. `stood` says where those of the facts stand that the log has already;
/// without `expected` the facts go wherever the log ends.
pub(super) fn draft(
    log: &LogId,
    mut head: Head,
    expected: Option<&Expected>,
    facts: &[Stamped],
    mut stood: HashMap<FactId, Placed>,
    moment: Moment,
) -> Result<Draft, Fault> {
    if facts.len() > BATCH_MAX {
        let many = facts.len();
        return Err(Fault::Unavailable(format!(
            "{many} facts at once are too many"
        )));
    }
    let any_new = facts.iter().any(|fact| !stood.contains_key(&fact.id));
    if any_new && expected.is_some_and(|expected| !expected.is(&head.tip)) {
        return Err(Fault::Conflict(head.tip.position()));
    }
    let mut rows = Vec::new();
    let mut placed = Vec::with_capacity(facts.len());
    for stamped in facts {
        if let Some(stands) = stood.get(&stamped.id) {
            placed.push(*stands);
            continue;
        }
        let row = row(log, &mut head, stamped, moment)?;
        placed.push(row.placed);
        // The same id later in this append is the same fact.
        let stands = Placed {
            new: false,
            ..row.placed
        };
        stood.insert(stamped.id, stands);
        rows.push(row);
    }
    let tip = head.tip.clone();
    Ok(Draft {
        rows,
        head,
        appended: Appended { placed, tip },
    })
}

fn row(log: &LogId, head: &mut Head, stamped: &Stamped, moment: Moment) -> Result<Row, Fault> {
    let entry = Entry {
        v: ENTRY_VERSION,
        log: log.clone(),
        epoch: head.tip.epoch,
        seq: head.tip.frontier.size() + 1,
        recorded: moment.now,
        clock_in_doubt: moment.in_doubt || head.recorded.is_some_and(|last| moment.now < last),
        stamped: stamped.clone(),
    };
    let mut drawn = true;
    let sealed = seal(&entry, &mut || {
        let mut salt = [0; 16];
        drawn &= aws_lc_rs::rand::fill(&mut salt).is_ok();
        Salt(salt)
    })
    .map_err(|why| Fault::Unavailable(format!("the entry has no canonical form: {why}")))?;
    if !drawn {
        return Err(Fault::Unavailable("no random numbers".to_owned()));
    }
    let leaf = leaf_hash(sealed.canonical.as_bytes());
    head.tip.frontier.push(leaf);
    head.recorded = Some(moment.now);
    Ok(Row {
        placed: Placed {
            id: stamped.id,
            position: entry.position(),
            recorded: moment.now,
            new: true,
        },
        leaf,
        sealed,
    })
}

/// The epoch after all that are known: the log's own, and that of the head which the opening
/// names. One backup restored twice would else begin two histories under one number.
pub(super) fn next_epoch(
    tip: &Tip,
    expected: Option<&Expected>,
    previous_head: Option<&str>,
) -> Result<u32, Fault> {
    if expected.is_some_and(|expected| !expected.is(tip)) {
        return Err(Fault::Conflict(tip.position()));
    }
    let named = previous_head
        .and_then(|head| head.parse::<SignedHead>().ok())
        .and_then(|head| u32::try_from(head.claimed().origin.epoch()).ok());
    Ok(tip.epoch.max(named.unwrap_or_default()).saturating_add(1))
}

/// What the directory says of a right's holder, read in the transaction that uses it.
#[derive(Debug, Default)]
pub(super) struct Holder {
    pub(super) person: Option<Person>,
    pub(super) policy: Policy,
    pub(super) signed_in: bool,
}

/// Whether the right still stands behind this clear on this log.
pub(super) fn check_right(
    log: &LogId,
    clear: &Stamped,
    right: &Right,
    holder: &Holder,
) -> Result<(), Fault> {
    // A right for another campus, or another's right, is no right to this.
    if log.district != right.actor.district || log.campus.as_ref() != Some(&right.campus) {
        return Err(Fault::Refused(Code::UnknownCampus));
    }
    let (by, actor) = (&clear.by, &right.actor.author);
    if by.principal != actor.principal || by.credential != actor.credential {
        return Err(Fault::Refused(Code::NotAllowed));
    }
    right
        .still_holds(holder.person.as_ref(), &holder.policy, holder.signed_in)
        .map_err(Fault::Refused)
}

/// Whether who proposed a lift still could: else the proposal is void (S4).
pub(super) fn check_proposer(right: &Right, holder: &Holder) -> Result<(), Fault> {
    right
        .still_holds(holder.person.as_ref(), &holder.policy, holder.signed_in)
        .map_err(|_| Fault::Refused(Code::ProposalVoid))
}

/// A fact of the district's own log.
pub(super) fn noted(by: &Author, at: Timestamp, fact: Fact) -> Stamped {
    Stamped {
        id: FactId(Uuid::new_v4()),
        at,
        claimed_at: None,
        by: by.clone(),
        origin: None,
        fact,
    }
}

/// The entries that a directory leaves behind: itself with whose certification it changes, and what
/// it makes of the policy before it.
pub(super) fn imported(
    directory: &Directory,
    before: Option<&Policy>,
    people: &BTreeMap<PersonId, Person>,
    version: u64,
) -> Result<Vec<Fact>, Fault> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let json = serde_json::to_value(directory)
        .map_err(|why| why.to_string())
        .and_then(|value| canonical(&value).map_err(|why| why.to_string()))
        .map_err(|why| Fault::Unavailable(format!("the directory cannot be kept: {why}")))?;
    let mut certified = CertificationChange::between(people, &directory.people);
    let more = certified.len().saturating_sub(CERTIFIED_MAX);
    certified.truncate(CERTIFIED_MAX);
    let mut facts = vec![Fact::DirectoryImported {
        version,
        sha256: Hash(Sha256::digest(json).into()).to_string(),
        campuses: count(directory.campuses.len()),
        people: count(directory.people.len()),
        devices: count(directory.devices.len()),
        certified,
        certified_more: (more > 0).then(|| count(more)),
    }];
    let changes = before.map_or_else(Vec::new, |before| {
        before.changes_to(&directory.district.policy)
    });
    if !changes.is_empty() {
        facts.push(PolicyPut { version, changes }.fact(None));
    }
    Ok(facts)
}

/// What is told of rosters that were put: how many, and nobody's name (T5).
pub(super) fn rosters_put(rosters: &Rosters) -> Fact {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Fact::RostersImported {
        campuses: count(rosters.len()),
        classes: count(rosters.values().map(|of| of.sections.len()).sum()),
        students: count(rosters.values().map(|of| of.students.len()).sum()),
    }
}

/// Whose a new sign-in is, as the directory has them.
#[derive(Debug)]
pub(super) enum Enrolled {
    Person(Box<Person>),
    Device(Device),
}

/// The sign-in that a used code makes, and its author: whoever signs in with it.
pub(super) fn sign_in_of(
    district: DistrictId,
    principal: Principal,
    enrolled: &Enrolled,
    id: CredentialId,
    at: Timestamp,
) -> (Credential, Author) {
    let (name, role) = match enrolled {
        Enrolled::Person(person) => (person.name.clone(), person.role),
        Enrolled::Device(device) => (format!("Room {}", device.room), Role::Room),
    };
    let by = Author {
        principal: principal.clone(),
        name,
        role,
        credential: Some(id.clone()),
    };
    let made = Credential {
        id,
        district,
        principal,
        made_at: whole_micros(at),
        revoked_at: None,
    };
    (made, by)
}
