//! Cycles themselves: list, make, change, delete.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;
use velodrome_model::{
    AccountActor, AccountConnectorId, ConnectorId, CycleId, RetentionPeriod,
    cycle::{
        CollectionSplitting, Cycle, CycleDocument, CycleSchedule, CycleSettings, Retries,
        RunSettings, StepErrorAction,
    },
};
use velodrome_store::{CycleCounts, NewCycle};

use super::{
    CycleError, Cycles, Stop,
    connectors::{Connectors, Wanted},
    deed,
};
use crate::{
    Invalid,
    custom_fields::is_authenticated,
    invalid::{bounded_option, required_text},
    library::icon,
    settings::check_not_negative,
};

/// The most cycles of an account.
const MAX_CYCLES: usize = 10_000;
/// The most characters of a name, a description and a tag, and the most tags.
pub(super) const MAX_NAME: usize = 255;
pub(super) const MAX_DESCRIPTION: usize = 4_000;
const MAX_TAG: usize = 100;
const MAX_TAGS: usize = 100;

/// A cycle as it is listed.
#[derive(Clone, Debug)]
pub struct ShownCycle {
    /// The cycle.
    pub cycle: Cycle,
    /// How its transactions run.
    pub run: RunSettings,
    /// The connectors that its steps use, in the order of the steps.
    pub connectors: Vec<UsedConnector>,
    /// What its runs came to.
    pub counts: CycleCounts,
}

/// A connector that steps of a cycle use.
#[derive(Clone, Debug)]
pub struct UsedConnector {
    /// The release, as people are shown it.
    pub id: ConnectorId,
    /// The installation; none where none is chosen.
    pub account_connector: Option<AccountConnectorId>,
    /// Name of the connector.
    pub name: String,
    /// Version of the remote API.
    pub version: Option<String>,
    /// Whether the installation has what it needs to call.
    pub is_authenticated: bool,
    /// How many steps use it.
    pub steps: usize,
    /// `data:` URI.
    pub icon: Option<Arc<str>>,
    /// A utility connector.
    pub is_utility: bool,
}

/// Which cycles are listed.
#[derive(Clone, Debug, Default)]
pub struct CycleFilter {
    /// With this tag, case-sensitive.
    pub tag: Option<String>,
    /// Whose name contains this, in any case.
    pub query: Option<String>,
    /// That use a connector of this name, in any case.
    pub connector: Option<String>,
    /// In this version; means nothing without a name.
    pub version: Option<String>,
}

/// A cycle to be made, or a change of one. Outer none: keep, or the default; inner none: clear.
#[derive(Clone, Debug, Default)]
pub struct CycleChange {
    /// Name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<Option<String>>,
    /// May be copied to the template library.
    pub is_shareable: Option<bool>,
    /// On Step Error.
    pub on_error: Option<StepErrorAction>,
    /// How often a step is tried again.
    pub retries: Option<i64>,
    /// Requests are kept as well as answers.
    pub logs_requests: Option<bool>,
    /// Which steps' lists become transactions.
    pub splitting: Option<CollectionSplitting>,
    /// One transaction at a time.
    pub in_order: Option<bool>,
    /// Hours that data of successful transactions is kept.
    pub success_retention_hours: Option<Option<i32>>,
    /// Hours that data of errored transactions is kept.
    pub errored_retention_hours: Option<Option<i32>>,
    /// Tags.
    pub tags: Option<Vec<String>>,
}

/// What a cycle has that somebody can set.
struct Values {
    name: String,
    description: Option<String>,
    settings: CycleSettings,
    run: RunSettings,
}

impl CycleChange {
    /// Judges what can be judged without anything that is stored.
    fn check(&self) -> Result<(), Invalid> {
        self.clone().apply(&mut Values {
            name: "kept".to_owned(),
            description: None,
            settings: CycleSettings::default(),
            run: RunSettings::default(),
        })
    }

