//! Documents with stock: lines, tables and archives, or refused as a whole; and of what is taken in units that fit, or the lines that do not.
//! The first byte says what the document is called.
#![no_main]

use kiosk::domain::product::STOCK_LINE_BYTES_MAX;
use kiosk::shop::archive::{FILES_MAX, UNPACKED_BYTES_MAX};
use kiosk::shop::stock::{text_in, units};
use kiosk::shop::stock_file::{Contents, UNIT_BYTES_MAX, Unread, read, rows, written_as_rows};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = text_in(bytes) {
        lines(&text);
    }
    let Some((what, bytes)) = bytes.split_first() else { return };
    let name = ["keys.txt", "keys.csv", "keys.tsv", "keys.zip", "keys.pdf"][usize::from(*what) % 5];
    match read(name, bytes.to_vec()) {
        Ok(Contents::Texts(units)) => {
            assert!(!units.is_empty());
            for unit in &units {
                assert!(!unit.is_empty() && unit.trim() == unit && unit.len() <= STOCK_LINE_BYTES_MAX && !unit.contains('\0'));
            }
            // What goes back to the seller as a table comes in as it was.
            let texts: Vec<&str> = units.iter().map(String::as_str).collect();
            let table = String::from_utf8(written_as_rows(&texts)).unwrap();
            assert_eq!(rows(&table, false).unwrap(), units);
        }
        Ok(Contents::Files(files)) => {
            assert!((1..=FILES_MAX).contains(&files.len()));
            let all: usize = files.iter().map(|file| file.bytes.len()).sum();
            assert!(all <= UNPACKED_BYTES_MAX as usize);
            for file in &files {
                assert!(!file.name.is_empty() && !file.name.contains(['/', '\\']) && file.bytes.len() <= UNIT_BYTES_MAX);
            }
        }
        Err(Unread::TooLong { lines }) => assert!(lines.is_sorted() && lines.first().is_some_and(|line| *line >= 1), "{lines:?}"),
        Err(Unread::Quote { line }) => assert!(line >= 1),
        Err(_) => {}
    }
});

fn lines(text: &str) {
    assert!(!text.contains('\0'));
    match units(text) {
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
}
