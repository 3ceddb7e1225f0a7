//! A campus and its people, to write *given, when, then* with.
//!
//! A `School` is one instance with a journal that always answers: what is done is recorded at
//! once, unless a test says `shown_only`.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Command, CommandRequest, RoomReport, RoomState, ThreatKind};
use lockstep_proto::contact::Danger;
use lockstep_proto::directory::{Campus as CampusRecord, Certification, Date, Person, Policy};
use lockstep_proto::directory::{Room, Zone};
use lockstep_proto::drill::DrillKind;
use lockstep_proto::duty::{DutyKind, Outcome};
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::{Author, Fact, Origin, PROOF_DURESS, PROOF_ORDINARY, Stamped};
use lockstep_proto::id::{
    CampusId, CommandId, CredentialId, DeviceId, DistrictId, FactId, PersonId, Principal, RoomId,
    ZoneId,
};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_proto::text::{Text, Words};
use lockstep_proto::view::{Card, Cards, DutyCard, PostureCard};
use lockstep_rules::{
    Actor, Campus, Decision, DueAttempt, Extras, Now, Reachable, Recorded, Scope, Site, decide,
    due_attempts, due_calls, render,
};
use lockstep_rules::{duress_id, refusal_id};

pub(crate) const NORTH: &str = "north-high";
pub(crate) const RIVER: &str = "river-middle";

pub(crate) fn campus_id(id: &str) -> CampusId {
    CampusId::new(id).unwrap()
}

pub(crate) fn room(id: &str) -> RoomId {
    RoomId::new(id).unwrap()
}

pub(crate) fn zone(id: &str) -> ZoneId {
    ZoneId::new(id).unwrap()
}

pub(crate) fn id_of(person: &str) -> PersonId {
    PersonId::new(person).unwrap()
}

pub(crate) fn text(words: &str) -> Text {
    Text::new(words).unwrap()
}

pub(crate) fn words(words: &str) -> Words {
    Words::Words(words.to_owned())
}

pub(crate) fn today() -> Date {
    Date::constant(2026, 3, 2)
}

/// A certificate that holds until a day; the canned day is 2026-03-02.
pub(crate) fn certificate(full_time: bool, valid_until: Date) -> Certification {
    Certification {
        agency: "North PD".to_owned(),
        badge: "17".to_owned(),
        kind: None,
        number: "LE-1".to_owned(),
        full_time,
        valid_until,
        on_scene: None,
    }
}

pub(crate) fn certified() -> Option<Certification> {
    Some(certificate(true, Date::constant(2026, 12, 31)))
}

/// Somebody signed in on an unexpired sign-in of their own, serving North High or, in a
/// district role, every campus.
pub(crate) fn person(name: &str, role: Role) -> Actor {
    let certification = match role {
        Role::Sro | Role::Officer => certified(),
        Role::Administrator
        | Role::Sso
        | Role::Eyes
        | Role::Staff
        | Role::Chief
        | Role::Director
        | Role::Superintendent
        | Role::Monitor
        | Role::Room
        | Role::Operator => None,
    };
    let record = Person {
        name: name.to_owned(),
        role,
        campuses: vec![campus_id(NORTH)],
        room: None,
        certification,
        may_lock_down: Vec::new(),
        addresses: Vec::new(),
    };
    let principal = match role {
        Role::Room => Principal::Device(DeviceId::new(name).unwrap()),
        Role::Operator => Principal::Operator,
        Role::Administrator
        | Role::Sro
        | Role::Officer
        | Role::Sso
        | Role::Eyes
        | Role::Staff
        | Role::Chief
        | Role::Director
        | Role::Superintendent
        | Role::Monitor => Principal::Person(PersonId::new(name).unwrap()),
    };
    Actor {
        district: DistrictId::new("maple-valley").unwrap(),
        author: Author {
            principal,
            name: name.to_owned(),
            role,
            credential: Some(CredentialId::new(format!("{name}-1")).unwrap()),
        },
        standing: Standing::Live,
        scope: Scope::of(&record),
        room: None,
        certification: record.certification,
        may_lock_down: std::collections::BTreeSet::new(),
        under_duress: false,
    }
}

/// The same person with their PIN just entered (A4).
pub(crate) fn fresh(actor: &Actor) -> Actor {
    Actor {
        standing: Standing::Fresh,
        ..actor.clone()
    }
}

/// The same person with the PIN that says that somebody forces them (A4).
pub(crate) fn forced(actor: &Actor) -> Actor {
    Actor {
        under_duress: true,
        ..fresh(actor)
    }
}

