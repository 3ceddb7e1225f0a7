//! Two instances over one journal and one bus, each of which can be taken from either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Fact;
use lockstep_proto::frame::Holds;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Audience;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_server::bus::InstanceId;
use lockstep_server::bus::memory::MemoryNetwork;
use lockstep_server::campus::registry::Registry;
use lockstep_server::campus::{Answer, Handle, Seen};
use lockstep_server::hub::Inlet;
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::journal::{BATCH_MAX, Journal as _};
use lockstep_server::keys::Keys;
use lockstep_server::spool::Spool;
use lockstep_tests::{responder, take_frame};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::campus::{accepted, call, refused, request};
use crate::journal::SetClock;
use crate::journal::school::{actor, district, north, set_up};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

struct Instance {
    journal: Arc<MemoryJournal>,
    campus: Handle,
    on_bus: InstanceId,
    directory: Directory,
    registry: Arc<Registry>,
    _folder: TempDir,
}

struct Pair {
    one: Instance,
    two: Instance,
    network: MemoryNetwork,
}

impl Pair {
    async fn new() -> Self {
        let clock = SetClock::new();
        let journal = MemoryJournal::shared(clock.clone());
        let directory = set_up(&journal).await;
        let network = MemoryNetwork::new();
        Self {
            one: Instance::start(journal.beside(clock.clone()), &network, &directory).await,
            two: Instance::start(journal.beside(clock), &network, &directory).await,
            network,
        }
    }

    fn both(&self) -> [&Instance; 2] {
        [&self.one, &self.two]
    }

    fn journal_down(&self, down: bool) {
        for instance in self.both() {
            instance.journal.set_down(down);
        }
    }

    fn cut_bus(&self, cut: bool) {
        self.network.cut(self.one.on_bus, self.two.on_bus, cut);
    }

    /// Both are where the journal ends, in the end, and agree.
    async fn until_they_agree(&self) {
        let agree = async {
            loop {
                let tip = self.one.journal.tip(north()).await.unwrap().position();
                let [one, two] = self.both().map(Instance::see);
                let seen = [one.await, two.await];
                if seen
                    .iter()
                    .all(|seen| seen.position == tip && !seen.degraded)
                {
                    return seen;
                }
            }
        };
        let [one, two] = timeout(PATIENCE, agree).await.unwrap();
        assert_eq!(one.posture, two.posture);
    }
}

