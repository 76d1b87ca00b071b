//! Data of buttons: what is read as a button of ours is exactly what we would have written.
#![no_main]

use kiosk::telegram::action::{Action, DATA_BYTES_MAX};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    if let Ok(action) = data.parse::<Action>() {
        assert!(data.len() <= DATA_BYTES_MAX);
        assert_eq!(action.to_string(), data);
    }
});
