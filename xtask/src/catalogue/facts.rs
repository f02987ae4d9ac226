//! What is known of a provider: one line of `catalogue/providers.jsonl` (`catalogue/README.md`).

use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::workspace::Workspace;

/// The facts of all providers.
pub const FACTS: &str = "catalogue/providers.jsonl";

/// Names and texts, in the order in which they are written.
pub type Texts = Map<String, Value>;

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A running integration product works with it.
    Registry,
    /// The provider's own pages or client code say it.
    Checked,
    /// The compatible platform's guide says it.
    Guide,
    /// A guess from the names in a guide.
    GuideInferred,
    /// General knowledge that nobody has checked.
    Knowledge,
}

impl Basis {
    /// Whether somebody has seen it to be so.
    pub fn is_sure(self) -> bool {
        matches!(self, Self::Registry | Self::Checked)
    }
}

/// One provider, or one way to reach it.
#[derive(Clone, Debug, Deserialize)]
pub struct Provider {
    pub slug: String,
    pub name: String,
    pub complete: bool,
    #[serde(default)]
    pub generic: bool,
    pub categories: Vec<String>,
    pub variant_of: Option<String>,
    pub home_url: Option<String>,
    pub docs_url: Option<String>,
    pub base_url: Option<String>,
    pub base_url_fallback: Option<String>,
    pub base_url_basis: Option<Basis>,
    #[serde(default)]
    pub environments: Vec<Environment>,
    pub default_headers: Texts,
    #[serde(default)]
    pub default_query: Texts,
    pub default_body: Option<Value>,
    pub request_body_format: Option<String>,
    pub auths: Vec<Auth>,
    pub parameters: Vec<Parameter>,
    #[serde(default)]
    pub post_connect: Vec<PostConnect>,
    pub verification: Option<Verification>,
    pub rate_limit: Option<RateLimit>,
    pub pagination: Option<Pagination>,
    #[serde(default)]
    pub ask_details: Map<String, Value>,
}

/// Another fixed address of the API: a region, a test system, a version.
#[derive(Clone, Debug, Deserialize)]
pub struct Environment {
    pub base_url: String,
}

/// A way to authenticate.
#[derive(Clone, Debug, Deserialize)]
pub struct Auth {
    pub basis: Basis,
    #[serde(rename = "type")]
    pub kind: Kind,
    pub scheme: Option<String>,
    #[serde(default)]
    pub parameters: Vec<String>,
    pub base_url: Option<String>,
    pub authorization_url: Option<String>,
    pub authorization_url_fallback: Option<String>,
    pub authorization_url_fragment: Option<String>,
    #[serde(default)]
    pub authorization_params: Texts,
    #[serde(default)]
    pub authorization_param_names: Texts,
    #[serde(default)]
    pub authorization_params_omit: Vec<String>,
    pub code_param_in_callback: Option<String>,
    pub code_from_webhook_path: Option<String>,
    #[serde(default)]
    pub install_flow: bool,
    pub token_url: Option<String>,
    pub token_url_fallback: Option<String>,
    pub token_method: Option<String>,
    #[serde(default)]
    pub token_params: Map<String, Value>,
    #[serde(default)]
    pub token_param_names: Texts,
    #[serde(default)]
    pub token_headers: Texts,
    pub token_body_format: Option<String>,
    pub client_auth: Option<String>,
    pub client_id_param: Option<String>,
    pub client_secret_param: Option<String>,
    pub refresh_url: Option<String>,
    #[serde(default)]
    pub refresh_params: Texts,
    pub revoke_url: Option<String>,
    #[serde(default)]
    pub revoke_params: Texts,
    #[serde(default)]
    pub default_scopes: Vec<String>,
    pub scope_separator: Option<String>,
    pub pkce: Option<bool>,
    #[serde(default)]
    pub requires_client_certificate: bool,
    pub token_response: Option<TokenResponse>,
    #[serde(default)]
    pub token_response_metadata: Vec<Kept>,
    #[serde(default)]
    pub refresh_response_metadata: Vec<Kept>,
    #[serde(default)]
    pub redirect_uri_metadata: Vec<KeptParam>,
    pub token_placement: Option<Placement>,
    pub api_key: Option<Placement>,
    #[serde(default)]
    pub api_key_also: Vec<Placement>,
    pub basic: Option<Basic>,
    pub request_token_url: Option<String>,
    #[serde(default)]
    pub request_token_params: Texts,
    pub signature_method: Option<String>,
    pub legs: Option<u8>,
    pub realm: Option<String>,
    pub jwt: Option<Jwt>,
    pub assertion: Option<Assertion>,
    #[serde(default)]
    pub additional_steps: Vec<Value>,
}

/// Kinds of authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    #[serde(rename = "oauth2_authorization_code")]
    Code,
    #[serde(rename = "oauth2_client_credentials")]
    Client,
    #[serde(rename = "oauth2_password")]
    Password,
    #[serde(rename = "oauth1")]
    OAuth1,
    #[serde(rename = "api_key")]
    ApiKey,
    #[serde(rename = "basic")]
    Basic,
    #[serde(rename = "session")]
    Session,
    #[serde(rename = "jwt")]
    Jwt,
    #[serde(rename = "none")]
    None,
    #[serde(rename = "custom")]
    Custom,
}

