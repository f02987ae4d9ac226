//! What follows from creating or changing a record.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::api::invalid;
use super::company::{ACTIVITY_TYPES, Company, stamp};
use super::resources::Resource;
use crate::answer::Answer;
use crate::records::{Row, plain};
use crate::validation::{check, known};

/// A new record of a collection, complete with what the caller left out.
pub(super) fn create(
    company: &mut Company,
    resource: &Resource,
    body: &Row,
    now: DateTime<Utc>,
) -> Result<Row, Answer> {
    check(resource.fields, body, true).map_err(invalid)?;
    check_references(company, resource, body)?;
    let id = company.collection(resource.path).next_number();
    let mut row = blank(resource, id, now);
    row.extend(known(resource.fields, body));
    complete(company, resource, &mut row, body, None, now)?;
    company
        .collection_mut(resource.path)
        .insert(&id.to_string(), row.clone());
    Ok(row)
}

/// Changes an existing record; members that are not sent stay.
pub(super) fn update(
    company: &mut Company,
    resource: &Resource,
    before: Row,
    body: &Row,
    now: DateTime<Utc>,
) -> Result<Row, Answer> {
    check(resource.fields, body, false).map_err(invalid)?;
    check_references(company, resource, body)?;
    let id = plain(before.get("id"));
    let mut row = before.clone();
    let mut changes = known(resource.fields, body);
    // Custom fields that are not named keep their value.
    if let (Some(Value::Object(new)), Some(Value::Object(old))) =
        (changes.get("custom_fields"), row.get("custom_fields"))
    {
        let mut merged = old.clone();
        merged.extend(new.clone());
        changes.insert("custom_fields".to_owned(), Value::Object(merged));
    }
    row.extend(changes);
    if !body.contains_key("update_time") {
        row.insert("update_time".to_owned(), stamp(now).into());
    }
    complete(company, resource, &mut row, body, Some(&before), now)?;
    company
        .collection_mut(resource.path)
        .insert(&id, row.clone());
    Ok(row)
}

fn check_references(company: &Company, resource: &Resource, body: &Row) -> Result<(), Answer> {
    for (member, collection) in resource.references {
        match body.get(*member) {
            None | Some(Value::Null) => {}
            Some(id) if company.live(collection, &plain(Some(id))).is_some() => {}
            Some(id) => {
                return Err(invalid(format!(
                    "{member}: there is no record {id} in {collection}"
                )));
            }
        }
    }
    Ok(())
}

/// What every record of a collection has.
fn blank(resource: &Resource, id: i64, now: DateTime<Utc>) -> Row {
    let mut row = Row::new();
    row.insert("id".to_owned(), id.into());
    for field in resource.fields {
        row.insert(field.name.to_owned(), Value::Null);
    }
    let mut set = |name: &str, value: Value| row.insert(name.to_owned(), value);
    set("add_time", stamp(now).into());
    set("update_time", stamp(now).into());
    set("is_deleted", false.into());
    match resource.path {
        "pipelines" | "stages" => {
            set("order_nr", id.into());
        }
        "activities" => {
            set("owner_id", 1.into());
            set("creator_user_id", 1.into());
        }
        _ => {
            set("owner_id", 1.into());
            set("visible_to", 3.into());
            set("label_ids", json!([]));
            set("custom_fields", json!({}));
        }
    }
    row
}

