//! Splitting, fan-out and filtering into children.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use velodrome_model::{
    InstanceScope,
    cycle::{Exit, StepKind, TransactionStatus, Ways},
};

use super::desk::{Desk, Drawing, by, claim, delay, done, method, split};

#[tokio::test]
async fn each_item_of_a_split_list_is_a_child_that_sees_it_in_the_lists_place() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(3));
    let id = desk.begin(cycle).await;

    desk.settle().await;

    let mut seen: Vec<_> = desk
        .steps
        .runs_of(drawing.at(1))
        .into_iter()
        .map(|run| run.data)
        .collect();
    seen.sort_by_key(|data| data[0].to_string());
    let item = |id: i32| vec![json!({"items": {"id": id}, "name": "all"})];
    assert_eq!(seen, [item(0), item(1), item(2)]);
    let all = desk.all().await;
    assert_eq!(all.len(), 4);
    assert!(
        all.iter()
            .all(|one| one.status == TransactionStatus::Completed)
    );
    assert!(
        all[1..]
            .iter()
            .all(|child| child.parent == Some(id) && child.root == id)
    );
}

#[tokio::test]
async fn a_list_without_items_ends_the_transaction_normally() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(0));
    let id = desk.begin(cycle).await;

    desk.settle().await;

    assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
    assert_eq!(desk.all().await.len(), 1);
}

#[tokio::test]
async fn a_crash_between_chunks_neither_loses_nor_doubles_a_child() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(1_250));
    let id = desk.begin(cycle).await;
    let transaction = desk.claim().await.unwrap();
    let hold = transaction.hold();
    // The first chunk goes with the checkpoint; a stop ends the worker before the second.
    let stop = CancellationToken::new();
    stop.cancel();
    desk.runs.run(transaction, &stop).await;
    let parent = desk.get(id).await;
    assert_eq!(parent.children_made, 500);
    assert_eq!(parent.status, TransactionStatus::Queued);

    // One that makes the second chunk and dies before its commit, and one that dies after it.
    let again = claim_parent(&desk, id).await;
    let unit = desk.store.begin(&InstanceScope).await.unwrap();
    let kept = velodrome_store::Retention {
        success: TimeDelta::hours(1),
        errored: TimeDelta::hours(1),
    };
    unit.engine().split_on(&again.hold(), kept).await.unwrap();
    drop(unit);
    let unit = desk.store.begin(&InstanceScope).await.unwrap();
    let stale = unit.engine().split_on(&hold, kept).await.unwrap();
    assert_eq!(stale, velodrome_store::Applied::Stale);
    unit.engine().split_on(&again.hold(), kept).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(desk.get(id).await.children_made, 1_000);
    desk.pass(TimeDelta::seconds(31));
    desk.settle().await;

    assert_eq!(desk.steps.runs_of(drawing.at(1)).len(), 1_250);
    let mut seen: Vec<i64> = desk
        .steps
        .runs_of(drawing.at(1))
        .iter()
        .map(|run| run.data[0]["items"]["id"].as_i64().unwrap())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..1_250).collect::<Vec<_>>());
    assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
}

/// Claims until it has the parent; children that come first are left to lapse.
async fn claim_parent(
    desk: &Desk,
    id: velodrome_model::TransactionId,
) -> velodrome_store::Transaction {
    for _ in 0..10 {
        let one = desk.claim().await.unwrap();
        if one.id == id {
            return one;
        }
    }
    panic!("the parent can be claimed");
}

#[tokio::test]
async fn an_exit_that_feeds_several_steps_makes_a_child_for_each() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(method())
        .step(method())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(0, Exit::Forward, 2)
        .edge(2, Exit::Forward, 3);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), done(json!({"a": 1})));
    desk.begin(cycle).await;

    desk.settle().await;

    for step in [1, 2] {
        assert_eq!(
            desk.steps.runs_of(drawing.at(step))[0].data,
            [json!({"a": 1})]
        );
    }
    assert_eq!(desk.steps.runs_of(drawing.at(3)).len(), 1);
    assert_eq!(desk.all().await.len(), 3);
}

