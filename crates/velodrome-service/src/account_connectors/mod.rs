//! Connectors installed in accounts: install, show, change, remove.

mod categories;
mod error;
mod fields;
mod properties;
mod update;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use velodrome_connector::{
    auth::Credential,
    catalogue::{Release, View},
};
use velodrome_model::{
    AccountActor, AccountConnector, AccountConnectorId, AccountScope, AuthenticationId,
    AuthenticationState, ExposeSecret, PartnerScope, Property, SecretString,
    definition::{AuthType, ConnectorStatus, OAuth1Flow, ReleaseStatus},
};
use velodrome_store::{
    Deed, NewAccountConnector, NewCredential, StoreError, StoredCustomField, Unit,
};

// A copy as somebody asks for it, in the words of the store.
pub use velodrome_store::NewCategoryCopy;

pub use error::{AccountConnectorError, Part};
pub use fields::{CustomField, CustomFieldDraft, FieldDetails};
pub(crate) use fields::{MAX_FIELDS, entity};
pub use update::ReleaseUpdate;

use crate::{
    Workbench,
    hooks::Hooks,
    installation::Installations,
    library::{
        CLIENT_ID, CLIENT_SECRET, ConnectorRef, Library, LibraryConnector, SCOPES, Setup,
        property_input, releases,
    },
    renewal,
    revocation::Farewell,
};

/// Most characters of a name or description.
pub(crate) const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 4_000;
/// Most account connectors of an account.
pub(crate) const MAX_INSTALLED: usize = 1_000;

/// Connectors in accounts.
#[derive(Clone)]
pub struct AccountConnectors {
    bench: Workbench,
    library: Library,
    installations: Installations,
    hooks: Hooks,
}

/// An account connector with everything that is shown of it.
#[derive(Clone, Debug)]
pub struct InstalledConnector {
    /// The installation.
    pub connector: AccountConnector,
    /// The connector it is of, icon included.
    pub library: LibraryConnector,
    /// Whether it can be used.
    pub state: AuthenticationState,
    /// There is a newer release of its connector.
    pub has_update: bool,
    /// The credential; none when there is none or settings hide it.
    pub auth_value: Option<SecretString>,
    /// Properties, by id.
    pub properties: Vec<Property>,
    /// Custom fields, by id.
    pub fields: Vec<CustomField>,
    /// Id of the owning account as the partner knows it.
    pub owner: velodrome_model::AccountKey,
}

/// The connectors that an account knows.
struct Views {
    /// Those that it has installed.
    installed: View,
    /// Those that it can install.
    offered: View,
}

/// How to install a connector.
#[derive(Clone, Debug, Default)]
pub struct Install {
    /// Name; the connector's when absent.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Authentication; the default one when absent.
    pub authentication: Option<AuthenticationId>,
    /// Credentials.
    pub auth_value: Option<SecretString>,
    /// Account connector properties.
    pub properties: Vec<(String, Option<SecretString>)>,
}

/// A change of an account connector. Outer none: keep; inner none: clear.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<Option<String>>,
    /// New credentials.
    pub auth_value: Option<Option<SecretString>>,
    /// New authentication; the default one when inner none.
    pub authentication: Option<Option<AuthenticationId>>,
    /// Native or standard.
    pub is_native: Option<bool>,
}

impl AccountConnectors {
    /// The service over these parts.
    pub fn new(
        bench: Workbench,
        library: Library,
        installations: Installations,
        hooks: Hooks,
    ) -> Self {
        Self {
            bench,
            library,
            installations,
            hooks,
        }
    }

