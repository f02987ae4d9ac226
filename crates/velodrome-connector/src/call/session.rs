//! One call on its way: pages are asked for one after the other with the credential of the moment.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use velodrome_model::{definition::TargetType, location::Location};

use super::{
    Call, CallError, Exchange, Patience, Pipeline, body,
    hosts::Hosts,
    record::{Sent, is_secret, redactor},
    request::{Ingredients, Prepared, identity_of, prepare},
    values::{Found, Parameters},
};
use crate::{
    auth::{Credential, CredentialError, CredentialSource, retry_after},
    egress::{EgressError, Request, RequestBody},
    metrics,
    paging::{Cursor, Style, TokenSource, Variable, records},
    rate_limit::{Limits, TooLong},
};

/// A call while it runs.
pub(super) struct Session<'a> {
    pipeline: &'a Pipeline,
    call: Call<'a>,
    parameters: Parameters<'a>,
    /// The same without what the caller gave: decides whom credentials may go to.
    setup: Parameters<'a>,
    source: &'a dyn CredentialSource,
    credential: Arc<Credential>,
    renewed: bool,
    /// Records a page.
    pub size: Option<u32>,
}

/// A successful answer.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub url: Url,
    pub body: Bytes,
    pub sent: Sent,
}

impl<'a> Session<'a> {
    /// Finds values and a credential.
    pub(super) async fn start(
        pipeline: &'a Pipeline,
        call: Call<'a>,
        source: &'a dyn CredentialSource,
    ) -> Result<Self, CallError> {
        let parameters = Parameters::resolve(call)?;
        let setup = Parameters::resolve_setup(call)?;
        let credential = source.current().await?;
        Ok(Self {
            pipeline,
            call,
            parameters,
            setup,
            source,
            credential,
            renewed: false,
            size: None,
        })
    }

