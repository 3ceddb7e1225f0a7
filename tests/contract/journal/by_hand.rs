//! The directory by hand: whole or not at all, at the version that was read, by a right that is
//! read in the transaction; with whoever goes go their sign-ins (A6, T1).

use lockstep_proto::by_hand::DirectoryEdit;
use lockstep_proto::code::Code;
use lockstep_proto::directory::{Device, Directory, DirectoryAct, Person};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{PersonId, Principal};
use lockstep_proto::role::{Role, Standing};
use lockstep_proto::timeline::LogId;
use lockstep_rules::{Actor, DirectoryRight};
use lockstep_server::journal::{
    BATCH_MAX, ChangeError, Credential, DirectoryWanted, EnrolmentCode, Journal, SIGN_INS_MAX,
    Thing,
};

use super::school::{actor, district, operator, set_up, switch_off, time, today};
use super::{Bench, over_every_backend};

over_every_backend! {
    t1_a_change_by_hand_is_made_at_the_version_that_was_read
    a6_a_change_by_hand_takes_the_right_of_that_moment
    a6_of_two_changes_at_once_one_is_made
    a6_whoever_goes_takes_their_sign_ins_and_codes_along
    rooms_and_displays_are_put_and_go
    sign_ins_that_stand_are_listed_the_newest_first
}

fn sub() -> (PersonId, Person) {
    let person = Person {
        name: "Sam Rivera".to_owned(),
        role: Role::Staff,
        campuses: vec!["north".parse().unwrap()],
        room: Some("n101".parse().unwrap()),
        certification: None,
        may_lock_down: Vec::new(),
        addresses: vec!["tel:+15555550123".to_owned()],
    };
    ("sam-rivera.k3f9a".parse().unwrap(), person)
}

/// What somebody wants to be at a version: this person, or that they go.
fn wanted(old: &Directory, expected: u64, put: bool) -> (DirectoryWanted, DirectoryAct) {
    let (id, person) = sub();
    let mut by_hand = old.district.by_hand.clone();
    let (edit, after) = if put {
        by_hand.people.insert(id.clone());
        let after = Box::new((&person).into());
        let person = Some(Box::new(person.clone()));
        (
            DirectoryEdit::PersonAdded {
                person: id.clone(),
                after,
            },
            person,
        )
    } else {
        by_hand.people.remove(&id);
        let before = Box::new((&person).into());
        (
            DirectoryEdit::PersonRemoved {
                person: id.clone(),
                before,
            },
            None,
        )
    };
    let act = DirectoryAct::PutPerson {
        id: (!put).then(|| id.clone()),
        before: (!put).then(|| Box::new(person)),
        after: after.clone(),
    };
    let wanted = DirectoryWanted {
        expected,
        thing: Thing::Person(id, after),
        by_hand,
        edit,
        reason: Some("substitute for Joy".parse().unwrap()),
    };
    (wanted, act)
}

fn right(directory: &Directory, who: &str, act: DirectoryAct) -> DirectoryRight {
    DirectoryRight {
        actor: Actor {
            standing: Standing::Fresh,
            ..actor(directory, who)
        },
        act,
        today: today(),
    }
}

async fn told(journal: &dyn Journal) -> Vec<Fact> {
    let log = LogId::district(district().clone());
    let stored = journal.read(&log, 0, BATCH_MAX).await.unwrap();
    stored.into_iter().map(|s| s.entry.stamped.fact).collect()
}

async fn stands(journal: &dyn Journal) -> (u64, Directory) {
    let kept = journal.directories().await.unwrap().remove(0);
    (kept.version, kept.directory)
}

async fn t1_a_change_by_hand_is_made_at_the_version_that_was_read(bench: Bench) {
    let journal = &*bench.journal;
    let before = set_up(journal).await;
    let entries = told(journal).await.len();
    for stale in [0, 2, u64::MAX] {
        let (wanted, act) = wanted(&before, stale, true);
        let ana = right(&before, "ana", act);
        let put = journal.change_directory(&wanted, &ana, time(9)).await;
        let conflict = ChangeError::Refused(Code::VersionConflict);
        assert_eq!(put.unwrap_err(), conflict, "{stale}");
    }
    assert_eq!(stands(journal).await, (1, before.clone()));
    assert_eq!(told(journal).await.len(), entries);

    let (wanted, act) = wanted(&before, 1, true);
    let ana = right(&before, "ana", act);
    let put = journal.change_directory(&wanted, &ana, time(9)).await;
    assert_eq!(put.unwrap(), 2);
    let (id, person) = sub();
    let mut after = before;
    after.people.insert(id.clone(), person);
    after.district.by_hand.people.insert(id);
    assert_eq!(stands(journal).await, (2, after));
    let told = told(journal).await;
    assert_eq!(told.len(), entries + 1);
    let fact = Fact::DirectoryChanged {
        version: 2,
        edit: Box::new(wanted.edit),
        reason: wanted.reason.as_ref().map(Into::into),
    };
    assert_eq!(told.last(), Some(&fact));
    let json = serde_json::to_string(&told).unwrap();
    assert!(
        !json.contains("5555550123"),
        "where to reach them is no entry's"
    );
}

