//! The token endpoint (api.md §2; RFC 6749).

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{ExposeSecret, SecretString};
use velodrome_service::{
    Tokens,
    oauth::{GrantRequest, IssuedToken, TokenError, TokenRequest},
};

use crate::{
    ApiError, ApiState, ClientAddress, ErrorBody,
    extract::{BodyLimit, read_body},
};

/// Routes of the token endpoint. A public client asks by GET with a body, so that works too.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_access_token))
        .route("/oauth/token", axum::routing::get(create_access_token))
}

/// Form fields of a token request.
#[derive(ToSchema)]
#[schema(as = TokenRequest)]
#[expect(dead_code, reason = "describes the form, which is read by name")]
struct TokenRequestForm {
    /// OAuth 2.0 grant.
    grant_type: GrantTypeWord,
    /// Client id. May come in an HTTP Basic header instead.
    #[schema(required = false)]
    client_id: String,
    /// Client secret; client_credentials only. May come in an HTTP Basic header instead.
    #[schema(required = false)]
    client_secret: String,
    /// account:{account id} restricts the token to one account; client_credentials only.
    #[schema(required = false)]
    scope: String,
    /// Console administrator; password grant only.
    #[schema(required = false)]
    username: String,
    /// Password of that administrator; password grant only.
    #[schema(required = false)]
    password: String,
    /// Refresh token of an earlier password grant; refresh_token grant only.
    #[schema(required = false)]
    refresh_token: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the form, which is read by name")]
enum GrantTypeWord {
    ClientCredentials,
    Password,
    RefreshToken,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum TokenType {
    Bearer,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
enum Refreshable {
    True,
    False,
}

/// An access token. Valid for every API call until .expires.
#[derive(Serialize, ToSchema)]
struct TokenResponse {
    /// Opaque token for the Authorization header.
    access_token: String,
    /// Always bearer, lower case.
    token_type: TokenType,
    /// Seconds until the token expires; 14 days minus one second when new.
    expires_in: i64,
    /// Token for the refresh_token grant; only for password and refresh_token grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    refresh_token: Option<String>,
    /// The administrator; only for password and refresh_token grants.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    user_name: Option<String>,
    /// The client id of the request.
    #[serde(rename = "clientId")]
    client_id: String,
    /// Granted scope; absent for an unrestricted token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    scope: Option<String>,
    /// Whether a refresh token was issued, as text.
    #[serde(rename = ".refresh")]
    refresh: Refreshable,
    /// Time of issue, RFC 1123 date in GMT.
    #[serde(rename = ".issued")]
    issued: String,
    /// Time of expiry, RFC 1123 date in GMT.
    #[serde(rename = ".expires")]
    expires: String,
}

impl From<IssuedToken> for TokenResponse {
    fn from(token: IssuedToken) -> Self {
        let date = |time: chrono::DateTime<chrono::Utc>| {
            time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        };
        Self {
            access_token: token.access_token.expose_secret().to_owned(),
            token_type: TokenType::Bearer,
            // A second is lost on the way, as clients of the original know it.
            expires_in: (token.expires_at - token.issued_at).num_seconds() - 1,
            refresh: if token.refresh_token.is_some() {
                Refreshable::True
            } else {
                Refreshable::False
            },
            refresh_token: token
                .refresh_token
                .map(|token| token.expose_secret().to_owned()),
            user_name: token.user_name,
            client_id: token.client_id,
            scope: token.account.map(|key| format!("account:{key}")),
            issued: date(token.issued_at),
            expires: date(token.expires_at),
        }
    }
}

/// Error code of RFC 6749.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OAuthErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
}

/// Error of the token endpoint (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
struct OAuthErrorBody {
    /// Error code.
    error: OAuthErrorCode,
    /// Explanation for a developer.
    error_description: Option<String>,
}

/// An error as the token endpoint answers it.
enum OAuthFailure {
    Refused {
        error: OAuthErrorCode,
        description: String,
        basic: bool,
    },
    Other(ApiError),
}

impl OAuthFailure {
    fn refused(error: OAuthErrorCode, description: impl Into<String>) -> Self {
        Self::Refused {
            error,
            description: description.into(),
            basic: false,
        }
    }

