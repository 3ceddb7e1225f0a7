//! Logs, entries and details as rows. Every function works inside the caller's transaction.

use std::collections::HashMap;

use lockstep_proto::Timestamp;
use lockstep_proto::export::{Detail, Salt};
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::merkle::{Frontier, Hash};
use lockstep_proto::position::Position;
use lockstep_proto::timeline::{LogId, unseal};
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};

use super::super::draft::{Draft, Fault, Head, Row, draft};
use super::super::{Appended, Expected, Placed, SAYING_MAX, Stored, Tip, has_room};
use super::queue::Stop;
use crate::clock::Moment;

/// What stands in the database is not what this release, or an older one, wrote.
pub(super) fn damaged(what: impl std::fmt::Display) -> Stop {
    Stop::Fault(Fault::Damaged(what.to_string()))
}

pub(super) fn time(micros: i64) -> Result<Timestamp, Stop> {
    Timestamp::from_microsecond(micros).map_err(damaged)
}

fn number(n: u64) -> Result<i64, Stop> {
    i64::try_from(n).map_err(damaged)
}

/// Appends facts where the log ends, or answers where they stand.
pub(super) fn append(
    conn: &Connection,
    log: &LogId,
    expected: Option<&Expected>,
    facts: &[Stamped],
    moment: Moment,
) -> Result<Appended, Stop> {
    let head = head(conn, log)?;
    append_from(conn, log, head, expected, facts, moment)
}

/// The same, with the log's newest end in hand.
pub(super) fn append_from(
    conn: &Connection,
    log: &LogId,
    head: Head,
    expected: Option<&Expected>,
    facts: &[Stamped],
    moment: Moment,
) -> Result<Appended, Stop> {
    let mut stood = HashMap::new();
    for fact in facts {
        if let Some(placed) = find(conn, log, fact.id)? {
            stood.insert(fact.id, placed);
        }
    }
    let draft = draft(log, head, expected, facts, stood, moment)?;
    if !draft.rows.is_empty() {
        put_head(conn, log, &draft)?;
        for row in &draft.rows {
            put_row(conn, log, row)?;
        }
    }
    Ok(draft.appended)
}

fn put_head(conn: &Connection, log: &LogId, draft: &Draft) -> Result<(), Stop> {
    let head = &draft.head;
    conn.prepare_cached(
        "INSERT INTO log (district, campus, epoch, size, frontier, recorded)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (district, campus) DO UPDATE SET epoch = excluded.epoch,
             size = excluded.size, frontier = excluded.frontier, recorded = excluded.recorded",
    )?
    .execute(params![
        log.district.as_str(),
        log.campus_name(),
        head.tip.epoch,
        number(head.tip.frontier.size())?,
        head.tip.frontier.to_bytes(),
        head.recorded.map(|at| at.as_microsecond()),
    ])?;
    Ok(())
}

fn put_row(conn: &Connection, log: &LogId, row: &Row) -> Result<(), Stop> {
    let (district, campus) = (log.district.as_str(), log.campus_name());
    let seq = number(row.placed.position.seq)?;
    conn.prepare_cached(
        "INSERT INTO entry (district, campus, seq, epoch, fact_id, recorded, leaf, canonical)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        district,
        campus,
        seq,
        row.placed.position.epoch,
        row.placed.id.0.as_bytes(),
        row.placed.recorded.as_microsecond(),
        row.leaf.0,
        row.sealed.canonical,
    ])?;
    for detail in &row.sealed.details {
        conn.prepare_cached(
            "INSERT INTO detail (district, campus, seq, hash, salt, text, removed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            district,
            campus,
            seq,
            detail.hash.0,
            detail.salt.map(|salt| salt.0),
            detail.text,
            detail.removed,
        ])?;
    }
    Ok(())
}

/// The log's newest end.
pub(super) fn head(conn: &Connection, log: &LogId) -> Result<Head, Stop> {
    let row = conn
        .prepare_cached(
            "SELECT epoch, size, frontier, recorded FROM log WHERE district = ?1 AND campus = ?2",
        )?
        .query_row(params![log.district.as_str(), log.campus_name()], |row| {
            let size: i64 = row.get(1)?;
            let frontier: Vec<u8> = row.get(2)?;
            let recorded: i64 = row.get(3)?;
            Ok((row.get(0)?, size, frontier, recorded))
        })
        .optional()?;
    let Some((epoch, size, frontier, recorded)) = row else {
        return Ok(Head::default());
    };
    let frontier = Frontier::from_bytes(&frontier).map_err(damaged)?;
    if number(frontier.size())? != size {
        return Err(damaged("a frontier of another size than its log"));
    }
    Ok(Head {
        tip: Tip { epoch, frontier },
        recorded: Some(time(recorded)?),
    })
}

