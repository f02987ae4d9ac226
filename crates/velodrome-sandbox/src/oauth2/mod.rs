//! A complete OAuth 2.0 authorization server in memory (RFC 6749, 7009, 7636), strict where the
//! standards are, so that a client that passes here passes elsewhere.
//!
//! `settings` say how one provider differs; `ledger` keeps clients, codes, grants and tokens;
//! `authorize` and `token` are the endpoints, `client` proves who asks.

mod authorize;
mod client;
mod consent_page;
mod ledger;
mod settings;
mod token;

use std::sync::Arc;

pub(crate) use ledger::{Access, AccessError};
pub(crate) use settings::{ClientAuth, Grant, Pkce, Refresh, Scopes, Settings, Tenant, TokenFacts};

use parking_lot::Mutex;

use crate::control::{GrantReport, IssueRequest, IssuedTokens};
use crate::credentials::Clients;
use crate::world::World;
use ledger::{Ledger, NewGrant};

/// One provider's authorization server.
pub(crate) struct OAuth2Server {
    settings: Settings,
    world: Arc<World>,
    clients: Clients,
    ledger: Mutex<Ledger>,
}

impl OAuth2Server {
    pub(crate) fn new(world: &Arc<World>, settings: Settings) -> Self {
        Self {
            clients: Clients::with_suggested(&settings.suggested),
            settings,
            world: world.clone(),
            ledger: Mutex::new(Ledger::default()),
        }
    }

    /// What this access token allows, if it still does.
    pub(crate) fn access(&self, token: &str) -> Result<Access, AccessError> {
        self.ledger.lock().access(token, self.world.now())
    }

    pub(crate) fn reports(&self) -> Vec<GrantReport> {
        self.ledger.lock().reports()
    }

    pub(crate) fn expire_access_tokens(&self) {
        self.ledger.lock().expire_access_tokens(self.world.now());
    }

    pub(crate) fn revoke_grant(&self, id: u64) -> bool {
        self.ledger.lock().revoke_grant(id)
    }

    /// Ends all of a client's consents by one tenant; whether there was any.
    pub(crate) fn revoke_tenant(&self, client_id: &str, tenant: &str) -> bool {
        self.ledger.lock().revoke_tenant(client_id, tenant)
    }

    /// The scopes that a tenant granted a client and did not take back.
    pub(crate) fn consent_of(&self, client_id: &str, tenant: &str) -> Option<Vec<String>> {
        self.ledger.lock().consent_of(client_id, tenant)
    }

    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Tokens as if a user had consented and the code had been exchanged.
    pub(crate) fn issue(&self, request: &IssueRequest) -> Result<IssuedTokens, String> {
        let secret = Some(request.client_secret.as_str());
        self.clients
            .check(&request.client_id, secret)
            .map_err(|error| error.description())?;
        let tenant = match &request.tenant {
            None => self.settings.tenants[0].key.to_owned(),
            Some(name) => self
                .settings
                .tenant(name)
                .ok_or_else(|| format!("there is no {} {name:?}", self.settings.tenant_word))?,
        };
        let scopes = self
            .settings
            .granted_scopes(&request.client_id, &request.scopes)?;
        self.clients
            .remember(&request.client_id, &request.client_secret);
        let grant = NewGrant {
            client_id: request.client_id.clone(),
            tenant: tenant.clone(),
            scopes,
        };
        let gives_refresh = self.settings.gives_refresh_token(&grant.scopes);
        let issued = self.open_grant(grant, gives_refresh);
        Ok(IssuedTokens {
            access_token: issued.access_token,
            refresh_token: issued.refresh_token,
            expires_in: issued.expires_in,
            tenant,
        })
    }
}
