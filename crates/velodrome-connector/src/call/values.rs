//! Where values come from: parameters resolved, mergefields answered (connectors.md §2.2, §2.5).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use velodrome_model::{
    ExposeSecret,
    definition::{Parameter, TargetType, scalar_text},
    mergefield::{MergeError, MergeValue, Source, Template},
    numbered::ignores,
    value::{Rules, ValueError, ValueType, check},
};

use super::{Call, CallError, Properties};
use crate::{
    auth::Credential,
    paging::{Cursor, Variable},
};

/// The parameters of a call, their values found.
pub(super) struct Parameters<'a> {
    call: Call<'a>,
    list: Vec<Resolved<'a>>,
    /// Whether values of the step or caller count; without them, only what setup and definition say.
    given: bool,
}

/// A parameter and where its value comes from.
pub(super) struct Resolved<'a> {
    /// The definition.
    pub parameter: &'a Parameter,
    /// The value.
    pub value: Found<'a>,
}

/// The value of a parameter.
pub(super) enum Found<'a> {
    /// None anywhere.
    Nothing,
    /// A paging variable.
    Paging(Variable),
    /// A value from outside the definition, converted to its type.
    Value(Value),
    /// A text of the definition, which may hold mergefields.
    Definition(&'a Value),
}

impl<'a> Parameters<'a> {
    /// Finds the value of each parameter that applies.
    pub(super) fn resolve(call: Call<'a>) -> Result<Self, CallError> {
        Self::resolve_with(call, true)
    }

    /// The same as if the step or caller had given nothing: what decides whom credentials may go to.
    pub(super) fn resolve_setup(call: Call<'a>) -> Result<Self, CallError> {
        Self::resolve_with(call, false)
    }

    fn resolve_with(call: Call<'a>, given: bool) -> Result<Self, CallError> {
        let mut list = Vec::new();
        for parameter in effective(&call) {
            list.push(Resolved {
                parameter,
                value: find(&call, parameter, given)?,
            });
        }
        let mut resolved = Self { call, list, given };
        let hidden: Vec<bool> = resolved
            .list
            .iter()
            .map(|one| !resolved.is_shown(one.parameter))
            .collect();
        for (one, hidden) in resolved.list.iter_mut().zip(hidden) {
            if hidden {
                one.value = Found::Nothing;
            }
        }
        if given {
            resolved.check_required()?;
        }
        Ok(resolved)
    }

    /// All of them, in definition order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Resolved<'a>> {
        self.list.iter()
    }

    /// What mergefields mean on the page that the cursor stands at.
    pub(super) fn source<'s>(
        &'s self,
        cursor: &'s Cursor,
        size: Option<u32>,
        credential: Option<&'s Credential>,
    ) -> Fields<'s> {
        Fields {
            parameters: self,
            cursor,
            size,
            credential,
            overrides: None,
        }
    }

    /// `when`: the other parameter must have that value.
    fn is_shown(&self, parameter: &Parameter) -> bool {
        let Some(when) = &parameter.when else {
            return true;
        };
        let wanted = scalar_text(&when.equals);
        self.list
            .iter()
            .filter(|other| other.parameter.target_name == when.parameter)
            .any(|other| match &other.value {
                Found::Value(value) => scalar_text(value) == wanted,
                Found::Definition(value) => scalar_text(value) == wanted,
                Found::Nothing | Found::Paging(_) => false,
            })
    }

    /// Mergefields are asked for where they are used; nobody can give a hidden parameter a value.
    fn check_required(&self) -> Result<(), CallError> {
        let missing = self.list.iter().find(|one| {
            matches!(one.parameter.target_type, TargetType::HttpHeader | TargetType::QueryString)
                && !one.parameter.optional
                && !one.parameter.hide
                && matches!(one.value, Found::Nothing)
                && self.is_shown(one.parameter)
                // A name that merges to nothing asks for nothing.
                && !Template::is_needed(&one.parameter.target_name)
        });
        match missing {
            None => Ok(()),
            Some(one) => Err(CallError::build(
                &one.parameter.target_name,
                "a value is required",
            )),
        }
    }

    fn merge_field(&self, name: &str) -> Option<&Resolved<'a>> {
        self.list.iter().find(|one| {
            one.parameter.target_type == TargetType::MergeField && one.parameter.target_name == name
        })
    }
}

