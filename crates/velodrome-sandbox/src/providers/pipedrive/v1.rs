//! Version 1: what is still offered there. `start` and `limit`, PUT, times without a zone.

use serde_json::{Value, json};

use super::api::{Needs, Work, error, invalid, not_found, success};
use super::company::{ACTIVITY_TYPES, old_stamp};
use super::fields;
use crate::answer::Answer;
use crate::call::Pairs;
use crate::paging::{number, offset_page};
use crate::records::{Row, is, plain, row};
use crate::validation::Kind::{Integer, OneOf, Text};
use crate::validation::{Field, check, known, optional, required};

const NOTES_READ: Needs = Needs(&["deals:read", "deals:full", "contacts:read", "contacts:full"]);
const NOTES_WRITE: Needs = Needs(&["deals:full", "contacts:full"]);
const USERS: Needs = Needs(&["users:read"]);
const WEBHOOKS: Needs = Needs(&["admin", "webhooks:full"]);
const BASE: Needs = Needs(&["base"]);

/// The most webhooks of one user.
const MAX_WEBHOOKS: usize = 40;

const NOTE: &[Field] = &[
    required("content", Text),
    optional("lead_id", Text),
    optional("deal_id", Integer),
    optional("person_id", Integer),
    optional("org_id", Integer),
    optional("project_id", Integer),
    optional("user_id", Integer),
    optional("add_time", Text),
];
const NOTE_FLAGS: [&str; 5] = [
    "pinned_to_lead_flag",
    "pinned_to_deal_flag",
    "pinned_to_organization_flag",
    "pinned_to_person_flag",
    "pinned_to_project_flag",
];
const WEBHOOK: &[Field] = &[
    required("subscription_url", Text),
    required("event_action", OneOf(&["create", "change", "delete", "*"])),
    required(
        "event_object",
        OneOf(&[
            "activity",
            "deal",
            "lead",
            "note",
            "organization",
            "person",
            "pipeline",
            "product",
            "stage",
            "user",
            "*",
        ]),
    ),
    required("name", Text),
    optional("user_id", Integer),
    optional("http_auth_user", Text),
    optional("http_auth_password", Text),
    optional("version", OneOf(&["1.0", "2.0"])),
];

pub(super) fn answer(work: &mut Work<'_>, method: &str, path: &[&str]) -> Result<Answer, Answer> {
    match (method, path) {
        ("GET", ["users"]) => {
            work.allow(&USERS)?;
            let users: Vec<&Row> = work.company.collection("users").iter().collect();
            Ok(success(json!(users)))
        }
        ("GET", ["users", "me"]) => {
            work.allow(&BASE)?;
            me(work)
        }
        ("GET", ["users", "find"]) => {
            work.allow(&USERS)?;
            find_users(work)
        }
        ("GET", ["users", id]) => {
            work.allow(&USERS)?;
            let user = work
                .company
                .collection("users")
                .get(id)
                .ok_or_else(|| not_found("User"))?;
            Ok(success(json!(user)))
        }
        ("GET", ["activityTypes"]) => {
            work.allow(&BASE)?;
            Ok(success(activity_types()))
        }
        ("GET", ["dealFields" | "personFields" | "organizationFields" | "activityFields"]) => {
            work.allow(&BASE)?;
            let rows: Vec<Row> = fields::v1_rows(path[0]).into_iter().map(row).collect();
            page(&rows.iter().collect::<Vec<_>>(), &work.call.query)
        }
        (_, ["notes", rest @ ..]) => {
            work.allow(if method == "GET" {
                &NOTES_READ
            } else {
                &NOTES_WRITE
            })?;
            notes(work, method, rest)
        }
        (_, ["webhooks", rest @ ..]) => {
            work.allow(&WEBHOOKS)?;
            webhooks(work, method, rest)
        }
        _ => Err(error(404, "ERR_NOT_FOUND", "Unknown method.")),
    }
}

/// v1 takes a larger `limit` than it gives and says nothing about it.
fn page(rows: &[&Row], query: &Pairs) -> Result<Answer, Answer> {
    let start = number(query, "start", 0, 0..=usize::MAX).map_err(invalid)?;
    let limit = number(query, "limit", 100, 1..=usize::MAX)
        .map_err(invalid)?
        .min(500);
    let (page, more) = offset_page(rows, start, limit);
    let mut pagination = json!({"start": start, "limit": limit, "more_items_in_collection": more});
    if more {
        pagination["next_start"] = (start + limit).into();
    }
    // An empty v1 list is null, not [].
    let data = if page.is_empty() {
        Value::Null
    } else {
        json!(page)
    };
    Ok(Answer::json(
        200,
        &json!({"success": true, "data": data, "additional_data": {"pagination": pagination}}),
    ))
}

