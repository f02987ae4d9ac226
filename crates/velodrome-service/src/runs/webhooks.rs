//! Requests to webhook steps: stored with what they begin before anybody is told (cycles.md §4.3, §4.4, §7).

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use velodrome_model::{
    AccountScope, CycleId, InstanceScope, PartnerScope, StepId, TransactionId, WebhookRequestId,
    cycle::{
        CycleStatus, IncidentLevel, Notice, Step, TransactionStatus, Trouble, WebhookResponse,
    },
};
use velodrome_store::{
    Continued, NewIntake, NewItem, NewOutput, NewRun, NewWebhookRequest, Priority, RequestBody,
    RequestSummary, ResponseState, StoreError, WebhookTarget,
};

use super::{
    Inner, Runs,
    flow::{Flow, action_type},
    outcome::{incident, new_id, notice, parking_key},
    view::Output,
};
use crate::{
    metrics,
    steps::{InboundRequest, Reception},
};

/// How long a mid-cycle request is kept that no transaction waits for yet.
const HELD: TimeDelta = TimeDelta::minutes(15);
/// After which time an account with too much to do may be asked again.
const BUSY: Duration = Duration::from_secs(60);
/// Between two looks for a response that another node may have stored.
const LOOK: Duration = Duration::from_millis(500);

/// Takes requests in. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    inner: Arc<Inner>,
}

/// A request that came, and when.
pub struct Intake {
    /// What was sent.
    pub request: InboundRequest,
}

/// What whoever sent a request is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Intaken {
    /// It is stored. The transaction that it began or continued; none where a script dropped it, or nothing
    /// waits for it yet.
    Accepted(Option<TransactionId>),
    /// A step or a script answers.
    Respond(WebhookResponse),
    /// The transaction ended without a response.
    Nothing,
    /// The transaction failed before a response.
    Failed(TransactionId),
    /// There is no response in time; the transaction goes on.
    TooLate(TransactionId),
}

