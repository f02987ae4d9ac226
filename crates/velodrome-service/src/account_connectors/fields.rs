//! Custom fields that people type in (connectors.md §5).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use velodrome_connector::catalogue::View;
use velodrome_model::{
    AccountActor, AccountConnectorId, FieldId, MethodUid,
    definition::{DataType, ValueOption},
    location::Location,
    numbered::NumberedConnector,
};
use velodrome_store::{StoreError, StoredCustomField};

use super::{AccountConnectorError, AccountConnectors, Part, check_length, deed, owners};
use crate::cycles;

/// Most custom fields of an account connector.
pub(crate) const MAX_FIELDS: usize = 5_000;

/// A custom field.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomField {
    /// Its id.
    pub id: FieldId,
    /// What it is.
    pub draft: CustomFieldDraft,
}

/// A custom field as somebody describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomFieldDraft {
    /// Method it belongs to; nil means every method.
    pub method: Uuid,
    /// In the request, else in the response.
    pub for_request: bool,
    /// Location in the body.
    pub location: String,
    /// The rest.
    pub details: FieldDetails,
}

/// Labels and type of a custom field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldDetails {
    /// Name shown to users.
    pub display_name: String,
    /// Name for matching.
    pub system_field: Option<String>,
    /// Help text.
    pub description: Option<String>,
    /// Type of the value.
    pub data_type: DataType,
    /// Format of a DateTime.
    pub format: Option<String>,
    /// Object or category it belongs to.
    pub entity: Option<String>,
    /// Discovered from the provider.
    pub is_dynamic: bool,
    /// May stay empty; what people type in always may.
    #[serde(default = "yes")]
    pub optional: bool,
    /// Never sent.
    #[serde(default)]
    pub read_only: bool,
    /// Not shown.
    #[serde(default)]
    pub hide: bool,
    /// Value when nobody gives one.
    #[serde(default)]
    pub default_value: Option<String>,
    /// Choices.
    #[serde(default)]
    pub values: Vec<ValueOption>,
}

fn yes() -> bool {
    true
}

impl Default for FieldDetails {
    fn default() -> Self {
        Self {
            display_name: String::new(),
            system_field: None,
            description: None,
            data_type: DataType::default(),
            format: None,
            entity: None,
            is_dynamic: false,
            optional: true,
            read_only: false,
            hide: false,
            default_value: None,
            values: Vec::new(),
        }
    }
}

impl FieldDetails {
    /// What a stored field holds.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it can't be read.
    pub(crate) fn read(body: &Value) -> Result<Self, StoreError> {
        Self::deserialize(body).map_err(|_| StoreError::Corrupt {
            what: "custom field",
        })
    }

    /// The same as it is stored.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it can't be written.
    pub(crate) fn to_body(&self) -> Result<Value, StoreError> {
        serde_json::to_value(self).map_err(|_| StoreError::Corrupt {
            what: "custom field",
        })
    }
}

impl CustomField {
    pub(super) fn read(stored: StoredCustomField) -> Result<Self, StoreError> {
        let details = FieldDetails::read(&stored.body)?;
        Ok(Self {
            id: stored.id,
            draft: CustomFieldDraft {
                method: stored.method,
                for_request: stored.for_request,
                location: stored.location,
                details,
            },
        })
    }
}

impl AccountConnectors {
    /// Custom fields, by id; those of the parent's connectors included.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when there is no such account connector.
    pub async fn fields(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
    ) -> Result<Vec<CustomField>, AccountConnectorError> {
        for scope in owners(actor) {
            let unit = self.bench.store.read(&scope).await?;
            if unit.account_connectors().get(of).await?.is_some() {
                let stored = unit.custom_fields().all(of).await?;
                return Ok(stored
                    .into_iter()
                    .map(CustomField::read)
                    .collect::<Result<_, _>>()?);
            }
        }
        Err(AccountConnectorError::NotFound)
    }

    /// One custom field.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`], [`AccountConnectorError::NoPart`].
    pub async fn field(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: FieldId,
    ) -> Result<CustomField, AccountConnectorError> {
        let all = self.fields(actor, of).await?;
        all.into_iter()
            .find(|one| one.id == id)
            .ok_or(AccountConnectorError::NoPart(Part::CustomField))
    }

    /// Adds a custom field.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is changed then.
    pub async fn add_field(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        draft: CustomFieldDraft,
    ) -> Result<CustomField, AccountConnectorError> {
        let view = self.bench.installed(actor.scope).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let connector = self.own(actor, &unit, of).await?;
        self.check_draft(&view, connector.connector, &draft)?;
        let rows = unit.custom_fields();
        if rows.all(of).await?.len() >= MAX_FIELDS {
            return Err(AccountConnectorError::Invalid(format!(
                "An account connector may have at most {MAX_FIELDS} custom fields."
            )));
        }
        let inserted = rows.insert(of, stored(FieldId(0), &draft)?).await;
        let id = inserted.map_err(|error| taken(error, &draft))?;
        unit.audit(&actor.principal, deed("account_connector.field_added", of))
            .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(CustomField { id, draft })
    }

