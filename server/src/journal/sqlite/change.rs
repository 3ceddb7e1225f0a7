//! Policy and officers on scene as rows. Every function works inside the caller's transaction,
//! reads the right there, and leaves its entries in the district's own log.

use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::directory::{Campus, District, Person};
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{DistrictId, PersonId, Principal};
use lockstep_rules::DirectoryRight;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::EnrolmentCode;
use super::super::change::{
    self, Assigning, Certified, Certifying, DirectoryWanted, OfficerEnrolment, PolicyPut,
    PolicyWanted, Thing,
};
use super::super::draft::Fault;
use super::people::{self, holder, note, put_code, put_pin, put_thing, thing};
use super::queue::Stop;
use super::rows::damaged;
use crate::clock::Moment;

fn refused(code: Code) -> Stop {
    Fault::Refused(code).into()
}

fn version(conn: &Connection, district: &DistrictId) -> Result<u64, Stop> {
    people::version(conn, district)?.ok_or_else(|| refused(Code::UnknownCampus))
}

fn put_version(conn: &Connection, district: &DistrictId, version: u64) -> Result<(), Stop> {
    let version = i64::try_from(version).map_err(damaged)?;
    conn.prepare_cached("UPDATE directory_version SET version = ?2 WHERE district = ?1")?
        .execute(params![district.as_str(), version])?;
    Ok(())
}

/// Puts a policy in place of the one before.
pub(super) fn policy(
    conn: &Connection,
    wanted: &PolicyWanted,
    right: &DirectoryRight,
    at: Timestamp,
    moment: Moment,
) -> Result<PolicyPut, Stop> {
    change::check(right, &holder(conn, &right.actor)?)?;
    let district = &right.actor.district;
    let of: Option<District> = thing(conn, district, "district", district.as_str())?;
    let mut of = of.ok_or_else(|| damaged("a directory without district"))?;
    let put = change::policy(wanted, version(conn, district)?, &of.policy)?;
    if put.changes.is_empty() {
        return Ok(put);
    }
    of.policy.clone_from(&wanted.policy);
    put_thing(conn, district.as_str(), "district", district.as_str(), &of)?;
    put_version(conn, district, put.version)?;
    let fact = put.fact(wanted.reason.as_ref());
    note(conn, district, &right.actor.author, at, fact, moment)?;
    Ok(put)
}

/// Takes the first step of an enrolment.
pub(super) fn enrol(
    conn: &Connection,
    enrolment: &OfficerEnrolment,
    right: &DirectoryRight,
    at: Timestamp,
    moment: Moment,
) -> Result<(), Stop> {
    change::check(right, &holder(conn, &right.actor)?)?;
    let district = &enrolment.district;
    conn.prepare_cached("DELETE FROM enrolment WHERE expires_at <= ?1")?
        .execute([at.as_microsecond()])?;
    let campus: Option<Campus> = thing(conn, district, "campus", enrolment.campus.as_str())?;
    if campus.is_none() {
        return Err(refused(Code::UnknownCampus));
    }
    let person: Option<Person> = thing(conn, district, "person", enrolment.officer.as_str())?;
    let taken = person.is_some() || waiting(conn, district, &enrolment.officer)?.is_some();
    let many: i64 = conn
        .prepare_cached("SELECT count(*) FROM enrolment WHERE district = ?1")?
        .query_row([district.as_str()], |row| row.get(0))?;
    let many = usize::try_from(many).map_err(damaged)?;
    let fact = change::enrolled(enrolment, many, taken)?;
    let body = serde_json::to_string(enrolment)
        .map_err(|why| Fault::Unavailable(format!("the enrolment cannot be kept: {why}")))?;
    conn.prepare_cached(
        "INSERT INTO enrolment (district, officer, expires_at, body) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        district.as_str(),
        enrolment.officer.as_str(),
        enrolment.expires_at.as_microsecond(),
        body,
    ])?;
    note(conn, district, &right.actor.author, at, fact, moment)
}

fn waiting(
    conn: &Connection,
    district: &DistrictId,
    officer: &PersonId,
) -> Result<Option<OfficerEnrolment>, Stop> {
    let body: Option<String> = conn
        .prepare_cached("SELECT body FROM enrolment WHERE district = ?1 AND officer = ?2")?
        .query_row(params![district.as_str(), officer.as_str()], |row| {
            row.get(0)
        })
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(damaged))
        .transpose()
}

