//! Servers that are killed.

use velodrome_faults::campaign;

/// Points that a server reaches while it has all kinds of things to do, and at which time it ends there: not the
/// first one, where something is under way by the second.
const POINTS: &[(&str, u32)] = &[
    ("slot", 1),
    ("accept", 2),
    ("claim", 2),
    ("intent", 2),
    ("checkpoint", 3),
    ("join", 1),
    ("settle", 2),
    ("erase", 1),
    ("other", 1),
];

fn points() -> Vec<String> {
    let sides = |(point, time): &(&str, u32)| {
        ["before", "after"].map(|side| format!("{point}.{side}:{time}"))
    };
    POINTS.iter().flat_map(sides).collect()
}

#[tokio::test]
async fn a_server_that_ends_at_any_commit_loses_nothing_and_repeats_only_what_was_under_way() {
    let (verdict, missed) = campaign::at_points(&points(), None).await;

    verdict.expect_well("kills at points");
    assert!(missed.is_empty(), "these were not reached: {missed:?}");
    assert!(verdict.accepted > 0 && verdict.transactions > verdict.accepted);
}

#[tokio::test]
async fn a_server_that_is_killed_at_random_loses_nothing_and_repeats_only_what_was_under_way() {
    let seed = campaign::seed();

    let verdict = campaign::at_random(seed, 25).await;

    verdict.expect_well(&format!("VELODROME_TEST_SEED={seed}"));
    assert!(verdict.accepted > 25, "{verdict:?}");
}
