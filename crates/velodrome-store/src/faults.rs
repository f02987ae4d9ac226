//! What goes wrong on purpose, for the tests of reliability: ends of the process at named points, and mistakes
//! that the tests must find.
//!
//! Only a build with the feature `faults` *and* debug assertions has any of it; elsewhere what is called here
//! is constant and compiled away. Such a build does as [`VARIABLE`] says, parts separated by `;`:
//!
//! * `at=checkpoint.before:3` ends the process (`abort`) when the point is reached for the third time;
//!   `at=checkpoint.before:3:pause-500` makes whoever came there wait for half a second instead, and
//!   `at=checkpoint.before:3:freeze` stops the process as SIGSTOP does, until SIGCONT. See [`POINTS`].
//! * `mistake=no-fencing` switches a [`Mistake`] on.
//! * `lease=1500` makes leases last so many milliseconds, so that nobody waits half a minute for one to lapse.

/// Names of the points: what a unit of work is for. Each has a side, `before` its commit and `after` it.
pub const POINTS: &[&str] = &[
    "accept",
    "begin",
    "slot",
    "claim",
    "renew",
    "passage",
    "intent",
    "pages",
    "checkpoint",
    "children",
    "release",
    "join",
    "refresh-lease",
    "refresh",
    "outbox-claim",
    "outbox-done",
    "outbox-later",
    "settle",
    "erase",
    "other",
];

/// The environment variable that says what goes wrong.
pub const VARIABLE: &str = "VELODROME_TEST_FAULTS";

/// The side of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nothing is true yet.
    Before,
    /// Everything is true, and nobody was told.
    After,
}

impl Side {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

macro_rules! mistakes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A mistake that somebody might make here, and that the tests must find.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mistake {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Mistake {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// As it is written in [`VARIABLE`].
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

mistakes! {
    /// A request is acknowledged before it is committed.
    AckBeforeCommit = "ack-before-commit",
    /// Children have no number that is theirs alone, and are counted from the start after a recovery.
    ChildrenNotUnique = "children-not-unique",
    /// Nobody looks for what nobody told of.
    NoSweep = "no-sweep",
    /// A worker's writes don't say under which claim they were made.
    NoFencing = "no-fencing",
    /// A claim does not say until when it holds.
    NoLease = "no-lease",
    /// Leases of what takes long are not renewed.
    NoRenewal = "no-renewal",
    /// Nobody notes that a call begins which must not be repeated.
    IntentNotCommitted = "intent-not-committed",
    /// What a step gave is written after where its transaction goes, in a commit of its own.
    TornCheckpoint = "torn-checkpoint",
    /// A repeated request has another idempotency key.
    UnstableKey = "unstable-key",
    /// A slot may be fired by everybody who sees it.
    SlotNotUnique = "slot-not-unique",
    /// A Wait All stays armed when it has fired.
    JoinStaysArmed = "join-stays-armed",
    /// Whoever finds a credential expired renews it.
    RefreshWithoutLock = "refresh-without-lock",
    /// Renewed tokens are used before they are stored.
    RefreshNotStored = "refresh-not-stored",
    /// Transactions are found whoever asks.
    NoTenant = "no-tenant",
    /// One of a cycle that runs in order does not wait for the one before.
    NoOrder = "no-order",
}

#[cfg(all(feature = "faults", debug_assertions))]
mod armed;
#[cfg(not(all(feature = "faults", debug_assertions)))]
mod inert;

#[cfg(all(feature = "faults", debug_assertions))]
pub use armed::{Act, Hook, has, lease};
#[cfg(all(feature = "faults", debug_assertions))]
pub(crate) use armed::{Points, Purpose, mishandle};
#[cfg(not(all(feature = "faults", debug_assertions)))]
pub(crate) use inert::{Points, Purpose, mishandle};
#[cfg(not(all(feature = "faults", debug_assertions)))]
pub use inert::{has, lease};
