//! Why there is no token, and what that means for the credential.

use std::time::Duration;

use http::StatusCode;

use super::assertion::AssertionError;
use crate::{auth::values::SetupError, call::FlowError, egress::EgressError};

/// Why a token request failed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The set-up does not suffice.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The assertion's key or algorithm.
    #[error("the assertion cannot be signed: {0}")]
    Assertion(#[from] AssertionError),
    /// The connector's script failed or said no.
    #[error(transparent)]
    Script(#[from] FlowError),
    /// There is nothing to refresh with.
    #[error("the provider gave no refresh token")]
    NoRefreshToken,
    /// The refresh token has ended.
    #[error("the refresh token has expired")]
    RefreshTokenExpired,
    /// No answer.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// A no.
    #[error("{}", refusal(.status, .code, .description))]
    Refused {
        /// Its status.
        status: StatusCode,
        /// `error`.
        code: Option<String>,
        /// `error_description`, made fit to show.
        description: Option<String>,
        /// What it means.
        failure: Failure,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// A yes that cannot be read.
    #[error("the provider's token answer ({status}) is not in a format that can be read")]
    Unreadable {
        /// Its status.
        status: StatusCode,
    },
    /// A yes without a token.
    #[error("the provider's token answer holds no access token")]
    NoAccessToken,
    /// A yes that lacks what the definition requires.
    #[error("the provider's token answer lacks {0}")]
    MissingMetadata(String),
}

/// What a failed token request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The grant is gone: a person has to authenticate again.
    Permanent,
    /// The set-up or the definition is wrong: trying again is useless, the credential stays.
    Configuration,
    /// It may work a little later; nothing changes.
    Transient,
}

impl TokenError {
    /// What it means.
    pub fn failure(&self) -> Failure {
        match self {
            Self::NoRefreshToken | Self::RefreshTokenExpired => Failure::Permanent,
            Self::Setup(_) | Self::Assertion(_) | Self::Script(_) | Self::MissingMetadata(_) => {
                Failure::Configuration
            }
            Self::Egress(EgressError::Refused(_) | EgressError::Identity(_)) => {
                Failure::Configuration
            }
            // A maintenance page with status 200 must not cost anybody a credential.
            Self::Egress(_) | Self::Unreadable { .. } | Self::NoAccessToken => Failure::Transient,
            Self::Refused { failure, .. } => *failure,
        }
    }

    /// How long the provider asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What a refusal means, by its code (RFC 6749 §5.2 and common others) and else by its status.
pub(super) fn meaning(status: StatusCode, code: Option<&str>) -> Failure {
    match code.map(str::to_ascii_lowercase).as_deref() {
        Some(
            "invalid_grant"
            | "unauthorized_client"
            | "access_denied"
            | "interaction_required"
            | "consent_required"
            | "login_required"
            | "invalid_refresh_token"
            | "invalid_token"
            | "token_expired"
            | "token_revoked"
            | "expired_token"
            | "account_inactive",
        ) => return Failure::Permanent,
        Some(
            "invalid_client"
            | "invalid_client_id"
            | "invalid_request"
            | "invalid_scope"
            | "invalid_target"
            | "unsupported_grant_type"
            | "bad_client_secret"
            | "bad_redirect_uri"
            | "redirect_uri_mismatch",
        ) => return Failure::Configuration,
        Some(
            "temporarily_unavailable"
            | "server_error"
            | "slow_down"
            | "rate_limited"
            | "ratelimited",
        ) => {
            return Failure::Transient;
        }
        _ => {}
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => {
            Failure::Transient
        }
        status if status.is_server_error() => Failure::Transient,
        // A definite no to this grant in words of the provider's own; waiting does not change it, and a
        // credential that never works must become visible.
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => Failure::Permanent,
        status if status.is_success() => Failure::Permanent,
        _ => Failure::Configuration,
    }
}

fn refusal(status: &StatusCode, code: &Option<String>, description: &Option<String>) -> String {
    match (code, description) {
        (Some(code), Some(description)) => format!("the provider refused: {code} ({description})"),
        (Some(code), None) => format!("the provider refused: {code}"),
        (None, Some(description)) => format!("the provider refused: {description}"),
        (None, None) => format!("the provider answered {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart_by_code_then_by_status() {
        let table = [
            (400, Some("invalid_grant"), Failure::Permanent),
            (500, Some("invalid_grant"), Failure::Permanent),
            (200, Some("token_revoked"), Failure::Permanent),
            (401, Some("invalid_client"), Failure::Configuration),
            (400, Some("invalid_scope"), Failure::Configuration),
            (400, Some("temporarily_unavailable"), Failure::Transient),
            (503, None, Failure::Transient),
            (429, Some("whatever"), Failure::Transient),
            (400, Some("their_own_code"), Failure::Permanent),
            (401, None, Failure::Permanent),
            (302, None, Failure::Configuration),
            (404, None, Failure::Configuration),
        ];
        for (status, code, failure) in table {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(meaning(status, code), failure, "{status} {code:?}");
        }
    }
}
