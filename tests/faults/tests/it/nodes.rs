//! Several nodes: both are replaced, one after the other.

use velodrome_faults::{Verdict, World, nothing_armed};

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
