//! Enhanced: rows that describe fields (connectors.md §5).

use serde_json::Value;

use super::{Found, FoundField, MAX_LABEL, MAX_LOCATION};
use crate::{
    definition::{DataType, Message, ValueOption, scalar_text},
    location::Location,
};

/// Choices of a field that are kept.
const MOST_VALUES: usize = 1_000;
/// Longest description, characters.
const MAX_DESCRIPTION: usize = 2_000;

/// Reads the rows of an answer. A row that lacks a location or a name is skipped, and said.
pub fn described(response: &Message, body: &Value) -> Found {
    let mut found = Found::default();
    let columns = Columns::new(response);
    let (Some(location), Some(_)) = (&columns.location, &columns.display_name) else {
        found.skipped.push(
            "the lookup has no response field cyclr_field_location or cyclr_display_name".into(),
        );
        return found;
    };
    let rows: Vec<&Value> = match rows_of(location) {
        Some(rows) => rows.read(body).into_iter().flatten().collect(),
        None => vec![body],
    };
    for (at, row) in rows.into_iter().enumerate() {
        match columns.field(row) {
            Ok(field) => found.fields.push(field),
            Err(fault) => found.skipped.push(format!("row {} {fault}", at + 1)),
        }
    }
    found
}

/// Where each property of a field stands in a row.
#[derive(Default)]
struct Columns {
    location: Option<Location>,
    display_name: Option<Location>,
    data_type: Option<Location>,
    format: Option<Location>,
    default_value: Option<Location>,
    description: Option<Location>,
    optional: Option<Location>,
    read_only: Option<Location>,
    hide: Option<Location>,
    values: Option<Location>,
}

impl Columns {
    fn new(response: &Message) -> Self {
        let mut columns = Self::default();
        for field in &response.fields {
            let slot = match field.system_field.as_deref() {
                Some("cyclr_field_location") => &mut columns.location,
                Some("cyclr_display_name") => &mut columns.display_name,
                Some("cyclr_data_type") => &mut columns.data_type,
                Some("cyclr_data_type_format") => &mut columns.format,
                Some("cyclr_default_value") => &mut columns.default_value,
                Some("cyclr_description") => &mut columns.description,
                Some("cyclr_is_optional") => &mut columns.optional,
                Some("cyclr_is_readonly") => &mut columns.read_only,
                Some("cyclr_is_hidden") => &mut columns.hide,
                Some("cyclr_field_values") => &mut columns.values,
                _ => continue,
            };
            *slot = field.connector_field.parse().ok();
        }
        columns
    }

