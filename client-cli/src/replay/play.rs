//! The play: step after step at the chosen speed, told line by line, each expectation with what was
//! measured.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use lockstep_proto::id::{CampusId, FactId, Principal};
use tokio::time::{Instant, sleep_until};

use super::doing::{Doing, Lack};
use super::players::{Cast, Player};
use super::script::{AnswerIs, Expect, Script, ServerDo, Step, What, Who};
use super::sees::Sees;
use super::server::Server;
use super::telling::{expected_answer, matches, said, seeing};
use super::{Speed, sight};
use crate::Failure;
use crate::address::Address;
use crate::api::Answer;
use crate::context::Context;
use crate::words;

/// How long everybody may take to have the campus on screen before the first step.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// How long an act may take where its step says nothing.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often a screen is looked at although nothing came in: reliability changes by time alone.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The most differences that are told of one expectation.
const TOLD_MAX: usize = 5;

/// A play under way.
pub struct Play<'a> {
    context: &'a Context,
    script: &'a Script,
    cast: Cast,
    players: BTreeMap<Principal, Player>,
    servers: Vec<Address>,
    speed: Speed,
    facts: BTreeMap<String, FactId>,
    failed: u32,
    met: u32,
}

impl<'a> Play<'a> {
    /// Connects everybody who acts or watches.
    ///
    /// # Errors
    /// Usage, where somebody has no sign-in.
    pub fn new(
        context: &'a Context,
        script: &'a Script,
        cast: Cast,
        servers: Vec<Address>,
        speed: Speed,
    ) -> Result<Self, Failure> {
        let usage = |why: String| Failure::Usage(format!("{}: {why}.", script.name));
        let mut named: Vec<Who> = script.watching.clone();
        for step in &script.steps {
            match &step.what {
                What::Do { who, .. }
                | What::Burst { who, .. }
                | What::Freeze(who)
                | What::Thaw(who) => named.extend(who.iter().cloned()),
                What::Nothing | What::Server(_) => {}
            }
            named.extend(step.expect.eyes.iter().cloned());
        }
        let everybody: BTreeSet<Principal> = cast
            .of(&named, &script.campus)
            .map_err(usage)?
            .into_iter()
            .collect();
        let mut players = BTreeMap::new();
        for principal in everybody {
            if let Some(part) = cast.sign_ins.get(&principal) {
                let player = Player::new(
                    principal.clone(),
                    part.clone(),
                    &servers,
                    &script.campus,
                    &context.clock,
                )?;
                players.insert(principal, player);
            }
        }
        Ok(Self {
            context,
            script,
            cast,
            players,
            servers,
            speed,
            facts: BTreeMap::new(),
            failed: 0,
            met: 0,
        })
    }

    /// Plays all steps.
    ///
    /// # Errors
    /// Failed, where an expectation was not met; other failures where the play cannot go on.
    pub async fn run(&mut self, server: &mut Server) -> Result<(), Failure> {
        self.context.tell(&format!(
            "{}\n{}\nRules: {}\n",
            self.script.name,
            self.script.about,
            self.script.rules.join(" ")
        ));
        self.everybody_ready().await?;
        let begun = Instant::now();
        for step in &self.script.steps {
            if let Speed::Times(times) = self.speed {
                sleep_until(begun + step.at.div_f64(times)).await;
            }
            self.step(step, server).await?;
        }
        let all = self.met + self.failed;
        self.context.tell(&format!(
            "\n{} of {all} expectations met. The campus stays as it is.",
            self.met
        ));
        self.context.tell_json(&serde_json::json!({"script": self.script.name, "met": self.met, "failed": self.failed}));
        if self.failed == 0 {
            Ok(())
        } else {
            Err(Failure::Failed(format!(
                "{}: {} of {all} expectations were not met.",
                self.script.name, self.failed
            )))
        }
    }

    /// Ends every link.
    pub fn end(&mut self) {
        self.players.clear();
    }

