//! The invariants, held against the journal when a try has healed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use lockstep_proto::export::{Export, ExportedEntry, Verdict, check};
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::note::{SignedHead, VerifierKey};
use lockstep_proto::posture::Posture;
use lockstep_proto::timeline::Entry;
use serde_json::Value;

use crate::hand::Told;
use crate::screen::Lowered;
use crate::world::{CAMPUS, PATIENCE, World};

/// Between two looks at something that has to become true.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl World {
    /// Everything healed, lowered and recorded; then says which invariants do not hold.
    pub(crate) async fn violations(&mut self) -> Vec<String> {
        match self.come_to_rest().await {
            Err(violation) => vec![violation],
            Ok(export) => self.judge(&export),
        }
    }

    /// Every instance is well and reads normal; everything acknowledged is in the journal, and all
    /// of them stand at its end, with one root.
    async fn come_to_rest(&self) -> Result<Export, String> {
        self.is_well().await?;
        self.to_normal().await?;
        let until = Instant::now() + PATIENCE;
        loop {
            let export = self.export().await?;
            let lost = self.not_in(&export);
            let ends = self.ends().await?;
            let end = export.entries.last().map_or(0, |entry| entry.seq);
            let agree = ends.iter().all(|one| *one == ends[0] && one.0 == end);
            if lost.is_empty() && agree {
                return Ok(export);
            }
            if Instant::now() > until {
                return Err(if lost.is_empty() {
                    format!("the instances do not agree: {ends:?}, the journal ends at {end}")
                } else {
                    format!("acknowledged and not in the journal: {lost:?}")
                });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn export(&self) -> Result<Export, String> {
        let path = format!("/v1/campuses/{CAMPUS}/timeline/export");
        let (status, body) = self.caller(0).http.get(&path).await;
        if status != 200 {
            return Err(format!("no export: {body}"));
        }
        serde_json::from_value(body).map_err(|error| error.to_string())
    }

    /// A fact stands in the journal with a clock in doubt.
    pub(crate) async fn in_doubt(&self, id: FactId) -> Result<(), String> {
        let export = self.export().await?;
        let mut entries = export.entries.iter().map(entry);
        let found = entries.find(|entry| entry.stamped.id == id);
        match found {
            Some(entry) if entry.clock_in_doubt => Ok(()),
            found => Err(format!("no clock in doubt: {found:?}")),
        }
    }

    fn not_in(&self, export: &Export) -> Vec<FactId> {
        let ids: BTreeSet<FactId> = entries(export).iter().map(|stamped| stamped.id).collect();
        let told = self.told.lock().unwrap();
        told.acknowledged.difference(&ids).copied().collect()
    }

    /// Where each instance stands, with the head that it signs.
    async fn ends(&self) -> Result<Vec<(u64, String)>, String> {
        let mut ends = Vec::new();
        for instance in 0..self.instances() {
            let path = format!("/v1/campuses/{CAMPUS}");
            let (status, body) = self.caller(instance).http.get(&path).await;
            if status != 200 {
                return Err(format!("instance {instance} does not answer: {body}"));
            }
            let seq = body["position"]["seq"].as_u64().unwrap_or_default();
            ends.push((seq, head_of(&body)));
        }
        Ok(ends)
    }

    fn judge(&mut self, export: &Export) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let lowered = std::mem::take(&mut *self.lowered.lock().unwrap());
        let entries = entries(export);
        let mut wrong = journal(&entries, &told);
        wrong.extend(screens(&entries, &lowered, &told));
        wrong.extend(offline(export, &told, self.tail_lost));
        for screen in self.screens() {
            let shown = screen.shown();
            if shown.held > 0 || shown.posture != Posture::Normal {
                wrong.push(format!("{} reads another: {shown:?}", screen.name));
            }
        }
        wrong
    }
}

/// The root without its signature's line: a position may have been signed by any instance.
fn head_of(body: &Value) -> String {
    let head = body["head"].as_str().unwrap_or_default();
    head.lines().take(3).collect::<Vec<_>>().join(" ")
}

fn entries(export: &Export) -> Vec<Stamped> {
    let entries = export.entries.iter().map(entry);
    entries.map(|entry| entry.stamped).collect()
}

fn entry(exported: &ExportedEntry) -> Entry {
    serde_json::from_str(&exported.entry).expect("an entry that we know")
}

/// What a clear names; none for what is no clear.
fn named(fact: &Fact) -> Option<&[FactId]> {
    if let Fact::AllClearGiven { lifts, .. }
    | Fact::SchoolLifted { lifts, .. }
    | Fact::ControlledMovementEnded { lifts, .. }
    | Fact::Resumed { lifts, .. } = fact
    {
        Some(lifts)
    } else {
        None
    }
}

/// Invariants 2, 4, 6, 8 and 13, of what stands in the journal.
fn journal(entries: &[Stamped], told: &Told) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut stand = BTreeSet::new();
    for stamped in entries {
        if let Some(names) = named(&stamped.fact) {
            let officer = "person:sam.cole".parse().expect("a principal");
            if stamped.by.principal != officer || !told.sent.contains(&stamped.id) {
                wrong.push(format!("a clear without authority: {stamped:?}"));
            }
            if told.refused_clears.contains(&stamped.id) {
                wrong.push(format!("refused, and came true: {}", stamped.id));
            }
            for name in names.iter().filter(|name| !stand.contains(*name)) {
                wrong.push(format!(
                    "{} names {name}, which stands after it",
                    stamped.id
                ));
            }
        }
        if !stand.insert(stamped.id) {
            wrong.push(format!("stands twice: {}", stamped.id));
        }
    }
    let kept = told.accepted_clears.difference(&told.lost_clears);
    for lost in kept.filter(|clear| !stand.contains(*clear)) {
        wrong.push(format!("accepted, and lost: the clear {lost}"));
    }
    wrong
}

/// Invariants 3 and 4, of what the screens showed.
fn screens(entries: &[Stamped], lowered: &[Lowered], told: &Told) -> Vec<String> {
    let clears = entries.iter();
    let clears = clears.filter_map(|stamped| Some((stamped.id, named(&stamped.fact)?)));
    let clears: BTreeMap<FactId, &[FactId]> = clears.collect();
    let mut wrong = Vec::new();
    for one in lowered {
        let committed = one.by.is_some_and(|by| {
            let names = clears
                .get(&by)
                .is_some_and(|names| names.contains(&one.item));
            names || told.lost_clears.contains(&by)
        }) || told.lost_clears.contains(&one.item);
        if !committed {
            wrong.push(format!("lowered by no committed clear: {one:?}"));
        }
    }
    for strange in &told.strange {
        wrong.push(format!("shown, and never sent: {strange}"));
    }
    wrong
}

/// Invariant 11: the offline check, with every head that was handed out.
fn offline(export: &Export, told: &Told, tail_lost: bool) -> Option<String> {
    let keys = export.keys.iter().map(|key| key.parse().expect("a key"));
    let keys: Vec<VerifierKey> = keys.collect();
    let heads = told.heads.iter().map(|head| head.parse().expect("a head"));
    let heads: Vec<SignedHead> = heads.collect();
    let report = check(export, &keys, &heads);
    match report.verdict {
        Verdict::Whole => None,
        Verdict::TailLost { .. } if tail_lost => None,
        verdict @ (Verdict::TailLost { .. } | Verdict::Tampered { .. }) => {
            Some(format!("the timeline does not hold: {verdict:?}"))
        }
    }
}
