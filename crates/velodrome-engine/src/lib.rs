//! What runs without anyone watching: loops that do what the time asks for, and what follows from
//! changes.
//!
//! A loop decides nothing of the product; it calls one function of `velodrome-service` when it is time,
//! a bounded number at once, and stops when told to. Everything may run twice, also on several nodes.
//!
//! * [`refresher`]: credentials renewed ahead of their expiry.
//! * [`outbox`]: what follows from changes.
//! * [`runner`]: transactions of cycles. [`scheduler`]: what begins and ends them in time.
//! * [`ledger`]: whether everything that was accepted is still there.
//! * [`housekeeping`]: what has ended is removed, new data keys are read.

pub mod housekeeping;
pub mod ledger;
pub mod metrics;
pub mod outbox;
mod pace;
pub mod refresher;
pub mod runner;
pub mod scheduler;

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use velodrome_service::{
    housekeeping::Housekeeping, ledger::Ledger, outbox::Outbox, renewal::Renewals, runs::Runs,
};

/// The loops of a node.
#[derive(Debug)]
pub struct Engine {
    running: TaskTracker,
    stop: CancellationToken,
}

impl Engine {
    /// No loops yet; those that are started stop when `stop` says so.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            running: TaskTracker::new(),
            stop,
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

    /// Reads the data keys again and again, from now on; every node needs it.
    pub fn follow_keys(&self, housekeeping: Housekeeping) {
        let stop = self.stop.clone();
        self.running
            .spawn(housekeeping::follow_keys(housekeeping, stop));
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

    /// Compares the ledger with the transactions, from now on.
    pub fn reconcile(&self, ledger: Ledger) {
        let stop = self.stop.clone();
        self.running.spawn(ledger::run(ledger, stop));
    }

    /// Waits until the loops have stopped and finished what they had begun.
    pub async fn finish(self) {
        self.running.close();
        self.running.wait().await;
    }
}
