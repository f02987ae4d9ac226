//! A step as somebody wants it, and what becomes of the step.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use velodrome_connector::call::script::{Event, Level, Levels, Script};
use velodrome_model::{
    AccountConnectorId, CategoryCopyId, FieldId, MethodId, MethodUid, StepId,
    cycle::{
        CollectionKey, CollectionSplitting, Condition, Decision, DecisionRow, Delay, FieldSource,
        Join, MethodStep, OnUncertain, Position, Step, StepErrorAction, StepKind, TimeUnit,
        WebhookMapping,
    },
    definition::MethodType,
    numbered::NumberedConnector,
};

use super::{
    CycleError, FieldNumber, Numbers, SourceChange,
    connectors::{Connectors, Wanted},
    record::{MAX_DESCRIPTION, MAX_NAME},
};
use crate::{
    Invalid,
    invalid::{bounded_option, required_text, within},
};

/// The most characters of a step's script and of a note.
const MAX_SCRIPT: usize = 1 << 20;
const MAX_NOTE: usize = 20_000;
/// The most comparisons of a Decision, and keys of a step.
const MAX_CRITERIA: usize = 100;
const MAX_KEYS: usize = 100;
/// How far from the canvas's corner a step may stand, pixels.
const FARTHEST: f64 = 1e7;
/// The most units of a delay.
const MAX_DELAY: i64 = 10_000_000;

/// Kind of a step (openapi: ActionType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepAction {
    /// Runs a method.
    Action,
    /// Compares.
    Decision,
    /// Lets a while pass.
    Delay,
    /// Waits for an instant.
    WaitUntil,
    /// Begins or continues with a request.
    Webhook,
    /// Ends transactions, and begins one when all have ended.
    WaitAll,
    /// A note.
    Annotation,
}

impl StepAction {
    /// What a step is.
    pub fn of(step: &Step) -> Self {
        match &step.kind {
            StepKind::Method(method) if method.is_webhook => Self::Webhook,
            StepKind::Method(_) => Self::Action,
            StepKind::Decision(_) => Self::Decision,
            StepKind::Delay(_) => Self::Delay,
            StepKind::WaitUntil { .. } => Self::WaitUntil,
            StepKind::WaitAll => Self::WaitAll,
            StepKind::Annotation { .. } => Self::Annotation,
        }
    }

    /// Name of a step that nobody named; methods lend theirs.
    fn name(self) -> &'static str {
        match self {
            Self::Action => "Action",
            Self::Decision => "Decision",
            Self::Delay => "Delay",
            Self::WaitUntil => "Wait Until",
            Self::Webhook => "Webhook",
            Self::WaitAll => "Wait All",
            Self::Annotation => "Annotation",
        }
    }
}

/// A step to be made, or a change of one. Outer none: keep, or the default; inner none: clear.
#[derive(Clone, Debug, Default)]
pub struct StepChange {
    /// Name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<Option<String>>,
    /// Kind; required of a new step.
    pub action: Option<StepAction>,
    /// Pixels from the left.
    pub left: Option<f64>,
    /// Pixels from the top.
    pub top: Option<f64>,
    /// Overrides the cycle's.
    pub on_error: Option<Option<StepErrorAction>>,
    /// Overrides the cycle's.
    pub splitting: Option<Option<CollectionSplitting>>,
    /// Credentials come from mapped parameters.
    pub external_authentication: Option<bool>,
    /// What happens after a crash between a call and its answer.
    pub on_uncertain: Option<OnUncertain>,
    /// Where the next look-back starts; the first second of 1970 is not set.
    pub last_successful_run: Option<DateTime<Utc>>,
    /// JavaScript.
    pub script: Option<Option<String>>,
    /// Text of a note.
    pub annotation: Option<Option<String>>,
    /// Not shown in LAUNCH.
    pub is_setup_hidden: Option<bool>,
    /// Of a Decision.
    pub decision: Option<Option<DecisionChange>>,
    /// Of a Delay.
    pub delay: Option<Option<DelayChange>>,
    /// Of a Wait Until.
    pub wait_until: Option<Option<SourceChange>>,
    /// Of a webhook.
    pub webhook: Option<Option<WebhookMappingChange>>,
    /// How mapped lists belong together.
    pub collection_keys: Option<Vec<KeyChange>>,
    /// The installation to call.
    pub account_connector: Option<Option<AccountConnectorId>>,
    /// The method by its number.
    pub method: Option<MethodId>,
    /// The method by its stable id, which wins.
    pub method_uid: Option<MethodUid>,
    /// A copied category.
    pub category: Option<Option<CategoryCopyId>>,
}

