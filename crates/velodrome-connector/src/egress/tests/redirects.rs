//! How redirects are followed, and what goes along.

use http::StatusCode;

use super::*;

#[tokio::test]
async fn a_redirect_to_a_metadata_service_is_refused() {
    for to in [
        "http://169.254.169.254/latest/meta-data/",
        "//[::ffff:a9fe:a9fe]/",
        "file:///etc/passwd",
    ] {
        let server = Server::start(vec![redirect(302, to)]).await;

        let error = fetch(get(server.url("/"))).await.unwrap_err();

        assert!(matches!(error, EgressError::Refused(_)), "{to}: {error:?}");
    }
}

#[tokio::test]
async fn redirects_are_followed_five_times_and_no_further() {
    let turns = |n| {
        (0..n)
            .map(|i| redirect(302, &format!("/{i}")))
            .collect::<Vec<_>>()
    };
    let mut fine = turns(5);
    fine.push(say(FINE));
    let server = Server::start(fine).await;
    assert_eq!(fetch(get(server.url("/"))).await.unwrap(), "fine");

    let server = Server::start(turns(6)).await;
    let error = fetch(get(server.url("/"))).await.unwrap_err();
    assert!(
        matches!(error, EgressError::TooManyRedirects { limit: 5, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn credentials_stay_on_their_origin() {
    let mut elsewhere = Server::start(vec![say(FINE)]).await;
    let away = elsewhere.url("/there");
    let server = Server::start(vec![redirect(307, away.as_str())]).await;

    let answer = local().send(with_secrets(server.url("/"))).await.unwrap();

    assert_eq!(answer.url, away);
    let asked = elsewhere.asked().await;
    assert!(asked.starts_with("POST /there "), "{asked}");
    assert!(
        asked.contains("x-plain: kept") && asked.ends_with("payload"),
        "{asked}"
    );
    for secret in ["token", "session", "own-key"] {
        assert!(!asked.contains(secret), "{asked}");
    }
}

#[tokio::test]
async fn credentials_go_along_on_the_same_origin() {
    let mut server = Server::start(vec![redirect(308, "/there"), say(FINE)]).await;

    fetch(with_secrets(server.url("/"))).await.unwrap();

    server.asked().await;
    let asked = server.asked().await;
    assert!(asked.starts_with("POST /there "), "{asked}");
    for secret in ["Bearer token", "session=1", "own-key", "payload"] {
        assert!(asked.contains(secret), "{asked}");
    }
}

#[tokio::test]
async fn a_body_with_secrets_does_not_follow_to_another_origin() {
    let elsewhere = Server::start(vec![say(FINE)]).await;
    let server = Server::start(vec![redirect(307, elsewhere.url("/").as_str())]).await;
    let mut request = with_secrets(server.url("/"));
    request.secret_body = true;

    let error = fetch(request).await.unwrap_err();

    let EgressError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.why, RefusalReason::SecretBody);
}

#[tokio::test]
async fn methods_change_as_rfc_9110_says() {
    let table = [
        (301, Method::POST, "GET", false),
        (302, Method::POST, "GET", false),
        (302, Method::PUT, "PUT", true),
        (303, Method::PUT, "GET", false),
        (307, Method::POST, "POST", true),
        (308, Method::DELETE, "DELETE", true),
    ];
    for (status, method, then, body_goes_along) in table {
        let mut server = Server::start(vec![redirect(status, "/next"), say(FINE)]).await;
        let mut request = with_secrets(server.url("/"));
        request.method = method.clone();

        local().send(request).await.unwrap();

        server.asked().await;
        let asked = server.asked().await;
        assert!(
            asked.starts_with(&format!("{then} /next ")),
            "{status} {method}: {asked}"
        );
        assert_eq!(
            asked.contains("payload"),
            body_goes_along,
            "{status} {method}: {asked}"
        );
        assert_eq!(
            asked.contains("content-type"),
            body_goes_along,
            "{status} {method}: {asked}"
        );
    }
    let mut server = Server::start(vec![redirect(303, "/next"), say(FINE)]).await;
    let mut request = get(server.url("/"));
    request.method = Method::HEAD;
    local().send(request).await.unwrap();
    server.asked().await;
    assert!(server.asked().await.starts_with("HEAD /next "));
}

#[tokio::test]
async fn a_streamed_body_is_sent_once_only() {
    let body = || {
        RequestBody::stream(futures::stream::iter([Ok::<_, std::io::Error>(
            Bytes::from("streamed"),
        )]))
    };
    let mut server = Server::start(vec![redirect(303, "/next"), say(FINE)]).await;
    let mut request = Request::new(Method::POST, server.url("/"));
    request.body = body();
    assert_eq!(fetch(request).await.unwrap(), "fine");
    assert!(server.asked().await.starts_with("POST / "));

    let server = Server::start(vec![redirect(307, "/next")]).await;
    let mut request = Request::new(Method::POST, server.url("/"));
    request.body = body();
    let error = fetch(request).await.unwrap_err();
    assert!(matches!(error, EgressError::Protocol { .. }), "{error:?}");
}

#[tokio::test]
async fn redirects_are_answers_to_those_who_do_not_follow_them() {
    for redirects in [Redirects::Never, Redirects::SameOrigin] {
        let server = Server::start(vec![redirect(302, "http://other.example/")]).await;
        let mut request = get(server.url("/"));
        request.redirects = redirects;

        let answer = local().send(request).await.unwrap();

        assert_eq!(answer.status, StatusCode::FOUND);
        assert_eq!(answer.headers[header::LOCATION], "http://other.example/");
    }
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_refused() {
    let server = Server::start(vec![redirect(302, "http://api.example.com/")]).await;
    let rewrite = format!("https://api.example.com=http://{}", server.address);
    let client = Client::new(EgressPolicy::parse("127.0.0.1", &rewrite).unwrap()).unwrap();

    let error = client
        .send(get(Url::parse("https://api.example.com/").unwrap()))
        .await
        .unwrap_err();

    let EgressError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.why, RefusalReason::Downgrade);
}
