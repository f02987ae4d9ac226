//! Telling a provider that a credential is no longer used (RFC 7009), from the outbox.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use velodrome_connector::{call::Properties, catalogue::View};
use velodrome_model::{AccountConnector, AccountScope, ExposeSecret, Property, SecretString};
use velodrome_store::{StoreError, Unit, Work};

/// Puts into the outbox that the credential of an account connector, if it has one that its provider lets
/// revoke, is no longer used. Best effort, and it takes as long as the provider takes.
pub(crate) async fn revoke_later(
    view: &View,
    unit: &Unit<AccountScope>,
    connector: &AccountConnector,
) -> Result<(), StoreError> {
    let revokes = view.connector(connector.connector).is_some_and(|numbered| {
        let authentication = numbered.authentication(connector.authentication);
        authentication
            .and_then(|one| one.oauth2.as_ref())
            .is_some_and(|oauth2| oauth2.revoke_url.is_some())
    });
    if !revokes {
        return Ok(());
    }
    let Some(stored) = unit.credentials().get(connector.id).await? else {
        return Ok(());
    };
    let work = Work::RevokeCredential {
        connector: connector.connector,
        authentication: connector.authentication,
    };
    let properties = unit.account_connectors().properties(connector.id).await?;
    let secret = Revocation::new(stored.auth_value, properties).to_sealed_text();
    unit.outbox(&work, Some(&secret)).await
}

/// What a revocation needs once the account connector itself may be gone.
#[derive(Serialize, Deserialize)]
pub(crate) struct Revocation {
    auth_value: String,
    properties: IndexMap<String, String>,
}

impl Revocation {
    pub(crate) fn new(auth_value: SecretString, properties: Vec<Property>) -> Self {
        let value =
            |property: Property| Some((property.name, property.value?.expose_secret().to_owned()));
        Self {
            auth_value: auth_value.expose_secret().to_owned(),
            properties: properties.into_iter().filter_map(value).collect(),
        }
    }

    pub(crate) fn to_sealed_text(&self) -> SecretString {
        SecretString::from(serde_json::to_string(self).expect("texts are JSON"))
    }

    pub(crate) fn from_sealed_text(text: &SecretString) -> Option<Self> {
        serde_json::from_str(text.expose_secret()).ok()
    }

    pub(crate) fn auth_value(&self) -> &str {
        &self.auth_value
    }

    pub(crate) fn properties(&self) -> Properties {
        self.properties
            .iter()
            .map(|(name, value)| (name.clone(), SecretString::from(value.as_str())))
            .collect()
    }
}
