//! Directory, sign-ins, codes and PINs: kept, read back, and each change an entry (T1).

use lockstep_proto::code::Code;
use lockstep_proto::directory::{CERTIFIED_MAX, Certification, CertificationChange, Directory};
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{CredentialId, DistrictId, PersonId};
use lockstep_proto::position::Position;
use lockstep_proto::timeline::LogId;
use lockstep_server::journal::{
    BATCH_MAX, ChangeError, Credential, EnrolmentCode, Journal, JournalError, PASSKEYS_MAX,
    Passkey, PasskeyAlgorithm,
};

use super::school::{
    at, author, call, call_because, credential, directory, district, id, north, operator, set_up,
    switch_off, time,
};
use super::{Bench, over_every_backend};

over_every_backend! {
    t1_each_directory_has_a_version_and_an_entry
    a3_each_certification_that_a_directory_changes_is_told
    a_code_works_once_and_in_time
    two_uses_of_a_code_make_one_sign_in
    a_code_for_somebody_gone_is_good_for_nothing
    a_revoked_sign_in_stays_so
    a6_a_code_goes_with_the_sign_in_that_made_it
    a6_a_sign_in_without_a_row_ends_too
    a_pin_is_kept
    a4_passkeys_are_kept_and_go_with_their_person
    a6_whom_a_list_leaves_out_takes_everything_along
    two_districts_share_nothing
}

async fn entries(journal: &dyn Journal, district: &DistrictId) -> Vec<Stamped> {
    let log = LogId::district(district.clone());
    let stored = journal.read(&log, 0, BATCH_MAX).await.unwrap();
    stored.into_iter().map(|s| s.entry.stamped).collect()
}

fn code(district: &DistrictId, hash: &str, principal: &str) -> EnrolmentCode {
    EnrolmentCode {
        hash: hash.to_owned(),
        district: district.clone(),
        principal: principal.parse().unwrap(),
        expires_at: time(600),
        made_by: None,
    }
}

fn named(id: &str) -> CredentialId {
    id.parse().unwrap()
}

async fn t1_each_directory_has_a_version_and_an_entry(bench: Bench) {
    let journal = &*bench.journal;
    let mut directory = set_up(journal).await;
    directory.people.remove(&"tom".parse().unwrap());
    directory.devices.clear();
    directory.district.policy.school_lift = false;
    let by = author(&directory, "ana");
    let version = journal.put_directory(1, &directory, &by, time(5)).await;
    assert_eq!(version.unwrap(), 2);

    let kept = journal.directories().await.unwrap().remove(0);
    assert_eq!((kept.version, kept.directory), (2, directory));
    let mut versions = Vec::new();
    let told = entries(journal, district()).await;
    // Every change of the policy is an entry of its own, also where it came with a file.
    let Fact::PolicyChanged { changes, .. } = &told.last().unwrap().fact else {
        panic!("no entry of the policy: {told:?}");
    };
    assert_eq!(changes.len(), 1);
    for stamped in told {
        if let Fact::DirectoryImported {
            version,
            people,
            sha256,
            ..
        } = stamped.fact
        {
            assert_eq!(sha256.len(), 64);
            versions.push((
                version,
                people,
                stamped.by.principal.to_string(),
                stamped.at,
            ));
        }
    }
    let ana = "person:ana".to_owned();
    let first = (1, 3, "operator".to_owned(), time(-120));
    assert_eq!(versions, [first, (2, 2, ana, time(5))]);
}

