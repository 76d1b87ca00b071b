//! Whether a text is an address: form and checksum, by the rules of each chain (Bitcoin: BIP-173, BIP-350 and base58check; EIP-55; TON:
//! the user-friendly form with CRC-16/XMODEM, and the raw form).

use bech32::segwit;
use data_encoding::{BASE64URL, HEXLOWER, HEXLOWER_PERMISSIVE};
use sha3::{Digest, Keccak256};

/// No address is longer than a segwit one of the longest witness programme.
const ADDRESS_CHARS_MAX: usize = 90;
/// A version byte and a hash of 20 bytes.
const BASE58_PAYLOAD_BYTES: usize = 21;

pub(super) fn is_bitcoin(text: &str) -> bool {
    is_segwit(text, "bc") || is_base58check(text, &[0x00, 0x05])
}

pub(super) fn is_litecoin(text: &str) -> bool {
    is_segwit(text, "ltc") || is_base58check(text, &[0x30, 0x32, 0x05])
}

pub(super) fn is_tron(text: &str) -> bool {
    is_base58check(text, &[0x41])
}

/// An ed25519 key; it has no checksum.
pub(super) fn is_solana(text: &str) -> bool {
    (32..=44).contains(&text.len()) && bs58::decode(text).into_vec().is_ok_and(|key| key.len() == 32)
}

pub(super) fn is_evm(text: &str) -> bool {
    let Some(digits) = text.strip_prefix("0x").filter(|digits| digits.len() == 40) else { return false };
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let mixed = digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
    !mixed || has_eip55_case(digits)
}

pub(super) fn is_ton(text: &str) -> bool {
    is_ton_raw(text) || is_ton_friendly(text)
}

fn is_segwit(text: &str, prefix: &str) -> bool {
    text.len() <= ADDRESS_CHARS_MAX && segwit::decode(text).is_ok_and(|(hrp, _, _)| hrp.as_str().eq_ignore_ascii_case(prefix))
}

fn is_base58check(text: &str, versions: &[u8]) -> bool {
    // Reading it takes the square of its length in time: what is too long is not read.
    let short = Some(text).filter(|text| text.len() <= ADDRESS_CHARS_MAX);
    let payload = short.and_then(|text| bs58::decode(text).with_check(None).into_vec().ok()).unwrap_or_default();
    payload.len() == BASE58_PAYLOAD_BYTES && payload.first().is_some_and(|version| versions.contains(version))
}

/// A letter is a capital exactly where the hash of the lower-case digits has a nibble of 8 or more.
fn has_eip55_case(digits: &str) -> bool {
    let hash = HEXLOWER.encode(&Keccak256::digest(digits.to_ascii_lowercase()));
    digits.bytes().zip(hash.bytes()).all(|(digit, nibble)| match digit {
        b'0'..=b'9' => true,
        _ => digit.is_ascii_uppercase() == (nibble >= b'8'),
    })
}

/// `workchain:account`.
fn is_ton_raw(text: &str) -> bool {
    let account = text.strip_prefix("0:").or_else(|| text.strip_prefix("-1:")).unwrap_or_default();
    account.len() == 64 && HEXLOWER_PERMISSIVE.decode(account.as_bytes()).is_ok()
}

/// Tag, workchain, account, CRC; in base64 of either alphabet. The tags of test networks do not count.
fn is_ton_friendly(text: &str) -> bool {
    if text.len() != 48 {
        return false;
    }
    let text = text.replace('+', "-").replace('/', "_");
    let bytes = BASE64URL.decode(text.as_bytes()).unwrap_or_default();
    let Some((content, crc)) = bytes.split_last_chunk::<2>() else { return false };
    let known = matches!(content, [0x11 | 0x51, 0x00 | 0xff, ..]);
    known && u16::from_be_bytes(*crc) == crc16_xmodem(content)
}

