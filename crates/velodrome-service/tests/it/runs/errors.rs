//! What follows when a step fails, waits or is refused.

use chrono::TimeDelta;
use serde_json::json;
use velodrome_model::cycle::{
    CycleStatus, Exit, IncidentLevel, StepErrorAction, StepOutcome, TransactionStatus, Trouble,
    WaitReason,
};

use super::desk::{Desk, Drawing, delay, done, failed, method};

fn told(level: IncidentLevel, trouble: Trouble) -> (IncidentLevel, String) {
    (level, trouble.as_str().to_owned())
}

#[tokio::test]
async fn an_ignored_error_goes_on_without_data_and_is_counted() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(3);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), done(json!({"a": 1})));
    desk.steps.then(drawing.at(1), failed(Trouble::CallFailed));
    let id = desk.begin(cycle).await;

    desk.settle().await;

    let ended = desk.get(id).await;
    assert_eq!(
        (ended.status, ended.errors),
        (TransactionStatus::Completed, 1)
    );
    assert_eq!(desk.steps.runs_of(drawing.at(2))[0].data, [json!({"a": 1})]);
    let unit = desk.store.read(&desk.scope).await.unwrap();
    let counts = unit
        .runs()
        .cycle_counts(&[cycle], desk.now())
        .await
        .unwrap();
    let expected = velodrome_store::CycleCounts {
        in_progress: 0,
        tasks: 3,
        errors: 1,
        warnings: 0,
    };
    assert_eq!(counts[&cycle], expected);
    assert_eq!(
        desk.incidents().await,
        [told(IncidentLevel::Error, Trouble::CallFailed)]
    );
}

#[tokio::test]
async fn an_ignored_error_of_a_trigger_ends_the_transaction() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), failed(Trouble::CallFailed));
    let id = desk.begin(cycle).await;

    desk.settle().await;

    assert_eq!(desk.get(id).await.status, TransactionStatus::Errored);
    assert!(desk.steps.runs_of(drawing.at(1)).is_empty());
}

#[tokio::test]
async fn a_step_is_tried_again_after_growing_waits_until_its_retries_are_used_up() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(1).settings(|settings| {
        settings.on_error = StepErrorAction::Retry;
        settings.retries = 2.try_into().unwrap();
    });
    let cycle = desk.cycle(&drawing).await;
    for _ in 0..3 {
        desk.steps.then(drawing.at(0), failed(Trouble::CallFailed));
    }
    let id = desk.begin(cycle).await;

    desk.settle().await;
    let waiting = desk.get(id).await;
    assert_eq!(
        (waiting.status, waiting.wait),
        (TransactionStatus::Waiting, Some(WaitReason::Retry))
    );
    let due = waiting.due_at.unwrap() - desk.now();
    assert!(
        due >= TimeDelta::minutes(5) && due <= TimeDelta::seconds(330),
        "{due}"
    );
    desk.pass(TimeDelta::seconds(331));
    desk.settle().await;
    assert_eq!(desk.get(id).await.attempt, 2);
    desk.pass(TimeDelta::minutes(37));
    desk.settle().await;

    let ended = desk.get(id).await;
    assert_eq!(
        (ended.status, ended.errors, ended.tasks),
        (TransactionStatus::Errored, 4, 1)
    );
    let answered: Vec<_> = desk
        .steps
        .runs_of(drawing.at(0))
        .iter()
        .map(|run| run.answered)
        .collect();
    assert_eq!(answered, [0, 1, 2]);
    assert_eq!(
        desk.incidents().await.last(),
        Some(&told(IncidentLevel::Error, Trouble::OutOfRetries))
    );
}

#[tokio::test]
async fn an_error_that_repeating_does_not_mend_is_not_repeated() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(1).settings(|settings| settings.on_error = StepErrorAction::Retry);
    let cycle = desk.cycle(&drawing).await;
    desk.steps
        .then(drawing.at(0), failed(Trouble::RequiredSourceEmpty));
    let id = desk.begin(cycle).await;

    desk.settle().await;

    assert_eq!(desk.get(id).await.status, TransactionStatus::Errored);
}

#[tokio::test]
async fn stop_the_integration_pauses_the_cycle_and_holds_the_others_back_for_a_day() {
    let desk = Desk::new().await;
    let drawing =
        Drawing::line(2).settings(|settings| settings.on_error = StepErrorAction::StopCycle);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), failed(Trouble::CallFailed));
    let (first, second, third) = (
        desk.begin(cycle).await,
        desk.begin(cycle).await,
        desk.begin(cycle).await,
    );

    // The second is under way when the first fails.
    let one = desk.claim().await.unwrap();
    let two = desk.claim().await.unwrap();
    let stop = Default::default();
    desk.runs.run(one, &stop).await;
    desk.runs.run(two, &stop).await;
    assert_eq!(desk.claim().await, None);

    assert_eq!(desk.get(first).await.status, TransactionStatus::Errored);
    let stopped = desk.get(second).await;
    assert_eq!(
        (stopped.status, stopped.steps),
        (TransactionStatus::Stopped, 1)
    );
    assert_eq!(desk.get(third).await.status, TransactionStatus::Paused);
    assert_eq!(desk.status(cycle).await, CycleStatus::Paused);
    let unit = desk
        .store
        .begin(&velodrome_model::InstanceScope)
        .await
        .unwrap();
    let work = unit.claim_work(10, TimeDelta::minutes(1)).await.unwrap();
    assert!(
        matches!(&work[0].work, velodrome_store::Work::Notify { title, .. } if title == "Cycle paused: Orders"),
        "{work:?}"
    );
    drop(unit);

    desk.pass(TimeDelta::hours(23));
    desk.runs.settle().await.unwrap();
    assert_eq!(desk.get(third).await.status, TransactionStatus::Paused);
    desk.pass(TimeDelta::hours(2));
    desk.runs.settle().await.unwrap();
    assert_eq!(desk.get(third).await.status, TransactionStatus::Cancelled);
}

