//! Where a campus lies, for maps.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Millionths of a degree: a tenth of a metre, and no rounding that differs between machines.
const PER_DEGREE: i32 = 1_000_000;
const DECIMALS: usize = 6;

/// Latitude and longitude in degrees (WGS 84), as people copy them out of a map:
/// `40.712776, -74.005974`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("pattern" = crate::schema::COORDINATES))
)]
#[serde(try_from = "String", into = "String")]
pub struct Coordinates {
    latitude: i32,
    longitude: i32,
}

/// Why a text is no pair of coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "coordinates are latitude and longitude in degrees with at most six decimals, like \
     \"40.712776, -74.005974\""
)]
pub struct NotCoordinates;

impl FromStr for Coordinates {
    type Err = NotCoordinates;

    fn from_str(text: &str) -> Result<Self, NotCoordinates> {
        let (latitude, longitude) = text.split_once(',').ok_or(NotCoordinates)?;
        Ok(Self {
            latitude: degrees(latitude.trim(), 90)?,
            longitude: degrees(longitude.trim(), 180)?,
        })
    }
}

/// Degrees as millionths, no further from nought than `most`.
fn degrees(text: &str, most: i32) -> Result<i32, NotCoordinates> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(part) || whole.len() > 3 || part.len() > DECIMALS {
        return Err(NotCoordinates);
    }
    let number = |digits: &str| digits.parse::<i32>().map_err(|_| NotCoordinates);
    let millionths = number(whole)? * PER_DEGREE + number(&format!("{part:0<DECIMALS$}"))?;
    if millionths > most * PER_DEGREE {
        return Err(NotCoordinates);
    }
    Ok(sign * millionths)
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let degrees = |millionths: i32| {
            let sign = if millionths < 0 { "-" } else { "" };
            let (whole, part) = (millionths.abs() / PER_DEGREE, millionths.abs() % PER_DEGREE);
            format!("{sign}{whole}.{part:0>DECIMALS$}")
        };
        write!(f, "{}, {}", degrees(self.latitude), degrees(self.longitude))
    }
}

impl TryFrom<String> for Coordinates {
    type Error = NotCoordinates;

    fn try_from(text: String) -> Result<Self, NotCoordinates> {
        text.parse()
    }
}

impl From<Coordinates> for String {
    fn from(coordinates: Coordinates) -> Self {
        coordinates.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn what_a_map_gives_is_taken_and_given_back() {
        for (typed, said) in [
            ("40.712776, -74.005974", "40.712776, -74.005974"),
            ("40.5,-74", "40.500000, -74.000000"),
            ("-0.25, 180", "-0.250000, 180.000000"),
            ("90, -180.0", "90.000000, -180.000000"),
        ] {
            let read: Coordinates = typed.parse().unwrap();
            assert_eq!(read.to_string(), said);
            assert_eq!(said.parse(), Ok(read));
        }
    }

    #[test]
    fn nothing_else_is() {
        for bad in [
            "",
            "40.7",
            "91, 0",
            "0, 181",
            "90.000001, 0",
            "40.7128N, 74W",
            "40,7, -74,0",
            "1e2, 3",
            "--1, 2",
            "+1, 2",
            "40., 2",
            ".5, 2",
            "40.1234567, 2",
            "1, 2, 3",
            "NaN, 0",
            "١, 2",
        ] {
            assert_eq!(bad.parse::<Coordinates>(), Err(NotCoordinates), "{bad}");
        }
    }
}
