//! The district's board: every campus, worst first, each with what it needs and how far it can be
//! relied on.

use std::collections::BTreeSet;

use lockstep_proto::posture::Posture;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::Style;
use ratatui::text::Line;

use super::parts::{BOLD, LOUD, fitted, header, keys, notices, put, wrap};
use super::{doubts, headline, look, words_beside};
use crate::screen::model::{Model, Shown};
use crate::words::{self, RoomCounts};

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model) {
    let area = frame.area();
    if model.campuses.is_empty() {
        return super::classroom::nothing_yet(frame, area, model);
    }
    let width = usize::from(area.width);
    let said = notices(model, width, 2);
    let fire = fire_alarm(model, width);
    let [top, alarm, body, bottom, last] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::try_from(fire.len()).unwrap_or(2)),
        Constraint::Min(1),
        Constraint::Length(u16::try_from(said.len()).unwrap_or(2)),
        Constraint::Length(1),
    ])
    .areas(area);
    let district = model
        .you
        .as_ref()
        .map_or_else(|| "District".to_owned(), |you| you.district.to_string());
    header(frame, top, model, &district, &super::parts::zone(model));
    put(frame, alarm, fire);
    put(
        frame,
        body,
        campuses(model, width, usize::from(body.height)),
    );
    put(frame, bottom, said);
    put(frame, last, vec![keys("q quit")]);
}

/// What to do if the fire alarm sounds, as long as a campus is under lock-down (L6): the district's
/// words, once for all its campuses.
fn fire_alarm(model: &Model, width: usize) -> Vec<Line<'static>> {
    let locked = model
        .campuses
        .iter()
        .filter(|shown| shown.posture() == Some(Posture::LockDown));
    let words: BTreeSet<&str> = locked
        .filter_map(|shown| words::campus_card(&shown.screen))
        .map(|campus| campus.fire_alarm_words.as_str())
        .collect();
    words
        .into_iter()
        .flat_map(|words| wrap(words, width.saturating_sub(2)))
        .map(|row| Line::styled(format!(" {row}"), BOLD))
        .collect()
}

/// Whole campuses from the worst on; what does not fit is counted by how it is.
fn campuses(model: &Model, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (index, shown) in model.campuses.iter().enumerate() {
        let drawn = campus(shown, model, width);
        let is_last = index + 1 == model.campuses.len();
        if lines.len() + drawn.len() + usize::from(!is_last) > height && !lines.is_empty() {
            let left_out = model.campuses.len() - index;
            lines.truncate(height.saturating_sub(1));
            lines.push(Line::styled(
                format!(" … and {left_out} more, none of them worse"),
                BOLD,
            ));
            break;
        }
        lines.extend(drawn);
    }
    lines
}

fn campus(shown: &Shown, model: &Model, width: usize) -> Vec<Line<'static>> {
    let look = look(shown, model.colour);
    let bar = format!(
        " {} {}  {}  {}",
        look.shape,
        shown.name,
        look.line,
        headline(shown, model)
    );
    let bar: String = bar.chars().take(width).collect();
    let mut lines = vec![Line::styled(format!("{bar:width$}"), look.style)];
    let mut add = |text: &str, style| {
        lines.extend(
            wrap(text, width.saturating_sub(4))
                .into_iter()
                .map(|row| Line::styled(format!("    {row}"), style)),
        )
    };
    for doubt in doubts(shown, model) {
        add(&doubt, LOUD);
    }
    if shown.screen.checking() {
        add(&format!("{}.", words::CHECKING), LOUD);
    }
    if let Some(words) = words_beside(shown) {
        add(&words, LOUD);
    }
    let sorted = shown.sorted();
    for duress in &sorted.duress {
        add(&words::duress(duress, &shown.zone), LOUD);
    }
    if !sorted.raises.is_empty() || !sorted.threats.is_empty() {
        let counts = RoomCounts::of(&shown.screen);
        add(
            &counts.words(),
            if counts.asking_for_help > 0 {
                LOUD
            } else {
                BOLD
            },
        );
        let zones = sorted.zones.iter().filter(|zone| zone.clear).count();
        let lead = sorted.lead.map_or_else(String::new, |lead| {
            format!(" · lead: {}", words::lead(lead, &shown.zone))
        });
        add(
            &format!("sweep: {zones} of {} zones clear{lead}", sorted.zones.len()),
            Style::new(),
        );
        // The newest raise tells most in one line.
        let newest = words::items(&shown.screen)
            .into_iter()
            .max_by_key(|card| words::at(card));
        if let Some(text) = newest.and_then(|card| words::item(card, &shown.zone)) {
            add(&text, Style::new());
        }
        if let Some(newest) = sorted.sightings.first() {
            let alarms = sorted.sightings.iter();
            let alarms = alarms.filter(|card| card.danger.is_alarm()).count();
            let text = format!(
                "sightings: {}, dangerous or unsure {alarms}, newest: {}",
                sorted.sightings.len(),
                words::sighting(newest, &shown.zone)
            );
            // The newest one in one row: the campus's own screens have them all, and whole.
            add(&fitted(&text, width.saturating_sub(4)), BOLD);
        }
    } else if shown.drill().is_some() {
        let acknowledged = sorted
            .rooms
            .iter()
            .filter(|room| room.acknowledged.is_some());
        add(
            &format!(
                "DRILL: {} of {} rooms acknowledged",
                acknowledged.count(),
                sorted.rooms.len()
            ),
            Style::new(),
        );
    } else {
        let RoomCounts {
            no_screen, rooms, ..
        } = RoomCounts::of(&shown.screen);
        if no_screen > 0 {
            add(
                &format!("{no_screen} of {rooms} rooms have no live screen"),
                Style::new(),
            );
        }
    }
    // Duties outlive the posture: a notice that nobody took stays until somebody does (E4).
    if !sorted.duties.is_empty() {
        let overdue: Vec<_> = sorted
            .duties
            .iter()
            .filter(|duty| words::is_overdue(duty, model.now))
            .collect();
        // Each kind once: several calls for help ask for the same notices.
        let kinds: BTreeSet<_> = overdue.iter().map(|duty| duty.kind).collect();
        let kinds: Vec<&str> = kinds.into_iter().map(words::duty_short).collect();
        let (text, style) = if overdue.is_empty() {
            (
                format!("duties: {} open", sorted.duties.len()),
                Style::new(),
            )
        } else {
            (
                format!(
                    "duties: {} open, {} OVERDUE: {}",
                    sorted.duties.len(),
                    overdue.len(),
                    kinds.join("; ")
                ),
                LOUD,
            )
        };
        add(&text, style);
    }
    for card in &sorted.escalations {
        add(&words::escalation(card, &shown.zone), BOLD);
    }
    lines
}
