//! What the API knows about the installation it serves.

use std::{net::IpAddr, sync::Arc};

use async_trait::async_trait;
use ipnet::IpNet;
use url::Url;
use velodrome_model::SecretString;
use velodrome_service::pace::Pace;

/// Facts about the installation, read once from its configuration.
#[derive(Clone)]
pub struct Site {
    inner: Arc<SiteFacts>,
}

/// The facts of a [`Site`].
pub struct SiteFacts {
    /// The default service domain: `VELODROME_PUBLIC_URL`.
    pub public_url: Url,
    /// Version of the product.
    pub version: &'static str,
    /// Proxies whose `X-Forwarded-For` is believed; none by default.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the simulated providers show their page, when they run.
    pub sandbox_url: Option<Url>,
    /// Calls out are rewritten to other origins (`VELODROME_EGRESS_REWRITE`).
    pub egress_is_rewritten: bool,
    /// How many requests each token and session may make.
    pub pace: Pace,
    /// Opens `/metrics` to callers beyond the loopback address.
    pub metrics_token: Option<SecretString>,
    /// Renders what has been measured as Prometheus text.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Whether this node can serve.
    pub readiness: Arc<dyn Readiness>,
}

/// How something is that a node needs. What is wrong is told in a few words; its cause goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// As it should be.
    Ok,
    /// The node serves without it, only not as quickly.
    Slower(&'static str),
    /// The node can't serve without it.
    Failed(&'static str),
}

/// Whether this node can serve, check by check: database, migrations, definitions, queue.
#[async_trait]
pub trait Readiness: Send + Sync + 'static {
    /// Every check with its outcome.
    async fn check(&self) -> Vec<(&'static str, Check)>;
}

impl Site {
    /// A site of these facts.
    pub fn new(facts: SiteFacts) -> Self {
        Self {
            inner: Arc::new(facts),
        }
    }

    /// Whether users reach the installation by https, so that cookies are marked Secure.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// An address below the service domain.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Whether an address is one of the proxies in front of us.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies
            .iter()
            .any(|net| net.contains(&address))
    }
}

impl std::ops::Deref for Site {
    type Target = SiteFacts;

    fn deref(&self) -> &SiteFacts {
        &self.inner
    }
}
