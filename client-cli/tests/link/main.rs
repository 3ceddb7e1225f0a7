//! The link over channels with paused time: it comes back, resumes, hands back, and says when it cannot
//! be relied on. Nothing here opens a socket, and nothing sleeps for real.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod several;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lockstep_cli::address::Address;
use lockstep_cli::api::Answer;
use lockstep_cli::backoff::Backoff;
use lockstep_cli::clock::Clock;
use lockstep_cli::link::wire::{Dial, DialError, Incoming, Wire};
use lockstep_cli::link::{Connection, Follows, Link, LinkState, SILENT_AFTER, Trust};
use lockstep_proto::Timestamp;
use lockstep_proto::code::Close;
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::frame::Stage as Stage_;
use lockstep_proto::frame::*;
use lockstep_proto::id::{CampusId, CommandId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_proto::view::{Card, CoverCard, RaiseCard, item_key};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What the test holds of each connection that the link makes.
struct Served {
    address: Address,
    at: Instant,
    to_link: mpsc::Sender<Incoming>,
    from_link: mpsc::Receiver<ClientFrame>,
}

/// Hands every connection to the test; an address that ends in `:1` is not there.
struct Channels(mpsc::Sender<Served>);

impl Dial for Channels {
    fn dial(
        &self,
        server: &Address,
        _token: &str,
    ) -> impl Future<Output = Result<Wire, DialError>> + Send {
        let served = self.0.clone();
        let address = server.clone();
        async move {
            if address.to_string().ends_with(":1") {
                return Err(DialError::ComeBack("refused".to_owned()));
            }
            let (send, from_link) = mpsc::channel(64);
            let (to_link, receive) = mpsc::channel(64);
            let _ = served
                .send(Served {
                    address,
                    at: Instant::now(),
                    to_link,
                    from_link,
                })
                .await;
            Ok(Wire { send, receive })
        }
    }
}

struct Stage {
    link: Link,
    state: watch::Receiver<LinkState>,
    served: mpsc::Receiver<Served>,
}

fn campus() -> CampusId {
    "north-high".parse().unwrap()
}

fn seq(seq: u64) -> Position {
    Position { epoch: 1, seq }
}

fn fact(n: u128) -> FactId {
    FactId(uuid::Uuid::from_u128(n))
}

fn stage(servers: &[&str]) -> Stage {
    let began = Instant::now();
    let start = Timestamp::from_second(1_800_009_600).unwrap();
    let clock = Clock::by(move || start + jiff::SignedDuration::try_from(began.elapsed()).unwrap());
    let (serve, served) = mpsc::channel(64);
    let follows = Follows {
        servers: servers
            .iter()
            .map(|server| server.parse().unwrap())
            .collect(),
        token: "t".to_owned(),
        campus: Some(campus()),
        tap: None,
    };
    let link = Link::start_with(Channels(serve), follows, clock, Backoff::with(|| 1.0));
    Stage {
        state: link.state(),
        link,
        served,
    }
}

/// What a server says first.
fn welcome() -> ServerFrame {
    welcome_in(Role::Sro, Audience::Responder)
}

fn welcome_in(role: Role, audience: Audience) -> ServerFrame {
    ServerFrame::Welcome {
        server: "test".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        you: You {
            principal: "person:ana".parse().unwrap(),
            name: "Ana".to_owned(),
            role,
            district: "d".parse().unwrap(),
            audience,
            standing: Standing::Live,
            room: None,
        },
        campuses: vec![CampusName {
            id: campus(),
            name: "North".to_owned(),
            may_lock_down: true,
        }],
    }
}

impl Served {
    async fn say(&self, frame: ServerFrame) {
        self.to_link
            .send(Incoming::Frame(Box::new(frame)))
            .await
            .unwrap();
    }

    async fn hear(&mut self) -> ClientFrame {
        self.from_link.recv().await.unwrap()
    }

    /// `welcome`, and what the client then subscribes to.
    async fn welcome(&mut self) -> Subscription {
        self.welcome_as(welcome()).await
    }

    async fn welcome_as(&mut self, welcome: ServerFrame) -> Subscription {
        self.say(welcome).await;
        let ClientFrame::Subscribe { mut campuses } = self.hear().await else {
            panic!("no subscribe")
        };
        campuses.remove(0)
    }

    async fn pulse(&self, position: u64) {
        self.say(ServerFrame::Pulse {
            campus: campus(),
            at: Timestamp::UNIX_EPOCH,
            position: seq(position),
            concerns: position,
            head: None,
            degraded: false,
        })
        .await;
    }

    async fn snapshot(&self, position: u64, parts: Vec<Vec<Card>>) {
        let count = u32::try_from(parts.len()).unwrap();
        for (part, cards) in (1..).zip(parts) {
            self.say(ServerFrame::Snapshot {
                campus: campus(),
                position: seq(position),
                part,
                parts: count,
                cards,
            })
            .await;
        }
    }
}

fn call(n: u128) -> Card {
    sealed(n, &format!("seal-{n}"))
}

fn sealed(n: u128, seal: &str) -> Card {
    Card::Raise(RaiseCard {
        id: fact(n),
        level: Level::LockDown,
        at: Timestamp::UNIX_EPOCH,
        recorded: true,
        late: false,
        sealed: Some(seal.to_owned()),
        by: None,
        kind: None,
        reason: None,
        place: None,
        shareable: None,
        mistake: None,
    })
}

impl Stage {
    async fn next(&mut self) -> Served {
        self.served.recv().await.unwrap()
    }

    /// Waits until the state is as it should be; paused time makes a wait that never ends a failure.
    async fn until(&mut self, what: &str, test: impl Fn(&LinkState) -> bool) {
        let waited = tokio::time::timeout(
            Duration::from_secs(600),
            self.state.wait_for(|state| test(state)),
        )
        .await;
        assert!(waited.is_ok(), "never: {what}");
    }

    fn trust(&self) -> Trust {
        self.state.borrow().campuses[&campus()].trust(Instant::now())
    }

    fn posture(&self) -> Posture {
        self.state.borrow().campuses[&campus()].screen.posture()
    }
}

fn shows(state: &LinkState, position: u64) -> bool {
    state
        .campuses
        .get(&campus())
        .is_some_and(|follow| follow.screen.position == Some(seq(position)))
}

/// R2: five seconds after the last pulse it says so, with the time, and keeps the posture.
#[tokio::test(start_paused = true)]
async fn r2_a_screen_without_pulses_says_so_within_five_seconds() {
    let mut stage = stage(&["http://a"]);
    let mut served = stage.next().await;
    assert_eq!(served.welcome().await.after, None);
    served.snapshot(3, vec![vec![call(1)]]).await;
    stage.until("the snapshot", |state| shows(state, 3)).await;
    assert_eq!(stage.trust(), Trust::Never, "no pulse yet");
    served.pulse(3).await;
    stage
        .until("the pulse", |state| {
            state.campuses[&campus()].pulse.is_some()
        })
        .await;
    let since = stage.state.borrow().campuses[&campus()]
        .pulse
        .unwrap()
        .1
        .clock;
    assert_eq!(stage.trust(), Trust::Good);
    tokio::time::advance(Duration::from_millis(5_000)).await;
    assert_eq!(stage.trust(), Trust::Good);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(stage.trust(), Trust::NotConnected { since });
    assert_eq!(stage.posture(), Posture::LockDown);
}

/// R3: a snapshot counts when its last part is in; after a loss the link hands back position, items and
/// seals, and resumes.
#[tokio::test(start_paused = true)]
async fn r3_it_resumes_from_its_position_with_what_it_shows() {
    let mut stage = stage(&["http://a"]);
    let mut served = stage.next().await;
    served.welcome().await;
    served
        .snapshot(4, vec![vec![call(1)], vec![call(2)], vec![]])
        .await;
    stage.until("all parts", |state| shows(state, 4)).await;
    let ClientFrame::Receipt {
        stage: got,
        through,
        ..
    } = served.hear().await
    else {
        panic!("no receipt")
    };
    assert_eq!((got, through), (Stage_::Received, seq(4)));
    // One part of the next snapshot, and then the connection is lost.
    let half = ServerFrame::Snapshot {
        campus: campus(),
        position: seq(9),
        part: 1,
        parts: 2,
        cards: vec![],
    };
    served.say(half).await;
    drop(served);
    let mut served = stage.next().await;
    let subscription = served.welcome().await;
    assert_eq!(subscription.after, Some(seq(4)));
    assert_eq!(subscription.shows.len(), 2);
    assert!(subscription.shows.contains(&fact(1)) && subscription.shows.contains(&fact(2)));
    assert_eq!(subscription.sealed.len(), 2);
    // The second half alone completes nothing.
    let half = ServerFrame::Snapshot {
        campus: campus(),
        position: seq(9),
        part: 2,
        parts: 2,
        cards: vec![],
    };
    served.say(half).await;
    served.pulse(4).await;
    stage
        .until("the pulse", |state| {
            state.campuses[&campus()].pulse.is_some()
        })
        .await;
    assert!(
        shows(&stage.state.borrow(), 4),
        "two halves of two connections are no whole"
    );
    assert_eq!(stage.posture(), Posture::LockDown);
}

/// A5, R3: in another role it asks for the whole view, whatever position that has, and still keeps what
/// nothing lifts.
#[tokio::test(start_paused = true)]
async fn r3_in_another_role_it_takes_the_whole_view() {
    let mut stage = stage(&["http://a"]);
    let mut served = stage.next().await;
    served.welcome().await;
    served.snapshot(9, vec![vec![call(1), call(2)]]).await;
    stage.until("a snapshot", |state| shows(state, 9)).await;
    drop(served);
    let mut served = stage.next().await;
    let demoted = welcome_in(Role::Staff, Audience::Staff);
    let subscription = served.welcome_as(demoted.clone()).await;
    assert_eq!(subscription.after, None, "what it has is another view's");
    assert_eq!(subscription.shows.len(), 2);
    served.snapshot(4, vec![vec![call(1)]]).await;
    stage.until("the whole", |state| shows(state, 4)).await;
    let held = |state: &LinkState| state.campuses[&campus()].screen.held.clone();
    assert_eq!(held(&stage.state.borrow()), [fact(2)].into());
    // The same once more is no other view.
    drop(served);
    let mut served = stage.next().await;
    let subscription = served.welcome_as(demoted).await;
    assert_eq!(subscription.after, Some(seq(4)));
}

/// R3, invariant 4: what is dropped and not named by a cover stays, is no longer relied on, and is
/// handed back with its seal; a cover that names it lets it go.
#[tokio::test(start_paused = true)]
async fn r3_a_dropped_raise_is_held_and_handed_back() {
    let mut stage = stage(&["http://a"]);
    let mut served = stage.next().await;
    served.welcome().await;
    served.snapshot(4, vec![vec![call(1)]]).await;
    served.pulse(4).await;
    stage
        .until("the pulse", |state| {
            state.campuses[&campus()].pulse.is_some()
        })
        .await;
    served.hear().await;
    // Time enough to subscribe again, with a pulse in it.
    for _ in 0..2 {
        tokio::time::advance(Duration::from_secs(3)).await;
        let now = Instant::now();
        served.pulse(4).await;
        stage
            .until("the pulse", |state| {
                state.campuses[&campus()]
                    .pulse
                    .is_some_and(|pulse| pulse.1.at == now)
            })
            .await;
    }
    served
        .say(ServerFrame::Event {
            campus: campus(),
            position: seq(5),
            put: vec![],
            drop: vec![item_key(fact(1))],
        })
        .await;
    let ClientFrame::Subscribe { campuses } = served.hear().await else {
        panic!("nothing handed back")
    };
    assert_eq!(campuses[0].sealed, ["seal-1"]);
    served.pulse(5).await;
    stage.until("the event", |state| shows(state, 5)).await;
    assert_eq!(stage.posture(), Posture::LockDown);
    let cover = Card::Cover(CoverCard {
        id: fact(7),
        position: seq(6),
        names: vec![fact(1)],
    });
    served
        .say(ServerFrame::Event {
            campus: campus(),
            position: seq(6),
            put: vec![cover],
            drop: vec![],
        })
        .await;
    stage.until("the cover", |state| shows(state, 6)).await;
    assert_eq!(stage.posture(), Posture::Normal);
}

/// Close codes from 4500 on stay away and say why; those below come back.
#[tokio::test(start_paused = true)]
async fn close_codes_say_whether_to_come_back() {
    for close in Close::ALL {
        let mut stage = stage(&["http://a"]);
        let mut served = stage.next().await;
        served.welcome().await;
        served
            .to_link
            .send(Incoming::Closed {
                code: Some(close.number()),
                why: String::new(),
            })
            .await
            .unwrap();
        let again = tokio::time::timeout(Duration::from_secs(30), stage.next()).await;
        assert_eq!(again.is_ok(), close.come_back(), "{close:?}");
        if !close.come_back() {
            let Connection::Ended { why } = stage.state.borrow().connection.clone() else {
                panic!("not ended")
            };
            assert_eq!(why, close.sentence());
        }
    }
}

/// A server that is silent, or never says welcome, is given up; after that there is a wait.
#[tokio::test(start_paused = true)]
async fn silence_is_a_lost_connection() {
    let mut stage = stage(&["http://a"]);
    let first = stage.next().await;
    let mut second = stage.next().await;
    assert!(second.at - first.at >= Duration::from_secs(5), "no welcome");
    second.welcome().await;
    let third = stage.next().await;
    assert_eq!(
        third.at - second.at,
        SILENT_AFTER + Duration::from_millis(800)
    );
    // Both ends are kept open until here: it was silence, and no close.
    drop((first, second));
}

/// What was sent and not answered is unknown; what was never sent is not sent. The link itself sends
/// nothing a second time.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_with_the_connection_is_unknown() {
    let mut stage = stage(&["http://a"]);
    let command = CommandRequest {
        id: CommandId(uuid::Uuid::now_v7()),
        claimed_at: None,
        pin: None,
        passkey: None,
        again: false,
        command: Command::GiveAllClear {
            lifts: vec![fact(1)],
            seen: seq(4),
            override_reason: None,
        },
    };
    let mut served = stage.next().await;
    served.welcome().await;
    let asking = stage.link.command_later(&campus(), &command);
    let lost = async {
        let ClientFrame::Command { request, .. } = served.hear().await else {
            panic!("no command")
        };
        assert_eq!(request, command);
        drop(served);
    };
    let (answer, ()) = tokio::join!(asking, lost);
    assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
    let answer = stage.link.command(&campus(), command).await;
    assert!(matches!(answer, Answer::NotSent(_)), "{answer:?}");
    let mut served = stage.next().await;
    served.welcome().await;
    let again = tokio::time::timeout(Duration::from_secs(3), served.hear()).await;
    assert!(again.is_err(), "sent a second time: {again:?}");
}

