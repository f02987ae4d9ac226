//! Templates, their folders and releases, documents, and the recycle bin.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;
use velodrome_service::housekeeping::Housekeeping;

use crate::{
    app::{Answer, TestApp},
    custom_connectors::stockroom,
};

const TEMPLATES: &str = "/v1.0/templates";
const BIN: &str = "/v1.0/partner/recyclebin";

/// An app with the one connector of the tests, and an unrestricted token.
async fn app() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.offer_workbench();
    let token = app.token().await;
    (app, token)
}

fn ok(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    answer.json()
}

async fn made(app: &TestApp, token: &str, body: Value) -> Value {
    let call = app.post(TEMPLATES).bearer(token).json(&body);
    ok(call.send().await, 201)
}

/// A document of two steps: one lists records, and one reads who that was for each of them.
pub fn people_to_readers(app: &TestApp) -> Value {
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    json!({
        "Format": "velodrome.template/1",
        "Name": "People to readers",
        "Description": "Adds new people to a mailing list.",
        "Tags": ["mailing"],
        "CycleStepErrorAction": 3,
        "MaxRetriesOnError": 3,
        "CycleCollectionSplitType": 1,
        "LogStepDataRequests": true,
        "Note": "Mind the gap.",
        "Interval": 60,
        "ReleaseNotes": "The first.",
        "Steps": [
            {
                "Id": first, "Name": "List Records", "ActionType": "Action",
                "MethodUniqueIdentifier": app.method("list-records"), "AccountConnector": 1,
                "Connector": {"Name": "Workbench Objects"},
                "Category": {"SourceCategory": "tasks", "ObjectName": "Letters"},
                "ParameterMappings": [
                    {"TargetName": "X-List", "MappingType": "StaticValue", "Value": "all", "IsLaunchVisible": true},
                ],
                "Colour": "red",
            },
            {
                "Id": second, "Name": "Get Me", "ActionType": "Action",
                "MethodUniqueIdentifier": app.method("get-me"), "AccountConnector": 1,
                "Connector": {"Name": "Workbench Objects"},
                "FieldMappings": [
                    {"Location": "who", "MappingType": "PreviousStep", "SourceStepId": first, "SourceLocation": "[].id"},
                    {"Location": "text", "MappingType": "StaticValue", "Value": format!("Hi {{{{{first} [].name}}}}")},
                    {"Location": "list", "MappingType": "Lookup", "TriggerValue": "17", "TriggerValueDisplayName": "Sales"},
                ],
            },
        ],
        "Edges": [{"TailStep_Id": first, "HeadStep_Id": second, "CycleEdgeType": "Forward"}],
        "Variables": [{"DisplayName": "Mailing list", "SystemName": "Mailinglist", "Value": "lst_1", "IsLaunchVisible": true}],
        "Planet": {"Name": "Mars"},
    })
}

pub async fn imported(app: &TestApp, token: &str, document: &Value) -> Value {
    let path = format!("{TEMPLATES}/import");
    let call = app.post(&path).bearer(token).json(document);
    ok(call.send().await, 200)
}

pub fn path(template: &Value) -> String {
    format!("{TEMPLATES}/{}", template["Id"].as_str().expect("an id"))
}

async fn releases(app: &TestApp, token: &str, template: &Value) -> Vec<Value> {
    let path = format!("{}/releases", path(template));
    let answer = app.get(&path).bearer(token).send().await;
    ok(answer, 200).as_array().expect("a list").clone()
}

async fn act(app: &TestApp, token: &str, release: &Value, action: &str) -> Answer {
    let id = |name: &str| release[name].as_str().expect("an id").to_owned();
    let path = format!(
        "{TEMPLATES}/{}/releases/{}{action}",
        id("TemplateId"),
        id("Id")
    );
    match action {
        "/promote" => app.put(&path).bearer(token).send().await,
        "/export" => app.get(&path).bearer(token).send().await,
        _ => app.delete(&path).bearer(token).send().await,
    }
}

