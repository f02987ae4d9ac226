//! What a child process writes, kept line by line, with waiting for a line.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The lines that a child wrote so far.
#[derive(Clone, Default)]
pub struct Output {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    open: usize,
}

/// Why a line did not come.
#[derive(Debug, PartialEq, Eq)]
pub enum NoLine {
    /// The child closed its output first.
    Ended,
    /// The time was over.
    TimedOut,
}

impl Output {
    /// Reads a stream to its end on a thread of its own.
    pub fn collect(&self, stream: impl Read + Send + 'static) {
        self.lock().open += 1;
        let output = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                output
                    .lock()
                    .lines
                    .push(String::from_utf8_lossy(&line).into_owned());
                output.shared.changed.notify_all();
            }
            output.lock().open -= 1;
            output.shared.changed.notify_all();
        });
    }

    /// All lines so far.
    pub fn text(&self) -> String {
        self.lock().lines.join("\n")
    }

    /// The number of lines so far, from where a later wait can begin.
    pub fn len(&self) -> usize {
        self.lock().lines.len()
    }

    /// Waits for the first line, from the given one on, that `wanted` answers for.
    pub fn wait_for<T>(
        &self,
        from: usize,
        limit: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T, NoLine> {
        let deadline = Instant::now() + limit;
        let mut seen = from;
        let mut state = self.lock();
        loop {
            while let Some(line) = state.lines.get(seen) {
                if let Some(found) = wanted(line) {
                    return Ok(found);
                }
                seen += 1;
            }
            if state.open == 0 {
                return Err(NoLine::Ended);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(NoLine::TimedOut);
            }
            state = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// A panic elsewhere leaves whole lines, so a poisoned lock is still good.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_line_is_waited_for_and_the_end_is_noticed() {
        let output = Output::default();
        output.collect(&b"starting\nready at 4711\n"[..]);

        let port = output.wait_for(0, LONG, |line| {
            line.strip_prefix("ready at ").map(str::to_owned)
        });
        let never = output.wait_for(0, LONG, |line| (line == "never").then_some(()));

        assert_eq!(port, Ok("4711".to_owned()));
        assert_eq!(never, Err(NoLine::Ended));
        assert_eq!(output.text(), "starting\nready at 4711");
    }
}
