//! Templates as the wire shows and takes them, in the order of the schema.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{AccountConnectorId, ConnectorId, FieldId, FolderId, ParameterId, StepId};
use velodrome_service::{
    Invalid,
    cycles::{self, StepAction},
    templates::{
        BinItem, FolderChange, ReleaseCopy as Copy, ShownFolder, ShownTemplate,
        ShownTemplateRelease, StepToSetUp, TemplateChange, TemplateConnector as UsedConnector,
        TemplateInstall as Install, UpgradeOutcome, Upgradeable, Upgraded, Upgrades,
        files::Difference,
    },
};

use crate::{
    WireTime,
    lenient::{Keep, Patch, wire_words},
    v1::{
        cycles::wire::{
            ActionType, CycleVariable, CycleVariableWrite, FieldMapping, FieldMappingWrite,
            Interval, ParameterMapping, ParameterMappingWrite, Prerequisite,
        },
        wire::ReleaseStatus,
    },
};

wire_words! {
    /// What a template does when the account already has the connector.
    pub enum ConnectorInstallMode {
        /// Reuse the installed one (default).
        Existing,
        /// Always install a new one.
        Fresh,
    }
}

wire_words! {
    /// Kind of an item of the recycle bin.
    pub enum RecycleBinItemType {
        /// A cycle of an account.
        Cycle,
        /// A template with its releases.
        Template,
    }
}

/// A published integration that can be installed as a cycle.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Template {
    /// Id of the template.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Description for users.
    pub description: Option<String>,
    /// Connectors it uses.
    pub connectors: Vec<TemplateConnector>,
    /// Tags, case-sensitive.
    pub tags: Vec<String>,
    /// Note shown to users during installation.
    pub note: Option<String>,
    /// Installation copies custom fields of the template connectors.
    #[schema(required = false)]
    pub share_custom_fields: bool,
    /// Interval of installed cycles, minutes.
    #[schema(required = false)]
    pub interval: Interval,
    /// Installed cycles run once.
    #[schema(required = false)]
    pub run_once: bool,
    /// Live release; null when there is none.
    pub template_release_id: Option<Uuid>,
    /// Offered for installation.
    #[schema(required = false)]
    pub published: bool,
    /// Folder; null for the root.
    pub folder_id: Option<Uuid>,
    /// Number of steps.
    #[schema(required = false)]
    pub step_count: usize,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false)]
    pub created_on_utc: WireTime,
    /// Only with includePrerequisites=true.
    pub prerequisites: Option<Vec<TemplatePrerequisiteStep>>,
    /// Variables the user may set; only with includePrerequisites=true.
    pub variables: Option<Vec<CycleVariable>>,
}

impl Template {
    /// A template, with icons where they are wanted.
    pub fn new(shown: &ShownTemplate, with_icons: bool) -> Self {
        let template = &shown.template;
        Self {
            id: template.id.0,
            name: template.name.clone(),
            description: template.description.clone(),
            connectors: connectors(&shown.connectors, with_icons),
            tags: template.settings.tags.clone(),
            note: template.settings.note.clone(),
            share_custom_fields: template.settings.shares_custom_fields,
            interval: Interval(template.settings.interval),
            run_once: template.settings.runs_once,
            template_release_id: shown.live.map(|live| live.0),
            published: template.is_published,
            folder_id: template.folder.map(|folder| folder.0),
            step_count: shown.steps,
            created_on_utc: template.created_at.into(),
            prerequisites: None,
            variables: None,
        }
    }
}

/// A connector used by a template.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateConnector {
    /// Connector id.
    pub id: i32,
    /// Name of the connector.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Steps that use it.
    pub step_count: usize,
    /// data: URI; null unless includeIcons=true.
    pub icon: Option<String>,
    /// A utility connector.
    #[schema(required = false)]
    pub is_system_connector: bool,
    /// What happens when the account already has it.
    #[schema(required = false)]
    pub install_mode: ConnectorInstallMode,
}

