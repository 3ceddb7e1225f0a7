//! The real server as a child process.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use lockstep_proto::id::Principal;
use lockstep_server::auth::Tokens;
use lockstep_server::clock::{Clock as _, SystemClock};
use lockstep_server::demo::SignIns;
use lockstep_server::journal::Credential;
use lockstep_server::keys::Keys;
use tempfile::TempDir;

/// A server, and the folder that it keeps its data in. Killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub url: String,
    data: Arc<TempDir>,
    env: BTreeMap<String, String>,
    args: Vec<String>,
    said: String,
}

/// Where a server's standard error goes.
const LOG: &str = "standard-error.log";

/// Names the moment at which a server is to die, and how often it is reached before.
pub const FAILPOINT: &str = "LOCKSTEP_FAILPOINT";

fn log_file(data: &Path) -> std::fs::File {
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(data.join(LOG))
        .expect("a file for its log")
}

/// A binary of this workspace, built beside the test that runs.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test knows where it is");
    while folder.pop() {
        let candidate = folder.join(name);
        if candidate.is_file() {
            return candidate;
        }
    }
    panic!("{name} is not built: run `cargo build --workspace --bins` first");
}

impl Server {
    /// Starts on an empty folder, with the demo district.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    /// The same, with arguments and environment.
    #[must_use]
    pub fn start_with(args: &[&str], env: &[(&str, &str)]) -> Self {
        let data = Arc::new(tempfile::tempdir().expect("a folder for the server"));
        let args = args.iter().map(ToString::to_string).collect();
        let env = env
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Self::spawn(data, args, env)
    }

    /// Starts on a folder that a test has prepared.
    #[must_use]
    pub fn start_on(data: TempDir, env: &[(&str, &str)]) -> Self {
        let env = env
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Self::spawn(Arc::new(data), Vec::new(), env)
    }

    fn spawn(data: Arc<TempDir>, args: Vec<String>, env: BTreeMap<String, String>) -> Self {
        // Of a release, one that is to die at a named moment is another build.
        let dies = env.get(FAILPOINT).is_some_and(|at| !at.is_empty());
        let dies = dies && !cfg!(debug_assertions);
        let program = ["lockstep-server", "lockstep-server-failpoints"][usize::from(dies)];
        let mut child = Command::new(binary(program))
            .args(["--announce", "json", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .args(&args)
            .env("RUST_LOG", "warn")
            .envs(&env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file(data.path()))
            .spawn()
            .expect("the server starts");
        let stdout = child.stdout.take().expect("its output is ours");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says where it listens");
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let log = std::fs::read_to_string(data.path().join(LOG)).unwrap_or_default();
            panic!("the server did not start ({error}): {line:?}\n{log}")
        });
        let url = said["listening"].as_str().expect("an address").to_owned();
        Self {
            child,
            url,
            data,
            env,
            args,
            said: line,
        }
    }

    /// The one line that it says on standard output.
    #[must_use]
    pub fn said(&self) -> &str {
        &self.said
    }

    /// What it logged, in all of its lives.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data().join(LOG)).expect("its log")
    }

    /// Kills it with -9: nothing of it runs on.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait().expect("it is gone");
    }

    /// Starts again on the same folder.
    #[must_use]
    pub fn start_again(mut self) -> Self {
        self.kill();
        Self::spawn(
            Arc::clone(&self.data),
            std::mem::take(&mut self.args),
            std::mem::take(&mut self.env),
        )
    }

    /// The same, with more in its environment.
    #[must_use]
    pub fn start_again_with(mut self, env: &[(&str, &str)]) -> Self {
        let more = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        self.env.extend(more);
        self.start_again()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|ended| ended.is_some())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let pid = self.pid();
        let status = Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
        self.child.wait().expect("it ends")
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The demo district's sign-ins.
    #[must_use]
    pub fn sign_ins(&self) -> SignIns {
        let bytes = std::fs::read(self.data.path().join("demo-sign-ins.json")).expect("sign-ins");
        serde_json::from_slice(&bytes).expect("sign-ins are JSON")
    }

    /// The token of somebody of the demo district.
    #[must_use]
    pub fn token(&self, principal: &str) -> String {
        let principal = principal.parse().expect("a principal");
        self.sign_ins().sign_ins[&principal].token.clone()
    }

    /// So many sign-ins more, each its own, of these in turn. Made with the server's own keys, for
    /// enrolling thousands is not what is tested.
    #[must_use]
    pub fn more_tokens(&self, of: &[Principal], count: usize) -> Vec<String> {
        let tokens = Tokens::new(&Keys::open(&self.data().join("keys")).expect("its keys"));
        let now = SystemClock.now();
        let one = |number: usize| {
            let credential = Credential {
                id: format!("c-more-{}", uuid::Uuid::new_v4())
                    .parse()
                    .expect("an id"),
                district: "maple-valley".parse().expect("an id"),
                principal: of[number % of.len()].clone(),
                made_at: now,
                revoked_at: None,
            };
            tokens.issue(&credential, now).expect("a token").0
        };
        (0..count).map(one).collect()
    }

    /// Memory in use by the process, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))
            .expect("the process runs");
        let kib: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kib| kib.parse().ok())
            .expect("its memory");
        kib * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}
