//! Long random days against a second, simpler telling of the rules.
//!
//! [`Model`] tells, before each command, whether it must be accepted. The normal run gives 20,000 commands; `LOCKSTEP_LONG=1`
//! gives a million, and `LOCKSTEP_SEED=n` another day.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::code::Code;
use lockstep_proto::command::{Class, Command, CommandRequest, RoomState, ThreatKind};
use lockstep_proto::contact::{Danger, PictureKind};
use lockstep_proto::directory::{Date, ReleaseMode};
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Line, LineState};
use lockstep_proto::fact::{Fact, Mark, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_proto::view::Card;
use lockstep_rules::{Actor, Decision, Extras, Scope, due_calls, render};

use crate::school::{
    NORTH, School, ZONES, campus_id, certificate, certified, declines, device, did_it, digest,
    escalate, has_it, id_of, joy, person, report, room, sighting, text, zone,
};
use crate::telling::{Kind, Model, ROOMS};

/// Numbers that look random and are the same for the same seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.roll(n) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.roll(of.len())].clone())
    }
}

/// One campus, its people, and what is on its way.
struct Day {
    school: School,
    people: Vec<Actor>,
    /// Shown, and not in the journal yet.
    waiting: Vec<Stamped>,
    /// What was accepted, to be sent again.
    sent: Vec<(Actor, CommandRequest)>,
    tally: BTreeMap<&'static str, u64>,
    calm: bool,
}

impl Day {
    fn new(dice: &mut Dice) -> Self {
        let school = School::with(|policy| {
            policy.staff_may_lock_down = dice.one_in(4);
            policy.immediate_threat_locks_after_s = dice.one_in(4).then_some(30);
            policy.school_lift = !dice.one_in(5);
            if dice.one_in(3) {
                policy.release = ReleaseMode::RoomByRoom;
            }
        });
        Self {
            school,
            people: people(),
            waiting: Vec::new(),
            sent: Vec::new(),
            tally: BTreeMap::new(),
            calm: false,
        }
    }

    /// The journal takes what waits, in the order in which it was shown.
    fn flush(&mut self, model: &mut Model) {
        for stamped in std::mem::take(&mut self.waiting) {
            self.record(model, &stamped);
        }
    }

    fn record(&mut self, model: &mut Model, stamped: &Stamped) {
        let before = self.school.posture();
        let seq = self.school.record(stamped);
        model.hear(stamped, Some(seq));
        if let Some((_, known)) = model.accepted.get_mut(&stamped.id) {
            *known = seq;
        }
        Model::check_way(before, self.school.posture(), stamped);
    }

    fn show(&mut self, model: &mut Model, stamped: Stamped) {
        let before = self.school.posture();
        self.school.campus.apply(&stamped, None);
        model.hear(&stamped, None);
        Model::check_way(before, self.school.posture(), &stamped);
        self.waiting.push(stamped);
    }

    /// Whether a plea stands on the console.
    fn stands(&self, plea: FactId) -> bool {
        let (campus, site) = (&self.school.campus, &self.school.site);
        render(campus, site, &Extras::default(), Audience::Responder)
            .values()
            .any(|card| {
                matches!(card, Card::Room(card) if card.plea == Some(plea))
                    || matches!(card, Card::Plea(card) if card.id == plea)
            })
    }

    fn agrees(&self, model: &Model) {
        let campus = &self.school.campus;
        assert_eq!(campus.posture(), model.posture());
        assert_eq!(campus.checking(), !model.threats_open().is_empty());
        assert_eq!(campus.incident(), model.incident);
        let raises: BTreeSet<FactId> = campus.open_raises().collect();
        assert_eq!(raises, model.raises_open());
        let releases: BTreeSet<FactId> = campus.open_releases().collect();
        assert_eq!(releases, model.releases_open());
    }

