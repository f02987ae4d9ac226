//! Another account's things are not found, whatever is asked of them.

use velodrome_service::{
    account_connectors::AccountConnectorError,
    calls::{CallFailure, MethodCall},
};

use crate::bench::Bench;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_accounts_connector_is_not_found_and_its_provider_is_not_called() {
    let bench = Bench::start().await;
    let acme = bench.account("acme").await;
    let other = bench.account("other").await;
    let id = bench.pipedrive(&acme).await;
    let method = bench.method("Pipedrive (OAuth 2.0)", "get-current-user");
    let requests = bench.sandbox.requests("pipedrive-oauth").unwrap();

    let got = bench.connectors.get(&other, id).await;
    let removed = bench.connectors.delete(&other, id).await;
    let properties = bench.connectors.properties(&other, id).await;
    let called = bench
        .calls
        .call(&other, id, method, MethodCall::default())
        .await;
    let asked = bench.authentications.form(other.scope, id).await;

    assert!(matches!(got, Err(AccountConnectorError::NotFound)));
    assert!(matches!(removed, Err(AccountConnectorError::NotFound)));
    assert!(matches!(properties, Err(AccountConnectorError::NotFound)));
    assert!(matches!(called, Err(CallFailure::NoAccountConnector)));
    assert!(asked.is_err());
    assert_eq!(bench.sandbox.requests("pipedrive-oauth").unwrap(), requests);
    assert!(bench.connectors.get(&acme, id).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sub_account_uses_its_parents_connector_and_can_not_change_it() {
    let bench = Bench::start().await;
    let parent = bench.account("acme").await;
    let mut child = bench.account("acme-north").await;
    child.parent = Some(parent.scope.account);
    let id = bench.pipedrive(&parent).await;
    let method = bench.method("Pipedrive (OAuth 2.0)", "get-current-user");

    let called = bench
        .calls
        .call(&child, id, method, MethodCall::default())
        .await;
    let removed = bench.connectors.delete(&child, id).await;
    let shown = bench.connectors.get(&child, id).await.unwrap();

    assert!(called.is_ok(), "{:?}", called.err());
    assert!(matches!(removed, Err(AccountConnectorError::Inherited)));
    assert_eq!(shown.owner, parent.key);
}
