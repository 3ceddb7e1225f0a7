//! The directory, sign-ins, codes and PINs as rows. Every function works inside the caller's
//! session, and each change leaves its entry in the district's own log there.
//!
//! Each change locks that log first, before it reads: so changes to one district come one after
//! the other, and a right that a clear holds ([`super::rows::hold_rights`]) stays as it is.

use std::collections::BTreeMap;

use futures_util::future::try_join3;
use lockstep_proto::Timestamp;
use lockstep_proto::directory::{Directory, District, Person, Policy};
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{CampusId, CredentialId, DistrictId, PersonId, Principal};
use lockstep_proto::timeline::LogId;
use lockstep_rules::Actor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row as SqlRow;

use super::super::change;
use super::super::draft::{Enrolled, Fault, Holder, imported, noted, rosters_put, sign_in_of};
use super::super::{
    Credential, EnrolmentCode, KeptRoster, Rosters, SIGN_INS_MAX, VersionedDirectory,
};
use super::pool::{Session, Stop, get, params};
use super::rows::{append, damaged, lock, time};
use crate::clock::Ticker;

/// Begins a change of a district.
pub(super) async fn begin(on: &Session, district: &DistrictId) -> Result<(), Stop> {
    lock(on, &LogId::district(district.clone()), &[]).await?;
    Ok(())
}

/// An entry of the district's own log.
pub(super) async fn note(
    on: &Session,
    district: &DistrictId,
    by: &Author,
    at: Timestamp,
    fact: Fact,
    ticker: &Ticker,
) -> Result<(), Stop> {
    let log = LogId::district(district.clone());
    append(on, &log, None, &[noted(by, at, fact)], ticker).await?;
    Ok(())
}

fn json<T: DeserializeOwned>(body: &str) -> Result<T, Stop> {
    serde_json::from_str(body).map_err(damaged)
}

/// One thing of the directory.
pub(super) async fn thing<T: DeserializeOwned>(
    on: &Session,
    district: &DistrictId,
    kind: &str,
    id: &str,
) -> Result<Option<T>, Stop> {
    let rows = on
        .ask(
            "SELECT body FROM directory WHERE district = $1 AND kind = $2 AND id = $3",
            params![TEXT district.as_str(), TEXT kind, TEXT id],
        )
        .await?;
    rows.first().map(|row| json(get(row, 0)?)).transpose()
}

/// What stands behind a right at this moment.
pub(super) async fn holder(on: &Session, actor: &Actor) -> Result<Holder, Stop> {
    let district = &actor.district;
    let author = &actor.author;
    let person = async {
        match &author.principal {
            Principal::Person(id) => thing(on, district, "person", id.as_str()).await,
            Principal::Device(_) | Principal::Operator => Ok(None),
        }
    };
    let of_district = thing(on, district, "district", district.as_str());
    let sign_in = async {
        match &author.credential {
            Some(id) => credential(on, district, id).await,
            None => Ok(None),
        }
    };
    let (person, of_district, sign_in) = try_join3(person, of_district, sign_in).await?;
    Ok(Holder {
        person,
        policy: of_district.map_or_else(Policy::default, |d: District| d.policy),
        signed_in: sign_in.is_some_and(|known| known.signs_in(author)),
    })
}

/// Every district's directory.
pub(super) async fn directories(on: &Session) -> Result<Vec<VersionedDirectory>, Stop> {
    // One statement, one moment.
    let rows = on
        .ask(
            "SELECT district, version, kind, id, body
             FROM directory_version JOIN directory USING (district)",
            &[],
        )
        .await?;
    let mut districts: BTreeMap<&str, (i64, Vec<&SqlRow>)> = BTreeMap::new();
    for row in &rows {
        let (version, things) = districts.entry(get(row, 0)?).or_default();
        *version = get(row, 1)?;
        things.push(row);
    }
    let whole = |(district, (version, things)): (&str, (i64, Vec<&SqlRow>))| {
        let of_district = one_kind(&things, "district")?.remove(district);
        Ok(VersionedDirectory {
            version: u64::try_from(version).map_err(damaged)?,
            directory: Directory {
                district: of_district.ok_or_else(|| damaged("a directory without district"))?,
                campuses: keyed(&things, "campus")?,
                people: keyed(&things, "person")?,
                devices: keyed(&things, "device")?,
            },
        })
    };
    districts.into_iter().map(whole).collect()
}

