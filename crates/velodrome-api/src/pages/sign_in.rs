//! `/account/signinwithtoken`: a link that lets a person in, once (embedding.md §3, api.md §11).

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header};
use url::{Position, Url};
use velodrome_service::{Settings, account_sessions::AccountSessions};

use super::{
    account::{self, HOME_PATH},
    brand::Brand,
    finish,
    framing::Framing,
};
use crate::{ClientAddress, Site, cookies};

/// Uses the token up, begins a session and goes where the link says.
pub(super) async fn page(
    State(sessions): State<AccountSessions>,
    State(settings): State<Settings>,
    State(site): State<Site>,
    ClientAddress(address): ClientAddress,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let plain = Brand::of(&settings, None).await;
    if method == Method::HEAD || is_prefetch(&headers) {
        // Mail scanners and browsers look ahead; the token is for the person.
        let text = "The link works once, for the person who opens it.";
        return finish::notice(&plain, StatusCode::BAD_REQUEST, "Open this link", text);
    }
    let link = Link::read(uri.query().unwrap_or_default());
    let Some(target) = link.target() else {
        let text = "returnUrl must be a path of this site, such as /account.";
        return finish::notice(
            &plain,
            StatusCode::BAD_REQUEST,
            "This link is not valid",
            text,
        );
    };
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let begun = match sessions.begin(&link.token, address, user_agent).await {
        Ok(begun) => begun,
        Err(error) => return account::refused(&plain, &error),
    };
    let framing = Framing::of(&settings, begun.partner).await;
    let cookie = cookies::set_account_session(&begun.cookie, site.is_https(), framing.is_enabled());
    let mut response = finish::redirect(&target);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Whether the browser only guesses that somebody will want the page.
fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        headers
            .get(*name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().contains("prefetch"))
    })
}

/// What the address says.
#[derive(Debug, Default)]
struct Link {
    token: String,
    return_url: Option<String>,
    /// Options of the page that it leads to.
    further: Vec<(String, String)>,
}

impl Link {
    fn read(query: &str) -> Self {
        let mut link = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
            if name.eq_ignore_ascii_case("token") {
                link.token = value;
            } else if name.eq_ignore_ascii_case("returnUrl") {
                link.return_url = Some(value);
            } else {
                link.further.push((name, value));
            }
        }
        link
    }

    /// Where to go, with the further parameters; none when that is not a path of ours.
    fn target(&self) -> Option<String> {
        let given = self
            .return_url
            .as_deref()
            .filter(|path| !path.is_empty())
            .unwrap_or(HOME_PATH);
        if !is_local(given) {
            return None;
        }
        // Read as browsers do: they drop some characters and take `\` for `/`.
        let here = Url::parse("http://localhost").ok()?;
        let mut url = here.join(given).ok()?;
        if url.origin() != here.origin() {
            return None;
        }
        if !self.further.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.further);
        }
        let target = &url[Position::BeforePath..];
        is_local(target).then(|| target.to_owned())
    }
}

/// One slash in front: two, or a backslash as the second, name another host.
fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path[1..].starts_with(['/', '\\'])
        && !path.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(query: &str) -> Option<String> {
        Link::read(query).target()
    }

    #[test]
    fn links_lead_to_paths_of_ours_with_their_options() {
        for (query, expected) in [
            ("token=st_a", "/account"),
            ("token=st_a&returnUrl=", "/account"),
            (
                "token=st_a&returnUrl=%2Flaunch&auto=true&tags=a%2Cb",
                "/launch?auto=true&tags=a%2Cb",
            ),
            (
                "Token=st_a&ReturnUrl=%2Fmarketplace%2F3%3Fx%3D1%23top&single=false",
                "/marketplace/3?x=1&single=false#top",
            ),
            (
                "token=st_a&complete=Done%20now",
                "/account?complete=Done+now",
            ),
            ("token=st_a&returnUrl=%2Fa%2F..%2Forbit", "/orbit"),
        ] {
            assert_eq!(target(query).as_deref(), Some(expected), "{query}");
        }
        assert_eq!(Link::read("returnUrl=%2Fa&TOKEN=st_a").token, "st_a");
    }

    #[test]
    fn links_never_lead_elsewhere() {
        for path in [
            "https://evil.example/",
            "evil.example",
            "javascript:alert(1)",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/.\\\\evil.example",
            " //evil.example",
        ] {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("returnUrl", path)
                .finish();
            assert_eq!(target(&query), None, "{path:?}");
        }
    }

    #[test]
    fn a_browser_that_looks_ahead_is_told_apart() {
        let with = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(
                http::HeaderName::from_static(name),
                http::HeaderValue::from_static(value),
            )])
        };

        assert!(is_prefetch(&with("sec-purpose", "prefetch;prerender")));
        assert!(is_prefetch(&with("purpose", "Prefetch")));
        assert!(!is_prefetch(&with("sec-fetch-mode", "navigate")));
    }
}
