//! Properties of account connectors: any name is accepted (api.md §12).

use velodrome_model::{AccountActor, AccountConnectorId, Property, PropertyId, SecretString};

use super::{AccountConnectorError, AccountConnectors, Part, check_length, deed, owners};

/// Most properties of an account connector.
const MAX_PROPERTIES: usize = 200;
/// Most characters of a value.
const MAX_VALUE: usize = 32_768;

impl AccountConnectors {
    /// Properties, by id; the parent's connectors included.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when there is no such account connector.
    pub async fn properties(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
    ) -> Result<Vec<Property>, AccountConnectorError> {
        for scope in owners(actor) {
            let unit = self.bench.store.read(&scope).await?;
            if unit.account_connectors().get(of).await?.is_some() {
                return Ok(unit.account_connectors().properties(of).await?);
            }
        }
        Err(AccountConnectorError::NotFound)
    }

    /// One property.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`], [`AccountConnectorError::NoPart`].
    pub async fn property(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: PropertyId,
    ) -> Result<Property, AccountConnectorError> {
        let all = self.properties(actor, of).await?;
        all.into_iter()
            .find(|one| one.id == id)
            .ok_or(AccountConnectorError::NoPart(Part::Property))
    }

    /// Makes a property, or changes the value of the one that has the name.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is changed then.
    pub async fn set_property(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        name: &str,
        value: Option<SecretString>,
    ) -> Result<Property, AccountConnectorError> {
        check(name, value.as_ref())?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        self.own(actor, &unit, of).await?;
        let rows = unit.account_connectors();
        let known = rows.properties(of).await?;
        if known.len() >= MAX_PROPERTIES && known.iter().all(|one| one.name != name) {
            return Err(AccountConnectorError::Invalid(format!(
                "An account connector may have at most {MAX_PROPERTIES} properties."
            )));
        }
        let id = rows.set_property(of, name, value.as_ref()).await?;
        unit.audit(&actor.principal, deed("account_connector.property_set", of))
            .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(Property {
            id,
            name: name.to_owned(),
            value,
        })
    }

    /// Replaces name and value of a property.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is changed then.
    pub async fn replace_property(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: PropertyId,
        name: Option<String>,
        value: Option<Option<SecretString>>,
    ) -> Result<Property, AccountConnectorError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        self.own(actor, &unit, of).await?;
        let rows = unit.account_connectors();
        let known = rows.properties(of).await?;
        let former = known
            .iter()
            .find(|one| one.id == id)
            .ok_or(AccountConnectorError::NoPart(Part::Property))?;
        let name = name.unwrap_or_else(|| former.name.clone());
        let value = value.unwrap_or_else(|| former.value.clone());
        check(&name, value.as_ref())?;
        if known.iter().any(|one| one.name == name && one.id != id) {
            return Err(AccountConnectorError::Invalid(format!(
                "Another property is named '{name}'."
            )));
        }
        rows.replace_property(of, id, &name, value.as_ref()).await?;
        unit.audit(&actor.principal, deed("account_connector.property_set", of))
            .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(Property { id, name, value })
    }

    /// Removes a property.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`], [`AccountConnectorError::NoPart`].
    pub async fn delete_property(
        &self,
        actor: &AccountActor,
        of: AccountConnectorId,
        id: PropertyId,
    ) -> Result<(), AccountConnectorError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        self.own(actor, &unit, of).await?;
        let rows = unit.account_connectors();
        if rows.properties(of).await?.iter().all(|one| one.id != id) {
            return Err(AccountConnectorError::NoPart(Part::Property));
        }
        rows.delete_property(of, id).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.property_deleted", of),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, of);
        Ok(())
    }
}

fn check(name: &str, value: Option<&SecretString>) -> Result<(), AccountConnectorError> {
    use velodrome_model::ExposeSecret;
    if name.trim().is_empty() {
        return Err(AccountConnectorError::Invalid(
            "Name is required.".to_owned(),
        ));
    }
    check_length("Name", name, super::MAX_NAME)?;
    check_length(
        "Value",
        value.map(ExposeSecret::expose_secret).unwrap_or_default(),
        MAX_VALUE,
    )
}
