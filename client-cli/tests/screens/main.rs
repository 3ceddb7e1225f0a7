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
use lockstep_proto::escalation::LineState;
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

/// L6, C5, C7: what to do at the fire alarm, what was seen last, and who leads.
#[test]
fn l6_the_board_says_what_to_do_at_the_fire_alarm() {
    let normal = cards::normal(Audience::District);
    let oak = cards::named("oak-elementary", "Oak Elementary", normal);
    let model = model_of(
        Role::Director,
        vec![(cards::response(), FRESH), (oak, FRESH)],
    );
    for (width, height) in [(80, 24), (120, 40)] {
        let text = as_text(&model, width, height);
        for part in [
            "If the fire alarm sounds: stay locked",
            "lead: Sam Cole (SRO)",
            "sightings: 2, dangerous or unsure 1, newest: DANGEROUS 10:49",
        ] {
            assert!(text.contains(part), "{part} at {width}x{height}\n{text}");
        }
    }
    check("board_response", &model);
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

/// E2, E3, E4, C3, C5, C7, R1: at a glance what has to be done, since when, and how far things are.
#[test]
fn e4_the_responder_screen_shows_the_response_at_a_glance() {
    let model = model_of(Role::Sro, vec![(cards::response(), FRESH)]);
    for (width, height) in [(80, 24), (160, 45)] {
        let text = as_text(&model, width, height);
        for part in [
            "8:00 OVERDUE Call 911",
            "Say: North High School, 100 North Street",
            "in hand: Dana Lind",
            "LINE DROPPED",
            "NOT CALLED YET",
            "CONTACT NOT YET",
            "LEAD Sam Cole",
            "REACH",
            "SIGHTINGS 2",
            "SWEEP begun  1 of 3 zones clear",
            "help 1",
        ] {
            assert!(text.contains(part), "{part} at {width}x{height}\n{text}");
        }
        // What nobody knows is not shown as known.
        assert!(!text.contains("on the way"), "{text}");
        insta::assert_snapshot!(format!("response_responder_{width}x{height}"), text);
    }
}

/// D1: in words, on every form and at every size, and nowhere a word that says otherwise.
#[test]
fn d1_a_drill_is_a_drill_on_every_screen() {
    both("drill", cards::drill);
    both("test_alert", cards::test_alert);
    for role in [Role::Room, Role::Sro] {
        for campus in [
            cards::drill(role.audience()),
            cards::test_alert(role.audience()),
        ] {
            let test = campus.cards.len();
            let model = model_of(role, vec![(campus, FRESH)]);
            for (width, height) in [(60, 15), (80, 24), (160, 45)] {
                let text = as_text(&model, width, height).to_lowercase();
                assert!(text.contains("drill"), "{test} {width}x{height}\n{text}");
                assert!(!text.contains("not a drill"), "{text}");
                assert!(!text.contains("normal"), "{text}");
            }
        }
    }
    let district = Audience::District;
    let campuses = vec![
        (cards::drill(district), FRESH),
        (
            cards::named(
                "oak-elementary",
                "Oak Elementary",
                cards::test_alert(district),
            ),
            FRESH,
        ),
        (
            cards::named("river-middle", "River Middle", cards::drill_over(district)),
            FRESH,
        ),
    ];
    let model = model_of(Role::Director, campuses);
    assert_eq!(model.campuses[0].id.as_str(), "river-middle");
    check("board_drills", &model);
}

/// D2: from the first real raise on the drill is over, also where its card is still there.
#[test]
fn d2_the_drill_is_over_and_this_is_real() {
    both("drill_over", cards::drill_over);
    for role in [Role::Room, Role::Sro] {
        let model = model_of(role, vec![(cards::drill_over(role.audience()), FRESH)]);
        let text = as_text(&model, 80, 24);
        assert!(text.contains("The drill is over. This is real."), "{text}");
        assert!(!text.contains("DRILL"), "{text}");
    }
}

/// R2, D2: a drill that the screen cannot vouch for may be over.
#[test]
fn r2_a_drill_on_a_dead_link_is_unknown() {
    let model = model_of(
        Role::Room,
        vec![(cards::drill(Audience::Room), Duration::from_secs(60))],
    );
    let text = as_text(&model, 80, 24);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("Last shown: a DRILL. That may have changed"),
        "{text}"
    );
    assert!(words.contains("UNKNOWN"), "{text}");
}

