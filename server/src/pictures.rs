//! Pictures of sightings (C5): made anew from their pixels, and kept as files beside the journal.
//!
//! A picture's name is the SHA-256 of its bytes; who may see it, and whether anything refers to
//! it, is the timeline's to say. It never keeps a byte as it came in, and never touches the
//! disk's last gibibyte: that is for alerts.

mod remade;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::code::Code;
use lockstep_proto::contact::PictureKind;
use lockstep_proto::id::DistrictId;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

use crate::auth::hex;

/// The largest upload, in bytes.
pub const UPLOAD_MAX: usize = 5 * 1024 * 1024;
/// The largest picture as kept. Only a PNG grows when it is made anew.
const KEPT_MAX: usize = 8 * 1024 * 1024;
/// Uploads that are taken in at once. With what decoding takes this is the memory that
/// strangers' pictures can cost.
const RECEIVED_AT_ONCE: usize = 8;
/// Pictures that are decoded at once.
const DECODED_AT_ONCE: usize = 1;
/// How long an upload waits for its turn at that.
const TURN_WITHIN: Duration = Duration::from_secs(3);
/// How much of the disk is not for pictures.
pub const FLOOR_BYTES: u64 = 1 << 30;

const UNFINISHED: &str = ".unfinished";

/// The pictures of this instance.
pub struct Pictures {
    folder: PathBuf,
    floor: u64,
    /// Held while the disk is asked how full it is.
    looking: Arc<Semaphore>,
    receiving: Semaphore,
    decoding: Semaphore,
    keeping: Mutex<()>,
}

/// A picture made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remade {
    /// Its format.
    pub kind: PictureKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Remade {
    /// Its name: lower-case hex SHA-256 of its bytes.
    #[must_use]
    pub fn name(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }
}

impl Pictures {
    /// In this folder, which is made when the first picture comes. What a crash left unfinished
    /// is thrown away.
    #[must_use]
    pub fn in_folder(folder: PathBuf, floor: u64) -> Self {
        if let Err(error) = sweep(&folder) {
            tracing::warn!(%error, "unfinished pictures could not be thrown away");
        }
        Self {
            folder,
            floor,
            looking: Arc::new(Semaphore::new(1)),
            receiving: Semaphore::new(RECEIVED_AT_ONCE),
            decoding: Semaphore::new(DECODED_AT_ONCE),
            keeping: Mutex::default(),
        }
    }

    /// A place for one more upload. A picture never waits in a queue that an alert is behind.
    pub fn receive(&self) -> Result<SemaphorePermit<'_>, Code> {
        self.receiving.try_acquire().map_err(|_| Code::Busy)
    }

    /// Whether the disk has room for pictures.
    pub async fn has_room(&self) -> Result<(), Code> {
        let (folder, floor) = (self.folder.clone(), self.floor);
        let free = tokio::task::spawn_blocking(move || free_bytes(&folder)).await;
        match free {
            Ok(Ok(free)) if free >= floor => Ok(()),
            Ok(Ok(_)) => Err(Code::DiskLow),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the disk of the pictures could not be looked at");
                Err(Code::DiskLow)
            }
            Err(_) => Err(Code::Fault),
        }
    }

    /// Bytes that are left on the disk; none where it does not say, or is still being asked: a
    /// disk that hangs holds one thread and no more.
    pub async fn room(&self) -> Option<u64> {
        let turn = Arc::clone(&self.looking).try_acquire_owned().ok()?;
        let folder = self.folder.clone();
        let look = move || {
            let _turn = turn;
            free_bytes(&folder)
        };
        tokio::task::spawn_blocking(look).await.ok()?.ok()
    }

    /// Makes an upload anew from its pixels: no metadata and nothing behind the picture survives.
    pub async fn remake(&self, upload: Vec<u8>) -> Result<Remade, Code> {
        let turn = tokio::time::timeout(TURN_WITHIN, self.decoding.acquire()).await;
        let _turn = turn.map_err(|_| Code::Busy)?.map_err(|_| Code::Fault)?;
        // A decoder that panics is a decoder that could not read it.
        let made = tokio::task::spawn_blocking(move || remade::remade(&upload)).await;
        let made = made.map_err(|error| {
            tracing::error!(%error, "a picture's decoder fell over");
            Code::PictureUnreadable
        })??;
        if made.bytes.len() > KEPT_MAX {
            return Err(Code::PictureTooLarge);
        }
        Ok(made)
    }

    /// Holds off other uploads until it is known whether a timeline refers to what is kept.
    pub async fn keep_one(&self) -> Keeping<'_> {
        Keeping {
            pictures: self,
            _alone: self.keeping.lock().await,
        }
    }

    fn path(&self, district: &DistrictId, name: &str) -> PathBuf {
        self.folder.join(district.as_str()).join(name)
    }

    /// A picture by its name, as it was kept.
    pub async fn read(&self, district: &DistrictId, name: &str) -> Option<Remade> {
        // What is no name of a picture is no path either.
        let is_name =
            name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_name {
            return None;
        }
        let bytes = tokio::fs::read(self.path(district, name)).await.ok()?;
        let kind = remade::kind_of(&bytes)?;
        let remade = Remade { kind, bytes };
        if remade.name() == name {
            return Some(remade);
        }
        tracing::error!(name, "a picture is not what was kept");
        None
    }
}

