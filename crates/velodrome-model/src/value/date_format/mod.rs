//! Date patterns with .NET tokens, read and written (connectors.md §2.4, §2.5).

mod pattern;
mod read;
mod write;

use chrono::{DateTime, Offset, SecondsFormat, Utc};
use chrono_tz::Tz;

use pattern::{Token, ends_in_z, standard, tokens};

/// How an instant is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// ISO 8601, read leniently.
    Iso,
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMillis,
    /// .NET tokens.
    Pattern(Vec<Token>),
}

/// Why a pattern can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateFormatError {
    /// A quote or backslash that nothing follows.
    #[error("date format {0:?} ends inside a quoted text")]
    Unclosed(String),
    /// More than seven places of a second.
    #[error("date format {0:?} asks for more than 7 places of a second")]
    Fraction(String),
    /// One letter that is no standard format.
    #[error("date format {0:?} is not one of the one-letter formats")]
    Standard(String),
    /// No tokens at all.
    #[error("a date format is empty")]
    Empty,
}

impl DateFormat {
    /// ISO 8601.
    pub const ISO: Self = Self { kind: Kind::Iso };

    /// Reads a pattern: .NET tokens, a .NET one-letter format, `unix` or `unixms`.
    pub fn parse(pattern: &str) -> Result<Self, DateFormatError> {
        let kind = match pattern {
            "" => return Err(DateFormatError::Empty),
            "unix" => Kind::Unix,
            "unixms" => Kind::UnixMillis,
            one if one.len() == 1 => Kind::Pattern(tokens(standard(one)?)?),
            pattern => Kind::Pattern(tokens(pattern)?),
        };
        Ok(Self { kind })
    }

    /// Writes an instant as it is seen in `zone`.
    pub fn format(&self, instant: DateTime<Utc>, zone: Tz) -> String {
        match &self.kind {
            Kind::Iso if zone == Tz::UTC => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Kind::Iso => instant
                .with_timezone(&zone)
                .to_rfc3339_opts(SecondsFormat::AutoSi, false),
            Kind::Unix => instant.timestamp().to_string(),
            Kind::UnixMillis => instant.timestamp_millis().to_string(),
            Kind::Pattern(tokens) => {
                let offset = instant.with_timezone(&zone).offset().fix();
                write::written(tokens, instant.with_timezone(&offset))
            }
        }
    }

    /// Reads an instant; what names no zone is a time in `zone`. None where the text does not fit.
    pub fn read(&self, text: &str, zone: Tz) -> Option<DateTime<Utc>> {
        let text = text.trim();
        match &self.kind {
            Kind::Iso => read::iso(text, zone),
            Kind::Unix => {
                let (whole, nanos) = match text.split_once('.') {
                    Some((whole, fraction)) => (whole, read::fraction_nanos(fraction)?),
                    None => (text, 0),
                };
                DateTime::from_timestamp(whole.parse().ok()?, nanos)
            }
            Kind::UnixMillis => DateTime::from_timestamp_millis(text.parse().ok()?),
            Kind::Pattern(tokens) => read::read(tokens, text, zone),
        }
    }

