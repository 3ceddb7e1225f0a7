//! What a script may ask of a screen, and what it may not.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
use super::*;

fn read(text: &str) -> Result<Sees, String> {
    toml::from_str(text).map_err(|why: toml::de::Error| why.message().to_owned())
}

#[test]
fn d1_a_drill_is_asked_for_by_kind_posture_and_marks_or_refused() {
    assert_eq!(read("drill = false").unwrap().drill, Some(DrillIs::None));
    let any = |kind| DrillIs::Running {
        kind,
        posture: None,
        marks: None,
    };
    assert_eq!(read("drill = true").unwrap().drill, Some(any(None)));
    assert_eq!(
        read("drill = \"test_alert\"").unwrap().drill,
        Some(any(Some(DrillKind::TestAlert)))
    );
    let given =
        read("drill = { kind = \"lock_down\", posture = \"all_clear\", marks = [\"UNSWEPT\"] }");
    assert_eq!(
        given.unwrap().drill,
        Some(DrillIs::Running {
            kind: Some(DrillKind::LockDown),
            posture: Some(Posture::AllClear),
            marks: Some(vec!["UNSWEPT".to_owned()]),
        })
    );
}

#[test]
fn what_would_ask_for_nothing_is_refused() {
    for (text, why) in [
        ("duties = []", "say duties = false"),
        ("not_duties = []", "say duties = false"),
        ("lines = {}", "say lines = false"),
        ("reach = {}", "asks for nothing"),
        ("sightings = {}", "say a number"),
        ("duties = [\"call_912\"]", "`call_912` is no duty"),
        ("duties = [\"call_911 late\"]", "`late` is nothing"),
        ("lines = { 112 = \"open\" }", "`112` is no agency"),
        ("lines = { 911 = \"green\" }", "`green` is no line"),
        (
            "lines = { 911 = { respond = \"x\" } }",
            "a line has no `respond`",
        ),
        ("drill = { kin = \"lock_down\" }", "drill has no `kin`"),
        ("drill = \"fire\"", "`fire` is no drill"),
        ("reach = { seen = 3 }", "reach has no `seen`"),
        ("sightings = -1", "count"),
        ("lead = true", "a person or false"),
        ("dutys = true", "unknown field"),
    ] {
        let said = read(text).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}

#[test]
fn each_thing_that_may_never_be_seen_counts_alone() {
    let never = read(
        "duties = [\"call_911\", \"tell_sro overdue\"]\nlines = { 911 = \"open\", so = true }\n\
         words = [\"a\", \"b\"]\ndrill_over = true\nlead = \"person:sam.cole\"\nsightings = 1\n\
         reach = { sent = 1 }\ncontact = true\nposture = \"lock_down\"",
    )
    .unwrap();
    let each = never.each();
    assert_eq!(each.len(), 12);
    assert!(each.iter().all(|alone| alone.each().len() == 1));
    assert_eq!(read("duties = true").unwrap().each().len(), 1);
    assert_eq!(Sees::default().each().len(), 0);
}
