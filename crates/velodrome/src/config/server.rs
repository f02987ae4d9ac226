//! Where requests come in, and which parts run.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use ipnet::IpNet;
use url::Url;
use velodrome_model::SecretString;

use super::{
    faults::nearest,
    setting::{Default::Otherwise, Default::Text, Value, settings},
};

settings! {
    /// Where requests come in and which parts run.
    Server, "Server" {
        /// Address of the one HTTP listener.
        listen: ListenAddress = "VELODROME_LISTEN", Text("127.0.0.1:8080");
        /// The default service domain, as users and providers reach it: `https://integrations.example.com`.
        /// Callback URLs are built from it, so providers must have it registered exactly.
        public_url: Option<PublicUrl> = "VELODROME_PUBLIC_URL", Otherwise("`http://{VELODROME_LISTEN}`");
        /// Which parts this node runs, comma-separated: `api` answers requests, `worker` runs cycles and does
        /// what follows from changes (the outbox), `scheduler` does what the time asks for (cycles that are
        /// due, credentials renewed ahead of their expiry, housekeeping). A node without `api` still answers `/healthz`, `/readyz` and `/metrics`.
        roles: Roles = "VELODROME_ROLES", Text("api,worker,scheduler");
        /// Transactions that this node runs at once. Most of their time they wait for a provider's answer, and one
        /// takes some 100 KB of memory then, and whatever its data takes. How many of one account run at
        /// once is limited apart from this, by the partner's and the account's Concurrent Transaction Limit.
        transactions_at_once: AtOnce = "VELODROME_TRANSACTIONS_AT_ONCE", Text("1000");
        /// Comma-separated addresses or networks of the reverse proxies in front, whose `X-Forwarded-For` is
        /// believed. Everybody else's is ignored, since it would let anyone choose the address that IP rules
        /// and the audit log see.
        trusted_proxies: Networks = "VELODROME_TRUSTED_PROXIES", Text("");
        /// Requests a second that each access token and console session may make, and as many at once; more are
        /// answered 429 with `Retry-After`. Counted on each node by itself.
        api_rate_limit: Option<RateLimit> = "VELODROME_API_RATE_LIMIT", Otherwise("none: no limit");
        /// A token that opens `/metrics` (`Authorization: Bearer TOKEN`) to callers on other machines.
        metrics_token: Option<SecretString> = "VELODROME_METRICS_TOKEN", Otherwise("none: `/metrics` answers callers on this machine only");
    }
}

/// How much runs at once.
#[derive(Clone, Copy, Debug)]
pub struct AtOnce(pub NonZeroU32);

impl Value for AtOnce {
    fn parse(text: &str) -> Result<Self, String> {
        /// More would exhaust ports and memory before it made anything faster.
        const MOST: u32 = 20_000;
        text.parse()
            .ok()
            .filter(|number: &NonZeroU32| number.get() <= MOST)
            .map(Self)
            .ok_or_else(|| format!("must be a whole number from 1 to {MOST}"))
    }
}

/// Requests a second.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit(pub NonZeroU32);

impl Value for RateLimit {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| "must be a whole number of requests a second, from 1".to_owned())
    }
}

/// An address to listen on.
#[derive(Clone, Copy, Debug)]
pub struct ListenAddress(pub SocketAddr);

impl Value for ListenAddress {
    fn parse(text: &str) -> Result<Self, String> {
        let parsed = match text.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}").parse(),
            None => text.parse(),
        };
        parsed.map(Self).map_err(|_| {
            "must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned()
        })
    }
}

/// An origin: `https`, or `http` on this machine or in tests, a host, perhaps a port.
#[derive(Clone, Debug)]
pub struct PublicUrl(pub Url);

impl Value for PublicUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let fault = || {
            "must be an origin such as https://integrations.example.com, without path or query"
                .to_owned()
        };
        let url: Url = text.parse().map_err(|_| fault())?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        is_origin.then_some(Self(url)).ok_or_else(fault)
    }
}

/// Parts of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Answers requests.
    pub api: bool,
    /// Does what follows from changes.
    pub worker: bool,
    /// Does what the time asks for.
    pub scheduler: bool,
}

impl Value for Roles {
    fn parse(text: &str) -> Result<Self, String> {
        let mut roles = Self::default();
        for name in text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            match name {
                "api" => roles.api = true,
                "worker" => roles.worker = true,
                "scheduler" => roles.scheduler = true,
                other => {
                    let known = ["api", "worker", "scheduler"].map(str::to_owned);
                    let hint = nearest(other, known.into_iter())
                        .map(|near| format!("; did you mean {near}?"))
                        .unwrap_or_default();
                    return Err(format!(
                        "{other} is none of api, worker and scheduler{hint}"
                    ));
                }
            }
        }
        if roles == Self::default() {
            return Err("must name at least one of api, worker and scheduler".to_owned());
        }
        Ok(roles)
    }
}

/// Networks; a single address is a network of one.
#[derive(Clone, Debug, Default)]
pub struct Networks(pub Vec<IpNet>);

impl Value for Networks {
    fn parse(text: &str) -> Result<Self, String> {
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        let networks = items.map(|item| {
            let network = item.parse::<IpNet>();
            network
                .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    format!("{item} is neither an IP address nor a network such as 10.0.0.0/8")
                })
        });
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl Server {
    /// The address under which the program is reached, given where it listens in the end.
    pub fn public_url(&self, bound: SocketAddr) -> Url {
        match &self.public_url {
            Some(url) => url.0.clone(),
            None => {
                // Nobody can visit the address that means "all addresses".
                let host = match bound.ip() {
                    ip if ip.is_unspecified() => "localhost".to_owned(),
                    IpAddr::V6(ip) => format!("[{ip}]"),
                    IpAddr::V4(ip) => ip.to_string(),
                };
                format!("http://{host}:{}", bound.port())
                    .parse()
                    .expect("an address and a port make a URL")
            }
        }
    }
}
