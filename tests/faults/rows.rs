//! The rows of the fault table: what each promises, and how often it is tried.

mod alone;
mod both;
mod clock;
mod database;
mod disk;
mod killed;
mod provider;
mod redis;
mod split;
mod stalled;
mod storm;

use lockstep_tests::Island;

use crate::tries::Try;

/// What a row stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Two instances over PostgreSQL and Redis.
    Pair,
    /// The same, with the second in another network than both.
    Apart,
    /// One, on its folder's own journal.
    Single,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    RaisedHere,
    RaisedElsewhere,
    Acknowledged,
    Lowered,
    Refused,
    Read,
    Degraded,
    Recorded,
    LockedAgain,
    Union,
    Moved,
    Restored,
    Returned,
    Others,
    OthersOfBefore,
    SignOnTold,
}

impl Measure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RaisedHere => "raise on its own screens",
            Self::RaisedElsewhere => "raise on the others' screens",
            Self::Acknowledged => "raise acknowledged",
            Self::Lowered => "clear committed and shown",
            Self::Refused => "clear refused or in doubt",
            Self::Read => "read",
            Self::Degraded => "marked degraded",
            Self::Recorded => "recorded after the return",
            Self::LockedAgain => "a lost clear locks again",
            Self::Union => "one again after healing",
            Self::Moved => "clients on another instance",
            Self::Restored => "clients back, nothing lower",
            Self::Returned => "all clients back",
            Self::Others => "99 of 100 others have a call",
            Self::OthersOfBefore => "that in the mean, of before",
            Self::SignOnTold => "sign-on told that it cannot",
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        if self == Self::OthersOfBefore {
            "%"
        } else {
            "ms"
        }
    }
}

/// A bound of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    pub(crate) what: Measure,
    bound: u64,
}

impl Promise {
    /// A debug build draws, hashes and signs several times slower, and its neighbours in
    /// `tests/run` compile meanwhile: what is promised within a second, or as a share of what it was
    /// before, is given two times that.
    pub(crate) fn bound(self) -> u64 {
        if cfg!(debug_assertions) && self.bound <= 1_000 {
            2 * self.bound
        } else {
            self.bound
        }
    }
}

const fn within(what: Measure, bound: u64) -> Promise {
    Promise { what, bound }
}

/// A row of the table, or a way in which its fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    None,
    DatabaseFrozen,
    DatabaseStopped,
    DatabaseKilled,
    TailLost,
    RedisFrozen,
    RedisKilled,
    RedisEmptied,
    BothFrozen,
    ProviderFrozen,
    Split,
    WireCut,
    Kill,
    Failpoint,
    StartsAlone,
    ClockSet,
    OwnClockSet,
    DiskFull,
    DiskFails,
    Stalled,
    Storm,
}

/// Every row, in the table's order.
const ALL: [Row; 21] = [
    Row::None,
    Row::DatabaseFrozen,
    Row::DatabaseStopped,
    Row::DatabaseKilled,
    Row::TailLost,
    Row::RedisFrozen,
    Row::RedisKilled,
    Row::RedisEmptied,
    Row::BothFrozen,
    Row::ProviderFrozen,
    Row::Split,
    Row::WireCut,
    Row::Kill,
    Row::Failpoint,
    Row::StartsAlone,
    Row::ClockSet,
    Row::OwnClockSet,
    Row::DiskFull,
    Row::DiskFails,
    Row::Stalled,
    Row::Storm,
];

