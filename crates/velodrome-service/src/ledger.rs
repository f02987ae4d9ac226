//! The ledger: accepted = done + failed + waiting, for every account and cycle, compared with the
//! transactions again and again. What does not add up is an alarm.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tracing::error;
use velodrome_model::{
    AccountId, CycleId, InstanceScope, LedgerAlarmId, Page, PageRequest, PartnerActor, PartnerScope,
};
pub use velodrome_store::{AlarmFilter, LedgerAlarm, LedgerLine};
use velodrome_store::{Check, Checked, Deed, LedgerOf, Mismatch, Store, StoreError, Unit};

pub use crate::named::Named;
use crate::{metrics, named::named};

/// Ended transactions that are summed in one unit of work: so few that nobody who writes waits long.
const SUMMED: u32 = 500;
/// Such units of one turn.
const SUMS: u32 = 8;
/// Rows that a turn compares.
const COMPARED: u32 = 500;

/// Keeps the ledger, and shows it. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    store: Store,
    /// How far the comparisons have come that go round and round.
    cursors: Arc<Mutex<HashMap<&'static str, String>>>,
}

/// Why the ledger can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The partner has no such account.
    #[error("No account has this id here.")]
    NoAccount,
    /// The ledger has no such alarm.
    #[error("No resource with this id exists.")]
    NoAlarm,
    /// A cycle is of an account.
    #[error("Name the account of the cycle, too.")]
    NoAccountNamed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A line of the ledger with the account's API id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedLine {
    /// API id of the account.
    pub account_key: String,
    /// The line.
    pub line: LedgerLine,
}

