//! Scalars without quotes, by the core schema of YAML 1.2.

use saphyr_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};

use super::{Mark, YamlFault};

/// Refuses tags but the one that says what is there anyway.
pub fn check_tag(tag: Option<&Tag>, expected: &str, mark: Mark) -> Result<(), YamlFault> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == expected) => {
            Err(unknown_tag(tag, mark))
        }
        _ => Ok(()),
    }
}

fn unknown_tag(tag: &Tag, mark: Mark) -> YamlFault {
    YamlFault {
        mark,
        message: format!("the tag {tag} means nothing in a definition; remove it"),
    }
}

/// The value that a scalar means.
pub fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    mark: Mark,
) -> Result<Value, YamlFault> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain {
            plain(text, mark)
        } else {
            Ok(Value::String(text.to_owned()))
        };
    };
    if tag.handle.is_empty() && tag.suffix == "!"
        || tag.is_yaml_core_schema() && tag.suffix == "str"
    {
        return Ok(Value::String(text.to_owned()));
    }
    if !tag.is_yaml_core_schema() {
        return Err(unknown_tag(tag, mark));
    }
    let value = plain(text, mark)?;
    let fits = match tag.suffix.as_str() {
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number(),
        _ => return Err(unknown_tag(tag, mark)),
    };
    if fits {
        Ok(value)
    } else {
        Err(YamlFault {
            mark,
            message: format!("{text:?} is not a value of the tag {tag}"),
        })
    }
}

/// A scalar without quotes, by the core schema (YAML 1.2.2 §10.3.2).
fn plain(text: &str, mark: Mark) -> Result<Value, YamlFault> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|first: char| {
            first.is_ascii_digit() || matches!(first, '+' | '-' | '.')
        }) =>
        {
            match number(text) {
                Some(Ok(number)) => Value::Number(number),
                Some(Err(())) => {
                    return Err(YamlFault {
                        mark,
                        message: format!("the number {text} can't be used in a definition"),
                    });
                }
                None => Value::String(text.to_owned()),
            }
        }
        _ => Value::String(text.to_owned()),
    };
    Ok(value)
}

/// The number that a plain scalar means; an error for those that JSON can't hold.
fn number(text: &str) -> Option<Result<Number, ()>> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 {
        return None;
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(()));
    }
    if let Some((digits, radix)) = text
        .strip_prefix("0o")
        .map(|digits| (digits, 8))
        .or_else(|| text.strip_prefix("0x").map(|digits| (digits, 16)))
    {
        let all = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        return all.then(|| {
            u64::from_str_radix(digits, radix)
                .map(Number::from)
                .map_err(drop)
        });
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let whole = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = whole.parse::<i64>() {
            return Some(Ok(number.into()));
        }
        if let Ok(number) = whole.parse::<u64>() {
            return Some(Ok(number.into()));
        }
    }
    let mut rest = unsigned;
    let digits = |rest: &mut &str| {
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        *rest = &rest[end..];
        end
    };
    let mut mantissa = digits(&mut rest);
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction;
        mantissa += digits(&mut rest);
    }
    if mantissa == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        rest = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits(&mut rest) == 0 {
            return None;
        }
    }
    if !rest.is_empty() {
        return None;
    }
    Some(
        text.parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .ok_or(()),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read;

    #[test]
    fn scalars_follow_the_core_schema_of_yaml_1_2() {
        for (text, meant) in [
            ("null", json!(null)),
            ("~", json!(null)),
            ("TRUE", json!(true)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-12", json!(-12)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0o17", json!(15)),
            ("017", json!(17)),
            ("0xfF", json!(255)),
            ("1_000", json!("1_000")),
            ("2.0", json!(2.0)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("1e", json!("1e")),
            (".", json!(".")),
            ("--1", json!("--1")),
            ("2024-01-01", json!("2024-01-01")),
            ("12:30", json!("12:30")),
            ("'12'", json!("12")),
            ("\"\\u00e4\"", json!("ä")),
            ("!!str 12", json!("12")),
            ("! 12", json!("12")),
            ("!!float 12", json!(12)),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap().value, meant, "{text}");
        }
    }
}
