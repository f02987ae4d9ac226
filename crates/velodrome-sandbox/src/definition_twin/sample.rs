//! Made-up values that fit a field: its choices, its type and format, its rules, and what its name
//! promises. The same number always gives the same value.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use velodrome_model::definition::{DataType, Validation};
use velodrome_model::value::DateFormat;

use super::schema::{Member, bare, singular};
use crate::people;

/// Minutes between the times of two neighbouring records.
const SPACING: i64 = 180;
/// Records of another kind that are referred to.
const REFERRED: usize = 20;

/// One value, without the lists around it.
pub(super) fn scalar(member: &Member, number: usize) -> Value {
    if let Some(target) = &member.refers_to {
        return scalar(target, number % REFERRED);
    }
    let choices = &member.field.values;
    if !choices.is_empty() && !member.is_own_id {
        let chosen = &choices[number % choices.len()];
        return typed(member, &chosen.text());
    }
    if let Some(described) = custom_field(member, number) {
        return described;
    }
    let rules = member.field.validation.as_ref();
    match member.data_type() {
        DataType::Boolean => json!(!number.is_multiple_of(3)),
        DataType::Integer => json!(integer(member, number)),
        DataType::Decimal | DataType::Float => {
            let amount = (number as f64 * 12.35 % 990.0 + 5.0) * 100.0;
            json!(within(rules, amount.round() / 100.0))
        }
        DataType::DateTime => date(
            member.field.format.as_deref(),
            people::instant(number, SPACING),
        ),
        DataType::File => json!(STANDARD.encode(file(number))),
        DataType::Undefined | DataType::Text => json!(text(member, number)),
    }
}