    fn apply(self, to: &mut Values) -> Result<(), Invalid> {
        if let Some(name) = self.name {
            to.name = name;
        }
        to.name = required_text("Name", &to.name, MAX_NAME)?;
        if let Some(description) = self.description {
            bounded_option("Description", description.as_deref(), MAX_DESCRIPTION)?;
            to.description = description;
        }
        let (settings, run) = (&mut to.settings, &mut to.run);
        settings.is_shareable = self.is_shareable.unwrap_or(settings.is_shareable);
        run.on_error = self.on_error.unwrap_or(run.on_error);
        run.logs_requests = self.logs_requests.unwrap_or(run.logs_requests);
        run.splitting = self.splitting.unwrap_or(run.splitting);
        run.in_order = self.in_order.unwrap_or(run.in_order);
        if let Some(retries) = self.retries {
            run.retries = Retries::try_from(retries)
                .map_err(|fault| Invalid::new("cycle.retries", format_args!("{fault}.")))?;
        }
        for (property, change, stored) in [
            (
                "StepDataSuccessRetentionHours",
                self.success_retention_hours,
                &mut settings.success_retention_hours,
            ),
            (
                "StepDataErroredRetentionHours",
                self.errored_retention_hours,
                &mut settings.errored_retention_hours,
            ),
        ] {
            if let Some(hours) = change {
                check_not_negative(property, hours.unwrap_or(0))?;
                let capped = hours.map(|hours| hours.min(RetentionPeriod::MAX_HOURS));
                *stored = capped.and_then(|hours| u32::try_from(hours).ok());
            }
        }
        if let Some(tags) = self.tags {
            settings.tags = checked_tags(tags)?;
        }
        Ok(())
    }
}

/// Tags without blanks around them, each once, in the order given.
fn checked_tags(tags: Vec<String>) -> Result<Vec<String>, Invalid> {
    let mut checked: Vec<String> = Vec::new();
    for tag in tags {
        let tag = required_text("Every tag", &tag, MAX_TAG)?;
        if !checked.contains(&tag) {
            checked.push(tag);
        }
    }
    if checked.len() > MAX_TAGS {
        let text = format_args!("Tags may hold at most {MAX_TAGS} tags.");
        return Err(Invalid::new("cycle.too_many_tags", text));
    }
    Ok(checked)
}

impl Cycles {
    /// The account's cycles without those in the recycle bin, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        actor: &AccountActor,
        filter: &CycleFilter,
    ) -> Result<Vec<ShownCycle>, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let mut cycles = rows.all().await?;
        cycles.retain(|cycle| filter.admits(cycle));
        let documents = rows.documents_of(&cycles).await?;
        let ids: Vec<CycleId> = cycles.iter().map(|cycle| cycle.id).collect();
        let counts = self.run_counts(&unit, &ids).await?;
        drop(unit);
        let connectors = self
            .connectors(actor, documents.values(), Wanted::default())
            .await?;
        let shown = cycles.into_iter().map(|cycle| {
            let document = documents.get(&cycle.id);
            shown(cycle, document, &connectors, &counts)
        });
        Ok(shown.filter(|one| filter.admits_connectors(one)).collect())
    }

    /// A cycle.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has none of this id.
    pub async fn get(&self, actor: &AccountActor, id: CycleId) -> Result<ShownCycle, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.get(id).await?.ok_or(CycleError::NotFound)?;
        let document = rows.document(id, cycle.version).await?.document;
        let counts = self.run_counts(&unit, &[id]).await?;
        drop(unit);
        let connectors = self
            .connectors(actor, [&document], Wanted::default())
            .await?;
        Ok(shown(cycle, Some(&document), &connectors, &counts))
    }

    /// Makes an empty, paused cycle.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is made then.
    pub async fn create(
        &self,
        actor: &AccountActor,
        new: CycleChange,
    ) -> Result<ShownCycle, CycleError> {
        let mut values = Values {
            name: String::new(),
            description: None,
            settings: CycleSettings::default(),
            run: RunSettings::default(),
        };
        new.apply(&mut values)?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let rows = unit.cycles();
        if rows.all().await?.len() >= MAX_CYCLES {
            let text = format_args!("An account may have at most {MAX_CYCLES} cycles.");
            return Err(CycleError::invalid("cycle.too_many", text));
        }
        let new = NewCycle {
            id: CycleId(Uuid::new_v4()),
            name: values.name,
            description: values.description,
            settings: values.settings,
            origin: None,
            schedule: CycleSchedule::default(),
            document: CycleDocument {
                settings: values.run,
                ..CycleDocument::default()
            },
        };
        let cycle = rows.insert(new).await?;
        unit.audit(&actor.principal, deed("cycle.created", cycle.id))
            .await?;
        unit.commit().await?;
        self.get(actor, cycle.id).await
    }

    /// Changes a cycle.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn update(
        &self,
        actor: &AccountActor,
        id: CycleId,
        change: CycleChange,
    ) -> Result<ShownCycle, CycleError> {
        change.check()?;
        let mut edit = self.edit(actor, id).await?;
        let cycle = &mut edit.cycle;
        let mut values = Values {
            name: cycle.name.clone(),
            description: cycle.description.clone(),
            settings: cycle.settings.clone(),
            run: edit.revision.document.settings,
        };
        change.apply(&mut values)?;
        cycle.name = values.name;
        cycle.description = values.description;
        cycle.settings = values.settings;
        edit.unit.cycles().save(cycle).await?;
        if edit.revision.document.settings == values.run {
            edit.unit
                .audit(&actor.principal, deed("cycle.updated", id))
                .await?;
            edit.unit.commit().await?;
        } else {
            edit.revision.document.settings = values.run;
            edit.save(actor, "cycle.updated").await?;
        }
        self.get(actor, id).await
    }

    /// Puts a cycle into the recycle bin; a running one is stopped first.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has none of this id, [`CycleError::Invalid`] when it holds
    /// the graph of a template's release.
    pub async fn delete(&self, actor: &AccountActor, id: CycleId) -> Result<(), CycleError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let rows = unit.cycles();
        let mut cycle = rows.hold(id).await?.ok_or(CycleError::NotFound)?;
        if rows.release_status(id).await?.is_some() {
            let text = "The cycle holds a template release. Delete the release instead.";
            return Err(CycleError::invalid("cycle.of_release", text));
        }
        self.stop_runs(&unit, &mut cycle, Stop::Delete).await?;
        cycle.deleted_at = Some(unit.now());
        rows.save(&cycle).await?;
        unit.audit(&actor.principal, deed("cycle.deleted", id))
            .await?;
        Ok(unit.commit().await?)
    }
}

