//! Clears on a terminal: what is printed is what is sent, and what is asked.

use std::sync::Mutex;

use lockstep_cli::args::{Args, Cmd};
use lockstep_cli::clock::Clock;
use lockstep_cli::context::{Asks, Context};
use lockstep_cli::profile::Profile;
use lockstep_cli::{Failure, run};
use lockstep_proto::Timestamp;
use lockstep_proto::command::Command;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Level;
use lockstep_proto::view::{Card, RaiseCard};

use super::Home;
use super::fake::{Fake, RECORDED_AT};

/// Somebody at a terminal, with these answers ready.
struct Somebody {
    answers: Mutex<Vec<&'static str>>,
    /// Done when the question is asked: the world moves on meanwhile.
    meanwhile: Box<dyn Fn() + Send + Sync>,
}

impl Asks for Somebody {
    fn is_terminal(&self) -> bool {
        true
    }
    fn line(&self, _prompt: &str) -> std::io::Result<String> {
        (self.meanwhile)();
        Ok(self.answers.lock().unwrap().remove(0).to_owned())
    }
    fn secret(&self, _prompt: &str) -> std::io::Result<String> {
        Ok(self.answers.lock().unwrap().remove(0).to_owned())
    }
}

fn call(n: u128) -> Card {
    Card::Raise(RaiseCard {
        id: FactId(uuid::Uuid::from_u128(n)),
        level: Level::LockDown,
        at: Timestamp::UNIX_EPOCH,
        recorded: true,
        late: false,
        sealed: None,
        by: None,
        kind: None,
        reason: None,
        place: None,
        shareable: None,
        mistake: None,
    })
}

async fn all_clear(
    fake: &Fake,
    answers: &[&'static str],
    meanwhile: impl Fn() + Send + Sync + 'static,
) -> Result<(), Failure> {
    let home = Home::signed_in(fake).await;
    let profile = Profile::under(home.path().join("lockstep"), "default".parse().unwrap());
    let somebody = Somebody {
        answers: Mutex::new(answers.to_vec()),
        meanwhile: Box::new(meanwhile),
    };
    let context = Context::with(
        vec![fake.url.parse().unwrap()],
        profile,
        false,
        Clock::system(),
        Box::new(somebody),
    );
    let command: Cmd =
        <Args as clap::Parser>::parse_from(["lockstep", "all-clear", "north-high"]).command;
    run(&context, command).await
}

/// P4: a call that comes in between the print and the answer is not named, and the head is the printed one.
#[tokio::test]
async fn p4_what_is_sent_is_what_was_printed() {
    let fake = Fake::start().await;
    fake.shows(5, vec![call(1), call(2)]);
    let meanwhile = {
        let fake = fake.clone();
        move || {
            fake.shows(RECORDED_AT, vec![call(1), call(2), call(3)]);
        }
    };
    all_clear(&fake, &["y", "2468"], meanwhile).await.unwrap();
    let got = fake.got();
    let Command::GiveAllClear { lifts, seen, .. } = &got[0].command else {
        panic!("{got:?}")
    };
    assert_eq!(lifts.len(), 2);
    assert_eq!(seen.to_string(), "1.5");
    assert_eq!(got[0].pin.as_ref().unwrap().0, "2468");
}

#[tokio::test]
async fn anything_but_yes_sends_nothing() {
    let fake = Fake::start().await;
    fake.shows(5, vec![call(1)]);
    for answer in ["", "n", "yess"] {
        let done = all_clear(&fake, &[answer, "2468"], || {}).await;
        assert_eq!(done, Err(Failure::Usage("Nothing was sent.".to_owned())));
    }
    fake.shows(6, vec![]);
    let done = all_clear(&fake, &["y", "2468"], || {}).await;
    assert_eq!(done.unwrap_err().exit_code(), 3, "there is nothing to lift");
    assert!(fake.got().is_empty());
}
