#![allow(clippy::unwrap_used, reason = "tests may panic")]
use std::io::Cursor;

use lockstep_proto::directory::Person;
use lockstep_proto::role::Role;
use proptest::prelude::*;

use super::*;
use crate::directory::{demo, with_oneroster};

/// A set of files by name.
type Files = BTreeMap<&'static str, Vec<u8>>;

/// Two schools of the demo as a student information system has them, the third left out.
fn set() -> Files {
    let files = [
        (
            "manifest.csv",
            "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n\
             file.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n\
             file.courses,bulk\nfile.results,delta\nfile.demographics,absent\nsource.systemName,x\n",
        ),
        (
            "orgs.csv",
            "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n\
             d,,,Maple Valley,district,,\n\
             s1,,,North High,school,north-high,d\n\
             river-middle,,,River Middle,school,,d\n",
        ),
        (
            "users.csv",
            "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,metadata.x\n\
             ana.ruiz,,,true,ana,Ana,Ruiz,1\n\
             {B-7},,,true,bea,Bea,\"Long, of the river\",\n\
             joy.adams,,,true,joy,Joy,Adams,\n\
             u4,,,true,new,New,Teacher,\n\
             u5,,,false,left,Who,Left,\n\
             st1,,,true,a,Zoë,Student,\n\
             st2,,,false,b,Al,Pupil,\n\
             st3,tobedeleted,,true,c,Gone,Pupil,\n\
             p1,,,true,d,Pa,Rent,\n",
        ),
        (
            "roles.csv",
            "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\n\
             r1,,,ana.ruiz,primary,principal,,,s1,\n\
             r2,,,{B-7},primary,siteAdministrator,,,river-middle,\n\
             r3,,,joy.adams,primary,teacher,2026-01-01,2027-01-01,s1,\n\
             r4,,,u4,primary,teacher,,,s1,\n\
             r5,,,u5,primary,teacher,,,s1,\n\
             r6,,,st1,primary,student,,,s1,\n\
             r7,,,p1,primary,parent,,,s1,\n\
             r8,,,p1,secondary,teacher,,2026-01-01,s1,\n\
             r9,,,u4,secondary,systemAdministrator,,,d,\n",
        ),
        (
            "classes.csv",
            "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n\
             k1,,,Algebra,9,c,,scheduled,N102,s1,t,,,1\n\
             k2,,,Biology,9,c,,scheduled,Room 101,s1,t,,,2\n\
             k3,,,Study hall,9,c,,scheduled,the roof,s1,t,,,\n\
             k4,tobedeleted,,Latin,9,c,,scheduled,N102,s1,t,,,3\n",
        ),
        (
            "enrollments.csv",
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n\
             e1,,,k1,s1,st1,student,,,\n\
             e2,,,k1,s1,st2,student,,,\n\
             e3,,,k1,s1,st1,student,,,\n\
             e4,,,k2,s1,st2,student,,,\n\
             e5,,,k2,s1,st3,student,,,\n\
             e6,,,k1,s1,u4,teacher,true,,\n\
             e7,tobedeleted,,k3,s1,st1,student,,,\n\
             e8,,,k4,s1,st1,student,,,\n\
             e9,,,k3,s1,st1,student,,,2026-01-01\n",
        ),
    ];
    files
        .into_iter()
        .map(|(name, text)| (name, text.as_bytes().to_vec()))
        .collect()
}

fn today() -> Date {
    "2026-11-27".parse().unwrap()
}

fn take(files: &Files, asked: &OneRosterAsked) -> Result<OneRosterTaken, BadList> {
    let open = |name: &str| -> io::Result<Option<Box<dyn Read>>> {
        let bytes = files.get(name).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>))
    };
    read(&open, asked, &demo().unwrap(), today())
}

/// The set with a slip of the pen in one file.
fn with(file: &'static str, from: &str, to: &str) -> Files {
    let mut files = set();
    let text = String::from_utf8(files[file].clone()).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    files.insert(file, text.replacen(from, to, 1).into_bytes());
    files
}

fn person<'a>(taken: &'a OneRosterTaken, id: &str) -> Option<&'a Person> {
    taken.directory.people.get(&id.parse().unwrap())
}

