//! The connector library.

use velodrome_compat::World;

const SEED: [&str; 5] = [
    "1st Connect",
    "3DCart",
    "Pipedrive",
    "Pipedrive (OAuth 2.0)",
    "Stripe (OAuth)",
];

#[tokio::test]
async fn the_library_holds_the_seed_connectors_with_stable_ids() {
    let mut world = World::start();
    let partner = world.partner().await;
    let before = partner
        .get("/v1.0/connectors?pageSize=1000")
        .await
        .expect(200)
        .json();

    world.server.terminate().unwrap();
    world.server.start_again().unwrap();
    let after = partner
        .get("/v1.0/connectors?pageSize=1000")
        .await
        .expect(200)
        .json();

    let names: Vec<&str> = before
        .as_array()
        .unwrap()
        .iter()
        .map(|connector| connector["Name"].as_str().unwrap())
        .collect();
    for seed in SEED {
        assert!(names.contains(&seed), "{seed} is not in {names:?}");
    }
    assert_eq!(before, after, "ids and all else survive a restart");
}

#[tokio::test]
async fn a_connector_is_found_by_id_and_by_name() {
    let world = World::start();
    let partner = world.partner().await;
    let pipedrive = world.connector(&partner, "Pipedrive").await;

    let by_id = partner
        .get(&format!("/v1.0/connectors/{}", pipedrive["Id"]))
        .await
        .expect(200)
        .json();
    let by_name = partner
        .get("/v1.0/connectors/pipedrive")
        .await
        .expect(200)
        .json();

    assert_eq!(by_id["UniqueIdentifier"], pipedrive["UniqueIdentifier"]);
    assert_eq!(
        by_name[0]["UniqueIdentifier"],
        pipedrive["UniqueIdentifier"]
    );
    assert!(
        by_id["Icon"]
            .as_str()
            .unwrap()
            .starts_with("data:image/svg+xml")
    );
    partner.get("/v1.0/connectors/999999999").await.refusal(404);
    partner
        .get("/v1.0/connectors/No%20Such%20Connector")
        .await
        .refusal(404);
}

#[tokio::test]
async fn every_method_of_the_seed_connectors_is_described() {
    let world = World::start();
    let partner = world.partner().await;

    for name in SEED {
        let connector = world.connector(&partner, name).await;
        let path = format!("/v1.0/connectors/{}/methods", connector["Id"]);
        let methods = partner.get(&path).await.expect(200).json();
        let methods = methods.as_array().unwrap();

        assert!(!methods.is_empty(), "{name} has no methods");
        for method in methods {
            for property in ["EndPoint", "Description", "Category"] {
                let text = method[property].as_str().unwrap_or_default();
                assert!(
                    !text.is_empty(),
                    "{name}, {}: empty {property}",
                    method["Name"]
                );
            }
        }
    }
}

#[tokio::test]
async fn a_guide_names_the_callback_url_to_register() {
    let world = World::start();
    let partner = world.partner().await;
    let callback = format!("{}/connector/callback", world.server.url());

    for name in [
        "3DCart",
        "Pipedrive (OAuth 2.0)",
        "Stripe (OAuth)",
        "1st Connect",
    ] {
        let connector = world.connector(&partner, name).await;
        let path = format!("/v1.0/partner/connectors/{}/guide", connector["Id"]);
        let guide = partner.get(&path).await.expect(200);

        assert!(guide.text.contains(&callback), "{name}: {}", guide.text);
    }
}
