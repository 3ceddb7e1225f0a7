//! The after-action report and the drill file, from the timeline alone (T3, D4). The golden
//! files are in `tests/fixtures/report`; `UPDATE_REPORT=1` rewrites them, and what changes in
//! them is to be read.

mod chronicle;

use std::path::PathBuf;

use lockstep_proto::contact::{Breach, Danger};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::reach::HowFar;
use lockstep_rules::report::page::{drill_page, page};
use lockstep_rules::report::{
    DrillEnd, DutyEnding, Flag, IncidentKind, Part, RaiseKind, Report, drill_file, incidents,
    report,
};

use crate::school::{ana, call, joy, lee, room, words};
use chronicle::{Chronicle, Year, read, without, year};

fn golden(name: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/report")
        .join(name);
    if std::env::var_os("UPDATE_REPORT").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((n, (kept, made))) = (1..)
        .zip(kept.lines().zip(made.lines()))
        .find(|(_, (kept, made))| kept != made)
    {
        panic!("{name}, line {n}\n  kept: {kept}\n  made: {made}");
    }
    assert!(kept == made, "{name} has another length");
}

fn told(year: &Year) -> Report {
    report(&year.chronicle.read(), year.incident).expect("an incident")
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap() + "\n"
}

#[test]
fn t3_the_report_of_an_incident_is_as_it_was_reviewed() {
    let year = year();
    let report = told(&year);
    golden("incident.json", &json(&report));
    golden("incident.html", &page(&report));
    let entries = year.chronicle.exported();
    let lines = entries
        .iter()
        .map(|entry| serde_json::to_string(entry).unwrap() + "\n");
    golden("timeline.jsonl", &lines.collect::<String>());
    let list = incidents(&year.chronicle.read());
    golden(
        "incidents.json",
        &(serde_json::to_string_pretty(&list).unwrap() + "\n"),
    );
}

#[test]
fn t3_the_same_entries_give_the_same_bytes_from_a_journal_and_from_an_export() {
    let year = year();
    let one = told(&year);
    assert_eq!(json(&one), json(&told(&year)));
    let exported = year.chronicle.exported();
    let other = report(&read(&exported), year.incident).unwrap();
    assert_eq!(json(&one), json(&other));
    assert_eq!(page(&one), page(&other));
    // What a program read back is what was written, and gives the same page.
    let back: Report = serde_json::from_str(&json(&one)).unwrap();
    assert_eq!(back, one);
    assert_eq!(page(&back), page(&one));
}

#[test]
fn t3_what_has_nothing_to_do_with_an_incident_changes_no_byte_of_its_report() {
    let mut year = year();
    let before = json(&told(&year));
    let told = &mut year.chronicle;
    told.after(86_400);
    told.does(&ana(), call());
    told.acknowledged(&joy(), "n101");
    told.reach(&[("n102-screen", Some("n102"), HowFar::Received, 0)]);
    assert_eq!(before, json(&report(&told.read(), year.incident).unwrap()));
}

#[test]
fn t3_an_entry_that_opened_nothing_has_no_report() {
    let year = year();
    let entries = year.chronicle.read();
    for seq in [0, year.incident - 1, year.incident + 1, 100_000] {
        assert_eq!(report(&entries, seq), None, "{seq}");
    }
}

#[test]
fn t3_an_open_incident_says_that_it_is_open() {
    let mut told = Chronicle::new();
    told.does(&ana(), call());
    told.after(100);
    told.acknowledged(&joy(), "n101");
    let report = report(&told.read(), 1).unwrap();
    assert_eq!(report.closed, None);
    assert_eq!(report.through.seq, 2);
    assert_eq!(report.postures.last().unwrap().until, None);
    assert!(page(&report).contains("STILL OPEN"));
    let asked = report
        .duties
        .iter()
        .find(|duty| duty.kind == DutyKind::Call911);
    let asked = asked.unwrap();
    assert_eq!((asked.ended.as_ref(), asked.lasted_ms), (None, 100_000));
    assert_eq!(asked.overdue_ms, 40_000);
}

