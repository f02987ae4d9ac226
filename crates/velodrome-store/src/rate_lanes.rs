//! Rate limits counted over all nodes (cycles.md §11.7).
//!
//! A limit is a time line of places one interval apart; its row says when the next free one is. The
//! database's clock is the only one that counts.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use velodrome_model::{AccountConnectorId, InstanceScope};

use crate::{StoreError, Unit};

/// A limit that has been free for so long is as good as one that was never used.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// Places of a limit that are wanted.
#[derive(Clone, Copy, Debug)]
pub struct PlacesWanted<'a> {
    /// Whose limit.
    pub account_connector: AccountConnectorId,
    /// The method whose limit it is; none for the connector's own.
    pub method: Option<&'a str>,
    /// Tells several limits of a connector apart.
    pub index: u8,
    /// Time between two places.
    pub interval: Duration,
    /// How many may be used at once after a pause, at least 1.
    pub burst: u32,
    /// How many are wanted.
    pub count: u32,
    /// The longest wait for the first.
    pub most: Option<Duration>,
}

/// What was given of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// All that were wanted.
    Taken {
        /// Until the first.
        wait: Duration,
        /// How long ago the first could have been used: what is left of a burst.
        overdue: Duration,
    },
    /// None: the first would come after this time.
    TooLong(Duration),
}

#[derive(FromQueryResult)]
struct Ahead {
    ahead: i64,
}

/// $3: what is taken, $4: how far ahead the line may be; microseconds.
const TAKE: &str = "WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) \
    INSERT INTO rate_lane AS lane (account_connector_id, name, full_at) \
      SELECT $1, $2, clock.now + $3 FROM clock \
    ON CONFLICT (account_connector_id, name) DO UPDATE \
      SET full_at = greatest(lane.full_at, excluded.full_at - $3) + $3 \
      WHERE lane.full_at <= excluded.full_at - $3 + $4 \
    RETURNING lane.full_at - $3 - (SELECT now FROM clock) AS ahead";

const LOOK: &str = "SELECT full_at - (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS ahead \
    FROM rate_lane WHERE account_connector_id = $1 AND name = $2";

impl Unit<InstanceScope> {
    /// Takes the next places of a limit, unless the first comes too late. PostgreSQL only: with SQLite the one
    /// node counts in memory.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_places(&self, wanted: PlacesWanted<'_>) -> Result<Places, StoreError> {
        let tolerance = wanted.interval * (wanted.burst.max(1) - 1);
        let limit = wanted.most.map(|most| most.saturating_add(tolerance));
        let name = match wanted.method {
            Some(method) => format!("m:{method}"),
            None => format!("c:{}", wanted.index),
        };
        let key = [Value::from(wanted.account_connector.0), Value::from(name)];
        let taken = micros(wanted.interval * wanted.count);
        // Far enough for any wait, near enough to be added to.
        let limit = limit.map_or(i64::MAX / 4, micros);
        let mut values = key.to_vec();
        values.extend([Value::from(taken), Value::from(limit)]);
        let db = self.db();
        let take = Statement::from_sql_and_values(DbBackend::Postgres, TAKE, values);
        if let Some(Ahead { ahead }) = Ahead::find_by_statement(take).one(db).await? {
            let ahead = duration(ahead);
            return Ok(Places::Taken {
                wait: ahead.saturating_sub(tolerance),
                overdue: tolerance.saturating_sub(ahead),
            });
        }
        let look = Statement::from_sql_and_values(DbBackend::Postgres, LOOK, key);
        let ahead = Ahead::find_by_statement(look).one(db).await?;
        let ahead = ahead.map_or(Duration::ZERO, |row| duration(row.ahead));
        Ok(Places::TooLong(ahead.saturating_sub(tolerance)))
    }

    /// Forgets limits that nobody has used for a while; tells how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep_rate_lanes(&self) -> Result<u64, StoreError> {
        let before = self.now().timestamp_micros() - micros(KEPT);
        let sweep = Statement::from_sql_and_values(
            self.db().get_database_backend(),
            "DELETE FROM rate_lane WHERE full_at < $1",
            [Value::from(before)],
        );
        Ok(self.db().execute_raw(sweep).await?.rows_affected())
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