    /// Installs the connector into the account. Nothing is called: credentials given here are proven by
    /// the first call.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is installed then.
    pub async fn install(
        &self,
        actor: &AccountActor,
        connector: &ConnectorRef,
        version: Option<&str>,
        install: Install,
    ) -> Result<InstalledConnector, AccountConnectorError> {
        let release = self.installable(actor, connector, version).await?;
        let listed = release.listed();
        let name = self.checked_name(install.name.unwrap_or_else(|| listed.name.clone()))?;
        check_length(
            "Description",
            install.description.as_deref().unwrap_or_default(),
            MAX_DESCRIPTION,
        )?;
        let (authentication_id, authentication) = match install.authentication {
            Some(id) => listed
                .authentications()
                .find(|(own, _)| *own == id)
                .ok_or(AccountConnectorError::ForeignAuthentication(id))?,
            None => {
                let default = listed
                    .default_authentication()
                    .ok_or(AccountConnectorError::Undefined)?;
                (default.uid(listed.uid), default)
            }
        };
        let new_credential = install
            .auth_value
            .as_ref()
            .map(|value| self.credential(authentication, value))
            .transpose()?
            .flatten();
        let setup = self
            .library
            .setup_of(
                PartnerScope {
                    partner: actor.scope.partner,
                },
                &release,
            )
            .await?;
        for (name, value) in &install.properties {
            check_property(&release, &setup, name, value.as_ref())?;
        }

        let unit = self.holding(actor, &release).await?;
        let rows = unit.account_connectors();
        if rows.name_is_taken(&name, None).await? {
            return Err(AccountConnectorError::NameInUse(name));
        }
        if rows.all().await?.len() >= MAX_INSTALLED {
            return Err(AccountConnectorError::Invalid(format!(
                "An account may have at most {MAX_INSTALLED} connectors."
            )));
        }
        let new = NewAccountConnector {
            connector: release.id(),
            connector_uid: listed.uid,
            name,
            description: install.description,
            authentication: authentication_id,
        };
        let mut installed = rows.insert(new).await?;
        for (name, value) in &install.properties {
            rows.set_property(installed.id, name, value.as_ref())
                .await?;
        }
        if let Some(credential) = &new_credential {
            unit.credentials().put(installed.id, credential).await?;
            installed.has_credential = true;
        }
        // No network here, so the lookup precedes the first call (connectors.md §7).
        installed.lookup_pending = release
            .package()
            .definition()
            .post_install_property_lookup
            .is_some();
        rows.save(&installed).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.installed", installed.id),
        )
        .await?;
        unit.commit().await?;
        self.get(actor, installed.id).await
    }

    /// The account's connectors and, read-only, its parent's, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        actor: &AccountActor,
    ) -> Result<Vec<InstalledConnector>, AccountConnectorError> {
        let views = self.views(actor).await?;
        let mut shown = Vec::new();
        for scope in owners(actor) {
            shown.extend(self.list_of(&views, scope).await?);
        }
        shown.sort_by_key(|one| one.connector.id);
        Ok(shown)
    }

    /// The account connector, the account's own or its parent's.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when neither has it.
    pub async fn get(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
    ) -> Result<InstalledConnector, AccountConnectorError> {
        let views = self.views(actor).await?;
        for scope in owners(actor) {
            let unit = self.bench.store.read(&scope).await?;
            if let Some(connector) = unit.account_connectors().get(id).await? {
                // Boxed, since nearly every future about account connectors ends here.
                return Box::pin(self.shown(&views, unit, connector)).await;
            }
        }
        Err(AccountConnectorError::NotFound)
    }

    /// Changes an account connector. New credentials clear whatever was wrong with the former ones.
    ///
    /// # Errors
    /// As [`AccountConnectorError`] says; nothing is changed then.
    pub async fn update(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        change: Change,
    ) -> Result<InstalledConnector, AccountConnectorError> {
        let view = self.bench.installed(actor.scope).await?;
        if matches!(&change.auth_value, Some(None)) {
            let unit = self.bench.store.read(&actor.scope).await?;
            self.own(actor, &unit, id).await?;
            drop(unit);
            Box::pin(self.hooks.lose_credential(partner(actor), id)).await?;
        }
        let unit = self.bench.store.begin(&actor.scope).await?;
        let rows = unit.account_connectors();
        let mut connector = self.own(actor, &unit, id).await?;
        if let Some(name) = change.name {
            let name = self.checked_name(name)?;
            if rows.name_is_taken(&name, Some(id)).await? {
                return Err(AccountConnectorError::NameInUse(name));
            }
            connector.name = name;
        }
        if let Some(description) = change.description {
            check_length(
                "Description",
                description.as_deref().unwrap_or_default(),
                MAX_DESCRIPTION,
            )?;
            connector.description = description;
        }
        if let Some(is_native) = change.is_native {
            if actor.restricted && is_native != connector.is_native {
                return Err(AccountConnectorError::NeedsPartner);
            }
            connector.is_native = is_native;
        }
        let numbered = view
            .connector(connector.connector)
            .ok_or(AccountConnectorError::Undefined)?;
        if let Some(chosen) = change.authentication {
            let default = numbered
                .definition()
                .default_authentication()
                .map(|one| one.uid(numbered.uid()));
            let chosen = chosen.or(default).ok_or(AccountConnectorError::Undefined)?;
            numbered
                .authentication(chosen)
                .ok_or(AccountConnectorError::ForeignAuthentication(chosen))?;
            if chosen != connector.authentication {
                // Another kind of credential: the stored one means nothing to it.
                connector.authentication = chosen;
                unit.credentials().delete(id).await?;
                connector.has_credential = false;
                connector.problem = None;
            }
        }
        if let Some(auth_value) = change.auth_value {
            let authentication = numbered
                .authentication(connector.authentication)
                .ok_or(AccountConnectorError::Undefined)?;
            let credential = auth_value
                .as_ref()
                .map(|value| self.credential(authentication, value))
                .transpose()?
                .flatten();
            match &credential {
                Some(credential) => {
                    unit.credentials().put(id, credential).await?;
                }
                None => unit.credentials().delete(id).await?,
            }
            connector.has_credential = credential.is_some();
            connector.problem = None;
            connector.lookup_pending = numbered.definition().post_install_property_lookup.is_some();
            // Other credentials may see other fields.
            unit.custom_fields().search_again(id).await?;
            unit.audit(
                &actor.principal,
                deed("account_connector.credential_set", id),
            )
            .await?;
        }
        rows.save(&connector).await.map_err(|error| match error {
            StoreError::Conflict(_) => AccountConnectorError::NameInUse(connector.name.clone()),
            other => other.into(),
        })?;
        unit.audit(&actor.principal, deed("account_connector.updated", id))
            .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, id);
        self.get(actor, id).await
    }

    /// Removes an account connector; its token is revoked with the provider afterwards.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when the account has none of this id,
    /// [`AccountConnectorError::InUse`] while a running cycle uses it.
    pub async fn delete(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
    ) -> Result<(), AccountConnectorError> {
        let farewell = self.farewell(actor).await?;
        let unit = self.bench.store.read(&actor.scope).await?;
        let connector = self.own(actor, &unit, id).await?;
        if unit.cycles().running_uses_of(id).await? > 0 {
            return Err(AccountConnectorError::InUse(connector.name));
        }
        drop(unit);
        // While there is a credential to do it with.
        Box::pin(self.hooks.lose_connector(partner(actor), id)).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let connector = self.own(actor, &unit, id).await?;
        if unit.cycles().running_uses_of(id).await? > 0 {
            return Err(AccountConnectorError::InUse(connector.name));
        }
        farewell.revoke_later(&unit, &connector).await?;
        unit.account_connectors().delete(id).await?;
        unit.audit(&actor.principal, deed("account_connector.deleted", id))
            .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, id);
        Ok(())
    }

    /// Forgets the credential; it is revoked with the provider afterwards. Answers the connector's name.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`] when the account has none of this id.
    pub async fn deauthenticate(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
    ) -> Result<String, AccountConnectorError> {
        let farewell = self.farewell(actor).await?;
        let unit = self.bench.store.read(&actor.scope).await?;
        self.own(actor, &unit, id).await?;
        drop(unit);
        // While there is a credential to do it with.
        Box::pin(self.hooks.lose_credential(partner(actor), id)).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let mut connector = self.own(actor, &unit, id).await?;
        farewell.revoke_later(&unit, &connector).await?;
        unit.credentials().delete(id).await?;
        connector.has_credential = false;
        connector.problem = None;
        unit.account_connectors().save(&connector).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.deauthenticated", id),
        )
        .await?;
        unit.commit().await?;
        self.installations.forget(actor.scope, id);
        Ok(connector.name)
    }

    async fn farewell(&self, actor: &AccountActor) -> Result<Farewell, StoreError> {
        Box::pin(Farewell::of(&self.bench, partner(actor))).await
    }

    pub(crate) async fn own(
        &self,
        actor: &AccountActor,
        unit: &Unit<AccountScope>,
        id: AccountConnectorId,
    ) -> Result<AccountConnector, AccountConnectorError> {
        own(&self.bench, actor, unit, id).await
    }

    async fn views(&self, actor: &AccountActor) -> Result<Views, StoreError> {
        Ok(Views {
            installed: Box::pin(self.bench.installed(actor.scope)).await?,
            offered: Box::pin(self.bench.connectors(actor)).await?,
        })
    }

    async fn list_of(
        &self,
        views: &Views,
        scope: AccountScope,
    ) -> Result<Vec<InstalledConnector>, AccountConnectorError> {
        let unit = self.bench.store.read(&scope).await?;
        let all = unit.account_connectors().all().await?;
        drop(unit);
        let mut shown = Vec::with_capacity(all.len());
        for connector in all {
            let unit = self.bench.store.read(&scope).await?;
            shown.push(Box::pin(self.shown(views, unit, connector)).await?);
        }
        Ok(shown)
    }

    async fn shown(
        &self,
        views: &Views,
        unit: Unit<AccountScope>,
        connector: AccountConnector,
    ) -> Result<InstalledConnector, AccountConnectorError> {
        let scope = *unit.scope();
        let properties = unit.account_connectors().properties(connector.id).await?;
        let fields = unit.custom_fields().all(connector.id).await?;
        let stored = unit.credentials().get(connector.id).await?;
        drop(unit);
        let partner = PartnerScope {
            partner: scope.partner,
        };
        let unit = self.bench.store.read(&partner).await?;
        let account = unit
            .accounts()
            .get(scope.account)
            .await?
            .ok_or(AccountConnectorError::NotFound)?;
        drop(unit);
        let release = views
            .installed
            .release(connector.connector)
            .ok_or(AccountConnectorError::Undefined)?;
        let library = self.library.listed(partner, release).await?;
        let fields = fields
            .into_iter()
            .map(|field: StoredCustomField| CustomField::read(field))
            .collect();
        Ok(InstalledConnector {
            state: connector.state(needs_credential(
                &library,
                connector.authentication,
                &properties,
            )),
            has_update: update::newer(&views.offered, release).is_some(),
            auth_value: stored.map(|stored| stored.auth_value),
            connector,
            library,
            properties,
            fields: Result::from_iter::<Vec<Result<CustomField, StoreError>>>(fields)?,
            owner: account.key,
        })
    }

    /// Begins to install the release. One of a custom connector is held, so that it is not deleted or
    /// replaced meanwhile.
    async fn holding(
        &self,
        actor: &AccountActor,
        release: &Release,
    ) -> Result<Unit<AccountScope>, AccountConnectorError> {
        if !release.listed().is_custom {
            return Ok(self.bench.store.begin(&actor.scope).await?);
        }
        let partner = PartnerScope {
            partner: actor.scope.partner,
        };
        let unit = self.bench.store.begin(&partner).await?;
        if !unit.custom_connectors().hold_live(release.id()).await? {
            return Err(AccountConnectorError::NoConnector);
        }
        Ok(unit.into_account(actor.scope.account))
    }

    async fn installable(
        &self,
        actor: &AccountActor,
        connector: &ConnectorRef,
        version: Option<&str>,
    ) -> Result<Arc<Release>, AccountConnectorError> {
        let view = self.bench.connectors(actor).await?;
        let release = releases(&view, connector, version)
            .into_iter()
            .next()
            .or_else(|| draft(&view, connector, version))
            .ok_or(AccountConnectorError::NoConnector)?;
        match (release.listed().release.status, release.listed().status) {
            (ReleaseStatus::Draft, _) => Err(AccountConnectorError::Draft(release.listed().shown)),
            (ReleaseStatus::Deprecated, _) => {
                Err(AccountConnectorError::Deprecated(release.listed().shown))
            }
            (ReleaseStatus::Live, ConnectorStatus::Planned) => {
                Err(AccountConnectorError::Planned(release.id()))
            }
            (ReleaseStatus::Live, _) => Ok(release),
        }
    }

    fn checked_name(&self, name: String) -> Result<String, AccountConnectorError> {
        if name.trim().is_empty() {
            return Err(AccountConnectorError::Invalid(
                "Name is required.".to_owned(),
            ));
        }
        check_length("Name", &name, MAX_NAME)?;
        Ok(name)
    }

    /// What to store of an AuthValue that someone set; none clears.
    fn credential(
        &self,
        authentication: &velodrome_model::definition::Authentication,
        value: &SecretString,
    ) -> Result<Option<NewCredential>, AccountConnectorError> {
        if value.expose_secret().trim().is_empty() {
            return Ok(None);
        }
        let credential = Credential::parse(authentication, value.expose_secret())?;
        Ok(renewal::storable(authentication, &credential, self.now()))
    }

    fn now(&self) -> DateTime<Utc> {
        self.bench.clock.now()
    }
}

