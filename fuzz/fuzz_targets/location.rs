#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::location`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::location::run(bytes));
