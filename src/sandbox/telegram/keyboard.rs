//! `reply_markup`, and what is refused in it.
//!
//! Source: Bot API, InlineKeyboardButton: exactly one action besides the text; callback_data is 1-64 bytes, copy_text 1-256 characters.
//! Its sizes (100 buttons, 8 a row) stand in no document; that is where clients and the real one begin to misbehave.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::wire::Params;

const BUTTONS_MAX: usize = 100;
const BUTTONS_A_ROW_MAX: usize = 8;
/// Bytes.
const CALLBACK_DATA_MAX: usize = 64;
/// Characters.
const COPY_TEXT_MAX: usize = 256;

/// What goes with a message.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Markup {
    /// Rows of inline buttons; none: no inline keyboard.
    pub keyboard: Vec<Vec<Value>>,
    /// A reply keyboard, its removal, or a forced reply.
    pub other: Option<Value>,
}

/// The parameter `reply_markup` of a new message.
pub(crate) fn any(params: &Params) -> Result<Markup, Refusal> {
    let Some(markup) = params.json("reply_markup")? else { return Ok(Markup::default()) };
    let Value::Object(fields) = &markup else { return Err(Refusal::bad("object expected as reply markup")) };
    if let Some(rows) = fields.get("inline_keyboard") {
        return Ok(Markup { keyboard: inline(rows)?, other: None });
    }
    let truth = |name: &str| fields.get(name) == Some(&Value::Bool(true));
    let placeholder = fields.get("input_field_placeholder").and_then(Value::as_str).unwrap_or_default();
    if placeholder.chars().count() > 64 {
        return Err(Refusal::bad("reply markup placeholder is too long"));
    }
    if let Some(rows) = fields.get("keyboard") {
        super::doors::check_keyboard(rows)?;
    }
    let other = fields.get("keyboard").is_some_and(Value::is_array) || truth("remove_keyboard") || truth("force_reply");
    Ok(Markup { keyboard: Vec::new(), other: other.then_some(markup) })
}

/// The parameter `reply_markup` of an edit, which can only be an inline keyboard; left out, there is none from now on.
pub(crate) fn of_edit(params: &Params) -> Result<Vec<Vec<Value>>, Refusal> {
    match any(params)? {
        Markup { keyboard, other: None } => Ok(keyboard),
        Markup { other: Some(_), .. } => Err(Refusal::bad("inline keyboard expected")),
    }
}

fn inline(rows: &Value) -> Result<Vec<Vec<Value>>, Refusal> {
    let rows = rows.as_array().ok_or_else(|| Refusal::bad("field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array"))?;
    let mut keyboard = Vec::new();
    for row in rows {
        let row = row.as_array().ok_or_else(|| Refusal::bad("inline keyboard row must be an Array"))?;
        if row.len() > BUTTONS_A_ROW_MAX {
            return Err(Refusal::bad("reply markup is too long"));
        }
        for button in row {
            check(button)?;
        }
        if !row.is_empty() {
            keyboard.push(row.clone());
        }
    }
    if keyboard.iter().map(Vec::len).sum::<usize>() > BUTTONS_MAX {
        return Err(Refusal::bad("reply markup is too long"));
    }
    Ok(keyboard)
}

const ACTIONS: [&str; 11] = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
];

fn check(button: &Value) -> Result<(), Refusal> {
    let wrong = |what: &str| Refusal::bad(format!("can't parse inline keyboard button: {what}"));
    let fields = button.as_object().ok_or_else(|| wrong("expected an Object"))?;
    let text = fields.get("text").ok_or_else(|| wrong("Can't find field \"text\""))?;
    let text = text.as_str().ok_or_else(|| wrong("Field \"text\" must be of type String"))?;
    if text.trim().is_empty() {
        return Err(wrong("Button text must be non-empty"));
    }
    let mut actions = ACTIONS.iter().filter(|action| fields.get(**action).is_some_and(|value| !value.is_null()));
    let action = *actions.next().ok_or_else(|| wrong("Text buttons are unallowed in the inline keyboard"))?;
    if actions.next().is_some() {
        return Err(wrong("Exactly one action must be used"));
    }
    check_style(fields)?;
    check_action(action, fields.get(action).unwrap_or(&Value::Null))
}

fn check_style(fields: &Map<String, Value>) -> Result<(), Refusal> {
    match fields.get("style").and_then(Value::as_str) {
        None if fields.get("style").is_none_or(Value::is_null) => Ok(()),
        Some("danger" | "success" | "primary") => Ok(()),
        _ => Err(Refusal::bad("can't parse inline keyboard button: invalid button style specified")),
    }
}

fn check_action(action: &str, value: &Value) -> Result<(), Refusal> {
    match action {
        "callback_data" => match value.as_str() {
            Some(data) if (1..=CALLBACK_DATA_MAX).contains(&data.len()) => Ok(()),
            _ => Err(Refusal::bad("BUTTON_DATA_INVALID")),
        },
        "copy_text" => match value.get("text").and_then(Value::as_str) {
            Some(text) if (1..=COPY_TEXT_MAX).contains(&text.chars().count()) => Ok(()),
            _ => Err(Refusal::bad("BUTTON_COPY_TEXT_INVALID")),
        },
        "url" => match value.as_str().map(reqwest::Url::parse) {
            Some(Ok(url)) if matches!(url.scheme(), "http" | "https" | "tg" | "ton") => Ok(()),
            _ => Err(Refusal::bad("BUTTON_URL_INVALID")),
        },
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(button: &Value) -> String {
        check(button).unwrap_err().description
    }

    #[test]
    fn a_button_does_exactly_one_thing() {
        assert_eq!(check(&json!({"text": "Buy", "callback_data": "b:1", "style": "success"})), Ok(()));
        assert!(refusal(&json!({"text": "Buy"})).ends_with("Text buttons are unallowed in the inline keyboard"));
        assert!(
            refusal(&json!({"text": "Buy", "callback_data": "b", "url": "https://example.org"}))
                .ends_with("Exactly one action must be used")
        );
        assert!(refusal(&json!({"text": " ", "callback_data": "b"})).ends_with("Button text must be non-empty"));
    }

    #[test]
    fn data_is_counted_in_bytes_and_copied_text_in_characters() {
        assert_eq!(check(&json!({"text": "x", "callback_data": "d".repeat(64)})), Ok(()));
        assert_eq!(refusal(&json!({"text": "x", "callback_data": "é".repeat(33)})), "Bad Request: BUTTON_DATA_INVALID");
        assert_eq!(refusal(&json!({"text": "x", "callback_data": ""})), "Bad Request: BUTTON_DATA_INVALID");
        assert_eq!(check(&json!({"text": "x", "copy_text": {"text": "é".repeat(256)}})), Ok(()));
        assert_eq!(refusal(&json!({"text": "x", "copy_text": {"text": "e".repeat(257)}})), "Bad Request: BUTTON_COPY_TEXT_INVALID");
        assert_eq!(refusal(&json!({"text": "x", "url": "not a link"})), "Bad Request: BUTTON_URL_INVALID");
    }

    #[test]
    fn a_keyboard_has_an_end() {
        let button = json!({"text": "x", "callback_data": "x"});
        assert!(inline(&json!([vec![button.clone(); 8]])).is_ok());
        assert!(inline(&json!([vec![button.clone(); 9]])).is_err());
        assert!(inline(&json!(vec![vec![button.clone(); 5]; 20])).is_ok());
        assert!(inline(&json!(vec![vec![button; 5]; 21])).is_err());
    }
}
