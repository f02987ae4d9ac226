//! Where values of parameters and fields come from.

use axum::http::{Method, StatusCode};
use serde_json::json;
use velodrome_model::{CycleId, InstanceScope};

use super::desk::{Desk, codes, parameter, request_field, response_field, step_path, text};

#[tokio::test]
async fn a_parameter_is_null_until_it_is_mapped_and_a_change_keeps_the_rest() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let step = desk.method_step(&cycle, "list-contacts").await;
    let path = format!("{}/parameters", step_path(&step));
    let list = format!("{path}/{}", parameter(&step, "list"));

    let before = desk.read(&list).await;
    let mapped = desk
        .put(
            &list,
            json!({"MappingType": "Lookup", "TriggerValue": "7", "TriggerValueDisplayName": "All"}),
        )
        .await;
    let flagged = desk
        .send(
            Method::POST,
            &list,
            json!({"IsLaunchVisible": true, "Parameter": {"Id": parameter(&step, "list")}}),
        )
        .await;
    let again = desk.put(&list, flagged.json()).await;

    assert_eq!(
        (&before["MappingType"], &before["IsLaunchVisible"]),
        (&json!(null), &json!(false))
    );
    assert_eq!(before["Parameter"]["Triggers"][0]["Name"], "Lists");
    assert_eq!(
        before["Parameter"]["Triggers"][0]["AccountConnectorId"],
        desk.connector
    );
    assert_eq!(mapped.json()["TriggerValueDisplayName"], "All");
    assert_eq!(
        (
            &flagged.json()["TriggerValue"],
            &flagged.json()["IsLaunchVisible"]
        ),
        (&json!("7"), &json!(true))
    );
    assert_eq!(again.json(), flagged.json());
    let all = desk.read(&path).await;
    let names: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["Parameter"]["TargetName"]))
        .collect();
    assert_eq!(names, ["list", "token"]);
}

#[tokio::test]
async fn a_mapping_that_does_not_fit_is_refused() {
    let desk = Desk::open().await;
    let (_, first, second) = desk.contacts_to_tasks().await;
    let fields = |id: i64| format!("{}/fieldmappings/{id}", step_path(&second));
    let title = fields(request_field(&second, "title"));
    let state = fields(request_field(&second, "state"));
    let (email, own) = (
        response_field(&first, "[contacts].email"),
        response_field(&second, "id"),
    );

    for (path, body, failure) in [
        (
            &title,
            json!({"MappingType": "Typed"}),
            (400, "request.unreadable"),
        ),
        (
            &title,
            json!({"Field": {"Id": 1}}),
            (400, "mapping.other_id"),
        ),
        (
            &title,
            json!({"SourceFieldId": own}),
            (400, "mapping.foreign_field"),
        ),
        (
            &title,
            json!({"SourceStepId": second["Id"]}),
            (400, "mapping.foreign_step"),
        ),
        (
            &state,
            json!({"MappingType": "PreviousStep", "SourceFieldId": email}),
            (400, "mapping.step_required"),
        ),
        (
            &state,
            json!({"MappingType": "ValueList", "Value": "lost"}),
            (400, "mapping.foreign_value"),
        ),
        (
            &title,
            json!({"MappingType": "StaticValue", "Value": format!("{{{{{} 5}}}}", text(&first["Id"]))}),
            (400, "mapping.foreign_field"),
        ),
        (
            &fields(parameter(&first, "list")),
            json!({}),
            (404, "field.not_found"),
        ),
    ] {
        let refused = desk.put(path, body.clone()).await;
        assert_eq!(refused.failure(), failure, "{body}");
    }
    let backwards = format!(
        "{}/parameters/{}",
        step_path(&first),
        parameter(&first, "token")
    );
    let later = desk
        .put(
            &backwards,
            json!({"MappingType": "StepData", "SourceStepId": second["Id"]}),
        )
        .await;
    assert_eq!(later.failure(), (400, "mapping.foreign_step"));
    let chosen = desk
        .put(&state, json!({"MappingType": "ValueList", "Value": "done"}))
        .await;
    assert_eq!(chosen.json()["Value"], "done");
    let nowhere = format!("/v1.0/steps/{}/parameters/1", uuid::Uuid::nil());
    assert_eq!(
        desk.put(&nowhere, json!({})).await.failure(),
        (404, "step.not_found")
    );
    assert_eq!(
        desk.put("/v1.0/steps/12/parameters/1", json!({}))
            .await
            .failure()
            .0,
        400
    );
    assert_eq!(
        desk.put(&format!("{}/parameters/x", step_path(&first)), json!({}))
            .await
            .failure()
            .0,
        400
    );
}

