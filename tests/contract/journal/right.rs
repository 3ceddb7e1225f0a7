//! Rights that are lost between decide and append (invariant 13): refused, and nothing is
//! written, then or ever.

use lockstep_proto::code::Code;
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Stamped;
use lockstep_proto::role::Role;
use lockstep_rules::Right;
use lockstep_server::journal::{AppendError, Journal};

use super::school::{
    all_clear, at, author, call, id, lift, north, operator, right_to_all_clear, right_to_lift,
    set_up, switch_off, time,
};
use super::{Bench, over_every_backend};

over_every_backend! {
    a3_a_right_that_holds_clears
    a3_a_revoked_sign_in_does_not_clear
    a3_a_person_who_was_removed_does_not_clear
    a3_an_expired_certification_does_not_clear
    a3_another_role_does_not_clear
    s4_a_lift_that_the_district_switched_off_does_not_clear
    s4_a_lift_whose_proposer_lost_the_right_does_not_clear
    a5_a_right_is_its_holders_and_for_its_campus
    p6_a_clear_that_stands_is_answered_again
    a_clear_conflicts_like_any_append
}

/// Everything decided, the lock-down recorded, the right held.
async fn decided(bench: &Bench) -> Directory {
    let directory = set_up(&*bench.journal).await;
    let call = bench.journal.append(north(), at(0).into(), vec![call(1)]);
    call.await.unwrap();
    directory
}

async fn put(journal: &dyn Journal, directory: &Directory) {
    let version = journal.directories().await.unwrap()[0].version;
    let put = journal.put_directory(version, directory, operator(), time(5));
    put.await.unwrap();
}

/// The clear is refused for this, and is in no log afterwards, however long one waits.
async fn is_refused(journal: &dyn Journal, clear: Stamped, right: Right, code: Code) {
    let clear_id = clear.id;
    let answer = journal
        .append_clear(north(), at(1).into(), clear, right)
        .await;
    assert_eq!(answer.unwrap_err(), AppendError::Refused(code));
    assert_eq!(journal.find(north(), clear_id).await.unwrap(), None);
    // A later write does not bring it along.
    journal
        .append(north(), at(1).into(), vec![call(7)])
        .await
        .unwrap();
    let stored = journal.read(north(), 0, 10).await.unwrap();
    let ids: Vec<_> = stored.iter().map(|s| s.entry.stamped.id).collect();
    assert_eq!(ids, [id(1), id(7)]);
}

async fn a3_a_right_that_holds_clears(bench: Bench) {
    let directory = decided(&bench).await;
    let right = right_to_all_clear(&directory);
    let clear = bench
        .journal
        .append_clear(north(), at(1).into(), all_clear(2), right);
    assert_eq!(clear.await.unwrap().tip.position(), at(2));
    let right = right_to_lift(&directory);
    let clear = bench
        .journal
        .append_clear(north(), at(2).into(), lift(3), right);
    assert_eq!(clear.await.unwrap().tip.position(), at(3));
}

async fn a3_a_revoked_sign_in_does_not_clear(bench: Bench) {
    let directory = decided(&bench).await;
    let journal = &*bench.journal;
    let revoked = switch_off(journal, "c-sam", operator(), 5).await;
    assert!(revoked.unwrap());
    let right = right_to_all_clear(&directory);
    is_refused(journal, all_clear(2), right, Code::Revoked).await;
}

async fn a3_a_person_who_was_removed_does_not_clear(bench: Bench) {
    let mut directory = decided(&bench).await;
    let right = right_to_all_clear(&directory);
    directory.people.remove(&"sam".parse().unwrap());
    put(&*bench.journal, &directory).await;
    is_refused(&*bench.journal, all_clear(2), right, Code::Revoked).await;
}

async fn a3_an_expired_certification_does_not_clear(bench: Bench) {
    let mut directory = decided(&bench).await;
    let right = right_to_all_clear(&directory);
    let sam = directory.people.get_mut(&"sam".parse().unwrap()).unwrap();
    let certification = sam.certification.as_mut().unwrap();
    certification.valid_until = "2026-03-01".parse().unwrap();
    put(&*bench.journal, &directory).await;
    let code = Code::CertificationExpired;
    is_refused(&*bench.journal, all_clear(2), right, code).await;
}

