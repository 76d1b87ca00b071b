//! Texts and captions: parsing, trimming, limits, and the bot commands in them.
//!
//! Source: Bot API: a text has 1-4096, a caption 0-1024 UTF-16 units after entities parsing; `pre` and `code` hold no other entities and are
//! part of none but a blockquote.

use super::html;
use super::refusal::Refusal;
use super::state::Entity;
use super::wire::Params;

/// UTF-16 units.
const TEXT_MAX: usize = 4_096;
/// UTF-16 units.
const CAPTION_MAX: usize = 1_024;

/// A text with its entities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Formatted {
    pub text: String,
    pub entities: Vec<Entity>,
}

/// The parameter `text`, which must say something.
pub(crate) fn text(params: &Params) -> Result<Formatted, Refusal> {
    let formatted = read(params.text("text")?, params.text("parse_mode")?, params.list("entities")?)?;
    if formatted.text.is_empty() {
        return Err(Refusal::bad("message text is empty"));
    }
    if units(&formatted.text) > TEXT_MAX {
        return Err(Refusal::bad("message is too long"));
    }
    Ok(formatted)
}

/// The parameter `caption`, which may be empty.
pub(crate) fn caption(params: &Params) -> Result<Formatted, Refusal> {
    caption_of(params.text("caption")?, params.text("parse_mode")?, params.list("caption_entities")?)
}

/// The caption of one medium of several.
pub(crate) fn caption_of(text: &str, parse_mode: &str, entities: Option<Vec<serde_json::Value>>) -> Result<Formatted, Refusal> {
    let formatted = read(text, parse_mode, entities)?;
    if units(&formatted.text) > CAPTION_MAX {
        return Err(Refusal::bad("message caption is too long"));
    }
    Ok(formatted)
}

/// What a person typed: as it stands, with its commands marked.
pub(crate) fn typed(text: &str, entities: Vec<Entity>) -> Formatted {
    finish(text, entities)
}

/// The length of a text as Telegram counts it.
pub(crate) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn read(text: &str, parse_mode: &str, entities: Option<Vec<serde_json::Value>>) -> Result<Formatted, Refusal> {
    let (text, entities) = match parse_mode.to_ascii_lowercase().as_str() {
        "html" => html::parse(text).map_err(|why| Refusal::bad(format!("can't parse entities: {why}")))?,
        "" => (text.to_owned(), given(entities.unwrap_or_default())?),
        "markdown" | "markdownv2" => return Err(Refusal::bad("can't parse entities: the sandbox reads HTML only")),
        _ => return Err(Refusal::bad("unsupported parse_mode")),
    };
    Ok(finish(&text, entities))
}

/// Code stands alone: bold, italic, underline, strikethrough and spoiler end before it and go on behind it, and of a link and code in the
/// same place the one that begins first stays. Only a blockquote may hold code.
fn apart_from_code(entities: &[Entity]) -> Vec<Entity> {
    let is_code = |entity: &Entity| matches!(entity.kind.as_str(), "code" | "pre");
    let is_style = |entity: &Entity| matches!(entity.kind.as_str(), "bold" | "italic" | "underline" | "strikethrough" | "spoiler");
    let is_quote = |entity: &Entity| matches!(entity.kind.as_str(), "blockquote" | "expandable_blockquote");
    let mut apart: Vec<Entity> = Vec::new();
    for entity in entities.iter().filter(|entity| !is_style(entity)) {
        let taken = |other: &Entity| other.overlaps(entity) && !is_quote(other) && (is_code(other) || is_code(entity));
        if is_quote(entity) || !apart.iter().any(taken) {
            apart.push(entity.clone());
        }
    }
    let code = apart.iter().filter(|entity| is_code(entity)).cloned().collect::<Vec<_>>();
    for style in entities.iter().filter(|entity| is_style(entity)) {
        let mut from = style.offset;
        for code in code.iter().filter(|code| code.overlaps(style)) {
            if code.offset > from {
                apart.push(Entity { offset: from, length: code.offset - from, ..style.clone() });
            }
            from = from.max(code.offset + code.length);
        }
        let end = style.offset + style.length;
        if end > from {
            apart.push(Entity { offset: from, length: end - from, ..style.clone() });
        }
    }
    apart.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    apart
}