#[test]
fn staff_of_the_schools_are_replaced_and_nobody_else() {
    let old = demo().unwrap();
    let taken = take(&set(), &OneRosterAsked::default()).unwrap();
    assert_eq!(taken.asks, None, "{:?}", taken.said);
    assert_eq!(taken.directory.campuses, old.campuses);
    assert_eq!(taken.directory.devices, old.devices);
    let role = |id: &str| person(&taken, id).map(|person| person.role);
    assert_eq!(role("ana.ruiz"), Some(Role::Administrator));
    assert_eq!(role("joy.adams"), Some(Role::Staff));
    assert_eq!(role("u4"), Some(Role::Staff));
    // Switched off there, a student, a parent whose teaching has ended: nobody signs in.
    for none in ["u5", "st1", "st2", "p1", "lee.park.not"] {
        assert_eq!(role(none), None, "{none}");
    }
    // A teacher teaches in the room of all their classes.
    let room = person(&taken, "u4").unwrap().room.as_ref().unwrap();
    assert_eq!(room.as_str(), "n102");
    for (id, before) in &old.people {
        let theirs = matches!(before.role, Role::Administrator | Role::Staff);
        let oak = before
            .campuses
            .iter()
            .any(|campus| campus.as_str() == "oak-elementary");
        if !theirs || oak {
            let now = taken.directory.people.get(id).map(|now| now.role);
            assert_eq!(now, Some(before.role), "{id}");
        }
    }
    assert!(
        taken
            .said
            .iter()
            .any(|line| line.contains("oak-elementary")),
        "{:?}",
        taken.said
    );
}

#[test]
fn t5_a_roster_has_names_where_a_class_has_them_and_says_none_beside() {
    let taken = take(&set(), &OneRosterAsked::default()).unwrap();
    let rosters = taken.rosters.unwrap();
    assert_eq!(rosters.len(), 2, "the third school was not spoken of");
    let north = &rosters[&"north-high".parse().unwrap()];
    let at = lockstep_proto::Timestamp::UNIX_EPOCH;
    let campus = "north-high".parse().unwrap();
    let all = north.opened(&campus, None, at);
    assert_eq!(all.sections.len(), 3);
    let room: RoomId = "n102".parse().unwrap();
    let one = north.opened(&campus, Some(&room), at);
    assert_eq!(one.sections.len(), 1);
    assert_eq!(one.sections[0].students, ["Al Pupil", "Zoë Student"]);
    assert_eq!(
        (&*one.sections[0].title, &*one.sections[0].periods),
        ("Algebra", "1")
    );
    let other = north.opened(&campus, Some(&"n101".parse().unwrap()), at);
    assert_eq!(other.sections[0].students, ["Al Pupil"]);
    let said = format!("{:?} {rosters:?}", taken.said);
    assert!(
        !said.contains("Pupil") && !said.contains("Student"),
        "{said}"
    );
}

#[test]
fn a_bad_set_names_file_line_column_and_reason() {
    for (file, from, to, line, column, says) in [
        (
            "manifest.csv",
            "version,1.2",
            "version,1.3",
            3,
            "value",
            "1.3",
        ),
        (
            "manifest.csv",
            "oneroster.version,1.2\n",
            "",
            1,
            "value",
            "no row",
        ),
        (
            "manifest.csv",
            "users,bulk",
            "users,delta",
            5,
            "value",
            "changes alone",
        ),
        (
            "manifest.csv",
            "users,bulk",
            "users,absent",
            3,
            "value",
            "no bulk file users",
        ),
        (
            "manifest.csv",
            "classes,bulk",
            "classes,absent",
            3,
            "value",
            "both or neither",
        ),
        ("orgs.csv", "s1,,", "d,,", 3, "sourcedId", "line 2"),
        ("orgs.csv", "s1,,", "s1,dead,", 3, "status", "tobedeleted"),
        ("orgs.csv", "name,type", "name,typ", 1, "type", "missing"),
        (
            "users.csv",
            "u4,,,true",
            "u4,,,perhaps",
            5,
            "enabledUser",
            "neither",
        ),
        ("users.csv", "New,Teacher", ",", 5, "familyName", "1 to"),
        (
            "users.csv",
            "u4,,,true",
            "st1,,,true",
            7,
            "sourcedId",
            "line 5",
        ),
        (
            "users.csv",
            "u4,,,true,new",
            "u4,,,true",
            5,
            "(the whole row)",
            "not as many",
        ),
        (
            "roles.csv",
            ",joy.adams,",
            ",joy,",
            4,
            "userSourcedId",
            "users.csv",
        ),
        (
            "roles.csv",
            "teacher,2026",
            "sheriff,2026",
            4,
            "role",
            "sheriff",
        ),
        (
            "roles.csv",
            "2026-01-01,2027",
            "1/1/2026,2027",
            4,
            "beginDate",
            "1/1/2026",
        ),
        (
            "roles.csv",
            ",,,s1,\n",
            ",,,s9,\n",
            2,
            "orgSourcedId",
            "orgs.csv",
        ),
        (
            "classes.csv",
            "N102,s1",
            "N102,s7",
            2,
            "schoolSourcedId",
            "orgs.csv",
        ),
        (
            "classes.csv",
            "k2,,,Biology",
            "k1,,,Biology",
            3,
            "sourcedId",
            "line 2",
        ),
        (
            "enrollments.csv",
            "k1,s1,st1",
            "k9,s1,st1",
            2,
            "classSourcedId",
            "classes.csv",
        ),
        (
            "enrollments.csv",
            "k1,s1,st1",
            "k1,s1,st9",
            2,
            "userSourcedId",
            "users.csv",
        ),
        (
            "enrollments.csv",
            "st2,student",
            "st2,guest",
            3,
            "role",
            "guest",
        ),
    ] {
        let bad = take(&with(file, from, to), &OneRosterAsked::default()).unwrap_err();
        println!("{bad}");
        assert_eq!(
            (bad.list, bad.line, &*bad.column),
            (file, line, column),
            "{to}: {bad}"
        );
        assert!(bad.reason.contains(says), "{to}: {bad}");
    }
    for file in [
        "manifest.csv",
        "orgs.csv",
        "users.csv",
        "roles.csv",
        "classes.csv",
        "enrollments.csv",
    ] {
        let mut files = set();
        let head: Vec<u8> = files[file].split(|b| *b == b'\n').next().unwrap().to_vec();
        files.insert(file, head);
        let bad = take(&files, &OneRosterAsked::default()).unwrap_err();
        assert!(
            (bad.list, bad.reason.contains("no row")) == (file, true),
            "{bad}"
        );
        files.remove(file);
        let bad = take(&files, &OneRosterAsked::default()).unwrap_err();
        assert!(
            (bad.list, bad.reason.contains("no such file")) == (file, true),
            "{bad}"
        );
    }
}

