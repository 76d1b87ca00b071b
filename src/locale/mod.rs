//! Every sentence the bot says, in every language it speaks. One [`Text`] per sentence, with typed parts; the words are Fluent files under
//! `locales/`, part of the binary.

mod part;
mod text;

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

pub use self::text::{Arg, Html, Text};
use crate::domain::language::FALLBACK;

/// The languages: IETF tag, the language's own name, its words.
const LANGUAGES: [(&str, &str, &str); 1] = [("en", "English", include_str!("../../locales/en/main.ftl"))];

/// Telegram's language codes and names of the languages spoken.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().map(|(code, name, _)| (*code, *name))
}

/// Longest language tag that is kept, in bytes: `zh-hant-hk` has ten.
const TAG_BYTES_MAX: usize = 12;

/// The words of one language. Copying it copies a reference.
#[derive(Clone, Copy)]
pub struct Words {
    spoken: &'static Spoken,
}

struct Spoken {
    code: &'static str,
    bundle: FluentBundle<FluentResource>,
}

/// The words nearest to an IETF tag: that language, else its main part, else English.
pub fn words(tag: &str) -> Words {
    let tag = tag.to_ascii_lowercase();
    let main = tag.split('-').next().unwrap_or_default();
    let find = |wanted: &str| all().iter().find(|spoken| spoken.code == wanted);
    let spoken = find(&tag).or_else(|| find(main)).or_else(|| find(FALLBACK)).unwrap_or_else(|| first());
    Words { spoken }
}

/// The language that somebody's own program speaks, as it tells: what a seller has written in it is theirs to read, also where the bot
/// itself speaks another one. No tag: the fall-back language.
pub fn own_language(told: Option<&str>) -> String {
    let told = told.unwrap_or_default().to_ascii_lowercase();
    let is_tag = !told.is_empty() && told.len() <= TAG_BYTES_MAX && told.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_tag { told } else { FALLBACK.to_owned() }
}

impl Words {
    /// The language's IETF tag.
    pub fn code(self) -> &'static str {
        self.spoken.code
    }

    /// A sentence for a message: HTML, with everything that came from outside escaped.
    pub fn html(self, text: Text<'_>) -> String {
        self.format(text, true)
    }

    /// A sentence for a button, a toast or a file: no HTML in it.
    pub fn plain(self, text: Text<'_>) -> String {
        self.format(text, false)
    }

    fn format(self, text: Text<'_>, html: bool) -> String {
        let mut args = FluentArgs::new();
        for (name, arg) in text.args() {
            match arg {
                Arg::Text(text) if html => args.set(name, escape(text)),
                Arg::Text(text) | Arg::Html(text) => args.set(name, text.to_owned()),
                Arg::Count(count) => args.set(name, count),
            }
        }
        self.lookup(text.key(), &args).or_else(|| Self { spoken: first() }.lookup(text.key(), &args)).unwrap_or_else(|| {
            // A test makes sure that this cannot happen; should it, silence would be worse.
            tracing::error!(key = text.key(), "a sentence is missing");
            text.key().to_owned()
        })
    }

    fn lookup(self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.spoken.bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let words: Cow<'_, str> = self.spoken.bundle.format_pattern(pattern, Some(args), &mut errors);
        errors.is_empty().then(|| words.into_owned())
    }
}

/// Escapes what has a meaning in Telegram's HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn first() -> &'static Spoken {
    // The list has at least one language, by its type.
    let [first, ..] = all();
    first
}

fn all() -> &'static [Spoken; LANGUAGES.len()] {
    static ALL: OnceLock<[Spoken; LANGUAGES.len()]> = OnceLock::new();
    ALL.get_or_init(|| LANGUAGES.map(|(code, _, source)| load(code, source)))
}