#[tokio::test]
async fn merge_fields_about_steps_are_read_in_both_forms_and_shown_in_one() {
    let desk = Desk::open().await;
    let (cycle, first, second) = desk.contacts_to_tasks().await;
    let note = format!(
        "{}/fieldmappings/{}",
        step_path(&second),
        request_field(&second, "note")
    );
    let (step, email) = (
        text(&first["Id"]),
        response_field(&first, "[contacts].email"),
    );
    let shown = format!("Dear {{{{{step} {email}}}}}, {{{{LastSuccessfulRunDate format=yyyy}}}}");

    let typed =
        format!("Dear {{{{step.{step}.{email}}}}}, {{{{LastSuccessfulRunDate format=yyyy}}}}");
    let mapped = desk.put(&note, json!({"Value": typed})).await;
    let again = desk.put(&note, mapped.json()).await;

    assert_eq!(
        (&mapped.json()["MappingType"], &mapped.json()["Value"]),
        (&json!("StaticValue"), &json!(shown))
    );
    assert_eq!(again.json(), mapped.json());
    let edges = desk.read(&format!("{cycle}/edges")).await;
    desk.delete(&format!("{cycle}/edges/{}", text(&edges[0]["Id"])))
        .await;
    let after = desk
        .read(&format!("{}/fieldmappings", step_path(&second)))
        .await;
    let kinds: Vec<_> = after
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["MappingType"]))
        .collect();
    assert_eq!(kinds, ["Ignore", "Ignore", "Ignore"]);
}

#[tokio::test]
async fn fields_of_earlier_steps_are_offered_but_none_from_before_a_wait_all() {
    let desk = Desk::open().await;
    let (cycle, _, second) = desk.contacts_to_tasks().await;
    let wait = desk.step(&cycle, json!({"ActionType": "WaitAll"})).await;
    let last = desk.method_step(&cycle, "create-task").await;
    desk.edge(&cycle, &second, &wait).await;
    desk.edge(&cycle, &wait, &last).await;

    let before = desk
        .read(&format!("{}/fieldsformapping", step_path(&second)))
        .await;
    let behind = desk
        .read(&format!("{}/fieldsformapping", step_path(&wait)))
        .await;
    let after = desk
        .read(&format!("{}/fieldsformapping", step_path(&last)))
        .await;

    let offered = |all: &serde_json::Value| -> Vec<String> {
        let all = all.as_array().unwrap();
        all.iter()
            .map(|one| format!("{} {}", text(&one["Step"]["Name"]), text(&one["Location"])))
            .collect()
    };
    assert_eq!(
        offered(&before),
        [
            "list-contacts [contacts].id",
            "list-contacts [contacts].email"
        ]
    );
    assert_eq!(offered(&behind).len(), 3);
    assert_eq!(after, json!([]));
    assert_eq!(before[0]["ForRequestFormat"], false);
    assert_eq!(before[0]["Step"]["ActionType"], "Action");
}

