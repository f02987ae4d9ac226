//! Threads on which scripts run, and whose turn it is.
//!
//! A script blocks a thread of this pool and nothing else. Accounts take turns, and one of them never
//! has more threads computing than the machine has processors, so others start at once.

mod execute;
mod queue;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};
use velodrome_model::redact::Redactor;

pub(crate) use self::execute::thrown;
use self::{
    execute::execute,
    queue::{Next, Shared},
};
use crate::{
    Fault, FaultKind, Host, Limits, Outcome, Run, ScriptError, realm::Realm, run::Question,
};

/// Bytes of a thread's stack: the script's own limit and room for ours.
const STACK: usize = 8 << 20;
/// How long after its time a script may take to notice that it has to stop.
const GRACE: Duration = Duration::from_secs(1);

/// The size of a pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// Threads in all, made when they are needed.
    pub threads: usize,
    /// Threads that may compute for one account.
    pub computing: usize,
    /// Threads that may wait for requests and stores for one account, and compute.
    pub occupied: usize,
    /// Runs that may wait for a thread.
    pub waiting: usize,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(2, usize::from);
        Self {
            threads: 64,
            computing: processors.clamp(2, 8),
            occupied: 16,
            waiting: 10_000,
        }
    }
}

/// Runs scripts; cheap to clone. Its threads end when the last clone is gone.
#[derive(Clone)]
pub struct ScriptPool {
    owner: Arc<Owner>,
}

struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// A run on its way to a thread.
struct Task {
    run: Run,
    questions: mpsc::UnboundedSender<Question>,
    answer: oneshot::Sender<Result<Outcome, ScriptError>>,
    given_up: Arc<AtomicBool>,
}

/// Tells the thread that nobody waits any more.
struct GiveUp(Arc<AtomicBool>);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Default for ScriptPool {
    fn default() -> Self {
        Self::new(PoolOptions::default())
    }
}

impl ScriptPool {
    /// A pool; it starts its threads when they are needed.
    pub fn new(options: PoolOptions) -> Self {
        Self {
            owner: Arc::new(Owner {
                shared: Arc::new(Shared::new(options)),
            }),
        }
    }

    /// Runs a script; dropping the future stops it. The host answers where this is awaited.
    pub async fn run(&self, run: Run, host: &dyn Host) -> Result<Outcome, ScriptError> {
        let secrets = run.secrets.clone();
        let event = run.event_of();
        let outcome = self.start(run, host).await;
        match outcome {
            Ok(outcome) if outcome.console.is_empty() => Ok(outcome),
            Ok(mut outcome) => {
                let redactor = Redactor::new(&secrets);
                for line in &mut outcome.console {
                    *line = redactor.text(line).into_owned();
                }
                Ok(outcome)
            }
            Err(mut error) => {
                error.event = event;
                Err(error.redacted(&Redactor::new(&secrets)))
            }
        }
    }

    async fn start(&self, run: Run, host: &dyn Host) -> Result<Outcome, ScriptError> {
        let given_up = Arc::new(AtomicBool::new(false));
        let _give_up = GiveUp(Arc::clone(&given_up));
        let (questions, mut asked) = mpsc::unbounded_channel();
        let (answer, mut done) = oneshot::channel();
        let timed_out = late(&run.limits);
        let task = Task {
            run,
            questions,
            answer,
            given_up,
        };
        let ticket = self.owner.shared.submit(task)?;
        let mut deadline: Option<Instant> = None;
        loop {
            let watchdog = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until((deadline + GRACE).into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                outcome = &mut done => return outcome.unwrap_or_else(|_| {
                    Err(ScriptError::new(FaultKind::Engine, "the script's thread ended"))
                }),
                Some(question) = asked.recv() => match question {
                    Question::Started(until) => deadline = Some(until),
                    Question::Http(request, answer) => {
                        let reply = bounded(deadline, host.http_request(*request)).await;
                        // Whoever gave up asking does not need it.
                        drop(answer.send(reply));
                    }
                    Question::Storage(store, operation, answer) => {
                        let reply = bounded(deadline, host.storage(store, operation)).await;
                        drop(answer.send(reply));
                    }
                },
                () = watchdog => {
                    // The clock of tests may run ahead of the thread's.
                    if deadline.is_some_and(|deadline| Instant::now() >= deadline + GRACE) {
                        ticket.lose();
                        return Err(timed_out);
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}

async fn bounded<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let Some(deadline) = deadline else {
        return work.await;
    };
    let left = deadline.saturating_duration_since(Instant::now());
    tokio::time::timeout(left, work)
        .await
        .unwrap_or_else(|_| Err(Fault::new("Timeout", "the script's time is over")))
}

impl std::fmt::Debug for ScriptPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScriptPool")
    }
}

/// The fault of a script that ran for too long.
fn late(limits: &Limits) -> ScriptError {
    ScriptError::new(
        FaultKind::Timeout,
        format!("Script timed out after {} s", limits.time.as_secs_f64()),
    )
}

/// What a thread does until there is nothing to do.
fn work(shared: &Arc<Shared>) {
    loop {
        // Made ahead, so that a script never waits for it.
        let realm = Realm::new(&Limits::default());
        let Next::Task(task, ticket) = shared.take() else {
            return;
        };
        let Task {
            run,
            questions,
            answer,
            given_up,
        } = *task;
        if given_up.load(Ordering::Relaxed) {
            drop(ticket);
            continue;
        }
        let lost = ticket.lost_flag();
        let outcome = match realm {
            Err(_) => Err(ScriptError::new(
                FaultKind::Memory,
                "Script exceeded memory",
            )),
            Ok(realm) => catch_unwind(AssertUnwindSafe(|| {
                execute(realm, run, questions, given_up, &ticket)
            }))
            .unwrap_or_else(|_| Err(ScriptError::new(FaultKind::Engine, "the engine failed"))),
        };
        drop(ticket);
        // Whoever gave up waiting does not need it.
        drop(answer.send(outcome));
        if lost.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Starts a thread of the pool.
fn spawn(shared: &Arc<Shared>) -> std::io::Result<()> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("script".into())
        .stack_size(STACK)
        .spawn(move || work(&shared))
        .map(drop)
}
