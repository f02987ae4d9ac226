//! The master key: 32 bytes, given in base64, several while rotating.

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::XChaCha20Poly1305;
use rand::RngCore;
use velodrome_model::{ExposeSecret, SecretString};

use super::{SealError, cipher};

/// Master keys, newest first. The newest seals; any of them opens.
#[derive(Clone)]
pub struct MasterKeys {
    ciphers: Vec<XChaCha20Poly1305>,
}

impl MasterKeys {
    /// Reads comma-separated base64 keys, newest first.
    ///
    /// # Errors
    /// When there is none, or one is not 32 bytes.
    pub fn parse(text: &SecretString) -> Result<Self, SealError> {
        let ciphers = text
            .expose_secret()
            .split(',')
            .map(|key| {
                let bytes = STANDARD
                    .decode(key.trim())
                    .map_err(|_| SealError::BadMasterKey)?;
                let key: [u8; 32] = bytes.try_into().map_err(|_| SealError::BadMasterKey)?;
                Ok(cipher(&key))
            })
            .collect::<Result<Vec<_>, SealError>>()?;
        Ok(Self { ciphers })
    }

    /// A new key, as [`MasterKeys::parse`] reads it.
    pub fn generate() -> SecretString {
        let mut key = [0_u8; 32];
        rand::rng().fill_bytes(&mut key);
        SecretString::from(STANDARD.encode(key))
    }

    pub(super) fn newest(&self) -> &XChaCha20Poly1305 {
        &self.ciphers[0]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &XChaCha20Poly1305> {
        self.ciphers.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_reads_back_and_other_texts_do_not() {
        assert!(MasterKeys::parse(&MasterKeys::generate()).is_ok());
        for bad in ["", "c2hvcnQ=", "not base64!"] {
            assert!(
                MasterKeys::parse(&SecretString::from(bad)).is_err(),
                "{bad}"
            );
        }
    }
}
