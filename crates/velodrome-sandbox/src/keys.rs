//! Key pairs of the sandbox: a client signs with the private half, which a twin's card shows, and the
//! twin checks with the public one. They are made when they are first needed and end with the process.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING,
    ED25519, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Characters of a line of PEM (RFC 7468 §2).
const LINE: usize = 64;

/// One pair for each kind of key.
#[derive(Default)]
pub(crate) struct KeyRing {
    pairs: [OnceLock<Option<Pair>>; 5],
}

struct Pair {
    private: String,
    public: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Kind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl KeyRing {
    /// The private key for an algorithm of RFC 7518 or RFC 5849, as PEM; none for those without one.
    pub(crate) fn private_key(&self, algorithm: &str) -> Option<&str> {
        let (kind, _) = known(algorithm)?;
        Some(&self.pair(kind)?.private)
    }

    /// Whether the signature was made with the private key for the algorithm.
    pub(crate) fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let Some((kind, rules)) = known(algorithm) else {
            return false;
        };
        let Some(pair) = self.pair(kind) else {
            return false;
        };
        UnparsedPublicKey::new(rules, &pair.public)
            .verify(message, signature)
            .is_ok()
    }

    fn pair(&self, kind: Kind) -> Option<&Pair> {
        // Only a machine without randomness fails here; its clients are then refused.
        self.pairs[kind as usize]
            .get_or_init(|| generate(kind))
            .as_ref()
    }
}

fn known(algorithm: &str) -> Option<(Kind, &'static dyn VerificationAlgorithm)> {
    Some(match algorithm {
        "RSA-SHA1" => (Kind::Rsa, &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        "RS256" | "RSA-SHA256" => (Kind::Rsa, &RSA_PKCS1_2048_8192_SHA256),
        "RS384" => (Kind::Rsa, &RSA_PKCS1_2048_8192_SHA384),
        "RS512" | "RSA-SHA512" => (Kind::Rsa, &RSA_PKCS1_2048_8192_SHA512),
        "PS256" => (Kind::Rsa, &RSA_PSS_2048_8192_SHA256),
        "PS384" => (Kind::Rsa, &RSA_PSS_2048_8192_SHA384),
        "PS512" => (Kind::Rsa, &RSA_PSS_2048_8192_SHA512),
        "ES256" => (Kind::P256, &ECDSA_P256_SHA256_FIXED),
        "ES384" => (Kind::P384, &ECDSA_P384_SHA384_FIXED),
        "ES512" => (Kind::P521, &ECDSA_P521_SHA512_FIXED),
        "EdDSA" => (Kind::Ed25519, &ED25519),
        _ => return None,
    })
}

fn generate(kind: Kind) -> Option<Pair> {
    match kind {
        Kind::Rsa => {
            let pair = RsaPair::generate(KeySize::Rsa2048).ok()?;
            let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
            Some(Pair::new(private.as_ref(), pair.public_key().as_ref()))
        }
        Kind::P256 => curve(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Kind::P384 => curve(&ECDSA_P384_SHA384_FIXED_SIGNING),
        Kind::P521 => curve(&ECDSA_P521_SHA512_FIXED_SIGNING),
        Kind::Ed25519 => {
            let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
            let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).ok()?;
            Some(Pair::new(private.as_ref(), pair.public_key().as_ref()))
        }
    }
}

fn curve(rules: &'static EcdsaSigningAlgorithm) -> Option<Pair> {
    let private = EcdsaKeyPair::generate_pkcs8(rules, &SystemRandom::new()).ok()?;
    let pair = EcdsaKeyPair::from_pkcs8(rules, private.as_ref()).ok()?;
    Some(Pair::new(private.as_ref(), pair.public_key().as_ref()))
}

impl Pair {
    fn new(private: &[u8], public: &[u8]) -> Self {
        let text = STANDARD.encode(private);
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        for line in text.as_bytes().chunks(LINE) {
            pem.extend(line.iter().copied().map(char::from));
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        Self {
            private: pem,
            public: public.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_a_key_of_its_kind_and_others_have_none() {
        let ring = KeyRing::default();

        for algorithm in [
            "RSA-SHA1", "RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA",
        ] {
            let key = ring.private_key(algorithm).unwrap();
            assert!(
                key.starts_with("-----BEGIN PRIVATE KEY-----\n"),
                "{algorithm}"
            );
            assert!(!ring.verifies(algorithm, b"text", b"no signature"));
        }
        assert_eq!(ring.private_key("RS256"), ring.private_key("RSA-SHA512"));
        assert_eq!(ring.private_key("HS256"), None);
        assert_eq!(ring.private_key("none"), None);
    }
}
