//! A Redis server of one's own: in a new folder, on a port of its own.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, Connection, FromRedisValue};

use crate::{Island, PATIENCE};

/// A Redis server. It ends with its owner, however that ends: a shell holds a pipe from us, and
/// kills the server and removes its folder when nobody holds the other end.
pub struct Redis {
    folder: PathBuf,
    port: u16,
    more: Vec<String>,
    /// Where it is reached by a wire; from here then by its Unix socket.
    island: Option<Arc<Island>>,
    /// None while it is stopped.
    running: Mutex<Option<Child>>,
    _alive: ChildStdin,
}

/// Waits for its input to end, which is its owner's end.
const WATCH: &str = r#"
cat >/dev/null
kill -KILL "$(cat "$1/pid")"
rm -rf "$1"
"#;

/// Says who it is before it becomes the server: whatever kills us, the shell above knows whom to
/// end.
const SERVE: &str = r#"
echo $$ >"$1/pid"
exec redis-server --bind 127.0.0.1 --dir "$@"
"#;

/// The one that tests share which do it no harm.
static SHARED: LazyLock<Redis> = LazyLock::new(|| Redis::start(&[]));

impl Redis {
    /// Starts one, with more settings (`--name`, `value`).
    #[must_use]
    pub fn start(more: &[&str]) -> Self {
        Self::start_at(None, more)
    }

    /// Starts one on an island.
    #[must_use]
    pub fn start_on(island: &Arc<Island>) -> Self {
        let address = island.address();
        let more = ["--bind", &address, "--protected-mode", "no"];
        Self::start_at(Some(Arc::clone(island)), &more)
    }

    fn start_at(island: Option<Arc<Island>>, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for Redis").keep();
        let watch = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let alive = watch.expect("a shell").stdin.take();
        let mut server = Self {
            folder,
            port: 0,
            more: more.iter().map(ToString::to_string).collect(),
            island,
            running: Mutex::default(),
            _alive: alive.expect("its input is ours"),
        };
        // Redis takes no port zero, and another may take the one that was free a moment ago.
        for _ in 0..10 {
            server.port = Self::free_port();
            if server.try_run() {
                return server;
            }
        }
        panic!("no Redis would start: tests/run installs it");
    }

    /// The one that tests share which do it no harm.
    #[must_use]
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// A port that was free a moment ago.
    #[must_use]
    pub fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("it has one").port()
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts it, and waits until it answers.
    fn try_run(&self) -> bool {
        let shell = match &self.island {
            Some(island) => &mut island.command("sh"),
            None => &mut Command::new("sh"),
        };
        let child = shell
            .args(["-c", SERVE, "sh"])
            .arg(&self.folder)
            .args(["--port", &self.port.to_string()])
            .arg("--unixsocket")
            .arg(self.socket())
            .args(["--save", "", "--appendonly", "no"])
            .args(&self.more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.expect("a shell");
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            let pong = self
                .connect()
                .map(|mut on| redis::cmd("PING").exec(&mut on));
            if matches!(pong, Ok(Ok(()))) {
                *self.running() = Some(child);
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        false
    }

    fn connect(&self) -> redis::RedisResult<Connection> {
        let client = redis::Client::open(self.url())?;
        client.get_connection_with_timeout(Duration::from_secs(1))
    }

    /// A connection to it.
    #[must_use]
    pub fn connection(&self) -> Connection {
        self.connect().expect("it runs")
    }

    /// Asks it something.
    ///
    /// # Panics
    /// Where it is refused.
    pub fn ask<T: FromRedisValue>(&self, what: &Cmd) -> T {
        what.query(&mut self.connection()).expect("it answers")
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.island {
            Some(_) => format!("unix://{}", self.socket().display()),
            None => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    /// Where it is by the wire of its island.
    ///
    /// # Panics
    /// Where it is on none.
    #[must_use]
    pub fn url_by_wire(&self) -> String {
        let island = self.island.as_ref().expect("it is on an island");
        format!("redis://{}:{}", island.address(), self.port)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Forgets everything that it keeps.
    pub fn flush_all(&self) {
        self.ask(redis::cmd("FLUSHALL").arg("SYNC"))
    }

    /// Ends it, without a word to anybody.
    pub fn kill(&self) {
        self.end("-KILL");
    }

    /// Has it end by itself.
    pub fn stop(&self) {
        self.end("-TERM");
    }

    fn end(&self, how: &str) {
        if let Some(mut child) = self.running().take() {
            // Once it has ended, its number may be another's: the shell must not know it.
            let _ = fs::remove_file(self.folder.join("pid"));
            signal(how, &child);
            child.wait().expect("it is ours");
        }
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn run(&self) {
        assert!(self.try_run(), "it does not start again");
    }

    /// Freezes it: it takes connections and answers nothing.
    pub fn freeze(&self) {
        signal("-STOP", self.running().as_ref().expect("it runs"));
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        signal("-CONT", self.running().as_ref().expect("it runs"));
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // The shell does the rest.
        self.kill();
    }
}

fn signal(signal: &str, child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status();
    assert!(sent.is_ok_and(|sent| sent.success()), "{signal}");
}
