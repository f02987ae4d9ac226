//! Several nodes: one that is paused past its leases, and an upgrade of both, one after the other.

use velodrome_faults::{LIMIT, Verdict, World, campaign, nothing_armed};

#[tokio::test]
async fn a_node_that_is_paused_past_its_leases_writes_nothing_when_it_wakes() {
    if !crate::has_several_nodes() {
        return;
    }
    let mut world = World::start(2, &nothing_armed()).await;
    world.join(&nothing_armed());
    world.may_repeat = true;
    for round in 1..=2 {
        // It is paused in the middle of its work.
        let process = world.nodes[0].server.process();
        let calls = world.provider.count() + 2 * round;
        let pausing = world.provider.when(calls, LIMIT, move || {
            velodrome_testkit::signal::pause(process).expect("it can be paused");
        });
        campaign::one_life(&mut world).await;
        pausing.await.expect("it was paused");

        // What it had goes on elsewhere, when its leases have lapsed.
        world.look_through(1).await;
        for account in [0, 1] {
            world.ended(account).await;
        }
        world.nodes[0].server.resume().expect("it can go on");
        world.look_through(0).await;
    }

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("pauses");
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
