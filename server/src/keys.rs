//! The instance's secrets: one master key on disk, everything else derived from it.
//!
//! Made on first start, readable by its owner only, refused if others may read it. Heads,
//! tokens and seals each have their own key, so that none can be taken for another.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::DistrictId;
use lockstep_proto::note::{Checkpoint, NoteError, Origin, SigningKey, VerifierKey};
use lockstep_proto::timeline::LogId;

use crate::journal::Tip;

/// Why the keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key file {path} cannot be used: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Others than its owner may read it.
    #[error(
        "the key file {0} may be read by others than its owner: run `chmod 600 {0}`, and treat the key as known to them"
    )]
    Open(PathBuf),
    /// It is not a key.
    #[error("the key file {0} is not 32 bytes long: restore it from a backup")]
    Length(PathBuf),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    Random,
}

/// The instance's secrets.
pub struct Keys {
    master: [u8; 32],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keys {
    /// Reads the master key, or makes one on first start.
    pub fn open(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join("master.key");
        let wrong = |why| KeyError::File {
            path: path.clone(),
            why,
        };
        match fs::metadata(&path) {
            Ok(meta) => {
                if meta.permissions().mode() & 0o077 != 0 {
                    return Err(KeyError::Open(path));
                }
                let bytes = fs::read(&path).map_err(wrong)?;
                let master = bytes
                    .try_into()
                    .map_err(|_| KeyError::Length(path.clone()))?;
                Ok(Self { master })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(folder, &path),
            Err(error) => Err(wrong(error)),
        }
    }

    fn make(folder: &Path, path: &Path) -> Result<Self, KeyError> {
        let wrong = |why| KeyError::File {
            path: path.to_owned(),
            why,
        };
        let mut master = [0; 32];
        rand::fill(&mut master).map_err(|_| KeyError::Random)?;
        fs::create_dir_all(folder).map_err(wrong)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(wrong)?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(wrong)?;
        file.write_all(&master).map_err(wrong)?;
        file.sync_all().map_err(wrong)?;
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(wrong)?;
        Ok(Self { master })
    }

    /// Keys from a given master: for tests and benchmarks.
    #[must_use]
    pub fn from_master(master: [u8; 32]) -> Self {
        Self { master }
    }

    /// 32 bytes for one purpose and one district.
    #[must_use]
    pub fn derive(&self, purpose: &str, district: &str) -> [u8; 32] {
        let mut out = [0; 32];
        let prk = Salt::new(HKDF_SHA256, b"lockstep keys v1").extract(&self.master);
        let info: [&[u8]; 3] = [purpose.as_bytes(), b"\0", district.as_bytes()];
        let filled = prk
            .expand(&info, Length(32))
            .and_then(|okm| okm.fill(&mut out));
        // HKDF-SHA256 gives up to 8,160 bytes: 32 cannot fail.
        debug_assert!(filled.is_ok(), "32 bytes of HKDF");
        out
    }

    fn signer(&self, district: &DistrictId) -> Result<SigningKey, NoteError> {
        SigningKey::from_seed(district.as_str(), &self.derive("head", district.as_str()))
    }

    /// What checks the heads of a district's logs.
    pub fn verifier(&self, district: &DistrictId) -> Result<VerifierKey, NoteError> {
        self.signer(district)?.verifier()
    }

    /// The signed head of a log at its tip.
    pub fn sign_head(&self, log: &LogId, tip: &Tip) -> Result<String, NoteError> {
        let origin = Origin::new(
            log.district.as_str(),
            log.campus_name(),
            u64::from(tip.epoch),
        )?;
        let head = self.signer(&log.district)?.sign(&Checkpoint {
            origin,
            size: tip.position().seq,
            root: tip.root(),
        })?;
        Ok(head.as_str().to_owned())
    }

    /// Seals the raises of a district.
    #[must_use]
    pub fn seal(&self, district: &DistrictId) -> Arc<SealKey> {
        Arc::new(SealKey(self.sealer("seal", district)))
    }

    /// Seals what instances say to each other of a district.
    #[must_use]
    pub fn bus(&self, district: &DistrictId) -> Sealer {
        self.sealer("bus", district)
    }

    /// Seals what a browser keeps while it signs on with a district's own provider.
    #[must_use]
    pub(crate) fn sign_on(&self) -> Sealer {
        Sealer {
            key: self.derive("sign-on", ""),
        }
    }

    /// Says of a stamp that an instance of this school gave it.
    #[must_use]
    pub(crate) fn stamps(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.derive("passkey stamp", ""))
    }

    fn sealer(&self, purpose: &str, district: &DistrictId) -> Sealer {
        Sealer {
            key: self.derive(purpose, district.as_str()),
        }
    }
}

/// Seals bytes for one purpose and district (AES-256-GCM): others can neither read nor make them.
#[derive(Clone)]
pub struct Sealer {
    key: [u8; 32],
}

impl Sealer {
    fn aead(&self) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.key).ok()
    }

    /// Seals bytes for one log, or whatever else they are to stay with.
    #[must_use]
    pub fn seal(&self, of: &impl Display, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = self
            .aead()?
            .seal_in_place_append_tag(Aad::from(of.to_string()), &mut bytes)
            .ok()?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        Some(sealed)
    }

    /// Opens what was sealed for that; none if it is not one of ours.
    #[must_use]
    pub fn open(&self, of: &impl Display, sealed: &[u8]) -> Option<Vec<u8>> {
        const NONCE: usize = 12;
        let (nonce, cipher) = sealed.split_at_checked(NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut cipher = cipher.to_vec();
        let plain = self
            .aead()?
            .open_in_place(nonce, Aad::from(of.to_string()), &mut cipher)
            .ok()?;
        Some(plain.to_vec())
    }
}

