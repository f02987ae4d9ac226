//! An installed connector with everything that a call or an authentication needs of it.

use std::{str::FromStr, sync::Arc, time::Duration};

use chrono_tz::Tz;
use indexmap::IndexMap;
use moka::future::Cache;
use velodrome_connector::{
    auth::{
        Credential,
        oauth1::{SignError, Signer, token_of_properties},
    },
    call::{Context, Properties, ProxyRoutes},
    catalogue::Release,
};
use velodrome_model::{
    AccountConnector, AccountConnectorId, AccountId, AccountKey, AccountScope, CategoryCopy,
    ConnectorId, ExposeSecret, PartnerScope, SecretString, StoredCredential,
    definition::{Authentication, OAuth1, OAuth1Flow, Parameter, ValueOption, scalar_text},
    mergefield::{MergeValue, Source},
    numbered::NumberedConnector,
};
use velodrome_store::{StoreError, StoredCustomField};

use crate::{
    Workbench,
    library::{CLIENT_ID, CLIENT_SECRET, Setup},
    recent::Recent,
    settings::Settings,
};

/// An installed connector, its release, the values around it and its credential.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The account that owns it; the parent's when a sub account uses it.
    pub scope: AccountScope,
    /// The account's id as the partner knows it.
    pub account_key: AccountKey,
    /// The account's time zone.
    pub zone: Tz,
    /// Suspended accounts call nothing.
    pub is_suspended: bool,
    /// The installation.
    pub connector: AccountConnector,
    /// The release it was installed from.
    pub release: Arc<Release>,
    /// The same with its methods.
    pub numbered: Arc<NumberedConnector>,
    /// The way of authenticating.
    pub authentication: Authentication,
    /// The partner's values.
    pub setup: Setup,
    /// The account's values.
    pub properties: Properties,
    /// Fields that the account added.
    pub custom_fields: Vec<StoredCustomField>,
    /// Copies of method categories for the account's own objects.
    pub category_copies: Vec<CategoryCopy>,
    /// The credential as stored; none when there is none.
    pub stored: Option<StoredCredential>,
    /// The same, read; none too when the text is not of the authentication's kind.
    pub credential: Option<Arc<Credential>>,
    /// Signs calls of OAuth 1.0a connectors.
    pub signer: Result<Option<Signer>, SignError>,
    /// Where the proxy leads.
    pub routes: Arc<ProxyRoutes>,
    /// The partner's Application User Agent.
    pub user_agent: String,
}

/// Why an installation can't be used at all.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// The account has no such account connector, nor has its parent.
    #[error("there is no such account connector")]
    NotFound,
    /// The release it was installed from is not in the catalogue.
    #[error(
        "the connector's definition is not available; the operator finds the reason in the log"
    )]
    Undefined,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What mergefields in addresses and parameters of the authentication mean: properties, the partner's
/// setup, and defaults of the definition, which may hold mergefields themselves.
impl Source for Installation {
    fn value(&self, name: &str) -> Option<MergeValue<'_>> {
        match name {
            "AccountId" => return Some(MergeValue::Text(self.scope.account.to_string().into())),
            "AccountExternalId" => return Some(MergeValue::Text(self.account_key.as_str().into())),
            _ => {}
        }
        if let Some(value) = self.value(name) {
            return Some(MergeValue::Text(value.into()));
        }
        let parameter = self.parameter(name)?;
        let hidden = parameter
            .values
            .first()
            .filter(|_| parameter.hide)
            .map(ValueOption::text);
        let default = parameter.default_value.as_ref().map(scalar_text);
        hidden
            .or(default)
            .map(|text| MergeValue::Template(text.into()))
    }

    fn is_optional(&self, name: &str) -> bool {
        self.parameter(name)
            .is_some_and(|parameter| parameter.optional)
    }
}

impl Installation {
    /// The connector-level parameter of this name that the authentication uses.
    fn parameter(&self, name: &str) -> Option<&Parameter> {
        let parameters = &self.numbered.definition().parameters;
        parameters
            .iter()
            .find(|one| one.target_name == name && one.applies_to(&self.authentication.key))
    }

    /// The value of a name, first non-blank wins: account property, partner setup, default of the
    /// credential field (connectors.md §9.1).
    pub fn value(&self, name: &str) -> Option<&str> {
        let own = self.properties.get(name).map(ExposeSecret::expose_secret);
        let partner = self.setup.get(name).map(ExposeSecret::expose_secret);
        let default = self
            .authentication
            .fields
            .get(name)
            .and_then(|field| field.default.as_deref());
        [own, partner, default]
            .into_iter()
            .flatten()
            .find(|value| !value.trim().is_empty())
    }

    /// A secret of a name, from the same places as [`Installation::value`]; definitions hold none.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        let set = |value: &&SecretString| !value.expose_secret().trim().is_empty();
        self.properties
            .get(name)
            .filter(set)
            .or_else(|| self.setup.get(name))
    }

    /// Signs with the consumer's keys.
    pub(crate) fn sign_with(&self, rules: &OAuth1) -> Result<Signer, SignError> {
        let key = self.value(CLIENT_ID).unwrap_or_default();
        let secret = self.secret(CLIENT_SECRET).cloned().unwrap_or_default();
        Signer::new(rules, key, secret, self)
    }

    /// On whose behalf a call is made.
    pub fn context(&self, now: chrono::DateTime<chrono::Utc>) -> Context {
        Context {
            account_connector: self.connector.id,
            account_id: self.scope.account.to_string(),
            account_external_id: self.account_key.to_string(),
            zone: self.zone,
            user_agent: self.user_agent.clone(),
            last_successful_run: now,
            mergefields: serde_json::Map::new(),
        }
    }
}

