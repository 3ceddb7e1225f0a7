//! A report as one page that stands alone: inline style, no script, nothing asked from
//! elsewhere, readable on paper. The same report gives the same bytes.
//!
//! Owns the words between the facts. It works nothing out: what is not in the report is not
//! on the page.

mod drills;
mod html;
mod minutes;
mod raises;
mod release;
mod response;

use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Line};
use lockstep_proto::posture::Posture;

use super::words::{between, counted, day, elapsed, moment, second, who};
use super::{PostureSpan, RaiseKind, Release, ReleaseKind, Report};
pub use drills::drill_page;
use html::Html;

/// The page's style: what a content-security policy names by its hash, so that nothing else
/// can style it.
pub const STYLE: &str = include_str!("page/style.css");

/// The page of a report.
#[must_use]
pub fn page(report: &Report) -> String {
    let mut html = Html::default();
    begin(&mut html, "After-action report");
    header(&mut html, report);
    glance(&mut html, report);
    postures(&mut html, report);
    raises::raises(&mut html, report);
    raises::reach(&mut html, report);
    raises::rooms(&mut html, report);
    response::duties(&mut html, report);
    response::escalations(&mut html, report);
    response::sightings(&mut html, report);
    response::people(&mut html, report);
    release::sweep(&mut html, report);
    release::vetoes(&mut html, report);
    release::releases(&mut html, report);
    release::refused(&mut html, report);
    release::off_protocol(&mut html, report);
    minutes::minutes(&mut html, report);
    end(&mut html, &report.format);
    html.done()
}

fn begin(html: &mut Html, title: &'static str) {
    html.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .raw("<meta name=\"viewport\" content=\"width=device-width\"><title>")
        .raw(title)
        .raw("</title>\n<style>")
        .raw(STYLE)
        .raw("</style></head><body>\n");
}

fn end(html: &mut Html, format: &str) {
    html.raw("<footer>Made by Lockstep from the timeline alone, in the form ")
        .text(format)
        .raw(". The same entries give the same page, byte for byte, whoever makes it. ")
        .raw("Lockstep supplements PA, radio, fire alarm and 911; it is not listed life-safety ")
        .raw("equipment.</footer>\n</body></html>\n");
}

fn header(html: &mut Html, report: &Report) {
    html.raw("<header><p class=\"kind\">After-action report · incident ")
        .number(report.incident)
        .raw(" · real</p>\n<h1>")
        .text(report.kind.words())
        .raw(" at ")
        .text(report.log.campus_name())
        .raw("</h1>\n<p class=\"when\">")
        .text(&day(report.opened.at))
        .raw(", ")
        .text(&second(report.opened.at))
        .raw(" UTC ");
    match &report.closed {
        Some(closed) => html
            .raw("to ")
            .text(&moment(closed.at, report.opened.at))
            .raw(" UTC, ")
            .text(&between(report.opened.at, closed.at)),
        None => html
            .raw("and <span class=\"open\">STILL OPEN</span> at the last entry, ")
            .text(&moment(report.through_at, report.opened.at))
            .raw(" UTC"),
    };
    html.raw("</p>\n");
    if !report.marks.is_empty() {
        html.raw("<p class=\"badges\">");
        for mark in &report.marks {
            html.badge(mark.words());
        }
        html.raw("</p>\n");
    }
    html.raw("</header>\n<p class=\"about\">Made from the timeline of ")
        .text(&report.log.to_string())
        .raw(" alone: entries ")
        .number(report.incident)
        .raw(" to ")
        .number(report.through.seq)
        .raw(" of epoch ")
        .number(u64::from(report.through.epoch))
        .raw(". Times are the server’s, in universal time (UTC); +m:ss counts from the opening. ")
        .raw("A time that a device claimed is marked as claimed. A timeline holds no directory: ")
        .raw("rooms and zones that no entry ever named cannot be counted here, and people whom ")
        .raw("no entry names stand by their id.</p>\n");
    if report.cut {
        html.raw("<p class=\"open\">There were more entries than one report tells. ")
            .raw("What came after the last entry here is not in it.</p>\n");
    }
}

/// One figure of the first look.
fn fact(html: &mut Html, title: &'static str, figure: &str, more: &str) {
    html.raw("<div><dt>").raw(title).raw("</dt>");
    html.raw("<dd>").text(figure);
    if !more.is_empty() {
        html.el("<small>", more, "</small>");
    }
    html.raw("</dd></div>\n");
}

fn glance(html: &mut Html, report: &Report) {
    let opened = report.opened.at;
    html.raw("<dl class=\"glance\">\n");
    let first = report.raises.first();
    let what = first.map_or("Help asked for", |raise| raise.what.words());
    fact(html, "Opened by", what, &who(&report.opened.by));
    let calls = report.raises.iter();
    let calls = calls.filter(|raise| raise.what == RaiseKind::LockDown);
    let first_call = calls.clone().next();
    let call = first_call.map_or_else(String::new, |call| {
        format!("first {}", elapsed(call.act.at, opened))
    });
    fact(
        html,
        "Calls of lock-down",
        &calls.count().to_string(),
        &call,
    );
    let (figure, more) = line_911(report);
    fact(html, "911 line recorded open", &figure, &more);
    let (figure, more) = released(report);
    fact(html, "Released", &figure, &more);
    let rooms = &report.rooms;
    let said = format!("{} of {}", rooms.secured, rooms.named);
    let not = format!(
        "{} not secured, {} asking for help, {} unknown: never counted as safe",
        rooms.not_secured, rooms.need_help, rooms.unknown
    );
    fact(html, "Rooms whose last word is secured", &said, &not);
    let overdue = report.duties.iter().filter(|duty| duty.overdue_ms > 0);
    let of = format!("of {}", counted(report.duties.len(), "duty", "duties"));
    fact(html, "Duties overdue", &overdue.count().to_string(), &of);
    let refused = report.refused.len().to_string();
    fact(
        html,
        "Clears refused",
        &refused,
        "none of them came true later",
    );
    let off = report.off_protocol.len().to_string();
    fact(html, "Off-protocol", &off, "as recorded at the time");
    html.raw("</dl>\n");
}

