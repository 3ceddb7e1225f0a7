//! One try: a fault put, what happens while it is there, measured.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::id::FactId;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::hand::{Cleared, Raised};
use crate::rows::{self, Measure, Row};
use crate::world::{CAMPUS, PATIENCE, World};

/// What one try came to: one line of the report.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) row: String,
    pub(crate) seed: u64,
    /// By what was measured, in its unit.
    pub(crate) took: BTreeMap<String, f64>,
    /// What else is worth knowing, counted.
    #[serde(default)]
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) violations: Vec<String>,
}

impl Done {
    /// In a line.
    pub(crate) fn told(&self) -> String {
        let took = self
            .took
            .iter()
            .map(|(what, figure)| format!("{what} {figure:.0}"));
        let counts = self.counts.iter().map(|(what, n)| format!("{n} {what}"));
        let wrong = self.violations.iter().map(|why| format!("VIOLATION {why}"));
        let all: Vec<String> = took.chain(counts).chain(wrong).collect();
        all.join(", ")
    }
}

/// A try under way.
pub(crate) struct Try<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) dice: Dice,
    done: Done,
}

/// A raise that was shown, whose answer may still be due.
pub(crate) struct Call {
    pub(crate) fact: FactId,
    answer: JoinHandle<Raised>,
}

