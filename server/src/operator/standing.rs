//! What stands open in a log: what no restore and no import may take away (P3).

use std::collections::BTreeMap;

use lockstep_proto::fact::Stamped;
use lockstep_proto::timeline::LogId;
use lockstep_rules::{Campus, Recorded};

use crate::app::{is_slow, patiently};
use crate::journal::{Journal, JournalError};

/// Entries that are read at once.
const PAGE: usize = 1_024;

/// The raises that stand open in a log, as their authors made them and in their order: what is
/// open, and every other raise of the incident that is under way. A release or an answer that
/// is lost with the tail lifts nothing any more: people look again.
pub(super) async fn standing(
    journal: &dyn Journal,
    log: &LogId,
) -> Result<Vec<Stamped>, JournalError> {
    let mut campus = Campus::new();
    let mut raises: BTreeMap<u64, Stamped> = BTreeMap::new();
    loop {
        let after = campus.position().seq;
        let entries = patiently(is_slow, async || journal.read(log, after, PAGE).await).await?;
        if entries.is_empty() {
            break;
        }
        for stored in entries {
            let stamped = stored.entry.stamped.clone();
            let recorded = Recorded {
                position: stored.entry.position(),
                at: stored.entry.recorded,
            };
            campus.apply(&stamped, Some(recorded));
            if stamped.fact.class().is_raise() {
                raises.insert(stored.entry.seq, stamped);
            }
        }
    }
    let incident = campus.incident();
    raises.retain(|seq, raise| {
        campus.is_open(raise.id) || incident.is_some_and(|opened| *seq >= opened)
    });
    Ok(raises.into_values().collect())
}
