//! Decimal text: rounding without binary surprises.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// A number as digits: `negative`, the digits, and how many of them stand after the point.
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    places: usize,
}

/// More digits than any number that is meant as one.
const MOST_DIGITS: usize = 400;

/// Rounds the number in `text` half-even to `places` places. None where it is no number.
///
/// Whole results come back as integers where they fit 64 bits.
pub(super) fn rounded(text: &str, places: usize) -> Option<Value> {
    let mut number = Digits::read(text)?;
    number.round(places);
    let text = number.text();
    if number.places == 0
        && let Some(whole) = whole(&text)
    {
        return Some(whole);
    }
    Number::from_f64(text.parse().ok()?).map(Value::Number)
}

/// The whole number in `text`, exact: a JSON number up to 64 bits, text beyond. None where it is none.
pub(super) fn integer(text: &str) -> Option<Value> {
    let mut number = Digits::read(text)?;
    number.strip_zeros();
    if number.places > 0 {
        return None;
    }
    let text = number.text();
    Some(whole(&text).unwrap_or(Value::String(text)))
}

/// The exact order of the numbers in two texts. None where one is no number.
pub fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Digits::read(left)?, Digits::read(right)?);
    Some(left.cmp(&right))
}

fn whole(text: &str) -> Option<Value> {
    text.parse::<i64>()
        .map(Value::from)
        .or_else(|_| text.parse::<u64>().map(Value::from))
        .ok()
}

impl Digits {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.len() > MOST_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let places = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
        if places.unsigned_abs() > MOST_DIGITS as u64 {
            // Zero is zero whatever its exponent; anything else is out of every range.
            return digits.iter().all(|digit| *digit == b'0').then(|| Self {
                negative: false,
                digits: vec![b'0'],
                places: 0,
            });
        }
        let places = match usize::try_from(places) {
            Ok(places) => places,
            Err(_) => {
                digits.resize(digits.len() + usize::try_from(-places).ok()?, b'0');
                0
            }
        };
        // At least one digit before the point.
        let missing = (places + 1).saturating_sub(digits.len());
        digits.splice(0..0, std::iter::repeat_n(b'0', missing));
        Some(Self {
            negative,
            digits,
            places,
        })
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match number.digits.iter().all(|digit| *digit == b'0') {
            true => 0,
            false if number.negative => -1,
            false => 1,
        };
        match (sign(self), sign(other)) {
            (-1, -1) => self.magnitude(other).reverse(),
            (1, 1) => self.magnitude(other),
            (left, right) => left.cmp(&right),
        }
    }

    /// The order without signs.
    fn magnitude(&self, other: &Self) -> Ordering {
        let whole = |number: &Self| {
            let whole = &number.digits[..number.digits.len() - number.places];
            let zeros = whole.iter().take_while(|digit| **digit == b'0').count();
            whole[zeros..].to_vec()
        };
        let fraction =
            |number: &Self| number.digits[number.digits.len() - number.places..].to_vec();
        let (left, right) = (whole(self), whole(other));
        let (mut left_part, mut right_part) = (fraction(self), fraction(other));
        let places = left_part.len().max(right_part.len());
        left_part.resize(places, b'0');
        right_part.resize(places, b'0');
        left.len()
            .cmp(&right.len())
            .then_with(|| left.cmp(&right))
            .then_with(|| left_part.cmp(&right_part))
    }

    fn round(&mut self, places: usize) {
        if self.places > places {
            let cut = self.digits.len() - (self.places - places);
            let dropped = self.digits.split_off(cut);
            self.places = places;
            let half_or_more = dropped[0].cmp(&b'5');
            let more_follows = dropped[1..].iter().any(|digit| *digit != b'0');
            let odd = self.digits.last().is_some_and(|digit| digit % 2 == 1);
            let up = half_or_more.is_gt() || (half_or_more.is_eq() && (more_follows || odd));
            if up {
                self.increment();
            }
        }
        self.strip_zeros();
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
        self.digits.insert(0, b'1');
    }

    fn strip_zeros(&mut self) {
        while self.places > 0 && self.digits.last() == Some(&b'0') {
            self.digits.pop();
            self.places -= 1;
        }
    }

    fn text(&self) -> String {
        let digits: String = self.digits.iter().map(|digit| char::from(*digit)).collect();
        let (whole, fraction) = digits.split_at(digits.len() - self.places);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let zero = whole == "0" && fraction.bytes().all(|digit| digit == b'0');
        let sign = if self.negative && !zero { "-" } else { "" };
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_round_half_to_even() {
        for (text, places, expected) in [
            ("0.5", 0, json!(0)),
            ("1.5", 0, json!(2)),
            ("2.5", 0, json!(2)),
            ("2.5000001", 0, json!(3)),
            ("-2.5", 0, json!(-2)),
            ("9.99", 1, json!(10)),
            ("1.0000000000005", 12, json!(1)),
            ("1.0000000000015", 12, json!(1.000000000002)),
            ("0.1", 12, json!(0.1)),
            ("1e3", 12, json!(1000)),
            ("12.5e-1", 12, json!(1.25)),
            (".5", 2, json!(0.5)),
            ("10.00", 2, json!(10)),
            ("-0.000", 2, json!(0)),
            ("9007199254740993", 12, json!(9_007_199_254_740_993_i64)),
        ] {
            assert_eq!(rounded(text, places), Some(expected), "{text}");
        }
        for text in [
            "", "-", ".", "1.2.3", "x", "1e", "1e999999", "0x10", "NaN", "1 000",
        ] {
            assert_eq!(rounded(text, 2), None, "{text}");
        }
        assert_eq!(rounded("0e999999", 2), Some(json!(0)));
    }

    #[test]
    fn whole_numbers_stay_exact() {
        for (text, expected) in [
            ("9007199254740993", json!(9_007_199_254_740_993_i64)),
            ("18446744073709551615", json!(u64::MAX)),
            (
                "-170141183460469231731687303715884105728",
                json!("-170141183460469231731687303715884105728"),
            ),
            ("007", json!(7)),
            ("1.0", json!(1)),
            ("1e3", json!(1000)),
        ] {
            assert_eq!(integer(text), Some(expected), "{text}");
        }
        assert_eq!(integer("1.5"), None);
        assert_eq!(integer("ten"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in any::<String>(), places in 0_usize..20) {
            drop(rounded(&text, places));
            drop(integer(&text));
        }

        #[test]
        fn what_has_few_places_is_not_changed(whole in -1_000_000_i64..1_000_000, cents in 0_u32..100) {
            let text = format!("{whole}.{cents:02}");
            prop_assert_eq!(rounded(&text, 12).unwrap().as_f64(), Some(text.parse::<f64>().unwrap()));
        }
    }
}