    fn from_service(error: TokenError, basic: bool) -> Self {
        let description = error.to_string();
        let code = match error {
            TokenError::InvalidClient => OAuthErrorCode::InvalidClient,
            TokenError::InvalidGrant(_) => OAuthErrorCode::InvalidGrant,
            TokenError::UnauthorizedClient => OAuthErrorCode::UnauthorizedClient,
            TokenError::InvalidScope(_) => OAuthErrorCode::InvalidScope,
            TokenError::Throttled(wait) => {
                return Self::Other(ApiError::too_many("oauth.throttled", wait));
            }
            TokenError::Hashing(cause) => return Self::Other(ApiError::unexpected(cause)),
            TokenError::Store(cause) => return Self::Other(ApiError::unexpected(cause)),
        };
        Self::Refused {
            error: code,
            description,
            basic,
        }
    }
}

impl IntoResponse for OAuthFailure {
    fn into_response(self) -> Response {
        let (error, description, basic) = match self {
            Self::Refused {
                error,
                description,
                basic,
            } => (error, description, basic),
            Self::Other(error) => return error.into_response(),
        };
        let status = match error {
            OAuthErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
            OAuthErrorCode::InvalidRequest
            | OAuthErrorCode::InvalidGrant
            | OAuthErrorCode::UnauthorizedClient
            | OAuthErrorCode::UnsupportedGrantType
            | OAuthErrorCode::InvalidScope => StatusCode::BAD_REQUEST,
        };
        let body = OAuthErrorBody {
            error,
            error_description: Some(description),
        };
        let mut response =
            (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if basic && status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"velodrome\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Bytes of a token request; its fields are short.
const MOST: BodyLimit = BodyLimit(64 * 1024);

/// Get an access token
///
/// Three grants: `client_credentials` (documented, use this), `password` and `refresh_token` (deprecated, kept for old clients; can be switched off in the security settings). Client id and secret come in the form body or in an HTTP Basic header, never in the query string. A refresh token is replaced at every use.
#[utoipa::path(post, path = "/oauth/token", operation_id = "createAccessToken", tag = "OAuth", security(()),
    request_body(content = TokenRequestForm, content_type = "application/x-www-form-urlencoded", description = "Form fields of a token request."),
    responses(
        (status = 200, description = "The token.", body = TokenResponse),
        (status = 400, description = "A form field is missing, the grant is unknown or switched off, the scope names no account of the partner, or the password or refresh token is wrong.", body = OAuthErrorBody),
        (status = 401, description = "The client id or secret is wrong or revoked. Also sent with WWW-Authenticate when HTTP Basic was used.", body = OAuthErrorBody),
        (status = 429, description = "Too many failed attempts from this address.", body = ErrorBody)))]
async fn create_access_token(
    State(tokens): State<Tokens>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, OAuthFailure> {
    let body = read_body(body, MOST).await.map_err(OAuthFailure::Other)?;
    let basic = basic_credentials(&headers)?;
    let is_basic = basic.is_some();
    let (client_id, client_secret, grant) = read_form(&body, basic)?;
    let request = TokenRequest {
        client_id,
        client_secret,
        grant,
        address,
    };
    let issued = tokens
        .issue(request)
        .await
        .map_err(|error| OAuthFailure::from_service(error, is_basic))?;
    Ok((
        [(header::CACHE_CONTROL, "no-store")],
        Json(TokenResponse::from(issued)),
    )
        .into_response())
}

type Client = (String, Option<SecretString>);

fn read_form(
    body: &[u8],
    basic: Option<Client>,
) -> Result<(String, Option<SecretString>, GrantRequest), OAuthFailure> {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let find = |name: &str| {
        let found = fields
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    };
    let need = |name: &str| {
        find(name).ok_or_else(|| {
            OAuthFailure::refused(
                OAuthErrorCode::InvalidRequest,
                format!("{name} is required."),
            )
        })
    };
    let grant_type = need("grant_type")?.to_ascii_lowercase();
    let (client_id, client_secret) = match basic {
        Some(client) => client,
        None => (
            need("client_id")?,
            find("client_secret").map(SecretString::from),
        ),
    };
    let grant = match grant_type.as_str() {
        "client_credentials" => {
            if client_secret.is_none() {
                return Err(OAuthFailure::refused(
                    OAuthErrorCode::InvalidRequest,
                    "client_secret is required.",
                ));
            }
            GrantRequest::ClientCredentials {
                scope: find("scope"),
            }
        }
        "password" => GrantRequest::Password {
            user_name: need("username")?,
            password: need("password")?.into(),
        },
        "refresh_token" => GrantRequest::RefreshToken {
            token: need("refresh_token")?.into(),
        },
        _ => {
            let text = "The grant must be client_credentials, password or refresh_token.";
            return Err(OAuthFailure::refused(
                OAuthErrorCode::UnsupportedGrantType,
                text,
            ));
        }
    };
    Ok((client_id, client_secret, grant))
}

/// Client id and secret of an HTTP Basic header; each is form-encoded (RFC 6749 §2.3.1).
fn basic_credentials(headers: &HeaderMap) -> Result<Option<Client>, OAuthFailure> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let read = || {
        let (scheme, encoded) = value.to_str().ok()?.trim().split_once(' ')?;
        let decoded = scheme
            .eq_ignore_ascii_case("basic")
            .then(|| STANDARD.decode(encoded.trim()).ok())??;
        let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some((
            form_decoded(id),
            Some(SecretString::from(form_decoded(secret))),
        ))
    };
    match read() {
        Some(client) => Ok(Some(client)),
        None => {
            let description =
                "The Authorization header must be HTTP Basic with client id and secret.".to_owned();
            Err(OAuthFailure::Refused {
                error: OAuthErrorCode::InvalidClient,
                description,
                basic: true,
            })
        }
    }
}

fn form_decoded(text: &str) -> String {
    // A text without escapes decodes to itself; '=' and '&' of a plain one are kept from parting it.
    let escaped = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map_or_else(|| text.to_owned(), |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            format!("Basic {}", STANDARD.encode(text)).parse().unwrap(),
        );
        headers
    }