impl Instance {
    async fn start(journal: MemoryJournal, network: &MemoryNetwork, directory: &Directory) -> Self {
        let journal = Arc::new(journal);
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1024 * 1024).unwrap();
        let keys = Arc::new(Keys::from_master([7; 32]));
        let bus = network.join();
        let on_bus = bus.instance;
        let clock = SetClock::new();
        let registry = Registry::new(journal.clone(), Arc::new(spool), clock, keys);
        let registry = Arc::new(registry.with_bus(Arc::new(bus)));
        registry.put(directory, &mut BTreeMap::new()).await.unwrap();
        let campus = registry.campus(district(), &"north".parse().unwrap());
        Self {
            journal,
            campus: campus.unwrap(),
            on_bus,
            directory: directory.clone(),
            registry,
            _folder: folder,
        }
    }

    async fn give(&self, person: &str, request: CommandRequest) -> Answer {
        let actor = actor(&self.directory, person);
        let answer = self.campus.submit(actor, request, None);
        timeout(PATIENCE, answer).await.unwrap()
    }

    /// Follows as a responder's screen, which hands nothing back.
    async fn follow(&self, screen: &Screen) -> Inlet {
        let (listener, resume, inlet) = responder(screen);
        self.campus.follow(1, listener, resume, Vec::new()).await;
        inlet
    }

    async fn see(&self) -> Seen {
        self.campus.see(Audience::Responder).await.unwrap()
    }

    /// Waits for it, and answers how long that took.
    async fn until(&self, what: &str, shows: impl Fn(&Seen) -> bool) -> Duration {
        let began = Instant::now();
        let until = async { while !shows(&self.see().await) {} };
        timeout(PATIENCE, until).await.expect(what);
        began.elapsed()
    }

    async fn until_shown(&self, raise: FactId) -> Duration {
        self.until("the raise", |seen| find(seen, raise).is_some())
            .await
    }

    async fn until_recorded(&self, raise: FactId) -> Duration {
        self.until("recorded", |seen| find(seen, raise) == Some(true))
            .await
    }

    async fn until_posture(&self, posture: Posture) -> Duration {
        self.until("the posture", |seen| seen.posture == posture)
            .await
    }

    /// Nothing keeps its room in the spool that the journal has.
    async fn until_spool_makes_way(&self) {
        self.until("room in the spool", |_| {
            let usage = self.registry.spool_usage();
            usage.raises_unrecorded + usage.notes_unrecorded == 0
        })
        .await;
    }

    async fn until_degraded(&self) -> Duration {
        self.until("degraded", |seen| seen.degraded).await
    }

    /// An all clear by Sam Cole of what this instance shows.
    async fn all_clear(&self, n: u128) -> CommandRequest {
        let seen = self.see().await;
        let open = seen.cards.iter().filter_map(Card::item);
        let raises = open.filter(|item| item.level >= Level::ControlledMovement);
        let command = Command::GiveAllClear {
            lifts: raises.map(|item| item.id).collect(),
            seen: seen.position,
            override_reason: Some("swept by radio".parse().unwrap()),
        };
        request(n, command)
    }

    async fn facts(&self) -> Vec<Fact> {
        let stored = self.journal.read(north(), 0, BATCH_MAX).await.unwrap();
        let facts = stored.into_iter().map(|stored| stored.entry.stamped.fact);
        facts.collect()
    }
}

/// Takes what comes until the screen shows it.
async fn until(screen: &mut Screen, inlet: &mut Inlet, shows: impl Fn(&Screen) -> bool) {
    let mut parts = Vec::new();
    let taking = async {
        while !shows(screen) {
            let frame = inlet.frames.recv().await.unwrap();
            let frame = serde_json::from_str(&frame).unwrap();
            take_frame(screen, &mut parts, &frame);
        }
    };
    let shown = timeout(PATIENCE, taking).await.is_ok();
    assert!(shown, "it shows {screen:?}");
}

/// Whether the raise is shown, and then whether it is recorded.
fn find(seen: &Seen, raise: FactId) -> Option<bool> {
    let mut shown = seen.cards.iter().filter_map(|card| {
        let Card::Raise(shown) = card else {
            return None;
        };
        (shown.id == raise).then_some(shown.recorded)
    });
    shown.next()
}

fn within(what: &str, took: Duration, bound: Duration) {
    println!("{what}: {took:?} (at most {bound:?})");
    assert!(took <= bound, "{what}: {took:?}");
}

const SECOND: Duration = Duration::from_secs(1);

/// P1, R2: a call on one instance is on the other, and its all clear there on the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_what_one_instance_accepts_the_other_shows() {
    let pair = Pair::new().await;
    let raise = accepted(pair.one.give("ana", call(1)).await);
    assert_eq!(raise.holds, Holds::Recorded);
    within(
        "on the other",
        pair.two.until_recorded(raise.fact).await,
        SECOND,
    );
    let clear = pair.two.all_clear(2).await;
    accepted(pair.two.give("sam", clear).await);
    let cleared = pair.one.until_posture(Posture::AllClear).await;
    within("its all clear on the first", cleared, SECOND);
    pair.until_they_agree().await;
}

