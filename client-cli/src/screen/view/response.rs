//! What people do about the threat, in full rows above the columns of the responder screen: duties with
//! running clocks, calls for help from outside, contact, the lead, reach.
//!
//! A line never looks better than what was recorded of it (E2): there is no colour here, only words.

use lockstep_proto::contact::Danger;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::Line as Call;
use lockstep_proto::view::{DutyCard, EscalationCard, SightingCard};
use ratatui::style::Style;
use ratatui::text::Line;

use super::parts::{BOLD, LOUD, fitted, listed, wrap};
use crate::screen::model::{Model, Shown, Sorted};
use crate::words;

/// From this height on there is room for everything that stands.
const TALL: u16 = 36;

/// From this width on a duty is called by its whole name.
const WIDE: usize = 100;

/// The rows that stand above the columns; none where nobody has anything to do.
pub(super) fn rows(
    shown: &Shown,
    sorted: &Sorted<'_>,
    model: &Model,
    width: usize,
    height: u16,
) -> Vec<Line<'static>> {
    let tall = height >= TALL;
    let mut rows = duties(shown, sorted, model, width, if tall { 12 } else { 7 });
    let calls: Vec<Line<'static>> = sorted
        .escalations
        .iter()
        .map(|card| call(card, shown, width))
        .collect();
    let most = if tall { 5 } else { 2 };
    if calls.len() > most {
        let left_out = calls.len() - (most - 1);
        rows.extend(calls.into_iter().take(most - 1));
        rows.push(Line::styled(
            format!("ASKED FOR … and {left_out} more"),
            BOLD,
        ));
    } else {
        rows.extend(calls);
    }
    for plan in &sorted.contacts {
        let style = if plan.stands { BOLD } else { LOUD };
        rows.push(Line::styled(
            fitted(&format!("CONTACT {}", words::contact(plan)), width),
            style,
        ));
    }
    rows.extend(lead_and_reach(shown, sorted, width));
    rows
}

/// Who leads and how far the alert came: one row where both fit.
fn lead_and_reach(shown: &Shown, sorted: &Sorted<'_>, width: usize) -> Vec<Line<'static>> {
    let lead = sorted
        .lead
        .map(|lead| format!("LEAD {}", words::lead(lead, &shown.zone)));
    let Some(reach) = sorted.reach else {
        return lead
            .map(|lead| Line::raw(fitted(&lead, width)))
            .into_iter()
            .collect();
    };
    // The reach of a drill reads as one (D1).
    let of = if shown.screen.drill().is_some() {
        "DRILL REACH"
    } else {
        "REACH"
    };
    let whole = format!("{of} {}", words::reach(reach));
    let short = format!(
        "{of} received {}/{} shown {} ack {}/{} rooms",
        reach.received, reach.sent, reach.displayed, reach.acknowledged, reach.rooms
    );
    let lead = lead.unwrap_or_default();
    // One row where both fit, and the times where there is room for them.
    let rows = [&whole, &short]
        .map(|reach| format!("{lead}   {reach}").trim_start().to_owned())
        .into_iter()
        .find(|row| row.chars().count() <= width)
        .map_or_else(|| vec![lead.clone(), short.clone()], |row| vec![row]);
    rows.iter()
        .map(|row| Line::raw(fitted(row, width)))
        .collect()
}

fn duties(
    shown: &Shown,
    sorted: &Sorted<'_>,
    model: &Model,
    width: usize,
    most: usize,
) -> Vec<Line<'static>> {
    if sorted.duties.is_empty() {
        return Vec::new();
    }
    let overdue = sorted
        .duties
        .iter()
        .filter(|duty| words::is_overdue(duty, model.now))
        .count();
    let overdue = match overdue {
        0 => String::new(),
        n => format!(", {n} OVERDUE"),
    };
    let title = format!(
        "DUTIES {} open{overdue}   (a number twice: I have it)",
        sorted.duties.len()
    );
    let yours = shown.your_duties(model.you.as_ref());
    let mut lines = Vec::new();
    for duty in &sorted.duties {
        let number = yours.iter().position(|id| *id == duty.id);
        lines.extend(duty_lines(duty, number, shown, sorted, model, width));
    }
    let height = (lines.len() + 1).min(most);
    listed(&title, lines, height)
}

