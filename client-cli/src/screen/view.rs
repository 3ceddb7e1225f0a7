//! How the screen looks: words, shapes, then colour, so that nothing is lost without colour. Draws the
//! model and changes nothing.

mod board;
mod classroom;
mod parts;
mod responder;
mod response;

use ratatui::Frame;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier, Style};

use lockstep_proto::Timestamp;
use lockstep_proto::drill::{DRILL_OVER_WORDS, DrillKind};
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::view::DrillCard;
use lockstep_proto::view::RECORD_LOST_WORDS;

use super::model::{Form, Model, Shown, Sorted};
use crate::words;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    match model.form {
        Form::Classroom => classroom::draw(frame, model),
        Form::Responder => responder::draw(frame, model),
        Form::Board => board::draw(frame, model),
    }
}

/// The screen as text: what a reader without colour sees, and what replay looks for words in.
#[must_use]
pub fn as_text(model: &Model, width: u16, height: u16) -> String {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    let Ok(_) = terminal.draw(|frame| draw(frame, model));
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for row in 0..height {
        let mut line = String::new();
        for column in 0..width {
            line.push_str(buffer.cell((column, row)).map_or(" ", |cell| cell.symbol()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// How a posture looks and reads.
struct Look {
    /// In huge letters.
    huge: &'static [&'static str],
    /// In a line.
    line: String,
    /// Tells it apart without colour.
    shape: &'static str,
    style: Style,
}

/// What the headline is: never `Normal` while unreliable (R2) or while a threat is checked (A2).
fn look(shown: &Shown, colour: bool) -> Look {
    if let Some(drill) = shown.drill() {
        return drill_look(drill, colour);
    }
    let (huge, line, shape, ground): (&'static [&'static str], &str, _, _) =
        match (shown.posture(), shown.screen.checking()) {
            (Some(Posture::LockDown), _) => (
                &["LOCK-DOWN"],
                "LOCK-DOWN",
                "■",
                Some((Color::White, Color::Red)),
            ),
            (Some(Posture::ControlledMovement), _) => (
                &["CONTROLLED", "MOVEMENT"],
                "CONTROLLED MOVEMENT",
                "▲",
                Some((Color::Black, Color::Yellow)),
            ),
            (_, true) => (
                &["THREAT", "REPORTED"],
                "THREAT REPORTED",
                "◆",
                Some((Color::Black, Color::Magenta)),
            ),
            (None, false) => (
                &["UNKNOWN"],
                "UNKNOWN",
                "?",
                Some((Color::Black, Color::White)),
            ),
            (Some(Posture::AllClear), false) => (
                &["ALL CLEAR"],
                "ALL CLEAR",
                "●",
                Some((Color::Black, Color::Green)),
            ),
            (Some(Posture::LiftedBySchool), false) => (
                &["LIFTED BY", "SCHOOL"],
                "LIFTED BY SCHOOL ADMINISTRATION",
                "◐",
                Some((Color::Black, Color::Cyan)),
            ),
            (Some(Posture::Normal), false) => (&["NORMAL"], "NORMAL", "○", None),
        };
    let style = match (ground, colour) {
        (Some((fore, back)), true) => Style::new().fg(fore).bg(back).add_modifier(Modifier::BOLD),
        (Some(_), false) => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        (None, _) => Style::new().add_modifier(Modifier::BOLD),
    };
    Look {
        huge,
        line: line.to_owned(),
        shape,
        style,
    }
}

/// How a drill looks: like nothing that is real, and with its word before every other (D1).
fn drill_look(drill: &DrillCard, colour: bool) -> Look {
    let huge: &'static [&'static str] = match (drill.kind, drill.posture) {
        (DrillKind::TestAlert, _) => &["TEST", "ALERT"],
        (_, Posture::LockDown) => &["DRILL", "LOCK-DOWN"],
        (_, Posture::ControlledMovement) => &["DRILL", "MOVEMENT"],
        (_, Posture::AllClear) => &["DRILL", "ALL CLEAR"],
        (_, Posture::Normal | Posture::LiftedBySchool) => &["DRILL"],
    };
    let line = match drill.kind {
        DrillKind::TestAlert => "TEST ALERT (a drill, nothing is happening)".to_owned(),
        DrillKind::LockDown | DrillKind::ControlledMovement => {
            format!("DRILL: {} (a drill)", drill.posture.words().to_uppercase())
        }
    };
    let style = if colour {
        Style::new().fg(Color::White).bg(Color::Blue)
    } else {
        Style::new().add_modifier(Modifier::UNDERLINED)
    };
    Look {
        huge,
        line,
        shape: "◇",
        style: style.add_modifier(Modifier::BOLD),
    }
}

/// "The drill is over. This is real." (D2); that the record lost its end; what a drill asks for
/// where one runs.
fn words_beside(shown: &Shown) -> Option<String> {
    if shown.drill_over() {
        return Some(DRILL_OVER_WORDS.to_owned());
    }
    if words::posture_card(&shown.screen).is_some_and(|card| card.record_lost) {
        return Some(RECORD_LOST_WORDS.to_owned());
    }
    shown.drill().map(words::drill_instruction)
}

/// Since when, for how long, how many calls, what is not recorded, what stays on it. Counted from the
/// open items, held ones included, so that it never contradicts the posture above it (R3).
fn headline(shown: &Shown, model: &Model) -> String {
    let sorted = shown.sorted();
    let mut parts = Vec::new();
    if let Some(drill) = shown.drill() {
        parts.push(format!(
            "since {} ({})",
            words::minute(drill.since, &shown.zone),
            words::ago(drill.since, model.now)
        ));
        parts.extend(drill.marks.iter().map(|mark| mark.words().to_owned()));
    }
    if let Some(since) =
        since(&sorted).filter(|_| shown.posture().is_some() || shown.screen.checking())
    {
        parts.push(format!(
            "since {} ({})",
            words::minute(since, &shown.zone),
            words::ago(since, model.now)
        ));
    }
    match sorted
        .raises
        .iter()
        .filter(|raise| raise.level == Level::LockDown)
        .count()
    {
        0 => {}
        1 => parts.push("1 call".to_owned()),
        calls => parts.push(format!("{calls} calls")),
    }
    let not_recorded = crate::act::not_recorded(&shown.screen).len();
    if not_recorded > 0 {
        parts.push(format!("{not_recorded} NOT YET RECORDED"));
    }
    parts.extend(marks(shown).map(str::to_owned));
    if shown.degraded {
        parts.push("RECORD CANNOT BE WRITTEN".to_owned());
    }
    parts.join(" · ")
}

/// When the first open item of the highest level came in.
fn since(sorted: &Sorted<'_>) -> Option<Timestamp> {
    let raises = sorted.raises.iter().map(|raise| (raise.level, raise.at));
    let threats = sorted
        .threats
        .iter()
        .map(|threat| (Level::Checking, threat.at));
    let releases = sorted
        .releases
        .iter()
        .map(|release| (Level::Released, release.at));
    let items: Vec<_> = raises.chain(threats).chain(releases).collect();
    let highest = items.iter().map(|(level, _)| *level).max()?;
    items
        .iter()
        .filter(|(level, _)| *level == highest)
        .map(|(_, at)| *at)
        .min()
}

/// What to do now: the campus's own words where they are for the posture that is shown. A server that
/// forgot a raise says "back to normal"; a screen that keeps it does not.
fn instruction(shown: &Shown) -> Option<String> {
    if shown.drill().is_some() {
        return None;
    }
    let posture = shown.posture()?;
    let card = words::posture_card(&shown.screen).filter(|card| card.posture == posture);
    Some(card.map_or_else(
        || lockstep_proto::sentence::radio(posture).to_owned(),
        |card| card.instruction.clone(),
    ))
}

/// What stays on the release, on every screen (S2, S3, A3).
fn marks(shown: &Shown) -> impl Iterator<Item = &'static str> + '_ {
    words::posture_card(&shown.screen)
        .into_iter()
        .flat_map(|card| card.marks.iter().map(|mark| mark.words()))
}

/// What cannot be relied on, and what was shown last (R2).
fn doubts(shown: &Shown, model: &Model) -> Vec<String> {
    let Some(doubt) = shown.doubt(model.started) else {
        return Vec::new();
    };
    let mut doubts = vec![format!("{doubt}.")];
    match (shown.posture(), shown.screen.posture()) {
        (None, last @ (Posture::AllClear | Posture::LiftedBySchool)) => {
            doubts.push(format!(
                "Last shown: {}. That may have changed.",
                last.words()
            ));
        }
        // A drill that nobody vouches for is no drill: it may be over, and this may be real (D2).
        (None, _) if shown.screen.drill().is_some() => doubts.push(
            "Last shown: a DRILL. That may have changed, and what comes now may be real."
                .to_owned(),
        ),
        (Some(severe), _) => doubts.push(format!(
            "UNKNOWN NOW. Last shown: {}. Act on it.",
            severe.words()
        )),
        (None, Posture::Normal | Posture::ControlledMovement | Posture::LockDown) => {}
    }
    doubts
}
