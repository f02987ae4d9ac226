//! The API in process: the real router over a store of its own, and its document held against the
//! specification.

#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

mod account_page;
mod app;
mod categories;
mod conformance;
mod console;
mod credentials;
mod custom_connectors;
mod cycles;
mod draft_trials;
mod installations;
mod openapi_import;
mod partner;
mod people;
mod release_update;
mod scripts;
mod templates;
mod tokens;
mod wire;
