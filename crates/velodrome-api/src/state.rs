//! What handlers are given: one small service each, not the whole application.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use velodrome_model::SharedClock;
use velodrome_service::{
    Access, Accounts, Administrators, Clients, Console, IpRules, Partners, Scripts, Settings,
    Throttle, Tokens, Users,
    account_connectors::AccountConnectors,
    account_sessions::AccountSessions,
    authentication::Authentications,
    calls::Calls,
    custom_connectors::CustomConnectors,
    custom_fields::CustomFields,
    cycles::Cycles,
    error_webhook::ErrorWebhook,
    ledger::Ledger,
    library::Library,
    reports::Reports,
    runs::{Transactions, Webhooks},
    steps::StepTrials,
    templates::{RecycleBin, Templates},
};

use crate::site::Site;

/// Every service that handlers use. Built once by the binary.
#[expect(missing_docs, reason = "every field is the service of its name")]
pub struct ApiServices {
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
    pub custom_connectors: CustomConnectors,
    pub custom_fields: CustomFields,
    pub cycles: Cycles,
    pub error_webhook: ErrorWebhook,
    pub authentications: Authentications,
    pub calls: Arc<Calls>,
    pub scripts: Scripts,
    pub templates: Templates,
    pub recycle_bin: RecycleBin,
    pub step_trials: StepTrials,
    pub transactions: Transactions,
    pub ledger: Ledger,
    pub reports: Reports,
    pub webhooks: Webhooks,
    pub setup_throttle: Throttle,
}

/// The services, shared: the router clones its state for every request, so that has to cost next to
/// nothing.
#[derive(Clone)]
pub struct ApiState(Arc<ApiServices>);

impl From<ApiServices> for ApiState {
    fn from(services: ApiServices) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for ApiState {
    type Target = ApiServices;

    fn deref(&self) -> &ApiServices {
        &self.0
    }
}

/// Gives handlers the service that they name.
macro_rules! from_state {
    ($($field:ident: $service:ty),+ $(,)?) => {$(
        impl FromRef<ApiState> for $service {
            fn from_ref(state: &ApiState) -> Self {
                state.$field.clone()
            }
        }
    )+};
}

from_state! {
    site: Site,
    clock: SharedClock,
    access: Access,
    tokens: Tokens,
    console: Console,
    accounts: Accounts,
    account_sessions: AccountSessions,
    users: Users,
    partners: Partners,
    settings: Settings,
    clients: Clients,
    ip_rules: IpRules,
    administrators: Administrators,
    library: Library,
    account_connectors: AccountConnectors,
    custom_connectors: CustomConnectors,
    custom_fields: CustomFields,
    cycles: Cycles,
    error_webhook: ErrorWebhook,
    authentications: Authentications,
    calls: Arc<Calls>,
    scripts: Scripts,
    templates: Templates,
    recycle_bin: RecycleBin,
    step_trials: StepTrials,
    transactions: Transactions,
    ledger: Ledger,
    reports: Reports,
    webhooks: Webhooks,
    setup_throttle: Throttle,
}
