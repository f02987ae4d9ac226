//! What the services about connectors share.

use std::{ops::Deref, sync::Arc};

use url::Url;
use velodrome_connector::{
    catalogue::{Catalogue, View},
    egress,
};
use velodrome_model::{AccountScope, PartnerScope, SharedClock};
use velodrome_store::{Store, StoreError};

use crate::shelves::{Shelves, Viewer};

/// Store, catalogue, the road out and the time, shared by the services about connectors.
#[derive(Clone)]
pub struct Workbench(Arc<Bench>);

struct Bench {
    tools: Tools,
    shelves: Shelves,
}

/// What stands on a [`Workbench`]. Built once by the binary.
pub struct Tools {
    /// Our shelf.
    pub store: Store,
    /// The connectors that ship with the product or come from the operator; nothing of any tenant.
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

impl From<Tools> for Workbench {
    fn from(tools: Tools) -> Self {
        let shelves = Shelves::new(tools.store.clone());
        Self(Arc::new(Bench { tools, shelves }))
    }
}

impl Deref for Workbench {
    type Target = Tools;

    fn deref(&self) -> &Tools {
        &self.0.tools
    }
}

impl Workbench {
    /// The connectors that somebody can see, as they are now. The only way to those that tenants made.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connectors(&self, viewer: impl Into<Viewer>) -> Result<View, StoreError> {
        let built_in = self.catalogue.snapshot();
        self.0.shelves.view(&viewer.into(), built_in).await
    }

    /// The connectors among which those stand that an account has installed. They stay usable whatever
    /// becomes of whose they are, say when a sub account gets another parent; which one is meant says the
    /// account's own row.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn installed(&self, scope: AccountScope) -> Result<View, StoreError> {
        let partner = PartnerScope {
            partner: scope.partner,
        };
        self.connectors(Viewer::WholePartner(partner)).await
    }

    /// The OAuth callback of every connector: no query, the same in both requests (connectors.md §9.3).
    pub fn callback_url(&self) -> String {
        self.address("connector/callback")
    }

    /// An address below the service domain.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
