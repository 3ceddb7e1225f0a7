//! A school whose journal is kept, and the year that the golden reports tell.

use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, RoomState, ThreatKind};
use lockstep_proto::contact::{Breach, Danger};
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::{DutyKind, Outcome};
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::export::{ExportedEntry, Salt};
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{CredentialId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::reach::{HowFar, ReachRow};
use lockstep_proto::role::Role;
use lockstep_proto::timeline::{Entry, LogId, seal};
use lockstep_rules::report::Read;
use lockstep_rules::{Actor, due_attempts};

use crate::school::{
    NORTH, School, ana, campus_id, device, fresh, joy, kim, lee, person, report, room, sam, text,
    words, zone,
};

/// A school, and every entry that its journal took.
pub(crate) struct Chronicle {
    pub(crate) school: School,
    pub(crate) entries: Vec<Entry>,
    pub(crate) epoch: u32,
    /// How long the journal takes to have something.
    lag_ms: i64,
    claim: Option<Timestamp>,
    doubt: bool,
}

impl Chronicle {
    pub(crate) fn new() -> Self {
        Self {
            school: School::new(),
            entries: Vec::new(),
            epoch: 1,
            lag_ms: 0,
            claim: None,
            doubt: false,
        }
    }

    /// So many seconds pass.
    pub(crate) fn after(&mut self, seconds: i64) -> &mut Self {
        self.school.wait_ms(seconds * 1_000);
        self
    }

    /// The next entry's author claims another time.
    pub(crate) fn claiming(&mut self, seconds: i64) -> &mut Self {
        let at = self.school.now.as_second() + seconds;
        self.claim = Some(Timestamp::from_second(at).unwrap());
        self
    }

    /// The next entry comes into the journal so much later.
    pub(crate) fn late(&mut self, seconds: i64) -> &mut Self {
        self.lag_ms = seconds * 1_000;
        self
    }

    /// The next entry is recorded while the clock is in doubt.
    pub(crate) fn in_doubt(&mut self) -> &mut Self {
        self.doubt = true;
        self
    }

    /// Somebody does something, and it is accepted.
    pub(crate) fn does(&mut self, actor: &Actor, command: Command) -> FactId {
        let name = command.name();
        let request = self.school.request(command);
        let made = self.school.asks(actor, &request);
        let made = made.unwrap_or_else(|refusal| panic!("{name} was refused: {refusal:?}"));
        for stamped in &made {
            self.record(stamped.clone());
        }
        made[0].id
    }

    /// Somebody asks for a clear and is refused under this code.
    pub(crate) fn refused(&mut self, actor: &Actor, command: Command, code: Code) {
        let request = self.school.request(command);
        let refusal = self.school.asks(actor, &request).unwrap_err();
        assert_eq!(refusal.code, code);
        let mut school = self.school.clone();
        let stamped = school.note_refusal(actor, &request, code);
        self.record(stamped);
    }

    /// A fact, without asking for the right: to set a scene.
    pub(crate) fn happened(&mut self, by: &Actor, fact: Fact) -> FactId {
        let mut school = self.school.clone();
        let id = FactId(uuid::Uuid::from_u128(
            (self.entries.len() as u128 + 1) << 64,
        ));
        // Only the clock of the copy is used.
        school.now = self.school.now;
        self.record(Stamped {
            id,
            at: school.now,
            claimed_at: None,
            by: by.author.clone(),
            origin: None,
            fact,
        });
        id
    }

    pub(crate) fn record(&mut self, mut stamped: Stamped) {
        stamped.claimed_at = self.claim.take();
        self.school.seq += 1;
        let seq = self.school.seq;
        let recorded = self.school.now.as_millisecond() + std::mem::take(&mut self.lag_ms);
        let entry = Entry {
            v: 1,
            log: LogId::campus(person("x", Role::Staff).district, campus_id(NORTH)),
            epoch: self.epoch,
            seq,
            recorded: Timestamp::from_millisecond(recorded).unwrap(),
            clock_in_doubt: std::mem::take(&mut self.doubt),
            stamped: stamped.clone(),
        };
        let recorded = lockstep_rules::Recorded {
            position: Position {
                epoch: self.epoch,
                seq,
            },
            at: entry.recorded,
        };
        self.school.campus.apply(&stamped, Some(recorded));
        self.entries.push(entry);
    }

    /// The server tries everybody whom a duty asks now. Not all of them have a screen.
    pub(crate) fn tried(&mut self) {
        let (campus, site) = (&self.school.campus, &self.school.site);
        let due = due_attempts(campus, site, self.school.now, |_| true);
        for attempt in due {
            let outcome = match attempt.person.as_str() {
                "carol" | "dana" | "walt" => Outcome::NotReached,
                _ => Outcome::Sent,
            };
            let stamped = Stamped {
                id: attempt.id,
                at: self.school.now,
                claimed_at: None,
                by: server().author,
                origin: None,
                fact: attempt.fact(outcome),
            };
            self.record(stamped);
        }
    }

    /// What reached whom, in a batch: each client with its room, how far and how many
    /// milliseconds ago.
    pub(crate) fn reach(&mut self, rows: &[(&str, Option<&str>, HowFar, i64)]) {
        let through = self.school.seq;
        let rows = rows.iter().map(|(client, of, how_far, ago)| ReachRow {
            client: CredentialId::new(*client).unwrap(),
            room: of.map(room),
            how_far: *how_far,
            through,
            also: Vec::new(),
            at: Timestamp::from_millisecond(self.school.now.as_millisecond() - ago).unwrap(),
        });
        let rows = rows.collect();
        self.happened(&server(), Fact::ReachKept { rows });
    }

    /// A room acknowledges everything recorded.
    pub(crate) fn acknowledged(&mut self, by: &Actor, of: &str) {
        let through = Position {
            epoch: self.epoch,
            seq: self.school.seq,
        };
        let fact = Fact::Acknowledged {
            room: Some(room(of)),
            through,
            also: Vec::new(),
        };
        self.happened(by, fact);
    }

    /// As one who reads the journal.
    pub(crate) fn read(&self) -> Vec<Read> {
        let entries = self.entries.iter();
        entries.map(|entry| Read::of(entry.clone(), &[])).collect()
    }

    /// As an export carries it. The salts are the numbers of their order.
    pub(crate) fn exported(&self) -> Vec<ExportedEntry> {
        let mut salts = 0_u8;
        let exported = self.entries.iter().map(|entry| {
            let sealed = seal(entry, &mut || {
                salts = salts.wrapping_add(1);
                Salt([salts; 16])
            })
            .unwrap();
            ExportedEntry {
                seq: entry.seq,
                epoch: u64::from(entry.epoch),
                entry: sealed.canonical,
                details: sealed.details,
            }
        });
        exported.collect()
    }

    fn duty(&self, kind: DutyKind) -> FactId {
        self.school.duty(kind).expect("the duty is open").id
    }
}

/// The server's own hand.
pub(crate) fn server() -> Actor {
    let mut server = person("operator", Role::Operator);
    server.author.credential = None;
    server
}

pub(crate) fn walt() -> Actor {
    person("walt", Role::Eyes)
}

pub(crate) fn pat() -> Actor {
    person("pat", Role::Superintendent)
}

/// The entries that open what the golden files tell.
pub(crate) struct Year {
    pub(crate) chronicle: Chronicle,
    pub(crate) incident: u64,
    pub(crate) second: u64,
}

/// A test alert, a drill, a drill that becomes real, its whole incident with everything that
/// can be off about one, what is done about it afterwards, and an incident that has nothing to
/// do with it.
pub(crate) fn year() -> Year {
    let mut told = Chronicle::new();
    told.happened(&device(), acknowledged_nothing("gym"));
    test_alert(&mut told);
    a_drill(&mut told);
    let incident = raised(&mut told);
    answered(&mut told);
    lowered(&mut told);
    afterwards(&mut told);
    told.after(7_200);
    let second = told.school.seq + 1;
    let threat = told.does(
        &joy(),
        Command::ReportThreat {
            reason: Some(text("shouting in the car park")),
            place: None,
            room: None,
        },
    );
    told.after(30);
    let reason = text("two parents about a parking place");
    told.does(&ana(), Command::AnswerThreat { threat, reason });
    let reason = text("no threat");
    told.does(&ana(), Command::CloseIncident { reason });
    Year {
        chronicle: told,
        incident,
        second,
    }
}

fn acknowledged_nothing(of: &str) -> Fact {
    Fact::Acknowledged {
        room: Some(room(of)),
        through: Position { epoch: 1, seq: 0 },
        also: Vec::new(),
    }
}

fn test_alert(told: &mut Chronicle) {
    let kind = DrillKind::TestAlert;
    let note = Some(text("before the first bell"));
    let drill = told.does(&fresh(&ana()), Command::StartDrill { kind, note });
    told.after(3);
    told.reach(&[
        ("n101-screen", Some("n101"), HowFar::Sent, 2_900),
        ("n101-screen", Some("n101"), HowFar::Received, 2_700),
        ("n101-screen", Some("n101"), HowFar::Displayed, 2_600),
        ("n102-screen", Some("n102"), HowFar::Sent, 2_900),
    ]);
    told.after(60);
    told.acknowledged(&joy(), "n101");
    let seen = told.school.head();
    let note = Some(text("n102 has no power"));
    told.does(&ana(), Command::EndDrill { drill, seen, note });
}

fn a_drill(told: &mut Chronicle) {
    told.after(3_600);
    let kind = DrillKind::LockDown;
    let note = Some(text("the second of the year"));
    let drill = told.does(&fresh(&sam()), Command::StartDrill { kind, note });
    told.after(2);
    told.reach(&[
        ("n101-screen", Some("n101"), HowFar::Sent, 1_900),
        ("n101-screen", Some("n101"), HowFar::Received, 1_800),
        ("n101-screen", Some("n101"), HowFar::Displayed, 1_500),
        ("n102-screen", Some("n102"), HowFar::Sent, 1_900),
        ("n102-screen", Some("n102"), HowFar::Received, 1_000),
        ("n102-screen", Some("n102"), HowFar::Displayed, 900),
    ]);
    told.after(20);
    told.acknowledged(&joy(), "n101");
    let report = DrillRoomReport {
        secured: true,
        present: Some(24),
        missing: None,
        extra: None,
    };
    told.does(
        &joy(),
        Command::ReportDrillRoom {
            drill,
            room: None,
            report,
        },
    );
    told.after(15);
    told.acknowledged(&device(), "n102");
    told.does(&sam(), Command::Arrive {});
    told.after(300);
    for of in ["a", "b"] {
        let zone = zone(of);
        told.does(&sam(), Command::ClearDrillZone { drill, zone });
        told.after(60);
    }
    let seen = told.school.head();
    told.does(
        &fresh(&sam()),
        Command::GiveDrillAllClear {
            drill,
            seen,
            override_reason: None,
        },
    );
    told.after(60);
    let seen = told.school.head();
    let note = Some(text("gym never acknowledged: has it a screen?"));
    told.does(&sam(), Command::EndDrill { drill, seen, note });
    told.does(&sam(), Command::Leave {});
}

/// Something is seen, a drill runs, and it becomes real. Answers the entry that opens it.
fn raised(told: &mut Chronicle) -> u64 {
    told.after(1_800);
    let note = None;
    let kind = DrillKind::ControlledMovement;
    told.does(&fresh(&ana()), Command::StartDrill { kind, note });
    told.after(45).claiming(-120);
    let at = told.school.now.as_second() - 120;
    told.happened(
        &walt(),
        Fact::SightingReported {
            seen: words("a man tries the doors of B wing"),
            place: Some(words("loading dock")),
            seen_at: Some(Timestamp::from_second(at).unwrap()),
            danger: Danger::No,
            of: None,
        },
    );
    told.after(120);
    let incident = told.school.seq + 1;
    let movement = told.does(
        &ana(),
        Command::BeginControlledMovement {
            kind: ThreatKind::Person,
            place: Some(text("loading dock")),
            seen: Some(text("unknown man, grey hood")),
            shareable: Some(text("unknown man in a grey hood")),
            answers: Vec::new(),
        },
    );
    told.tried();
    told.after(40);
    let ana_with = crate::school::id_of("ana");
    told.happened(
        &lee(),
        Fact::ContactJudgedSafe {
            raise: movement,
            with: ana_with,
        },
    );
    told.after(25);
    told.happened(
        &lee(),
        Fact::ContactMade {
            raise: Some(movement),
            by: vec![crate::school::id_of("lee")],
            what: words("spoke to him at the dock; he walked away into B wing"),
            off_protocol: vec![Breach::Alone, Breach::NotJudgedSafe, Breach::NoSroHere],
        },
    );
    told.after(20).claiming(-40);
    let threat = told.does(
        &joy(),
        Command::ReportThreat {
            reason: Some(text("he has a knife <b>in his hand</b> & runs")),
            place: Some(text("B wing stairs")),
            room: None,
        },
    );
    told.tried();
    told.after(11);
    told.happened(
        &ana(),
        Fact::LockDownCalled {
            reason: Some(words("man with a knife")),
            place: Some(words("B wing")),
            answers: vec![threat],
            of_threat: None,
        },
    );
    told.after(1);
    told.reach(&[
        ("n101-screen", Some("n101"), HowFar::Sent, 950),
        ("n101-screen", Some("n101"), HowFar::Received, 900),
        ("n101-screen", Some("n101"), HowFar::Displayed, 800),
        ("n102-screen", Some("n102"), HowFar::Sent, 950),
        ("joy-1", None, HowFar::Sent, 940),
        ("joy-1", None, HowFar::Received, 700),
        ("joy-1", None, HowFar::Displayed, 650),
    ]);
    incident
}

/// Calls, rooms, lines, duties.
fn answered(told: &mut Chronicle) {
    told.after(8).late(95);
    let call = told.does(&lee(), crate::school::call());
    told.after(4);
    told.acknowledged(&joy(), "n101");
    told.happened(
        &joy(),
        Fact::RoomReported {
            room: Some(room("n101")),
            report: report(RoomState::NeedHelp),
            note: Some(words("a student has cut her hand")),
        },
    );
    told.after(10);
    let escalation = told.happened(
        &lee(),
        Fact::EscalationOpened {
            agency: Agency::NineOneOne,
            basis: Basis::ImmediateThreat,
            state: LineState::Calling,
            decided_by: Some(words("Ana")),
            called_by: None,
            number: Some(words("911")),
            incident_number: None,
            note: None,
        },
    );
    told.tried();
    let line = |told: &mut Chronicle, state, number: Option<&str>, note: Option<&str>| {
        told.happened(
            &lee(),
            Fact::LineRecorded {
                escalation,
                state,
                incident_number: number.map(words),
                note: note.map(words),
            },
        );
    };
    told.after(12);
    line(told, LineState::LineOpen, None, None);
    told.after(30);
    line(told, LineState::Accepted, Some("26-0302-114"), None);
    told.after(50);
    line(
        told,
        LineState::LineDropped,
        None,
        Some("the battery of the radio telephone"),
    );
    told.after(20);
    told.tried();
    line(told, LineState::LineOpen, None, Some("from the office"));
    let plea = told
        .entries
        .iter()
        .find(|entry| matches!(&entry.stamped.fact, Fact::RoomReported { .. }))
        .unwrap()
        .stamped
        .id;
    told.after(15);
    let note = Some(text("nurse and officer on their way"));
    told.does(&ana(), Command::AnswerPlea { plea, note });
    told.does(&sam(), Command::Arrive {});
    let duty = told.duty(DutyKind::TellSro);
    told.does(&sam(), Command::AcknowledgeDuty { duty });
    told.after(5).in_doubt();
    told.happened(
        &joy(),
        Fact::RoomReported {
            room: Some(room("n101")),
            report: report(RoomState::Secured),
            note: None,
        },
    );
    told.happened(
        &lee(),
        Fact::MistakeAnnotated {
            call,
            note: words("pressed twice"),
        },
    );
    told.after(200);
    told.tried();
}

/// Sweep, veto, refusals, and a release under an override.
fn lowered(told: &mut Chronicle) {
    told.does(&kim(), Command::Arrive {});
    told.does(&sam(), Command::StartSweep {});
    told.after(240);
    told.does(&sam(), Command::ClearZone { zone: zone("a") });
    told.after(30);
    told.happened(
        &kim(),
        Fact::AdverseReported {
            zone: zone("b"),
            seen: words("a door forced from inside"),
        },
    );
    let refused = told.school.all_clear();
    told.refused(&fresh(&lee()), refused, Code::NotAllowed);
    told.after(20);
    let refused = told.school.all_clear();
    told.refused(&fresh(&sam()), refused, Code::SweepIncomplete);
    told.after(40);
    let reason = text("stairs to the roof not searched");
    let not_clear = told.does(&kim(), Command::SayNotClear { reason });
    told.after(90);
    let reason = text("roof searched by PD with kim, radio 11:42");
    told.does(&sam(), Command::SetAsideNotClear { not_clear, reason });
    told.after(25);
    let clear = told
        .school
        .all_clear_because("the man is in custody; B wing locked from outside");
    told.does(&fresh(&sam()), clear);
    told.after(300);
    told.happened(
        &ana(),
        Fact::Resumed {
            lifts: told.school.campus.open_releases().collect(),
            seen: told.school.head(),
            unopened: vec![room("n102")],
            reason: Some(words("class stays with PD")),
        },
    );
}

/// What still belongs to it when it is over.
fn afterwards(told: &mut Chronicle) {
    told.after(60);
    let duty = told.duty(DutyKind::TellSuperintendent);
    told.does(&pat(), Command::AcknowledgeDuty { duty });
    told.after(240);
    let duty = told.duty(DutyKind::TellChiefOrDirector);
    told.does(
        &ana(),
        Command::FinishDuty {
            duty,
            how: text("telephoned the chief"),
            done_by: None,
            done_at: None,
        },
    );
    told.after(100);
    told.happened(&sam(), Fact::RoomOpened { room: room("n102") });
}

/// The details of every entry, by seal: to withhold or remove some.
pub(crate) fn without(
    exported: &[ExportedEntry],
    text: &str,
    order: Option<&str>,
) -> Vec<ExportedEntry> {
    let mut exported = exported.to_vec();
    for entry in &mut exported {
        for detail in &mut entry.details {
            if detail.text.as_deref() == Some(text) {
                (detail.text, detail.salt) = (None, None);
                detail.removed = order.map(str::to_owned);
            }
        }
    }
    exported
}

/// As one who reads an export.
pub(crate) fn read(exported: &[ExportedEntry]) -> Vec<Read> {
    let entries = exported.iter();
    entries
        .map(|entry| Read::unsealed(&entry.entry, &entry.details).expect("an entry"))
        .collect()
}
