//! What people do about a threat, and drills, from the command line.

use lockstep_proto::Timestamp;
use lockstep_proto::command::Command;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, Line, LineState, Response};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Role;
use lockstep_proto::view::{
    Card, ContactCard, DrillCard, DutyCard, EscalationCard, Judged, LeadCard, Offer, RaiseCard, Who,
};

use super::fake::Fake;
use super::{Home, ID, NOBODY};

fn id(n: u128) -> FactId {
    FactId(uuid::Uuid::from_u128(n))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn who(name: &str) -> Who {
    Who {
        name: name.to_owned(),
        role: Role::Sso,
    }
}

fn drill() -> Card {
    Card::Drill(DrillCard {
        id: id(1),
        kind: DrillKind::LockDown,
        posture: Posture::LockDown,
        instruction: "Locks, lights, out of sight. This is not a drill.".to_owned(),
        since: at(1),
        at: at(1),
        by: None,
        note: None,
        cleared: Vec::new(),
        marks: Vec::new(),
        released_by: None,
    })
}

fn raise(n: u128, second: i64) -> Card {
    Card::Raise(RaiseCard {
        id: id(n),
        level: Level::ControlledMovement,
        at: at(second),
        recorded: true,
        late: false,
        sealed: None,
        by: None,
        kind: None,
        reason: None,
        place: None,
        shareable: None,
        mistake: None,
    })
}

fn duty(n: u128, kind: DutyKind) -> Card {
    Card::Duty(DutyCard {
        id: id(n),
        kind,
        cause: id(9),
        asks: vec![Role::Sro],
        since: at(1),
        due: at(61),
        overdue: true,
        say: "Call 911. Say: North High.".to_owned(),
        acknowledged: None,
        attempts: 2,
        tried: Vec::new(),
        each: Vec::new(),
    })
}

fn line(n: u128, agency: Agency) -> Card {
    Card::Escalation(EscalationCard {
        call: None,
        id: id(n),
        agency,
        basis: Basis::Escalating,
        by: who("Lee Park"),
        at: at(1),
        decided_by: None,
        called_by: None,
        number: None,
        incident_number: None,
        line: Line::None,
        line_at: at(1),
        response: Response::Unknown,
        response_at: None,
        last: LineState::Requested,
        note: None,
        closed_unexplained: false,
        to_tell: Vec::new(),
    })
}

fn lead() -> Card {
    let offer = |n, to: &str| Offer {
        id: id(n),
        by: who("Lee Park"),
        to: to.parse().unwrap(),
        at: at(2),
    };
    Card::Lead(LeadCard {
        lead: None,
        offers: vec![offer(31, "sam.cole"), offer(32, "ana.ruiz")],
    })
}

fn plan(of: u128) -> Card {
    Card::Contact(ContactCard {
        raise: id(of),
        judged: vec![Judged {
            person: "lee.park".parse().unwrap(),
            who: who("Lee Park"),
            with: "sam.cole".parse().unwrap(),
            at: at(3),
        }],
        stands: false,
        sro_here: true,
    })
}

/// Every command of the protocol has a way from the command line: these lines, and what they send.
#[tokio::test]
async fn every_command_has_a_way_from_the_command_line() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    crate::keep_pin(home.path());
    let pin = format!("--pin-file {}", home.path().join("pin").display());
    let named = format!("--seen 1.4 --lifts {ID}");
    let of_drill = format!("--seen 1.4 --drill {ID}");
    fake.shows(
        5,
        vec![
            drill(),
            duty(2, DutyKind::Call911),
            line(4, Agency::Pd),
            lead(),
            plan(5),
        ],
    );
    for (line, name) in [
        (
            "movement begin C --kind person".to_owned(),
            "begin_controlled_movement",
        ),
        ("lock-down C".to_owned(), "call_lock_down"),
        ("threat C".to_owned(), "report_threat"),
        ("room report C secured".to_owned(), "report_room"),
        ("sweep adverse C gym door".to_owned(), "report_adverse"),
        ("not-clear C say roof".to_owned(), "say_not_clear"),
        ("object C say roof".to_owned(), "object_to_lift"),
        ("room ack C".to_owned(), "acknowledge"),
        ("arrive C".to_owned(), "arrive"),
        ("leave C".to_owned(), "leave"),
        (format!("mistake C {ID} oops"), "annotate_mistake"),
        (format!("plea answer C {ID}"), "answer_plea"),
        (
            "sighting C man --danger yes --place gym --minutes-ago 2".to_owned(),
            "report_sighting",
        ),
        (
            "escalate C 911 --basis immediate-threat --state calling".to_owned(),
            "open_escalation",
        ),
        ("line C line-open".to_owned(), "record_line"),
        ("duty ack C call-911".to_owned(), "acknowledge_duty"),
        (
            "duty done C call-911 --how phone --by Joy".to_owned(),
            "finish_duty",
        ),
        (
            format!("duty decline C {ID} --reason radio"),
            "decline_duty",
        ),
        (
            "contact safe C --with lee.park".to_owned(),
            "judge_contact_safe",
        ),
        ("contact withdraw C".to_owned(), "withdraw_contact"),
        (
            "contact made C spoke --by sam.cole,person:lee.park".to_owned(),
            "record_contact",
        ),
        ("lead offer C ana.ruiz".to_owned(), "offer_lead"),
        ("lead take C".to_owned(), "take_lead"),
        (
            "drill room C secured --present 24".to_owned(),
            "report_drill_room",
        ),
        (format!("drill start C lock-down {pin}"), "start_drill"),
        (format!("test-alert C {pin}"), "start_drill"),
        ("drill lock-down C".to_owned(), "call_drill_lock_down"),
        ("drill zone C gym".to_owned(), "clear_drill_zone"),
        (format!("threat answer C {ID} --reason no"), "answer_threat"),
        ("sweep start C".to_owned(), "start_sweep"),
        ("sweep clear C gym".to_owned(), "clear_zone"),
        (format!("not-clear C withdraw {ID}"), "withdraw_not_clear"),
        (
            format!("not-clear C set-aside {ID} --reason x"),
            "set_aside_not_clear",
        ),
        (
            format!("lift propose C --statement I {named} {pin}"),
            "propose_lift",
        ),
        (format!("object C withdraw {ID}"), "withdraw_objection"),
        (
            format!("object C set-aside {ID} --reason x"),
            "set_aside_objection",
        ),
        ("open-room C n101".to_owned(), "open_room"),
        ("close-incident C --reason x".to_owned(), "close_incident"),
        (format!("movement end C {named}"), "end_controlled_movement"),
        (format!("all-clear C {named} {pin}"), "give_all_clear"),
        (
            format!("lift confirm C --proposal {ID} {named} {pin}"),
            "confirm_lift",
        ),
        (format!("resume C {named}"), "resume"),
        (
            format!("drill all-clear C {of_drill} {pin}"),
            "give_drill_all_clear",
        ),
        (format!("drill end C {of_drill} --note x"), "end_drill"),
    ] {
        let line = line.replace(" C", " north-high");
        home.run(&line).await.exits(0);
        let got = fake.got();
        assert_eq!(got.last().unwrap().command.name(), name, "{line}");
    }
}

