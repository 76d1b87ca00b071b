//! Catalog files: read whole, or refused with lines that are there.
#![no_main]

use kiosk::shop::catalog_file::read_text;
use libfuzzer_sys::fuzz_target;

/// The head of a picture that Telegram would take.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\x90\x08\x02\0\0\0";

fuzz_target!(|text: &str| {
    let beside = |_: &str, _: u64| Ok(PICTURE.to_vec());
    if let Err(problems) = read_text(text, &beside) {
        assert!(!problems.to_string().is_empty());
    }
});