    /// Replaces a custom field; its id stays.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is changed then.
    pub async fn replace_field(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: FieldId,
        mut draft: CustomFieldDraft,
    ) -> Result<CustomField, AccountConnectorError> {
        let view = self.bench.installed(actor.scope).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let connector = self.own(actor, &unit, of).await?;
        let rows = unit.custom_fields();
        let former = rows.all(of).await?.into_iter().find(|one| one.id == id);
        let former = former.ok_or(AccountConnectorError::NoPart(Part::CustomField))?;
        // What a lookup said beyond what people can type stays.
        let known = FieldDetails::read(&former.body)?;
        draft.details = FieldDetails {
            optional: known.optional,
            read_only: known.read_only,
            hide: known.hide,
            default_value: known.default_value,
            values: known.values,
            ..draft.details
        };
        self.check_draft(&view, connector.connector, &draft)?;
        rows.replace(of, stored(id, &draft)?)
            .await
            .map_err(|error| taken(error, &draft))?;
        unit.audit(
            &actor.principal,
            deed("account_connector.field_changed", of),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(CustomField { id, draft })
    }

    /// Removes a custom field; mappings of it are dropped.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`], [`AccountConnectorError::NoPart`].
    pub async fn delete_field(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: FieldId,
    ) -> Result<(), AccountConnectorError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        self.own(actor, &unit, of).await?;
        let rows = unit.custom_fields();
        let all = rows.all(of).await?;
        let field = all.into_iter().find(|one| one.id == id);
        let field = field.ok_or(AccountConnectorError::NoPart(Part::CustomField))?;
        rows.delete(of, id).await?;
        cycles::forget_custom_field(&unit, of, &field).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.field_deleted", of),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(())
    }

    fn check_draft(
        &self,
        view: &View,
        connector: velodrome_model::ConnectorId,
        draft: &CustomFieldDraft,
    ) -> Result<(), AccountConnectorError> {
        let numbered = view
            .connector(connector)
            .ok_or(AccountConnectorError::Undefined)?;
        if !draft.method.is_nil() && numbered.method_by_uid(MethodUid(draft.method)).is_none() {
            return Err(AccountConnectorError::Invalid(format!(
                "MethodUniqueIdentifier {} is not a method of the connector.",
                draft.method
            )));
        }
        if draft.details.display_name.trim().is_empty() {
            return Err(AccountConnectorError::Invalid(
                "DisplayName is required.".to_owned(),
            ));
        }
        check_length("DisplayName", &draft.details.display_name, super::MAX_NAME)?;
        check_length("ConnectorField", &draft.location, 500)?;
        check_length(
            "Description",
            draft.details.description.as_deref().unwrap_or_default(),
            super::MAX_DESCRIPTION,
        )?;
        draft.location.parse::<Location>().map_err(|fault| {
            AccountConnectorError::Invalid(format!(
                "ConnectorField '{}' is not a location: {fault}.",
                draft.location
            ))
        })?;
        if is_declared(&numbered, draft) {
            return Err(AccountConnectorError::LocationInUse(draft.location.clone()));
        }
        Ok(())
    }
}

/// Object that a stored field belongs to, where it belongs to one.
pub(crate) fn entity(field: &StoredCustomField) -> Option<&str> {
    field.entity.as_deref()
}

/// Static fields win over custom ones at the same location.
fn is_declared(numbered: &NumberedConnector, draft: &CustomFieldDraft) -> bool {
    let Some(method) = numbered.method_by_uid(MethodUid(draft.method)) else {
        return false;
    };
    let fields = if draft.for_request {
        &method.method.request.fields
    } else {
        &method.method.response.fields
    };
    fields
        .iter()
        .any(|field| field.connector_field == draft.location)
}

fn stored(id: FieldId, draft: &CustomFieldDraft) -> Result<StoredCustomField, StoreError> {
    Ok(StoredCustomField {
        id,
        method: draft.method,
        for_request: draft.for_request,
        location: draft.location.clone(),
        entity: draft.details.entity.clone(),
        body: draft.details.to_body()?,
    })
}

fn taken(error: StoreError, draft: &CustomFieldDraft) -> AccountConnectorError {
    match error {
        StoreError::Conflict(_) => AccountConnectorError::LocationInUse(draft.location.clone()),
        other => other.into(),
    }
}
