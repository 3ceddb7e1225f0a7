//! Who may do what, as one reviewed page: `authority.txt` beside this file (A6).
//!
//! For each command every role is tried with every certification, standing, campus and grant,
//! in a canned campus state of each posture in which everything but the actor's right is
//! satisfied as far as the posture allows. A new command does not compile until it stands in
//! [`after`] and [`ready`]; a changed right changes the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest, RoomState, ThreatKind};
use lockstep_proto::contact::{Danger, PictureKind};
use lockstep_proto::directory::{Date, Person, Policy, ReleaseMode};
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Role, Standing};
use lockstep_rules::{Actor, Scope};

use crate::school::{
    NORTH, RIVER, School, ZONES, campus_id, certificate, certified, id_of, person, report, room,
    text, words, zone,
};

const POSTURES: [Posture; 5] = [
    Posture::Normal,
    Posture::LiftedBySchool,
    Posture::AllClear,
    Posture::ControlledMovement,
    Posture::LockDown,
];

pub(crate) const CERTIFICATES: [&str; 4] = ["certified", "expired", "part-time", "not certified"];

/// Whether they hold the grant of P5 for this campus.
const GRANTS: [bool; 2] = [false, true];

/// Whose the thing is that the command is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Anothers,
}

/// Every command, one of each kind that is judged otherwise.
pub(crate) fn commands() -> Vec<Command> {
    std::iter::successors(after(None), |command| after(Some(command))).collect()
}

