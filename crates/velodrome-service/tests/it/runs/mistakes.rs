//! The tests find mistakes: each of these is switched on, one at a time, for a test that must then fail.

use std::process::Command;

use velodrome_store::faults::{Mistake, VARIABLE};

/// A mistake, and the test that finds it.
const FOUND_BY: &[(Mistake, &str)] = &[
    (
        Mistake::NoFencing,
        "runs::leases::a_worker_whose_claim_is_stale_writes_nothing",
    ),
    (
        Mistake::NoLease,
        "runs::leases::a_worker_that_dies_between_step_and_checkpoint_repeats_that_step_only",
    ),
    (
        Mistake::NoRenewal,
        "runs::leases::a_renewed_lease_does_not_lapse",
    ),
    (
        Mistake::IntentNotCommitted,
        "runs::leases::a_call_whose_outcome_is_unknown_is_repeated_or_not_as_the_step_says",
    ),
    (
        Mistake::ChildrenNotUnique,
        "runs::splits::a_crash_between_chunks_neither_loses_nor_doubles_a_child",
    ),
    (
        Mistake::JoinStaysArmed,
        "runs::joins::wait_all_begins_one_transaction_when_the_last_has_ended",
    ),
    (
        Mistake::NoOrder,
        "runs::splits::in_order_one_transaction_runs_at_a_time_and_what_it_was_split_into_before_the_next_run",
    ),
    (
        Mistake::NoTenant,
        "runs::lines::another_accounts_transaction_is_not_found",
    ),
    (
        Mistake::RefreshWithoutLock,
        "credentials::calls_at_once_on_an_expired_credential_make_one_refresh_and_none_fails",
    ),
    (
        Mistake::SlotNotUnique,
        "runs::schedules::two_nodes_fire_each_slot_once",
    ),
    (
        Mistake::AckBeforeCommit,
        "runs::webhooks::what_is_acknowledged_is_committed_and_runs_with_its_data",
    ),
    (Mistake::NoSweep, SIMULATION),
    (Mistake::TornCheckpoint, SIMULATION),
    (Mistake::UnstableKey, KEYS),
    (Mistake::RefreshNotStored, REFRESH),
];

const SIMULATION: &str =
    "runs::simulation::whatever_order_nodes_act_stall_and_die_in_each_step_counts_once";
const KEYS: &str = "steps::a_request_that_is_repeated_has_the_key_that_it_had";
const REFRESH: &str =
    "refresh_simulation::whatever_order_nodes_refresh_and_die_in_no_token_is_used_twice_in_silence";

#[test]
fn each_mistake_is_found_by_its_test() {
    let program = std::env::current_exe().unwrap();
    let mut unseen = Vec::new();
    for (mistake, test) in FOUND_BY {
        let output = Command::new(&program)
            .args([*test, "--exact", "--test-threads=1"])
            .env(VARIABLE, format!("mistake={}", mistake.name()))
            // A simulation ends with the first seed that shows it. On PostgreSQL the same seed need not do the
            // same each time, so that there are enough of them.
            .env("VELODROME_TEST_SEEDS", "6")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        // A test of another name would run nothing, and end well.
        let has_failed = said.contains(&format!("test {test} ... FAILED"));
        if output.status.success() || !has_failed {
            unseen.push(format!("{}: {said}", mistake.name()));
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

#[test]
fn no_mistake_is_without_a_test_that_finds_it() {
    let is_found = |mistake: &&Mistake| FOUND_BY.iter().any(|(found, _)| found == *mistake);
    let forgotten: Vec<_> = Mistake::ALL.iter().filter(|one| !is_found(one)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
