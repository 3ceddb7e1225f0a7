//! Logs, entries and details as rows. Every function works inside the caller's session.
//!
//! Whoever writes to a log holds its row in `log` locked from its first statement until its
//! transaction ends. That lock is the order of the log; and whoever takes it knows that no COMMIT
//! is on its way any more.

use std::collections::HashMap;

use futures_util::future::try_join;
use lockstep_proto::Timestamp;
use lockstep_proto::export::{Detail, Salt};
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::{DistrictId, FactId};
use lockstep_proto::merkle::{Frontier, Hash};
use lockstep_proto::position::Position;
use lockstep_proto::timeline::{LogId, unseal};
use tokio_postgres::Row as SqlRow;
use uuid::Uuid;

use super::super::draft::{Draft, Fault, Head, Row, draft};
use super::super::{Appended, Expected, Placed, READ_BYTES, SAYING_MAX, Stored, Tip};
use super::pool::{Session, Stop, get, params, stands};
use crate::clock::Ticker;

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

fn hash(bytes: &[u8]) -> Result<Hash, Stop> {
    Ok(Hash(bytes.try_into().map_err(damaged)?))
}

/// Where facts stand, by their ids.
pub(super) type Stood = HashMap<FactId, Placed>;

/// Locks a log, and reads its newest end and which of these facts it has.
pub(super) async fn lock(on: &Session, log: &LogId, ids: &[FactId]) -> Result<(Head, Stood), Stop> {
    loop {
        // One round trip: what stands is looked up once the lock is held.
        let (head, stood) = try_join(lock_row(on, log), find(on, log, ids)).await?;
        if let Some(head) = head {
            return Ok((head, stood));
        }
        // The log's first append. Where another one is making the row, this waits for its end.
        on.ask(
            "INSERT INTO log (district, campus, epoch, size, frontier, recorded)
             VALUES ($1, $2, $3, 0, $4, 0) ON CONFLICT DO NOTHING",
            params![
                TEXT log.district.as_str(),
                TEXT log.campus_name(),
                INT8 i64::from(Position::START.epoch),
                BYTEA Frontier::new().to_bytes(),
            ],
        )
        .await?;
    }
}

async fn lock_row(on: &Session, log: &LogId) -> Result<Option<Head>, Stop> {
    let rows = on
        .ask(
            "SELECT epoch, size, frontier, recorded FROM log
             WHERE district = $1 AND campus = $2 FOR UPDATE",
            params![TEXT log.district.as_str(), TEXT log.campus_name()],
        )
        .await?;
    rows.first().map(of_head).transpose()
}

/// Keeps every right of a district as it is until the transaction ends: each change to one is an
/// entry of the district's own log, and waits for this.
pub(super) async fn hold_rights(on: &Session, district: &DistrictId) -> Result<(), Stop> {
    let log = LogId::district(district.clone());
    on.ask(
        "SELECT FROM log WHERE district = $1 AND campus = $2 FOR SHARE",
        params![TEXT district.as_str(), TEXT log.campus_name()],
    )
    .await?;
    Ok(())
}

/// The database's own clock.
pub(super) async fn now(on: &Session) -> Result<Timestamp, Stop> {
    let rows = on
        .ask(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
            &[],
        )
        .await?;
    let row = rows.first().ok_or_else(|| damaged("no time"))?;
    time(get(row, 0)?)
}

/// Appends facts where the log ends, or answers where they stand.
pub(super) async fn append(
    on: &Session,
    log: &LogId,
    expected: Option<&Expected>,
    facts: &[Stamped],
    ticker: &Ticker,
) -> Result<Appended, Stop> {
    let ids: Vec<FactId> = facts.iter().map(|fact| fact.id).collect();
    let (head, stood) = lock(on, log, &ids).await?;
    append_from(on, log, head, stood, expected, facts, ticker).await
}

/// The same, with the log locked and its newest end in hand.
pub(super) async fn append_from(
    on: &Session,
    log: &LogId,
    head: Head,
    stood: Stood,
    expected: Option<&Expected>,
    facts: &[Stamped],
    ticker: &Ticker,
) -> Result<Appended, Stop> {
    let position = head.tip.position();
    let draft = draft(log, head, expected, facts, stood, ticker.moment())?;
    if !draft.rows.is_empty() {
        let put = try_join(put_head(on, log, &draft), put_rows(on, log, &draft.rows));
        put.await.map_err(|stop| {
            if stands(&stop) {
                Fault::Conflict(position).into()
            } else {
                stop
            }
        })?;
    }
    Ok(draft.appended)
}

