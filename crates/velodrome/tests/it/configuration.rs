//! Mistakes in the settings, and what is in force.

use crate::app::{complaint, printed, run};

#[test]
fn every_mistake_is_told_at_once_with_the_nearest_name_and_exit_code_2() {
    let output = run(
        &["serve"],
        &[
            ("VELODROME_LISTEM", "127.0.0.1:0"),
            ("VELODROME_PUBLIC_URL", "nowhere"),
            ("VELODROME_NATS_URL", "nats://127.0.0.1"),
        ],
    );

    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(complaint(&output));
}

#[test]
fn what_is_in_force_is_printed_without_secrets() {
    let secret = [("VELODROME_DATABASE_URL", "postgres://me:hunter2@host/db")];

    for arguments in [&["config"][..], &["config", "--json"]] {
        let text = printed(&run(arguments, &secret));
        assert!(text.contains("VELODROME_LISTEN"), "{text}");
        assert!(text.contains("***") && !text.contains("hunter2"), "{text}");
    }
}