impl CycleFilter {
    fn admits(&self, cycle: &Cycle) -> bool {
        let has_tag = self
            .tag
            .as_ref()
            .is_none_or(|tag| cycle.settings.tags.contains(tag));
        let is_named = self.query.as_deref().is_none_or(|text| {
            let name = cycle.name.to_lowercase();
            name.contains(&text.to_lowercase())
        });
        has_tag && is_named
    }

    fn admits_connectors(&self, shown: &ShownCycle) -> bool {
        let Some(name) = &self.connector else {
            return true;
        };
        let is_same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        shown.connectors.iter().any(|one| {
            let version = one.version.as_deref().unwrap_or_default();
            let has_version = self
                .version
                .as_deref()
                .is_none_or(|wanted| is_same(version, wanted));
            is_same(&one.name, name) && has_version
        })
    }
}

fn shown(
    cycle: Cycle,
    document: Option<&CycleDocument>,
    connectors: &Connectors,
    counts: &HashMap<CycleId, CycleCounts>,
) -> ShownCycle {
    ShownCycle {
        run: document.map(|it| it.settings).unwrap_or_default(),
        connectors: document.map(|it| used(it, connectors)).unwrap_or_default(),
        counts: counts.get(&cycle.id).copied().unwrap_or_default(),
        cycle,
    }
}

/// The connectors of a document's steps, each with every installation that is used of it.
fn used(document: &CycleDocument, connectors: &Connectors) -> Vec<UsedConnector> {
    let mut used: Vec<((ConnectorId, Option<AccountConnectorId>), UsedConnector)> = Vec::new();
    for method in document.steps.iter().filter_map(|step| step.method()) {
        let key = (method.connector, method.account_connector);
        if let Some((_, one)) = used.iter_mut().find(|(own, _)| *own == key) {
            one.steps += 1;
            continue;
        }
        let release = connectors.release(method.connector);
        let listed = release.map(|release| release.listed());
        let installation = method
            .account_connector
            .and_then(|id| connectors.installation(id));
        let one = UsedConnector {
            id: listed.map_or(method.connector, |it| it.shown),
            account_connector: method.account_connector,
            name: listed.map(|it| it.name.clone()).unwrap_or_default(),
            version: listed.and_then(|it| it.version.clone()),
            is_authenticated: installation.is_some_and(|it| is_authenticated(it)),
            steps: 1,
            icon: release.and_then(|release| icon(release)),
            is_utility: listed.is_some_and(|it| it.utility),
        };
        used.push((key, one));
    }
    used.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: CycleChange) -> String {
        change.check().unwrap_err().message
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let change = CycleChange::default;
        for (change, says) in [
            (
                CycleChange {
                    name: Some(" ".into()),
                    ..change()
                },
                "Name is required.",
            ),
            (
                CycleChange {
                    retries: Some(6),
                    ..change()
                },
                "MaxRetriesOnError must be 1 to 5.",
            ),
            (
                CycleChange {
                    success_retention_hours: Some(Some(-2)),
                    ..change()
                },
                "StepDataSuccessRetentionHours (-2): may not be negative",
            ),
            (
                CycleChange {
                    tags: Some(vec!["a".into(), " ".into()]),
                    ..change()
                },
                "Every tag is required.",
            ),
        ] {
            assert_eq!(refused(change), says);
        }
    }

    #[test]
    fn tags_are_trimmed_and_stand_once() {
        let tags = ["a", " b ", "a", "A"].map(str::to_owned).to_vec();
        assert_eq!(checked_tags(tags).unwrap(), ["a", "b", "A"]);
    }
}
