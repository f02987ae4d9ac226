//! How long things take, in so little room that every hour may have one.

use serde::{Deserialize, Serialize};

/// Classes in which durations double.
const PER_DOUBLING: f64 = 4.0;
/// The last class holds what took longer than four hours and a half.
const LAST: usize = 96;

/// Durations counted by class, each class a fifth longer than the one before: a percentile read from it is
/// off by a tenth at most. Two of them can be added, which averages can't.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(Vec<u64>);

impl Histogram {
    /// Counts a duration, in milliseconds; one below nought counts as none.
    pub fn add(&mut self, milliseconds: i64) {
        let class = match milliseconds {
            ..=1 => 0,
            more => ((more as f64).log2() * PER_DOUBLING) as usize,
        };
        let class = class.min(LAST);
        if self.0.len() <= class {
            self.0.resize(class + 1, 0);
        }
        self.0[class] += 1;
    }

    /// Counts what the other has counted.
    pub fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine += theirs;
        }
    }

    /// How many durations there are.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The duration, in milliseconds, that so many of a hundred do not exceed; none of nothing.
    pub fn percentile(&self, percent: u32) -> Option<u64> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        let wanted = (total * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        for (class, count) in self.0.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                // The middle of the class.
                let middle = 2_f64.powf((class as f64 + 0.5) / PER_DOUBLING);
                return Some(middle.round() as u64);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_off_by_a_tenth_at_most() {
        let mut times = Histogram::default();
        for time in 1..=10_000 {
            times.add(time);
        }

        for (percent, exact) in [(50, 5_000.0), (95, 9_500.0), (99, 9_900.0)] {
            let read = times.percentile(percent).unwrap() as f64;
            assert!((read / exact - 1.0).abs() < 0.1, "{percent}: {read}");
        }
        assert_eq!(times.count(), 10_000);
    }

    #[test]
    fn nothing_and_what_is_out_of_range_are_counted_without_harm() {
        let mut times = Histogram::default();
        assert_eq!(times.percentile(50), None);

        times.add(-5);
        times.add(i64::MAX);
        let mut sum = Histogram::default();
        sum.merge(&times);

        assert_eq!(sum.count(), 2);
        assert_eq!(sum.percentile(50), Some(1));
        assert!(sum.percentile(100) > Some(16_000_000));
    }
}
