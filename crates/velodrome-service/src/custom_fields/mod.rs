//! Custom fields that lookups of the definition find (connectors.md §5): when they are looked for, and what
//! becomes of what is found.

mod changes;
mod lookups;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use velodrome_connector::call::Mode;
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountScope, AuthenticationState, MethodUid,
    custom_field::MOST_RECORDS, definition::Method,
};
use velodrome_store::StoreError;

use crate::{
    account_connectors::{deed, owners},
    calls::{CallFailure, Caller, Given},
    installation::{Installation, InstallationError},
    renewal::{Locks, system},
};

use changes::Changes;
use lookups::{Looked, Lookup};

/// How long what was found is good.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// After a lookup that failed, the next occasion is this much later.
const RETRY: TimeDelta = TimeDelta::minutes(1);
/// How long somebody who opens the setup waits; the lookups go on without them.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks for custom fields. Cheap to clone.
#[derive(Clone)]
pub struct CustomFields {
    caller: Caller,
    tasks: TaskTracker,
    /// One search for an account connector at a time.
    locks: Arc<Locks>,
}

impl CustomFields {
    /// Searches over this caller. `tasks` is awaited before the process ends.
    pub fn new(caller: Caller, tasks: TaskTracker) -> Self {
        Self {
            caller,
            tasks,
            locks: Arc::default(),
        }
    }

