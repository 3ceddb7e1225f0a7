//! A fifth of the clients stop reading: nobody else waits for them, and they come back to what
//! everybody else sees.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use lockstep_proto::screen::Screen;
use lockstep_tests::{Follower, Socket, calls_on_screen, connect, connect_narrow, subscribe};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::rows::Measure;
use crate::tries::Try;
use crate::world::{CAMPUS, PATIENCE};

/// How many there are.
const CROWD: usize = if cfg!(debug_assertions) { 100 } else { 500 };
/// Calls of each caller: those that nobody measures yet, and then almost as many as L2 lets through
/// at once. After how long there are as many again.
const WARM_UP: usize = 1;
const CALLS: usize = 9;
const CALLS_AGAIN: Duration = Duration::from_secs(11);
/// Who reads, and who stops.
const ROOM: &str = "device:north-n101";
const STAFF: &str = "person:joy.adams";
/// The code with which a client that does not read is let go.
const TOO_SLOW: u16 = 4001;

pub(super) async fn a_fifth(this: &mut Try<'_>) -> Result<(), String> {
    let mut readers = readers(this, CROWD - CROWD / 5).await?;
    let (reads, stops) = watch::channel(true);
    let mut others = JoinSet::new();
    // Of those who are told every word there is most to keep for who does not read.
    for token in tokens(this, STAFF, CROWD / 5) {
        let socket = followed(this, &token, true).await?;
        others.spawn(one_that_stops(socket, stops.clone()));
    }
    this.count("clients", CROWD as u64);
    // Whoever called in another try may call as often as everybody.
    tokio::time::sleep(CALLS_AGAIN).await;
    all_call(this, &mut readers, WARM_UP, &mut Vec::new()).await?;
    let before = twice(this, &mut readers).await?;
    this.lower(0).await?;
    tokio::time::sleep(CALLS_AGAIN).await;
    reads.send_replace(false);
    // In the pause of it they are let go.
    let meanwhile = twice(this, &mut readers).await?;
    this.took(Measure::Others, slowest(&meanwhile));
    let of_before = 100.0 * mean(&meanwhile) / mean(&before);
    this.came_to(Measure::OthersOfBefore, of_before);
    reads.send_replace(true);
    let ended = timeout(PATIENCE, others.join_all()).await;
    for ended in ended.map_err(|_| "a client that does not read is not let go")? {
        // A code reaches only who reads before the connection is gone.
        if ended.is_some_and(|code| code != TOO_SLOW) {
            return Err(format!("a client that does not read: {ended:?}"));
        }
        this.count("let go", 1);
    }
    is_sent_everything(this).await?;
    this.lower(0).await?;
    Ok(())
}

/// Everybody calls as often as they may, and after a pause again: for each call, after how long 99 of
/// 100 readers have it.
async fn twice(this: &Try<'_>, readers: &mut Readers) -> Result<Vec<Duration>, String> {
    let mut took = Vec::new();
    all_call(this, readers, CALLS, &mut took).await?;
    tokio::time::sleep(CALLS_AGAIN).await;
    all_call(this, readers, CALLS, &mut took).await?;
    Ok(took)
}

/// Held to the bound in milliseconds.
fn slowest(took: &[Duration]) -> Duration {
    took.iter().max().copied().unwrap_or_default()
}

/// Compared with what it was before. The readers of one call wait for the same things, so that the
/// slowest of all of them are those of one call, and two such calls differ by half with nothing
/// wrong: it is every call that counts.
fn mean(took: &[Duration]) -> f64 {
    took.iter().sum::<Duration>().as_secs_f64() / took.len() as f64
}

/// Everybody calls so many times.
async fn all_call(
    this: &Try<'_>,
    readers: &mut Readers,
    calls: usize,
    took: &mut Vec<Duration>,
) -> Result<(), String> {
    let everybody = this.world.everybody(0);
    for caller in everybody.iter().cycle().take(calls * everybody.len()) {
        let (_, call) = caller.call_saying(&"🔔".repeat(500));
        let at = Instant::now();
        let answer = tokio::spawn(call);
        let mut until = Vec::with_capacity(readers.count);
        for _ in 0..readers.count {
            let shown = timeout(PATIENCE, readers.shown.recv()).await;
            let shown = shown
                .ok()
                .flatten()
                .ok_or("a reader was not shown a call")?;
            until.push(shown.saturating_duration_since(at));
        }
        until.sort_unstable();
        took.push(until[until.len() * 99 / 100]);
        answer.await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Clients that read all the time, and tell of each call that they are shown.
struct Readers {
    count: usize,
    shown: mpsc::Receiver<Instant>,
    _tasks: JoinSet<()>,
}

async fn readers(this: &Try<'_>, count: usize) -> Result<Readers, String> {
    let (tells, shown) = mpsc::channel(2 * count);
    let mut tasks = JoinSet::new();
    for token in tokens(this, ROOM, count) {
        tasks.spawn(reader(followed(this, &token, false).await?, tells.clone()));
    }
    Ok(Readers {
        count,
        shown,
        _tasks: tasks,
    })
}

/// A sign-in for each of them.
fn tokens(this: &Try<'_>, who: &str, count: usize) -> Vec<String> {
    let who = who.parse().expect("a principal");
    this.world.server(0).more_tokens(&[who], count)
}

async fn followed(this: &Try<'_>, token: &str, stops: bool) -> Result<Socket, String> {
    let url = &this.world.server(0).url;
    let socket = if stops {
        connect_narrow(url, token).await
    } else {
        connect(url, token).await
    };
    let mut socket = socket.map_err(|error| error.to_string())?;
    let follows = subscribe(&mut socket, CAMPUS, &Screen::default()).await;
    follows.map_err(|error| error.to_string())?;
    Ok(socket)
}

async fn reader(mut socket: Socket, tells: mpsc::Sender<Instant>) {
    let mut calls = 0;
    while let Some(Ok(message)) = socket.next().await {
        let text = message.to_text().unwrap_or_default();
        // A pulse has no headline.
        if text.contains("\"calls\":") {
            let before = std::mem::replace(&mut calls, calls_on_screen(text));
            if calls > before && tells.send(Instant::now()).await.is_err() {
                return;
            }
        }
    }
}

/// A client that reads until it is told to stop, and reads again when it may: the code with which
/// it was let go.
async fn one_that_stops(mut socket: Socket, mut reads: watch::Receiver<bool>) -> Option<u16> {
    loop {
        reads.wait_for(|reads| *reads).await.ok()?;
        tokio::select! {
            said = socket.next() => match said {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            },
            _ = reads.wait_for(|reads| !reads) => {}
        }
    }
}

/// Whoever was let go comes back, and has at once what everybody has.
async fn is_sent_everything(this: &Try<'_>) -> Result<(), String> {
    let server = this.world.server(0);
    let token = server.token(STAFF);
    let back = Follower::join(&server.url, &token, CAMPUS).await;
    let open = this.world.screens()[0].shown().raises.len();
    let shows = back.screen.open_raises().len();
    if shows == open {
        Ok(())
    } else {
        Err(format!("who was let go is shown {shows} of {open} calls"))
    }
}
