//! Which campus each school is.

use std::collections::{BTreeSet, HashMap};

use lockstep_proto::directory::Directory;
use lockstep_proto::id::CampusId;

use super::super::table::{BadList, Columns};
use super::{Line, OneRosterAsked, Set, is_gone, needed, sourced_id};

const ORGS: Columns = Columns {
    list: "orgs.csv",
    needed: &["sourcedId", "name", "type"],
    optional: &["status", "identifier"],
    others: true,
    older: &[],
};

/// The organisations of the files.
pub(super) struct Schools {
    /// Each with the campus that it is, if it is one.
    orgs: HashMap<String, Option<CampusId>>,
    /// The campuses of which the files speak.
    pub(super) spoken_of: BTreeSet<CampusId>,
    pub(super) said: Vec<String>,
}

impl Schools {
    /// The campus that an organisation is; `None` for one that the files do not have.
    pub(super) fn campus(&self, org: &str) -> Option<Option<&CampusId>> {
        self.orgs.get(org).map(Option::as_ref)
    }
}

pub(super) fn read(
    set: &Set<'_>,
    asked: &OneRosterAsked,
    old: &Directory,
    asks: &mut Vec<String>,
) -> Result<Schools, BadList> {
    let mut lines: HashMap<String, Line> = HashMap::new();
    let mut orgs = HashMap::new();
    let mut spoken_of = BTreeSet::new();
    let mut others = Vec::new();
    set.rows(&ORGS, |row| {
        let id = sourced_id(row)?;
        if let Some(before) = lines.insert(id.to_owned(), row.line()) {
            let reason = format!("`{id}` stands on line {before} as well");
            return Err(row.wrong("sourcedId", reason));
        }
        if is_gone(row)? {
            orgs.insert(id.to_owned(), None);
            return Ok(());
        }
        let name = needed(row, "name")?;
        let is_school = needed(row, "type")?.eq_ignore_ascii_case("school");
        let campus = if let Some(campus) = asked.schools.get(id) {
            if !old.campuses.contains_key(campus) {
                let reason = format!("it is to be `{campus}`, and there is no such campus");
                return Err(row.wrong("sourcedId", reason));
            }
            Some(campus.clone())
        } else {
            let named = |text: &str| text.parse().ok().filter(|id| old.campuses.contains_key(id));
            let named = named(row.text("identifier")).or_else(|| named(id));
            named.filter(|_| is_school)
        };
        match &campus {
            Some(campus) => {
                spoken_of.insert(campus.clone());
            }
            None if is_school => others.push(format!("school {id} ({name}) is no campus")),
            None => {}
        }
        orgs.insert(id.to_owned(), campus);
        Ok(())
    })?;
    if let Some(unknown) = asked.schools.keys().find(|id| !orgs.contains_key(*id)) {
        let reason = format!("`{unknown}` is to be a campus, and stands nowhere");
        return Err(ORGS.wrong(1, "sourcedId", reason));
    }
    if spoken_of.is_empty() {
        let reason = "no school is a campus: say which one is with --school SOURCEDID=CAMPUS";
        return Err(ORGS.wrong(1, "identifier", reason));
    }
    if !others.is_empty() && !asked.ignore_other_schools {
        asks.push(format!(
            "{}: say which campus each is with --school SOURCEDID=CAMPUS, or pass them over with \
             --ignore-other-schools",
            others.join(", ")
        ));
    }
    let mut said: Vec<String> = others.into_iter().map(|one| format!("? {one}")).collect();
    let silent = old.campuses.keys().filter(|id| !spoken_of.contains(*id));
    said.extend(silent.map(|id| format!("= campus {id} is no school of theirs, and stays")));
    Ok(Schools {
        orgs,
        spoken_of,
        said,
    })
}