    /// The same of what people do about it. Pleas are the console's to tell.
    fn agrees_on_the_response(&self, model: &Model) {
        let told = &model.told;
        let of_plea = |kind: DutyKind| kind == DutyKind::AnswerPlea;
        let duties: BTreeSet<(DutyKind, FactId)> = self
            .school
            .duties()
            .into_iter()
            .map(|duty| (duty.kind, duty.cause))
            .filter(|(kind, _)| !of_plea(*kind))
            .collect();
        assert_eq!(duties, told.duties(model, &self.school));
        let (mut lines, mut plans, mut drill) = (BTreeMap::new(), BTreeSet::new(), None);
        for card in self.school.cards(Audience::District).into_values() {
            if let Card::Escalation(card) = card {
                lines.insert(card.id, card.line);
            } else if let Card::Contact(card) = card {
                plans.extend(card.stands.then_some(card.raise));
            } else if let Card::Drill(card) = card {
                drill = Some((card.id, card.posture));
            }
        }
        let all = told.lines();
        for (id, line) in lines {
            let expected = all[&id].and_then(LineState::line);
            assert_eq!(line, expected.unwrap_or(Line::None), "{id}");
        }
        let expected: BTreeSet<FactId> = model
            .open(|kind| !matches!(kind, Kind::Release(_)))
            .into_iter()
            .filter(|raise| told.plan_stands(*raise))
            .collect();
        assert_eq!(plans, expected);
        let running = told.running(model).map(|(id, drill)| (id, drill.posture()));
        assert_eq!(drill, running);
        let over = !told.drills.is_empty() && running.is_none();
        assert_eq!(self.school.headline().drill_over, over);
        // A campus that only practises asks nobody for anything.
        if drill.is_some() && self.school.duties().is_empty() {
            assert_eq!(self.school.attempts(), []);
        }
    }
}

/// Everybody, and those whose right is not whole.
fn people() -> Vec<Actor> {
    let with = |name: &str, certification| Actor {
        certification,
        ..person(name, Role::Officer)
    };
    let granted = |actor: Actor| Actor {
        may_lock_down: [campus_id(NORTH)].into(),
        ..actor
    };
    let past = Date::constant(2025, 1, 1);
    let future = Date::constant(2027, 1, 1);
    vec![
        person("ana", Role::Administrator),
        person("tom", Role::Administrator),
        person("sam", Role::Sro),
        person("kim", Role::Officer),
        person("dana", Role::Director),
        person("lee", Role::Sso),
        joy(),
        device(),
        person("walt", Role::Eyes),
        granted(person("pat", Role::Superintendent)),
        person("carol", Role::Chief),
        Actor {
            certification: certified(),
            ..person("cass", Role::Chief)
        },
        person("wall", Role::Monitor),
        person("shell", Role::Operator),
        with("bo", Some(certificate(false, future))),
        with("al", Some(certificate(true, past))),
        with("no", None),
        Actor {
            scope: Scope::Campuses([campus_id("river-middle")].into()),
            ..person("visitor", Role::Sro)
        },
    ]
}

/// Somebody in some standing: mostly those who can bring the day forward.
fn somebody(dice: &mut Dice, people: &[Actor]) -> Actor {
    let among = if dice.one_in(4) { people.len() } else { 5 };
    let mut actor = people[dice.roll(among)].clone();
    actor.standing = match dice.roll(8) {
        0 => Standing::Forgiven,
        1 => Standing::Live,
        _ => Standing::Fresh,
    };
    actor
}

