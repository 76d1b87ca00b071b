//! A text with entities as HTML that a browser may show: everything from the bot or from people is escaped, the tags are ours alone.

use super::state::Entity;

/// `text` with tags for its entities.
pub(crate) fn html(text: &str, entities: &[Entity]) -> String {
    let mut shown = String::with_capacity(text.len() + 64);
    let mut open: Vec<(&Entity, usize)> = Vec::new();
    let mut waiting = entities.iter().peekable();
    let mut units = 0;
    for char in text.chars() {
        close(&mut shown, &mut open, units);
        while let Some(entity) = waiting.next_if(|entity| entity.offset <= units) {
            // What reaches beyond the entity around it ends with that one: tags must nest.
            let end = entity.offset + entity.length;
            let end = open.last().map_or(end, |(_, outer)| end.min(*outer));
            if let (true, Some((tag, _))) = (end > units, tags(entity)) {
                shown.push_str(&tag);
                open.push((entity, end));
            }
        }
        escape(&mut shown, char);
        units += char.len_utf16();
    }
    close(&mut shown, &mut open, usize::MAX);
    shown
}

fn close(shown: &mut String, open: &mut Vec<(&Entity, usize)>, units: usize) {
    while let Some((entity, _)) = open.pop_if(|(_, end)| *end <= units) {
        if let Some((_, end)) = tags(entity) {
            shown.push_str(end);
        }
    }
}

/// How an entity begins and ends; none for those that look like plain text.
fn tags(entity: &Entity) -> Option<(String, &'static str)> {
    let plain = |tag: &str, end| Some((tag.to_owned(), end));
    match entity.kind.as_str() {
        "bold" => plain("<b>", "</b>"),
        "italic" => plain("<i>", "</i>"),
        "underline" => plain("<u>", "</u>"),
        "strikethrough" => plain("<s>", "</s>"),
        "spoiler" => plain("<span class=\"tg-spoiler\">", "</span>"),
        "code" => plain("<code>", "</code>"),
        "pre" => plain("<pre>", "</pre>"),
        "blockquote" => plain("<blockquote>", "</blockquote>"),
        "expandable_blockquote" => plain("<blockquote class=\"expandable\">", "</blockquote>"),
        "bot_command" => plain("<span class=\"command\">", "</span>"),
        "text_link" => {
            let url = entity.url.as_deref().filter(|url| ["http://", "https://", "tg://"].iter().any(|scheme| url.starts_with(scheme)))?;
            Some((format!("<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">", escaped(url)), "</a>"))
        }
        "date_time" => {
            let format = entity.date_time_format.as_deref().unwrap_or_default();
            Some((format!("<time data-unix=\"{}\" data-format=\"{}\">", entity.unix_time.unwrap_or(0), escaped(format)), "</time>"))
        }
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    let mut shown = String::new();
    text.chars().for_each(|char| escape(&mut shown, char));
    shown
}

fn escape(shown: &mut String, char: char) {
    match char {
        '&' => shown.push_str("&amp;"),
        '<' => shown.push_str("&lt;"),
        '>' => shown.push_str("&gt;"),
        '"' => shown.push_str("&quot;"),
        '\'' => shown.push_str("&#39;"),
        other => shown.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::telegram::html::parse;

    fn shown(source: &str) -> String {
        let (text, entities) = parse(source).unwrap();
        html(&text, &entities)
    }

    #[test]
    fn what_was_sent_is_shown_and_nothing_of_it_is_markup() {
        assert_eq!(shown("<b>a &lt;script&gt; <i>😀</i></b> &amp;"), "<b>a &lt;script&gt; <i>😀</i></b> &amp;");
        assert_eq!(shown("<tg-spoiler><b>KEY</b></tg-spoiler>"), "<span class=\"tg-spoiler\"><b>KEY</b></span>");
        assert_eq!(shown("<tg-time unix=\"5\" format=\"r\">now</tg-time>"), "<time data-unix=\"5\" data-format=\"r\">now</time>");
    }

    #[test]
    fn a_link_that_could_run_something_is_plain_text() {
        let link =
            Entity { kind: "text_link".to_owned(), offset: 0, length: 1, url: Some("javascript:alert(1)".to_owned()), ..Entity::default() };
        assert_eq!(html("x", &[link]), "x");
    }

    #[test]
    fn entities_that_cross_are_shown_nested() {
        let entity = |kind: &str, offset, length| Entity { kind: kind.to_owned(), offset, length, ..Entity::default() };
        assert_eq!(html("abc", &[entity("bold", 0, 2), entity("italic", 1, 2)]), "<b>a<i>b</i></b>c");
    }
}
