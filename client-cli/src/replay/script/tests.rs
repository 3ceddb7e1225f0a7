//! What is refused, and at which line.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]
use super::*;

const HEAD: &str =
    "[script]\nname = \"x\"\nabout = \"y\"\nrules = [\"L1\"]\ncampus = \"north-high\"\n\n";

fn wrong(steps: &str) -> String {
    read(&format!("{HEAD}{steps}")).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let call = "who = \"person:a\"\ndoes = { command = \"call_lock_down\" }\n";
    for (steps, line, why) in [
        ("[[step]]\nat = \"25:00:00\"\n", 7, "is no time"),
        ("[[step]]\nat = \"10:00\"\n", 7, "is no time"),
        (
            "[[step]]\nat = \"10:00:00\"\n\n[[step]]\nat = \"09:59:59\"\n",
            10,
            "before the first step",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nwhom = \"x\"\n",
            9,
            "unknown field",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nwho = \"anna\"\ndoes = { command = \"arrive\" }\n",
            7,
            "nobody who can play",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\ndoes = { command = \"arrive\" }\n",
            7,
            "say `who`",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nwho = \"person:a\"\ndoes = { command = \"call_lock_down\", reson = \"x\" }\n",
            7,
            "reson",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nwho = \"person:a\"\ndoes = { command = \"annotate_mistake\", call = \"@c\", note = \"x\" }\n",
            7,
            "no earlier step is called `c`",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nwho = \"person:a\"\ndoes = { command = \"give_all_clear\", names = \"frozen\" }\n",
            7,
            "freeze",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nexpect = { answer = \"accepted\" }\n",
            7,
            "nobody does anything",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nexpect = { everybody = true }\n",
            7,
            "what they see",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nexpect = { everybody = true, sees = { posture = \"locked\" } }\n",
            9,
            "locked",
        ),
        (
            &format!("[[step]]\nat = \"10:00:00\"\n{call}burst = 100000\n"),
            7,
            "burst",
        ),
        (
            &format!("[[step]]\nat = \"10:00:00\"\n{call}freeze = \"person:a\"\n"),
            7,
            "one of does",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nexpect = { never = { duties = true } }\n",
            7,
            "says both who",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nexpect = { everybody = true, never = {} }\n",
            7,
            "`never` names nothing",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nexpect = { everybody = true, sees = { duties = [] } }\n",
            9,
            "say duties = false",
        ),
        (
            "[[step]]\nat = \"10:00:00\"\nwho = \"person:a\"\ndoes = { command = \"acknowledge_duty\", duty = \"call_999\" }\n",
            7,
            "no duty",
        ),
        ("", 1, "1 to 500 steps"),
    ] {
        let said = wrong(steps);
        assert!(
            said.starts_with(&format!("line {line}:")) && said.contains(why),
            "{steps}\n{said}"
        );
    }
}

#[test]
fn times_are_of_the_day_or_after_the_step_before() {
    let steps = "[[step]]\nat = \"14:19:00\"\n[[step]]\nat = \"+1.5s\"\n[[step]]\nat = \"+2m\"\n[[step]]\nat = \"14:24:00\"\n";
    let script = read(&format!("{HEAD}{steps}")).unwrap();
    let at: Vec<u128> = script
        .steps
        .iter()
        .map(|step| step.at.as_millis())
        .collect();
    assert_eq!(at, [0, 1_500, 121_500, 300_000]);
    assert_eq!(script.steps[2].clock, "14:21:01");
}

#[test]
fn every_shipped_script_reads() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/scenario");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            let script = read(&std::fs::read_to_string(&path).unwrap());
            let name = script
                .unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
                .name;
            assert_eq!(
                Some(name.as_str()),
                path.file_stem().and_then(|stem| stem.to_str())
            );
            names.push(name);
        }
    }
    assert!(names.len() >= 8, "{names:?}");
}

#[test]
fn what_may_never_be_seen_is_taken_apart() {
    let steps = "[[step]]\nat = \"10:00:00\"\nexpect = { everybody = true, never = { duties = true, lines = { 911 = true } }, within_ms = 500 }\n";
    let script = read(&format!("{HEAD}{steps}")).unwrap();
    assert_eq!(script.steps[0].expect.never.len(), 2);
    assert_eq!(script.steps[0].expect.sees, Sees::default());
}
