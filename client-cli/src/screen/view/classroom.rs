//! The classroom: one huge word, what to do, and five keys. Nothing moves, nothing blinks, nothing
//! sounds (L4).

use jiff::tz::TimeZone;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::OwnRoomCard;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Block;

use super::parts::{BOLD, LOUD, header, keys, notices, put, wrap};
use super::{doubts, headline, instruction, look, marks, words_beside};
use crate::screen::glyph;
use crate::screen::model::{Model, Shown};
use crate::words;

const KEYS: &str = "a acknowledge  s secured  n not secured  h NEED HELP  t t threat  q quit";

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model) {
    let area = frame.area();
    let width = usize::from(area.width).saturating_sub(2);
    let Some(shown) = model.campus() else {
        return nothing_yet(frame, area, model);
    };
    let said = notices(model, width, 3);
    let body = body(shown, model, width);
    let [top, huge, text, bottom, last] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(rows(body.len())),
        Constraint::Length(rows(said.len())),
        Constraint::Length(1),
    ])
    .areas(area);
    let own = shown
        .sorted()
        .own
        .map_or_else(String::new, |own| format!(" · {}", own.name));
    header(
        frame,
        top,
        model,
        &format!("{}{own}", shown.name),
        &shown.zone,
    );
    heading(frame, huge, shown, model);
    put(frame, inset(text), body);
    put(frame, inset(bottom), said);
    put(frame, last, vec![keys(KEYS)]);
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    }
}

/// The huge word, in its colour.
fn heading(frame: &mut Frame<'_>, area: Rect, shown: &Shown, model: &Model) {
    let look = look(shown, model.colour);
    frame.render_widget(Block::new().style(look.style), area);
    let stay_locked = shown.sorted().own.is_some_and(|own| own.stay_locked);
    let word: &[&str] = if stay_locked {
        &["STAY", "LOCKED"]
    } else {
        look.huge
    };
    let drawn = glyph::fitted(
        word,
        usize::from(area.width).saturating_sub(4),
        usize::from(area.height).saturating_sub(2),
    );
    let above = usize::from(area.height).saturating_sub(drawn.len()) / 2;
    let lines = std::iter::repeat_n(Line::raw(""), above)
        .chain(drawn.into_iter().map(|row| Line::raw(row).centered()))
        .collect();
    put(frame, area, lines);
}

fn body(shown: &Shown, model: &Model, width: usize) -> Vec<Line<'static>> {
    let look = look(shown, model.colour);
    let mut lines = Vec::new();
    let mut add = |text: &str, style| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|row| Line::styled(row, style)),
        )
    };
    add(
        &format!("{} {} {}", look.shape, look.line, headline(shown, model)),
        BOLD,
    );
    for doubt in doubts(shown, model) {
        add(&doubt, LOUD);
    }
    if let Some(words) = words_beside(shown) {
        add(&words, LOUD);
    }
    for mark in marks(shown) {
        add(mark, LOUD);
    }
    if shown.screen.checking() {
        add(&format!("{}.", words::CHECKING), LOUD);
    }
    let sorted = shown.sorted();
    if sorted.own.is_some_and(|own| own.stay_locked) {
        add(&format!("{}.", words::STAY_LOCKED), LOUD);
    }
    if let Some(posture) = shown.posture() {
        if posture == Posture::LiftedBySchool {
            add(&format!("{}.", words::SCHOOL_LIFT), BOLD);
        }
        // A calm instruction has no place beside a threat that is being checked.
        if posture != Posture::Normal || !shown.screen.checking() {
            add(&instruction(shown).unwrap_or_default(), BOLD);
        }
        if posture == Posture::LockDown
            && let Some(campus) = words::campus_card(&shown.screen)
        {
            add(&campus.fire_alarm_words, ratatui::style::Style::new());
        }
    }
    for shareable in sorted
        .raises
        .iter()
        .filter_map(|raise| raise.shareable.as_ref())
    {
        add(&format!("Look out for: {shareable}"), BOLD);
    }
    for (index, id) in shown.your_duties(model.you.as_ref()).iter().enumerate() {
        if let Some(duty) = sorted.duties.iter().find(|duty| duty.id == *id) {
            let overdue = if words::is_overdue(duty, model.now) {
                "OVERDUE "
            } else {
                ""
            };
            let clock = words::running(duty.since, model.now);
            let number = index + 1;
            add(
                &format!(
                    "{overdue}{clock} {} (press {number} twice: I have it)",
                    duty.say
                ),
                BOLD,
            );
        }
    }
    let open = shown.screen.items().next().is_some() || shown.drill().is_some();
    if let Some(own) = sorted.own.filter(|_| open) {
        add(&room(own, shown), BOLD);
    }
    lines
}

/// What this room has said of itself. What was not said is not made up (L4).
fn room(own: &OwnRoomCard, shown: &Shown) -> String {
    let zone = &shown.zone;
    let mut parts = vec![match own.acknowledged {
        Some(at) => format!("acknowledged {}", words::minute(at, zone)),
        None => "not acknowledged".to_owned(),
    }];
    parts.push(match &own.report {
        Some(report) => format!("reported {}", lockstep_proto::sentence::room_report(report)),
        None => "nothing reported".to_owned(),
    });
    if shown.drill().is_some() {
        // What counts now is the word for the drill; what is real still stands below.
        parts.truncate(1);
        parts.push(words::drill_report(own.drill.as_ref()));
    }
    match (&own.plea_answer, own.plea) {
        (_, true) => parts.push("HELP ASKED, not answered yet".to_owned()),
        (Some(answer), false) => parts.push(format!("help heard: {answer}")),
        (None, false) => {}
    }
    format!("{}: {}", own.name, parts.join(" · "))
}

/// Before the first welcome there is no campus to draw: that is unknown, not calm.
pub(super) fn nothing_yet(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines: Vec<Line<'_>> = glyph::fitted(&["UNKNOWN"], width, 10)
        .into_iter()
        .map(Line::raw)
        .collect();
    let why = match &model.connection {
        crate::link::Connection::Trying { why } => format!(" ({why})"),
        crate::link::Connection::Open { .. } | crate::link::Connection::Ended { .. } => {
            String::new()
        }
    };
    let since = words::minute(model.started, &TimeZone::UTC);
    let text = format!("Not connected since {since} UTC{why}. Do not rely on this screen.");
    lines.push(Line::raw(""));
    lines.extend(
        wrap(&text, width)
            .into_iter()
            .map(|row| Line::styled(row, LOUD)),
    );
    lines.extend(notices(model, width, 6));
    lines.push(keys("q quit"));
    put(frame, inset(area), lines);
}