/// The one upload that is being kept.
pub struct Keeping<'a> {
    pictures: &'a Pictures,
    _alone: MutexGuard<'a, ()>,
}

impl Keeping<'_> {
    /// Puts the picture on disk. Answers whether it was not there before.
    pub async fn keep(&self, district: &DistrictId, remade: Remade) -> Result<bool, Code> {
        let path = self.pictures.path(district, &remade.name());
        let kept = tokio::task::spawn_blocking(move || keep(&path, &remade.bytes)).await;
        kept.map_err(|_| Code::Fault)?.map_err(|error| {
            tracing::warn!(%error, "a picture could not be kept");
            if error.kind() == io::ErrorKind::StorageFull {
                Code::DiskLow
            } else {
                Code::Fault
            }
        })
    }

    /// Throws it away again: nothing refers to it.
    pub async fn discard(&self, district: &DistrictId, name: &str) {
        if let Err(error) = tokio::fs::remove_file(self.pictures.path(district, name)).await {
            tracing::warn!(%error, "a picture that nothing refers to stays on disk");
        }
    }
}

/// Copies the pictures of one folder to another, those that are not there yet: a picture never
/// changes. Answers how many the folder has.
pub fn copy_all(from: &Path, to: &Path) -> io::Result<u64> {
    if !from.exists() {
        return Ok(0);
    }
    let mut pictures = 0;
    for district in fs::read_dir(from)? {
        let district = district?;
        for picture in fs::read_dir(district.path())? {
            let name = picture?.file_name();
            if name.to_string_lossy().ends_with(UNFINISHED) {
                continue;
            }
            let bytes = fs::read(district.path().join(&name))?;
            keep(&to.join(district.file_name()).join(&name), &bytes)?;
            pictures += 1;
        }
    }
    Ok(pictures)
}

/// On disk under its own name only when it is whole.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let unfinished = PathBuf::from(unfinished);
    let written = write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if let Err(error) = written {
        // What is left of it goes with the next start, if not now.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(true)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Throws away what was not finished.
fn sweep(folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for district in fs::read_dir(folder)? {
        for picture in fs::read_dir(district?.path())? {
            let path = picture?.path();
            if path.to_string_lossy().ends_with(UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

/// Free bytes of the disk that the folder is on, or will be.
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let there = folder
        .ancestors()
        .find(|folder| folder.exists())
        .ok_or(io::ErrorKind::NotFound)?;
    let disk = rustix::fs::statvfs(there)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn png() -> Remade {
        Remade {
            kind: PictureKind::Png,
            bytes: b"\x89PNG\r\n\x1a\nand so on".to_vec(),
        }
    }

    #[tokio::test]
    async fn c5_a_picture_is_kept_once_and_read_back_whole() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("pictures");
        let pictures = Pictures::in_folder(folder.clone(), 0);
        let (oak, elm) = ("oak".parse().unwrap(), "elm".parse().unwrap());
        let name = png().name();
        {
            let keeping = pictures.keep_one().await;
            assert!(keeping.keep(&oak, png()).await.unwrap());
            assert!(!keeping.keep(&oak, png()).await.unwrap(), "it is there");
        }
        assert_eq!(pictures.read(&oak, &name).await, Some(png()));
        // Invariant 10: the hash of another district's picture opens nothing.
        assert_eq!(pictures.read(&elm, &name).await, None);
        for odd in ["", "../oak", &name.to_uppercase(), "..%2f"] {
            assert_eq!(pictures.read(&oak, odd).await, None, "{odd}");
        }
        fs::write(folder.join("oak").join(&name), b"\x89PNG\r\n\x1a\nelse").unwrap();
        assert_eq!(pictures.read(&oak, &name).await, None, "not what was kept");
        pictures.keep_one().await.discard(&oak, &name).await;
        assert!(!folder.join("oak").join(&name).exists());
    }

    #[tokio::test]
    async fn what_a_crash_left_is_thrown_away_and_uploads_stop_before_the_disk_is_full() {
        let data = tempfile::tempdir().unwrap();
        let left = data.path().join("oak/ab.unfinished");
        fs::create_dir(data.path().join("oak")).unwrap();
        fs::write(&left, b"half").unwrap();
        let pictures = Pictures::in_folder(data.path().to_owned(), 0);
        assert!(!left.exists());
        assert_eq!(pictures.has_room().await, Ok(()));
        let full = Pictures::in_folder(data.path().join("none/yet"), u64::MAX);
        assert_eq!(full.has_room().await, Err(Code::DiskLow));
    }

    #[tokio::test]
    async fn uploads_at_once_have_a_bound() {
        let pictures = Pictures::in_folder("nowhere".into(), 0);
        let places: Vec<_> = (0..RECEIVED_AT_ONCE)
            .map(|_| pictures.receive().unwrap())
            .collect();
        assert_eq!(pictures.receive().err(), Some(Code::Busy));
        drop(places);
        assert!(pictures.receive().is_ok());
    }
}
