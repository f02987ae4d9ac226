//! Names, units and help of the metrics of outbound calls.

use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram};

const REQUESTS: &str = "velodrome_egress_requests_total";
const REFUSED: &str = "velodrome_egress_refused_total";
const REDIRECTS: &str = "velodrome_egress_redirects_total";
const BODY_FAILURES: &str = "velodrome_egress_body_failures_total";
const SECONDS: &str = "velodrome_egress_response_seconds";

/// Registers units and help texts; called once, after the recorder is installed.
pub fn describe() {
    describe_counter!(REQUESTS, Unit::Count, "Outbound requests by outcome");
    describe_counter!(
        REFUSED,
        Unit::Count,
        "Outbound requests that the guard refused"
    );
    describe_counter!(REDIRECTS, Unit::Count, "Redirects followed");
    describe_counter!(
        BODY_FAILURES,
        Unit::Count,
        "Outbound answers whose body was too large, too slow or cut short"
    );
    describe_histogram!(
        SECONDS,
        Unit::Seconds,
        "Time until the headers of an outbound answer"
    );
}

/// Handles of the hot path, looked up once for each client.
#[derive(Clone)]
pub(super) struct Metrics {
    pub answered: Counter,
    pub refused: Counter,
    pub redirects: Counter,
    pub seconds: Histogram,
}

impl Metrics {
    pub fn new() -> Self {
        Self {
            answered: counter!(REQUESTS, "outcome" => "answered"),
            refused: counter!(REFUSED),
            redirects: counter!(REDIRECTS),
            seconds: histogram!(SECONDS),
        }
    }
}

/// Counts a request without an answer. Failures are rare enough to be looked up by label.
pub(super) fn failed(outcome: &'static str) {
    counter!(REQUESTS, "outcome" => outcome).increment(1);
}

/// Counts an answer whose body failed.
pub(super) fn body_failed(why: &'static str) {
    counter!(BODY_FAILURES, "why" => why).increment(1);
}
