//! An instance, called over its REST API with a partner's client.

use std::ffi::OsString;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use url::{Url, form_urlencoded};
use velodrome_connector::egress::{Client, EgressPolicy, Redirects, Request};
use velodrome_model::{ExposeSecret, SecretString};

/// Items of a page of a list.
const PAGE: usize = 100;

const URL: &str = "VELODROME_URL";
const CLIENT_ID: &str = "VELODROME_CLIENT_ID";
const CLIENT_SECRET: &str = "VELODROME_CLIENT_SECRET";

/// An instance that we are signed in at.
pub struct Instance {
    client: Client,
    url: Url,
    token: SecretString,
}

/// The instance refused a call, in its words.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// Status of the answer.
    pub status: u16,
    /// What it said.
    pub message: String,
}

impl Instance {
    /// Signs in with the client that the environment names. Nothing of it is ever printed.
    ///
    /// # Errors
    /// When address or client are missing or refused.
    pub async fn sign_in(
        url: Option<&str>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let (mut address, mut id, mut secret) = (url.map(str::to_owned), None, None);
        for (name, value) in environment {
            let value = || {
                let text = value.into_string();
                text.map_err(|_| anyhow!("{} is not UTF-8", name.display()))
            };
            match name.to_str() {
                Some(URL) if address.is_none() => address = Some(value()?),
                Some(CLIENT_ID) => id = Some(value()?),
                Some(CLIENT_SECRET) => secret = Some(SecretString::from(value()?)),
                _ => {}
            }
        }
        let address = address.with_context(|| format!("name the instance with --url or {URL}"))?;
        let id = id.with_context(|| format!("set {CLIENT_ID} to the id of an API client"))?;
        let secret = secret
            .with_context(|| format!("set {CLIENT_SECRET} to the secret of the API client"))?;
        let url = Url::parse(&address)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .with_context(|| {
                format!("{address} is no address such as https://velodrome.example")
            })?;
        // Whoever types the address means it, be it on this machine or in a private network.
        let policy = EgressPolicy {
            allow: vec!["0.0.0.0/0".parse()?, "::/0".parse()?],
            rewrite: Vec::new(),
        };
        let mut instance = Self {
            client: Client::new(policy).context("setting up the client for calls out")?,
            url,
            token: SecretString::from(String::new()),
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &id)
            .append_pair("client_secret", secret.expose_secret())
            .finish();
        let answer = instance.send("POST", "/oauth/token", Some(Body::Form(form)));
        let answer = answer.await.context("signing in")?;
        let token = answer["access_token"].as_str();
        let token = token.context("signing in: the answer has no access token")?;
        instance.token = SecretString::from(token.to_owned());
        Ok(instance)
    }

    /// Reads.
    ///
    /// # Errors
    /// [`Refused`], or that the instance can't be reached.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send("GET", path, None).await
    }

    /// All items of a list.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        for page in 1.. {
            let join = if path.contains('?') { '&' } else { '?' };
            let answer = self
                .get(&format!("{path}{join}page={page}&pageSize={PAGE}"))
                .await?;
            let Value::Array(items) = answer else {
                bail!("{path} did not answer with a list");
            };
            let is_last = items.len() < PAGE;
            all.extend(items);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Sends a document.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let body = Body::Json(body.to_string());
        self.send("POST", path, Some(body)).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        let body = Body::Json(body.to_string());
        self.send("PUT", path, Some(body)).await
    }

    /// Deletes something.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.send("DELETE", path, None).await.map(|_| ())
    }

    async fn send(&self, method: &str, path: &str, body: Option<Body>) -> Result<Value> {
        let base = self.url.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).context("making the address of a call")?;
        let mut request = Request::new(method.parse().context("naming a method")?, url);
        request.redirects = Redirects::SameOrigin;
        request.secret_body = matches!(body, Some(Body::Form(_)));
        let token = self.token.expose_secret();
        if !token.is_empty() {
            let mut value: http::HeaderValue = format!("Bearer {token}")
                .parse()
                .context("using the access token")?;
            value.set_sensitive(true);
            request.headers.insert(http::header::AUTHORIZATION, value);
        }
        if let Some(body) = body {
            let (kind, text) = match body {
                Body::Json(text) => ("application/json", text),
                Body::Form(text) => ("application/x-www-form-urlencoded", text),
            };
            let kind = http::HeaderValue::from_static(kind);
            request.headers.insert(http::header::CONTENT_TYPE, kind);
            request.body = text.into();
        }
        let answer = self.client.send(request).await;
        let answer = answer.with_context(|| format!("calling {}", self.url))?;
        let status = answer.status;
        let bytes = answer
            .body
            .collect()
            .await
            .with_context(|| format!("reading the answer of {}", self.url))?;
        if !status.is_success() {
            let said: Option<Value> = serde_json::from_slice(&bytes).ok();
            let message = said.as_ref().and_then(|said| {
                let members = ["Message", "error_description", "error"];
                members.iter().find_map(|member| said[*member].as_str())
            });
            let message = message.map_or_else(|| format!("it answered {status}"), str::to_owned);
            return Err(Refused {
                status: status.as_u16(),
                message,
            }
            .into());
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes)
            .with_context(|| format!("{} did not answer with JSON; is it Velodrome?", self.url))
    }
}

enum Body {
    Json(String),
    Form(String),
}
