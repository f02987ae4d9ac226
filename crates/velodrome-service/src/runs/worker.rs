//! Running one claimed transaction: step, checkpoint, next step.

use std::time::Duration;

use chrono::TimeDelta;
use rand::Rng as _;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};
use velodrome_model::{
    CycleId, InstanceScope, StepId, TransactionId,
    cycle::{
        Exit, IncidentLevel, OnUncertain, Step, StepFailed, StepOutcome, TransactionStatus,
        Trouble, WaitReason,
    },
};
use velodrome_store::{Applied, BlockPassage, Next, StoreError, Transaction};

use super::{
    Inner, Runs,
    decide::{Decided, Decision, MOST_STEPS},
    flow::Flow,
    outcome::notice,
    spill::Spill,
    view::View,
};
use crate::{metrics, steps::StepRun};

/// How long a step may take (cycles.md §11.12).
const STEP: Duration = Duration::from_secs(60 * 60);
/// Recoveries without a checkpoint that end a transaction.
const MOST_RECOVERIES: i32 = 5;
/// A transaction runs this long while others wait for a turn.
const TURN: Duration = Duration::from_secs(2);
/// Pause before a transaction is tried again whose data could not be read.
const STORE_PAUSE: TimeDelta = TimeDelta::seconds(5);
/// A checkpoint that the store refuses is tried for as long as its lease lasts after a renewal.
const WRITE_PAUSES: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(6),
];

impl Runs {
    /// Runs a claimed transaction until it waits, ends, or gives others a turn. `stop` makes it end after
    /// the step that it is at.
    pub async fn run(&self, mut transaction: Transaction, stop: &CancellationToken) {
        let (scope, id) = (transaction.scope, transaction.id);
        let began = Instant::now();
        let outcome = Box::pin(self.inner.steps_of(&mut transaction, stop)).await;
        match outcome {
            Ok(Applied::Stale) | Err(StoreError::Stale) => {
                debug!(transaction.id = %id, "A transaction was taken over by another worker");
            }
            Ok(_) => {}
            Err(cause) => {
                lost(id, &cause);
                // A database that fails passes; what can't be read is found again each time.
                let is_lost = !matches!(cause, StoreError::Database(_));
                self.inner
                    .hand_back(&transaction, STORE_PAUSE, is_lost)
                    .await;
            }
        }
        let left = {
            let mut running = self.inner.running.lock();
            running.remove(&id);
            running.len()
        };
        metrics::running(left);
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        {
            let mut fair = self.inner.fair.lock();
            fair.used(scope, milliseconds);
        }
        // There is room for one more of this account, at least.
        self.inner.hints.give(scope);
    }

    /// Hands back what still runs here, so that others need not wait for the leases to lapse.
    pub async fn hand_back_all(&self) {
        let running: Vec<_> = self.inner.running.lock().drain().collect();
        for (id, hold) in running {
            let released = async {
                let unit = self.inner.store.begin(&InstanceScope).await?;
                unit.engine()
                    .release(&hold, TimeDelta::zero(), true)
                    .await?;
                unit.commit().await
            };
            match released.await {
                Ok(()) => self.inner.hints.give(hold.scope),
                Err(cause) => {
                    let cause: StoreError = cause;
                    warn!(transaction.id = %id, %cause, "A transaction could not be handed back; its lease will lapse");
                }
            }
        }
    }
}

