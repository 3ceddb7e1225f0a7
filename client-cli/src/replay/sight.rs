//! What one player's screen must show, and what it shows instead. Words are looked for on the screen as
//! it is drawn, so a passing script says something of the screen too.

use lockstep_proto::Timestamp;
use lockstep_proto::contact::Danger;
use lockstep_proto::fact::Mark;
use lockstep_proto::id::CampusId;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{
    Card, ContactCard, DutyCard, EscalationCard, LeadCard, ReachCard, SightingCard,
};
use tokio::time::Instant;

use super::sees::{
    AtLeast, DrillIs, DutiesAre, DutyIs, DutyStands, LeadIs, LineIs, LinesAre, ReachIs, Sees,
};
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
    missing_headline(sees, screen)
        .or_else(|| missing_drill(sees, screen))
        .or_else(|| missing_duties(sees, screen))
        .or_else(|| missing_lines(sees, screen))
        .or_else(|| missing_people(sees, screen))
        .or_else(|| missing_sightings(sees, screen))
        .or_else(|| missing_reach(sees, screen))
        .or_else(|| missing_words(sees, state, now))
}

fn missing_headline(sees: &Sees, screen: &Screen) -> Option<String> {
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
    if let Some(expected) = &sees.marks
        && let Some(wrong) = wrong_marks(card.map_or(&[], |card| &card.marks), expected)
    {
        return Some(wrong);
    }
    if let Some(calls) = sees.calls {
        let shown = card.map_or(0, |card| card.calls);
        if shown != calls {
            return Some(format!("{shown} calls where {calls} were expected"));
        }
    }
    let over = card.is_some_and(|card| card.drill_over);
    sees.drill_over
        .filter(|expected| *expected != over)
        .map(|expected| {
            if expected {
                "no word that a drill is over"
            } else {
                "that a drill is over"
            }
            .to_owned()
        })
}

fn wrong_marks(marks: &[Mark], expected: &[String]) -> Option<String> {
    let marks: Vec<&str> = marks.iter().map(|mark| mark.words()).collect();
    (!marks.iter().eq(expected.iter()))
        .then(|| format!("marks {marks:?} where {expected:?} were expected"))
}

/// The drill that the screen may show: none as soon as something real is on it (D2).
fn missing_drill(sees: &Sees, screen: &Screen) -> Option<String> {
    match (sees.drill.as_ref()?, screen.drill()) {
        (DrillIs::None, None) => None,
        (DrillIs::None, Some(drill)) => Some(format!("a {}", drill.kind.words())),
        (DrillIs::Running { .. }, None) => Some("no drill".to_owned()),
        (
            DrillIs::Running {
                kind,
                posture,
                marks,
            },
            Some(drill),
        ) => {
            if kind.is_some_and(|kind| kind != drill.kind) {
                return Some(format!("a {}", drill.kind.words()));
            }
            if posture.is_some_and(|posture| posture != drill.posture) {
                return Some(format!("a drill of {}", words::posture_name(drill.posture)));
            }
            marks
                .as_ref()
                .and_then(|expected| wrong_marks(&drill.marks, expected))
        }
    }
}

fn missing_duties(sees: &Sees, screen: &Screen) -> Option<String> {
    let duties: Vec<&DutyCard> = cards(screen, |card| {
        if let Card::Duty(card) = card {
            Some(card)
        } else {
            None
        }
    });
    let is = |expected: &DutyIs| {
        duties.iter().any(|duty| {
            duty.kind == expected.kind
                && match expected.stands {
                    None => true,
                    Some(DutyStands::Overdue) => duty.overdue,
                    Some(DutyStands::InHand) => duty.acknowledged.is_some(),
                }
        })
    };
    let open = || {
        let open: Vec<String> = duties.iter().map(|duty| shown_duty(duty)).collect();
        if open.is_empty() {
            "no duty is open".to_owned()
        } else {
            format!("open: {}", open.join(", "))
        }
    };
    let wanted = match &sees.duties {
        None => None,
        Some(DutiesAre::None) => (!duties.is_empty()).then(|| format!("duties ({})", open())),
        Some(DutiesAre::Any) => duties.is_empty().then(|| "no duty".to_owned()),
        Some(DutiesAre::These(these)) => these
            .0
            .iter()
            .find(|duty| !is(duty))
            .map(|duty| format!("no duty {duty} ({})", open())),
    };
    wanted.or_else(|| {
        sees.not_duties
            .0
            .iter()
            .find(|duty| is(duty))
            .map(|duty| format!("the duty {duty}, which should not be there ({})", open()))
    })
}

fn shown_duty(duty: &DutyCard) -> String {
    let overdue = if duty.overdue { " overdue" } else { "" };
    let in_hand = if duty.acknowledged.is_some() {
        " in hand"
    } else {
        ""
    };
    format!("{}{overdue}{in_hand}", duty.kind.as_str())
}

