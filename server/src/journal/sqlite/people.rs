//! The directory, sign-ins, codes and PINs as rows. Every function works inside the
//! caller's transaction, and each change leaves its entry in the district's own log there.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::directory::{Directory, District, Policy};
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{CampusId, CredentialId, DistrictId, PersonId, Principal};
use lockstep_proto::timeline::LogId;
use lockstep_rules::Actor;
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::change;
use super::super::draft::{Enrolled, Fault, Holder, imported, noted, rosters_put, sign_in_of};
use super::super::{
    Credential, EnrolmentCode, KeptRoster, Rosters, SIGN_INS_MAX, VersionedDirectory,
};
use super::queue::Stop;
use super::rows::{append, damaged, time};
use crate::clock::Moment;

/// An entry of the district's own log.
pub(super) fn note(
    conn: &Connection,
    district: &DistrictId,
    by: &Author,
    at: Timestamp,
    fact: Fact,
    moment: Moment,
) -> Result<(), Stop> {
    let log = LogId::district(district.clone());
    append(conn, &log, None, &[noted(by, at, fact)], moment)?;
    Ok(())
}

/// One thing of the directory.
pub(super) fn thing<T: DeserializeOwned>(
    conn: &Connection,
    district: &DistrictId,
    kind: &str,
    id: &str,
) -> Result<Option<T>, Stop> {
    let body: Option<String> = conn
        .prepare_cached("SELECT body FROM directory WHERE district = ?1 AND kind = ?2 AND id = ?3")?
        .query_row(params![district.as_str(), kind, id], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(damaged))
        .transpose()
}

/// What stands behind a right at this moment.
pub(super) fn holder(conn: &Connection, actor: &Actor) -> Result<Holder, Stop> {
    let district = &actor.district;
    let author = &actor.author;
    let person = match &author.principal {
        Principal::Person(id) => thing(conn, district, "person", id.as_str())?,
        Principal::Device(_) | Principal::Operator => None,
    };
    let of_district: Option<lockstep_proto::directory::District> =
        thing(conn, district, "district", district.as_str())?;
    let signed_in = match &author.credential {
        Some(id) => credential(conn, district, id)?.is_some_and(|known| known.signs_in(author)),
        None => false,
    };
    Ok(Holder {
        person,
        policy: of_district.map_or_else(Policy::default, |d| d.policy),
        signed_in,
    })
}

/// Every district's directory.
pub(super) fn directories(conn: &Connection) -> Result<Vec<VersionedDirectory>, Stop> {
    let mut statement =
        conn.prepare_cached("SELECT district, version FROM directory_version ORDER BY district")?;
    let versions: Vec<(String, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let whole = |(district, version): (String, i64)| {
        let district = DistrictId::new(district).map_err(damaged)?;
        let of_district = thing(conn, &district, "district", district.as_str())?;
        Ok(VersionedDirectory {
            version: u64::try_from(version).map_err(damaged)?,
            directory: Directory {
                district: of_district.ok_or_else(|| damaged("a directory without district"))?,
                campuses: things(conn, &district, "campus")?,
                people: things(conn, &district, "person")?,
                devices: things(conn, &district, "device")?,
            },
        })
    };
    versions.into_iter().map(whole).collect()
}

/// All things of one kind.
fn things<K, T>(
    conn: &Connection,
    district: &DistrictId,
    kind: &str,
) -> Result<BTreeMap<K, T>, Stop>
where
    K: TryFrom<String, Error: std::fmt::Display> + Ord,
    T: DeserializeOwned,
{
    let mut statement =
        conn.prepare_cached("SELECT id, body FROM directory WHERE district = ?1 AND kind = ?2")?;
    let mut rows = statement.query(params![district.as_str(), kind])?;
    let mut things = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
        let id = K::try_from(id).map_err(damaged)?;
        things.insert(id, serde_json::from_str(&body).map_err(damaged)?);
    }
    Ok(things)
}

/// The version of a district's directory, where it has one.
pub(super) fn version(conn: &Connection, district: &DistrictId) -> Result<Option<u64>, Stop> {
    let version: Option<i64> = conn
        .prepare_cached("SELECT version FROM directory_version WHERE district = ?1")?
        .query_row([district.as_str()], |row| row.get(0))
        .optional()?;
    version
        .map(|version| u64::try_from(version).map_err(damaged))
        .transpose()
}

