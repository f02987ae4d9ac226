//! Templates: integrations that are built once and installed into many accounts (cycles.md §2).
//!
//! A release's graph is a cycle of the partner's template account. [`copying`] and [`merging`] are the
//! rules of what becomes of a graph when it is copied, installed and upgraded; [`exchange`] is its form
//! outside of an installation.

mod bin;
mod choosing;
mod connecting;
mod copying;
mod error;
mod exchange;
mod exporting;
pub mod files;
mod folders;
mod importing;
mod installed;
mod installing;
mod merging;
mod prerequisites;
mod releases;
mod settings;
mod upgrading;

use std::sync::Arc;

use uuid::Uuid;
use velodrome_connector::catalogue::View;
use velodrome_model::{
    AccountId, AccountScope, AnyActor, ConnectorId, ConnectorUid, CycleId, FolderId, PartnerActor,
    PartnerScope, Principal, TemplateId, TemplateReleaseId,
    cycle::{Cycle, CycleDocument, CycleSchedule, CycleSettings, Template, TemplateRelease},
    definition::ReleaseStatus,
};
use velodrome_store::{Deed, NewCycle, NewTemplate, NewTemplateRelease, StoreError, Unit};

pub(crate) use bin::KEPT;
pub use bin::{BinItem, RecycleBin};
pub use error::TemplateError;
pub use exchange::Incompatibility;
pub use folders::{FolderChange, ShownFolder};
pub use importing::{ImportOptions, ImportTarget};
pub use installed::InstalledCycle;
pub use installing::TemplateInstall;
pub use prerequisites::{SetupQuery, StepToSetUp, TemplateSetup};
pub use releases::{ReleaseCopy, ShownTemplateRelease};
pub use settings::TemplateChange;
pub use upgrading::{UpgradeOutcome, Upgradeable, Upgraded, Upgrades};

use crate::{
    Viewer, Workbench,
    custom_fields::CustomFields,
    cycles::{Cycles, Stop, give_webhook_keys},
    installation::Installations,
    library::icon,
    settings::Settings,
};

/// Most templates of a partner, and most releases of one.
const MOST_TEMPLATES: usize = 5_000;
const MOST_RELEASES: usize = 1_000;

/// Templates.
#[derive(Clone)]
pub struct Templates {
    bench: Workbench,
    settings: Settings,
    installations: Installations,
    custom_fields: CustomFields,
    cycles: Cycles,
}

/// A template with what its installable release is made of.
#[derive(Clone, Debug)]
pub struct ShownTemplate {
    /// The template.
    pub template: Template,
    /// Its live release.
    pub live: Option<TemplateReleaseId>,
    /// The connectors that the release uses which would be installed, in the order of its steps.
    pub connectors: Vec<TemplateConnector>,
    /// How many steps that has.
    pub steps: usize,
}

/// A connector of a template's release.
#[derive(Clone, Debug)]
pub struct TemplateConnector {
    /// The release, as people are shown it.
    pub id: ConnectorId,
    /// Name.
    pub name: String,
    /// Version, as people see it.
    pub version: Option<String>,
    /// How many steps use it.
    pub steps: usize,
    /// `data:` URI.
    pub icon: Option<Arc<str>>,
    /// A utility connector.
    pub is_utility: bool,
    /// It is installed anew although the account has it.
    pub is_fresh: bool,
}

/// Which templates are listed.
#[derive(Clone, Debug, Default)]
pub struct TemplateFilter {
    /// With this tag, case-sensitive.
    pub tag: Option<String>,
    /// Whose name has this text in it, in any case.
    pub query: Option<String>,
    /// That use the connector of this name, in any case.
    pub connector: Option<String>,
    /// And of this version.
    pub version: Option<String>,
    /// In this folder; inner none is the root.
    pub folder: Option<Option<FolderId>>,
    /// Those too that are not offered to anybody; for the partner only.
    pub unpublished: bool,
}

impl Templates {
    /// The service over these parts.
    pub fn new(
        bench: Workbench,
        settings: Settings,
        installations: Installations,
        custom_fields: CustomFields,
        cycles: Cycles,
    ) -> Self {
        Self {
            bench,
            settings,
            installations,
            custom_fields,
            cycles,
        }
    }

