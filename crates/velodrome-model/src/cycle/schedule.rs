//! When a cycle runs (cycles.md §6, Activation).

use chrono::{DateTime, TimeDelta, Utc};

use crate::CycleId;

/// Minutes between two runs, one of those that a cycle may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(u16);

/// A number of minutes that no cycle may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Interval must be one of {}", Interval::listed())]
pub struct BadInterval;

impl Interval {
    /// The intervals that there are, in minutes.
    pub const MINUTES: [u16; 13] = [1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 10080];

    /// Minutes.
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// The time between two runs.
    pub fn period(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }

    fn listed() -> String {
        Self::MINUTES.map(|minutes| minutes.to_string()).join(", ")
    }
}

impl TryFrom<i64> for Interval {
    type Error = BadInterval;

    fn try_from(minutes: i64) -> Result<Self, BadInterval> {
        u16::try_from(minutes)
            .ok()
            .filter(|minutes| Self::MINUTES.contains(minutes))
            .map(Self)
            .ok_or(BadInterval)
    }
}

/// The runs of an activated cycle: slot 0 at its start, then one each interval without drift.
///
/// Slots are instants in UTC, so a change to daylight saving time neither skips nor doubles one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    start: DateTime<Utc>,
    interval: Interval,
    offset: TimeDelta,
}

impl Schedule {
    /// The most that a cycle's runs are moved to spread the load.
    const MOST_OFFSET: TimeDelta = TimeDelta::seconds(30);

    /// The schedule of a cycle that was activated with these.
    pub fn new(cycle: CycleId, start: DateTime<Utc>, interval: Interval) -> Self {
        let most = (interval.period() / 10).min(Self::MOST_OFFSET);
        // Ids are random in their low half, so equal numbers of cycles get each offset.
        let share = cycle.0.as_u64_pair().1 % most.num_milliseconds().unsigned_abs();
        Self {
            start,
            interval,
            offset: TimeDelta::milliseconds(share.cast_signed()),
        }
    }

    /// When a slot is due. The first is not moved: somebody waits for it.
    pub fn due(&self, slot: u32) -> DateTime<Utc> {
        match i32::try_from(slot) {
            Ok(0) => self.start,
            Ok(slot) => self.start + self.interval.period() * slot + self.offset,
            Err(_) => DateTime::<Utc>::MAX_UTC,
        }
    }

    /// The newest slot that is due at an instant; those before it that nobody ran are missed and stay so.
    pub fn newest(&self, at: DateTime<Utc>) -> Option<u32> {
        if at < self.start {
            return None;
        }
        let past = (at - self.start - self.offset).max(TimeDelta::zero());
        let slots = past.num_milliseconds() / self.interval.period().num_milliseconds();
        u32::try_from(slots).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn every(minutes: i64) -> Interval {
        minutes.try_into().unwrap()
    }

    #[test]
    fn only_the_listed_intervals_are_taken() {
        for minutes in [-1, 0, 2, 59, 1441, 10081, i64::MAX] {
            assert_eq!(Interval::try_from(minutes), Err(BadInterval), "{minutes}");
        }
        for minutes in Interval::MINUTES {
            assert_eq!(every(minutes.into()).minutes(), minutes);
        }
    }

    #[test]
    fn slots_keep_their_distance_whatever_the_clocks_of_people_do() {
        // In Berlin clocks go from 02:00 to 03:00 in this night.
        let start = at("2024-03-30T23:30:00Z");
        let schedule = Schedule::new(CycleId(Uuid::nil()), start, every(60));

        let due: Vec<_> = (0..4).map(|slot| schedule.due(slot)).collect();

        assert_eq!(due[0], start);
        assert!(
            due.windows(2)
                .all(|pair| pair[1] - pair[0] == TimeDelta::hours(1))
        );
    }

    #[test]
    fn missed_slots_collapse_into_the_newest() {
        let schedule = Schedule::new(CycleId(Uuid::nil()), at("2024-01-01T00:00:00Z"), every(15));

        assert_eq!(schedule.newest(at("2023-12-31T23:59:59Z")), None);
        assert_eq!(schedule.newest(at("2024-01-01T00:00:00Z")), Some(0));
        assert_eq!(schedule.newest(at("2024-01-01T09:29:59Z")), Some(37));
    }

    proptest! {
        #[test]
        fn a_slot_is_the_newest_from_when_it_is_due_until_the_next_is(
            id: u128,
            minutes in prop::sample::select(Interval::MINUTES.to_vec()),
            slot in 1_u32..100_000,
        ) {
            let schedule = Schedule::new(
                CycleId(Uuid::from_u128(id)),
                at("2024-01-01T00:00:00Z"),
                every(minutes.into()),
            );
            let millisecond = TimeDelta::milliseconds(1);

            prop_assert_eq!(schedule.newest(schedule.due(slot)), Some(slot));
            prop_assert_eq!(schedule.newest(schedule.due(slot + 1) - millisecond), Some(slot));
            let exact = at("2024-01-01T00:00:00Z") + every(minutes.into()).period() * slot as i32;
            let moved = schedule.due(slot) - exact;
            prop_assert!(moved >= TimeDelta::zero() && moved <= TimeDelta::seconds(30));
        }
    }
}
