//! Where a connector's proxy leads.

use percent_encoding::percent_decode_str;
use url::Url;
use velodrome_model::{
    definition::{ConnectorDefinition, Method},
    mergefield::Template,
};

use crate::call::CallError;

/// Where a connector's proxy leads; made once for a definition and kept beside it.
#[derive(Debug)]
pub struct ProxyRoutes {
    /// Origin and path that the method endpoints share; ends with a slash.
    pub(super) base: Option<Template>,
    /// Stands for the method in a call: nothing but the connector's own parameters apply.
    pub(super) method: Method,
}

impl ProxyRoutes {
    /// The routes of a definition.
    pub fn new(definition: &ConnectorDefinition) -> Self {
        let endpoints = definition
            .methods
            .iter()
            .filter_map(|method| method.endpoint.as_deref());
        let base = common_base(endpoints).and_then(|base| base.parse().ok());
        let method = serde_json::from_value(serde_json::json!({
            "key": "proxy", "name": "Proxy", "category": "Proxy", "type": "Action",
        }))
        .expect("a method needs no more than these");
        Self { base, method }
    }
}

/// The origin of most endpoints with the path segments that all of those share.
fn common_base<'e>(endpoints: impl Iterator<Item = &'e str>) -> Option<String> {
    let mut groups: Vec<(&str, Vec<Vec<&str>>)> = Vec::new();
    for endpoint in endpoints {
        let after_scheme = endpoint.find("://").map_or(0, |at| at + 3);
        let end = endpoint[after_scheme..]
            .find(['/', '?', '#'])
            .map_or(endpoint.len(), |at| after_scheme + at);
        let (origin, rest) = endpoint.split_at(end);
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        let mut segments: Vec<&str> = path.split('/').skip(1).collect();
        segments.pop();
        match groups.iter_mut().find(|(known, _)| *known == origin) {
            Some((_, paths)) => paths.push(segments),
            None => groups.push((origin, vec![segments])),
        }
    }
    // The first of the largest, so that the order of methods decides a tie.
    let (origin, paths) = groups
        .into_iter()
        .rev()
        .max_by_key(|(_, paths)| paths.len())?;
    let (first, others) = paths.split_first()?;
    let shared = first
        .iter()
        .enumerate()
        .take_while(|(at, segment)| {
            !segment.contains("{{") && others.iter().all(|path| path.get(*at) == Some(segment))
        })
        .count();
    let path: String = first[..shared]
        .iter()
        .flat_map(|segment| ["/", segment])
        .collect();
    Some(format!("{origin}{path}/"))
}

/// A path below a base, which it can't leave.
pub(super) fn below(base: &Url, path_and_query: &str) -> Result<Url, CallError> {
    let refused = |fault: &str| CallError::Build {
        field: Some("path".to_owned()),
        message: format!("path: {fault}"),
    };
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let path = path.trim_start_matches('/');
    if path.contains(['\\', '#']) || path.chars().any(char::is_control) {
        return Err(refused("it contains characters that no path has"));
    }
    if path.contains('.') || path.contains('%') {
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        if decoded
            .split(['/', '\\'])
            .any(|segment| segment == ".." || segment == ".")
        {
            return Err(refused("it contains a segment \"..\" or \".\""));
        }
    }
    let mut url = base.clone();
    let whole = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&whole);
    url.set_query(query);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_what_the_endpoints_share() {
        for (endpoints, base) in [
            (
                vec![
                    "https://h.example/a/v2/x",
                    "https://h.example/a/v2/y/{{Id}}",
                ],
                Some("https://h.example/a/v2/"),
            ),
            (
                vec![
                    "{{ApiDomain}}/api/v1/users/me",
                    "{{ApiDomain}}/api/v2/persons?x=1",
                ],
                Some("{{ApiDomain}}/api/"),
            ),
            (
                vec![
                    "{{BaseUrl}}/{{+ResourcePath}}",
                    "{{BaseUrl}}/{{+ResourcePath}}/{{Id}}",
                ],
                Some("{{BaseUrl}}/"),
            ),
            (
                vec![
                    "https://upload.example/u",
                    "https://h.example/a/x",
                    "https://h.example/a/y",
                ],
                Some("https://h.example/a/"),
            ),
            (
                vec!["https://a.example/x/1", "https://b.example/y/1"],
                Some("https://a.example/x/"),
            ),
            (
                vec!["https://{{Shop}}.example/admin/api/{{V}}/x"],
                Some("https://{{Shop}}.example/admin/api/"),
            ),
            (vec!["https://h.example"], Some("https://h.example/")),
            (vec![], None),
        ] {
            assert_eq!(
                common_base(endpoints.iter().copied()).as_deref(),
                base,
                "{endpoints:?}"
            );
        }
    }

    #[test]
    fn a_path_never_leaves_its_base() {
        let base: Url = "https://h.example/a/v2/".parse().unwrap();
        for (path, expected) in [
            ("x/y?q=1&r=%2F", "https://h.example/a/v2/x/y?q=1&r=%2F"),
            ("/x", "https://h.example/a/v2/x"),
            ("", "https://h.example/a/v2/"),
            ("//evil.example/x", "https://h.example/a/v2/evil.example/x"),
            (
                "https://evil.example/",
                "https://h.example/a/v2/https://evil.example/",
            ),
            ("a%2Fb", "https://h.example/a/v2/a%2Fb"),
            ("x.json", "https://h.example/a/v2/x.json"),
        ] {
            assert_eq!(below(&base, path).unwrap().as_str(), expected, "{path}");
        }
        for path in [
            "../x",
            "x/../../y",
            "%2e%2e/x",
            "x/%2E./y",
            "..%2fx",
            "..\\x",
            "x%5c..%5cy",
            "./x",
        ] {
            assert!(below(&base, path).is_err(), "{path}");
        }
    }
}