/// The commands one after the other: every one of them is somebody's successor.
fn after(command: Option<&Command>) -> Option<Command> {
    let none = FactId(uuid::Uuid::nil());
    let seen = Position::START;
    let lifts = Vec::new;
    let why = || text("because");
    let Some(command) = command else {
        return Some(Command::BeginControlledMovement {
            kind: ThreatKind::Person,
            place: None,
            seen: None,
            shareable: None,
            answers: Vec::new(),
        });
    };
    Some(match command {
        Command::BeginControlledMovement { .. } => crate::school::call(),
        Command::CallLockDown { .. } => crate::school::threat(),
        Command::ReportThreat { .. } => Command::ReportRoom {
            room: Some(room("n101")),
            report: report(RoomState::Secured),
            note: None,
        },
        Command::ReportRoom {
            room, report: last, ..
        } if !last.is_plea() => Command::ReportRoom {
            room: room.clone(),
            report: report(RoomState::NeedHelp),
            note: None,
        },
        Command::ReportRoom { .. } => Command::Acknowledge {
            room: None,
            through: seen,
            also: Vec::new(),
        },
        Command::Acknowledge { .. } => Command::Arrive {},
        Command::Arrive {} => Command::Leave {},
        Command::Leave {} => Command::AnnotateMistake {
            call: none,
            note: why(),
        },
        Command::AnnotateMistake { .. } => Command::AnswerPlea {
            plea: none,
            note: None,
        },
        Command::AnswerPlea { .. } => Command::AnswerThreat {
            threat: none,
            reason: why(),
        },
        Command::AnswerThreat { .. } => Command::StartSweep {},
        Command::StartSweep {} => Command::ClearZone { zone: zone("a") },
        Command::ClearZone { .. } => Command::ReportAdverse {
            zone: zone("a"),
            seen: why(),
        },
        Command::ReportAdverse { .. } => Command::SayNotClear { reason: why() },
        Command::SayNotClear { .. } => Command::WithdrawNotClear { not_clear: none },
        Command::WithdrawNotClear { .. } => Command::SetAsideNotClear {
            not_clear: none,
            reason: why(),
        },
        Command::SetAsideNotClear { .. } => Command::GiveAllClear {
            lifts: lifts(),
            seen,
            override_reason: None,
        },
        Command::GiveAllClear { .. } => Command::ProposeLift {
            statement: why(),
            lifts: lifts(),
            seen,
        },
        Command::ProposeLift { .. } => Command::ConfirmLift {
            proposal: none,
            lifts: lifts(),
            seen,
        },
        Command::ConfirmLift { .. } => Command::ObjectToLift { reason: why() },
        Command::ObjectToLift { .. } => Command::WithdrawObjection { objection: none },
        Command::WithdrawObjection { .. } => Command::SetAsideObjection {
            objection: none,
            reason: why(),
        },
        Command::SetAsideObjection { .. } => Command::OpenRoom { room: room("n101") },
        Command::OpenRoom { .. } => Command::EndControlledMovement {
            lifts: lifts(),
            seen,
        },
        Command::EndControlledMovement { .. } => Command::Resume {
            lifts: lifts(),
            seen,
            unopened: Vec::new(),
            reason: None,
        },
        Command::Resume { .. } => Command::CloseIncident { reason: why() },
        Command::CloseIncident { .. } => crate::school::sighting(Danger::No),
        Command::ReportSighting {
            danger: Danger::No, ..
        } => crate::school::sighting(Danger::Yes),
        Command::ReportSighting { .. } => Command::AttachPicture {
            to: none,
            sha256: text(&"ab".repeat(32)),
            kind: PictureKind::Jpeg,
            bytes: 1,
        },
        Command::AttachPicture { .. } => Command::OpenEscalation {
            agency: Agency::NineOneOne,
            basis: Basis::ImmediateThreat,
            state: LineState::Requested,
            decided_by: None,
            called_by: None,
            number: None,
            incident_number: None,
            note: None,
        },
        Command::OpenEscalation { .. } => Command::RecordLine {
            escalation: none,
            state: LineState::LineOpen,
            incident_number: None,
            note: None,
        },
        Command::RecordLine { .. } => Command::AcknowledgeDuty { duty: marker(0) },
        Command::AcknowledgeDuty { duty } if next(*duty).is_some() => Command::AcknowledgeDuty {
            duty: next(*duty).unwrap(),
        },
        Command::AcknowledgeDuty { .. } => Command::DeclineDuty {
            duty: marker(0),
            reason: why(),
        },
        Command::DeclineDuty { duty, .. } if next(*duty).is_some() => Command::DeclineDuty {
            duty: next(*duty).unwrap(),
            reason: why(),
        },
        Command::DeclineDuty { .. } => Command::FinishDuty {
            duty: marker(0),
            how: why(),
            done_by: None,
            done_at: None,
        },
        Command::FinishDuty { duty, .. } if next(*duty).is_some() => Command::FinishDuty {
            duty: next(*duty).unwrap(),
            how: why(),
            done_by: None,
            done_at: None,
        },
        Command::FinishDuty { .. } => Command::JudgeContactSafe {
            raise: none,
            with: id_of("sam"),
        },
        Command::JudgeContactSafe { .. } => Command::WithdrawContact { raise: none },
        Command::WithdrawContact { .. } => Command::RecordContact {
            raise: None,
            by: Vec::new(),
            what: why(),
        },
        Command::RecordContact { .. } => Command::OfferLead { to: id_of("sam") },
        Command::OfferLead { .. } => Command::TakeLead { offer: none },
        Command::TakeLead { .. } => Command::StartDrill {
            kind: DrillKind::LockDown,
            note: None,
        },
        Command::StartDrill { .. } => Command::CallDrillLockDown { drill: none },
        Command::CallDrillLockDown { .. } => Command::ReportDrillRoom {
            drill: none,
            room: Some(room("n101")),
            report: DrillRoomReport {
                secured: true,
                present: None,
                missing: None,
                extra: None,
            },
        },
        Command::ReportDrillRoom { .. } => Command::ClearDrillZone {
            drill: none,
            zone: zone("a"),
        },
        Command::ClearDrillZone { .. } => Command::GiveDrillAllClear {
            drill: none,
            seen,
            override_reason: None,
        },
        Command::GiveDrillAllClear { .. } => Command::EndDrill {
            drill: none,
            seen,
            note: None,
        },
        Command::EndDrill { .. } => Command::OpenRoster { room: None },
        Command::OpenRoster { room: None } => Command::OpenRoster {
            room: Some(room("n101")),
        },
        Command::OpenRoster { .. } => return None,
    })
}

