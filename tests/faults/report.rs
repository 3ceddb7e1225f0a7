//! The report: one line of JSON a try, kept between runs, and the table made of it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::rows::{Promise, Row};
use crate::tries::Done;

const BUILD: &str = if cfg!(debug_assertions) {
    "debug"
} else {
    "release"
};

pub(crate) struct Report {
    file: File,
    done: BTreeMap<String, Vec<Done>>,
}

/// Beside the test that runs, unless it is named. A run of the quick rows keeps nothing.
fn path() -> Option<PathBuf> {
    let named = std::env::var_os("LOCKSTEP_FAULTS_REPORT").map(PathBuf::from);
    let folder = named.or_else(|| {
        std::env::var_os("LOCKSTEP_FAULTS")?;
        let test = std::env::current_exe().ok()?;
        Some(test.ancestors().nth(2)?.join("faults"))
    })?;
    std::fs::create_dir_all(&folder).expect("a folder for the report");
    Some(folder.join(format!("faults-{BUILD}.jsonl")))
}

impl Report {
    pub(crate) fn open() -> Self {
        let Some(path) = path() else {
            let file = tempfile::tempfile().expect("a file for the report");
            return Self {
                file,
                done: BTreeMap::new(),
            };
        };
        println!("the report: {}", path.display());
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(&path);
        let file = file.expect("a file for the report");
        let mut report = Self {
            file,
            done: BTreeMap::new(),
        };
        let lines = BufReader::new(report.file.try_clone().expect("its lines")).lines();
        // A line that was cut short is a try that is made again.
        for line in lines.map_while(Result::ok) {
            if let Ok(done) = serde_json::from_str(&line) {
                report.keep(done);
            }
        }
        report
    }

    fn keep(&mut self, done: Done) {
        self.done.entry(done.row.clone()).or_default().push(done);
    }

    pub(crate) fn add(&mut self, done: &Done) {
        let line = serde_json::to_string(done).expect("a line");
        // One write: whoever stops us leaves whole lines, or one that is cut short.
        self.file
            .write_all(format!("{line}\n").as_bytes())
            .expect("written");
        self.keep(serde_json::from_str(&line).expect("what was written"));
    }

    fn of(&self, row: Row) -> &[Done] {
        self.done.get(row.name()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn tries(&self, row: Row) -> usize {
        self.of(row).len()
    }

    /// The table, and whether everything in it is as promised.
    pub(crate) fn print(&self, wanted: &[(Row, usize)]) -> ExitCode {
        let mut wrong = 0;
        println!();
        println!(
            "{BUILD} build; median, then the 99th percentile from 100 tries on, else the worst"
        );
        println!(
            "{:<22} {:>5}  {:<32} {:>9} {:>9} {:>9}",
            "fault", "tries", "", "promised", "median", "worst"
        );
        for (row, _) in wanted {
            wrong += self.print_row(*row);
        }
        if wrong == 0 {
            println!("everything is as promised");
            ExitCode::SUCCESS
        } else {
            println!("{wrong} things are not as promised");
            ExitCode::FAILURE
        }
    }

    fn print_row(&self, row: Row) -> usize {
        let tries = self.of(row);
        let mut name = row.name();
        let mut wrong = 0;
        for promise in row.promises() {
            let measured = Measured::of(tries, &promise);
            let missed = if measured.misses { "  MISSED" } else { "" };
            let unit = promise.what.unit();
            println!(
                "{name:<22} {:>5}  {:<32} {:>6} {unit:<2} {:>6.0} {unit:<2} {:>6.0} {unit:<2}{missed}",
                measured.tries,
                promise.what.name(),
                promise.bound(),
                measured.median,
                measured.worst,
            );
            name = "";
            wrong += usize::from(measured.misses);
        }
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (what, n) in tries.iter().flat_map(|done| &done.counts) {
            *counts.entry(what).or_default() += n;
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        let violations: Vec<&String> = tries.iter().flat_map(|done| &done.violations).collect();
        println!(
            "{name:<22} {:>5}  {} violations{}{}",
            tries.len(),
            violations.len(),
            if counts.is_empty() { "" } else { "; " },
            counts.join(", ")
        );
        for why in &violations {
            println!("    {why}");
        }
        wrong + violations.len()
    }
}

struct Measured {
    tries: usize,
    median: f64,
    worst: f64,
    misses: bool,
}

impl Measured {
    fn of(tries: &[Done], promise: &Promise) -> Self {
        let took = tries
            .iter()
            .filter_map(|done| done.took.get(promise.what.name()));
        let mut took: Vec<f64> = took.copied().collect();
        took.sort_by(f64::total_cmp);
        let n = took.len();
        let at = |index: usize| took.get(index).copied().unwrap_or(f64::NAN);
        let last = if n >= 100 { (n * 99).div_ceil(100) } else { n };
        let worst = at(last.saturating_sub(1));
        Self {
            tries: n,
            median: at(n / 2),
            worst,
            #[allow(clippy::cast_precision_loss, reason = "bounds are seconds")]
            misses: worst > promise.bound() as f64,
        }
    }
}
