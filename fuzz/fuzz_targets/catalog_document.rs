//! Documents with a catalog, as a seller sends them: read whole, or refused with a reason. The first byte says what it is: YAML, an archive as it
//! came, or an archive that is packed here of pieces, each with a name in its first line and a byte 0xff at its end.
#![no_main]

use kiosk::shop::archive::Packing;
use kiosk::shop::catalog_file::{Unread, received};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((what, bytes)) = bytes.split_first() else { return };
    let (name, bytes) = match what % 3 {
        0 => ("shop.yaml", bytes.to_vec()),
        1 => ("shop.zip", bytes.to_vec()),
        _ => ("shop.zip", packed(bytes)),
    };
    match received(name, bytes) {
        Err(Unread::Problems(problems)) => assert!(!problems.to_string().is_empty()),
        Err(Unread::TwoInside { first, second }) => assert!(!first.is_empty() && !second.is_empty()),
        Ok(_) | Err(_) => {}
    }
});

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packing = Packing::default();
    for piece in bytes.split(|byte| *byte == 0xff).take(20) {
        let (name, content) = piece.split_at(piece.iter().position(|byte| *byte == b'\n').unwrap_or(piece.len()));
        // What the library will not pack is not in it.
        let _ = packing.put(&String::from_utf8_lossy(name), content);
    }
    packing.finish().unwrap_or_default()
}
