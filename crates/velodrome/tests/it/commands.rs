//! Commands that end by themselves.

use serde_json::Value;

use crate::app::{TestApp, complaint, is_postgres, printed, run};

#[test]
fn a_dry_run_lists_the_migrations_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();

    let output = run(
        &["migrate", "--dry-run", "--json"],
        &[("VELODROME_DATA_DIR", data)],
    );

    let listed: Value = serde_json::from_str(&printed(&output)).unwrap();
    let pending = listed["pending"].as_array().unwrap();
    assert_eq!(pending[0], "m0001_instance");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn migrating_twice_does_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = [("VELODROME_DATA_DIR", folder.path().to_str().unwrap())];

    let first = printed(&run(&["migrate"], &data));
    let second = printed(&run(&["migrate"], &data));

    assert!(first.starts_with("Ran m0001_instance"), "{first}");
    assert_eq!(second, "The tables are up to date\n");
}

#[test]
fn an_administrator_is_made_once_and_gets_a_new_password() {
    let app = TestApp::start();

    let made = app.command(&["admin", "create", "second@velodrome.test", "--json"]);
    let twice = app.command(&["admin", "create", "second@velodrome.test"]);
    let reset = app.command(&["admin", "reset-password", "second@velodrome.test", "--json"]);
    let nobody = app.command(&["admin", "reset-password", "nobody@velodrome.test"]);

    let password = |output| {
        let answer: Value = serde_json::from_str(&printed(output)).unwrap();
        answer["password"].as_str().unwrap().to_owned()
    };
    assert_ne!(password(&made), password(&reset));
    assert!(complaint(&twice).contains("already"), "{twice:?}");
    assert_eq!(nobody.status.code(), Some(1));
}

#[test]
fn a_definition_with_faults_is_told_by_place_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let definition = folder.path().join("acme");
    std::fs::create_dir(&definition).unwrap();
    std::fs::write(definition.join("connector.yaml"), "name: Acme\n").unwrap();

    let path = definition.to_str().unwrap();
    let output = run(&["connector", "check", path], &[]);
    let json = run(&["connector", "check", path, "--json"], &[]);

    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("connector.yaml:1:1: V"), "{text}");
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["checked"], 1);
}

#[test]
fn the_definitions_in_use_are_listed() {
    let text = printed(&run(&["connector", "list"], &[]));

    for slug in ["1st-connect", "3dcart", "pipedrive", "stripe-oauth"] {
        assert!(text.contains(slug), "{text}");
    }
}

#[test]
fn the_api_document_is_printed_without_any_installation() {
    let document: Value = serde_json::from_str(&printed(&run(&["openapi"], &[]))).unwrap();

    assert!(document["paths"]["/v1.0/accounts"].is_object());
}

#[test]
fn a_database_that_can_not_be_reached_is_exit_code_3() {
    if is_postgres() {
        return; // the same on both
    }
    let folder = tempfile::tempdir().unwrap();
    let output = run(
        &["backup", "copy.db"],
        &[
            ("VELODROME_DATABASE_URL", "postgres://me@127.0.0.1:1/none"),
            (
                "VELODROME_MASTER_KEY",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ),
            ("VELODROME_DATA_DIR", folder.path().to_str().unwrap()),
        ],
    );

    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let text = complaint(&output);
    assert!(
        text.contains("the PostgreSQL database 127.0.0.1/none"),
        "{text}"
    );
}
