//! Whom credentials may go to (connectors.md §14): the hosts of the connector's own endpoints, as its
//! definition and setup make them, and those that the definition allows besides.

use url::Url;
use velodrome_model::{
    definition::ConnectorDefinition,
    mergefield::{Source, Template},
};

/// The hosts that a connector trusts with its credentials.
pub(super) struct Hosts<'a> {
    definition: &'a ConnectorDefinition,
    source: &'a dyn Source,
}

impl<'a> Hosts<'a> {
    /// `source` answers from setup alone: a value given with a call never decides where secrets go.
    pub(super) fn new(definition: &'a ConnectorDefinition, source: &'a dyn Source) -> Self {
        Self { definition, source }
    }

    /// Whether credentials may go to this address.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        let mut plain = false;
        for endpoint in self
            .definition
            .methods
            .iter()
            .filter_map(|method| method.endpoint.as_deref())
        {
            let Some(origin) = endpoint
                .parse::<Template>()
                .ok()
                .and_then(|t| t.merge_origin(self.source).ok())
            else {
                continue;
            };
            if origin.origin() == url.origin() {
                return true;
            }
            plain |= origin.scheme() == "http";
        }
        // A connector that is reached over https never sends secrets without.
        (url.scheme() == "https" || plain)
            && url.host_str().is_some_and(|host| {
                self.definition
                    .allowed_hosts
                    .iter()
                    .any(|allowed| matches(allowed, host))
            })
    }
}

/// Whether a definition allows a host beside those of its endpoints.
pub(crate) fn allows(definition: &ConnectorDefinition, url: &Url) -> bool {
    let allowed = &definition.allowed_hosts;
    url.scheme() == "https"
        && url
            .host_str()
            .is_some_and(|host| allowed.iter().any(|one| matches(one, host)))
}

/// A host equals itself; `*.example.com` stands for every host below.
fn matches(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix("*.") {
        Some(parent) => {
            host.len() > parent.len() + 1
                && host
                    .to_ascii_lowercase()
                    .ends_with(&format!(".{}", parent.to_ascii_lowercase()))
        }
        None => allowed.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_hosts_below() {
        for (allowed, host, expected) in [
            ("a.example", "A.example", true),
            ("a.example", "b.a.example", false),
            ("*.a.example", "b.a.example", true),
            ("*.a.example", "c.b.a.example", true),
            ("*.a.example", "a.example", false),
            ("*.a.example", "evila.example", false),
        ] {
            assert_eq!(matches(allowed, host), expected, "{allowed} {host}");
        }
    }
}
