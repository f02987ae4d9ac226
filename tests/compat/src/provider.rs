//! A provider of the scenario's own, which misbehaves as asked.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use velodrome_testkit::{FakeUpstream, ServerBuilder};

use crate::answer::Answer;
use crate::caller::Caller;
use crate::world::World;

/// The origin that the definition calls; the server is told to go to loopback instead.
pub const ORIGIN: &str = "https://provider.example";

/// The key that the nodes of one database share.
pub const MASTER_KEY: &str = "dmVsb2Ryb21lLXRlc3RzLW1hc3Rlci1rZXktMDEyMzQ=";

/// The definition: one method, and both an API key and OAuth 2.0.
const DEFINITION: &str = r#"format: velodrome.connector/1
slug: provider
name: Provider
version: "1"
description: A provider for tests.
categories: [Testing]
status: Approved
release: {number: 1, status: Live, level: Major, comments: First release.}
guide: guide.md
icon: icon.svg
authentications:
  - key: api-key
    name: API key
    type: ApiKey
    default: true
    authScheme: X-Api-Key
    in: Header
    fields:
      ApiKey: {label: API Key, sensitive: true}
  - key: oauth
    name: OAuth 2.0
    type: OAuth2
    fields:
      ClientId: {label: Client ID}
      ClientSecret: {label: Client Secret}
    oauth2:
      type: AuthorisationCode
      authoriseUrl: https://provider.example/authorize
      accessTokenUrl: https://provider.example/token
parameters:
  - {targetType: HttpHeader, targetName: X-Desk, displayName: Desk, partnerConnectorProperty: true, optional: true}
methodCategories:
  - {name: Records, displayOrder: 1, description: Records.}
methods:
  - key: get-record
    name: Get Record
    description: Gets a record.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: https://provider.example/records
    timeoutSeconds: 2
    response:
      fields:
        - {connectorField: id, dataType: Integer}
"#;

/// A server with a connector to a fake upstream, and an account.
pub struct Provider {
    /// The server.
    pub world: World,
    /// What stands for the provider.
    pub upstream: FakeUpstream,
    /// The account's program.
    pub account: Caller,
    partner: Caller,
    method: String,
    definitions: TempDir,
}

impl Provider {
    /// Starts both.
    ///
    /// # Panics
    /// When the server refuses the definition.
    pub async fn start() -> Self {
        let upstream = FakeUpstream::start();
        let definitions = tempfile::tempdir().expect("a temporary folder");
        write_definition(&definitions);
        let world = World::with(settings(&definitions, &upstream));
        let partner = world.partner().await;
        let account = world.account(&partner, "bramble").await;
        let connector = world.connector(&partner, "Provider").await;
        let method = world.method(&partner, &connector, "Get Record").await;
        let provider = Self {
            method: method["MethodUniqueIdentifier"]
                .as_str()
                .expect("a GUID")
                .to_owned(),
            world,
            upstream,
            account,
            partner,
            definitions,
        };
        let client = json!({ "ClientId": "app", "ClientSecret": "app-secret" });
        provider.set_up(client).await;
        provider
    }

    /// Another server on the same database; none has to know of the other.
    pub fn another_node(&self) -> World {
        let settings = settings(&self.definitions, &self.upstream);
        World::with(settings.database(self.world.server.database_url()))
    }

    /// Changes the partner's setup of the connector.
    pub async fn set_up(&self, setup: Value) {
        let connector = self.world.connector(&self.partner, "Provider").await;
        let path = format!("/v1.0/partner/connectors/{}/setup", connector["Id"]);
        self.partner.put(&path, setup).await.expect(200);
    }

    /// Installs the connector with an API key and gives its path.
    pub async fn install_with_key(&self) -> String {
        self.install(json!({ "AuthValue": "key-1" })).await
    }

    /// Installs the connector with tokens that expired long ago and gives its path.
    ///
    /// # Panics
    /// When the connector has no OAuth 2.0.
    pub async fn install_with_expired_tokens(&self) -> String {
        let connector = self.world.connector(&self.partner, "Provider").await;
        let ways = connector["Authentication"].as_array().expect("a list");
        let oauth = ways.iter().find(|way| way["AuthType"] == "OAuth2");
        let tokens = json!({
            "AccessToken": "at-0",
            "RefreshToken": "rt-0",
            "Expires": "2020-01-01T00:00:00Z",
        });
        self.install(json!({
            "AuthenticationId": oauth.expect("OAuth 2.0")["Id"],
            "AuthValue": tokens.to_string(),
        }))
        .await
    }

    /// Calls the method of an installed connector.
    pub async fn call(&self, path: &str) -> Answer {
        self.call_as(&self.account, path).await
    }

    /// Calls it as somebody else, on another node for instance.
    pub async fn call_as(&self, account: &Caller, path: &str) -> Answer {
        account
            .get(&format!("{path}/methods/{}", self.method))
            .await
    }

    /// The account connector as the API shows it.
    pub async fn read(&self, path: &str) -> Value {
        self.account.get(path).await.expect(200).json()
    }

    async fn install(&self, body: Value) -> String {
        let installed = self
            .account
            .post("/v1.0/connectors/Provider/install", body)
            .await;
        format!(
            "/v1.0/account/connectors/{}",
            installed.expect(200).json()["Id"]
        )
    }
}

fn settings(definitions: &TempDir, upstream: &FakeUpstream) -> ServerBuilder {
    ServerBuilder::new()
        .set("VELODROME_CONNECTORS_DIR", definitions.path().display())
        .set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8")
        // Renewal ahead of time would meet tokens that a scenario lets expire before it calls.
        .set("VELODROME_ROLES", "api,worker")
        .set("VELODROME_MASTER_KEY", MASTER_KEY)
        .set(
            "VELODROME_EGRESS_REWRITE",
            format!("{ORIGIN}={}", upstream.url()),
        )
}

fn write_definition(folder: &TempDir) {
    let folder = folder.path().join("provider");
    let icon = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M0 0h8v8H0z\"/></svg>";
    let files = [
        ("connector.yaml", DEFINITION),
        ("guide.md", "# Setup\n\nNothing to do.\n"),
        ("icon.svg", icon),
    ];
    fs::create_dir(&folder).expect("a folder for the definition");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("the definition is written");
    }
}
