//! The simulated providers beside the server: `--sandbox`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;
use url::Url;
use velodrome_connector::egress::EgressPolicy;
use velodrome_sandbox::{Sandbox, SandboxOptions, TwinSource};

/// Simulators that run.
pub struct Simulators {
    /// Their front page.
    pub page: Url,
    serving: JoinHandle<()>,
}

/// Starts the simulators on a free loopback port, with a twin of each further definition, and makes
/// calls to the providers go there.
///
/// # Errors
/// When no port is free.
pub async fn start(
    policy: &mut EgressPolicy,
    twins: Vec<TwinSource>,
    stop: CancellationToken,
) -> Result<Simulators> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let sandbox = Sandbox::with_definitions(anywhere, SandboxOptions::default(), twins)
        .await
        .context("starting the simulated providers")?;
    let page = sandbox
        .front_page()
        .parse()
        .context("the address of the simulated providers")?;
    for rewrite in sandbox.rewrites() {
        // Behind the operator's own pairs, which win.
        policy.rewrite.push(rewrite.to_string().parse()?);
    }
    // A name below .localhost may resolve to either.
    for loopback in [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ] {
        policy.allow.push(loopback.into());
    }
    let serving = tokio::spawn(async move {
        if let Err(cause) = sandbox.serve(stop).await {
            let cause = &cause as &dyn std::error::Error;
            error!(cause, "The simulated providers have stopped");
        }
    });
    Ok(Simulators { page, serving })
}

impl Simulators {
    /// Waits until they have stopped.
    pub async fn finish(self) {
        // It only fails when it panicked, which is in the log already.
        let _ended = self.serving.await;
    }
}
