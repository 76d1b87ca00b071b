//! What the provider may answer: one invoice, many, balances, statistics, errors.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| kiosk::cryptocloud::read_any_answer(body));
