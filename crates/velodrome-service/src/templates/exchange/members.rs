//! An object of a document, whose members are taken one by one, names in any case.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::words::{self, Listed};

/// What is left of an object; what nobody takes is kept.
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// The members of an object; none of anything else.
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self(members)),
            _ => None,
        }
    }

    /// Takes the first of these that is there and not null.
    pub fn take(&mut self, names: &[&str]) -> Option<Value> {
        names.iter().find_map(|name| {
            let key = self.0.keys().find(|key| key.eq_ignore_ascii_case(name))?;
            let key = key.clone();
            self.0.shift_remove(&key).filter(|value| !value.is_null())
        })
    }

    /// Takes text; a number is text too.
    pub fn text(&mut self, names: &[&str]) -> Option<String> {
        match self.take(names)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// Takes text of which blanks are none.
    pub fn filled(&mut self, names: &[&str]) -> Option<String> {
        self.text(names).filter(|text| !text.trim().is_empty())
    }

    /// Takes a whole number, or text that is one.
    pub fn integer(&mut self, names: &[&str]) -> Option<i64> {
        match self.take(names)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Takes a number.
    pub fn number(&mut self, names: &[&str]) -> Option<f64> {
        match self.take(names)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Takes a truth, or text that is one.
    pub fn truth(&mut self, names: &[&str]) -> Option<bool> {
        match self.take(names)? {
            Value::Bool(truth) => Some(truth),
            Value::String(text) => text.trim().to_lowercase().parse().ok(),
            Value::Number(number) => Some(number.as_i64()? != 0),
            _ => None,
        }
    }

    /// Takes a GUID.
    pub fn guid(&mut self, names: &[&str]) -> Option<Uuid> {
        let text = self.text(names)?;
        Uuid::parse_str(text.trim()).ok().filter(|id| !id.is_nil())
    }

    /// Takes a list.
    pub fn list(&mut self, names: &[&str]) -> Option<Vec<Value>> {
        match self.take(names)? {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Takes an object.
    pub fn object(&mut self, names: &[&str]) -> Option<Self> {
        Self::of(self.take(names)?)
    }

    /// Takes an enumeration: outer none where it is not there, inner none where its word is unknown.
    pub fn word<T: Listed>(&mut self, names: &[&str]) -> Option<Option<T>> {
        Some(words::variant(&self.take(names)?))
    }

    /// What nobody took.
    pub fn rest(self) -> Map<String, Value> {
        self.0
    }
}
