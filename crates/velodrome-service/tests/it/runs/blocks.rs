//! Providers that take no calls now.

use chrono::TimeDelta;
use velodrome_model::{
    AccountConnectorId, AuthenticationId, ConnectorId, ConnectorUid,
    cycle::{
        IncidentLevel, MethodStep, Notice, StepKind, StepOutcome, TransactionStatus, WaitReason,
    },
};
use velodrome_store::NewAccountConnector;

use super::desk::{Desk, Drawing, plain};

fn refused(desk: &Desk, seconds: i64) -> StepOutcome {
    StepOutcome::Blocked {
        until: desk.now() + TimeDelta::seconds(seconds),
        notice: Notice {
            level: IncidentLevel::Warning,
            message: "Failed to call the method".into(),
            detail: "429 Too Many Requests".into(),
        },
    }
}

/// A cycle whose one step calls through an account connector.
async fn calling(desk: &Desk) -> (Drawing, AccountConnectorId) {
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    let connector = unit
        .account_connectors()
        .insert(NewAccountConnector {
            connector: ConnectorId(1),
            connector_uid: ConnectorUid(uuid::Uuid::nil()),
            name: "Acme".into(),
            description: None,
            authentication: AuthenticationId(uuid::Uuid::nil()),
        })
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let step = MethodStep {
        account_connector: Some(connector.id),
        ..plain()
    };
    let drawing = Drawing::new().step(StepKind::Method(Box::new(step)));
    desk.cycle(&drawing).await;
    (drawing, connector.id)
}

#[tokio::test]
async fn a_refusal_blocks_the_account_connector_for_all_and_one_goes_first_afterwards() {
    let desk = Desk::new().await;
    let (drawing, _) = calling(&desk).await;
    desk.steps.then(drawing.at(0), refused(&desk, 60));
    let first = desk.begin(drawing.id).await;
    desk.settle().await;
    let (second, third) = (desk.begin(drawing.id).await, desk.begin(drawing.id).await);
    desk.settle().await;

    assert_eq!(
        desk.steps.runs_of(drawing.at(0)).len(),
        1,
        "nobody calls meanwhile"
    );
    for id in [first, second, third] {
        let waiting = desk.get(id).await;
        assert_eq!(
            (waiting.wait, waiting.warnings),
            (Some(WaitReason::RateLimit), 1)
        );
        assert_eq!((waiting.attempt, waiting.errors), (0, 0));
    }
    let first_due = desk.get(first).await.due_at;
    let second_due = desk.get(second).await.due_at;
    let third_due = desk.get(third).await.due_at;
    assert!(first_due < second_due && second_due < third_due, "in order");
    desk.pass(TimeDelta::seconds(60));
    desk.settle().await;
    desk.pass(TimeDelta::seconds(6));
    desk.settle().await;

    for id in [first, second, third] {
        assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
    }
    assert_eq!(desk.steps.runs_of(drawing.at(0)).len(), 4);
}

#[tokio::test]
async fn a_provider_that_refuses_again_is_left_alone_longer_each_time() {
    let desk = Desk::new().await;
    let (drawing, _) = calling(&desk).await;
    let id = desk.begin(drawing.id).await;
    let mut waits = Vec::new();
    for _ in 0..7 {
        desk.steps.then(drawing.at(0), refused(&desk, 60));
        desk.settle().await;
        let due = desk.get(id).await.due_at.unwrap();
        waits.push((due - desk.now()).num_minutes());
        desk.pass(due - desk.now());
    }
    desk.settle().await;

    assert_eq!(waits, [1, 2, 4, 8, 16, 31, 31]);
    let ended = desk.get(id).await;
    assert_eq!(
        (ended.status, ended.warnings),
        (TransactionStatus::Completed, 1)
    );
}
