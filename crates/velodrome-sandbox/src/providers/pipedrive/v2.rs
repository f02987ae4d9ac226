//! Version 2: cursors, PATCH, RFC 3339 times.

use chrono::DateTime;
use serde_json::{Value, json};

use super::api::{Needs, Work, error, invalid, not_found, success};
use super::company::{Company, stamp};
use super::resources::{Resource, find};
use super::{fields, rules, search};
use crate::answer::Answer;
use crate::call::Pairs;
use crate::paging::{Cursor, cursor_page, number, sort};
use crate::records::{Row, is, plain};

const MAX_PAGE: usize = 500;
const PAGE: usize = 100;

pub(super) fn answer(work: &mut Work<'_>, method: &str, path: &[&str]) -> Result<Answer, Answer> {
    match (method, path) {
        ("GET", ["itemSearch"]) => {
            work.allow(&Needs(&["search:read"]))?;
            search::items(work.company, &work.call.query)
        }
        ("GET", ["dealFields" | "personFields" | "organizationFields" | "activityFields"]) => {
            fields::list_v2(&work.call.query, path[0])
        }
        (_, [collection, rest @ ..]) => match find(collection) {
            Some(resource) => answer_resource(work, resource, method, rest),
            None => Err(error(404, "ERR_NOT_FOUND", "Unknown method.")),
        },
        _ => Err(error(404, "ERR_NOT_FOUND", "Unknown method.")),
    }
}

fn answer_resource(
    work: &mut Work<'_>,
    resource: &'static Resource,
    method: &str,
    rest: &[&str],
) -> Result<Answer, Answer> {
    work.allow(if method == "GET" {
        &resource.read
    } else {
        &resource.write
    })?;
    match (method, rest) {
        ("GET", []) => list(work.company, resource, &work.call.query, false),
        ("GET", ["archived"]) if resource.path == "deals" => {
            list(work.company, resource, &work.call.query, true)
        }
        ("GET", ["search"]) if !resource.searched.is_empty() => {
            search::one(work.company, resource, &work.call.query)
        }
        ("POST", []) => {
            let body = read_body(work)?;
            let row = rules::create(work.company, resource, &body, work.now)?;
            Ok(success(Value::Object(row)))
        }
        ("GET", [id]) => {
            let row = existing(work.company, resource, id)?;
            let row = dressed(work.company, resource, row, &work.call.query);
            Ok(success(Value::Object(row)))
        }
        ("PATCH", [id]) => {
            let before = existing(work.company, resource, id)?.clone();
            let body = read_body(work)?;
            let row = rules::update(work.company, resource, before, &body, work.now)?;
            Ok(success(Value::Object(row)))
        }
        ("DELETE", [id]) => delete(work, resource, id),
        (_, [id, "followers", follower @ ..]) if resource.followed => {
            followers(work, resource, method, id, follower)
        }
        _ => Err(error(405, "ERR_METHOD_NOT_ALLOWED", "Method not allowed")),
    }
}

fn read_body(work: &Work<'_>) -> Result<Row, Answer> {
    match work.call.json().map_err(invalid)? {
        Value::Object(body) => Ok(body),
        _ => Err(invalid("the body must be an object")),
    }
}

/// The record of an id, deleted ones included: they stay readable for thirty days.
fn existing<'a>(company: &'a Company, resource: &Resource, id: &str) -> Result<&'a Row, Answer> {
    if id.parse::<i64>().is_err() {
        return Err(invalid(format!("id: {id:?} is not a whole number")));
    }
    company
        .collection(resource.path)
        .get(id)
        .ok_or_else(|| not_found(resource.noun))
}