#[test]
fn t3_unknown_is_never_counted_as_safe() {
    let report = told(&year());
    let rooms = &report.rooms;
    assert_eq!(
        (
            rooms.named,
            rooms.secured,
            rooms.not_secured,
            rooms.need_help,
            rooms.unknown
        ),
        (3, 1, 0, 0, 2)
    );
    let silent = rooms.rooms.iter().filter(|word| word.last.is_none());
    let silent: Vec<&str> = silent.map(|word| word.room.as_str()).collect();
    assert_eq!(silent, ["gym", "n102"]);
    let html = page(&report);
    assert_eq!(
        html.matches("<td class=\"unknown\">unknown</td>").count(),
        2
    );
    assert!(html.contains("<b>2 unknown</b>"));
}

#[test]
fn t3_shares_are_of_all_rooms_and_clients_and_never_of_those_that_answered() {
    let report = told(&year());
    let alert = report
        .raises
        .iter()
        .find(|raise| raise.act.by.name == "ana");
    assert!(alert.is_some());
    let alert = report
        .raises
        .iter()
        .find(|raise| raise.what == RaiseKind::LockDown)
        .expect("a call");
    let reach = &alert.reach;
    assert_eq!((reach.clients, reach.received, reach.displayed), (3, 2, 2));
    assert_eq!(reach.received_ms.half, Some(300));
    assert_eq!(reach.received_ms.most, None, "one client never said so");
    // One room of three acknowledged: not even half of them.
    assert_eq!((reach.rooms, reach.acknowledged), (3, 1));
    assert_eq!(reach.acknowledged_ms.half, None);
    let not: Vec<&str> = reach
        .not_acknowledged
        .iter()
        .map(|room| room.as_str())
        .collect();
    assert_eq!(not, ["gym", "n102"]);
    let not: Vec<&str> = reach.not_reached.iter().map(|room| room.as_str()).collect();
    assert_eq!(
        not,
        ["gym", "n102"],
        "n102 was sent it, and never said that it drew it"
    );
}

#[test]
fn t3_a_client_that_comes_back_after_the_release_was_not_reached() {
    let mut told = Chronicle::new();
    let call = told.does(&ana(), call());
    told.after(5);
    let fact = Fact::SchoolLifted {
        lifts: vec![call],
        seen: told.school.head(),
        incident: 1,
        proposal: FactId(uuid::Uuid::nil()),
        proposed_by: crate::school::id_of("ana"),
        marks: Vec::new(),
    };
    told.happened(&crate::school::tom(), fact);
    told.after(5);
    told.reach(&[("n101-screen", Some("n101"), HowFar::Displayed, 0)]);
    told.acknowledged(&joy(), "n101");
    let report = report(&told.read(), 1).unwrap();
    let reach = &report.raises[0].reach;
    assert_eq!((reach.displayed, reach.acknowledged), (0, 0));
    assert_eq!(reach.not_reached, [room("n101")]);
}

#[test]
fn t3_a_room_that_only_a_late_batch_names_is_counted_and_is_unknown() {
    let mut told = Chronicle::new();
    told.happened(&ana(), threat_of("a noise"));
    let threat = told.entries[0].stamped.id;
    told.after(2);
    told.acknowledged(&joy(), "n101");
    told.happened(
        &ana(),
        Fact::ThreatAnswered {
            threat,
            reason: words("a chair"),
        },
    );
    let reason = words("a chair");
    told.happened(&ana(), Fact::IncidentClosed { reason });
    // The batch was kept in time, and its entry came after the end.
    told.after(1);
    told.reach(&[("n102-screen", Some("n102"), HowFar::Sent, 1_500)]);
    let report = report(&told.read(), 1).unwrap();
    assert_eq!((report.rooms.named, report.rooms.unknown), (2, 2));
    let reach = &report.raises[0].reach;
    assert_eq!((reach.rooms, reach.acknowledged), (2, 1));
    assert_eq!(reach.acknowledged_ms.all, None, "n102 never said a word");
    assert_eq!(reach.not_acknowledged, [room("n102")]);
}

fn threat_of(seen: &str) -> Fact {
    Fact::ThreatReported {
        reason: Some(words(seen)),
        place: None,
        room: None,
    }
}

