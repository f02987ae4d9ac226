//! What stands around the requests of a step: variables, and mergefields that are no fields (cycles.md §5).

use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;
use velodrome_connector::{auth::Credential, call::CycleGlobals};
use velodrome_model::{
    ExposeSecret, SecretString,
    cycle::{CycleDocument, Variable, mapping::Surroundings},
    mergefield::MergeValue,
    value::ValueType,
};
use velodrome_store::faults::{self, Mistake};

use super::StepRun;
use crate::installation::Installation;

/// What values and mergefields mean for one step.
pub(super) struct Around<'a> {
    pub run: StepRun<'a>,
    /// Values of the variables, by system name.
    pub variables: Map<String, Value>,
    /// Where the step looks back to.
    pub last_run: DateTime<Utc>,
    /// Whose credentials `Cyclr_Auth_*` name; none for steps that call nothing.
    pub installation: Option<&'a Installation>,
    /// What the step's account is called by its partner.
    pub account_key: String,
}

/// What the date of a look-back is as long as none is set.
pub(super) fn unset() -> DateTime<Utc> {
    Utc.timestamp_nanos(0)
}

/// The values of a cycle's variables, of their types; null where they are not set.
pub(super) fn variables(document: &CycleDocument) -> Map<String, Value> {
    let of = |variable: &Variable| {
        let Some(text) = &variable.value else {
            return Value::Null;
        };
        let text = Value::from(text.as_str());
        let typed = ValueType::new(variable.data_type, None, chrono_tz::Tz::UTC)
            .ok()
            .and_then(|kind| kind.to_request(&variable.system_name, &text).ok());
        typed.unwrap_or(text)
    };
    let named = document.variables.iter();
    named
        .map(|variable| (variable.system_name.clone(), of(variable)))
        .collect()
}

/// The values that nobody may see.
pub(super) fn secret_variables(document: &CycleDocument) -> Vec<SecretString> {
    let sensitive = document.variables.iter().filter(|one| one.is_sensitive);
    sensitive
        .filter_map(|variable| variable.value.as_deref().map(SecretString::from))
        .collect()
}

impl<'a> Around<'a> {
    /// The identity of a request: the same when it is repeated after a crash or without an answer, another
    /// after an answer (cycles.md §11.4).
    pub(super) fn idempotency_key(run: &StepRun<'_>, request: usize) -> Uuid {
        if faults::has(Mistake::UnstableKey) {
            return Uuid::new_v4();
        }
        let name = format!("{}:{request}:{}", run.step.id, run.answered);
        Uuid::new_v5(&run.transaction.0, name.as_bytes())
    }

    /// Mergefields of the connector's definition that the cycle gives a value.
    pub(super) fn merge_fields(
        run: &StepRun<'_>,
        is_trial: bool,
        request: usize,
    ) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut set = |name: &str, value: String| fields.insert(name.to_owned(), value.into());
        set("CycleId", run.cycle.to_string());
        set(
            "IdempotencyKey",
            Self::idempotency_key(run, request).to_string(),
        );
        if !is_trial {
            set("TransactionId", run.transaction.to_string());
        }
        fields
    }

    /// What scripts see of the cycle.
    pub(super) fn globals(
        run: &StepRun<'_>,
        variables: Map<String, Value>,
        fields_in_use: Vec<String>,
        is_trial: bool,
    ) -> CycleGlobals {
        CycleGlobals {
            cycle_id: run.cycle.to_string(),
            step_id: run.step.id.to_string(),
            transaction_id: match is_trial {
                true => String::new(),
                false => run.transaction.to_string(),
            },
            variables,
            fields_in_use,
            testing: is_trial,
            secrets: secret_variables(run.document),
        }
    }
}

impl Surroundings for Around<'_> {
    fn merge_field(&self, name: &str, request: usize) -> Option<MergeValue<'_>> {
        let text = |text: String| Some(MergeValue::Text(text.into()));
        match name {
            "LastSuccessfulRunDate" => return Some(MergeValue::Instant(self.last_run)),
            "AccountId" => return text(self.run.scope.account.to_string()),
            "AccountExternalId" => return Some(MergeValue::Text(self.account_key.as_str().into())),
            "CycleId" => return text(self.run.cycle.to_string()),
            "TransactionId" => return text(self.run.transaction.to_string()),
            "IdempotencyKey" => {
                return text(Self::idempotency_key(&self.run, request).to_string());
            }
            _ => {}
        }
        let secret = name.strip_prefix("Cyclr_Auth_")?;
        match self.installation?.credential.as_deref()? {
            Credential::ApiKey(key) if secret == "ApiKey" => text(key.expose_secret().into()),
            Credential::Basic(basic) if secret == "Username" => text(basic.username.clone()),
            Credential::Basic(basic) if secret == "Password" => {
                text(basic.password.expose_secret().into())
            }
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let own = self.variables.get(name).cloned();
        own.or_else(|| {
            let named = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
            let found = self.variables.iter().find(named);
            found.map(|(_, value)| value.clone())
        })
    }
}
