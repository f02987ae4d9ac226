//! Simulated providers, and what keeps real secrets away from them.

use serde_json::json;

use crate::{
    app::{TestApp, complaint},
    provider::connector_id,
};

fn set_up(app: &TestApp) {
    let path = format!(
        "/v1.0/partner/connectors/{}/setup",
        connector_id(app, "Pipedrive (OAuth 2.0)")
    );
    let setup = json!({ "ClientId": "app", "ClientSecret": "app-secret" });
    app.put(&path, &setup).expect(200);
}

#[test]
fn a_database_with_real_secrets_does_not_start_with_the_sandbox() {
    let app = TestApp::start().signed_in();
    set_up(&app);

    let output = app.command(&["serve", "--sandbox"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(complaint(&output).contains("real providers"), "{output:?}");
}

#[test]
fn a_database_of_the_sandbox_does_not_start_without_it() {
    let app = TestApp::with(|builder| builder.sandbox()).signed_in();
    set_up(&app);

    let output = app.command(&["serve"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(
        complaint(&output).contains("filled with --sandbox"),
        "{output:?}"
    );
}

#[test]
fn an_unused_database_may_change_sides() {
    let mut app = TestApp::start();
    app.server.terminate().unwrap();

    let other = TestApp::with(|builder| builder.sandbox());

    assert!(other.server.log().contains("simulators answer"));
    app.server.start_again().unwrap();
}