pub async fn promote_newest(app: &TestApp, token: &str, template: &Value) -> Value {
    let newest = releases(app, token, template).await.remove(0);
    ok(act(app, token, &newest, "/promote").await, 200)
}

#[tokio::test]
async fn a_template_begins_with_an_empty_draft_and_is_published_once_something_is_live() {
    let (app, token) = app().await;

    let template = made(
        &app,
        &token,
        json!({"Name": "People to readers", "Tags": ["mailing"]}),
    )
    .await;

    assert_eq!(
        template,
        json!({
            "Id": template["Id"], "Name": "People to readers", "Description": null, "Connectors": [],
            "Tags": ["mailing"], "Note": null, "ShareCustomFields": false, "Interval": 0, "RunOnce": false,
            "TemplateReleaseId": null, "Published": false, "FolderId": null, "StepCount": 0,
            "CreatedOnUtc": "2026-03-04T09:30:00Z", "Prerequisites": null, "Variables": null,
        })
    );
    let draft = releases(&app, &token, &template).await.remove(0);
    assert_eq!(
        (
            &draft["Number"],
            &draft["Status"],
            &draft["CreatedBy"],
            &draft["PromotedOnUtc"]
        ),
        (
            &json!(1),
            &json!("Draft"),
            &json!("first-client"),
            &json!(null)
        )
    );
    let unconnected = act(&app, &token, &draft, "/promote").await;
    assert_eq!(unconnected.failure(), (409, "template.not_connected"));
    assert_eq!(unconnected.message(), "Cycle must have at least two steps");
    let early = app
        .put(&path(&template))
        .bearer(&token)
        .json(&json!({"Published": true}));
    assert_eq!(early.send().await.failure(), (400, "template.nothing_live"));

    let change = json!({"Name": " Readers ", "Note": "Mind the gap.", "Interval": 360, "Tags": ["a", "b", "a"]});
    let changed = app
        .put(&path(&template))
        .bearer(&token)
        .json(&change)
        .send()
        .await;
    let changed = ok(changed, 200);
    assert_eq!(
        (
            &changed["Name"],
            &changed["Note"],
            &changed["Interval"],
            &changed["Tags"]
        ),
        (
            &json!("Readers"),
            &json!("Mind the gap."),
            &json!(360),
            &json!(["a", "b"])
        )
    );
    assert_eq!(
        ok(app.get(&path(&template)).bearer(&token).send().await, 200),
        changed
    );
    for (body, code) in [
        (json!({"Name": " "}), "request.value_required"),
        (json!({"Interval": 7}), "template.interval"),
        (
            json!({"FolderId": Uuid::from_u128(7)}),
            "request.unknown_id",
        ),
        (
            json!({"Connectors": [{"Id": 7, "InstallMode": "Fresh"}]}),
            "request.unknown_id",
        ),
    ] {
        let refused = app
            .put(&path(&template))
            .bearer(&token)
            .json(&body)
            .send()
            .await;
        assert_eq!(refused.failure(), (400, code), "{body}");
    }
    assert_eq!(
        app.audited(&token).await[..2],
        ["template.updated", "template.created"]
    );
}

