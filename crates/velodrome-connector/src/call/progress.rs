//! How far a long request has come (connectors.md §4, outbound paging).

use std::fmt;

use serde_json::Value;

/// What a request that is sent in parts has achieved. Whoever keeps it can go on from there.
#[derive(Clone, Default, PartialEq)]
pub struct Progress {
    /// Elements whose requests were answered.
    pub sent: usize,
    /// Their answers, merged; null where there is none.
    pub answered: Value,
}

/// What a provider answered is nobody's to log.
impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}
