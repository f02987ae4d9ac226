//! Decisions (cycles.md §4.1).

use std::collections::HashMap;

use serde_json::Value;
use velodrome_model::{
    StepId,
    cycle::{
        Decision, Exit, FieldSource, Source, StepDone, StepOutcome, Trouble, Ways,
        mapping::{
            Cell, Choice, Deciding, Operands, Outputs, Target, TargetPlace, choose, fields_of,
            inline_script, plan,
        },
    },
    definition::{DataType, MethodType},
    location::Location,
    value::DateFormat,
};
use velodrome_store::StoreError;

use super::{
    StepRun, Steps,
    around::{self, Around},
    inline::Inline,
    method::unmapped,
    outcome::{Fault, passed},
    ready::Ready,
};

impl Steps {
    /// Compares.
    pub(super) async fn run_decision(
        &self,
        run: StepRun<'_>,
        decision: &Decision,
    ) -> Result<StepOutcome, StoreError> {
        match self.choice(&run, decision).await {
            Ok(Choice::One(true)) => Ok(passed(Exit::True)),
            Ok(Choice::One(false)) => Ok(passed(Exit::False)),
            Ok(Choice::Parted {
                step,
                matching,
                rest,
            }) => Ok(StepOutcome::Done(Box::new(StepDone {
                output: Value::Null,
                ways: Ways::Filtered {
                    step,
                    matching,
                    rest,
                },
                requests: Vec::new(),
                warnings: Vec::new(),
                is_task: false,
                last_successful_run: None,
                response: None,
            }))),
            Err(fault) => fault.outcome(Vec::new(), false),
        }
    }

    async fn choice(&self, run: &StepRun<'_>, decision: &Decision) -> Result<Choice, Fault> {
        let outputs = self.outputs(run).await?;
        let around = Around {
            run: *run,
            variables: around::variables(run.document),
            last_run: run.last_successful_run.unwrap_or_else(|| self.now()),
            installation: None,
            account_key: self.account_key(run).await?,
        };
        let scripts = self
            .operand_scripts(run, decision, &outputs, &around)
            .await?;
        let mut dates: HashMap<(StepId, String), DateFormat> = HashMap::new();
        for source in Operands::of(decision) {
            let Source::PreviousStep(field) = source else {
                continue;
            };
            if let (Some(format), Some((step, location))) = (
                self.dates(run, field).await?,
                field.step.zip(field.location.clone()),
            ) {
                dates.insert((step, location), format);
            }
        }
        choose(&Deciding {
            decision,
            outputs: &outputs,
            previous: self.previous(run).await?,
            around: &around,
            dates: &|step, location: &Location| dates.get(&(step, location.to_string())).cloned(),
            scripts: &|source| scripts.get(source).cloned(),
        })
        .map_err(|error| Fault::failed(Trouble::BuildFailed, error.to_string()))
    }

    /// The step that the transaction came from.
    async fn previous(&self, run: &StepRun<'_>) -> Result<Option<StepId>, StoreError> {
        let edges = run.document.edges.iter();
        for edge in edges.filter(|edge| edge.head == run.step.id) {
            if run.data.output(edge.tail).await?.is_some() {
                return Ok(Some(edge.tail));
            }
        }
        Ok(None)
    }

    /// The values of the operands that are scripts; of lists they see the first item.
    async fn operand_scripts(
        &self,
        run: &StepRun<'_>,
        decision: &Decision,
        outputs: &Outputs,
        around: &Around<'_>,
    ) -> Result<HashMap<Source, Value>, Fault> {
        let mut values = HashMap::new();
        for source in Operands::of(decision) {
            let Source::Static { value: Some(text) } = source else {
                continue;
            };
            if inline_script(text).is_none() {
                continue;
            }
            // Criteria are no list of requests: joins mean nothing here.
            let keys = everything(source);
            let target = Target {
                name: "operand",
                place: TargetPlace::Parameter,
                source,
                is_required: false,
            };
            let planned = plan(&[target], &keys, outputs, around).map_err(unmapped)?;
            let first = planned.requests.first();
            let Some(Cell::Script(script)) = first.and_then(|one| one.parameters.get("operand"))
            else {
                values.insert(source.clone(), Value::Null);
                continue;
            };
            let inline = Inline {
                engine: self.caller.pipeline().scripts(),
                scope: run.scope,
                secrets: around::secret_variables(run.document),
            };
            let value = inline
                .run(script, DataType::Undefined)
                .await
                .map_err(|error| Fault::failed(Trouble::BuildFailed, error.to_string()))?;
            values.insert(source.clone(), value);
        }
        Ok(values)
    }

    /// The format in which the field of an earlier step declares dates.
    pub(super) async fn dates(
        &self,
        run: &StepRun<'_>,
        field: &FieldSource,
    ) -> Result<Option<DateFormat>, StoreError> {
        let declared = field
            .step
            .and_then(|step| run.document.step(step)?.method())
            .zip(field.location.as_deref());
        let Some((step, location)) = declared else {
            return Ok(None);
        };
        let ready = match Ready::find(&self.caller, run.scope, step, Trouble::WebhookFailed).await {
            Ok(ready) => ready,
            Err(Fault::Store(cause)) => return Err(cause),
            // A step whose connector is gone declares nothing; its data is still there.
            Err(Fault::Failed(..) | Fault::Blocked(..)) => return Ok(None),
        };
        let message = match ready.method.kind {
            MethodType::Webhook => &ready.method.request,
            MethodType::Action | MethodType::Script => &ready.method.response,
        };
        let declared = message
            .fields
            .iter()
            .find(|field| field.connector_field == location);
        let format = declared
            .filter(|field| field.data_type == Some(DataType::DateTime))
            .and_then(|field| field.format.as_deref());
        Ok(format.and_then(|format| DateFormat::parse(format).ok()))
    }
}

/// Keys that relate all steps of a source with each other in every way.
fn everything(source: &Source) -> Vec<velodrome_model::cycle::CollectionKey> {
    let mut steps: Vec<StepId> = fields_of(source)
        .into_iter()
        .map(|(step, _)| step)
        .collect();
    steps.sort_unstable();
    steps.dedup();
    let of = |step: &StepId| FieldSource {
        step: Some(*step),
        location: None,
    };
    let Some((first, others)) = steps.split_first() else {
        return Vec::new();
    };
    others
        .iter()
        .map(|other| velodrome_model::cycle::CollectionKey {
            left: of(first),
            right: of(other),
        })
        .collect()
}
