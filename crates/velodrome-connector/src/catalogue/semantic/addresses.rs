//! V012: a built-in definition speaks to public hosts, and encrypted.

use std::net::IpAddr;

use velodrome_model::FaultCode;

use super::{Subject, parts::method_pointer};
use crate::{
    catalogue::{
        Origin,
        findings::{Findings, Pointer},
    },
    egress::special_use,
};

/// Endings of names that no public DNS answers (RFC 2606, RFC 6762, RFC 8375, ICANN's `internal`).
const PRIVATE: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "lan",
    "intranet",
    "corp",
    "home",
];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    let root = Pointer::root();
    let mut found: Vec<(&str, Pointer)> = Vec::new();
    for (at, method) in definition.methods.iter().enumerate() {
        if let Some(endpoint) = &method.endpoint {
            found.push((endpoint, method_pointer(at).then("endpoint")));
        }
    }
    for (at, authentication) in definition.authentications.iter().enumerate() {
        let own = root.then("authentications").then(at);
        let oauth1 = authentication.oauth1.iter().flat_map(|oauth| {
            [
                ("oauth1/requestTokenUrl", oauth.request_token_url.as_deref()),
                ("oauth1/authoriseUrl", oauth.authorise_url.as_deref()),
                ("oauth1/accessTokenUrl", oauth.access_token_url.as_deref()),
            ]
        });
        let oauth2 = authentication.oauth2.iter().flat_map(|oauth| {
            [
                (
                    "oauth2/accessTokenUrl",
                    Some(oauth.access_token_url.as_str()),
                ),
                ("oauth2/authoriseUrl", oauth.authorise_url.as_deref()),
                ("oauth2/refreshUrl", oauth.refresh_url.as_deref()),
                ("oauth2/revokeUrl", oauth.revoke_url.as_deref()),
                ("oauth2/issuer", oauth.issuer.as_deref()),
            ]
        });
        for (path, address) in oauth1.chain(oauth2) {
            if let Some(address) = address {
                found.push((
                    address,
                    path.split('/')
                        .fold(own.clone(), |pointer, segment| pointer.then(segment)),
                ));
            }
        }
    }
    let hosts = definition.allowed_hosts.iter().enumerate();
    let told = found
        .iter()
        .filter_map(|(address, pointer)| Some((fault(address)?, pointer.clone())))
        .chain(
            hosts
                .filter(|(_, host)| is_private(host))
                .map(|(at, host)| {
                    (
                        format!("{host:?} is not a public host"),
                        root.then("allowedHosts").then(at),
                    )
                }),
        );
    for (message, pointer) in told.collect::<Vec<_>>() {
        match subject.setting.origin {
            Origin::BuiltIn => findings.error(FaultCode::V012, pointer, message),
            // An operator's own services may well be in its own network.
            Origin::Directory => findings.warning(FaultCode::V012, pointer, message),
        }
    }
}

fn fault(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    if scheme.eq_ignore_ascii_case("http") {
        return Some(format!("{address:?} is not encrypted; use https"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    is_private(host).then(|| format!("{host:?} is not a public host"))
}

/// Whether a host, with or without port, is a name or address of a private network.
fn is_private(host: &str) -> bool {
    if host.contains("{{") {
        return false;
    }
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let bare = match bracketed {
        Some((inside, _)) => inside,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    // A URL parser also knows the odd notations of IPv4: 0x7f.1, 2130706433.
    let parsed = url::Url::parse(&format!("https://{host}/")).ok();
    let address = bare
        .parse::<IpAddr>()
        .ok()
        .or_else(|| match parsed.as_ref()?.host()? {
            url::Host::Ipv4(address) => Some(address.into()),
            url::Host::Ipv6(address) => Some(address.into()),
            url::Host::Domain(_) => None,
        });
    if let Some(address) = address {
        return special_use(address).is_some();
    }
    let name = bare.trim_end_matches('.').to_lowercase();
    let name = name.strip_prefix("*.").unwrap_or(&name);
    !name.contains('.')
        || PRIVATE.iter().any(|end| {
            name.strip_suffix(end)
                .is_some_and(|rest| rest.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{errors_from, warnings};
    use super::*;

    fn calling(address: &str) -> String {
        format!(
            "methods:\n  - {{key: get-thing, name: Get Thing, category: Things, type: Action, httpMethod: GET, endpoint: '{address}'}}\n"
        )
    }

    #[test]
    fn a_built_in_definition_speaks_to_public_hosts_and_encrypted() {
        for address in [
            "http://api.acme.com/",
            "https://localhost/",
            "https://api.acme.local/x",
            "https://127.0.0.1:8443/",
            "https://10.1.2.3/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://server/",
        ] {
            let errors = errors_from(&calling(address), Origin::BuiltIn);
            assert!(
                errors.len() == 1 && errors[0].starts_with("V012"),
                "{address}: {errors:?}"
            );
        }
        for address in [
            "https://api.acme.com/x",
            "https://api.acme.com:8443/",
            "https://{{AccountId}}.acme.com/",
            "{{AccountId}}/x",
        ] {
            assert_eq!(
                errors_from(&calling(address), Origin::BuiltIn),
                [""; 0],
                "{address}"
            );
        }
    }

    #[test]
    fn an_operators_definition_may_do_so_and_is_told() {
        let body = calling("http://10.1.2.3/");
        assert_eq!(errors_from(&body, Origin::Directory), [""; 0]);
        assert!(
            warnings(&body)
                .iter()
                .any(|warning| warning.starts_with("V012"))
        );
    }
}
