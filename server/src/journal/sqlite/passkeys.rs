//! Passkeys as rows. As in `people.rs`, every function works inside the caller's transaction.

use lockstep_proto::Timestamp;
use lockstep_proto::directory::Person;
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{DistrictId, PasskeyId, PersonId};
use rusqlite::{Connection, params};

use super::super::draft::Fault;
use super::super::{Passkey, change};
use super::people::{note, thing};
use super::queue::Stop;
use super::rows::damaged;
use crate::clock::Moment;

/// Keeps another one.
pub(super) fn add(
    conn: &Connection,
    district: &DistrictId,
    person: &PersonId,
    passkey: &Passkey,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<(), Stop> {
    let known: Option<Person> = thing(conn, district, "person", person.as_str())?;
    let has = of(conn, district, person)?.len();
    let taken = conn
        .prepare_cached("SELECT 1 FROM passkey WHERE district = ?1 AND id = ?2")?
        .exists(params![district.as_str(), passkey.id.as_str()])?;
    let fact = change::passkey_added(person, &passkey.id, known.is_some(), has, taken)?;
    let body = serde_json::to_string(passkey)
        .map_err(|why| Fault::Unavailable(format!("a passkey cannot be kept: {why}")))?;
    conn.prepare_cached(
        "INSERT INTO passkey (district, id, person, made_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        district.as_str(),
        passkey.id.as_str(),
        person.as_str(),
        passkey.made_at.as_microsecond(),
        body
    ])?;
    note(conn, district, by, at, fact, moment)
}

/// Takes one away.
pub(super) fn remove(
    conn: &Connection,
    district: &DistrictId,
    person: &PersonId,
    passkey: &PasskeyId,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<bool, Stop> {
    let gone = conn
        .prepare_cached("DELETE FROM passkey WHERE district = ?1 AND id = ?2 AND person = ?3")?
        .execute(params![
            district.as_str(),
            passkey.as_str(),
            person.as_str()
        ])?;
    if gone == 0 {
        return Ok(false);
    }
    let fact = Fact::PasskeyRemoved {
        person: person.clone(),
        passkey: passkey.clone(),
    };
    note(conn, district, by, at, fact, moment)?;
    Ok(true)
}

/// Those of a person.
pub(super) fn of(
    conn: &Connection,
    district: &DistrictId,
    person: &PersonId,
) -> Result<Vec<Passkey>, Stop> {
    let mut statement = conn.prepare_cached(
        "SELECT body FROM passkey WHERE district = ?1 AND person = ?2 ORDER BY made_at, id",
    )?;
    let mut rows = statement.query(params![district.as_str(), person.as_str()])?;
    let mut passkeys = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        passkeys.push(serde_json::from_str(&body).map_err(damaged)?);
    }
    Ok(passkeys)
}
