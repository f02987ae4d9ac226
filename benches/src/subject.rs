//! The server under measurement, and an account with the connector in it.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use velodrome_testkit::server::{CLIENT_ID, CLIENT_SECRET};
use velodrome_testkit::{ServerBuilder, TestServer};

use crate::definitions::{self, ORIGIN};

/// The account that calls are made in.
pub const ACCOUNT: &str = "bench";

/// A server whose connector calls go to a loopback upstream.
pub struct Subject {
    /// The process.
    pub server: TestServer,
    http: Client,
    token: String,
    definitions: TempDir,
}

impl Subject {
    /// Starts it and makes an account.
    pub async fn start(upstream: &str) -> Result<Self> {
        Self::start_with(upstream, |server| server).await
    }

    /// Starts it with settings of its own and makes an account.
    pub async fn start_with(
        upstream: &str,
        settings: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("velodrome-bench-")
            .tempdir()?;
        definitions::write_bench(folder.path())?;
        let server = settings(reaching(upstream))
            .set("VELODROME_CONNECTORS_DIR", folder.path().display())
            .start();
        let http = Client::builder().no_proxy().build()?;
        let token = token(&http, &server.url()).await?;
        let subject = Self {
            server,
            http,
            token,
            definitions: folder,
        };
        subject.make_account(ACCOUNT).await?;
        Ok(subject)
    }

    /// Starts one more server with the same connectors, for the same database.
    pub fn beside(
        &self,
        upstream: &str,
        settings: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> TestServer {
        settings(reaching(upstream))
            .set(
                "VELODROME_CONNECTORS_DIR",
                self.definitions.path().display(),
            )
            .start()
    }

    /// Makes an account of this id.
    pub async fn make_account(&self, id: &str) -> Result<()> {
        let account = json!({ "Id": id, "Name": id });
        self.call(Method::POST, "/v1.0/accounts", Some(account))
            .await?;
        Ok(())
    }

    /// Installs the connector with an API key and gives the path of the account connector.
    pub async fn install_with_key(&self) -> Result<String> {
        self.install(ACCOUNT, &json!({ "AuthValue": "bench-key" }))
            .await
    }

    /// Installs the connector into an account with tokens that expire at a time, under a name.
    pub async fn install_with_tokens(
        &self,
        account: &str,
        name: &str,
        expires: &str,
    ) -> Result<String> {
        let tokens = json!({ "AccessToken": "at-0", "RefreshToken": format!("rt-{name}"), "Expires": expires });
        let authentication = self.authentication("OAuth 2.0").await?;
        let body = json!({
            "Name": name,
            "AuthenticationId": authentication,
            "AuthValue": tokens.to_string(),
            "Properties": [],
        });
        self.install(account, &body).await
    }

    /// Sets the partner's application up, so that tokens can be refreshed.
    pub async fn set_up(&self) -> Result<()> {
        let connector = self.connector().await?;
        let path = format!("/v1.0/partner/connectors/{}/setup", connector["Id"]);
        let setup = json!({ "ClientId": "bench", "ClientSecret": "bench-secret" });
        self.call(Method::PUT, &path, Some(setup)).await?;
        Ok(())
    }

    /// The stable identifier of the method that gets one record.
    pub async fn method(&self) -> Result<String> {
        self.method_named("Get Record").await
    }

    /// The stable identifier of the method of this name.
    pub async fn method_named(&self, name: &str) -> Result<String> {
        self.method_of("Bench", name).await
    }

    /// The stable identifier of a method of a connector, both by name.
    pub async fn method_of(&self, connector: &str, name: &str) -> Result<String> {
        let path = format!("/v1.0/connectors/{}/methods", connector.replace(' ', "%20"));
        let methods = self.call(Method::GET, &path, None).await?;
        let named = methods
            .as_array()
            .and_then(|methods| methods.iter().find(|method| method["Name"] == name));
        let id = named.and_then(|method| method["MethodUniqueIdentifier"].as_str());
        Ok(id
            .with_context(|| format!("no {name} in {methods}"))?
            .to_owned())
    }

    /// Makes a call that must succeed.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        self.call_in(ACCOUNT, method, path, body).await
    }

    /// Makes a call in an account that must succeed.
    pub async fn call_in(
        &self,
        account: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value> {
        let mut request = self.request_in(account, method.clone(), path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{method} {path}"))?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).with_context(|| format!("{method} {path}: {text}"))
    }

    /// A request as the account's program makes it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_in(ACCOUNT, method, path)
    }

    /// A request in an account.
    pub fn request_in(&self, account: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.server.url()))
            .bearer_auth(&self.token)
            .header("X-Cyclr-Account", account)
    }

    /// The same headers for another program.
    pub fn headers(&self) -> Vec<String> {
        vec![
            format!("Authorization: Bearer {}", self.token),
            format!("X-Cyclr-Account: {ACCOUNT}"),
        ]
    }

    /// The connector; a name is answered with all its versions.
    async fn connector(&self) -> Result<Value> {
        let versions = self
            .call(Method::GET, "/v1.0/connectors/Bench", None)
            .await?;
        let only = versions.get(0).context("there is one version")?;
        Ok(only.clone())
    }

    async fn authentication(&self, name: &str) -> Result<String> {
        let connector = self.connector().await?;
        let all = connector["Authentication"]
            .as_array()
            .context("it has authentications")?;
        let found = all.iter().find(|way| way["AuthName"] == name);
        let id = found.and_then(|way| way["Id"].as_str());
        Ok(id
            .with_context(|| format!("no {name} in {connector}"))?
            .to_owned())
    }

    async fn install(&self, account: &str, body: &Value) -> Result<String> {
        let path = "/v1.0/connectors/Bench/install";
        let installed = self
            .call_in(account, Method::POST, path, Some(body.clone()))
            .await?;
        Ok(format!("/v1.0/account/connectors/{}", installed["Id"]))
    }
}

/// A server whose calls to the measured connector go to a loopback upstream.
fn reaching(upstream: &str) -> ServerBuilder {
    ServerBuilder::new()
        .set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8")
        .set("VELODROME_EGRESS_REWRITE", format!("{ORIGIN}={upstream}"))
        .set("VELODROME_LOG", "warn,velodrome=info")
}

async fn token(http: &Client, origin: &str) -> Result<String> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    let answer: Value = http
        .post(format!("{origin}/oauth/token"))
        .form(&form)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    Ok(answer["access_token"]
        .as_str()
        .context("a token")?
        .to_owned())
}
