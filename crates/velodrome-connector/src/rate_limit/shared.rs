//! Limits that count over several processes.

use std::{error::Error, fmt, time::Duration};

use async_trait::async_trait;
use velodrome_model::AccountConnectorId;

/// Where the processes that share limits keep count. They take places on one time line, several at once when
/// several requests wait, so that not each request asks.
#[async_trait]
pub trait SharedPace: fmt::Debug + Send + Sync + 'static {
    /// Takes the next places of a limit.
    ///
    /// # Errors
    /// When what they share can't be reached. The limit then counts in this process alone.
    async fn take(
        &self,
        lane: LaneName<'_>,
        wanted: Wanted,
    ) -> Result<Taken, Box<dyn Error + Send + Sync>>;
}

/// A limit of an account connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneName<'a> {
    /// Whose.
    pub account_connector: AccountConnectorId,
    /// The method whose limit it is; none for the connector's own.
    pub method: Option<&'a str>,
    /// Tells several limits of a connector apart.
    pub index: u8,
}

/// Places that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Time between two of them.
    pub interval: Duration,
    /// How many may go at once after a pause, at least 1.
    pub burst: u32,
    /// How many, at least 1.
    pub count: u32,
    /// The longest wait for the first of them; none are taken when it would be longer.
    pub most: Option<Duration>,
}

/// What was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// All that were wanted, one interval after the other.
    Places {
        /// Until the first of them. Zero with `overdue` above it: so much of the burst was left.
        wait: Duration,
        /// How long ago the first could have been used.
        overdue: Duration,
    },
    /// None: the first would come after this time.
    TooLong(Duration),
}
