//! The oracle finds mistakes: each is switched on in the server, which is then killed where it matters.

use velodrome_faults::campaign;

/// A mistake, where the server is killed, and what the oracle says of it.
const FOUND: &[(&str, &[&str], &str)] = &[
    (
        "ack-before-commit",
        &["accept.before:4"],
        "was accepted and is lost",
    ),
    (
        "unstable-key",
        &["checkpoint.before:4", "checkpoint.before:6"],
        "keys",
    ),
    (
        "intent-not-committed",
        &[
            "checkpoint.before:3",
            "checkpoint.before:5",
            "checkpoint.before:7",
        ],
        "was paid ",
    ),
];

#[tokio::test]
async fn the_oracle_finds_each_mistake() {
    for (mistake, points, words) in FOUND {
        let points: Vec<String> = points.iter().map(|point| (*point).to_owned()).collect();

        let (verdict, _) = campaign::at_points(&points, Some(mistake)).await;

        let is_told = verdict.wrong.iter().any(|wrong| wrong.contains(words));
        assert!(is_told, "{mistake}: {verdict:#?}");
    }
}
