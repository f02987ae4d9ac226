//! Moving installed cycles to the live release of their template (cycles.md §2, Upgrade).

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountId, AccountKey, AccountScope, CycleId, PartnerActor,
    StepId, TemplateId, TemplateReleaseId,
    cycle::{Cycle, CycleDocument, CycleSettings, CycleStatus, StepKind},
    definition::ReleaseStatus,
};
use velodrome_store::{Deed, HookedMethod};

use super::{
    TemplateError, Templates,
    choosing::Offer,
    connecting::{Connecting, Used},
    copying::lineage,
    installing::{Installable, partner},
    live,
    merging::upgraded,
};
use crate::cycles::{Stop, give_webhook_keys, prerequisites::Prerequisite};

/// A cycle for whose template there is a newer release.
#[derive(Clone, Debug)]
pub struct Upgradeable {
    /// The cycle.
    pub cycle: Cycle,
    /// Its template.
    pub template: TemplateId,
    /// The release in use.
    pub release: TemplateReleaseId,
    /// The live one.
    pub live: TemplateReleaseId,
}

/// What became of a cycle of a template.
#[derive(Debug)]
pub struct Upgraded {
    /// The cycle.
    pub cycle: CycleId,
    /// Its account.
    pub account: AccountKey,
    /// What its users have to set up again, or why it was left as it was.
    pub outcome: Result<Vec<Prerequisite>, TemplateError>,
}

impl Templates {
    /// The account's cycles whose template has another live release, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn upgradeable(
        &self,
        actor: &AccountActor,
    ) -> Result<Vec<Upgradeable>, TemplateError> {
        let unit = self.bench.store.read(&partner(actor)).await?;
        let templates = unit.templates().all().await?;
        let releases = unit.templates().all_releases().await?;
        let newest: HashMap<TemplateId, TemplateReleaseId> = templates
            .iter()
            .filter_map(|one| Some((one.id, live(releases.get(&one.id)?)?.id)))
            .collect();
        let unit = unit.into_account(actor.scope.account);
        let mut found: Vec<Upgradeable> = unit
            .cycles()
            .all()
            .await?
            .into_iter()
            .filter_map(|cycle| {
                let origin = cycle.origin?;
                let live = *newest.get(&origin.template)?;
                (live != origin.release).then_some(Upgradeable {
                    cycle,
                    template: origin.template,
                    release: origin.release,
                    live,
                })
            })
            .collect();
        found.sort_by_cached_key(|one| (one.cycle.name.to_lowercase(), one.cycle.id));
        Ok(found)
    }

    /// Moves a cycle to the live release of its template.
    ///
    /// # Errors
    /// As [`TemplateError`] says; it is left as it was then.
    pub async fn upgrade(
        &self,
        actor: &AccountActor,
        id: CycleId,
    ) -> Result<Upgraded, TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let cycle = unit.cycles().get(id).await?;
        drop(unit);
        let cycle = cycle.ok_or(TemplateError::NoCycle)?;
        let origin = cycle.origin.ok_or(TemplateError::NoTemplate)?;
        let from = match self.installable(partner(actor), origin.template).await {
            Ok(from) if from.release.status == ReleaseStatus::Live => from,
            Ok(_) | Err(TemplateError::NotFound | TemplateError::NoRelease) => {
                return Err(TemplateError::NothingNewer);
            }
            Err(other) => return Err(other),
        };
        if from.release.id == origin.release {
            return Err(TemplateError::UpToDate);
        }
        let open = self.upgrade_to(actor, id, &from).await?;
        Ok(Upgraded {
            cycle: id,
            account: actor.key.clone(),
            outcome: Ok(open),
        })
    }

    /// Moves every cycle of a template that has another release to the live one; each on its own, so that
    /// one that can't be moved holds no other one back.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`]; [`TemplateError::NothingNewer`] while nothing is live.
    pub async fn upgrade_all(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
    ) -> Result<Vec<Upgraded>, TemplateError> {
        let from = self.installable(actor.scope, template).await?;
        if from.release.status != ReleaseStatus::Live {
            return Ok(Vec::new());
        }
        let unit = self.bench.store.read(&actor.scope).await?;
        let mut installed = unit.templates().installed(template).await?;
        installed.retain(|cycle| {
            let release = cycle.origin.map(|origin| origin.release);
            release.is_some_and(|release| release != from.release.id)
        });
        let mut actors: HashMap<AccountId, AccountActor> = HashMap::new();
        for cycle in &installed {
            let account = unit.accounts().get(cycle.account).await?;
            let account = account.ok_or(TemplateError::AccountGone)?;
            let acting = AccountActor {
                scope: AccountScope {
                    partner: actor.scope.partner,
                    account: account.id,
                },
                key: account.key,
                parent: account.parent.map(|(parent, _)| parent),
                restricted: false,
                principal: actor.principal.clone(),
            };
            actors.insert(cycle.account, acting);
        }
        drop(unit);
        let mut results = Vec::with_capacity(installed.len());
        for cycle in installed {
            let Some(acting) = actors.get(&cycle.account) else {
                continue;
            };
            let outcome = Box::pin(self.upgrade_to(acting, cycle.id, &from)).await;
            results.push(Upgraded {
                cycle: cycle.id,
                account: acting.key.clone(),
                outcome: match outcome {
                    Err(TemplateError::Store(cause)) => return Err(cause.into()),
                    other => other,
                },
            });
        }
        Ok(results)
    }

    async fn upgrade_to(
        &self,
        actor: &AccountActor,
        id: CycleId,
        from: &Installable,
    ) -> Result<Vec<Prerequisite>, TemplateError> {
        let view = self.view(partner(actor)).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.get(id).await?.ok_or(TemplateError::NoCycle)?;
        let mut revision = rows.document(id, cycle.version).await?;
        let former = &revision.document;
        let used = Used::of(&from.document, &view)?;
        let uid = |connector| {
            let known = view.release(connector).map(|release| release.listed().uid);
            known.or_else(|| used.uid(connector))
        };
        let is_same = |one, other| uid(one).is_some() && uid(one) == uid(other);
        let mut document = upgraded(former, &from.document, is_same, Uuid::new_v4);
        let settled = settled(former, &document);
        let connecting = Connecting {
            actor,
            origins: &from.origins,
            used: &used,
            offer: Offer {
                in_use: in_use(&from.document, &document, &settled),
                fresh: from.template.settings.fresh.clone(),
                ..Offer::default()
            },
            settled,
            shares_custom_fields: from.template.settings.shares_custom_fields,
        };
        self.connect(&unit, connecting, &mut document).await?;
        revision.document = document;
        rows.save_document(id, &revision).await?;
        // Writing the graph may have made a version of its own.
        let cycle = rows.get(id).await?.ok_or(TemplateError::NoCycle)?;
        let cycle_version = cycle.version;
        let cycle_runs = cycle.status != CycleStatus::Paused;
        rows.save(&Cycle {
            settings: CycleSettings {
                is_shareable: cycle.settings.is_shareable,
                ..from.settings()
            },
            origin: Some(from.origin()),
            ..cycle
        })
        .await?;
        let document = rows.document(id, cycle_version).await?.document;
        give_webhook_keys(&unit, id, &document).await?;
        if cycle_runs {
            unit.registrations().want(id, &hooked(&document)).await?;
        }
        let deed = Deed {
            action: "cycle.upgraded",
            object_type: "Cycle",
            object_id: id.to_string(),
            comment: Some(format!("release {}", from.release.number)),
            ..Deed::default()
        };
        unit.audit(&actor.principal, deed).await?;
        unit.commit().await?;
        self.installations.forget_all();
        self.pause_unready(actor, id).await
    }

    /// What a cycle lacks after an upgrade; one that runs and lacks something is paused.
    async fn pause_unready(
        &self,
        actor: &AccountActor,
        id: CycleId,
    ) -> Result<Vec<Prerequisite>, TemplateError> {
        let design = Box::pin(self.cycles.design(actor, id)).await?;
        let open = design.prerequisites()?;
        if !open.is_empty() && design.cycle.status != CycleStatus::Paused {
            Box::pin(self.cycles.deactivate(actor, id, Stop::Now)).await?;
        }
        Ok(open)
    }
}

