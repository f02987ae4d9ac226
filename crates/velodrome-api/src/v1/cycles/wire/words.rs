//! Enumerations of the wire about cycles.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};
use velodrome_model::cycle;
use velodrome_service::cycles::{SourceKind, StepAction};

use crate::lenient::{Words as _, wire_words};

/// Maps an enumeration onto its wire words and back, variant by variant.
macro_rules! same_words {
    ($wire:ident, $model:path, [$($variant:ident = $own:ident),+ $(,)?]) => {
        impl From<$model> for $wire {
            fn from(value: $model) -> Self {
                match value { $(<$model>::$own => Self::$variant),+ }
            }
        }

        impl From<$wire> for $model {
            fn from(value: $wire) -> Self {
                match value { $($wire::$variant => Self::$own),+ }
            }
        }
    };
}

wire_words! {
    /// What happens when a step fails.
    pub enum StepErrorAction {
        /// Log it and go on.
        Ignore,
        /// Retry with growing waits, see MaxRetriesOnError.
        Retry,
        /// Pause the whole cycle.
        StopCycle,
        /// Stop this transaction only.
        StopTransaction,
    }
}
same_words!(
    StepErrorAction,
    cycle::StepErrorAction,
    [
        Ignore = Ignore,
        Retry = Retry,
        StopCycle = StopCycle,
        StopTransaction = StopTransaction
    ]
);

wire_words! {
    /// Whether lists are split into one transaction per item.
    pub enum CollectionSplitType {
        /// Never.
        None = 0,
        /// On the first (trigger) step.
        First = 1,
        /// On every step that returns a splittable list.
        All = 2,
    }
}
same_words!(
    CollectionSplitType,
    cycle::CollectionSplitting,
    [None = None, First = First, All = All]
);

wire_words! {
    /// Run state of a cycle.
    pub enum CycleStatus {
        /// Not running: new, deactivated, or paused after an error.
        Paused,
        /// Running: scheduled or listening.
        Active,
        /// Finishing queued transactions, then Paused.
        Stopping,
        /// Could not be started by LAUNCH or a Marketplace package; only in their payloads.
        Stopped,
        /// In the recycle bin, not listed.
        DeleteScheduled,
    }
}

impl From<cycle::CycleStatus> for CycleStatus {
    fn from(status: cycle::CycleStatus) -> Self {
        match status {
            cycle::CycleStatus::Paused => Self::Paused,
            cycle::CycleStatus::Active => Self::Active,
            cycle::CycleStatus::Stopping => Self::Stopping,
        }
    }
}

wire_words! {
    /// Kind of a step. The same numbers are used as StepType in error payloads.
    pub enum ActionType {
        /// Not set.
        Unknown = 0,
        /// Runs a connector method (HTTP or script).
        Action = 1,
        /// Splits into a true and a false branch.
        Decision = 2,
        /// Waits a fixed time.
        Delay = 3,
        /// Waits for a date.
        WaitUntil = 4,
        /// Starts or continues a transaction on an inbound request.
        Webhook = 5,
        /// Waits for all transactions, then starts one new one.
        WaitAll = 6,
        /// Note on the canvas, never runs.
        Annotation = 7,
    }
}

impl From<StepAction> for ActionType {
    fn from(action: StepAction) -> Self {
        match action {
            StepAction::Action => Self::Action,
            StepAction::Decision => Self::Decision,
            StepAction::Delay => Self::Delay,
            StepAction::WaitUntil => Self::WaitUntil,
            StepAction::Webhook => Self::Webhook,
            StepAction::WaitAll => Self::WaitAll,
            StepAction::Annotation => Self::Annotation,
        }
    }
}

impl ActionType {
    /// The kind of a step; none for `Unknown`, which no step is.
    pub fn action(self) -> Option<StepAction> {
        Some(match self {
            Self::Unknown => return None,
            Self::Action => StepAction::Action,
            Self::Decision => StepAction::Decision,
            Self::Delay => StepAction::Delay,
            Self::WaitUntil => StepAction::WaitUntil,
            Self::Webhook => StepAction::Webhook,
            Self::WaitAll => StepAction::WaitAll,
            Self::Annotation => StepAction::Annotation,
        })
    }
}

