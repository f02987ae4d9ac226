//! What is fuzzed: everything that reads what strangers wrote.
//!
//! Each target is a function of bytes that must neither panic nor take long, and that checks what must
//! hold of every input. `cargo xtask fuzz` drives them with libFuzzer for as long as one likes;
//! `tests/corpus.rs` calls them with the corpus and a few thousand changes of it on every check.
#![forbid(unsafe_code)]

pub mod csv;
pub mod definition;
pub mod location;
pub mod mergefield;
pub mod openapi;
pub mod script;
pub mod webhook;
pub mod xml;

/// Bytes as text; anything else is read the way a lenient client would.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first line, and what follows it.
fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}
