//! RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) for OAuth 1.0a, which still wants SHA-1; the TLS library signs with
//! SHA-2 only.

use std::fmt;

use rsa::{
    PrivateKey as RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::DecodePrivateKey,
    signature::{SignatureEncoding, Signer},
};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{KeyError, KeyForm, PrivateKey};

/// The hash that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RsaHash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// An RSA private key; wiped when dropped.
#[derive(Clone)]
pub(crate) struct RsaKey(RsaPrivateKey);

const UNFIT: KeyError = KeyError::Unfit("RSA", "an RSA key, in PKCS#1 or PKCS#8 form");

impl RsaKey {
    /// Reads the key of a PEM text.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let key = PrivateKey::read(text, None)?;
        match key.form {
            KeyForm::Pkcs8 => RsaPrivateKey::from_pkcs8_der(&key.der).map_err(|_| UNFIT),
            KeyForm::Pkcs1 => RsaPrivateKey::from_pkcs1_der(&key.der).map_err(|_| UNFIT),
            KeyForm::Sec1 => Err(UNFIT),
        }
        .map(Self)
    }

    /// The signature of a message.
    pub fn sign(&self, hash: RsaHash, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.0.clone();
        let short = |_| KeyError::Unfit("RSA", "a longer key");
        let signature = match hash {
            RsaHash::Sha1 => SigningKey::<Sha1>::new(key).try_sign(message),
            RsaHash::Sha256 => SigningKey::<Sha256>::new(key).try_sign(message),
            RsaHash::Sha512 => SigningKey::<Sha512>::new(key).try_sign(message),
        };
        signature.map(|one| one.to_vec()).map_err(short)
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey")
    }
}
