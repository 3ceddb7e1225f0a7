//! An enrolment code as a link, and that link as a QR code. It is never in a request: a browser
//! keeps what stands behind the `#` to itself.

use qrcode::QrCode;
use qrcode::render::{svg, unicode};

/// The page of a server that takes a code.
#[must_use]
pub fn link(origin: &str, code: &str) -> String {
    format!("{origin}/enrol#{code}")
}

/// For a page. Nothing, where a text is too long for any.
#[must_use]
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(
        code.render::<svg::Color<'_>>()
            .min_dimensions(240, 240)
            .build(),
    )
}

/// For a terminal: two squares in the height of a line.
#[must_use]
pub fn blocks(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    // Dark squares stay the terminal's ground and light ones are drawn: most terminals are dark.
    let drawn = code
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build();
    Some(drawn)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_code_is_drawn_for_a_page_and_for_a_terminal() {
        let link = link("https://lockstep.example.org", "ABCDE-FGHJK");
        assert_eq!(link, "https://lockstep.example.org/enrol#ABCDE-FGHJK");
        let drawn = svg(&link).unwrap();
        assert!(drawn.contains("<svg") && drawn.contains("<path"), "{drawn}");
        assert!(!drawn.contains("style="), "a page's policy takes no style");
        let blocks = blocks(&link).unwrap();
        // As broad as it is high, a light edge around it.
        let lines: Vec<&str> = blocks.lines().collect();
        let broad = lines[0].chars().count();
        assert!(
            lines.len() * 2 >= broad && lines.len() * 2 <= broad + 2,
            "{blocks}"
        );
        assert!(lines[0].chars().all(|c| c == '█'), "{blocks}");
        assert_eq!(svg(&"x".repeat(5_000)), None);
    }
}