/// Something about the response or a drill. In a calm stretch nothing that alarms.
fn response_command(dice: &mut Dice, day: &Day, model: &Model) -> Command {
    let nobody = FactId(uuid::Uuid::nil());
    let told = &model.told;
    let pick = |dice: &mut Dice, of: Vec<FactId>| {
        if dice.one_in(12) {
            return nobody;
        }
        dice.pick(&of).unwrap_or(nobody)
    };
    let threats: Vec<FactId> = model
        .open(|kind| !matches!(kind, Kind::Release(_)))
        .into_iter()
        .collect();
    let people = ["ana", "tom", "sam", "lee", "kim", "walt", "stranger"];
    let with = id_of(people[dice.roll(people.len())]);
    let note = dice.one_in(2).then(|| text("because"));
    let drill = pick(dice, told.drills.keys().copied().collect());
    let duty = |dice: &mut Dice| {
        let open = day.school.duties().into_iter().map(|duty| duty.id);
        pick(dice, open.collect())
    };
    match dice.roll(30) {
        0 if !day.calm => sighting([Danger::Yes, Danger::Unsure][dice.roll(2)]),
        0 | 1 => sighting(Danger::No),
        2 => Command::AttachPicture {
            to: pick(dice, told.sightings.keys().copied().collect()),
            sha256: text(&"ab".repeat(32)),
            kind: PictureKind::Png,
            bytes: 1,
        },
        3 if !day.calm => {
            let agency = Agency::ALL[[0, 0, 1, 2][dice.roll(4)]];
            escalate(agency, LineState::ALL[dice.roll(8)])
        }
        3..=7 => Command::RecordLine {
            escalation: pick(dice, told.lines().into_keys().collect()),
            state: LineState::ALL[dice.roll(8)],
            incident_number: None,
            note,
        },
        8..=10 => has_it(duty(dice)),
        11..=12 => did_it(duty(dice)),
        13 => declines(duty(dice)),
        14..=16 => Command::JudgeContactSafe {
            raise: pick(dice, threats),
            with,
        },
        17 => Command::WithdrawContact {
            raise: pick(dice, threats),
        },
        18 => Command::RecordContact {
            raise: dice.pick(&threats),
            by: vec![with],
            what: text("spoke with him"),
        },
        19 => Command::OfferLead { to: with },
        20..=21 => Command::TakeLead {
            offer: pick(dice, told.offers.keys().copied().collect()),
        },
        22..=23 => Command::StartDrill {
            kind: [
                DrillKind::LockDown,
                DrillKind::LockDown,
                DrillKind::ControlledMovement,
                DrillKind::TestAlert,
            ][dice.roll(4)],
            note,
        },
        24 => Command::OpenRoster {
            room: [None, Some(room("n101")), Some(room("n102"))][dice.roll(3)].clone(),
        },
        _ => {
            let seen = seen_lately(dice, day);
            drill_command(dice, drill, seen)
        }
    }
}

/// The head that an author's screen had drawn: mostly the newest.
fn seen_lately(dice: &mut Dice, day: &Day) -> Position {
    let mut seen = day.school.head();
    if dice.one_in(8) {
        seen.seq = seen.seq.saturating_sub(dice.roll(4) as u64);
    }
    seen
}

/// Something within a drill that runs, or did.
fn drill_command(dice: &mut Dice, drill: FactId, seen: Position) -> Command {
    let note = dice.one_in(2).then(|| text("because"));
    match dice.roll(12) {
        0..=1 => Command::CallDrillLockDown { drill },
        2..=3 => Command::ReportDrillRoom {
            drill,
            room: dice.one_in(2).then(|| room(ROOMS[dice.roll(2)])),
            report: DrillRoomReport {
                secured: true,
                present: None,
                missing: None,
                extra: None,
            },
        },
        4..=7 => Command::ClearDrillZone {
            drill,
            zone: zone(ZONES[dice.roll(2)]),
        },
        8..=10 => Command::GiveDrillAllClear {
            drill,
            seen,
            override_reason: note,
        },
        _ => Command::EndDrill { drill, seen, note },
    }
}

