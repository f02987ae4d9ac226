//! Steps that run a method: one request, or one for each item of a list (cycles.md §5, §8, §11).

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use velodrome_connector::{
    auth::{Credential, FixedCredential},
    call::{
        CallError, CycleGlobals, Journal, LongAnswer, Mode, PageKeeper, Patience, Progress, Reply,
        ReplyBody,
        script::{Level, Script},
    },
};
use velodrome_model::{
    cycle::{
        Exit, Mapping, MethodStep, Notice, StepDone, StepOutcome, Trouble, Ways, WebhookResponse,
        count_items, main_list,
        mapping::{MappingError, Outputs, Target, TargetPlace, fields_in_use, plan},
    },
    definition::{DataType, Method, MethodType, Parameter, scalar_text},
    location::Location,
};
use velodrome_store::StoreError;

use super::{
    ListSink, PIECE_BYTES, PIECE_ITEMS, StepRun, Steps,
    around::{self, Around},
    external,
    inline::{Inline, InlineFault},
    outcome::{Fault, detail_of, records, trouble_of, warning},
    pages::{Pages, Resumed},
    ready::Ready,
};
use crate::{
    calls::{Given, InCycle},
    installation::Installation,
    scripts::{Identity, InMemory, Storage},
};

/// How long a step waits for its turn before its transaction makes room for others (cycles.md §11.7).
const PATIENCE: Patience = Patience::AtMost(Duration::from_secs(2));
/// How long a step may take (cycles.md §11.12).
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// Children that a step may be split into (cycles.md §11.12).
const MOST_CHILDREN: usize = 1_000_000;

/// Values that replace mappings while a step is tried out, by `targetName` and by location.
#[derive(Clone, Debug, Default)]
pub(super) struct Replaced {
    pub parameters: Map<String, Value>,
    pub fields: Map<String, Value>,
}

/// A step with the values of its requests.
pub(super) struct Prepared {
    pub ready: Ready,
    globals: CycleGlobals,
    script: Option<Script>,
    requests: Vec<Request>,
    is_list: bool,
    last_run: DateTime<Utc>,
}

/// One request.
struct Request {
    given: Given,
    /// Its own credential, and the installation with the properties that go with it.
    external: Option<(FixedCredential, Arc<Installation>)>,
}