    /// Somebody opens the setup of an account connector: looks for its fields unless that was done within
    /// the last ten minutes. What can't be found does not keep anybody from what is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
    ) -> Result<(), StoreError> {
        for scope in owners(actor) {
            match self.caller.installations().get(scope, id).await {
                Ok(installation) if lookups::has_any(&installation) => {
                    let search = self.begin(scope, id, false);
                    return match tokio::time::timeout(PATIENCE, search).await {
                        Ok(Ok(outcome)) => outcome,
                        Ok(Err(cause)) => {
                            warn!(account_connector.id = id.0, %cause, "A search for custom fields ended without an answer");
                            Ok(())
                        }
                        Err(_) => Ok(()),
                    };
                }
                Ok(_) | Err(InstallationError::Undefined) => return Ok(()),
                Err(InstallationError::NotFound) => {}
                Err(InstallationError::Store(cause)) => return Err(cause),
            }
        }
        Ok(())
    }

    /// Looks for the fields of one method, however fresh what is known of them is.
    ///
    /// # Errors
    /// As [`CallFailure`] says; what was found before stays then.
    pub(crate) async fn look_again(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
        method: MethodUid,
    ) -> Result<(), CallFailure> {
        let lock = self.locks.of(id);
        let _only_one = lock.lock().await;
        let installation = Arc::new(self.caller.installations().load(scope, id).await?);
        if installation.is_suspended {
            return Err(CallFailure::Suspended);
        }
        let mut looked = Looked::default();
        for lookup in lookups::of(&installation) {
            if lookup.is_about(method) {
                let body = self.answer(&installation, &lookup).await?;
                looked.heard(&lookup, &body);
            }
        }
        let bench = self.caller.bench();
        let unit = bench.store.read(&scope).await?;
        // Other methods' lookups are as due as they were.
        let due = unit.custom_fields().search_due(id).await?;
        drop(unit);
        let due = due.unwrap_or_else(|| bench.clock.now());
        Ok(self.keep(&installation, looked, due).await?)
    }

    /// A connector has just been authenticated: looks for its fields, and nobody waits.
    pub(crate) fn authenticated(&self, installation: &Installation) {
        if lookups::has_any(installation) {
            // The task is tracked; nobody needs its handle.
            drop(self.begin(installation.scope, installation.connector.id, true));
        }
    }

    fn begin(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
        anew: bool,
    ) -> tokio::task::JoinHandle<Result<(), StoreError>> {
        let this = self.clone();
        self.tasks.spawn(async move {
            let outcome = this.search(scope, id, anew).await;
            if let Err(cause) = &outcome {
                warn!(account_connector.id = id.0, %cause, "A search for custom fields failed");
            }
            outcome
        })
    }

    async fn search(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
        anew: bool,
    ) -> Result<(), StoreError> {
        let lock = self.locks.of(id);
        let _only_one = lock.lock().await;
        let installation = match self.caller.installations().load(scope, id).await {
            Ok(installation) => Arc::new(installation),
            Err(InstallationError::NotFound | InstallationError::Undefined) => return Ok(()),
            Err(InstallationError::Store(cause)) => return Err(cause),
        };
        if installation.is_suspended || !is_authenticated(&installation) {
            return Ok(());
        }
        let store = &self.caller.bench().store;
        let clock = &self.caller.bench().clock;
        let due = store
            .read(&scope)
            .await?
            .custom_fields()
            .search_due(id)
            .await?;
        if !anew && due.is_some_and(|due| due > clock.now()) {
            return Ok(());
        }
        let looked = self.look_up(&installation).await;
        let wait = if looked.failed > 0 { RETRY } else { FRESH };
        self.keep(&installation, looked, clock.now() + wait).await
    }

    /// Runs the lookups, each once for an object.
    async fn look_up(&self, installation: &Arc<Installation>) -> Looked {
        let mut looked = Looked::default();
        for lookup in lookups::of(installation) {
            let id = installation.connector.id;
            match self.answer(installation, &lookup).await {
                Ok(body) => looked.heard(&lookup, &body),
                Err(cause) => {
                    looked.failed += 1;
                    warn!(account_connector.id = id.0, method = lookup.method.key, %cause, "A lookup of custom fields failed");
                }
            }
        }
        looked
    }

    async fn answer(
        &self,
        installation: &Arc<Installation>,
        lookup: &Lookup<'_>,
    ) -> Result<Value, velodrome_connector::call::CallError> {
        let given = Given {
            object: lookup.object.clone(),
            ..Given::default()
        };
        let reply = self
            .caller
            .call(installation, lookup.method, &given, mode(lookup.method));
        Box::pin(reply).await?.body.into_value()
    }

    /// Stores what was found in one unit of work, with the audit entry.
    async fn keep(
        &self,
        installation: &Installation,
        looked: Looked,
        due: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StoreError> {
        let (scope, id) = (installation.scope, installation.connector.id);
        let unit = self.caller.bench().store.begin(&scope).await?;
        if unit.account_connectors().get(id).await?.is_none() {
            return Ok(());
        }
        let rows = unit.custom_fields();
        let Changes {
            new,
            changed,
            gone,
            skipped,
        } = Changes::between(rows.all(id).await?, looked)?;
        let summary = format!(
            "{} found, {} changed, {} gone",
            new.len(),
            changed.len(),
            gone.len()
        );
        let is_any = !(new.is_empty() && changed.is_empty() && gone.is_empty());
        rows.insert_new(id, new).await?;
        for field in changed {
            rows.replace(id, field).await?;
        }
        rows.delete_all(id, &gone).await?;
        rows.searched(id, due).await?;
        if is_any || !skipped.is_empty() {
            let mut found = deed("account_connector.fields_found", id);
            found.comment = Some(with_skipped(&summary, &skipped));
            unit.audit(&system("custom field lookup"), found).await?;
        }
        unit.commit().await?;
        if is_any {
            info!(account_connector.id = id.0, %summary, "Custom fields changed");
        }
        if let Some(first) = skipped.first() {
            warn!(
                account_connector.id = id.0,
                skipped = skipped.len(),
                first,
                "A lookup of custom fields described some that can't be used"
            );
        }
        self.caller.installations().forget(scope, id);
        Ok(())
    }
}

/// Rows that are named in the audit log; the rest is counted.
const MOST_NAMED: usize = 5;

fn with_skipped(summary: &str, skipped: &[String]) -> String {
    if skipped.is_empty() {
        return summary.to_owned();
    }
    let named: Vec<&str> = skipped
        .iter()
        .take(MOST_NAMED)
        .map(String::as_str)
        .collect();
    let more = skipped.len() - named.len();
    let rest = if more > 0 {
        format!("; {more} more")
    } else {
        String::new()
    };
    format!("{summary}; skipped: {}{rest}", named.join("; "))
}

/// Rows that describe fields are wanted all; of records, as many as are looked at.
fn mode(lookup: &Method) -> Mode {
    if lookup.for_enhanced_custom_fields {
        Mode::AllPages
    } else {
        Mode::Records(MOST_RECORDS)
    }
}

/// Whether it has what it needs to call.
pub(crate) fn is_authenticated(installation: &Installation) -> bool {
    let needs_credential = !crate::renewal::needs_none(&installation.authentication)
        && installation.credential.is_none();
    installation.connector.state(needs_credential) == AuthenticationState::Authenticated
}