/// All things of one kind.
fn one_kind<T: DeserializeOwned>(
    things: &[&SqlRow],
    kind: &str,
) -> Result<BTreeMap<String, T>, Stop> {
    let mut found = BTreeMap::new();
    for row in things {
        if get::<&str>(row, 2)? == kind {
            found.insert(get(row, 3)?, json(get(row, 4)?)?);
        }
    }
    Ok(found)
}

fn keyed<K, T>(things: &[&SqlRow], kind: &str) -> Result<BTreeMap<K, T>, Stop>
where
    K: TryFrom<String, Error: std::fmt::Display> + Ord,
    T: DeserializeOwned,
{
    one_kind(things, kind)?
        .into_iter()
        .map(|(id, thing)| Ok((K::try_from(id).map_err(damaged)?, thing)))
        .collect()
}

pub(super) fn kept(body: &impl Serialize) -> Result<String, Stop> {
    serde_json::to_string(body)
        .map_err(|why| Fault::Unavailable(format!("the directory cannot be kept: {why}")).into())
}

/// The version of a district's directory, where it has one.
pub(super) async fn version(on: &Session, district: &DistrictId) -> Result<Option<u64>, Stop> {
    let rows = on
        .ask(
            "SELECT version FROM directory_version WHERE district = $1",
            params![TEXT district.as_str()],
        )
        .await?;
    let version = rows.first().map(|row| get::<i64>(row, 0)).transpose()?;
    version
        .map(|version| u64::try_from(version).map_err(damaged))
        .transpose()
}

/// Everybody of a district.
async fn people(on: &Session, district: &DistrictId) -> Result<BTreeMap<PersonId, Person>, Stop> {
    let rows = on
        .ask(
            "SELECT id, body FROM directory WHERE district = $1 AND kind = 'person'",
            params![TEXT district.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let id = PersonId::try_from(get::<String>(row, 0)?).map_err(damaged)?;
            Ok((id, json(get(row, 1)?)?))
        })
        .collect()
}

