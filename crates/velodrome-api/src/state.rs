//! What handlers are given: one small service each, not the whole application.

use axum::extract::FromRef;
use velodrome_model::SharedClock;
use velodrome_service::{
    Access, Accounts, Administrators, Clients, Console, IpRules, Partners, Settings, Throttle,
    Tokens, Users, account_connectors::AccountConnectors, account_sessions::AccountSessions,
    authentication::Authentications, calls::Calls, library::Library,
};

use crate::site::Site;

/// Every service that handlers use. Built once by the binary; cheap to clone.
#[derive(Clone, FromRef)]
#[expect(missing_docs, reason = "every field is the service of its name")]
pub struct ApiState {
    pub site: Site,
    pub clock: SharedClock,
    pub access: Access,
    pub tokens: Tokens,
    pub console: Console,
    pub accounts: Accounts,
    pub account_sessions: AccountSessions,
    pub users: Users,
    pub partners: Partners,
    pub settings: Settings,
    pub clients: Clients,
    pub ip_rules: IpRules,
    pub administrators: Administrators,
    pub library: Library,
    pub account_connectors: AccountConnectors,
    pub authentications: Authentications,
    pub calls: Calls,
    pub setup_throttle: Throttle,
}
