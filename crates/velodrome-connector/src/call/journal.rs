//! What a step asked and was answered, redacted, for its history (cycles.md §9).

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use velodrome_model::redact::Redactor;

use super::record::{Sent, shown, status_line};

/// Requests that are written down; a step that makes more shows its first ones.
const MOST_ENTRIES: usize = 1_000;
/// Bytes that are written down.
const MOST_BYTES: usize = 16 << 20;

/// Writes down the requests of one step.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Written>);

#[derive(Debug, Default)]
struct Written {
    entries: Vec<Entry>,
    bytes: usize,
}

/// A request and its answer, secrets replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Request line, headers, blank line, body.
    pub request: String,
    /// Status line, headers, blank line, body; none where no answer came.
    pub response: Option<String>,
    /// Until the answer was complete.
    pub duration: Duration,
}

impl Journal {
    /// What was written so far, which is then forgotten.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.0.lock()).entries
    }

    pub(super) fn write(
        &self,
        redactor: &Redactor,
        sent: &Sent,
        answer: Option<(StatusCode, &HeaderMap, &[u8])>,
        duration: Duration,
    ) {
        let entry = Entry {
            request: sent.request(redactor),
            response: answer.map(|(status, headers, body)| {
                let mut text = status_line(status);
                text.push_str("\r\n");
                for (name, value) in headers {
                    let shown = String::from_utf8_lossy(value.as_bytes());
                    let shown = redactor.header(name.as_str(), &shown, value.is_sensitive());
                    text.extend([name.as_str(), ": ", &shown, "\r\n"]);
                }
                text.push_str("\r\n");
                text.push_str(&shown(redactor, body));
                text
            }),
            duration,
        };
        let size = entry.request.len() + entry.response.as_ref().map_or(0, String::len);
        let mut written = self.0.lock();
        if written.entries.len() < MOST_ENTRIES && written.bytes + size <= MOST_BYTES {
            written.bytes += size;
            written.entries.push(entry);
        }
    }
}
