//! Receipts over the wire (R1): what makes a row, what is answered, and what is not believed.

use lockstep_proto::frame::{ServerFrame, Stage};
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_tests::Server;
use serde_json::{Value, json};

use crate::people::{does, entries, screen_of, who};
use crate::{ADMIN, NORTH};

fn call() -> Value {
    json!({ "name": "call_lock_down" })
}

/// Rows of the timeline about one client's stage.
fn rows<'a>(entries: &'a [Value], how_far: &str) -> Vec<&'a Value> {
    let facts = entries.iter().map(|entry| &entry["fact"]);
    facts
        .filter(|fact| fact["fact"] == "reach_kept")
        .flat_map(|fact| fact["rows"].as_array().unwrap())
        .filter(|row| row["how_far"] == how_far)
        .collect()
}

fn shown(screen: &Screen) -> bool {
    screen.posture() == Posture::LockDown
}

/// R1: a receipt is answered once it is kept; one that says nothing new is answered and makes no
/// row; a person's screen without a room counts as well; without an alert nothing is counted.
#[tokio::test]
async fn r1_what_is_said_again_is_answered_and_makes_no_row() {
    let server = Server::start();
    let mut room = screen_of(&server, "device:north-n101").await;
    let mut eyes = screen_of(&server, "person:walt.dunn").await;
    room.confirm(Stage::Displayed).await;
    does(&who(&server, "ana.ruiz"), call()).await;
    for screen in [&mut room, &mut eyes] {
        screen.until_screen(shown).await;
        for _ in 0..3 {
            screen.confirm(Stage::Received).await;
            screen.confirm(Stage::Displayed).await;
        }
        screen.until_kept(Stage::Displayed).await;
        // Kept already: answered at once.
        screen.confirm(Stage::Received).await;
        screen.until_kept(Stage::Received).await;
    }
    let entries = entries(&who(&server, "ana.ruiz")).await;
    for how_far in ["sent", "received", "displayed"] {
        let rows = rows(&entries, how_far);
        assert_eq!(rows.len(), 2, "{how_far}: {rows:?}");
        let of_rooms = rows.iter().filter(|row| row["room"] == "n101");
        assert_eq!(of_rooms.count(), 1, "the custodian's is no room's");
    }
    let by = entries
        .iter()
        .find(|entry| entry["fact"]["fact"] == "reach_kept")
        .map(|entry| &entry["by"]);
    assert_eq!(by.unwrap()["name"], "Lockstep");
}

/// L5, T4: what a client claims beyond what there is, is not believed, and harms nobody: the
/// next raise is recorded as ever, and a later alert is not reached by an earlier claim.
#[tokio::test]
async fn l5_a_claim_beyond_the_head_reaches_and_harms_nothing() {
    let server = Server::start();
    let ana = who(&server, "ana.ruiz");
    let mut room = screen_of(&server, "device:north-n101").await;
    let mut console = screen_of(&server, ADMIN).await;
    does(&ana, call()).await;
    room.until_screen(shown).await;
    for epoch in [0, 1, u32::MAX] {
        let through = json!({ "epoch": epoch, "seq": (1_u64 << 53) - 1 });
        for stage in ["received", "displayed"] {
            let receipt = json!({ "type": "receipt", "campus": NORTH, "stage": stage,
                "through": through });
            room.say(&receipt.to_string()).await;
        }
    }
    let ServerFrame::ReceiptKept { through, .. } = room
        .until(|frame| matches!(frame, ServerFrame::ReceiptKept { .. }))
        .await
    else {
        unreachable!("it is what was waited for");
    };
    assert!(through.seq < 1_000, "{through:?}");
    let (second, _) = who(&server, "sam.cole")
        .recorded(NORTH, serde_json::from_value(call()).unwrap())
        .await;
    console
        .until_screen(|screen| {
            let mut cards = screen.cards.values();
            cards.any(
                |card| matches!(card, Card::Raise(card) if card.id == second.fact && card.recorded),
            )
        })
        .await;
    let reached =
        console.screen.cards.values().any(
            |card| matches!(card, Card::Room(room) if room.id.as_str() == "n101" && room.reached),
        );
    assert!(!reached, "the second call was never drawn");
}
