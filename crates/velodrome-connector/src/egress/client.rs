//! The outbound HTTP client.

use std::{error::Error, io, sync::Arc, time::Duration};

use http::header::HOST;
use reqwest::{dns::Resolve, redirect::Policy, tls::Version};
use tokio::time::Instant;
use url::Url;

use super::{
    dns::{GuardedResolver, SystemResolver, Unresolved},
    error::{EgressError, Refusal},
    metrics::{Metrics, failed},
    policy::{EgressPolicy, Target, origin_text},
    redirect::{Hop, location},
    request::{OwnBody, Redirects, Request},
    response::Response,
};

/// Redirects that are followed for one request.
pub const MAX_REDIRECTS: u8 = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Idle connections kept for one host; a busy proxy reuses them instead of shaking hands anew.
const IDLE_CONNECTIONS: usize = 256;

/// The one client for calls to providers and to user-supplied addresses; cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    policy: Arc<EgressPolicy>,
    metrics: Metrics,
}

/// The client could not be made: the machine's TLS set-up is unusable.
#[derive(Debug, thiserror::Error)]
#[error("the outbound HTTP client could not be set up")]
pub struct ClientError(#[from] reqwest::Error);

impl Client {
    /// A client that obeys this policy. Made once, after the metrics recorder is installed.
    pub fn new(policy: EgressPolicy) -> Result<Self, ClientError> {
        Self::with_resolver(policy, Arc::new(SystemResolver))
    }

    /// The same with another resolver below the guard.
    pub fn with_resolver(
        policy: EgressPolicy,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, ClientError> {
        let policy = Arc::new(policy);
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(GuardedResolver {
                policy: Arc::clone(&policy),
                inner: resolver,
            }))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .tls_version_min(Version::TLS_1_2)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http2_adaptive_window(true)
            .build()?;
        Ok(Self {
            http,
            policy,
            metrics: Metrics::new(),
        })
    }

    /// What it obeys.
    pub fn policy(&self) -> &EgressPolicy {
        &self.policy
    }

    /// Sends a request and answers with the head of the answer; its body is read by the caller, within
    /// the same deadline.
    pub async fn send(&self, request: Request) -> Result<Response, EgressError> {
        let started = Instant::now();
        let answer = self.exchange(request, started).await;
        match &answer {
            Ok(_) => {
                self.metrics.answered.increment(1);
                self.metrics.seconds.record(started.elapsed());
            }
            Err(error) => {
                if matches!(error, EgressError::Refused(_)) {
                    self.metrics.refused.increment(1);
                }
                failed(error.label());
            }
        }
        answer
    }

    async fn exchange(&self, request: Request, started: Instant) -> Result<Response, EgressError> {
        let Request {
            method,
            url,
            headers,
            body,
            secret_body,
            timeout,
            max_response,
            redirects,
        } = request;
        let mut hop = Hop {
            method,
            url,
            headers,
            body,
            body_is_spent: false,
        };
        for _ in 0..=MAX_REDIRECTS {
            let left = timeout.saturating_sub(started.elapsed());
            let outgoing = self.outgoing(&mut hop, left, redirects)?;
            let answer = self
                .http
                .execute(outgoing)
                .await
                .map_err(|error| classify(error, &hop.url, timeout))?;
            let Some(to) = location(answer.status(), answer.headers(), &hop.url, redirects)? else {
                return Response::new(answer, hop.url, max_response, timeout);
            };
            self.metrics.redirects.increment(1);
            hop = hop.follow(answer.status(), to, secret_body)?;
        }
        Err(EgressError::TooManyRedirects {
            origin: origin_text(&hop.url),
            limit: MAX_REDIRECTS,
        })
    }

    /// The request as it goes over the wire. What a later redirect cannot need is moved, not copied.
    fn outgoing(
        &self,
        hop: &mut Hop,
        left: Duration,
        redirects: Redirects,
    ) -> Result<reqwest::Request, EgressError> {
        let Target { url, host } = self.policy.admit(&hop.url)?;
        let mut outgoing = reqwest::Request::new(hop.method.clone(), url.into_owned());
        *outgoing.headers_mut() = match redirects {
            Redirects::Never => std::mem::take(&mut hop.headers),
            Redirects::Follow | Redirects::SameOrigin => hop.headers.clone(),
        };
        if let Some(host) = host {
            outgoing.headers_mut().insert(HOST, host);
        }
        *outgoing.body_mut() = hop.take_body();
        *outgoing.timeout_mut() = Some(left);
        Ok(outgoing)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Says in our words what a library's error means, by the types in its chain of causes.
pub(super) fn classify(error: reqwest::Error, url: &Url, timeout: Duration) -> EgressError {
    let origin = origin_text(url);
    if let Some(refusal) = cause::<Refusal>(&error) {
        return EgressError::Refused(refusal.clone());
    }
    if let Some(unresolved) = cause::<Unresolved>(&error) {
        return EgressError::Dns {
            host: unresolved.host.clone(),
            source: Some(error.without_url().into()),
        };
    }
    if cause::<rustls::Error>(&error).is_some() {
        return EgressError::Tls {
            origin,
            source: error.without_url().into(),
        };
    }
    if error.is_timeout() {
        let after = if error.is_connect() {
            timeout.min(CONNECT_TIMEOUT)
        } else {
            timeout
        };
        return EgressError::Timeout { origin, after };
    }
    if error.is_connect() {
        return EgressError::Connect {
            origin,
            source: error.without_url().into(),
        };
    }
    if cause::<OwnBody>(&error).is_some() {
        return EgressError::Body {
            origin,
            source: error.without_url().into(),
        };
    }
    let cut_short = cause::<hyper::Error>(&error).is_some_and(|error| {
        error.is_incomplete_message() || error.is_closed() || error.is_canceled()
    }) || cause_where(&error, |io: &io::Error| {
        matches!(
            io.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        )
    });
    let source = error.without_url().into();
    if cut_short {
        EgressError::Truncated { origin, source }
    } else {
        EgressError::Protocol {
            origin,
            what: "its answer cannot be read",
            source: Some(source),
        }
    }
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    find(error, |_: &E| true)
}

fn cause_where<E: Error + 'static>(
    error: &(dyn Error + 'static),
    test: impl Fn(&E) -> bool,
) -> bool {
    find(error, test).is_some()
}

/// Walks the causes. An `io::Error` hides the error inside from `source`, so it is looked into.
fn find<'a, E: Error + 'static>(
    error: &'a (dyn Error + 'static),
    test: impl Fn(&E) -> bool,
) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>().filter(|found| test(found)) {
            return Some(found);
        }
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}
