//! `roster`: who sits in which class, in an incident.

use lockstep_proto::id::{CampusId, RoomId};
use lockstep_proto::roster::{Roster, Section};

use crate::Failure;
use crate::context::Context;

pub(super) async fn run(
    context: &Context,
    campus: &CampusId,
    room: Option<&RoomId>,
) -> Result<(), Failure> {
    let roster = context.api()?.roster(campus, room).await?;
    context.tell_json(&roster);
    context.tell(&told(&roster).join("\n"));
    Ok(())
}

/// The roster for a terminal.
fn told(roster: &Roster) -> Vec<String> {
    let Some(as_of) = roster.as_of else {
        return vec!["Nobody has put a roster in for this campus.".to_owned()];
    };
    let mut out = vec![format!(
        "As the school's own system had it on {}. That you read it is on record.",
        as_of.strftime("%F %H:%M UTC")
    )];
    if roster.sections.is_empty() {
        out.push("No class is known there.".to_owned());
    }
    for section in &roster.sections {
        out.push(String::new());
        out.push(heading(section));
        out.extend(section.students.iter().map(|name| format!("  {name}")));
    }
    out
}

fn heading(section: &Section) -> String {
    let mut heading = section.title.clone();
    if let Some(room) = &section.room {
        heading += &format!(", room {room}");
    }
    if !section.periods.is_empty() {
        heading += &format!(", period {}", section.periods);
    }
    format!("{heading}: {}", section.students.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn i4_a_roster_is_told_with_its_count_and_its_age() {
        let mut roster = Roster {
            campus: "north-high".parse().unwrap(),
            room: None,
            as_of: Some("2026-03-02T02:00:00Z".parse().unwrap()),
            sections: vec![Section {
                title: "Algebra".to_owned(),
                room: Some("n101".parse().unwrap()),
                periods: "1".to_owned(),
                students: vec!["Al Pupil".to_owned(), "Zoë Student".to_owned()],
            }],
        };
        let said = told(&roster).join("\n");
        assert!(
            said.contains("Algebra, room n101, period 1: 2\n  Al Pupil"),
            "{said}"
        );
        assert!(said.contains("2026-03-02 02:00 UTC"), "{said}");
        roster.as_of = None;
        assert_eq!(told(&roster).len(), 1);
    }
}
