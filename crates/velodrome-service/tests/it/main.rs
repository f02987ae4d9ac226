//! The desk against simulated providers: real store, real calls out, no HTTP of our own in front.

mod bench;
mod credentials;
mod journeys;
mod objects;
mod tenants;
