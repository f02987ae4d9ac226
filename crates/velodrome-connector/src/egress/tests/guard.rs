//! Where calls may go.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::*;

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
