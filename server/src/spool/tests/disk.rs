//! The real file: its making, its lock, its room.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::super::{OpenError, SIZE_DEFAULT, SIZE_MIN, Spool};
use super::*;

#[tokio::test]
async fn what_was_put_comes_back_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let facts = [
        raise(3, "gym"),
        note(1, "wrong button"),
        raise(2, &"long ".repeat(400)),
    ];
    {
        let spool = Spool::open(dir.path(), SIZE_DEFAULT).unwrap();
        assert!(spool.all().is_empty());
        for fact in &facts {
            assert_eq!(spool.put(log(), fact.clone()).await, Ok(()));
        }
        spool.recorded(&log(), &[id(1), id(77)]);
        assert_eq!(spool.unrecorded().len(), 2);
    }
    let spool = Spool::open(dir.path(), SIZE_DEFAULT).unwrap();
    let expected = facts.map(|fact| (log(), fact));
    assert_eq!(spool.all(), expected);
    // Kept after commit: what was recorded is offered again as well.
    assert_eq!(spool.unrecorded(), expected);
    assert_eq!(spool.put(log(), raise(4, "")).await, Ok(()));
    assert_eq!(spool.all()[3].1, raise(4, ""));
}

#[test]
fn the_file_has_its_room_from_the_start_and_is_its_owners_alone() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let dir = tempfile::tempdir().unwrap();
    drop(Spool::open(dir.path(), SIZE_DEFAULT).unwrap());
    let metadata = fs::metadata(dir.path().join("spool")).unwrap();
    assert_eq!(metadata.len(), SIZE_DEFAULT);
    assert!(metadata.blocks() * 512 >= SIZE_DEFAULT);
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}

/// A copy tool left holes where zeros were: the room is taken again.
#[tokio::test]
async fn holes_are_filled_at_the_next_start() {
    use std::os::unix::fs::MetadataExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    {
        let spool = Spool::open(dir.path(), SIZE_MIN).unwrap();
        assert_eq!(spool.put(log(), raise(1, "")).await, Ok(()));
    }
    let head = fs::read(&path).unwrap()[..8192].to_vec();
    fs::write(&path, head).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(SIZE_MIN).unwrap();
    drop(file);
    assert!(fs::metadata(&path).unwrap().blocks() * 512 < SIZE_MIN);
    let spool = Spool::open(dir.path(), SIZE_MIN).unwrap();
    assert_eq!(spool.all().len(), 1);
    assert!(fs::metadata(&path).unwrap().blocks() * 512 >= SIZE_MIN);
}

#[test]
fn two_processes_cannot_share_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = Spool::open(dir.path(), SIZE_MIN).unwrap();
    let second = Spool::open(dir.path(), SIZE_MIN).unwrap_err();
    assert!(matches!(second, OpenError::InUse(_)), "{second}");
    drop(first);
    drop(Spool::open(dir.path(), SIZE_MIN).unwrap());
}

#[test]
fn another_file_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    drop(Spool::open(dir.path(), SIZE_MIN).unwrap());
    let genuine = fs::read(&path).unwrap();

    let other = Spool::open(dir.path(), SIZE_DEFAULT).unwrap_err();
    assert!(
        matches!(
            other,
            OpenError::OtherSize {
                found: SIZE_MIN,
                ..
            }
        ),
        "{other}"
    );

    let mut version = genuine.clone();
    version[16] = 2;
    let mut garbled = genuine.clone();
    garbled[40] ^= 1;
    let cut = genuine[..genuine.len() - 512].to_vec();
    for (bytes, expected) in [
        (version, "is a spool of version 2"),
        (garbled, "its header or length is damaged"),
        (cut, "its header or length is damaged"),
        (Vec::new(), "is no spool"),
        (b"not a spool at all".repeat(9_000), "is no spool"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let refused = Spool::open(dir.path(), SIZE_MIN).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn sizes_and_folders_that_cannot_be_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for size in [0, SIZE_MIN - 4096, SIZE_MIN + 1, u64::MAX] {
        let refused = Spool::open(dir.path(), size).unwrap_err();
        assert!(matches!(refused, OpenError::Size(_)), "{refused}");
    }
    let refused = Spool::open(&dir.path().join("absent"), SIZE_MIN).unwrap_err();
    assert!(matches!(refused, OpenError::Io { .. }), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// A crash while it was made leaves another file's name behind, which the next start makes anew.
#[test]
fn a_half_made_file_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("spool.new"), b"lockstep spool half of it").unwrap();
    drop(Spool::open(dir.path(), SIZE_MIN).unwrap());
    assert!(!dir.path().join("spool.new").exists());
}

/// A small disk of its own, where this process may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(dir.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(dir)),
            Ok(_) | Err(_) => {
                println!("skipped: a small disk cannot be mounted here");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self) {
        let filled = fs::write(self.path().join("filler"), vec![1; 32 << 20]);
        assert_eq!(filled.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

/// The fault "disk full": refused at the start where the room cannot be had, …
#[test]
fn a_full_disk_is_told_at_the_start() {
    let Some(disk) = SmallDisk::mount("4m") else {
        return;
    };
    let refused = Spool::open(disk.path(), SIZE_DEFAULT).unwrap_err();
    assert!(matches!(refused, OpenError::NoRoom { .. }), "{refused}");
    assert!(refused.to_string().contains("spool_dir"), "{refused}");
    // Nothing half made is left in the way of others.
    assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
}

/// … and harmless where it was had before the disk filled.
#[tokio::test]
async fn a_disk_that_fills_later_takes_nothing_away() {
    let Some(disk) = SmallDisk::mount("12m") else {
        return;
    };
    let spool = Spool::open(disk.path(), SIZE_DEFAULT).unwrap();
    disk.fill();
    for number in 1..=200 {
        assert_eq!(spool.put(log(), raise(number, "")).await, Ok(()));
    }
    drop(spool);
    let spool = Spool::open(disk.path(), SIZE_DEFAULT).unwrap();
    assert_eq!(spool.all().len(), 200);
}
