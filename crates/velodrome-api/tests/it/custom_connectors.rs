//! Custom connectors on the wire.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::{Answer, Call, TestApp};

pub const CUSTOM: &str = "/v1.0/account/connectors/custom";

/// An app with the account `acme`, and an unrestricted token.
pub async fn app() -> (TestApp, String) {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;
    (app, token)
}

pub fn within<'a>(call: Call<'a>, token: &str, account: &str) -> Call<'a> {
    call.bearer(token).header("x-cyclr-account", account)
}

pub fn acme<'a>(call: Call<'a>, token: &str) -> Call<'a> {
    within(call, token, "acme")
}

pub fn stockroom() -> Value {
    json!({
        "Name": "Stockroom",
        "Version": "1.0",
        "Description": "Shelves and what lies on them.",
        "Authentication": [{"AuthType": "ApiKey", "AuthScheme": "X-Api-Key", "IsDefault": true}],
        "Methods": [{
            "Name": "List Shelves", "Description": "Lists the shelves.", "Category": "Shelves",
            "MethodType": "Action", "HttpMethod": "GET", "EndPoint": "https://stockroom.example/shelves",
            "ResponseFormat": {"Fields": [{"ConnectorField": "[].id", "DataType": "Integer"}, {"ConnectorField": "[].name"}]},
            "Colour": "red",
        }],
        "Vendor": {"Unknown": true},
    })
}

pub async fn made(app: &TestApp, token: &str, account: &str, body: &Value) -> Value {
    let answer = within(app.post(CUSTOM), token, account)
        .json(body)
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

pub async fn publish(app: &TestApp, token: &str, id: &Value, level: &str) -> Answer {
    let path = format!("{CUSTOM}/{id}/publish");
    let call =
        acme(app.post(&path), token).json(&json!({"ReleaseType": level, "Notes": "Better."}));
    call.send().await
}

/// Names of the connectors that a call finds, by their ids.
fn ids(answer: &Answer) -> Vec<i64> {
    let listed = answer.json();
    let listed = listed.as_array().expect("a list");
    listed
        .iter()
        .map(|one| one["Id"].as_i64().expect("an id"))
        .collect()
}

#[tokio::test]
async fn a_definition_is_stored_as_a_draft_and_comes_back_with_what_means_nothing_to_us() {
    let (app, token) = app().await;

    let connector = made(&app, &token, "acme", &stockroom()).await;

    assert_eq!(
        (
            &connector["Name"],
            &connector["Version"],
            &connector["ReleaseStatus"],
            &connector["Status"],
            &connector["ReleaseVersionMajor"],
            &connector["ReleaseVersionMinor"],
            &connector["Icon"],
        ),
        (
            &json!("Stockroom"),
            &json!("1.0"),
            &json!("Draft"),
            &json!("Unknown"),
            &json!(1),
            &json!(0),
            &json!(null)
        )
    );
    assert_eq!(connector["Vendor"], json!({"Unknown": true}));
    assert_eq!(connector["Methods"][0]["Colour"], "red");
    assert_eq!(connector["Methods"][0]["Name"], "List Shelves");
    assert_eq!(connector["Authentication"][0]["AuthScheme"], "X-Api-Key");
    assert_eq!(connector["CreatedOnUtc"], "2026-03-04T09:30:00Z");

    let path = format!("{CUSTOM}/{}", connector["Id"]);
    let read = acme(app.get(&path), &token).send().await;
    assert_eq!(read.json(), connector);
    let listed = acme(app.get(CUSTOM), &token).send().await;
    assert_eq!(listed.header("total-records"), "1");
    assert_eq!(
        listed.json(),
        json!([{
            "Id": connector["Id"], "UniqueIdentifier": connector["UniqueIdentifier"], "Name": "Stockroom",
            "Description": "Shelves and what lies on them.", "Version": "1.0", "Status": "Unknown",
            "ReleaseStatus": "Draft", "ReleaseVersionMajor": 1, "ReleaseVersionMinor": 0,
            "CreatedOnUtc": "2026-03-04T09:30:00Z", "UpdatedOnUtc": "2026-03-04T09:30:00Z",
        }])
    );

    // An answer can be sent back.
    let again = acme(app.put(&path), &token).json(&connector).send().await;
    assert_eq!(again.json(), connector);
    assert_eq!(
        app.audited(&token).await[..2],
        ["custom_connector.changed", "custom_connector.created"]
    );
}

#[tokio::test]
async fn a_draft_is_seen_by_its_owner_and_installed_by_nobody() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];

    for by in [id.to_string(), "stockroom".to_owned()] {
        let path = format!("/v1.0/connectors/{by}/install");
        let refused = acme(app.post(&path), &token).json(&json!({})).send().await;
        assert_eq!(refused.failure(), (400, "connector.draft"));
        assert_eq!(
            refused.message(),
            format!("Connector {id} is a draft; drafts cannot be installed.")
        );
    }
    let path = format!("/v1.0/connectors/{id}");
    let shown = acme(app.get(&path), &token).send().await;
    assert_eq!(
        (&shown.json()["ReleaseStatus"], &shown.json()["IsCustom"]),
        (&json!("Draft"), &json!(true))
    );
    let listed = acme(app.get("/v1.0/connectors"), &token).send().await;
    assert_eq!(listed.json(), json!([]));
}