fn partner(actor: &AccountActor) -> PartnerScope {
    PartnerScope {
        partner: actor.scope.partner,
    }
}

/// The newest draft of a name that has nothing live, so that its refusal can say what it is.
fn draft(view: &View, connector: &ConnectorRef, version: Option<&str>) -> Option<Arc<Release>> {
    let ConnectorRef::Name(name) = connector else {
        return None;
    };
    let is_meant = |release: &&Arc<Release>| {
        let listed = release.listed();
        listed.release.status == ReleaseStatus::Draft
            && listed.name.to_lowercase() == name.to_lowercase()
            && version.is_none_or(|version| {
                listed.version.as_deref().unwrap_or_default().to_lowercase()
                    == version.to_lowercase()
            })
    };
    view.all()
        .filter(is_meant)
        .max_by_key(|release| release.id())
        .cloned()
}

/// The account's own connector; one of the parent's is refused.
pub(crate) async fn own(
    bench: &Workbench,
    actor: &AccountActor,
    unit: &Unit<AccountScope>,
    id: AccountConnectorId,
) -> Result<AccountConnector, AccountConnectorError> {
    if let Some(connector) = unit.account_connectors().get(id).await? {
        return Ok(connector);
    }
    if let Some(parent) = actor.parent {
        let of_parent = bench
            .store
            .read(&AccountScope {
                account: parent,
                ..actor.scope
            })
            .await?;
        if of_parent.account_connectors().get(id).await?.is_some() {
            return Err(AccountConnectorError::Inherited);
        }
    }
    Err(AccountConnectorError::NotFound)
}

