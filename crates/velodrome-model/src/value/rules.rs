//! What a value must look like beyond its type.

use regex::Regex;
use serde_json::Value;

use super::ValueError;
use crate::definition::{Validation, ValueOption, scalar_text};

/// What a definition asks of a value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// Pattern, lengths and limits.
    pub validation: Option<&'a Validation>,
    /// The choices; none when empty.
    pub values: &'a [ValueOption],
    /// Values beyond the choices may be typed.
    pub allow_other: bool,
}

/// Checks a value, or each element of a list; null and blank text pass, for being required is not
/// decided here.
pub fn check(field: &str, value: &Value, rules: &Rules<'_>) -> Result<(), ValueError> {
    match value {
        Value::Null | Value::Object(_) => Ok(()),
        Value::Array(elements) => elements
            .iter()
            .try_for_each(|element| check(field, element, rules)),
        scalar => check_scalar(field, scalar, rules),
    }
}

fn check_scalar(field: &str, value: &Value, rules: &Rules<'_>) -> Result<(), ValueError> {
    let text = scalar_text(value);
    if text.is_empty() {
        return Ok(());
    }
    if !rules.values.is_empty()
        && !rules.allow_other
        && !rules.values.iter().any(|option| option.text() == text)
    {
        return Err(ValueError::new(
            field,
            "the value is not one of those offered",
        ));
    }
    let Some(validation) = rules.validation else {
        return Ok(());
    };
    let fault = |words: String| {
        let words = validation.message.clone().unwrap_or(words);
        Err(ValueError::new(field, words))
    };
    if let Some(pattern) = &validation.pattern {
        match Regex::new(pattern) {
            Err(_) => {
                return Err(ValueError::new(
                    field,
                    "its validation pattern can't be read",
                ));
            }
            Ok(regex) if !regex.is_match(&text) => {
                return fault("the value does not have the expected form".into());
            }
            Ok(_) => {}
        }
    }
    let length = text.chars().count() as u64;
    if let Some(least) = validation.min_length.filter(|least| length < *least) {
        return fault(format!("at least {least} characters are expected"));
    }
    if let Some(most) = validation.max_length.filter(|most| length > *most) {
        return fault(format!("at most {most} characters are expected"));
    }
    if validation.minimum.is_some() || validation.maximum.is_some() {
        let Ok(number) = text.trim().parse::<f64>() else {
            return fault("a number is expected".into());
        };
        if let Some(least) = validation.minimum.filter(|least| number < *least) {
            return fault(format!("a number of at least {least} is expected"));
        }
        if let Some(most) = validation.maximum.filter(|most| number > *most) {
            return fault(format!("a number of at most {most} is expected"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_held_against_what_the_definition_asks() {
        let validation = |json: Value| serde_json::from_value::<Validation>(json).unwrap();
        for (rules, value, fault) in [
            (json!({"pattern": "^a+$"}), json!("aaa"), None),
            (
                json!({"pattern": "^a+$"}),
                json!("ab"),
                Some("expected form"),
            ),
            (
                json!({"pattern": "^a+$"}),
                json!(["a", "b"]),
                Some("expected form"),
            ),
            (
                json!({"pattern": "(?=a)"}),
                json!("a"),
                Some("can't be read"),
            ),
            (
                json!({"pattern": "^a+$", "message": "Only a."}),
                json!("b"),
                Some("Only a."),
            ),
            (
                json!({"minLength": 2}),
                json!("ä"),
                Some("at least 2 characters"),
            ),
            (json!({"maxLength": 1}), json!("ä"), None),
            (
                json!({"maxLength": 1}),
                json!(12),
                Some("at most 1 characters"),
            ),
            (json!({"minimum": 1, "maximum": 5}), json!("5"), None),
            (json!({"minimum": 1}), json!(0), Some("at least 1")),
            (json!({"maximum": 5}), json!(5.5), Some("at most 5")),
            (json!({"maximum": 5}), json!("x"), Some("a number")),
            (json!({"minLength": 2}), json!(""), None),
            (json!({"minLength": 2}), json!(null), None),
        ] {
            let validation = validation(rules.clone());
            let rules_of = Rules {
                validation: Some(&validation),
                ..Rules::default()
            };
            let error = check("name", &value, &rules_of)
                .err()
                .map(|e| e.to_string());
            match (&error, fault) {
                (None, None) => {}
                (Some(error), Some(fault))
                    if error.starts_with("name: ") && error.contains(fault) => {}
                _ => panic!("{rules} {value}: {error:?}"),
            }
        }
    }

    #[test]
    fn choices_bind_unless_others_are_allowed() {
        let values: Vec<ValueOption> =
            serde_json::from_value(json!(["a", {"value": 1, "label": "One"}])).unwrap();
        let rules = |allow_other| Rules {
            values: &values,
            allow_other,
            ..Rules::default()
        };
        for (value, allow_other, fits) in [
            (json!("a"), false, true),
            (json!("1"), false, true),
            (json!(1), false, true),
            (json!("One"), false, false),
            (json!("b"), false, false),
            (json!("b"), true, true),
            (json!(["a", "b"]), false, false),
        ] {
            assert_eq!(
                check("f", &value, &rules(allow_other)).is_ok(),
                fits,
                "{value}"
            );
        }
    }
}