/// Steps of an upgraded graph that kept the account connector which they had.
fn settled(former: &CycleDocument, document: &CycleDocument) -> HashSet<StepId> {
    let connector = |document: &CycleDocument, id| {
        let step = document.step(id)?;
        step.method()?.account_connector
    };
    document
        .steps
        .iter()
        .map(|step| step.id)
        .filter(|id| {
            let had = connector(former, *id);
            had.is_some() && had == connector(document, *id)
        })
        .collect()
}

/// The webhook steps of a graph, with what they receive.
fn hooked(document: &CycleDocument) -> Vec<(StepId, HookedMethod)> {
    let steps = document.steps.iter();
    let of = |step: &velodrome_model::cycle::Step| {
        let method = step.method().filter(|method| method.is_webhook)?;
        let of = HookedMethod {
            account_connector: method.account_connector?,
            connector: method.connector,
            method: method.method,
        };
        Some((step.id, of))
    };
    steps.filter_map(of).collect()
}

/// Account connectors that stand for the template's already, as the steps that stayed show it.
fn in_use(
    release: &CycleDocument,
    document: &CycleDocument,
    settled: &HashSet<StepId>,
) -> HashMap<AccountConnectorId, AccountConnectorId> {
    let theirs: HashMap<StepId, AccountConnectorId> = document
        .steps
        .iter()
        .filter(|step| settled.contains(&step.id))
        .filter_map(|step| Some((step.origin?, step.method()?.account_connector?)))
        .collect();
    release
        .steps
        .iter()
        .filter_map(|step| match &step.kind {
            StepKind::Method(method) => {
                Some((method.account_connector?, *theirs.get(&lineage(step))?))
            }
            _ => None,
        })
        .collect()
}
