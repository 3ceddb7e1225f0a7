//! Policy and officers on scene as rows. Every function works inside the caller's session,
//! reads the right there, and leaves its entries in the district's own log.

use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::directory::{Campus, District, Person};
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::id::{DistrictId, PersonId, Principal};
use lockstep_rules::DirectoryRight;
use tokio_postgres::Row as SqlRow;

use super::super::EnrolmentCode;
use super::super::change::{
    self, Assigning, Certified, Certifying, DirectoryWanted, OfficerEnrolment, PolicyPut,
    PolicyWanted, Thing,
};
use super::super::draft::Fault;
use super::people::{self, begin, holder, note, put_code, put_pin, put_thing, thing};
use super::pool::{Session, Stop, get, params};
use super::rows::damaged;
use crate::clock::Ticker;

fn refused(code: Code) -> Stop {
    Fault::Refused(code).into()
}

async fn version(on: &Session, district: &DistrictId) -> Result<u64, Stop> {
    let version = people::version(on, district).await?;
    version.ok_or_else(|| refused(Code::UnknownCampus))
}

async fn put_version(on: &Session, district: &DistrictId, version: u64) -> Result<(), Stop> {
    let version = i64::try_from(version).map_err(damaged)?;
    on.ask(
        "UPDATE directory_version SET version = $2 WHERE district = $1",
        params![TEXT district.as_str(), INT8 version],
    )
    .await?;
    Ok(())
}

