//! Words that a seller writes once per language: product names, descriptions, greetings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The language every text falls back to.
pub const FALLBACK: &str = "en";

/// Languages in which a seller most likely writes: IETF tag, and the language's own name. Any other is known by its tag.
pub const SPOKEN: [(&str, &str); 15] = [
    ("en", "English"),
    ("ru", "Русский"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("it", "Italiano"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("pl", "Polski"),
    ("ar", "العربية"),
    ("fa", "فارسی"),
    ("hi", "हिन्दी"),
    ("id", "Indonesia"),
    ("zh", "中文"),
];

/// A language's own name; of one that is not known here, its tag.
pub fn own_name(tag: &str) -> &str {
    SPOKEN.iter().find(|(code, _)| *code == tag).map_or(tag, |(_, name)| name)
}

/// One text in several languages, by IETF language tag in lower case (`en`, `pt-br`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// A text in the fall-back language alone.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(FALLBACK.to_owned(), text.into())]))
    }

    /// Sets the text of one language; an empty text takes the language away.
    pub fn set(&mut self, language: &str, text: impl Into<String>) {
        let text = text.into();
        let language = language.to_ascii_lowercase();
        if text.is_empty() {
            self.0.remove(&language);
        } else {
            self.0.insert(language, text);
        }
    }

    /// Changes the text that a reader of `language` sees, and that alone; an empty text takes every language away.
    pub fn set_shown(&mut self, language: &str, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            self.0.clear();
            return;
        }
        let language = language.to_ascii_lowercase();
        let main = language.split('-').next().unwrap_or_default();
        let shown = [language.as_str(), main, FALLBACK].into_iter().find(|tag| self.0.contains_key(*tag)).map(str::to_owned);
        let shown = shown.or_else(|| self.0.keys().next().cloned()).unwrap_or(language);
        self.0.insert(shown, text);
    }

    /// The text for a reader of `language`: that language, else its main part, else English, else whatever there is, else nothing.
    pub fn get(&self, language: &str) -> &str {
        let language = language.to_ascii_lowercase();
        let main = language.split('-').next().unwrap_or_default();
        [language.as_str(), main, FALLBACK]
            .iter()
            .find_map(|tag| self.0.get(*tag))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// Whether no language has a text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every language with its text, in order of the tags.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tag, text)| (tag.as_str(), text.as_str()))
    }
}

impl FromIterator<(String, String)> for Localized {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let mut name = Localized::plain("Keys");
        name.set("ru", "Ключи");
        assert_eq!(name.get("ru-RU"), "Ключи");
        assert_eq!(name.get("de"), "Keys");
        let only_russian: Localized = [("ru".to_owned(), "Ключи".to_owned())].into_iter().collect();
        assert_eq!(only_russian.get("de"), "Ключи");
        assert_eq!(Localized::default().get("de"), "");
    }

    #[test]
    fn what_is_changed_is_what_was_seen() {
        let mut name: Localized = [("en".to_owned(), "Keys".to_owned()), ("ru".to_owned(), "Ключи".to_owned())].into_iter().collect();
        for (reader, text) in [("ru-RU", "Ключики"), ("de", "Fine keys"), ("en", "Finer keys")] {
            name.set_shown(reader, text);
            assert_eq!(name.get(reader), text);
        }
        assert_eq!(name.iter().collect::<Vec<_>>(), [("en", "Finer keys"), ("ru", "Ключики")]);
        let mut fresh = Localized::default();
        fresh.set_shown("ru", "Ключи");
        assert_eq!(fresh.iter().collect::<Vec<_>>(), [("ru", "Ключи")]);
        name.set_shown("ru", "");
        assert!(name.is_empty());
    }

    #[test]
    fn an_empty_text_takes_its_language_away() {
        let mut name = Localized::plain("Keys");
        assert!(!name.is_empty());
        name.set("PT-br", "Chaves");
        assert_eq!(name.get("pt-BR"), "Chaves", "in any letter case");
        name.set("EN", "");
        assert_eq!(name.iter().collect::<Vec<_>>(), [("pt-br", "Chaves")]);
        name.set("pt-br", "");
        assert!(name.is_empty());
    }
}