impl Steps {
    /// Runs a method step.
    pub(super) async fn run_method(
        &self,
        run: StepRun<'_>,
        step: &MethodStep,
    ) -> Result<StepOutcome, StoreError> {
        let began = self.caller.bench().clock.now();
        let journal = Journal::default();
        let work = self.done(&run, step, began, &journal);
        let outcome = match tokio::time::timeout(LONGEST, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::failed(
                Trouble::CallFailed,
                format!(
                    "The step took longer than {} minutes.",
                    LONGEST.as_secs() / 60
                ),
            )),
        };
        let requests = records(journal.take(), run.document.settings.logs_requests);
        match outcome {
            Ok(done) => Ok(StepOutcome::Done(Box::new(StepDone { requests, ..done }))),
            Err(fault) => fault.outcome(requests, true),
        }
    }

    async fn done(
        &self,
        run: &StepRun<'_>,
        step: &MethodStep,
        began: DateTime<Utc>,
        journal: &Journal,
    ) -> Result<StepDone, Fault> {
        let resumed = Resumed::of(run).await?;
        let (mut before, mut began) = (*run, began);
        if let Some(resumed) = &resumed {
            // The same request as before the crash, and no gap before the next run.
            before.last_successful_run = Some(resumed.last_run);
            began = resumed.began;
        }
        let prepared = self.prepare(&before, step, None).await?;
        let pages = prepared.pages(run, began, resumed);
        if prepared.ready.method.responds_to_webhook {
            self.check_trigger(run).await?;
        }
        let mut replies = Vec::with_capacity(prepared.requests.len());
        for number in 0..prepared.requests.len() {
            let answered = self.answered(run, &prepared, (number, pages.as_ref()), journal);
            replies.push(answered.await?);
        }
        let last_run = replies
            .iter()
            .filter_map(|reply| reply.next_run)
            .max()
            .unwrap_or(began);
        let mut warnings: Vec<Notice> = replies
            .iter()
            .flat_map(|reply| &reply.warnings)
            .map(|text| warning(Trouble::CallFailed, text.as_str()))
            .collect();
        let conditions: Vec<bool> = replies
            .iter()
            .map(|reply| reply.condition.unwrap_or_default())
            .collect();
        if let Some(long) = long_of(run, &prepared, &mut replies)? {
            let exit = exit_of(step, &conditions);
            let (around, ways, first) = streamed(run, long, exit).await?;
            let looks_back = !prepared.ready.method.responds_to_webhook;
            warnings.extend(missing(&first, &prepared.globals.fields_in_use));
            return Ok(StepDone {
                output: around,
                ways,
                requests: Vec::new(),
                warnings,
                is_task: true,
                last_successful_run: looks_back.then(|| looked_back(run, last_run)),
                response: None,
            });
        }
        let answers = replies.into_iter().map(|reply| reply.body.into_value());
        let mut answers = answers
            .collect::<Result<Vec<Value>, CallError>>()
            .map_err(|error| Fault::Failed(trouble_of(&error), detail_of(&error)))?;
        let output = match (prepared.is_list, answers.len()) {
            (true, _) => Value::Array(answers),
            (false, 0) => Value::Null,
            (false, _) => answers.swap_remove(0),
        };
        warnings.extend(missing(&output, &prepared.globals.fields_in_use));
        let response = match prepared.ready.method.responds_to_webhook {
            true => Some(response(&output, &prepared)?),
            false => None,
        };
        let ways = match step.decides && prepared.is_list {
            true => parted(run, &output, &conditions),
            false => {
                let exit = exit_of(step, &conditions);
                let locations = prepared.ready.response_locations();
                ways(run, exit, &output, &locations, &mut warnings)?
            }
        };
        let looks_back = !prepared.ready.method.responds_to_webhook;
        Ok(StepDone {
            output,
            ways,
            requests: Vec::new(),
            warnings,
            is_task: true,
            last_successful_run: looks_back.then(|| looked_back(run, last_run)),
            response,
        })
    }

    /// Works out everything that is sent. With `replaced` the step is only tried out.
    pub(super) async fn prepare(
        &self,
        run: &StepRun<'_>,
        step: &MethodStep,
        replaced: Option<&Replaced>,
    ) -> Result<Prepared, Fault> {
        let ready = Ready::find(&self.caller, run.scope, step, Trouble::BuildFailed).await?;
        let responds = ready.method.responds_to_webhook;
        let prepared = self.worked_out(run, step, replaced, ready).await;
        prepared.map_err(|fault| match fault {
            Fault::Failed(Trouble::BuildFailed | Trouble::RequiredSourceEmpty, detail)
                if responds =>
            {
                Fault::Failed(Trouble::ResponseNotBuilt, detail)
            }
            fault => fault,
        })
    }

    async fn worked_out(
        &self,
        run: &StepRun<'_>,
        step: &MethodStep,
        replaced: Option<&Replaced>,
        ready: Ready,
    ) -> Result<Prepared, Fault> {
        let script = run
            .step
            .script()
            .map(|text| self.caller.pipeline().scripts().compiled(Level::Step, text))
            .transpose()
            .map_err(|error| Fault::failed(Trouble::BuildFailed, error.to_string()))?;
        let variables = around::variables(run.document);
        let is_trial = replaced.is_some();
        let set = run.last_successful_run.filter(|at| *at > around::unset());
        let last_run = match (set, is_trial) {
            (Some(at), _) => at,
            (None, true) => around::unset(),
            (None, false) => self.caller.bench().clock.now(),
        };
        let installation = Arc::clone(&ready.installation);
        let around = Around {
            run: *run,
            variables: variables.clone(),
            last_run,
            installation: Some(&installation),
            account_key: installation.account_key.to_string(),
        };
        let outputs = self.outputs(run).await?;
        let (plan, is_external) = {
            let targets = targets(&ready, step, replaced)?;
            let plan =
                plan(&targets, &step.collection_keys, &outputs, &around).map_err(unmapped)?;
            (
                plan,
                external::is_external(step, &installation.authentication),
            )
        };
        let mut secrets = around::secret_variables(run.document);
        let credential = installation.credential.as_deref().map(Credential::secrets);
        secrets.extend(credential.into_iter().flatten().cloned());
        let inline = Inline {
            engine: self.caller.pipeline().scripts(),
            scope: run.scope,
            secrets,
        };
        let cells: Vec<_> = plan.requests.iter().map(|one| &one.parameters).collect();
        let all_parameters = inline
            .values_of(&cells, |name| ready.parameter_type(name))
            .await
            .map_err(scripted)?;
        let cells: Vec<_> = plan.requests.iter().map(|one| &one.fields).collect();
        let all_fields = inline
            .values_of(&cells, |name| ready.field_type(name))
            .await
            .map_err(scripted)?;
        let mut requests = Vec::with_capacity(plan.requests.len());
        let all = all_parameters.into_iter().zip(all_fields);
        for (values, (mut parameters, mut fields)) in plan.requests.iter().zip(all) {
            required(
                &ready,
                &values.parameters,
                &parameters,
                &values.fields,
                &fields,
            )?;
            if let Some(replaced) = replaced {
                parameters.extend(replaced.parameters.clone());
                fields.extend(replaced.fields.clone());
            }
            let external = match is_external {
                true => {
                    let (credential, own) =
                        external::take(&installation, &ready.method, &mut parameters)?;
                    Some((FixedCredential::from(credential), Arc::new(own)))
                }
                false => None,
            };
            requests.push(Request {
                given: Given {
                    parameters,
                    fields,
                    object: ready.object.clone(),
                },
                external,
            });
        }
        let in_use = fields_in_use(run.document, run.step.id);
        Ok(Prepared {
            globals: Around::globals(run, variables, in_use, is_trial),
            script,
            requests,
            is_list: plan.is_list,
            last_run,
            ready,
        })
    }

    /// Makes a request; one that is refused for a while is asked again later, by the whole step as long as
    /// nothing was sent, else here.
    async fn answered(
        &self,
        run: &StepRun<'_>,
        prepared: &Prepared,
        (number, pages): (usize, Option<&Pages<'_>>),
        journal: &Journal,
    ) -> Result<Reply, Fault> {
        let mut progress = Progress::default();
        loop {
            let is_first = number == 0 && progress.sent == 0;
            // Whatever was sent before would be sent again by a step that starts over.
            let patience = match is_first {
                true => PATIENCE,
                false => Patience::Unbounded,
            };
            let one = OneCall {
                number,
                mode: Mode::AllPages,
                patience,
                journal,
                is_trial: false,
                pages,
            };
            let called = self.call(run, prepared, one, progress);
            let replied = match pages {
                None => called.await,
                Some(pages) => tokio::select! {
                    biased;
                    cause = pages.broken() => return Err(Fault::Store(cause)),
                    replied = called => replied,
                },
            };
            if let Some(cause) = pages.and_then(Pages::taken) {
                return Err(Fault::Store(cause));
            }
            let error = match replied {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            progress = match error {
                CallError::RateLimited { retry_after, .. } => {
                    let wait = TimeDelta::from_std(retry_after).unwrap_or(TimeDelta::days(1));
                    let until = self.caller.bench().clock.now() + wait;
                    return Err(Fault::Blocked(until, detail_of(&error)));
                }
                CallError::PartlySent {
                    progress, source, ..
                } if matches!(*source, CallError::RateLimited { .. }) && progress.sent > 0 => {
                    *progress
                }
                CallError::PartlySent { ref source, .. }
                    if matches!(**source, CallError::RateLimited { .. }) =>
                {
                    let wait = match **source {
                        CallError::RateLimited { retry_after, .. } => retry_after,
                        _ => Duration::ZERO,
                    };
                    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1));
                    let until = self.caller.bench().clock.now() + wait;
                    return Err(Fault::Blocked(until, detail_of(&error)));
                }
                error => return Err(Fault::Failed(trouble_of(&error), detail_of(&error))),
            };
        }
    }

    /// Makes one call of a step that is only tried out, first page only.
    pub(super) async fn try_out(
        &self,
        run: &StepRun<'_>,
        prepared: &Prepared,
    ) -> (Result<Reply, CallError>, Duration) {
        let started = Instant::now();
        let one = OneCall {
            number: 0,
            mode: Mode::FirstPage,
            patience: Patience::ON_DEMAND,
            journal: &Journal::default(),
            is_trial: true,
            pages: None,
        };
        let reply = self.call(run, prepared, one, Progress::default()).await;
        (reply, started.elapsed())
    }

    async fn call(
        &self,
        run: &StepRun<'_>,
        prepared: &Prepared,
        one: OneCall<'_>,
        progress: Progress,
    ) -> Result<Reply, CallError> {
        let nothing = Given::default();
        let request = prepared.requests.get(one.number);
        let ready = &prepared.ready;
        let in_memory = InMemory::default();
        let changes = one.pages.map(|pages| Arc::clone(&pages.changes));
        let identity = Around::idempotency_key(run, one.number);
        let stored = Storage {
            store: self.caller.bench().store.clone(),
            scope: ready.installed.scope,
            of: ready.installed.connector.id,
            cycle: Some(run.cycle.to_string()),
            identity: Some(Identity::new(identity, changes.unwrap_or_default())),
        };
        let within = InCycle {
            globals: &prepared.globals,
            script: prepared.script.as_ref(),
            storage: match one.is_trial {
                true => &in_memory,
                false => &stored,
            },
            journal: one.journal,
            last_run: prepared.last_run,
            mergefields: &Around::merge_fields(run, one.is_trial, one.number),
            patience: one.patience,
            mode: one.mode,
            pages: one.pages.map(|pages| pages as &dyn PageKeeper),
        };
        let given = request.map_or(&nothing, |request| &request.given);
        let method = &ready.method;
        match request.and_then(|request| request.external.as_ref()) {
            Some((credential, installation)) => {
                self.caller
                    .call_in_cycle(installation, method, given, within, credential, progress)
                    .await
            }
            None => {
                let credentials = self.caller.credentials(&ready.installed);
                let installation = &ready.installation;
                self.caller
                    .call_in_cycle(installation, method, given, within, &credentials, progress)
                    .await
            }
        }
    }

    /// A response needs the webhook that it answers (cycles.md §4.3).
    async fn check_trigger(&self, run: &StepRun<'_>) -> Result<(), Fault> {
        let trigger = run
            .graph
            .trigger()
            .and_then(|trigger| run.document.step(trigger))
            .filter(|step| step.method().is_some_and(|method| method.is_webhook));
        let Some(trigger) = trigger else {
            return Err(Fault::failed(
                Trouble::TriggerMissing,
                "A Synchronous Response answers the webhook that a cycle begins with; this cycle does \
                 not begin with one.",
            ));
        };
        match run.data.output(trigger.id).await? {
            Some(_) => Ok(()),
            None => Err(Fault::failed(
                Trouble::TriggerDataMissing,
                format!(
                    "The transaction has no data of the webhook step {}.",
                    trigger.name
                ),
            )),
        }
    }

    /// What the earlier steps gave that a step reads, the nearest first.
    pub(super) async fn outputs(&self, run: &StepRun<'_>) -> Result<Outputs, StoreError> {
        let read = velodrome_model::cycle::mapping::steps_read(run.step);
        let mut outputs = Vec::new();
        for step in run.graph.sources(run.step.id) {
            if read.contains(&step)
                && let Some(data) = run.data.output(step).await?
            {
                outputs.push((step, data));
            }
        }
        Ok(Outputs(outputs))
    }
}

