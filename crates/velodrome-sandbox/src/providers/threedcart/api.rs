//! `/3dCartWebAPI/v2`: who calls, and what the collections answer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::collections::{Kind, Part, find};
use super::lists::{list, page, shown, sku_list};
use super::store::{Store, blank, store_time};
use crate::answer::Answer;
use crate::api_key::{self, is_hex};
use crate::call::Call;
use crate::oauth2::OAuth2Server;
use crate::rate_limit::Limiter;
use crate::records::{Row, plain};
use crate::tenants::Tenants;
use crate::validation::check;
use crate::world::World;

pub(super) struct Api {
    pub(super) world: Arc<World>,
    pub(super) oauth: Arc<OAuth2Server>,
    pub(super) stores: Tenants<Store>,
    pub(super) limit: Limiter,
}

/// One row of a write's answer.
struct Outcome {
    key: &'static str,
    value: String,
    status: u16,
    message: String,
}

impl Outcome {
    fn done(key: &'static str, value: impl ToString, status: u16) -> Self {
        let message = match status {
            201 => "Created successfully",
            _ => "updated successfully",
        };
        Self {
            key,
            value: value.to_string(),
            status,
            message: message.to_owned(),
        }
    }

    fn failed(key: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self {
            key,
            value: String::new(),
            status,
            message: message.into(),
        }
    }
}

fn rows(outcomes: &[Outcome]) -> Answer {
    let body: Vec<Value> = outcomes
        .iter()
        .map(|row| json!({"Key": row.key, "Value": row.value, "Status": row.status.to_string(), "Message": row.message}))
        .collect();
    // One row decides for itself; several that disagree are a success whose rows tell.
    let first = outcomes.first().map_or(200, |row| row.status);
    let agreed = outcomes.iter().all(|row| row.status == first);
    Answer::json(if agreed { first } else { 200 }, &Value::Array(body))
}

pub(super) fn refuse(key: &'static str, status: u16, message: impl Into<String>) -> Answer {
    rows(&[Outcome::failed(key, status, message)])
}

fn not_found(kind: &Kind) -> Answer {
    refuse(kind.id, 404, format!("{} not found", kind.path))
}

impl Api {
    pub(super) fn answer(&self, call: &Call, method: &str, path: &[&str]) -> Answer {
        let store = match self.identify(call) {
            Ok(store) => store,
            Err(refusal) => return refusal,
        };
        if let Err(budget) = self.limit.take(&self.world, &store) {
            return refuse("Error", 429, "Too many requests: two a second are allowed")
                .with("retry-after", budget.wait.to_string());
        }
        let now = store_time(self.world.now());
        self.stores
            .with(&store, |store| route(store, call, method, path, &now))
            .unwrap_or_else(|refusal| refusal)
    }

    /// The store of a bearer token, or of the three headers of a private application.
    fn identify(&self, call: &Call) -> Result<String, Answer> {
        let denied = || {
            Answer::json(
                401,
                &json!({"Message": "Authorization has been denied for this request."}),
            )
        };
        if let Some(token) = call.bearer() {
            return self
                .oauth
                .access(token)
                .map(|access| access.tenant)
                .map_err(|_| denied());
        }
        let shape: fn(&str) -> bool = |value| is_hex(value, 32);
        for name in ["privatekey", "token"] {
            api_key::check(call.header(name), shape).map_err(|_| denied())?;
        }
        let store = call
            .header("secureurl")
            .filter(|url| !url.is_empty())
            .ok_or_else(denied)?;
        Ok(if store.starts_with("https://") {
            store.trim_end_matches('/').to_owned()
        } else {
            format!("https://{store}")
        })
    }
}

