//! Every service, built once.

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use tokio_util::task::TaskTracker;
use velodrome_api::{ApiServices, ApiState, Site};
use velodrome_connector::{call::Pipeline, rate_limit::RateLimiter};
use velodrome_engine::queue::Queue;
use velodrome_service::{
    Access, Accounts, Administrators, Clients, Console, IpRules, Partners, Passwords, Scripts,
    Settings, Throttle, Tokens, Users, Workbench,
    account_connectors::AccountConnectors,
    account_sessions::AccountSessions,
    authentication::{Authentications, Prover},
    calls::{Caller, Calls},
    custom_connectors::CustomConnectors,
    custom_fields::CustomFields,
    cycles::Cycles,
    error_webhook::ErrorWebhook,
    flows::Flows,
    follow_ups::FollowUps,
    hooks::Hooks,
    housekeeping::Housekeeping,
    installation::Installations,
    ledger::Ledger,
    library::Library,
    outbox::Outbox,
    rates::SharedRates,
    renewal::Renewals,
    reports::Reports,
    runs::{Messenger, Nobody, Runs, Transactions, Webhooks},
    steps::{StepTrials, Steps},
    templates::{RecycleBin, Templates},
};
use velodrome_store::Database;

/// Failures at a setup page before its visitor has to wait, and the longest wait.
const SETUP_FAILURES: u32 = 20;
const LONGEST_SETUP_WAIT: TimeDelta = TimeDelta::minutes(5);

/// What the API and the engine are given.
pub struct Services {
    /// For requests.
    pub api: ApiState,
    /// For renewals ahead of time.
    pub renewals: Renewals,
    /// For what follows from changes.
    pub outbox: Outbox,
    /// For tidying.
    pub housekeeping: Housekeeping,
    /// For transactions.
    pub runs: Runs,
    /// For webhooks at providers.
    pub hooks: Hooks,
    /// For telling of errors.
    pub errors: ErrorWebhook,
    /// For comparing what was accepted with what is there.
    pub ledger: Ledger,
    /// For upgrades of installed cycles.
    pub templates: Templates,
}

/// How many passwords are hashed at once: each takes a processor and some memory.
///
/// # Errors
/// When hashing can't be set up.
pub fn passwords() -> Result<Passwords> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Passwords::new(processors).context("setting up password hashing")
}

/// What ties a node to others: the database, and the queue where there is one.
pub struct Ties<'a> {
    /// Where it is.
    pub database: &'a Database,
    /// What tells other nodes.
    pub queue: Option<&'a Queue>,
}

/// Builds them over a workbench. `tasks` is where renewals run, which must not be cut off.
pub fn build(
    bench: &Workbench,
    ties: &Ties<'_>,
    site: Site,
    passwords: &Passwords,
    tasks: TaskTracker,
) -> Services {
    let (store, clock) = (&bench.store, &bench.clock);
    let settings = Settings::new(store.clone(), bench.public_url.clone());
    let fresh = match ties.database {
        // The only node changes everything itself, and forgets what it kept when it does.
        Database::Sqlite(_) => velodrome_service::access::FRESH,
        Database::Postgres(_) => std::time::Duration::ZERO,
    };
    let access = Access::new(store.clone(), clock.clone(), fresh);
    let installations = Installations::new(bench.clone(), settings.clone());
    let limiter = Arc::new(match ties.database {
        Database::Sqlite(_) => RateLimiter::new(),
        Database::Postgres(_) => RateLimiter::shared(Arc::new(SharedRates::new(store.clone()))),
    });
    let others: Arc<dyn Messenger> = match ties.queue {
        Some(queue) => Arc::new(queue.clone()),
        None => Arc::new(Nobody),
    };
    let pipeline = Arc::new(Pipeline::new(bench.client.clone(), limiter, clock.clone()));
    let flows = Flows::new(bench.clone(), Arc::clone(&pipeline));
    let renewals = Renewals::new(
        bench.clone(),
        installations.clone(),
        flows.clone(),
        tasks.clone(),
    );
    let caller = Caller::new(bench.clone(), Arc::clone(&pipeline), renewals.clone());
    let custom_fields = CustomFields::new(caller.clone(), tasks);
    let prover = Prover::new(
        bench.clone(),
        installations.clone(),
        caller.clone(),
        custom_fields.clone(),
    );
    let library = Library::new(bench.clone(), settings.clone(), installations.clone());
    let steps = Steps::new(caller.clone(), settings.clone());
    let hooks = Hooks::new(bench.clone(), steps.clone());
    let runs = Runs::telling(
        store.clone(),
        clock.clone(),
        settings.clone(),
        Arc::new(steps.clone()),
        others,
    );
    let errors = ErrorWebhook::new(bench.clone(), settings.clone());
    let follow_ups = FollowUps::new(bench.clone(), settings.clone());
    let calls = Arc::new(Calls::new(
        bench.clone(),
        settings.clone(),
        access.clone(),
        installations.clone(),
        caller,
        prover.clone(),
    ));
    let cycles = Cycles::new(
        bench.clone(),
        settings.clone(),
        installations.clone(),
        custom_fields.clone(),
        Arc::clone(&calls),
        hooks.clone(),
    );
    let templates = Templates::new(
        bench.clone(),
        settings.clone(),
        installations.clone(),
        custom_fields.clone(),
        cycles.clone(),
    );
    let ledger = Ledger::new(store.clone());
    let api = ApiState::from(ApiServices {
        site,
        clock: clock.clone(),
        tokens: Tokens::new(store.clone(), passwords.clone(), clock.clone()),
        console: Console::new(
            store.clone(),
            access.clone(),
            passwords.clone(),
            clock.clone(),
        ),
        accounts: Accounts::new(bench, settings.clone(), access.clone(), hooks.clone()),
        account_sessions: AccountSessions::new(store.clone(), clock.clone()),
        users: Users::new(store.clone(), passwords.clone()),
        partners: Partners::new(store.clone(), settings.clone(), clock.clone()),
        clients: Clients::new(
            store.clone(),
            settings.clone(),
            access.clone(),
            clock.clone(),
        ),
        ip_rules: IpRules::new(store.clone(), access.clone()),
        administrators: Administrators::new(store.clone(), access.clone(), clock.clone()),
        account_connectors: AccountConnectors::new(
            bench.clone(),
            library.clone(),
            installations.clone(),
            hooks.clone(),
        ),
        custom_connectors: CustomConnectors::new(
            bench.clone(),
            settings.clone(),
            installations.clone(),
        ),
        cycles,
        error_webhook: errors.clone(),
        custom_fields,
        authentications: Authentications::new(
            bench.clone(),
            library.clone(),
            installations,
            flows,
            prover,
        ),
        calls,
        scripts: Scripts::new(pipeline, settings.clone()),
        templates: templates.clone(),
        recycle_bin: RecycleBin::new(store.clone()),
        step_trials: StepTrials::new(steps, access.clone()),
        transactions: Transactions::new(&runs),
        ledger: ledger.clone(),
        reports: Reports::new(bench.clone()),
        webhooks: Webhooks::new(&runs),
        setup_throttle: Throttle::new(clock.clone(), SETUP_FAILURES, LONGEST_SETUP_WAIT),
        access,
        settings,
        library,
    });
    Services {
        api,
        renewals,
        outbox: Outbox::new(store.clone(), clock.clone(), follow_ups),
        housekeeping: Housekeeping::new(store.clone()),
        runs,
        hooks,
        errors,
        ledger,
        templates,
    }
}
