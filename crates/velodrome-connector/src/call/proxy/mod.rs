//! The generic proxy: any request below the connector's base URL, with its credentials, rate limits and
//! guard applied and the answer passed on as it comes (connectors.md §12).

mod headers;
mod routes;

pub use routes::ProxyRoutes;

use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{CONTENT_TYPE, USER_AGENT},
};
use serde_json::Map;
use tokio::time::Instant;
use url::{Url, form_urlencoded};
use velodrome_model::definition::{Authentication, ConnectorDefinition, TargetType, scalar_text};

use headers::{strip, strip_answer};
use routes::below;

use super::{
    Call, CallError, Context, Mode, Patience, Pipeline, Properties, Values,
    hosts::Hosts,
    record::{Sent, redactor},
    request::{identity_of, not_applied},
    values::{Fields, Parameters},
};
use crate::{
    auth::{
        BodyToSign, Credential, CredentialError, CredentialSource, Unauthenticated, apply,
        body_values, oauth1, retry_after,
    },
    egress::{EgressError, Redirects, Request, RequestBody, Response},
    metrics,
    paging::Cursor,
    rate_limit::{Limits, TooLong},
};

/// A request for the proxy.
pub struct ProxyRequest<'a> {
    /// The connector release.
    pub definition: &'a ConnectorDefinition,
    /// Its routes.
    pub routes: &'a ProxyRoutes,
    /// The authentication that the account connector was installed with.
    pub authentication: &'a Authentication,
    /// The account connector's properties.
    pub properties: &'a Properties,
    /// The partner's setup of the connector.
    pub partner: &'a Properties,
    /// On whose behalf.
    pub context: &'a Context,
    /// Signs the requests of an OAuth 1.0a connector.
    pub signer: Option<&'a oauth1::Signer>,
    /// How long the caller can wait for its turn.
    pub patience: Patience,
    /// Another of the connector's hosts, as the caller named it.
    pub base: Option<&'a str>,
    /// The verb.
    pub method: Method,
    /// Path and query below the base, still encoded as they came.
    pub path_and_query: &'a str,
    /// The caller's headers; those that concern only us are left out.
    pub headers: HeaderMap,
    /// The body. Only bodies in memory can be sent again after a 401.
    pub body: RequestBody,
}

impl Pipeline {
    /// Sends a request on and answers with the head of the provider's answer, whatever its status; the
    /// body is streamed by the caller.
    pub async fn proxy(
        &self,
        request: ProxyRequest<'_>,
        credentials: &dyn CredentialSource,
    ) -> Result<Response, CallError> {
        let started = Instant::now();
        let slug = &request.definition.slug;
        let result = self.pass_on(request, credentials).await;
        metrics::called(
            slug,
            result.as_ref().err().map_or("proxied", CallError::label),
            started.elapsed(),
        );
        result
    }

    async fn pass_on(
        &self,
        mut request: ProxyRequest<'_>,
        credentials: &dyn CredentialSource,
    ) -> Result<Response, CallError> {
        let none = Map::new();
        let call = Call {
            definition: request.definition,
            method: &request.routes.method,
            authentication: request.authentication,
            values: Values {
                parameters: &none,
                fields: &none,
                properties: request.properties,
                partner: request.partner,
                sparse: false,
            },
            context: request.context,
            signer: request.signer,
            mode: Mode::FirstPage,
            patience: request.patience,
            journal: None,
            scripting: Default::default(),
        };
        let parameters = Parameters::resolve_setup(call)?;
        let mut credential = credentials.current().await?;
        let mut headers = std::mem::take(&mut request.headers);
        strip(&mut headers);
        headers.insert(USER_AGENT, agent(request.context)?);
        let mut body = std::mem::take(&mut request.body);
        let renewable = request
            .authentication
            .oauth2
            .as_ref()
            .is_some_and(|oauth2| oauth2.refresh.on401);
        let mut again = if renewable { replay(&body) } else { None };
        loop {
            let cursor = Cursor::default();
            let fields = parameters.source(&cursor, None, Some(&credential));
            let mut outgoing = Request::new(request.method.clone(), address(&request, &fields)?);
            let spare = again.as_ref().map(|_| headers.clone());
            (outgoing.headers, outgoing.body) = (headers, body);
            outgoing.redirects = Redirects::Never;
            outgoing.identity = identity_of(&call, &fields)?;
            complete(&mut outgoing, &call, &fields, &credential, self.clock.now())?;
            let response = self.forward(&call, outgoing, &credential).await?;
            let (StatusCode::UNAUTHORIZED, Some(same_body), Some(same_headers)) =
                (response.status, again.take(), spare)
            else {
                return Ok(response);
            };
            credential = match credentials.renewed(&credential).await {
                Ok(renewed) => renewed,
                Err(CredentialError::NotRenewable) => return Ok(response),
                Err(error) => return Err(error.into()),
            };
            (headers, body) = (same_headers, same_body);
        }
    }

    async fn forward(
        &self,
        call: &Call<'_>,
        request: Request,
        credential: &Credential,
    ) -> Result<Response, CallError> {
        let account_connector = call.context.account_connector;
        let most = match call.patience {
            Patience::Unbounded => None,
            Patience::AtMost(most) => Some(most),
        };
        let limits = Limits {
            account_connector,
            connector: &call.definition.rate_limits,
            method: None,
        };
        self.limiter
            .acquire(&limits, most)
            .await
            .map_err(|TooLong(retry_after)| CallError::RateLimited {
                retry_after,
                exchange: None,
            })?;
        let (method, url) = (request.method.clone(), request.url.clone());
        let mut response = self.client.send(request).await.map_err(|error| {
            let sent = Sent {
                method,
                url,
                headers: HeaderMap::new(),
                body: bytes::Bytes::new(),
            };
            unreached(call, credential, &error, &sent)
        })?;
        if response.status == StatusCode::TOO_MANY_REQUESTS {
            metrics::refused(&call.definition.slug);
            self.limiter.refused(
                account_connector,
                retry_after(&response.headers, self.clock.now()),
            );
        } else {
            self.limiter.answered(account_connector);
        }
        strip_answer(&mut response.headers);
        Ok(response)
    }
}

