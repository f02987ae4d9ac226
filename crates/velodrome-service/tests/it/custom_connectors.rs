//! Connectors that tenants make: whose they are, their integers, and what other nodes see.

use serde_json::{Value, json};
use velodrome_model::{
    AccountActor, ConnectorId, ConnectorOwner, ConnectorUid, PartnerId, PartnerScope,
    ReleaseVersion,
    definition::{ReleaseLevel, ReleaseStatus},
};
use velodrome_service::{
    Settings, Tools, Viewer, Workbench,
    custom_connectors::{CustomConnectorError, CustomConnectors, Given, ReleaseChoice},
    library::ConnectorRef,
};
use velodrome_store::{CustomContent, NewDraft, Publication, StoreError};

use crate::bench::Bench;

fn customs(bench: &Bench) -> CustomConnectors {
    let settings = Settings::new(bench.bench.store.clone(), bench.bench.public_url.clone());
    CustomConnectors::new(bench.bench.clone(), settings, bench.installations.clone())
}

/// Another process with the same database.
fn another_node(bench: &Bench) -> Workbench {
    Workbench::from(Tools {
        store: bench.bench.store.clone(),
        catalogue: bench.bench.catalogue.clone(),
        client: bench.bench.client.clone(),
        clock: bench.bench.clock.clone(),
        public_url: bench.bench.public_url.clone(),
        real_secret_kind: None,
    })
}

fn shop(methods: usize) -> Given {
    let method = |at: usize| {
        json!({
            "Name": format!("Get Thing {at}"), "Category": "Things", "MethodType": "Action",
            "HttpMethod": "GET", "EndPoint": format!("https://shop.example/{at}"),
        })
    };
    let methods: Vec<Value> = (0..methods).map(method).collect();
    Given::Json(json!({"Name": "Shop", "Methods": methods}))
}

fn content(hash: &str) -> CustomContent {
    CustomContent {
        content: vec![1],
        hash: hash.to_owned(),
        extra: Some(json!({"a": 1})),
        ids: 5,
    }
}

fn publication() -> Publication {
    Publication {
        level: ReleaseLevel::Minor,
        version: ReleaseVersion::FIRST,
        notes: None,
    }
}

