//! How a command can end without being done, and the exit code of each way.

use lockstep_proto::code::Refusal;

/// Why a command did not do what was asked. Each sentence says what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A fault, or nobody to reach (exit 1).
    Fault(String),
    /// Asked in a way that cannot be done (exit 2).
    Usage(String),
    /// The server said no (exit 3).
    Refused(Refusal),
    /// Nobody knows whether a clear was recorded (exit 4).
    InDoubt(String),
    /// A raise is on screens alone, or not sent yet; the outbox keeps it (exit 5).
    Kept(String),
    /// A check or an expectation failed (exit 6).
    Failed(String),
}

impl Failure {
    /// The program's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Fault(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::InDoubt(_) => 4,
            Self::Kept(_) => 5,
            Self::Failed(_) => 6,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Fault(_) => "fault",
            Self::Usage(_) => "usage",
            Self::Refused(_) => "refused",
            Self::InDoubt(_) => "in_doubt",
            Self::Kept(_) => "kept",
            Self::Failed(_) => "failed",
        }
    }

    /// Prints it: for people on standard error, for programs as one JSON line on standard output.
    pub fn print(&self, json: bool) {
        if json {
            crate::context::say(&self.to_json().to_string());
        } else {
            eprintln!("{self}");
        }
    }

    /// The failure as programs read it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Refused(refusal) => {
                serde_json::json!({"answer": "refused", "refusal": refusal})
            }
            Self::Fault(words)
            | Self::Usage(words)
            | Self::InDoubt(words)
            | Self::Kept(words)
            | Self::Failed(words) => {
                serde_json::json!({"answer": self.name(), "message": words})
            }
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => {
                writeln!(
                    f,
                    "Refused ({}): {}",
                    refusal.code.as_str(),
                    refusal.message
                )?;
                for about in &refusal.about {
                    writeln!(f, "  about: {about}")?;
                }
                write!(f, "{}", refusal.advice)
            }
            Self::Fault(words)
            | Self::Usage(words)
            | Self::InDoubt(words)
            | Self::Kept(words)
            | Self::Failed(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Failure {}
