//! Installing templates into accounts (cycles.md §2, Install).

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use velodrome_model::{
    AccountActor, AccountConnectorId, AnyActor, ConnectorId, ConnectorUid, CycleId, PartnerScope,
    TemplateId,
    cycle::{
        Cycle, CycleDocument, CycleSchedule, CycleSettings, Interval, Origin, Template,
        TemplateRelease,
    },
};
use velodrome_store::{Deed, NewCycle};

use super::{
    TemplateError, Templates,
    choosing::Offer,
    connecting::{Connecting, Origins, Used},
    copying::{Renaming, as_installed},
    installable, read_graph,
};
use crate::{
    account_connectors::owners,
    cycles::{StepSetup, VariableChange, give_webhook_keys},
    invalid::{bounded_option, required_text},
};

/// How a template is installed.
#[derive(Clone, Debug, Default)]
pub struct TemplateInstall {
    /// Name of the cycle; the template's when absent.
    pub name: Option<String>,
    /// Free text; the template's when absent.
    pub description: Option<String>,
    /// Account connectors, by the connector that they are of.
    pub account_connectors: Vec<(ConnectorId, AccountConnectorId)>,
    /// Values of variables; nothing else of them is changed.
    pub variables: Vec<VariableChange>,
    /// Mappings, by the steps of the template.
    pub setups: Vec<StepSetup>,
}

/// The release of a template that is installed, with everything that comes with it.
pub(super) struct Installable {
    pub template: Template,
    pub release: TemplateRelease,
    /// The cycle of the template account.
    pub cycle: Cycle,
    pub document: CycleDocument,
    pub origins: Origins,
}

impl Installable {
    /// Settings of an installed cycle.
    pub fn settings(&self) -> CycleSettings {
        CycleSettings {
            tags: self.template.settings.tags.clone(),
            ..self.cycle.settings.clone()
        }
    }

    pub fn origin(&self) -> Origin {
        Origin {
            template: self.template.id,
            release: self.release.id,
        }
    }
}

impl Templates {
    /// Makes a paused cycle of a template's live release, or of its newest draft while nothing is live.
    ///
    /// # Errors
    /// As [`TemplateError`] says; nothing is made or installed then.
    pub async fn install(
        &self,
        actor: &AccountActor,
        template: TemplateId,
        install: TemplateInstall,
    ) -> Result<CycleId, TemplateError> {
        let partner = partner(actor);
        let from = self.installable(partner, template).await?;
        let name = install.name.as_deref().unwrap_or(&from.template.name);
        let name = required_text("Name", name, 255)?;
        bounded_option("Description", install.description.as_deref(), 4_000)?;
        let chosen = self.chosen(actor, &install.account_connectors).await?;
        let view = self.view(partner).await?;
        let used = Used::of(&from.document, &view)?;
        let settings = &from.template.settings;
        let mut asked = as_installed(&from.document);
        if !install.setups.is_empty() || !install.variables.is_empty() {
            // Numbers of fields are those of the template's connectors, where the caller has read them.
            let acting = self
                .template_actor(&AnyActor::Account(actor.clone()))
                .await?;
            let (setups, variables) = (install.setups, install.variables);
            let set_up = self.cycles.set_up(&acting, &mut asked, setups, variables);
            Box::pin(set_up).await?;
        }
        let names = Renaming::fresh(&asked, Uuid::new_v4);
        let mut document = names.copy(&asked, Uuid::new_v4);

        let unit = self.bench.store.begin(&actor.scope).await?;
        let connecting = Connecting {
            actor,
            origins: &from.origins,
            used: &used,
            offer: Offer {
                chosen,
                fresh: settings.fresh.clone(),
                ..Offer::default()
            },
            settled: HashSet::new(),
            shares_custom_fields: settings.shares_custom_fields,
        };
        self.connect(&unit, connecting, &mut document).await?;
        let interval = Interval::try_from(i64::from(settings.interval)).ok();
        let cycle = unit
            .cycles()
            .insert(NewCycle {
                id: CycleId(Uuid::new_v4()),
                name,
                description: install
                    .description
                    .or_else(|| from.template.description.clone()),
                settings: from.settings(),
                origin: Some(from.origin()),
                schedule: CycleSchedule {
                    interval: interval.filter(|_| !settings.runs_once),
                    runs_once: settings.runs_once,
                    ..CycleSchedule::default()
                },
                document: document.clone(),
            })
            .await?;
        give_webhook_keys(&unit, cycle.id, &document).await?;
        let deed = Deed {
            action: "cycle.installed",
            object_type: "Cycle",
            object_id: cycle.id.to_string(),
            comment: Some(format!("template {template}")),
            ..Deed::default()
        };
        unit.audit(&actor.principal, deed).await?;
        unit.commit().await?;
        self.installations.forget_all();
        Ok(cycle.id)
    }

    /// The release that an installation takes.
    pub(super) async fn installable(
        &self,
        partner: PartnerScope,
        id: TemplateId,
    ) -> Result<Installable, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let template = unit.templates().get(id).await?;
        let template = template.ok_or(TemplateError::NotFound)?;
        let releases = unit.templates().releases(id).await?;
        drop(unit);
        let release = installable(&releases).ok_or(TemplateError::NoRelease)?;
        let unit = self.template_unit(partner).await?;
        let (cycle, document) = read_graph(&unit, release.cycle).await?;
        Ok(Installable {
            origins: self.origins(&unit, &document).await?,
            template,
            release: release.clone(),
            cycle,
            document,
        })
    }

    /// Account connectors that the caller has chosen; each is one that the account can use, of the
    /// connector that it is chosen for.
    async fn chosen(
        &self,
        actor: &AccountActor,
        wanted: &[(ConnectorId, AccountConnectorId)],
    ) -> Result<HashMap<ConnectorUid, AccountConnectorId>, TemplateError> {
        let mut chosen = HashMap::new();
        if wanted.is_empty() {
            return Ok(chosen);
        }
        let view = self.bench.installed(actor.scope).await?;
        let mut usable = HashMap::new();
        for scope in owners(actor) {
            let unit = self.bench.store.read(&scope).await?;
            let all = unit.account_connectors().all().await?;
            usable.extend(all.into_iter().map(|one| (one.id, one.connector_uid)));
        }
        for (connector, id) in wanted {
            let uid = view.release(*connector).map(|release| release.listed().uid);
            match (uid, usable.get(id)) {
                (Some(uid), Some(of)) if uid == *of => {
                    chosen.insert(uid, *id);
                }
                _ => {
                    return Err(TemplateError::ForeignConnector {
                        connector: *connector,
                        account_connector: *id,
                    });
                }
            }
        }
        Ok(chosen)
    }
}

pub(super) fn partner(actor: &AccountActor) -> PartnerScope {
    PartnerScope {
        partner: actor.scope.partner,
    }
}
