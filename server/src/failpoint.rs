//! Moments at which a test has the process die, as `kill -9` would have it.
//!
//! Compiled into debug builds, and into others with the feature `failpoints` alone: never into what
//! is shipped. There `LOCKSTEP_FAILPOINT=NAME:N` names the moment and how often it may be reached
//! before; counting begins when the server listens.

/// A moment. The table of names is [`Moment::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A group of facts is about to be written to the spool.
    BeforeSpool,
    /// It is on the disk, and nobody was told.
    AfterSpool,
    /// Facts are about to go to the journal.
    BeforeAppend,
    /// The journal has them, and nobody was told.
    AfterAppend,
    /// A ground or clear is about to go to the journal.
    BeforeDecision,
    /// The journal has it, and nobody was told.
    AfterDecision,
    /// The screens are about to be told.
    BeforePublish,
    /// They are told, as far as it is up to this process.
    AfterPublish,
    /// The sender of a fact is about to be answered.
    BeforeAnswer,
}

impl Moment {
    /// Every moment, with its name.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::BeforeSpool, "before_spool"),
        (Self::AfterSpool, "after_spool"),
        (Self::BeforeAppend, "before_append"),
        (Self::AfterAppend, "after_append"),
        (Self::BeforeDecision, "before_decision"),
        (Self::AfterDecision, "after_decision"),
        (Self::BeforePublish, "before_publish"),
        (Self::AfterPublish, "after_publish"),
        (Self::BeforeAnswer, "before_answer"),
    ];
}

#[cfg(not(any(feature = "failpoints", debug_assertions)))]
mod built {
    use super::Moment;

    /// Nothing, in this build.
    #[inline(always)]
    pub(crate) fn reach(_moment: Moment) {}

    /// Nothing, in this build.
    #[inline(always)]
    pub(crate) fn arm() {}
}

#[cfg(any(feature = "failpoints", debug_assertions))]
mod built {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Moment;

    /// What is left to be reached; set once the server listens.
    static ARMED: OnceLock<Option<(Moment, AtomicU64)>> = OnceLock::new();

    /// Counts from here on.
    pub(crate) fn arm() {
        ARMED.get_or_init(|| {
            let said = std::env::var("LOCKSTEP_FAILPOINT").ok()?;
            let (name, before) = said.split_once(':')?;
            let (moment, _) = Moment::ALL.into_iter().find(|(_, known)| *known == name)?;
            Some((moment, AtomicU64::new(before.parse().ok()?)))
        });
    }

    /// The process dies here, if this is the moment.
    pub(crate) fn reach(moment: Moment) {
        if let Some(Some((awaited, left))) = ARMED.get()
            && *awaited == moment
            && left.fetch_sub(1, Ordering::SeqCst) == 0
        {
            std::process::abort();
        }
    }
}

pub(crate) use built::{arm, reach};
