//! Kinds of authentication as people look for them.

use velodrome_model::definition::{AuthType, Authentication, OAuth2Type};

/// A kind to filter by; in this order they stand in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Code,
    Client,
    Password,
    OAuth1,
    ApiKey,
    Basic,
    Fields,
    None,
}

impl Kind {
    /// The kind of an authentication.
    pub fn of(authentication: &Authentication) -> Self {
        match authentication.kind {
            AuthType::OAuth2 => match authentication.oauth2.as_ref().map(|rules| rules.kind) {
                Some(OAuth2Type::ClientCredentials) => Self::Client,
                Some(OAuth2Type::PasswordCredentials) => Self::Password,
                Some(OAuth2Type::AuthorisationCode) | None => Self::Code,
            },
            AuthType::OAuth1 => Self::OAuth1,
            AuthType::ApiKey => Self::ApiKey,
            AuthType::Basic => Self::Basic,
            AuthType::AuthFields => Self::Fields,
            AuthType::None => Self::None,
        }
    }

    /// Its word in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Code => "oauth2",
            Self::Client => "oauth2-client",
            Self::Password => "oauth2-password",
            Self::OAuth1 => "oauth1",
            Self::ApiKey => "api-key",
            Self::Basic => "basic",
            Self::Fields => "values",
            Self::None => "none",
        }
    }

    /// Its name on a badge.
    pub fn label(self) -> &'static str {
        match self {
            Self::Code => "OAuth 2.0",
            Self::Client => "OAuth 2.0, client credentials",
            Self::Password => "OAuth 2.0, password",
            Self::OAuth1 => "OAuth 1.0a",
            Self::ApiKey => "API key",
            Self::Basic => "Basic",
            Self::Fields => "Values in each call",
            Self::None => "No sign-in",
        }
    }

    /// How it works, in a few words.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Code => "The user signs in at the provider and agrees (authorisation code).",
            Self::Client => "The app signs in by itself; no user is asked (client credentials).",
            Self::Password => "User name and password are exchanged for a token.",
            Self::OAuth1 => "Every call is signed (RFC 5849).",
            Self::ApiKey => "Every call carries the key.",
            Self::Basic => "Every call carries user name and password (RFC 7617).",
            Self::Fields => "Every call carries the values.",
            Self::None => "Nothing is asked.",
        }
    }
}