fn me(work: &Work<'_>) -> Result<Answer, Answer> {
    let user = work
        .company
        .collection("users")
        .get("1")
        .ok_or_else(|| not_found("User"))?;
    let mut user = user.clone();
    let host = work.company.host.clone();
    let domain = host.split('.').next().unwrap_or_default();
    let second = domain.ends_with("second");
    let name = if second {
        "Second Sandbox Company"
    } else {
        "Sandbox Company"
    };
    user.insert(
        "company_id".to_owned(),
        if second { 7_000_002 } else { 7_000_001 }.into(),
    );
    user.insert("company_name".to_owned(), name.into());
    user.insert("company_domain".to_owned(), domain.into());
    user.insert("company_country".to_owned(), "US".into());
    user.insert("company_industry".to_owned(), "Wholesale".into());
    user.insert(
        "language".to_owned(),
        json!({"language_code": "en", "country_code": "US"}),
    );
    Ok(success(Value::Object(user)))
}

fn find_users(work: &Work<'_>) -> Result<Answer, Answer> {
    let query = &work.call.query;
    let term = query
        .filled("term")
        .ok_or_else(|| invalid("term: this field is required"))?
        .to_lowercase();
    let member = if query.get("search_by_email") == Some("1") {
        "email"
    } else {
        "name"
    };
    let found: Vec<&Row> = work
        .company
        .collection("users")
        .iter()
        .filter(|user| plain(user.get(member)).to_lowercase().contains(&term))
        .collect();
    Ok(success(json!(found)))
}

fn activity_types() -> Value {
    let types = ACTIVITY_TYPES.iter().zip(1..).map(|((key, name), id)| {
        json!({
            "id": id, "order_nr": id, "name": name, "key_string": key, "icon_key": key, "active_flag": true,
            "color": null, "is_custom_flag": false, "add_time": "2025-01-06 08:00:00", "update_time": null,
        })
    });
    Value::Array(types.collect())
}

fn notes(work: &mut Work<'_>, method: &str, rest: &[&str]) -> Result<Answer, Answer> {
    match (method, rest) {
        ("GET", []) => list_notes(work),
        ("GET", [id]) => {
            let note = work
                .company
                .collection("notes")
                .get(id)
                .ok_or_else(|| not_found("Note"))?;
            Ok(success(json!(note)))
        }
        ("POST", []) => {
            let body = read_note(work, true)?;
            let id = work.company.collection("notes").next_number();
            let mut note = row(json!({
                "id": id, "active_flag": true, "add_time": old_stamp(work.now), "content": null, "deal_id": null,
                "lead_id": null, "last_update_user_id": null, "org_id": null, "person_id": null, "project_id": null,
                "pinned_to_deal_flag": false, "pinned_to_organization_flag": false, "pinned_to_person_flag": false,
                "pinned_to_project_flag": false, "update_time": old_stamp(work.now), "user_id": 1,
            }));
            note.extend(body);
            work.company
                .collection_mut("notes")
                .insert(&id.to_string(), note.clone());
            Ok(success(Value::Object(note)))
        }
        ("PUT", [id]) => {
            let mut note = work
                .company
                .collection("notes")
                .get(id)
                .ok_or_else(|| not_found("Note"))?
                .clone();
            note.extend(read_note(work, false)?);
            note.insert("update_time".to_owned(), old_stamp(work.now).into());
            note.insert("last_update_user_id".to_owned(), 1.into());
            work.company
                .collection_mut("notes")
                .insert(id, note.clone());
            Ok(success(Value::Object(note)))
        }
        ("DELETE", [id]) => {
            work.company
                .collection_mut("notes")
                .remove(id)
                .ok_or_else(|| not_found("Note"))?;
            Ok(success(Value::Bool(true)))
        }
        _ => Err(error(405, "ERR_METHOD_NOT_ALLOWED", "Method not allowed")),
    }
}

fn list_notes(work: &Work<'_>) -> Result<Answer, Answer> {
    let query = &work.call.query;
    // `updated_since` is RFC 3339, the day bounds are dates; notes hold v1 times.
    let since = match query.filled("updated_since") {
        None => None,
        Some(text) => match chrono::DateTime::parse_from_rfc3339(text) {
            Ok(instant) => Some(old_stamp(instant.to_utc())),
            Err(_) => {
                return Err(invalid(
                    "updated_since: must be an RFC 3339 time like 2026-01-31T10:20:00Z",
                ));
            }
        },
    };
    let links = [
        "user_id",
        "lead_id",
        "deal_id",
        "person_id",
        "org_id",
        "project_id",
    ];
    let day = |note: &Row| {
        plain(note.get("add_time"))
            .chars()
            .take(10)
            .collect::<String>()
    };
    let mut rows: Vec<&Row> = work
        .company
        .collection("notes")
        .iter()
        .filter(|note| {
            links.iter().all(|name| {
                query
                    .filled(name)
                    .is_none_or(|wanted| is(note, name, wanted))
            })
        })
        .filter(|note| {
            since
                .as_ref()
                .is_none_or(|since| plain(note.get("update_time")) >= *since)
        })
        .filter(|note| {
            query
                .filled("start_date")
                .is_none_or(|start| day(note).as_str() >= start)
        })
        .filter(|note| {
            query
                .filled("end_date")
                .is_none_or(|end| day(note).as_str() <= end)
        })
        .collect();
    if let Some(order) = query.filled("sort") {
        let (member, direction) = order.split_once(' ').unwrap_or((order, "ASC"));
        if ![
            "id",
            "user_id",
            "deal_id",
            "person_id",
            "org_id",
            "content",
            "add_time",
            "update_time",
        ]
        .contains(&member)
        {
            return Err(invalid("sort: notes cannot be sorted by this"));
        }
        crate::paging::sort(&mut rows, member, direction.eq_ignore_ascii_case("desc"));
    }
    page(&rows, query)
}

