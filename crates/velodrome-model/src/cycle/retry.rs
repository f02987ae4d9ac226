//! What follows when a step fails, and when it is tried again (cycles.md §3, §11.6).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// On Step Error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepErrorAction {
    /// The error is logged; the transaction goes on by the step's only exit with an empty answer.
    #[default]
    Ignore,
    /// The step is tried again after growing waits.
    Retry,
    /// The transaction ends, and the cycle is stopped.
    StopCycle,
    /// The transaction ends.
    StopTransaction,
}

/// How often a step that failed is tried again: 1 to 5 times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Retries(u8);

/// A number of retries that no cycle may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("MaxRetriesOnError must be 1 to 5")]
pub struct BadRetries;

impl Retries {
    /// Minutes from each failure to the attempt that follows it.
    const WAITS: [i64; 5] = [5, 35, 60 + 35, 4 * 60 + 35, 10 * 60 + 35];

    /// How many.
    pub fn count(self) -> u8 {
        self.0
    }

    /// The wait after so many failed attempts; none after the last.
    pub fn wait_after(self, failed: u8) -> Option<TimeDelta> {
        let next = failed.checked_sub(1)?;
        let minutes = (failed <= self.0).then(|| Self::WAITS.get(usize::from(next)))??;
        Some(TimeDelta::minutes(*minutes))
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self(5)
    }
}

impl From<Retries> for i64 {
    fn from(retries: Retries) -> Self {
        retries.0.into()
    }
}

impl TryFrom<i64> for Retries {
    type Error = BadRetries;

    fn try_from(count: i64) -> Result<Self, BadRetries> {
        u8::try_from(count)
            .ok()
            .filter(|count| (1..=5).contains(count))
            .map(Self)
            .ok_or(BadRetries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_until_the_retries_are_used_up() {
        let waits = |retries: Retries| -> Vec<i64> {
            (1..)
                .map_while(|failed| retries.wait_after(failed))
                .map(|wait| wait.num_minutes())
                .collect()
        };

        assert_eq!(waits(Retries::default()), [5, 35, 95, 275, 635]);
        assert_eq!(waits(2.try_into().unwrap()), [5, 35]);
        assert_eq!(Retries::default().wait_after(0), None);
    }

    #[test]
    fn one_to_five_retries_are_taken() {
        for count in [-1, 0, 6, 300] {
            assert_eq!(Retries::try_from(count), Err(BadRetries), "{count}");
        }
    }
}
