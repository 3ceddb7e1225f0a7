//! Raises that nothing durable has yet, kept on disk until something has (P7).
//!
//! One JSON file per raise, written and synced before the first send, always under the same command
//! id, so that sending it again is the same act (P6). A raise older than ten minutes is never sent by
//! itself: its author is asked. Owns the files; never sends.

use std::path::PathBuf;
use std::time::Duration;

use lockstep_proto::Timestamp;
use lockstep_proto::command::CommandRequest;
use lockstep_proto::id::{CampusId, CommandId, Principal};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::profile::{trouble, write_whole};

/// How long a raise is offered by itself (P7).
pub const OFFER_FOR: Duration = Duration::from_secs(600);

/// The most raises that are kept: beyond it the disk is not the place where help comes from.
pub const KEEP_MAX: usize = 1_000;

/// A raise that nothing durable has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsent {
    /// Where.
    pub campus: CampusId,
    /// Whose: another person's sign-in must not send it as its own (A5).
    pub by: Principal,
    /// When it was made, by this machine's clock.
    pub made_at: Timestamp,
    /// A server showed it without keeping it.
    #[serde(default)]
    pub shown: bool,
    /// What is sent. Never with a PIN: raises need none (A4).
    pub request: CommandRequest,
}

impl Unsent {
    /// Whether it may still be sent without asking its author (P7). A clock that went backwards
    /// makes it neither younger nor older: then it is asked about too.
    #[must_use]
    pub fn goes_by_itself(&self, now: Timestamp) -> bool {
        let age_us = now
            .as_microsecond()
            .saturating_sub(self.made_at.as_microsecond());
        u128::try_from(age_us).is_ok_and(|age| age < OFFER_FOR.as_micros())
    }

    /// What it is, for people.
    #[must_use]
    pub fn words(&self) -> String {
        let state = if self.shown {
            "shown, kept by nothing"
        } else {
            "not sent"
        };
        format!(
            "{} at {} ({state})",
            crate::words::command(&self.request.command),
            self.campus
        )
    }
}

/// The folder of unsent raises.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// In this folder, which is made when the first raise is kept.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn file(&self, id: CommandId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Keeps a raise: on disk and synced when this returns.
    ///
    /// # Errors
    /// Where it cannot be written. The raise is sent all the same (P2).
    pub fn keep(&self, unsent: &Unsent) -> Result<(), Failure> {
        let file = self.file(unsent.request.id);
        if !file.exists() && self.names().map_or(0, |names| names.len()) >= KEEP_MAX {
            return Err(Failure::Fault(format!(
                "The outbox holds {KEEP_MAX} raises. Look at them with `lockstep outbox`."
            )));
        }
        let text = serde_json::to_string_pretty(unsent)
            .map_err(|why| Failure::Fault(format!("The raise cannot be written down: {why}.")))?;
        write_whole(&file, text.as_bytes()).map_err(|why| trouble(&file, &why))
    }

    /// Drops a raise: something durable has it, it was refused, or its author said so.
    ///
    /// # Errors
    /// Where its file cannot be removed. It would be offered again, which is the same act (P6).
    pub fn drop(&self, id: CommandId) -> Result<(), Failure> {
        let file = self.file(id);
        match std::fs::remove_file(&file) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(trouble(&file, &why)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn names(&self) -> Result<Vec<PathBuf>, Failure> {
        let listing = match std::fs::read_dir(&self.folder) {
            Ok(listing) => listing,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(trouble(&self.folder, &why)),
        };
        // What a crash left half-written ends in `.part`: it was never sent, and is no raise.
        Ok(listing
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .take(KEEP_MAX)
            .collect())
    }

    /// The raises that are kept, oldest first, and the files that cannot be understood.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn list(&self) -> Result<(Vec<Unsent>, Vec<PathBuf>), Failure> {
        let mut kept = Vec::new();
        let mut strange = Vec::new();
        for file in self.names()? {
            let read = std::fs::read_to_string(&file).ok();
            match read.and_then(|text| serde_json::from_str::<Unsent>(&text).ok()) {
                Some(unsent) => kept.push(unsent),
                None => strange.push(file),
            }
        }
        kept.sort_by_key(|unsent| unsent.made_at);
        Ok((kept, strange))
    }

    /// What a live link may offer by itself now, for this person (P7, A5).
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn to_offer(&self, now: Timestamp, by: &Principal) -> Result<Vec<Unsent>, Failure> {
        let (mut kept, _) = self.list()?;
        kept.retain(|unsent| unsent.goes_by_itself(now) && unsent.by == *by);
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::os::unix::fs::PermissionsExt as _;

    use lockstep_proto::command::Command;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn unsent(seconds: i64) -> Unsent {
        let command = Command::CallLockDown {
            reason: None,
            place: None,
        };
        Unsent {
            campus: "north".parse().unwrap(),
            by: "person:ana".parse().unwrap(),
            made_at: at(seconds),
            shown: false,
            request: CommandRequest {
                id: CommandId(uuid::Uuid::now_v7()),
                claimed_at: Some(at(seconds)),
                pin: None,
                passkey: None,
                again: false,
                command,
            },
        }
    }

    #[test]
    fn p7_a_raise_is_offered_for_ten_minutes_and_then_asked_about() {
        let raise = unsent(0);
        for (now, goes) in [
            (0, true),
            (599, true),
            (600, false),
            (86_400, false),
            (-1, false),
        ] {
            assert_eq!(raise.goes_by_itself(at(now)), goes, "after {now} s");
        }
    }

    #[test]
    fn p7_a_late_raise_stays_on_disk_as_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::in_folder(folder.path().join("outbox"));
        let (old, new) = (unsent(0), unsent(500));
        outbox.keep(&new).unwrap();
        outbox.keep(&old).unwrap();
        let ana = "person:ana".parse().unwrap();
        assert_eq!(
            outbox.to_offer(at(700), &ana).unwrap(),
            std::slice::from_ref(&new)
        );
        assert_eq!(outbox.list().unwrap().0, [old.clone(), new.clone()]);
        // A5: another person's sign-in does not send it as its own.
        let ben = "person:ben".parse().unwrap();
        assert!(outbox.to_offer(at(700), &ben).unwrap().is_empty());
        outbox.drop(old.request.id).unwrap();
        outbox.drop(old.request.id).unwrap();
        assert_eq!(outbox.list().unwrap().0, [new]);
    }

    #[test]
    fn a_crash_while_writing_loses_no_other_raise_and_invents_none() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::in_folder(folder.path().to_owned());
        let raise = unsent(0);
        outbox.keep(&raise).unwrap();
        // What a crash leaves between creating the file and renaming it, and a file cut short.
        let text = serde_json::to_string(&unsent(1)).unwrap();
        std::fs::write(folder.path().join("a.part"), &text[..40]).unwrap();
        std::fs::write(folder.path().join("b.json"), &text[..40]).unwrap();
        let (kept, strange) = outbox.list().unwrap();
        assert_eq!(kept, std::slice::from_ref(&raise));
        assert_eq!(strange, [folder.path().join("b.json")]);
        let mode = std::fs::metadata(outbox.file(raise.request.id))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn p6_a_raise_keeps_its_id_from_disk_to_wire() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::in_folder(folder.path().to_owned());
        let mut raise = unsent(0);
        outbox.keep(&raise).unwrap();
        raise.shown = true;
        outbox.keep(&raise).unwrap();
        assert_eq!(outbox.list().unwrap().0, [raise]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let outbox = Outbox::in_folder(file.join("outbox"));
        assert!(outbox.keep(&unsent(0)).is_err());
    }
}