/// A3: whoever puts a directory, the log says whose certification is another, before and after.
async fn a3_each_certification_that_a_directory_changes_is_told(bench: Bench) {
    let journal = &*bench.journal;
    let mut directory = set_up(journal).await;
    let told = async || {
        let all = entries(journal, district()).await;
        let mut imports = all.into_iter().filter_map(|stamped| {
            let Fact::DirectoryImported {
                certified,
                certified_more,
                ..
            } = stamped.fact
            else {
                return None;
            };
            Some((certified, certified_more))
        });
        imports.next_back().unwrap()
    };
    let sam: PersonId = "sam".parse().unwrap();
    let before = directory.people[&sam].certification.clone().unwrap();
    let first = CertificationChange {
        person: sam.clone(),
        name: directory.people[&sam].name.clone(),
        before: None,
        after: Some(before.clone()),
    };
    assert_eq!(told().await, (vec![first.clone()], None), "the first");

    let after = Certification {
        full_time: !before.full_time,
        ..before.clone()
    };
    let kept = directory.people.get_mut(&sam).unwrap();
    kept.certification = Some(after.clone());
    let put = async |expected, directory: &Directory| {
        let by = operator();
        let put = journal.put_directory(expected, directory, by, time(5));
        put.await.unwrap();
    };
    put(1, &directory).await;
    let changed = CertificationChange {
        before: Some(before),
        after: Some(after),
        ..first
    };
    assert_eq!(told().await, (vec![changed.clone()], None));
    put(2, &directory).await;
    assert_eq!(told().await, (Vec::new(), None), "nothing changed");

    // No entry grows with the district: the rest is a count.
    let after = changed.after.clone();
    let sworn = directory.people.remove(&sam).unwrap();
    for n in 0..=CERTIFIED_MAX {
        let id = format!("officer-{n:03}").parse().unwrap();
        directory.people.insert(id, sworn.clone());
    }
    put(3, &directory).await;
    let (certified, more) = told().await;
    assert_eq!((certified.len(), more), (CERTIFIED_MAX, Some(2)));
    assert_eq!((&certified[0].before, &certified[0].after), (&None, &after));
}

async fn a_code_works_once_and_in_time(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    set_up(journal).await;
    let known = code(district(), "aa", "person:sam");
    journal.add_code(known.clone(), by, time(0)).await.unwrap();
    let twice = journal.add_code(known, by, time(0)).await.unwrap_err();
    let stands = JournalError::Unavailable("that code stands".to_owned());
    assert_eq!(twice, stands.into());

    let unknown = journal.use_code("bb", named("c1"), time(1)).await.unwrap();
    assert_eq!(unknown, None);
    let used = journal
        .use_code("aa", named("c1"), time(599))
        .await
        .unwrap();
    let used = used.expect("it is known, unused and in time");
    assert_eq!(used.principal.to_string(), "person:sam");
    assert_eq!((used.made_at, used.revoked_at), (time(599), None));
    let kept = journal.credential(district(), &named("c1")).await.unwrap();
    assert_eq!(kept, Some(used));
    let again = journal
        .use_code("aa", named("c2"), time(599))
        .await
        .unwrap();
    assert_eq!(again, None);

    let room = code(district(), "cc", "device:north-n101");
    journal.add_code(room, by, time(0)).await.unwrap();
    let late = journal
        .use_code("cc", named("c3"), time(600))
        .await
        .unwrap();
    assert_eq!(late, None);

    let told = entries(journal, district()).await;
    let made = |s: &&Stamped| matches!(s.fact, Fact::CodeMade { .. });
    assert_eq!(told.iter().filter(made).count(), 2);
    let Author {
        principal,
        credential,
        ..
    } = &told[told.len() - 2].by;
    assert_eq!(principal.to_string(), "person:sam", "who signs in says so");
    assert_eq!(*credential, Some(named("c1")));
}

async fn two_uses_of_a_code_make_one_sign_in(bench: Bench) {
    set_up(&*bench.journal).await;
    for round in 0..10 {
        let hash = format!("aa{round}");
        let code = code(district(), &hash, "person:sam");
        let add = bench.journal.add_code(code, operator(), time(0));
        add.await.unwrap();
        let uses = ["x", "y"].map(|user| {
            let (journal, hash) = (bench.journal.clone(), hash.clone());
            let id = named(&format!("{user}{round}"));
            tokio::spawn(async move { journal.use_code(&hash, id, time(1)).await.unwrap() })
        });
        let [x, y] = uses;
        let made = [x.await.unwrap(), y.await.unwrap()];
        assert_eq!(made.iter().flatten().count(), 1, "round {round}");
    }
}

