//! What a template's file says, as it is written.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};
use velodrome_model::{
    cycle::{
        CollectionSplitting, Condition, Join, OnUncertain, Retries, StepErrorAction, TimeUnit,
    },
    definition::DataType,
};

/// A template as a file: one release of it with what is set for the template. Steps have keys instead of
/// GUIDs; a method is named by its connector's slug and its own key; what is as usual is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateFile {
    /// Always [`FORMAT`](super::FORMAT).
    pub format: String,
    /// Name.
    pub name: String,
    /// Free text for users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Shown to users during installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Tags, case-sensitive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Offered to accounts once something is live; absent leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<bool>,
    /// An installation copies the custom fields of the template's connectors.
    #[serde(default, skip_serializing_if = "is_false")]
    pub share_custom_fields: bool,
    /// Interval of installed cycles, minutes; 0 is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub interval: u16,
    /// Installed cycles run once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub run_once: bool,
    /// Notes of the release; absent leaves them as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_notes: Option<String>,
    /// How cycles run.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: SettingsFile,
    /// Connectors of which something is said, by slug.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub connectors: IndexMap<String, ConnectorFile>,
    /// Variables, by system name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variables: IndexMap<String, VariableFile>,
    /// Steps, by key.
    #[serde(default)]
    pub steps: IndexMap<String, StepFile>,
    /// Members of an imported document that mean nothing to us.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub other: Map<String, Value>,
}

/// How cycles run (cycles.md §3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SettingsFile {
    /// On Step Error.
    #[serde(skip_serializing_if = "is_default")]
    pub on_step_error: StepErrorAction,
    /// How often a step is tried again; 5 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// Which steps' lists become transactions.
    #[serde(skip_serializing_if = "is_default")]
    pub splitting: CollectionSplitting,
    /// Requests are kept as well as answers; true when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_requests: Option<bool>,
    /// One transaction at a time.
    #[serde(skip_serializing_if = "is_false")]
    pub in_order: bool,
    /// Hours that data of successful transactions is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_successful_hours: Option<u32>,
    /// Hours that data of errored transactions is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_errored_hours: Option<u32>,
}

/// What is said of a connector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConnectorFile {
    /// The release that steps use; absent takes the live one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<u32>,
    /// Installed anew although the account has it.
    #[serde(skip_serializing_if = "is_false")]
    pub fresh: bool,
}

/// A variable (cycles.md §3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VariableFile {
    /// What people see; the system name when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Help text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Type of the value.
    #[serde(skip_serializing_if = "is_default")]
    pub data_type: DataType,
    /// Default; never there for sensitive ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The values that it may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Must have a value.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// Shown masked.
    #[serde(skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// Set by the customer.
    #[serde(skip_serializing_if = "is_false")]
    pub configurable: bool,
    /// As of the template.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub other: Map<String, Value>,
}

/// A step: exactly one of `method`, `webhook`, `decision`, `delay`, `waitUntil`, `waitAll` and `annotation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StepFile {
    /// What people call it.
    pub name: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Runs this method: `slug/key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Waits for the request that this method describes: `slug/key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// Compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionFile>,
    /// Lets a while pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<DelayFile>,
    /// Waits for this instant; null while it is undecided.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    pub wait_until: Option<Option<SourceFile>>,
    /// Waits until all other transactions have ended.
    #[serde(skip_serializing_if = "is_false")]
    pub wait_all: bool,
    /// A note.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    pub annotation: Option<Option<String>>,
    /// The connector's release, where it is another than the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<u32>,
    /// Which of several account connectors of one connector, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<u32>,
    /// The method or the step's script has a condition.
    #[serde(skip_serializing_if = "is_false")]
    pub decides: bool,
    /// Credentials come from mapped parameters.
    #[serde(skip_serializing_if = "is_false")]
    pub external_authentication: bool,
    /// What happens after a crash between a call and its answer.
    #[serde(skip_serializing_if = "is_default")]
    pub on_uncertain: OnUncertain,
    /// The object of the account's own that the step is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectFile>,
    /// Mappings of parameters, by target name.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, MappingFile>,
    /// Mappings of request fields, by location.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, MappingFile>,
    /// Unique Fields that relate lists of different steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unique_fields: Vec<[FieldFile; 2]>,
    /// Which waiting transaction a request continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<ContinuesFile>,
    /// Overrides the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_step_error: Option<StepErrorAction>,
    /// Overrides the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub splitting: Option<CollectionSplitting>,
    /// JavaScript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Not shown in LAUNCH.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// Pixels from the left and the top; absent leaves them as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<[Number; 2]>,
    /// Where it goes on.
    #[serde(skip_serializing_if = "Steps::is_empty")]
    pub next: Steps,
    /// Where it goes on when its condition holds.
    #[serde(skip_serializing_if = "Steps::is_empty")]
    pub when_true: Steps,
    /// Where it goes on when it does not.
    #[serde(skip_serializing_if = "Steps::is_empty")]
    pub when_false: Steps,
    /// As of the template.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub other: Map<String, Value>,
}

