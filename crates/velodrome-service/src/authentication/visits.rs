//! The tokens that let a browser in: sign-in tokens, setup tokens and the link between two pages.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountScope, ExposeSecret, InstanceScope, SecretString,
};
use velodrome_store::{OneTimeToken, ReturnTarget, TokenPurpose};

use super::{AuthenticationError, Authentications};
use crate::{
    account_connectors::{self, AccountConnectorError, deed},
    tokens,
};

/// A setup token that was made.
#[derive(Clone, Debug)]
pub struct SetupToken {
    /// To be typed in; works once.
    pub token: SecretString,
    /// Page where it is typed in.
    pub setup_url: String,
    /// The same page with the token filled in.
    pub direct_url: String,
    /// The account connector that it authenticates.
    pub account_connector: AccountConnectorId,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Someone whom a token let in.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The account.
    pub scope: AccountScope,
    /// For the audit log.
    pub user_name: String,
    /// The account connector that the token is bound to.
    pub account_connector: Option<AccountConnectorId>,
    /// Where to go then.
    pub target: ReturnTarget,
}

/// How long a person may take over a page of the flow.
const PAGE_LIFETIME: TimeDelta = TimeDelta::minutes(30);
/// Setup tokens live this long unless asked otherwise, minutes.
const SETUP_MINUTES: i64 = 5;
/// The longest life of a setup token, minutes.
const MAX_SETUP_MINUTES: i64 = 10_080;

impl Authentications {
    /// A token for somebody without access, to authenticate one account connector once.
    ///
    /// # Errors
    /// [`AccountConnectorError::NotFound`], and [`AccountConnectorError::Invalid`] when the minutes are out
    /// of range or the return address is not http(s).
    pub async fn create_setup_token(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        minutes: Option<i64>,
        return_url: Option<String>,
    ) -> Result<SetupToken, AccountConnectorError> {
        let minutes = minutes.unwrap_or(SETUP_MINUTES);
        if !(1..=MAX_SETUP_MINUTES).contains(&minutes) {
            return Err(AccountConnectorError::Invalid(format!(
                "ExpiresInMinutes must be between 1 and {MAX_SETUP_MINUTES}."
            )));
        }
        let origin = match return_url.filter(|url| !url.trim().is_empty()) {
            Some(url) => Some(web_address(&url).ok_or_else(|| {
                AccountConnectorError::Invalid(format!(
                    "{url} is not a valid http or https address."
                ))
            })?),
            None => None,
        };
        let unit = self.bench.store.begin(&actor.scope).await?;
        account_connectors::own(&self.bench, actor, &unit, id).await?;
        let token = tokens::mint("");
        let expires_at = self.bench.clock.now() + TimeDelta::minutes(minutes);
        let kept = OneTimeToken {
            hash: tokens::hash_hex(token.expose_secret()),
            scope: actor.scope,
            user: None,
            user_name: format!("setup token of {}", actor.principal.name),
            account_connector: Some(id),
            target: ReturnTarget {
                origin: origin.map(String::from),
                message: None,
            },
            expires_at,
        };
        unit.put_one_time_token(TokenPurpose::Setup, &kept).await?;
        unit.audit(
            &actor.principal,
            deed("account_connector.setup_token_created", id),
        )
        .await?;
        unit.commit().await?;
        let setup_url = self.bench.address("connectorauth/setup");
        Ok(SetupToken {
            direct_url: format!("{setup_url}?token={}", token.expose_secret()),
            setup_url,
            token,
            account_connector: id,
            expires_at,
        })
    }

    /// Lets in whoever shows a setup token; uses it up.
    ///
    /// # Errors
    /// [`AuthenticationError::Gone`] when it is unknown, used or expired.
    pub async fn use_setup_token(&self, token: &str) -> Result<Visit, AuthenticationError> {
        self.take(TokenPurpose::Setup, token).await
    }

    /// Lets in whoever shows a sign-in token; uses it up.
    ///
    /// # Errors
    /// [`AuthenticationError::Gone`] when it is unknown, used or expired.
    pub async fn use_sign_in_token(&self, token: &str) -> Result<Visit, AuthenticationError> {
        self.take(TokenPurpose::SignIn, token).await
    }

