//! Where a server is: `http://` or `https://`, host and port. Never carries a token.

use std::fmt;
use std::str::FromStr;

/// A server's base address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// The text is not a server's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a server's address: expected for example http://127.0.0.1:7117 or https://lockstep.example.org"
)]
pub struct NotAnAddress(String);

impl Address {
    /// Where the server listens unless told otherwise.
    pub const DEFAULT: &'static str = "http://127.0.0.1:7117";

    /// The address of a path, which begins with `/`.
    #[must_use]
    pub fn of(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Where the WebSocket is.
    #[must_use]
    pub fn socket(&self) -> String {
        // `http` becomes `ws`, `https` becomes `wss`.
        format!("ws{}/v1/ws", self.0.trim_start_matches("http"))
    }
}

impl Default for Address {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let wrong = || NotAnAddress(text.chars().take(80).collect());
        let url: reqwest::Url = text.trim().parse().map_err(|_| wrong())?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !plain {
            return Err(wrong());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        let plain: Address = "http://127.0.0.1:7117/".parse().unwrap();
        assert_eq!(plain, Address::default());
        assert_eq!(plain.of("/v1/me"), "http://127.0.0.1:7117/v1/me");
        assert_eq!(plain.socket(), "ws://127.0.0.1:7117/v1/ws");
        let secure: Address = "https://school.example".parse().unwrap();
        assert_eq!(secure.socket(), "wss://school.example/v1/ws");
        for wrong in [
            "",
            "north",
            "ftp://x",
            "http://a@b",
            "http://x/?token=1",
            "http://x#c",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