/// Seals raises for screens to keep, so that any instance can take one back and knows that an
/// instance accepted it (R3). What a room's display keeps tells nobody who called.
pub struct SealKey(Sealer);

impl SealKey {
    /// Seals a fact for one log.
    #[must_use]
    pub fn seal(&self, log: &LogId, stamped: &Stamped) -> Option<String> {
        let sealed = self.0.seal(log, serde_json::to_vec(stamped).ok()?)?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a sealed fact of that log; none if it is not one of ours.
    #[must_use]
    pub fn open(&self, log: &LogId, sealed: &str) -> Option<Stamped> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let stamped: Stamped = serde_json::from_slice(&self.0.open(log, &sealed)?).ok()?;
        stamped.fact.class().is_raise().then_some(stamped)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;
    use lockstep_proto::Timestamp;
    use lockstep_proto::fact::{Author, Fact};
    use lockstep_proto::id::{CampusId, CommandId, FactId, PersonId, Principal};
    use lockstep_proto::role::Role;

    fn call() -> Stamped {
        Stamped {
            id: FactId(CommandId(uuid::Uuid::nil()).0),
            at: Timestamp::UNIX_EPOCH,
            claimed_at: None,
            by: Author {
                principal: Principal::Person(PersonId::new("ana").unwrap()),
                name: "Ana".into(),
                role: Role::Administrator,
                credential: None,
            },
            origin: None,
            fact: Fact::LockDownCalled {
                reason: None,
                place: None,
                answers: vec![],
                of_threat: None,
            },
        }
    }

    #[test]
    fn r3_a_sealed_raise_opens_for_its_own_log_only() {
        let district = DistrictId::new("d").unwrap();
        let keys = Keys::from_master([7; 32]);
        let key = keys.seal(&district);
        let here = LogId::campus(district.clone(), CampusId::new("a").unwrap());
        let there = LogId::campus(district, CampusId::new("b").unwrap());
        let sealed = key.seal(&here, &call()).unwrap();
        assert_eq!(key.open(&here, &sealed), Some(call()));
        assert_eq!(key.open(&there, &sealed), None);
        let other = keys.seal(&DistrictId::new("e").unwrap());
        assert_eq!(other.open(&here, &sealed), None);
        assert_eq!(key.open(&here, "AAAA"), None);
        assert!(!sealed.contains("Ana"));
    }

    #[test]
    fn the_key_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let made = Keys::open(&keys).unwrap();
        let again = Keys::open(&keys).unwrap();
        assert_eq!(made.derive("head", "d"), again.derive("head", "d"));
        assert_ne!(made.derive("head", "d"), made.derive("seal", "d"));
        assert_ne!(made.derive("head", "d"), made.derive("head", "e"));
        let path = keys.join("master.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::open(&keys), Err(KeyError::Open(_))));
    }

    /// The shell prints an error with all its causes: what the system said stands there once.
    #[test]
    fn what_the_system_said_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("no-folder");
        fs::write(&file, "").unwrap();
        let why = Keys::open(&file).err().unwrap();
        let said = format!("{:#}", anyhow::Error::from(why));
        assert_eq!(said.matches("Not a directory").count(), 1, "{said}");
    }
}
