//! `parse_mode=HTML`: tags to entities, with the refusals of the real one.
//!
//! Source: Bot API, "HTML style". Stricter in two points, on purpose, because both are documented rules whose breach shows a missing
//! escape: an `&` that begins no entity and a blockquote in a blockquote are refused, where the real one lets them pass.

use super::state::Entity;

/// A tag that waits for its end.
struct Open {
    tag: String,
    entity: Option<Entity>,
    /// Where its content begins, in UTF-16 units.
    begins: usize,
}

/// What is made of a text so far.
struct Parser<'a> {
    source: &'a str,
    /// Bytes of `source` that are done.
    at: usize,
    text: String,
    /// The length of `text` in UTF-16 units.
    units: usize,
    open: Vec<Open>,
    entities: Vec<Entity>,
}

/// Plain text and its entities, or what the real one says after "can't parse entities: ".
pub(crate) fn parse(source: &str) -> Result<(String, Vec<Entity>), String> {
    let mut parser = Parser { source, at: 0, text: String::new(), units: 0, open: Vec::new(), entities: Vec::new() };
    while let Some(next) = parser.rest().chars().next() {
        match next {
            '&' => {
                let decoded = parser.reference()?;
                parser.push(decoded);
            }
            '<' if parser.rest().starts_with("</") => parser.end_tag()?,
            '<' => parser.start_tag()?,
            other => {
                parser.at += other.len_utf8();
                parser.push(other);
            }
        }
    }
    if let Some(open) = parser.open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag));
    }
    // They are in the order of their ends; of two in the same place, the outer one goes first.
    parser.entities.reverse();
    parser.entities.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    Ok((parser.text, parser.entities))
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, char: char) {
        self.text.push(char);
        self.units += char.len_utf16();
    }

    /// Takes an `&...;`.
    fn reference(&mut self) -> Result<char, String> {
        let unescaped = format!("Unescaped \"&\" at byte offset {}", self.at);
        let (name, _) = self.rest().strip_prefix('&').and_then(|rest| rest.split_once(';')).ok_or_else(|| unescaped.clone())?;
        let decoded = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            _ => numeric(name).ok_or(unescaped)?,
        };
        self.at += name.len() + 2;
        Ok(decoded)
    }

    /// Takes `</tag>` and makes an entity of what it ends.
    fn end_tag(&mut self) -> Result<(), String> {
        let begins = self.at;
        let name = self.rest().strip_prefix("</").unwrap_or_default();
        let (name, _) = name.split_once('>').ok_or_else(|| format!("Unclosed end tag at byte offset {begins}"))?;
        self.at += name.len() + 3;
        let name = name.trim().to_ascii_lowercase();
        let open = self.open.pop().ok_or_else(|| format!("Unexpected end tag at byte offset {begins}"))?;
        if open.tag != name {
            return Err(format!("Unmatched end tag at byte offset {begins}, expected \"</{}>\", found \"</{name}>\"", open.tag));
        }
        self.close(open);
        Ok(())
    }

    fn close(&mut self, open: Open) {
        let length = self.units - open.begins;
        let Some(mut entity) = open.entity else { return };
        if length == 0 {
            return;
        }
        (entity.offset, entity.length) = (open.begins, length);
        if entity.kind == "pre" || entity.kind == "code" {
            // Neither may hold other entities; `<pre><code class="language-x">` is one `pre` with a language.
            let inner = self.entities.pop_if(|inner| inner.offset == entity.offset && inner.length == length && inner.kind == "code");
            self.entities.retain(|inner| inner.offset < open.begins);
            if entity.kind == "pre" {
                entity.language = inner.and_then(|code| code.language);
            }
        }
        let in_pre = self.open.iter().any(|outer| outer.tag == "pre");
        if entity.kind == "code" && !in_pre {
            entity.language = None;
        }
        self.entities.push(entity);
    }

    /// Takes `<tag attribute="value">`.
    fn start_tag(&mut self) -> Result<(), String> {
        let begins = self.at;
        self.at += 1;
        let tag = self.word().to_ascii_lowercase();
        if !TAGS.contains(&tag.as_str()) {
            return Err(format!("Unsupported start tag \"{tag}\" at byte offset {begins}"));
        }
        let mut attributes = Vec::new();
        loop {
            self.blank();
            let rest = self.rest();
            if rest.starts_with('>') {
                self.at += 1;
                break;
            }
            if rest.is_empty() {
                return Err(format!("Unclosed start tag \"{tag}\" at byte offset {begins}"));
            }
            attributes.push(self.attribute(&tag, begins)?);
        }
        let attribute = |name: &str| attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let entity = entity(&tag, attribute).map_err(|why| format!("{why} at byte offset {begins}"))?;
        if tag == "blockquote" && self.open.iter().any(|open| open.tag == "blockquote") {
            return Err(format!("Nested \"blockquote\" at byte offset {begins}"));
        }
        self.open.push(Open { tag, entity, begins: self.units });
        Ok(())
    }

    /// Takes `name="value"`, `name=value` or `name`.
    fn attribute(&mut self, tag: &str, begins: usize) -> Result<(String, String), String> {
        let name = self.word().to_ascii_lowercase();
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{tag}\" at byte offset {begins}"));
        }
        self.blank();
        if !self.rest().starts_with('=') {
            return Ok((name, String::new()));
        }
        self.at += 1;
        self.blank();
        let quote = self.rest().chars().next().filter(|char| matches!(char, '"' | '\''));
        if quote.is_some() {
            self.at += 1;
        }
        let mut value = String::new();
        loop {
            let next = self.rest().chars().next().ok_or_else(|| format!("Unclosed start tag at byte offset {begins}"))?;
            match (next, quote) {
                ('&', _) => value.push(self.reference()?),
                (next, Some(quote)) if next == quote => {
                    self.at += 1;
                    break;
                }
                (next, None) if next == '>' || next.is_ascii_whitespace() => break,
                (next, _) => {
                    self.at += next.len_utf8();
                    value.push(next);
                }
            }
        }
        Ok((name, value))
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|char: char| char.is_ascii_whitespace() || matches!(char, '>' | '=' | '/' | '"' | '\'' | '<'));
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at += word.len();
        word
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_ascii_start().len();
    }
}

