//! Rosters beside the logs (I4): replaced whole, one district's from another's, and no name of a
//! student in an entry (T5).

use lockstep_proto::code::Code;
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{CampusId, DistrictId};
use lockstep_proto::timeline::LogId;
use lockstep_server::journal::{ChangeError, KeptRoster, Rosters};
use lockstep_server::roster::{CampusRoster, StoredSection};

use super::Bench;
use super::school::{directory, district, operator, set_up, time};

/// Stands in nothing but a roster.
const CANARY: &str = "Quetzal Zebrowska";

fn campus(id: &str) -> CampusId {
    id.parse().unwrap()
}

fn roster(names: &[&str]) -> CampusRoster {
    let section = StoredSection {
        title: "Algebra".to_owned(),
        room: Some("n101".parse().unwrap()),
        periods: "1".to_owned(),
        students: (0..).take(names.len()).collect(),
    };
    CampusRoster {
        students: names.iter().map(|name| (*name).to_owned()).collect(),
        sections: vec![section],
    }
}

fn of(id: &str, names: &[&str]) -> Rosters {
    [(campus(id), roster(names))].into()
}

async fn t5_a_roster_is_replaced_whole_and_says_no_name_in_an_entry(bench: Bench) {
    let journal = &*bench.journal;
    let directory = set_up(journal).await;
    let north = campus("north");
    assert_eq!(journal.roster(district(), &north).await.unwrap(), None);

    for (version, names) in [(2, &[CANARY, "Al Pupil"][..]), (3, &[CANARY][..])] {
        let (at, before) = (time(version), u64::try_from(version - 1).unwrap());
        let rosters = of("north", names);
        let put = journal.put_rosters(before, &directory, &rosters, operator(), at);
        assert_eq!(put.await.unwrap(), u64::try_from(version).unwrap());
        let kept = journal.roster(district(), &north).await.unwrap();
        let expected = KeptRoster {
            at,
            roster: roster(names),
        };
        assert_eq!(kept, Some(expected));
    }
    // What was read before somebody else's change takes nothing away.
    let late = of("north", &[]);
    let put = journal.put_rosters(2, &directory, &late, operator(), time(8));
    assert_eq!(
        put.await.unwrap_err(),
        ChangeError::Refused(Code::VersionConflict)
    );
    // A change of the directory alone leaves it.
    let put = journal.put_directory(3, &directory, operator(), time(9));
    assert_eq!(put.await.unwrap(), 4);
    let kept = journal.roster(district(), &north).await.unwrap().unwrap();
    assert_eq!((kept.at, kept.roster.students.len()), (time(3), 1));

    let log = LogId::district(district().clone());
    let entries = journal.read(&log, 0, 99).await.unwrap();
    let mut told = Vec::new();
    for stored in &entries {
        if let Fact::RostersImported {
            campuses,
            classes,
            students,
        } = stored.entry.stamped.fact
        {
            told.push((campuses, classes, students));
        }
    }
    assert_eq!(told, [(1, 1, 2), (1, 1, 1)]);
    let all = format!("{entries:?} {kept:?}");
    assert!(!all.contains(CANARY) && !all.contains("Pupil"), "{all}");
}

/// Invariant 10: with the same ids in everything. And with a campus goes its roster.
async fn i10_a_roster_is_its_districts_and_its_campuses(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    let ours = set_up(journal).await;
    let elm: DistrictId = "elm".parse().unwrap();
    let theirs = directory(&elm);
    let north = campus("north");
    let rosters = of("north", &[CANARY]);
    let put = journal.put_rosters(1, &ours, &rosters, by, time(1));
    put.await.unwrap();
    assert_eq!(journal.roster(&elm, &north).await.unwrap(), None);
    let rosters = of("north", &["Al", "Bo"]);
    let put = journal.put_rosters(0, &theirs, &rosters, by, time(2));
    put.await.unwrap();
    let kept = |of: DistrictId, at: &'static str| async move {
        let kept = journal.roster(&of, &campus(at)).await.unwrap();
        kept.map(|kept| kept.roster.students.len())
    };
    assert_eq!(kept(district().clone(), "north").await, Some(1));
    assert_eq!(kept(elm.clone(), "north").await, Some(2));

    let without = Directory {
        campuses: std::collections::BTreeMap::new(),
        ..ours
    };
    let put = journal.put_directory(2, &without, by, time(3));
    put.await.unwrap();
    assert_eq!(kept(district().clone(), "north").await, None);
    assert_eq!(kept(elm, "north").await, Some(2));
}

super::over_every_backend! {
    t5_a_roster_is_replaced_whole_and_says_no_name_in_an_entry
    i10_a_roster_is_its_districts_and_its_campuses
}
