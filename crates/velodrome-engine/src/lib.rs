//! What runs without anyone watching: loops that do what the time asks for, and what follows from
//! changes.
//!
//! A loop decides nothing of the product; it calls one function of `velodrome-service` when it is time,
//! a bounded number at once, and stops when told to. Everything may run twice, also on several nodes.
//!
//! * [`refresher`]: credentials renewed ahead of their expiry.
//! * [`outbox`]: what follows from changes.
//! * [`runner`]: transactions of cycles. [`scheduler`]: what begins and ends them in time.
//! * [`hooks`]: webhooks at providers, and errors that others are told of.
//! * [`ledger`]: whether everything that was accepted is still there.
//! * [`upgrades`]: installed cycles that follow their templates.
//! * [`housekeeping`]: what has ended is removed, new data keys are read.
//! * [`queue`]: what nodes tell each other.

pub mod hooks;
pub mod housekeeping;
pub mod ledger;
pub mod metrics;
pub mod outbox;
mod pace;
pub mod queue;
pub mod refresher;
pub mod runner;
pub mod scheduler;
pub mod upgrades;

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use velodrome_service::{
    error_webhook::ErrorWebhook, hooks::Hooks, housekeeping::Housekeeping, ledger::Ledger,
    outbox::Outbox, renewal::Renewals, runs::Runs, templates::Templates,
};

use queue::Queue;

/// The loops of a node.
#[derive(Debug)]
pub struct Engine {
    running: TaskTracker,
    stop: CancellationToken,
    /// What ends after everything else has.
    speaking: TaskTracker,
    hush: CancellationToken,
}

impl Engine {
    /// No loops yet; those that are started stop when `stop` says so.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            running: TaskTracker::new(),
            stop,
            speaking: TaskTracker::new(),
            hush: CancellationToken::new(),
        }
    }

    /// Renews credentials ahead of their expiry, and tells of those that will end, from now on.
    pub fn renew(&self, renewals: Renewals) {
        let stop = self.stop.clone();
        self.running
            .spawn(refresher::tell_ends(renewals.clone(), stop.clone()));
        self.running.spawn(refresher::run(renewals, stop));
    }

    /// Works the outbox off, from now on.
    pub fn work_off(&self, outbox: Outbox) {
        let stop = self.stop.clone();
        self.running.spawn(outbox::run(outbox, stop));
    }

    /// Makes the upgrades of installed cycles that were asked for, from now on.
    pub fn upgrade(&self, templates: Templates) {
        let stop = self.stop.clone();
        self.running.spawn(upgrades::run(templates, stop));
    }

    /// Reads the data keys again and again, from now on; every node needs it.
    pub fn follow_keys(&self, housekeeping: Housekeeping) {
        let stop = self.stop.clone();
        self.running
            .spawn(housekeeping::follow_keys(housekeeping, stop));
    }

    /// Asks the database what time it is again and again, from now on; every node needs it.
    pub fn follow_clock(&self, housekeeping: Housekeeping) {
        let stop = self.stop.clone();
        self.running
            .spawn(housekeeping::follow_clock(housekeeping, stop));
    }

    /// Removes what has ended, from now on.
    pub fn sweep(&self, housekeeping: Housekeeping) {
        let stop = self.stop.clone();
        self.running.spawn(housekeeping::sweep(housekeeping, stop));
    }

    /// Runs transactions, so many at once at most, from now on.
    pub fn run(&self, runs: Runs, at_once: usize) {
        let stop = self.stop.clone();
        self.running.spawn(runner::run(runs, at_once, stop));
    }

    /// Begins what is due, and ends what has waited too long, from now on.
    pub fn schedule(&self, runs: Runs) {
        let stop = self.stop.clone();
        self.running
            .spawn(scheduler::erase(runs.clone(), stop.clone()));
        self.running.spawn(scheduler::run(runs, stop));
    }

    /// Takes webhooks back that nobody needs, and renews those that end, from now on.
    pub fn look_after_hooks(&self, hooks: Hooks) {
        let stop = self.stop.clone();
        self.running.spawn(hooks::look_after(hooks, stop));
    }

    /// Tells of errors of transactions, from now on.
    pub fn tell_errors(&self, errors: ErrorWebhook) {
        let stop = self.stop.clone();
        self.running.spawn(hooks::tell_errors(errors, stop));
    }

    /// Tells other nodes of what is left to them, from now on and until everything else has ended.
    pub fn speak(&self, queue: Queue) {
        self.speaking.spawn(queue.speak(self.hush.clone()));
    }

    /// Hears of work from other nodes, from now on; for nodes that run transactions.
    pub fn hear_ready(&self, queue: Queue, runs: Runs) {
        self.running
            .spawn(queue.hear_ready(runs, self.stop.clone()));
    }

    /// Hears of answers from other nodes, from now on; for nodes that take requests in.
    pub fn hear_answers(&self, queue: Queue, runs: Runs) {
        self.running
            .spawn(queue.hear_answers(runs, self.stop.clone()));
    }

    /// Compares the ledger with the transactions, from now on.
    pub fn reconcile(&self, ledger: Ledger) {
        let stop = self.stop.clone();
        self.running.spawn(ledger::run(ledger, stop));
    }

    /// Waits until the loops have stopped and finished what they had begun.
    pub async fn finish(self) {
        self.running.close();
        self.running.wait().await;
        self.hush.cancel();
        self.speaking.close();
        self.speaking.wait().await;
    }
}
