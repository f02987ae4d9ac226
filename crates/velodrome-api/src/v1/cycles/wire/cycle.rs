//! Cycles as the wire shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_service::cycles::{
    Activation, CycleChange, ShownCycle, UsedConnector,
    prerequisites::{self, Object},
};

use super::{
    CollectionSplitType, CycleStatus, Interval, PrerequisiteObjectType, ReasonCode, StepErrorAction,
};
use crate::{
    WireTime,
    lenient::{Keep, Patch},
};

/// What a cycle that never succeeded shows.
const NEVER: &str = "0001-01-01T00:00:00";

/// An integration in an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Cycle {
    /// Id of the cycle.
    pub id: Uuid,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_on_utc: WireTime,
    /// Tasks used in the current period.
    pub tasks_used: u64,
    /// Error incidents kept.
    pub error_count: u64,
    /// Warning incidents kept.
    pub warning_count: u64,
    /// Connectors it uses.
    pub connectors: Vec<CycleConnector>,
    /// Run state.
    pub status: CycleStatus,
    /// Last successful run, UTC; 0001-01-01T00:00:00 when never.
    #[schema(required = false)]
    pub last_successful_run_date: String,
    /// Transactions queued or running.
    #[schema(required = false)]
    pub in_progress_transaction_count: u64,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// May be copied to the template library.
    #[schema(required = false)]
    pub shareable: bool,
    /// What happens when a step fails; Ignore for a new cycle.
    pub step_error_action: StepErrorAction,
    /// Retries for Retry, 1 to 5; 5 for a new cycle.
    #[schema(required = false)]
    pub max_retries_on_error: u8,
    /// Log requests as well as responses.
    pub log_step_data_requests: bool,
    /// Collection splitting; First for a new cycle.
    pub collection_split_type: CollectionSplitType,
    /// One transaction at a time, first in first out.
    #[schema(required = false)]
    pub process_in_order: bool,
    /// Hours that data of successful transactions is kept; null means the account or partner default.
    pub step_data_success_retention_hours: Option<u32>,
    /// Hours that data of errored transactions is kept; null means the account or partner default.
    pub step_data_errored_retention_hours: Option<u32>,
    /// Tags, case-sensitive.
    pub tags: Vec<String>,
    /// Derived: true when StepErrorAction is Ignore.
    #[schema(required = false, read_only)]
    pub continue_on_step_error: bool,
    /// Template it was installed from; null when built by hand.
    pub template_id: Option<Uuid>,
    /// Release it was installed from.
    pub template_release_id: Option<Uuid>,
    /// Minutes between runs; 0 for webhooks and RunOnce.
    #[schema(required = false)]
    pub interval: Interval,
    /// First run, UTC; null when not set.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub start_time: Option<WireTime>,
    /// Next run, UTC; null when not scheduled.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub next_run_time: Option<WireTime>,
    /// Pauses after the first run.
    #[schema(required = false)]
    pub run_once: bool,
}

/// A connector used by a cycle.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CycleConnector {
    /// Connector id.
    pub id: i32,
    /// Account connector in use; null when none is chosen.
    pub account_connector_id: Option<i32>,
    /// Name of the connector.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Whether the account connector is authenticated.
    pub authenticated: bool,
    /// Steps that use it.
    pub step_count: usize,
    /// data: URI; null unless includeIcons=true.
    pub icon: Option<String>,
    /// A utility connector.
    #[schema(required = false)]
    pub is_system_connector: bool,
}

impl Cycle {
    /// The cycle, with icons where they are wanted.
    pub fn new(shown: ShownCycle, with_icons: bool) -> Self {
        let ShownCycle {
            cycle,
            run,
            connectors,
            counts,
        } = shown;
        let step_error_action: StepErrorAction = run.on_error.into();
        let last = cycle.last_successful_run.map(WireTime::from);
        Self {
            id: cycle.id.0,
            created_on_utc: cycle.created_at.into(),
            tasks_used: counts.tasks,
            error_count: counts.errors,
            warning_count: counts.warnings,
            connectors: connectors
                .into_iter()
                .map(|one| CycleConnector::new(one, with_icons))
                .collect(),
            status: cycle.status.into(),
            last_successful_run_date: last.map_or_else(|| NEVER.to_owned(), |at| at.to_string()),
            in_progress_transaction_count: counts.in_progress,
            name: cycle.name,
            description: cycle.description,
            shareable: cycle.settings.is_shareable,
            step_error_action,
            max_retries_on_error: run.retries.count(),
            log_step_data_requests: run.logs_requests,
            collection_split_type: run.splitting.into(),
            process_in_order: run.in_order,
            step_data_success_retention_hours: cycle.settings.success_retention_hours,
            step_data_errored_retention_hours: cycle.settings.errored_retention_hours,
            tags: cycle.settings.tags,
            continue_on_step_error: step_error_action == StepErrorAction::Ignore,
            template_id: cycle.origin.map(|origin| origin.template.0),
            template_release_id: cycle.origin.map(|origin| origin.release.0),
            interval: Interval(cycle.schedule.interval.map_or(0, |it| it.minutes())),
            start_time: cycle.schedule.start.map(Into::into),
            next_run_time: cycle.schedule.next.map(Into::into),
            run_once: cycle.schedule.runs_once,
        }
    }
}

