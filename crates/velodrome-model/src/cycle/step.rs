//! The steps of a cycle as they are stored: what each does, and where its values come from (cycles.md §4, §5).
//!
//! Nothing here names a number of a connector release: parameters are named by their target, fields by
//! their location, methods by their stable id, so a step means the same after a connector was brought up to
//! date and in another installation. The API translates to and from the numbers of the release in use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AccountConnectorId, CategoryCopyId, ConnectorId, MethodUid, StepId,
    cycle::{CollectionSplitting, Condition, Role, StepErrorAction},
};

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// The step of the template that it was installed from, by which an upgrade finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<StepId>,
    /// What people call it.
    pub name: String,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it stands on the canvas.
    #[serde(default)]
    pub position: Position,
    /// Overrides the cycle's; none inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<StepErrorAction>,
    /// Overrides the cycle's; none inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub splitting: Option<CollectionSplitting>,
    /// JavaScript of the step (scripting.md, step level).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Not shown in LAUNCH.
    #[serde(default)]
    pub is_setup_hidden: bool,
    /// What it does.
    pub kind: StepKind,
}

/// Pixels from the canvas's corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// From the left.
    pub left: f64,
    /// From the top.
    pub top: f64,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum StepKind {
    /// Runs a method, or waits for the request that a method of type webhook describes.
    Method(Box<MethodStep>),
    /// Compares.
    Decision(Decision),
    /// Lets a while pass.
    Delay(Delay),
    /// Waits for an instant.
    WaitUntil {
        /// Where the date comes from.
        #[serde(default)]
        date: Option<Source>,
    },
    /// Ends transactions, and begins one when all have ended.
    WaitAll,
    /// A note.
    Annotation {
        /// What it says.
        #[serde(default)]
        text: Option<String>,
    },
}

/// A step that runs a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodStep {
    /// The installation that it calls; none until one is chosen.
    pub account_connector: Option<AccountConnectorId>,
    /// The release that it was set up with.
    pub connector: ConnectorId,
    /// The method.
    pub method: MethodUid,
    /// The method's type is webhook.
    #[serde(default)]
    pub is_webhook: bool,
    /// The method, or the step's script, has a condition, so the exits are True and False.
    #[serde(default)]
    pub decides: bool,
    /// The account's own object that stands for the method's category.
    #[serde(default)]
    pub category: Option<CategoryCopyId>,
    /// Credentials come from mapped parameters, not from the installation (cycles.md §14).
    #[serde(default)]
    pub external_authentication: bool,
    /// What happens after a crash between a call and its answer.
    #[serde(default)]
    pub on_uncertain: OnUncertain,
    /// By the parameter's `targetName`.
    #[serde(default)]
    pub parameters: BTreeMap<String, Mapping>,
    /// By the request field's location.
    #[serde(default)]
    pub fields: BTreeMap<String, Mapping>,
    /// How mapped lists of different steps belong together.
    #[serde(default)]
    pub collection_keys: Vec<CollectionKey>,
    /// Mid-cycle webhooks: which waiting transaction a request continues.
    #[serde(default)]
    pub webhook: Option<WebhookMapping>,
}

/// What happens after a crash between a call and its answer (cycles.md §11.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OnUncertain {
    /// The call is made again.
    #[default]
    Repeat,
    /// The transaction ends: the outcome is unknown.
    Stop,
}

/// Where the value of a parameter or field comes from, and who may change that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// None where nobody has mapped it, or where an installation left it for the customer.
    pub source: Option<Source>,
    /// Set by the customer during installation (*User Configurable*).
    #[serde(default)]
    pub is_launch_visible: bool,
    /// What the template has here: pre-filled where the customer is asked (cycles.md §2, Install).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<Source>,
}

