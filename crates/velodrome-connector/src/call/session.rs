//! One call on its way: pages are asked for one after the other with the credential of the moment.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use velodrome_model::{definition::TargetType, location::Location};
use velodrome_script::Event;

use super::{
    Call, CallError, Exchange, Patience, Pipeline, Properties, body,
    events::{Scripts, Verdict, answer_text},
    hosts::Hosts,
    record::{Sent, is_secret, redactor},
    request::{Draft, Prepared, identity_of, prepare},
    values::{Fields, Found, Parameters},
};
use crate::{
    auth::{Credential, CredentialError, CredentialSource, retry_after},
    egress::{EgressError, Identity, Request, RequestBody},
    metrics,
    paging::{Cursor, Style, TokenSource, Variable, records},
    rate_limit::{Limits, TooLong},
};

/// A call while it runs.
pub(super) struct Session<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) call: Call<'a>,
    pub(super) parameters: Parameters<'a>,
    /// The same without what the caller gave: decides whom credentials may go to.
    setup: Parameters<'a>,
    pub(super) source: &'a dyn CredentialSource,
    pub(super) credential: Arc<Credential>,
    renewed: bool,
    /// Its scripts; none for most calls.
    pub(super) scripts: Option<Scripts>,
    /// Room for properties that replace those of the call while it runs.
    newer: &'a OnceLock<Properties>,
    /// Records a page.
    pub size: Option<u32>,
}

