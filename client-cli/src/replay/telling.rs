//! What was expected and what came, in the story's words.

use lockstep_proto::drill::DrillKind;
use lockstep_proto::escalation::Agency;
use lockstep_proto::posture::Posture;

use super::script::{AnswerIs, Expect};
use super::sees::{
    AtLeast, DrillIs, DutiesAre, LeadIs, LineIs, LinesAre, ReachIs, Sees, SightingsAre,
};
use crate::api::Answer;
use crate::words;

/// Whether an answer is what was expected.
pub(super) fn matches(expected: AnswerIs, expect: &Expect, answer: &Answer) -> bool {
    match (expected, answer) {
        (AnswerIs::Accepted, Answer::Accepted(accepted)) => accepted.holds.is_durable(),
        (AnswerIs::Refused, Answer::Refused(refusal)) => {
            expect.code.is_none_or(|code| code == refusal.code)
        }
        (AnswerIs::Accepted | AnswerIs::Refused, _) => false,
    }
}

/// An answer, in words.
pub(super) fn said(answer: &Answer) -> String {
    match answer {
        Answer::Accepted(accepted) => format!("accepted, {}", words::held(accepted)),
        Answer::Refused(refusal) => {
            format!("refused, {}: {}", refusal.code.as_str(), refusal.message)
        }
        Answer::Unknown(why) => format!("not answered: {why}"),
        Answer::NotSent(why) => format!("not sent: {why}"),
    }
}

/// The answer that was expected, in words.
pub(super) fn expected_answer(expect: &Expect) -> String {
    match (expect.answer, expect.code) {
        (None, _) => String::new(),
        (Some(AnswerIs::Accepted), _) => "accepted".to_owned(),
        (Some(AnswerIs::Refused), None) => "refused".to_owned(),
        (Some(AnswerIs::Refused), Some(code)) => format!("refused with {}", code.as_str()),
    }
}

/// What is to be seen, in words.
pub(super) fn seeing(sees: &Sees) -> String {
    let mut parts = headline(sees);
    parts.extend(drill(sees));
    parts.extend(duties(sees));
    parts.extend(lines(sees));
    parts.extend(people(sees));
    parts.extend(sees.sightings.iter().map(sightings));
    parts.extend(reach(sees));
    parts.extend(sees.words.iter().map(|words| format!("\"{words}\"")));
    parts.extend(
        sees.not_words
            .iter()
            .map(|words| format!("nowhere \"{words}\"")),
    );
    parts.join(", ")
}

fn headline(sees: &Sees) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(posture) = sees.posture {
        parts.push(posture.words().to_owned());
    }
    match sees.checking {
        Some(true) => parts.push("a threat being checked".to_owned()),
        Some(false) => parts.push("no threat being checked".to_owned()),
        None => {}
    }
    if let Some(calls) = sees.calls {
        parts.push(format!("{calls} calls"));
    }
    match &sees.marks {
        Some(marks) if marks.is_empty() => parts.push("no mark".to_owned()),
        Some(marks) => parts.push(marks.join(", ")),
        None => {}
    }
    match sees.reliable {
        Some(true) => parts.push("that they can be relied on".to_owned()),
        Some(false) => parts.push("that they cannot be relied on".to_owned()),
        None => {}
    }
    parts
}

fn drill(sees: &Sees) -> Vec<String> {
    let mut parts = Vec::new();
    match &sees.drill {
        None => {}
        Some(DrillIs::None) => parts.push("no drill".to_owned()),
        Some(DrillIs::Running {
            kind,
            posture,
            marks,
        }) => {
            let kind = kind.map_or("drill", DrillKind::words);
            let posture = posture.map_or("", Posture::words);
            let marks = marks.as_ref().map_or_else(String::new, |m| m.join(", "));
            parts.push(
                format!("DRILL ({kind}) {posture} {marks}")
                    .trim()
                    .to_owned(),
            );
        }
    }
    match sees.drill_over {
        None => {}
        Some(true) => parts.push("that the drill is over".to_owned()),
        Some(false) => parts.push("no word that a drill is over".to_owned()),
    }
    parts
}

fn duties(sees: &Sees) -> Vec<String> {
    let mut parts = match &sees.duties {
        None => Vec::new(),
        Some(DutiesAre::None) => vec!["no duty".to_owned()],
        Some(DutiesAre::Any) => vec!["a duty".to_owned()],
        Some(DutiesAre::These(these)) => {
            these.0.iter().map(|duty| format!("duty {duty}")).collect()
        }
    };
    let refused = sees.not_duties.0.iter();
    parts.extend(refused.map(|duty| format!("no duty {duty}")));
    parts
}

fn lines(sees: &Sees) -> Vec<String> {
    let told = |(agency, is): (&Agency, &LineIs)| {
        let line = is.line.map_or("", words::line);
        let response = is.response.map_or("", words::response);
        format!("{} {line} {response}", agency.words())
            .trim()
            .to_owned()
    };
    let mut parts = match &sees.lines {
        None => Vec::new(),
        Some(LinesAre::None) => vec!["nobody asked for from outside".to_owned()],
        Some(LinesAre::These(these)) => these.0.iter().map(told).collect(),
    };
    parts.extend(
        sees.not_lines
            .0
            .iter()
            .map(|line| format!("not {}", told(line))),
    );
    parts
}

fn people(sees: &Sees) -> Vec<String> {
    let mut parts = match &sees.lead {
        None => Vec::new(),
        Some(LeadIs::Nobody) => vec!["that nobody has the lead".to_owned()],
        Some(LeadIs::Is(person)) => vec![format!("that {person} has the lead")],
    };
    let refused = sees.not_lead.iter();
    parts.extend(refused.map(|person| format!("that {} does not have the lead", person.0)));
    match sees.contact {
        None => {}
        Some(true) => parts.push("a contact plan that stands".to_owned()),
        Some(false) => parts.push("no contact plan that stands".to_owned()),
    }
    parts
}

fn sightings(expected: &SightingsAre) -> String {
    let counts = [
        (expected.count, "in all"),
        (expected.yes, "dangerous"),
        (expected.no, "not dangerous"),
        (expected.unsure, "perhaps dangerous"),
        (expected.pictures, "with a picture"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter_map(|(count, what)| Some(format!("{} {what}", count?)))
        .collect();
    format!("sightings: {}", counts.join(", "))
}

fn reach(sees: &Sees) -> Vec<String> {
    let far = |least: &AtLeast| {
        let counts = [
            (least.sent, "sent"),
            (least.received, "received"),
            (least.displayed, "displayed"),
            (least.acknowledged, "acknowledged"),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter_map(|(count, what)| Some(format!("{what} {}", count?)))
            .collect();
        counts.join(", ")
    };
    let mut parts = match &sees.reach {
        None => Vec::new(),
        Some(ReachIs::None) => vec!["no reach".to_owned()],
        Some(ReachIs::AtLeast(least)) => vec![format!("reach of at least: {}", far(least))],
    };
    let refused = sees.not_reach.iter();
    parts.extend(refused.map(|least| format!("reach of less than: {}", far(least))));
    parts
}