/// Stands for a duty of a kind in a template, until [`ready`] puts a real one in its place.
fn marker(kind: usize) -> FactId {
    FactId(uuid::Uuid::from_u128(kind as u128))
}

fn marked(duty: FactId) -> DutyKind {
    DutyKind::ALL[usize::try_from(duty.0.as_u128()).unwrap()]
}

fn next(duty: FactId) -> Option<FactId> {
    let kind = usize::try_from(duty.0.as_u128()).unwrap() + 1;
    (kind < DutyKind::ALL.len()).then(|| marker(kind))
}

/// Whether it matters whose the thing is.
fn variants(command: &Command) -> &'static [Whose] {
    let personal = matches!(
        command,
        Command::AnnotateMistake { .. }
            | Command::WithdrawNotClear { .. }
            | Command::SetAsideNotClear { .. }
            | Command::ConfirmLift { .. }
            | Command::WithdrawObjection { .. }
            | Command::SetAsideObjection { .. }
            | Command::AttachPicture { .. }
            | Command::TakeLead { .. }
    );
    if personal {
        &[Whose::Own, Whose::Anothers]
    } else {
        &[Whose::Anothers]
    }
}

/// A campus under a posture, with its sweep done and the actor on campus.
fn campus_under(posture: Posture, actor: &Actor, policy: &Policy) -> School {
    let mut school = School::with(|own| own.clone_from(policy));
    let other = person("somebody-else", Role::Sro);
    if actor.person().is_some() {
        school.happened(actor, Fact::Arrived {});
    }
    match posture {
        Posture::Normal => {}
        Posture::ControlledMovement => {
            school.happened(&other, movement_begun());
        }
        Posture::LockDown => {
            school.happened(&other, lock_down_called());
            for id in ZONES {
                school.happened(&other, Fact::ZoneCleared { zone: zone(id) });
            }
        }
        Posture::AllClear => {
            school.happened(&other, lock_down_called());
            let given = Fact::AllClearGiven {
                lifts: school.raises(),
                seen: school.head(),
                incident: 1,
                certification: certified().unwrap(),
                marks: Vec::new(),
                override_reason: None,
            };
            school.happened(&other, given);
        }
        Posture::LiftedBySchool => {
            school.happened(&other, lock_down_called());
            let lifted = Fact::SchoolLifted {
                lifts: school.raises(),
                seen: school.head(),
                incident: 1,
                proposal: FactId(uuid::Uuid::nil()),
                proposed_by: lockstep_proto::id::PersonId::new("ana").unwrap(),
                marks: Vec::new(),
            };
            school.happened(&other, lifted);
        }
    }
    assert_eq!(school.posture(), posture);
    school
}

fn movement_begun() -> Fact {
    Fact::ControlledMovementBegun {
        kind: ThreatKind::Person,
        place: None,
        seen: None,
        shareable: None,
        answers: Vec::new(),
    }
}

fn lock_down_called() -> Fact {
    Fact::LockDownCalled {
        reason: None,
        place: None,
        answers: Vec::new(),
        of_threat: None,
    }
}

/// A controlled movement that is over: it may still be called a mistake (L3).
fn begun_and_ended(school: &mut School, author: &Actor) -> FactId {
    let begun = school.happened(author, movement_begun());
    let ended = Fact::ControlledMovementEnded {
        lifts: vec![begun],
        seen: school.head(),
    };
    school.happened(author, ended);
    begun
}

fn threat_reported() -> Fact {
    Fact::ThreatReported {
        reason: None,
        place: None,
        room: None,
    }
}

