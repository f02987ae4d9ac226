//! Steps and edges as the wire shows and takes them.

use chrono::DateTime;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{
    AccountConnectorId, CategoryCopyId, FieldId, MethodId, MethodUid, StepId,
    cycle::{self, FieldSource, StepKind},
    identity::Direction,
};
use velodrome_service::{
    Invalid,
    cycles::{
        CriterionChange, CycleError, DecisionChange, DelayChange, Design, FieldNumber, KeyChange,
        NewEdge, Numbers, SourceChange, StepAction, StepChange, StepMethod, WebhookMappingChange,
    },
};

use super::{
    ActionType, CollectionSplitType, DecisionCondition, DecisionJoin, EdgeType, GivenMappingType,
    MappingType, OnUncertain, StepErrorAction, TimeUnit, field,
};
use crate::{
    WireTime,
    lenient::{Keep, Patch},
    v1::wire::Method,
};

/// A step of a cycle.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Step {
    /// Id of the step.
    pub id: Uuid,
    /// Cycle.
    pub cycle_id: Uuid,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Kind of step; name or number.
    pub action_type: ActionType,
    /// X position on the canvas, pixels.
    #[schema(required = false)]
    #[serde(serialize_with = "pixels")]
    pub display_position_left: f64,
    /// Y position on the canvas, pixels.
    #[schema(required = false)]
    #[serde(serialize_with = "pixels")]
    pub display_position_top: f64,
    /// Overrides the cycle; null inherits.
    pub step_error_action: Option<StepErrorAction>,
    /// Overrides the cycle; null inherits.
    pub collection_split_type: Option<CollectionSplitType>,
    /// Take credentials from step parameters, not from the account connector.
    #[schema(required = false)]
    pub use_external_authentication: bool,
    /// What happens when the outcome of a call is unknown.
    #[schema(required = false)]
    pub on_uncertain: OnUncertain,
    /// Start of the next look-back, UTC; 1970-01-01T00:00:00Z means not set.
    #[schema(required = false, value_type = chrono::DateTime<chrono::Utc>)]
    pub last_successful_run_date: WireTime,
    /// Step-level JavaScript.
    pub script: Option<String>,
    /// Text of an annotation.
    pub annotation_text: Option<String>,
    /// Not shown in LAUNCH.
    #[schema(required = false)]
    pub is_setup_hidden: bool,
    /// Decision steps only.
    pub decision: Option<DecisionSettings>,
    /// Delay steps only.
    pub delay: Option<DelaySettings>,
    /// WaitUntil steps only.
    pub wait_until: Option<WaitUntilSettings>,
    /// Mid-cycle webhook steps only.
    pub webhook_mapping: Option<WebhookMapping>,
    /// Relations between mapped lists.
    #[schema(required = false)]
    pub collection_keys: Vec<CollectionKey>,
    /// Account connector; null for tools and until one is chosen.
    #[schema(required = true)]
    pub account_connector: Option<StepAccountConnector>,
    /// Connector method; null for tools.
    #[schema(required = true)]
    pub method: Option<Method>,
    /// Copied category (custom object), if any.
    pub category_id: Option<i32>,
    /// URL to send requests to; webhook steps only.
    pub webhook_url: Option<String>,
    /// A newer major release of the method exists.
    #[schema(required = false, read_only)]
    pub update_available: bool,
}

/// Short form of an account connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StepAccountConnector {
    /// Id of the account connector.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Whether it is authenticated.
    pub authenticated: bool,
    /// Connector id.
    pub connector_id: i32,
    /// Version of the connector.
    pub version: Option<String>,
}

/// Criteria of a decision step.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DecisionSettings {
    /// Whether all comparisons must hold or any.
    #[serde(default)]
    #[schema(value_type = DecisionJoin, required = false)]
    pub join: Option<DecisionJoin>,
    /// Comparisons.
    pub criteria: Vec<DecisionCriterion>,
}

/// One comparison.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DecisionCriterion {
    /// Left operand.
    #[serde(default)]
    pub left_operand: Option<OperandRef>,
    /// Comparison.
    pub condition: DecisionCondition,
    /// Right operand; lower bound for Between; null when the comparison needs none.
    #[serde(default)]
    pub right_operand: Option<OperandRef>,
    /// Upper bound, for Between.
    #[serde(default)]
    pub upper_operand: Option<OperandRef>,
    /// Compare text without regard to case.
    #[serde(default)]
    pub ignore_case: bool,
}

