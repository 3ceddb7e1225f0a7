//! Policy and officers on scene: whole or not at all, by a right that is read in the transaction,
//! with their entries (A3, T1).

use lockstep_proto::code::Code;
use lockstep_proto::directory::{
    Certification, Directory, DirectoryAct, Policy, ReleaseMode, Vouched,
};
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::PersonId;
use lockstep_proto::policy::PolicyChange;
use lockstep_proto::role::Role;
use lockstep_proto::timeline::LogId;
use lockstep_rules::DirectoryRight;
use lockstep_server::journal::{
    Assigning, BATCH_MAX, Certified, Certifying, ChangeError, ENROLMENTS_MAX, Journal,
    OfficerEnrolment, PolicyWanted,
};

use super::school::{actor, district, operator, set_up, switch_off, time, today};
use super::{Bench, over_every_backend};

over_every_backend! {
    t1_a_policy_is_changed_at_the_version_that_was_read
    a5_a_policy_is_changed_by_who_may_at_that_moment
    a3_an_officer_takes_two_people_and_one_transaction
    a3_one_person_is_not_two
    a3_nobody_vouches_who_has_lost_the_right
    a3_an_enrolment_runs_out_and_is_for_one_campus
    a3_a_directory_that_was_read_before_an_officer_came_is_not_put
    a3_an_enrolment_goes_with_the_sign_in_that_made_it
    enrolments_that_wait_have_a_bound
    t5_words_are_found_until_they_are_gone
    a5_a_person_is_assigned_at_the_version_that_was_read
}

/// The district with Ana (administrator), Sam (SRO) and, in Tom's place, a director.
async fn with_director(bench: &Bench) -> Directory {
    let mut directory = set_up(&*bench.journal).await;
    let tom = directory.people.get_mut(&"tom".parse().unwrap()).unwrap();
    tom.role = Role::Director;
    let put = bench
        .journal
        .put_directory(1, &directory, operator(), time(0));
    assert_eq!(put.await.unwrap(), 2);
    directory
}

fn right(directory: &Directory, who: &str, act: DirectoryAct) -> DirectoryRight {
    DirectoryRight {
        actor: actor(directory, who),
        act,
        today: today(),
    }
}

fn enrols(directory: &Directory, who: &str) -> DirectoryRight {
    let campus = "north".parse().unwrap();
    right(directory, who, DirectoryAct::EnrolOfficer { campus })
}

fn certifies(directory: &Directory, who: &str) -> DirectoryRight {
    let campus = "north".parse().unwrap();
    right(directory, who, DirectoryAct::CertifyOfficer { campus })
}

async fn told(journal: &dyn Journal) -> Vec<Stamped> {
    let log = LogId::district(district().clone());
    let stored = journal.read(&log, 0, BATCH_MAX).await.unwrap();
    stored.into_iter().map(|s| s.entry.stamped).collect()
}

fn enrolment(officer: &str, by: &str, role: Role) -> OfficerEnrolment {
    OfficerEnrolment {
        officer: officer.parse().unwrap(),
        district: district().clone(),
        campus: "north".parse().unwrap(),
        name: "Jo Roe".to_owned(),
        code_hash: format!("hash of {officer}"),
        code_by: Vouched {
            person: by.parse().unwrap(),
            name: by.to_owned(),
            role,
            at: time(1),
        },
        made_by: None,
        expires_at: time(600),
    }
}

fn certifying(officer: &str) -> Certifying {
    Certifying {
        district: district().clone(),
        officer: officer.parse().unwrap(),
        campus: "north".parse().unwrap(),
        certification: Certification {
            agency: "Elm County Sheriff".to_owned(),
            badge: "77".to_owned(),
            kind: None,
            number: "LE-77".to_owned(),
            full_time: true,
            valid_until: "2031-01-01".parse().unwrap(),
            on_scene: None,
        },
        phc: "$argon2id$jo".to_owned(),
        code_expires_at: time(1_000),
    }
}

async fn certify(
    journal: &dyn Journal,
    officer: &str,
    right: &DirectoryRight,
    seconds: i64,
) -> Result<Certified, ChangeError> {
    let certifying = certifying(officer);
    journal
        .certify_officer(&certifying, right, time(seconds))
        .await
}