/// D1, D2: a room's word goes to the drill, but a plea for help is always real; a clear is of the drill.
#[test]
fn d2_in_a_drill_a_plea_is_real_and_a_report_is_not() {
    let press = |model: &mut Model, letter| update(model, Happened::Key(Key::Letter(letter)));
    let mut model = model_of(Role::Room, vec![(cards::drill(Audience::Room), FRESH)]);
    let [Effect::Send { command, .. }] = &press(&mut model, 's')[..] else {
        panic!("nothing sent")
    };
    assert_eq!(command.name(), "report_drill_room");
    let [Effect::Send { command, .. }] = &press(&mut model, 'h')[..] else {
        panic!("nothing sent")
    };
    assert_eq!(command.name(), "report_room");
    let mut model = model_of(Role::Sro, vec![(cards::drill(Audience::Responder), FRESH)]);
    press(&mut model, 'c');
    for digit in ['2', '4', '6', '8'] {
        press(&mut model, digit);
    }
    check("drill_sheet_responder", &model);
    let effects = update(&mut model, Happened::Key(Key::Enter));
    let [
        Effect::Send {
            command: Command::GiveDrillAllClear { drill, seen, .. },
            pin: Some(_),
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    let shown = &model.campus().unwrap().screen;
    assert_eq!(*drill, shown.drill().unwrap().id);
    assert_eq!(Some(*seen), shown.position);
}

/// D2: a drill's open sheet closes under something real, and no answer to a drill report stays on the screen.
#[test]
fn d2_a_real_raise_closes_the_sheet_of_a_drill() {
    let mut model = model_of(Role::Sro, vec![(cards::drill(Audience::Responder), FRESH)]);
    update(&mut model, Happened::Key(Key::Letter('c')));
    model.notice("Report drill room: recorded at 1.3".to_owned(), false);
    assert!(model.sheet.is_some());
    let (real, monotonic) = state(
        Role::Sro,
        vec![(cards::drill_over(Audience::Responder), FRESH)],
    );
    model.refresh(&real, at(NOW), monotonic);
    assert!(model.sheet.is_none());
    assert!(update(&mut model, Happened::Key(Key::Enter)).is_empty());
    let text = as_text(&model, 80, 24);
    assert!(text.contains("Nothing was sent"), "{text}");
    assert!(!text.contains("Report drill room"), "{text}");
}

/// E4: a number pressed twice says "I have it" of the duty that it stood for, whatever moved in between.
#[test]
fn e4_a_number_twice_takes_the_duty_in_hand() {
    let press = |model: &mut Model, letter| update(model, Happened::Key(Key::Letter(letter)));
    let mut model = model_of(Role::Sro, vec![(cards::response(), FRESH)]);
    let first = model.campus().unwrap().your_duties(model.you.as_ref())[0];
    assert!(press(&mut model, '1').is_empty());
    assert!(
        model.notices[0].text.contains("Call 911"),
        "{:?}",
        model.notices
    );
    // The list moves: what was first is done.
    let key = format!("duty/{first}");
    model.campuses[0].screen.cards.remove(&key);
    let effects = press(&mut model, '1');
    let [
        Effect::Send {
            command: Command::AcknowledgeDuty { duty },
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(*duty, first);
    // The superintendent's notice asks nothing of an SRO, and has no number.
    assert!(press(&mut model, '3').is_empty() && press(&mut model, '3').is_empty());
}

/// E1, E2: what a key records of 911 is no more than that somebody is calling, or that the line is open.
#[test]
fn e2_keys_record_no_more_than_is_known() {
    let press = |model: &mut Model, letter| update(model, Happened::Key(Key::Letter(letter)));
    let mut model = model_of(
        Role::Sro,
        vec![(cards::lock_down(Audience::Responder), FRESH)],
    );
    assert!(press(&mut model, 'p').is_empty() && press(&mut model, 'p').is_empty());
    assert!(press(&mut model, 'e').is_empty());
    let effects = press(&mut model, 'e');
    let [
        Effect::Send {
            command: Command::OpenEscalation { state, .. },
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(*state, LineState::Calling);
    let mut model = model_of(Role::Sro, vec![(cards::response(), FRESH)]);
    press(&mut model, 'p');
    let effects = press(&mut model, 'p');
    assert!(matches!(
        &effects[..],
        [Effect::Send {
            command: Command::RecordLine {
                state: LineState::LineOpen,
                ..
            },
            ..
        }]
    ));
}

/// C1: the eyes read what to watch for, and say that they do.
#[test]
fn c1_the_eyes_are_asked_to_watch() {
    let model = model_of(Role::Eyes, vec![(cards::watching(), FRESH)]);
    check("watching_classroom", &model);
    let text = as_text(&model, 80, 24);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("2:00 Keep watch and report"), "{text}");
    assert!(words.contains("press 1 twice: I have it"), "{text}");
}
