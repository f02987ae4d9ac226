//! What becomes of bad answers.

use std::{io::Write, sync::Arc, time::Duration};

use http::StatusCode;
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::*;
use crate::egress::test_server::read_request;

#[tokio::test]
async fn an_ordinary_answer_arrives_whole() {
    let server = Server::start(vec![say(FINE)]).await;

    let answer = local().send(get(server.url("/a?b=c"))).await.unwrap();

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.url, server.url("/a?b=c"));
    assert_eq!(answer.bytes().await.unwrap(), "fine");
}

#[tokio::test]
async fn an_answer_that_ends_too_early_is_never_taken_for_a_whole_one() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "",
    ] {
        let server = Server::start(vec![say(answer)]).await;

        let error = fetch(get(server.url("/"))).await.unwrap_err();

        assert!(
            matches!(error, EgressError::Truncated { .. }),
            "{answer:?}: {error:?}"
        );
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_gzip_stream_that_ends_too_early_is_truncated_too() {
    let mut body = gzip(&b"all of it ".repeat(1000));
    body.truncate(body.len() - 9);
    let server = Server::start(vec![Turn::Say(encoded(&body))]).await;

    let error = fetch(get(server.url("/"))).await.unwrap_err();

    assert!(matches!(error, EgressError::Truncated { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_no_http_is_a_protocol_error() {
    for answer in [
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    ] {
        let server = Server::start(vec![say(answer)]).await;

        let error = fetch(get(server.url("/"))).await.unwrap_err();

        assert!(
            matches!(error, EgressError::Protocol { .. }),
            "{answer:?}: {error:?}"
        );
    }
    let mut garbled = gzip(b"text");
    garbled[12] ^= 0xff;
    let server = Server::start(vec![Turn::Say(encoded(&garbled))]).await;
    let error = fetch(get(server.url("/"))).await.unwrap_err();
    assert!(matches!(error, EgressError::Protocol { .. }), "{error:?}");
}

#[tokio::test]
async fn more_than_the_declared_length_is_cut_off_there() {
    let server = Server::start(vec![say(
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine and more",
    )])
    .await;

    assert_eq!(fetch(get(server.url("/"))).await.unwrap(), "fine");
}

#[tokio::test]
async fn an_answer_that_declares_too_much_is_refused_before_it_is_read() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n";
    let server = Server::start(vec![Turn::Hang(head.into())]).await;

    let error = local().send(get(server.url("/"))).await.unwrap_err();

    assert!(
        matches!(
            error,
            EgressError::TooLarge {
                limit: DEFAULT_MAX_RESPONSE,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_endless_answer_stops_at_the_limit() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_vec();
    let server = Server::start(vec![Turn::Pour(head, vec![b'x'; 16 * 1024])]).await;
    let mut request = get(server.url("/"));
    request.max_response = 1_000_000;

    let mut body = local().send(request).await.unwrap().body;
    let mut read = 0;
    let error = loop {
        match body.chunk().await {
            Ok(chunk) => read += chunk.unwrap().len(),
            Err(error) => break error,
        }
    };

    assert!(
        matches!(
            error,
            EgressError::TooLarge {
                limit: 1_000_000,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(read <= 1_000_000, "{read}");
    assert_eq!(body.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_stops_at_the_limit() {
    let bomb = gzip(&vec![0; 80 * 1024 * 1024]);
    assert!(bomb.len() < 200_000);
    let server = Server::start(vec![Turn::Say(encoded(&bomb))]).await;

    let error = fetch(get(server.url("/"))).await.unwrap_err();

    assert!(matches!(error, EgressError::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn an_encoded_answer_is_decoded_and_its_headers_no_longer_claim_otherwise() {
    let server = Server::start(vec![Turn::Say(encoded(&gzip(b"unpacked")))]).await;

    let answer = local().send(get(server.url("/"))).await.unwrap();

    assert!(!answer.headers.contains_key(header::CONTENT_ENCODING));
    assert!(!answer.headers.contains_key(header::CONTENT_LENGTH));
    assert_eq!(answer.bytes().await.unwrap(), "unpacked");
}

#[tokio::test]
async fn silence_ends_at_the_deadline_before_the_head_and_within_the_body() {
    for started in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let mut server = Server::start(vec![Turn::Hang(started.into())]).await;
        let mut request = get(server.url("/"));
        request.timeout = Duration::from_secs(90);
        let call = tokio::spawn(fetch(request));
        server.asked().await;

        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(89)).await;
        assert!(!call.is_finished());
        tokio::time::advance(Duration::from_secs(2)).await;

        let error = call.await.unwrap().unwrap_err();
        tokio::time::resume();
        assert!(error.is_timeout(), "{started:?}: {error:?}");
        assert_eq!(
            error.to_string(),
            format!(
                "http://{} did not answer completely within 90 s",
                server.address
            )
        );
    }
}

/// A resolver that never answers.
struct Silent;

impl Resolve for Silent {
    fn resolve(&self, _name: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn connecting_takes_ten_seconds_at_most() {
    let client = Client::with_resolver(EgressPolicy::default(), Arc::new(Silent)).unwrap();
    let started = tokio::time::Instant::now();

    let error = client
        .send(get(Url::parse("https://a.example/").unwrap()))
        .await
        .unwrap_err();

    assert_eq!(started.elapsed().as_secs(), 10);
    assert_eq!(
        error.to_string(),
        "https://a.example did not answer completely within 10 s"
    );
}

#[tokio::test]
async fn a_request_body_that_fails_is_our_fault_and_not_the_providers() {
    let server = Server::start(vec![Turn::Hang(Vec::new())]).await;
    let chunks = [
        Ok(Bytes::from("begun")),
        Err(std::io::Error::other("the disk is gone")),
    ];
    let mut request = Request::new(Method::POST, server.url("/"));
    request.body = RequestBody::stream(futures::stream::iter(chunks));

    let error = fetch(request).await.unwrap_err();

    assert!(matches!(error, EgressError::Body { .. }), "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn connections_are_kept_for_the_next_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        for _ in 0..3 {
            read_request(&mut socket).await;
            socket.write_all(FINE.as_bytes()).await.unwrap();
        }
    });
    let client = local();

    for _ in 0..3 {
        let url = Url::parse(&format!("http://{address}/")).unwrap();
        assert_eq!(
            client.send(get(url)).await.unwrap().bytes().await.unwrap(),
            "fine"
        );
    }

    server.await.unwrap();
}

fn encoded(body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}
