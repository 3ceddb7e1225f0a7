//! Sightings, contact and the lead over the wire (C3, C4, C5, C7).

use lockstep_proto::code::Code;
use lockstep_proto::duty::{DutyKind, Outcome};
use lockstep_proto::id::PersonId;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{Card, ContactCard, SightingCard};
use lockstep_tests::Server;
use serde_json::json;

use crate::ADMIN;
use crate::people::{
    does, duty, entries, refused, screen_of, until_done, until_duty, until_tried, who,
};

fn sightings(screen: &Screen) -> Vec<&SightingCard> {
    let sightings = screen.cards.values().filter_map(|card| {
        let Card::Sighting(sighting) = card else {
            return None;
        };
        Some(sighting)
    });
    sightings.collect()
}

fn plan(screen: &Screen) -> Option<&ContactCard> {
    screen.cards.values().find_map(|card| {
        let Card::Contact(plan) = card else {
            return None;
        };
        Some(plan)
    })
}

fn lead(screen: &Screen) -> Option<PersonId> {
    screen.cards.values().find_map(|card| {
        let Card::Lead(card) = card else { return None };
        card.lead.as_ref().map(|lead| lead.person.clone())
    })
}

/// C5: a custodian's sighting is at the SRO, SSO and administrators at once, with a receipt for
/// its author, and at nobody's who need not know; an update is on the 911 record.
#[tokio::test]
async fn c5_a_sighting_reaches_the_responders_with_a_receipt() {
    let server = Server::start();
    let walt = who(&server, "walt.dunn");
    let mut console = screen_of(&server, ADMIN).await;
    let mut sro = screen_of(&server, "person:sam.cole").await;
    let mut sso = screen_of(&server, "person:lee.park").await;
    let line = json!({ "name": "open_escalation", "agency": "911", "basis": "escalating",
        "state": "line_open" });
    let line = does(&who(&server, "ana.ruiz"), line).await.fact;
    let seen = json!({ "name": "report_sighting", "seen": "a man with a long bag",
        "place": "loading dock", "danger": "unsure" });
    let first = does(&walt, seen).await.fact;
    for screen in [&mut console, &mut sro, &mut sso] {
        screen
            .until_screen(|screen| sightings(screen).iter().any(|seen| seen.id == first))
            .await;
    }
    let id = until_duty(&mut sro, DutyKind::SeeSighting).await;
    for person in ["sam.cole", "lee.park", "ana.ruiz"] {
        until_tried(&mut sro, DutyKind::SeeSighting, person).await;
    }
    let tried = &duty(&sro.screen, DutyKind::SeeSighting).unwrap().tried;
    let sent = tried.iter().filter(|tried| tried.outcome == Outcome::Sent);
    assert_eq!(sent.count(), 3, "to those with a screen: {tried:?}");
    let update = json!({ "name": "report_sighting", "seen": "he went in", "danger": "yes",
        "of": first });
    let update = does(&walt, update).await.fact;
    let to_tell = |screen: &Screen| {
        screen.cards.values().any(|card| {
            matches!(card, Card::Escalation(card) if card.id == line
                && card.to_tell.contains(&update))
        })
    };
    sro.until_screen(to_tell).await;
    let heard = json!({ "name": "acknowledge_duty", "duty": id });
    does(&who(&server, "sam.cole"), heard).await;
    // What a class sees, and other staff, says nothing of it.
    for principal in ["device:north-n101", "person:joy.adams"] {
        let screen = screen_of(&server, principal).await.screen;
        let cards = serde_json::to_string(&screen.cards).unwrap();
        assert!(!cards.contains("long bag"), "{principal}: {cards}");
    }
}

/// C3: two of a permitted pair who each say so and name the other, while an SRO is here; either
/// may withdraw. C4: what happened is recorded all the same, and marked.
#[tokio::test]
async fn c3_c4_a_contact_needs_a_pair_and_an_sro_and_is_recorded_without() {
    let server = Server::start();
    let [ana, lee, sam] = ["ana.ruiz", "lee.park", "sam.cole"].map(|name| who(&server, name));
    let mut console = screen_of(&server, ADMIN).await;
    let movement = json!({ "name": "begin_controlled_movement", "kind": "person" });
    let raise = does(&lee, movement).await.fact;
    let safe = |with: &str| json!({ "name": "judge_contact_safe", "raise": raise, "with": with });
    assert_eq!(
        refused(&ana, safe("tom.becker")).await,
        Code::PairNotPermitted
    );
    assert_eq!(
        refused(&lee, safe("lee.park")).await,
        Code::PairNotPermitted
    );

    does(&ana, safe("lee.park")).await;
    does(&lee, safe("ana.ruiz")).await;
    console
        .until_screen(|screen| plan(screen).is_some_and(|plan| plan.judged.len() == 2))
        .await;
    let no_sro = plan(&console.screen).unwrap();
    assert!(!no_sro.stands && !no_sro.sro_here, "{no_sro:?}");
    does(&sam, json!({ "name": "arrive" })).await;
    console
        .until_screen(|screen| plan(screen).is_some_and(|plan| plan.stands))
        .await;
    does(&ana, json!({ "name": "withdraw_contact", "raise": raise })).await;
    console
        .until_screen(|screen| plan(screen).is_none_or(|plan| !plan.stands))
        .await;

    let alone = json!({ "name": "record_contact", "raise": raise, "what": "spoke to him" });
    let alone = does(&ana, alone).await.fact;
    let entries = entries(&ana).await;
    let entry = entries
        .iter()
        .find(|entry| entry["id"] == alone.to_string());
    let marks = &entry.expect("an entry")["fact"]["off_protocol"];
    assert_eq!(*marks, json!(["alone", "not_judged_safe"]));
}

/// C7: an SRO who is here leads, else the administrator, until it is handed over and taken.
#[tokio::test]
async fn c7_the_lead_is_the_sros_who_is_here_until_another_takes_it() {
    let server = Server::start();
    let [ana, lee, sam] = ["ana.ruiz", "lee.park", "sam.cole"].map(|name| who(&server, name));
    let mut console = screen_of(&server, ADMIN).await;
    let led_by = |name: &str| {
        let name: PersonId = name.parse().unwrap();
        move |screen: &Screen| lead(screen).as_ref() == Some(&name)
    };
    does(&ana, json!({ "name": "arrive" })).await;
    does(
        &lee,
        json!({ "name": "begin_controlled_movement", "kind": "other" }),
    )
    .await;
    console.until_screen(led_by("ana.ruiz")).await;
    does(&sam, json!({ "name": "arrive" })).await;
    console.until_screen(led_by("sam.cole")).await;
    let offer = does(&sam, json!({ "name": "offer_lead", "to": "lee.park" })).await;
    let take = json!({ "name": "take_lead", "offer": offer.fact });
    assert_eq!(refused(&ana, take.clone()).await, Code::NotYours);
    console.until_screen(led_by("sam.cole")).await;
    does(&lee, take).await;
    console.until_screen(led_by("lee.park")).await;
    until_done(&mut console, DutyKind::CallSro).await;
}
