//! The two programs as somebody at a shell runs them.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lockstep_proto::Timestamp;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, Server, binary};
use serde_json::{Value, json};

use crate::sign_in::{claims, minted};

/// The demo district's file.
pub(crate) const DEMO: &str = include_str!("../../server/demo/maple-valley.toml");

/// What is not done by then fails its test, with exit code 124.
const DEADLINE_S: &str = "60";

/// A path as an argument.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Its output, where it did what was asked.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Its one line of error, where it failed with this code and said all of this.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, says: &[&str]) -> String {
        assert_eq!(self.code, code, "{self:?}");
        for words in says {
            assert!(self.err.contains(words), "{words:?} is not in {self:?}");
        }
        assert!(!self.err.contains("panicked"), "{self:?}");
        self.err
    }
}

/// Runs `lockstep-server` on a data folder.
pub(crate) fn operator(data: &Path, args: &[&str]) -> Said {
    operator_reading(data, args, "")
}

/// The same, with this in its environment.
pub(crate) fn operator_with(data: &Path, env: &[(&str, &str)], args: &[&str]) -> Said {
    run_operator(data, env, args, "")
}

/// The same, with something to read.
pub(crate) fn operator_reading(data: &Path, args: &[&str], input: &str) -> Said {
    run_operator(data, &[], args, input)
}

fn run_operator(data: &Path, env: &[(&str, &str)], args: &[&str], input: &str) -> Said {
    let mut child = Command::new("timeout")
        .args([DEADLINE_S, path(&binary("lockstep-server"))])
        .arg("--data")
        .arg(data)
        .args(args)
        .env("RUST_LOG", "warn")
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server's program runs");
    let mut stdin = child.stdin.take().expect("its input is ours");
    // It may end without reading.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    Said::of(child.wait_with_output().expect("it ends"))
}

/// Runs `lockstep` in a home of its own, which is also where it stands.
pub(crate) fn lockstep(home: &Path, args: &[&str]) -> Said {
    lockstep_with(home, &[], args)
}

/// The same, on a machine that believes one authority.
pub(crate) fn lockstep_trusting(home: &Path, ca: &Path, args: &[&str]) -> Said {
    lockstep_with(home, &[("SSL_CERT_FILE", path(ca))], args)
}

fn lockstep_with(home: &Path, env: &[(&str, &str)], args: &[&str]) -> Said {
    let output = Command::new("timeout")
        .args([DEADLINE_S, path(&binary("lockstep"))])
        .args(args)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("lockstep runs");
    Said::of(output)
}

/// Who works from a shell is not signed out in the middle of an incident either: what they do uses their
/// sign-in.
#[tokio::test]
async fn a5_a_command_uses_its_sign_in() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    let code = operator(server.data(), &["code", crate::ADMIN, "--json"]).done();
    let code: Value = serde_json::from_str(&code).unwrap();
    let code = code["code"].as_str().unwrap();
    lockstep(home.path(), &["--server", &server.url, "sign-in", code]).done();
    let file = home.path().join(".config/lockstep/default.json");
    let kept = || -> Value { serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap() };
    let fresh = kept();
    lockstep(home.path(), &["whoami"]).done();
    assert_eq!(kept(), fresh, "it has what it gets");
    // Half an hour before it runs out.
    let mut old = fresh;
    old["token"] = minted(&server, crate::ADMIN, 1_800).into();
    old["expires_at"] = Timestamp::from_second(
        claims(old["token"].as_str().unwrap())["exp"]
            .as_i64()
            .unwrap(),
    )
    .unwrap()
    .to_string()
    .into();
    fs::write(&file, old.to_string()).unwrap();
    lockstep(home.path(), &["whoami"]).done();
    let (was, is) = (
        claims(old["token"].as_str().unwrap()),
        claims(kept()["token"].as_str().unwrap()),
    );
    assert_eq!(was["jti"], is["jti"]);
    assert!(is["exp"].as_i64().unwrap() > was["exp"].as_i64().unwrap() + 11 * 3_600);
}

/// The demo's file with each of these words replaced by others, once.
pub(crate) fn demo_with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(DEMO.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the demo has no {from:?}");
        text.replacen(from, to, 1)
    })
}

/// Imports the demo's file with changes, while the server runs, and waits until a screen of it
/// shows that it was taken.
pub(crate) async fn import(server: &Server, screen: &mut Follower, changes: &[(&str, &str)]) {
    let words = format!("These are the words of {}.", uuid::Uuid::now_v7());
    let mut text = demo_with(changes);
    let old = text
        .lines()
        .find(|line| line.starts_with("fire_alarm_words"));
    let old = old.expect("the demo has fire alarm words").to_owned();
    text = text.replacen(&old, &format!("fire_alarm_words = \"{words}\""), 1);
    import_text(server.data(), &text).done();
    screen
        .until_screen(|screen| match screen.cards.get("campus") {
            Some(Card::Campus(campus)) => campus.fire_alarm_words == words,
            Some(_) | None => false,
        })
        .await;
}

/// A small district: its own id and names, and the same ids within as every other one.
pub(crate) fn district(id: &str, campuses: &[&str]) -> String {
    let mut text = format!("[district]\nid = \"{id}\"\nname = \"District of {id}\"\n");
    for campus in campuses {
        text += &format!(
            "[[campus]]\nid = \"{campus}\"\nname = \"School of {id}\"\n\
             address = \"1 {id} Street\"\ntime_zone = \"America/New_York\"\n\
             [campus.zones]\nmain = \"Main of {id}\"\n\
             [campus.rooms]\nr1 = {{ name = \"Room of {id}\", zone = \"main\" }}\n"
        );
    }
    let serves = format!("campuses = {campuses:?}");
    for (person, role) in [
        ("ana", "administrator"),
        ("sam", "sro"),
        ("joy", "staff"),
        ("dana", "director"),
    ] {
        text += &format!(
            "[[person]]\nid = \"{person}\"\nname = \"{person} of {id}\"\nrole = \"{role}\"\n"
        );
        if role != "director" {
            text += &format!("{serves}\n");
        }
        if role == "sro" {
            text += &format!(
                "certification = {{ agency = \"Police of {id}\", badge = \"7\", \
                 number = \"LE-7\", full_time = true, valid_until = \"2099-06-30\" }}\n"
            );
        }
    }
    text + &format!(
        "[[device]]\nid = \"d1\"\ncampus = \"{}\"\nroom = \"r1\"\n",
        campuses[0]
    )
}

/// Imports a text as a file.
pub(crate) fn import_text(data: &Path, text: &str) -> Said {
    let file = data.join("import.toml");
    fs::write(&file, text).expect("a file to import");
    operator(data, &["directory", "import", path(&file)])
}

/// Signs somebody in with an enrolment code made at the shell: the token.
pub(crate) async fn sign_in(server: &Server, district: &str, principal: &str) -> String {
    let args = ["code", principal, "--district", district, "--json"];
    let made: Value = serde_json::from_str(&operator(server.data(), &args).done()).expect("JSON");
    let (status, body) = enrol(server, made["code"].as_str().expect("a code")).await;
    assert_eq!(status, 200, "{body}");
    body["token"].as_str().expect("a token").to_owned()
}

/// What an enrolment code comes to.
pub(crate) async fn enrol(server: &Server, code: &str) -> (u16, Value) {
    let response = reqwest::Client::new()
        .post(format!("{}/v1/sign-in", server.url))
        .json(&json!({ "code": code }))
        .send()
        .await
        .expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}
