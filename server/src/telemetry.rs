//! Logs and metrics. Logs name ids and durations, never people, words or tokens.
//!
//! Every metric name: `lockstep_connections`, `lockstep_commands_total`,
//! `lockstep_command_seconds`, `lockstep_journal_appends_total` (commits of raises and notes),
//! `lockstep_receipts_dropped_total` (not confirmed: their clients send them again); of the bus
//! between instances: `lockstep_bus_joined` (1 while words pass), `lockstep_bus_said_total`,
//! `lockstep_bus_late_total` (said, and not answered in time), `lockstep_bus_heard_total`,
//! `lockstep_bus_dropped_total` by `why`.

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Whether words pass between the instances.
pub(crate) const BUS_JOINED: &str = "lockstep_bus_joined";
/// Words that the bus took.
pub(crate) const BUS_SAID: &str = "lockstep_bus_said_total";
/// Words whose taking was not answered in time.
pub(crate) const BUS_LATE: &str = "lockstep_bus_late_total";
/// Words that came in.
pub(crate) const BUS_HEARD: &str = "lockstep_bus_heard_total";
/// Words that were not passed on, and why.
pub(crate) const BUS_DROPPED: &str = "lockstep_bus_dropped_total";

/// What writes whole frames and headers into its own finest log: never that, whatever is asked.
const TALKATIVE: [&str; 3] = ["tungstenite=info", "hyper=info", "h2=info"];

/// Logs to standard error from here on; `RUST_LOG` says how much.
pub fn logs(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let quiet = TALKATIVE.iter().filter_map(|quiet| quiet.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A file or a pipe has no colours.
        .with_ansi(std::io::stderr().is_terminal())
        // A line that cannot be written is lost. To say so would be to write another, and to panic
        // over it: with its log on a full disk, a campus task ended at each warning.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    // A second call (tests) changes nothing.
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Counts from here on.
pub fn metrics() -> Result<PrometheusHandle, BuildError> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second server in one process (tests) keeps the first one's recorder.
    let _ = metrics::set_global_recorder(recorder);
    Ok(handle)
}
