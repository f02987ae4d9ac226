//! A program that calls the REST API.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Answer;

/// Name of the header that chooses the account.
const ACCOUNT: &str = "X-Cyclr-Account";

/// A caller with its token and, for account-level calls, its account.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    origin: String,
    token: Option<String>,
    account: Option<String>,
}

impl Caller {
    /// Somebody without a token.
    pub fn anonymous(http: Client, origin: String) -> Self {
        Self {
            http,
            origin,
            token: None,
            account: None,
        }
    }

    /// The same caller with a token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same caller, in an account.
    pub fn in_account(&self, id: &str) -> Self {
        Self {
            account: Some(id.to_owned()),
            ..self.clone()
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, |request| request).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, |request| request).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, |request| request.json(&body))
            .await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, |request| request.json(&body))
            .await
    }

    /// `POST` with no body at all.
    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.send(Method::POST, path, |request| request).await
    }

    /// `PUT` with no body at all.
    pub async fn put_nothing(&self, path: &str) -> Answer {
        self.send(Method::PUT, path, |request| request).await
    }

    /// A body exactly as it is written here, said to be JSON.
    pub async fn send_text(&self, method: Method, path: &str, text: &str) -> Answer {
        self.send(method, path, |request| {
            request
                .header("Content-Type", "application/json")
                .body(text.to_owned())
        })
        .await
    }

    /// A form, as the token endpoint takes it.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, |request| request.form(fields))
            .await
    }

    /// Any other request.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        finish: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let call = format!("{method} {path}");
        let sent = self.attempt(method, path, finish).await;
        sent.unwrap_or_else(|error| panic!("{call}: {error}"))
    }

    /// Any request, to a server that may end meanwhile.
    ///
    /// # Errors
    /// When the server does not answer, or not to the end.
    pub async fn attempt(
        &self,
        method: Method,
        path: &str,
        finish: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, reqwest::Error> {
        let call = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.origin));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(account) = &self.account {
            request = request.header(ACCOUNT, account);
        }
        let response = finish(request).send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
            call,
        })
    }

    /// `GET` of a target exactly as it is written: an HTTP client would tidy `..` away first.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn get_exactly(&self, target: &str) -> Answer {
        let host = self.origin.trim_start_matches("http://");
        let mut head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        if let Some(token) = &self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(account) = &self.account {
            head.push_str(&format!("{ACCOUNT}: {account}\r\n"));
        }
        head.push_str("\r\n");
        let answered = exchange(host, &head).await;
        let text = answered.unwrap_or_else(|error| panic!("GET {target}: {error}"));
        Answer::from_wire(format!("GET {target}"), &text)
    }
}

async fn exchange(host: &str, head: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