/// Criteria, in place of the former ones.
#[derive(Clone, Debug, Default)]
pub struct DecisionChange {
    /// How they are joined.
    pub join: Option<Join>,
    /// What is compared.
    pub criteria: Vec<CriterionChange>,
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct CriterionChange {
    /// Left side.
    pub left: Option<SourceChange>,
    /// Comparison.
    pub condition: Condition,
    /// Right side; lower bound.
    pub right: Option<SourceChange>,
    /// Upper bound.
    pub upper: Option<SourceChange>,
    /// Whatever the case.
    pub ignores_case: bool,
}

/// A change of a delay's halves.
#[derive(Clone, Copy, Debug, Default)]
pub struct DelayChange {
    /// How many units.
    pub interval: Option<Option<i64>>,
    /// The unit.
    pub unit: Option<Option<TimeUnit>>,
}

/// Whom a request to a webhook in the middle is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebhookMappingChange {
    /// Field of the request.
    pub request: Option<Option<FieldId>>,
    /// Step whose field must be equal.
    pub step: Option<Option<StepId>>,
    /// That field.
    pub field: Option<Option<FieldId>>,
}

/// Fields that relate two lists; two steps without fields say that everything belongs to everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyChange {
    /// Of the first list.
    pub left: FieldNumber,
    /// Of the second list.
    pub right: FieldNumber,
}

