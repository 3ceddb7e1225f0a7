//! A district's own sign-in provider that is frozen: whoever asks it is connected and hears nothing.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

/// The kernel takes its connections, and nobody reads them.
pub(crate) struct Provider {
    _nobody: TcpListener,
    folder: TempDir,
}

impl Provider {
    pub(crate) fn frozen() -> Self {
        let nobody = TcpListener::bind("127.0.0.1:0").expect("an address");
        let issuer = format!("http://{}", nobody.local_addr().expect("its own"));
        let folder = tempfile::tempdir().expect("a folder for its settings");
        let settings = json!({
            "public_url": "https://lockstep.school.example",
            "providers": [{ "district": "maple-valley", "issuer": issuer, "client_id": "lockstep", "person_claim": "employee_id",
                "client_secret": "secret" }],
        });
        let provider = Self {
            _nobody: nobody,
            folder,
        };
        let file = provider.settings();
        std::fs::write(&file, settings.to_string()).expect("written");
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, own).expect("its own");
        provider
    }

    /// The file that a server is told of it by.
    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.path().join("sign-on.json")
    }
}
