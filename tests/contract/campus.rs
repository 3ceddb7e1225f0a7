//! One campus over a journal that goes down and comes back: what waits for it, what does not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Fact;
use lockstep_proto::frame::{Accepted, Holds};
use lockstep_proto::id::{CommandId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::{Audience, Standing};
use lockstep_proto::view::Card;
use lockstep_rules::Actor;
use lockstep_server::campus::registry::Registry;
use lockstep_server::campus::{Answer, Handle, Seen};
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::journal::{BATCH_MAX, Journal as _};
use lockstep_server::keys::Keys;
use lockstep_server::spool::Spool;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::journal::SetClock;
use crate::journal::school::{actor, district, north, set_up};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

struct Bench {
    journal: Arc<MemoryJournal>,
    campus: Handle,
    directory: Directory,
    _registry: Arc<Registry>,
    _folder: TempDir,
}

pub(crate) fn request(n: u128, command: Command) -> CommandRequest {
    CommandRequest {
        id: CommandId(Uuid::from_u128(n)),
        claimed_at: None,
        pin: None,
        passkey: None,
        again: false,
        command,
    }
}

pub(crate) fn call(n: u128) -> CommandRequest {
    let (reason, place) = (None, None);
    request(n, Command::CallLockDown { reason, place })
}

pub(crate) fn accepted(answer: Answer) -> Accepted {
    match answer {
        Answer::Accepted(accepted) => accepted,
        other @ (Answer::Refused(_) | Answer::InDoubt(_)) => panic!("{other:?}"),
    }
}

pub(crate) fn refused(answer: Answer) -> Code {
    match answer {
        Answer::Refused(refusal) => refusal.code,
        other @ (Answer::Accepted(_) | Answer::InDoubt(_)) => panic!("{other:?}"),
    }
}

impl Bench {
    async fn new() -> Self {
        let clock = SetClock::new();
        let journal = Arc::new(MemoryJournal::new(clock.clone()));
        let directory = set_up(&*journal).await;
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1024 * 1024).unwrap();
        let keys = Arc::new(Keys::from_master([7; 32]));
        let registry = Arc::new(Registry::new(journal.clone(), Arc::new(spool), clock, keys));
        let put = registry.put(&directory, &mut BTreeMap::new()).await;
        put.unwrap();
        let campus = registry.campus(district(), &"north".parse().unwrap());
        Self {
            journal,
            campus: campus.unwrap(),
            directory,
            _registry: registry,
            _folder: folder,
        }
    }

    /// Sends a command, and comes back once the campus has it.
    async fn send(&self, person: &str, request: CommandRequest) -> JoinHandle<Answer> {
        let (campus, actor) = (self.campus.clone(), actor(&self.directory, person));
        let (polled, first_poll) = tokio::sync::oneshot::channel();
        let sent = tokio::spawn(async move {
            let mut submit = Box::pin(campus.submit(actor, request, None));
            let now = futures_util::poll!(&mut submit);
            polled.send(()).unwrap();
            match now {
                std::task::Poll::Ready(answer) => answer,
                std::task::Poll::Pending => submit.await,
            }
        });
        // Its mailbox is a queue: what is asked next is answered after it was handled.
        first_poll.await.unwrap();
        self.see().await;
        sent
    }

    async fn give(&self, person: &str, request: CommandRequest) -> Answer {
        let sent = self.send(person, request).await;
        timeout(PATIENCE, sent).await.unwrap().unwrap()
    }

    async fn see(&self) -> Seen {
        self.campus.see(Audience::Responder).await.unwrap()
    }

    /// Waits until the campus says that a raise is recorded.
    async fn until_recorded(&self, raise: FactId) {
        let recorded = |card: &Card| matches!(card, Card::Raise(r) if r.id == raise && r.recorded);
        let until = async { while !self.see().await.cards.iter().any(recorded) {} };
        timeout(PATIENCE, until).await.unwrap();
    }

    /// An all clear by Sam Cole of what the campus shows.
    async fn all_clear(&self, n: u128) -> CommandRequest {
        let seen = self.see().await;
        let raise = |card: &Card| {
            let raise = card
                .item()
                .filter(|item| item.level >= Level::ControlledMovement);
            raise.map(|raise| raise.id)
        };
        let command = Command::GiveAllClear {
            lifts: seen.cards.iter().filter_map(raise).collect(),
            seen: seen.position,
            override_reason: Some("swept by radio".parse().unwrap()),
        };
        request(n, command)
    }

    async fn clears(&self) -> usize {
        let stored = self.journal.read(north(), 0, BATCH_MAX).await.unwrap();
        let is_clear = |fact: &Fact| matches!(fact, Fact::AllClearGiven { .. });
        let facts = stored.iter().map(|stored| &stored.entry.stamped.fact);
        facts.filter(|fact| is_clear(fact)).count()
    }
}