fn route(
    store: &mut Store,
    call: &Call,
    method: &str,
    path: &[&str],
    now: &str,
) -> Result<Answer, Answer> {
    let unknown = || {
        Answer::json(
            404,
            &json!({"Message": "No HTTP resource was found that matches the request URI."}),
        )
    };
    let kind = path
        .first()
        .and_then(|name| find(name))
        .ok_or_else(unknown)?;
    let id_of = |text: &str| {
        text.parse::<i64>()
            .map(|id| id.to_string())
            .map_err(|_| refuse(kind.id, 400, "The id is not a number"))
    };
    match (method, &path[1..]) {
        ("GET", []) => list(store, kind, &call.query, None),
        ("GET", ["skuinfo"]) if kind.path == "Products" => sku_list(store, kind, &call.query),
        ("GET", [id]) => {
            let id = id_of(id)?;
            let record = store
                .collection(kind.path)
                .get(&id)
                .ok_or_else(|| not_found(kind))?;
            Ok(Answer::json(200, &json!([shown(kind, record)])))
        }
        ("POST", []) if kind.fields.is_some() => {
            write_all(call, kind, |body| create(store, kind, body, now))
        }
        ("PUT", []) if kind.fields.is_some() => write_all(call, kind, |body| {
            let id = plain(
                body.get(kind.id)
                    .or_else(|| body.get("SKUInfo").and_then(|info| info.get(kind.id))),
            );
            update(store, kind, &id, body, now)
        }),
        ("PUT", [id]) if kind.fields.is_some() => {
            let id = id_of(id)?;
            write_all(call, kind, |body| update(store, kind, &id, body, now))
        }
        ("DELETE", [id]) if kind.deletable => {
            let id = id_of(id)?;
            store
                .collection_mut(kind.path)
                .remove(&id)
                .ok_or_else(|| not_found(kind))?;
            Ok(rows(&[Outcome {
                key: kind.id,
                value: id,
                status: 200,
                message: "Deleted successfully".to_owned(),
            }]))
        }
        ("GET", [id, "Customers"]) if kind.path == "CustomerGroups" => {
            let id = id_of(id)?;
            store
                .collection(kind.path)
                .get(&id)
                .ok_or_else(|| not_found(kind))?;
            let customers = find("Customers").ok_or_else(unknown)?;
            list(
                store,
                customers,
                &call.query,
                Some(("CustomerGroupID", &id)),
            )
        }
        (_, [id, part, rest @ ..]) => {
            let part = kind
                .parts
                .iter()
                .find(|known| known.path.eq_ignore_ascii_case(part))
                .ok_or_else(unknown)?;
            let id = id_of(id)?;
            store
                .collection(kind.path)
                .get(&id)
                .ok_or_else(|| not_found(kind))?;
            answer_part(store, call, kind, part, &id, method, rest)
        }
        _ => Err(Answer::json(
            405,
            &json!({"Message": "The requested resource does not support this http method."}),
        )),
    }
}

/// Writes one object or each of an array.
fn write_all(
    call: &Call,
    kind: &Kind,
    mut write: impl FnMut(&Row) -> Outcome,
) -> Result<Answer, Answer> {
    let body = call.json().map_err(|reason| refuse("Error", 400, reason))?;
    let outcomes: Vec<Outcome> = match &body {
        Value::Object(body) => vec![write(body)],
        Value::Array(bodies) if !bodies.is_empty() => bodies
            .iter()
            .map(|body| match body {
                Value::Object(body) => write(body),
                _ => Outcome::failed(kind.id, 400, "Each member of the array must be an object"),
            })
            .collect(),
        _ => {
            return Err(refuse(
                kind.id,
                400,
                "The body must be an object or an array of objects",
            ));
        }
    };
    Ok(rows(&outcomes))
}

fn create(store: &mut Store, kind: &Kind, body: &Row, now: &str) -> Outcome {
    if let Some(problem) = problem(store, kind, body, None) {
        return Outcome::failed(kind.id, 400, problem);
    }
    let id = store.collection(kind.path).next_number();
    let mut record = blank(kind.path, id, now);
    merge(&mut record, kind, body, id);
    if kind.path == "Orders" && body.get("InvoiceNumber").is_none() {
        record.insert("InvoiceNumber".to_owned(), (1000 + id).into());
    }
    store
        .collection_mut(kind.path)
        .insert(&id.to_string(), record);
    Outcome::done(kind.id, id, 201)
}

fn update(store: &mut Store, kind: &Kind, id: &str, body: &Row, now: &str) -> Outcome {
    let Some(before) = store.collection(kind.path).get(id) else {
        return Outcome::failed(kind.id, 404, format!("{} not found", kind.path));
    };
    let mut record = before.clone();
    if let Some(problem) = problem(store, kind, body, Some(id)) {
        return Outcome::failed(kind.id, 400, problem);
    }
    merge(&mut record, kind, body, id.parse().unwrap_or(0));
    for member in ["LastUpdate", "DateLastAction"] {
        if record.contains_key(member) {
            record.insert(member.to_owned(), now.into());
        }
    }
    store.collection_mut(kind.path).insert(id, record);
    Outcome::done(kind.id, id, 200)
}