#[test]
fn t3_off_protocol_is_marked_in_the_list_in_the_line_and_on_the_page() {
    let report = told(&year());
    let breaches = vec![Breach::Alone, Breach::NotJudgedSafe, Breach::NoSroHere];
    assert_eq!(report.off_protocol.len(), 1);
    assert_eq!(report.off_protocol[0].breaches, breaches);
    let seq = report.off_protocol[0].act.seq;
    let line = report.lines.iter().find(|line| line.seq == seq).unwrap();
    assert!(line.flags.contains(&Flag::OffProtocol { breaches }));
    let html = page(&report);
    for words in ["OFF PROTOCOL: alone", "OFF PROTOCOL: no SRO was here"] {
        assert_eq!(html.matches(words).count(), 2, "{words}: contact and line");
    }
}

#[test]
fn t3_a_release_stands_with_its_authority_and_its_marks() {
    let report = told(&year());
    assert_eq!(report.marks, [Mark::Unswept, Mark::SetAside]);
    let html = page(&report);
    for words in [
        "UNSWEPT",
        "SET ASIDE",
        "North PD, badge 17, certification number LE-1, full-time, valid until 2026-12-31",
        "the man is in custody; B wing locked from outside",
        "roof searched by PD with kim, radio 11:42",
        "sweep_incomplete",
        "not_allowed",
        "clear a; not clear b",
        "rooms left unopened",
        "class stays with PD",
    ] {
        assert!(html.contains(words), "{words} is not on the page");
    }
    let codes: Vec<&str> = report.refused.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["not_allowed", "sweep_incomplete"]);
    let postures: Vec<Posture> = report.postures.iter().map(|span| span.posture).collect();
    assert_eq!(
        postures,
        [
            Posture::ControlledMovement,
            Posture::ControlledMovement,
            Posture::LockDown,
            Posture::AllClear,
            Posture::Normal,
        ]
    );
    let n102 = report
        .rooms
        .rooms
        .iter()
        .find(|word| word.room == room("n102"));
    let n102 = n102.unwrap();
    assert!(
        n102.left_unopened && n102.opened.is_some(),
        "opened afterwards"
    );
}

#[test]
fn t3_duties_are_those_of_the_rules_with_their_clocks() {
    let report = told(&year());
    let of = |kind| report.duties.iter().filter(move |duty| duty.kind == kind);
    // Asked of the threat, then of the call that answered it, then of the line that dropped.
    let calls: Vec<_> = of(DutyKind::Call911).collect();
    assert_eq!(calls.len(), 3, "many calls ask for one call to 911");
    let ends = calls.iter().map(|duty| duty.ended.as_ref().unwrap());
    assert!(ends.clone().all(|end| end.how == DutyEnding::Met));
    let ends: Vec<&str> = ends.map(|end| end.text.as_str()).collect();
    assert!(ends[0].starts_with("Lock-down called"), "{ends:?}");
    assert!(ends[1].starts_with("Escalation: line open"), "{ends:?}");
    assert!(ends[2].starts_with("Escalation: line open"), "{ends:?}");
    let dropped = report.lines.iter().find(|line| line.seq == calls[2].cause);
    assert!(dropped.unwrap().text.contains("line dropped"));
    assert!(
        calls[2].since > calls[1].since,
        "a line that dropped asks again"
    );
    let sro = of(DutyKind::TellSro).next().unwrap();
    assert_eq!(sro.ended.as_ref().unwrap().how, DutyEnding::Acknowledged);
    assert!(!sro.attempts.is_empty());
    let chief = of(DutyKind::TellChiefOrDirector).next().unwrap();
    assert_eq!(chief.ended.as_ref().unwrap().how, DutyEnding::Done);
    assert!(chief.overdue_ms > 0 && chief.attempts.len() > 2);
    let watch = of(DutyKind::KeepWatch).next().unwrap();
    assert_eq!(watch.ended.as_ref().unwrap().how, DutyEnding::Met);
    // Nothing of the incident before or after is among them.
    let told = report.lines.iter().map(|line| line.seq);
    let told: Vec<u64> = told.collect();
    assert!(report.duties.iter().all(|duty| told.contains(&duty.cause)));
}

