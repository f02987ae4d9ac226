//! Ways to authenticate (connectors.md §2.1, §9).

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Validation, ValueOption};

/// One way to authenticate with the remote application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authentication {
    /// Stable key within the connector.
    pub key: String,
    /// Explicit stable id; derived from the key when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_identifier: Option<Uuid>,
    /// Shown when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Hint for the installer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Preselected.
    #[serde(default)]
    pub default: bool,
    /// Not offered.
    #[serde(default)]
    pub hide: bool,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: AuthType,
    /// ApiKey: name of the header, query parameter or cookie. Absent: never sent by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_scheme: Option<String>,
    /// ApiKey: where `auth_scheme` goes.
    #[serde(default, rename = "in")]
    pub place: KeyPlace,
    /// ApiKey: text before the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Labels and rules of credential inputs, by credential name (`ClientId`, `ApiKey`…).
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, CredentialField>,
    /// AuthFields: what is asked and where it goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth_fields: Vec<AuthField>,
    /// OAuth 1.0a settings; present exactly for that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth1: Option<OAuth1>,
    /// OAuth 2.0 settings; present exactly for that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<OAuth2>,
    /// Client certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<ClientCertificate>,
}

/// Kind of authentication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuthType {
    /// No credentials.
    #[default]
    None,
    /// One key.
    ApiKey,
    /// HTTP Basic (RFC 7617).
    Basic,
    /// Named values put into the request.
    AuthFields,
    /// OAuth 2.0 (RFC 6749).
    OAuth2,
    /// OAuth 1.0a (RFC 5849).
    OAuth1,
}

/// Where an API key goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPlace {
    /// A request header.
    #[default]
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
    /// Nowhere by itself.
    None,
}

/// How one credential is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialField {
    /// Label in the remote application's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where to find the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Never asked.
    #[serde(default)]
    pub hide: bool,
    /// May stay empty.
    #[serde(default)]
    pub optional: bool,
    /// Masked and sealed.
    #[serde(default)]
    pub sensitive: bool,
    /// Asked in a text area.
    #[serde(default)]
    pub multiline: bool,
    /// Value when nobody gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueOption>,
    /// What a value must look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
}

/// A named value of an AuthFields authentication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthField {
    /// Name asked for; also the member of AuthValue.
    pub name: String,
    /// Location in the body, or name of the header or query parameter.
    pub key: String,
    /// How it is typed in.
    #[serde(rename = "type")]
    pub kind: AuthFieldType,
    /// Where it goes.
    #[serde(default, rename = "in")]
    pub place: AuthFieldPlace,
}

/// How an AuthFields value is typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthFieldType {
    /// Readable.
    Text,
    /// Masked.
    Password,
}

/// Where an AuthFields value goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthFieldPlace {
    /// Into the body.
    #[default]
    Body,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
}

/// A client certificate (PEM, may hold mergefields).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientCertificate {
    /// Certificate chain, PEM.
    pub certificate: String,
    /// Private key, PEM.
    pub private_key: String,
    /// Passphrase of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
}

/// OAuth 1.0a settings (RFC 5849).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuth1 {
    /// Which dance.
    #[serde(default)]
    pub flow: OAuth1Flow,
    /// Temporary credentials endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_token_url: Option<String>,
    /// Resource owner authorization endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorise_url: Option<String>,
    /// Token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_url: Option<String>,
    /// How requests are signed, unless a property named `SignatureMethod` says otherwise.
    #[serde(default)]
    pub signature_method: SignatureMethod,
    /// Where the protocol parameters go.
    #[serde(default)]
    pub transport: OAuth1Transport,
    /// `realm` of the Authorization header; never signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// Extra parameters of the request-token call.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub request_params: Map<String, Value>,
    /// Extra parameters of the authorise address.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub authorise_params: Map<String, Value>,
    /// Send `oauth_body_hash`.
    #[serde(default)]
    pub body_hash: bool,
    /// Members that become properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<Metadata>,
    /// Private key of the RSA methods (PEM, mergefields).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// OAuth 1.0a signature method (RFC 5849 §3.4 and its SHA-2 successors in use).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureMethod {
    /// HMAC with SHA-1.
    #[default]
    #[serde(rename = "HMAC-SHA1")]
    HmacSha1,
    /// HMAC with SHA-256.
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
    /// HMAC with SHA-512.
    #[serde(rename = "HMAC-SHA512")]
    HmacSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    #[serde(rename = "RSA-SHA1")]
    RsaSha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RSA-SHA256")]
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "RSA-SHA512")]
    RsaSha512,
    /// The secrets themselves.
    #[serde(rename = "PLAINTEXT")]
    Plaintext,
}

/// OAuth 1.0a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OAuth1Flow {
    /// With a user's consent.
    #[default]
    ThreeLegged,
    /// Signed by the consumer alone.
    TwoLegged,
    /// With a token made elsewhere.
    TokenBased,
}

/// Where OAuth 1.0a protocol parameters go (RFC 5849 §3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OAuth1Transport {
    /// Authorization header.
    #[default]
    Header,
    /// Query.
    Query,
    /// Form body.
    Body,
}

