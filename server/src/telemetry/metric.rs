//! Every metric: its name, and what it tells an operator.
//!
//! Owns the one table that `/metrics` explains itself with and that `deploy/METRICS.md` is written
//! from. It never counts anything itself.

/// How a metric moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Up only; it begins anew with the process.
    Counter,
    /// Up and down.
    Gauge,
    /// How long something took: quantiles, sum and count.
    Summary,
}

impl Kind {
    /// As the table writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
        }
    }
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// What it tells, in a sentence.
    pub says: &'static str,
}

/// Names the metrics once, as constants and as a table.
macro_rules! metrics_are {
    ($($constant:ident = $name:literal, $kind:ident: $says:literal;)*) => {
        $(#[doc = $says] pub(crate) const $constant: &str = $name;)*
        /// All of them, in the order of the published table.
        pub const ALL: &[Metric] = &[$(Metric { name: $name, kind: Kind::$kind, says: $says }),*];
    };
}

metrics_are! {
    CONNECTIONS = "lockstep_connections", Gauge:
        "Screens and programs that are connected now.";
    DEGRADED = "lockstep_degraded_campuses", Gauge:
        "Campuses whose record cannot be written from this instance now.";
    APPENDS = "lockstep_journal_appends_total", Counter:
        "Commits of raises and notes.";
    APPEND_SECONDS = "lockstep_journal_append_seconds", Summary:
        "How long the journal took for an append of raises and notes, failed ones included.";
    PROBES = "lockstep_journal_probes_total", Counter:
        "Times that the journal was written to see whether it can be, for whoever asked `/readyz`.";
    TAIL_LOST = "lockstep_journal_tail_lost_total", Counter:
        "Times that a campus's record was found without its last entries, or with others.";
    DIRECTORY_READ = "lockstep_directory_read_timestamp_seconds", Gauge:
        "When people, policy and switched-off sign-ins were last read whole, in seconds since 1970.";
    SPOOL_SLOTS = "lockstep_spool_slots", Gauge:
        "Room of the spool, in slots of 512 bytes. A fact takes two or more.";
    SPOOL_UNRECORDED = "lockstep_spool_unrecorded_slots", Gauge:
        "Slots by `lane` (`raise`, `note`) that hold what the journal is not known to have.";
    SPOOL_FAILED = "lockstep_spool_failed_total", Counter:
        "Facts that the spool did not take, by `why`: `full`, `disk` or `other`.";
    DISK_FREE = "lockstep_disk_free_bytes", Gauge:
        "Room left on the disk of the data folder.";
    RECEIPTS_DROPPED = "lockstep_receipts_dropped_total", Counter:
        "Receipts of screens that were not kept; their clients send them again.";
    SIGN_ONS = "lockstep_sign_ons_total", Counter:
        "Sign-ins with a district's own provider that ended, by `outcome`: `signed_in`, or the refusal's code.";
    CERTIFICATE_ENDS = "lockstep_tls_certificate_ends_timestamp_seconds", Gauge:
        "When the certificate that is shown ends, in seconds since 1970. Only with TLS of its own.";
    BUS_JOINED = "lockstep_bus_joined", Gauge:
        "1 while words pass between the instances, 0 while they do not. Only where Redis is named.";
    BUS_SAID = "lockstep_bus_said_total", Counter:
        "Words that Redis took.";
    BUS_LATE = "lockstep_bus_late_total", Counter:
        "Words whose taking was not answered in time.";
    BUS_HEARD = "lockstep_bus_heard_total", Counter:
        "Words that came in.";
    BUS_DROPPED = "lockstep_bus_dropped_total", Counter:
        "Words that were not passed on, by `why`.";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn table() -> String {
        let mut table = "\
# Metrics

`GET /metrics`, in Prometheus's text form, of one instance. Ask each instance, never the proxy, which does not pass it on.
This page is written from `server/src/telemetry/metric.rs` and checked by its test; `UPDATE_METRICS=1` writes it anew.
What to wake somebody for is in [`alerts.yml`](alerts.yml); what to do then, in [`DEGRADED.md`](DEGRADED.md).

| metric | kind | what it tells |
| --- | --- | --- |
"
        .to_owned();
        for Metric { name, kind, says } in ALL {
            writeln!(table, "| `{name}` | {} | {says} |", kind.word()).unwrap();
        }
        table
    }

    fn deploy(file: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../deploy")
            .join(file)
    }

    #[test]
    fn the_published_table_is_this_one() {
        let page = deploy("METRICS.md");
        if std::env::var_os("UPDATE_METRICS").is_some() {
            fs::write(&page, table()).unwrap();
        }
        assert_eq!(fs::read_to_string(page).unwrap(), table());
    }

    /// An alert on a metric that does not exist never fires.
    #[test]
    fn what_operators_are_told_to_watch_exists() {
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len(), "each name once");
        for file in ["alerts.yml", "DEGRADED.md", "CONFIGURATION.md"] {
            let text = fs::read_to_string(deploy(file)).unwrap();
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            for word in words.filter(|word| word.starts_with("lockstep_")) {
                let word = word.trim_end_matches("_count").trim_end_matches("_sum");
                // As a log filter writes the crate.
                let known = names.contains(word) || word == "lockstep_server";
                assert!(known, "{file} speaks of {word}");
            }
        }
    }
}
