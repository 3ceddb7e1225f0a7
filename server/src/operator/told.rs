//! The district's own log, read out: what became of its directory and its sign-ins, and by whom.

use std::fmt::Write as _;

use lockstep_proto::Timestamp;
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::DistrictId;
use lockstep_proto::sentence::sentence;
use lockstep_proto::timeline::{Entry, LogId};
use serde::Serialize;

use crate::app::{is_slow, patiently};
use crate::config::Config;
use crate::journal::BATCH_MAX;

use super::{chosen, open};

/// An entry, for programs.
#[derive(Serialize)]
struct Told<'a> {
    seq: u64,
    epoch: u32,
    recorded: Timestamp,
    by: &'a Author,
    words: String,
    fact: &'a Fact,
}

/// The newest entries of a district's log, the oldest of them first; one a line.
pub async fn log(
    config: &Config,
    district: Option<DistrictId>,
    last: usize,
    json: bool,
) -> anyhow::Result<String> {
    let journal = open(config).await?;
    let district = chosen(&*journal, district).await?.directory.district.id;
    let log = LogId::district(district);
    let tip = patiently(is_slow, async || journal.tip(&log).await).await?;
    let last = u64::try_from(last).unwrap_or(u64::MAX);
    let mut after = tip.position().seq.saturating_sub(last);
    let mut newest: Vec<Entry> = Vec::new();
    loop {
        let read = patiently(is_slow, async || journal.read(&log, after, BATCH_MAX).await).await?;
        let Some(end) = read.last() else {
            break;
        };
        after = end.entry.seq;
        newest.extend(read.into_iter().map(|stored| stored.entry));
    }
    let mut out = String::new();
    for entry in &newest {
        let Entry { seq, stamped, .. } = entry;
        let by = &stamped.by;
        let words = sentence(&stamped.fact);
        if json {
            let told = Told {
                seq: *seq,
                epoch: entry.epoch,
                recorded: entry.recorded,
                by,
                words,
                fact: &stamped.fact,
            };
            writeln!(out, "{}", serde_json::to_string(&told)?)?;
        } else {
            let (name, role) = (&by.name, by.role.words());
            writeln!(
                out,
                "{seq:>6}  {}  {name} ({role}): {words}",
                entry.recorded
            )?;
        }
    }
    Ok(out)
}
