//! What happened, counted.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default, Clone)]
pub(crate) struct Tally(BTreeMap<String, usize>);

impl Tally {
    pub(crate) fn note(&mut self, what: &str, n: usize) {
        if n > 0 {
            *self.0.entry(what.to_owned()).or_insert(0) += n;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, n) in &other.0 {
            self.note(what, *n);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, n) in &self.0 {
            writeln!(f, "    {n:>9}  {what}")?;
        }
        Ok(())
    }
}