fn connectors(used: &[UsedConnector], with_icons: bool) -> Vec<TemplateConnector> {
    let shown = used.iter().map(|one| TemplateConnector {
        id: one.id.0,
        name: one.name.clone(),
        version: one.version.clone(),
        step_count: one.steps,
        icon: one
            .icon
            .as_ref()
            .filter(|_| with_icons)
            .map(ToString::to_string),
        is_system_connector: one.is_utility,
        install_mode: if one.is_fresh {
            ConnectorInstallMode::Fresh
        } else {
            ConnectorInstallMode::Existing
        },
    });
    shown.collect()
}

/// Template settings. A property left out keeps its value.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateWrite {
    /// Name.
    #[serde(default)]
    #[schema(value_type = String, min_length = 1)]
    pub name: Keep<String>,
    /// Description for users.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub description: Patch<String>,
    /// Note shown to users during installation.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Patch<String>,
    /// Installation copies custom fields.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub share_custom_fields: Keep<bool>,
    /// Interval of installed cycles, minutes.
    #[serde(default)]
    #[schema(value_type = Interval)]
    pub interval: Keep<i64>,
    /// Installed cycles run once.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub run_once: Keep<bool>,
    /// Tags, case-sensitive.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub tags: Keep<Vec<String>>,
    /// Offered for installation.
    #[serde(default)]
    #[schema(value_type = bool)]
    pub published: Keep<bool>,
    /// Folder; null for the root.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub folder_id: Patch<Uuid>,
    /// What happens with a connector that the account already has; those left out keep their mode.
    #[serde(default)]
    #[schema(value_type = Vec<TemplateConnectorWrite>)]
    pub connectors: Keep<Vec<TemplateConnectorWrite>>,
}

/// Install mode of a connector of a template.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateConnectorWrite {
    /// Connector id.
    pub id: i32,
    /// What happens when the account already has it.
    pub install_mode: ConnectorInstallMode,
}

impl From<TemplateWrite> for TemplateChange {
    fn from(write: TemplateWrite) -> Self {
        let connectors = write.connectors.0.unwrap_or_default().into_iter();
        Self {
            name: write.name.0,
            description: write.description.into_change(),
            note: write.note.into_change(),
            shares_custom_fields: write.share_custom_fields.0,
            interval: write.interval.0,
            runs_once: write.run_once.0,
            tags: write.tags.0,
            is_published: write.published.0,
            folder: write.folder_id.map(FolderId).into_change(),
            fresh: connectors
                .map(|one| {
                    let is_fresh = one.install_mode == ConnectorInstallMode::Fresh;
                    (ConnectorId(one.id), is_fresh)
                })
                .collect(),
        }
    }
}

/// A release of a template.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateRelease {
    /// Id of the release.
    pub id: Uuid,
    /// Template.
    pub template_id: Uuid,
    /// Running number, from 1.
    pub number: i32,
    /// State.
    pub status: ReleaseStatus,
    /// Release notes.
    pub notes: Option<String>,
    /// Cycle in the template account that holds the steps; edit it with /cycles.
    pub cycle_id: Uuid,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false)]
    pub created_on_utc: WireTime,
    /// User who created it.
    pub created_by: Option<String>,
    /// Time it went live, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub promoted_on_utc: Option<WireTime>,
    /// Last test run, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub last_run_on_utc: Option<WireTime>,
    /// Connectors it uses.
    #[schema(required = false)]
    pub connectors: Vec<TemplateConnector>,
}

impl From<ShownTemplateRelease> for TemplateRelease {
    fn from(shown: ShownTemplateRelease) -> Self {
        let release = shown.release;
        Self {
            id: release.id.0,
            template_id: release.template.0,
            number: release.number,
            status: release.status.into(),
            notes: release.notes,
            cycle_id: release.cycle.0,
            created_on_utc: release.created_at.into(),
            created_by: release.created_by,
            promoted_on_utc: release.promoted_at.map(Into::into),
            last_run_on_utc: shown.last_run.map(Into::into),
            connectors: connectors(&shown.connectors, false),
        }
    }
}