/// The fault table's "Redis stopped": the journal is looked into each second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_without_a_bus_the_journal_tells() {
    let pair = Pair::new().await;
    pair.cut_bus(true);
    let raise = accepted(pair.one.give("ana", call(1)).await);
    let shown = pair.two.until_recorded(raise.fact).await;
    within("shown by the journal alone", shown, 3 * SECOND);
    let clear = pair.one.all_clear(2).await;
    accepted(pair.one.give("sam", clear).await);
    let cleared = pair.two.until_posture(Posture::AllClear).await;
    within("cleared by the journal alone", cleared, 3 * SECOND);
}

/// P7, invariants 2 and 13: without a journal both show the raise, neither lowers, both say that
/// they are degraded, and it is in the journal once when that is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_without_a_journal_the_bus_tells() {
    let pair = Pair::new().await;
    pair.journal_down(true);
    for instance in pair.both() {
        within("says degraded", instance.until_degraded().await, 5 * SECOND);
    }
    let began = Instant::now();
    let raise = accepted(pair.one.give("ana", call(1)).await);
    assert_eq!(raise.holds, Holds::Spooled);
    pair.two.until_shown(raise.fact).await;
    within("on the other", began.elapsed(), SECOND);
    assert_eq!(find(&pair.two.see().await, raise.fact), Some(false));
    for (n, instance) in pair.both().into_iter().enumerate() {
        let clear = instance.all_clear(10 + n as u128).await;
        let answer = instance.give("sam", clear).await;
        assert_eq!(refused(answer), Code::JournalUnavailable);
    }
    pair.journal_down(false);
    for instance in pair.both() {
        let recorded = instance.until_recorded(raise.fact).await;
        within("recorded after its return", recorded, 10 * SECOND);
        instance.until_spool_makes_way().await;
    }
    pair.until_they_agree().await;
    let calls = pair.one.facts().await;
    let calls = calls
        .iter()
        .filter(|fact| matches!(fact, Fact::LockDownCalled { .. }));
    assert_eq!(calls.count(), 1);
    assert_eq!(pair.one.see().await.posture, Posture::LockDown);
}

/// P7: what an instance shows that is cut off from the journal, another records for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_who_has_the_journal_records_for_who_has_not() {
    let pair = Pair::new().await;
    pair.one.journal.set_down(true);
    let raise = accepted(pair.one.give("ana", call(1)).await);
    assert_eq!(raise.holds, Holds::Spooled);
    within(
        "recorded by the other",
        pair.two.until_recorded(raise.fact).await,
        SECOND,
    );
    let clear = pair.one.all_clear(2).await;
    refused(pair.one.give("sam", clear).await);
    let clear = pair.two.all_clear(3).await;
    accepted(pair.two.give("sam", clear).await);
    // Who is cut off says so, and stays locked: it has not read what lifts it.
    let cut_off = pair.one.see().await;
    assert_eq!(
        (cut_off.posture, cut_off.degraded),
        (Posture::LockDown, true)
    );
    pair.one.journal.set_down(false);
    let cleared = pair.one.until_posture(Posture::AllClear).await;
    within("cleared once it reads again", cleared, 5 * SECOND);
}

/// P3, P7: two halves raise on their own, neither lifts the other's, and all of it is one when
/// they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_halves_of_a_split_lift_nothing_of_each_other() {
    let pair = Pair::new().await;
    pair.cut_bus(true);
    pair.one.journal.set_down(true);
    pair.one.until_degraded().await;
    let cut_off = accepted(pair.one.give("ana", call(1)).await);
    let beside = accepted(pair.two.give("tom", call(2)).await);
    let clear = pair.two.all_clear(3).await;
    accepted(pair.two.give("sam", clear).await);
    assert_eq!(pair.one.see().await.posture, Posture::LockDown);
    assert!(find(&pair.two.see().await, cut_off.fact).is_none());
    pair.cut_bus(false);
    pair.one.journal.set_down(false);
    let locked = pair.two.until_recorded(cut_off.fact).await;
    within("a late raise locks again", locked, 5 * SECOND);
    pair.until_they_agree().await;
    assert_eq!(find(&pair.one.see().await, beside.fact), None, "lifted");
    assert_eq!(pair.two.see().await.posture, Posture::LockDown);
}

