//! What goes wrong on purpose, as the environment or a test of the same process says.

use std::{
    panic::resume_unwind,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use parking_lot::Mutex;
use velodrome_model::{AccountScope, InstanceScope, Scope, TransactionId};

use super::{Mistake, POINTS, Side, VARIABLE};
use crate::{NewOutput, Store, StoreError, Unit, connect::Inner, runs::insert_outputs};

/// How long a commit is late that a [`Mistake`] delays: time enough to answer.
const LATE: Duration = Duration::from_millis(300);

/// What becomes of a task that reaches a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It goes on.
    Pass,
    /// It ends there, and whatever it had begun is rolled back.
    Die,
}

/// Says what becomes of a task at a point, with its name.
pub type Hook = Arc<dyn Fn(&'static str, Side) -> Act + Send + Sync>;

/// What the environment says; read once.
static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let said = std::env::var_os(VARIABLE).unwrap_or_default();
    Plan::parse(&said.to_string_lossy())
});

#[derive(Debug, Default)]
struct Plan {
    stops: Vec<Stop>,
    mistakes: Vec<Mistake>,
    lease: Option<TimeDelta>,
}

#[derive(Debug)]
struct Stop {
    point: &'static str,
    side: Side,
    /// Which time it is reached.
    time: u32,
    then: Then,
    reached: AtomicU32,
}

/// What becomes of the process at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    /// It ends.
    End,
    /// It does nothing any more, and keeps all that it has, until somebody wakes it.
    Freeze,
    /// Whoever came there waits.
    Pause(Duration),
}

impl Plan {
    /// A test that says what can't be done must not run as if nothing was said.
    fn parse(text: &str) -> Self {
        let mut plan = Self::default();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let taken = plan.take(part);
            taken.unwrap_or_else(|| panic!("{VARIABLE}: {part} says nothing that can go wrong"));
        }
        plan
    }

    fn take(&mut self, part: &str) -> Option<()> {
        match part.split_once('=')? {
            ("at", stop) => self.stops.push(Stop::parse(stop)?),
            ("mistake", name) => {
                let found = Mistake::ALL.iter().find(|one| one.name() == name);
                self.mistakes.push(*found?);
            }
            ("lease", time) => {
                let milliseconds = time.parse().ok()?;
                self.lease = Some(TimeDelta::milliseconds(milliseconds));
            }
            _ => return None,
        }
        Some(())
    }
}

impl Stop {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (point, side) = parts.next()?.split_once('.')?;
        let point = POINTS.iter().find(|one| **one == point)?;
        let side = [Side::Before, Side::After]
            .into_iter()
            .find(|one| one.as_str() == side)?;
        let time = parts.next()?.parse().ok()?;
        let then = match parts.next() {
            None => Then::End,
            Some("freeze") => Then::Freeze,
            Some(action) => {
                let milliseconds = action.strip_prefix("pause-")?.parse().ok()?;
                Then::Pause(Duration::from_millis(milliseconds))
            }
        };
        Some(Self {
            point,
            side,
            time,
            then,
            reached: AtomicU32::new(0),
        })
    }
}

/// Whether a mistake is switched on.
pub fn has(mistake: Mistake) -> bool {
    PLAN.mistakes.contains(&mistake)
}

/// How long a lease lasts that is meant to last so long.
pub fn lease(meant: TimeDelta) -> TimeDelta {
    PLAN.lease.unwrap_or(meant)
}

/// The points of one store.
#[derive(Default)]
pub(crate) struct Points {
    hook: Mutex<Option<Hook>>,
}

