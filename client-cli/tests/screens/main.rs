//! Whole terminal screens as text: what people read, without colour, at the smallest size that counts
//! (80x24) and a larger one (120x40). A change of any of them is read before it is accepted.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod cards;

use std::time::Duration;

use cards::{Campus, at, you};
use lockstep_cli::link::{Connection, Follow, Heard, LinkState, Welcome};
use lockstep_cli::screen::update::{Effect, Happened, Key, update};
use lockstep_cli::screen::view::as_text;
use lockstep_cli::screen::{Form, Model};
use lockstep_proto::command::Command;
use lockstep_proto::frame::CampusName;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::screen::Pulse;
use tokio::time::Instant;

/// The moment at which all of these are drawn.
const NOW: i64 = 600;

fn state(role: Role, campuses: Vec<(Campus, Duration)>) -> (LinkState, Instant) {
    let now = Instant::now() + Duration::from_secs(3600);
    let mut state = LinkState::new(at(0));
    let names: Vec<CampusName> = campuses
        .iter()
        .map(|(campus, _)| CampusName {
            id: campus.id.parse().unwrap(),
            name: campus.name.to_owned(),
            may_lock_down: true,
        })
        .collect();
    state.welcome = Some(Welcome {
        you: you(role),
        campuses: names.into(),
    });
    state.connection = Connection::Open {
        server: "http://127.0.0.1:7117".parse().unwrap(),
    };
    for (campus, pulse_age) in campuses {
        let mut follow = Follow::default();
        let position = campus.position;
        follow.screen.take_snapshot(position, campus.cards.clone());
        for (position, put, drop) in campus.then {
            follow.screen.take_event(position, put, &drop);
        }
        let pulse = Pulse {
            position: follow.screen.position.unwrap(),
            concerns: position.seq,
        };
        let clock = at(NOW - i64::try_from(pulse_age.as_secs()).unwrap());
        follow.pulse = Some((
            pulse,
            Heard {
                at: now - pulse_age,
                clock,
            },
        ));
        state.campuses.insert(campus.id.parse().unwrap(), follow);
    }
    (state, now)
}

const FRESH: Duration = Duration::from_secs(1);

fn model_of(role: Role, campuses: Vec<(Campus, Duration)>) -> Model {
    let form = if campuses.len() > 1 {
        Form::Board
    } else {
        Form::of(role.audience())
    };
    let (state, monotonic) = state(role, campuses);
    let mut model = Model::new(form, at(0), false);
    model.refresh(&state, at(NOW), monotonic);
    model
}

fn check(name: &str, model: &Model) {
    for (width, height) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(
            format!("{name}_{width}x{height}"),
            as_text(model, width, height)
        );
    }
}

fn both(name: &str, campus: fn(Audience) -> Campus) {
    for (role, form) in [(Role::Room, "classroom"), (Role::Sro, "responder")] {
        let model = model_of(role, vec![(campus(role.audience()), FRESH)]);
        check(&format!("{name}_{form}"), &model);
    }
}

#[test]
fn normal() {
    both("normal", cards::normal);
}

/// L2, L4, L5, L6: three calls, one not recorded yet, a room that asks for help.
#[test]
fn lock_down() {
    both("lock_down", cards::lock_down);
}

/// A2: no screen reads `normal` while a threat is being checked.
#[test]
fn checking() {
    both("checking", cards::checking);
    for role in [Role::Room, Role::Sro] {
        let model = model_of(role, vec![(cards::checking(role.audience()), FRESH)]);
        let text = as_text(&model, 80, 24);
        assert!(text.contains("Threat reported, being checked"));
        assert!(!text.to_lowercase().contains("normal"), "{text}");
    }
}

/// S2: UNSWEPT stays on every screen of that release.
#[test]
fn all_clear_unswept() {
    both("all_clear_unswept", cards::all_clear_unswept);
}

/// S4: never reads "all clear" but to say that it is none.
#[test]
fn lifted_by_school() {
    both("lifted_by_school", cards::lifted_by_school);
}

/// S5: an unopened room stays locked whatever the campus posture is.
#[test]
fn stay_locked() {
    let model = model_of(Role::Room, vec![(cards::stay_locked(), FRESH)]);
    check("stay_locked_classroom", &model);
}