async fn a_code_for_somebody_gone_is_good_for_nothing(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    let mut directory = set_up(journal).await;
    let code = code(district(), "aa", "person:sam");
    journal.add_code(code, by, time(0)).await.unwrap();
    directory.people.remove(&"sam".parse().unwrap());
    journal
        .put_directory(1, &directory, by, time(1))
        .await
        .unwrap();
    let used = journal.use_code("aa", named("c1"), time(2)).await.unwrap();
    assert_eq!(used, None);
    let kept = journal.credential(district(), &named("c1")).await.unwrap();
    assert_eq!(kept, None);
}

async fn a_revoked_sign_in_stays_so(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    set_up(journal).await;
    let sam = named("c-sam");
    assert_eq!(journal.revoked(district()).await.unwrap(), []);
    for (at, stood) in [(5, true), (6, false)] {
        let off = switch_off(journal, "c-sam", by, at).await;
        assert_eq!(off.unwrap(), stood);
    }
    assert_eq!(
        journal.revoked(district()).await.unwrap(),
        std::slice::from_ref(&sam)
    );
    let kept = journal.credential(district(), &sam).await.unwrap().unwrap();
    assert_eq!(kept.revoked_at, Some(time(5)));
    // Its id never comes to life again.
    let again = journal
        .add_credential(credential(district(), "sam"), by)
        .await;
    assert!(matches!(again, Err(JournalError::Unavailable(_))));
    let told = entries(journal, district()).await;
    let revoked = |s: &&Stamped| matches!(s.fact, Fact::CredentialRevoked { .. });
    assert_eq!(told.iter().filter(revoked).count(), 1);
}

async fn a6_a_code_goes_with_the_sign_in_that_made_it(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    let directory = set_up(journal).await;
    let [ana, tom] = ["ana", "tom"].map(|who| author(&directory, who));
    let made = |hash: &str, principal: &str, by: &Author| EnrolmentCode {
        made_by: by.credential.clone(),
        ..code(district(), hash, principal)
    };
    for (hash, principal, by) in [
        ("hers", "person:sam", &ana),
        ("for her", "person:ana", &tom),
        ("the operator's", "person:sam", by),
    ] {
        let add = journal.add_code(made(hash, principal, by), by, time(0));
        add.await.unwrap();
    }
    let off = switch_off(journal, "c-ana", &tom, 1).await;
    assert!(off.unwrap());
    let hers = journal.use_code("hers", named("c1"), time(2)).await;
    assert_eq!(hers.unwrap(), None);
    let kept = journal.credential(district(), &named("c1")).await.unwrap();
    assert_eq!(kept, None);
    // One that was made for her, to come back with, is another's.
    for (hash, id) in [("for her", "c2"), ("the operator's", "c3")] {
        let used = journal.use_code(hash, named(id), time(2)).await.unwrap();
        assert!(used.is_some(), "{hash}");
    }

    // An instance that has not heard of it yet asks for her: nothing comes of it.
    let revoked = ChangeError::Refused(Code::Revoked);
    let more = made("more", "person:sam", &ana);
    let more = journal.add_code(more, &ana, time(3)).await;
    assert_eq!(more.unwrap_err(), revoked);
    let off = switch_off(journal, "c-tom", &ana, 3).await;
    assert_eq!(off.unwrap_err(), revoked);
    let toms = journal.credential(district(), &named("c-tom")).await;
    let toms = toms.unwrap();
    assert_eq!(toms.unwrap().revoked_at, None);
    // Her own is off, however often it is said.
    let off = switch_off(journal, "c-ana", &ana, 3).await;
    assert!(!off.unwrap());
}

