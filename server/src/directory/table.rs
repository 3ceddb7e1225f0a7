//! A list as a table (CSV, RFC 4180) with the names of its columns in the first line: read row by
//! row, and where it is wrong, the line, the column and the reason are named.

use std::fmt::Display;
use std::io::Read;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::check::Wrong;

/// The most rows of one list: what a large district's enrolments come to, twice.
const ROWS_MAX: u64 = 5_000_000;

/// Why a list was not taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{list}, line {line}, column {column}: {reason}")]
pub struct BadList {
    /// Which, as people say it.
    pub list: &'static str,
    /// The line, from 1: where the row begins.
    pub line: u64,
    /// The column's name.
    pub column: String,
    /// What is wrong there, and what to do.
    pub reason: String,
}

/// The columns of a list.
pub(super) struct Columns {
    /// As a message calls it.
    pub(super) list: &'static str,
    /// Those without which nothing is read.
    pub(super) needed: &'static [&'static str],
    /// Those that may be left out.
    pub(super) optional: &'static [&'static str],
    /// Whether there may be more, which nobody reads.
    pub(super) others: bool,
    /// What lists of before call a column, and what it is called now.
    pub(super) older: &'static [(&'static str, &'static str)],
}

impl Columns {
    pub(super) fn wrong(&self, line: u64, column: &str, reason: impl Into<String>) -> BadList {
        BadList {
            list: self.list,
            line,
            column: column.to_owned(),
            reason: reason.into(),
        }
    }

    /// What a column of a list is called now.
    fn now<'a>(&self, column: &'a str) -> &'a str {
        let older = self.older.iter().find(|(older, _)| *older == column);
        older.map_or(column, |(_, now)| *now)
    }

    /// Where each column of the head is known, there once, and none is missing. A column that is
    /// left out by a slip of the pen would take a certification away.
    fn check(&self, head: &StringRecord) -> Result<(), BadList> {
        let known = [self.needed, self.optional].concat();
        for (at, column) in head.iter().enumerate() {
            let now = self.now(column);
            let known_here = known.contains(&now);
            if !known_here && self.others {
                continue;
            }
            if !known_here {
                let reason = format!("it is not known; the columns are {}", known.join(", "));
                return Err(self.wrong(1, column, reason));
            }
            if head.iter().take(at).any(|before| self.now(before) == now) {
                return Err(self.wrong(1, column, "it is there twice"));
            }
        }
        let missing = self
            .needed
            .iter()
            .find(|one| !head.iter().any(|c| self.now(c) == **one));
        match missing {
            Some(column) => Err(self.wrong(1, column, "it is missing")),
            None => Ok(()),
        }
    }
}

/// One row, by the names of its columns.
pub(super) struct Row<'a> {
    columns: &'a Columns,
    head: &'a StringRecord,
    cells: &'a StringRecord,
}

impl Row<'_> {
    /// What stands in a column: nothing where the list has no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        let mut head = self.head.iter();
        let at = head.position(|name| self.columns.now(name) == column);
        at.and_then(|at| self.cells.get(at)).unwrap_or_default()
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, BadList> {
        self.one(column, self.text(column))
    }

    /// Several in one cell, with blanks or semicolons between them.
    pub(super) fn several<T: FromStr<Err: Display>>(
        &self,
        column: &str,
    ) -> Result<Vec<T>, BadList> {
        self.text(column)
            .split([' ', ';'])
            .filter(|text| !text.is_empty())
            .map(|text| self.one(column, text))
            .collect()
    }

    fn one<T: FromStr<Err: Display>>(&self, column: &str, text: &str) -> Result<T, BadList> {
        text.parse().map_err(|why: T::Err| {
            let why = why.to_string();
            let quoted = format!("`{text}`");
            let quotes_it = why.starts_with(&quoted);
            self.wrong(
                column,
                if quotes_it {
                    why
                } else {
                    format!("{quoted}: {why}")
                },
            )
        })
    }

    /// Where it begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.cells.position().map_or(1, csv::Position::line)
    }

    pub(super) fn wrong(&self, column: &str, reason: String) -> BadList {
        // As this list calls it.
        let mut head = self.head.iter();
        let called = head.find(|name| self.columns.now(name) == column);
        self.columns
            .wrong(self.line(), called.unwrap_or(column), reason)
    }

    pub(super) fn blamed(&self, Wrong { field, reason }: Wrong) -> BadList {
        self.wrong(field, reason)
    }
}

/// Reads every row, each thrown away before the next. A byte-order mark, which spreadsheets write,
/// means nothing.
pub(super) fn rows(
    columns: &Columns,
    text: impl Read,
    mut take: impl FnMut(&Row<'_>) -> Result<(), BadList>,
) -> Result<(), BadList> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text);
    let unreadable = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let unequal = matches!(error.kind(), csv::ErrorKind::UnequalLengths { .. });
        let reason = if unequal {
            "it has not as many cells as the first line".to_owned()
        } else {
            error.to_string()
        };
        columns.wrong(line, "(the whole row)", reason)
    };
    let head = reader
        .headers()
        .map_err(|error| unreadable(&error))?
        .clone();
    columns.check(&head)?;
    let mut cells = StringRecord::new();
    let mut read = 0;
    while reader
        .read_record(&mut cells)
        .map_err(|error| unreadable(&error))?
    {
        read += 1;
        let row = Row {
            columns,
            head: &head,
            cells: &cells,
        };
        if read > ROWS_MAX {
            let reason = format!("there are more than {ROWS_MAX} rows");
            return Err(row.wrong("(the whole row)", reason));
        }
        take(&row)?;
    }
    if read == 0 {
        // A system that failed to write its list writes an empty one.
        let first = columns.needed.first().copied().unwrap_or_default();
        return Err(columns.wrong(1, first, "there is no row in it"));
    }
    Ok(())
}
