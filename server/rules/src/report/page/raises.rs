//! What was raised, how far it came, and what the rooms said.

use lockstep_proto::id::RoomId;
use lockstep_proto::sentence::{room_report, threat_kind};

use super::html::Html;
use crate::report::words::{elapsed, moment, share_or_dash, who};
use crate::report::{Raise, Report, RoomWord};

/// Rooms or raises that are listed one by one; the JSON has all of them.
const LISTED_MAX: usize = 400;

pub(super) fn raises(html: &mut Html, report: &Report) {
    let about = "Every call, controlled movement and immediate threat, and what ended it.";
    html.part("Raised", about);
    if report.raises.is_empty() {
        html.raw("<p>Nothing was raised: help was asked for.</p>\n");
        return;
    }
    html.table(&["At", "", "What", "By", "Where and why", "Ended", "Entry"]);
    for raise in &report.raises {
        one(html, report, raise);
    }
    html.end_table();
}

fn one(html: &mut Html, report: &Report, raise: &Raise) {
    let opened = report.opened.at;
    html.raw("<tr>")
        .figure(&moment(raise.act.at, opened))
        .figure(&elapsed(raise.act.at, opened))
        .raw("<td>")
        .text(raise.what.words());
    if let Some(kind) = raise.threat {
        html.raw(": ").text(threat_kind(kind));
    }
    if raise.by_policy {
        html.raw(" <span class=\"note\">made by district policy</span>");
    }
    html.raw("</td>")
        .cell(&who(&raise.act.by))
        .raw("<td class=\"said\">");
    let place = raise.place.as_ref().map(|place| report.words(place));
    let reason = raise.reason.as_ref().map(|reason| report.words(reason));
    let room = raise.room.as_ref().map(|room| format!("room {room}"));
    let said: Vec<String> = [room, place, reason].into_iter().flatten().collect();
    html.text(&said.join(" · "));
    for mistake in &raise.mistakes {
        html.raw("<br><span class=\"note\">annotated as a mistake</span> ");
        let words = mistake.words.as_ref().map(|words| report.words(words));
        html.text(&words.unwrap_or_default())
            .raw(" <span class=\"who\">")
            .text(&who(&mistake.act.by))
            .raw(", entry ")
            .number(mistake.act.seq)
            .raw("</span>");
    }
    html.raw("</td><td>");
    match &raise.ended {
        Some(ended) => {
            html.text(&elapsed(ended.act.at, opened))
                .raw(" ")
                .text(ended.how.words());
            if let Some(words) = &ended.words {
                html.raw(": ").text(&report.words(words));
            }
            html.raw(" <span class=\"who\">")
                .text(&who(&ended.act.by))
                .raw(", entry ")
                .number(ended.act.seq)
                .raw("</span>");
        }
        None => {
            html.raw("<span class=\"open\">open</span>");
        }
    }
    html.raw("</td>")
        .figure(&raise.act.seq.to_string())
        .raw("</tr>\n");
}

pub(super) fn reach(html: &mut Html, report: &Report) {
    let about = "For each alert, until it was lifted: clients that it was handed to, that say it came in, \
                 and that say it was drawn; rooms that acknowledged it; and how long 50, 95 and 100 % took. \
                 Shares are of all clients of which anything is recorded and of all rooms that the timeline \
                 names, never of those alone that answered. A dash: so many are not known to have got there.";
    html.part("How far each alert came", about);
    if report.raises.is_empty() {
        html.raw("<p>No alert was raised.</p>\n");
        return;
    }
    html.table(&[
        "Alert",
        "Sent",
        "Received",
        "Displayed",
        "Received by 50 %",
        "95 %",
        "100 %",
        "Acknowledged, of rooms named",
        "50 %",
        "95 %",
        "100 %",
    ]);
    for raise in report.raises.iter().take(LISTED_MAX) {
        let reach = &raise.reach;
        html.raw("<tr><td>")
            .text(raise.what.words())
            .raw(" <span class=\"who\">")
            .text(&elapsed(raise.act.at, report.opened.at))
            .raw("</span></td>");
        let of = |n: u32| format!("{n} of {}", reach.clients);
        html.figure(&reach.sent.to_string())
            .figure(&of(reach.received))
            .figure(&of(reach.displayed));
        for ms in [
            reach.received_ms.half,
            reach.received_ms.most,
            reach.received_ms.all,
        ] {
            html.figure(&share_or_dash(ms));
        }
        html.figure(&format!("{} of {}", reach.acknowledged, reach.rooms));
        let times = reach.acknowledged_ms;
        for ms in [times.half, times.most, times.all] {
            html.figure(&share_or_dash(ms));
        }
        html.raw("</tr>\n");
    }
    html.end_table();
    if report.raises.len() > LISTED_MAX {
        html.raw("<p class=\"about\">More alerts are in the report as JSON.</p>\n");
    }
    if let Some(last) = report.raises.last() {
        ids(
            html,
            "Rooms not known to have been reached by the last alert",
            &last.reach.not_reached,
        );
        ids(
            html,
            "Rooms that did not acknowledge the last alert",
            &last.reach.not_acknowledged,
        );
    }
}