    /// Templates that are published and have a live release, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        actor: &AnyActor,
        filter: &TemplateFilter,
    ) -> Result<Vec<ShownTemplate>, TemplateError> {
        let shows_all = filter.unpublished && matches!(actor, AnyActor::Partner(_));
        let unit = self.bench.store.read(&actor.partner()).await?;
        let templates = unit.templates().all().await?;
        let mut releases = unit.templates().all_releases().await?;
        drop(unit);
        let query = filter.query.as_ref().map(|query| query.to_lowercase());
        let is_wanted = |one: &Template, releases: &[TemplateRelease]| {
            let is_offered = one.is_published && live(releases).is_some();
            let has_tag = |tag: &String| one.settings.tags.contains(tag);
            let has_text = |query: &String| one.name.to_lowercase().contains(query);
            (shows_all || is_offered)
                && filter.tag.as_ref().is_none_or(has_tag)
                && filter.folder.is_none_or(|folder| one.folder == folder)
                && query.as_ref().is_none_or(has_text)
        };
        let mut wanted = Vec::new();
        for template in templates {
            let releases = releases.remove(&template.id).unwrap_or_default();
            if is_wanted(&template, &releases) {
                wanted.push((template, releases));
            }
        }
        let mut shown = self.shown(actor.partner(), wanted).await?;
        if let Some(name) = &filter.connector {
            let is_it = |one: &TemplateConnector| {
                let version = one.version.as_deref().unwrap_or_default();
                let has_version = |wanted: &String| version.eq_ignore_ascii_case(wanted);
                one.name.to_lowercase() == name.to_lowercase()
                    && filter.version.as_ref().is_none_or(has_version)
            };
            shown.retain(|one| one.connectors.iter().any(is_it));
        }
        Ok(shown)
    }

    /// A template, published or not.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`].
    pub async fn get(
        &self,
        partner: PartnerScope,
        id: TemplateId,
    ) -> Result<ShownTemplate, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let template = unit.templates().get(id).await?;
        let template = template.ok_or(TemplateError::NotFound)?;
        let releases = unit.templates().releases(id).await?;
        drop(unit);
        let mut shown = self.shown(partner, vec![(template, releases)]).await?;
        shown.pop().ok_or(TemplateError::NotFound)
    }

    /// Makes a template with an empty draft.
    ///
    /// # Errors
    /// As [`TemplateError`] says.
    pub async fn create(
        &self,
        actor: &PartnerActor,
        change: TemplateChange,
    ) -> Result<ShownTemplate, TemplateError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let id = TemplateId(Uuid::new_v4());
        let new = change.new_template(id)?;
        check_folder(&unit, new.folder).await?;
        if change.is_published == Some(true) {
            return Err(TemplateError::NothingLive);
        }
        let draft = Draft {
            name: new.name.clone(),
            ..Draft::default()
        };
        self.insert(&unit, &actor.principal, new, draft).await?;
        unit.commit().await?;
        self.get(actor.scope, id).await
    }

    /// Changes what is set for a template.
    ///
    /// # Errors
    /// As [`TemplateError`] says; nothing is changed then.
    pub async fn update(
        &self,
        actor: &PartnerActor,
        id: TemplateId,
        change: TemplateChange,
    ) -> Result<ShownTemplate, TemplateError> {
        let view = self.view(actor.scope).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let found = unit.templates().hold(id).await?;
        let mut template = found.ok_or(TemplateError::NotFound)?;
        let was_published = template.is_published;
        change.apply(&mut template, &view)?;
        if change.folder.is_some() {
            check_folder(&unit, template.folder).await?;
        }
        if template.is_published && !was_published {
            let releases = unit.templates().releases(id).await?;
            live(&releases).ok_or(TemplateError::NothingLive)?;
        }
        unit.templates().save(&template).await?;
        let action = match (was_published, template.is_published) {
            (false, true) => "template.published",
            (true, false) => "template.unpublished",
            _ => "template.updated",
        };
        unit.audit(&actor.principal, deed(action, id)).await?;
        unit.commit().await?;
        self.get(actor.scope, id).await
    }

    /// Moves a template into the recycle bin; what runs of its releases is stopped first. Cycles that were
    /// installed from it stay.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`].
    pub async fn delete(&self, actor: &PartnerActor, id: TemplateId) -> Result<(), TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let template = unit.templates().get(id).await?;
        template.ok_or(TemplateError::NotFound)?;
        let releases = unit.templates().releases(id).await?;
        drop(unit);
        self.stop(actor, &releases).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let template = unit.templates().hold(id).await?;
        template.ok_or(TemplateError::NotFound)?;
        let now = unit.now();
        unit.recycle_bin().put_template(id, Some(now)).await?;
        unit.audit(&actor.principal, deed("template.deleted", id))
            .await?;
        Ok(unit.commit().await?)
    }

    /// A template of a unit with its first release.
    async fn insert(
        &self,
        unit: &Unit<PartnerScope>,
        principal: &Principal,
        new: NewTemplate,
        draft: Draft,
    ) -> Result<TemplateRelease, TemplateError> {
        if unit.templates().count().await? >= MOST_TEMPLATES as u64 {
            return Err(TemplateError::TooMany {
                what: "templates",
                most: MOST_TEMPLATES,
            });
        }
        let id = new.id;
        unit.templates().insert(new).await?;
        let release = self.insert_release(unit, principal, id, &[], draft).await?;
        unit.audit(principal, deed("template.created", id)).await?;
        Ok(release)
    }

    /// A draft of a template that the unit holds, with a cycle of the template account for its graph.
    async fn insert_release(
        &self,
        unit: &Unit<PartnerScope>,
        principal: &Principal,
        template: TemplateId,
        releases: &[TemplateRelease],
        draft: Draft,
    ) -> Result<TemplateRelease, TemplateError> {
        if releases.len() >= MOST_RELEASES {
            return Err(TemplateError::TooMany {
                what: "releases of a template",
                most: MOST_RELEASES,
            });
        }
        let part = unit.part_for(template_account(unit).await?).await?;
        let cycle = part
            .cycles()
            .insert(NewCycle {
                id: CycleId(Uuid::new_v4()),
                name: draft.name,
                description: draft.description,
                settings: draft.settings,
                origin: None,
                schedule: CycleSchedule::default(),
                document: draft.document.clone(),
            })
            .await?;
        give_webhook_keys(&part, cycle.id, &draft.document).await?;
        part.commit().await?;
        let last = releases.iter().map(|one| one.number).max();
        let release = NewTemplateRelease {
            id: TemplateReleaseId(Uuid::new_v4()),
            template,
            number: last.unwrap_or_default() + 1,
            notes: draft.notes,
            cycle: cycle.id,
            created_by: Some(principal.name.clone()),
        };
        Ok(unit.templates().insert_release(release).await?)
    }

    /// Templates with what their installable releases are made of.
    async fn shown(
        &self,
        partner: PartnerScope,
        templates: Vec<(Template, Vec<TemplateRelease>)>,
    ) -> Result<Vec<ShownTemplate>, TemplateError> {
        if templates.is_empty() {
            return Ok(Vec::new());
        }
        let view = self.view(partner).await?;
        let unit = self.template_unit(partner).await?;
        let cycles = templates
            .iter()
            .filter_map(|(_, releases)| Some(installable(releases)?.cycle));
        let cycles: Vec<CycleId> = cycles.collect();
        let documents = unit.cycles().documents_by_id(&cycles).await?;
        let empty = CycleDocument::default();
        let mut shown = Vec::with_capacity(templates.len());
        for (template, releases) in templates {
            let document = match installable(&releases) {
                Some(release) => {
                    let found = documents.get(&release.cycle);
                    found.ok_or(StoreError::Corrupt {
                        what: "graph of a release",
                    })?
                }
                None => &empty,
            };
            shown.push(ShownTemplate {
                live: live(&releases).map(|live| live.id),
                connectors: connectors_of(document, &view, &template.settings.fresh),
                steps: document.steps.len(),
                template,
            });
        }
        Ok(shown)
    }

    /// Every connector that the partner or its accounts can have.
    async fn view(&self, partner: PartnerScope) -> Result<View, StoreError> {
        self.bench.connectors(Viewer::WholePartner(partner)).await
    }

    /// A unit to read the graphs of releases in.
    async fn template_unit(
        &self,
        partner: PartnerScope,
    ) -> Result<Unit<AccountScope>, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let account = template_account(&unit).await?;
        Ok(unit.into_account(account))
    }

    /// Stops whatever still runs of releases that are about to be thrown away.
    async fn stop(
        &self,
        actor: &PartnerActor,
        releases: &[TemplateRelease],
    ) -> Result<(), TemplateError> {
        let acting = self
            .template_actor(&AnyActor::Partner(actor.clone()))
            .await?;
        for release in releases {
            let stopped = self.cycles.deactivate(&acting, release.cycle, Stop::Delete);
            Box::pin(stopped).await?;
            // One that does not run may have webhooks all the same.
            let unit = self.bench.store.begin(&acting.scope).await?;
            unit.registrations().remove_all_of(release.cycle).await?;
            unit.commit().await?;
        }
        Ok(())
    }
}

