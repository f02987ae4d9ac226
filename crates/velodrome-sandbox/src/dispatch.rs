//! From a TCP connection to the site that answers: by `Host`, through the faults.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response, header};

use crate::answer::Answer;
use crate::call::Call;
use crate::control::SandboxControl;
use crate::control_site;
use crate::definition_twin::{Registry, TwinSource};
use crate::fault_answer;
use crate::faults::Fault;
use crate::html::page;
use crate::portal;
use crate::sandbox::Rewrite;
use crate::twin::{Card, Site, Twin};
use crate::world::World;

/// What a browser's host name ends with when it was sent here in a provider's stead.
const LOCAL_SUFFIX: &str = ".localhost";
/// More than any provider takes in a call that the twins know.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// All twins and where they answer.
pub(crate) struct Sites {
    pub(crate) world: Arc<World>,
    /// Simulators of our own.
    twins: Vec<Arc<Twin>>,
    /// Twins from definitions.
    pub(crate) definitions: Registry,
    address: SocketAddr,
}

impl Sites {
    pub(crate) fn new(
        world: Arc<World>,
        twins: Vec<Twin>,
        definitions: Vec<TwinSource>,
        address: SocketAddr,
    ) -> Self {
        let twins: Vec<Arc<Twin>> = twins.into_iter().map(Arc::new).collect();
        let is_taken = |host: &str| {
            let mut known = twins.iter().flat_map(|twin| &twin.sites);
            known.any(|(name, _)| name == host)
        };
        let definitions = Registry::new(definitions, is_taken);
        Self {
            world,
            twins,
            definitions,
            address,
        }
    }

    /// The twin of this id; a definition's is built if it has not been.
    pub(crate) fn twin(&self, id: &str) -> Option<Arc<Twin>> {
        let own = self.twins.iter().find(|twin| twin.card.id == id);
        own.cloned()
            .or_else(|| self.definitions.twin(&self.world, id))
    }

    /// Our own simulators, and the twins that somebody has called.
    pub(crate) fn built(&self) -> impl Iterator<Item = Arc<Twin>> {
        self.twins
            .iter()
            .cloned()
            .chain(self.definitions.all_built())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn cards(&self) -> Vec<Card> {
        self.twins.iter().map(|twin| twin.card.clone()).collect()
    }

    pub(crate) fn rewrites(&self) -> Vec<Rewrite> {
        let own = self.twins.iter().flat_map(|twin| &twin.sites);
        let own = own.map(|(host, _)| format!("https://{host}"));
        let of_definitions = self.definitions.origins().into_iter().map(str::to_owned);
        let mut seen = HashSet::new();
        own.chain(of_definitions)
            .filter(|from| seen.insert(from.clone()))
            .filter_map(|from| {
                let host = url::Url::parse(&from).ok()?.host_str()?.to_owned();
                let to = format!("http://{host}{LOCAL_SUFFIX}:{}", self.address.port());
                Some(Rewrite { from, to })
            })
            .collect()
    }

    /// Host, origin and site for a `Host`, the provider's own or the one below `.localhost`.
    fn find(&self, host: &str) -> Option<(String, String, Arc<dyn Site>)> {
        let host = host.strip_suffix(LOCAL_SUFFIX).unwrap_or(host);
        let mut own = self.twins.iter().flat_map(|twin| &twin.sites);
        if let Some((_, site)) = own.find(|(name, _)| name == host) {
            return Some((host.to_owned(), format!("https://{host}"), site.clone()));
        }
        let (origin, site) = self.definitions.site(&self.world, host)?;
        Some((host.to_owned(), origin, site))
    }
}

pub(crate) fn router(sites: Arc<Sites>) -> Router {
    Router::new().fallback(dispatch).with_state(sites)
}

async fn dispatch(State(sites): State<Arc<Sites>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    // HTTP/2 and absolute-form requests name the host in the URI, HTTP/1.1 in the header.
    let authority = parts
        .uri
        .authority()
        .map(ToString::to_string)
        .or_else(|| Some(parts.headers.get(header::HOST)?.to_str().ok()?.to_owned()))
        .unwrap_or_default()
        .to_ascii_lowercase();
    let host = host_of(&authority);
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let text = "The sandbox takes bodies of up to 8 MB.";
        return Answer::text(413, "text/plain; charset=utf-8", text).into();
    };
    let local = is_this_machine(host, sites.address);
    let found = sites.find(host);
    if (local || found.is_some()) && parts.uri.path().starts_with("/_sandbox/") {
        let call = Call::new(
            parts.method,
            "localhost",
            String::new(),
            &parts.uri,
            parts.headers,
            body,
        );
        return control_site::answer(&SandboxControl::new(sites.clone()), &call).into();
    }
    let Some((name, known_origin, site)) = found else {
        let answer = match (local, parts.uri.path()) {
            (true, "/") => portal::front_page(&sites, parts.uri.query().unwrap_or_default()),
            (true, path) if path.starts_with(portal::TWINS) => portal::twin_page(&sites, path),
            (true, _) => nothing_here(),
            (false, _) => unknown_host(host),
        };
        return answer.into();
    };
    let origin = if host.ends_with(LOCAL_SUFFIX) {
        format!("http://{authority}")
    } else {
        known_origin
    };
    let name = name.as_str();
    let call = Call::new(parts.method, name, origin, &parts.uri, parts.headers, body);
    sites.world.count_request(name);
    match sites
        .world
        .faults
        .take(name, call.method.as_str(), &call.path)
    {
        None => site.answer(&call).into(),
        Some(Fault::Delay { milliseconds }) => {
            fault_answer::delay(&sites.world, milliseconds).await;
            site.answer(&call).into()
        }
        Some(Fault::LoseAnswer) => {
            drop(site.answer(&call));
            fault_answer::broken(Vec::new(), None)
        }
        Some(Fault::DropMember { member }) => site.answer(&call).without_member(&member).into(),
        Some(fault) => fault_answer::instead(&sites.world, &fault).await,
    }
}

/// The host without its port; IPv6 addresses without brackets.
fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

fn is_this_machine(host: &str, address: SocketAddr) -> bool {
    host == "localhost" || host == "127.0.0.1" || host == "::1" || host == address.ip().to_string()
}

fn nothing_here() -> Answer {
    let body =
        "<p>There is no such page. The <a href=\"/\">front page</a> lists the providers.</p>";
    Answer::html(404, page("Nothing here", body))
}

fn unknown_host(host: &str) -> Answer {
    let text = format!(
        "The sandbox does not simulate {host:?}. Its front page at the address it listens on lists what it does."
    );
    Answer::text(421, "text/plain; charset=utf-8", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_read_without_its_port() {
        for (authority, host) in [
            ("api.stripe.com", "api.stripe.com"),
            ("api.stripe.com.localhost:81", "api.stripe.com.localhost"),
            ("[::1]:81", "::1"),
            ("", ""),
        ] {
            assert_eq!(host_of(authority), host);
        }
    }
}
