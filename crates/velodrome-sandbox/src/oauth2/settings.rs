//! How one provider's authorization server differs from the next.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::twin::Text;

/// How a client may prove itself at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// `Authorization: Basic`, both parts form-encoded first (RFC 6749 §2.3.1).
    Basic,
    /// `client_id` and `client_secret` in the form.
    Body,
    /// The secret alone identifies the client: as `Bearer`, as Basic user name, or as the form's
    /// `client_secret`. Stripe does it so.
    SecretAlone,
    /// `client_id` alone: the client keeps no secret (RFC 6749 §2.1), or proved itself otherwise.
    Public,
}

/// A grant type of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    Password,
}

/// What happens to refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// None are given.
    None,
    /// The same one stays valid.
    Kept,
    /// Each use replaces it; using a replaced one ends the grant (RFC 9700 §4.14). Unused ones
    /// expire after this time.
    Rotating { idle: TimeDelta },
}

/// Whether proof keys (RFC 7636) matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pkce {
    /// The provider does not know them.
    Ignored,
    /// Checked when the client sent a challenge.
    Offered,
    /// Refused without.
    Required,
}

/// Which scopes there are and who chooses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scopes {
    /// There are none.
    None,
    /// Set on the provider's app. A client id that contains `readonly` stands for an app that was
    /// registered with the second list.
    OfApp {
        full: &'static [&'static str],
        read_only: &'static [&'static str],
    },
    /// Whatever is asked for is granted: nobody said which there are.
    Any,
    /// Asked for in the authorization request; the second list is granted when it is left out.
    Requested {
        known: &'static [&'static str],
        default: &'static [&'static str],
    },
}

/// Somebody who can consent: a company, a store, an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tenant {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
}

/// What a token answer is built from.
pub(crate) struct TokenFacts<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) scopes: &'a [String],
}

/// Everything that tells one provider from another.
pub(crate) struct Settings {
    /// The provider's name, for people.
    pub(crate) provider: Text,
    /// What consents: `company`, `store`.
    pub(crate) tenant_word: &'static str,
    pub(crate) tenants: &'static [Tenant],
    /// The authorization parameter that names a tenant beforehand; any https origin is then a tenant.
    pub(crate) tenant_param: Option<&'static str>,
    /// What every client id starts with.
    pub(crate) client_id_prefix: &'static str,
    /// Client id and secret pairs that the front page suggests.
    pub(crate) suggested: Vec<(Text, Text)>,
    pub(crate) client_auth: &'static [ClientAuth],
    pub(crate) grants: &'static [Grant],
    pub(crate) response_type_optional: bool,
    /// Whether the code's exchange must repeat the `redirect_uri` (RFC 6749 §4.1.3).
    pub(crate) redirect_repeated: bool,
    pub(crate) state_required: bool,
    pub(crate) pkce: Pkce,
    pub(crate) scopes: Scopes,
    pub(crate) scope_separator: Text,
    pub(crate) code_life: TimeDelta,
    pub(crate) access_life: Option<TimeDelta>,
    pub(crate) refresh: Refresh,
    /// The scope without which no refresh token is given (OpenID Connect Core 1.0 §11).
    pub(crate) refresh_scope: Option<Text>,
    pub(crate) access_prefix: &'static str,
    pub(crate) token_type: &'static str,
    /// Further members of the token answer.
    pub(crate) extras: fn(&TokenFacts<'_>) -> Map<String, Value>,
}

impl Settings {
    /// The tenant of this key, or one named by an origin where the provider takes that.
    pub(crate) fn tenant(&self, key: &str) -> Option<String> {
        if let Some(tenant) = self.tenants.iter().find(|tenant| tenant.key == key) {
            return Some(tenant.key.to_owned());
        }
        self.tenant_param?;
        let url = url::Url::parse(key).ok()?;
        (url.scheme() == "https" && url.path() == "/").then(|| url.origin().ascii_serialization())
    }

    /// Whether a grant of these scopes comes with a refresh token.
    pub(crate) fn gives_refresh_token(&self, scopes: &[String]) -> bool {
        let asked = self
            .refresh_scope
            .as_ref()
            .is_none_or(|wanted| scopes.iter().any(|scope| scope == wanted));
        asked && self.refresh != Refresh::None
    }

    /// The scopes a client gets, or why it does not.
    pub(crate) fn granted_scopes(
        &self,
        client_id: &str,
        asked: &[String],
    ) -> Result<Vec<String>, String> {
        let owned = |list: &[&str]| list.iter().map(|scope| (*scope).to_owned()).collect();
        match self.scopes {
            Scopes::None => Ok(Vec::new()),
            Scopes::Any => Ok(asked.to_vec()),
            Scopes::OfApp { read_only, .. } if client_id.contains("readonly") => {
                Ok(owned(read_only))
            }
            Scopes::OfApp { full, .. } => Ok(owned(full)),
            Scopes::Requested { default, .. } if asked.is_empty() => Ok(owned(default)),
            Scopes::Requested { known, .. } => {
                match asked.iter().find(|scope| !known.contains(&scope.as_str())) {
                    Some(unknown) => Err(format!(
                        "there is no scope {unknown:?}; known are {}",
                        known.join(", ")
                    )),
                    None => Ok(asked.to_vec()),
                }
            }
        }
    }

    /// Splits a `scope` parameter. Spaces always part scopes; some providers take commas too.
    pub(crate) fn split_scopes(scope: &str) -> Vec<String> {
        scope
            .split([' ', ','])
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }
}
