//! Search: in one collection, or in all at once.

use serde_json::{Value, json};

use super::api::invalid;
use super::company::Company;
use super::resources::{Resource, find};
use super::v2::read_cursor;
use crate::answer::Answer;
use crate::call::Pairs;
use crate::paging::{cursor_page, number, sort};
use crate::records::{Row, is, plain};

/// A search as the query asks for it.
struct Search<'a> {
    term: String,
    exact: bool,
    fields: Option<Vec<&'a str>>,
}

impl<'a> Search<'a> {
    fn read(query: &'a Pairs) -> Result<Self, Answer> {
        let term = query
            .filled("term")
            .ok_or_else(|| invalid("term: this field is required"))?;
        let exact = query.get("exact_match") == Some("true");
        if term.chars().count() < 2 && !exact {
            return Err(invalid("term: must have at least 2 characters"));
        }
        let fields = query
            .filled("fields")
            .map(|fields| fields.split(',').map(str::trim).collect());
        Ok(Self {
            term: term.to_lowercase(),
            exact,
            fields,
        })
    }

    fn finds(&self, resource: &Resource, row: &Row) -> bool {
        resource
            .searched
            .iter()
            .filter(|(name, _)| {
                self.fields
                    .as_ref()
                    .is_none_or(|fields| fields.contains(name))
            })
            .flat_map(|(_, members)| *members)
            .any(|member| row.get(*member).is_some_and(|value| self.fits(value)))
    }

    fn fits(&self, value: &Value) -> bool {
        match value {
            Value::Null | Value::Bool(_) => false,
            Value::Array(items) => items.iter().any(|item| self.fits(item)),
            Value::Object(members) => members.values().any(|member| self.fits(member)),
            other => {
                let text = plain(Some(other)).to_lowercase();
                if self.exact {
                    text == self.term
                } else {
                    text.contains(&self.term)
                }
            }
        }
    }
}

/// `/deals/search` and its like.
pub(super) fn one(company: &Company, resource: &Resource, query: &Pairs) -> Result<Answer, Answer> {
    let search = Search::read(query)?;
    let limit = number(query, "limit", 100, 1..=500).map_err(invalid)?;
    let cursor = read_cursor(query)?;
    let links = [
        ("person_id", "person_id"),
        ("organization_id", "org_id"),
        ("status", "status"),
    ];
    let mut rows: Vec<&Row> = company
        .collection(resource.path)
        .iter()
        .filter(|row| !is(row, "is_deleted", "true") && search.finds(resource, row))
        .filter(|row| {
            links.iter().all(|(name, member)| {
                query
                    .filled(name)
                    .is_none_or(|wanted| is(row, member, wanted))
            })
        })
        .collect();
    sort(&mut rows, "id", false);
    let (page, next) = cursor_page(&rows, "id", false, cursor.as_ref(), limit);
    let items = page
        .into_iter()
        .map(|row| found(company, resource, row))
        .collect();
    Ok(answer(items, next))
}

/// `/itemSearch`.
pub(super) fn items(company: &Company, query: &Pairs) -> Result<Answer, Answer> {
    let search = Search::read(query)?;
    let limit = number(query, "limit", 100, 1..=500).map_err(invalid)?;
    let start = match query.filled("cursor") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| invalid("cursor: it was not handed out by this API"))?,
    };
    let types: Vec<&str> = query
        .filled("item_types")
        .unwrap_or("deal,person,organization")
        .split(',')
        .map(str::trim)
        .collect();
    let mut items = Vec::new();
    for (kind, path) in [
        ("deal", "deals"),
        ("person", "persons"),
        ("organization", "organizations"),
    ] {
        let Some(resource) = find(path).filter(|_| types.contains(&kind)) else {
            continue;
        };
        let rows = company.collection(path).iter();
        let rows = rows.filter(|row| !is(row, "is_deleted", "true") && search.finds(resource, row));
        items.extend(rows.map(|row| found(company, resource, row)));
    }
    let next = (start + limit < items.len()).then(|| (start + limit).to_string());
    let page = items.into_iter().skip(start).take(limit).collect();
    Ok(answer(page, next))
}

fn answer(items: Vec<Value>, next: Option<String>) -> Answer {
    Answer::json(
        200,
        &json!({"success": true, "data": {"items": items}, "additional_data": {"next_cursor": next}}),
    )
}

fn found(company: &Company, resource: &Resource, row: &Row) -> Value {
    let named = |member: &str, collection: &str| match row.get(member) {
        None | Some(Value::Null) => Value::Null,
        Some(id) => {
            let name = company
                .collection(collection)
                .get(&plain(Some(id)))
                .and_then(|other| other.get("name"));
            json!({"id": id, "name": name})
        }
    };
    let mut item = json!({
        "id": row["id"],
        "type": resource.noun.to_lowercase(),
        "visible_to": row.get("visible_to"),
        "owner": {"id": row.get("owner_id")},
        "custom_fields": [],
        "notes": [],
    });
    match resource.path {
        "deals" => {
            for member in ["title", "value", "currency", "status", "is_archived"] {
                item[member] = row.get(member).cloned().unwrap_or(Value::Null);
            }
            item["stage"] = named("stage_id", "stages");
            item["person"] = named("person_id", "persons");
            item["organization"] = named("org_id", "organizations");
        }
        "persons" => {
            item["name"] = row["name"].clone();
            for (list, plural) in [("emails", "emails"), ("phones", "phones")] {
                let values: Vec<&Value> = row
                    .get(list)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .map(|entry| &entry["value"])
                    .collect();
                item[plural] = json!(values);
            }
            item["organization"] = named("org_id", "organizations");
        }
        _ => {
            item["name"] = row["name"].clone();
            item["address"] = row
                .get("address")
                .map_or(Value::Null, |address| address["value"].clone());
        }
    }
    json!({"result_score": 0.75, "item": item})
}
