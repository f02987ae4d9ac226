//! Copies of method categories: one for each object that an account defined with the provider
//! (connectors.md §5).

use velodrome_model::{
    AccountActor, AccountConnectorId, CategoryCopy, CategoryCopyId, MethodUid,
    definition::ConnectorDefinition, numbered::NumberedConnector,
};
use velodrome_store::{NewCategoryCopy, StoreError, StoredCustomField};

use super::{
    AccountConnectorError, AccountConnectors, MAX_NAME, Part, check_length, deed, fields::entity,
    owners,
};
use crate::cycles;

/// Most copies of an account connector.
const MAX_COPIES: usize = 500;

impl AccountConnectors {
    /// Copies, by object name; those of the parent's connectors included.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when there is no such account connector.
    pub async fn category_copies(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
    ) -> Result<Vec<CategoryCopy>, AccountConnectorError> {
        for scope in owners(actor) {
            let unit = self.bench.store.read(&scope).await?;
            if unit.account_connectors().get(of).await?.is_some() {
                return Ok(unit.category_copies().all(of).await?);
            }
        }
        Err(AccountConnectorError::NotFound)
    }

    /// Copies a category for an object. A blank value is none.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is changed then.
    pub async fn copy_category(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        new: NewCategoryCopy,
    ) -> Result<CategoryCopy, AccountConnectorError> {
        let view = self.bench.installed(actor.scope).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let connector = self.own(actor, &unit, of).await?;
        let numbered = view
            .connector(connector.connector)
            .ok_or(AccountConnectorError::Undefined)?;
        let new = checked(numbered.definition(), new)?;
        let rows = unit.category_copies();
        if rows.all(of).await?.len() >= MAX_COPIES {
            return Err(AccountConnectorError::Invalid(format!(
                "An account connector may have at most {MAX_COPIES} copied categories."
            )));
        }
        let name = new.object_name.clone();
        let copy = rows.insert(of, new).await.map_err(|error| match error {
            StoreError::Conflict(_) => AccountConnectorError::ObjectInUse(name),
            other => other.into(),
        })?;
        unit.custom_fields().search_again(of).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.category_copied", of),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(copy)
    }

    /// Removes a copy with its custom fields.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`], [`AccountConnectorError::NoPart`],
    /// [`AccountConnectorError::CategoryInUse`] while a step uses it.
    pub async fn delete_category_copy(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: CategoryCopyId,
    ) -> Result<(), AccountConnectorError> {
        let view = self.bench.installed(actor.scope).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let connector = self.own(actor, &unit, of).await?;
        let mut others = unit.category_copies().all(of).await?;
        let at = others
            .iter()
            .position(|one| one.id == id)
            .ok_or(AccountConnectorError::NoPart(Part::CategoryCopy))?;
        let copy = others.swap_remove(at);
        if cycles::use_category(&unit, id).await? {
            return Err(AccountConnectorError::CategoryInUse(copy.object_name));
        }
        let numbered = view.connector(connector.connector);
        for field in unit.custom_fields().all(of).await? {
            if is_only_of(&field, &copy, &others, numbered.as_deref()) {
                unit.custom_fields().delete(of, field.id).await?;
            }
        }
        unit.category_copies().delete(of, id).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.category_copy_deleted", of),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(())
    }
}

/// The copy that may be made: of a category that allows it, within bounds.
fn checked(
    definition: &ConnectorDefinition,
    new: NewCategoryCopy,
) -> Result<NewCategoryCopy, AccountConnectorError> {
    let trimmed = |text: String| text.trim().to_owned();
    let new = NewCategoryCopy {
        source_category: new.source_category,
        object_name: trimmed(new.object_name),
        object_value: new
            .object_value
            .map(trimmed)
            .filter(|value| !value.is_empty()),
    };
    if new.object_name.is_empty() {
        return Err(AccountConnectorError::Invalid(
            "ObjectName is required.".to_owned(),
        ));
    }
    check_length("ObjectName", &new.object_name, MAX_NAME)?;
    check_length(
        "ObjectValue",
        new.object_value.as_deref().unwrap_or_default(),
        MAX_NAME,
    )?;
    let allows_copies = definition.method_categories.iter().any(|one| {
        one.name == new.source_category && one.customisation.as_ref().is_some_and(|it| it.enabled)
    });
    let exists = allows_copies
        || definition
            .methods
            .iter()
            .any(|method| method.category == new.source_category)
        || definition
            .method_categories
            .iter()
            .any(|one| one.name == new.source_category);
    match (exists, allows_copies) {
        (_, true) => Ok(new),
        (true, false) => Err(AccountConnectorError::Invalid(format!(
            "Category {} does not allow copies.",
            new.source_category
        ))),
        (false, false) => Err(AccountConnectorError::Invalid(
            "SourceCategory is not a category of the connector.".to_owned(),
        )),
    }
}

