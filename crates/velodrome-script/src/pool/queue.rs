//! Runs that wait for a thread, one line for each account.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::{Condvar, Mutex};

use super::{PoolOptions, Task, spawn};
use crate::{FaultKind, ScriptError, run::Waiting};

/// How long a thread stays without work.
const IDLE: Duration = Duration::from_secs(60);

/// What the threads of a pool share.
pub(super) struct Shared {
    options: PoolOptions,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    /// Accounts with waiting runs, the one whose turn it is first.
    turns: VecDeque<u64>,
    lines: HashMap<u64, Line>,
    waiting: usize,
    threads: usize,
    idle: usize,
    closed: bool,
}

/// A task, and how it stands with whoever waits for it.
type Queued = (Box<Task>, Arc<Flags>);

/// One account.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Queued>,
    /// Threads that work for it.
    occupied: usize,
    /// Those among them that do not wait for the outside.
    computing: usize,
}

/// What a thread does next.
pub(super) enum Next {
    /// Run this.
    Task(Box<Task>, Ticket),
    /// Leave.
    End,
}

#[derive(Default)]
struct Flags {
    /// Nobody waits for the thread any more; it leaves when it notices.
    lost: Arc<AtomicBool>,
    /// Its places in the counts are given back.
    settled: AtomicBool,
    /// It waits for the outside.
    outside: AtomicBool,
}

/// The place of a run in the counts of its pool.
pub(super) struct Ticket {
    shared: Arc<Shared>,
    account: u64,
    flags: Arc<Flags>,
    /// The thread's own ticket gives the place back; the caller's does not.
    owned: bool,
}

impl Shared {
    pub(super) fn new(options: PoolOptions) -> Self {
        Self {
            options,
            state: Mutex::default(),
            wake: Condvar::new(),
        }
    }

    /// Puts a run into its account's line.
    pub(super) fn submit(self: &Arc<Self>, task: Task) -> Result<Ticket, ScriptError> {
        let account = task.run.account;
        let flags = Arc::new(Flags::default());
        let mut state = self.state.lock();
        if state.waiting >= self.options.waiting {
            return Err(ScriptError::new(
                FaultKind::Busy,
                "too many scripts are waiting; try again later",
            ));
        }
        let line = state.lines.entry(account).or_default();
        let first = line.waiting.is_empty();
        line.waiting.push_back((Box::new(task), Arc::clone(&flags)));
        if first {
            state.turns.push_back(account);
        }
        state.waiting += 1;
        self.call_a_thread(&mut state)?;
        Ok(Ticket {
            shared: Arc::clone(self),
            account,
            flags,
            owned: false,
        })
    }

    /// Wakes a thread that has nothing to do or starts one, where there is room.
    fn call_a_thread(self: &Arc<Self>, state: &mut State) -> Result<(), ScriptError> {
        if state.idle >= state.waiting {
            self.wake.notify_one();
            return Ok(());
        }
        self.wake.notify_one();
        if state.threads < self.options.threads {
            match spawn(self) {
                Ok(()) => state.threads += 1,
                // The threads that are there will come to it.
                Err(_) if state.threads > 0 => {}
                Err(error) => {
                    return Err(ScriptError::new(
                        FaultKind::Engine,
                        format!("no thread for the script: {error}"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The next run for a thread; waits for one.
    pub(super) fn take(self: &Arc<Self>) -> Next {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                state.threads -= 1;
                return Next::End;
            }
            if let Some((account, (task, flags))) = state.pick(&self.options) {
                let ticket = Ticket {
                    shared: Arc::clone(self),
                    account,
                    flags,
                    owned: true,
                };
                return Next::Task(task, ticket);
            }
            state.idle += 1;
            let timed_out = self.wake.wait_for(&mut state, IDLE).timed_out();
            state.idle -= 1;
            if timed_out && state.waiting == 0 && state.threads > 1 {
                state.threads -= 1;
                return Next::End;
            }
        }
    }

    /// Sends every thread home after what it runs.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.wake.notify_all();
    }
}

impl State {
    fn pick(&mut self, options: &PoolOptions) -> Option<(u64, Queued)> {
        for _ in 0..self.turns.len() {
            let account = self.turns.pop_front()?;
            let Some(line) = self.lines.get_mut(&account) else {
                continue;
            };
            if line.computing >= options.computing || line.occupied >= options.occupied {
                self.turns.push_back(account);
                continue;
            }
            let Some(next) = line.waiting.pop_front() else {
                continue;
            };
            if !line.waiting.is_empty() {
                self.turns.push_back(account);
            }
            line.computing += 1;
            line.occupied += 1;
            self.waiting -= 1;
            return Some((account, next));
        }
        None
    }
}

impl Ticket {
    /// The thread does not come back in time: another takes its place.
    pub(super) fn lose(&self) {
        if self.settle(true) {
            tracing::error!(
                account = self.account,
                "a script does not notice that its time is over; its thread is left alone and replaced"
            );
        }
    }

    /// The same place, to say when the thread waits and when it computes.
    pub(super) fn observer(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            account: self.account,
            flags: Arc::clone(&self.flags),
            owned: false,
        }
    }

    /// Set when nobody waits for the thread any more.
    pub(super) fn lost_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flags.lost)
    }

    /// Gives the place back, once.
    fn settle(&self, lose: bool) -> bool {
        let mut state = self.shared.state.lock();
        if self.flags.settled.swap(true, Ordering::Relaxed) {
            return false;
        }
        if lose {
            self.flags.lost.store(true, Ordering::Relaxed);
            state.threads -= 1;
        }
        let computed = !self.flags.outside.load(Ordering::Relaxed);
        if let Some(line) = state.lines.get_mut(&self.account) {
            line.occupied -= 1;
            line.computing -= usize::from(computed);
            if line.occupied == 0 && line.waiting.is_empty() {
                state.lines.remove(&self.account);
            }
        }
        self.call_for_the_rest(&mut state);
        true
    }

    fn call_for_the_rest(&self, state: &mut State) {
        if state.waiting > 0 {
            // A thread that cannot be started now is started with the next run.
            if let Err(error) = self.shared.call_a_thread(state) {
                tracing::warn!(%error, "a waiting script needs a thread");
            }
        }
    }

    fn count(&self, outside: bool) {
        let mut state = self.shared.state.lock();
        if self.flags.settled.load(Ordering::Relaxed) {
            return;
        }
        self.flags.outside.store(outside, Ordering::Relaxed);
        if let Some(line) = state.lines.get_mut(&self.account) {
            if outside {
                line.computing -= 1;
            } else {
                line.computing += 1;
            }
        }
        if outside {
            self.call_for_the_rest(&mut state);
        }
    }
}

impl Waiting for Ticket {
    fn begin(&self) {
        self.count(true);
    }

    fn end(&self) {
        self.count(false);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.owned {
            self.settle(false);
        }
    }
}
