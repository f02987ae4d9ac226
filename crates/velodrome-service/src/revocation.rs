//! Telling a provider that a credential is no longer used (RFC 7009), from the outbox.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use velodrome_connector::{call::Properties, catalogue::View};
use velodrome_model::{
    AccountConnector, AccountScope, ConnectorUid, ExposeSecret, PartnerScope, Property,
    SecretString, definition::Authentication,
};
use velodrome_store::{StoreError, Unit, Work};

use crate::{Viewer, Workbench, library::Setup};

/// What is needed to revoke credentials of a partner's accounts. Made before the unit of work that
/// removes them begins.
pub(crate) struct Farewell {
    view: View,
    /// The partner's setups of connectors that tenants made.
    setups: HashMap<ConnectorUid, IndexMap<String, String>>,
}

impl Farewell {
    /// What is needed for the partner's accounts.
    pub(crate) async fn of(bench: &Workbench, partner: PartnerScope) -> Result<Self, StoreError> {
        let view = bench.connectors(Viewer::WholePartner(partner)).await?;
        let customs = view.all().filter(|release| release.listed().is_custom);
        let uids: HashSet<ConnectorUid> = customs.map(|release| release.listed().uid).collect();
        let mut setups = HashMap::new();
        if !uids.is_empty() {
            let unit = bench.store.read(&partner).await?;
            for stored in unit.setups().all().await? {
                if uids.contains(&stored.connector) {
                    let setup = Setup::from_stored(&stored)?;
                    setups.insert(stored.connector, plain(setup.properties()));
                }
            }
        }
        Ok(Self { view, setups })
    }

    /// Puts into the outbox that the credential of an account connector, if it has one that its provider
    /// lets revoke, is no longer used. Best effort, and it takes as long as the provider takes.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn revoke_later(
        &self,
        unit: &Unit<AccountScope>,
        connector: &AccountConnector,
    ) -> Result<(), StoreError> {
        let Some(numbered) = self.view.connector(connector.connector) else {
            return Ok(());
        };
        let Some(authentication) = numbered.authentication(connector.authentication) else {
            return Ok(());
        };
        let oauth2 = authentication.oauth2.as_ref();
        if oauth2.is_none_or(|oauth2| oauth2.revoke_url.is_none()) {
            return Ok(());
        }
        let Some(stored) = unit.credentials().get(connector.id).await? else {
            return Ok(());
        };
        let is_custom = self
            .view
            .release(connector.connector)
            .is_some_and(|release| release.listed().is_custom);
        let last = is_custom.then(|| LastRules {
            authentication: authentication.clone(),
            setup: self
                .setups
                .get(&numbered.uid())
                .cloned()
                .unwrap_or_default(),
        });
        let work = Work::RevokeCredential {
            connector: connector.connector,
            authentication: connector.authentication,
        };
        let properties = unit.account_connectors().properties(connector.id).await?;
        let secret = Revocation::new(stored.auth_value, properties, last).to_sealed_text();
        unit.outbox(&work, Some(&secret)).await
    }
}

/// What a revocation needs once the account connector itself may be gone.
#[derive(Serialize, Deserialize)]
pub(crate) struct Revocation {
    auth_value: String,
    properties: IndexMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<LastRules>,
}

/// How a connector that a tenant made authenticates: it may be gone as well, with its partner setup.
#[derive(Serialize, Deserialize)]
pub(crate) struct LastRules {
    authentication: Authentication,
    setup: IndexMap<String, String>,
}

impl LastRules {
    pub(crate) fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    pub(crate) fn setup(&self) -> Properties {
        secret(&self.setup)
    }
}

impl Revocation {
    fn new(auth_value: SecretString, properties: Vec<Property>, last: Option<LastRules>) -> Self {
        let value =
            |property: Property| Some((property.name, property.value?.expose_secret().to_owned()));
        Self {
            auth_value: auth_value.expose_secret().to_owned(),
            properties: properties.into_iter().filter_map(value).collect(),
            last,
        }
    }

    fn to_sealed_text(&self) -> SecretString {
        SecretString::from(serde_json::to_string(self).expect("texts are JSON"))
    }

    pub(crate) fn from_sealed_text(text: &SecretString) -> Option<Self> {
        serde_json::from_str(text.expose_secret()).ok()
    }

    pub(crate) fn auth_value(&self) -> &str {
        &self.auth_value
    }

    pub(crate) fn properties(&self) -> Properties {
        secret(&self.properties)
    }

    /// The rules as they were, for a connector that may be gone.
    pub(crate) fn last(&self) -> Option<&LastRules> {
        self.last.as_ref()
    }
}

fn plain(values: &Properties) -> IndexMap<String, String> {
    values
        .iter()
        .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
        .collect()
}

fn secret(values: &IndexMap<String, String>) -> Properties {
    values
        .iter()
        .map(|(name, value)| (name.clone(), SecretString::from(value.as_str())))
        .collect()
}
