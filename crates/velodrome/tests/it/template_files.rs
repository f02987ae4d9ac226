//! Templates as files, applied to a running server and exported from it.

use std::{fs, path::Path, process::Output};

use serde_json::{Value, json};
use velodrome_testkit::server::{CLIENT_ID, CLIENT_SECRET};

use crate::app::{TestApp, complaint, printed, run};

const PEOPLE: &str = "\
format: velodrome.template-file/1
name: Forward
tags: [forwarding]
published: true
interval: 60
steps:
  received:
    name: Received
    webhook: generic-webhook/webhook
    next: keep
  keep:
    name: Keep
    method: cycle-data-storage/set-value
    fields:
      Key: 'a key'
      Value: {configurable: true, source: 'some text'}
";

fn template(app: &TestApp, arguments: &[&str]) -> Output {
    let url = app.server.url();
    let environment = [
        ("VELODROME_URL", url.as_str()),
        ("VELODROME_CLIENT_ID", CLIENT_ID),
        ("VELODROME_CLIENT_SECRET", CLIENT_SECRET),
    ];
    run(&[&["template"], arguments].concat(), &environment)
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn templates(app: &TestApp) -> Vec<Value> {
    let listed = app.get("/v1.0/templates?includeUnpublished=true");
    listed.expect(200).json().as_array().unwrap().clone()
}

fn releases(app: &TestApp, template: &Value) -> Vec<Value> {
    let path = format!(
        "/v1.0/templates/{}/releases",
        template["Id"].as_str().unwrap()
    );
    app.get(&path)
        .expect(200)
        .json()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_folder_is_planned_applied_once_and_exported_as_it_is() {
    let app = TestApp::start().signed_in();
    let folder = folder_with(&[("forward.yaml", PEOPLE)]);
    let at = shown(folder.path());

    let planned = template(&app, &["plan", at]);
    assert_eq!(planned.status.code(), Some(2), "{}", complaint(&planned));
    assert!(templates(&app).is_empty());
    printed(&template(&app, &["apply", at, "--promote"]));
    let made = templates(&app);
    assert_eq!(made.len(), 1);
    assert_eq!(
        (
            &made[0]["Name"],
            &made[0]["Published"],
            &made[0]["Interval"]
        ),
        (&json!("Forward"), &json!(true), &json!(60))
    );
    assert_eq!(releases(&app, &made[0])[0]["Status"], "Live");

    let again = printed(&template(&app, &["plan", at, "--promote"]));
    assert!(again.contains("0 to change, 1 as they are"), "{again}");
    printed(&template(&app, &["apply", at, "--promote"]));
    assert_eq!(releases(&app, &made[0]).len(), 1);

    let exported = tempfile::tempdir().unwrap();
    let out = shown(exported.path());
    printed(&template(&app, &["export", out]));
    let text = fs::read_to_string(exported.path().join("forward.yaml")).unwrap();
    assert!(text.contains("webhook: generic-webhook/webhook"), "{text}");
    printed(&template(&app, &["check", out]));
    printed(&template(&app, &["plan", out]));
    // What says the same stays as people wrote it.
    printed(&template(&app, &["export", at]));
    let kept = fs::read_to_string(folder.path().join("forward.yaml")).unwrap();
    assert_eq!(kept, PEOPLE);
}

#[test]
fn a_change_becomes_a_draft_in_which_steps_are_the_same_and_nothing_goes_unless_asked() {
    let app = TestApp::start().signed_in();
    let folder = folder_with(&[("forward.yaml", PEOPLE)]);
    let at = shown(folder.path());
    printed(&template(&app, &["apply", at, "--promote"]));
    let made = templates(&app).remove(0);
    let cycle = installed(&app, &made);
    let changed = PEOPLE.replace("'a key'", "'another key'");
    fs::write(folder.path().join("forward.yaml"), &changed).unwrap();

    let planned = template(&app, &["plan", at, "--json"]);
    assert_eq!(planned.status.code(), Some(2));
    let plan: Value = serde_json::from_slice(&planned.stdout).unwrap();
    let change = &plan["templates"][0]["changes"];
    assert_eq!(
        change,
        &json!([{
            "path": ["steps", "keep", "fields", "Key"],
            "before": "a key",
            "after": "another key",
        }])
    );
    printed(&template(&app, &["apply", at]));
    let all = releases(&app, &made);
    assert_eq!(
        (&all[0]["Status"], &all[1]["Status"]),
        (&json!("Draft"), &json!("Live"))
    );
    printed(&template(&app, &["apply", at, "--promote"]));
    assert_eq!(releases(&app, &made).len(), 2);

    // The step is the same one, so an installation keeps its address over the upgrade.
    let upgraded = upgraded(&app, &made, &cycle);
    assert_eq!(upgraded["Upgraded"], true, "{upgraded}");

    fs::remove_file(folder.path().join("forward.yaml")).unwrap();
    fs::write(
        folder.path().join("other.yaml"),
        PEOPLE.replace("name: Forward", "name: Other"),
    )
    .unwrap();
    printed(&template(&app, &["apply", at]));
    assert_eq!(templates(&app).len(), 2);
    printed(&template(&app, &["apply", at, "--prune"]));
    let left = templates(&app);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["Name"], "Other");
    let bin = app.get("/v1.0/partner/recyclebin").expect(200).json();
    assert_eq!(bin[0]["Name"], "Forward");
}

fn installed(app: &TestApp, template: &Value) -> Value {
    let body = json!({ "Id": "acme", "Name": "acme" });
    app.post("/v1.0/accounts", &body).expect(200);
    let id = template["Id"].as_str().unwrap();
    let path = format!("/v1.0/templates/{id}/install");
    app.post_in("acme", &path, &json!({})).expect(200).json()
}

/// What became of the installed cycle; its webhook's address is the one that it was.
fn upgraded(app: &TestApp, template: &Value, cycle: &Value) -> Value {
    let steps = format!("/v1.0/cycles/{}/steps", cycle["Id"].as_str().unwrap());
    let address = || {
        let steps = app.get_in("acme", &steps).expect(200).json();
        let mut steps = steps.as_array().unwrap().iter();
        let webhook = steps.find(|step| step["Name"] == "Received");
        webhook.unwrap()["WebhookUrl"].clone()
    };
    let before = address();
    let id = template["Id"].as_str().unwrap();
    let path = format!("/v1.0/templates/{id}/upgrade");
    let upgraded = app.put(&path, &json!({})).expect(200).json();
    let noted = app.get(&path).expect(200).json();
    assert_eq!(
        (&noted["PendingCount"], &noted["Results"]),
        (&json!(0), &upgraded)
    );
    assert_eq!(before, address());
    upgraded[0].clone()
}

#[test]
fn a_file_that_is_wrong_is_told_with_its_place_and_nothing_is_applied() {
    let app = TestApp::start().signed_in();
    let wrong = PEOPLE.replace("next: keep", "next: kepe");
    let folder = folder_with(&[("wrong.yaml", &wrong), ("good.yaml", PEOPLE)]);
    let at = shown(folder.path());

    let output = template(&app, &["apply", at]);

    assert_eq!(output.status.code(), Some(1));
    let said = complaint(&output);
    assert!(
        said.contains("wrong.yaml:10:11: V005 there is no step \"kepe\""),
        "{said}"
    );
    assert!(templates(&app).is_empty());
    let unknown = PEOPLE.replace("set-value", "set-nothing");
    fs::write(folder.path().join("wrong.yaml"), unknown).unwrap();
    let output = template(&app, &["apply", at]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("connector cycle-data-storage is here, but none of its releases"),
        "{said}"
    );
    assert!(templates(&app).is_empty());
}

#[test]
fn without_a_client_the_command_says_what_is_missing_and_never_prints_its_secret() {
    let app = TestApp::start();
    let url = app.server.url();
    let output = run(&["template", "plan", ".", "--url", &url], &[]);
    assert!(
        complaint(&output).contains("VELODROME_CLIENT_ID"),
        "{output:?}"
    );

    let output = run(
        &["template", "plan", "."],
        &[
            ("VELODROME_URL", url.as_str()),
            ("VELODROME_CLIENT_ID", CLIENT_ID),
            ("VELODROME_CLIENT_SECRET", "a-wrong-secret-that-nobody-has"),
        ],
    );

    assert_eq!(output.status.code(), Some(1));
    assert!(!complaint(&output).contains("a-wrong-secret"), "{output:?}");
}

#[test]
fn the_example_templates_are_good() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/examples");

    let output = run(&["template", "check", shown(&examples)], &[]);

    assert!(printed(&output).contains("5 good, 0 faults"), "{output:?}");
}