fn crc16_xmodem(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Check = fn(&str) -> bool;

    /// Addresses in which every character is under a checksum: the fact sheet's fixtures and public examples.
    const SUMMED: [(Check, &str); 12] = [
        (is_bitcoin, "bc1q7p7s02x5zwmq6ljj2strypvwmur0dfmq6re2cv"),
        (is_bitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
        (is_bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        (is_bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (is_bitcoin, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        (is_litecoin, "ltc1qmqmna50934dsrgp4vd9gtht0h44uccgupk8gnr"),
        (is_litecoin, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        (is_tron, "TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT"),
        (is_tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        (is_ton, "UQBVjSSIIz1OyAqgKo30vWpYsrX_iJ1YtJU9bST9o5ghHidT"),
        (is_ton, "EQCxE6mUtQJKFnGfaROTKOt1lZbDiiX1kCixRv7Nw2Id_sDs"),
        (is_ton, "EQA1R/LuQCLHlMgOo1S4G7Y7W1cd0FrAkbA10Zq7rddKxi9k"),
    ];

    /// Addresses without a checksum, or with one in their letter case only.
    const PLAIN: [(Check, &str); 7] = [
        (is_solana, "H6GdwBa5jZkbunBCnS8pFuspC9fx3822wubTfAZudF53"),
        (is_solana, "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
        (is_evm, "0x77bf63bb13f56e1b8868bea87d19c0b79aa17455"),
        (is_evm, "0xdAC17F958D2ee523a2206206994597C13D831ec7"),
        (is_evm, "0xDA10009CBD5D07DD0CECC66161FC93D7C9000DA1"),
        (is_evm, "0x4200000000000000000000000000000000000042"),
        (is_ton, "0:558d2488233d4ec80aa02a8df4bd6a58b2b5ff889d58b4953d6d24fda398211e"),
    ];

    #[test]
    fn real_addresses_of_every_kind_are_known() {
        for (is_address, text) in SUMMED.into_iter().chain(PLAIN) {
            assert!(is_address(text), "{text}");
        }
    }

    #[test]
    fn one_wrong_character_is_seen_wherever_there_is_a_checksum() {
        for (is_address, text) in SUMMED {
            for (at, found) in text.char_indices() {
                let other = if found.eq_ignore_ascii_case(&'q') { '3' } else { 'q' };
                let wrong: String = text.char_indices().map(|(i, c)| if i == at { other } else { c }).collect();
                assert!(!is_address(&wrong), "{wrong}");
            }
        }
        assert!(!is_evm("0xdaC17F958D2ee523a2206206994597C13D831ec7"), "the case of one letter differs");
    }

    #[test]
    fn an_address_of_another_network_is_none_of_this_one() {
        let tron = "TRwiczUnwkHQcPdRukL8W7MUMwALd1j7wT";
        let bitcoin = "bc1q7p7s02x5zwmq6ljj2strypvwmur0dfmq6re2cv";
        assert!(!is_bitcoin(tron) && !is_litecoin(tron) && !is_solana(tron) && !is_evm(tron) && !is_ton(tron));
        assert!(!is_litecoin(bitcoin) && !is_tron(bitcoin) && !is_ton(bitcoin));
        assert!(!is_bitcoin("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"), "a test network");
        assert!(!is_bitcoin("bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx"), "bech32 where bech32m is due");
        assert!(!is_ton("kQCxE6mUtQJKFnGfaROTKOt1lZbDiiX1kCixRv7Nw2Id_ntm"), "a test network");
        assert!(!is_ton("2:558d2488233d4ec80aa02a8df4bd6a58b2b5ff889d58b4953d6d24fda398211e"));
        assert!(!is_evm("77bf63bb13f56e1b8868bea87d19c0b79aa17455"));
        assert!(!is_evm("0x77bf63bb13f56e1b8868bea87d19c0b79aa1745g"));
    }

    proptest! {
        #[test]
        fn no_text_is_an_address_by_chance(text in "\\PC{0,100}") {
            prop_assert!(!is_bitcoin(&text) && !is_litecoin(&text) && !is_tron(&text) && !is_evm(&text) && !is_ton(&text));
            prop_assert!(!is_solana(&text) || text.len() >= 32);
        }
    }
}
