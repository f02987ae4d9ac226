//! Scenarios over HTTP against the running binary.

mod accounts;
mod calls;
mod connectors;
mod credentials;
mod installation;
mod oauth;
mod operations;
mod providers;
mod reading;
mod refreshing;
mod settings;
mod setup;
mod setup_tokens;
mod tenancy;
mod tokens;
mod users;
