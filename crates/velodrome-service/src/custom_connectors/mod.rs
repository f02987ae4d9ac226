//! Connectors that partners and accounts make themselves (connectors.md §1, §10).
//!
//! They are managed by whoever owns them: with the header of the account that made them, or of the
//! template account for those of the partner. What others may use of them is for [`crate::Viewer`].

mod drafts;
mod error;
mod given;
mod import;
mod opened;
mod publish;
mod releases;
mod validate;

use serde_json::Value;
use velodrome_connector::{
    catalogue::{Icon, Package},
    json_form::{self, Extra},
};
use velodrome_model::{
    AccountActor, ConnectorId, ConnectorOwner, CustomConnector, CustomRelease, PartnerScope,
    definition::ConnectorDefinition,
};
use velodrome_store::{CustomConnectorRows, Deed, StoreError};

pub use error::CustomConnectorError;
pub use given::{Given, Understood};
pub use import::{ImportRemark, ImportSource, Imported};
pub use releases::{Compared, ReleaseChoice, ShownRelease};
pub use validate::Validation;

use import::ImportRoom;
use opened::Opened;

use crate::{Workbench, calls::CallFailure, installation::Installations, settings::Settings};

/// Custom connectors.
#[derive(Clone)]
pub struct CustomConnectors {
    bench: Workbench,
    settings: Settings,
    installations: Installations,
    imports: ImportRoom,
}

/// A custom connector as lists show it, with its newest release.
#[derive(Clone, Debug)]
pub struct ListedCustom {
    /// The connector.
    pub connector: CustomConnector,
    /// Its newest release.
    pub release: CustomRelease,
    /// What that release says of itself.
    pub outline: std::sync::Arc<velodrome_model::Outline>,
}

/// A custom connector with the definition of one release.
#[derive(Clone, Debug)]
pub struct ShownCustom {
    /// The connector.
    pub connector: CustomConnector,
    /// The release.
    pub release: CustomRelease,
    /// Its definition.
    pub definition: ConnectorDefinition,
    /// The same in the JSON form, with the members that mean nothing to us.
    pub form: Value,
    /// `data:` URI of the icon.
    pub icon: Option<std::sync::Arc<str>>,
}

impl ShownCustom {
    /// The definition as the text of a definition file.
    pub fn yaml(&self) -> String {
        let mut definition = self.definition.clone();
        definition.release.number = self.release.number;
        definition.release.status = self.release.status;
        definition.release.level = self.release.level.unwrap_or_default();
        definition.release.comments = self.release.notes.clone();
        velodrome_connector::catalogue::yaml_text(&definition)
    }
}

impl CustomConnectors {
    /// The service over these parts.
    pub fn new(bench: Workbench, settings: Settings, installations: Installations) -> Self {
        Self {
            bench,
            settings,
            installations,
            imports: ImportRoom::default(),
        }
    }

    /// Those of the account, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        actor: &AccountActor,
    ) -> Result<Vec<ListedCustom>, CustomConnectorError> {
        let owner = self.owner(actor).await?;
        let view = self.bench.connectors(actor).await?;
        let unit = self.bench.store.read(&partner(actor)).await?;
        let rows = unit.custom_connectors();
        let connectors = rows.all().await?;
        let releases = rows.all_releases().await?;
        drop(unit);
        let mut listed = Vec::new();
        for connector in connectors.into_iter().filter(|one| one.owner == owner) {
            let of_it = releases.iter().filter(|one| one.connector == connector.id);
            let Some(release) = of_it.max_by_key(|one| one.number) else {
                continue;
            };
            // Made a moment ago, after the view: the next list has it.
            let Some(seen) = view.release(release.id) else {
                continue;
            };
            listed.push(ListedCustom {
                connector,
                release: release.clone(),
                outline: seen.listed().outline.clone(),
            });
        }
        listed.sort_by_cached_key(|one| (one.outline.name.to_lowercase(), one.connector.number));
        Ok(listed)
    }

    /// One release of a custom connector.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`], [`CustomConnectorError::NoRelease`].
    pub async fn get(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        choice: ReleaseChoice,
    ) -> Result<ShownCustom, CustomConnectorError> {
        let opened = self.opened(actor, number).await?;
        let releases = opened.releases().await?;
        let release = choice
            .among(&releases)
            .ok_or(CustomConnectorError::NoRelease)?;
        shown(&opened, release.clone()).await
    }

    /// Removes a connector with all its releases, its setup and its guide.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`]; [`CustomConnectorError::Installed`] while an account uses it.
    pub async fn delete(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
    ) -> Result<(), CustomConnectorError> {
        let opened = self.opened_to_change(actor, number).await?;
        let Opened { unit, connector } = &opened;
        let count = opened.rows().installation_counts(connector.uid).await?;
        let count: u64 = count.into_values().sum();
        if count > 0 {
            let name = name_of(&opened).await?;
            return Err(CustomConnectorError::Installed { name, count });
        }
        opened.rows().delete(connector).await?;
        unit.setups().delete(connector.uid).await?;
        unit.setups().delete_guide(connector.uid).await?;
        opened.finish(actor, "custom_connector.deleted").await
    }

    /// Whose connectors the actor manages.
    async fn owner(&self, actor: &AccountActor) -> Result<ConnectorOwner, StoreError> {
        owner_of(&self.bench, actor).await
    }

    async fn check_enabled(&self, actor: &AccountActor) -> Result<(), CustomConnectorError> {
        let general = self.settings.general(partner(actor)).await?;
        if general.custom_connectors_enabled {
            Ok(())
        } else {
            Err(CustomConnectorError::Disabled)
        }
    }
}

