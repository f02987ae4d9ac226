//! Renewing credentials: exactly one renewal for a credential, however many calls, tasks or nodes need it
//! (connectors.md §9.6).
//!
//! Within the process the callers of one credential queue behind one lock and read again; across nodes
//! the row's lease decides who asks the provider. What the provider answers is committed before anybody
//! uses it, on top of the version that was refreshed. A renewal runs in a task of its own: a caller that
//! goes away must not take a rotated token with it.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};
use velodrome_connector::auth::{
    Credential, CredentialError, OAuth2Token,
    oauth2::{Failure, TokenAnswer, TokenError},
};
use velodrome_model::{
    AccountConnectorId, AccountScope, InstanceScope, Principal, PrincipalKind, Problem,
    definition::{Authentication, OAuth2Type},
};
use velodrome_store::{
    Lease, NewCredential, StoreError, Work,
    faults::{self, Mistake},
};

use crate::{
    Workbench,
    account_connectors::deed,
    flows::Flows,
    installation::{Installation, InstallationError, Installations},
    metrics,
};

/// How long a node may ask a provider before another may try: one try of 30 s and its commit. Each further
/// try extends it, so that little time passes after a node that died.
const LEASE: TimeDelta = TimeDelta::seconds(40);
/// How often a try that takes long extends it: scripts around a request may take a minute each.
const HOLD_EVERY: Duration = Duration::from_secs(15);
/// Between two looks at a row that another node renews.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Pauses after a failure that may pass.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];
/// After a failure that may pass, the background tries again this much later.
const RETRY_IN: TimeDelta = TimeDelta::seconds(60);
/// Refresh tokens that end are told of this much ahead (connectors.md §9.6).
const TELL_AHEAD: TimeDelta = TimeDelta::days(7);
/// So many ends are read at once.
const ENDS_AT_ONCE: u64 = 200;
/// The background renews this much before a call would, so that no call has to wait.
const AHEAD: TimeDelta = TimeDelta::seconds(180);

/// One lock for each account connector that needs one.
#[derive(Default)]
pub(crate) struct Locks(Mutex<HashMap<AccountConnectorId, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// The lock of this account connector.
    pub(crate) fn of(&self, id: AccountConnectorId) -> Arc<tokio::sync::Mutex<()>> {
        if faults::has(Mistake::RefreshWithoutLock) {
            return Arc::default();
        }
        let mut locks = self.0.lock();
        if let Some(lock) = locks.get(&id).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        locks.insert(id, Arc::downgrade(&lock));
        lock
    }
}

/// Renews credentials.
#[derive(Clone)]
pub struct Renewals {
    inner: Arc<Inner>,
}

struct Inner {
    bench: Workbench,
    installations: Installations,
    flows: Flows,
    /// One lock for each credential that is being renewed.
    locks: Locks,
    /// One lock for each session that is being renewed.
    logins: Locks,
    tasks: TaskTracker,
}

