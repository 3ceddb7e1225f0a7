//! Options of what is told from a timeline: `report` and `drill-file`.

use std::path::PathBuf;

use clap::Args;
use lockstep_proto::id::CampusId;

/// The after-action report of an incident.
#[derive(Debug, Args)]
pub struct Report {
    /// The campus; left out with --export
    #[arg(value_name = "CAMPUS", required_unless_present = "export")]
    pub first: Option<String>,
    /// The entry that opened the incident; the incidents are listed if it is left out
    #[arg(value_name = "SEQ")]
    pub second: Option<u64>,
    /// From an exported timeline, which is checked first; asks no server
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
    /// Write the page to print, as one HTML file
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// With --export: a file of verifier keys, or one key itself; those kept at sign-in if left out
    #[arg(long, value_name = "FILE|KEY", requires = "export")]
    pub keys: Vec<String>,
    /// With --export: a file of signed heads that somebody kept
    #[arg(long, value_name = "FILE", requires = "export")]
    pub heads: Vec<PathBuf>,
}

/// The drills of a year.
#[derive(Debug, Args)]
pub struct DrillFile {
    /// The campus
    pub campus: CampusId,
    /// The year, in universal time
    #[arg(long, value_parser = clap::value_parser!(i16).range(2000..=9999))]
    pub year: i16,
    /// Write the page to print, as one HTML file
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}
