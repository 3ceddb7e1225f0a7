//! The keys that sign tokens: which of them signs, and until when each is believed.
//!
//! The first is derived from the master key and stands in no file. Others are random, in
//! `tokens.json` beside it, so that whoever learns one has learnt no other. The file is read again
//! every few seconds: keys change while the server runs, and on every instance it is copied to.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use lockstep_proto::Timestamp;
use serde::{Deserialize, Serialize};

use super::token::LIVE_MAX_S;
use super::{FORGIVEN_S, hex};

/// The key that every server has from its first start.
pub(super) const FIRST: &str = "1";

/// A token's life, and the hours for which its expiry is forgiven: so long a key that signs no
/// more is believed.
const BELIEVED_S: i64 = LIVE_MAX_S + FORGIVEN_S;

/// Keys that a ring holds.
const KEYS_MAX: usize = 16;
/// A ring is a few kilobytes.
const FILE_MAX: u64 = 64 * 1024;

/// Why a ring could not be had.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The file cannot be read or written.
    #[error("{path} cannot be used: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Others than its owner may read it.
    #[error(
        "{0} may be read by others than its owner: run `chmod 600 {0}`, rotate the keys, and retire those that stood in it"
    )]
    Open(PathBuf),
    /// There is no key of that name.
    #[error("there is no key {0}: `lockstep-server keys list` names them")]
    Unknown(String),
    /// It is the only one that signs.
    #[error(
        "{0} is the only key that signs: nobody could sign in any more. Rotate first, with `lockstep-server keys rotate`"
    )]
    Last(String),
    /// One is waiting already, or there are too many.
    #[error("{0}")]
    NotNow(String),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    Random,
}

/// One key, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    /// Its name, which the header of its tokens carries.
    pub id: String,
    /// What it is made of; the first has none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<Seed>,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// Until when its tokens are believed, where another signs in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub believed_until: Option<Timestamp>,
    /// From when nothing that it signed is believed: somebody else may have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seed(String);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// The file's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    keys: Vec<TokenKey>,
}

/// What a key is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is believed, and signs later.
    Waits,
    /// It signs.
    Signs,
    /// Another signs; its tokens are believed for their time.
    Believed,
    /// Its time is over.
    Over,
    /// Nothing that it signed is believed.
    Retired,
}

/// The keys of a server, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    keys: Vec<TokenKey>,
}

/// A key that can be used.
pub(super) struct Usable {
    pub(super) key: TokenKey,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
}

impl Ring {
    /// The ring of a server whose keys were never rotated.
    #[must_use]
    pub fn first() -> Self {
        Self {
            keys: vec![TokenKey {
                id: FIRST.to_owned(),
                seed: None,
                signs_from: Timestamp::UNIX_EPOCH,
                believed_until: None,
                retired_at: None,
            }],
        }
    }

    /// Where it stands in a folder of keys.
    #[must_use]
    pub fn file(folder: &Path) -> PathBuf {
        folder.join("tokens.json")
    }