/// P4, invariants 5 and 6: an all clear of a raise whose entry is still on its way waits its
/// turn behind it. P6: a copy that waits beside it gets the same answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p4_an_all_clear_waits_for_the_raise_that_it_names() {
    let bench = Bench::new().await;
    bench.journal.set_down(true);
    let raise = accepted(bench.give("ana", call(1)).await);
    assert_eq!(raise.holds, Holds::Spooled);
    let clear = bench.all_clear(2).await;
    let first = bench.send("sam", clear.clone()).await;
    let copy = bench.send("sam", clear.clone()).await;
    assert!(!first.is_finished(), "answered before its turn");

    bench.journal.set_down(false);
    let first = accepted(timeout(PATIENCE, first).await.unwrap().unwrap());
    assert_eq!(first.holds, Holds::Recorded);
    let copy = accepted(timeout(PATIENCE, copy).await.unwrap().unwrap());
    assert_eq!((copy.fact, copy.position), (first.fact, first.position));
    let again = accepted(bench.give("sam", clear).await);
    assert_eq!((again.fact, again.position), (first.fact, first.position));
    assert_eq!(bench.see().await.posture, Posture::AllClear);
    assert_eq!(bench.clears().await, 1);
}

/// Invariant 13, P6: refused while the journal is gone, within the two seconds of DESIGN, and
/// the same for good: neither by itself nor by a copy that arrives later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clear_that_the_journal_never_took_is_refused_for_good() {
    let bench = Bench::new().await;
    bench.journal.set_down(true);
    let raise = accepted(bench.give("ana", call(1)).await);
    let clear = bench.all_clear(2).await;
    let at = Instant::now();
    let answer = bench.give("sam", clear.clone()).await;
    println!("journal gone: all clear refused after {:?}", at.elapsed());
    assert_eq!(refused(answer), Code::JournalUnavailable);
    assert!(at.elapsed() < Duration::from_secs(2), "{:?}", at.elapsed());
    let copy = bench.give("sam", clear.clone()).await;
    assert_eq!(refused(copy), Code::JournalUnavailable);

    bench.journal.set_down(false);
    bench.until_recorded(raise.fact).await;
    let copy = bench.give("sam", clear).await;
    assert_eq!(refused(copy), Code::JournalUnavailable);
    assert_eq!(bench.see().await.posture, Posture::LockDown);
    assert_eq!(bench.clears().await, 0);
    // Its author looks again and sends another.
    let another = bench.all_clear(3).await;
    accepted(bench.give("sam", another).await);
}

/// A1, A3: who has not the right hears so at once, whatever the journal does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a3_a_missing_right_is_refused_without_waiting_for_the_journal() {
    let bench = Bench::new().await;
    bench.journal.set_down(true);
    accepted(bench.give("ana", call(1)).await);
    let clear = bench.all_clear(2).await;
    let refused_at_once = bench.send("ana", clear).await;
    assert_eq!(refused(refused_at_once.await.unwrap()), Code::NotAllowed);
}

/// R4: one person's flood of clears leaves the queue to the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clears_of_one_person_do_not_fill_the_queue_for_others() {
    let bench = Bench::new().await;
    bench.journal.set_down(true);
    accepted(bench.give("ana", call(1)).await);
    let clear = bench.all_clear(2).await;
    let mut flood = Vec::new();
    for n in 100..400 {
        // An administrator may ask for it, and it is refused at its turn: a call is open.
        let command = Command::EndControlledMovement {
            lifts: Vec::new(),
            seen: bench.see().await.position,
        };
        flood.push(bench.send("tom", request(n, command)).await);
    }
    let clear = bench.send("sam", clear).await;
    bench.journal.set_down(false);
    accepted(timeout(PATIENCE, clear).await.unwrap().unwrap());
    let mut codes = BTreeMap::new();
    for answer in join_all(flood).await {
        *codes.entry(refused(answer.unwrap())).or_insert(0) += 1;
    }
    println!("a flood of 300 clears of one person: {codes:?}");
    assert!(codes[&Code::Busy] >= 200, "{codes:?}");
}