/// The command as it is meant, with everything but the actor's right in place.
fn ready(school: &mut School, template: Command, whose: Whose, actor: &Actor) -> Command {
    let other = person("somebody-else", Role::Sro);
    let author = match whose {
        Whose::Own => actor.clone(),
        Whose::Anothers => other,
    };
    let why = || words("because");
    match template {
        // These need nothing but the right.
        Command::BeginControlledMovement { .. }
        | Command::CallLockDown { .. }
        | Command::ReportThreat { .. }
        | Command::ReportRoom { .. }
        | Command::Acknowledge { .. }
        | Command::Arrive {}
        | Command::Leave {}
        | Command::StartSweep {}
        | Command::ClearZone { .. }
        | Command::ReportAdverse { .. }
        | Command::SayNotClear { .. }
        | Command::ObjectToLift { .. }
        | Command::OpenRoom { .. }
        | Command::ReportSighting { .. }
        | Command::OpenEscalation { .. }
        | Command::RecordContact { .. }
        | Command::OfferLead { .. }
        | Command::OpenRoster { .. }
        | Command::StartDrill { .. } => template,
        Command::AnnotateMistake { note, .. } => {
            let call = match school.posture() {
                Posture::LockDown => school.happened(&author, lock_down_called()),
                Posture::ControlledMovement => school.happened(&author, movement_begun()),
                Posture::Normal | Posture::AllClear | Posture::LiftedBySchool => {
                    begun_and_ended(school, &author)
                }
            };
            Command::AnnotateMistake { call, note }
        }
        Command::AnswerPlea { note, .. } => {
            let plea = Fact::RoomReported {
                room: Some(room("n101")),
                report: report(RoomState::NeedHelp),
                note: None,
            };
            let plea = school.happened(&author, plea);
            Command::AnswerPlea { plea, note }
        }
        Command::AnswerThreat { reason, .. } => {
            let threat = school.happened(&author, threat_reported());
            Command::AnswerThreat { threat, reason }
        }
        Command::WithdrawNotClear { .. } => {
            let not_clear = school.happened(&author, Fact::NotClearSaid { reason: why() });
            Command::WithdrawNotClear { not_clear }
        }
        Command::SetAsideNotClear { reason, .. } => {
            let not_clear = school.happened(&author, Fact::NotClearSaid { reason: why() });
            Command::SetAsideNotClear { not_clear, reason }
        }
        Command::WithdrawObjection { .. } => {
            let objection = school.happened(&author, Fact::LiftObjected { reason: why() });
            Command::WithdrawObjection { objection }
        }
        Command::SetAsideObjection { reason, .. } => {
            let objection = school.happened(&author, Fact::LiftObjected { reason: why() });
            Command::SetAsideObjection { objection, reason }
        }
        Command::ProposeLift { .. } => school.propose(),
        Command::ConfirmLift { .. } => {
            let proposed = Fact::LiftProposed {
                statement: why(),
                lifts: school.raises(),
                seen: school.head(),
            };
            let mut author = author;
            if whose == Whose::Anothers {
                author.author.role = Role::Administrator;
            }
            let proposal = school.happened(&author, proposed);
            school.confirm(proposal)
        }
        Command::CloseIncident { reason } => {
            if school.posture() == Posture::Normal {
                let threat = school.happened(&author, threat_reported());
                let answered = Fact::ThreatAnswered {
                    threat,
                    reason: why(),
                };
                school.happened(&author, answered);
            }
            Command::CloseIncident { reason }
        }
        Command::EndControlledMovement { .. } => school.end_movement(),
        Command::GiveAllClear { .. } => school.all_clear(),
        Command::Resume { .. } => school.resume(),
        Command::AttachPicture {
            sha256,
            kind,
            bytes,
            ..
        } => Command::AttachPicture {
            to: school.happened(&author, seen_by_somebody()),
            sha256,
            kind,
            bytes,
        },
        Command::RecordLine {
            state,
            incident_number,
            note,
            ..
        } => Command::RecordLine {
            escalation: school.happened(&author, escalation_opened()),
            state,
            incident_number,
            note,
        },
        Command::AcknowledgeDuty { duty } => Command::AcknowledgeDuty {
            duty: duty_of(school, marked(duty), actor),
        },
        Command::DeclineDuty { duty, reason } => Command::DeclineDuty {
            duty: duty_of(school, marked(duty), actor),
            reason,
        },
        Command::FinishDuty {
            duty,
            how,
            done_by,
            done_at,
        } => Command::FinishDuty {
            duty: duty_of(school, marked(duty), actor),
            how,
            done_by,
            done_at,
        },
        Command::JudgeContactSafe { .. } => Command::JudgeContactSafe {
            raise: school.happened(&author, threat_reported()),
            with: id_of(if actor.author.role == Role::Sro {
                "lee"
            } else {
                "sam"
            }),
        },
        Command::WithdrawContact { .. } => Command::WithdrawContact {
            raise: school.happened(&author, threat_reported()),
        },
        Command::TakeLead { .. } => {
            let to = match whose {
                Whose::Own => id_of("actor"),
                Whose::Anothers => id_of("sam"),
            };
            Command::TakeLead {
                offer: school.happened(&author, Fact::LeadOffered { to }),
            }
        }
        Command::CallDrillLockDown { .. } => Command::CallDrillLockDown {
            drill: school.happened(&author, drill_started()),
        },
        Command::ReportDrillRoom { room, report, .. } => Command::ReportDrillRoom {
            drill: school.happened(&author, drill_started()),
            room,
            report,
        },
        Command::ClearDrillZone { zone, .. } => Command::ClearDrillZone {
            drill: school.happened(&author, drill_started()),
            zone,
        },
        Command::GiveDrillAllClear { .. } => {
            let drill = school.happened(&author, drill_started());
            for id in ZONES {
                let zone = zone(id);
                school.happened(&author, Fact::DrillZoneCleared { drill, zone });
            }
            Command::GiveDrillAllClear {
                drill,
                seen: school.head(),
                override_reason: None,
            }
        }
        Command::EndDrill { note, .. } => Command::EndDrill {
            drill: school.happened(&author, drill_started()),
            seen: school.head(),
            note,
        },
    }
}

