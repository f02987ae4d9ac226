#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::openapi`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::openapi::run(bytes));