fn wanted(expected: u64, policy: &Policy) -> PolicyWanted {
    PolicyWanted {
        expected,
        policy: policy.clone(),
        reason: Some("the board of 3 March".parse().unwrap()),
    }
}

async fn t1_a_policy_is_changed_at_the_version_that_was_read(bench: Bench) {
    let journal = &*bench.journal;
    let directory = with_director(&bench).await;
    let right = right(&directory, "tom", DirectoryAct::ChangePolicy);
    let policy = Policy {
        school_lift: false,
        release: ReleaseMode::RoomByRoom,
        ..Policy::default()
    };
    let before = told(journal).await.len();
    for stale in [0, 1, 3, u64::MAX] {
        let put = journal
            .change_policy(&wanted(stale, &policy), &right, time(9))
            .await;
        let conflict = ChangeError::Refused(Code::VersionConflict);
        assert_eq!(put.unwrap_err(), conflict, "{stale}");
    }
    let put = journal
        .change_policy(&wanted(2, &policy), &right, time(9))
        .await;
    let put = put.unwrap();
    assert_eq!((put.version, put.changes.len()), (3, 2));
    let kept = journal.directories().await.unwrap().remove(0);
    let mut expected = directory.clone();
    expected.district.policy = policy.clone();
    assert_eq!((kept.version, kept.directory), (3, expected));
    // What stands already is no change, and no entry.
    let again = journal
        .change_policy(&wanted(3, &policy), &right, time(9))
        .await;
    assert_eq!(again.unwrap().version, 3);

    let entries = told(journal).await;
    assert_eq!(entries.len(), before + 1);
    let last = entries.last().unwrap();
    assert_eq!(last.by.principal.to_string(), "person:tom");
    let Fact::PolicyChanged {
        version,
        changes,
        reason,
    } = &last.fact
    else {
        panic!("another entry: {last:?}")
    };
    let words: Vec<String> = changes.iter().map(PolicyChange::words).collect();
    assert_eq!(*version, 3);
    assert_eq!(reason.as_ref().unwrap().shown(), "the board of 3 March");
    assert_eq!(
        words,
        ["school_lift: yes → no", "release: announce → room_by_room"]
    );
}

async fn a5_a_policy_is_changed_by_who_may_at_that_moment(bench: Bench) {
    let journal = &*bench.journal;
    let mut directory = with_director(&bench).await;
    let policy = Policy {
        staff_may_lock_down: true,
        ..Policy::default()
    };
    let tom = right(&directory, "tom", DirectoryAct::ChangePolicy);
    let ana = right(&directory, "ana", DirectoryAct::ChangePolicy);
    let put = journal
        .change_policy(&wanted(2, &policy), &ana, time(9))
        .await;
    assert_eq!(put.unwrap_err(), ChangeError::Refused(Code::NotAllowed));
    // Tom's right was read before he was moved.
    directory
        .people
        .get_mut(&"tom".parse().unwrap())
        .unwrap()
        .role = Role::Sso;
    let moved = journal.put_directory(2, &directory, operator(), time(9));
    assert_eq!(moved.await.unwrap(), 3);
    let put = journal
        .change_policy(&wanted(3, &policy), &tom, time(9))
        .await;
    assert_eq!(put.unwrap_err(), ChangeError::Refused(Code::NotAllowed));
    let revoked = switch_off(journal, "c-tom", operator(), 9).await;
    assert!(revoked.unwrap());
    let put = journal
        .change_policy(&wanted(3, &policy), &tom, time(9))
        .await;
    assert_eq!(put.unwrap_err(), ChangeError::Refused(Code::Revoked));
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!(kept.directory.district.policy, Policy::default());
}