async fn put_head(on: &Session, log: &LogId, draft: &Draft) -> Result<(), Stop> {
    let head = &draft.head;
    let put = async {
        on.ask(
            "UPDATE log SET epoch = $3, size = $4, frontier = $5, recorded = $6
             WHERE district = $1 AND campus = $2",
            params![
                TEXT log.district.as_str(),
                TEXT log.campus_name(),
                INT8 i64::from(head.tip.epoch),
                INT8 number(head.tip.frontier.size())?,
                BYTEA head.tip.frontier.to_bytes(),
                INT8 head.recorded.map(|at| at.as_microsecond()),
            ],
        )
        .await
    };
    // A COMMIT that waits for a standby must not be cut short: PostgreSQL would answer it as done.
    let patient = on.ask("SET LOCAL statement_timeout = 0", &[]);
    try_join(put, patient).await?;
    Ok(())
}

async fn put_rows(on: &Session, log: &LogId, rows: &[Row]) -> Result<(), Stop> {
    let (district, campus) = (log.district.as_str(), log.campus_name());
    let (mut seqs, mut epochs, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let (mut recorded, mut leaves, mut canonical) = (Vec::new(), Vec::new(), Vec::new());
    let (mut of, mut hashes, mut salts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut texts, mut removed) = (Vec::new(), Vec::new());
    for row in rows {
        let seq = number(row.placed.position.seq)?;
        seqs.push(seq);
        epochs.push(i64::from(row.placed.position.epoch));
        ids.push(row.placed.id.0);
        recorded.push(row.placed.recorded.as_microsecond());
        leaves.push(&row.leaf.0[..]);
        canonical.push(row.sealed.canonical.as_str());
        for detail in &row.sealed.details {
            of.push(seq);
            hashes.push(&detail.hash.0[..]);
            salts.push(detail.salt.as_ref().map(|salt| &salt.0[..]));
            texts.push(detail.text.as_deref());
            removed.push(detail.removed.as_deref());
        }
    }
    let entries = async {
        on.ask(
            "INSERT INTO entry (district, campus, seq, epoch, fact_id, recorded, leaf, canonical)
             SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7, $8)",
            params![
                TEXT district, TEXT campus, INT8_ARRAY seqs, INT8_ARRAY epochs, UUID_ARRAY ids,
                INT8_ARRAY recorded, BYTEA_ARRAY leaves, TEXT_ARRAY canonical,
            ],
        )
        .await
    };
    let details = async {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        on.ask(
            "INSERT INTO detail (district, campus, seq, hash, salt, text, removed)
             SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7)",
            params![
                TEXT district, TEXT campus, INT8_ARRAY of, BYTEA_ARRAY hashes,
                BYTEA_ARRAY salts, TEXT_ARRAY texts, TEXT_ARRAY removed,
            ],
        )
        .await
    };
    try_join(entries, details).await?;
    Ok(())
}

/// The log's newest end.
pub(super) async fn head(on: &Session, log: &LogId) -> Result<Head, Stop> {
    let rows = on
        .ask(
            "SELECT epoch, size, frontier, recorded FROM log WHERE district = $1 AND campus = $2",
            params![TEXT log.district.as_str(), TEXT log.campus_name()],
        )
        .await?;
    rows.first().map_or_else(|| Ok(Head::default()), of_head)
}

fn of_head(row: &SqlRow) -> Result<Head, Stop> {
    let (epoch, size): (i64, i64) = (get(row, 0)?, get(row, 1)?);
    let frontier = Frontier::from_bytes(get(row, 2)?).map_err(damaged)?;
    if number(frontier.size())? != size {
        return Err(damaged("a frontier of another size than its log"));
    }
    Ok(Head {
        tip: Tip {
            epoch: u32::try_from(epoch).map_err(damaged)?,
            frontier,
        },
        // A log that is just being begun has no entry yet.
        recorded: (size > 0).then(|| time(get(row, 3)?)).transpose()?,
    })
}

