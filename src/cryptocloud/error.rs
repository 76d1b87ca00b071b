//! What can go wrong when the provider is asked, sorted by what a caller can do about it (fact sheet section 13).

use serde_json::value::RawValue;

use super::wire::{Fields, text};

/// Characters of the provider's own words that are kept.
const MESSAGE_CHARS_MAX: usize = 200;
/// A word as long as this may be a key, an address or a token, and is not repeated.
const WORD_CHARS_MAX: usize = 20;
/// How long to wait after a 429 that does not say so.
const RETRY_AFTER_SECS: u64 = 5;

/// Why the provider gave no answer that could be used. No text of it holds a key, an address or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The client cannot be made from these settings.
    #[error("the payment provider cannot be called: {0}")]
    Misconfigured(&'static str),
    /// The key is not accepted: nothing works until the operator acts.
    #[error("the payment provider does not accept the API key")]
    Unauthorized,
    /// The provider understood and does not want to. In its own words, cut and without long words.
    #[error("the payment provider refused: {message}")]
    Refused {
        /// What it is about, where that is said: `currency`, `validate_error`.
        field: Option<String>,
        message: String,
    },
    /// Nobody answers for the provider at this address: it may have moved.
    #[error("the payment provider is not at this address any more (HTTP status {status})")]
    Moved { status: u16 },
    /// Too many questions, by the provider's count or by ours.
    #[error("the payment provider wants no more questions for {retry_after_secs} s")]
    RateLimited { retry_after_secs: u64 },
    /// The provider is in trouble.
    #[error("the payment provider is out of order (HTTP status {status})")]
    Unavailable { status: u16 },
    /// The provider has not answered lately, and was not asked.
    #[error("the payment provider does not answer at present")]
    Away,
    /// The question was sent and no answer came in time.
    #[error("the payment provider did not answer in time")]
    Timeout,
    /// No connection, or one that broke.
    #[error("the payment provider cannot be reached")]
    Unreachable {
        /// Whether there was a connection, on which the question may have gone through.
        connected: bool,
    },
    /// An answer that cannot be understood.
    #[error("the payment provider answered something that cannot be understood: {0}")]
    Garbled(&'static str),
}

impl Error {
    /// Whether the same question may well be answered later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Away
            | Self::Timeout
            | Self::Unreachable { .. }
            | Self::Garbled(_) => true,
            Self::Misconfigured(_) | Self::Unauthorized | Self::Refused { .. } | Self::Moved { .. } => false,
        }
    }

    /// Whether a question about many may have failed because of one of them.
    pub fn may_be_about_one(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Garbled(_) | Self::Unavailable { .. })
    }

    /// Whether what was asked for may have been done all the same: then look for it before asking again.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Timeout | Self::Unavailable { .. } | Self::Garbled(_) => true,
            Self::Unreachable { connected } => *connected,
            Self::Misconfigured(_)
            | Self::Unauthorized
            | Self::Refused { .. }
            | Self::Moved { .. }
            | Self::RateLimited { .. }
            | Self::Away => false,
        }
    }

    /// What reqwest reports; its own text may hold the address that was called, and is dropped.
    pub(super) fn of_transport(error: &reqwest::Error) -> Self {
        match () {
            () if error.is_connect() => Self::Unreachable { connected: false },
            () if error.is_timeout() => Self::Timeout,
            () if error.is_builder() => Self::Misconfigured("a request cannot be built"),
            () => Self::Unreachable { connected: true },
        }
    }

    /// The meaning of an HTTP status other than success; `body` is read for the provider's words only.
    pub(super) fn of_status(status: u16, retry_after: Option<&str>, body: &str) -> Self {
        match status {
            401 | 403 => Self::Unauthorized,
            300..=399 | 404 | 410 => Self::Moved { status },
            406 | 408 | 425 | 500..=599 => Self::Unavailable { status },
            429 => {
                let told = retry_after.and_then(|secs| secs.trim().parse().ok());
                Self::RateLimited { retry_after_secs: told.unwrap_or(RETRY_AFTER_SECS) }
            }
            _ => Self::of_error_envelope(body),
        }
    }

    /// An error envelope: `result` is an object, a text or an array; `detail`, `message` and `error` occur beside or instead of it.
    pub(super) fn of_error_envelope(body: &str) -> Self {
        let Some(fields) = Fields::read(body) else { return Self::refused(None, "without a reason") };
        let found = fields.raw("result").and_then(reason).or_else(|| {
            let says = |name| fields.text(name).map(|message| (None, message));
            says("detail").or_else(|| says("message")).or_else(|| says("error"))
        });
        match found {
            Some((Some(field), _)) if field.eq_ignore_ascii_case("authorization") => Self::Unauthorized,
            Some((field, message)) => Self::refused(field.as_deref(), &message),
            None => Self::refused(None, "without a reason"),
        }
    }

    fn refused(field: Option<&str>, message: &str) -> Self {
        Self::Refused { field: field.map(presentable), message: presentable(message) }
    }
}

