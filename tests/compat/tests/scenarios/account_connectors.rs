//! Connectors in accounts: installing, changing, credentials, properties, custom fields.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use reqwest::Method;
use serde_json::{Value, json};
use velodrome_compat::{Installed, Shared, scenarios};

scenarios! { connectors_in_accounts:
    an_installation_reads_bodies_as_people_write_them,
    a_refused_installation_leaves_nothing_behind,
    planned_and_draft_connectors_cannot_be_installed,
    a_version_can_be_chosen_and_the_newest_is_the_default,
    the_list_is_filtered_paged_and_by_id,
    what_is_left_out_of_a_change_stays_and_null_clears,
    a_refused_change_changes_nothing,
    an_answer_can_be_sent_back_without_changing_anything,
    each_kind_of_credential_is_taken_in_its_own_form,
    malformed_credentials_are_refused_without_being_repeated,
    empty_credentials_let_a_machine_obtain_its_own_and_are_nothing_for_a_person,
    another_way_to_authenticate_forgets_the_credential_of_the_former,
    deauthenticating_says_so_with_the_name_in_quotes,
    a_property_is_made_changed_replaced_and_removed,
    properties_without_a_name_are_refused,
    sensitive_values_are_hidden_when_the_partner_wants_it,
    custom_fields_belong_to_one_method_or_to_all,
    impossible_custom_fields_are_named,
    parts_of_another_installation_are_not_found,
    another_accounts_connector_is_not_found_whatever_is_asked,
    a_sub_account_reads_everything_and_changes_nothing,
    a_token_for_one_account_needs_no_header_and_reaches_nothing_of_the_partners,
    the_checks_come_in_the_promised_order,
    ids_are_whole_numbers,
}

async fn an_installation_reads_bodies_as_people_write_them(workshop: Shared) {
    let account = workshop.account("lenient").await;
    let text = "{ name: 'Mine', // lenient\n NAME: 'Ours', Description: 42, Unknown: [1,], \
                properties: [{ name: 'Shelf', value: 'upper', Id: 7 }], }";

    let installed = account
        .send_text(Method::POST, "/V1.0/Connectors/workshop/install/", text)
        .await
        .expect(200)
        .json();

    assert_eq!(installed["Name"], "Ours", "the last of doubled names wins");
    assert_eq!(installed["Description"], "42");
    assert_eq!(installed["Properties"][0]["Name"], "Shelf");
    assert_eq!(installed["Properties"][0]["Value"], "upper");
    assert_eq!(
        installed["Properties"][0]["AccountConnectorId"],
        installed["Id"]
    );
    assert_eq!(installed["Connector"]["Name"], "Workshop");
    assert!(
        installed["Connector"]["Icon"]
            .as_str()
            .unwrap()
            .starts_with("data:")
    );
    assert_eq!(installed["OwnerAccountId"], "lenient");
    assert_eq!(installed["AuthValue"], Value::Null);
    assert_eq!(installed["AuthenticationState"], "NotAuthenticated");
    assert_eq!(installed["CustomFields"], json!([]));
}