/// Whether a custom field means nothing without the copy: it names the object, and no other copy that
/// has its methods does.
fn is_only_of(
    field: &StoredCustomField,
    copy: &CategoryCopy,
    others: &[CategoryCopy],
    numbered: Option<&NumberedConnector>,
) -> bool {
    if entity(field) != Some(&copy.object_name) {
        return false;
    }
    if field.method.is_nil() {
        return others
            .iter()
            .all(|other| other.object_name != copy.object_name);
    }
    numbered
        .and_then(|numbered| numbered.method_by_uid(MethodUid(field.method)))
        .is_none_or(|found| found.method.category == copy.source_category)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;
    use velodrome_model::{ConnectorId, FieldId};

    use super::*;

    fn numbered() -> NumberedConnector {
        let method = |key: &str, category: &str| {
            json!({"key": key, "name": key, "category": category, "type": "Action", "httpMethod": "GET",
                   "endpoint": "https://api.objects.example/{{CyclrObjectName}}"})
        };
        let definition = json!({
            "format": "velodrome.connector/1", "slug": "objects", "name": "Objects",
            "release": {"number": 1, "status": "Live"},
            "authentications": [{"key": "none", "type": "None"}],
            "methodCategories": [
                {"name": "Custom Objects", "customisation": {"enabled": true}},
                {"name": "Deals", "customisation": {"enabled": false}}
            ],
            "methods": [method("list", "Custom Objects"), method("deals", "Deals"), method("users", "Users")]
        });
        NumberedConnector::new(ConnectorId(1), serde_json::from_value(definition).unwrap())
    }

    fn new(category: &str, name: &str, value: Option<&str>) -> NewCategoryCopy {
        NewCategoryCopy {
            source_category: category.into(),
            object_name: name.into(),
            object_value: value.map(Into::into),
        }
    }

    #[test]
    fn only_categories_that_allow_it_are_copied_and_blanks_are_tidied() {
        let numbered = numbered();
        let check = |new| checked(numbered.definition(), new);

        let good = check(new("Custom Objects", " Invoice ", Some(" ")));
        assert_eq!(good.unwrap(), new("Custom Objects", "Invoice", None));
        let longest = "ä".repeat(200);
        assert!(check(new("Custom Objects", &longest, Some(&longest))).is_ok());

        let too_long = "ä".repeat(201);
        for (bad, says) in [
            (
                new("Deals", "Invoice", None),
                "Category Deals does not allow copies.",
            ),
            (
                new("Users", "Invoice", None),
                "Category Users does not allow copies.",
            ),
            (
                new("Nothing", "Invoice", None),
                "SourceCategory is not a category of the connector.",
            ),
            (new("Custom Objects", " ", None), "ObjectName is required."),
            (
                new("Custom Objects", &too_long, None),
                "ObjectName may have at most 200 characters.",
            ),
            (
                new("Custom Objects", "Invoice", Some(&too_long)),
                "ObjectValue may have at most 200 characters.",
            ),
        ] {
            assert_eq!(check(bad).unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn a_copy_takes_its_own_fields_along_and_no_others() {
        let numbered = numbered();
        let uid = |key: &str| numbered.method_by_key(key).unwrap().uid.0;
        let field = |method: Uuid, entity: Option<&str>| StoredCustomField {
            id: FieldId(1),
            method,
            for_request: true,
            location: "total".into(),
            entity: entity.map(str::to_owned),
            body: json!({}),
        };
        let copy = |id: i32, category: &str| CategoryCopy {
            id: CategoryCopyId(id),
            source_category: category.into(),
            object_name: "Invoice".into(),
            object_value: None,
        };
        let others = [copy(2, "Elsewhere")];

        for (field, others, expected) in [
            (field(uid("list"), Some("Invoice")), &others[..], true),
            (field(uid("list"), Some("Order")), &[], false),
            (field(uid("list"), None), &[], false),
            (field(uid("deals"), Some("Invoice")), &[], false),
            (field(Uuid::nil(), Some("Invoice")), &[], true),
            (field(Uuid::nil(), Some("Invoice")), &others[..], false),
        ] {
            let gone = is_only_of(&field, &copy(1, "Custom Objects"), others, Some(&numbered));
            assert_eq!(gone, expected, "{field:?}");
        }
    }
}
