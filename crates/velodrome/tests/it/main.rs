//! The whole program as a child process: real router, real database of its own, fake upstreams.
//!
//! [`app::TestApp`] starts it; the database is SQLite, or PostgreSQL where the environment says so.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can not go on says so by panicking"
)]

mod app;
mod backups;
mod commands;
mod configuration;
mod cycles;
mod definitions;
mod drawing;
mod hooks;
mod keys;
mod nodes;
mod provider;
mod sandbox;
mod starting;
mod stopping;
mod storage_full;
mod template_examples;
mod template_files;
mod trials;
mod work;
