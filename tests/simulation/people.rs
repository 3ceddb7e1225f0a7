//! Those who raise and those who clear: what they asked, what they were told, and what they do
//! about an answer that never came.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::directory::Directory;
use lockstep_proto::frame::{Holds, ServerFrame};
use lockstep_proto::id::{CommandId, FactId};
use lockstep_rules::Actor;
use lockstep_server::campus::Answer;
use lockstep_server::hub::{Inlet, outlet};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::instance::Life;
use crate::school;
use crate::state::{INSTANCES, Set, Stage};

/// Whoever is waited for, and at which instance.
type Asked = (usize, JoinHandle<Answer>);

fn request(n: u128, command: Command) -> CommandRequest {
    CommandRequest {
        id: CommandId(Uuid::from_u128(n)),
        claimed_at: None,
        pin: None,
        passkey: None,
        again: false,
        command,
    }
}

fn fact_of(actor: &Actor, request: &CommandRequest) -> FactId {
    FactId::of_command(&actor.district, &actor.author.principal, request.id)
}

/// Somebody who calls, and offers the call again until it is acknowledged.
pub(crate) struct Sender {
    actor: Actor,
    request: CommandRequest,
    pub(crate) id: FactId,
    asked: Vec<Asked>,
    /// Where it was acknowledged.
    pub(crate) acknowledged: [bool; INSTANCES],
}

impl Sender {
    pub(crate) fn new(directory: &Directory, person: &str, n: u128) -> Self {
        let actor = school::actor(directory, person);
        let (reason, place) = (None, None);
        let request = request(n, Command::CallLockDown { reason, place });
        Self {
            id: fact_of(&actor, &request),
            actor,
            request,
            asked: Vec::new(),
            acknowledged: [false; INSTANCES],
        }
    }

    pub(crate) fn offers(&self) -> bool {
        !self.acknowledged.contains(&true)
    }

    pub(crate) fn ask(&mut self, at: usize, life: &Life) {
        let (campus, actor, request) = (
            life.campus.clone(),
            self.actor.clone(),
            self.request.clone(),
        );
        let answer = life.spawn(async move { campus.submit(actor, request, None).await });
        self.asked.push((at, answer));
    }

    /// The instance is gone, and the connections to it.
    pub(crate) fn lose(&mut self, at: usize) {
        self.asked.retain(|(asked, _)| *asked != at);
    }

    pub(crate) fn listen(&mut self, at: usize, life: &Life) -> Result<(), String> {
        for answer in answers(&mut self.asked, at, life) {
            match answer {
                Answer::Accepted(accepted) => match accepted.holds {
                    Holds::Recorded | Holds::Spooled => self.acknowledged[at] = true,
                    Holds::ShownOnly => {}
                },
                Answer::Refused(refusal) if refusal.code == Code::SlowDown => {}
                other @ (Answer::Refused(_) | Answer::InDoubt(_)) => {
                    return Err(format!("invariant 1: a call was answered {other:?}"));
                }
            }
        }
        Ok(())
    }
}

fn answers(asked: &mut Vec<Asked>, at: usize, life: &Life) -> Vec<Answer> {
    let mut answers = Vec::new();
    let waiting = std::mem::take(asked);
    for (asked_at, answer) in waiting {
        if asked_at == at && answer.is_finished() {
            answers.push(life.now(answer).unwrap());
        } else {
            asked.push((asked_at, answer));
        }
    }
    answers
}

/// An officer with one clear, as its model has it.
pub(crate) struct Clearer {
    actor: Actor,
    request: CommandRequest,
    pub(crate) id: FactId,
    asked: Vec<Asked>,
    inlet: Option<Inlet>,
    pub(crate) stage: Stage,
    pub(crate) at: usize,
    /// It waits at the instance that was asked first, in the life in which it was.
    pub(crate) is_there: bool,
    pub(crate) names: Set,
    pub(crate) drawn: Set,
    pub(crate) seen: u8,
    pub(crate) read_back: bool,
}