/// OAuth 2.0 settings (connectors.md §9.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuth2 {
    /// The grant.
    #[serde(rename = "type")]
    pub kind: OAuth2Type,
    /// `grant_type` when it is not the usual one of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// Authorization endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorise_url: Option<String>,
    /// Token endpoint.
    pub access_token_url: String,
    /// Token endpoint for refreshes; `access_token_url` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<String>,
    /// Revocation endpoint (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_url: Option<String>,
    /// Scopes asked for unless the setup says otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Between two scopes; a blank when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_separator: Option<String>,
    /// Name of the scope parameter; `scope` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_param: Option<String>,
    /// Extra parameters of the authorise address.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub authorise_params: Map<String, Value>,
    /// Parameters left out of the authorise address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorise_exclude: Vec<String>,
    /// Parameters renamed in the authorise address.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub authorise_rename: IndexMap<String, String>,
    /// Callback parameter that holds the code; `code` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_code_param: Option<String>,
    /// Extra parameters of token requests.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub token_params: Map<String, Value>,
    /// Parameters left out of token requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_exclude: Vec<String>,
    /// Parameters renamed in token requests.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub token_rename: IndexMap<String, String>,
    /// Headers of token requests.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub token_headers: Map<String, Value>,
    /// Extra parameters of refresh requests.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub refresh_params: Map<String, Value>,
    /// Verb of token requests.
    #[serde(default)]
    pub token_method: TokenMethod,
    /// Form of token requests.
    #[serde(default)]
    pub token_body: TokenBody,
    /// How the client proves who it is.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Proof key (RFC 7636).
    #[serde(default)]
    pub pkce: Pkce,
    /// Resource indicators (RFC 8707); one or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<OneOrMany>,
    /// Issuer that the callback must name (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Signed assertion of private_key_jwt and jwt-bearer (RFC 7523).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<Assertion>,
    /// Where members of the token response are.
    #[serde(default)]
    pub token_response: TokenResponsePaths,
    /// Members that become properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<Metadata>,
    /// How calls carry the access token; `Authorization: Bearer` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// When and how tokens are refreshed.
    #[serde(default)]
    pub refresh: RefreshRules,
}

/// OAuth 2.0 grant; the British spelling is part of the wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OAuth2Type {
    /// With a user's consent.
    AuthorisationCode,
    /// By the client alone.
    ClientCredentials,
    /// With the user's password.
    PasswordCredentials,
}

/// Verb of token requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenMethod {
    /// As the RFC says.
    #[default]
    POST,
    /// As some providers want.
    GET,
}

/// Form of token requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenBody {
    /// application/x-www-form-urlencoded.
    #[default]
    Form,
    /// application/json.
    Json,
    /// In the query.
    Query,
}

/// Client authentication at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` as parameters.
    #[default]
    Body,
    /// RFC 6749 §2.3.1, both form-encoded first.
    Basic,
    /// `client_id` only.
    None,
    /// RFC 7523.
    PrivateKeyJwt,
    /// RFC 8705.
    TlsClientAuth,
}

/// Proof key for code exchange (RFC 7636).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pkce {
    /// SHA-256 challenge.
    #[default]
    S256,
    /// The provider refuses it.
    #[serde(rename = "none")]
    None,
}

/// One text or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// A signed JWT (RFC 7523).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// JWS algorithm; RS256 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Signing key (PEM or secret; mergefields).
    pub key: String,
    /// `iss`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `aud`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Seconds until `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<u32>,
    /// Extra JOSE header members.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// Extra claims.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
}

/// Where the token response keeps its members, as dotted paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenResponsePaths {
    /// Encoding of the answer.
    pub format: TokenResponseFormat,
    /// `access_token` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// `refresh_token` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `token_type` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// `expires_in` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<String>,
    /// Unit of `expires_in`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_unit: Option<ExpiresUnit>,
    /// An absolute expiry instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Seconds until the refresh token ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_expires_in: Option<String>,
    /// `scope` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A value here is a failure, whatever the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The words of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
}

/// Encoding of a token response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenResponseFormat {
    /// By Content-Type, then JSON, then form.
    #[default]
    Auto,
    /// JSON.
    Json,
    /// application/x-www-form-urlencoded.
    Form,
    /// XML.
    Xml,
}

/// Unit of a lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpiresUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
}

/// A member of an answer that becomes an account property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Which answer.
    pub source: MetadataSource,
    /// Dotted path, parameter or header name.
    pub from: String,
    /// Property that receives it.
    pub property: String,
    /// Its absence fails the authentication.
    #[serde(default)]
    pub required: bool,
}

/// Where metadata comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetadataSource {
    /// Answer to the grant (and to refreshes).
    TokenResponse,
    /// Answer to a refresh.
    RefreshResponse,
    /// Parameter of the callback.
    Callback,
    /// Header of the token response.
    TokenHeader,
    /// Claim of the ID token.
    IdToken,
}

/// How calls carry the access token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Where.
    #[serde(default, rename = "in")]
    pub place: PlacementIn,
    /// Header, parameter or member name; `Authorization` or `access_token` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Text before the token; `Bearer ` in the Authorization header when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// Where an access token goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlacementIn {
    /// A header.
    #[default]
    Header,
    /// The query.
    Query,
    /// A cookie.
    Cookie,
    /// The body.
    Body,
    /// Nowhere by itself.
    None,
}

/// When tokens are refreshed (connectors.md §9.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RefreshRules {
    /// Seconds before expiry; 120 when absent, never more than a quarter of the lifetime.
    pub skew_seconds: u32,
    /// Lifetime when the provider names none, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_lifetime_seconds: Option<u32>,
    /// Days after which an idle refresh token is used; 0 never.
    pub keep_alive_days: u32,
    /// Refresh once when a call answers 401.
    pub on401: bool,
}

impl Default for RefreshRules {
    fn default() -> Self {
        Self {
            skew_seconds: 120,
            default_lifetime_seconds: None,
            keep_alive_days: 29,
            on401: true,
        }
    }
}