/// The enrolments that wait.
pub(super) fn enrolments(
    conn: &Connection,
    district: &DistrictId,
    at: Timestamp,
) -> Result<Vec<OfficerEnrolment>, Stop> {
    let mut statement = conn.prepare_cached(
        "SELECT body FROM enrolment WHERE district = ?1 AND expires_at > ?2 ORDER BY officer",
    )?;
    let bodies = statement.query_map(params![district.as_str(), at.as_microsecond()], |row| {
        row.get::<_, String>(0)
    })?;
    bodies
        .map(|body| serde_json::from_str(&body?).map_err(damaged))
        .collect()
}

/// Takes the second step.
pub(super) fn certify(
    conn: &Connection,
    certifying: &Certifying,
    right: &DirectoryRight,
    at: Timestamp,
    moment: Moment,
) -> Result<Certified, Stop> {
    change::check(right, &holder(conn, &right.actor)?)?;
    let (district, by) = (&certifying.district, &right.actor.author);
    let found = waiting(conn, district, &certifying.officer)?;
    let enrolment = change::waiting(found.as_ref(), certifying, by, at)?;
    let makers = right.of_maker(change::maker(enrolment), enrolment.campus.clone());
    let maker = change::of_maker(enrolment, holder(conn, &makers.actor)?);
    change::check(&makers, &maker).map_err(|_| refused(Code::UnknownThing))?;
    let version = version(conn, district)? + 1;
    let (certified, fact) = change::certified(enrolment, certifying, by, at, version)?;
    let officer = &enrolment.officer;
    let (of, id) = (district.as_str(), officer.as_str());
    put_thing(conn, of, "person", id, &certified.person)?;
    put_version(conn, district, version)?;
    put_code(
        conn,
        &EnrolmentCode {
            hash: enrolment.code_hash.clone(),
            district: district.clone(),
            principal: Principal::Person(officer.clone()),
            expires_at: certifying.code_expires_at,
            made_by: enrolment.made_by.clone(),
        },
    )?;
    conn.prepare_cached("DELETE FROM enrolment WHERE district = ?1 AND officer = ?2")?
        .execute(params![of, id])?;
    note(conn, district, by, at, fact, moment)?;
    put_pin(conn, district, officer, &certifying.phc)?;
    let pin = Fact::PinSet {
        person: officer.clone(),
    };
    note(conn, district, by, at, pin, moment)?;
    Ok(certified)
}

/// Puts a person in place of the one before.
pub(super) fn assign(
    conn: &Connection,
    assigning: &Assigning,
    by: &Author,
    at: Timestamp,
    moment: Moment,
) -> Result<u64, Stop> {
    let district = &assigning.district;
    let stands = version(conn, district)?;
    let fact = assigning.fact(stands)?;
    let (of, id) = (district.as_str(), assigning.id.as_str());
    put_thing(conn, of, "person", id, &assigning.person)?;
    put_version(conn, district, stands + 1)?;
    note(conn, district, by, at, fact, moment)?;
    Ok(stands + 1)
}

/// Makes a change by hand.
pub(super) fn directory(
    conn: &Connection,
    wanted: &DirectoryWanted,
    right: &DirectoryRight,
    at: Timestamp,
    moment: Moment,
) -> Result<u64, Stop> {
    change::check(right, &holder(conn, &right.actor)?)?;
    let district = &right.actor.district;
    let stands = version(conn, district)?;
    let fact = wanted.fact(stands)?;
    let of = district.as_str();
    let own: Option<District> = thing(conn, district, "district", of)?;
    let mut own = own.ok_or_else(|| damaged("a directory without district"))?;
    own.by_hand.clone_from(&wanted.by_hand);
    put_thing(conn, of, "district", of, &own)?;
    match &wanted.thing {
        Thing::Campus(campus) => put_thing(conn, of, "campus", campus.id.as_str(), campus)?,
        Thing::Person(id, Some(person)) => put_thing(conn, of, "person", id.as_str(), person)?,
        Thing::Device(id, Some(device)) => put_thing(conn, of, "device", id.as_str(), device)?,
        Thing::Person(id, None) => drop_thing(conn, of, "person", id.as_str())?,
        Thing::Device(id, None) => drop_thing(conn, of, "device", id.as_str())?,
    }
    if let Some(gone) = wanted.thing.gone() {
        people::sign_out(conn, district, &gone, at)?;
    }
    put_version(conn, district, stands + 1)?;
    note(conn, district, &right.actor.author, at, fact, moment)?;
    Ok(stands + 1)
}

fn drop_thing(conn: &Connection, district: &str, kind: &str, id: &str) -> Result<(), Stop> {
    conn.prepare_cached("DELETE FROM directory WHERE district = ?1 AND kind = ?2 AND id = ?3")?
        .execute(params![district, kind, id])?;
    Ok(())
}
