//! Webhooks that cycles have at their providers (connectors.md §6): registered before a cycle starts, renewed
//! before they expire, taken back when step, cycle or credential goes.
//!
//! Every registration is a row that is written before the provider is asked. Whoever dies in between leaves
//! the row: the next start asks again under the same identity (the mergefield `IdempotencyKey`), unless the
//! step says that what is uncertain is not repeated. A row goes only when the provider has taken the webhook
//! back, or when it refused to so often that people are told to do it by hand.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, interval_at};
use tracing::{error, warn};
use uuid::Uuid;
use velodrome_model::{
    AccountConnectorId, AccountScope, CycleId, InstanceScope, PartnerScope, StepId,
    cycle::{CycleDocument, CycleStatus, IncidentLevel, OnUncertain, Step, Trouble},
};
use velodrome_store::{
    HookFacts, HookedMethod, NewIncident, Registration, RegistrationState, StoreError,
};

use crate::{
    Workbench,
    steps::{HookDeed, HookFault, HookPlan, Steps},
};

/// How long a row is ours; extended while the provider takes its time.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// Between two extensions.
const EXTEND: Duration = Duration::from_secs(10);
/// Rows that are worked on in one turn.
const AT_ONCE: u64 = 16;
/// Before each of the repetitions of what a provider did not do (connectors.md §6: retried 5 times).
const PAUSES: [TimeDelta; 5] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(3),
    TimeDelta::minutes(15),
    TimeDelta::hours(1),
];
/// The same where somebody waits for it, and how long at most.
const SHORT_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Before a webhook is registered again whose connector has no credential, or that expires.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(10);
/// What people are told of a webhook that is not asked for again.
const UNKNOWN: &str = "Nobody knows whether the provider has the webhook: it was asked for it, and the answer \
     was lost. Look there, remove it if it is there, and start the cycle again.";

/// Registers webhooks, and has them taken back. Cheap to clone.
#[derive(Clone)]
pub struct Hooks {
    bench: Workbench,
    steps: Steps,
}

