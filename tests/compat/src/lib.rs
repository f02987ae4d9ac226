//! Drives a running Velodrome as a customer's program and browser would.
//!
//! The scenarios in `tests/` know only what the public API promises; nothing of our own code is
//! imported but the harness that starts the binary.

mod answer;
mod browser;
mod caller;
mod names;
mod page;
mod provider;
mod together;
mod workshop;
mod world;

pub use answer::Answer;
pub use browser::Browser;
pub use caller::Caller;
pub use page::{Form, Page};
pub use provider::{MASTER_KEY, Provider};
pub use together::{Scenario, together};
pub use workshop::{Installed, Shared, Workshop};
pub use world::{PasswordClient, World};
