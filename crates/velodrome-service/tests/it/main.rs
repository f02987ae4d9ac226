//! The desk against simulated providers: real store, real calls out, no HTTP of our own in front.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can not go on says so by panicking"
)]

mod bench;
mod credentials;
mod custom_connectors;
mod cycle_lookups;
mod flows;
mod found_fields;
mod hooks;
mod journeys;
mod long_lists;
mod objects;
mod points;
mod rates;
mod refresh_simulation;
mod runs;
mod scripts;
mod sessions;
mod steps;
mod tenants;
mod utilities;
