//! The webhook of a step at its provider: registered, renewed and taken back by methods of the connector
//! (connectors.md §6).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;
use velodrome_connector::call::{
    CallError, CycleGlobals, Journal, Mode, Patience, Progress, script::Level,
};
use velodrome_model::{
    AccountScope, CycleId, StepId,
    cycle::{
        CycleDocument, MethodStep, OnUncertain, Position, Step, StepKind, Trouble,
        mapping::{Outputs, TargetPlace, plan},
    },
    definition::{DataType, Field, Method, scalar_text},
    location::Location,
    value::ValueType,
};
use velodrome_store::{HookFacts, HookedMethod, StoreError};

use super::{
    StepRun, Steps,
    around::{self, Around},
    external,
    inline::Inline,
    method::{scripted, targets, unmapped},
    outcome::{Fault, detail_of},
    ready::Ready,
};
use crate::{
    calls::{Given, InCycle},
    scripts::Storage,
};

/// System names of the answer, and the mergefields that the provider is told with.
const ID: &str = "Cyclr_Webhook_Id";
const EXPIRES: &str = "Cyclr_Webhook_Expires";
const URL: &str = "Cyclr_Webhook_Url";
/// What is kept of an answer besides: this many values, this long at most.
const MOST_KEPT: usize = 50;
const LONGEST_KEPT: usize = 4_096;

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookDeed {
    Create,
    Update,
    Delete,
}

/// A webhook that is to be registered.
pub(crate) struct HookPlan {
    pub of: HookedMethod,
    /// What the provider will be told.
    pub facts: HookFacts,
    /// What is done when nobody knows whether the provider has it.
    pub on_uncertain: OnUncertain,
}

/// Why the provider did not do it.
#[derive(Debug)]
pub(crate) enum HookFault {
    /// It said no, or nothing was sent.
    Refused(String),
    /// It knows no such webhook.
    Gone(String),
    /// It may have done it all the same.
    Unclear(String),
    /// It can't be asked at all.
    Never(String),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for HookFault {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<Fault> for HookFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Failed(_, detail) | Fault::Blocked(_, detail) => Self::Refused(detail),
            Fault::Store(cause) => Self::Store(cause),
        }
    }
}

impl From<CallError> for HookFault {
    fn from(error: CallError) -> Self {
        use http::StatusCode;
        let detail = detail_of(&error);
        match error {
            CallError::Upstream {
                status: StatusCode::NOT_FOUND | StatusCode::GONE,
                ..
            } => Self::Gone(detail),
            CallError::Timeout { .. }
            | CallError::Unreachable { .. }
            | CallError::Unreadable { .. }
            | CallError::TooLarge { .. }
            | CallError::PartlySent { .. }
            | CallError::Script {
                building: false, ..
            } => Self::Unclear(detail),
            _ => Self::Refused(detail),
        }
    }
}

impl HookFault {
    /// What people are told.
    pub fn detail(&self) -> String {
        match self {
            Self::Refused(detail)
            | Self::Gone(detail)
            | Self::Unclear(detail)
            | Self::Never(detail) => detail.clone(),
            Self::Store(cause) => cause.to_string(),
        }
    }
}

impl Steps {
    /// What registering the webhook of a step takes; none where its method registers nothing.
    pub(crate) async fn hook_plan(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        document: &CycleDocument,
        step: &Step,
        url: String,
    ) -> Result<Option<HookPlan>, HookFault> {
        let Some((method, account_connector)) = hooked(step) else {
            return Ok(None);
        };
        // Without what only a call needs, which is asked for at the provider.
        let ready = Ready::find(&self.caller, scope, method, Trouble::WebhookFailed).await?;
        let rules = ready.method.webhook.as_ref();
        if rules.and_then(|rules| rules.create.as_ref()).is_none() {
            return Ok(None);
        }
        let ready = Ready::find(&self.caller, scope, method, Trouble::BuildFailed).await?;
        let graph = document.graph();
        let run = StepRun::before(scope, cycle, (document, &graph), step);
        let around = Around {
            run,
            variables: around::variables(document),
            last_run: self.now(),
            installation: Some(&ready.installation),
            account_key: ready.installation.account_key.to_string(),
        };
        let mut targets = targets(&ready, method, None)?;
        targets.retain(|target| matches!(target.place, TargetPlace::Parameter));
        let plan = plan(&targets, &[], &Outputs(Vec::new()), &around).map_err(unmapped)?;
        let inline = Inline {
            engine: self.caller.pipeline().scripts(),
            scope,
            secrets: around::secret_variables(document),
        };
        let parameters = match plan.requests.first() {
            Some(values) => inline
                .values(&values.parameters, |name| ready.parameter_type(name))
                .await
                .map_err(scripted)?,
            None => Map::new(),
        };
        Ok(Some(HookPlan {
            of: HookedMethod {
                account_connector,
                connector: method.connector,
                method: method.method,
            },
            facts: HookFacts {
                url,
                parameters,
                is_external: external::is_external(method, &ready.installation.authentication),
                object: ready.object.clone(),
                script: step.script().map(str::to_owned),
                ..HookFacts::default()
            },
            on_uncertain: method.on_uncertain,
        }))
    }

