//! Names, units and help of the metrics of calls and rate limits.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

const CALLS: &str = "velodrome_connector_calls_total";
const SECONDS: &str = "velodrome_connector_call_seconds";
const PAGES: &str = "velodrome_connector_pages_total";
const WAIT: &str = "velodrome_connector_rate_limit_wait_seconds";
const REFUSED: &str = "velodrome_connector_rate_limited_total";

/// Registers units and help texts; called once, after the recorder is installed.
pub fn describe() {
    describe_counter!(
        CALLS,
        Unit::Count,
        "Calls of connector methods by connector and outcome"
    );
    describe_histogram!(
        SECONDS,
        Unit::Seconds,
        "Time of a call of a connector method, all pages"
    );
    describe_counter!(
        PAGES,
        Unit::Count,
        "Pages fetched from providers by connector"
    );
    describe_histogram!(
        WAIT,
        Unit::Seconds,
        "Time that requests waited for their rate limit"
    );
    describe_counter!(
        REFUSED,
        Unit::Count,
        "429 answers of providers by connector"
    );
}

/// Notes the end of a call.
pub(crate) fn called(connector: &str, outcome: &'static str, took: Duration) {
    counter!(CALLS, "connector" => connector.to_owned(), "outcome" => outcome).increment(1);
    histogram!(SECONDS).record(took);
}

/// Notes a page.
pub(crate) fn page(connector: &str) {
    counter!(PAGES, "connector" => connector.to_owned()).increment(1);
}

/// Notes how long a request waited; those that did not are not worth counting.
pub(crate) fn waited(time: Duration) {
    if time >= Duration::from_millis(1) {
        histogram!(WAIT).record(time);
    }
}

/// Notes a 429.
pub(crate) fn refused(connector: &str) {
    counter!(REFUSED, "connector" => connector.to_owned()).increment(1);
}