    async fn everybody_ready(&mut self) -> Result<(), Failure> {
        let until = Instant::now() + READY_WITHIN;
        let campus = &self.script.campus;
        let servers: Vec<String> = self.servers.iter().map(ToString::to_string).collect();
        let nothing = format!(
            "nothing came of {campus} from {} within {} seconds. Does it run, and are the sign-ins its own?",
            servers.join(", "),
            READY_WITHIN.as_secs()
        );
        let nothing = &nothing;
        let waits = self.players.values().map(|player| async move {
            let mut state = player.link.state();
            loop {
                let there = state
                    .borrow_and_update()
                    .campuses
                    .get(campus)
                    .is_some_and(|follow| follow.screen.position.is_some());
                if there {
                    return Ok(());
                }
                if player.ended().is_some()
                    || tokio::time::timeout_at(until, state.changed())
                        .await
                        .is_err()
                {
                    let why = player.ended().unwrap_or_else(|| nothing.clone());
                    return Err(format!("{} cannot play: {why}", player.principal));
                }
            }
        });
        let waits: Result<Vec<()>, String> = join_all(waits).await.into_iter().collect();
        waits.map(|_| ()).map_err(Failure::Fault)
    }

    async fn step(&mut self, step: &Step, server: &mut Server) -> Result<(), Failure> {
        if let Some(story) = &step.story {
            self.tell(step, story);
        }
        let begun = Instant::now();
        match &step.what {
            What::Nothing => {}
            What::Do { who, doing, label } => self.act(step, who, doing, label.as_deref()).await?,
            What::Burst { count, who, doing } => self.burst(step, *count, who, doing).await?,
            What::Freeze(who) => {
                for principal in self.named(who)? {
                    self.tell(
                        step,
                        &format!("{}'s screen freezes.", self.name(&principal)),
                    );
                    if let Some(player) = self.players.get_mut(&principal) {
                        player.freeze(&self.script.campus).await;
                    }
                }
            }
            What::Thaw(who) => {
                for principal in self.named(who)? {
                    self.tell(
                        step,
                        &format!("{}'s screen moves again.", self.name(&principal)),
                    );
                    if let Some(player) = self.players.get_mut(&principal) {
                        player.thaw().await;
                    }
                }
            }
            What::Server(ServerDo::Kill) => {
                self.tell(step, "The server is killed with signal 9.");
                server.kill().await?;
            }
            What::Server(ServerDo::Start) => {
                self.tell(step, "The server is started again.");
                server.start().await?;
            }
        }
        self.look(step, begun).await
    }

    fn named(&self, who: &[Who]) -> Result<Vec<Principal>, Failure> {
        self.cast
            .of(who, &self.script.campus)
            .map_err(Failure::Usage)
    }

    fn name(&self, principal: &Principal) -> String {
        self.cast
            .sign_ins
            .get(principal)
            .map_or_else(|| principal.to_string(), |part| part.name.clone())
    }

    async fn act(
        &mut self,
        step: &Step,
        who: &[Who],
        doing: &Doing,
        label: Option<&str>,
    ) -> Result<(), Failure> {
        let actors = self.named(who)?;
        let shown_until = Instant::now() + step.expect.within;
        let until = Instant::now() + ANSWER_WITHIN.max(step.expect.within);
        let campus = &self.script.campus;
        let mut requests = Vec::new();
        for principal in actors {
            let Some(player) = self.players.get(&principal) else {
                continue;
            };
            let request =
                player.request(doing, campus, &self.facts, &self.context.clock, shown_until);
            match request.await {
                Ok(request) => requests.push((principal, request)),
                Err(Lack::NotShown(why)) => {
                    let text = format!("{}: {}: {why}", self.name(&principal), doing.command);
                    self.judge(step, Some(false), &text, "something to name");
                }
                Err(Lack::Wrong(why)) => return Err(cannot(step, &why)),
            }
        }
        let campus = &self.script.campus;
        let sendings = requests.iter().filter_map(|(principal, request)| {
            let player = self.players.get(principal)?;
            Some(async move {
                let begun = Instant::now();
                let answer = player.send(campus, request, until).await;
                (words::command(&request.command), answer, begun.elapsed())
            })
        });
        let answers = join_all(sendings).await;
        for ((principal, _), (command, answer, took)) in requests.iter().zip(&answers) {
            if let (Some(label), Answer::Accepted(accepted)) = (label, answer) {
                self.facts.insert(label.to_owned(), accepted.fact);
            }
            let verdict = step
                .expect
                .answer
                .map(|expected| matches(expected, &step.expect, answer));
            let text = format!(
                "{}: {command}: {} ({} ms)",
                self.name(principal),
                said(answer),
                took.as_millis()
            );
            self.judge(step, verdict, &text, &expected_answer(&step.expect));
        }
        Ok(())
    }

