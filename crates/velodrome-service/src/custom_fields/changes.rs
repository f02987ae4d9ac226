//! From what was found to what changes in the store.

use std::collections::{HashMap, HashSet};

use velodrome_model::{FieldId, custom_field::FoundField};
use velodrome_store::{StoreError, StoredCustomField};

use super::lookups::{Looked, TargetKey};
use crate::account_connectors::{FieldDetails, MAX_FIELDS};

/// What changes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Found for the first time.
    pub new: Vec<StoredCustomField>,
    /// Found otherwise than before.
    pub changed: Vec<StoredCustomField>,
    /// Found before and no longer. Cycles that map one keep that, unseen, and show it again when the field is
    /// found again.
    pub gone: Vec<FieldId>,
    /// What was left out and why.
    pub skipped: Vec<String>,
}

impl Changes {
    /// Compares. What people typed stays and wins; what belongs to a lookup without an answer stays.
    ///
    /// # Errors
    /// When a stored field can't be read.
    pub(super) fn between(
        stored: Vec<StoredCustomField>,
        looked: Looked,
    ) -> Result<Self, StoreError> {
        let mut changes = Self {
            skipped: looked.skipped,
            ..Self::default()
        };
        let mut typed = Vec::new();
        let mut found_before: HashMap<TargetKey, HashMap<String, StoredCustomField>> =
            HashMap::new();
        let mut count = stored.len();
        for field in stored {
            if details(&field)?.is_dynamic {
                let key = TargetKey {
                    method: field.method,
                    for_request: field.for_request,
                    entity: field.entity.clone(),
                };
                found_before
                    .entry(key)
                    .or_default()
                    .insert(field.location.clone(), field);
            } else {
                typed.push(field);
            }
        }
        let mut left_out = 0_usize;
        for (key, fields) in looked.found {
            let mut before = found_before.remove(&key).unwrap_or_default();
            let taken = taken(&typed, &key);
            for found in fields {
                if taken.contains(found.location.as_str()) {
                    continue;
                }
                let former = before.remove(&found.location);
                let id = former.as_ref().map_or(FieldId(0), |former| former.id);
                let field = stored_as(id, &key, found)?;
                match former {
                    None if count == MAX_FIELDS => left_out += 1,
                    None => {
                        count += 1;
                        changes.new.push(field);
                    }
                    Some(former) if former.body != field.body => changes.changed.push(field),
                    Some(_) => {}
                }
            }
            changes
                .gone
                .extend(before.into_values().map(|field| field.id));
        }
        changes.gone.sort_unstable();
        if left_out > 0 {
            changes.skipped.push(format!(
                "{left_out} fields, since an account connector has at most {MAX_FIELDS}"
            ));
        }
        Ok(changes)
    }
}

/// Locations that people's own fields hold in this place.
fn taken<'f>(typed: &'f [StoredCustomField], key: &TargetKey) -> HashSet<&'f str> {
    typed
        .iter()
        .filter(|field| field.for_request == key.for_request)
        .filter(|field| field.method.is_nil() || field.method == key.method)
        .filter(|field| field.entity.is_none() || field.entity == key.entity)
        .map(|field| field.location.as_str())
        .collect()
}

fn details(field: &StoredCustomField) -> Result<FieldDetails, StoreError> {
    FieldDetails::read(&field.body)
}

fn stored_as(
    id: FieldId,
    key: &TargetKey,
    found: FoundField,
) -> Result<StoredCustomField, StoreError> {
    let location = found.location.clone();
    let details = FieldDetails {
        display_name: found.display_name,
        system_field: None,
        description: found.description,
        data_type: found.data_type,
        format: found.format,
        entity: key.entity.clone(),
        is_dynamic: true,
        optional: found.optional,
        read_only: found.read_only,
        hide: found.hide,
        default_value: found.default_value,
        values: found.values,
    };
    Ok(StoredCustomField {
        id,
        method: key.method,
        for_request: key.for_request,
        location,
        entity: key.entity.clone(),
        body: details.to_body()?,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use velodrome_model::definition::DataType;

    use super::*;

    fn key(entity: Option<&str>) -> TargetKey {
        TargetKey {
            method: Uuid::from_u128(1),
            for_request: true,
            entity: entity.map(str::to_owned),
        }
    }

    fn found(location: &str, name: &str) -> FoundField {
        FoundField {
            location: location.into(),
            display_name: name.into(),
            description: None,
            data_type: DataType::Text,
            format: None,
            optional: true,
            read_only: false,
            hide: false,
            default_value: None,
            values: Vec::new(),
        }
    }

    fn stored(id: i32, key: &TargetKey, location: &str, name: &str) -> StoredCustomField {
        stored_as(FieldId(id), key, found(location, name)).unwrap()
    }

    fn typed(id: i32, key: &TargetKey, location: &str) -> StoredCustomField {
        let mut field = stored(id, key, location, "Typed");
        let mut details = FieldDetails::read(&field.body).unwrap();
        details.is_dynamic = false;
        field.body = details.to_body().unwrap();
        field
    }

    fn looked(found: Vec<(TargetKey, Vec<FoundField>)>) -> Looked {
        Looked {
            found,
            ..Looked::default()
        }
    }

    #[test]
    fn what_is_new_comes_what_changed_changes_and_what_is_gone_goes() {
        let key = key(None);
        let before = vec![
            stored(1, &key, "same", "Same"),
            stored(2, &key, "other", "Before"),
            stored(3, &key, "gone", "Gone"),
        ];
        let now = vec![
            found("same", "Same"),
            found("other", "Now"),
            found("new", "New"),
        ];

        let changes = Changes::between(before, looked(vec![(key.clone(), now)])).unwrap();

        assert_eq!(changes.new, [stored(0, &key, "new", "New")]);
        assert_eq!(changes.changed, [stored(2, &key, "other", "Now")]);
        assert_eq!(changes.gone, [FieldId(3)]);
    }

    #[test]
    fn what_people_typed_stays_and_wins() {
        let key = key(Some("Invoice"));
        let mut for_all = typed(1, &key, "a");
        for_all.method = Uuid::nil();
        for_all.entity = None;
        let mut elsewhere = typed(2, &key, "b");
        elsewhere.entity = Some("Order".into());
        let own = typed(3, &key, "c");
        let now = vec![found("a", "A"), found("b", "B"), found("c", "C")];

        let changes = Changes::between(
            vec![for_all, elsewhere, own],
            looked(vec![(key.clone(), now)]),
        )
        .unwrap();

        assert_eq!(changes.new, [stored(0, &key, "b", "B")]);
        assert_eq!((changes.changed, changes.gone), (vec![], vec![]));
    }

    #[test]
    fn what_belongs_to_a_lookup_without_an_answer_stays() {
        let before = vec![stored(1, &key(None), "kept", "Kept")];

        let changes =
            Changes::between(before, looked(vec![(key(Some("Invoice")), vec![])])).unwrap();

        assert_eq!(changes, Changes::default());
    }

    #[test]
    fn an_account_connector_has_no_more_fields_than_it_may() {
        let key = key(None);
        let before = (0..MAX_FIELDS - 1)
            .map(|number| {
                typed(
                    i32::try_from(number).unwrap(),
                    &key,
                    &format!("typed{number}"),
                )
            })
            .collect();
        let now = vec![found("a", "A"), found("b", "B")];

        let changes = Changes::between(before, looked(vec![(key, now)])).unwrap();

        assert_eq!(changes.new.len(), 1);
        assert_eq!(changes.skipped.len(), 1);
    }
}
