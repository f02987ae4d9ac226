//! Moving installed cycles to the live release of their template (cycles.md §2, Upgrade).

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use velodrome_connector::catalogue::View;
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountId, AccountKey, ConnectorId, CycleId, InstanceScope,
    PartnerActor, PartnerScope, StepId, TemplateId, TemplateReleaseId,
    cycle::{Cycle, CycleDocument, CycleSettings, CycleStatus, IncidentLevel, StepKind},
    definition::ReleaseStatus,
};
use velodrome_store::{ClaimedUpgrade, Deed, HookedMethod, NewIncident, StoreError, UpgradeEnd};

use super::{
    TemplateError, Templates,
    choosing::Offer,
    connecting::{Connecting, Origins, Used},
    copying::lineage,
    exchange::Head,
    files::{Difference, differences_of},
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
#[derive(Clone, Debug, PartialEq)]
pub struct Upgraded {
    /// The cycle.
    pub cycle: CycleId,
    /// Its account.
    pub account: AccountKey,
    /// What came of it.
    pub outcome: UpgradeOutcome,
}

/// What comes of an upgrade.
#[derive(Clone, Debug, PartialEq)]
pub enum UpgradeOutcome {
    /// Its turn has not come yet.
    Waiting,
    /// It runs the release; its users have to set this up again.
    Done(Vec<Prerequisite>),
    /// It was left as it was: why.
    Refused(String),
}

/// The upgrades of a template that were asked for last.
#[derive(Clone, Debug, Default)]
pub struct Upgrades {
    /// When; none if it never was.
    pub asked_at: Option<DateTime<Utc>>,
    /// Cycle by cycle.
    pub results: Vec<Upgraded>,
}

/// How long an upgrade is ours: it reads and writes one graph.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long whoever asks for upgrades waits for them; the rest goes on in the background.
const PATIENCE: Duration = Duration::from_secs(20);
/// After so many attempts that ended without any outcome an upgrade is given up.
const MOST_ATTEMPTS: i32 = 5;
/// What is told of a cycle that an upgrade has left incomplete.
const INCOMPLETE: &str = "Set up again after an upgrade";

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
        let open = self.moved(actor, id).await?;
        Ok(Upgraded {
            cycle: id,
            account: actor.key.clone(),
            outcome: UpgradeOutcome::Done(open),
        })
    }

    /// What has to be set up again of a cycle that is moved.
    async fn moved(
        &self,
        actor: &AccountActor,
        id: CycleId,
    ) -> Result<Vec<Prerequisite>, TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let cycle = unit.cycles().get(id).await?;
        drop(unit);
        let cycle = cycle.ok_or(TemplateError::NoCycle)?;
        let from = self.newer(actor, &cycle).await?;
        self.upgrade_to(actor, id, &from).await
    }

    /// Asks that every cycle of a template that has another release moves to the live one; each on its own,
    /// so that one that can't be moved holds no other one back. Waits for them, but not for ever: what is
    /// left then, also by a restart, goes on in the background.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`], [`TemplateError::NoRelease`].
    pub async fn upgrade_all(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
    ) -> Result<Upgrades, TemplateError> {
        let from = self.installable(actor.scope, template).await?;
        if from.release.status != ReleaseStatus::Live {
            return Ok(Upgrades::default());
        }
        let unit = self.bench.store.begin(&actor.scope).await?;
        let found = unit.templates().hold(template).await?;
        found.ok_or(TemplateError::NotFound)?;
        let mut installed = unit.templates().installed(template).await?;
        installed.retain(|cycle| {
            let release = cycle.origin.map(|origin| origin.release);
            release.is_some_and(|release| release != from.release.id)
        });
        let rows = unit.templates();
        rows.ask_upgrades(template, &installed, &actor.principal)
            .await?;
        unit.commit().await?;
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if self.work_off_upgrades(Some(template), 1).await? == 0 {
                break;
            }
        }
        self.upgrades(actor.scope, template).await
    }

    /// The upgrades of a template that were asked for last.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`].
    pub async fn upgrades(
        &self,
        partner: PartnerScope,
        template: TemplateId,
    ) -> Result<Upgrades, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let found = unit.templates().get(template).await?;
        found.ok_or(TemplateError::NotFound)?;
        let stored = unit.templates().upgrades(template).await?;
        let mut keys: HashMap<AccountId, AccountKey> = HashMap::new();
        let mut upgrades = Upgrades {
            asked_at: stored.first().map(|one| one.asked_at),
            results: Vec::with_capacity(stored.len()),
        };
        for one in stored {
            let key = match keys.get(&one.account) {
                Some(key) => key.clone(),
                None => {
                    let account = unit.accounts().get(one.account).await?;
                    let Some(account) = account else { continue };
                    keys.insert(one.account, account.key.clone());
                    account.key
                }
            };
            upgrades.results.push(Upgraded {
                cycle: one.cycle,
                account: key,
                outcome: outcome_of(one.end)?,
            });
        }
        Ok(upgrades)
    }

    /// Makes up to `limit` of the upgrades that were asked for, those of one template where it is named, one
    /// after the other; says how many.
    ///
    /// # Errors
    /// When the store fails; what was begun then is tried again when its lease lapses.
    pub async fn work_off_upgrades(
        &self,
        of: Option<TemplateId>,
        limit: u64,
    ) -> Result<usize, TemplateError> {
        let unit = self.bench.store.begin(&InstanceScope).await?;
        let claimed = unit.claim_upgrades(of, limit, LEASE).await?;
        unit.commit().await?;
        let count = claimed.len();
        for one in claimed {
            let (id, attempts) = (one.id, one.attempts);
            let end = match Box::pin(self.make_upgrade(one)).await {
                Ok(open) => UpgradeEnd {
                    is_upgraded: true,
                    message: None,
                    prerequisites: Some(serde_json::to_value(open).map_err(|_| corrupt())?),
                },
                Err(TemplateError::Store(cause)) if attempts < MOST_ATTEMPTS => {
                    return Err(cause.into());
                }
                Err(why) => UpgradeEnd {
                    message: Some(why.to_string()),
                    ..UpgradeEnd::default()
                },
            };
            let unit = self.bench.store.begin(&InstanceScope).await?;
            unit.end_upgrade(id, end).await?;
            unit.commit().await?;
        }
        Ok(count)
    }

    /// Makes an upgrade that is ours. It may have been made before.
    async fn make_upgrade(&self, one: ClaimedUpgrade) -> Result<Vec<Prerequisite>, TemplateError> {
        let partner = PartnerScope {
            partner: one.scope.partner,
        };
        let unit = self.bench.store.read(&partner).await?;
        let account = unit.accounts().get(one.scope.account).await?;
        let account = account.ok_or(TemplateError::AccountGone)?;
        drop(unit);
        let actor = AccountActor {
            scope: one.scope,
            key: account.key,
            parent: account.parent.map(|(parent, _)| parent),
            restricted: false,
            principal: one.principal,
        };
        match self.moved(&actor, one.cycle).await {
            // A lease that lapsed between the upgrade and the note of it.
            Err(TemplateError::UpToDate) => self.pause_unready(&actor, one.cycle).await,
            moved => moved,
        }
    }

    /// What an upgrade of a cycle to the live release of its template would change, in the words of template
    /// files; nothing is changed, and account connectors are not looked at.
    ///
    /// # Errors
    /// As [`Self::upgrade`] has them.
    pub async fn preview(
        &self,
        actor: &AccountActor,
        id: CycleId,
    ) -> Result<Vec<Difference>, TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let cycle = unit.cycles().get(id).await?;
        let cycle = cycle.ok_or(TemplateError::NoCycle)?;
        let former = unit.cycles().document(id, cycle.version).await?.document;
        drop(unit);
        let from = self.newer(actor, &cycle).await?;
        let partner = partner(actor);
        let view = self.view(partner).await?;
        let used = Used::of(&from.document, &view)?;
        let document = upgraded(&former, &from.document, is_same(&view, &used), Uuid::new_v4);
        let head = |settings: &CycleSettings| Head {
            name: cycle.name.clone(),
            description: cycle.description.clone(),
            settings: CycleSettings {
                is_shareable: false,
                ..settings.clone()
            },
            template: None,
        };
        let none = Origins::default();
        let before = head(&cycle.settings);
        let before = self.exported(partner, &before, &former, &none).await?;
        let after = head(&from.settings());
        let after = self.exported(partner, &after, &document, &none).await?;
        differences_of(before, after).map_err(|error| TemplateError::NoDocument(error.to_string()))
    }

    /// The live release of a cycle's template, if that is another one than the cycle's.
    async fn newer(
        &self,
        actor: &AccountActor,
        cycle: &Cycle,
    ) -> Result<Installable, TemplateError> {
        let origin = cycle.origin.ok_or(TemplateError::NoTemplate)?;
        let from = match self.installable(partner(actor), origin.template).await {
            Ok(from) if from.release.status == ReleaseStatus::Live => from,
            Ok(_) | Err(TemplateError::NotFound | TemplateError::NoRelease) => {
                return Err(TemplateError::NothingNewer);
            }
            Err(other) => return Err(other),
        };
        match from.release.id == origin.release {
            true => Err(TemplateError::UpToDate),
            false => Ok(from),
        }
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
        let is_same = is_same(&view, &used);
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
        if open.is_empty() {
            return Ok(open);
        }
        if design.cycle.status != CycleStatus::Paused {
            Box::pin(self.cycles.deactivate(actor, id, Stop::Now)).await?;
        }
        let mut reasons: Vec<&str> = open.iter().map(|one| one.reason.text()).collect();
        reasons.dedup();
        let detail = format!(
            "After the upgrade to the template's live release the cycle can't run: {}. Set it up and start it again.",
            reasons.join(", ")
        );
        let unit = self.bench.store.begin(&actor.scope).await?;
        let message = (IncidentLevel::Error, INCOMPLETE.to_owned());
        let told = NewIncident::new(&unit, None, message, detail)?;
        unit.runs().tell(id, told).await?;
        unit.commit().await?;
        Ok(open)
    }
}

/// Whether two releases are of the same connector.
fn is_same<'v>(view: &'v View, used: &'v Used) -> impl Fn(ConnectorId, ConnectorId) -> bool + 'v {
    let uid = move |connector| {
        let known = view.release(connector).map(|release| release.listed().uid);
        known.or_else(|| used.uid(connector))
    };
    move |one, other| uid(one).is_some() && uid(one) == uid(other)
}

fn outcome_of(end: Option<UpgradeEnd>) -> Result<UpgradeOutcome, StoreError> {
    let Some(end) = end else {
        return Ok(UpgradeOutcome::Waiting);
    };
    if !end.is_upgraded {
        return Ok(UpgradeOutcome::Refused(end.message.unwrap_or_default()));
    }
    let open = end.prerequisites.map(serde_json::from_value).transpose();
    let open = open.map_err(|_| corrupt())?;
    Ok(UpgradeOutcome::Done(open.unwrap_or_default()))
}

fn corrupt() -> StoreError {
    StoreError::Corrupt {
        what: "prerequisites of an upgrade",
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
