#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::mergefield`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::mergefield::run(bytes));
