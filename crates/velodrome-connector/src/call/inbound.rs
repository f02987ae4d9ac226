//! Requests that providers send: what scripts make of them (scripting.md §2, `before_webhook` and
//! `after_webhook`).

use std::sync::OnceLock;

use http::HeaderMap;
use serde_json::{Map, Value, json};
use velodrome_script::Event;

use super::{Call, CallError, Pipeline, Properties, events::shown_headers, session::Session};
use crate::auth::CredentialSource;

/// A request to a webhook's address, its body read.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The address that it was sent to.
    pub endpoint: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Parameters of its query.
    pub parameters: Map<String, Value>,
    /// The body.
    pub body: Value,
}

/// What a script answers a webhook's sender.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Pipeline {
    /// `before_webhook`: the answer, where a script answers itself and nothing else follows.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn before_webhook(
        &self,
        call: &Call<'_>,
        credentials: &dyn CredentialSource,
        arrival: &Arrival,
    ) -> Result<Option<WebhookAnswer>, CallError> {
        let newer = OnceLock::<Properties>::new();
        let Some(mut session) =
            Session::inbound(self, *call, credentials, &newer, Event::BeforeWebhook).await?
        else {
            return Ok(None);
        };
        let given = vec![
            ("method_endpoint", arrival.endpoint.as_str().into()),
            ("method_request_headers", shown_headers(&arrival.headers)),
            (
                "method_request_parameters",
                arrival.parameters.clone().into(),
            ),
            ("method_request", arrival.body.clone()),
            ("method_response_headers", json!({})),
            ("method_response", json!({})),
            ("method_response_status", 200.into()),
        ];
        let mut outcome = session.run(Event::BeforeWebhook, given).await?;
        if !outcome.stopped {
            return Ok(None);
        }
        let mut left = |name: &str| outcome.globals.remove(name).unwrap_or_default();
        let status = left("method_response_status")
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| (200..600).contains(status));
        let headers = match left("method_response_headers") {
            Value::Object(headers) => headers,
            _ => Map::new(),
        };
        Ok(Some(WebhookAnswer {
            status: status.unwrap_or(200),
            headers: headers
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, velodrome_model::definition::scalar_text(&value)))
                .collect(),
            body: left("method_response"),
        }))
    }

    /// `after_webhook`: the body as scripts left it; none where one of them dropped the request.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn after_webhook(
        &self,
        call: &Call<'_>,
        credentials: &dyn CredentialSource,
        body: Value,
    ) -> Result<Option<Value>, CallError> {
        let newer = OnceLock::<Properties>::new();
        let Some(mut session) =
            Session::inbound(self, *call, credentials, &newer, Event::AfterWebhook).await?
        else {
            return Ok(Some(body));
        };
        let mut outcome = session
            .run(Event::AfterWebhook, vec![("method_response", body)])
            .await?;
        if outcome.stopped {
            return Ok(None);
        }
        Ok(Some(
            outcome
                .globals
                .remove("method_response")
                .unwrap_or_default(),
        ))
    }
}
