//! Postbacks: who may tell us to look at an invoice (fact sheet section 12). Pure.
//!
//! A postback is a hint to ask the provider, never a reason to deliver: its token signs a number at most, and nothing else of its body.

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::{form, hs256};
use crate::domain::invoice::InvoiceNumber;

/// How far the sender's clock may be from ours, in seconds.
const LEEWAY_SECS: i64 = 60;
/// A token lives for five minutes. One that promises much more was not made for this.
const TOKEN_LIFE_SECS_MAX: i64 = 15 * 60;
/// A genuine token has about 150 characters.
const TOKEN_BYTES_MAX: usize = 2_048;

/// A postback whose token is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postback {
    /// The invoice that it names.
    pub number: InvoiceNumber,
    /// Whether the token names the invoice too. If not, its holder may name any invoice: a hint, no more.
    pub bound: bool,
}

/// Why a postback is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has no number or no token that can be read.
    #[error("the postback cannot be read")]
    Malformed,
    /// Its token was not made with our secret, or not for this.
    #[error("the token of the postback is not right")]
    Forged,
    /// Its token was right for this invoice, but is over: it was on its way for too long, or is repeated by somebody.
    #[error("the token of the postback for {0} is over")]
    Expired(InvoiceNumber),
}

/// Reads a postback and checks its token against `secret`, at `now` (unix seconds UTC).
///
/// # Errors
/// Whenever anything is missing, doubtful or over; always when the secret is empty.
pub fn read(body: &[u8], content_type: Option<&str>, secret: &SecretString, now: i64) -> Result<Postback, Refused> {
    let body = std::str::from_utf8(body).map_err(|_| Refused::Malformed)?;
    let body = body.trim_start_matches('\u{feff}').trim();
    let fields = if is_json(body, content_type) { json_fields(body) } else { form_fields(body) };
    let (number, token) = fields.ok_or(Refused::Malformed)?;
    let number = InvoiceNumber::parse(&number).ok_or(Refused::Malformed)?;
    let claims = verified(plain_token(&token), secret).ok_or(Refused::Forged)?;
    let bound = claims.binds(&number).ok_or(Refused::Forged)?;
    let ends_at = i64::try_from(claims.exp).map_err(|_| Refused::Forged)?;
    match () {
        () if ends_at > now.saturating_add(TOKEN_LIFE_SECS_MAX) => Err(Refused::Forged),
        () if now <= ends_at.saturating_add(LEEWAY_SECS) => Ok(Postback { number, bound }),
        () if bound => Err(Refused::Expired(number)),
        () => Err(Refused::Forged),
    }
}

/// The format is chosen in the provider's settings. A body that opens like an object is one, whatever it is called.
fn is_json(body: &str, content_type: Option<&str>) -> bool {
    body.starts_with('{') || content_type.is_some_and(|name| name.trim_start().to_ascii_lowercase().starts_with("application/json"))
}

/// Number and token of a JSON body. A key that stands there twice makes it unreadable: two readers would not agree on it.
fn json_fields(body: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Fields {
        invoice_id: String,
        token: String,
    }
    let fields: Fields = serde_json::from_str(body).ok()?;
    Some((fields.invoice_id, fields.token))
}

fn form_fields(body: &str) -> Option<(String, String)> {
    Some((form::first_value(body, "invoice_id")?, form::first_value(body, "token")?))
}

/// The token without what some senders wrap around it: `b'...'`, quotes, blanks.
fn plain_token(text: &str) -> &str {
    let text = text.trim();
    let unwrapped = text.strip_prefix('b').filter(|rest| rest.starts_with(['\'', '"'])).unwrap_or(text);
    let inner = |quote| unwrapped.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('\'').or_else(|| inner('"')).unwrap_or(unwrapped)
}

/// What a token says. Other claims mean nothing to us; one of these twice is an error.
#[derive(Deserialize)]
struct Claims {
    /// Whole unix seconds UTC.
    exp: u64,
    /// The invoice: a string names it, a number does not.
    id: Option<Value>,
    /// Another name for `id`.
    uuid: Option<Value>,
}