async fn a6_a_sign_in_without_a_row_ends_too(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    let directory = set_up(journal).await;
    let later = Credential {
        id: named("c-later"),
        made_at: time(4),
        ..credential(district(), "sam")
    };
    let stands = credential(district(), "sam");
    for one in [&later, &stands] {
        for stood in [true, false] {
            let off = journal.revoke(one, by, time(5)).await;
            assert_eq!(off.unwrap(), stood);
        }
        let kept = journal.credential(district(), &one.id).await.unwrap();
        let off = Credential {
            revoked_at: Some(time(5)),
            ..one.clone()
        };
        assert_eq!(kept, Some(off));
    }
    let off = journal.revoked(district()).await.unwrap();
    assert_eq!(off, [later.id.clone(), stands.id]);
    // Its id never comes to life, and its author makes nothing more.
    let again = journal.add_credential(later.clone(), by).await;
    assert!(matches!(again, Err(JournalError::Unavailable(_))));
    let sam = author(&directory, "sam");
    let toms = credential(district(), "tom");
    let off = journal.revoke(&toms, &sam, time(6)).await;
    assert_eq!(off.unwrap_err(), ChangeError::Refused(Code::Revoked));
    let told = serde_json::to_string(&entries(journal, district()).await).unwrap();
    assert_eq!(told.matches("credential_revoked").count(), 2);
}

async fn a_pin_is_kept(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    set_up(journal).await;
    let sam = "sam".parse().unwrap();
    assert_eq!(journal.pin(district(), &sam).await.unwrap(), None);
    for phc in ["$argon2id$1", "$argon2id$2"] {
        let set = journal.set_pin(district(), &sam, phc, by, time(5));
        set.await.unwrap();
        let kept = journal.pin(district(), &sam).await.unwrap();
        assert_eq!(kept.as_deref(), Some(phc));
    }
    let told = serde_json::to_string(&entries(journal, district()).await).unwrap();
    assert_eq!(told.matches("pin_set").count(), 2);
    assert!(!told.contains("argon2id"), "a PIN stands in no entry");
}

pub(super) fn passkey(n: usize) -> Passkey {
    Passkey {
        id: format!("pk-{n}").parse().unwrap(),
        name: format!("Telephone {n}"),
        made_at: time(n as i64),
        rp: "lockstep.school.example".to_owned(),
        credential: format!("credential-{n}"),
        algorithm: PasskeyAlgorithm::EdDsa,
        key: format!("key-{n}"),
    }
}

async fn a4_passkeys_are_kept_and_go_with_their_person(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    let mut directory = set_up(journal).await;
    let [sam, tom, nobody]: [PersonId; 3] = ["sam", "tom", "nobody"].map(|id| id.parse().unwrap());
    let refused = |result: Result<(), ChangeError>| match result.unwrap_err() {
        ChangeError::Refused(code) => code,
        ChangeError::Journal(error) => panic!("{error}"),
    };
    let all: Vec<Passkey> = (0..PASSKEYS_MAX).map(passkey).collect();
    // The newest first: they are told oldest first all the same.
    for one in all.iter().rev() {
        let add = journal.add_passkey(district(), &sam, one, by, time(50));
        add.await.unwrap();
    }
    assert_eq!(journal.passkeys(district(), &sam).await.unwrap(), all);
    let ninth = passkey(PASSKEYS_MAX);
    let add = journal.add_passkey(district(), &sam, &ninth, by, time(51));
    assert_eq!(refused(add.await), Code::TooMany);
    // One authenticator's key stands once, whoever offers it again.
    let add = journal.add_passkey(district(), &tom, &all[0], by, time(51));
    assert_eq!(refused(add.await), Code::IdReused);
    let add = journal.add_passkey(district(), &nobody, &ninth, by, time(51));
    assert_eq!(refused(add.await), Code::Revoked);
    assert_eq!(journal.passkeys(district(), &tom).await.unwrap(), []);

    // Only its owner's own goes, and once.
    for (whose, stood) in [(&tom, false), (&sam, true), (&sam, false)] {
        let gone = journal.remove_passkey(district(), whose, &all[3].id, by, time(52));
        assert_eq!(gone.await.unwrap(), stood);
    }
    let add = journal.add_passkey(district(), &tom, &all[3], by, time(53));
    add.await.unwrap();
    let told = serde_json::to_string(&entries(journal, district()).await).unwrap();
    assert_eq!(told.matches("passkey_added").count(), PASSKEYS_MAX + 1);
    assert_eq!(told.matches("passkey_removed").count(), 1);
    assert!(!told.contains("Telephone") && !told.contains("key-1"));

    // Whoever comes back under the same id brings none along.
    let left = directory.people.remove(&sam).unwrap();
    let put = journal.put_directory(1, &directory, by, time(54)).await;
    put.unwrap();
    directory.people.insert(sam.clone(), left);
    let put = journal.put_directory(2, &directory, by, time(55)).await;
    put.unwrap();
    assert_eq!(journal.passkeys(district(), &sam).await.unwrap(), []);
    assert_eq!(journal.passkeys(district(), &tom).await.unwrap().len(), 1);
}