/// One call of a step.
struct OneCall<'a> {
    number: usize,
    mode: Mode,
    patience: Patience,
    journal: &'a Journal,
    is_trial: bool,
    pages: Option<&'a Pages<'a>>,
}

impl Prepared {
    /// Keeps the pages of its request, where it makes one.
    fn pages<'a>(
        &'a self,
        run: &StepRun<'a>,
        began: DateTime<Utc>,
        resumed: Option<Resumed>,
    ) -> Option<Pages<'a>> {
        let (Some(sink), [request]) = (run.list, self.requests.as_slice()) else {
            return None;
        };
        let asked = (&*self.ready.method, &request.given);
        Some(Pages::new(sink, (began, self.last_run), asked, resumed))
    }
}

impl Ready {
    /// The parameter of this name that the method takes.
    fn parameter(&self, name: &str) -> Option<&Parameter> {
        let own = self.method.parameters.iter();
        own.chain(&self.installation.numbered.definition().parameters)
            .find(|parameter| {
                parameter.target_name == name
                    && parameter.applies_to(&self.installation.authentication.key)
            })
    }

    pub(super) fn parameter_type(&self, name: &str) -> DataType {
        self.parameter(name)
            .and_then(|parameter| parameter.data_type)
            .unwrap_or_default()
    }