async fn a3_an_officer_takes_two_people_and_one_transaction(bench: Bench) {
    let journal = &*bench.journal;
    let directory = with_director(&bench).await;
    let jo: PersonId = "jo".parse().unwrap();
    let waits = enrolment("jo", "ana", Role::Administrator);
    let ana = enrols(&directory, "ana");
    journal.enrol_officer(&waits, &ana, time(1)).await.unwrap();
    // A name and a code, and no rights: nobody signs in with it, and nobody is in the directory.
    let early = journal.use_code(&waits.code_hash, "c-jo".parse().unwrap(), time(2));
    assert_eq!(early.await.unwrap(), None);
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!((kept.version, kept.directory), (2, directory.clone()));
    let waiting = journal.enrolments(district(), time(2)).await.unwrap();
    assert_eq!(waiting, std::slice::from_ref(&waits));

    let right = certifies(&directory, "tom");
    let made = certify(journal, "jo", &right, 3);
    let made = made.await.unwrap();
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!((made.version, kept.version), (3, 3));
    let person = &kept.directory.people[&jo];
    assert_eq!(*person, made.person);
    assert_eq!(
        (person.role, person.campuses.as_slice()),
        (Role::Officer, &["north".parse().unwrap()][..])
    );
    let on_scene = person.certification.as_ref().unwrap().on_scene.as_ref();
    let on_scene = on_scene.unwrap();
    assert_eq!(on_scene.code_by.person.as_str(), "ana");
    assert_eq!(
        (
            on_scene.certified_by.person.as_str(),
            on_scene.certified_by.at
        ),
        ("tom", time(3))
    );
    let pin = journal.pin(district(), &jo).await.unwrap();
    assert_eq!(pin.as_deref(), Some("$argon2id$jo"));
    assert_eq!(journal.enrolments(district(), time(3)).await.unwrap(), []);

    // Now the code signs them in, once; and a second certification finds nobody.
    let used = journal.use_code(&waits.code_hash, "c-jo".parse().unwrap(), time(4));
    assert_eq!(
        used.await.unwrap().unwrap().principal.to_string(),
        "person:jo"
    );
    let again = certify(journal, "jo", &right, 5);
    let unknown = ChangeError::Refused(Code::UnknownThing);
    assert_eq!(again.await.unwrap_err(), unknown);

    let entries = told(journal).await;
    let of = |wanted: fn(&Fact) -> bool| {
        let found: Vec<&str> = entries
            .iter()
            .filter(|entry| wanted(&entry.fact))
            .map(|entry| entry.by.name.as_str())
            .collect();
        found
    };
    let made = of(|fact| matches!(fact, Fact::OfficerCodeMade { .. }));
    let certified = of(|fact| matches!(fact, Fact::OfficerCertified { version: 3, .. }));
    assert_eq!((made, certified), (vec!["Ana Ruiz"], vec!["Tom Becker"]));
    let json = serde_json::to_string(&entries).unwrap();
    assert!(!json.contains("argon2id") && !json.contains("hash of jo"));
}

/// A whole directory takes the place of the one that its author read, and of no other.
async fn a3_a_directory_that_was_read_before_an_officer_came_is_not_put(bench: Bench) {
    let journal = &*bench.journal;
    let read = with_director(&bench).await;
    let ana = enrols(&read, "ana");
    let waits = enrolment("jo", "ana", Role::Administrator);
    let enrol = journal.enrol_officer(&waits, &ana, time(1)).await;
    enrol.unwrap();
    let made = certify(journal, "jo", &certifies(&read, "tom"), 2).await;
    assert_eq!(made.unwrap().version, 3);
    let before = told(journal).await;
    let mut without = read;
    without.people.remove(&"ana".parse().unwrap());
    for stale in [0, 1, 2, 4, u64::MAX] {
        let put = journal.put_directory(stale, &without, operator(), time(3));
        let conflict = ChangeError::Refused(Code::VersionConflict);
        assert_eq!(put.await.unwrap_err(), conflict, "{stale}");
    }
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!(kept.version, 3);
    assert!(kept.directory.people.contains_key(&"jo".parse().unwrap()));
    assert_eq!(told(journal).await, before);
    let put = journal.put_directory(3, &without, operator(), time(4));
    assert_eq!(put.await.unwrap(), 4);
}

