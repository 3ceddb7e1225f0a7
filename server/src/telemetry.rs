//! Logs and metrics. Logs name ids and durations, never people, words or tokens.
//!
//! What is counted, and what it tells: [`metric::ALL`].

pub mod metric;

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use metric::{Kind, Metric};

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
    for Metric { name, kind, says } in metric::ALL {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *says),
            Kind::Gauge => metrics::describe_gauge!(*name, *says),
            Kind::Summary => metrics::describe_histogram!(*name, *says),
        }
    }
    // Told from the start: what was never there cannot be told from what is not asked for.
    metrics::gauge!(metric::DEGRADED).increment(0.0);
    metrics::counter!(metric::TAIL_LOST).increment(0);
    for why in ["full", "disk", "other"] {
        metrics::counter!(metric::SPOOL_FAILED, "why" => why).increment(0);
    }
    Ok(handle)
}