/// First integer of the release that the account's viewers see under this number.
async fn release(node: &Workbench, actor: &AccountActor, number: ConnectorId) -> Option<i32> {
    let view = node.connectors(actor).await.expect("a view");
    view.release(number).map(|release| release.id().0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_another_partner_or_owner_are_not_found() {
    let bench = Bench::start().await;
    let acme = bench.account("acme").await;
    let other = bench.account("other").await;
    let owner = ConnectorOwner::Account(acme.scope.account);
    let uid = ConnectorUid(uuid::Uuid::new_v4());
    let store = &bench.bench.store;
    let unit = store.begin(&bench.partner.scope).await.unwrap();
    let rows = unit.custom_connectors();
    rows.announce_change().await.unwrap();
    let made = rows.insert(owner, uid).await.unwrap();
    let draft = NewDraft {
        number: 1,
        version: ReleaseVersion::FIRST,
        content: content("a"),
    };
    rows.insert_draft(&made, draft).await.unwrap();
    let release = rows.releases(&made).await.unwrap()[0].id;
    unit.commit().await.unwrap();

    let unit = store.read(&bench.partner.scope).await.unwrap();
    let rows = unit.custom_connectors();
    for number in [made.number, release] {
        assert_eq!(
            rows.get(owner, number).await.unwrap().map(|one| one.id),
            Some(made.id)
        );
        for stranger in [
            ConnectorOwner::Partner,
            ConnectorOwner::Account(other.scope.account),
        ] {
            assert_eq!(rows.get(stranger, number).await.unwrap(), None);
        }
    }
    drop(unit);
    let elsewhere = PartnerScope {
        partner: PartnerId(uuid::Uuid::new_v4()),
    };
    let unit = store.begin(&elsewhere).await.unwrap();
    let rows = unit.custom_connectors();
    assert_eq!(rows.revision().await.unwrap(), 0);
    assert_eq!(rows.get(owner, made.number).await.unwrap(), None);
    assert_eq!(rows.by_uid(uid).await.unwrap(), None);
    assert_eq!(rows.all().await.unwrap(), []);
    assert_eq!(rows.all_releases().await.unwrap(), []);
    assert!(rows.contents(&[release]).await.unwrap().is_empty());
    assert_eq!(rows.extra(release).await.unwrap(), None);
    assert!(!rows.hold_live(release).await.unwrap());
    rows.delete(&made).await.unwrap();
    unit.commit().await.unwrap();
    for change in ["replace", "publish", "discard"] {
        let unit = store.begin(&elsewhere).await.unwrap();
        let rows = unit.custom_connectors();
        let refused = match change {
            "replace" => rows.replace_draft(&made, release, content("b")).await,
            "publish" => rows.publish(&made, release, publication()).await,
            _ => rows.delete_draft(&made, release).await,
        };
        assert!(matches!(refused, Err(StoreError::Stale)), "{change}");
    }
    let unit = store.read(&bench.partner.scope).await.unwrap();
    let still = unit.custom_connectors().all_releases().await.unwrap();
    assert_eq!(
        (
            still.len(),
            still[0].id,
            still[0].status,
            still[0].hash.as_str()
        ),
        (1, release, ReleaseStatus::Draft, "a")
    );
    assert!(
        unit.custom_connectors()
            .get(owner, made.number)
            .await
            .unwrap()
            .is_some(),
        "another partner deletes nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_sees_a_change_with_its_next_look_up_under_the_same_integers() {
    let bench = Bench::start().await;
    let customs = customs(&bench);
    let acme = bench.account("acme").await;
    let other = bench.account("other").await;
    let node = another_node(&bench);

    let made = customs.create(&acme, shop(2)).await.unwrap();
    let number = made.connector.number;
    let draft = release(&bench.bench, &acme, number).await;
    assert!(draft.is_some());
    assert_eq!(release(&node, &acme, number).await, draft);

    customs
        .publish(&acme, number, ReleaseLevel::Major, None)
        .await
        .unwrap();
    let view = node.connectors(&acme).await.unwrap();
    assert_eq!(view.versions("shop")[0].id().0, draft.unwrap());
    assert_eq!(release(&node, &other, number).await, None);

    customs.update(&acme, number, shop(3)).await.unwrap();
    customs
        .publish(&acme, number, ReleaseLevel::Major, None)
        .await
        .unwrap();
    let second = release(&node, &acme, number).await;
    assert_ne!(second, draft);
    assert_eq!(release(&bench.bench, &acme, number).await, second);

    customs.delete(&acme, number).await.unwrap();
    assert_eq!(release(&node, &acme, number).await, None);
    let everything = node
        .connectors(Viewer::WholePartner(bench.partner.scope))
        .await
        .unwrap();
    assert!(everything.release(number).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_changed_through_its_own_connector_only_and_while_it_is_a_draft() {
    let bench = Bench::start().await;
    let customs = customs(&bench);
    let acme = bench.account("acme").await;
    let one = customs.create(&acme, shop(1)).await.unwrap();
    let two = customs.create(&acme, shop(2)).await.unwrap();
    let live = customs
        .publish(&acme, two.connector.number, ReleaseLevel::Minor, None)
        .await
        .unwrap();

    for (connector, release) in [
        (&two.connector, one.release.id),
        (&two.connector, live.release.id),
    ] {
        for change in ["replace", "publish", "discard"] {
            let unit = bench.bench.store.begin(&bench.partner.scope).await.unwrap();
            let rows = unit.custom_connectors();
            let refused = match change {
                "replace" => rows.replace_draft(connector, release, content("b")).await,
                "publish" => rows.publish(connector, release, publication()).await,
                _ => rows.delete_draft(connector, release).await,
            };
            assert!(matches!(refused, Err(StoreError::Stale)), "{change}");
        }
    }
    let still = customs
        .get(&acme, one.connector.number, ReleaseChoice::Draft)
        .await
        .unwrap();
    assert_eq!(still.release, one.release);
    let still = customs
        .get(&acme, two.connector.number, ReleaseChoice::Live)
        .await
        .unwrap();
    assert_eq!(still.release, live.release);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_keeps_its_integers_while_they_suffice() {
    let bench = Bench::start().await;
    let customs = customs(&bench);
    let acme = bench.account("acme").await;
    let made = customs.create(&acme, shop(4)).await.unwrap();
    let number = made.connector.number;

    let smaller = customs.update(&acme, number, shop(3)).await.unwrap();
    // Behind it begins the block of something else, so it can't grow where it is.
    customs.create(&acme, shop(1)).await.unwrap();
    let larger = customs.update(&acme, number, shop(9)).await.unwrap();

    assert_eq!(smaller.release.id, made.release.id);
    assert_ne!(larger.release.id, made.release.id);
    assert_eq!(larger.connector.number, number);
    assert_eq!(larger.definition.methods.len(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_that_are_made_at_once_get_integers_of_their_own() {
    let bench = Bench::start().await;
    let customs = customs(&bench);
    let mut owners = Vec::new();
    for key in ["a", "b", "c", "d"] {
        owners.push(bench.account(key).await);
    }

    let making = owners.iter().map(|actor| customs.create(actor, shop(5)));
    let made = futures::future::try_join_all(making).await.unwrap();

    let mut taken: Vec<(i32, i32)> = made
        .iter()
        .flat_map(|one| {
            let number = one.connector.number.0;
            let first = one.release.id.0;
            [(number, number + 1), (first, first + 6)]
        })
        .collect();
    taken.sort_unstable();
    assert!(
        taken.windows(2).all(|pair| pair[0].1 <= pair[1].0),
        "{taken:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_with_an_account_is_not_found_any_more() {
    let bench = Bench::start().await;
    let customs = customs(&bench);
    let acme = bench.account("acme").await;
    let made = customs.create(&acme, shop(1)).await.unwrap();
    let whole = Viewer::WholePartner(bench.partner.scope);
    let number = made.connector.number;
    let seen = bench.bench.connectors(whole).await.unwrap();
    assert!(seen.release(number).is_some());

    bench.accounts.delete(&bench.partner, "acme").await.unwrap();

    let seen = bench.bench.connectors(whole).await.unwrap();
    assert!(seen.release(number).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installed_release_is_held_and_the_last_user_frees_the_connector() {
    let bench = Bench::start().await;
    let customs = customs(&bench);
    let acme = bench.account("acme").await;
    let made = customs.create(&acme, shop(1)).await.unwrap();
    let number = made.connector.number;
    customs
        .publish(&acme, number, ReleaseLevel::Minor, None)
        .await
        .unwrap();
    let connector = ConnectorRef::Id(number);
    let installed = bench
        .connectors
        .install(
            &acme,
            &connector,
            None,
            velodrome_service::account_connectors::Install::default(),
        )
        .await
        .unwrap();

    let refused = customs.delete(&acme, number).await;
    assert!(matches!(
        refused,
        Err(CustomConnectorError::Installed { count: 1, .. })
    ));
    bench
        .connectors
        .delete(&acme, installed.connector.id)
        .await
        .unwrap();
    customs.delete(&acme, number).await.unwrap();
    assert!(matches!(
        customs.get(&acme, number, ReleaseChoice::Newest).await,
        Err(CustomConnectorError::NotFound)
    ));
}
