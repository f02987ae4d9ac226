//! Security schemes made authentications.

use std::collections::HashMap;

use serde_json::{Value, json};
use velodrome_model::definition::{AuthType, Authentication, KeyPlace, OAuth2, OAuth2Type};

use super::{
    document::{Node, Version},
    report::Report,
    server::Servers,
    text::{self, sentence, title, words},
};
use crate::slug::Keys;

/// The authentications of a document.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// All of them; there is always one.
    pub authentications: Vec<Authentication>,
    /// Their keys by the name of the scheme; a scheme with several flows has several.
    keys: HashMap<String, Vec<String>>,
}

/// Reads the security schemes.
pub fn authentications(root: &Node<'_>, servers: &Servers, report: &mut Report) -> Security {
    let schemes = if root.documents().version() == Version::Two {
        root.get("securityDefinitions")
    } else {
        root.get("components")
            .and_then(|all| all.get("securitySchemes"))
    };
    let mut security = Security::default();
    let mut keys = Keys::default();
    for (name, scheme) in schemes.iter().flat_map(Node::members).take(50) {
        let scheme = match scheme.follow() {
            Ok(scheme) => scheme,
            Err(reason) => {
                report.skip(scheme.pointer(), reason);
                continue;
            }
        };
        let reader = Reader {
            root,
            servers,
            scheme: &scheme,
        };
        for (suffix, one) in reader.read(report) {
            let key = keys.key(&format!("{}{suffix}", words(name)), "authentication");
            let label = title(&words(name));
            let own = Authentication {
                key: key.clone(),
                name: Some(if label.is_empty() { key.clone() } else { label } + suffix),
                description: scheme
                    .text_of("description")
                    .and_then(|text| sentence(text, text::METHOD)),
                ..one
            };
            security.keys.entry(name.to_owned()).or_default().push(key);
            security.authentications.push(own);
        }
    }
    if security.authentications.is_empty() {
        security.authentications.push(Authentication {
            key: "none".to_owned(),
            ..blank(AuthType::None)
        });
    } else if let Some(preferred) = root
        .get("security")
        .and_then(|all| security.of(&all))
        .and_then(|keys| keys.into_iter().next())
    {
        for one in &mut security.authentications {
            one.default = one.key == preferred;
        }
    }
    security
}

