//! Writing YAML. Every text stands in double quotes, so that no text is ever taken for anything else.

use std::fmt::Write as _;

use crate::domain::language::Localized;

/// A YAML document that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    text: String,
}

impl Yaml {
    /// One line as it is, indented by so many steps of two spaces.
    pub(super) fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:width$}{line}", "", width = depth * 2);
    }

    /// `key: "text"`.
    pub(super) fn text(&mut self, depth: usize, key: &str, text: &str) {
        self.line(depth, &format!("{key}: {}", quoted(text)));
    }

    /// A key with its text per language; nothing when there is no text.
    pub(super) fn localized(&mut self, depth: usize, key: &str, localized: &Localized) {
        if !localized.is_empty() {
            self.line(depth, &format!("{key}: {}", languages(localized)));
        }
    }

    /// The finished document.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// `{ en: "...", ru: "..." }`.
pub(super) fn languages(localized: &Localized) -> String {
    let parts: Vec<String> = localized.iter().map(|(language, text)| format!("{}: {}", quoted(language), quoted(text))).collect();
    format!("{{ {} }}", parts.join(", "))
}

/// A text in double quotes (YAML 1.2.2, section 7.3.1), on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What a reader of YAML may take for a line break, drop, or refuse.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::node::{Value, parse};
    use super::*;

    fn read_back(text: &str) -> Value {
        parse(&format!("- {}\n", quoted(text))).map(|node| node.value).unwrap()
    }

    fn list_of(text: &str) -> Value {
        Value::List(vec![super::super::node::Node { line: 1, value: Value::Text(text.to_owned()) }])
    }

    #[test]
    fn texts_that_yaml_would_take_for_something_else_stay_texts() {
        for text in [
            "no",
            "~",
            "null",
            "0012",
            "- a",
            "a: b",
            " a ",
            "# a",
            "\"\\",
            "a\n\n  b\n",
            "\u{feff}x\u{85}y\u{2028}",
            "👩‍👩‍👧 ключ",
            "'",
            "---",
            "{a}",
            "\t",
            "",
        ] {
            assert_eq!(read_back(text), list_of(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was(text in "\\PC*|(?s:.{0,60})") {
            prop_assert_eq!(read_back(&text), list_of(&text));
        }
    }
}