pub(crate) fn ana() -> Actor {
    person("ana", Role::Administrator)
}
pub(crate) fn tom() -> Actor {
    person("tom", Role::Administrator)
}
pub(crate) fn sam() -> Actor {
    person("sam", Role::Sro)
}
pub(crate) fn kim() -> Actor {
    person("kim", Role::Officer)
}
pub(crate) fn lee() -> Actor {
    person("lee", Role::Sso)
}
pub(crate) fn dana() -> Actor {
    person("dana", Role::Director)
}
pub(crate) fn walt() -> Actor {
    person("walt", Role::Eyes)
}
pub(crate) fn carol() -> Actor {
    person("carol", Role::Chief)
}
pub(crate) fn pat() -> Actor {
    person("pat", Role::Superintendent)
}
/// A teacher, in room n101.
pub(crate) fn joy() -> Actor {
    Actor {
        room: Some(room("n101")),
        ..person("joy", Role::Staff)
    }
}
/// The device of room n102.
pub(crate) fn device() -> Actor {
    Actor {
        room: Some(room("n102")),
        ..person("north-n102", Role::Room)
    }
}

pub(crate) fn call() -> Command {
    Command::CallLockDown {
        reason: None,
        place: None,
    }
}

pub(crate) fn movement() -> Command {
    movement_answering(&[])
}

pub(crate) fn movement_answering(threats: &[FactId]) -> Command {
    Command::BeginControlledMovement {
        kind: ThreatKind::Person,
        place: None,
        seen: None,
        shareable: None,
        answers: threats.to_vec(),
    }
}

pub(crate) fn threat() -> Command {
    Command::ReportThreat {
        reason: None,
        place: None,
        room: None,
    }
}

pub(crate) fn sighting(danger: Danger) -> Command {
    sighting_of(danger, None)
}

pub(crate) fn sighting_of(danger: Danger, of: Option<FactId>) -> Command {
    Command::ReportSighting {
        seen: text("a man at the fence"),
        place: None,
        seen_at: None,
        danger,
        of,
    }
}

pub(crate) fn escalate(agency: Agency, state: LineState) -> Command {
    Command::OpenEscalation {
        agency,
        basis: Basis::ImmediateThreat,
        state,
        decided_by: None,
        called_by: None,
        number: None,
        incident_number: None,
        note: None,
    }
}

/// A word on a line, with or without why.
pub(crate) fn line(escalation: FactId, state: LineState, note: Option<&str>) -> Command {
    Command::RecordLine {
        escalation,
        state,
        incident_number: None,
        note: note.map(text),
    }
}

pub(crate) fn has_it(duty: FactId) -> Command {
    Command::AcknowledgeDuty { duty }
}

pub(crate) fn did_it(duty: FactId) -> Command {
    Command::FinishDuty {
        duty,
        how: text("by telephone"),
        done_by: None,
        done_at: None,
    }
}

pub(crate) fn declines(duty: FactId) -> Command {
    Command::DeclineDuty {
        duty,
        reason: text("a car backfired"),
    }
}

pub(crate) fn drill(kind: DrillKind) -> Command {
    Command::StartDrill { kind, note: None }
}

pub(crate) fn report(state: RoomState) -> RoomReport {
    RoomReport {
        state,
        present: None,
        injured: None,
        missing: None,
        extra: None,
    }
}

pub(crate) fn site() -> Site {
    let named = |name: &str| Zone {
        name: name.to_owned(),
    };
    let in_zone = |id: &str| Room {
        name: id.to_owned(),
        zone: zone(id),
    };
    Site {
        record: CampusRecord {
            id: campus_id(NORTH),
            name: "North High".to_owned(),
            address: "1 North Road".to_owned(),
            time_zone: "America/Chicago".to_owned(),
            coordinates: None,
            numbers: BTreeMap::new(),
            radio: BTreeMap::new(),
            zones: BTreeMap::from([(zone("a"), named("A wing")), (zone("b"), named("B wing"))]),
            rooms: BTreeMap::from([(room("n101"), in_zone("a")), (room("n102"), in_zone("b"))]),
        },
        policy: Policy::default(),
        people: people(),
    }
}

/// Those of the canned site who may be asked for something. The superintendent has a telephone
/// and a mailbox, the chief a telephone, and the others their screens alone.
fn people() -> BTreeMap<PersonId, Reachable> {
    let everybody = [
        ("ana", Role::Administrator, 0),
        ("tom", Role::Administrator, 0),
        ("sam", Role::Sro, 0),
        ("kim", Role::Officer, 0),
        ("lee", Role::Sso, 0),
        ("walt", Role::Eyes, 0),
        ("carol", Role::Chief, 1),
        ("dana", Role::Director, 0),
        ("pat", Role::Superintendent, 2),
    ];
    everybody
        .into_iter()
        .map(|(name, role, outside)| {
            let reachable = Reachable {
                name: name.to_owned(),
                role,
                outside,
            };
            (id_of(name), reachable)
        })
        .collect()
}

