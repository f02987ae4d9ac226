//! What came back from a call.

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

/// An answer, with its body as the text that was sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Method and path, for messages.
    pub call: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// An answer as it came over the connection, with a body of any transfer coding left as it is.
    ///
    /// # Panics
    /// When it is no answer.
    #[track_caller]
    pub(crate) fn from_wire(call: String, text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name = HeaderName::try_from(name).expect("a header's name");
            headers.append(name, value.parse().expect("a header's value"));
        }
        Self {
            status: status
                .and_then(|status| status.parse().ok())
                .unwrap_or_else(|| panic!("{call}: no answer: {text}")),
            headers,
            text: body.to_owned(),
            call,
        }
    }

    /// The same answer, once its status is the wanted one.
    ///
    /// # Panics
    /// With the body, when the status is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.call, self.text);
        self
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.call, self.text))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The message of a refused call: its status is the wanted one, and its body exactly
    /// `{"Message":"…"}` without blanks, as existing clients compare it.
    ///
    /// # Panics
    /// When one of this does not hold.
    #[track_caller]
    pub fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}: {}", self.call, self.text);
        let body = self.json();
        let message = body["Message"].as_str().unwrap_or_default().to_owned();
        let exact = serde_json::json!({ "Message": message }).to_string();
        assert_eq!(self.text, exact, "{}", self.call);
        assert!(!message.is_empty(), "{}: an empty message", self.call);
        message
    }

    /// As [`Answer::refusal`], with the stable code that programs read.
    ///
    /// # Panics
    /// When the code is another one, or the refusal is none.
    #[track_caller]
    pub fn refused_as(&self, status: u16, code: &str) -> String {
        let message = self.refusal(status);
        assert_eq!(
            self.header("x-velodrome-code"),
            Some(code),
            "{}: {message}",
            self.call
        );
        message
    }
}