#[test]
fn t3_a_notice_to_every_sro_is_open_though_the_timeline_names_none() {
    let mut told = Chronicle::new();
    told.happened(
        &joy(),
        Fact::EscalationOpened {
            agency: lockstep_proto::escalation::Agency::Pd,
            basis: lockstep_proto::escalation::Basis::Escalating,
            state: lockstep_proto::escalation::LineState::Requested,
            decided_by: None,
            called_by: None,
            number: None,
            incident_number: None,
            note: None,
        },
    );
    let report = report(&told.read(), 1).unwrap();
    assert_eq!(report.kind, IncidentKind::Escalation);
    let sro = report
        .duties
        .iter()
        .find(|duty| duty.kind == DutyKind::TellSro);
    assert!(sro.unwrap().ended.is_none());
}

#[test]
fn t4_a_claimed_time_is_marked_as_claimed_and_late_and_doubtful_ones_as_such() {
    let report = told(&year());
    let has = |wanted: &dyn Fn(&Flag) -> bool| {
        let lines = report.lines.iter();
        lines.filter(|line| line.flags.iter().any(wanted)).count()
    };
    assert_eq!(has(&|flag| matches!(flag, Flag::Late { by_s: 95 })), 1);
    assert_eq!(has(&|flag| matches!(flag, Flag::ClockInDoubt)), 1);
    assert_eq!(has(&|flag| matches!(flag, Flag::Mistake { .. })), 1);
    let html = page(&report);
    assert!(html.contains("arrived late, by 95 s") && html.contains("clock in doubt"));
    assert_eq!(html.matches("<span class=\"note\">claimed ").count(), 2);
    assert_eq!(report.sightings[0].danger, Danger::No);
    assert_eq!(
        report.lines[0].part,
        Part::Before,
        "seen before it was raised"
    );
    assert!(report.lines.iter().any(|line| line.part == Part::After));
}

#[test]
fn t5_what_is_withheld_or_removed_is_shown_as_such() {
    let year = year();
    let exported = year.chronicle.exported();
    let note = "a student has cut her hand";
    let withheld = report(&read(&without(&exported, note, None)), year.incident).unwrap();
    let html = page(&withheld);
    assert!(!html.contains(note) && html.contains("(withheld)"));
    assert!(html.contains("words withheld"));
    let order = "order 26-114 of the district court";
    let removed = without(&exported, note, Some(order));
    let removed = report(&read(&removed), year.incident).unwrap();
    let html = page(&removed);
    assert!(!html.contains(note));
    assert!(html.contains("(removed: order 26-114 of the district court)"));
    assert!(html.contains("words removed: order 26-114 of the district court"));
}

#[test]
fn t3_the_page_stands_alone_and_nothing_breaks_out_of_it() {
    let html = page(&told(&year()));
    for never in [
        "<script",
        "javascript:",
        "http://",
        "https://",
        "src=",
        "href=",
        "url(",
        "@import",
        "style=",
        "onload",
    ] {
        assert!(!html.contains(never), "{never} is on the page");
    }
    assert!(html.contains("he has a knife &lt;b&gt;in his hand&lt;/b&gt; &amp; runs"));
}

#[test]
fn t1_each_entry_says_who_in_what_role_on_which_device() {
    let year = year();
    let report = told(&year);
    for line in &report.lines {
        let entry = &year.chronicle.entries[line.seq as usize - 1];
        assert_eq!(line.by.principal, entry.stamped.by.principal);
        assert_eq!(line.by.who.role, entry.stamped.by.role);
        assert_eq!(line.by.device, entry.stamped.by.credential);
        assert_eq!(line.at, entry.stamped.at);
    }
    let batches = year.chronicle.entries[year.incident as usize - 1..]
        .iter()
        .filter(|entry| matches!(entry.stamped.fact, Fact::ReachKept { .. }));
    let within = report.lines.iter().filter(|line| line.part == Part::Within);
    let closed = report.closed.as_ref().unwrap().seq;
    assert_eq!(
        within.count() as u64,
        closed - year.incident + 1 - batches.count() as u64,
        "every entry from the first to the last, but for the batches of the ledger"
    );
}

