//! Updates as Telegram may bring them, read as leniently as the bot reads them.
#![no_main]

use kiosk::telegram::action::Action;
use kiosk::telegram::input::{self, InputKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(update) = serde_json::from_slice(body) else { return };
    let Some(input) = input::read(&update) else { return };
    assert!(input.from.id.0 > 0, "people have ids above zero");
    if let InputKind::Tap(tap) = input.kind {
        let _ = tap.data.parse::<Action>();
    }
});
