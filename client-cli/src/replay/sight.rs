//! What one player's screen must show, and what it shows instead. Words are looked for on the screen as
//! it is drawn, so a passing script says something of the screen too.

use lockstep_proto::Timestamp;
use lockstep_proto::id::CampusId;
use tokio::time::Instant;

use super::script::Sees;
use crate::link::LinkState;
use crate::screen::view::as_text;
use crate::screen::{Form, Model};
use crate::words;

/// Wide and high enough that nothing is left out for want of room.
const WIDTH: u16 = 160;
const HEIGHT: u16 = 100;

/// What a screen shows instead of what it should; nothing where it is right.
#[must_use]
pub fn missing(
    sees: &Sees,
    state: &LinkState,
    campus: &CampusId,
    now: Timestamp,
) -> Option<String> {
    let Some(follow) = state.campuses.get(campus) else {
        return Some("nothing of the campus".to_owned());
    };
    let screen = &follow.screen;
    if screen.position.is_none() {
        return Some("nothing of the campus yet".to_owned());
    }
    if let Some(posture) = sees.posture.filter(|posture| *posture != screen.posture()) {
        return Some(format!(
            "{} where {} was expected",
            words::posture_name(screen.posture()),
            words::posture_name(posture)
        ));
    }
    if let Some(checking) = sees
        .checking
        .filter(|checking| *checking != screen.checking())
    {
        return Some(format!(
            "{} being checked",
            if checking { "no threat" } else { "a threat" }
        ));
    }
    let card = words::posture_card(screen);
    if let Some(expected) = &sees.marks {
        let marks: Vec<&str> = card
            .iter()
            .flat_map(|card| card.marks.iter().map(|mark| mark.words()))
            .collect();
        if !marks.iter().eq(expected.iter()) {
            return Some(format!("marks {marks:?} where {expected:?} were expected"));
        }
    }
    if let Some(calls) = sees.calls {
        let shown = card.map_or(0, |card| card.calls);
        if shown != calls {
            return Some(format!("{shown} calls where {calls} were expected"));
        }
    }
    if let Some(reliable) = sees
        .reliable
        .filter(|reliable| *reliable != follow.trust(Instant::now()).is_good())
    {
        return Some(
            if reliable {
                "that it cannot be relied on"
            } else {
                "that it can be relied on"
            }
            .to_owned(),
        );
    }
    missing_words(sees, state, now)
}

fn missing_words(sees: &Sees, state: &LinkState, now: Timestamp) -> Option<String> {
    if sees.words.is_empty() && sees.not_words.is_empty() {
        return None;
    }
    let audience = state.welcome.as_ref().map(|welcome| welcome.you.audience)?;
    let mut model = Model::new(Form::of(audience), now, false);
    model.refresh(state, now, Instant::now());
    let drawn = as_text(&model, WIDTH, HEIGHT);
    // A sentence may be broken over rows.
    let drawn = drawn.split_whitespace().collect::<Vec<_>>().join(" ");
    let absent = sees
        .words
        .iter()
        .find(|words| !drawn.contains(words.as_str()));
    let present = sees
        .not_words
        .iter()
        .find(|words| drawn.contains(words.as_str()));
    absent
        .map(|words| format!("nowhere the words \"{words}\""))
        .or_else(|| {
            present.map(|words| format!("the words \"{words}\", which should not be there"))
        })
}