/// The parameters that apply: the method's before the connector's, of the chosen authentication only.
fn effective<'a>(call: &Call<'a>) -> Vec<&'a Parameter> {
    let applies = |parameter: &&Parameter| parameter.applies_to(&call.authentication.key);
    let own: Vec<&Parameter> = call.method.parameters.iter().filter(applies).collect();
    let overridden = |inherited: &Parameter| {
        own.iter().any(|own| {
            own.target_type == inherited.target_type && own.target_name == inherited.target_name
        })
    };
    let inherited = call
        .definition
        .parameters
        .iter()
        .filter(applies)
        .filter(|parameter| !overridden(parameter));
    inherited
        .chain(own.iter().copied())
        .filter(|parameter| !ignores(parameter))
        .collect()
}

fn find<'a>(
    call: &Call<'a>,
    parameter: &'a Parameter,
    given: bool,
) -> Result<Found<'a>, CallError> {
    let name = parameter.target_name.as_str();
    if given
        && let Some(value) = call
            .values
            .parameters
            .get(name)
            .filter(|value| !is_blank(value))
    {
        return converted(parameter, value, call.context.zone).map(Found::Value);
    }
    if parameter.hide
        && let Some(value) = parameter
            .values
            .first()
            .map(|option| option.value())
            .filter(|value| !is_blank(value))
    {
        return Ok(of_definition(value));
    }
    if let Some(text) =
        property(call.values.properties, name).or_else(|| property(call.values.partner, name))
    {
        let value = converted(parameter, &Value::from(text), call.context.zone)?;
        return Ok(Found::Value(value));
    }
    Ok(parameter
        .default_value
        .as_ref()
        .filter(|value| !is_blank(value))
        .map_or(Found::Nothing, of_definition))
}

fn of_definition(value: &Value) -> Found<'_> {
    match value.as_str().and_then(Variable::read) {
        Some(variable) => Found::Paging(variable),
        None => Found::Definition(value),
    }
}

fn converted(parameter: &Parameter, value: &Value, zone: Tz) -> Result<Value, CallError> {
    let name = &parameter.target_name;
    let rules = Rules {
        validation: parameter.validation.as_ref(),
        values: &parameter.values,
        // A lookup offers more than the definition can list.
        allow_other: parameter.allow_other || parameter.hide || parameter.trigger.is_some(),
    };
    check(name, value, &rules)?;
    // A parameter without a type takes what it is given; its text is what is sent.
    let Some(data_type) = parameter.data_type else {
        return Ok(value.clone());
    };
    let value_type = ValueType::new(data_type, parameter.format.as_deref(), zone)
        .map_err(|error| CallError::build(name, &error.to_string()))?;
    Ok(value_type.to_request(name, value)?)
}

/// A property that is not blank.
pub(super) fn property<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties
        .get(name)
        .map(|value| value.expose_secret())
        .filter(|text| !text.trim().is_empty())
}

/// Null and blank text stand for "nothing given".
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// Mergefields of one page.
pub(super) struct Fields<'s> {
    parameters: &'s Parameters<'s>,
    cursor: &'s Cursor,
    size: Option<u32>,
    credential: Option<&'s Credential>,
    overrides: Option<&'s Overrides>,
}

/// What scripts make mergefields mean.
#[derive(Default)]
pub(super) struct Overrides {
    /// By name; stronger than every other source.
    pub mergefields: Map<String, Value>,
    /// `LastSuccessfulRunDate`.
    pub last_run: Option<DateTime<Utc>>,
}

impl<'s> Fields<'s> {
    /// The same, but for what scripts said.
    pub(super) fn with(mut self, overrides: Option<&'s Overrides>) -> Self {
        self.overrides = overrides;
        self
    }

    /// The parameters.
    pub(super) fn parameters(&self) -> &'s Parameters<'s> {
        self.parameters
    }

    /// The value that a parameter sends on this page; none where it is left out. Lists stay lists.
    pub(super) fn parameter_value(&self, one: &Resolved<'_>) -> Result<Option<Value>, CallError> {
        Ok(match &one.value {
            Found::Nothing => None,
            Found::Paging(variable) => self.cursor.value(variable, self.size),
            Found::Value(value) => Some(value.clone()).filter(|value| !is_blank(value)),
            Found::Definition(value) => {
                let parameter = one.parameter;
                self.definition_value(&parameter.target_name, value, parameter.optional)?
            }
        })
    }

