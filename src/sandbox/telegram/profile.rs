//! How the bot presents itself: commands, name, descriptions, menu button, per language.
//!
//! Source: Bot API, "setMyCommands" and its neighbours.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Call;
use super::refusal::{Answer, Refusal};
use super::state::State;

const COMMANDS_MAX: usize = 100;
const COMMAND_MAX: usize = 32;
const COMMAND_DESCRIPTION_MAX: usize = 256;
const NAME_MAX: usize = 64;
const DESCRIPTION_MAX: usize = 512;
const SHORT_DESCRIPTION_MAX: usize = 120;

/// The key of the commands that the call is about.
fn scope(call: &Call) -> Result<String, Refusal> {
    let scope = call.params.json("scope")?.unwrap_or_else(|| json!({"type": "default"}));
    let kind = scope.get("type").and_then(Value::as_str).unwrap_or_default();
    let scope = match kind {
        "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators" => kind.to_owned(),
        "chat" | "chat_administrators" | "chat_member" => {
            let chat_id = scope.get("chat_id").and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
            let known = chat_id.filter(|id| call.state.people.get(id).is_some_and(|person| person.wrote));
            format!("{kind}:{}", known.ok_or_else(Refusal::chat_not_found)?)
        }
        _ => return Err(Refusal::bad("can't parse BotCommandScope: unsupported type specified")),
    };
    Ok(format!("{scope}/{}", language(call)?))
}

fn language(call: &Call) -> Result<String, Refusal> {
    let code = call.params.text("language_code")?;
    if code.is_empty() || (code.len() == 2 && code.chars().all(|char| char.is_ascii_lowercase())) {
        return Ok(code.to_owned());
    }
    Err(Refusal::bad("invalid language code specified"))
}

/// `setMyCommands`
pub(crate) fn set_commands(call: &mut Call) -> Answer {
    let commands = call.params.list("commands")?.ok_or_else(|| Refusal::bad("can't parse commands: they are missing"))?;
    if commands.len() > COMMANDS_MAX {
        return Err(Refusal::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let mut checked = Vec::new();
    for command in &commands {
        let text = |name: &str| command.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = text("command").trim_start_matches('/');
        let named = (1..=COMMAND_MAX).contains(&name.len())
            && name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_');
        if !named {
            return Err(Refusal::bad("BOT_COMMAND_INVALID"));
        }
        if !(1..=COMMAND_DESCRIPTION_MAX).contains(&text("description").chars().count()) {
            return Err(Refusal::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
        checked.push(json!({"command": name, "description": text("description")}));
    }
    let scope = scope(call)?;
    call.state.profile.commands.insert(scope, checked);
    Ok(Value::Bool(true))
}

/// `getMyCommands`: exactly those of the scope and language.
pub(crate) fn commands(call: &Call) -> Answer {
    let scope = scope(call)?;
    Ok(Value::Array(call.state.profile.commands.get(&scope).cloned().unwrap_or_default()))
}

/// `deleteMyCommands`
pub(crate) fn delete_commands(call: &mut Call) -> Answer {
    let scope = scope(call)?;
    call.state.profile.commands.remove(&scope);
    Ok(Value::Bool(true))
}

/// The commands that a person sees: of the chat, of private chats, of the default; each in their language, then in none.
pub(crate) fn commands_for(state: &State, user_id: i64, language: &str) -> Vec<Value> {
    let scopes = [format!("chat:{user_id}"), "all_private_chats".to_owned(), "default".to_owned()];
    let keys = scopes.iter().flat_map(|scope| [format!("{scope}/{language}"), format!("{scope}/")]);
    keys.filter_map(|key| state.profile.commands.get(&key)).find(|commands| !commands.is_empty()).cloned().unwrap_or_default()
}

/// Stores a text of the call in its language; an empty one takes it away.
fn set(call: &Call, name: &str, most: usize) -> Result<(String, String), Refusal> {
    let text = call.params.text(name)?;
    if text.chars().count() > most {
        return Err(Refusal::bad(format!("bot {name} is too long", name = name.replace('_', " "))));
    }
    Ok((language(call)?, text.to_owned()))
}

fn store(texts: &mut BTreeMap<String, String>, (language, text): (String, String)) -> Value {
    if text.is_empty() {
        texts.remove(&language);
    } else {
        texts.insert(language, text);
    }
    Value::Bool(true)
}

/// The text for a language, or else the one for everybody.
fn pick<'t>(texts: &'t BTreeMap<String, String>, language: &str) -> Option<&'t String> {
    texts.get(language).or_else(|| texts.get(""))
}

/// The bot's name as somebody with this language sees it.
pub(crate) fn name_for(state: &State, language: &str) -> Option<String> {
    pick(&state.profile.names, language).cloned()
}

/// `setMyName`
pub(crate) fn set_name(call: &mut Call) -> Answer {
    let text = set(call, "name", NAME_MAX)?;
    Ok(store(&mut call.state.profile.names, text))
}

/// `getMyName`
pub(crate) fn name(call: &Call) -> Answer {
    let name = name_for(call.state, &language(call)?);
    Ok(json!({"name": name.unwrap_or_else(|| call.inner.bot(call.state).first_name)}))
}

/// `setMyDescription`
pub(crate) fn set_description(call: &mut Call) -> Answer {
    let text = set(call, "description", DESCRIPTION_MAX)?;
    Ok(store(&mut call.state.profile.descriptions, text))
}

/// `getMyDescription`
pub(crate) fn description(call: &Call) -> Answer {
    Ok(json!({"description": pick(&call.state.profile.descriptions, &language(call)?).cloned().unwrap_or_default()}))
}

/// `setMyShortDescription`
pub(crate) fn set_short_description(call: &mut Call) -> Answer {
    let text = set(call, "short_description", SHORT_DESCRIPTION_MAX)?;
    Ok(store(&mut call.state.profile.short_descriptions, text))
}

/// `getMyShortDescription`
pub(crate) fn short_description(call: &Call) -> Answer {
    Ok(json!({"short_description": pick(&call.state.profile.short_descriptions, &language(call)?).cloned().unwrap_or_default()}))
}

/// The chat whose menu button the call is about; 0 for all.
fn menu_chat(call: &Call) -> Result<i64, Refusal> {
    match call.params.int("chat_id")? {
        None => Ok(0),
        Some(_) => call.chat(),
    }
}

/// `setChatMenuButton`
pub(crate) fn set_menu_button(call: &mut Call) -> Answer {
    let button = call.params.json("menu_button")?.unwrap_or_else(|| json!({"type": "default"}));
    if !matches!(button.get("type").and_then(Value::as_str), Some("commands" | "default" | "web_app")) {
        return Err(Refusal::bad("can't parse MenuButton: unsupported type specified"));
    }
    let chat_id = menu_chat(call)?;
    call.state.profile.menu_buttons.insert(chat_id, button);
    Ok(Value::Bool(true))
}

/// `getChatMenuButton`
pub(crate) fn menu_button(call: &Call) -> Answer {
    let buttons = &call.state.profile.menu_buttons;
    let button = buttons.get(&menu_chat(call)?).or_else(|| buttons.get(&0)).cloned();
    Ok(button.unwrap_or_else(|| json!({"type": "commands"})))
}
