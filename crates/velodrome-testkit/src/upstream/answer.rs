//! What the upstream answers, and in which bad manner.

use std::time::Duration;

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) manner: Manner,
}

/// How the answer is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Proper,
    Hang,
    Truncate { promised: usize },
    Overrun { promised: usize },
    Endless,
    Reset,
    Late(Duration),
}

impl Answer {
    /// An empty answer.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            manner: Manner::Proper,
        }
    }

    /// JSON, given as text.
    pub fn json(text: impl Into<String>) -> Self {
        Self::status(200)
            .header("Content-Type", "application/json")
            .body(text.into())
    }

    /// An HTML page where a program expected data.
    pub fn html(text: impl Into<String>) -> Self {
        Self::status(200)
            .header("Content-Type", "text/html; charset=utf-8")
            .body(text.into())
    }

    /// Sends the caller elsewhere.
    pub fn redirect(location: &str) -> Self {
        Self::status(302).header("Location", location)
    }

    /// Takes the call and never answers.
    pub fn hang() -> Self {
        Self::status(200).in_manner(Manner::Hang)
    }

    /// Closes the connection without a word.
    pub fn reset() -> Self {
        Self::status(200).in_manner(Manner::Reset)
    }

    /// A body that never ends.
    pub fn endless() -> Self {
        Self::json("[").in_manner(Manner::Endless)
    }

    /// Promises more bytes than it sends, and closes.
    pub fn truncated(self, promised: usize) -> Self {
        self.in_manner(Manner::Truncate { promised })
    }

    /// Sends more bytes than it promises.
    pub fn overrun(self, promised: usize) -> Self {
        self.in_manner(Manner::Overrun { promised })
    }

    /// Answers properly, but only after a while.
    pub fn after(self, time: Duration) -> Self {
        self.in_manner(Manner::Late(time))
    }

    /// The same answer with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same answer with one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same answer with another body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn in_manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }
}
