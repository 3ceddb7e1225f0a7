//! Pieces that every form has: header, notices, keys, lists that say how much they leave out.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::link::Connection;
use crate::screen::model::{Model, Notice, Shown};
use crate::words;

pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const LOUD: Style = Style::new()
    .add_modifier(Modifier::BOLD)
    .add_modifier(Modifier::REVERSED);

/// How long good news stays: after that its rows belong to what has to be done.
const GOOD_NEWS_FOR_S: i64 = 60;

/// Who and where on the left, the time at the campus on the right.
pub(super) fn header(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    title: &str,
    zone: &jiff::tz::TimeZone,
) {
    let you = model.you.as_ref().map_or_else(String::new, |you| {
        format!(" · {}, {}", you.name, you.role.words())
    });
    let clock = words::second(model.now, zone);
    let link = match &model.connection {
        Connection::Open { .. } => "",
        Connection::Trying { .. } => "connecting  ",
        Connection::Ended { .. } => "signed off  ",
    };
    let right = format!("{link}{clock} ");
    let left: String = format!(" {title}{you}")
        .chars()
        .take(usize::from(area.width).saturating_sub(right.chars().count() + 1))
        .collect();
    let gap = usize::from(area.width).saturating_sub(left.chars().count() + right.chars().count());
    put(
        frame,
        area,
        vec![Line::styled(
            format!("{left}{}{right}", " ".repeat(gap)),
            BOLD,
        )],
    );
}

/// Lines from the top of an area.
pub(super) fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

/// Breaks at words, so that a line is a row. Words longer than a row are cut across rows.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut rows = Vec::new();
    let mut row = String::new();
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let used = row.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + word.len() <= width {
                row.push_str(if gap == 1 { " " } else { "" });
                row.extend(word.drain(..));
            } else if used == 0 {
                row.extend(word.drain(..width));
            } else {
                rows.push(std::mem::take(&mut row));
            }
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

/// A row that says where it was cut.
pub(super) fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// A title and as many lines as fit, saying how many do not: nothing is left out silently.
pub(super) fn listed<'a>(title: &str, mut lines: Vec<Line<'a>>, height: usize) -> Vec<Line<'a>> {
    let room = height.saturating_sub(1);
    if room == 1 && lines.len() > 1 {
        // One row says more than that there are some: the title says how many are left out.
        let left_out = lines.len() - 1;
        lines.truncate(1);
        lines.insert(0, Line::styled(format!("{title}  +{left_out}"), BOLD));
        return lines;
    }
    if lines.len() > room {
        let kept = room.saturating_sub(1);
        let left_out = lines.len() - kept;
        lines.truncate(kept);
        if room > 0 {
            lines.push(Line::styled(format!(" … and {left_out} more"), BOLD));
        }
    }
    lines.insert(0, Line::styled(title.to_owned(), BOLD));
    lines
}

/// Notices, newest first, and what the outbox holds; at most `max` rows.
pub(super) fn notices(model: &Model, width: usize, max: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Connection::Ended { why } = &model.connection {
        lines.extend(
            wrap(why, width)
                .into_iter()
                .map(|row| Line::styled(row, LOUD)),
        );
    }
    if model.unsent > 0 {
        lines.push(Line::styled(
            format!(
                "{} NOT SENT for over ten minutes: `lockstep outbox` asks whether needed",
                model.unsent
            ),
            LOUD,
        ));
    }
    let old = |notice: &Notice| {
        let age_s = model.now.as_second().saturating_sub(notice.at.as_second());
        !notice.bad && age_s > GOOD_NEWS_FOR_S
    };
    for notice in model.notices.iter().filter(|notice| !old(notice)) {
        let style = if notice.bad { LOUD } else { Style::new() };
        let text = format!("{} {}", words::second(notice.at, &zone(model)), notice.text);
        lines.extend(
            wrap(&text, width)
                .into_iter()
                .map(|row| Line::styled(row, style)),
        );
    }
    lines.truncate(max);
    lines
}

pub(super) fn zone(model: &Model) -> jiff::tz::TimeZone {
    model
        .campus()
        .map_or(jiff::tz::TimeZone::UTC, |shown: &Shown| shown.zone.clone())
}

/// The keys, in the last row.
pub(super) fn keys(text: &str) -> Line<'static> {
    Line::styled(format!(" {text}"), Style::new().add_modifier(Modifier::DIM))
}
