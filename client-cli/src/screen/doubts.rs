//! Grounds and clears whose answer did not come: asked about again, marked so, until somebody knows.
//!
//! In memory alone, for as long as it is worth asking. Never holds a fact: those are the outbox's.

use std::collections::BTreeMap;
use std::time::Duration;

use lockstep_proto::command::CommandRequest;
use lockstep_proto::id::{CampusId, CommandId};
use tokio::time::Instant;

use crate::api::Answer;

/// How long it is asked about. Whoever still wants it by then has looked and given a new one.
const ASK_FOR: Duration = Duration::from_secs(600);

/// The most that are asked about.
const DOUBTS_MAX: usize = 32;

#[derive(Debug)]
struct Doubt {
    campus: CampusId,
    request: CommandRequest,
    until: Instant,
}

/// What is in doubt.
#[derive(Debug, Default)]
pub(super) struct Doubts(BTreeMap<CommandId, Doubt>);

impl Doubts {
    /// Takes note of an answer: what is unknown is kept, what is known is done with.
    pub(super) fn take(
        &mut self,
        campus: &CampusId,
        request: &CommandRequest,
        answer: &Answer,
        now: Instant,
    ) {
        match answer {
            Answer::Accepted(_) | Answer::Refused(_) | Answer::NotSent(_) => {
                self.0.remove(&request.id);
            }
            Answer::Unknown(_) => {
                let is_new = !self.0.contains_key(&request.id);
                if request.command.class().is_fact() || is_new && self.0.len() >= DOUBTS_MAX {
                    return;
                }
                self.0.entry(request.id).or_insert_with(|| Doubt {
                    campus: campus.clone(),
                    request: CommandRequest {
                        again: true,
                        ..request.clone()
                    },
                    until: now + ASK_FOR,
                });
            }
        }
    }

    /// What is to be asked about now.
    pub(super) fn open(&mut self, now: Instant) -> Vec<(CampusId, CommandRequest)> {
        self.0.retain(|_, doubt| now < doubt.until);
        self.0
            .values()
            .map(|doubt| (doubt.campus.clone(), doubt.request.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use lockstep_proto::code::{Code, Refusal};
    use lockstep_proto::command::Command;
    use lockstep_proto::position::Position;

    use super::*;

    fn request(command: Command) -> CommandRequest {
        CommandRequest {
            id: CommandId(uuid::Uuid::now_v7()),
            claimed_at: None,
            pin: None,
            passkey: None,
            again: false,
            command,
        }
    }

    fn resume() -> CommandRequest {
        request(Command::Resume {
            lifts: Vec::new(),
            seen: Position { epoch: 1, seq: 4 },
            unopened: Vec::new(),
            reason: None,
        })
    }

    fn unknown() -> Answer {
        Answer::Unknown("lost".to_owned())
    }

    #[test]
    fn a_clear_without_an_answer_is_asked_about_until_somebody_knows() {
        let (mut doubts, now) = (Doubts::default(), Instant::now());
        let north: CampusId = "north".parse().unwrap();
        let clear = resume();
        doubts.take(&north, &clear, &unknown(), now);
        let asked = doubts.open(now).remove(0).1;
        assert!(asked.again && asked.id == clear.id && asked.command == clear.command);
        // Nobody to ask, or one that cannot be asked now: still not known.
        for useless in [
            Answer::NotSent("not connected".to_owned()),
            Answer::Refused(Refusal::new(Code::Busy)),
        ] {
            doubts.take(&north, &asked, &useless.to(&asked), now);
            assert_eq!(doubts.open(now).len(), 1);
        }
        let told = Answer::Refused(Refusal::new(Code::UnnamedRaises)).to(&asked);
        doubts.take(&north, &asked, &told, now);
        assert!(doubts.open(now).is_empty());
    }

    #[test]
    fn it_is_bounded_in_time_and_number_and_holds_no_fact() {
        let (mut doubts, now) = (Doubts::default(), Instant::now());
        let north: CampusId = "north".parse().unwrap();
        doubts.take(&north, &request(Command::Arrive {}), &unknown(), now);
        assert!(doubts.open(now).is_empty());
        for _ in 0..DOUBTS_MAX + 5 {
            doubts.take(&north, &resume(), &unknown(), now);
        }
        assert_eq!(doubts.open(now).len(), DOUBTS_MAX);
        assert!(doubts.open(now + ASK_FOR).is_empty());
    }
}
