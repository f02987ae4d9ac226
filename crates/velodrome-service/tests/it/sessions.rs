//! Logins of the provider's own: one for an account connector, however many calls need it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use velodrome_connector::auth::{CredentialError, CredentialSource};
use velodrome_model::{AccountActor, AccountConnectorId, ExposeSecret, SecretString};
use velodrome_service::{account_connectors::Install, library::ConnectorRef};

use crate::bench::Bench;

/// A provider that hands out a new session at each login.
struct Desk {
    address: String,
    logins: Arc<AtomicUsize>,
}

impl Desk {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let logins = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&logins);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    socket.read_buf(&mut request).await.unwrap();
                }
                let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
                let body = format!(r#"{{"session":{{"id":"session-{number}"}}}}"#);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { address, logins }
    }

    async fn install(&self, bench: &Bench, actor: &AccountActor) -> AccountConnectorId {
        let properties = [
            ("Address", self.address.as_str()),
            ("SessionId", "session-0"),
        ];
        let install = Install {
            auth_value: Some(SecretString::from("YWRhOnMzY3JldA==")),
            properties: properties
                .map(|(name, value)| (name.into(), Some(value.into())))
                .into(),
            ..Install::default()
        };
        let connector = ConnectorRef::Name("Session Desk".into());
        let installed = bench
            .connectors
            .install(actor, &connector, None, install)
            .await
            .unwrap();
        installed.connector.id
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_whose_session_ended_log_in_once_and_all_get_the_new_one() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let desk = Desk::open().await;
    let id = desk.install(&bench, &account).await;
    let installation = bench.installations.get(account.scope, id).await.unwrap();

    let calls: Vec<_> = (0..50)
        .map(|_| bench.caller.credentials(&installation))
        .collect();
    let sessions = join_all(calls.iter().map(CredentialSource::session_renewed)).await;

    for properties in sessions {
        let session = properties.unwrap()["SessionId"].clone();
        assert_eq!(session.expose_secret(), "session-1");
    }
    assert_eq!(desk.logins.load(Ordering::SeqCst), 1);

    let newer = bench.installations.get(account.scope, id).await.unwrap();
    let again = bench.caller.credentials(&newer).session_renewed().await;

    assert_eq!(again.unwrap()["SessionId"].expose_secret(), "session-2");
    let stored = bench.installations.load(account.scope, id).await.unwrap();
    assert_eq!(
        stored.properties["SessionId"].expose_secret(),
        "session-2",
        "what was found is stored"
    );
}

#[tokio::test]
async fn a_login_that_fails_says_so_and_the_next_one_may_work() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let desk = Desk::open().await;
    let id = desk.install(&bench, &account).await;
    bench
        .connectors
        .set_property(&account, id, "Address", Some("http://127.0.0.1:9".into()))
        .await
        .unwrap();
    let installation = bench.installations.get(account.scope, id).await.unwrap();

    let failed = bench
        .caller
        .credentials(&installation)
        .session_renewed()
        .await;

    assert!(
        matches!(&failed, Err(CredentialError::Unavailable(why)) if why.contains("logging in again")),
        "{failed:?}"
    );

    bench
        .connectors
        .set_property(&account, id, "Address", Some(desk.address.as_str().into()))
        .await
        .unwrap();
    let installation = bench.installations.get(account.scope, id).await.unwrap();
    let next = bench
        .caller
        .credentials(&installation)
        .session_renewed()
        .await;

    assert_eq!(next.unwrap()["SessionId"].expose_secret(), "session-1");
}

#[tokio::test]
async fn a_connector_without_a_lookup_has_no_session() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let installation = bench.installations.get(account.scope, id).await.unwrap();

    let refused = bench
        .caller
        .credentials(&installation)
        .session_renewed()
        .await;

    assert_eq!(refused.unwrap_err(), CredentialError::NoSession);
}
