//! What scripts can do and what they cannot.
#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

mod examples;
mod fairness;
mod hostile;
mod inline;
mod levels;
mod outside;
mod world;