/// Rooms by their ids.
pub(super) fn ids(html: &mut Html, title: &'static str, rooms: &[RoomId]) {
    html.raw("<h3>")
        .raw(title)
        .raw(" (")
        .number(rooms.len() as u64)
        .raw(")</h3>\n<p class=\"ids\">");
    for room in rooms.iter().take(LISTED_MAX) {
        html.el("<span>", room.as_str(), "</span>");
    }
    if rooms.is_empty() {
        html.raw("None of those that the timeline names.");
    }
    html.raw("</p>\n");
}

pub(super) fn rooms(html: &mut Html, report: &Report) {
    let about = "Each room's own last word in this incident. A room that said nothing is unknown, and \
                 unknown is never counted as safe.";
    html.part("Rooms", about);
    let rooms = &report.rooms;
    html.raw("<p>")
        .number(rooms.named.into())
        .raw(" rooms named: ")
        .number(rooms.secured.into())
        .raw(" secured, ")
        .number(rooms.not_secured.into())
        .raw(" not secured, ")
        .number(rooms.need_help.into())
        .raw(" asking for help, <b>")
        .number(rooms.unknown.into())
        .raw(" unknown</b>.</p>\n");
    pleas(html, report);
    if rooms.rooms.is_empty() {
        return;
    }
    html.table(&[
        "Room",
        "Last word",
        "In its own words",
        "Said at",
        "By",
        "Door",
    ]);
    for word in rooms.rooms.iter().take(LISTED_MAX) {
        room(html, report, word);
    }
    html.end_table();
}

fn room(html: &mut Html, report: &Report, word: &RoomWord) {
    let opened = report.opened.at;
    html.raw("<tr>").cell(word.room.as_str());
    match &word.last {
        Some(last) => {
            let note = last.note.as_ref().map(|note| report.words(note));
            html.cell(&room_report(&last.report))
                .el("<td class=\"said\">", &note.unwrap_or_default(), "</td>")
                .figure(&elapsed(last.act.at, opened))
                .cell(&who(&last.act.by));
        }
        None => {
            html.raw("<td class=\"unknown\">unknown</td><td></td><td></td><td></td>");
        }
    }
    html.raw("<td>");
    match (&word.opened, word.left_unopened) {
        (Some(door), _) => {
            html.raw("opened ")
                .text(&elapsed(door.at, opened))
                .raw(" by ")
                .text(&door.by.name);
        }
        (None, true) => {
            html.raw("<span class=\"note warn\">left unopened</span>");
        }
        (None, false) => {}
    }
    html.raw("</td></tr>\n");
}

fn pleas(html: &mut Html, report: &Report) {
    if report.rooms.pleas.is_empty() {
        return;
    }
    let opened = report.opened.at;
    html.raw("<h3>Pleas for help</h3>\n");
    html.table(&["At", "Room", "By", "What", "Answered", "Entry"]);
    for plea in &report.rooms.pleas {
        let room = plea
            .room
            .as_ref()
            .map_or("no known room", |room| room.as_str());
        let note = plea.word.note.as_ref().map(|note| report.words(note));
        let mut what = room_report(&plea.word.report);
        if let Some(note) = note {
            what.push_str(": ");
            what.push_str(&note);
        }
        html.raw("<tr>")
            .figure(&elapsed(plea.word.act.at, opened))
            .cell(room)
            .cell(&who(&plea.word.act.by))
            .el("<td class=\"said\">", &what, "</td><td>");
        match &plea.answered {
            Some(answer) => {
                let words = answer.words.as_ref().map(|words| report.words(words));
                html.text(&elapsed(answer.act.at, opened))
                    .raw(" ")
                    .text(&words.unwrap_or_else(|| "heard".to_owned()))
                    .raw(" <span class=\"who\">")
                    .text(&who(&answer.act.by))
                    .raw("</span>");
            }
            None => {
                html.raw("<span class=\"note warn\">never answered</span>");
            }
        }
        html.raw("</td>")
            .figure(&plea.word.act.seq.to_string())
            .raw("</tr>\n");
    }
    html.end_table();
}