    /// Whether the installation of a webhook has what it calls the provider with.
    pub(crate) async fn is_hook_callable(
        &self,
        scope: AccountScope,
        of: HookedMethod,
        facts: &HookFacts,
    ) -> Result<bool, HookFault> {
        let step = bare_step(StepId(Uuid::nil()), of, facts.script.as_deref());
        let Some((method, _)) = hooked(&step) else {
            return Ok(false);
        };
        let ready = Ready::find(&self.caller, scope, method, Trouble::WebhookFailed).await?;
        let needs =
            ready.installation.authentication.kind != velodrome_model::definition::AuthType::None;
        Ok(!needs || facts.is_external || ready.installed.credential.is_some())
    }

    /// Asks the provider; gives what it is known by from then on. None where the definition has no method for
    /// that. `id` is the identity of what is asked: the same when it is asked again.
    pub(crate) async fn hook_call(
        &self,
        (scope, cycle, step): (AccountScope, CycleId, StepId),
        of: HookedMethod,
        deed: HookDeed,
        facts: &HookFacts,
        id: Uuid,
    ) -> Result<Option<HookFacts>, HookFault> {
        let step = bare_step(step, of, facts.script.as_deref());
        let Some((webhook, _)) = hooked(&step) else {
            return Err(HookFault::Never("The step is no webhook.".to_owned()));
        };
        let ready = match Ready::find(&self.caller, scope, webhook, Trouble::BuildFailed).await {
            Ok(ready) => ready,
            Err(Fault::Store(cause)) => return Err(cause.into()),
            Err(Fault::Failed(_, detail) | Fault::Blocked(_, detail)) => {
                return Err(HookFault::Never(detail));
            }
        };
        let rules = ready.method.webhook.as_ref();
        let key = rules.and_then(|rules| match deed {
            HookDeed::Create => rules.create.as_deref(),
            HookDeed::Update => rules.update.as_deref(),
            HookDeed::Delete => rules.delete.as_deref(),
        });
        let Some(key) = key else { return Ok(None) };
        let definition = ready.installation.numbered.definition();
        let method = definition.method(key).ok_or_else(|| {
            HookFault::Never(format!("The connector's release has no method {key}."))
        })?;
        let body = self
            .asked((scope, cycle, &step), &ready, method, facts, id)
            .await?;
        let answered = answered(facts, method, &body, &ready)?;
        if deed == HookDeed::Create && answered.id.is_none() {
            let wanted = id_field(method).filter(|field| !field.optional);
            if let Some(field) = wanted {
                return Err(HookFault::Unclear(format!(
                    "The provider's answer has no {}, which is the id of the webhook.",
                    field.connector_field
                )));
            }
        }
        Ok(Some(answered))
    }