/// Some command, mostly one that makes sense now.
fn some_command(dice: &mut Dice, day: &Day, model: &Model) -> Command {
    if let Some((drill, _)) = model.told.running(model)
        && !dice.one_in(6)
    {
        let seen = seen_lately(dice, day);
        return drill_command(dice, drill, seen);
    }
    if dice.one_in(4) {
        return response_command(dice, day, model);
    }
    if dice.one_in(12)
        && let Some(objection) = model.objections.keys().next()
    {
        return Command::WithdrawObjection {
            objection: *objection,
        };
    }
    let ids = |set: BTreeSet<FactId>| -> Vec<FactId> { set.into_iter().collect() };
    let any_item: Vec<FactId> = model.items.keys().rev().take(20).copied().collect();
    let nobody = FactId(uuid::Uuid::nil());
    let mut seen = day.school.head();
    let resuming = !model.releases_open().is_empty() && model.raises_open().is_empty();
    let mut lifts = ids(if resuming {
        model.releases_open()
    } else {
        model.raises_open()
    });
    if dice.one_in(6) {
        seen.seq = (seen.seq + 2).saturating_sub(dice.roll(8) as u64);
    }
    if dice.one_in(8) {
        lifts.extend(dice.pick(&any_item));
    }
    if dice.one_in(8) {
        lifts.pop();
    }
    let zone_id = zone(ZONES[dice.roll(2)]);
    let room_id = room(ROOMS[dice.roll(2)]);
    let because = |dice: &mut Dice| (!dice.one_in(3)).then(|| text("because"));
    let pick = |dice: &mut Dice, of: Vec<FactId>| dice.pick(&of).unwrap_or(nobody);
    let mut roll = dice.roll(40);
    // In a calm stretch nobody raises, and the campus is brought down.
    if day.calm && [0, 1, 2, 3, 5, 6, 7, 11, 16].contains(&roll) {
        roll = [14, 28, 29, 30, 32, 33, 36, 37, 39][dice.roll(9)];
        if model.proposals.is_empty() && roll <= 30 {
            roll = 27;
        }
    }
    if day.calm && model.incident.is_some() && model.open(|_| true).is_empty() {
        roll = 32;
    }
    match roll {
        0 => Command::BeginControlledMovement {
            kind: ThreatKind::Person,
            place: None,
            seen: None,
            shareable: None,
            answers: if dice.one_in(2) {
                ids(model.threats_open())
            } else {
                any_item
            },
        },
        1..=2 => crate::school::call(),
        3 => crate::school::threat(),
        4 => Command::ReportRoom {
            room: dice.one_in(2).then_some(room_id),
            report: report(if dice.one_in(4) {
                RoomState::NeedHelp
            } else {
                RoomState::Secured
            }),
            note: None,
        },
        5 => Command::ReportAdverse {
            zone: zone_id,
            seen: text("a noise"),
        },
        6 if dice.one_in(3) => Command::SayNotClear {
            reason: text("a noise"),
        },
        7 if dice.one_in(3) => Command::ObjectToLift {
            reason: text("wait"),
        },
        6..=8 => Command::Acknowledge {
            room: None,
            through: seen,
            also: Vec::new(),
        },
        9..=10 => Command::Arrive {},
        11 => Command::Leave {},
        12 => Command::AnnotateMistake {
            call: pick(dice, any_item),
            note: text("sorry"),
        },
        13 => Command::AnswerPlea {
            plea: pick(dice, ids(model.pleas.clone())),
            note: None,
        },
        14..=15 => Command::AnswerThreat {
            threat: pick(dice, ids(model.threats_open())),
            reason: text("nothing"),
        },
        16 => Command::StartSweep {},
        17..=22 => Command::ClearZone { zone: zone_id },
        23 => Command::WithdrawNotClear {
            not_clear: pick(dice, model.not_clear.keys().copied().collect()),
        },
        24 => Command::SetAsideNotClear {
            not_clear: pick(dice, model.not_clear.keys().copied().collect()),
            reason: text("seen"),
        },
        25 => Command::WithdrawObjection {
            objection: pick(dice, model.objections.keys().copied().collect()),
        },
        26 => Command::SetAsideObjection {
            objection: pick(dice, model.objections.keys().copied().collect()),
            reason: text("seen"),
        },
        27 => Command::ProposeLift {
            statement: text("mine"),
            lifts,
            seen,
        },
        28..=30 => Command::ConfirmLift {
            proposal: pick(dice, model.proposals.keys().copied().collect()),
            lifts,
            seen,
        },
        31 => Command::OpenRoom { room: room_id },
        32 => Command::CloseIncident {
            reason: text("nothing"),
        },
        33..=34 => Command::EndControlledMovement { lifts, seen },
        35..=37 => Command::GiveAllClear {
            lifts,
            seen,
            override_reason: because(dice),
        },
        _ => Command::Resume {
            lifts,
            seen,
            unopened: if dice.one_in(2) {
                model.unopened()
            } else {
                Vec::new()
            },
            reason: because(dice),
        },
    }
}