    fn field(&self, row: &Value) -> Result<FoundField, &'static str> {
        let location = self
            .text(&self.location, row)
            .ok_or("lacks cyclr_field_location")?;
        let display_name = self
            .text(&self.display_name, row)
            .ok_or("lacks cyclr_display_name")?;
        if location.chars().count() > MAX_LOCATION || location.parse::<Location>().is_err() {
            return Err("has a cyclr_field_location that is no location");
        }
        let description = self.text(&self.description, row);
        Ok(FoundField {
            location,
            display_name: cut(&display_name, MAX_LABEL),
            description: description.map(|text| cut(&text, MAX_DESCRIPTION)),
            data_type: self.data_type(row),
            format: self.text(&self.format, row),
            optional: self.flag(&self.optional, row).unwrap_or(true),
            read_only: self.flag(&self.read_only, row).unwrap_or_default(),
            hide: self.flag(&self.hide, row).unwrap_or_default(),
            default_value: self.text(&self.default_value, row),
            values: self.values(row),
        })
    }

    fn cell<'v>(&self, column: &Option<Location>, row: &'v Value) -> Vec<&'v Value> {
        let (Some(column), Some(location)) = (column, &self.location) else {
            return Vec::new();
        };
        let read = match rows_of(location) {
            Some(rows) if rows == *column => vec![Some(row)],
            Some(rows) => match column.below(&rows) {
                Some(below) => below.read(row),
                None => Vec::new(),
            },
            None => column.read(row),
        };
        read.into_iter()
            .flatten()
            .filter(|value| !value.is_null())
            .collect()
    }

    fn text(&self, column: &Option<Location>, row: &Value) -> Option<String> {
        let cell = self.cell(column, row);
        let text = match cell.first()? {
            Value::Array(_) | Value::Object(_) => return None,
            scalar => scalar_text(scalar),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn flag(&self, column: &Option<Location>, row: &Value) -> Option<bool> {
        let text = self.text(column, row)?.to_ascii_lowercase();
        Some(text == "true" || text == "1")
    }

    fn data_type(&self, row: &Value) -> DataType {
        match self.text(&self.data_type, row).as_deref() {
            Some("1") => DataType::Text,
            Some("2") => DataType::Integer,
            Some("3") => DataType::Float,
            Some("4") => DataType::Boolean,
            Some("5") => DataType::DateTime,
            _ => DataType::Undefined,
        }
    }

    /// `[{value,label}]` or `["UK"]`, as a list or as its JSON text.
    fn values(&self, row: &Value) -> Vec<ValueOption> {
        let cell = self.cell(&self.values, row);
        let parsed: Vec<Value>;
        let items: Vec<&Value> = match cell.as_slice() {
            [Value::Array(items)] => items.iter().collect(),
            [Value::String(text)] if text.trim_start().starts_with('[') => {
                parsed = serde_json::from_str(text).unwrap_or_default();
                parsed.iter().collect()
            }
            several => several.to_vec(),
        };
        items
            .into_iter()
            .filter_map(option)
            .take(MOST_VALUES)
            .collect()
    }
}

fn option(item: &Value) -> Option<ValueOption> {
    match item {
        Value::Object(members) => {
            let member = |names: [&str; 2]| {
                let mut found = names.into_iter().filter_map(|name| members.get(name));
                found.next().filter(|value| !value.is_null())
            };
            Some(ValueOption::Labelled {
                value: member(["value", "Value"])?.clone(),
                label: member(["label", "Label"]).map(scalar_text),
            })
        }
        Value::Null | Value::Array(_) => None,
        scalar => Some(ValueOption::Plain(scalar.clone())),
    }
}

/// The array whose elements are rows: the innermost on the way to the location of a field.
fn rows_of(location: &Location) -> Option<Location> {
    let arrays = location.array_depth();
    if arrays == 0 {
        return None;
    }
    (1..location.depth())
        .filter_map(|depth| location.upto(depth))
        .find(|upper| upper.array_depth() == arrays)
        .or_else(|| Some(location.clone()))
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(columns: &[(&str, &str)]) -> Message {
        let fields: Vec<Value> = columns
            .iter()
            .map(|(location, system)| json!({"connectorField": location, "systemField": system}))
            .collect();
        serde_json::from_value(json!({ "fields": fields })).unwrap()
    }

    fn whole() -> Message {
        response(&[
            ("[].loc", "cyclr_field_location"),
            ("[].label", "cyclr_display_name"),
            ("[].type", "cyclr_data_type"),
            ("[].format", "cyclr_data_type_format"),
            ("[].default", "cyclr_default_value"),
            ("[].help", "cyclr_description"),
            ("[].optional", "cyclr_is_optional"),
            ("[].readonly", "cyclr_is_readonly"),
            ("[].hidden", "cyclr_is_hidden"),
            ("[].options", "cyclr_field_values"),
        ])
    }

    #[test]
    fn every_property_of_a_row_is_read() {
        let body = json!([{
            "loc": "custom.size", "label": " Size ", "type": 5, "format": "yyyy-MM-dd", "default": "2030-01-01",
            "help": "How big.", "optional": "false", "readonly": 1, "hidden": true,
            "options": [{"value": 1, "label": "One"}, "UK", {"label": "no value"}],
        }]);

        let found = described(&whole(), &body);

        assert_eq!(
            found.fields,
            [FoundField {
                location: "custom.size".into(),
                display_name: "Size".into(),
                description: Some("How big.".into()),
                data_type: DataType::DateTime,
                format: Some("yyyy-MM-dd".into()),
                optional: false,
                read_only: true,
                hide: true,
                default_value: Some("2030-01-01".into()),
                values: vec![
                    ValueOption::Labelled {
                        value: json!(1),
                        label: Some("One".into())
                    },
                    ValueOption::Plain(json!("UK")),
                ],
            }]
        );
        assert_eq!(found.skipped, [""; 0]);
    }

    #[test]
    fn data_types_are_numbers_and_any_other_is_undefined() {
        for (given, expected) in [
            (json!(0), DataType::Undefined),
            (json!(1), DataType::Text),
            (json!("2"), DataType::Integer),
            (json!(3), DataType::Float),
            (json!(4), DataType::Boolean),
            (json!(5), DataType::DateTime),
            (json!(6), DataType::Undefined),
            (json!("Text"), DataType::Undefined),
            (json!(null), DataType::Undefined),
        ] {
            let body = json!([{"loc": "a", "label": "A", "type": given}]);
            let found = described(&whole(), &body);
            assert_eq!(found.fields[0].data_type, expected, "{given}");
        }
    }

    #[test]
    fn rows_that_lack_what_they_need_are_skipped_and_said() {
        let body = json!([
            {"loc": "a", "label": "A"}, {"label": "B"}, {"loc": "c"}, {"loc": " ", "label": "D"},
            {"loc": "e..f", "label": "E"}, "odd", {"loc": ["g"], "label": "G"},
        ]);

        let found = described(&whole(), &body);

        assert_eq!(found.fields.len(), 1);
        assert_eq!(
            found.skipped,
            [
                "row 2 lacks cyclr_field_location",
                "row 3 lacks cyclr_display_name",
                "row 4 lacks cyclr_field_location",
                "row 5 has a cyclr_field_location that is no location",
                "row 6 lacks cyclr_field_location",
                "row 7 lacks cyclr_field_location",
            ]
        );
    }

    #[test]
    fn rows_stand_in_the_innermost_array_or_are_the_body() {
        let nested = response(&[
            ("[groups].[fields].loc", "cyclr_field_location"),
            ("[groups].[fields].label", "cyclr_display_name"),
            ("[groups].[fields].[options].id", "cyclr_field_values"),
        ]);
        let body = json!({"groups": [
            {"fields": [{"loc": "a", "label": "A", "options": [{"id": "x"}, {"id": "y"}]}]},
            {"fields": {"loc": "b", "label": "B"}},
        ]});
        let found = described(&nested, &body);
        let locations: Vec<_> = found.fields.iter().map(|field| &field.location).collect();
        assert_eq!(locations, ["a", "b"]);
        assert_eq!(
            found.fields[0].values,
            [
                ValueOption::Plain(json!("x")),
                ValueOption::Plain(json!("y"))
            ]
        );

        let plain = response(&[
            ("f.loc", "cyclr_field_location"),
            ("f.label", "cyclr_display_name"),
        ]);
        let found = described(&plain, &json!({"f": {"loc": "a", "label": "A"}}));
        assert_eq!(found.fields.len(), 1);

        let lists = response(&[
            ("[names]", "cyclr_field_location"),
            ("[names]", "cyclr_display_name"),
        ]);
        let found = described(&lists, &json!({"names": ["a", "b"]}));
        assert_eq!(found.fields.len(), 2);
    }

    #[test]
    fn choices_may_be_json_text() {
        let body = json!([{"loc": "a", "label": "A", "options": "[\"UK\",\"DE\"]"}]);

        let found = described(&whole(), &body);

        assert_eq!(found.fields[0].values.len(), 2);
    }

    #[test]
    fn a_lookup_without_the_two_columns_finds_nothing_and_says_so() {
        let found = described(&response(&[("[].loc", "cyclr_field_location")]), &json!([]));

        assert!(found.fields.is_empty());
        assert_eq!(found.skipped.len(), 1);
    }
}
