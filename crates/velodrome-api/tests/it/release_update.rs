//! Moving account connectors to the newest release, on the wire.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    custom_connectors::{CUSTOM, acme, app, made, publish, stockroom, within},
};

const KEY: &str = "k-1";

/// The stockroom, live and installed in `acme`: its id, and the path of the account connector.
async fn installed(app: &TestApp, token: &str) -> (Value, String) {
    let connector = made(app, token, "acme", &stockroom()).await;
    let id = connector["Id"].clone();
    publish(app, token, &id, "Major").await;
    let installed = acme(app.post(&format!("/v1.0/connectors/{id}/install")), token)
        .json(&json!({"AuthValue": KEY}))
        .send()
        .await;
    assert_eq!(installed.status, StatusCode::OK, "{}", installed.text);
    let path = format!("/v1.0/account/connectors/{}", installed.json()["Id"]);
    (id, path)
}

/// Publishes another release of it as Major.
async fn next(app: &TestApp, token: &str, id: &Value, definition: &Value) {
    let changed = acme(app.put(&format!("{CUSTOM}/{id}")), token)
        .json(definition)
        .send()
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let live = publish(app, token, id, "Major").await;
    assert_eq!(live.status, StatusCode::OK, "{}", live.text);
}

async fn update(app: &TestApp, token: &str, path: &str, body: &Value) -> Answer {
    let path = format!("{path}/update");
    acme(app.post(&path), token).json(body).send().await
}

#[tokio::test]
async fn an_account_connector_that_a_major_release_left_is_moved_by_hand() {
    let (app, token) = app().await;
    let (id, path) = installed(&app, &token).await;
    let of_newest = acme(app.get(&path), &token).send().await.json();
    assert_eq!(of_newest["UpdateAvailable"], false);
    for call in [
        app.get(&format!("{path}/update")),
        app.post(&format!("{path}/update")),
    ] {
        let none = acme(call, &token).send().await;
        assert_eq!(none.failure(), (409, "account_connector.no_update"));
    }
    let property = acme(app.post(&format!("{path}/properties")), &token)
        .json(&json!({"Name": "Warehouse", "Value": "north"}))
        .send()
        .await;
    assert_eq!(property.status, StatusCode::OK, "{}", property.text);
    let mut definition = stockroom();
    definition["Description"] = json!("Shelves, anew.");
    definition["Methods"][0]["ResponseFormat"]["Fields"] =
        json!([{"ConnectorField": "[].id", "DataType": "Integer"}]);
    next(&app, &token, &id, &definition).await;

    let behind = acme(app.get(&path), &token).send().await.json();
    assert_eq!(
        (
            &behind["UpdateAvailable"],
            &behind["Connector"]["ReleaseStatus"]
        ),
        (&json!(true), &json!("Deprecated"))
    );
    let listed = acme(app.get("/v1.0/account/connectors"), &token)
        .send()
        .await;
    assert_eq!(listed.json()[0]["UpdateAvailable"], true);
    let what = acme(app.get(&format!("{path}/update")), &token)
        .send()
        .await
        .json();
    assert_eq!(
        (
            &what["From"]["Number"],
            &what["To"]["Number"],
            &what["Notes"]
        ),
        (&json!(1), &json!(2), &json!("Better."))
    );
    assert_eq!(
        (&what["IsCompatible"], &what["KeepsAuthentication"]),
        (&json!(false), &json!(true))
    );
    let kinds: Vec<_> = what["Changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (
                change["Kind"].as_str().unwrap(),
                change["Change"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(kinds.contains(&("ResponseField", "Removed")), "{kinds:?}");

    let moved = update(&app, &token, &path, &json!({})).await;

    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    let moved = moved.json();
    assert_eq!(
        (
            &moved["UpdateAvailable"],
            &moved["Connector"]["ReleaseStatus"],
            &moved["Connector"]["Description"],
            &moved["Authenticated"],
            &moved["AuthValue"],
            &moved["Properties"][0]["Value"],
        ),
        (
            &json!(false),
            &json!("Live"),
            &json!("Shelves, anew."),
            &json!(true),
            &json!(KEY),
            &json!("north"),
        )
    );
    assert_eq!(
        app.audited(&token).await[0],
        "account_connector.release_updated"
    );
    let again = update(&app, &token, &path, &json!({})).await;
    assert_eq!(again.failure(), (409, "account_connector.no_update"));
}

#[tokio::test]
async fn where_the_authentication_is_gone_another_one_is_chosen_and_its_credential_goes() {
    let (app, token) = app().await;
    let (id, path) = installed(&app, &token).await;
    let mut definition = stockroom();
    definition["Authentication"] =
        json!([{"AuthName": "Sign in", "AuthType": "Basic", "IsDefault": true}]);
    next(&app, &token, &id, &definition).await;
    let what = acme(app.get(&format!("{path}/update")), &token)
        .send()
        .await
        .json();
    assert_eq!(what["KeepsAuthentication"], false);

    let refused = update(&app, &token, &path, &json!({})).await;
    assert_eq!(
        refused.failure(),
        (409, "account_connector.authentication_gone")
    );
    let foreign = json!({"AuthenticationId": "00000000-0000-4000-8000-000000000000"});
    let refused = update(&app, &token, &path, &foreign).await;
    assert_eq!(
        refused.failure(),
        (400, "account_connector.foreign_authentication")
    );
    let still = acme(app.get(&path), &token).send().await.json();
    assert_eq!(
        (&still["AuthValue"], &still["UpdateAvailable"]),
        (&json!(KEY), &json!(true))
    );

    let live = acme(app.get(&format!("/v1.0/connectors/{id}")), &token)
        .send()
        .await
        .json();
    let chosen = json!({"AuthenticationId": live["Authentication"][0]["Id"]});
    let moved = update(&app, &token, &path, &chosen).await;

    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    let moved = moved.json();
    assert_eq!(
        (
            &moved["AuthenticationId"],
            &moved["Authenticated"],
            &moved["AuthValue"]
        ),
        (&chosen["AuthenticationId"], &json!(false), &json!(null))
    );
}

#[tokio::test]
async fn only_the_account_itself_moves_its_connector() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    let below = json!({"Id": "below", "Name": "Below", "ParentAccountId": "acme"});
    let made = app
        .post("/v1.0/accounts")
        .bearer(&token)
        .json(&below)
        .send()
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let (id, path) = installed(&app, &token).await;
    next(&app, &token, &id, &stockroom()).await;
    let other_partner = app.other_partner().await;
    let path = format!("{path}/update");

    for (token, account) in [(&token, "stranger"), (&other_partner, "acme")] {
        for call in [app.get(&path), app.post(&path)] {
            let refused = within(call, token, account).send().await;
            assert_eq!(refused.failure(), (404, "account_connector.not_found"));
        }
    }
    let inherited = within(app.post(&path), &token, "below").send().await;
    assert_eq!(inherited.failure(), (403, "account_connector.inherited"));
    let still = acme(app.get(&path), &token).send().await;
    assert_eq!(still.status, StatusCode::OK, "{}", still.text);
}
