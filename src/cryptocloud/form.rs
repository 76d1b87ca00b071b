//! `application/x-www-form-urlencoded`, as much of it as a postback needs: one value by its key.

use data_encoding::HEXLOWER_PERMISSIVE;

/// The first value under `key`. A sender that flattens an object repeats keys, some of them without a value: the first one wins.
///
/// Nothing when the key is not there, or its value is no text.
pub(super) fn first_value(body: &str, key: &str) -> Option<String> {
    body.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).find_map(|(name, value)| {
        let found = decode(name).is_some_and(|name| name == key);
        found.then(|| decode(value))
    })?
}

/// Undoes `+` and `%XX`; nothing when that gives no UTF-8. A `%` that starts no escape stands for itself.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let [byte, rest @ ..] = left {
        let (byte, rest) = match (byte, rest) {
            (b'+', _) => (b' ', rest),
            (b'%', [high, low, tail @ ..]) => escaped([*high, *low]).map_or((b'%', rest), |byte| (byte, tail)),
            (byte, _) => (*byte, rest),
        };
        bytes.push(byte);
        left = rest;
    }
    String::from_utf8(bytes).ok()
}

fn escaped(digits: [u8; 2]) -> Option<u8> {
    HEXLOWER_PERMISSIVE.decode(&digits).ok()?.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_key_wins() {
        assert_eq!(first_value("a=1&b=2&a=3", "a").as_deref(), Some("1"));
        assert_eq!(first_value("invoice_info=uuid&invoice_info=created&token", "token").as_deref(), Some(""));
        assert_eq!(first_value("xa=1", "a"), None);
        assert_eq!(first_value("", "a"), None);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(first_value("a=b%27x+y%27%C3%A9", "a").as_deref(), Some("b'x y'é"));
        assert_eq!(first_value("%61=%4a%4F", "a").as_deref(), Some("JO"));
        assert_eq!(first_value("a=100%&b=%zz", "a").as_deref(), Some("100%"));
        assert_eq!(first_value("a=%ff", "a"), None);
    }
}
