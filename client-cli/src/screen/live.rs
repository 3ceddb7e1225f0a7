//! The only part of the screen that touches the world: terminal, keys, link and outbox.

use std::collections::BTreeSet;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyModifiers};
use futures_util::StreamExt as _;
use lockstep_proto::command::{Command, CommandRequest, Pin};
use lockstep_proto::frame::ServerFrame;
use lockstep_proto::id::{CampusId, CommandId};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::doubts::Doubts;
use super::model::{Form, Model};
use super::update::{Effect, Happened, Key, update};
use super::view;
use crate::Failure;
use crate::api::Answer;
use crate::args::FormArg;
use crate::context::Context;
use crate::link::wire::WebSocket;
use crate::link::{Connection, Follows, Link, LinkState};
use crate::outbox::Unsent;
use crate::words;

/// How often the screen is drawn although nothing came in: ages and staleness move by themselves.
const TICK: Duration = Duration::from_millis(250);

/// How often the outbox is looked into.
const OFFER_EVERY: Duration = Duration::from_secs(2);

/// How long a command waits for its answer on the link.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The most answers under way.
const UNDER_WAY_MAX: usize = 64;

/// `watch CAMPUS`.
pub async fn watch(
    context: &Context,
    campus: CampusId,
    form: Option<FormArg>,
) -> Result<(), Failure> {
    let sign_in = context.sign_in()?;
    let form = match form {
        Some(FormArg::Classroom) => Form::Classroom,
        Some(FormArg::Responder) => Form::Responder,
        None => Form::of(sign_in.you.audience),
    };
    show(context, Some(campus), form).await
}

/// `board`.
pub async fn board(context: &Context) -> Result<(), Failure> {
    show(context, None, Form::Board).await
}

async fn show(context: &Context, campus: Option<CampusId>, form: Form) -> Result<(), Failure> {
    let sign_in = context.sign_in()?;
    let (tap, tapped) = mpsc::channel(64);
    let follows = Follows {
        servers: context.servers(Some(&sign_in)),
        token: sign_in.token,
        campus,
        tap: context.json.then_some(tap),
    };
    let link = Link::start(WebSocket, follows, context.clock.clone());
    if context.json {
        stream(context, &link, tapped).await
    } else {
        let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let model = Model::new(form, context.clock.now(), colour);
        let mut terminal = ratatui::try_init().map_err(|why| {
            Failure::Usage(format!(
                "There is no terminal to draw on ({why}). For programs there is --json."
            ))
        })?;
        let done = Live {
            context,
            link,
            model,
            under_way: BTreeSet::new(),
            doubts: Doubts::default(),
        }
        .run(&mut terminal)
        .await;
        ratatui::restore();
        done
    }
}

struct Live<'a> {
    context: &'a Context,
    link: Link,
    model: Model,
    /// Commands whose answers are waited for: not offered a second time meanwhile.
    under_way: BTreeSet<CommandId>,
    doubts: Doubts,
}

struct Answered {
    campus: CampusId,
    request: CommandRequest,
    answer: Answer,
    unsent: Option<Box<Unsent>>,
}

