//! Running a transaction again from a step that somebody chooses.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use velodrome_model::{
    AccountActor, PageRequest, PartnerActor, PartnerScope, StepId, TransactionId,
    cycle::{CycleStatus, Exit, StepErrorAction, StepKind, TransactionStatus, Trouble},
};
use velodrome_service::{ledger::Ledger, runs::LookError};

use super::desk::{Desk, Drawing, delay, done, failed, method, split, webhook};

/// A line of steps that stops where one fails.
fn strict(steps: usize) -> Drawing {
    Drawing::line(steps).settings(|settings| settings.on_error = StepErrorAction::StopTransaction)
}

async fn again(
    desk: &Desk,
    drawing: &Drawing,
    id: TransactionId,
    step: usize,
) -> Result<TransactionId, LookError> {
    let (actor, step) = (desk.actor(), drawing.at(step));
    let made = desk.transactions.retry_from(&actor, (drawing.id, id), step);
    made.await.map(|made| made.transaction.id)
}

/// What the last run of a step saw.
fn seen(desk: &Desk, step: StepId) -> Vec<Value> {
    desk.steps.runs_of(step).pop().unwrap().data
}

#[tokio::test]
async fn a_transaction_runs_again_from_a_step_with_the_data_of_the_steps_before() {
    let desk = Desk::new().await;
    let drawing = strict(4);
    let cycle = desk.cycle(&drawing).await;
    for (step, text) in [(0, "trigger"), (1, "first"), (2, "first")] {
        desk.steps
            .then(drawing.at(step), done(json!({ step.to_string(): text })));
    }
    desk.steps.then(drawing.at(3), failed(Trouble::CallFailed));
    let id = desk.begin(cycle).await;
    desk.settle().await;
    assert_eq!(desk.get(id).await.status, TransactionStatus::Errored);
    desk.steps.then(drawing.at(1), done(json!({"1": "again"})));
    desk.steps.then(drawing.at(2), done(json!({"2": "again"})));

    let other = again(&desk, &drawing, id, 1).await.unwrap();
    // Another node runs it, which has read none of this before.
    let node = desk.node();
    let stop = CancellationToken::new();
    while let Some(one) = super::desk::claim(&node).await {
        node.run(one, &stop).await;
    }

    assert_eq!(seen(&desk, drawing.at(1)), [json!({"0": "trigger"})]);
    assert_eq!(
        seen(&desk, drawing.at(3)),
        [
            json!({"0": "trigger"}),
            json!({"1": "again"}),
            json!({"2": "again"})
        ]
    );
    assert_eq!(desk.steps.runs_of(drawing.at(0)).len(), 1);
    let made = desk.get(other).await;
    assert_eq!(made.status, TransactionStatus::Completed);
    assert_eq!((made.parent, made.replayed_from), (Some(id), Some(id.0)));
    assert_eq!((made.steps, made.tasks), (3, 3));
    let former = desk.get(id).await;
    assert_eq!(
        (former.status, former.steps),
        (TransactionStatus::Errored, 4)
    );
    let items = desk
        .transactions
        .items(&desk.actor(), (cycle, id), None, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(items.items.len(), 4, "what happened is still shown");

    // And once more, from a step of the second one, whose own data counts.
    desk.steps.then(drawing.at(3), done(json!({"3": "third"})));
    let third = again(&desk, &drawing, other, 3).await.unwrap();
    desk.settle().await;
    assert_eq!(seen(&desk, drawing.at(3))[1], json!({"1": "again"}));
    assert_eq!(desk.get(third).await.steps, 1);
    // The first one runs again as often as somebody wants, each time with what it had.
    again(&desk, &drawing, id, 2).await.unwrap();
    again(&desk, &drawing, id, 2).await.unwrap();
    desk.settle().await;
    assert_eq!(seen(&desk, drawing.at(2))[1], json!({"1": "first"}));
    balances(&desk, cycle, [5, 4, 1, 0, 0]).await;
}

async fn balances(desk: &Desk, cycle: velodrome_model::CycleId, expected: [i64; 5]) {
    let ledger = Ledger::new(desk.store.clone());
    for _ in 0..3 {
        assert!(!ledger.reconcile().await.unwrap());
    }
    let partner = PartnerActor {
        scope: PartnerScope {
            partner: desk.scope.partner,
        },
        principal: desk.actor().principal,
    };
    let which = (Some("acme"), Some(cycle));
    let page = ledger.page(&partner, which, &PageRequest::default()).await;
    let line = page.unwrap().items.into_iter().next().unwrap().line;
    let sums = [
        line.accepted,
        line.done,
        line.failed,
        line.waiting,
        line.lost,
    ];
    assert_eq!(sums, expected);
    let unit = desk
        .store
        .begin(&velodrome_model::InstanceScope)
        .await
        .unwrap();
    let unit = unit.into_partner(desk.scope.partner);
    let log = unit
        .audit_log(&Default::default(), &PageRequest::default())
        .await
        .unwrap();
    let words = log.items.iter().map(|entry| entry.action.as_str());
    assert_eq!(
        words
            .filter(|word| *word == "transaction.retried_from_step")
            .count(),
        4
    );
}

#[tokio::test]
async fn what_was_split_off_stays_and_an_item_runs_again_by_itself() {
    let desk = Desk::new().await;
    let drawing = strict(3);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(2));
    desk.steps.then(drawing.at(2), failed(Trouble::CallFailed));
    let id = desk.begin(cycle).await;
    desk.settle().await;
    let all = desk.all().await;
    let child = all
        .iter()
        .find(|one| one.status == TransactionStatus::Errored)
        .unwrap();
    let item = desk.steps.runs_of(drawing.at(2))[0].data[0].clone();

    let one = again(&desk, &drawing, child.id, 1).await.unwrap();
    desk.settle().await;
    assert_eq!(seen(&desk, drawing.at(2))[0], item);
    assert_eq!(desk.get(one).await.status, TransactionStatus::Completed);
    assert_eq!(desk.all().await.len(), 4);

    // From the step that was split: its list is read and split once more, beside the children there are.
    desk.steps.then(drawing.at(0), split(3));
    let whole = again(&desk, &drawing, id, 0).await.unwrap();
    desk.settle().await;
    let after = desk.all().await;
    assert_eq!(after.len(), 4 + 1 + 3);
    assert_eq!(
        after.iter().filter(|one| one.parent == Some(whole)).count(),
        3
    );
    for before in &all {
        let now = after.iter().find(|one| one.id == before.id).unwrap();
        assert_eq!((now.status, now.ended_at), (before.status, before.ended_at));
    }
}