/// R2, invariant 9: with no pulse for over five seconds no screen reads `normal`, and a severe
/// posture stays.
#[test]
fn not_connected() {
    let stale = Duration::from_millis(5_001);
    for (role, form) in [(Role::Room, "classroom"), (Role::Sro, "responder")] {
        for (name, campus) in [
            ("normal", cards::normal as fn(Audience) -> Campus),
            ("lock_down", cards::lock_down),
        ] {
            let model = model_of(role, vec![(campus(role.audience()), stale)]);
            check(&format!("not_connected_{name}_{form}"), &model);
            let text = as_text(&model, 80, 24);
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                words.contains("Not connected since 10:49. Do not rely on this screen"),
                "{words}"
            );
            assert!(!text.to_lowercase().contains("normal"), "{text}");
            assert_eq!(text.contains("LOCK-DOWN"), name == "lock_down");
            // One millisecond before, it may still be relied on.
            let model = model_of(
                role,
                vec![(campus(role.audience()), stale - Duration::from_millis(1))],
            );
            assert!(!as_text(&model, 80, 24).contains("Do not rely"));
        }
    }
}

/// R3: what the server drops and no committed clear names is kept, and said in words.
#[test]
fn held() {
    for (role, form) in [(Role::Room, "classroom"), (Role::Sro, "responder")] {
        let model = model_of(role, vec![(cards::held(role.audience()), FRESH)]);
        check(&format!("held_{form}"), &model);
        assert_eq!(model.campus().unwrap().posture(), Some(Posture::LockDown));
        // The server's own instruction is for what it believes; it does not stand under what is kept.
        assert!(!as_text(&model, 80, 24).to_lowercase().contains("normal"));
    }
}

/// Worst first; a campus that cannot be relied on stands above the calm ones.
#[test]
fn board() {
    let district = Audience::District;
    let campuses = vec![
        (
            cards::named("oak-elementary", "Oak Elementary", cards::normal(district)),
            FRESH,
        ),
        (
            cards::named("river-middle", "River Middle", cards::normal(district)),
            Duration::from_secs(60),
        ),
        (cards::lock_down(district), FRESH),
    ];
    let model = model_of(Role::Director, campuses);
    let order: Vec<&str> = model
        .campuses
        .iter()
        .map(|shown| shown.id.as_str())
        .collect();
    assert_eq!(order, ["north-high", "river-middle", "oak-elementary"]);
    check("board", &model);
}

#[test]
fn before_the_first_welcome_it_is_unknown() {
    let mut model = Model::new(Form::Classroom, at(0), false);
    model.refresh(&LinkState::new(at(0)), at(3), Instant::now());
    let text = as_text(&model, 80, 24);
    assert!(text.contains("Not connected since 10:40"), "{text}");
    check("before_welcome", &model);
}

/// P4: a sheet names what was drawn when it opened, and says when something came in since.
#[test]
fn p4_a_sheet_names_what_was_drawn_when_it_opened() {
    let mut model = model_of(
        Role::Sro,
        vec![(cards::lock_down(Audience::Responder), FRESH)],
    );
    let shown = model.campus().unwrap().screen.clone();
    assert!(update(&mut model, Happened::Key(Key::Letter('c'))).is_empty());
    // A fourth call comes in while the sheet is open.
    model.campuses[0].screen.take_event(
        cards::seq(20),
        vec![cards::call(
            4,
            590,
            "Joy Adams",
            Role::Sso,
            true,
            Audience::Responder,
        )],
        &[],
    );
    for digit in ['2', '4', '6', '8'] {
        update(&mut model, Happened::Key(Key::Letter(digit)));
    }
    check("sheet_responder", &model);
    let effects = update(&mut model, Happened::Key(Key::Enter));
    let [
        Effect::Send {
            command: Command::GiveAllClear { lifts, seen, .. },
            pin: Some(pin),
            ..
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (lifts, *seen),
        (&shown.open_raises(), shown.position.unwrap())
    );
    assert_eq!(pin.0, "2468");
}

/// L1: two presses of one key within two seconds, and nothing else asked.
#[test]
fn l1_two_presses_call_lock_down() {
    let mut model = model_of(
        Role::Administrator,
        vec![(cards::normal(Audience::Responder), FRESH)],
    );
    let press = |model: &mut Model, letter| update(model, Happened::Key(Key::Letter(letter)));
    assert!(press(&mut model, 'L').is_empty());
    model.now = at(NOW + 3);
    assert!(press(&mut model, 'L').is_empty(), "three seconds apart");
    model.now = at(NOW + 5);
    let effects = press(&mut model, 'L');
    assert!(matches!(
        effects.as_slice(),
        [Effect::Send {
            command: Command::CallLockDown { .. },
            ..
        }]
    ));
    // Another key between them starts over.
    press(&mut model, 'L');
    press(&mut model, 'x');
    assert!(press(&mut model, 'L').is_empty());
}
