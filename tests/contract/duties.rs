//! Duties at work over a memory journal and a clock that a test sets: whom the campus tries, by
//! which way, what leaves the building and what does not, and who takes over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::directory::{Directory, Person};
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::{Channel, DutyKind, Outcome};
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::{Author, Fact};
use lockstep_proto::frame::Accepted;
use lockstep_proto::id::{CommandId, FactId, PersonId};
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::Card;
use lockstep_server::campus::registry::Registry;
use lockstep_server::campus::{Answer, Handle, Seen};
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::journal::{BATCH_MAX, Journal as _};
use lockstep_server::keys::Keys;
use lockstep_server::outside::{Notice, Outside};
use lockstep_server::spool::Spool;
use tempfile::TempDir;
use tokio::time::timeout;
use uuid::Uuid;

use crate::journal::SetClock;
use crate::journal::school::{self, actor, district, north, set_up, time};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a channel does with what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Sends,
    Hangs,
    Panics,
}

/// A channel that keeps what it was given.
struct Recording {
    does: Does,
    given: Mutex<Vec<Notice>>,
}

impl Recording {
    fn new(does: Does) -> Arc<Self> {
        let given = Mutex::default();
        Arc::new(Self { does, given })
    }

    fn given(&self) -> Vec<Notice> {
        self.given.lock().unwrap().clone()
    }
}

#[async_trait]
impl Outside for Recording {
    async fn send(&self, notice: Notice) -> Outcome {
        self.given.lock().unwrap().push(notice);
        match self.does {
            Does::Sends => Outcome::Sent,
            Does::Hangs => std::future::pending().await,
            Does::Panics => panic!("a channel that a test breaks"),
        }
    }
}

/// An instance of the service with its one campus.
struct Instance {
    campus: Handle,
    registry: Arc<Registry>,
    _folder: TempDir,
}

struct Bench {
    clock: Arc<SetClock>,
    journal: Arc<MemoryJournal>,
    directory: Directory,
    outside: Arc<Recording>,
}

/// An attempt, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attempt {
    kind: DutyKind,
    person: PersonId,
    channel: Channel,
    n: u16,
    outcome: Outcome,
    by: Author,
}

impl Bench {
    /// The school with a chief and a superintendent, each with two addresses.
    async fn new(does: Does) -> Self {
        let clock = SetClock::new();
        let journal = Arc::new(MemoryJournal::new(clock.clone()));
        let mut directory = set_up(&*journal).await;
        for (id, role) in [("carol", Role::Chief), ("pat", Role::Superintendent)] {
            let person = Person {
                name: id.to_owned(),
                role,
                campuses: vec![],
                room: None,
                certification: None,
                may_lock_down: vec![],
                addresses: vec![format!("mailto:{id}@oak.example"), "tel:+1555".to_owned()],
            };
            directory.people.insert(id.parse().unwrap(), person);
        }
        Self {
            clock,
            journal,
            directory,
            outside: Recording::new(does),
        }
    }

    async fn instance(&self) -> Instance {
        let folder = tempfile::tempdir().unwrap();
        let spool = Arc::new(Spool::open(folder.path(), 1024 * 1024).unwrap());
        let keys = Arc::new(Keys::from_master([7; 32]));
        let clock = self.clock.clone();
        let registry = Registry::new(self.journal.clone(), spool, clock, keys)
            .with_outside(self.outside.clone());
        let registry = Arc::new(registry);
        let put = registry.put(&self.directory, &mut BTreeMap::new()).await;
        put.unwrap();
        let campus = registry.campus(district(), &"north".parse().unwrap());
        Instance {
            campus: campus.unwrap(),
            registry,
            _folder: folder,
        }
    }

    async fn attempts(&self) -> Vec<Attempt> {
        let stored = self.journal.read(north(), 0, BATCH_MAX).await.unwrap();
        let stamped = stored.into_iter().map(|stored| stored.entry.stamped);
        stamped
            .filter_map(|stamped| {
                let Fact::DutyAttempted {
                    kind,
                    person,
                    channel,
                    n,
                    outcome,
                    ..
                } = stamped.fact
                else {
                    return None;
                };
                Some(Attempt {
                    kind,
                    person,
                    channel,
                    n,
                    outcome,
                    by: stamped.by,
                })
            })
            .collect()
    }

    /// Waits until the journal has such an attempt.
    async fn until_tried(&self, wanted: impl Fn(&Attempt) -> bool) -> Attempt {
        let until = async {
            loop {
                if let Some(attempt) = self.attempts().await.into_iter().find(&wanted) {
                    return attempt;
                }
            }
        };
        timeout(PATIENCE, until).await.expect("an attempt in time")
    }
}

