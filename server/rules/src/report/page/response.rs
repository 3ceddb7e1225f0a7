//! What people did: duties and their clocks, help from outside, sightings, contact, presence
//! and the lead.

use std::collections::BTreeMap;

use lockstep_proto::duty::{Channel, Outcome};
use lockstep_proto::id::PersonId;

use super::html::Html;
use crate::report::words::{between, counted, elapsed, lasted, moment, who};
use crate::report::{ContactKind, DutyRecord, DutyWord, Report, Sighting};

pub(super) fn duties(html: &mut Html, report: &Report) {
    let about = "What somebody had to do, since when, and what became of it: as the rules saw it after \
                 each entry. A clock runs from the cause. Who was asked is whom the server is recorded to \
                 have tried.";
    html.part("Duties and their clocks", about);
    if report.duties.is_empty() {
        html.raw("<p>None was opened.</p>\n");
        return;
    }
    html.table(&[
        "Duty",
        "Open from",
        "First attempt",
        "In hand",
        "Ended",
        "Open for",
        "Overdue",
    ]);
    for duty in &report.duties {
        one(html, report, duty);
    }
    html.end_table();
    html.raw("<h3>Every attempt and every word</h3>\n");
    html.table(&["Duty", "When", "Who", "What"]);
    for duty in &report.duties {
        every(html, report, duty);
    }
    html.end_table();
}

fn one(html: &mut Html, report: &Report, duty: &DutyRecord) {
    let opened = report.opened.at;
    html.raw("<tr><td>")
        .text(duty.kind.words())
        .raw(" <span class=\"who\">of entry ")
        .number(duty.cause)
        .raw("</span></td>")
        .figure(&elapsed(duty.since, opened));
    match duty.attempts.first() {
        Some(first) => html.figure(&format!("after {}", between(duty.since, first.at))),
        None => html.raw("<td><span class=\"note\">none recorded</span></td>"),
    };
    let in_hand = duty.said.iter().find(|said| match said.what {
        DutyWord::Acknowledged {} => true,
        DutyWord::Done { .. } | DutyWord::Declined { .. } => false,
    });
    match in_hand {
        Some(said) => html.cell(&format!(
            "{}, after {}",
            said.act.by.name,
            between(duty.since, said.act.at)
        )),
        None => html.cell("nobody"),
    };
    html.raw("<td>");
    match &duty.ended {
        Some(end) => {
            html.text(end.how.words())
                .raw(" <span class=\"who\">")
                .text(&end.text)
                .raw(" · ")
                .text(&who(&end.act.by))
                .raw(", entry ")
                .number(end.act.seq)
                .raw("</span>");
        }
        None => {
            html.raw("<span class=\"open\">open</span>");
        }
    }
    html.raw("</td>").figure(&lasted(duty.lasted_ms));
    if duty.overdue_ms > 0 {
        html.raw("<td class=\"n\"><span class=\"note warn\">by ")
            .text(&lasted(duty.overdue_ms))
            .raw("</span></td>");
    } else {
        html.cell("no");
    }
    html.raw("</tr>\n");
}

fn every(html: &mut Html, report: &Report, duty: &DutyRecord) {
    let opened = report.opened.at;
    let mut rows = tried(report, duty);
    rows.extend(duty.said.iter().map(|said| {
        let what = match &said.what {
            DutyWord::Acknowledged {} => "has it in hand".to_owned(),
            DutyWord::Done {
                how,
                done_by,
                done_at,
            } => {
                let by = done_by.as_ref();
                let by = by.map_or_else(String::new, |by| format!(" by {}", report.words(by)));
                let at = done_at.map_or_else(String::new, |at| {
                    format!(" (at {}, as claimed)", moment(at, opened))
                });
                format!("done{by}{at}: {}", report.words(how))
            }
            DutyWord::Declined { reason } => format!("not done: {}", report.words(reason)),
        };
        (
            said.act.seq,
            elapsed(said.act.at, opened),
            who(&said.act.by),
            what,
        )
    }));
    rows.sort_by_key(|(seq, _, _, _)| *seq);
    for (_, at, person, what) in rows {
        html.raw("<tr>")
            .cell(duty.kind.words())
            .cell(&at)
            .cell(&person)
            .el("<td class=\"said\">", &what, "</td></tr>\n");
    }
}

/// What was tried, one row for each person and what became of it: its first entry, when, whom
/// and what.
fn tried(report: &Report, duty: &DutyRecord) -> Vec<(u64, String, String, String)> {
    let mut rows: BTreeMap<(&PersonId, Channel, Outcome), (u64, Vec<String>)> = BTreeMap::new();
    for attempt in &duty.attempts {
        let key = (&attempt.person, attempt.channel, attempt.outcome);
        let (_, times) = rows.entry(key).or_insert((attempt.seq, Vec::new()));
        times.push(elapsed(attempt.at, report.opened.at));
    }
    rows.into_iter()
        .map(|((person, channel, outcome), (seq, times))| {
            let how = match channel {
                Channel::Screen => "on screen",
                Channel::Outside => "outside",
            };
            let what = match outcome {
                Outcome::Sent => "asked",
                Outcome::NotReached => "NOT reached",
            };
            let what = format!(
                "{what} {how}, {}",
                counted(times.len(), "attempt", "attempts")
            );
            (seq, times.join(", "), report.person(person), what)
        })
        .collect()
}

