//! YAML as a tree in which every node knows its line. Scalars stay the text that was written: a price of `9.90` keeps its zero and a key
//! of `0012` its zeros. What makes YAML dangerous or ambiguous is refused: anchors and aliases, several documents, keys written twice.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::problem::Problem;

/// Deepest nesting of a catalog; a picture of it needs six.
const DEPTH_MAX: usize = 16;
/// Most keys of one mapping: a product has fifteen at most, a text as many as there are languages.
const KEYS_MAX: usize = 100;

/// One value of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing was written, or `~`, or `null`.
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a mapping and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Node,
    /// Whether nothing but a comma stands between the value before and this key, as in `{ en: 10,000 }`.
    pub(super) after_bare_comma: bool,
}

/// A list or mapping that is not closed yet.
enum Open {
    List {
        line: usize,
        items: Vec<Node>,
    },
    /// `end` is where the last text ended, counted in characters; with a key goes whether it follows after a bare comma.
    Map {
        line: usize,
        entries: Vec<Entry>,
        key: Option<(usize, String, bool)>,
        end: usize,
    },
}

/// The one document in `text`.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        // What is missing at the end of the file is missed on its last line, not on one that is not there.
        let line_of = |line: usize| line.min(text.lines().count()).max(1);
        let (event, span) =
            event.map_err(|error| Problem::at(line_of(error.marker().line()), format!("this is no YAML: {}", error.info())))?;
        let Some(node) = step(&mut open, event, span)? else { continue };
        let line = node.line;
        match open.last_mut() {
            Some(parent) => parent.put(node, span)?,
            None if root.is_some() => return Err(Problem::at(line, "a second document begins here: a catalog is one document")),
            None => root = Some(node),
        }
    }
    root.ok_or_else(|| Problem::at(1, "the file is empty"))
}

/// What an event finishes: a scalar at once, a list or a mapping with its end.
fn step(open: &mut Vec<Open>, event: Event<'_>, span: Span) -> Result<Option<Node>, Problem> {
    let line = span.start.line();
    let finished = match event {
        Event::Alias(_) => return Err(Problem::at(line, "aliases (*name) are not understood: write it out")),
        Event::Scalar(text, style, anchor, _) => {
            no_anchor(anchor, line)?;
            let nothing = style == ScalarStyle::Plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
            Some(Node { line, value: if nothing { Value::Nothing } else { Value::Text(text.into_owned()) } })
        }
        Event::SequenceStart(anchor, _) => {
            no_anchor(anchor, line)?;
            open.push(Open::List { line, items: Vec::new() });
            None
        }
        Event::MappingStart(anchor, _) => {
            no_anchor(anchor, line)?;
            open.push(Open::Map { line, entries: Vec::new(), key: None, end: 0 });
            None
        }
        Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
        Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => None,
    };
    if open.len() > DEPTH_MAX {
        return Err(Problem::at(line, format!("lists and mappings are nested more than {DEPTH_MAX} deep")));
    }
    Ok(finished)
}

fn no_anchor(anchor: usize, line: usize) -> Result<(), Problem> {
    if anchor == 0 { Ok(()) } else { Err(Problem::at(line, "anchors (&name) are not understood: write it out")) }
}

impl Open {
    fn close(self) -> Node {
        match self {
            Self::List { line, items } => Node { line, value: Value::List(items) },
            Self::Map { line, entries, .. } => Node { line, value: Value::Map(entries) },
        }
    }

    fn put(&mut self, node: Node, span: Span) -> Result<(), Problem> {
        match self {
            Self::List { items, .. } => items.push(node),
            Self::Map { entries, key, end, .. } => match key.take() {
                Some((line, key, after_bare_comma)) => {
                    if node.value != Value::Nothing {
                        *end = span.end.index();
                    }
                    entries.push(Entry { line, key, value: node, after_bare_comma });
                }
                None => match node.value {
                    Value::Text(text) => {
                        if let Some(first) = entries.iter().find(|entry| entry.key == text) {
                            return Err(Problem::at(node.line, format!("{text} is written twice here, first on line {}", first.line)));
                        }
                        if entries.len() == KEYS_MAX {
                            return Err(Problem::at(node.line, format!("there are more than {KEYS_MAX} keys here")));
                        }
                        *key = Some((node.line, text, *end + 1 == span.start.index()));
                        *end = span.end.index();
                    }
                    _ => return Err(Problem::at(node.line, "a key must be a word")),
                },
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(line: usize, text: &str) -> Node {
        Node { line, value: Value::Text(text.to_owned()) }
    }

    #[test]
    fn scalars_stay_as_they_were_written_and_know_their_lines() {
        let node = parse("a: [0012, 9.90, no,\n  true]\nb:\n").unwrap();
        let list = Node { line: 1, value: Value::List(vec![text(1, "0012"), text(1, "9.90"), text(1, "no"), text(2, "true")]) };
        let Value::Map(entries) = node.value else { panic!("no mapping") };
        assert_eq!(entries[0], Entry { line: 1, key: "a".to_owned(), value: list, after_bare_comma: false });
        assert_eq!((entries[1].line, &entries[1].value.value), (3, &Value::Nothing));
    }

    #[test]
    fn what_is_dangerous_or_ambiguous_is_refused_with_its_line() {
        let deep = "[".repeat(10_000);
        for (yaml, line, word) in [
            ("a: &x 1\nb: *x", 1, "anchors"),
            ("a: 1\na: 2", 2, "twice"),
            ("a: 1\n---\nb: 2", 3, "second document"),
            ("a: 1\n b: 2", 2, "no YAML"),
            ("a:\n  ? [x]\n  : 1", 2, "key"),
            ("# nothing\n", 1, "empty"),
            (&deep, 1, ""),
        ] {
            let problem = parse(yaml).unwrap_err();
            assert_eq!(problem.line, line, "{yaml}: {problem}");
            assert!(problem.what.contains(word), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn junk_never_panics(junk in "[-a:&*!|>'\"{}\\[\\],#?%@` \t\n\r0\\\\~é\u{feff}\u{85}]{0,40}") {
            let _ = parse(&junk);
        }
    }
}