fn seen_by_somebody() -> Fact {
    Fact::SightingReported {
        seen: words("a bag"),
        place: None,
        seen_at: None,
        danger: Danger::Yes,
        of: None,
    }
}

fn escalation_opened() -> Fact {
    Fact::EscalationOpened {
        agency: Agency::Pd,
        basis: Basis::Escalating,
        state: LineState::Calling,
        decided_by: None,
        called_by: None,
        number: None,
        incident_number: None,
        note: None,
    }
}

fn drill_started() -> Fact {
    Fact::DrillStarted {
        kind: DrillKind::LockDown,
        note: None,
    }
}

/// A duty of that kind, open as far as the posture allows.
fn duty_of(school: &mut School, kind: DutyKind, actor: &Actor) -> FactId {
    let other = person("somebody-else", Role::Staff);
    let cause = match kind {
        DutyKind::Call911 | DutyKind::AnswerThreat => school.happened(&other, threat_reported()),
        DutyKind::CallSro => {
            // An SRO who is here is not called.
            if actor.person().is_some() {
                school.happened(actor, Fact::Departed {});
            }
            school.happened(&other, threat_reported())
        }
        DutyKind::AnswerPlea => {
            let plea = Fact::RoomReported {
                room: Some(room("n101")),
                report: report(RoomState::NeedHelp),
                note: None,
            };
            school.happened(&other, plea)
        }
        DutyKind::SeeSighting => school.happened(&other, seen_by_somebody()),
        DutyKind::ExplainClosedLine => {
            let escalation = school.happened(&other, escalation_opened());
            let closed = Fact::LineRecorded {
                escalation,
                state: LineState::Closed,
                incident_number: None,
                note: None,
            };
            school.happened(&other, closed)
        }
        DutyKind::TellSro | DutyKind::TellChiefOrDirector | DutyKind::TellSuperintendent => {
            school.happened(&other, escalation_opened())
        }
        DutyKind::KeepWatch => match school.posture() {
            Posture::LockDown | Posture::ControlledMovement => {
                school.happened(&other, movement_begun())
            }
            // The eyes are asked to watch while controlled movement is open.
            Posture::Normal | Posture::AllClear | Posture::LiftedBySchool => {
                begun_and_ended(school, &other)
            }
        },
    };
    // Calls and threats are one duty: the one that is open.
    let open = school.duty(kind).map(|card| card.id);
    open.unwrap_or_else(|| FactId::derived(cause, kind.as_str()))
}