/// The body for another try; none when it can be read only once.
fn replay(body: &RequestBody) -> Option<RequestBody> {
    match body {
        RequestBody::Empty => Some(RequestBody::Empty),
        RequestBody::Bytes(bytes) => Some(RequestBody::Bytes(bytes.clone())),
        RequestBody::Stream(_) => None,
    }
}

fn agent(context: &Context) -> Result<HeaderValue, CallError> {
    HeaderValue::try_from(context.user_agent.trim()).map_err(|_| {
        CallError::build(
            "User-Agent",
            "the value contains characters that no header can carry",
        )
    })
}

/// The address and what the connector's own parameters add to it.
fn address(request: &ProxyRequest<'_>, fields: &Fields<'_>) -> Result<Url, CallError> {
    let base = match request.base {
        Some(base) => {
            let url = base
                .parse::<Url>()
                .map_err(|_| CallError::build("X-Velodrome-Base-Url", "it is no absolute URL"))?;
            if !Hosts::new(request.definition, fields).trusts(&url) {
                let host = url.host_str().unwrap_or_default();
                return Err(CallError::Refused {
                    message: format!("{host} is not one of the connector's hosts"),
                });
            }
            url
        }
        None => {
            let base = request
                .routes
                .base
                .as_ref()
                .ok_or_else(|| CallError::Build {
                    field: None,
                    message: "the connector has no endpoint to derive a base URL from".to_owned(),
                })?;
            base.merge_address(fields)
                .map_err(|error| CallError::address(&error))?
        }
    };
    let mut url = below(&base, request.path_and_query)?;
    let mut pairs = Vec::new();
    for one in fields
        .parameters()
        .iter()
        .filter(|one| one.parameter.target_type == TargetType::QueryString)
    {
        if let (Some(name), Some(value)) = (fields.target_name(one)?, fields.parameter_value(one)?)
            && !url.query_pairs().any(|(present, _)| present == name)
        {
            pairs.push((name, scalar_text(&value)));
        }
    }
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(url)
}

/// Completes a request: the connector's own headers, then the credential.
fn complete(
    request: &mut Request,
    call: &Call<'_>,
    fields: &Fields<'_>,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Result<(), CallError> {
    let headers = &mut request.headers;
    for one in fields
        .parameters()
        .iter()
        .filter(|one| one.parameter.target_type == TargetType::HttpHeader)
    {
        let (Some(name), Some(value)) = (fields.target_name(one)?, fields.parameter_value(one)?)
        else {
            continue;
        };
        let header = HeaderName::try_from(name.as_str())
            .map_err(|_| CallError::build(&name, "it is no header name"))?;
        if !headers.contains_key(&header) {
            let value = HeaderValue::try_from(scalar_text(&value)).map_err(|_| {
                CallError::build(
                    &name,
                    "the value contains characters that no header can carry",
                )
            })?;
            headers.insert(header, value);
        }
    }
    if !body_values(call.authentication, credential)
        .map_err(not_applied)?
        .is_empty()
    {
        return Err(CallError::Build {
            field: None,
            message: "this connector's credentials belong into the body, which the proxy passes on as it is".to_owned(),
        });
    }
    let mut pairs = form_to_sign(call, headers, &request.body);
    let pairs_before = pairs.as_ref().map_or(0, Vec::len);
    let to_sign = match (&mut pairs, &request.body) {
        (Some(pairs), _) => BodyToSign::Form(pairs),
        (None, RequestBody::Empty) => BodyToSign::Empty,
        (None, RequestBody::Bytes(bytes)) => BodyToSign::Bytes(bytes),
        (None, RequestBody::Stream(_)) => BodyToSign::Stream,
    };
    let signer = call.signer.map(|signer| {
        (
            signer,
            oauth1::Once {
                now,
                nonce: rand::random(),
            },
        )
    });
    // Beside the caller's headers: what is set already would stay, and here the stored credential wins.
    let mut ours = HeaderMap::new();
    let unauthenticated = Unauthenticated {
        method: &request.method,
        url: &mut request.url,
        headers: &mut ours,
        body: to_sign,
    };
    apply(unauthenticated, call.authentication, credential, signer).map_err(not_applied)?;
    for (name, value) in &ours {
        headers.insert(name, value.clone());
    }
    if let Some(pairs) = pairs.filter(|pairs| pairs.len() != pairs_before) {
        request.body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
            .into();
    }
    Ok(())
}

/// The pairs of a form that OAuth 1.0a signs.
fn form_to_sign(
    call: &Call<'_>,
    headers: &HeaderMap,
    body: &RequestBody,
) -> Option<Vec<(String, String)>> {
    let RequestBody::Bytes(bytes) = body else {
        return None;
    };
    call.authentication.oauth1.as_ref()?;
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        .then(|| form_urlencoded::parse(bytes).into_owned().collect())
}

fn unreached(
    call: &Call<'_>,
    credential: &Credential,
    error: &EgressError,
    sent: &Sent,
) -> CallError {
    CallError::unreached(error, || sent.unanswered(&redactor(call, Some(credential))))
}
