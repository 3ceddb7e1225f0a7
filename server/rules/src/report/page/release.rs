//! How it ended: sweep, vetoes, releases with their authority, what was refused, and what was
//! off-protocol.

use super::html::Html;
use crate::report::words::{elapsed, moment, who};
use crate::report::{Release, ReleaseKind, Report, SweepKind, Swept};

pub(super) fn sweep(html: &mut Html, report: &Report) {
    html.part("Sweep", "");
    if report.sweep.is_empty() {
        html.raw("<p>No zone was cleared or reported as adverse.</p>\n");
        return;
    }
    html.table(&["At", "", "Zone", "What", "By", "Entry"]);
    for step in &report.sweep {
        let what = match step.what {
            SweepKind::Started => "sweep started",
            SweepKind::Cleared => "clear",
            SweepKind::Adverse => "ADVERSE: the zone is open again",
        };
        let seen = step.seen.as_ref().map(|seen| report.words(seen));
        let seen = seen.map_or_else(String::new, |seen| format!(". {seen}"));
        html.raw("<tr>")
            .figure(&moment(step.act.at, report.opened.at))
            .figure(&elapsed(step.act.at, report.opened.at))
            .cell(step.zone.as_ref().map_or("all zones", |zone| zone.as_str()))
            .el("<td class=\"said\">", &format!("{what}{seen}"), "</td>")
            .cell(&who(&step.act.by))
            .figure(&step.act.seq.to_string())
            .raw("</tr>\n");
    }
    html.end_table();
}

pub(super) fn vetoes(html: &mut Html, report: &Report) {
    if report.vetoes.is_empty() {
        return;
    }
    let opened = report.opened.at;
    html.part("Not clear, and objections", "");
    html.table(&["At", "What", "By", "Why", "What became of it", "Entry"]);
    for veto in &report.vetoes {
        let what = match veto.kind {
            lockstep_proto::view::VetoKind::NotClear => "NOT CLEAR",
            lockstep_proto::view::VetoKind::Objection => "Objection to a school lift",
        };
        html.raw("<tr>")
            .figure(&elapsed(veto.act.at, opened))
            .cell(what)
            .cell(&who(&veto.act.by))
            .el(
                "<td class=\"said\">",
                &report.words(&veto.reason),
                "</td><td>",
            );
        match (&veto.withdrawn, &veto.set_aside) {
            (_, Some(aside)) => {
                let words = aside.words.as_ref().map(|words| report.words(words));
                html.badge("SET ASIDE")
                    .text(&elapsed(aside.act.at, opened))
                    .raw(" by ")
                    .text(&who(&aside.act.by))
                    .raw(": ")
                    .text(&words.unwrap_or_default());
            }
            (Some(act), None) => {
                html.raw("withdrawn by its author ")
                    .text(&elapsed(act.at, opened));
            }
            (None, None) => {
                html.raw("<span class=\"open\">stands</span>");
            }
        }
        html.raw("</td>")
            .figure(&veto.act.seq.to_string())
            .raw("</tr>\n");
    }
    html.end_table();
}

pub(super) fn releases(html: &mut Html, report: &Report) {
    html.part("Released by whom, on what authority", "");
    if report.releases.is_empty() {
        html.raw("<p>Nothing was lowered.</p>\n");
    }
    for release in &report.releases {
        card(html, report, release);
    }
    let lifted = |seq: u64| {
        report.releases.iter().any(|release| match &release.what {
            ReleaseKind::SchoolLift {
                proposal: Some(proposal),
                ..
            } => proposal.act.seq == seq,
            ReleaseKind::SchoolLift { proposal: None, .. }
            | ReleaseKind::MovementEnded {}
            | ReleaseKind::AllClear { .. }
            | ReleaseKind::Resumed { .. }
            | ReleaseKind::Closed { .. } => false,
        })
    };
    for proposal in report.proposals.iter().filter(|one| !lifted(one.act.seq)) {
        let words = proposal.words.as_ref().map(|words| report.words(words));
        html.raw("<p>A school lift was proposed at ")
            .text(&elapsed(proposal.act.at, report.opened.at))
            .raw(" by ")
            .text(&who(&proposal.act.by))
            .raw(" (entry ")
            .number(proposal.act.seq)
            .raw(") and not confirmed:</p>\n")
            .el(
                "<blockquote>",
                &words.unwrap_or_default(),
                "</blockquote>\n",
            );
    }
}

fn card(html: &mut Html, report: &Report, release: &Release) {
    let class = match release.what {
        ReleaseKind::MovementEnded {} => "controlled_movement",
        ReleaseKind::AllClear { .. } => "all_clear",
        ReleaseKind::SchoolLift { .. } => "lifted_by_school",
        ReleaseKind::Resumed { .. } | ReleaseKind::Closed { .. } => "normal",
    };
    let opened = report.opened.at;
    html.raw("<div class=\"card ")
        .raw(class)
        .raw("\"><h3>")
        .text(release.what.words())
        .raw("</h3>\n");
    for mark in &release.marks {
        html.badge(mark.words());
    }
    html.raw("<p>")
        .text(&moment(release.act.at, opened))
        .raw(" (")
        .text(&elapsed(release.act.at, opened))
        .raw(") by <b>")
        .text(&who(&release.act.by))
        .raw("</b>, entry ")
        .number(release.act.seq);
    if !release.lifts.is_empty() {
        let lifts: Vec<String> = release.lifts.iter().map(u64::to_string).collect();
        html.raw("; names entries ").text(&lifts.join(", "));
    }
    html.raw(".</p>\n");
    authority(html, report, &release.what);
    if let Some(swept) = &release.swept {
        zones(html, swept);
    }
    html.raw("</div>\n");
}

