//! What was expected and what came, in the story's words.

use super::script::{AnswerIs, Expect};
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

/// What must be seen, in words.
pub(super) fn sights(expect: &Expect) -> String {
    let sees = &expect.sees;
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
    parts.extend(sees.words.iter().map(|words| format!("\"{words}\"")));
    parts.extend(
        sees.not_words
            .iter()
            .map(|words| format!("nowhere \"{words}\"")),
    );
    parts.join(", ")
}