#[tokio::test]
async fn a_live_connector_is_found_like_a_built_in_one() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];
    let live = publish(&app, &token, id, "Major").await;
    assert_eq!(live.status, StatusCode::OK, "{}", live.text);
    assert_eq!(
        (&live.json()["ReleaseStatus"], &live.json()["Id"]),
        (&json!("Live"), id)
    );

    let find = |path: String| {
        let (app, token) = (&app, &token);
        async move { acme(app.get(&path), token).send().await }
    };
    let by_id = find(format!("/v1.0/connectors/{id}")).await.json();
    assert_eq!((&by_id["Id"], &by_id["Name"]), (id, &json!("Stockroom")));
    let by_name = find("/v1.0/connectors/STOCKROOM".into()).await;
    assert_eq!(ids(&by_name), [id.as_i64().unwrap()]);
    let by_version = find("/v1.0/connectors/stockroom/1.0".into()).await;
    assert_eq!(ids(&by_version), [id.as_i64().unwrap()]);
    let listed = find("/v1.0/connectors".into()).await;
    assert_eq!(ids(&listed), [id.as_i64().unwrap()]);
    let without = find("/v1.0/connectors?includeCustomConnectors=false".into()).await;
    assert_eq!(without.json(), json!([]));

    let methods = find(format!("/v1.0/connectors/{id}/methods")).await.json();
    let method = &methods[0]["Id"];
    let by_number = find(format!("/v1.0/methods/{method}")).await;
    assert_eq!(by_number.json()["Name"], "List Shelves");
    let path = format!("/v1.0/partner/connectors/{id}/setup");
    let setup = app.get(&path).bearer(&token).send().await;
    assert_eq!(setup.json()["ConnectorId"], *id);

    let installed = acme(app.post("/v1.0/connectors/Stockroom/install"), &token)
        .json(&json!({"AuthValue": "k-1"}))
        .send()
        .await;
    assert_eq!(installed.status, StatusCode::OK, "{}", installed.text);
    assert_eq!(
        (
            &installed.json()["Connector"]["Id"],
            &installed.json()["Authenticated"]
        ),
        (id, &json!(true))
    );
}

