//! Objects that an account defined with the provider: copies of categories, and calls about them.

use serde_json::json;
use velodrome_model::{
    AccountActor, AccountConnectorId, CategoryCopyId, MethodUid, SecretString, definition::DataType,
};
use velodrome_service::{
    account_connectors::{
        AccountConnectorError, CustomFieldDraft, FieldDetails, Install, NewCategoryCopy,
    },
    calls::{CallFailure, MethodCall, MethodRef},
    library::ConnectorRef,
};

use crate::bench::Bench;

const CONNECTOR: &str = "Workbench Objects";

async fn install(bench: &Bench, actor: &AccountActor) -> AccountConnectorId {
    let install = Install {
        auth_value: Some(SecretString::from("sandbox-workbench-key")),
        ..Install::default()
    };
    let connector = ConnectorRef::Name(CONNECTOR.to_owned());
    let installed = bench
        .connectors
        .install(actor, &connector, None, install)
        .await
        .expect("an installation");
    installed.connector.id
}

fn copy_of_tasks(name: &str, value: Option<&str>) -> NewCategoryCopy {
    NewCategoryCopy {
        source_category: "tasks".into(),
        object_name: name.into(),
        object_value: value.map(Into::into),
    }
}

fn about(copy: CategoryCopyId) -> MethodCall {
    MethodCall {
        category: Some(copy),
        ..MethodCall::default()
    }
}

/// How many records there are of what the call was about.
async fn total(
    bench: &Bench,
    actor: &AccountActor,
    id: AccountConnectorId,
    call: MethodCall,
) -> serde_json::Value {
    let method = bench.method(CONNECTOR, "list-records");
    let reply = bench
        .calls
        .call(actor, id, method, call)
        .await
        .expect("an answer");
    reply.body.into_value().unwrap()["total"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_about_the_copys_value_else_its_name_else_the_category() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account).await;
    let connectors = &bench.connectors;

    let plain = total(&bench, &account, id, MethodCall::default()).await;
    let named = connectors.copy_category(&account, id, copy_of_tasks("companies", None));
    let named = named.await.unwrap();
    let valued = connectors.copy_category(&account, id, copy_of_tasks("A name", Some("contacts")));
    let valued = valued.await.unwrap();

    assert_eq!(plain, json!(75));
    assert_eq!(
        total(&bench, &account, id, about(named.id)).await,
        json!(40)
    );
    assert_eq!(
        total(&bench, &account, id, about(valued.id)).await,
        json!(130)
    );
    let all = connectors.category_copies(&account, id).await.unwrap();
    assert_eq!(all, [valued, named], "by object name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_are_unique_checked_and_gone_once_deleted() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account).await;
    let connectors = &bench.connectors;
    let list = bench.method(CONNECTOR, "list-records");
    let copy = copy_of_tasks("companies", None);
    let made = connectors.copy_category(&account, id, copy.clone()).await;
    let made = made.unwrap();

    let again = connectors.copy_category(&account, id, copy).await;
    let fixed = NewCategoryCopy {
        source_category: "People".into(),
        ..copy_of_tasks("x", None)
    };
    let fixed = connectors.copy_category(&account, id, fixed).await;
    let foreign = bench
        .calls
        .call(
            &account,
            id,
            bench.method(CONNECTOR, "get-me"),
            about(made.id),
        )
        .await;
    let unknown = CategoryCopyId(made.id.0 + 1);
    let unknown = bench.calls.call(&account, id, list, about(unknown)).await;

    assert!(matches!(again, Err(AccountConnectorError::ObjectInUse(_))));
    assert!(matches!(fixed, Err(AccountConnectorError::Invalid(_))));
    assert!(matches!(foreign, Err(CallFailure::ForeignCategory { .. })));
    assert!(matches!(unknown, Err(CallFailure::NoCategory)));

    connectors
        .delete_category_copy(&account, id, made.id)
        .await
        .unwrap();
    let called = bench.calls.call(&account, id, list, about(made.id)).await;
    let deleted = connectors.delete_category_copy(&account, id, made.id).await;

    assert!(matches!(called, Err(CallFailure::NoCategory)));
    assert!(matches!(deleted, Err(AccountConnectorError::NoPart(_))));
    assert_eq!(connectors.category_copies(&account, id).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_neither_sees_nor_uses_a_copy_and_a_sub_account_uses_it() {
    let bench = Bench::start().await;
    let acme = bench.account("acme").await;
    let other = bench.account("other").await;
    let mut child = bench.account("acme-north").await;
    child.parent = Some(acme.scope.account);
    let id = install(&bench, &acme).await;
    let others = install(&bench, &other).await;
    let connectors = &bench.connectors;
    let copy = copy_of_tasks("companies", None);
    let made = connectors.copy_category(&acme, id, copy.clone()).await;
    let made = made.unwrap();
    let list = bench.method(CONNECTOR, "list-records");

    let seen = connectors.category_copies(&other, id).await;
    let removed = connectors.delete_category_copy(&other, id, made.id).await;
    let through_own = connectors
        .delete_category_copy(&other, others, made.id)
        .await;
    let called = bench.calls.call(&other, others, list, about(made.id)).await;
    let copied = connectors.copy_category(&child, id, copy).await;

    assert!(matches!(seen, Err(AccountConnectorError::NotFound)));
    assert!(matches!(removed, Err(AccountConnectorError::NotFound)));
    assert!(matches!(through_own, Err(AccountConnectorError::NoPart(_))));
    assert!(matches!(called, Err(CallFailure::NoCategory)));
    assert!(matches!(copied, Err(AccountConnectorError::Inherited)));
    assert_eq!(total(&bench, &child, id, about(made.id)).await, json!(40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn custom_fields_of_an_object_belong_to_it_alone_and_go_with_it() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account).await;
    let connectors = &bench.connectors;
    let MethodRef::Uid(MethodUid(method)) = bench.method(CONNECTOR, "list-records") else {
        panic!("the bench names methods by their stable id")
    };
    let companies = connectors.copy_category(&account, id, copy_of_tasks("companies", None));
    let companies = companies.await.unwrap();
    let contacts = connectors.copy_category(&account, id, copy_of_tasks("contacts", None));
    let contacts = contacts.await.unwrap();
    let draft = CustomFieldDraft {
        method,
        for_request: true,
        location: "vat_number".into(),
        details: FieldDetails {
            display_name: "VAT Number".into(),
            system_field: None,
            description: None,
            data_type: DataType::Text,
            format: None,
            entity: Some("companies".into()),
            ..FieldDetails::default()
        },
    };
    connectors.add_field(&account, id, draft).await.unwrap();
    let list = bench.method(CONNECTOR, "list-records");
    let call = async |copy: Option<CategoryCopyId>| {
        let call = MethodCall {
            fields: [("vat_number".to_owned(), json!("1"))]
                .into_iter()
                .collect(),
            category: copy,
            ..MethodCall::default()
        };
        bench.calls.call(&account, id, list, call).await
    };

    let own = call(Some(companies.id)).await;
    let elsewhere = call(Some(contacts.id)).await;
    let without = call(None).await;
    let delete = connectors.delete_category_copy(&account, id, companies.id);
    delete.await.unwrap();

    assert!(
        !matches!(own, Err(CallFailure::UnknownKey { .. })),
        "{own:?}"
    );
    assert!(matches!(elsewhere, Err(CallFailure::UnknownKey { .. })));
    assert!(matches!(without, Err(CallFailure::UnknownKey { .. })));
    assert_eq!(connectors.fields(&account, id).await.unwrap(), []);
}
