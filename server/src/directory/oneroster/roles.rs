//! Who does what at which school.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use lockstep_proto::id::CampusId;
use lockstep_proto::role::Role;

use super::super::table::{BadList, Columns, Row};
use super::people::{USERS, Users};
use super::schools::Schools;
use super::{Line, Set, counted, is_gone, is_now, needed};

const ROLES: Columns = Columns {
    list: "roles.csv",
    needed: &["userSourcedId", "role", "orgSourcedId"],
    optional: &["sourcedId", "status", "beginDate", "endDate"],
    others: true,
    older: &[],
};

/// What OneRoster calls a role, and what it is here. An SRO is nobody's to make but the
/// directory's own.
fn role_of(name: &str) -> Option<Taken> {
    Some(match name.to_ascii_lowercase().as_str() {
        "teacher" | "aide" | "counselor" | "proctor" => Taken::As(Role::Staff),
        "principal" | "siteadministrator" | "administrator" => Taken::As(Role::Administrator),
        "student" | "guardian" | "parent" | "relative" => Taken::NoStaff,
        // Of no school, or of its machines: the operator enters whom the district wants.
        "districtadministrator" | "systemadministrator" => Taken::PassedOver,
        name if name.starts_with("ext:") => Taken::PassedOver,
        _ => return None,
    })
}

enum Taken {
    As(Role),
    NoStaff,
    PassedOver,
}

/// One person's roles.
#[derive(Default)]
pub(super) struct RolesOf {
    /// The line of the first.
    pub(super) line: Line,
    pub(super) administers: BTreeSet<CampusId>,
    pub(super) serves: BTreeSet<CampusId>,
}

/// Everybody's who works there.
pub(super) struct Roles {
    /// By `sourcedId` of the user.
    pub(super) of: BTreeMap<String, RolesOf>,
    /// Where they stand.
    pub(super) columns: &'static Columns,
    pub(super) said: Vec<String>,
}

pub(super) fn read(
    set: &Set<'_>,
    schools: &Schools,
    users: &Users,
    today: Date,
) -> Result<Roles, BadList> {
    let columns = if set.has_roles { &ROLES } else { &USERS };
    let mut roles = Roles {
        of: BTreeMap::new(),
        columns,
        said: Vec::new(),
    };
    let mut passed_over: HashMap<String, usize> = HashMap::new();
    set.rows(columns, |row| {
        if is_gone(row)? || !is_now(row, today)? {
            return Ok(());
        }
        let (of_user, of_org) = if set.has_roles {
            ("userSourcedId", "orgSourcedId")
        } else {
            ("sourcedId", "orgSourcedIds")
        };
        let user = needed(row, of_user)?;
        let name = needed(row, "role")?;
        let role = match role_of(name) {
            Some(Taken::As(role)) => role,
            Some(Taken::NoStaff) => return Ok(()),
            Some(Taken::PassedOver) => {
                *passed_over.entry(name.to_owned()).or_default() += 1;
                return Ok(());
            }
            None => {
                let reason = format!("there is no role `{name}` in OneRoster");
                return Err(row.wrong("role", reason));
            }
        };
        let Some(user) = users.enabled(row, of_user, user)? else {
            return Ok(());
        };
        for campus in campuses(row, of_org, schools)? {
            let of = roles.of.entry(user.to_owned()).or_insert_with(|| RolesOf {
                line: row.line(),
                ..RolesOf::default()
            });
            if role == Role::Administrator {
                of.administers.insert(campus.clone());
            }
            of.serves.insert(campus);
        }
        Ok(())
    })?;
    let mut passed_over: Vec<_> = passed_over.into_iter().collect();
    passed_over.sort();
    for (name, count) in passed_over {
        let line = format!("? {} `{name}` passed over", counted(count, "role"));
        roles.said.push(line);
    }
    Ok(roles)
}

/// The campuses that a cell names: one organisation from 1.2 on, several before. What is no campus
/// has been told of with the schools.
fn campuses(row: &Row<'_>, column: &str, schools: &Schools) -> Result<Vec<CampusId>, BadList> {
    let mut found = Vec::new();
    for org in needed(row, column)?.split(',').map(str::trim) {
        match schools.campus(org) {
            Some(campus) => found.extend(campus.cloned()),
            None => {
                let reason = format!("there is no `{org}` in orgs.csv");
                return Err(row.wrong(column, reason));
            }
        }
    }
    Ok(found)
}
