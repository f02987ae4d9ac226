//! Scenarios over HTTP against the running binary.

mod account_connectors;
mod accounts;
mod calls;
mod connectors;
mod credentials;
mod custom_connectors;
mod data_on_demand;
mod faults;
mod hosted_pages;
mod installation;
mod library;
mod nodes;
mod oauth;
mod operations;
mod partner_setup;
mod providers;
mod proxy;
mod reading;
mod refreshing;
mod scripted_consent;
mod settings;
mod setup;
mod setup_tokens;
mod tenancy;
mod tokens;
mod users;
