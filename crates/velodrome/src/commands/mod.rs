//! The commands that end by themselves.

pub mod admin;
pub mod backup;
pub mod config;
pub mod connector;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod sandbox;
pub mod template;