#[test]
fn t3_an_incident_may_outlive_an_epoch() {
    let mut told = Chronicle::new();
    told.does(&ana(), call());
    told.after(10);
    told.epoch = 2;
    let fact = Fact::EpochOpened {
        previous_head: None,
        reason: words("restored from the backup of the morning"),
    };
    told.happened(&chronicle::server(), fact);
    told.after(10);
    told.does(&lee(), call());
    told.acknowledged(&joy(), "n101");
    let report = report(&told.read(), 1).unwrap();
    let epochs: Vec<u32> = report.lines.iter().map(|line| line.epoch).collect();
    assert_eq!(epochs, [1, 2, 2, 2]);
    assert!(report.lines[1].flags.contains(&Flag::EpochOpened));
    let reached = report.raises.iter().map(|raise| raise.reach.acknowledged);
    assert_eq!(reached.collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn t3_incidents_and_drills_are_listed_by_what_opened_them() {
    let year = year();
    let list = incidents(&year.chronicle.read());
    let told: Vec<_> = list.iter().map(|one| (one.real, one.kind)).collect();
    assert_eq!(
        told,
        [
            (false, IncidentKind::TestAlert),
            (false, IncidentKind::LockDown),
            (false, IncidentKind::ControlledMovement),
            (true, IncidentKind::LockDown),
            (true, IncidentKind::Threat),
        ]
    );
    assert_eq!((list[3].seq, list[4].seq), (year.incident, year.second));
    assert_eq!(list[3].marks, [Mark::Unswept, Mark::SetAside]);
    assert_eq!(
        list[2].closed_by,
        Some(year.incident),
        "something real ended it"
    );
    assert!(list.iter().all(|one| one.closed.is_some()));
}

#[test]
fn d4_the_drill_file_is_as_it_was_reviewed() {
    let year = year();
    let file = drill_file(&year.chronicle.read(), 2026);
    let json = serde_json::to_string_pretty(&file).unwrap() + "\n";
    golden("drills.json", &json);
    golden("drills.html", &drill_page(&file));
    let exported = drill_file(&read(&year.chronicle.exported()), 2026);
    assert_eq!(file, exported);
    let (drill, real) = (&file.drills[0], &file.drills[1]);
    assert_eq!(drill.reach.received_ms.all, Some(1_000));
    assert_eq!(drill.reach.acknowledged_ms.half, Some(37_000));
    assert_eq!(
        drill.reach.acknowledged_ms.all, None,
        "the gym never said a word"
    );
    assert!(drill.all_clear.is_some() && drill.swept.len() == 2);
    assert!(matches!(real.ended, Some(DrillEnd::Real { .. })), "D2");
    assert_eq!(drill_file(&year.chronicle.read(), 2025).drills, []);
}

#[test]
fn d5_a_test_alert_stands_apart_with_the_rooms_that_it_did_not_reach() {
    let file = drill_file(&year().chronicle.read(), 2026);
    assert_eq!((file.drills.len(), file.test_alerts.len()), (2, 1));
    let reach = &file.test_alerts[0].reach;
    assert_eq!(reach.not_reached, [room("gym"), room("n102")]);
    assert_eq!(reach.received_ms.all, None);
}

#[test]
fn s4_a_school_lift_tells_its_two_people_and_the_statement() {
    let mut told = Chronicle::new();
    told.does(&ana(), call());
    told.after(60);
    let proposal = told.school.propose();
    let proposal = told.does(&crate::school::fresh(&ana()), proposal);
    let confirm = told.school.confirm(proposal);
    told.does(&crate::school::fresh(&crate::school::tom()), confirm);
    let report = report(&told.read(), 1).unwrap();
    let html = page(&report);
    assert!(html.contains("This is not a law-enforcement all clear"));
    assert!(html.contains("proposed by <b>ana, administrator</b>"));
    assert!(html.contains("by <b>tom, administrator</b>"));
    assert!(!html.contains("not confirmed"));
}
