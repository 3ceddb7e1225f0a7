//! The `lockstep` binary against a small fake server: what is sent, what is printed, and the exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "tests may panic"
)]

mod fake;
mod prompts;
mod response;
mod several;
mod told;

use std::process::{Output, Stdio};

use fake::{Fake, Next, RECORDED_AT, release};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Command;
use lockstep_proto::frame::{Holds, IN_DOUBT_WORDS};
use lockstep_proto::id::FactId;
use serde_json::Value;
use tempfile::TempDir;

/// A home for one person's profile.
pub struct Home {
    folder: TempDir,
    servers: String,
}

impl Home {
    pub fn new(servers: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            servers: servers.to_owned(),
        }
    }

    /// Signed in at this server.
    pub async fn signed_in(fake: &Fake) -> Self {
        let home = Self::new(&fake.url);
        home.run("sign-in GOOD-CODE").await.exits(0);
        home
    }

    /// Runs `lockstep` with nobody at a terminal. `_` in an argument stands for a space.
    pub async fn run(&self, line: &str) -> Ran {
        let arguments: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_lockstep"))
            .args(arguments)
            .env_clear()
            .env("XDG_CONFIG_HOME", self.folder.path())
            .env("LOCKSTEP_SERVER", &self.servers)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        Ran::new(output)
    }

    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }
}

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(self.out.lines().last().unwrap()).unwrap()
    }
}

/// An address where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn sign_in_keeps_a_token_that_is_never_printed() {
    let fake = Fake::start().await;
    let home = Home::new(&fake.url);
    let ran = home.run("sign-in BAD-CODE").await.exits(3);
    assert!(
        ran.err.contains("code_unknown") && ran.err.contains("Ask for a new code"),
        "{}",
        ran.err
    );
    home.run("whoami").await.exits(2);
    let ran = home.run("sign-in GOOD-CODE").await.exits(0);
    assert!(
        ran.out.contains("You are Sam Cole, SRO of maple-valley"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("secret"));
    let ran = home.run("--json whoami").await.exits(0);
    assert_eq!(ran.json()["role"], "sro");
    home.run("sign-out").await.exits(0);
    home.run("whoami").await.exits(2);
}

/// L1: one command, no question; the answer says what holds it.
#[tokio::test]
async fn l1_lock_down_is_one_command() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let ran = home
        .run("lock-down north-high --reason shots_heard")
        .await
        .exits(0);
    assert!(ran.out.contains("accepted, recorded at 1.7"), "{}", ran.out);
    let got = fake.got();
    assert!(
        matches!(&got[0].command, Command::CallLockDown { reason: Some(reason), place: None } if reason.as_str() == "shots heard")
    );
    assert!(
        home.run("outbox")
            .await
            .exits(0)
            .out
            .contains("Nothing is waiting")
    );
}

/// P5: one raise and one answer for each campus.
#[tokio::test]
async fn p5_each_campus_has_its_own_raise() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let ran = home
        .run("--json lock-down north-high river-middle oak-elementary")
        .await
        .exits(0);
    assert_eq!(ran.out.lines().count(), 3);
    let ids: std::collections::BTreeSet<_> = fake.got().iter().map(|request| request.id).collect();
    assert_eq!(ids.len(), 3);
}

/// P6: offered again under the same id while only shown; dropped when a spool has it.
#[tokio::test]
async fn p6_a_raise_goes_again_under_its_id_until_something_durable_has_it() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let wait = Refusal::new(Code::SlowDown).retry_after_ms(10);
    fake.answers([
        Next::Accept(Holds::ShownOnly),
        Next::Garbage,
        Next::Refuse(wait),
        Next::Accept(Holds::Spooled),
    ]);
    let ran = home.run("lock-down north-high").await.exits(0);
    assert!(
        ran.out
            .contains("kept by the server, not yet in the journal"),
        "{}",
        ran.out
    );
    let got = fake.got();
    assert_eq!(got.len(), 4);
    assert!(got.iter().all(|request| request == &got[0]));
    assert!(
        home.run("outbox")
            .await
            .exits(0)
            .out
            .contains("Nothing is waiting")
    );
}

/// P7: what reaches nobody is said to be not sent, kept, and sent when its author says so.
#[tokio::test]
async fn p7_an_unsent_raise_is_kept_and_sent_on_its_authors_word() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let ran = home
        .run(&format!(
            "--server {NOBODY} lock-down north-high --patience 1"
        ))
        .await
        .exits(5);
    assert!(
        ran.err.contains("NOT SENT YET") && ran.err.contains("Say it by radio now"),
        "{}",
        ran.err
    );
    let listed = home.run("--json outbox").await.exits(0).json();
    let id = listed["unsent"]["request"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(listed["by_itself"], true);
    home.run(&format!("outbox send {id}")).await.exits(2);
    home.run(&format!("outbox send {id} --yes")).await.exits(0);
    assert_eq!(fake.got()[0].id.to_string(), id);
    home.run(&format!("outbox discard {id} --yes"))
        .await
        .exits(2);
}