impl Renewals {
    /// Renewals over these parts. `tasks` is awaited before the process ends.
    pub fn new(
        bench: Workbench,
        installations: Installations,
        flows: Flows,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                bench,
                installations,
                flows,
                locks: Locks::default(),
                logins: Locks::default(),
                tasks,
            }),
        }
    }

    /// The credential to call with and its version, renewed first when it is due.
    ///
    /// # Errors
    /// As [`CredentialError`] says.
    pub async fn current(
        &self,
        installation: &Arc<Installation>,
    ) -> Result<(Arc<Credential>, i64), CredentialError> {
        let (credential, version) = usable(installation)?;
        if is_due(
            &installation.authentication,
            &credential,
            self.inner.bench.clock.now(),
        ) {
            return self.renew(installation, version).await;
        }
        Ok((credential, version))
    }

    /// A newer credential than the one of this version, which the provider refused.
    ///
    /// # Errors
    /// As [`CredentialError`] says.
    pub async fn renew(
        &self,
        installation: &Arc<Installation>,
        refused: i64,
    ) -> Result<(Arc<Credential>, i64), CredentialError> {
        if !can_renew(&installation.authentication) {
            return Err(CredentialError::NotRenewable);
        }
        let inner = Arc::clone(&self.inner);
        let (scope, id) = (installation.scope, installation.connector.id);
        let task = self
            .inner
            .tasks
            .spawn(async move { inner.renew_alone(scope, id, refused).await });
        task.await.map_err(|cause| {
            error!(account_connector.id = id.0, %cause, "A renewal ended without an answer");
            CredentialError::Unavailable("the renewal was interrupted".to_owned())
        })?
    }

    /// Credentials whose renewal is due by now, most urgent first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due(
        &self,
        limit: u64,
    ) -> Result<Vec<(AccountScope, AccountConnectorId)>, StoreError> {
        let unit = self.inner.bench.store.read(&InstanceScope).await?;
        unit.due_credentials(self.inner.bench.clock.now(), limit)
            .await
    }

    /// Tells, once for each, of refresh tokens that end within the week: audit log and log. Nothing renews
    /// those that a renewal does not bring a new end for, so a person has to authenticate again. Answers how
    /// many it told of.
    ///
    /// # Errors
    /// When the store fails; those that were told of stay told.
    pub async fn tell_ends(&self) -> Result<usize, StoreError> {
        let bench = &self.inner.bench;
        let by = bench.clock.now() + TELL_AHEAD;
        let mut count = 0;
        loop {
            let instance = bench.store.read(&InstanceScope).await?;
            let ending = instance.ending_credentials(by, ENDS_AT_ONCE).await?;
            drop(instance);
            let last = (ending.len() as u64) < ENDS_AT_ONCE;
            for (scope, id, end) in ending {
                let unit = bench.store.begin(&scope).await?;
                if !unit.credentials().tell_end(id, end).await? {
                    continue;
                }
                let message = format!(
                    "The refresh token ends at {}. Authenticate the connector again before.",
                    end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
                );
                let connector = unit.account_connectors().get(id).await?;
                let name = connector.map_or_else(String::new, |connector| connector.name);
                let told = Work::Notify {
                    title: format!("Authentication ends soon: {name}"),
                    message: message.clone(),
                };
                unit.outbox(&told, None).await?;
                let mut ends = deed("account_connector.credential_ends_soon", id);
                ends.comment = Some(message);
                unit.audit(&system("credential renewal"), ends).await?;
                unit.commit().await?;
                warn!(account_connector.id = id.0, %end, "A refresh token ends soon; a person has to authenticate again");
                count += 1;
            }
            if last {
                return Ok(count);
            }
        }
    }

    /// Renews one credential that [`Renewals::due`] named, ahead of the calls that need it.
    pub async fn renew_ahead(&self, scope: AccountScope, id: AccountConnectorId) {
        let installation = match self.inner.installations.load(scope, id).await {
            Ok(installation) => Arc::new(installation),
            Err(InstallationError::NotFound) => return,
            Err(cause) => {
                warn!(account_connector.id = id.0, %cause, "Could not read a credential that is due for renewal");
                return;
            }
        };
        let Some(stored) = &installation.stored else {
            return;
        };
        if stored
            .renew_at
            .is_none_or(|due| due > self.inner.bench.clock.now())
        {
            return;
        }
        if let Err(cause) = self.renew(&installation, stored.version).await {
            warn!(account_connector.id = id.0, %cause, "Could not renew a credential ahead of its expiry");
            if matches!(
                cause,
                CredentialError::NotAuthenticated | CredentialError::NotRenewable
            ) && let Err(cause) = self.inner.leave_to_calls(scope, id, stored.version).await
            {
                warn!(account_connector.id = id.0, %cause, "Could not put off a credential that can't be renewed");
            }
        }
    }
}

/// The right to log in for one account connector.
pub(crate) struct LoginTurn {
    bench: Workbench,
    installation: Arc<Installation>,
    /// Version of the credential whose lease keeps other nodes away.
    leased: Option<i64>,
}

impl LoginTurn {
    /// The installation as it was when the turn came.
    pub(crate) fn installation(&self) -> &Arc<Installation> {
        &self.installation
    }

    /// Lets others log in.
    pub(crate) async fn end(self) -> Result<(), StoreError> {
        let Some(version) = self.leased else {
            return Ok(());
        };
        let unit = self.bench.store.begin(&self.installation.scope).await?;
        unit.credentials()
            .release(self.installation.connector.id, version, None)
            .await?;
        unit.commit().await
    }
}