impl Instance {
    async fn give(&self, bench: &Bench, person: &str, command: Command) -> Accepted {
        let request = CommandRequest {
            id: CommandId(Uuid::new_v4()),
            claimed_at: None,
            pin: None,
            passkey: None,
            again: false,
            command,
        };
        let actor = actor(&bench.directory, person);
        let submitted = self.campus.submit(actor, request, None);
        match timeout(PATIENCE, submitted).await.unwrap() {
            Answer::Accepted(accepted) => accepted,
            other @ (Answer::Refused(_) | Answer::InDoubt(_)) => panic!("{other:?}"),
        }
    }

    async fn see(&self) -> Seen {
        self.campus.see(Audience::District).await.unwrap()
    }

    async fn until_seen(&self, wanted: impl Fn(&Card) -> bool) {
        let until = async { while !self.see().await.cards.iter().any(&wanted) {} };
        timeout(PATIENCE, until).await.expect("the card in time");
    }
}

fn escalate() -> Command {
    Command::OpenEscalation {
        agency: Agency::Pd,
        basis: Basis::Escalating,
        state: LineState::Requested,
        decided_by: None,
        called_by: None,
        number: None,
        incident_number: None,
        note: None,
    }
}

fn call() -> Command {
    let (reason, place) = (None, None);
    Command::CallLockDown { reason, place }
}

fn of(person: &str, kind: DutyKind, n: u16) -> impl Fn(&Attempt) -> bool {
    let person: PersonId = person.parse().unwrap();
    move |attempt| attempt.person == person && attempt.kind == kind && attempt.n == n
}

/// E4: their screens first, then each of their addresses in its order, by the server itself;
/// an outcome is no more than the channel's word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_person_is_tried_at_their_screens_then_at_each_address() {
    let bench = Bench::new(Does::Sends).await;
    let instance = bench.instance().await;
    instance.give(&bench, "ana", escalate()).await;
    let first = bench
        .until_tried(of("pat", DutyKind::TellSuperintendent, 1))
        .await;
    assert_eq!(
        (first.channel, first.outcome),
        (Channel::Screen, Outcome::NotReached),
        "no screen of theirs is connected"
    );
    assert_eq!(
        (first.by.name.as_str(), first.by.role, &first.by.credential),
        ("Lockstep", Role::Operator, &None)
    );
    assert!(bench.outside.given().is_empty(), "the screens come first");
    for (n, address) in [(2, 0), (3, 1)] {
        bench.clock.set(time(i64::from(n) * 40));
        let next = bench
            .until_tried(of("pat", DutyKind::TellSuperintendent, n))
            .await;
        assert_eq!(
            (next.channel, next.outcome),
            (Channel::Outside, Outcome::Sent)
        );
        let given = bench.outside.given();
        let given: Vec<&Notice> = given
            .iter()
            .filter(|notice| notice.person.as_str() == "pat" && notice.address == address)
            .collect();
        let [notice] = given[..] else {
            panic!("one notice for address {address}, not {given:?}");
        };
        assert!(notice.say.contains("PD was asked for"), "{notice:?}");
        assert_eq!(notice.kind, DutyKind::TellSuperintendent);
    }
    // Acknowledged by one of the two whom the other notice asks: nobody is asked again.
    let duty = instance.see().await.cards.into_iter().find_map(|card| {
        let Card::Duty(duty) = card else { return None };
        (duty.kind == DutyKind::TellChiefOrDirector).then_some(duty.id)
    });
    let command = Command::AcknowledgeDuty {
        duty: duty.expect("the chief's notice is open"),
    };
    instance.give(&bench, "carol", command).await;
    bench.clock.set(time(600));
    bench
        .until_tried(of("pat", DutyKind::TellSuperintendent, 4))
        .await;
    let of_chief = bench.attempts().await;
    let of_chief = of_chief.iter().filter(|a| a.person.as_str() == "carol");
    assert_eq!(of_chief.count(), 3, "asked again after the answer");
}

/// R4, E4: a channel that hangs or panics costs nobody anything, and is not taken for a notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_channel_that_hangs_or_panics_blocks_nothing_and_reached_nobody() {
    for does in [Does::Hangs, Does::Panics] {
        let bench = Bench::new(does).await;
        let instance = bench.instance().await;
        instance.give(&bench, "ana", escalate()).await;
        bench
            .until_tried(of("pat", DutyKind::TellSuperintendent, 1))
            .await;
        bench.clock.set(time(60));
        let given = async {
            while bench.outside.given().len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, given).await.unwrap();
        let at = Instant::now();
        instance.give(&bench, "tom", call()).await;
        let answered = at.elapsed();
        println!("{does:?}: a call is answered after {answered:?}");
        // Sooner than the channel's own deadline, however busy the machine is.
        assert!(answered < Duration::from_millis(1_500), "{answered:?}");
        let outside = bench
            .until_tried(of("pat", DutyKind::TellSuperintendent, 2))
            .await;
        assert_eq!(outside.outcome, Outcome::NotReached);
        println!("{does:?}: taken for not reached after {:?}", at.elapsed());
    }
}

