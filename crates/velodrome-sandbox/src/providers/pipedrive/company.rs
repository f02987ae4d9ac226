//! One company's data: plausible, and the same on every start.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::people;
use crate::records::{Collection, Row, row};

/// Custom field of deals: free text.
pub(super) const DEAL_SOURCE: &str = "3c1f0d9ab4e27768105c2fde98a7b6433d2e10c5";
/// Custom field of persons: a whole number.
pub(super) const PERSON_SCORE: &str = "9e07a5c1d3b24f8860fa1b7c2d93e45586af0b12";
/// Custom field of organizations: a date.
pub(super) const ORGANIZATION_RENEWAL: &str = "b58d26e0f7c349911ad4e3605c7f82aa90e1d3f4";

/// Name, pipeline and probability.
const STAGES: [(&str, i64, i64); 9] = [
    ("Qualified", 1, 10),
    ("Contact made", 1, 25),
    ("Demo scheduled", 1, 40),
    ("Proposal made", 1, 60),
    ("Negotiations started", 1, 80),
    ("Due", 2, 50),
    ("Offer sent", 2, 65),
    ("In discussion", 2, 75),
    ("Signed", 2, 95),
];
pub(super) const ACTIVITY_TYPES: [(&str, &str); 6] = [
    ("call", "Call"),
    ("meeting", "Meeting"),
    ("task", "Task"),
    ("deadline", "Deadline"),
    ("email", "Email"),
    ("lunch", "Lunch"),
];