/// An instant as a field's format wants it; `unix` and `unixms` are numbers.
pub(super) fn date(format: Option<&str>, instant: DateTime<Utc>) -> Value {
    match format {
        Some("unix") => json!(instant.timestamp()),
        Some("unixms") => json!(instant.timestamp_millis()),
        Some(pattern) => match DateFormat::parse(pattern) {
            Ok(format) => json!(format.format(instant, Tz::UTC)),
            Err(_) => json!(DateFormat::ISO.format(instant, Tz::UTC)),
        },
        None => json!(instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
    }
}

/// What a file holds.
pub(super) fn file(number: usize) -> Vec<u8> {
    format!("Sample file {number} of a Velodrome sandbox.\n").into_bytes()
}

/// A text as the field's type; the text itself where it does not fit.
pub(super) fn typed(member: &Member, text: &str) -> Value {
    match member.data_type() {
        DataType::Boolean => match text {
            "true" | "1" => json!(true),
            "false" | "0" => json!(false),
            other => json!(other),
        },
        DataType::Integer => text.parse::<i64>().map_or(json!(text), |n| json!(n)),
        DataType::Decimal | DataType::Float => {
            text.parse::<f64>().map_or(json!(text), |n| json!(n))
        }
        DataType::Text | DataType::Undefined | DataType::DateTime | DataType::File => json!(text),
    }
}

/// Rows that describe custom fields (connectors.md §5) have to make sense as such.
fn custom_field(member: &Member, number: usize) -> Option<Value> {
    const KINDS: [(&str, &str, i64); 4] = [
        ("favourite_colour", "Favourite Colour", 1),
        ("employees", "Employees", 2),
        ("newsletter", "Newsletter", 4),
        ("renewal", "Renewal", 5),
    ];
    let (name, label, kind) = KINDS[number % KINDS.len()];
    let turn = number / KINDS.len();
    Some(match member.field.system_field.as_deref()? {
        "cyclr_field_location" if turn == 0 => json!(format!("custom.{name}")),
        "cyclr_field_location" => json!(format!("custom.{name}_{turn}")),
        "cyclr_display_name" if turn == 0 => json!(label),
        "cyclr_display_name" => json!(format!("{label} {turn}")),
        "cyclr_data_type" => json!(kind),
        "cyclr_data_type_format" | "cyclr_default_value" => json!(""),
        "cyclr_description" => json!(format!("{label} of the record.")),
        "cyclr_is_optional" => json!(true),
        "cyclr_is_readonly" | "cyclr_is_hidden" => json!(false),
        "cyclr_field_values" => json!([]),
        _ => return None,
    })
}

fn integer(member: &Member, number: usize) -> i64 {
    let number = i64::try_from(number).unwrap_or(i64::MAX / 2);
    if member.is_own_id {
        let least = member
            .field
            .validation
            .as_ref()
            .and_then(|rules| rules.minimum)
            .map_or(1, |least| least.ceil() as i64);
        return least.max(1) + number;
    }
    let name = bare(member.name());
    let plain = if name.ends_with("id") {
        number % 20 + 1
    } else if name.contains("year") {
        2020 + number % 6
    } else {
        number * 7 % 100 + 1
    };
    within(member.field.validation.as_ref(), plain as f64) as i64
}

fn within(rules: Option<&Validation>, value: f64) -> f64 {
    let Some(rules) = rules else { return value };
    let value = rules.minimum.map_or(value, |least| value.max(least));
    rules.maximum.map_or(value, |most| value.min(most))
}

fn text(member: &Member, number: usize) -> String {
    let plain = if member.is_own_id {
        own_id(member, number)
    } else {
        by_name(member.name(), &member.noun, number)
    };
    if let Some(sampler) = &member.sampler
        && !sampler.matches(&plain)
    {
        return sampler.sample(number);
    }
    let Some(rules) = &member.field.validation else {
        return plain;
    };
    let least = rules.min_length.unwrap_or(0).min(10_000) as usize;
    let most = rules.max_length.map_or(usize::MAX, |most| most as usize);
    let length = plain.chars().count();
    if length > most {
        return plain.chars().take(most).collect();
    }
    plain + &"x".repeat(least.saturating_sub(length))
}

fn own_id(member: &Member, number: usize) -> String {
    let name = bare(member.name());
    if name.contains("uuid")
        || name.contains("guid")
        || member.field.format.as_deref() == Some("uuid")
    {
        return uuid(&member.noun, number);
    }
    let prefix: String = singular(&member.noun).chars().take(4).collect();
    let prefix = if prefix.is_empty() { "rec" } else { &prefix };
    format!("{prefix}_{:06}", number + 1)
}

/// A text that a member of this name could hold.
pub(super) fn by_name(name: &str, noun: &str, number: usize) -> String {
    let person = people::person(number);
    let place = people::address(number);
    let name = bare(name);
    let noun = singular(noun);
    let has = |part: &str| name.contains(part);
    if has("uuid") || has("guid") {
        uuid(&name, number)
    } else if has("email") || name == "mail" {
        person.email(number)
    } else if has("phone") || has("mobile") || has("fax") {
        people::phone(number)
    } else if has("firstname") || has("givenname") || has("forename") {
        person.first.to_owned()
    } else if has("lastname") || has("surname") || has("familyname") {
        person.last.to_owned()
    } else if has("company") || has("organi") || has("employer") || has("business") {
        people::company(number)
    } else if has("street")
        || has("addressline")
        || has("line1")
        || name == "address"
        || has("address1")
    {
        place.street
    } else if has("city") || has("town") {
        place.city.to_owned()
    } else if has("postcode") || has("postal") || has("zip") {
        place.postcode.to_owned()
    } else if has("countrycode") || name == "country" {
        place.country.to_owned()
    } else if has("currency") {
        ["EUR", "USD", "GBP"][number % 3].to_owned()
    } else if has("language") || has("locale") {
        ["en", "de", "fr"][number % 3].to_owned()
    } else if has("timezone") {
        "Europe/London".to_owned()
    } else if has("url") || has("website") || has("link") || has("domain") || has("href") {
        format!("https://www.example.com/{noun}/{}", number + 1)
    } else if has("status") || name == "state" || has("stage") {
        ["open", "active", "closed"][number % 3].to_owned()
    } else if has("colour") || has("color") {
        ["blue", "green", "red"][number % 3].to_owned()
    } else if has("username") || has("login") {
        format!("{}{}", person.first.to_lowercase(), number + 1)
    } else if name.ends_with("id") {
        format!("{}_{:06}", name.trim_end_matches("id"), number % 20 + 1)
    } else if has("sku") || has("code") || has("reference") || has("number") {
        format!(
            "{}-{:05}",
            name.chars().take(3).collect::<String>().to_uppercase(),
            number + 1
        )
    } else if has("fullname") || has("author") || has("owner") || has("displayname") {
        person.name()
    } else if name == "name"
        && ["compan", "organi", "account"]
            .iter()
            .any(|part| noun.contains(part))
    {
        people::company(number)
    } else if name == "name"
        && [
            "product", "item", "list", "tag", "project", "field", "event",
        ]
        .iter()
        .any(|part| noun.contains(part))
    {
        format!("{} {}", capital(&noun), number + 1)
    } else if name == "name" {
        person.name()
    } else if has("title") || has("subject") || has("summary") || has("name") || has("label") {
        format!("{} {}", capital(&noun), number + 1)
    } else if has("description")
        || has("note")
        || has("comment")
        || has("body")
        || has("message")
        || has("content")
    {
        format!("Made up for {} by the sandbox.", person.name())
    } else {
        format!("{name} {}", number + 1)
    }
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => "Record".to_owned(),
    }
}

/// A UUID made of a hash (version 8, RFC 9562 §5.8).
fn uuid(kind: &str, number: usize) -> String {
    let hash = Sha256::digest(format!("{kind}/{number}"));
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{}-{}-8{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}