/// Loads installations, and keeps those in use for a moment.
///
/// Whatever changes an installation in this process forgets it here at once; another node sees the
/// change after [`Installations::FRESH`] at the latest.
#[derive(Clone)]
pub struct Installations {
    bench: Workbench,
    settings: Settings,
    kept: Arc<Recent<(AccountScope, AccountConnectorId), Arc<Installation>>>,
    /// Proxy routes of the releases in use; a Draft may change, and with it the hash.
    routes: Cache<(ConnectorId, String), Arc<ProxyRoutes>>,
}

impl Installations {
    /// How long a loaded installation is used without asking the store again.
    pub const FRESH: Duration = Duration::from_secs(2);
    const MOST_KEPT: u64 = 10_000;

    /// A loader over these parts.
    pub fn new(bench: Workbench, settings: Settings) -> Self {
        let kept = Arc::new(Recent::new(Self::MOST_KEPT, Self::FRESH));
        let routes = Cache::builder().max_capacity(Self::MOST_KEPT).build();
        Self {
            bench,
            settings,
            kept,
            routes,
        }
    }

    /// The installation, from the account or, read-only, from its parent.
    ///
    /// # Errors
    /// [`InstallationError::NotFound`] when neither has it.
    pub async fn usable_by(
        &self,
        scope: AccountScope,
        parent: Option<AccountId>,
        id: AccountConnectorId,
    ) -> Result<Arc<Installation>, InstallationError> {
        match self.get(scope, id).await {
            Err(InstallationError::NotFound) => match parent {
                Some(account) => self.get(AccountScope { account, ..scope }, id).await,
                None => Err(InstallationError::NotFound),
            },
            found => found,
        }
    }

    /// The installation of this account, perhaps as it was a moment ago.
    ///
    /// # Errors
    /// [`InstallationError::NotFound`] when the account has none of this id.
    pub async fn get(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
    ) -> Result<Arc<Installation>, InstallationError> {
        // Boxed, since it stands inside nearly every future about account connectors and runs rarely.
        let load = Box::pin(async { self.load(scope, id).await.map(Arc::new) });
        self.kept.get(&(scope, id), load).await
    }

    /// The installation as it is in the store now.
    ///
    /// # Errors
    /// [`InstallationError::NotFound`] when the account has none of this id.
    pub async fn load(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
    ) -> Result<Installation, InstallationError> {
        let unit = self.bench.store.read(&scope).await?;
        let connector = unit
            .account_connectors()
            .get(id)
            .await?
            .ok_or(InstallationError::NotFound)?;
        let properties = unit.account_connectors().properties(id).await?;
        let custom_fields = unit.custom_fields().all(id).await?;
        let category_copies = unit.category_copies().all(id).await?;
        let stored = unit.credentials().get(id).await?;
        drop(unit);

        let partner = PartnerScope {
            partner: scope.partner,
        };
        let unit = self.bench.store.read(&partner).await?;
        let account = unit
            .accounts()
            .get(scope.account)
            .await?
            .ok_or(InstallationError::NotFound)?;
        let setup = match unit.setups().get(connector.connector_uid).await? {
            Some(stored) => Setup::from_stored(&stored)?,
            None => Setup::default(),
        };
        drop(unit);
        let user_agent = self.settings.general(partner).await?.application_user_agent;

        let view = self.bench.installed(scope).await?;
        let release = view
            .release(connector.connector)
            .ok_or(InstallationError::Undefined)?;
        let numbered = view
            .connector(connector.connector)
            .ok_or(InstallationError::Undefined)?;
        let authentication = numbered
            .authentication(connector.authentication)
            .or_else(|| numbered.definition().default_authentication())
            .ok_or(InstallationError::Undefined)?
            .clone();
        let properties: IndexMap<_, _> = properties
            .into_iter()
            .filter_map(|property| Some((property.name, property.value?)))
            .collect();
        let credential = stored
            .as_ref()
            .and_then(|stored| {
                Credential::parse(&authentication, stored.auth_value.expose_secret()).ok()
            })
            .map(Arc::new);
        let definition = Arc::clone(&numbered);
        let routes = self
            .routes
            .get_with(
                (connector.connector, release.package().hash().to_owned()),
                async move { Arc::new(ProxyRoutes::new(definition.definition())) },
            )
            .await;
        let mut installation = Installation {
            scope,
            account_key: account.key,
            zone: Tz::from_str(&account.timezone).unwrap_or(Tz::UTC),
            is_suspended: account.is_suspended,
            connector,
            release: Arc::clone(release),
            numbered,
            authentication,
            setup,
            properties,
            custom_fields,
            category_copies,
            stored,
            credential,
            signer: Ok(None),
            routes,
            user_agent,
        };
        if let Some(rules) = installation.authentication.oauth1.clone() {
            installation.signer = installation.sign_with(&rules).map(Some);
            if rules.flow == OAuth1Flow::TokenBased && installation.credential.is_none() {
                // A fault of these texts is none of typing: they are taken as they are.
                let token = token_of_properties(&installation).ok().flatten();
                installation.credential = token.map(Credential::OAuth1).map(Arc::new);
            }
        }
        Ok(installation)
    }

    /// Forgets what was kept of an installation that changed.
    pub fn forget(&self, scope: AccountScope, id: AccountConnectorId) {
        self.kept.forget(&(scope, id));
    }

    /// Forgets everything: a partner's setup or settings changed.
    pub fn forget_all(&self) {
        self.kept.forget_all();
    }
}
