//! Names that a field gets when its definition gives none.

use std::collections::HashSet;

use super::Location;

/// The two names of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNames {
    /// For matching: `systemField`.
    pub system: String,
    /// For people: `displayField`.
    pub display: String,
}

/// Names the fields of one body, in their order.
///
/// A field without a `systemField` takes the PascalCase of its last segment; where another field has
/// that name already, the parents' names are put before it one by one, and a number when even those
/// are the same. Names that are given are never taken by another field. Without a `displayField` the
/// words of the last segment are shown.
pub fn derive_names<'a>(
    fields: impl IntoIterator<Item = (&'a Location, Option<&'a str>, Option<&'a str>)>,
) -> Vec<FieldNames> {
    let fields: Vec<_> = fields.into_iter().collect();
    let mut taken: HashSet<String> = fields
        .iter()
        .filter_map(|(_, system, _)| system.map(str::to_owned))
        .collect();
    fields
        .into_iter()
        .map(|(location, system, display)| {
            let system = system.map_or_else(|| free_name(location, &mut taken), str::to_owned);
            let display = display.map_or_else(
                || spaced(location.last_name().unwrap_or("Value")),
                str::to_owned,
            );
            FieldNames { system, display }
        })
        .collect()
}

fn free_name(location: &Location, taken: &mut HashSet<String>) -> String {
    let mut names: Vec<&str> = location
        .segments()
        .iter()
        .filter_map(super::Segment::name)
        .collect();
    let mut name = names
        .pop()
        .map(pascal)
        .unwrap_or_else(|| "Value".to_owned());
    while taken.contains(&identifier(&name)) {
        match names.pop() {
            Some(parent) => name.insert_str(0, &pascal(parent)),
            None => break,
        }
    }
    let base = identifier(&name);
    let mut free = base.clone();
    let mut number = 2_u32;
    while !taken.insert(free.clone()) {
        free = format!("{base}{number}");
        number += 1;
    }
    free
}

/// A name that begins with a letter or underscore, as the schema asks.
fn identifier(name: &str) -> String {
    match name.chars().next() {
        None => "Value".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name.to_owned(),
    }
}

fn pascal(name: &str) -> String {
    words(name)
        .into_iter()
        .map(|word| {
            word.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
        })
        .map(|word| capitalised(&word))
        .collect()
}

fn spaced(name: &str) -> String {
    let words: Vec<String> = words(name)
        .into_iter()
        .map(|word| {
            if word.eq_ignore_ascii_case("id") {
                "ID".to_owned()
            } else {
                capitalised(&word)
            }
        })
        .collect();
    if words.is_empty() {
        name.to_owned()
    } else {
        words.join(" ")
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Splits at everything that is no letter or digit, and where a capital begins a word.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, &char) in chars.iter().enumerate() {
        if !char.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = at.checked_sub(1).map(|before| chars[before]);
        let next_is_lower = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        // "orderId" splits before I, "HTMLBody" before B, "IDs" and "ID" stay whole.
        let begins = char.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && next_is_lower)
            });
        let plural = char.is_uppercase()
            && chars.get(at + 1) == Some(&'s')
            && chars.get(at + 2).is_none_or(|c| !c.is_lowercase());
        if begins && !(plural && before.is_some_and(char::is_uppercase)) {
            words.push(std::mem::take(&mut word));
        }
        word.push(char);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &[(&str, Option<&str>)]) -> Vec<String> {
        let locations: Vec<Location> = fields.iter().map(|(l, _)| l.parse().unwrap()).collect();
        derive_names(
            locations
                .iter()
                .zip(fields)
                .map(|(l, (_, system))| (l, *system, None)),
        )
        .into_iter()
        .map(|names| format!("{}/{}", names.system, names.display))
        .collect()
    }

    #[test]
    fn names_come_from_the_last_segment() {
        for (location, expected) in [
            ("[data].id", "Id/ID"),
            ("next_cursor", "NextCursor/Next Cursor"),
            ("[].OrderStatusID", "OrderStatusID/Order Status ID"),
            ("billingFirstName", "BillingFirstName/Billing First Name"),
            ("HTMLBody", "HTMLBody/HTML Body"),
            ("customer-id", "CustomerId/Customer ID"),
            ("[].[tags]", "Tags/Tags"),
            ("[]", "Value/Value"),
            ("row.@id", "Id/ID"),
            ("row.#text", "Text/Text"),
            ("2nd", "_2nd/2nd"),
            ("größe", "Gre/Größe"),
            ("userIDs", "UserIDs/User IDs"),
        ] {
            assert_eq!(names(&[(location, None)]), [expected], "{location}");
        }
    }

    #[test]
    fn a_name_in_use_gets_its_parents_in_front() {
        let fields = [
            ("id", None),
            ("owner.id", None),
            ("[items].owner.id", None),
            ("given", Some("Name")),
            ("name", None),
            ("a.b", None),
            ("A.b", None),
            ("A.B", None),
        ];
        assert_eq!(
            names(&fields),
            [
                "Id/ID",
                "OwnerId/ID",
                "ItemsOwnerId/ID",
                "Name/Given",
                "Name2/Name",
                "B/B",
                "AB/B",
                "AB2/B"
            ]
        );
    }
}
