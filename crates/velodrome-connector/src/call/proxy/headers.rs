//! Headers that stay on one side of the proxy.

use http::{
    HeaderMap, HeaderName,
    header::{self, CONNECTION},
};

/// Headers of one connection (RFC 9110 §7.6.1), of our own API, or set by the client.
const NOT_PASSED_ON: [HeaderName; 13] = [
    header::CONNECTION,
    header::HOST,
    header::CONTENT_LENGTH,
    header::AUTHORIZATION,
    header::COOKIE,
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::FORWARDED,
];

/// The same, of headers without a constant, and prefixes of them.
const NOT_PASSED_ON_TEXT: [&str; 6] = [
    "keep-alive",
    "proxy-connection",
    "x-cyclr-",
    "x-velodrome-",
    "x-forwarded-",
    "x-real-ip",
];

/// Takes out what concerns only the caller's connection with us.
pub(super) fn strip(headers: &mut HeaderMap) {
    strip_named_by_connection(headers);
    for name in &NOT_PASSED_ON {
        headers.remove(name);
    }
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            NOT_PASSED_ON_TEXT
                .iter()
                .any(|prefix| name.as_str().starts_with(prefix))
        })
        .cloned()
        .collect();
    for name in ours {
        headers.remove(name);
    }
}

/// Takes out what concerns only the provider's connection with us. Its cookies are for our client.
pub(super) fn strip_answer(headers: &mut HeaderMap) {
    strip_named_by_connection(headers);
    for name in [
        CONNECTION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::PROXY_AUTHENTICATE,
    ] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
}

fn strip_named_by_connection(headers: &mut HeaderMap) {
    let Some(named) = headers.get(CONNECTION).cloned() else {
        return;
    };
    let Ok(named) = named.to_str() else { return };
    if named.eq_ignore_ascii_case("keep-alive") || named.eq_ignore_ascii_case("close") {
        return;
    }
    for name in named.split(',') {
        headers.remove(name.trim());
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn headers_of_our_own_are_not_passed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer ours"),
            ("x-cyclr-account", "a"),
            ("x-velodrome-base-url", "b"),
            ("cookie", "c"),
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("host", "h"),
            ("x-forwarded-for", "ip"),
            ("accept", "a/b"),
            ("x-custom", "1"),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        strip(&mut headers);
        assert_eq!(
            headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["accept", "x-custom"]
        );
    }
}
