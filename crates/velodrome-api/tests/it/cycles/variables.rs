//! Variables of cycles.

use axum::http::StatusCode;
use serde_json::json;

use super::desk::{Desk, request_field, step_path};

#[tokio::test]
async fn a_variable_gets_a_system_name_and_is_found_by_either() {
    let desk = Desk::open().await;
    let variables = format!("{}/variables", desk.cycle().await);

    let made = desk.post(&variables, json!({"DisplayName": "Mailing list", "Value": "lst_204", "MappingType": "StaticValue"})).await;
    let changed = desk
        .put(
            &format!("{variables}/mailing%20LIST"),
            json!({"Value": null, "IsRequired": true}),
        )
        .await;

    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(
        made.json(),
        json!({"DisplayName": "Mailing list", "SystemName": "Mailinglist", "Description": null,
            "Value": "lst_204", "MappingType": "StaticValue", "DataType": "Text", "Values": [],
            "IsRequired": false, "IsSensitive": false, "IsLaunchVisible": false})
    );
    assert_eq!(changed.json()["Value"], json!(null));
    assert_eq!(
        desk.read(&format!("{variables}/mailinglist")).await,
        changed.json()
    );
    assert_eq!(
        desk.get(&format!("{variables}/nothing")).await.failure(),
        (404, "variable.not_found")
    );
}

#[tokio::test]
async fn a_variable_that_breaks_a_rule_is_refused() {
    let desk = Desk::open().await;
    let variables = format!("{}/variables", desk.cycle().await);
    desk.post(&variables, json!({"DisplayName": "Mailing list"}))
        .await;

    for (body, code) in [
        (json!({}), "variable.name_required"),
        (
            json!({"DisplayName": "mailinglist"}),
            "variable.name_in_use",
        ),
        (
            json!({"DisplayName": "x", "MappingType": "Typed"}),
            "request.unreadable",
        ),
        (
            json!({"DisplayName": "x", "MappingType": "Lookup"}),
            "variable.mapping_type",
        ),
        (
            json!({"DisplayName": "x", "MappingType": "ValueList"}),
            "variable.values_required",
        ),
        (
            json!({"DisplayName": "x", "Values": ["a"], "Value": "b"}),
            "variable.foreign_value",
        ),
        (
            json!({"DisplayName": "x", "DataType": "Integer", "Value": "b"}),
            "variable.value_type",
        ),
        (
            json!({"DisplayName": "x", "SystemName": "1x"}),
            "variable.system_name",
        ),
    ] {
        let refused = desk.post(&variables, body.clone()).await;
        assert_eq!(refused.failure(), (400, code), "{body}");
    }
    assert_eq!(desk.read(&variables).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn several_variables_are_saved_all_or_none() {
    let desk = Desk::open().await;
    let variables = format!("{}/variables", desk.cycle().await);
    desk.post(&variables, json!({"DisplayName": "Zone", "Value": "1"}))
        .await;

    let refused = desk.patch(&variables, json!([{"DisplayName": "Zone", "Value": "2"}, {"DisplayName": "New"}, {"Value": "nameless"}])).await;
    let before = desk.read(&variables).await;
    let saved = desk.patch(&variables, json!([{"DisplayName": "New", "Values": ["a", "b"], "Value": "b"}, {"SystemName": "zone", "Value": "2"}])).await;
    let after = desk.read(&variables).await;

    assert_eq!(refused.failure(), (400, "variable.name_required"));
    assert_eq!(before[0]["Value"], "1");
    let saved = saved.json();
    assert_eq!(
        (&saved[0]["MappingType"], &saved[1]["Value"]),
        (&json!("ValueList"), &json!("2"))
    );
    assert_eq!(after, saved);
}

#[tokio::test]
async fn a_variable_takes_its_mappings_along() {
    let desk = Desk::open().await;
    let (cycle, _, second) = desk.contacts_to_tasks().await;
    let variables = format!("{cycle}/variables");
    desk.post(&variables, json!({"DisplayName": "Note"})).await;
    let note = format!(
        "{}/fieldmappings/{}",
        step_path(&second),
        request_field(&second, "note")
    );

    let unknown = desk
        .put(
            &note,
            json!({"MappingType": "Variable", "VariableName": "Else"}),
        )
        .await;
    let mapped = desk
        .put(
            &note,
            json!({"MappingType": "CycleVariable", "VariableName": "note"}),
        )
        .await;
    desk.put(
        &format!("{variables}/Note"),
        json!({"SystemName": "Remark"}),
    )
    .await;
    let renamed = desk.read(&note).await;
    let deleted = desk.delete(&format!("{variables}/Remark")).await;

    assert_eq!(unknown.failure(), (400, "mapping.unknown_variable"));
    assert_eq!(
        (
            &mapped.json()["MappingType"],
            &mapped.json()["VariableName"]
        ),
        (&json!("Variable"), &json!("Note"))
    );
    assert_eq!(renamed["VariableName"], "Remark");
    assert_eq!(
        (deleted.status, deleted.text.as_str()),
        (StatusCode::OK, "")
    );
    assert_eq!(desk.read(&note).await["MappingType"], "Ignore");
}
