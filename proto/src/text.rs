//! What people type, on its way in (`Text`) and as a fact keeps it (`Words`).

use serde::{Deserialize, Serialize};

/// The longest free text of one field, in characters.
pub const TEXT_MAX: usize = 500;

/// One to 500 characters as somebody typed them: trimmed, no control characters but newlines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = TEXT_MAX, "pattern" = crate::schema::TEXT))
)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// Why a text was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// More than [`TEXT_MAX`] characters.
    #[error("the text is longer than {TEXT_MAX} characters")]
    TooLong,
    /// A control character other than a newline.
    #[error("the text has a control character")]
    Control,
}

impl Text {
    /// Trims and checks.
    pub fn new(text: impl AsRef<str>) -> Result<Self, TextError> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > TEXT_MAX {
            return Err(TextError::TooLong);
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(TextError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.0
    }
}

impl std::str::FromStr for Text {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

/// Free text of a fact (T5). It never stands in the hashed entry: there it is `sealed`, a
/// salted hash, and the words are a *detail* kept beside it, which an order may remove.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// The words themselves.
    Words(String),
    /// Their salted hash, where the words are withheld or removed.
    Sealed(String),
}

impl Words {
    /// The words, or what stands for them where they are not to be had.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Words(text) => text,
            Self::Sealed(_) => "(withheld)",
        }
    }
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Self::Words(text.0)
    }
}

impl From<&Text> for Words {
    fn from(text: &Text) -> Self {
        Self::Words(text.0.clone())
    }
}
