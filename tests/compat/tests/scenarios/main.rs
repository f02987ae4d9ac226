//! Scenarios over HTTP against the running binary.

mod accounts;
mod calls;
mod connectors;
mod installation;
mod oauth;
mod operations;
mod providers;
mod reading;
mod refreshing;
mod setup;
mod tenancy;
mod tokens;