impl Row {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DatabaseFrozen => "database-frozen",
            Self::DatabaseStopped => "database-stopped",
            Self::DatabaseKilled => "database-killed",
            Self::TailLost => "database-loses-tail",
            Self::RedisFrozen => "redis-frozen",
            Self::RedisKilled => "redis-killed",
            Self::RedisEmptied => "redis-emptied",
            Self::BothFrozen => "both-frozen",
            Self::ProviderFrozen => "sign-in-provider-down",
            Self::Split => "split",
            Self::WireCut => "wire-cut",
            Self::Kill => "kill",
            Self::Failpoint => "dies-at-a-step",
            Self::StartsAlone => "starts-without-database",
            Self::ClockSet => "clock-set",
            Self::OwnClockSet => "clock-set-alone",
            Self::DiskFull => "disk-full",
            Self::DiskFails => "disk-fails",
            Self::Stalled => "a-fifth-stalled",
            Self::Storm => "all-reconnect",
        }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::None
            | Self::DatabaseFrozen
            | Self::DatabaseStopped
            | Self::DatabaseKilled
            | Self::TailLost
            | Self::RedisFrozen
            | Self::RedisKilled
            | Self::RedisEmptied
            | Self::BothFrozen
            | Self::ProviderFrozen
            | Self::Split
            | Self::Kill
            | Self::Failpoint
            | Self::StartsAlone
            | Self::ClockSet => Kind::Pair,
            Self::WireCut => Kind::Apart,
            Self::OwnClockSet | Self::DiskFull | Self::DiskFails | Self::Stalled | Self::Storm => {
                Kind::Single
            }
        }
    }

    /// Whether this run may do what it takes: a disk or a network of one's own takes root.
    fn can_be_put(self) -> bool {
        let (can, what) = match self.kind() {
            Kind::Pair => (true, ""),
            Kind::Apart => (Island::can_be(), "makes a network namespace"),
            Kind::Single => (is_root(), "mounts a disk"),
        };
        if !can {
            let name = self.name();
            println!("{name}: left out, for it {what}, which takes root");
        }
        can
    }

    /// How often: in `tests/run`, and with `full`.
    fn often(self) -> (usize, usize) {
        match self {
            Self::None => (2, 100),
            Self::Kill => (2, 300),
            Self::Failpoint => (2, 90),
            Self::ClockSet | Self::OwnClockSet => (2, 10),
            Self::DatabaseFrozen | Self::RedisFrozen => (1, 20),
            Self::DatabaseStopped | Self::DatabaseKilled | Self::TailLost => (1, 10),
            Self::RedisKilled | Self::RedisEmptied | Self::BothFrozen => (1, 10),
            Self::ProviderFrozen => (1, 10),
            Self::Split | Self::WireCut | Self::StartsAlone => (1, 10),
            Self::DiskFull | Self::DiskFails => (1, 10),
            Self::Stalled | Self::Storm => (1, 5),
        }
    }

    pub(crate) fn promises(self) -> Vec<Promise> {
        use Measure::{
            Acknowledged, Degraded, LockedAgain, Lowered, Moved, Others, OthersOfBefore,
            RaisedElsewhere, RaisedHere, Read, Recorded, Refused, Restored, Returned, SignOnTold,
            Union,
        };
        match self {
            Self::None => vec![
                within(RaisedHere, 250),
                within(RaisedElsewhere, 1_000),
                within(Acknowledged, 100),
                within(Lowered, 1_000),
                within(Read, 100),
            ],
            Self::DatabaseFrozen | Self::DatabaseStopped | Self::DatabaseKilled => vec![
                within(RaisedHere, 1_000),
                within(RaisedElsewhere, 1_000),
                within(Recorded, 10_000),
                within(Refused, 2_000),
                within(Degraded, 5_000),
            ],
            Self::TailLost => vec![within(LockedAgain, 5_000), within(Recorded, 10_000)],
            Self::RedisFrozen | Self::RedisKilled | Self::RedisEmptied => vec![
                within(RaisedHere, 250),
                within(RaisedElsewhere, 3_000),
                within(Lowered, 3_000),
                within(Read, 100),
            ],
            Self::BothFrozen => vec![
                within(RaisedHere, 1_000),
                within(RaisedElsewhere, 10_000),
                within(Refused, 2_000),
                within(Degraded, 5_000),
            ],
            Self::ProviderFrozen => vec![
                within(RaisedHere, 250),
                within(RaisedElsewhere, 1_000),
                within(Acknowledged, 100),
                within(Lowered, 1_000),
                within(Read, 100),
                within(SignOnTold, 4_000),
            ],
            Self::Split | Self::WireCut => vec![
                within(RaisedHere, 1_000),
                within(Refused, 2_000),
                // Beside the journal.
                within(Lowered, 2_000),
                within(Degraded, 5_000),
                within(Union, 5_000),
            ],
            Self::Kill | Self::Failpoint => vec![within(Moved, 5_000), within(Restored, 5_000)],
            Self::StartsAlone => vec![
                within(Restored, 5_000),
                within(RaisedHere, 1_000),
                within(RaisedElsewhere, 1_000),
                within(Refused, 2_000),
                within(Recorded, 10_000),
            ],
            Self::OwnClockSet => vec![
                within(RaisedHere, 250),
                within(Acknowledged, 100),
                within(Lowered, 1_000),
            ],
            Self::ClockSet => vec![
                within(RaisedHere, 250),
                within(RaisedElsewhere, 1_000),
                within(Acknowledged, 100),
                within(Refused, 1_000),
                within(Lowered, 1_000),
            ],
            Self::DiskFull => vec![within(RaisedHere, 1_000), within(Recorded, 10_000)],
            Self::DiskFails => vec![
                within(RaisedHere, 1_000),
                within(Refused, 2_000),
                within(Recorded, 10_000),
            ],
            Self::Stalled => vec![within(Others, 1_000), within(OthersOfBefore, 120)],
            Self::Storm => vec![
                within(Returned, 5_000),
                within(RaisedHere, 1_000),
                within(Lowered, 2_000),
            ],
        }
    }
}

