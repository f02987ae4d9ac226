//! Metrics of this crate.

use metrics::{Unit, counter, describe_counter};

const RENEWALS: &str = "velodrome_credential_renewals_total";

/// Tells the recorder what the metrics mean.
pub fn describe() {
    describe_counter!(RENEWALS, Unit::Count, "Credential renewals by outcome: renewed, lost, failed");
}

pub(crate) fn renewal(outcome: &'static str) {
    counter!(RENEWALS, "outcome" => outcome).increment(1);
}
