//! Documents with stock: text, or refused as a whole; and of a text units that fit into a message, or the lines that do not.
#![no_main]

use kiosk::domain::product::STOCK_LINE_BYTES_MAX;
use kiosk::shop::stock::{text_in, units};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = text_in(bytes) else { return };
    assert!(!text.contains('\0'));
    match units(&text) {
        Ok(units) => {
            for unit in &units {
                assert!(!unit.is_empty() && unit.len() <= STOCK_LINE_BYTES_MAX && !unit.contains(['\n', '\r']));
                assert!(text.contains(unit.as_str()), "every unit stands in the document as it is sold");
            }
        }
        Err(lines) => {
            assert!(lines.is_sorted() && lines.first().is_some_and(|line| *line >= 1), "{lines:?}");
            assert!(text.len() > STOCK_LINE_BYTES_MAX);
        }
    }
});