async fn a6_a_change_by_hand_takes_the_right_of_that_moment(bench: Bench) {
    let journal = &*bench.journal;
    let mut before = set_up(journal).await;
    let (first, act) = wanted(&before, 1, true);
    let refused = async |wanted: &DirectoryWanted, right: &DirectoryRight, code| {
        let put = journal.change_directory(wanted, right, time(9)).await;
        assert_eq!(put.unwrap_err(), ChangeError::Refused(code));
    };
    // An SRO puts nobody in.
    let sam = right(&before, "sam", act.clone());
    refused(&first, &sam, Code::NotAllowed).await;
    // Ana's right was read before she was moved.
    let ana = right(&before, "ana", act.clone());
    let moved: PersonId = "ana".parse().unwrap();
    before.people.get_mut(&moved).unwrap().role = Role::Staff;
    let put = journal.put_directory(1, &before, operator(), time(9));
    assert_eq!(put.await.unwrap(), 2);
    let (second, _) = wanted(&before, 2, true);
    refused(&second, &ana, Code::NotAllowed).await;
    // Tom's sign-in is switched off meanwhile.
    let tom = right(&before, "tom", act);
    let off = switch_off(journal, "c-tom", operator(), 9).await;
    assert!(off.unwrap());
    refused(&second, &tom, Code::Revoked).await;
    assert_eq!(stands(journal).await, (2, before));
}

async fn a6_of_two_changes_at_once_one_is_made(bench: Bench) {
    let journal = &*bench.journal;
    let before = set_up(journal).await;
    let (wanted, act) = wanted(&before, 1, true);
    let (ana, tom) = (
        right(&before, "ana", act.clone()),
        right(&before, "tom", act),
    );
    let (one, other) = tokio::join!(
        journal.change_directory(&wanted, &ana, time(9)),
        journal.change_directory(&wanted, &tom, time(9)),
    );
    let made: Vec<u64> = [&one, &other]
        .into_iter()
        .filter_map(|put| put.as_ref().ok().copied())
        .collect();
    assert_eq!(made, [2], "{one:?}, {other:?}");
    let lost = one.err().or(other.err());
    assert_eq!(lost, Some(ChangeError::Refused(Code::VersionConflict)));
}

async fn a6_whoever_goes_takes_their_sign_ins_and_codes_along(bench: Bench) {
    let journal = &*bench.journal;
    let before = set_up(journal).await;
    let (put, act) = wanted(&before, 1, true);
    let ana = right(&before, "ana", act);
    journal.change_directory(&put, &ana, time(1)).await.unwrap();
    let (id, _) = sub();
    let them = Principal::Person(id.clone());
    let code = |hash: &str| EnrolmentCode {
        hash: hash.to_owned(),
        district: district().clone(),
        principal: them.clone(),
        expires_at: time(900),
        made_by: None,
    };
    for hash in ["one", "two"] {
        let kept = journal.add_code(code(hash), operator(), time(2)).await;
        kept.unwrap();
    }
    let signed_in = journal.use_code("one", "c-sub".parse().unwrap(), time(3));
    assert!(signed_in.await.unwrap().is_some());
    for whose in [&id, &"ana".parse().unwrap()] {
        let passkey = super::people::passkey(usize::from(*whose == id));
        let added = journal.add_passkey(district(), whose, &passkey, operator(), time(3));
        added.await.unwrap();
        let set = journal.set_pin(district(), whose, "phc", operator(), time(3));
        set.await.unwrap();
    }

    let (_, directory) = stands(journal).await;
    let (gone, act) = wanted(&directory, 2, false);
    let ana = right(&directory, "ana", act);
    let put = journal.change_directory(&gone, &ana, time(4)).await;
    assert_eq!(put.unwrap(), 3);
    assert_eq!(stands(journal).await, (3, before));
    let off = journal.revoked(district()).await.unwrap();
    assert_eq!(off, ["c-sub".parse().unwrap()], "and nobody else's");
    // They come back by another list: neither sign-in nor code of before is good.
    let again = journal.put_directory(3, &directory, operator(), time(5));
    again.await.unwrap();
    let used = journal.use_code("two", "c-again".parse().unwrap(), time(6));
    assert_eq!(used.await.unwrap(), None);
    let proofs = async |whose| journal.passkeys(district(), whose).await.unwrap().len();
    assert_eq!(proofs(&id).await, 0);
    let pin = async |whose| journal.pin(district(), whose).await.unwrap();
    assert_eq!(pin(&id).await, None);
    assert!(pin(&"ana".parse().unwrap()).await.is_some());
    assert_eq!(
        proofs(&"ana".parse().unwrap()).await,
        1,
        "and nobody else's"
    );
    let stands = journal.sign_ins(district(), &them, time(0)).await.unwrap();
    assert_eq!(stands, []);
}

