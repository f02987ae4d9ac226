//! Private keys and certificates as setups hold them, and what they sign. Keys live in memory that is
//! wiped when it is let go.

pub(crate) mod pem;
mod private_key;
mod rsa;
#[cfg(test)]
pub(crate) mod samples;
mod signing;
#[cfg(test)]
mod tests;

pub(crate) use private_key::{KeyForm, PrivateKey};
pub(crate) use rsa::{RsaHash, RsaKey};
pub(crate) use signing::{JwsAlgorithm, JwsKey};

/// Why a key can't be used. Says what to do, never what the key is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing is there.
    #[error("the private key is blank; enter it as PEM text")]
    Blank,
    /// Not PEM.
    #[error("it is no PEM text; enter it with its BEGIN and END lines")]
    Pem,
    /// PEM, but of something else.
    #[error("the PEM text holds no private key")]
    NoKey,
    /// PEM, but no certificate in it.
    #[error("the PEM text holds no certificate")]
    NoCertificate,
    /// Encryption of the key's own kind, from before PKCS#8.
    #[error("the key is encrypted in an outdated way; convert it with: openssl pkcs8 -topk8")]
    OldEncryption,
    /// An encrypted key where no passphrase is asked for, or it is blank.
    #[error("the key is encrypted; enter its passphrase, or the key without encryption")]
    Encrypted,
    /// Does not open.
    #[error("the passphrase does not open the key")]
    Passphrase,
    /// Would take minutes or gigabytes to open.
    #[error(
        "the key is encrypted with more rounds than are accepted; convert it with: openssl pkcs8 -topk8"
    )]
    Rounds,
    /// A key of the wrong kind, or too short.
    #[error("the key cannot sign with {0}; it needs {1}")]
    Unfit(&'static str, &'static str),
    /// Certificate and key do not belong together, or TLS can't use them.
    #[error("the certificate and the key cannot be used together for TLS")]
    Pair,
}
