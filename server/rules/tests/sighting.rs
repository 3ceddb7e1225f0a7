//! What people saw (C5), and who is asked to watch (C1).

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, ThreatKind};
use lockstep_proto::contact::{Danger, PictureKind};
use lockstep_proto::duty::{DutyKind, Outcome};
use lockstep_proto::escalation::{Agency, LineState};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, DutyCard, SightingCard};

use crate::school::{
    School, ana, call, dana, escalate, has_it, joy, kim, lee, movement, pat, person, sam, sighting,
    sighting_of, text, walt,
};

fn seen(school: &School, id: FactId) -> SightingCard {
    match school.card(&format!("sighting/{id}")) {
        Some(Card::Sighting(card)) => card,
        other => panic!("no sighting: {other:?}"),
    }
}

fn picture(to: FactId, sha256: &str) -> Command {
    Command::AttachPicture {
        to,
        sha256: text(sha256),
        kind: PictureKind::Jpeg,
        bytes: 4_096,
    }
}

const ONE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TWO: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[test]
fn c5_everybody_can_say_what_they_saw_and_responders_have_it_at_once() {
    for who in [walt(), joy(), ana(), sam(), kim(), lee(), dana(), pat()] {
        for danger in [Danger::Yes, Danger::No, Danger::Unsure] {
            let mut school = School::new();
            let shown = school.shown_only(&who, sighting(danger));
            let card = seen(&school, shown.id);
            assert_eq!((card.danger, card.recorded), (danger, false));
            school.record(&shown);
            assert!(seen(&school, shown.id).recorded);
            // It is no posture raise, and who is not asked does not read it.
            assert_eq!(school.posture(), Posture::Normal);
            for audience in [Audience::Room, Audience::Staff] {
                let cards = school.cards(audience);
                assert!(!cards.contains_key(&format!("sighting/{}", shown.id)));
            }
        }
    }
}

#[test]
fn c5_dangerous_or_unsure_asks_the_sro_sso_and_administrators_to_look() {
    for danger in [Danger::Yes, Danger::Unsure] {
        let mut school = School::new();
        school.does(&walt(), sighting(danger));
        assert_eq!(
            school.asked(DutyKind::SeeSighting),
            ["ana", "lee", "sam", "tom"]
        );
        let duty = school.open_duty(DutyKind::SeeSighting);
        // One who has looked is enough; a teacher's word is not.
        school.refuses(&joy(), has_it(duty.id), Code::NotAllowed);
        school.does(&lee(), has_it(duty.id));
        assert_eq!(school.duty(DutyKind::SeeSighting), None);
    }
    let mut school = School::new();
    school.does(&walt(), sighting(Danger::No));
    assert_eq!(school.duties(), []);
}

#[test]
fn c5_a_dangerous_sighting_is_an_alarm_behind_the_head_of_a_clear() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let early = school.end_movement();
    school.does(&walt(), sighting(Danger::No));
    school.does(&walt(), sighting(Danger::Unsure));
    school.refuses(&ana(), early, Code::NewAlarm);
    school.does(&ana(), school.end_movement());
}

#[test]
fn c5_updates_stand_with_what_they_bring_up_to_date_and_reach_the_911_record() {
    let mut school = School::new();
    let before = school.does(&walt(), sighting(Danger::Yes));
    let line_911 = school.does(&ana(), escalate(Agency::NineOneOne, LineState::LineOpen));
    let mut since = Vec::new();
    for _ in 0..7 {
        school.wait_ms(1_000);
        since.push(school.does(&walt(), sighting_of(Danger::No, Some(before))));
    }
    assert_eq!(seen(&school, since[0]).of, Some(before));
    let Some(Card::Escalation(card)) = school.card(&format!("escalation/{line_911}")) else {
        panic!("no escalation");
    };
    // The newest five, newest first: what the caller has to tell.
    since.reverse();
    assert_eq!(card.to_tell, since[..5]);
    // What it brings up to date is not there: it is news all the same (P2).
    let nobody = FactId(uuid::Uuid::nil());
    let news = school.does(&walt(), sighting_of(Danger::Yes, Some(nobody)));
    assert_eq!(seen(&school, news).of, None);
    school.is_the_same_in_any_order();
}

#[test]
fn c5_a_picture_comes_later_from_who_saw_it_and_delays_nothing() {
    let mut school = School::new();
    let id = school.does(&walt(), sighting(Danger::Yes));
    assert_eq!(seen(&school, id).picture, None);
    school.refuses(&joy(), picture(id, ONE), Code::NotYours);
    school.refuses(&ana(), picture(id, ONE), Code::NotYours);
    school.refuses(&walt(), picture(id, "../../etc/passwd"), Code::UnknownThing);
    school.refuses(
        &walt(),
        picture(FactId(uuid::Uuid::nil()), ONE),
        Code::UnknownThing,
    );
    school.does(&walt(), picture(id, ONE));
    school.wait_ms(5);
    school.does(&walt(), picture(id, TWO));
    let shown = seen(&school, id).picture.unwrap();
    assert_eq!((shown.sha256.as_str(), shown.bytes), (TWO, 4_096));
    assert!(school.campus.picture(TWO).is_some());
    assert!(school.campus.picture(ONE).is_none());
    school.is_the_same_in_any_order();
}

