//! An installed connector with everything that a call or an authentication needs of it.

use std::{collections::HashMap, str::FromStr, sync::Arc, time::Duration};

use chrono_tz::Tz;
use indexmap::IndexMap;
use moka::future::Cache;
use parking_lot::Mutex;
use velodrome_connector::{
    auth::{
        Credential,
        oauth1::{SignError, Signer, token_of_properties},
    },
    call::{Context, Properties, ProxyRoutes},
    catalogue::Release,
};
use velodrome_model::{
    Account, AccountConnector, AccountConnectorId, AccountId, AccountKey, AccountScope,
    CategoryCopy, CategoryCopyId, ConnectorId, ConnectorUid, ExposeSecret, FieldId, MethodUid,
    PartnerScope, SecretString, StoredCredential,
    definition::{Authentication, Method, OAuth1, OAuth1Flow, Parameter, ValueOption, scalar_text},
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
    /// Its methods as they are called.
    pub(crate) own_methods: OwnMethods,
}

/// A method as an account calls it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct OwnMethod {
    /// The method with the account's own fields.
    pub method: Arc<Method>,
    /// The name of the account's own object, if it is one's.
    pub object: Option<String>,
    /// The account's own fields of the request, with their locations.
    pub requests: Arc<[(FieldId, String)]>,
}

/// Methods with the account's own fields, each put together when it is first called: that takes longer than
/// many a step. They go with the installation that they were made from.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnMethods(Arc<Mutex<HashMap<OwnMethodKey, OwnMethod>>>);

type OwnMethodKey = (MethodUid, Option<CategoryCopyId>);

impl OwnMethods {
    /// The method that is kept, else what `make` makes.
    pub(crate) fn get<E>(
        &self,
        key: OwnMethodKey,
        make: impl FnOnce() -> Result<OwnMethod, E>,
    ) -> Result<OwnMethod, E> {
        if let Some(kept) = self.0.lock().get(&key) {
            return Ok(kept.clone());
        }
        let made = make()?;
        self.0.lock().insert(key, made.clone());
        Ok(made)
    }
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

    /// The same, able to sign where the authentication asks for it.
    fn signing(mut self) -> Self {
        if let Some(rules) = self.authentication.oauth1.clone() {
            self.signer = self.sign_with(&rules).map(Some);
            if rules.flow == OAuth1Flow::TokenBased && self.credential.is_none() {
                // A fault of these texts is none of typing: they are taken as they are.
                let token = token_of_properties(&self).ok().flatten();
                self.credential = token.map(Credential::OAuth1).map(Arc::new);
            }
        }
        self
    }

    /// The same account connector, as if it were of another release of its connector. None when that has
    /// no authentication like the one in use.
    pub(crate) fn of_release(
        &self,
        release: Arc<Release>,
        numbered: Arc<NumberedConnector>,
    ) -> Option<Self> {
        let authentication = numbered.authentication(self.connector.authentication)?;
        if authentication.kind != self.authentication.kind {
            return None;
        }
        let mut own = self.clone();
        own.authentication = authentication.clone();
        own.connector.connector = release.id();
        own.routes = Arc::new(ProxyRoutes::new(numbered.definition()));
        own.release = release;
        own.numbered = numbered;
        own.own_methods = OwnMethods::default();
        Some(own.signing())
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

/// A release that is tried before anybody installs it.
pub(crate) struct Tried {
    pub release: Arc<Release>,
    pub numbered: Arc<NumberedConnector>,
    pub authentication: Authentication,
    pub properties: Properties,
    pub credential: Credential,
}

/// What an account connector does not know itself.
struct Around {
    account: Account,
    setup: Setup,
    user_agent: String,
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
        let load = || async { self.load(scope, id).await.map(Arc::new) };
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

        let around = Box::pin(self.around(scope, connector.connector_uid)).await?;
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
        let installation = Installation {
            scope,
            account_key: around.account.key,
            zone: Tz::from_str(&around.account.timezone).unwrap_or(Tz::UTC),
            is_suspended: around.account.is_suspended,
            connector,
            release: Arc::clone(release),
            numbered,
            authentication,
            setup: around.setup,
            properties,
            custom_fields,
            category_copies,
            stored,
            credential,
            signer: Ok(None),
            routes,
            user_agent: around.user_agent,
            own_methods: OwnMethods::default(),
        };
        Ok(installation.signing())
    }

    /// A release as if it were installed in the account, with values that are stored nowhere. Trials of one
    /// connector count as one account connector for its rate limits.
    ///
    /// # Errors
    /// [`InstallationError::NotFound`] when there is no such account.
    pub(crate) async fn tried(
        &self,
        scope: AccountScope,
        tried: Tried,
    ) -> Result<Installation, InstallationError> {
        let Tried {
            release,
            numbered,
            authentication,
            properties,
            credential,
        } = tried;
        let around = Box::pin(self.around(scope, numbered.uid())).await?;
        let now = self.bench.clock.now();
        let connector = AccountConnector {
            // No account connector has such a number.
            id: AccountConnectorId(-release.listed().shown.0),
            account: scope.account,
            connector: release.id(),
            connector_uid: numbered.uid(),
            name: release.listed().name.clone(),
            description: None,
            authentication: authentication.uid(numbered.uid()),
            is_native: false,
            has_credential: true,
            problem: None,
            lookup_pending: false,
            created_at: now,
            updated_at: now,
        };
        let routes = Arc::new(ProxyRoutes::new(numbered.definition()));
        let installation = Installation {
            scope,
            account_key: around.account.key,
            zone: Tz::from_str(&around.account.timezone).unwrap_or(Tz::UTC),
            is_suspended: around.account.is_suspended,
            connector,
            release,
            numbered,
            authentication,
            setup: around.setup,
            properties,
            custom_fields: Vec::new(),
            category_copies: Vec::new(),
            stored: None,
            credential: Some(Arc::new(credential)),
            signer: Ok(None),
            routes,
            user_agent: around.user_agent,
            own_methods: OwnMethods::default(),
        };
        Ok(installation.signing())
    }

    /// What stands around the connectors of an account.
    async fn around(
        &self,
        scope: AccountScope,
        connector: ConnectorUid,
    ) -> Result<Around, InstallationError> {
        let partner = PartnerScope {
            partner: scope.partner,
        };
        let unit = self.bench.store.read(&partner).await?;
        let account = unit
            .accounts()
            .get(scope.account)
            .await?
            .ok_or(InstallationError::NotFound)?;
        let setup = match unit.setups().get(connector).await? {
            Some(stored) => Setup::from_stored(&stored)?,
            None => Setup::default(),
        };
        drop(unit);
        let user_agent = self.settings.general(partner).await?.application_user_agent;
        Ok(Around {
            account,
            setup,
            user_agent,
        })
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
