//! Signed assertions (RFC 7523): of the client itself, and as the grant of a service account.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{Assertion, OAuth2},
};

use super::{error::TokenError, request::OAuth2Client};
use crate::{
    auth::values::{SetupError, merged, merged_members, optional},
    keys::{JwsAlgorithm, JwsKey, KeyError},
};

/// RFC 7523 §2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Seconds that an assertion lives, and the most that one of a client does (connectors.md §9.2).
const LIFETIME: u32 = 300;
const ALGORITHM: &str = "RS256";

/// What an assertion is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Proves who the client is.
    Client,
    /// Is what a token is given for.
    Grant,
}

/// Why an assertion could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The definition's own fault.
    #[error("the definition says nothing about it; add oauth2.assertion")]
    Missing,
    /// The definition's own fault.
    #[error("{0:?} is no signature algorithm")]
    Algorithm(String),
    /// The key of the set-up.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// Whether a definition asks for tokens with an assertion of its own making. With the `grantType` but
/// without `assertion` keys, the parameter is the definition's to give.
pub(super) fn is_jwt_bearer(rules: &OAuth2) -> bool {
    rules.grant_type.as_deref() == Some(JWT_BEARER) && rules.assertion.is_some()
}

impl OAuth2Client<'_> {
    /// A signed assertion for a token endpoint, the `audience`.
    pub(super) fn assertion(
        &self,
        audience: &Url,
        purpose: Purpose,
        now: DateTime<Utc>,
    ) -> Result<SecretString, TokenError> {
        let setup = &self.setup;
        let rules = setup.rules.assertion.as_ref();
        let rules = rules.ok_or(AssertionError::Missing)?;
        let name = rules.algorithm.as_deref().unwrap_or(ALGORITHM);
        let algorithm =
            JwsAlgorithm::named(name).ok_or_else(|| AssertionError::Algorithm(name.to_owned()))?;
        let key = SecretString::from(merged(&rules.key, setup.values)?);
        let key = JwsKey::read(algorithm, key.expose_secret()).map_err(AssertionError::from)?;

        let mut header = Map::new();
        header.insert("typ".into(), "JWT".into());
        header.extend(merged_members(&rules.headers, setup.values)?);
        header.insert("alg".into(), algorithm.name.into());
        let claims = self.claims(rules, audience, purpose, now)?;
        let part = |members: Map<String, Value>| {
            URL_SAFE_NO_PAD.encode(Value::Object(members).to_string())
        };
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = key.sign(signed.as_bytes()).map_err(AssertionError::from)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }

    /// The definition's own claims win over ours. Those that come out blank are left out.
    fn claims(
        &self,
        rules: &Assertion,
        audience: &Url,
        purpose: Purpose,
        now: DateTime<Utc>,
    ) -> Result<Map<String, Value>, TokenError> {
        let values = self.setup.values;
        let usual = |given: &Option<String>, usual: &str| -> Result<String, SetupError> {
            match given {
                Some(template) => Ok(optional(template, values)?.unwrap_or_default()),
                None => Ok(usual.to_owned()),
            }
        };
        let issuer = usual(&rules.issuer, self.setup.client_id)?;
        let subject = usual(&rules.subject, &issuer)?;
        let audience = usual(&rules.audience, audience.as_str())?;
        let longest = match purpose {
            Purpose::Client => LIFETIME,
            Purpose::Grant => u32::MAX,
        };
        let lifetime = rules.lifetime_seconds.unwrap_or(LIFETIME).min(longest);
        let issued = now.timestamp();
        let mut claims = Map::new();
        for (name, value) in [("iss", issuer), ("sub", subject), ("aud", audience)] {
            if !value.is_empty() {
                claims.insert(name.into(), value.into());
            }
        }
        claims.insert("jti".into(), Uuid::new_v4().to_string().into());
        claims.insert("iat".into(), issued.into());
        claims.insert("exp".into(), (issued + i64::from(lifetime)).into());
        claims.extend(merged_members(&rules.claims, values)?);
        Ok(claims)
    }
}
