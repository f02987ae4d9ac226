//! What stays true when everything else goes wrong: servers that are killed at named points and at random,
//! paused, cut off and upgraded, and an oracle that looks afterwards.
//!
//! * [`Provider`]: stands for the provider; writes down every call with its key.
//! * [`World`]: a server with cycles of several accounts, and a client that writes down what was accepted.
//! * [`Verdict`]: what the oracle found.
//! * [`campaign`]: kills, one after the other.

pub mod campaign;
mod oracle;
mod provider;
mod world;

pub use oracle::Verdict;
pub use provider::{Call, Provider, Whim};
pub use world::{LIMIT, Sent, World, nothing_armed};