async fn a_refused_installation_leaves_nothing_behind(workshop: Shared) {
    let account = workshop.account("refused-installs").await;
    let path = "/v1.0/connectors/Workshop/install";
    let foreign = workshop
        .world
        .connector(&workshop.partner, "Pipedrive")
        .await;
    let property =
        |name: &str, value: &str| json!({ "Properties": [{ "Name": name, "Value": value }] });
    let foreign_id = foreign["Authentication"][0]["Id"].as_str().unwrap();
    let cases = [
        (
            property("Flavour", "mint"),
            "account_connector.unknown_property",
            "'Flavour'",
        ),
        (
            property("Piece", "1"),
            "account_connector.unknown_property",
            "'Piece'",
        ),
        (
            property("Shelf", "UPPER"),
            "account_connector.invalid",
            "Shelf",
        ),
        (
            json!({ "AuthenticationId": foreign_id }),
            "account_connector.foreign_authentication",
            foreign_id,
        ),
        (
            json!({ "AuthenticationId": "00000000-0000-0000-0000-000000000000" }),
            "account_connector.foreign_authentication",
            "00000000",
        ),
        (json!({ "Name": "  " }), "account_connector.invalid", "Name"),
        (
            json!({ "Name": "n".repeat(10_000) }),
            "account_connector.invalid",
            "Name",
        ),
        (
            json!({ "AuthenticationId": "not-a-guid" }),
            "request.unreadable",
            "AuthenticationId",
        ),
        (
            json!({ "Properties": "Shelf" }),
            "request.unreadable",
            "Properties",
        ),
    ];

    for (body, code, named) in cases {
        let message = account.post(path, body.clone()).await.refused_as(400, code);
        assert!(message.contains(named), "{body}: {message}");
    }
    account
        .send_text(Method::POST, path, "{ 'Name' 'x' }")
        .await
        .refused_as(400, "request.unreadable");

    let listed = account.get("/v1.0/account/connectors").await.expect(200);
    assert_eq!(listed.text, "[]");
    assert_eq!(listed.header("total-records"), Some("0"));
}

async fn planned_and_draft_connectors_cannot_be_installed(workshop: Shared) {
    let account = workshop.account("too-early").await;

    let planned = account
        .post_nothing("/v1.0/connectors/Announced/install")
        .await;
    let draft = account
        .post_nothing("/v1.0/connectors/Drafted/install")
        .await;

    assert!(
        planned
            .refused_as(400, "connector.planned")
            .contains("planned")
    );
    let message = draft.refused_as(400, "connector.draft");
    assert!(message.contains("drafts cannot be installed"), "{message}");
    assert!(
        message.chars().any(|c| c.is_ascii_digit()),
        "the id is named: {message}"
    );
    account
        .post_nothing("/v1.0/connectors/No%20Such/install")
        .await
        .refused_as(404, "connector.not_found");
}

