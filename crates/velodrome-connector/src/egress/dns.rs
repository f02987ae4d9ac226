//! Names become addresses here, and only permitted ones get out.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{
    error::{Cause, Refusal, RefusalReason},
    policy::EgressPolicy,
};

/// A name without any address.
#[derive(Debug, thiserror::Error)]
#[error("the name {host} could not be resolved")]
pub(super) struct Unresolved {
    pub host: String,
    #[source]
    pub source: Option<Cause>,
}

/// The operating system's resolver, except for names below `localhost`: those are this machine
/// whatever a resolver says (RFC 6761 §6.3), and many do not know them. The sandbox providers live
/// there; the policy still decides whether loopback may be reached.
#[derive(Debug)]
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if is_below_localhost(name.as_str()) {
                let loopback = [
                    IpAddr::from(Ipv4Addr::LOCALHOST),
                    Ipv6Addr::LOCALHOST.into(),
                ];
                return Ok(
                    Box::new(loopback.map(|ip| SocketAddr::new(ip, 0)).into_iter()) as Addrs,
                );
            }
            let addresses: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn is_below_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit_once('.')
        .is_some_and(|(_, top)| top.eq_ignore_ascii_case("localhost"))
}

/// Hands the connector nothing but addresses that the policy permits, so that what was checked is what
/// gets connected to, however often the name changes its mind.
pub(super) struct GuardedResolver {
    pub policy: Arc<EgressPolicy>,
    pub inner: Arc<dyn Resolve>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let resolving = self.inner.resolve(name);
        let policy = Arc::clone(&self.policy);
        Box::pin(async move {
            let found = match resolving.await {
                Ok(found) => found,
                Err(source) => {
                    return Err(Unresolved {
                        host,
                        source: Some(source),
                    }
                    .into());
                }
            };
            let permitted = permitted(&policy, &host, found.map(|address| address.ip()))?;
            Ok(Box::new(permitted.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

/// The permitted ones; an error when there is none.
fn permitted(
    policy: &EgressPolicy,
    host: &str,
    found: impl Iterator<Item = IpAddr>,
) -> Result<Vec<IpAddr>, Cause> {
    let mut permitted = Vec::new();
    let mut refused: Option<RefusalReason> = None;
    for address in found {
        match policy.check_address(address) {
            Ok(()) => permitted.push(address),
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    match (permitted.is_empty(), refused) {
        (false, _) => Ok(permitted),
        (true, Some(why)) => Err(Refusal {
            what: host.to_owned(),
            why,
        }
        .into()),
        (true, None) => {
            let source = io::Error::new(io::ErrorKind::NotFound, "the answer holds no address");
            Err(Unresolved {
                host: host.to_owned(),
                source: Some(source.into()),
            }
            .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_below_localhost_are_this_machine_without_asking_anybody() {
        for name in ["api.stripe.com.localhost", "a.LOCALHOST", "a.localhost."] {
            let found = SystemResolver.resolve(name.parse().unwrap()).await.unwrap();
            assert!(
                found.into_iter().all(|address| address.ip().is_loopback()),
                "{name}"
            );
        }
        for other in ["localhost.example", "notlocalhost", "localhost"] {
            assert!(!is_below_localhost(other), "{other}");
        }
    }
}
