//! Times as the wire writes them (api.md §9).

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time: UTC, ISO 8601 with `Z` and up to 7 fractional digits. Reading accepts any zone, and none as UTC.
///
/// In schemas give the field `#[schema(value_type = chrono::DateTime<chrono::Utc>)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireTime(
    /// The instant.
    pub DateTime<Utc>,
);

impl From<DateTime<Utc>> for WireTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time)
    }
}

impl fmt::Display for WireTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S"))?;
        let ticks = self.0.nanosecond() % 1_000_000_000 / 100;
        if ticks > 0 {
            write!(f, ".{}", format!("{ticks:07}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(Self).ok_or_else(|| {
            de::Error::custom("must be a date and time, such as 2026-03-04T09:30:00Z")
        })
    }
}

/// Reads ISO 8601 with or without time and zone, or month/day/year with one or two digits (api.md §8).
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%m/%d/%Y %H:%M:%S",
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    for format in ["%Y-%m-%d", "%m/%d/%Y"] {
        if let Ok(date) = NaiveDate::parse_from_str(text, format) {
            return date.and_hms_opt(0, 0, 0).map(|time| time.and_utc());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_have_no_trailing_zeros_and_at_most_seven_digits() {
        for (read, written) in [
            ("2026-03-04T09:30:00Z", "2026-03-04T09:30:00Z"),
            ("2026-03-04T10:30:00.250+01:00", "2026-03-04T09:30:00.25Z"),
            (
                "2026-03-04T09:30:00.123456789Z",
                "2026-03-04T09:30:00.1234567Z",
            ),
            ("2026-03-04T09:30:00", "2026-03-04T09:30:00Z"),
            ("3/4/2026", "2026-03-04T00:00:00Z"),
            ("2026-03-04", "2026-03-04T00:00:00Z"),
        ] {
            assert_eq!(WireTime(parse(read).unwrap()).to_string(), written);
        }
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse("13/32/2026"), None);
    }
}
