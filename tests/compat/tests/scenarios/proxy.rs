//! The generic authenticated proxy: anything below the connector's own hosts, and nothing beside them.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use reqwest::Method;
use serde_json::json;
use velodrome_compat::{Shared, scenarios};
use velodrome_testkit::Answer;

scenarios! { the_proxy:
    every_verb_passes_with_query_body_and_credentials,
    ordinary_headers_pass_and_ours_stay,
    status_headers_and_body_come_back_as_they_are,
    a_path_never_leaves_the_connectors_hosts,
    another_host_of_the_connector_can_be_named_and_no_foreign_one,
    redirects_are_answers_and_are_not_followed,
    a_long_answer_is_streamed_and_a_long_request_too,
    what_never_reached_the_provider_is_our_answer,
    a_restricted_token_passes_only_when_the_partner_allows_it,
}

async fn every_verb_passes_with_query_body_and_credentials(workshop: Shared) {
    let installed = workshop.install_with_key("verbs").await;
    let path = format!("{}/proxy/pieces/verbs?a=1&a=2&b=%20%2F", installed.path);
    for verb in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
        workshop
            .upstream
            .on(verb, "/pieces/verbs", Answer::json("{\"id\":1}"));
        let with_body = ["POST", "PUT", "PATCH"].contains(&verb);

        let answer = installed
            .account
            .send(verb.parse().unwrap(), &path, |request| match with_body {
                true => request
                    .header("Content-Type", "text/csv")
                    .body("a,b\r\n1,2"),
                false => request,
            })
            .await
            .expect(200);

        assert_eq!(
            answer.header("x-velodrome-upstream"),
            Some("true"),
            "{verb}"
        );
        let call = workshop.received("/pieces/verbs").pop().unwrap();
        assert_eq!(call.method, verb);
        assert_eq!(call.query(), "a=1&a=2&b=%20%2F");
        assert_eq!(call.header("x-api-key"), Some("key-of-verbs"));
        assert_eq!(call.header("host"), Some("workshop.example"));
        if with_body {
            assert_eq!(call.text(), "a,b\r\n1,2");
            assert_eq!(call.header("content-type"), Some("text/csv"));
        }
    }
}

async fn ordinary_headers_pass_and_ours_stay(workshop: Shared) {
    let installed = workshop.install_with_key("headers").await;
    workshop
        .upstream
        .on("GET", "/pieces/headers", Answer::json("{}"));

    installed
        .account
        .send(
            Method::GET,
            &format!("{}/proxy/pieces/headers", installed.path),
            |request| {
                request
                    .header("Accept-Language", "pt")
                    .header("X-Anything", "1")
                    .header("Cookie", "session=ours")
                    .header("X-Forwarded-For", "192.0.2.1")
                    .header("Proxy-Authorization", "Basic b3Vycw==")
                    .header("X-Api-Key", "somebody-elses")
            },
        )
        .await
        .expect(200);

    let call = workshop.received("/pieces/headers").pop().unwrap();
    assert_eq!(call.header("accept-language"), Some("pt"));
    assert_eq!(call.header("x-anything"), Some("1"));
    assert_eq!(call.header("x-api-key"), Some("key-of-headers"));
    for ours in [
        "authorization",
        "cookie",
        "x-cyclr-account",
        "x-forwarded-for",
        "proxy-authorization",
    ] {
        assert_eq!(call.header(ours), None, "{ours}");
    }
    let keys = call
        .headers
        .iter()
        .filter(|(name, _)| name == "x-api-key")
        .count();
    assert_eq!(keys, 1, "the caller's own key is replaced, not doubled");
}

async fn status_headers_and_body_come_back_as_they_are(workshop: Shared) {
    let installed = workshop.install_with_key("as-it-is").await;
    for status in [201, 400, 401, 404, 422, 500, 503] {
        workshop.upstream.on(
            "GET",
            "/pieces/as-it-is",
            Answer::json("{ \"spaced\" : true }")
                .with_status(status)
                .header("X-Total", "7")
                .header("ETag", "\"abc\""),
        );

        let answer = installed
            .account
            .get(&format!("{}/proxy/pieces/as-it-is", installed.path))
            .await;

        assert_eq!(answer.status, status);
        assert_eq!(answer.text, "{ \"spaced\" : true }");
        assert_eq!(answer.header("x-total"), Some("7"));
        assert_eq!(answer.header("etag"), Some("\"abc\""));
        assert_eq!(answer.header("x-velodrome-upstream"), Some("true"));
        assert_eq!(answer.header("x-velodrome-code"), None);
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}

async fn a_path_never_leaves_the_connectors_hosts(workshop: Shared) {
    let installed = workshop.install_with_key("escapes").await;
    let proxied = async |path: &str| {
        let target = format!("{}/proxy/{path}", installed.path);
        installed.account.get_exactly(&target).await
    };

    for path in [
        "../secrets",
        "%2e%2e/secrets",
        "%2E%2E%2Fsecrets",
        "pieces/../../secrets",
        "pieces/%2e./secrets",
        "pieces/./1",
        "pieces\\..\\secrets",
        "%5c..%5csecrets",
    ] {
        let refused = proxied(path).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text);
        assert_eq!(refused.header("x-velodrome-upstream"), None, "{path}");
    }
    // Odd, but paths of the connector's own host all the same.
    for (path, sent) in [
        ("/evil.example/x", "/evil.example/x"),
        ("https://evil.example/x", "/https://evil.example/x"),
        ("http:%2f%2fevil.example", "/http:%2f%2fevil.example"),
        ("@evil.example/", "/@evil.example/"),
    ] {
        workshop.upstream.on("GET", sent, Answer::json("{}"));
        let passed = proxied(path).await;
        assert_eq!(passed.status, 200, "{path}: {}", passed.text);
        let calls = workshop.received(sent);
        assert_eq!(calls[0].header("host"), Some("workshop.example"), "{path}");
    }
}