/// Puts a policy in place of the one before.
pub(super) async fn policy(
    on: &Session,
    wanted: &PolicyWanted,
    right: &DirectoryRight,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<PolicyPut, Stop> {
    let district = &right.actor.district;
    begin(on, district).await?;
    change::check(right, &holder(on, &right.actor).await?)?;
    let of: Option<District> = thing(on, district, "district", district.as_str()).await?;
    let mut of = of.ok_or_else(|| damaged("a directory without district"))?;
    let put = change::policy(wanted, version(on, district).await?, &of.policy)?;
    if put.changes.is_empty() {
        return Ok(put);
    }
    of.policy.clone_from(&wanted.policy);
    put_thing(on, district.as_str(), "district", district.as_str(), &of).await?;
    put_version(on, district, put.version).await?;
    let fact = put.fact(wanted.reason.as_ref());
    note(on, district, &right.actor.author, at, fact, ticker).await?;
    Ok(put)
}

/// Takes the first step of an enrolment.
pub(super) async fn enrol(
    on: &Session,
    enrolment: &OfficerEnrolment,
    right: &DirectoryRight,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<(), Stop> {
    let district = &enrolment.district;
    begin(on, district).await?;
    change::check(right, &holder(on, &right.actor).await?)?;
    on.ask(
        "DELETE FROM enrolment WHERE district = $1 AND expires_at <= $2",
        params![TEXT district.as_str(), INT8 at.as_microsecond()],
    )
    .await?;
    let campus: Option<Campus> = thing(on, district, "campus", enrolment.campus.as_str()).await?;
    if campus.is_none() {
        return Err(refused(Code::UnknownCampus));
    }
    let person: Option<Person> = thing(on, district, "person", enrolment.officer.as_str()).await?;
    let taken = person.is_some() || waiting(on, district, &enrolment.officer).await?.is_some();
    let waits = on
        .ask(
            "SELECT FROM enrolment WHERE district = $1",
            params![TEXT district.as_str()],
        )
        .await?;
    let fact = change::enrolled(enrolment, waits.len(), taken)?;
    let body = serde_json::to_string(enrolment)
        .map_err(|why| Fault::Unavailable(format!("the enrolment cannot be kept: {why}")))?;
    on.ask(
        "INSERT INTO enrolment (district, officer, expires_at, body) VALUES ($1, $2, $3, $4)",
        params![
            TEXT district.as_str(),
            TEXT enrolment.officer.as_str(),
            INT8 enrolment.expires_at.as_microsecond(),
            TEXT body,
        ],
    )
    .await?;
    note(on, district, &right.actor.author, at, fact, ticker).await
}

fn enrolment(row: &SqlRow) -> Result<OfficerEnrolment, Stop> {
    serde_json::from_str(get(row, 0)?).map_err(damaged)
}

async fn waiting(
    on: &Session,
    district: &DistrictId,
    officer: &PersonId,
) -> Result<Option<OfficerEnrolment>, Stop> {
    let rows = on
        .ask(
            "SELECT body FROM enrolment WHERE district = $1 AND officer = $2",
            params![TEXT district.as_str(), TEXT officer.as_str()],
        )
        .await?;
    rows.first().map(enrolment).transpose()
}

/// The enrolments that wait.
pub(super) async fn enrolments(
    on: &Session,
    district: &DistrictId,
    at: Timestamp,
) -> Result<Vec<OfficerEnrolment>, Stop> {
    let rows = on
        .ask(
            "SELECT body FROM enrolment WHERE district = $1 AND expires_at > $2 ORDER BY officer",
            params![TEXT district.as_str(), INT8 at.as_microsecond()],
        )
        .await?;
    rows.iter().map(enrolment).collect()
}

/// Takes the second step.
pub(super) async fn certify(
    on: &Session,
    certifying: &Certifying,
    right: &DirectoryRight,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<Certified, Stop> {
    let (district, by) = (&certifying.district, &right.actor.author);
    begin(on, district).await?;
    change::check(right, &holder(on, &right.actor).await?)?;
    let found = waiting(on, district, &certifying.officer).await?;
    let enrolment = change::waiting(found.as_ref(), certifying, by, at)?;
    let makers = right.of_maker(change::maker(enrolment), enrolment.campus.clone());
    let maker = change::of_maker(enrolment, holder(on, &makers.actor).await?);
    change::check(&makers, &maker).map_err(|_| refused(Code::UnknownThing))?;
    let version = version(on, district).await? + 1;
    let (certified, fact) = change::certified(enrolment, certifying, by, at, version)?;
    let officer = &enrolment.officer;
    let (of, id) = (district.as_str(), officer.as_str());
    put_thing(on, of, "person", id, &certified.person).await?;
    put_version(on, district, version).await?;
    let code = EnrolmentCode {
        hash: enrolment.code_hash.clone(),
        district: district.clone(),
        principal: Principal::Person(officer.clone()),
        expires_at: certifying.code_expires_at,
        made_by: enrolment.made_by.clone(),
    };
    put_code(on, &code).await?;
    on.ask(
        "DELETE FROM enrolment WHERE district = $1 AND officer = $2",
        params![TEXT of, TEXT id],
    )
    .await?;
    note(on, district, by, at, fact, ticker).await?;
    put_pin(on, district, officer, &certifying.phc).await?;
    let pin = Fact::PinSet {
        person: officer.clone(),
    };
    note(on, district, by, at, pin, ticker).await?;
    Ok(certified)
}

/// Puts a person in place of the one before.
pub(super) async fn assign(
    on: &Session,
    assigning: &Assigning,
    by: &Author,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<u64, Stop> {
    let district = &assigning.district;
    begin(on, district).await?;
    let stands = version(on, district).await?;
    let fact = assigning.fact(stands)?;
    let (of, id) = (district.as_str(), assigning.id.as_str());
    put_thing(on, of, "person", id, &assigning.person).await?;
    put_version(on, district, stands + 1).await?;
    note(on, district, by, at, fact, ticker).await?;
    Ok(stands + 1)
}

/// Makes a change by hand.
pub(super) async fn directory(
    on: &Session,
    wanted: &DirectoryWanted,
    right: &DirectoryRight,
    at: Timestamp,
    ticker: &Ticker,
) -> Result<u64, Stop> {
    let district = &right.actor.district;
    begin(on, district).await?;
    change::check(right, &holder(on, &right.actor).await?)?;
    let stands = version(on, district).await?;
    let fact = wanted.fact(stands)?;
    let of = district.as_str();
    let own: Option<District> = thing(on, district, "district", of).await?;
    let mut own = own.ok_or_else(|| damaged("a directory without district"))?;
    own.by_hand.clone_from(&wanted.by_hand);
    put_thing(on, of, "district", of, &own).await?;
    match &wanted.thing {
        Thing::Campus(campus) => put_thing(on, of, "campus", campus.id.as_str(), campus).await?,
        Thing::Person(id, Some(who)) => put_thing(on, of, "person", id.as_str(), who).await?,
        Thing::Device(id, Some(device)) => put_thing(on, of, "device", id.as_str(), device).await?,
        Thing::Person(id, None) => drop_thing(on, of, "person", id.as_str()).await?,
        Thing::Device(id, None) => drop_thing(on, of, "device", id.as_str()).await?,
    }
    if let Some(gone) = wanted.thing.gone() {
        people::sign_out(on, district, &gone, at).await?;
    }
    put_version(on, district, stands + 1).await?;
    note(on, district, &right.actor.author, at, fact, ticker).await?;
    Ok(stands + 1)
}

async fn drop_thing(on: &Session, district: &str, kind: &str, id: &str) -> Result<(), Stop> {
    on.ask(
        "DELETE FROM directory WHERE district = $1 AND kind = $2 AND id = $3",
        params![TEXT district, TEXT kind, TEXT id],
    )
    .await?;
    Ok(())
}