const TAGS: [&str; 17] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "tg-spoiler",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-emoji",
    "tg-time",
];

/// The entity that a tag with these attributes makes; none for a link that leads nowhere.
fn entity<'v>(tag: &str, attribute: impl Fn(&str) -> Option<&'v str>) -> Result<Option<Entity>, String> {
    let plain = |kind: &str| Entity { kind: kind.to_owned(), ..Entity::default() };
    let entity = match tag {
        "b" | "strong" => plain("bold"),
        "i" | "em" => plain("italic"),
        "u" | "ins" => plain("underline"),
        "s" | "strike" | "del" => plain("strikethrough"),
        "tg-spoiler" => plain("spoiler"),
        "span" if attribute("class") == Some("tg-spoiler") => plain("spoiler"),
        "span" => return Err("Tag \"span\" must have class \"tg-spoiler\"".to_owned()),
        "pre" => plain("pre"),
        "code" => {
            let language = attribute("class").and_then(|class| class.strip_prefix("language-")).map(str::to_owned);
            Entity { language, ..plain("code") }
        }
        "blockquote" if attribute("expandable").is_some() => plain("expandable_blockquote"),
        "blockquote" => plain("blockquote"),
        "a" => return Ok(attribute("href").and_then(link).map(|url| Entity { url: Some(url), ..plain("text_link") })),
        "tg-emoji" => {
            let id = attribute("emoji-id").filter(|id| !id.is_empty() && id.chars().all(|char| char.is_ascii_digit()));
            let id = id.ok_or("Invalid custom emoji identifier specified")?;
            Entity { custom_emoji_id: Some(id.to_owned()), ..plain("custom_emoji") }
        }
        _ => {
            let unix = attribute("unix").and_then(|unix| unix.parse().ok()).ok_or("Invalid Unix time specified")?;
            let format = attribute("format").unwrap_or_default();
            if !time_format(format) {
                return Err("Invalid date-time format specified".to_owned());
            }
            let date_time_format = Some(format.to_owned()).filter(|format| !format.is_empty());
            Entity { unix_time: Some(unix), date_time_format, ..plain("date_time") }
        }
    };
    Ok(Some(entity))
}

