//! Codes, grants and tokens. Time and random text are arguments, so every rule is a plain function.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::control::GrantReport;

/// What an access token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) grant: u64,
    pub(crate) client_id: String,
    pub(crate) tenant: String,
    pub(crate) scopes: Vec<String>,
}

/// Why an access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessError {
    Unknown,
    Expired,
    Revoked,
}

/// A consent about to be recorded.
pub(crate) struct NewGrant {
    pub(crate) client_id: String,
    pub(crate) tenant: String,
    pub(crate) scopes: Vec<String>,
}

/// What the authorization request said and the code must later fit.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// `S256` or `plain`, and the challenge.
    pub(crate) challenge: Option<(String, String)>,
    /// The tenant named beforehand.
    pub(crate) tenant: Option<String>,
}

/// An authorization request that waits for the person's decision.
pub(crate) struct Pending {
    pub(crate) authorization: Authorization,
    /// The browser it was shown in.
    pub(crate) browser: String,
    pub(crate) csrf: String,
    pub(crate) expires: DateTime<Utc>,
}

pub(crate) struct Code {
    pub(crate) authorization: Authorization,
    pub(crate) tenant: String,
    pub(crate) expires: DateTime<Utc>,
    /// The grant it was exchanged for.
    pub(crate) used: Option<u64>,
}

struct AccessToken {
    grant: u64,
    scopes: Vec<String>,
    expires: Option<DateTime<Utc>>,
}

struct RefreshToken {
    grant: u64,
    replaced: bool,
    expires: Option<DateTime<Utc>>,
}

/// A refresh token that may be used now.
pub(crate) struct Refreshable {
    pub(crate) grant: u64,
    pub(crate) client_id: String,
    pub(crate) tenant: String,
    pub(crate) scopes: Vec<String>,
}

/// Why a refresh token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshError {
    Unknown,
    Replaced,
    Expired,
    Revoked,
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) pending: HashMap<String, Pending>,
    pub(crate) codes: HashMap<String, Code>,
    grants: BTreeMap<u64, GrantReport>,
    access: HashMap<String, AccessToken>,
    refresh: HashMap<String, RefreshToken>,
    sweep_at: usize,
}

impl Ledger {
    pub(crate) fn open_grant(&mut self, new: NewGrant) -> u64 {
        let id = self.grants.len() as u64 + 1;
        let report = GrantReport {
            id,
            client_id: new.client_id,
            tenant: new.tenant,
            scopes: new.scopes,
            access_tokens_issued: 0,
            refreshes: 0,
            refresh_reuses: 0,
            revoked: false,
        };
        self.grants.insert(id, report);
        id
    }

    pub(crate) fn add_access(
        &mut self,
        grant: u64,
        token: String,
        scopes: Vec<String>,
        expires: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        self.sweep(now);
        if let Some(report) = self.grants.get_mut(&grant) {
            report.access_tokens_issued += 1;
        }
        self.access.insert(
            token,
            AccessToken {
                grant,
                scopes,
                expires,
            },
        );
    }

    pub(crate) fn add_refresh(
        &mut self,
        grant: u64,
        token: String,
        expires: Option<DateTime<Utc>>,
    ) {
        self.refresh.insert(
            token,
            RefreshToken {
                grant,
                replaced: false,
                expires,
            },
        );
    }

    pub(crate) fn access(&self, token: &str, now: DateTime<Utc>) -> Result<Access, AccessError> {
        let found = self.access.get(token).ok_or(AccessError::Unknown)?;
        let report = self.grants.get(&found.grant).ok_or(AccessError::Unknown)?;
        if report.revoked {
            return Err(AccessError::Revoked);
        }
        if found.expires.is_some_and(|expires| expires <= now) {
            return Err(AccessError::Expired);
        }
        Ok(Access {
            grant: found.grant,
            client_id: report.client_id.clone(),
            tenant: report.tenant.clone(),
            scopes: found.scopes.clone(),
        })
    }

