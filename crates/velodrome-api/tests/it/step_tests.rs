//! Trying steps out, on the wire.

use serde_json::json;
use uuid::Uuid;
use velodrome_model::{
    AccountScope, CycleId, InstanceScope, PartnerScope, StepId,
    cycle::{CycleDocument, CycleSchedule, CycleSettings, Step, StepKind},
};
use velodrome_store::NewCycle;

use crate::{
    app::TestApp,
    custom_connectors::{acme, app, within},
};

/// A Wait All in a cycle of `acme`, and the path that tries it.
async fn step(app: &TestApp) -> String {
    let id = Uuid::from_u128(5);
    let unit = app.store.read(&InstanceScope).await.unwrap();
    let partner = unit.default_partner().await.unwrap().unwrap().id;
    drop(unit);
    let unit = app.store.read(&PartnerScope { partner }).await.unwrap();
    let account = unit.accounts().find("acme").await.unwrap().unwrap().id;
    drop(unit);
    let scope = AccountScope { partner, account };
    let document = CycleDocument {
        steps: vec![Step {
            id: StepId(id),
            origin: None,
            name: "Join".into(),
            description: None,
            position: Default::default(),
            on_error: None,
            splitting: None,
            script: None,
            is_setup_hidden: false,
            kind: StepKind::WaitAll,
        }],
        ..CycleDocument::default()
    };
    let unit = app.store.begin(&scope).await.unwrap();
    let new = NewCycle {
        id: CycleId(Uuid::from_u128(6)),
        name: "Joined".into(),
        description: None,
        settings: CycleSettings::default(),
        origin: None,
        schedule: CycleSchedule::default(),
        document,
    };
    unit.cycles().insert(new).await.unwrap();
    unit.commit().await.unwrap();
    format!("/v1.0/steps/{id}/test")
}

#[tokio::test]
async fn only_steps_of_the_account_that_call_something_can_be_tried() {
    let (app, token) = app().await;
    app.account(&token, "other").await;
    let path = step(&app).await;
    let unknown = format!("/v1.0/steps/{}/test", Uuid::nil());

    let test = async |path: &str, account: &str| {
        let call = within(app.post(path), &token, account).json(&json!({}));
        let answer = call.send().await;
        let (status, code) = answer.failure();
        (status, code.to_owned())
    };
    assert_eq!(test(&path, "acme").await, (400, "step.not_callable".into()));
    assert_eq!(test(&path, "other").await, (404, "step.not_found".into()));
    assert_eq!(test(&unknown, "acme").await, (404, "step.not_found".into()));
    let malformed = acme(app.post("/v1.0/steps/7/test"), &token).send().await;
    assert_eq!(malformed.status, 400, "{}", malformed.text);
    let typed = json!({"LastSuccessfulRunDate": "soon"});
    let unreadable = acme(app.post(&path), &token).json(&typed).send().await;
    assert_eq!(unreadable.status, 400, "{}", unreadable.text);
    let nobody = app.post(&path).bearer(&token).json(&json!({})).send().await;
    assert_eq!(nobody.status, 401, "{}", nobody.text);
}