#[tokio::test]
async fn a_webhook_offers_what_it_receives() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let hook = desk.method_step(&cycle, "task-hook").await;
    let task = desk.method_step(&cycle, "create-task").await;
    desk.edge(&cycle, &hook, &task).await;

    let offered = desk
        .read(&format!("{}/fieldsformapping", step_path(&task)))
        .await;
    let own = desk
        .read(&format!("{}/fieldmappings", step_path(&hook)))
        .await;

    assert_eq!(offered[0]["Location"], "task.id");
    assert_eq!(offered[0]["ForRequestFormat"], true);
    assert_eq!(own, json!([]));
}

#[tokio::test]
async fn a_hook_in_the_middle_says_whom_a_request_is_for() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let first = desk.method_step(&cycle, "list-contacts").await;
    let hook = desk.method_step(&cycle, "task-hook").await;
    desk.edge(&cycle, &first, &hook).await;
    let path = format!("{cycle}/steps/{}", text(&hook["Id"]));
    let unmet = format!("{}/prerequisites", step_path(&hook));
    assert_eq!(codes(&desk.read(&unmet).await), [(43, "Action".to_owned())]);

    let mapping = json!({"RequestFieldId": request_field(&hook, "task.id"), "SourceStepId": first["Id"],
        "SourceFieldId": response_field(&first, "[contacts].id")});
    let mapped = desk.put(&path, json!({"WebhookMapping": mapping})).await;

    assert_eq!(mapped.json()["WebhookMapping"], mapping);
    assert_eq!(desk.read(&unmet).await, json!([]));
}

#[tokio::test]
async fn lists_of_two_steps_need_keys_or_the_word_that_all_belong_together() {
    let desk = Desk::open().await;
    let (cycle, first, second) = desk.contacts_to_tasks().await;
    desk.put(&cycle, json!({"CollectionSplitType": "None"}))
        .await;
    let deals = desk.method_step(&cycle, "list-deals").await;
    desk.edge(&cycle, &first, &deals).await;
    desk.edge(&cycle, &deals, &second).await;
    let note = format!(
        "{}/fieldmappings/{}",
        step_path(&second),
        request_field(&second, "note")
    );
    let deal =
        json!({"SourceStepId": deals["Id"], "SourceFieldId": response_field(&deals, "[deals].id")});
    desk.put(&note, deal).await;
    let (path, unmet) = (
        format!("{cycle}/steps/{}", text(&second["Id"])),
        format!("{}/prerequisites", step_path(&second)),
    );
    assert_eq!(codes(&desk.read(&unmet).await), [(42, "Action".to_owned())]);

    let key = json!({"LeftStepId": first["Id"], "LeftFieldId": response_field(&first, "[contacts].id"),
        "RightStepId": deals["Id"], "RightFieldId": response_field(&deals, "[deals].contact")});
    let related = desk.put(&path, json!({"CollectionKeys": [key]})).await;

    assert_eq!(related.json()["CollectionKeys"], json!([key]));
    assert_eq!(desk.read(&unmet).await, json!([]));
    let all = json!([{"LeftStepId": first["Id"], "RightStepId": deals["Id"]}]);
    let all = desk.put(&path, json!({"CollectionKeys": all})).await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.text);
    assert_eq!(desk.read(&unmet).await, json!([]));
}

#[tokio::test]
async fn secrets_that_were_typed_are_hidden_where_settings_say_so() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let step = desk.method_step(&cycle, "list-contacts").await;
    let token = format!(
        "{}/parameters/{}",
        step_path(&step),
        parameter(&step, "token")
    );

    let typed = desk.put(&token, json!({"Value": "s3cret"})).await;
    desk.put(
        "/v1.0/partner/settings/security",
        json!({"MaskAuthValues": true}),
    )
    .await;
    let masked = desk.read(&token).await;

    assert_eq!(typed.json()["Value"], "s3cret");
    assert_eq!(
        (&masked["MappingType"], &masked["Value"]),
        (&json!("StaticValue"), &json!(null))
    );
}