impl Claims {
    /// Whether the token names `number`; nothing when it names another invoice, or something that is none.
    fn binds(&self, number: &InvoiceNumber) -> Option<bool> {
        let names = |claim: &Option<Value>| match claim {
            None | Some(Value::Null | Value::Number(_)) => Some(false),
            Some(Value::String(text)) => (InvoiceNumber::parse(text).as_ref() == Some(number)).then_some(true),
            Some(_) => None,
        };
        let (id, uuid) = (names(&self.id)?, names(&self.uuid)?);
        Some(id || uuid)
    }
}

/// The claims of a token that was made with `secret`.
fn verified(token: &str, secret: &SecretString) -> Option<Claims> {
    let secret = secret.expose_secret();
    // A shop without a secret believes nobody.
    if secret.trim().is_empty() || token.len() > TOKEN_BYTES_MAX || token.split('.').count() != 3 {
        return None;
    }
    hs256::install();
    let mut validation = Validation::new(Algorithm::HS256);
    // Time is checked by `read`, against the clock that it was given; the provider's tokens have no audience.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let data = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret.as_bytes()), &validation).ok()?;
    is_plain(&data.header).then_some(data.claims)
}

/// No header that would change how, or with which key, a token is to be checked.
fn is_plain(header: &Header) -> bool {
    let typ = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    let keys = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    typ && !keys && header.crit.is_none() && header.enc.is_none() && header.zip.is_none()
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::*;
    use ring::hmac;

    use super::*;

    const SECRET: &str = "example-secret-not-real-0123456789";
    /// The end of the fact sheet's tokens: 2026-01-01T11:05:00Z.
    const END: i64 = 1_767_265_500;
    const BOUND: &str =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6Iks3UTJaUDlNIiwiZXhwIjoxNzY3MjY1NTAwfQ.rDczXNvnYlFVPKIHjetVhSkfsu9ljSQF-mghOVviyxw";
    const UNBOUND: &str =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6NDcxMSwiZXhwIjoxNzY3MjY1NTAwfQ.07oW2noByzYTZ3hi-_X8GT6vUN64oJG46KuXEwy0Ezc";
    const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

    fn number() -> InvoiceNumber {
        InvoiceNumber::parse("K7Q2ZP9M").unwrap()
    }

    fn json(number: &str, token: &str) -> String {
        serde_json::json!({"status": "success", "invoice_id": number, "token": token, "invoice_info": {"status": "paid"}}).to_string()
    }

    fn read_at(body: &str, content_type: Option<&str>, now: i64) -> Result<Postback, Refused> {
        read(body.as_bytes(), content_type, &SecretString::from(SECRET), now)
    }

    fn read_json(token: &str) -> Result<Postback, Refused> {
        read_at(&json("K7Q2ZP9M", token), Some("application/json"), END - 60)
    }

    fn signed(header: &str, claims: &str, key: &str, algorithm: hmac::Algorithm) -> String {
        let message = format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(claims.as_bytes()));
        let tag = hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), message.as_bytes());
        format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
    }

    fn token(claims: &str) -> String {
        signed(HEADER, claims, SECRET, hmac::HMAC_SHA256)
    }

    fn bound() -> Postback {
        Postback { number: number(), bound: true }
    }

    #[test]
    fn the_documented_tokens_are_believed() {
        assert_eq!(read_json(BOUND), Ok(bound()));
        assert_eq!(read_json(UNBOUND), Ok(Postback { number: number(), bound: false }));
        assert_eq!(read_at(&json("INV-k7q2zp9m", BOUND), None, END - 60), Ok(bound()));
    }

    #[test]
    fn a_form_is_read_like_json() {
        let form =
            format!("status=success&invoice_id=K7Q2ZP9M&token={BOUND}&invoice_info=uuid&invoice_info=created&token=x&invoice_id=OTHER");
        for content_type in [Some("application/x-www-form-urlencoded"), Some("text/plain"), None] {
            assert_eq!(read_at(&form, content_type, END), Ok(bound()), "{content_type:?}");
            assert_eq!(read_at(&json("K7Q2ZP9M", BOUND), content_type, END), Ok(bound()), "{content_type:?}");
        }
        assert_eq!(read_at(&form, Some("application/json; charset=utf-8"), END), Err(Refused::Malformed));
    }

    #[test]
    fn what_senders_wrap_around_a_token_is_taken_off() {
        for wrapped in [format!("b'{BOUND}'"), format!("b\"{BOUND}\""), format!("'{BOUND}'"), format!("\"{BOUND}\""), format!(" {BOUND}\n")]
        {
            assert_eq!(read_json(&wrapped), Ok(bound()), "{wrapped}");
        }
        let form = format!("invoice_id=K7Q2ZP9M&token=b%27{BOUND}%27");
        assert_eq!(read_at(&form, None, END), Ok(bound()));
    }

    #[test]
    fn a_token_counts_from_a_quarter_of_an_hour_before_its_end_to_a_minute_after() {
        let at = |token: &str, now| read_at(&json("K7Q2ZP9M", token), None, now);
        assert_eq!(at(BOUND, END - 901), Err(Refused::Forged));
        assert_eq!(at(BOUND, END - 900), Ok(bound()));
        assert_eq!(at(BOUND, END + 60), Ok(bound()));
        assert_eq!(at(BOUND, END + 61), Err(Refused::Expired(number())));
        assert_eq!(at(UNBOUND, END + 61), Err(Refused::Forged), "it names no invoice that could be asked about");
        assert_eq!(at(BOUND, i64::MAX), Err(Refused::Expired(number())));
        assert_eq!(at(BOUND, i64::MIN), Err(Refused::Forged));
    }

    #[test]
    fn other_claims_and_the_other_name_of_the_number_are_fine() {
        for claims in [
            r#"{"uuid":"INV-K7Q2ZP9M","exp":1767265500}"#,
            r#"{"id":"inv-k7q2zp9m","exp":1767265500,"iat":1,"aud":"x","nbf":9999999999}"#,
            r#"{"id":4711,"uuid":"K7Q2ZP9M","exp":1767265500}"#,
        ] {
            assert_eq!(read_json(&token(claims)), Ok(bound()), "{claims}");
        }
        for claims in [r#"{"exp":1767265500}"#, r#"{"id":null,"exp":1767265500}"#, r#"{"id":7.5,"exp":1767265500}"#] {
            assert_eq!(read_json(&token(claims)), Ok(Postback { number: number(), bound: false }), "{claims}");
        }
    }

    #[test]
    fn no_forgery_is_believed() {
        let claims = r#"{"id":"K7Q2ZP9M","exp":1767265500}"#;
        let with_header = |header: &str| signed(header, claims, SECRET, hmac::HMAC_SHA256);
        let with_exp = |exp: &str| token(&format!(r#"{{"id":"K7Q2ZP9M","exp":{exp}}}"#));
        let with_id = |id: &str| token(&format!(r#"{{"id":{id},"exp":1767265500}}"#));
        let (head, rest) = BOUND.split_once('.').unwrap();
        let (payload, tag) = rest.split_once('.').unwrap();
        let none = |alg: &str| BASE64URL_NOPAD.encode(format!(r#"{{"typ":"JWT","alg":"{alg}"}}"#).as_bytes());
        let forgeries = [
            // Another key, or none.
            signed(HEADER, claims, "another-secret", hmac::HMAC_SHA256),
            signed(HEADER, claims, "", hmac::HMAC_SHA256),
            signed(HEADER, claims, &SECRET[1..], hmac::HMAC_SHA256),
            signed(HEADER, claims, &format!("{SECRET}\n"), hmac::HMAC_SHA256),
            signed(HEADER, claims, &SECRET.to_uppercase(), hmac::HMAC_SHA256),
            // Another algorithm, or none.
            format!("{}.{payload}.", none("none")),
            format!("{}.{payload}.{tag}", none("none")),
            format!("{}.{payload}.", none("None")),
            format!("{}.{payload}.", none("NONE")),
            format!("{}.{payload}.{tag}", none("HS384")),
            signed(r#"{"alg":"HS384"}"#, claims, SECRET, hmac::HMAC_SHA384),
            signed(r#"{"alg":"HS512"}"#, claims, SECRET, hmac::HMAC_SHA512),
            signed(HEADER, claims, SECRET, hmac::HMAC_SHA384),
            signed(HEADER, claims, SECRET, hmac::HMAC_SHA512),
            with_header(r#"{"typ":"JWT","alg":"RS256"}"#),
            with_header(r#"{"typ":"JWT","alg":"ES256"}"#),
            with_header(r#"{"typ":"JWT","alg":"EdDSA"}"#),
            with_header(r#"{"typ":"JWT","alg":"hs256"}"#),
            with_header(r#"{"typ":"JWT","alg":""}"#),
            with_header(r#"{"typ":"JWT","alg":null}"#),
            with_header(r#"{"typ":"JWT","alg":["HS256"]}"#),
            with_header(r#"{"typ":"JWT"}"#),
            // Headers that want to be obeyed.
            with_header(r#"{"alg":"HS256","alg":"none"}"#),
            with_header(r#"{"alg":"HS256","crit":["exp"]}"#),
            with_header(r#"{"alg":"HS256","crit":[]}"#),
            with_header(r#"{"alg":"HS256","jku":"https://example.com/keys"}"#),
            with_header(r#"{"alg":"HS256","x5u":"https://example.com/cert"}"#),
            with_header(r#"{"alg":"HS256","x5c":["AAAA"]}"#),
            with_header(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#),
            with_header(r#"{"alg":"HS256","enc":"A128GCM"}"#),
            with_header(r#"{"alg":"HS256","zip":"DEF"}"#),
            with_header(r#"{"alg":"HS256","typ":"JWE"}"#),
            with_header("[]"),
            with_header(""),
            // Ends that are none.
            token(r#"{"id":"K7Q2ZP9M"}"#),
            with_exp("null"),
            with_exp("\"1767265500\""),
            with_exp("1767265500.0"),
            with_exp("1.7672655e9"),
            with_exp("-1"),
            with_exp("9223372036854775807"),
            with_exp("9223372036854775808"),
            with_exp("18446744073709551616"),
            with_exp("1767269100"),
            with_exp("true"),
            with_exp("[1767265500]"),
            token(r#"{"id":"K7Q2ZP9M","exp":1767265500,"exp":1767265500}"#),
            // Another invoice.
            with_id("\"AAAAAAAA\""),
            with_id("\"K7Q2ZP9\""),
            with_id("\"K7Q2ZP9M \\u0000\""),
            with_id("\"\""),
            with_id("true"),
            with_id("[\"K7Q2ZP9M\"]"),
            with_id("{\"id\":\"K7Q2ZP9M\"}"),
            token(r#"{"id":"K7Q2ZP9M","id":"K7Q2ZP9M","exp":1767265500}"#),
            token(r#"{"id":"K7Q2ZP9M","uuid":"AAAAAAAA","exp":1767265500}"#),
            // Pieces that do not fit.
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{head}.{payload}"),
            format!("{head}.{payload}."),
            format!("{head}.{payload}.{tag}."),
            format!("{head}.{payload}.{tag}.{tag}"),
            format!("{head}.{payload}.{tag}.a.b"),
            format!(".{payload}.{tag}"),
            format!("{head}..{tag}"),
            format!("{head}.{payload}.{tag}="),
            format!("{head}=.{payload}.{tag}"),
            format!("{head}.{payload}.{}", &tag[..42]),
            format!("{head}.{payload}.{}x", &tag[..42]),
            format!("{head}.{payload}.{}", tag.replace('-', "+")),
            format!("{head}.{payload} .{tag}"),
            format!("{payload}.{head}.{tag}"),
            BOUND.to_lowercase(),
            format!("{head}.{}.{tag}", BASE64URL_NOPAD.encode(br#"{"id":"K7Q2ZP9M","exp":1767265501}"#)),
            token("[]"),
            token("null"),
            token("{"),
            token(&format!(r#"{{"id":"K7Q2ZP9M","exp":1767265500,"more":"{}"}}"#, "x".repeat(2_048))),
        ];
        assert!(forgeries.len() >= 40);
        for forgery in forgeries {
            assert_eq!(read_json(&forgery), Err(Refused::Forged), "{forgery}");
        }
        assert_eq!(read_at(&json("AAAAAAAA", BOUND), None, END), Err(Refused::Forged), "a good token of another invoice");
    }

    #[test]
    fn a_token_may_have_two_kibibytes_and_no_more() {
        let of = |bytes: usize| {
            let claims = |more: usize| format!(r#"{{"id":"K7Q2ZP9M","exp":1767265500,"more":"{}"}}"#, "x".repeat(more));
            (0..bytes).map(|more| token(&claims(more))).find(|token| token.len() == bytes).unwrap()
        };
        assert_eq!(read_json(&of(TOKEN_BYTES_MAX)), Ok(bound()));
        assert_eq!(read_json(&of(TOKEN_BYTES_MAX + 1)), Err(Refused::Forged));
    }

    #[test]
    fn a_body_without_number_and_token_is_malformed() {
        let long = "A".repeat(33);
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            "token",
            "=&=&=",
            "<html>",
            "invoice_id=K7Q2ZP9M",
            &format!("token={BOUND}"),
            &format!("invoice_id=%FF&token={BOUND}"),
            &format!("invoice_id=&token={BOUND}"),
            &json("", BOUND),
            &json("K7 Q2", BOUND),
            &json("К7Q2ZP9M", BOUND),
            &json(&long, BOUND),
            &format!(r#"{{"invoice_id":7,"token":"{BOUND}"}}"#),
            r#"{"invoice_id":"K7Q2ZP9M","token":null}"#,
            r#"{"invoice_id":"K7Q2ZP9M","token":{}}"#,
            &format!(r#"{{"invoice_id":"K7Q2ZP9M","invoice_id":"AAAAAAAA","token":"{BOUND}"}}"#),
            &format!(r#"{{"invoice_id":"K7Q2ZP9M","token":"x","token":"{BOUND}"}}"#),
            &format!(r#"{{"invoice_id":"K7Q2ZP9M","token":"{BOUND}"}}{{}}"#),
            &"[".repeat(60_000),
        ] {
            assert_eq!(read_at(body, None, END), Err(Refused::Malformed), "{body}");
        }
        assert_eq!(read(b"\xff\xfe", None, &SecretString::from(SECRET), END), Err(Refused::Malformed));
    }

    #[test]
    fn a_shop_without_a_secret_believes_nobody() {
        for secret in ["", " ", "\n\t"] {
            let token = signed(HEADER, r#"{"id":"K7Q2ZP9M","exp":1767265500}"#, secret, hmac::HMAC_SHA256);
            let read = read(json("K7Q2ZP9M", &token).as_bytes(), None, &SecretString::from(secret), END);
            assert_eq!(read, Err(Refused::Forged));
        }
    }

    proptest! {
        #[test]
        fn no_random_body_is_believed(body in proptest::collection::vec(any::<u8>(), 0..400), form in any::<bool>()) {
            let content_type = if form { "application/x-www-form-urlencoded" } else { "application/json" };
            prop_assert!(read(&body, Some(content_type), &SecretString::from(SECRET), END).is_err());
        }

        #[test]
        fn no_random_token_is_believed(text in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{43}") {
            prop_assert_eq!(read_json(&text), Err(Refused::Forged));
        }

        #[test]
        fn one_changed_character_breaks_a_token(at in 0_usize..BOUND.len(), other in "[A-Za-z0-9_-]") {
            let mut changed = BOUND.to_owned();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(read_json(&changed).is_ok(), changed == BOUND);
        }
    }
}