/// Of a person and a room's device; and whoever stays, also elsewhere, keeps all of it.
async fn a6_whom_a_list_leaves_out_takes_everything_along(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    let mut directory = set_up(journal).await;
    let elm: DistrictId = "elm".parse().unwrap();
    let other = super::school::directory(&elm);
    journal.put_directory(0, &other, by, time(0)).await.unwrap();
    let room = "device:north-n101";
    let display = Credential {
        id: named("c-room"),
        principal: room.parse().unwrap(),
        ..credential(district(), "sam")
    };
    journal.add_credential(display, by).await.unwrap();
    let of_elm = credential(&elm, "sam");
    journal.add_credential(of_elm, by).await.unwrap();
    for (of, hash, principal) in [
        (district(), "sam's", "person:sam"),
        (district(), "tom's", "person:tom"),
        (district(), "the room's", room),
        (&elm, "elm's", "person:sam"),
    ] {
        let add = journal.add_code(code(of, hash, principal), by, time(0));
        add.await.unwrap();
    }
    let [sam, tom]: [PersonId; 2] = ["sam", "tom"].map(|id| id.parse().unwrap());
    for (of, person) in [(district(), &sam), (district(), &tom), (&elm, &sam)] {
        let set = journal.set_pin(of, person, "phc", by, time(0));
        set.await.unwrap();
    }

    // Tom moves, under the same id, in the list that leaves the others out.
    let whole = directory.clone();
    directory.people.remove(&sam);
    directory.devices.clear();
    let south = "south".parse().unwrap();
    let campus = directory.campuses[&"north".parse().unwrap()].clone();
    directory.campuses.insert(
        "south".parse().unwrap(),
        lockstep_proto::directory::Campus {
            id: south,
            ..campus
        },
    );
    let moved = directory.people.get_mut(&tom).unwrap();
    moved.campuses = vec!["south".parse().unwrap()];
    for (version, put) in [(1, &directory), (2, &whole)] {
        let put = journal.put_directory(version, put, by, time(5)).await;
        assert_eq!(put.unwrap(), version + 1);
        let off = journal.revoked(district()).await.unwrap();
        assert_eq!(off, [named("c-room"), named("c-sam")]);
        let pins = async |of, person| journal.pin(of, person).await.unwrap();
        assert_eq!(pins(district(), &sam).await, None);
        assert!(pins(district(), &tom).await.is_some());
        assert!(pins(&elm, &sam).await.is_some(), "another district's");
    }
    for (hash, id, good) in [
        ("sam's", "c1", false),
        ("the room's", "c2", false),
        ("tom's", "c3", true),
        ("elm's", "c4", true),
    ] {
        let used = journal.use_code(hash, named(id), time(6)).await.unwrap();
        assert_eq!(used.is_some(), good, "{hash}");
    }
    assert_eq!(journal.revoked(&elm).await.unwrap(), []);
}