    /// Reads it; without a file it is the first key alone.
    pub fn read(folder: &Path) -> Result<Self, RingError> {
        let path = Self::file(folder);
        let wrong = |why: &dyn std::fmt::Display| RingError::File {
            path: path.clone(),
            why: why.to_string(),
        };
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::first()),
            Err(error) => return Err(wrong(&error)),
        };
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(RingError::Open(path));
        }
        if meta.len() > FILE_MAX {
            return Err(wrong(&"it is larger than 64 KiB"));
        }
        let bytes = fs::read(&path).map_err(|why| wrong(&why))?;
        let Kept { keys } = serde_json::from_slice(&bytes).map_err(|why| wrong(&why))?;
        let ring = Self { keys };
        ring.usable(&[0; 32]).map_err(|why| wrong(&why))?;
        Ok(ring)
    }

    /// Puts it in place of the file before, whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<(), RingError> {
        let path = Self::file(folder);
        let wrong = |why: &dyn std::fmt::Display| RingError::File {
            path: path.clone(),
            why: why.to_string(),
        };
        let kept = Kept {
            keys: self.keys.clone(),
        };
        let text = serde_json::to_string_pretty(&kept).map_err(|why| wrong(&why))?;
        let beside = folder.join("tokens.json.new");
        let put = || -> io::Result<()> {
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            fs::File::open(folder)?.sync_all()
        };
        put().map_err(|why| wrong(&why))
    }

    /// Every key, the oldest first.
    #[must_use]
    pub fn keys(&self) -> &[TokenKey] {
        &self.keys
    }

    /// What each is at a moment.
    #[must_use]
    pub fn state(&self, key: &TokenKey, now: Timestamp) -> State {
        if key.retired_at.is_some() {
            State::Retired
        } else if key.believed_until.is_some_and(|until| until <= now) {
            State::Over
        } else if self.signer(now).is_some_and(|signs| signs.id == key.id) {
            State::Signs
        } else if now < key.signs_from {
            State::Waits
        } else {
            State::Believed
        }
    }

    /// The one that signs: the newest whose time has come.
    #[must_use]
    pub fn signer(&self, now: Timestamp) -> Option<&TokenKey> {
        let can = |key: &&TokenKey| key.retired_at.is_none();
        let begun = self.keys.iter().filter(can);
        begun
            .filter(|key| key.signs_from <= now)
            .max_by_key(|key| key.signs_from)
            // With a clock that is years behind somebody still signs in.
            .or_else(|| self.keys.iter().find(can))
    }

    /// Whether a key's tokens are believed. While the clock is in doubt time alone ends none of
    /// them (T4); one that was retired is not believed whatever the time is.
    #[must_use]
    pub fn believes(&self, id: &str, now: Timestamp, in_doubt: bool) -> bool {
        self.keys.iter().any(|key| {
            let over = key.believed_until.is_some_and(|until| until <= now);
            key.id == id && key.retired_at.is_none() && (in_doubt || !over)
        })
    }

    /// With a new key, which signs from a moment on. The one that signs until then is believed
    /// for a token's life and the hours that are forgiven. Answers the new one's name.
    pub fn rotate(&mut self, now: Timestamp, signs_from: Timestamp) -> Result<String, RingError> {
        if let Some(waits) = self.keys.iter().find(|key| now < key.signs_from) {
            return Err(RingError::NotNow(format!(
                "{} is to sign from {} on: rotate again after that",
                waits.id, waits.signs_from
            )));
        }
        let is_over = |key: &TokenKey| {
            let ended = key.retired_at.or(key.believed_until);
            ended.is_some_and(|at| at.as_second() + 30 * 86_400 < now.as_second())
        };
        self.keys.retain(|key| !is_over(key));
        if self.keys.len() >= KEYS_MAX {
            let many = format!(
                "{KEYS_MAX} keys are believed, or were until a month ago: retire some, and wait"
            );
            return Err(RingError::NotNow(many));
        }
        let mut bytes = [0; 36];
        rand::fill(&mut bytes).map_err(|_| RingError::Random)?;
        let (seed, name) = bytes.split_at(32);
        let until = signs_from.as_second().saturating_add(BELIEVED_S);
        let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX);
        for key in &mut self.keys {
            key.believed_until = key.believed_until.or(Some(until));
        }
        let id = format!("k-{}", hex(name));
        self.keys.push(TokenKey {
            id: id.clone(),
            seed: Some(Seed(URL_SAFE_NO_PAD.encode(seed))),
            signs_from,
            believed_until: None,
            retired_at: None,
        });
        Ok(id)
    }

    /// Ends a key at once: what it signed is no sign-in any more. One that waits to take its place signs
    /// from now on; where it is the one that waited, the one that signs goes on.
    pub fn retire(&mut self, id: &str, now: Timestamp) -> Result<(), RingError> {
        let at = self.keys.iter().position(|key| key.id == id);
        let at = at.ok_or_else(|| RingError::Unknown(id.to_owned()))?;
        let others = self.keys.iter_mut().filter(|key| key.id != id);
        let usable = others.filter(|key| {
            let is_over = key.believed_until.is_some_and(|until| until <= now);
            key.retired_at.is_none() && !is_over
        });
        let next = usable.max_by_key(|key| key.signs_from);
        let next = next.ok_or_else(|| RingError::Last(id.to_owned()))?;
        next.signs_from = next.signs_from.min(now);
        next.believed_until = None;
        if let Some(key) = self.keys.get_mut(at) {
            key.retired_at = key.retired_at.or(Some(now));
        }
        Ok(())
    }

    /// The keys, ready to sign and to check with. `first` is what the first is made of.
    pub(super) fn usable(&self, first: &[u8; 32]) -> Result<Vec<Usable>, String> {
        if self.keys.is_empty() || self.keys.len() > KEYS_MAX {
            return Err(format!("it holds {} keys", self.keys.len()));
        }
        let made = self.keys.iter().map(|key| {
            let seed = match (&key.seed, key.id == FIRST) {
                (None, true) => first.to_vec(),
                (Some(Seed(seed)), false) => URL_SAFE_NO_PAD
                    .decode(seed)
                    .map_err(|_| format!("the key {} is no base64", key.id))?,
                (Some(_), true) | (None, false) => {
                    return Err(format!("the key {} is not whole", key.id));
                }
            };
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
                .map_err(|_| format!("the key {} is not 32 bytes long", key.id))?;
            let der = pair
                .to_pkcs8()
                .map_err(|_| format!("the key {} cannot be used", key.id))?;
            Ok(Usable {
                key: key.clone(),
                encoding: EncodingKey::from_ed_der(der.as_ref()),
                decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            })
        });
        made.collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hours * 3_600).unwrap()
    }

    #[test]
    fn p2_a_rotated_key_is_believed_for_a_tokens_life_and_twelve_hours() {
        let mut ring = Ring::first();
        let new = ring.rotate(at(0), at(1)).unwrap();
        assert_eq!(ring.signer(at(0)).unwrap().id, FIRST);
        assert_eq!(ring.signer(at(1)).unwrap().id, new);
        // The new one is believed before it signs: another instance may have begun.
        assert!(ring.believes(&new, at(0), false));
        let lasts = 395 * 24 + 12;
        assert!(ring.believes(FIRST, at(lasts), false));
        assert!(!ring.believes(FIRST, at(1 + lasts), false));
        assert!(
            ring.believes(FIRST, at(1 + lasts), true),
            "while the clock is in doubt"
        );
        assert!(!ring.believes("another", at(0), true));
        assert!(ring.rotate(at(0), at(2)).is_err(), "one waits already");
        let states: Vec<State> = ring
            .keys()
            .iter()
            .map(|key| ring.state(key, at(2)))
            .collect();
        assert_eq!(states, [State::Believed, State::Signs]);
    }

    #[test]
    fn a_retired_key_is_believed_at_no_time_and_the_last_is_not_retired() {
        let mut ring = Ring::first();
        assert!(matches!(ring.retire(FIRST, at(0)), Err(RingError::Last(_))));
        assert!(matches!(
            ring.retire("x", at(0)),
            Err(RingError::Unknown(_))
        ));
        let later = ring.rotate(at(0), at(1)).unwrap();
        // One that may be in somebody else's hands ends now, and not when the next was to sign.
        ring.retire(FIRST, at(0)).unwrap();
        assert!(!ring.believes(FIRST, at(0), true));
        assert_eq!(ring.signer(at(0)).unwrap().id, later);
        assert!(matches!(
            ring.retire(&later, at(2)),
            Err(RingError::Last(_))
        ));
        assert_eq!(ring.signer(at(2)).unwrap().id, later);
        // And the one that waits may be the one that got about: then the other goes on.
        let waits = ring.rotate(at(2), at(3)).unwrap();
        ring.retire(&waits, at(2)).unwrap();
        assert_eq!(ring.signer(at(4)).unwrap().id, later);
        assert!(ring.believes(&later, at(100), false));
        ring.rotate(at(5), at(5)).unwrap();
    }

    #[test]
    fn a_retired_key_hands_over_to_the_one_that_waits_and_to_no_older_one() {
        let mut ring = Ring::first();
        let got_about = ring.rotate(at(0), at(0)).unwrap();
        let waits = ring.rotate(at(1), at(5)).unwrap();
        ring.retire(&got_about, at(2)).unwrap();
        assert_eq!(ring.signer(at(2)).unwrap().id, waits);
        assert!(ring.believes(FIRST, at(2), false));
    }

    #[test]
    fn a_ring_comes_back_as_it_was_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Ring::read(folder.path()).unwrap(), Ring::first());
        let mut ring = Ring::first();
        ring.rotate(at(0), at(0)).unwrap();
        ring.write(folder.path()).unwrap();
        assert_eq!(Ring::read(folder.path()).unwrap(), ring);
        assert!(!format!("{ring:?}").contains(&ring.keys[1].seed.as_ref().unwrap().0));
        let file = Ring::file(folder.path());
        for broken in [
            "",
            "{}",
            r#"{"keys":[]}"#,
            r#"{"keys":[{"id":"1","seed":"AA","signs_from":"2026-03-02T14:00:00Z"}]}"#,
        ] {
            fs::write(&file, broken).unwrap();
            let read = Ring::read(folder.path());
            assert!(matches!(read, Err(RingError::File { .. })), "{broken}");
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Ring::read(folder.path()), Err(RingError::Open(_))));
    }
}