/// Puts a row's fault, and heals it.
pub(crate) async fn put(row: Row, this: &mut Try<'_>) -> Result<(), String> {
    match row {
        Row::None => alone::nothing(this).await,
        Row::DatabaseFrozen => database::away(this, database::Way::Frozen).await,
        Row::DatabaseStopped => database::away(this, database::Way::Stopped).await,
        Row::DatabaseKilled => database::away(this, database::Way::Killed).await,
        Row::TailLost => database::loses_its_tail(this).await,
        Row::RedisFrozen => redis::away(this, redis::Way::Frozen).await,
        Row::RedisKilled => redis::away(this, redis::Way::Killed).await,
        Row::RedisEmptied => redis::away(this, redis::Way::Emptied).await,
        Row::BothFrozen => both::frozen(this).await,
        Row::ProviderFrozen => provider::frozen(this).await,
        Row::Split | Row::WireCut => split::halves(this).await,
        Row::Kill => killed::under_load(this).await,
        Row::Failpoint => killed::at_a_step(this).await,
        Row::StartsAlone => killed::starts_alone(this).await,
        Row::ClockSet => clock::set(this).await,
        Row::OwnClockSet => clock::set_alone(this).await,
        Row::DiskFull => disk::full(this).await,
        Row::DiskFails => disk::fails(this).await,
        Row::Stalled => stalled::a_fifth(this).await,
        Row::Storm => storm::reconnects(this).await,
    }
}

/// Which rows, and how often.
pub(crate) fn wanted() -> Vec<(Row, usize)> {
    let said = std::env::var("LOCKSTEP_FAULTS").ok();
    let often: Vec<(Row, usize)> = match said.as_deref() {
        None => ALL.map(|row| (row, row.often().0)).to_vec(),
        Some("full") => ALL.map(|row| (row, row.often().1)).to_vec(),
        Some(rows) => rows.split(',').map(one).collect(),
    };
    // As other tests do: words that are no options choose by name.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let named = |row: Row| words.is_empty() || words.iter().any(|word| row.name().contains(*word));
    let often = often.into_iter().filter(|(row, _)| row.can_be_put());
    often
        .filter(|(row, tries)| named(*row) && *tries > 0)
        .collect()
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

/// `row:tries`.
fn one(said: &str) -> (Row, usize) {
    let (name, tries) = said.split_once(':').unwrap_or((said, "1"));
    let row = ALL.into_iter().find(|row| row.name() == name);
    let row = row.unwrap_or_else(|| panic!("no row {name}: there are {:?}", ALL.map(Row::name)));
    (row, tries.parse().expect("ROW:TRIES"))
}