/// D3, P4: an end of drill names head and drill from an earlier look, and never reads and names in one step.
#[tokio::test]
async fn d3_a_program_names_drill_and_head_together() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    fake.shows(5, vec![drill()]);
    for line in ["drill end north-high", "drill all-clear north-high"] {
        let ran = home.run(line).await.exits(2);
        assert!(ran.err.contains("--seen HEAD --drill ID"), "{}", ran.err);
    }
    home.run("drill end north-high --seen 1.4").await.exits(2);
    home.run(&format!("drill end north-high --drill {ID}"))
        .await
        .exits(2);
    assert!(fake.got().is_empty());
    let status = home.run("--json status north-high").await.exits(0).json();
    let line = format!(
        "drill end north-high --seen {} --drill {}",
        status["head"].as_str().unwrap(),
        status["drill"].as_str().unwrap()
    );
    home.run(&line).await.exits(0);
    let got = fake.got();
    let Command::EndDrill { drill, seen, .. } = &got[0].command else {
        panic!("{got:?}")
    };
    assert_eq!((*drill, seen.to_string().as_str()), (id(1), "1.5"));
}

/// D1: `status` says DRILL in words, and never a campus's own "This is not a drill"; under something real
/// there is no drill to act in (D2).
#[tokio::test]
async fn d1_status_marks_a_drill() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    fake.shows(5, vec![drill()]);
    let ran = home.run("status north-high").await.exits(0);
    assert!(
        ran.out.contains("A LOCK-DOWN DRILL is running"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("THIS IS A DRILL."), "{}", ran.out);
    assert!(!ran.out.contains("not a drill"), "{}", ran.out);
    fake.shows(6, vec![drill(), raise(7, 9)]);
    let ran = home.run("status north-high").await.exits(0);
    assert!(!ran.out.contains("DRILL"), "{}", ran.out);
    home.run("drill lock-down north-high").await.exits(3);
    assert!(fake.got().is_empty());
}

