//! `cargo xtask fuzz`: the properties are in the crate `fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::check("server_frame", bytes));
