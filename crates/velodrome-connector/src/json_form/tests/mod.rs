mod exceptions;
mod faults;
mod round_trip;

use serde_json::{Value, json};
use velodrome_model::definition::ConnectorDefinition;

use super::{JsonForm, read};

/// A form with one method, to be changed by the cases.
fn form() -> Value {
    json!({
        "Name": "Acme",
        "Methods": [{
            "Name": "Get Thing",
            "Category": "Things",
            "MethodType": "Action",
            "HttpMethod": "GET",
            "EndPoint": "https://api.acme.example/thing"
        }]
    })
}

/// The form with these members beside its own.
fn with(members: Value) -> Value {
    let mut form = form();
    form.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    form
}

/// The form whose method has these members beside its own.
fn with_method(members: Value) -> Value {
    let mut form = form();
    form["Methods"][0]
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    form
}

fn good(form: &Value) -> JsonForm {
    read(form).unwrap_or_else(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{told:#?}")
    })
}

fn definition(form: &Value) -> ConnectorDefinition {
    good(form).definition
}

/// What is wrong, as `#pointer: code message`.
fn told(form: &Value) -> Vec<String> {
    match read(form) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}