/// `r|w?[dD]?[tT]?`
fn time_format(format: &str) -> bool {
    if format == "r" {
        return true;
    }
    let rest = format.strip_prefix('w').unwrap_or(format);
    let rest = rest.strip_prefix(['d', 'D']).unwrap_or(rest);
    rest.strip_prefix(['t', 'T']).unwrap_or(rest).is_empty()
}

/// The address of a link, made absolute; none when it is no address.
fn link(href: &str) -> Option<String> {
    let url = reqwest::Url::parse(href).or_else(|_| reqwest::Url::parse(&format!("http://{href}"))).ok()?;
    matches!(url.scheme(), "http" | "https" | "tg" | "ton" | "mailto" | "tel").then(|| url.to_string())
}

/// The character of `#38` or `#x26`.
fn numeric(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code).filter(|char| *char != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(String, usize, usize)> {
        parse(source).unwrap().1.into_iter().map(|entity| (entity.kind, entity.offset, entity.length)).collect()
    }

    #[test]
    fn offsets_count_utf16_units() {
        let (text, entities) = parse("😀 <b>bold &amp; <i>both</i></b>").unwrap();
        assert_eq!(text, "😀 bold & both");
        assert_eq!((entities[0].kind.as_str(), entities[0].offset, entities[0].length), ("bold", 3, 11));
        assert_eq!((entities[1].kind.as_str(), entities[1].offset, entities[1].length), ("italic", 10, 4));
    }

    #[test]
    fn every_documented_tag_is_known() {
        for tag in ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "code", "pre", "blockquote"] {
            assert_eq!(kinds(&format!("<{tag}>x</{tag}>")).len(), 1, "{tag}");
        }
        assert_eq!(kinds("<span class=\"tg-spoiler\">x</span>"), [("spoiler".to_owned(), 0, 1)]);
        assert_eq!(kinds("<blockquote expandable>x</blockquote>"), [("expandable_blockquote".to_owned(), 0, 1)]);
        assert_eq!(kinds("<a href='https://example.org/?a=1&amp;b=2'>x</a>"), [("text_link".to_owned(), 0, 1)]);
        assert_eq!(kinds("<tg-time unix=\"1700000000\" format=\"wDT\">soon</tg-time>"), [("date_time".to_owned(), 0, 4)]);
        assert_eq!(kinds("<tg-emoji emoji-id=\"5368324170671202286\">👍</tg-emoji>"), [("custom_emoji".to_owned(), 0, 2)]);
    }

    #[test]
    fn code_in_pre_is_one_block_with_a_language() {
        let (_, entities) = parse("<pre><code class=\"language-rust\">fn</code></pre>").unwrap();
        assert_eq!(entities.len(), 1);
        assert_eq!((entities[0].kind.as_str(), entities[0].language.as_deref()), ("pre", Some("rust")));
    }

    #[test]
    fn broken_markup_is_refused_by_name() {
        for (source, why) in [
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("<b><i>x</b></i>", "Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\""),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("<div>x</div>", "Unsupported start tag \"div\" at byte offset 0"),
            ("1 < 2", "Unsupported start tag \"\" at byte offset 2"),
            ("salt & pepper", "Unescaped \"&\" at byte offset 5"),
            ("&nbsp;", "Unescaped \"&\" at byte offset 0"),
            ("<a href=\"x", "Unclosed start tag at byte offset 0"),
            ("<b", "Unclosed start tag \"b\" at byte offset 0"),
            ("<tg-time unix=\"soon\">x</tg-time>", "Invalid Unix time specified at byte offset 0"),
        ] {
            assert_eq!(parse(source).unwrap_err(), why, "{source}");
        }
    }
}