/// An operand: a field of an earlier step or a typed value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OperandRef {
    /// Source of the value.
    #[serde(default)]
    #[schema(value_type = MappingType, required = false)]
    pub mapping_type: Option<GivenMappingType>,
    /// Step, for PreviousStep.
    #[serde(default)]
    pub source_step_id: Option<Uuid>,
    /// Field, for PreviousStep.
    #[serde(default)]
    pub source_field_id: Option<i32>,
    /// Variable, for Variable.
    #[serde(default)]
    pub variable_name: Option<String>,
    /// Value, for StaticValue.
    #[serde(default)]
    pub value: Option<String>,
}

/// Period of a delay step.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DelaySettings {
    /// Number of units.
    #[schema(minimum = 1)]
    pub interval: Option<u32>,
    /// Unit.
    pub unit: Option<TimeUnit>,
}

/// The same to be stored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DelayWrite {
    interval: Patch<i64>,
    unit: Patch<TimeUnit>,
}

/// Date of a wait-until step.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WaitUntilSettings {
    /// StaticValue or PreviousStep.
    #[schema(value_type = MappingType, required = false)]
    pub mapping_type: Option<MappingType>,
    /// Date and time, ISO 8601, for StaticValue; without zone in the time zone of the account.
    pub value: Option<String>,
    /// Step, for PreviousStep.
    pub source_step_id: Option<Uuid>,
    /// Date field, for PreviousStep.
    pub source_field_id: Option<i32>,
}

/// The same to be stored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WaitUntilWrite {
    mapping_type: Keep<GivenMappingType>,
    value: Patch<String>,
    source_step_id: Patch<Uuid>,
    source_field_id: Patch<i32>,
}

/// Which waiting transaction a mid-cycle webhook continues.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WebhookMapping {
    /// Field of the received request.
    #[schema(value_type = i32, required = false)]
    pub request_field_id: Option<i32>,
    /// Step whose field must match.
    #[schema(value_type = Uuid, required = false)]
    pub source_step_id: Option<Uuid>,
    /// Field that must match.
    #[schema(value_type = i32, required = false)]
    pub source_field_id: Option<i32>,
}

/// The same to be stored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WebhookMappingWrite {
    request_field_id: Patch<i32>,
    source_step_id: Patch<Uuid>,
    source_field_id: Patch<i32>,
}

/// Unique fields that relate two mapped lists; both steps without fields relate everything to everything.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CollectionKey {
    /// Step of the first list.
    #[serde(default)]
    #[schema(value_type = Uuid, required = false)]
    pub left_step_id: Option<Uuid>,
    /// Unique field of the first list.
    #[serde(default)]
    #[schema(value_type = i32, required = false)]
    pub left_field_id: Option<i32>,
    /// Step of the second list.
    #[serde(default)]
    #[schema(value_type = Uuid, required = false)]
    pub right_step_id: Option<Uuid>,
    /// Unique field of the second list.
    #[serde(default)]
    #[schema(value_type = i32, required = false)]
    pub right_field_id: Option<i32>,
}

/// Whole pixels are written as whole numbers.
fn pixels<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 {
        return serializer.serialize_i64(*value as i64);
    }
    serializer.serialize_f64(*value)
}

impl Step {
    /// A step of a design.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn new(design: &Design, step: &cycle::Step) -> Result<Self, CycleError> {
        let numbers = design.numbers();
        let run = design.connectors.of(step);
        let method = step.method();
        let state = design.state(step.id);
        let look_back = state.and_then(|state| state.last_successful_run);
        let keys = method.map(|it| it.collection_keys.as_slice());
        Ok(Self {
            id: step.id.0,
            cycle_id: design.cycle.id.0,
            name: step.name.clone(),
            description: step.description.clone(),
            action_type: StepAction::of(step).into(),
            display_position_left: step.position.left,
            display_position_top: step.position.top,
            step_error_action: step.on_error.map(Into::into),
            collection_split_type: step.splitting.map(Into::into),
            use_external_authentication: method.is_some_and(|it| it.external_authentication),
            on_uncertain: method.map(|it| it.on_uncertain).unwrap_or_default().into(),
            last_successful_run_date: look_back.unwrap_or(DateTime::UNIX_EPOCH).into(),
            script: step.script.clone(),
            annotation_text: match &step.kind {
                StepKind::Annotation { text } => text.clone(),
                _ => None,
            },
            is_setup_hidden: step.is_setup_hidden,
            decision: match &step.kind {
                StepKind::Decision(decision) => Some(DecisionSettings::new(decision, numbers)?),
                _ => None,
            },
            delay: match step.kind {
                StepKind::Delay(delay) => Some(DelaySettings {
                    interval: delay.interval,
                    unit: delay.unit.map(Into::into),
                }),
                _ => None,
            },
            wait_until: match &step.kind {
                StepKind::WaitUntil { date: Some(date) } => {
                    let shown = numbers.shown(Some(date))?;
                    Some(WaitUntilSettings {
                        mapping_type: shown.kind.map(Into::into),
                        value: shown.value,
                        source_step_id: shown.from.step.map(|id| id.0),
                        source_field_id: shown.from.field.map(|id| id.0),
                    })
                }
                _ => None,
            },
            webhook_mapping: webhook_mapping(step, numbers)?,
            collection_keys: keys
                .unwrap_or_default()
                .iter()
                .map(|key| CollectionKey::new(key, numbers))
                .collect::<Result<_, _>>()?,
            account_connector: run.and_then(|run| StepAccountConnector::new(&run)),
            method: run.map(|run| shown_method(&run)).transpose()?,
            category_id: method.and_then(|it| it.category).map(|id| id.0),
            webhook_url: design.webhook_url(step),
            update_available: design.has_update(step),
        })
    }
}

