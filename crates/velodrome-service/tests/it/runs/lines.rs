//! A run from its trigger to its end.

use serde_json::json;
use velodrome_model::{
    PageRequest,
    cycle::{Exit, TransactionStatus, Ways},
};

use super::desk::{Desk, Drawing, by, done, method};

#[tokio::test]
async fn a_run_goes_from_step_to_step_and_each_sees_what_those_before_gave() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(3);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), done(json!({"a": 1})));
    desk.steps.then(drawing.at(1), done(json!({"b": 2})));
    let id = desk.begin(cycle).await;

    desk.settle().await;

    let seen: Vec<_> = desk
        .steps
        .log
        .lock()
        .iter()
        .map(|run| run.data.clone())
        .collect();
    assert_eq!(
        seen,
        [
            vec![],
            vec![json!({"a": 1})],
            vec![json!({"a": 1}), json!({"b": 2})]
        ]
    );
    let ended = desk.get(id).await;
    assert_eq!(ended.status, TransactionStatus::Completed);
    assert_eq!((ended.steps, ended.tasks, ended.errors), (3, 3, 0));
    assert_eq!(ended.step, None);
    let items = desk
        .transactions
        .items(&desk.actor(), (cycle, id), None, &PageRequest::default())
        .await
        .unwrap();
    let names: Vec<_> = items
        .items
        .iter()
        .map(|item| item.step_name.as_str())
        .collect();
    assert_eq!(names, ["Step 0", "Step 1", "Step 2"]);
    assert_eq!(items.items[0].response.as_deref(), Some("200 OK"));
}

#[tokio::test]
async fn data_is_read_from_the_store_by_a_node_that_did_not_write_it() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    desk.steps.then(drawing.at(0), done(json!({"a": 1})));
    desk.steps.sticks_at(Some(drawing.at(1)));
    desk.begin(cycle).await;
    let transaction = desk.claim().await.unwrap();
    let stop = Default::default();
    tokio::select! {
        () = desk.runs.run(transaction, &stop) => panic!("it sticks"),
        () = desk.steps.begun.notified() => {}
    }
    desk.steps.sticks_at(None);
    desk.pass(chrono::TimeDelta::seconds(31));

    let node = desk.node();
    let again = super::desk::claim(&node).await.unwrap();
    node.run(again, &stop).await;

    let runs = desk.steps.runs_of(drawing.at(1));
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[1].data, [json!({"a": 1})]);
    assert_eq!(desk.steps.runs_of(drawing.at(0)).len(), 1);
}

#[tokio::test]
async fn the_graph_that_a_run_began_with_is_the_one_it_ends_with() {
    let desk = Desk::new().await;
    let drawing = Drawing::line(2);
    let cycle = desk.cycle(&drawing).await;
    let id = desk.begin(cycle).await;
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    let mut revision = unit.cycles().document(cycle, 1).await.unwrap();
    revision.document.edges.clear();
    unit.cycles().save_document(cycle, &revision).await.unwrap();
    unit.commit().await.unwrap();

    desk.settle().await;

    assert_eq!(desk.steps.runs_of(drawing.at(1)).len(), 1);
    assert_eq!(desk.get(id).await.version, 1);
}

#[tokio::test]
async fn a_decision_goes_by_its_exit_and_an_exit_that_leads_nowhere_ends_well() {
    let desk = Desk::new().await;
    let drawing = Drawing::new()
        .step(method())
        .step(velodrome_model::cycle::StepKind::Decision(
            Default::default(),
        ))
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::True, 2);
    let cycle = desk.cycle(&drawing).await;
    for exit in [Exit::True, Exit::False] {
        desk.steps
            .then(drawing.at(1), by(json!(null), Ways::One(exit)));
        let id = desk.begin(cycle).await;
        desk.settle().await;
        assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
    }

    assert_eq!(desk.steps.runs_of(drawing.at(2)).len(), 1);
}

#[tokio::test]
async fn another_accounts_transaction_is_not_found() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(1)).await;
    let id = desk.begin(cycle).await;
    let other = desk.account("other").await;

    let unit = desk.store.begin(&other).await.unwrap();

    assert_eq!(unit.runs().get(cycle, id).await.unwrap(), None);
    assert_eq!(unit.runs().find(id).await.unwrap(), None);
    unit.runs().pause_all(cycle).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(desk.get(id).await.status, TransactionStatus::Queued);
}

#[tokio::test]
async fn tasks_are_counted_by_account_and_day() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(3)).await;
    desk.begin(cycle).await;
    desk.begin(cycle).await;

    desk.settle().await;

    let partner = velodrome_model::PartnerScope {
        partner: desk.scope.partner,
    };
    let today = desk.now().date_naive();
    let unit = desk.store.read(&partner).await.unwrap();
    let tomorrow = today.succ_opt().unwrap();
    let tasks = unit
        .tasks_between(Some(desk.scope.account), today, tomorrow)
        .await
        .unwrap();
    assert_eq!(tasks, 6);
}

#[tokio::test]
async fn a_long_run_gives_others_a_turn_after_20_steps() {
    let desk = Desk::new().await;
    let cycle = desk.cycle(&Drawing::line(25)).await;
    let id = desk.begin(cycle).await;

    let transaction = desk.claim().await.unwrap();
    desk.runs.run(transaction, &Default::default()).await;
    let yielded = desk.get(id).await;
    desk.settle().await;

    assert_eq!(
        (yielded.status, yielded.steps),
        (TransactionStatus::Queued, 20)
    );
    assert_eq!(desk.get(id).await.steps, 25);
}
