//! People, rooms and devices by lists that another system writes each night.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use lockstep_proto::directory::Directory;
use lockstep_proto::id::DistrictId;

use crate::config::Config;
use crate::directory::{self, Lists};

use super::{chosen, open, put};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Refresh {
    /// A list of every person.
    pub people: Option<PathBuf>,
    /// A list of every room.
    pub rooms: Option<PathBuf>,
    /// A list of every room's display.
    pub devices: Option<PathBuf>,
    /// Say what would change, and change nothing.
    pub dry_run: bool,
    /// It is right that more than a quarter go.
    pub many_go: bool,
}

/// Larger is no list of a district's people.
const LIST_MAX: u64 = 64 << 20;

/// Takes lists, whole or not at all.
pub async fn refresh(
    config: &Config,
    district: Option<DistrictId>,
    asked: &Refresh,
) -> anyhow::Result<String> {
    let lists = Lists {
        people: read(asked.people.as_ref())?,
        rooms: read(asked.rooms.as_ref())?,
        devices: read(asked.devices.as_ref())?,
    };
    if lists.people.is_none() && lists.rooms.is_none() && lists.devices.is_none() {
        bail!("name a list with --people, --rooms or --devices");
    }
    let journal = open(config).await?;
    let old = chosen(&*journal, district).await?;
    let (new, left) =
        directory::with_lists(&old.directory, &lists).context("nothing was changed")?;
    let mut out = directory::difference(Some(&old.directory), &new);
    for officer in left {
        writeln!(
            out,
            "= person {officer}, enrolled on scene and in no list, stays"
        )?;
    }
    let gone = many_that_go(&old.directory, &new);
    if asked.dry_run {
        if let Some(gone) = gone {
            writeln!(out, "{gone}: that takes --many-go.")?;
        }
        out.push_str("Nothing was changed: this was a dry run.\n");
        return Ok(out);
    }
    if let Some(gone) = gone.filter(|_| !asked.many_go) {
        bail!("nothing was changed: {gone}. See who with --dry-run; where it is right, --many-go");
    }
    out += &put(&*journal, Some(&old), &new).await?;
    Ok(out)
}

fn read(file: Option<&PathBuf>) -> anyhow::Result<Option<String>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let unreadable = || format!("{} cannot be read; nothing was changed", file.display());
    if fs::metadata(file).with_context(unreadable)?.len() > LIST_MAX {
        bail!(
            "{} is larger than 64 MiB; nothing was changed",
            file.display()
        );
    }
    fs::read_to_string(file).with_context(unreadable).map(Some)
}

/// More than a quarter of something would go: how many of what.
fn many_that_go(old: &Directory, new: &Directory) -> Option<String> {
    let campuses = old.campuses.iter().map(|(id, campus)| {
        let kept = new.campuses.get(id).map(|campus| &campus.rooms);
        gone(&campus.rooms, kept.unwrap_or(&BTreeMap::new()))
    });
    let rooms = campuses.fold((0, 0), |(go, all), (more, of)| (go + more, all + of));
    [
        ("people", gone(&old.people, &new.people)),
        ("rooms", rooms),
        ("devices", gone(&old.devices, &new.devices)),
    ]
    .into_iter()
    .find(|(_, (go, all))| go * 4 > *all)
    .map(|(what, (go, all))| format!("{go} of {all} {what} would go"))
}

/// How many are not there any more, and of how many.
fn gone<K: Ord, V>(old: &BTreeMap<K, V>, new: &BTreeMap<K, V>) -> (usize, usize) {
    let go = old.keys().filter(|id| !new.contains_key(id)).count();
    (go, old.len())
}
