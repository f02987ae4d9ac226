//! A running server of a scenario's own, and the people and programs around it.

use reqwest::{Client, redirect};
use serde_json::{Value, json};
use velodrome_testkit::server::{CLIENT_ID, CLIENT_SECRET};
use velodrome_testkit::{ServerBuilder, TestServer};

use crate::answer::Answer;
use crate::browser::Browser;
use crate::caller::Caller;
use crate::names::OnlyThisMachine;

/// A running server.
pub struct World {
    /// The process, for scenarios that stop it.
    pub server: TestServer,
    http: Client,
}

impl World {
    /// Starts a server of our own with the sandbox.
    pub fn start() -> Self {
        Self::with(ServerBuilder::new().sandbox())
    }

    /// Starts one with settings of the scenario's own.
    ///
    /// # Panics
    /// When there is no way to make an HTTP client.
    pub fn with(builder: ServerBuilder) -> Self {
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            // A connection kept open does not survive a restart of the server.
            .pool_max_idle_per_host(0)
            .dns_resolver(OnlyThisMachine)
            .build()
            .expect("an HTTP client");
        Self {
            server: builder.start(),
            http,
        }
    }

    /// Somebody without a token.
    pub fn anyone(&self) -> Caller {
        Caller::anonymous(self.http.clone(), self.server.url())
    }

    /// The partner's program, with an unrestricted token.
    pub async fn partner(&self) -> Caller {
        self.client_credentials(None).await
    }

    /// A program whose token is good for one account only.
    pub async fn account_program(&self, account: &str) -> Caller {
        self.client_credentials(Some(&format!("account:{account}")))
            .await
    }

    /// A token request with the partner's own client.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let mut form = vec![("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        form.extend_from_slice(fields);
        self.anyone().post_form("/oauth/token", &form).await
    }

    /// The client of the deprecated password grant, which has an id and no secret.
    ///
    /// # Panics
    /// When the server has none.
    pub async fn password_client(&self) -> PasswordClient {
        let partner = self.partner().await;
        let client = partner
            .get("/v1.0/partner/passwordgrantclient")
            .await
            .expect(200)
            .json();
        PasswordClient {
            id: client["ClientId"].as_str().expect("an id").to_owned(),
            caller: self.anyone(),
        }
    }

    /// A browser that has been nowhere yet.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone())
    }

    /// The connector of this name in the library, as `partner` sees it.
    ///
    /// # Panics
    /// When the library has none.
    pub async fn connector(&self, partner: &Caller, name: &str) -> Value {
        let library = partner
            .get("/v1.0/connectors?pageSize=1000")
            .await
            .expect(200)
            .json();
        let found = library
            .as_array()
            .and_then(|all| all.iter().find(|connector| connector["Name"] == name));
        found
            .unwrap_or_else(|| panic!("no {name} in {library}"))
            .clone()
    }

    /// The method of this name of a connector.
    ///
    /// # Panics
    /// When the connector has none.
    pub async fn method(&self, partner: &Caller, connector: &Value, name: &str) -> Value {
        let path = format!("/v1.0/connectors/{}/methods", connector["Id"]);
        let methods = partner.get(&path).await.expect(200).json();
        let found = methods
            .as_array()
            .and_then(|all| all.iter().find(|method| method["Name"] == name));
        found
            .unwrap_or_else(|| panic!("no {name} in {path}"))
            .clone()
    }

    /// A new account, and the partner's program in it.
    pub async fn account(&self, partner: &Caller, id: &str) -> Caller {
        let body = json!({ "Id": id, "Name": format!("Account {id}") });
        partner.post("/v1.0/accounts", body).await.expect(200);
        partner.in_account(id)
    }

    async fn client_credentials(&self, scope: Option<&str>) -> Caller {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(scope.map(|scope| ("scope", scope)));
        let answer = self.token(&fields).await.expect(200).json();
        let token = answer["access_token"].as_str().expect("a token");
        self.anyone().with_token(token)
    }
}

/// A program of before, which knows an administrator's password.
pub struct PasswordClient {
    id: String,
    caller: Caller,
}

impl PasswordClient {
    /// A token request.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let mut form = vec![("client_id", self.id.as_str())];
        form.extend_from_slice(fields);
        self.caller.post_form("/oauth/token", &form).await
    }
}
