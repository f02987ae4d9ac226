//! Lists: what is shown, which filters narrow it, how it is cut into pages.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::api::refuse;
use super::collections::{Filter, Kind};
use super::store::Store;
use crate::answer::Answer;
use crate::call::Pairs;
use crate::paging::{number, offset_page};
use crate::records::{Row, plain};

/// What a record looks like from outside: passwords stay in, ticket messages have a path of their own.
pub(super) fn shown(kind: &Kind, record: &Row) -> Row {
    let mut record = record.clone();
    record.shift_remove("Password");
    if kind.path == "CRM" {
        record.shift_remove("MessageList");
    }
    record
}

pub(super) fn list(
    store: &Store,
    kind: &Kind,
    query: &Pairs,
    only: Option<(&str, &str)>,
) -> Result<Answer, Answer> {
    let mut found = Vec::new();
    for record in store.collection(kind.path).iter() {
        let in_scope = only.is_none_or(|(member, value)| plain(record.get(member)) == value);
        if in_scope && fits(kind, record, query)? {
            found.push(record);
        }
    }
    let shown: Vec<Row> = found
        .into_iter()
        .map(|record| shown(kind, record))
        .collect();
    page(&shown.iter().collect::<Vec<_>>(), kind.max, query)
}

pub(super) fn sku_list(store: &Store, kind: &Kind, query: &Pairs) -> Result<Answer, Answer> {
    let mut found = Vec::new();
    for record in store.collection(kind.path).iter() {
        let wanted = query
            .filled("catalogid")
            .is_none_or(|id| member(record, "SKUInfo.CatalogID") == id);
        if let Some(Value::Object(info)) = record.get("SKUInfo").filter(|_| wanted)
            && fits(kind, record, query)?
        {
            found.push(info);
        }
    }
    page(&found, 500, query)
}

/// `offset` counts rows to pass over. The provider's documents do not say whether they begin at 0 or
/// at 1; public clients do either.
pub(super) fn page(found: &[&Row], max: usize, query: &Pairs) -> Result<Answer, Answer> {
    if query.get("countonly") == Some("1") {
        return Ok(Answer::json(200, &json!({"TotalCount": found.len()})));
    }
    let limit = number(query, "limit", max, 1..=usize::MAX)
        .map_err(|text| refuse("limit", 400, text))?
        .min(max);
    let offset =
        number(query, "offset", 0, 0..=usize::MAX).map_err(|text| refuse("offset", 400, text))?;
    if offset >= found.len() {
        return Err(refuse(
            "Error",
            404,
            "The offset exceeds the number of records",
        ));
    }
    Ok(Answer::json(
        200,
        &json!(offset_page(found, offset, limit).0),
    ))
}

/// A member by path, as it would stand in a query.
fn member(record: &Row, path: &str) -> String {
    match path.split_once('.') {
        Some((outer, inner)) => plain(record.get(outer).and_then(|outer| outer.get(inner))),
        None => plain(record.get(path)),
    }
}

fn fits(kind: &Kind, record: &Row, query: &Pairs) -> Result<bool, Answer> {
    for (name, filter) in kind.filters {
        let Some(wanted) = query.filled(name) else {
            continue;
        };
        let fits = match filter {
            Filter::Is(path) => is_same(&member(record, path), wanted),
            Filter::Contains(path) => member(record, path)
                .to_lowercase()
                .contains(&wanted.to_lowercase()),
            Filter::From(path) => {
                time(&member(record, path), "%Y-%m-%dT%H:%M:%S") >= Some(asked_time(name, wanted)?)
            }
            Filter::Until(path) => {
                time(&member(record, path), "%Y-%m-%dT%H:%M:%S") <= Some(asked_time(name, wanted)?)
            }
            Filter::AtLeast(path) => {
                amount(&member(record, path)) >= Some(asked_amount(name, wanted)?)
            }
            Filter::AtMost(path) => {
                amount(&member(record, path)) <= Some(asked_amount(name, wanted)?)
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Flags may be asked for as 1 and 0.
fn is_same(own: &str, wanted: &str) -> bool {
    let flag = |text: &str| match text {
        "1" => "true",
        "0" => "false",
        _ => "",
    };
    own.eq_ignore_ascii_case(wanted) || (own == flag(wanted))
}

fn time(text: &str, format: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, format).ok()
}

fn asked_time(name: &'static str, text: &str) -> Result<NaiveDateTime, Answer> {
    let day = || {
        NaiveDate::parse_from_str(text, "%m/%d/%Y")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    time(text, "%m/%d/%Y %H:%M:%S").or_else(day).ok_or_else(|| {
        refuse(
            name,
            400,
            format!("{name} must be mm/dd/yyyy hh:mm:ss, not {text:?}"),
        )
    })
}

fn amount(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn asked_amount(name: &'static str, text: &str) -> Result<f64, Answer> {
    amount(text).ok_or_else(|| refuse(name, 400, format!("{name} must be a number, not {text:?}")))
}
