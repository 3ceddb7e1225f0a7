//! What happened, minute by minute: every entry.

use super::html::Html;
use crate::report::words::{claims_otherwise, elapsed, moment, who};
use crate::report::{Flag, Line, Part, Report};

pub(super) fn minutes(html: &mut Html, report: &Report) {
    let about = "Every entry that belongs to this incident, in the order of the journal: what was seen in \
                 the hour before, what happened, and what was still done afterwards. Numbers that are \
                 missing are batches of the reach ledger, which stand with each alert, and what \
                 belongs to no incident.";
    html.part("Minute by minute", about);
    html.table(&["Entry", "Server time", "", "Who", "What happened"]);
    let mut heading = String::new();
    for line in &report.lines {
        let minute = moment(line.at, report.opened.at);
        let minute = minute.rsplit_once(':').map_or("", |(minute, _)| minute);
        let part = match line.part {
            Part::Before => "Before it opened",
            Part::Within => "",
            Part::After => "Afterwards",
        };
        let title = if part.is_empty() {
            minute.to_owned()
        } else {
            format!("{part} · {minute}")
        };
        if title != heading {
            html.el(
                "<tr class=\"minute\"><td colspan=\"5\">",
                &title,
                "</td></tr>\n",
            );
            heading = title;
        }
        one(html, report, line);
    }
    html.end_table();
}

fn one(html: &mut Html, report: &Report, line: &Line) {
    let opened = report.opened.at;
    html.raw("<tr>")
        .figure(&line.seq.to_string())
        .figure(&moment(line.at, opened))
        .figure(&elapsed(line.at, opened))
        .raw("<td>")
        .text(&who(&line.by.who));
    if let Some(device) = &line.by.device {
        html.raw("<br><span class=\"who\">")
            .text(device.as_str())
            .raw("</span>");
    }
    html.raw("</td><td class=\"said\">");
    for flag in &line.flags {
        self::flag(html, flag);
    }
    html.text(&line.text);
    if let Some(claimed) = line.claimed_at.filter(|at| claims_otherwise(*at, line.at)) {
        html.raw(" <span class=\"note\">claimed ")
            .text(&moment(claimed, opened))
            .raw("</span>");
    }
    html.raw("</td></tr>\n");
}

fn flag(html: &mut Html, flag: &Flag) {
    match flag {
        Flag::OffProtocol { breaches } => {
            for breach in breaches {
                html.badge(&format!("OFF PROTOCOL: {}", breach.words()));
            }
        }
        Flag::Marked { mark } => {
            html.badge(mark.words());
        }
        Flag::Drill => {
            html.badge("DRILL");
        }
        Flag::ClockInDoubt => {
            html.raw("<span class=\"note warn\">clock in doubt</span>");
        }
        Flag::Late { by_s } => {
            let by = u64::try_from(*by_s).unwrap_or_default();
            html.raw("<span class=\"note warn\">arrived late, by ")
                .text(&crate::report::words::lasted(by.saturating_mul(1_000)))
                .raw("</span>");
        }
        Flag::Duress => {
            html.badge("UNDER DURESS");
        }
        Flag::Refused => {
            html.raw("<span class=\"note\">refused</span>");
        }
        Flag::ByPolicy => {
            html.raw("<span class=\"note\">made by district policy</span>");
        }
        Flag::Mistake { seq } => {
            html.raw("<span class=\"note\">annotated as a mistake, entry ")
                .number(*seq)
                .raw("</span>");
        }
        Flag::EpochOpened => {
            html.raw("<span class=\"note warn\">a new epoch of the log</span>");
        }
        Flag::Withheld => {
            html.raw("<span class=\"note\">words withheld</span>");
        }
        Flag::Removed { order } => {
            html.raw("<span class=\"note\">words removed: ")
                .text(order)
                .raw("</span>");
        }
    }
}
