//! An authority of one's own, and certificates by it, made with `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// An authority in `ca.pem`, and in `server.pem` and `server.key` a certificate by it for
/// `localhost` alone.
pub struct Certificates(TempDir);

const AUTHORITY: &str = r#"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout ca.key -out ca.pem -subj /CN=authority -days 2
"#;

/// Both files are there at once: whoever looks between them sees two that do not belong together.
const SERVER: &str = r#"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout new.key -out new.csr -subj /CN=server
echo subjectAltName=DNS:localhost >names
openssl x509 -req -in new.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" \
    -extfile names -out new.pem
chmod 600 new.key
mv new.key server.key
mv new.pem server.pem
"#;

impl Certificates {
    /// Makes them: the server's is good for so many days.
    #[must_use]
    pub fn good_for(days: i32) -> Self {
        let made = Self(tempfile::tempdir().expect("a folder for certificates"));
        made.run(AUTHORITY, 0);
        made.renew(days);
        made
    }

    /// Puts a new certificate and a new key in place.
    pub fn renew(&self, days: i32) {
        self.run(SERVER, days);
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The path of one of the files.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn run(&self, script: &str, days: i32) {
        let made = Command::new("sh")
            .args(["-ec", script, "sh", "", &days.to_string()])
            .current_dir(self.folder())
            .output()
            .expect("a shell");
        assert!(made.status.success(), "{made:?}");
    }
}
