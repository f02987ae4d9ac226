//! Definitions that change between two starts.

use std::{fs, path::Path};

use serde_json::json;

use crate::{app::TestApp, provider::connector_id};

fn definition(folder: &Path, number: u32, text: &str) {
    let folder = folder.join("acme");
    fs::create_dir_all(&folder).unwrap();
    let yaml = format!(
        r"format: velodrome.connector/1
slug: acme
name: Acme
description: {text}
status: Approved
release: {{number: {number}, status: Live}}
authentications:
  - key: key
    name: Key
    type: ApiKey
    default: true
    authScheme: x-key
    in: Header
methods:
  - key: list
    name: List Records
    description: Gives records.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: https://acme.example/records
"
    );
    fs::write(folder.join("connector.yaml"), yaml).unwrap();
}

fn app(folder: &Path) -> TestApp {
    TestApp::with(|builder| builder.set("VELODROME_CONNECTORS_DIR", folder.display())).signed_in()
}

#[test]
fn ids_are_the_same_at_every_start() {
    let folder = tempfile::tempdir().unwrap();
    definition(folder.path(), 1, "First");
    let mut app = app(folder.path());
    let before = app.get("/v1.0/connectors?pageSize=1000").expect(200).json();

    app.server.terminate().unwrap();
    app.server.start_again().unwrap();

    let after = app.get("/v1.0/connectors?pageSize=1000").expect(200).json();
    assert_eq!(before, after);
}

#[test]
fn a_live_release_does_not_change_and_the_good_one_stays_in_force() {
    let folder = tempfile::tempdir().unwrap();
    definition(folder.path(), 1, "First");
    let mut app = app(folder.path());
    let id = connector_id(&app, "Acme");
    kept(&app);

    definition(folder.path(), 1, "Changed");
    app.server.terminate().unwrap();
    app.server.start_again().unwrap();

    assert!(app.server.log().contains("V013"), "{}", app.server.log());
    assert_eq!(connector_id(&app, "Acme"), id);
    let shown = app.get(&format!("/v1.0/connectors/{id}")).expect(200);
    assert!(shown.text.contains("First"), "{}", shown.text);
}

#[test]
fn an_installed_release_runs_on_when_a_newer_one_comes_and_when_its_files_go() {
    let folder = tempfile::tempdir().unwrap();
    definition(folder.path(), 1, "First");
    let mut app = app(folder.path()).in_new_account("acme");
    let first = connector_id(&app, "Acme");
    let installed = app
        .post(
            &format!("/v1.0/connectors/{first}/install"),
            &json!({ "AuthValue": "key" }),
        )
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}", installed["Id"]);
    kept(&app);

    definition(folder.path(), 2, "Second");
    app.server.terminate().unwrap();
    app.server.start_again().unwrap();
    assert_ne!(connector_id(&app, "Acme"), first);
    app.get(&path).expect(200);

    fs::remove_dir_all(folder.path().join("acme")).unwrap();
    app.server.terminate().unwrap();
    app.server.start_again().unwrap();
    app.get(&path).expect(200);
    let library = app.get("/v1.0/connectors?pageSize=1000").expect(200).text;
    assert!(!library.contains("Acme"), "{library}");
}

/// The content of releases is kept behind the start.
fn kept(app: &TestApp) {
    app.server
        .wait_for_log(std::time::Duration::from_secs(30), |line| {
            line.contains("Kept the content of connector releases")
                .then_some(())
        });
}