#[tokio::test]
async fn another_accounts_connector_is_not_found_by_anything_that_is_known_of_it() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];
    let draft = acme(app.get(&format!("/v1.0/connectors/{id}/methods")), &token);
    let draft_method = draft.send().await.json()[0]["Id"].clone();
    publish(&app, &token, id, "Major").await;
    let other_partner = app.other_partner().await;
    let restricted = app.restricted_token("stranger").await;

    for (token, account) in [
        (&token, "stranger"),
        (&restricted, "stranger"),
        (&other_partner, "acme"),
    ] {
        let stranger = |call| within(call, token, account);
        for path in [
            format!("{CUSTOM}/{id}"),
            format!("{CUSTOM}/{id}?format=yaml"),
            format!("{CUSTOM}/{id}/releases"),
            format!("{CUSTOM}/{id}/difference"),
            format!("/v1.0/connectors/{id}"),
            format!("/v1.0/connectors/{id}/methods"),
            format!("/v1.0/connectors/{id}/triggers"),
            format!("/v1.0/connectors/{id}/parameters"),
            format!("/v1.0/connectors/{id}/1.0"),
            "/v1.0/connectors/Stockroom".to_owned(),
            "/v1.0/connectors/Stockroom/1.0".to_owned(),
            "/v1.0/connectors/Stockroom/methods".to_owned(),
            format!("/v1.0/methods/{draft_method}"),
        ] {
            let answer = stranger(app.get(&path)).send().await;
            assert_eq!(answer.status.as_u16(), 404, "{path}: {}", answer.text);
        }
        for by in [id.to_string(), "Stockroom".to_owned()] {
            let path = format!("/v1.0/connectors/{by}/install");
            let answer = stranger(app.post(&path)).json(&json!({})).send().await;
            assert_eq!(answer.failure(), (404, "connector.not_found"));
        }
        let path = format!("{CUSTOM}/{id}");
        let changed = stranger(app.put(&path)).json(&stockroom()).send().await;
        let deleted = stranger(app.delete(&path)).send().await;
        let published = stranger(app.post(&format!("{path}/publish")));
        let published = published
            .json(&json!({"ReleaseType": "Minor"}))
            .send()
            .await;
        let discarded = stranger(app.delete(&format!("{path}/draft"))).send().await;
        for answer in [changed, deleted, published, discarded] {
            assert_eq!(answer.failure(), (404, "custom_connector.not_found"));
        }
        for list in [CUSTOM, "/v1.0/connectors"] {
            let listed = stranger(app.get(list)).send().await;
            assert_eq!(listed.json(), json!([]), "{list}");
        }
    }
    // Without the header it is nobody's, and the partner sets it up all the same.
    let path = format!("/v1.0/connectors/{id}");
    assert_eq!(
        app.get(&path).bearer(&token).send().await.status.as_u16(),
        404
    );
    let setup = format!("/v1.0/partner/connectors/{id}/setup");
    for (token, status) in [(&token, 200), (&other_partner, 404)] {
        let answer = app.get(&setup).bearer(token).send().await;
        assert_eq!(answer.status.as_u16(), status);
    }
    let still = acme(app.get(&format!("{CUSTOM}/{id}")), &token)
        .send()
        .await;
    assert_eq!(still.status.as_u16(), 200);
}

#[tokio::test]
async fn a_stable_id_of_somebody_else_is_refused_and_ones_own_makes_a_new_draft() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    app.offer_workbench();
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let mut same = stockroom();
    same["UniqueIdentifier"] = connector["UniqueIdentifier"].clone();
    same["Description"] = json!("Once more.");

    let refused = within(app.post(CUSTOM), &token, "stranger");
    let refused = refused.json(&same).send().await;
    assert_eq!(refused.failure(), (400, "custom_connector.invalid"));
    let built_in = app.get("/v1.0/connectors").bearer(&token).send().await;
    let mut taken = stockroom();
    taken["UniqueIdentifier"] = built_in.json()[0]["UniqueIdentifier"].clone();
    let refused = acme(app.post(CUSTOM), &token).json(&taken).send().await;
    assert!(
        refused
            .message()
            .starts_with("Custom connector is invalid (UniqueIdentifier "),
        "{}",
        refused.text
    );

    let again = made(&app, &token, "acme", &same).await;
    assert_eq!(
        (&again["Id"], &again["Description"]),
        (&connector["Id"], &json!("Once more."))
    );
    // Another partner never meets it.
    let other = app.other_partner().await;
    let theirs = made(&app, &other, "acme", &same).await;
    assert_eq!(theirs["UniqueIdentifier"], connector["UniqueIdentifier"]);
    assert_ne!(theirs["Id"], connector["Id"]);
}

