//! Writes HTML that cannot be broken out of: markup is in the source, every other word is
//! escaped on its way in. There is no third way to add to a page.

/// A page that is being written.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup: only what stands in the source.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, escaped. What would turn the direction of the text around it is replaced: on
    /// paper nobody can see that it was there.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => self.0.push('\u{fffd}'),
                c if c.is_control() && c != '\n' => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        self
    }

    /// A number.
    pub(super) fn number(&mut self, n: u64) -> &mut Self {
        self.0.push_str(&n.to_string());
        self
    }

    /// An element with nothing but text in it. `start` and `end` are its tags.
    pub(super) fn el(&mut self, start: &'static str, text: &str, end: &'static str) -> &mut Self {
        self.raw(start).text(text).raw(end)
    }

    /// A heading of a part, and the sentence below it.
    pub(super) fn part(&mut self, title: &'static str, about: &str) -> &mut Self {
        self.raw("<h2>").raw(title).raw("</h2>\n");
        if !about.is_empty() {
            self.el("<p class=\"about\">", about, "</p>\n");
        }
        self
    }

    /// A table's head, by its columns.
    pub(super) fn table(&mut self, columns: &[&'static str]) -> &mut Self {
        self.raw("<table><thead><tr>");
        for column in columns {
            self.raw("<th>").raw(column).raw("</th>");
        }
        self.raw("</tr></thead><tbody>\n")
    }

    /// A table's end.
    pub(super) fn end_table(&mut self) -> &mut Self {
        self.raw("</tbody></table>\n")
    }

    /// A cell of text.
    pub(super) fn cell(&mut self, text: &str) -> &mut Self {
        self.el("<td>", text, "</td>")
    }

    /// A cell of a number or time, which keeps to one line.
    pub(super) fn figure(&mut self, text: &str) -> &mut Self {
        self.el("<td class=\"n\">", text, "</td>")
    }

    /// A mark that stays.
    pub(super) fn badge(&mut self, text: &str) -> &mut Self {
        self.el("<span class=\"badge\">", text, "</span>")
    }

    pub(super) fn done(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t3_every_text_is_escaped() {
        let mut html = Html::default();
        html.text("<script>alert(\"x\")</script> & 'y' \u{202e}dne\u{7}");
        let text = html.done();
        assert_eq!(
            text,
            "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39; \u{fffd}dne\u{fffd}"
        );
    }
}