/// The entities of a call that names them itself.
fn given(entities: Vec<serde_json::Value>) -> Result<Vec<Entity>, Refusal> {
    let entity = |entity| serde_json::from_value(entity).map_err(|_| Refusal::bad("can't parse MessageEntity"));
    entities.into_iter().map(entity).collect()
}

/// Without the blank ends that Telegram cuts off.
fn finish(text: &str, mut entities: Vec<Entity>) -> Formatted {
    let length = units(text);
    entities.retain(|entity| entity.length > 0 && entity.offset.saturating_add(entity.length) <= length);
    let mut entities = apart_from_code(&entities);
    let first = entities.iter().map(|entity| entity.offset).min().unwrap_or(usize::MAX);
    let mut cut_units = 0;
    let mut cut_bytes = 0;
    for char in text.chars() {
        if !char.is_whitespace() || cut_units + char.len_utf16() > first {
            break;
        }
        cut_units += char.len_utf16();
        cut_bytes += char.len_utf8();
    }
    let text = text.get(cut_bytes..).unwrap_or_default().trim_end().to_owned();
    let length = units(&text);
    entities.retain_mut(|entity| {
        entity.offset = entity.offset.saturating_sub(cut_units);
        entity.length = entity.length.min(length.saturating_sub(entity.offset));
        entity.length > 0
    });
    let commands = commands(&text).filter(|command| !entities.iter().any(|entity| entity.hides(command))).collect::<Vec<_>>();
    entities.extend(commands);
    entities.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    Formatted { text, entities }
}

impl Entity {
    /// Whether a command at the place of `other` is not one, because it is code, a link or marked already.
    fn hides(&self, other: &Self) -> bool {
        matches!(self.kind.as_str(), "code" | "pre" | "text_link" | "url" | "bot_command") && self.overlaps(other)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.offset < other.offset + other.length && other.offset < self.offset + self.length
    }
}

/// `/word` and `/word@bot` that stand by themselves.
fn commands(text: &str) -> impl Iterator<Item = Entity> {
    let part_of_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '/' | '@');
    let mut found = Vec::new();
    let mut offset = 0;
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        if char == '/' && !part_of_word(before) {
            let word = text.get(at + 1..).unwrap_or_default();
            let end = word.find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '@'))).unwrap_or(word.len());
            let after = word.get(end..).and_then(|rest| rest.chars().next());
            if (1..=64).contains(&end) && !after.is_some_and(part_of_word) && !word.starts_with('@') {
                found.push(Entity { kind: "bot_command".to_owned(), offset, length: end + 1, ..Entity::default() });
            }
        }
        before = char;
        offset += char.len_utf16();
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_marked_where_they_stand_by_themselves() {
        let marked =
            |text: &str| typed(text, Vec::new()).entities.into_iter().map(|entity| (entity.offset, entity.length)).collect::<Vec<_>>();
        assert_eq!(marked("/start p_1"), [(0, 6)]);
        assert_eq!(marked("😀 /help@kiosk_bot, please"), [(3, 15)]);
        assert_eq!(marked("a/b //c / http://x/y"), []);
    }

    #[test]
    fn code_stands_alone() {
        let shape = |source: &str| {
            let formatted = read(source, "HTML", None).unwrap();
            formatted.entities.into_iter().map(|entity| (entity.kind, entity.offset, entity.length)).collect::<Vec<_>>()
        };
        let entity = |kind: &str, offset, length| (kind.to_owned(), offset, length);
        assert_eq!(shape("<tg-spoiler><code>KEY</code></tg-spoiler>"), [entity("code", 0, 3)], "goods in code are not hidden");
        assert_eq!(shape("<b>a<code>b</code>c</b>"), [entity("bold", 0, 1), entity("code", 1, 1), entity("bold", 2, 1)]);
        assert_eq!(shape("<a href='https://example.org'>a<code>b</code></a>"), [entity("text_link", 0, 2)]);
        assert_eq!(shape("<blockquote><code>b</code></blockquote>"), [entity("blockquote", 0, 1), entity("code", 0, 1)]);
    }

    #[test]
    fn blank_ends_are_cut_off_and_entities_move_along() {
        let bold = Entity { kind: "bold".to_owned(), offset: 2, length: 6, ..Entity::default() };
        let formatted = typed("  hello \n", vec![bold]);
        assert_eq!(formatted.text, "hello");
        assert_eq!((formatted.entities[0].offset, formatted.entities[0].length), (0, 5));
    }
}