/// R1: displayed is said once for each thing drawn.
#[tokio::test(start_paused = true)]
async fn r1_displayed_is_said_once() {
    let mut stage = stage(&["http://a"]);
    let mut served = stage.next().await;
    served.welcome().await;
    for through in [4, 4, 5] {
        stage.link.displayed(&campus(), seq(through), vec![fact(3)]);
    }
    for expected in [4, 5] {
        let ClientFrame::Receipt {
            stage: got,
            through,
            also,
            ..
        } = served.hear().await
        else {
            panic!("no receipt")
        };
        assert_eq!(
            (got, through, also),
            (Stage_::Displayed, seq(expected), vec![fact(3)])
        );
    }
}

/// A subscription stays below the frame's limit whatever is on the screen.
#[tokio::test(start_paused = true)]
async fn a_subscription_fits_a_frame() {
    let mut stage = stage(&["http://a"]);
    let mut served = stage.next().await;
    served.welcome().await;
    let long = "s".repeat(2_000);
    let cards = (1..=3_000).map(|n| sealed(n, &long)).collect();
    served.snapshot(4, vec![cards]).await;
    stage.until("the snapshot", |state| shows(state, 4)).await;
    drop(served);
    let mut served = stage.next().await;
    let subscription = served.welcome().await;
    assert!(!subscription.shows.is_empty());
    let frame = serde_json::to_string(&ClientFrame::Subscribe {
        campuses: vec![subscription],
    })
    .unwrap();
    assert!(frame.len() <= FRAME_MAX, "{} bytes", frame.len());
}

/// The handle ends the link, and a campus that is not one's own is said and not tried again.
#[tokio::test(start_paused = true)]
async fn a_foreign_campus_ends_the_link_with_words() {
    let mut stage = stage(&["http://a"]);
    let served = stage.next().await;
    let you = You {
        principal: "person:ana".parse().unwrap(),
        name: "Ana".to_owned(),
        role: Role::Sro,
        district: "d".parse().unwrap(),
        audience: Audience::Responder,
        standing: Standing::Live,
        room: None,
    };
    served
        .say(ServerFrame::Welcome {
            server: "test".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            you,
            campuses: vec![],
        })
        .await;
    stage
        .until("an end", |state| {
            matches!(state.connection, Connection::Ended { .. })
        })
        .await;
    let _ = Arc::new(served);
}