    async fn asked(
        &self,
        (scope, cycle, step): (AccountScope, CycleId, &Step),
        ready: &Ready,
        method: &Method,
        facts: &HookFacts,
        id: Uuid,
    ) -> Result<Value, HookFault> {
        let document = CycleDocument::default();
        let graph = document.graph();
        let run = StepRun::before(scope, cycle, (&document, &graph), step);
        let globals: CycleGlobals = Around::globals(&run, Map::new(), Vec::new(), false);
        let script = facts
            .script
            .as_deref()
            .map(|text| self.caller.pipeline().scripts().compiled(Level::Step, text))
            .transpose()
            .map_err(|error| HookFault::Refused(error.to_string()))?;
        let storage = Storage {
            store: self.caller.bench().store.clone(),
            scope: ready.installed.scope,
            of: ready.installed.connector.id,
            cycle: Some(cycle.to_string()),
            identity: None,
        };
        let mut mergefields = Map::new();
        for (name, value) in &facts.kept {
            mergefields.insert(name.clone(), value.as_str().into());
        }
        mergefields.insert("CycleId".to_owned(), cycle.to_string().into());
        mergefields.insert("IdempotencyKey".to_owned(), id.to_string().into());
        mergefields.insert(URL.to_owned(), facts.url.as_str().into());
        if let Some(id) = &facts.id {
            mergefields.insert(ID.to_owned(), id.as_str().into());
        }
        let mut parameters = facts.parameters.clone();
        let external = match facts.is_external {
            true => Some(external::take(
                &ready.installation,
                method,
                &mut parameters,
            )?),
            false => None,
        };
        for (name, value) in &mergefields {
            parameters
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
        let given = Given {
            parameters,
            fields: Map::new(),
            object: facts.object.clone(),
        };
        let journal = Journal::default();
        let within = InCycle {
            globals: &globals,
            script: script.as_ref(),
            storage: &storage,
            journal: &journal,
            last_run: self.now(),
            mergefields: &mergefields,
            patience: Patience::ON_DEMAND,
            mode: Mode::FirstPage,
            pages: None,
        };
        let progress = Progress::default();
        let reply = match external {
            Some((credential, own)) => {
                let credential = velodrome_connector::auth::FixedCredential::from(credential);
                self.caller
                    .call_in_cycle(&own, method, &given, within, &credential, progress)
                    .await?
            }
            None => {
                let credentials = self.caller.credentials(&ready.installed);
                let installation = &ready.installation;
                self.caller
                    .call_in_cycle(installation, method, &given, within, &credentials, progress)
                    .await?
            }
        };
        Ok(reply.body.into_value()?)
    }
}

/// The method of a webhook step, and the installation that it receives for.
fn hooked(step: &Step) -> Option<(&MethodStep, velodrome_model::AccountConnectorId)> {
    let method = step.method().filter(|method| method.is_webhook)?;
    Some((method, method.account_connector?))
}

/// The step as far as its webhook needs it: the step itself may be gone.
fn bare_step(id: StepId, of: HookedMethod, script: Option<&str>) -> Step {
    Step {
        id,
        origin: None,
        name: String::new(),
        description: None,
        position: Position::default(),
        on_error: None,
        splitting: None,
        script: script.map(str::to_owned),
        is_setup_hidden: false,
        kind: StepKind::Method(Box::new(MethodStep {
            account_connector: Some(of.account_connector),
            connector: of.connector,
            method: of.method,
            is_webhook: true,
            decides: false,
            category: None,
            external_authentication: false,
            on_uncertain: OnUncertain::Repeat,
            parameters: BTreeMap::new(),
            fields: BTreeMap::new(),
            collection_keys: Vec::new(),
            webhook: None,
        })),
    }
}

fn id_field(method: &Method) -> Option<&Field> {
    let mut fields = method.response.fields.iter();
    fields.find(|field| field.system_field.as_deref() == Some(ID))
}

/// What is known of a webhook after an answer: fields with a system name.
fn answered(
    before: &HookFacts,
    method: &Method,
    body: &Value,
    ready: &Ready,
) -> Result<HookFacts, HookFault> {
    let mut facts = before.clone();
    for field in &method.response.fields {
        let Some(name) = field.system_field.as_deref() else {
            continue;
        };
        let Ok(location) = field.connector_field.parse::<Location>() else {
            continue;
        };
        let found = location.read(body).into_iter().flatten();
        let Some(value) = found.into_iter().find(|value| !value.is_null()) else {
            continue;
        };
        match name {
            ID => facts.id = Some(scalar_text(value)).filter(|id| !id.trim().is_empty()),
            EXPIRES => {
                let format = field.format.as_deref();
                let zone = ready.installation.zone;
                let kind = ValueType::new(DataType::DateTime, format, zone);
                let expires = kind.ok().and_then(|kind| kind.instant(value));
                facts.expires = Some(expires.ok_or_else(|| {
                    HookFault::Unclear(format!(
                        "{}: the date on which the webhook ends can't be read.",
                        field.connector_field
                    ))
                })?);
            }
            name => {
                let text = scalar_text(value);
                let is_known = facts.kept.contains_key(name);
                if text.len() <= LONGEST_KEPT && (is_known || facts.kept.len() < MOST_KEPT) {
                    facts.kept.insert(name.to_owned(), text);
                }
            }
        }
    }
    Ok(facts)
}