#[tokio::test]
async fn bodies_that_are_no_good_definition_are_refused_with_a_reason() {
    let (app, token) = app().await;
    let name = "Custom connector is invalid (";
    let with = |change: fn(&mut Value)| {
        let mut body = stockroom();
        change(&mut body);
        body.to_string()
    };
    for (body, told) in [
        (String::new(), "a JSON object with at least Name"),
        ("{}".to_owned(), "a JSON object with at least Name"),
        ("[]".to_owned(), "a JSON object with at least Name"),
        ("\"x\"".to_owned(), "a JSON object with at least Name"),
        ("7".to_owned(), "a JSON object with at least Name"),
        (with(|body| body["Name"] = json!(null)), "Name"),
        (with(|body| body["Name"] = json!("")), "#/Name"),
        (
            with(|body| body["UniqueIdentifier"] = json!("")),
            "#/UniqueIdentifier",
        ),
        (
            with(|body| body["UniqueIdentifier"] = json!("abc")),
            "#/UniqueIdentifier",
        ),
        (with(|body| body["Status"] = json!("Nearly")), "#/Status"),
        (with(|body| body["Methods"] = json!({})), "#/Methods"),
        (
            with(|body| body["Methods"][0]["MethodType"] = json!("Dance")),
            "#/Methods/0/MethodType",
        ),
        (
            with(|body| body["Methods"][0]["EndPoint"] = json!("https://x.example/{{Nothing}}")),
            "#/Methods/0/EndPoint",
        ),
        (
            with(|body| body["Authentication"][0]["AuthType"] = json!("Kerberos")),
            "#/Authentication/0/AuthType",
        ),
        (
            with(|body| {
                body["Icon"] = json!("data:image/svg+xml;base64,PHN2Zz48c2NyaXB0Lz48L3N2Zz4=")
            }),
            "#/Icon",
        ),
    ] {
        let call = acme(app.post(CUSTOM), &token).header("content-type", "application/json");
        let answer = call.body(body.clone()).send().await;
        assert_eq!(
            answer.failure(),
            (400, "custom_connector.invalid"),
            "{body}"
        );
        let message = answer.message();
        assert!(
            message.starts_with(name) && message.ends_with(").") && message.contains(told),
            "{body}: {message}"
        );
    }
    let unreadable = acme(app.post(CUSTOM), &token)
        .body("{\"Name\":")
        .send()
        .await;
    assert_eq!(unreadable.failure(), (400, "request.unreadable"));
    let large = format!("{{\"Name\": \"{}\"}}", "x".repeat(4 * 1024 * 1024));
    let too_large = acme(app.post(CUSTOM), &token).body(large).send().await;
    assert_eq!(too_large.failure(), (413, "request.too_large"));
    let listed = acme(app.get(CUSTOM), &token).send().await;
    assert_eq!(listed.json(), json!([]), "nothing was stored");

    for path in [format!("{CUSTOM}/abc"), format!("{CUSTOM}/99999999999")] {
        let answer = acme(app.get(&path), &token).send().await;
        assert_eq!(answer.status.as_u16(), 400, "{path}");
    }
    let unknown = acme(app.get(&format!("{CUSTOM}/424242")), &token)
        .send()
        .await;
    assert_eq!(unknown.failure(), (404, "custom_connector.not_found"));
}

#[tokio::test]
async fn a_yaml_definition_is_taken_and_given() {
    let (app, token) = app().await;
    let text = "\
format: velodrome.connector/1
slug: stockroom
name: Stockroom
release: {number: 7, status: Live}
authentications: [{key: none, type: None}]
methods:
  - {key: list-shelves, name: List Shelves, description: Lists shelves., category: Shelves, type: Action, httpMethod: GET, endpoint: 'https://stockroom.example/shelves'}
";
    let yaml = |text: &str| {
        let call = acme(app.post(CUSTOM), &token).header("content-type", "application/yaml");
        call.body(text.to_owned()).send()
    };
    let stored = yaml(text).await;
    assert_eq!(stored.status, StatusCode::OK, "{}", stored.text);
    let connector = stored.json();
    assert_eq!(
        (
            &connector["ReleaseStatus"],
            &connector["Methods"][0]["Name"]
        ),
        (&json!("Draft"), &json!("List Shelves"))
    );

    let path = format!("{CUSTOM}/{}?format=yaml", connector["Id"]);
    let given = acme(app.get(&path), &token).send().await;
    assert_eq!(given.header("content-type"), "application/yaml");
    assert!(given.text.contains("key: list-shelves"), "{}", given.text);
    // What was given is taken again: the same connector, since it says which one it is.
    let again = yaml(&given.text).await.json();
    assert_eq!(again, connector);

    let broken = yaml(&text.replace("type: Action", "type: Dance")).await;
    assert!(
        broken.message().contains("connector.yaml:7:"),
        "{}",
        broken.text
    );
}

