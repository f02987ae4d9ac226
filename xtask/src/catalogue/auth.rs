//! The ways to authenticate, as a definition writes them.

mod key;
mod oauth1;
mod oauth2;
mod session;

use serde_json::{Map, Value, json};

use super::definition::without_remark;
use super::facts::{Auth, Kind, Parameter, Provider};
use super::template::{Inexpressible, Meaning, Names, pascal, sole};

/// Members of a definition.
pub type Members = Map<String, Value>;

/// One `authentications` entry, and what comes with it.
pub struct Written {
    /// The entry.
    pub entry: Members,
    /// Headers and query parameters beside it, as `parameters` entries.
    pub beside: Vec<Members>,
}

/// A credential that a name of the facts stands for.
struct Role<'a> {
    name: &'a str,
    /// `ApiKey`, `ClientId`….
    credential: &'static str,
    /// What names it in texts.
    merged: &'static str,
}

/// The key of an authentication, before others of its kind are told apart from it.
pub fn key(auth: &Auth) -> &'static str {
    match auth.kind {
        Kind::Code => "oauth",
        Kind::Client => "client-credentials",
        Kind::Password => "password",
        Kind::OAuth1 => "oauth1",
        Kind::ApiKey => "api-key",
        Kind::Basic => "basic",
        Kind::Session => "session",
        Kind::Jwt => "service-account",
        Kind::None => "none",
        Kind::Custom => "credentials",
    }
}

/// What the library calls it.
pub fn label(auth: &Auth) -> &'static str {
    match auth.kind {
        Kind::Code => "OAuth 2.0",
        Kind::Client => "OAuth 2.0 (client credentials)",
        Kind::Password => "OAuth 2.0 (user name and password)",
        Kind::OAuth1 => "OAuth 1.0a",
        Kind::ApiKey => "API key",
        Kind::Basic => "Basic",
        Kind::Session => "Session",
        Kind::Jwt => "OAuth 2.0 (signed assertion)",
        Kind::None => "None",
        Kind::Custom => "Credentials in each call",
    }
}

/// Gives the names that are credentials their meaning.
pub fn name_credentials(
    provider: &Provider,
    auth: &Auth,
    names: &mut Names,
) -> Result<(), Inexpressible> {
    for role in roles(provider, auth) {
        names.give(role.name, Meaning::Field(role.merged.to_owned()))?;
    }
    let kept = auth
        .token_response_metadata
        .iter()
        .chain(&auth.refresh_response_metadata)
        .map(|kept| &kept.name)
        .chain(auth.redirect_uri_metadata.iter().map(|kept| &kept.name));
    for name in kept {
        names.give(name, Meaning::Field(pascal(name)))?;
    }
    Ok(())
}

/// Whether a name of the facts is a credential of this authentication.
pub fn is_credential(provider: &Provider, auth: &Auth, name: &str) -> bool {
    roles(provider, auth).iter().any(|role| role.name == name)
}

/// The entry of an authentication under this key.
pub fn write(
    provider: &Provider,
    auth: &Auth,
    key: &str,
    names: &Names,
) -> Result<Written, Inexpressible> {
    if let Some(own) = &auth.base_url
        && provider.base_url.as_ref() != Some(own)
    {
        return Err(Inexpressible::new(
            "this way to authenticate has an address of its own",
        ));
    }
    let writer = Writer {
        provider,
        auth,
        names,
    };
    let mut written = match auth.kind {
        Kind::Code | Kind::Client | Kind::Password => writer.oauth2()?,
        Kind::Jwt => writer.service_account()?,
        Kind::Session => writer.session()?,
        Kind::OAuth1 => writer.oauth1()?,
        Kind::ApiKey => writer.api_key()?,
        Kind::Basic => writer.basic()?,
        Kind::Custom => writer.custom()?,
        Kind::None => Written::plain(entry("None")),
    };
    let mut entry = Members::new();
    entry.insert("key".into(), key.into());
    if auth.kind != Kind::None {
        entry.insert("name".into(), label(auth).into());
    }
    entry.append(&mut written.entry);
    written.entry = entry;
    Ok(written)
}

impl Written {
    fn plain(entry: Members) -> Self {
        Self {
            entry,
            beside: Vec::new(),
        }
    }
}

/// Writes one authentication.
struct Writer<'a> {
    provider: &'a Provider,
    auth: &'a Auth,
    names: &'a Names,
}

impl Writer<'_> {
    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.provider
            .parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }

    fn merged(&self, text: &str) -> Result<String, Inexpressible> {
        self.names.merged(text)
    }

    /// Labels and hints of the credentials that are asked for.
    fn fields(&self) -> Members {
        let mut fields = Members::new();
        for role in roles(self.provider, self.auth) {
            let Some(parameter) = self.parameter(role.name) else {
                continue;
            };
            let mut field = field(parameter, self.provider);
            // Optional among the values of all ways to authenticate; without it this one is none.
            let is_needed = matches!(role.credential, "ApiKey" | "ClientId" | "Username");
            if is_needed && !parameter.hidden {
                field.shift_remove("optional");
            }
            fields.insert(role.credential.to_owned(), field.into());
        }
        fields
    }
}