/// Logins of [`Caller`](crate::calls::Caller): they share locks and loader with the renewals.
impl Renewals {
    pub(crate) fn installations(&self) -> &Installations {
        &self.inner.installations
    }

    /// Held by the one login of an account connector in this process.
    pub(crate) fn login_lock(&self, id: AccountConnectorId) -> Arc<tokio::sync::Mutex<()>> {
        self.inner.logins.of(id)
    }

    /// The turn to log in; none while another node does. Nodes know of each other by the lease of the
    /// credential: without one there is nothing to lease, and a credential that is renewed itself must
    /// stay free for it, so that two nodes may then log in at once, each getting a session that works.
    pub(crate) async fn login_turn(
        &self,
        installation: &Arc<Installation>,
    ) -> Result<Option<LoginTurn>, StoreError> {
        let bench = &self.inner.bench;
        let stored = installation.stored.as_ref();
        let stored = stored.filter(|_| !can_renew(&installation.authentication));
        if let Some(stored) = stored {
            let unit = bench.store.begin(&installation.scope).await?;
            let id = installation.connector.id;
            let lease = unit
                .credentials()
                .lease(id, stored.version, faults::lease(LEASE))
                .await?;
            unit.commit().await?;
            if matches!(lease, Lease::Busy) {
                return Ok(None);
            }
        }
        Ok(Some(LoginTurn {
            bench: bench.clone(),
            installation: Arc::clone(installation),
            leased: stored.map(|stored| stored.version),
        }))
    }

