//! What a profile keeps on disk: the sign-in, the server's keys, the newest signed heads and the
//! positions looked at. Files are the owner's alone (0600) and replaced whole, never half.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lockstep_proto::Timestamp;
use lockstep_proto::frame::You;
use lockstep_proto::id::CampusId;
use lockstep_proto::note::SignedHead;
use lockstep_proto::position::Position;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// The most heads kept of one log: the newest, and any that contradicts it.
const HEADS_MAX: usize = 4;

/// The most logs of which heads are kept.
const LOGS_MAX: usize = 1_024;

/// A profile's name: a file's name, so no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileName(String);

impl FromStr for ProfileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The same spelling as every other name of Lockstep's.
        CampusId::new(text)
            .map(|_| Self(text.to_owned()))
            .map_err(|why| why.to_string())
    }
}

/// A sign-in as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The servers that it is good for.
    pub servers: Vec<String>,
    /// The bearer token. Never printed.
    pub token: String,
    /// When it runs out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Who it is.
    pub you: You,
    /// The verifier keys that the server named at sign-in: what `timeline verify` trusts.
    #[serde(default)]
    pub keys: Vec<String>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({})", self.you.principal)
    }
}

/// One profile's files.
#[derive(Debug, Clone)]
pub struct Profile {
    root: PathBuf,
    name: ProfileName,
}

impl Profile {
    /// Below `$XDG_CONFIG_HOME/lockstep`, or `~/.config/lockstep`.
    ///
    /// # Errors
    /// Where neither is known.
    pub fn at_home(name: &ProfileName) -> Result<Self, Failure> {
        let config = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
        let config = config.ok_or_else(|| {
            Failure::Usage(
                "There is no folder for the sign-in: set HOME or XDG_CONFIG_HOME.".to_owned(),
            )
        })?;
        Ok(Self::under(config.join("lockstep"), name.clone()))
    }

    /// Below any folder.
    #[must_use]
    pub fn under(root: PathBuf, name: ProfileName) -> Self {
        Self { root, name }
    }

    /// Where the outbox, heads and positions are.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(&self.name.0)
    }

    fn sign_in_file(&self) -> PathBuf {
        self.root.join(format!("{}.json", self.name.0))
    }

    /// The sign-in, if there is one.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn sign_in(&self) -> Result<Option<SignIn>, Failure> {
        read(&self.sign_in_file())
    }

    /// Keeps a sign-in over the one before.
    ///
    /// # Errors
    /// Where its file cannot be written.
    pub fn keep_sign_in(&self, sign_in: &SignIn) -> Result<(), Failure> {
        write(&self.sign_in_file(), sign_in)
    }

    /// Forgets the sign-in. Heads and unsent raises stay.
    ///
    /// # Errors
    /// Where its file cannot be removed.
    pub fn forget_sign_in(&self) -> Result<(), Failure> {
        let file = self.sign_in_file();
        match std::fs::remove_file(&file) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(trouble(&file, &why)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The signed heads that were kept, as they were handed out.
    ///
    /// # Errors
    /// Where their file cannot be read.
    pub fn heads(&self) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        Ok(read(&self.folder().join("heads.json"))?.unwrap_or_default())
    }

    /// Keeps a signed head if it is the newest of its log, or contradicts it (T2).
    ///
    /// # Errors
    /// Where it is no head, or the file cannot be written.
    pub fn remember_head(&self, note: &str) -> Result<(), Failure> {
        let head: SignedHead = note.parse().map_err(|why| {
            Failure::Fault(format!("The server's signed head cannot be read: {why}."))
        })?;
        let mut heads = self.heads()?;
        if keep_newest(&mut heads, &head) {
            write(&self.folder().join("heads.json"), &heads)?;
        }
        Ok(())
    }

    /// The position of a campus that `status` showed last.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn looked_at(&self, campus: &CampusId) -> Result<Option<Position>, Failure> {
        let seen: Option<BTreeMap<CampusId, Position>> = read(&self.folder().join("seen.json"))?;
        Ok(seen.and_then(|seen| seen.get(campus).copied()))
    }

    /// Keeps the position that was shown.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep_looked_at(&self, campus: &CampusId, position: Position) -> Result<(), Failure> {
        let file = self.folder().join("seen.json");
        let mut seen: BTreeMap<CampusId, Position> = read(&file)?.unwrap_or_default();
        seen.insert(campus.clone(), position);
        write(&file, &seen)
    }
}

