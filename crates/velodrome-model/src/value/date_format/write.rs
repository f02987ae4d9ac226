//! Writing an instant with tokens.

use std::fmt::Write;

use chrono::{DateTime, Datelike, FixedOffset, Timelike};

use super::pattern::Token;

pub(super) const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn written(tokens: &[Token], at: DateTime<FixedOffset>) -> String {
    let mut out = String::new();
    for token in tokens {
        write_token(&mut out, token, at).expect("writing to a string can't fail");
    }
    out
}

fn write_token(out: &mut String, token: &Token, at: DateTime<FixedOffset>) -> std::fmt::Result {
    let mut number = |value: u32, digits: usize| write!(out, "{value:0digits$}");
    match token {
        Token::Literal(text) => out.write_str(text),
        Token::Day { digits } => number(at.day(), *digits),
        Token::Month { digits } => number(at.month(), *digits),
        Token::Hour24 { digits } => number(at.hour(), *digits),
        Token::Hour12 { digits } => number(at.hour12().1, *digits),
        Token::Minute { digits } => number(at.minute(), *digits),
        Token::Second { digits } => number(at.second(), *digits),
        Token::Year {
            digits: digits @ 1..=2,
        } => write!(out, "{:0digits$}", at.year().rem_euclid(100)),
        Token::Year { digits } => write!(out, "{:0digits$}", at.year()),
        Token::DayName { full } => {
            let name = DAYS[at.weekday().num_days_from_monday() as usize];
            out.write_str(if *full { name } else { &name[..3] })
        }
        Token::MonthName { full } => {
            let name = MONTHS[at.month0() as usize];
            out.write_str(if *full { name } else { &name[..3] })
        }
        Token::Fraction { digits, optional } => {
            // Nanoseconds past 999,999,999 are a leap second.
            let fraction = format!("{:09}", at.nanosecond() % 1_000_000_000);
            let fraction = &fraction[..*digits];
            if !optional {
                return out.write_str(fraction);
            }
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() && out.ends_with('.') {
                out.pop();
            }
            out.write_str(fraction)
        }
        Token::AmPm { full } => {
            let text = if at.hour12().0 { "PM" } else { "AM" };
            out.write_str(if *full { text } else { &text[..1] })
        }
        Token::Era => out.write_str("A.D."),
        Token::Kind if at.offset().local_minus_utc() == 0 => out.write_char('Z'),
        Token::Kind => write_offset(out, at.offset().local_minus_utc(), 3),
        Token::Offset { digits } => write_offset(out, at.offset().local_minus_utc(), *digits),
    }
}

fn write_offset(out: &mut String, seconds: i32, digits: usize) -> std::fmt::Result {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    match digits {
        1 => write!(out, "{sign}{hours}"),
        2 => write!(out, "{sign}{hours:02}"),
        _ => write!(out, "{sign}{hours:02}:{minutes:02}"),
    }
}
