//! What follows from a step's outcome: the checkpoint, worked out without asking anybody (cycles.md §11.6,
//! §11.7).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use velodrome_model::{
    AccountConnectorId, StepId,
    cycle::{
        Exit, IncidentLevel, Notice, Step, StepDone, StepErrorAction, StepFailed, StepOutcome,
        TransactionStatus, Trouble, WaitReason, Ways,
    },
    location::Location,
};
use velodrome_store::{
    Block, Checkpoint, Children, NewOutput, Next, Retention, SplitPlan, Store, StoreError,
    StoredResponse, Transaction,
};

use super::{
    flow::Flow,
    outcome::{Attempt, Span, incident, notice, output, parking_key},
    view::Output,
};

/// Children that one split may make.
const MOST_CHILDREN: usize = 1_000_000;
/// The most that a wait is lengthened to spread the load.
const MOST_JITTER: TimeDelta = TimeDelta::seconds(60);
/// Steps in a row before others get a turn.
pub(super) const MOST_STEPS: u32 = 20;

/// What a checkpoint is worked out from.
pub(super) struct Decision<'a> {
    pub store: &'a Store,
    pub flow: &'a Flow,
    pub transaction: &'a Transaction,
    pub step: &'a Step,
    pub span: Span,
    pub kept: Retention,
    /// Where the step's look-back started.
    pub look_back: Option<DateTime<Utc>>,
    /// 0 to 1: how much of the allowed jitter is added.
    pub jitter: f64,
    /// The call decided whether a block is over.
    pub is_probe: bool,
    /// Places of the first items of the pieces that the step's list is kept in.
    pub pieces: Vec<i64>,
    /// Others should get a turn after this step.
    pub yields: bool,
}

/// Parts of steps' data that only children see: the step, the part's name, the data.
type Parts = Vec<(StepId, String, Value)>;

/// A checkpoint, and the data that it writes as later steps will read it.
pub(super) struct Decided {
    pub checkpoint: Checkpoint,
    pub data: Vec<(StepId, String, Output)>,
}

