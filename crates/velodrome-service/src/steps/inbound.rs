//! Requests to the address of a webhook step (cycles.md §7, connectors.md §6).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use velodrome_connector::{
    call::{Arrival, CallError, Journal, Mode, Patience, script::Level},
    webhook::{Verification, read_body, read_query},
};
use velodrome_model::{
    AccountScope, CycleId,
    cycle::{
        CycleDocument, Graph, IncidentLevel, Step, Trouble, WebhookResponse, count_items,
        main_list, mapping::fields_in_use, split_item,
    },
    mergefield::{MergeValue, Source as MergeSource},
};
use velodrome_store::StoreError;

use super::{
    InboundRequest, Reception, StepRun, Steps,
    around::{self, Around},
    method::response_locations,
    outcome::{Fault, detail_of, notice},
    ready::Ready,
};
use crate::{
    calls::{Given, InCycle},
    installation::Installation,
    scripts::Storage,
};

impl Steps {
    pub(super) async fn received(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        design: (&CycleDocument, &Graph),
        step: &Step,
        request: &InboundRequest,
    ) -> Result<Reception, StoreError> {
        let run = StepRun::before(scope, cycle, design, step);
        match self.reception(&run, request).await {
            Ok(reception) => Ok(reception),
            Err(Fault::Store(cause)) => Err(cause),
            Err(Fault::Failed(trouble, detail)) => Ok(Reception::Failed(notice(
                IncidentLevel::Error,
                trouble,
                detail,
            ))),
            Err(Fault::Blocked(_, detail)) => Ok(Reception::Failed(notice(
                IncidentLevel::Error,
                Trouble::WebhookFailed,
                detail,
            ))),
        }
    }

    async fn reception(
        &self,
        run: &StepRun<'_>,
        request: &InboundRequest,
    ) -> Result<Reception, Fault> {
        let failed = |detail: String| Fault::Failed(Trouble::WebhookFailed, detail);
        let threw = |error: CallError| failed(detail_of(&error));
        let step = run
            .step
            .method()
            .ok_or_else(|| failed("The step is no webhook.".into()))?;
        let ready = Ready::find(&self.caller, run.scope, step, Trouble::WebhookFailed).await?;
        let parameters = read_query(request.query.as_deref());
        let content_type = request
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let body = Bytes::from(request.body.clone());
        let read = read_body(&ready.method, content_type, body, &parameters);

        let step_script = run.step.script();
        let script = step_script
            .map(|text| self.caller.pipeline().scripts().compiled(Level::Step, text))
            .transpose()
            .map_err(|error| failed(error.to_string()))?;
        let in_use = fields_in_use(run.document, run.step.id);
        let globals = Around::globals(run, around::variables(run.document), in_use, false);
        let storage = Storage {
            store: self.caller.bench().store.clone(),
            scope: ready.installed.scope,
            of: ready.installed.connector.id,
            cycle: Some(run.cycle.to_string()),
            identity: None,
        };
        let (journal, nothing) = (Journal::default(), Given::default());
        let mut mergefields = Map::new();
        mergefields.insert("CycleId".into(), run.cycle.to_string().into());
        // Nobody else asks where the request came in.
        let has_scripts = ready.scripts(step_script).next().is_some();
        let address = match has_scripts {
            true => self.webhook_address(run).await?,
            false => None,
        };
        if let Some(address) = &address {
            mergefields.insert("Cyclr_Webhook_Url".into(), address.as_str().into());
        }
        let within = InCycle {
            globals: &globals,
            script: script.as_ref(),
            storage: &storage,
            journal: &journal,
            last_run: self.now(),
            mergefields: &mergefields,
            patience: Patience::ON_DEMAND,
            mode: Mode::AllPages,
            pages: None,
        };
        let (installation, method) = (&ready.installation, &ready.method);
        let context = self
            .caller
            .cycle_context(installation, method, &nothing, within);
        let call = self
            .caller
            .cycle_call(installation, method, &nothing, &context, within)
            .map_err(threw)?;
        let credentials = self.caller.credentials(&ready.installed);
        let pipeline = self.caller.pipeline();

        // Challenges come before anything else, and are not signed.
        let arrival = Arrival {
            endpoint: address.unwrap_or_default(),
            headers: request.headers.clone(),
            parameters,
            body: read.as_ref().cloned().unwrap_or_default(),
        };
        let answer = pipeline.before_webhook(&call, &credentials, &arrival).await;
        if let Some(answer) = answer.map_err(threw)? {
            return Ok(Reception::Answered(WebhookResponse {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            }));
        }
        if let Some(rules) = ready
            .method
            .webhook
            .as_ref()
            .and_then(|hook| hook.verify.as_ref())
        {
            let values = Told {
                kept: self.kept_of(run).await?,
                installation,
            };
            let check =
                Verification::new(rules, &values).map_err(|error| failed(error.to_string()))?;
            if check
                .check(&request.headers, &request.body, self.now())
                .is_err()
            {
                return Ok(Reception::Unsigned);
            }
        }
        let body = read.map_err(|error| failed(error.to_string()))?;
        let body = pipeline.after_webhook(&call, &credentials, body).await;
        let Some(body) = body.map_err(threw)? else {
            return Ok(Reception::Dropped);
        };
        Ok(Reception::Accepted(transactions(run, &ready, body)?))
    }

    /// What the provider answered when the step's webhook was registered.
    async fn kept_of(&self, run: &StepRun<'_>) -> Result<BTreeMap<String, String>, StoreError> {
        let unit = self.caller.bench().store.read(&run.scope).await?;
        let registration = unit.registrations().of_step(run.step.id).await?;
        let facts = registration.and_then(|registration| registration.facts);
        Ok(facts.map(|facts| facts.kept).unwrap_or_default())
    }

    async fn webhook_address(&self, run: &StepRun<'_>) -> Result<Option<String>, StoreError> {
        let bench = self.caller.bench();
        let unit = bench.store.read(&run.scope).await?;
        let state = unit.cycles().step_state(run.step.id).await?;
        let key = state.and_then(|state| state.webhook_key);
        Ok(key.map(|key| bench.address(&format!("api/webhook/{key}"))))
    }
}

/// Values of an installation, before which those stand that its provider gave for one webhook.
struct Told<'a> {
    kept: BTreeMap<String, String>,
    installation: &'a Installation,
}

impl MergeSource for Told<'_> {
    fn value(&self, name: &str) -> Option<MergeValue<'_>> {
        match self.kept.get(name) {
            Some(value) => Some(MergeValue::Text(value.as_str().into())),
            None => MergeSource::value(self.installation, name),
        }
    }

    fn is_optional(&self, name: &str) -> bool {
        MergeSource::is_optional(self.installation, name)
    }
}

/// The data of each transaction that a request makes: one for each item where the step is split.
fn transactions(run: &StepRun<'_>, ready: &Ready, body: Value) -> Result<Vec<Value>, Fault> {
    /// Transactions that one request may make; its body is at most 10 MiB.
    const MOST: usize = 100_000;
    let list = match run.splits() {
        true => main_list(&response_locations(&ready.method)),
        false => None,
    };
    let Some(list) = list else {
        return Ok(vec![body]);
    };
    let items = count_items(&body, &list);
    if items > MOST {
        return Err(Fault::Failed(
            Trouble::SplitFailed,
            format!("The request has {items} items; at most {MOST} are split."),
        ));
    }
    Ok((0..items)
        .filter_map(|index| split_item(&body, &list, index))
        .collect())
}
