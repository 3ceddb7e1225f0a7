//! Words that never change: one line of JSON and more for every command, fact, card and frame.
//!
//! `golden/*.jsonl` is a promise to old clients and old journals. Lines are added, for new
//! words; a line that is there is never changed or taken away. Each must be understood, and
//! said again exactly so.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use lockstep_proto::command::Command;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::frame::{ClientFrame, ServerFrame};
use lockstep_proto::view::Card;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The tags of a wire enum. A new variant does not compile until it has its tag here, and then
/// fails until it has its line.
macro_rules! tags {
    ($check:ident, $words:ident, $tag:literal, $file:literal: $($variant:ident $name:literal,)*) => {
        #[test]
        fn $check() {
            let tag_of = |words: &$words| match words {
                $($words::$variant { .. } => $name,)*
            };
            let said: BTreeSet<&str> = lines::<$words>(include_str!(concat!("golden/", $file)))
                .iter()
                .map(|(json, words)| {
                    assert_eq!(json[$tag], tag_of(words));
                    tag_of(words)
                })
                .collect();
            for name in [$($name),*] {
                assert!(said.contains(name), "{} has no line for {name}", $file);
            }
        }
    };
}

/// Each line, as JSON and as understood; said again it is the same.
fn lines<T: Serialize + DeserializeOwned + Debug>(file: &str) -> Vec<(Value, T)> {
    file.lines()
        .map(|line| {
            let json: Value = serde_json::from_str(line).unwrap();
            let words: T = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("not understood any more: {error}\n{line}"));
            let again = serde_json::to_value(&words).unwrap();
            assert_eq!(again, json, "said otherwise now");
            (json, words)
        })
        .collect()
}

tags! { commands_never_change, Command, "name", "commands.jsonl":
    BeginControlledMovement "begin_controlled_movement",
    CallLockDown "call_lock_down",
    ReportThreat "report_threat",
    ReportRoom "report_room",
    ReportAdverse "report_adverse",
    SayNotClear "say_not_clear",
    ObjectToLift "object_to_lift",
    Acknowledge "acknowledge",
    Arrive "arrive",
    Leave "leave",
    AnnotateMistake "annotate_mistake",
    AnswerPlea "answer_plea",
    AnswerThreat "answer_threat",
    StartSweep "start_sweep",
    ClearZone "clear_zone",
    WithdrawNotClear "withdraw_not_clear",
    SetAsideNotClear "set_aside_not_clear",
    ProposeLift "propose_lift",
    WithdrawObjection "withdraw_objection",
    SetAsideObjection "set_aside_objection",
    OpenRoom "open_room",
    CloseIncident "close_incident",
    EndControlledMovement "end_controlled_movement",
    GiveAllClear "give_all_clear",
    ConfirmLift "confirm_lift",
    Resume "resume",
    ReportSighting "report_sighting",
    AttachPicture "attach_picture",
    OpenRoster "open_roster",
    OpenEscalation "open_escalation",
    RecordLine "record_line",
    AcknowledgeDuty "acknowledge_duty",
    FinishDuty "finish_duty",
    DeclineDuty "decline_duty",
    JudgeContactSafe "judge_contact_safe",
    WithdrawContact "withdraw_contact",
    RecordContact "record_contact",
    OfferLead "offer_lead",
    ReportDrillRoom "report_drill_room",
    TakeLead "take_lead",
    StartDrill "start_drill",
    CallDrillLockDown "call_drill_lock_down",
    ClearDrillZone "clear_drill_zone",
    GiveDrillAllClear "give_drill_all_clear",
    EndDrill "end_drill",
}

