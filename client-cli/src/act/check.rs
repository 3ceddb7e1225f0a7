//! `timeline show|export|proof|verify`. The check itself is proto's; this brings it keys and kept heads (T2).

use std::path::Path;

use jiff::tz::TimeZone;
use lockstep_proto::Timestamp;
use lockstep_proto::export::{Export, Verdict, check};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::CampusId;
use lockstep_proto::note::{NoteError, SignedHead, TlogProof, VerifierKey};
use lockstep_proto::sentence::sentence;
use lockstep_proto::timeline::Entry;

use super::show::Looked;
use crate::Failure;
use crate::args::Timeline;
use crate::context::Context;
use crate::words;

/// A claimed time less than this many seconds apart says nothing.
const CLAIM_APART_S: i64 = 2;

/// The largest export that is read, in bytes.
const EXPORT_MAX: u64 = 512 * 1024 * 1024;

/// How the proof of an entry begins.
const PROOF_BEGINS: &str = "c2sp.org/tlog-proof@";

pub(super) async fn timeline(context: &Context, what: Timeline) -> Result<(), Failure> {
    match what {
        Timeline::Show {
            campus,
            after,
            limit,
        } => show(context, &campus, after, limit).await,
        Timeline::Export { campus, out } => export(context, &campus, out.as_deref()).await,
        Timeline::Proof { campus, seq, out } => proof(context, &campus, seq, out.as_deref()).await,
        Timeline::Verify { file, keys, heads } => verify(context, &file, &keys, &heads),
    }
}

async fn show(context: &Context, campus: &CampusId, after: u64, limit: u32) -> Result<(), Failure> {
    let api = context.api()?;
    // As the campus's own clocks had it, which is what its people will say; `%Z` says whose.
    let zone = if context.json {
        TimeZone::UTC
    } else {
        Looked::at(context, campus).await?.zone
    };
    let (mut last, mut left) = (after, limit);
    loop {
        let page = api.timeline(campus, last, left).await?;
        remember(context, page.head.as_deref());
        for entry in &page.entries {
            context.tell_json(entry);
            context.tell(&line(entry, &zone));
        }
        // A page may be shorter than what was asked for; only an empty one is the end.
        left = left.saturating_sub(u32::try_from(page.entries.len()).unwrap_or(u32::MAX));
        last = page.entries.last().map_or(last, |entry| entry.seq);
        if last >= page.position.seq || page.entries.is_empty() {
            return Ok(());
        }
        if left == 0 {
            context.tell(&format!(
                "More follows: `lockstep timeline show {campus} --after {last}`."
            ));
            return Ok(());
        }
    }
}

fn line(entry: &Entry, zone: &TimeZone) -> String {
    let by = &entry.stamped.by;
    let at = entry.stamped.at.to_zoned_datetime(zone.clone());
    format!(
        "{:>6}  {}  {} ({}): {}{}",
        entry.seq,
        at.strftime("%Y-%m-%d %H:%M:%S %Z"),
        by.name,
        by.role.words(),
        sentence(&entry.stamped.fact),
        claimed(entry, zone),
    )
}

/// What its author's device claimed, where it is not what the server saw (T4).
fn claimed(entry: &Entry, zone: &TimeZone) -> String {
    let apart_s = |at: &Timestamp| (at.as_second() - entry.stamped.at.as_second()).abs();
    match entry
        .stamped
        .claimed_at
        .filter(|at| apart_s(at) >= CLAIM_APART_S)
    {
        Some(at) => format!("  [claimed {}]", words::second(at, zone)),
        None => String::new(),
    }
}

fn remember(context: &Context, head: Option<&str>) {
    if let Some(head) = head
        && let Err(why) = context.profile.remember_head(head)
    {
        eprintln!("The signed head was not kept: {why}");
    }
}