#[tokio::test]
async fn what_has_no_lookup_can_not_be_looked_up() {
    let desk = Desk::open().await;
    let (_, first, second) = desk.contacts_to_tasks().await;
    let lookup = |id: i64| format!("{}/parameters/{id}/lookup", step_path(&first));

    let none = desk
        .post(&lookup(parameter(&first, "token")), json!({}))
        .await;
    let foreign = desk
        .post(&lookup(parameter(&first, "list")), json!({"TriggerId": 1}))
        .await;
    let unknown = desk.post(&lookup(1), json!({})).await;
    let field = format!(
        "{}/fieldmappings/{}/lookup",
        step_path(&second),
        request_field(&second, "note")
    );
    let field = desk.post(&field, json!({})).await;
    let custom = desk
        .post(
            &format!("{}/fieldmappings/lookup", step_path(&second)),
            json!({}),
        )
        .await;

    assert_eq!(none.failure(), (404, "lookup.not_found"));
    assert_eq!(foreign.failure(), (404, "lookup.not_found"));
    assert_eq!(unknown.failure(), (404, "parameter.not_found"));
    assert_eq!(field.failure(), (404, "lookup.not_found"));
    assert_eq!((custom.status, custom.json()), (StatusCode::OK, json!([])));
}

#[tokio::test]
async fn a_transaction_shows_the_mapping_that_its_step_had_when_it_ran() {
    let desk = Desk::open().await;
    let (cycle, first, second) = desk.contacts_to_tasks().await;
    desk.activate(&cycle).await;
    let unit = desk.app.store.begin(&InstanceScope).await.unwrap();
    let partner = unit.default_partner().await.unwrap().unwrap().id;
    let unit = unit.into_partner(partner);
    let account = unit.accounts().find("acme").await.unwrap().unwrap().id;
    let unit = unit.into_account(account);
    let id = cycle.rsplit('/').next().unwrap().parse().unwrap();
    let row = unit.cycles().get(CycleId(id)).await.unwrap().unwrap();
    let scope = *unit.scope();
    drop(unit);
    let transaction = desk.app.runs.begin(scope, &row).await.unwrap();
    let stopped = desk.put(&format!("{cycle}/deactivate"), json!({})).await;
    assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.text);
    let title = request_field(&second, "title");
    let path = format!("{}/fieldmappings/{title}", step_path(&second));
    let mapping = json!({"MappingType": "StaticValue", "Value": "Another one"});
    let mapped = desk.put(&path, mapping).await;
    assert_eq!(mapped.status, StatusCode::OK, "{}", mapped.text);

    let step = text(&second["Id"]);
    let of = |transaction: uuid::Uuid| {
        format!("{cycle}/transactions/{transaction}/steps/{step}/mapping")
    };
    let then = desk.read(&of(transaction.0)).await;

    let is_title = |one: &&serde_json::Value| one["Field"]["Id"] == title;
    let field = then["Fields"].as_array().unwrap().iter().find(is_title);
    let field = field.unwrap();
    let email = response_field(&first, "[contacts].email");
    assert_eq!(field["MappingType"], "PreviousStep");
    assert_eq!(
        (&field["SourceStepId"], &field["SourceFieldId"]),
        (&first["Id"], &json!(email))
    );
    let earlier = then["EarlierFields"].as_array().unwrap();
    assert!(
        earlier
            .iter()
            .any(|one| one["Id"] == email && one["Step"]["Name"] == "list-contacts")
    );
    assert_eq!(desk.read(&path).await["MappingType"], "StaticValue");
    let nothing = desk.get(&of(uuid::Uuid::new_v4())).await;
    assert_eq!(nothing.failure(), (404, "transaction.not_found"));
    desk.app.account(&desk.token, "other").await;
    let other = desk.app.get(&of(transaction.0)).bearer(&desk.token);
    let other = other.header("x-cyclr-account", "other").send().await;
    assert_eq!(other.failure(), (404, "cycle.not_found"));
}