fn authority(html: &mut Html, report: &Report, what: &ReleaseKind) {
    match what {
        ReleaseKind::AllClear {
            certification,
            override_reason,
            incident,
        } => {
            let kind = certification.kind.as_ref();
            let kind = kind.map_or_else(String::new, |kind| format!(", {kind}"));
            html.raw("<p>Authority: ")
                .text(&certification.agency)
                .raw(", badge ")
                .text(&certification.badge)
                .text(&kind)
                .raw(", certification number ")
                .text(&certification.number)
                .raw(if certification.full_time {
                    ", full-time"
                } else {
                    ", PART-TIME"
                })
                .raw(", valid until ")
                .text(&certification.valid_until.to_string())
                .raw(". Bound to incident ")
                .number(*incident)
                .raw(".</p>\n");
            if let Some(reason) = override_reason {
                html.raw("<p>Given all the same, because:</p>\n").el(
                    "<blockquote>",
                    &report.words(reason),
                    "</blockquote>\n",
                );
            }
        }
        ReleaseKind::SchoolLift {
            proposal,
            proposed_by,
            incident,
        } => {
            html.raw("<p>Two people: proposed by <b>");
            match proposal {
                Some(said) => html
                    .text(&who(&said.act.by))
                    .raw("</b>, entry ")
                    .number(said.act.seq),
                None => html.text(&report.person(proposed_by)).raw("</b>"),
            };
            html.raw(", confirmed by the author above. Bound to incident ")
                .number(*incident)
                .raw(". The responsibility statement, as typed:</p>\n");
            let words = proposal.as_ref().and_then(|said| said.words.as_ref());
            let words =
                words.map_or_else(|| "(not told here)".to_owned(), |words| report.words(words));
            html.el("<blockquote>", &words, "</blockquote>\n");
        }
        ReleaseKind::Resumed { unopened, reason } => {
            if unopened.is_empty() {
                html.raw("<p>No room was left unopened.</p>\n");
                return;
            }
            html.raw("<p><span class=\"note warn\">rooms left unopened</span> ");
            let rooms: Vec<&str> = unopened.iter().map(|room| room.as_str()).collect();
            html.text(&rooms.join(", ")).raw(".</p>\n");
            if let Some(reason) = reason {
                html.el("<blockquote>", &report.words(reason), "</blockquote>\n");
            }
        }
        ReleaseKind::Closed { reason } => {
            html.el("<blockquote>", &report.words(reason), "</blockquote>\n");
        }
        ReleaseKind::MovementEnded {} => {}
    }
}

fn zones(html: &mut Html, swept: &Swept) {
    let list = |zones: &[lockstep_proto::id::ZoneId]| {
        let zones: Vec<&str> = zones.iter().map(|zone| zone.as_str()).collect();
        if zones.is_empty() {
            "none".to_owned()
        } else {
            zones.join(", ")
        }
    };
    html.raw("<p>Zones that the timeline names, at that moment: clear ")
        .text(&list(&swept.clear))
        .raw("; not clear ")
        .text(&list(&swept.not_clear))
        .raw(".</p>\n");
}

pub(super) fn refused(html: &mut Html, report: &Report) {
    html.part("Clears that were refused", "");
    if report.refused.is_empty() {
        html.raw("<p>None.</p>\n");
        return;
    }
    html.table(&[
        "At",
        "",
        "Asked by",
        "For",
        "Refused because",
        "Code",
        "Entry",
    ]);
    for one in &report.refused {
        html.raw("<tr>")
            .figure(&moment(one.act.at, report.opened.at))
            .figure(&elapsed(one.act.at, report.opened.at))
            .cell(&who(&one.act.by))
            .cell(&one.command.replace('_', " "))
            .cell(one.code.sentence())
            .figure(one.code.as_str())
            .figure(&one.act.seq.to_string())
            .raw("</tr>\n");
    }
    html.end_table();
}

pub(super) fn off_protocol(html: &mut Html, report: &Report) {
    html.part(
        "Off-protocol",
        "What already happened is always recorded, and marked where it broke a rule.",
    );
    if report.off_protocol.is_empty() {
        html.raw("<p>Nothing was recorded as off-protocol.</p>\n");
        return;
    }
    html.table(&["At", "What broke", "What happened", "Recorded by", "Entry"]);
    for one in &report.off_protocol {
        html.raw("<tr>")
            .figure(&elapsed(one.act.at, report.opened.at))
            .raw("<td>");
        for breach in &one.breaches {
            html.badge(breach.words());
        }
        html.raw("</td>")
            .el("<td class=\"said\">", &report.words(&one.what), "</td>")
            .cell(&who(&one.act.by))
            .figure(&one.act.seq.to_string())
            .raw("</tr>\n");
    }
    html.end_table();
}
