//! Wait All.

use velodrome_model::cycle::{Exit, StepKind, StepOutcome, Trouble, WaitReason};

use super::desk::{Desk, Drawing, delay, failed, method, split};

/// Trigger, a step that may wait, Wait All, and what follows it.
fn joined() -> Drawing {
    Drawing::new()
        .step(method())
        .step(delay())
        .step(StepKind::WaitAll)
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2)
        .edge(2, Exit::Forward, 3)
}

#[tokio::test]
async fn wait_all_begins_one_transaction_when_the_last_has_ended() {
    let desk = Desk::new().await;
    let drawing = joined();
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(3));
    let wait = StepOutcome::Wait {
        until: desk.now() + chrono::TimeDelta::minutes(5),
        reason: WaitReason::Delay,
    };
    desk.steps.then(drawing.at(1), wait);
    desk.begin(cycle).await;

    desk.settle().await;
    let other = desk.node();
    let (mine, theirs) = tokio::join!(desk.runs.sweep_joins(), other.sweep_joins());
    mine.unwrap();
    theirs.unwrap();
    desk.settle().await;
    assert!(
        desk.steps.runs_of(drawing.at(3)).is_empty(),
        "one still waits"
    );
    desk.pass(chrono::TimeDelta::minutes(6));
    desk.settle().await;
    let (mine, theirs) = tokio::join!(desk.runs.sweep_joins(), other.sweep_joins());
    mine.unwrap();
    theirs.unwrap();
    desk.settle().await;

    let runs = desk.steps.runs_of(drawing.at(3));
    assert_eq!(runs.len(), 1);
    assert!(runs[0].data.is_empty(), "data ends at Wait All");
}

#[tokio::test]
async fn a_trigger_that_failed_or_found_nothing_does_not_fire_it() {
    let desk = Desk::new().await;
    let drawing = joined();
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), failed(Trouble::CallFailed));
    desk.steps.then(drawing.at(0), split(0));
    for _ in 0..2 {
        desk.begin(cycle).await;
        desk.settle().await;
        desk.runs.sweep_joins().await.unwrap();
    }
    desk.settle().await;

    assert!(desk.steps.runs_of(drawing.at(3)).is_empty());
}

#[tokio::test]
async fn several_wait_alls_fire_one_after_the_other() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(StepKind::WaitAll)
        .step(method())
        .step(StepKind::WaitAll)
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2)
        .edge(2, Exit::Forward, 3)
        .edge(3, Exit::Forward, 4);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(2));
    desk.steps.then(drawing.at(2), split(3));
    desk.begin(cycle).await;

    desk.settle().await;
    desk.runs.sweep_joins().await.unwrap();
    desk.settle().await;

    let log: Vec<_> = desk.steps.log.lock().iter().map(|run| run.step).collect();
    let place = |step| log.iter().position(|one| *one == drawing.at(step)).unwrap();
    assert!(place(2) < place(4));
    assert_eq!(desk.steps.runs_of(drawing.at(2)).len(), 1);
    assert_eq!(desk.steps.runs_of(drawing.at(3)).len(), 3);
    assert_eq!(desk.steps.runs_of(drawing.at(4)).len(), 1);
}