fn complete(
    company: &Company,
    resource: &Resource,
    row: &mut Row,
    body: &Row,
    before: Option<&Row>,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    match resource.path {
        "deals" => complete_deal(company, row, body, before, now),
        "persons" => {
            complete_person(row, body);
            Ok(())
        }
        "activities" => {
            complete_activity(row, body, now);
            Ok(())
        }
        "stages" | "pipelines" => {
            for flag in ["is_deal_probability_enabled", "is_deal_rot_enabled"] {
                if row.get(flag) == Some(&Value::Null) {
                    row.insert(flag.to_owned(), false.into());
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A deal is always in a stage of its pipeline, and its status sets the times that go with it.
fn complete_deal(
    company: &Company,
    row: &mut Row,
    body: &Row,
    before: Option<&Row>,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    let stages = company.collection("stages");
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    let pipeline_of = |stage: &Value| {
        stages
            .get(&plain(Some(stage)))
            .and_then(|stage| stage.get("pipeline_id"))
            .cloned()
    };
    match (given("stage_id"), given("pipeline_id")) {
        (Some(stage), Some(pipeline)) if pipeline_of(stage).as_ref() != Some(pipeline) => {
            return Err(invalid("stage_id: the stage is not one of the pipeline"));
        }
        (Some(stage), _) => {
            let pipeline = pipeline_of(stage).unwrap_or(Value::Null);
            row.insert("pipeline_id".to_owned(), pipeline);
        }
        (None, pipeline) => {
            let wanted = pipeline
                .cloned()
                .or_else(|| before.is_none().then(|| json!(1)));
            if let Some(wanted) = wanted {
                let first = stages
                    .iter()
                    .find(|stage| stage.get("pipeline_id") == Some(&wanted));
                let first =
                    first.ok_or_else(|| invalid("pipeline_id: the pipeline has no stages"))?;
                row.insert("stage_id".to_owned(), first["id"].clone());
                row.insert("pipeline_id".to_owned(), wanted);
            }
        }
    }
    if before.and_then(|before| before.get("stage_id")) != row.get("stage_id") {
        let change = if before.is_some() {
            stamp(now).into()
        } else {
            Value::Null
        };
        row.insert("stage_change_time".to_owned(), change);
    }
    for (name, value) in [
        ("value", json!(0)),
        ("currency", json!("USD")),
        ("status", json!("open")),
        ("is_archived", json!(false)),
    ] {
        if row.get(name).is_none_or(Value::is_null) {
            row.insert(name.to_owned(), value);
        }
    }
    let status = plain(row.get("status"));
    if before.is_none_or(|before| plain(before.get("status")) != status) {
        for (member, on) in [
            ("close_time", status != "open"),
            ("won_time", status == "won"),
            ("lost_time", status == "lost"),
        ] {
            if !body.contains_key(member) {
                let time = if on { stamp(now).into() } else { Value::Null };
                row.insert(member.to_owned(), time);
            }
        }
    }
    Ok(())
}

fn complete_person(row: &mut Row, body: &Row) {
    if let Some(name) = body.get("name").and_then(Value::as_str) {
        let (first, last) = match name.split_once(' ') {
            Some((first, last)) => (json!(first), json!(last)),
            None => (json!(name), Value::Null),
        };
        row.insert("first_name".to_owned(), first);
        row.insert("last_name".to_owned(), last);
    }
    for list in ["emails", "phones"] {
        if row.get(list).is_none_or(Value::is_null) {
            row.insert(list.to_owned(), json!([]));
        }
    }
}

fn complete_activity(row: &mut Row, body: &Row, now: DateTime<Utc>) {
    if plain(row.get("type")).is_empty() {
        row.insert("type".to_owned(), "call".into());
    }
    if plain(row.get("subject")).is_empty() {
        let key = plain(row.get("type"));
        let name = ACTIVITY_TYPES
            .iter()
            .find(|(known, _)| *known == key)
            .map_or("Activity", |(_, name)| name);
        row.insert("subject".to_owned(), name.into());
    }
    for flag in ["done", "busy"] {
        if row.get(flag).is_none_or(Value::is_null) {
            row.insert(flag.to_owned(), false.into());
        }
    }
    if let Some(done) = body.get("done").and_then(Value::as_bool) {
        let time = if done { stamp(now).into() } else { Value::Null };
        row.insert("marked_as_done_time".to_owned(), time);
    }
    for list in ["participants", "attendees"] {
        if row.get(list).is_none_or(Value::is_null) {
            row.insert(list.to_owned(), json!([]));
        }
    }
}