impl Inner {
    /// Step after step.
    async fn steps_of(
        &self,
        transaction: &mut Transaction,
        stop: &CancellationToken,
    ) -> Result<Applied, StoreError> {
        let began = Instant::now();
        let scope = transaction.scope;
        let (flow, _) = self
            .flow(scope, transaction.cycle, transaction.version)
            .await?;
        let kept = self.retention(scope, transaction.cycle).await?;
        let view = View::new(self, transaction).await?;
        let mut steps = 0;
        // When a run began whose trigger was passed without a checkpoint.
        let mut passed = None;
        loop {
            steps += 1;
            if transaction.plan.is_some() {
                return self.split_on(transaction, stop).await;
            }
            let now = self.clock.now();
            let Some(step) = transaction
                .step
                .and_then(|step| flow.document.step(step))
                .cloned()
            else {
                return Err(StoreError::Corrupt {
                    what: "step of a transaction",
                });
            };
            if let Some(head) =
                passes_on(transaction, &flow, &step).filter(|_| !stop.is_cancelled())
            {
                if flow.trigger == Some(step.id) && self.is_first_for_a_while(transaction.cycle) {
                    passed = Some(transaction.created_at);
                }
                stand_at(transaction, head);
                continue;
            }
            let others = self.fair.lock().someone_waits();
            let mut decision = Decision {
                store: &self.store,
                flow: &flow,
                transaction,
                step: &step,
                span: (now, now),
                kept,
                look_back: None,
                jitter: rand::rng().random_range(0.0..1.0),
                is_probe: false,
                pieces: Vec::new(),
                yields: stop.is_cancelled()
                    || steps >= MOST_STEPS
                    || (others && began.elapsed() > TURN),
            };
            let mut decided = if let Some(ended) = ended_early(&decision)? {
                ended
            } else if transaction.is_past {
                decision.passed()?
            } else {
                self.attempt(&mut decision, &view).await?
            };
            decided.checkpoint.run = decided.checkpoint.run.or(passed.take());
            let next = decided.checkpoint.next.clone();
            let applied = self.write(transaction, decided).await?;
            self.tell(transaction, &flow, applied).await;
            match (applied, next) {
                (Applied::Going, Next::Go(head)) => {
                    stand_at(transaction, head);
                    transaction.recoveries = 0;
                    transaction.is_uncertain = false;
                    if stop.is_cancelled() {
                        self.hand_back(transaction, TimeDelta::zero(), false).await;
                        return Ok(Applied::Queued);
                    }
                }
                (Applied::Splitting, Next::Split(plan)) => transaction.plan = Some(plan),
                (applied, _) => return Ok(applied),
            }
        }
    }

    /// Runs the step of a decision once.
    async fn attempt(
        &self,
        decision: &mut Decision<'_>,
        view: &View<'_>,
    ) -> Result<Decided, StoreError> {
        let (transaction, step) = (decision.transaction, decision.step);
        let scope = transaction.scope;
        let connector = step.method().and_then(|method| method.account_connector);
        let mut blocked = false;
        if step.method().is_some() {
            let unit = self.store.read(&scope).await?;
            let before = unit.runs().before_call(step.id, connector).await?;
            decision.look_back = before.last_successful_run;
            blocked = before.is_blocked;
        }
        if let Some(connector) = connector.filter(|_| blocked) {
            let unit = self.store.begin(&InstanceScope).await?;
            let passage = unit.engine().passage(&scope, connector).await?;
            unit.commit().await?;
            match passage {
                BlockPassage::Wait(until) => return decision.held_up(until),
                BlockPassage::Free { is_probe } => decision.is_probe = is_probe,
            }
        }
        let spill = Spill::new(&self.store, transaction, step.id);
        let run = StepRun {
            scope,
            cycle: transaction.cycle,
            document: &decision.flow.document,
            graph: &decision.flow.graph,
            step,
            transaction: transaction.id,
            answered: transaction.answered,
            last_successful_run: decision.look_back,
            data: view,
            list: Some(&spill),
        };
        if stops_on_doubt(step) && !self.steps.is_safe(run).await? {
            if transaction.is_uncertain {
                let text = "outcome unknown";
                let told = notice(IncidentLevel::Error, Trouble::CallFailed, text);
                return decision.ended(TransactionStatus::Errored, &told, true);
            }
            let unit = self.store.begin(&InstanceScope).await?;
            unit.engine().note_intent(&transaction.hold()).await?;
            unit.commit().await?;
        }
        let mut outcome = match timeout(STEP, self.steps.run(run)).await {
            Ok(outcome) => outcome?,
            Err(_) => StepOutcome::Failed(Box::new(too_long())),
        };
        if let StepOutcome::Done(done) = &mut outcome {
            spill.relieve(&mut done.output, &done.ways).await?;
        }
        decision.pieces = spill.starts();
        metrics::step(&outcome);
        decision.span.1 = self.clock.now();
        // Whoever waits for a provider goes on where it is.
        let goes_on = matches!(outcome, StepOutcome::Blocked { .. });
        let mut decided = decision.decide(outcome)?;
        decided.checkpoint.pages = spill.left().filter(|_| !goes_on);
        Ok(decided)
    }

