//! The outbound HTTP client.

use std::{error::Error, io, sync::Arc, time::Duration};

use http::header::HOST;
use moka::future::Cache;
use reqwest::{Certificate, dns::Resolve, redirect::Policy, tls::Version};
use tokio::time::Instant;
use url::Url;

use super::{
    dns::{GuardedResolver, SystemResolver, Unresolved},
    error::{EgressError, Refusal},
    identity::{Fingerprint, Identity, IdentityError},
    metrics::{Metrics, failed},
    policy::{EgressPolicy, Origin, Target, origin_text},
    redirect::{Hop, location},
    request::{OwnBody, Redirects, Request},
    response::Response,
};
use crate::keys::KeyError;

/// Redirects that are followed for one request.
pub const MAX_REDIRECTS: u8 = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Idle connections kept for one host; a busy proxy reuses them instead of shaking hands anew.
const IDLE_CONNECTIONS: usize = 256;

/// Clients that are kept for client certificates; each has connections of its own, so that none is ever
/// used in another's name.
const MOST_IDENTITIES: u64 = 256;
/// How long one is kept after its last use, and with it the opened key.
const IDENTITY_IDLE: Duration = Duration::from_secs(600);

/// The one client for calls to providers and to user-supplied addresses; cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    identified: Cache<Fingerprint, reqwest::Client>,
    policy: Arc<EgressPolicy>,
    common: Arc<Common>,
    metrics: Metrics,
}

/// What every client has in common, with or without a certificate.
struct Common {
    resolver: Arc<GuardedResolver>,
    /// Trusted beside the machine's own.
    roots: Vec<Certificate>,
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
        Self::with_roots(policy, resolver, Vec::new())
    }

    /// A client for tests whose servers have certificates of their own making.
    #[cfg(test)]
    pub(crate) fn trusting(
        policy: EgressPolicy,
        roots: Vec<Certificate>,
    ) -> Result<Self, ClientError> {
        Self::with_roots(policy, Arc::new(SystemResolver), roots)
    }

    fn with_roots(
        policy: EgressPolicy,
        resolver: Arc<dyn Resolve>,
        roots: Vec<Certificate>,
    ) -> Result<Self, ClientError> {
        let policy = Arc::new(policy);
        let resolver = Arc::new(GuardedResolver {
            policy: Arc::clone(&policy),
            inner: resolver,
        });
        let common = Common { resolver, roots };
        Ok(Self {
            http: common.http().build()?,
            identified: Cache::builder()
                .max_capacity(MOST_IDENTITIES)
                .time_to_idle(IDENTITY_IDLE)
                .build(),
            policy,
            common: Arc::new(common),
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
            identity,
            timeout,
            max_response,
            redirects,
        } = request;
        let identified;
        let mut http = match &identity {
            None => &self.http,
            Some(identity) => {
                identified = self.identified(identity).await?;
                &identified
            }
        };
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
            let answer = http
                .execute(outgoing)
                .await
                .map_err(|error| classify(error, &hop.url, timeout))?;
            let Some(to) = location(answer.status(), answer.headers(), &hop.url, redirects)? else {
                return Response::new(answer, hop.url, max_response, timeout);
            };
            self.metrics.redirects.increment(1);
            if Origin::of(&to) != Origin::of(&hop.url) {
                http = &self.http;
            }
            hop = hop.follow(answer.status(), to, secret_body)?;
        }
        Err(EgressError::TooManyRedirects {
            origin: origin_text(&hop.url),
            limit: MAX_REDIRECTS,
        })
    }

    /// The client that shows this certificate, made at its first use: the same in everything else, so the
    /// guard holds for it too.
    async fn identified(&self, identity: &Identity) -> Result<reqwest::Client, EgressError> {
        let common = Arc::clone(&self.common);
        let (fingerprint, identity) = (identity.fingerprint(), identity.clone());
        let made = self.identified.try_get_with(fingerprint, async move {
            // Opening a key and reading the machine's roots take too long for a thread that others share.
            let making = tokio::task::spawn_blocking(move || {
                common
                    .http()
                    .identity(identity.open()?)
                    .build()
                    .map_err(|_| IdentityError(KeyError::Pair))
            });
            making.await.map_err(|_| IdentityError(KeyError::Pair))?
        });
        made.await
            .map_err(|error| EgressError::Identity((*error).clone()))
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

impl Common {
    /// Nothing goes out but what the policy admits.
    fn http(&self) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .dns_resolver(Arc::clone(&self.resolver))
            .tls_certs_merge(self.roots.iter().cloned())
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .tls_version_min(Version::TLS_1_2)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http2_adaptive_window(true)
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
