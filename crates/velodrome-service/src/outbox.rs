//! The outbox, as the background works it off: claimed under a lease, done, forgotten or put off.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use tracing::{error, info, warn};
use velodrome_model::{InstanceScope, SharedClock};
use velodrome_store::{Claimed, Store, StoreError, Work, faults};

use crate::{
    follow_ups::{FollowUpError, FollowUps},
    metrics,
};

/// How long a piece of work is ours; the provider's answer is awaited for much less.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Before the first repetition; doubled for each further one.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(2);
/// The longest pause between two repetitions.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// With pauses of up to an hour this is a little more than a day.
const MOST_ATTEMPTS: i32 = 35;

/// Works the outbox off. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    store: Store,
    clock: SharedClock,
    follow_ups: FollowUps,
}

/// A piece of work that is ours until its lease lapses.
pub struct Errand(Claimed);

impl Outbox {
    /// The outbox of this store.
    pub fn new(store: Store, clock: SharedClock, follow_ups: FollowUps) -> Self {
        Self {
            store,
            clock,
            follow_ups,
        }
    }

    /// Claims up to `limit` pieces of work that are due, oldest first. Dropped half-way it has claimed
    /// nothing, or something that comes back when its lease lapses.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim(&self, limit: u64) -> Result<Vec<Errand>, StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        let claimed = unit.claim_work(limit, faults::lease(LEASE)).await?;
        unit.commit().await?;
        Ok(claimed.into_iter().map(Errand).collect())
    }

    /// Does a piece of work, and forgets it or puts it off. It may have been done before.
    pub async fn run(&self, Errand(claimed): Errand) {
        let (id, work) = (claimed.id, kind(&claimed.work));
        let outcome = self.follow_ups.perform(&claimed).await;
        let noted = match &outcome {
            Err(FollowUpError::NotNow(until)) => self.put_off_untried(id, *until).await,
            Err(cause) if !is_last(cause, claimed.attempts) => {
                self.put_off(id, claimed.attempts).await
            }
            Ok(()) | Err(_) => self.forget(id).await,
        };
        if let Err(cause) = noted {
            let cause = &cause as &dyn std::error::Error;
            error!(work.id = %id, work, cause, "The outcome of work could not be noted; it runs again when its lease lapses");
            return;
        }
        let attempts = claimed.attempts + 1;
        match outcome {
            Ok(()) => metrics::errand("done"),
            Err(FollowUpError::NotNow(_)) => metrics::errand("put_off"),
            Err(cause) if is_last(&cause, claimed.attempts) => {
                metrics::errand("given_up");
                warn!(work.id = %id, work, attempts, %cause, "Gave up work that follows from a change");
            }
            Err(cause) => {
                metrics::errand("put_off");
                info!(work.id = %id, work, attempts, %cause, "Put off work that follows from a change");
            }
        }
    }

    async fn forget(&self, id: uuid::Uuid) -> Result<(), StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        unit.finish_work(id).await?;
        unit.commit().await
    }

    async fn put_off_untried(
        &self,
        id: uuid::Uuid,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        unit.postpone_untried(id, until).await?;
        unit.commit().await
    }

    async fn put_off(&self, id: uuid::Uuid, attempts: i32) -> Result<(), StoreError> {
        let until = self.clock.now() + pause(attempts, rand::rng().random_range(0.8..1.2));
        let unit = self.store.begin(&InstanceScope).await?;
        unit.postpone_work(id, until).await?;
        unit.commit().await
    }
}

fn is_last(cause: &FollowUpError, attempts: i32) -> bool {
    !cause.is_transient() || attempts + 1 >= MOST_ATTEMPTS
}

fn kind(work: &Work) -> &'static str {
    match work {
        Work::RevokeCredential { .. } => "revoke_credential",
        Work::Notify { .. } => "notify",
        Work::PostError { .. } => "post_error",
    }
}

/// Before the next repetition, after this many attempts before the last one.
fn pause(attempts: i32, jitter: f64) -> TimeDelta {
    let doubled = FIRST_PAUSE * 2_i32.pow(attempts.clamp(0, 20).cast_unsigned());
    let seconds = doubled.min(LONGEST_PAUSE).as_seconds_f64() * jitter;
    TimeDelta::milliseconds((seconds * 1_000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_all_of_them_last_a_day() {
        assert_eq!(pause(0, 1.0), TimeDelta::seconds(2));
        assert_eq!(pause(3, 1.0), TimeDelta::seconds(16));
        assert_eq!(pause(1_000, 1.0), TimeDelta::hours(1));

        let all: TimeDelta = (0..MOST_ATTEMPTS - 1)
            .map(|attempt| pause(attempt, 1.0))
            .sum();
        assert!(
            all > TimeDelta::hours(22) && all < TimeDelta::hours(30),
            "{all}"
        );
    }

    #[test]
    fn what_will_never_work_is_given_up_at_once() {
        assert!(is_last(&FollowUpError::Never(String::new()), 0));
        assert!(!is_last(&FollowUpError::Later(String::new()), 0));
        assert!(is_last(&FollowUpError::Later(String::new()), MOST_ATTEMPTS));
    }
}
