//! What a key, an answer or a moment does to the screen. Pure: what is to be done in the world leaves
//! as data.

use lockstep_proto::Timestamp;
use lockstep_proto::command::{Command, Pin, RoomReport, RoomState};
use lockstep_proto::drill::DrillRoomReport;
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::posture::{Level, Posture};

use super::model::{Armed, Form, Model, Sheet, SheetKind, Shown};
use crate::api::Answer;
use crate::words;

/// How long the first press of a two-press key holds, in milliseconds.
pub const ARMED_MS: i64 = 2_000;

/// The longest PIN that is taken.
const PIN_MAX: usize = 32;

/// Something that happened.
#[derive(Debug)]
pub enum Happened {
    /// A key.
    Key(Key),
    /// An act of this screen was answered.
    Answered {
        /// The act, in words.
        act: String,
        /// Its answer.
        answer: Answer,
        /// It was a clear: without an answer it is in doubt.
        clear: bool,
        /// The outbox keeps it, and it is offered again.
        kept: bool,
    },
}

/// A key, as far as screens care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A letter or digit.
    Letter(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Back,
    /// Control and C.
    Quit,
}

/// Something to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a command: kept in the outbox first where it is a raise.
    Send {
        /// Where.
        campus: CampusId,
        /// What.
        command: Command,
        /// The proof, where one was typed.
        pin: Option<Pin>,
    },
    /// Leave.
    Quit,
}

/// Takes what happened.
pub fn update(model: &mut Model, happened: Happened) -> Vec<Effect> {
    match happened {
        Happened::Key(Key::Quit) => vec![Effect::Quit],
        Happened::Key(key) if model.sheet.is_some() => in_sheet(model, key),
        Happened::Key(Key::Letter('q')) => vec![Effect::Quit],
        Happened::Key(Key::Letter(letter)) => letter_pressed(model, letter),
        Happened::Key(Key::Enter | Key::Escape | Key::Back) => {
            model.armed = None;
            Vec::new()
        }
        Happened::Answered {
            act,
            answer,
            clear,
            kept,
        } => {
            let (text, bad) = answered(&act, &answer, clear, kept);
            model.notice(text, bad);
            Vec::new()
        }
    }
}

fn answered(act: &str, answer: &Answer, clear: bool, kept: bool) -> (String, bool) {
    match answer {
        Answer::Accepted(accepted) => (
            format!("{act}: {}", words::held(accepted)),
            !accepted.holds.is_durable(),
        ),
        Answer::Refused(refusal) => {
            let about = if refusal.about.is_empty() {
                String::new()
            } else {
                format!(" [{}]", refusal.about.join(", "))
            };
            (
                format!(
                    "{act} REFUSED: {}{about} {}",
                    refusal.message, refusal.advice
                ),
                true,
            )
        }
        Answer::Unknown(_) if clear => (lockstep_proto::frame::IN_DOUBT_WORDS.to_owned(), true),
        Answer::NotSent(why) if clear => (
            format!("{act}: not sent, nothing was lowered ({why})"),
            true,
        ),
        Answer::Unknown(why) | Answer::NotSent(why) if kept => (
            format!("{act}: NOT SENT YET ({why}). It is offered again. Use radio meanwhile."),
            true,
        ),
        Answer::Unknown(why) => (
            format!("{act}: NO ANSWER ({why}). Look before you press again."),
            true,
        ),
        Answer::NotSent(why) => (format!("{act}: NOT DONE ({why}). Press again."), true),
    }
}

