//! What `status` says of the response: duties, calls for help, the lead, contact, sightings, reach.

use lockstep_proto::drill::DRILL_OVER_WORDS;
use lockstep_proto::view::RECORD_LOST_WORDS;

use super::{Looked, section};
use crate::context::Context;
use crate::words;

/// The most sightings that are printed; the timeline has all.
const SIGHTINGS_MAX: usize = 10;

/// Drills and what ended them, before anything else: nobody takes one for the other (D1, D2).
/// And why something may hold again that was lifted.
pub(super) fn print_drill(context: &Context, looked: &Looked) {
    if let Some(drill) = looked.screen.drill() {
        context.tell(&words::drill(drill, &looked.zone));
        context.tell(&words::drill_instruction(drill));
        context.tell(&format!("Drill {}", drill.id));
    } else if words::posture_card(&looked.screen).is_some_and(|card| card.drill_over) {
        context.tell(DRILL_OVER_WORDS);
    }
    if words::posture_card(&looked.screen).is_some_and(|card| card.record_lost) {
        context.tell(RECORD_LOST_WORDS);
    }
}

pub(super) fn print(context: &Context, looked: &Looked) {
    let (screen, zone, now) = (&looked.screen, &looked.zone, context.clock.now());
    let duties: Vec<String> = words::duties(screen)
        .into_iter()
        .map(|duty| format!("{}  {}", duty.id, words::duty(duty, screen, now, zone)))
        .collect();
    section(context, "Duties", &duties);
    let lines: Vec<String> = words::escalations(screen)
        .into_iter()
        .map(|card| format!("{}  {}", card.id, words::escalation(card, zone)))
        .collect();
    section(context, "Asked for from outside", &lines);
    if let Some(lead) = words::lead_card(screen) {
        context.tell(&format!("Lead: {}", words::lead(lead, zone)));
    }
    let plans: Vec<String> = words::contacts(screen)
        .into_iter()
        .map(|plan| format!("{}  {}", plan.raise, words::contact(plan)))
        .collect();
    section(context, "Contact plan", &plans);
    let sightings: Vec<String> = words::sightings(screen)
        .into_iter()
        .take(SIGHTINGS_MAX)
        .map(|card| format!("{}  {}", card.id, words::sighting(card, zone)))
        .collect();
    section(context, "Sightings, newest first", &sightings);
    if let Some(reach) = words::reach_card(screen) {
        // The reach of a drill reads as one (D1).
        let of = if screen.drill().is_some() {
            "DRILL reach"
        } else {
            "Reach"
        };
        context.tell(&format!("{of}: {}", words::reach(reach)));
    }
    let here: Vec<String> = words::presence(screen)
        .into_iter()
        .map(|card| format!("{}  {}", words::present(card, zone), card.person))
        .collect();
    section(context, "On campus", &here);
}