async fn a3_another_role_does_not_clear(bench: Bench) {
    let mut directory = decided(&bench).await;
    let right = right_to_all_clear(&directory);
    let sam = directory.people.get_mut(&"sam".parse().unwrap()).unwrap();
    sam.role = Role::Sso;
    put(&*bench.journal, &directory).await;
    is_refused(&*bench.journal, all_clear(2), right, Code::NotAllowed).await;
}

async fn s4_a_lift_that_the_district_switched_off_does_not_clear(bench: Bench) {
    let mut directory = decided(&bench).await;
    let right = right_to_lift(&directory);
    directory.district.policy.school_lift = false;
    put(&*bench.journal, &directory).await;
    is_refused(&*bench.journal, lift(2), right, Code::LiftDisabled).await;
}

async fn s4_a_lift_whose_proposer_lost_the_right_does_not_clear(bench: Bench) {
    let mut directory = decided(&bench).await;
    let journal = &*bench.journal;
    let right = right_to_lift(&directory);
    let ana = directory.people.get_mut(&"ana".parse().unwrap()).unwrap();
    ana.role = Role::Staff;
    put(journal, &directory).await;
    is_refused(journal, lift(2), right.clone(), Code::ProposalVoid).await;

    // The role again, and the sign-in switched off.
    let ana = directory.people.get_mut(&"ana".parse().unwrap()).unwrap();
    ana.role = Role::Administrator;
    put(journal, &directory).await;
    let revoked = switch_off(journal, "c-ana", operator(), 6).await;
    assert!(revoked.unwrap());
    let answer = journal
        .append_clear(north(), at(2).into(), lift(3), right)
        .await;
    let refused = AppendError::Refused(Code::ProposalVoid);
    assert_eq!(answer.unwrap_err(), refused);
}

async fn a5_a_right_is_its_holders_and_for_its_campus(bench: Bench) {
    let directory = decided(&bench).await;
    let journal = &*bench.journal;

    let mut borrowed = all_clear(2);
    borrowed.by = author(&directory, "tom");
    let right = right_to_all_clear(&directory);
    is_refused(journal, borrowed, right, Code::NotAllowed).await;

    // Another's sign-in under one's own name.
    let (mut clear, mut right) = (all_clear(2), right_to_all_clear(&directory));
    clear.by.credential = Some("c-ana".parse().unwrap());
    right.actor.author.credential = clear.by.credential.clone();
    let answer = journal
        .append_clear(north(), at(2).into(), clear, right)
        .await;
    assert_eq!(answer.unwrap_err(), AppendError::Refused(Code::Revoked));

    for log in ["oak/south", "elm/north", "oak/_district"] {
        let (log, right) = (log.parse().unwrap(), right_to_all_clear(&directory));
        let expected = journal.tip(&log).await.unwrap().position();
        let answer = journal.append_clear(&log, expected.into(), all_clear(2), right);
        let refused = AppendError::Refused(Code::UnknownCampus);
        assert_eq!(answer.await.unwrap_err(), refused, "{log}");
    }
}

async fn p6_a_clear_that_stands_is_answered_again(bench: Bench) {
    let directory = decided(&bench).await;
    let journal = &*bench.journal;
    let right = right_to_all_clear(&directory);
    let clear = journal.append_clear(north(), at(1).into(), all_clear(2), right.clone());
    clear.await.unwrap();
    let revoked = switch_off(journal, "c-sam", operator(), 5).await;
    assert!(revoked.unwrap());
    let again = journal.append_clear(north(), at(1).into(), all_clear(2), right);
    let again = again.await.unwrap();
    assert_eq!(
        (again.placed[0].position, again.placed[0].new),
        (at(2), false)
    );
}

async fn a_clear_conflicts_like_any_append(bench: Bench) {
    let directory = decided(&bench).await;
    let right = right_to_all_clear(&directory);
    let clear = bench
        .journal
        .append_clear(north(), at(0).into(), all_clear(2), right);
    assert_eq!(clear.await.unwrap_err(), AppendError::Conflict(at(1)));
}
