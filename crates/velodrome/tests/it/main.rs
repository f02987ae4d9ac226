//! The whole program as a child process: real router, real database of its own, fake upstreams.
//!
//! [`app::TestApp`] starts it; the database is SQLite, or PostgreSQL where the environment says so.

mod app;
mod backups;
mod commands;
mod configuration;
mod definitions;
mod keys;
mod provider;
mod sandbox;
mod starting;
mod work;
