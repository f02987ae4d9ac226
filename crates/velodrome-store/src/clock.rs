//! The database's clock, told by a node without asking each time (cycles.md §11.1).
//!
//! Leases, due times, slots and the ids that put transactions in order are compared by several nodes, so all
//! of them must go by one clock. A node asks the database now and then, and counts from its answer with a
//! clock that nobody sets: what becomes of the machine's own time is of no consequence.

use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use velodrome_model::Clock;

use crate::StoreError;

/// A second is off by so much at most on a machine's steady clock, in millionths; quartz keeps to a fifth.
const DRIFT: u32 = 500;

/// The time of a PostgreSQL server.
pub(crate) struct DatabaseClock {
    best: Mutex<Reading>,
}

/// What the database said.
#[derive(Clone, Copy, Debug)]
struct Reading {
    /// Its time,
    told: DateTime<Utc>,
    /// when the machine's steady clock stood here,
    at: Instant,
    /// give or take this.
    doubt: Duration,
}

impl DatabaseClock {
    /// Asks for the first time.
    ///
    /// # Errors
    /// When the database does not answer: without it nobody knows the time.
    pub async fn ask(db: &DatabaseConnection) -> Result<Self, StoreError> {
        Ok(Self {
            best: Mutex::new(Reading::take(db).await?),
        })
    }

    /// Asks again, and keeps what is known best.
    ///
    /// # Errors
    /// When the database does not answer; the time goes on from what is known.
    pub async fn ask_again(&self, db: &DatabaseConnection) -> Result<(), StoreError> {
        let fresh = Reading::take(db).await?;
        let mut best = self.best.lock();
        *best = best.or(fresh);
        Ok(())
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> DateTime<Utc> {
        let best = *self.best.lock();
        best.time_at(Instant::now())
    }
}

impl Reading {
    async fn take(db: &DatabaseConnection) -> Result<Self, StoreError> {
        // Inside a transaction, so that waiting for a connection is no part of what is measured.
        let unit = db.begin().await?;
        let ask = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS told");
        let asked = Instant::now();
        let answer = unit.query_one_raw(ask).await?;
        let took = asked.elapsed();
        let answer = answer.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
        let told = answer.try_get("", "told")?;
        unit.rollback().await?;
        // It looked at its clock at some time in between.
        Ok(Self {
            told,
            at: asked + took / 2,
            doubt: took / 2,
        })
    }

    fn time_at(&self, at: Instant) -> DateTime<Utc> {
        let passed = match at.checked_duration_since(self.at) {
            Some(passed) => delta(passed),
            None => -delta(self.at.duration_since(at)),
        };
        // PostgreSQL keeps microseconds; cutting here makes what is stored equal what was said.
        (self.told + passed).trunc_subsecs(6)
    }

    fn doubt_at(&self, at: Instant) -> Duration {
        let age = at.saturating_duration_since(self.at);
        self.doubt + age * DRIFT / 1_000_000
    }

    /// The better of two. One that can't be true beside the other wins when it is newer: the database's clock
    /// was set, another server took its place, or this machine slept, and all nodes go by what it says now.
    fn or(self, fresh: Self) -> Self {
        let doubt = self.doubt_at(fresh.at);
        let apart = (fresh.told - self.time_at(fresh.at)).abs();
        let contradicts = apart > delta(doubt + fresh.doubt);
        match contradicts || fresh.doubt <= doubt {
            true => fresh,
            false => self,
        }
    }
}

fn delta(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn told(milliseconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
    }

    #[test]
    fn time_goes_on_from_what_was_told() {
        let at = Instant::now();
        let reading = Reading {
            told: told(5_000),
            at,
            doubt: MS,
        };

        assert_eq!(reading.time_at(at + 250 * MS), told(5_250));
        assert_eq!(reading.time_at(at - 250 * MS), told(4_750));
    }

    #[test]
    fn what_is_known_best_is_kept_until_it_is_old_or_wrong() {
        let at = Instant::now();
        let good = Reading {
            told: told(0),
            at,
            doubt: MS,
        };
        // Told, after so many milliseconds, with this doubt; whether it is taken.
        let cases = [
            (1_010, 1_000, 20, false),
            (1_001, 1_000, 1, true),
            // After a minute the steady clock itself may be off by more.
            (60_010, 60_000, 20, true),
            (3_601_000, 1_000, 20, true),
            (-3_599_000, 1_000, 20, true),
        ];

        for (says, after, doubt, is_taken) in cases {
            let fresh = Reading {
                told: told(says),
                at: at + after * MS,
                doubt: doubt * MS,
            };

            let best = good.or(fresh);

            assert_eq!(best.told == fresh.told, is_taken, "{fresh:?}");
        }
    }
}