/// Everything one company has.
pub(super) struct Company {
    /// The company's host: `sandbox-company.pipedrive.com`.
    pub(super) host: String,
    collections: BTreeMap<&'static str, Collection>,
    /// Users who follow a record, by collection and record.
    pub(super) followers: BTreeMap<(&'static str, i64), BTreeSet<i64>>,
}

/// As v2 writes instants.
pub(super) fn stamp(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// As v1 writes instants, in UTC.
pub(super) fn old_stamp(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S").to_string()
}

impl Company {
    pub(super) fn seeded(host: &str) -> Self {
        // The second company is smaller and has other people, so that a mix-up shows.
        let second = host.contains("second");
        let (scale, shift) = if second { (10, 1000) } else { (1, 0) };
        let seed = |id_count: i64, make: fn(i64, usize) -> Value| {
            let rows = (1..=id_count / scale)
                .map(|id| row(make(id, usize::try_from(id).unwrap_or(0) + shift)));
            Collection::seeded("id", rows)
        };
        let collections = BTreeMap::from([
            (
                "users",
                Collection::seeded(
                    "id",
                    (1..=6).map(|id| row(user(id, usize::try_from(id).unwrap_or(0) + shift))),
                ),
            ),
            (
                "pipelines",
                Collection::seeded("id", [1, 2].map(|id| row(pipeline(id)))),
            ),
            (
                "stages",
                Collection::seeded("id", (1..=9).map(|id| row(stage(id)))),
            ),
            ("organizations", seed(80, organization)),
            ("persons", seed(150, person)),
            ("deals", seed(230, deal)),
            ("activities", seed(320, activity)),
            ("notes", seed(60, note)),
            ("webhooks", Collection::default()),
        ]);
        Self {
            host: host.to_owned(),
            collections,
            followers: BTreeMap::new(),
        }
    }

    /// A collection by name; an unknown name has no records.
    pub(super) fn collection(&self, name: &str) -> &Collection {
        self.collections
            .get(name)
            .expect("every name in the tables is a collection")
    }

    pub(super) fn collection_mut(&mut self, name: &str) -> &mut Collection {
        self.collections
            .get_mut(name)
            .expect("every name in the tables is a collection")
    }

    /// A record that exists and is not deleted.
    pub(super) fn live(&self, name: &str, id: &str) -> Option<&Row> {
        self.collection(name)
            .get(id)
            .filter(|row| row.get("is_deleted") != Some(&Value::Bool(true)))
    }
}

/// A user of the small team, by record number.
fn owner(number: usize) -> i64 {
    i64::try_from(number % 6).unwrap_or(0) + 1
}

/// A record's partner in a collection of `count`, which the second company has a tenth of.
fn partner(id: i64, count: i64, number: usize) -> i64 {
    let count = if number > 1000 { count / 10 } else { count };
    (id * 7) % count + 1
}

fn user(id: i64, number: usize) -> Value {
    let somebody = people::person(number + 500);
    json!({
        "id": id,
        "name": somebody.name(),
        "default_currency": "USD",
        "locale": "en_US",
        "lang": 1,
        "email": somebody.email(number),
        "phone": people::phone(number),
        "activated": true,
        "last_login": old_stamp(people::instant(number + 20_000, 30)),
        "created": old_stamp(people::instant(0, 1)),
        "modified": old_stamp(people::instant(number + 9_000, 30)),
        "has_created_company": id == 1,
        "access": [
            {"app": "sales", "admin": id == 1, "permission_set_id": "bb2b4d2c-6a0e-4c5e-9a53-0b1f0a6e7c01"},
            {"app": "global", "admin": id == 1, "permission_set_id": "bb2b4d2c-6a0e-4c5e-9a53-0b1f0a6e7c02"},
        ],
        "active_flag": true,
        "timezone_name": "America/New_York",
        "timezone_offset": "-05:00",
        "role_id": 1,
        "icon_url": null,
        "is_you": id == 1,
        "is_deleted": false,
    })
}

fn pipeline(id: i64) -> Value {
    let name = if id == 1 { "Sales" } else { "Renewals" };
    let time = stamp(people::instant(0, 1));
    json!({
        "id": id, "name": name, "order_nr": id, "is_deleted": false, "is_deal_probability_enabled": true,
        "add_time": time, "update_time": time,
    })
}

fn stage(id: i64) -> Value {
    let (name, pipeline, probability) = STAGES[usize::try_from(id - 1).unwrap_or(0)];
    let time = stamp(people::instant(0, 1));
    json!({
        "id": id, "order_nr": id, "name": name, "is_deleted": false, "deal_probability": probability,
        "pipeline_id": pipeline, "is_deal_rot_enabled": false, "days_to_rotten": null,
        "add_time": time, "update_time": time,
    })
}

fn organization(id: i64, number: usize) -> Value {
    let place = people::address(number);
    json!({
        "id": id,
        "name": people::company(number),
        "owner_id": owner(number),
        "add_time": stamp(people::instant(number, 600)),
        "update_time": stamp(people::instant(number, 620)),
        "is_deleted": false,
        "visible_to": 3,
        "address": {
            "value": format!("{}, {}, {} {}, USA", place.street, place.city, place.state, place.postcode),
            "country": place.country, "admin_area_level_1": place.state, "admin_area_level_2": null,
            "locality": place.city, "sublocality": null, "route": place.street, "street_number": null,
            "subpremise": null, "postal_code": place.postcode,
        },
        "label_ids": [],
        "custom_fields": {ORGANIZATION_RENEWAL: people::instant(number + 700, 1440).format("%Y-%m-%d").to_string()},
    })
}

fn person(id: i64, number: usize) -> Value {
    let somebody = people::person(number);
    json!({
        "id": id,
        "name": somebody.name(),
        "first_name": somebody.first,
        "last_name": somebody.last,
        "owner_id": owner(number),
        // Every tenth person works for nobody we know.
        "org_id": if number.is_multiple_of(10) { Value::Null } else { json!(partner(id, 80, number)) },
        "add_time": stamp(people::instant(number, 400)),
        "update_time": stamp(people::instant(number, 430)),
        "emails": [{"value": somebody.email(number), "primary": true, "label": "work"}],
        "phones": [{"value": people::phone(number), "primary": true, "label": "work"}],
        "is_deleted": false,
        "visible_to": 3,
        "label_ids": [],
        "picture_id": null,
        "custom_fields": {PERSON_SCORE: number * 13 % 101},
    })
}

fn deal(id: i64, number: usize) -> Value {
    let (stage_name, pipeline, probability) = STAGES[number % STAGES.len()];
    let stage_id = i64::try_from(number % STAGES.len()).unwrap_or(0) + 1;
    let status = match number % 7 {
        5 => "won",
        6 => "lost",
        _ => "open",
    };
    let added = people::instant(number, 240);
    let updated = people::instant(number, 250);
    let closed = |wanted: &str| {
        if status == wanted {
            json!(stamp(updated))
        } else {
            Value::Null
        }
    };
    json!({
        "id": id,
        "title": format!("{} – {stage_name}", people::company(number)),
        "owner_id": owner(number),
        "person_id": partner(id, 150, number),
        "org_id": partner(id, 80, number),
        "pipeline_id": pipeline,
        "stage_id": stage_id,
        "value": 500 + number * 375 % 48_000,
        "currency": if number.is_multiple_of(5) { "EUR" } else { "USD" },
        "add_time": stamp(added),
        "update_time": stamp(updated),
        "stage_change_time": stamp(added + TimeDelta::hours(3)),
        "is_deleted": false,
        "is_archived": number.is_multiple_of(40),
        "status": status,
        "probability": probability,
        "lost_reason": if status == "lost" { json!("Chose another supplier") } else { Value::Null },
        "visible_to": 3,
        "close_time": if status == "open" { Value::Null } else { json!(stamp(updated)) },
        "won_time": closed("won"),
        "lost_time": closed("lost"),
        "expected_close_date": people::instant(number + 200, 720).format("%Y-%m-%d").to_string(),
        "label_ids": [],
        "origin": "ManuallyCreated",
        "origin_id": null,
        "channel": null,
        "channel_id": null,
        "source_lead_id": null,
        "arr": null,
        "mrr": null,
        "acv": null,
        "custom_fields": {DEAL_SOURCE: if number.is_multiple_of(2) { "Website" } else { "Referral" }},
    })
}

fn activity(id: i64, number: usize) -> Value {
    let (key, name) = ACTIVITY_TYPES[number % ACTIVITY_TYPES.len()];
    let done = !number.is_multiple_of(3);
    let updated = people::instant(number, 180);
    let person = partner(id, 150, number);
    json!({
        "id": id,
        "subject": format!("{name} with {}", people::company(number)),
        "type": key,
        "owner_id": owner(number),
        "creator_user_id": 1,
        "is_deleted": false,
        "add_time": stamp(people::instant(number, 170)),
        "update_time": stamp(updated),
        "deal_id": partner(id, 230, number),
        "lead_id": null,
        "person_id": person,
        "org_id": partner(id, 80, number),
        "project_id": null,
        "due_date": people::instant(number + 10, 180).format("%Y-%m-%d").to_string(),
        "due_time": format!("{:02}:30:00", 9 + number % 8),
        "duration": "00:30:00",
        "busy": key == "meeting",
        "done": done,
        "marked_as_done_time": if done { json!(stamp(updated)) } else { Value::Null },
        "location": null,
        "participants": [{"person_id": person, "primary": true}],
        "attendees": [],
        "conference_meeting_client": null,
        "conference_meeting_url": null,
        "conference_meeting_id": null,
        "public_description": null,
        "priority": null,
        "note": null,
    })
}

fn note(id: i64, number: usize) -> Value {
    json!({
        "id": id,
        "active_flag": true,
        "add_time": old_stamp(people::instant(number, 900)),
        "content": format!("<p>Spoke about the offer for {}.</p>", people::company(number)),
        "deal_id": partner(id, 230, number),
        "lead_id": null,
        "last_update_user_id": null,
        "org_id": null,
        "person_id": null,
        "project_id": null,
        "pinned_to_deal_flag": false,
        "pinned_to_organization_flag": false,
        "pinned_to_person_flag": false,
        "pinned_to_project_flag": false,
        "update_time": old_stamp(people::instant(number, 910)),
        "user_id": owner(number),
    })
}