impl StepChange {
    /// The connectors that it speaks of.
    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            account_connector: self.account_connector.flatten(),
            method: self.method,
        }
    }

    /// Judges what can be judged without anything that is stored (api.md §4).
    pub(super) fn check(&self) -> Result<(), Invalid> {
        if let Some(name) = &self.name {
            required_text("Name", name, MAX_NAME)?;
        }
        let text = |change: &Option<Option<String>>| change.clone().flatten();
        bounded_option(
            "Description",
            text(&self.description).as_deref(),
            MAX_DESCRIPTION,
        )?;
        bounded_option("Script", text(&self.script).as_deref(), MAX_SCRIPT)?;
        bounded_option(
            "AnnotationText",
            text(&self.annotation).as_deref(),
            MAX_NOTE,
        )?;
        for (property, place) in [
            ("DisplayPositionLeft", self.left),
            ("DisplayPositionTop", self.top),
        ] {
            if place.is_some_and(|place| place.abs() > FARTHEST) {
                let text = format_args!("{property} must be between -{FARTHEST} and {FARTHEST}.");
                return Err(Invalid::new("request.value_out_of_range", text));
            }
        }
        if let Some(Some(DelayChange {
            interval: Some(Some(interval)),
            ..
        })) = self.delay
        {
            within("Delay.Interval", interval, 1, MAX_DELAY)?;
        }
        if let Some(Some(source)) = &self.wait_until {
            source.check()?;
        }
        if let Some(Some(decision)) = &self.decision {
            too_many("Decision.Criteria", decision.criteria.len(), MAX_CRITERIA)?;
            for row in &decision.criteria {
                for operand in [&row.left, &row.right, &row.upper].into_iter().flatten() {
                    operand.check()?;
                }
            }
        }
        let keys = self.collection_keys.as_ref().map_or(0, Vec::len);
        too_many("CollectionKeys", keys, MAX_KEYS)?;
        if let Some(script) = text(&self.script).filter(|script| !script.trim().is_empty()) {
            Script::compile(Level::Step, &script)
                .map_err(|fault| Invalid::new("step.script", format_args!("Script: {fault}")))?;
        }
        Ok(())
    }

    /// The step as it is to be. `sources` are the steps that it may be mapped from.
    ///
    /// # Errors
    /// [`CycleError::Invalid`] when something does not fit what is stored.
    pub(super) fn applied(
        &self,
        to: Option<&Step>,
        numbers: Numbers<'_>,
        connectors: &Connectors,
        sources: &[StepId],
    ) -> Result<Step, CycleError> {
        let action = self.action.or_else(|| to.map(StepAction::of));
        let Some(action) = action else {
            return Err(CycleError::invalid(
                "step.action_type_required",
                "ActionType is required.",
            ));
        };
        let kind = self.kind(action, to, numbers, connectors, sources)?;
        let default_name = || match &kind {
            StepKind::Method(method) => connectors
                .of_method(method)
                .map(|it| it.numbered.method.name.clone()),
            _ => None,
        };
        let name = self
            .name
            .as_ref()
            .map(|name| name.trim().to_owned())
            .or_else(|| to.map(|step| step.name.clone()))
            .or_else(default_name)
            .unwrap_or_else(|| action.name().to_owned());
        let former = to.map(|step| step.position).unwrap_or_default();
        let kept = |change: &Option<Option<String>>, former: Option<&Option<String>>| match change {
            Some(new) => new.clone().filter(|text| !text.trim().is_empty()),
            None => former.cloned().flatten(),
        };
        Ok(Step {
            id: to.map_or_else(|| StepId(Uuid::new_v4()), |step| step.id),
            origin: to.and_then(|step| step.origin),
            name,
            description: kept(&self.description, to.map(|step| &step.description)),
            position: Position {
                left: self.left.unwrap_or(former.left),
                top: self.top.unwrap_or(former.top),
            },
            on_error: self.on_error.unwrap_or(to.and_then(|step| step.on_error)),
            splitting: self.splitting.unwrap_or(to.and_then(|step| step.splitting)),
            script: kept(&self.script, to.map(|step| &step.script)),
            is_setup_hidden: self
                .is_setup_hidden
                .or(to.map(|step| step.is_setup_hidden))
                .unwrap_or_default(),
            kind,
        })
    }

    fn kind(
        &self,
        action: StepAction,
        to: Option<&Step>,
        numbers: Numbers<'_>,
        connectors: &Connectors,
        sources: &[StepId],
    ) -> Result<StepKind, CycleError> {
        let former = to.map(|step| &step.kind);
        Ok(match action {
            StepAction::Action | StepAction::Webhook => {
                let current = to.and_then(Step::method);
                let is_webhook = action == StepAction::Webhook;
                let method = self.method(is_webhook, current, connectors)?;
                let keys = self.keys(&method, numbers, sources)?;
                let webhook = self.webhook(&method, numbers, connectors, sources)?;
                StepKind::Method(Box::new(MethodStep {
                    collection_keys: keys,
                    webhook,
                    ..method
                }))
            }
            StepAction::Decision => {
                let current = match former {
                    Some(StepKind::Decision(decision)) => decision.clone(),
                    _ => Decision::default(),
                };
                StepKind::Decision(match &self.decision {
                    None => current,
                    Some(None) => Decision::default(),
                    Some(Some(new)) => Decision {
                        join: new.join.unwrap_or(current.join),
                        criteria: new
                            .criteria
                            .iter()
                            .map(|row| row.stored(numbers, sources))
                            .collect::<Result<_, _>>()?,
                    },
                })
            }
            StepAction::Delay => {
                let current = match former {
                    Some(StepKind::Delay(delay)) => *delay,
                    _ => Delay::default(),
                };
                StepKind::Delay(match self.delay {
                    None => current,
                    Some(None) => Delay::default(),
                    Some(Some(new)) => Delay {
                        interval: new.interval.map_or(current.interval, |interval| {
                            interval.and_then(|interval| u32::try_from(interval).ok())
                        }),
                        unit: new.unit.unwrap_or(current.unit),
                    },
                })
            }
            StepAction::WaitUntil => {
                let current = match former {
                    Some(StepKind::WaitUntil { date }) => date.as_ref(),
                    _ => None,
                };
                StepKind::WaitUntil {
                    date: match &self.wait_until {
                        None => current.cloned(),
                        Some(None) => None,
                        Some(Some(new)) => numbers.changed(current, new, sources)?,
                    },
                }
            }
            StepAction::WaitAll => StepKind::WaitAll,
            StepAction::Annotation => {
                let current = match former {
                    Some(StepKind::Annotation { text }) => text.clone(),
                    _ => None,
                };
                StepKind::Annotation {
                    text: self.annotation.clone().unwrap_or(current),
                }
            }
        })
    }

    /// What the step runs; mappings that the method has no place for are dropped.
    fn method(
        &self,
        is_webhook: bool,
        current: Option<&MethodStep>,
        connectors: &Connectors,
    ) -> Result<MethodStep, CycleError> {
        let account_connector = match self.account_connector {
            Some(chosen) => chosen,
            None => current.and_then(|it| it.account_connector),
        };
        let is_chosen_anew = self.account_connector.is_some()
            && account_connector != current.and_then(|it| it.account_connector);
        let names_method = self.method.is_some() || self.method_uid.is_some();
        let (numbered, uid) = match current {
            Some(current) if !is_chosen_anew && !names_method => {
                let numbered = connectors.numbered(current.connector).ok_or_else(gone)?;
                (Arc::clone(numbered), current.method)
            }
            _ => self.chosen(account_connector, current, connectors)?,
        };
        let found = numbered.method_by_uid(uid).ok_or_else(gone)?;
        if (found.method.kind == MethodType::Webhook) != is_webhook {
            let (is, needs) = match is_webhook {
                true => ("no webhook", "Action"),
                false => ("a webhook", "Webhook"),
            };
            let name = &found.method.name;
            let text = format_args!("Method {name} is {is}; its ActionType is {needs}.");
            return Err(CycleError::invalid("step.foreign_action_type", text));
        }
        let is_same = current.is_some_and(|it| it.method == uid);
        let kept_category = current
            .filter(|_| is_same && !is_chosen_anew)
            .and_then(|it| it.category);
        let mut method = MethodStep {
            account_connector,
            connector: numbered.id(),
            method: uid,
            is_webhook,
            decides: has_condition(found.method.script.as_deref()),
            category: self.category.unwrap_or(kept_category),
            external_authentication: self
                .external_authentication
                .or(current.map(|it| it.external_authentication))
                .unwrap_or_default(),
            on_uncertain: self
                .on_uncertain
                .or(current.map(|it| it.on_uncertain))
                .unwrap_or_default(),
            parameters: current.map(|it| it.parameters.clone()).unwrap_or_default(),
            fields: current.map(|it| it.fields.clone()).unwrap_or_default(),
            collection_keys: current
                .map(|it| it.collection_keys.clone())
                .unwrap_or_default(),
            webhook: current.and_then(|it| it.webhook.clone()),
        };
        if let Some(category) = method.category {
            check_category(&method, category, &found.method.category, connectors)?;
        }
        if !is_same || is_chosen_anew {
            drop_unfit(&mut method, connectors)?;
        }
        Ok(method)
    }

    /// The method that the change names, in the release that the installation is of.
    fn chosen(
        &self,
        account_connector: Option<AccountConnectorId>,
        current: Option<&MethodStep>,
        connectors: &Connectors,
    ) -> Result<(Arc<NumberedConnector>, MethodUid), CycleError> {
        let foreign = || {
            let text = "The method does not exist, or is none of the account connector's.";
            CycleError::invalid("step.foreign_method", text)
        };
        let named = match (self.method_uid, self.method) {
            (Some(uid), _) => Some((None, uid)),
            (None, Some(id)) => {
                let (release, uid) = connectors.method_of(id).ok_or_else(foreign)?;
                Some((Some(release), uid))
            }
            (None, None) => current.map(|it| (None, it.method)),
        };
        let Some((release, uid)) = named else {
            let text = "MethodId or MethodUniqueIdentifier is required.";
            return Err(CycleError::invalid("step.method_required", text));
        };
        let Some(id) = account_connector else {
            let former = current.and_then(|it| connectors.numbered(it.connector));
            let has_it = |it: &&Arc<NumberedConnector>| it.method_by_uid(uid).is_some();
            let found = release
                .as_ref()
                .or_else(|| former.filter(has_it))
                .or_else(|| connectors.known().find(has_it));
            let found = found.ok_or_else(|| {
                let text = "AccountConnectorId is required to find the method by its MethodUniqueIdentifier.";
                CycleError::invalid("step.account_connector_required", text)
            })?;
            return Ok((Arc::clone(found), uid));
        };
        let installation = connectors.installation(id).ok_or_else(|| {
            let text =
                format_args!("AccountConnectorId {id} is no account connector of this account.");
            CycleError::invalid("step.unknown_account_connector", text)
        })?;
        let numbered = &installation.numbered;
        let is_of_it = release.is_none_or(|release| release.uid() == numbered.uid());
        if !is_of_it || numbered.method_by_uid(uid).is_none() {
            return Err(foreign());
        }
        Ok((Arc::clone(numbered), uid))
    }

    fn keys(
        &self,
        method: &MethodStep,
        numbers: Numbers<'_>,
        sources: &[StepId],
    ) -> Result<Vec<CollectionKey>, CycleError> {
        let Some(new) = &self.collection_keys else {
            return Ok(method.collection_keys.clone());
        };
        let stored = |one: FieldNumber| {
            numbers.field_source(
                FieldSource::default(),
                Some(one.step),
                Some(one.field),
                sources,
            )
        };
        new.iter()
            .map(|key| {
                Ok(CollectionKey {
                    left: stored(key.left)?,
                    right: stored(key.right)?,
                })
            })
            .collect()
    }

    fn webhook(
        &self,
        method: &MethodStep,
        numbers: Numbers<'_>,
        connectors: &Connectors,
        sources: &[StepId],
    ) -> Result<Option<WebhookMapping>, CycleError> {
        if !method.is_webhook {
            return Ok(None);
        }
        let current = method.webhook.clone();
        match self.webhook {
            None => Ok(current),
            Some(None) => Ok(None),
            Some(Some(new)) => {
                let current = current.unwrap_or_default();
                let request = match new.request {
                    None => current.request,
                    Some(None) => None,
                    Some(Some(id)) => Some(received(method, id, connectors)?),
                };
                Ok(Some(WebhookMapping {
                    request,
                    source: numbers.field_source(current.source, new.step, new.field, sources)?,
                }))
            }
        }
    }
}