impl Clearer {
    pub(crate) fn new(directory: &Directory, n: u128) -> Self {
        let actor = school::actor(directory, "sam");
        let request = request(n, Command::Arrive {});
        Self {
            id: fact_of(&actor, &request),
            actor,
            request,
            asked: Vec::new(),
            inlet: None,
            stage: Stage::Unmade,
            at: 0,
            is_there: false,
            names: Set::NONE,
            drawn: Set::NONE,
            seen: 0,
            read_back: false,
        }
    }

    /// Gives the clear.
    pub(crate) fn ask(&mut self, at: usize, life: &Life, command: Command) {
        self.request.command = command;
        let (outlet, inlet) = outlet();
        self.inlet = Some(inlet);
        (self.stage, self.at, self.is_there) = (Stage::Waiting, at, true);
        let (campus, actor) = (life.campus.clone(), self.actor.clone());
        let request = self.request.clone();
        let answer = life.spawn(async move { campus.submit(actor, request, Some(outlet)).await });
        self.asked.push((at, answer));
    }

    /// Asks what became of it, here or elsewhere: `again`, as the clients do.
    pub(crate) fn ask_again(&mut self, at: usize, life: &Life) {
        let (campus, actor) = (life.campus.clone(), self.actor.clone());
        let request = CommandRequest {
            again: true,
            ..self.request.clone()
        };
        let answer = life.spawn(async move { campus.submit(actor, request, None).await });
        self.asked.push((at, answer));
    }

    pub(crate) fn lose(&mut self, at: usize) {
        self.asked.retain(|(asked, _)| *asked != at);
        if self.is_there && self.at == at {
            self.is_there = false;
            self.inlet = None;
            if self.stage == Stage::Waiting {
                self.stage = Stage::InDoubt;
            }
        }
    }

    pub(crate) fn listen(
        &mut self,
        at: usize,
        life: &Life,
        has_lost_tail: bool,
    ) -> Result<(), String> {
        for answer in answers(&mut self.asked, at, life) {
            let stage = match answer {
                Answer::Accepted(_) => Stage::Accepted,
                Answer::Refused(_) => Stage::Refused,
                Answer::InDoubt(_) => Stage::InDoubt,
            };
            self.told(stage, has_lost_tail)?;
        }
        // The truth about one in doubt follows over its connection.
        while let Some(frame) = self.inlet.as_mut().and_then(|i| i.frames.try_recv().ok()) {
            match serde_json::from_str(&frame).unwrap() {
                ServerFrame::Accepted(_) => self.told(Stage::Accepted, has_lost_tail)?,
                ServerFrame::Refused { .. } => self.told(Stage::Refused, has_lost_tail)?,
                ServerFrame::Welcome { .. }
                | ServerFrame::Snapshot { .. }
                | ServerFrame::Event { .. }
                | ServerFrame::Pulse { .. }
                | ServerFrame::InDoubt { .. }
                | ServerFrame::ReceiptKept { .. }
                | ServerFrame::Bye { .. } => {}
            }
        }
        Ok(())
    }

    /// What was told before stands: nobody is told one thing and then another. But what was
    /// recorded may be lost with the journal's tail, and then no read finds it: whoever asks after
    /// that is told so, and from then on it never comes true.
    fn told(&mut self, stage: Stage, has_lost_tail: bool) -> Result<(), String> {
        match (self.stage, stage) {
            (Stage::Accepted, Stage::Refused) if has_lost_tail => {
                self.stage = Stage::Refused;
                Ok(())
            }
            (Stage::Accepted, Stage::Refused) | (Stage::Refused, Stage::Accepted) => Err(format!(
                "13: one clear was answered {:?} and then {stage:?}",
                self.stage
            )),
            (Stage::Accepted | Stage::Refused, _) => Ok(()),
            (Stage::InDoubt, Stage::Accepted | Stage::Refused) => {
                self.read_back = true;
                self.stage = stage;
                Ok(())
            }
            (Stage::Unmade | Stage::Waiting | Stage::Committing | Stage::InDoubt, _) => {
                self.stage = stage;
                Ok(())
            }
        }
    }
}
