//! A provider of the test's own behind a seed connector, and an account that is connected to it.

use serde_json::{Value, json};
use velodrome_testkit::FakeUpstream;

use crate::app::TestApp;

/// The connector that stands for all with OAuth 2.0.
const CONNECTOR: &str = "Pipedrive (OAuth 2.0)";
/// Where its tokens come from.
const ORIGIN: &str = "https://oauth.pipedrive.com";

/// The integer of a connector in the library.
pub fn connector_id(app: &TestApp, name: &str) -> Value {
    let library = app.get("/v1.0/connectors?pageSize=1000").expect(200).json();
    let found = library
        .as_array()
        .unwrap()
        .iter()
        .find(|connector| connector["Name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {library}"))["Id"].clone()
}

/// A server whose calls to the provider's token endpoint reach `upstream`, with an account in it.
pub fn connected_to(upstream: &FakeUpstream) -> TestApp {
    let app = TestApp::with(|builder| {
        builder.set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8").set(
            "VELODROME_EGRESS_REWRITE",
            format!("{ORIGIN}={}", upstream.url()),
        )
    })
    .signed_in();
    let id = connector_id(&app, CONNECTOR);
    let setup = json!({ "ClientId": "app", "ClientSecret": "app-secret" });
    app.put(&format!("/v1.0/partner/connectors/{id}/setup"), &setup)
        .expect(200);
    app.in_new_account("acme")
}

/// Installs the connector with tokens that end at `expires`; gives the installation's path.
pub fn install(app: &TestApp, expires: &str) -> String {
    let id = connector_id(app, CONNECTOR);
    let tokens = json!({ "AccessToken": "at-0", "RefreshToken": "rt-0", "Expires": expires });
    let body = json!({ "AuthValue": tokens.to_string() });
    let installed = app
        .post(&format!("/v1.0/connectors/{id}/install"), &body)
        .expect(200)
        .json();
    format!("/v1.0/account/connectors/{}", installed["Id"])
}