impl Points {
    pub async fn reach(&self, point: &'static str, side: Side) {
        let hook = self.hook.lock().clone();
        if hook.is_some_and(|hook| hook(point, side) == Act::Die) {
            // Not a panic: nothing is wrong with the program, and nobody has to read of it.
            resume_unwind(Box::new("ended by a test"));
        }
        for stop in &PLAN.stops {
            if (stop.point, stop.side) != (point, side) {
                continue;
            }
            if stop.reached.fetch_add(1, Ordering::Relaxed) + 1 == stop.time {
                match stop.then {
                    Then::End => std::process::abort(),
                    Then::Freeze => rustix::process::kill_process(
                        rustix::process::getpid(),
                        rustix::process::Signal::STOP,
                    )
                    .expect("a process may stop itself"),
                    Then::Pause(time) => tokio::time::sleep(time).await,
                }
            }
        }
    }
}

impl Store {
    /// Asks `hook` at every point from now on, in units that this store begins.
    pub fn at_points(&self, hook: Hook) {
        *self.inner.points.hook.lock() = Some(hook);
    }
}

/// What a unit is for: the first thing that it was used for.
#[derive(Default)]
pub(crate) struct Purpose {
    point: OnceLock<&'static str>,
    late: Mutex<Vec<(Written, Vec<NewOutput>)>>,
}

/// Where outputs belong: whose they are, the transaction, its checkpoint.
type Written = (AccountScope, TransactionId, i32);

impl Purpose {
    pub fn note(&self, point: &'static str) {
        debug_assert!(POINTS.contains(&point), "{point} is no name of a point");
        self.point.get_or_init(|| point);
    }

    pub fn point(&self) -> &'static str {
        self.point.get().copied().unwrap_or("other")
    }

    /// What is to be written with the unit: all of it, but for the mistake.
    pub fn put_off(&self, of: Written, outputs: Vec<NewOutput>) -> Vec<NewOutput> {
        if !has(Mistake::TornCheckpoint) {
            return outputs;
        }
        self.late.lock().push((of, outputs));
        Vec::new()
    }

    /// Writes what was put off, after the unit.
    pub async fn catch_up(self, inner: &Arc<Inner>) -> Result<(), StoreError> {
        let late = self.late.into_inner();
        if late.is_empty() {
            return Ok(());
        }
        let store = Store {
            inner: Arc::clone(inner),
        };
        // Time enough to die in.
        tokio::time::sleep(LATE).await;
        let unit = store.begin(&InstanceScope).await?;
        for ((scope, id, checkpoint), outputs) in late {
            insert_outputs(&unit, scope, id, checkpoint, outputs).await?;
        }
        unit.transaction.commit().await?;
        Ok(())
    }
}

/// The unit to be committed, unless a mistake has dealt with it.
pub(crate) fn mishandle<S: Scope>(unit: Unit<S>) -> Option<Unit<S>> {
    let is_early = match unit.purpose.point() {
        "intent" if has(Mistake::IntentNotCommitted) => return None,
        "accept" => has(Mistake::AckBeforeCommit),
        "refresh" => has(Mistake::RefreshNotStored),
        _ => false,
    };
    if !is_early {
        return Some(unit);
    }
    tokio::spawn(async move {
        tokio::time::sleep(LATE).await;
        // Whoever was told of it is told nothing else.
        drop(unit.commit_now().await);
    });
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_from_its_text() {
        let plan = Plan::parse(
            "at=join.after:2;at=accept.before:1:pause-5;at=claim.before:3:freeze;mistake=no-sweep;lease=1500",
        );

        let stops: Vec<_> = plan
            .stops
            .iter()
            .map(|stop| (stop.point, stop.side, stop.time, stop.then))
            .collect();
        let pause = Then::Pause(Duration::from_millis(5));
        assert_eq!(
            stops,
            [
                ("join", Side::After, 2, Then::End),
                ("accept", Side::Before, 1, pause),
                ("claim", Side::Before, 3, Then::Freeze),
            ]
        );
        assert_eq!(plan.mistakes, [Mistake::NoSweep]);
        assert_eq!(plan.lease, Some(TimeDelta::milliseconds(1_500)));
    }

    #[test]
    #[should_panic(expected = "says nothing that can go wrong")]
    fn a_plan_that_names_no_point_is_refused() {
        Plan::parse("at=nowhere.before:1");
    }
}