/// A release to be made: its graph, and what its cycle is called and set to.
#[derive(Clone, Debug, Default)]
struct Draft {
    name: String,
    description: Option<String>,
    settings: CycleSettings,
    document: CycleDocument,
    notes: Option<String>,
}

/// The live release.
fn live(releases: &[TemplateRelease]) -> Option<&TemplateRelease> {
    releases
        .iter()
        .find(|one| one.status == ReleaseStatus::Live)
}

/// What an installation takes: the live release, or the newest draft while nothing is live.
fn installable(releases: &[TemplateRelease]) -> Option<&TemplateRelease> {
    let drafts = releases
        .iter()
        .rev()
        .find(|one| one.status == ReleaseStatus::Draft);
    live(releases).or(drafts)
}

/// The account that holds the graphs of releases. The first start made it, so it is there.
async fn template_account(unit: &Unit<PartnerScope>) -> Result<AccountId, TemplateError> {
    let account = unit.accounts().template_account().await?;
    Ok(account
        .ok_or(StoreError::Corrupt {
            what: "template account",
        })?
        .id)
}

/// A cycle of the unit's account, wherever it lies, with its graph.
async fn read_graph(
    unit: &Unit<AccountScope>,
    id: CycleId,
) -> Result<(Cycle, CycleDocument), TemplateError> {
    let cycle = unit.cycles().get_with_deleted(id).await?;
    let cycle = cycle.ok_or(StoreError::Corrupt {
        what: "graph of a release",
    })?;
    let revision = unit.cycles().document(id, cycle.version).await?;
    Ok((cycle, revision.document))
}

