//! Lookups: a method's answer as values to choose from (connectors.md §2.6).

use std::collections::HashSet;

use serde_json::{Map, Value};
use velodrome_connector::call::Mode;
use velodrome_model::{
    AccountActor, AccountConnectorId, TriggerId,
    definition::scalar_text,
    location::{self, Location},
};

use super::{CallFailure, Calls, keys};

/// A lookup's answer is cut here (api.md §12).
const MOST_VALUES: usize = 1_000;

/// Input of a lookup.
#[derive(Clone, Debug, Default)]
pub struct LookupRequest {
    /// Answers to the lookups that it depends on, by trigger id.
    pub answers: Map<String, Value>,
    /// Only values whose name contains this text, case-insensitive.
    pub query: Option<String>,
}

/// A value to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupValue {
    /// Text to show.
    pub name: String,
    /// Value to store.
    pub value: String,
}

impl Calls {
    /// Runs a lookup.
    ///
    /// # Errors
    /// As [`CallFailure`] says.
    pub async fn look_up(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        trigger: TriggerId,
        request: LookupRequest,
    ) -> Result<Vec<LookupValue>, CallFailure> {
        let installation = self.open(actor, id).await?;
        let numbered = &installation.numbered;
        let lookup = numbered
            .trigger(trigger)
            .ok_or(CallFailure::NoPart("lookup"))?;
        let method = lookup.method.ok_or(CallFailure::NoPart("method"))?;
        let (Ok(identifier), Ok(name)) = (
            lookup.trigger.identifier_key.parse::<Location>(),
            lookup.trigger.human_readable_key.parse::<Location>(),
        ) else {
            return Err(CallFailure::Undefined);
        };
        let mut parameters = lookup.trigger.parameters.clone();
        for (key, answer) in request.answers {
            // A lookup that this one depends on feeds the parameter that offers it.
            let asked = key
                .parse()
                .ok()
                .and_then(|id| numbered.trigger(TriggerId(id)));
            let fed = asked.and_then(|asked| {
                let parameters = method.parameters();
                let feeds = |one: &&velodrome_model::numbered::NumberedParameter<'_>| {
                    one.parameter.trigger.as_deref() == Some(asked.trigger.name.as_str())
                };
                parameters
                    .iter()
                    .find(feeds)
                    .map(|one| one.parameter.target_name.clone())
            });
            let Some(target) = fed else {
                return Err(CallFailure::UnknownKey {
                    what: "lookup",
                    key,
                });
            };
            parameters.insert(target, answer);
        }
        let given = keys::by_name(parameters);
        let reply = self
            .caller
            .call(&installation, method.method, &given, Mode::AllPages)
            .await?;
        let body = reply.body.into_value()?;
        Ok(choices(&body, &identifier, &name, request.query.as_deref()))
    }
}

/// Both locations, element by element; no identifier, no choice; first of equal identifiers.
fn choices(
    body: &Value,
    identifier: &Location,
    name: &Location,
    query: Option<&str>,
) -> Vec<LookupValue> {
    let wanted = query
        .map(str::to_lowercase)
        .filter(|query| !query.trim().is_empty());
    let mut seen = HashSet::new();
    let mut chosen = Vec::new();
    let text = |value: Option<&Value>| {
        value
            .filter(|value| !value.is_null())
            .map(scalar_text)
            .filter(|text| !text.is_empty())
    };
    for (value, name) in location::zip(identifier, name, body) {
        let Some(value) = text(value) else { continue };
        let name = text(name).unwrap_or_else(|| value.clone());
        let matches = wanted
            .as_ref()
            .is_none_or(|wanted| name.to_lowercase().contains(wanted));
        if matches && seen.insert(value.clone()) {
            chosen.push(LookupValue { name, value });
        }
        if chosen.len() == MOST_VALUES {
            break;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(body: &Value, query: Option<&str>) -> Vec<(String, String)> {
        let identifier = "[data].id".parse().unwrap();
        let name = "[data].name".parse().unwrap();
        choices(body, &identifier, &name, query)
            .into_iter()
            .map(|one| (one.value, one.name))
            .collect()
    }

    #[test]
    fn choices_pair_value_and_name_drop_blanks_and_doubles_and_keep_order() {
        let body = json!({"data": [
            {"id": 2, "name": "Bo"}, {"name": "nobody"}, {"id": 1}, {"id": 2, "name": "again"}, {"id": null}
        ]});

        assert_eq!(
            chosen(&body, None),
            [("2".into(), "Bo".into()), ("1".into(), "1".into())]
        );
        assert_eq!(chosen(&body, Some("bO")), [("2".into(), "Bo".into())]);
    }

    #[test]
    fn more_choices_than_a_form_can_hold_are_cut() {
        let records: Vec<Value> = (0..1_500)
            .map(|id| json!({"id": id, "name": format!("n{id}")}))
            .collect();
        assert_eq!(chosen(&json!({"data": records}), None).len(), MOST_VALUES);
    }
}