async fn a3_one_person_is_not_two(bench: Bench) {
    let journal = &*bench.journal;
    let directory = with_director(&bench).await;
    for (who, role) in [("sam", Role::Sro), ("tom", Role::Director)] {
        let officer = format!("jo-{who}");
        let enrol = enrolment(&officer, who, role);
        let makes = enrols(&directory, who);
        let enrol = journal.enrol_officer(&enrol, &makes, time(1)).await;
        enrol.unwrap();
        let right = certifies(&directory, who);
        let made = certify(journal, &officer, &right, 2);
        let same = ChangeError::Refused(Code::SamePerson);
        assert_eq!(made.await.unwrap_err(), same, "{who}");
    }
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!((kept.version, kept.directory), (2, directory));
}

async fn a3_nobody_vouches_who_has_lost_the_right(bench: Bench) {
    let journal = &*bench.journal;
    let mut directory = with_director(&bench).await;
    let teacher = enrols(&directory, "ana");
    let waits = enrolment("jo", "ana", Role::Administrator);
    journal
        .enrol_officer(&waits, &teacher, time(1))
        .await
        .unwrap();
    // Administrators never certify, whoever made the code.
    let right = certifies(&directory, "ana");
    let made = certify(journal, "jo", &right, 2);
    let not_allowed = ChangeError::Refused(Code::NotAllowed);
    assert_eq!(made.await.unwrap_err(), not_allowed);
    // Ana made the code and is staff by now: it counts no more.
    let ana: PersonId = "ana".parse().unwrap();
    directory.people.get_mut(&ana).unwrap().role = Role::Staff;
    let put = journal.put_directory(2, &directory, operator(), time(2));
    put.await.unwrap();
    let right = certifies(&directory, "tom");
    let made = certify(journal, "jo", &right, 3);
    let unknown = ChangeError::Refused(Code::UnknownThing);
    assert_eq!(made.await.unwrap_err(), unknown);
    // And she makes no other.
    let other = enrolment("other", "ana", Role::Administrator);
    let enrol = journal.enrol_officer(&other, &teacher, time(3)).await;
    assert_eq!(enrol.unwrap_err(), not_allowed);
    // An officer whose own certification has run out certifies nobody.
    let sam: PersonId = "sam".parse().unwrap();
    let certification = &mut directory.people.get_mut(&sam).unwrap().certification;
    certification.as_mut().unwrap().valid_until = "2026-03-01".parse().unwrap();
    let put = journal.put_directory(3, &directory, operator(), time(4));
    put.await.unwrap();
    let right = certifies(&directory, "sam");
    let made = certify(journal, "jo", &right, 5);
    let expired = ChangeError::Refused(Code::CertificationExpired);
    assert_eq!(made.await.unwrap_err(), expired);
}

async fn a3_an_enrolment_runs_out_and_is_for_one_campus(bench: Bench) {
    let journal = &*bench.journal;
    let directory = with_director(&bench).await;
    let waits = enrolment("jo", "ana", Role::Administrator);
    let ana = enrols(&directory, "ana");
    journal.enrol_officer(&waits, &ana, time(1)).await.unwrap();
    // Its id is taken, while it waits and by everybody of the directory.
    for taken in ["jo", "sam"] {
        let again = enrolment(taken, "ana", Role::Administrator);
        let again = journal.enrol_officer(&again, &ana, time(2)).await;
        assert!(matches!(again, Err(ChangeError::Journal(_))), "{taken}");
    }
    let unknown = ChangeError::Refused(Code::UnknownThing);
    let right = certifies(&directory, "tom");
    let elsewhere = Certifying {
        campus: "south".parse().unwrap(),
        ..certifying("jo")
    };
    for other in [&elsewhere, &certifying("nobody")] {
        let made = journal.certify_officer(other, &right, time(2)).await;
        assert_eq!(made.unwrap_err(), unknown);
    }
    let late = certify(journal, "jo", &right, 600);
    assert_eq!(late.await.unwrap_err(), unknown);
    let waiting = journal.enrolments(district(), time(600)).await.unwrap();
    assert_eq!(waiting, []);
    // Room for it again.
    let later = OfficerEnrolment {
        expires_at: time(1_200),
        ..waits
    };
    journal
        .enrol_officer(&later, &ana, time(601))
        .await
        .unwrap();
}