/// Where a fact stands.
pub(super) fn find(conn: &Connection, log: &LogId, id: FactId) -> Result<Option<Placed>, Stop> {
    let row = conn
        .prepare_cached(
            "SELECT epoch, seq, recorded FROM entry
             WHERE district = ?1 AND campus = ?2 AND fact_id = ?3",
        )?
        .query_row(
            params![log.district.as_str(), log.campus_name(), id.0.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    row.map(|(epoch, seq, recorded): (u32, i64, i64)| {
        Ok(Placed {
            id,
            position: Position {
                epoch,
                seq: u64::try_from(seq).map_err(damaged)?,
            },
            recorded: time(recorded)?,
            new: false,
        })
    })
    .transpose()
}

/// Entries after `after`, with their details.
pub(super) fn read(
    conn: &Connection,
    log: &LogId,
    after: u64,
    limit: usize,
) -> Result<Vec<Stored>, Stop> {
    let (district, campus) = (log.district.as_str(), log.campus_name());
    // A seq beyond what a database counts to is beyond every log.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(
        "SELECT seq, canonical FROM entry
         WHERE district = ?1 AND campus = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
    )?;
    let mut rows = statement.query(params![district, campus, after, limit])?;
    let mut entries: Vec<(i64, String)> = Vec::new();
    let mut read = 0;
    while let Some(row) = rows.next()? {
        let canonical: String = row.get(1)?;
        if !has_room(&mut read, &canonical) {
            break;
        }
        entries.push((row.get(0)?, canonical));
    }
    let Some((last, _)) = entries.last() else {
        return Ok(Vec::new());
    };
    let mut details: HashMap<i64, Vec<Detail>> = HashMap::new();
    let mut statement = conn.prepare_cached(
        "SELECT seq, hash, salt, text, removed FROM detail
         WHERE district = ?1 AND campus = ?2 AND seq > ?3 AND seq <= ?4",
    )?;
    let rows = statement.query_map(params![district, campus, after, last], detail)?;
    for row in rows {
        let (seq, detail) = row?;
        details.entry(seq).or_default().push(detail);
    }
    let stored = |(seq, canonical): (i64, String)| {
        let details = details.remove(&seq).unwrap_or_default();
        Ok(Stored {
            entry: unseal(&canonical, &details).map_err(damaged)?,
            canonical,
            details,
        })
    };
    entries.into_iter().map(stored).collect()
}

/// Entries with this text among their words.
pub(super) fn saying(conn: &Connection, log: &LogId, text: &str) -> Result<Vec<Stored>, Stop> {
    let limit = i64::try_from(SAYING_MAX).map_err(damaged)?;
    let seqs: Vec<i64> = conn
        .prepare_cached(
            "SELECT DISTINCT seq FROM detail
             WHERE district = ?1 AND campus = ?2 AND text = ?3 ORDER BY seq LIMIT ?4",
        )?
        .query_map(
            params![log.district.as_str(), log.campus_name(), text, limit],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for seq in seqs {
        let before = u64::try_from(seq - 1).map_err(damaged)?;
        found.extend(read(conn, log, before, 1)?);
    }
    Ok(found)
}

fn detail(row: &SqlRow<'_>) -> Result<(i64, Detail), rusqlite::Error> {
    let salt: Option<[u8; 16]> = row.get(2)?;
    let detail = Detail {
        hash: Hash(row.get(1)?),
        salt: salt.map(Salt),
        text: row.get(3)?,
        removed: row.get(4)?,
    };
    Ok((row.get(0)?, detail))
}

/// The first leaves.
pub(super) fn leaves(conn: &Connection, log: &LogId, size: u64) -> Result<Vec<Hash>, Stop> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let leaves = conn
        .prepare_cached(
            "SELECT leaf FROM entry
             WHERE district = ?1 AND campus = ?2 AND seq <= ?3 ORDER BY seq",
        )?
        .query_map(
            params![log.district.as_str(), log.campus_name(), size],
            |row| row.get(0).map(Hash),
        )?
        .collect::<Result<_, _>>()?;
    Ok(leaves)
}

/// Every log.
pub(super) fn logs(conn: &Connection) -> Result<Vec<LogId>, Stop> {
    let mut statement = conn.prepare_cached("SELECT district || '/' || campus FROM log")?;
    let names = statement.query_map([], |row| row.get(0))?;
    let mut logs = Vec::new();
    for name in names {
        let name: String = name?;
        logs.push(name.parse().map_err(damaged)?);
    }
    logs.sort();
    Ok(logs)
}

/// Writes the one row that is there to be written.
pub(super) fn touch(conn: &Connection, at: Timestamp) -> Result<(), rusqlite::Error> {
    conn.prepare_cached(
        "INSERT INTO probe (one, at) VALUES (1, ?1)
         ON CONFLICT (one) DO UPDATE SET at = excluded.at",
    )?
    .execute([at.as_microsecond()])?;
    Ok(())
}

/// More than the largest entry takes with its details, keys and pages.
const ROOM_BYTES: i64 = 256 * 1024;

/// Whether an entry of any size could be written now.
///
/// Room for it is written out to the write-ahead log and taken back: the file keeps its length,
/// so that the next entry finds there what the probe found, and a nearly full disk is not filled
/// by asking. The small row is what is committed.
pub(super) fn probe(conn: &Connection, at: Timestamp) -> Result<(), rusqlite::Error> {
    touch(conn, at)?;
    conn.execute_batch("SAVEPOINT room")?;
    conn.prepare_cached("UPDATE probe SET room = zeroblob(?1)")?
        .execute([ROOM_BYTES])?;
    conn.cache_flush()?;
    conn.execute_batch("ROLLBACK TO room; RELEASE room")
}