/// At `shown_only` to the end of patience: exit 5, and the outbox says that it was shown.
#[tokio::test]
async fn shown_only_is_no_acknowledgement() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    fake.answers(std::iter::repeat_n(Next::Accept(Holds::ShownOnly), 100));
    let ran = home.run("threat north-high --patience 1").await.exits(5);
    assert!(
        ran.err.contains("ON SCREENS, KEPT BY NOTHING"),
        "{}",
        ran.err
    );
    assert!(
        home.run("outbox")
            .await
            .exits(0)
            .out
            .contains("shown, kept by nothing")
    );
}

/// Several servers: the first that answers has it.
#[tokio::test]
async fn a_raise_goes_to_whichever_server_answers() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    home.run(&format!(
        "--server {NOBODY},{} lock-down north-high",
        fake.url
    ))
    .await
    .exits(0);
    assert_eq!(fake.got().len(), 1);
}

/// A refused raise is answered and gone.
#[tokio::test]
async fn a_refusal_says_code_message_advice_and_what_it_is_about() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    fake.answers([Next::Refuse(
        Refusal::new(Code::NotAllowed).about(["north-high"]),
    )]);
    let ran = home.run("lock-down north-high").await.exits(3);
    for part in [
        "not_allowed",
        "Your role may not do this.",
        "about: north-high",
        "send an immediate threat",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(
        home.run("outbox")
            .await
            .exits(0)
            .out
            .contains("Nothing is waiting")
    );
    fake.answers([Next::Refuse(Refusal::new(Code::NotAllowed))]);
    let ran = home.run("--json arrive north-high").await.exits(3);
    assert_eq!(ran.json()["refusal"]["code"], "not_allowed");
}

const ID: &str = "0193a000-0000-7000-8000-000000000001";

/// P4: without a terminal nothing is read and named in one step; with --seen nothing is read at all.
#[tokio::test]
async fn p4_a_program_names_what_it_saw_earlier() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let ran = home.run("all-clear north-high").await.exits(2);
    assert!(ran.err.contains("--seen HEAD --lifts ID"), "{}", ran.err);
    assert!(fake.got().is_empty());
    let ran = home
        .run(&format!("all-clear north-high --seen 1.4 --lifts {ID}"))
        .await
        .exits(2);
    assert!(ran.err.contains("PIN"), "{}", ran.err);
    keep_pin(home.path());
    let pin = home.path().join("pin");
    fake.shows(RECORDED_AT, vec![]);
    home.run(&format!(
        "all-clear north-high --seen 1.4 --lifts {ID} --pin-file {}",
        pin.display()
    ))
    .await
    .exits(0);
    let got = fake.got();
    assert_eq!(got[0].pin.as_ref().unwrap().0, "2468");
    let Command::GiveAllClear { lifts, seen, .. } = &got[0].command else {
        panic!("{got:?}")
    };
    assert_eq!(
        (lifts[0].to_string().as_str(), seen.to_string().as_str()),
        (ID, "1.4")
    );
}

/// S6: an accepted all clear or school lift prints its own sentence for the radio, not an older one's.
#[tokio::test]
async fn s6_an_accepted_release_says_what_to_say_on_the_radio() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    keep_pin(home.path());
    let named = format!(
        "--seen 1.4 --lifts {ID} --pin-file {}",
        home.path().join("pin").display()
    );
    let older = FactId(uuid::Uuid::from_u128(9));
    let own = "North High: all clear. UNSWEPT.";
    let confirm = format!("lift confirm north-high --proposal {ID} {named}");
    for clear in [&format!("all-clear north-high {named}"), &confirm] {
        fake.shows(6, vec![release(older, Some("North High: an older one."))])
            .releases_with(own);
        let ran = home.run(clear).await.exits(0);
        assert!(
            ran.out.contains(&format!("Say on the radio: {own}\n")) && !ran.out.contains("older"),
            "{}",
            ran.out
        );
        fake.shows(6, vec![release(older, Some("North High: an older one."))])
            .releases_with(own);
        let ran = home.run(&format!("--json {clear}")).await.exits(0);
        assert_eq!(ran.json()["radio"], own);
    }
    // Who looks later still finds it.
    let ran = home.run("status north-high").await.exits(0);
    assert!(
        ran.out.contains(&format!("Say on the radio: {own}")),
        "{}",
        ran.out
    );
}

