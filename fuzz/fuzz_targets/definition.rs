#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::definition`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::definition::run(bytes));
