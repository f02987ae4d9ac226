//! The moments at which scripts run and the levels they live on (scripting.md §1, §2).

use std::fmt;

/// Where a script is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// On the connector's release: for every method.
    Connector,
    /// On one method.
    Method,
    /// On a step of a cycle.
    Step,
    /// In a mapping, or in the testing tool without an event.
    Inline,
}

impl Level {
    /// The word in messages, which is also the name of the source in stack traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Method => "method",
            Self::Step => "step",
            Self::Inline => "inline",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A moment for which a script may define a handler of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A webhook request arrives.
    BeforeWebhook,
    /// A webhook request was accepted.
    AfterWebhook,
    /// Before each request.
    BeforeAction,
    /// After each successful answer.
    AfterAction,
    /// All pages are in.
    AfterActionPaging,
    /// A request failed.
    AfterError,
    /// Last: chooses the exit of the step.
    ActionCondition,
    /// Before the user is sent to the provider.
    BeforeOauth2Authorise,
    /// Before tokens are asked for.
    BeforeOauth2Token,
    /// Before tokens are refreshed.
    BeforeOauth2Refresh,
    /// Tokens came.
    AfterOauth2Token,
    /// Refreshed tokens came.
    AfterOauth2Refresh,
}

/// Every event with its name and the globals whose changes count.
const EVENTS: [(Event, &str, &[&str]); 12] = [
    (
        Event::BeforeWebhook,
        "before_webhook",
        &[
            "method_response_headers",
            "method_response",
            "method_response_status",
        ],
    ),
    (Event::AfterWebhook, "after_webhook", &["method_response"]),
    (
        Event::BeforeAction,
        "before_action",
        &[
            "method_request_headers",
            "method_request_parameters",
            "method_request",
            "method_request_mergefields",
            "method_endpoint",
            "action_data",
            "last_successful_run_date",
        ],
    ),
    (
        Event::AfterAction,
        "after_action",
        &[
            "method_request_mergefields",
            "method_response",
            "action_data",
        ],
    ),
    (
        Event::AfterActionPaging,
        "after_action_paging",
        &[
            "method_request_mergefields",
            "method_response",
            "next_last_successful_run_date",
            "action_data",
        ],
    ),
    (
        Event::AfterError,
        "after_error",
        &["method_error", "action_data"],
    ),
    (Event::ActionCondition, "action_condition", &[]),
    (
        Event::BeforeOauth2Authorise,
        "before_oauth2_authorise",
        &["method_endpoint"],
    ),
    (
        Event::BeforeOauth2Token,
        "before_oauth2_token",
        &[
            "method_request_headers",
            "method_request",
            "method_endpoint",
        ],
    ),
    (
        Event::BeforeOauth2Refresh,
        "before_oauth2_refresh",
        &[
            "method_request_headers",
            "method_request",
            "method_endpoint",
        ],
    ),
    (
        Event::AfterOauth2Token,
        "after_oauth2_token",
        &["method_response"],
    ),
    (
        Event::AfterOauth2Refresh,
        "after_oauth2_refresh",
        &["method_response"],
    ),
];

impl Event {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        EVENTS.iter().map(|(event, ..)| *event)
    }

    /// The handler's name.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The event of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|event| event.name() == name)
    }

    /// The globals whose changes count.
    pub fn writes(self) -> &'static [&'static str] {
        self.row().2
    }

    /// Whether a strict `false` stops what follows.
    pub fn stops(self) -> bool {
        self.name().starts_with("before_") || self == Self::AfterWebhook
    }

    /// The levels that may handle it, in the order in which they do.
    pub(crate) fn order(self) -> &'static [Level] {
        use Level::{Connector, Method, Step};
        match self {
            Self::BeforeWebhook | Self::BeforeAction => &[Method, Connector, Step],
            Self::AfterWebhook | Self::AfterAction | Self::AfterActionPaging | Self::AfterError => {
                &[Connector, Method, Step]
            }
            Self::ActionCondition => &[Method],
            Self::BeforeOauth2Authorise
            | Self::BeforeOauth2Token
            | Self::BeforeOauth2Refresh
            | Self::AfterOauth2Token
            | Self::AfterOauth2Refresh => &[Connector],
        }
    }

    /// Whether an authentication exception means something in it (§5).
    pub(crate) fn may_renew(self) -> bool {
        matches!(
            self,
            Self::AfterAction | Self::AfterActionPaging | Self::AfterError
        )
    }

    fn row(self) -> &'static (Self, &'static str, &'static [&'static str]) {
        EVENTS
            .iter()
            .find(|(event, ..)| *event == self)
            .expect("every event has a row")
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