pub(crate) fn actor(role: Role, certificate_of: &str, campus: &str, grant: bool) -> Actor {
    let certification = match certificate_of {
        "certified" => certified(),
        "expired" => Some(certificate(true, Date::constant(2026, 3, 1))),
        "part-time" => Some(certificate(false, Date::constant(2026, 12, 31))),
        _ => None,
    };
    let granted = grant.then(|| campus_id(NORTH));
    let record = Person {
        name: "actor".to_owned(),
        role,
        campuses: vec![campus_id(campus)],
        room: None,
        certification: certification.clone(),
        may_lock_down: granted.into_iter().collect(),
        addresses: Vec::new(),
    };
    Actor {
        scope: Scope::of(&record),
        room: (role == Role::Room).then(|| room("n101")),
        certification,
        may_lock_down: record.may_lock_down.into_iter().collect(),
        ..person("actor", role)
    }
}

/// One cell: what the three standings of a sign-in come to.
fn cell(school: &mut School, request: &CommandRequest, actor: &Actor) -> String {
    let mut with = |standing| {
        let actor = Actor {
            standing,
            ..actor.clone()
        };
        match school.asks(&actor, request) {
            Ok(made) if made.len() > 1 => Ok("yes_and_lock_down"),
            Ok(_) => Ok("yes"),
            Err(refusal) => Err(refusal.code),
        }
    };
    let all = (
        with(Standing::Forgiven),
        with(Standing::Live),
        with(Standing::Fresh),
    );
    match all {
        (Ok(yes), Ok(_), Ok(_)) => yes.to_owned(),
        (Err(Code::SignInExpired), Ok(_), Ok(_)) => "live".to_owned(),
        (Err(Code::SignInExpired), Err(Code::ProofNeeded), Ok(_)) => "fresh".to_owned(),
        // With the right, and without what the posture would have to give it.
        (Err(Code::SignInExpired), Err(_), Err(code)) => code.as_str().to_owned(),
        (Err(one), Err(two), Err(code)) if one == two && two == code => code.as_str().to_owned(),
        other => panic!(
            "{} has a cell that no word is for: {other:?}",
            request.command.name()
        ),
    }
}

type Row = Vec<String>;

/// One way to be that role: the grant, and the certificate.
pub(crate) type Case = (usize, usize);

/// What a role may do, grant by grant and certificate by certificate.
fn rows(role: Role, template: &Command, whose: Whose, policy: &Policy) -> BTreeMap<Case, Row> {
    let mut rows: BTreeMap<Case, Row> = BTreeMap::new();
    for posture in POSTURES {
        let anybody = actor(role, CERTIFICATES[0], NORTH, false);
        let mut school = campus_under(posture, &anybody, policy);
        let command = ready(&mut school, template.clone(), whose, &anybody);
        let request = school.request(command);
        for (g, grant) in GRANTS.into_iter().enumerate() {
            for (c, certificate) in CERTIFICATES.iter().enumerate() {
                let here = actor(role, certificate, NORTH, grant);
                let found = cell(&mut school, &request, &here);
                rows.entry((g, c)).or_default().push(found.clone());
                // Whoever serves another campus only is told that there is none (said once).
                let there = actor(role, certificate, RIVER, grant);
                let elsewhere = cell(&mut school, &request, &there);
                let expected = match there.scope {
                    Scope::District => found.as_str(),
                    Scope::Campuses(_) => "unknown_campus",
                };
                assert_eq!(elsewhere, expected, "{role:?}: {template:?}");
            }
        }
    }
    rows
}

