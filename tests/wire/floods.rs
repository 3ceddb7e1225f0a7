//! Whoever floods the server with sockets, frames and fragments keeps nobody from a call: it is on
//! every screen in time, and memory stays under a ceiling (P2, invariants 1 and 12).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_tests::{Follower, MAY_CALL, PATIENCE, Server};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::limits::address;
use crate::{ADMIN, NORTH, TEACHER, asked, of};

/// A debug build decides and signs several times slower, beside other tests.
const SHOWN_WITHIN: Duration = Duration::from_secs(if cfg!(debug_assertions) { 2 } else { 1 });
const SCREENS: usize = 20;
const MIB: u64 = 1 << 20;

/// A WebSocket of somebody, whose frames are made by hand.
async fn by_hand(server: &Server, who: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address(server)).await.unwrap();
    let upgrade = format!(
        "GET /v1/ws HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: lockstep.v1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        address(server),
        server.token(who),
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        heard.push(stream.read_u8().await.unwrap());
    }
    assert!(heard.starts_with(b"HTTP/1.1 101"));
    stream
}

/// The head of a frame that says that it is so long, under a mask that changes nothing.
fn head(first: u8, length: u64) -> Vec<u8> {
    let mut head = vec![first, 0x80 | 127];
    head.extend(length.to_be_bytes());
    head.extend([0; 4]);
    head
}

/// An empty fragment of a text that does not end.
const FRAGMENT: [u8; 6] = [0x00, 0x80, 0, 0, 0, 0];
const TEXT_BEGINS: [u8; 7] = [0x01, 0x81, 0, 0, 0, 0, b'{'];

/// Twenty screens of a campus, and how long a call takes to the last of them.
struct Watched<'a> {
    server: &'a Server,
    screens: Vec<Follower>,
    before: u64,
}

impl<'a> Watched<'a> {
    async fn new(server: &'a Server) -> Self {
        let token = server.token(TEACHER);
        let screens = (0..SCREENS).map(|_| Follower::join(&server.url, &token, NORTH));
        let screens = join_all(screens).await;
        Self {
            server,
            screens,
            before: server.memory(),
        }
    }

    /// Everybody who may calls once: each call is on every screen in time.
    async fn calls_are_shown(&mut self, flood: &str, ceiling: u64) {
        let mut took = Vec::new();
        for caller in MAY_CALL {
            let request = asked(json!({ "name": "call_lock_down" }));
            let since = Instant::now();
            let accepted = of(self.server, caller)
                .send(NORTH, &request)
                .await
                .accepted();
            let shown = self.screens.iter_mut().map(|screen| async {
                screen
                    .until_screen(|screen| {
                        let raises = screen.open_raises();
                        raises.contains(&accepted.fact)
                    })
                    .await;
                since.elapsed()
            });
            took.extend(join_all(shown).await);
        }
        took.sort_unstable();
        let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
        let grown = self.server.memory().saturating_sub(self.before);
        println!(
            "{flood}: a call on a screen after {median:.1?}, at worst {worst:.1?} of {} (at most \
             {SHOWN_WITHIN:?}); {} MiB more than before (at most {})",
            took.len(),
            grown / MIB,
            ceiling / MIB
        );
        assert!(worst <= SHOWN_WITHIN, "{worst:?}");
        assert!(grown <= ceiling, "{grown} bytes");
    }
}

/// Thousands who say nothing or half of something, and never who they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_a_flood_of_sockets_of_nobody_keeps_nobody_from_a_call() {
    const SOCKETS: usize = 3_000;
    let server = Server::start();
    let mut watched = Watched::new(&server).await;
    let mut flood = Vec::with_capacity(SOCKETS);
    for i in 0..SOCKETS {
        let mut stream = TcpStream::connect(address(&server)).await.unwrap();
        let says: &[u8] = match i % 3 {
            0 => b"",
            1 => b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nx-more: ",
            _ => b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer none\r\n\r\n",
        };
        stream.write_all(says).await.unwrap();
        if i % 3 == 1 {
            stream.write_all(&[b'y'; 15 * 1024]).await.unwrap();
        }
        flood.push(stream);
    }
    let ceiling = SOCKETS as u64 * 48 * 1024;
    watched
        .calls_are_shown("3,000 sockets of nobody", ceiling)
        .await;
    for mut stream in flood {
        let mut all = Vec::new();
        let ended = timeout(PATIENCE, stream.read_to_end(&mut all)).await;
        // Told what is wrong or not, it is closed or reset.
        let _ = ended.expect("closed in bounded time");
    }
}

