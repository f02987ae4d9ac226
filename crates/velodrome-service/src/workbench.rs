//! What the services about connectors share.

use std::sync::Arc;

use url::Url;
use velodrome_connector::{catalogue::Catalogue, egress};
use velodrome_model::SharedClock;
use velodrome_store::Store;

/// Store, catalogue, the road out and the time. Built once by the binary; cheap to clone.
#[derive(Clone)]
pub struct Workbench {
    /// Our shelf.
    pub store: Store,
    /// The connectors that there are.
    pub catalogue: Arc<Catalogue>,
    /// The one client for calls out.
    pub client: egress::Client,
    /// The time.
    pub clock: SharedClock,
    /// The default service domain: `VELODROME_PUBLIC_URL`.
    pub public_url: Url,
    /// Tells a real secret by its shape; present while simulated providers answer in the real ones' place,
    /// so that nobody gives them one.
    pub real_secret_kind: Option<fn(&str) -> Option<&'static str>>,
}

impl Workbench {
    /// The OAuth callback of every connector: no query, the same in both requests (connectors.md §9.3).
    pub fn callback_url(&self) -> String {
        self.address("connector/callback")
    }

    /// An address below the service domain.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
