//! Proof key for code exchange (RFC 7636).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use velodrome_model::{ExposeSecret, SecretString};

/// A code verifier: 64 characters (connectors.md §9.3).
#[derive(Clone, Debug)]
pub struct Verifier(SecretString);

impl Verifier {
    /// A verifier of 384 random bits.
    pub fn from_random(bits: [u8; 48]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bits).into())
    }

    /// One that was kept while the user was away.
    pub fn from_kept(text: SecretString) -> Self {
        Self(text)
    }

    /// The verifier, to keep or to send with the code.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The S256 challenge of it.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_the_rfc_example() {
        let verifier = Verifier::from_kept("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());

        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_verifier_has_64_unreserved_characters() {
        let verifier = Verifier::from_random([0xfb; 48]);

        let text = verifier.secret().expose_secret();
        assert_eq!(text.len(), 64);
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{text}"
        );
    }
}
