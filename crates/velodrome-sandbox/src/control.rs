//! The tests' handle on a running sandbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dispatch::Sites;
use crate::faults::FaultRule;
use crate::oauth2::OAuth2Server;
use crate::posts::PostedWebhook;
use crate::twin::Twin;

/// Who answers the consent page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The person in front of it.
    #[default]
    Ask,
    /// The sandbox allows at once and redirects back.
    Allow,
    /// The sandbox denies at once and redirects back.
    Deny,
}

/// What happened to one consent given: a client's access to one company, store or account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantReport {
    /// Counts from 1 in the order of consent.
    pub id: u64,
    /// The client that holds it.
    pub client_id: String,
    /// The company, store or account that gave it.
    pub tenant: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Access tokens handed out, the first included.
    pub access_tokens_issued: u64,
    /// Refreshes that succeeded.
    pub refreshes: u64,
    /// Refreshes refused because the refresh token had already been replaced.
    pub refresh_reuses: u64,
    /// Whether it has ended.
    pub revoked: bool,
}

/// Asks for tokens without a browser.
#[derive(Clone, Debug, Deserialize)]
pub struct IssueRequest {
    /// The client that will use them.
    pub client_id: String,
    /// Its secret, which later refreshes must show.
    pub client_secret: String,
    /// The company, store or account; the provider's first when left out.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Scopes; the provider's default when empty.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What a token endpoint would have answered.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedTokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token, where the provider gives one.
    pub refresh_token: Option<String>,
    /// Seconds until the access token expires, where it does.
    pub expires_in: Option<i64>,
    /// The company, store or account reached.
    pub tenant: String,
}

/// Why a control request could not be met.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ControlError {
    /// No twin has this id.
    #[error("there is no provider {0:?} in the sandbox")]
    UnknownProvider(String),
    /// The twin does not speak OAuth 2.0.
    #[error("provider {0:?} does not use OAuth 2.0")]
    NotOAuth2(String),
    /// The consent is not known.
    #[error("provider {provider:?} has no grant {id}")]
    UnknownGrant {
        /// The provider.
        provider: String,
        /// The id asked for.
        id: u64,
    },
    /// The tokens could not be issued.
    #[error("{0}")]
    Refused(String),
}

/// Looks into a sandbox and causes trouble in it.
#[derive(Clone)]
pub struct SandboxControl {
    sites: Arc<Sites>,
}

impl SandboxControl {
    pub(crate) fn new(sites: Arc<Sites>) -> Self {
        Self { sites }
    }

    /// Requests that a provider received at all its origins, the failed ones included.
    pub fn requests(&self, provider: &str) -> Result<u64, ControlError> {
        let twin = self.twin(provider)?;
        Ok(twin
            .sites
            .iter()
            .map(|(host, _)| self.sites.world.requests(host))
            .sum())
    }

    /// Every consent given to clients of a provider, oldest first.
    pub fn grants(&self, provider: &str) -> Result<Vec<GrantReport>, ControlError> {
        Ok(self.oauth2(provider)?.reports())
    }

    /// Makes every access token of every provider count as expired from now on.
    pub fn expire_access_tokens(&self) {
        for twin in self.sites.built() {
            for server in &twin.oauth2 {
                server.expire_access_tokens();
            }
        }
    }

    /// Ends a consent as the provider's user would in their settings: its tokens stop working.
    pub fn revoke_grant(&self, provider: &str, id: u64) -> Result<(), ControlError> {
        if self.oauth2(provider)?.revoke_grant(id) {
            Ok(())
        } else {
            Err(ControlError::UnknownGrant {
                provider: provider.to_owned(),
                id,
            })
        }
    }

    /// Hands out tokens as if a user had consented and the code had been exchanged.
    pub fn issue(
        &self,
        provider: &str,
        request: &IssueRequest,
    ) -> Result<IssuedTokens, ControlError> {
        self.oauth2(provider)?
            .issue(request)
            .map_err(ControlError::Refused)
    }

    /// Webhooks that twins have posted or given up on, the latest hundred, oldest first.
    pub fn posted_webhooks(&self) -> Vec<PostedWebhook> {
        self.sites.world.posts.remembered()
    }

    /// Decides who answers consent pages from now on.
    pub fn set_consent(&self, consent: Consent) {
        self.sites.world.set_consent(consent);
    }

    /// Adds a fault; rules are tried in the order they were added.
    pub fn inject(&self, rule: FaultRule) {
        self.sites.world.faults.add(rule);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.sites.world.faults.clear();
    }

    /// Faults that still wait for a request.
    pub fn pending_faults(&self) -> Vec<FaultRule> {
        self.sites.world.faults.pending()
    }

    pub(crate) fn sites(&self) -> &Sites {
        &self.sites
    }

    fn twin(&self, provider: &str) -> Result<Arc<Twin>, ControlError> {
        self.sites
            .twin(provider)
            .ok_or_else(|| ControlError::UnknownProvider(provider.to_owned()))
    }

    fn oauth2(&self, provider: &str) -> Result<Arc<OAuth2Server>, ControlError> {
        self.twin(provider)?
            .oauth2
            .first()
            .cloned()
            .ok_or_else(|| ControlError::NotOAuth2(provider.to_owned()))
    }
}
