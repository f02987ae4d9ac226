//! Settings of a partner.

mod rules;

pub(crate) use rules::{check_error_webhook, check_not_negative};

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::Url;
use velodrome_model::{
    AppearanceSettings, GeneralSettings, InstanceScope, Partner, PartnerActor, PartnerId,
    PartnerScope, Region, RetentionSettings, SecretString, SecuritySettings,
};
use velodrome_store::{Deed, Store, StoreError};

use crate::{Invalid, notifications::KEY_PREFIX, recent::Recent, tokens};

/// Reads and changes settings. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    store: Store,
    public_url: Url,
    kept: Arc<Recent<PartnerId, Arc<Partner>>>,
}

/// Why settings can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value breaks a rule; nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Settings {
    /// How long settings are used without asking the store again, unless this process changed them.
    pub const FRESH: Duration = Duration::from_secs(2);

    /// Settings in this store, for the installation at this address.
    pub fn new(store: Store, public_url: Url) -> Self {
        Self {
            store,
            public_url,
            kept: Arc::new(Recent::new(1_000, Self::FRESH)),
        }
    }

    /// The partner with all its settings, perhaps as it was a moment ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn partner(&self, scope: PartnerScope) -> Result<Arc<Partner>, StoreError> {
        let find = || async { Ok(Arc::new(self.store.read(&scope).await?.partner().await?)) };
        self.kept.get(&scope.partner, find).await
    }

    /// General settings.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn general(&self, scope: PartnerScope) -> Result<GeneralSettings, StoreError> {
        Ok(self.partner(scope).await?.general.clone())
    }

    /// Security settings.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn security(&self, scope: PartnerScope) -> Result<SecuritySettings, StoreError> {
        Ok(self.partner(scope).await?.security.clone())
    }

    /// Appearance.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn appearance(&self, scope: PartnerScope) -> Result<AppearanceSettings, StoreError> {
        Ok(self.partner(scope).await?.appearance.clone())
    }

    /// How long data is kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn retention(&self, scope: PartnerScope) -> Result<RetentionSettings, StoreError> {
        Ok(self.partner(scope).await?.retention)
    }

    /// Host of the public origin.
    pub fn service_domain(&self) -> String {
        let host = self.public_url.host_str().unwrap_or_default();
        match self.public_url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The address under which users and providers reach the installation, without a slash at the end.
    pub fn public_origin(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// Changes general settings.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when the outcome breaks a rule; nothing is changed then.
    pub async fn change_general(
        &self,
        actor: &PartnerActor,
        change: impl FnOnce(&mut GeneralSettings) + Send,
    ) -> Result<GeneralSettings, SettingsError> {
        let partner = self
            .change(actor, "settings.general_changed", |partner| {
                change(&mut partner.general);
                rules::check_general(&mut partner.general)
            })
            .await?;
        Ok(partner.general)
    }

    /// Changes security settings.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when the outcome breaks a rule; nothing is changed then.
    pub async fn change_security(
        &self,
        actor: &PartnerActor,
        change: impl FnOnce(&mut SecuritySettings) + Send,
    ) -> Result<SecuritySettings, SettingsError> {
        let partner = self
            .change(actor, "settings.security_changed", |partner| {
                change(&mut partner.security);
                rules::check_security(&partner.security)
            })
            .await?;
        Ok(partner.security)
    }

    /// Changes the appearance.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when the outcome breaks a rule; nothing is changed then.
    pub async fn change_appearance(
        &self,
        actor: &PartnerActor,
        change: impl FnOnce(&mut AppearanceSettings) + Send,
    ) -> Result<AppearanceSettings, SettingsError> {
        let partner = self
            .change(actor, "settings.appearance_changed", |partner| {
                change(&mut partner.appearance);
                rules::check_appearance(&partner.appearance)
            })
            .await?;
        Ok(partner.appearance)
    }

    /// Changes how long data is kept; more than 31 days is stored as 31 days.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when the outcome breaks a rule; nothing is changed then.
    pub async fn change_retention(
        &self,
        actor: &PartnerActor,
        change: impl FnOnce(&mut RetentionSettings) + Send,
    ) -> Result<RetentionSettings, SettingsError> {
        let partner = self
            .change(actor, "settings.retention_changed", |partner| {
                change(&mut partner.retention);
                rules::check_retention(&mut partner.retention)
            })
            .await?;
        Ok(partner.retention)
    }

    /// The table of servers; one row made from the public URL while there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn regions(&self, scope: PartnerScope) -> Result<Vec<Region>, StoreError> {
        let partner = self.partner(scope).await?;
        Ok(partner.regions.clone().unwrap_or_else(|| {
            let url = self.service_domain();
            vec![Region {
                server: url.clone(),
                url,
                ip_addresses: Vec::new(),
                is_this_installation: true,
            }]
        }))
    }

    /// The table of servers in Markdown, for guides (`{{RegionTable}}`).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn region_table(&self, scope: PartnerScope) -> Result<String, StoreError> {
        let cell = |text: &str| text.replace('|', "\\|");
        let mut table = String::from("| Server | URL | IP addresses |\n| --- | --- | --- |\n");
        for region in self.regions(scope).await? {
            let addresses = region.ip_addresses.join(", ");
            table.push_str(&format!(
                "| {} | {} | {} |\n",
                cell(&region.server),
                cell(&region.url),
                cell(&addresses)
            ));
        }
        Ok(table)
    }

    /// The default partner's key that signs its outbound webhooks, for the operator; none while there is no
    /// partner.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn default_webhook_key(&self) -> Result<Option<SecretString>, StoreError> {
        let unit = self.store.read(&InstanceScope).await?;
        let Some(partner) = unit.default_partner().await? else {
            return Ok(None);
        };
        drop(unit);
        let scope = PartnerScope {
            partner: partner.id,
        };
        self.webhook_key(scope).await.map(Some)
    }

    /// The key that signs the partner's outbound webhooks; made when it is first needed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn webhook_key(&self, scope: PartnerScope) -> Result<SecretString, StoreError> {
        if let Some(key) = self.store.read(&scope).await?.webhook_key().await? {
            return Ok(key);
        }
        let unit = self.store.begin(&scope).await?;
        // Somebody else may have made it meanwhile.
        if let Some(key) = unit.webhook_key().await? {
            return Ok(key);
        }
        let key = STANDARD.encode(tokens::random::<32>());
        let key = SecretString::from(format!("{KEY_PREFIX}{key}"));
        unit.set_webhook_key(&key).await?;
        unit.commit().await?;
        Ok(key)
    }

    /// Replaces the table of servers.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when a row breaks a rule; nothing is changed then.
    pub async fn set_regions(
        &self,
        actor: &PartnerActor,
        regions: Vec<Region>,
    ) -> Result<Vec<Region>, SettingsError> {
        let regions = rules::check_regions(regions)?;
        let change = |partner: &mut Partner| {
            partner.regions = Some(regions);
            Ok(())
        };
        self.change(actor, "settings.regions_changed", change)
            .await?;
        Ok(self.regions(actor.scope).await?)
    }

    /// Forgets what is kept: the partner was changed elsewhere in this process.
    pub(crate) fn forget(&self, partner: PartnerId) {
        self.kept.forget(&partner);
    }

    /// Changes the partner and its settings in one unit of work.
    pub(crate) async fn change(
        &self,
        actor: &PartnerActor,
        action: &'static str,
        change: impl FnOnce(&mut Partner) -> Result<(), Invalid> + Send,
    ) -> Result<Partner, SettingsError> {
        let unit = self.store.begin(&actor.scope).await?;
        let mut partner = unit.partner().await?;
        change(&mut partner)?;
        unit.save_partner(&partner).await?;
        let deed = Deed {
            action,
            object_type: "Partner",
            object_id: partner.id.to_string(),
            ..Deed::default()
        };
        unit.audit(&actor.principal, deed).await?;
        unit.commit().await?;
        self.forget(partner.id);
        Ok(partner)
    }
}
