//! Documents fetched through the egress guard.

use std::time::Duration;

use async_trait::async_trait;
use http::{
    HeaderValue, Method, StatusCode,
    header::{ACCEPT, USER_AGENT},
};
use tokio::time::Instant;
use url::Url;

use super::{MAX_BYTES, Resolver};
use crate::egress::{Client, EgressError, Request};

/// Time for one document.
const ONE: Duration = Duration::from_secs(30);
/// Time for all documents of one import together.
const ALL: Duration = Duration::from_secs(120);

/// Fetches the documents of one import, with the one client that obeys the operator's rules.
#[derive(Clone)]
pub struct EgressResolver {
    client: Client,
    user_agent: Option<HeaderValue>,
    until: Instant,
}

/// A document and where it was found.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The address that answered, after redirects: what the document refers to starts there (RFC 3986 §5.1.3).
    pub url: Url,
    /// The document.
    pub bytes: Vec<u8>,
}

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No complete answer, or the guard said no.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// An answer without a document.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// Many documents, or slow ones.
    #[error("the documents were not there within {} s", ALL.as_secs())]
    Slow,
}

impl EgressResolver {
    /// A resolver over this client; the time for the import begins now.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            user_agent: None,
            until: Instant::now() + ALL,
        }
    }

    /// The same, in this name. One that can't stand in a header is left out.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = HeaderValue::from_str(user_agent).ok();
        self
    }

    /// The document at an address, at most [`MAX_BYTES`].
    ///
    /// # Errors
    /// When the guard refuses, or no such document comes in time.
    pub async fn get(&self, url: &Url) -> Result<Fetched, FetchError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(FetchError::Slow);
        }
        let mut request = Request::new(Method::GET, url.clone());
        let accept = "application/json, application/yaml;q=0.9, */*;q=0.1";
        request
            .headers
            .insert(ACCEPT, HeaderValue::from_static(accept));
        if let Some(user_agent) = &self.user_agent {
            request.headers.insert(USER_AGENT, user_agent.clone());
        }
        request.timeout = ONE.min(left);
        request.max_response = MAX_BYTES as u64;
        let response = self.client.send(request).await?;
        if !response.status.is_success() {
            return Err(FetchError::Status(response.status));
        }
        let url = response.url.clone();
        let bytes = response.bytes().await?.into();
        Ok(Fetched { url, bytes })
    }
}

#[async_trait]
impl Resolver for EgressResolver {
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, String> {
        let fetched = self.get(url).await.map_err(|error| error.to_string())?;
        Ok(fetched.bytes)
    }
}