wire_words! {
    /// Filter on the kind of step.
    pub enum StepFilter {
        /// No filter.
        All,
        /// Methods.
        Action,
        /// Decisions.
        Decision,
        /// Delays.
        Delay,
        /// Waits for a date.
        WaitUntil,
        /// Webhooks.
        Webhook,
        /// Waits for all transactions.
        WaitAll,
        /// Notes.
        Annotation,
    }
}

impl StepFilter {
    /// Whether steps of this kind are wanted.
    pub fn admits(self, action: StepAction) -> bool {
        let wanted = match self {
            Self::All => return true,
            Self::Action => StepAction::Action,
            Self::Decision => StepAction::Decision,
            Self::Delay => StepAction::Delay,
            Self::WaitUntil => StepAction::WaitUntil,
            Self::Webhook => StepAction::Webhook,
            Self::WaitAll => StepAction::WaitAll,
            Self::Annotation => StepAction::Annotation,
        };
        wanted == action
    }
}

wire_words! {
    /// Exit of the tail step that an edge leaves from.
    pub enum EdgeType {
        /// The only exit.
        Forward,
        /// True exit of a decision or of a method with a condition.
        True,
        /// False exit of the same.
        False,
    }
}
same_words!(
    EdgeType,
    cycle::Exit,
    [Forward = Forward, True = True, False = False]
);

wire_words! {
    /// What happens after a crash between a call and its answer.
    pub enum OnUncertain {
        /// The call is made again.
        Repeat,
        /// The transaction ends.
        Stop,
    }
}
same_words!(
    OnUncertain,
    cycle::OnUncertain,
    [Repeat = Repeat, Stop = Stop]
);

wire_words! {
    /// Unit of a delay.
    pub enum TimeUnit {
        /// 1 s.
        Seconds,
        /// 60 s.
        Minutes,
        /// 60 minutes.
        Hours,
        /// 24 hours.
        Days,
        /// 7 days.
        Weeks,
    }
}
same_words!(
    TimeUnit,
    cycle::TimeUnit,
    [
        Seconds = Seconds,
        Minutes = Minutes,
        Hours = Hours,
        Days = Days,
        Weeks = Weeks
    ]
);

wire_words! {
    /// Whether all comparisons must hold or any.
    pub enum DecisionJoin {
        /// All.
        All,
        /// One is enough.
        Any,
    }
}
same_words!(DecisionJoin, cycle::Join, [All = All, Any = Any]);

wire_words! {
    /// Comparison of a decision step.
    pub enum DecisionCondition {
        /// Equal after typing.
        Equals,
        /// Complement of Equals.
        NotEquals,
        /// Present and not null.
        Exists,
        /// Complement of Exists.
        NotExists,
        /// Null, absent or empty.
        IsEmpty,
        /// Complement of IsEmpty.
        IsNotEmpty,
        /// Part of a text, or member of a list.
        Contains,
        /// Complement of Contains.
        NotContains,
        /// Text begins so.
        StartsWith,
        /// Complement of StartsWith.
        NotStartsWith,
        /// Text ends so.
        EndsWith,
        /// Complement of EndsWith.
        NotEndsWith,
        /// Ordered after typing.
        GreaterThan,
        /// Ordered after typing.
        GreaterThanOrEqualTo,
        /// Ordered after typing.
        LessThan,
        /// Ordered after typing.
        LessThanOrEqualTo,
        /// Between two bounds, both inclusive.
        Between,
        /// Member of a comma-separated list.
        InList,
        /// Complement of InList.
        NotInList,
        /// Regular expression.
        Matches,
        /// Complement of Matches.
        NotMatches,
        /// true, "true", 1, "1" or "yes".
        IsTrue,
        /// Complement of IsTrue.
        IsFalse,
    }
}
same_words!(
    DecisionCondition,
    cycle::Condition,
    [
        Equals = Equals,
        NotEquals = NotEquals,
        Exists = Exists,
        NotExists = NotExists,
        IsEmpty = IsEmpty,
        IsNotEmpty = IsNotEmpty,
        Contains = Contains,
        NotContains = NotContains,
        StartsWith = StartsWith,
        NotStartsWith = NotStartsWith,
        EndsWith = EndsWith,
        NotEndsWith = NotEndsWith,
        GreaterThan = GreaterThan,
        GreaterThanOrEqualTo = GreaterThanOrEqualTo,
        LessThan = LessThan,
        LessThanOrEqualTo = LessThanOrEqualTo,
        Between = Between,
        InList = InList,
        NotInList = NotInList,
        Matches = Matches,
        NotMatches = NotMatches,
        IsTrue = IsTrue,
        IsFalse = IsFalse
    ]
);