    /// The grant of a refresh token that may be used. A replaced one ends its grant: either the
    /// client or a thief holds a copy, and nobody can tell which.
    pub(crate) fn refreshable(
        &mut self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Refreshable, RefreshError> {
        let found = self.refresh.get(token).ok_or(RefreshError::Unknown)?;
        let report = self
            .grants
            .get_mut(&found.grant)
            .ok_or(RefreshError::Unknown)?;
        if found.replaced {
            report.refresh_reuses += 1;
            report.revoked = true;
            return Err(RefreshError::Replaced);
        }
        if report.revoked {
            return Err(RefreshError::Revoked);
        }
        if found.expires.is_some_and(|expires| expires <= now) {
            return Err(RefreshError::Expired);
        }
        Ok(Refreshable {
            grant: found.grant,
            client_id: report.client_id.clone(),
            tenant: report.tenant.clone(),
            scopes: report.scopes.clone(),
        })
    }

    pub(crate) fn refreshed(&mut self, grant: u64) {
        if let Some(report) = self.grants.get_mut(&grant) {
            report.refreshes += 1;
        }
    }

    pub(crate) fn replace_refresh(&mut self, token: &str) {
        if let Some(found) = self.refresh.get_mut(token) {
            found.replaced = true;
        }
    }

    /// Ends what a token stands for, if it belongs to the client: an access token alone, or the
    /// whole grant of a refresh token (RFC 7009 §2.1).
    pub(crate) fn revoke_token(&mut self, client_id: &str, token: &str) {
        let owned = |grants: &BTreeMap<u64, GrantReport>, grant: u64| {
            grants
                .get(&grant)
                .is_some_and(|report| report.client_id == client_id)
        };
        if let Some(grant) = self.refresh.get(token).map(|found| found.grant)
            && owned(&self.grants, grant)
        {
            self.revoke_grant(grant);
        } else if let Some(grant) = self.access.get(token).map(|found| found.grant)
            && owned(&self.grants, grant)
        {
            self.access.remove(token);
        }
    }

    pub(crate) fn revoke_grant(&mut self, id: u64) -> bool {
        match self.grants.get_mut(&id) {
            Some(report) => {
                report.revoked = true;
                true
            }
            None => false,
        }
    }

    pub(crate) fn revoke_tenant(&mut self, client_id: &str, tenant: &str) -> bool {
        let mut any = false;
        for report in self.grants.values_mut() {
            if report.client_id == client_id && report.tenant == tenant && !report.revoked {
                report.revoked = true;
                any = true;
            }
        }
        any
    }

    /// The newest consent of one tenant to a client that still stands.
    pub(crate) fn consent_of(&self, client_id: &str, tenant: &str) -> Option<Vec<String>> {
        let mut own = self.grants.values().filter(|report| {
            report.client_id == client_id && report.tenant == tenant && !report.revoked
        });
        own.next_back().map(|report| report.scopes.clone())
    }

    pub(crate) fn expire_access_tokens(&mut self, now: DateTime<Utc>) {
        for token in self.access.values_mut() {
            token.expires = Some(now);
        }
    }

    pub(crate) fn reports(&self) -> Vec<GrantReport> {
        self.grants.values().cloned().collect()
    }

    /// Forgets what expired, each time the tables have doubled. A token that expired over an hour
    /// ago may then be called unknown instead of expired.
    fn sweep(&mut self, now: DateTime<Utc>) {
        if self.access.len() + self.codes.len() + self.pending.len() < self.sweep_at.max(1024) {
            return;
        }
        let recent = now - TimeDelta::hours(1);
        self.access
            .retain(|_, token| token.expires.is_none_or(|expires| expires > recent));
        self.codes.retain(|_, code| code.expires > recent);
        self.pending.retain(|_, pending| pending.expires > recent);
        self.sweep_at = 2 * (self.access.len() + self.codes.len() + self.pending.len());
    }
}