    /// The name that a parameter is sent under; none where a mergefield in it has no value, which leaves
    /// the parameter out.
    pub(super) fn target_name(&self, one: &Resolved<'_>) -> Result<Option<String>, CallError> {
        let name = &one.parameter.target_name;
        if !Template::is_needed(name) {
            return Ok(Some(name.clone()));
        }
        let template: Template = name
            .parse()
            .map_err(|error| CallError::build(name, &format!("{error}")))?;
        match template.merge(self) {
            Ok(merged) => Ok(Some(merged.trim().to_owned()).filter(|merged| !merged.is_empty())),
            Err(MergeError::Unresolved(_)) => Ok(None),
            Err(error) => Err(CallError::build(name, &error.to_string())),
        }
    }

    /// A value of the definition with its mergefields replaced; none where that leaves nothing. An
    /// optional one whose mergefields have no value is left out as a whole.
    pub(super) fn definition_value(
        &self,
        field: &str,
        value: &Value,
        optional: bool,
    ) -> Result<Option<Value>, CallError> {
        let text = match value {
            Value::String(text) if Template::is_needed(text) => text,
            other => return Ok(Some(other.clone()).filter(|value| !is_blank(value))),
        };
        let template: Template = text
            .parse()
            .map_err(|error| CallError::build(field, &format!("{error}")))?;
        match template.merge(self) {
            Ok(merged) => Ok(Some(Value::from(merged)).filter(|value| !is_blank(value))),
            Err(MergeError::Unresolved(_)) if optional => Ok(None),
            Err(error) => Err(CallError::build(field, &error.to_string())),
        }
    }

    fn built_in(&self, name: &str) -> Option<MergeValue<'_>> {
        let context = self.parameters.call.context;
        let text = |text: &'_ str| Some(MergeValue::Text(text.to_owned().into()));
        match name {
            "LastSuccessfulRunDate" => {
                let said = self.overrides.and_then(|overrides| overrides.last_run);
                return Some(MergeValue::Instant(
                    said.unwrap_or(context.last_successful_run),
                ));
            }
            "AccountId" => return text(&context.account_id),
            "AccountExternalId" => return text(&context.account_external_id),
            _ => {}
        }
        let secret = name.strip_prefix("Cyclr_Auth_")?;
        match self.credential? {
            Credential::ApiKey(key) if secret == "ApiKey" => text(key.expose_secret()),
            Credential::Basic(basic) if secret == "Username" => text(&basic.username),
            Credential::Basic(basic) if secret == "Password" => {
                text(basic.password.expose_secret())
            }
            Credential::AuthFields(values) => text(values.get(secret)?.expose_secret()),
            _ => None,
        }
    }
}

impl Source for Fields<'_> {
    fn value(&self, name: &str) -> Option<MergeValue<'_>> {
        let values = &self.parameters.call.values;
        if let Some(value) = self
            .overrides
            .and_then(|overrides| overrides.mergefields.get(name))
        {
            return (!value.is_null()).then(|| MergeValue::Text(scalar_text(value).into()));
        }
        if let Some(one) = self.parameters.merge_field(name) {
            match &one.value {
                Found::Nothing => {}
                Found::Paging(variable) => {
                    return self
                        .cursor
                        .value(variable, self.size)
                        .map(|value| MergeValue::Text(scalar_text(&value).into()));
                }
                Found::Value(value) => return Some(MergeValue::Text(scalar_text(value).into())),
                Found::Definition(value) => {
                    return Some(MergeValue::Template(scalar_text(value).into()));
                }
            }
        }
        let extra = self
            .parameters
            .call
            .context
            .mergefields
            .get(name)
            .filter(|value| !is_blank(value));
        if let Some(value) = extra.filter(|_| self.parameters.given) {
            return Some(MergeValue::Text(scalar_text(value).into()));
        }
        if let Some(text) =
            property(values.properties, name).or_else(|| property(values.partner, name))
        {
            return Some(MergeValue::Text(text.into()));
        }
        self.built_in(name)
    }

    fn is_optional(&self, name: &str) -> bool {
        self.parameters
            .merge_field(name)
            .is_some_and(|one| one.parameter.optional)
    }
}

impl CallError {
    /// A fault of the values that a request is made of.
    pub(super) fn build(field: &str, fault: &str) -> Self {
        Self::Build {
            field: Some(field.to_owned()),
            message: format!("{field}: {fault}"),
        }
    }

    /// A fault of an address.
    pub(super) fn address(error: &MergeError) -> Self {
        Self::Build {
            field: error.name().map(str::to_owned),
            message: error.to_string(),
        }
    }
}

impl From<ValueError> for CallError {
    fn from(error: ValueError) -> Self {
        Self::Build {
            message: error.to_string(),
            field: Some(error.field),
        }
    }
}
