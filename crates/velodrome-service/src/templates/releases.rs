//! Releases of templates: copied, promoted, deleted (cycles.md §2).

use chrono::{DateTime, Utc};
use uuid::Uuid;
use velodrome_model::{
    FolderId, PartnerActor, PartnerScope, Principal, TemplateId, TemplateReleaseId,
    cycle::{Cycle, CycleDocument, TemplateRelease},
    definition::ReleaseStatus,
};
use velodrome_store::{Deed, NewTemplate, Unit};

use super::{
    Draft, TemplateChange, TemplateConnector, TemplateError, Templates, check_folder,
    connectors_of,
    copying::{Renaming, lineage},
    live, read_graph, template_account,
};
use crate::invalid::bounded_option;

/// Most characters of release notes.
const MOST_NOTES: usize = 4_000;

/// A release with what it is made of.
#[derive(Clone, Debug)]
pub struct ShownTemplateRelease {
    /// The release.
    pub release: TemplateRelease,
    /// When its newest test run began that succeeded.
    pub last_run: Option<DateTime<Utc>>,
    /// The connectors that it uses, in the order of its steps.
    pub connectors: Vec<TemplateConnector>,
}

/// Where a release is copied to.
#[derive(Clone, Debug, Default)]
pub struct ReleaseCopy {
    /// What is copied; the live release when absent, or the newest draft while nothing is live.
    pub source: Option<TemplateReleaseId>,
    /// The template that gets the draft; that of the source when absent.
    pub target: Option<TemplateId>,
    /// A new template of this name instead.
    pub new_template: Option<String>,
    /// Folder of the new template.
    pub folder: Option<FolderId>,
    /// Release notes.
    pub notes: Option<String>,
}

impl Templates {
    /// The releases of a template, newest first.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`].
    pub async fn releases(
        &self,
        partner: PartnerScope,
        template: TemplateId,
    ) -> Result<Vec<ShownTemplateRelease>, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let found = unit.templates().get(template).await?;
        let fresh = found.ok_or(TemplateError::NotFound)?.settings.fresh;
        let releases = unit.templates().releases(template).await?;
        drop(unit);
        let view = self.view(partner).await?;
        let unit = self.template_unit(partner).await?;
        let mut shown = Vec::with_capacity(releases.len());
        for release in releases.into_iter().rev() {
            let (cycle, document) = read_graph(&unit, release.cycle).await?;
            shown.push(ShownTemplateRelease {
                release,
                last_run: cycle.last_successful_run,
                connectors: connectors_of(&document, &view, &fresh),
            });
        }
        Ok(shown)
    }

    /// A release of a template.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`], [`TemplateError::NoRelease`].
    pub async fn release(
        &self,
        partner: PartnerScope,
        template: TemplateId,
        id: TemplateReleaseId,
    ) -> Result<ShownTemplateRelease, TemplateError> {
        let releases = self.releases(partner, template).await?;
        let mut releases = releases.into_iter();
        releases
            .find(|one| one.release.id == id)
            .ok_or(TemplateError::NoRelease)
    }

    /// Changes the notes of a release, whatever its state.
    ///
    /// # Errors
    /// As [`TemplateError`] says.
    pub async fn set_notes(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
        id: TemplateReleaseId,
        notes: Option<Option<String>>,
    ) -> Result<ShownTemplateRelease, TemplateError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let (_, mut release) = held(&unit, template, id).await?;
        if let Some(notes) = notes {
            bounded_option("Notes", notes.as_deref(), MOST_NOTES)?;
            release.notes = notes;
            unit.templates().save_release(&release).await?;
            unit.audit(&actor.principal, deed("release.notes_changed", &release))
                .await?;
        }
        unit.commit().await?;
        self.release(actor.scope, template, id).await
    }

    /// Removes a release with its graph; what runs of it is stopped first. Cycles that were installed from it stay.
    ///
    /// # Errors
    /// As [`TemplateError`] says; nothing is changed then.
    pub async fn delete_release(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
        id: TemplateReleaseId,
    ) -> Result<(), TemplateError> {
        let known = self.release(actor.scope, template, id).await?.release;
        if known.status == ReleaseStatus::Live {
            return Err(TemplateError::IsLive(known.number));
        }
        self.stop(actor, std::slice::from_ref(&known)).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let (_, release) = held(&unit, template, id).await?;
        if release.status == ReleaseStatus::Live {
            return Err(TemplateError::IsLive(release.number));
        }
        let part = unit.part_for(template_account(&unit).await?).await?;
        part.cycles().purge(release.cycle).await?;
        part.commit().await?;
        unit.audit(&actor.principal, deed("release.deleted", &release))
            .await?;
        Ok(unit.commit().await?)
    }

    /// Makes a draft live, and the former live release deprecated.
    ///
    /// # Errors
    /// [`TemplateError::NoDraft`]; [`TemplateError::NotConnected`] while reason codes 10 or 11 are open.
    pub async fn promote(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
        id: TemplateReleaseId,
    ) -> Result<ShownTemplateRelease, TemplateError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let (releases, release) = held(&unit, template, id).await?;
        promoted(&unit, &actor.principal, &releases, release).await?;
        unit.commit().await?;
        self.release(actor.scope, template, id).await
    }

    /// Copies a release into a draft: of its template, of another one, or of a new one.
    ///
    /// # Errors
    /// As [`TemplateError`] says.
    pub async fn copy_release(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
        copy: ReleaseCopy,
    ) -> Result<ShownTemplateRelease, TemplateError> {
        bounded_option("Notes", copy.notes.as_deref(), MOST_NOTES)?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let found = unit.templates().hold(template).await?;
        let source_template = found.ok_or(TemplateError::NotFound)?;
        let releases = unit.templates().releases(template).await?;
        let source = match copy.source {
            Some(id) => releases.iter().find(|one| one.id == id),
            None => super::installable(&releases),
        };
        let source = source.ok_or(TemplateError::Unknown("SourceReleaseId"))?;
        let part = unit.part_for(template_account(&unit).await?).await?;
        let (cycle, document) = read_graph(&part, source.cycle).await?;
        part.commit().await?;
        let draft = Draft {
            notes: copy.notes,
            ..draft_of(&cycle, &document)
        };
        let principal = &actor.principal;
        let (target, release) = match (copy.new_template, copy.target) {
            (Some(name), _) => {
                let id = TemplateId(Uuid::new_v4());
                let named = TemplateChange {
                    name: Some(name),
                    ..TemplateChange::default()
                };
                let new = NewTemplate {
                    description: source_template.description,
                    folder: copy.folder,
                    settings: source_template.settings,
                    ..named.new_template(id)?
                };
                check_folder(&unit, copy.folder).await?;
                (id, self.insert(&unit, principal, new, draft).await?)
            }
            (None, Some(target)) if target != template => {
                let found = unit.templates().hold(target).await?;
                found.ok_or(TemplateError::Unknown("TargetTemplateId"))?;
                let releases = unit.templates().releases(target).await?;
                let made = self.insert_release(&unit, principal, target, &releases, draft);
                (target, made.await?)
            }
            (None, _) => {
                let made = self.insert_release(&unit, principal, template, &releases, draft);
                (template, made.await?)
            }
        };
        unit.audit(principal, deed("release.created", &release))
            .await?;
        unit.commit().await?;
        self.release(actor.scope, target, release.id).await
    }
}

