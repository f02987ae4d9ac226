//! Enumerations of documents: words in any case, and the original product's numbers.

use serde::Serialize;
use serde_json::Value;
use velodrome_model::{
    cycle::{CollectionSplitting, Condition, Exit, Join, OnUncertain, StepErrorAction, TimeUnit},
    definition::DataType,
};

/// Kind of a step, as the wire has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum ActionType {
    Unknown,
    Action,
    Decision,
    Delay,
    WaitUntil,
    Webhook,
    WaitAll,
    Annotation,
}

/// An enumeration by the numbers of its words: the place in the list.
pub(super) trait Listed: Copy + Serialize + 'static {
    const ALL: &'static [Self];
}

macro_rules! listed {
    ($($name:ident: $($variant:ident),+;)+) => {$(
        impl Listed for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    )+};
}

listed! {
    ActionType: Unknown, Action, Decision, Delay, WaitUntil, Webhook, WaitAll, Annotation;
    StepErrorAction: Ignore, Retry, StopCycle, StopTransaction;
    CollectionSplitting: None, First, All;
    Exit: Forward, True, False;
    OnUncertain: Repeat, Stop;
    Join: All, Any;
    TimeUnit: Seconds, Minutes, Hours, Days, Weeks;
    DataType: Undefined, Text, Integer, Float, Boolean, DateTime, File, Decimal;
    Condition: Equals, NotEquals, Exists, NotExists, IsEmpty, IsNotEmpty, Contains, NotContains,
        StartsWith, NotStartsWith, EndsWith, NotEndsWith, GreaterThan, GreaterThanOrEqualTo, LessThan,
        LessThanOrEqualTo, Between, InList, NotInList, Matches, NotMatches, IsTrue, IsFalse;
}

/// The word of a variant.
pub(super) fn word<T: Listed>(variant: T) -> Value {
    serde_json::to_value(variant).unwrap_or_default()
}

/// The number of a variant.
pub(super) fn number<T: Listed>(variant: T) -> Value {
    let word = word(variant);
    let at = T::ALL.iter().position(|other| self::word(*other) == word);
    at.map_or(Value::Null, Value::from)
}

/// The variant of a word in any case, or of a number.
pub(super) fn variant<T: Listed>(value: &Value) -> Option<T> {
    let at = match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok()?,
        Value::String(text) => {
            let text = text.trim();
            let is_it = |variant: &T| {
                let word = word(*variant);
                word.as_str()
                    .is_some_and(|word| word.eq_ignore_ascii_case(text))
            };
            match T::ALL.iter().position(is_it) {
                Some(at) => at,
                None => text.parse().ok()?,
            }
        }
        _ => return None,
    };
    T::ALL.get(at).copied()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_and_numbers_name_the_same() {
        for (value, action) in [
            (json!("Delay"), Some(ActionType::Delay)),
            (json!("waituntil"), Some(ActionType::WaitUntil)),
            (json!(2), Some(ActionType::Decision)),
            (json!("5"), Some(ActionType::Webhook)),
            (json!(8), None),
            (json!("Else"), None),
            (json!(null), None),
        ] {
            assert_eq!(variant::<ActionType>(&value), action, "{value}");
        }
        assert_eq!(number(StepErrorAction::StopTransaction), json!(3));
        assert_eq!(word(CollectionSplitting::First), json!("First"));
    }
}