/// What a release before this one left of somebody who had gone, beside a PIN of who is there.
pub(super) const LEFT: &str = "
    INSERT INTO credential (district, id, principal, made_at)
        VALUES ('oak', 'c-gone', 'person:gone', 0);
    INSERT INTO code (hash, district, principal, expires_at)
        VALUES ('left', 'oak', 'person:gone', 9000000000000000);
    INSERT INTO pin (district, person, phc) VALUES ('oak', 'gone', 'phc'), ('oak', 'sam', 'phc');";

/// Whoever comes back finds none of it.
pub(super) async fn nothing_is_left(journal: &dyn Journal) {
    let off = journal.revoked(district()).await.unwrap();
    assert_eq!(off, [named("c-gone")]);
    let pin = async |who: &str| journal.pin(district(), &who.parse().unwrap()).await;
    assert_eq!(pin("gone").await.unwrap(), None);
    assert!(pin("sam").await.unwrap().is_some());
    let mut directory = directory(district());
    let sam = directory.people[&"sam".parse().unwrap()].clone();
    directory.people.insert("gone".parse().unwrap(), sam);
    let put = journal.put_directory(1, &directory, operator(), time(0));
    put.await.unwrap();
    let used = journal.use_code("left", named("c1"), time(1)).await;
    assert_eq!(used.unwrap(), None);
}

/// Invariant 10: with the same ids in everything.
async fn two_districts_share_nothing(bench: Bench) {
    let (journal, by) = (&*bench.journal, operator());
    set_up(journal).await;
    let elm: DistrictId = "elm".parse().unwrap();
    let mut directory = directory(&elm);
    directory.district.policy.school_lift = false;
    journal
        .put_directory(0, &directory, by, time(0))
        .await
        .unwrap();
    let elm_north = LogId::campus(elm.clone(), "north".parse().unwrap());

    let ours = journal.append(north(), Position::START.into(), vec![call(1)]);
    ours.await.unwrap();
    assert_eq!(journal.tip(&elm_north).await.unwrap().position(), at(0));
    assert_eq!(journal.find(&elm_north, id(1)).await.unwrap(), None);
    let theirs = vec![call_because(1, "a bear")];
    let theirs = journal
        .append(&elm_north, Position::START.into(), theirs)
        .await;
    assert!(theirs.unwrap().placed[0].new);
    let ours = journal.read(north(), 0, 9).await.unwrap();
    assert_eq!(ours.len(), 1);
    assert!(
        !serde_json::to_string(&ours[0].entry)
            .unwrap()
            .contains("bear")
    );

    let sam = named("c-sam");
    let person = "sam".parse().unwrap();
    assert_eq!(journal.credential(&elm, &sam).await.unwrap(), None);
    let theirs = credential(&elm, "sam");
    journal.add_credential(theirs.clone(), by).await.unwrap();
    assert!(journal.revoke(&theirs, by, time(1)).await.unwrap());
    let ours = journal.credential(district(), &sam).await.unwrap();
    assert_eq!(ours.unwrap().revoked_at, None);
    assert_eq!(journal.revoked(district()).await.unwrap(), []);
    let set = journal.set_pin(&elm, &person, "theirs", by, time(1));
    set.await.unwrap();
    assert_eq!(journal.pin(district(), &person).await.unwrap(), None);
    let key = passkey(1);
    let add = journal.add_passkey(&elm, &person, &key, by, time(1));
    add.await.unwrap();
    assert_eq!(journal.passkeys(district(), &person).await.unwrap(), []);
    let gone = journal.remove_passkey(district(), &person, &key.id, by, time(1));
    assert!(!gone.await.unwrap());
    // The same key stands in each: neither hears of the other.
    let add = journal.add_passkey(district(), &person, &key, by, time(1));
    add.await.unwrap();

    let kept = journal.directories().await.unwrap();
    let lifts: Vec<_> = kept
        .iter()
        .map(|d| (d.version, d.directory.district.policy.school_lift))
        .collect();
    assert_eq!(lifts, [(1, false), (1, true)], "elm, then oak");
    assert_eq!(entries(journal, district()).await.len(), 5);
}