fn missing_lines(sees: &Sees, screen: &Screen) -> Option<String> {
    let lines: Vec<&EscalationCard> = cards(screen, |card| {
        if let Card::Escalation(card) = card {
            Some(card)
        } else {
            None
        }
    });
    let stands = |agency, expected: LineIs| {
        lines.iter().any(|card| {
            card.agency == agency
                && expected.line.is_none_or(|line| line == card.line)
                && expected
                    .response
                    .is_none_or(|response| response == card.response)
        })
    };
    let shown = || {
        let shown: Vec<String> = lines
            .iter()
            .map(|card| {
                format!(
                    "{}: line {}, help {}",
                    card.agency.words(),
                    words::line(card.line),
                    words::response(card.response)
                )
            })
            .collect();
        if shown.is_empty() {
            "nobody was asked for".to_owned()
        } else {
            shown.join("; ")
        }
    };
    let wanted = match &sees.lines {
        None => None,
        Some(LinesAre::None) => (!lines.is_empty()).then(&shown),
        Some(LinesAre::These(these)) => these
            .0
            .iter()
            .any(|(agency, line)| !stands(*agency, *line))
            .then(&shown),
    };
    wanted.or_else(|| {
        sees.not_lines
            .0
            .iter()
            .any(|(agency, line)| stands(*agency, *line))
            .then(|| format!("{}, which should not be there", shown()))
    })
}

fn missing_people(sees: &Sees, screen: &Screen) -> Option<String> {
    let card: Option<&LeadCard> = screen.cards.values().find_map(|card| {
        if let Card::Lead(card) = card {
            Some(card)
        } else {
            None
        }
    });
    let lead = card.and_then(|card| card.lead.as_ref());
    let wrong = match &sees.lead {
        None => false,
        Some(LeadIs::Nobody) => lead.is_some(),
        Some(LeadIs::Is(person)) => lead.is_none_or(|lead| lead.person != *person),
    };
    let refused = sees
        .not_lead
        .as_ref()
        .is_some_and(|person| lead.is_some_and(|lead| lead.person == person.0));
    if wrong || refused {
        return Some(lead.map_or_else(
            || "that nobody has the lead".to_owned(),
            |lead| format!("that {} has the lead", lead.who.name),
        ));
    }
    let plans: Vec<&ContactCard> = cards(screen, |card| {
        if let Card::Contact(card) = card {
            Some(card)
        } else {
            None
        }
    });
    let stands = plans.iter().any(|plan| plan.stands);
    sees.contact
        .filter(|expected| *expected != stands)
        .map(|expected| {
            if expected {
                "no contact plan that stands"
            } else {
                "a contact plan that stands"
            }
            .to_owned()
        })
}

fn missing_sightings(sees: &Sees, screen: &Screen) -> Option<String> {
    let expected = sees.sightings?;
    let sightings: Vec<&SightingCard> = cards(screen, |card| {
        if let Card::Sighting(card) = card {
            Some(card)
        } else {
            None
        }
    });
    let wrong = |expected: Option<usize>, shown: usize, what: &str| {
        expected
            .filter(|expected| *expected != shown)
            .map(|expected| format!("{shown} sightings{what} where {expected} were expected"))
    };
    let of = |danger: Danger| {
        let shown = sightings.iter().filter(|card| card.danger == danger);
        wrong(
            expected.of(danger),
            shown.count(),
            &format!(" ({})", danger.words()),
        )
    };
    let pictures = sightings.iter().filter(|card| card.picture.is_some());
    wrong(expected.count, sightings.len(), "")
        .or_else(|| of(Danger::Yes))
        .or_else(|| of(Danger::No))
        .or_else(|| of(Danger::Unsure))
        .or_else(|| wrong(expected.pictures, pictures.count(), " with a picture"))
}

fn missing_reach(sees: &Sees, screen: &Screen) -> Option<String> {
    let card: Option<&ReachCard> = screen.cards.values().find_map(|card| {
        if let Card::Reach(card) = card {
            Some(card)
        } else {
            None
        }
    });
    let shown = || {
        card.map_or_else(
            || "no reach".to_owned(),
            |card| {
                format!(
                    "sent to {}, received by {}, displayed by {}, acknowledged by {} of {} rooms",
                    card.sent, card.received, card.displayed, card.acknowledged, card.rooms
                )
            },
        )
    };
    let reached = |least: &AtLeast| card.is_some_and(|card| reaches(card, least));
    let right = match &sees.reach {
        None => true,
        Some(ReachIs::None) => card.is_none(),
        Some(ReachIs::AtLeast(least)) => reached(least),
    };
    let refused = sees.not_reach.as_ref().is_some_and(reached);
    (!right || refused).then(shown)
}

fn reaches(card: &ReachCard, least: &AtLeast) -> bool {
    [
        (least.sent, card.sent),
        (least.received, card.received),
        (least.displayed, card.displayed),
        (least.acknowledged, card.acknowledged),
    ]
    .into_iter()
    .all(|(least, shown)| least.is_none_or(|least| shown >= least))
}

fn cards<'a, T>(screen: &'a Screen, wanted: impl Fn(&'a Card) -> Option<&'a T>) -> Vec<&'a T> {
    screen.cards.values().filter_map(wanted).collect()
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

#[cfg(test)]
mod tests;