wire_words! {
    /// Kind of object a prerequisite points at.
    pub enum PrerequisiteObjectType {
        /// The cycle.
        Cycle,
        /// An account connector.
        AccountConnector,
        /// A step.
        Action,
        /// A parameter of a step.
        Parameter,
        /// A request field of a step.
        ConnectorFieldMapping,
        /// A variable.
        CycleVariable,
    }
}

wire_words! {
    /// Source of the value of a field or parameter.
    pub enum MappingType {
        /// Left out of the request.
        Ignore,
        /// Typed value; may contain merge fields and inline script.
        StaticValue,
        /// Value of a field of an earlier step, see SourceStepId and SourceFieldId.
        PreviousStep,
        /// One of the predefined Values.
        ValueList,
        /// Value picked from a trigger, see TriggerValue.
        Lookup,
        /// Value of a cycle variable, see VariableName.
        Variable,
    }
}
same_words!(
    MappingType,
    SourceKind,
    [
        Ignore = Ignore,
        StaticValue = Static,
        PreviousStep = PreviousStep,
        ValueList = ValueList,
        Lookup = Lookup,
        Variable = Variable
    ]
);

/// A mapping type as callers write it: other words are read too (api.md §16.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct GivenMappingType(
    /// What it means.
    pub MappingType,
);

/// Words that public clients use for ours.
const ALIASES: &[(&str, MappingType)] = &[
    ("StepData", MappingType::PreviousStep),
    ("StepOutput", MappingType::PreviousStep),
    ("Trigger", MappingType::Lookup),
    ("TriggerValue", MappingType::Lookup),
    ("CycleVariable", MappingType::Variable),
    ("AccountVariable", MappingType::Variable),
];

impl<'de> Deserialize<'de> for GivenMappingType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = String::deserialize(deserializer)?;
        let alias = ALIASES
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(given.trim()));
        let meant = alias
            .map(|(_, meant)| *meant)
            .or_else(|| MappingType::from_word(&given));
        meant.map(Self).ok_or_else(|| {
            let words: Vec<_> = MappingType::WORDS.iter().map(|(word, _)| *word).collect();
            let given: String = given.chars().take(64).collect();
            D::Error::custom(format_args!(
                "must be one of {}; it is '{given}'",
                words.join(", ")
            ))
        })
    }
}

/// Minutes between two runs of a cycle; 0 is not scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Interval(pub u16);

/// Code of an unmet prerequisite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ReasonCode(pub u8);

/// A whole number that is one of a few.
fn one_of(description: &str, numbers: impl IntoIterator<Item = i64>) -> RefOr<Schema> {
    let object = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
        .enum_values(Some(numbers.into_iter().collect::<Vec<_>>()));
    object.build().into()
}

impl PartialSchema for Interval {
    fn schema() -> RefOr<Schema> {
        let minutes = cycle::Interval::MINUTES.into_iter().map(i64::from);
        one_of(
            "Minutes between two runs of a cycle. 0 is accepted only with RunOnce true or a webhook trigger.",
            [0].into_iter().chain(minutes),
        )
    }
}

impl ToSchema for Interval {}

impl PartialSchema for ReasonCode {
    fn schema() -> RefOr<Schema> {
        one_of(
            "Code of an unmet prerequisite.",
            [
                0, 10, 11, 20, 30, 31, 32, 33, 40, 41, 42, 43, 50, 51, 60, 61, 70,
            ],
        )
    }
}

impl ToSchema for ReasonCode {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lenient::from_value;

    #[test]
    fn other_words_for_a_mapping_type_are_read() {
        for (word, meant) in [
            ("stepdata", MappingType::PreviousStep),
            ("TRIGGER", MappingType::Lookup),
            ("AccountVariable", MappingType::Variable),
            ("staticvalue", MappingType::StaticValue),
        ] {
            let read: GivenMappingType = from_value(json!(word)).unwrap();
            assert_eq!(read.0, meant, "{word}");
        }
        assert!(from_value::<GivenMappingType>(json!("Typed")).is_err());
    }
}