    /// Makes a checkpoint true, and its data known here. Nothing goes on before that.
    async fn write(
        &self,
        transaction: &mut Transaction,
        decided: Decided,
    ) -> Result<Applied, StoreError> {
        let mut pauses = WRITE_PAUSES.into_iter();
        let scope = transaction.scope;
        let ends = matches!(decided.checkpoint.next, Next::End(_));
        let applied = loop {
            // Whoever claims for the account hears of the free place in time for the same commit.
            let sent = || {
                if ends {
                    self.hints.give(scope);
                }
            };
            let written = self.journal.write(decided.checkpoint.clone(), sent).await;
            match (written, pauses.next()) {
                (Ok(applied), _) => break applied,
                // What may have become true is not written twice, so trying again is safe.
                (Err(cause @ StoreError::Database(_)), Some(pause)) => {
                    warn!(transaction.id = %transaction.id, %cause, "A checkpoint could not be written yet");
                    sleep(pause).await;
                }
                (Err(cause), _) => return Err(cause),
            }
        };
        if applied == Applied::Stale {
            return Ok(applied);
        }
        transaction.checkpoint += 1;
        for (step, part, output) in decided.data {
            self.outputs.keep(transaction.id, step, &part, output);
        }
        if let Some(hold) = self.running.lock().get_mut(&transaction.id) {
            *hold = transaction.hold();
        }
        Ok(applied)
    }

    /// Makes children chunk by chunk. An account with too much to do makes none for a while.
    async fn split_on(
        &self,
        transaction: &Transaction,
        stop: &CancellationToken,
    ) -> Result<Applied, StoreError> {
        let scope = transaction.scope;
        let kept = self.retention(scope, transaction.cycle).await?;
        let (flow, _) = self
            .flow(scope, transaction.cycle, transaction.version)
            .await?;
        loop {
            if stop.is_cancelled() {
                self.hand_back(transaction, TimeDelta::zero(), false).await;
                return Ok(Applied::Queued);
            }
            if self.has_backlog(scope).await? {
                self.hand_back(transaction, STORE_PAUSE, false).await;
                return Ok(Applied::Released);
            }
            let unit = self.store.begin(&InstanceScope).await?;
            let applied = unit.engine().split_on(&transaction.hold(), kept).await?;
            unit.commit().await?;
            self.tell(transaction, &flow, applied).await;
            if applied != Applied::Splitting {
                return Ok(applied);
            }
        }
    }

    /// The newest successful run of a cycle is for people: runs that begin together count as one.
    fn is_first_for_a_while(&self, cycle: CycleId) -> bool {
        let is_first = !self.noted.contains_key(&cycle);
        if is_first {
            self.noted.insert(cycle, ());
        }
        is_first
    }

    /// After a commit: whoever has something to do now hears of it.
    async fn tell(&self, transaction: &Transaction, flow: &Flow, applied: Applied) {
        if let Some(request) = transaction.request {
            self.answers.told(request);
        }
        if applied != Applied::Stale {
            self.tell_others(transaction, flow).await;
        }
        match applied {
            Applied::Stale | Applied::Going => {}
            Applied::Queued | Applied::Splitting => self.hints.give(transaction.scope),
            Applied::Released => {}
            Applied::Ended(status) => {
                metrics::transaction_ended(status);
                self.hints.give(transaction.scope);
                if flow.joins.is_empty() {
                    return;
                }
                // The sweep looks at what is armed again, so a failure here only takes longer.
                if let Err(cause) = self.fire_joins(transaction.scope, transaction.cycle).await {
                    warn!(cycle.id = %transaction.cycle, %cause, "Wait All could not be looked at; the next look comes later");
                }
            }
        }
    }

