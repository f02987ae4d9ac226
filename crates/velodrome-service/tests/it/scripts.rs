//! Scripts over the real store.

use serde_json::{Value, json};
use velodrome_model::{AccountActor, AccountConnectorId, SecretString};
use velodrome_service::{
    account_connectors::Install,
    calls::{CallError, CallFailure, MethodCall},
    library::ConnectorRef,
};

use crate::bench::Bench;

const CONNECTOR: &str = "Script Desk";

async fn install(bench: &Bench, actor: &AccountActor) -> AccountConnectorId {
    let connector = ConnectorRef::Name(CONNECTOR.to_owned());
    let install = Install {
        auth_value: None::<SecretString>,
        ..Install::default()
    };
    let installed = bench.connectors.install(actor, &connector, None, install);
    installed.await.unwrap().connector.id
}

async fn call(
    bench: &Bench,
    actor: &AccountActor,
    id: AccountConnectorId,
    key: &str,
) -> Result<Value, CallFailure> {
    let method = bench.method(CONNECTOR, key);
    let reply = bench
        .calls
        .call(actor, id, method, MethodCall::default())
        .await?;
    Ok(reply.body.into_value().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_script_keeps_is_its_account_connectors_alone() {
    let bench = Bench::start().await;
    let acme = bench.account("acme").await;
    let other = bench.account("other").await;
    let mine = install(&bench, &acme).await;
    let theirs = install(&bench, &other).await;

    call(&bench, &acme, mine, "create-mark").await.unwrap();
    let twice = call(&bench, &acme, mine, "create-mark").await.unwrap();
    let of_other = call(&bench, &other, theirs, "create-mark").await.unwrap();
    let reached = call(&bench, &other, mine, "create-mark").await;

    let kept = |count: u32, log: &str| json!({"count": count, "keys": ["count", "log"], "log": log, "kept": null});
    assert_eq!(twice, kept(2, "xx"));
    assert_eq!(of_other, kept(1, "x"));
    assert!(matches!(reached, Err(CallFailure::NoAccountConnector)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_at_the_same_time_count_each() {
    let bench = Bench::start().await;
    let acme = bench.account("acme").await;
    let id = install(&bench, &acme).await;

    let calls = (0..20).map(|_| call(&bench, &acme, id, "create-mark"));
    let counted = futures::future::join_all(calls).await;

    let mut counts: Vec<_> = counted
        .into_iter()
        .map(|answer| answer.unwrap()["count"].as_u64().unwrap())
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_stays_when_the_script_fails_later() {
    let bench = Bench::start().await;
    let acme = bench.account("acme").await;
    let id = install(&bench, &acme).await;

    let failed = call(&bench, &acme, id, "get-fault").await;
    let after = call(&bench, &acme, id, "create-mark").await.unwrap();

    let Err(CallFailure::Call(CallError::Script { error, .. })) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(
        error.to_string(),
        "Script error: method after_action line 1: NoCycle: cycle_storage_* functions work in a cycle only"
    );
    assert_eq!(after["kept"], "yes");
}
