//! Client certificates: shown where they belong, and nowhere else.

use super::*;
use crate::{
    KeyError,
    egress::{
        Identity, RefusalReason,
        test_tls::{Authority, OK, Papers},
    },
};

async fn name_at(client: &Client, url: Url, identity: Option<Identity>) -> String {
    let mut request = get(url);
    request.identity = identity;
    let body = client.send(request).await.unwrap().bytes().await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    body["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_identity_shows_its_own_certificate_and_none_shows_none() {
    let authority = Authority::new();
    let (a, b) = (authority.certify("Client A"), authority.certify("Client B"));
    let server = authority.serve(OK.into()).await;
    let client = authority.client();

    for (identity, wanted) in [
        (Some(a.identity()), "Client A"),
        (Some(b.identity()), "Client B"),
        (None, "nobody"),
        (Some(a.identity()), "Client A"),
        (Some(b.locked("sesame", Some("sesame"))), "Client B"),
    ] {
        assert_eq!(name_at(&client, server.url("/"), identity).await, wanted);
    }
}

#[tokio::test]
async fn a_certificate_never_follows_a_redirect_to_another_origin() {
    let authority = Authority::new();
    let papers = authority.certify("Client A");
    let other = authority.serve(OK.into()).await;
    let moved = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\n",
        other.url("/there")
    );
    let server = authority.serve(moved).await;

    let name = name_at(
        &authority.client(),
        server.url("/"),
        Some(papers.identity()),
    )
    .await;

    assert_eq!(name, "nobody");
}

#[tokio::test]
async fn the_guard_holds_for_a_client_with_a_certificate_too() {
    let authority = Authority::new();
    let client = authority.client();
    for address in [
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "https://[::1]/",
    ] {
        let mut request = get(address.parse().unwrap());
        request.identity = Some(authority.certify("Client A").identity());

        let refused = client.send(request).await.unwrap_err();

        assert!(
            matches!(&refused, EgressError::Refused(refusal) if matches!(refusal.why, RefusalReason::Address(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn papers_that_are_no_use_are_told_and_nothing_is_sent() {
    let authority = Authority::new();
    let (a, b) = (authority.certify("Client A"), authority.certify("Client B"));
    let client = authority.client();
    let mixed = Papers {
        certificate: a.certificate.clone(),
        key: b.key.clone(),
    };
    let bare = Identity::new(a.key.clone(), a.key.as_str().into(), None);
    for (identity, wanted) in [
        (mixed.identity(), KeyError::Pair),
        (bare, KeyError::NoCertificate),
        (a.locked("sesame", None), KeyError::Encrypted),
        (a.locked("sesame", Some("open")), KeyError::Passphrase),
        (
            Identity::new(String::new(), "".into(), None),
            KeyError::Blank,
        ),
    ] {
        // Nobody listens there, so that an attempt would be another error.
        let mut request = get("https://127.0.0.1:9/".parse().unwrap());
        request.identity = Some(identity);

        let error = client.send(request).await.unwrap_err();

        assert!(
            matches!(&error, EgressError::Identity(fault) if fault.0 == wanted),
            "{error:?}"
        );
        assert!(!error.is_transient());
    }
}
