//! Custom fields that are found by calling the provider, which a twin plays here.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use serde_json::{Value, json};
use velodrome_compat::{Caller, World};
use velodrome_testkit::ServerBuilder;

fn world() -> World {
    let definitions = concat!(env!("CARGO_MANIFEST_DIR"), "/found");
    World::with(
        ServerBuilder::new()
            .sandbox()
            .set("VELODROME_CONNECTORS_DIR", definitions),
    )
}

async fn install(account: &Caller) -> String {
    let installed = account
        .post("/v1.0/connectors/Own%20Fields/install", json!({}))
        .await
        .expect(200)
        .json();
    format!("/v1.0/account/connectors/{}", installed["Id"])
}

async fn fields(account: &Caller, path: &str) -> Vec<Value> {
    let answer = account.get(&format!("{path}/fields")).await.expect(200);
    answer.json().as_array().unwrap().clone()
}

fn found<'f>(fields: &'f [Value], location: &str) -> &'f Value {
    let mut all = fields.iter();
    let found = all.find(|field| field["ConnectorField"] == location);
    found.unwrap_or_else(|| panic!("no {location} in {fields:?}"))
}

#[tokio::test]
async fn fields_are_found_listed_called_with_and_kept_apart_by_object() {
    let world = world();
    let partner = world.partner().await;
    let account = world.account(&partner, "northwind").await;
    let path = install(&account).await;
    let connector = world.connector(&partner, "Own Fields").await;
    let create = world.method(&partner, &connector, "Create Contact").await;
    let create = &create["MethodUniqueIdentifier"];

    let first = fields(&account, &path).await;

    let size = found(&first, "[contacts].shoe_size");
    assert_eq!(size["DataType"], "Integer");
    assert_eq!(size["DisplayName"], "Shoe Size");
    assert_eq!(size["ForRequestFormat"], false);
    assert_eq!(size["IsDynamic"], true);
    let colour = found(&first, "custom.favourite_colour");
    assert_eq!(colour["DisplayName"], "Favourite Colour");
    assert_eq!(colour["DataType"], "Text");
    assert_eq!(colour["MethodUniqueIdentifier"], *create);
    assert_eq!(colour["EntityIdentifier"], "Contacts");
    assert_eq!(colour["ForRequestFormat"], true);
    let whole = account.get(&path).await.expect(200).json();
    assert_eq!(whole["CustomFields"].as_array().unwrap().len(), first.len());
    let one = format!("{path}/fields/{}", colour["Id"]);
    assert_eq!(account.get(&one).await.expect(200).json(), *colour);

    let method = format!("{path}/methods/{}", create.as_str().unwrap());
    let by_id = json!({"Fields": {"name": "Ada", (colour["Id"].to_string()): "green"}});
    account.post(&method, by_id).await.expect(200);
    let bad = json!({"Fields": {"name": "Ada", "custom.employees": "many"}});
    let refused = account.post(&method, bad).await.expect(400).json();
    assert_eq!(refused["Message"], "Failed to build the request");
    assert!(
        refused["Detail"]
            .as_str()
            .unwrap()
            .contains("custom.employees"),
        "{refused}"
    );

    let copy =
        json!({"SourceCategory": "Contacts", "ObjectName": "Lead", "ObjectValue": "lead__c"});
    let copies = format!("{path}/categories");
    let copy = account.post(&copies, copy).await.expect(201).json();
    let second = fields(&account, &path).await;
    let of_lead = second
        .iter()
        .filter(|field| field["EntityIdentifier"] == "Lead");
    let of_contact = second
        .iter()
        .filter(|field| field["EntityIdentifier"] == "Contacts");
    assert_eq!(of_lead.clone().count(), of_contact.count());
    assert!(of_lead.count() > 0);

    account
        .delete(&format!("{copies}/{}", copy["Id"]))
        .await
        .expect(204);
    assert_eq!(fields(&account, &path).await.len(), first.len());
}

#[tokio::test]
async fn another_accounts_fields_are_not_found_and_typed_ones_stay() {
    let world = world();
    let partner = world.partner().await;
    let account = world.account(&partner, "northwind").await;
    let other = world.account(&partner, "southwind").await;
    let path = install(&account).await;
    fields(&account, &path).await;

    other.get(&format!("{path}/fields")).await.expect(404);
    let typed = json!({
        "ConnectorField": "nickname", "DisplayName": "Nickname", "DataType": "Text", "ForRequestFormat": true,
        "MethodUniqueIdentifier": "00000000-0000-0000-0000-000000000000",
    });
    account
        .post(&format!("{path}/fields"), typed)
        .await
        .expect(200);
    let copy = json!({"SourceCategory": "Contacts", "ObjectName": "Lead"});
    account
        .post(&format!("{path}/categories"), copy)
        .await
        .expect(201);

    let after = fields(&account, &path).await;

    assert_eq!(found(&after, "nickname")["IsDynamic"], false);
}