/// Where a secret stands in a call.
#[derive(Clone, Debug, Deserialize)]
pub struct Placement {
    #[serde(rename = "in")]
    pub place: String,
    pub name: Option<String>,
    pub template: String,
}

/// User name and password, or a whole header.
#[derive(Clone, Debug, Deserialize)]
pub struct Basic {
    pub username: Option<String>,
    pub password: Option<String>,
    pub template: Option<String>,
}

/// Where a token answer differs from RFC 6749.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct TokenResponse {
    pub access_token: Option<String>,
    pub refresh_token: Option<String>,
    pub expires: Option<String>,
    pub expires_kind: Option<String>,
    pub expires_unit: Option<String>,
    pub fixed_lifetime_s: Option<u64>,
}

/// A member of a token answer that is kept.
#[derive(Clone, Debug, Deserialize)]
pub struct Kept {
    pub path: String,
    #[serde(rename = "as")]
    pub name: String,
}

/// A parameter of the callback that is kept.
#[derive(Clone, Debug, Deserialize)]
pub struct KeptParam {
    pub param: String,
    #[serde(rename = "as")]
    pub name: String,
}

/// A token that the client signs itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Jwt {
    pub algorithm: String,
    pub key: String,
    pub lifetime_s: Option<u64>,
    #[serde(default)]
    pub header: Texts,
    #[serde(default)]
    pub payload: Map<String, Value>,
}

/// A signed statement inside a token request.
#[derive(Clone, Debug, Deserialize)]
pub struct Assertion {
    #[serde(rename = "type")]
    pub kind: String,
    pub key: String,
    pub lifetime_s: Option<u64>,
    #[serde(default)]
    pub header: Texts,
    #[serde(default)]
    pub payload: Map<String, Value>,
}

/// A value of a connection.
#[derive(Clone, Debug, Deserialize)]
pub struct Parameter {
    pub name: String,
    pub label: String,
    pub level: Level,
    pub kind: String,
    pub required: bool,
    pub sensitive: bool,
    pub source: Source,
    #[serde(default)]
    pub hidden: bool,
    #[serde(default, rename = "enum")]
    pub choices: Vec<String>,
    pub pattern: Option<String>,
    pub example: Option<String>,
    pub default: Option<String>,
    pub url_prefix: Option<String>,
    pub url_suffix: Option<String>,
    pub provider_term: Option<String>,
    /// What to tell who has to enter it; overlays only.
    pub description: Option<String>,
}

/// Who gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Partner,
    Account,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    User,
    /// The sign-in, or a lookup after it.
    Derived,
}

/// A lookup right after the sign-in.
#[derive(Clone, Debug, Deserialize)]
pub struct PostConnect {
    pub method: Option<String>,
    pub url: Option<String>,
    pub body: Option<Value>,
    pub sets: Texts,
}

/// A call that proves the credentials.
#[derive(Clone, Debug, Deserialize)]
pub struct Verification {
    pub method: String,
    pub path: String,
    pub base_url: Option<String>,
    #[serde(default)]
    pub headers: Texts,
    pub body: Option<Map<String, Value>>,
    pub basis: Basis,
}

/// How the provider says that calls come too fast.
#[derive(Clone, Debug, Deserialize)]
pub struct RateLimit {
    #[serde(default)]
    pub retry_after_headers: Vec<String>,
    /// The limit itself, requests a second; overlays only.
    pub max_requests_per_second: Option<f64>,
}

/// How lists are cut into pages.
#[derive(Clone, Debug, Deserialize)]
pub struct Pagination {
    #[serde(rename = "type")]
    pub kind: String,
    pub cursor_param: Option<String>,
    pub cursor_path: Option<String>,
    pub cursor_from: Option<String>,
    pub offset_param: Option<String>,
    pub offset_start: Option<i64>,
    pub page_param: Option<String>,
    pub limit_param: Option<String>,
    pub next_url_path: Option<String>,
    pub items_path: Option<String>,
}

/// All lines as they stand, so that an overlay can be merged over one.
pub fn lines(workspace: &Workspace) -> Result<Vec<Value>> {
    let text =
        fs::read_to_string(workspace.path(FACTS)).with_context(|| format!("reading {FACTS}"))?;
    let mut lines = Vec::new();
    let mut before = String::new();
    for (at, line) in text.lines().enumerate() {
        let value: Value =
            serde_json::from_str(line).with_context(|| format!("{FACTS}:{}", at + 1))?;
        let slug = value["slug"].as_str().unwrap_or_default().to_owned();
        if slug <= before {
            bail!(
                "{FACTS}:{}: {slug:?} does not come after {before:?}",
                at + 1
            );
        }
        before.clone_from(&slug);
        lines.push(value);
    }
    Ok(lines)
}
