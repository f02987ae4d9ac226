//! Health, the API document, stopping and starting.

use velodrome_compat::World;

#[tokio::test]
async fn a_running_server_says_that_it_lives_and_can_serve() {
    let world = World::start();
    let anyone = world.anyone();

    let alive = anyone.get("/healthz").await.expect(200).json();
    let ready = anyone.get("/readyz").await.expect(200).json();
    let metrics = anyone.get("/metrics").await.expect(200);

    assert_eq!(alive["Status"], "ok");
    assert_eq!(ready["Status"], "ok");
    assert_eq!(ready["Checks"]["database"], "ok");
    assert!(metrics.text.contains("# TYPE "), "{}", metrics.text);
}

#[tokio::test]
async fn the_api_document_and_its_reader_are_served() {
    let world = World::start();
    let anyone = world.anyone();

    let document = anyone.get("/openapi.json").await.expect(200).json();
    let reader = world
        .browser()
        .open(&format!("{}/docs", world.server.url()))
        .await;

    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert!(document["paths"]["/v1.0/accounts"]["get"].is_object());
    assert!(reader.text.contains("<html"), "{}", reader.text);
}

#[tokio::test]
async fn a_server_asked_to_stop_ends_well_and_comes_back_with_its_data() {
    let mut world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;

    let status = world.server.terminate().unwrap();
    world.server.start_again().unwrap();

    assert!(status.success(), "{status}");
    partner.get("/v1.0/accounts/bramble").await.expect(200);
}

#[tokio::test]
async fn a_server_that_lost_its_power_comes_back_with_its_data() {
    let mut world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;

    world.server.kill().unwrap();
    world.server.start_again().unwrap();

    partner.get("/v1.0/accounts/bramble").await.expect(200);
}
