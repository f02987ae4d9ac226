#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::webhook`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::webhook::run(bytes));