/// Words are lost: what is shown and not recorded is said again until it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_what_is_shown_is_said_again() {
    let pair = Pair::new().await;
    pair.journal_down(true);
    pair.network.hold(true);
    let raise = accepted(pair.one.give("ana", call(1)).await);
    assert!(!pair.network.take().is_empty(), "said, and lost");
    pair.network.hold(false);
    within(
        "said again",
        pair.two.until_shown(raise.fact).await,
        3 * SECOND,
    );
    // Whatever is repeated, late or out of order changes nothing.
    pair.network.hold(true);
    pair.one.until("a pulse", |_| true).await;
    let mut words = pair.network.take();
    words.reverse();
    pair.network.hold(false);
    for word in words.iter().chain(&words) {
        pair.network.deliver(word);
    }
    pair.journal_down(false);
    pair.until_they_agree().await;
}

/// Epoch: the journal comes back without its last entries. No raise is lost with them, and an
/// all clear among them no longer holds (P3, A3).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_a_clear_that_the_journal_lost_locks_again() {
    let pair = Pair::new().await;
    let raise = accepted(pair.one.give("ana", call(1)).await);
    pair.two.until_recorded(raise.fact).await;
    let clear = pair.two.all_clear(2).await;
    accepted(pair.two.give("sam", clear.clone()).await);
    pair.one.until_posture(Posture::AllClear).await;
    let before = pair.one.journal.tip(north()).await.unwrap();
    pair.one.journal.lose_tail(north(), 0);
    for instance in pair.both() {
        let locked = instance.until_posture(Posture::LockDown).await;
        within("locked again", locked, 5 * SECOND);
        instance.until_recorded(raise.fact).await;
    }
    pair.until_they_agree().await;
    let after = pair.one.journal.tip(north()).await.unwrap();
    assert_eq!(after.epoch, 2, "one new epoch, whoever found it out");
    let facts = pair.one.facts().await;
    let Some(Fact::EpochOpened {
        previous_head,
        reason,
    }) = facts.first()
    else {
        panic!("{facts:?}");
    };
    // The newest head of whoever found it out, who may have been an entry behind.
    let head = previous_head.as_ref().unwrap();
    let size: u64 = head.lines().nth(1).unwrap().parse().unwrap();
    assert!((2..=before.position().seq).contains(&size), "{head}");
    assert!(reason.shown().contains("given again"), "{}", reason.shown());
    // The same clear, sent again, is the one that was lost: its author looks again.
    let again = pair.two.give("sam", clear).await;
    println!("the lost clear, sent again: {again:?}");
    let clear = pair.two.all_clear(3).await;
    accepted(pair.two.give("sam", clear).await);
    pair.one.until_posture(Posture::AllClear).await;
}

/// Invariant 2: what an instance reads back as acknowledged, it keeps itself; also a raise that
/// was lifted before it started, whose clear may be lost with it (P3).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_a_lifted_raise_is_kept_before_it_is_acknowledged_again() {
    let pair = Pair::new().await;
    let raise = accepted(pair.one.give("ana", call(1)).await);
    pair.one.until_recorded(raise.fact).await;
    let clear = pair.one.all_clear(2).await;
    accepted(pair.one.give("sam", clear).await);
    let journal = pair.one.journal.beside(SetClock::new());
    let third = Instance::start(journal, &pair.network, &pair.one.directory).await;
    let again = accepted(third.give("ana", call(1)).await);
    assert_eq!((again.fact, again.holds), (raise.fact, Holds::Recorded));
    // From here on it is the only one that can offer it.
    pair.journal_down(true);
    for instance in pair.both() {
        pair.network.cut(instance.on_bus, third.on_bus, true);
    }
    third.journal.lose_tail(north(), 0);
    third.until_posture(Posture::LockDown).await;
    third.until_recorded(raise.fact).await;
}

