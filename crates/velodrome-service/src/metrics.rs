//! Metrics of this crate.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use velodrome_model::cycle::{StepOutcome, TransactionStatus};

use crate::runs::{Intaken, WebhookError};

const RENEWALS: &str = "velodrome_credential_renewals_total";
const ERRANDS: &str = "velodrome_outbox_total";
const STEPS: &str = "velodrome_steps_total";
const ENDED: &str = "velodrome_transactions_ended_total";
const RUNNING: &str = "velodrome_transactions_running";
const SLOTS: &str = "velodrome_schedule_slots_total";
const LEDGER_MISMATCHES: &str = "velodrome_ledger_mismatches_total";
const LEDGER_ALARMS: &str = "velodrome_ledger_mismatches_open";
const WEBHOOKS: &str = "velodrome_webhook_requests_total";

/// Tells the recorder what the metrics mean.
pub fn describe() {
    describe_counter!(
        RENEWALS,
        Unit::Count,
        "Credential renewals by outcome: renewed, lost, failed"
    );
    describe_counter!(
        ERRANDS,
        Unit::Count,
        "Work that follows from changes, by outcome: done, put_off, given_up"
    );
    describe_counter!(
        STEPS,
        Unit::Count,
        "Steps that were run, by outcome: done, waits, blocked, parked, joined, failed"
    );
    describe_counter!(
        ENDED,
        Unit::Count,
        "Transactions that have ended, by status"
    );
    describe_gauge!(
        RUNNING,
        Unit::Count,
        "Transactions that this node runs, when it last claimed some"
    );
    describe_counter!(
        SLOTS,
        Unit::Count,
        "Slots of schedules, by outcome: fired, skipped"
    );
    describe_counter!(
        LEDGER_MISMATCHES,
        Unit::Count,
        "Mismatches that this node found between the ledger and the transactions, by kind"
    );
    describe_gauge!(
        LEDGER_ALARMS,
        Unit::Count,
        "Mismatches of the ledger that nobody has acknowledged"
    );
    describe_counter!(
        WEBHOOKS,
        Unit::Count,
        "Requests to webhook steps, by outcome: accepted, answered, ended, failed, too_late, refused"
    );
}

pub(crate) fn errand(outcome: &'static str) {
    counter!(ERRANDS, "outcome" => outcome).increment(1);
}

pub(crate) fn renewal(outcome: &'static str) {
    counter!(RENEWALS, "outcome" => outcome).increment(1);
}

pub(crate) fn step(outcome: &StepOutcome) {
    let outcome = match outcome {
        StepOutcome::Done(_) => "done",
        StepOutcome::Wait { .. } => "waits",
        StepOutcome::Blocked { .. } => "blocked",
        StepOutcome::Parked { .. } => "parked",
        StepOutcome::Joined => "joined",
        StepOutcome::Failed(_) => "failed",
    };
    counter!(STEPS, "outcome" => outcome).increment(1);
}

pub(crate) fn transaction_ended(status: TransactionStatus) {
    counter!(ENDED, "status" => status.as_str()).increment(1);
}

pub(crate) fn running(count: usize) {
    gauge!(RUNNING).set(count as f64);
}

pub(crate) fn slot(outcome: &'static str) {
    counter!(SLOTS, "outcome" => outcome).increment(1);
}

pub(crate) fn ledger_mismatch(kind: &'static str) {
    counter!(LEDGER_MISMATCHES, "kind" => kind).increment(1);
}

pub(crate) fn ledger_alarms(open: u64) {
    gauge!(LEDGER_ALARMS).set(open as f64);
}

pub(crate) fn webhook(taken: &Result<Intaken, WebhookError>) {
    let outcome = match taken {
        Ok(Intaken::Accepted(_)) => "accepted",
        Ok(Intaken::Respond(_)) => "answered",
        Ok(Intaken::Nothing) => "ended",
        Ok(Intaken::Failed(_)) => "failed",
        Ok(Intaken::TooLate(_)) => "too_late",
        Err(_) => "refused",
    };
    counter!(WEBHOOKS, "outcome" => outcome).increment(1);
}
