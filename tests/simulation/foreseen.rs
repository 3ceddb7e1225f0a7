//! What the model says an instance knows after a step, and by when the code has to show it.
//!
//! A raise that is heard is known at once, in the model. In the code, whoever is told by a screen
//! or by the bus shows it at once, and whoever is told by its sender shows it within half a second.

use lockstep_server::bus::InstanceId;

use crate::instance::Life;
use crate::state::Instance;

/// How long a raise may wait for spool and journal before it is shown, and some turns.
pub(crate) const SHOWN_AFTER_MS: u64 = 600;

#[derive(Default)]
pub(crate) struct Foreseen(Vec<Owed>);

struct Owed {
    /// A life, not an instance: a kill forgets it.
    to: InstanceId,
    raise: usize,
    in_ms: u64,
    epoch: u32,
}

impl Foreseen {
    pub(crate) fn add(&mut self, to: &Life, raise: usize, in_ms: u64) {
        self.0.push(Owed {
            to: to.bus.instance,
            raise,
            in_ms,
            epoch: to.see().position.epoch,
        });
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        for owed in &mut self.0 {
            owed.in_ms = owed.in_ms.saturating_sub(ms);
        }
    }

    /// Holds what is due against an instance, or against none where that life is over.
    pub(crate) fn check(&mut self, of: &Life, instance: &Instance) -> Result<(), String> {
        let is_due = |owed: &mut Owed| owed.to == of.bus.instance && owed.in_ms == 0;
        let epoch = of.see().position.epoch;
        for owed in self.0.extract_if(.., is_due) {
            if owed.epoch == epoch && !instance.heard.has(owed.raise) {
                return Err(format!(
                    "1: raise {} was heard, and is not shown",
                    owed.raise
                ));
            }
        }
        Ok(())
    }
}
