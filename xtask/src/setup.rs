//! Setting up what the commands need, once: Debian packages, npm packages, the browser.

mod browser;
mod debian;
mod faketime;
mod nats;
mod node;
mod peers;
mod postgres;

pub use browser::chromium;
pub use debian::program;
pub use faketime::faketime;
pub use nats::nats_server;
pub use node::packages;
pub use peers::{FOLDER as PEERS, install as peers};
pub use postgres::server_programs;
