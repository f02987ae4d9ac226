//! Metrics of this crate.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

const FAILURES: &str = "velodrome_background_failures_total";
const RENEWING: &str = "velodrome_credentials_renewing";
const CONNECTED: &str = "velodrome_queue_connected";
const HINTS: &str = "velodrome_queue_hints_total";

/// Tells the recorder what the metrics mean.
pub fn describe() {
    describe_counter!(
        FAILURES,
        Unit::Count,
        "Turns of background loops that failed, by loop"
    );
    describe_gauge!(
        RENEWING,
        Unit::Count,
        "Credentials that are being renewed ahead of their expiry"
    );
    describe_gauge!(
        CONNECTED,
        Unit::Count,
        "1 while NATS carries hints between the nodes, 0 while it does not"
    );
    describe_counter!(
        HINTS,
        Unit::Count,
        "Hints between the nodes, by outcome: told, lost, heard"
    );
}

pub(crate) fn failed(which: &'static str) {
    counter!(FAILURES, "loop" => which).increment(1);
}

pub(crate) fn connected(is_connected: bool) {
    gauge!(CONNECTED).set(if is_connected { 1.0 } else { 0.0 });
}

pub(crate) fn hints(outcome: &'static str, count: usize) {
    counter!(HINTS, "outcome" => outcome).increment(count as u64);
}

pub(crate) fn renewing(count: usize) {
    gauge!(RENEWING).set(count as f64);
}
