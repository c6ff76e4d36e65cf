//! `cargo xtask fuzz`: what holds of it stands in the crate `fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::check("mqtt", bytes));