/// The zones of the canned site.
pub(crate) const ZONES: [&str; 2] = ["a", "b"];

/// One campus, its journal and its clock.
#[derive(Clone)]
pub(crate) struct School {
    pub(crate) campus: Campus,
    pub(crate) site: Site,
    pub(crate) now: Timestamp,
    pub(crate) seq: u64,
    /// The journal.
    pub(crate) log: Vec<(Stamped, Recorded)>,
    commands: u128,
}

impl School {
    pub(crate) fn new() -> Self {
        Self {
            campus: Campus::new(),
            site: site(),
            now: Timestamp::constant(1_772_460_000, 0),
            seq: 0,
            log: Vec::new(),
            commands: 0,
        }
    }

    /// The same school under another policy.
    pub(crate) fn with(change: impl FnOnce(&mut Policy)) -> Self {
        let mut school = Self::new();
        change(&mut school.site.policy);
        school
    }

    pub(crate) fn wait_ms(&mut self, ms: i64) {
        self.now = Timestamp::from_millisecond(self.now.as_millisecond() + ms).unwrap();
    }

    pub(crate) fn moment(&self) -> Now {
        Now {
            at: self.now,
            today: today(),
        }
    }

    /// The command as it would be sent, under a new id.
    pub(crate) fn request(&mut self, command: Command) -> CommandRequest {
        self.commands += 1;
        CommandRequest {
            id: CommandId(uuid::Uuid::from_u128(self.commands)),
            claimed_at: None,
            pin: None,
            passkey: None,
            again: false,
            command,
        }
    }

    pub(crate) fn decide(
        &self,
        actor: &Actor,
        request: &CommandRequest,
    ) -> Result<Decision, Refusal> {
        decide(
            &self.campus,
            &self.site,
            actor,
            request,
            &digest(request),
            self.moment(),
        )
    }

    /// Decides, and stamps what came of it as the server does. Nothing is applied.
    pub(crate) fn asks(
        &mut self,
        actor: &Actor,
        request: &CommandRequest,
    ) -> Result<Vec<Stamped>, Refusal> {
        let made = match self.decide(actor, request)? {
            Decision::New(made) => made,
            Decision::Known(_) => Vec::new(),
        };
        let stamp = |made: lockstep_rules::Made| Stamped {
            id: made.id,
            at: self.now,
            claimed_at: None,
            by: actor.author.clone(),
            origin: Some(Origin {
                id: request.id,
                digest: digest(request),
            }),
            fact: made.fact,
        };
        Ok(made.into_iter().map(stamp).collect())
    }

    /// Decides, and records what came of it.
    pub(crate) fn tries(
        &mut self,
        actor: &Actor,
        command: Command,
    ) -> Result<Vec<Stamped>, Refusal> {
        let request = self.request(command);
        let made = self.asks(actor, &request)?;
        for stamped in &made {
            self.record(stamped);
        }
        Ok(made)
    }

    /// Given: somebody did something, and it was accepted and recorded.
    pub(crate) fn does(&mut self, actor: &Actor, command: Command) -> FactId {
        let name = command.name();
        match self.tries(actor, command) {
            Ok(made) => made[0].id,
            Err(refusal) => panic!("{name} was refused: {refusal:?}"),
        }
    }

    /// Given: the same, but the journal does not have it yet.
    pub(crate) fn shown_only(&mut self, actor: &Actor, command: Command) -> Stamped {
        let request = self.request(command);
        let made = self.asks(actor, &request).unwrap();
        for stamped in &made {
            self.campus.apply(stamped, None);
        }
        made[0].clone()
    }

    /// Then: it is refused under this code, and what it is about.
    pub(crate) fn refuses(&mut self, actor: &Actor, command: Command, code: Code) -> Refusal {
        let name = command.name();
        match self.tries(actor, command) {
            Ok(made) => panic!("{name} was accepted: {made:?}"),
            Err(refusal) => {
                assert_eq!(refusal.code, code, "{name}: {refusal:?}");
                refusal
            }
        }
    }

    /// The journal takes a fact.
    pub(crate) fn record(&mut self, stamped: &Stamped) -> u64 {
        self.seq += 1;
        let recorded = self.recorded(self.seq);
        self.campus.apply(stamped, Some(recorded));
        self.log.push((stamped.clone(), recorded));
        self.seq
    }

