//! `report`: the after-action report, from a server or from an export that was checked. What is
//! told is the rules' own; this prints it.

use std::path::Path;

use lockstep_proto::export::{Export, Verdict};
use lockstep_proto::id::CampusId;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::Shares;
use lockstep_rules::report::page::page;
use lockstep_rules::report::words::{between, day, elapsed, lasted, moment, second, who};
use lockstep_rules::report::{self, Flag, Listed, Part, Read, ReleaseKind, Report};

use super::check;
use crate::Failure;
use crate::args;
use crate::context::Context;

/// Narrower than this no line is told.
const WIDTH_MIN: usize = 60;

pub(super) async fn run(context: &Context, what: args::Report) -> Result<(), Failure> {
    if let Some(file) = &what.export {
        return from_export(context, file, &what);
    }
    let campus = what.first.as_deref().unwrap_or_default();
    let campus = CampusId::new(campus).map_err(|why| Failure::Usage(why.to_string()))?;
    let api = context.api()?;
    let Some(incident) = what.second else {
        let listed = api.incidents(&campus).await?;
        list(context, &listed, &format!("lockstep report {campus}"));
        return Ok(());
    };
    let report = api.report(&campus, incident).await?;
    tell(context, &report, what.page.as_deref())
}

/// Without any server: the export is checked, and what is not as it was signed tells nothing.
fn from_export(context: &Context, file: &Path, what: &args::Report) -> Result<(), Failure> {
    let export = check::read_export(file)?;
    let checked = check::checked(context, &export, &what.keys, &what.heads)?;
    match &checked.verdict {
        Verdict::Whole | Verdict::TailLost { .. } => context.tell(&format!(
            "Checked: {}. {} entries, {} vouched for.",
            checked.verdict, checked.entries, checked.vouched
        )),
        Verdict::Tampered { findings } => {
            let findings: Vec<String> = findings.iter().map(|one| format!("  {one}")).collect();
            return Err(Failure::Failed(format!(
                "The export is not what was signed, so no report is made of it.\n{}",
                findings.join("\n")
            )));
        }
    }
    let reads = reads(&export)?;
    let incident = match (&what.first, what.second) {
        (Some(seq), None) => Some(seq.parse::<u64>().map_err(|_| {
            Failure::Usage(format!(
                "`{seq}` is no number of an entry: `lockstep report --export FILE SEQ`."
            ))
        })?),
        (None, None) => None,
        (_, Some(_)) => {
            return Err(Failure::Usage(
                "An export is of one campus: `lockstep report --export FILE SEQ`.".to_owned(),
            ));
        }
    };
    let Some(incident) = incident else {
        let again = format!("lockstep report --export {}", file.display());
        list(context, &report::incidents(&reads), &again);
        return Ok(());
    };
    let report = report::report(&reads, incident).ok_or_else(|| {
        Failure::Failed(format!(
            "Entry {incident} opened no incident in this export."
        ))
    })?;
    tell(context, &report, what.page.as_deref())
}

fn reads(export: &Export) -> Result<Vec<Read>, Failure> {
    let reads = export.entries.iter().map(|entry| {
        Read::unsealed(&entry.entry, &entry.details).ok_or_else(|| {
            Failure::Failed(format!(
                "Entry {} is of a form that this release does not know.",
                entry.seq
            ))
        })
    });
    reads.collect()
}

fn list(context: &Context, listed: &[Listed], again: &str) {
    context.tell_json(&serde_json::json!({ "incidents": listed }));
    if listed.is_empty() {
        context.tell("Nothing was ever raised here.");
    }
    for one in listed {
        let until = match one.closed {
            Some(closed) => between(one.opened, closed),
            None => "STILL OPEN".to_owned(),
        };
        let marks: Vec<&str> = one.marks.iter().map(|mark| mark.words()).collect();
        context.tell(&format!(
            "{:>7}  {}  {:<5} {:<20} {until}{}{}",
            one.seq,
            one.opened.strftime("%F %H:%M:%S"),
            if one.real { "" } else { "DRILL" },
            one.kind.words(),
            if marks.is_empty() { "" } else { "  " },
            marks.join(", ")
        ));
    }
    if listed.iter().any(|one| one.real) {
        context.tell(&format!("Times are UTC. The report of one: `{again} SEQ`."));
    }
}