tags! { facts_never_change, Fact, "fact", "facts.jsonl":
    ControlledMovementBegun "controlled_movement_begun",
    LockDownCalled "lock_down_called",
    ThreatReported "threat_reported",
    RoomReported "room_reported",
    AdverseReported "adverse_reported",
    NotClearSaid "not_clear_said",
    LiftObjected "lift_objected",
    Acknowledged "acknowledged",
    Arrived "arrived",
    Departed "departed",
    MistakeAnnotated "mistake_annotated",
    PleaAnswered "plea_answered",
    ThreatAnswered "threat_answered",
    SweepStarted "sweep_started",
    ZoneCleared "zone_cleared",
    NotClearWithdrawn "not_clear_withdrawn",
    NotClearSetAside "not_clear_set_aside",
    LiftProposed "lift_proposed",
    ObjectionWithdrawn "objection_withdrawn",
    ObjectionSetAside "objection_set_aside",
    RoomOpened "room_opened",
    IncidentClosed "incident_closed",
    ControlledMovementEnded "controlled_movement_ended",
    AllClearGiven "all_clear_given",
    SchoolLifted "school_lifted",
    Resumed "resumed",
    SightingReported "sighting_reported",
    PictureAttached "picture_attached",
    RosterOpened "roster_opened",
    EscalationOpened "escalation_opened",
    LineRecorded "line_recorded",
    DutyAttempted "duty_attempted",
    DutyAcknowledged "duty_acknowledged",
    DutyDone "duty_done",
    DutyDeclined "duty_declined",
    ContactJudgedSafe "contact_judged_safe",
    ContactWithdrawn "contact_withdrawn",
    ContactMade "contact_made",
    LeadOffered "lead_offered",
    LeadTaken "lead_taken",
    DrillStarted "drill_started",
    DrillLockDownCalled "drill_lock_down_called",
    DrillRoomReported "drill_room_reported",
    DrillZoneCleared "drill_zone_cleared",
    DrillAllClearGiven "drill_all_clear_given",
    DrillEnded "drill_ended",
    ReachKept "reach_kept",
    ClearRefused "clear_refused",
    EpochOpened "epoch_opened",
    DirectoryImported "directory_imported",
    RostersImported "rosters_imported",
    CodeMade "code_made",
    SignedIn "signed_in",
    CredentialRevoked "credential_revoked",
    PinSet "pin_set",
    PasskeyAdded "passkey_added",
    PasskeyRemoved "passkey_removed",
    PolicyChanged "policy_changed",
    OfficerCodeMade "officer_code_made",
    OfficerCertified "officer_certified",
    PersonAssigned "person_assigned",
    DirectoryChanged "directory_changed",
}

tags! { cards_never_change, Card, "card", "cards.jsonl":
    Campus "campus",
    Posture "posture",
    Raise "raise",
    Threat "threat",
    Release "release",
    Cover "cover",
    Room "room",
    Plea "plea",
    Zone "zone",
    Veto "veto",
    Proposal "proposal",
    Presence "presence",
    Line "line",
    OwnRoom "own_room",
    Sighting "sighting",
    Escalation "escalation",
    Duty "duty",
    Contact "contact",
    Lead "lead",
    Drill "drill",
    Reach "reach",
    Duress "duress",
}

tags! { client_frames_never_change, ClientFrame, "type", "client_frames.jsonl":
    Subscribe "subscribe",
    Command "command",
    Receipt "receipt",
}

tags! { server_frames_never_change, ServerFrame, "type", "server_frames.jsonl":
    Welcome "welcome",
    Snapshot "snapshot",
    Event "event",
    Pulse "pulse",
    Accepted "accepted",
    Refused "refused",
    InDoubt "in_doubt",
    ReceiptKept "receipt_kept",
    Bye "bye",
}

#[test]
fn stamped_facts_never_change() {
    assert_eq!(
        lines::<Stamped>(include_str!("golden/stamped.jsonl")).len(),
        3
    );
}

#[test]
fn a_commands_name_is_its_tag() {
    for (json, command) in lines::<Command>(include_str!("golden/commands.jsonl")) {
        assert_eq!(json["name"], command.name());
    }
}

/// A word that nobody knows is refused, not skipped: what a client meant is never guessed.
#[test]
fn an_unknown_word_or_field_is_not_understood() {
    for line in include_str!("golden/commands.jsonl").lines() {
        let mut json: Value = serde_json::from_str(line).unwrap();
        json["surprise"] = true.into();
        assert!(serde_json::from_value::<Command>(json).is_err(), "{line}");
    }
    for line in include_str!("golden/facts.jsonl").lines() {
        let mut json: Value = serde_json::from_str(line).unwrap();
        json["surprise"] = true.into();
        assert!(serde_json::from_value::<Fact>(json).is_err(), "{line}");
    }
    for line in include_str!("golden/client_frames.jsonl").lines() {
        let mut json: Value = serde_json::from_str(line).unwrap();
        json["surprise"] = true.into();
        let refused = serde_json::from_value::<ClientFrame>(json).is_err();
        assert!(refused, "{line}");
    }
    let lower = r#"{"name":"clear_everything"}"#;
    assert!(serde_json::from_str::<Command>(lower).is_err());
}