fn letter_pressed(model: &mut Model, letter: char) -> Vec<Effect> {
    let Some(campus) = model.campus().cloned() else {
        return Vec::new();
    };
    let command = match (model.form, letter) {
        (Form::Board, _) => None,
        (_, 'a') => acknowledge(&campus),
        (_, 't') => {
            twice(model, 't', "report an IMMEDIATE THREAT").then_some(Command::ReportThreat {
                reason: None,
                place: None,
                room: None,
            })
        }
        (_, '1'..='9') => acknowledge_duty(model, &campus, letter),
        (Form::Classroom, 's') => Some(report(&campus, RoomState::Secured)),
        (Form::Classroom, 'n') => Some(report(&campus, RoomState::NotSecured)),
        // Asking for help is real, also in a drill (D2).
        (Form::Classroom, 'h') => Some(real_report(RoomState::NeedHelp)),
        (Form::Responder, 'L' | 'l') => {
            twice(model, 'L', "call LOCK-DOWN").then_some(Command::CallLockDown {
                reason: None,
                place: None,
            })
        }
        (Form::Responder, 'i') => Some(Command::Arrive {}),
        (Form::Responder, 'o') => Some(Command::Leave {}),
        (Form::Responder, 'e') => {
            twice(model, 'e', "record that 911 is being CALLED").then(|| calling_911(&campus))
        }
        (Form::Responder, 'p') => line_open(model, &campus),
        (Form::Responder, 'w') => Some(Command::StartSweep {}),
        (Form::Responder, 'c') => {
            model.sheet = sheet(&campus);
            if model.sheet.is_none() {
                model.notice("There is nothing to lift here".to_owned(), false);
            }
            None
        }
        (Form::Classroom | Form::Responder, _) => {
            model.armed = None;
            None
        }
    };
    command
        .map(|command| Effect::Send {
            campus: campus.id,
            command,
            pin: None,
        })
        .into_iter()
        .collect()
}

/// "I have it": the duty whose number stood there at the first press.
fn acknowledge_duty(model: &mut Model, campus: &Shown, number: char) -> Option<Command> {
    let armed = model
        .armed
        .filter(|armed| armed.key == number && is_armed(*armed, model.now));
    if let Some(duty) = armed.and_then(|armed| armed.duty) {
        model.armed = None;
        return Some(Command::AcknowledgeDuty { duty });
    }
    let index = usize::try_from(number.to_digit(10)?).ok()?.checked_sub(1)?;
    let duty = *campus.your_duties(model.you.as_ref()).get(index)?;
    let what = campus
        .sorted()
        .duties
        .iter()
        .find(|card| card.id == duty)
        .map(|card| words::duty_short(card.kind))?;
    press_again(
        model,
        number,
        Some(duty),
        &format!("say \"I have it\": {what}"),
    );
    None
}

/// E1, E2: somebody is calling, and no more is known.
fn calling_911(campus: &Shown) -> Command {
    let immediate = campus.screen.checking() || campus.screen.posture() == Posture::LockDown;
    Command::OpenEscalation {
        agency: Agency::NineOneOne,
        basis: if immediate {
            Basis::ImmediateThreat
        } else {
            Basis::Escalating
        },
        state: LineState::Calling,
        decided_by: None,
        called_by: None,
        number: None,
        incident_number: None,
        note: None,
    }
}

/// The newest call to 911 is through, by the word of who presses.
fn line_open(model: &mut Model, campus: &Shown) -> Option<Command> {
    let sorted = campus.sorted();
    let call = sorted
        .escalations
        .iter()
        .find(|card| card.agency == Agency::NineOneOne);
    let Some(call) = call else {
        model.notice(
            "No call to 911 is recorded: e e records that somebody is calling".to_owned(),
            false,
        );
        return None;
    };
    let escalation = call.id;
    twice(model, 'p', "record: 911 LINE OPEN").then_some(Command::RecordLine {
        escalation,
        state: LineState::LineOpen,
        incident_number: None,
        note: None,
    })
}

/// Whether this was the second press within two seconds; if not, it waits for it.
fn twice(model: &mut Model, key: char, what: &str) -> bool {
    if model
        .armed
        .is_some_and(|armed| armed.key == key && is_armed(armed, model.now))
    {
        model.armed = None;
        return true;
    }
    press_again(model, key, None, what);
    false
}

fn press_again(model: &mut Model, key: char, duty: Option<FactId>, what: &str) {
    model.armed = Some(Armed {
        key,
        at: model.now,
        duty,
    });
    model.notice(
        format!("Press {key} again within 2 seconds to {what}"),
        false,
    );
}

/// Whether a first press still holds.
#[must_use]
pub fn is_armed(armed: Armed, now: Timestamp) -> bool {
    (0..=ARMED_MS).contains(
        &now.as_millisecond()
            .saturating_sub(armed.at.as_millisecond()),
    )
}

fn acknowledge(campus: &Shown) -> Option<Command> {
    Some(Command::Acknowledge {
        room: None,
        through: campus.screen.position?,
        also: crate::act::not_recorded(&campus.screen),
    })
}