/// L2: from the eleventh raise in ten seconds `slow_down`, also while none of them is shown
/// yet; nothing accepted is lost, and no repetition is limited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l2_a_burst_is_told_to_slow_down_from_the_eleventh() {
    let bench = Bench::new().await;
    let ana = actor(&bench.directory, "ana");
    let burst = (0..50).map(|n| bench.campus.submit(ana.clone(), call(n), None));
    let answers = timeout(PATIENCE, join_all(burst)).await.unwrap();
    let first: Vec<FactId> = answers[..10]
        .iter()
        .map(|answer| accepted(answer.clone()).fact)
        .collect();
    for answer in &answers[10..] {
        let Answer::Refused(refusal) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(refusal.code, Code::SlowDown);
        let wait = refusal.retry_after_ms.unwrap();
        assert!((1..=1_000).contains(&wait), "{wait} ms");
    }
    for fact in &first {
        bench.until_recorded(*fact).await;
    }
    // What was accepted is answered again however often it is offered; others are not limited.
    let again = bench.campus.submit(ana, call(3), None).await;
    assert_eq!(accepted(again).fact, first[3]);
    accepted(bench.give("tom", call(1_000)).await);
    assert_eq!(bench.see().await.posture, Posture::LockDown);
}

/// T1, invariant 12: of 500 clears that one person is refused at once the first are entries, the
/// rest are told to wait and leave nothing. What was answered is answered so again, and neither a
/// raise nor the word that its author is forced waits for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t1_a_flood_of_refused_clears_leaves_fifty_entries() {
    let bench = Bench::new().await;
    accepted(bench.give("tom", call(1)).await);
    let clear = |n| {
        request(
            n,
            Command::GiveAllClear {
                lifts: Vec::new(),
                seen: Position::default(),
                override_reason: None,
            },
        )
    };
    let ana = Actor {
        standing: Standing::Live,
        ..actor(&bench.directory, "ana")
    };
    let flood = (100..600).map(|n| bench.campus.submit(ana.clone(), clear(n), None));
    let answers = timeout(PATIENCE, join_all(flood)).await.unwrap();
    let codes: Vec<Code> = answers.into_iter().map(refused).collect();
    assert!(
        codes[..50].iter().all(|code| *code == Code::NotAllowed),
        "{codes:?}"
    );
    assert!(
        codes[50..].iter().all(|code| *code == Code::SlowDown),
        "{codes:?}"
    );
    let again = bench.campus.submit(ana.clone(), clear(100), None).await;
    assert_eq!(refused(again), Code::NotAllowed);

    accepted(bench.give("ana", call(2)).await);
    let forced = Actor {
        standing: Standing::Fresh,
        under_duress: true,
        ..ana
    };
    let ends = Command::EndControlledMovement {
        lifts: Vec::new(),
        seen: bench.see().await.position,
    };
    let answer = bench.campus.submit(forced, request(601, ends), None).await;
    assert_eq!(refused(answer), Code::NewAlarm);
    let refusals = async || {
        let stored = bench.journal.read(north(), 0, BATCH_MAX).await.unwrap();
        let facts = stored.iter().map(|stored| &stored.entry.stamped.fact);
        facts
            .filter(|fact| matches!(fact, Fact::ClearRefused { .. }))
            .count()
    };
    let recorded = async {
        while refusals().await < 51 {
            tokio::task::yield_now().await
        }
    };
    timeout(PATIENCE, recorded).await.unwrap();
    assert_eq!(refusals().await, 51, "and one of the forced");
}

/// Invariant 13: a copy of what is under way is not told to wait, however much its author sends:
/// it could come true.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv13_a_copy_of_what_is_under_way_is_not_told_to_slow_down() {
    let bench = Bench::new().await;
    bench.journal.set_down(true);
    accepted(bench.give("ana", call(1)).await);
    let clear = bench.all_clear(2).await;
    let first = bench.send("sam", clear.clone()).await;
    // An officer confirms no lift: that is refused at once, and fills the lane.
    let sam = actor(&bench.directory, "sam");
    let confirm = |n| {
        request(
            n,
            Command::ConfirmLift {
                proposal: FactId::of_command(&sam.district, &sam.author.principal, clear.id),
                lifts: Vec::new(),
                seen: Position::default(),
            },
        )
    };
    let flood = (100..200).map(|n| bench.campus.submit(sam.clone(), confirm(n), None));
    let answers = timeout(PATIENCE, join_all(flood)).await.unwrap();
    let last = answers.into_iter().next_back().map(refused);
    assert_eq!(last, Some(Code::SlowDown), "the lane is full");
    let copy = bench.send("sam", clear).await;
    bench.journal.set_down(false);
    let first = accepted(timeout(PATIENCE, first).await.unwrap().unwrap());
    let copy = accepted(timeout(PATIENCE, copy).await.unwrap().unwrap());
    assert_eq!(copy.fact, first.fact);
}