    /// Another instance, which has read the journal from end to end.
    pub(crate) fn restarted(&self) -> Self {
        let mut campus = Campus::new();
        for (stamped, recorded) in &self.log {
            campus.apply(stamped, Some(*recorded));
        }
        Self {
            campus,
            ..self.clone()
        }
    }

    /// Then: the screens say the same whatever the order and repetition in which the recorded
    /// facts come in, and, where they come in the journal's own order, whatever was shown of
    /// them before, and in which order. (Not for a journal in which an incident ends: what
    /// follows its end is the next one's.)
    pub(crate) fn is_the_same_in_any_order(&self) {
        let n = self.log.len();
        for turn in 0..3 * n {
            let mut campus = Campus::new();
            let pick = |i: usize| {
                if turn % 2 == 0 {
                    (i + turn) % n
                } else {
                    (2 * n - 1 - i + turn) % n
                }
            };
            let recorded = |campus: &mut Campus, i: usize| {
                let (stamped, recorded) = &self.log[i];
                campus.apply(stamped, Some(*recorded));
            };
            for i in 0..n {
                if turn < n {
                    recorded(&mut campus, pick(i));
                    recorded(&mut campus, pick(i / 2));
                } else {
                    for j in (0..n).step_by(1 + turn % 3) {
                        let (stamped, _) = &self.log[pick(j)];
                        if stamped.fact.class().is_fact() {
                            campus.apply(stamped, None);
                        }
                    }
                    recorded(&mut campus, i);
                }
            }
            self.says_the_same(campus, turn);
        }
    }

    fn says_the_same(&self, campus: Campus, turn: usize) {
        let other = Self {
            campus,
            ..self.clone()
        };
        for audience in Audience::ALL {
            let said = |school: &Self| {
                let mut cards = school.cards(audience);
                // Lines come in the order of the journal, and are no state.
                cards.retain(|key, _| !key.starts_with("line/"));
                cards
            };
            assert_eq!(said(&other), said(self), "turn {turn}, {audience:?}");
        }
        assert_eq!(other.attempts(), self.attempts(), "turn {turn}");
    }

    /// Whom to try now, where this instance accepted every cause.
    pub(crate) fn attempts(&self) -> Vec<DueAttempt> {
        due_attempts(&self.campus, &self.site, self.now, |_| true)
    }

    /// The people to try now about a kind of duty.
    pub(crate) fn asked(&self, kind: DutyKind) -> Vec<String> {
        let due = self.attempts().into_iter();
        due.filter(|due| due.kind == kind)
            .map(|due| due.person.to_string())
            .collect()
    }

    /// The server tries everybody who is due, and records what became of it.
    pub(crate) fn tries_all(&mut self, outcome: Outcome) -> Vec<DueAttempt> {
        let due = self.attempts();
        for attempt in &due {
            self.tried(attempt, outcome);
        }
        due
    }

    /// One attempt as the server records it.
    pub(crate) fn tried(&mut self, attempt: &DueAttempt, outcome: Outcome) {
        let stamped = Stamped {
            id: attempt.id,
            at: self.now,
            claimed_at: None,
            by: person("server", Role::Operator).author,
            origin: None,
            fact: attempt.fact(outcome),
        };
        self.record(&stamped);
    }

    /// The card of that key, as responders see it.
    pub(crate) fn card(&self, key: &str) -> Option<Card> {
        self.cards(Audience::Responder).remove(key)
    }

    pub(crate) fn headline(&self) -> PostureCard {
        match self.card("posture") {
            Some(Card::Posture(card)) => card,
            other => panic!("no headline: {other:?}"),
        }
    }

    /// The duty of a kind that must be open.
    pub(crate) fn open_duty(&self, kind: DutyKind) -> DutyCard {
        let open = || self.duties().into_iter().map(|duty| duty.kind).collect();
        self.duty(kind).unwrap_or_else(|| {
            let open: Vec<DutyKind> = open();
            panic!("{kind:?} is not open: {open:?}")
        })
    }

    pub(crate) fn end_drill(&self, drill: FactId) -> Command {
        Command::EndDrill {
            drill,
            seen: self.head(),
            note: None,
        }
    }

    pub(crate) fn recorded(&self, seq: u64) -> Recorded {
        Recorded {
            position: Position { epoch: 1, seq },
            at: self.now,
        }
    }