/// Which of these facts stand, and where.
pub(super) async fn find(on: &Session, log: &LogId, ids: &[FactId]) -> Result<Stood, Stop> {
    if ids.is_empty() {
        return Ok(Stood::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = on
        .ask(
            "SELECT fact_id, epoch, seq, recorded FROM entry
             WHERE district = $1 AND campus = $2 AND fact_id = ANY($3)",
            params![TEXT log.district.as_str(), TEXT log.campus_name(), UUID_ARRAY ids],
        )
        .await?;
    rows.iter().map(placed).collect()
}

fn placed(row: &SqlRow) -> Result<(FactId, Placed), Stop> {
    let id = FactId(get(row, 0)?);
    let (epoch, seq): (i64, i64) = (get(row, 1)?, get(row, 2)?);
    let placed = Placed {
        id,
        position: Position {
            epoch: u32::try_from(epoch).map_err(damaged)?,
            seq: u64::try_from(seq).map_err(damaged)?,
        },
        recorded: time(get(row, 3)?)?,
        new: false,
    };
    Ok((id, placed))
}

/// Entries after `after`, with their details.
pub(super) async fn read(
    on: &Session,
    log: &LogId,
    after: u64,
    limit: usize,
) -> Result<Vec<Stored>, Stop> {
    let (district, campus) = (log.district.as_str(), log.campus_name());
    // A seq beyond what a database counts to is beyond every log.
    let after = i64::try_from(after).unwrap_or(i64::MAX - 1);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let room = i64::try_from(READ_BYTES).unwrap_or(i64::MAX);
    // The database counts the bytes: what is too much never comes over the wire.
    let entries = on
        .ask(
            "SELECT seq, canonical FROM (
                 SELECT seq, canonical, sum(octet_length(canonical)) OVER (ORDER BY seq) AS bytes
                 FROM entry WHERE district = $1 AND campus = $2 AND seq > $3
                 ORDER BY seq LIMIT $4
             ) AS page WHERE bytes <= $5 OR seq = $3 + 1 ORDER BY seq",
            params![TEXT district, TEXT campus, INT8 after, INT8 limit, INT8 room],
        )
        .await?;
    let Some(last) = entries.last() else {
        return Ok(Vec::new());
    };
    let last: i64 = get(last, 0)?;
    let rows = on
        .ask(
            "SELECT seq, hash, salt, text, removed FROM detail
             WHERE district = $1 AND campus = $2 AND seq > $3 AND seq <= $4",
            params![TEXT district, TEXT campus, INT8 after, INT8 last],
        )
        .await?;
    let mut details: HashMap<i64, Vec<Detail>> = HashMap::new();
    for row in &rows {
        details.entry(get(row, 0)?).or_default().push(detail(row)?);
    }
    let stored = |row: &SqlRow| {
        let (seq, canonical): (i64, String) = (get(row, 0)?, get(row, 1)?);
        let details = details.remove(&seq).unwrap_or_default();
        Ok(Stored {
            entry: unseal(&canonical, &details).map_err(damaged)?,
            canonical,
            details,
        })
    };
    entries.iter().map(stored).collect()
}

fn detail(row: &SqlRow) -> Result<Detail, Stop> {
    let salt: Option<&[u8]> = get(row, 2)?;
    let salt = salt.map(|salt| salt.try_into().map(Salt).map_err(damaged));
    Ok(Detail {
        hash: hash(get(row, 1)?)?,
        salt: salt.transpose()?,
        text: get(row, 3)?,
        removed: get(row, 4)?,
    })
}

/// Entries with this text among their words.
pub(super) async fn saying(on: &Session, log: &LogId, text: &str) -> Result<Vec<Stored>, Stop> {
    let rows = on
        .ask(
            "SELECT DISTINCT seq FROM detail
             WHERE district = $1 AND campus = $2 AND text = $3 ORDER BY seq LIMIT $4",
            params![
                TEXT log.district.as_str(),
                TEXT log.campus_name(),
                TEXT text,
                INT8 i64::try_from(SAYING_MAX).map_err(damaged)?,
            ],
        )
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let seq: i64 = get(row, 0)?;
        let before = u64::try_from(seq - 1).map_err(damaged)?;
        found.extend(read(on, log, before, 1).await?);
    }
    Ok(found)
}

/// The first leaves.
pub(super) async fn leaves(on: &Session, log: &LogId, size: u64) -> Result<Vec<Hash>, Stop> {
    let rows = on
        .ask(
            "SELECT leaf FROM entry
             WHERE district = $1 AND campus = $2 AND seq <= $3 ORDER BY seq",
            params![
                TEXT log.district.as_str(),
                TEXT log.campus_name(),
                INT8 i64::try_from(size).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    rows.iter().map(|row| hash(get(row, 0)?)).collect()
}

/// Every log.
pub(super) async fn logs(on: &Session) -> Result<Vec<LogId>, Stop> {
    let rows = on
        .ask("SELECT district || '/' || campus FROM log", &[])
        .await?;
    let named = |row: &SqlRow| get::<&str>(row, 0)?.parse().map_err(damaged);
    let mut logs: Vec<LogId> = rows.iter().map(named).collect::<Result<_, _>>()?;
    logs.sort();
    Ok(logs)
}

/// Has a commit of nothing go down to the disk: no row to lock or to clean up after.
pub(super) async fn probe(on: &Session) -> Result<(), Stop> {
    on.ask("SELECT pg_logical_emit_message(true, 'lockstep', '')", &[])
        .await?;
    Ok(())
}