impl CriterionChange {
    fn stored(&self, numbers: Numbers<'_>, sources: &[StepId]) -> Result<DecisionRow, CycleError> {
        let operand = |change: &Option<SourceChange>| match change {
            Some(change) => numbers.changed(None, change, sources),
            None => Ok(None),
        };
        Ok(DecisionRow {
            left: operand(&self.left)?,
            condition: self.condition,
            right: operand(&self.right)?,
            upper: operand(&self.upper)?,
            ignores_case: self.ignores_case,
        })
    }
}

fn too_many(property: &'static str, count: usize, most: usize) -> Result<(), Invalid> {
    if count <= most {
        return Ok(());
    }
    let text = format_args!("{property} may hold at most {most}.");
    Err(Invalid::new("request.too_many_values", text))
}

/// The step's release left the catalogue.
fn gone() -> CycleError {
    let text = "The method of the step is not available any more; choose another one.";
    CycleError::invalid("step.method_gone", text)
}

/// The location of a field of the request that a webhook receives.
fn received(
    method: &MethodStep,
    field: FieldId,
    connectors: &Connectors,
) -> Result<String, CycleError> {
    let outputs = match connectors.of_method(method) {
        Some(found) => found.outputs()?,
        None => Vec::new(),
    };
    let found = outputs.into_iter().find(|one| one.id == field);
    found.map(|one| one.field.connector_field).ok_or_else(|| {
        let text = format_args!("The webhook has no field {field}.");
        CycleError::invalid("step.foreign_request_field", text)
    })
}

