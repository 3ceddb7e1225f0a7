//! What has happened, written once. Facts are in the past, and for ever: a stored fact of
//! version 1 must read the same in every later release.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::by_hand::DirectoryEdit;
use crate::code::Code;
use crate::command::{Class, RoomReport, ThreatKind};
use crate::contact::{Breach, Danger, PictureKind};
use crate::directory::{Certification, CertificationChange};
use crate::drill::{DrillKind, DrillRoomReport};
use crate::duty::{Channel, DutyKind, Outcome};
use crate::escalation::{Agency, Basis, LineState};
use crate::id::{
    CampusId, CommandId, CredentialId, FactId, PasskeyId, PersonId, Principal, RoomId, ZoneId,
};
use crate::policy::PolicyChange;
use crate::position::Position;
use crate::reach::ReachRow;
use crate::role::Role;
use crate::text::Words;

/// Who made a fact, as they were when they made it (T1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// The authenticated principal (A5).
    pub principal: Principal,
    /// The name that the directory had for it.
    pub name: String,
    /// The role that it acted in.
    pub role: Role,
    /// The sign-in that it acted with; names the device too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
}

/// The command that a fact came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its sender's id for it.
    pub id: CommandId,
    /// SHA-256 of its canonical JSON, so that the same id with other content is noticed (P6).
    pub digest: String,
}

/// A fact with who, when and under which id: what spool, bus and journal carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Stamped {
    /// Names the fact for ever.
    pub id: FactId,
    /// When an instance accepted it, by the server's clock (T4).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// When its author's device says that it was (T4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub claimed_at: Option<Timestamp>,
    /// Who made it.
    pub by: Author,
    /// The command that it came from; none where it follows from another fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What happened.
    pub fact: Fact,
}

/// What stays on a release for ever, because of how it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The sweep was incomplete (S2).
    Unswept,
    /// Another officer's *not clear* was set aside (S3).
    SetAside,
    /// The giver was not on campus (A3).
    GivenFromOffCampus,
}

impl Mark {
    /// The mark as it stands on every screen.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Unswept => "UNSWEPT",
            Self::SetAside => "SET ASIDE",
            Self::GivenFromOffCampus => "GIVEN FROM OFF CAMPUS",
        }
    }
}