/// A room's word for itself: of the drill, where one is on the screen (D1), else real.
fn report(campus: &Shown, state: RoomState) -> Command {
    let Some(drill) = campus.screen.drill() else {
        return real_report(state);
    };
    Command::ReportDrillRoom {
        drill: drill.id,
        room: None,
        report: DrillRoomReport {
            secured: state == RoomState::Secured,
            present: None,
            missing: None,
            extra: None,
        },
    }
}

fn real_report(state: RoomState) -> Command {
    let report = RoomReport {
        state,
        present: None,
        injured: None,
        missing: None,
        extra: None,
    };
    Command::ReportRoom {
        room: None,
        report,
        note: None,
    }
}

/// A sheet that names what is drawn now, and the head that is drawn now.
fn sheet(campus: &Shown) -> Option<Sheet> {
    let (kind, lifts) = match campus.screen.posture() {
        Posture::LockDown => (SheetKind::AllClear, campus.screen.open_raises()),
        Posture::ControlledMovement => (SheetKind::EndMovement, campus.screen.open_raises()),
        Posture::AllClear | Posture::LiftedBySchool => {
            (SheetKind::Resume, campus.screen.open_releases())
        }
        Posture::Normal => return drill_sheet(campus),
    };
    let lines = words::items(&campus.screen)
        .into_iter()
        .filter(|card| {
            card.item()
                .is_some_and(|item| item.level != Level::Checking && lifts.contains(&item.id))
        })
        .filter_map(|card| words::item(card, &campus.zone))
        .collect();
    Some(Sheet {
        campus: campus.id.clone(),
        kind,
        lifts,
        lines,
        seen: campus.screen.position?,
        pin: String::new(),
    })
}

/// Of a drill: the all clear is practised first, where lock-down is.
fn drill_sheet(campus: &Shown) -> Option<Sheet> {
    let drill = campus.screen.drill()?;
    let kind = if drill.posture == Posture::LockDown {
        SheetKind::DrillAllClear
    } else {
        SheetKind::EndDrill
    };
    Some(Sheet {
        campus: campus.id.clone(),
        kind,
        lifts: vec![drill.id],
        lines: vec![words::drill(drill, &campus.zone)],
        seen: campus.screen.position?,
        pin: String::new(),
    })
}

impl SheetKind {
    /// It lifts drill facts only (D3).
    #[must_use]
    pub fn is_of_drill(self) -> bool {
        match self {
            Self::DrillAllClear | Self::EndDrill => true,
            Self::EndMovement | Self::AllClear | Self::Resume => false,
        }
    }

    /// A4: of these, only an all clear needs a fresh proof, the practised one like the real one (D3).
    #[must_use]
    pub fn needs_pin(self) -> bool {
        match self {
            Self::AllClear | Self::DrillAllClear => true,
            Self::EndMovement | Self::Resume | Self::EndDrill => false,
        }
    }
}

fn in_sheet(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(sheet) = &mut model.sheet else {
        return Vec::new();
    };
    match key {
        Key::Letter(letter) if sheet.pin.len() < PIN_MAX && letter.is_ascii_alphanumeric() => {
            sheet.pin.push(letter)
        }
        Key::Letter(_) => {}
        Key::Back => {
            sheet.pin.pop();
        }
        Key::Escape | Key::Quit => {
            model.sheet = None;
            model.notice("Nothing was sent".to_owned(), false);
        }
        Key::Enter if sheet.kind.needs_pin() && sheet.pin.is_empty() => {}
        Key::Enter => {
            return model
                .sheet
                .take()
                .and_then(send_sheet)
                .into_iter()
                .collect();
        }
    }
    Vec::new()
}

fn send_sheet(sheet: Sheet) -> Option<Effect> {
    let Sheet {
        campus,
        kind,
        lifts,
        seen,
        pin,
        ..
    } = sheet;
    let command = match kind {
        SheetKind::EndMovement => Command::EndControlledMovement { lifts, seen },
        SheetKind::AllClear => Command::GiveAllClear {
            lifts,
            seen,
            override_reason: None,
        },
        SheetKind::Resume => Command::Resume {
            lifts,
            seen,
            unopened: Vec::new(),
            reason: None,
        },
        SheetKind::DrillAllClear => Command::GiveDrillAllClear {
            drill: *lifts.first()?,
            seen,
            override_reason: None,
        },
        SheetKind::EndDrill => Command::EndDrill {
            drill: *lifts.first()?,
            seen,
            note: None,
        },
    };
    Some(Effect::Send {
        campus,
        command,
        pin: kind.needs_pin().then_some(Pin(pin)),
    })
}