#[tokio::test]
async fn accounts_see_what_is_published_and_live_and_the_partner_all_of_it() {
    let (app, token) = app().await;
    app.account(&token, "acme").await;
    let other = app.other_partner().await;
    let template = imported(&app, &token, &people_to_readers(&app)).await;
    made(&app, &token, json!({"Name": "Empty"})).await;
    let names = async |query: &str, token: &str, account: Option<&str>| {
        let path = format!("{TEMPLATES}{query}");
        let call = app.get(&path).bearer(token);
        let call = match account {
            Some(account) => call.header("x-cyclr-account", account),
            None => call,
        };
        let listed = ok(call.send().await, 200);
        let listed = listed.as_array().expect("a list").iter();
        listed
            .map(|one| one["Name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    assert!(names("", &token, Some("acme")).await.is_empty());
    promote_newest(&app, &token, &template).await;
    assert!(names("", &token, Some("acme")).await.is_empty());
    let publish = app
        .put(&path(&template))
        .bearer(&token)
        .json(&json!({"Published": true}));
    let published = ok(publish.send().await, 200);
    assert_eq!(published["StepCount"], 2);
    assert_eq!(
        published["Connectors"],
        json!([{"Id": 1, "Name": "Workbench Objects", "Version": null, "StepCount": 2, "Icon": null,
                "IsSystemConnector": false, "InstallMode": "Existing"}])
    );

    let ours = ["People to readers".to_owned()];
    for query in [
        "",
        "?tag=mailing",
        "?query=READ",
        "?connectorName=workbench%20objects",
        "?folderId=root",
    ] {
        assert_eq!(names(query, &token, Some("acme")).await, ours, "{query}");
    }
    for query in [
        "?tag=Mailing",
        "?query=x",
        "?connectorName=workbench",
        "?connectorName=workbench%20objects&connectorVersion=2",
    ] {
        assert!(
            names(query, &token, Some("acme")).await.is_empty(),
            "{query}"
        );
    }
    assert_eq!(
        names("?includeUnpublished=true", &token, Some("acme")).await,
        ours
    );
    assert_eq!(
        names("?includeUnpublished=true", &token, None).await,
        ["Empty", "People to readers"]
    );

    // Another partner has none of it.
    assert!(
        names("?includeUnpublished=true", &other, None)
            .await
            .is_empty()
    );
    for call in [
        app.get(&path(&template)),
        app.put(&path(&template)),
        app.delete(&path(&template)),
        app.get(&format!("{}/releases", path(&template))),
        app.get(&format!("{}/export", path(&template))),
    ] {
        assert_eq!(
            call.bearer(&other).send().await.failure(),
            (404, "template.not_found")
        );
    }
}

#[tokio::test]
async fn folders_are_a_tree_and_go_when_they_are_empty() {
    let (app, token) = app().await;
    let folders = format!("{TEMPLATES}/folders");
    let create = async |name: &str, parent: Value| {
        let body = json!({"Name": name, "ParentId": parent});
        ok(
            app.post(&folders).bearer(&token).json(&body).send().await,
            201,
        )
    };
    let outer = create("Outer", json!(null)).await;
    let inner = create("Inner", outer["Id"].clone()).await;
    let at = |folder: &Value| format!("{folders}/{}", folder["Id"].as_str().unwrap());
    let template = made(&app, &token, json!({"Name": "x", "FolderId": inner["Id"]})).await;

    let listed = ok(app.get(&folders).bearer(&token).send().await, 200);
    assert_eq!(
        listed,
        json!([
            {"Id": inner["Id"], "Name": "Inner", "ParentId": outer["Id"], "TemplateCount": 1},
            {"Id": outer["Id"], "Name": "Outer", "ParentId": null, "TemplateCount": 0},
        ])
    );
    let moved = app
        .put(&at(&outer))
        .bearer(&token)
        .json(&json!({"ParentId": inner["Id"]}));
    assert_eq!(moved.send().await.failure(), (400, "folder.in_itself"));
    for (folder, call) in [(&outer, "its folder"), (&inner, "its template")] {
        let refused = app.delete(&at(folder)).bearer(&token).send().await;
        assert_eq!(refused.failure(), (409, "folder.not_empty"), "{call}");
    }
    let renamed = app
        .put(&at(&outer))
        .bearer(&token)
        .json(&json!({"Name": "Renamed"}));
    assert_eq!(ok(renamed.send().await, 200)["Name"], "Renamed");

    let out = app
        .put(&path(&template))
        .bearer(&token)
        .json(&json!({"FolderId": null}));
    assert_eq!(ok(out.send().await, 200)["FolderId"], json!(null));
    for folder in [&inner, &outer] {
        let gone = app.delete(&at(folder)).bearer(&token).send().await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
    let missing = app.delete(&at(&inner)).bearer(&token).send().await;
    assert_eq!(missing.failure(), (404, "folder.not_found"));
}

#[tokio::test]
async fn promoting_a_draft_deprecates_the_former_live_release() {
    let (app, token) = app().await;
    let template = imported(&app, &token, &people_to_readers(&app)).await;
    let first = promote_newest(&app, &token, &template).await;
    assert_eq!(
        (&first["Status"], &first["Notes"], &first["PromotedOnUtc"]),
        (
            &json!("Live"),
            &json!("The first."),
            &json!("2026-03-04T09:30:00Z")
        )
    );
    let again = act(&app, &token, &first, "/promote").await;
    assert_eq!(again.failure(), (409, "template.no_draft"));

    let copies = format!("{}/releases", path(&template));
    let copy = app
        .post(&copies)
        .bearer(&token)
        .json(&json!({"Notes": "Second."}));
    let copy = ok(copy.send().await, 201);
    assert_eq!(
        (&copy["Number"], &copy["Status"]),
        (&json!(2), &json!("Draft"))
    );
    assert_ne!(copy["CycleId"], first["CycleId"]);
    ok(act(&app, &token, &copy, "/promote").await, 200);
    let states: Vec<_> = releases(&app, &token, &template)
        .await
        .iter()
        .map(|one| (one["Number"].clone(), one["Status"].clone()))
        .collect();
    assert_eq!(
        states,
        [(json!(2), json!("Live")), (json!(1), json!("Deprecated"))]
    );

    let live = act(&app, &token, &copy, "").await;
    assert_eq!(live.failure(), (409, "template.release_live"));
    let notes = format!("{copies}/{}", first["Id"].as_str().unwrap());
    let noted = app
        .put(&notes)
        .bearer(&token)
        .json(&json!({"Notes": "Old."}));
    assert_eq!(ok(noted.send().await, 200)["Notes"], "Old.");
    let gone = act(&app, &token, &first, "").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let gone = act(&app, &token, &first, "/export").await;
    assert_eq!(gone.failure(), (404, "template.release_not_found"));

    let new = json!({"NewTemplateName": "Copied", "SourceReleaseId": copy["Id"]});
    let new = ok(
        app.post(&copies).bearer(&token).json(&new).send().await,
        201,
    );
    assert_ne!(new["TemplateId"], template["Id"]);
    let shown = app.get(&format!(
        "{TEMPLATES}/{}",
        new["TemplateId"].as_str().unwrap()
    ));
    let shown = ok(shown.bearer(&token).send().await, 200);
    assert_eq!(
        (
            &shown["Name"],
            &shown["StepCount"],
            &shown["Published"],
            &shown["Note"]
        ),
        (
            &json!("Copied"),
            &json!(2),
            &json!(false),
            &json!("Mind the gap.")
        )
    );
    for body in [
        json!({"SourceReleaseId": Uuid::from_u128(4)}),
        json!({"TargetTemplateId": Uuid::from_u128(4)}),
        json!({"NewTemplateName": "x", "FolderId": Uuid::from_u128(4)}),
    ] {
        let refused = app.post(&copies).bearer(&token).json(&body).send().await;
        assert_eq!(refused.failure(), (400, "request.unknown_id"), "{body}");
    }
}

/// A document without what every import makes anew.
fn plain(document: &Value) -> String {
    let mut text = document.to_string();
    let steps = document["Steps"].as_array().expect("steps");
    for (at, step) in steps.iter().enumerate() {
        text = text.replace(step["Id"].as_str().expect("an id"), &format!("step {at}"));
    }
    let mut value: Value = serde_json::from_str(&text).expect("a document");
    for name in ["Steps", "Edges"] {
        for part in value[name].as_array_mut().expect("a list") {
            let part = part.as_object_mut().expect("an object");
            part.remove("OriginId");
            if name == "Edges" {
                part.remove("Id");
            }
        }
    }
    value.to_string()
}

#[tokio::test]
async fn an_exported_template_imports_as_the_same_again() {
    let (app, token) = app().await;
    let given = people_to_readers(&app);
    let template = imported(&app, &token, &given).await;
    let export = async |template: &Value| {
        let path = format!("{}/export", path(template));
        ok(app.get(&path).bearer(&token).send().await, 200)
    };

    let exported = export(&template).await;

    assert_eq!(exported["Format"], "velodrome.template/1");
    assert_eq!(exported["CycleStepErrorAction"], 3);
    assert_eq!(exported["Planet"], json!({"Name": "Mars"}));
    assert_eq!(exported["Steps"][0]["Colour"], "red");
    assert_eq!(exported["Steps"][0]["Category"]["ObjectName"], "Letters");
    assert_eq!(exported["Steps"][0]["OriginId"], json!(Uuid::from_u128(1)));
    assert_eq!(
        exported["Steps"][1]["FieldMappings"][2]["SourceStepId"],
        exported["Steps"][0]["Id"]
    );
    assert_eq!(
        exported["ExportedConnectors"][0]["Name"],
        "Workbench Objects"
    );
    assert_eq!(
        exported["ExportedConnectors"][0]["Definition"]["Methods"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    let again = imported(&app, &token, &exported).await;
    assert_ne!(again["Id"], template["Id"]);
    assert_eq!(plain(&export(&again).await), plain(&exported));

    // As a draft of the template that it came from.
    let import = format!(
        "{TEMPLATES}/import?templateid={}",
        template["Id"].as_str().unwrap()
    );
    let draft = app
        .post(&import)
        .bearer(&token)
        .json(&exported)
        .send()
        .await;
    assert_eq!(ok(draft, 200)["Id"], template["Id"]);
    assert_eq!(releases(&app, &token, &template).await.len(), 2);
}

#[tokio::test]
async fn an_import_is_refused_with_everything_that_does_not_fit_and_leaves_nothing_behind() {
    let (app, token) = app().await;
    let import = format!("{TEMPLATES}/import");
    let mut document = people_to_readers(&app);
    document["Steps"][0]["MethodUniqueIdentifier"] = json!(Uuid::from_u128(91));
    document["Steps"][1]["Connector"] = json!({"UniqueIdentifier": Uuid::from_u128(92)});

    let refused = app
        .post(&import)
        .bearer(&token)
        .json(&document)
        .send()
        .await;

    assert_eq!(refused.failure(), (400, "import.incompatible"));
    assert_eq!(
        refused.message(),
        format!(
            "The document can't be imported: step 'List Records', method {}: connector Workbench Objects is here, \
             but none of its releases that can be installed has this method; step 'Get Me', method {}: connector {} \
             is not here, and the document does not bring it along.",
            Uuid::from_u128(91),
            app.method("get-me"),
            Uuid::from_u128(92),
        )
    );
    for body in ["", "{}", "[]", "{]", "null"] {
        let refused = app.post(&import).bearer(&token).body(body).send().await;
        assert_eq!(refused.failure(), (400, "import.unreadable"), "{body}");
    }
    // The folder is judged before the body.
    for query in ["folderid=x", "templateid=x"]
        .map(str::to_owned)
        .into_iter()
        .chain(["folderid", "templateid"].map(|name| format!("{name}={}", Uuid::from_u128(9))))
    {
        let path = format!("{import}?{query}");
        let refused = app.post(&path).bearer(&token).body("{]").send().await;
        assert_eq!(refused.failure(), (400, "request.unknown_id"), "{query}");
    }
    let listed = app
        .get(&format!("{TEMPLATES}?includeUnpublished=true"))
        .bearer(&token);
    assert_eq!(listed.send().await.json(), json!([]));
}

#[tokio::test]
async fn an_import_installs_the_connectors_that_it_brings_along() {
    let (app, token) = app().await;
    let (connector, method) = (Uuid::from_u128(71), Uuid::from_u128(72));
    let mut definition = stockroom();
    definition["Methods"][0]["UniqueIdentifier"] = json!(method);
    let step = |number: u128| {
        json!({"Id": Uuid::from_u128(number), "Name": format!("Step {number}"), "ActionType": 1,
               "MethodUniqueIdentifier": method, "Connector": {"UniqueIdentifier": connector}})
    };
    let document = json!({
        "Name": "Shelves",
        "Steps": [step(1), step(2)],
        "Edges": [{"TailStep_Id": Uuid::from_u128(1), "HeadStep_Id": Uuid::from_u128(2), "CycleEdgeType": 0}],
        "ExportedConnectors": [{"UniqueIdentifier": connector, "Name": "Stockroom", "Definition": definition}],
    });

    let template = imported(&app, &token, &document).await;

    assert_eq!(template["Connectors"][0]["Name"], "Stockroom");
    assert_eq!(template["Connectors"][0]["StepCount"], 2);
    let found = app
        .get("/v1.0/connectors/Stockroom")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    // The second time it is there.
    let again = imported(&app, &token, &document).await;
    assert_eq!(
        again["Connectors"][0]["Id"],
        template["Connectors"][0]["Id"]
    );

    let mut bad = document.clone();
    bad["ExportedConnectors"][0]["UniqueIdentifier"] = json!(Uuid::from_u128(73));
    for step in bad["Steps"].as_array_mut().unwrap() {
        step["Connector"]["UniqueIdentifier"] = json!(Uuid::from_u128(73));
    }
    bad["ExportedConnectors"][0]["Definition"]["Methods"][0]["HttpMethod"] = json!("SING");
    let path = format!("{TEMPLATES}/import");
    let refused = app.post(&path).bearer(&token).json(&bad).send().await;
    assert_eq!(refused.failure(), (400, "import.incompatible"));
    assert!(
        refused.message().contains("connector Stockroom is invalid"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn what_is_deleted_lies_in_the_recycle_bin_for_90_days() {
    let (app, token) = app().await;
    let other = app.other_partner().await;
    let kept = imported(&app, &token, &people_to_readers(&app)).await;
    let lost = made(&app, &token, json!({"Name": "Lost"})).await;
    let delete = async |template: &Value| {
        let gone = app.delete(&path(template)).bearer(&token).send().await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    };
    let bin = async |token: &str| ok(app.get(BIN).bearer(token).send().await, 200);
    let house = Housekeeping::new(app.store.clone());

    delete(&kept).await;
    app.pass(TimeDelta::hours(1));
    delete(&lost).await;

    let missing = app.get(&path(&kept)).bearer(&token).send().await;
    assert_eq!(missing.failure(), (404, "template.not_found"));
    assert_eq!(
        bin(&token).await,
        json!([
            {"Id": lost["Id"], "Type": "Template", "Name": "Lost", "AccountId": null,
             "DeletedOnUtc": "2026-03-04T10:30:00Z", "PurgeOnUtc": "2026-06-02T10:30:00Z"},
            {"Id": kept["Id"], "Type": "Template", "Name": "People to readers", "AccountId": null,
             "DeletedOnUtc": "2026-03-04T09:30:00Z", "PurgeOnUtc": "2026-06-02T09:30:00Z"},
        ])
    );
    assert_eq!(bin(&other).await, json!([]));
    let restore = format!("{BIN}/{}/restore", kept["Id"].as_str().unwrap());
    let foreign = app.post(&restore).bearer(&other).send().await;
    assert_eq!(foreign.failure(), (404, "recycle_bin.not_found"));
    let restored = ok(app.post(&restore).bearer(&token).send().await, 200);
    assert_eq!(restored["Id"], kept["Id"]);
    assert_eq!(
        ok(app.get(&path(&kept)).bearer(&token).send().await, 200)["StepCount"],
        2
    );

    app.pass(TimeDelta::days(89));
    house.sweep().await.unwrap();
    let token = app.token().await;
    assert_eq!(bin(&token).await.as_array().map(Vec::len), Some(1));
    app.pass(TimeDelta::days(2));
    house.sweep().await.unwrap();
    let token = app.token().await;
    assert_eq!(bin(&token).await, json!([]));

    let gone = app.delete(&path(&kept)).bearer(&token).send().await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let purge = format!("{BIN}/{}", kept["Id"].as_str().unwrap());
    let purged = app.delete(&purge).bearer(&token).send().await;
    assert_eq!(purged.status, StatusCode::NO_CONTENT, "{}", purged.text);
    let again = app.delete(&purge).bearer(&token).send().await;
    assert_eq!(again.failure(), (404, "recycle_bin.not_found"));
}
