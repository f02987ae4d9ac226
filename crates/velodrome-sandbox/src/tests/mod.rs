//! The whole server through its HTTP service, as a client would meet it.

mod control;
mod definition_twin;
mod hooks;
mod oauth1;
mod oauth2;
mod pipedrive;
mod stripe;
mod threedcart;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::Value;
use tower::ServiceExt;
use url::Url;
use velodrome_model::Clock;

use crate::{IssueRequest, RateLimits, Sandbox, SandboxControl, SandboxOptions, TwinSource};

/// A clock that stands still until it is moved.
pub(super) struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub(super) fn forward(&self, by: TimeDelta) {
        *self.0.lock() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

/// A sandbox without a network.
pub(super) struct Bench {
    router: Router,
    pub(super) control: SandboxControl,
    pub(super) clock: Arc<HandClock>,
    pub(super) sandbox: Sandbox,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect goes.
    pub(super) fn location(&self) -> Url {
        assert_eq!(self.status, 302, "{}", self.text);
        Url::parse(self.header("location")).unwrap()
    }

    /// A form field that the page hides.
    pub(super) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&start).unwrap() + start.len();
        self.text[at..].split('"').next().unwrap().to_owned()
    }
}

pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut SandboxOptions)) -> Self {
        Self::playing(Vec::new(), change).await
    }

    /// Our own simulators, and twins of definitions.
    pub(super) async fn playing(
        definitions: Vec<TwinSource>,
        change: impl FnOnce(&mut SandboxOptions),
    ) -> Self {
        let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let clock = Arc::new(HandClock(Mutex::new(start)));
        let mut options = SandboxOptions {
            clock: clock.clone(),
            access_token_life: None,
            rate_limits: RateLimits::Off,
            seed: Some(1),
            webhook_retry: std::time::Duration::from_millis(5),
        };
        change(&mut options);
        let address = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::with_definitions(address, options, definitions)
            .await
            .unwrap();
        Self {
            router: sandbox.router(),
            control: sandbox.control(),
            clock,
            sandbox,
        }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A request as the egress client sends it: our path, the provider's `Host`.
    pub(super) async fn call(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let url = Url::parse(url).unwrap();
        let path = url.as_str()[url.origin().ascii_serialization().len()..].to_owned();
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap()),
            None => url.host_str().unwrap().to_owned(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(super) async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Reply {
        self.call("GET", url, headers, "").await
    }

    pub(super) async fn post_form(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        pairs: &[(&str, &str)],
    ) -> Reply {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.call("POST", url, &headers, &form(pairs)).await
    }

    pub(super) async fn send_json(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Reply {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.call(method, url, &headers, &body.to_string()).await
    }

    /// A fresh access token, ready for `Authorization`.
    pub(super) fn bearer(
        &self,
        provider: &str,
        client_id: &str,
        tenant: Option<&str>,
        scopes: &[&str],
    ) -> String {
        let request = IssueRequest {
            client_id: client_id.to_owned(),
            client_secret: format!("{client_id}-secret"),
            tenant: tenant.map(str::to_owned),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        };
        format!(
            "Bearer {}",
            self.control.issue(provider, &request).unwrap().access_token
        )
    }
}
