#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::xml`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::xml::run(bytes));
