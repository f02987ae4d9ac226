//! Leases: one worker at a time, and nothing lost when it dies.

use chrono::TimeDelta;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use velodrome_model::cycle::{IncidentLevel, OnUncertain, StepKind, TransactionStatus};

use super::desk::{Desk, Drawing, claim, done, plain};

#[tokio::test]
async fn two_nodes_claim_a_transaction_once() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    for _ in 0..10 {
        desk.begin(cycle).await;
    }
    let other = desk.node();

    desk.runs.look().await.unwrap();
    other.look().await.unwrap();
    let (mine, theirs) = tokio::join!(desk.runs.claim(8), other.claim(8));
    let (mut mine, theirs) = (mine.unwrap(), theirs.unwrap());
    mine.extend(theirs);
    // On PostgreSQL one of them may have got nothing: the other was claiming for the account.
    for node in [&desk.runs, &other] {
        node.look().await.unwrap();
        mine.extend(node.claim(8).await.unwrap());
    }

    let mut ids: Vec<_> = mine.iter().map(|one| one.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), mine.len()), (10, 10));
}

#[tokio::test]
async fn an_account_runs_no_more_at_once_than_its_limit() {
    let desk = Desk::new().await;
    let unit = desk
        .store
        .begin(&velodrome_model::InstanceScope)
        .await
        .unwrap();
    let unit = unit.into_partner(desk.scope.partner);
    let mut account = unit
        .accounts()
        .get(desk.scope.account)
        .await
        .unwrap()
        .unwrap();
    account.concurrent_limit = Some(3);
    unit.accounts().save(&account).await.unwrap();
    unit.commit().await.unwrap();
    let cycle = desk.cycle(&Drawing::line(1)).await;
    for _ in 0..5 {
        desk.begin(cycle).await;
    }

    desk.runs.look().await.unwrap();
    let first = desk.runs.claim(10).await.unwrap();
    desk.runs.look().await.unwrap();
    let none = desk.runs.claim(10).await.unwrap();
    desk.runs
        .run(first[0].clone(), &CancellationToken::new())
        .await;
    let one = desk.runs.claim(10).await.unwrap();

    assert_eq!((first.len(), none.len(), one.len()), (3, 0, 1));
}

#[tokio::test]
async fn a_worker_whose_claim_is_stale_writes_nothing() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    let id = desk.begin(cycle).await;
    let slow = desk.claim().await.unwrap();
    desk.pass(TimeDelta::seconds(31));
    let node = desk.node();
    let fast = claim(&node).await.unwrap();
    assert_eq!((slow.epoch, fast.epoch), (1, 2));
    desk.steps
        .then(drawing.at(0), done(json!({"from": "slow"})));
    desk.steps
        .then(drawing.at(0), done(json!({"from": "fast"})));
    let stop = CancellationToken::new();

    desk.runs.run(slow, &stop).await;
    assert_eq!(desk.get(id).await.checkpoint, 0);
    node.run(fast, &stop).await;

    let ended = desk.get(id).await;
    assert_eq!(
        (ended.status, ended.steps),
        (TransactionStatus::Completed, 2)
    );
    assert_eq!(
        desk.steps.runs_of(drawing.at(1))[0].data,
        [json!({"from": "fast"})]
    );
}

#[tokio::test]
async fn a_renewed_lease_does_not_lapse() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    desk.begin(cycle).await;
    let held = desk.claim().await.unwrap();
    for _ in 0..6 {
        desk.pass(TimeDelta::seconds(10));
        desk.runs.renew().await.unwrap();
    }

    assert_eq!(claim(&desk.node()).await, None);
    drop(held);
}

#[tokio::test]
async fn a_worker_that_dies_between_step_and_checkpoint_repeats_that_step_only() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(3);
    let cycle = desk.cycle(&drawing).await;
    let id = desk.begin(cycle).await;
    desk.steps.sticks_at(Some(drawing.at(1)));
    let transaction = desk.claim().await.unwrap();
    let stop = CancellationToken::new();
    tokio::select! {
        () = desk.runs.run(transaction, &stop) => panic!("it sticks"),
        () = desk.steps.begun.notified() => {}
    }
    desk.steps.sticks_at(None);
    assert_eq!(claim(&desk.node()).await, None, "its lease has not lapsed");

    desk.pass(TimeDelta::seconds(31));
    desk.settle().await;

    let ran = |step| desk.steps.runs_of(drawing.at(step)).len();
    assert_eq!((ran(0), ran(1), ran(2)), (1, 2, 1));
    let keys: Vec<_> = desk
        .steps
        .runs_of(drawing.at(1))
        .iter()
        .map(|run| run.answered)
        .collect();
    assert_eq!(keys, [0, 0], "the idempotency key stays");
    assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
}