/// The account, then its parent.
pub(crate) fn owners(actor: &AccountActor) -> impl Iterator<Item = AccountScope> {
    let parent = actor.parent.map(|account| AccountScope {
        account,
        ..actor.scope
    });
    std::iter::once(actor.scope).chain(parent)
}

/// Whether nothing works without an AuthValue. OAuth 1.0a may sign for the consumer alone, or with a token
/// that is a property.
fn needs_credential(
    library: &LibraryConnector,
    authentication: AuthenticationId,
    properties: &[Property],
) -> bool {
    let used = library
        .listed
        .authentications()
        .find(|(id, _)| *id == authentication);
    let Some((_, one)) = used else {
        return true;
    };
    let has_token = || {
        let token = properties.iter().find(|one| one.name == "Token");
        let value = token.and_then(|one| one.value.as_ref());
        value.is_some_and(|value| !value.expose_secret().trim().is_empty())
    };
    match one.oauth1.as_ref().map(|oauth1| oauth1.flow) {
        Some(OAuth1Flow::TwoLegged) => false,
        Some(OAuth1Flow::TokenBased) => !has_token(),
        Some(OAuth1Flow::ThreeLegged) | None => one.kind != AuthType::None,
    }
}

fn check_length(what: &str, text: &str, limit: usize) -> Result<(), AccountConnectorError> {
    if text.chars().count() > limit {
        return Err(AccountConnectorError::Invalid(format!(
            "{what} may have at most {limit} characters."
        )));
    }
    Ok(())
}

