//! A PostgreSQL server of one's own: in a new folder, on a Unix socket there.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use crate::{Island, PATIENCE};

/// A PostgreSQL server. It ends with its owner, however that ends: a shell holds a pipe from us,
/// and stops the server and removes its folder when nobody holds the other end.
pub struct Postgres {
    folder: PathBuf,
    settings: String,
    /// Where it is reached by a wire too.
    island: Option<Arc<Island>>,
    _alive: ChildStdin,
}

/// Its settings. No `fsync`: what a test loses with the machine's power, nobody misses.
const SETTINGS: &str = "-c fsync=off -c autovacuum=off -c max_connections=200 \
                        -c shared_buffers=32MB -c listen_addresses=";

/// What PostgreSQL and its clients call a socket in its folder.
pub const SOCKET: &str = ".s.PGSQL.5432";

/// Waits for its input to end, which is its owner's end.
const WATCH: &str = r#"
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid")
kill -QUIT "$pid"
kill -CONT "$pid" $(pgrep -P "$pid")
while kill -0 "$pid"; do sleep 0.1; done
rm -rf "$1"
"#;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The one that tests share which do it no harm.
static SHARED: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(""));

/// Where Debian keeps the programs, newest first; else where the path says.
fn program(name: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| name.into())
}

/// A command as a user that PostgreSQL runs as: it refuses root.
fn as_user(name: &str, island: Option<&Island>) -> Command {
    let program = program(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = match island {
        Some(island) => island.command("setpriv"),
        None => Command::new("setpriv"),
    };
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

fn copy(from: &Path, to: &Path) {
    // There may be none yet.
    let _ = fs::remove_dir_all(to);
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.is_ok_and(|done| done.success()), "{from:?} to {to:?}");
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0")))
}

impl Postgres {
    /// Starts one, with more settings.
    #[must_use]
    pub fn start(more: &str) -> Self {
        Self::start_at(None, more)
    }

    /// Starts one on an island: it listens on the wire too, and believes whoever comes by it.
    #[must_use]
    pub fn start_on(island: &Arc<Island>) -> Self {
        let more = format!("-c listen_addresses={}", island.address());
        Self::start_at(Some(Arc::clone(island)), &more)
    }

    fn start_at(island: Option<Arc<Island>>, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for PostgreSQL").keep();
        Self::give(&folder);
        let watch = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let alive = watch.expect("a shell").stdin.take();
        let server = Self {
            settings: format!("{SETTINGS} -p 5432 -k {} {more}", folder.display()),
            folder,
            island,
            _alive: alive.expect("its input is ours"),
        };
        let made = as_user("initdb", None)
            .arg("-D")
            .arg(server.data())
            .args([
                "-U",
                "owner",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .current_dir(&server.folder)
            .output()
            .expect("PostgreSQL is installed: tests/run does that");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb: {said}");
        if server.island.is_some() {
            let who = server.data().join("pg_hba.conf");
            let who = fs::OpenOptions::new().append(true).open(who);
            let all = "host all all 198.18.0.0/15 trust\n";
            who.and_then(|mut who| who.write_all(all.as_bytes()))
                .expect("whom it believes");
        }
        server.run_again();
        server
    }

    /// Makes a file or folder the server's own.
    ///
    /// # Panics
    /// Where it cannot be given.
    pub fn give(path: &Path) {
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(path).status();
            assert!(given.is_ok_and(|status| status.success()), "no such user");
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Has its own program start or stop it, and waits for that.
    fn control(&self, what: &[&str]) {
        let log = self.folder.join("log");
        let done = as_user("pg_ctl", self.island.as_deref())
            .args(["-w", "-s", "-D"])
            .arg(self.data())
            .arg("-l")
            .arg(&log)
            .args(what)
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let log = || fs::read_to_string(&log).unwrap_or_default();
        assert!(
            done.is_ok_and(|done| done.success()),
            "{what:?}:\n{}",
            log()
        );
    }

    /// The one that tests share which do it no harm.
    #[must_use]
    pub fn shared() -> &'static Self {
        &SHARED
    }

    fn psql(&self, database: &str, role: &str, what: [&str; 2]) -> Result<String, String> {
        let asked = Command::new(program("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-U", role, "-d", database, "-h"])
            .arg(&self.folder)
            .args(what)
            .output()
            .expect("psql runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if asked.status.success() {
            Ok(said(&asked.stdout))
        } else {
            Err(said(&asked.stderr))
        }
    }

    /// Has a statement done by a role.
    ///
    /// # Errors
    /// What the server says, where it refuses.
    pub fn try_run(&self, database: &str, role: &str, statement: &str) -> Result<String, String> {
        self.psql(database, role, ["-c", statement])
    }

    /// Has a statement done by the owner of everything.
    ///
    /// # Panics
    /// Where it is refused.
    pub fn run(&self, database: &str, statement: &str) -> String {
        let done = self.try_run(database, "owner", statement);
        done.unwrap_or_else(|why| panic!("{statement}: {why}"))
    }

    /// The same for a file of statements.
    ///
    /// # Panics
    /// Where one is refused.
    pub fn run_file(&self, file: &Path) {
        let file = file.display().to_string();
        let done = self.psql("postgres", "owner", ["-f", &file]);
        done.unwrap_or_else(|why| panic!("{file}: {why}"));
    }

    /// Makes an empty database; answers its name.
    #[must_use]
    pub fn database(&self) -> String {
        let n = DATABASES.fetch_add(1, Ordering::SeqCst);
        let name = format!("test_{}_{n}", std::process::id());
        self.run("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// Where a database is, for a role.
    #[must_use]
    pub fn url(&self, database: &str, role: &str) -> String {
        Self::url_in(&self.folder, database, role)
    }

    /// The same, where its socket, or one that leads to it, is in another folder.
    #[must_use]
    pub fn url_in(folder: &Path, database: &str, role: &str) -> String {
        let folder = folder.display().to_string().replace('/', "%2F");
        format!("postgres://{role}@{folder}/{database}")
    }

    /// The same, by the wire of its island. The words are sealed by nobody: the wire is ours.
    ///
    /// # Panics
    /// Where it is on none.
    #[must_use]
    pub fn url_by_wire(&self, database: &str, role: &str) -> String {
        let island = self.island.as_ref().expect("it is on an island");
        let address = island.address();
        format!("postgres://{role}@{address}/{database}?sslmode=disable")
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join(SOCKET)
    }

    /// The postmaster and its children.
    fn processes(&self) -> Vec<String> {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("it runs");
        let postmaster = file.lines().next().expect("its process id").to_owned();
        let children = Command::new("pgrep").args(["-P", &postmaster]).output();
        let children = children.expect("pgrep runs").stdout;
        let mut all = vec![postmaster];
        let children = String::from_utf8_lossy(&children);
        all.extend(children.split_whitespace().map(ToOwned::to_owned));
        all
    }

    fn signal(signal: &str, processes: &[String]) {
        // A child that has ended since is none to be signalled.
        let _ = Command::new("kill").arg(signal).args(processes).output();
    }

    /// Freezes all of it: it takes connections and answers nothing.
    pub fn freeze(&self) {
        // The postmaster first: it then starts nobody who is not frozen.
        Self::signal("-STOP", &self.processes()[..1]);
        Self::signal("-STOP", &self.processes());
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        Self::signal("-CONT", &self.processes());
    }

    /// Stops it in good order: who is connected is told.
    pub fn stop(&self) {
        self.control(&["-m", "fast", "stop"]);
    }

    /// Kills all of it with -9, and waits until it is gone: another is not started beside it.
    pub fn kill(&self) {
        let processes = self.processes();
        Self::signal("-KILL", &processes);
        let until = Instant::now() + PATIENCE;
        let lives = |pid: &String| Path::new("/proc").join(pid).join("exe").exists();
        while processes.iter().any(lives) {
            assert!(Instant::now() < until, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        // Dead, and perhaps not buried yet: the next one would take it for alive.
        let lock = self.folder.join(format!("{SOCKET}.lock"));
        for says_alive in [self.data().join("postmaster.pid"), lock] {
            let _ = fs::remove_file(says_alive);
        }
    }

    /// Starts it where it was.
    pub fn run_again(&self) {
        self.control(&["-o", &self.settings, "start"]);
    }

    /// Keeps a copy of its data, in the place of one from before. It has to be stopped.
    pub fn keep_copy(&self) {
        copy(&self.data(), &self.folder.join("copy"));
    }

    /// Puts the copy where its data is: what was written since is lost. It has to be stopped.
    pub fn back_to_copy(&self) {
        copy(&self.folder.join("copy"), &self.data());
    }

    /// Stops it at once, and starts it again.
    pub fn restart(&self) {
        self.control(&["-m", "immediate", "restart"]);
    }
}
