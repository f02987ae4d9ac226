//! The guard against a server that misbehaves, over real sockets.

use std::{
    io::Write,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use url::Url;

use super::{
    test_server::{Server, Turn, local_client as local, read_request, say},
    *,
};

fn redirect(status: u16, to: &str) -> Turn {
    say(&format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
    ))
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

fn get(url: Url) -> Request {
    Request::new(Method::GET, url)
}

async fn fetch(request: Request) -> Result<Bytes, EgressError> {
    local().send(request).await?.bytes().await
}

#[tokio::test]
async fn an_ordinary_answer_arrives_whole() {
    let server = Server::start(vec![say(FINE)]).await;

    let answer = local().send(get(server.url("/a?b=c"))).await.unwrap();

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.url, server.url("/a?b=c"));
    assert_eq!(answer.bytes().await.unwrap(), "fine");
}

#[tokio::test]
async fn special_addresses_are_refused_in_every_spelling() {
    let client = Client::new(EgressPolicy::default()).unwrap();
    for address in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:1::1]/",
        "http://10.1.2.3:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://100.64.0.1/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
    ] {
        let error = client
            .send(get(Url::parse(address).unwrap()))
            .await
            .unwrap_err();

        let EgressError::Refused(Refusal {
            why: RefusalReason::Address(_),
            ..
        }) = error
        else {
            panic!("{address}: {error:?}");
        };
    }
}

#[tokio::test]
async fn names_of_special_addresses_are_refused_and_never_connected_to() {
    let client = Client::new(EgressPolicy::default()).unwrap();

    let error = client
        .send(get(Url::parse("http://localhost:8080/").unwrap()))
        .await
        .unwrap_err();

    let EgressError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.what, "localhost");
    assert!(
        matches!(refusal.why, RefusalReason::Address("a loopback address")),
        "{refusal}"
    );
}

#[tokio::test]
async fn odd_schemes_ports_and_user_names_are_refused() {
    let table = [
        ("ftp://a.example/", RefusalReason::Scheme),
        ("file:///etc/passwd", RefusalReason::Scheme),
        ("http://a.example:22/", RefusalReason::Port),
        ("https://a.example:1023/", RefusalReason::Port),
        ("https://user:pw@a.example/", RefusalReason::UserInfo),
        ("https://evil.example@a.example/", RefusalReason::UserInfo),
    ];
    for (address, why) in table {
        let error = local()
            .send(get(Url::parse(address).unwrap()))
            .await
            .unwrap_err();

        let EgressError::Refused(refusal) = error else {
            panic!("{address}: {error:?}")
        };
        assert_eq!(refusal.why, why, "{address}");
    }
}

/// Answers with another address each time, as a rebinding name does.
struct Fickle {
    answers: Vec<Vec<&'static str>>,
    asked: Arc<AtomicUsize>,
}

impl Resolve for Fickle {
    fn resolve(&self, _name: Name) -> Resolving {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses: Vec<SocketAddr> = self.answers[turn.min(self.answers.len() - 1)]
            .iter()
            .map(|text| SocketAddr::new(text.parse().unwrap(), 0))
            .collect();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_only_its_permitted_addresses_are_connected_to() {
    let mut server = Server::start(vec![say(FINE)]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let answers = vec![vec!["10.0.0.1", "127.0.0.1"], vec!["169.254.169.254"]];
    let resolver = Arc::new(Fickle {
        answers,
        asked: Arc::clone(&asked),
    });
    let client =
        Client::with_resolver(EgressPolicy::parse("127.0.0.1", "").unwrap(), resolver).unwrap();
    let url = Url::parse(&format!("http://rebind.example:{}/", server.address.port())).unwrap();

    let first = client
        .send(get(url.clone()))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();

    assert_eq!(first, "fine");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(server.asked().await.contains("host: rebind.example:"));
    // The server closed, so this one needs a new connection, and the name has changed its mind.
    let error = client.send(get(url)).await.unwrap_err();
    let EgressError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        refusal.why,
        RefusalReason::Address("a cloud metadata address")
    );
}

#[tokio::test]
async fn a_name_without_addresses_is_a_resolution_failure() {
    let resolver = Arc::new(Fickle {
        answers: vec![vec![]],
        asked: Arc::default(),
    });
    let client = Client::with_resolver(EgressPolicy::default(), resolver).unwrap();

    let error = client
        .send(get(Url::parse("https://gone.example/").unwrap()))
        .await
        .unwrap_err();

    let EgressError::Dns { host, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(host, "gone.example");
}

#[tokio::test]
async fn a_closed_port_is_a_connection_failure_and_plain_text_no_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let error = fetch(get(Url::parse(&format!("http://{closed}/")).unwrap()))
        .await
        .unwrap_err();
    assert!(matches!(error, EgressError::Connect { .. }), "{error:?}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        socket
    });
    let error = fetch(get(Url::parse(&format!("https://{plain}/")).unwrap()))
        .await
        .unwrap_err();
    assert!(matches!(error, EgressError::Tls { .. }), "{error:?}");
    server.await.unwrap();
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

fn with_secrets(url: Url) -> Request {
    let mut request = Request::new(Method::POST, url);
    let mut key = HeaderValue::from_static("own-key");
    key.set_sensitive(true);
    request.headers.insert("x-api-key", key);
    request.headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Bearer token"),
    );
    request
        .headers
        .insert(header::COOKIE, HeaderValue::from_static("session=1"));
    request
        .headers
        .insert("x-plain", HeaderValue::from_static("kept"));
    request
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    request.body = RequestBody::from("payload".to_owned());
    request
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
async fn a_rewritten_origin_keeps_path_query_and_host() {
    let mut server = Server::start(vec![
        redirect(302, "https://api.example.com/again?x=1"),
        say(FINE),
    ])
    .await;
    let rewrite = format!("https://api.example.com=http://{}", server.address);
    let client = Client::new(EgressPolicy::parse("127.0.0.1/32", &rewrite).unwrap()).unwrap();
    let url = Url::parse("https://API.example.com:443/a/b?c=d%20e").unwrap();

    let answer = client.send(get(url)).await.unwrap();

    assert_eq!(answer.url.as_str(), "https://api.example.com/again?x=1");
    let first = server.asked().await;
    assert!(
        first.starts_with("GET /a/b?c=d%20e HTTP/1.1\r\n"),
        "{first}"
    );
    assert!(first.contains("host: api.example.com\r\n"), "{first}");
    assert!(server.asked().await.starts_with("GET /again?x=1 "));
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

#[test]
fn nothing_secret_is_shown_by_debug() {
    let mut request = with_secrets(Url::parse("https://a.example/s3cret?key=s3cret").unwrap());
    request.body = RequestBody::from("s3cret".to_owned());

    let shown = format!("{request:?}");

    for secret in ["s3cret", "token", "own-key", "session"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_rewrite_does_not_open_what_is_not_allowed() {
    let policy = EgressPolicy::parse("", "https://api.example.com=http://127.0.0.1:4010").unwrap();
    let client = Client::new(policy).unwrap();

    let error = client
        .send(get(Url::parse("https://api.example.com/").unwrap()))
        .await
        .unwrap_err();

    assert_eq!(
        error.to_string(),
        "a call to http://127.0.0.1:4010 is refused: it is a loopback address"
    );
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