fn delete(work: &mut Work<'_>, resource: &Resource, id: &str) -> Result<Answer, Answer> {
    existing(work.company, resource, id)?;
    let now = stamp(work.now);
    let row = work
        .company
        .collection_mut(resource.path)
        .get_mut(id)
        .filter(|row| row.get("is_deleted") != Some(&Value::Bool(true)))
        .ok_or_else(|| not_found(resource.noun))?;
    row.insert("is_deleted".to_owned(), true.into());
    row.insert("update_time".to_owned(), now.into());
    let id = row["id"].clone();
    Ok(success(json!({"id": id})))
}

fn list(
    company: &Company,
    resource: &Resource,
    query: &Pairs,
    archived: bool,
) -> Result<Answer, Answer> {
    let limit = number(query, "limit", PAGE, 1..=MAX_PAGE).map_err(invalid)?;
    let cursor = read_cursor(query)?;
    let sort_by = query.filled("sort_by").unwrap_or("id");
    if !resource.sorts.contains(&sort_by) {
        return Err(invalid(format!(
            "sort_by: must be one of {}",
            resource.sorts.join(", ")
        )));
    }
    let descending = match query.filled("sort_direction") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(invalid("sort_direction: must be asc or desc")),
    };
    let mut rows = filtered(company, resource, query, archived)?;
    sort(&mut rows, sort_by, descending);
    let (page, next) = cursor_page(&rows, sort_by, descending, cursor.as_ref(), limit);
    let data: Vec<Value> = page
        .into_iter()
        .map(|row| Value::Object(dressed(company, resource, row, query)))
        .collect();
    Ok(Answer::json(
        200,
        &json!({"success": true, "data": data, "additional_data": {"next_cursor": next}}),
    ))
}

pub(super) fn read_cursor(query: &Pairs) -> Result<Option<Cursor>, Answer> {
    match query.filled("cursor") {
        None => Ok(None),
        Some(text) => match Cursor::decode(text) {
            Some(cursor) => Ok(Some(cursor)),
            None => Err(invalid("cursor: it was not handed out by this API")),
        },
    }
}

fn filtered<'a>(
    company: &'a Company,
    resource: &Resource,
    query: &Pairs,
    archived: bool,
) -> Result<Vec<&'a Row>, Answer> {
    let status = query.filled("status").filter(|_| resource.path == "deals");
    if let Some(status) = status
        && !["open", "won", "lost", "deleted"].contains(&status)
    {
        return Err(invalid("status: must be one of open, won, lost, deleted"));
    }
    let since = instant(query, "updated_since")?;
    let until = instant(query, "updated_until")?;
    let ids: Option<Vec<&str>> = query
        .filled("ids")
        .map(|ids| ids.split(',').map(str::trim).collect());
    let deal_id = query
        .filled("deal_id")
        .filter(|_| resource.path == "persons");
    let deal_person = deal_id.map(|id| {
        plain(
            company
                .live("deals", id)
                .and_then(|deal| deal.get("person_id")),
        )
    });
    let keeps = |row: &Row| {
        let deleted = row.get("is_deleted") == Some(&Value::Bool(true));
        let updated = plain(row.get("update_time"));
        deleted == (status == Some("deleted"))
            && (row.get("is_archived") == Some(&Value::Bool(true))) == archived
            && status.is_none_or(|status| status == "deleted" || is(row, "status", status))
            && since.as_ref().is_none_or(|since| updated >= *since)
            && until.as_ref().is_none_or(|until| updated < *until)
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&plain(row.get("id")).as_str()))
            && deal_person
                .as_ref()
                .is_none_or(|person| plain(row.get("id")) == *person)
            && resource.filters.iter().all(|(name, member)| {
                query
                    .filled(name)
                    .is_none_or(|wanted| is(row, member, wanted))
            })
    };
    Ok(company
        .collection(resource.path)
        .iter()
        .filter(|row| keeps(row))
        .collect())
}

/// An instant from the query, written as records have it so that texts compare.
fn instant(query: &Pairs, name: &str) -> Result<Option<String>, Answer> {
    let Some(text) = query.filled(name) else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(text) {
        Ok(instant) => Ok(Some(stamp(instant.to_utc()))),
        Err(_) => Err(invalid(format!(
            "{name}: must be an RFC 3339 time like 2026-01-31T10:20:00Z"
        ))),
    }
}

