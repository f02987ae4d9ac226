//! Connectors that partners and accounts make themselves (connectors.md §1, §10).
//!
//! They are managed by whoever owns them: with the header of the account that made them, or of the
//! template account for those of the partner. What others may use of them is for [`crate::Viewer`].

mod error;
mod given;
mod import;
mod publish;
mod releases;
mod validate;

use serde_json::Value;
use uuid::Uuid;
use velodrome_connector::{
    catalogue::{Icon, Package},
    json_form::{self, Extra},
};
use velodrome_model::{
    AccountActor, ConnectorId, ConnectorOwner, ConnectorUid, CustomConnector, CustomRelease,
    PartnerScope, ReleaseVersion,
    definition::{ConnectorDefinition, ReleaseLevel},
};
use velodrome_store::{CustomConnectorRows, Deed, NewDraft, StoreError};

pub use error::CustomConnectorError;
pub use given::{Given, Understood};
pub use import::{ImportRemark, ImportSource, Imported};
pub use releases::{Compared, ReleaseChoice, ShownRelease};
pub use validate::Validation;

use import::ImportRoom;

use crate::{Workbench, installation::Installations, settings::Settings};

/// Most custom connectors of an owner.
const MAX_CONNECTORS: u64 = 500;
/// Most releases of a connector.
const MAX_RELEASES: usize = 1_000;

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
        let owner = self.owner(actor).await?;
        let unit = self.bench.store.read(&partner(actor)).await?;
        let rows = unit.custom_connectors();
        let connector = found(&rows, owner, number).await?;
        let releases = rows.releases(&connector).await?;
        let release = choice
            .among(&releases)
            .ok_or(CustomConnectorError::NoRelease)?;
        shown(&rows, connector, release.clone()).await
    }

    /// Makes a connector, or a new draft of the one that has the stable id.
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says; nothing is stored then.
    pub async fn create(
        &self,
        actor: &AccountActor,
        given: Given,
    ) -> Result<ShownCustom, CustomConnectorError> {
        self.check_enabled(actor).await?;
        let understood = given
            .understand()
            .await
            .map_err(CustomConnectorError::Invalid)?;
        self.store(actor, Becomes::Named, understood).await
    }

    /// Replaces the draft of a connector; there is one afterwards.
    ///
    /// # Errors
    /// As [`CustomConnectorError`] says; nothing is changed then.
    pub async fn update(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
        given: Given,
    ) -> Result<ShownCustom, CustomConnectorError> {
        self.check_enabled(actor).await?;
        let understood = given
            .understand()
            .await
            .map_err(CustomConnectorError::Invalid)?;
        self.store(actor, Becomes::Of(number), understood).await
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
        let owner = self.owner(actor).await?;
        let unit = self.bench.store.begin(&partner(actor)).await?;
        let rows = unit.custom_connectors();
        rows.announce_change().await?;
        let connector = found(&rows, owner, number).await?;
        let count = rows.installation_counts(connector.uid).await?;
        let count: u64 = count.into_values().sum();
        if count > 0 {
            let name = name_of(&rows, &connector).await?;
            return Err(CustomConnectorError::Installed { name, count });
        }
        rows.delete(&connector).await?;
        unit.setups().delete(connector.uid).await?;
        unit.setups().delete_guide(connector.uid).await?;
        unit.audit(
            &actor.principal,
            deed(actor, "custom_connector.deleted", &connector),
        )
        .await?;
        Ok(unit.commit().await?)
    }

    /// Discards the draft.
    ///
    /// # Errors
    /// [`CustomConnectorError::NotFound`], [`CustomConnectorError::NoDraft`],
    /// [`CustomConnectorError::NeverLive`].
    pub async fn discard_draft(
        &self,
        actor: &AccountActor,
        number: ConnectorId,
    ) -> Result<(), CustomConnectorError> {
        let owner = self.owner(actor).await?;
        let unit = self.bench.store.begin(&partner(actor)).await?;
        let rows = unit.custom_connectors();
        rows.announce_change().await?;
        let connector = found(&rows, owner, number).await?;
        let releases = rows.releases(&connector).await?;
        let Some(draft) = ReleaseChoice::Draft.among(&releases) else {
            return Err(CustomConnectorError::NoDraft(
                name_of(&rows, &connector).await?,
            ));
        };
        if releases.len() == 1 {
            return Err(CustomConnectorError::NeverLive(
                name_of(&rows, &connector).await?,
            ));
        }
        rows.delete_draft(&connector, draft.id).await?;
        unit.audit(
            &actor.principal,
            deed(actor, "custom_connector.draft_discarded", &connector),
        )
        .await?;
        Ok(unit.commit().await?)
    }

    /// Whose connectors the actor manages.
    async fn owner(&self, actor: &AccountActor) -> Result<ConnectorOwner, StoreError> {
        let unit = self.bench.store.read(&partner(actor)).await?;
        let template = unit.accounts().template_account().await?;
        let is_template = template.is_some_and(|account| account.id == actor.scope.account);
        Ok(if is_template {
            ConnectorOwner::Partner
        } else {
            ConnectorOwner::Account(actor.scope.account)
        })
    }

    async fn check_enabled(&self, actor: &AccountActor) -> Result<(), CustomConnectorError> {
        let general = self.settings.general(partner(actor)).await?;
        if general.custom_connectors_enabled {
            Ok(())
        } else {
            Err(CustomConnectorError::Disabled)
        }
    }

    /// Stores a definition as the draft of a connector.
    async fn store(
        &self,
        actor: &AccountActor,
        becomes: Becomes<'_>,
        mut understood: Understood,
    ) -> Result<ShownCustom, CustomConnectorError> {
        let owner = self.owner(actor).await?;
        let given_uid = understood.definition.unique_identifier.map(ConnectorUid);
        let unit = self.bench.store.begin(&partner(actor)).await?;
        let rows = unit.custom_connectors();
        rows.announce_change().await?;
        let (connector, action) = match becomes {
            Becomes::Of(number) | Becomes::After(number, _) => {
                let connector = found(&rows, owner, number).await?;
                if given_uid.is_some_and(|uid| uid != connector.uid) {
                    return Err(CustomConnectorError::Rejected(format!(
                        "UniqueIdentifier is {} and can't be changed",
                        connector.uid
                    )));
                }
                (connector, "custom_connector.changed")
            }
            Becomes::Named => {
                let uid = given_uid.unwrap_or_else(|| ConnectorUid(Uuid::now_v7()));
                match self.of_uid(&rows, owner, uid).await? {
                    Some(known) => (known, "custom_connector.changed"),
                    None => {
                        if rows.count(owner).await? >= MAX_CONNECTORS {
                            return Err(CustomConnectorError::TooMany(MAX_CONNECTORS));
                        }
                        (rows.insert(owner, uid).await?, "custom_connector.created")
                    }
                }
            }
        };
        understood.definition.unique_identifier = Some(connector.uid.0);
        let content = understood.content()?;
        let releases = rows.releases(&connector).await?;
        if let Becomes::After(_, seen) = becomes
            && releases.last().is_none_or(|last| {
                (last.number, last.status, &last.hash) != (seen.number, seen.status, &seen.hash)
            })
        {
            return Err(CustomConnectorError::Changed);
        }
        match ReleaseChoice::Draft.among(&releases) {
            Some(draft) => rows.replace_draft(&connector, draft.id, content).await?,
            None if releases.len() >= MAX_RELEASES => {
                return Err(CustomConnectorError::Rejected(format!(
                    "it has {MAX_RELEASES} releases, which is the most; make a new connector"
                )));
            }
            None => {
                let live = ReleaseChoice::Live.among(&releases);
                let draft = NewDraft {
                    number: releases.last().map_or(1, |last| last.number + 1),
                    version: live.map_or(ReleaseVersion::FIRST, |live| {
                        live.version.next(ReleaseLevel::Minor)
                    }),
                    content,
                };
                rows.insert_draft(&connector, draft).await?;
            }
        }
        unit.audit(&actor.principal, deed(actor, action, &connector))
            .await?;
        unit.commit().await?;
        self.get(actor, connector.number, ReleaseChoice::Draft)
            .await
    }

    /// The owner's connector of this stable id. One that belongs to somebody else is refused: setups are
    /// found by it, and would give their secrets away.
    async fn of_uid(
        &self,
        rows: &CustomConnectorRows<'_>,
        owner: ConnectorOwner,
        uid: ConnectorUid,
    ) -> Result<Option<CustomConnector>, CustomConnectorError> {
        let is_built_in = self
            .bench
            .catalogue
            .snapshot()
            .all()
            .any(|release| release.listed().uid == uid);
        let known = rows.by_uid(uid).await?;
        if is_built_in || known.as_ref().is_some_and(|known| known.owner != owner) {
            return Err(CustomConnectorError::Rejected(format!(
                "UniqueIdentifier {uid} is that of another connector; leave it out or choose another one"
            )));
        }
        Ok(known)
    }
}