    async fn burst(
        &mut self,
        step: &Step,
        count: u32,
        who: &[Who],
        doing: &Doing,
    ) -> Result<(), Failure> {
        let actors = self.named(who)?;
        let players: Vec<&Player> = actors
            .iter()
            .filter_map(|principal| self.players.get(principal))
            .collect();
        let shown_until = Instant::now() + step.expect.within;
        let until = Instant::now() + ANSWER_WITHIN.max(step.expect.within);
        let campus: &CampusId = &self.script.campus;
        let mut sendings = Vec::new();
        for player in players.iter().cycle().take(count as usize) {
            let request = player
                .request(doing, campus, &self.facts, &self.context.clock, shown_until)
                .await
                .map_err(|lack| cannot(step, &lack.to_string()))?;
            sendings.push(async move { player.send(campus, &request, until).await });
        }
        let begun = Instant::now();
        let answers = join_all(sendings).await;
        let right = answers
            .iter()
            .filter(|answer| {
                matches(
                    step.expect.answer.unwrap_or(AnswerIs::Accepted),
                    &step.expect,
                    answer,
                )
            })
            .count();
        let verdict = step.expect.answer.map(|_| right == answers.len());
        let wrong = answers
            .iter()
            .find(|answer| !matches(AnswerIs::Accepted, &step.expect, answer));
        let wrong = wrong
            .filter(|_| verdict == Some(false))
            .map_or_else(String::new, |answer| format!("; one was {}", said(answer)));
        let text = format!(
            "{count} times {} by {}: {right} answered so ({} ms){wrong}",
            doing.command,
            players.len(),
            begun.elapsed().as_millis()
        );
        self.judge(step, verdict, &text, &expected_answer(&step.expect));
        Ok(())
    }

    /// Looks at every screen that the step names: for what it must show until it does or time is up,
    /// and for what it may never show until time is up.
    async fn look(&mut self, step: &Step, begun: Instant) -> Result<(), Failure> {
        let eyes = self.eyes(&step.expect)?;
        let players: Vec<&Player> = eyes
            .iter()
            .filter_map(|principal| self.players.get(principal))
            .collect();
        let campus = &self.script.campus;
        let (seen, never) = tokio::join!(
            join_all(players.iter().map(|player| self.sees(player, step, begun))),
            join_all(players.iter().map(|player| self.never_sees(player, step))),
        );
        for player in &players {
            shown(player, campus);
        }
        if step.expect.sees != Sees::default() {
            self.judge_seen(step, &seen);
        }
        if !step.expect.never.is_empty() {
            self.judge_never(step, &never);
        }
        Ok(())
    }

    /// How long it took until a screen showed what it must, or what it shows instead.
    async fn sees(&self, player: &Player, step: &Step, begun: Instant) -> Result<Duration, String> {
        let until = begun + step.expect.within;
        let mut state = player.link.state();
        loop {
            let missing = sight::missing(
                &step.expect.sees,
                &state.borrow_and_update(),
                &self.script.campus,
                self.context.clock.now(),
            );
            let Some(missing) = missing else {
                return Ok(begun.elapsed());
            };
            if Instant::now() >= until {
                return Err(format!("{} sees {missing}", player.part.name));
            }
            let next = until.min(Instant::now() + LOOK_EVERY);
            let _ = tokio::time::timeout_at(next, state.changed()).await;
        }
    }

    /// Watches for what may not be there from now on, for as long as the step says: what is absent
    /// once may only be late.
    async fn never_sees(&self, player: &Player, step: &Step) -> Result<(), String> {
        if step.expect.never.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        let until = begun + step.expect.within;
        let mut state = player.link.state();
        loop {
            let now = self.context.clock.now();
            let there = step.expect.never.iter().find(|unwanted| {
                let state = state.borrow();
                sight::missing(unwanted, &state, &self.script.campus, now).is_none()
            });
            if let Some(there) = there {
                return Err(format!(
                    "{} sees {} after {} ms",
                    player.part.name,
                    seeing(there),
                    begun.elapsed().as_millis()
                ));
            }
            if Instant::now() >= until {
                return Ok(());
            }
            state.mark_unchanged();
            let next = until.min(Instant::now() + LOOK_EVERY);
            let _ = tokio::time::timeout_at(next, state.changed()).await;
        }
    }