#[test]
fn t5_a_students_bad_name_is_not_said() {
    let long = "x".repeat(120);
    let files = with("users.csv", "Zoë,Student", &format!("Zoë{long},Student"));
    let bad = take(&files, &OneRosterAsked::default()).unwrap_err();
    assert_eq!((bad.line, &*bad.column), (7, "familyName"));
    assert!(!bad.to_string().contains("Zo"), "{bad}");
}

#[test]
fn an_id_is_the_same_each_night_and_nobody_elses() {
    let of = |sourced: &str| people::person_id(sourced).unwrap().to_string();
    assert_eq!(of("ana.ruiz"), "ana.ruiz");
    assert_eq!(of("4711"), "4711");
    // A stored promise: an id that changes is another person, and signs the first out.
    assert_eq!(of("{B-7}"), "b7-71214b41c8c5953c");
    assert_ne!(of("AB"), of("ab"));
    assert_ne!(of("a b"), of("a-b"));
    assert!(of("日本").len() > 10);
    let taken = take(&set(), &OneRosterAsked::default()).unwrap();
    assert_eq!(
        person(&taken, &of("{B-7}")).unwrap().name,
        "Bea Long, of the river"
    );

    let same = of("{B-7}");
    let mut files = with("users.csv", "u4,", &format!("{same},"));
    let text = String::from_utf8(files["roles.csv"].clone()).unwrap();
    files.insert(
        "roles.csv",
        text.replace(",u4,", &format!(",{same},")).into_bytes(),
    );
    let text = String::from_utf8(files["enrollments.csv"].clone()).unwrap();
    files.insert(
        "enrollments.csv",
        text.replace(",u4,", &format!(",{same},")).into_bytes(),
    );
    let bad = take(&files, &OneRosterAsked::default()).unwrap_err();
    let lines = [
        bad.line,
        bad.reason.rsplit(' ').next().unwrap().parse().unwrap(),
    ];
    assert!(lines.contains(&3) && lines.contains(&5), "{bad}");
}

#[test]
fn a_school_is_a_campus_by_what_it_is_called_or_by_what_is_asked() {
    let files = with("orgs.csv", "school,north-high", "school,0815");
    let none = take(&files, &OneRosterAsked::default());
    let asks = none.unwrap().asks.unwrap();
    assert!(
        asks.contains("s1 (North High)") && asks.contains("--school"),
        "{asks}"
    );
    let over = OneRosterAsked {
        ignore_other_schools: true,
        ..OneRosterAsked::default()
    };
    let taken = take(&files, &over).unwrap();
    assert_eq!(taken.asks, None);
    // Nobody of a school that is passed over is touched.
    assert!(person(&taken, "joy.adams").is_some() && person(&taken, "u4").is_none());
    let mut named = OneRosterAsked::default();
    named
        .schools
        .insert("s1".to_owned(), "north-high".parse().unwrap());
    let taken = take(&files, &named).unwrap();
    assert!(taken.asks.is_none() && person(&taken, "u4").is_some());
    named
        .schools
        .insert("s1".to_owned(), "lake".parse().unwrap());
    assert_eq!(take(&files, &named).unwrap_err().line, 3);
    named.schools = [("s5".to_owned(), "north-high".parse().unwrap())].into();
    assert!(take(&files, &named).unwrap_err().reason.contains("`s5`"));
}

