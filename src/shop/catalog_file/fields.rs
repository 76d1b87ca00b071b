//! Reading nodes as what they should be, while all problems are collected.

use super::files::Files;
use super::node::{Entry, Node, Value};
use super::problem::Problem;
use crate::domain::language::Localized;
use crate::domain::spelling::nearest;

/// A catalog that is being read.
pub(super) struct Reading<'f> {
    /// What lies beside it; none: it came alone, and the shop has it.
    pub(super) files: Option<Files<'f>>,
    pub(super) problems: Vec<Problem>,
}

/// A mapping whose keys are all known.
pub(super) struct Fields<'n> {
    pub(super) line: usize,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// The value of a key, unless nothing was written for it.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value).filter(|node| node.value != Value::Nothing)
    }
}

impl Reading<'_> {
    pub(super) fn problem(&mut self, line: usize, what: impl Into<String>) {
        self.problems.push(Problem::at(line, what));
    }

    /// The node as a mapping with no other keys than `known`; `what` names it in a problem.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let Value::Map(entries) = &node.value else {
            self.problem(node.line, format!("{what} must be a mapping of {}", known.join(", ")));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let meant = nearest(&entry.key, known.iter().copied());
            let hint = match meant {
                Some(meant) => format!("did you mean {meant}?"),
                None if entry.value.value == Value::Nothing => "if it belongs to the text before, put that text in quotes".to_owned(),
                None => format!("it has {}", known.join(", ")),
            };
            self.problem(entry.line, format!("{what} has no {:?}: {hint}", entry.key));
        }
        Some(Fields { line: node.line, entries })
    }

    /// The node as a list; a list that is not written is empty.
    pub(super) fn list<'n>(&mut self, node: Option<&'n Node>, what: &str) -> &'n [Node] {
        match node.map(|node| (&node.value, node.line)) {
            None | Some((Value::Nothing, _)) => &[],
            Some((Value::List(items), _)) => items,
            Some((_, line)) => {
                self.problem(line, format!("{what} must be a list"));
                &[]
            }
        }
    }

    /// The node as text, of at most `chars_max` characters.
    pub(super) fn text(&mut self, node: &Node, what: &str, chars_max: usize) -> Option<String> {
        let Value::Text(text) = &node.value else {
            self.problem(node.line, format!("{what} must be text"));
            return None;
        };
        let chars = text.chars().count();
        if chars > chars_max {
            self.problem(node.line, format!("{what} has {chars} characters: at most {chars_max} fit"));
            return None;
        }
        if text.contains('\0') {
            self.problem(node.line, format!("{what} holds a zero character, which no database keeps"));
            return None;
        }
        Some(text.clone())
    }

    /// The node as text per language; plain text is English.
    pub(super) fn localized(&mut self, node: &Node, what: &str, chars_max: usize) -> Option<Localized> {
        let Value::Map(entries) = &node.value else {
            let text = self.text(node, what, chars_max)?;
            return Some(if text.trim().is_empty() { Localized::default() } else { Localized::plain(text) });
        };
        let mut localized = Localized::default();
        for (position, entry) in entries.iter().enumerate().filter(|(_, entry)| !is_rest(entry)) {
            let rest = entries.get(position + 1..).unwrap_or_default().iter().take_while(|entry| is_rest(entry));
            if !is_language(&entry.key) {
                let what = format!("{:?} is no language like en, ru or pt-br; a text with a comma in it stands in quotes", entry.key);
                self.problem(entry.line, what);
            } else if entry.value.value == Value::Nothing {
                let what = format!("{} has no text; if it belongs to the text before, put that text in quotes", entry.key);
                self.problem(entry.line, what);
            } else if let Some(text) = self.text(&rejoined(&entry.value, rest), what, chars_max).filter(|text| !text.trim().is_empty()) {
                localized.set(&entry.key, text);
            }
        }
        if let Some(first) = entries.first().filter(|entry| is_rest(entry)) {
            self.problem(first.line, format!("{:?} is no language like en, ru or pt-br", first.key));
        }
        Some(localized)
    }

    /// Like [`Self::localized`], but it must be there and say something.
    pub(super) fn required_localized(&mut self, fields: &Fields<'_>, key: &str, what: &str, chars_max: usize) -> Option<Localized> {
        let Some(node) = fields.get(key) else {
            self.problem(fields.line, format!("{what} has no {key}"));
            return None;
        };
        let localized = self.localized(node, key, chars_max)?;
        if localized.is_empty() {
            self.problem(node.line, format!("the {key} of {what} is empty"));
            return None;
        }
        Some(localized)
    }
}

/// Whether this is what YAML makes of a comma in `{ en: One year, one computer }`: a key that is no language, and nothing for it.
fn is_rest(entry: &Entry) -> bool {
    entry.value.value == Value::Nothing && !is_language(&entry.key)
}

/// The text that was meant: what stands before the comma, and all that stands after it.
fn rejoined<'n>(node: &Node, rest: impl Iterator<Item = &'n Entry>) -> Node {
    let mut node = node.clone();
    if let Value::Text(text) = &mut node.value {
        for entry in rest {
            text.push_str(if entry.after_bare_comma { "," } else { ", " });
            text.push_str(&entry.key);
        }
    }
    node
}

/// Whether `tag` is an IETF language tag as Telegram and people write them: `en`, `pt-br`, `zh-hans`.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let main = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    main && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::super::node::parse;
    use super::*;

    fn read(yaml: &str) -> (Option<Localized>, Vec<Problem>) {
        let mut reading = Reading { files: None, problems: Vec::new() };
        let localized = reading.localized(&parse(yaml).unwrap(), "name", 40);
        (localized, reading.problems)
    }

    #[test]
    fn a_text_with_commas_is_read_whole_though_it_stands_without_quotes() {
        let (read, problems) = read("{ en: One year, one computer, 10,000 files., ru: Ключ, и всё }");
        assert_eq!(problems, []);
        let read = read.unwrap();
        assert_eq!(read.get("en"), "One year, one computer, 10,000 files.");
        assert_eq!(read.get("ru"), "Ключ, и всё");
    }

    #[test]
    fn what_may_be_a_text_or_a_language_is_asked_about() {
        for yaml in ["{ en: Yes, no }", "{ english: Yes }", "{ one, en: Yes }", "{ en: [a] }"] {
            assert_eq!(read(yaml).1.len(), 1, "{yaml}");
        }
        assert_eq!(read("Just English").0.unwrap().get("en"), "Just English");
    }
}