    fn field_type(&self, location: &str) -> DataType {
        let fields = self.method.request.fields.iter();
        fields
            .into_iter()
            .find(|field| field.connector_field == location)
            .and_then(|field| field.data_type)
            .unwrap_or_default()
    }

    fn is_parameter_required(&self, name: &str) -> bool {
        self.parameter(name)
            .is_some_and(|parameter| !parameter.optional && !parameter.hide)
    }

    fn is_field_required(&self, location: &str) -> bool {
        let fields = &self.method.request.fields;
        let field = fields
            .iter()
            .find(|field| field.connector_field == location);
        field.is_some_and(|field| !field.optional && !field.hide && !field.read_only)
    }

    /// Where the fields of what it gives stand: a webhook gives what it is sent.
    pub(super) fn response_locations(&self) -> Vec<Location> {
        response_locations(&self.method)
    }
}

/// Where the fields of what a method gives stand.
pub(super) fn response_locations(method: &Method) -> Vec<Location> {
    let message = match method.kind {
        MethodType::Webhook => &method.request,
        MethodType::Action | MethodType::Script => &method.response,
    };
    let fields = message.fields.iter();
    fields
        .filter_map(|field| field.connector_field.parse().ok())
        .collect()
}

/// The targets of a step; those that a trial replaces are not mapped.
pub(super) fn targets<'a>(
    ready: &Ready,
    step: &'a MethodStep,
    replaced: Option<&Replaced>,
) -> Result<Vec<Target<'a>>, Fault> {
    let mut targets = Vec::new();
    let gone = |name: &str, of: fn(&Replaced) -> &Map<String, Value>| {
        replaced.is_some_and(|replaced| of(replaced).contains_key(name))
    };
    let mapped = |all: &'a BTreeMap<String, Mapping>| {
        all.iter()
            .filter_map(|(name, mapping)| Some((name.as_str(), mapping.source.as_ref()?)))
    };
    for (name, source) in mapped(&step.parameters) {
        if !gone(name, |replaced| &replaced.parameters) {
            targets.push(Target {
                name,
                place: TargetPlace::Parameter,
                source,
                is_required: ready.is_parameter_required(name),
            });
        }
    }
    for (name, source) in mapped(&step.fields) {
        if gone(name, |replaced| &replaced.fields) {
            continue;
        }
        let location = name
            .parse()
            .map_err(|error| Fault::failed(Trouble::BuildFailed, format!("{name}: {error}")))?;
        targets.push(Target {
            name,
            place: TargetPlace::Field(location),
            source,
            is_required: ready.is_field_required(name),
        });
    }
    Ok(targets)
}

