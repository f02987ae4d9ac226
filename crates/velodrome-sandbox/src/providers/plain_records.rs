//! Collections of plain records with page numbers, for twins that imitate no particular provider.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::{number, offset_page};
use crate::people;
use crate::records::{Collection, Row, row};

/// The collections of one company.
pub(crate) struct Shelf(BTreeMap<&'static str, Collection>);

impl Shelf {
    pub(crate) fn seeded(company: &str) -> Self {
        let shift = if company.contains("second") { 1000 } else { 0 };
        let seed = |count: usize, make: fn(usize, usize) -> Value| {
            Collection::seeded("id", (1..=count).map(|own| row(make(own, own + shift))))
        };
        Self(BTreeMap::from([
            ("contacts", seed(130, contact)),
            ("companies", seed(40, company_record)),
            ("tasks", seed(75, task)),
        ]))
    }

    /// Answers below `/records`.
    pub(crate) fn answer(
        &mut self,
        call: &Call,
        method: &str,
        path: &[&str],
        now: DateTime<Utc>,
    ) -> Answer {
        self.try_answer(call, method, path, now)
            .unwrap_or_else(|refusal| refusal)
    }

    fn try_answer(
        &mut self,
        call: &Call,
        method: &str,
        path: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Answer, Answer> {
        let missing = || {
            refuse(
                404,
                "there is no such collection; there are contacts, companies and tasks",
            )
        };
        let no_record = || refuse(404, "there is no such record");
        let collection = path
            .first()
            .and_then(|name| self.0.get_mut(*name))
            .ok_or_else(missing)?;
        match (method, &path[1..]) {
            ("GET", []) => list(collection, call),
            ("POST", []) => {
                let mut record = body(call)?;
                let id = collection.next_number();
                record.shift_insert(0, "id".to_owned(), id.into());
                record.insert("created_at".to_owned(), stamp(now).into());
                record.insert("updated_at".to_owned(), stamp(now).into());
                collection.insert(&id.to_string(), record.clone());
                Ok(Answer::json(201, &Value::Object(record)))
            }
            ("GET", [id]) => Ok(Answer::json(
                200,
                &json!(collection.get(id).ok_or_else(no_record)?),
            )),
            ("PUT" | "PATCH", [id]) => {
                let changes = body(call)?;
                let record = collection.get_mut(id).ok_or_else(no_record)?;
                let own = record["id"].clone();
                record.extend(changes);
                record.insert("id".to_owned(), own);
                record.insert("updated_at".to_owned(), stamp(now).into());
                Ok(Answer::json(200, &json!(record)))
            }
            ("DELETE", [id]) => {
                collection.remove(id).ok_or_else(no_record)?;
                Ok(Answer::empty(204))
            }
            _ => Err(refuse(405, "this method is not offered here")),
        }
    }
}

fn list(collection: &Collection, call: &Call) -> Result<Answer, Answer> {
    let page = number(&call.query, "page", 1, 1..=1_000_000).map_err(|text| refuse(400, &text))?;
    let size = number(&call.query, "page_size", 50, 1..=200).map_err(|text| refuse(400, &text))?;
    let rows: Vec<&Row> = collection.iter().collect();
    let (records, _) = offset_page(&rows, (page - 1) * size, size);
    let pages = rows.len().div_ceil(size);
    Ok(Answer::json(
        200,
        &json!({"records": records, "page": page, "page_size": size, "pages": pages, "total": rows.len()}),
    ))
}

/// A record sent as JSON or as a form.
fn body(call: &Call) -> Result<Row, Answer> {
    let form = call.form();
    if !form.0.is_empty() {
        return Ok(form
            .0
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect());
    }
    match call.json() {
        Ok(Value::Object(body)) if body.is_empty() => {
            Err(refuse(422, "a record needs at least one member"))
        }
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(refuse(422, "a record is an object")),
        Err(reason) => Err(refuse(400, &reason)),
    }
}

fn refuse(status: u16, reason: &str) -> Answer {
    Answer::json(status, &json!({"error": reason}))
}

fn stamp(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn contact(own: usize, number: usize) -> Value {
    let somebody = people::person(number);
    let time = stamp(people::instant(number, 300));
    json!({
        "id": own, "first_name": somebody.first, "last_name": somebody.last, "email": somebody.email(number),
        "phone": people::phone(number), "company_id": own % 40 + 1, "created_at": time, "updated_at": time,
    })
}

fn company_record(own: usize, number: usize) -> Value {
    let place = people::address(number);
    let time = stamp(people::instant(number, 500));
    json!({
        "id": own, "name": people::company(number), "street": place.street, "city": place.city,
        "created_at": time, "updated_at": time,
    })
}

fn task(own: usize, number: usize) -> Value {
    let time = stamp(people::instant(number, 200));
    json!({
        "id": own, "title": format!("Call {}", people::person(number).name()), "done": number.is_multiple_of(3),
        "contact_id": own % 130 + 1, "created_at": time, "updated_at": time,
    })
}