    fn judge_seen(&mut self, step: &Step, seen: &[Result<Duration, String>]) {
        let last = seen
            .iter()
            .filter_map(|seen| seen.as_ref().ok())
            .max()
            .copied()
            .unwrap_or_default();
        let wrong: Vec<&String> = seen.iter().filter_map(|seen| seen.as_ref().err()).collect();
        let what = seeing(&step.expect.sees);
        let text = if wrong.is_empty() {
            format!(
                "{} of {} screens show {what} (last after {} ms)",
                seen.len(),
                seen.len(),
                last.as_millis()
            )
        } else {
            format!(
                "{} of {} screens do not show it: {}",
                wrong.len(),
                seen.len(),
                some(&wrong)
            )
        };
        let expected = format!("{what} within {} ms", step.expect.within.as_millis());
        self.judge(step, Some(wrong.is_empty()), &text, &expected);
    }

    fn judge_never(&mut self, step: &Step, never: &[Result<(), String>]) {
        let wrong: Vec<&String> = never
            .iter()
            .filter_map(|never| never.as_ref().err())
            .collect();
        let what: Vec<String> = step.expect.never.iter().map(seeing).collect();
        let what = what.join(", nor ");
        let within = step.expect.within.as_millis();
        let text = if wrong.is_empty() {
            format!(
                "for {within} ms none of {} screens shows {what}",
                never.len()
            )
        } else {
            format!(
                "{} of {} screens show what may not be there: {}",
                wrong.len(),
                never.len(),
                some(&wrong)
            )
        };
        let expected = format!("for {within} ms never {what}");
        self.judge(step, Some(wrong.is_empty()), &text, &expected);
    }

    fn eyes(&self, expect: &Expect) -> Result<Vec<Principal>, Failure> {
        let mut eyes: BTreeSet<Principal> = self.named(&expect.eyes)?.into_iter().collect();
        for room in &expect.rooms {
            eyes.extend(
                self.players
                    .iter()
                    .filter(|(_, player)| speaks_for(player, room))
                    .map(|(principal, _)| principal.clone()),
            );
        }
        if expect.everybody {
            eyes.extend(
                self.players
                    .iter()
                    .filter(|(_, player)| !player.is_frozen())
                    .map(|(principal, _)| principal.clone()),
            );
        }
        Ok(eyes.into_iter().collect())
    }

    fn judge(&mut self, step: &Step, verdict: Option<bool>, text: &str, expected: &str) {
        match verdict {
            None => self.tell(step, text),
            Some(true) => {
                self.met += 1;
                self.tell(step, &format!("✓ {text}"));
            }
            Some(false) => {
                self.failed += 1;
                self.tell(
                    step,
                    &format!(
                        "✗ {text}\n          expected (line {}): {expected}",
                        step.line
                    ),
                );
            }
        }
        self.context.tell_json(&serde_json::json!({
            "at": step.clock, "line": step.line, "text": text, "met": verdict, "expected": expected,
        }));
    }

    fn tell(&self, step: &Step, text: &str) {
        self.context.tell(&format!("{}  {text}", step.clock));
    }
}

fn cannot(step: &Step, why: &str) -> Failure {
    Failure::Usage(format!("line {}: {why}.", step.line))
}

/// The first of several differences.
fn some(wrong: &[&String]) -> String {
    let told: Vec<&str> = wrong
        .iter()
        .take(TOLD_MAX)
        .map(|why| why.as_str())
        .collect();
    told.join("; ")
}

/// A player's screen counts as displayed once it was looked at (R1).
fn shown(player: &Player, campus: &CampusId) {
    let screen = player.screen(campus);
    if let Some(through) = screen.position
        && !player.is_frozen()
    {
        player
            .link
            .displayed(campus, through, crate::act::not_recorded(&screen));
    }
}

fn speaks_for(player: &Player, room: &lockstep_proto::id::RoomId) -> bool {
    let is_device = matches!(player.principal, Principal::Device(_));
    is_device
        && player
            .link
            .state()
            .borrow()
            .welcome
            .as_ref()
            .is_some_and(|welcome| welcome.you.room.as_ref() == Some(room))
}