/// The field and the words in an error's `result`.
fn reason(raw: &RawValue) -> Option<(Option<String>, String)> {
    if let Some(fields) = Fields::read(raw.get()) {
        let named = |name: &String| fields.text(name).map(|message| (Some(name.clone()), message));
        // What is wrong with the key comes before what is wrong with the question.
        return fields
            .names()
            .find(|name| name.eq_ignore_ascii_case("authorization"))
            .and_then(named)
            .or_else(|| fields.names().find_map(named));
    }
    let of_array = || serde_json::from_str::<Vec<Box<RawValue>>>(raw.get()).ok()?.iter().find_map(|raw| text(raw));
    text(raw).or_else(of_array).map(|message| (None, message))
}

/// At most [`MESSAGE_CHARS_MAX`] characters on one line, without words that may be secrets.
fn presentable(message: &str) -> String {
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=' | ':');
    let words = message.split_inclusive(|c| !in_word(c)).map(|piece| {
        let word = piece.trim_end_matches(|c| !in_word(c));
        if word.chars().count() > WORD_CHARS_MAX { piece.replacen(word, "…", 1) } else { piece.to_owned() }
    });
    let line: String = words.collect::<String>().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(field: Option<&str>, message: &str) -> Error {
        Error::Refused { field: field.map(str::to_owned), message: message.to_owned() }
    }

    #[test]
    fn every_shape_of_an_error_is_read() {
        for (body, expected) in [
            (r#"{"status":"error","result":{"amount":"amount not passed."}}"#, refused(Some("amount"), "amount not passed.")),
            (r#"{"status":"error","result":{"validate_error":"Max 100 uuids"}}"#, refused(Some("validate_error"), "Max 100 uuids")),
            (r#"{"status":"error","result":"no"}"#, refused(None, "no")),
            (r#"{"status":"error","result":["no", "more"]}"#, refused(None, "no")),
            (r#"{"status":"error","message":"no"}"#, refused(None, "no")),
            (r#"{"error":"no"}"#, refused(None, "no")),
            (r#"{"detail":"no"}"#, refused(None, "no")),
            (r#"{"status":"error","result":null}"#, refused(None, "without a reason")),
            ("<html>", refused(None, "without a reason")),
            (r#"{"status":"error","result":{"amount":"x","authorization":"Unauthorized request."}}"#, Error::Unauthorized),
        ] {
            assert_eq!(Error::of_status(400, None, body), expected, "{body}");
        }
    }

    #[test]
    fn a_status_tells_what_to_do() {
        let of = |status| Error::of_status(status, None, "");
        assert_eq!(of(401), Error::Unauthorized);
        assert_eq!(of(403), Error::Unauthorized);
        assert_eq!(of(301), Error::Moved { status: 301 });
        assert_eq!(of(404), Error::Moved { status: 404 });
        assert_eq!(of(502), Error::Unavailable { status: 502 });
        assert_eq!(of(429), Error::RateLimited { retry_after_secs: 5 });
        assert_eq!(Error::of_status(429, Some(" 30 "), ""), Error::RateLimited { retry_after_secs: 30 });
        assert_eq!(Error::of_status(429, Some("Fri, 31 Dec 2027 23:59:59 GMT"), ""), Error::RateLimited { retry_after_secs: 5 });
    }

    #[test]
    fn no_key_and_no_address_is_repeated() {
        let body = r#"{"result":{"x":"key eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.AAAA, to TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT\nis bad"}}"#;
        assert_eq!(Error::of_error_envelope(body), refused(Some("x"), "key …, to … is bad"));
        let long = format!(r#"{{"result":{{"x":"{}"}}}}"#, "word ".repeat(200));
        let Error::Refused { message, .. } = Error::of_error_envelope(&long) else { panic!() };
        assert_eq!(message.chars().count(), MESSAGE_CHARS_MAX);
    }
}
