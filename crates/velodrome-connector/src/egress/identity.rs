//! Client certificates (mutual TLS).

use std::{fmt, sync::Arc};

use sha2::{Digest, Sha256};
use velodrome_model::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::keys::{KeyError, PrivateKey, pem};

/// Who we are to a server that asks for a certificate. Cheap to clone; opened when first used.
#[derive(Clone)]
pub struct Identity(Arc<Papers>);

struct Papers {
    certificate: String,
    key: SecretString,
    passphrase: Option<SecretString>,
    fingerprint: Fingerprint,
}

/// Tells identities apart without holding them.
pub(super) type Fingerprint = [u8; 32];

/// Why a client certificate can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client certificate cannot be used: {0}")]
pub struct IdentityError(#[from] pub KeyError);

impl Identity {
    /// A certificate, with the chain to its root where the server needs that, and its key, as PEM.
    pub fn new(certificate: String, key: SecretString, passphrase: Option<SecretString>) -> Self {
        let mut hash = Sha256::new();
        let secret = passphrase.as_ref().map(|text| text.expose_secret());
        for part in [
            &certificate,
            key.expose_secret(),
            secret.unwrap_or_default(),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(Arc::new(Papers {
            certificate,
            key,
            passphrase,
            fingerprint: hash.finalize().into(),
        }))
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// Opens the key, which may take a moment, and puts both into the TLS library's form.
    pub(super) fn open(&self) -> Result<reqwest::Identity, IdentityError> {
        let key = PrivateKey::read(self.0.key.expose_secret(), self.0.passphrase.as_ref())?;
        let mut text = Zeroizing::new(String::new());
        for section in pem::sections(&self.0.certificate)? {
            if section.label == CERTIFICATE {
                text.push_str(&pem::write(CERTIFICATE, &section.der));
            }
        }
        if text.is_empty() {
            return Err(KeyError::NoCertificate.into());
        }
        text.push_str(&key.to_pem());
        Ok(reqwest::Identity::from_pem(text.as_bytes()).map_err(|_| KeyError::Pair)?)
    }
}

const CERTIFICATE: &str = "CERTIFICATE";

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}
