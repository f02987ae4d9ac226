//! Conversion to the type that a field or parameter declares.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::{DateFormat, DateFormatError, decimal};
use crate::definition::{DataType, scalar_text};

/// A value that does not fit; the message names the field but never the value, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct ValueError {
    /// Location or `targetName`.
    pub field: String,
    /// What is wrong.
    pub fault: String,
}

impl ValueError {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, fault: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            fault: fault.into(),
        }
    }
}

/// The declared type of a value, its format read.
#[derive(Clone, Debug)]
pub struct ValueType {
    data_type: DataType,
    format: DateFormat,
    zone: Tz,
}

/// The way a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Response,
}

impl ValueType {
    /// A type; `zone` is what times without a zone are in.
    pub fn new(
        data_type: DataType,
        format: Option<&str>,
        zone: Tz,
    ) -> Result<Self, DateFormatError> {
        // Formats of other types are hints for people (`email`, `currency`), not patterns.
        let format = match (data_type, format) {
            (DataType::DateTime, Some(pattern)) => DateFormat::parse(pattern)?,
            _ => DateFormat::ISO,
        };
        Ok(Self {
            data_type,
            format,
            zone,
        })
    }

    /// The value as the remote application wants it. Lists convert element by element, null stays null.
    pub fn to_request(&self, field: &str, value: &Value) -> Result<Value, ValueError> {
        self.convert(field, value, Direction::Request)
    }

    /// The remote application's value as we keep it: instants as ISO 8601 in UTC.
    pub fn from_response(&self, field: &str, value: &Value) -> Result<Value, ValueError> {
        self.convert(field, value, Direction::Response)
    }

    /// The instant in a value that this type reads.
    pub fn instant(&self, value: &Value) -> Option<DateTime<Utc>> {
        match value {
            Value::String(text) => self.format.read(text, self.zone),
            Value::Number(number) => self.format.read(&number.to_string(), self.zone),
            _ => None,
        }
    }

    fn convert(
        &self,
        field: &str,
        value: &Value,
        direction: Direction,
    ) -> Result<Value, ValueError> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::Array(elements) if self.data_type != DataType::Undefined => elements
                .iter()
                .map(|element| self.convert(field, element, direction))
                .collect(),
            value => self
                .scalar(value, direction)
                .ok_or_else(|| ValueError::new(field, self.expected())),
        }
    }

    fn scalar(&self, value: &Value, direction: Direction) -> Option<Value> {
        match self.data_type {
            DataType::Undefined => Some(value.clone()),
            DataType::Text => text(value).map(Value::String),
            DataType::Boolean => boolean(value).map(Value::Bool),
            DataType::Integer => number_text(value).and_then(|text| decimal::integer(&text)),
            DataType::Decimal => number_text(value).and_then(|text| decimal::rounded(&text, 12)),
            DataType::Float => number_text(value).and_then(|text| decimal::rounded(&text, 14)),
            DataType::File => file(value),
            DataType::DateTime => self.date(value, direction),
        }
    }

    fn date(&self, value: &Value, direction: Direction) -> Option<Value> {
        let instant = self.instant(value);
        if direction == Direction::Response {
            return instant.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into());
        }
        // Callers write ISO 8601 whatever the provider wants; the provider's own format is taken too.
        let iso = value
            .as_str()
            .and_then(|text| DateFormat::ISO.read(text, self.zone));
        let at = iso.or(instant)?;
        let zone = if self.format.names_zone() {
            Tz::UTC
        } else {
            self.zone
        };
        let written = self.format.format(at, zone);
        Some(match (value, written.parse::<i64>()) {
            // `unix` stays a number where it came as one.
            (Value::Number(_), Ok(number)) => number.into(),
            _ => written.into(),
        })
    }

    fn expected(&self) -> &'static str {
        match self.data_type {
            DataType::Undefined | DataType::Text => "a text is expected",
            DataType::Integer => "a whole number is expected",
            DataType::Decimal | DataType::Float => "a number is expected",
            DataType::Boolean => "true or false is expected",
            DataType::DateTime => "a date and time is expected",
            DataType::File => {
                "a file is expected: {\"Name\", \"ContentType\", \"Content\" in base64}"
            }
        }
    }
}

/// Objects have no text that anyone would expect.
fn text(value: &Value) -> Option<String> {
    (!value.is_object()).then(|| scalar_text(value))
}

