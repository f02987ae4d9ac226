//! Tokens of a date pattern.

use super::DateFormatError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Literal(String),
    Day {
        digits: usize,
    },
    DayName {
        full: bool,
    },
    Month {
        digits: usize,
    },
    MonthName {
        full: bool,
    },
    Year {
        digits: usize,
    },
    Hour24 {
        digits: usize,
    },
    Hour12 {
        digits: usize,
    },
    Minute {
        digits: usize,
    },
    Second {
        digits: usize,
    },
    /// `f`; `optional` is `F`, which writes no trailing zeros.
    Fraction {
        digits: usize,
        optional: bool,
    },
    AmPm {
        full: bool,
    },
    Era,
    /// `z`, `zz`, `zzz`.
    Offset {
        digits: usize,
    },
    /// `K`: `Z` for UTC, an offset otherwise.
    Kind,
}

/// Whether the pattern ends in a literal Z (or GMT), with which its author says "this is UTC".
pub(super) fn ends_in_z(tokens: &[Token]) -> bool {
    matches!(tokens.last(), Some(Token::Literal(text)) if text.ends_with('Z') || text.ends_with("GMT"))
}

/// The pattern behind a .NET one-letter format, invariant culture.
pub(super) fn standard(letter: &str) -> Result<&'static str, DateFormatError> {
    Ok(match letter {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "f" => "dddd, dd MMMM yyyy HH:mm",
        "F" | "U" => "dddd, dd MMMM yyyy HH:mm:ss",
        "g" => "MM/dd/yyyy HH:mm",
        "G" => "MM/dd/yyyy HH:mm:ss",
        "M" | "m" => "MMMM dd",
        "O" | "o" => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        "R" | "r" => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ss'Z'",
        "Y" | "y" => "yyyy MMMM",
        _ => return Err(DateFormatError::Standard(letter.to_owned())),
    })
}

pub(super) fn tokens(pattern: &str) -> Result<Vec<Token>, DateFormatError> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = pattern.chars().peekable();
    let unclosed = || DateFormatError::Unclosed(pattern.to_owned());
    while let Some(char) = chars.next() {
        match char {
            '\'' | '"' => {
                let mut text = String::new();
                loop {
                    match chars.next().ok_or_else(unclosed)? {
                        end if end == char => break,
                        '\\' => text.push(chars.next().ok_or_else(unclosed)?),
                        other => text.push(other),
                    }
                }
                literal(&mut tokens, &text);
            }
            '\\' => literal(
                &mut tokens,
                chars.next().ok_or_else(unclosed)?.encode_utf8(&mut [0; 4]),
            ),
            // `%` only tells a lone token from a one-letter format.
            '%' => {}
            'd' | 'M' | 'y' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' | 'g' | 'z' => {
                let mut count = 1;
                while chars.next_if_eq(&char).is_some() {
                    count += 1;
                }
                tokens.push(
                    token(char, count)
                        .ok_or_else(|| DateFormatError::Fraction(pattern.to_owned()))?,
                );
            }
            'K' => tokens.push(Token::Kind),
            other => literal(&mut tokens, other.encode_utf8(&mut [0; 4])),
        }
    }
    if tokens.is_empty() {
        Err(DateFormatError::Empty)
    } else {
        Ok(tokens)
    }
}

fn literal(tokens: &mut Vec<Token>, text: &str) {
    if let Some(Token::Literal(last)) = tokens.last_mut() {
        last.push_str(text);
    } else {
        tokens.push(Token::Literal(text.to_owned()));
    }
}

fn token(letter: char, count: usize) -> Option<Token> {
    let digits = count.min(2);
    Some(match letter {
        'd' if count > 2 => Token::DayName { full: count > 3 },
        'd' => Token::Day { digits },
        'M' if count > 2 => Token::MonthName { full: count > 3 },
        'M' => Token::Month { digits },
        'y' => Token::Year { digits: count },
        'H' => Token::Hour24 { digits },
        'h' => Token::Hour12 { digits },
        'm' => Token::Minute { digits },
        's' => Token::Second { digits },
        'f' | 'F' if count > 7 => return None,
        'f' | 'F' => Token::Fraction {
            digits: count,
            optional: letter == 'F',
        },
        't' => Token::AmPm { full: count > 1 },
        'g' => Token::Era,
        'z' => Token::Offset {
            digits: count.min(3),
        },
        _ => return None,
    })
}
