//! Where time comes from. Only the binary and tests construct a clock; everything else is given one.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

/// A source of the current instant.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock to hand around.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock: the one home of `Utc::now`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one home of Utc::now")]
    fn now(&self) -> DateTime<Utc> {
        // PostgreSQL keeps microseconds; cutting here makes what is stored equal what was said.
        Utc::now().trunc_subsecs(6)
    }
}