async fn export(context: &Context, campus: &CampusId, out: Option<&Path>) -> Result<(), Failure> {
    let export = context.api()?.export(campus).await?;
    let text =
        serde_json::to_string_pretty(&export).map_err(|why| Failure::Fault(why.to_string()))?;
    let Some(out) = out else {
        crate::context::say(&text);
        return Ok(());
    };
    crate::profile::write_whole(out, text.as_bytes())
        .map_err(|why| crate::profile::trouble(out, &why))?;
    context.tell(&format!(
        "{} entries in {}. Check them with `lockstep timeline verify {}`.",
        export.entries.len(),
        out.display(),
        out.display()
    ));
    context.tell_json(&serde_json::json!({"entries": export.entries.len(), "file": out}));
    Ok(())
}

/// The proof of one entry, with the entry in it (S6).
async fn proof(
    context: &Context,
    campus: &CampusId,
    seq: u64,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let text = context.api()?.proof(campus, seq).await?;
    let Some(out) = out else {
        crate::context::say(text.trim_end());
        return Ok(());
    };
    crate::profile::write_whole(out, text.as_bytes())
        .map_err(|why| crate::profile::trouble(out, &why))?;
    context.tell(&format!(
        "The proof of entry {seq} is in {}. Check it anywhere with `lockstep timeline verify {}`.",
        out.display(),
        out.display()
    ));
    context.tell_json(&serde_json::json!({"entry": seq, "file": out}));
    Ok(())
}

/// Checks a proof offline, and says what the proven entry says: of an all clear, for which
/// incident, by whom and on what authority.
fn verify_proof(
    context: &Context,
    file: &Path,
    text: &str,
    keys: &[String],
) -> Result<(), Failure> {
    let trusted = trusted_keys(context, keys)?;
    let refused = |why: NoteError| {
        Failure::Failed(format!(
            "{} proves nothing: {why}. Keep the file, and ask for another.",
            file.display()
        ))
    };
    let proof: TlogProof = text.parse().map_err(refused)?;
    let entry = proof.entry(&trusted).map_err(refused)?;
    let head = proof.checkpoint.claimed();
    context.tell_json(&serde_json::json!({
        "verdict": "proven", "log": entry.log, "entry": entry, "head": proof.checkpoint,
    }));
    let by = &entry.stamped.by;
    context.tell(&format!(
        "Proven: entry {} of {}, in a signed head of {} entries.",
        entry.seq, entry.log, head.size
    ));
    context.tell(&format!(
        "{} UTC  {} ({}, {}): {}",
        entry.stamped.at.strftime("%F %H:%M:%S"),
        by.name,
        by.role.words(),
        by.principal,
        sentence(&entry.stamped.fact)
    ));
    if let Fact::AllClearGiven {
        incident, lifts, ..
    } = &entry.stamped.fact
    {
        context.tell(&format!(
            "An officer's all clear for incident {incident}; it names {} raises and lifts no other.",
            lifts.len()
        ));
    }
    context.tell("Its words are sealed in the entry and are no part of the proof.");
    Ok(())
}

/// An export from a file.
pub(super) fn read_export(file: &Path) -> Result<Export, Failure> {
    parse_export(file, &read_file(file)?)
}

/// What a check of it comes to, by keys and heads that were brought or kept.
pub(super) fn checked(
    context: &Context,
    export: &Export,
    keys: &[String],
    heads: &[std::path::PathBuf],
) -> Result<lockstep_proto::export::Report, Failure> {
    let remembered = remembered_heads(context, export, heads)?;
    Ok(check(export, &trusted_keys(context, keys)?, &remembered))
}

fn read_file(file: &Path) -> Result<String, Failure> {
    let size = std::fs::metadata(file)
        .map_err(|why| unreadable(file, &why))?
        .len();
    if size > EXPORT_MAX {
        return Err(Failure::Usage(format!(
            "{} is over {EXPORT_MAX} bytes.",
            file.display()
        )));
    }
    std::fs::read_to_string(file).map_err(|why| unreadable(file, &why))
}

fn parse_export(file: &Path, text: &str) -> Result<Export, Failure> {
    serde_json::from_str(text)
        .map_err(|why| Failure::Failed(format!("{} is no timeline export: {why}.", file.display())))
}

