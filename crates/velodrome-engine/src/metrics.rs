//! Metrics of this crate.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

const FAILURES: &str = "velodrome_background_failures_total";
const RENEWING: &str = "velodrome_credentials_renewing";

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
}

pub(crate) fn failed(which: &'static str) {
    counter!(FAILURES, "loop" => which).increment(1);
}

pub(crate) fn renewing(count: usize) {
    gauge!(RENEWING).set(count as f64);
}
