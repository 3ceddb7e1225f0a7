//! One trace: the model says what may happen where the real world stands, chance chooses, the
//! world carries it out, and the model's properties are held against what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt as _;
use lockstep_proto::note::SignedHead;
use lockstep_proto::posture::Posture;
use lockstep_server::journal::{Journal as _, Tip};
use stateright::{Expectation, Model as _};

use crate::bugs::Bug;
use crate::check::{self, RECORDED_AT_REST, SAME_AT_REST};
use crate::school::north;
use crate::screen::Watcher;
use crate::state::{CLEARS, Faults, INSTANCES, SCREENS, Set, Stage, State};
use crate::step::{Action, Protocol};
use crate::tally::Tally;
use crate::world::World;

/// Looks of one trace, with a few steps of the model between two of them.
const LOOKS: usize = 16;
/// After so long without a fault everybody is at rest.
const AT_REST_WITHIN: Duration = Duration::from_secs(40);

pub(crate) struct Trace {
    world: World,
    protocol: Protocol,
    /// What was done, in words.
    pub(crate) done: Vec<String>,
}

impl Trace {
    pub(crate) fn new(seed: u64) -> Self {
        let mut faults = crate::rng::Rng::new(seed ^ 0xfa17);
        let mut some = |n: usize| u8::try_from(faults.below(n + 1)).unwrap();
        let faults = Faults {
            kills: some(3),
            outages: some(2),
            losses: some(1),
        };
        Self {
            world: World::new(seed, faults),
            protocol: Protocol {
                bug: Bug::None,
                clears: CLEARS,
                screens: SCREENS,
                faults,
            },
            done: Vec::new(),
        }
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.world.tally
    }

    pub(crate) fn run(&mut self) -> Result<(), String> {
        let mut state = self.look(false)?;
        for _ in 0..LOOKS {
            for _ in 0..=self.world.rng.below(3) {
                state = self.step(state)?;
            }
            self.world.weather();
            self.let_it_go_on()?;
            state = self.look(false)?;
        }
        self.heal()
    }

    /// One step of the model, on the world as well.
    fn step(&mut self, state: State) -> Result<State, String> {
        let Some((action, next)) = self.choose(&state) else {
            return Ok(state);
        };
        self.note(format!("{action:?}"));
        self.world.tally.note(&format!("step {}", kind(action)), 1);
        self.world.carry_out(action)?;
        let some_turns = self.world.rng.pick(&[0, 0, 1, 2, 4]);
        self.world.turns(some_turns)?;
        Ok(next)
    }

    /// Each kind of step alike, however many ways there are to take it; faults less.
    fn choose(&mut self, state: &State) -> Option<(Action, State)> {
        let mut from = *state;
        from.forget();
        let mut actions = Vec::new();
        self.protocol.actions(&from, &mut actions);
        let mut kinds: BTreeMap<String, Vec<(Action, State)>> = BTreeMap::new();
        for action in actions {
            if let Some(next) = self.protocol.next_state(&from, action) {
                kinds.entry(kind(action)).or_default().push((action, next));
            }
        }
        let rng = &mut self.world.rng;
        let weights: Vec<&str> = kinds
            .keys()
            .flat_map(|kind| std::iter::repeat_n(kind.as_str(), weight(kind)))
            .collect();
        let of_kind = &kinds[*weights.get(rng.below(weights.len().max(1)))?];
        Some(rng.pick(of_kind))
    }

    /// For no time at all, or for longer than anybody waits for anything.
    fn let_it_go_on(&mut self) -> Result<(), String> {
        let ms = self
            .world
            .rng
            .pick(&[0, 0, 25, 50, 100, 300, 600, 1_100, 2_100]);
        self.note(format!("    {ms} ms pass"));
        self.world.pass(ms)?;
        self.world.settle()?;
        for screen in &self.world.screens {
            let held = self
                .world
                .raises
                .iter()
                .filter(|raise| screen.screen.held.contains(&raise.id));
            self.world.tally.note(
                "calls that a screen keeps against its instance",
                held.count(),
            );
        }
        Ok(())
    }

    /// What there is, held against the model's properties: at rest only where it is known to be.
    fn look(&mut self, at_rest: bool) -> Result<State, String> {
        let state = self.world.as_the_model_has_it()?;
        let loses_tail = self.protocol.loses_tail();
        for property in check::properties(loses_tail) {
            let of_rest = [RECORDED_AT_REST, SAME_AT_REST].contains(&property.name);
            let is_held = property.expectation == Expectation::Always && (at_rest || !of_rest);
            let holds = (property.condition)(&self.protocol, &state);
            if is_held && !holds {
                return Err(format!("{}\n{state:?}", property.name));
            }
            if property.expectation == Expectation::Sometimes && holds {
                self.world
                    .tally
                    .note(&format!("reached: {}", property.name), 1);
            }
        }
        Ok(state)
    }

