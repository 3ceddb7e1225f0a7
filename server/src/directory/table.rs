//! A list as a table (CSV, RFC 4180) with the names of its columns in the first line: read row by
//! row, and where it is wrong, the line, the column and the reason are named.

use std::fmt::Display;
use std::io::Read;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::BadFile;
use super::check::Wrong;

/// The most rows of one list: what a large district's enrolments come to, twice.
const ROWS_MAX: u64 = 5_000_000;

/// How much of a column's name, and of a reason, is shown: both may be made of what stands in a cell.
const COLUMN_MAX: usize = 60;
const REASON_MAX: usize = 500;

/// What a file says, as it can stand on a terminal: none of it moves the cursor, and a whole file that
/// is one cell does not fill the screen.
fn shown(text: &str, max: usize) -> String {
    let mut plain: String = text
        .chars()
        .take(max)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(max).is_some() {
        plain.push('…');
    }
    plain
}

const NO_UTF_8: &str =
    "this is no UTF-8; save the file as UTF-8 (a spreadsheet calls it “CSV UTF-8”)";

/// The text of a file, which is UTF-8, or where it is not: line and character, from 1.
pub(crate) fn text_of(bytes: Vec<u8>) -> Result<String, BadFile> {
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let good = String::from_utf8_lossy(good);
        let last = good.rsplit('\n').next().unwrap_or_default();
        BadFile {
            line: 1 + good.matches('\n').count(),
            column: 1 + last.chars().count(),
            reason: NO_UTF_8.to_owned(),
        }
    })
}

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
            column: shown(column, COLUMN_MAX),
            reason: shown(&reason.into(), REASON_MAX),
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
    let unreadable = |error: &csv::Error, head: &StringRecord| {
        let line = error.position().map_or(1, csv::Position::line);
        let (column, reason) = if let csv::ErrorKind::Utf8 { err, .. } = error.kind() {
            (head.get(err.field()), NO_UTF_8.to_owned())
        } else if matches!(error.kind(), csv::ErrorKind::UnequalLengths { .. }) {
            let reason = "it has not as many cells as the first line";
            (None, reason.to_owned())
        } else {
            (None, error.to_string())
        };
        columns.wrong(line, column.unwrap_or("(the whole row)"), reason)
    };
    let none = StringRecord::new();
    let head = reader
        .headers()
        .map_err(|error| unreadable(&error, &none))?
        .clone();
    columns.check(&head)?;
    let mut cells = StringRecord::new();
    let mut read = 0;
    while reader
        .read_record(&mut cells)
        .map_err(|error| unreadable(&error, &head))?
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_file_that_is_no_utf_8_is_told_of_by_line_and_column() {
        let of = |bytes: &[u8]| {
            let bad = text_of(bytes.to_vec()).unwrap_err();
            (bad.line, bad.column)
        };
        assert_eq!(of(b"id,name\nn1,Jos\xe9\n"), (2, 7));
        assert_eq!(of(b"\xff\xfei\0d\0"), (1, 1));
        assert_eq!(of("é,\n\nü".as_bytes().split_last().unwrap().1), (3, 1));
        assert_eq!(text_of("é,\n".into()).unwrap(), "é,\n");
        // One that is read row by row, as an archive's are.
        let columns = Columns {
            list: "users.csv",
            needed: &["id", "name"],
            optional: &[],
            others: false,
            older: &[],
        };
        let bad = rows(&columns, &b"id,name\nn1,Ana\nn2,Jos\xe9\n"[..], |_| Ok(()));
        let bad = bad.unwrap_err();
        assert_eq!((bad.line, &*bad.column), (3, "name"));
        assert!(bad.reason.contains("UTF-8") && !bad.reason.contains("Jos"));
    }

    /// Whoever reads the error sees what it says, and nothing that the file makes of the terminal.
    #[test]
    fn what_stands_in_a_cell_is_shown_short_and_plain() {
        let columns = Columns {
            list: "the list of rooms",
            needed: &["id"],
            optional: &[],
            others: false,
            older: &[],
        };
        let said = |text: &str| {
            let bad = rows(&columns, text.as_bytes(), |row| {
                row.parsed::<u8>("id").map(|_| ())
            });
            bad.unwrap_err().to_string()
        };
        for text in [
            format!("{}\n1\n", "x".repeat(1 << 20)),
            format!("id\n{}\n", "x".repeat(1 << 20)),
        ] {
            let said = said(&text);
            assert!(
                said.len() < 800 && said.contains('…'),
                "{} bytes",
                said.len()
            );
        }
        for text in [
            "\u{1b}]0;owned\u{7}\n1\n",
            "id\n\u{1b}[2J\u{9b}31m\n",
            "id\n\"a\r\nb\"\n",
        ] {
            let said = said(text);
            assert!(!said.chars().any(char::is_control), "{said:?}");
        }
    }
}
