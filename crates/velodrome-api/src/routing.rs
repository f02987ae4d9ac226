//! Literal path segments match in any case, one trailing slash is ignored, literals win over parameters
//! (api.md §1).
//!
//! The router underneath matches literally, so the path is rewritten before it gets there: the segments
//! are walked down a trie made from the route table, and those that fell on literals take the table's
//! spelling. Values of parameters stay as they were sent.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, response::Response};
use http::Uri;
use tower::{Layer, Service};

/// The route table as a trie.
#[derive(Debug, Default)]
pub struct Routes {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    /// By the literal in lower case: its spelling in the table, and what follows.
    literals: HashMap<String, (String, Node)>,
    parameter: Option<Box<Node>>,
    /// A `{*rest}` parameter: everything that follows, slashes included.
    rest: bool,
    /// A route ends here.
    ends: bool,
}

impl Routes {
    /// The table of these templates, such as `/v1.0/accounts/{accountId}`.
    pub fn new<'a>(templates: impl IntoIterator<Item = &'a str>) -> Self {
        let mut routes = Self::default();
        for template in templates {
            routes.add(template);
        }
        routes
    }

    fn add(&mut self, template: &str) {
        let mut node = &mut self.root;
        for segment in template.trim_start_matches('/').split('/') {
            if segment.starts_with("{*") {
                node.rest = true;
                return;
            }
            node = if segment.starts_with('{') {
                node.parameter.get_or_insert_default()
            } else {
                let entry = node.literals.entry(segment.to_lowercase());
                &mut entry
                    .or_insert_with(|| (segment.to_owned(), Node::default()))
                    .1
            };
        }
        node.ends = true;
    }

    /// The path in the table's spelling; `None` when it is spelled so already or matches no route.
    pub fn canonical(&self, path: &str) -> Option<String> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let mut spelled = Vec::with_capacity(segments.len());
        if !walk(&self.root, &segments, &mut spelled) {
            return None;
        }
        let canonical = format!("/{}", spelled.join("/"));
        (canonical != path).then_some(canonical)
    }
}

/// Finds the route for the segments, literals first. Every level of the trie has at most two ways on
/// and a route has few segments, so going back costs little.
fn walk<'a>(node: &'a Node, segments: &[&'a str], spelled: &mut Vec<&'a str>) -> bool {
    let Some((segment, rest)) = segments.split_first() else {
        return node.ends;
    };
    if let Some((spelling, next)) = node.literals.get(&segment.to_lowercase()) {
        spelled.push(spelling);
        if walk(next, rest, spelled) {
            return true;
        }
        spelled.pop();
    }
    // A trailing slash, unless the table itself has one here.
    if segment.is_empty() && rest.is_empty() && node.ends && !spelled.is_empty() {
        return true;
    }
    if let Some(next) = node.parameter.as_deref().filter(|_| !segment.is_empty()) {
        spelled.push(segment);
        if walk(next, rest, spelled) {
            return true;
        }
        spelled.pop();
    }
    if node.rest {
        spelled.extend(segments);
    }
    node.rest
}

/// Rewrites paths before the router sees them.
#[derive(Clone)]
pub struct CanonicalPaths {
    routes: Arc<Routes>,
}

impl CanonicalPaths {
    /// For these routes.
    pub fn new(routes: Routes) -> Self {
        Self {
            routes: Arc::new(routes),
        }
    }
}

impl<S> Layer<S> for CanonicalPaths {
    type Service = Canonical<S>;

    fn layer(&self, inner: S) -> Canonical<S> {
        Canonical {
            inner,
            routes: Arc::clone(&self.routes),
        }
    }
}

/// The service of [`CanonicalPaths`].
#[derive(Clone)]
pub struct Canonical<S> {
    inner: S,
    routes: Arc<Routes>,
}

impl<S> Service<Request> for Canonical<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        if let Some(path) = self.routes.canonical(request.uri().path())
            && let Some(uri) = with_path(request.uri(), &path)
        {
            *request.uri_mut() = uri;
        }
        self.inner.call(request)
    }
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routes() -> Routes {
        Routes::new([
            "/",
            "/docs",
            "/docs/",
            "/v1.0/accounts",
            "/v1.0/accounts/{accountId}",
            "/v1.0/accounts/{accountId}/usage",
            "/v1.0/connectors/categories",
            "/v1.0/connectors/{connector}/{version}",
            "/v1.0/account/connectors/{id}/proxy/{*path}",
        ])
    }

    #[test]
    fn literals_match_in_any_case_and_values_stay_as_sent() {
        let routes = routes();
        for (sent, routed) in [
            ("/V1.0/Accounts", Some("/v1.0/accounts")),
            ("/v1.0/accounts/", Some("/v1.0/accounts")),
            (
                "/v1.0/ACCOUNTS/Acme/Usage/",
                Some("/v1.0/accounts/Acme/usage"),
            ),
            (
                "/v1.0/Connectors/Categories",
                Some("/v1.0/connectors/categories"),
            ),
            (
                "/v1.0/connectors/CATEGORIES/2.1",
                Some("/v1.0/connectors/CATEGORIES/2.1"),
            ),
            (
                "/v1.0/account/connectors/7/PROXY/API/People/",
                Some("/v1.0/account/connectors/7/proxy/API/People/"),
            ),
            ("/DOCS/", Some("/docs/")),
            ("/docs/", None),
            ("/docs", None),
            ("/v1.0/accounts", None),
            ("/v1.0/accounts//", None),
            ("/v1.0/nothing/", None),
            ("/", None),
        ] {
            let expected = routed.filter(|routed| *routed != sent).map(str::to_owned);
            assert_eq!(routes.canonical(sent), expected, "{sent}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_walked_without_panic(path in "/\\PC*") {
            let _ = routes().canonical(&path);
        }
    }
}