impl Live<'_> {
    async fn run(mut self, terminal: &mut ratatui::DefaultTerminal) -> Result<(), Failure> {
        let mut state = self.link.state();
        let mut keys = EventStream::new();
        let mut tick = interval(TICK);
        let mut offer = interval(OFFER_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        offer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (done, mut answers) = mpsc::channel::<Answered>(UNDER_WAY_MAX);
        loop {
            self.model.refresh(
                &state.borrow_and_update(),
                self.context.clock.now(),
                Instant::now(),
            );
            terminal
                .draw(|frame| view::draw(frame, &self.model))
                .map_err(|why| {
                    Failure::Fault(format!("The terminal takes nothing any more: {why}."))
                })?;
            self.drawn();
            tokio::select! {
                changed = state.changed() => changed.map_err(|_| Failure::Fault("The link has ended.".to_owned()))?,
                _ = tick.tick() => {}
                _ = offer.tick() => self.offer_unsent(&done),
                Some(answered) = answers.recv() => self.answered(answered),
                event = keys.next() => {
                    let Some(Ok(event)) = event else {
                        return Err(Failure::Fault("The keyboard is gone.".to_owned()));
                    };
                    if let Some(key) = key(&event) {
                        for effect in update(&mut self.model, Happened::Key(key)) {
                            match effect {
                                Effect::Quit => return Ok(()),
                                Effect::Send { campus, command, pin } => self.send(campus, command, pin, &done),
                            }
                        }
                    }
                }
            }
        }
    }

    /// R1: displayed is said after the draw. Heads are kept as they come (T2).
    fn drawn(&self) {
        for shown in &self.model.campuses {
            if let Some(through) = shown.screen.position
                && (shown.screen.items().next().is_some() || shown.screen.drill().is_some())
            {
                self.link
                    .displayed(&shown.id, through, crate::act::not_recorded(&shown.screen));
            }
        }
    }

    fn send(
        &mut self,
        campus: CampusId,
        command: Command,
        pin: Option<Pin>,
        done: &mpsc::Sender<Answered>,
    ) {
        let request = CommandRequest {
            id: CommandId(Uuid::now_v7()),
            claimed_at: Some(self.context.clock.now()),
            pin,
            passkey: None,
            again: false,
            command,
        };
        let by = self.context.sign_in().map(|sign_in| sign_in.you.principal);
        let unsent = match by {
            Ok(by) if request.command.class().is_raise() => {
                let unsent = Unsent {
                    campus: campus.clone(),
                    by,
                    made_at: self.context.clock.now(),
                    shown: false,
                    request: request.clone(),
                };
                if let Err(why) = self.context.outbox().keep(&unsent) {
                    self.model
                        .notice(format!("Sending without a copy on disk: {why}"), true);
                }
                Some(Box::new(unsent))
            }
            Ok(_) | Err(_) => None,
        };
        self.start(campus, request, unsent, done);
    }

    fn start(
        &mut self,
        campus: CampusId,
        request: CommandRequest,
        unsent: Option<Box<Unsent>>,
        done: &mpsc::Sender<Answered>,
    ) {
        if self.under_way.len() >= UNDER_WAY_MAX || !self.under_way.insert(request.id) {
            return;
        }
        let asking = self.link.command_later(&campus, &request);
        let done = done.clone();
        tokio::spawn(async move {
            let answer = tokio::time::timeout(ANSWER_WITHIN, asking)
                .await
                .unwrap_or_else(|_| Answer::Unknown("no answer in time".to_owned()));
            let answered = Answered {
                answer: answer.to(&request),
                campus,
                request,
                unsent,
            };
            let _ = done.send(answered).await;
        });
    }

    fn answered(&mut self, answered: Answered) {
        let Answered {
            campus,
            request,
            answer,
            unsent,
        } = answered;
        self.under_way.remove(&request.id);
        self.doubts.take(&campus, &request, &answer, Instant::now());
        let outbox = self.context.outbox();
        let kept = unsent.is_some();
        let dropped = match &answer {
            Answer::Accepted(accepted) if accepted.holds.is_durable() => outbox.drop(request.id),
            Answer::Refused(refusal) if crate::act::is_final(refusal.code) => {
                outbox.drop(request.id)
            }
            Answer::Accepted(_) => match unsent {
                Some(unsent) => outbox.keep(&Unsent {
                    shown: true,
                    ..*unsent
                }),
                None => Ok(()),
            },
            Answer::Refused(_) | Answer::Unknown(_) | Answer::NotSent(_) => Ok(()),
        };
        if let Err(why) = dropped {
            self.model.notice(why.to_string(), true);
        }
        update(
            &mut self.model,
            Happened::Answered {
                act: words::command(&request.command),
                answer,
                clear: request.command.named().is_some(),
                kept,
            },
        );
    }

    /// Asks what became of what is in doubt, at whichever server the link is connected to now.
    fn ask_again(&mut self, done: &mpsc::Sender<Answered>) {
        for (campus, request) in self.doubts.open(Instant::now()) {
            if !self.under_way.contains(&request.id) {
                self.start(campus, request, None, done);
            }
        }
    }

    /// Offers what is younger than ten minutes; counts what is older, for its author to say (P7).
    fn offer_unsent(&mut self, done: &mpsc::Sender<Answered>) {
        let outbox = self.context.outbox();
        let (kept, _) = outbox.list().unwrap_or_default();
        let now = self.context.clock.now();
        self.model.unsent = kept
            .iter()
            .filter(|unsent| !unsent.goes_by_itself(now))
            .count();
        self.keep_heads();
        if !matches!(self.model.connection, Connection::Open { .. }) {
            return;
        }
        self.ask_again(done);
        let Some(you) = self.model.you.as_ref().map(|you| you.principal.clone()) else {
            return;
        };
        for unsent in kept
            .into_iter()
            .filter(|unsent| unsent.goes_by_itself(now) && unsent.by == you)
        {
            if !self.under_way.contains(&unsent.request.id) {
                self.start(
                    unsent.campus.clone(),
                    unsent.request.clone(),
                    Some(Box::new(unsent)),
                    done,
                );
            }
        }
    }

    fn keep_heads(&self) {
        keep_heads(self.context, &self.link.state());
    }
}

