//! Databases that go away, and disks that are full.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use velodrome_faults::{LIMIT, Verdict, World, campaign, nothing_armed};
use velodrome_testkit::PrivatePostgres;

#[tokio::test]
async fn a_database_that_crashes_under_load_costs_time_and_nothing_else() {
    if !crate::has_several_nodes() {
        return;
    }
    let postgres = PrivatePostgres::start().expect("a private PostgreSQL");
    let url = postgres.create_database("velodrome").expect("a database");
    let postgres = Arc::new(Mutex::new(postgres));
    let mut world = World::with(2, &nothing_armed(), |builder| builder.database(&url)).await;
    world.may_repeat = true;
    for round in 1..=3 {
        // It crashes in the middle of the work, and comes back.
        let crashing = Arc::clone(&postgres);
        let calls = world.provider.count() + 3 * round;
        let crashed = world.provider.when(calls, LIMIT, move || {
            let mut postgres = crashing.lock().expect("nobody panics with it");
            postgres.start_again().expect("it comes back");
        });
        campaign::one_life(&mut world).await;
        crashed.await.expect("it crashed");
    }

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("crashes of the database");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_a_standby_has_taken_over() {
    if !crate::has_several_nodes() {
        return;
    }

    let verdict = campaign::fail_overs(2).await;

    verdict.expect_well("fail-overs");
    assert!(verdict.accepted > 0, "{verdict:?}");
}

#[tokio::test]
async fn a_disk_that_is_full_refuses_requests_and_loses_none_that_it_took() {
    if crate::has_several_nodes() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    // A program is killed by the signal of a limit that it does not ignore.
    let ignoring = folder.path().join("velodrome");
    let binary = velodrome_testkit::server::binary();
    let script = format!(
        "#!/bin/sh\ntrap '' XFSZ\nexec '{}' \"$@\"\n",
        binary.display()
    );
    fs::write(&ignoring, script).expect("a script");
    fs::set_permissions(&ignoring, fs::Permissions::from_mode(0o755)).expect("it runs");
    let mut world = World::with(2, &nothing_armed(), |builder| builder.binary(ignoring)).await;
    world.may_repeat = true;
    campaign::one_life(&mut world).await;

    world.nodes[0].server.limit_files(Some(0)).expect("a limit");
    let begun = Instant::now();
    while world.sent.iter().all(|sent| sent.accepted.is_some()) {
        assert!(begun.elapsed() < LIMIT, "the disk is never full");
        world.send_all(0, &[(0, "chain"), (1, "pay")]).await;
    }
    // What was under way can't be written down for longer than a lease.
    world.provider.next_life();
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..20 {
        ticks.tick().await;
        world.send_all(0, &[(0, "chain")]).await;
    }
    world.nodes[0].server.limit_files(None).expect("no limit");
    campaign::one_life(&mut world).await;

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("a full disk");
}