impl Decision<'_> {
    /// Works out what follows from the outcome of the step.
    ///
    /// # Errors
    /// When something can't be sealed.
    pub fn decide(&self, outcome: StepOutcome) -> Result<Decided, StoreError> {
        let now = self.span.1;
        match outcome {
            StepOutcome::Done(done) => self.done(*done),
            StepOutcome::Failed(failed) => self.failed(&failed),
            StepOutcome::Wait { until, reason } => {
                if until <= now {
                    return self.passed();
                }
                if until - now > self.kept.longest() {
                    let text = "The data of the transaction would be erased before.";
                    return self.failed(&trouble(Trouble::WaitTooLong, text));
                }
                let until = match reason {
                    WaitReason::Delay => until + self.jittered(until - now),
                    _ => until,
                };
                Ok(self.only(Next::Wait {
                    is_past: true,
                    until,
                    reason,
                    attempt: 0,
                    answered: 0,
                }))
            }
            StepOutcome::Blocked {
                until,
                notice: told,
            } => self.blocked(until, &told),
            StepOutcome::Parked { key } => Ok(self.only(Next::Park {
                step: self.step.id,
                key: parking_key(self.step.id, &key),
                until: now + self.kept.longest(),
            })),
            StepOutcome::Joined => {
                let mut decided = self.only(Next::End(TransactionStatus::Completed));
                decided.checkpoint.steps = 1;
                self.attempt(&mut decided, TransactionStatus::Completed, &[], None)?;
                Ok(decided)
            }
        }
    }

    /// A step that has waited, or whose request came, is done: the way on from it.
    pub fn passed(&self) -> Result<Decided, StoreError> {
        let mut decided = self.only(self.way(Exit::Forward));
        if self.flow.trigger == Some(self.step.id) {
            decided.checkpoint.run = Some(self.transaction.created_at);
        }
        // A webhook's data was written with its request, and its step counted then.
        if self.step.method().is_none() && self.transaction.joined_from != Some(self.step.id) {
            decided.checkpoint.steps = 1;
            self.attempt(&mut decided, TransactionStatus::Completed, &[], None)?;
        }
        Ok(decided)
    }

    /// Ends the transaction, and tells why.
    pub fn ended(
        &self,
        status: TransactionStatus,
        told: &Notice,
        item: bool,
    ) -> Result<Decided, StoreError> {
        let mut decided = self.only(Next::End(status));
        let incident = incident(self.store, Some(self.step), told)?;
        decided.checkpoint.incidents.push(incident);
        if item {
            self.attempt(&mut decided, status, &[], Some(told))?;
        }
        Ok(decided)
    }

    /// The account connector takes no calls until then: nothing was tried.
    pub fn held_up(&self, until: DateTime<Utc>) -> Result<Decided, StoreError> {
        let mut decided = self.only(self.waits_for_rate(until));
        if self.transaction.wait != Some(WaitReason::RateLimit) {
            let text = "The provider takes no calls now. The step runs when it does again.";
            let told = notice(IncidentLevel::Warning, Trouble::CallFailed, text);
            let told = incident(self.store, Some(self.step), &told)?;
            decided.checkpoint.incidents.push(told);
        }
        Ok(decided)
    }

    fn waits_for_rate(&self, until: DateTime<Utc>) -> Next {
        Next::Wait {
            is_past: false,
            until,
            reason: WaitReason::RateLimit,
            attempt: count(self.transaction.attempt),
            answered: count(self.transaction.answered),
        }
    }

    fn blocked(&self, until: DateTime<Utc>, told: &Notice) -> Result<Decided, StoreError> {
        let now = self.span.1;
        let mut decided = self.only(self.waits_for_rate(until));
        let base = (until - now).max(TimeDelta::seconds(1));
        decided.checkpoint.block = self.connector().map(|of| Block::Begins(of, base));
        if self.transaction.wait != Some(WaitReason::RateLimit) {
            let told = incident(self.store, Some(self.step), told)?;
            decided.checkpoint.incidents.push(told);
        }
        Ok(decided)
    }

    fn done(&self, done: StepDone) -> Result<Decided, StoreError> {
        let is_trigger = self.flow.trigger == Some(self.step.id);
        if let Ways::Split { items, .. } = &done.ways
            && *items > MOST_CHILDREN
        {
            let text =
                format!("The list has {items} items; a split makes at most {MOST_CHILDREN}.");
            let failed = StepFailed {
                requests: done.requests,
                is_task: done.is_task,
                ..trouble(Trouble::SplitFailed, &text)
            };
            return self.failed(&failed);
        }
        let (exit, list) = match &done.ways {
            Ways::One(exit) => (Some(*exit), None),
            Ways::Split { exit, list, .. } => (Some(*exit), Some(list.clone())),
            Ways::Filtered { .. } => (None, None),
        };
        let is_empty = matches!(&done.ways, Ways::Split { items: 0, .. });
        let (next, parts) = self.follow(done.ways)?;
        let mut decided = self.only(next);
        let checkpoint = &mut decided.checkpoint;
        checkpoint.steps = 1;
        checkpoint.tasks = i32::from(done.is_task);
        checkpoint.look_back = done.last_successful_run.map(|to| (self.step.id, to));
        checkpoint.run = is_trigger.then_some(self.span.0);
        if is_trigger && !is_empty {
            checkpoint.arms.clone_from(&self.flow.joins);
        }
        if self.is_probe {
            checkpoint.block = self.connector().map(Block::Ends);
        }
        checkpoint.response = self
            .transaction
            .request
            .zip(done.response.map(StoredResponse));
        for told in &done.warnings {
            let told = incident(self.store, Some(self.step), told)?;
            checkpoint.incidents.push(told);
        }
        let is_in_pieces = list.is_some() && !self.pieces.is_empty();
        if !done.output.is_null() || is_in_pieces {
            let (mut written, size) = output(self.store, self.step, &done.output, self.span)?;
            written.exit = exit;
            written.list.clone_from(&list);
            written.pieces = is_in_pieces.then(|| count_of(self.pieces.len()));
            written.requests = count_of(done.requests.len());
            written.look_back = (self.look_back, done.last_successful_run);
            decided.write(self, written, done.output, list, size);
        }
        for (step, part, value) in parts {
            let json = value.to_string();
            let size = json.len();
            let mut written = NewOutput::new(self.store, step, json, self.span)?;
            written.part = part;
            decided.write(self, written, value, None, size);
        }
        let status = TransactionStatus::Completed;
        let told = done.warnings.first();
        self.attempt(&mut decided, status, &done.requests, told)?;
        Ok(decided)
    }

    /// Where the ways of a step lead, and the parts of data that are seen there.
    fn follow(&self, ways: Ways) -> Result<(Next, Parts), StoreError> {
        let id = self.step.id;
        let done = || Next::End(TransactionStatus::Completed);
        match ways {
            Ways::One(exit) => Ok((self.way(exit), Vec::new())),
            Ways::Split { exit, items, .. } => {
                let heads = self.flow.heads(id, exit);
                if heads.is_empty() || items == 0 {
                    return Ok((done(), Vec::new()));
                }
                let items = i64::try_from(items).unwrap_or(i64::MAX);
                let children = Children::Items { heads, items };
                Ok((Next::Split(SplitPlan { step: id, children }), Vec::new()))
            }
            Ways::Filtered {
                step: seen,
                matching,
                rest,
            } => {
                let (mut parts, mut data) = (Vec::new(), Vec::new());
                for (exit, name, value) in
                    [(Exit::True, "True", matching), (Exit::False, "False", rest)]
                {
                    let heads = self.flow.heads(id, exit);
                    let Some(value) = value.filter(|_| !heads.is_empty()) else {
                        continue;
                    };
                    parts.extend(heads.into_iter().map(|head| (name.to_owned(), head)));
                    data.push((seen, name.to_owned(), value));
                }
                if parts.is_empty() {
                    return Ok((done(), Vec::new()));
                }
                let children = Children::Parts { seen, parts };
                Ok((Next::Split(SplitPlan { step: id, children }), data))
            }
        }
    }

    fn failed(&self, failed: &StepFailed) -> Result<Decided, StoreError> {
        let on_error = self.flow.document.on_error(self.step);
        let mut told = vec![failed.notice.clone()];
        let next = match on_error {
            StepErrorAction::Ignore => {
                let is_trigger = self.flow.trigger == Some(self.step.id);
                match self.step.role().has(Exit::Forward) && !is_trigger {
                    true => self.way(Exit::Forward),
                    false => Next::End(TransactionStatus::Errored),
                }
            }
            StepErrorAction::Retry => self.again(failed, &mut told),
            StepErrorAction::StopCycle | StepErrorAction::StopTransaction => {
                Next::End(TransactionStatus::Errored)
            }
        };
        let mut decided = self.only(next);
        decided.checkpoint.tasks = i32::from(failed.is_task);
        decided.checkpoint.stops_cycle = on_error == StepErrorAction::StopCycle;
        if !matches!(decided.checkpoint.next, Next::Wait { .. }) {
            decided.checkpoint.steps = 1;
        } else {
            // A task is one execution, however many attempts: the last one counts.
            decided.checkpoint.tasks = 0;
        }
        if self.is_probe {
            decided.checkpoint.block = self.connector().map(Block::Ends);
        }
        for told in &told {
            let told = incident(self.store, Some(self.step), told)?;
            decided.checkpoint.incidents.push(told);
        }
        let status = TransactionStatus::Errored;
        let told = Some(&failed.notice);
        self.attempt(&mut decided, status, &failed.requests, told)?;
        Ok(decided)
    }

    /// The next attempt, where there is one. The waits are for steps that send one request.
    fn again(&self, failed: &StepFailed, told: &mut Vec<Notice>) -> Next {
        if !failed.trouble.is_worth_repeating() || failed.requests.len() > 1 {
            return Next::End(TransactionStatus::Errored);
        }
        let attempts = self.transaction.attempt.saturating_add(1);
        let retries = self.flow.document.settings.retries;
        let Some(wait) = retries.wait_after(u8::try_from(attempts).unwrap_or(u8::MAX)) else {
            let text = format!("{attempts} attempts failed.");
            told.push(notice(IncidentLevel::Error, Trouble::OutOfRetries, &text));
            return Next::End(TransactionStatus::Errored);
        };
        let is_answered = failed.requests.iter().any(|one| one.response.is_some());
        Next::Wait {
            is_past: false,
            until: self.span.1 + wait + self.jittered(wait),
            reason: WaitReason::Retry,
            attempt: count(attempts),
            answered: count(self.transaction.answered + u32::from(is_answered)),
        }
    }

    /// Where an exit leads: on, into children, or to the end.
    fn way(&self, exit: Exit) -> Next {
        let mut heads = self.flow.heads(self.step.id, exit);
        match (heads.pop(), heads.is_empty()) {
            (None, _) => Next::End(TransactionStatus::Completed),
            (Some(head), true) if self.yields => Next::Yield(head),
            (Some(head), true) => Next::Go(head),
            (Some(head), false) => {
                heads.push(head);
                Next::Split(SplitPlan {
                    step: self.step.id,
                    children: Children::Whole { heads },
                })
            }
        }
    }

    fn jittered(&self, wait: TimeDelta) -> TimeDelta {
        let most = (wait / 10).min(MOST_JITTER).num_milliseconds() as f64;
        TimeDelta::milliseconds((most * self.jitter.clamp(0.0, 1.0)) as i64)
    }

    fn connector(&self) -> Option<AccountConnectorId> {
        self.step.method()?.account_connector
    }

    fn attempt(
        &self,
        decided: &mut Decided,
        status: TransactionStatus,
        requests: &[velodrome_model::cycle::RequestRecord],
        trouble: Option<&Notice>,
    ) -> Result<(), StoreError> {
        let attempt = Attempt {
            step: self.step,
            status,
            before: self.transaction.attempt,
            span: self.span,
            requests,
            logs_requests: self.flow.document.settings.logs_requests,
            trouble,
        };
        decided.checkpoint.items.push(attempt.item(self.store)?);
        Ok(())
    }

    /// A checkpoint that does nothing but this.
    fn only(&self, next: Next) -> Decided {
        Decided {
            checkpoint: Checkpoint {
                hold: self.transaction.hold(),
                step: Some(self.step.id),
                started_at: self.span.0,
                outputs: Vec::new(),
                items: Vec::new(),
                incidents: Vec::new(),
                look_back: None,
                run: None,
                tasks: 0,
                steps: 0,
                arms: Vec::new(),
                block: None,
                pages: None,
                response: None,
                stops_cycle: false,
                kept: self.kept,
                next,
            },
            data: Vec::new(),
        }
    }
}

impl Decided {
    fn write(
        &mut self,
        decision: &Decision<'_>,
        written: NewOutput,
        value: Value,
        list: Option<String>,
        size: usize,
    ) {
        let (step, part) = (written.step, written.part.clone());
        let pieces = match written.pieces {
            Some(_) => decision.pieces.clone(),
            None => Vec::new(),
        };
        self.checkpoint.outputs.push(written);
        // A list whose location can't be read is read anew from the store, where that is an error.
        let list = list.map(|list| list.parse::<Location>());
        if let Ok(list) = list.transpose() {
            let output = Output {
                value: Arc::new(value),
                list,
                pieces,
                checkpoint: decision.transaction.checkpoint + 1,
                size,
            };
            self.data.push((step, part, output));
        }
    }
}

/// A failure of our own.
fn trouble(trouble: Trouble, detail: &str) -> StepFailed {
    StepFailed {
        trouble,
        notice: notice(IncidentLevel::Error, trouble, detail),
        requests: Vec::new(),
        is_task: false,
    }
}

fn count_of(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
