//! Lists, searches and expansion.

use serde_json::{Value, json};

use super::account::Account;
use super::form::typed;
use super::problem::Problem;
use super::resources::{Resource, referred};
use crate::answer::Answer;
use crate::call::Pairs;
use crate::paging::{neighbour_page, number};
use crate::records::{Row, is, plain};

const PAGING: [&str; 3] = ["limit", "starting_after", "ending_before"];

/// `GET /v1/{collection}`.
pub(super) fn list(
    account: &Account,
    resource: &Resource,
    query: &Pairs,
    tree: &Row,
) -> Result<Answer, Problem> {
    let limit = number(query, "limit", 10, 1..=100)
        .map_err(|text| Problem::coded("parameter_invalid_integer", "limit", text))?;
    let (after, before) = (
        query.filled("starting_after"),
        query.filled("ending_before"),
    );
    if after.is_some() && before.is_some() {
        return Err(Problem::invalid(
            "ending_before",
            "You may only specify one of these parameters: ending_before, starting_after.",
        ));
    }
    let asked: Row = tree
        .iter()
        .filter(|(name, _)| !PAGING.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let filters = typed(resource.list, &asked)?;
    // A deleted customer can be fetched but is no longer listed; newest first.
    let mut rows: Vec<&Row> = Vec::new();
    for object in account.collection(resource.path).iter() {
        if !object.contains_key("deleted")
            && fits(object, &filters)?
            && shown_by_status(resource, object, &filters)
        {
            rows.push(object);
        }
    }
    rows.sort_by_key(|object| {
        std::cmp::Reverse((
            object.get("created").and_then(Value::as_i64),
            plain(object.get("id")),
        ))
    });
    let (page, more) = neighbour_page(&rows, after, before, limit).map_err(|param| {
        let id = query.get(param).unwrap_or_default();
        Problem::no_such(resource.object, id, param)
    })?;
    let data: Result<Vec<Value>, Problem> = page
        .into_iter()
        .map(|object| expanded(account, object, tree, "data."))
        .collect();
    let body = json!({"object": "list", "data": data?, "has_more": more, "url": format!("/v1/{}", resource.path)});
    Ok(Answer::json(200, &body))
}

/// Cancelled subscriptions are only listed when asked for.
fn shown_by_status(resource: &Resource, object: &Row, filters: &Row) -> bool {
    if resource.path != "subscriptions" {
        return true;
    }
    match filters.get("status").map(|status| plain(Some(status))) {
        None => !is(object, "status", "canceled"),
        Some(status) if status == "all" => true,
        Some(status) if status == "ended" => is(object, "status", "canceled"),
        Some(status) => is(object, "status", &status),
    }
}

fn fits(object: &Row, filters: &Row) -> Result<bool, Problem> {
    for (name, wanted) in filters {
        let fits = match (name.as_str(), wanted) {
            ("status", _) if object.get("object") == Some(&json!("subscription")) => true,
            ("types", Value::Array(types)) => {
                types.contains(object.get("type").unwrap_or(&Value::Null))
            }
            ("ids", Value::Array(ids)) => ids.contains(object.get("id").unwrap_or(&Value::Null)),
            ("lookup_keys", Value::Array(keys)) => {
                keys.contains(object.get("lookup_key").unwrap_or(&Value::Null))
            }
            ("type", Value::String(kind)) if kind.ends_with(".*") => {
                plain(object.get("type")).starts_with(kind.trim_end_matches('*'))
            }
            ("price" | "plan", Value::String(price)) => {
                let items = object
                    .get("items")
                    .and_then(|items| items.get("data"))
                    .and_then(Value::as_array);
                items
                    .into_iter()
                    .flatten()
                    .any(|item| plain(item.get("price")) == *price)
            }
            (_, Value::Object(range))
                if range
                    .keys()
                    .all(|key| ["gt", "gte", "lt", "lte"].contains(&key.as_str())) =>
            {
                in_range(object, name, range)?
            }
            (_, Value::Object(members)) => members.iter().all(|(key, value)| {
                object
                    .get(name)
                    .and_then(|inner| inner.get(key))
                    .is_some_and(|inner| plain(Some(inner)) == plain(Some(value)))
            }),
            (_, Value::Null) => true,
            _ => is(object, name, &plain(Some(wanted))),
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn in_range(object: &Row, name: &str, range: &Row) -> Result<bool, Problem> {
    let own = object.get(name).and_then(Value::as_i64);
    for (key, bound) in range {
        let text = plain(Some(bound));
        let bound: i64 = text.parse().map_err(|_| {
            Problem::coded(
                "parameter_invalid_integer",
                &format!("{name}[{key}]"),
                format!("Invalid integer: {text}"),
            )
        })?;
        let inside = own.is_some_and(|own| match key.as_str() {
            "gt" => own > bound,
            "gte" => own >= bound,
            "lt" => own < bound,
            _ => own <= bound,
        });
        if !inside {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `GET /v1/customers/search`: clauses `field:"value"`, `field~"part"`, joined by AND.
pub(super) fn search(
    account: &Account,
    resource: &Resource,
    query: &Pairs,
) -> Result<Answer, Problem> {
    let text = query
        .filled("query")
        .ok_or_else(|| Problem::missing("query"))?;
    let limit = number(query, "limit", 10, 1..=100)
        .map_err(|text| Problem::coded("parameter_invalid_integer", "limit", text))?;
    let start: usize = match query.filled("page") {
        None => 0,
        Some(page) => page
            .parse()
            .map_err(|_| Problem::invalid("page", "Invalid page"))?,
    };
    let clauses: Option<Vec<Clause<'_>>> = text.split(" AND ").map(Clause::read).collect();
    let clauses = clauses
        .ok_or_else(|| Problem::invalid("query", "We were unable to parse your search query."))?;
    let found: Vec<&Row> = account
        .collection(resource.path)
        .iter()
        .filter(|object| {
            !object.contains_key("deleted") && clauses.iter().all(|clause| clause.fits(object))
        })
        .collect();
    let data: Vec<&&Row> = found.iter().skip(start).take(limit).collect();
    let more = start + data.len() < found.len();
    let next = more.then(|| (start + data.len()).to_string());
    let body = json!({
        "object": "search_result", "data": data, "has_more": more, "next_page": next,
        "url": format!("/v1/{}/search", resource.path),
    });
    Ok(Answer::json(200, &body))
}

struct Clause<'a> {
    member: &'a str,
    /// The key within `metadata`.
    key: Option<&'a str>,
    part: bool,
    value: &'a str,
}

impl<'a> Clause<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let at = text.find([':', '~'])?;
        let (left, right) = (&text[..at], text[at + 1..].trim());
        let value = right.trim_matches(['"', '\'']);
        let (member, key) = match left.split_once('[') {
            Some((member, key)) => (
                member,
                Some(key.trim_end_matches(']').trim_matches(['"', '\''])),
            ),
            None => (left, None),
        };
        Some(Self {
            member,
            key,
            part: text.as_bytes()[at] == b'~',
            value,
        })
    }

    fn fits(&self, object: &Row) -> bool {
        let own = object.get(self.member);
        let own = match self.key {
            Some(key) => own.and_then(|metadata| metadata.get(key)),
            None => own,
        };
        let own = plain(own).to_lowercase();
        let value = self.value.to_lowercase();
        if self.part {
            own.contains(&value)
        } else {
            own == value
        }
    }
}

/// An object with what `expand[]` names put in place of its id. In lists the names begin with `data.`.
pub(super) fn expanded(
    account: &Account,
    object: &Row,
    tree: &Row,
    prefix: &str,
) -> Result<Value, Problem> {
    let mut object = object.clone();
    for name in tree
        .get("expand")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let full = plain(Some(name));
        let member = full.strip_prefix(prefix).unwrap_or(&full);
        let cannot = || {
            Problem::invalid(
                "expand",
                format!("This property cannot be expanded ({full})."),
            )
        };
        if !object.contains_key(member) {
            return Err(cannot());
        }
        let id = plain(object.get(member));
        if id.is_empty() {
            continue;
        }
        let collection = referred(member).ok_or_else(cannot)?;
        if let Some(other) = account.collection(collection).get(&id) {
            object.insert(member.to_owned(), Value::Object(other.clone()));
        }
    }
    Ok(Value::Object(object))
}
