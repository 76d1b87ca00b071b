//! What each variable must look like. An error says what is wrong and what to write; it follows the variable's name, and never repeats
//! a value that may be secret.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use reqwest::Url;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;

use crate::domain::customer::CustomerId;
use crate::domain::spelling::nearest;
use crate::store::Place;

/// The shortest secret part of a token that is taken for a real one; they have 35 characters.
const TOKEN_SECRET_CHARS_MIN: usize = 20;
/// The ports to which Telegram delivers webhooks (Bot API, setWebhook).
const WEBHOOK_PORTS: [u16; 4] = [443, 80, 88, 8443];
/// The longest value that a report repeats: no secret is as short.
const SHOWN_CHARS_MAX: usize = 16;
/// The most questions a second that a shop may ask the provider.
const RATE_MAX: u32 = 100;
/// What may follow the `?` of a PostgreSQL address (sqlx 0.9, `PgConnectOptions`), beside `options[name]`. The driver would log anything else
/// with its value, which may be a secret.
const DATABASE_OPTIONS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];
const LOG_LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A bot's token. A short one, as fakes have, is taken only when the bot does not go to the real Telegram.
pub(super) fn token(text: &str, real_telegram: bool) -> Result<SecretString, String> {
    let wrong = || "does not look like a token: it is a number, a colon and 35 letters and digits, like 110201543:AAHdq...".to_owned();
    let (bot, secret) = text.split_once(':').ok_or_else(wrong)?;
    let number = !bot.is_empty() && bot.bytes().all(|b| b.is_ascii_digit());
    let letters = !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let long = secret.len() >= TOKEN_SECRET_CHARS_MIN || !real_telegram;
    if number && letters && long { Ok(SecretString::from(text)) } else { Err(wrong()) }
}

/// A key that travels in a header or signs something.
pub(super) fn secret(text: &str) -> Result<SecretString, String> {
    word(text).map(SecretString::from)
}

/// A word without spaces, in plain letters.
pub(super) fn word(text: &str) -> Result<String, String> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("holds a space or a letter that cannot stand in it: copy it again, alone on its line".to_owned())
    }
}

pub(super) fn owners(text: &str) -> Result<Vec<CustomerId>, String> {
    let mut owners = Vec::new();
    for part in text.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty()) {
        let id = part.parse::<i64>().ok().filter(|id| *id > 0).map(CustomerId);
        let id = id.ok_or_else(|| {
            format!(
                "holds {}, which is no Telegram user id: write numbers above zero, like 5234567890, with commas between them",
                shown(part)
            )
        })?;
        if !owners.contains(&id) {
            owners.push(id);
        }
    }
    Ok(owners)
}

/// A short value as it is; a long one may be a secret that was put into the wrong variable.
fn shown(value: &str) -> String {
    if value.chars().count() <= SHOWN_CHARS_MAX { format!("{value:?}") } else { "something long".to_owned() }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("is {}, which is no address with a port: write it like 0.0.0.0:8080 or [::1]:8080", shown(text)))
}

/// Questions a second.
pub(super) fn rate(text: &str) -> Result<u32, String> {
    let rate = text.parse().ok().filter(|rate| (1..=RATE_MAX).contains(rate));
    rate.ok_or_else(|| format!("is {}: write a whole number from 1 to {RATE_MAX}", shown(text)))
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("is {}: write true or false", shown(text))),
    }
}

pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.exists() && !path.is_dir() {
        return Err(format!("names {text}, which is not a folder"));
    }
    Ok(path)
}

pub(super) fn place(text: &str) -> Result<Place, String> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path {
            "" => Err("names no file: write it like sqlite:///var/lib/kiosk/kiosk.db".to_owned()),
            _ if path.contains(":memory:") => Err("must name a file: a shop in memory would forget its orders".to_owned()),
            _ if path.contains('?') => Err("has options after the file's name: write the path alone".to_owned()),
            _ => Ok(Place::Sqlite(PathBuf::from(path))),
        };
    }
    let url = Url::parse(text).map_err(|_| what_a_database_is())?;
    match url.scheme() {
        "postgres" | "postgresql" => match url.query_pairs().find(|(name, _)| !is_database_option(name)) {
            Some((name, _)) => Err(format!(
                "has {} after the ?, which is no option of a PostgreSQL connection here: take it out; known are {}",
                plain_name(&name),
                DATABASE_OPTIONS.join(", ")
            )),
            None => Ok(Place::Postgres(SecretString::from(text))),
        },
        _ => Err(what_a_database_is()),
    }
}

fn is_database_option(name: &str) -> bool {
    DATABASE_OPTIONS.contains(&name) || name.starts_with("options[")
}

/// The name of an option as it is. What has signs or digits in it may be the rest of a password that was cut by its own `?`.
fn plain_name(name: &str) -> &str {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-') { name } else { "something" }
}

fn what_a_database_is() -> String {
    "is no address of a database: write sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME".to_owned()
}

/// 32 bytes in base64 or in hex.
pub(super) fn data_key(text: &str) -> Result<[u8; 32], String> {
    let encodings = [&HEXLOWER_PERMISSIVE, &BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD];
    encodings.into_iter().filter_map(|encoding| encoding.decode(text.as_bytes()).ok()).find_map(|bytes| bytes.try_into().ok()).ok_or_else(
        || "is not 32 bytes in base64 or hex: make one with `openssl rand -base64 32` and keep it apart from the data".to_owned(),
    )
}

/// What is logged. A single word that is no level would be taken for a module, and then nothing at all would be logged.
pub(super) fn log_filter(text: &str) -> Result<String, String> {
    for part in text.split(',').map(str::trim) {
        let plain = part.chars().all(|c| c.is_ascii_alphanumeric());
        if plain && part != "kiosk" && !LOG_LEVELS.contains(&part.to_ascii_lowercase().as_str()) {
            let meant = nearest(part, LOG_LEVELS).map(|level| format!(" (did you mean {level}?)")).unwrap_or_default();
            return Err(format!("holds {}, which is no level{meant}: write one of {}", shown(part), LOG_LEVELS.join(", ")));
        }
    }
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("is no filter: write a level, or levels per module like info,hyper=warn,kiosk::jobs=debug".to_owned()),
    }
}

/// Where an API is. Plain `http` is for fakes and for a Bot API server of one's own in a private network.
pub(super) fn api_url(text: &str) -> Result<String, String> {
    url(text).map(|_| text.trim_end_matches('/').to_owned())
}

/// Where Telegram reaches the bot.
pub(super) fn public_url(text: &str, real_telegram: bool) -> Result<String, String> {
    let url = url(text)?;
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err("starts with http://: payments and goods need https://, only a loopback address may do without".to_owned());
    }
    let port = url.port_or_known_default().unwrap_or(443);
    if real_telegram && url.scheme() == "https" && !WEBHOOK_PORTS.contains(&port) {
        return Err(format!("has port {port}: Telegram delivers to the ports 443, 80, 88 and 8443 only"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn url(text: &str) -> Result<Url, String> {
    let example = "write it like https://shop.example.com";
    let url = Url::parse(text).map_err(|_| format!("is no address of a web server: {example}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("must start with https:// (or http://): {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("holds a user name or a password: {example}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("has something after a ? or a #: {example}"));
    }
    Ok(url)
}

/// Whether what is said to this address can be read on the way.
pub(super) fn is_in_the_open(api_url: &str) -> bool {
    Url::parse(api_url).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
