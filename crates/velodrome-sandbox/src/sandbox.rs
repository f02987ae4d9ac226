//! The server: binds, says where the providers' origins went, serves until told to stop.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::control::SandboxControl;
use crate::definition_twin::TwinSource;
use crate::dispatch::{Sites, router};
use crate::options::SandboxOptions;
use crate::providers;
use crate::twin::{Card, Twin};
use crate::world::World;

/// Where calls to one origin go instead.
///
/// The target keeps the provider's host name, below `.localhost` (RFC 6761 §6.3: always loopback), so
/// that a browser sent to it and a server-side call that kept the original `Host` reach the same twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The provider's origin: `https://oauth.pipedrive.com`.
    pub from: String,
    /// The sandbox's origin for it: `http://oauth.pipedrive.com.localhost:8090`.
    pub to: String,
}

impl fmt::Display for Rewrite {
    /// One pair as `VELODROME_EGRESS_REWRITE` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.from, self.to)
    }
}

/// Why a sandbox could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address is taken or may not be used.
    #[error("the sandbox cannot listen on {address}: choose another port")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The providers hand out tokens to anybody who asks, so only this machine may reach them.
    #[error("the sandbox only listens on a loopback address, not on {0}")]
    NotLoopback(SocketAddr),
    /// The listener failed while serving.
    #[error("the sandbox stopped serving")]
    Serve(#[source] std::io::Error),
}

/// A bound sandbox, ready to serve.
pub struct Sandbox {
    listener: TcpListener,
    address: SocketAddr,
    sites: Arc<Sites>,
    router: Router,
}

impl Sandbox {
    /// Binds `address`, which must be loopback (port 0 picks a free one), and seeds the providers.
    pub async fn bind(address: SocketAddr, options: SandboxOptions) -> Result<Self, SandboxError> {
        Self::with_definitions(address, options, Vec::new()).await
    }

    /// The same with a twin for each of these definitions, except those that have a simulator of our
    /// own: it knows what is special to its provider.
    pub async fn with_definitions(
        address: SocketAddr,
        options: SandboxOptions,
        mut definitions: Vec<TwinSource>,
    ) -> Result<Self, SandboxError> {
        definitions.retain(|source| !providers::SIMULATED.contains(&source.slug()));
        Self::start(address, options, providers::all, definitions).await
    }

    /// Binds a sandbox without our own simulators, so that every definition given is played by its twin.
    pub async fn of_definitions(
        address: SocketAddr,
        options: SandboxOptions,
        definitions: Vec<TwinSource>,
    ) -> Result<Self, SandboxError> {
        Self::start(address, options, |_| Vec::new(), definitions).await
    }

    async fn start(
        address: SocketAddr,
        options: SandboxOptions,
        own: impl FnOnce(&Arc<World>) -> Vec<Twin>,
        definitions: Vec<TwinSource>,
    ) -> Result<Self, SandboxError> {
        if !address.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(address));
        }
        let bind = |source| SandboxError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let world = Arc::new(World::new(options));
        let own = own(&world);
        let sites = Arc::new(Sites::new(world, own, definitions, address));
        let router = router(sites.clone());
        Ok(Self {
            listener,
            address,
            sites,
            router,
        })
    }

    /// The address in use.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The front page, for people.
    pub fn front_page(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Where each provider's origin went; what `VELODROME_EGRESS_REWRITE` needs.
    pub fn rewrites(&self) -> Vec<Rewrite> {
        self.sites.rewrites()
    }

    /// What each of our own simulators is called, accepts and offers.
    pub fn cards(&self) -> Vec<Card> {
        self.sites.cards()
    }

    /// The same of one provider, twins from definitions included.
    pub fn card(&self, id: &str) -> Option<Card> {
        Some(self.sites.twin(id)?.card.clone())
    }

    /// A handle to look inside and to cause trouble; stays valid while the sandbox serves.
    pub fn control(&self) -> SandboxControl {
        SandboxControl::new(self.sites.clone())
    }

    /// The HTTP service without a listener.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `shutdown` is cancelled and the requests under way are answered.
    pub async fn serve(self, shutdown: CancellationToken) -> Result<(), SandboxError> {
        info!(address = %self.address, "Sandbox providers are listening");
        let stop = self.sites.world.stop.clone();
        axum::serve(self.listener, self.router)
            .with_graceful_shutdown(async move {
                shutdown.cancelled().await;
                stop.cancel(); // lets go of requests that a fault keeps hanging
            })
            .await
            .map_err(SandboxError::Serve)
    }
}