/// Which connector a definition becomes the draft of.
#[derive(Clone, Copy)]
enum Becomes<'a> {
    /// The one that it names by its stable id; a new one where there is none.
    Named,
    /// This one.
    Of(ConnectorId),
    /// This one, while that is its newest release.
    After(ConnectorId, &'a CustomRelease),
}

fn partner(actor: &AccountActor) -> PartnerScope {
    PartnerScope {
        partner: actor.scope.partner,
    }
}

async fn found(
    rows: &CustomConnectorRows<'_>,
    owner: ConnectorOwner,
    number: ConnectorId,
) -> Result<CustomConnector, CustomConnectorError> {
    rows.get(owner, number)
        .await?
        .ok_or(CustomConnectorError::NotFound)
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
    rows: &CustomConnectorRows<'_>,
    connector: CustomConnector,
    release: CustomRelease,
) -> Result<ShownCustom, CustomConnectorError> {
    let kept = kept(rows, &release).await?;
    Ok(ShownCustom {
        form: json_form::write(&kept.definition, &kept.extra),
        icon: kept.icon.as_ref().map(Icon::data_uri),
        definition: kept.definition,
        connector,
        release,
    })
}

/// Name of the newest release.
async fn name_of(
    rows: &CustomConnectorRows<'_>,
    connector: &CustomConnector,
) -> Result<String, CustomConnectorError> {
    let releases = rows.releases(connector).await?;
    let newest = releases.last().ok_or(CustomConnectorError::NoRelease)?;
    Ok(package(rows, newest.id).await?.outline().name.clone())
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