/// A source of a value (cycles.md §5).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "from")]
pub enum Source {
    /// Left out of the request.
    Ignore,
    /// Text, which may hold merge fields, or an inline script after `=`. A field of an earlier step is
    /// `{{<step id> <location>}}` here; the wire has the field's number instead of its location.
    Static {
        /// None as long as nothing was typed.
        value: Option<String>,
    },
    /// A field of a step that runs before.
    PreviousStep(FieldSource),
    /// One of the values that the field offers.
    ValueList {
        /// None as long as none was chosen.
        value: Option<String>,
    },
    /// Chosen from what a method of the connector answered.
    Lookup {
        /// What is sent.
        value: Option<String>,
        /// What people see.
        label: Option<String>,
    },
    /// A variable of the cycle.
    Variable {
        /// Its system name.
        name: Option<String>,
    },
}

/// A field of a step that runs before; undecided halves are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldSource {
    /// The step.
    pub step: Option<StepId>,
    /// The location in its answer.
    pub location: Option<String>,
}

/// The criteria of a Decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether all have to hold, or any.
    #[serde(default)]
    pub join: Join,
    /// What is compared.
    #[serde(default)]
    pub criteria: Vec<DecisionRow>,
}

/// How several comparisons are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Join {
    /// All must hold.
    #[default]
    All,
    /// One is enough.
    Any,
}

/// One comparison of a Decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// What is compared.
    pub left: Option<Source>,
    /// How.
    pub condition: Condition,
    /// With what; the lower bound of `Between`.
    #[serde(default)]
    pub right: Option<Source>,
    /// The upper bound of `Between`.
    #[serde(default)]
    pub upper: Option<Source>,
    /// Text is compared without regard to case.
    #[serde(default)]
    pub ignores_case: bool,
}

/// How long a Delay lasts; undecided halves are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// How many units, from 0.
    pub interval: Option<u32>,
    /// The unit.
    pub unit: Option<TimeUnit>,
}

/// Unit of a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimeUnit {
    /// 1 s.
    Seconds,
    /// 60 s.
    Minutes,
    /// 60 min.
    Hours,
    /// 24 h.
    Days,
    /// 7 days.
    Weeks,
}

/// Fields whose equal values relate an item of one list to items of another (*Unique Field*).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionKey {
    /// Of the first list.
    pub left: FieldSource,
    /// Of the second list.
    pub right: FieldSource,
}

/// A request continues the waiting transaction in which the two are equal (cycles.md §4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookMapping {
    /// Location in the received request.
    pub request: Option<String>,
    /// Field that the transaction has already.
    pub source: FieldSource,
}

impl Step {
    /// What the step is to the graph.
    pub fn role(&self) -> Role {
        match &self.kind {
            StepKind::Method(method) if method.is_webhook => Role::Webhook,
            StepKind::Method(method) => Role::Method {
                decides: method.decides,
            },
            StepKind::Decision(_) => Role::Decision,
            StepKind::Delay(_) | StepKind::WaitUntil { .. } => Role::Wait,
            StepKind::WaitAll => Role::WaitAll,
            StepKind::Annotation { .. } => Role::Annotation,
        }
    }

    /// Its script; none where that is blank.
    pub fn script(&self) -> Option<&str> {
        self.script
            .as_deref()
            .filter(|text| !text.trim().is_empty())
    }

    /// The method that it runs or receives for, if it is such a step.
    pub fn method(&self) -> Option<&MethodStep> {
        match &self.kind {
            StepKind::Method(method) => Some(method),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn method_mut(&mut self) -> Option<&mut MethodStep> {
        match &mut self.kind {
            StepKind::Method(method) => Some(method),
            _ => None,
        }
    }
}

impl Delay {
    /// How long, in seconds; none while a half is undecided.
    pub fn seconds(self) -> Option<u64> {
        let unit = match self.unit? {
            TimeUnit::Seconds => 1,
            TimeUnit::Minutes => 60,
            TimeUnit::Hours => 60 * 60,
            TimeUnit::Days => 24 * 60 * 60,
            TimeUnit::Weeks => 7 * 24 * 60 * 60,
        };
        Some(u64::from(self.interval?) * unit)
    }
}