    /// A fact of somebody's, recorded without asking for the right: to set a scene.
    pub(crate) fn happened(&mut self, by: &Actor, fact: Fact) -> FactId {
        self.commands += 1;
        let id = FactId(uuid::Uuid::from_u128(self.commands << 64));
        let stamped = Stamped {
            id,
            at: self.now,
            claimed_at: None,
            by: by.author.clone(),
            origin: None,
            fact,
        };
        self.record(&stamped);
        id
    }

    /// The refusal of a clear becomes an entry, as the server makes it (T1).
    pub(crate) fn note_refusal(
        &mut self,
        actor: &Actor,
        request: &CommandRequest,
        code: Code,
    ) -> Stamped {
        let asked = FactId::of_command(&actor.district, &actor.author.principal, request.id);
        let (id, proof) = if actor.under_duress {
            (duress_id(&self.campus, asked), PROOF_DURESS)
        } else {
            (refusal_id(asked, code), PROOF_ORDINARY)
        };
        let stamped = Stamped {
            id,
            at: self.now,
            claimed_at: None,
            by: actor.author.clone(),
            origin: None,
            fact: Fact::ClearRefused {
                command: request.command.name().to_owned(),
                code,
                proof: Some(words(proof)),
            },
        };
        self.record(&stamped);
        stamped
    }

    /// Lock-downs that policy makes now, recorded.
    pub(crate) fn policy_acts(&mut self) -> Vec<Stamped> {
        let due = due_calls(&self.campus, &self.site, self.now);
        for call in &due {
            self.record(call);
        }
        due
    }

    /// What an audience sees now.
    pub(crate) fn cards(&self, audience: Audience) -> Cards {
        let extras = Extras {
            now: self.now,
            ..Extras::default()
        };
        render(&self.campus, &self.site, &extras, audience)
    }

    /// The duties that responders see, in the order of their kinds.
    pub(crate) fn duties(&self) -> Vec<DutyCard> {
        let cards = self.cards(Audience::Responder);
        let duties = cards.into_values().filter_map(|card| {
            let Card::Duty(duty) = card else { return None };
            Some(duty)
        });
        let mut duties: Vec<DutyCard> = duties.collect();
        duties.sort_by_key(|duty| (duty.kind, duty.since, duty.id));
        duties
    }

    /// The first open duty of a kind.
    pub(crate) fn duty(&self, kind: DutyKind) -> Option<DutyCard> {
        self.duties().into_iter().find(|duty| duty.kind == kind)
    }

    pub(crate) fn posture(&self) -> Posture {
        self.campus.posture()
    }

    pub(crate) fn head(&self) -> Position {
        self.campus.position()
    }

    /// What a screen that shows everything would name.
    pub(crate) fn raises(&self) -> Vec<FactId> {
        self.campus.open_raises().collect()
    }

    pub(crate) fn all_clear(&self) -> Command {
        Command::GiveAllClear {
            lifts: self.raises(),
            seen: self.head(),
            override_reason: None,
        }
    }

    pub(crate) fn all_clear_because(&self, reason: &str) -> Command {
        Command::GiveAllClear {
            lifts: self.raises(),
            seen: self.head(),
            override_reason: Some(text(reason)),
        }
    }

    pub(crate) fn end_movement(&self) -> Command {
        Command::EndControlledMovement {
            lifts: self.raises(),
            seen: self.head(),
        }
    }

    pub(crate) fn propose(&self) -> Command {
        Command::ProposeLift {
            statement: text("I take responsibility"),
            lifts: self.raises(),
            seen: self.head(),
        }
    }

    pub(crate) fn confirm(&self, proposal: FactId) -> Command {
        Command::ConfirmLift {
            proposal,
            lifts: self.raises(),
            seen: self.head(),
        }
    }

    pub(crate) fn resume(&self) -> Command {
        Command::Resume {
            lifts: self.campus.open_releases().collect(),
            seen: self.head(),
            unopened: Vec::new(),
            reason: None,
        }
    }

    /// Given: an officer is here, started a sweep and cleared every zone.
    pub(crate) fn swept_by(&mut self, officer: &Actor) {
        self.does(officer, Command::Arrive {});
        self.does(officer, Command::StartSweep {});
        for id in ZONES {
            self.does(officer, Command::ClearZone { zone: zone(id) });
        }
    }

    /// Given: a lock-down called by an administrator, released by the SRO.
    pub(crate) fn released(&mut self) -> FactId {
        self.does(&ana(), call());
        self.swept_by(&sam());
        self.does(&fresh(&sam()), self.all_clear())
    }
}

/// What the server makes of a command's content: here its debug print.
pub(crate) fn digest(request: &CommandRequest) -> String {
    format!("{:?}", request.command)
}