/// Equal rows are merged: over certificates, over grants, over roles. What is refused
/// throughout comes last.
fn grid(template: &Command, whose: Whose, policy: &Policy) -> Vec<(String, Row)> {
    let mut by_row: Vec<(Row, BTreeMap<Role, Vec<Case>>)> = Vec::new();
    for role in Role::ALL {
        for (case, row) in rows(role, template, whose, policy) {
            match by_row.iter_mut().find(|(known, _)| *known == row) {
                Some((_, cases)) => cases.entry(role).or_default().push(case),
                None => by_row.push((row, BTreeMap::from([(role, vec![case])]))),
            }
        }
    }
    by_row.sort_by_key(|(row, _)| row.iter().all(|cell| cell == "not_allowed"));
    by_row
        .into_iter()
        .flat_map(|(row, cases)| {
            labels(&cases)
                .into_iter()
                .map(move |label| (label, row.clone()))
        })
        .collect()
}

/// Who a row is for, in as few words as say it: roles of the same cases stand together.
pub(crate) fn labels(by_role: &BTreeMap<Role, Vec<Case>>) -> Vec<String> {
    let mut by_cases: Vec<(&[Case], Vec<&str>)> = Vec::new();
    for role in Role::ALL {
        let Some(cases) = by_role.get(&role) else {
            continue;
        };
        match by_cases.iter_mut().find(|(known, _)| known == cases) {
            Some((_, roles)) => roles.push(role.as_str()),
            None => by_cases.push((cases, vec![role.as_str()])),
        }
    }
    by_cases
        .into_iter()
        .map(|(cases, roles)| {
            let roles = if roles.len() == Role::ALL.len() {
                "everybody".to_owned()
            } else {
                roles.join(", ")
            };
            format!("{roles}{}", qualified(cases))
        })
        .collect()
}

/// With which grant and certificates, where not with all.
fn qualified(cases: &[Case]) -> String {
    let of_grant = |g: usize| -> Vec<usize> {
        let cases = cases.iter().filter(|(grant, _)| *grant == g);
        cases.map(|(_, c)| *c).collect()
    };
    let (without, with) = (of_grant(0), of_grant(1));
    let (mut words, certificates) = if without == with {
        (String::new(), with)
    } else if without.is_empty() {
        ("; with the grant".to_owned(), with)
    } else if with.is_empty() {
        ("; without the grant".to_owned(), without)
    } else {
        panic!("a grant and a certificate together decide: no words are for that yet");
    };
    if certificates.len() < CERTIFICATES.len() {
        let names: Vec<&str> = certificates.iter().map(|c| CERTIFICATES[*c]).collect();
        write!(words, "; {}", names.join(" or ")).unwrap();
    }
    words
}

const HEADER: &str = "\
WHO MAY DO WHAT (PROTOCOL A6). Written and compared by `server/rules/tests/table.rs`.

A cell is the answer to a command on a campus of that posture when nothing but the actor's
right could be wrong: everything is named, swept and recorded, the actor is on campus.

  yes      with any sign-in, also one that expired less than twelve hours ago
  live     with a live, unexpired sign-in; else sign_in_expired
  fresh    with a live sign-in and a PIN or passkey in the last two minutes; else proof_needed
  another word is the code of the refusal, the same with the freshest sign-in

Rows that read alike are one row. Chief, director, superintendent and monitor serve every
campus of their district. Everybody else serves the campuses that the directory names, and
gets unknown_campus to every command on another, with every certificate and grant. The grant
is the one of P5, given to a person for this campus by name.
";

type Grids = Vec<(String, Vec<(String, Row)>)>;

fn grids(policy: &Policy) -> Grids {
    let mut grids = Vec::new();
    let mut last = None;
    while let Some(template) = after(last.as_ref()) {
        for whose in variants(&template) {
            grids.push((title(&template, *whose), grid(&template, *whose, policy)));
        }
        last = Some(template);
    }
    grids
}

fn page() -> String {
    let mut page = HEADER.to_owned();
    let default = grids(&Policy::default());
    for (title, rows) in &default {
        write_grid(&mut page, title, rows);
    }
    under_policies(&mut page, &default);
    crate::directory::write_acts(&mut page);
    page
}