    /// A token that carries a visit to the next page: the first one is used up when it is shown.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn carry_on(
        &self,
        visit: &Visit,
        id: AccountConnectorId,
    ) -> Result<SecretString, AuthenticationError> {
        let token = tokens::mint("");
        let kept = OneTimeToken {
            hash: tokens::hash_hex(token.expose_secret()),
            scope: visit.scope,
            user: None,
            user_name: visit.user_name.clone(),
            account_connector: Some(id),
            target: visit.target.clone(),
            expires_at: self.bench.clock.now() + PAGE_LIFETIME,
        };
        let unit = self.bench.store.begin(&visit.scope).await?;
        unit.put_one_time_token(TokenPurpose::Page, &kept).await?;
        unit.commit().await?;
        Ok(token)
    }

    /// Goes on with a visit that [`Authentications::carry_on`] carried here.
    ///
    /// # Errors
    /// [`AuthenticationError::Gone`] when the page is older than it may be or was sent before.
    pub async fn carried_on(&self, token: &str) -> Result<Visit, AuthenticationError> {
        self.take(TokenPurpose::Page, token).await
    }

    /// A secret for a browser's cookie.
    pub fn new_browser_secret() -> SecretString {
        tokens::mint("")
    }

    /// Whether an address could be a target at all; its partner's rules come later.
    ///
    /// # Errors
    /// [`AuthenticationError::Target`] when it is not http(s).
    pub fn check_target(origin: &str) -> Result<(), AuthenticationError> {
        web_address(origin).map(drop).ok_or_else(not_web)
    }

    /// Where a browser may be sent after an authentication: an http(s) address, https where no scheme is
    /// given, within the Host Source Whitelist when there is one (connectors.md §9.4).
    ///
    /// # Errors
    /// [`AuthenticationError::Target`] with what is wrong.
    pub async fn target(
        &self,
        scope: AccountScope,
        origin: &str,
        message: Option<String>,
    ) -> Result<ReturnTarget, AuthenticationError> {
        let url = web_address(origin).ok_or_else(not_web)?;
        let partner = velodrome_model::PartnerScope {
            partner: scope.partner,
        };
        let allowed = self
            .library
            .settings()
            .general(partner)
            .await?
            .host_source_whitelist;
        let own = url.origin() == self.bench.public_url.origin();
        if !own && !allowed.is_empty() && !allowed.iter().any(|source| admits(source, &url)) {
            return Err(AuthenticationError::Target(
                "the parameter targetOrigin is not in the Host Source Whitelist of the partner's settings"
                    .to_owned(),
            ));
        }
        Ok(ReturnTarget {
            origin: Some(url.into()),
            message,
        })
    }

    async fn take(&self, purpose: TokenPurpose, token: &str) -> Result<Visit, AuthenticationError> {
        let unit = self.bench.store.begin(&InstanceScope).await?;
        let taken = unit
            .take_one_time_token(purpose, &tokens::hash_hex(token))
            .await?;
        unit.commit().await?;
        let taken = taken.ok_or(AuthenticationError::Gone)?;
        Ok(Visit {
            scope: taken.scope,
            user_name: taken.user_name,
            account_connector: taken.account_connector,
            target: taken.target,
        })
    }
}

fn not_web() -> AuthenticationError {
    AuthenticationError::Target(
        "the parameter targetOrigin is not a valid http or https address".to_owned(),
    )
}

/// Whether a host source, as in a Content-Security-Policy, admits an address: `*.` in front stands for any
/// name below the host, not for the host itself.
fn admits(source: &str, address: &Url) -> bool {
    let Some(source) = web_address(source) else {
        return false;
    };
    let below = source
        .host_str()
        .and_then(|host| host.strip_prefix('*'))
        .filter(|below| below.starts_with('.'));
    match (below, address.host_str()) {
        (Some(below), Some(host)) => {
            host.ends_with(below)
                && source.scheme() == address.scheme()
                && source.port_or_known_default() == address.port_or_known_default()
        }
        _ => source.origin() == address.origin(),
    }
}

/// An absolute http(s) address; https where no scheme is given.
fn web_address(text: &str) -> Option<Url> {
    let text = text.trim();
    let has_scheme = text
        .split_once("://")
        .is_some_and(|(scheme, _)| !scheme.is_empty());
    let complete = if has_scheme {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&complete).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    (is_web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_targets_and_https_is_put_in_front() {
        assert_eq!(
            web_address("app.example.com/done").unwrap().as_str(),
            "https://app.example.com/done"
        );
        assert_eq!(
            web_address("http://localhost:3000").unwrap().as_str(),
            "http://localhost:3000/"
        );
        for bad in [
            "javascript:alert(1)",
            "ftp://x.example",
            "https://user:pass@x.example",
            "",
            "//",
        ] {
            assert!(web_address(bad).is_none(), "{bad}");
        }
    }
}