    /// Whether what is written says by itself which instant is meant.
    pub fn names_zone(&self) -> bool {
        match &self.kind {
            Kind::Iso | Kind::Unix | Kind::UnixMillis => true,
            Kind::Pattern(tokens) => {
                ends_in_z(tokens)
                    || tokens
                        .iter()
                        .any(|token| matches!(token, Token::Offset { .. } | Token::Kind))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn format(pattern: &str) -> DateFormat {
        DateFormat::parse(pattern).unwrap()
    }

    #[test]
    fn an_instant_is_written_with_net_tokens() {
        let instant = at("2024-03-05T14:07:09.0501Z");
        for (pattern, zone, expected) in [
            ("yyyy-MM-ddTHH:mm:ssZ", Tz::UTC, "2024-03-05T14:07:09Z"),
            (
                "MM/dd/yyyy HH:mm:ss",
                Tz::America__New_York,
                "03/05/2024 09:07:09",
            ),
            ("d/M/yy h:m:s tt", Tz::UTC, "5/3/24 2:7:9 PM"),
            ("ddd, dd MMM yyyy", Tz::UTC, "Tue, 05 Mar 2024"),
            ("dddd d MMMM", Tz::UTC, "Tuesday 5 March"),
            ("HH:mm:ss.fff", Tz::UTC, "14:07:09.050"),
            ("HH:mm:ss.FFF", Tz::UTC, "14:07:09.05"),
            (
                "yyyy-MM-ddTHH:mm:sszzz",
                Tz::Asia__Kolkata,
                "2024-03-05T19:37:09+05:30",
            ),
            ("HH z zz", Tz::America__New_York, "09 -5 -05"),
            ("yyyy-MM-ddTHH:mm:ssK", Tz::UTC, "2024-03-05T14:07:09Z"),
            (
                "yyyy-MM-ddTHH:mm:ssK",
                Tz::Europe__Berlin,
                "2024-03-05T15:07:09+01:00",
            ),
            ("'at' HH\\h \"o'clock\"", Tz::UTC, "at 14h o'clock"),
            ("%d", Tz::UTC, "5"),
            ("o", Tz::UTC, "2024-03-05T14:07:09.0501000Z"),
            ("r", Tz::UTC, "Tue, 05 Mar 2024 14:07:09 GMT"),
            ("s", Tz::UTC, "2024-03-05T14:07:09"),
            ("u", Tz::UTC, "2024-03-05 14:07:09Z"),
            ("unix", Tz::UTC, "1709647629"),
            ("unixms", Tz::UTC, "1709647629050"),
            ("t", Tz::UTC, "14:07"),
            ("yyyyy gg", Tz::UTC, "02024 A.D."),
        ] {
            assert_eq!(format(pattern).format(instant, zone), expected, "{pattern}");
        }
        assert_eq!(
            DateFormat::ISO.format(at("2024-03-05T14:07:09Z"), Tz::UTC),
            "2024-03-05T14:07:09Z"
        );
    }

    #[test]
    fn a_whole_second_has_no_point_with_optional_places() {
        assert_eq!(
            format("ss.FFF").format(at("2024-03-05T14:07:09Z"), Tz::UTC),
            "09"
        );
    }

    #[test]
    fn a_text_is_read_with_net_tokens() {
        for (pattern, text, zone, expected) in [
            (
                "MM/dd/yyyy HH:mm:ss",
                "03/05/2024 09:07:09",
                Tz::America__New_York,
                "2024-03-05T14:07:09Z",
            ),
            (
                "yyyy-MM-ddTHH:mm:ssZ",
                "2024-03-05T14:07:09Z",
                Tz::America__New_York,
                "2024-03-05T14:07:09Z",
            ),
            (
                "d/M/yy h:mm tt",
                "5/3/24 2:07 PM",
                Tz::UTC,
                "2024-03-05T14:07:00Z",
            ),
            (
                "d/M/yy h:mm tt",
                "5/3/24 12:07 am",
                Tz::UTC,
                "2024-03-05T00:07:00Z",
            ),
            (
                "ddd, dd MMM yyyy HH:mm:ss zzz",
                "Tue, 05 Mar 2024 14:07:09 +0200",
                Tz::UTC,
                "2024-03-05T12:07:09Z",
            ),
            (
                "r",
                "Tue, 05 Mar 2024 14:07:09 GMT",
                Tz::Asia__Tokyo,
                "2024-03-05T14:07:09Z",
            ),
            ("yyyy ss.FFF", "2024 09", Tz::UTC, "2024-01-01T00:00:09Z"),
            (
                "yyyy ss.FFF",
                "2024 09.5",
                Tz::UTC,
                "2024-01-01T00:00:09.5Z",
            ),
            ("MMMM yyyy", "march 2024", Tz::UTC, "2024-03-01T00:00:00Z"),
            ("yyyyMMdd", "20240305", Tz::UTC, "2024-03-05T00:00:00Z"),
            (
                "unix",
                "1709647629",
                Tz::Asia__Tokyo,
                "2024-03-05T14:07:09Z",
            ),
            ("unix", "1709647629.5", Tz::UTC, "2024-03-05T14:07:09.5Z"),
            (
                "unixms",
                "1709647629050",
                Tz::UTC,
                "2024-03-05T14:07:09.050Z",
            ),
            (
                "yyyy-MM-ddTHH:mm:ss.fffK",
                "2024-03-05T14:07:09.050-01:00",
                Tz::UTC,
                "2024-03-05T15:07:09.050Z",
            ),
        ] {
            assert_eq!(
                format(pattern).read(text, zone),
                Some(at(expected)),
                "{pattern} {text}"
            );
        }
        for (pattern, text) in [
            ("MM/dd/yyyy", "13/05/2024"),
            ("MM/dd/yyyy", "03/05/2024 x"),
            ("MM/dd/yyyy", "3/5/2024"),
            ("h:mm tt yyyy", "13:00 PM 2024"),
            ("HH:mm", "10:00"),
            ("unix", "soon"),
            ("tt yyyy", "ß 2024"),
        ] {
            assert_eq!(
                format(pattern).read(text, Tz::UTC),
                None,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn iso_8601_is_read_as_apis_write_it() {
        for (text, expected) in [
            ("2024-03-05T14:07:09Z", "2024-03-05T14:07:09Z"),
            ("2024-03-05T14:07:09+0100", "2024-03-05T13:07:09Z"),
            ("2024-03-05 14:07:09.25", "2024-03-05T13:07:09.25Z"),
            ("2024-03-05T14:07", "2024-03-05T13:07:00Z"),
            ("2024-03-05", "2024-03-04T23:00:00Z"),
            ("2024-03-05 14:07:09 +01:00", "2024-03-05T13:07:09Z"),
            (
                "2024-7-1T12:00:00.1234567890Z",
                "2024-07-01T12:00:00.123456789Z",
            ),
        ] {
            assert_eq!(
                DateFormat::ISO.read(text, Tz::Europe__Berlin),
                Some(at(expected)),
                "{text}"
            );
        }
        for text in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-01-01T25:00:00Z",
            "2024-01-01T00:00:00Zz",
            "05/03/2024",
            "2024-01-01T00:00:00.",
        ] {
            assert_eq!(DateFormat::ISO.read(text, Tz::UTC), None, "{text}");
        }
    }

    #[test]
    fn local_times_that_exist_twice_or_never_are_still_read() {
        let read = |text| DateFormat::ISO.read(text, Tz::Europe__Berlin);
        assert_eq!(
            read("2024-10-27T02:30:00"),
            Some(at("2024-10-27T00:30:00Z"))
        );
        assert_eq!(
            read("2024-03-31T02:30:00"),
            Some(at("2024-03-31T01:30:00Z"))
        );
    }

    #[test]
    fn a_malformed_pattern_says_so() {
        assert_eq!(DateFormat::parse(""), Err(DateFormatError::Empty));
        assert_eq!(
            DateFormat::parse("x"),
            Err(DateFormatError::Standard("x".into()))
        );
        assert_eq!(
            DateFormat::parse("'at"),
            Err(DateFormatError::Unclosed("'at".into()))
        );
        assert_eq!(
            DateFormat::parse("ffffffff"),
            Err(DateFormatError::Fraction("ffffffff".into()))
        );
    }

    proptest! {
        #[test]
        fn a_complete_pattern_reads_what_it_writes(seconds in -2_000_000_000_i64..4_000_000_000, zone in prop::sample::select(&[Tz::UTC, Tz::Asia__Kolkata, Tz::America__New_York][..])) {
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            for pattern in ["yyyy-MM-ddTHH:mm:sszzz", "dddd, d MMMM yyyy h:mm:ss tt zzz", "yyyyMMddHHmmssK", "unix", "unixms"] {
                let format = format(pattern);
                prop_assert_eq!(format.read(&format.format(instant, zone), zone), Some(instant), "{}", pattern);
            }
        }

        #[test]
        fn no_text_makes_reading_panic(pattern in any::<String>(), text in any::<String>()) {
            let _ = DateFormat::ISO.read(&text, Tz::UTC);
            if let Ok(format) = DateFormat::parse(&pattern) {
                let _ = format.read(&text, Tz::UTC);
                drop(format.format(DateTime::UNIX_EPOCH, Tz::UTC));
            }
        }
    }
}
