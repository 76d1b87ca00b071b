//! Documents with stock: text, or refused as a whole.
#![no_main]

use kiosk::shop::stock::text_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = text_in(bytes) {
        assert!(!text.contains('\0'));
    }
});
