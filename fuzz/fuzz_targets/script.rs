#![no_main]
//! libFuzzer's way to [`velodrome_fuzz::script`].

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| velodrome_fuzz::script::run(bytes));