/// What the setup form says of a credential.
fn field(parameter: &Parameter, provider: &Provider) -> Members {
    let mut field = Members::new();
    field.insert("label".into(), parameter.label.clone().into());
    if let Some(description) = described(parameter, provider) {
        field.insert("description".into(), description.into());
    }
    if parameter.hidden {
        if parameter.default.as_deref().unwrap_or_default().is_empty() {
            field.remove("description");
            field.insert("hide".into(), true.into());
        } else {
            let default = parameter.default.as_deref().unwrap_or_default();
            let text = format!("Any text does, {default} for example.");
            field.insert("description".into(), text.into());
        }
    }
    if !parameter.required || parameter.hidden {
        field.insert("optional".into(), true.into());
    }
    if is_key_material(&parameter.name) {
        field.insert("sensitive".into(), true.into());
        field.insert("multiline".into(), true.into());
    }
    field
}

/// What the provider calls a value, where that is another word.
pub fn term(parameter: &Parameter, provider: &Provider) -> Option<String> {
    let asked = provider
        .ask_details
        .get(&parameter.label)
        .and_then(|details| details["provider_term"].as_str());
    parameter
        .provider_term
        .as_deref()
        .or(asked)
        .filter(|term| !term.eq_ignore_ascii_case(&parameter.label))
        .map(str::to_owned)
}

fn described(parameter: &Parameter, provider: &Provider) -> Option<String> {
    parameter.description.clone().or_else(|| {
        Some(format!(
            "{} calls it {}.",
            without_remark(&provider.name),
            term(parameter, provider)?
        ))
    })
}

/// Whether a value is a key or certificate of several lines.
pub fn is_key_material(name: &str) -> bool {
    matches!(
        name,
        "private_key" | "client_private_key" | "client_certificate" | "certificate"
    )
}

/// The names that are credentials, by kind of authentication.
fn roles<'a>(provider: &'a Provider, auth: &'a Auth) -> Vec<Role<'a>> {
    let role = |name: &'a str, credential: &'static str, merged: &'static str| Role {
        name,
        credential,
        merged,
    };
    let same = |name, credential| role(name, credential, credential);
    let used = |name: &str| {
        auth.parameters.iter().any(|own| own == name)
            && provider.parameters.iter().any(|known| known.name == name)
    };
    match auth.kind {
        Kind::Code | Kind::Client | Kind::Password => {
            let mut roles = Vec::new();
            let client = named(auth.client_id_param.as_deref(), auth, "client_id");
            let secret = named(auth.client_secret_param.as_deref(), auth, "client_secret");
            let by_assertion = auth.client_auth.as_deref() == Some("private_key_jwt");
            if used(client) {
                roles.push(same(client, "ClientId"));
            }
            if used(secret) && !by_assertion {
                roles.push(same(secret, "ClientSecret"));
            }
            if auth.kind == Kind::Password {
                for (names, credential) in [
                    (["username", "user_name"], "Username"),
                    (["password", "user_password"], "Password"),
                ] {
                    let found = names.into_iter().find(|name| used(name));
                    roles.extend(found.map(|name| same(name, credential)));
                }
            }
            for name in ["scopes", "scope", "oauth_scopes"] {
                if provider.parameters.iter().any(|known| known.name == name) {
                    roles.push(same(name, "Scopes"));
                }
            }
            roles
        }
        Kind::OAuth1 => [
            (["consumer_key", "client_key", "client_id"], "ClientId"),
            (
                ["consumer_secret", "client_secret", "shared_secret"],
                "ClientSecret",
            ),
            (["token_id", "token", "access_token"], "Token"),
            (["token_secret", "access_token_secret", ""], "TokenSecret"),
        ]
        .into_iter()
        .filter_map(|(names, credential)| {
            let name = names.into_iter().find(|name| used(name))?;
            Some(same(name, credential))
        })
        .collect(),
        Kind::ApiKey => key::secret_name(auth)
            .map(|name| role(name, "ApiKey", "Cyclr_Auth_ApiKey"))
            .into_iter()
            .collect(),
        Kind::Basic => key::basic_names(auth)
            .into_iter()
            .zip([
                ("Username", "Cyclr_Auth_Username"),
                ("Password", "Cyclr_Auth_Password"),
            ])
            .filter_map(|(name, (credential, merged))| Some(role(name?, credential, merged)))
            .collect(),
        Kind::Session => session::client_names(auth)
            .into_iter()
            .zip(["ClientId", "ClientSecret"])
            .filter_map(|(name, credential)| Some(same(name?, credential)))
            .collect(),
        Kind::Jwt => ["client_id", "client_secret"]
            .into_iter()
            .zip(["ClientId", "ClientSecret"])
            .filter(|(name, _)| used(name) && auth.token_params.contains_key(*name))
            .map(|(name, credential)| same(name, credential))
            .collect(),
        Kind::None | Kind::Custom => Vec::new(),
    }
}

/// The name that the facts use for a client's id or secret.
fn named<'a>(param: Option<&'a str>, auth: &'a Auth, usual: &'a str) -> &'a str {
    let in_params = || {
        auth.token_params
            .get(usual)
            .and_then(Value::as_str)
            .and_then(sole)
    };
    param.and_then(sole).or_else(in_params).unwrap_or(usual)
}

fn entry(kind: &str) -> Members {
    let mut entry = Members::new();
    entry.insert("type".into(), kind.into());
    entry
}

/// A header or query parameter that every call carries.
pub fn carried(target: &str, name: &str, value: &str, is_secret: bool) -> Members {
    let mut parameter = Members::new();
    parameter.insert("targetType".into(), target.into());
    parameter.insert("targetName".into(), name.into());
    parameter.insert("hide".into(), true.into());
    if is_secret {
        parameter.insert("sensitive".into(), true.into());
    }
    parameter.insert("values".into(), json!([value]));
    parameter
}