impl Security {
    /// The keys of the authentications that the requirements allow; none where they allow all or no known one.
    pub fn of(&self, requirements: &Node<'_>) -> Option<Vec<String>> {
        let mut found: Vec<String> = Vec::new();
        for requirement in requirements.elements() {
            for (scheme, _) in requirement.all_members() {
                for key in self.keys.get(scheme).into_iter().flatten() {
                    if !found.contains(key) {
                        found.push(key.clone());
                    }
                }
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// The authentications that a method is restricted to; empty for all.
    pub fn restriction(&self, requirements: &Node<'_>, report: &mut Report) -> Vec<String> {
        for requirement in requirements.elements() {
            for (scheme, place) in requirement.all_members() {
                if !self.keys.contains_key(scheme) {
                    report.skip(
                        place.pointer(),
                        format!("the security scheme {scheme:?} is not used"),
                    );
                }
            }
        }
        let open = requirements
            .elements()
            .any(|requirement| requirement.all_members().next().is_none());
        match self.of(requirements) {
            Some(keys) if !open && keys.len() < self.authentications.len() => keys,
            _ => Vec::new(),
        }
    }
}

/// What the key and name get beside those of the scheme.
type Found = (&'static str, Authentication);

struct Reader<'r, 'a> {
    root: &'r Node<'a>,
    servers: &'r Servers,
    scheme: &'r Node<'a>,
}

impl Reader<'_, '_> {
    fn read(&self, report: &mut Report) -> Vec<Found> {
        let scheme = self.scheme;
        let kind = scheme.text_of("type").unwrap_or_default();
        let http = scheme
            .text_of("scheme")
            .unwrap_or_default()
            .to_ascii_lowercase();
        match (kind, http.as_str()) {
            ("apiKey", _) => self.api_key(report),
            ("basic", _) | ("http", "basic") => vec![("", blank(AuthType::Basic))],
            ("http", "bearer") => vec![(
                "",
                Authentication {
                    auth_scheme: Some("Authorization".to_owned()),
                    prefix: Some("Bearer ".to_owned()),
                    ..blank(AuthType::ApiKey)
                },
            )],
            ("oauth2", _) => self.oauth2(report),
            ("openIdConnect", _) => self.discovery(report),
            ("http", other) => {
                report.skip(
                    scheme.pointer(),
                    format!("the HTTP authentication {other:?} is not supported; use a script"),
                );
                Vec::new()
            }
            ("mutualTLS", _) => {
                report.skip(
                    scheme.pointer(),
                    "client certificates are not imported; add tls to an authentication",
                );
                Vec::new()
            }
            (other, _) => {
                report.skip(
                    scheme.pointer(),
                    format!("security of the type {other:?} is not known"),
                );
                Vec::new()
            }
        }
    }

    fn api_key(&self, report: &mut Report) -> Vec<Found> {
        let scheme = self.scheme;
        let place = match scheme.text_of("in") {
            Some("header") => KeyPlace::Header,
            Some("query") => KeyPlace::Query,
            Some("cookie") => KeyPlace::Cookie,
            _ => {
                report.skip(scheme.pointer(), "an API key is in header, query or cookie");
                return Vec::new();
            }
        };
        let Some(name) = scheme.text_of("name").filter(|name| is_token(name)) else {
            report.skip(scheme.pointer(), "the API key has no usable name");
            return Vec::new();
        };
        vec![(
            "",
            Authentication {
                auth_scheme: Some(name.to_owned()),
                place,
                ..blank(AuthType::ApiKey)
            },
        )]
    }

    fn oauth2(&self, report: &mut Report) -> Vec<Found> {
        let flows: Vec<(&str, Node<'_>)> = match self.scheme.get("flows") {
            Some(flows) => flows.members().collect(),
            // Swagger has one flow, whose members are the scheme's.
            None => self
                .scheme
                .text_of("flow")
                .map(|flow| (flow, self.scheme.clone()))
                .into_iter()
                .collect(),
        };
        if flows.is_empty() {
            report.skip(
                self.scheme.pointer(),
                "OAuth 2.0 without a flow can't be used",
            );
        }
        let several = flows.len() > 1;
        let mut found = Vec::new();
        for (flow, node) in flows {
            let (kind, suffix) = match flow {
                "authorizationCode" | "accessCode" => (OAuth2Type::AuthorisationCode, ""),
                "clientCredentials" | "application" => {
                    (OAuth2Type::ClientCredentials, " Client Credentials")
                }
                "password" => (OAuth2Type::PasswordCredentials, " Password"),
                "implicit" => {
                    report.skip(node.pointer(), "the implicit flow is unsafe (RFC 9700) and not supported; use authorizationCode");
                    continue;
                }
                other => {
                    report.skip(
                        node.pointer(),
                        format!("the flow {other:?} is not supported"),
                    );
                    continue;
                }
            };
            let scopes = node.get("scopes");
            let scopes = scopes
                .iter()
                .flat_map(Node::all_members)
                .map(|(name, _)| name);
            match self.flow(kind, &node, scopes.map(str::to_owned).collect()) {
                Ok(one) => found.push((if several { suffix } else { "" }, one)),
                Err(reason) => report.skip(node.pointer(), reason),
            }
        }
        found
    }

    fn flow(
        &self,
        kind: OAuth2Type,
        node: &Node<'_>,
        scopes: Vec<String>,
    ) -> Result<Authentication, String> {
        let address = |key: &str| {
            node.text_of(key)
                .and_then(|address| self.servers.absolute(self.root, address))
                .ok_or_else(|| format!("the flow has no usable {key}"))
        };
        let authorise = match kind {
            OAuth2Type::AuthorisationCode => Some(address("authorizationUrl")?),
            OAuth2Type::ClientCredentials | OAuth2Type::PasswordCredentials => None,
        };
        let refresh = address("refreshUrl").ok();
        oauth2(kind, authorise, address("tokenUrl")?, refresh, None, scopes)
    }

    fn discovery(&self, report: &mut Report) -> Vec<Found> {
        let address = self.scheme.text_of("openIdConnectUrl").unwrap_or_default();
        let Some(answer) = self.scheme.documents().discovered(address) else {
            report.skip(
                self.scheme.pointer_of("openIdConnectUrl"),
                format!("the discovery at {address:?} gave no answer; add an authentication of the type OAuth2"),
            );
            return Vec::new();
        };
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        let made = text("token_endpoint")
            .ok_or_else(|| "the discovery names no token_endpoint".to_owned())
            .and_then(|token| {
                let authorise = text("authorization_endpoint");
                let revoke = text("revocation_endpoint");
                let kind = OAuth2Type::AuthorisationCode;
                oauth2(
                    kind,
                    authorise,
                    token,
                    None,
                    revoke,
                    vec!["openid".to_owned()],
                )
            });
        match made {
            Ok(one) => vec![("", one)],
            Err(reason) => {
                report.skip(self.scheme.pointer(), reason);
                Vec::new()
            }
        }
    }
}

fn oauth2(
    kind: OAuth2Type,
    authorise: Option<String>,
    token: String,
    refresh: Option<String>,
    revoke: Option<String>,
    scopes: Vec<String>,
) -> Result<Authentication, String> {
    let settings = json!({"type": kind, "accessTokenUrl": token});
    let settings: OAuth2 = serde_json::from_value(settings).map_err(|error| error.to_string())?;
    Ok(Authentication {
        oauth2: Some(OAuth2 {
            authorise_url: authorise,
            refresh_url: refresh,
            revoke_url: revoke,
            scopes: scopes
                .into_iter()
                .filter(|scope| !scope.is_empty() && !scope.contains("{{"))
                .collect(),
            ..settings
        }),
        ..blank(AuthType::OAuth2)
    })
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && !name.contains("{{")
        && !name.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

fn blank(kind: AuthType) -> Authentication {
    Authentication {
        key: String::new(),
        unique_identifier: None,
        name: None,
        description: None,
        default: false,
        hide: false,
        kind,
        auth_scheme: None,
        place: KeyPlace::default(),
        prefix: None,
        fields: Default::default(),
        auth_fields: Vec::new(),
        oauth1: None,
        oauth2: None,
        tls: None,
    }
}
