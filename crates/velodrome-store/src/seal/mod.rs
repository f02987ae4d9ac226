//! Secrets at rest: XChaCha20-Poly1305 under a data key, itself sealed under the master key
//! (ground-rules.md, Storage).
//!
//! A sealed value authenticates the table, column and row that it stands in, so a value that is moved
//! to another row does not open.

mod keys;
mod master;
mod rotate;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::RngCore;
use velodrome_model::{ExposeSecret, SecretString};

pub use keys::{SETTLED, Sealer};
pub use master::MasterKeys;
pub use rotate::{ROTATION_SETTLES, Rotation};

const VERSION: u8 = 1;
const NONCE: usize = 24;
const HEADER: usize = 1 + 4 + NONCE;

/// A value that does not seal or open. Says nothing about the value.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The bytes are not a sealed value.
    #[error("not a sealed value")]
    Malformed,
    /// The data key is not known here.
    #[error("data key {0} is unknown; the master key that seals it may be missing")]
    UnknownKey(i32),
    /// Another row's, another key's, or damaged.
    #[error("the value does not belong here or is damaged")]
    Refused,
    /// A key is not 32 bytes of base64.
    #[error("a master key must be 32 bytes in base64; make one with: openssl rand -base64 32")]
    BadMasterKey,
    /// None of the master keys opens the data keys.
    #[error(
        "no master key given opens this database's data keys; set the VELODROME_MASTER_KEY it was made with"
    )]
    WrongMasterKey,
}

/// Where a sealed value stands: table, column and the row's key.
#[derive(Clone, Debug)]
pub struct Place {
    table: &'static str,
    column: &'static str,
    row: String,
}

impl Place {
    /// The place of a value.
    pub fn new(table: &'static str, column: &'static str, row: impl std::fmt::Display) -> Self {
        Self {
            table,
            column,
            row: row.to_string(),
        }
    }

    fn associated_data(&self) -> Vec<u8> {
        format!("{}\u{1f}{}\u{1f}{}", self.table, self.column, self.row).into_bytes()
    }
}

/// A sealed value: version, data key, nonce, ciphertext.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// As it is stored.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// From storage; checked when it is opened.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    fn key_id(&self) -> Result<i32, SealError> {
        if self.0.len() < HEADER || self.0[0] != VERSION {
            return Err(SealError::Malformed);
        }
        Ok(i32::from_be_bytes([
            self.0[1], self.0[2], self.0[3], self.0[4],
        ]))
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(***)")
    }
}

impl Sealer {
    /// Seals a value for its place under the current data key.
    ///
    /// # Errors
    /// Never for values of sane length; the cipher's own refusal otherwise.
    pub fn seal(&self, place: &Place, value: &SecretString) -> Result<Sealed, SealError> {
        let (id, cipher) = self.current();
        seal_with(&cipher, id, place, value.expose_secret().as_bytes())
    }

    /// Seals a value under this data key, current or not.
    pub(crate) fn seal_under(
        &self,
        key: i32,
        place: &Place,
        value: &SecretString,
    ) -> Result<Sealed, SealError> {
        let cipher = self.cipher(key).ok_or(SealError::UnknownKey(key))?;
        seal_with(&cipher, key, place, value.expose_secret().as_bytes())
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// When it is not a sealed value, its key is unknown, or it belongs elsewhere.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<SecretString, SealError> {
        let id = sealed.key_id()?;
        let cipher = self.cipher(id).ok_or(SealError::UnknownKey(id))?;
        let plain = open_with(&cipher, place, sealed)?;
        String::from_utf8(plain)
            .map(SecretString::from)
            .map_err(|_| SealError::Malformed)
    }
}

fn seal_with(
    cipher: &XChaCha20Poly1305,
    id: i32,
    place: &Place,
    value: &[u8],
) -> Result<Sealed, SealError> {
    let mut bytes = Vec::with_capacity(HEADER + value.len() + 16);
    bytes.push(VERSION);
    bytes.extend_from_slice(&id.to_be_bytes());
    let mut nonce = [0_u8; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    bytes.extend_from_slice(&nonce);
    let payload = Payload {
        msg: value,
        aad: &place.associated_data(),
    };
    let ciphertext = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| SealError::Refused)?;
    bytes.extend_from_slice(&ciphertext);
    Ok(Sealed(bytes))
}

fn open_with(
    cipher: &XChaCha20Poly1305,
    place: &Place,
    sealed: &Sealed,
) -> Result<Vec<u8>, SealError> {
    sealed.key_id()?;
    let mut nonce = [0_u8; NONCE];
    nonce.copy_from_slice(&sealed.0[5..HEADER]);
    let payload = Payload {
        msg: &sealed.0[HEADER..],
        aad: &place.associated_data(),
    };
    cipher
        .decrypt(&XNonce::from(nonce), payload)
        .map_err(|_| SealError::Refused)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_where_it_stands() {
        let cipher = cipher(&[7; 32]);
        let place = Place::new("credential", "sealed", 12);
        let sealed = seal_with(&cipher, 1, &place, b"s3cret").unwrap();

        assert_eq!(open_with(&cipher, &place, &sealed).unwrap(), b"s3cret");
        for elsewhere in [
            Place::new("credential", "sealed", 13),
            Place::new("credential", "other", 12),
            Place::new("outbox", "sealed", 12),
        ] {
            assert!(matches!(
                open_with(&cipher, &elsewhere, &sealed),
                Err(SealError::Refused)
            ));
        }
    }

    #[test]
    fn a_damaged_or_short_value_is_refused() {
        let cipher = cipher(&[7; 32]);
        let place = Place::new("credential", "sealed", 12);
        let mut bytes = seal_with(&cipher, 1, &place, b"s3cret")
            .unwrap()
            .into_bytes();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;

        assert!(matches!(
            open_with(&cipher, &place, &Sealed::from_bytes(bytes)),
            Err(SealError::Refused)
        ));
        assert!(matches!(
            open_with(&cipher, &place, &Sealed::from_bytes(vec![1, 2])),
            Err(SealError::Malformed)
        ));
    }
}