fn verify(
    context: &Context,
    file: &Path,
    keys: &[String],
    heads: &[std::path::PathBuf],
) -> Result<(), Failure> {
    let text = read_file(file)?;
    if text.starts_with(PROOF_BEGINS) {
        return verify_proof(context, file, &text, keys);
    }
    let export = parse_export(file, &text)?;
    let remembered = remembered_heads(context, &export, heads)?;
    let report = check(&export, &trusted_keys(context, keys)?, &remembered);
    context.tell_json(&report);
    context.tell(&format!(
        "{}/{}: {}. {} entries, {} vouched for, kept heads held against them: {}.",
        export.district,
        export.campus,
        report.verdict,
        report.entries,
        report.vouched,
        remembered.len()
    ));
    let details = report.details;
    context.tell(&format!(
        "Texts: {} shown and true, {} withheld, {} removed under an order, {} altered.",
        details.shown, details.withheld, details.removed, details.altered
    ));
    for loss in &report.losses {
        context.tell(&loss.to_string());
    }
    match report.verdict {
        Verdict::Whole | Verdict::TailLost { .. } => Ok(()),
        Verdict::Tampered { findings } => {
            for finding in &findings {
                context.tell(&format!("  {finding}"));
            }
            Err(Failure::Failed(
                "The export is not what was signed. Keep the file, and the heads that you have."
                    .to_owned(),
            ))
        }
    }
}

fn unreadable(file: &Path, why: &std::io::Error) -> Failure {
    Failure::Usage(format!("{} cannot be read: {why}.", file.display()))
}

/// Keys that were brought, or those kept at sign-in. Never the export's own: it vouches for nothing.
fn trusted_keys(context: &Context, given: &[String]) -> Result<Vec<VerifierKey>, Failure> {
    let mut texts = Vec::new();
    for given in given {
        let path = Path::new(given);
        if path.is_file() {
            texts.extend(strings_of(
                &std::fs::read_to_string(path).map_err(|why| unreadable(path, &why))?,
            ));
        } else {
            texts.push(given.clone());
        }
    }
    if given.is_empty() {
        texts = context
            .profile
            .sign_in()?
            .map(|sign_in| sign_in.keys)
            .unwrap_or_default();
    }
    if texts.is_empty() {
        return Err(Failure::Usage(
            "No key to check against: give --keys FILE or --keys KEY, got from the district by another way than \
             this file. A sign-in keeps the server's keys; the export's own keys vouch for nothing."
                .to_owned(),
        ));
    }
    texts
        .iter()
        .map(|text| {
            text.parse().map_err(|why| {
                Failure::Usage(format!("`{text}` is no verifier key and no file: {why}."))
            })
        })
        .collect()
}

/// The strings of a file: a JSON list (or an object with lists in it), else one a line.
fn strings_of(text: &str) -> Vec<String> {
    fn gather(value: &serde_json::Value, into: &mut Vec<String>) {
        use serde_json::Value;
        match value {
            Value::String(text) => into.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
            Value::Object(fields) => fields.values().for_each(|value| gather(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    match serde_json::from_str(text) {
        Ok(value) => {
            let mut strings = Vec::new();
            gather(&value, &mut strings);
            strings
        }
        Err(_) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect(),
    }
}

/// Heads of this log that this profile kept, and those that were brought.
fn remembered_heads(
    context: &Context,
    export: &Export,
    files: &[std::path::PathBuf],
) -> Result<Vec<SignedHead>, Failure> {
    let mut heads: Vec<SignedHead> = context
        .profile
        .heads()?
        .values()
        .flatten()
        .filter_map(|note| note.parse().ok())
        .filter(|head: &SignedHead| {
            let origin = &head.claimed().origin;
            origin.district() == export.district && origin.campus() == export.campus
        })
        .collect();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|why| unreadable(file, &why))?;
        // A bare note is as good as a list of them.
        if let Ok(head) = text.parse::<SignedHead>() {
            heads.push(head);
            continue;
        }
        for note in strings_of(&text) {
            heads.push(note.parse().map_err(|why| {
                Failure::Usage(format!("{}: a head cannot be read: {why}.", file.display()))
            })?);
        }
    }
    Ok(heads)
}