fn load(code: &'static str, source: &'static str) -> Spoken {
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, errors)| {
        tracing::error!(language = code, count = errors.len(), "a language file has errors");
        resource
    });
    let mut bundle = FluentBundle::new_concurrent(vec![code.parse().unwrap_or_default()]);
    // Otherwise every part is wrapped in invisible marks, and an address would be copied with them.
    bundle.set_use_isolating(false);
    if bundle.add_resource(resource).is_err() {
        tracing::error!(language = code, "a language file has a sentence twice");
    }
    Spoken { code, bundle }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::ast;

    use super::*;

    #[test]
    fn people_keep_their_own_language_when_it_is_one() {
        assert_eq!(own_language(Some("pt-BR")), "pt-br");
        assert_eq!(own_language(Some("ru")), "ru");
        for told in [None, Some(""), Some("a tongue"), Some("русский"), Some("x-very-long-and-private")] {
            assert_eq!(own_language(told), FALLBACK, "{told:?}");
        }
        assert_eq!(words("ru").code(), FALLBACK, "and are spoken to in one that the bot knows");
    }

    /// Every sentence of a file, with the names of its parts.
    fn sentences(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = fluent_syntax::parser::parse(source).expect("a language file must parse");
        let mut found = BTreeMap::new();
        for entry in &resource.body {
            if let ast::Entry::Message(message) = entry {
                let mut names = BTreeSet::new();
                variables(message.value.as_ref().expect("a sentence has words"), &mut names);
                assert!(found.insert(message.id.name.to_owned(), names).is_none(), "{} twice", message.id.name);
            }
        }
        found
    }

    fn variables(pattern: &ast::Pattern<&str>, names: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            let ast::PatternElement::Placeable { expression } = element else { continue };
            match expression {
                ast::Expression::Inline(inline) => variable(inline, names),
                ast::Expression::Select { selector, variants } => {
                    variable(selector, names);
                    for variant in variants {
                        variables(&variant.value, names);
                    }
                }
            }
        }
    }

    fn variable(inline: &ast::InlineExpression<&str>, names: &mut BTreeSet<String>) {
        if let ast::InlineExpression::VariableReference { id } = inline {
            names.insert(id.name.to_owned());
        }
    }

    #[test]
    fn every_language_has_every_sentence_with_the_same_parts() {
        let expected = sentences(LANGUAGES[0].2);
        for (code, _, source) in &LANGUAGES {
            assert_eq!(sentences(source), expected, "{code}");
        }
    }

    #[test]
    fn the_code_and_the_files_name_the_same_sentences_with_the_same_parts() {
        let mut used = BTreeMap::new();
        for text in Text::samples() {
            let names: BTreeSet<String> = text.args().into_iter().map(|(name, _)| name.to_owned()).collect();
            used.insert(text.key().to_owned(), names);
        }
        let files = sentences(LANGUAGES[0].2);
        let (in_code, in_file): (BTreeSet<_>, BTreeSet<_>) = (used.keys().collect(), files.keys().collect());
        assert_eq!(in_code.difference(&in_file).collect::<Vec<_>>(), Vec::<&&String>::new(), "in the code only");
        assert_eq!(in_file.difference(&in_code).collect::<Vec<_>>(), Vec::<&&String>::new(), "in the file only");
        for (key, names) in &files {
            assert!(names.is_subset(&used[key]), "{key}: {names:?} are not all among {:?}", used[key]);
        }
    }

    #[test]
    fn every_sentence_can_be_said_and_shows_nothing_of_its_making() {
        for (code, ..) in &LANGUAGES {
            let words = words(code);
            for text in Text::samples() {
                let html = words.html(text);
                assert_ne!(html, text.key(), "{code}: a part is missing");
                assert!(!html.contains(['\u{2068}', '\u{2069}', '{', '}']), "{code} {}: {html}", text.key());
                assert!(html.chars().count() <= 900, "{code} {}: too long", text.key());
                assert_balanced(&html);
            }
        }
    }

    fn assert_balanced(html: &str) {
        for tag in ["b", "i", "code", "u", "s", "tg-spoiler", "blockquote"] {
            let (open, close) = (html.matches(&format!("<{tag}>")).count(), html.matches(&format!("</{tag}>")).count());
            assert_eq!(open, close, "<{tag}> in {html}");
        }
    }

    #[test]
    fn what_comes_from_outside_is_escaped_in_messages_and_left_alone_on_buttons() {
        let words = words("en");
        let text = Text::FrontTitle { shop: "<b>&\"x" };
        assert!(words.html(text).contains("&lt;b&gt;&amp;&quot;x"));
        assert!(words.plain(text).contains("<b>&\"x"));
    }

    #[test]
    fn an_unknown_language_is_spoken_to_in_english() {
        assert_eq!(words("tlh-Latn").code(), "en");
        assert_eq!(words("EN-gb").code(), "en");
    }
}