#[tokio::test]
async fn in_order_it_takes_its_place_before_runs_that_began_later() {
    let desk = Desk::new().await;
    let drawing = strict(2).settings(|settings| settings.in_order = true);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(1), failed(Trouble::CallFailed));
    let first = desk.begin(cycle).await;
    desk.settle().await;
    let second = desk.begin(cycle).await;

    let other = again(&desk, &drawing, first, 1).await.unwrap();
    desk.settle().await;

    let order: Vec<_> = desk
        .steps
        .runs_of(drawing.at(1))
        .iter()
        .map(|run| run.transaction)
        .collect();
    assert_eq!(order, [first, other, second]);
}

#[tokio::test]
async fn in_order_what_goes_on_after_a_failure_never_runs_beside_another() {
    let desk = Desk::new().await;
    let drawing = strict(3).settings(|settings| settings.in_order = true);
    let cycle = desk.cycle(&drawing).await;
    let (actor, stop) = (desk.actor(), CancellationToken::new());
    for skips in [false, true] {
        desk.steps.then(drawing.at(1), failed(Trouble::CallFailed));
        let failing = desk.begin(cycle).await;
        desk.settle().await;
        let begun = desk.begin(cycle).await;
        let claimed = desk.claim().await.expect("it is its turn");
        let waiting = desk.begin(cycle).await;

        let transactions = &desk.transactions;
        match skips {
            true => transactions.skip(&actor, cycle, failing).await.unwrap(),
            false => transactions.retry(&actor, cycle, failing).await.unwrap(),
        };
        assert_eq!(claimed.id, begun);
        assert!(desk.claim().await.is_none(), "one is under way");
        desk.runs.run(claimed, &stop).await;

        let next = desk.claim().await.expect("the line goes on");
        assert_eq!(next.id, failing);
        assert!(desk.claim().await.is_none(), "one is under way");
        desk.runs.run(next, &stop).await;
        let last = desk.claim().await.expect("the line goes on");
        assert_eq!(last.id, waiting);
        desk.runs.run(last, &stop).await;
        for id in [failing, begun, waiting] {
            assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
        }
    }
}

#[tokio::test]
async fn only_what_has_ended_runs_again_and_only_from_a_step_that_it_has_tried() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(webhook())
        .step(delay())
        .step(method())
        .step(StepKind::WaitAll)
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2)
        .edge(2, Exit::Forward, 3)
        .edge(3, Exit::Forward, 4)
        .settings(|settings| settings.on_error = StepErrorAction::StopTransaction);
    let cycle = desk.cycle(&drawing).await;
    let wait = velodrome_model::cycle::StepOutcome::Wait {
        until: desk.now() + TimeDelta::minutes(10),
        reason: velodrome_model::cycle::WaitReason::Delay,
    };
    desk.steps.then(drawing.at(1), wait);
    desk.steps.then(drawing.at(2), failed(Trouble::CallFailed));
    let id = desk.begin(cycle).await;
    desk.settle().await;
    let refused = again(&desk, &drawing, id, 1).await.unwrap_err();
    assert!(matches!(refused, LookError::NotEnded), "{refused}");
    desk.pass(TimeDelta::minutes(12));
    desk.settle().await;
    assert_eq!(desk.get(id).await.status, TransactionStatus::Errored);

    for (step, why) in [(0, "a webhook"), (3, "not come to"), (4, "not come to")] {
        let refused = again(&desk, &drawing, id, step).await.unwrap_err();
        assert!(matches!(refused, LookError::NotTried), "{why}: {refused}");
    }
    let other = AccountActor {
        scope: desk.account("other").await,
        ..desk.actor()
    };
    let of_other = desk
        .transactions
        .retry_from(&other, (cycle, id), drawing.at(2));
    assert!(matches!(of_other.await, Err(LookError::NoCycle)));
    let status = async |status| {
        let unit = desk.store.begin(&desk.scope).await.unwrap();
        let mut found = unit.cycles().get(cycle).await.unwrap().unwrap();
        found.status = status;
        unit.cycles().save(&found).await.unwrap();
        unit.commit().await.unwrap();
    };
    status(CycleStatus::Paused).await;
    let refused = again(&desk, &drawing, id, 2).await.unwrap_err();
    assert!(matches!(refused, LookError::NotRunning), "{refused}");
    status(CycleStatus::Active).await;
    again(&desk, &drawing, id, 2).await.unwrap();
    desk.settle().await;

    desk.pass(TimeDelta::days(40));
    let unit = desk
        .store
        .begin(&velodrome_model::InstanceScope)
        .await
        .unwrap();
    unit.engine().erase_due(100).await.unwrap();
    unit.commit().await.unwrap();
    let refused = again(&desk, &drawing, id, 2).await.unwrap_err();
    assert!(matches!(refused, LookError::DataErased), "{refused}");
}