    /// Every fault ends, and then everybody comes to rest with the same.
    fn heal(&mut self) -> Result<(), String> {
        self.note("everything heals".to_owned());
        let world = &mut self.world;
        world.no_more_faults();
        world.is_cut = false;
        for ids in world.journal.under_way() {
            if world.rng.percent(50) {
                world.journal.commit(ids[0]);
            } else {
                world.journal.lose(ids[0]);
            }
        }
        for at in 0..INSTANCES {
            world.set_journal_down(at, false);
            world.hold(at, false);
            if world.life(at).is_none() {
                world.start(at);
            }
        }
        let mut waited = Duration::ZERO;
        while let Some(why) = self.unrest()? {
            if waited > AT_REST_WITHIN {
                return Err(format!("never at rest again: {why}"));
            }
            self.world.come_back()?;
            self.world.pass(500)?;
            waited += Duration::from_millis(500);
        }
        self.world.tally.note(
            "ms until at rest",
            usize::try_from(waited.as_millis()).unwrap(),
        );
        let state = self.look(true)?;
        let unnoticed = usize::from(self.went_unnoticed(&state));
        self.world
            .tally
            .note("lost tails that nobody was left to notice", unnoticed);
        self.is_the_same_everywhere(&state)
    }

    /// Why the world is not at rest yet.
    fn unrest(&mut self) -> Result<Option<String>, String> {
        let state = self.world.as_the_model_has_it()?;
        let tip = self.world.tip();
        for at in 0..INSTANCES {
            let seen = self
                .world
                .life(at)
                .ok_or("an instance did not start")?
                .see();
            let stands = seen
                .head
                .as_ref()
                .and_then(|head| head.parse::<SignedHead>().ok());
            let root = stands.map(|head| head.claimed().root);
            if seen.degraded || seen.position != tip.position() || root != Some(tip.root()) {
                return Ok(Some(format!(
                    "instance {at} is at {}, the journal at {}",
                    seen.position,
                    tip.position()
                )));
            }
        }
        if let Some(raise) = self.world.raises.iter().position(|raise| raise.offers()) {
            return Ok(Some(format!("raise {raise} is not acknowledged")));
        }
        let waits = |stage: &Stage| matches!(stage, Stage::Waiting | Stage::Committing);
        if state.clears.iter().any(|clear| waits(&clear.stage)) {
            return Ok(Some("a clear has no answer".to_owned()));
        }
        // One that does not stand may stay in doubt; one that does is found by who asks again.
        for id in state.journal.clears().members() {
            if state.clears[id].stage == Stage::InDoubt {
                return Ok(Some(format!(
                    "clear {id} stands, and its author is not told"
                )));
            }
        }
        let open = state.journal.raises() - state.named_by(state.journal.clears());
        let shows = |(at, screen): (usize, &Watcher)| {
            screen.follows().is_none() || state.screens[at].shows != open
        };
        if !self.went_unnoticed(&state) && self.world.screens.iter().enumerate().any(shows) {
            return Ok(Some(format!(
                "screens do not show {open:?}: {:?}",
                state.screens
            )));
        }
        Ok(None)
    }

    /// A tail was lost, and every instance that had read it was killed before it looked: nobody
    /// opens a new epoch, and screens that are further than the journal stay where they are. Known,
    /// and not met by the model, in which a new epoch is known from the first read on.
    fn went_unnoticed(&self, state: &State) -> bool {
        self.world.has_lost_tail && state.journal.epoch == 0
    }

    fn is_the_same_everywhere(&self, state: &State) -> Result<(), String> {
        let open = state.journal.raises() - state.named_by(state.journal.clears());
        let posture = if !open.is_empty() {
            Posture::LockDown
        } else if state.journal.clears() == Set::NONE {
            Posture::Normal
        } else {
            Posture::AllClear
        };
        for at in 0..INSTANCES {
            let seen = self.world.life(at).ok_or("an instance is down")?.see();
            if seen.posture != posture {
                return Err(format!("7: {posture:?} became {:?} at {at}", seen.posture));
            }
        }
        for screen in &self.world.screens {
            if screen.screen.posture() != posture && !self.went_unnoticed(state) {
                let shown = screen.screen.posture();
                return Err(format!("4: a screen shows {shown:?} in {posture:?}"));
            }
        }
        Ok(())
    }

    fn note(&mut self, line: String) {
        self.done.push(line);
    }
}

impl World {
    fn tip(&self) -> Tip {
        self.journal.tip(north()).now_or_never().unwrap().unwrap()
    }

    /// Whoever waits for something asks again, and screens come back.
    fn come_back(&mut self) -> Result<(), String> {
        for screen in 0..SCREENS {
            // A screen that holds what its instance does not show asks about it, as the clients do.
            let holds = !self.screens[screen].screen.held.is_empty();
            if self.screens[screen].follows().is_none() || holds {
                let at = self.rng.below(INSTANCES);
                self.follow(screen, at, true);
            }
        }
        for at in 0..INSTANCES {
            let Some(life) = self.instances[at].life.as_ref() else {
                self.start(at);
                continue;
            };
            for raise in self.raises.iter_mut().filter(|raise| raise.offers()) {
                raise.ask(at, life);
            }
            for clear in self.clears.iter_mut().filter(|c| c.stage == Stage::InDoubt) {
                clear.ask_again(at, life);
            }
        }
        self.settle()
    }
}

fn kind(action: Action) -> String {
    let words = format!("{action:?}");
    words.split(' ').next().unwrap_or_default().to_owned()
}

fn weight(kind: &str) -> usize {
    match kind {
        "Kill" | "LoseTail" | "JournalStops" | "Refuse" | "GiveUp" => 1,
        "Propose" | "Hear" | "Start" => 4,
        "Show" | "HandBack" => 3,
        _ => 2,
    }
}
