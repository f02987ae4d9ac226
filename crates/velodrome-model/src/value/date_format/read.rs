//! Reading an instant with tokens, or as ISO 8601.

use chrono::{
    DateTime, Days, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeZone, Utc,
};
use chrono_tz::Tz;

use super::{
    pattern::{Token, ends_in_z},
    write::{DAYS, MONTHS},
};

/// What a pattern has read so far.
#[derive(Default)]
struct Read {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    hour12: Option<u32>,
    minute: u32,
    second: u32,
    nanos: u32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

pub(super) fn read(tokens: &[Token], text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let mut read = Read::default();
    let mut rest = text;
    let mut tokens_left = tokens.iter().peekable();
    while let Some(token) = tokens_left.next() {
        rest = match (
            read_token(token, rest, &mut read),
            token,
            tokens_left.peek(),
        ) {
            (Some(rest), ..) => rest,
            // The point is gone together with the places of an `F` fraction.
            (None, Token::Literal(point), Some(Token::Fraction { optional: true, .. })) => {
                tokens_left.next();
                rest.strip_prefix(point.strip_suffix('.')?)?
            }
            (None, ..) => return None,
        };
    }
    if !rest.is_empty() {
        return None;
    }
    let hour = match (read.hour, read.hour12, read.afternoon) {
        (Some(hour), ..) => hour,
        (None, Some(hour @ 1..=12), afternoon) => {
            hour % 12 + if afternoon == Some(true) { 12 } else { 0 }
        }
        (None, Some(_), _) => return None,
        (None, None, _) => 0,
    };
    let date = NaiveDate::from_ymd_opt(read.year?, read.month.unwrap_or(1), read.day.unwrap_or(1))?;
    let time = NaiveTime::from_hms_nano_opt(hour, read.minute, read.second, read.nanos)?;
    let local = date.and_time(time);
    match read.offset {
        Some(seconds) => in_zone(local, FixedOffset::east_opt(seconds)?),
        None if ends_in_z(tokens) => Some(local.and_utc()),
        None => in_zone(local, zone),
    }
}

fn read_token<'t>(token: &Token, text: &'t str, read: &mut Read) -> Option<&'t str> {
    let range = |digits: usize| if digits == 1 { 1..=2 } else { 2..=2 };
    let (value, rest) = match token {
        Token::Literal(literal) => return text.strip_prefix(literal.as_str()),
        Token::Era => return text.strip_prefix("A.D."),
        Token::DayName { full } => {
            return DAYS.iter().find_map(|name| strip_name(text, name, *full));
        }
        Token::MonthName { full } => {
            let (at, rest) = MONTHS
                .iter()
                .enumerate()
                .find_map(|(at, name)| Some((at, strip_name(text, name, *full)?)))?;
            read.month = Some(u32::try_from(at).ok()? + 1);
            return Some(rest);
        }
        Token::AmPm { full } => {
            let length = if *full { 2 } else { 1 };
            let (mark, rest) = text.split_at_checked(length)?;
            read.afternoon = Some(match mark.as_bytes()[0].to_ascii_uppercase() {
                b'A' => false,
                b'P' => true,
                _ => return None,
            });
            return Some(rest);
        }
        Token::Fraction { digits, optional } => {
            let end = text.bytes().take_while(u8::is_ascii_digit).count();
            if end > *digits || (!optional && end < *digits) {
                return None;
            }
            read.nanos = fraction_nanos(&text[..end])?;
            return Some(&text[end..]);
        }
        Token::Kind if text.is_empty() => return Some(text),
        Token::Kind | Token::Offset { .. } => return read_offset(text, read),
        Token::Year {
            digits: digits @ 1..=2,
        } => {
            let (value, rest) = digits_of(text, range(*digits))?;
            // .NET's window: 00 to 49 are this century's.
            read.year = Some(i32::try_from(value).ok()? + if value < 50 { 2000 } else { 1900 });
            return Some(rest);
        }
        Token::Year { digits } => {
            let (value, rest) = digits_of(text, (*digits).min(4)..=(*digits).max(4))?;
            read.year = Some(i32::try_from(value).ok()?);
            return Some(rest);
        }
        Token::Day { digits }
        | Token::Month { digits }
        | Token::Hour24 { digits }
        | Token::Hour12 { digits }
        | Token::Minute { digits }
        | Token::Second { digits } => digits_of(text, range(*digits))?,
    };
    match token {
        Token::Day { .. } => read.day = Some(value),
        Token::Month { .. } => read.month = Some(value),
        Token::Hour24 { .. } => read.hour = Some(value),
        Token::Hour12 { .. } => read.hour12 = Some(value),
        Token::Minute { .. } => read.minute = value,
        _ => read.second = value,
    }
    Some(rest)
}