/// A duty in one row; what to tell 911 in the next, because that is read out (E3).
fn duty_lines(
    duty: &DutyCard,
    number: Option<usize>,
    shown: &Shown,
    sorted: &Sorted<'_>,
    model: &Model,
    width: usize,
) -> Vec<Line<'static>> {
    let overdue = words::is_overdue(duty, model.now);
    let number = number.map_or_else(|| " ".to_owned(), |index| (index + 1).to_string());
    let what = if width >= WIDE {
        duty.kind.words()
    } else {
        words::duty_short(duty.kind)
    };
    // Several calls for help ask for the same notices: which one this is of.
    let of = sorted
        .escalations
        .iter()
        .find(|card| card.id == duty.cause)
        .map_or_else(String::new, |card| format!(" of {}", card.agency.words()));
    let in_hand = match &duty.acknowledged {
        Some(done) => format!(
            " · in hand: {} {}",
            done.by.name,
            words::minute(done.at, &shown.zone)
        ),
        None if duty.attempts > 0 => format!(" · NOBODY YET, asked {} times", duty.attempts),
        None => " · NOBODY YET".to_owned(),
    };
    let row = format!(
        "{number} {} {}{what}{of}{in_hand}",
        words::running(duty.since, model.now),
        if overdue { "OVERDUE " } else { "" },
    );
    let style = match (overdue, duty.acknowledged.is_some()) {
        (true, _) => LOUD,
        (false, false) => BOLD,
        (false, true) => Style::new(),
    };
    let mut rows = vec![Line::styled(fitted(&row, width), style)];
    if duty.kind == DutyKind::Call911 {
        let say = duty.say.strip_prefix("Call 911. ").unwrap_or(&duty.say);
        rows.extend(
            wrap(say, width.saturating_sub(5))
                .into_iter()
                .take(2)
                .map(|row| Line::styled(format!("    {row}"), BOLD)),
        );
    }
    rows
}

fn call(card: &EscalationCard, shown: &Shown, width: usize) -> Line<'static> {
    let style = match card.line {
        Call::None | Call::Dropped => LOUD,
        Call::Closed if card.closed_unexplained => LOUD,
        Call::Calling | Call::Open | Call::Closed => BOLD,
    };
    let text = format!("ASKED FOR {}", words::escalation(card, &shown.zone));
    Line::styled(fitted(&text, width), style)
}

/// Sightings, the newest first, those that may be dangerous in loud words; whole where there is room.
pub(super) fn sightings(
    shown: &Shown,
    sorted: &Sorted<'_>,
    width: usize,
    whole: bool,
) -> Vec<Line<'static>> {
    let style = |card: &SightingCard| match card.danger {
        Danger::Yes => LOUD,
        Danger::Unsure => BOLD,
        Danger::No => Style::new(),
    };
    sorted
        .sightings
        .iter()
        .flat_map(|card| {
            let style = style(card);
            let text = words::sighting(card, &shown.zone);
            let width = width.saturating_sub(1);
            let rows = if whole {
                wrap(&text, width)
            } else {
                vec![fitted(&text, width)]
            };
            rows.into_iter()
                .map(move |row| Line::styled(format!(" {row}"), style))
        })
        .collect()
}

/// How many, and how many of them may be dangerous.
pub(super) fn sightings_title(sorted: &Sorted<'_>) -> String {
    let alarms = sorted
        .sightings
        .iter()
        .filter(|card| card.danger.is_alarm())
        .count();
    format!(
        "SIGHTINGS {}  dangerous or unsure {alarms}",
        sorted.sightings.len()
    )
}