async fn a_version_can_be_chosen_and_the_newest_is_the_default(workshop: Shared) {
    let account = workshop.account("versions").await;

    let newest = account
        .post_nothing("/v1.0/connectors/Twin/install")
        .await
        .expect(200)
        .json();
    let elder = account
        .post(
            "/v1.0/connectors/Twin/1/install",
            json!({ "Name": "Elder" }),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(newest["Connector"]["Version"], "10");
    assert_eq!(elder["Connector"]["Version"], "1");
    assert_eq!(
        elder["AuthenticationState"], "Authenticated",
        "without authentication there is nothing left to do"
    );
}

async fn the_list_is_filtered_paged_and_by_id(workshop: Shared) {
    let account = workshop.account("many").await;
    let mut ids = Vec::new();
    for name in ["Zinc", "Amber", "Brass"] {
        let one = Installed::into_account(account.clone(), json!({ "Name": name })).await;
        ids.push(one.body["Id"].clone());
    }

    let all = account.get("/v1.0/account/connectors").await.expect(200);
    let second = account
        .get("/v1.0/account/connectors?pageSize=2&page=2")
        .await
        .expect(200);
    let named = account
        .get("/v1.0/account/connectors?query=BRA")
        .await
        .expect(200);
    let sorted = account
        .get("/v1.0/account/connectors?orderBy=NAME&sortOrderAsc=false&pageSize=1")
        .await
        .expect(200);

    let listed: Vec<Value> = all
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Id"].clone())
        .collect();
    assert_eq!(listed, ids);
    assert_eq!(second.json()[0]["Name"], "Brass");
    assert_eq!(second.header("total-pages"), Some("2"));
    assert_eq!(second.header("total-records"), Some("3"));
    assert_eq!(named.header("total-records"), Some("1"));
    assert_eq!(sorted.json()[0]["Name"], "Zinc");
}

async fn what_is_left_out_of_a_change_stays_and_null_clears(workshop: Shared) {
    let installed = workshop
        .install(
            "partial",
            json!({ "Description": "On the left", "AuthValue": "key-1" }),
        )
        .await;

    let renamed = installed
        .account
        .put(&installed.path, json!({ "Name": "Left" }))
        .await
        .expect(200)
        .json();
    let cleared = installed
        .account
        .put(&installed.path, json!({ "Description": null }))
        .await
        .expect(200)
        .json();
    let untouched = installed
        .account
        .put(&installed.path, json!({}))
        .await
        .expect(200)
        .json();
    let without_key = installed
        .account
        .put(&installed.path, json!({ "AuthValue": null }))
        .await
        .expect(200)
        .json();

    assert_eq!(renamed["Description"], "On the left");
    assert_eq!(renamed["AuthValue"], "key-1");
    assert_eq!(cleared["Description"], Value::Null);
    assert_eq!(untouched, cleared);
    assert_eq!(without_key["AuthValue"], Value::Null);
    assert_eq!(without_key["Authenticated"], false);
    assert_eq!(without_key["Name"], "Left");
}

async fn a_refused_change_changes_nothing(workshop: Shared) {
    let installed = workshop.install_with_key("unchanged").await;
    Installed::into_account(installed.account.clone(), json!({ "Name": "Taken" })).await;
    let before = installed.read().await;

    let name = installed
        .account
        .put(
            &installed.path,
            json!({ "Description": "new", "Name": "Taken" }),
        )
        .await;
    let authentication = installed
        .account
        .put(
            &installed.path,
            json!({ "Name": "New", "AuthenticationId": "00000000-0000-0000-0000-000000000001" }),
        )
        .await;

    assert_eq!(
        name.refused_as(400, "account_connector.name_in_use"),
        "Account connector name Taken is in use."
    );
    authentication.refused_as(400, "account_connector.foreign_authentication");
    for body in [json!({ "Name": "" }), json!({ "AuthenticationId": "x" })] {
        installed
            .account
            .put(&installed.path, body)
            .await
            .refusal(400);
    }
    assert_eq!(installed.read().await, before);
}

async fn an_answer_can_be_sent_back_without_changing_anything(workshop: Shared) {
    let installed = workshop
        .install(
            "round-trip",
            json!({ "AuthValue": "key-1", "Properties": [{ "Name": "Shelf", "Value": "upper" }] }),
        )
        .await;
    let before = installed.read().await;

    let after = installed
        .account
        .put(&installed.path, before.clone())
        .await
        .expect(200)
        .json();

    assert_eq!(after, before);
}

async fn each_kind_of_credential_is_taken_in_its_own_form(workshop: Shared) {
    let account = workshop.account("credentials").await;
    let cases = [
        ("API key", "k-1".to_owned()),
        // base64 of ada:p:w, with a colon in the password.
        ("User and password", "YWRhOnA6dw==".to_owned()),
        ("Badge", json!({ "Badge": "7", "Pin": "1234" }).to_string()),
        (
            "Signed",
            json!({ "Token": "t-1", "TokenSecret": "s-1" }).to_string(),
        ),
        (
            "Consent",
            json!({ "AccessToken": "at-1", "RefreshToken": "rt-1", "Expires": "2099-01-01T00:00:00Z" })
                .to_string(),
        ),
        ("Consent", "a-bare-access-token".to_owned()),
    ];

    for (number, (way, value)) in cases.into_iter().enumerate() {
        let body = json!({
            "Name": format!("{way} {number}"),
            "AuthenticationId": workshop.authentication(way),
            "AuthValue": value,
        });
        let installed = Installed::into_account(account.clone(), body).await.body;

        assert_eq!(installed["Authenticated"], true, "{way}: {installed}");
        assert_eq!(installed["AuthenticationId"], workshop.authentication(way));
        let shown = installed["AuthValue"].as_str().unwrap();
        if way != "Consent" {
            assert_eq!(shown, value, "{way}");
        } else {
            let token: Value = serde_json::from_str(shown).unwrap();
            assert!(token["AccessToken"].is_string(), "{shown}");
        }
    }
}

async fn malformed_credentials_are_refused_without_being_repeated(workshop: Shared) {
    let account = workshop.account("malformed").await;
    let cases = [
        ("User and password", "s3cret!not-base64"),
        ("User and password", "czNjcmV0"), // base64 without a colon
        ("Badge", "s3cret"),
        ("Badge", "{\"Badge\":\"s3cret\"}"),
        ("Signed", "{\"TokenSecret\":\"s3cret\"}"),
        ("Signed", "s3cret"),
        ("Consent", "{\"AccessToken\":5,\"RefreshToken\":\"s3cret\""),
        (
            "Consent",
            "{\"AccessToken\":\"s3cret\",\"Expires\":\"tomorrow\"}",
        ),
        ("API key", "s3cret\r\nX-Other: 1"),
        ("Nothing", "s3cret"),
    ];

    for (way, value) in cases {
        let answer = account
            .post(
                "/v1.0/connectors/Workshop/install",
                json!({ "AuthenticationId": workshop.authentication(way), "AuthValue": value }),
            )
            .await;
        let message = answer.refused_as(400, "account_connector.auth_value");
        assert!(message.contains("AuthValue"), "{way}: {message}");
        assert!(!message.contains("s3cret"), "{way}: {message}");
    }
    let listed = account.get("/v1.0/account/connectors").await.expect(200);
    assert_eq!(listed.text, "[]");
    assert!(!workshop.world.server.log().contains("s3cret"));
}

async fn empty_credentials_let_a_machine_obtain_its_own_and_are_nothing_for_a_person(
    workshop: Shared,
) {
    use velodrome_testkit::Answer;
    let account = workshop.account("empty-credentials").await;
    let of = |way: &str| {
        json!({
            "Name": way,
            "AuthenticationId": workshop.authentication(way),
            "AuthValue": "{}",
            "Properties": [
                { "Name": "ClientId", "Value": "app" },
                { "Name": "ClientSecret", "Value": "app-secret" },
            ],
        })
    };
    workshop.upstream.on(
        "POST",
        "/machine-token",
        Answer::json("{\"access_token\":\"machine-1\",\"expires_in\":3600}"),
    );
    workshop
        .upstream
        .on("GET", "/pieces/machine", Answer::json("{\"id\":1}"));
    let machine = Installed::into_account(account.clone(), of("Machine")).await;

    let person = account
        .post("/v1.0/connectors/Workshop/install", of("Consent"))
        .await;
    workshop
        .call(&machine, "Get Piece", "machine")
        .await
        .expect(200);

    person.refused_as(400, "account_connector.auth_value");
    let called = workshop.received("/pieces/machine");
    assert_eq!(called[0].header("authorization"), Some("Bearer machine-1"));
}

async fn another_way_to_authenticate_forgets_the_credential_of_the_former(workshop: Shared) {
    let installed = workshop.install_with_key("other-way").await;

    let changed = installed
        .account
        .put(
            &installed.path,
            json!({ "AuthenticationId": workshop.authentication("User and password") }),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(changed["AuthValue"], Value::Null);
    assert_eq!(changed["AuthenticationState"], "NotAuthenticated");
}

async fn deauthenticating_says_so_with_the_name_in_quotes(workshop: Shared) {
    let installed = workshop
        .install(
            "quiet",
            json!({ "Name": "Quiet One", "AuthValue": "key-1" }),
        )
        .await;
    let path = format!("{}/deauthenticate", installed.path);

    let first = installed.account.put_nothing(&path).await.expect(200);
    let again = installed.account.put_nothing(&path).await.expect(200);

    assert_eq!(
        first.text,
        "{\"Message\":\"Account connector 'Quiet One' has been de-authenticated.\"}"
    );
    assert_eq!(again.text, first.text);
    let after = installed.read().await;
    assert_eq!(after["AuthValue"], Value::Null);
    assert_eq!(after["AuthenticationState"], "NotAuthenticated");
}

async fn a_property_is_made_changed_replaced_and_removed(workshop: Shared) {
    let installed = workshop.install("properties", json!({})).await;
    let path = format!("{}/properties", installed.path);
    let account = &installed.account;

    let made = account
        .post(&path, json!({ "Name": "Anything", "Value": 5 }))
        .await
        .expect(200)
        .json();
    let changed = account
        .post(
            &path,
            json!({ "Name": "Anything", "Value": "six", "Id": 99 }),
        )
        .await
        .expect(200)
        .json();
    let one = format!("{path}/{}", made["Id"]);
    let replaced = account
        .put(&one, json!({ "Name": "Something" }))
        .await
        .expect(200)
        .json();
    let other = account
        .post(&path, json!({ "Name": "Other", "Value": null }))
        .await
        .expect(200)
        .json();
    let taken = account.put(&one, json!({ "Name": "Other" })).await;
    let listed = account
        .get(&format!("{path}?orderBy=Name&pageSize=1"))
        .await
        .expect(200);
    let removed = account.delete(&one).await.expect(200);

    assert_eq!(made["Value"], "5", "values are text");
    assert_eq!(changed["Id"], made["Id"]);
    assert_eq!(changed["Value"], "six");
    assert_eq!(replaced["Name"], "Something");
    assert_eq!(replaced["Value"], "six", "what is left out stays");
    assert_eq!(other["Value"], Value::Null);
    taken.refusal(400);
    assert_eq!(listed.json()[0]["Name"], "Other");
    assert_eq!(listed.header("total-records"), Some("2"));
    assert_eq!(removed.text, "");
    account
        .delete(&one)
        .await
        .refused_as(404, "property.not_found");
    let after = installed.read().await;
    assert_eq!(after["Properties"].as_array().unwrap().len(), 1);
}

async fn properties_without_a_name_are_refused(workshop: Shared) {
    let installed = workshop.install("nameless", json!({})).await;
    let path = format!("{}/properties", installed.path);

    for body in [
        json!({}),
        json!({ "Value": "1" }),
        json!({ "Name": " ", "Value": "1" }),
        json!({ "Name": null }),
    ] {
        let message = installed.account.post(&path, body).await.refusal(400);
        assert!(message.contains("Name"), "{message}");
    }
    for body in ["[]", "7", "\"Name\"", ""] {
        installed
            .account
            .send_text(Method::POST, &path, body)
            .await
            .refusal(400);
    }
    let listed = installed.account.get(&path).await.expect(200);
    assert_eq!(listed.text, "[]");
}

async fn sensitive_values_are_hidden_when_the_partner_wants_it(workshop: Shared) {
    // Masking is the partner's setting, so this partner has a server of its own.
    let workshop = {
        drop(workshop);
        velodrome_compat::Workshop::start().await
    };
    let installed = workshop
        .install(
            "masked",
            json!({
                "AuthValue": "key-1",
                "Properties": [
                    { "Name": "Shelf", "Value": "upper" },
                    { "Name": "LockCode", "Value": "9753" },
                    { "Name": "ClientSecret", "Value": "hush-hush" },
                ],
            }),
        )
        .await;

    workshop
        .partner
        .put(
            "/v1.0/partner/settings/security",
            json!({ "MaskAuthValues": true }),
        )
        .await
        .expect(200);
    let shown = installed.account.get(&installed.path).await.expect(200);
    let listed = installed
        .account
        .get("/v1.0/account/connectors")
        .await
        .expect(200);
    let properties = installed
        .account
        .get(&format!("{}/properties", installed.path))
        .await
        .expect(200);
    let written = installed
        .account
        .post(
            &format!("{}/properties", installed.path),
            json!({ "Name": "LockCode", "Value": "8642" }),
        )
        .await
        .expect(200);
    let renamed = installed
        .account
        .put(&installed.path, json!({ "Name": "Masked" }))
        .await
        .expect(200);

    for answer in [&shown, &listed, &properties, &written, &renamed] {
        for secret in ["key-1", "9753", "8642", "hush-hush"] {
            assert!(!answer.text.contains(secret), "{}", answer.text);
        }
    }
    assert_eq!(shown.json()["AuthValue"], Value::Null);
    assert_eq!(shown.json()["Authenticated"], true);
    assert_eq!(shown.json()["Properties"][0]["Value"], "upper");
}

async fn custom_fields_belong_to_one_method_or_to_all(workshop: Shared) {
    let installed = workshop.install("fields", json!({})).await;
    let path = format!("{}/fields", installed.path);
    let account = &installed.account;
    let method = workshop.method("Create Piece")["MethodUniqueIdentifier"].clone();

    let of_one = account
        .post(
            &path,
            json!({
                "ConnectorField": "colour",
                "DisplayName": "Colour",
                "DataType": "Text",
                "MethodUniqueIdentifier": method,
                "ForRequestFormat": true,
            }),
        )
        .await
        .expect(200)
        .json();
    let of_all = account
        .post(
            &path,
            json!({
                "ConnectorField": "weight",
                "DisplayName": "Weight",
                "MethodUniqueIdentifier": "00000000-0000-0000-0000-000000000000",
                "ForRequestFormat": "false",
            }),
        )
        .await
        .expect(200)
        .json();
    let one = format!("{path}/{}", of_one["Id"]);
    let replaced = account
        .put(
            &one,
            json!({
                "ConnectorField": "colour",
                "DisplayName": "Paint",
                "MethodUniqueIdentifier": method,
                "ForRequestFormat": true,
            }),
        )
        .await
        .expect(200)
        .json();
    let listed = account.get(&format!("{path}?pageSize=1")).await.expect(200);
    let read = account.get(&one).await.expect(200).json();
    let removed = account.delete(&one).await.expect(200);

    assert_eq!(of_one["IsDynamic"], false);
    assert_eq!(of_all["ForRequestFormat"], false);
    assert_eq!(replaced["Id"], of_one["Id"]);
    assert_eq!(replaced["DisplayName"], "Paint");
    assert_eq!(read, replaced);
    assert_eq!(listed.header("total-records"), Some("2"));
    assert_eq!(removed.text, "");
    account.get(&one).await.refusal(404);
    let after = installed.read().await;
    assert_eq!(after["CustomFields"], json!([of_all]));
}

async fn impossible_custom_fields_are_named(workshop: Shared) {
    let installed = workshop.install("impossible-fields", json!({})).await;
    let path = format!("{}/fields", installed.path);
    let method = workshop.method("Create Piece")["MethodUniqueIdentifier"].clone();
    let good = json!({
        "ConnectorField": "colour",
        "DisplayName": "Colour",
        "MethodUniqueIdentifier": method,
        "ForRequestFormat": true,
    });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let cases = [
        (without("ConnectorField"), "ConnectorField"),
        (without("DisplayName"), "DisplayName"),
        (without("MethodUniqueIdentifier"), "MethodUniqueIdentifier"),
        (without("ForRequestFormat"), "ForRequestFormat"),
        (with("ConnectorField", json!("")), "ConnectorField"),
        (
            with("MethodUniqueIdentifier", json!("x")),
            "MethodUniqueIdentifier",
        ),
        (
            with(
                "MethodUniqueIdentifier",
                json!("11111111-1111-1111-1111-111111111111"),
            ),
            "MethodUniqueIdentifier",
        ),
        (with("DataType", json!("Colourful")), "DataType"),
        (with("ConnectorField", json!("name")), "name"),
    ];

    for (body, named) in cases {
        let message = installed
            .account
            .post(&path, body.clone())
            .await
            .refusal(400);
        assert!(message.contains(named), "{body}: {message}");
    }
    let listed = installed.account.get(&path).await.expect(200);
    assert_eq!(listed.text, "[]");
}

async fn parts_of_another_installation_are_not_found(workshop: Shared) {
    let first = workshop.install("parts", json!({})).await;
    let second = Installed::into_account(first.account.clone(), json!({ "Name": "Second" })).await;
    let account = &first.account;
    let property = account
        .post(
            &format!("{}/properties", first.path),
            json!({ "Name": "A", "Value": "b" }),
        )
        .await
        .expect(200)
        .json();
    let stray = format!("{}/properties/{}", second.path, property["Id"]);

    for answer in [
        account.get(&stray).await,
        account.put(&stray, json!({ "Value": "c" })).await,
        account.delete(&stray).await,
    ] {
        answer.refused_as(404, "property.not_found");
    }
    for answer in [
        account.get(&format!("{}/fields/1", second.path)).await,
        account.delete(&format!("{}/fields/1", second.path)).await,
    ] {
        answer.refused_as(404, "custom_field.not_found");
    }
    let still = account
        .get(&format!("{}/properties/{}", first.path, property["Id"]))
        .await
        .expect(200)
        .json();
    assert_eq!(still["Value"], "b");
}

async fn another_accounts_connector_is_not_found_whatever_is_asked(workshop: Shared) {
    let owner = workshop.install_with_key("owner").await;
    let stranger = workshop.account("stranger").await;
    let before = owner.read().await;
    let path = &owner.path;
    let trigger = &workshop.connector["Triggers"][0]["TriggerId"];
    let method = workshop.method("Get Piece")["MethodUniqueIdentifier"]
        .as_str()
        .unwrap();
    let field = json!({
        "ConnectorField": "a",
        "DisplayName": "A",
        "MethodUniqueIdentifier": method,
        "ForRequestFormat": true,
    });

    for answer in [
        stranger.get(path).await,
        stranger.put(path, json!({ "Name": "Mine" })).await,
        stranger.delete(path).await,
        stranger
            .put_nothing(&format!("{path}/deauthenticate"))
            .await,
        stranger.get(&format!("{path}/properties")).await,
        stranger
            .post(&format!("{path}/properties"), json!({ "Name": "A" }))
            .await,
        stranger.get(&format!("{path}/fields")).await,
        stranger.post(&format!("{path}/fields"), field).await,
        stranger.get(&format!("{path}/categories")).await,
        stranger
            .post_nothing(&format!("{path}/triggers/{trigger}"))
            .await,
        stranger.post_nothing(&format!("{path}/setuptoken")).await,
        stranger.get(&format!("{path}/methods/{method}")).await,
        stranger.get(&format!("{path}/test/{method}")).await,
        stranger.get(&format!("{path}/proxy/pieces/1")).await,
    ] {
        answer.refused_as(404, "account_connector.not_found");
    }
    assert_eq!(owner.read().await, before);
}

async fn a_sub_account_reads_everything_and_changes_nothing(workshop: Shared) {
    use velodrome_testkit::Answer;
    let parent = workshop.install_with_key("parent-of-readers").await;
    workshop
        .partner
        .post(
            "/v1.0/accounts",
            json!({ "Id": "reader", "Name": "Reader", "ParentAccountId": "parent-of-readers" }),
        )
        .await
        .expect(200);
    let child = workshop.partner.in_account("reader");
    workshop
        .upstream
        .on("GET", "/pieces/shared", Answer::json("{\"id\":1}"));
    let before = parent.read().await;
    let path = &parent.path;

    let seen = child.get(path).await.expect(200).json();
    let listed = child
        .get("/v1.0/account/connectors")
        .await
        .expect(200)
        .json();
    child.get(&format!("{path}/properties")).await.expect(200);
    child
        .post(
            &workshop.method_path(&parent, "Get Piece"),
            json!({ "Parameters": { "Piece": "shared" } }),
        )
        .await
        .expect(200);

    assert_eq!(seen["OwnerAccountId"], "parent-of-readers");
    assert_eq!(listed[0]["Id"], parent.body["Id"]);
    for answer in [
        child.put(path, json!({ "Name": "Mine" })).await,
        child.delete(path).await,
        child.put_nothing(&format!("{path}/deauthenticate")).await,
        child
            .post(&format!("{path}/properties"), json!({ "Name": "A" }))
            .await,
    ] {
        answer.refused_as(403, "account_connector.inherited");
    }
    assert_eq!(parent.read().await, before);
}

async fn a_token_for_one_account_needs_no_header_and_reaches_nothing_of_the_partners(
    workshop: Shared,
) {
    let installed = workshop.install_with_key("restricted").await;
    workshop.account("restricted-neighbour").await;
    let program = workshop.world.account_program("restricted").await;
    let setup = format!(
        "/v1.0/partner/connectors/{}/setup",
        workshop.connector["Id"]
    );

    let seen = program.get(&installed.path).await.expect(200).json();

    assert_eq!(seen["Id"], installed.body["Id"]);
    program
        .in_account("restricted")
        .get(&installed.path)
        .await
        .expect(200);
    program
        .in_account("restricted-neighbour")
        .get(&installed.path)
        .await
        .refusal(403);
    for answer in [
        program.get("/v1.0/partner/connectors").await,
        program.get(&setup).await,
        program.put(&setup, json!({ "ClientId": "x" })).await,
        program.delete(&setup).await,
    ] {
        answer.refused_as(403, "auth.token_restricted");
    }
    program
        .put(
            &installed.path,
            json!({ "IsPartnerIntegrationConnector": true }),
        )
        .await
        .refused_as(403, "auth.partner_required");
    assert_eq!(
        installed.read().await["IsPartnerIntegrationConnector"],
        false
    );
    let guide = format!(
        "/v1.0/partner/connectors/{}/guide",
        workshop.connector["Id"]
    );
    program.get(&guide).await.expect(200);
}

async fn the_checks_come_in_the_promised_order(workshop: Shared) {
    let account = workshop.account("ordered").await;
    let nobody = workshop.partner.in_account("nobody-of-these");
    let broken = "{ 'Name' ";
    let unknown = "/v1.0/account/connectors/2147483647";
    let malformed = "/v1.0/account/connectors/seven";

    // The token before the header, the header before the path, the path and the body before the object.
    workshop
        .world
        .anyone()
        .in_account("nobody-of-these")
        .send_text(Method::PUT, malformed, broken)
        .await
        .refusal(401);
    nobody
        .send_text(Method::PUT, malformed, broken)
        .await
        .refusal(401);
    account
        .send_text(Method::PUT, malformed, "{}")
        .await
        .refusal(400);
    account
        .send_text(Method::PUT, unknown, broken)
        .await
        .refused_as(400, "request.unreadable");
    account
        .put(unknown, json!({ "AuthenticationId": "no-guid" }))
        .await
        .refused_as(400, "request.unreadable");
    account
        .put(unknown, json!({ "Name": "A" }))
        .await
        .refused_as(404, "account_connector.not_found");
    account
        .post(&format!("{unknown}/properties"), json!({}))
        .await
        .refusal(400);
    account
        .post(
            &format!("{unknown}/setuptoken"),
            json!({ "ExpiresInMinutes": 0 }),
        )
        .await
        .refusal(400);
    account
        .get(&format!("{unknown}/methods/neither-number-nor-guid"))
        .await
        .refused_as(400, "method.malformed_id");
}

async fn ids_are_whole_numbers(workshop: Shared) {
    let installed = workshop.install("whole-numbers", json!({})).await;

    for id in ["0x1", "1.0", "abc", "99999999999", "%20", "1e3"] {
        installed
            .account
            .get(&format!("/v1.0/account/connectors/{id}"))
            .await
            .refusal(400);
        installed
            .account
            .get(&format!("{}/properties/{id}", installed.path))
            .await
            .refusal(400);
    }
    for id in ["0", "-1", "2147483647"] {
        installed
            .account
            .get(&format!("/v1.0/account/connectors/{id}"))
            .await
            .refused_as(404, "account_connector.not_found");
    }
}
