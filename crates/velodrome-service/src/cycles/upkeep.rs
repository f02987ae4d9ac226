//! What cycles have to do with changes of the connectors that they use.

use velodrome_model::{
    AccountConnectorId, AccountScope, CategoryCopyId, StepId,
    cycle::{CycleDocument, Step},
};
use velodrome_store::{StoreError, StoredCustomField, Unit};

use super::tidy;

/// Whether a step of the account's cycles works on the object of a copied category.
///
/// # Errors
/// When the store fails.
pub(crate) async fn use_category(
    unit: &Unit<AccountScope>,
    id: CategoryCopyId,
) -> Result<bool, StoreError> {
    let cycles = unit.cycles().all().await?;
    let documents = unit.cycles().documents_of(&cycles).await?;
    let mut steps = documents.values().flat_map(|document| &document.steps);
    Ok(steps.any(|step| step.method().is_some_and(|it| it.category == Some(id))))
}

/// Drops the mappings of a custom field that is deleted, and those from it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn forget_custom_field(
    unit: &Unit<AccountScope>,
    connector: AccountConnectorId,
    field: &StoredCustomField,
) -> Result<(), StoreError> {
    let rows = unit.cycles();
    for cycle in rows.all().await? {
        let Some(cycle) = rows.hold(cycle.id).await? else {
            continue;
        };
        let mut revision = rows.document(cycle.id, cycle.version).await?;
        let before = revision.document.clone();
        forget(&mut revision.document, connector, field);
        if revision.document != before {
            rows.save_document(cycle.id, &revision).await?;
        }
    }
    Ok(())
}

fn forget(document: &mut CycleDocument, connector: AccountConnectorId, field: &StoredCustomField) {
    let has_field = |step: &&mut Step| {
        step.method().is_some_and(|method| {
            method.account_connector == Some(connector)
                && (field.method.is_nil() || method.method.0 == field.method)
        })
    };
    let mut outputs: Vec<StepId> = Vec::new();
    for step in document.steps.iter_mut().filter(has_field) {
        let id = step.id;
        if let Some(method) = step.method_mut() {
            if field.for_request {
                method.fields.remove(&field.location);
            }
            if field.for_request == method.is_webhook {
                outputs.push(id);
            }
        }
    }
    for id in outputs {
        tidy::forget_fields(document, id, |location| location != field.location);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;
    use velodrome_model::{
        ConnectorId, FieldId, MethodUid,
        cycle::{FieldSource, Mapping, MethodStep, OnUncertain, Position, Source, StepKind},
    };

    use super::*;

    fn step(number: u128, fields: &[(&str, Source)]) -> Step {
        let mapped = |(location, source): &(&str, Source)| {
            let mapping = Mapping {
                source: Some(source.clone()),
                ..Mapping::default()
            };
            ((*location).to_owned(), mapping)
        };
        Step {
            id: StepId(Uuid::from_u128(number)),
            origin: None,
            name: String::new(),
            description: None,
            position: Position::default(),
            on_error: None,
            splitting: None,
            script: None,
            is_setup_hidden: false,
            kind: StepKind::Method(Box::new(MethodStep {
                account_connector: Some(AccountConnectorId(1)),
                connector: ConnectorId(1),
                method: MethodUid(Uuid::from_u128(number)),
                is_webhook: false,
                decides: false,
                category: None,
                external_authentication: false,
                on_uncertain: OnUncertain::Repeat,
                parameters: [].into(),
                fields: fields.iter().map(mapped).collect(),
                collection_keys: Vec::new(),
                webhook: None,
            })),
        }
    }

    #[test]
    fn mappings_of_a_deleted_field_and_from_it_go() {
        let typed = || Source::Static {
            value: Some("x".into()),
        };
        let from = |location: &str| {
            Source::PreviousStep(FieldSource {
                step: Some(StepId(Uuid::from_u128(1))),
                location: Some(location.into()),
            })
        };
        let document = CycleDocument {
            steps: vec![
                step(1, &[("size", typed()), ("name", typed())]),
                step(2, &[("size", from("size")), ("name", from("name"))]),
            ],
            ..CycleDocument::default()
        };
        let field = |method: u128, for_request| StoredCustomField {
            id: FieldId(9),
            method: Uuid::from_u128(method),
            for_request,
            location: "size".into(),
            entity: None,
            body: json!({}),
        };
        let left = |connector: i32, field: StoredCustomField| -> Vec<Vec<(String, bool)>> {
            let mut changed = document.clone();
            forget(&mut changed, AccountConnectorId(connector), &field);
            let steps = changed.steps.iter().filter_map(Step::method);
            steps
                .map(|method| {
                    let fields = method.fields.iter();
                    fields
                        .map(|(location, it)| (location.clone(), it.source == Some(Source::Ignore)))
                        .collect()
                })
                .collect()
        };
        let kept = |location: &str| (location.to_owned(), false);
        let ignored = |location: &str| (location.to_owned(), true);

        let both = || vec![kept("name"), kept("size")];
        assert_eq!(left(1, field(1, true)), [vec![kept("name")], both()]);
        assert_eq!(left(2, field(1, true)), [both(), both()]);
        assert_eq!(
            left(1, field(0, true)),
            [vec![kept("name")], vec![kept("name")]]
        );
        assert_eq!(
            left(1, field(1, false)),
            [both(), vec![kept("name"), ignored("size")]]
        );
    }
}
