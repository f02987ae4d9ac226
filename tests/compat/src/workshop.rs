//! A server with a connector of every kind of authentication, parameter and answer.

use std::sync::Arc;

use serde_json::{Value, json};
use velodrome_testkit::{FakeUpstream, ServerBuilder};

use crate::answer::Answer;
use crate::caller::Caller;
use crate::world::World;

/// The workshop as scenarios that share it get it.
pub type Shared = Arc<Workshop>;

/// A server with the definitions of this crate beside the built-in ones, the sandbox, and an upstream
/// that stands for the workshop.
pub struct Workshop {
    /// The server.
    pub world: World,
    /// The partner's program.
    pub partner: Caller,
    /// What stands for the workshop's API; each scenario calls paths of its own.
    pub upstream: FakeUpstream,
    /// The connector named Workshop.
    pub connector: Value,
    methods: Value,
}

impl Workshop {
    /// Starts both.
    ///
    /// # Panics
    /// When the server refuses the definitions.
    pub async fn start() -> Self {
        let upstream = FakeUpstream::start();
        let definitions = concat!(env!("CARGO_MANIFEST_DIR"), "/definitions");
        let here = upstream.url();
        let world = World::with(
            ServerBuilder::new()
                .sandbox()
                .set("VELODROME_CONNECTORS_DIR", definitions)
                .set("VELODROME_EGRESS_ALLOW", "127.0.0.1/32")
                .set(
                    "VELODROME_EGRESS_REWRITE",
                    format!("https://workshop.example={here},https://annex.example={here}"),
                ),
        );
        let partner = world.partner().await;
        let connector = world.connector(&partner, "Workshop").await;
        let path = format!(
            "/v1.0/connectors/{}/methods?includeHidden=true",
            connector["Id"]
        );
        let methods = partner.get(&path).await.expect(200).json();
        Self {
            world,
            partner,
            upstream,
            connector,
            methods,
        }
    }

    /// A new account, and the partner's program in it.
    pub async fn account(&self, id: &str) -> Caller {
        self.world.account(&self.partner, id).await
    }

    /// The id of a way to authenticate, by its name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn authentication(&self, name: &str) -> Value {
        let all = self.connector["Authentication"].as_array().expect("a list");
        let found = all
            .iter()
            .find(|one| one["Name"] == name || one["AuthName"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {all:?}"))["Id"].clone()
    }

    /// A method, by its name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn method(&self, name: &str) -> &Value {
        let all = self.methods.as_array().expect("a list");
        let found = all.iter().find(|one| one["Name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {all:?}"))
    }

    /// The path of a method of an installed connector.
    pub fn method_path(&self, installed: &Installed, name: &str) -> String {
        let id = self.method(name)["MethodUniqueIdentifier"].as_str();
        format!("{}/methods/{}", installed.path, id.expect("a GUID"))
    }

    /// Installs the connector into a new account of this id.
    pub async fn install(&self, account: &str, body: Value) -> Installed {
        let account = self.account(account).await;
        Installed::into_account(account, body).await
    }

    /// Installs the connector with an API key into a new account of this id.
    pub async fn install_with_key(&self, account: &str) -> Installed {
        self.install(account, json!({ "AuthValue": format!("key-of-{account}") }))
            .await
    }

    /// Calls a method about a piece; each scenario has pieces of its own.
    pub async fn call(&self, installed: &Installed, method: &str, piece: &str) -> Answer {
        let path = self.method_path(installed, method);
        let body = json!({ "Parameters": { "Piece": piece } });
        installed.account.post(&path, body).await
    }

    /// The calls that arrived at a path of the upstream.
    pub fn received(&self, path: &str) -> Vec<velodrome_testkit::Received> {
        let mut calls = self.upstream.received();
        calls.retain(|call| call.path() == path);
        calls
    }
}

/// The connector in an account.
pub struct Installed {
    /// The account's program.
    pub account: Caller,
    /// Where it is found.
    pub path: String,
    /// What the installation answered.
    pub body: Value,
}

impl Installed {
    /// Installs the connector named Workshop.
    pub async fn into_account(account: Caller, body: Value) -> Self {
        let body = account
            .post("/v1.0/connectors/Workshop/install", body)
            .await
            .expect(200)
            .json();
        Self {
            path: format!("/v1.0/account/connectors/{}", body["Id"]),
            account,
            body,
        }
    }

    /// The account connector as the API shows it now.
    pub async fn read(&self) -> Value {
        self.account.get(&self.path).await.expect(200).json()
    }
}
