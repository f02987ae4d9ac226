//! Several nodes: one that freezes with all that it has, clocks that are set, and an upgrade of both, one after
//! the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use velodrome_faults::{LIMIT, Verdict, Whim, World, campaign, nothing_armed};
use velodrome_testkit::{MachineClock, signal};

/// Where a node freezes: in the middle of units of work, with locks on rows that others want.
const FREEZES: &[&str] = &["checkpoint.before:2", "claim.before:2"];

#[tokio::test]
async fn a_node_that_freezes_in_the_middle_of_a_commit_keeps_nobody_waiting_and_wakes_well() {
    if !crate::has_several_nodes() {
        return;
    }
    let mut world = World::start(2, &nothing_armed()).await;
    world.join(&nothing_armed());
    world.may_repeat = true;
    world.may_come_late = true;
    for point in FREEZES {
        // Nothing is left that it would freeze over before it is there.
        for account in [0, 1] {
            world.ended(account).await;
        }
        world.kill(0);
        let armed = format!("{};at={point}:freeze", nothing_armed());
        assert!(world.start_again(0, &armed), "it starts again");
        world.look_through(0).await;
        world.send_all(0, campaign::BATCH).await;
        expect_frozen(&world, point).await;

        // What it had goes on elsewhere, and so does everything else.
        world.look_through(1).await;
        world.send_all(1, campaign::BATCH).await;
        for account in [0, 1] {
            world.ended(account).await;
        }
        world.nodes[0].server.resume().expect("it can go on");
        world.look_through(0).await;
        campaign::one_life(&mut world).await;
    }

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("frozen nodes");
}

async fn expect_frozen(world: &World, point: &str) {
    let process = world.nodes[0].server.process();
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    while !signal::is_paused(process) {
        looks.tick().await;
        assert!(begun.elapsed() < LIMIT, "{point} was not reached");
    }
}

/// An hour, in seconds.
const HOUR: i64 = 60 * 60;

#[tokio::test]
async fn a_clock_that_is_set_by_an_hour_makes_no_node_take_what_another_has() {
    let Some(clock) = MachineClock::find().expect("a clock") else {
        // Where nothing may be installed: the simulation sets clocks as well.
        return;
    };
    let mut world = World::with(2, &nothing_armed(), |builder| clock.given_to(builder)).await;
    let clock = Arc::new(clock);
    // As long as there is between two looks of a node for what it may take.
    world
        .provider
        .has_whims(|call| Some(Whim::Lose(call.proper().after(Duration::from_secs(1)))));
    let settings: &[i64] = match crate::has_several_nodes() {
        true => {
            world.join(&nothing_armed());
            &[HOUR, 0, -HOUR, 0]
        }
        // Alone with its database, what a node has under way lapses when its own clock is set forward.
        false => {
            world.may_repeat = true;
            &[HOUR]
        }
    };
    for seconds in settings {
        let (set, seconds) = (Arc::clone(&clock), *seconds);
        let calls = world.provider.count() + 2;
        let setting = world.provider.when(calls, LIMIT, move || {
            set.set(seconds).expect("it can be set");
        });
        campaign::one_life(&mut world).await;
        setting.await.expect("it was set");
        for node in 0..world.nodes.len() {
            world.send(node, 0, "order").await;
            world
                .send_all(node, &[(0, "chain"), (1, "chain"), (1, "pay")])
                .await;
        }
    }

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("clocks that are set");
    assert_eq!(verdict.accepted, world.sent.len(), "nobody was refused");
}

#[tokio::test]
async fn nodes_that_are_replaced_one_after_the_other_lose_and_repeat_nothing() {
    if !crate::has_several_nodes() {
        return;
    }
    let mut world = World::start(2, &nothing_armed()).await;
    world.join(&nothing_armed());
    for replaced in [0, 1, 0, 1] {
        let other = 1 - replaced;
        world.look_through(other).await;
        let stopping = world.nodes[replaced].server.ask_to_stop();
        stopping.expect("it can be asked");
        for _ in 0..3 {
            world
                .send_all(other, &[(0, "chain"), (1, "chain"), (0, "pay"), (1, "pay")])
                .await;
            world.send(other, 0, "order").await;
        }
        let ended = world.nodes[replaced].server.wait();
        assert!(ended.expect("it has ended").success());
        assert!(world.start_again(replaced, &nothing_armed()));
    }

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("upgrades");
    assert_eq!(verdict.accepted, world.sent.len(), "nobody was refused");
    assert_eq!((verdict.repeated, verdict.uncertain), (0, 0));
}