#[tokio::test]
async fn a_split_into_several_steps_and_a_second_split_keep_what_was_before() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(method())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(0, Exit::Forward, 2)
        .edge(1, Exit::Forward, 2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(2));
    desk.steps.then(drawing.at(1), split(2));
    desk.steps.then(drawing.at(1), split(1));
    desk.begin(cycle).await;

    desk.settle().await;

    // Two straight from the trigger, and three through the second step.
    let runs = desk.steps.runs_of(drawing.at(2));
    assert_eq!(runs.len(), 5);
    let through: Vec<&Vec<Value>> = runs
        .iter()
        .map(|run| &run.data)
        .filter(|data| data.len() == 2)
        .collect();
    assert_eq!(through.len(), 3);
    assert!(
        through
            .iter()
            .all(|data| data[0]["items"].is_object() && data[1]["items"].is_object())
    );
}

#[tokio::test]
async fn a_decision_over_a_list_makes_a_child_for_each_exit_that_has_items() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(StepKind::Decision(Default::default()))
        .step(method())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::True, 2)
        .edge(1, Exit::False, 3);
    let cycle = desk.cycle(&drawing).await;
    let filtered = |matching: Option<Value>, rest: Option<Value>| {
        let ways = Ways::Filtered {
            step: drawing.at(0),
            matching,
            rest,
        };
        by(json!(null), ways)
    };
    let list = |ids: &[i32]| json!({"items": ids});
    desk.steps.then(drawing.at(0), done(list(&[1, 2, 3])));
    desk.steps.then(
        drawing.at(1),
        filtered(Some(list(&[1])), Some(list(&[2, 3]))),
    );
    desk.begin(cycle).await;
    desk.settle().await;
    desk.steps
        .then(drawing.at(1), filtered(None, Some(list(&[9]))));
    desk.begin(cycle).await;
    desk.settle().await;

    let data = |step| -> Vec<_> {
        let runs = desk.steps.runs_of(drawing.at(step));
        runs.into_iter().map(|run| run.data[0].clone()).collect()
    };
    assert_eq!(data(2), [list(&[1])]);
    assert_eq!(data(3), [list(&[2, 3]), list(&[9])]);
}

#[tokio::test]
async fn in_order_one_transaction_runs_at_a_time_and_what_it_was_split_into_before_the_next_run() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(delay())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2)
        .settings(|settings| settings.in_order = true);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), split(2));
    let wait = velodrome_model::cycle::StepOutcome::Wait {
        until: desk.now() + TimeDelta::minutes(10),
        reason: velodrome_model::cycle::WaitReason::Delay,
    };
    desk.steps.then(drawing.at(1), wait);
    let first = desk.begin(cycle).await;
    let second = desk.begin(cycle).await;

    let one = desk.claim().await.unwrap();
    assert_eq!(one.id, first);
    assert_eq!(claim(&desk.node()).await, None);
    desk.runs.run(one, &CancellationToken::new()).await;
    desk.settle().await;
    assert_eq!(
        desk.get(second).await.status,
        TransactionStatus::Queued,
        "one waits before it"
    );
    desk.pass(TimeDelta::minutes(12));
    desk.settle().await;

    let order: Vec<_> = desk
        .steps
        .runs_of(drawing.at(2))
        .iter()
        .map(|run| run.data.first().map(|data| data["items"]["id"].clone()))
        .collect();
    assert_eq!(order, [Some(json!(0)), Some(json!(1)), Some(Value::Null)]);
    let all = desk.all().await;
    assert!(
        all.iter()
            .all(|one| one.status == TransactionStatus::Completed)
    );
}

#[tokio::test]
async fn in_order_what_a_node_with_an_earlier_time_begins_comes_behind_what_was_begun_before() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .settings(|settings| settings.in_order = true);
    let cycle = desk.cycle(&drawing).await;
    desk.pass(TimeDelta::hours(1));
    let first = desk.begin(cycle).await;
    let under_way = desk.claim().await.unwrap();
    desk.pass(-TimeDelta::hours(1));

    let node = desk.stranger().await;
    let second = desk.begin_on(&node, desk.scope, cycle).await;
    let third = desk.begin_on(&node, desk.scope, cycle).await;

    assert_eq!(claim(&node).await, None, "one is under way");
    assert!(first.0 < second.0 && second.0 < third.0);
    desk.pass(TimeDelta::hours(1));
    desk.runs.run(under_way, &CancellationToken::new()).await;
    desk.settle().await;
    let order: Vec<_> = desk.steps.runs_of(drawing.at(0));
    let order: Vec<_> = order.iter().map(|run| run.transaction).collect();
    assert_eq!(order, [first, second, third]);
}

