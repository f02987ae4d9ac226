//! The test harness: a private PostgreSQL and NATS, a database for each test, the built server as a
//! child process, and an upstream that misbehaves as asked.
//!
//! Only tests, benches and our commands use it; nothing of it is in the product. It knows
//! none of our crates, and it waits for events instead of sleeping.

pub mod database;
pub mod machine_clock;
pub mod nats;
pub mod postgres;
pub mod server;
pub mod signal;
pub mod upstream;

mod account;
mod forwarder;
mod known_definitions;
mod launch;
mod output;
mod port;

pub use database::FreshDatabase;
pub use forwarder::Forwarder;
pub use machine_clock::MachineClock;
pub use nats::PrivateNats;
pub use port::Port;
pub use postgres::PrivatePostgres;
pub use server::{ServerBuilder, TestServer};
pub use upstream::{Answer, FakeUpstream, Received};