fn step(dice: &mut Dice, day: &mut Day, model: &mut Model) {
    // Time passes; the clock may be set back a little; the journal comes and goes.
    let ms = [0, 1, 50, 700, 3_000, 20_000, -400];
    let ms = ms[dice.roll(ms.len())];
    day.school.wait_ms(ms);
    if dice.one_in(300) {
        day.school.wait_ms(400_000);
    }
    if dice.one_in(3) {
        day.flush(model);
    }
    if dice.one_in(25) {
        day.calm = !day.calm;
    }
    if dice.one_in(400) {
        burst(day, model);
    }
    // Policy acts on its own (A2).
    for call in due_calls(&day.school.campus, &day.school.site, day.school.now) {
        let Fact::LockDownCalled {
            of_threat: Some(threat),
            ..
        } = call.fact
        else {
            panic!("{call:?}");
        };
        let threat = &model.items[&threat];
        assert!(
            threat.kind == Kind::Threat && threat.open,
            "{threat:?} locked"
        );
        assert!(call.at <= day.school.now && call.by.principal == threat.by);
        assert!(day.school.now.as_second() >= threat.at.as_second() + 30);
        *day.tally.entry("policy_call").or_default() += 1;
        day.show(model, call);
    }
    if dice.one_in(15) {
        again(dice, day, model);
        return;
    }
    let actor = somebody(dice, &day.people);
    let command = some_command(dice, day, model);
    // What a room asks is answered by its newest plea alone: keep to that one.
    if let Command::AnswerPlea { plea, .. } = &command
        && !day.stands(*plea)
    {
        return;
    }
    let must = model.must_accept(&day.school, &actor, &command);
    let request = day.school.request(command);
    match day.school.asks(&actor, &request) {
        Ok(made) => {
            assert!(must, "{actor:?} may not {request:?}");
            *day.tally.entry(request.command.name()).or_default() += 1;
            accepted(dice, day, model, &actor, &request, made);
        }
        Err(refusal) => {
            assert!(!must, "{refusal:?} to {actor:?}: {request:?}");
            refused(day, model, &actor, &request, &refusal);
        }
    }
    day.agrees(model);
    if dice.one_in(3) {
        day.agrees_on_the_response(model);
    }
}

/// L2: one person's raises, faster than ten in ten seconds.
fn burst(day: &mut Day, model: &mut Model) {
    let mut slowed = 0;
    for _ in 0..12 {
        let actor = day.people[0].clone();
        let must = model.must_accept(&day.school, &actor, &crate::school::call());
        let request = day.school.request(crate::school::call());
        match day.school.asks(&actor, &request) {
            Ok(made) => {
                assert!(must);
                let sent = model.sent.entry(actor.author.principal.clone());
                sent.or_default().push(day.school.now);
                for stamped in made {
                    day.record(model, &stamped);
                }
            }
            Err(refusal) => {
                assert!(!must);
                refused(day, model, &actor, &request, &refusal);
                slowed += 1;
            }
        }
    }
    assert!(slowed >= 2, "twelve raises in no time, and no wait");
}

fn accepted(
    dice: &mut Dice,
    day: &mut Day,
    model: &mut Model,
    actor: &Actor,
    request: &CommandRequest,
    made: Vec<Stamped>,
) {
    let class = request.command.class();
    if let Fact::AllClearGiven { marks, .. } = &made[0].fact {
        let expected = [
            (Mark::Unswept, model.unswept()),
            (Mark::SetAside, model.set_aside),
            (
                Mark::GivenFromOffCampus,
                !model.here.contains(&actor.author.principal),
            ),
        ];
        let expected: Vec<Mark> = expected
            .into_iter()
            .filter_map(|(mark, holds)| holds.then_some(mark))
            .collect();
        assert_eq!(*marks, expected);
    }
    let staff = [Role::Staff, Role::Eyes].contains(&actor.author.role);
    let locks = staff
        && day.school.site.policy.staff_may_lock_down
        && matches!(request.command, Command::ReportThreat { .. });
    assert_eq!(made.len(), 1 + usize::from(locks));
    if class.is_raise() {
        let sent = model.sent.entry(actor.author.principal.clone());
        sent.or_default().push(day.school.now);
    }
    model.accepted.insert(made[0].id, (digest(request), 0));
    day.sent.push((actor.clone(), request.clone()));
    if class.is_fact() && dice.one_in(3) {
        for stamped in made {
            day.show(model, stamped);
        }
    } else {
        // What waits goes first, as an instance empties its spool before it tries a clear.
        if class.is_fact() {
            day.flush(model);
        }
        for stamped in made {
            day.record(model, &stamped);
        }
    }
}

