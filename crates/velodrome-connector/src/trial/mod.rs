//! Trying a connector out: what a careful reviewer does with credentials in hand.
//!
//! [`Connection::open`] authenticates with an account's values or with those of a twin, [`review`] calls
//! the methods and says what is wrong. Nothing is stored, and what is told holds none of the values.

mod connect;
mod inputs;
mod renew;
mod review;
mod storage;
mod values;

pub use connect::{AtOnce, Connection, Consent, Way};
pub use inputs::{BadInputs, Given, Inputs};
pub use review::{Depth, Review, Scope, review};