/// What scripts gave is looked at where a value is required.
fn required(
    ready: &Ready,
    parameters: &BTreeMap<String, velodrome_model::cycle::mapping::Cell>,
    given_parameters: &Map<String, Value>,
    fields: &BTreeMap<String, velodrome_model::cycle::mapping::Cell>,
    given_fields: &Map<String, Value>,
) -> Result<(), Fault> {
    let missing =
        |names: &BTreeMap<String, _>, given: &Map<String, Value>, of: &dyn Fn(&str) -> bool| {
            let mut names = names.keys();
            names
                .find(|name| !given.contains_key(*name) && of(name))
                .cloned()
        };
    let parameter = missing(parameters, given_parameters, &|name| {
        ready.is_parameter_required(name)
    });
    let field = || missing(fields, given_fields, &|name| ready.is_field_required(name));
    match parameter.or_else(field) {
        None => Ok(()),
        Some(target) => Err(unmapped(MappingError::RequiredEmpty { target })),
    }
}

/// Why a request can't be worked out.
pub(super) fn unmapped(error: MappingError) -> Fault {
    let trouble = match error {
        MappingError::RequiredEmpty { .. } => Trouble::RequiredSourceEmpty,
        MappingError::Text { .. } | MappingError::NoKey { .. } | MappingError::TooMany => {
            Trouble::BuildFailed
        }
    };
    Fault::failed(trouble, error.to_string())
}

