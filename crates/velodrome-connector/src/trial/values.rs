//! What a method is called with: ids that lists show, choices, plausible texts.

use std::sync::PoisonError;

use serde_json::{Map, Value, json};
use velodrome_model::{
    definition::{DataType, Field, HttpMethod, Method, Parameter, TargetType, scalar_text},
    location::Location,
};

use super::Connection;

impl Connection<'_> {
    /// Values for everything that a method requires and that nobody else fills.
    ///
    /// # Errors
    /// Names the parameter for which there is no value, because a list that should show one failed.
    pub async fn parameters(&self, method: &Method) -> Result<Map<String, Value>, String> {
        let given = self.inputs.methods.get(&method.key);
        let mut values = given.map_or_else(Map::new, |given| given.parameters.clone());
        let shared = self.definition.parameters.iter().filter(|parameter| {
            let is_property =
                parameter.account_connector_property || parameter.partner_connector_property;
            let is_own = |own: &Parameter| own.same_target(parameter);
            !is_property && !method.parameters.iter().any(is_own)
        });
        for parameter in method.parameters.iter().chain(shared) {
            let filled = parameter.hide && !parameter.values.is_empty();
            let outward = matches!(
                parameter.target_type,
                TargetType::MergeField | TargetType::QueryString | TargetType::HttpHeader
            );
            let known = values.contains_key(&parameter.target_name);
            if filled
                || !outward
                || known
                || parameter.optional
                || parameter.default_value.is_some()
            {
                continue;
            }
            let value = self.parameter(method, parameter).await?;
            values.insert(parameter.target_name.clone(), value);
        }
        Ok(values)
    }

    async fn parameter(&self, method: &Method, parameter: &Parameter) -> Result<Value, String> {
        // Not every answer to a creation tells the id as the parameter wants it.
        let fits = |id: &Value| {
            parameter.data_type != Some(DataType::Integer) || scalar_text(id).parse::<i64>().is_ok()
        };
        if let Some(own) = self.made_above(method, &parameter.target_name).filter(fits) {
            return Ok(own);
        }
        if let Some(choice) = parameter.values.first() {
            return Ok(choice.value().clone());
        }
        let by_lookup = parameter
            .trigger
            .as_deref()
            .and_then(|name| self.definition.trigger(name))
            .and_then(|trigger| {
                let list = self.definition.method(&trigger.method)?;
                Some((list, trigger.identifier_key.as_str()))
            });
        let Some((list, location)) = self.list_above(method, parameter).or(by_lookup) else {
            return Ok(json!("1"));
        };
        let key = (list.key.clone(), location.to_owned());
        let known = |key: &(String, String)| {
            let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.get(key).cloned()
        };
        if let Some(id) = known(&key) {
            return Ok(id);
        }
        // A list may itself need what another list shows.
        let parameters = Box::pin(self.parameters(list)).await?;
        let reply = Box::pin(self.call(list, &parameters, &Map::new())).await;
        let reply = reply.map_err(|reason| {
            let name = parameter.label();
            format!(
                "there is no value for {name}, because {} failed: {reason}",
                list.key
            )
        })?;
        let location: Location = location.parse().map_err(super::connect::text)?;
        let body = reply.body.into_value().map_err(|error| error.to_string())?;
        let id = location.first(&body).filter(|id| !id.is_null()).cloned();
        let id = id.ok_or_else(|| {
            format!(
                "there is no value for {}, because {} shows no record",
                parameter.label(),
                list.key
            )
        })?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.insert(key, id.clone());
        Ok(id)
    }

    /// The id of a record that the trial has made where this parameter names one.
    pub(super) fn made_above(&self, method: &Method, target: &str) -> Option<Value> {
        let above = above(method, target)?;
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(above).cloned()
    }

    /// Forgets the record that this method has deleted.
    pub(super) fn forget_made(&self, method: &Method) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &self.definition.parameters;
        for parameter in method.parameters.iter().chain(shared) {
            if let Some(above) = above(method, &parameter.target_name) {
                made.remove(above);
            }
        }
    }

    /// The list whose address stands before the parameter in the method's, and the id in it.
    fn list_above(&self, method: &Method, parameter: &Parameter) -> Option<(&Method, &str)> {
        let above = above(method, &parameter.target_name)?;
        let list = self.definition.methods.iter().find(|list| {
            list.http_method == Some(HttpMethod::GET)
                && list.endpoint.as_deref() == Some(above)
                && list.key != method.key
        })?;
        Some((list, list.response.fields.first()?.connector_field.as_str()))
    }

    /// Values for every required field of a request.
    pub fn fields(&self, method: &Method) -> Map<String, Value> {
        let mut values: Map<String, Value> = method
            .request
            .fields
            .iter()
            .filter(|field| {
                !field.optional && !field.hide && !field.read_only && field.default_value.is_none()
            })
            .map(|field| (field.connector_field.clone(), field_value(field)))
            .collect();
        if let Some(given) = self.inputs.methods.get(&method.key) {
            values.extend(given.fields.clone());
        }
        values
    }
}

/// What stands before a mergefield in a method's address: where records are listed and made.
fn above<'m>(method: &'m Method, target: &str) -> Option<&'m str> {
    let merged = format!("/{{{{{target}}}}}");
    let (above, _) = method.endpoint.as_deref()?.split_once(&merged)?;
    Some(above)
}

fn field_value(field: &Field) -> Value {
    if let Some(choice) = field.values.first() {
        return choice.value().clone();
    }
    match field.data_type.unwrap_or_default() {
        DataType::Integer => json!(7),
        DataType::Decimal | DataType::Float => json!(7.5),
        DataType::Boolean => json!(true),
        DataType::DateTime => json!("2026-01-02T03:04:05Z"),
        DataType::File => json!({"Name": "a.txt", "ContentType": "text/plain", "Content": "aGk="}),
        DataType::Undefined => json!({"a": "b"}),
        DataType::Text if field.connector_field.to_lowercase().contains("mail") => {
            json!("ada@example.com")
        }
        DataType::Text => json!("eur"),
    }
}