pub(super) fn escalations(html: &mut Html, report: &Report) {
    let about =
        "What was recorded of each line, and no more: nothing reads as further than somebody said.";
    html.part("Help from outside", about);
    if report.escalations.is_empty() {
        html.raw("<p>None was asked for, as far as is recorded.</p>\n");
    }
    let opened = report.opened.at;
    for one in &report.escalations {
        html.raw("<h3>")
            .text(one.agency.words())
            .raw(", ")
            .text(one.basis.words())
            .raw(" <span class=\"who\">entry ")
            .number(one.act.seq)
            .raw("</span></h3>\n<p class=\"soft\">recorded by ")
            .text(&who(&one.act.by));
        for (title, words) in [
            (", decided by ", &one.decided_by),
            (", called by ", &one.called_by),
            (", number called ", &one.number),
        ] {
            if let Some(words) = words {
                html.raw(title).text(&report.words(words));
            }
        }
        html.raw("</p>\n");
        html.table(&[
            "At",
            "",
            "Recorded as",
            "Incident number",
            "Why, or anything else",
            "By",
            "Entry",
        ]);
        for word in &one.words {
            let text = |words: &Option<lockstep_proto::text::Words>| {
                words
                    .as_ref()
                    .map_or_else(String::new, |words| report.words(words))
            };
            html.raw("<tr>")
                .figure(&moment(word.act.at, opened))
                .figure(&elapsed(word.act.at, opened))
                .cell(word.state.words())
                .cell(&text(&word.incident_number))
                .el("<td class=\"said\">", &text(&word.note), "</td>")
                .cell(&who(&word.act.by))
                .figure(&word.act.seq.to_string())
                .raw("</tr>\n");
        }
        html.end_table();
    }
}

pub(super) fn sightings(html: &mut Html, report: &Report) {
    html.part("Sightings", "");
    if report.sightings.is_empty() {
        html.raw("<p>None was reported.</p>\n");
        return;
    }
    html.table(&[
        "Reported",
        "Seen",
        "By",
        "Danger",
        "What and where",
        "Entry",
    ]);
    for one in &report.sightings {
        sighting(html, report, one);
    }
    html.end_table();
}

fn sighting(html: &mut Html, report: &Report, one: &Sighting) {
    let opened = report.opened.at;
    let seen_at = one
        .seen_at
        .map(|at| format!("{} (claimed)", moment(at, opened)));
    html.raw("<tr>")
        .figure(&elapsed(one.act.at, opened))
        .cell(&seen_at.unwrap_or_default())
        .cell(&who(&one.act.by))
        .cell(one.danger.words())
        .raw("<td class=\"said\">");
    if let Some(of) = one.of {
        html.raw("<span class=\"note\">more on entry ")
            .number(of)
            .raw("</span> ");
    }
    html.text(&report.words(&one.seen));
    if let Some(place) = &one.place {
        html.raw(" · ").text(&report.words(place));
    }
    for picture in &one.pictures {
        let size = picture.bytes.div_ceil(1_024);
        html.raw("<br><span class=\"note\">picture, ")
            .number(size.into())
            .raw(" KiB, entry ")
            .number(picture.act.seq)
            .raw("</span> <span class=\"who\">")
            .text(&report.words(&picture.sha256))
            .raw("</span>");
    }
    html.raw("</td>")
        .figure(&one.act.seq.to_string())
        .raw("</tr>\n");
}

pub(super) fn people(html: &mut Html, report: &Report) {
    let opened = report.opened.at;
    html.part("Who was here, the lead, and contact", "");
    html.raw("<p>");
    let here = report.here.len();
    html.text(&counted(here, "person was", "people were"))
        .raw(" recorded as here when it opened");
    for (n, one) in report.here.iter().enumerate() {
        html.raw(if n == 0 { ": " } else { "; " })
            .text(&who(&one.who));
    }
    html.raw(".</p>\n");
    if !report.leads.is_empty() {
        html.table(&["From", "Lead", "After entry"]);
        for span in &report.leads {
            let lead = span.lead.as_ref().map(who);
            html.raw("<tr>")
                .figure(&elapsed(span.from, opened))
                .cell(&lead.unwrap_or_else(|| "nobody is recorded as here to have it".to_owned()))
                .figure(&span.seq.to_string())
                .raw("</tr>\n");
        }
        html.end_table();
    }
    if !report.presence.is_empty() {
        html.table(&["At", "Who", "", "Entry"]);
        for step in &report.presence {
            html.raw("<tr>")
                .figure(&elapsed(step.act.at, opened))
                .cell(&who(&step.act.by))
                .cell(if step.here { "arrived" } else { "left" })
                .figure(&step.act.seq.to_string())
                .raw("</tr>\n");
        }
        html.end_table();
    }
    contacts(html, report);
}

fn contacts(html: &mut Html, report: &Report) {
    if report.contacts.is_empty() {
        html.raw("<p>No contact was planned or recorded.</p>\n");
        return;
    }
    html.raw("<h3>Contact</h3>\n");
    html.table(&["At", "Who", "What", "Entry"]);
    for step in &report.contacts {
        html.raw("<tr>")
            .figure(&elapsed(step.act.at, report.opened.at))
            .cell(&who(&step.act.by))
            .raw("<td class=\"said\">");
        match &step.what {
            ContactKind::JudgedSafe { with } => {
                html.raw("judges it safe, together with ")
                    .text(&report.person(with));
            }
            ContactKind::Withdrawn {} => {
                html.raw("judges it safe no longer");
            }
            ContactKind::Made {
                by,
                what,
                off_protocol,
            } => {
                for breach in off_protocol {
                    html.badge(&format!("OFF PROTOCOL: {}", breach.words()));
                }
                let by: Vec<String> = by.iter().map(|person| report.person(person)).collect();
                html.raw("contact made by ")
                    .text(&by.join(" and "))
                    .raw(": ")
                    .text(&report.words(what));
            }
        }
        html.raw("</td>")
            .figure(&step.act.seq.to_string())
            .raw("</tr>\n");
    }
    html.end_table();
}
