//! What is known of the districts, kept on this machine: an instance that starts while its
//! database is away knows who may raise (P1).
//!
//! It holds no secret: no PIN, no key, no token. It is as private as the directory is.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use lockstep_proto::directory::Directory;
use lockstep_proto::id::CredentialId;
use serde::{Deserialize, Serialize};

/// What is known of one district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) version: u64,
    pub(super) directory: Directory,
    /// Sign-ins that are switched off.
    pub(super) revoked: BTreeSet<CredentialId>,
}

/// Puts it in place of what was kept before, whole or not at all.
pub(super) fn write(path: &Path, all: &[Kept]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&partial)?;
    serde_json::to_writer(&mut file, all)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&partial, path)
}

/// What was kept; none where nothing was, or nothing that this release understands.
pub(super) fn read(path: &Path) -> Option<Vec<Kept>> {
    let bytes = fs::read(path).ok()?;
    match serde_json::from_slice(&bytes) {
        Ok(all) => Some(all),
        Err(error) => {
            tracing::warn!(%error, "what was kept of the directory cannot be understood");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn p1_what_is_kept_comes_back_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("directory.json");
        assert!(read(&path).is_none());
        let kept = Kept {
            version: 3,
            directory: crate::directory::demo().unwrap(),
            revoked: ["c-1".parse().unwrap()].into(),
        };
        write(&path, std::slice::from_ref(&kept)).unwrap();
        write(&path, std::slice::from_ref(&kept)).unwrap();
        assert_eq!(read(&path).unwrap(), [kept]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        fs::write(&path, "{}").unwrap();
        assert!(read(&path).is_none());
    }
}
