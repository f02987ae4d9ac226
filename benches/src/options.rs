//! What is asked for.

use clap::{Parser, ValueEnum};

/// Measures the running binary.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Names of measurements; none means all but the peers
    pub measurements: Vec<String>,
    /// Where the measurements of cycles keep their data
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    pub database: Database,
    /// How long a load lasts, in seconds
    #[arg(long, default_value_t = 20)]
    pub seconds: u32,
    /// Records that `million` splits
    #[arg(long, default_value_t = 1_000_000)]
    pub records: u64,
    /// Cycles that `schedule` activates
    #[arg(long, default_value_t = 100_000)]
    pub cycles: u64,
    /// Calls that `flight` keeps open
    #[arg(long, default_value_t = 10_000)]
    pub in_flight: u32,
    /// Answers a second that the provider of `flight` allows
    #[arg(long, default_value_t = 500)]
    pub allows: u32,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// The embedded one.
    Sqlite,
    /// A private server.
    Postgres,
}