/// Where to copy a release.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseCopy {
    /// Release to copy; the live one when absent.
    pub source_release_id: Option<Uuid>,
    /// Template that gets the new draft; this one when absent.
    pub target_template_id: Option<Uuid>,
    /// Creates a new template instead.
    pub new_template_name: Option<String>,
    /// Folder for a new template.
    pub folder_id: Option<Uuid>,
    /// Release notes.
    pub notes: Option<String>,
}

impl From<ReleaseCopy> for Copy {
    fn from(copy: ReleaseCopy) -> Self {
        Self {
            source: copy
                .source_release_id
                .map(velodrome_model::TemplateReleaseId),
            target: copy.target_template_id.map(velodrome_model::TemplateId),
            new_template: copy.new_template_name,
            folder: copy.folder_id.map(FolderId),
            notes: copy.notes,
        }
    }
}

/// Changes to a release.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseUpdate {
    /// Release notes.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub notes: Patch<String>,
}

/// A step the user has to set up.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplatePrerequisiteStep {
    /// Step of the template.
    pub step_id: Uuid,
    /// Name of the step.
    pub name: String,
    /// Kind of step.
    pub action_type: ActionType,
    /// Connector; null for tools.
    pub connector_id: Option<i32>,
    /// Method; null for tools.
    pub method_unique_identifier: Option<Uuid>,
    /// Parameters to set.
    pub parameters: Vec<ParameterMapping>,
    /// Fields to set, custom fields included when looked up.
    pub fields: Vec<FieldMapping>,
}

impl TemplatePrerequisiteStep {
    /// A step; `masked` hides what stands for sensitive parameters.
    pub fn new(one: StepToSetUp<'_>, masked: bool) -> Self {
        let method = one.step.method();
        Self {
            step_id: one.step.id.0,
            name: one.step.name.clone(),
            action_type: StepAction::of(one.step).into(),
            connector_id: one.connector.map(|connector| connector.0),
            method_unique_identifier: method.map(|method| method.method.0),
            parameters: one
                .parameters
                .into_iter()
                .map(|mapping| ParameterMapping::new(mapping, masked))
                .collect(),
            fields: one.fields.into_iter().map(Into::into).collect(),
        }
    }
}

/// Values for an installation. The whole body may be absent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateInstall {
    /// Name of the cycle; the template name when absent.
    pub name: Option<String>,
    /// Description of the cycle.
    pub description: Option<String>,
    /// Account connector to use, by connector id; overrides the install mode.
    #[schema(value_type = Option<Object>)]
    pub account_connectors: Option<HashMap<String, i32>>,
    /// Variable values.
    pub variables: Option<Vec<CycleVariableWrite>>,
    /// Mappings by step of the template; map in one call what would else be PUT one by one.
    pub prerequisites: Option<Vec<StepSetup>>,
}

/// Mappings of one step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StepSetup {
    /// Step of the template.
    pub step_id: Uuid,
    /// Parameter mappings; Parameter.Id is required.
    pub parameters: Option<Vec<ParameterMappingWrite>>,
    /// Field mappings; Field.Id is required.
    pub fields: Option<Vec<FieldMappingWrite>>,
}

impl TryFrom<TemplateInstall> for Install {
    type Error = Invalid;

    fn try_from(install: TemplateInstall) -> Result<Self, Invalid> {
        let mut account_connectors = Vec::new();
        for (connector, chosen) in install.account_connectors.unwrap_or_default() {
            let number = connector.trim().parse().map_err(|_| {
                let text = format_args!("AccountConnectors: {connector} is no connector id.");
                Invalid::new("template.malformed_connector", text)
            })?;
            account_connectors.push((ConnectorId(number), AccountConnectorId(chosen)));
        }
        let variables = install.variables.unwrap_or_default().into_iter();
        let setups = install.prerequisites.unwrap_or_default().into_iter();
        Ok(Self {
            name: install.name,
            description: install.description,
            account_connectors,
            variables: variables
                .map(TryInto::try_into)
                .collect::<Result<_, Invalid>>()?,
            setups: setups
                .map(TryInto::try_into)
                .collect::<Result<_, Invalid>>()?,
        })
    }
}

