//! The rosters of a whole district, taken while its campuses are in use: however many students
//! there are, nobody's call waits for them (I4, P2).

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use lockstep_tests::{Http, Server};
use serde_json::json;
use tempfile::tempdir;

use crate::asked;
use crate::shell::{district, import_text, operator, path, sign_in};

const CAMPUSES: usize = 20;
/// Everybody sits in so many classes, of so many students each.
const CLASSES: usize = 6;
const SEATS: usize = 25;
/// A raise is answered once the spool has it, whatever holds the database.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// How many students: few for every day, all that a district may have for `just rosters`.
fn students() -> usize {
    let set = std::env::var("LOCKSTEP_STUDENTS").ok();
    set.map_or(2_000, |set| set.parse().expect("a number of students"))
}

fn campus(n: usize) -> String {
    format!("c{n}")
}

/// OneRoster files of so many students. Answers their size.
fn files(folder: &Path, students: usize) -> u64 {
    let per_campus = students / CAMPUSES;
    let mut orgs = "sourcedId,name,type,identifier\n".to_owned();
    let mut users =
        "sourcedId,status,enabledUser,givenName,familyName\nana,,true,Ana,Ruiz\n".to_owned();
    let mut roles = "sourcedId,status,userSourcedId,roleType,role,orgSourcedId\n".to_owned();
    let mut classes = "sourcedId,status,title,location,schoolSourcedId,periods\n".to_owned();
    let mut enrollments = "sourcedId,status,classSourcedId,userSourcedId,role\n".to_owned();
    for c in 0..CAMPUSES {
        writeln!(orgs, "s{c},School {c},school,{}", campus(c)).unwrap();
        writeln!(roles, "ra{c},,ana,primary,principal,s{c}").unwrap();
        let sections = per_campus.div_ceil(SEATS) * CLASSES;
        for k in 0..sections {
            writeln!(classes, "k{c}-{k},,Class {k},r1,s{c},{}", k % CLASSES + 1).unwrap();
        }
        for s in 0..per_campus {
            writeln!(users, "st{c}-{s},,true,Given{s},Family{c}-{s}").unwrap();
            writeln!(roles, "r{c}-{s},,st{c}-{s},primary,student,s{c}").unwrap();
            for n in 0..CLASSES {
                let k = s / SEATS * CLASSES + n;
                writeln!(enrollments, "e{c}-{s}-{n},,k{c}-{k},st{c}-{s},student").unwrap();
            }
        }
    }
    let manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n\
                    file.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n";
    let all = [
        ("manifest.csv", manifest),
        ("orgs.csv", &orgs),
        ("users.csv", &users),
        ("roles.csv", &roles),
        ("classes.csv", &classes),
        ("enrollments.csv", &enrollments),
    ];
    for (name, text) in all {
        fs::write(folder.join(name), text).unwrap();
    }
    all.iter().map(|(_, text)| text.len() as u64).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_rosters_of_a_whole_district_are_taken_while_calls_are_answered() {
    let campuses: Vec<String> = (0..CAMPUSES).map(campus).collect();
    let campuses: Vec<&str> = campuses.iter().map(String::as_str).collect();
    let data = tempdir().unwrap();
    import_text(data.path(), &district("east", &campuses)).done();
    let server = Server::start_on(data, &[]);
    let ana = Http::with(&server.url, &sign_in(&server, "east", "person:ana").await);
    let csv = tempdir().unwrap();
    let students = students();
    let bytes = files(csv.path(), students);

    let (data, folder) = (server.data().to_owned(), csv.path().to_owned());
    let began = Instant::now();
    let refreshing = tokio::task::spawn_blocking(move || {
        let args = [
            "directory",
            "refresh",
            "--oneroster",
            path(&folder),
            "--many-go",
        ];
        operator(&data, &args)
    });
    let mut took = Vec::new();
    // As quickly as one person is never told to slow down (L2).
    let mut pace = tokio::time::interval(Duration::from_millis(1_100));
    while !refreshing.is_finished() {
        pace.tick().await;
        let call = asked(json!({ "name": "call_lock_down" }));
        let since = Instant::now();
        let accepted = ana.send("c0", &call).await.accepted();
        took.push(since.elapsed());
        assert!(accepted.holds.is_durable(), "{accepted:?}");
    }
    let taken_in = began.elapsed();
    let said = refreshing.await.unwrap().done();
    took.sort();
    let worst = *took.last().unwrap();
    println!(
        "{students} students, {} places, {} MiB of files: taken in {taken_in:.1?}; {} calls meanwhile, \
         answered in {:.0?} at the median, {worst:.0?} at worst",
        students * CLASSES,
        bytes >> 20,
        took.len(),
        took[took.len() / 2],
    );
    let each = students / CAMPUSES;
    assert!(
        said.contains(&format!("roster of c19: {each} students")),
        "{said}"
    );
    assert!(worst < ANSWERED_WITHIN, "{worst:?}");
    let since = Instant::now();
    let (status, roster) = ana.get("/v1/campuses/c0/rosters").await;
    println!(
        "the roster of a campus of {each}: {:.0?}, {} KiB",
        since.elapsed(),
        roster.to_string().len() >> 10
    );
    assert_eq!(
        (status, roster["sections"].as_array().unwrap().len()),
        (200, each.div_ceil(SEATS) * CLASSES)
    );
}