fn tell(context: &Context, report: &Report, file: Option<&Path>) -> Result<(), Failure> {
    if let Some(file) = file {
        crate::profile::write_whole(file, page(report).as_bytes())
            .map_err(|why| crate::profile::trouble(file, &why))?;
        context.tell(&format!("The page is in {}.", file.display()));
        context.tell_json(&serde_json::json!({ "page": file }));
        return Ok(());
    }
    context.tell_json(report);
    if !context.json {
        let width = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        context.tell(&told(report, width.max(WIDTH_MIN)).join("\n"));
    }
    Ok(())
}

/// The report for a terminal of this width.
#[must_use]
pub fn told(report: &Report, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    head(report, &mut out, width);
    postures(report, &mut out);
    raises(report, &mut out, width);
    rooms(report, &mut out, width);
    duties(report, &mut out, width);
    releases(report, &mut out, width);
    minutes(report, &mut out, width);
    out
}

fn part(out: &mut Vec<String>, title: &str) {
    out.push(String::new());
    out.push(title.to_uppercase());
}

/// A line that goes on under where its words began.
fn wrapped(out: &mut Vec<String>, start: &str, words: &str, width: usize) {
    let indent = start.chars().count();
    let room = width.saturating_sub(indent).max(24);
    let mut line = String::new();
    let mut first = true;
    let mut flush = |line: &mut String, out: &mut Vec<String>| {
        let begin = if first {
            start.to_owned()
        } else {
            " ".repeat(indent)
        };
        first = false;
        out.push(format!("{begin}{line}"));
        line.clear();
    };
    for word in words.split_whitespace() {
        let fits = line.chars().count() + 1 + word.chars().count() <= room;
        if !line.is_empty() && !fits {
            flush(&mut line, out);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    flush(&mut line, out);
}

fn head(report: &Report, out: &mut Vec<String>, width: usize) {
    out.push(format!(
        "{} at {}, incident {}",
        report.kind.words(),
        report.log.campus_name(),
        report.incident
    ));
    let opened = report.opened.at;
    out.push(match &report.closed {
        Some(closed) => format!(
            "{}, {} to {} UTC, {}",
            day(opened),
            second(opened),
            moment(closed.at, opened),
            between(opened, closed.at)
        ),
        None => format!("{}, {} UTC, STILL OPEN", day(opened), second(opened)),
    });
    let marks: Vec<&str> = report.marks.iter().map(|mark| mark.words()).collect();
    if !marks.is_empty() {
        out.push(marks.join("   "));
    }
    let about = "From the timeline alone: rooms that no entry ever named are not counted.";
    wrapped(out, "", about, width);
}

fn postures(report: &Report, out: &mut Vec<String>) {
    part(out, "Posture");
    let opened = report.opened.at;
    for span in &report.postures {
        let words = match (span.posture, span.checking) {
            (Posture::Normal, true) => crate::words::CHECKING.to_owned(),
            (posture, true) => format!("{}; a threat is being checked", posture.words()),
            (posture, false) => posture.words().to_owned(),
        };
        let long = span
            .until
            .map_or_else(String::new, |until| between(span.from, until));
        let words = format!("{words}  {long}");
        out.push(format!(
            "{} {:>9}  {}",
            moment(span.from, opened),
            elapsed(span.from, opened),
            words.trim_end()
        ));
    }
}

fn raises(report: &Report, out: &mut Vec<String>, width: usize) {
    part(out, "Raised, and how far it came");
    for raise in &report.raises {
        let start = format!("{:>9}  ", elapsed(raise.act.at, report.opened.at));
        let mut words = format!("{}, {}", raise.what.words(), who(&raise.act.by));
        for said in [&raise.place, &raise.reason].into_iter().flatten() {
            words.push_str(". ");
            words.push_str(&report.words(said));
        }
        words.push_str("; ");
        let how = raise.ended.as_ref().map(|ended| ended.how.words());
        words.push_str(how.unwrap_or("OPEN"));
        if !raise.mistakes.is_empty() {
            words.push_str(". Annotated as a mistake");
        }
        wrapped(out, &start, &words, width);
        let (reach, under) = (&raise.reach, " ".repeat(11));
        let clients = format!(
            "received by {} of {} clients, {}",
            reach.received,
            reach.clients,
            shares(reach.received_ms)
        );
        let acknowledged = format!(
            "acknowledged by {} of {} rooms named, {}",
            reach.acknowledged,
            reach.rooms,
            shares(reach.acknowledged_ms)
        );
        wrapped(out, &under, &clients, width);
        wrapped(out, &under, &acknowledged, width);
    }
}

/// How long each share took, as far as it was reached.
fn shares(times: Shares) -> String {
    match (times.half, times.most, times.all) {
        (None, _, _) => "not known to be half".to_owned(),
        (Some(half), None, _) => format!("half after {}, 95 % not", lasted(half)),
        (Some(half), Some(most), None) => {
            format!(
                "half after {}, 95 % after {}, all not",
                lasted(half),
                lasted(most)
            )
        }
        (Some(half), Some(most), Some(all)) => format!(
            "half after {}, 95 % after {}, all after {}",
            lasted(half),
            lasted(most),
            lasted(all)
        ),
    }
}

fn rooms(report: &Report, out: &mut Vec<String>, width: usize) {
    let rooms = &report.rooms;
    part(out, "Rooms, by their own last word");
    out.push(format!(
        "{} named: {} secured, {} NOT secured, {} asking for help, {} UNKNOWN",
        rooms.named, rooms.secured, rooms.not_secured, rooms.need_help, rooms.unknown
    ));
    let unknown = rooms.rooms.iter().filter(|word| word.last.is_none());
    let unknown: Vec<&str> = unknown.map(|word| word.room.as_str()).collect();
    if !unknown.is_empty() {
        wrapped(
            out,
            "Unknown, never counted as safe: ",
            &unknown.join(" "),
            width,
        );
    }
    for plea in &rooms.pleas {
        let start = format!("{:>9}  ", elapsed(plea.word.act.at, report.opened.at));
        let room = plea
            .room
            .as_ref()
            .map_or("no known room", |room| room.as_str());
        let answer = match &plea.answered {
            Some(said) => format!("answered by {}", who(&said.act.by)),
            None => "NEVER ANSWERED".to_owned(),
        };
        wrapped(out, &start, &format!("Plea from {room}: {answer}"), width);
    }
}

fn duties(report: &Report, out: &mut Vec<String>, width: usize) {
    part(out, "Duties");
    for duty in &report.duties {
        let start = format!("{:>9}  ", elapsed(duty.since, report.opened.at));
        let end = match &duty.ended {
            Some(end) => format!("{} after {}", end.how.words(), lasted(duty.lasted_ms)),
            None => format!("OPEN for {}", lasted(duty.lasted_ms)),
        };
        let overdue = if duty.overdue_ms > 0 {
            format!(", OVERDUE by {}", lasted(duty.overdue_ms))
        } else {
            String::new()
        };
        let words = format!(
            "{}: {end}{overdue}; {} attempts",
            duty.kind.words(),
            duty.attempts.len()
        );
        wrapped(out, &start, &words, width);
    }
    if report.duties.is_empty() {
        out.push("None was opened.".to_owned());
    }
}

fn releases(report: &Report, out: &mut Vec<String>, width: usize) {
    part(out, "Released, refused, off-protocol");
    let opened = report.opened.at;
    for release in &report.releases {
        let start = format!("{:>9}  ", elapsed(release.act.at, opened));
        let mut words = format!("{}, {}", release.what.words(), who(&release.act.by));
        for mark in &release.marks {
            words.push_str(". ");
            words.push_str(mark.words());
        }
        words.push_str(&authority(report, &release.what));
        wrapped(out, &start, &words, width);
    }
    for one in &report.refused {
        let start = format!("{:>9}  ", elapsed(one.act.at, opened));
        let words = format!(
            "Refused ({}): {}, {}",
            one.code.as_str(),
            one.command.replace('_', " "),
            who(&one.act.by)
        );
        wrapped(out, &start, &words, width);
    }
    for one in &report.off_protocol {
        let start = format!("{:>9}  ", elapsed(one.act.at, opened));
        let broken: Vec<&str> = one.breaches.iter().map(|breach| breach.words()).collect();
        let words = format!(
            "OFF PROTOCOL ({}): {}",
            broken.join(", "),
            report.words(&one.what)
        );
        wrapped(out, &start, &words, width);
    }
}

fn authority(report: &Report, what: &ReleaseKind) -> String {
    match what {
        ReleaseKind::AllClear {
            certification,
            override_reason,
            incident,
        } => {
            let reason = override_reason.as_ref().map(|reason| report.words(reason));
            let reason = reason.map_or_else(String::new, |reason| format!(". {reason}"));
            let kind = certification.kind.as_ref();
            let kind = kind.map_or_else(String::new, |kind| format!(", {kind}"));
            format!(
                ". On the authority of {}, badge {}{kind}, certification number {}; bound to incident {incident}{reason}",
                certification.agency, certification.badge, certification.number
            )
        }
        ReleaseKind::SchoolLift {
            proposal,
            proposed_by,
            ..
        } => {
            let statement = proposal.as_ref().and_then(|said| said.words.as_ref());
            let statement = statement
                .map(|words| report.words(words))
                .unwrap_or_default();
            format!(". Proposed by {}: {statement}", report.person(proposed_by))
        }
        ReleaseKind::Resumed { unopened, .. } if !unopened.is_empty() => {
            let rooms: Vec<&str> = unopened.iter().map(|room| room.as_str()).collect();
            format!(". Rooms left UNOPENED: {}", rooms.join(" "))
        }
        ReleaseKind::Closed { reason } => format!(". {}", report.words(reason)),
        ReleaseKind::MovementEnded {} | ReleaseKind::Resumed { .. } => String::new(),
    }
}

fn minutes(report: &Report, out: &mut Vec<String>, width: usize) {
    part(out, "Minute by minute");
    let opened = report.opened.at;
    for line in &report.lines {
        let start = format!("{:>6} {:>9}  ", line.seq, elapsed(line.at, opened));
        let mut words = String::new();
        match line.part {
            Part::Before => words.push_str("[before] "),
            Part::Within => {}
            Part::After => words.push_str("[after] "),
        }
        for flag in &line.flags {
            words.push_str(&self::flag(flag));
        }
        words.push_str(&format!("{}: {}", who(&line.by.who), line.text));
        if let Some(claimed) = line
            .claimed_at
            .filter(|at| report::words::claims_otherwise(*at, line.at))
        {
            words.push_str(&format!(" [claimed {}]", moment(claimed, opened)));
        }
        wrapped(out, &start, &words, width);
    }
}

fn flag(flag: &Flag) -> String {
    match flag {
        Flag::ClockInDoubt => "[clock in doubt] ".to_owned(),
        Flag::Late { by_s } => format!("[arrived late, by {by_s} s] "),
        // The sentence has these already.
        Flag::OffProtocol { .. }
        | Flag::Marked { .. }
        | Flag::Refused
        | Flag::ByPolicy
        | Flag::Drill => String::new(),
        Flag::Duress => "[UNDER DURESS] ".to_owned(),
        Flag::Mistake { seq } => format!("[a mistake, by entry {seq}] "),
        Flag::EpochOpened => "[a new epoch] ".to_owned(),
        Flag::Withheld => "[words withheld] ".to_owned(),
        Flag::Removed { order } => format!("[words removed: {order}] "),
    }
}
