//! How long the spool takes to answer, on the disk of a folder: `cargo run --release --example
//! spool_latency -- FOLDER`. Prints the median, the worst and the number of tries.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use lockstep_proto::Timestamp;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{CampusId, DistrictId, FactId, PersonId, Principal};
use lockstep_proto::role::Role;
use lockstep_proto::timeline::LogId;
use lockstep_server::spool::{SIZE_DEFAULT, Spool};
use uuid::Uuid;

const TRIES: usize = 1_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let parent = std::env::args().nth(1).context("name a folder")?;
    let dir = std::path::Path::new(&parent).join(format!("spool-latency-{}", std::process::id()));
    std::fs::create_dir(&dir).context("cannot make a folder there")?;
    let measured = measure(&dir).await;
    std::fs::remove_dir_all(&dir)?;
    measured
}

async fn measure(dir: &std::path::Path) -> anyhow::Result<()> {
    let log = LogId::campus(DistrictId::new("measured")?, CampusId::new("campus")?);
    let begun = Instant::now();
    let spool = Spool::open(dir, SIZE_DEFAULT)?;
    println!("made the file in {:?}", begun.elapsed());

    let mut took = Vec::new();
    for _ in 0..TRIES {
        let begun = Instant::now();
        spool.put(log.clone(), raise()?).await?;
        took.push(begun.elapsed());
    }
    show("one raise at a time", &mut took);

    // A raise among notes: what a lock-down waits for while rooms acknowledge.
    let mut took = Vec::new();
    for _ in 0..TRIES / 10 {
        let notes: Vec<_> = (0..50)
            .map(|_| Ok(spool.put(log.clone(), note()?)))
            .collect::<anyhow::Result<_>>()?;
        let begun = Instant::now();
        spool.put(log.clone(), raise()?).await?;
        took.push(begun.elapsed());
        for note in notes {
            note.await?;
        }
        let ids: Vec<FactId> = spool.all().iter().map(|(_, fact)| fact.id).collect();
        spool.recorded(&log, &ids);
    }
    show("a raise behind 50 notes", &mut took);

    let begun = Instant::now();
    let notes: Vec<_> = (0..4_000)
        .map(|_| Ok(spool.put(log.clone(), note()?)))
        .collect::<anyhow::Result<_>>()?;
    for note in notes {
        note.await?;
    }
    println!("4,000 notes at once: all answered in {:?}", begun.elapsed());

    drop(spool);
    let begun = Instant::now();
    let held = Spool::open(dir, SIZE_DEFAULT)?.all().len();
    println!("opened again with {held} facts in {:?}", begun.elapsed());
    Ok(())
}

fn show(what: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let median = took.get(took.len() / 2).copied().unwrap_or_default();
    let worst = took.last().copied().unwrap_or_default();
    println!(
        "{what}: median {median:?}, worst {worst:?}, {} tries",
        took.len()
    );
}

fn raise() -> anyhow::Result<Stamped> {
    stamped(Fact::LockDownCalled {
        reason: None,
        place: None,
        answers: Vec::new(),
        of_threat: None,
    })
}

fn note() -> anyhow::Result<Stamped> {
    stamped(Fact::Arrived {})
}

fn stamped(fact: Fact) -> anyhow::Result<Stamped> {
    Ok(Stamped {
        id: FactId(Uuid::new_v4()),
        at: Timestamp::from_second(1_800_000_000)?,
        claimed_at: None,
        by: Author {
            principal: Principal::Person(PersonId::new("somebody")?),
            name: "Some Body".to_owned(),
            role: Role::Staff,
            credential: None,
        },
        origin: None,
        fact,
    })
}
