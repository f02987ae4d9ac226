//! Metrics of this crate.

use metrics::{Unit, counter, describe_counter};

const RENEWALS: &str = "velodrome_credential_renewals_total";
const ERRANDS: &str = "velodrome_outbox_total";

/// Tells the recorder what the metrics mean.
pub fn describe() {
    describe_counter!(
        RENEWALS,
        Unit::Count,
        "Credential renewals by outcome: renewed, lost, failed"
    );
    describe_counter!(
        ERRANDS,
        Unit::Count,
        "Work that follows from changes, by outcome: done, put_off, given_up"
    );
}

pub(crate) fn errand(outcome: &'static str) {
    counter!(ERRANDS, "outcome" => outcome).increment(1);
}

pub(crate) fn renewal(outcome: &'static str) {
    counter!(RENEWALS, "outcome" => outcome).increment(1);
}
