//! The spool's file: made once with all its room taken, locked, checked, read whole.
//!
//! Owns the way from a folder to an open file, and the two calls that writing needs
//! ([`Disk`]). It never looks into a slot.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::format::{HEADER_BYTES, HeaderError, Key, VERSION};

/// The smallest spool, in bytes: a half of it still takes several of the longest records.
pub const SIZE_MIN: u64 = 1 << 20;
/// The largest, in bytes: it is read whole at the start, and its facts stand in memory.
pub const SIZE_MAX: u64 = 256 << 20;
/// What a spool takes where nothing else is asked for, in bytes.
pub const SIZE_DEFAULT: u64 = 8 << 20;

const FILE: &str = "spool";
const UNFINISHED: &str = "spool.new";

/// Why a spool was not opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The size asked for cannot be.
    #[error(
        "a spool of {0} bytes cannot be: ask for {SIZE_MIN} to {SIZE_MAX} bytes, in whole pages of 4096"
    )]
    Size(u64),
    /// Another process has it.
    #[error(
        "{} is in use by another process: stop that one, or give this one another spool_dir",
        .0.display()
    )]
    InUse(PathBuf),
    /// The disk has no room for it.
    #[error(
        "no room for {}, which takes {size} bytes ahead of need: make room, or name another disk in spool_dir",
        .path.display()
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// What it takes, in bytes.
        size: u64,
    },
    /// It was made with another size.
    #[error(
        "{} was made with {found} bytes and {wanted} are asked for: ask for {found}, or, once the journal has everything, move the file away and start again",
        .path.display()
    )]
    OtherSize {
        /// The file.
        path: PathBuf,
        /// The size that it was made with, in bytes.
        found: u64,
        /// The size asked for, in bytes.
        wanted: u64,
    },
    /// Another release made it.
    #[error(
        "{} is a spool of version {found} and this release reads version {VERSION}: start the release that made it, let its journal take everything, then move the file away",
        .path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Its header says nothing that can be trusted.
    #[error(
        "{} is no spool, or its header or length is damaged: it may hold raises that nothing else has, so move it away, keep it, and start again",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The operating system refused something.
    #[error("{doing} {}: {why}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What it answered.
        why: io::Error,
    },
}

/// The two calls that writing needs. Tests count them and make them fail.
pub(super) trait Disk: Send + 'static {
    /// Writes all of `bytes` at `offset`.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Answers when everything written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// The file, and with it the lock. It is unlocked when dropped, not only closed: a process that
/// is just being started by another thread may still share it for a moment.
#[derive(Debug)]
pub(super) struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing does the same, only later.
        let _ = self.0.unlock();
    }
}

impl Disk for Locked {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// An open spool file.
#[derive(Debug)]
pub(super) struct Opened {
    /// The file.
    pub(super) file: Locked,
    /// Its key.
    pub(super) key: Key,
    /// All its bytes.
    pub(super) contents: Vec<u8>,
}

/// Opens the spool of `dir`, or makes it. The folder must be there: making it could hide that
/// the disk which should stand there is not mounted.
pub(super) fn open(dir: &Path, size: u64) -> Result<Opened, OpenError> {
    if !(SIZE_MIN..=SIZE_MAX).contains(&size) || !size.is_multiple_of(HEADER_BYTES as u64) {
        return Err(OpenError::Size(size));
    }
    let path = dir.join(FILE);
    let file = match OpenOptions::new().read(true).write(true).open(&path) {
        Ok(file) => lock(file, &path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(dir, &path, size)?,
        Err(why) => return Err(failed("cannot open", &path, why)),
    };
    let found = file
        .0
        .metadata()
        .map_err(|why| failed("cannot look at", &path, why))?;
    if found.len() > SIZE_MAX {
        return Err(OpenError::Damaged(path));
    }
    let mut contents = Vec::new();
    (&file.0)
        .read_to_end(&mut contents)
        .map_err(|why| failed("cannot read", &path, why))?;
    let key = check(&contents, &path, size)?;
    if found.blocks().saturating_mul(512) < size {
        take_room(&file.0, &contents).map_err(|why| no_room(&path, size, why))?;
    }
    Ok(Opened {
        file,
        key,
        contents,
    })
}

fn check(contents: &[u8], path: &Path, wanted: u64) -> Result<Key, OpenError> {
    match Key::read_header(contents) {
        Ok((_, found)) if found != wanted => Err(OpenError::OtherSize {
            path: path.to_owned(),
            found,
            wanted,
        }),
        Ok((key, found)) if contents.len() as u64 == found => Ok(key),
        Ok(_) | Err(HeaderError::Unknown) => Err(OpenError::Damaged(path.to_owned())),
        Err(HeaderError::Version(found)) => Err(OpenError::OtherVersion {
            path: path.to_owned(),
            found,
        }),
    }
}

/// Makes the file under another name and gives it its own when it is whole, so that a crash
/// in between leaves no half of a spool.
///
/// The room is taken by writing zeros, not by `fallocate`: every block is then written once,
/// so that neither a later write nor its fdatasync has to change what the file system keeps
/// about the file. (A file system that copies on write still wants free room for every write;
/// give the spool another.)
fn make(dir: &Path, path: &Path, size: u64) -> Result<Locked, OpenError> {
    let unfinished = dir.join(UNFINISHED);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&unfinished)
        .map_err(|why| no_room_or("cannot make", &unfinished, size, why))?;
    // The lock stays with the file through its renaming. Whoever has it while the finished
    // file is not there is the only one who makes it.
    let file = lock(file, path)?;
    if path.exists() {
        return Err(OpenError::InUse(path.to_owned()));
    }
    let mut nonce = [0; 16];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| {
        failed(
            "no random number for",
            path,
            io::Error::other("the source failed"),
        )
    })?;
    let key = Key::new(nonce);
    let mut contents = key.header(size);
    contents.resize(usize::try_from(size).map_err(|_| OpenError::Size(size))?, 0);
    let made = file
        .0
        .set_len(0)
        .and_then(|()| take_room(&file.0, &contents));
    if let Err(why) = made {
        // Whether or not this works, the next start makes it anew.
        let _ = std::fs::remove_file(&unfinished);
        return Err(no_room(path, size, why));
    }
    std::fs::rename(&unfinished, path)
        .and_then(|()| File::open(dir)?.sync_all())
        .map_err(|why| failed("cannot finish", path, why))?;
    Ok(file)
}

/// Writes every byte of the file as it is, so that it has its room even where a copy or a
/// restore left holes in it. The bytes on the disk stay the same at every moment.
fn take_room(mut file: &File, contents: &[u8]) -> io::Result<()> {
    io::Seek::rewind(&mut file)?;
    file.write_all(contents)?;
    file.sync_all()?;
    io::Seek::rewind(&mut file)
}

fn lock(file: File, path: &Path) -> Result<Locked, OpenError> {
    match file.try_lock() {
        Ok(()) => Ok(Locked(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(why)) => Err(failed("cannot lock", path, why)),
    }
}

fn failed(doing: &'static str, path: &Path, why: io::Error) -> OpenError {
    OpenError::Io {
        doing,
        path: path.to_owned(),
        why,
    }
}

fn no_room(path: &Path, size: u64, why: io::Error) -> OpenError {
    no_room_or("cannot take room for", path, size, why)
}

fn no_room_or(doing: &'static str, path: &Path, size: u64, why: io::Error) -> OpenError {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&why.kind());
    if full {
        OpenError::NoRoom {
            path: path.to_owned(),
            size,
        }
    } else {
        failed(doing, path, why)
    }
}