impl CycleConnector {
    fn new(one: UsedConnector, with_icons: bool) -> Self {
        Self {
            id: one.id.0,
            account_connector_id: one.account_connector.map(|id| id.0),
            name: one.name,
            version: one.version,
            authenticated: one.is_authenticated,
            step_count: one.steps,
            icon: one
                .icon
                .filter(|_| with_icons)
                .map(|icon| icon.as_ref().to_owned()),
            is_system_connector: one.is_utility,
        }
    }
}

/// Settings of a cycle, new or changed: the same properties.
macro_rules! cycle_write {
    ($(#[$meta:meta])* $name:ident) => {
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
            /// May be copied to the template library.
            #[schema(value_type = bool)]
            #[serde(default)]
            pub shareable: Keep<bool>,
            /// What happens when a step fails; Ignore for a new cycle.
            #[schema(value_type = StepErrorAction)]
            #[serde(default)]
            pub step_error_action: Keep<StepErrorAction>,
            /// Retries for Retry, 1 to 5; 5 for a new cycle.
            #[schema(value_type = i64)]
            #[serde(default)]
            pub max_retries_on_error: Keep<i64>,
            /// Log requests as well as responses.
            #[schema(value_type = bool)]
            #[serde(default)]
            pub log_step_data_requests: Keep<bool>,
            /// Collection splitting; First for a new cycle.
            #[schema(value_type = CollectionSplitType)]
            #[serde(default)]
            pub collection_split_type: Keep<CollectionSplitType>,
            /// One transaction at a time, first in first out.
            #[schema(value_type = bool)]
            #[serde(default)]
            pub process_in_order: Keep<bool>,
            /// Hours that data of successful transactions is kept; null means the account or partner default.
            #[schema(value_type = Option<i32>)]
            #[serde(default)]
            pub step_data_success_retention_hours: Patch<i32>,
            /// Hours that data of errored transactions is kept; null means the account or partner default.
            #[schema(value_type = Option<i32>)]
            #[serde(default)]
            pub step_data_errored_retention_hours: Patch<i32>,
            /// Tags, case-sensitive.
            #[schema(value_type = Vec<String>)]
            #[serde(default)]
            pub tags: Keep<Vec<String>>,
        }

        impl From<$name> for CycleChange {
            fn from(write: $name) -> Self {
                Self {
                    name: write.name.0,
                    description: write.description.into_change(),
                    is_shareable: write.shareable.0,
                    on_error: write.step_error_action.0.map(Into::into),
                    retries: write.max_retries_on_error.0,
                    logs_requests: write.log_step_data_requests.0,
                    splitting: write.collection_split_type.0.map(Into::into),
                    in_order: write.process_in_order.0,
                    success_retention_hours: write.step_data_success_retention_hours.into_change(),
                    errored_retention_hours: write.step_data_errored_retention_hours.into_change(),
                    tags: write.tags.0,
                }
            }
        }
    };
}

cycle_write! {
    /// New cycle.
    CycleCreate
}
cycle_write! {
    /// Changes to a cycle. A property left out keeps its value.
    CycleUpdate
}

/// Schedule. The whole body may be absent for a webhook cycle.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CycleActivate {
    /// First run, UTC; now when absent.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    #[serde(default)]
    pub start_time: Option<WireTime>,
    /// Minutes between runs; ignored for webhook triggers and RunOnce, required else.
    #[schema(value_type = Interval)]
    #[serde(default)]
    pub interval: Keep<i64>,
    /// Pause after the first run; false when absent.
    #[schema(value_type = bool)]
    #[serde(default)]
    pub run_once: Keep<bool>,
}

impl From<CycleActivate> for Activation {
    fn from(body: CycleActivate) -> Self {
        Self {
            start: body.start_time.map(|time| time.0),
            interval: body.interval.0,
            runs_once: body.run_once.0.unwrap_or_default(),
        }
    }
}

/// The cycle cannot be activated yet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ActivationError {
    /// Why, one sentence.
    pub message: String,
    /// The unmet prerequisites; absent when the schedule itself is wrong.
    #[schema(required = false)]
    pub prerequisites: Vec<Prerequisite>,
}

/// Something that has to be set up before the cycle can run.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Prerequisite {
    /// Code.
    pub reason_code: ReasonCode,
    /// Text of the code, see x-reason-texts of ReasonCode.
    pub reason: &'static str,
    /// Kind of object.
    pub object_type: PrerequisiteObjectType,
    /// Id of the object: number for connectors, parameters and fields; GUID for cycles and steps; name for variables.
    #[schema(inline)]
    pub object_id: ObjectId,
}

/// Id of an object of any kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ObjectId {
    /// Of connectors, parameters and fields.
    Number(i32),
    /// Of cycles, steps and variables.
    Text(String),
}

impl From<prerequisites::Prerequisite> for Prerequisite {
    fn from(one: prerequisites::Prerequisite) -> Self {
        use PrerequisiteObjectType as Kind;
        let (object_type, object_id) = match one.object {
            Object::Cycle(id) => (Kind::Cycle, ObjectId::Text(id.to_string())),
            Object::AccountConnector(id) => (Kind::AccountConnector, ObjectId::Number(id.0)),
            Object::Step(id) => (Kind::Action, ObjectId::Text(id.to_string())),
            Object::Parameter(id) => (Kind::Parameter, ObjectId::Number(id.0)),
            Object::Field(id) => (Kind::ConnectorFieldMapping, ObjectId::Number(id.0)),
            Object::Variable(name) => (Kind::CycleVariable, ObjectId::Text(name)),
        };
        Self {
            reason_code: ReasonCode(one.reason.code()),
            reason: one.reason.text(),
            object_type,
            object_id,
        }
    }
}