/// A list of so many items that is longer than what is kept in one piece.
fn long(items: usize) -> velodrome_model::cycle::StepOutcome {
    let text = "x".repeat(1_500);
    let list: Vec<Value> = (0..items)
        .map(|id| json!({ "id": id, "text": text }))
        .collect();
    let ways = Ways::Split {
        exit: Exit::Forward,
        list: "data.[rows]".into(),
        items,
    };
    by(
        json!({ "name": "all", "data": { "rows": list, "total": items } }),
        ways,
    )
}

/// The ids of the items that the runs of a step saw, in order; each alone in its list's place.
fn ids(desk: &Desk, step: velodrome_model::StepId, total: usize) -> Vec<u64> {
    let runs = desk.steps.runs_of(step);
    let id = |data: &Value| {
        assert_eq!(data["name"], "all");
        assert_eq!(data["data"]["total"], total);
        assert_eq!(data["data"]["rows"]["text"].as_str().unwrap().len(), 1_500);
        data["data"]["rows"]["id"].as_u64().unwrap()
    };
    let mut ids: Vec<u64> = runs.iter().map(|run| id(&run.data[0])).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_long_list_is_kept_in_pieces_and_each_child_sees_its_item() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), long(1_200));
    let id = desk.begin(cycle).await;
    let transaction = desk.claim().await.unwrap();
    let stop = CancellationToken::new();
    desk.runs.run(transaction, &stop).await;

    // Half of the children run where the list was written, the others where it was not.
    for _ in 0..150 {
        for one in desk.runs.claim(4).await.unwrap() {
            desk.runs.run(one, &stop).await;
        }
    }
    let node = desk.node();
    while let Some(one) = super::desk::claim(&node).await {
        node.run(one, &stop).await;
    }

    assert_eq!(
        ids(&desk, drawing.at(1), 1_200),
        (0..1_200).collect::<Vec<_>>()
    );
    let unit = desk.store.read(&desk.scope).await.unwrap();
    let kept = unit.runs().output(id, drawing.at(0), "", i32::MAX).await;
    let kept = kept.unwrap().unwrap();
    assert!(kept.json.len() < 100, "{}", kept.json);
    let starts = unit.runs().piece_starts(id, drawing.at(0)).await.unwrap();
    assert_eq!(
        Some(starts.len()),
        kept.pieces.map(|pieces| pieces as usize)
    );
    assert!(starts.len() > 3 && starts[0] == 0);
    let other = desk.account("other").await;
    let unit = desk.store.read(&other).await.unwrap();
    let starts = unit.runs().piece_starts(id, drawing.at(0)).await.unwrap();
    assert_eq!(starts, Vec::<i64>::new());
}

#[tokio::test]
async fn pieces_of_an_attempt_that_came_to_nothing_are_not_mixed_with_the_next() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    let id = desk.begin(cycle).await;
    let lost = desk.claim().await.unwrap();
    let put = async |hold: &velodrome_store::Hold, numbers: std::ops::Range<i32>| {
        let unit = desk.store.begin(&InstanceScope).await.unwrap();
        let pieces = numbers.map(|number| {
            let at = (number, i64::from(number));
            let json = "[\"of another attempt\"]".to_owned();
            velodrome_store::NewPiece::new(&desk.store, drawing.at(0), at, json).unwrap()
        });
        let pieces = (Some(0), pieces.collect());
        let engine = unit.engine();
        let done = engine.keep_pages(hold, drawing.at(0), pieces, None).await;
        unit.commit().await.unwrap();
        done
    };
    put(&lost.hold(), 0..50).await.unwrap();
    desk.pass(TimeDelta::seconds(31));
    desk.steps.then(drawing.at(0), long(800));
    let again = desk.claim().await.unwrap();
    let stale = put(&lost.hold(), 0..1).await;
    assert!(matches!(stale, Err(velodrome_store::StoreError::Stale)));

    // It makes the first chunk of children, and somebody else the rest.
    let stop = CancellationToken::new();
    stop.cancel();
    desk.runs.run(again, &stop).await;
    assert_eq!(desk.get(id).await.children_made, 500);
    let (node, on) = (desk.node(), CancellationToken::new());
    while let Some(one) = super::desk::claim(&node).await {
        node.run(one, &on).await;
    }

    assert_eq!(ids(&desk, drawing.at(1), 800), (0..800).collect::<Vec<_>>());
    assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
}
