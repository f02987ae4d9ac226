//! Faults that tests and curious people ask for: which requests, how often, what goes wrong.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Answers this status with a small JSON body; 429 and 503 carry `Retry-After` when given.
    Status {
        /// The status code.
        status: u16,
        /// Seconds for `Retry-After`.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Never answers; ends when the client gives up or the sandbox stops.
    Hang,
    /// Answers properly, but late.
    Delay {
        /// How late.
        milliseconds: u64,
    },
    /// Declares a longer body than it sends, then closes the connection.
    Truncate,
    /// Answers 200 with an HTML page.
    Html,
    /// Answers 200 with text that is no JSON although it says so.
    MalformedJson,
    /// Answers 200 without a body.
    Empty,
    /// Redirects elsewhere.
    Redirect {
        /// The `Location`.
        location: String,
    },
    /// Answers 200 with a JSON array of this many bytes, streamed.
    Flood {
        /// How much.
        bytes: u64,
    },
    /// Does what was asked, then loses the answer: the client cannot know whether it happened.
    LoseAnswer,
    /// Leaves a member out of a JSON answer: `expires_in` of a token, say.
    DropMember {
        /// The member's name at the top level.
        member: String,
    },
}

/// A fault and the requests it strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRule {
    /// Only requests to this host, as the provider calls it (`api.stripe.com`).
    #[serde(default)]
    pub host: Option<String>,
    /// Only paths that begin like this.
    #[serde(default)]
    pub path: Option<String>,
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Lets this many matching requests pass first.
    #[serde(default)]
    pub skip: u32,
    /// Strikes this many requests, then ends.
    #[serde(default = "once")]
    pub times: u32,
    /// What goes wrong.
    pub fault: Fault,
}

impl FaultRule {
    /// Strikes the next request to any provider.
    pub fn next(fault: Fault) -> Self {
        Self {
            host: None,
            path: None,
            method: None,
            skip: 0,
            times: 1,
            fault,
        }
    }

    /// Strikes only requests to this host.
    #[must_use]
    pub fn at_host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Strikes only paths that begin like this.
    #[must_use]
    pub fn at_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Strikes so many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Lets so many requests pass first.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    fn matches(&self, host: &str, method: &str, path: &str) -> bool {
        self.host
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(host))
            && self
                .path
                .as_ref()
                .is_none_or(|wanted| path.starts_with(wanted.as_str()))
            && self
                .method
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

fn once() -> u32 {
    1
}

/// The faults that still wait for a request.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<FaultRule>>);

impl Faults {
    pub(crate) fn add(&self, rule: FaultRule) {
        self.0.lock().push(rule);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    pub(crate) fn pending(&self) -> Vec<FaultRule> {
        self.0.lock().clone()
    }

    /// The fault that strikes this request, if any; used up by asking.
    pub(crate) fn take(&self, host: &str, method: &str, path: &str) -> Option<Fault> {
        let mut rules = self.0.lock();
        let index = rules
            .iter()
            .position(|rule| rule.matches(host, method, path))?;
        let rule = &mut rules[index];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times = rule.times.saturating_sub(1);
        let fault = rule.fault.clone();
        if rule.times == 0 {
            rules.remove(index);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_lets_some_pass_then_strikes_so_often() {
        let faults = Faults::default();
        faults.add(
            FaultRule::next(Fault::Html)
                .at_path("/v1")
                .after(1)
                .times(2),
        );

        let struck: Vec<bool> = ["/v1/a", "/other", "/v1/b", "/v1/c", "/v1/d"]
            .into_iter()
            .map(|path| faults.take("api.stripe.com", "GET", path).is_some())
            .collect();

        assert_eq!(struck, [false, false, true, true, false]);
        assert_eq!(faults.pending(), []);
    }
}
