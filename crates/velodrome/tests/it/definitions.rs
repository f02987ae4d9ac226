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

/// A server that reads changed definitions again.
fn developing(folder: &Path) -> TestApp {
    let app = TestApp::with(|builder| {
        builder
            .set("VELODROME_CONNECTORS_DIR", folder.display())
            .set("VELODROME_CONNECTORS_RELOAD", "true")
    });
    logged(&app, 1, "are read again when they change");
    app.signed_in()
}

/// Waits until a line that holds this text has been written so many times.
fn logged(app: &TestApp, times: usize, text: &str) {
    let seen = std::cell::Cell::new(0);
    app.server
        .wait_for_log(std::time::Duration::from_secs(60), |line| {
            seen.set(seen.get() + usize::from(line.contains(text)));
            (seen.get() == times).then_some(())
        });
}

#[test]
fn changed_files_are_read_again_without_a_restart_when_that_is_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    definition(folder.path(), 1, "First");
    let app = developing(folder.path()).in_new_account("acme");
    let first = connector_id(&app, "Acme");
    let install = format!("/v1.0/connectors/{first}/install");
    let installed = app.post(&install, &json!({ "AuthValue": "key" }));
    let path = format!(
        "/v1.0/account/connectors/{}",
        installed.expect(200).json()["Id"]
    );

    definition(folder.path(), 1, "Changed under its number");
    logged(&app, 1, "definitions were read again");
    let shown = app.get(&path).expect(200);
    assert!(
        shown.text.contains("Changed under its number"),
        "{}",
        shown.text
    );
    assert!(!app.server.log().contains("V013"), "{}", app.server.log());

    fs::write(
        folder.path().join("acme/connector.yaml"),
        "format: velodrome.connector/1\nslug: acme\nnam: Acme\n",
    )
    .unwrap();
    logged(&app, 2, "definitions were read again");
    let log = app.server.log();
    assert!(log.contains("acme/connector.yaml:3:1: V002"), "{log}");
    let shown = app.get(&path).expect(200);
    assert!(
        shown.text.contains("Changed under its number"),
        "{}",
        shown.text
    );

    definition(folder.path(), 2, "Mended");
    logged(&app, 3, "definitions were read again");
    let newest = connector_id(&app, "Acme");
    let library = app.get(&format!("/v1.0/connectors/{newest}")).expect(200);
    assert!(library.text.contains("Mended"), "{}", library.text);
    // A new number is a release as any other: what is installed stays with the former one.
    let shown = app.get(&path).expect(200);
    assert!(
        shown.text.contains("Changed under its number"),
        "{}",
        shown.text
    );
}

/// The content of releases is kept behind the start.
fn kept(app: &TestApp) {
    app.server
        .wait_for_log(std::time::Duration::from_secs(30), |line| {
            line.contains("Kept the content of connector releases")
                .then_some(())
        });
}