fn webhook_mapping(
    step: &cycle::Step,
    numbers: Numbers<'_>,
) -> Result<Option<WebhookMapping>, CycleError> {
    let Some(webhook) = step.method().and_then(|method| method.webhook.as_ref()) else {
        return Ok(None);
    };
    let request = match &webhook.request {
        Some(location) => numbers.received(step.id, location)?,
        None => None,
    };
    let from = numbers.field(&webhook.source)?;
    Ok(Some(WebhookMapping {
        request_field_id: request.map(|id| id.0),
        source_step_id: from.step.map(|id| id.0),
        source_field_id: from.field.map(|id| id.0),
    }))
}

/// The method with the account's own fields.
fn shown_method(run: &StepMethod<'_>) -> Result<Method, CycleError> {
    let account_connector = run.step.account_connector.map(|id| id.0);
    let connector = run.numbered.connector();
    let mut method = Method::new(run.numbered, account_connector);
    for (direction, shown) in [
        (Direction::Request, &mut method.request_fields),
        (Direction::Response, &mut method.response_fields),
    ] {
        *shown = run
            .fields(direction)?
            .iter()
            .map(|one| field(one, connector, account_connector))
            .collect();
    }
    Ok(method)
}

impl StepAccountConnector {
    fn new(run: &StepMethod<'_>) -> Option<Self> {
        let installation = run.installation?;
        let listed = installation.release.listed();
        Some(Self {
            id: installation.connector.id.0,
            name: installation.connector.name.clone(),
            authenticated: run.is_authenticated(),
            connector_id: listed.shown.0,
            version: listed.version.clone(),
        })
    }
}

impl DecisionSettings {
    fn new(decision: &cycle::Decision, numbers: Numbers<'_>) -> Result<Self, CycleError> {
        let operand = |source: &Option<cycle::Source>| -> Result<_, CycleError> {
            let shown = numbers.shown(source.as_ref())?;
            Ok(shown.kind.map(|kind| OperandRef {
                mapping_type: Some(GivenMappingType(kind.into())),
                source_step_id: shown.from.step.map(|id| id.0),
                source_field_id: shown.from.field.map(|id| id.0),
                variable_name: shown.variable,
                value: shown.value,
            }))
        };
        let criteria = decision.criteria.iter().map(|row| {
            Ok(DecisionCriterion {
                left_operand: operand(&row.left)?,
                condition: row.condition.into(),
                right_operand: operand(&row.right)?,
                upper_operand: operand(&row.upper)?,
                ignore_case: row.ignores_case,
            })
        });
        Ok(Self {
            join: Some(decision.join.into()),
            criteria: criteria.collect::<Result<_, CycleError>>()?,
        })
    }
}

impl CollectionKey {
    fn new(key: &cycle::CollectionKey, numbers: Numbers<'_>) -> Result<Self, CycleError> {
        let number = |source: &FieldSource| numbers.field(source);
        let (left, right) = (number(&key.left)?, number(&key.right)?);
        Ok(Self {
            left_step_id: left.step.map(|id| id.0),
            left_field_id: left.field.map(|id| id.0),
            right_step_id: right.step.map(|id| id.0),
            right_field_id: right.field.map(|id| id.0),
        })
    }
}

