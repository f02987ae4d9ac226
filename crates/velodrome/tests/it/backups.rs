//! A copy made while the server runs, and its way back.

use velodrome_testkit::ServerBuilder;

use crate::app::{TestApp, binary, complaint, is_postgres, printed, run};

#[test]
fn a_copy_made_while_running_brings_everything_back() {
    if is_postgres() {
        return; // pg_dump's work; the refusal has a test below
    }
    let app = TestApp::start().signed_in().in_new_account("acme");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let target = folder.path().join("restored.db");
    let key = app.server.data_dir().join("master.key");

    let made = app.command(&["backup", copy.to_str().unwrap()]);
    app.post(
        "/v1.0/accounts",
        &serde_json::json!({ "Id": "later", "Name": "later" }),
    )
    .expect(200);
    let url = format!("sqlite:{}", target.display());
    let restored = run(
        &["restore", copy.to_str().unwrap()],
        &[
            ("VELODROME_DATABASE_URL", &url),
            ("VELODROME_MASTER_KEY_FILE", key.to_str().unwrap()),
        ],
    );

    assert_eq!(printed(&made).trim(), copy.to_str().unwrap());
    printed(&restored);
    let again = TestApp::with(|builder: ServerBuilder| {
        builder
            .database(&url)
            .set("VELODROME_MASTER_KEY_FILE", key.display())
    })
    .signed_in();
    again.get("/v1.0/accounts/acme").expect(200);
    again.get("/v1.0/accounts/later").expect(404);
    assert!(again.server.log().contains("Ready"));
    assert!(binary().exists());
}

#[test]
fn a_copy_does_not_overwrite_and_is_refused_without_its_master_key() {
    if is_postgres() {
        return; // as above
    }
    let app = TestApp::start();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    printed(&app.command(&["backup", copy]));

    let again = app.command(&["backup", copy]);
    let in_place = app.command(&["restore", copy]);
    let other_key = run(
        &["restore", copy],
        &[
            ("VELODROME_DATA_DIR", folder.path().to_str().unwrap()),
            (
                "VELODROME_MASTER_KEY",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ),
        ],
    );

    assert!(complaint(&again).contains("exists already"), "{again:?}");
    assert!(complaint(&in_place).contains("--replace"), "{in_place:?}");
    assert_eq!(other_key.status.code(), Some(4), "{other_key:?}");
    assert!(!folder.path().join("velodrome.db").exists());
}

#[test]
fn postgresql_is_backed_up_by_its_own_tools() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::start();

    let output = app.command(&["backup", "copy.db"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(complaint(&output).contains("pg_dump"), "{output:?}");
}
