//! Each fact as a plain English sentence: the timeline's lines and the radio's words.

use crate::command::{RoomReport, RoomState, ThreatKind};
use crate::contact::Breach;
use crate::duty::{Channel, Outcome};
use crate::fact::{Fact, Mark};
use crate::id::CampusId;
use crate::policy::PolicyChange;
use crate::posture::Posture;
use crate::text::Words;

/// What happened, without who and when.
#[must_use]
pub fn sentence(fact: &Fact) -> String {
    match fact {
        Fact::ControlledMovementBegun {
            kind, place, seen, ..
        } => format!(
            "Controlled movement begun: {}{}{}",
            threat_kind(*kind),
            at(place.as_ref()),
            because(seen.as_ref())
        ),
        Fact::LockDownCalled {
            reason,
            place,
            of_threat,
            ..
        } => format!(
            "Lock-down called{}{}{}",
            if of_threat.is_some() {
                " by district policy, from this author's immediate threat"
            } else {
                ""
            },
            at(place.as_ref()),
            because(reason.as_ref())
        ),
        Fact::ThreatReported {
            reason,
            place,
            room,
        } => format!(
            "Immediate threat reported{}{}{}",
            room.as_ref()
                .map_or_else(String::new, |room| format!(" from room {room}")),
            at(place.as_ref()),
            because(reason.as_ref())
        ),
        Fact::RoomReported { room, report, note } => {
            format!(
                "{}: {}{}",
                room.as_ref().map_or_else(
                    || "In no known room".to_owned(),
                    |room| format!("Room {room}")
                ),
                room_report(report),
                because(note.as_ref())
            )
        }
        Fact::AdverseReported { zone, seen } => {
            format!("Adverse in {zone}: {}", seen.shown())
        }
        Fact::NotClearSaid { reason } => format!("Not clear: {}", reason.shown()),
        Fact::LiftObjected { reason } => format!("Objects to a school lift: {}", reason.shown()),
        Fact::Acknowledged { room, .. } => match room {
            Some(room) => format!("Acknowledged for room {room}"),
            None => "Acknowledged".to_owned(),
        },
        Fact::Arrived {} => "On campus".to_owned(),
        Fact::Departed {} => "Left campus".to_owned(),
        Fact::MistakeAnnotated { note, .. } => {
            format!(
                "A call was a mistake: {}. It still takes a release.",
                note.shown()
            )
        }
        Fact::PleaAnswered { note, .. } => format!("Plea answered{}", because(note.as_ref())),
        Fact::ThreatAnswered { reason, .. } => {
            format!("Immediate threat answered, no threat: {}", reason.shown())
        }
        Fact::SweepStarted {} => "Sweep started".to_owned(),
        Fact::ZoneCleared { zone } => format!("Zone {zone} clear"),
        Fact::NotClearWithdrawn { .. } => "Not clear withdrawn".to_owned(),
        Fact::NotClearSetAside { reason, .. } => {
            format!("Not clear set aside: {}", reason.shown())
        }
        Fact::LiftProposed { statement, .. } => {
            format!("School lift proposed: {}", statement.shown())
        }
        Fact::ObjectionWithdrawn { .. } => "Objection withdrawn".to_owned(),
        Fact::ObjectionSetAside { reason, .. } => {
            format!("Objection set aside: {}", reason.shown())
        }
        Fact::RoomOpened { room } => format!("Room {room} opened"),
        Fact::IncidentClosed { reason } => format!("Incident closed: {}", reason.shown()),
        Fact::ControlledMovementEnded { .. } => "Controlled movement ended".to_owned(),
        Fact::AllClearGiven {
            marks,
            certification,
            override_reason,
            ..
        } => format!(
            "All clear given on the authority of {}{}{}{}",
            certification.authority(),
            certification
                .on_scene
                .as_ref()
                .map_or_else(String::new, |on_scene| format!(". {}", on_scene.words())),
            mark_words(marks),
            because(override_reason.as_ref())
        ),
        Fact::SchoolLifted {
            proposed_by, marks, ..
        } => format!(
            "Lifted by school administration, proposed by {proposed_by}. This is not a \
             law-enforcement all clear{}",
            mark_words(marks)
        ),
        Fact::Resumed { unopened, .. } => {
            if unopened.is_empty() {
                "Back to normal".to_owned()
            } else {
                format!("Back to normal with {} rooms unopened", unopened.len())
            }
        }
        Fact::SightingReported {
            seen,
            place,
            danger,
            of,
            ..
        } => format!(
            "{}, {}{}: {}",
            if of.is_some() {
                "Sighting, more"
            } else {
                "Sighting"
            },
            danger.words(),
            at(place.as_ref()),
            seen.shown()
        ),
        Fact::PictureAttached { .. } => "A picture came in for a sighting".to_owned(),
        Fact::RosterOpened { room: Some(room) } => format!("Opened the roster of room {room}"),
        Fact::RosterOpened { room: None } => "Opened the roster of the whole campus".to_owned(),
        Fact::EscalationOpened {
            agency,
            basis,
            state,
            decided_by,
            called_by,
            incident_number,
            note,
            ..
        } => format!(
            "{} for {}, {}{}{}{}{}",
            agency.words(),
            basis.words(),
            state.words(),
            naming(", decided by", decided_by.as_ref()),
            naming(", called by", called_by.as_ref()),
            naming(", incident number", incident_number.as_ref()),
            because(note.as_ref())
        ),
        Fact::LineRecorded {
            state,
            incident_number,
            note,
            ..
        } => format!(
            "Escalation: {}{}{}",
            state.words(),
            naming(", incident number", incident_number.as_ref()),
            because(note.as_ref())
        ),
        Fact::DutyAttempted {
            kind,
            person,
            channel,
            n,
            outcome,
            ..
        } => format!(
            "Duty \"{}\": {person} {} ({} attempt {n})",
            kind.words(),
            match outcome {
                Outcome::Sent => "was asked",
                Outcome::NotReached => "was not reached",
            },
            match channel {
                Channel::Screen => "on screen,",
                Channel::Outside => "outside,",
            }
        ),
        Fact::DutyAcknowledged { .. } => "Duty in hand".to_owned(),
        Fact::DutyDone { how, done_by, .. } => format!(
            "Duty done{}: {}",
            naming(" by", done_by.as_ref()),
            how.shown()
        ),
        Fact::DutyDeclined { reason, .. } => format!("Duty not done: {}", reason.shown()),
        Fact::ContactJudgedSafe { with, .. } => {
            format!("Judges contact safe, together with {with}")
        }
        Fact::ContactWithdrawn { .. } => "No longer judges contact safe".to_owned(),
        Fact::ContactMade {
            by,
            what,
            off_protocol,
            ..
        } => format!(
            "{}Contact made by {}: {}",
            off_protocol_words(off_protocol),
            by.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" and "),
            what.shown()
        ),
        Fact::LeadOffered { to } => format!("Lead offered to {to}"),
        Fact::LeadTaken { .. } => "Lead taken".to_owned(),
        Fact::DrillStarted { kind, note } => {
            format!("DRILL: {} begun{}", kind.words(), because(note.as_ref()))
        }
        Fact::DrillLockDownCalled { .. } => "DRILL: lock-down called".to_owned(),
        Fact::DrillRoomReported { room, report, .. } => format!(
            "DRILL: room {room} {}",
            if report.secured {
                "secured"
            } else {
                "NOT secured"
            }
        ),
        Fact::DrillZoneCleared { zone, .. } => format!("DRILL: zone {zone} clear"),
        Fact::DrillAllClearGiven { marks, .. } => {
            format!("DRILL: all clear given{}", mark_words(marks))
        }
        Fact::DrillEnded { note, .. } => format!("DRILL: ended{}", because(note.as_ref())),
        Fact::ReachKept { rows } => format!("Reach: {} confirmations kept", rows.len()),
        // The same whatever the proof was: this stands on screens.
        Fact::ClearRefused { command, code, .. } => {
            format!("Refused: {} ({})", command.replace('_', " "), code.as_str())
        }
        Fact::EpochOpened { reason, .. } => {
            format!(
                "The journal came back and began a new epoch: {}",
                reason.shown()
            )
        }
        Fact::DirectoryImported {
            version,
            campuses,
            people,
            certified,
            certified_more,
            ..
        } => format!(
            "Directory version {version}: {campuses} campuses, {people} people{}{}",
            certified
                .iter()
                .map(|change| format!("; {}", change.words()))
                .collect::<String>(),
            certified_more.map_or_else(String::new, |more| format!(
                "; certifications of {more} more"
            ))
        ),
        Fact::RostersImported {
            campuses,
            classes,
            students,
        } => format!("Rosters of {campuses} campuses: {classes} classes, {students} students"),
        Fact::CodeMade { principal } => format!("Enrolment code made for {principal}"),
        Fact::SignedIn { principal, .. } => format!("{principal} signed in"),
        Fact::CredentialRevoked { principal, .. } => {
            format!("A sign-in of {principal} was switched off")
        }
        Fact::PinSet { person } => format!("PIN set for {person}"),
        Fact::PasskeyAdded { person, .. } => format!("Passkey added for {person}"),
        Fact::PasskeyRemoved { person, .. } => format!("Passkey of {person} removed"),
        Fact::PolicyChanged {
            version,
            changes,
            reason,
        } => format!(
            "Policy changed, directory version {version}: {}{}",
            changes
                .iter()
                .map(PolicyChange::words)
                .collect::<Vec<_>>()
                .join("; "),
            because(reason.as_ref())
        ),
        Fact::OfficerCodeMade { name, campus, .. } => format!(
            "Code made for {name}, an officer without an account at {campus}. No officer yet: \
             somebody else certifies"
        ),
        Fact::OfficerCertified {
            name,
            campus,
            certification,
            ..
        } => format!(
            "{name} of {} is an officer of {campus}{}",
            certification.authority(),
            certification
                .on_scene
                .as_ref()
                .map_or_else(String::new, |on_scene| format!(". {}", on_scene.words()))
        ),
        Fact::PersonAssigned {
            version,
            person,
            name,
            role,
            campuses,
        } => {
            let campuses: Vec<&str> = campuses.iter().map(CampusId::as_str).collect();
            let at = if campuses.is_empty() {
                String::new()
            } else {
                format!(" at {}", campuses.join(", "))
            };
            format!(
                "Directory version {version}: {name} ({person}) is {}{at}, by the district's own \
                 sign-in",
                role.words()
            )
        }
        Fact::DirectoryChanged {
            version,
            edit,
            reason,
        } => format!(
            "Directory version {version}, by hand: {}{}",
            edit.words(),
            because(reason.as_ref())
        ),
    }
}