/// Whether the head was new to what is kept.
fn keep_newest(heads: &mut BTreeMap<String, Vec<String>>, head: &SignedHead) -> bool {
    let origin = head.claimed().origin.to_string();
    if !heads.contains_key(&origin) && heads.len() >= LOGS_MAX {
        return false;
    }
    let kept = heads.entry(origin).or_default();
    let size_of = |note: &String| {
        note.parse::<SignedHead>()
            .map_or(0, |kept| kept.claimed().size)
    };
    let newest = kept.iter().map(size_of).max().unwrap_or(0);
    let size = head.claimed().size;
    if size > newest || kept.is_empty() {
        // Two heads of one size that differ are evidence: they stay beside the newer one.
        if kept.len() < 2 {
            kept.clear();
        }
        kept.insert(0, head.as_str().to_owned());
        kept.truncate(HEADS_MAX);
        return true;
    }
    let same_root = |note: &String| {
        note.parse::<SignedHead>().is_ok_and(|kept| {
            kept.claimed().size == size && kept.claimed().root == head.claimed().root
        })
    };
    if size == newest && !kept.iter().any(same_root) && kept.len() < HEADS_MAX {
        kept.push(head.as_str().to_owned());
        return true;
    }
    false
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(trouble(file, &why)),
    };
    serde_json::from_str(&text).map(Some).map_err(|why| {
        Failure::Fault(format!(
            "{} cannot be understood ({why}). Move it away and try again.",
            file.display()
        ))
    })
}

fn write(file: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|why| Failure::Fault(format!("{} cannot be written: {why}.", file.display())))?;
    write_whole(file, text.as_bytes()).map_err(|why| trouble(file, &why))
}

/// Writes beside, syncs, and puts it in place: after a crash the file is the old or the new one.
pub(crate) fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // The parent of a bare file name is the empty path.
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let beside = file.with_extension("part");
    let mut part = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    part.write_all(bytes)?;
    part.sync_all()?;
    std::fs::rename(&beside, file)?;
    std::fs::File::open(folder)?.sync_all()
}

pub(crate) fn trouble(file: &Path, why: &std::io::Error) -> Failure {
    Failure::Fault(format!(
        "{}: {why}. Check that the folder is yours and the disk is not full.",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::os::unix::fs::PermissionsExt as _;

    use lockstep_proto::merkle::Hash;
    use lockstep_proto::note::{Checkpoint, Origin, SigningKey};

    use super::*;

    fn profile(folder: &tempfile::TempDir) -> Profile {
        Profile::under(folder.path().to_owned(), "default".parse().unwrap())
    }

    fn head(size: u64, root: u8) -> String {
        let key = SigningKey::from_seed("d", &[7; 32]).unwrap();
        let origin = Origin::new("d", "north", 1).unwrap();
        let root = Hash([root; 32]);
        key.sign(&Checkpoint { origin, size, root })
            .unwrap()
            .to_string()
    }

    #[test]
    fn t2_the_newest_head_is_kept_and_a_contradiction_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile(&folder);
        for (size, root) in [(3, 1), (5, 2), (4, 9), (5, 2)] {
            profile.remember_head(&head(size, root)).unwrap();
        }
        let kept = profile.heads().unwrap();
        assert_eq!(kept["lockstep/d/north/epoch-1"], [head(5, 2)]);
        profile.remember_head(&head(5, 8)).unwrap();
        profile.remember_head(&head(6, 3)).unwrap();
        let kept = profile.heads().unwrap();
        assert_eq!(
            kept["lockstep/d/north/epoch-1"],
            [head(6, 3), head(5, 2), head(5, 8)]
        );
        assert!(profile.remember_head("not a head").is_err());
    }

    #[test]
    fn files_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile(&folder);
        let campus = CampusId::new("north").unwrap();
        profile
            .keep_looked_at(&campus, Position { epoch: 1, seq: 4 })
            .unwrap();
        let file = profile.folder().join("seen.json");
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(profile.looked_at(&campus).unwrap().unwrap().seq, 4);
        assert!("../x".parse::<ProfileName>().is_err());
    }
}