impl Ledger {
    /// Of this store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            cursors: Arc::default(),
        }
    }

    /// One turn: sums what has ended, and compares the next rows. Tells whether there is more to be summed.
    ///
    /// # Errors
    /// When the store fails; what was done stays done.
    pub async fn reconcile(&self) -> Result<bool, StoreError> {
        let more = self.sum_up().await?;
        for check in Check::ALL {
            self.compare(check).await?;
        }
        let unit = self.store.read(&InstanceScope).await?;
        metrics::ledger_alarms(unit.open_ledger_alarms().await?);
        Ok(more)
    }

    async fn sum_up(&self) -> Result<bool, StoreError> {
        for _ in 0..SUMS {
            let unit = self.store.read(&InstanceScope).await?;
            // Whoever only looks does not take the one writer's place.
            if !unit.ledger().has_ended().await? {
                return Ok(false);
            }
            drop(unit);
            let unit = self.store.begin(&InstanceScope).await?;
            let rows = unit.ledger();
            if !rows.lock().await? {
                return Ok(false);
            }
            let folded = rows.fold(SUMMED).await?;
            let told = raise(&unit, &folded.mismatches).await?;
            unit.commit().await?;
            tell(&told);
            if folded.taken < u64::from(SUMMED) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn compare(&self, check: Check) -> Result<(), StoreError> {
        let unit = self.store.read(&InstanceScope).await?;
        let after = self.cursor(&unit, check).await?;
        let checked = unit.ledger().check(check, &after, COMPARED).await?;
        drop(unit);
        let is_written = check == Check::Requests && checked.next != after;
        if checked.is_quiet() && !is_written {
            self.remember(check, checked);
            return Ok(());
        }
        let unit = self.store.begin(&InstanceScope).await?;
        let rows = unit.ledger();
        if !rows.lock().await? {
            return Ok(());
        }
        // Again, for what was found may have been put right meanwhile.
        let checked = rows.check(check, &after, COMPARED).await?;
        let told = raise(&unit, &checked.mismatches).await?;
        rows.advance(check, &checked).await?;
        unit.commit().await?;
        tell(&told);
        self.remember(check, checked);
        Ok(())
    }

    async fn cursor(&self, unit: &Unit<InstanceScope>, check: Check) -> Result<String, StoreError> {
        if let Some(known) = self.cursors.lock().get(check.name()) {
            return Ok(known.clone());
        }
        unit.ledger().cursor(check).await
    }

    fn remember(&self, check: Check, checked: Checked) {
        self.cursors.lock().insert(check.name(), checked.next);
    }

    /// A page of the ledger: a line for each account, or for each cycle of an account.
    ///
    /// # Errors
    /// [`LedgerError::NoAccount`], [`LedgerError::NoAccountNamed`].
    pub async fn page(
        &self,
        actor: &PartnerActor,
        (account, cycle): (Option<&str>, Option<CycleId>),
        request: &PageRequest,
    ) -> Result<Page<KeyedLine>, LedgerError> {
        let unit = self.store.read(&actor.scope).await?;
        let of = match (account, cycle) {
            (None, Some(_)) => return Err(LedgerError::NoAccountNamed),
            (None, None) => LedgerOf::Accounts,
            (Some(key), cycle) => LedgerOf::Cycles(account_of(&unit, key).await?, cycle),
        };
        let page = unit.ledger_page(of, request).await?;
        let keys = unit
            .accounts()
            .keys(page.items.iter().map(|line| line.account))
            .await?;
        Ok(page.map(|line| KeyedLine {
            account_key: keys
                .get(&line.account)
                .map(ToString::to_string)
                .unwrap_or_default(),
            line,
        }))
    }

    /// A page of alarms, the newest first.
    ///
    /// # Errors
    /// [`LedgerError::NoAccount`].
    pub async fn alarms(
        &self,
        actor: &PartnerActor,
        account: Option<&str>,
        mut filter: AlarmFilter,
        request: &PageRequest,
    ) -> Result<Page<Named<LedgerAlarm>>, LedgerError> {
        let unit = self.store.read(&actor.scope).await?;
        if let Some(key) = account {
            filter.account = Some(account_of(&unit, key).await?);
        }
        let page = unit.ledger_alarms(&filter, request).await?;
        Ok(named(&unit, page, subject).await?)
    }

    /// Notes that somebody took note of an alarm.
    ///
    /// # Errors
    /// [`LedgerError::NoAlarm`].
    pub async fn acknowledge(
        &self,
        actor: &PartnerActor,
        id: LedgerAlarmId,
    ) -> Result<Named<LedgerAlarm>, LedgerError> {
        let unit = self.store.begin(&actor.scope).await?;
        let found = unit.acknowledge_alarm(id, &actor.principal.name).await?;
        let (alarm, is_new) = found.ok_or(LedgerError::NoAlarm)?;
        if is_new {
            let deed = Deed {
                action: "ledger.acknowledged",
                object_type: "LedgerAlarm",
                object_id: id.to_string(),
                account: Some(alarm.account),
                comment: Some(alarm.detail.clone()),
            };
            unit.audit(&actor.principal, deed).await?;
        }
        let one = Page {
            items: vec![alarm],
            total: 1,
            size: 1,
        };
        let mut named = named(&unit, one, subject).await?;
        unit.commit().await?;
        named.items.pop().ok_or(LedgerError::NoAlarm)
    }
}

pub(crate) async fn account_of(
    unit: &Unit<PartnerScope>,
    key: &str,
) -> Result<AccountId, LedgerError> {
    let account = unit.accounts().find(key).await?;
    Ok(account.ok_or(LedgerError::NoAccount)?.id)
}

fn subject(alarm: &LedgerAlarm) -> (Option<AccountId>, Option<CycleId>) {
    (Some(alarm.account), Some(alarm.cycle))
}

/// Those of the mismatches that were not told before.
async fn raise(
    unit: &Unit<InstanceScope>,
    mismatches: &[Mismatch],
) -> Result<Vec<Mismatch>, StoreError> {
    let mut told = Vec::new();
    for mismatch in mismatches {
        if unit.ledger().raise(mismatch).await? {
            told.push(mismatch.clone());
        }
    }
    Ok(told)
}

/// After the commit, so that what is told is true.
fn tell(mismatches: &[Mismatch]) {
    for mismatch in mismatches {
        metrics::ledger_mismatch(mismatch.kind.as_str());
        let transaction = mismatch.kind.transaction().map(tracing::field::display);
        let request = mismatch.kind.request().map(tracing::field::display);
        error!(
            account.id = %mismatch.scope.account,
            cycle.id = %mismatch.cycle,
            transaction.id = transaction,
            webhook_request.id = request,
            "The ledger does not add up: {}",
            mismatch.kind.detail()
        );
    }
}