/// What a page's request came to.
pub(super) enum Page {
    /// The provider's answer.
    Answer(Box<Answer>),
    /// What a script puts in its place, which ends the call.
    Replaced(Value),
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
        newer: &'a OnceLock<Properties>,
    ) -> Result<Self, CallError> {
        let scripts = Scripts::of(&call, pipeline)?;
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
            scripts,
            newer,
            size: None,
        })
    }

    /// The same for a request that came in, where a script wants to see it. Its scripts are let loose even
    /// where there is no credential, with which they may make requests of their own.
    pub(super) async fn inbound(
        pipeline: &'a Pipeline,
        call: Call<'a>,
        source: &'a dyn CredentialSource,
        newer: &'a OnceLock<Properties>,
        event: Event,
    ) -> Result<Option<Self>, CallError> {
        let Some(scripts) = Scripts::of(&call, pipeline)?.filter(|all| all.levels.handle(event))
        else {
            return Ok(None);
        };
        let setup = Parameters::resolve_setup(call)?;
        let credential = match source.current().await {
            Ok(credential) => credential,
            Err(CredentialError::NotAuthenticated) => Arc::default(),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Self {
            pipeline,
            call,
            parameters: Parameters::resolve_setup(call)?,
            setup,
            source,
            credential,
            renewed: false,
            scripts: Some(scripts),
            newer,
            size: None,
        }))
    }

    /// Goes on with newer properties.
    pub(super) fn adopt(&mut self, properties: Properties) -> Result<(), CallError> {
        self.call.values.properties = self.newer.get_or_init(|| properties);
        self.parameters = Parameters::resolve(self.call)?;
        self.setup = Parameters::resolve_setup(self.call)?;
        Ok(())
    }

    /// What mergefields mean on a page, scripts included.
    pub(super) fn fields<'s>(&'s self, cursor: &'s Cursor) -> Fields<'s> {
        self.parameters
            .source(cursor, self.size, Some(&self.credential))
            .with(self.scripts.as_ref().map(|scripts| &scripts.overrides))
    }

    /// The client certificate that goes with the credential.
    pub(super) fn identity(&self) -> Result<Option<Identity>, CallError> {
        let cursor = Cursor::default();
        let setup = self
            .setup
            .source(&cursor, self.size, Some(&self.credential));
        identity_of(&self.call, &setup)
    }

    /// Whether the credential may go to this address.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        let cursor = Cursor::default();
        let setup = self
            .setup
            .source(&cursor, self.size, Some(&self.credential));
        Hosts::new(self.call.definition, &setup).trusts(url)
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
        self.fields(cursor).parameter_value(one)
    }

    /// Fetches one page. `chunk` is the body when the request is one of several, `next` the page's
    /// address when the former page gave it.
    pub(super) async fn page(
        &mut self,
        cursor: &Cursor,
        chunk: Option<&Value>,
        next: Option<&Url>,
        cross_origin: bool,
    ) -> Result<Page, CallError> {
        loop {
            let (prepared, with_credential) =
                self.prepared(cursor, chunk, next, cross_origin).await?;
            let answer = match self.send(prepared).await {
                Ok(answer) => answer,
                Err(
                    error @ (CallError::Timeout { .. }
                    | CallError::Unreachable { .. }
                    | CallError::Unreadable { .. }
                    | CallError::TooLarge { .. }),
                ) => match self.after_error(None, error).await? {
                    Verdict::Failed(error) => return Err(error),
                    Verdict::Replaced(value) => return Ok(Page::Replaced(value)),
                    Verdict::Again => continue,
                },
                Err(error) => return Err(error),
            };
            match answer.status {
                status if status.is_success() => return Ok(Page::Answer(Box::new(answer))),
                StatusCode::UNAUTHORIZED if with_credential && self.can_renew() => {
                    self.renewed = true;
                    match self.source.renewed(&self.credential).await {
                        Ok(credential) => self.credential = credential,
                        // A credential that nothing can renew: the answer stands as it is.
                        Err(CredentialError::NotRenewable) => {
                            if let Some(page) = self.final_answer(&answer).await? {
                                return Ok(page);
                            }
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                StatusCode::TOO_MANY_REQUESTS => self.refused(&answer)?,
                // A step waits for a service that says when it is back as for one that is too busy
                // (cycles.md §11.7).
                StatusCode::SERVICE_UNAVAILABLE
                    if self.call.scripting.cycle.is_some()
                        && answer.headers.contains_key(RETRY_AFTER) =>
                {
                    self.refused(&answer)?;
                }
                _ => {
                    if let Some(page) = self.final_answer(&answer).await? {
                        return Ok(page);
                    }
                }
            }
        }
    }

    /// What an answer that is no success comes to; none where the request is sent again.
    async fn final_answer(&mut self, answer: &Answer) -> Result<Option<Page>, CallError> {
        let failure = self.failed(answer);
        let said = Some((answer.status, answer_text(&answer.body)));
        match self.after_error(said, failure).await? {
            Verdict::Failed(error) => Err(error),
            Verdict::Replaced(value) => Ok(Some(Page::Replaced(value))),
            Verdict::Again => Ok(None),
        }
    }

    fn can_renew(&self) -> bool {
        let rules = self.call.authentication.oauth2.as_ref();
        !self.renewed && rules.is_some_and(|oauth2| oauth2.refresh.on401)
    }

    /// The request of a page before scripts have seen it.
    pub(super) fn draft(
        &self,
        cursor: &Cursor,
        chunk: Option<&Value>,
        next: Option<&Url>,
    ) -> Result<Draft, CallError> {
        let fields = self.fields(cursor);
        let body = match chunk {
            Some(chunk) => chunk.clone(),
            None => body::build(&self.call, &fields)?,
        };
        Draft::new(&fields, &self.call.method.request, body, next)
    }

    async fn prepared(
        &mut self,
        cursor: &Cursor,
        chunk: Option<&Value>,
        next: Option<&Url>,
        cross_origin: bool,
    ) -> Result<(Prepared, bool), CallError> {
        let mut draft = self.draft(cursor, chunk, next)?;
        if self.scripts.is_some() {
            draft = self.before_action(draft, cursor).await?;
        }
        self.addressed(&draft, cursor, next, cross_origin)
    }

    fn addressed(
        &mut self,
        draft: &Draft,
        cursor: &Cursor,
        next: Option<&Url>,
        cross_origin: bool,
    ) -> Result<(Prepared, bool), CallError> {
        if let Some(next) = next.filter(|next| !self.trusts(next)) {
            if !cross_origin {
                let host = next.host_str().unwrap_or_default();
                return Err(CallError::Paging {
                    message: format!(
                        "the next page is at {host}, which is not one of the connector's hosts"
                    ),
                });
            }
            let mut prepared = prepare(&self.call, &self.fields(cursor), draft, None)?;
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
        let mut prepared = prepare(
            &self.call,
            &self.fields(cursor),
            draft,
            Some(&self.credential),
        )?;
        if let Some(scripts) = &mut self.scripts {
            scripts.sent(prepared.url.to_string());
        }
        if is_secret(&self.call, &self.credential) && !self.trusts(&prepared.url) {
            let host = prepared.url.host_str().unwrap_or_default();
            return Err(CallError::Refused {
                message: format!(
                    "credentials may not be sent to {host}: it is not one of the connector's hosts"
                ),
            });
        }
        prepared.authenticate(&self.call, &self.credential, self.pipeline.clock.now())?;
        prepared.identity = self.identity()?;
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
        let began = Instant::now();
        let response = match self.pipeline.client.send(request).await {
            Ok(response) => response,
            Err(error) => {
                self.write_down(&sent, None, began);
                return Err(self.unreached(&error, &sent));
            }
        };
        let (status, headers, url) = (response.status, response.headers, response.url);
        if status != StatusCode::TOO_MANY_REQUESTS {
            self.pipeline
                .limiter
                .answered(self.call.context.account_connector);
        }
        metrics::page(&self.call.definition.slug);
        match response.body.collect().await {
            Ok(body) => {
                self.write_down(&sent, Some((status, &headers, &body)), began);
                Ok(Answer {
                    status,
                    headers,
                    url,
                    body,
                    sent,
                })
            }
            Err(error) => {
                self.write_down(&sent, None, began);
                Err(self.unreached(&error, &sent))
            }
        }
    }

    /// Writes a request down where somebody keeps a history.
    fn write_down(
        &self,
        sent: &Sent,
        answer: Option<(StatusCode, &HeaderMap, &[u8])>,
        began: Instant,
    ) {
        if let Some(journal) = self.call.journal {
            let redactor = redactor(&self.call, Some(&self.credential));
            journal.write(&redactor, sent, answer, began.elapsed());
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
