//! Scripts, and what a school's other systems write. A bad file is named with its line and the
//! reason; a good one makes nobody what no file may make them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::LazyLock;

use jiff::civil::date;
use lockstep_cli::replay::script;
use lockstep_proto::directory::Directory;
use lockstep_proto::role::Role;
use lockstep_server::directory::{
    BadList, Lists, OneRosterAsked, demo, difference, parse, show, with_lists, with_oneroster,
};

/// Larger is another test's: here many are tried.
const LARGE: usize = 128 * 1024;

static DEMO: LazyLock<Directory> = LazyLock::new(|| demo().unwrap());

fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.len() <= LARGE).then_some(text)
}

/// The lines of a text: one that ends with a line break has an empty one behind it.
fn lines(text: &str) -> usize {
    text.matches('\n').count() + 1
}

/// A script is whole and in order, or it is wrong at a line that it has.
pub fn script(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match script::read(text) {
        Err(wrong) => {
            assert!((1..=lines(text)).contains(&wrong.line), "{wrong}");
            assert!(!wrong.why.trim().is_empty(), "no reason");
        }
        Ok(script) => {
            assert!((1..=500).contains(&script.steps.len()));
            let in_order = script.steps.windows(2);
            for pair in in_order {
                assert!(pair[0].at <= pair[1].at, "a step before the one before it");
            }
            for step in &script.steps {
                assert!((1..=lines(text)).contains(&step.line));
            }
        }
    }
}

/// What no file may make of a directory, whatever it says (A3).
fn is_sound(directory: &Directory) {
    for (id, person) in &directory.people {
        for campus in &person.campuses {
            assert!(
                directory.campuses.contains_key(campus),
                "{id} serves no campus"
            );
        }
        assert!(
            person.role != Role::Sro || person.certification.is_some(),
            "{id} is an SRO without a certification"
        );
    }
    for campus in directory.campuses.keys() {
        assert!(
            directory.people.values().any(|person| {
                person.role == Role::Administrator && person.campuses.contains(campus)
            }),
            "nobody administers {campus}"
        );
    }
    for device in directory.devices.values() {
        let campus = &directory.campuses[&device.campus];
        assert!(
            campus.rooms.contains_key(&device.room),
            "a display in no room"
        );
    }
    // It is kept as JSON, and read again.
    let json = serde_json::to_string(directory).unwrap();
    let again: Directory = serde_json::from_str(&json).unwrap();
    assert_eq!(again, *directory);
    assert!(!show(directory).is_empty());
    let _ = difference(Some(&DEMO), directory);
}

/// A directory file.
pub fn directory(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match parse(text) {
        Err(wrong) => {
            assert!((1..=lines(text)).contains(&wrong.line), "{wrong}");
            assert!(!wrong.reason.trim().is_empty(), "no reason");
        }
        Ok(mut parsed) => {
            is_sound(&parsed.directory);
            for person in parsed.directory.people.values() {
                let on_scene = person
                    .certification
                    .as_ref()
                    .and_then(|on| on.on_scene.as_ref());
                assert!(
                    on_scene.is_none(),
                    "a file vouched for somebody as two people do"
                );
            }
            let _ = parsed.keep_what_was_decided(&DEMO);
            is_sound(&parsed.directory);
        }
    }
}

/// What is wrong with a list names a line that it has, a column and a reason.
fn names_its_place(error: &anyhow::Error, lines: impl Fn(&str) -> u64) {
    assert!(!error.to_string().trim().is_empty());
    if let Some(bad) = error.downcast_ref::<BadList>() {
        assert!(
            (1..=lines(bad.list)).contains(&bad.line),
            "{bad}: it has no such line"
        );
        assert!(!bad.reason.trim().is_empty(), "{bad}");
    }
}

/// What stands between files.
pub const NEXT: &str = "\n=====\n";

/// Lists: those of people, of rooms and of displays, an empty one being none.
pub fn lists(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let mut parts = text.split(NEXT).map(str::to_owned);
    let mut next = || parts.next().filter(|part| !part.is_empty());
    let lists = Lists {
        people: next(),
        rooms: next(),
        devices: next(),
    };
    match with_lists(&DEMO, &lists) {
        Err(error) => names_its_place(&error, |list| {
            let of = match list {
                "the list of people" => &lists.people,
                "the list of rooms" => &lists.rooms,
                "the list of devices" => &lists.devices,
                other => panic!("which list is {other}?"),
            };
            of.as_deref().map_or(1, lines) as u64
        }),
        Ok((directory, _)) => is_sound(&directory),
    }
}

/// OneRoster files: each `name.csv`, a line break, and what it has.
pub fn oneroster(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let files: BTreeMap<&str, &str> = text
        .split(NEXT)
        .filter_map(|file| file.split_once('\n'))
        .collect();
    let open = |name: &str| {
        let file = files.get(name).map(|file| file.to_string());
        Ok(file.map(|file| Box::new(Cursor::new(file)) as Box<dyn Read>))
    };
    let asked = OneRosterAsked {
        ignore_other_schools: true,
        ..OneRosterAsked::default()
    };
    match with_oneroster(&open, &asked, &DEMO, date(2026, 3, 2)) {
        Err(error) => names_its_place(&error, |list| {
            files.get(list).map_or(1, |file| lines(file) as u64)
        }),
        Ok((taken, _)) => {
            is_sound(&taken.directory);
            certifies_nobody(&taken.directory);
        }
    }
}

/// OneRoster speaks of teachers and administrators alone (A3).
fn certifies_nobody(directory: &Directory) {
    for (id, person) in &directory.people {
        let before = DEMO.people.get(id);
        let certified = before.and_then(|person| person.certification.as_ref());
        assert_eq!(
            person.certification.as_ref(),
            certified,
            "{id} was certified by a file"
        );
        let may = |role: Role| [Role::Administrator, Role::Staff].contains(&role);
        assert!(
            may(person.role) || before.is_some_and(|before| before.role == person.role),
            "{id} was made {:?} by a file",
            person.role
        );
    }
}