/// Puts a whole directory in place of the one of that version.
pub(super) fn put_directory(
    conn: &Connection,
    expected: u64,
    directory: &Directory,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<u64, Stop> {
    let of = &directory.district;
    let district = of.id.as_str();
    let version = change::after(expected, version(conn, &of.id)?.unwrap_or(0))?;
    conn.prepare_cached(
        "INSERT INTO directory_version (district, version) VALUES (?1, ?2)
         ON CONFLICT (district) DO UPDATE SET version = excluded.version",
    )?
    .execute(params![district, i64::try_from(version).map_err(damaged)?])?;
    let before: Option<District> = thing(conn, &of.id, "district", district)?;
    let people = things(conn, &of.id, "person")?;
    conn.prepare_cached("DELETE FROM directory WHERE district = ?1")?
        .execute([district])?;
    put_thing(conn, district, "district", district, of)?;
    for (id, campus) in &directory.campuses {
        put_thing(conn, district, "campus", id.as_str(), campus)?;
    }
    for (id, person) in &directory.people {
        put_thing(conn, district, "person", id.as_str(), person)?;
    }
    for (id, device) in &directory.devices {
        put_thing(conn, district, "device", id.as_str(), device)?;
    }
    conn.prepare_cached(
        "DELETE FROM roster WHERE district = ?1 AND campus NOT IN
         (SELECT id FROM directory WHERE district = ?1 AND kind = 'campus')",
    )?
    .execute([district])?;
    sign_out_gone(conn, district, at)?;
    let policy = before.as_ref().map(|old| &old.policy);
    for fact in imported(directory, policy, &people, version)? {
        note(conn, &of.id, by, at, fact, moment)?;
    }
    Ok(version)
}

/// Puts rosters in place of those before.
pub(super) fn put_rosters(
    conn: &Connection,
    district: &DistrictId,
    rosters: &Rosters,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<(), Stop> {
    for (campus, roster) in rosters {
        let body = serde_json::to_string(roster)
            .map_err(|why| Fault::Unavailable(format!("a roster cannot be kept: {why}")))?;
        conn.prepare_cached(
            "INSERT INTO roster (district, campus, at, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (district, campus) DO UPDATE SET at = excluded.at, body = excluded.body",
        )?
        .execute(params![
            district.as_str(),
            campus.as_str(),
            at.as_microsecond(),
            body
        ])?;
    }
    note(conn, district, by, at, rosters_put(rosters), moment)
}

/// The roster of a campus.
pub(super) fn roster(
    conn: &Connection,
    district: &DistrictId,
    campus: &CampusId,
) -> Result<Option<KeptRoster>, Stop> {
    let row: Option<(i64, String)> = conn
        .prepare_cached("SELECT at, body FROM roster WHERE district = ?1 AND campus = ?2")?
        .query_row(params![district.as_str(), campus.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    row.map(|(at, body)| {
        Ok(KeptRoster {
            at: time(at)?,
            // What it says of itself could quote a name (T5).
            roster: serde_json::from_str(&body).map_err(|_| damaged("a roster"))?,
        })
    })
    .transpose()
}

/// Puts one thing in place of the one before.
pub(super) fn put_thing(
    conn: &Connection,
    district: &str,
    kind: &str,
    id: &str,
    body: &impl Serialize,
) -> Result<(), Stop> {
    let body = serde_json::to_string(body)
        .map_err(|why| Fault::Unavailable(format!("the directory cannot be kept: {why}")))?;
    conn.prepare_cached(
        "INSERT INTO directory (district, kind, id, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (district, kind, id) DO UPDATE SET body = excluded.body",
    )?
    .execute(params![district, kind, id, body])?;
    Ok(())
}

/// Keeps a code.
pub(super) fn add_code(
    conn: &Connection,
    code: &EnrolmentCode,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<(), Stop> {
    change::not_off(is_off(conn, &code.district, by.credential.as_ref())?)?;
    conn.prepare_cached("DELETE FROM code WHERE expires_at <= ?1")?
        .execute([at.as_microsecond()])?;
    put_code(conn, code)?;
    let fact = Fact::CodeMade {
        principal: code.principal.clone(),
    };
    note(conn, &code.district, by, at, fact, moment)
}

/// Keeps a code that is new.
pub(super) fn put_code(conn: &Connection, code: &EnrolmentCode) -> Result<(), Stop> {
    let kept = conn
        .prepare_cached(
            "INSERT INTO code (hash, district, principal, expires_at, made_by)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            code.hash,
            code.district.as_str(),
            code.principal.to_string(),
            code.expires_at.as_microsecond(),
            code.made_by.as_ref().map(CredentialId::as_str),
        ])?;
    if kept == 0 {
        return Err(Fault::Unavailable("that code stands".to_owned()).into());
    }
    Ok(())
}

/// Uses a code up.
pub(super) fn use_code(
    conn: &Connection,
    hash: &str,
    id: &CredentialId,
    at: Timestamp,
    moment: Moment,
) -> Result<Option<Credential>, Stop> {
    let row: Option<(String, String, i64, Option<String>)> = conn
        .prepare_cached(
            "DELETE FROM code WHERE hash = ?1
             RETURNING district, principal, expires_at, made_by",
        )?
        .query_row([hash], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((district, principal, expires_at, made_by)) = row else {
        return Ok(None);
    };
    let district = DistrictId::new(district).map_err(damaged)?;
    let principal: Principal = principal.parse().map_err(damaged)?;
    let made_by = made_by.map(CredentialId::new).transpose();
    let made_by = made_by.map_err(damaged)?;
    if time(expires_at)? <= at || is_off(conn, &district, made_by.as_ref())? {
        return Ok(None);
    }
    let enrolled = match &principal {
        Principal::Person(id) => thing(conn, &district, "person", id.as_str())?
            .map(|person| Enrolled::Person(Box::new(person))),
        Principal::Device(id) => {
            thing(conn, &district, "device", id.as_str())?.map(Enrolled::Device)
        }
        Principal::Operator => None,
    };
    let Some(enrolled) = enrolled else {
        return Ok(None);
    };
    let (made, by) = sign_in_of(district, principal, &enrolled, id.clone(), at);
    sign_in(conn, &made, &by, moment)?;
    Ok(Some(made))
}

/// Keeps a new sign-in.
pub(super) fn sign_in(
    conn: &Connection,
    credential: &Credential,
    by: &Author,
    moment: Moment,
) -> Result<(), Stop> {
    let kept = conn
        .prepare_cached(
            "INSERT INTO credential (district, id, principal, made_at, revoked_at)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            credential.district.as_str(),
            credential.id.as_str(),
            credential.principal.to_string(),
            credential.made_at.as_microsecond(),
            credential.revoked_at.map(|at| at.as_microsecond()),
        ])?;
    if kept == 0 {
        return Err(Fault::Unavailable("that sign-in stands".to_owned()).into());
    }
    let fact = Fact::SignedIn {
        principal: credential.principal.clone(),
        credential: credential.id.clone(),
    };
    note(
        conn,
        &credential.district,
        by,
        credential.made_at,
        fact,
        moment,
    )
}

/// One sign-in.
pub(super) fn credential(
    conn: &Connection,
    district: &DistrictId,
    id: &CredentialId,
) -> Result<Option<Credential>, Stop> {
    let row = conn
        .prepare_cached(
            "SELECT principal, made_at, revoked_at FROM credential
             WHERE district = ?1 AND id = ?2",
        )?
        .query_row(
            params![district.as_str(), id.as_str()],
            |row: &SqlRow<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    row.map(
        |(principal, made_at, revoked_at): (String, i64, Option<i64>)| {
            Ok(Credential {
                id: id.clone(),
                district: district.clone(),
                principal: principal.parse().map_err(damaged)?,
                made_at: time(made_at)?,
                revoked_at: revoked_at.map(time).transpose()?,
            })
        },
    )
    .transpose()
}

/// Whether a sign-in is switched off. The operator has none that could be.
pub(super) fn is_off(
    conn: &Connection,
    district: &DistrictId,
    id: Option<&CredentialId>,
) -> Result<bool, Stop> {
    let known = match id {
        Some(id) => credential(conn, district, id)?,
        None => None,
    };
    Ok(known.is_some_and(|known| known.revoked_at.is_some()))
}

/// Sign-ins of somebody that stand, the newest first.
pub(super) fn sign_ins(
    conn: &Connection,
    district: &DistrictId,
    principal: &Principal,
    since: Timestamp,
) -> Result<Vec<Credential>, Stop> {
    let mut statement = conn.prepare_cached(
        "SELECT id, made_at FROM credential
         WHERE district = ?1 AND principal = ?2 AND revoked_at IS NULL AND made_at > ?3
         ORDER BY made_at DESC, id LIMIT ?4",
    )?;
    let rows = statement.query_map(
        params![
            district.as_str(),
            principal.to_string(),
            since.as_microsecond(),
            i64::try_from(SIGN_INS_MAX).map_err(damaged)?,
        ],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
    )?;
    rows.map(|row| {
        let (id, made_at) = row?;
        Ok(Credential {
            id: CredentialId::new(id).map_err(damaged)?,
            district: district.clone(),
            principal: principal.clone(),
            made_at: time(made_at)?,
            revoked_at: None,
        })
    })
    .collect()
}

/// Switches every sign-in of somebody off, and throws the codes away that wait for them, and what
/// proves who they are.
pub(super) fn sign_out(
    conn: &Connection,
    district: &DistrictId,
    whose: &Principal,
    at: Timestamp,
) -> Result<(), Stop> {
    let principal = whose.to_string();
    conn.prepare_cached(
        "UPDATE credential SET revoked_at = ?3
         WHERE district = ?1 AND principal = ?2 AND revoked_at IS NULL",
    )?
    .execute(params![district.as_str(), principal, at.as_microsecond()])?;
    conn.prepare_cached("DELETE FROM code WHERE district = ?1 AND principal = ?2")?
        .execute(params![district.as_str(), principal])?;
    if let Principal::Person(person) = whose {
        for statement in [
            "DELETE FROM pin WHERE district = ?1 AND person = ?2",
            "DELETE FROM passkey WHERE district = ?1 AND person = ?2",
        ] {
            conn.prepare_cached(statement)?
                .execute(params![district.as_str(), person.as_str()])?;
        }
    }
    Ok(())
}

/// The same of everybody whom the directory has no more: who comes back by another list brings
/// nothing along.
fn sign_out_gone(conn: &Connection, district: &str, at: Timestamp) -> Result<(), Stop> {
    conn.prepare_cached(
        "UPDATE credential SET revoked_at = ?2
         WHERE district = ?1 AND revoked_at IS NULL AND principal NOT IN
         (SELECT kind || ':' || id FROM directory
          WHERE district = ?1 AND kind IN ('person', 'device'))",
    )?
    .execute(params![district, at.as_microsecond()])?;
    for statement in [
        "DELETE FROM code WHERE district = ?1 AND principal NOT IN
         (SELECT kind || ':' || id FROM directory
          WHERE district = ?1 AND kind IN ('person', 'device'))",
        "DELETE FROM pin WHERE district = ?1 AND person NOT IN
         (SELECT id FROM directory WHERE district = ?1 AND kind = 'person')",
        "DELETE FROM passkey WHERE district = ?1 AND person NOT IN
         (SELECT id FROM directory WHERE district = ?1 AND kind = 'person')",
    ] {
        conn.prepare_cached(statement)?.execute([district])?;
    }
    Ok(())
}

/// Every sign-in that is switched off.
pub(super) fn revoked(conn: &Connection, district: &DistrictId) -> Result<Vec<CredentialId>, Stop> {
    let mut statement = conn.prepare_cached(
        "SELECT id FROM credential WHERE district = ?1 AND revoked_at IS NOT NULL ORDER BY id",
    )?;
    let ids = statement.query_map([district.as_str()], |row| row.get::<_, String>(0))?;
    ids.map(|id| CredentialId::new(id?).map_err(damaged))
        .collect()
}

/// Switches a sign-in off, which may have no row.
pub(super) fn revoke(
    conn: &Connection,
    credential: &Credential,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<bool, Stop> {
    let (district, id) = (&credential.district, &credential.id);
    let own = by.credential.as_ref().filter(|own| *own != id);
    change::not_off(is_off(conn, district, own)?)?;
    // Whose it is is what a row says that stands.
    let principal: Option<String> = conn
        .prepare_cached(
            "INSERT INTO credential (district, id, principal, made_at, revoked_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (district, id) DO UPDATE SET revoked_at = excluded.revoked_at
             WHERE credential.revoked_at IS NULL RETURNING principal",
        )?
        .query_row(
            params![
                district.as_str(),
                id.as_str(),
                credential.principal.to_string(),
                credential.made_at.as_microsecond(),
                at.as_microsecond(),
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(principal) = principal else {
        return Ok(false);
    };
    let fact = Fact::CredentialRevoked {
        credential: id.clone(),
        principal: principal.parse().map_err(damaged)?,
    };
    note(conn, district, by, at, fact, moment)?;
    Ok(true)
}

/// Keeps a PIN's hash.
pub(super) fn set_pin(
    conn: &Connection,
    district: &DistrictId,
    person: &PersonId,
    phc: &str,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<(), Stop> {
    put_pin(conn, district, person, phc)?;
    let fact = Fact::PinSet {
        person: person.clone(),
    };
    note(conn, district, by, at, fact, moment)
}

/// Keeps a PIN's hash in place of the one before.
pub(super) fn put_pin(
    conn: &Connection,
    district: &DistrictId,
    person: &PersonId,
    phc: &str,
) -> Result<(), Stop> {
    conn.prepare_cached(
        "INSERT INTO pin (district, person, phc) VALUES (?1, ?2, ?3)
         ON CONFLICT (district, person) DO UPDATE SET phc = excluded.phc",
    )?
    .execute(params![district.as_str(), person.as_str(), phc])?;
    Ok(())
}

/// A PIN's hash.
pub(super) fn pin(
    conn: &Connection,
    district: &DistrictId,
    person: &PersonId,
) -> Result<Option<String>, Stop> {
    let pin = conn
        .prepare_cached("SELECT phc FROM pin WHERE district = ?1 AND person = ?2")?
        .query_row(params![district.as_str(), person.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(pin)
}