fn check_category(
    method: &MethodStep,
    id: CategoryCopyId,
    category: &str,
    connectors: &Connectors,
) -> Result<(), CycleError> {
    let installation = method
        .account_connector
        .and_then(|id| connectors.installation(id));
    let copies = installation.into_iter().flat_map(|it| &it.category_copies);
    let mut of_method = copies.filter(|copy| copy.source_category == category);
    if of_method.any(|copy| copy.id == id) {
        return Ok(());
    }
    let text = format_args!("CategoryId {id} is no copy of the method's category {category}.");
    Err(CycleError::invalid("step.foreign_category", text))
}

/// Drops mappings of parameters and fields that the method does not have.
fn drop_unfit(method: &mut MethodStep, connectors: &Connectors) -> Result<(), CycleError> {
    // Judged as if it brought its own credentials, whose mappings fit as long as the authentication does.
    let judged = MethodStep {
        external_authentication: true,
        ..method.clone()
    };
    let Some(found) = connectors.of_method(&judged) else {
        return Ok(());
    };
    let names: Vec<String> = found
        .parameters()
        .into_iter()
        .map(|one| one.parameter.target_name.clone())
        .collect();
    let locations: Vec<String> = found
        .targets()?
        .into_iter()
        .map(|one| one.field.connector_field)
        .collect();
    let received: Vec<String> = match found.is_webhook() {
        true => found.outputs()?,
        false => Vec::new(),
    }
    .into_iter()
    .map(|one| one.field.connector_field)
    .collect();
    method.parameters.retain(|name, _| names.contains(name));
    method
        .fields
        .retain(|location, _| locations.contains(location));
    if let Some(webhook) = &mut method.webhook {
        webhook
            .request
            .take_if(|location| !received.contains(location));
    }
    Ok(())
}

/// Whether a method's script chooses an exit (scripting.md: `action_condition` is of the method level only).
fn has_condition(script: Option<&str>) -> bool {
    let Some(script) = script.and_then(|text| Script::compile(Level::Method, text).ok()) else {
        return false;
    };
    let levels = Levels {
        method: Some(script),
        ..Levels::default()
    };
    levels.handle(Event::ActionCondition)
}
