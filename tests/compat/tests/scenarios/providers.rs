//! Providers that behave badly: each gets a clear error, and nothing hangs.

use velodrome_compat::Provider;
use velodrome_testkit::Answer;

#[tokio::test]
async fn every_bad_answer_becomes_a_status_that_says_whose_fault_it_is() {
    let provider = Provider::start().await;
    let path = provider.install_with_key().await;
    let cases = [
        (
            "an error of the caller",
            Answer::json("{}").with_status(404),
            400,
        ),
        (
            "an error of the provider",
            Answer::json("{}").with_status(503),
            502,
        ),
        (
            "a page instead of data",
            Answer::html("<h1>Welcome</h1>"),
            502,
        ),
        (
            "a truncated body",
            Answer::json("{\"id\":").truncated(4096),
            502,
        ),
        ("a closed connection", Answer::reset(), 502),
        (
            "a redirect to the cloud's secrets",
            Answer::redirect("http://169.254.169.254/latest/meta-data"),
            403,
        ),
        ("silence", Answer::hang(), 504),
        ("a body without an end", Answer::endless(), 502),
    ];

    for (what, answer, status) in cases {
        provider.upstream.on("GET", "/records", answer);

        let seen = provider.call(&path).await;

        assert_eq!(seen.status, status, "{what}: {}", seen.text);
        assert!(seen.json()["Message"].is_string(), "{what}: {}", seen.text);
        assert!(!seen.text.contains("key-1"), "{what}: {}", seen.text);
    }
}

#[tokio::test]
async fn more_bytes_than_promised_are_not_taken_for_data() {
    let provider = Provider::start().await;
    let path = provider.install_with_key().await;
    provider.upstream.on(
        "GET",
        "/records",
        Answer::json("{\"id\":1}and more").overrun(8),
    );

    let seen = provider.call(&path).await.expect(200);

    assert_eq!(seen.json()["id"], 1);
}

#[tokio::test]
async fn a_provider_that_asks_for_patience_is_left_alone_for_a_while() {
    let provider = Provider::start().await;
    let path = provider.install_with_key().await;
    let busy = Answer::json("{}")
        .with_status(429)
        .header("Retry-After", "120");
    provider.upstream.on("GET", "/records", busy);

    let first = provider.call(&path).await;
    let second = provider.call(&path).await;

    assert_eq!(first.status, 429, "{}", first.text);
    assert_eq!(second.status, 429, "{}", second.text);
    assert!(first.header("retry-after").is_some());
    assert_eq!(
        provider.upstream.received().len(),
        1,
        "the second call never left"
    );
}

#[tokio::test]
async fn credentials_go_to_the_provider_as_its_definition_says() {
    let provider = Provider::start().await;
    let path = provider.install_with_key().await;
    provider
        .upstream
        .on("GET", "/records", Answer::json("{\"id\":1}"));

    provider.call(&path).await.expect(200);

    let received = provider.upstream.received();
    assert_eq!(received[0].header("x-api-key"), Some("key-1"));
    assert_eq!(received[0].header("host"), Some("provider.example"));
}