pub(crate) fn deed(action: &'static str, id: AccountConnectorId) -> Deed {
    Deed {
        action,
        object_type: "AccountConnector",
        object_id: id.to_string(),
        ..Deed::default()
    }
}

/// Installation accepts only the connector's own account properties (api.md §12), the client's, and
/// partner properties that the partner left blank (connectors.md §9.1).
fn check_property(
    release: &Release,
    setup: &Setup,
    name: &str,
    value: Option<&SecretString>,
) -> Result<(), AccountConnectorError> {
    if [CLIENT_ID, CLIENT_SECRET, SCOPES].contains(&name) {
        return Ok(());
    }
    let parameter = release
        .listed()
        .outline
        .parameters
        .iter()
        .find(|one| one.target_name == name);
    let parameter =
        parameter.ok_or_else(|| AccountConnectorError::UnknownProperty(name.to_owned()))?;
    let left_blank = parameter.partner_connector_property && setup.get(name).is_none();
    if !parameter.account_connector_property && !left_blank {
        return Err(AccountConnectorError::NotAnAccountProperty(name.to_owned()));
    }
    let value = value.map(ExposeSecret::expose_secret).unwrap_or_default();
    let checked = property_input(parameter).check(value);
    checked.map_err(|fault| AccountConnectorError::Invalid(fault.to_string()))
}

impl InstalledConnector {
    /// Whether a property of this name is a secret: by its name, or because the definition says so.
    pub fn is_sensitive(&self, name: &str) -> bool {
        const SECRETS: &[&str] = &[
            CLIENT_SECRET,
            "Password",
            "ApiKey",
            "Token",
            "TokenSecret",
            "PrivateKey",
        ];
        let outline = &self.library.listed.outline;
        SECRETS.contains(&name)
            || outline
                .parameters
                .iter()
                .any(|one| one.target_name == name && one.sensitive)
            || outline
                .authentications
                .iter()
                .any(|one| one.fields.get(name).is_some_and(|field| field.sensitive))
    }
}