#[tokio::test]
async fn five_lost_workers_at_a_step_end_the_transaction() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    let id = desk.begin(cycle).await;
    for lost in 0..5 {
        assert!(desk.claim().await.is_some(), "{lost}");
        desk.pass(TimeDelta::seconds(31));
    }

    desk.settle().await;

    let ended = desk.get(id).await;
    assert_eq!(ended.status, TransactionStatus::Stopped);
    let told = [(IncidentLevel::Error, "Transaction Stopped".to_owned())];
    assert_eq!(desk.incidents().await, told);
    assert!(desk.steps.log.lock().is_empty());
}

#[tokio::test]
async fn a_call_whose_outcome_is_unknown_is_repeated_or_not_as_the_step_says() {
    for (on_uncertain, runs, status) in [
        (OnUncertain::Repeat, 2, TransactionStatus::Completed),
        (OnUncertain::Stop, 1, TransactionStatus::Errored),
    ] {
        let desk = Desk::new().await;
        let step = velodrome_model::cycle::MethodStep {
            on_uncertain,
            ..plain()
        };
        let drawing = Drawing::new().step(StepKind::Method(Box::new(step)));
        let cycle = desk.cycle(&drawing).await;
        desk.steps.unsafe_steps.lock().push(drawing.at(0));
        desk.steps.sticks_at(Some(drawing.at(0)));
        let id = desk.begin(cycle).await;
        let transaction = desk.claim().await.unwrap();
        let stop = CancellationToken::new();
        tokio::select! {
            () = desk.runs.run(transaction, &stop) => panic!("it sticks"),
            () = desk.steps.begun.notified() => {}
        }
        desk.steps.sticks_at(None);
        desk.pass(TimeDelta::seconds(31));
        desk.settle().await;

        assert_eq!(
            desk.steps.runs_of(drawing.at(0)).len(),
            runs,
            "{on_uncertain:?}"
        );
        assert_eq!(desk.get(id).await.status, status, "{on_uncertain:?}");
        if on_uncertain == OnUncertain::Stop {
            let told = desk.incident_rows().await;
            assert_eq!(told[0].message, "Failed to call the method");
            assert_eq!(told[0].detail.as_deref(), Some("outcome unknown"));
        }
    }
}

#[tokio::test]
async fn a_node_that_stops_ends_after_the_step_and_hands_the_rest_back() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    let id = desk.begin(cycle).await;
    let transaction = desk.claim().await.unwrap();
    let stop = CancellationToken::new();
    stop.cancel();

    desk.runs.run(transaction, &stop).await;

    let handed = desk.get(id).await;
    assert_eq!(
        (handed.status, handed.steps),
        (TransactionStatus::Queued, 1)
    );
    let node = desk.node();
    let next = claim(&node).await.unwrap();
    assert_eq!((next.step, next.recoveries), (Some(drawing.at(1)), 0));
}

#[tokio::test]
async fn what_a_stopped_node_hands_back_is_taken_at_once() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    desk.begin(cycle).await;
    assert!(desk.claim().await.is_some());

    desk.runs.hand_back_all().await;

    assert!(claim(&desk.node()).await.is_some());
}

#[tokio::test]
async fn nothing_of_a_suspended_account_runs() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    desk.begin(cycle).await;
    let suspend = async |is_suspended| {
        let unit = desk
            .store
            .begin(&velodrome_model::InstanceScope)
            .await
            .unwrap();
        let unit = unit.into_partner(desk.scope.partner);
        let mut account = unit
            .accounts()
            .get(desk.scope.account)
            .await
            .unwrap()
            .unwrap();
        account.is_suspended = is_suspended;
        unit.accounts().save(&account).await.unwrap();
        unit.commit().await.unwrap();
    };

    suspend(true).await;
    assert_eq!(desk.claim().await, None);
    suspend(false).await;
    assert!(desk.claim().await.is_some());
}