pub(super) fn scripted(fault: InlineFault) -> Fault {
    Fault::failed(
        Trouble::BuildFailed,
        format!("{}: {}", fault.target, fault.error),
    )
}

/// A warning where fields that later steps read are in no item (cycles.md §12).
fn missing(output: &Value, in_use: &[String]) -> Option<Notice> {
    let is_missing = |location: &&String| {
        let Ok(location) = location.parse::<Location>() else {
            return false;
        };
        let placed = location.placed_in(output);
        let found = placed.read(output);
        !found.is_empty() && found.iter().all(Option::is_none)
    };
    let missing: Vec<&str> = in_use
        .iter()
        .filter(is_missing)
        .map(String::as_str)
        .collect();
    (!missing.is_empty()).then(|| {
        let names = missing.join(", ");
        warning(
            Trouble::FieldsMissing,
            format!("Later steps are mapped from fields that the response does not have: {names}."),
        )
    })
}

fn exit_of(step: &MethodStep, conditions: &[bool]) -> Exit {
    match (step.decides, conditions.first()) {
        (false, _) => Exit::Forward,
        (true, Some(true)) => Exit::True,
        (true, _) => Exit::False,
    }
}

fn looked_back(run: &StepRun<'_>, to: DateTime<Utc>) -> DateTime<Utc> {
    run.last_successful_run.map_or(to, |old| old.max(to))
}

/// The only answer, taken out of the replies, where it is a list too long for memory that is split.
fn long_of(
    run: &StepRun<'_>,
    prepared: &Prepared,
    replies: &mut Vec<Reply>,
) -> Result<Option<LongAnswer>, Fault> {
    if run.list.is_none() || prepared.is_list || replies.len() != 1 || !run.splits() {
        return Ok(None);
    }
    let list = main_list(&prepared.ready.response_locations());
    let is_split = |answer: &LongAnswer| list.as_ref() == Some(answer.location());
    let Some(reply) = replies.pop() else {
        return Ok(None);
    };
    match reply.body {
        ReplyBody::Long(answer) if is_split(&answer) => {
            not_too_many(answer.records())?;
            Ok(Some(answer))
        }
        body => {
            replies.push(Reply { body, ..reply });
            Ok(None)
        }
    }
}

/// Puts the records where they are kept, a few at a time; gives what stands around them, the way on, and the
/// same with the first records in their place.
async fn streamed(
    run: &StepRun<'_>,
    answer: LongAnswer,
    exit: Exit,
) -> Result<(Value, Ways, Value), Fault> {
    let unread = |error: std::io::Error| Fault::failed(Trouble::CallFailed, error.to_string());
    let (list, items) = (answer.location().clone(), answer.records());
    let (around, mut records) = answer.into_parts().map_err(unread)?;
    let mut first = around.clone();
    // What was kept while the pages came are the first of its records.
    let mut behind = run.list.map_or(0, ListSink::items).min(items);
    // The file is read on a thread that may wait for the disk.
    let beginning = tokio::task::spawn_blocking(move || {
        let sample = records.next(PIECE_ITEMS, PIECE_BYTES)?;
        records.skip_to(behind)?;
        Ok((records, sample))
    });
    let begun = beginning.await.map_err(|error| unread(error.into()))?;
    let (mut records, sample) = begun.map_err(unread)?;
    if let Some((json, _)) = sample {
        let some = serde_json::from_str(&json).map_err(|error| unread(error.into()))?;
        // Where other values stand in the way the fields are missing, which is what is asked of it.
        drop(list.put_array(&mut first, some));
    }
    loop {
        let reading = tokio::task::spawn_blocking(move || {
            let read = records.next(PIECE_ITEMS, PIECE_BYTES);
            (records, read)
        });
        let (rest, read) = reading.await.map_err(|error| unread(error.into()))?;
        records = rest;
        let Some((json, count)) = read.map_err(unread)? else {
            break;
        };
        if let Some(sink) = run.list {
            sink.put(behind, vec![(json, count)], None).await?;
        }
        behind += count;
    }
    if let Some(sink) = run.list {
        sink.complete();
    }
    let ways = Ways::Split {
        exit,
        list: list.to_string(),
        items,
    };
    Ok((around, ways, first))
}