    /// The node that holds the connection of a request hears that there may be something to say to it.
    async fn tell_others(&self, transaction: &Transaction, flow: &Flow) {
        let Some(request) = transaction.request.filter(|_| self.hints.is_heard()) else {
            return;
        };
        match self
            .has_response(transaction.scope, transaction.cycle, flow)
            .await
        {
            Ok(true) => self.hints.answered(request),
            Ok(false) => {}
            // Whoever waits looks at the row without being told, too.
            Err(cause) => {
                debug!(cycle.id = %transaction.cycle, %cause, "Other nodes were not told of an answer");
            }
        }
    }

    pub(super) async fn hand_back(
        &self,
        transaction: &Transaction,
        pause: TimeDelta,
        is_lost: bool,
    ) {
        let released = async {
            let unit = self.store.begin(&InstanceScope).await?;
            unit.engine()
                .release(&transaction.hold(), pause, is_lost)
                .await?;
            unit.commit().await
        };
        let released: Result<(), StoreError> = released.await;
        match released {
            Ok(()) if pause.is_zero() => self.hints.give(transaction.scope),
            Ok(()) => {}
            Err(cause) => {
                warn!(transaction.id = %transaction.id, %cause, "A transaction could not be handed back; its lease will lapse");
            }
        }
    }
}

/// Where a transaction goes on from a step that is done and has nothing to write: the same again after a
/// crash, so it needs no checkpoint.
fn passes_on(transaction: &Transaction, flow: &Flow, step: &Step) -> Option<StepId> {
    let is_written = step.method().is_some() || transaction.joined_from == Some(step.id);
    if !transaction.is_past || !is_written || transaction.recoveries >= MOST_RECOVERIES {
        return None;
    }
    let mut heads = flow.graph.next(step.id, Exit::Forward);
    let head = heads.next()?;
    heads.next().is_none().then_some(head)
}

/// At a step that was not tried.
fn stand_at(transaction: &mut Transaction, step: StepId) {
    transaction.step = Some(step);
    transaction.is_past = false;
    transaction.attempt = 0;
    transaction.answered = 0;
    transaction.wait = None;
}

fn lost(id: TransactionId, cause: &StoreError) {
    let cause = cause as &dyn std::error::Error;
    error!(transaction.id = %id, cause, "A transaction could not be read or written; it goes on at its last checkpoint");
}

/// What ends a transaction before its step is tried.
fn ended_early(decision: &Decision<'_>) -> Result<Option<Decided>, StoreError> {
    let transaction = decision.transaction;
    if transaction.recoveries >= MOST_RECOVERIES {
        let text = "worker lost 5 times at this step";
        let told = notice(IncidentLevel::Error, Trouble::TransactionStopped, text);
        return decision
            .ended(TransactionStatus::Stopped, &told, true)
            .map(Some);
    }
    if transaction.wait == Some(WaitReason::Webhook) && !transaction.is_past {
        let text = "No request came for it before its data is erased.";
        let told = notice(IncidentLevel::Warning, Trouble::TransactionStopped, text);
        return decision
            .ended(TransactionStatus::Stopped, &told, true)
            .map(Some);
    }
    Ok(None)
}

fn stops_on_doubt(step: &Step) -> bool {
    step.method()
        .is_some_and(|method| method.on_uncertain == OnUncertain::Stop)
}

fn too_long() -> StepFailed {
    let text = "The step took longer than 60 minutes.";
    StepFailed {
        trouble: Trouble::CallFailed,
        notice: notice(IncidentLevel::Error, Trouble::CallFailed, text),
        requests: Vec::new(),
        is_task: true,
    }
}