    /// Waits a moment for another node.
    pub(crate) async fn look_again_later(&self) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

impl Inner {
    async fn renew_alone(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
        refused: i64,
    ) -> Result<(Arc<Credential>, i64), CredentialError> {
        let lock = self.locks.of(id);
        let _only_one = lock.lock().await;
        loop {
            let installation = self
                .installations
                .load(scope, id)
                .await
                .map_err(unavailable)?;
            let (credential, version) = usable(&installation)?;
            if version != refused {
                // Someone else brought a newer one while this caller waited.
                return Ok((credential, version));
            }
            let unit = self.bench.store.begin(&scope).await.map_err(unavailable)?;
            let lease = unit
                .credentials()
                .lease(id, version, faults::lease(LEASE))
                .await
                .map_err(unavailable)?;
            unit.commit().await.map_err(unavailable)?;
            match lease {
                Lease::Won(_) => return self.ask(&installation, &credential, version).await,
                // Another node asks the provider; its answer, or the end of its lease, is in the row.
                Lease::Busy => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Asks the provider under the lease and stores what it says.
    async fn ask(
        &self,
        installation: &Installation,
        credential: &Credential,
        version: i64,
    ) -> Result<(Arc<Credential>, i64), CredentialError> {
        let Credential::OAuth2(former) = credential else {
            return Err(CredentialError::NotRenewable);
        };
        let outcome = self.ask_with_pauses(installation, former, version).await;
        let id = installation.connector.id;
        let result = match outcome {
            Ok(answer) => {
                metrics::renewal("renewed");
                self.keep(installation, answer, version).await
            }
            Err(failure) if failure.failure() == Failure::Permanent => {
                metrics::renewal("lost");
                let reason = failure.to_string();
                info!(account_connector.id = id.0, %reason, "A credential was lost and needs re-authentication");
                self.lose(installation, version, &reason)
                    .await
                    .map_err(unavailable)?;
                Err(CredentialError::NeedsReauthentication(reason))
            }
            Err(failure) => {
                metrics::renewal("failed");
                let reason = failure.to_string();
                let retry = self.bench.clock.now() + RETRY_IN;
                let unit = self
                    .bench
                    .store
                    .begin(&installation.scope)
                    .await
                    .map_err(unavailable)?;
                unit.credentials()
                    .release(id, version, Some(retry))
                    .await
                    .map_err(unavailable)?;
                unit.commit().await.map_err(unavailable)?;
                Err(match failure {
                    TokenError::Script(_) => CredentialError::Script(reason),
                    _ => CredentialError::Unavailable(reason),
                })
            }
        };
        self.installations.forget(installation.scope, id);
        result
    }

    async fn ask_with_pauses(
        &self,
        installation: &Installation,
        former: &OAuth2Token,
        version: i64,
    ) -> Result<TokenAnswer, TokenError> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let now = self.bench.clock.now();
            let outcome = self.ask_once(installation, former, version, now).await;
            match (outcome, pauses.next()) {
                (Err(failure), Some(pause)) if failure.failure() == Failure::Transient => {
                    // A provider that names a longer wait gets it within the lease.
                    let asked = failure
                        .retry_after()
                        .unwrap_or_default()
                        .min(Duration::from_secs(10));
                    tokio::time::sleep(pause.max(asked)).await;
                    if let Err(cause) = self.hold(installation, version).await {
                        warn!(account_connector.id = installation.connector.id.0, %cause, "A renewal lost its lease");
                        return Err(failure);
                    }
                }
                (outcome, _) => return outcome,
            }
        }
    }

    /// Asks once, keeping the lease for as long as that takes.
    async fn ask_once(
        &self,
        installation: &Installation,
        former: &OAuth2Token,
        version: i64,
        now: DateTime<Utc>,
    ) -> Result<TokenAnswer, TokenError> {
        let mut asked = Box::pin(self.flows.obtain(installation, Some(former), now));
        loop {
            if let Ok(outcome) = tokio::time::timeout(HOLD_EVERY, &mut asked).await {
                return outcome;
            }
            // The answer decides: where the credential was replaced meanwhile, it is not stored.
            if let Err(cause) = self.hold(installation, version).await {
                warn!(account_connector.id = installation.connector.id.0, %cause, "A renewal could not keep its lease");
            }
        }
    }

    /// Keeps the lease for another try.
    async fn hold(&self, installation: &Installation, version: i64) -> Result<(), StoreError> {
        let unit = self.bench.store.begin(&installation.scope).await?;
        unit.credentials()
            .extend(installation.connector.id, version, LEASE)
            .await?;
        unit.commit().await
    }

    /// Commits the new token before anybody uses it. The former refresh token may be dead already, so a
    /// store that fails is tried for as long as the lease lasts.
    async fn keep(
        &self,
        installation: &Installation,
        answer: TokenAnswer,
        version: i64,
    ) -> Result<(Arc<Credential>, i64), CredentialError> {
        let credential = Credential::OAuth2(answer.token);
        let new = storable(
            &installation.authentication,
            &credential,
            self.bench.clock.now(),
        )
        .ok_or_else(|| CredentialError::Unavailable("the new token can't be stored".to_owned()))?;
        let end = self.bench.clock.now() + LEASE;
        loop {
            match self
                .store_renewed(installation, &new, &answer.properties, version)
                .await
            {
                Ok(()) => return Ok((Arc::new(credential), version + 1)),
                Err(StoreError::Stale) => {
                    // Replaced or removed by a person meanwhile: theirs is the one that counts.
                    return Err(CredentialError::Unavailable(
                        "the credential was replaced meanwhile".to_owned(),
                    ));
                }
                Err(cause) if self.bench.clock.now() < end => {
                    error!(account_connector.id = installation.connector.id.0, %cause, "A renewed credential could not be stored yet");
                    tokio::time::sleep(PAUSES[0]).await;
                }
                Err(cause) => {
                    error!(account_connector.id = installation.connector.id.0, %cause, "A renewed credential could not be stored and is lost");
                    return Err(unavailable(cause));
                }
            }
        }
    }

    async fn store_renewed(
        &self,
        installation: &Installation,
        new: &NewCredential,
        properties: &velodrome_connector::call::Properties,
        version: i64,
    ) -> Result<(), StoreError> {
        let id = installation.connector.id;
        let unit = self.bench.store.begin(&installation.scope).await?;
        unit.credentials().renewed(id, version, new).await?;
        for (name, value) in properties {
            unit.account_connectors()
                .set_property(id, name, Some(value))
                .await?;
        }
        unit.commit().await
    }

    /// Makes the loss visible, once: state and audit entry in one unit of work.
    async fn lose(
        &self,
        installation: &Installation,
        version: i64,
        reason: &str,
    ) -> Result<(), StoreError> {
        let id = installation.connector.id;
        let unit = self.bench.store.begin(&installation.scope).await?;
        let Some(mut connector) = unit.account_connectors().get(id).await? else {
            return Ok(());
        };
        unit.credentials().release(id, version, None).await?;
        connector.problem = Some(Problem::NeedsReauthentication(reason.to_owned()));
        unit.account_connectors().save(&connector).await?;
        let mut lost = deed("account_connector.credential_lost", id);
        lost.comment = Some(reason.to_owned());
        unit.audit(&system("credential renewal"), lost).await?;
        let told = Work::Notify {
            title: format!("Needs re-authentication: {}", connector.name),
            message: format!(
                "The connection {} can't be used until it is authenticated again: {reason}",
                connector.name
            ),
        };
        unit.outbox(&told, None).await?;
        unit.commit().await
    }

    /// Takes a credential that nothing can renew out of what is due.
    async fn leave_to_calls(
        &self,
        scope: AccountScope,
        id: AccountConnectorId,
        version: i64,
    ) -> Result<(), StoreError> {
        let unit = self.bench.store.begin(&scope).await?;
        unit.credentials().release(id, version, None).await?;
        unit.commit().await
    }
}

/// What to store of a credential; none when there is nothing to store.
pub(crate) fn storable(
    authentication: &Authentication,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Option<NewCredential> {
    let auth_value = credential.to_auth_value()?;
    let mut new = NewCredential {
        auth_value,
        expires_at: None,
        renew_at: None,
        refresh_expires_at: None,
    };
    if let (Credential::OAuth2(token), Some(rules)) = (credential, &authentication.oauth2) {
        new.expires_at = token.expires;
        new.refresh_expires_at = token.refresh_expires;
        let renewable =
            token.refresh_token.is_some() || rules.kind != OAuth2Type::AuthorisationCode;
        if renewable {
            let ahead = token
                .refresh_due(&rules.refresh)
                .map(|due| ahead_of(due, now));
            new.renew_at = ahead.or_else(|| token.keep_alive_due(&rules.refresh, now));
        }
    }
    Some(new)
}

/// A little before a call would renew, but not before half of the wait is over.
fn ahead_of(due: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let wait = (due - now).max(TimeDelta::zero());
    due - AHEAD.min(wait / 2)
}

fn usable(installation: &Installation) -> Result<(Arc<Credential>, i64), CredentialError> {
    if let Some(Problem::NeedsReauthentication(reason)) = &installation.connector.problem {
        return Err(CredentialError::NeedsReauthentication(reason.clone()));
    }
    let version = installation
        .stored
        .as_ref()
        .map_or(0, |stored| stored.version);
    match &installation.credential {
        Some(credential) => Ok((Arc::clone(credential), version)),
        None if needs_none(&installation.authentication) => {
            Ok((Arc::new(Credential::None), version))
        }
        None => Err(CredentialError::NotAuthenticated),
    }
}

/// Nothing is stored for these: no credentials, or all of them in properties.
pub(crate) fn needs_none(authentication: &Authentication) -> bool {
    use velodrome_model::definition::{AuthType, OAuth1Flow};
    match authentication.kind {
        AuthType::None => true,
        AuthType::OAuth1 => authentication
            .oauth1
            .as_ref()
            .is_some_and(|oauth1| oauth1.flow == OAuth1Flow::TwoLegged),
        AuthType::ApiKey | AuthType::Basic | AuthType::AuthFields | AuthType::OAuth2 => false,
    }
}

fn can_renew(authentication: &Authentication) -> bool {
    authentication.oauth2.is_some()
}

fn is_due(authentication: &Authentication, credential: &Credential, now: DateTime<Utc>) -> bool {
    let (Credential::OAuth2(token), Some(rules)) = (credential, &authentication.oauth2) else {
        return false;
    };
    token.access_token.is_none()
        || token
            .refresh_due(&rules.refresh)
            .is_some_and(|due| due <= now)
}

/// Velodrome itself, in the audit log, and what it does there.
pub(crate) fn system(doing: &str) -> Principal {
    Principal {
        kind: PrincipalKind::System,
        name: doing.to_owned(),
        address: None,
    }
}

fn unavailable(cause: impl std::error::Error + 'static) -> CredentialError {
    error!(
        cause = &cause as &dyn std::error::Error,
        "A credential could not be read or stored"
    );
    CredentialError::Unavailable("our own store could not be reached".to_owned())
}
