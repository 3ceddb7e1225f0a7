//! Makes a page of its HTML: everything that it loads stands under the name of this build, so that
//! it comes from one release and may be kept, and every script that its first one needs is asked
//! for at once instead of one after the other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::as_text;

const FROM: &str = "=\"/web/";
const SCRIPT: &str = "<script type=\"module\" src=\"/web/";

/// The page as it is served. `files` are all there are, by name.
pub(super) fn page(html: &str, build: &str, files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut head = String::new();
    if let Some((_, after)) = html.split_once(SCRIPT)
        && let Some((entry, _)) = after.split_once('"')
    {
        for name in needed(entry, files) {
            // Writing to a string never fails.
            let _ = writeln!(head, "<link rel=\"modulepreload\" href=\"/web/{name}\">");
        }
    }
    html.replacen(SCRIPT, &format!("{head}{SCRIPT}"), 1)
        .replace(FROM, &format!("{FROM}{build}/"))
}

/// A script without its comments, which are for whoever reads the tree: a fifth of what a slow line
/// has to bring. Each is on lines of its own, and its lines stay, so that a fault names the right one.
pub(super) fn bare(script: &str) -> String {
    let mut inside = false;
    let mut bare = String::with_capacity(script.len());
    for line in script.lines() {
        let text = line.trim();
        let begins = text.starts_with("/**");
        let comment = inside || text.starts_with("//") || (begins && !ends_early(text));
        inside = (inside || begins && comment) && !text.ends_with("*/");
        if !comment {
            bare.push_str(line);
        }
        bare.push('\n');
    }
    bare
}

/// Whether code follows a comment on its line.
fn ends_early(text: &str) -> bool {
    text.find("*/").is_some_and(|at| at + 2 < text.len())
}

/// The scripts that one cannot begin without, those that it names first.
fn needed(entry: &str, files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut names = vec![entry.to_owned()];
    let mut at = 0;
    while let Some(text) = names.get(at).and_then(|name| files.get(name)) {
        for name in imports(&as_text(text)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        at += 1;
    }
    names.split_off(1)
}

/// What a script imports before it begins: each stands on a line of its own.
fn imports(script: &str) -> Vec<String> {
    let named = |line: &str| {
        let (_, from) = line.strip_suffix("';")?.rsplit_once("'./")?;
        Some(from.to_owned())
    };
    script
        .lines()
        .filter(|line| line.starts_with("import ") || line.starts_with("export "))
        .filter_map(named)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::super::{Files, SITE};
    use super::*;

    #[test]
    fn a_page_asks_at_once_for_what_it_cannot_begin_without() {
        let files = [
            (
                "a.js",
                "import './b.js';\nimport { c } from './c.js';\nimport('./late.js');\n",
            ),
            ("b.js", "export { c } from './c.js';\nimport './a.js';\n"),
            ("c.js", "// import './never.js';\n"),
        ]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let html =
            "<link href=\"/web/x.css\">\n<script type=\"module\" src=\"/web/a.js\"></script>";
        assert_eq!(
            page(html, "b1", &files.into()),
            "<link href=\"/web/b1/x.css\">\n\
             <link rel=\"modulepreload\" href=\"/web/b1/b.js\">\n\
             <link rel=\"modulepreload\" href=\"/web/b1/c.js\">\n\
             <script type=\"module\" src=\"/web/b1/a.js\"></script>"
        );
    }

    #[test]
    fn a_script_comes_without_its_comments_and_with_its_lines() {
        let script = "// One.\n/** Two. */\nlet a; // stays\n/** Three,\n * four.\n */\n\
                      const b = /** @type {X} */ (a);\n  /** @type {Y} */ c;\n";
        assert_eq!(
            bare(script),
            "\n\nlet a; // stays\n\n\n\nconst b = /** @type {X} */ (a);\n  /** @type {Y} */ c;\n"
        );
        // What looks like a comment is one: no text of ours goes over a line.
        for path in Files::iter().filter(|path| path.ends_with(".js")) {
            let text = Files::get(&path).unwrap().data;
            let text = std::str::from_utf8(&text).unwrap();
            let bare = bare(text);
            assert_eq!(bare.lines().count(), text.lines().count(), "{path}");
            for (line, was) in bare.lines().zip(text.lines()) {
                assert_eq!(line.matches('`').count() % 2, 0, "{path}: {line}");
                let left_out = line.is_empty() && !was.is_empty();
                assert!(
                    !left_out || was.trim_start().starts_with(['/', '*']),
                    "{path}: {was}"
                );
            }
        }
    }

    /// No script imports in a form that is overlooked, or what does not exist.
    #[test]
    fn every_import_is_found() {
        for path in Files::iter().filter(|path| path.ends_with(".js")) {
            let text = Files::get(&path).unwrap().data;
            let text = std::str::from_utf8(&text).unwrap();
            let found = imports(text);
            let written = text
                .lines()
                .filter(|line| {
                    line.contains(" from '") && !line.trim_start().starts_with(['/', '*'])
                })
                .count()
                + text
                    .lines()
                    .filter(|line| line.starts_with("import '"))
                    .count();
            assert_eq!(found.len(), written, "{path}: {found:?}");
            for name in found {
                assert!(SITE.files.contains_key(&name), "{path} imports {name}");
            }
        }
    }
}