async fn owner_of(bench: &Workbench, actor: &AccountActor) -> Result<ConnectorOwner, StoreError> {
    let unit = bench.store.read(&partner(actor)).await?;
    let template = unit.accounts().template_account().await?;
    let is_template = template.is_some_and(|account| account.id == actor.scope.account);
    Ok(if is_template {
        ConnectorOwner::Partner
    } else {
        ConnectorOwner::Account(actor.scope.account)
    })
}

/// The draft of a connector that the actor manages.
///
/// # Errors
/// [`CallFailure::NoCustomConnector`], [`CallFailure::NoDraft`].
pub(crate) async fn draft_of(
    bench: &Workbench,
    actor: &AccountActor,
    number: ConnectorId,
) -> Result<ConnectorId, CallFailure> {
    let owner = owner_of(bench, actor).await?;
    let unit = bench.store.read(&partner(actor)).await?;
    let rows = unit.custom_connectors();
    let connector = rows.get(owner, number).await?;
    let connector = connector.ok_or(CallFailure::NoCustomConnector)?;
    let releases = rows.releases(&connector).await?;
    let draft = ReleaseChoice::Draft.among(&releases);
    Ok(draft.ok_or(CallFailure::NoDraft)?.id)
}

fn partner(actor: &AccountActor) -> PartnerScope {
    PartnerScope {
        partner: actor.scope.partner,
    }
}

/// What a release holds.
async fn package(
    rows: &CustomConnectorRows<'_>,
    release: ConnectorId,
) -> Result<Package, CustomConnectorError> {
    let mut contents = rows.contents(&[release]).await?;
    let bytes = contents
        .remove(&release)
        .ok_or(CustomConnectorError::NoRelease)?;
    Ok(Package::from_bytes(&bytes)?)
}

/// Everything that a release holds.
struct Kept {
    definition: ConnectorDefinition,
    extra: Extra,
    icon: Option<Icon>,
}

async fn kept(
    rows: &CustomConnectorRows<'_>,
    release: &CustomRelease,
) -> Result<Kept, CustomConnectorError> {
    let package = package(rows, release.id).await?;
    let extra = match rows.extra(release.id).await? {
        Some(extra) => serde_json::from_value(extra)
            .map_err(velodrome_connector::catalogue::BadPackage::Json)?,
        None => Extra::default(),
    };
    let mut definition = package.definition();
    definition.release.status = release.status;
    Ok(Kept {
        definition,
        extra,
        icon: package.icon().cloned(),
    })
}

async fn shown(
    opened: &Opened,
    release: CustomRelease,
) -> Result<ShownCustom, CustomConnectorError> {
    let kept = kept(&opened.rows(), &release).await?;
    Ok(ShownCustom {
        form: json_form::write(&kept.definition, &kept.extra),
        icon: kept.icon.as_ref().map(Icon::data_uri),
        definition: kept.definition,
        connector: opened.connector.clone(),
        release,
    })
}

/// Name of the newest release.
async fn name_of(opened: &Opened) -> Result<String, CustomConnectorError> {
    let releases = opened.releases().await?;
    let newest = releases.last().ok_or(CustomConnectorError::NoRelease)?;
    let package = package(&opened.rows(), newest.id).await?;
    Ok(package.outline().name.clone())
}

fn deed(actor: &AccountActor, action: &'static str, connector: &CustomConnector) -> Deed {
    Deed {
        action,
        object_type: "CustomConnector",
        object_id: connector.number.to_string(),
        account: Some(actor.scope.account),
        ..Deed::default()
    }
}
