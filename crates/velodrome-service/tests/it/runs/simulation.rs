//! Nodes that claim, stall, die and come back in any order: whatever happens, each step's effects are
//! written once and every transaction ends.

use chrono::TimeDelta;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio_util::sync::CancellationToken;
use velodrome_model::cycle::{Exit, TransactionStatus};
use velodrome_service::runs::Runs;
use velodrome_store::Transaction;

use super::desk::{Desk, Drawing, claim, method, split};

/// A worker that has claimed and not yet run.
struct Worker {
    node: Runs,
    held: Transaction,
}

#[tokio::test]
async fn whatever_order_nodes_claim_stall_and_die_in_each_step_counts_once() {
    for seed in 0..6 {
        simulate(seed).await;
    }
}

async fn simulate(seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(method())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2);
    let cycle = desk.cycle(&drawing).await;
    let items = chance.random_range(2..6);
    desk.steps.then(drawing.at(0), split(items));
    // A stale worker may run the trigger again, and then gives the same.
    for _ in 0..20 {
        desk.steps.then(drawing.at(0), split(items));
    }
    desk.begin(cycle).await;
    let nodes = [desk.node(), desk.node(), desk.node()];
    let mut workers: Vec<Worker> = Vec::new();
    let (running, stopping) = (CancellationToken::new(), CancellationToken::new());
    stopping.cancel();
    for _ in 0..60 {
        match chance.random_range(0..6) {
            // A node claims, and stalls before it runs what it has.
            0 | 1 => {
                let node = nodes[chance.random_range(0..nodes.len())].clone();
                if let Some(held) = claim(&node).await {
                    workers.push(Worker { node, held });
                }
            }
            // A stalled worker goes on, whether or not its lease has lapsed meanwhile.
            2 | 3 if !workers.is_empty() => {
                let worker = workers.swap_remove(chance.random_range(0..workers.len()));
                // Some stop after one step, as a node does that is shut down.
                let stop = match chance.random_range(0..2) {
                    0 => &running,
                    _ => &stopping,
                };
                worker.node.run(worker.held, stop).await;
            }
            // One dies with what it had.
            4 if !workers.is_empty() => {
                drop(workers.swap_remove(chance.random_range(0..workers.len())));
            }
            _ => desk.pass(TimeDelta::seconds(chance.random_range(1..20))),
        }
    }
    workers.clear();
    desk.pass(TimeDelta::seconds(31));
    desk.settle().await;

    let all = desk.all().await;
    assert_eq!(all.len(), 1 + items, "seed {seed}");
    let unit = desk.store.read(&desk.scope).await.unwrap();
    for one in &all {
        // Those that were lost five times at a step end otherwise, and say so.
        assert!(one.status.is_terminal(), "seed {seed}: {one:?}");
        let kept = unit.runs().items(one.id, 100).await.unwrap();
        let expected = match one.parent {
            None => 1,
            Some(_) => 2,
        };
        if one.status == TransactionStatus::Completed {
            assert_eq!(
                (one.steps, kept.len()),
                (expected, expected as usize),
                "seed {seed}: {one:?}"
            );
        }
    }
}
