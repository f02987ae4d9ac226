//! Data that is erased, and what stays.

use chrono::TimeDelta;
use serde_json::json;
use velodrome_model::{
    PageRequest,
    cycle::{Exit, StepOutcome, TransactionStatus, WaitReason, Ways},
};

use super::desk::{Desk, Drawing, by, delay, done, method, split};

#[tokio::test]
async fn data_is_erased_after_its_retention_and_the_summary_stays() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(1);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), done(json!({"a": 1})));
    let id = desk.begin(cycle).await;
    desk.settle().await;
    let output = async || {
        let unit = desk.store.read(&desk.scope).await.unwrap();
        unit.runs()
            .output(id, drawing.at(0), "", i32::MAX)
            .await
            .unwrap()
    };

    desk.pass(TimeDelta::days(30));
    desk.runs.erase().await.unwrap();
    assert!(output().await.is_some());
    desk.pass(TimeDelta::days(2));
    assert_eq!(desk.runs.erase().await.unwrap(), 1);

    assert!(output().await.is_none());
    let left = desk.get(id).await;
    assert_eq!(
        (left.status, left.is_erased),
        (TransactionStatus::Completed, true)
    );
    let items = desk
        .transactions
        .items(&desk.actor(), (cycle, id), None, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!((items.total, &items.items[0].response), (1, &None));
}

#[tokio::test]
async fn a_list_in_pieces_is_erased_with_its_transaction() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(1);
    let cycle = desk.cycle(&drawing).await;
    let rows = vec![json!("x".repeat(700_000)); 2];
    let ways = Ways::Split {
        exit: Exit::Forward,
        list: "[]".into(),
        items: 2,
    };
    desk.steps.then(drawing.at(0), by(json!(rows), ways));
    let id = desk.begin(cycle).await;
    desk.settle().await;
    let pieces = async || {
        let unit = desk.store.read(&desk.scope).await.unwrap();
        let starts = unit.runs().piece_starts(id, drawing.at(0)).await.unwrap();
        starts.len()
    };
    assert_eq!(pieces().await, 2);

    desk.pass(TimeDelta::days(32));
    desk.runs.erase().await.unwrap();

    assert_eq!(pieces().await, 0);
}

#[tokio::test]
async fn data_that_a_child_still_needs_is_not_erased() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(delay())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(1));
    let wait = StepOutcome::Wait {
        until: desk.now() + TimeDelta::days(31),
        reason: WaitReason::Delay,
    };
    desk.begin(cycle).await;
    let trigger = desk.claim().await.unwrap();
    desk.runs.run(trigger, &Default::default()).await;
    desk.pass(TimeDelta::hours(1));
    desk.steps.then(drawing.at(1), wait);
    desk.settle().await;
    desk.pass(TimeDelta::days(31) - TimeDelta::minutes(30));
    assert_eq!(desk.runs.erase().await.unwrap(), 0);
    let node = desk.node();
    while let Some(one) = super::desk::claim(&node).await {
        node.run(one, &Default::default()).await;
    }

    let runs = desk.steps.runs_of(drawing.at(2));
    assert_eq!(runs[0].data, [json!({"items": {"id": 0}, "name": "all"})]);
}