async fn a3_an_enrolment_goes_with_the_sign_in_that_made_it(bench: Bench) {
    let journal = &*bench.journal;
    let directory = with_director(&bench).await;
    let ana = enrols(&directory, "ana");
    let by_ana = ana.actor.author.credential.clone().unwrap();
    for officer in ["jo", "kim"] {
        let waits = OfficerEnrolment {
            made_by: Some(by_ana.clone()),
            ..enrolment(officer, "ana", Role::Administrator)
        };
        journal.enrol_officer(&waits, &ana, time(1)).await.unwrap();
    }
    let right = certifies(&directory, "tom");
    certify(journal, "jo", &right, 2).await.unwrap();
    let off = switch_off(journal, by_ana.as_str(), operator(), 3).await;
    assert!(off.unwrap());
    // The code that works by now does no more, and the other never will.
    let used = journal.use_code("hash of jo", "c-jo".parse().unwrap(), time(4));
    assert_eq!(used.await.unwrap(), None);
    let late = certify(journal, "kim", &right, 4).await;
    let unknown = ChangeError::Refused(Code::UnknownThing);
    assert_eq!(late.unwrap_err(), unknown);
}

async fn enrolments_that_wait_have_a_bound(bench: Bench) {
    let journal = &*bench.journal;
    let directory = with_director(&bench).await;
    let ana = enrols(&directory, "ana");
    for n in 0..ENROLMENTS_MAX {
        let waits = enrolment(&format!("jo{n}"), "ana", Role::Administrator);
        journal.enrol_officer(&waits, &ana, time(1)).await.unwrap();
    }
    let more = enrolment("more", "ana", Role::Administrator);
    let more = journal.enrol_officer(&more, &ana, time(1)).await;
    assert_eq!(more.unwrap_err(), ChangeError::Refused(Code::TooManyWait));
}

async fn t5_words_are_found_until_they_are_gone(bench: Bench) {
    use super::school::{at, call_because, north};
    let journal = &*bench.journal;
    set_up(journal).await;
    let said = vec![
        call_because(1, "smoke"),
        call_because(2, "smoke in the gym"),
        call_because(3, "smoke"),
    ];
    journal.append(north(), at(0).into(), said).await.unwrap();
    let found = journal.saying(north(), "smoke").await.unwrap();
    let seqs: Vec<u64> = found.iter().map(|stored| stored.entry.seq).collect();
    assert_eq!(seqs, [1, 3]);
    let of_district = LogId::district(district().clone());
    assert_eq!(journal.saying(&of_district, "smoke").await.unwrap(), []);
    assert_eq!(journal.saying(north(), "fire").await.unwrap(), []);
}

async fn a5_a_person_is_assigned_at_the_version_that_was_read(bench: Bench) {
    let journal = &*bench.journal;
    let before = with_director(&bench).await;
    let mut wanted = before.clone();
    let sam = wanted.people.get_mut(&"sam".parse().unwrap()).unwrap();
    sam.role = Role::Officer;
    let assigning = Assigning {
        district: district().clone(),
        expected: 1,
        id: "sam".parse().unwrap(),
        person: sam.clone(),
    };
    let late = journal.assign_person(&assigning, operator(), time(3)).await;
    let conflict = ChangeError::Refused(Code::VersionConflict);
    assert_eq!(late.unwrap_err(), conflict);
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!((kept.version, &kept.directory), (2, &before));

    let assigning = Assigning {
        expected: 2,
        ..assigning
    };
    let put = journal.assign_person(&assigning, operator(), time(4)).await;
    assert_eq!(put.unwrap(), 3);
    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!((kept.version, kept.directory), (3, wanted));
    let entries = told(journal).await;
    let assigned: Vec<&Fact> = entries
        .iter()
        .map(|entry| &entry.fact)
        .filter(|fact| matches!(fact, Fact::PersonAssigned { .. }))
        .collect();
    let entry = Fact::PersonAssigned {
        version: 3,
        person: "sam".parse().unwrap(),
        name: assigning.person.name,
        role: Role::Officer,
        campuses: assigning.person.campuses,
    };
    assert_eq!(assigned, [&entry]);
}