async fn check_folder(
    unit: &Unit<PartnerScope>,
    folder: Option<FolderId>,
) -> Result<(), TemplateError> {
    let Some(folder) = folder else { return Ok(()) };
    let all = unit.template_folders().hold_all().await?;
    if all.iter().any(|one| one.id == folder) {
        return Ok(());
    }
    Err(TemplateError::Unknown("FolderId"))
}

/// The connectors of a graph, in the order of its steps.
fn connectors_of(
    document: &CycleDocument,
    view: &View,
    fresh: &[ConnectorUid],
) -> Vec<TemplateConnector> {
    let mut counts: Vec<(ConnectorId, usize)> = Vec::new();
    for method in document.steps.iter().filter_map(|step| step.method()) {
        match counts.iter_mut().find(|(id, _)| *id == method.connector) {
            Some((_, count)) => *count += 1,
            None => counts.push((method.connector, 1)),
        }
    }
    counts
        .into_iter()
        .filter_map(|(id, steps)| {
            let release = view.release(id)?;
            let listed = release.listed();
            Some(TemplateConnector {
                id: listed.shown,
                name: listed.name.clone(),
                version: listed.version.clone(),
                steps,
                icon: icon(release),
                is_utility: listed.utility,
                is_fresh: fresh.contains(&listed.uid),
            })
        })
        .collect()
}

fn deed(action: &'static str, id: TemplateId) -> Deed {
    Deed {
        action,
        object_type: "Template",
        object_id: id.to_string(),
        ..Deed::default()
    }
}