/// What a prospective threat is, in words.
#[must_use]
pub fn threat_kind(kind: ThreatKind) -> &'static str {
    match kind {
        ThreatKind::Person => "a person",
        ThreatKind::Object => "an object",
        ThreatKind::Weather => "weather",
        ThreatKind::AreaPolice => "police activity in the area",
        ThreatKind::Other => "another cause",
    }
}

/// How a room is, in words.
#[must_use]
pub fn room_report(report: &RoomReport) -> String {
    let mut words = match report.state {
        RoomState::Secured => "secured",
        RoomState::NotSecured => "NOT secured",
        RoomState::NeedHelp => "NEEDS HELP",
    }
    .to_owned();
    for (count, what) in [
        (report.present, "present"),
        (report.injured, "injured"),
        (report.missing, "missing"),
        (report.extra, "extra"),
    ] {
        if let Some(count) = count {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    words
}

/// The sentence to say on the radio when a campus comes under a posture and the campus has no
/// words of its own.
#[must_use]
pub fn radio(posture: Posture) -> &'static str {
    match posture {
        Posture::Normal => "Back to normal.",
        Posture::LiftedBySchool => {
            "The lock-down is lifted by school administration. This is not a law-enforcement \
             all clear."
        }
        Posture::AllClear => "All clear, given by law enforcement.",
        Posture::ControlledMovement => {
            "Controlled movement. Stay where you are; move only as directed."
        }
        Posture::LockDown => "Lock-down. Locks, lights, out of sight.",
    }
}

/// What to do while a reported threat waits for its answer and nothing higher is called (A2).
pub const CHECKING: &str =
    "A threat was reported and is being checked. Stay where you are and keep listening.";

fn mark_words(marks: &[Mark]) -> String {
    marks
        .iter()
        .map(|mark| format!(". {}", mark.words()))
        .collect()
}

fn off_protocol_words(breaches: &[Breach]) -> String {
    if breaches.is_empty() {
        return String::new();
    }
    let broken: Vec<&str> = breaches.iter().map(|breach| breach.words()).collect();
    format!("OFF PROTOCOL ({}). ", broken.join(", "))
}

fn naming(what: &str, words: Option<&Words>) -> String {
    words.map_or_else(String::new, |words| format!("{what} {}", words.shown()))
}

fn at(place: Option<&Words>) -> String {
    place.map_or_else(String::new, |place| format!(" at {}", place.shown()))
}

fn because(words: Option<&Words>) -> String {
    words.map_or_else(String::new, |words| format!(": {}", words.shown()))
}