impl Try<'_> {
    /// Runs one, and holds the invariants when it has healed.
    pub(crate) async fn run(row: Row, world: &mut World, seed: u64) -> Done {
        world.tries += 1;
        let mut this = Try {
            world,
            dice: Dice::of(seed),
            done: Done {
                row: row.name().to_owned(),
                seed,
                took: BTreeMap::new(),
                counts: BTreeMap::new(),
                violations: Vec::new(),
            },
        };
        let ran = match this.world.is_well().await {
            Ok(()) => rows::put(row, &mut this).await,
            unwell => unwell,
        };
        let wrong = match ran {
            Ok(()) => this.world.violations().await,
            Err(violation) => vec![violation],
        };
        this.done.violations.extend(wrong);
        this.done
    }

    /// An index, at random.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let rolled = self.dice.roll(sides.try_into().expect("few"));
        rolled.try_into().expect("few")
    }

    /// Keeps the longest of what was measured of one name.
    pub(crate) fn took(&mut self, what: Measure, took: Duration) {
        self.came_to(what, took.as_secs_f64() * 1_000.0);
    }

    /// The same, of what is no time.
    pub(crate) fn came_to(&mut self, what: Measure, figure: f64) {
        let kept = self.done.took.entry(what.name().to_owned()).or_default();
        *kept = kept.max(figure);
    }

    pub(crate) fn count(&mut self, what: &str, n: u64) {
        *self.done.counts.entry(what.to_owned()).or_default() += n;
    }

    /// Calls lock-down at an instance, and measures until its own screens show it and, where they
    /// are to, all others.
    pub(crate) async fn raise(&mut self, on: usize, elsewhere: bool) -> Result<Call, String> {
        let (fact, call) = self.world.caller(on).call();
        let at = Instant::now();
        let answer = tokio::spawn(call);
        let world = &*self.world;
        let shows = |of| async move {
            let shown =
                world.until_screens(Some(of), "the raise", |s| s.raises.contains_key(&fact));
            shown.await
        };
        let others = (0..world.instances()).filter(|other| elsewhere && *other != on);
        let others = futures_util::future::join_all(others.map(shows));
        let (here, others) = tokio::join!(shows(on), others);
        let shown = here.and_then(|here| Ok((here, others.into_iter().collect::<Result<_, _>>()?)));
        let (here, others): (Instant, Vec<Instant>) = match shown {
            Ok(shown) => shown,
            // What was answered says where it was lost.
            Err(why) => {
                let raised = self.answered(Call { fact, answer }).await;
                return Err(format!("{why}; it was answered {raised:?}"));
            }
        };
        self.took(Measure::RaisedHere, here.saturating_duration_since(at));
        for there in others {
            self.took(
                Measure::RaisedElsewhere,
                there.saturating_duration_since(at),
            );
        }
        Ok(Call { fact, answer })
    }

    /// Calls lock-down at an instance, and waits until it is acknowledged and every screen shows it
    /// as recorded.
    pub(crate) async fn raise_recorded(&mut self, on: usize) -> Result<FactId, String> {
        let call = self.raise(on, true).await?;
        let raised = self.acknowledged(call).await?;
        self.recorded(raised.fact).await?;
        Ok(raised.fact)
    }

    /// The answer to a raise: measured, and durable.
    pub(crate) async fn acknowledged(&mut self, call: Call) -> Result<Raised, String> {
        let raised = self.answered(call).await?;
        match raised.holds {
            Some(holds) if holds.is_durable() => {
                self.took(Measure::Acknowledged, raised.answered);
                Ok(raised)
            }
            Some(_) | None => Err(format!("a raise came to {:?}", raised.holds)),
        }
    }

    /// The answer to a raise, whatever it is.
    pub(crate) async fn answered(&mut self, call: Call) -> Result<Raised, String> {
        let answered = tokio::time::timeout(PATIENCE, call.answer).await;
        let answered = answered.map_err(|_| "a raise was not answered".to_owned())?;
        answered.map_err(|error| error.to_string())
    }

    /// Until every screen shows the raise as recorded.
    pub(crate) async fn recorded(&mut self, raise: FactId) -> Result<Instant, String> {
        let recorded = |s: &crate::screen::Shown| s.raises.get(&raise) == Some(&true);
        self.world.until_screens(None, "recorded", recorded).await
    }

    /// Gives an all clear of what an instance shows, and measures until all screens show it.
    pub(crate) async fn lower(&mut self, on: usize) -> Result<FactId, String> {
        self.lower_on(on, None).await
    }

    /// The same, where it is to be on the screens of one instance alone.
    pub(crate) async fn lower_on(
        &mut self,
        on: usize,
        of: Option<usize>,
    ) -> Result<FactId, String> {
        let officer = self.world.officer(on);
        let at = Instant::now();
        let (clear, lifts) = loop {
            let screen = officer.http.try_screen(CAMPUS).await.ok_or("no view")?;
            match officer.lower(&screen).await {
                (clear, Cleared::Accepted) => break (clear, screen.open_raises()),
                // A deadline was missed, here or by who holds the campus: whoever still wants it
                // looks, and gives it again. That is measured from the first time.
                (_, Cleared::Refused(Code::JournalUnavailable)) if at.elapsed() < PATIENCE => {
                    self.count("clears given again", 1);
                }
                (_, cleared) => return Err(format!("an all clear came to {cleared:?}")),
            }
        };
        let lifted = |s: &crate::screen::Shown| lifts.iter().all(|id| !s.raises.contains_key(id));
        let shown = self
            .world
            .until_screens(of, "the all clear", lifted)
            .await?;
        self.took(Measure::Lowered, shown.saturating_duration_since(at));
        Ok(clear)
    }

    /// Gives an all clear that must not be taken now.
    pub(crate) async fn cannot_lower(&mut self, on: usize) -> Result<Cleared, String> {
        let officer = self.world.officer(on);
        let screen = officer.http.try_screen(CAMPUS).await.ok_or("no view")?;
        let at = Instant::now();
        let (_, cleared) = officer.lower(&screen).await;
        self.took(Measure::Refused, at.elapsed());
        match cleared {
            Cleared::Accepted | Cleared::Gone => Err(format!("an all clear came to {cleared:?}")),
            Cleared::InDoubt => {
                self.count("in doubt", 1);
                Ok(cleared)
            }
            Cleared::Refused(_) => Ok(cleared),
        }
    }

    /// Reads the campus at an instance, as a page does that asks once.
    pub(crate) async fn read(&mut self, on: usize) -> Result<(), String> {
        let caller = self.world.caller(on);
        let at = Instant::now();
        caller.http.try_screen(CAMPUS).await.ok_or("no view")?;
        self.took(Measure::Read, at.elapsed());
        Ok(())
    }

    /// Until the screens of an instance, or all, say that the journal is away.
    pub(crate) async fn degraded(
        &mut self,
        of: Option<usize>,
        since: Instant,
    ) -> Result<(), String> {
        let shown = self
            .world
            .until_screens(of, "degraded", |s| s.degraded)
            .await?;
        self.took(Measure::Degraded, shown.saturating_duration_since(since));
        Ok(())
    }
}
