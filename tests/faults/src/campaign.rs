//! Kills, one after the other, and what became of everything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use velodrome_testkit::{Forwarder, PrivatePostgres};

use crate::oracle::Verdict;
use crate::provider::Whim;
use crate::world::{LIMIT, World, nothing_armed};

/// What the customers send in one life of the server.
pub const BATCH: &[(usize, &str)] = &[
    (0, "chain"),
    (1, "chain"),
    (0, "pay"),
    (1, "pay"),
    (0, "chain"),
    (1, "pay"),
];

/// How long a payment takes where that matters.
const PAYMENT: Duration = Duration::from_millis(300);

/// A life makes more calls than this.
const LEAST_CALLS: usize = 11;

/// Kills the server at this many points, chosen by the seed: after so many calls to the provider, with
/// requests under way. Everything must be well afterwards.
pub async fn at_random(seed: u64, kills: usize) -> Verdict {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut world = World::start(2, &nothing_armed()).await;
    for _ in 0..kills {
        let calls = world.provider.count() + chance.random_range(0..LEAST_CALLS);
        let process = world.nodes[0].server.process();
        let killing = world.provider.when(calls, LIMIT, move || {
            velodrome_testkit::signal::kill(process).expect("it can be killed");
        });
        one_life(&mut world).await;
        killing.await.expect("it was killed");
        assert!(world.nodes[0].server.wait_for_end(LIMIT), "it was killed");
        assert!(world.start_again(0, &nothing_armed()), "it starts again");
    }
    Verdict::of(&world).await
}

/// Ends the server at each of these points (`checkpoint.before:2` is the second time that one is reached), one after the other, while it has all kinds
/// of things to do. Those that were not reached.
pub async fn at_points(points: &[String], mistake: Option<&str>) -> (Verdict, Vec<String>) {
    let mut world = World::start(2, &nothing_armed()).await;
    // So that a payment is under way wherever the server ends.
    world
        .provider
        .has_whims(|call| (call.path == "/pay").then(|| Whim::Lose(call.proper().after(PAYMENT))));
    let mut missed = Vec::new();
    for point in points {
        world.kill(0);
        let mistake = mistake.map_or_else(String::new, |name| format!(";mistake={name}"));
        let armed = format!("{};at={point}{mistake}", nothing_armed());
        if world.start_again(0, &armed) {
            one_life(&mut world).await;
            one_life(&mut world).await;
            if !world.nodes[0].server.wait_for_end(LIMIT) {
                missed.push(point.clone());
                world.kill(0);
            }
        }
    }
    world.start_again(0, &nothing_armed());
    (Verdict::of(&world).await, missed)
}

/// Lets the database's server die so many times, each time in the middle of the work of two nodes, and a standby
/// take its place at the same address.
///
/// # Panics
/// When PostgreSQL can't be started or does not do as it is told.
pub async fn fail_overs(times: usize) -> Verdict {
    let first = PrivatePostgres::start().expect("a private PostgreSQL");
    let forwarder = Arc::new(Forwarder::to(first.port()).expect("an address"));
    let own = first.create_database("velodrome").expect("a database");
    let url = own.replace(
        &format!(":{}/", first.port()),
        &format!(":{}/", forwarder.port()),
    );
    let mut world = World::with(2, &nothing_armed(), |builder| builder.database(&url)).await;
    world.join(&nothing_armed());
    world.may_repeat = true;
    let mut serving = first;
    for time in 0..times {
        let (mut failing, following) = tokio::task::spawn_blocking(move || {
            let following = serving.standby().expect("a standby");
            (serving, following)
        })
        .await
        .expect("it follows");
        let calls = world.provider.count() + 3 + time % LEAST_CALLS;
        let forwarder = Arc::clone(&forwarder);
        let failed = world.provider.when(calls, LIMIT, move || {
            failing.stop().expect("it can be ended");
            following.promote().expect("the standby takes over");
            forwarder.lead_to(following.port());
            following
        });
        one_life(&mut world).await;
        world
            .send_all(1, &[(0, "chain"), (1, "chain"), (0, "pay")])
            .await;
        serving = failed.await.expect("it failed over");
    }
    world.send_all(1, BATCH).await;
    Verdict::of(&world).await
}

/// Gives the server all kinds of things to do; it may end meanwhile.
pub async fn one_life(world: &mut World) {
    // A run that an earlier life left behind comes to its end first.
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    while !world.poll(0).await {
        looks.tick().await;
        assert!(begun.elapsed() < LIMIT, "the polling cycle does not rest");
    }
    world.send_all(0, BATCH).await;
    for account in [0, 1] {
        world.send(0, account, "order").await;
    }
}

/// The seed that `VELODROME_TEST_SEED` names, or one by chance, which a failure names.
///
/// # Panics
/// When it is no number.
pub fn seed() -> u64 {
    match std::env::var_os("VELODROME_TEST_SEED") {
        Some(seed) => {
            let seed = seed.to_str().and_then(|seed| seed.parse().ok());
            seed.expect("VELODROME_TEST_SEED is a number")
        }
        None => rand::random(),
    }
}