async fn another_host_of_the_connector_can_be_named_and_no_foreign_one(workshop: Shared) {
    let installed = workshop.install_with_key("annex").await;
    workshop
        .upstream
        .on("GET", "/annex-shelf", Answer::json("{\"count\":1}"));
    let path = format!("{}/proxy/annex-shelf", installed.path);
    let at = |base: &'static str| {
        installed.account.send(Method::GET, &path, move |request| {
            request.header("X-Velodrome-Base-Url", base)
        })
    };

    let annex = at("https://annex.example").await.expect(200);
    let foreign = [
        at("https://evil.example").await,
        at("http://annex.example").await,
        at("https://annex.example:8443").await,
        at("https://annex.example@evil.example").await,
        at("http://169.254.169.254").await,
        at("not an address").await,
    ];

    assert_eq!(annex.header("x-velodrome-upstream"), Some("true"));
    let calls = workshop.received("/annex-shelf");
    assert_eq!(calls[0].header("host"), Some("annex.example"));
    assert_eq!(calls[0].header("x-velodrome-base-url"), None);
    for refused in foreign {
        assert!([400, 403].contains(&refused.status), "{}", refused.text);
        assert_eq!(refused.header("x-velodrome-upstream"), None);
    }
    assert_eq!(workshop.received("/annex-shelf").len(), 1);
}

async fn redirects_are_answers_and_are_not_followed(workshop: Shared) {
    let installed = workshop.install_with_key("proxy-redirects").await;
    let target = "http://169.254.169.254/latest/meta-data";
    workshop
        .upstream
        .on("GET", "/pieces/moved", Answer::redirect(target));

    let moved = installed
        .account
        .get(&format!("{}/proxy/pieces/moved", installed.path))
        .await
        .expect(302);

    assert_eq!(moved.header("location"), Some(target));
    assert_eq!(moved.header("x-velodrome-upstream"), Some("true"));
}

async fn a_long_answer_is_streamed_and_a_long_request_too(workshop: Shared) {
    const LENGTH: usize = 24 * 1024 * 1024;
    let installed = workshop.install_with_key("streamed").await;
    workshop
        .upstream
        .respond("POST", "/pieces/streamed", |call| {
            Answer::status(200)
                .header("Content-Type", "application/octet-stream")
                .body(call.body.clone())
        });

    let echoed = installed
        .account
        .send(
            Method::POST,
            &format!("{}/proxy/pieces/streamed", installed.path),
            |request| request.body("x".repeat(LENGTH)),
        )
        .await
        .expect(200);

    assert_eq!(
        echoed.text.len(),
        LENGTH,
        "far more than an API body may hold"
    );
}

async fn what_never_reached_the_provider_is_our_answer(workshop: Shared) {
    let bare = workshop.install("proxy-bare", json!({})).await;
    let installed = workshop.install_with_key("proxy-broken").await;
    workshop
        .upstream
        .on("GET", "/pieces/broken", Answer::reset());

    let unauthenticated = bare
        .account
        .get(&format!("{}/proxy/pieces/1", bare.path))
        .await;
    let broken = installed
        .account
        .get(&format!("{}/proxy/pieces/broken", installed.path))
        .await;
    let unknown = installed
        .account
        .get("/v1.0/account/connectors/2147483647/proxy/pieces/1")
        .await;

    assert_eq!(unauthenticated.status, 400, "{}", unauthenticated.text);
    assert_eq!(
        unauthenticated.json()["Message"],
        "Failed to authenticate the connector"
    );
    assert_eq!(broken.status, 502, "{}", broken.text);
    for ours in [&unauthenticated, &broken, &unknown] {
        assert_eq!(ours.header("x-velodrome-upstream"), None);
    }
    unknown.refused_as(404, "account_connector.not_found");
}

async fn a_restricted_token_passes_only_when_the_partner_allows_it(workshop: Shared) {
    let installed = workshop.install_with_key("proxy-restricted").await;
    let program = workshop.world.account_program("proxy-restricted").await;
    let path = format!("{}/proxy/pieces/restricted", installed.path);
    workshop
        .upstream
        .on("GET", "/pieces/restricted", Answer::json("{}"));

    let off = program.get(&path).await;
    workshop
        .partner
        .put(
            "/v1.0/partner/settings/security",
            json!({ "ProxyEnabled": true }),
        )
        .await
        .expect(200);
    let on = program.get(&path).await;

    off.refused_as(403, "proxy.off");
    on.expect(200);
    assert_eq!(workshop.received("/pieces/restricted").len(), 1);
}
