//! Checks JSON bodies against the fields that a provider documents.

use serde_json::Value;

use crate::records::Row;

/// What a member must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
    /// `YYYY-MM-DD`.
    Date,
    OneOf(&'static [&'static str]),
}

/// A member of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

/// A member that may be left out.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

/// A member that a new record needs.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

impl Kind {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::Date => value
                .as_str()
                .is_some_and(|text| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()),
            Self::OneOf(values) => value.as_str().is_some_and(|text| values.contains(&text)),
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Integer => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Boolean => "a boolean".to_owned(),
            Self::Object => "an object".to_owned(),
            Self::Array => "an array".to_owned(),
            Self::Date => "a date like 2026-01-31".to_owned(),
            Self::OneOf(values) => format!("one of {}", values.join(", ")),
        }
    }
}

/// The first mistake in a body, naming the member. Null clears a member that is not required.
pub(crate) fn check(fields: &[Field], body: &Row, creating: bool) -> Result<(), String> {
    for field in fields {
        match body.get(field.name) {
            None if field.required && creating => {
                return Err(format!("{}: this field is required", field.name));
            }
            None => {}
            Some(Value::Null) if !field.required => {}
            Some(Value::String(text)) if field.required && text.trim().is_empty() => {
                return Err(format!("{}: this field may not be empty", field.name));
            }
            Some(value) if field.kind.holds(value) => {}
            Some(_) => return Err(format!("{}: must be {}", field.name, field.kind.expected())),
        }
    }
    Ok(())
}

/// The members of a body that are fields; the rest is passed over, as providers do.
pub(crate) fn known(fields: &[Field], body: &Row) -> Row {
    body.iter()
        .filter(|(name, _)| fields.iter().any(|field| field.name == name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::row;
    use serde_json::json;

    #[test]
    fn a_mistake_names_its_member() {
        let fields = [
            required("title", Kind::Text),
            optional("value", Kind::Number),
        ];
        for (body, creating, wanted) in [
            (json!({}), true, Some("title: this field is required")),
            (json!({}), false, None),
            (
                json!({"title": " "}),
                false,
                Some("title: this field may not be empty"),
            ),
            (
                json!({"title": "a", "value": "7"}),
                true,
                Some("value: must be a number"),
            ),
            (json!({"title": "a", "value": null}), true, None),
        ] {
            assert_eq!(
                check(&fields, &row(body), creating).err().as_deref(),
                wanted
            );
        }
    }
}
