//! A request and its answer as text that may be shown: secrets are already replaced.

use std::fmt;

/// A failed request with its answer, redacted, as incidents and Data on Demand show it.
///
/// Displays as status line, body, a blank line, `HTTP Request:` and the request, with CR LF line
/// ends (api.md §13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Status line of the answer; empty when there was none.
    pub status_line: String,
    /// Body of the answer, cut to a readable length.
    pub body: String,
    /// The request: request line, headers, blank line, body.
    pub request: String,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.status_line.is_empty() {
            write!(f, "{}\r\n{}\r\n\r\n", self.status_line, self.body)?;
        }
        write!(f, "HTTP Request:\r\n{}", self.request)
    }
}
