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