/// Why a request is refused. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No step has this key.
    #[error("No webhook has this address.")]
    UnknownKey,
    /// The cycle does not take requests.
    #[error(
        "The cycle is not running, so it takes no requests. Start it and send the request again."
    )]
    NotRunning,
    /// The account is suspended.
    #[error("The account is suspended, so it takes no requests.")]
    Suspended,
    /// The signature is missing or wrong.
    #[error("The signature of the request is missing or wrong.")]
    Unsigned,
    /// The body can't be read, or a script refused it.
    #[error("{0}")]
    Unreadable(String),
    /// The account has too much to do.
    #[error("The account has too much unfinished work. Send the request again later.")]
    Busy(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a stored request began or continued.
pub(super) struct Begun {
    pub request: WebhookRequestId,
    pub transactions: Vec<TransactionId>,
    pub is_sync: bool,
}

impl Webhooks {
    /// Requests for the cycles that these run.
    pub fn new(runs: &Runs) -> Self {
        Self {
            inner: Arc::clone(&runs.inner),
        }
    }

    /// Takes a request in. Whoever is told that it was accepted can rely on it: request and transaction are
    /// committed then.
    ///
    /// # Errors
    /// As [`WebhookError`] says; nothing is stored then.
    pub async fn receive(&self, key: &str, intake: Intake) -> Result<Intaken, WebhookError> {
        let taken = Box::pin(self.inner.received(key, &intake.request)).await;
        metrics::webhook(&taken);
        taken
    }

    /// Answers a system that checks an address. Nothing begins.
    ///
    /// # Errors
    /// [`WebhookError::UnknownKey`]; when the store fails.
    pub async fn verify(
        &self,
        key: &str,
        request: &InboundRequest,
    ) -> Result<Option<WebhookResponse>, WebhookError> {
        let (target, flow) = self.inner.target(key).await?;
        let step = webhook_step(&flow, target.step).ok_or(WebhookError::UnknownKey)?;
        let (scope, design) = (target.scope, flow.design());
        let received = self
            .inner
            .steps
            .receive(scope, target.cycle, design, step, request);
        match received.await? {
            Reception::Answered(response) => Ok(Some(response)),
            _ => Ok(None),
        }
    }
}

fn webhook_step(flow: &Flow, id: StepId) -> Option<&Step> {
    let step = flow.document.step(id)?;
    step.method().filter(|method| method.is_webhook)?;
    Some(step)
}

impl Inner {
    /// The step of an address as it is in the store now.
    async fn target(&self, key: &str) -> Result<(WebhookTarget, Arc<Flow>), WebhookError> {
        let unit = self.store.read(&InstanceScope).await?;
        let target = unit.webhook_target(key).await?;
        drop(unit);
        let target = target.ok_or(WebhookError::UnknownKey)?;
        let flow = self.flow_of(&target).await?;
        if target.status == CycleStatus::Active && !target.is_suspended {
            self.targets.insert(key.to_owned(), target.clone());
        }
        Ok((target, flow))
    }

    async fn flow_of(&self, target: &WebhookTarget) -> Result<Arc<Flow>, StoreError> {
        let (flow, _) = self
            .flow(target.scope, target.cycle, target.version)
            .await?;
        Ok(flow)
    }

    /// Takes a request in by what was known of its address a moment ago; by what is known now where that
    /// was refused.
    async fn received(&self, key: &str, request: &InboundRequest) -> Result<Intaken, WebhookError> {
        if let Some(target) = self.targets.get(key) {
            let flow = self.flow_of(&target).await?;
            match Box::pin(self.take_in(target, flow, request)).await {
                Err(WebhookError::NotRunning) => self.targets.invalidate(key),
                taken => return taken,
            }
        }
        let (target, flow) = self.target(key).await?;
        Box::pin(self.take_in(target, flow, request)).await
    }

    async fn take_in(
        &self,
        target: WebhookTarget,
        flow: Arc<Flow>,
        request: &InboundRequest,
    ) -> Result<Intaken, WebhookError> {
        let step = webhook_step(&flow, target.step).ok_or(WebhookError::UnknownKey)?;
        if target.is_suspended {
            return Err(WebhookError::Suspended);
        }
        if self.has_backlog(target.scope).await? {
            return Err(WebhookError::Busy(BUSY));
        }
        let received = self
            .steps
            .receive(target.scope, target.cycle, flow.design(), step, request)
            .await?;
        let values = match received {
            Reception::Dropped => return Ok(Intaken::Accepted(None)),
            Reception::Answered(response) => return Ok(Intaken::Respond(response)),
            Reception::Unsigned => return Err(WebhookError::Unsigned),
            Reception::Failed(told) => return Err(self.unreadable(&target, step, &told).await?),
            Reception::Accepted(values) => values,
        };
        let is_open = target.start.is_none_or(|start| start <= self.clock.now());
        if target.status != CycleStatus::Active || !is_open {
            return Err(WebhookError::NotRunning);
        }
        let begun = self
            .store_request(&target, &flow, step, request, values, None)
            .await?;
        match begun.transactions.first() {
            Some(first) if begun.is_sync => self.response(&target, begun.request, *first).await,
            first => Ok(Intaken::Accepted(first.copied())),
        }
    }

    async fn unreadable(
        &self,
        target: &WebhookTarget,
        step: &Step,
        told: &Notice,
    ) -> Result<WebhookError, StoreError> {
        if target.status == CycleStatus::Active {
            let unit = self.store.begin(&target.scope).await?;
            let incident = incident(&self.store, Some(step), told)?;
            unit.runs().tell(target.cycle, incident).await?;
            unit.commit().await?;
        }
        let text = match told.detail.lines().next() {
            Some(detail) if !detail.is_empty() => format!("{}: {detail}", told.message),
            _ => format!("{}.", told.message),
        };
        Ok(WebhookError::Unreadable(text))
    }

    /// Stores a request with what it begins or continues.
    ///
    /// # Errors
    /// [`WebhookError::NotRunning`] when the cycle was stopped meanwhile; when the store fails.
    pub(super) async fn store_request(
        &self,
        target: &WebhookTarget,
        flow: &Flow,
        step: &Step,
        request: &InboundRequest,
        values: Vec<Value>,
        replayed: Option<WebhookRequestId>,
    ) -> Result<Begun, WebhookError> {
        let (scope, cycle) = (target.scope, target.cycle);
        let now = self.clock.now();
        let is_trigger = flow.trigger == Some(step.id);
        let is_sync =
            is_trigger && replayed.is_none() && self.has_response(scope, cycle, flow).await?;
        let kept = self.retention(scope, cycle).await?;
        let id = replayed.unwrap_or_else(|| WebhookRequestId(self.store.new_id()));
        let stored = match replayed {
            Some(_) => None,
            None => {
                let key = (id, cycle, step.id);
                let erase_at = now + kept.longest();
                let mut stored =
                    NewWebhookRequest::new(&self.store, key, &said(request), erase_at)?;
                stored.method = request.method.to_string();
                stored.content_type = media_type(&request.headers);
                stored.size = i64::try_from(request.body.len()).unwrap_or(i64::MAX);
                stored.is_sync = is_sync;
                stored.begun = is_trigger.then(|| i32::try_from(values.len()).unwrap_or(i32::MAX));
                Some(stored)
            }
        };
        let mut data = Vec::with_capacity(values.len());
        for value in &values {
            data.push(self.written(step, value, now)?);
        }
        let is_frozen = self.flows.contains_key(&(cycle, target.version));
        let settings = &flow.document.settings;
        let priority = match is_sync {
            true => Priority::Synchronous,
            false => Priority::Webhook,
        };
        let run = |data: (NewOutput, NewItem)| NewRun {
            id: new_id(&self.store),
            cycle,
            version: target.version,
            step: step.id,
            output: Some(data),
            tasks: 1,
            priority,
            is_in_order: settings.in_order,
            slot: None,
            request: replayed.is_none().then_some(id),
            replayed_from: replayed.map(|request| request.0),
            joined_from: None,
        };
        let stored = match stored {
            // Nothing else is to be done than to write it down, which many can do together.
            Some(stored)
                if is_trigger
                    && is_frozen
                    && !target.runs_once
                    && !settings.in_order
                    && flow.joins.is_empty() =>
            {
                let sizes: Vec<usize> = data.iter().map(|(_, size)| *size).collect();
                let intake = NewIntake {
                    scope,
                    cycle,
                    version: target.version,
                    request: stored,
                    runs: data.into_iter().map(|(data, _)| run(data)).collect(),
                };
                let transactions: Vec<_> = intake.runs.iter().map(|run| run.id).collect();
                // Whoever claims for the account hears of it in time for the same commit.
                let sent = || self.hints.give(scope);
                if !self.journal.take_in(intake, sent).await? {
                    return Err(WebhookError::NotRunning);
                }
                for ((of, value), size) in transactions.iter().zip(values).zip(sizes) {
                    self.outputs
                        .keep(*of, step.id, "", Output::first(value, size));
                }
                self.hints.give(scope);
                return Ok(Begun {
                    request: id,
                    transactions,
                    is_sync,
                });
            }
            stored => stored,
        };
        let data = data.into_iter().map(|(data, _)| data);

        let unit = self.store.begin(&scope).await?;
        let runs = unit.runs();
        // Whoever stops the cycle comes before this or stops what begins here.
        let active = match target.runs_once && is_trigger {
            true => runs.lock_active(cycle).await?,
            false => runs.share_active(cycle).await?,
        };
        let active = active.filter(|active| active.version == target.version);
        let active = active.ok_or(WebhookError::NotRunning)?;
        if let Some(stored) = stored {
            runs.insert_request(stored).await?;
        }
        let mut transactions = Vec::with_capacity(values.len());
        if is_trigger {
            if !is_frozen {
                unit.cycles().freeze(cycle, target.version).await?;
            }
            for data in data {
                transactions.push(runs.begin(run(data)).await?);
            }
            if !transactions.is_empty() {
                runs.arm(cycle, target.version, &flow.joins).await?;
                let tasks = i32::try_from(transactions.len()).unwrap_or(i32::MAX);
                runs.count_tasks(tasks).await?;
            }
            if active.schedule.runs_once && replayed.is_none() {
                runs.set_schedule(cycle, CycleStatus::Stopping, None)
                    .await?;
            }
        } else {
            for (data, value) in data.zip(&values) {
                transactions.extend(self.continued(&unit, cycle, step, id, data, value).await?);
            }
        }
        unit.commit().await?;
        self.hints.give(scope);
        Ok(Begun {
            request: id,
            transactions,
            is_sync,
        })
    }

    /// Gives one of a mid-cycle request's data to the transaction that waits for it.
    async fn continued(
        &self,
        unit: &velodrome_store::Unit<AccountScope>,
        cycle: CycleId,
        step: &Step,
        request: WebhookRequestId,
        data: (NewOutput, NewItem),
        value: &Value,
    ) -> Result<Option<TransactionId>, StoreError> {
        let mapping = step.method().and_then(|method| method.webhook.as_ref());
        let Some(key) = mapping.and_then(|mapping| mapping.key_of(value)) else {
            let text = "The request has no value at the field that selects a transaction.";
            let told = notice(IncidentLevel::Error, Trouble::WebhookKeyMissing, text);
            let told = incident(&self.store, Some(step), &told)?;
            unit.runs().tell(cycle, told).await?;
            return Ok(None);
        };
        let key = parking_key(step.id, &key);
        let runs = unit.runs();
        match runs.continue_with(step.id, &key, request, data).await? {
            Continued::Transaction(id) => {
                runs.count_tasks(1).await?;
                Ok(Some(id))
            }
            Continued::Unmatched => {
                let until = unit.now() + HELD;
                runs.hold_request(request, &key, value.to_string(), until)
                    .await?;
                Ok(None)
            }
        }
    }

    /// Step data of a request, and how long its text is.
    fn written(
        &self,
        step: &Step,
        value: &Value,
        now: DateTime<Utc>,
    ) -> Result<((NewOutput, NewItem), usize), StoreError> {
        let json = value.to_string();
        let size = json.len();
        let named = (step.id, step.name.clone(), action_type(step));
        let texts = (None, Some(json.clone()));
        let mut item = NewItem::new(&self.store, named, texts, (now, now))?;
        item.status = TransactionStatus::Completed;
        let written = NewOutput::new(&self.store, step.id, json, (now, now))?;
        Ok(((written, item), size))
    }

    /// Whether one of a cycle's steps is a Synchronous Response.
    pub(super) async fn has_response(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        flow: &Flow,
    ) -> Result<bool, StoreError> {
        flow.answers
            .get_or_try_init(|| self.steps.answers(scope, cycle, &flow.document))
            .await
            .copied()
    }

    /// Waits for the response of a request's transactions.
    async fn response(
        &self,
        target: &WebhookTarget,
        request: WebhookRequestId,
        first: TransactionId,
    ) -> Result<Intaken, WebhookError> {
        let partner = PartnerScope {
            partner: target.scope.partner,
        };
        let general = self.settings.general(partner).await?;
        let seconds = u64::try_from(general.synchronous_webhook_timeout_seconds).unwrap_or(60);
        let end = Instant::now() + Duration::from_secs(seconds);
        let waiting = self.answers.wait(request);
        let told = loop {
            let unit = self.store.read(&target.scope).await?;
            let state = unit.runs().response_state(request).await?;
            drop(unit);
            match state {
                ResponseState::Answered(response) => break Intaken::Respond(response),
                ResponseState::Ended { is_errored: true } => break Intaken::Failed(first),
                ResponseState::Ended { is_errored: false } => break Intaken::Nothing,
                ResponseState::Open if Instant::now() >= end => break Intaken::TooLate(first),
                ResponseState::Open => {}
            }
            let look = end.min(Instant::now() + LOOK);
            // Told or not, the row says what is true.
            drop(timeout_at(look, waiting.told()).await);
        };
        let status = match &told {
            // Its status was stored with it.
            Intaken::Respond(_) => return Ok(told),
            Intaken::Nothing => 204,
            Intaken::Failed(_) => 500,
            Intaken::TooLate(_) => 504,
            Intaken::Accepted(_) => 200,
        };
        let unit = self.store.begin(&target.scope).await?;
        unit.runs().close_request(request, status).await?;
        unit.commit().await?;
        Ok(told)
    }
}

/// What is stored of a request.
fn said(request: &InboundRequest) -> RequestBody {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    RequestBody {
        headers: headers.collect(),
        query: request.query.clone(),
        body: STANDARD.encode(&request.body),
    }
}

/// A stored request as it came; none once it is erased.
pub(super) fn restored(stored: &RequestSummary) -> Option<InboundRequest> {
    let said = stored.said.as_ref()?;
    let mut headers = HeaderMap::new();
    for (name, value) in &said.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    Some(InboundRequest {
        method: Method::from_bytes(stored.method.as_bytes()).unwrap_or(Method::POST),
        headers,
        query: said.query.clone(),
        body: STANDARD.decode(&said.body).ok()?,
    })
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media = value.split(';').next()?.trim();
    (!media.is_empty()).then(|| media.to_lowercase())
}
