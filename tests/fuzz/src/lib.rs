//! Whatever comes in from elsewhere, as arbitrary bytes: what each target takes, and what has to
//! hold of what it makes of them. A panic is what was found; where none is, nothing was.
//!
//! They are tried with mutations of what they begin with: for a moment by `tests/run`, and as long as
//! anybody likes by `just fuzz` (`short.rs`). `just guided` mutates what reached new code (`guided.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is what a target finds"
)]

pub mod imports;
pub mod mutate;
pub mod proofs;
pub mod seeds;
pub mod wire;

/// Something that takes bytes from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// What a client sends over a socket.
    ClientFrame,
    /// What a server sends, as a screen takes it (R3): a frame a line.
    ServerFrame,
    /// What is sent to a route.
    Body,
    /// A sign-in's token (A5).
    Token,
    /// An incident script.
    Script,
    /// A directory file.
    Directory,
    /// Lists of people, rooms and displays.
    Lists,
    /// OneRoster files.
    OneRoster,
    /// Signed heads and proofs (T2, S6).
    Note,
    /// An exported timeline (T2).
    Export,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 10] = [
        Self::ClientFrame,
        Self::ServerFrame,
        Self::Body,
        Self::Token,
        Self::Script,
        Self::Directory,
        Self::Lists,
        Self::OneRoster,
        Self::Note,
        Self::Export,
    ];

    /// As it is called, and the folder below `corpus` with what it begins with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientFrame => "client_frame",
            Self::ServerFrame => "server_frame",
            Self::Body => "body",
            Self::Token => "token",
            Self::Script => "script",
            Self::Directory => "directory",
            Self::Lists => "lists",
            Self::OneRoster => "oneroster",
            Self::Note => "note",
            Self::Export => "export",
        }
    }

    /// The target of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// How often the short form tries it: each a second or two of a debug build.
    #[must_use]
    pub fn tries(self) -> usize {
        match self {
            Self::ClientFrame | Self::Body | Self::Token | Self::Note => 6_000,
            Self::ServerFrame => 1_500,
            Self::Script => 600,
            Self::Directory => 3_000,
            Self::OneRoster => 1_000,
            Self::Lists => 800,
            Self::Export => 600,
        }
    }

    /// Takes some bytes.
    ///
    /// # Panics
    /// Where something does not hold that has to.
    pub fn takes(self, bytes: &[u8]) {
        match self {
            Self::ClientFrame => wire::client_frame(bytes),
            Self::ServerFrame => wire::server_frames(bytes),
            Self::Body => wire::body(bytes),
            Self::Token => wire::token(bytes),
            Self::Script => imports::script(bytes),
            Self::Directory => imports::directory(bytes),
            Self::Lists => imports::lists(bytes),
            Self::OneRoster => imports::oneroster(bytes),
            Self::Note => proofs::note(bytes),
            Self::Export => proofs::export(bytes),
        }
    }
}