fn refused(
    day: &mut Day,
    model: &Model,
    actor: &Actor,
    request: &CommandRequest,
    refusal: &lockstep_proto::code::Refusal,
) {
    let slow = refusal.code == Code::SlowDown;
    if slow {
        let wait = refusal.retry_after_ms.unwrap();
        assert!((1..=1_000).contains(&wait), "{wait}");
        *day.tally.entry("slow_down").or_default() += 1;
    }
    // P2: the right and the pace are all that a posture raise is ever refused for.
    if request.command.class() == Class::PostureRaise {
        let may = model.may(&day.school.site.policy, actor, &request.command);
        assert_eq!(slow, may, "{refusal:?}");
    }
    assert_ne!(refusal.code, Code::Fault);
}

/// P6: what was sent before, the same or changed under its id.
fn again(dice: &mut Dice, day: &Day, model: &Model) {
    let Some((actor, mut request)) = dice.pick(&day.sent) else {
        return;
    };
    let id = FactId::of_command(&actor.district, &actor.author.principal, request.id);
    let (known, seq) = &model.accepted[&id];
    if dice.one_in(2) {
        let seq = (*seq > 0).then_some(*seq);
        assert_eq!(
            day.school.decide(&actor, &request),
            Ok(Decision::Known(seq)),
            "{request:?}"
        );
    } else {
        request.command = some_command(dice, day, model);
        if digest(&request) != *known {
            let refusal = day.school.decide(&actor, &request).unwrap_err();
            assert_eq!(refusal.code, Code::IdReused);
        }
    }
}

#[test]
fn p1_to_s5_long_random_days_agree_with_a_second_telling() {
    let long = std::env::var_os("LOCKSTEP_LONG").is_some();
    let (days, commands) = if long { (1_000, 1_000) } else { (40, 500) };
    let seed = std::env::var("LOCKSTEP_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1_u64);
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    for n in 0..days {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(n));
        let mut day = Day::new(&mut dice);
        let mut model = Model::default();
        for _ in 0..commands {
            step(&mut dice, &mut day, &mut model);
        }
        for (name, count) in day.tally {
            *tally.entry(name).or_default() += count;
        }
    }
    println!("{tally:?}");
    // Every command was accepted somewhere, or the days were too dull to show anything.
    for name in [
        "give_all_clear",
        "propose_lift",
        "confirm_lift",
        "end_controlled_movement",
        "resume",
        "close_incident",
        "open_room",
        "set_aside_not_clear",
        "set_aside_objection",
        "withdraw_objection",
        "withdraw_not_clear",
        "answer_threat",
        "answer_plea",
        "annotate_mistake",
        "policy_call",
        "slow_down",
        "report_sighting",
        "attach_picture",
        "open_roster",
        "open_escalation",
        "record_line",
        "acknowledge_duty",
        "finish_duty",
        "decline_duty",
        "judge_contact_safe",
        "withdraw_contact",
        "record_contact",
        "offer_lead",
        "take_lead",
        "start_drill",
        "call_drill_lock_down",
        "report_drill_room",
        "clear_drill_zone",
        "give_drill_all_clear",
        "end_drill",
    ] {
        assert!(
            tally.get(name).is_some_and(|n| *n >= 3),
            "{name}: {tally:?}"
        );
    }
}