impl TryFrom<StepSetup> for cycles::StepSetup {
    type Error = Invalid;

    fn try_from(setup: StepSetup) -> Result<Self, Invalid> {
        let required = |name: &str, id: Option<i32>| {
            let text = format_args!("Prerequisites: {name}.Id is required.");
            id.ok_or_else(|| Invalid::new("template.mapping_id_required", text))
        };
        let mut parameters = Vec::new();
        for mapping in setup.parameters.unwrap_or_default() {
            let id = required("Parameter", mapping.repeated())?;
            parameters.push((ParameterId(id), mapping.into()));
        }
        let mut fields = Vec::new();
        for mapping in setup.fields.unwrap_or_default() {
            let id = required("Field", mapping.repeated())?;
            fields.push((FieldId(id), mapping.into()));
        }
        Ok(Self {
            step: StepId(setup.step_id),
            parameters,
            fields,
        })
    }
}

/// Said of a cycle whose turn has not come yet.
const WAITING: &str = "The upgrade goes on in the background.";

/// The upgrades of a template that were asked for last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateUpgrade {
    /// When they were asked for, UTC; null when they never were.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub requested_on_utc: Option<WireTime>,
    /// Cycles whose turn has not come yet.
    pub pending_count: usize,
    /// What became of the others, cycle by cycle.
    pub results: Vec<UpgradeResult>,
}

impl From<Upgrades> for TemplateUpgrade {
    fn from(upgrades: Upgrades) -> Self {
        let is_waiting = |one: &Upgraded| one.outcome == UpgradeOutcome::Waiting;
        let (waiting, seen): (Vec<_>, Vec<_>) = upgrades.results.into_iter().partition(is_waiting);
        Self {
            requested_on_utc: upgrades.asked_at.map(Into::into),
            pending_count: waiting.len(),
            results: seen.into_iter().map(Into::into).collect(),
        }
    }
}

/// Outcome of an upgrade.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UpgradeResult {
    /// Upgraded cycle.
    pub cycle_id: Uuid,
    /// API id of its account.
    pub account_id: String,
    /// Whether it runs the live release now.
    pub upgraded: bool,
    /// Why not.
    pub message: Option<String>,
    /// What the user has to set up again.
    #[schema(required = false)]
    pub prerequisites: Vec<Prerequisite>,
}

impl From<Upgraded> for UpgradeResult {
    fn from(one: Upgraded) -> Self {
        let (upgraded, message, open) = match one.outcome {
            UpgradeOutcome::Done(open) => (true, None, open),
            UpgradeOutcome::Refused(why) => (false, Some(why), Vec::new()),
            UpgradeOutcome::Waiting => (false, Some(WAITING.to_owned()), Vec::new()),
        };
        Self {
            cycle_id: one.cycle.0,
            account_id: one.account.to_string(),
            upgraded,
            message,
            prerequisites: open.into_iter().map(Into::into).collect(),
        }
    }
}

/// What an upgrade of a cycle would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UpgradePreview {
    /// Part by part; empty when only the release would be another.
    pub changes: Vec<UpgradeChange>,
}

/// One change of an upgrade, in the words of template files.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UpgradeChange {
    /// Where: the keys of a template file from the outside in.
    pub path: Vec<String>,
    /// What is there now; null where nothing is.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What will be; null where nothing will be.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

impl From<Vec<Difference>> for UpgradePreview {
    fn from(differences: Vec<Difference>) -> Self {
        let changes = differences.into_iter().map(|one| UpgradeChange {
            path: one.path,
            before: one.before,
            after: one.after,
        });
        Self {
            changes: changes.collect(),
        }
    }
}

