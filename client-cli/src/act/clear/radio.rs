//! The sentence to say on the radio (S6), read from the release that one clear made.
//!
//! An older release may still be there with other words, so it is found by its id alone. The clear
//! stands whether or not its sentence comes.

use std::time::Duration;

use lockstep_proto::frame::Accepted;
use lockstep_proto::id::CampusId;
use lockstep_proto::view::{Card, item_key};
use tokio::time::{Instant, sleep, timeout_at};

use crate::act::show::Looked;
use crate::context::Context;

/// How long the sentence is waited for: whoever holds the microphone does not wait longer.
const WITHIN: Duration = Duration::from_secs(3);

/// Between two looks. The release is there at the first one, unless another server answers it.
const BETWEEN: Duration = Duration::from_millis(100);

/// Prints the sentence, or says that it did not come.
pub(super) async fn say(
    context: &Context,
    campus: &CampusId,
    accepted: &Accepted,
) -> Option<String> {
    match timeout_at(Instant::now() + WITHIN, sentence(context, campus, accepted)).await {
        Ok(Some(sentence)) => {
            context.tell(&format!("Say on the radio: {sentence}"));
            Some(sentence)
        }
        Ok(None) => {
            eprintln!(
                "It was accepted, and is no longer open: somebody resumed from it, or it was undone. \
                 Look with `lockstep status {campus}` before you say anything on the radio."
            );
            None
        }
        Err(_) => {
            eprintln!(
                "It was accepted, but the sentence to say on the radio did not come within {} seconds. \
                 `lockstep status {campus}` shows it as soon as a server answers.",
                WITHIN.as_secs()
            );
            None
        }
    }
}

/// The sentence of this release and no other; none where a look from behind it does not have it.
async fn sentence(context: &Context, campus: &CampusId, accepted: &Accepted) -> Option<String> {
    loop {
        if let Ok(looked) = Looked::at(context, campus).await {
            let card = looked.screen.cards.get(&item_key(accepted.fact));
            if let Some(sentence) = card
                .and_then(Card::as_release)
                .and_then(|release| release.radio.clone())
            {
                return Some(sentence);
            }
            if accepted.position.is_some_and(|made| looked.head() >= made) {
                return None;
            }
        }
        sleep(BETWEEN).await;
    }
}