    #[test]
    fn basic_credentials_are_form_encoded_but_may_be_plain() {
        for (sent, id, secret) in [
            ("a:b", "a", "b"),
            ("a%20b:c%3Ad", "a b", "c:d"),
            ("a:b=c&d", "a", "b=c&d"),
            ("a:", "a", ""),
        ] {
            let Ok(Some((found, found_secret))) = basic_credentials(&basic(sent)) else {
                panic!("{sent}")
            };
            assert_eq!(
                (found.as_str(), found_secret.unwrap().expose_secret()),
                (id, secret)
            );
        }
        assert!(basic_credentials(&basic("no colon")).is_err());
    }

    #[test]
    fn forms_name_what_is_missing() {
        let refused = |form: &str| match read_form(form.as_bytes(), None) {
            Err(OAuthFailure::Refused {
                error, description, ..
            }) => (error, description),
            _ => panic!("accepted {form}"),
        };

        assert_eq!(
            refused(""),
            (
                OAuthErrorCode::InvalidRequest,
                "grant_type is required.".into()
            )
        );
        assert_eq!(
            refused("grant_type=client_credentials").1,
            "client_id is required."
        );
        assert_eq!(
            refused("grant_type=client_credentials&client_id=a").1,
            "client_secret is required."
        );
        assert_eq!(
            refused("grant_type=password&client_id=a&username=b").1,
            "password is required."
        );
        assert_eq!(
            refused("grant_type=implicit&client_id=a").0,
            OAuthErrorCode::UnsupportedGrantType
        );
    }
}