fn title(template: &Command, whose: Whose) -> String {
    let mut title = template.name().to_owned();
    if let Command::ReportRoom { report, .. } = template {
        title.push_str(if report.is_plea() {
            ", asking for help"
        } else {
            ", secured"
        });
    }
    if let Command::ReportSighting { danger, .. } = template {
        write!(title, ", {}", danger.words()).unwrap();
    }
    if let Command::OpenRoster { room } = template {
        title.push_str(match room {
            None => ", of the whole campus",
            Some(_) => ", of a room that is not one's own",
        });
    }
    if let Command::AcknowledgeDuty { duty }
    | Command::DeclineDuty { duty, .. }
    | Command::FinishDuty { duty, .. } = template
    {
        write!(title, ", {}", marked(*duty).as_str()).unwrap();
    }
    if variants(template).len() > 1 {
        title.push_str(match whose {
            Whose::Own => ", one's own",
            Whose::Anothers => ", another's",
        });
    }
    title
}

fn write_grid(page: &mut String, title: &str, rows: &[(String, Row)]) {
    writeln!(page, "\n{title}").unwrap();
    let width = |column: usize| {
        rows.iter()
            .filter(|(_, row)| row.windows(2).any(|pair| pair[0] != pair[1]))
            .map(|(_, row)| row[column].len())
            .max()
    };
    let names: Vec<String> = POSTURES
        .iter()
        .map(|posture| {
            let name = serde_json::to_value(posture).unwrap();
            name.as_str().unwrap().to_owned()
        })
        .collect();
    if width(0).is_some() {
        let heads: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(n, name)| format!("{name:<w$}", w = width(n).unwrap_or(0).max(name.len())))
            .collect();
        writeln!(page, "    {}", heads.join("  ").trim_end()).unwrap();
    }
    for (label, row) in rows {
        writeln!(page, "  {label}").unwrap();
        let same = row.windows(2).all(|pair| pair[0] == pair[1]);
        if same {
            writeln!(page, "    {} in every posture", row[0]).unwrap();
        } else {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(n, cell)| {
                    format!("{cell:<w$}", w = width(n).unwrap_or(0).max(names[n].len()))
                })
                .collect();
            writeln!(page, "    {}", cells.join("  ").trim_end()).unwrap();
        }
    }
}

/// How a policy differs from the default.
type Switch = fn(&mut Policy);

/// Each switch of policy, and only the rows that it changes.
fn under_policies(page: &mut String, default: &Grids) {
    let switches: [(&str, Switch); 4] = [
        ("staff_may_lock_down = true", |policy| {
            policy.staff_may_lock_down = true;
        }),
        ("immediate_threat_locks_after_s = 0", |policy| {
            policy.immediate_threat_locks_after_s = Some(0);
        }),
        ("school_lift = false", |policy| policy.school_lift = false),
        (
            "release = \"room_by_room\", no room opened or named",
            |policy| {
                policy.release = ReleaseMode::RoomByRoom;
            },
        ),
    ];
    for (name, change) in switches {
        let mut policy = Policy::default();
        change(&mut policy);
        writeln!(page, "\nUNDER {name}, THE ROWS THAT CHANGE").unwrap();
        let mut changed = false;
        for ((title, mut rows), (_, before)) in grids(&policy).into_iter().zip(default) {
            rows.retain(|row| !before.contains(row));
            if !rows.is_empty() {
                changed = true;
                write_grid(page, &title, &rows);
            }
        }
        if !changed {
            writeln!(page, "  none").unwrap();
        }
    }
}

/// A6: the diff of this page is the review of a change of rights. `UPDATE_AUTHORITY=1` writes
/// it anew.
#[test]
fn a6_who_may_do_what_is_as_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/authority.txt");
    let page = page();
    if std::env::var_os("UPDATE_AUTHORITY").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    let line = reviewed
        .lines()
        .zip(page.lines())
        .position(|(reviewed, now)| reviewed != now)
        .unwrap_or_else(|| reviewed.lines().count().min(page.lines().count()));
    assert!(
        reviewed == page,
        "rights have changed, first at line {} of authority.txt. If that is meant: \
         UPDATE_AUTHORITY=1 cargo test -p lockstep-rules a6_, and read the diff.\n{:?}\n{:?}",
        line + 1,
        reviewed.lines().nth(line),
        page.lines().nth(line),
    );
}