/// Why a cycle's webhooks are not registered.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The provider did not do it.
    #[error("Webhook failed: {step}: {detail}")]
    Failed {
        /// The step.
        step: String,
        /// Why, in one line.
        detail: String,
    },
    /// Somebody else is at it.
    #[error("The webhook of {0} is being registered already. Try again in a minute.")]
    Busy(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is to become of webhooks whose credential goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Afterwards {
    /// Those of running cycles are registered again when there is a credential.
    Again,
    /// None is needed any more.
    Never,
}

impl Hooks {
    /// Webhooks that these steps receive for.
    pub fn new(bench: Workbench, steps: Steps) -> Self {
        Self { bench, steps }
    }

    /// Registers what the webhook steps of a cycle need at their providers, once: what is registered already
    /// stays. What no step uses any more is taken back later.
    ///
    /// # Errors
    /// As [`HookError`] says. People find the incident *Webhook failed* then, and what was registered by this
    /// call is taken back.
    pub(crate) async fn register(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        document: &CycleDocument,
    ) -> Result<(), HookError> {
        let mut made = Vec::new();
        let outcome = Box::pin(self.register_all(scope, cycle, document, &mut made)).await;
        if let Err(cause) = outcome {
            if !made.is_empty() {
                let unit = self.bench.store.begin(&scope).await?;
                unit.registrations().remove_later(&made).await?;
                unit.commit().await?;
            }
            return Err(cause);
        }
        Ok(())
    }

    async fn register_all(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        document: &CycleDocument,
        made: &mut Vec<Uuid>,
    ) -> Result<(), HookError> {
        let is_hook = |step: &&Step| step.method().is_some_and(|method| method.is_webhook);
        let hooks: Vec<&Step> = document.steps.iter().filter(is_hook).collect();
        let unit = self.bench.store.read(&scope).await?;
        let known = unit.registrations().of_cycle(cycle).await?;
        let states = unit.cycles().step_states(cycle).await?;
        drop(unit);
        if hooks.is_empty() && known.is_empty() {
            return Ok(());
        }
        let mut live: HashMap<StepId, Registration> = known
            .into_iter()
            .filter(|one| one.state != RegistrationState::Removing)
            .map(|one| (one.step, one))
            .collect();
        for step in hooks {
            let key = states.get(&step.id).and_then(|it| it.webhook_key.as_ref());
            let Some(key) = key else { continue };
            let url = self.bench.address(&format!("api/webhook/{key}"));
            let plan = self
                .steps
                .hook_plan(scope, cycle, document, step, url)
                .await;
            let plan = match plan {
                Ok(Some(plan)) => plan,
                Ok(None) => continue,
                Err(fault) => return Err(self.refused(scope, cycle, step, fault).await?),
            };
            let of_step = live.remove(&step.id);
            let new = Box::pin(self.register_one(scope, cycle, step, plan, of_step)).await?;
            made.extend(new);
        }
        let unused: Vec<Uuid> = live.into_values().map(|one| one.id).collect();
        if !unused.is_empty() {
            let unit = self.bench.store.begin(&scope).await?;
            unit.registrations().remove_later(&unused).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    /// The webhook of one step; gives its id where it was not there before.
    async fn register_one(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        step: &Step,
        plan: HookPlan,
        former: Option<Registration>,
    ) -> Result<Option<Uuid>, HookError> {
        let now = self.bench.clock.now();
        let busy = || HookError::Busy(step.name.clone());
        let unit = self.bench.store.begin(&scope).await?;
        let rows = unit.registrations();
        let id = match former {
            Some(former) if former.state == RegistrationState::Registered => {
                if is_good(&former, &plan, now) {
                    return Ok(None);
                }
                rows.remove_later(&[former.id]).await?;
                None
            }
            Some(former) if former.lease_until.is_some_and(|until| until > now) => {
                return Err(busy());
            }
            Some(former)
                if former.state == RegistrationState::Registering
                    && plan.on_uncertain == OnUncertain::Stop =>
            {
                rows.forget(former.id).await?;
                unit.commit().await?;
                let fault = HookFault::Unclear(UNKNOWN.to_owned());
                return Err(self.refused(scope, cycle, step, fault).await?);
            }
            Some(former) if former.of.method == plan.of.method => {
                match rows.take(former.id, &plan.facts, LEASE).await? {
                    true => Some(former.id),
                    false => return Err(busy()),
                }
            }
            Some(former) => {
                rows.remove_later(&[former.id]).await?;
                None
            }
            None => None,
        };
        let id = match id {
            Some(id) => id,
            None => match rows
                .intend(cycle, step.id, plan.of, &plan.facts, LEASE)
                .await
            {
                Err(StoreError::Conflict(_)) => return Err(busy()),
                intended => intended?,
            },
        };
        unit.commit().await?;
        let about = (scope, cycle, step.id);
        match self
            .ask(about, plan.of, HookDeed::Create, &plan.facts, id)
            .await
        {
            Ok(facts) => {
                self.registered(scope, id, &facts).await?;
                Ok(Some(id))
            }
            Err(fault) => {
                let unit = self.bench.store.begin(&scope).await?;
                match fault {
                    // Asked again under the same identity.
                    HookFault::Unclear(_) | HookFault::Store(_) => {
                        unit.registrations().put_off(id, None, 1).await?;
                    }
                    _ => unit.registrations().forget(id).await?,
                }
                unit.commit().await?;
                Err(self.refused(scope, cycle, step, fault).await?)
            }
        }
    }

    async fn registered(
        &self,
        scope: AccountScope,
        id: Uuid,
        facts: &HookFacts,
    ) -> Result<(), StoreError> {
        let now = self.bench.clock.now();
        let unit = self.bench.store.begin(&scope).await?;
        let again = facts.expires.map(|expires| renewal(now, expires));
        unit.registrations().registered(id, facts, again).await?;
        unit.commit().await
    }

    /// Asks the provider, and holds the row meanwhile.
    async fn ask(
        &self,
        about: (AccountScope, CycleId, StepId),
        of: HookedMethod,
        deed: HookDeed,
        facts: &HookFacts,
        id: Uuid,
    ) -> Result<HookFacts, HookFault> {
        let call = self.steps.hook_call(about, of, deed, facts, id);
        let mut call = std::pin::pin!(call);
        let mut ticks = interval_at(Instant::now() + EXTEND, EXTEND);
        loop {
            tokio::select! {
                answered = &mut call => {
                    // What has no method for it needs none.
                    return Ok(answered?.unwrap_or_else(|| facts.clone()));
                }
                _ = ticks.tick() => {
                    let unit = self.bench.store.begin(&about.0).await?;
                    unit.registrations().extend(id, LEASE).await?;
                    unit.commit().await?;
                }
            }
        }
    }

    /// Tells people why, and whoever wanted to start the cycle.
    async fn refused(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        step: &Step,
        fault: HookFault,
    ) -> Result<HookError, HookError> {
        let detail = match fault {
            HookFault::Store(cause) => return Err(cause.into()),
            fault => fault.detail(),
        };
        self.tell(scope, cycle, Some((step.id, step.name.clone())), &detail)
            .await?;
        let line = detail.lines().next().unwrap_or_default().to_owned();
        Ok(HookError::Failed {
            step: step.name.clone(),
            detail: line,
        })
    }

    /// The incident *Webhook failed*; nobody is told of a cycle that is gone for good.
    async fn tell(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        step: Option<(StepId, String)>,
        detail: &str,
    ) -> Result<(), StoreError> {
        let unit = self.bench.store.begin(&scope).await?;
        if unit.cycles().get_with_deleted(cycle).await?.is_some() {
            let word = (
                IncidentLevel::Error,
                Trouble::WebhookFailed.as_str().to_owned(),
            );
            let incident = NewIncident::new(&self.bench.store, step, word, detail.to_owned())?;
            unit.runs().tell(cycle, incident).await?;
        } else {
            warn!(cycle.id = %cycle, "A webhook stayed at its provider: {detail}");
        }
        unit.commit().await
    }

    /// Does what is due: takes webhooks back, renews those that expire, registers those that running cycles
    /// lack. Tells whether there may be more.
    ///
    /// # Errors
    /// When the store fails; what was done stays done.
    pub async fn work(&self) -> Result<bool, StoreError> {
        let unit = self.bench.store.begin(&InstanceScope).await?;
        let claimed = unit.claim_registrations(AT_ONCE, LEASE).await?;
        unit.commit().await?;
        let is_full = claimed.len() as u64 == AT_ONCE;
        let work = claimed.into_iter().map(|one| self.work_on(one));
        for outcome in futures::future::join_all(work).await {
            outcome?;
        }
        Ok(is_full)
    }

    async fn work_on(&self, one: Registration) -> Result<(), StoreError> {
        match one.state {
            RegistrationState::Removing => self.remove(&one).await,
            RegistrationState::Registered => self.renew(&one).await,
            RegistrationState::Wanted | RegistrationState::Registering => self.make(&one).await,
        }
    }

    async fn remove(&self, one: &Registration) -> Result<(), StoreError> {
        let fault = match self.take_back(one).await {
            Ok(()) => return self.forget(one).await,
            Err(HookFault::Store(cause)) => return Err(cause),
            Err(fault) => fault,
        };
        let pause = usize::try_from(one.attempts).ok();
        let pause = pause.and_then(|done| PAUSES.get(done));
        match pause.filter(|_| !matches!(fault, HookFault::Never(_))) {
            Some(pause) => {
                let due = self.bench.clock.now() + *pause;
                let unit = self.bench.store.begin(&one.scope).await?;
                unit.registrations()
                    .put_off(one.id, Some(due), one.attempts + 1)
                    .await?;
                unit.commit().await
            }
            None => self.give_up(one, &fault).await,
        }
    }

    /// Has a provider take one back; what it does not know is well.
    async fn take_back(&self, one: &Registration) -> Result<(), HookFault> {
        let Some(facts) = &one.facts else {
            return Ok(());
        };
        let about = (one.scope, one.cycle, one.step);
        match self
            .ask(about, one.of, HookDeed::Delete, facts, one.id)
            .await
        {
            Ok(_) | Err(HookFault::Gone(_)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    async fn give_up(&self, one: &Registration, fault: &HookFault) -> Result<(), StoreError> {
        self.tell_stayed(one, fault).await?;
        self.forget(one).await
    }

    /// Tells people that a webhook stayed where it was.
    async fn tell_stayed(&self, one: &Registration, fault: &HookFault) -> Result<(), StoreError> {
        let id = one.facts.as_ref().and_then(|facts| facts.id.as_deref());
        let id = id.unwrap_or("unknown");
        let detail = format!(
            "The webhook with the id {id} could not be taken back; remove it at the provider.\r\n{}",
            fault.detail()
        );
        self.tell(one.scope, one.cycle, None, &detail).await
    }

    async fn forget(&self, one: &Registration) -> Result<(), StoreError> {
        let unit = self.bench.store.begin(&one.scope).await?;
        unit.registrations().forget(one.id).await?;
        unit.commit().await
    }

    /// The cycle of a registration with its graph, while it runs.
    async fn running(&self, one: &Registration) -> Result<Option<CycleDocument>, StoreError> {
        let unit = self.bench.store.read(&one.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.get(one.cycle).await?;
        match cycle.filter(|cycle| cycle.status != CycleStatus::Paused) {
            Some(cycle) => Ok(Some(
                rows.document(one.cycle, cycle.version).await?.document,
            )),
            None => Ok(None),
        }
    }

    async fn renew(&self, one: &Registration) -> Result<(), StoreError> {
        let facts = one.facts.clone().unwrap_or_default();
        let Some(document) = self.running(one).await? else {
            // Its next start looks at the date.
            return self.put_off(one, None, 0).await;
        };
        let about = (one.scope, one.cycle, one.step);
        // Where nothing can renew it, it is taken back and made anew.
        let before = HookFacts {
            expires: None,
            ..facts.clone()
        };
        let fault = match self
            .ask(about, one.of, HookDeed::Update, &before, one.id)
            .await
        {
            Ok(renewed) if renewed.expires.is_some() => {
                return self.registered(one.scope, one.id, &renewed).await;
            }
            Ok(_) | Err(HookFault::Gone(_)) => match self.take_back(one).await {
                Ok(()) => return self.want_again(one, self.bench.clock.now()).await,
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        let step = document.step(one.step);
        self.not_yet(one, step, fault).await
    }

    async fn want_again(&self, one: &Registration, due: DateTime<Utc>) -> Result<(), StoreError> {
        let unit = self.bench.store.begin(&one.scope).await?;
        unit.registrations().want_again(one.id, due).await?;
        unit.commit().await
    }

    /// Registers what a running cycle lacks.
    async fn make(&self, one: &Registration) -> Result<(), StoreError> {
        let document = self.running(one).await?;
        let step = document
            .as_ref()
            .and_then(|document| document.step(one.step));
        let (Some(document), Some(step)) = (&document, step) else {
            // Its next start registers it.
            return self.forget(one).await;
        };
        let unit = self.bench.store.read(&one.scope).await?;
        let key = unit.cycles().step_state(one.step).await?;
        drop(unit);
        let Some(key) = key.and_then(|state| state.webhook_key) else {
            return self.forget(one).await;
        };
        let url = self.bench.address(&format!("api/webhook/{key}"));
        let planned = self
            .steps
            .hook_plan(one.scope, one.cycle, document, step, url)
            .await;
        let plan = match planned {
            Ok(Some(plan)) => plan,
            Ok(None) => return self.forget(one).await,
            Err(fault) => return self.not_yet(one, Some(step), fault).await,
        };
        if one.state == RegistrationState::Registering && plan.on_uncertain == OnUncertain::Stop {
            let named = (step.id, step.name.clone());
            self.tell(one.scope, one.cycle, Some(named), UNKNOWN)
                .await?;
            return self.forget(one).await;
        }
        match self
            .steps
            .is_hook_callable(one.scope, plan.of, &plan.facts)
            .await
        {
            Ok(true) => {}
            Ok(false) => {
                let due = self.bench.clock.now() + LOOK_AGAIN;
                return self.put_off(one, Some(due), one.attempts).await;
            }
            Err(fault) => return self.not_yet(one, Some(step), fault).await,
        }
        let unit = self.bench.store.begin(&one.scope).await?;
        unit.registrations()
            .hold(one.id, &plan.facts, LEASE)
            .await?;
        unit.commit().await?;
        let about = (one.scope, one.cycle, one.step);
        let asked = self.ask(about, plan.of, HookDeed::Create, &plan.facts, one.id);
        match asked.await {
            Ok(facts) => self.registered(one.scope, one.id, &facts).await,
            Err(fault) => self.not_yet(one, Some(step), fault).await,
        }
    }

    /// Tries again later; people are told once it did not work for the last of the pauses.
    async fn not_yet(
        &self,
        one: &Registration,
        step: Option<&Step>,
        fault: HookFault,
    ) -> Result<(), StoreError> {
        if let HookFault::Store(cause) = fault {
            return Err(cause);
        }
        let done = usize::try_from(one.attempts).unwrap_or(PAUSES.len());
        if done == PAUSES.len() {
            let named = step.map(|step| (step.id, step.name.clone()));
            self.tell(one.scope, one.cycle, named, &fault.detail())
                .await?;
        }
        let pause = PAUSES[done.min(PAUSES.len() - 1)];
        let due = self.bench.clock.now() + pause;
        self.put_off(one, Some(due), one.attempts.saturating_add(1))
            .await
    }

    async fn put_off(
        &self,
        one: &Registration,
        due: Option<DateTime<Utc>>,
        attempts: i32,
    ) -> Result<(), StoreError> {
        let unit = self.bench.store.begin(&one.scope).await?;
        unit.registrations().put_off(one.id, due, attempts).await?;
        unit.commit().await
    }

    /// Takes back what providers have through an installation whose credential goes, while it is still there.
    /// Running cycles get theirs again when there is a credential.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn lose_credential(
        &self,
        partner: PartnerScope,
        connector: AccountConnectorId,
    ) -> Result<(), StoreError> {
        self.take_back_through(partner, connector, Afterwards::Again)
            .await
    }

    /// The same for an installation that goes itself.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn lose_connector(
        &self,
        partner: PartnerScope,
        connector: AccountConnectorId,
    ) -> Result<(), StoreError> {
        self.take_back_through(partner, connector, Afterwards::Never)
            .await
    }

    async fn take_back_through(
        &self,
        partner: PartnerScope,
        connector: AccountConnectorId,
        afterwards: Afterwards,
    ) -> Result<(), StoreError> {
        let unit = self.bench.store.read(&partner).await?;
        let all = unit.registrations_through(connector).await?;
        drop(unit);
        self.take_all_back(all, afterwards).await
    }

    /// The same for an account that goes with everything in it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn lose_account(&self, scope: AccountScope) -> Result<(), StoreError> {
        let unit = self.bench.store.read(&scope).await?;
        let all = unit.registrations().all().await?;
        drop(unit);
        self.take_all_back(all, Afterwards::Never).await
    }

    async fn take_all_back(
        &self,
        all: Vec<Registration>,
        afterwards: Afterwards,
    ) -> Result<(), StoreError> {
        let until = Instant::now() + LONGEST_WAIT;
        let work = all
            .iter()
            .map(|one| self.take_back_before(one, until, afterwards));
        for outcome in futures::future::join_all(work).await {
            outcome?;
        }
        Ok(())
    }

    /// Takes one back now: later nothing can. What does not work is tried again 5 times, as long as somebody
    /// can be expected to wait.
    async fn take_back_before(
        &self,
        one: &Registration,
        until: Instant,
        afterwards: Afterwards,
    ) -> Result<(), StoreError> {
        let again = afterwards == Afterwards::Again
            && one.state != RegistrationState::Removing
            && self.running(one).await?.is_some();
        let mut pause = SHORT_PAUSE;
        let mut tries = 0;
        let fault = loop {
            let fault = match tokio::time::timeout_at(until, self.take_back(one)).await {
                Ok(Ok(())) => break None,
                Ok(Err(HookFault::Store(cause))) => return Err(cause),
                Ok(Err(fault @ HookFault::Never(_))) => break Some(fault),
                Ok(Err(fault)) => fault,
                Err(_) => break Some(HookFault::Unclear("It did not answer in time.".to_owned())),
            };
            tries += 1;
            if tries > PAUSES.len() || Instant::now() + pause >= until {
                break Some(fault);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        };
        if let Some(fault) = fault {
            error!(cycle.id = %one.cycle, "A webhook could not be taken back before its credential went");
            self.tell_stayed(one, &fault).await?;
        }
        match again {
            // Not before the credential is gone, or it would be used once more.
            true => {
                self.want_again(one, self.bench.clock.now() + LOOK_AGAIN)
                    .await
            }
            false => self.forget(one).await,
        }
    }
}

/// Whether what the provider has is what the step needs.
fn is_good(former: &Registration, plan: &HookPlan, now: DateTime<Utc>) -> bool {
    let Some(facts) = &former.facts else {
        return false;
    };
    let same = |one: &HookFacts, other: &HookFacts| {
        (&one.url, &one.parameters, &one.object, one.is_external)
            == (
                &other.url,
                &other.parameters,
                &other.object,
                other.is_external,
            )
    };
    former.of.account_connector == plan.of.account_connector
        && former.of.method == plan.of.method
        && same(facts, &plan.facts)
        && facts.expires.is_none_or(|expires| expires > now)
}

/// When something that expires is renewed: at 80 % of its lifetime (connectors.md §6), and not at once again.
fn renewal(now: DateTime<Utc>, expires: DateTime<Utc>) -> DateTime<Utc> {
    let lifetime = (expires - now).max(TimeDelta::zero());
    now + (lifetime * 4 / 5).max(LOOK_AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_renewed_at_four_fifths_of_its_life_and_never_at_once() {
        let now = DateTime::<Utc>::UNIX_EPOCH;

        assert_eq!(
            renewal(now, now + TimeDelta::hours(10)),
            now + TimeDelta::hours(8)
        );
        assert_eq!(renewal(now, now - TimeDelta::hours(1)), now + LOOK_AGAIN);
    }
}