/// When a line to 911 was first recorded open, and never more than that (E2).
fn line_911(report: &Report) -> (String, String) {
    let opened = report.opened.at;
    let of_911 = report
        .escalations
        .iter()
        .filter(|one| one.agency == Agency::NineOneOne);
    let open = of_911
        .flat_map(|one| &one.words)
        .filter(|word| word.state.line() == Some(Line::Open))
        .min_by_key(|word| word.act.seq);
    if let Some(word) = open {
        return (elapsed(word.act.at, opened), who(&word.act.by));
    }
    let declined = report
        .duties
        .iter()
        .any(|duty| duty.kind == DutyKind::Call911 && duty.ended.is_some());
    let more = if declined {
        "see the duty to call 911"
    } else {
        "nothing of it is recorded"
    };
    ("never".to_owned(), more.to_owned())
}

fn released(report: &Report) -> (String, String) {
    let release = report.releases.iter().find(|release| match release.what {
        ReleaseKind::AllClear { .. } | ReleaseKind::SchoolLift { .. } => true,
        ReleaseKind::MovementEnded {}
        | ReleaseKind::Resumed { .. }
        | ReleaseKind::Closed { .. } => false,
    });
    let Some(Release { act, what, .. }) = release else {
        return (
            "no".to_owned(),
            "neither all clear nor school lift".to_owned(),
        );
    };
    let how = match what {
        ReleaseKind::AllClear { .. } => "all clear",
        ReleaseKind::SchoolLift { .. }
        | ReleaseKind::MovementEnded {}
        | ReleaseKind::Resumed { .. }
        | ReleaseKind::Closed { .. } => "school lift",
    };
    let more = format!("{how}, {}", who(&act.by));
    (elapsed(act.at, report.opened.at), more)
}

/// The posture through time, as a strip to scale and as a table.
fn postures(html: &mut Html, report: &Report) {
    html.part("Posture through time", "");
    let end = match &report.closed {
        Some(closed) => closed.at,
        None => report.through_at,
    };
    let opened = report.opened.at;
    let whole = end.as_millisecond() - opened.as_millisecond();
    html.raw("<svg class=\"strip\" viewBox=\"0 0 10000 260\" preserveAspectRatio=\"none\" ")
        .raw("role=\"img\" aria-label=\"Posture to scale; the table below says the same\">");
    for span in &report.postures {
        let at = |at: lockstep_proto::Timestamp| {
            let ms = at.as_millisecond() - opened.as_millisecond();
            let share = ms.clamp(0, whole.max(1)) * 10_000 / whole.max(1);
            u64::try_from(share).unwrap_or_default()
        };
        let (from, until) = (at(span.from), at(span.until.unwrap_or(end)));
        html.raw("<rect class=\"")
            .raw(class(span))
            .raw("\" y=\"0\" height=\"260\" x=\"")
            .number(from)
            .raw("\" width=\"")
            .number(until.saturating_sub(from))
            .raw("\"/>");
    }
    html.raw("</svg>\n");
    html.table(&["From", "", "Posture", "For", "Entry"]);
    for span in &report.postures {
        html.raw("<tr>")
            .figure(&moment(span.from, opened))
            .figure(&elapsed(span.from, opened))
            .raw("<td><svg width=\"11\" height=\"11\"><rect width=\"11\" height=\"11\" class=\"")
            .raw(class(span))
            .raw("\"/></svg> ")
            .text(posture_words(span));
        for mark in &span.marks {
            html.raw(" ").badge(mark.words());
        }
        html.raw("</td>");
        match span.until {
            Some(until) => html.figure(&between(span.from, until)),
            None if report.closed.is_some() => html.figure(""),
            None => html.figure("still"),
        };
        html.figure(&span.seq.to_string()).raw("</tr>\n");
    }
    html.end_table();
}

fn posture_words(span: &PostureSpan) -> &'static str {
    match (span.posture, span.checking) {
        (Posture::Normal, true) => "Threat reported, being checked",
        (Posture::LockDown, true) => "Lock-down; a threat is being checked",
        (Posture::ControlledMovement, true) => "Controlled movement; a threat is being checked",
        (Posture::AllClear, true) => "All clear; a threat is being checked",
        (Posture::LiftedBySchool, true) => {
            "Lifted by school administration; a threat is being checked"
        }
        (posture, false) => posture.words(),
    }
}

fn class(span: &PostureSpan) -> &'static str {
    match (span.posture, span.checking) {
        (Posture::LockDown, _) => "lock_down",
        (Posture::ControlledMovement, _) => "controlled_movement",
        (Posture::AllClear, _) => "all_clear",
        (Posture::LiftedBySchool, _) => "lifted_by_school",
        (Posture::Normal, true) => "checking",
        (Posture::Normal, false) => "normal",
    }
}
