//! Looking at transactions, requests and incidents, and acting on them by hand.

use std::{collections::HashMap, sync::Arc};

use velodrome_model::{
    AccountActor, AccountScope, CycleId, Page, PageRequest, TransactionId, WebhookRequestId,
    cycle::{Cycle, CycleStatus, TransactionStatus},
};
use velodrome_store::{
    Deed, Incident, IncidentCause, IncidentFilter, RequestSummary, StoreError, Transaction,
    TransactionFilter, TransactionItem, Unit, WebhookTarget,
};

use super::{
    Inner, Runs,
    webhooks::{WebhookError, restored},
};
use crate::steps::Reception;

/// Items of one transaction that are looked through; a transaction yields before it has as many.
const MOST_ITEMS: u64 = 10_000;

/// Transactions and incidents, as people and programs see them. Cheap to clone.
#[derive(Clone)]
pub struct Transactions {
    pub(super) inner: Arc<Inner>,
}

/// A transaction with the name of its cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct CycleTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// What its cycle is called.
    pub cycle_name: String,
}

/// An incident with the name of its cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedIncident {
    /// The incident.
    pub incident: Incident,
    /// What its cycle is called.
    pub cycle_name: String,
}

/// What caused incidents, with the name of its cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCause {
    /// The cause.
    pub cause: IncidentCause,
    /// What its cycle is called.
    pub cycle_name: String,
}

