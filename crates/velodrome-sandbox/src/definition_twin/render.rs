//! Answers of methods: records put where the declared fields have them, and what stands around them.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use velodrome_model::definition::{BodyType, DataType};
use velodrome_model::location::{Location, derive_names};

use super::pages::Page;
use super::plan::Plan;
use super::schema::{Member, bare, write};

/// The body for one record, or for the page of a list.
pub(super) fn body(plan: &Plan, page: Page, given: &IndexMap<String, String>) -> Value {
    let shape = &plan.response;
    let mut body = Value::Null;
    match (&shape.array, shape.root()) {
        (Some(array), _) => put(array, &mut body, Value::Array(page.records.clone())),
        (None, Some(root)) => put(root, &mut body, first(&page)),
        (None, None) if plan.role == super::plan::Role::List => {
            body = json!({"records": page.records});
        }
        (None, None) => body = first(&page),
    }
    for (location, field) in &shape.fields {
        if shape.inside(location).is_some() || shape.array.as_ref() == Some(location) {
            continue;
        }
        let mut member = Member::new(location.clone(), field.clone(), "answer");
        member.is_own_id = false;
        let value = about(&member, &page).unwrap_or_else(|| member.value(0));
        write(&member, &mut body, &value);
    }
    for (location, value) in &page.leads {
        put(location, &mut body, value.clone());
    }
    hand_out(plan, &mut body, given);
    if matches!(
        plan.response_type,
        BodyType::PlainText | BodyType::SimpleFile
    ) {
        return only_value(&shape.fields, body);
    }
    if body.is_null() {
        return Value::Object(Map::new());
    }
    body
}

fn first(page: &Page) -> Value {
    page.records.first().cloned().unwrap_or(Value::Null)
}

/// Fields around a list that tell of it.
fn about(member: &Member, page: &Page) -> Option<Value> {
    let name = bare(member.name());
    match member.data_type() {
        DataType::Boolean if name.contains("more") || name.contains("next") => {
            Some(json!(page.has_more))
        }
        DataType::Integer if name.contains("total") || name == "count" => Some(json!(page.total)),
        _ => None,
    }
}

/// Puts the values that mergefields in addresses have got where the definition reads them from: fields
/// whose system name is the mergefield's (connectors.md §7).
fn hand_out(plan: &Plan, body: &mut Value, given: &IndexMap<String, String>) {
    if given.is_empty() {
        return;
    }
    let fields = &plan.response.fields;
    let names = derive_names(fields.iter().map(|(location, field)| {
        (
            location,
            field.system_field.as_deref(),
            field.display_field.as_deref(),
        )
    }));
    for ((location, _), names) in fields.iter().zip(names) {
        if let Some(value) = given.get(&names.system) {
            put(location, body, json!(value));
        }
    }
}

fn put(location: &Location, body: &mut Value, value: Value) {
    // An answer can hold only one of two fields that contradict each other.
    let _contradicted = location.write(body, &value, &Value::Null);
}

/// The one value of a body that is text or a file.
fn only_value(fields: &[(Location, velodrome_model::definition::Field)], body: Value) -> Value {
    match fields
        .first()
        .and_then(|(location, _)| location.first(&body))
    {
        Some(value) => value.clone(),
        None => json!("OK"),
    }
}