/// R3: a screen goes to an instance that is behind it, which then reads a raise and its clear at
/// once and never shows the raise itself. The screen lets go of it, and of everything else that
/// came and went between the two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_screen_that_is_ahead_of_its_instance_ends_as_everybody_else() {
    let pair = Pair::new().await;
    pair.cut_bus(true);
    pair.two.journal.set_down(true);
    let raise = accepted(pair.one.give("ana", call(1)).await);
    pair.one.until_recorded(raise.fact).await;
    let mut screen = Screen::default();
    let mut inlet = pair.one.follow(&screen).await;
    until(&mut screen, &mut inlet, |screen| {
        screen.posture() == Posture::LockDown && screen.position == Some(raise.position.unwrap())
    })
    .await;
    let mut inlet = pair.two.follow(&screen).await;
    let clear = pair.one.all_clear(2).await;
    accepted(pair.one.give("sam", clear).await);
    assert_eq!(pair.two.see().await.posture, Posture::Normal);
    pair.two.journal.set_down(false);
    until(&mut screen, &mut inlet, |screen| {
        screen.posture() == Posture::AllClear
    })
    .await;
    pair.until_they_agree().await;
    let seen = pair.two.see().await;
    let keys: BTreeSet<String> = seen.cards.iter().map(Card::key).collect();
    until(&mut screen, &mut inlet, |screen| {
        screen.held.is_empty() && screen.cards.keys().eq(&keys)
    })
    .await;
}

/// Epoch: the journal loses its tail and goes on to the same length with other entries, while the
/// one that would notice is cut off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_another_history_of_the_same_length_is_noticed() {
    let pair = Pair::new().await;
    let lost = accepted(pair.one.give("ana", call(1)).await);
    // The other never heard of it.
    pair.cut_bus(true);
    pair.two.journal.set_down(true);
    let lost_too = accepted(pair.one.give("ana", call(2)).await);
    pair.one.journal.set_down(true);
    pair.one.journal.lose_tail(north(), 1);
    pair.two.journal.set_down(false);
    let other = accepted(pair.two.give("tom", call(3)).await);
    pair.one.journal.set_down(false);
    pair.cut_bus(false);
    for raise in [lost.fact, lost_too.fact, other.fact] {
        for instance in pair.both() {
            within(
                "recorded on both",
                instance.until_recorded(raise).await,
                5 * SECOND,
            );
        }
    }
    pair.until_they_agree().await;
    let tip = pair.one.journal.tip(north()).await.unwrap();
    println!("ends at {}", tip.position());
    assert_eq!(tip.epoch, 2);
}

/// Invariant 13: a clear without an answer belongs to the instance that was asked first. Another
/// says what became of it, or that it is not known, and never decides it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p6_a_clear_that_is_sent_again_elsewhere_is_only_looked_up() {
    let pair = Pair::new().await;
    let raise = accepted(pair.one.give("ana", call(1)).await);
    pair.two.until_recorded(raise.fact).await;
    let again = |request: &CommandRequest| CommandRequest {
        again: true,
        ..request.clone()
    };
    let clear = pair.one.all_clear(2).await;
    let unknown = pair.two.give("sam", again(&clear)).await;
    assert_eq!(unknown, Answer::InDoubt(clear.id));
    assert_eq!(pair.two.see().await.posture, Posture::LockDown);
    let first = accepted(pair.one.give("sam", clear.clone()).await);
    // Also one that has not read of it yet.
    let known = accepted(pair.two.give("sam", again(&clear)).await);
    assert_eq!((known.fact, known.position), (first.fact, first.position));
    pair.two.until_posture(Posture::AllClear).await;
    pair.journal_down(true);
    let gone = pair
        .two
        .give("sam", again(&request(9, clear.command.clone())))
        .await;
    assert!(matches!(gone, Answer::InDoubt(_)), "{gone:?}");
}