async fn rooms_and_displays_are_put_and_go(bench: Bench) {
    let journal = &*bench.journal;
    let mut expected = set_up(journal).await;
    let north: lockstep_proto::id::CampusId = "north".parse().unwrap();
    let place = |stands| DirectoryAct::PutPlace {
        campus: "north".parse().unwrap(),
        stands,
    };
    let mut campus = expected.campuses[&north].clone();
    let room = campus.rooms.values().next().unwrap().clone();
    campus.rooms.insert("n150".parse().unwrap(), room);
    let hung = Device {
        campus: north.clone(),
        room: "n150".parse().unwrap(),
    };
    let display: lockstep_proto::id::DeviceId = "n150.k3f9a".parse().unwrap();
    let edit = DirectoryEdit::DisplayAdded {
        display: display.clone(),
        campus: north.clone(),
        room: "n150".parse().unwrap(),
    };
    let all = [
        (Thing::Campus(Box::new(campus.clone())), false),
        (Thing::Device(display.clone(), Some(hung.clone())), false),
        (Thing::Device("north-n101".parse().unwrap(), None), true),
    ];
    for (expected_version, (thing, stands)) in (1..).zip(all) {
        let wanted = DirectoryWanted {
            expected: expected_version,
            thing,
            by_hand: expected.district.by_hand.clone(),
            edit: edit.clone(),
            reason: None,
        };
        let ana = right(&expected, "ana", place(stands));
        let put = journal.change_directory(&wanted, &ana, time(1)).await;
        assert_eq!(put.unwrap(), expected_version + 1);
    }
    expected.campuses.insert(north, campus);
    expected.devices = [(display, hung)].into();
    assert_eq!(stands(journal).await, (4, expected));
}

async fn sign_ins_that_stand_are_listed_the_newest_first(bench: Bench) {
    let journal = &*bench.journal;
    set_up(journal).await;
    let them: Principal = "person:tom".parse().unwrap();
    let sign_in = |id: String, principal: &Principal, at| Credential {
        id: id.parse().unwrap(),
        district: district().clone(),
        principal: principal.clone(),
        made_at: time(at),
        revoked_at: None,
    };
    let many = i64::try_from(SIGN_INS_MAX).unwrap() + 3;
    for n in 0..many {
        let made = sign_in(format!("c-{n}"), &them, 100 + n);
        journal.add_credential(made, operator()).await.unwrap();
    }
    let other = sign_in("c-other".to_owned(), &"person:ana".parse().unwrap(), 500);
    journal.add_credential(other, operator()).await.unwrap();
    let newest = format!("c-{}", many - 1);
    let off = switch_off(journal, &newest, operator(), 600).await;
    assert!(off.unwrap());

    let stand = journal.sign_ins(district(), &them, time(0)).await.unwrap();
    assert_eq!(stand.len(), SIGN_INS_MAX);
    assert_eq!(stand[0].id.as_str(), format!("c-{}", many - 2));
    assert!(stand.windows(2).all(|two| two[0].made_at > two[1].made_at));
    let late = journal.sign_ins(district(), &them, time(100 + many - 3));
    let late: Vec<String> = late
        .await
        .unwrap()
        .iter()
        .map(|c| c.id.to_string())
        .collect();
    assert_eq!(late, [format!("c-{}", many - 2)]);
    let elsewhere = "elm".parse().unwrap();
    let none = journal.sign_ins(&elsewhere, &them, time(0)).await;
    assert_eq!(none.unwrap(), []);
}
