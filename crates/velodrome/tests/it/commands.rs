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
fn a_new_definition_passes_its_own_check_and_test() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();

    printed(&run(&["connector", "new", "acme-2", "--dir", dir], &[]));
    let again = run(&["connector", "new", "acme-2", "--dir", dir], &[]);
    let bad = run(&["connector", "new", "Acme!", "--dir", dir], &[]);

    assert!(complaint(&again).contains("is there already"), "{again:?}");
    assert!(complaint(&bad).contains("lower-case"), "{bad:?}");
    let own = folder.path().join("acme-2");
    let own = own.to_str().unwrap();
    printed(&run(&["connector", "check", own], &[]));
    let tested = printed(&run(&["connector", "test", own, "--level", "strict"], &[]));
    assert_eq!(tested, "1 methods passed, 0 faults\n");
}

#[test]
fn an_example_that_does_not_replay_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    printed(&run(&["connector", "new", "acme", "--dir", dir], &[]));
    let own = folder.path().join("acme");
    let exchange = own.join("exchanges/get-current-user.json");
    let text = std::fs::read_to_string(&exchange).unwrap();
    std::fs::write(&exchange, text.replace("/v1/me", "/v1/you")).unwrap();

    let output = run(&["connector", "test", own.to_str().unwrap(), "--json"], &[]);

    assert_eq!(output.status.code(), Some(1));
    let tested: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        tested["faults"][0].as_str().unwrap().contains("/v1/me"),
        "{tested}"
    );
    std::fs::remove_file(&exchange).unwrap();
    let basic = run(
        &[
            "connector",
            "test",
            own.to_str().unwrap(),
            "--level",
            "basic",
        ],
        &[],
    );
    assert!(basic.status.success(), "{basic:?}");
    let careful = run(&["connector", "test", own.to_str().unwrap()], &[]);
    assert_eq!(careful.status.code(), Some(1));
}

#[test]
fn an_openapi_document_becomes_a_definition_and_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("api.yaml");
    let write = |path: &str| {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: Acme, version: '1'}}\nservers: [{{url: https://api.acme.example}}]\n\
             paths: {{{path}: {{head: {{}}, get: {{operationId: listThings, responses: {{}}}}}}}}\n"
        );
        std::fs::write(&document, text).unwrap();
    };
    let (file, out) = (document.to_str().unwrap(), folder.path().to_str().unwrap());

    write("/things");
    let made = run(
        &[
            "connector",
            "import-openapi",
            file,
            "--out",
            out,
            "--slug",
            "own",
        ],
        &[],
    );
    assert!(made.status.success(), "{made:?}");
    assert!(
        complaint(&made).contains("#/paths/~1things/head"),
        "{made:?}"
    );
    let own = folder.path().join("own");
    printed(&run(&["connector", "check", own.to_str().unwrap()], &[]));

    write("/v2/things");
    let into = own.to_str().unwrap();
    let again = printed(&run(
        &[
            "connector",
            "import-openapi",
            file,
            "--into",
            into,
            "--json",
        ],
        &[],
    ));
    let report: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(report["methods"], 1);
    let text = std::fs::read_to_string(own.join("connector.yaml")).unwrap();
    assert!(
        text.contains("https://api.acme.example/v2/things"),
        "{text}"
    );

    std::fs::write(&document, "a: 1").unwrap();
    let broken = run(&["connector", "import-openapi", file, "--out", out], &[]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(
        complaint(&broken).contains("no OpenAPI document"),
        "{broken:?}"
    );
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