/// The proof of a refused command was an ordinary one, or it came with none.
pub const PROOF_ORDINARY: &str = "no duress";
/// The proof of a refused command was its author's duress PIN.
pub const PROOF_DURESS: &str = "duress";

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "fact", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fact {
    /// Controlled movement was begun.
    ControlledMovementBegun {
        /// What the threat is.
        kind: ThreatKind,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Words>,
        /// What was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Words>,
        /// What all staff may see of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shareable: Option<Words>,
        /// The immediate threats that it answers; and, where very many raises are open, its
        /// author's oldest of the same kind, which it takes over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<FactId>,
    },
    /// Lock-down was called.
    LockDownCalled {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Words>,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Words>,
        /// The immediate threats that it answers; and, where very many raises are open, its
        /// author's oldest of the same kind, which it takes over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<FactId>,
        /// District policy made it of this threat; its author is the threat's (A2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of_threat: Option<FactId>,
    },
    /// An immediate threat was reported.
    ThreatReported {
        /// What is happening.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Words>,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Words>,
        /// The author's room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
    },
    /// A room reported.
    RoomReported {
        /// The room. A plea for help may lack one (P2); nothing else does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
        /// How it is.
        report: RoomReport,
        /// In its author's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// Something adverse was seen in a zone.
    AdverseReported {
        /// The zone.
        zone: ZoneId,
        /// What was seen.
        seen: Words,
    },
    /// An on-scene officer said *not clear*.
    NotClearSaid {
        /// Why.
        reason: Words,
    },
    /// An officer objected to a school lift.
    LiftObjected {
        /// Why.
        reason: Words,
    },
    /// Somebody has seen what their screen showed.
    Acknowledged {
        /// The room that they speak for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
        /// Everything recorded up to here.
        through: Position,
        /// And these, which were not recorded yet.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also: Vec<FactId>,
    },
    /// The author came on campus.
    Arrived {},
    /// The author left campus.
    Departed {},
    /// A call was annotated as a mistake.
    MistakeAnnotated {
        /// The call.
        call: FactId,
        /// What happened.
        note: Words,
    },
    /// A plea was answered.
    PleaAnswered {
        /// The plea.
        plea: FactId,
        /// What is being done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// An immediate threat was answered with *no threat*.
    ThreatAnswered {
        /// The threat.
        threat: FactId,
        /// Why there is none.
        reason: Words,
    },
    /// A sweep of all zones began.
    SweepStarted {},
    /// An officer found a zone clear.
    ZoneCleared {
        /// The zone.
        zone: ZoneId,
    },
    /// A *not clear* was withdrawn by its author.
    NotClearWithdrawn {
        /// The *not clear*.
        not_clear: FactId,
    },
    /// A *not clear* was set aside by another officer.
    NotClearSetAside {
        /// The *not clear*.
        not_clear: FactId,
        /// Why.
        reason: Words,
    },
    /// A school lift was proposed.
    LiftProposed {
        /// The responsibility statement, as typed.
        statement: Words,
        /// The posture raises that it would lift.
        lifts: Vec<FactId>,
        /// The head that its author's screen had drawn.
        seen: Position,
    },
    /// An objection was withdrawn by its author.
    ObjectionWithdrawn {
        /// The objection.
        objection: FactId,
    },
    /// An objection was set aside by the director.
    ObjectionSetAside {
        /// The objection.
        objection: FactId,
        /// Why.
        reason: Words,
    },
    /// A room was opened.
    RoomOpened {
        /// The room.
        room: RoomId,
    },
    /// An incident that never left `normal` was closed.
    IncidentClosed {
        /// Why.
        reason: Words,
    },
    /// Controlled movement ended.
    ControlledMovementEnded {
        /// What it lifts.
        lifts: Vec<FactId>,
        /// The head that its author's screen had drawn.
        seen: Position,
    },
    /// The all clear was given by an officer.
    AllClearGiven {
        /// What it lifts.
        lifts: Vec<FactId>,
        /// The head that its author's screen had drawn.
        seen: Position,
        /// The incident that it is bound to (S6).
        incident: u64,
        /// The authority that it was given on (A3).
        certification: Certification,
        /// What stays on it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<Mark>,
        /// Why it was given all the same (S2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Words>,
    },
    /// The school lifted the lock-down, by two people.
    SchoolLifted {
        /// What it lifts.
        lifts: Vec<FactId>,
        /// The head that its author's screen had drawn.
        seen: Position,
        /// The incident that it is bound to.
        incident: u64,
        /// The proposal that it confirms.
        proposal: FactId,
        /// Who proposed it.
        proposed_by: PersonId,
        /// What stays on it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<Mark>,
    },
    /// The campus returned to normal.
    Resumed {
        /// The releases that it resumes from.
        lifts: Vec<FactId>,
        /// The head that its author's screen had drawn.
        seen: Position,
        /// Rooms that were not opened yet. They stay locked until an officer opens them (S5).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unopened: Vec<RoomId>,
        /// Why they could stay so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Words>,
    },
    /// Somebody saw something (C5).
    SightingReported {
        /// What.
        seen: Words,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Words>,
        /// When, as its author says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Option<crate::schema::Timestamp>")
        )]
        seen_at: Option<Timestamp>,
        /// Whether it is dangerous.
        danger: Danger,
        /// The sighting that it brings up to date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<FactId>,
    },
    /// A picture came in for a sighting (C5).
    PictureAttached {
        /// The sighting.
        to: FactId,
        /// Lower-case hex SHA-256 of the picture as kept. A detail: it can be removed (T5).
        sha256: Words,
        /// Its format.
        kind: PictureKind,
        /// Its size in bytes.
        bytes: u32,
    },
    /// Somebody read a roster (I4): who stands with the fact, and what they read does not (T5).
    RosterOpened {
        /// Of which room; that of the whole campus where none stands here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
    },
    /// 911, the PD or the SO was asked for (E1).
    EscalationOpened {
        /// Who.
        agency: Agency,
        /// Why.
        basis: Basis,
        /// How far it was.
        state: LineState,
        /// Who decided, where it was not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decided_by: Option<Words>,
        /// Who called, where it was not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        called_by: Option<Words>,
        /// The number called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<Words>,
        /// The incident number that the agency gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident_number: Option<Words>,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// Something became known of an escalation (E2).
    LineRecorded {
        /// The escalation.
        escalation: FactId,
        /// What it was then.
        state: LineState,
        /// The incident number that the agency gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident_number: Option<Words>,
        /// Why, or anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// The server tried to reach somebody about a duty (E4).
    DutyAttempted {
        /// The duty.
        duty: FactId,
        /// What it is.
        kind: DutyKind,
        /// What it follows from.
        cause: FactId,
        /// Whom.
        person: PersonId,
        /// How.
        channel: Channel,
        /// Which attempt it was, from 1.
        n: u16,
        /// What became of it.
        outcome: Outcome,
    },
    /// Somebody has a duty in hand (E4).
    DutyAcknowledged {
        /// The duty.
        duty: FactId,
    },
    /// A duty was done, perhaps by other means (E5).
    DutyDone {
        /// The duty.
        duty: FactId,
        /// How.
        how: Words,
        /// Who did it, where it was not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done_by: Option<Words>,
        /// When, as the author says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Option<crate::schema::Timestamp>")
        )]
        done_at: Option<Timestamp>,
    },
    /// A duty is not done, for a reason (E3).
    DutyDeclined {
        /// The duty.
        duty: FactId,
        /// Why.
        reason: Words,
    },
    /// Somebody judges a contact safe (C3).
    ContactJudgedSafe {
        /// The raise or threat.
        raise: FactId,
        /// The other one of the pair.
        with: PersonId,
    },
    /// Somebody withdrew their judgement (C3).
    ContactWithdrawn {
        /// The raise or threat.
        raise: FactId,
    },
    /// A contact was made (C4).
    ContactMade {
        /// The raise or threat.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raise: Option<FactId>,
        /// Who made it.
        by: Vec<PersonId>,
        /// What happened.
        what: Words,
        /// What was off-protocol about it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        off_protocol: Vec<Breach>,
    },
    /// The lead was offered to somebody (C7).
    LeadOffered {
        /// To whom.
        to: PersonId,
    },
    /// The lead was taken (C7).
    LeadTaken {
        /// The offer.
        offer: FactId,
    },
    /// A drill began (D1), or a test alert was sent (D5).
    DrillStarted {
        /// What is practised.
        kind: DrillKind,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// Lock-down was called within a drill.
    DrillLockDownCalled {
        /// The drill.
        drill: FactId,
    },
    /// A room reported in a drill.
    DrillRoomReported {
        /// The drill.
        drill: FactId,
        /// The room.
        room: RoomId,
        /// How it is.
        report: DrillRoomReport,
    },
    /// A zone was cleared in a drill's sweep.
    DrillZoneCleared {
        /// The drill.
        drill: FactId,
        /// The zone.
        zone: ZoneId,
    },
    /// The all clear was practised.
    DrillAllClearGiven {
        /// The drill.
        drill: FactId,
        /// The head that its author's screen had drawn.
        seen: Position,
        /// The authority that it was given on (A3).
        certification: Certification,
        /// What stays on it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<Mark>,
        /// Why it was given all the same (S2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Words>,
    },
    /// A drill or a test alert ended.
    DrillEnded {
        /// The drill.
        drill: FactId,
        /// The head that its author's screen had drawn.
        seen: Position,
        /// Notes for the drill file (D4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// What reached whom, in a batch (R1). The server's own record.
    ReachKept {
        /// The rows.
        rows: Vec<ReachRow>,
    },
    /// A clear was refused (T1). It never comes true later.
    ClearRefused {
        /// The command's name.
        command: String,
        /// Why.
        code: Code,
        /// Which proof came with it, [`PROOF_ORDINARY`] or [`PROOF_DURESS`]: a detail, so that
        /// its seal tells nobody which. Older entries have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Words>,
    },
    /// The journal came back without its tail and began a new epoch.
    EpochOpened {
        /// The newest signed head known of the epoch before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_head: Option<String>,
        /// What was done, in the operator's words.
        reason: Words,
    },
    /// The directory was changed as a whole.
    DirectoryImported {
        /// Its version from here on.
        version: u64,
        /// SHA-256 of what was imported.
        sha256: String,
        /// Campuses in it.
        campuses: u32,
        /// People in it.
        people: u32,
        /// Room devices in it.
        devices: u32,
        /// Whose certification it brought, took or changed, before and after (A3): the first
        /// [`CERTIFIED_MAX`](crate::directory::CERTIFIED_MAX) by id. Older entries have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        certified: Vec<CertificationChange>,
        /// How many more there are of those.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certified_more: Option<u32>,
    },
    /// Rosters of campuses were put in place of those before. No name stands here (T5).
    RostersImported {
        /// Of how many campuses.
        campuses: u32,
        /// Classes in them.
        classes: u32,
        /// Students in them.
        students: u32,
    },
    /// An enrolment code was made for somebody.
    CodeMade {
        /// For whom.
        principal: Principal,
    },
    /// Somebody signed in.
    SignedIn {
        /// Who.
        principal: Principal,
        /// The sign-in.
        credential: CredentialId,
    },
    /// A sign-in was switched off.
    CredentialRevoked {
        /// The sign-in.
        credential: CredentialId,
        /// Whose it was.
        principal: Principal,
    },
    /// A person's PIN was set.
    PinSet {
        /// Whose.
        person: PersonId,
    },
    /// A person has another passkey. What they call it stands here no more than the key does.
    PasskeyAdded {
        /// Whose.
        person: PersonId,
        /// Which.
        passkey: PasskeyId,
    },
    /// A passkey proves nothing any more.
    PasskeyRemoved {
        /// Whose it was.
        person: PersonId,
        /// Which.
        passkey: PasskeyId,
    },
    /// The district's policy was changed.
    PolicyChanged {
        /// The directory's version from here on.
        version: u64,
        /// What is different, key by key.
        changes: Vec<PolicyChange>,
        /// Why (T1).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Words>,
    },
    /// A code was made for an officer who has no account: good for nothing until somebody else
    /// certifies them (A3).
    OfficerCodeMade {
        /// Who they will be.
        officer: PersonId,
        /// Their name.
        name: String,
        /// Where they are.
        campus: CampusId,
    },
    /// That officer's certification was entered, and they are one from here on (A3).
    OfficerCertified {
        /// The directory's version from here on.
        version: u64,
        /// Who they are.
        officer: PersonId,
        /// Their name.
        name: String,
        /// Where they are.
        campus: CampusId,
        /// The certification, with who made the code and who entered it.
        certification: Certification,
    },
    /// The groups that the district's own sign-in has somebody in gave them another role or other
    /// campuses, or made them a person of the directory.
    PersonAssigned {
        /// The directory's version from here on.
        version: u64,
        /// Who.
        person: PersonId,
        /// Their name.
        name: String,
        /// What they are from here on.
        role: Role,
        /// The campuses that they serve from here on.
        campuses: Vec<CampusId>,
    },
    /// People, rooms or displays of the directory were changed by hand.
    DirectoryChanged {
        /// The directory's version from here on.
        version: u64,
        /// What became of it.
        edit: Box<DirectoryEdit>,
        /// Why (T1).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Words>,
    },
}

impl Fact {
    /// Whether its author was forced, as their PIN said, and as far as the reader may know.
    #[must_use]
    pub fn is_under_duress(&self) -> bool {
        matches!(
            self,
            Self::ClearRefused { proof: Some(Words::Words(proof)), .. } if proof == PROOF_DURESS
        )
    }

    /// The fact's class: that of the command it comes from. Facts of the district's own log
    /// are ground.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::ControlledMovementBegun { .. } | Self::LockDownCalled { .. } => {
                Class::PostureRaise
            }
            Self::ThreatReported { .. }
            | Self::AdverseReported { .. }
            | Self::NotClearSaid { .. }
            | Self::LiftObjected { .. } => Class::Alarm,
            Self::EscalationOpened { .. } => Class::Alarm,
            Self::RoomReported { report, .. } if report.is_plea() => Class::Alarm,
            Self::ClearRefused { .. } if self.is_under_duress() => Class::Alarm,
            Self::SightingReported { danger, .. } if danger.is_alarm() => Class::Alarm,
            Self::RoomReported { .. }
            | Self::SightingReported { .. }
            | Self::PictureAttached { .. }
            | Self::RosterOpened { .. }
            | Self::Acknowledged { .. }
            | Self::Arrived {}
            | Self::Departed {}
            | Self::MistakeAnnotated { .. }
            | Self::PleaAnswered { .. }
            | Self::LineRecorded { .. }
            | Self::DutyAttempted { .. }
            | Self::DutyAcknowledged { .. }
            | Self::DutyDone { .. }
            | Self::DutyDeclined { .. }
            | Self::ContactJudgedSafe { .. }
            | Self::ContactWithdrawn { .. }
            | Self::ContactMade { .. }
            | Self::LeadOffered { .. }
            | Self::DrillRoomReported { .. }
            | Self::ReachKept { .. }
            | Self::ClearRefused { .. } => Class::Note,
            Self::ThreatAnswered { .. }
            | Self::LeadTaken { .. }
            | Self::DrillStarted { .. }
            | Self::DrillLockDownCalled { .. }
            | Self::DrillZoneCleared { .. }
            | Self::SweepStarted {}
            | Self::ZoneCleared { .. }
            | Self::NotClearWithdrawn { .. }
            | Self::NotClearSetAside { .. }
            | Self::LiftProposed { .. }
            | Self::ObjectionWithdrawn { .. }
            | Self::ObjectionSetAside { .. }
            | Self::RoomOpened { .. }
            | Self::IncidentClosed { .. }
            | Self::EpochOpened { .. }
            | Self::DirectoryImported { .. }
            | Self::RostersImported { .. }
            | Self::CodeMade { .. }
            | Self::SignedIn { .. }
            | Self::CredentialRevoked { .. }
            | Self::PinSet { .. }
            | Self::PasskeyAdded { .. }
            | Self::PasskeyRemoved { .. }
            | Self::PolicyChanged { .. }
            | Self::OfficerCodeMade { .. }
            | Self::OfficerCertified { .. }
            | Self::PersonAssigned { .. }
            | Self::DirectoryChanged { .. } => Class::Ground,
            Self::ControlledMovementEnded { .. }
            | Self::AllClearGiven { .. }
            | Self::SchoolLifted { .. }
            | Self::Resumed { .. }
            | Self::DrillAllClearGiven { .. }
            | Self::DrillEnded { .. } => Class::Clear,
        }
    }
}
