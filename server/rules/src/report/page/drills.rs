//! The drill file as a page.

use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;

use super::html::Html;
use super::raises::ids;
use super::{begin, end};
use crate::report::words::{counted, day, elapsed, lasted, second, share_or_dash, who};
use crate::report::{DrillEnd, DrillFile, DrillRecord};

/// The page of a drill file.
#[must_use]
pub fn drill_page(file: &DrillFile) -> String {
    let mut html = Html::default();
    begin(&mut html, "Drill file");
    html.raw("<header><p class=\"kind\">Drill file · ")
        .text(&file.year.to_string())
        .raw("</p>\n<h1>Drills at ")
        .text(file.log.as_ref().map_or("a campus without entries", LogId::campus_name))
        .raw("</h1>\n<p class=\"when\">")
        .text(&counted(file.drills.len(), "drill", "drills"))
        .raw(", ")
        .text(&counted(file.test_alerts.len(), "test alert", "test alerts"))
        .raw("</p></header>\n<p class=\"about\">Made from the timeline alone. Times are the server’s, in ")
        .raw("universal time (UTC). Shares are of all clients of which anything is recorded and of all rooms ")
        .raw("that the timeline had named by then, never of those alone that answered. A dash: so many are not known to have got there.</p>\n");
    if file.cut {
        html.raw("<p class=\"open\">There were more drills than one file tells.</p>\n");
    }
    html.part("Drills", "");
    if file.drills.is_empty() {
        html.raw("<p>None was held.</p>\n");
    } else {
        table(&mut html, &file.drills);
        for drill in &file.drills {
            one(&mut html, drill);
        }
    }
    html.part(
        "Test alerts",
        "Which rooms would be reached, before the first bell.",
    );
    if file.test_alerts.is_empty() {
        html.raw("<p>None was sent.</p>\n");
    } else {
        table(&mut html, &file.test_alerts);
        for drill in &file.test_alerts {
            one(&mut html, drill);
        }
    }
    end(&mut html, &file.format);
    html.done()
}

fn table(html: &mut Html, drills: &[DrillRecord]) {
    html.table(&[
        "Date",
        "Kind",
        "Length",
        "Received by 50 %",
        "95 %",
        "100 %",
        "Acknowledged, of rooms named",
        "50 %",
        "95 %",
        "100 %",
        "Ended",
    ]);
    for drill in drills {
        let reach = &drill.reach;
        html.raw("<tr>")
            .figure(&drill.started.at.strftime("%F").to_string())
            .cell(drill.kind.words())
            .figure(&drill.lasted_ms.map_or_else(|| "running".to_owned(), lasted));
        for ms in [
            reach.received_ms.half,
            reach.received_ms.most,
            reach.received_ms.all,
        ] {
            html.figure(&share_or_dash(ms));
        }
        html.figure(&format!("{} of {}", reach.acknowledged, reach.rooms));
        for ms in [
            reach.acknowledged_ms.half,
            reach.acknowledged_ms.most,
            reach.acknowledged_ms.all,
        ] {
            html.figure(&share_or_dash(ms));
        }
        html.raw("<td>");
        match &drill.ended {
            Some(DrillEnd::Ended { .. }) => html.raw("as planned"),
            Some(DrillEnd::Real { .. }) => html.raw("<b>by something real</b>"),
            None => html.raw("<span class=\"open\">running</span>"),
        };
        html.raw("</td></tr>\n");
    }
    html.end_table();
}

/// Words of a drill; what is not in its place is withheld.
fn shown(words: Option<&Words>) -> &str {
    words.map_or("", Words::shown)
}

fn one(html: &mut Html, drill: &DrillRecord) {
    let started = drill.started.at;
    html.raw("<div class=\"card\"><h3>")
        .badge("DRILL")
        .text(drill.kind.words())
        .raw(", ")
        .text(&day(started))
        .raw(", ")
        .text(&second(started))
        .raw("</h3>\n<p>Started by <b>")
        .text(&who(&drill.started.by))
        .raw("</b>, entry ")
        .number(drill.started.seq)
        .raw(".</p>\n");
    if drill.note.is_some() {
        html.el(
            "<blockquote>",
            shown(drill.note.as_ref()),
            "</blockquote>\n",
        );
    }
    match &drill.ended {
        Some(DrillEnd::Ended { act, note }) => {
            html.raw("<p>Ended ")
                .text(&elapsed(act.at, started))
                .raw(" by ")
                .text(&who(&act.by))
                .raw(", entry ")
                .number(act.seq)
                .raw(".</p>\n");
            if note.is_some() {
                html.el("<blockquote>", shown(note.as_ref()), "</blockquote>\n");
            }
        }
        Some(DrillEnd::Real { act, text }) => {
            html.raw("<p><span class=\"note warn\">The drill was over: this was real</span> ")
                .text(&elapsed(act.at, started))
                .raw(", entry ")
                .number(act.seq)
                .raw(", ")
                .text(&who(&act.by))
                .raw(": ")
                .text(text)
                .raw("</p>\n");
        }
        None => {
            html.raw("<p class=\"open\">Not ended at the last entry.</p>\n");
        }
    }
    practised(html, drill);
    let reach = &drill.reach;
    html.raw("<p>Sent to ")
        .number(reach.sent.into())
        .raw(" of ")
        .text(&counted(reach.clients as usize, "client", "clients"))
        .raw(", received by ")
        .number(reach.received.into())
        .raw(", displayed by ")
        .number(reach.displayed.into())
        .raw("; acknowledged by ")
        .number(reach.acknowledged.into())
        .raw(" of ")
        .text(&counted(reach.rooms as usize, "room", "rooms"))
        .raw(".</p>\n");
    ids(
        html,
        "Rooms not known to have been reached",
        &reach.not_reached,
    );
    ids(
        html,
        "Rooms that did not acknowledge",
        &reach.not_acknowledged,
    );
    html.raw("</div>\n");
}

/// What was practised within it.
fn practised(html: &mut Html, drill: &DrillRecord) {
    let started = drill.started.at;
    if let Some(called) = &drill.called {
        html.raw("<p>Lock-down called in it ")
            .text(&elapsed(called.at, started))
            .raw(" by ")
            .text(&who(&called.by))
            .raw(".</p>\n");
    }
    if !drill.rooms.is_empty() {
        let secured = drill.rooms.values().filter(|room| room.secured).count();
        html.raw("<p>")
            .text(&counted(drill.rooms.len(), "room", "rooms"))
            .raw(" reported, ")
            .number(secured as u64)
            .raw(" of them secured.</p>\n");
    }
    if !drill.swept.is_empty() {
        let zones: Vec<String> = drill
            .swept
            .iter()
            .map(|(zone, act)| format!("{zone} {} by {}", elapsed(act.at, started), act.by.name))
            .collect();
        html.raw("<p>Swept: ")
            .text(&zones.join("; "))
            .raw(".</p>\n");
    }
    if let Some(clear) = &drill.all_clear {
        html.raw("<p>All clear practised ")
            .text(&elapsed(clear.act.at, started))
            .raw(" by <b>")
            .text(&who(&clear.act.by))
            .raw("</b>, ")
            .text(&clear.certification.authority())
            .raw(". ");
        for mark in &clear.marks {
            html.badge(mark.words());
        }
        html.text(shown(clear.override_reason.as_ref()))
            .raw("</p>\n");
    }
}
