//! Who may show an account's pages in a frame (embedding.md §7).

use axum::response::Response;
use http::{HeaderValue, header};
use velodrome_model::{GeneralSettings, PartnerScope};
use velodrome_service::Settings;

/// What the partner's settings say about frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Framing {
    is_enabled: bool,
    hosts: Vec<String>,
}

impl Framing {
    /// The partner's; where its settings can't be read, nobody else's page may frame ours.
    pub async fn of(settings: &Settings, partner: PartnerScope) -> Self {
        match settings.general(partner).await {
            Ok(general) => Self::new(&general),
            Err(_) => Self::default(),
        }
    }

    pub fn new(general: &GeneralSettings) -> Self {
        // A source that held more than one word would begin another directive.
        let is_one_word = |source: &&String| {
            !source.is_empty()
                && source
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b',')
        };
        Self {
            is_enabled: general.iframe_embedding_enabled,
            hosts: general
                .host_source_whitelist
                .iter()
                .filter(is_one_word)
                .cloned()
                .collect(),
        }
    }

    /// Whether cookies must reach us from within another site's page.
    pub fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    /// The page with what keeps it out of other frames. It loads and runs nothing but our own style and
    /// script.
    pub fn around(&self, mut page: Response) -> Response {
        let mut policy = "default-src 'none'; img-src data:; style-src 'self'; script-src 'self'; base-uri 'none'; \
                          frame-ancestors 'self'"
            .to_owned();
        let headers = page.headers_mut();
        if self.is_enabled {
            for host in &self.hosts {
                policy.push(' ');
                policy.push_str(host);
            }
        } else {
            headers.insert(
                header::X_FRAME_OPTIONS,
                HeaderValue::from_static("SAMEORIGIN"),
            );
        }
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(is_enabled: bool, hosts: &[&str]) -> http::HeaderMap {
        let general = GeneralSettings {
            iframe_embedding_enabled: is_enabled,
            host_source_whitelist: hosts.iter().map(|host| (*host).to_owned()).collect(),
            ..GeneralSettings::default()
        };
        let page = Framing::new(&general).around(Response::default());
        page.headers().clone()
    }

    #[test]
    fn only_listed_hosts_may_frame_a_page_and_only_where_embedding_is_on() {
        let hosts = ["https://app.example.com", "https://x.example; script-src *"];
        let (on, off) = (headers(true, &hosts), headers(false, &hosts));

        let policy = |headers: &http::HeaderMap| {
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            policy.split("; ").last().unwrap().to_owned()
        };
        assert_eq!(
            policy(&on),
            "frame-ancestors 'self' https://app.example.com"
        );
        assert!(!on.contains_key(header::X_FRAME_OPTIONS));
        assert_eq!(policy(&off), "frame-ancestors 'self'");
        assert_eq!(off[header::X_FRAME_OPTIONS], "SAMEORIGIN");
    }
}