#[tokio::test]
async fn publishing_makes_the_draft_live_and_the_former_live_one_deprecated() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];
    publish(&app, &token, id, "Minor").await;
    let nothing = publish(&app, &token, id, "Minor").await;
    assert_eq!(nothing.failure(), (409, "custom_connector.no_draft"));
    let path = format!("{CUSTOM}/{id}");

    let mut next = stockroom();
    next["Description"] = json!("With boxes.");
    let draft = acme(app.put(&path), &token).json(&next).send().await.json();
    assert_eq!(
        (&draft["Id"], &draft["ReleaseStatus"], &draft["Description"]),
        (id, &json!("Draft"), &json!("With boxes."))
    );
    // The Live one is what it was.
    let live = acme(app.get(&format!("{path}?release=live")), &token);
    assert_eq!(
        live.send().await.json()["Description"],
        connector["Description"]
    );
    let found = acme(app.get(&format!("/v1.0/connectors/{id}")), &token);
    assert_eq!(found.send().await.json()["ReleaseStatus"], "Live");

    let second = publish(&app, &token, id, "Major").await.json();
    assert_eq!(
        (
            &second["Id"],
            &second["ReleaseVersionMajor"],
            &second["ReleaseVersionMinor"]
        ),
        (id, &json!(2), &json!(0))
    );
    let releases = acme(app.get(&format!("{path}/releases")), &token)
        .send()
        .await;
    let releases = releases.json();
    let states: Vec<_> = releases
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["Number"].as_i64().unwrap(),
                one["ReleaseStatus"].as_str().unwrap(),
                one["ReleaseType"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(states, [(2, "Live", "Major"), (1, "Deprecated", "Minor")]);
    assert_eq!(
        (&releases[0]["ConnectorId"], &releases[0]["Notes"]),
        (id, &json!("Better."))
    );
    // The former one is still there under an id of its own, and is not installed any more.
    let former = &releases[1]["ConnectorId"];
    let shown = acme(app.get(&format!("/v1.0/connectors/{former}")), &token);
    assert_eq!(shown.send().await.json()["ReleaseStatus"], "Deprecated");
    let install = acme(
        app.post(&format!("/v1.0/connectors/{former}/install")),
        &token,
    );
    assert_eq!(
        install.json(&json!({})).send().await.failure(),
        (400, "connector.deprecated")
    );
    for bad in [
        json!({}),
        json!({"ReleaseType": "Huge"}),
        json!({"ReleaseType": "Minor", "Notes": "n".repeat(4001)}),
    ] {
        let call = acme(app.post(&format!("{path}/publish")), &token);
        assert_eq!(call.json(&bad).send().await.status.as_u16(), 400, "{bad}");
    }
}

#[tokio::test]
async fn a_minor_release_takes_installed_connectors_over_and_a_major_one_leaves_them() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];
    let path = format!("{CUSTOM}/{id}");
    publish(&app, &token, id, "Major").await;
    let installed = acme(app.post(&format!("/v1.0/connectors/{id}/install")), &token);
    let installed = installed.json(&json!({})).send().await.json();
    let of_account = format!("/v1.0/account/connectors/{}", installed["Id"]);
    let release = || async {
        let read = acme(app.get(&of_account), &token).send().await.json();
        read["Connector"]["Description"].clone()
    };
    let change = |change: fn(&mut Value), level: &'static str| {
        let (app, token, path) = (&app, &token, &path);
        async move {
            let mut body = stockroom();
            change(&mut body);
            let changed = acme(app.put(path), token).json(&body).send().await;
            assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
            let compared = acme(app.get(&format!("{path}/difference")), token);
            let compared = compared.send().await.json();
            let live = publish(app, token, id, level).await;
            assert_eq!(live.status, StatusCode::OK, "{}", live.text);
            compared
        }
    };

    let compared = change(
        |body| {
            body["Description"] = json!("One more field.");
            let fields = &mut body["Methods"][0]["ResponseFormat"]["Fields"];
            fields
                .as_array_mut()
                .unwrap()
                .push(json!({"ConnectorField": "[].colour"}));
        },
        "Minor",
    )
    .await;
    assert_eq!(compared["IsCompatible"], true);
    let texts: Vec<_> = compared["Changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["Text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "Connector Stockroom changed: description was Shelves and what lies on them., is One more field..",
            "Method List Shelves: Response field [].colour added.",
        ]
    );
    assert_eq!(release().await, "One more field.");

    // A field is gone: those who may use it stay.
    let compared = change(
        |body| {
            body["Description"] = json!("Ids alone.");
            body["Methods"][0]["ResponseFormat"]["Fields"] =
                json!([{"ConnectorField": "[].id", "DataType": "Integer"}]);
        },
        "Minor",
    )
    .await;
    assert_eq!(compared["IsCompatible"], false);
    assert_eq!(release().await, "One more field.");

    let _ = change(|body| body["Description"] = json!("New."), "Major").await;
    assert_eq!(release().await, "One more field.");
    let found = acme(app.get(&format!("/v1.0/connectors/{id}")), &token);
    assert_eq!(found.send().await.json()["Description"], "New.");
}