fn strip_name<'t>(text: &'t str, name: &str, full: bool) -> Option<&'t str> {
    let name = if full { name } else { &name[..3] };
    let (head, rest) = text.split_at_checked(name.len())?;
    head.eq_ignore_ascii_case(name).then_some(rest)
}

fn digits_of(text: &str, range: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let end = text
        .bytes()
        .take(*range.end())
        .take_while(u8::is_ascii_digit)
        .count();
    if end < *range.start() {
        return None;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

pub(super) fn fraction_nanos(digits: &str) -> Option<u32> {
    if digits.is_empty() {
        return Some(0);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = &digits[..digits.len().min(9)];
    let scale = 10_u32.pow(9 - u32::try_from(kept.len()).ok()?);
    Some(kept.parse::<u32>().ok()? * scale)
}

/// `Z`, `+2`, `+02`, `+0200` or `+02:00`.
fn read_offset<'t>(text: &'t str, read: &mut Read) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        read.offset = Some(0);
        return Some(rest);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits_of(&text[1..], 1..=2)?;
    let minutes = digits_of(rest.strip_prefix(':').unwrap_or(rest), 2..=2);
    let (minutes, rest) = minutes.unwrap_or((0, rest));
    if minutes > 59 {
        return None;
    }
    read.offset = Some(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?);
    Some(rest)
}

/// A local time as an instant: the earlier of two when clocks are set back, the time moved on by the
/// gap when it does not exist.
fn in_zone<Z: TimeZone>(local: NaiveDateTime, zone: Z) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.to_utc()),
        MappedLocalTime::None => {
            // The offset of the day before still holds at the missing hour.
            let before = local.checked_sub_days(Days::new(1))?;
            let offset = zone.from_local_datetime(&before).earliest()?.offset().fix();
            Some(offset.from_local_datetime(&local).single()?.to_utc())
        }
    }
}

/// ISO 8601 as APIs write it: basic offsets, a blank for the T, a date alone, a week of precision.
pub(super) fn iso(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let (year, rest) = digits_of(text, 4..=4)?;
    let (month, rest) = digits_of(rest.strip_prefix('-')?, 1..=2)?;
    let (day, rest) = digits_of(rest.strip_prefix('-')?, 1..=2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let mut read = Read::default();
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
        let rest = if rest.is_empty() {
            rest
        } else {
            read_offset(rest, &mut read)?
        };
        let midnight = date.and_time(NaiveTime::MIN);
        return rest.is_empty().then(|| placed(midnight, &read, zone))?;
    };
    let (hour, rest) = digits_of(rest, 2..=2)?;
    let (minute, mut rest) = digits_of(rest.strip_prefix(':')?, 2..=2)?;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = digits_of(after, 2..=2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let end = after.bytes().take_while(u8::is_ascii_digit).count();
            read.nanos = fraction_nanos(&after[..end]).filter(|_| end > 0)?;
            rest = &after[end..];
        }
    }
    let rest = rest.trim_start();
    let rest = if rest.is_empty() {
        rest
    } else {
        read_offset(rest, &mut read)?
    };
    if !rest.is_empty() {
        return None;
    }
    placed(
        date.and_time(NaiveTime::from_hms_nano_opt(
            hour, minute, second, read.nanos,
        )?),
        &read,
        zone,
    )
}

fn placed(local: NaiveDateTime, read: &Read, zone: Tz) -> Option<DateTime<Utc>> {
    match read.offset {
        Some(seconds) => in_zone(local, FixedOffset::east_opt(seconds)?),
        None => in_zone(local, zone),
    }
}
