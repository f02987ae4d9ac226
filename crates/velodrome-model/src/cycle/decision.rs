//! What a Decision compares, and when it holds (cycles.md §4.1).

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use regex::RegexBuilder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    definition::scalar_text,
    value::{DateFormat, compare_numbers},
};

/// A comparison; `Not…` is the exact complement of its other half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Condition {
    /// Equal after typing.
    Equals,
    /// Complement of [`Equals`](Self::Equals).
    NotEquals,
    /// Present and not null.
    Exists,
    /// Complement of [`Exists`](Self::Exists).
    NotExists,
    /// Null, absent, `""`, `[]` or `{}`.
    IsEmpty,
    /// Complement of [`IsEmpty`](Self::IsEmpty).
    IsNotEmpty,
    /// Part of the text, or member of the list.
    Contains,
    /// Complement of [`Contains`](Self::Contains).
    NotContains,
    /// Text begins so.
    StartsWith,
    /// Complement of [`StartsWith`](Self::StartsWith).
    NotStartsWith,
    /// Text ends so.
    EndsWith,
    /// Complement of [`EndsWith`](Self::EndsWith).
    NotEndsWith,
    /// Ordered after typing.
    GreaterThan,
    /// Ordered after typing.
    GreaterThanOrEqualTo,
    /// Ordered after typing.
    LessThan,
    /// Ordered after typing.
    LessThanOrEqualTo,
    /// Both bounds are inside.
    Between,
    /// One of a list whose members commas separate.
    InList,
    /// Complement of [`InList`](Self::InList).
    NotInList,
    /// A regular expression finds something, in time linear to the text.
    Matches,
    /// Complement of [`Matches`](Self::Matches).
    NotMatches,
    /// True, `"true"`, 1, `"1"`, `"yes"`.
    IsTrue,
    /// Complement of [`IsTrue`](Self::IsTrue), so an absent value is false.
    IsFalse,
}

impl Condition {
    /// How many operands stand on the right: none, one, or two for `Between`.
    pub fn right_operands(self) -> usize {
        match self {
            Self::Exists
            | Self::NotExists
            | Self::IsEmpty
            | Self::IsNotEmpty
            | Self::IsTrue
            | Self::IsFalse => 0,
            Self::Between => 2,
            _ => 1,
        }
    }

    /// Whether it is the complement of the condition named without *Not*, or of `IsTrue`.
    pub fn negates(self) -> bool {
        matches!(
            self,
            Self::NotEquals
                | Self::NotExists
                | Self::IsNotEmpty
                | Self::NotContains
                | Self::NotStartsWith
                | Self::NotEndsWith
                | Self::NotInList
                | Self::NotMatches
                | Self::IsFalse
        )
    }
}

/// One side of a comparison: a value, and the format in which its field declares dates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operand<'a> {
    /// None where the field is absent.
    pub value: Option<&'a Value>,
    /// None where the field declares none: ISO 8601.
    pub dates: Option<&'a DateFormat>,
}

impl<'a> Operand<'a> {
    /// A value of no declared format.
    pub fn of(value: &'a Value) -> Self {
        Self {
            value: Some(value),
            dates: None,
        }
    }

    fn text(&self) -> Option<String> {
        match self.value? {
            Value::Null | Value::Array(_) | Value::Object(_) => None,
            value => Some(scalar_text(value)),
        }
    }

    fn instant(&self) -> Option<DateTime<Utc>> {
        let text = self.value?.as_str()?;
        self.dates.unwrap_or(&DateFormat::ISO).read(text, Tz::UTC)
    }

