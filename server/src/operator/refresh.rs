//! People, rooms and devices by lists that another system writes each night.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use lockstep_proto::directory::Directory;
use lockstep_proto::id::DistrictId;

use crate::app::{is_slow, patiently};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::directory::{self, Lists, OneRosterAsked, OneRosterTaken};
use crate::journal::{Journal, Rosters};

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
    /// A folder of OneRoster files.
    pub oneroster: Option<PathBuf>,
    /// What is decided beside those.
    pub decided: OneRosterAsked,
    /// Say what would change, and change nothing.
    pub dry_run: bool,
    /// It is right that more than a quarter go.
    pub many_go: bool,
}

/// Larger is no list of a district's people.
const LIST_MAX: u64 = 64 << 20;
/// The same of a OneRoster file: a large district's enrolments. They are read row by row.
const ONEROSTER_MAX: u64 = 512 << 20;

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
    let named = lists.people.is_some() || lists.rooms.is_some() || lists.devices.is_some();
    if !named && asked.oneroster.is_none() {
        bail!("name a list with --people, --rooms or --devices, or a folder with --oneroster");
    }
    let journal = open(config).await?;
    let old = chosen(&*journal, district).await?;
    let (mut new, mut left) = if named {
        directory::with_lists(&old.directory, &lists).context("nothing was changed")?
    } else {
        (old.directory.clone(), Vec::new())
    };
    let mut rosters = None;
    let mut said = Vec::new();
    let mut more = Vec::new();
    if let Some(folder) = &asked.oneroster {
        let (taken, also) = with_oneroster(folder, &asked.decided, &new)?;
        new = taken.directory;
        left = also;
        rosters = taken.rosters;
        said = taken.said;
        more.extend(taken.asks);
    }
    let mut out = directory::difference(Some(&old.directory), &new);
    for line in said {
        writeln!(out, "{line}")?;
    }
    for line in left {
        writeln!(out, "{line}")?;
    }
    let mut gone = many_that_go(&old.directory, &new);
    if let Some(rosters) = &rosters {
        let (told, shrunk) = told(&*journal, &old.directory, rosters).await?;
        out += &told;
        gone = gone.or(shrunk);
    }
    if asked.dry_run {
        for more in more {
            writeln!(out, "{more}.")?;
        }
        if let Some(gone) = gone {
            writeln!(out, "{gone}: that takes --many-go.")?;
        }
        out.push_str("Nothing was changed: this was a dry run.\n");
        return Ok(out);
    }
    if let Some(more) = more.first() {
        bail!("nothing was changed: {more}");
    }
    if let Some(gone) = gone.filter(|_| !asked.many_go) {
        bail!("nothing was changed: {gone}. See who with --dry-run; where it is right, --many-go");
    }
    out += &put(&*journal, Some(&old), &new, rosters.as_ref()).await?;
    Ok(out)
}

/// Reads a folder of OneRoster files.
fn with_oneroster(
    folder: &Path,
    decided: &OneRosterAsked,
    old: &Directory,
) -> anyhow::Result<(OneRosterTaken, Vec<String>)> {
    if !folder.is_dir() {
        bail!(
            "{0} is no folder; nothing was changed. An archive is unpacked first, for example with \
             `unzip {0} -d oneroster`",
            folder.display()
        );
    }
    let open = |name: &str| open_file(&folder.join(name));
    let today = TimeZone::UTC.to_datetime(SystemClock.now()).date();
    directory::with_oneroster(&open, decided, old, today).context("nothing was changed")
}

fn open_file(file: &Path) -> io::Result<Option<Box<dyn Read>>> {
    let file = match File::open(file) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if about.len() > ONEROSTER_MAX {
        return Err(io::Error::other("it is larger than 512 MiB"));
    }
    Ok(Some(Box::new(file)))
}

/// How many students and classes each roster would have, and which would lose more than a quarter
/// of its students. No name of theirs is said.
async fn told(
    journal: &dyn Journal,
    old: &Directory,
    rosters: &Rosters,
) -> anyhow::Result<(String, Option<String>)> {
    let mut out = String::new();
    let mut shrunk = None;
    for (campus, new) in rosters {
        let district = &old.district.id;
        let before = patiently(is_slow, async || journal.roster(district, campus).await).await?;
        let before = before.map(|kept| kept.roster).unwrap_or_default();
        let (was, is) = (before.students.len(), new.students.len());
        writeln!(
            out,
            "~ roster of {campus}: {is} students in {} classes (was {was} in {})",
            new.sections.len(),
            before.sections.len()
        )?;
        if was.saturating_sub(is) * 4 > was {
            let less = was.saturating_sub(is);
            shrunk.get_or_insert(format!("{less} of {was} students of {campus} would go"));
        }
    }
    Ok((out, shrunk))
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
    let bytes = fs::read(file).with_context(unreadable)?;
    let text = directory::text_of(bytes);
    text.with_context(|| format!("nothing was changed: in {}", file.display()))
        .map(Some)
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
