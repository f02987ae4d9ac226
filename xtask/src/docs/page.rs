//! The page of one connector.

use askama::Template;
use velodrome_model::definition::{
    ConnectorDefinition, MethodType, Release, ReleaseLevel, ReleaseStatus, WebhookVerify,
};

use super::credentials::{self, Way};
use super::index::Card;
use super::kind::Kind;
use super::markup;
use super::methods::{self, Group};

/// The page.
#[derive(Template)]
#[template(path = "docs/page.html")]
pub struct Page<'a> {
    root: &'static str,
    card: &'a Card,
    version: Option<&'a str>,
    homepage: Option<&'a str>,
    needs_allowlist: bool,
    ways: Vec<Way>,
    /// HTML without anything harmful.
    guide: Option<String>,
    groups: Vec<Group>,
    limits: Vec<String>,
    paging: Vec<String>,
    webhooks: Vec<Webhook<'a>>,
    release: &'a Release,
}

/// Something that the provider sends.
struct Webhook<'a> {
    key: &'a str,
    name: &'a str,
    registration: &'static str,
    verify: Option<&'a WebhookVerify>,
}

impl<'a> Page<'a> {
    /// Everything that the page says.
    pub fn of(definition: &'a ConnectorDefinition, card: &'a Card, guide: Option<&str>) -> Self {
        let webhooks = definition
            .methods
            .iter()
            .filter(|method| method.kind == MethodType::Webhook && !method.hide)
            .map(|method| {
                let rules = method.webhook.as_ref();
                Webhook {
                    key: &method.key,
                    name: &method.name,
                    registration: match rules {
                        Some(rules) if rules.partner => {
                            "One address for all accounts, entered at the provider"
                        }
                        Some(rules) if rules.create.is_some() => "By Velodrome, at the provider",
                        Some(_) | None => "Its address is entered at the provider",
                    },
                    verify: rules.and_then(|rules| rules.verify.as_ref()),
                }
            });
        Self {
            root: "../",
            card,
            version: definition.version.as_deref(),
            homepage: definition
                .homepage
                .as_deref()
                .filter(|address| markup::is_harmless(address)),
            needs_allowlist: definition.requires_ip_allowlist,
            ways: credentials::ways(definition),
            guide: guide.map(markup::guide),
            groups: methods::groups(definition),
            limits: limits(definition),
            paging: paging(definition),
            webhooks: webhooks.collect(),
            release: &definition.release,
        }
    }

    /// What calls carry where no credential is sent by itself.
    fn otherwise(&self, way: &Way) -> &'static str {
        match way.kind {
            Kind::None => "Nothing",
            _ => "What methods put into it",
        }
    }

    fn has_scopes(&self) -> bool {
        self.ways.iter().any(|way| way.scopes.is_some())
    }

    fn release_status(&self) -> &'static str {
        match self.release.status {
            ReleaseStatus::Draft => "Draft",
            ReleaseStatus::Live => "Live",
            ReleaseStatus::Deprecated => "Deprecated",
        }
    }

    fn release_level(&self) -> &'static str {
        match self.release.level {
            ReleaseLevel::Major => "Major: steps stay and show that there is an update",
            ReleaseLevel::Minor => "Minor: steps move to it at once",
        }
    }
}

fn limits(definition: &ConnectorDefinition) -> Vec<String> {
    let mut out: Vec<String> = definition
        .rate_limits
        .iter()
        .map(|limit| methods::rate(&limit.rate))
        .collect();
    if definition
        .methods
        .iter()
        .any(|method| method.rate_limit.is_some() && !method.hide)
    {
        out.push("Some methods have limits of their own, which stand with them.".to_owned());
    }
    if out.is_empty() {
        out.push(
            "None of its own: Velodrome slows down when the provider asks for it (429).".to_owned(),
        );
    }
    out
}

fn paging(definition: &ConnectorDefinition) -> Vec<String> {
    let mut out = Vec::new();
    let Some(paging) = &definition.paging else {
        return out;
    };
    if paging.inbound == Some(true) {
        out.push(match paging.inbound_page_size {
            Some(size) => format!("Long lists are read page by page, {size} records at a time."),
            None => "Long lists are read page by page.".to_owned(),
        });
    }
    if paging.outbound == Some(true) {
        out.push("Long lists are sent in parts.".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn html(guide: &str) -> String {
        let definition: ConnectorDefinition = serde_json::from_value(json!({
            "format": "velodrome.connector/1",
            "slug": "acme",
            "name": "Acme & <Sons>",
            "homepage": "javascript:alert(1)",
            "release": {"number": 3, "status": "Live", "level": "Minor", "comments": "Lists <deals>."},
            "rateLimits": [{"scope": "AccountConnector", "maxRequestsPerSecond": 2.5}],
            "authentications": [{"key": "key", "type": "ApiKey", "name": "API \"key\"", "authScheme": "X-Key"}],
            "methods": [
                {"key": "list-deals", "name": "List Deals", "category": "Deals", "type": "Action", "httpMethod": "GET",
                 "endpoint": "https://acme.example/{{Path}}?a=1&b=2", "description": "<img src=x onerror=alert(1)>",
                 "response": {"fields": [{"connectorField": "[data].<b>"}]}},
                {"key": "deal-added", "name": "Deal Added", "category": "Deals", "type": "Webhook",
                 "webhook": {"create": "list-deals"}},
            ],
        }))
        .unwrap();
        let card = Card {
            slug: "acme".to_owned(),
            name: definition.name.clone(),
            description: "Sells <things>.".to_owned(),
            icon: Some("icon.svg".to_owned()),
            categories: vec!["CRMs".to_owned()],
            kinds: vec![Kind::ApiKey],
            methods: Some(2),
            is_beta: true,
        };
        Page::of(&definition, &card, Some(guide)).render().unwrap()
    }

    #[test]
    fn a_page_has_anchors_for_methods_and_all_that_is_known() {
        let html = html("# Acme\n\n## Values\n\nA *key*.");

        for wanted in [
            "id=\"list-deals\"",
            "href=\"#list-deals\"",
            "At most 2.5 requests a second.",
            "<h3>Values</h3>",
            "A <em>key</em>.",
            "X-Key: …",
            "href=\"#deal-added\"",
            "../style.css",
            "Content-Security-Policy",
            "?category=CRMs",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
    }

    #[test]
    fn nothing_that_a_definition_says_becomes_markup() {
        let html = html("<script>alert(1)</script>");

        for bad in [
            "<script>alert",
            "<img src=x",
            "<Sons>",
            "<deals>",
            "<things>",
            "].<b>",
            "javascript:",
        ] {
            assert!(!html.contains(bad), "{bad}: {html}");
        }
        assert!(html.contains("Acme &#38; &#60;Sons&#62;"), "{html}");
    }
}