fn not_too_many(items: usize) -> Result<(), Fault> {
    match items > MOST_CHILDREN {
        true => Err(Fault::failed(
            Trouble::SplitFailed,
            format!("The list has {items} items; at most {MOST_CHILDREN} are split."),
        )),
        false => Ok(()),
    }
}

/// Where a transaction goes from a step with this output.
fn ways(
    run: &StepRun<'_>,
    exit: Exit,
    output: &Value,
    locations: &[Location],
    warnings: &mut Vec<Notice>,
) -> Result<Ways, Fault> {
    let list = main_list(locations);
    let splits = run.splits();
    let Some(list) = list else {
        let has_lists = locations.iter().any(|location| location.array_depth() > 0);
        if splits && has_lists {
            warnings.push(warning(
                Trouble::CannotSplit,
                "The response fields have several lists side by side, so none of them is the one to \
                 split; the transaction goes on with all of them.",
            ));
        }
        return Ok(Ways::One(exit));
    };
    let items = count_items(output, &list);
    // A trigger that finds nothing ends its transaction (cycles.md §6).
    let found_nothing = items == 0 && run.is_trigger();
    if !splits && !found_nothing {
        return Ok(Ways::One(exit));
    }
    not_too_many(items)?;
    Ok(Ways::Split {
        exit,
        list: list.to_string(),
        items,
    })
}

/// The answers for which the method's condition held go one way, the others the other.
fn parted(run: &StepRun<'_>, output: &Value, conditions: &[bool]) -> Ways {
    let of = |wanted: bool| {
        let answers = output.as_array().into_iter().flatten().zip(conditions);
        let half: Vec<Value> = answers
            .filter(|(_, holds)| **holds == wanted)
            .map(|(answer, _)| answer.clone())
            .collect();
        (!half.is_empty()).then_some(Value::Array(half))
    };
    Ways::Filtered {
        step: run.step.id,
        matching: of(true),
        rest: of(false),
    }
}

/// What a Synchronous Response answers: status and headers where they are mapped, and the fields.
fn response(output: &Value, prepared: &Prepared) -> Result<WebhookResponse, Fault> {
    /// The parameter that is the status.
    const STATUS: &str = "StatusCode";
    /// The object whose members are headers.
    const HEADER: &str = "Header";
    let given = prepared.requests.first();
    let status = given.and_then(|request| request.given.parameters.get(STATUS));
    let status = match status {
        None => 200,
        Some(value) => scalar_text(value)
            .trim()
            .parse()
            .ok()
            .filter(|status| (200..600).contains(status))
            .ok_or_else(|| {
                Fault::failed(
                    Trouble::ResponseNotBuilt,
                    format!("{STATUS}: an HTTP status from 200 to 599 is expected."),
                )
            })?,
    };
    let mut body = output.clone();
    let headers = body.as_object_mut().and_then(|body| body.remove(HEADER));
    let headers = match headers {
        Some(Value::Object(headers)) => headers
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, scalar_text(&value)))
            .collect(),
        _ => Vec::new(),
    };
    Ok(WebhookResponse {
        status,
        headers,
        body,
    })
}