/// An object of the account's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectFile {
    /// Category of the definition that it stands for.
    pub category: String,
    /// Its name.
    pub name: String,
    /// What is sent for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The steps behind an exit: one, or a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Steps {
    /// One.
    One(Target),
    /// Several.
    Many(Vec<Target>),
}

/// A step behind an exit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// Its key.
    Key(String),
    /// Its key, and what an imported document says of the connection besides.
    Full {
        /// Its key.
        step: String,
        /// As of the template.
        other: Map<String, Value>,
    },
}

/// Where a value comes from (cycles.md §5). Plain text is typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SourceFile {
    /// Typed.
    Text(String),
    /// Typed by nobody yet, or a secret that is not in files.
    Untyped {
        /// Always none.
        #[serde(deserialize_with = "Option::deserialize")]
        text: Option<String>,
    },
    /// A field of an earlier step.
    Step(FieldFile),
    /// One of the values that the field offers.
    Choice {
        /// Which.
        #[serde(deserialize_with = "Option::deserialize")]
        choose: Option<String>,
    },
    /// Looked up with the template's connector.
    Lookup {
        /// What is sent.
        #[serde(deserialize_with = "Option::deserialize")]
        lookup: Option<String>,
        /// What people see.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// A variable.
    Variable {
        /// Its system name.
        #[serde(deserialize_with = "Option::deserialize")]
        variable: Option<String>,
    },
    /// Left out of the request.
    Ignore {
        /// Always true.
        ignore: bool,
    },
}

/// A field of an earlier step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldFile {
    /// Key of the step.
    #[serde(deserialize_with = "Option::deserialize")]
    pub step: Option<String>,
    /// Location in its answer.
    #[serde(deserialize_with = "Option::deserialize")]
    pub field: Option<String>,
}

/// A mapping: a source, or one of which more is to be said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MappingFile {
    /// With who may change it.
    Full {
        /// Set by the customer during installation.
        configurable: bool,
        /// Where the value comes from; none where nobody has mapped it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceFile>,
        /// What is suggested to the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggested: Option<SourceFile>,
    },
    /// Where the value comes from.
    Plain(SourceFile),
}

/// A Decision (cycles.md §4.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionFile {
    /// Whether all have to hold, or any.
    #[serde(skip_serializing_if = "is_default")]
    pub join: Join,
    /// What is compared.
    pub criteria: Vec<CriterionFile>,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CriterionFile {
    /// What is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<SourceFile>,
    /// How.
    pub condition: Condition,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<SourceFile>,
    /// Upper bound of `Between`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<SourceFile>,
    /// Text is compared without regard to case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ignore_case: bool,
}

/// A Delay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DelayFile {
    /// How many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<u32>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<TimeUnit>,
}

/// A request continues the transaction in which the two are equal (cycles.md §4.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinuesFile {
    /// Location in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Field that the transaction has already.
    pub equals: FieldFile,
}

impl Default for Steps {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Steps {
    /// Written as shortly as it can be.
    pub fn of(mut steps: Vec<Target>) -> Self {
        match (steps.len(), steps.pop()) {
            (1, Some(one)) => Self::One(one),
            (_, last) => Self::Many(steps.into_iter().chain(last).collect()),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Many(steps) if steps.is_empty())
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = &Target> {
        match self {
            Self::One(one) => std::slice::from_ref(one).iter(),
            Self::Many(steps) => steps.iter(),
        }
    }
}

impl Target {
    /// The key of the step.
    pub fn key(&self) -> &str {
        match self {
            Self::Key(key) | Self::Full { step: key, .. } => key,
        }
    }
}

/// A member that is there, null or not.
fn there<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u16) -> bool {
    *value == 0
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