/// A frame that says that it is a gigabyte long: nothing of it is kept, and the first word of it is
/// the last that is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_frames_of_a_gigabyte_keep_nobody_from_a_call() {
    const AT_ONCE: usize = 50;
    let server = Server::start();
    let mut watched = Watched::new(&server).await;
    let mut flood = JoinSet::new();
    for i in 0..AT_ONCE {
        // Nobody has as many places as that, beside the screens.
        let mut stream = by_hand(&server, ADMIN).await;
        flood.spawn(async move {
            let whole = [0x81, 0x82, 0x01][i % 3];
            stream.write_all(&head(whole, 1 << 30)).await.unwrap();
            let (mut reads, mut writes) = stream.into_split();
            let pours = async {
                let megabyte = vec![b'x'; MIB as usize];
                for sent in 0..1_024_u64 {
                    if writes.write_all(&megabyte).await.is_err() {
                        return sent;
                    }
                }
                1_024
            };
            let hears = async {
                let mut all = Vec::new();
                // Reset, where what is poured was not read.
                let _ = reads.read_to_end(&mut all).await;
            };
            tokio::join!(timeout(PATIENCE, pours), hears).0
        });
    }
    watched
        .calls_are_shown("50 frames of 1 GiB", AT_ONCE as u64 * 512 * 1024)
        .await;
    for poured in flood.join_all().await {
        let poured = poured.expect("nobody reads a gigabyte");
        assert!(poured < 64, "{poured} MiB were taken");
    }
}

/// Texts of a million empty fragments, which never end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_a_million_fragments_keep_nobody_from_a_call() {
    const AT_ONCE: usize = 10;
    const FRAGMENTS: usize = 100_000;
    let server = Server::start();
    let mut watched = Watched::new(&server).await;
    let mut flood = JoinSet::new();
    for _ in 0..AT_ONCE {
        let mut stream = by_hand(&server, TEACHER).await;
        flood.spawn(async move {
            stream.write_all(&TEXT_BEGINS).await.unwrap();
            let thousand = FRAGMENT.repeat(1_000);
            for _ in 0..FRAGMENTS / 1_000 {
                // The server may have had enough.
                if stream.write_all(&thousand).await.is_err() {
                    break;
                }
            }
            stream
        });
    }
    watched
        .calls_are_shown("a million fragments", 32 * MIB)
        .await;
    drop(flood.join_all().await);
}

/// A text that never ends is no sign of life, however fast it comes: whoever sends it is let go as
/// one who says nothing is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv12_fragments_without_end_are_ended_as_silence_is() {
    /// Half a minute, the next look, and a moment to hear why.
    const ENDED_WITHIN: Duration = Duration::from_secs(36);
    let server = Server::start();
    let mut stream = by_hand(&server, TEACHER).await;
    stream.write_all(&TEXT_BEGINS).await.unwrap();
    let since = Instant::now();
    let (mut reads, mut writes) = stream.into_split();
    let pours = async {
        let thousand = FRAGMENT.repeat(1_000);
        let mut tick = interval(Duration::from_millis(20));
        while writes.write_all(&thousand).await.is_ok() {
            tick.tick().await;
        }
    };
    let hears = async {
        let mut heard = Vec::new();
        // Reset, where what is poured was not read.
        let _ = reads.read_to_end(&mut heard).await;
        (heard, since.elapsed())
    };
    let ended = timeout(ENDED_WITHIN, async { tokio::join!(hears, pours).0 }).await;
    let (heard, took) = ended.expect("the server ends it");
    println!("fragments without end are ended after {took:.1?}");
    // A close frame of 4002 and its sentence, or only the bye before it.
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.contains("\"code\":4002"), "{heard}");
}