#[tokio::test]
async fn a_connector_is_deleted_unless_it_is_installed() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];
    let path = format!("{CUSTOM}/{id}");
    publish(&app, &token, id, "Major").await;
    let installed = acme(app.post(&format!("/v1.0/connectors/{id}/install")), &token);
    let installed = installed.json(&json!({})).send().await.json();

    let refused = acme(app.delete(&path), &token).send().await;
    assert_eq!(refused.failure(), (409, "custom_connector.installed"));
    assert_eq!(
        refused.message(),
        "Custom connector Stockroom is in use: it is installed 1 times."
    );
    let of_account = format!("/v1.0/account/connectors/{}", installed["Id"]);
    acme(app.delete(&of_account), &token).send().await;
    let deleted = acme(app.delete(&path), &token).send().await;
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (200, ""));
    for path in [
        path,
        format!("/v1.0/connectors/{id}"),
        "/v1.0/connectors/Stockroom".into(),
    ] {
        let answer = acme(app.get(&path), &token).send().await;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
    }
    assert_eq!(acme(app.get(CUSTOM), &token).send().await.json(), json!([]));
}

#[tokio::test]
async fn a_sub_account_uses_its_parents_connector_and_everybody_the_partners() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    let child = json!({"Id": "child", "Name": "Child", "ParentAccountId": "acme"});
    let call = app.post("/v1.0/accounts").bearer(&token).json(&child);
    assert_eq!(call.send().await.status, StatusCode::OK);
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let id = &connector["Id"];
    let of_child = |path: &str| within(app.get(path), &token, "child").send();
    let path = format!("/v1.0/connectors/{id}");
    assert_eq!(
        of_child(&path).await.status.as_u16(),
        404,
        "a draft is the owner's"
    );
    publish(&app, &token, id, "Major").await;

    assert_eq!(of_child(&path).await.json()["Id"], *id);
    let installed = within(app.post(&format!("{path}/install")), &token, "child");
    let installed = installed.json(&json!({})).send().await;
    assert_eq!(installed.status, StatusCode::OK, "{}", installed.text);
    assert_eq!(
        of_child(&format!("{CUSTOM}/{id}")).await.failure(),
        (404, "custom_connector.not_found")
    );

    let partner = app.get("/v1.0/partner").bearer(&token).send().await.json();
    let template = partner["TemplateAccountId"].as_str().unwrap().to_owned();
    let mut shared = stockroom();
    shared["Name"] = json!("Shared");
    let shared = made(&app, &token, &template, &shared).await;
    let path = format!("{CUSTOM}/{}/publish", shared["Id"]);
    let live = within(app.post(&path), &token, &template);
    let live = live.json(&json!({"ReleaseType": "Minor"})).send().await;
    assert_eq!(live.status, StatusCode::OK, "{}", live.text);
    for account in ["acme", "child", "stranger"] {
        let found = within(app.get("/v1.0/connectors/Shared"), &token, account);
        assert_eq!(ids(&found.send().await), [shared["Id"].as_i64().unwrap()]);
        let managed = within(
            app.get(&format!("{CUSTOM}/{}", shared["Id"])),
            &token,
            account,
        );
        assert_eq!(managed.send().await.status.as_u16(), 404);
    }
    let listed = app.get("/v1.0/connectors").bearer(&token).send().await;
    assert_eq!(ids(&listed), [shared["Id"].as_i64().unwrap()]);
}

#[tokio::test]
async fn a_name_that_a_built_in_connector_has_finds_both_and_installs_the_nearest() {
    let (app, token) = app().await;
    app.offer_workbench();
    let mut body = stockroom();
    body["Name"] = json!("Workbench Objects");
    let built_in = acme(app.get("/v1.0/connectors/Workbench%20Objects"), &token);
    let built_in = built_in.send().await.json();
    body["Version"] = built_in[0]["Version"].clone();
    let connector = made(&app, &token, "acme", &body).await;
    publish(&app, &token, &connector["Id"], "Minor").await;

    let found = acme(app.get("/v1.0/connectors/Workbench%20Objects"), &token);
    let (own, other) = (
        connector["Id"].as_i64().unwrap(),
        built_in[0]["Id"].as_i64().unwrap(),
    );
    assert_eq!(ids(&found.send().await), [own, other]);
    let install = acme(
        app.post("/v1.0/connectors/Workbench%20Objects/install"),
        &token,
    );
    let installed = install.json(&json!({"Name": "Mine"})).send().await.json();
    assert_eq!(installed["Connector"]["Id"], own);
    let install = acme(
        app.post(&format!("/v1.0/connectors/{other}/install")),
        &token,
    );
    let installed = install.json(&json!({"Name": "Theirs"})).send().await.json();
    assert_eq!(installed["Connector"]["Id"], other);
}