fn read_body(work: &Work<'_>) -> Result<Row, Answer> {
    match work.call.json().map_err(invalid)? {
        Value::Object(body) => Ok(body),
        _ => Err(invalid("the body must be an object")),
    }
}

fn read_note(work: &Work<'_>, creating: bool) -> Result<Row, Answer> {
    let body = read_body(work)?;
    check(NOTE, &body, creating).map_err(invalid)?;
    let owners = [
        ("deal_id", "deals"),
        ("person_id", "persons"),
        ("org_id", "organizations"),
    ];
    for (member, collection) in owners {
        if let Some(id) = body.get(member).filter(|id| !id.is_null())
            && work.company.live(collection, &plain(Some(id))).is_none()
        {
            return Err(invalid(format!(
                "{member}: there is no record {id} in {collection}"
            )));
        }
    }
    let attached = ["lead_id", "deal_id", "person_id", "org_id", "project_id"];
    if creating
        && attached
            .iter()
            .all(|member| body.get(*member).is_none_or(Value::is_null))
    {
        return Err(invalid(
            "one of lead_id, deal_id, person_id, org_id or project_id is required",
        ));
    }
    let mut note = known(NOTE, &body);
    for flag in NOTE_FLAGS {
        match body.get(flag).map(|value| (value, plain(Some(value)))) {
            None => {}
            Some((_, text)) if text == "1" || text == "true" => {
                note.insert(flag.to_owned(), true.into());
            }
            Some((_, text)) if text == "0" || text == "false" => {
                note.insert(flag.to_owned(), false.into());
            }
            Some((value, _)) => {
                return Err(invalid(format!("{flag}: must be 0 or 1, not {value}")));
            }
        }
    }
    Ok(note)
}

fn webhooks(work: &mut Work<'_>, method: &str, rest: &[&str]) -> Result<Answer, Answer> {
    match (method, rest) {
        ("GET", []) => {
            let hooks: Vec<&Row> = work.company.collection("webhooks").iter().collect();
            Ok(Answer::json(
                200,
                &json!({"success": true, "status": "ok", "data": hooks}),
            ))
        }
        ("POST", []) => {
            let body = read_body(work)?;
            check(WEBHOOK, &body, true).map_err(invalid)?;
            let absolute = url::Url::parse(&plain(body.get("subscription_url")))
                .is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
            if !absolute {
                return Err(invalid("subscription_url: must be an absolute address"));
            }
            let hooks = work.company.collection("webhooks");
            if hooks.iter().count() >= MAX_WEBHOOKS {
                return Err(error(
                    403,
                    "ERR_LIMIT",
                    format!("A user may have {MAX_WEBHOOKS} webhooks"),
                ));
            }
            let id = hooks.next_number();
            let mut hook = row(json!({
                "id": id, "company_id": 7_000_001, "owner_id": 1, "user_id": 1, "event_action": null,
                "event_object": null, "subscription_url": null, "version": "2.0", "is_active": 1,
                "add_time": old_stamp(work.now), "remove_time": null, "type": "general", "http_auth_user": null,
                "http_auth_password": null, "remove_reason": null, "last_delivery_time": null,
                "last_http_status": null, "admin_id": 1, "name": null,
            }));
            hook.extend(known(WEBHOOK, &body));
            work.company
                .collection_mut("webhooks")
                .insert(&id.to_string(), hook.clone());
            Ok(Answer::json(
                201,
                &json!({"success": true, "status": "ok", "data": hook}),
            ))
        }
        ("DELETE", [id]) => {
            work.company
                .collection_mut("webhooks")
                .remove(id)
                .ok_or_else(|| not_found("Webhook"))?;
            Ok(Answer::json(200, &json!({"success": true, "status": "ok"})))
        }
        _ => Err(error(405, "ERR_METHOD_NOT_ALLOWED", "Method not allowed")),
    }
}