#[test]
fn c5_what_was_seen_goes_with_its_incident() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let old = school.does(&walt(), sighting(Danger::Yes));
    let waiting = school.shown_only(&walt(), sighting(Danger::No));
    school.does(&ana(), school.end_movement());
    assert!(school.card(&format!("sighting/{old}")).is_none());
    assert_eq!(school.duty(DutyKind::SeeSighting), None);
    // What the journal does not have yet is the next one's.
    assert!(school.card(&format!("sighting/{}", waiting.id)).is_some());
}

#[test]
fn c1_the_eyes_are_asked_to_watch_with_what_its_author_shared_and_no_more() {
    let mut school = School::new();
    let begun = Command::BeginControlledMovement {
        kind: ThreatKind::Person,
        place: Some(text("north field")),
        seen: Some(text("a student named Max")),
        shareable: Some(text("a man in a blue coat")),
        answers: Vec::new(),
    };
    school.does(&lee(), begun);
    let due = school.attempts();
    let watch: Vec<_> = due
        .iter()
        .filter(|due| due.kind == DutyKind::KeepWatch)
        .collect();
    assert_eq!(watch.len(), 1);
    assert_eq!(watch[0].person.as_str(), "walt");
    assert!(watch[0].say.contains("blue coat"));
    for secret in ["Max", "north field"] {
        assert!(!watch[0].say.contains(secret), "{}", watch[0].say);
        let cards = serde_json::to_string(&school.cards(Audience::Staff)).unwrap();
        assert!(!cards.contains(secret), "{cards}");
        let cards = serde_json::to_string(&school.cards(Audience::Room)).unwrap();
        assert!(!cards.contains("blue coat") && !cards.contains(secret));
    }
    // Their own screens are asked as well: staff see that duty, and no other.
    let told = school.cards(Audience::Staff);
    let duties: Vec<_> = told
        .values()
        .filter(|card| matches!(card, Card::Duty(_)))
        .collect();
    assert_eq!(duties.len(), 1);
    // Each of them is asked, until it is said that he watches.
    let site = &mut school.site;
    let walt_too = site.people[&crate::school::id_of("walt")].clone();
    site.people.insert(crate::school::id_of("wes"), walt_too);
    school.does(&walt(), has_it(school.open_duty(DutyKind::KeepWatch).id));
    assert_eq!(school.asked(DutyKind::KeepWatch), ["wes"]);
    // Those who answer for the campus see who has said so and who has not; the eyes do not.
    let of_each = |duty: DutyCard| -> Vec<bool> {
        let heard = duty.each.iter().map(|asked| asked.heard.is_some());
        heard.collect()
    };
    assert_eq!(
        of_each(school.open_duty(DutyKind::KeepWatch)),
        [true, false]
    );
    let told = school.cards(Audience::Staff).into_values();
    let mut told = told.filter_map(|card| {
        let Card::Duty(duty) = card else { return None };
        Some(duty)
    });
    assert_eq!(told.next().map(of_each), Some(Vec::new()));
    let wes = person("wes", Role::Eyes);
    school.does(&wes, has_it(school.open_duty(DutyKind::KeepWatch).id));
    assert_eq!(school.duty(DutyKind::KeepWatch), None);
}

#[test]
fn c1_the_watch_ends_with_the_movement() {
    let mut school = School::new();
    school.does(&ana(), movement());
    school.tries_all(Outcome::Sent);
    school.does(&ana(), school.end_movement());
    assert_eq!(school.duties(), []);
    // And a lock-down asks nobody to go and look.
    school.does(&ana(), call());
    assert_eq!(school.duty(DutyKind::KeepWatch), None);
}

#[test]
fn c5_a_sighting_of_a_quiet_time_leaves_the_screens_after_a_day() {
    let mut school = School::new();
    let id = school.does(&walt(), sighting(Danger::No));
    school.wait_ms(24 * 3_600_000 - 1);
    seen(&school, id);
    school.wait_ms(1);
    assert!(school.card(&format!("sighting/{id}")).is_none());
    // What happens next may have begun with it.
    school.does(&ana(), movement());
    seen(&school, id);
}

#[test]
fn c5_a_sighting_that_repeats_is_one() {
    let mut school = School::new();
    let request = school.request(sighting(Danger::Yes));
    let made = school.asks(&walt(), &request).unwrap();
    school.record(&made[0]);
    assert_eq!(school.asks(&walt(), &request).unwrap(), []);
    school.campus.apply(&made[0], None);
    assert!(seen(&school, made[0].id).recorded);
    let other = school.restarted();
    assert_eq!(
        other.cards(Audience::Responder),
        school.cards(Audience::Responder)
    );
}