/// Keeps the newest signed heads (T2). A disk that takes none costs nobody the screen.
fn keep_heads(context: &Context, state: &watch::Receiver<LinkState>) {
    let heads: Vec<String> = state
        .borrow()
        .campuses
        .values()
        .filter_map(|follow| follow.head.clone())
        .collect();
    for head in heads {
        let _ = context.profile.remember_head(&head);
    }
}

fn key(event: &Event) -> Option<Key> {
    let key = event.as_key_press_event()?;
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Key::Quit);
    }
    if let KeyCode::Char(letter) = key.code {
        return Some(Key::Letter(letter));
    }
    [
        (KeyCode::Enter, Key::Enter),
        (KeyCode::Esc, Key::Escape),
        (KeyCode::Backspace, Key::Back),
    ]
    .into_iter()
    .find_map(|(code, meant)| (key.code == code).then_some(meant))
}

/// `--json`: every frame, and a `screen` line whenever what may be shown changes.
async fn stream(
    context: &Context,
    link: &Link,
    mut tapped: mpsc::Receiver<ServerFrame>,
) -> Result<(), Failure> {
    let mut state = link.state();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = Vec::new();
    loop {
        tokio::select! {
            Some(frame) = tapped.recv() => context.tell_json(&frame),
            changed = state.changed() => changed.map_err(|_| Failure::Fault("The link has ended.".to_owned()))?,
            _ = tick.tick() => keep_heads(context, &state),
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
        let (lines, ended) = summary(&state.borrow_and_update(), context);
        for line in lines.iter().filter(|line| !before.contains(*line)) {
            context.tell_json(line);
        }
        before = lines;
        if let Some(why) = ended {
            return Err(Failure::Fault(why));
        }
    }
}

/// What a program needs of each campus: the same as a screen, with what a clear would name.
fn summary(state: &LinkState, context: &Context) -> (Vec<serde_json::Value>, Option<String>) {
    let mut model = Model::new(Form::Board, context.clock.now(), false);
    model.refresh(state, context.clock.now(), Instant::now());
    let lines = model
        .campuses
        .iter()
        .map(|shown| {
            serde_json::json!({
                "type": "screen", "campus": shown.id, "reliable": shown.trust.is_good(),
                "doubt": shown.doubt(model.started), "posture": shown.posture(),
                "drill": shown.screen.drill(), "drill_over": shown.drill_over(),
                "last_shown": shown.screen.posture(), "checking": shown.screen.checking(),
                "head": shown.screen.position.map(|position| position.to_string()),
                "lifts": shown.screen.open_raises(), "resumes": shown.screen.open_releases(),
                "held": shown.screen.held, "degraded": shown.degraded,
            })
        })
        .collect();
    let ended = match &state.connection {
        Connection::Ended { why } => Some(why.clone()),
        Connection::Open { .. } | Connection::Trying { .. } => None,
    };
    (lines, ended)
}