/// Makes a draft live, and the live one of these releases deprecated.
pub(super) async fn promoted(
    unit: &Unit<PartnerScope>,
    principal: &Principal,
    releases: &[TemplateRelease],
    mut release: TemplateRelease,
) -> Result<TemplateRelease, TemplateError> {
    if release.status != ReleaseStatus::Draft {
        return Err(TemplateError::NoDraft(release.number));
    }
    let part = unit.part_for(template_account(unit).await?).await?;
    let (_, document) = read_graph(&part, release.cycle).await?;
    part.commit().await?;
    if let Some(fault) = document.graph().fault() {
        return Err(TemplateError::NotConnected(fault));
    }
    if let Some(former) = live(releases) {
        let former = TemplateRelease {
            status: ReleaseStatus::Deprecated,
            ..former.clone()
        };
        unit.templates().save_release(&former).await?;
    }
    release.status = ReleaseStatus::Live;
    release.promoted_at = Some(unit.now());
    unit.templates().save_release(&release).await?;
    unit.audit(principal, deed("release.promoted", &release))
        .await?;
    Ok(release)
}

/// A draft with the graph of a cycle, whose steps remember what they are copies of.
fn draft_of(cycle: &Cycle, document: &CycleDocument) -> Draft {
    let mut remembered = document.clone();
    for step in &mut remembered.steps {
        step.origin = Some(lineage(step));
    }
    let names = Renaming::fresh(&remembered, Uuid::new_v4);
    Draft {
        name: cycle.name.clone(),
        description: cycle.description.clone(),
        settings: cycle.settings.clone(),
        document: names.copy(&remembered, Uuid::new_v4),
        notes: None,
    }
}

/// The releases of a template that the unit holds, and one of them.
async fn held(
    unit: &Unit<PartnerScope>,
    template: TemplateId,
    id: TemplateReleaseId,
) -> Result<(Vec<TemplateRelease>, TemplateRelease), TemplateError> {
    let found = unit.templates().hold(template).await?;
    found.ok_or(TemplateError::NotFound)?;
    let releases = unit.templates().releases(template).await?;
    let release = releases.iter().find(|one| one.id == id).cloned();
    Ok((releases, release.ok_or(TemplateError::NoRelease)?))
}

fn deed(action: &'static str, release: &TemplateRelease) -> Deed {
    Deed {
        action,
        object_type: "TemplateRelease",
        object_id: release.id.to_string(),
        comment: Some(format!("release {}", release.number)),
        ..Deed::default()
    }
}