/// Why a transaction can't be shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The account has no such cycle.
    #[error("No resource with this id exists.")]
    NoCycle,
    /// The cycle has no such transaction.
    #[error("No resource with this id exists.")]
    NoTransaction,
    /// The cycle has no such request.
    #[error("No resource with this id exists.")]
    NoRequest,
    /// It has ended.
    #[error("The transaction has ended, so it can't be cancelled.")]
    Ended,
    /// It did not fail, or its data is erased.
    #[error("Only a transaction that failed, and whose data is kept, can be retried.")]
    NotRetryable,
    /// It neither failed nor waits for another attempt, or its step is the trigger.
    #[error(
        "Only a step at which a transaction failed or waits for another attempt can be skipped, and not the trigger."
    )]
    NotSkippable,
    /// It was split off, or what began it is not kept any more.
    #[error("Only a transaction that was not split off, and whose data is kept, can be run again.")]
    NotRerunnable,
    /// It is still under way.
    #[error("The transaction has not ended. Wait for its end, or cancel it first.")]
    NotEnded,
    /// It has not come to the step, or that can't be repeated.
    #[error(
        "The transaction can run again only from a step that it has tried and that is no webhook; to begin with what a webhook brought, choose the step behind it."
    )]
    NotTried,
    /// Its data, or that of what it was split off from, is past its retention.
    #[error(
        "The data of the steps before is not kept any more, so the transaction can't run again from this step."
    )]
    DataErased,
    /// It waits for nothing that time brings.
    #[error("Only a transaction that waits for a time can be resumed now.")]
    NotWaiting,
    /// The cycle does not run.
    #[error("The cycle is not running. Start it first.")]
    NotRunning,
    /// The body is past its retention.
    #[error("What the request said is not kept any more, so it can't be replayed.")]
    Erased,
    /// Nothing came of it.
    #[error("The request begins no transaction: {0}")]
    Nothing(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Transactions {
    /// Those of the cycles that these run.
    pub fn new(runs: &Runs) -> Self {
        Self {
            inner: Arc::clone(&runs.inner),
        }
    }

    /// A page of transactions of the account, or of one of its cycles.
    ///
    /// # Errors
    /// [`LookError::NoCycle`] when the account has no such cycle.
    pub async fn page(
        &self,
        actor: &AccountActor,
        filter: &TransactionFilter,
        request: &PageRequest,
    ) -> Result<Page<CycleTransaction>, LookError> {
        let unit = self.read(actor.scope, filter.cycle).await?;
        let page = unit.runs().page(filter, request).await?;
        let names = names(&unit, page.items.iter().map(|one| one.cycle)).await?;
        Ok(page.map(|transaction| CycleTransaction {
            cycle_name: name_in(&names, transaction.cycle),
            transaction,
        }))
    }

    /// What the steps of a transaction did, in order: those whose texts contain `query`, in any case.
    ///
    /// # Errors
    /// [`LookError::NoCycle`], [`LookError::NoTransaction`].
    pub async fn items(
        &self,
        actor: &AccountActor,
        (cycle, id): (CycleId, TransactionId),
        query: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<TransactionItem>, LookError> {
        let unit = self.read(actor.scope, Some(cycle)).await?;
        let found = unit.runs().get(cycle, id).await?;
        found.ok_or(LookError::NoTransaction)?;
        let mut items = unit.runs().items(id, MOST_ITEMS).await?;
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            let query = query.to_lowercase();
            let holds = |text: &Option<String>| {
                text.as_ref()
                    .is_some_and(|text| text.to_lowercase().contains(&query))
            };
            items.retain(|item| {
                holds(&item.request) || holds(&item.response) || holds(&item.message)
            });
        }
        Ok(Page::cut(items, request))
    }

    /// The version of the cycle's graph that a transaction runs, or ran.
    ///
    /// # Errors
    /// [`LookError::NoCycle`], [`LookError::NoTransaction`].
    pub async fn version(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<i32, LookError> {
        let unit = self.read(actor.scope, Some(cycle)).await?;
        let found = unit.runs().get(cycle, id).await?;
        Ok(found.ok_or(LookError::NoTransaction)?.version)
    }

    /// Stops a transaction before its next step.
    ///
    /// # Errors
    /// [`LookError::Ended`] when it has ended; as [`LookError`] says.
    pub async fn cancel(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<CycleTransaction, LookError> {
        let kept = self.inner.retention(actor.scope, cycle).await?;
        let unit = self.inner.store.begin(&actor.scope).await?;
        let found = cycle_of(&unit, cycle).await?;
        let cancelled = unit.runs().cancel(cycle, id, kept).await?;
        let (transaction, is_changed) = cancelled.ok_or(LookError::NoTransaction)?;
        if !is_changed {
            return Err(LookError::Ended);
        }
        unit.audit(&actor.principal, deed("transaction.cancelled", id))
            .await?;
        unit.commit().await?;
        if let Some(request) = transaction.request {
            self.inner.answers.told(request);
        }
        self.inner.hints.give(actor.scope);
        if transaction.status.is_terminal() {
            self.inner.fire_joins(actor.scope, cycle).await?;
        }
        Ok(CycleTransaction {
            transaction,
            cycle_name: found.name,
        })
    }

    /// Repeats a transaction from the step that failed, with the data that it has.
    ///
    /// # Errors
    /// [`LookError::NotRetryable`], [`LookError::NotRunning`]; as [`LookError`] says.
    pub async fn retry(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<CycleTransaction, LookError> {
        let unit = self.inner.store.begin(&actor.scope).await?;
        let found = cycle_of(&unit, cycle).await?;
        let transaction = unit.runs().get(cycle, id).await?;
        let transaction = transaction.ok_or(LookError::NoTransaction)?;
        if transaction.status != TransactionStatus::Errored || transaction.is_erased {
            return Err(LookError::NotRetryable);
        }
        if found.status != CycleStatus::Active {
            return Err(LookError::NotRunning);
        }
        match unit.runs().retry(cycle, id).await {
            Err(StoreError::Stale) => return Err(LookError::NotRetryable),
            retried => retried?,
        }
        self.changed(actor, unit, found, (id, "transaction.retried"))
            .await
    }

    /// Lets a transaction that waits for time go on now.
    ///
    /// # Errors
    /// [`LookError::NotWaiting`], [`LookError::NotRunning`]; as [`LookError`] says.
    pub async fn resume(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<CycleTransaction, LookError> {
        let unit = self.inner.store.begin(&actor.scope).await?;
        let found = cycle_of(&unit, cycle).await?;
        let transaction = unit.runs().get(cycle, id).await?;
        transaction.ok_or(LookError::NoTransaction)?;
        if found.status == CycleStatus::Paused {
            return Err(LookError::NotRunning);
        }
        match unit.runs().hurry(cycle, id).await {
            Err(StoreError::Stale) => return Err(LookError::NotWaiting),
            hurried => hurried?,
        }
        self.changed(actor, unit, found, (id, "transaction.resumed"))
            .await
    }

    /// Lets a transaction go on behind the step at which it failed, or waits for another attempt. The step
    /// gives nothing; where it is no last step, what follows sees it as empty.
    ///
    /// # Errors
    /// [`LookError::NotSkippable`], [`LookError::NotRunning`]; as [`LookError`] says.
    pub async fn skip(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<CycleTransaction, LookError> {
        let unit = self.read(actor.scope, Some(cycle)).await?;
        let transaction = unit.runs().get(cycle, id).await?;
        drop(unit);
        let transaction = transaction.ok_or(LookError::NoTransaction)?;
        let (flow, _) = self
            .inner
            .flow(actor.scope, cycle, transaction.version)
            .await?;
        if transaction.step.is_none() || transaction.step == flow.trigger {
            return Err(LookError::NotSkippable);
        }
        let unit = self.inner.store.begin(&actor.scope).await?;
        let found = cycle_of(&unit, cycle).await?;
        if found.status != CycleStatus::Active {
            return Err(LookError::NotRunning);
        }
        match unit.runs().skip(cycle, id).await {
            Err(StoreError::Stale) => return Err(LookError::NotSkippable),
            skipped => skipped?,
        }
        self.changed(actor, unit, found, (id, "transaction.skipped"))
            .await
    }

    /// Writes down who changed a transaction, and tells the workers.
    pub(super) async fn changed(
        &self,
        actor: &AccountActor,
        unit: Unit<AccountScope>,
        cycle: Cycle,
        (id, action): (TransactionId, &'static str),
    ) -> Result<CycleTransaction, LookError> {
        let transaction = unit.runs().get(cycle.id, id).await?;
        let transaction = transaction.ok_or(LookError::NoTransaction)?;
        unit.audit(&actor.principal, deed(action, id)).await?;
        unit.commit().await?;
        self.inner.hints.give(actor.scope);
        Ok(CycleTransaction {
            transaction,
            cycle_name: cycle.name,
        })
    }

    /// A page of the requests to a cycle's webhook steps.
    ///
    /// # Errors
    /// [`LookError::NoCycle`].
    pub async fn requests(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        (after, before): (
            Option<chrono::DateTime<chrono::Utc>>,
            Option<chrono::DateTime<chrono::Utc>>,
        ),
        request: &PageRequest,
    ) -> Result<Page<RequestSummary>, LookError> {
        let unit = self.read(actor.scope, Some(cycle)).await?;
        let page = unit
            .runs()
            .request_page(cycle, (after, before), request)
            .await?;
        Ok(page)
    }

    /// Begins a new transaction from a stored request.
    ///
    /// # Errors
    /// [`LookError::NotRunning`], [`LookError::Erased`]; as [`LookError`] says.
    pub async fn replay(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: WebhookRequestId,
    ) -> Result<CycleTransaction, LookError> {
        let unit = self.read(actor.scope, Some(cycle)).await?;
        let found = cycle_of(&unit, cycle).await?;
        let stored = unit.runs().request(cycle, id).await?;
        drop(unit);
        let stored = stored.ok_or(LookError::NoRequest)?;
        if found.status != CycleStatus::Active {
            return Err(LookError::NotRunning);
        }
        let request = restored(&stored).ok_or(LookError::Erased)?;
        let (flow, _) = self.inner.flow(actor.scope, cycle, found.version).await?;
        let gone = || LookError::Nothing("its step is no webhook step any more".to_owned());
        let step = flow.document.step(stored.step).ok_or_else(gone)?;
        let received = self
            .inner
            .steps
            .receive(actor.scope, cycle, flow.design(), step, &request)
            .await?;
        let nothing = |why: &str| Err(LookError::Nothing(why.to_owned()));
        let values = match received {
            Reception::Accepted(values) => values,
            Reception::Dropped => return nothing("a script dropped it"),
            Reception::Answered(_) => return nothing("a script answered it"),
            Reception::Unsigned => return nothing("its signature is not valid any more"),
            Reception::Failed(told) => return nothing(&told.message),
        };
        let target = WebhookTarget {
            scope: actor.scope,
            cycle,
            step: step.id,
            status: found.status,
            version: found.version,
            runs_once: found.schedule.runs_once,
            start: found.schedule.start,
            is_suspended: false,
        };
        let begun = self
            .inner
            .store_request(&target, &flow, step, &request, values, Some(id))
            .await;
        let begun = begun.map_err(|cause| match cause {
            WebhookError::Store(cause) => LookError::Store(cause),
            _ => LookError::NotRunning,
        })?;
        let Some(first) = begun.transactions.first() else {
            return nothing("no transaction waits for it");
        };
        let unit = self.inner.store.begin(&actor.scope).await?;
        let first = (*first, "transaction.replayed");
        self.changed(actor, unit, found, first).await
    }

    /// A page of incidents of the account, or of one of its cycles.
    ///
    /// # Errors
    /// [`LookError::NoCycle`].
    pub async fn incidents(
        &self,
        actor: &AccountActor,
        filter: &IncidentFilter,
        request: &PageRequest,
    ) -> Result<Page<ListedIncident>, LookError> {
        let unit = self.read(actor.scope, filter.cycle).await?;
        let page = unit.runs().incident_page(filter, request).await?;
        let names = names(&unit, page.items.iter().map(|one| one.cycle)).await?;
        Ok(page.map(|incident| ListedIncident {
            cycle_name: name_in(&names, incident.cycle),
            incident,
        }))
    }

    /// What caused incidents of the account, or of one of its cycles: the latest first, at most 1,000.
    ///
    /// # Errors
    /// [`LookError::NoCycle`].
    pub async fn causes(
        &self,
        actor: &AccountActor,
        filter: &IncidentFilter,
    ) -> Result<Vec<ListedCause>, LookError> {
        let unit = self.read(actor.scope, filter.cycle).await?;
        let causes = unit.runs().causes(filter).await?;
        let names = names(&unit, causes.iter().map(|cause| cause.cycle)).await?;
        let listed = causes.into_iter().map(|cause| ListedCause {
            cycle_name: name_in(&names, cause.cycle),
            cause,
        });
        Ok(listed.collect())
    }

    /// Forgets incidents of a cycle.
    ///
    /// # Errors
    /// [`LookError::NoCycle`].
    pub async fn delete_incidents(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        filter: &IncidentFilter,
    ) -> Result<(), LookError> {
        let unit = self.inner.store.begin(&actor.scope).await?;
        cycle_of(&unit, cycle).await?;
        unit.runs()
            .delete_incidents(&IncidentFilter {
                cycle: Some(cycle),
                ..filter.clone()
            })
            .await?;
        unit.audit(&actor.principal, deed("cycle.incidents_deleted", cycle))
            .await?;
        unit.commit().await?;
        Ok(())
    }

    /// A unit that reads, where the cycle is the account's.
    async fn read(
        &self,
        scope: AccountScope,
        cycle: Option<CycleId>,
    ) -> Result<Unit<AccountScope>, LookError> {
        let unit = self.inner.store.read(&scope).await?;
        if let Some(cycle) = cycle {
            cycle_of(&unit, cycle).await?;
        }
        Ok(unit)
    }
}

pub(super) async fn cycle_of(unit: &Unit<AccountScope>, id: CycleId) -> Result<Cycle, LookError> {
    unit.cycles().get(id).await?.ok_or(LookError::NoCycle)
}

async fn names(
    unit: &Unit<AccountScope>,
    of: impl Iterator<Item = CycleId>,
) -> Result<HashMap<CycleId, String>, StoreError> {
    unit.runs().cycle_names(of).await
}

fn name_in(names: &HashMap<CycleId, String>, cycle: CycleId) -> String {
    names.get(&cycle).cloned().unwrap_or_default()
}

fn deed(action: &'static str, of: impl std::fmt::Display) -> Deed {
    let object_type = match action.starts_with("transaction.") {
        true => "Transaction",
        false => "Cycle",
    };
    Deed {
        action,
        object_type,
        object_id: of.to_string(),
        ..Deed::default()
    }
}