fn number_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim() {
            "0" => Some(false),
            "1" => Some(true),
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// `{Name, ContentType, Content}`; the content must be base64.
fn file(value: &Value) -> Option<Value> {
    let content = value.get("Content")?.as_str()?;
    STANDARD.decode(content).ok()?;
    let text = |name: &str| matches!(value.get(name), None | Some(Value::Null | Value::String(_)));
    (text("Name") && text("ContentType")).then(|| value.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(data_type: DataType, format: Option<&str>, value: Value) -> Result<Value, String> {
        let zone = Tz::Europe__Berlin;
        ValueType::new(data_type, format, zone)
            .unwrap()
            .to_request("[a].b", &value)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn values_take_the_declared_type() {
        use DataType::{Boolean, DateTime, Decimal, File, Float, Integer, Text, Undefined};
        let file = json!({"Name": "a.txt", "ContentType": "text/plain", "Content": "aGk="});
        for (data_type, format, value, expected) in [
            (Boolean, None, json!("True"), json!(true)),
            (Boolean, None, json!(1), json!(true)),
            (Boolean, None, json!("0"), json!(false)),
            (
                Integer,
                None,
                json!("9007199254740993"),
                json!(9_007_199_254_740_993_i64),
            ),
            (Integer, None, json!(7.0), json!(7)),
            (Integer, None, json!(["1", 2, null]), json!([1, 2, null])),
            (Decimal, None, json!("1.50"), json!(1.5)),
            (Float, None, json!(0.1), json!(0.1)),
            (Text, None, json!(12), json!("12")),
            (Text, None, json!(true), json!("true")),
            (Text, None, json!(null), json!(null)),
            (Undefined, None, json!({"a": [1]}), json!({"a": [1]})),
            (
                DateTime,
                None,
                json!("2024-03-05T15:00:00"),
                json!("2024-03-05T14:00:00Z"),
            ),
            (
                DateTime,
                Some("MM/dd/yyyy HH:mm"),
                json!("2024-03-05T14:00:00Z"),
                json!("03/05/2024 15:00"),
            ),
            (
                DateTime,
                Some("MM/dd/yyyy HH:mm"),
                json!("03/05/2024 15:00"),
                json!("03/05/2024 15:00"),
            ),
            (
                DateTime,
                Some("yyyy-MM-ddTHH:mm:ssZ"),
                json!("2024-03-05T15:00:00"),
                json!("2024-03-05T14:00:00Z"),
            ),
            (
                DateTime,
                Some("unix"),
                json!("2024-03-05T14:00:00Z"),
                json!("1709647200"),
            ),
            (
                DateTime,
                Some("unix"),
                json!(1_709_647_200),
                json!(1_709_647_200),
            ),
            (File, None, file.clone(), file.clone()),
        ] {
            assert_eq!(
                request(data_type, format, value.clone()),
                Ok(expected),
                "{data_type:?} {value}"
            );
        }
    }

    #[test]
    fn a_value_that_does_not_fit_names_its_field_and_not_itself() {
        use DataType::{Boolean, DateTime, Decimal, File, Integer, Text};
        for (data_type, value) in [
            (Boolean, json!("secret")),
            (Boolean, json!(2)),
            (Integer, json!("secret")),
            (Integer, json!(1.5)),
            (Integer, json!(true)),
            (Decimal, json!("secret")),
            (DateTime, json!("secret")),
            (DateTime, json!(true)),
            (File, json!({"Content": "secret!"})),
            (File, json!("secret")),
            (Text, json!({"a": "secret"})),
        ] {
            let error = request(data_type, None, value.clone()).unwrap_err();
            assert!(
                error.starts_with("[a].b: ") && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn dates_of_responses_are_kept_in_utc() {
        let response = |format: Option<&str>, value: Value| {
            ValueType::new(DataType::DateTime, format, Tz::Europe__Berlin)
                .unwrap()
                .from_response("at", &value)
                .ok()
        };
        assert_eq!(
            response(None, json!("2024-03-05T15:00:00")),
            Some(json!("2024-03-05T14:00:00Z"))
        );
        assert_eq!(
            response(Some("dd.MM.yyyy"), json!("05.03.2024")),
            Some(json!("2024-03-04T23:00:00Z"))
        );
        assert_eq!(
            response(Some("unixms"), json!(1_709_647_200_000_i64)),
            Some(json!("2024-03-05T14:00:00Z"))
        );
        assert_eq!(response(Some("dd.MM.yyyy"), json!("2024-03-05")), None);
    }
}