#[tokio::test]
async fn what_was_held_back_goes_on_when_the_cycle_does() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(delay())
        .edge(0, Exit::Forward, 1);
    let cycle = desk.cycle(&drawing).await;
    let until = desk.now() + TimeDelta::minutes(30);
    desk.steps.then(
        drawing.at(1),
        StepOutcome::Wait {
            until,
            reason: WaitReason::Delay,
        },
    );
    let waiting = desk.begin(cycle).await;
    desk.settle().await;
    let queued = desk.begin(cycle).await;
    let act = async |resume: bool| {
        let unit = desk.store.begin(&desk.scope).await.unwrap();
        match resume {
            true => unit.runs().resume_all(cycle).await.unwrap(),
            false => unit.runs().pause_all(cycle).await.unwrap(),
        }
        unit.commit().await.unwrap();
    };

    act(false).await;
    assert_eq!(desk.claim().await, None);
    assert_eq!(desk.get(waiting).await.status, TransactionStatus::Paused);
    desk.pass(TimeDelta::minutes(10));
    act(true).await;
    assert_eq!(desk.get(waiting).await.status, TransactionStatus::Waiting);
    desk.settle().await;
    assert_eq!(desk.get(queued).await.status, TransactionStatus::Completed);
    assert_eq!(desk.get(waiting).await.status, TransactionStatus::Waiting);
    desk.pass(TimeDelta::minutes(22));
    desk.settle().await;

    assert_eq!(desk.get(waiting).await.status, TransactionStatus::Completed);
}

#[tokio::test]
async fn a_delay_goes_on_by_its_exit_when_it_is_over() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(delay())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2);
    let cycle = desk.cycle(&drawing).await;
    let until = desk.now() + TimeDelta::hours(2);
    desk.steps.then(
        drawing.at(1),
        StepOutcome::Wait {
            until,
            reason: WaitReason::Delay,
        },
    );
    let id = desk.begin(cycle).await;

    desk.settle().await;
    let waiting = desk.get(id).await;
    assert_eq!(waiting.step, Some(drawing.at(1)));
    let due = waiting.due_at.unwrap();
    assert!(due >= until && due <= until + TimeDelta::seconds(60));
    desk.pass(TimeDelta::minutes(119));
    desk.settle().await;
    assert!(desk.steps.runs_of(drawing.at(2)).is_empty());
    desk.pass(TimeDelta::minutes(3));
    desk.settle().await;

    assert_eq!(desk.steps.runs_of(drawing.at(2)).len(), 1);
    assert_eq!(desk.steps.runs_of(drawing.at(1)).len(), 1);
    assert_eq!(desk.get(id).await.steps, 3);
}

#[tokio::test]
async fn a_wait_beyond_the_retention_of_its_data_fails() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(delay())
        .edge(0, Exit::Forward, 1);
    let cycle = desk.cycle(&drawing).await;
    let until = desk.now() + TimeDelta::days(32);
    desk.steps.then(
        drawing.at(1),
        StepOutcome::Wait {
            until,
            reason: WaitReason::Delay,
        },
    );
    desk.begin(cycle).await;

    desk.settle().await;

    assert_eq!(
        desk.incidents().await,
        [told(IncidentLevel::Error, Trouble::WaitTooLong)]
    );
}

#[tokio::test]
async fn a_transaction_that_is_cancelled_while_it_runs_ends_after_its_step() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(3)).await;
    let id = desk.begin(cycle).await;
    let held = desk.claim().await.unwrap();

    let marked = desk.transactions.cancel(&desk.actor(), cycle, id).await;
    desk.runs.run(held, &Default::default()).await;
    let again = desk.transactions.cancel(&desk.actor(), cycle, id).await;

    assert_eq!(
        marked.unwrap().transaction.status,
        TransactionStatus::Running
    );
    let ended = desk.get(id).await;
    assert_eq!(
        (ended.status, ended.steps, ended.warnings),
        (TransactionStatus::Cancelled, 1, 1)
    );
    assert!(again.is_err());
}

#[tokio::test]
async fn a_cycle_that_finishes_is_paused_when_nothing_is_left_and_a_deleted_one_drops_all() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    let finished = desk.begin(cycle).await;
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    let mut finishing = unit.cycles().get(cycle).await.unwrap().unwrap();
    finishing.status = CycleStatus::Stopping;
    unit.cycles().save(&finishing).await.unwrap();
    unit.commit().await.unwrap();

    desk.runs.settle().await.unwrap();
    assert_eq!(desk.status(cycle).await, CycleStatus::Stopping);
    desk.settle().await;
    desk.runs.settle().await.unwrap();
    assert_eq!(desk.status(cycle).await, CycleStatus::Paused);
    assert_eq!(
        desk.get(finished).await.status,
        TransactionStatus::Completed
    );

    let dropped = desk.begin(cycle).await;
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    unit.runs()
        .cancel_all(cycle, velodrome_store::Retention::default())
        .await
        .unwrap();
    unit.commit().await.unwrap();
    assert_eq!(desk.get(dropped).await.status, TransactionStatus::Cancelled);
}
