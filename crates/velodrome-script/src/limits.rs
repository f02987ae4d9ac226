//! What a script may use (scripting.md §8).

use std::time::Duration;

/// The bounds of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall clock for all levels together, `http_request` included.
    pub time: Duration,
    /// Bytes of the script's heap.
    pub memory: usize,
    /// Bytes of the script's stack.
    pub stack: usize,
    /// Bytes of globals and results together, as JSON.
    pub values: usize,
    /// Levels that a value may nest.
    pub depth: usize,
    /// Calls of `http_request`.
    pub http_calls: u32,
    /// Lines that `console.log` keeps.
    pub console_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60),
            memory: 128 << 20,
            stack: 1 << 20,
            values: 64 << 20,
            depth: 512,
            http_calls: 50,
            console_lines: 1_000,
        }
    }
}

/// Bytes of a script's source; far more than anybody writes.
pub const MAX_SOURCE: usize = 1 << 20;