    fn truth(&self) -> Option<bool> {
        match self.value? {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    fn is_missing(&self) -> bool {
        matches!(self.value, None | Some(Value::Null))
    }
}

/// A regular expression that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression {pattern:?} can't be used: {reason}")]
pub struct BadPattern {
    /// As it was written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A comparison of a left operand, ready to be asked of values.
#[derive(Clone, Copy, Debug)]
pub struct Criterion<'a> {
    /// The comparison.
    pub condition: Condition,
    /// What it compares with; the lower bound of `Between`.
    pub right: Operand<'a>,
    /// The upper bound of `Between`.
    pub upper: Operand<'a>,
    /// Text is compared without regard to case.
    pub ignores_case: bool,
}

/// The most bytes that a compiled expression takes.
const PATTERN_SIZE: usize = 1 << 20;

impl Criterion<'_> {
    /// Whether the comparison holds for a value.
    ///
    /// Both sides are numbers, else instants, else truths, else text; an ordered comparison with a side
    /// that is missing or can't be compared is false, a negated one the exact complement.
    ///
    /// # Errors
    /// When the right side of `Matches` is no regular expression.
    pub fn holds(&self, left: Operand<'_>) -> Result<bool, BadPattern> {
        use Condition as Is;
        let holds = match self.condition {
            Is::Exists | Is::NotExists => !left.is_missing(),
            Is::IsEmpty | Is::IsNotEmpty => is_empty(left.value),
            Is::IsTrue | Is::IsFalse => is_true(left.value),
            Is::Equals | Is::NotEquals => self.are_equal(left, self.right),
            Is::Contains | Is::NotContains => self.contains(left),
            Is::StartsWith | Is::NotStartsWith => {
                self.texts(left, |text, part| text.starts_with(part))
            }
            Is::EndsWith | Is::NotEndsWith => self.texts(left, |text, part| text.ends_with(part)),
            Is::GreaterThan => self.is_ordered(left, self.right, Ordering::is_gt),
            Is::GreaterThanOrEqualTo => self.is_ordered(left, self.right, Ordering::is_ge),
            Is::LessThan => self.is_ordered(left, self.right, Ordering::is_lt),
            Is::LessThanOrEqualTo => self.is_ordered(left, self.right, Ordering::is_le),
            Is::Between => {
                self.is_ordered(left, self.right, Ordering::is_ge)
                    && self.is_ordered(left, self.upper, Ordering::is_le)
            }
            Is::InList | Is::NotInList => self.is_in_list(left),
            Is::Matches | Is::NotMatches => self.matches(left)?,
        };
        Ok(holds != self.condition.negates())
    }

    fn are_equal(&self, left: Operand<'_>, right: Operand<'_>) -> bool {
        if let Some(order) = compare(left, right) {
            return order.is_eq();
        }
        match (left.text(), right.text()) {
            (Some(left), Some(right)) => self.cased(left) == self.cased(right),
            (None, None) if left.is_missing() || right.is_missing() => {
                left.is_missing() && right.is_missing()
            }
            (None, None) => left.value == right.value,
            _ => false,
        }
    }

    fn is_ordered(&self, left: Operand<'_>, right: Operand<'_>, is: fn(Ordering) -> bool) -> bool {
        let texts = || Some(self.cased(left.text()?).cmp(&self.cased(right.text()?)));
        compare(left, right).or_else(texts).is_some_and(is)
    }

    fn texts(&self, left: Operand<'_>, test: fn(&str, &str) -> bool) -> bool {
        let (Some(text), Some(part)) = (left.text(), self.right.text()) else {
            return false;
        };
        test(&self.cased(text), &self.cased(part))
    }

    fn contains(&self, left: Operand<'_>) -> bool {
        match left.value {
            Some(Value::Array(members)) => members.iter().any(|value| {
                self.are_equal(
                    Operand {
                        value: Some(value),
                        ..left
                    },
                    self.right,
                )
            }),
            _ => self.texts(left, |text, part| text.contains(part)),
        }
    }

    fn is_in_list(&self, left: Operand<'_>) -> bool {
        let is = |member: &Value| {
            let member = Operand {
                value: Some(member),
                ..self.right
            };
            self.are_equal(left, member)
        };
        match self.right.value {
            Some(Value::Array(members)) => members.iter().any(is),
            _ => self.right.text().is_some_and(|list| {
                list.split(',')
                    .any(|member| is(&Value::from(member.trim())))
            }),
        }
    }

    fn matches(&self, left: Operand<'_>) -> Result<bool, BadPattern> {
        let pattern = self.right.text().unwrap_or_default();
        let expression = RegexBuilder::new(&pattern)
            .case_insensitive(self.ignores_case)
            .size_limit(PATTERN_SIZE)
            .build()
            .map_err(|fault| BadPattern {
                reason: fault.to_string(),
                pattern,
            })?;
        Ok(left.text().is_some_and(|text| expression.is_match(&text)))
    }

    fn cased(&self, text: String) -> String {
        if self.ignores_case {
            text.to_lowercase()
        } else {
            text
        }
    }
}

/// The order of two numbers, two instants or two truths; none where they are neither.
fn compare(left: Operand<'_>, right: Operand<'_>) -> Option<Ordering> {
    let numbers = || compare_numbers(&left.text()?, &right.text()?);
    let instants = || Some(left.instant()?.cmp(&right.instant()?));
    let truths = || Some(left.truth()?.cmp(&right.truth()?));
    numbers().or_else(instants).or_else(truths)
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(members)) => members.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) => false,
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => number.as_f64() == Some(1.0),
        Some(Value::String(text)) => ["true", "1", "yes"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn asks(left: Value, condition: Condition, right: Value) -> bool {
        let criterion = Criterion {
            condition,
            right: Operand::of(&right),
            upper: Operand::default(),
            ignores_case: false,
        };
        criterion.holds(Operand::of(&left)).unwrap()
    }

    #[test]
    fn each_comparison_types_both_sides_before_it_compares() {
        use Condition as Is;
        for (left, condition, right, holds) in [
            (json!("1.0"), Is::Equals, json!(1), true),
            (json!("01"), Is::Equals, json!("1"), true),
            (json!("a"), Is::Equals, json!("A"), false),
            (json!(true), Is::Equals, json!("true"), true),
            (
                json!("2024-03-01T12:00:00Z"),
                Is::Equals,
                json!("2024-03-01T13:00:00+01:00"),
                true,
            ),
            (json!(null), Is::Equals, json!(""), false),
            (json!([1, 2]), Is::Equals, json!([1, 2]), true),
            (json!(9), Is::LessThan, json!("10"), true),
            (json!("9a"), Is::LessThan, json!("10a"), false),
            (json!(null), Is::LessThan, json!(10), false),
            (json!(null), Is::GreaterThanOrEqualTo, json!(10), false),
            (
                json!("2024-03-01"),
                Is::GreaterThan,
                json!("2024-02-28"),
                true,
            ),
            (
                json!(9007199254740993_i64),
                Is::GreaterThan,
                json!(9007199254740992_i64),
                true,
            ),
            (json!(""), Is::IsEmpty, json!(null), true),
            (json!({}), Is::IsEmpty, json!(null), true),
            (json!(0), Is::IsEmpty, json!(null), false),
            (json!("shipping"), Is::Contains, json!("hip"), true),
            (json!(["a", 7]), Is::Contains, json!("7"), true),
            (json!(["ab"]), Is::Contains, json!("a"), false),
            (json!("shipping"), Is::StartsWith, json!("ship"), true),
            (json!("shipping"), Is::EndsWith, json!("ping"), true),
            (json!("uk"), Is::InList, json!("de, uk"), true),
            (json!(2), Is::InList, json!("1,2.0"), true),
            (json!("k"), Is::InList, json!("uk"), false),
            (json!("AB-12"), Is::Matches, json!("^[A-Z]{2}-\\d+$"), true),
            (json!("Yes"), Is::IsTrue, json!(null), true),
            (json!(1), Is::IsTrue, json!(null), true),
            (json!("on"), Is::IsTrue, json!(null), false),
            (json!(null), Is::IsFalse, json!(null), true),
        ] {
            let says = format!("{left} {condition:?} {right}");
            assert_eq!(asks(left, condition, right), holds, "{says}");
        }
    }

    #[test]
    fn both_bounds_of_between_are_inside() {
        let (lower, upper) = (json!(1), json!("3"));
        let criterion = Criterion {
            condition: Condition::Between,
            right: Operand::of(&lower),
            upper: Operand::of(&upper),
            ignores_case: false,
        };
        for (value, holds) in [(0, false), (1, true), (3, true), (4, false)] {
            assert_eq!(
                criterion.holds(Operand::of(&json!(value))),
                Ok(holds),
                "{value}"
            );
        }
    }

    #[test]
    fn case_is_ignored_where_asked() {
        let right = json!("ÄB");
        for condition in [Condition::Equals, Condition::Contains, Condition::Matches] {
            let criterion = Criterion {
                condition,
                right: Operand::of(&right),
                upper: Operand::default(),
                ignores_case: true,
            };
            assert_eq!(
                criterion.holds(Operand::of(&json!("äb"))),
                Ok(true),
                "{condition:?}"
            );
        }
    }

    #[test]
    fn a_date_is_read_in_the_format_that_its_field_declares() {
        let format = DateFormat::parse("dd.MM.yyyy").unwrap();
        let (left, right) = (json!("02.03.2024"), json!("2024-03-01"));
        let criterion = Criterion {
            condition: Condition::GreaterThan,
            right: Operand::of(&right),
            upper: Operand::default(),
            ignores_case: false,
        };
        let left = Operand {
            value: Some(&left),
            dates: Some(&format),
        };

        assert_eq!(criterion.holds(left), Ok(true));
    }

    #[test]
    fn a_bad_expression_says_what_is_wrong() {
        let right = json!("(");
        let criterion = Criterion {
            condition: Condition::NotMatches,
            right: Operand::of(&right),
            upper: Operand::default(),
            ignores_case: false,
        };

        let fault = criterion.holds(Operand::of(&json!("x"))).unwrap_err();

        assert!(fault.to_string().contains("unclosed group"), "{fault}");
    }

    const COMPLEMENTS: [(Condition, Condition); 9] = [
        (Condition::Equals, Condition::NotEquals),
        (Condition::Exists, Condition::NotExists),
        (Condition::IsEmpty, Condition::IsNotEmpty),
        (Condition::Contains, Condition::NotContains),
        (Condition::StartsWith, Condition::NotStartsWith),
        (Condition::EndsWith, Condition::NotEndsWith),
        (Condition::InList, Condition::NotInList),
        (Condition::Matches, Condition::NotMatches),
        (Condition::IsTrue, Condition::IsFalse),
    ];

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z0-9:,.-]{0,12}".prop_map(Value::from),
            prop::collection::vec("[a-z]{0,3}".prop_map(Value::from), 0..3).prop_map(Value::from),
        ]
    }

    proptest! {
        #[test]
        fn a_negated_comparison_is_the_exact_complement(left in any_value(), right in any_value()) {
            for (plain, negated) in COMPLEMENTS {
                prop_assert_ne!(asks(left.clone(), plain, right.clone()), asks(left.clone(), negated, right.clone()));
            }
        }
    }
}
