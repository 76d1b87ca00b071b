//! Bodies of postbacks: nobody without the secret is believed, and a token that names an invoice is good for that one alone.
#![no_main]

use kiosk::cryptocloud::postback::{self, Refused};
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

/// The secret and the moment of the tokens in the corpus; the one that names an invoice names `K7Q2ZP9M`.
const SECRET: &str = "example-secret-not-real-0123456789";
const NOW: i64 = 1_767_265_440;

fuzz_target!(|data: &[u8]| {
    let (kind, body) = data.split_first().unwrap_or((&0, &[]));
    let content_type = [None, Some("application/json"), Some("application/x-www-form-urlencoded"), Some("text/plain")];
    let content_type = content_type[usize::from(*kind) % 4];
    match postback::read(body, content_type, &SecretString::from(SECRET), NOW) {
        Ok(postback) => assert!(!postback.bound || postback.number.as_str() == "K7Q2ZP9M", "{postback:?}"),
        Err(Refused::Expired(number)) => assert_eq!(number.as_str(), "K7Q2ZP9M"),
        Err(Refused::Malformed | Refused::Forged) => {}
    }
    let none = postback::read(body, content_type, &SecretString::from(""), NOW);
    assert!(matches!(none, Err(Refused::Malformed | Refused::Forged)), "a shop without a secret believes nobody");
});
