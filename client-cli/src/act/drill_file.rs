//! `drill-file`: the drills of a year, as the timeline tells them.

use lockstep_rules::report::page::drill_page;
use lockstep_rules::report::words::{lasted, share, who};
use lockstep_rules::report::{DrillEnd, DrillFile, DrillRecord};

use crate::Failure;
use crate::args;
use crate::context::Context;

pub(super) async fn run(context: &Context, what: args::DrillFile) -> Result<(), Failure> {
    let file = context.api()?.drills(&what.campus, what.year).await?;
    if let Some(path) = &what.page {
        crate::profile::write_whole(path, drill_page(&file).as_bytes())
            .map_err(|why| crate::profile::trouble(path, &why))?;
        context.tell(&format!("The page is in {}.", path.display()));
        context.tell_json(&serde_json::json!({ "page": path }));
        return Ok(());
    }
    context.tell_json(&file);
    context.tell(&told(&file).join("\n"));
    Ok(())
}

/// The drill file for a terminal.
#[must_use]
pub fn told(file: &DrillFile) -> Vec<String> {
    let mut out = vec![format!(
        "{}: {} drills and {} test alerts. Times are UTC.",
        file.year,
        file.drills.len(),
        file.test_alerts.len()
    )];
    for drill in file.drills.iter().chain(&file.test_alerts) {
        one(drill, &mut out);
    }
    out
}

fn one(drill: &DrillRecord, out: &mut Vec<String>) {
    let reach = &drill.reach;
    let long = drill.lasted_ms.map_or_else(|| "running".to_owned(), lasted);
    out.push(String::new());
    out.push(format!(
        "DRILL  {}  {}, {long}, started by {}",
        drill.started.at.strftime("%F %H:%M:%S"),
        drill.kind.words(),
        who(&drill.started.by)
    ));
    for (what, of, times) in [
        (
            "received",
            format!("{} of {} clients", reach.received, reach.clients),
            reach.received_ms,
        ),
        (
            "acknowledged",
            format!("{} of {} rooms named", reach.acknowledged, reach.rooms),
            reach.acknowledged_ms,
        ),
    ] {
        out.push(format!(
            "       {what:<12} {of}; 50 % {}, 95 % {}, 100 % {}",
            share(times.half),
            share(times.most),
            share(times.all)
        ));
    }
    let not = |title: &str, rooms: &[lockstep_proto::id::RoomId], out: &mut Vec<String>| {
        if !rooms.is_empty() {
            let rooms: Vec<&str> = rooms.iter().map(|room| room.as_str()).collect();
            out.push(format!("       {title}: {}", rooms.join(" ")));
        }
    };
    not("not known to be reached", &reach.not_reached, out);
    not("not acknowledged", &reach.not_acknowledged, out);
    if let Some(clear) = &drill.all_clear {
        let marks: String = clear
            .marks
            .iter()
            .map(|mark| format!("  {}", mark.words()))
            .collect();
        out.push(format!(
            "       all clear practised by {}{marks}",
            who(&clear.act.by)
        ));
    }
    match &drill.ended {
        Some(DrillEnd::Ended { note, .. }) => {
            if let Some(note) = note {
                out.push(format!("       note: {}", note.shown()));
            }
        }
        Some(DrillEnd::Real { act, text }) => out.push(format!(
            "       THE DRILL WAS OVER, THIS WAS REAL: entry {}, {}",
            act.seq, text
        )),
        None => out.push("       not ended".to_owned()),
    }
}