/// S6: where the sentence does not come, the clear is still accepted, and no other sentence is said.
#[tokio::test]
async fn s6_a_sentence_that_does_not_come_is_said_to_be_missing() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    keep_pin(home.path());
    let clear = format!(
        "all-clear north-high --seen 1.4 --lifts {ID} --pin-file {}",
        home.path().join("pin").display()
    );
    let older = release(FactId(uuid::Uuid::from_u128(9)), Some("an older one"));
    for (seen, says) in [
        (RECORDED_AT, "no longer open"),
        (RECORDED_AT - 1, "did not come within 3 seconds"),
    ] {
        fake.shows(seen, vec![older.clone()]);
        let ran = home.run(&clear).await.exits(0);
        assert!(
            ran.out.contains("accepted") && !ran.out.contains("radio"),
            "{}",
            ran.out
        );
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    fake.shows(RECORDED_AT, vec![older]);
    let ran = home.run(&format!("--json {clear}")).await.exits(0);
    assert!(ran.json()["radio"].is_null());
}

/// A clear whose answer is lost is in doubt: exit 4 and the words. It is asked about again, under its id
/// and marked so, and never sent as new a second time (invariant 13).
#[tokio::test]
async fn a_clear_without_an_answer_is_in_doubt_and_only_asked_about_again() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    for next in [Next::InDoubt, Next::Garbage] {
        let before = fake.got().len();
        fake.answers(std::iter::repeat_n(next, 100));
        let servers = format!("{0},{0}", fake.url);
        let ran = home
            .run(&format!(
                "--server {servers} resume north-high --seen 1.4 --lifts {ID} --patience 1"
            ))
            .await
            .exits(4);
        assert!(ran.err.contains(IN_DOUBT_WORDS), "{}", ran.err);
        let got = fake.got().split_off(before);
        let [first, later @ ..] = got.as_slice() else {
            panic!("nothing was sent")
        };
        assert!(!first.again && !later.is_empty());
        for asked in later {
            assert!(asked.again && asked.id == first.id && asked.command == first.command);
        }
    }
    let ran = home
        .run(&format!(
            "--server {NOBODY} resume north-high --seen 1.4 --lifts {ID}"
        ))
        .await
        .exits(1);
    assert!(
        ran.err.contains("Not sent, so nothing was lowered"),
        "{}",
        ran.err
    );
}

/// T2: an export checks out offline; one whose end is cut off does not, because of a head kept earlier.
#[tokio::test]
async fn t2_a_cut_off_export_is_found_by_the_heads_that_were_kept() {
    let fake = Fake::start().await;
    let home = Home::signed_in(&fake).await;
    let file = home.path().join("export.json");
    let file = file.display();
    fake.exports(9);
    home.run(&format!("timeline export north-high --out {file}"))
        .await
        .exits(0);
    let ran = home.run(&format!("timeline verify {file}")).await.exits(0);
    assert!(
        ran.out
            .contains("maple-valley/north-high: whole. 9 entries, 9 vouched for"),
        "{}",
        ran.out
    );
    // A look at the campus keeps the head over ten entries; the next export has seven.
    fake.shows(10, vec![]).exports(7);
    home.run("status north-high").await.exits(0);
    home.run(&format!("timeline export north-high --out {file}"))
        .await
        .exits(0);
    let ran = home
        .run(&format!("--json timeline verify {file}"))
        .await
        .exits(6);
    assert!(ran.out.contains("cut_off"), "{}", ran.out);
    // Without a key nothing can be vouched for, and the export's own do not count.
    let stranger = Home::new(&fake.url);
    let ran = stranger
        .run(&format!("timeline verify {file}"))
        .await
        .exits(2);
    assert!(ran.err.contains("--keys"), "{}", ran.err);
    let key = fake::key().verifier().unwrap().to_string();
    stranger
        .run(&format!("timeline verify {file} --keys {key}"))
        .await
        .exits(0);
    let heads = home.path().join("heads.txt");
    std::fs::write(&heads, fake::head(8)).unwrap();
    stranger
        .run(&format!(
            "timeline verify {file} --keys {key} --heads {}",
            heads.display()
        ))
        .await
        .exits(6);
}

/// A script that cannot be understood is refused with line and reason before anything is played.
#[tokio::test]
async fn replay_names_the_line_of_what_is_wrong() {
    let home = Home::new(NOBODY);
    let script = home.path().join("s.toml");
    std::fs::write(&script, "[script]\nname = \"x\"\nabout = \"y\"\nrules = []\ncampus = \"north-high\"\n\n[[step]]\nat = \"10:00:00\"\nwho = \"person:a\"\ndoes = { command = \"give_all_klear\" }\n").unwrap();
    let ran = home
        .run(&format!("replay {} --check", script.display()))
        .await
        .exits(2);
    assert!(
        ran.err.contains("line 7:") && ran.err.contains("give_all_klear"),
        "{}",
        ran.err
    );
}

/// A PIN in a file that nobody else reads.
pub(crate) fn keep_pin(home: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let file = home.join("pin");
    std::fs::write(&file, "2468\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
