//! Encryption of what must not be read in a stolen database: stock, buyers' answers, half-typed forms. The key stands apart from the data.

use data_encoding::BASE64URL_NOPAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use super::{Error, Result, random};

/// Seals and opens texts, and recognises a text without keeping it. Its `Debug` shows no key.
pub struct Sealer {
    seal: LessSafeKey,
    fingerprint: hmac::Key,
    chain: hmac::Key,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// With this data key of 32 bytes. A key is derived from it for each use.
    pub fn new(data_key: &[u8; 32]) -> Result<Self> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, data_key);
        let seal = UnboundKey::new(&CHACHA20_POLY1305, hmac::sign(&root, b"kiosk seal 1").as_ref());
        Ok(Self {
            seal: LessSafeKey::new(seal.map_err(|_| Error::WrongDataKey)?),
            fingerprint: hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"kiosk fingerprint 1").as_ref()),
            chain: hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"kiosk chain 1").as_ref()),
        })
    }

    /// `text` encrypted and authenticated; `context` says what it is and must be the same when it is opened.
    pub(crate) fn seal(&self, context: &str, text: &str) -> Result<String> {
        Ok(format!("1.{}", BASE64URL_NOPAD.encode(&self.seal_bytes(context, text.as_bytes())?)))
    }

    /// The text in `sealed`.
    pub(crate) fn open(&self, context: &str, sealed: &str) -> Result<String> {
        let bytes = sealed.strip_prefix("1.").and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        let plain = self.open_bytes(context, &bytes.ok_or_else(|| unopened(context))?)?;
        String::from_utf8(plain).map_err(|_| unopened(context))
    }

    /// `bytes` encrypted and authenticated, behind the nonce that was used.
    pub(crate) fn seal_bytes(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = bytes.to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut sealed)
            .map_err(|_| Error::corrupt(format!("a {context} too long to seal")))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The bytes in `sealed`.
    pub(crate) fn open_bytes(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(|| unopened(context))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unopened(context))?;
        let mut rest = rest.to_vec();
        let plain = self.seal.open_in_place(nonce, Aad::from(context.as_bytes()), &mut rest).map_err(|_| unopened(context))?;
        Ok(plain.to_vec())
    }

    /// The next hash of a chain: over the one before and a row. Whoever has no key can make none.
    pub(crate) fn chained(&self, previous: &str, row: &str) -> String {
        BASE64URL_NOPAD.encode(hmac::sign(&self.chain, format!("{previous}\n{row}").as_bytes()).as_ref())
    }

    /// The same for the same text, and nothing can be learned from it without the key.
    pub(crate) fn fingerprint(&self, text: &str) -> String {
        BASE64URL_NOPAD.encode(hmac::sign(&self.fingerprint, text.as_bytes()).as_ref())
    }

    /// The same for the bytes of a file, and never that of a text.
    pub(crate) fn fingerprint_file(&self, bytes: &[u8]) -> String {
        // No text that is taken in begins with a zero character.
        let mut context = hmac::Context::with_key(&self.fingerprint);
        context.update(b"\0file\0");
        context.update(bytes);
        BASE64URL_NOPAD.encode(context.sign().as_ref())
    }
}

fn unopened(context: &str) -> Error {
    Error::corrupt(format!("a sealed {context} that the data key does not open"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_its_context_only() {
        let (ours, theirs) = (Sealer::new(&[1; 32]).unwrap(), Sealer::new(&[2; 32]).unwrap());
        let sealed = ours.seal("stock", "AAAA-1111").unwrap();
        assert!(!sealed.contains("AAAA"));
        assert_eq!(ours.open("stock", &sealed).unwrap(), "AAAA-1111");
        assert!(ours.open("answers", &sealed).is_err());
        assert!(theirs.open("stock", &sealed).is_err());
        assert!(ours.open("stock", "1.AAAA").is_err());
        assert_ne!(ours.seal("stock", "AAAA-1111").unwrap(), sealed, "a nonce is used once");
    }

    #[test]
    fn fingerprints_agree_for_the_same_text_under_the_same_key() {
        let (ours, theirs) = (Sealer::new(&[1; 32]).unwrap(), Sealer::new(&[2; 32]).unwrap());
        assert_eq!(ours.fingerprint("a"), ours.fingerprint("a"));
        assert_ne!(ours.fingerprint("a"), ours.fingerprint("b"));
        assert_ne!(ours.fingerprint("a"), theirs.fingerprint("a"));
    }
}