/// Puts a whole directory in place of the one of that version.
pub(super) async fn put_directory(
    on: &Session,
    expected: u64,
    directory: &Directory,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<u64, Stop> {
    let of = &directory.district;
    let district = of.id.as_str();
    begin(on, &of.id).await?;
    let version = change::after(expected, version(on, &of.id).await?.unwrap_or(0))?;
    on.ask(
        "INSERT INTO directory_version (district, version) VALUES ($1, $2)
         ON CONFLICT (district) DO UPDATE SET version = excluded.version",
        params![TEXT district, INT8 i64::try_from(version).map_err(damaged)?],
    )
    .await?;
    let before: Option<District> = thing(on, &of.id, "district", district).await?;
    let people = people(on, &of.id).await?;
    on.ask(
        "DELETE FROM directory WHERE district = $1",
        params![TEXT district],
    )
    .await?;
    let mut things = vec![("district", district, kept(of)?)];
    for (id, campus) in &directory.campuses {
        things.push(("campus", id.as_str(), kept(campus)?));
    }
    for (id, person) in &directory.people {
        things.push(("person", id.as_str(), kept(person)?));
    }
    for (id, device) in &directory.devices {
        things.push(("device", id.as_str(), kept(device)?));
    }
    put_things(on, district, &things).await?;
    on.ask(
        "DELETE FROM roster WHERE district = $1 AND campus NOT IN
         (SELECT id FROM directory WHERE district = $1 AND kind = 'campus')",
        params![TEXT district],
    )
    .await?;
    sign_out_gone(on, district, at).await?;
    let policy = before.as_ref().map(|old| &old.policy);
    for fact in imported(directory, policy, &people, version)? {
        note(on, &of.id, by, at, fact, ticker).await?;
    }
    Ok(version)
}

/// Puts rosters in place of those before.
pub(super) async fn put_rosters(
    on: &Session,
    district: &DistrictId,
    rosters: &Rosters,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<(), Stop> {
    for (campus, roster) in rosters {
        let body = kept(roster)?;
        on.ask(
            "INSERT INTO roster (district, campus, at, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (district, campus) DO UPDATE SET at = excluded.at, body = excluded.body",
            params![
                TEXT district.as_str(), TEXT campus.as_str(), INT8 at.as_microsecond(),
                TEXT body.as_str()
            ],
        )
        .await?;
    }
    note(on, district, by, at, rosters_put(rosters), ticker).await
}

/// The roster of a campus.
pub(super) async fn roster(
    on: &Session,
    district: &DistrictId,
    campus: &CampusId,
) -> Result<Option<KeptRoster>, Stop> {
    let rows = on
        .ask(
            "SELECT at, body FROM roster WHERE district = $1 AND campus = $2",
            params![TEXT district.as_str(), TEXT campus.as_str()],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(KeptRoster {
        at: time(get(row, 0)?)?,
        // What it says of itself could quote a name (T5).
        roster: serde_json::from_str(get(row, 1)?).map_err(|_| damaged("a roster"))?,
    }))
}

/// Puts things (kind, id, body) in place of those before.
async fn put_things(
    on: &Session,
    district: &str,
    things: &[(&str, &str, String)],
) -> Result<(), Stop> {
    let kinds: Vec<&str> = things.iter().map(|thing| thing.0).collect();
    let ids: Vec<&str> = things.iter().map(|thing| thing.1).collect();
    let bodies: Vec<&str> = things.iter().map(|thing| thing.2.as_str()).collect();
    on.ask(
        "INSERT INTO directory (district, kind, id, body)
         SELECT $1, * FROM unnest($2, $3, $4)
         ON CONFLICT (district, kind, id) DO UPDATE SET body = excluded.body",
        params![TEXT district, TEXT_ARRAY kinds, TEXT_ARRAY ids, TEXT_ARRAY bodies],
    )
    .await?;
    Ok(())
}

/// Puts one thing in place of the one before.
pub(super) async fn put_thing(
    on: &Session,
    district: &str,
    kind: &str,
    id: &str,
    body: &impl Serialize,
) -> Result<(), Stop> {
    let body = kept(body)?;
    put_things(on, district, &[(kind, id, body)]).await
}

/// Keeps a code.
pub(super) async fn add_code(
    on: &Session,
    code: &EnrolmentCode,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<(), Stop> {
    begin(on, &code.district).await?;
    change::not_off(is_off(on, &code.district, by.credential.as_ref()).await?)?;
    // Its own district's alone: another's would be waited for.
    on.ask(
        "DELETE FROM code WHERE district = $1 AND expires_at <= $2",
        params![TEXT code.district.as_str(), INT8 at.as_microsecond()],
    )
    .await?;
    put_code(on, code).await?;
    let fact = Fact::CodeMade {
        principal: code.principal.clone(),
    };
    note(on, &code.district, by, at, fact, ticker).await
}

/// Keeps a code that is new.
pub(super) async fn put_code(on: &Session, code: &EnrolmentCode) -> Result<(), Stop> {
    let kept = on
        .ask(
            "INSERT INTO code (hash, district, principal, expires_at, made_by)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
            params![
                TEXT code.hash,
                TEXT code.district.as_str(),
                TEXT code.principal.to_string(),
                INT8 code.expires_at.as_microsecond(),
                TEXT code.made_by.as_ref().map(CredentialId::as_str),
            ],
        )
        .await?;
    if kept.is_empty() {
        return Err(Fault::Unavailable("that code stands".to_owned()).into());
    }
    Ok(())
}

/// Uses a code up.
pub(super) async fn use_code(
    on: &Session,
    hash: &str,
    id: &CredentialId,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<Option<Credential>, Stop> {
    let district = on
        .ask(
            "SELECT district FROM code WHERE hash = $1",
            params![TEXT hash],
        )
        .await?;
    let Some(row) = district.first() else {
        return Ok(None);
    };
    let district: DistrictId = get::<&str>(row, 0)?.parse().map_err(damaged)?;
    begin(on, &district).await?;
    // Somebody else may have used it meanwhile.
    let used = on
        .ask(
            "DELETE FROM code WHERE hash = $1 RETURNING principal, expires_at, made_by",
            params![TEXT hash],
        )
        .await?;
    let Some(row) = used.first() else {
        return Ok(None);
    };
    let principal: Principal = get::<&str>(row, 0)?.parse().map_err(damaged)?;
    let made_by: Option<String> = get(row, 2)?;
    let made_by = made_by.map(CredentialId::new).transpose();
    let made_by = made_by.map_err(damaged)?;
    if time(get(row, 1)?)? <= at || is_off(on, &district, made_by.as_ref()).await? {
        return Ok(None);
    }
    let enrolled = match &principal {
        Principal::Person(id) => thing(on, &district, "person", id.as_str())
            .await?
            .map(|person| Enrolled::Person(Box::new(person))),
        Principal::Device(id) => thing(on, &district, "device", id.as_str())
            .await?
            .map(Enrolled::Device),
        Principal::Operator => None,
    };
    let Some(enrolled) = enrolled else {
        return Ok(None);
    };
    let (made, by) = sign_in_of(district, principal, &enrolled, id.clone(), at);
    sign_in(on, &made, &by, ticker).await?;
    Ok(Some(made))
}

/// Keeps a new sign-in.
pub(super) async fn sign_in(
    on: &Session,
    credential: &Credential,
    by: &Author,
    ticker: &Ticker,
) -> Result<(), Stop> {
    begin(on, &credential.district).await?;
    let kept = on
        .ask(
            "INSERT INTO credential (district, id, principal, made_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
            params![
                TEXT credential.district.as_str(),
                TEXT credential.id.as_str(),
                TEXT credential.principal.to_string(),
                INT8 credential.made_at.as_microsecond(),
                INT8 credential.revoked_at.map(|at| at.as_microsecond()),
            ],
        )
        .await?;
    if kept.is_empty() {
        return Err(Fault::Unavailable("that sign-in stands".to_owned()).into());
    }
    let fact = Fact::SignedIn {
        principal: credential.principal.clone(),
        credential: credential.id.clone(),
    };
    let at = credential.made_at;
    note(on, &credential.district, by, at, fact, ticker).await
}

/// One sign-in.
pub(super) async fn credential(
    on: &Session,
    district: &DistrictId,
    id: &CredentialId,
) -> Result<Option<Credential>, Stop> {
    let rows = on
        .ask(
            "SELECT principal, made_at, revoked_at FROM credential
             WHERE district = $1 AND id = $2",
            params![TEXT district.as_str(), TEXT id.as_str()],
        )
        .await?;
    let one = |row: &SqlRow| {
        let revoked_at: Option<i64> = get(row, 2)?;
        Ok(Credential {
            id: id.clone(),
            district: district.clone(),
            principal: get::<&str>(row, 0)?.parse().map_err(damaged)?,
            made_at: time(get(row, 1)?)?,
            revoked_at: revoked_at.map(time).transpose()?,
        })
    };
    rows.first().map(one).transpose()
}

/// Whether a sign-in is switched off. The operator has none that could be.
pub(super) async fn is_off(
    on: &Session,
    district: &DistrictId,
    id: Option<&CredentialId>,
) -> Result<bool, Stop> {
    let known = match id {
        Some(id) => credential(on, district, id).await?,
        None => None,
    };
    Ok(known.is_some_and(|known| known.revoked_at.is_some()))
}

/// Sign-ins of somebody that stand, the newest first.
pub(super) async fn sign_ins(
    on: &Session,
    district: &DistrictId,
    principal: &Principal,
    since: Timestamp,
) -> Result<Vec<Credential>, Stop> {
    let rows = on
        .ask(
            "SELECT id, made_at FROM credential
             WHERE district = $1 AND principal = $2 AND revoked_at IS NULL AND made_at > $3
             ORDER BY made_at DESC, id LIMIT $4",
            params![
                TEXT district.as_str(),
                TEXT principal.to_string(),
                INT8 since.as_microsecond(),
                INT8 i64::try_from(SIGN_INS_MAX).map_err(damaged)?,
            ],
        )
        .await?;
    let one = |row: &SqlRow| {
        Ok(Credential {
            id: get::<&str>(row, 0)?.parse().map_err(damaged)?,
            district: district.clone(),
            principal: principal.clone(),
            made_at: time(get(row, 1)?)?,
            revoked_at: None,
        })
    };
    rows.iter().map(one).collect()
}

/// Switches every sign-in of somebody off, and throws the codes away that wait for them, and what
/// proves who they are.
pub(super) async fn sign_out(
    on: &Session,
    district: &DistrictId,
    whose: &Principal,
    at: Timestamp,
) -> Result<(), Stop> {
    let principal = whose.to_string();
    on.ask(
        "UPDATE credential SET revoked_at = $3
         WHERE district = $1 AND principal = $2 AND revoked_at IS NULL",
        params![TEXT district.as_str(), TEXT principal.as_str(), INT8 at.as_microsecond()],
    )
    .await?;
    on.ask(
        "DELETE FROM code WHERE district = $1 AND principal = $2",
        params![TEXT district.as_str(), TEXT principal.as_str()],
    )
    .await?;
    if let Principal::Person(person) = whose {
        for statement in [
            "DELETE FROM pin WHERE district = $1 AND person = $2",
            "DELETE FROM passkey WHERE district = $1 AND person = $2",
        ] {
            let whose = params![TEXT district.as_str(), TEXT person.as_str()];
            on.ask(statement, whose).await?;
        }
    }
    Ok(())
}

/// The same of everybody whom the directory has no more: who comes back by another list brings
/// nothing along.
async fn sign_out_gone(on: &Session, district: &str, at: Timestamp) -> Result<(), Stop> {
    on.ask(
        "UPDATE credential SET revoked_at = $2
         WHERE district = $1 AND revoked_at IS NULL AND principal NOT IN
         (SELECT kind || ':' || id FROM directory
          WHERE district = $1 AND kind IN ('person', 'device'))",
        params![TEXT district, INT8 at.as_microsecond()],
    )
    .await?;
    for statement in [
        "DELETE FROM code WHERE district = $1 AND principal NOT IN
         (SELECT kind || ':' || id FROM directory
          WHERE district = $1 AND kind IN ('person', 'device'))",
        "DELETE FROM pin WHERE district = $1 AND person NOT IN
         (SELECT id FROM directory WHERE district = $1 AND kind = 'person')",
        "DELETE FROM passkey WHERE district = $1 AND person NOT IN
         (SELECT id FROM directory WHERE district = $1 AND kind = 'person')",
    ] {
        on.ask(statement, params![TEXT district]).await?;
    }
    Ok(())
}

/// Every sign-in that is switched off.
pub(super) async fn revoked(
    on: &Session,
    district: &DistrictId,
) -> Result<Vec<CredentialId>, Stop> {
    let rows = on
        .ask(
            "SELECT id FROM credential
             WHERE district = $1 AND revoked_at IS NOT NULL ORDER BY id",
            params![TEXT district.as_str()],
        )
        .await?;
    let id = |row: &SqlRow| CredentialId::new(get::<String>(row, 0)?).map_err(damaged);
    rows.iter().map(id).collect()
}

/// Switches a sign-in off, which may have no row.
pub(super) async fn revoke(
    on: &Session,
    credential: &Credential,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<bool, Stop> {
    let (district, id) = (&credential.district, &credential.id);
    begin(on, district).await?;
    let own = by.credential.as_ref().filter(|own| *own != id);
    change::not_off(is_off(on, district, own).await?)?;
    // Whose it is is what a row says that stands.
    let rows = on
        .ask(
            "INSERT INTO credential (district, id, principal, made_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (district, id) DO UPDATE SET revoked_at = excluded.revoked_at
             WHERE credential.revoked_at IS NULL RETURNING principal",
            params![
                TEXT district.as_str(),
                TEXT id.as_str(),
                TEXT credential.principal.to_string(),
                INT8 credential.made_at.as_microsecond(),
                INT8 at.as_microsecond(),
            ],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    let fact = Fact::CredentialRevoked {
        credential: id.clone(),
        principal: get::<&str>(row, 0)?.parse().map_err(damaged)?,
    };
    note(on, district, by, at, fact, ticker).await?;
    Ok(true)
}

/// Keeps a PIN's hash.
pub(super) async fn set_pin(
    on: &Session,
    district: &DistrictId,
    person: &PersonId,
    phc: &str,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<(), Stop> {
    begin(on, district).await?;
    put_pin(on, district, person, phc).await?;
    let fact = Fact::PinSet {
        person: person.clone(),
    };
    note(on, district, by, at, fact, ticker).await
}

/// Keeps a PIN's hash in place of the one before.
pub(super) async fn put_pin(
    on: &Session,
    district: &DistrictId,
    person: &PersonId,
    phc: &str,
) -> Result<(), Stop> {
    on.ask(
        "INSERT INTO pin (district, person, phc) VALUES ($1, $2, $3)
         ON CONFLICT (district, person) DO UPDATE SET phc = excluded.phc",
        params![TEXT district.as_str(), TEXT person.as_str(), TEXT phc],
    )
    .await?;
    Ok(())
}

/// A PIN's hash.
pub(super) async fn pin(
    on: &Session,
    district: &DistrictId,
    person: &PersonId,
) -> Result<Option<String>, Stop> {
    let rows = on
        .ask(
            "SELECT phc FROM pin WHERE district = $1 AND person = $2",
            params![TEXT district.as_str(), TEXT person.as_str()],
        )
        .await?;
    rows.first().map(|row| get(row, 0)).transpose()
}