/// D1: a drill with every drill command in it reaches no duty, no channel and no timeline but
/// its own; the same hour with one real escalation does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_nothing_of_a_drill_leaves_the_campus() {
    let bench = Bench::new(Does::Sends).await;
    let instance = bench.instance().await;
    instance.give(&bench, "sam", Command::Arrive {}).await;
    let kind = DrillKind::LockDown;
    let start = Command::StartDrill { kind, note: None };
    let drill = instance.give(&bench, "ana", start).await.fact;
    let report = DrillRoomReport {
        secured: false,
        present: Some(20),
        missing: Some(1),
        extra: None,
    };
    let room = Some("n101".parse().unwrap());
    let zone = "a-wing".parse().unwrap();
    for (who, command) in [
        ("ana", Command::CallDrillLockDown { drill }),
        (
            "tom",
            Command::ReportDrillRoom {
                drill,
                room,
                report,
            },
        ),
        ("sam", Command::ClearDrillZone { drill, zone }),
    ] {
        instance.give(&bench, who, command).await;
    }
    // Whatever an hour would make overdue.
    bench.clock.set(time(3_600));
    let seen = instance.see().await.position;
    let override_reason = None;
    let clear = Command::GiveDrillAllClear {
        drill,
        seen,
        override_reason,
    };
    instance.give(&bench, "sam", clear).await;
    instance
        .until_seen(|card| matches!(card, Card::Drill(_)))
        .await;
    let (seen, note) = (instance.see().await.position, None);
    let end = Command::EndDrill { drill, seen, note };
    instance.give(&bench, "ana", end).await;
    bench.clock.set(time(7_200));
    // The control: the first look that finds this one has found nothing before it.
    instance.give(&bench, "ana", escalate()).await;
    bench
        .until_tried(of("pat", DutyKind::TellSuperintendent, 1))
        .await;
    let escalated = [
        DutyKind::TellSro,
        DutyKind::TellChiefOrDirector,
        DutyKind::TellSuperintendent,
    ];
    for attempt in bench.attempts().await {
        assert!(escalated.contains(&attempt.kind), "of a drill: {attempt:?}");
        assert_eq!(attempt.n, 1);
    }
    assert_eq!(bench.outside.given(), []);
}

/// E4: where the instance that accepted a cause recorded no attempt within five seconds,
/// another takes over; where it did, the other leaves it alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_another_instance_takes_over_after_five_seconds() {
    let bench = Bench::new(Does::Sends).await;
    // The accepting instance died between the cause and its first attempt.
    let died = school::call(900);
    let head = bench.journal.tip(north()).await.unwrap().position();
    bench
        .journal
        .append(north(), head.into(), vec![died])
        .await
        .unwrap();
    bench.clock.set(time(5));
    let other = bench.instance().await;
    // Longer than a look takes: what it recorded by then it had found nothing to do before.
    let fact = other.give(&bench, "tom", Command::Arrive {}).await.fact;
    until_recorded(&bench, fact).await;
    assert_eq!(bench.attempts().await, [], "before five seconds were over");
    bench.clock.set(time(6));
    let taken_over = bench.until_tried(of("tom", DutyKind::Call911, 1)).await;
    println!("taken over: {taken_over:?}");

    // A third sees what the second did, and does nothing.
    let before = bench.attempts().await.len();
    let third = bench.instance().await;
    bench.clock.set(time(12));
    let fact = third.give(&bench, "ana", Command::Arrive {}).await.fact;
    until_recorded(&bench, fact).await;
    assert_eq!(bench.attempts().await.len(), before);
    other.registry.stop().await;
    third.registry.stop().await;
}

async fn until_recorded(bench: &Bench, fact: FactId) {
    let until = async { while bench.journal.find(north(), fact).await.unwrap().is_none() {} };
    timeout(PATIENCE, until).await.unwrap();
}

/// E4: a duty becomes overdue by time alone, and the district sees it without any other event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_duty_is_overdue_on_screens_by_time_alone() {
    let bench = Bench::new(Does::Sends).await;
    let instance = bench.instance().await;
    instance.give(&bench, "ana", call()).await;
    let duty = |overdue: bool| {
        move |card: &Card| {
            matches!(card, Card::Duty(duty)
                if duty.kind == DutyKind::Call911 && duty.overdue == overdue)
        }
    };
    instance.until_seen(duty(false)).await;
    bench.clock.set(time(59));
    instance.until_seen(duty(false)).await;
    bench.clock.set(time(61));
    instance.until_seen(duty(true)).await;
}
