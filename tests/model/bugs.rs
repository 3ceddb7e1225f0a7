//! Bugs to plant, each with the property that it must break: what the model would not notice, it
//! does not check.

use crate::check;

/// Where the protocol goes wrong. `None` is the protocol as designed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// The latest word is the posture, whatever it names.
    LastWriterWins,
    /// A clear is taken in memory until the journal is back.
    ClearWhileTheJournalIsDown,
    /// A raise is acknowledged because it is shown.
    AcknowledgeBeforeTheSpool,
    /// A raise is acknowledged because the journal has it, and the tail takes the only copy.
    AcknowledgeBecauseItIsInTheJournal,
    /// The sender forgets a raise that is only shown.
    OutboxForgetsWhatIsShown,
    /// The spool gives up what the journal has.
    TrimTheSpoolAtCommit,
    /// A start reads the journal and forgets the spool.
    StartForgetsTheSpool,
    /// A new epoch is read, and the spool is not offered to it.
    NewEpochIsNotOfferedTheSpool,
    /// A new epoch is read on top of the old one.
    NewEpochKeepsTheOldFold,
    /// A clear is shown when its COMMIT is sent.
    PublishBeforeCommit,
    /// A clear heard on the bus is believed.
    BelieveAClearOnTheBus,
    /// A clear lifts what its instance has open, whatever its author saw.
    ClearThatDoesNotNameWhatItLifts,
    /// A clear names what no entry says yet.
    ClearNamesWhatIsNotRecorded,
    /// A clear is appended wherever the journal stands by then.
    ClearIsAppendedAnywhere,
    /// Positions are compared by their sequence alone.
    EpochIsNotCompared,
    /// Whoever appends a raise does not look whether it stands there.
    AppendTwice,
    /// A deadline during COMMIT is answered with a refusal.
    RefuseDuringCommit,
    /// A question about a clear in doubt overtakes its COMMIT.
    ReadBackBeforeTheWriter,
    /// What is in doubt is taken for done.
    DoubtIsTakenForDone,
    /// A clear without an answer is sent to another instance, which decides it anew.
    SentAgainElsewhere,
    /// A screen draws whatever its instance has.
    ScreenTakesWhatLowers,
    /// A screen takes an older view like a newer one, covers included.
    ScreenLiftsByAnOlderEpoch,
}

/// The fault without which a bug does not show. Fewer faults, fewer states to look through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    NoFault,
    Kill,
    Outage,
    LostTail,
}

/// Each bug, what it needs and what it must break.
pub(crate) const PLANTED: &[(Bug, Needs, &str)] = &[
    (
        Bug::LastWriterWins,
        Needs::NoFault,
        check::SAME_FACTS_SAME_POSTURE,
    ),
    (
        Bug::ClearWhileTheJournalIsDown,
        Needs::Outage,
        check::LIFTED_BY_NAME,
    ),
    (
        Bug::AcknowledgeBeforeTheSpool,
        Needs::NoFault,
        check::ACKNOWLEDGED_IS_HELD,
    ),
    (
        Bug::AcknowledgeBecauseItIsInTheJournal,
        Needs::LostTail,
        check::ACKNOWLEDGED_IS_HELD,
    ),
    (
        Bug::OutboxForgetsWhatIsShown,
        Needs::NoFault,
        check::SHOWN_IS_HELD,
    ),
    (
        Bug::TrimTheSpoolAtCommit,
        Needs::LostTail,
        check::ACKNOWLEDGED_IS_HELD,
    ),
    (
        Bug::StartForgetsTheSpool,
        Needs::Kill,
        check::RECORDED_AT_REST,
    ),
    (
        Bug::NewEpochIsNotOfferedTheSpool,
        Needs::LostTail,
        check::RECORDED_AT_REST,
    ),
    (
        Bug::NewEpochKeepsTheOldFold,
        Needs::LostTail,
        check::SAME_AT_REST,
    ),
    (
        Bug::PublishBeforeCommit,
        Needs::NoFault,
        check::LIFTED_BY_NAME,
    ),
    (
        Bug::BelieveAClearOnTheBus,
        Needs::LostTail,
        check::LIFTED_BY_NAME,
    ),
    (
        Bug::ClearThatDoesNotNameWhatItLifts,
        Needs::NoFault,
        check::NAMES_WHAT_WAS_DRAWN,
    ),
    (
        Bug::ClearNamesWhatIsNotRecorded,
        Needs::NoFault,
        check::ONCE_IN_ORDER,
    ),
    (
        Bug::ClearIsAppendedAnywhere,
        Needs::NoFault,
        check::NAMES_ALL_THAT_IS_OPEN,
    ),
    (
        Bug::EpochIsNotCompared,
        Needs::LostTail,
        check::ONCE_IN_ORDER,
    ),
    (Bug::AppendTwice, Needs::NoFault, check::ONCE_IN_ORDER),
    (
        Bug::RefuseDuringCommit,
        Needs::NoFault,
        check::REFUSED_STAYS_REFUSED,
    ),
    (
        Bug::ReadBackBeforeTheWriter,
        Needs::NoFault,
        check::REFUSED_STAYS_REFUSED,
    ),
    (
        Bug::DoubtIsTakenForDone,
        Needs::NoFault,
        check::ACCEPTED_WAS_COMMITTED,
    ),
    (
        Bug::SentAgainElsewhere,
        Needs::NoFault,
        check::REFUSED_STAYS_REFUSED,
    ),
    (
        Bug::ScreenTakesWhatLowers,
        Needs::NoFault,
        check::LIFTED_BY_NAME,
    ),
    (
        Bug::ScreenLiftsByAnOlderEpoch,
        Needs::LostTail,
        check::LIFTED_BY_NAME,
    ),
];
