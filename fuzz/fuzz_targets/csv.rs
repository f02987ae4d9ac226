#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::csv`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::csv::run(bytes));