/// A step, new or changed: the same properties.
macro_rules! step_write {
    ($(#[$meta:meta])* $name:ident, required = $required:literal) => {
        $(#[$meta])*
        #[derive(Debug, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "PascalCase")]
        pub struct $name {
            /// Name.
            #[schema(value_type = String)]
            #[serde(default)]
            pub name: Keep<String>,
            /// Description.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub description: Patch<String>,
            /// Kind of step; name or number.
            #[schema(value_type = ActionType, required = $required)]
            #[serde(default)]
            pub action_type: Keep<ActionType>,
            /// X position on the canvas, pixels.
            #[schema(value_type = f64)]
            #[serde(default)]
            pub display_position_left: Keep<f64>,
            /// Y position on the canvas, pixels.
            #[schema(value_type = f64)]
            #[serde(default)]
            pub display_position_top: Keep<f64>,
            /// Overrides the cycle; null inherits.
            #[schema(value_type = Option<StepErrorAction>)]
            #[serde(default)]
            pub step_error_action: Patch<StepErrorAction>,
            /// Overrides the cycle; null inherits.
            #[schema(value_type = Option<CollectionSplitType>)]
            #[serde(default)]
            pub collection_split_type: Patch<CollectionSplitType>,
            /// Take credentials from step parameters, not from the account connector.
            #[schema(value_type = bool)]
            #[serde(default)]
            pub use_external_authentication: Keep<bool>,
            /// What happens when the outcome of a call is unknown.
            #[schema(value_type = OnUncertain)]
            #[serde(default)]
            pub on_uncertain: Keep<OnUncertain>,
            /// Start of the next look-back, UTC; 1970-01-01T00:00:00Z means not set.
            #[schema(value_type = chrono::DateTime<chrono::Utc>)]
            #[serde(default)]
            pub last_successful_run_date: Keep<WireTime>,
            /// Step-level JavaScript.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub script: Patch<String>,
            /// Text of an annotation.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub annotation_text: Patch<String>,
            /// Not shown in LAUNCH.
            #[schema(value_type = bool)]
            #[serde(default)]
            pub is_setup_hidden: Keep<bool>,
            /// Decision steps only.
            #[schema(value_type = Option<DecisionSettings>)]
            #[serde(default)]
            pub decision: Patch<DecisionSettings>,
            /// Delay steps only.
            #[schema(value_type = Option<DelaySettings>)]
            #[serde(default)]
            pub delay: Patch<DelayWrite>,
            /// WaitUntil steps only.
            #[schema(value_type = Option<WaitUntilSettings>)]
            #[serde(default)]
            pub wait_until: Patch<WaitUntilWrite>,
            /// Mid-cycle webhook steps only.
            #[schema(value_type = Option<WebhookMapping>)]
            #[serde(default)]
            pub webhook_mapping: Patch<WebhookMappingWrite>,
            /// Relations between mapped lists.
            #[schema(value_type = Vec<CollectionKey>)]
            #[serde(default)]
            pub collection_keys: Keep<Vec<CollectionKey>>,
            /// Account connector, for Action and Webhook.
            #[schema(value_type = Option<i32>)]
            #[serde(default)]
            pub account_connector_id: Patch<i32>,
            /// Method; or give MethodUniqueIdentifier.
            #[schema(value_type = Option<i32>)]
            #[serde(default)]
            pub method_id: Patch<i32>,
            /// Method.
            #[schema(value_type = Option<Uuid>)]
            #[serde(default)]
            pub method_unique_identifier: Patch<Uuid>,
            /// Copied category (custom object).
            #[schema(value_type = Option<i32>)]
            #[serde(default)]
            pub category_id: Patch<i32>,
        }

        impl TryFrom<$name> for StepChange {
            type Error = Invalid;

            fn try_from(write: $name) -> Result<Self, Invalid> {
                Ok(Self {
                    name: write.name.0,
                    description: write.description.into_change(),
                    action: write.action_type.0.map(known_action).transpose()?,
                    left: write.display_position_left.0,
                    top: write.display_position_top.0,
                    on_error: write.step_error_action.map(Into::into).into_change(),
                    splitting: write.collection_split_type.map(Into::into).into_change(),
                    external_authentication: write.use_external_authentication.0,
                    on_uncertain: write.on_uncertain.0.map(Into::into),
                    last_successful_run: write.last_successful_run_date.0.map(|time| time.0),
                    script: write.script.into_change(),
                    annotation: write.annotation_text.into_change(),
                    is_setup_hidden: write.is_setup_hidden.0,
                    decision: write.decision.map(Into::into).into_change(),
                    delay: write.delay.map(Into::into).into_change(),
                    wait_until: write.wait_until.map(Into::into).into_change(),
                    webhook: write.webhook_mapping.map(Into::into).into_change(),
                    collection_keys: write
                        .collection_keys
                        .0
                        .map(|keys| keys.into_iter().map(Into::into).collect()),
                    account_connector: write
                        .account_connector_id
                        .map(AccountConnectorId)
                        .into_change(),
                    method: write.method_id.map(MethodId).into_value(),
                    method_uid: write.method_unique_identifier.map(MethodUid).into_value(),
                    category: write.category_id.map(CategoryCopyId).into_change(),
                })
            }
        }
    };
}

step_write! {
    /// New step.
    StepCreate, required = true
}
step_write! {
    /// Changes to a step. A property left out keeps its value.
    StepUpdate, required = false
}

fn known_action(given: ActionType) -> Result<StepAction, Invalid> {
    given.action().ok_or_else(|| {
        Invalid::new(
            "step.unknown_action_type",
            "ActionType can't be Unknown; it is the kind of the step.",
        )
    })
}

impl From<DecisionSettings> for DecisionChange {
    fn from(given: DecisionSettings) -> Self {
        Self {
            join: given.join.map(Into::into),
            criteria: given.criteria.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<DecisionCriterion> for CriterionChange {
    fn from(given: DecisionCriterion) -> Self {
        Self {
            left: given.left_operand.map(Into::into),
            condition: given.condition.into(),
            right: given.right_operand.map(Into::into),
            upper: given.upper_operand.map(Into::into),
            ignores_case: given.ignore_case,
        }
    }
}

impl From<OperandRef> for SourceChange {
    fn from(given: OperandRef) -> Self {
        Self {
            kind: given.mapping_type.map(|given| given.0.into()),
            step: Some(given.source_step_id.map(StepId)),
            field: Some(given.source_field_id.map(FieldId)),
            variable: Some(given.variable_name),
            value: Some(given.value),
            ..Self::default()
        }
    }
}

impl From<DelayWrite> for DelayChange {
    fn from(given: DelayWrite) -> Self {
        Self {
            interval: given.interval.into_change(),
            unit: given.unit.map(Into::into).into_change(),
        }
    }
}

impl From<WaitUntilWrite> for SourceChange {
    fn from(given: WaitUntilWrite) -> Self {
        Self {
            kind: given.mapping_type.0.map(|given| given.0.into()),
            step: given.source_step_id.map(StepId).into_change(),
            field: given.source_field_id.map(FieldId).into_change(),
            value: given.value.into_change(),
            ..Self::default()
        }
    }
}

impl From<WebhookMappingWrite> for WebhookMappingChange {
    fn from(given: WebhookMappingWrite) -> Self {
        Self {
            request: given.request_field_id.map(FieldId).into_change(),
            step: given.source_step_id.map(StepId).into_change(),
            field: given.source_field_id.map(FieldId).into_change(),
        }
    }
}

impl From<CollectionKey> for KeyChange {
    fn from(given: CollectionKey) -> Self {
        Self {
            left: FieldNumber {
                step: given.left_step_id.map(StepId),
                field: given.left_field_id.map(FieldId),
            },
            right: FieldNumber {
                step: given.right_step_id.map(StepId),
                field: given.right_field_id.map(FieldId),
            },
        }
    }
}

/// A connection between two steps.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Edge {
    /// Id of the edge; ignored on input.
    pub id: Uuid,
    /// Step the arrow points at: runs second.
    pub head_step_id: Uuid,
    /// Step the arrow starts from: runs first.
    pub tail_step_id: Uuid,
    /// Exit of the tail step.
    pub edge_type: EdgeType,
}

impl From<cycle::Edge> for Edge {
    fn from(edge: cycle::Edge) -> Self {
        Self {
            id: edge.id.0,
            head_step_id: edge.head.0,
            tail_step_id: edge.tail.0,
            edge_type: edge.exit.into(),
        }
    }
}

/// New edge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct EdgeCreate {
    /// Ignored.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    #[expect(dead_code, reason = "accepted, so that an answer can be sent back")]
    id: Option<serde::de::IgnoredAny>,
    /// Step that runs second.
    head_step_id: Uuid,
    /// Step that runs first.
    tail_step_id: Uuid,
    /// Exit of the tail step; Forward when absent.
    #[serde(default)]
    #[schema(value_type = EdgeType)]
    edge_type: Keep<EdgeType>,
}

impl From<EdgeCreate> for NewEdge {
    fn from(body: EdgeCreate) -> Self {
        Self {
            tail: StepId(body.tail_step_id),
            exit: body.edge_type.0.unwrap_or(EdgeType::Forward).into(),
            head: StepId(body.head_step_id),
        }
    }
}
