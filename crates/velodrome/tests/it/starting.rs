//! Starting, stopping, and what happens when either is not peaceful.

use std::time::Duration;

use velodrome_testkit::{Answer, FakeUpstream, FreshDatabase, PrivatePostgres, postgres};

use crate::app::{TestApp, binary, complaint, is_postgres, run};

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn it_is_ready_when_it_says_so_and_a_stop_ends_it_with_0() {
    let mut app = TestApp::start();

    app.get("/healthz").expect(200);
    let ready = app.get("/readyz").expect(200).json();
    let status = app.server.terminate().unwrap();

    assert_eq!(ready["Checks"]["database"], "ok");
    assert_eq!(status.code(), Some(0));
    app.server
        .wait_for_log(LIMIT, |line| line.contains("\"Stopped\"").then_some(()));
}

#[test]
fn a_caller_that_asks_too_often_is_told_when_to_come_back() {
    let app = TestApp::with(|builder| builder.set("VELODROME_API_RATE_LIMIT", 3)).signed_in();

    let answers: Vec<_> = (0..20).map(|_| app.get("/v1.0/accounts")).collect();

    assert_eq!(answers[0].status, 200);
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(refused.json()["Message"], "Too many requests.");
    app.get("/healthz").expect(200);
}

#[test]
fn traces_and_metrics_reach_the_collector_before_the_end() {
    let collector = FakeUpstream::start();
    for path in ["/v1/traces", "/v1/metrics"] {
        collector.on("POST", path, Answer::status(200));
    }
    let mut app = TestApp::with(|builder| builder.set("VELODROME_OTLP_ENDPOINT", collector.url()))
        .signed_in();
    app.get("/v1.0/accounts").expect(200);

    let status = app.server.terminate().unwrap();

    assert_eq!(status.code(), Some(0));
    let sent = |path: &str| -> String {
        let calls = collector.received();
        let of_path = calls.iter().filter(|call| call.path() == path);
        of_path.map(velodrome_testkit::Received::text).collect()
    };
    let (traces, metrics) = (sent("/v1/traces"), sent("/v1/metrics"));
    assert!(traces.contains("/v1.0/accounts"), "{traces}");
    assert!(metrics.contains("velodrome_"), "{metrics}");
    // A trace has neither tokens nor secrets.
    assert!(!traces.contains(velodrome_testkit::server::CLIENT_SECRET));
}

#[test]
fn a_collector_that_is_away_keeps_nobody_waiting() {
    let mut app =
        TestApp::with(|builder| builder.set("VELODROME_OTLP_ENDPOINT", "http://127.0.0.1:9"))
            .signed_in();

    app.get("/v1.0/accounts").expect(200);
    let status = app.server.terminate().unwrap();

    assert_eq!(status.code(), Some(0));
}

#[test]
fn what_was_answered_survives_a_power_cut() {
    let mut app = TestApp::start().signed_in();
    app = app.in_new_account("acme");

    app.server.kill().unwrap();
    app.server.start_again().unwrap();

    app.get("/v1.0/accounts/acme").expect(200);
}

#[test]
fn a_made_up_password_is_told_at_the_first_start_and_never_again() {
    let mut app = TestApp::with(|builder| builder.set("VELODROME_ADMIN_PASSWORD", ""));

    app.server.terminate().unwrap();
    app.server.start_again().unwrap();

    let told = app.server.log();
    assert_eq!(told.matches("Password  ").count(), 1, "{told}");
}

#[test]
fn a_database_sealed_under_another_key_is_refused_and_no_new_key_is_left_behind() {
    let database = FreshDatabase::create();
    let app = TestApp::with(|builder| builder.database(database.url()));
    drop(app);
    let folder = tempfile::tempdir().unwrap();

    let output = run(
        &["serve"],
        &[
            ("VELODROME_DATABASE_URL", database.url()),
            ("VELODROME_DATA_DIR", folder.path().to_str().unwrap()),
            ("VELODROME_LISTEN", "127.0.0.1:0"),
        ],
    );

    assert_eq!(output.status.code(), Some(4));
    let text = complaint(&output);
    assert!(
        text.contains("no master key given opens this database"),
        "{text}"
    );
    assert!(!folder.path().join("master.key").exists());
}

#[test]
fn an_address_that_is_taken_is_told_with_the_setting_that_chose_it() {
    let app = TestApp::start();
    let address = app.server.url().replace("http://", "");
    let folder = tempfile::tempdir().unwrap();

    let output = run(
        &["serve"],
        &[
            ("VELODROME_LISTEN", &address),
            ("VELODROME_DATA_DIR", folder.path().to_str().unwrap()),
        ],
    );

    assert_eq!(output.status.code(), Some(1));
    let text = complaint(&output);
    assert!(text.contains("VELODROME_LISTEN: can't listen on"), "{text}");
}

#[test]
fn a_node_without_the_api_answers_health_and_nothing_else() {
    let app = TestApp::with(|builder| builder.set("VELODROME_ROLES", "worker,scheduler"));

    app.get("/readyz").expect(200);
    app.get("/metrics").expect(200);
    app.get("/v1.0/accounts").expect(404);
}

#[test]
fn metrics_of_every_part_are_there_from_the_start() {
    let app = TestApp::start();

    let text = app.get("/metrics").expect(200).text;

    assert!(text.contains("velodrome_build_info{version="), "{text}");
    assert!(text.contains("velodrome_egress_requests_total"), "{text}");
}

/// Needs a server of its own to stop, so that it runs once, with the other PostgreSQL tests.
#[test]
fn readiness_follows_a_database_that_goes_away_and_comes_back() {
    if !is_postgres() || postgres::find_programs().is_none() {
        return;
    }
    let mut postgres = PrivatePostgres::start().unwrap();
    let url = postgres.create_database("velodrome").unwrap();
    let app = TestApp::with(|builder| builder.database(&url));
    app.get("/readyz").expect(200);

    postgres.stop().unwrap();
    let gone = app.get("/readyz").expect(503).json();
    app.get("/healthz").expect(200);
    postgres.start_again().unwrap();

    assert_eq!(gone["Status"], "fail");
    app.get("/readyz").expect(200);
    app.sign_in().expect(200);
}

/// As above.
#[test]
fn a_server_waits_for_a_database_that_comes_up_later() {
    if !is_postgres() || postgres::find_programs().is_none() {
        return;
    }
    let mut postgres = PrivatePostgres::start().unwrap();
    let url = postgres.create_database("velodrome").unwrap();
    postgres.stop().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut server = std::process::Command::new(binary());
    server
        .env_clear()
        .env("VELODROME_DATABASE_URL", &url)
        .env("VELODROME_DATA_DIR", folder.path())
        .env("VELODROME_LISTEN", "127.0.0.1:0")
        .stderr(std::process::Stdio::piped());
    let mut server = server.spawn().unwrap();
    let mut log = std::io::BufRead::lines(std::io::BufReader::new(server.stderr.take().unwrap()));

    let waits = log.find(|line| line.as_ref().unwrap().contains("can't be reached yet"));
    postgres.start_again().unwrap();
    let ready = log.find(|line| line.as_ref().unwrap().contains("Ready"));

    server.kill().unwrap();
    server.wait().unwrap();
    assert!(waits.is_some() && ready.is_some());
}