/// A cycle with a newer template release.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UpgradeableCycle {
    /// Cycle.
    pub id: Uuid,
    /// Name of the cycle.
    pub name: String,
    /// Template.
    pub template_id: Uuid,
    /// Release in use.
    pub template_release_id: Uuid,
    /// Live release.
    pub latest_template_release_id: Uuid,
}

impl From<Upgradeable> for UpgradeableCycle {
    fn from(one: Upgradeable) -> Self {
        Self {
            id: one.cycle.id.0,
            name: one.cycle.name,
            template_id: one.template.0,
            template_release_id: one.release.0,
            latest_template_release_id: one.live.0,
        }
    }
}

/// A folder of the template library.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Folder {
    /// Id of the folder.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Parent folder; null at the root.
    pub parent_id: Option<Uuid>,
    /// Templates in it.
    #[schema(required = false, read_only)]
    pub template_count: u64,
}

impl From<ShownFolder> for Folder {
    fn from(shown: ShownFolder) -> Self {
        Self {
            id: shown.folder.id.0,
            name: shown.folder.name,
            parent_id: shown.folder.parent.map(|parent| parent.0),
            template_count: shown.templates,
        }
    }
}

/// A folder to store.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FolderWrite {
    /// Name.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 1)]
    pub name: Keep<String>,
    /// Parent folder; null at the root.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub parent_id: Patch<Uuid>,
}

impl From<FolderWrite> for FolderChange {
    fn from(write: FolderWrite) -> Self {
        Self {
            name: write.name.0,
            parent: write.parent_id.map(FolderId).into_change(),
        }
    }
}

/// A deleted cycle or template.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecycleBinItem {
    /// Id of the item.
    pub id: Uuid,
    /// Kind.
    #[serde(rename = "Type")]
    pub kind: RecycleBinItemType,
    /// Name.
    pub name: String,
    /// API id of the account; null for templates.
    pub account_id: Option<String>,
    /// Deleted, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub deleted_on_utc: WireTime,
    /// Removed for good, UTC: 90 days later.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub purge_on_utc: WireTime,
}

impl From<BinItem> for RecycleBinItem {
    fn from(item: BinItem) -> Self {
        Self {
            id: item.id,
            kind: match item.account {
                Some(_) => RecycleBinItemType::Cycle,
                None => RecycleBinItemType::Template,
            },
            name: item.name,
            account_id: item.account.map(|key| key.to_string()),
            deleted_on_utc: item.deleted_at.into(),
            purge_on_utc: item.purged_at.into(),
        }
    }
}

/// A template release or cycle as a document. Contains connector releases and variables; never credentials or account connector properties. Documents of the original product are accepted by the import. Unknown properties are kept.
#[derive(ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(
    dead_code,
    reason = "describes documents that the service writes and reads as they are"
)]
pub struct IntegrationExport {
    /// Name and version of the format; absent in documents made elsewhere.
    format: Option<String>,
    /// Name.
    name: String,
    /// Description.
    description: Option<String>,
    /// Tags.
    tags: Option<Vec<String>>,
    /// Error action by number: 0 Ignore, 1 Retry, 2 StopCycle, 3 StopTransaction.
    cycle_step_error_action: Option<i32>,
    /// Retries, 1 to 5.
    max_retries_on_error: Option<i32>,
    /// Splitting by number: 0 None, 1 First, 2 All.
    cycle_collection_split_type: Option<i32>,
    /// Log requests.
    log_step_data_requests: Option<bool>,
    /// Steps with method, connector release, mappings and parameters.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Map<String, Value>>,
    /// Edges: TailStep_Id, HeadStep_Id, CycleEdgeType.
    #[schema(value_type = Vec<Object>)]
    edges: Vec<Map<String, Value>>,
    /// Cycle variables.
    #[schema(value_type = Option<Vec<Object>>)]
    variables: Option<Vec<Map<String, Value>>>,
    /// Connector releases used; installed by the import when missing.
    #[schema(value_type = Option<Vec<Object>>)]
    exported_connectors: Option<Vec<Map<String, Value>>>,
}
