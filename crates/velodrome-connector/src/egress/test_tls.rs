//! A server for tests that speaks TLS and says whose certificate it was shown.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use url::Url;
use velodrome_model::SecretString;

use super::{Client, EgressPolicy, Identity};
use crate::keys::{pem, samples::locked_pem};

/// Whoever is trusted by server and clients of one test.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
pub(crate) struct Papers {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Root");
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for this name.
    pub fn certify(&self, name: &str) -> Papers {
        let (certificate, key) = self.signed(name);
        Papers {
            certificate: pem::write("CERTIFICATE", &certificate).to_string(),
            key: pem::write("PRIVATE KEY", &key.serialize_der()).to_string(),
        }
    }

    fn signed(&self, name: &str) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), key)
    }

    /// A client that may call this machine, whose certificates it trusts.
    pub fn client(&self) -> Client {
        let policy = EgressPolicy::parse("127.0.0.0/8", "").unwrap();
        let root = reqwest::Certificate::from_der(&self.certificate).unwrap();
        Client::trusting(policy, vec![root]).unwrap()
    }

    /// Starts a server that gives each connection one answer: this head, and in the body the name in
    /// the certificate that it was shown, or nobody.
    pub async fn serve(&self, head: String) -> TlsServer {
        let (certificate, key) = self.signed("Server");
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
            .allow_unauthenticated()
            .build()
            .unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![certificate],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                // A client that does not like what it sees leaves.
                let Ok(mut stream) = acceptor.accept(socket).await else {
                    continue;
                };
                let shown = stream.get_ref().1.peer_certificates();
                let name = shown.map_or_else(|| "nobody".to_owned(), |chain| name_in(&chain[0]));
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap() == 0 {
                        break;
                    }
                }
                let body = format!(r#"{{"access_token":"token of {name}","name":"{name}"}}"#);
                let answer = format!(
                    "{head}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        TlsServer { address }
    }
}

/// The common name, found by its shape: the tests' names are the only ones that begin with "Client".
fn name_in(certificate: &[u8]) -> String {
    let text = String::from_utf8_lossy(certificate);
    let at = text.find("Client ").expect("a name of the tests");
    text[at..at + "Client A".len()].to_owned()
}

pub(crate) struct TlsServer {
    pub address: SocketAddr,
}

impl TlsServer {
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("https://{}{path}", self.address)).unwrap()
    }
}

impl Papers {
    pub fn identity(&self) -> Identity {
        Identity::new(self.certificate.clone(), self.key.as_str().into(), None)
    }

    /// The same with the key behind a passphrase.
    pub fn locked(&self, passphrase: &str, given: Option<&str>) -> Identity {
        let sections = pem::sections(&self.key).unwrap();
        let locked = locked_pem(&sections[0].der, passphrase);
        Identity::new(
            self.certificate.clone(),
            locked.into(),
            given.map(SecretString::from),
        )
    }
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\n";
