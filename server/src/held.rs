//! One process has the data folder: whoever serves from it, or restores into it.
//!
//! Owns a lock on a file of its own. The spool's lock does not do: the spool may stand in another
//! folder, and two servers with two spools on one journal would each keep from its screens what
//! the other was told. It keeps nobody from reading: `backup`, `directory import` and the like
//! work beside a server.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

const FILE: &str = "lock";

/// The folder, for as long as this lives. It is unlocked when dropped, not only closed: a process
/// that is just being started by another thread may still share the file for a moment.
#[derive(Debug)]
pub struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing does the same, only later.
        let _ = self.0.unlock();
    }
}

/// Takes the folder, which must be there, or says that another process has it.
pub fn hold(folder: &Path) -> anyhow::Result<Held> {
    let path = folder.join(FILE);
    // Nothing is ever written: where the file is there already, a folder that can only be read is
    // no reason not to serve.
    let file = File::open(&path)
        .or_else(|_| {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
        })
        .with_context(|| {
            format!(
                "the folder {} cannot be written: name another with --data, or make it writable",
                folder.display()
            )
        })?;
    match file.try_lock() {
        Ok(()) => Ok(Held(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "the folder {} is in use by another process: stop that one, or name another folder \
             with --data",
            folder.display()
        ),
        Err(TryLockError::Error(why)) => {
            Err(why).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn one_has_it_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let held = hold(folder.path()).unwrap();
        let second = hold(folder.path()).unwrap_err().to_string();
        assert!(second.contains("in use by another process"), "{second}");
        drop(held);
        hold(folder.path()).unwrap();
    }
}
