//! Passkeys as rows. As in `people.rs`, every function works inside the caller's transaction.

use lockstep_proto::Timestamp;
use lockstep_proto::directory::Person;
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{DistrictId, PasskeyId, PersonId};

use super::super::{Passkey, change};
use super::people::{begin, kept, note, thing};
use super::pool::{Session, Stop, get, params};
use super::rows::damaged;
use crate::clock::Ticker;

/// Keeps another one.
pub(super) async fn add(
    on: &Session,
    district: &DistrictId,
    person: &PersonId,
    passkey: &Passkey,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<(), Stop> {
    begin(on, district).await?;
    let known: Option<Person> = thing(on, district, "person", person.as_str()).await?;
    let has = of(on, district, person).await?.len();
    let taken = on
        .ask(
            "SELECT FROM passkey WHERE district = $1 AND id = $2",
            params![TEXT district.as_str(), TEXT passkey.id.as_str()],
        )
        .await?;
    let (known, taken) = (known.is_some(), !taken.is_empty());
    let fact = change::passkey_added(person, &passkey.id, known, has, taken)?;
    let body = kept(passkey)?;
    on.ask(
        "INSERT INTO passkey (district, id, person, made_at, body) VALUES ($1, $2, $3, $4, $5)",
        params![
            TEXT district.as_str(), TEXT passkey.id.as_str(), TEXT person.as_str(),
            INT8 passkey.made_at.as_microsecond(), TEXT body.as_str()
        ],
    )
    .await?;
    note(on, district, by, at, fact, ticker).await
}

/// Takes one away.
pub(super) async fn remove(
    on: &Session,
    district: &DistrictId,
    person: &PersonId,
    passkey: &PasskeyId,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<bool, Stop> {
    begin(on, district).await?;
    let gone = on
        .ask(
            "DELETE FROM passkey WHERE district = $1 AND id = $2 AND person = $3 RETURNING id",
            params![TEXT district.as_str(), TEXT passkey.as_str(), TEXT person.as_str()],
        )
        .await?;
    if gone.is_empty() {
        return Ok(false);
    }
    let fact = Fact::PasskeyRemoved {
        person: person.clone(),
        passkey: passkey.clone(),
    };
    note(on, district, by, at, fact, ticker).await?;
    Ok(true)
}

/// Those of a person.
pub(super) async fn of(
    on: &Session,
    district: &DistrictId,
    person: &PersonId,
) -> Result<Vec<Passkey>, Stop> {
    let rows = on
        .ask(
            "SELECT body FROM passkey WHERE district = $1 AND person = $2 ORDER BY made_at, id",
            params![TEXT district.as_str(), TEXT person.as_str()],
        )
        .await?;
    let read = |row| serde_json::from_str(get(row, 0)?).map_err(damaged);
    rows.iter().map(read).collect()
}