#[test]
fn who_administers_one_school_and_teaches_at_another_is_asked_about() {
    let files = with(
        "roles.csv",
        "r9,,,u4,secondary,systemAdministrator,,,d,",
        "r9,,,ana.ruiz,secondary,teacher,,,river-middle,",
    );
    let taken = take(&files, &OneRosterAsked::default()).unwrap();
    assert!(taken.asks.unwrap().contains("ana.ruiz would be"));
    let asked = OneRosterAsked {
        administrators_everywhere: true,
        ..OneRosterAsked::default()
    };
    let taken = take(&files, &asked).unwrap();
    assert_eq!(taken.asks, None);
    assert_eq!(person(&taken, "ana.ruiz").unwrap().campuses.len(), 2);
}

/// A3: no file makes an officer, and who is one here stays one.
#[test]
fn a3_oneroster_makes_no_officer_and_unmakes_none() {
    for role in ["sro", "officer", "sso", "chief"] {
        let files = with(
            "roles.csv",
            "joy.adams,primary,teacher",
            &format!("joy.adams,primary,{role}"),
        );
        assert_eq!(
            take(&files, &OneRosterAsked::default()).unwrap_err().column,
            "role"
        );
    }
    let files = with("roles.csv", ",joy.adams,", ",sam.cole,");
    let text = String::from_utf8(files["users.csv"].clone()).unwrap();
    let mut files = files.clone();
    files.insert(
        "users.csv",
        text.replace("joy.adams", "sam.cole").into_bytes(),
    );
    let taken = take(&files, &OneRosterAsked::default()).unwrap();
    let old = demo().unwrap();
    let sam = &old.people[&"sam.cole".parse().unwrap()];
    assert_eq!(person(&taken, "sam.cole"), Some(sam));
    assert!(
        taken
            .said
            .iter()
            .any(|line| line.contains("sam.cole is SRO here"))
    );
    // What the directory has of a person beside their name stays theirs.
    let mut old = old;
    let addresses = vec!["tel:+15555550199".to_owned()];
    let joy = old.people.get_mut(&"joy.adams".parse().unwrap()).unwrap();
    joy.addresses.clone_from(&addresses);
    let files = set();
    let open = |name: &str| -> io::Result<Option<Box<dyn Read>>> {
        let bytes = files.get(name).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read>))
    };
    let (taken, _) = with_oneroster(&open, &OneRosterAsked::default(), &old, today()).unwrap();
    assert_eq!(person(&taken, "joy.adams").unwrap().addresses, addresses);
}

#[test]
fn the_older_form_has_roles_with_its_users() {
    let mut files = with("manifest.csv", "version,1.2", "version,1.1");
    files.remove("roles.csv");
    files.insert(
        "users.csv",
        b"sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName\n\
          ana.ruiz,active,,true,\"s1,river-middle\",administrator,a,Ana,Ruiz\n\
          u4,active,,true,s1,teacher,n,New,Teacher\nst1,,,true,s1,student,z,Z,S\nst2,,,true,s1,student,z,A,P\nst3,,,true,s1,student,z,G,P\n"
            .to_vec(),
    );
    let taken = take(&files, &OneRosterAsked::default()).unwrap();
    let ana = person(&taken, "ana.ruiz").unwrap();
    assert_eq!((ana.role, ana.campuses.len()), (Role::Administrator, 2));
    assert!(person(&taken, "u4").is_some() && person(&taken, "st1").is_none());
}

const FILES: [&str; 6] = [
    "manifest.csv",
    "orgs.csv",
    "users.csv",
    "roles.csv",
    "classes.csv",
    "enrollments.csv",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever bytes stand in a file: an answer with a line and a column, or a directory, and
    /// never a panic. What stood before is only read.
    #[test]
    fn any_bytes_get_an_answer(
        file in 0..FILES.len(),
        garbage in proptest::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        whole in proptest::bool::weighted(0.2),
    ) {
        let name = FILES[file];
        let mut files = set();
        let old = files[name].clone();
        let at = at.index(old.len());
        let end = (at + garbage.len() / 8).min(old.len());
        let bytes = if whole { garbage } else { [&old[..at], &garbage[..garbage.len() / 8], &old[end..]].concat() };
        files.insert(name, bytes);
        if let Err(bad) = take(&files, &OneRosterAsked::default()) {
            prop_assert!(bad.line >= 1 && !bad.column.is_empty() && !bad.reason.is_empty(), "{bad}");
        }
    }
}
