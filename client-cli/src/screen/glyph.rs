//! Huge letters: three by five points each, a few wider, drawn as full blocks so that a word can be
//! read from the back of a room and without colour.

/// Rows of points in a letter.
const HEIGHT: usize = 5;

fn points(letter: char) -> [&'static str; HEIGHT] {
    match letter {
        'A' => [" # ", "# #", "###", "# #", "# #"],
        'B' => ["## ", "# #", "## ", "# #", "## "],
        'C' => [" ##", "#  ", "#  ", "#  ", " ##"],
        'D' => ["## ", "# #", "# #", "# #", "## "],
        'E' => ["###", "#  ", "## ", "#  ", "###"],
        'F' => ["###", "#  ", "## ", "#  ", "#  "],
        'G' => [" ##", "#  ", "# #", "# #", " ##"],
        'H' => ["# #", "# #", "###", "# #", "# #"],
        'I' => ["#", "#", "#", "#", "#"],
        'K' => ["# #", "# #", "## ", "# #", "# #"],
        'L' => ["#  ", "#  ", "#  ", "#  ", "###"],
        'M' => ["#   #", "## ##", "# # #", "#   #", "#   #"],
        'N' => ["#  #", "## #", "# ##", "#  #", "#  #"],
        'O' => ["###", "# #", "# #", "# #", "###"],
        'P' => ["## ", "# #", "## ", "#  ", "#  "],
        'R' => ["## ", "# #", "## ", "# #", "# #"],
        'S' => [" ##", "#  ", " # ", "  #", "## "],
        'T' => ["###", " # ", " # ", " # ", " # "],
        'U' => ["# #", "# #", "# #", "# #", "###"],
        'V' => ["# #", "# #", "# #", "# #", " # "],
        'W' => ["#   #", "#   #", "# # #", "## ##", "#   #"],
        'Y' => ["# #", "# #", " # ", " # ", " # "],
        '-' => ["   ", "   ", "###", "   ", "   "],
        _ => ["  ", "  ", "  ", "  ", "  "],
    }
}

/// A word in huge letters, each point `wide` columns and `high` rows.
#[must_use]
pub fn huge(word: &str, wide: usize, high: usize) -> Vec<String> {
    let mut rows = Vec::new();
    for row in 0..HEIGHT {
        let line: Vec<String> = word
            .chars()
            .map(|letter| {
                points(letter)[row]
                    .chars()
                    .map(|point| if point == '#' { "█" } else { " " }.repeat(wide))
                    .collect()
            })
            .collect();
        let line = line.join(" ");
        rows.extend(std::iter::repeat_n(line, high));
    }
    rows
}

/// The lines of a heading as large as they fit; the plain words where nothing larger does.
#[must_use]
pub fn fitted(lines: &[&str], width: usize, height: usize) -> Vec<String> {
    for (wide, high) in [(3, 2), (2, 1), (1, 1)] {
        let drawn: Vec<Vec<String>> = lines.iter().map(|line| huge(line, wide, high)).collect();
        let widest = drawn
            .iter()
            .flatten()
            .map(|row| row.chars().count())
            .max()
            .unwrap_or(0);
        let tall = drawn.iter().map(Vec::len).sum::<usize>() + lines.len().saturating_sub(1);
        if widest <= width && tall <= height {
            return drawn.join(&String::new());
        }
    }
    lines.iter().map(|line| (*line).to_owned()).collect()
}
