//! The lists of fields, custom ones included.

use serde_json::{Value, json};

use super::api::invalid;
use super::company::{DEAL_SOURCE, ORGANIZATION_RENEWAL, PERSON_SCORE};
use super::resources::find;
use crate::answer::Answer;
use crate::call::Pairs;
use crate::paging::{number, offset_page};
use crate::records::{Row, row};
use crate::validation::Kind;

struct FieldRow {
    key: String,
    name: String,
    kind: &'static str,
    custom: bool,
}

fn of_collection(list: &str) -> Vec<FieldRow> {
    let (path, custom) = match list {
        "dealFields" => ("deals", Some((DEAL_SOURCE, "Source", "varchar"))),
        "personFields" => ("persons", Some((PERSON_SCORE, "Score", "int"))),
        "organizationFields" => (
            "organizations",
            Some((ORGANIZATION_RENEWAL, "Renewal date", "date")),
        ),
        _ => ("activities", None),
    };
    let own = find(path)
        .into_iter()
        .flat_map(|resource| resource.fields)
        .filter(|field| field.name != "custom_fields");
    let id = FieldRow {
        key: "id".to_owned(),
        name: "ID".to_owned(),
        kind: "int",
        custom: false,
    };
    let own = own.map(|field| FieldRow {
        key: field.name.to_owned(),
        name: title(field.name),
        kind: match field.kind {
            Kind::Text | Kind::Object | Kind::Array => "varchar",
            Kind::Integer => "int",
            Kind::Number => "double",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::OneOf(_) => "enum",
        },
        custom: false,
    });
    let custom = custom.map(|(key, name, kind)| FieldRow {
        key: key.to_owned(),
        name: name.to_owned(),
        kind,
        custom: true,
    });
    std::iter::once(id).chain(own).chain(custom).collect()
}

fn title(name: &str) -> String {
    let words = name.trim_end_matches("_id").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

pub(super) fn list_v2(query: &Pairs, list: &str) -> Result<Answer, Answer> {
    let limit = number(query, "limit", 100, 1..=500).map_err(invalid)?;
    let start: usize = match query.filled("cursor") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| invalid("cursor: it was not handed out by this API"))?,
    };
    let rows: Vec<Row> = of_collection(list)
        .into_iter()
        .map(|field| row(json!({"field_code": field.key, "field_name": field.name, "field_type": field.kind, "is_custom_field": field.custom, "options": null})))
        .collect();
    let rows: Vec<&Row> = rows.iter().collect();
    let (page, more) = offset_page(&rows, start, limit);
    let next = more.then(|| (start + limit).to_string());
    Ok(Answer::json(
        200,
        &json!({"success": true, "data": page, "additional_data": {"next_cursor": next}}),
    ))
}

/// As v1 writes them: keys and a flag for whether somebody made the field.
pub(super) fn v1_rows(list: &str) -> Vec<Value> {
    of_collection(list)
        .into_iter()
        .zip(1..)
        .map(|(field, id)| {
            json!({
                "id": id, "key": field.key, "name": field.name, "order_nr": id, "field_type": field.kind,
                "active_flag": true, "edit_flag": field.custom, "mandatory_flag": field.key == "title" || field.key == "name",
            })
        })
        .collect()
}