/// E5: a duty goes by its kind where one is open; where several are, its author names one.
#[tokio::test]
async fn e5_a_duty_goes_by_its_kind_where_there_is_no_choice() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    fake.shows(
        5,
        vec![
            duty(11, DutyKind::TellSro),
            duty(12, DutyKind::TellSro),
            duty(13, DutyKind::Call911),
        ],
    );
    let ran = home.run("duty list north-high").await.exits(0);
    assert!(ran.out.starts_with("call-911  OVERDUE"), "{}", ran.out);
    assert!(ran.out.contains("Say: North High."), "{}", ran.out);
    home.run("duty ack north-high call-911").await.exits(0);
    let ran = home.run("duty ack north-high tell-sro").await.exits(2);
    assert!(ran.err.contains("Name one by its id"), "{}", ran.err);
    assert!(ran.err.contains(&id(12).to_string()), "{}", ran.err);
    let ran = home.run("duty ack north-high keep-watch").await.exits(2);
    assert!(ran.err.contains("duty list north-high"), "{}", ran.err);
    let ran = home.run("duty ack north-high call-912").await.exits(2);
    assert!(ran.err.contains("call-911, call-sro"), "{}", ran.err);
    assert_eq!(fake.got().len(), 1);
}

/// E3: several lines may be open, and then nobody guesses which is meant.
#[tokio::test]
async fn e3_a_line_is_named_where_several_are_open() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let ran = home.run("line north-high line-open").await.exits(2);
    assert!(ran.err.contains("escalate north-high"), "{}", ran.err);
    fake.shows(5, vec![line(4, Agency::Pd), line(5, Agency::NineOneOne)]);
    let ran = home.run("line north-high line-open").await.exits(2);
    assert!(ran.err.contains("NOT CALLED YET"), "{}", ran.err);
    home.run("line north-high line-open --agency 911")
        .await
        .exits(0);
    let got = fake.got();
    let Command::RecordLine { escalation, .. } = &got[0].command else {
        panic!("{got:?}")
    };
    assert_eq!(*escalation, id(5));
}

/// C3: the second of two judges the plan that the first has begun, not whatever came in since.
#[tokio::test]
async fn c3_the_second_judges_the_plan_of_the_first() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    fake.shows(5, vec![raise(5, 1), raise(6, 8), plan(5)]);
    let ran = home
        .run("contact safe north-high --with lee.park")
        .await
        .exits(0);
    assert!(ran.out.contains("About "), "{}", ran.out);
    let got = fake.got();
    let Command::JudgeContactSafe { raise, .. } = &got[0].command else {
        panic!("{got:?}")
    };
    assert_eq!(*raise, id(5));
}

/// C7: only an offer to oneself is taken.
#[tokio::test]
async fn c7_the_lead_is_taken_by_the_one_it_is_offered_to() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    home.run("lead take north-high").await.exits(2);
    fake.shows(5, vec![lead()]);
    home.run("lead take north-high").await.exits(0);
    let got = fake.got();
    let Command::TakeLead { offer } = &got[0].command else {
        panic!("{got:?}")
    };
    assert_eq!(*offer, id(31));
}

/// P7: an escalation and a dangerous sighting are raises, and the outbox keeps them; one that is not
/// dangerous is a note.
#[tokio::test]
async fn p7_escalations_and_dangerous_sightings_are_kept_like_calls() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    for (line, exit) in [
        ("escalate north-high 911", 5),
        ("sighting north-high man --danger yes", 5),
        ("sighting north-high man", 5),
        ("sighting north-high gate --danger no", 1),
    ] {
        home.run(&format!("--server {NOBODY} {line} --patience 1"))
            .await
            .exits(exit);
    }
    let listed = home.run("outbox").await.exits(0).out;
    assert_eq!(listed.matches("Open escalation").count(), 1, "{listed}");
    assert_eq!(listed.matches("Report sighting").count(), 2, "{listed}");
}

/// C5: a picture that does not go never holds up its sighting.
#[tokio::test]
async fn c5_a_sighting_is_in_whatever_becomes_of_its_picture() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let file = home.path().join("note.txt");
    std::fs::write(&file, "no picture").unwrap();
    let ran = home
        .run(&format!(
            "sighting north-high man --picture {}",
            file.display()
        ))
        .await
        .exits(1);
    assert!(ran.err.contains("The sighting is in"), "{}", ran.err);
    assert!(ran.err.contains("neither a JPEG nor a PNG"), "{}", ran.err);
    assert_eq!(fake.got()[0].command.name(), "report_sighting");
}