    /// The parameters.
    pub(super) fn parameters(&self) -> &Parameters<'a> {
        &self.parameters
    }

    /// How the method pages.
    pub(super) fn style(&self) -> Result<Style, CallError> {
        let cursor = Cursor::default();
        let fields = self
            .parameters
            .source(&cursor, self.size, Some(&self.credential));
        let mut style = Style {
            size: self.size,
            numbered: false,
            next_url: None,
            tokens: Vec::new(),
            records: records(self.call.method),
        };
        let mut consumed = Vec::new();
        for one in self.parameters.iter() {
            let Found::Paging(variable) = &one.value else {
                continue;
            };
            // A parameter whose name merges to nothing is not sent, so it can't page either.
            let Some(name) = fields.target_name(one)? else {
                continue;
            };
            match (one.parameter.target_type, variable) {
                (TargetType::ResponseField, Variable::NextUrl) => {
                    style.next_url = Some(location(&name)?)
                }
                (TargetType::ResponseField, Variable::Token(suffix)) => {
                    style.tokens.push(TokenSource {
                        suffix: suffix.clone(),
                        location: location(&name)?,
                    });
                }
                (
                    TargetType::HttpHeader | TargetType::QueryString | TargetType::MergeField,
                    Variable::Token(suffix),
                ) => {
                    consumed.push(suffix.clone());
                }
                (
                    TargetType::HttpHeader | TargetType::QueryString | TargetType::MergeField,
                    Variable::Number | Variable::Offset,
                ) => {
                    style.numbered = true;
                }
                _ => {}
            }
        }
        style
            .tokens
            .retain(|token| consumed.contains(&token.suffix));
        Ok(style)
    }

    /// The body of the request on this page.
    pub(super) fn body(&self, cursor: &Cursor) -> Result<Value, CallError> {
        body::build(
            &self.call,
            &self
                .parameters
                .source(cursor, self.size, Some(&self.credential)),
        )
    }

    /// A value of the definition or its sources, as FilterFields need it.
    pub(super) fn value_of(
        &self,
        one: &super::values::Resolved<'_>,
        cursor: &Cursor,
    ) -> Result<Option<Value>, CallError> {
        self.parameters
            .source(cursor, self.size, Some(&self.credential))
            .parameter_value(one)
    }

    /// Fetches one page. `chunk` is the body when the request is one of several, `next` the page's
    /// address when the former page gave it.
    pub(super) async fn page(
        &mut self,
        cursor: &Cursor,
        chunk: Option<&Value>,
        next: Option<&Url>,
        cross_origin: bool,
    ) -> Result<Answer, CallError> {
        loop {
            let (prepared, with_credential) = self.prepared(cursor, chunk, next, cross_origin)?;
            let answer = self.send(prepared).await?;
            match answer.status {
                status if status.is_success() => return Ok(answer),
                StatusCode::UNAUTHORIZED if with_credential && self.can_renew() => {
                    self.renewed = true;
                    match self.source.renewed(&self.credential).await {
                        Ok(credential) => self.credential = credential,
                        Err(CredentialError::NotRenewable) => return Err(self.failed(&answer)),
                        Err(error) => return Err(error.into()),
                    }
                }
                StatusCode::TOO_MANY_REQUESTS => self.refused(&answer)?,
                _ => return Err(self.failed(&answer)),
            }
        }
    }

    fn can_renew(&self) -> bool {
        let rules = self.call.authentication.oauth2.as_ref();
        !self.renewed && rules.is_some_and(|oauth2| oauth2.refresh.on401)
    }

    fn prepared(
        &self,
        cursor: &Cursor,
        chunk: Option<&Value>,
        next: Option<&Url>,
        cross_origin: bool,
    ) -> Result<(Prepared, bool), CallError> {
        let setup_cursor = Cursor::default();
        let setup = self
            .setup
            .source(&setup_cursor, self.size, Some(&self.credential));
        let hosts = Hosts::new(self.call.definition, &setup);
        let fields = self
            .parameters
            .source(cursor, self.size, Some(&self.credential));
        let whole;
        let body = match chunk {
            Some(chunk) => chunk,
            None => {
                whole = body::build(&self.call, &fields)?;
                &whole
            }
        };
        let ingredients = Ingredients {
            parameters: &self.parameters,
            fields: &fields,
            body,
            next,
        };
        if let Some(next) = next.filter(|next| !hosts.trusts(next)) {
            if !cross_origin {
                let host = next.host_str().unwrap_or_default();
                return Err(CallError::Paging {
                    message: format!(
                        "the next page is at {host}, which is not one of the connector's hosts"
                    ),
                });
            }
            let mut prepared = prepare(&self.call, &ingredients, None)?;
            let sensitive: Vec<_> = prepared
                .headers
                .iter()
                .filter(|(_, value)| value.is_sensitive())
                .map(|(name, _)| name.clone())
                .collect();
            for name in sensitive {
                prepared.headers.remove(name);
            }
            return Ok((prepared, false));
        }
        let mut prepared = prepare(&self.call, &ingredients, Some(&self.credential))?;
        if next.is_none() && is_secret(&self.call, &self.credential) && !hosts.trusts(&prepared.url)
        {
            let host = prepared.url.host_str().unwrap_or_default();
            return Err(CallError::Refused {
                message: format!(
                    "credentials may not be sent to {host}: it is not one of the connector's hosts"
                ),
            });
        }
        prepared.authenticate(&self.call, &self.credential, self.pipeline.clock.now())?;
        prepared.identity = identity_of(&self.call, &setup)?;
        Ok((prepared, true))
    }

    async fn send(&self, prepared: Prepared) -> Result<Answer, CallError> {
        let most = match self.call.patience {
            Patience::Unbounded => None,
            Patience::AtMost(most) => Some(most),
        };
        let limits = Limits {
            account_connector: self.call.context.account_connector,
            connector: &self.call.definition.rate_limits,
            method: self
                .call
                .method
                .rate_limit
                .as_ref()
                .map(|rate| (self.call.method.key.as_str(), rate)),
        };
        let asked = Instant::now();
        self.pipeline
            .limiter
            .acquire(&limits, most)
            .await
            .map_err(|TooLong(retry_after)| CallError::RateLimited {
                retry_after,
                exchange: None,
            })?;
        metrics::waited(asked.elapsed());
        let Prepared {
            method,
            url,
            headers,
            body,
            secret_body,
            identity,
        } = prepared;
        let (_, content) = body.finish();
        let sent = Sent {
            method,
            url,
            headers,
            body: content,
        };
        let mut request = Request::new(sent.method.clone(), sent.url.clone());
        request.headers = sent.headers.clone();
        request.secret_body = secret_body;
        request.identity = identity;
        if !sent.body.is_empty() {
            request.body = RequestBody::Bytes(sent.body.clone());
        }
        if let Some(seconds) = self.call.method.timeout_seconds {
            request.timeout = Duration::from_secs(seconds.into());
        }
        let response = match self.pipeline.client.send(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.unreached(&error, &sent)),
        };
        let (status, headers, url) = (response.status, response.headers, response.url);
        if status != StatusCode::TOO_MANY_REQUESTS {
            self.pipeline
                .limiter
                .answered(self.call.context.account_connector);
        }
        metrics::page(&self.call.definition.slug);
        match response.body.collect().await {
            Ok(body) => Ok(Answer {
                status,
                headers,
                url,
                body,
                sent,
            }),
            Err(error) => Err(self.unreached(&error, &sent)),
        }
    }

    /// Waits a 429 out where the caller can, else says when to come back.
    fn refused(&self, answer: &Answer) -> Result<(), CallError> {
        metrics::refused(&self.call.definition.slug);
        let asked = retry_after(&answer.headers, self.pipeline.clock.now());
        let wait = self
            .pipeline
            .limiter
            .refused(self.call.context.account_connector, asked);
        match self.call.patience {
            Patience::Unbounded => {
                tracing::warn!(
                    connector = self.call.definition.slug,
                    account_connector.id = self.call.context.account_connector.0,
                    wait_seconds = wait.as_secs(),
                    "The provider asks for a pause; the request is sent again after it"
                );
                Ok(())
            }
            Patience::AtMost(_) => Err(CallError::RateLimited {
                retry_after: wait,
                exchange: Some(self.exchange(answer)),
            }),
        }
    }

    /// The redacted exchange of an answer.
    pub(super) fn exchange(&self, answer: &Answer) -> Box<Exchange> {
        answer.sent.answered(
            &redactor(&self.call, Some(&self.credential)),
            answer.status,
            &answer.body,
        )
    }

    fn failed(&self, answer: &Answer) -> CallError {
        CallError::Upstream {
            status: answer.status,
            exchange: self.exchange(answer),
        }
    }

    fn unreached(&self, error: &EgressError, sent: &Sent) -> CallError {
        CallError::unreached(error, || {
            sent.unanswered(&redactor(&self.call, Some(&self.credential)))
        })
    }
}

impl CallError {
    /// What it means that no (complete) answer came.
    pub(super) fn unreached(error: &EgressError, exchange: impl FnOnce() -> Box<Exchange>) -> Self {
        match error {
            EgressError::Refused(refusal) => Self::Refused {
                message: refusal.to_string(),
            },
            EgressError::Identity(fault) => Self::Build {
                field: None,
                message: fault.to_string(),
            },
            EgressError::Timeout { .. } => Self::Timeout {
                exchange: exchange(),
            },
            EgressError::TooLarge { limit, .. } => Self::TooLarge {
                limit: *limit,
                exchange: exchange(),
            },
            EgressError::Truncated { .. }
            | EgressError::Protocol { .. }
            | EgressError::TooManyRedirects { .. } => Self::Unreadable {
                message: error.to_string(),
                exchange: exchange(),
            },
            EgressError::Dns { .. }
            | EgressError::Connect { .. }
            | EgressError::Tls { .. }
            | EgressError::Body { .. } => Self::Unreachable {
                message: error.to_string(),
                exchange: exchange(),
            },
        }
    }
}

fn location(text: &str) -> Result<Location, CallError> {
    text.parse()
        .map_err(|error| CallError::build(text, &format!("{error}")))
}
