//! What may be asked, and the class that decides its path.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::contact::{Danger, PictureKind};
use crate::drill::{DrillKind, DrillRoomReport};
use crate::escalation::{Agency, Basis, LineState};
use crate::id::{CommandId, FactId, PersonId, RoomId, ZoneId};
use crate::position::Position;
use crate::text::Text;

/// The most ids that one command may name: a clear of a lock-down that a whole staff called.
pub const NAMED_MAX: usize = 1_500;

/// A command on its way in. Who asks is not in it (A5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandRequest {
    /// Made by the sender; sending the same one again is the same act (P6).
    pub id: CommandId,
    /// When the author's device says that it was (T4). Kept as a claim, never believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub claimed_at: Option<Timestamp>,
    /// The PIN, where the command needs a fresh proof (A4). Never kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin>,
    /// A passkey's assertion in the place of a PIN (A4), bound to this very command. Never kept,
    /// and never beside a PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<Box<Assertion>>,
    /// Sent before without an answer. A ground or clear that says so is only looked up, never decided:
    /// another instance may still commit it (invariant 13).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// What is asked.
    pub command: Command,
}

/// A PIN on its way to be checked: it never shows in a debug print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Pin(pub String);

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// What an authenticator signed for one command (WebAuthn `get`), and what it was asked with. All
/// bytes are base64url without padding, as browsers give them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// The id of the passkey's credential.
    pub credential: String,
    /// The stamp that came with the challenge.
    pub stamp: String,
    /// `clientDataJSON`.
    pub client_data: String,
    /// `authenticatorData`.
    pub authenticator_data: String,
    /// `signature`.
    pub signature: String,
}

/// The five classes of DESIGN. A command's class decides its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Raises the posture. A fact; never refused for want of anything but the right.
    PostureRaise,
    /// Says that something is wrong. Same path; no level.
    Alarm,
    /// Blocks nothing. Same path.
    Note,
    /// Part of the ground a clear stands on. Journal only.
    Ground,
    /// Lowers. Journal only, one transaction.
    Clear,
}

impl Class {
    /// Posture raises and alarms together are raises.
    #[must_use]
    pub fn is_raise(self) -> bool {
        match self {
            Self::PostureRaise | Self::Alarm => true,
            Self::Note | Self::Ground | Self::Clear => false,
        }
    }

    /// Whether it goes to spool, journal and bus, and is accepted without a journal.
    #[must_use]
    pub fn is_fact(self) -> bool {
        match self {
            Self::PostureRaise | Self::Alarm | Self::Note => true,
            Self::Ground | Self::Clear => false,
        }
    }
}

/// What a prospective threat is (C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ThreatKind {
    /// Somebody.
    Person,
    /// Something.
    Object,
    /// Weather.
    Weather,
    /// Police activity in the area.
    AreaPolice,
    /// Anything else.
    Other,
}

/// How a room is (L4). What is not said is unknown, and unknown is never safe.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoomReport {
    /// The room's own word for itself.
    pub state: RoomState,
    /// People in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<u16>,
    /// People injured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub injured: Option<u16>,
    /// People missing from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<u16>,
    /// People in it who belong elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<u16>,
}

impl RoomReport {
    /// Whether this asks for help: an alarm, where other reports are notes.
    #[must_use]
    pub fn is_plea(&self) -> bool {
        self.state == RoomState::NeedHelp || self.injured.is_some_and(|n| n > 0)
    }
}

/// A room's own word for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomState {
    /// Locked, lights out, everybody out of sight.
    Secured,
    /// The door does not lock, or people are still outside.
    NotSecured,
    /// Help is needed here.
    NeedHelp,
}