#[tokio::test]
async fn a_definition_is_checked_without_being_stored() {
    let (app, token) = app().await;
    let check = |body: Value| {
        let call = acme(app.post(&format!("{CUSTOM}/validate")), &token);
        let call = call.json(&body);
        async move { call.send().await }
    };

    let good = check(json!({"Definition": stockroom()})).await.json();
    assert_eq!(good["IsValid"], true, "{good}");
    assert_eq!(good["Definition"]["Name"], "Stockroom");
    let yaml = good["Yaml"].as_str().unwrap().to_owned();
    let from_text = check(json!({"Text": yaml})).await.json();
    assert_eq!(
        (&from_text["IsValid"], &from_text["Yaml"]),
        (&json!(true), &json!(yaml))
    );

    let mut body = stockroom();
    body["Methods"][0]["MethodType"] = json!("Dance");
    let bad = check(json!({"Definition": body})).await.json();
    assert_eq!(
        (&bad["IsValid"], &bad["Definition"]),
        (&json!(false), &json!(null))
    );
    let fault = &bad["Faults"][0];
    assert_eq!(
        (
            &fault["Pointer"],
            &fault["Line"],
            &fault["Code"],
            &fault["Severity"]
        ),
        (
            &json!("/Methods/0/MethodType"),
            &json!(null),
            &json!("V002"),
            &json!("Error")
        )
    );
    let bad = check(json!({"Text": "format: velodrome.connector/1\nnmae: x\n"}))
        .await
        .json();
    let unknown = bad["Faults"]
        .as_array()
        .unwrap()
        .iter()
        .find(|fault| fault["Pointer"] == "/nmae");
    assert_eq!(
        unknown.map(|fault| (fault["Line"].clone(), fault["Column"].clone())),
        Some((json!(2), json!(1)))
    );
    for neither in [json!({}), json!({"Text": "x", "Definition": {}})] {
        assert_eq!(
            check(neither).await.failure(),
            (400, "custom_connector.definition_or_text")
        );
    }
    assert_eq!(acme(app.get(CUSTOM), &token).send().await.json(), json!([]));
}

#[tokio::test]
async fn a_draft_is_discarded_while_something_else_is_left() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let path = format!("{CUSTOM}/{}", connector["Id"]);
    let draft = format!("{path}/draft");

    let only = acme(app.delete(&draft), &token).send().await;
    assert_eq!(only.failure(), (409, "custom_connector.never_live"));
    publish(&app, &token, &connector["Id"], "Major").await;
    let none = acme(app.delete(&draft), &token).send().await;
    assert_eq!(none.failure(), (409, "custom_connector.no_draft"));
    acme(app.put(&path), &token).json(&stockroom()).send().await;
    let discarded = acme(app.delete(&draft), &token).send().await;
    assert_eq!(discarded.status, StatusCode::NO_CONTENT);
    let newest = acme(app.get(&path), &token).send().await.json();
    assert_eq!(newest["ReleaseStatus"], "Live");
}

#[tokio::test]
async fn settings_can_forbid_new_definitions() {
    let (app, token) = app().await;
    let connector = made(&app, &token, "acme", &stockroom()).await;
    let off = json!({"CustomConnectorsEnabled": false});
    let settings = app
        .put("/v1.0/partner/settings/general")
        .bearer(&token)
        .json(&off);
    let settings = settings.send().await;
    assert_eq!(settings.status, StatusCode::OK, "{}", settings.text);

    let path = format!("{CUSTOM}/{}", connector["Id"]);
    let created = acme(app.post(CUSTOM), &token)
        .json(&stockroom())
        .send()
        .await;
    let changed = acme(app.put(&path), &token).json(&stockroom()).send().await;
    let live = publish(&app, &token, &connector["Id"], "Minor").await;
    for refused in [created, changed, live] {
        assert_eq!(refused.failure(), (400, "custom_connector.disabled"));
    }
}