/// Puts members into a record; its id cannot be changed. Product information merges.
fn merge(record: &mut Row, kind: &Kind, body: &Row, id: i64) {
    for (name, value) in body {
        match (name.as_str(), value, record.get_mut(name)) {
            ("SKUInfo", Value::Object(new), Some(Value::Object(old))) => old.extend(new.clone()),
            _ => {
                record.insert(name.clone(), value.clone());
            }
        }
    }
    if kind.path == "Products" {
        record["SKUInfo"]["CatalogID"] = id.into();
    } else {
        record.insert(kind.id.to_owned(), id.into());
    }
}

/// What is wrong with a body, if anything.
fn problem(store: &Store, kind: &Kind, body: &Row, updating: Option<&str>) -> Option<String> {
    let fields = kind.fields?;
    if let Err(problem) = check(fields, body, updating.is_none()) {
        return Some(problem);
    }
    for (member, path) in [
        ("OrderStatusID", "OrderStatus"),
        ("CustomerGroupID", "CustomerGroups"),
    ] {
        let id = plain(body.get(member));
        if kind.id != member && !id.is_empty() && id != "0" && !store.collection(path).contains(&id)
        {
            return Some(format!("{member}: there is no such record"));
        }
    }
    match kind.path {
        "Customers" => {
            let email = plain(body.get("Email"));
            let shaped = email.split_once('@').is_some_and(|(user, domain)| {
                !user.is_empty() && domain.contains('.') && !email.contains(' ')
            });
            if body.contains_key("Email") && !shaped {
                return Some("Email: must be an email address".to_owned());
            }
            let taken = store.collection("Customers").iter().any(|other| {
                plain(other.get("Email")).eq_ignore_ascii_case(&email)
                    && updating != Some(&plain(other.get("CustomerID")))
            });
            (body.contains_key("Email") && taken)
                .then(|| "Email: another customer has this address".to_owned())
        }
        "Products" if updating.is_none() => {
            let missing = ["SKU", "Name"].into_iter().find(|name| {
                body["SKUInfo"]
                    .get(name)
                    .is_none_or(|value| plain(Some(value)).is_empty())
            });
            missing.map(|name| format!("SKUInfo.{name}: this field is required"))
        }
        _ => None,
    }
}

fn answer_part(
    store: &mut Store,
    call: &Call,
    kind: &Kind,
    part: &Part,
    id: &str,
    method: &str,
    rest: &[&str],
) -> Result<Answer, Answer> {
    let record = store
        .collection_mut(kind.path)
        .get_mut(id)
        .ok_or_else(|| not_found(kind))?;
    let Some(Value::Array(entries)) = record.get_mut(part.member) else {
        return Err(not_found(kind));
    };
    match (method, rest) {
        ("GET", []) => {
            let found: Vec<&Row> = entries.iter().filter_map(Value::as_object).collect();
            page(&found, 500, &call.query)
        }
        ("POST", []) if part.writable => write_all(call, kind, |body| {
            let last = entries
                .iter()
                .filter_map(|entry| entry.get(part.id)?.as_i64())
                .max();
            let number = last.unwrap_or(0) + 1;
            let mut entry = body.clone();
            entry.insert(part.id.to_owned(), number.into());
            entries.push(Value::Object(entry));
            Outcome::done(part.id, number, 201)
        }),
        ("PUT", [entry_id]) if part.writable => write_all(call, kind, |body| {
            let entry = entries
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .find(|entry| plain(entry.get(part.id)) == *entry_id);
            let Some(entry) = entry else {
                return Outcome::failed(part.id, 404, format!("{} not found", part.path));
            };
            let own = entry.get(part.id).cloned().unwrap_or(Value::Null);
            entry.extend(body.clone());
            entry.insert(part.id.to_owned(), own);
            Outcome::done(part.id, entry_id, 200)
        }),
        _ => Err(Answer::json(
            405,
            &json!({"Message": "The requested resource does not support this http method."}),
        )),
    }
}
