//! Documents fetched through the egress guard.

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderValue, Method, header::ACCEPT};
use url::Url;

use super::{MAX_BYTES, Resolver};
use crate::egress::{Client, Request};

/// Time for one document.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Fetches documents with the one client that obeys the operator's rules.
#[derive(Clone)]
pub struct EgressResolver {
    client: Client,
}

impl EgressResolver {
    /// A resolver over this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Resolver for EgressResolver {
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, String> {
        let mut request = Request::new(Method::GET, url.clone());
        let accept = "application/json, application/yaml;q=0.9, */*;q=0.1";
        request
            .headers
            .insert(ACCEPT, HeaderValue::from_static(accept));
        request.timeout = TIMEOUT;
        request.max_response = MAX_BYTES as u64;
        let response = self
            .client
            .send(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status;
        if !status.is_success() {
            return Err(format!("the server answered {status}"));
        }
        let bytes = response.bytes().await.map_err(|error| error.to_string())?;
        Ok(bytes.into())
    }
}
