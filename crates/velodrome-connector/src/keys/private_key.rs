//! One private key of a PEM text, opened.

use pkcs8::{EncryptedPrivateKeyInfoRef, der::Decode, pkcs5::EncryptionScheme};
use velodrome_model::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{KeyError, pem};

/// Rounds of PBKDF2 that opening a key may take: a second or so.
const MAX_ROUNDS: u32 = 10_000_000;
/// Blocks of scrypt, 128 bytes each: 128 MiB.
const MAX_BLOCKS: u64 = 1 << 20;

/// A private key as DER.
pub(crate) struct PrivateKey {
    /// How it is written.
    pub form: KeyForm,
    /// The key.
    pub der: Zeroizing<Vec<u8>>,
}

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// Any kind of key (RFC 5958).
    Pkcs8,
    /// RSA alone (RFC 8017).
    Pkcs1,
    /// Elliptic curves alone (RFC 5915).
    Sec1,
}

impl PrivateKey {
    /// The first private key of a PEM text.
    pub fn read(text: &str, passphrase: Option<&SecretString>) -> Result<Self, KeyError> {
        if text.trim().is_empty() {
            return Err(KeyError::Blank);
        }
        let sections = pem::sections(text)?;
        if sections.is_empty() {
            return Err(KeyError::Pem);
        }
        for section in sections {
            let form = match section.label {
                "PRIVATE KEY" => KeyForm::Pkcs8,
                "RSA PRIVATE KEY" => KeyForm::Pkcs1,
                "EC PRIVATE KEY" => KeyForm::Sec1,
                "ENCRYPTED PRIVATE KEY" => return opened(&section.der, passphrase),
                _ => continue,
            };
            let der = section.der;
            return Ok(Self { form, der });
        }
        Err(KeyError::NoKey)
    }

    /// The key as PEM.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let label = match self.form {
            KeyForm::Pkcs8 => "PRIVATE KEY",
            KeyForm::Pkcs1 => "RSA PRIVATE KEY",
            KeyForm::Sec1 => "EC PRIVATE KEY",
        };
        pem::write(label, &self.der)
    }
}

fn opened(der: &[u8], passphrase: Option<&SecretString>) -> Result<PrivateKey, KeyError> {
    let passphrase = passphrase
        .filter(|text| !text.expose_secret().is_empty())
        .ok_or(KeyError::Encrypted)?;
    let locked = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Pem)?;
    if !is_quick(&locked.encryption_algorithm) {
        return Err(KeyError::Rounds);
    }
    let open = locked
        .decrypt(passphrase.expose_secret())
        .map_err(|_| KeyError::Passphrase)?;
    Ok(PrivateKey {
        form: KeyForm::Pkcs8,
        der: open.to_bytes(),
    })
}

/// A setup decides how much work opening its key is, so that is bounded.
fn is_quick(scheme: &EncryptionScheme) -> bool {
    let Some(parameters) = scheme.pbes2() else {
        return true;
    };
    let rounds = parameters.kdf.pbkdf2().map(|one| one.iteration_count);
    let blocks = parameters.kdf.scrypt().map(|one| {
        one.cost_parameter
            .saturating_mul(one.block_size.into())
            .saturating_mul(one.parallelization.into())
    });
    rounds.is_none_or(|rounds| rounds <= MAX_ROUNDS)
        && blocks.is_none_or(|blocks| blocks <= MAX_BLOCKS)
}