/// What may be asked. Imperative; the facts that follow are in the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begin controlled movement (A1, C1).
    BeginControlledMovement {
        /// What the threat is.
        kind: ThreatKind,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Text>,
        /// What was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Text>,
        /// The description that all staff may see.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shareable: Option<Text>,
        /// Immediate threats that it answers: those that its author's screen showed (A2).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<FactId>,
    },
    /// Call lock-down (A2, L1): one command, no approver, reason and place optional.
    CallLockDown {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Text>,
    },
    /// Report an immediate threat: everybody may (A2).
    ReportThreat {
        /// What is happening.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Text>,
        /// The author's room, where it is not their own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
    },
    /// Report how a room is (L4). A plea for help is an alarm, the rest are notes.
    ReportRoom {
        /// The room, where it is not the author's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
        /// How it is.
        report: RoomReport,
        /// In the author's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Report something adverse in a zone: reopens it (S1).
    ReportAdverse {
        /// The zone.
        zone: ZoneId,
        /// What was seen.
        seen: Text,
    },
    /// An on-scene officer's veto of another's all clear (S3).
    SayNotClear {
        /// Why.
        reason: Text,
    },
    /// An officer's objection to a school lift (S4).
    ObjectToLift {
        /// Why.
        reason: Text,
    },
    /// "I have seen what this screen shows" (R1).
    Acknowledge {
        /// The room, where it is not the author's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
        /// Everything recorded up to here.
        through: Position,
        /// And these, which were not recorded yet.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also: Vec<FactId>,
    },
    /// I am on campus (C6).
    Arrive {},
    /// I have left (C6).
    Leave {},
    /// Say that a call was a mistake (L3). It still takes a release to leave lock-down.
    AnnotateMistake {
        /// The call.
        call: FactId,
        /// What happened.
        note: Text,
    },
    /// Tell a room that its plea was heard.
    AnswerPlea {
        /// The plea.
        plea: FactId,
        /// What is being done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Report what was seen (C5): everybody may. Dangerous or unsure, it is an alarm.
    ReportSighting {
        /// What.
        seen: Text,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Text>,
        /// When, as its author says (T4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Option<crate::schema::Timestamp>")
        )]
        seen_at: Option<Timestamp>,
        /// Whether it is dangerous.
        danger: Danger,
        /// The sighting that this one brings up to date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<FactId>,
    },
    /// Say that a picture of a sighting was stored (C5). The upload itself goes over HTTP, and
    /// never delays the sighting.
    AttachPicture {
        /// The sighting.
        to: FactId,
        /// Lower-case hex SHA-256 of the picture as kept.
        sha256: Text,
        /// Its format.
        kind: PictureKind,
        /// Its size in bytes.
        bytes: u32,
    },
    /// Say that a roster is read (I4). The reading itself goes over HTTP, which alone says this.
    OpenRoster {
        /// Of which room; that of the whole campus where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
    },
    /// Ask for 911, the PD or the SO, or record that somebody does (E1).
    OpenEscalation {
        /// Who is asked for.
        agency: Agency,
        /// Why.
        basis: Basis,
        /// How far it is.
        state: LineState,
        /// Who decided, where it was not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decided_by: Option<Text>,
        /// Who calls, where it is not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        called_by: Option<Text>,
        /// The number called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<Text>,
        /// The incident number that the agency gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident_number: Option<Text>,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Record what became of an escalation (E2). Closed before the release it asks why (E3).
    RecordLine {
        /// The escalation.
        escalation: FactId,
        /// What it is now.
        state: LineState,
        /// The incident number that the agency gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident_number: Option<Text>,
        /// Why, or anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// "I have it": a duty's first answer (E4).
    AcknowledgeDuty {
        /// The duty.
        duty: FactId,
    },
    /// Record that a duty was done, also by other means (E5).
    FinishDuty {
        /// The duty.
        duty: FactId,
        /// How.
        how: Text,
        /// Who did it, where it was not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done_by: Option<Text>,
        /// When, where it was not just now (T4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Option<crate::schema::Timestamp>")
        )]
        done_at: Option<Timestamp>,
    },
    /// Record why a duty is not done (E3).
    DeclineDuty {
        /// The duty.
        duty: FactId,
        /// Why.
        reason: Text,
    },
    /// "I judge it safe": one of the two of a contact plan (C3).
    JudgeContactSafe {
        /// The raise or threat that the person is.
        raise: FactId,
        /// The other one.
        with: PersonId,
    },
    /// Withdraw one's own judgement (C3).
    WithdrawContact {
        /// The raise or threat.
        raise: FactId,
    },
    /// Record a contact that was made (C4). It is marked where it broke a rule.
    RecordContact {
        /// The raise or threat, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raise: Option<FactId>,
        /// Who made it, where it was not the author alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<PersonId>,
        /// What happened.
        what: Text,
    },
    /// Offer the lead to somebody (C7).
    OfferLead {
        /// To whom.
        to: PersonId,
    },
    /// Report a room in a drill (D1).
    ReportDrillRoom {
        /// The drill.
        drill: FactId,
        /// The room, where it is not the author's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<RoomId>,
        /// How it is.
        report: DrillRoomReport,
    },
    /// Take the lead that was offered (C7).
    TakeLead {
        /// The offer.
        offer: FactId,
    },
    /// Start a drill or send a test alert (D1, D5).
    StartDrill {
        /// What is practised.
        kind: DrillKind,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Call lock-down within a drill (D3).
    CallDrillLockDown {
        /// The drill.
        drill: FactId,
    },
    /// Clear a zone in a drill's sweep (D3).
    ClearDrillZone {
        /// The drill.
        drill: FactId,
        /// The zone.
        zone: ZoneId,
    },
    /// Answer an immediate threat with *no threat* (A2).
    AnswerThreat {
        /// The threat.
        threat: FactId,
        /// Why there is none.
        reason: Text,
    },
    /// Begin a sweep of all zones: what was cleared before counts no more (S1).
    StartSweep {},
    /// An officer's word that a zone is clear (S1).
    ClearZone {
        /// The zone.
        zone: ZoneId,
    },
    /// Withdraw one's own *not clear* (S3).
    WithdrawNotClear {
        /// The *not clear*.
        not_clear: FactId,
    },
    /// Set another officer's *not clear* aside (S3).
    SetAsideNotClear {
        /// The *not clear*.
        not_clear: FactId,
        /// Why.
        reason: Text,
    },
    /// Propose a school lift: the first of two people (S4).
    ProposeLift {
        /// The responsibility statement, typed.
        statement: Text,
        /// The posture raises that it would lift.
        lifts: Vec<FactId>,
        /// The head that the author's screen had drawn.
        seen: Position,
    },
    /// Withdraw one's own objection (S4).
    WithdrawObjection {
        /// The objection.
        objection: FactId,
    },
    /// Set an objection aside (S4).
    SetAsideObjection {
        /// The objection.
        objection: FactId,
        /// Why.
        reason: Text,
    },
    /// Open one room under `room_by_room` (S5).
    OpenRoom {
        /// The room.
        room: RoomId,
    },
    /// Close an incident that never left `normal`.
    CloseIncident {
        /// Why.
        reason: Text,
    },
    /// End controlled movement (A1).
    EndControlledMovement {
        /// The controlled movements that it lifts.
        lifts: Vec<FactId>,
        /// The head that the author's screen had drawn.
        seen: Position,
    },
    /// Give the all clear (A3).
    GiveAllClear {
        /// The posture raises that it lifts.
        lifts: Vec<FactId>,
        /// The head that the author's screen had drawn.
        seen: Position,
        /// Why it is given with a sweep incomplete or from off campus (S2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Text>,
    },
    /// Confirm a school lift: the second of two people (S4).
    ConfirmLift {
        /// The proposal.
        proposal: FactId,
        /// The posture raises that it lifts: the same as the proposal's.
        lifts: Vec<FactId>,
        /// The head that the author's screen had drawn.
        seen: Position,
    },
    /// Return to normal (A7).
    Resume {
        /// The releases that it resumes from.
        lifts: Vec<FactId>,
        /// The head that the author's screen had drawn.
        seen: Position,
        /// Rooms that are not opened yet, under `room_by_room`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unopened: Vec<RoomId>,
        /// Why they may stay so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// Practise the all clear (D3): A3 holds, and it reads DRILL.
    GiveDrillAllClear {
        /// The drill.
        drill: FactId,
        /// The head that the author's screen had drawn.
        seen: Position,
        /// Why it is given with a sweep incomplete or from off campus (S2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Text>,
    },
    /// End a drill or a test alert (D3). It lifts drill facts only.
    EndDrill {
        /// The drill.
        drill: FactId,
        /// The head that the author's screen had drawn.
        seen: Position,
        /// Notes for the drill file (D4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
}

impl Command {
    /// The command's class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::BeginControlledMovement { .. } | Self::CallLockDown { .. } => Class::PostureRaise,
            Self::ReportThreat { .. }
            | Self::ReportAdverse { .. }
            | Self::SayNotClear { .. }
            | Self::ObjectToLift { .. } => Class::Alarm,
            Self::OpenEscalation { .. } => Class::Alarm,
            Self::ReportRoom { report, .. } if report.is_plea() => Class::Alarm,
            Self::ReportSighting { danger, .. } if danger.is_alarm() => Class::Alarm,
            Self::ReportRoom { .. }
            | Self::ReportSighting { .. }
            | Self::Acknowledge { .. }
            | Self::Arrive {}
            | Self::Leave {}
            | Self::AnnotateMistake { .. }
            | Self::AnswerPlea { .. }
            | Self::AttachPicture { .. }
            | Self::OpenRoster { .. }
            | Self::RecordLine { .. }
            | Self::AcknowledgeDuty { .. }
            | Self::FinishDuty { .. }
            | Self::DeclineDuty { .. }
            | Self::JudgeContactSafe { .. }
            | Self::WithdrawContact { .. }
            | Self::RecordContact { .. }
            | Self::OfferLead { .. }
            | Self::ReportDrillRoom { .. } => Class::Note,
            Self::AnswerThreat { .. }
            | Self::TakeLead { .. }
            | Self::StartDrill { .. }
            | Self::CallDrillLockDown { .. }
            | Self::ClearDrillZone { .. }
            | Self::StartSweep {}
            | Self::ClearZone { .. }
            | Self::WithdrawNotClear { .. }
            | Self::SetAsideNotClear { .. }
            | Self::ProposeLift { .. }
            | Self::WithdrawObjection { .. }
            | Self::SetAsideObjection { .. }
            | Self::OpenRoom { .. }
            | Self::CloseIncident { .. } => Class::Ground,
            Self::EndControlledMovement { .. }
            | Self::GiveAllClear { .. }
            | Self::ConfirmLift { .. }
            | Self::Resume { .. }
            | Self::GiveDrillAllClear { .. }
            | Self::EndDrill { .. } => Class::Clear,
        }
    }

    /// The command's name on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::BeginControlledMovement { .. } => "begin_controlled_movement",
            Self::CallLockDown { .. } => "call_lock_down",
            Self::ReportThreat { .. } => "report_threat",
            Self::ReportRoom { .. } => "report_room",
            Self::ReportAdverse { .. } => "report_adverse",
            Self::SayNotClear { .. } => "say_not_clear",
            Self::ObjectToLift { .. } => "object_to_lift",
            Self::Acknowledge { .. } => "acknowledge",
            Self::Arrive {} => "arrive",
            Self::Leave {} => "leave",
            Self::AnnotateMistake { .. } => "annotate_mistake",
            Self::AnswerPlea { .. } => "answer_plea",
            Self::AnswerThreat { .. } => "answer_threat",
            Self::StartSweep {} => "start_sweep",
            Self::ClearZone { .. } => "clear_zone",
            Self::WithdrawNotClear { .. } => "withdraw_not_clear",
            Self::SetAsideNotClear { .. } => "set_aside_not_clear",
            Self::ProposeLift { .. } => "propose_lift",
            Self::WithdrawObjection { .. } => "withdraw_objection",
            Self::SetAsideObjection { .. } => "set_aside_objection",
            Self::OpenRoom { .. } => "open_room",
            Self::CloseIncident { .. } => "close_incident",
            Self::EndControlledMovement { .. } => "end_controlled_movement",
            Self::GiveAllClear { .. } => "give_all_clear",
            Self::ConfirmLift { .. } => "confirm_lift",
            Self::Resume { .. } => "resume",
            Self::ReportSighting { .. } => "report_sighting",
            Self::AttachPicture { .. } => "attach_picture",
            Self::OpenRoster { .. } => "open_roster",
            Self::OpenEscalation { .. } => "open_escalation",
            Self::RecordLine { .. } => "record_line",
            Self::AcknowledgeDuty { .. } => "acknowledge_duty",
            Self::FinishDuty { .. } => "finish_duty",
            Self::DeclineDuty { .. } => "decline_duty",
            Self::JudgeContactSafe { .. } => "judge_contact_safe",
            Self::WithdrawContact { .. } => "withdraw_contact",
            Self::RecordContact { .. } => "record_contact",
            Self::OfferLead { .. } => "offer_lead",
            Self::ReportDrillRoom { .. } => "report_drill_room",
            Self::TakeLead { .. } => "take_lead",
            Self::StartDrill { .. } => "start_drill",
            Self::CallDrillLockDown { .. } => "call_drill_lock_down",
            Self::ClearDrillZone { .. } => "clear_drill_zone",
            Self::GiveDrillAllClear { .. } => "give_drill_all_clear",
            Self::EndDrill { .. } => "end_drill",
        }
    }

    /// What a clear or lift proposal names, and the head that its author saw.
    #[must_use]
    pub fn named(&self) -> Option<(&[FactId], Position)> {
        match self {
            Self::ProposeLift { lifts, seen, .. }
            | Self::EndControlledMovement { lifts, seen }
            | Self::GiveAllClear { lifts, seen, .. }
            | Self::ConfirmLift { lifts, seen, .. }
            | Self::Resume { lifts, seen, .. } => Some((lifts, *seen)),
            Self::GiveDrillAllClear { drill, seen, .. } | Self::EndDrill { drill, seen, .. } => {
                Some((std::slice::from_ref(drill), *seen))
            }
            Self::BeginControlledMovement { .. }
            | Self::CallLockDown { .. }
            | Self::ReportThreat { .. }
            | Self::ReportRoom { .. }
            | Self::ReportAdverse { .. }
            | Self::SayNotClear { .. }
            | Self::ObjectToLift { .. }
            | Self::Acknowledge { .. }
            | Self::Arrive {}
            | Self::Leave {}
            | Self::AnnotateMistake { .. }
            | Self::AnswerPlea { .. }
            | Self::AnswerThreat { .. }
            | Self::StartSweep {}
            | Self::ClearZone { .. }
            | Self::WithdrawNotClear { .. }
            | Self::SetAsideNotClear { .. }
            | Self::WithdrawObjection { .. }
            | Self::SetAsideObjection { .. }
            | Self::OpenRoom { .. }
            | Self::CloseIncident { .. }
            | Self::ReportSighting { .. }
            | Self::AttachPicture { .. }
            | Self::OpenRoster { .. }
            | Self::OpenEscalation { .. }
            | Self::RecordLine { .. }
            | Self::AcknowledgeDuty { .. }
            | Self::FinishDuty { .. }
            | Self::DeclineDuty { .. }
            | Self::JudgeContactSafe { .. }
            | Self::WithdrawContact { .. }
            | Self::RecordContact { .. }
            | Self::OfferLead { .. }
            | Self::ReportDrillRoom { .. }
            | Self::TakeLead { .. }
            | Self::StartDrill { .. }
            | Self::CallDrillLockDown { .. }
            | Self::ClearDrillZone { .. } => None,
        }
    }
}