/// A record with the members that the caller asked for in addition, and only the custom fields wanted.
fn dressed(company: &Company, resource: &Resource, row: &Row, query: &Pairs) -> Row {
    let mut row = row.clone();
    if let (Some(wanted), Some(Value::Object(custom))) =
        (query.filled("custom_fields"), row.get_mut("custom_fields"))
    {
        let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
        custom.retain(|name, _| wanted.contains(&name.as_str()));
    }
    let Some(extra) = query.filled("include_fields") else {
        return row;
    };
    let link = match resource.path {
        "deals" => "deal_id",
        "persons" => "person_id",
        "organizations" => "org_id",
        _ => return row,
    };
    let id = plain(row.get("id"));
    let activities = || {
        company
            .collection("activities")
            .iter()
            .filter(|activity| is(activity, link, &id))
    };
    for name in extra.split(',').map(str::trim) {
        let value = match name {
            "activities_count" => json!(activities().count()),
            "done_activities_count" => json!(
                activities()
                    .filter(|activity| is(activity, "done", "true"))
                    .count()
            ),
            "undone_activities_count" => json!(
                activities()
                    .filter(|activity| is(activity, "done", "false"))
                    .count()
            ),
            "next_activity_id" => activities()
                .find(|activity| is(activity, "done", "false"))
                .map_or(Value::Null, |activity| activity["id"].clone()),
            "last_activity_id" => activities()
                .rfind(|activity| is(activity, "done", "true"))
                .map_or(Value::Null, |activity| activity["id"].clone()),
            "notes_count" => json!(
                company
                    .collection("notes")
                    .iter()
                    .filter(|note| is(note, link, &id))
                    .count()
            ),
            "followers_count" => {
                let key = (resource.path, id.parse().unwrap_or(0));
                json!(
                    company
                        .followers
                        .get(&key)
                        .map_or(0, |followers| followers.len())
                )
            }
            "products_count" | "files_count" | "email_messages_count" => json!(0),
            _ => continue,
        };
        row.insert(name.to_owned(), value);
    }
    row
}

fn followers(
    work: &mut Work<'_>,
    resource: &'static Resource,
    method: &str,
    id: &str,
    follower: &[&str],
) -> Result<Answer, Answer> {
    existing(work.company, resource, id)?;
    let key = (resource.path, id.parse().unwrap_or(0));
    match (method, follower) {
        ("GET", []) => {
            let users = work.company.followers.get(&key).into_iter().flatten();
            let data: Vec<Value> = users.map(|user| json!({"user_id": user})).collect();
            Ok(Answer::json(
                200,
                &json!({"success": true, "data": data, "additional_data": {"next_cursor": null}}),
            ))
        }
        ("POST", []) => {
            let body = read_body(work)?;
            let user = body
                .get("user_id")
                .and_then(Value::as_i64)
                .ok_or_else(|| invalid("user_id: must be a whole number"))?;
            if !work.company.collection("users").contains(&user.to_string()) {
                return Err(not_found("User"));
            }
            work.company.followers.entry(key).or_default().insert(user);
            Ok(success(
                json!({"user_id": user, "add_time": stamp(work.now)}),
            ))
        }
        ("DELETE", [user]) => {
            let number: i64 = user
                .parse()
                .map_err(|_| invalid("follower_id: must be a whole number"))?;
            let removed = work
                .company
                .followers
                .get_mut(&key)
                .is_some_and(|followers| followers.remove(&number));
            if removed {
                Ok(success(json!({"user_id": number})))
            } else {
                Err(not_found("Follower"))
            }
        }
        _ => Err(error(405, "ERR_METHOD_NOT_ALLOWED", "Method not allowed")),
    }
}
